package app_test

import (
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"commun/internal/platform/i18n"
)

// follow sends a form without following the redirect that has to answer it, then opens where it leads. A reload then sends nothing again.
func (i *instance) follow(client *http.Client, lang, path string, form url.Values) answered {
	i.t.Helper()
	still := *client
	still.CheckRedirect = func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
	req, err := http.NewRequestWithContext(i.t.Context(), http.MethodPost, "http://"+i.addr+path, strings.NewReader(form.Encode()))
	if err != nil {
		i.t.Fatal(err)
	}
	req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	req.Header.Set("Accept-Language", lang)
	res, err := still.Do(req)
	if err != nil {
		i.t.Fatal(err)
	}
	_ = res.Body.Close() // a redirect says nothing
	to, err := res.Location()
	if res.StatusCode != http.StatusSeeOther || err != nil {
		i.t.Fatalf("POST %s: %s %v", path, res.Status, err)
	}
	return i.send(client, lang, http.MethodGet, to.Path, nil)
}

// says fails the test unless a page holds every text.
func (i *instance) says(a answered, want ...string) {
	i.t.Helper()
	for _, w := range want {
		if !strings.Contains(a.text, w) {
			i.t.Errorf("%s lacks %q:\n%.6000s", a.at, w, a.text[strings.Index(a.text, "<main"):])
		}
	}
}

// tab is a link between the pages of the admin area, current or not.
func tab(a answered, href string) string {
	found := regexp.MustCompile(`<a href="`+href+`"[^>]*>([^<]*)</a>`).FindAllStringSubmatch(a.text, -1)
	if len(found) == 0 {
		return ""
	}
	return found[0][1]
}

// TestTheAdminAreaSaysHowMuchWaits: each of its pages, those that features answer too, counts the open reports and the names that wait to be
// erased; nothing is counted that was answered, and nothing where nothing waits.
func TestTheAdminAreaSaysHowMuchWaits(t *testing.T) {
	t.Parallel()
	i := newInstance(t)
	i.start()
	admin := i.admin()
	pages := []string{"/admin", "/admin/jobs", "/admin/people", "/admin/forgetting", "/admin/settings", "/admin/hosts", "/reports", "/lists"}
	waits := func(when string, reports, forgetting map[string]string) {
		t.Helper()
		for _, lang := range langs {
			for _, path := range pages {
				a := i.send(admin, lang, http.MethodGet, path, nil)
				if got := tab(a, "/reports"); got != reports[lang] {
					t.Errorf("%s: %s in %s calls the reports %q, want %q", when, path, lang, got, reports[lang])
				}
				if got := tab(a, "/admin/forgetting"); got != forgetting[lang] {
					t.Errorf("%s: %s in %s calls the requests %q, want %q", when, path, lang, got, forgetting[lang])
				}
			}
		}
	}
	noReport, noName := map[string]string{"en": "Reports", "fr": "Signalements"}, map[string]string{"en": "Forgetting", "fr": "Oublis"}
	waits("at first", noReport, noName)

	if _, err := i.add(admin, "Maps of Mauricette"); err != nil {
		t.Fatal(err)
	}
	var list struct{ Items []struct{ ID, Slug string } }
	i.must(admin, http.MethodGet, "/api/commons", nil, &list)
	slug := list.Items[0].Slug
	for range 2 {
		i.follow(i.visitor(), "en", "/commons/"+slug+"/report", url.Values{"reason": {"wrong"}, "words": {"It is a park."}, "contact": {"reader@example.org"}})
	}
	leaver := i.member(admin, "mauricette@example.org")
	i.must(leaver, http.MethodPatch, "/api/me", map[string]any{"name": "Mauricette"}, nil)
	i.must(leaver, http.MethodDelete, "/api/me?sure=true", nil, nil)
	waits("with two reports and a name", map[string]string{"en": "Reports (2)", "fr": "Signalements (2)"}, map[string]string{"en": "Forgetting (1)", "fr": "Oublis (1)"})
	i.says(i.send(admin, "en", http.MethodGet, "/admin", nil), "2 reports wait for an answer.", "1 person who left waits for a name to be erased.")
	i.says(i.send(admin, "fr", http.MethodGet, "/admin", nil), sentence(t, "fr", "admin.warn_reports", i18n.Args{"count": 2}), sentence(t, "fr", "admin.warn_asked", i18n.Args{"count": 1}))

	for range 2 {
		var open struct{ Items []struct{ ID string } }
		i.must(admin, http.MethodGet, "/api/commons/"+slug+"/reports", nil, &open)
		for _, r := range open.Items {
			_ = i.send(admin, "en", http.MethodPost, "/api/reports/"+r.ID+"/answer", map[string]any{"answer": "Mended."}) // the second round: answered already
		}
	}
	var asked struct{ Items []struct{ ID string } }
	i.must(admin, http.MethodGet, "/api/admin/forget-requests", nil, &asked)
	i.says(i.follow(admin, "en", "/admin/forgetting/"+asked.Items[0].ID, url.Values{"answer": {"none"}, "reason": {"a first name"}}), "Your answer was followed.")
	waits("once all was answered", noReport, noName)

	other := i.member(admin, "bob@example.org")
	if a := i.send(other, "en", http.MethodGet, "/admin", nil); a.status != http.StatusForbidden || tab(a, "/admin/forgetting") != "" {
		t.Errorf("a member gets %d and %q", a.status, tab(a, "/admin/forgetting"))
	}
}

