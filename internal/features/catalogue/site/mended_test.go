package site_test

import (
	"fmt"
	"net/http/httptest"
	"net/url"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/chromedp"

	"commun/internal/core/commons"
	"commun/internal/core/people"
	"commun/internal/platform/storage"
	"commun/internal/platform/testkit"
	"commun/internal/web/webtest"
)

// sources of the name and of the summary, as the head of a commons' page says them.
func TestTheNameAndTheSummarySayWhereTheyComeFrom(t *testing.T) {
	each(t, func(w *world) {
		admin := w.Admin()
		c := w.add(repository(w.T, map[string]string{"publiccode.yml": described, "README.md": "# Garden\n"}))
		at := "/commons/" + c.Slug
		w.Site.In("en").Get(at).Want(200, `<div class="value-source">Source of this page, unless another is named: publiccode.yml</div>`).
			WantNot(">Source: publiccode.yml<")
		w.Site.In("fr").Get(at).Want(200, "Source de cette page, sauf autre mention : publiccode.yml")
		admin = w.Again(admin)
		w.as(admin).Post(at+"/edit", url.Values{"revision": {fmt.Sprint(c.Revision)}, "lang": {"en", "fr", "it"}, "summary.fr": {"Dessine les jardins"}}).WantRedirect(at + "#saved")
		w.Site.In("fr").Get(at).Want(200, "Source du nom : publiccode.yml. Du résumé : une personne, le ")
		w.hand(admin, "Orchard", "")
		w.Site.In("en").Get("/commons/orchard").Want(200, "Source of the name: a person, ")
	})
}

// revision is that of a commons, by its slug.
func (w *world) revision(slug string) int64 {
	w.T.Helper()
	c, err := w.Commons.BySlug(w.T.Context(), people.Program("test"), slug)
	w.Must(err)
	return c.Revision
}

// breton is a README in a language that the import does not know.
const breton = "# Kartennoù\n\nKartennoù frank evit an holl, savet asambles gant tud ar vro.\n"

func TestAPersonSaysTheLanguageOfAText(t *testing.T) {
	each(t, func(w *world) {
		admin := w.Again(w.Admin())
		c := w.add(repository(w.T, map[string]string{"README.md": breton}))
		at, s := "/commons/"+c.Slug, w.as(admin)
		folded := "<summary>Read its repository’s text, in a language that we could not tell</summary>"
		s.Get(at).Want(200, "In a language that we could not tell", "Say in which language this text is", at+"/edit#f-text_language").WantNot(folded)
		w.Site.In("en").Get(at).Want(200).WantNot("Say in which language")
		s.Get(at+"/edit").Want(200, `name="text_language"`, "Language of these texts")
		send := func(change url.Values) {
			w.T.Helper()
			form := url.Values{"revision": {fmt.Sprint(w.get(c.ID).Revision)}, "lang": {"en", "fr", "und"}}
			for k, x := range change {
				form[k] = x
			}
			s.Post(at+"/edit", form).WantRedirect(at + "#saved")
		}
		// a person's summary in the reader's language stands before a text that nobody may be able to read
		send(url.Values{"summary.en": {"Free maps for everyone"}})
		s.Get(at).Want(200, "Free maps for everyone", folded)
		w.Site.In("fr").Get(at).Want(200).WantNot("<summary>Lire le texte de son dépôt")
		s.Post(at+"/edit", url.Values{"revision": {"1"}, "lang": {"en"}, "text_language": {"Klingonish"}}).Want(422, "Klingonish", "is no language")
		send(url.Values{"text_language": {"Breton"}})
		s.Get(at).Want(200, `lang="br"`, "In Breton").WantNot("could not tell", "Say in which language")
		s.Get(at+"/edit").Want(200, "Texts whose language a person told", `value="Breton"`, `name="description.br"`)
		job, err := w.Cat.Refresh(w.T.Context(), admin, c.ID)
		w.Must(err)
		w.wait(job)
		if v, ok := w.get(c.ID).Best("description", "br"); !ok || v.Source != commons.FromRepository {
			w.T.Errorf("after the next import its description in Breton is %+v", v)
		}
	})
}

