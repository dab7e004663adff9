package catalogue_test

import (
	"testing"

	"commun/internal/core/commons"
	"commun/internal/core/people"
	"commun/internal/features/catalogue"
	"commun/internal/platform/storage"
	"commun/internal/platform/testkit"
)

func TestZZ(t *testing.T) {
	testkit.EachDB(t, func(t *testing.T, db *storage.DB) {
		w := open(t, db, catalogue.Limits{})
		w.Must(catalogue.FillList(t.Context(), w.Cat, made(20_000)))
		i := 0
		r := testing.Benchmark(func(b *testing.B) {
			for b.Loop() {
				i++
				_, err := w.Cat.List(t.Context(), people.Actor{}, catalogue.Query{Lang: "fr", Sort: catalogue.Sorts[1+i%3], Facets: map[string][]string{"kind": {commons.Kinds[i%6]}, "country": {[]string{"FR", "IT", "DE"}[i/6%3]}, "audience": {commons.Audiences[i%20]}}})
				if err != nil {
					b.Fatal(err)
				}
			}
		})
		t.Log(r, r.AllocsPerOp(), r.AllocedBytesPerOp())
	})
}
