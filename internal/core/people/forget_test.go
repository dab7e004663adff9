package people_test

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

// town is a small world with things that others wrote.
type town struct {
	*coretest.World
	admin, bob people.Actor
	map_       commons.Commons
	org        people.Organisation
}

func newTown(t *testing.T, db *storage.DB) town {
	t.Helper()
	w := town{World: coretest.New(t, db)}
	w.admin, w.bob = w.Admin(), w.Member("Bob", "bob@example.org")
	w.People.OnForget(w.Instance.Eraser())
	w.map_ = w.commons(w.bob, "Open maps", "All that is open, by the Open Data office")
	var err error
	w.org, err = w.People.CreateOrganisation(t.Context(), w.bob, "Ville Open", people.PublicBody, "https://open.example.org")
	w.Must(err)
	set, err := w.Instance.Settings(t.Context())
	w.Must(err)
	set.About = map[string]string{"en": "We are open."}
	w.Must(w.Instance.Edit(t.Context(), w.admin, set))
	return w
}

// commons makes a commons by hand.
func (w town) commons(by people.Actor, name, summary string) commons.Commons {
	w.T.Helper()
	c, _, err := w.Commons.Create(w.T.Context(), by, commons.Draft{Name: name, Values: []commons.Value{
		{Field: "name", Source: commons.FromPerson, JSON: quoted(name)}, {Field: "summary", Lang: "en", Source: commons.FromPerson, JSON: quoted(summary)}}}, nil)
	w.Must(err)
	return c
}

func quoted(s string) json.RawMessage { b, _ := json.Marshal(s); return b }

func (w town) summary(id string) string {
	w.T.Helper()
	c, err := w.Commons.ByID(w.T.Context(), w.admin, id)
	w.Must(err)
	v, _ := c.Best("summary", "en")
	return v.Text()
}

// state is what everything holds but the accounts, the record's own tables and the requests.
func (w town) state() string {
	w.T.Helper()
	all := ""
	for _, table := range []string{"commons", "commons_values", "organisations", "settings"} {
		all += dump(w.T, w.DB, table)
	}
	var bodies []string
	rows, err := w.DB.Query(w.T.Context(), `SELECT COALESCE(body, '-') FROM journal_entries WHERE author_person IN ($1, $2) ORDER BY id`, w.admin.Person, w.bob.Person)
	w.Must(err)
	defer rows.Close()
	for rows.Next() {
		var b string
		w.Must(rows.Scan(&b))
		bodies = append(bodies, b)
	}
	w.Must(rows.Err())
	return all + strings.Join(bodies, "\n")
}

func (w town) open() []people.Asked {
	w.T.Helper()
	list, err := w.People.Requests(w.T.Context(), w.admin, true)
	w.Must(err)
	return list
}

// nothingLeft fails the test when a text is in any table.
func (w town) nothingLeft(text string) {
	w.T.Helper()
	for _, table := range []string{"persons", "journal_entries", "journal_states", "sign_in_links", "sessions", "roles", "jobs", "forgotten_marks", "forget_requests",
		"commons", "commons_values", "organisations", "settings"} {
		if got := strings.ToLower(dump(w.T, w.DB, table)); strings.Contains(got, text) {
			w.T.Errorf("%s still holds %q: %s", table, text, got)
		}
	}
}

