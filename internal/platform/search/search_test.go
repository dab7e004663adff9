package search_test

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"

	"commun/internal/platform/search"
	"commun/internal/platform/storage"
	"commun/internal/platform/testkit"
)

// world is an index over a database of its own.
type world struct {
	*testing.T
	db *storage.DB
	ix *search.Index
}

// each runs test on both databases, with an index that holds docs.
func each(t *testing.T, docs []search.Doc, test func(w world)) {
	t.Helper()
	testkit.EachDB(t, func(t *testing.T, db *storage.DB) {
		testkit.Migrate(t, db, search.Migrations())
		w := world{t, db, search.New(db, nil)}
		w.put(docs...)
		test(w)
	})
}

func (w world) write(fn func(ctx context.Context, tx *storage.Tx) error) {
	w.Helper()
	ctx := w.Context()
	if err := w.db.Maintain(ctx, func(tx *storage.Tx) error { return fn(ctx, tx) }); err != nil {
		w.Fatal(err)
	}
}

func (w world) drain() {
	w.Helper()
	if _, err := w.ix.Drain(w.Context()); err != nil {
		w.Fatal(err)
	}
}

func (w world) put(docs ...search.Doc) {
	w.Helper()
	w.write(func(ctx context.Context, tx *storage.Tx) error {
		for _, d := range docs {
			if err := w.ix.Put(ctx, tx, d); err != nil {
				return err
			}
		}
		return nil
	})
	w.drain()
}

func (w world) remove(kind, id string) {
	w.Helper()
	w.write(func(ctx context.Context, tx *storage.Tx) error { return w.ix.Remove(ctx, tx, kind, id) })
	w.drain()
}

func (w world) ask(r search.Request) search.Answer {
	w.Helper()
	a, err := w.ix.Query(w.Context(), r)
	if err != nil {
		w.Fatalf("query %q: %v", r.Text, err)
	}
	return a
}

func (w world) wantIDs(r search.Request, want ...string) search.Answer {
	w.Helper()
	a := w.ask(r)
	if got := ids(a.Hits); !slices.Equal(got, want) {
		w.Errorf("query %.60q: got %v, want %v", r.Text, got, want)
	}
	return a
}

func ids(hits []search.Hit) []string {
	out := []string{}
	for _, h := range hits {
		out = append(out, h.ID)
	}
	return out
}

func french(id, name, summary string, score float64) search.Doc {
	return search.Doc{Kind: "commons", ID: id, Owner: id, Public: true, Score: score,
		Texts: []search.Text{{Lang: "fr", Name: name, Summary: summary}}}
}

func english(id, name, summary string, score float64) search.Doc {
	d := french(id, name, summary, score)
	d.Texts[0].Lang = "en"
	return d
}

// catalogue is a small one, of both languages.
func catalogue() []search.Doc {
	both := search.Doc{Kind: "commons", ID: "osm", Owner: "osm", Public: true, Score: 0.9, Texts: []search.Text{
		{Lang: "fr", Name: "OpenStreetMap", Summary: "La carte libre du monde, faite par des bénévoles"},
		{Lang: "en", Name: "OpenStreetMap", Summary: "The free map of the world, made by volunteers"},
	}}
	return []search.Doc{
		both,
		french("acceo", "L’accessibilité pour tous", "Outils pour rendre les sites accessibles aux personnes handicapées", 0.4),
		french("bib", "Bibliothèques numériques", "Prêt de livres et catalogue partagé d'une bibliothèque de quartier", 0.5),
		french("coeur", "Cœur de ville", "Réaménager le centre des communes", 0.3),
		french("lycee", "Logiciels libres au lycée", "Enseigner l'informatique avec des communs", 0.2),
		french("logiciel", "Logiciel", "Un nom tout court", 0.1),
		french("logiciels", "Logiciel de gestion des cimetières", "Concessions et plans", 0.8),
		english("parks", "City parks", "An inventory of trees, benches and playgrounds in public parks", 0.6),
		english("xroad", "X-Road", "Secure data exchange between organisations", 0.7),
		english("node", "Node.js", "A runtime for servers", 0.35),
		{Kind: "commons", ID: "arabic", Owner: "arabic", Public: true, Texts: []search.Text{{Name: "المكتبة الرقمية", Summary: "كتب مفتوحة للجميع"}}},
		{Kind: "commons", ID: "bike", Owner: "bike", Public: true, Texts: []search.Text{{Name: "🚲🚲"}}},
		{Kind: "commons", ID: "han", Owner: "han", Public: true, Texts: []search.Text{{Name: "開放街圖", Summary: "自由"}}},
		{Kind: "people", ID: "ana", Owner: "ana", Public: true, Texts: []search.Text{{Name: "Ana Lecœur", Summary: "cartographe"}}},
		{Kind: "commons", ID: "draft", Owner: "draft-owner", Texts: []search.Text{{Lang: "fr", Name: "Brouillon de carte"}}},
	}
}

