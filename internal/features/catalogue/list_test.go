package catalogue_test

import (
	"bytes"
	"context"
	"encoding/csv"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"

	"commun/formats/publiccode"
	"commun/internal/core/commons"
	"commun/internal/core/people"
	"commun/internal/features/catalogue"
	"commun/internal/platform/fault"
	"commun/internal/platform/storage"
	"commun/internal/platform/testkit"
)

// known adds commons by hand and has them found.
func (w *world) known(forms ...[]catalogue.FormValue) []commons.Commons {
	w.T.Helper()
	var list []commons.Commons
	for _, f := range forms {
		c, err := w.Cat.AddByHand(w.T.Context(), admin, f)
		w.Must(err)
		list = append(list, c)
	}
	_, err := w.Index.Drain(w.T.Context())
	w.Must(err)
	return list
}

func form(name, kind, licence, fr string, langs ...string) []catalogue.FormValue {
	return []catalogue.FormValue{{Field: "name", Value: name}, {Field: "kind", Value: kind}, {Field: "licence", Value: licence},
		{Field: "summary", Lang: "fr", Value: fr}, {Field: "languages", Value: langs}}
}

func (w *world) list(by people.Actor, q catalogue.Query) catalogue.Page {
	w.T.Helper()
	p, err := w.Cat.List(w.T.Context(), by, q)
	w.Must(err)
	return p
}

func names(p catalogue.Page) string {
	var list []string
	for _, it := range p.Items {
		list = append(list, it.Name)
	}
	return strings.Join(list, ", ")
}

