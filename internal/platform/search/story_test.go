package search_test

import (
	"context"
	"fmt"
	"math/rand/v2"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"commun/internal/platform/search"
	"commun/internal/platform/storage"
	"commun/internal/platform/testkit"
)

// random makes documents of few words, so that questions have many matches, ties and broad groups.
func random(rnd *rand.Rand, n int) (docs []search.Doc, word func() string) {
	words := strings.Fields("commune communes carte cartes cartographie logiciel logiciels libre libres données eau énergie école écoles lycée parc parcs map maps " +
		"free software open data street tree trees garden gardens l’accessibilité accessibles numérique numériques bibliothèque bibliothèques OpenData")
	word = func() string { return words[min(rnd.IntN(len(words)), rnd.IntN(len(words)))] }
	text := func(n int) string {
		var b []string
		for range n {
			b = append(b, word())
		}
		return strings.Join(b, " ")
	}
	for i := range n {
		docs = append(docs, search.Doc{Kind: "commons", ID: fmt.Sprintf("%05d", i), Owner: fmt.Sprint(i % 7), Tie: fmt.Sprint("slug-", i), Public: i%11 != 0, Score: float64(rnd.IntN(5)) / 4,
			Texts:  []search.Text{{Lang: []string{"fr", "en", ""}[i%3], Name: text(1 + rnd.IntN(3)), Summary: text(6), Body: text(3)}},
			Facets: map[string][]string{"kind": {fmt.Sprint(i % 3)}, "language": {"fr", fmt.Sprint(i % 2)}}})
	}
	return docs, word
}

// Both databases give the same answers in the same order: rare words, broad ones (of which there are more than the database is asked for), mistakes,
// unfinished words, facets, pages. Ids differ from one to the other, as chance made them, and decide nothing.
func TestBothDatabasesAnswerAlike(t *testing.T) {
	pg := testkit.Postgres(t)
	rnd := rand.New(rand.NewPCG(5, 5))
	docs, word := random(rnd, 3_000)
	var both [2]world
	other := map[string]string{} // id in PostgreSQL → id in SQLite
	for i, o := range []storage.Options{{Path: filepath.Join(t.TempDir(), "commun.db")}, pg} {
		db := testkit.Open(t, o)
		testkit.Migrate(t, db, search.Migrations())
		both[i] = world{t, db, search.New(db, nil)}
		if i == 1 {
			for j, at := range rnd.Perm(len(docs)) {
				id := fmt.Sprintf("p%05d", at)
				other[id], docs[j].ID = docs[j].ID, id
			}
		}
		both[i].put(docs...)
	}
	for i := range 300 {
		text := word()
		if i%3 > 0 {
			text += " " + word()
		}
		if at := rnd.IntN(len(text)); i%2 == 0 {
			text = text[:at] + "x" + text[at:]
		}
		r := search.Request{Text: strings.ToValidUTF8(text, ""), Typing: i%5 == 0, Count: true, Limit: 1 + rnd.IntN(30)}
		if i%4 == 0 {
			r.Where = map[string][]string{"kind": {"1"}}
		}
		next := r
		for range 3 {
			a, b := both[0].ask(r), both[1].ask(next)
			for i := range b.Hits {
				b.Hits[i].ID = other[b.Hits[i].ID]
			}
			if !reflect.DeepEqual(a.Hits, b.Hits) || a.Total != b.Total || (a.Next == "") != (b.Next == "") || !reflect.DeepEqual(a.Facets, b.Facets) || !reflect.DeepEqual(a.Corrected, b.Corrected) {
				t.Fatalf("%+v:\nSQLite     %+v\nPostgreSQL %+v", r, a, b)
			}
			if r.After, next.After = a.Next, b.Next; a.Next == "" {
				break
			}
		}
	}
}

