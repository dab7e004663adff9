package config_test

import (
	"bytes"
	"errors"
	"flag"
	"net/netip"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/alecthomas/kong"

	"commun/internal/platform/config"
	"commun/internal/platform/fault"
	"commun/internal/platform/i18n"
	"commun/internal/platform/i18n/i18ntest"
)

var update = flag.Bool("update", false, "write docs/reference/configuration.md anew")

// said is what an operator reads of an error, in a language.
func said(t *testing.T, lang string, err error) string {
	t.Helper()
	words := i18ntest.Bundle(t, "en", config.Messages()).For(lang)
	text := ""
	for _, f := range fault.Of(err) {
		text += words.T(f.Key, i18n.Args(f.Args)) + "\n"
	}
	if text == "" {
		return err.Error()
	}
	return text
}

func TestMessages(t *testing.T) {
	i18ntest.Messages(t, config.Messages())
	i18ntest.Keys(t, config.Messages(), []string{".", "../mail"}, "config.help_")
	known := map[string]bool{}
	for _, s := range config.Table() {
		known[s.HelpKey()] = true
	}
	all, err := i18n.Read(config.Messages())
	if err != nil {
		t.Fatal(err)
	}
	for key := range known {
		if _, ok := all["fr"][key]; !ok {
			t.Errorf("nothing says what %s is", key)
		}
	}
	for key := range all["en"] {
		if strings.HasPrefix(key, "config.help_") && !known[key] {
			t.Errorf("%s is of no setting", key)
		}
	}
}

func write(t *testing.T, name, text string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), name)
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

func TestFlagWinsOverVariableOverDefault(t *testing.T) {
	secret := write(t, "smtp", "smtp://a:b@mail.example.org?from=c@example.org\n")
	c, from, err := config.Load(
		[]string{"--addr", ":1234", "--allow-inner=127.0.0.1:1,127.0.0.1:2"},
		[]string{"COMMUN_ADDR=:9", "COMMUN_LANG=fr", "COMMUN_LOG=", "COMMUN_SMTP_FILE=" + secret, "COMMUN_TRUSTED_PROXY=10.0.0.0/8,127.0.0.1"})
	if err != nil {
		t.Fatal(err)
	}
	for _, x := range []struct{ env, got, want, from string }{
		{"COMMUN_ADDR", c.Addr, ":1234", "config.from_flag "},
		{"COMMUN_ALLOW_INNER", strings.Join(c.AllowInner, " "), "127.0.0.1:1 127.0.0.1:2", "config.from_flag "},
		{"COMMUN_LANG", c.Lang, "fr", "config.from_variable COMMUN_LANG"},
		{"COMMUN_LOG", c.Level, "info", "config.from_default "}, // empty is not set
		{"COMMUN_DATA", c.Data, "./data", "config.from_default "},
		{"COMMUN_SMTP", c.SMTP, "smtp://a:b@mail.example.org?from=c@example.org", "config.from_file " + secret},
		{"COMMUN_TRUSTED_PROXY", strings.Join(c.TrustedProxy, " "), "10.0.0.0/8 127.0.0.1", "config.from_variable COMMUN_TRUSTED_PROXY"},
	} {
		if at := from.Of(x.env); x.got != x.want || at.Key+" "+at.Name != x.from {
			t.Errorf("%s is %q from %q, want %q from %q", x.env, x.got, at, x.want, x.from)
		}
	}
	if o, ok := c.Mail(); !ok || o.Password != "b" {
		t.Errorf("mail is %+v", o)
	}
	if p := c.Proxies(); !slices.Equal(p, []netip.Prefix{netip.MustParsePrefix("10.0.0.0/8"), netip.MustParsePrefix("127.0.0.1/32")}) {
		t.Errorf("proxies are %v", p)
	}
}

func TestEnvironmentOfTheProcessIsNotReadBehindTheBack(t *testing.T) {
	t.Setenv("COMMUN_ADDR", ":1")
	c, _, err := config.Load(nil, nil)
	if err != nil || c.Addr != ":8080" {
		t.Fatalf("addr %q, %v", c.Addr, err)
	}
}

