package commons_test

import (
	"encoding/json"
	"errors"
	"slices"
	"strings"
	"testing"

	"commun/internal/core/commons"
	"commun/internal/core/coretest"
	"commun/internal/core/journal"
	"commun/internal/core/people"
	"commun/internal/platform/fault"
	"commun/internal/platform/storage"
	"commun/internal/platform/testkit"
)

func text(s string) json.RawMessage { b, _ := json.Marshal(s); return b }

func home(key string) commons.Home { return commons.Home{Key: key, Address: "https://" + key} }

// said is what a repository's publiccode.yml says in these tests.
func said(name, licence string) commons.Imported {
	return commons.Imported{Sources: []commons.Source{commons.FromPublicCode}, Values: []commons.Value{
		{Field: "name", Source: commons.FromPublicCode, JSON: text(name), Note: "publiccode.yml:2"},
		{Field: "licence", Source: commons.FromPublicCode, JSON: text(licence)},
	}}
}

type world struct{ *coretest.World }

func (w world) commons(by people.Actor, id string) commons.Commons {
	w.T.Helper()
	c, err := w.Commons.ByID(w.T.Context(), by, id)
	w.Must(err)
	return c
}

func (w world) create(by people.Actor, name, key string) commons.Commons {
	w.T.Helper()
	c, _, err := w.Commons.Create(w.T.Context(), by, commons.Draft{Name: name, Home: home(key)}, nil)
	w.Must(err)
	return c
}

func TestOneRepositoryIsOneCommons(t *testing.T) {
	testkit.EachDB(t, func(t *testing.T, db *storage.DB) {
		w := world{coretest.New(t, db)}
		ana := w.Member("Ana", "ana@example.org")
		ids := make([]string, 4)
		fresh := make([]bool, 4)
		errs := testkit.TogetherEach(4, func(i int) error {
			c, existed, err := w.Commons.Create(t.Context(), ana, commons.Draft{Name: "uMap", Home: home("github.com/umap-project/umap")}, nil)
			ids[i], fresh[i] = c.ID, !existed
			return err
		})
		created := 0
		for i, err := range errs {
			// on PostgreSQL two at once may meet: then the later says so, and finds it at the next try
			if err != nil && fault.KindOf(err) != fault.ConflictKind {
				t.Fatal(err)
			}
			if err == nil && fresh[i] {
				created++
			}
		}
		if created != 1 {
			t.Fatalf("%d were created: %v", created, errs)
		}
		w.WantWhole()
	})
}

func TestAnImportNeverOverwritesAPerson(t *testing.T) {
	testkit.EachDB(t, func(t *testing.T, db *storage.DB) {
		w := world{coretest.New(t, db)}
		ctx := t.Context()
		ana := w.Member("Ana", "ana@example.org")
		c := w.create(ana, "umap", "github.com/umap-project/umap")
		ana = w.Again(ana)
		changed, err := w.Commons.Import(ctx, people.Program("import"), c.ID, said("uMap", "AGPL-3.0-only"), nil)
		w.Must(err)
		if !changed {
			t.Fatal("the first import changed nothing")
		}
		c = w.commons(ana, c.ID)
		_, err = w.Commons.Edit(ctx, ana, c.ID, commons.Edit{Base: c.Revision, Values: []commons.Value{{Field: "name", JSON: text("uMap, cartes libres")}}})
		w.Must(err)
		before := w.commons(ana, c.ID)
		for range 2 {
			if changed, err = w.Commons.Import(ctx, people.Program("import"), c.ID, said("uMap", "AGPL-3.0-only"), nil); err != nil || changed {
				t.Fatalf("the same import again: %v %v", changed, err)
			}
		}
		if after := w.commons(ana, c.ID); after.Revision != before.Revision {
			t.Fatal("an import without news wrote an entry")
		}
		_, err = w.Commons.Import(ctx, people.Program("import"), c.ID, said("uMap 3", "AGPL-3.0-or-later"), nil)
		w.Must(err)
		c = w.commons(ana, c.ID)
		licence, _ := c.Best("licence", "")
		if c.Name() != "uMap, cartes libres" || licence.Text() != "AGPL-3.0-or-later" {
			t.Fatalf("got %q under %q", c.Name(), licence.Text())
		}
		// a person who says what the file says has said it: the file's next word does not change it
		_, err = w.Commons.Edit(ctx, ana, c.ID, commons.Edit{Base: c.Revision, Values: []commons.Value{{Field: "name", JSON: text("uMap 3")}}})
		w.Must(err)
		_, err = w.Commons.Import(ctx, people.Program("import"), c.ID, said("uMap 4", "AGPL-3.0-or-later"), nil)
		w.Must(err)
		if c = w.commons(ana, c.ID); c.Name() != "uMap 3" {
			t.Fatalf("an import made of what a person wrote %q", c.Name())
		}
		// emptying the name gives back what the file says
		_, err = w.Commons.Edit(ctx, ana, c.ID, commons.Edit{Base: c.Revision, Values: []commons.Value{{Field: "name"}}})
		w.Must(err)
		if c = w.commons(ana, c.ID); c.Name() != "uMap 4" {
			t.Fatalf("without a name of its own it is called %q", c.Name())
		}
		w.WantWhole()
	})
}