// What the bitmaps of broad words answer is what the database would: changes after they were read included.
func TestBroadWordsFollowChanges(t *testing.T) {
	rnd := rand.New(rand.NewPCG(6, 6))
	docs, _ := random(rnd, 2_000)
	each(t, docs, func(w world) {
		count := func(ix *search.Index, text string) int {
			a, err := ix.Query(w.Context(), search.Request{Text: text, Reads: func(string) bool { return true }})
			if err != nil {
				w.Fatal(err)
			}
			return a.Total
		}
		before := count(w.ix, "communes")
		if before < 600 {
			w.Fatalf("%d documents: too few to be broad", before)
		}
		for i := range 50 {
			d := french(fmt.Sprint("new", i), "Autre chose", "", 0)
			d.Texts[0].Body = "une commune"
			w.put(d)
		}
		if got := count(w.ix, "commune"); got != before+50 {
			w.Errorf("after 50 more: %d, want %d", got, before+50)
		}
		for i := range 50 {
			w.remove("commons", fmt.Sprint("new", i))
		}
		if got, fresh := count(w.ix, "commune"), count(search.New(w.db, nil), "commune"); got != before || fresh != before {
			w.Errorf("after their removal: %d, and %d for another node; want %d", got, fresh, before)
		}
	})
}

// Each node sees what another wrote, its corrections too, and none does the other's work twice.
func TestNodesShareTheWork(t *testing.T) {
	each(t, catalogue(), func(w world) {
		other := world{w.T, w.db, search.New(w.db, nil)}
		other.wantIDs(search.Request{Text: "cimetière"}, "logiciels")
		w.put(french("new", "Pépinière", "", 0))
		w.remove("commons", "logiciels")
		other.drain()
		other.wantIDs(search.Request{Text: "pepiniere"}, "new")
		other.wantIDs(search.Request{Text: "pepinirre"}, "new")
		other.wantIDs(search.Request{Text: "cimetière"})

		docs, _ := random(rand.New(rand.NewPCG(7, 7)), 600)
		w.write(func(ctx context.Context, tx *storage.Tx) error {
			for _, d := range docs {
				if err := w.ix.Put(ctx, tx, d); err != nil {
					return err
				}
			}
			return nil
		})
		nodes := []*search.Index{w.ix, other.ix, search.New(w.db, nil), search.New(w.db, nil)}
		for _, err := range testkit.TogetherEach(len(nodes), func(i int) error { _, err := nodes[i].Drain(w.Context()); return err }) {
			if err != nil {
				w.Error(err)
			}
		}
		var rows, words, docsOfWord int
		err := w.db.QueryRow(w.Context(), `SELECT (SELECT COUNT(*) FROM search_docs WHERE gone = 0), (SELECT COUNT(*) FROM search_pending),
			(SELECT df FROM search_words WHERE word = 'carte') - (SELECT COUNT(*) FROM search_docs
				WHERE ' ' || name_words || ' ' || summary_words || ' ' || body_words || ' ' LIKE '% carte %')`).Scan(&rows, &words, &docsOfWord)
		if err != nil {
			w.Fatal(err)
		}
		if rows != len(catalogue())+600 || words != 0 || docsOfWord != 0 {
			w.Errorf("%d documents, %d waiting, vocabulary off by %d", rows, words, docsOfWord)
		}
	})
}

func TestRunMakesAWriteVisible(t *testing.T) {
	each(t, nil, func(w world) {
		ctx, stop := context.WithCancel(w.Context())
		ended := make(chan error)
		go func() { ended <- w.ix.Run(ctx) }()
		w.write(func(ctx context.Context, tx *storage.Tx) error {
			return w.ix.Put(ctx, tx, french("a", "Cadastre", "", 0))
		})
		deadline := time.Now().Add(30 * time.Second) // generous: no timing fails a test
		for len(w.ask(search.Request{Text: "cadastre"}).Hits) == 0 {
			if time.Now().After(deadline) {
				w.Fatal("never found")
			}
			time.Sleep(5 * time.Millisecond)
		}
		stop()
		if err := <-ended; err != context.Canceled {
			w.Errorf("Run ended with %v", err)
		}
	})
}

