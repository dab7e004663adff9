// Command search measures package search against the goals of bench/README.md: a catalogue of synthetic commons (names of 3 words, summaries of
// 30, words drawn by Zipf's law from some 12,000), asked for two words of one of them, one word mistyped, with five facets.
//
//	go run ./bench/search                                    SQLite
//	go run ./bench/search -postgres postgres://…             SQLite, then PostgreSQL in a schema of its own
//
// It prints one table a database. Questions run one after the other, after a warm-up; the meant item is looked for in the 20 hits and among all matches.
// Server, database and client share the machine: compare ratios within one run.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"sync/atomic"
	"time"

	"commun/internal/platform/search"
	"commun/internal/platform/storage"
)

func main() {
	n := flag.Int("n", 50_000, "commons")
	queries := flag.Int("queries", 2_000, "questions of each sort")
	url := flag.String("postgres", "", "URL of a PostgreSQL, which gets a schema \"bench_search\" that is emptied first")
	seed := flag.Uint64("seed", 1, "seed of the synthetic catalogue")
	flag.Parse()
	err := errors.Join(onSQLite(*n, *queries, *seed), onPostgres(*url, *n, *queries, *seed))
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func onSQLite(n, queries int, seed uint64) error {
	dir, err := os.MkdirTemp("", "bench-search")
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir)
	db, err := storage.Open(context.Background(), storage.Options{Path: filepath.Join(dir, "commun.db")})
	if err != nil {
		return err
	}
	defer db.Close()
	return run("SQLite", db, n, queries, seed)
}

func onPostgres(url string, n, queries int, seed uint64) error {
	if url == "" {
		return nil
	}
	const schema = "bench_search"
	if err := emptySchema(url, schema); err != nil {
		return err
	}
	db, err := storage.Open(context.Background(), storage.Options{URL: url, Schema: schema})
	if err != nil {
		return err
	}
	defer db.Close()
	return run("PostgreSQL", db, n, queries, seed)
}

// run fills db and prints its table.
func run(name string, db *storage.DB, n, queries int, seed uint64) error {
	ctx := context.Background()
	if err := db.Migrate(ctx, search.Migrations()); err != nil {
		return err
	}
	c := synthetic(n, seed)
	ix := search.New(db, nil)
	fmt.Printf("## %s, %d commons, %d terms, seed %d\n\n", name, n, len(c.words), seed)

	began := time.Now()
	if err := put(ctx, db, ix, c.docs); err != nil {
		return err
	}
	queued := time.Since(began)
	if _, err := ix.Drain(ctx); err != nil {
		return err
	}
	whole := time.Since(began)
	fmt.Printf("put by 500 a transaction %.0f items/s; indexed, optimised included, %.0f items/s in all\n", rate(n, queued), rate(n, whole))

	before := heap()
	began = time.Now()
	fresh := search.New(db, nil)
	if _, err := fresh.Documents(ctx); err != nil {
		return err
	}
	took := time.Since(began)
	fmt.Printf("read into memory in %v, where it takes %.1f MB\n", took.Round(time.Millisecond), float64(heap()-before)/(1<<20))
	runtime.KeepAlive(fresh)

	began = time.Now()
	broad, err := ix.Warm(ctx, 1<<30)
	if err != nil {
		return err
	}
	fmt.Printf("%d broad words read into memory in %v (Run does it in the background)\n\n", broad, time.Since(began).Round(time.Millisecond))
	fmt.Println("| what | p50 ms | p95 ms | p99 ms | in the 20 hits | among all | matches on average |")
	fmt.Println("|---|---|---|---|---|---|---|")

	rnd := rand.New(rand.NewPCG(seed, 7))
	for _, s := range []struct {
		what string
		make func(*rand.Rand) question
	}{
		{"2 words, no mistake, no facets", func(r *rand.Rand) question { return c.meant(r, false, false) }},
		{"2 words, one mistyped, 5 facets counted", func(r *rand.Rand) question { return c.meant(r, true, true) }},
		{"– and 2 facets chosen", func(r *rand.Rand) question { return c.chosen(c.meant(r, true, true)) }},
		{"2 broad words, 5 facets counted", func(r *rand.Rand) question { return c.broad(r, 2) }},
		{"1 word of the 20 commonest, 5 facets counted", func(r *rand.Rand) question { return c.broad(r, 1) }},
	} {
		if err := measure(s.what, queries, rnd, s.make, func(q question) (search.Answer, error) { return ix.Query(ctx, q.r) }); err != nil {
			return err
		}
	}
	err = measure("no words, 2 facets chosen, 5 counted", queries/4, rnd, func(*rand.Rand) question { return c.chosen(question{r: search.Request{Count: true}}) },
		func(q question) (search.Answer, error) { return ix.Browse(ctx, q.r) })
	if err != nil {
		return err
	}
	suggest := func(q question) (search.Answer, error) {
		hits, err := ix.Suggest(ctx, q.r)
		return search.Answer{Hits: hits, Total: len(hits)}, err
	}
	if err := measure("type-ahead, 1–6 letters of a name", queries, rnd, func(r *rand.Rand) question { return c.prefix(r, false) }, suggest); err != nil {
		return err
	}
	if err := measure("type-ahead, 6–9 letters, one mistyped", queries, rnd, func(r *rand.Rand) question { return c.prefix(r, true) }, suggest); err != nil {
		return err
	}
	return sustained(ctx, db, ix, c)
}