func TestTheListFindsSortsAndCounts(t *testing.T) {
	each(t, func(w *world) {
		all := w.known(
			form("Étalab cartes", "code", "MIT", "Des cartes pour les communes", "fr"),
			form("Cartes", "map", "etalab-2.0", "Un fonds de plan", "fr", "en"),
			form("Budget ouvert", "code", "EUPL-1.2", "Voter un budget participatif", "fr"),
			form("Zoo", "code", "MIT", "Des animaux"))
		for _, c := range []struct {
			rule string
			q    catalogue.Query
			want string
		}{
			{"by name without accents", catalogue.Query{}, "Budget ouvert, Cartes, Étalab cartes, Zoo"},
			{"the newest first", catalogue.Query{Sort: catalogue.ByAdded}, "Zoo, Budget ouvert, Cartes, Étalab cartes"},
			{"one facet", catalogue.Query{Facets: map[string][]string{"licence": {"MIT"}}}, "Étalab cartes, Zoo"},
			{"two values of a facet are either", catalogue.Query{Facets: map[string][]string{"licence": {"MIT", "EUPL-1.2"}}}, "Budget ouvert, Étalab cartes, Zoo"},
			{"two facets are both", catalogue.Query{Facets: map[string][]string{"licence": {"MIT"}, "language": {"fr"}}}, "Étalab cartes"},
			{"a value that nothing has", catalogue.Query{Facets: map[string][]string{"country": {"FR"}}}, ""},
			{"an exact name first", catalogue.Query{Text: "cartes", Lang: "fr"}, "Cartes, Étalab cartes"},
			{"a mistake is corrected", catalogue.Query{Text: "budgte participatif", Lang: "fr"}, "Budget ouvert"},
			{"words and a facet", catalogue.Query{Text: "cartes", Facets: map[string][]string{"kind": {"code"}}}, "Étalab cartes"},
			{"words in another order", catalogue.Query{Text: "cartes", Sort: catalogue.ByAdded}, "Cartes, Étalab cartes"},
			{"words that nothing has", catalogue.Query{Text: "hippopotame"}, ""},
			{"its kind in everyday words, of either language", catalogue.Query{Text: "une application", Sort: catalogue.ByName}, "Budget ouvert, Étalab cartes, Zoo"},
			{"small words are not asked for", catalogue.Query{Text: "le plan pour un fonds"}, "Cartes"},
			{"those with most of the words, when none has all", catalogue.Query{Text: "hippopotame animaux", Lang: "fr"}, "Zoo"},
		} {
			if got := names(w.list(people.Actor{}, c.q)); got != c.want {
				w.T.Errorf("%s: %q, want %q", c.rule, got, c.want)
			}
		}
		p := w.list(people.Actor{}, catalogue.Query{Text: "budgte", Lang: "fr"})
		if p.Corrected["budgte"] != "budget" || p.Total != 1 {
			w.T.Errorf("corrected %v of %d", p.Corrected, p.Total)
		}
		for _, sort := range []catalogue.Sort{catalogue.ByRelevance, catalogue.ByName} {
			p = w.list(people.Actor{}, catalogue.Query{Text: "hippopotame animaux", Sort: sort})
			if !p.Partial || len(p.Missing) != 1 || p.Missing[0] != "hippopotame" || p.Total != 1 {
				w.T.Errorf("%s: partial %v of %d, missing %v", sort, p.Partial, p.Total, p.Missing)
			}
		}
		p = w.list(people.Actor{}, catalogue.Query{Lang: "en", Facets: map[string][]string{"licence": {"MIT"}}})
		if p.Total != 2 || p.Facets["licence"]["EUPL-1.2"] != 1 || p.Facets["kind"]["code"] != 2 || p.Facets["kind"]["map"] != 0 || p.Facets[catalogue.FacetState] != nil {
			w.T.Errorf("facets of %d are %v", p.Total, p.Facets)
		}
		if it := p.Items[0]; it.Summary != "Des cartes pour les communes" || it.SummaryLang != "fr" || it.Licence != "MIT" || it.Slug != "etalab-cartes" {
			w.T.Errorf("item is %+v", it)
		}
		// a change is in the list at once, and what is archived is out of it
		w.Must(w.Commons.Archive(w.T.Context(), admin, all[3].ID, ""))
		if got := names(w.list(people.Actor{}, catalogue.Query{})); got != "Budget ouvert, Cartes, Étalab cartes" {
			w.T.Errorf("after archiving: %q", got)
		}
		if got := names(w.list(people.Actor{}, catalogue.Query{Facets: map[string][]string{"state": {"archived"}}})); got != "Zoo" {
			w.T.Errorf("archived: %q", got)
		}
		if items, err := w.Cat.Suggest(w.T.Context(), people.Actor{}, "bud", "fr", 5); err != nil || len(items) != 1 || items[0].Name != "Budget ouvert" {
			w.T.Errorf("suggested %v, %v", items, err)
		}
		for _, q := range []catalogue.Query{{Sort: "size"}, {After: "x"}, {Facets: map[string][]string{"colour": {"red"}}}} {
			if _, err := w.Cat.List(w.T.Context(), people.Actor{}, q); fault.KindOf(err) != fault.InvalidKind {
				w.T.Errorf("%+v gives %v", q, err)
			}
		}
	})
}

func TestPagesLeadForthAndBack(t *testing.T) {
	each(t, func(w *world) {
		for i := range 25 {
			w.known(form(fmt.Sprintf("Commons %02d", i), []string{"code", "data"}[i%2], "MIT", "Un commun"))
		}
		for _, sort := range []catalogue.Sort{catalogue.ByName, catalogue.ByAdded, catalogue.ByUpdated} {
			for _, facets := range []map[string][]string{nil, {"kind": {"code"}}} {
				whole := names(w.list(people.Actor{}, catalogue.Query{Sort: sort, Facets: facets, Limit: 100}))
				var pages []catalogue.Page
				q := catalogue.Query{Sort: sort, Facets: facets, Limit: 10}
				for {
					p := w.list(people.Actor{}, q)
					pages = append(pages, p)
					if q.After = p.Next; p.Next == "" {
						break
					}
				}
				var got []string
				for _, p := range pages {
					got = append(got, names(p))
				}
				if strings.Join(got, ", ") != whole {
					w.T.Errorf("%s: %v, want %s", sort, got, whole)
				}
				back := w.list(people.Actor{}, catalogue.Query{Sort: sort, Facets: facets, Limit: 10, Before: pages[1].Prev})
				if names(back) != names(pages[0]) || back.Prev != "" || back.Next != pages[0].Next {
					w.T.Errorf("%s: back is %s, want %s", sort, names(back), names(pages[0]))
				}
				if pages[0].Prev != "" || len(pages) > 2 && pages[2].Prev == "" {
					w.T.Errorf("%s: first leads back or last does not", sort)
				}
			}
		}
	})
}