func TestMistakesAreNamedAndSecretsAreNot(t *testing.T) {
	file := write(t, "file", "x")
	for _, c := range []struct {
		rule string
		args []string
		env  []string
		want []string // each is part of the message
	}{
		{"an address without a port", []string{"--addr=localhost"}, nil, []string{"--addr", "COMMUN_ADDR", ":port"}},
		{"an impossible port", []string{"--addr=:70000"}, nil, []string{"--addr", "70000"}},
		{"a URL for an address", []string{"--addr=http://localhost:80"}, nil, []string{"--addr"}},
		{"a public address without scheme", []string{"--url=commons.example.org"}, nil, []string{"--url", "https://"}},
		{"a public address of another scheme", []string{"--url=ftp://commons.example.org"}, nil, []string{"--url", "ftp"}},
		{"a public address below the root", []string{"--url=https://example.org/commons"}, nil, []string{"--url", "root"}},
		{"a URL for a folder", []string{"--data=postgres://a:hunter2@h/d"}, nil, []string{"--data", "--database"}},
		{"a file for a folder", []string{"--data=" + file}, nil, []string{"--data", "not a folder"}},
		{"a path for a database", []string{"--database=./data/commun.db"}, nil, []string{"--database", "--data", "SQLite"}},
		{"another database", []string{"--database=mysql://a:hunter2@h/d"}, nil, []string{"--database", "mysql", "postgres://"}},
		{"a database without name", []string{"--database=postgres://a:hunter2@h"}, nil, []string{"--database", "/name"}},
		{"a password with a bare slash", []string{"--database=postgres://a:hunter/2@h/d"}, nil, []string{"--database", "percent-encoded"}},
		{"a mail server of another scheme", nil, []string{"COMMUN_SMTP=imap://a:hunter2@h"}, []string{"COMMUN_SMTP", "imap"}},
		{"an unknown language", []string{"--lang=de"}, nil, []string{"--lang", "en and fr"}},
		{"an unknown level", []string{"--log=loud"}, nil, []string{"--log", "loud"}},
		{"an unknown format", []string{"--log-format=xml"}, nil, []string{"--log-format", "xml"}},
		{"a proxy that is no address", []string{"--trusted-proxy=proxy.example.org"}, nil, []string{"--trusted-proxy", "proxy.example.org"}},
		{"an inner address without port", []string{"--allow-inner=127.0.0.1"}, nil, []string{"--allow-inner", "host:port"}},
		{"an unreadable list of hosts", []string{"--ssh-known-hosts=/nowhere/at/all"}, nil, []string{"--ssh-known-hosts", "/nowhere/at/all"}},
		{"a reader of metrics that is no address", []string{"--metrics=everyone"}, nil, []string{"--metrics", "everyone"}},
		{"no workers", []string{"--workers=0"}, nil, []string{"--workers"}},
		{"workers in words", nil, []string{"COMMUN_WORKERS=many"}, []string{"workers"}},
		{"a file that is not there", nil, []string{"COMMUN_SMTP_FILE=/nowhere/at/all"}, []string{"COMMUN_SMTP_FILE", "/nowhere/at/all"}},
		{"a file that is empty", nil, []string{"COMMUN_SMTP_FILE=" + write(t, "empty", "\n")}, []string{"COMMUN_SMTP_FILE", "empty"}},
		{"a file of two lines", nil, []string{"COMMUN_SMTP_FILE=" + write(t, "two", "hunter2\nx")}, []string{"COMMUN_SMTP_FILE", "one line"}},
		{"a variable and its file", nil, []string{"COMMUN_SMTP=x", "COMMUN_SMTP_FILE=" + file}, []string{"COMMUN_SMTP_FILE", "both"}},
		{"an unknown flag", []string{"--adr=:1"}, nil, []string{"--adr"}},
		{"several mistakes at once", []string{"--lang=de", "--workers=0"}, nil, []string{"--lang", "--workers"}},
	} {
		_, _, err := config.Load(c.args, c.env)
		if err == nil {
			t.Errorf("%s: taken", c.rule)
			continue
		}
		for _, lang := range []string{"en", "fr"} {
			text := said(t, lang, err)
			for _, part := range c.want {
				if english := lang == "en" || strings.HasPrefix(part, "--") || strings.HasPrefix(part, "COMMUN_"); english && !strings.Contains(text, part) {
					t.Errorf("%s: %q does not say %q", c.rule, text, part)
				}
			}
			if strings.Contains(text+err.Error(), "hunter") {
				t.Errorf("%s: %q tells the secret", c.rule, err)
			}
		}
	}
}