// A README whose language could not be told: a person tells it, once, for this import and for those that follow.
func TestAPersonTellsTheLanguageOfATextThatAnImportCouldNot(t *testing.T) {
	testkit.EachDB(t, func(t *testing.T, db *storage.DB) {
		w := world{coretest.New(t, db)}
		ctx, program := t.Context(), people.Program("import")
		ana := w.Member("Ana", "ana@example.org")
		c := w.create(ana, "kartenn", "github.com/kartenn/kartenn")
		ana = w.Again(ana)
		readme := func(s string) commons.Imported {
			return commons.Imported{Sources: []commons.Source{commons.FromRepository}, Values: []commons.Value{
				{Field: "description", Lang: commons.Undetermined, Source: commons.FromRepository, JSON: text(s), Note: "README.md"}}}
		}
		say := func(values ...commons.Value) {
			t.Helper()
			now := w.commons(ana, c.ID)
			_, err := w.Commons.Edit(ctx, ana, c.ID, commons.Edit{Base: now.Revision, Values: values})
			w.Must(err)
		}
		want := func(rule, lang, value string) {
			t.Helper()
			now := w.commons(ana, c.ID)
			if got, _ := now.Best("description", lang); got.Text() != value || value != "" && got.Lang != lang {
				t.Errorf("%s: in %s it is %q (%s), want %q", rule, lang, got.Text(), got.Lang, value)
			}
		}
		_, err := w.Commons.Import(ctx, program, c.ID, readme("Kartennoù evit an holl"), nil)
		w.Must(err)
		want("until a person tells it", commons.Undetermined, "Kartennoù evit an holl")
		say(commons.Value{Field: commons.TextLanguage, JSON: text("br")})
		want("told", "br", "Kartennoù evit an holl")
		want("told", commons.Undetermined, "")
		if langs := w.commons(ana, c.ID).Langs("description"); !slices.Equal(langs, []string{"br"}) {
			t.Errorf("its languages are %v", langs)
		}
		_, err = w.Commons.Import(ctx, program, c.ID, readme("Kartennoù frank"), nil)
		w.Must(err)
		want("after the next import", "br", "Kartennoù frank")
		say(commons.Value{Field: "description", Lang: "br", JSON: text("Va c’homzoù")})
		want("a person's own text", "br", "Va c’homzoù")
		say(commons.Value{Field: "description", Lang: "br"})
		want("a person says that there is none", "br", "")
		h, err := w.Journal.History(ctx, journal.Object{Kind: commons.ObjectKind, ID: c.ID}, 0)
		w.Must(err)
		for _, e := range h[:2] {
			_, err = w.Commons.Undo(ctx, ana, c.ID, e.ID, nil)
			w.Must(err)
		}
		want("both undone", "br", "Kartennoù frank")
		say(commons.Value{Field: commons.TextLanguage})
		want("told no longer", commons.Undetermined, "Kartennoù frank")
		w.WantWhole()
	})
}

