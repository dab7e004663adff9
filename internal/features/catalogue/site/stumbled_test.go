package site_test

import (
	"fmt"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"commun/internal/core/commons"
	"commun/internal/core/journal"
	"commun/internal/core/people"
)

func TestEachOriginHasItsOwnTrueSentence(t *testing.T) {
	each(t, func(w *world) {
		by, admin := people.Program("test"), w.Again(w.Admin())
		hand := w.hand(by, "Orchard", "Apples")
		read := w.add(repository(w.T, map[string]string{"README.md": "# Garden\n\nPlans the gardens of a whole town.\n"}))
		dir := w.T.TempDir()
		file := described
		for _, gone := range []string{"organisation:", "usedBy:", "intendedAudience:", "maintenance:", "  type:", "  contacts:"} {
			head, rest, _ := strings.Cut(file, "\n"+gone)
			_, tail, _ := strings.Cut(rest, "\n")
			file = head + "\n" + tail
		}
		w.Must(os.WriteFile(filepath.Join(dir, "town__garden.yml"), []byte(file), 0o644))
		_, job, err := w.Cat.ImportFolder(w.T.Context(), admin, "a folder", os.DirFS(dir), false)
		w.Must(err)
		w.wait(job)
		never := "repository does not say who answers"
		for _, x := range []struct {
			origin, slug string
			says         []string
			not          string
		}{
			{"no repository", hand.Slug, []string{"it has no repository to ask", "Which organisations use it is not known here"}, never},
			{"read", read.Slug, []string{"Its repository does not say who answers for it"}, "has not been read"},
			{"a file of a list", "garden-planner", []string{"The file that describes it, town__garden.yml, does not say", "What is shown comes from a file given in a list, town__garden.yml"}, never},
		} {
			w.Site.In("en").Get("/commons/"+x.slug).Want(200, x.says...).WantNot(x.not)
		}
		w.Site.In("en").Get("/commons/orchard/contributions").Want(200, "What is known of it was given when it was added").WantNot("read from its repository")
		w.Site.In("fr").Get("/commons/garden-planner/contributions").Want(200, "vient d’un fichier donné dans une liste, town__garden.yml")
	})
}

func TestEachValueSaysOnceWhereItIsWritten(t *testing.T) {
	each(t, func(w *world) {
		c := w.add(repository(w.T, map[string]string{"publiccode.yml": described}))
		body := w.Site.In("en").Get("/commons/"+c.Slug).Want(200, "Where each value is written").Body
		_, list, _ := strings.Cut(body, "Where each value is written")
		if n := strings.Count(list, "publiccode.yml, line 2<"); n != 1 {
			w.T.Errorf("the line of the name stands %d times", n)
		}
	})
}

func TestWhatIsUndoneIsNotUndoneTwice(t *testing.T) {
	each(t, func(w *world) {
		lou := w.Member("Lou", "lou@example.org")
		c := w.hand(lou, "Orchard", "Apples")
		s, at := w.as(w.Again(lou)), "/commons/orchard"
		s.Post(at+"/edit", url.Values{"revision": {fmt.Sprint(c.Revision)}, "lang": {"en"}, "summary.en": {"Pears"}, "territories": {"The valley"}}).WantRedirect(at + "#saved")
		entries, err := w.Journal.History(w.T.Context(), journal.Object{Kind: commons.ObjectKind, ID: c.ID}, 0)
		w.Must(err)
		edit := entries[0].ID
		undo := `name="entry" value="` + edit + `"`
		s.Get(at+"/history").Want(200, undo).WantNot("Already undone")
		s.Post(at+"/undo", url.Values{"entry": {edit}}).WantRedirect(at + "/history#saved")
		s.Get(at+"/history").Want(200, "Already undone").WantNot(undo)
		s.Post(at+"/undo", url.Values{"entry": {edit}}).WantRedirect(at + "/history#saved") // from a page that was open before
	})
}

