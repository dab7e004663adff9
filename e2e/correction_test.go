//go:build e2e

package e2e

import (
	"strings"
	"testing"
)

// A correction by hand, its history, its undo, and what a later import may not overwrite.
func TestCorrectionAndUndo(t *testing.T) {
	t.Parallel()
	w := parapluie(t, t.TempDir())
	in := newInstance(t)
	session := in.administrator()
	path := in.add(session, w.dir)
	b := newTab(t, in)
	b.signIn(session)
	b.open(path)
	correct(b, in, w)
}

const (
	corrected = "Lends umbrellas, and raincoats for children."
	again     = "Lends umbrellas in every public building."
)

// correct changes the summary of the commons that is open, undoes it, and tries to undo what was changed since.
func correct(b *tab, in *instance, w *work) {
	b.t.Helper()
	path, summary := b.where(), "#f-summary\\.en"
	edit := func(text string) {
		b.t.Helper()
		b.open(path)
		b.follow(`main a[href="` + path + `/edit"]`)
		b.fill(summary, text)
		if status := b.follow("main form[method=post] button"); status != 200 || b.where() != path {
			b.t.Fatalf("after saving: status %d on %s: %.600s", status, b.where(), b.content("main"))
		}
		b.says(".notice.success", say(b.t, "en", "find.edited"))
		b.says("main", text)
	}
	edit(corrected)

	const first = ".history li:first-child"

	// The history says who changed what, from what to what, and gives it back.
	b.open(path + "/history")
	b.says(first, "Ada Admin")
	b.says(first+" .diff ins", "raincoats")
	b.says(first+" .diff del", "town halls and libraries")
	b.follow(first + " form button")
	b.says(".notice.success", say(b.t, "en", "find.undone"))
	b.open(path)
	b.says("main", parapluieSummary)

	// An undo that would take away what somebody wrote since is refused, with both values.
	edit(corrected)
	b.open(path + "/history")
	entry := b.attribute(first+" input[name=entry]", "value")
	edit(again)
	b.open(path + "/history")
	b.says(first+" .diff del", "raincoats")
	if status := b.follow(`.history li:has(input[value="` + entry + `"]) form button`); status != 409 {
		b.t.Errorf("the undo of what changed since answers %d, want 409", status)
	}
	b.says("h1", say(b.t, "en", "find.undo_refused"))
	b.says(".conflict", again)
	b.says(".conflict", parapluieSummary)

	// Where a value comes from is shown: a person now, and the file again after the undo.
	b.open(path + "/edit")
	b.fill("#f-description\\.en", "Umbrellas for all, by everyone.")
	b.follow("main form[method=post] button")
	b.says("main", "Umbrellas for all, by everyone.")
	if source := b.content("main .value-source"); !saidAs(b.t, "en", "find.from_person", "date").MatchString(source) {
		b.t.Errorf("the source of what a person wrote is said to be %q", source)
	}
	b.open(path + "/history")
	b.follow(first + " form button")
	b.open(path)
	b.says("main", "People who are caught by the rain")
	b.says("main .value-source", "publiccode.yml")

	// A later import never overwrites what a person wrote, and brings the rest.
	w.write("publiccode.yml", publicCode("Parapluie libre", "https://forge.example.org/town/parapluie", "Another summary from the file.", parapluieResume, parapluieLicence, "2025-10-01"),
		"Rename it")
	b.open(path)
	b.follow(`form[action="` + path + `/refresh"] button`)
	until(b.t, "the repository was read again", func() (bool, string) {
		b.reopen(path)
		heading, err := tryEval[string](b, `document.querySelector("h1").textContent`)
		return err == nil && strings.Contains(heading, "Parapluie libre"), heading
	})
	b.reopen(path)
	b.says("main", again)
	if strings.Contains(b.content("main"), "Another summary from the file.") {
		b.t.Error("the import overwrote what a person wrote")
	}
	in.verify()
}

// Where two stewards save the same field, the second sees both values and chooses.
func TestTwoStewardsSaveTheSameField(t *testing.T) {
	t.Parallel()
	w := parapluie(t, t.TempDir())
	in := newInstance(t)
	admin := in.administrator()
	path := in.add(admin, w.dir)
	slug := strings.TrimPrefix(path, "/commons/")
	var tabs []*tab
	for _, who := range []struct{ name, email string }{{"Anna", "anna@example.org"}, {"Bela", "bela@example.org"}} {
		session := in.person(admin, who.name, who.email)
		in.must("people", "role", who.email, "steward", "--on", slug)
		b := newTab(t, in)
		b.signIn(session)
		b.open(path + "/edit")
		tabs = append(tabs, b)
	}
	anna, bela := tabs[0], tabs[1]
	const annas, belas, website = "What Anna wrote.", "What Bela wrote.", "https://parapluie.example.org/"
	summary, save := "#f-summary\\.en", "main form[method=post] button"
	anna.fill(summary, annas)
	anna.follow(save)
	anna.says("main", annas)

	bela.fill(summary, belas)
	bela.fill("#f-website", website) // touched by nobody else
	if status := bela.follow(save); status != 409 {
		t.Errorf("the second save answers %d, want 409", status)
	}
	bela.says(".conflict", annas)
	bela.says(".conflict", belas)
	bela.shot("conflict")
	if got := bela.value("#f-website"); got != website {
		t.Errorf("the other field holds %q, what was typed is lost", got)
	}
	// Without a choice it is asked again, and nothing is lost.
	bela.follow(save)
	bela.says(".error-summary", say(t, "en", "find.choose"))
	bela.says(".conflict", belas)
	bela.click(`input[name="choose.summary.en"][value=mine]`)
	if status := bela.follow(save); status != 200 {
		t.Errorf("after the choice: status %d: %.600s", status, bela.content("main"))
	}
	bela.open(path)
	bela.says("main", belas)
	bela.need(`main a[href="` + website + `"]`)
	bela.open(path + "/history")
	bela.says(".history", annas)
	in.verify()
}