func TestTwoStewardsAtOnce(t *testing.T) {
	testkit.EachDB(t, func(t *testing.T, db *storage.DB) {
		w := world{coretest.New(t, db)}
		ctx := t.Context()
		ana, bob := w.Member("Ana", "ana@example.org"), w.Member("Bob", "bob@example.org")
		c := w.create(ana, "umap", "github.com/umap-project/umap")
		ana = w.Again(ana)
		w.Must(w.People.Grant(ctx, ana, c.ID, bob.Person, people.Steward))
		bob = w.Again(bob)
		form := func(name, stage string) commons.Edit {
			return commons.Edit{Base: c.Revision, Values: []commons.Value{{Field: "name", JSON: text(name)}, {Field: "stage", JSON: text(stage)}}}
		}
		_, err := w.Commons.Edit(ctx, ana, c.ID, form("uMap", "stable"))
		w.Must(err)
		// Bob's form was made before Ana saved: the stage is the same wish, the name is not
		clashes, err := w.Commons.Edit(ctx, bob, c.ID, form("Umap!", "stable"))
		if !errors.Is(err, fault.Conflict("name", commons.ClashKey)) || len(clashes) != 1 {
			t.Fatalf("got %+v %v", clashes, err)
		}
		if string(clashes[0].Theirs) != `"uMap"` || string(clashes[0].Mine) != `"Umap!"` {
			t.Fatalf("both values must be shown: %+v", clashes[0])
		}
		if w.commons(bob, c.ID).Name() != "uMap" {
			t.Fatal("the second overwrote the first")
		}
		// another field of the same old form is saved without a clash
		_, err = w.Commons.Edit(ctx, bob, c.ID, commons.Edit{Base: c.Revision, Values: []commons.Value{{Field: "website", JSON: text("https://umap-project.org")}}})
		w.Must(err)
		// having seen both, Bob chooses
		again := form("Umap!", "stable")
		again.Base = w.commons(bob, c.ID).Revision
		_, err = w.Commons.Edit(ctx, bob, c.ID, again)
		w.Must(err)
		w.WantWhole()
	})
}

func TestUndoIsANewEntryAndRefusedWhenTheFieldMovedOn(t *testing.T) {
	testkit.EachDB(t, func(t *testing.T, db *storage.DB) {
		w := world{coretest.New(t, db)}
		ctx := t.Context()
		ana := w.Member("Ana", "ana@example.org")
		c := w.create(ana, "umap", "github.com/umap-project/umap")
		ana = w.Again(ana)
		set := func(name string) string {
			w.T.Helper()
			now := w.commons(ana, c.ID)
			_, err := w.Commons.Edit(ctx, ana, c.ID, commons.Edit{Base: now.Revision, Values: []commons.Value{{Field: "name", JSON: text(name)}}})
			w.Must(err)
			h, err := w.Journal.History(ctx, journal.Object{Kind: commons.ObjectKind, ID: c.ID}, 0)
			w.Must(err)
			return h[0].ID
		}
		first := set("One")
		second := set("Two")
		would, err := w.Commons.Undo(ctx, ana, c.ID, first, nil)
		if fault.KindOf(err) != fault.ConflictKind || len(would.Clashes) != 1 || string(would.Clashes[0].Theirs) != `"Two"` {
			t.Fatalf("got %+v %v", would, err)
		}
		_, err = w.Commons.Undo(ctx, ana, c.ID, second, nil)
		w.Must(err)
		if got := w.commons(ana, c.ID).Name(); got != "One" {
			t.Fatalf("got %q", got)
		}
		if _, err = w.Commons.Undo(ctx, people.Actor{}, c.ID, first, nil); fault.KindOf(err) != fault.DeniedKind {
			t.Fatalf("a visitor undoes: %v", err)
		}
		_, err = w.Commons.Undo(ctx, ana, c.ID, first, nil)
		w.Must(err)
		if got := w.commons(ana, c.ID).Name(); got != c.Slug {
			t.Fatalf("got %q", got)
		}
		w.WantWhole()
	})
}