// TestWhatIsSavedIsAnsweredByAnotherPage: after a form that went well a reload sends nothing again, and the page says what was done. A link to hand
// over is shown once.
func TestWhatIsSavedIsAnsweredByAnotherPage(t *testing.T) {
	t.Parallel()
	i := newInstance(t)
	i.start()
	admin := i.admin()
	i.member(admin, "bob@example.org")
	if _, err := i.add(admin, "Garden"); err != nil {
		t.Fatal(err)
	}
	i.says(i.follow(admin, "en", "/organisations/new", url.Values{"name": {"Friends of maps"}, "kind": {"association"}}), "Friends of maps")
	role := url.Values{"email": {"bob@example.org"}, "role": {"steward"}}
	for _, path := range []string{"/organisations/friends-of-maps/roles", "/commons/garden/roles"} {
		i.says(i.follow(admin, "en", path, role), "The role was given.", "bob")
		i.says(i.follow(admin, "fr", path, role), "Le rôle est donné.", "bob")
		if a := i.send(admin, "en", http.MethodPost, path, url.Values{"email": {"no address"}, "role": {"steward"}}); a.status != http.StatusUnprocessableEntity || !strings.Contains(a.text, "no address") {
			t.Errorf("%s: a mistake gets %d, and what was typed is lost: %s", path, a.status, a.text)
		}
	}
	a := i.follow(admin, "en", "/admin/people", url.Values{"name": {"Eve"}, "email": {"eve@example.org"}})
	link := regexp.MustCompile(`http://` + regexp.QuoteMeta(i.addr) + `(/sign-in/[0-9a-f]+)`).FindStringSubmatch(a.text)
	if link == nil {
		t.Fatalf("no link is shown: %s", a.text)
	}
	if again := i.send(admin, "en", http.MethodGet, "/admin/people", nil); strings.Contains(again.text, link[1]) {
		t.Error("a link is shown twice")
	}
	i.says(i.follow(i.visitor(), "en", link[1], url.Values{}), "You are signed in.")
	i.says(i.follow(admin, "en", "/account", url.Values{"name": {"Ada"}, "revision": {"1"}}), "Saved.", "Ada")
}