func TestPrintHidesSecretsAndSaysWhereFrom(t *testing.T) {
	c, from, err := config.Load([]string{"--database=postgres://u:hunter2@h/d?sslpassword=hunter3&sslmode=require"},
		[]string{"COMMUN_SMTP=smtp://a:hunter4@mail.example.org?from=c@example.org"})
	if err != nil {
		t.Fatal(err)
	}
	var w bytes.Buffer
	words := i18ntest.Bundle(t, "en", config.Messages())
	if err := config.Print(&w, words.For("en"), c, from); err != nil {
		t.Fatal(err)
	}
	got := w.String()
	if strings.Contains(got, "hunter") {
		t.Errorf("secrets are shown:\n%s", got)
	}
	for _, s := range config.Table() {
		if !strings.Contains(got, "--"+s.Flag+" ") {
			t.Errorf("--%s is missing:\n%s", s.Flag, got)
		}
	}
	for _, part := range []string{"postgres://u:(hidden)@h/d?", "sslmode=require", "environment COMMUN_SMTP", "flag", "default", "(none)"} {
		if !strings.Contains(got, part) {
			t.Errorf("%q is missing:\n%s", part, got)
		}
	}
}

func TestRedact(t *testing.T) {
	for in, want := range map[string]string{
		"./data":                      "./data",
		"https://example.org/a?b=c":   "https://example.org/a?b=c",
		"postgres://u:p@h/d":          "postgres://u:(hidden)@h/d",
		"postgres://u@h/d?password=p": "postgres://u@h/d?password=(hidden)",
		"postgres://u:p/q@h/d":        "(hidden)",
		"https://h/?access_token=p":   "https://h/?access_token=(hidden)",
	} {
		if got := config.Redact(in); got != want {
			t.Errorf("Redact(%q) = %q, want %q", in, got, want)
		}
	}
}

func FuzzRedact(f *testing.F) {
	f.Add("postgres://u:p@h/d?password=x")
	f.Add("://")
	f.Add("smtp://a:%zz@h")
	f.Fuzz(func(t *testing.T, user string) {
		const secret = "hunter2hunter2"
		if got := config.Redact("smtp://" + user + ":" + secret + "@h/?password=" + secret + "&" + user); strings.Contains(got, secret) && !strings.ContainsAny(user, "/?#@:\\&=") {
			t.Fatalf("user %q: %q", user, got)
		}
	})
}

func TestUnknownVariablesAreNamed(t *testing.T) {
	got := config.Unknown([]string{"COMMUN_DATABSE=x", "COMMUN_ADDR=:1", "COMMUN_SMTP_FILE=/x", "COMMUN_TEST_POSTGRES=x", "HOME=/"})
	if !slices.Equal(got, []string{"COMMUN_DATABSE"}) {
		t.Fatalf("got %v", got)
	}
}

func TestPublicURLAndMetricsReaders(t *testing.T) {
	for _, c := range []struct{ addr, url, want string }{
		{":8080", "", "http://localhost:8080"},
		{"0.0.0.0:80", "", "http://localhost"},
		{"[::]:81", "", "http://localhost:81"},
		{"[::1]:81", "", "http://[::1]:81"},
		{"commons.lan:8080", "", "http://commons.lan:8080"},
		{":8080", "https://commons.example.org/", "https://commons.example.org"},
	} {
		if got := (config.Config{Addr: c.addr, URL: c.url}).PublicURL(); got != c.want {
			t.Errorf("%q, %q: %q, want %q", c.addr, c.url, got, c.want)
		}
	}
	for who, want := range map[string]struct {
		anyone bool
		n      int
	}{"none": {false, 0}, "local": {false, 2}, "anyone": {true, 0}, "10.0.0.1, 192.168.0.0/16": {false, 2}} {
		anyone, from := config.Config{Metrics: who}.MetricsReaders()
		if anyone != want.anyone || len(from) != want.n {
			t.Errorf("%q: %v %v", who, anyone, from)
		}
	}
}

