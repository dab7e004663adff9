package mail_test

import (
	"bytes"
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"io"
	"math/big"
	"net"
	netmail "net/mail"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/emersion/go-sasl"
	"github.com/emersion/go-smtp"

	"commun/internal/platform/fault"
	"commun/internal/platform/mail"
)

// server is a real SMTP server in this process. What it received is in got.
type server struct {
	host  string
	port  int
	roots *tls.Config

	mu    sync.Mutex
	got   []received
	rcpt  error // its answer to a receiver
	data  error // its answer to a message
	login bool  // whether it wants one
}

type received struct {
	from, to, user string
	tls            bool
	raw            []byte
}

// serve starts a server that offers STARTTLS, or TLS from the first byte.
func serve(t *testing.T, implicit, offerTLS bool) *server {
	t.Helper()
	s := &server{host: "127.0.0.1"}
	srv := smtp.NewServer(smtp.BackendFunc(func(c *smtp.Conn) (smtp.Session, error) { return &session{s: s, c: c}, nil }))
	srv.Domain, srv.AllowInsecureAuth = "mail.example.org", true
	srv.ErrorLog = silent{}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	s.port = l.Addr().(*net.TCPAddr).Port
	if offerTLS || implicit {
		cert, pool := certificate(t)
		srv.TLSConfig = &tls.Config{Certificates: []tls.Certificate{cert}}
		s.roots = &tls.Config{RootCAs: pool}
		if implicit {
			l = tls.NewListener(l, srv.TLSConfig)
		}
	}
	go func() { _ = srv.Serve(l) }()      // ends with Close
	t.Cleanup(func() { _ = srv.Close() }) // the test is over
	return s
}

type silent struct{}

func (silent) Printf(string, ...any) {}
func (silent) Println(...any)        {}

type session struct {
	s   *server
	c   *smtp.Conn
	now received
}

func (x *session) AuthMechanisms() []string { return []string{sasl.Plain} }

func (x *session) Auth(string) (sasl.Server, error) {
	return sasl.NewPlainServer(func(_, user, password string) error {
		if user != "commun" || password != "s3cret/@" {
			return smtp.ErrAuthFailed
		}
		x.now.user = user
		return nil
	}), nil
}

func (x *session) Mail(from string, _ *smtp.MailOptions) error {
	if x.s.login && x.now.user == "" {
		return smtp.ErrAuthRequired
	}
	x.now.from = from
	return nil
}

func (x *session) Rcpt(to string, _ *smtp.RcptOptions) error {
	x.now.to = to
	return x.s.rcpt
}

func (x *session) Data(r io.Reader) error {
	raw, err := io.ReadAll(r)
	if err != nil {
		return err
	}
	if x.s.data != nil {
		return x.s.data
	}
	_, x.now.tls = x.c.TLSConnectionState()
	x.now.raw = raw
	x.s.mu.Lock()
	defer x.s.mu.Unlock()
	x.s.got = append(x.s.got, x.now)
	return nil
}

func (x *session) Reset()        {}
func (x *session) Logout() error { return nil }

func certificate(t *testing.T) (tls.Certificate, *x509.CertPool) {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{SerialNumber: big.NewInt(1), NotAfter: time.Now().Add(time.Hour), IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)},
		IsCA: true, BasicConstraintsValid: true}
	der, err := x509.CreateCertificate(rand.Reader, template, template, &key.PublicKey, key)
	if err != nil {
		t.Fatal(err)
	}
	leaf, err := x509.ParseCertificate(der)
	if err != nil {
		t.Fatal(err)
	}
	pool := x509.NewCertPool()
	pool.AddCert(leaf)
	return tls.Certificate{Certificate: [][]byte{der}, PrivateKey: key}, pool
}

func (s *server) sender(t *testing.T, policy mail.TLS, user, password string) mail.Sender {
	t.Helper()
	x, err := mail.SMTP(mail.Options{Host: s.host, Port: s.port, User: user, Password: password, TLS: policy,
		From: "commons@example.org", FromName: "Les communs", TLSRoots: s.roots})
	if err != nil {
		t.Fatal(err)
	}
	return x
}

