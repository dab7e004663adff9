//go:build e2e

package e2e

import (
	"context"
	"encoding/json"
	"fmt"
	"html"
	"log/slog"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/chromedp/chromedp"

	"commun/internal/app"
	"commun/internal/platform/config"
)

// pages are the patterns that answer with a page, and how many different addresses of each the crawl opens at least. A pattern is never taken
// from this list unless its page goes from the program.
var pages = map[string]int{
	"/{$}":                          1,
	"/account":                      1,
	"/account/forget":               1,
	"/activity":                     1,
	"/admin":                        1,
	"/admin/forgetting":             1,
	"/admin/hosts":                  1,
	"/admin/jobs":                   1,
	"/admin/people":                 1,
	"/admin/people/{id}/forget":     1,
	"/admin/settings":               1,
	"/api":                          1,
	"/commons":                      4,
	"/commons/new":                  1,
	"/commons/new/by-hand":          1,
	"/commons/{slug}":               2,
	"/commons/{slug}/contributions": 1,
	"/commons/{slug}/edit":          1,
	"/commons/{slug}/history":       1,
	"/commons/{slug}/manage":        1,
	"/commons/{slug}/merge":         2,
	"/commons/{slug}/publiccode":    1,
	"/commons/{slug}/report":        1,
	"/commons/{slug}/reports":       1,
	"/commons/{slug}/roles/revoke":  1,
	"/commons/{slug}/vitality":      2,
	"/commons/{slug}/write":         1,
	"/components":                   1,
	"/components/errors/{status}":   7,
	"/definitions":                  1,
	"/entries/{id}":                 2,
	"/jobs/{id}":                    1,
	"/lists":                        1,
	"/lists/new":                    1,
	"/lists/{id}":                   1,
	"/organisations":                1,
	"/organisations/new":            1,
	"/organisations/{slug}":         1,
	"/organisations/{slug}/edit":    1,
	"/record":                       1,
	"/reports":                      1,
	"/reports/{id}":                 1,
	"/sign-in":                      1,
	"/sign-in/sent":                 1,
	"/sign-in/{token}":              1,
}

// noPages are the patterns that a browser gets no page from, and what they give instead.
var noPages = map[string]string{
	"/static/{hash}/{file}":           "styles, scripts, fonts, the icon",
	"/commons.atom":                   "a feed",
	"/commons.csv":                    "a file",
	"/commons.json":                   "a file",
	"/commons/{slug}/publiccode.yml":  "a file",
	"/commons/{slug}/history.atom":    "a feed",
	"/commons/{slug}/vitality.json":   "a file",
	"/commons/{slug}/vitality/{file}": "a file",
	"/activity.atom":                  "a feed",
	"/entries/{id}/proof.json":        "a file",
	"/jobs/{id}/events":               "events",
	"/log/checkpoint":                 "the record, for programs",
	"/log/key":                        "the record, for programs",
	"/log/tile/{path...}":             "the record, for programs",
	"/log/consistency":                "the record, for programs",
	"/log/objects/{kind}":             "the record, for programs",
	"/health":                         "a word, for programs",
	"/ready":                          "a word, for programs",
	"/metrics":                        "figures, for programs",
	"/api/openapi.json":               "a file",
}

// routes asks the router itself what there is to open.
func routes(t testing.TB) []string {
	t.Helper()
	a, err := app.Open(background(t), config.Config{Place: config.Place{Data: filepath.Join(t.TempDir(), "data")}, Addr: ":8080", Lang: "en", Workers: 1, Metrics: "local"},
		slog.New(slog.DiscardHandler), nil)
	if err != nil {
		t.Fatal(err)
	}
	defer func() {
		if err := a.Close(context.Background()); err != nil {
			t.Error(err)
		}
	}()
	rt, err := a.Site()
	if err != nil {
		t.Fatal(err)
	}
	var list []string
	for _, r := range rt.Routes() {
		if r.Method == http.MethodGet || r.Method == "" {
			list = append(list, r.Pattern)
		}
	}
	return list
}

