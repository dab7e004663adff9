package commons_test

import (
	"testing"

	"commun/internal/core/commons"
	"commun/internal/core/coretest"
	"commun/internal/core/journal"
	"commun/internal/core/people"
	"commun/internal/platform/fault"
	"commun/internal/platform/storage"
	"commun/internal/platform/testkit"
)

// garden is a commons with a steward, as a repository's sources describe it.
type garden struct {
	world
	id  string
	ana people.Actor
}

func newGarden(t *testing.T, db *storage.DB) *garden {
	w := world{coretest.New(t, db)}
	ana := w.Member("Ana", "ana@example.org")
	c := w.create(ana, "garden", "example.org/garden")
	return &garden{w, c.ID, w.Again(ana)}
}

// file imports what publiccode.yml says of the stage, and what the licence file is; "" for nothing.
func (g *garden) file(stage, licence string) {
	g.T.Helper()
	in := commons.Imported{Sources: []commons.Source{commons.FromPublicCode, commons.FromRepository}}
	if stage != "" {
		in.Values = append(in.Values, commons.Value{Field: "stage", Source: commons.FromPublicCode, JSON: text(stage), Note: "publiccode.yml:4"})
	}
	if licence != "" {
		in.Values = append(in.Values, commons.Value{Field: "licence", Source: commons.FromRepository, JSON: text(licence), Note: "LICENSE"})
	}
	_, err := g.Commons.Import(g.T.Context(), people.Program("import"), g.id, in, nil)
	g.Must(err)
}

// says sends a value as the API does: because it is meant. "" says that there is none.
func (g *garden) says(field, value string) {
	g.T.Helper()
	v := commons.Value{Field: field}
	if value != "" {
		v.JSON = text(value)
	}
	_, err := g.Commons.Edit(g.T.Context(), g.ana, g.id, commons.Edit{Base: g.now().Revision, Values: []commons.Value{v}, Named: true})
	g.Must(err)
}

func (g *garden) now() commons.Commons { g.T.Helper(); return g.commons(g.ana, g.id) }

// last returns the nth entry from the last, with what it changed.
func (g *garden) last(n int) journal.Recorded {
	g.T.Helper()
	h, err := g.Journal.History(g.T.Context(), journal.Object{Kind: commons.ObjectKind, ID: g.id}, 0)
	g.Must(err)
	return h[n]
}

func (g *garden) undo(entry string) {
	g.T.Helper()
	would, err := g.Commons.Undo(g.T.Context(), g.ana, g.id, entry, nil)
	if err != nil {
		g.T.Fatalf("undo: %v %+v", err, would)
	}
}

func (g *garden) want(rule, field, value string, source commons.Source) {
	g.T.Helper()
	if v, _ := g.now().Best(field, ""); v.Text() != value || v.Source != source {
		g.T.Errorf("%s: %s is %q by %q, want %q by %q", rule, field, v.Text(), v.Source, value, source)
	}
}

func TestWhatAPersonSendsIsAPersonsWordAlsoWhereItEqualsTheFiles(t *testing.T) {
	testkit.EachDB(t, func(t *testing.T, db *storage.DB) {
		g := newGarden(t, db)
		g.file("stable", "")
		g.says("stage", "beta")
		g.says("stage", "stable")
		g.want("after a change and back", "stage", "stable", commons.FromPerson)
		revision := g.now().Revision
		g.says("stage", "stable")
		if g.now().Revision != revision {
			t.Error("sent twice, it made a revision")
		}
		g.file("obsolete", "")
		g.want("after the file's next word", "stage", "stable", commons.FromPerson)
		g.undo(g.last(1).ID) // beta to stable
		g.want("the last word undone", "stage", "beta", commons.FromPerson)
		g.undo(g.last(3).ID) // the first word
		g.want("all words undone", "stage", "obsolete", commons.FromPublicCode)

		// equal at once, without a change before
		g.says("stage", "obsolete")
		g.want("said at once", "stage", "obsolete", commons.FromPerson)
		g.undo(g.last(0).ID)
		g.want("and undone", "stage", "obsolete", commons.FromPublicCode)

		// none is a word too
		g.says("stage", "")
		g.file("beta", "")
		g.want("a person says that there is none", "stage", "", "")
		g.WantWhole()
	})
}