func TestAFileThatIsTooLargeIsNotSaidToBeAbsent(t *testing.T) {
	each(t, func(w *world) {
		for _, x := range []struct{ rule, file, says string }{
			{"too large", described + strings.Repeat("# much\n", 200_000), "It has a publiccode.yml, too large to be read here (limit: 1"},
			{"no YAML", "name: [\n", "It has a publiccode.yml, but nothing could be read in it"},
			{"with errors", described, "Its publiccode.yml has errors"},
			{"none", "", "It has no publiccode.yml"},
		} {
			files := map[string]string{"README.md": "# " + x.rule + "\n\nA program that has its file, which is another matter.\n"}
			if x.file != "" {
				files["publiccode.yml"] = x.file
			}
			c := w.add(repository(w.T, files))
			a := w.Site.In("en").Get("/commons/"+c.Slug).Want(200, x.says)
			if x.file != "" {
				a.WantNot("It has no publiccode.yml")
			}
		}
	})
}

func TestTheFocusIsOnTheAnswer(t *testing.T) {
	each(t, func(w *world) {
		by := people.Program("test")
		w.hand(by, "Garden", "Plans gardens")
		w.hand(by, "Park", "Plans parks")
		w.indexed()
		w.Site.Get("/").Want(200, `action="/commons#results"`)
		w.Site.Get("/commons?q=garden").Want(200, `<h1 id="results" tabindex="-1" dir="auto">One commons for “garden”</h1>`,
			`role="status" data-announce="One commons for “garden”"`, `action="/commons#results"`)
		lou := w.Again(w.Member("Lou", "lou@example.org"))
		w.hand(lou, "Orchard", "")
		s := w.as(w.Again(lou))
		save := func(summary string) {
			form := url.Values{"revision": {fmt.Sprint(w.revision("orchard"))}, "lang": {"en"}, "summary.en": {summary}}
			s.Post("/commons/orchard/edit", form).WantRedirect("/commons/orchard#saved")
		}
		save("Apples")
		s.Get("/commons/orchard").Want(200, `id="saved" tabindex="-1"`, "Your corrections are saved")
		save("Pears")
		s.Get("/commons/nowhere").Want(404).WantNot("Your corrections are saved") // what went well before is no answer to what goes wrong now
	})
}

func TestAFormShowsNoCharacterThatActsOnThePage(t *testing.T) {
	each(t, func(w *world) {
		admin := w.Again(w.Admin())
		s := w.as(admin)
		for _, x := range []struct{ path, name string }{{"/commons/new/by-hand", "name"}, {"/commons/new/by-hand", "website"}} {
			a := s.Post(x.path, url.Values{"name": {"Garden"}, x.name: {"moc.live\u202Emunmoc\x1b[31m"}, "summary.en": {"Words that stay"}}).
				Want(422, "moc.livemunmoc[31m", "Words that stay", `href="#f-`+x.name+`"`)
			if strings.ContainsAny(a.Body, "\u202E\x1b") {
				w.T.Errorf("%s: %s is shown with what it hides", x.path, x.name)
			}
		}
		w.hand(admin, "Garden", "Words")
		a := s.Post("/commons/garden/publiccode", url.Values{"lang": {"en"}, "description.en.shortDescription": {"a\u202Eb"}, "intendedAudience.countries": {"Atl\u202Eantis"}}).Want(422, "ab")
		if strings.ContainsAny(a.Body, "\u202E") {
			w.T.Error("the form for a file shows a character that turns the text")
		}
	})
}

func TestTheLastStewardIsAskedBeforeLeaving(t *testing.T) {
	each(t, func(w *world) {
		lou, kim := w.Member("Lou", "lou@example.org"), w.Member("Kim", "kim@example.org")
		c := w.hand(lou, "Garden", "Words")
		lou = w.Again(lou)
		s := w.as(lou)
		role := url.Values{"person": {lou.Person}, "role": {"steward"}}
		path := "/commons/garden/roles/revoke"
		s.Post(path, role).Want(200, "Stop taking care of Garden?", "You are the last steward", `name="sure" value="yes"`)
		s.Get(path+"?"+role.Encode()).Want(200, "Stop taking care of Garden?")
		w.as(kim).Get(path + "?" + role.Encode()).Want(403)
		w.Must(w.People.Grant(w.T.Context(), lou, c.ID, kim.Person, people.Contributor))
		other := url.Values{"person": {kim.Person}, "role": {"contributor"}}
		s.Get("/commons/garden/manage").Want(200, `name="person" value="`+kim.Person+`"`)
		s.Post(path, other).WantRedirect("/commons/garden/manage#saved") // nothing follows of it that need be asked
		s.Post(path, other).Want(404, "This role is no longer held")
		role.Set("sure", "yes")
		s.Post(path, role).WantRedirect("/commons/garden#saved")
		w.as(w.Again(lou)).Get("/commons/garden/manage").Want(403)
	})
}

