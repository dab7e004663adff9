//go:build e2e

package e2e

import (
	"fmt"
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"testing"

	"commun/internal/platform/testkit"
)

// intoField is a commons into which another can be merged, as the page of a merger offers it.
var intoField = regexp.MustCompile(`/merge\?into=([a-z0-9]+)`)

// The states of a commons between its proposal and its end, each as those see it whom it concerns: what waits for approval, what was approved,
// merged, archived, refused.
func TestEveryStateOfACommonsIsForEveryone(t *testing.T) {
	t.Parallel()
	needBrowser(t)
	f := newFindings(t)
	in := newInstance(t)
	admin := in.administrator()
	post := func(session, path string, form url.Values) string {
		t.Helper()
		res, body := in.send(session, path, form)
		if res.StatusCode != http.StatusSeeOther {
			t.Fatalf("POST %s: %s\n%.3000s", path, res.Status, body)
		}
		at, _, _ := strings.Cut(res.Header.Get("Location"), "#")
		at, _, _ = strings.Cut(at, "?")
		return at
	}
	post(admin, "/admin/settings", url.Values{"name": {"Communs de Pluie"}, "lang": {"fr"}, "adding": {"approval"}, "open": {"1"}, "refresh": {"24"}, "revision": {"0"}})
	mia := in.person(admin, "Mia Member", "mia@example.org")
	propose := func(name string) string {
		t.Helper()
		return post(mia, "/commons/new/by-hand", url.Values{"name": {name}, "summary.fr": {"Ce que " + name + " partage."}, "kind": {"map"}})
	}
	waits, refused, double := propose("Carte des averses"), propose("Rien du tout"), propose("Averses")
	post(admin, "/commons/new/by-hand", url.Values{"name": {"Carte des fontaines"}, "summary.fr": {"Où boire en ville."}, "kind": {"map"}})

	tabs := map[string]*tab{} // one of each reader and language
	look := func(session, path, what, must string) {
		t.Helper()
		for _, lang := range []string{"en", "fr"} {
			b := tabs[session+lang]
			if b == nil {
				b = newTab(t, in)
				tabs[session+lang] = b
				if session != "" {
					b.signIn(session)
				}
				b.cookie("lang", lang)
			}
			b.open(path)
			if must != "" {
				b.need(must)
			}
			f.inspect(b, what+" in "+lang, lang)
		}
	}
	look(mia, waits, "what waits, to who proposed it", ".notice, .tag")
	look(admin, waits, "what waits, to the administrator", `form[action$="/approve"]`)
	look(admin, "/commons?state=proposed", "the list of what waits", ".results > li")
	look("", waits, "what waits, to anyone else", "h1")
	if res, body := in.send("", waits, nil); res.StatusCode != http.StatusNotFound || strings.Contains(body, "Carte des averses") {
		t.Errorf("what waits is shown to a visitor: %s", res.Status)
	}

	post(admin, double+"/approve", url.Values{})
	var into []string
	until(t, "the page of a merger offers the other commons", func() (bool, string) {
		_, page := in.send(admin, double+"/merge?q=fontaines", nil)
		into = intoField.FindStringSubmatch(page)
		return into != nil, page
	})
	post(admin, double+"/merge", url.Values{"into": {into[1]}})
	look("", double, "what was merged leads to the other", "h1")
	look(admin, "/commons?state=merged", "the list of what was merged", "h1")
	look("", double+"/history", "the history of what was merged", ".history li")

	post(admin, refused+"/archive", url.Values{"note": {"There is nothing there."}})
	look(mia, refused, "what was refused, to who proposed it", ".notice")
	look(mia, refused+"/history", "the history of what was refused", ".history li")
	look(admin, "/commons?state=archived", "the list of what was archived", ".results > li")

	// An address that a member may not give is refused at its field, with what was typed.
	for _, lang := range []string{"en", "fr"} {
		b := newTab(t, in)
		b.signIn(mia)
		b.cookie("lang", lang)
		b.open("/commons/new")
		b.fill("#f-address", "http://127.0.0.1:9/secret.git")
		b.follow("main form[method=post] button")
		b.need(".error-summary")
		if got := b.value("#f-address"); got != "http://127.0.0.1:9/secret.git" {
			t.Errorf("the form holds %q", got)
		}
		f.inspect(b, "an address that is refused in "+lang, lang)
	}
}

// A refusal says which of its reasons holds, and what helps: a used link is none of "another account may".
func TestRefusalsSayWhatHelps(t *testing.T) {
	t.Parallel()
	needBrowser(t)
	f := newFindings(t)
	in := newInstance(t)
	admin := in.administrator()
	in.person(admin, "Mia Member", "mia@example.org")
	used := in.path(in.must("people", "link", "mia@example.org"))
	in.use(in.base+used, url.Values{})
	mia := in.use(in.must("people", "link", "mia@example.org"), url.Values{})
	for _, lang := range []string{"en", "fr"} {
		other := say(t, lang, "web.error_denied_help")
		v := newTab(t, in)
		v.cookie("lang", lang)
		v.open(used)
		v.says("h1", say(t, lang, "web.error_link"))
		if strings.Contains(v.content("main"), other) {
			t.Errorf("%s: a used link speaks of another account", lang)
		}
		f.inspect(v, "a link that has been used in "+lang, lang)
		v.follow(`main a[href="/sign-in"]`)
		v.need("#f-email")

		b := newTab(t, in)
		b.signIn(mia)
		b.cookie("lang", lang)
		b.open("/admin")
		b.says("main", other)
		f.inspect(b, "the administration for a member in "+lang, lang)
	}

	// The set-up says all that is wrong at once, and takes the focus to it.
	empty := newInstance(t)
	setup := empty.path(empty.must("people", "setup"))
	b := newTab(t, empty)
	b.open(setup)
	b.follow("main form button")
	if n := b.count(".error-summary li"); n != 2 {
		t.Errorf("%d faults are said at once, want 2: %s", n, b.content(".error-summary"))
	}
	b.wait("the summary of errors has the focus", `document.activeElement.matches(".error-summary")`)
	b.follow("main form button")
}

// One journey over PostgreSQL: from the set-up to a commons that is described, corrected, found, and a record that holds.
func TestOverPostgreSQL(t *testing.T) {
	t.Parallel()
	needBrowser(t)
	place := testkit.Postgres(t)
	at, err := url.Parse(place.URL)
	if err != nil {
		t.Fatal(err)
	}
	q := at.Query()
	q.Set("search_path", place.Schema)
	at.RawQuery = q.Encode()
	w := parapluie(t, t.TempDir())
	in := newInstance(t, "--database", at.String())
	b := newTab(t, in)
	setUp(b, in)
	addByForm(b, w.dir)
	b.wait("the page shows the commons by itself", `document.querySelector("h1")?.textContent.trim() === %q && !document.querySelector("[data-progress]")`, parapluieName)
	in.described("", b.where())
	b.open(b.where())
	describesParapluie(b)
	path := b.where()
	correct(b, in, w)
	b.open("/activity")
	undone := eval[[]string](b, `[...document.querySelectorAll(".entries.log > li > a")].map(a => a.textContent).filter(t => t.includes("undone"))`)
	if len(undone) < 2 || len(slices.Compact(slices.Sorted(slices.Values(undone)))) != len(undone) {
		t.Errorf("the undos read alike: %q", undone)
	}
	b.open("/commons?q=paraplui")
	b.need(fmt.Sprintf(`.results a[href="%s"]`, path))
	b.open("/admin")
	b.says("main", "PostgreSQL")
	in.verify()
}
