package config

import (
	"log/slog"
	"net"
	"net/url"
	"os"
	"strconv"
	"strings"

	"commun/internal/platform/fault"
	"commun/internal/platform/mail"
)

// problems collects what is wrong, so that the operator mends all of it at once and not one a start. Each names its flag and its variable.
type problems struct{ list fault.List }

// add says that a flag breaks the rule of a message key; args are the names and values that the message holds, in turn.
func (p *problems) add(flag, key string, args ...any) *fault.Error {
	s := find(flag)
	f := fault.Invalid(flag, key).With("flag", "--"+s.Flag).With("variable", s.Env)
	for i := 0; i+1 < len(args); i += 2 {
		f = f.With(args[i].(string), args[i+1])
	}
	p.list = append(p.list, f)
	return f
}

func (p *problems) err() error { return p.list.OrNil() }

// Validate returns all that is wrong with c, each with its flag and variable, or nil. The command line calls it by itself. No secret is
// quoted. An address that is well written may still lead nowhere: that shows when it is used.
func (c Config) Validate() error {
	var p problems
	c.Place.validate(&p)
	c.Logging.validate(&p)
	c.Reach.validate(&p)
	if host, port, err := net.SplitHostPort(c.Addr); err != nil {
		p.add("addr", "config.addr_form", "value", c.Addr)
	} else if n, err := strconv.Atoi(port); err != nil || n < 0 || n > 65535 {
		p.add("addr", "config.addr_port", "value", port)
	} else if strings.ContainsAny(host, "/@ ") {
		p.add("addr", "config.addr_host", "value", c.Addr)
	}
	if c.URL != "" {
		validatePublic(&p, c.URL)
	}
	if c.Lang != "en" && c.Lang != "fr" {
		p.add("lang", "config.one_of", "value", c.Lang, "known", []string{"en", "fr"})
	}
	if c.SMTP != "" {
		if _, err := mail.ParseURL(c.SMTP); err != nil {
			for _, f := range fault.Of(err) {
				said := p.add("smtp", f.Key)
				for name, v := range f.Args {
					said.Args[name] = v
				}
			}
		}
	}
	if _, bad := ranges(c.TrustedProxy); bad != "" {
		p.add("trusted-proxy", "config.range", "value", bad)
	}
	switch c.Metrics {
	case "none", "local", "anyone":
	default:
		if r, bad := ranges(strings.Split(c.Metrics, ",")); bad != "" {
			p.add("metrics", "config.metrics", "value", bad)
		} else if len(r) == 0 {
			p.add("metrics", "config.metrics_empty")
		}
	}
	if c.Workers < 1 || c.Workers > 1000 {
		p.add("workers", "config.workers", "value", strconv.Itoa(c.Workers))
	}
	return p.err()
}

// validatePublic takes an origin: pages are served from the root, and links are built by appending to it.
func validatePublic(p *problems, s string) {
	u, err := url.Parse(s)
	switch {
	case err != nil || u.Host == "" && u.Opaque == "":
		p.add("url", "config.url_form", "value", Redact(s))
	case u.Scheme != "https" && u.Scheme != "http":
		p.add("url", "config.url_scheme", "value", u.Scheme)
	case u.User != nil || u.RawQuery != "" || u.Fragment != "" || strings.Trim(u.Path, "/") != "":
		p.add("url", "config.url_root", "value", Redact(s))
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
		all.add("data", "config.data_empty")
	case strings.Contains(p.Data, "://"):
		all.add("data", "config.data_url")
	default:
		// Only what is there and is no folder is wrong: serve makes a folder that is missing.
		if info, err := os.Stat(p.Data); err == nil && !info.IsDir() {
			all.add("data", "config.data_file", "value", p.Data)
		}
	}
	if p.Database == "" {
		return
	}
	scheme, _, isURL := strings.Cut(p.Database, "://")
	if !isURL {
		all.add("database", "config.database_path")
		return
	}
	if scheme != "postgres" && scheme != "postgresql" {
		all.add("database", "config.database_scheme", "value", scheme)
		return
	}
	if u, err := url.Parse(p.Database); err != nil {
		all.add("database", "config.database_url")
	} else if strings.Trim(u.Path, "/") == "" {
		all.add("database", "config.database_name")
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
		all.add("log", "config.one_of", "value", l.Level, "known", []string{"debug", "info", "warn", "error"})
	}
	if l.Format != "text" && l.Format != "json" {
		all.add("log-format", "config.one_of", "value", l.Format, "known", []string{"text", "json"})
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
			all.add("allow-inner", "config.inner", "value", a)
		}
	}
	if r.SSHKnownHosts != "" {
		if f, err := os.Open(r.SSHKnownHosts); err != nil {
			all.add("ssh-known-hosts", "config.hosts", "value", r.SSHKnownHosts).Cause = err
		} else {
			_ = f.Close() // opened to read only: nothing can be lost
		}
	}
}