// isAPI says that a pattern is an operation of the API, which answers in JSON and is read at /api.
func isAPI(pattern string) bool { return strings.HasPrefix(pattern, "/api/") }

// The lists above and the router agree: a page that is new must be crawled, one that is gone is taken from the list by hand.
func TestEveryRouteIsInTheCrawl(t *testing.T) {
	t.Parallel()
	there := map[string]bool{}
	for _, p := range routes(t) {
		there[p] = true
		_, page := pages[p]
		_, file := noPages[p]
		if !page && !file && !isAPI(p) {
			t.Errorf("GET %s is neither in the list of pages nor in that of other answers", p)
		}
	}
	for p := range pages {
		if !there[p] {
			t.Errorf("the list of pages shrank: the router has no %s", p)
		}
	}
	for p := range noPages {
		if !there[p] {
			t.Errorf("the router has no %s", p)
		}
	}
}

// world is an instance in which there is one of everything that a page shows.
type world struct {
	*instance
	admin, steward string
	path           string // of the commons of which steward is one
	match          *http.ServeMux
}

func newWorld(t testing.TB) *world {
	t.Helper()
	w := parapluie(t, t.TempDir())
	in := newInstance(t)
	x := &world{instance: in, match: http.NewServeMux(), admin: in.administrator()}
	for _, p := range routes(t) {
		x.match.Handle("GET "+p, http.NotFoundHandler())
	}
	x.path = in.add(x.admin, w.dir)
	in.must("import", folder(t, t.TempDir()))
	x.steward = in.person(x.admin, "Stella Steward", "stella@example.org")
	in.must("people", "role", "stella@example.org", "steward", "--on", strings.TrimPrefix(x.path, "/commons/"))

	post := func(session, path string, form url.Values) {
		t.Helper()
		if res, body := in.send(session, path, form); res.StatusCode != http.StatusSeeOther {
			t.Fatalf("POST %s: %s\n%.3000s", path, res.Status, body)
		}
	}
	post(x.admin, "/organisations/new", url.Values{"name": {"Ville de Pluie"}, "kind": {"public_body"}, "website": {"https://pluie.example.org/"}})
	// a word that others wrote, and by which somebody called herself who left
	post(in.person(x.admin, "Ville de Pluie", "gone@example.org"), "/account/forget", url.Values{"sure": {"1"}})
	post("", x.path+"/report", url.Values{"reason": {"wrong"}, "words": {"Its website is not the right one."}, "contact": {"vi@example.org"}})
	post(x.admin, "/commons/new/by-hand", url.Values{"name": {"Carte des fontaines"}, "summary.fr": {"Où boire en ville."}, "kind": {"map"}})
	if res, body := in.send(x.admin, "/commons/new", url.Values{"address": {filepath.Join(t.TempDir(), "none")}}); res.StatusCode >= 500 {
		t.Fatalf("add what is not there: %s\n%.2000s", res.Status, body)
	}
	return x
}

// pattern is the route that answers a path.
func (x *world) pattern(path string) string {
	req, err := http.NewRequest(http.MethodGet, path, nil)
	if err != nil {
		return ""
	}
	_, p := x.match.Handler(req)
	return strings.TrimPrefix(p, "GET ")
}

var link = regexp.MustCompile(`\shref="(/[^"]*)"`)

// seeds are where a crawl begins: addresses that no page links to by intent, and questions that only a person types. All else must be found by
// its links: a page that none leads to is lost.
func (x *world) seeds() []string {
	return []string{"/", "/commons?q=biblioteque", "/commons?q=zzzzzzzz", "/commons?licence=MIT&audience=local-authorities", "/commons?state=archived", x.path, x.path + "/merge?q=agenda",
		"/components", "/sign-in/sent", "/no/such/page"}
}

// perPattern is how many addresses of one pattern are opened, unless pages asks for more.
const perPattern = 2

// gallery is the pattern of the pages on which errors are shown: they answer with the status that they show.
const gallery = "/components/errors/{status}"