// Every setting has what help and reference need, and is named after one rule.
func TestTableIsWhole(t *testing.T) {
	seen := map[string]bool{}
	for _, s := range config.Table() {
		if s.Flag == "" || s.Hint == "" || !strings.HasPrefix(s.Env, "COMMUN_") || seen[s.Env] || seen[s.Flag] {
			t.Errorf("setting %+v", s)
		}
		// A value that is itself well formed when nothing is set: its mistakes can be reported.
		if want := "COMMUN_" + strings.ToUpper(strings.ReplaceAll(s.Flag, "-", "_")); s.Env != want {
			t.Errorf("--%s has the variable %s, want %s", s.Flag, s.Env, want)
		}
		seen[s.Env], seen[s.Flag] = true, true
	}
}

// The command line embeds the structs in its verbs: their flags, variables, help and checks must work there too.
func TestStructsServeACommandLine(t *testing.T) {
	type cli struct {
		Serve struct {
			config.Config `embed:""`
		} `cmd:"" help:"Serve."`
		Verify struct {
			config.Place `embed:""`
			URL          string `name:"url" help:"Check from outside."`
		} `cmd:"" help:"Verify."`
	}
	parse := func(args, env []string) (cli, config.Sources, string, error) {
		var c cli
		var out bytes.Buffer
		l := config.NewLoader(env)
		k, err := kong.New(&c, append(l.Options(), kong.Name("commun"), kong.Exit(func(int) { panic("exit") }), kong.Writers(&out, &out))...)
		if err != nil {
			t.Fatal(err)
		}
		var ctx *kong.Context
		func() {
			defer func() { _ = recover() }() // --help exits
			ctx, err = k.Parse(args)
		}()
		if ctx == nil {
			return c, nil, out.String(), err
		}
		return c, l.Sources(ctx), out.String(), err
	}
	c, from, _, err := parse([]string{"verify", "--url=https://example.org"}, []string{"COMMUN_DATA=/srv", "COMMUN_URL=https://other.example.org", "COMMUN_LANG=de"})
	if err != nil || c.Verify.Data != "/srv" || c.Verify.URL != "https://example.org" || from.Of("COMMUN_DATA").Name != "COMMUN_DATA" {
		t.Errorf("verify: %+v %v %v", c.Verify, from, err)
	}
	c, _, _, err = parse([]string{"serve", "--addr=:7"}, []string{"COMMUN_URL=https://other.example.org"})
	if err != nil || c.Serve.Addr != ":7" || c.Serve.URL != "https://other.example.org" {
		t.Errorf("serve: %+v %v", c.Serve, err)
	}
	if _, _, _, err = parse([]string{"serve"}, []string{"COMMUN_LANG=de"}); err == nil || !strings.Contains(said(t, "en", err), "--lang (COMMUN_LANG)") {
		t.Errorf("serve with a wrong language: %v", err)
	}
}

func TestReferenceIsFresh(t *testing.T) {
	path := filepath.Join("..", "..", "..", "docs", "reference", "configuration.md")
	var want bytes.Buffer
	if err := config.Markdown(&want); err != nil {
		t.Fatal(err)
	}
	if *update {
		if err := errors.Join(os.MkdirAll(filepath.Dir(path), 0o755), os.WriteFile(path, want.Bytes(), 0o644)); err != nil {
			t.Fatal(err)
		}
	}
	got, err := os.ReadFile(path)
	if err != nil || !bytes.Equal(got, want.Bytes()) {
		t.Fatalf("%s is not what the table says (%v): go test ./internal/platform/config -update", path, err)
	}
}