func TestRefill(t *testing.T) {
	each(t, catalogue(), func(w world) {
		if stale, err := w.ix.Stale(w.Context()); err != nil || !stale {
			w.Fatalf("stale %v, %v: a new index must be filled", stale, err)
		}
		// Put while Refill runs: newer than what it carries.
		all := func(yield func(search.Doc, error) bool) {
			for i, d := range catalogue()[:5] {
				if i == 3 {
					w.put(french("osm", "Carte nouvelle", "", 0))
					w.remove("commons", "acceo")
				}
				if !yield(d, nil) {
					return
				}
			}
		}
		if err := w.ix.Refill(w.Context(), all); err != nil {
			w.Fatal(err)
		}
		w.wantIDs(search.Request{Text: "bibliothèques"}, "bib")
		w.wantIDs(search.Request{Text: "carte nouvelle"}, "osm")
		w.wantIDs(search.Request{Text: "openstreetmap"})
		w.wantIDs(search.Request{Text: "accessibilité"})
		w.wantIDs(search.Request{Text: "parks"})
		if stale, err := w.ix.Stale(w.Context()); err != nil || stale {
			w.Errorf("stale %v, %v after Refill", stale, err)
		}
	})
}

func TestPutAndQueryAtOnce(t *testing.T) {
	rnd := rand.New(rand.NewPCG(8, 8))
	docs, _ := random(rnd, 700)
	each(t, docs, func(w world) {
		errs := testkit.TogetherEach(6, func(i int) error {
			for round := range 15 {
				var err error
				switch i % 3 {
				case 0:
					err = w.db.Maintain(w.Context(), func(tx *storage.Tx) error {
						return w.ix.Put(w.Context(), tx, french(fmt.Sprint("n", i, round), "Carte nouvelle", "eau", 0.5))
					})
				case 1:
					_, err = w.ix.Drain(w.Context())
				default:
					_, err = w.ix.Query(w.Context(), search.Request{Text: "carte eaux", Count: true})
					if err == nil {
						_, err = w.ix.Suggest(w.Context(), search.Request{Text: "car"})
					}
				}
				if err != nil {
					return err
				}
			}
			return nil
		})
		for _, err := range errs {
			if err != nil {
				w.Error(err)
			}
		}
		w.drain()
		if a := w.ask(search.Request{Text: "carte nouvelle"}); a.Total < 30 || a.Hits[0].Name != "Carte nouvelle" {
			w.Errorf("%d found, first %v", a.Total, a.Hits)
		}
	})
}

// Whatever a name is, what was put is found by it, and first among all.
func TestADocumentIsFoundByItsOwnName(t *testing.T) {
	each(t, catalogue(), func(w world) {
		n := 0
		rapid.Check(w.T, func(r *rapid.T) {
			name := rapid.OneOf(rapid.String(), rapid.StringOf(rapid.SampledFrom([]rune("aaeilnrsstéœàdqu’'-.  AMX01")))).Draw(r, "name")
			if search.Fold(name) == "" {
				return
			}
			if n++; n > 60 { // each is a transaction, on a machine that others share
				return
			}
			w.put(french("own", name, "", 0))
			a, err := w.ix.Query(w.Context(), search.Request{Text: name})
			if err != nil {
				r.Fatal(err)
			}
			if len(a.Hits) == 0 || search.Fold(a.Hits[0].Name) != search.Fold(name) || !slices.Contains(a.IDs(), "own") {
				r.Fatalf("%q finds %+v", name, a.Hits)
			}
		})
	})
}

func FuzzQuery(f *testing.F) {
	for _, s := range []string{`"`, "logiciel", "bibliotheqe numérique", "l'x-y.z_w", "* NEAR( OR -", "🚲", "\x00\xff", strings.Repeat("ab ", 900)} {
		f.Add(s, true)
	}
	db := testkit.Open(f, storage.Options{Path: filepath.Join(f.TempDir(), "commun.db")})
	testkit.Migrate(f, db, search.Migrations())
	ix := search.New(db, nil)
	err := ix.Refill(context.Background(), func(yield func(search.Doc, error) bool) {
		for _, d := range catalogue() {
			yield(d, nil)
		}
	})
	if err != nil {
		f.Fatal(err)
	}
	f.Fuzz(func(t *testing.T, text string, typing bool) {
		a, err := ix.Query(t.Context(), search.Request{Text: text, Typing: typing, Count: true})
		if err != nil {
			t.Fatalf("%q: %v", text, err)
		}
		if len(a.Hits) > a.Total {
			t.Fatalf("%q: %d hits of %d", text, len(a.Hits), a.Total)
		}
		if _, err := ix.Suggest(t.Context(), search.Request{Text: text}); err != nil {
			t.Fatalf("suggest %q: %v", text, err)
		}
	})
}
