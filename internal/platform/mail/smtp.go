package mail

import (
	"context"
	"crypto/rand"
	"crypto/tls"
	"errors"
	"fmt"
	"net"
	netmail "net/mail"
	"net/textproto"
	"net/url"
	"strconv"
	"strings"
	"time"

	gomail "github.com/wneessen/go-mail"

	"commun/internal/platform/fault"
)

// TLS says how the way to the server is closed to listeners.
type TLS string

// The three policies. There is no "if the server offers it": whoever can listen can also take the offer away.
const (
	StartTLS    TLS = "starttls" // begins in the clear, then must turn to TLS; port 587
	ImplicitTLS TLS = "tls"      // TLS from the first byte; port 465
	NoTLS       TLS = "none"     // for a relay on the same machine; port 25
)

// Options say which server takes the instance's mail, and in whose name.
type Options struct {
	Host     string
	Port     int // 0 is the policy's usual one
	User     string
	Password string // secret
	TLS      TLS
	From     string        // the sender's address
	FromName string        // shown beside it; may be empty
	Timeout  time.Duration // of one delivery in all; 0 is 30 s
	TLSRoots *tls.Config   // nil trusts the system's authorities
}

// ParseURL reads smtp://user:password@host:587?from=Commons+<commons@example.org> (STARTTLS), smtps:// (TLS from the first byte), and
// tls=none for a relay on the same machine. Its errors are for who runs the program, and never hold the password.
func ParseURL(s string) (Options, error) {
	u, err := url.Parse(s)
	if err != nil {
		// url.Error quotes the whole text, password included.
		return Options{}, fault.Invalid("smtp", "config.smtp_url")
	}
	o := Options{Host: u.Hostname(), User: u.User.Username()}
	o.Password, _ = u.User.Password()
	switch u.Scheme {
	case "smtp":
		o.TLS, o.Port = StartTLS, 587
	case "smtps":
		o.TLS, o.Port = ImplicitTLS, 465
	case "":
		return Options{}, fault.Invalid("smtp", "config.smtp_no_scheme")
	default:
		return Options{}, fault.Invalid("smtp", "config.smtp_scheme").With("value", u.Scheme)
	}
	for key, values := range u.Query() {
		switch key {
		case "from":
			o.FromName, o.From, err = parseFrom(values[0])
			if err != nil {
				return Options{}, err
			}
		case "tls":
			if o.TLS = TLS(values[0]); o.TLS == NoTLS {
				o.Port = 25
			}
		default:
			return Options{}, fault.Invalid("smtp", "config.smtp_parameter").With("value", key)
		}
	}
	if p := u.Port(); p != "" {
		if o.Port, err = strconv.Atoi(p); err != nil || o.Port < 1 || o.Port > 65535 {
			return Options{}, fault.Invalid("smtp", "config.smtp_port").With("value", p)
		}
	}
	return o, o.check()
}

func parseFrom(s string) (name, address string, err error) {
	a, err := netmail.ParseAddress(s)
	if err != nil {
		return "", "", fault.Invalid("smtp", "config.smtp_from")
	}
	if address, err = ParseAddress(a.Address); err != nil {
		return "", "", fault.Invalid("smtp", "config.smtp_from")
	}
	if strings.ContainsFunc(a.Name, breaksHeader) {
		return "", "", fault.Invalid("smtp", "config.smtp_name")
	}
	return a.Name, address, nil
}

func (o Options) check() error {
	switch {
	case o.Host == "":
		return fault.Invalid("smtp", "config.smtp_host")
	case o.From == "":
		return fault.Invalid("smtp", "config.smtp_no_from")
	case o.TLS != StartTLS && o.TLS != ImplicitTLS && o.TLS != NoTLS:
		return fault.Invalid("smtp", "config.smtp_tls").With("value", string(o.TLS))
	case o.TLS == NoTLS && o.Password != "" && !isLoopback(o.Host):
		return fault.Invalid("smtp", "config.smtp_clear")
	}
	return nil
}

func isLoopback(host string) bool {
	ip := net.ParseIP(host)
	return host == "localhost" || ip != nil && ip.IsLoopback()
}

// smtpSender opens one connection a message: the program writes few, and a kept connection is one more thing that can be half dead.
type smtpSender struct{ o Options }

// SMTP returns a sender that hands messages to the server that o names. It connects at the first message only.
func SMTP(o Options) (Sender, error) {
	if o.Timeout <= 0 {
		o.Timeout = 30 * time.Second
	}
	if o.Port == 0 {
		o.Port = map[TLS]int{StartTLS: 587, ImplicitTLS: 465, NoTLS: 25}[o.TLS]
	}
	if err := o.check(); err != nil {
		return nil, fmt.Errorf("configure mail server: %w", err)
	}
	from, err := ParseAddress(o.From)
	if err != nil {
		return nil, fmt.Errorf("configure mail server: from: %w", err)
	}
	o.From = from
	return &smtpSender{o}, nil
}