// TestAnUndoOfSeveralFieldsIsChosenFieldByField: those that still stand go back, those that changed since are shown with both values, and nothing is
// stored before each is chosen.
func TestAnUndoOfSeveralFieldsIsChosenFieldByField(t *testing.T) {
	testkit.EachDB(t, func(t *testing.T, db *storage.DB) {
		w := world{coretest.New(t, db)}
		ctx := t.Context()
		ana := w.Member("Ana", "ana@example.org")
		c := w.create(ana, "umap", "github.com/umap-project/umap")
		ana = w.Again(ana)
		set := func(fields ...string) string { // pairs of a field and its text
			w.T.Helper()
			e := commons.Edit{Base: w.commons(ana, c.ID).Revision}
			for i := 0; i < len(fields); i += 2 {
				e.Values = append(e.Values, commons.Value{Field: fields[i], JSON: text(fields[i+1])})
			}
			_, err := w.Commons.Edit(ctx, ana, c.ID, e)
			w.Must(err)
			h, err := w.Journal.History(ctx, journal.Object{Kind: commons.ObjectKind, ID: c.ID}, 0)
			w.Must(err)
			return h[0].ID
		}
		want := func(when string, fields ...string) {
			w.T.Helper()
			now := w.commons(ana, c.ID)
			for i := 0; i < len(fields); i += 2 {
				if v, _ := now.Best(fields[i], ""); v.Text() != fields[i+1] {
					w.T.Errorf("%s: %s is %q, want %q", when, fields[i], v.Text(), fields[i+1])
				}
			}
		}
		set("name", "One", "stage", "beta", "licence", "MIT")
		three := set("name", "Two", "stage", "stable", "licence", "ISC")
		set("name", "Three")
		set("stage", "obsolete")
		before := w.commons(ana, c.ID).Revision
		would, err := w.Commons.Undo(ctx, ana, c.ID, three, nil)
		if fault.KindOf(err) != fault.ConflictKind || len(would.Clashes) != 2 || len(would.Stands) != 1 || would.Stands[0].Field != "licence" {
			t.Fatalf("got %+v %v", would, err)
		}
		for _, x := range would.Clashes {
			if both := string(x.Theirs) + string(x.Mine); both != `"Three""One"` && both != `"obsolete""beta"` || x.Revision != before {
				t.Errorf("%s: both values are %s, at revision %d", x.Field, both, x.Revision)
			}
		}
		want("before a choice nothing goes", "name", "Three", "stage", "obsolete", "licence", "ISC")
		// one choice is missing, and one was made of what has changed once more
		chosen := map[string]commons.Chosen{"name": {Seen: before, Take: commons.TakeMine}, "stage": {Seen: before}}
		if would, err = w.Commons.Undo(ctx, ana, c.ID, three, chosen); fault.KindOf(err) != fault.ConflictKind || len(would.Clashes) != 1 || would.Clashes[0].Field != "stage" {
			t.Fatalf("got %+v %v", would, err)
		}
		set("name", "Four")
		chosen["stage"] = commons.Chosen{Seen: before, Take: commons.TakeTheirs}
		if would, err = w.Commons.Undo(ctx, ana, c.ID, three, chosen); fault.KindOf(err) != fault.ConflictKind || len(would.Clashes) != 1 || string(would.Clashes[0].Theirs) != `"Four"` {
			t.Fatalf("got %+v %v", would, err)
		}
		chosen["name"] = commons.Chosen{Seen: would.Clashes[0].Revision, Take: commons.TakeMine}
		_, err = w.Commons.Undo(ctx, ana, c.ID, three, chosen)
		w.Must(err)
		want("as chosen, field by field", "name", "One", "stage", "obsolete", "licence", "MIT")
		h, err := w.Journal.History(ctx, journal.Object{Kind: commons.ObjectKind, ID: c.ID}, 0)
		w.Must(err)
		if e := h[0].Edit(); e.Undoes != three || len(e.Changes) != 2 {
			t.Errorf("the undo is one entry: %+v", e)
		}
		// that undo is an entry like others
		_, err = w.Commons.Undo(ctx, ana, c.ID, h[0].ID, nil)
		w.Must(err)
		want("the undo undone", "name", "Four", "stage", "obsolete", "licence", "ISC")
		w.WantWhole()
	})
}

