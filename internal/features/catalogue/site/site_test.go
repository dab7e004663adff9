package site_test

import (
	"context"
	"encoding/json"
	"fmt"
	"io/fs"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"commun/formats/licence"
	"commun/internal/core/commons"
	"commun/internal/core/coretest"
	"commun/internal/core/journal"
	"commun/internal/core/people"
	"commun/internal/features/catalogue"
	"commun/internal/features/catalogue/site"
	"commun/internal/platform/gitrepo"
	"commun/internal/platform/i18n"
	"commun/internal/platform/i18n/i18ntest"
	"commun/internal/platform/jobs"
	"commun/internal/platform/live"
	"commun/internal/platform/mail"
	"commun/internal/platform/search"
	"commun/internal/platform/storage"
	"commun/internal/platform/testkit"
	"commun/internal/web/account"
	"commun/internal/web/admin"
	"commun/internal/web/record"
	"commun/internal/web/webtest"
)

// detector is built once for all tests: its automaton takes seconds.
var detector = licence.NewDetector()

// world is the catalogue with its pages, on one database.
type world struct {
	*coretest.World
	Cat   *catalogue.Service
	Jobs  *jobs.Queue
	Index *search.Index
	Pages *site.Pages
	Site  *webtest.Site
	hub   *live.Hub
}

// taken is a mail server that takes every letter.
type taken struct{}

func (taken) Send(context.Context, mail.Message) error { return nil }

// each runs a story on both databases.
func each(t *testing.T, story func(w *world)) {
	t.Helper()
	testkit.EachDB(t, func(t *testing.T, db *storage.DB) {
		w := open(t, db)
		story(w)
		w.WantWhole()
	})
}

func open(t *testing.T, db *storage.DB) *world {
	t.Helper()
	w := &world{World: coretest.New(t, db, search.Migrations(), catalogue.Migrations()), hub: live.NewHub()}
	w.Journal.Register(catalogue.Kinds()...)
	w.Jobs = jobs.New(db, jobs.Options{Node: "test", Hub: w.hub})
	w.Index = search.New(db, nil)
	w.Cat = catalogue.New(catalogue.Options{DB: db, Journal: w.Journal, People: w.People, Commons: w.Commons, Settings: w.Instance.Settings, Queue: w.Jobs,
		Search: w.Index, Detector: detector, Cache: t.TempDir(), Trusted: gitrepo.Policy{AllowLocal: true, AllowSSH: true}, Mail: taken{},
		Words: func(lang, key string, args map[string]any) string { return fmt.Sprint(lang, " ", key, " ", args) }})
	w.People.OnForget(w.Cat.Eraser())
	w.Must(w.Cat.Load(t.Context()))
	w.Must(w.Jobs.Start(t.Context()))
	t.Cleanup(func() {
		ctx, cancel := context.WithTimeout(context.Background(), 20*time.Second)
		defer cancel()
		if err := w.Jobs.Stop(ctx); err != nil {
			t.Error(err)
		}
	})
	w.Pages = &site.Pages{Catalogue: w.Cat, Commons: w.Commons, People: w.People, Journal: w.Journal, Queue: w.Jobs, Settings: w.Instance.Settings}
	w.Pages.Record = &record.Pages{Journal: w.Journal, Names: w.People.Names, Things: w.Pages.Things,
		Shown: func(people.Actor, journal.Recorded) bool { return true }, Value: site.ValueText, Field: site.FieldName,
		Title: func(context.Context) (string, error) { return "commun", nil }}
	w.Site = webtest.New(t, record.Messages(), account.Messages(), admin.Messages(), site.Messages())
	w.Pages.Routes(w.Site.Router)
	return w
}

// as is the site as a person sees it in English, whatever language they chose.
func (w *world) as(by people.Actor) *webtest.Site {
	by.Lang = "en"
	return w.Site.As(by).In("en")
}

// wait follows a job to its end, or to its first failure.
func (w *world) wait(id string) {
	w.T.Helper()
	ctx, cancel := context.WithTimeout(w.T.Context(), time.Minute)
	defer cancel()
	events := w.hub.Subscribe(ctx, jobs.AllTopic)
	for {
		r, err := w.Jobs.Get(ctx, id)
		w.Must(err)
		if r.State.Final() || r.Failures > 0 {
			return
		}
		<-events
	}
}

// indexed waits until the search index holds what was written.
func (w *world) indexed() {
	w.T.Helper()
	_, err := w.Index.Drain(w.T.Context())
	w.Must(err)
}

// add imports a repository and returns its commons.
func (w *world) add(address string) commons.Commons {
	w.T.Helper()
	a, err := w.Cat.Add(w.T.Context(), people.Program("test"), address)
	w.Must(err)
	w.wait(a.Job)
	return w.get(a.Commons.ID)
}