// Send delivers m to the server.
func (s *smtpSender) Send(ctx context.Context, m Message) error {
	m, err := check(m)
	if err != nil {
		return err
	}
	msg, err := s.build(m)
	if err != nil {
		return fault.Invalid("", "mail.header_invalid").Wrap(scrub(err, m))
	}
	client, err := s.client()
	if err != nil {
		return fmt.Errorf("configure mail client: %w", err)
	}
	ctx, cancel := context.WithTimeout(ctx, s.o.Timeout)
	defer cancel()
	if err := client.DialAndSendWithContext(ctx, msg); err != nil {
		if delivered(err, msg) {
			return nil
		}
		return judge(err, m)
	}
	return nil
}

// delivered says whether the server took the message although what came after it failed (the goodbye, say): sending it again would mail
// it twice.
func delivered(err error, msg *gomail.Msg) bool { return err != nil && msg.IsDelivered() }

func (s *smtpSender) build(m Message) (*gomail.Msg, error) {
	msg := gomail.NewMsg(gomail.WithNoDefaultUserAgent())
	if err := msg.FromFormat(s.o.FromName, s.o.From); err != nil {
		return nil, err
	}
	if err := msg.To(m.To); err != nil {
		return nil, err
	}
	if m.ReplyTo != "" {
		if err := msg.ReplyTo(m.ReplyTo); err != nil {
			return nil, err
		}
	}
	msg.Subject(m.Subject)
	msg.SetDate()
	// The library's own id would tell the machine's name.
	_, domain, _ := strings.Cut(s.o.From, "@")
	msg.SetMessageIDWithValue(rand.Text() + "@" + domain)
	msg.SetGenHeader("Auto-Submitted", "auto-generated") // RFC 3834: no out-of-office answers, please
	msg.SetBodyString(gomail.TypeTextPlain, m.Text)
	if m.HTML != "" {
		msg.AddAlternativeString(gomail.TypeTextHTML, m.HTML)
	}
	return msg, nil
}

func (s *smtpSender) client() (*gomail.Client, error) {
	_, domain, _ := strings.Cut(s.o.From, "@")
	opts := []gomail.Option{gomail.WithPort(s.o.Port), gomail.WithTimeout(s.o.Timeout), gomail.WithHELO(domain)}
	switch s.o.TLS {
	case StartTLS:
		opts = append(opts, gomail.WithTLSPolicy(gomail.TLSMandatory))
	case ImplicitTLS:
		opts = append(opts, gomail.WithSSL())
	case NoTLS:
		opts = append(opts, gomail.WithTLSPolicy(gomail.NoTLS))
	}
	if s.o.TLSRoots != nil {
		c := s.o.TLSRoots.Clone()
		if c.ServerName == "" {
			c.ServerName = s.o.Host
		}
		opts = append(opts, gomail.WithTLSConfig(c))
	}
	if s.o.User != "" {
		// Strongest first; PLAIN and LOGIN refuse by themselves to speak in the clear to another machine.
		opts = append(opts, gomail.WithUsername(s.o.User), gomail.WithPassword(s.o.Password),
			gomail.WithOpportunisticSMTPAuth(gomail.SMTPAuthSCRAMSHA256, gomail.SMTPAuthPlain, gomail.SMTPAuthLogin))
	}
	return gomail.NewClient(s.o.Host, opts...)
}

// judge turns what went wrong into "useless to try again" or "later". Only the server's answer about this message can be final: a
// wrong password or certificate is the operator's to mend, and the message then still goes out.
func judge(err error, m Message) error {
	if se, ok := errors.AsType[*gomail.SendError](err); ok {
		switch code := se.ErrorCode(); {
		case code >= 500:
			return fault.Invalid("email", "mail.refused").With("code", code).Wrap(scrub(err, m))
		case code >= 400:
			return fault.Busy("mail.later").With("code", code).Wrap(scrub(err, m))
		}
	}
	if te, ok := errors.AsType[*textproto.Error](err); ok {
		return fault.Busy("mail.later").With("code", te.Code).Wrap(scrub(err, m))
	}
	return fault.Busy("mail.unreachable").Wrap(scrub(err, m))
}

// scrub returns err's text without the addresses of m, which servers like to repeat. The chain is cut on purpose: a wrapped error would
// carry the message itself.
func scrub(err error, m Message) error {
	text := err.Error()
	for _, a := range []string{m.To, m.ReplyTo} {
		for i := 0; a != "" && i+len(a) <= len(text); i++ {
			if strings.EqualFold(text[i:i+len(a)], a) {
				text = text[:i] + "(address)" + text[i+len(a):]
			}
		}
	}
	return errors.New(text)
}