// TestNobodyErasesAWordByBeingCalledByIt: she calls herself "Open" and leaves. Nothing of others changes until an administrator says yes, and
// nothing at all when that is no.
func TestNobodyErasesAWordByBeingCalledByIt(t *testing.T) {
	testkit.EachDB(t, func(t *testing.T, db *storage.DB) {
		w := newTown(t, db)
		ctx := t.Context()
		vera := w.Member("Open", "vera@example.org")
		before := w.state()
		if _, err := w.People.Forget(ctx, vera, vera.Person, []string{"Open"}); fault.KindOf(err) != fault.DeniedKind {
			t.Fatalf("she said yes herself: %v", err)
		}
		if asked := w.Forget(vera, vera); asked != 1 {
			t.Fatalf("%d names wait", asked)
		}
		if after := w.state(); after != before {
			t.Fatalf("forgetting her changed what others wrote:\n%s\n%s", before, after)
		}
		p, err := w.People.Person(ctx, w.admin, vera.Person)
		w.Must(err)
		if !p.Forgotten || p.Name != "" || p.Email != "" {
			t.Fatalf("the account is open: %+v", p)
		}
		gone, err := w.People.Forgotten(ctx)
		w.Must(err)
		if gone("Open") || !gone("vera@example.org") || !gone(people.Beside("Open", "VERA@example.org")) {
			t.Fatal("a later import must leave out the address and the name beside it, and nothing else")
		}
		var jobs int
		w.Must(db.QueryRow(ctx, `SELECT COUNT(*) FROM jobs WHERE kind = $1 AND person_id = $2`, people.AskedMail, w.admin.Person).Scan(&jobs))
		if jobs != 1 {
			t.Errorf("%d letters to the administrator", jobs)
		}

		list := w.open()
		if len(list) != 1 || list[0].Name != "Open" || list[0].Person != vera.Person {
			t.Fatalf("requests: %+v", list)
		}
		for _, by := range []people.Actor{{}, w.bob} {
			_, _, err := w.People.Request(ctx, by, list[0].ID)
			if fault.KindOf(err) != fault.DeniedKind || fault.KindOf(w.People.Answer(ctx, by, list[0].ID, people.Answer{Outcome: people.AllGone})) != fault.DeniedKind {
				t.Fatalf("a request is not theirs to see: %v", err)
			}
		}
		_, waits, err := w.People.Request(ctx, w.admin, list[0].ID)
		w.Must(err)
		var things []string
		for _, x := range waits {
			things = append(things, x.Object.Kind)
			if x.Count < 1 || len(x.Places) == 0 || !strings.EqualFold(x.Places[0].Name, "open") {
				t.Errorf("no place is shown: %+v", x)
			}
		}
		if !slices.Equal(things, []string{"commons", "organisation", "settings"}) {
			t.Fatalf("it would change %v", things)
		}

		no := people.Answer{Outcome: people.Refused, Reason: "Open is a word."}
		testkit.WantErr(t, w.People.Answer(ctx, w.admin, list[0].ID, people.Answer{Outcome: people.Refused}), fault.Invalid("reason", "people.asked_reason"))
		w.Must(w.People.Answer(ctx, w.admin, list[0].ID, no))
		if err := w.People.Answer(ctx, w.admin, list[0].ID, no); !errors.Is(err, fault.Conflict("answer", "people.asked_answered")) {
			t.Errorf("answered twice: %v", err)
		}
		if after := w.state(); !strings.HasPrefix(after, before) { // the answer's own entry came behind it
			t.Fatal("a no changed what others wrote")
		}
		if got := dump(t, db, "forget_requests"); strings.Contains(strings.ToLower(got), "open") || !strings.Contains(got, "… is a word.") {
			t.Errorf("the answered request holds the name, or no reason: %s", got)
		}
		w.WantWhole()
	})
}

// TestANameGoesEverywhereOnceAnAdministratorSaysYes, from other requests for it too.
func TestANameGoesEverywhereOnceAnAdministratorSaysYes(t *testing.T) {
	testkit.EachDB(t, func(t *testing.T, db *storage.DB) {
		w := newTown(t, db)
		ctx := t.Context()
		c := w.commons(w.bob, "Trees", "Kept by Zyrkonia Quill, thanks to ZYRKÔNIA-QUILL. No Zyrkonia Quillfeather.")
		first, second := w.Member("Zyrkonia Quill", "zq@example.org"), w.Member("zyrkonia  quill", "other@example.org")
		if w.Forget(first, first) != 1 || w.Forget(second, second) != 1 || len(w.open()) != 2 {
			t.Fatalf("requests: %+v", w.open())
		}
		w.Must(w.People.Answer(ctx, w.admin, w.open()[0].ID, people.Answer{Outcome: people.AllGone}))
		if got := w.summary(c.ID); got != "Kept by …, thanks to …. No Zyrkonia Quillfeather." {
			t.Fatalf("the summary is %q", got)
		}
		if len(w.open()) != 0 {
			t.Errorf("the same name still waits: %+v", w.open())
		}
		w.nothingLeft("zyrkonia quill\"")
		w.nothingLeft("zyrkonia quill,")
		gone, err := w.People.Forgotten(ctx)
		w.Must(err)
		if !gone("Zyrkonia Quill") || !gone("Zyrkônia-Quill") || gone("Zyrkonia Quillfeather") {
			t.Error("a later import would bring the name back, or leave out another")
		}
		w.WantWhole()
	})
}