func TestAFormFieldLeftAloneIsNobodysWord(t *testing.T) {
	testkit.EachDB(t, func(t *testing.T, db *storage.DB) {
		g := newGarden(t, db)
		g.file("stable", "MIT")
		form := func(stage, licence string) {
			t.Helper()
			values := []commons.Value{{Field: "stage", JSON: text(stage)}, {Field: "licence", JSON: text(licence)}}
			_, err := g.Commons.Edit(t.Context(), g.ana, g.id, commons.Edit{Base: g.now().Revision, Values: values})
			g.Must(err)
		}
		form("beta", "MIT")
		g.want("left alone", "licence", "MIT", commons.FromRepository)
		form("stable", "MIT")
		g.want("changed in the form, back to what the file says", "stage", "stable", commons.FromPerson)
		g.file("obsolete", "ISC")
		g.want("left alone, then changed by the file", "licence", "ISC", commons.FromRepository)
		g.want("written, then changed by the file", "stage", "stable", commons.FromPerson)
	})
}

// B changes two fields in a form that Z overtakes, twice. What B has chosen stays chosen, unless Z changes that field again.
func TestAChoiceOnceMadeStaysMade(t *testing.T) {
	testkit.EachDB(t, func(t *testing.T, db *storage.DB) {
		g := newGarden(t, db)
		base := g.now().Revision
		b := commons.Edit{Base: base, Values: []commons.Value{{Field: "website", JSON: text("https://b.example.org")}, {Field: "stage", JSON: text("stable")}},
			Choices: map[string]commons.Chosen{}}
		send := func(rule string, want ...string) {
			t.Helper()
			clashes, err := g.Commons.Edit(t.Context(), g.ana, g.id, b)
			var fields []string
			for _, x := range clashes {
				fields = append(fields, x.Field)
			}
			if len(fields) != len(want) || (len(want) > 0) != (fault.KindOf(err) == fault.ConflictKind) || len(want) == 0 && err != nil {
				t.Fatalf("%s: clashes in %v (%v), want %v", rule, fields, err, want)
			}
			for i := range want {
				if fields[i] != want[i] {
					t.Fatalf("%s: clashes in %v, want %v", rule, fields, want)
				}
			}
		}
		choose := func(field string, take commons.Take) {
			b.Choices[field] = commons.Chosen{Seen: g.now().Revision, Take: take}
		}
		g.says("website", "https://z.example.org")
		send("Z was first", "website")
		choose("website", commons.TakeNone)
		send("nothing is chosen", "website")
		seen := g.now().Revision
		g.says("stage", "beta")
		send("both are open", "website", "stage")
		b.Choices["website"] = commons.Chosen{Seen: seen, Take: commons.TakeMine}
		send("one is chosen", "stage")
		choose("stage", commons.TakeNone)
		g.says("kind", "data")
		b.Choices["stage"] = commons.Chosen{Seen: b.Choices["stage"].Seen, Take: commons.TakeTheirs}
		g.says("stage", "concept")
		send("what was chosen for changed again", "stage")
		if g.want("nothing is stored by halves", "website", "https://z.example.org", commons.FromPerson); t.Failed() {
			return
		}
		choose("stage", commons.TakeMine)
		send("both are chosen")
		g.want("chosen first", "website", "https://b.example.org", commons.FromPerson)
		g.want("chosen last", "stage", "stable", commons.FromPerson)
		g.WantWhole()
	})
}

func TestAConflictShowsWhatStandsWhoeverSaysIt(t *testing.T) {
	testkit.EachDB(t, func(t *testing.T, db *storage.DB) {
		g := newGarden(t, db)
		g.file("stable", "MIT")
		g.says("stage", "beta")
		first := g.last(0).ID
		g.undo(first)
		g.file("obsolete", "MIT")
		g.undo(first) // it is undone already: nothing to do, and no conflict
		g.says("stage", "beta")
		g.says("stage", "concept")
		second, third := g.last(1).ID, g.last(0).ID
		g.undo(third)
		g.undo(second)
		would, err := g.Commons.Undo(t.Context(), g.ana, g.id, third, nil)
		if fault.KindOf(err) != fault.ConflictKind || len(would.Clashes) != 1 {
			t.Fatalf("got %+v %v", would, err)
		}
		x := would.Clashes[0]
		if string(x.Theirs) != `"obsolete"` || x.Stands.Source != commons.FromPublicCode || string(x.Mine) != `"beta"` {
			t.Errorf("what stands is %s by %s, and would be %s", x.Theirs, x.Stands.Source, x.Mine)
		}
		// the licence file's word stood before a publiccode.yml that names another
		in := commons.Imported{Sources: []commons.Source{commons.FromPublicCode}, Values: []commons.Value{
			{Field: "licence", Source: commons.FromPublicCode, JSON: text("ISC")}, {Field: "stage", Source: commons.FromPublicCode, JSON: text("obsolete")}}}
		_, err = g.Commons.Import(t.Context(), people.Program("import"), g.id, in, nil)
		g.Must(err)
		for _, ch := range g.last(0).Edit().Changes {
			if ch.Field == "licence" && (string(ch.Was()) != `"MIT"` || ch.WasFrom() != string(commons.FromRepository)) {
				t.Errorf("before, it was %s by %q", ch.Was(), ch.WasFrom())
			}
		}
	})
}