func TestTheInstanceDecidesWhoMayAdd(t *testing.T) {
	testkit.EachDB(t, func(t *testing.T, db *storage.DB) {
		w := world{coretest.New(t, db)}
		ctx := t.Context()
		admin, ana := w.Admin(), w.Member("Ana", "ana@example.org")
		add := func(by people.Actor, key string) (commons.Commons, error) {
			c, _, err := w.Commons.Create(ctx, by, commons.Draft{Name: key, Home: home(key)}, nil)
			return c, err
		}
		policy := func(p commons.Policy) {
			set, err := w.Instance.Settings(ctx)
			w.Must(err)
			set.Adding = p
			w.Must(w.Instance.Edit(ctx, admin, set))
		}
		if _, err := add(people.Actor{}, "a"); !errors.Is(err, fault.Denied("people.sign_in_first")) {
			t.Fatalf("members add: %v", err)
		}
		policy(commons.AnyoneAdds)
		if _, err := add(people.Actor{}, "b"); err != nil {
			t.Fatal(err)
		}
		policy(commons.ApprovalAdds)
		c, err := add(ana, "c")
		w.Must(err)
		if _, err := w.Commons.BySlug(ctx, people.Actor{}, c.Slug); !errors.Is(err, fault.Missing("commons.no_such_commons")) {
			t.Fatalf("a proposal is seen by all: %v", err)
		}
		testkit.WantErr(t, w.Commons.Approve(ctx, w.Again(ana), c.ID), fault.Denied("people.not_allowed"))
		w.Must(w.Commons.Approve(ctx, admin, c.ID))
		if _, err := w.Commons.BySlug(ctx, people.Actor{}, c.Slug); err != nil {
			t.Fatal(err)
		}
		w.WantWhole()
	})
}

func TestAMergedCommonsLeadsOn(t *testing.T) {
	testkit.EachDB(t, func(t *testing.T, db *storage.DB) {
		w := world{coretest.New(t, db)}
		ctx := t.Context()
		admin := w.Admin()
		a, b := w.create(admin, "umap", "github.com/umap-project/umap"), w.create(admin, "umap old", "framagit.org/umap/umap")
		w.Must(w.Commons.Merge(ctx, admin, b.ID, a.ID))
		got, err := w.Commons.ByHome(ctx, admin, "framagit.org/umap/umap")
		w.Must(err)
		if got.ID != a.ID || w.commons(admin, b.ID).MergedInto != a.ID {
			t.Fatalf("got %+v", got)
		}
		testkit.WantErr(t, w.Commons.Merge(ctx, admin, b.ID, a.ID), fault.Conflict("into", "commons.wrong_state"))
		w.Must(w.Commons.Archive(ctx, admin, a.ID, "replaced"))
		w.Must(w.Commons.Reopen(ctx, admin, a.ID))
		w.WantWhole()
	})
}