func TestAYesMayBeForSomeThings(t *testing.T) {
	testkit.EachDB(t, func(t *testing.T, db *storage.DB) {
		w := newTown(t, db)
		ctx := t.Context()
		vera := w.Member("Open Data", "vera@example.org")
		trees := w.commons(w.bob, "Trees", "Ask Open Data about trees.")
		w.Forget(vera, vera)
		id := w.open()[0].ID
		testkit.WantErr(t, w.People.Answer(ctx, w.admin, id, people.Answer{Outcome: people.Partly}), fault.Invalid("things", "people.asked_choose"))
		w.Must(w.People.Answer(ctx, w.admin, id, people.Answer{Outcome: people.Partly, Things: []journal.Object{{Kind: "commons", ID: trees.ID}}}))
		if w.summary(trees.ID) != "Ask … about trees." || w.summary(w.map_.ID) != "All that is open, by the Open Data office" {
			t.Fatalf("got %q, %q", w.summary(trees.ID), w.summary(w.map_.ID))
		}
		here, err := w.People.ForgottenIn(ctx, trees.ID)
		w.Must(err)
		there, err := w.People.ForgottenIn(ctx, w.map_.ID)
		w.Must(err)
		if !here("open data") || there("open data") {
			t.Error("an import is to leave the name out of what was chosen, and of nothing else")
		}
		if got := dump(t, db, "forget_requests"); strings.Contains(got, "Open") {
			t.Errorf("the answered request holds the name: %s", got)
		}
		w.WantWhole()
	})
}

// TestWhatIsBoundToAPersonGoesAtOnce: the address, the name beside it, what she wrote herself, and what nobody else has written.
func TestWhatIsBoundToAPersonGoesAtOnce(t *testing.T) {
	testkit.EachDB(t, func(t *testing.T, db *storage.DB) {
		w := newTown(t, db)
		ctx := t.Context()
		eve := w.Member("Eve Marker", "eve@example.org")
		own := w.commons(eve, "Benches of Eve Marker", "Where to sit, by Eve Marker.")
		_, err := w.People.CreateOrganisation(ctx, eve, "Eve Marker and friends", people.Association, "")
		w.Must(err)
		shared := w.commons(w.bob, "Fountains", "Where to drink")
		w.Must(w.People.Grant(ctx, w.Again(w.bob), shared.ID, eve.Person, people.Contributor))
		eve = w.Again(eve)
		edit := func(by people.Actor, field, lang, text string) {
			t.Helper()
			c, err := w.Commons.ByID(ctx, w.admin, shared.ID)
			w.Must(err)
			_, err = w.Commons.Edit(ctx, w.Again(by), shared.ID, commons.Edit{Base: c.Revision, Values: []commons.Value{{Field: field, Lang: lang, JSON: quoted(text)}}})
			w.Must(err)
		}
		edit(eve, "summary", "en", "Where to drink, says Eve Marker")
		edit(eve, "summary", "en", "Where to drink, says Eve Marker!") // it is still she who brought her name
		edit(w.bob, "description", "en", "By Eve Marker <eve@example.org>. Not Joëve@example.org, nor eve@example.org.uk.")
		_, err = w.Commons.Import(ctx, people.Program("import"), shared.ID, commons.Imported{Sources: []commons.Source{commons.FromPublicCode}, Values: []commons.Value{
			{Field: "publiccode", Source: commons.FromPublicCode, JSON: quoted("name: Fountains\nmaintenance:\n  contacts:\n    - name: E. Marker-Quill\n      email: Eve@Example.org\n      phone: \"+33123456789\"\n    - name: Bob\n      email: bob@example.org\n")},
			{Field: "maintainers", Source: commons.FromPublicCode, JSON: json.RawMessage(`[{"name":"E. Marker-Quill"},{"name":"Bob"}]`)},
		}}, nil)
		w.Must(err)
		if asked := w.Forget(eve, eve); asked != 0 {
			t.Fatalf("%d names wait: %+v", asked, w.open())
		}
		w.nothingLeft("eve marker")
		w.nothingLeft("quill")
		w.nothingLeft("+33123456789")
		w.nothingLeft(" eve@example.org ")
		c, err := w.Commons.ByID(ctx, w.admin, shared.ID)
		w.Must(err)
		if v, _ := c.Best("description", "en"); v.Text() != "By … <…>. Not Joëve@example.org, nor eve@example.org.uk." {
			t.Errorf("the description is %q", v.Text())
		}
		if v, _ := c.Best("maintainers", ""); string(v.JSON) != `[{"name":"Bob"}]` {
			t.Errorf("the maintainers are %s", v.JSON)
		}
		if w.summary(own.ID) != "Where to sit, by …." || w.summary(shared.ID) != "Where to drink, says …!" {
			t.Errorf("got %q, %q", w.summary(own.ID), w.summary(shared.ID))
		}
		w.WantWhole()
	})
}