func TestWhatIsTypedFindsWhatIsMeant(t *testing.T) {
	each(t, catalogue(), func(w world) {
		for _, c := range []struct {
			rule, text string
			want       []string
		}{
			{"case and accents don't matter", "BIBLIOTHEQUES numeriques", []string{"bib"}},
			{"an elided article is no part of the word", "l'accessibilité", []string{"acceo"}},
			{"nor with the typographic apostrophe", "accessibilite", []string{"acceo"}},
			{"the plural finds the singular's family", "bibliotheque", []string{"bib"}},
			{"œ is oe", "coeur de ville", []string{"coeur"}},
			{"oe is œ", "cœur ville", []string{"coeur"}},
			{"English plurals", "bench playground", []string{"parks"}},
			{"an exact name comes first, whatever the scores", "logiciel", []string{"logiciel", "logiciels", "lycee"}},
			{"then names that begin so", "logiciel de gestion", []string{"logiciels"}},
			{"a mistake in one of two words", "biblioteque numérique", []string{"bib"}},
			{"a letter too many", "acccessibilité tous", []string{"acceo"}},
			{"two letters swapped", "cimeitères logiciel", []string{"logiciels"}},
			{"who holds all words comes alone", "bibliothèque numérique", []string{"bib"}},
			{"when nobody does, those that hold most of them", "bibliothèque cimetières", []string{"logiciels", "bib"}},
			{"a word that nobody holds doesn't hide the others", "bibliothèque zzzzqqq", []string{"bib"}},
			{"small words are not asked for", "all about the logiciel for my cimetières", []string{"logiciels"}},
			{"a compound by its capitals", "open street map", []string{"osm"}},
			{"a compound in one word", "openstreetmap", []string{"osm"}},
			{"a compound by its hyphen", "xroad", []string{"xroad"}},
			{"and with its hyphen", "x-road", []string{"xroad"}},
			{"with its dot", "node.js", []string{"node"}},
			{"words of another language's text", "volunteers", []string{"osm"}},
			{"right to left", "المكتبة", []string{"arabic"}},
			{"a sign of a script without spaces", "街", []string{"han"}},
			{"an emoji is a name too", "🚲🚲", []string{"bike"}},
			{"another emoji isn't", "🚀", nil},
			{"words that only hold a sentence together find names", "pour", []string{"acceo"}},
			{"and are left out beside others", "le logiciel pour les cimetières", []string{"logiciels"}},
			{"nothing typed, nothing found", "", nil},
			{"only spaces", " \t\n", nil},
			{"only punctuation", `"*():^-+`, nil},
			{"what a database might take for syntax is only words", `cimetières" OR "1"="1`, []string{"logiciels"}},
			{"NEAR and AND are words like others", "NEAR(cimetières AND", []string{"logiciels"}},
			{"a draft is not found by everyone", "brouillon", nil},
			{"kinds are mixed when none is asked for", "cartographe", []string{"ana"}},
		} {
			w.Run(c.rule, func(t *testing.T) {
				w := world{t, w.db, w.ix}
				w.wantIDs(search.Request{Text: c.text, Lang: "fr"}, c.want...)
			})
		}
	})
}

func TestCorrectionsAreSaid(t *testing.T) {
	each(t, catalogue(), func(w world) {
		a := w.wantIDs(search.Request{Text: "bibliotheqques numeriques"}, "bib")
		if want := map[string]string{"bibliotheqques": "bibliothèques"}; !maps.Equal(a.Corrected, want) {
			w.Errorf("got %v, want %v", a.Corrected, want)
		}
		a = w.wantIDs(search.Request{Text: "bibliothèque"}, "bib")
		if len(a.Corrected) > 0 {
			w.Errorf("a known word was corrected: %v", a.Corrected)
		}
	})
}

func TestTyping(t *testing.T) {
	each(t, catalogue(), func(w world) {
		w.wantIDs(search.Request{Text: "logiciels lib", Typing: true}, "lycee")
		w.wantIDs(search.Request{Text: "logiciels lib ", Typing: true}, "lycee") // unknown as a whole word: taken for a beginning
		for _, c := range []struct {
			text string
			want []string
		}{
			{"lo", []string{"logiciels", "lycee", "logiciel"}},
			{"logiciel d", []string{"logiciels"}},
			{"num", []string{"bib"}},
			{"nmeriq", []string{"bib"}}, // a mistake in an unfinished word
			{"OPENS", []string{"osm"}},
			{"zzzz", nil},
		} {
			hits, err := w.ix.Suggest(w.Context(), search.Request{Text: c.text, Kinds: []string{"commons"}})
			if err != nil {
				w.Fatal(err)
			}
			if got := ids(hits); !slices.Equal(got, append([]string{}, c.want...)) {
				w.Errorf("suggest %q: got %v, want %v", c.text, got, c.want)
			}
		}
	})
}

