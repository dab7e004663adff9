package i18n_test

import (
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"commun/internal/platform/i18n"
	"commun/internal/platform/i18n/i18ntest"
)

var samples = fstest.MapFS{
	"messages/en.toml": {Data: []byte(`
[t]
plain = "Catalogue"
hello = "Hello {{.name}}, it is {{ .when }}"
only_english = "Only here"
[t.views]
description = "How often a page was seen"
one = "{{.count}} view"
other = "{{.count}} views"
`)},
	"messages/fr.toml": {Data: []byte(`
[t]
plain = "Catalogue"
hello = "{{.when}} : bonjour {{.name}}"
[t.views]
one = "{{.count}} vue"
many = "{{.count}} de vues"
other = "{{.count}} vues"
`)},
}

func bundle(t *testing.T) *i18n.Bundle {
	t.Helper()
	b, err := i18n.New("fr", samples)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func TestOwnMessagesKeepTheRules(t *testing.T) {
	i18ntest.Messages(t, i18n.Own())
	i18ntest.Keys(t, i18n.Own(), []string{"."}, "language.", "country.", "currency.", "month.", "month_short.", "bytes.")
}

func TestGoldenValues(t *testing.T) {
	b := bundle(t)
	fr, en := b.For("fr"), b.For("en")
	may := time.Date(2026, 5, 1, 14, 5, 0, 0, time.UTC)
	for _, c := range []struct{ what, got, want string }{
		{"fr money", fr.Money(123456750, "EUR"), "1\u202f234\u202f567,50\u00a0€"},
		{"en money", en.Money(123456750, "EUR"), "€1,234,567.50"},
		{"fr negative money", fr.Money(-5, "EUR"), "-0,05\u00a0€"},
		{"en least money", en.Money(-9223372036854775808, "EUR"), "-€92,233,720,368,547,758.08"},
		{"fr other currency", fr.Money(123450, "CHF"), "1\u202f234,50\u00a0CHF"},
		{"en other currency", en.Money(123450, "CHF"), "CHF\u00a01,234.50"},
		{"fr first of the month", fr.Date(may), "1er\u00a0mai 2026"},
		{"en first of the month", en.Date(may), "1\u00a0May 2026"},
		{"fr other day", fr.Date(may.AddDate(0, 0, 1)), "2\u00a0mai 2026"},
		{"fr date and time", fr.DateTime(may), "1er\u00a0mai 2026 à 14\u00a0h\u00a005 UTC"},
		{"en date and time", en.DateTime(may), "1\u00a0May 2026 at 14:05 UTC"},
		{"fr month", fr.Month(may), "mai 2026"},
		{"fr short month", fr.MonthShort(may.AddDate(0, -3, 0)), "févr."},
		{"fr a million", fr.T("t.views", i18n.Args{"count": 1_000_000}), "1\u202f000\u202f000 de vues"},
		{"fr a million and one", fr.T("t.views", i18n.Args{"count": 1_000_001}), "1\u202f000\u202f001 vues"},
		{"fr nothing", fr.T("t.views", i18n.Args{"count": 0}), "0 vue"},
		{"fr one and a half", fr.T("t.views", i18n.Args{"count": 1.5}), "1,5 vue"},
		{"fr two", fr.T("t.views", i18n.Args{"count": int64(2)}), "2 vues"},
		{"en nothing", en.T("t.views", i18n.Args{"count": 0}), "0 views"},
		{"en one", en.T("t.views", i18n.Args{"count": 1}), "1 view"},
		{"en one and a half", en.T("t.views", i18n.Args{"count": 1.5}), "1.5 views"},
		{"fr percent", fr.Percent(0.255), "25,5\u00a0%"},
		{"en whole percent", en.Percent(0.5), "50%"},
		{"fr integer", fr.Int(-1234567), "-1\u202f234\u202f567"},
		{"fr number", fr.Number(1234.5, 2), "1\u202f234,50"},
		{"fr bytes", fr.Bytes(12_345), "12,3\u00a0ko"},
		{"en bytes that round up", en.Bytes(999_999), "1.0\u00a0MB"},
		{"en few bytes", en.Bytes(999), "999\u00a0B"},
		{"fr ago", fr.Ago(may.Add(-72*time.Hour), may), "il y a 3\u00a0jours"},
		{"en ago", en.Ago(may.Add(-time.Hour), may), "1\u00a0hour ago"},
		{"en ahead", en.Ago(may.Add(2*time.Hour), may), "in 2\u00a0hours"},
		{"fr now", fr.Ago(may, may), "à l’instant"},
		{"en years", en.Ago(may.AddDate(-3, 0, -2), may), "3\u00a0years ago"},
		{"fr duration", fr.Duration(2*time.Hour + 5*time.Minute), "2\u00a0h 05\u00a0min"},
		{"en duration", en.Duration(200 * time.Second), "3\u00a0min 20\u00a0s"},
		{"en short duration", en.Duration(350 * time.Millisecond), "350\u00a0ms"},
		{"fr list", fr.List([]string{"a", "b", "c"}), "a, b et c"},
		{"en list of two", en.List([]string{"a", "b"}), "a and b"},
		{"fr language", fr.Language("it"), "italien"},
		{"en language with region", en.Language("pt_BR"), "Portuguese"},
		{"unknown language", en.Language("tlh"), "tlh"},
		{"fr country", fr.Country("de"), "Allemagne"},
		{"en country", en.Country("FR"), "France"},
		{"arguments in the language's order", fr.T("t.hello", i18n.Args{"name": "Ana", "when": "midi"}), "midi : bonjour Ana"},
	} {
		if c.got != c.want {
			t.Errorf("%s: got %q, want %q", c.what, c.got, c.want)
		}
	}
	if m := b.Missing(); len(m) > 0 {
		t.Errorf("missing: %v", m)
	}
}

// A fault that was stored as JSON has lost the type of its numbers; the message says what they count.
func TestASizeIsSaidAsASize(t *testing.T) {
	b, err := i18n.New("en", fstest.MapFS{
		"messages/en.toml": {Data: []byte("[t]\nbig = \"{{.size_bytes}} of {{.limit_bytes}}\"\n")},
		"messages/fr.toml": {Data: []byte("[t]\nbig = \"{{.size_bytes}} sur {{.limit_bytes}}\"\n")},
	})
	if err != nil {
		t.Fatal(err)
	}
	for _, args := range []i18n.Args{
		{"size": 5_000_000, "limit": int64(2_000_000)}, {"size": float64(5_000_000), "limit": float64(2_000_000)},
	} {
		if got := b.For("fr").T("t.big", args); got != "5,0\u00a0Mo sur 2,0\u00a0Mo" {
			t.Errorf("%v: %q", args, got)
		}
		if got := b.For("en").T("t.big", args); got != "5.0\u00a0MB of 2.0\u00a0MB" {
			t.Errorf("%v: %q", args, got)
		}
	}
	if got := b.For("en").T("t.big", i18n.Args{"size": "much", "limit": 1}); got != "much of 1\u00a0B" {
		t.Errorf("a text stays as it is: %q", got)
	}
}

func TestEuropeanUnionLanguagesHaveNames(t *testing.T) {
	b := bundle(t)
	for _, tag := range strings.Fields("bg cs da de el en es et fi fr ga hr hu it lt lv mt nl pl pt ro sk sl sv") {
		for _, lang := range []string{"en", "fr"} {
			if name := b.For(lang).Language(tag); name == tag {
				t.Errorf("%s has no name in %s", tag, lang)
			}
		}
	}
}

func TestAMissingKeyIsSaidAndCounted(t *testing.T) {
	b := bundle(t)
	fr := b.For("fr")
	if got := fr.T("t.only_english"); got != "Only here" {
		t.Errorf("a key that only English has: %q", got)
	}
	if got := fr.T("t.nowhere"); got != "t.nowhere" {
		t.Errorf("a key that nobody has: %q", got)
	}
	if got := fr.T("t.hello", i18n.Args{"name": "Ana"}); got != " : bonjour Ana" {
		t.Errorf("a missing argument: %q", got)
	}
	m := b.Missing()
	if m["fr t.only_english"] != 1 || m["fr t.nowhere"] != 1 || m["fr t.hello#when"] != 1 || len(m) != 3 {
		t.Errorf("counted: %v", m)
	}
}

func TestSegmentsLeaveHolesForLinks(t *testing.T) {
	segs := bundle(t).For("fr").Segments("t.hello", i18n.Args{"when": "midi"})
	if len(segs) != 3 || segs[0].Text != "midi" || segs[1].Text != " : bonjour " || segs[2].Hole != "name" {
		t.Fatalf("got %+v", segs)
	}
}

func TestTheLanguageIsMatched(t *testing.T) {
	b := bundle(t)
	en, err := i18n.New("en", samples)
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		accept, want string
		b            *i18n.Bundle
	}{
		{"fr", "fr", b},
		{"en-GB,en;q=0.9", "en", b},
		{"br", "fr", en},
		{"oc", "fr", en},
		{"oc,fr;q=0.8,en;q=0.5", "fr", en},
		{"gsw,fr-CH", "fr", en},
		{"ja", "fr", b},
		{"ja", "en", en},
		{"", "en", en},
		{"*", "fr", b},
		{"garbage;;q=x", "fr", b},
		{strings.Repeat("en,", 10_000), "fr", b},
	} {
		if got := c.b.Match(c.accept); got != c.want {
			t.Errorf("%.30q: got %q, want %q", c.accept, got, c.want)
		}
	}
}