// heap returns the bytes in use after a collection.
func heap() uint64 {
	runtime.GC()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return m.HeapAlloc
}

// sustained puts documents from one client for some seconds while Run indexes and questions are asked, and tells how far the index got, and how long the last put
// took to be found.
func sustained(ctx context.Context, db *storage.DB, ix *search.Index, c *catalogue) error {
	ctx, stop := context.WithCancel(ctx)
	defer stop()
	ended := make(chan error, 1)
	go func() { ended <- ix.Run(ctx) }()
	const seconds = 5
	var asked, slow atomic.Int64
	asking := make(chan struct{})
	go func() {
		rnd := rand.New(rand.NewPCG(9, 9))
		for {
			select {
			case <-asking:
				return
			default:
			}
			q := c.meant(rnd, true, true)
			began := time.Now()
			if _, err := ix.Query(ctx, q.r); err != nil {
				return
			}
			asked.Add(1)
			if time.Since(began) > 5*time.Millisecond {
				slow.Add(1)
			}
			time.Sleep(time.Millisecond)
		}
	}()
	// 4,000 a second, the goal: in transactions of 40, each 10 ms.
	began := time.Now()
	total := 0
	tick := time.NewTicker(10 * time.Millisecond)
	defer tick.Stop()
	for time.Since(began) < seconds*time.Second {
		due := int(time.Since(began).Seconds()*4000) - total
		if due > 0 {
			docs := make([]search.Doc, due)
			for i := range docs {
				docs[i] = c.docs[(total+i)%len(c.docs)]
				docs[i].ID = "again-" + docs[i].ID
			}
			if err := put(ctx, db, ix, docs); err != nil {
				return err
			}
			total += due
		}
		<-tick.C
	}
	offered := time.Since(began)
	mark := search.Doc{Kind: "commons", ID: "mark", Public: true, Texts: []search.Text{{Name: "zyxwvutsrq"}}}
	if err := put(ctx, db, ix, []search.Doc{mark}); err != nil {
		return err
	}
	committed := time.Now()
	for {
		a, err := ix.Query(ctx, search.Request{Text: "zyxwvutsrq"})
		if err != nil {
			return err
		}
		if a.Total == 1 {
			break
		}
		time.Sleep(2 * time.Millisecond)
	}
	visible := time.Since(committed)
	for {
		var left int
		if err := db.QueryRow(ctx, `SELECT COUNT(*) FROM search_pending`).Scan(&left); err != nil {
			return err
		}
		if left == 0 {
			break
		}
		time.Sleep(5 * time.Millisecond)
	}
	all := time.Since(began)
	close(asking)
	stop()
	<-ended
	fmt.Printf("\nnew items while questions are asked: %.0f/s offered for %ds, %.0f/s indexed; the last put was found %d ms after its commit, with %d ms of work left; %d questions meanwhile, %d over 5 ms\n\n",
		rate(total, offered), seconds, rate(total, all), visible.Milliseconds(), (all - offered).Milliseconds(), asked.Load(), slow.Load())
	return nil
}

func put(ctx context.Context, db *storage.DB, ix *search.Index, docs []search.Doc) error {
	for chunk := range slices.Chunk(docs, 500) {
		err := db.Maintain(ctx, func(tx *storage.Tx) error {
			for _, d := range chunk {
				if err := ix.Put(ctx, tx, d); err != nil {
					return err
				}
			}
			return nil
		})
		if err != nil {
			return err
		}
	}
	return nil
}

func rate(n int, d time.Duration) float64 { return float64(n) / d.Seconds() }

// measure asks n questions after a tenth as many to warm up, and prints a row.
func measure(what string, n int, rnd *rand.Rand, make_ func(*rand.Rand) question, ask func(question) (search.Answer, error)) error {
	for range n / 10 {
		if _, err := ask(make_(rnd)); err != nil {
			return err
		}
	}
	times := make([]time.Duration, n)
	found, among, meant, matches := 0, 0, 0, 0
	for i := range n {
		q := make_(rnd)
		began := time.Now()
		a, err := ask(q)
		times[i] = time.Since(began)
		if err != nil {
			return err
		}
		matches += a.Total
		if q.id != "" {
			meant++
			if slices.ContainsFunc(a.Hits, func(h search.Hit) bool { return h.ID == q.id }) {
				found++
			}
			if slices.Contains(a.IDs(), q.id) {
				among++
			}
		}
	}
	slices.Sort(times)
	at := func(p float64) float64 { return float64(times[int(p*float64(n-1))].Microseconds()) / 1000 }
	share, all := "–", "–"
	if meant > 0 {
		share = fmt.Sprintf("%.1f %%", 100*float64(found)/float64(meant))
		all = fmt.Sprintf("%.1f %%", 100*float64(among)/float64(meant))
	}
	fmt.Printf("| %s | %.2f | %.2f | %.2f | %s | %s | %d |\n", what, at(0.5), at(0.95), at(0.99), share, all, matches/n)
	return nil
}