var hello = mail.Message{To: "ana@example.org", ReplyTo: "bob@example.org", Subject: "Votre lien pour entrer, été", Text: "Bonjour\nhttps://example.org/in", HTML: "<p>Bonjour</p>"}

func TestDeliveryOverEachPolicy(t *testing.T) {
	for _, c := range []struct {
		rule     string
		policy   mail.TLS
		implicit bool
	}{
		{"STARTTLS with a login", mail.StartTLS, false},
		{"TLS from the first byte with a login", mail.ImplicitTLS, true},
		{"in the clear on the same machine", mail.NoTLS, false},
	} {
		t.Run(c.rule, func(t *testing.T) {
			s := serve(t, c.implicit, c.policy != mail.NoTLS)
			s.login = true
			if err := s.sender(t, c.policy, "commun", "s3cret/@").Send(t.Context(), hello); err != nil {
				t.Fatal(err)
			}
			if len(s.got) != 1 {
				t.Fatalf("%d messages arrived", len(s.got))
			}
			m := s.got[0]
			if m.from != "commons@example.org" || m.to != "ana@example.org" || m.user != "commun" || m.tls != (c.policy != mail.NoTLS) {
				t.Errorf("envelope %+v", m)
			}
			parsed, err := netmail.ReadMessage(bytes.NewReader(m.raw))
			if err != nil {
				t.Fatal(err)
			}
			from, err := parsed.Header.AddressList("From")
			if err != nil || from[0].Name != "Les communs" || from[0].Address != "commons@example.org" {
				t.Errorf("From is %v, %v", from, err)
			}
			if id := parsed.Header.Get("Message-Id"); !strings.HasSuffix(id, "@example.org>") {
				t.Errorf("Message-ID %q tells of another host", id)
			}
			if parsed.Header.Get("Auto-Submitted") != "auto-generated" || parsed.Header.Get("User-Agent") != "" || parsed.Header.Get("Reply-To") != "<bob@example.org>" {
				t.Errorf("headers %v", parsed.Header)
			}
			if body := string(m.raw); !strings.Contains(body, "text/plain") || !strings.Contains(body, "text/html") {
				t.Errorf("body lacks one of its two forms: %s", body)
			}
		})
	}
}

func TestRefusalsArePermanentOrNot(t *testing.T) {
	unknown := &smtp.SMTPError{Code: 550, EnhancedCode: smtp.EnhancedCode{5, 1, 1}, Message: "<Ana@example.org>: no such mailbox"}
	greylisted := &smtp.SMTPError{Code: 451, EnhancedCode: smtp.EnhancedCode{4, 7, 1}, Message: "ana@example.org: come back in five minutes"}
	for _, c := range []struct {
		rule       string
		rcpt, data error
		password   string
		kind       fault.Kind
		key        string
		code       any
	}{
		{"an unknown receiver is final", unknown, nil, "s3cret/@", fault.InvalidKind, "mail.refused", 550},
		{"a refused message is final", nil, unknown, "s3cret/@", fault.InvalidKind, "mail.refused", 550},
		{"a receiver to try again later is not", greylisted, nil, "s3cret/@", fault.BusyKind, "mail.later", 451},
		{"a message to try again later is not", nil, greylisted, "s3cret/@", fault.BusyKind, "mail.later", 451},
		{"a wrong password is the operator's to mend", nil, nil, "wrong", fault.BusyKind, "mail.later", 535},
	} {
		t.Run(c.rule, func(t *testing.T) {
			s := serve(t, false, true)
			s.login, s.rcpt, s.data = true, c.rcpt, c.data
			err := s.sender(t, mail.StartTLS, "commun", c.password).Send(t.Context(), hello)
			f := fault.Of(err)
			if len(f) != 1 || f[0].Kind != c.kind || f[0].Key != c.key || f[0].Args["code"] != c.code {
				t.Fatalf("got %v", err)
			}
			if strings.Contains(strings.ToLower(err.Error()), "ana@example.org") {
				t.Errorf("the error names the receiver: %v", err)
			}
			if len(s.got) != 0 {
				t.Errorf("%d messages arrived", len(s.got))
			}
		})
	}
}