// TestAJobThatIsNoLongerToBeTriedOrCancelled: whoever presses too late is told why nothing was done.
func TestAJobThatIsNoLongerToBeTriedOrCancelled(t *testing.T) {
	t.Parallel()
	i := newInstance(t)
	i.start()
	admin := i.admin()
	done := i.give(admin, smallRepository(t)).Job
	if j := i.outcome(admin, done); j.State != "done" {
		t.Fatalf("%+v", j)
	}
	for _, c := range []struct{ press, key string }{{"retry", "jobs.not_ended"}, {"cancel", "jobs.finished"}} {
		for _, lang := range langs {
			want := sentence(t, lang, c.key, nil)
			i.says(i.follow(admin, lang, "/jobs/"+done+"/"+c.press, url.Values{}), want)
			if a := i.send(admin, lang, http.MethodPost, "/api/jobs/"+done+"/"+c.press, map[string]any{}); a.status != http.StatusConflict || !strings.Contains(a.raw, want) {
				t.Errorf("the interface answers %s with %d %s", c.press, a.status, a.raw)
			}
		}
	}
}

// TestWhatBecameOneAndWhoseWordItIs: the activity page, its feed and the page of an entry name the other commons when two became one; and a
// value that a person repeats is said to be theirs, since the words show no difference.
func TestWhatBecameOneAndWhoseWordItIs(t *testing.T) {
	t.Parallel()
	i := newInstance(t)
	i.start()
	admin := i.admin()
	for _, name := range []string{"Old maps", "Town maps"} {
		if _, err := i.add(admin, name); err != nil {
			t.Fatal(err)
		}
	}
	i.must(admin, http.MethodPost, "/api/commons/old-maps/merge", map[string]any{"into": "town-maps"}, nil)
	for lang, want := range map[string][]string{
		"en": {"“Old maps” was merged into it", "Merged into “Town maps”"},
		"fr": {"«\u00a0Old maps\u00a0» y a été fusionné", "Fusionné dans «\u00a0Town maps\u00a0»"},
	} {
		page := i.send(admin, lang, http.MethodGet, "/activity", nil)
		i.says(page, append(want, `href="/commons/old-maps/history"`, `href="/commons/town-maps"`)...)
		feed := i.send(admin, lang, http.MethodGet, "/activity.atom", nil)
		for _, w := range want {
			if !strings.Contains(feed.raw, w) {
				t.Errorf("the feed lacks %q: %s", w, feed.raw)
			}
		}
		entry := regexp.MustCompile(`href="(/entries/[^"]+)">` + regexp.QuoteMeta(want[0])).FindStringSubmatch(page.text)
		if entry == nil {
			t.Fatal("the entry has no page")
		}
		i.says(i.send(admin, lang, http.MethodGet, entry[1], nil), want[0], sentence(t, lang, "record.other", nil), `href="/commons/old-maps/history"`)
	}

	s := newSource(t)
	file := "publiccodeYmlVersion: \"0.4\"\nname: Stairs\nurl: https://example.org/stairs.git\ndevelopmentStatus: stable\nsoftwareType: standalone/web\n" +
		"platforms: [web]\nlegal: {license: MIT}\nmaintenance: {type: none}\nlocalisation: {localisationReady: false, availableLanguages: [en]}\n" +
		"description: {en: {shortDescription: A way up., longDescription: A way up and down., features: [steps]}}\n"
	if err := os.WriteFile(filepath.Join(s.dir, "publiccode.yml"), []byte(file), 0o600); err != nil {
		t.Fatal(err)
	}
	s.git(nil, "add", ".")
	s.git(nil, "commit", "-q", "-m", "Stairs")
	a := i.give(admin, s.dir)
	if j := i.outcome(admin, a.Job); j.State != "done" {
		t.Fatalf("%+v", j)
	}
	var one struct{ Slug string }
	i.must(admin, http.MethodGet, "/api/commons/"+a.Commons.ID, nil, &one)
	i.must(admin, http.MethodPatch, "/api/commons/"+one.Slug, map[string]any{"fields": map[string]any{"stage": "stable"}}, nil)
	for lang, words := range map[string][]string{"en": {"Stable", "From now on a person says them"}, "fr": {"Stable", "Désormais, une personne les affirme"}} {
		i.says(i.send(admin, lang, http.MethodGet, "/commons/"+one.Slug+"/history", nil), words...)
	}
}