func TestAMergeShowsBothAndSaysWhomToAsk(t *testing.T) {
	each(t, func(w *world) {
		lou, kim := w.Member("Lou", "lou@example.org"), w.Member("Kim", "kim@example.org")
		mine, theirs := w.hand(lou, "Orchard", "Apples"), w.hand(kim, "Orchard", "Pears")
		also := w.hand(lou, "Orchard", "Plums")
		w.indexed()
		s, at := w.as(w.Again(lou)), "/commons/"+mine.Slug
		s.Get(at+"/merge?q=orchard").Want(200, "You do not take care of this entry", "/commons/"+theirs.Slug+"/write", "/commons/"+also.Slug)
		s.Get(at+"/merge?into="+theirs.ID).Want(200, "Write to Kim", "Pears", ">/commons/"+theirs.Slug+"<").WantNot(`name="into"`)
		s.Post(at+"/merge", url.Values{"into": {theirs.ID}}).WantRedirect(at + "/merge?into=" + theirs.ID)
		s.Get(at+"/merge?into="+also.ID).Want(200, "This one goes", "This one stays", "Apples", "Plums", `name="into"`, ">/commons/"+also.Slug+"<")
		s.Post(at+"/merge", url.Values{"into": {also.ID}}).Want(303)
		s.Get("/commons/"+also.Slug+"/history").Want(200, "“Orchard” was merged into it", `href="`+at+`/history">History of the other one, Orchard`)
	})
}

func TestTextsUnderAWrongLanguageAreMoved(t *testing.T) {
	each(t, func(w *world) {
		c := w.add(repository(w.T, map[string]string{"publiccode.yml": described}))
		admin := w.Again(w.Admin())
		s, at := w.as(admin), "/commons/"+c.Slug
		s.Get(at+"/edit").Want(200, `name="really.it"`, "Are these texts not in Italian?")
		form := url.Values{"revision": {fmt.Sprint(w.get(c.ID).Revision)}, "lang": {"en", "fr", "it"}, "summary.it": {"Pianifica i giardini"}, "really.it": {"Frnech"}}
		s.Post(at+"/edit", form).Want(422, "Did you mean French?", "Pianifica i giardini")
		form.Set("really.it", "Spanish")
		s.Post(at+"/edit", form).WantRedirect(at + "#saved")
		if v, ok := w.get(c.ID).Best("summary", "es"); !ok || v.Text() != "Pianifica i giardini" {
			w.T.Errorf("the summary in Spanish is %+v", v)
		}
		if v, ok := w.get(c.ID).Best("summary", "it"); ok {
			w.T.Errorf("there is one in Italian still: %+v", v)
		}
	})
}

func TestErrorsFollowTheFormAndGuess(t *testing.T) {
	each(t, func(w *world) {
		c := w.hand(people.Program("test"), "Orchard", "Apples")
		s, at := w.as(w.Again(w.Admin())), "/commons/orchard"
		a := s.Post(at+"/edit", url.Values{"revision": {fmt.Sprint(c.Revision)}, "lang": {"en"}, "languages": {"Bretn"}, "countries": {"Frnace"}, "website": {"nowhere"},
			"licence": {"nothing such"}}).Want(422, "Did you mean Breton?", "Did you mean France?")
		before, last := -1, "" // of the error before
		for _, name := range []string{"licence", "website", "countries", "languages"} {
			i := strings.Index(a.Body, `href="#f-`+name+`"`)
			if i < before {
				w.T.Errorf("the error of %s stands before that of %s", name, last)
			}
			before, last = i, name
		}
		withdrawn := "SPDX has withdrawn GPL-3.0, which does not say whether later versions are allowed. Its authors choose between GPL-3.0-only and GPL-3.0-or-later."
		s.Post(at+"/edit", url.Values{"revision": {fmt.Sprint(c.Revision)}, "lang": {"en"}, "licence": {"GPL-3.0"}, "website": {"nowhere"}}).Want(422, withdrawn)
		file := url.Values{"lang": {"en", "fr"}, "legal.license": {"GPL-3.0"}, "description.fr.longDescription": {"Trop court"}}
		s.Post(at+"/publiccode", file).Want(422, withdrawn, "Or empty it: this text may be left out.")
	})
}

func TestTheListSaysWhoUsesItAndIsNarrowedByCategory(t *testing.T) {
	each(t, func(w *world) {
		w.add(repository(w.T, map[string]string{"publiccode.yml": strings.Replace(described, "legal:", "categories: [government, agile-project-management]\nlegal:", 1)}))
		w.hand(people.Program("test"), "Orchard", "Apples")
		w.Site.In("fr").Get("/commons").Want(200, "Utilisé par 2 organismes")
		w.Site.In("en").Get("/commons/garden-planner").Want(200, `href="/commons?category=government">Government</a>,`, `href="/commons?category=agile-project-management"`)
		w.Site.In("en").Get("/commons?category=government").Want(200, "One commons: Government", "Garden planner").WantNot("Orchard")
	})
}