func TestAnUndoneImportStaysAwayUntilTheSourceSaysSomethingElse(t *testing.T) {
	testkit.EachDB(t, func(t *testing.T, db *storage.DB) {
		g := newGarden(t, db)
		g.file("beta", "")
		g.file("stable", "MIT")
		g.undo(g.last(0).ID)
		undo := g.last(0)
		g.want("it is as before", "stage", "beta", commons.UndonePublicCode)
		g.want("there was none before", "licence", "", "")
		for _, v := range g.now().Values {
			if v.Source.Takes() != "" && v.UndoneAt() != undo.Revision {
				t.Errorf("%s was taken back at revision %d, not %d", v.Field, undo.Revision, v.UndoneAt())
			}
		}
		for _, ch := range undo.Edit().Changes {
			if ch.Field == "stage" && (string(ch.Was()) != `"stable"` || string(ch.Is()) != `"beta"`) {
				t.Errorf("the entry says %s → %s", ch.Was(), ch.Is())
			}
			if ch.Field == "licence" && (string(ch.Was()) != `"MIT"` || string(ch.Is()) != "null") {
				t.Errorf("the entry says %s → %s", ch.Was(), ch.Is())
			}
		}
		revision := g.now().Revision
		g.file("stable", "MIT")
		if g.now().Revision != revision {
			t.Error("the same word again made a revision")
		}
		g.want("the same word again", "stage", "beta", commons.UndonePublicCode)
		g.file("obsolete", "MIT")
		g.want("another word", "stage", "obsolete", commons.FromPublicCode)
		g.want("the same word beside it", "licence", "", "")
		g.undo(undo.ID)
		g.want("taken again", "licence", "MIT", commons.FromRepository)
		g.want("what the file said itself meanwhile stays", "stage", "obsolete", commons.FromPublicCode)
		g.WantWhole()
	})
}

// What is held back are the words of one source: a person's stay, and so do those of the other source.
func TestUndoingAnImportLeavesTheWordsOfOthers(t *testing.T) {
	testkit.EachDB(t, func(t *testing.T, db *storage.DB) {
		g := newGarden(t, db)
		g.file("", "MIT")
		g.says("stage", "concept")
		in := commons.Imported{Sources: []commons.Source{commons.FromPublicCode}, Values: []commons.Value{
			{Field: "licence", Source: commons.FromPublicCode, JSON: text("ISC")}, {Field: "stage", Source: commons.FromPublicCode, JSON: text("stable")}}}
		_, err := g.Commons.Import(t.Context(), people.Program("import"), g.id, in, nil)
		g.Must(err)
		g.undo(g.last(0).ID)
		g.want("a person's word", "stage", "concept", commons.FromPerson)
		g.want("the licence file's word", "licence", "MIT", commons.FromRepository)
		for _, ch := range g.last(0).Edit().Changes {
			if ch.Field == "licence" && (string(ch.Was()) != `"ISC"` || string(ch.Is()) != `"MIT"` || ch.IsFrom() != string(commons.FromRepository)) {
				t.Errorf("the entry says %s → %s by %s", ch.Was(), ch.Is(), ch.IsFrom())
			}
		}
		// the file's next word is shown; undone, it is as before, which was the licence file's
		in.Values[0].JSON = text("Zlib")
		again := func() string {
			t.Helper()
			_, err = g.Commons.Import(t.Context(), people.Program("import"), g.id, in, nil)
			g.Must(err)
			return g.last(0).ID
		}
		zlib := again()
		g.want("the next word", "licence", "Zlib", commons.FromPublicCode)
		g.undo(zlib)
		g.want("the next word undone", "licence", "MIT", commons.FromRepository)
		// imports in a row are undone in a row
		in.Values[0].JSON = text("0BSD")
		first := again()
		in.Values[0].JSON = text("BSL-1.0")
		g.undo(again())
		g.want("the second undone", "licence", "0BSD", commons.UndonePublicCode)
		g.undo(first)
		g.want("both undone", "licence", "MIT", commons.FromRepository)
		g.undo(g.last(0).ID)
		g.want("shown again", "licence", "BSL-1.0", commons.FromPublicCode)
		g.undo(g.last(0).ID)
		g.want("and held back again", "licence", "MIT", commons.FromRepository)
		g.WantWhole()
	})
}
