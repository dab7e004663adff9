package mail

import (
	"context"
	"fmt"
	"io"
	"os"
	"strings"
	"sync"
	"unicode"

	"github.com/mattn/go-isatty"
)

// terminal prints messages for the person who sits before it.
type terminal struct {
	mu sync.Mutex // two messages at once must not mix their lines
	w  io.Writer
}

// Terminal returns a sender that prints to w, which must be a terminal: a message may hold a link that signs in, and such a link never
// goes to a log. See TerminalOf.
func Terminal(w io.Writer) Sender { return &terminal{w: w} }

// TerminalOf returns a sender that prints to f, and false with None when f is no terminal but a pipe or a file, which is most likely a log.
func TerminalOf(f *os.File) (Sender, bool) {
	if !isatty.IsTerminal(f.Fd()) {
		return None{}, false
	}
	return Terminal(f), true
}

// Send prints the message's text between two rules.
func (t *terminal) Send(_ context.Context, m Message) error {
	m, err := check(m)
	if err != nil {
		return err
	}
	rule := strings.Repeat("─", 72)
	t.mu.Lock()
	defer t.mu.Unlock()
	_, err = fmt.Fprintf(t.w, "%s\n@ %s\n# %s\n\n%s\n%s\n", rule, m.To, visible(m.Subject), strings.TrimRight(visible(m.Text), "\n"), rule)
	if err != nil {
		return fmt.Errorf("print message: %w", err)
	}
	return nil
}

// visible drops what could move a terminal's cursor or recolour it: a message may quote words of a stranger. Marks that turn the writing
// direction go too, since they can make one link look like another.
func visible(s string) string {
	return strings.Map(func(r rune) rune {
		if r == '\n' || r == '\t' || !unicode.IsControl(r) && !unicode.Is(unicode.Bidi_Control, r) {
			return r
		}
		return -1
	}, s)
}