// crawl follows the links of all pages that a person may open, and returns the addresses to look at, with what answered each. Links that lead
// nowhere are faults.
func (x *world) crawl(t testing.TB, session string) (found map[string][]string) {
	t.Helper()
	found = map[string][]string{}
	asked := map[string]bool{}
	queue := x.seeds()
	for len(queue) > 0 {
		path := queue[0]
		queue = queue[1:]
		path, _, _ = strings.Cut(path, "#")
		p := x.pattern(path)
		most := max(perPattern, pages[p])
		if asked[path] || p == "/static/{hash}/{file}" || len(found[p]) >= most && !slices.Contains(x.seeds(), path) {
			continue
		}
		asked[path] = true
		res, body := x.send(session, path, nil)
		switch {
		case res.StatusCode >= 500 && p != gallery:
			t.Errorf("%s: %s", path, res.Status)
			continue
		case res.StatusCode >= 400 && p != gallery && !slices.Contains(x.seeds(), path):
			t.Errorf("a link leads to %s: %s", path, res.Status)
			continue
		case res.StatusCode >= 300 && res.StatusCode < 400:
			queue = append(queue, strings.TrimPrefix(res.Header.Get("Location"), x.base))
			continue
		case !strings.HasPrefix(res.Header.Get("Content-Type"), "text/html"):
			if _, page := pages[p]; page && p != "/commons/{slug}" { // {slug}.json and {slug}.csv are files
				t.Errorf("%s answers with %s", path, res.Header.Get("Content-Type"))
			}
			continue
		}
		found[p] = append(found[p], path)
		for _, m := range link.FindAllStringSubmatch(body, -1) {
			queue = append(queue, html.UnescapeString(m[1]))
		}
	}
	return found
}

// off are the rules of axe that are not held to, each with its reason.
var off = map[string]string{
	"color-contrast-enhanced":             "level AAA; we hold AA",
	"identical-links-same-purpose":        "level AAA; we hold AA",
	"landmark-complementary-is-top-level": "deprecated by axe: ARIA allows an aside inside main, and that is where it belongs to a page's matter",
}

// axe is the source of axe-core.
var axe = sync.OnceValues(func() (string, error) {
	b, err := os.ReadFile(filepath.Join("node_modules", "axe-core", "axe.min.js"))
	if err != nil {
		return "", fmt.Errorf("axe-core is not there, run npm ci in the folder e2e: %w", err)
	}
	return string(b), nil
})

// axeRun runs every rule but those that are off, and says which did run.
const axeRun = `(async (off, colours) => {
	const rules = {};
	for (const r of axe.getRules()) rules[r.ruleId] = {enabled: !off.includes(r.ruleId) && (!colours || r.tags.includes("cat.color"))};
	const res = await axe.run(document, {rules, resultTypes: ["violations"]});
	const ran = new Set(["passes", "violations", "incomplete", "inapplicable"].flatMap(k => res[k].map(r => r.id)));
	return {
		Version: axe.version, Passes: res.passes.length,
		Idle: Object.keys(rules).filter(id => rules[id].enabled && !ran.has(id)), Unknown: off.filter(id => !(id in rules)),
		Violations: res.violations.flatMap(v => v.nodes.map(n => v.id + " (" + v.help + ") on " + n.target.join(" ") + ": " + n.html.slice(0, 160)
			+ " " + [...n.any, ...n.all, ...n.none].map(c => c.message).join("; ").slice(0, 260))),
	};
})(%s, %s)`

// wantAxe is the version of package.json.
const wantAxe = "4.14.1"

// findings gathers what is wrong with pages: one fault of the layout is on all of them, and is to be read once.
type findings struct {
	mu sync.Mutex
	on map[string][]string
}

func newFindings(t testing.TB) *findings {
	f := &findings{on: map[string][]string{}}
	t.Cleanup(func() {
		for what, pages := range f.on {
			t.Errorf("%s\n\ton %d pages: %s", what, len(pages), strings.Join(pages[:min(len(pages), 4)], " · "))
		}
	})
	return f
}

func (f *findings) add(page, format string, args ...any) {
	f.mu.Lock()
	defer f.mu.Unlock()
	what := fmt.Sprintf(format, args...)
	f.on[what] = append(f.on[what], page)
}

