package app_test

import (
	"encoding/json"
	"net/http"
	"net/url"
	"regexp"
	"strconv"
	"strings"
	"sync"
	"testing"

	"commun/internal/platform/i18n"
)

// nasty are names that people and files give. Where the marks of direction are needed by a language they stay; what could turn a page around goes.
var nasty = []struct {
	rule, typed string
	refused     string // the message of a form that does not take it; "" when it does
	args        i18n.Args
}{
	{"10,000 characters", strings.Repeat("é", 10_000), "too_long", i18n.Args{"count": 200}},
	{"10,000 marks on one letter", "e" + strings.Repeat("\u0301", 10_000), "too_long", i18n.Args{"count": 200}},
	{"a script", `<script>alert("x")</script>`, "", nil},
	{"an attribute", `"><img src=x onerror=alert(1)>`, "", nil},
	{"from right to left", "مشاع رقمي", "", nil},
	{"from right to left, with a mark of direction", "مشاع C++\u200f", "", nil},
	{"turned around", "moc.live\u202Emunmoc", "control_character", nil},
	{"control characters", "a\x00b\x1b[31mc", "control_character", nil},
	{"a template", "{{.Name}} ${x} %s %d", "", nil},
	{"only spaces", " \u00a0\u2003 ", "empty", nil},
	{"a name of a page", "new", "", nil},
	{"a path", "../../admin", "", nil},
	{"emoji", "👩‍👩‍👧‍👦 🇫🇷", "", nil},
}

// TestNamesThatAreHardToShow, typed into the form of a commons and of an organisation, sent through the interface, and found in a repository.
func TestNamesThatAreHardToShow(t *testing.T) {
	t.Parallel()
	i := newInstance(t)
	i.start()
	admin := i.admin()
	ben := i.member(admin, "ben@example.org")
	harmless := func(t *testing.T, a answered, typed string) {
		t.Helper()
		if strings.Contains(a.raw, "<script>alert") || strings.Contains(a.raw, "<img src=x") || strings.ContainsAny(a.raw, "\u202E\x00\x1b") {
			t.Errorf("%s shows %q raw", a.at, typed)
		}
	}
	for _, c := range nasty {
		t.Run(c.rule, func(t *testing.T) {
			// the forms, as browsers send them; then what the interface makes of the same
			for _, form := range []struct {
				path  string
				typed url.Values
			}{
				{"/commons/new/by-hand", url.Values{"name": {c.typed}, "summary.fr": {"Un résumé qui reste."}}},
				{"/organisations/new", url.Values{"name": {c.typed}, "kind": {"association"}, "website": {"https://example.org/reste"}}},
			} {
				for n, lang := range langs {
					if form.path == "/organisations/new" && n > 0 && c.refused == "" {
						break // it is there already
					}
					page := i.send(ben, lang, http.MethodPost, form.path, form.typed)
					harmless(t, page, c.typed)
					switch {
					case c.refused != "":
						if page.status != http.StatusUnprocessableEntity || !strings.Contains(page.text, "error") {
							t.Errorf("%s: %s answers %d", lang, form.path, page.status)
						}
						for name, typed := range form.typed {
							if name != "name" && name != "kind" && !strings.Contains(page.text, typed[0]) {
								t.Errorf("%s: %s lost %s", lang, form.path, name)
							}
						}
						if strings.HasPrefix(c.typed, "éé") && !strings.Contains(page.text, c.typed[:400]) {
							t.Errorf("%s: %s lost the name", lang, form.path)
						}
					case page.status != http.StatusOK || page.at == form.path || strings.HasSuffix(page.at, "/"):
						t.Errorf("%s: %s answers %d at %s", lang, form.path, page.status, page.at)
					case !strings.Contains(page.text, strings.TrimSpace(c.typed)):
						t.Errorf("%s: %s does not show it", lang, page.at)
					}
				}
			}
			for _, path := range []string{"/api/commons", "/api/organisations"} {
				body := map[string]any{"name": c.typed, "kind": "association"}
				if path == "/api/commons" {
					body = map[string]any{"fields": map[string]any{"name": c.typed}}
				}
				a := i.send(ben, "fr", http.MethodPost, path, body)
				there := a.status == http.StatusConflict && path == "/api/organisations" // made by the form before
				if (a.status == http.StatusCreated || there) != (c.refused == "") || a.status >= 500 {
					t.Errorf("%s answers %d: %.300s", path, a.status, a.text)
				}
				if c.refused != "" && !strings.Contains(a.text, "name") {
					t.Errorf("%s does not say where: %.300s", path, a.text)
				}
			}
			// a repository may say what it likes: its commons comes in, with what had to be mended said
			quoted, err := json.Marshal(c.typed)
			if err != nil {
				t.Fatal(err)
			}
			s := newSource(t).commit("publiccode.yml", "publiccodeYmlVersion: '0.4'\nname: "+string(quoted)+"\nlegal: {license: MIT}\n",
				"README.md", "# "+strings.Map(func(r rune) rune {
					if r < ' ' {
						return -1
					}
					return r
				}, c.typed)+"\n\nWhat it is for. "+c.typed+"\n")
			a := i.give(admin, s.dir)
			if j := i.outcome(admin, a.Job); j.State != "done" {
				t.Fatalf("the import is %s: %s", j.State, j.Why)
			}
			for _, lang := range langs {
				page := i.send(i.visitor(), lang, http.MethodGet, "/commons/"+a.Commons.ID, nil)
				harmless(t, page, c.typed)
				if page.status != http.StatusOK || !strings.Contains(page.text, "What it is for") {
					t.Errorf("%s: its page answers %d", lang, page.status)
				}
			}
		})
	}
	i.idle(admin)
	for _, path := range []string{"/", "/commons", "/organisations", "/activity", "/commons.json", "/commons.csv", "/commons.atom", "/activity.atom"} {
		a := i.send(i.visitor(), "fr", http.MethodGet, path, nil)
		if a.status != http.StatusOK {
			t.Errorf("%s answers %d", path, a.status)
		}
		if path != "/commons.csv" { // no page: nothing runs there, and what spreadsheets run is looked at by the tests of the exports
			harmless(t, a, path)
		}
	}
	i.kill()
	i.verify()
}

