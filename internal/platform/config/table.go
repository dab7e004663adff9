package config

import (
	"fmt"
	"io"
	"net/url"
	"reflect"
	"strings"
	"text/tabwriter"

	"commun/internal/platform/i18n"
)

// Setting is one line of the table.
type Setting struct {
	Flag    string // without its dashes
	Env     string
	Default string // empty when there is none
	Hint    string // the word that stands for the value in the help, such as HOST:PORT
	Secret  bool
	index   []int // of the field in Config
}

// Table returns every setting, in the order in which help and reference show them.
func Table() []Setting { return read(reflect.TypeFor[Config](), nil) }

func read(t reflect.Type, index []int) []Setting {
	var out []Setting
	for i := range t.NumField() {
		f := t.Field(i)
		at := append(append([]int(nil), index...), i)
		if f.Anonymous {
			out = append(out, read(f.Type, at)...)
			continue
		}
		out = append(out, Setting{
			Flag: f.Tag.Get("name"), Env: f.Tag.Get("var"), Default: f.Tag.Get("default"), Hint: f.Tag.Get("placeholder"),
			Secret: f.Tag.Get("secret") == "true", index: at,
		})
	}
	return out
}

// HelpKey is the message that says in one sentence what a setting is.
func (s Setting) HelpKey() string { return HelpKey(s.Flag) }

// HelpKey is the message that says in one sentence what a setting's flag is.
func HelpKey(flag string) string { return "config.help_" + strings.ReplaceAll(flag, "-", "_") }

func find(flag string) Setting {
	for _, s := range Table() {
		if s.Flag == flag {
			return s
		}
	}
	panic("config: no setting --" + flag) // a mistake of this package, which its tests reach
}

// text returns the value of s in c as it would be typed.
func (s Setting) text(c Config) string {
	v := reflect.ValueOf(c).FieldByIndex(s.index)
	if list, ok := v.Interface().([]string); ok {
		return strings.Join(list, ",")
	}
	return fmt.Sprint(v.Interface())
}

// Print writes to w what is in force, one setting a line, in words of l: flag, value, where it came from. Secrets are hidden, and so is the
// password inside any URL.
func Print(w io.Writer, l *i18n.Localizer, c Config, from Sources) error {
	t := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	for _, s := range Table() {
		value := s.text(c)
		switch {
		case value == "":
			value = l.T("config.none")
		case s.Secret && !strings.Contains(value, "://"):
			value = l.T("config.hidden")
		default:
			value = strings.ReplaceAll(Redact(value), hidden, l.T("config.hidden"))
		}
		// An error shows at Flush: the tabwriter keeps all until then.
		where := from.Of(s.Env)
		_, _ = fmt.Fprintf(t, "--%s\t%s\t%s\n", s.Flag, value, l.T(where.Key, i18n.Args{"name": where.Name}))
	}
	if err := t.Flush(); err != nil {
		return fmt.Errorf("print configuration: %w", err)
	}
	return nil
}

// hidden stands where a secret was.
const hidden = "(hidden)"

// Redact returns s, when it is a URL, without its password, in the user's place or as a parameter; a URL that cannot be read is hidden
// whole. Other text comes back as it was.
func Redact(s string) string {
	if !strings.Contains(s, "://") {
		return s
	}
	u, err := url.Parse(s)
	if err != nil {
		return hidden
	}
	secret := false
	if _, has := u.User.Password(); has {
		u.User, secret = url.UserPassword(u.User.Username(), hidden), true
	}
	q, err := url.ParseQuery(u.RawQuery)
	if err != nil {
		return hidden
	}
	for key := range q {
		if k := strings.ToLower(key); strings.Contains(k, "pass") || strings.Contains(k, "secret") || strings.Contains(k, "token") {
			q.Set(key, hidden)
			secret = true
		}
	}
	if !secret {
		return s
	}
	u.RawQuery = q.Encode()
	// url writes the brackets percent-encoded, which nobody reads with pleasure.
	return strings.NewReplacer("%28hidden%29", hidden).Replace(u.String())
}

// Markdown writes the table as a page of the reference, in English.
func Markdown(w io.Writer) error {
	words, err := i18n.New("en", Messages())
	if err != nil {
		return fmt.Errorf("write configuration reference: %w", err)
	}
	l := words.For("en")
	var b strings.Builder
	b.WriteString("# Configuration\n\n" +
		"Every setting is a flag of `commun serve` and a variable of the environment; other verbs take those that concern them. " +
		"A flag wins over a variable, a variable over the default. `NAME_FILE` instead of `NAME` reads the value from a file. " +
		"`commun config` prints what is in force and where it came from, with secrets hidden.\n\n" +
		"This page is written from the program's own table (`internal/platform/config`); `go test ./internal/platform/config -update` renews it.\n\n" +
		"| Flag | Variable | Default | What it is |\n| --- | --- | --- | --- |\n")
	for _, s := range Table() {
		def := "none"
		if s.Default != "" {
			def = "`" + s.Default + "`"
		}
		help := l.T(s.HelpKey())
		if s.Secret {
			help += " Secret."
		}
		fmt.Fprintf(&b, "| `--%s %s` | `%s` | %s | %s |\n", s.Flag, s.Hint, s.Env, def, strings.ReplaceAll(help, "|", "\\|"))
	}
	if _, err := io.WriteString(w, b.String()); err != nil {
		return fmt.Errorf("write configuration reference: %w", err)
	}
	return nil
}