func TestServerThatCannotBeTrustedGetsNothing(t *testing.T) {
	noTLS := serve(t, false, false)
	foreign := serve(t, false, true)
	foreign.roots = &tls.Config{RootCAs: x509.NewCertPool()}
	for rule, s := range map[string]*server{"no STARTTLS on offer": noTLS, "a certificate of nobody": foreign} {
		err := s.sender(t, mail.StartTLS, "commun", "s3cret/@").Send(t.Context(), hello)
		if f := fault.Of(err); len(f) != 1 || f[0].Key != "mail.unreachable" {
			t.Errorf("%s: got %v", rule, err)
		}
		if len(s.got) != 0 {
			t.Errorf("%s: the message was sent all the same", rule)
		}
	}
}

func TestNobodyThereIsBusy(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	port := l.Addr().(*net.TCPAddr).Port
	if err := l.Close(); err != nil {
		t.Fatal(err)
	}
	s := &server{host: "127.0.0.1", port: port}
	err = s.sender(t, mail.StartTLS, "", "").Send(t.Context(), hello)
	if f := fault.Of(err); len(f) != 1 || f[0].Key != "mail.unreachable" || f[0].Kind != fault.BusyKind {
		t.Fatalf("got %v", err)
	}
}

func TestHeadersCannotBeInjected(t *testing.T) {
	s := serve(t, false, false)
	var terminal bytes.Buffer
	for name, sender := range map[string]mail.Sender{"smtp": s.sender(t, mail.NoTLS, "", ""), "terminal": mail.Terminal(&terminal)} {
		for _, m := range []mail.Message{
			{To: "ana@example.org\r\nBcc: all@example.org", Subject: "x", Text: "x"},
			{To: "ana@example.org", Subject: "x\r\nBcc: all@example.org", Text: "x"},
			{To: "ana@example.org", Subject: "x\nBcc: all@example.org", Text: "x"},
			{To: "ana@example.org", Subject: "x\u2028y", Text: "x"},
			{To: "ana@example.org", Subject: "x\xff", Text: "x"},
			{To: "ana@example.org", Subject: "", Text: "x"},
			{To: "ana@example.org", Subject: "x", ReplyTo: "bob@example.org\nBcc: all@example.org", Text: "x"},
			{To: "ana@example.org, bob@example.org", Subject: "x", Text: "x"},
		} {
			if err := sender.Send(t.Context(), m); fault.KindOf(err) != fault.InvalidKind {
				t.Errorf("%s took %q: %v", name, m, err)
			}
		}
	}
	if len(s.got) != 0 || terminal.Len() != 0 {
		t.Error("something was sent all the same")
	}
}

func TestTerminalShowsTheLinkAndNoTricks(t *testing.T) {
	var w bytes.Buffer
	err := mail.Terminal(&w).Send(t.Context(), mail.Message{To: "ana@example.org", Subject: "Entrer",
		Text: "https://example.org/in/abc\n\x1b[2J\x1b]0;x\x07red\u202egnp"})
	if err != nil {
		t.Fatal(err)
	}
	got := w.String()
	if !strings.Contains(got, "ana@example.org") || !strings.Contains(got, "https://example.org/in/abc\n") {
		t.Errorf("printed %q", got)
	}
	if strings.ContainsAny(got, "\x1b\x07\u202e") {
		t.Errorf("printed control characters: %q", got)
	}
}

func TestFileIsNoTerminal(t *testing.T) {
	f, err := os.Create(filepath.Join(t.TempDir(), "log"))
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	s, ok := mail.TerminalOf(f)
	if ok {
		t.Fatal("a file was taken for a terminal")
	}
	err = s.Send(t.Context(), hello)
	if f := fault.Of(err); len(f) != 1 || f[0].Key != "mail.not_configured" {
		t.Fatalf("got %v", err)
	}
}