var (
	revisionForm = regexp.MustCompile(`name="revision"[^>]* value="(\d+)"|value="(\d+)"[^>]* name="revision"`)
	seenForm     = regexp.MustCompile(`name="seen\.summary\.en"[^>]* value="(\d+)"|value="(\d+)"[^>]* name="seen\.summary\.en"`)
)

func hidden(t *testing.T, form *regexp.Regexp, page string) string {
	t.Helper()
	m := form.FindStringSubmatch(page)
	if m == nil {
		t.Fatalf("no %s on the page", form)
	}
	return m[1] + m[2]
}

// TestTwoStewardsSaveTheSameFieldAtOnce: one is stored; the other sees both values, chooses, and nothing of what was typed is lost.
func TestTwoStewardsSaveTheSameFieldAtOnce(t *testing.T) {
	t.Parallel()
	i := newInstance(t)
	i.start()
	admin := i.admin()
	id, err := i.add(admin, "Shared map")
	if err != nil {
		t.Fatal(err)
	}
	stewards := []*http.Client{i.member(admin, "ben@example.org"), i.member(admin, "cleo@example.org")}
	for _, email := range []string{"ben@example.org", "cleo@example.org"} {
		i.run("people", "role", email, "steward", "--on", "shared-map")
	}
	edit := "/commons/shared-map/edit"
	page := i.must(stewards[0], http.MethodGet, edit, nil, nil)
	base := hidden(t, revisionForm, page.raw)
	answers := make([]answered, 2)
	typed := func(n int) url.Values {
		return url.Values{"revision": {base}, "lang": {"en", "fr"}, "name": {"Shared map"}, "summary.en": {"Summary of " + strconv.Itoa(n)},
			"description.fr": {"Texte de " + strconv.Itoa(n)}, "note": {"because " + strconv.Itoa(n)}}
	}
	var both sync.WaitGroup
	for n := range 2 {
		both.Go(func() { answers[n] = i.send(stewards[n], langs[n], http.MethodPost, edit, typed(n)) })
	}
	both.Wait()
	lost := 0
	if answers[0].status == answers[1].status {
		t.Fatalf("both got %d", answers[0].status)
	}
	if answers[1].status == http.StatusConflict {
		lost = 1
	}
	won, again := 1-lost, answers[lost]
	if answers[won].status != http.StatusOK || again.status != http.StatusConflict {
		t.Fatalf("they got %d and %d", answers[0].status, answers[1].status)
	}
	for _, want := range []string{"Summary of 0", "Summary of 1", "Texte de 0", "Texte de 1", "because " + strconv.Itoa(lost), sentence(t, langs[lost], "find.clash_title", nil)} {
		if !strings.Contains(again.text, want) {
			t.Errorf("the second does not see %q", want)
		}
	}
	var now struct{ Fields map[string]any }
	i.must(admin, http.MethodGet, "/api/commons/"+id, nil, &now)
	if got := now.Fields["summary"].(map[string]any)["en"]; got != "Summary of "+strconv.Itoa(won) {
		t.Errorf("the summary is %v", got)
	}
	choose := typed(lost)
	choose["clash"] = []string{"summary.en", "description.fr"}
	for _, name := range choose["clash"] {
		choose.Set("seen."+name, hidden(t, seenForm, again.raw))
	}
	choose.Set("choose.summary.en", "mine")
	if half := i.send(stewards[lost], langs[lost], http.MethodPost, edit, choose); half.status != http.StatusUnprocessableEntity ||
		!strings.Contains(half.text, sentence(t, langs[lost], "find.choose", nil)) {
		t.Errorf("a choice that is not made is answered with %d", half.status)
	}
	choose.Set("choose.description.fr", "theirs")
	if done := i.send(stewards[lost], langs[lost], http.MethodPost, edit, choose); done.status != http.StatusOK {
		t.Fatalf("choosing is answered with %d", done.status)
	}
	i.must(admin, http.MethodGet, "/api/commons/"+id, nil, &now)
	summary, text := now.Fields["summary"].(map[string]any)["en"], now.Fields["description"].(map[string]any)["fr"]
	if summary != "Summary of "+strconv.Itoa(lost) || text != "Texte de "+strconv.Itoa(won) {
		t.Errorf("after the choice it says %v and %v", summary, text)
	}
	i.kill()
	i.verify()
}