// TestWhatOthersWroteBeforeHerEditIsNotHers: a change of a comma makes no text hers, and the body of that change is the history of others.
func TestWhatOthersWroteBeforeHerEditIsNotHers(t *testing.T) {
	testkit.EachDB(t, func(t *testing.T, db *storage.DB) {
		w := newTown(t, db)
		ctx := t.Context()
		vera := w.Member("Open", "vera@example.org")
		w.Must(w.People.Grant(ctx, w.Again(w.bob), w.map_.ID, vera.Person, people.Contributor))
		_, err := w.Commons.Edit(ctx, w.Again(vera), w.map_.ID, commons.Edit{Base: w.map_.Revision, Values: []commons.Value{
			{Field: "summary", Lang: "en", JSON: quoted("All that is open, by the Open Data office.")}}})
		w.Must(err)
		w.Forget(vera, vera)
		if got := w.summary(w.map_.ID); got != "All that is open, by the Open Data office." {
			t.Fatalf("the summary is %q", got)
		}
		h, err := w.Journal.History(ctx, journal.Object{Kind: "commons", ID: w.map_.ID}, 0)
		w.Must(err)
		if h[0].Author != "" || len(h[0].Edit().Changes) != 1 {
			t.Fatalf("her change is shown with its author, or not at all: %+v", h[0])
		}
		w.WantWhole()
	})
}

// TestAnAdministratorSeesFirstAndThenItGoesInOneGo.
func TestAnAdministratorSeesFirstAndThenItGoesInOneGo(t *testing.T) {
	testkit.EachDB(t, func(t *testing.T, db *storage.DB) {
		w := newTown(t, db)
		ctx := t.Context()
		zoe := w.Member("Zoe Quillmark", "zoe@example.org")
		trees := w.commons(w.bob, "Trees", "Thanks to Zoe Quillmark")
		if _, _, err := w.People.Look(ctx, zoe, zoe.Person); fault.KindOf(err) != fault.DeniedKind {
			t.Fatalf("she sees what she may not read: %v", err)
		}
		before := w.state()
		_, names, err := w.People.Look(ctx, w.admin, zoe.Person)
		w.Must(err)
		if len(names) != 1 || len(names[0].Waits) != 1 || names[0].Waits[0].Object.ID != trees.ID || w.state() != before {
			t.Fatalf("the preview is %+v", names)
		}
		if asked := w.Forget(w.admin, zoe, "zoé quillmark"); asked != 0 || w.summary(trees.ID) != "Thanks to …" {
			t.Fatalf("%d wait, %q", asked, w.summary(trees.ID))
		}
		w.nothingLeft("quillmark")
		w.WantWhole()
	})
}

// TestAShortNameIsNotSearchedFor.
func TestAShortNameIsNotSearchedFor(t *testing.T) {
	testkit.EachDB(t, func(t *testing.T, db *storage.DB) {
		w := newTown(t, db)
		al := w.Member("All", "al@example.org")
		if asked := w.Forget(al, al); asked != 0 {
			t.Fatalf("%d names wait", asked)
		}
		if got := w.summary(w.map_.ID); got != "All that is open, by the Open Data office" {
			t.Fatalf("the summary is %q", got)
		}
		w.WantWhole()
	})
}
