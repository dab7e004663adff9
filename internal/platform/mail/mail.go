// Package mail sends the few messages that the program writes: links to sign in, notices, words to stewards. A Sender takes one message to
// one address; SMTP speaks to a real server, Terminal prints while none is configured, None refuses. Every address passes through
// ParseAddress, and nothing with a line break reaches a header.
//
// Promise: an error of this package never holds an address or a message's text, so that it can be logged. What cannot succeed by trying
// again is a fault of kind invalid, what may is of kind busy: package jobs reads that as "permanent" and "retry".
package mail

import (
	"context"
	"strings"
	"unicode"
	"unicode/utf8"

	"commun/internal/platform/fault"
)

// Message is one message to one person. Text is always there; HTML may be empty.
type Message struct {
	To      string // one address, as ParseAddress takes it
	ReplyTo string // where an answer goes, when that is not the sender; may be empty
	Subject string // one line
	Text    string
	HTML    string
}

// Sender delivers messages. Send returns when the next server has taken the message, or with a fault: invalid (mail.refused,
// mail.address_…, mail.header_invalid) when trying again is useless, busy (mail.later, mail.unreachable, mail.not_configured) otherwise.
type Sender interface {
	Send(ctx context.Context, m Message) error
}

// check returns m with its addresses in canonical form. Each sender calls it first, so that the terminal refuses what a server would.
func check(m Message) (Message, error) {
	var err error
	if m.To, err = ParseAddress(m.To); err != nil {
		return m, err
	}
	if m.ReplyTo != "" {
		if m.ReplyTo, err = ParseAddress(m.ReplyTo); err != nil {
			return m, err
		}
	}
	// A line break in a subject would start a header of the attacker's own; no honest subject has one.
	if m.Subject == "" || len(m.Subject) > 500 || !utf8.ValidString(m.Subject) || strings.ContainsFunc(m.Subject, breaksHeader) {
		return m, fault.Invalid("subject", "mail.header_invalid")
	}
	return m, nil
}

// breaksHeader says whether r may end a header line, for a server or for the terminal that shows it.
func breaksHeader(r rune) bool { return unicode.IsControl(r) || r == '\u2028' || r == '\u2029' }

// None is the sender of an instance that has neither a server nor a terminal: it refuses, so that the page can say so.
type None struct{}

// Send returns the fault mail.not_configured.
func (None) Send(context.Context, Message) error { return fault.Busy("mail.not_configured") }
