package gitrepo

import (
	"bufio"
	"bytes"
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"os"
	"strings"
	"time"

	"commun/internal/platform/fault"
)

// maxRedirects is how many times a server may send us on.
const maxRedirects = 5

// tail is what git's HTTP protocol asks for first, below the repository's own address.
const tail = "/info/refs"

// transport is how a run of this process itself speaks to the web: through the guard, with the authorities of the policy. Connections are
// kept for the run's next question; the caller closes them.
func (g *guard) transport() (*http.Transport, error) {
	roots, err := readRoots(g.policy.RootsFile)
	if err != nil {
		return nil, err
	}
	limit := g.policy.Limits.orDefault().Answer
	return &http.Transport{
		DialContext:           g.dial,
		TLSClientConfig:       &tls.Config{RootCAs: roots, MinVersion: tls.VersionTLS12},
		TLSHandshakeTimeout:   limit,
		ResponseHeaderTimeout: limit,
		DisableCompression:    true,
		ForceAttemptHTTP2:     true,
	}, nil
}

// probe asks the server for the repository as git would, follows its redirects, and returns the address that answered: git is then
// sent there with redirects off. Most of what can be wrong with an address is found here, in our own words rather than git's. format is
// that of the object ids of a server that can be asked for references by prefix, "" for another.
func (g *guard) probe(ctx context.Context, transport *http.Transport, a Address) (to Address, format string, err error) {
	limit := g.policy.Limits.orDefault().Answer
	for range maxRedirects + 1 {
		next, format, err := g.ask(ctx, transport, a, limit)
		if err != nil || next == nil {
			return a, format, err
		}
		if a, err = redirected(a, next, g.policy); err != nil {
			return a, "", err
		}
	}
	return a, "", invalid(KeyTooManyRedirects).With("limit", maxRedirects)
}

// readRoots reads the authorities to trust; nil means the system's.
func readRoots(file string) (*x509.CertPool, error) {
	if file == "" {
		return nil, nil
	}
	pem, err := os.ReadFile(file)
	if err != nil {
		return nil, fmt.Errorf("read authorities: %w", err)
	}
	pool := x509.NewCertPool()
	if !pool.AppendCertsFromPEM(pem) {
		return nil, fmt.Errorf("read authorities: no certificate in %s", file)
	}
	return pool, nil
}

// ask makes one request. It returns where the server sends us on, or nil when it speaks git's protocol here; format is as probe's.
func (g *guard) ask(ctx context.Context, transport *http.Transport, a Address, limit time.Duration) (next *url.URL, format string, err error) {
	ctx, cancel := context.WithTimeoutCause(ctx, limit, fault.Busy(KeyTimeout).With("seconds", seconds(limit)))
	defer cancel()
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, a.String()+tail+"?service=git-upload-pack", nil)
	if err != nil {
		return nil, "", invalid(KeyAddressMalformed)
	}
	req.Header.Set("User-Agent", userAgent) // some forges show git another face than a browser
	req.Header.Set("Git-Protocol", "version=2")
	req.Header.Set("Accept", "application/x-git-upload-pack-advertisement, */*")
	res, err := transport.RoundTrip(req)
	if err != nil {
		return nil, "", g.whyNoAnswer(ctx, a, err)
	}
	defer res.Body.Close()
	switch res.StatusCode {
	case http.StatusMovedPermanently, http.StatusFound, http.StatusSeeOther, http.StatusTemporaryRedirect, http.StatusPermanentRedirect:
		if next, err = res.Location(); err != nil {
			return nil, "", invalid(KeyRedirectRefused)
		}
		return next, "", nil
	case http.StatusOK:
	default:
		return nil, "", ofAnswer(res.StatusCode)
	}
	in := bufio.NewReaderSize(io.LimitReader(res.Body, maxGreeting), maxPacket)
	head, err := in.Peek(64)
	if err != nil && !errors.Is(err, io.EOF) {
		return nil, "", g.whyNoAnswer(ctx, a, err)
	}
	switch {
	case strings.HasPrefix(res.Header.Get("Content-Type"), "application/x-git-upload-pack-advertisement") && len(head) > 4:
		// What is no greeting in version 2 is for git to judge; a greeting that is read to its end leaves the connection to the next question.
		if format, err = readGreeting(in); err == nil {
			io.Copy(io.Discard, in)
		}
		return nil, format, nil
	case plainRefs(head):
		return nil, "", invalid(KeyDumbServer)
	}
	return nil, "", invalid(KeyNotARepository)
}

// maxGreeting bounds what is read of a server's first answer: a greeting in version 2 has a few hundred bytes, an older one lists all
// references and is not read to its end.
const maxGreeting = 256 << 10

// plainRefs says whether head begins like the file info/refs of a repository served as files: an object id and a tab.
func plainRefs(head []byte) bool {
	id, _, found := bytes.Cut(head, []byte("\t"))
	return found && (len(id) == 40 || len(id) == 64) && len(bytes.Trim(id, "0123456789abcdef")) == 0
}

// redirected turns the answer "look there" into an address, held to the same rules as one that a person typed.
func redirected(from Address, next *url.URL, p Policy) (Address, error) {
	refused := invalid(KeyRedirectRefused)
	if next.Scheme != "https" && next.Scheme != from.scheme {
		return from, refused // ftp, file, ssh; and https to http, which would take away the proof of who answers
	}
	base, found := strings.CutSuffix(next.EscapedPath(), tail)
	if !found {
		return from, refused // to a sign-in page, say
	}
	u := url.URL{Scheme: next.Scheme, User: next.User, Host: next.Host}
	to, err := Parse(u.String() + base)
	if err != nil {
		return from, refused.Wrap(err)
	}
	if to.kind != Web {
		return from, refused
	}
	return to, p.Check(to)
}

// whyNoAnswer puts a failed request into one of our faults.
func (g *guard) whyNoAnswer(ctx context.Context, a Address, err error) error {
	if ctx.Err() != nil {
		return context.Cause(ctx)
	}
	if f, ok := errors.AsType[*fault.Error](err); ok {
		return f
	}
	var (
		unknown  x509.UnknownAuthorityError
		hostname x509.HostnameError
		expired  x509.CertificateInvalidError
		verify   *tls.CertificateVerificationError
		record   tls.RecordHeaderError
		alert    tls.AlertError
	)
	if errors.As(err, &unknown) || errors.As(err, &hostname) || errors.As(err, &expired) || errors.As(err, &verify) ||
		errors.As(err, &record) || errors.As(err, &alert) {
		return invalid(KeyTLS).With("host", a.host).Wrap(err)
	}
	var t interface{ Timeout() bool }
	if errors.As(err, &t) && t.Timeout() {
		return fault.Busy(KeyTimeout).With("seconds", seconds(g.policy.Limits.orDefault().Answer)).Wrap(err)
	}
	return fault.Busy(KeyUnreachable).With("host", a.host).Wrap(err)
}

func seconds(d time.Duration) int { return int((d + time.Second - 1) / time.Second) }
