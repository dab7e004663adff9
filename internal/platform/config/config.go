// Package config says how this program is set up: which flags and variables there are, what they mean, what is in force and where that
// came from. The tags of Config are the one table; the help of the command line, `commun config` and docs/reference/configuration.md are
// all read from it.
//
// Order: a flag wins over a variable, a variable over the default. COMMUN_X_FILE names a file that holds the value of COMMUN_X, so that a
// secret need not stand in the environment. What a setting is for, and what is wrong with a value, are messages: config.help_NAME is the line
// of help of --NAME.
package config

import (
	"embed"
	"io/fs"
	"log/slog"
	"net"
	"net/netip"
	"os"
	"slices"
	"strings"

	"commun/internal/platform/mail"
)

//go:embed messages/*.toml
var messages embed.FS

// Messages returns the sentences of this package.
func Messages() fs.FS { return messages }

// Place says where the instance keeps what it holds. Every verb that opens it takes these two.
type Place struct {
	Data     string `name:"data" var:"COMMUN_DATA" default:"./data" placeholder:"DIR"`
	Database string `name:"database" var:"COMMUN_DATABASE" placeholder:"URL" secret:"true"`
}

// Logging says what the program tells its operator. Every verb takes it.
type Logging struct {
	Level  string `name:"log" var:"COMMUN_LOG" default:"info" placeholder:"LEVEL"`
	Format string `name:"log-format" var:"COMMUN_LOG_FORMAT" default:"text" placeholder:"FORMAT"`
}

// Reach says which outside addresses an import may use. The verbs that fetch repositories take it.
type Reach struct {
	AllowInner    []string `name:"allow-inner" var:"COMMUN_ALLOW_INNER" placeholder:"HOST:PORT"`
	SSHKnownHosts string   `name:"ssh-known-hosts" var:"COMMUN_SSH_KNOWN_HOSTS" placeholder:"FILE"`
}

// Config is all that `commun serve` can be told.
type Config struct {
	Place   `embed:""`
	Logging `embed:""`
	Reach   `embed:""`

	Addr         string   `name:"addr" var:"COMMUN_ADDR" default:":8080" placeholder:"HOST:PORT"`
	URL          string   `name:"url" var:"COMMUN_URL" placeholder:"URL"`
	Lang         string   `name:"lang" var:"COMMUN_LANG" default:"en" placeholder:"LANGUAGE"`
	SMTP         string   `name:"smtp" var:"COMMUN_SMTP" placeholder:"URL" secret:"true"`
	TrustedProxy []string `name:"trusted-proxy" var:"COMMUN_TRUSTED_PROXY" placeholder:"RANGE"`
	Metrics      string   `name:"metrics" var:"COMMUN_METRICS" default:"local" placeholder:"WHO"`
	Workers      int      `name:"workers" var:"COMMUN_WORKERS" default:"4" placeholder:"NUMBER"`
}

// PublicURL returns the address that links begin with, without a slash at its end: URL, or the one by which this machine reaches itself.
func (c Config) PublicURL() string {
	if c.URL != "" {
		return strings.TrimRight(c.URL, "/")
	}
	host, port, _ := net.SplitHostPort(c.Addr)
	if ip, err := netip.ParseAddr(host); host == "" || err == nil && ip.IsUnspecified() {
		host = "localhost"
	}
	if port == "80" {
		return "http://" + host
	}
	return "http://" + net.JoinHostPort(host, port)
}

// Proxies returns the ranges of TrustedProxy. Call it on a Config that Validate passed.
func (c Config) Proxies() []netip.Prefix {
	p, _ := ranges(c.TrustedProxy)
	return p
}

// MetricsReaders returns who may read the metrics: anyone, or who calls from one of the ranges.
func (c Config) MetricsReaders() (anyone bool, from []netip.Prefix) {
	switch c.Metrics {
	case "anyone":
		return true, nil
	case "none":
		return false, nil
	case "local":
		return false, []netip.Prefix{netip.MustParsePrefix("127.0.0.0/8"), netip.MustParsePrefix("::1/128")}
	}
	from, _ = ranges(strings.Split(c.Metrics, ","))
	return false, from
}

// Mail returns how to reach the mail server, and false when none is configured.
func (c Config) Mail() (mail.Options, bool) {
	if c.SMTP == "" {
		return mail.Options{}, false
	}
	o, err := mail.ParseURL(c.SMTP)
	return o, err == nil
}

// IsPostgres says whether the database is PostgreSQL and not the file in the data folder.
func (p Place) IsPostgres() bool { return p.Database != "" }

// Handler returns the log handler that l asks for, writing to w.
func (l Logging) Handler(w *os.File) slog.Handler {
	var level slog.Level
	_ = level.UnmarshalText([]byte(l.Level)) // Validate refused what is no level; info then
	o := &slog.HandlerOptions{Level: level}
	if l.Format == "json" {
		return slog.NewJSONHandler(w, o)
	}
	return slog.NewTextHandler(w, o)
}

// ranges reads addresses (taken as a range of one) and ranges; empty elements are skipped. bad is the first that is neither.
func ranges(list []string) (out []netip.Prefix, bad string) {
	for _, s := range list {
		if s = strings.TrimSpace(s); s == "" {
			continue
		}
		p, err := netip.ParsePrefix(s)
		if err != nil {
			a, err := netip.ParseAddr(s)
			if err != nil {
				return nil, s
			}
			p = netip.PrefixFrom(a, a.BitLen())
		}
		out = append(out, p.Masked())
	}
	return out, ""
}

// Unknown returns the COMMUN_… variables of env that no setting has, sorted: most likely misspelt, and worth a warning at the start.
// COMMUN_TEST_… belongs to the tests.
func Unknown(env []string) []string {
	known := map[string]bool{}
	for _, s := range Table() {
		known[s.Env], known[s.Env+"_FILE"] = true, true
	}
	var out []string
	for _, kv := range env {
		name, _, _ := strings.Cut(kv, "=")
		if strings.HasPrefix(name, "COMMUN_") && !strings.HasPrefix(name, "COMMUN_TEST_") && !known[name] {
			out = append(out, name)
		}
	}
	slices.Sort(out)
	return slices.Compact(out)
}