func TestSendEndsWithItsContext(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0") // accepts, and never says a word
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	s := &server{host: "127.0.0.1", port: l.Addr().(*net.TCPAddr).Port}
	x, err := mail.SMTP(mail.Options{Host: s.host, Port: s.port, TLS: mail.NoTLS, From: "a@example.org", Timeout: 50 * time.Millisecond})
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	if err := x.Send(ctx, hello); fault.KindOf(err) != fault.BusyKind {
		t.Fatalf("got %v", err)
	}
}

func TestParseURL(t *testing.T) {
	for _, c := range []struct {
		rule, in string
		want     mail.Options
		err      string
	}{
		{"all of it", "smtp://commun:s3cret%2F%40@mail.example.org:2525?from=Les+communs+<commons@example.org>",
			mail.Options{Host: "mail.example.org", Port: 2525, User: "commun", Password: "s3cret/@", TLS: mail.StartTLS, From: "commons@example.org", FromName: "Les communs"}, ""},
		{"TLS from the first byte", "smtps://mail.example.org?from=c@example.org",
			mail.Options{Host: "mail.example.org", Port: 465, TLS: mail.ImplicitTLS, From: "c@example.org"}, ""},
		{"a relay on the same machine", "smtp://localhost?tls=none&from=c@example.org",
			mail.Options{Host: "localhost", Port: 25, TLS: mail.NoTLS, From: "c@example.org"}, ""},
		{"an unknown scheme", "imap://mail.example.org", mail.Options{}, "smtp_scheme"},
		{"no host", "smtp://?from=c@example.org", mail.Options{}, "smtp_host"},
		{"no sender", "smtp://mail.example.org", mail.Options{}, "smtp_no_from"},
		{"a sender that is none", "smtp://mail.example.org?from=nobody", mail.Options{}, "smtp_from"},
		{"a sender with a header", "smtp://mail.example.org?from=%22a%0d%0aBcc:x%22<c@example.org>", mail.Options{}, "smtp_"},
		{"an unknown parameter", "smtp://mail.example.org?from=c@example.org&form=x", mail.Options{}, "form"},
		{"an unknown policy", "smtp://mail.example.org?from=c@example.org&tls=maybe", mail.Options{}, "smtp_tls"},
		{"a password in the clear to elsewhere", "smtp://a:b@mail.example.org?tls=none&from=c@example.org", mail.Options{}, "smtp_clear"},
		{"an impossible port", "smtp://mail.example.org:0?from=c@example.org", mail.Options{}, "smtp_port"},
		{"a password with a bare slash", "smtp://a:hunter/2@mail.example.org?from=c@example.org", mail.Options{}, "smtp_url"},
	} {
		got, err := mail.ParseURL(c.in)
		if c.err == "" {
			if err != nil || got != c.want {
				t.Errorf("%s: got %+v, %v", c.rule, got, err)
			}
			continue
		}
		if err == nil || !strings.Contains(err.Error(), c.err) || strings.Contains(err.Error(), "hunter") {
			t.Errorf("%s: got error %v", c.rule, err)
		}
	}
	if _, err := mail.SMTP(mail.Options{}); err == nil || errors.Is(err, context.Canceled) {
		t.Error("a server without a name was taken")
	}
}

func FuzzParseURL(f *testing.F) {
	f.Add("smtp://commun:secret@mail.example.org:2525?from=Les+communs+<commons@example.org>")
	f.Add("smtps://x?from=%00")
	f.Add("smtp://localhost?tls=none&from=c@example.org")
	f.Fuzz(func(t *testing.T, s string) {
		o, err := mail.ParseURL(s)
		if err == nil {
			if _, err := mail.SMTP(o); err != nil {
				t.Fatalf("%q was read, and is refused: %v", s, err)
			}
		}
	})
}