// judge lets axe judge the page that is open.
//
// The dark theme is the same document in other colours: there only the rules on colours are run again.
func (f *findings) judge(b *tab, what string, onlyColours bool) {
	b.t.Helper()
	source, err := axe()
	if err != nil {
		b.t.Fatal(err)
	}
	if !eval[bool](b, `typeof axe === "object"`) {
		eval[bool](b, "%s", verbatim(source+"\n;true"))
	}
	ids := []string{}
	for id := range off {
		ids = append(ids, id)
	}
	list, err := json.Marshal(ids)
	if err != nil {
		b.t.Fatal(err)
	}
	res := eval[struct {
		Version                   string
		Passes                    int
		Idle, Unknown, Violations []string
	}](b, axeRun, verbatim(list), verbatim(fmt.Sprint(onlyColours)))
	least := 15
	if onlyColours {
		least = 1
	}
	if res.Version != wantAxe || res.Passes < least || len(res.Idle) > 0 {
		f.add(what, "axe %s passed %d rules and left out %q: it did not run whole, or the page is empty", res.Version, res.Passes, res.Idle)
	}
	if len(res.Unknown) > 0 {
		b.t.Errorf("axe has no rules %q: take them from the list", res.Unknown)
	}
	for _, v := range res.Violations {
		f.add(what, "%s", v)
	}
}

// rawKey is what a message key looks like that was shown instead of its sentence.
var rawKey = regexp.MustCompile(`\b(account|admin|api|app|catalogue|commons|field|find|form|gallery|gitrepo|instance|jobs|journal|mail|people|record|vitality|web)\.[a-z]+(_[a-z]+)+\b`)

// inspect looks at the page that is open as a person would who has to use it: in both themes, folded parts open, wide and at 320 px, which is
// also what 1280 px are at 400 %.
func (f *findings) inspect(b *tab, what, lang string) {
	b.t.Helper()
	if got := b.attribute("html", "lang"); got != lang {
		f.add(what, "the page says that it is in %q", got)
	}
	if n := b.count("h1"); n != 1 {
		f.add(what, "%d first headings", n)
	}
	if eval[string](b, `document.title.trim()`) == "" {
		f.add(what, "no title")
	}
	if key := rawKey.FindString(eval[string](b, `(d => { d.querySelectorAll("code, pre, .prose").forEach(e => e.remove()); return d.textContent; })(document.body.cloneNode(true))`)); key != "" {
		f.add(what, "the message key %s is shown", key)
	}
	eval[bool](b, `document.querySelectorAll("details").forEach(d => d.open = true), true`)
	for _, theme := range []string{"light", "dark"} {
		b.media("screen", theme)
		f.judge(b, what+", "+theme, theme == "dark")
	}
	b.media("screen", "light")
	b.size(320, 256)
	for _, e := range eval[[]string](b, `(() => {
		if (document.scrollingElement.scrollWidth <= 320) return [];
		const out = [...document.querySelectorAll("body *")].filter(e => e.getBoundingClientRect().right > 321 && !e.closest(".table-frame, pre, .code"));
		return ["scrolls to " + document.scrollingElement.scrollWidth].concat(out.slice(0, 8).map(e => e.outerHTML.slice(0, 120)));
	})()`) {
		f.add(what, "too wide at 320 px: %s", e)
	}
	f.space(b, what)
	b.size(1280, 900)
}

// sameForAll are pages on which nothing depends on who reads them but the head, which all pages share.
var sameForAll = map[string]bool{"/api": true, "/components": true, gallery: true, "/definitions": true, "/record": true, "/entries/{id}": true}