func TestTimesOfDayAreOfTheZone(t *testing.T) {
	paris, err := time.LoadLocation("Europe/Paris")
	if err != nil {
		t.Skip("this machine has no time zones")
	}
	got := bundle(t).In(paris).For("fr").DateTime(time.Date(2026, 4, 30, 22, 30, 0, 0, time.UTC))
	if got != "1er\u00a0mai 2026 à 00\u00a0h\u00a030" {
		t.Fatalf("got %q", got)
	}
}

func TestBadFilesAreRefused(t *testing.T) {
	for _, c := range []struct{ rule, fr, want string }{
		{"TOML", "[a", "expected"},
		{"a placeholder has one form", `a = "{{.name | upper}}"`, "placeholder"},
		{"a placeholder ends", `a = "{{.name"`, "placeholder"},
		{"only the language's plural classes", "[a]\nfew = \"x\"\nother = \"y\"", `no class "few"`},
		{"a message is text", "a = 3", "neither text nor a table"},
	} {
		t.Run(c.rule, func(t *testing.T) {
			_, err := i18n.New("fr", fstest.MapFS{"messages/fr.toml": {Data: []byte(c.fr)}, "messages/en.toml": {Data: nil}})
			if err == nil || !strings.Contains(err.Error(), c.want) {
				t.Fatalf("got %v, want something with %q", err, c.want)
			}
		})
	}
	twice := fstest.MapFS{"messages/en.toml": {Data: []byte("[t]\nplain = \"x\"")}}
	if _, err := i18n.New("en", samples, twice); err == nil {
		t.Fatal("a key of two features must be refused")
	}
	if _, err := i18n.New("en", fstest.MapFS{"messages/xx.toml": {Data: []byte("a = \"b\"")}}); err == nil {
		t.Fatal("a language without a plural rule must be refused")
	}
}

func FuzzMatch(f *testing.F) {
	for _, s := range []string{"fr", "en-GB,en;q=0.9", "fr-u-rg-chzzzz", "*;q=0", "\x00"} {
		f.Add(s)
	}
	b, err := i18n.New("fr", samples)
	if err != nil {
		f.Fatal(err)
	}
	f.Fuzz(func(t *testing.T, accept string) {
		if lang := b.Match(accept); !b.Speaks(lang) {
			t.Fatalf("%q gives %q", accept, lang)
		}
	})
}

func BenchmarkT(b *testing.B) {
	bu, err := i18n.New("fr", samples)
	if err != nil {
		b.Fatal(err)
	}
	l := bu.For("fr")
	b.ReportAllocs()
	for b.Loop() {
		l.T("t.plain")
		l.T("t.views", i18n.Args{"count": 12})
	}
}
