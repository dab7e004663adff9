//go:build e2e

package e2e

import (
	"encoding/csv"
	"encoding/json"
	"encoding/xml"
	"slices"
	"strings"
	"testing"

	"github.com/chromedp/chromedp/kb"
)

// A search with a mistake finds the thing and says what it searched for; facets narrow; what is shown can be taken away in three formats.
func TestSearchNarrowAndTakeAway(t *testing.T) {
	t.Parallel()
	in := newInstance(t)
	in.must("import", folder(t, t.TempDir()))
	b := newTab(t, in)

	b.open("/")
	b.fill("#site-q", "biblioteque")
	b.load("search", pressKey(kb.Enter))
	b.says(".list-corrected", "biblioteque")
	if text := b.content(".list-corrected strong"); !strings.HasPrefix(strings.ToLower(text), "biblioth") {
		t.Errorf("the page says that it searched for %q", text)
	}
	b.says(".results > li:first-child", "Bibliothèque ouverte")

	// Two facets, one after the other; each result has what was chosen.
	b.open("/commons?q=town")
	total := b.count(".results > li")
	eval[bool](b, `document.querySelectorAll("details").forEach(d => d.open = true), true`)
	b.follow(`.facets a[href*="licence=MIT"]`)
	shown := eval[[]string](b, `[...document.querySelectorAll(".results > li")].map(e => e.innerText)`)
	if len(shown) == 0 || len(shown) >= 26 {
		t.Fatalf("%d results with the licence, %d on the page before", len(shown), total)
	}
	for _, s := range shown {
		if !strings.Contains(s, "MIT") {
			t.Errorf("narrowed to MIT, and there is %q", s)
		}
	}
	eval[bool](b, `document.querySelectorAll("details").forEach(d => d.open = true), true`)
	b.follow(`.facets a[href*="audience="]:not([aria-current])`)
	if n := b.count(".facets a[aria-current]"); n != 2 {
		t.Errorf("%d values are chosen, want 2", n)
	}
	var want []string
	for {
		want = append(want, eval[[]string](b, `[...document.querySelectorAll(".results > li h2")].map(e => e.textContent.trim())`)...)
		if !b.has(".pages a[rel=next]") {
			break
		}
		b.follow(".pages a[rel=next]")
	}
	slices.Sort(want)

	take := func(format string) string {
		t.Helper()
		href := eval[string](b, `([...document.querySelectorAll(".list-foot a")].find(a => a.textContent.trim() === %q) || {getAttribute: () => ""}).getAttribute("href")`, format)
		if href == "" {
			t.Fatalf("the list does not offer %s", format)
		}
		res, body := in.send("", href, nil)
		if res.StatusCode != 200 {
			t.Fatalf("%s: %s", href, res.Status)
		}
		return body
	}
	same := func(format string, got []string) {
		t.Helper()
		slices.Sort(got)
		if !slices.Equal(got, want) {
			t.Errorf("%s holds %q, the page shows %q", format, got, want)
		}
	}
	rows, err := csv.NewReader(strings.NewReader(strings.TrimPrefix(take("CSV"), "\ufeff"))).ReadAll()
	if err != nil {
		t.Fatalf("read CSV: %v", err)
	}
	var names []string
	column := slices.Index(rows[0], "name")
	if column < 0 {
		t.Fatalf("the CSV has no column name: %q", rows[0])
	}
	for _, row := range rows[1:] {
		names = append(names, row[column])
	}
	same("CSV", names)

	names = nil
	var list []struct {
		Name string `json:"name"`
	}
	if text := take("JSON"); json.Unmarshal([]byte(text), &list) != nil {
		t.Fatalf("read JSON: %.300s", text)
	}
	for _, x := range list {
		names = append(names, x.Name)
	}
	same("JSON", names)

	names = nil
	var feed struct {
		XMLName xml.Name `xml:"http://www.w3.org/2005/Atom feed"`
		ID      string   `xml:"id"`
		Updated string   `xml:"updated"`
		Entries []struct {
			Title string `xml:"title"`
			ID    string `xml:"id"`
		} `xml:"entry"`
	}
	if err := xml.Unmarshal([]byte(take("its Atom feed")), &feed); err != nil {
		t.Fatalf("read Atom: %v", err)
	}
	if feed.ID == "" || feed.Updated == "" {
		t.Error("the feed has no id or no time")
	}
	for _, x := range feed.Entries {
		names = append(names, x.Title)
	}
	same("Atom", names)
}