// Every page, for a visitor, a member who is a steward, and the administrator, in each language, light and dark: axe finds nothing, nothing
// scrolls sideways at 320 px, the console is silent.
func TestEveryPageIsForEveryone(t *testing.T) {
	t.Parallel()
	needBrowser(t)
	f := newFindings(t)
	x := newWorld(t)
	reached := map[string]map[string]bool{}
	type visit struct{ role, session, pattern, path string }
	var visits []visit
	for _, who := range []struct{ role, session string }{{"administrator", x.admin}, {"steward", x.steward}, {"visitor", ""}} {
		for pattern, paths := range x.crawl(t, who.session) {
			if reached[pattern] == nil {
				reached[pattern] = map[string]bool{}
			}
			for i, path := range paths {
				// The other roles see the same templates with less on them: one address of each kind will do for them.
				if who.role != "administrator" && (i > 0 || sameForAll[pattern]) {
					continue
				}
				reached[pattern][path] = true
				visits = append(visits, visit{who.role, who.session, pattern, path})
			}
		}
	}
	// A link that signs in is made new; it is opened and not used.
	x.must("people", "role", "stella@example.org", "observer", "--on", strings.TrimPrefix(x.path, "/commons/"))
	token := x.instance.path(x.must("people", "link", "stella@example.org"))
	visits = append(visits, visit{"visitor", "", "/sign-in/{token}", token})
	reached["/sign-in/{token}"] = map[string]bool{token: true}

	for p, n := range pages {
		if len(reached[p]) < n {
			t.Errorf("%s: the crawl reached %d addresses, want at least %d", p, len(reached[p]), n)
		}
	}
	slices.SortFunc(visits, func(a, b visit) int { return strings.Compare(a.role+a.path, b.role+b.path) })
	t.Logf("%d pages of %d patterns, each in 2 languages and 2 themes", len(visits), len(reached))

	work := make(chan visit)
	var group sync.WaitGroup
	for range 2 { // one tab a core
		group.Add(1)
		go func() {
			defer group.Done()
			tabs := map[string]*tab{}
			for v := range work {
				for _, lang := range []string{"en", "fr"} {
					b := tabs[v.role+lang]
					if b == nil {
						b = newTab(t, x.instance)
						tabs[v.role+lang] = b
						if v.session != "" {
							b.signIn(v.session)
						}
						b.cookie("lang", lang)
					}
					b.open(v.path)
					f.inspect(b, fmt.Sprintf("%s as %s in %s", v.path, v.role, lang), lang)
					if v.pattern == gallery {
						b.excuse(v.path) // it answers with the status that it shows
					}
				}
			}
		}()
	}
	for _, v := range visits {
		work <- v
	}
	close(work)
	group.Wait()
}

// nothing is a place at which no server answers.
const nothing = "127.0.0.1:9"

