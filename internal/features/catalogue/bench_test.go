package catalogue_test

import (
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"os"
	"runtime"
	"slices"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"commun/internal/core/commons"
	"commun/internal/core/people"
	"commun/internal/features/catalogue"
	"commun/internal/platform/jobs"
	"commun/internal/platform/storage"
	"commun/internal/platform/testkit"
)

// made returns n commons of invented words, alike in size to real ones.
func made(n int) []commons.Commons {
	rng := rand.New(rand.NewPCG(1, 2))
	zipf := rand.NewZipf(rng, 1.15, 4, 11_000)
	syllables := strings.Fields("ba co du fe gi ho ju ka le mi no pu ra se ti vo xu za bre cri dro fla gro plu tra")
	word := func() string {
		var b strings.Builder
		for n := zipf.Uint64() + 600; n > 0; n /= 25 {
			b.WriteString(syllables[n%25])
		}
		return b.String()
	}
	words := func(n int) string {
		var b strings.Builder
		for range n {
			b.WriteString(word() + " ")
		}
		return strings.TrimSpace(b.String())
	}
	pick := func(list ...string) string { return list[rng.IntN(len(list))] }
	raw := func(v any) json.RawMessage { b, _ := json.Marshal(v); return b }
	list := make([]commons.Commons, n)
	for i := range list {
		c := &list[i]
		c.ID, c.State, c.Revision, c.CreatedAt, c.UpdatedAt = storage.NewID(), commons.Active, 1, int64(i), rng.Int64N(1e9)
		c.Slug = fmt.Sprint("c-", i)
		put := func(field, lang string, v any) {
			c.Values = append(c.Values, commons.Value{Field: field, Lang: lang, Source: commons.FromPublicCode, JSON: raw(v)})
		}
		put("name", "", words(2))
		put("summary", "fr", words(20))
		put("summary", "en", words(20))
		put("kind", "", pick(commons.Kinds...))
		put("licence", "", pick("MIT", "EUPL-1.2", "AGPL-3.0-only", "Apache-2.0", "GPL-3.0-or-later", "etalab-2.0"))
		put("stage", "", pick(commons.Stages...))
		put("languages", "", []string{pick("fr", "en"), pick("de", "it", "es")})
		put("audiences", "", []string{pick(commons.Audiences...)})
		put("countries", "", []string{pick("FR", "IT", "DE", "NL", "SE")})
	}
	return list
}

// TestTheListOfTwentyThousand prints how long pages of a list of 20,000 take, with a search of one mistyped word and two facets, and what they
// cost in memory. No time fails it. COMMUN_MEASURE asks for it.
func TestTheListOfTwentyThousand(t *testing.T) {
	if os.Getenv("COMMUN_MEASURE") == "" {
		t.Skip("COMMUN_MEASURE is not set: nothing is measured")
	}
	testkit.EachDB(t, func(t *testing.T, db *storage.DB) {
		w := open(t, db, catalogue.Limits{})
		var before, after runtime.MemStats
		runtime.GC()
		runtime.ReadMemStats(&before)
		list := made(20_000)
		w.Must(catalogue.FillList(t.Context(), w.Cat, list))
		_, err := w.Index.Drain(t.Context())
		w.Must(err)
		typed := make([]string, 200)
		for i := range typed {
			name := list[i*37].Name()
			name = name[:3] + name[4:] // one letter is missing
			typed[i] = name
		}
		n := len(list)
		list = nil
		runtime.GC()
		runtime.ReadMemStats(&after)
		t.Logf("%d commons take %.1f MB", n, float64(after.HeapAlloc-before.HeapAlloc)/1e6)
		for _, c := range []struct {
			what string
			q    func(i int) catalogue.Query
		}{
			{"first page", func(int) catalogue.Query { return catalogue.Query{Lang: "fr"} }},
			{"two facets", func(i int) catalogue.Query {
				return catalogue.Query{Lang: "fr", Facets: map[string][]string{"kind": {commons.Kinds[i%6]}, "country": {"FR"}, "audience": {commons.Audiences[i%20]}}}
			}},
			{"search", func(i int) catalogue.Query { return catalogue.Query{Lang: "fr", Text: typed[i]} }},
			{"search, two facets", func(i int) catalogue.Query {
				return catalogue.Query{Lang: "fr", Text: typed[i], Facets: map[string][]string{"kind": {commons.Kinds[i%6]}, "country": {"FR"}}}
			}},
			{"search by date", func(i int) catalogue.Query {
				return catalogue.Query{Lang: "fr", Text: typed[i], Sort: catalogue.ByUpdated}
			}},
		} {
			var times []time.Duration
			found := 0
			for i := range typed {
				begun := time.Now()
				p := w.list(people.Actor{}, c.q(i))
				if len(p.Items) > 0 {
					found++
				}
				times = append(times, time.Since(begun))
			}
			slices.Sort(times)
			t.Logf("%-20s p50 %v, p95 %v, max %v; %d of %d have a hit", c.what, times[len(times)/2], times[len(times)*95/100], times[len(times)-1], found, len(times))
		}
	})
}

// TestTenThousandFiles prints how long a list of 10,000 files takes to come in, and the list to be read again. COMMUN_MEASURE asks for it.
func TestTenThousandFiles(t *testing.T) {
	if os.Getenv("COMMUN_MEASURE") == "" {
		t.Skip("COMMUN_MEASURE is not set: nothing is measured")
	}
	each(t, func(w *world) {
		folder := fstest.MapFS{}
		for i := range 10_000 {
			text := strings.NewReplacer("umap/umap", fmt.Sprint("x/", i), "uMap", fmt.Sprint("Commun ", i)).Replace(publicCode)
			folder[fmt.Sprintf("%05d.yml", i)] = &fstest.MapFile{Data: []byte(text)}
		}
		begun := time.Now()
		list, job, err := w.Cat.ImportFolder(w.T.Context(), admin, "large", folder, false)
		w.Must(err)
		stored := time.Since(begun)
		for range 10 {
			if w.wait(job).State == jobs.Done {
				break
			}
		}
		st, err := w.Cat.ListStatus(w.T.Context(), admin, list)
		w.Must(err)
		w.T.Logf("10,000 files: stored in %v, in within %v: %v", stored, time.Since(begun), st.Outcomes)
		other := catalogue.Reopen(w.Cat)
		begun = time.Now()
		w.Must(other.Load(w.T.Context()))
		w.T.Logf("10,000 commons read into memory in %v", time.Since(begun))
	})
}