func (w *world) get(id string) commons.Commons {
	w.T.Helper()
	c, err := w.Commons.ByID(w.T.Context(), people.Program("test"), id)
	w.Must(err)
	return c
}

// hand describes a commons by hand, as a person would.
func (w *world) hand(by people.Actor, name, summary string) commons.Commons {
	w.T.Helper()
	c, err := w.Cat.AddByHand(w.T.Context(), by, []catalogue.FormValue{{Field: "name", Value: name}, {Field: "summary", Lang: "en", Value: summary}})
	w.Must(err)
	return c
}

// described is a publiccode.yml with one error and texts in two languages.
const described = `publiccodeYmlVersion: "0.7.0"
name: Garden planner
url: https://example.org/town/garden
softwareVersion: "2.4"
releaseDate: "2026-03-01"
platforms: [web]
developmentStatus: stable
softwareType: standalone/web
organisation: {name: Town of Example, uri: "https://example.org"}
usedBy: [North Town, South Town]
intendedAudience: {scope: [local-authorities], countries: [FR]}
description:
  en:
    shortDescription: Plans the gardens of a town
    longDescription: >
      The garden planner helps the people of a town to plan what is planted where. It knows the seasons, the soils and the shade, and draws a map
      that neighbours can read and change together.
    features: [Draws maps, Knows the seasons]
  it:
    shortDescription: Pianifica i giardini
legal: {license: MIT}
maintenance:
  type: community
  contacts: [{name: Ana Silva, email: ana@example.org}]
localisation: {localisationReady: true, availableLanguages: [en, it]}
colour: green
`