func TestAnUndoSaysWhatItTookBack(t *testing.T) {
	each(t, func(w *world) {
		lou := w.Member("Lou", "lou@example.org")
		c := w.hand(lou, "Garden", "First words")
		lou = w.Again(lou)
		s := w.as(lou)
		s.Post("/commons/garden/edit", url.Values{"revision": {fmt.Sprint(c.Revision)}, "lang": {"en"}, "summary.en": {"Other words"}}).WantRedirect("/commons/garden#saved")
		entry := regexp.MustCompile(`name="entry" value="([^"]+)"`)
		for range 3 { // the correction, the undo, the undo of the undo
			m := entry.FindStringSubmatch(s.Get("/commons/garden/history").Want(200, "Changed: Summary (English)").Body)
			if m == nil {
				w.T.Fatal("nothing can be undone")
			}
			s.Post("/commons/garden/undo", url.Values{"entry": {m[1]}}).WantRedirect("/commons/garden/history#saved")
		}
		s.Get("/commons/garden/history").Want(200, "Revision 2 undone (Corrected)", "Revision 3 undone (Correction undone)", "Revision 4 undone (Correction undone)",
			"revision 5, Lou")
	})
}

func TestCategoriesAreInTheReadersLanguage(t *testing.T) {
	each(t, func(w *world) {
		w.hand(people.Program("test"), "Garden", "Words")
		w.Site.In("fr").Get("/commons/garden/publiccode").Want(200, "Prise de rendez-vous", `value="appointment-scheduling"`).WantNot(">appointment-scheduling<")
	})
}

// In a real browser: an answer takes the focus or is said, and a jump to a field shows its label, with the script and without.
func TestAnswersAreFoundInABrowser(t *testing.T) {
	b := webtest.OpenBrowser(t)
	w := open(t, testkit.Open(t, storage.Options{Path: filepath.Join(t.TempDir(), "commun.db")}))
	set, err := w.Instance.Settings(t.Context())
	w.Must(err)
	set.Adding = commons.AnyoneAdds
	w.Must(w.Instance.Edit(t.Context(), w.Admin(), set))
	w.hand(people.Program("test"), "Garden", "Plans gardens")
	w.indexed()
	ts := httptest.NewServer(w.Site.Router)
	defer ts.Close()
	b.Size(390, 700)
	wait := func(what string) {
		t.Helper()
		// a page that is left ends the poll that ran in it: the next one runs in the new page
		for end := time.Now().Add(time.Minute); time.Now().Before(end); {
			if ok, err := chromedp.Run(b.Context(), chromedp.Poll[bool](what)); err == nil && ok {
				return
			}
		}
		t.Fatalf("never true: %s", what)
	}
	b.Go(ts.URL + "/")
	webtest.Eval[bool](b, `(document.querySelector("main input[name=q]").value = "garden", document.querySelector("main form button").click(), true)`)
	wait(`location.hash === "#results" && document.activeElement.matches("h1#results")`)
	b.Go(ts.URL + "/commons?q=garden")
	wait(`document.querySelector("[data-announce]").textContent.includes("garden")`)

	b.Go(ts.URL + "/commons/new/by-hand")
	webtest.Eval[bool](b, `(document.querySelector("#f-website").value = "nowhere", document.querySelector("main form button.primary").click(), true)`)
	wait(`document.activeElement.matches("#errors")`)
	seen := `(() => { const top = document.querySelector("label[for=f-website]").getBoundingClientRect().top;
		return document.activeElement.id === "f-website" && top >= 0 && top < innerHeight; })()`
	webtest.Eval[bool](b, `(document.querySelector(".error-summary a[href='#f-website']").click(), true)`)
	wait(seen)
	webtest.Eval[bool](b, `(document.activeElement.blur(), scrollTo(0, 0), history.replaceState(null, "", location.pathname), location.hash = "#f-website", true)`) // as without the script
	wait(seen)
}