// TestAPageIsTheSameHoweverItIsFound: where few match, they are gathered and sorted; where many do, they are looked for along the order of the
// whole list. Both give the pages that walking the whole list gives, and so does a search that is put in another order.
func TestAPageIsTheSameHoweverItIsFound(t *testing.T) {
	testkit.EachDB(t, func(t *testing.T, db *storage.DB) {
		w := open(t, db, catalogue.Limits{})
		list := made(1_200)
		w.Must(catalogue.FillList(t.Context(), w.Cat, list))
		_, err := w.Index.Drain(t.Context())
		w.Must(err)
		walk := func(q catalogue.Query) (items []catalogue.Item) {
			for q.Limit = 50; ; {
				p := w.list(people.Actor{}, q)
				items = append(items, p.Items...)
				if q.After = p.Next; p.Next == "" {
					return items
				}
			}
		}
		for _, sort := range []catalogue.Sort{catalogue.ByName, catalogue.ByAdded, catalogue.ByUpdated} {
			all := walk(catalogue.Query{Sort: sort})
			if len(all) != len(list) {
				t.Fatalf("%s: %d of %d are listed", sort, len(all), len(list))
			}
			for _, c := range []struct {
				rule string
				q    catalogue.Query
				in   func(catalogue.Item) bool
			}{
				{"many match", catalogue.Query{Facets: map[string][]string{"kind": {"code", "data"}}},
					func(i catalogue.Item) bool { return i.Kind == "code" || i.Kind == "data" }},
				{"few match", catalogue.Query{Facets: map[string][]string{"kind": {"code"}, "stage": {"beta"}}},
					func(i catalogue.Item) bool { return i.Kind == "code" && i.Stage == "beta" }},
				{"few are found", catalogue.Query{Text: all[0].Name}, nil},
				{"many are found", catalogue.Query{Text: strings.Fields(all[0].Summary)[0], Facets: map[string][]string{"kind": {"code", "data"}}}, nil},
			} {
				if c.in == nil { // what a search finds is the index's affair: here only the order is looked at
					found := map[string]bool{}
					q := c.q
					for q.Limit = 50; ; {
						p := w.list(people.Actor{}, q)
						for _, it := range p.Items {
							found[it.ID] = true
						}
						if q.After = p.Next; p.Next == "" {
							break
						}
					}
					c.in = func(i catalogue.Item) bool { return found[i.ID] }
				}
				var want []string
				for _, it := range all {
					if c.in(it) {
						want = append(want, it.ID)
					}
				}
				var got []string
				c.q.Sort = sort
				for _, it := range walk(c.q) {
					got = append(got, it.ID)
				}
				if len(want) == 0 || !slices.Equal(got, want) {
					t.Errorf("%s, by %s: %d items, want %d in the order of the whole list", c.rule, sort, len(got), len(want))
				}
			}
		}
	})
}

func TestWhatWaitsForApprovalIsTheAdministrators(t *testing.T) {
	each(t, func(w *world) {
		ctx := w.T.Context()
		boss := w.Admin()
		set, err := w.Instance.Settings(ctx)
		w.Must(err)
		set.Adding = commons.ApprovalAdds
		w.Must(w.Instance.Edit(ctx, boss, set))
		ana := w.Member("Ana", "ana@example.org")
		c, err := w.Cat.AddByHand(ctx, ana, form("Attente", "code", "MIT", "Un commun"))
		w.Must(err)
		_, err = w.Index.Drain(ctx)
		w.Must(err)
		waiting := map[string][]string{"state": {"proposed"}}
		for _, q := range []catalogue.Query{{}, {Facets: waiting}, {Text: "attente"}, {Text: "attente", Facets: waiting}} {
			if got := names(w.list(ana, q)); got != "" {
				w.T.Errorf("a member sees %q by %+v", got, q)
			}
		}
		for _, q := range []catalogue.Query{{Facets: waiting}, {Text: "attente", Facets: waiting}} {
			if got := names(w.list(boss, q)); got != "Attente" {
				w.T.Errorf("an administrator sees %q by %+v", got, q)
			}
		}
		w.Must(w.Commons.Approve(ctx, boss, c.ID))
		if got := names(w.list(people.Actor{}, catalogue.Query{})); got != "Attente" {
			w.T.Errorf("approved: %q", got)
		}
	})
}