func TestAForgottenNameLeavesEveryField(t *testing.T) {
	testkit.EachDB(t, func(t *testing.T, db *storage.DB) {
		w := world{coretest.New(t, db)}
		ctx := t.Context()
		admin, eve := w.Admin(), w.Member("Eve Markerson", "eve.marker@example.org")
		c := w.create(eve, "map", "example.org/map")
		in := commons.Imported{Sources: []commons.Source{commons.FromPublicCode}, Values: []commons.Value{
			{Field: "publiccode", Source: commons.FromPublicCode, JSON: text("name: map\ncontacts: Eve MARKERSON <eve.marker@example.org>\n")},
			{Field: "maintainers", Source: commons.FromPublicCode, JSON: json.RawMessage(`[{"name":"Eve Markerson"}]`)},
		}}
		_, err := w.Commons.Import(ctx, people.Program("import"), c.ID, in, nil)
		w.Must(err)
		w.Forget(admin, eve, "Eve Markerson")
		if v, has := w.commons(admin, c.ID).Best("maintainers", ""); has {
			t.Fatalf("somebody without a name is left: %s", v.JSON)
		}
		all, err := json.Marshal(w.commons(admin, c.ID))
		w.Must(err)
		if strings.Contains(strings.ToLower(string(all)), "marker") {
			t.Fatalf("still there: %s", all)
		}
		w.WantWhole()
	})
}

func TestClean(t *testing.T) {
	for _, c := range []struct {
		rule, field string
		value       any
		want        string // JSON, or the key of the fault
	}{
		{"blanks around and inside are one", "name", "  u \t Map ", `"u Map"`},
		{"an empty text is no value", "name", "  ", ``},
		{"a name has at most 200 characters", "name", strings.Repeat("é", 201), "commons.too_long"},
		{"a name may have 200", "name", strings.Repeat("é", 200), `"` + strings.Repeat("é", 200) + `"`},
		{"text of another direction is text", "name", "مرحبا", `"مرحبا"`},
		{"characters that turn the direction are refused", "name", "a\u202Eb", "commons.control_characters"},
		{"a text of which nothing is seen is refused", "name", "\u200b", "commons.control_characters"},
		{"letters that are drawn empty are not seen", "summary", "\u2800 \u3164\u00ad", "commons.control_characters"},
		{"an emoji of several parts is seen", "name", "👩\u200d🌾", "\"👩\u200d🌾\""},
		{"letters that a mark joins are seen", "name", "می\u200cخواهم", "\"می\u200cخواهم\""},
		{"markup is text", "name", "<script>", `"\u003cscript\u003e"`},
		{"a broken encoding is refused", "name", "a\xff", "commons.not_readable"},
		{"a kind is one of the list", "kind", "novel", "commons.not_an_option"},
		{"a country is a code", "countries", []string{"fr", "FR", "IT"}, `["FR","IT"]`},
		{"no country has that code", "countries", []string{"france"}, "commons.not_a_country"},
		{"a language is a BCP 47 tag", "languages", []string{"FR", "pt-br"}, `["fr","pt-BR"]`},
		{"the language of a text is told without its region", "text_language", "fr-CA", `"fr"`},
		{"the undetermined language tells nothing", "text_language", "und", "commons.not_a_language"},
		{"a script address is refused", "website", "javascript:alert(1)", "commons.not_an_address"},
		{"an address with a password is refused", "website", "https://a:b@example.org", "commons.not_an_address"},
		{"a day is written year first", "released", "01/02/2026", "commons.not_a_day"},
		{"parties lose what is empty", "stewards", []commons.Party{{Name: " "}, {Name: "ANCT"}}, `[{"name":"ANCT"}]`},
	} {
		t.Run(c.rule, func(t *testing.T) {
			f, ok := commons.FieldByName(c.field)
			if !ok {
				t.Fatal("no such field")
			}
			got, err := f.Clean(c.field, c.value)
			if err != nil {
				if l := fault.Of(err); len(l) != 1 || l[0].Key != c.want {
					t.Fatalf("got %v, want %s", err, c.want)
				}
				return
			}
			if string(got) != c.want {
				t.Fatalf("got %s, want %s", got, c.want)
			}
		})
	}
}