// question is a request, and the item that the person means ("" when none in particular).
type question struct {
	r  search.Request
	id string
}

// catalogue is a synthetic one.
type catalogue struct {
	words []string       // the commonest first
	rank  map[string]int // word → its place in words
	docs  []search.Doc
	texts [][]string // the words of each document: 3 of the name, then 30
}

// synthetic makes n commons. The same seed makes the same ones.
func synthetic(n int, seed uint64) *catalogue {
	rnd := rand.New(rand.NewPCG(seed, seed))
	c := &catalogue{rank: map[string]int{}}
	onsets := strings.Split("b c d f g h j l m n p r s t v br ch cl cr dr fl gr pl pr tr", " ")
	vowels := strings.Split("a e i o u ai au ei eu ou", " ")
	codas := strings.Split("n r s l t m c  ", " ")
	seen := map[string]bool{}
	for len(c.words) < 12_000 {
		var b strings.Builder
		for range 2 + rnd.IntN(3) {
			b.WriteString(onsets[rnd.IntN(len(onsets))] + vowels[rnd.IntN(len(vowels))])
		}
		b.WriteString(codas[rnd.IntN(len(codas))])
		if w := b.String(); !seen[w] {
			seen[w] = true
			c.rank[w] = len(c.words)
			c.words = append(c.words, w)
		}
	}
	zipf := rand.NewZipf(rnd, 1.07, 8, uint64(len(c.words)-1))
	facet := func(k int) string { return fmt.Sprint("v", rnd.IntN(1+rnd.IntN(k))) }
	for i := range n {
		text := make([]string, 33)
		for j := range text {
			text[j] = c.words[zipf.Uint64()]
		}
		c.texts = append(c.texts, text)
		c.docs = append(c.docs, search.Doc{
			Kind: "commons", ID: fmt.Sprintf("%08x", i), Owner: fmt.Sprintf("%08x", i), Public: true, Score: rnd.Float64(),
			Texts: []search.Text{{Lang: "fr", Name: strings.Join(text[:3], " "), Summary: strings.Join(text[3:], " ")}},
			Facets: map[string][]string{"kind": {facet(6)}, "licence": {facet(30)}, "language": {facet(24), facet(24)},
				"stage": {facet(5)}, "country": {facet(27)}},
		})
	}
	return c
}

// meant asks for two words of a document drawn at random: one of its name, and another of name or summary. As people do, it leaves out words that are
// everywhere (the 50 commonest, which one document in twelve or more holds).
func (c *catalogue) meant(r *rand.Rand, mistake, facets bool) question {
	for {
		i := r.IntN(len(c.docs))
		text := c.texts[i]
		a, b := text[r.IntN(3)], text[r.IntN(len(text))]
		if a == b || c.rank[a] < 50 || c.rank[b] < 50 {
			continue
		}
		if r.IntN(2) == 0 {
			a, b = b, a
		}
		if mistake {
			b = mistype(r, b)
		}
		return question{search.Request{Text: a + " " + b, Count: facets}, c.docs[i].ID}
	}
}

func (c *catalogue) chosen(q question) question {
	q.id = ""
	q.r.Where = map[string][]string{"kind": {"v0", "v1"}, "country": {"v0", "v1", "v2", "v3"}}
	return q
}

// broad asks for words among the commonest: 20 of them for one word, 200 for two.
func (c *catalogue) broad(r *rand.Rand, n int) question {
	text := c.words[r.IntN(20)]
	if n == 2 {
		text = c.words[r.IntN(200)] + " " + c.words[r.IntN(200)]
	}
	return question{r: search.Request{Text: text, Count: true}}
}

func (c *catalogue) prefix(r *rand.Rand, mistake bool) question {
	i := r.IntN(len(c.docs))
	name := strings.Join(c.texts[i][:3], " ")
	if mistake {
		return question{r: search.Request{Text: mistype(r, name[:min(len(name), 6+r.IntN(4))]), Limit: 8}}
	}
	return question{r: search.Request{Text: name[:1+r.IntN(6)], Limit: 8}}
}

// mistype makes one mistake: a letter left out, added, another, or two swapped.
func mistype(r *rand.Rand, w string) string {
	i := r.IntN(len(w))
	letter := string(rune('a' + r.IntN(26)))
	switch r.IntN(4) {
	case 0:
		return w[:i] + w[i+1:]
	case 1:
		return w[:i] + letter + w[i:]
	case 2:
		return w[:i] + letter + w[i+1:]
	}
	if i == len(w)-1 {
		i--
	}
	return w[:i] + w[i+1:i+2] + w[i:i+1] + w[i+2:]
}