func TestAnotherProcessFindsTheSameList(t *testing.T) {
	each(t, func(w *world) {
		w.known(form("Un", "code", "MIT", "x y"), form("Deux", "code", "MIT", "x y"))
		other := catalogue.Reopen(w.Cat)
		ctx, cancel := context.WithCancel(w.T.Context())
		ended := make(chan error, 1)
		go func() { ended <- other.Run(ctx) }()
		p, err := other.List(ctx, people.Actor{}, catalogue.Query{})
		w.Must(err)
		if names(p) != "Deux, Un" {
			w.T.Errorf("the other lists %q", names(p))
		}
		cancel()
		<-ended
		c := w.known(form("Trois", "code", "MIT", "x y"))[0]
		w.Must(catalogue.Follow(w.T.Context(), other))
		if p, err = other.List(w.T.Context(), people.Actor{}, catalogue.Query{}); err != nil || names(p) != "Deux, Trois, Un" {
			w.T.Errorf("after a change of %s it lists %q, %v", c.ID, names(p), err)
		}
	})
}

func TestWhatGoesOutIsWholeAndHarmless(t *testing.T) {
	each(t, func(w *world) {
		ctx := w.T.Context()
		w.known(form("=HYPERLINK(\"x\")", "code", "MIT", "-1+1"), form("Beta, \"b\"", "data", "CC0-1.0", "Deux\nlignes"), form("Gamma", "code", "MIT", "Trois"))
		var out bytes.Buffer
		w.Must(w.Cat.WriteJSON(ctx, people.Actor{}, catalogue.Query{}, &out))
		var list []catalogue.Export
		w.Must(json.Unmarshal(out.Bytes(), &list))
		if len(list) != 3 || list[0].Name != "Beta, \"b\"" || list[0].AddedAt == "" || len(list[0].Sources) == 0 {
			w.T.Errorf("JSON is %s", out.Bytes())
		}
		out.Reset()
		w.Must(w.Cat.WriteCSV(ctx, people.Actor{}, catalogue.Query{Facets: map[string][]string{"kind": {"code"}}}, "fr", &out))
		rows, err := csv.NewReader(&out).ReadAll()
		w.Must(err)
		at := func(name string) int { return slices.Index(catalogue.Columns, name) }
		if len(rows) != 3 || rows[2][at("name")] != "'=HYPERLINK(\"x\")" || rows[2][at("summary")] != "'-1+1" || rows[1][at("licence")] != "MIT" || rows[1][at("summary_lang")] != "fr" {
			w.T.Errorf("CSV is %q", rows)
		}
		out.Reset()
		sheet := catalogue.Sheet{Lang: "fr", Heading: strings.ToUpper, Word: func(column, value string) string { return "<" + value + ">" }}
		w.Must(w.Cat.WriteSheet(ctx, people.Actor{}, catalogue.Query{Facets: map[string][]string{"kind": {"code"}}}, sheet, &out))
		if text := out.String(); !strings.HasPrefix(text, "\ufeffID;SLUG;NAME;") || !strings.Contains(text, ";<code>;<MIT>;") || !strings.Contains(text, "\r\n") || strings.Contains(text, ";-1+1") || strings.Contains(text, ";=") {
			w.T.Errorf("the file for a spreadsheet is %q", text)
		}
		out.Reset()
		w.Must(w.Cat.WriteCSV(ctx, people.Actor{}, catalogue.Query{Text: "trois gamma", Sort: catalogue.ByRelevance}, "fr", &out))
		if n := strings.Count(out.String(), "\n"); n != 2 {
			w.T.Errorf("a search is exported as %q", out.String())
		}
		feed, err := w.Cat.Feed(ctx, people.Actor{}, catalogue.Query{})
		w.Must(err)
		if len(feed) != 3 || feed[0].Title != "Gamma" || feed[0].Updated == 0 {
			w.T.Errorf("feed is %+v", feed)
		}
	})
}