// The states of a page that no link leads to: errors in forms, answers to a POST, an instance that is still empty.
func TestEveryStateIsForEveryone(t *testing.T) {
	t.Parallel()
	f := newFindings(t)
	empty := newInstance(t)
	for _, lang := range []string{"en", "fr"} {
		b := newTab(t, empty)
		b.cookie("lang", lang)
		setup := empty.path(empty.must("people", "setup"))
		for _, path := range []string{"/", "/commons", "/activity", "/organisations", "/record", setup} {
			b.open(path)
			f.inspect(b, "an empty instance, "+strings.TrimRight(path, "0123456789abcdef")+" in "+lang, lang)
		}
		b.open(setup)
		b.follow("main form button")
		b.need(".error-summary")
		f.inspect(b, "the set-up with errors in "+lang, lang)
	}

	w := parapluie(t, t.TempDir())
	dir := t.TempDir()
	heavy(t, dir)
	slow := newForge(t, dir)
	in := newInstance(t, append(slow.reach(), "--allow-inner", nothing)...)
	admin := in.administrator()
	path := in.add(admin, w.dir)
	for _, lang := range []string{"en", "fr"} {
		b := newTab(t, in)
		b.signIn(admin)
		b.cookie("lang", lang)
		// submit sends the page's main form as it is but for some fields, and looks at what comes back.
		submit := func(page, button string, fields ...string) {
			t.Helper()
			b.open(page)
			for i := 0; i+1 < len(fields); i += 2 {
				b.fill(fields[i], fields[i+1])
			}
			b.follow(button)
			f.inspect(b, "the answer to "+page+" in "+lang, lang)
		}
		const save = "main form[method=post] button"
		submit("/commons/new", save, "#f-address", "no address")
		b.need(".error-summary")
		submit("/commons/new/by-hand", save)
		b.need(".error-summary")
		submit(path+"/edit", save, "#f-name", "", "#f-licence", "no licence at all")
		b.need(".error-summary")
		submit(path+"/edit", save, "#f-summary\\."+lang, "Said in "+lang)
		b.need(".notice.success")
		submit(path+"/report", save)
		b.need(".error-summary")
		submit(path+"/write", save)
		b.need(".error-summary")
		submit(path+"/publiccode", "main form[method=post].long-form .actions button")
		submit("/organisations/new", save)
		b.need(".error-summary")
		submit("/account/forget", save)
		b.need(".error-summary")
		submit("/admin/people", `main form[action="/admin/people"] button`)
		b.need(".error-summary")
		submit("/admin/people", `main form[action="/admin/people"] button`, "#f-name", "Guest", "#f-email", lang+"@example.org")

		v := newTab(t, in)
		v.cookie("lang", lang)
		v.open("/sign-in")
		v.follow(save)
		v.need(".error-summary")
		f.inspect(v, "signing in without an address in "+lang, lang)
		v.open("/admin")
		f.inspect(v, "the administration for a visitor in "+lang, lang)
	}

	// Two people at one field, and an undo that came too late.
	for _, lang := range []string{"en", "fr"} {
		summary := "#f-summary\\." + lang
		var tabs [2]*tab
		for i := range tabs {
			tabs[i] = newTab(t, in)
			tabs[i].signIn(admin)
			tabs[i].cookie("lang", lang)
			tabs[i].open(path + "/edit")
			tabs[i].fill(summary, fmt.Sprintf("Said by %d in %s", i, lang))
		}
		const save = "main form[method=post] button"
		tabs[0].follow(save)
		tabs[1].follow(save)
		tabs[1].need(".conflict")
		f.inspect(tabs[1], "two at one field in "+lang, lang)
		tabs[0].open(path + "/edit")
		tabs[0].fill(summary, "Said later in "+lang)
		tabs[0].follow(save)
		tabs[0].open(path + "/history")
		tabs[0].follow(".history li:nth-child(2) form button")
		tabs[0].need(".conflict")
		f.inspect(tabs[0], "an undo that is refused in "+lang, lang)
	}

	// An import that goes on, and a commons that was archived.
	added, _ := in.send(admin, "/commons/new", url.Values{"address": {slow.URL + "/averse.git"}})
	going := added.Header.Get("Location")
	for _, lang := range []string{"en", "fr"} {
		b := newTab(t, in)
		b.signIn(admin)
		b.cookie("lang", lang)
		b.open(going)
		b.need("[data-progress]")
		f.inspect(b, "an import that goes on in "+lang, lang)
		b.do("leave the page", chromedp.Navigate("about:blank"))
	}
	slow.release()
	if res, body := in.send(admin, in.described(admin, going)+"/archive", url.Values{"note": {"It rains no more."}}); res.StatusCode != http.StatusSeeOther {
		t.Fatalf("archive: %s\n%.2000s", res.Status, body)
	}
	for _, lang := range []string{"en", "fr"} {
		b := newTab(t, in)
		b.cookie("lang", lang)
		b.open(going)
		b.need(".notice.warning")
		f.inspect(b, "an archived commons in "+lang, lang)
	}

	// A repository that can't be read says why, in both languages.
	res, _ := in.send(admin, "/commons/new", url.Values{"address": {"http://" + nothing + "/nothing.git"}})
	failed := res.Header.Get("Location")
	for _, lang := range []string{"en", "fr"} {
		b := newTab(t, in)
		b.signIn(admin)
		b.cookie("lang", lang)
		until(t, "the page says that the import failed", func() (bool, string) {
			b.reopen(failed)
			said, err := tryEval[bool](b, `document.querySelector(".notice.warning") !== null`)
			return err == nil && said, fmt.Sprint(err)
		})
		f.inspect(b, "a commons that could not be read in "+lang, lang)
	}
}
