package config

import (
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/url"
	"os"
	"strconv"
	"strings"

	"commun/internal/platform/mail"
)

// problems collects what is wrong, so that the operator mends all of it at once and not one a start.
type problems []error

func (p *problems) add(flag, format string, args ...any) {
	s := find(flag)
	*p = append(*p, fmt.Errorf("--%s (%s) %w", s.Flag, s.Env, fmt.Errorf(format, args...)))
}

func (p problems) err() error { return errors.Join(p...) }

// Validate returns all that is wrong with c, each with its flag and variable, or nil. The command line calls it by itself. No secret is
// quoted. An address that is well written may still lead nowhere: that shows when it is used.
func (c Config) Validate() error {
	var p problems
	c.Place.validate(&p)
	c.Logging.validate(&p)
	c.Reach.validate(&p)
	if host, port, err := net.SplitHostPort(c.Addr); err != nil {
		p.add("addr", "is %q: write host:port, or :port for every address of this machine", c.Addr)
	} else if n, err := strconv.Atoi(port); err != nil || n < 0 || n > 65535 {
		p.add("addr", "has the port %q: a number up to 65535 is expected", port)
	} else if strings.ContainsAny(host, "/@ ") {
		p.add("addr", "is %q: write the host alone, without http:// or a path", c.Addr)
	}
	if c.URL != "" {
		validatePublic(&p, c.URL)
	}
	if c.Lang != "en" && c.Lang != "fr" {
		p.add("lang", "is %q: en and fr are known", c.Lang)
	}
	if c.SMTP != "" {
		if _, err := mail.ParseURL(c.SMTP); err != nil {
			p.add("smtp", "%w", err)
		}
	}
	if _, err := ranges(c.TrustedProxy); err != nil {
		p.add("trusted-proxy", "holds %w", err)
	}
	switch c.Metrics {
	case "none", "local", "anyone":
	default:
		if r, err := ranges(strings.Split(c.Metrics, ",")); err != nil {
			p.add("metrics", "is not none, local or anyone, and %w", err)
		} else if len(r) == 0 {
			p.add("metrics", "is empty: write none, local, anyone, or addresses and ranges")
		}
	}
	if c.Workers < 1 || c.Workers > 1000 {
		p.add("workers", "is %d: between 1 and 1000 is expected", c.Workers)
	}
	return p.err()
}

// validatePublic takes an origin: pages are served from the root, and links are built by appending to it.
func validatePublic(p *problems, s string) {
	u, err := url.Parse(s)
	switch {
	case err != nil || u.Host == "" && u.Opaque == "":
		p.add("url", "is %q: write the whole public address, such as https://commons.example.org", Redact(s))
	case u.Scheme != "https" && u.Scheme != "http":
		p.add("url", "has the unknown scheme %q: use https://, or http:// on a closed network", u.Scheme)
	case u.User != nil || u.RawQuery != "" || u.Fragment != "" || strings.Trim(u.Path, "/") != "":
		p.add("url", "is %q: write the scheme and the host alone; the instance lives at the root of its own host name", Redact(s))
	}
}

// Validate is for the verbs that take the place alone.
func (p Place) Validate() error {
	var all problems
	p.validate(&all)
	return all.err()
}

func (p Place) validate(all *problems) {
	switch {
	case p.Data == "":
		all.add("data", "is empty: name a folder")
	case strings.Contains(p.Data, "://"):
		all.add("data", "is a URL: it names a folder; a database's URL goes to --database")
	default:
		// Only what is there and is no folder is wrong: serve makes a folder that is missing.
		if info, err := os.Stat(p.Data); err == nil && !info.IsDir() {
			all.add("data", "is %q, which is a file and not a folder", p.Data)
		}
	}
	if p.Database == "" {
		return
	}
	scheme, _, isURL := strings.Cut(p.Database, "://")
	if !isURL {
		all.add("database", "is not a URL: write postgres://…; the SQLite database needs no name, it lies in the folder of --data")
		return
	}
	if scheme != "postgres" && scheme != "postgresql" {
		all.add("database", "has the unknown scheme %q: postgres:// is known; without --database, SQLite in the folder of --data is used", scheme)
		return
	}
	if u, err := url.Parse(p.Database); err != nil {
		all.add("database", "is not a URL that can be read (a sign such as @, / or %% in the password must be percent-encoded)")
	} else if strings.Trim(u.Path, "/") == "" {
		all.add("database", "names no database: end it with /name")
	}
}

// Validate is for the verbs that take the logging alone.
func (l Logging) Validate() error {
	var all problems
	l.validate(&all)
	return all.err()
}

func (l Logging) validate(all *problems) {
	var level slog.Level
	if level.UnmarshalText([]byte(l.Level)) != nil {
		all.add("log", "is %q: debug, info, warn and error are known", l.Level)
	}
	if l.Format != "text" && l.Format != "json" {
		all.add("log-format", "is %q: text and json are known", l.Format)
	}
}

// Validate is for the verbs that take the reach alone.
func (r Reach) Validate() error {
	var all problems
	r.validate(&all)
	return all.err()
}

func (r Reach) validate(all *problems) {
	for _, a := range r.AllowInner {
		if host, port, err := net.SplitHostPort(a); err != nil || host == "" || port == "" {
			all.add("allow-inner", "holds %q: write host:port", a)
		}
	}
	if r.SSHKnownHosts != "" {
		if f, err := os.Open(r.SSHKnownHosts); err != nil {
			all.add("ssh-known-hosts", "cannot be read: %w", err)
		} else {
			_ = f.Close() // opened to read only: nothing can be lost
		}
	}
}