func TestAFileIsWrittenForAProjectThatHasNone(t *testing.T) {
	each(t, func(w *world) {
		ctx := w.T.Context()
		r := newRepo(w.T).commit(map[string]string{"README.md": readmeFR, "LICENSE": mit})
		c := w.add(r.dir)
		d, err := w.Cat.Prefill(ctx, people.Actor{}, c.ID)
		w.Must(err)
		if d.Name != "Cartes pour tous" || d.Legal.License != "MIT" || d.Description["fr"].ShortDescription == "" || d.URL != "" {
			w.T.Errorf("prefilled: %+v", d)
		}
		if d.Status+d.Type+d.Maintenance.Type+d.Organisation.Name != "" || len(d.Platforms)+len(d.Localisation.AvailableLanguages) != 0 {
			w.T.Errorf("answers were made up: %+v", d)
		}
		_, _, err = catalogue.WritePublicCode(d)
		if fields := fieldsOf(err); !slices.Contains(fields, "url") {
			w.T.Errorf("what is missing: %v", fields)
		}
		d.URL = "https://forge.example.org/a/cartes"
		t := d.Description["fr"]
		t.ShortDescription, t.LongDescription, t.Features = "Des cartes", strings.Repeat("Un texte qui est assez long. ", 10), []string{"Cartes"}
		d.Description["fr"] = t
		ready := false
		d.Status, d.Type, d.Platforms, d.Maintenance.Type = "stable", "standalone/web", []string{"web"}, "community"
		d.Localisation.Ready, d.Localisation.AvailableLanguages = &ready, []string{"fr"}
		d.Maintenance.Contacts = []publiccode.Contact{{Name: "Ana"}}
		file, _, err := catalogue.WritePublicCode(d)
		w.Must(err)
		f, err := publiccode.Read(bytes.NewReader(file), publiccode.Limits{})
		w.Must(err)
		if !f.Valid() || f.Doc.Name != d.Name {
			w.T.Errorf("the file is not valid:\n%s", file)
		}
		// and without the form, what is known goes out as a file, valid or not
		file, err = w.Cat.PublicCode(ctx, people.Actor{}, c.ID)
		w.Must(err)
		if !strings.Contains(string(file), "name: Cartes pour tous") {
			w.T.Errorf("file is %s", file)
		}
	})
}

func fieldsOf(err error) []string {
	var list []string
	for _, f := range fault.Of(err) {
		list = append(list, f.Field)
	}
	return list
}

func TestAFormIsCheckedFieldByField(t *testing.T) {
	_, err := catalogue.CleanForm([]catalogue.FormValue{{Field: "name", Value: strings.Repeat("x", 300)}, {Field: "licence", Value: "GPLv3 ou presque"},
		{Field: "kind", Value: "poem"}, {Field: "summary", Lang: "fr", Value: "ok"}, {Field: "colour", Value: "red"}, {Field: "summary", Value: "no language"}})
	if got := fieldsOf(err); !slices.Equal(got, []string{"name", "licence", "kind", "colour", "summary"}) {
		t.Errorf("faults at %v: %v", got, err)
	}
	values, err := catalogue.CleanForm([]catalogue.FormValue{{Field: "licence", Value: "mit or eupl-1.2"}, {Field: "website", Value: ""}})
	if err != nil || len(values) != 2 || values[0].Text() != "MIT OR EUPL-1.2" || values[1].JSON != nil {
		t.Errorf("values are %v, %v", values, err)
	}
}