func TestDraftsAreFoundByThoseWhoMayReadThem(t *testing.T) {
	each(t, catalogue(), func(w world) {
		w.wantIDs(search.Request{Text: "brouillon", Reads: func(owner string) bool { return owner == "draft-owner" }}, "draft")
		w.wantIDs(search.Request{Text: "brouillon", Reads: func(string) bool { return false }})
		w.wantIDs(search.Request{Text: "lecoeur", Kinds: []string{"commons"}})
		w.wantIDs(search.Request{Text: "lecoeur", Kinds: []string{"people"}}, "ana")
	})
}

func TestCompoundsAreFoundHoweverTheyAreWritten(t *testing.T) {
	each(t, []search.Doc{
		french("a", "Portail open data", "", 0), french("b", "Portail open-data", "", 0), french("c", "Portail OpenData", "", 0), french("d", "Portail opendata", "", 0),
		french("e", "Portail data", "", 0),
	}, func(w world) {
		for _, text := range []string{"open-data", "OpenData", "open_data"} {
			a := w.ask(search.Request{Text: text})
			if got := slices.Sorted(slices.Values(ids(a.Hits))); !slices.Equal(got, []string{"a", "b", "c", "d"}) {
				w.Errorf("%s finds %v", text, got)
			}
		}
	})
}

func TestLongQuery(t *testing.T) {
	each(t, catalogue(), func(w world) {
		w.wantIDs(search.Request{Text: strings.Repeat("logiciel ", 1200)}, "logiciels", "logiciel", "lycee")
		w.wantIDs(search.Request{Text: strings.Repeat("x", 10_000)})
		long := strings.Repeat("très ", 2_000)
		w.put(french("long", long, "", 0))
		w.wantIDs(search.Request{Text: long}, "long")
		w.put(french("long", strings.Repeat("a", 10_000), "", 0))
		w.wantIDs(search.Request{Text: strings.Repeat("a", 10_000)}, "long")
	})
}

func TestALaterPutReplacesAndRemoveRemoves(t *testing.T) {
	each(t, catalogue(), func(w world) {
		w.put(french("bib", "Médiathèque", "Des films", 0.5))
		w.wantIDs(search.Request{Text: "bibliothèques numériques"})
		w.wantIDs(search.Request{Text: "mediatheque"}, "bib")
		w.remove("commons", "bib")
		w.remove("commons", "never there")
		w.wantIDs(search.Request{Text: "mediatheque"})
		hits, err := w.ix.Suggest(w.Context(), search.Request{Text: "media"})
		if err != nil || len(hits) > 0 {
			w.Errorf("suggested %v, %v", hits, err)
		}
		w.put(french("bib", "Médiathèque", "Des films", 0.5))
		w.wantIDs(search.Request{Text: "mediatheque"}, "bib")
	})
}

// Nothing of a removed document may be left in a table: what was forgotten stays so.
func TestWordsOfARemovedDocumentAreForgotten(t *testing.T) {
	each(t, catalogue(), func(w world) {
		w.put(french("secret", "Xyloglyphe", "raconté par quelqu'un", 0))
		w.remove("commons", "secret")
		var n int
		err := w.db.QueryRow(w.Context(), `SELECT (SELECT COUNT(*) FROM search_words WHERE word = 'xyloglyphe')
			+ (SELECT COUNT(*) FROM search_docs WHERE name_words LIKE '%xyloglyphe%' OR names LIKE '%glyphe%')
			+ (SELECT COUNT(*) FROM search_pending)`).Scan(&n)
		if err != nil || n != 0 {
			w.Errorf("%d rows still hold the word, %v", n, err)
		}
	})
}

func TestPages(t *testing.T) {
	var docs []search.Doc
	var want []string
	for i := range 95 {
		id := fmt.Sprintf("d%02d", i)
		docs = append(docs, french(id, "Jardin partagé "+id, "légumes", 0.5))
		want = append(want, id)
	}
	each(t, docs, func(w world) {
		for name, ask := range map[string]func(context.Context, search.Request) (search.Answer, error){"query": w.ix.Query, "browse": w.ix.Browse} {
			var got []string
			r := search.Request{Text: "jardins", Limit: 10}
			for {
				a, err := ask(w.Context(), r)
				if err != nil {
					w.Fatal(err)
				}
				if a.Total != 95 || len(a.IDs()) != 95 {
					w.Fatalf("%s: total %d, %d ids, want 95", name, a.Total, len(a.IDs()))
				}
				got = append(got, ids(a.Hits)...)
				if r.After = a.Next; r.After == "" {
					break
				}
			}
			if !slices.Equal(got, want) {
				w.Errorf("%s: pages give %v", name, got)
			}
		}
	})
}