// Another language is the same page; text in another language than the page says so.
func TestLanguages(t *testing.T) {
	t.Parallel()
	in := newInstance(t)
	in.must("import", folder(t, t.TempDir()))
	if res, body := in.send("", "/", nil, "Accept-Language", "fr-CA,fr;q=0.9,en;q=0.5"); !strings.Contains(body, `<html lang="fr"`) || res.Header.Get("Content-Language") != "fr" {
		t.Errorf("who reads French is answered in %q", res.Header.Get("Content-Language"))
	}
	b := newTab(t, in)
	const page = "/commons?q=town&sort=name"
	b.open(page)
	if lang := b.attribute("html", "lang"); lang != "en" {
		t.Fatalf("the page is in %q", lang)
	}
	if lang := b.attribute(".lang-switch button[value=fr]", "lang"); lang != "fr" {
		t.Errorf("the name of the other language is said to be in %q", lang)
	}
	b.follow(".lang-switch button[value=fr]")
	if b.where() != page {
		t.Errorf("after the switch the page is %s, not %s", b.where(), page)
	}
	if lang := b.attribute("html", "lang"); lang != "fr" {
		t.Errorf("after the switch the page is in %q", lang)
	}
	b.says(".main-nav", say(t, "fr", "web.nav_find"))
	// It holds on other pages. One commons of the list has its texts in English only, another in both languages.
	b.open("/commons/bibliotheque-ouverte")
	if text := b.content(`main [lang=en]`); !strings.Contains(text, "up to date for the people of a town") {
		t.Errorf("the English summary on a French page is not said to be English: %q", text)
	}
	b.says("main", say(t, "fr", "find.in_language", map[string]any{"language": "anglais"}))
	b.open("/commons/agenda-des-associations")
	b.says("main", "pour les habitants")
	if text := eval[[]string](b, `[...document.querySelectorAll("main [lang]")].map(e => e.lang + ": " + e.textContent).filter(s => s.includes("pour les habitants"))`); len(text) > 0 {
		t.Errorf("French text on a French page needs no lang: %q", text)
	}
	b.open("/commons")
	for _, s := range eval[[]string](b, `[...document.querySelectorAll(".results p")].filter(e => e.textContent.startsWith("Keeps") && !e.closest("[lang=en]")).map(e => e.textContent)`) {
		t.Errorf("in the list, English text without its language: %q", s)
	}
	b.follow(".lang-switch button[value=en]")
	if lang := b.attribute("html", "lang"); lang != "en" {
		t.Errorf("after the way back the page is in %q", lang)
	}
}

// Light, dark, as the device has it, and on paper.
func TestThemesAndPrint(t *testing.T) {
	t.Parallel()
	in := newInstance(t)
	in.must("import", folder(t, t.TempDir()))
	b := newTab(t, in)
	ground := func() string {
		return eval[string](b, `getComputedStyle(document.documentElement).backgroundColor + getComputedStyle(document.body).backgroundColor`)
	}
	const page = "/commons?q=town"
	b.media("screen", "light")
	b.open(page)
	light := ground()
	b.follow(`form[action="/theme"] button[value=dark]`)
	if b.where() != page {
		t.Errorf("after the switch the page is %s", b.where())
	}
	dark := ground()
	if dark == light {
		t.Errorf("the dark theme has the ground of the light one: %s", dark)
	}
	if b.attribute(`form[action="/theme"] button[value=dark]`, "aria-pressed") != "true" {
		t.Error("the chosen theme is not said to be chosen")
	}
	b.open("/")
	if ground() != dark {
		t.Error("the choice does not hold on the next page")
	}
	b.follow(`form[action="/theme"] button[value=light]`)
	b.media("screen", "dark")
	if ground() != light {
		t.Error("light was chosen, and the device's dark theme wins")
	}
	b.follow(`form[action="/theme"] button[value=auto]`)
	if ground() != dark {
		t.Error("without a choice the device's dark theme does not win")
	}

	b.open("/commons/agenda-des-associations")
	b.media("print", "light")
	for _, e := range eval[[]string](b, `[...document.querySelectorAll("nav, form, button, .skip, .site-search")]
		.filter(e => e.checkVisibility({visibilityProperty: true, opacityProperty: true}) && e.getBoundingClientRect().width > 1).map(e => e.outerHTML.slice(0, 100))`) {
		t.Errorf("on paper there is %s", e)
	}
	b.says("main", "Agenda des associations")
	if !eval[bool](b, `document.querySelector("h1").checkVisibility()`) {
		t.Error("on paper there is no title")
	}
}

// lightest is how much a first visit may weigh: everything that comes over the wire, in bytes.
const lightest = 60_000

// The first page that a person opens is light and has one stylesheet, whichever it is.
func TestAFirstVisitIsLight(t *testing.T) {
	t.Parallel()
	w := parapluie(t, t.TempDir())
	in := newInstance(t)
	path := in.add(in.administrator(), w.dir)
	in.must("import", folder(t, t.TempDir()))
	for _, page := range []string{"/", "/commons", path} {
		b := newTab(t, in)
		b.forget()
		b.open(page)
		received, sheets := b.settle()
		t.Logf("%s: %d bytes", page, received)
		if received >= lightest || received == 0 {
			t.Errorf("%s weighs %d bytes, and may weigh %d", page, received, lightest)
		}
		if sheets != 1 {
			t.Errorf("%s has %d stylesheets", page, sheets)
		}
	}
}