// repository makes a git repository with the given files and returns its folder.
func repository(t *testing.T, files map[string]string) string {
	t.Helper()
	dir := filepath.Join(t.TempDir(), "garden")
	for name, text := range files {
		p := filepath.Join(dir, name)
		if err := os.MkdirAll(filepath.Dir(p), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(p, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	for _, args := range [][]string{{"init", "-q", "-b", "main"}, {"add", "-A"}, {"commit", "-q", "-m", "first"}, {"tag", "v2.4"}} {
		cmd := exec.Command("git", append([]string{"-c", "user.name=Test", "-c", "user.email=test@example.org"}, args...)...)
		cmd.Dir = dir
		cmd.Env = append(os.Environ(), "GIT_CONFIG_GLOBAL=/dev/null", "GIT_CONFIG_SYSTEM=/dev/null", "GIT_AUTHOR_DATE=2024-03-01T12:00:00Z", "GIT_COMMITTER_DATE=2024-03-01T12:00:00Z")
		if out, err := cmd.CombinedOutput(); err != nil {
			t.Fatalf("git %v: %v\n%s", args, err, out)
		}
	}
	return dir
}

// key is a message key that was printed instead of its message.
var key = regexp.MustCompile(`\b(?:find|catalogue|commons|gitrepo|field|licence|record|people)\.[a-z_]+[a-z_.]*\b`)

// wantWords fails the test when a page shows a key instead of words. Addresses of the site's own files are no keys.
func wantWords(t *testing.T, path, body string) {
	t.Helper()
	for _, k := range key.FindAllString(body, -1) {
		if !slices.Contains([]string{"commons.atom", "commons.csv", "commons.json", "commons.example.org"}, k) {
			t.Errorf("%s shows the key %q", path, k)
		}
	}
}

func TestMessages(t *testing.T) {
	i18ntest.Messages(t, site.Messages())
	// the words of other packages are named there; TestEveryFaultHasWords looks for each
	i18ntest.Keys(t, site.Messages(), []string{"."}, "catalogue.", "commons.", "gitrepo.", "mail.", "licence.", "field.", "find.kind.", "find.stage.", "find.audience.",
		"find.maintenance.", "find.platform.", "find.software.", "find.file.", "find.family.", "find.facet.", "find.sort.", "find.state.", "find.outcome.", "find.came.", "find.column.")
}

func TestEveryFaultHasWords(t *testing.T) {
	all, err := i18n.Read(site.Messages())
	if err != nil {
		t.Fatal(err)
	}
	has := func(k string) {
		t.Helper()
		if _, ok := all["en"][k]; !ok {
			t.Errorf("no words for %s", k)
		}
	}
	for _, k := range catalogue.Keys {
		has(k)
	}
	for _, k := range gitrepo.Keys {
		has(k)
	}
	for _, r := range catalogue.Reasons {
		has("catalogue.reason." + r)
	}
	for _, f := range []licence.Fact{licence.NoDuty, licence.KeepNotice, licence.StateChanges, licence.ShareFiles, licence.ShareLibrary, licence.ShareWork,
		licence.ShareNetwork, licence.PatentGrant, licence.NoCommerce, licence.NoChanges, licence.LimitedUse, licence.NotKnown, licence.Choice, licence.Compatible} {
		has(string(f))
	}
	for _, f := range commons.Fields {
		has("field." + f.Name)
		for _, o := range f.Options {
			prefix := map[string]string{"kind": "find.kind.", "stage": "find.stage.", "audiences": "find.audience.", "maintenance": "find.maintenance."}[f.Name]
			has(prefix + strings.ReplaceAll(o, "-", "_"))
		}
	}
	// faults that stand in the source of packages that keep no list of them
	fault := regexp.MustCompile(`"((?:commons|mail)\.[a-z_]+)"`)
	made := regexp.MustCompile(`fault\.(?:Invalid|Denied|Missing|Conflict|Busy)\(.*`)
	for _, dir := range []string{"../../../core/commons", "../../../platform/mail"} {
		sources, err := fs.Glob(os.DirFS(dir), "*.go")
		if err != nil || len(sources) == 0 {
			t.Fatalf("no sources in %s: %v", dir, err)
		}
		for _, name := range sources {
			raw, err := os.ReadFile(filepath.Join(dir, name))
			if err != nil {
				t.Fatal(err)
			}
			for _, call := range made.FindAllString(string(raw), -1) {
				for _, m := range fault.FindAllStringSubmatch(call, -1) {
					if !strings.HasSuffix(name, "_test.go") {
						has(m[1])
					}
				}
			}
		}
	}
}

func TestEveryPageSpeaksBothLanguages(t *testing.T) {
	each(t, func(w *world) {
		admin := w.Admin()
		c := w.add(repository(w.T, map[string]string{"publiccode.yml": described, "LICENSE": "GNU GENERAL PUBLIC LICENSE\nVersion 3", "CONTRIBUTING.md": "# Come",
			"GOVERNANCE.md": "# Who decides\n\nThe people who come to the meeting decide what is done.", "main.go": "package main"}))
		other := w.hand(admin, "Other garden", "Another one")
		report, err := w.Cat.Report(w.T.Context(), people.Actor{}, c.ID, catalogue.NewReport{Reason: "wrong", Words: "It is blue", Contact: "reader@example.org", Lang: "fr"})
		w.Must(err)
		list, job, err := w.Cat.ImportAddresses(w.T.Context(), admin, "a list", strings.NewReader("not an address\nfile:///nowhere/at/all\n"))
		w.Must(err)
		w.wait(job)
		w.indexed()
		base := "/commons/" + c.Slug
		for _, path := range []string{"/", "/commons", "/commons?q=gardn", "/commons?q=garden&kind=code&sort=name", "/commons?licence=nothing", "/commons/new",
			"/commons/new/by-hand", base, base + "/edit", base + "/history", base + "/contributions", base + "/report", base + "/write", base + "/reports",
			base + "/manage", base + "/merge", base + "/merge?q=other", base + "/merge?into=" + other.ID, base + "/publiccode", "/reports",
			"/reports/" + report + "?commons=" + c.ID, "/lists", "/lists/new", "/lists/" + list, "/lists/" + list + "?outcome=refused", "/commons/" + other.Slug} {
			for _, lang := range []string{"en", "fr"} {
				admin.Lang = lang
				a := w.Site.As(admin).Get(path).Want(200, `<html lang="`+lang+`"`)
				wantWords(w.T, lang+" "+path, a.Body)
			}
		}
	})
}

func TestACommonsAnswersWhatAReaderAsks(t *testing.T) {
	each(t, func(w *world) {
		c := w.add(repository(w.T, map[string]string{"publiccode.yml": described, "main.go": "package main", "CONTRIBUTING.md": "# Come"}))
		page := w.Site.Get("/commons/"+c.Slug).Want(200, "Garden planner", "Plans the gardens of a town", "Town of Example stands behind it",
			"Its last version, 2.4, is of 1\u00a0March 2026", "You may reuse it, under MIT", "free of charge", "keep the authors",
			"Write to the administrators", "The community has written down how to contribute",
			"CONTRIBUTING.md", "Read from its repository", "publiccode.yml, line 2", "remark", "Draws maps", "North Town")
		page.WantNot("ana@example.org", "Correct this entry", "/manage", "Read the repository again")
		w.Site.In("fr").Get("/commons/"+c.Slug).Want(200, "Town of Example le porte", "Vous pouvez le réutiliser, sous MIT", "En anglais", `lang="en"`)
		steward := w.Member("Lou", "lou@example.org")
		w.Must(w.People.Grant(w.T.Context(), people.Program("test"), c.ID, steward.Person, people.Steward))
		w.as(w.Again(steward)).Get("/commons/"+c.Slug).Want(200, "Correct this entry", "Read the repository again", "/manage")
		w.Site.In("en").Get("/commons/"+c.Slug).Want(200, "Takes care of this page here: Lou", "Write to Lou").WantNot("Write to the administrators")
		w.Site.In("en").Get("/commons/"+c.Slug+"/write").Want(200, "by e-mail to Lou")

		w.Site.Get("/commons/nothing").Want(404, "This commons is not here.")
		w.Site.Get("/commons/" + c.ID).WantRedirect("/commons/" + c.Slug)
		var x catalogue.Export
		if err := json.Unmarshal([]byte(w.Site.Get("/commons/"+c.Slug+".json").Want(200).Body), &x); err != nil || x.Slug != c.Slug {
			w.T.Errorf("the JSON of one commons: %v %q", err, x.Slug)
		}
		w.Site.Get("/commons/"+c.Slug+".csv").Want(200, "id,slug,name", "Garden planner")
		if got := w.Site.Get("/commons/" + c.Slug + "/publiccode.yml").Want(200).Body; got != described {
			w.T.Errorf("publiccode.yml came back changed: %s", got)
		}
		w.Site.Get("/commons/"+c.Slug+"/history.atom").Want(200, "<feed", "History of Garden planner")
	})
}

func TestAListIsSearchedNarrowedAndTakenAway(t *testing.T) {
	each(t, func(w *world) {
		by := people.Program("test")
		w.Site.Get("/commons").Want(200, "No commons yet", "sign-in?return=/commons/new")
		for i := range 23 {
			w.hand(by, fmt.Sprintf("Garden %02d", i), "A garden of the town")
		}
		c := w.hand(by, "Kitchen", "A place to cook")
		w.Must(w.Commons.Archive(w.T.Context(), by, c.ID, ""))
		w.indexed()
		first := w.Site.Get("/commons").Want(200, "23 commons", "Garden 00", "Garden 19").WantNot("Garden 20", "Kitchen")
		next := regexp.MustCompile(`rel="next" href="([^"]+)"`).FindStringSubmatch(first.Body)
		if next == nil {
			w.T.Fatal("no next page")
		}
		second := w.Site.Get(strings.ReplaceAll(next[1], "&amp;", "&")).Want(200, "Garden 22").WantNot("Garden 19")
		back := regexp.MustCompile(`rel="prev" href="([^"]+)"`).FindStringSubmatch(second.Body)
		if back == nil {
			w.T.Fatal("no way back")
		}
		w.Site.Get(strings.ReplaceAll(back[1], "&amp;", "&")).Want(200, "Garden 00")
		w.Site.Get("/commons?q=gardne").Want(200, "23 commons for “garden”", "No result for “gardne”", "<strong>garden</strong>", "instead.")
		w.Site.Get("/commons?q=garden+zzzzzz").Want(200, "23 commons close to “garden zzzzzz”", "No commons has all these words", "None has “zzzzzz”")
		w.Site.Get("/commons?q=zzzzzz").Want(200, "Nothing matches", "Try another word").WantNot("Take away a filter", "Narrow down", "In order of", "Remove all filters")
		w.Site.Get("/commons?q=zzzzzz+wwwwww").Want(200, "Try fewer words")
		w.Site.Get("/commons?q=zzzzzz&kind=map").Want(200, "Take away a filter", "Remove all filters").WantNot("In order of")
		w.Site.Get("/commons?audience=local-authorities").Want(200, "No commons: local authorities", "Remove all filters")
		w.Site.Get("/commons?state=archived").Want(200, "One archived commons", "Kitchen", "Archived").WantNot("Garden 00")
		w.Site.Get("/commons?sort=colour").Want(422, "There is no such order: colour.")
		w.Site.Get("/commons?after=nonsense").Want(422, "Begin at the first one")
		w.Site.Get("/commons.csv?sort=colour").Want(422)
		if n := strings.Count(w.Site.Get("/commons.csv?q=garden").Want(200).Body, "\n"); n != 24 {
			w.T.Errorf("the CSV has %d lines, want 24", n)
		}
		var all []catalogue.Export
		if err := json.Unmarshal([]byte(w.Site.Get("/commons.json").Want(200).Body), &all); err != nil || len(all) != 23 {
			w.T.Errorf("the JSON has %d commons: %v", len(all), err)
		}
		w.Site.Get("/commons.atom?q=garden").Want(200, "<feed", "/commons/garden-00", "A garden of the town")
		w.Site.Get("/").Want(200, "23 commons", "Just added")
	})
}

func TestWhoMayAddIsTold(t *testing.T) {
	each(t, func(w *world) {
		w.Site.Get("/commons/new").WantRedirect("/sign-in?return=%2Fcommons%2Fnew")
		member, admin := w.Member("Lou", "lou@example.org"), w.Admin()
		lou := w.as(member)
		lou.Get("/commons/new").Want(200, "Address of the repository").WantNot("As an administrator")
		w.as(admin).Get("/commons/new").Want(200, "As an administrator")
		for _, c := range []struct{ rule, address, says string }{
			{"nothing was typed", "", "Give the address of a repository."},
			{"an address of a machine's folder is the administrator's", "/srv/git/x", "Only an administrator may give a folder"},
			{"a password is refused and not shown", "https://a:hunter2@example.org/x", "Take it out"},
			{"an inner address is closed to visitors", "https://127.0.0.1/x.git", "network"},
			{"what is no address", "not an address", "Give the whole path"},
		} {
			a := lou.Post("/commons/new", url.Values{"address": {c.address}})
			if a.Status != 422 || !strings.Contains(a.Body, "There is a problem") {
				w.T.Errorf("%s: status %d", c.rule, a.Status)
			}
			if c.rule == "what is no address" {
				a.Want(422, "not an address")
				continue
			}
			a.Want(422, c.says)
		}
		dir := repository(w.T, map[string]string{"README.md": "# Small thing\n\nA small thing that helps people with their work."})
		a := w.as(admin).Post("/commons/new", url.Values{"address": {dir}}).Want(303)
		id := strings.TrimPrefix(a.Header.Get("Location"), "/commons/")
		about, err := w.Cat.About(w.T.Context(), admin, id)
		w.Must(err)
		w.wait(about.Job)
		w.Site.Get("/commons/" + id).WantRedirect("/commons/small-thing")
		w.as(admin).Post("/commons/new", url.Values{"address": {"file://" + dir}}).WantRedirect("/commons/" + id + "#saved")

		lou.Post("/commons/new/by-hand", url.Values{"summary.en": {"kept words"}, "countries": {"Atlantis"}}).Want(422, "kept words", "Atlantis",
			"is no country that we know")
		lou.Post("/commons/new/by-hand", url.Values{"name": {"By hand"}, "countries": {"France, BE"}, "kind": {"data"}, "licence": {"etalab-2.0"}}).
			WantRedirect("/commons/by-hand#saved")
		lou.Get("/commons/by-hand").Want(200, "France, Belgium", "You may reuse it, under etalab-2.0", "Described by hand")
	})
}

func TestACorrectionKeepsWhatWasTypedAndShowsBothValues(t *testing.T) {
	each(t, func(w *world) {
		lou, kim := w.Member("Lou", "lou@example.org"), w.Member("Kim", "kim@example.org")
		c := w.hand(lou, "Garden", "First words")
		lou = w.Again(lou)
		w.Must(w.People.Grant(w.T.Context(), lou, c.ID, kim.Person, people.Contributor))
		kim = w.Again(kim)
		path := "/commons/garden/edit"
		w.Site.Get(path).WantRedirect("/sign-in?return=%2Fcommons%2Fgarden%2Fedit")
		w.as(w.Member("Max", "max@example.org")).Get(path).Want(403)
		// what a browser would send of the form as it was made
		form := func(revision int64, change url.Values) url.Values {
			v := url.Values{"revision": {fmt.Sprint(revision)}, "lang": {"en", "fr"}, "name": {"Garden"}, "summary.en": {"First words"}}
			for k, x := range change {
				v[k] = x
			}
			return v
		}
		asLou, asKim := w.as(lou), w.as(kim)
		asLou.Post(path, form(c.Revision, url.Values{"summary.fr": {"Des mots gardés"}, "licence": {"GPLv3"}, "website": {"nowhere"}})).
			Want(422, "Des mots gardés", "GPLv3", "is no SPDX identifier", "is no web address", `href="#f-licence"`)
		asLou.Post(path, form(c.Revision, url.Values{"summary.en": {"Lou’s words"}, "audiences": {"tourism", "culture"}, "stewards": {"Town | https://example.org"},
			"note": {"It was dull"}})).WantRedirect("/commons/garden#saved")
		both := asKim.Post(path, form(c.Revision, url.Values{"summary.en": {"Kim’s words"}, "territories": {"The valley"}})).
			Want(409, "Lou’s words", "Kim’s words", "The valley", "Someone else changed the same thing", "choose.summary.en")
		seen := regexp.MustCompile(`name="seen.summary.en" value="(\d+)"`).FindStringSubmatch(both.Body)
		if seen == nil {
			w.T.Fatal("the form does not say what was seen")
		}
		again := form(c.Revision, url.Values{"summary.en": {"Kim’s words"}, "territories": {"The valley"}, "clash": {"summary.en"}, "seen.summary.en": {seen[1]}})
		asKim.Post(path, again).Want(422, "Choose one of the two values", "Kim’s words", "Lou’s words")
		again.Set("choose.summary.en", "mine")
		asKim.Post(path, again).WantRedirect("/commons/garden#saved")
		now := w.get(c.ID)
		for _, x := range []struct{ field, lang, want string }{{"summary", "en", `"Kim’s words"`}, {"territories", "", `["The valley"]`},
			{"audiences", "", `["culture","tourism"]`}, {"stewards", "", `[{"name":"Town","url":"https://example.org"}]`}} {
			if v, _ := now.Best(x.field, x.lang); string(v.JSON) != x.want {
				w.T.Errorf("%s is %s, want %s: what the other person wrote must stay", x.field, v.JSON, x.want)
			}
		}
		asKim.Get("/commons/garden/edit").Want(200, "Town | https://example.org")
		same := form(now.Revision, url.Values{"summary.en": {"Kim’s words"}})
		if got := asKim.Post(path, same).WantRedirect("/commons/garden#saved").Header.Get("Set-Cookie"); !strings.Contains(got, "edited") || strings.Contains(got, "edited_nothing") {
			w.T.Errorf("a form that empties fields says %q", got)
		}
		same.Set("revision", fmt.Sprint(w.get(c.ID).Revision))
		if got := asKim.Post(path, same).WantRedirect("/commons/garden#saved").Header.Get("Set-Cookie"); !strings.Contains(got, "edited_nothing") {
			w.T.Errorf("a form that changes nothing says %q", got)
		}

		history := asKim.Get("/commons/garden/history").Want(200, "It was dull", "Undo", "Kim’s").Body
		entries := regexp.MustCompile(`name="entry" value="([^"]+)"`).FindAllStringSubmatch(history, -1)
		if len(entries) < 2 {
			w.T.Fatalf("%d entries can be undone", len(entries))
		}
		w.Site.In("en").Get("/commons/garden/history").Want(200, "It was dull").WantNot("Undo")
		oldest := entries[len(entries)-1][1] // Lou's, whose summary Kim has changed since
		asLou.Post("/commons/garden/undo", url.Values{"entry": {oldest}}).Want(409, "can no longer be undone", "Kim’s words", "First words", `name="choose.summary.en"`)
		asLou.Post("/commons/garden/undo", url.Values{"entry": {entries[0][1]}}).WantRedirect("/commons/garden/history#saved")
		w.Site.In("en").Get("/commons/garden/contributions").Want(200, "2 people take care of Garden here", "Lou", "Kim")

		// an undo of several fields: what still stands is named, what changed is chosen, and the choice is kept when one is missing
		asLou.Post(path, form(w.get(c.ID).Revision, url.Values{"summary.en": {"Second words"}, "territories": {"The hill"}, "website": {"https://hill.example.org"}})).WantRedirect("/commons/garden#saved")
		list, err := w.Journal.History(w.T.Context(), journal.Object{Kind: commons.ObjectKind, ID: c.ID}, 0)
		w.Must(err)
		three := list[0].ID
		asKim.Post(path, form(w.get(c.ID).Revision, url.Values{"summary.en": {"Third words"}, "territories": {"The lake"}, "website": {"https://hill.example.org"}})).WantRedirect("/commons/garden#saved")
		at := fmt.Sprint(w.get(c.ID).Revision)
		undo := url.Values{"entry": {three}}
		asLou.Post("/commons/garden/undo", undo).Want(409, "Unchanged since, and undone with your choice: For whom and Website", "Third words", "The lake", `name="choose.territories"`)
		undo["clash"], undo["seen.summary.en"], undo["seen.territories"] = []string{"summary.en", "territories"}, []string{at}, []string{at}
		undo.Set("choose.summary.en", "theirs")
		asLou.Post("/commons/garden/undo", undo).Want(422, "Choose one of the two values", "Third words", "The lake", `value="theirs" checked`)
		undo.Set("choose.territories", "mine")
		asLou.Post("/commons/garden/undo", undo).WantRedirect("/commons/garden/history#saved")
		now = w.get(c.ID)
		for field, want := range map[string]string{"summary": `"Third words"`, "territories": `["The valley"]`, "website": "null"} {
			lang := map[string]string{"summary": "en"}[field]
			if v, ok := now.Best(field, lang); string(v.JSON) != want && (ok || want != "null") {
				w.T.Errorf("%s is %s, want %s", field, v.JSON, want)
			}
		}
	})
}

func TestReadersReportAndWrite(t *testing.T) {
	each(t, func(w *world) {
		lou := w.Member("Lou", "lou@example.org")
		c := w.hand(lou, "Garden", "Words")
		lou = w.Again(lou)
		w.Site.Post("/commons/garden/report", url.Values{"words": {"kept words"}, "contact": {"nobody"}}).Want(422, "kept words", "Choose what the matter is",
			"This is no e-mail address")
		w.Site.Post("/commons/garden/report", url.Values{"reason": {"wrong"}, "words": {"It is a park"}, "contact": {"reader@example.org"}}).
			WantRedirect("/commons/garden#saved")
		w.Site.Get("/commons/garden/reports").Want(303)
		w.as(w.Member("Max", "max@example.org")).Get("/commons/garden/reports").Want(403)
		list := w.as(lou).Get("/commons/garden/reports").Want(200, "Something said here is wrong")
		at := regexp.MustCompile(`href="(/reports/[^"]+)"`).FindStringSubmatch(list.Body)
		if at == nil {
			w.T.Fatal("the list leads to no report")
		}
		w.as(lou).Get(at[1]).Want(200, "It is a park", "It is sent to the reader").WantNot("reader@example.org")
		w.Site.Get(at[1]).Want(303)
		id, _, _ := strings.Cut(strings.TrimPrefix(at[1], "/reports/"), "?")
		w.as(lou).Post("/reports/"+id, url.Values{"commons": {c.ID}}).Want(422, "Write something here")
		w.as(lou).Post("/reports/"+id, url.Values{"commons": {c.ID}, "answer": {"Mended"}}).WantRedirect("/commons/garden/reports#saved")
		w.as(lou).Get(at[1]).Want(200, "Mended")
		w.as(lou).Post("/reports/"+id, url.Values{"commons": {c.ID}, "answer": {"Twice"}}).Want(422)
		admin := w.Admin()
		w.as(lou).Get("/reports").Want(403)
		w.as(admin).Get("/reports").Want(200, "No report")

		w.Site.Post("/commons/garden/write", url.Values{"words": {"Dear all"}}).Want(422, "Dear all", "Give an e-mail address")
		w.Site.Post("/commons/garden/write", url.Values{"words": {"Dear all"}, "address": {"reader@example.org"}}).WantRedirect("/commons/garden#saved")
	})
}

func TestStewardsManage(t *testing.T) {
	each(t, func(w *world) {
		lou, kim := w.Member("Lou", "lou@example.org"), w.Member("Kim", "kim@example.org")
		w.hand(lou, "Garden", "Words")
		other := w.hand(lou, "Park", "Words")
		lou = w.Again(lou)
		s := w.as(lou)
		w.Site.Get("/commons/garden/manage").Want(303)
		w.as(kim).Get("/commons/garden/manage").Want(403)
		s.Get("/commons/garden/manage").Want(200, "Lou", "steward", "Archive it", "roles/revoke?person=")
		s.Get("/commons/garden/roles/revoke?role=steward&person="+lou.Person).Want(200, "Stop taking care of Garden?", "You are the last steward", "No, keep this role")
		s.Post("/commons/garden/roles", url.Values{"email": {"nobody@example.org"}, "role": {"contributor"}}).Want(422, "nobody@example.org", "No account has this address")
		s.Post("/commons/garden/roles", url.Values{"email": {"kim@example.org"}, "role": {"contributor"}}).WantRedirect("/commons/garden/manage#saved")
		w.as(w.Again(kim)).Get("/commons/garden/edit").Want(200)
		s.Post("/commons/garden/roles/revoke", url.Values{"person": {kim.Person}, "role": {"contributor"}}).WantRedirect("/commons/garden/manage#saved")
		w.as(w.Again(kim)).Get("/commons/garden/edit").Want(403)

		s.Post("/commons/garden/archive", url.Values{"note": {"gone"}}).WantRedirect("/commons/garden#saved")
		w.Site.Get("/commons/garden").Want(200, "This commons is archived", `content="noindex"`)
		s.Post("/commons/garden/reopen", nil).WantRedirect("/commons/garden#saved")
		w.indexed()
		s.Get("/commons/garden/merge?q=park").Want(200, "Park")
		s.Get("/commons/garden/merge?into="+other.ID).Want(200, "Merge Garden into Park?")
		s.Post("/commons/garden/merge", url.Values{"into": {other.ID}}).WantRedirect("/commons/" + other.ID + "#saved")
		moved := w.Site.Get("/commons/garden")
		if moved.Status != 301 || moved.Header.Get("Location") != "/commons/park" {
			w.T.Errorf("a merged commons leads to %d %q", moved.Status, moved.Header.Get("Location"))
		}
		w.Site.Get("/commons/garden/history").Want(200, "merged into another")
	})
}

func TestWhatWaitsIsNotSeen(t *testing.T) {
	each(t, func(w *world) {
		admin, lou := w.Admin(), w.Member("Lou", "lou@example.org")
		set, err := w.Instance.Settings(w.T.Context())
		w.Must(err)
		set.Adding = commons.ApprovalAdds
		w.Must(w.Instance.Edit(w.T.Context(), admin, set))
		c := w.hand(lou, "Garden", "Words")
		w.Site.Get("/commons/garden").Want(404)
		w.Site.Get("/commons/garden.json").Want(404)
		w.Site.Get("/commons/garden/history").Want(404)
		w.as(w.Again(lou)).Get("/commons/garden").Want(200, "waits for approval").WantNot("Let it into the list")
		seen, err := w.Pages.Titles(w.T.Context(), people.Actor{}, []string{c.ID})
		w.Must(err)
		if len(seen) != 0 {
			w.T.Error("a visitor is told the name of what waits")
		}
		w.as(admin).Get("/commons/garden").Want(200, "Let it into the list")
		w.as(admin).Post("/commons/garden/approve", nil).WantRedirect("/commons/garden#saved")
		w.Site.Get("/commons/garden").Want(200)
	})
}

func TestAFormWritesAValidFile(t *testing.T) {
	each(t, func(w *world) {
		w.hand(people.Program("test"), "Garden", "Plans gardens")
		w.Site.Get("/commons/garden/publiccode").Want(200, "Plans gardens", `value="Garden"`, "Choose…").WantNot("checked", "selected")
		for lang, says := range map[string][]string{
			"en": {"Address of the repository: Type the public address", "Licence: Type the SPDX identifier", "Works on: Tick at least one", "What it does (English): Type at least one",
				"Kept up: Choose one", "Can it be translated?: Choose yes or no", "Countries: “ATLANTIS” is no country"},
			"fr": {"Adresse du dépôt : Écrivez l’adresse", "Ce qu’il fait (français) : Écrivez au moins une chose", "Langues d’utilisation : Écrivez les langues"},
		} {
			a := w.Site.In(lang).Post("/commons/garden/publiccode", url.Values{"lang": {lang}, "name": {"Garden"}, "intendedAudience.countries": {"Atlantis"}}).Want(422, says...)
			a.WantNot("is missing", "Ajoutez cette clé", "legal.license –", "localisation –")
		}
		form := url.Values{"lang": {"en", "fr"}, "name": {"Garden"}, "url": {"https://example.org/garden.git"}, "legal.license": {"MIT"}, "softwareType": {"standalone/web"},
			"developmentStatus": {"stable"}, "platforms": {"web"}, "maintenance.type": {"community"}, "localisation.availableLanguages": {"English"},
			"localisation.localisationReady": {"yes"}, "description.en.shortDescription": {"Plans gardens"}, "description.en.features": {"Draws maps\nKnows seasons"}}
		w.Site.In("en").Post("/commons/garden/publiccode", form).Want(422, "Plans gardens", `href="#f-maintenance.contacts"`, `href="#f-description.en.longDescription"`)
		form.Set("maintenance.contacts", "Ana Silva | ana@example.org")
		form.Set("description.en.longDescription", strings.Repeat("The garden planner helps a town. ", 8))
		ready := w.Site.Post("/commons/garden/publiccode", form).Want(200, "Your publiccode.yml is valid", "at the root of the repository", "publiccodeYmlVersion", "Ana Silva",
			`name="description.en.features" value="Draws maps`).WantNot("There is a problem")
		if got := ready.Header.Get("Content-Disposition"); got != "" {
			w.T.Errorf("a page is sent as %q", got)
		}
		form.Set("do", "edit")
		w.Site.Post("/commons/garden/publiccode", form).Want(200, "<textarea", "Ana Silva").WantNot("There is a problem")
		form.Set("do", "download")
		a := w.Site.Post("/commons/garden/publiccode", form).Want(200, "publiccodeYmlVersion", "Ana Silva", "Knows seasons")
		if got := a.Header.Get("Content-Disposition"); got != `attachment; filename="publiccode.yml"` {
			w.T.Errorf("the file is sent as %q", got)
		}
	})
}

func TestListsAreTheAdministrators(t *testing.T) {
	each(t, func(w *world) {
		admin, lou := w.Admin(), w.Member("Lou", "lou@example.org")
		w.Site.Get("/lists").Want(303)
		w.as(lou).Get("/lists/new").Want(403)
		w.as(lou).Post("/lists/new", url.Values{"folder": {"/"}}).Want(403)
		s := w.as(admin)
		s.Get("/lists").Want(200, "No list yet")
		s.Post("/lists/new", url.Values{"addresses": {"# nothing"}}).Want(422, "# nothing", "There is no address and no file in it")
		s.Post("/lists/new", url.Values{"folder": {"relative/path"}}).Want(422, "relative/path", "Give its whole path")
		folder := w.T.TempDir()
		w.Must(os.WriteFile(filepath.Join(folder, "garden.yml"), []byte(described), 0o600))
		w.Must(os.WriteFile(filepath.Join(folder, "empty.yml"), nil, 0o600))
		a := s.Post("/lists/new", url.Values{"folder": {folder}}).Want(303)
		at := a.Header.Get("Location")
		found, err := w.Jobs.List(w.T.Context(), jobs.Filter{Kind: catalogue.JobList, Subject: strings.TrimPrefix(at, "/lists/")})
		w.Must(err)
		w.wait(found[0].ID)
		s.Get(at).Want(200, "garden.yml", "empty.yml", "Garden planner", "remark", "refused: 1")
		s.Get("/commons/garden-planner").Want(200, "Its repository has not been read yet: its versions", "Read its repository now")
		w.Site.In("en").Get("/commons/garden-planner").Want(200, "Its repository has not been read yet: its versions").WantNot("Read its repository now")
		s.Get(at+"?outcome=refused").Want(200, "empty.yml").WantNot("garden.yml")
	})
}
