package site_test

import (
	"fmt"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"commun/internal/core/commons"
	"commun/internal/core/journal"
)

// Two stewards: what the one has chosen stays chosen while the other goes on saving.
func TestTheFormRemembersWhatWasChosen(t *testing.T) {
	each(t, func(w *world) {
		lou := w.Again(w.Member("Lou", "lou@example.org"))
		w.hand(lou, "Orchard", "Apples")
		s := w.as(w.Again(lou))
		at, base := "/commons/orchard", w.revision("orchard")
		z := func(field, value string) {
			form := url.Values{"revision": {fmt.Sprint(w.revision("orchard"))}, "lang": {"en"}, field: {value}}
			s.Post(at+"/edit", form).WantRedirect(at + "#saved")
		}
		b := url.Values{"revision": {fmt.Sprint(base)}, "lang": {"en"}, "summary.en": {"Apples by B"}, "stage": {"stable"}}
		// conflict sends B's form and fills it with what the answer asks: the fields that met, and when they were seen
		conflict := func(want ...string) {
			w.T.Helper()
			a := s.Post(at+"/edit", b).Want(409)
			var met []string
			b.Del("clash")
			for _, m := range regexp.MustCompile(`name="seen\.([a-z.]+)" value="(\d+)"`).FindAllStringSubmatch(a.Body, -1) {
				met = append(met, m[1])
				b.Add("clash", m[1])
				b.Set("seen."+m[1], m[2])
			}
			if strings.Join(met, " ") != strings.Join(want, " ") {
				w.T.Fatalf("the form asks about %v, want %v", met, want)
			}
			for name := range b {
				if field, ok := strings.CutPrefix(name, "choose."); ok && !regexp.MustCompile(`value="mine"[^>]*checked|checked[^>]*value="mine"`).MatchString(a.Body) {
					w.T.Errorf("the choice for %s is forgotten", field)
				}
			}
		}
		z("summary.en", "Apples by Z")
		conflict("summary.en")
		b.Set("choose.summary.en", "mine")
		z("stage", "beta")
		conflict("summary.en", "stage")
		b.Set("choose.stage", "mine")
		s.Post(at+"/edit", b).WantRedirect(at + "#saved")
		s.Get(at).Want(200, "Apples by B", "Stable")
	})
}

// tell changes what the publiccode.yml of a repository says, as a commit.
func tell(t *testing.T, address, from, to string) {
	t.Helper()
	dir := strings.TrimPrefix(address, "file://")
	p := filepath.Join(dir, "publiccode.yml")
	raw, err := os.ReadFile(p)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(p, []byte(strings.Replace(string(raw), from, to, 1)), 0o644); err != nil {
		t.Fatal(err)
	}
	out, err := exec.Command("git", "-C", dir, "-c", "user.name=A", "-c", "user.email=a@example.org", "commit", "-qam", "tell").CombinedOutput()
	if err != nil {
		t.Fatalf("%v %s", err, out)
	}
}

func TestAnUpdateThatWasTakenOutIsSaidAndOffered(t *testing.T) {
	each(t, func(w *world) {
		admin := w.Admin()
		address := repository(w.T, map[string]string{"publiccode.yml": described, "README.md": "# Garden\n"})
		c := w.add(address)
		at, s := "/commons/"+c.Slug, w.as(w.Again(admin))
		refresh := func() {
			w.T.Helper()
			job, err := w.Cat.Refresh(w.T.Context(), w.Again(admin), c.ID)
			w.Must(err)
			w.wait(job)
		}
		last := func() string {
			h, err := w.Journal.History(w.T.Context(), journal.Object{Kind: commons.ObjectKind, ID: c.ID}, 0)
			w.Must(err)
			return h[0].ID
		}
		s.Post(at+"/undo", url.Values{"entry": {last()}}).WantRedirect(at + "/history#saved")
		c = w.get(c.ID)
		at = "/commons/" + c.Slug
		says := []string{"An update was taken out by Ada Admin on ", "Stage", "until it says something else", "One version of it was released"}
		s.Get(at).Want(200, append(says, "Show it again")...).WantNot("It has not released a version")
		w.Site.In("fr").Get(at).Want(200, "Une mise à jour a été annulée par Ada Admin le ", "1 version a été publiée").WantNot("Le montrer à nouveau", "Aucune version")
		refresh()
		s.Get(at).Want(200, says...)
		tell(w.T, address, "developmentStatus: stable", "developmentStatus: obsolete")
		refresh()
		s.Get(at).Want(200, "No longer kept up", "An update was taken out by")
		undo := regexp.MustCompile(`name="entry" value="([^"]+)"`).FindStringSubmatch(s.Get(at).Body)
		s.Post(at+"/undo", url.Values{"entry": {undo[1]}}).WantRedirect(at + "/history#saved")
		s.Get(at).Want(200, "Garden planner", "No longer kept up", "version, 2.4").WantNot("was taken out")
		w.WantWhole()
	})
}

func TestALicenceIsStoredAsSPDXWritesItToday(t *testing.T) {
	each(t, func(w *world) {
		lou := w.Again(w.Member("Lou", "lou@example.org"))
		w.hand(lou, "Orchard", "")
		s := w.as(w.Again(lou))
		for typed, stored := range map[string]string{"mit": "MIT", "GPL-2.0": "GPL-2.0-only", "gpl-3.0+ or mit": "GPL-3.0-or-later OR MIT"} {
			form := url.Values{"revision": {fmt.Sprint(w.revision("orchard"))}, "lang": {"en"}, "licence": {typed}}
			s.Post("/commons/orchard/edit", form).WantRedirect("/commons/orchard#saved")
			s.Get("/commons/orchard").Want(200, "under "+stored)
		}
		s.Post("/commons/orchard/edit", url.Values{"revision": {"1"}, "lang": {"en"}, "name": {"\u200b"}}).Want(422, "characters that cannot be seen")
	})
}
