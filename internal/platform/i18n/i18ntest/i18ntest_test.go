package i18ntest

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/fstest"
)

func files(en, fr string) fstest.MapFS {
	return fstest.MapFS{"messages/en.toml": {Data: []byte(en)}, "messages/fr.toml": {Data: []byte(fr)}}
}

func TestEachRuleFindsItsFault(t *testing.T) {
	for _, c := range []struct{ rule, en, fr, want string }{
		{"the same keys", "[a]\nb = \"x\"\nc = \"y\"", "[a]\nb = \"x\"", "fr a.c: is not there"},
		{"no key that English lacks", "[a]\nb = \"x\"", "[a]\nb = \"x\"\nc = \"y\"", "fr a.c: is there"},
		{"the same placeholders", `[a]` + "\n" + `b = "x {{.n}}"`, "[a]\nb = \"x\"", "placeholders [], English has [n]"},
		{"all plural classes", "[a.b]\none = \"{{.count}} x\"\nother = \"{{.count}} xs\"", "[a.b]\none = \"{{.count}} x\"\nother = \"{{.count}} xs\"", "must have [many one other]"},
		{"no HTML", `[a]` + "\n" + `b = "<b>x</b>"`, "[a]\nb = \"x\"", "holds HTML"},
		{"French apostrophes", "[a]\nb = \"x\"", "[a]\nb = \"l'eau\"", "straight apostrophe"},
		{"French spaces before a colon", "[a]\nb = \"x\"", "[a]\nb = \"ici : là\"", "no-break space"},
		{"French spaces before a question mark", "[a]\nb = \"x\"", "[a]\nb = \"Quoi?\"", "no-break space"},
		{"French quotes", "[a]\nb = \"x\"", "[a]\nb = \"«mot»\"", "inside « »"},
		{"an ellipsis", "[a]\nb = \"x...\"", "[a]\nb = \"x…\"", "three dots"},
		{"short sentences", "[a]\nb = \"" + strings.Repeat("word ", 31) + "\"", "[a]\nb = \"x\"", "31 words"},
		{"both languages", "[a]\nb = \"x\"", "", "fr a.b: is not there"},
	} {
		t.Run(c.rule, func(t *testing.T) {
			got := strings.Join(Faults(files(c.en, c.fr)), "\n")
			if !strings.Contains(got, c.want) {
				t.Fatalf("got %q, want something with %q", got, c.want)
			}
		})
	}
	good := files("[a]\nb = \"At 12:00, see https://example.org?q=1: it works!\"\n[a.n]\none = \"One\"\nother = \"{{.count}} of them\"",
		"[a]\nb = \"À 12:00, voir https://example.org?q=1\\u00A0: «\\u00A0ça\\u00A0» marche\\u202F!\"\n[a.n]\none = \"{{.count}} seul\"\nmany = \"{{.count}} de gens\"\nother = \"{{.count}} gens\"")
	if got := Faults(good); len(got) > 0 {
		t.Fatalf("good messages: %q", got)
	}
}

func TestKeysAreUsedAndThereAndWhole(t *testing.T) {
	dir := t.TempDir()
	write := func(name, body string) {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(body), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	write("a.go", `package a; var _ = T("a.used") + T("a.absent") + T("other.thing") + T("a.built_" + x) + T("a.kind_" + y)
		var _ = people.Act{Name: "a.edit"}
		func f() { rt.Handle("GET /a", "a.show", show) }`)
	write("a_test.go", `package a; var _ = T("a.unused")`)
	write("b.templ", `{ T(ctx, "a.templ") }`)
	src := files("[a]\nused = \"x\"\nunused = \"x\"\ntempl = \"x\"\nkind_one = \"x\"", "")
	got := strings.Join(KeyFaults(src, []string{dir}, "a.kind_"), "\n")
	for _, want := range []string{`"a.absent" has no message`, `"a.unused" is used nowhere`, `built from "a.built_"`} {
		if !strings.Contains(got, want) {
			t.Errorf("got %q, want something with %q", got, want)
		}
	}
	if n := strings.Count(got, "\n") + 1; n != 3 {
		t.Errorf("got %d faults, want 3: %q", n, got)
	}
}
