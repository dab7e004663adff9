package search_test

import (
	"maps"
	"math/rand/v2"
	"reflect"
	"slices"
	"strconv"
	"testing"

	"commun/internal/platform/search"
)

func TestFacetsIgnoreTheirOwnChoice(t *testing.T) {
	c := search.NewColumns()
	c.Set("a", map[string][]string{"kind": {"code"}, "language": {"fr", "en"}})
	c.Set("b", map[string][]string{"kind": {"code"}, "language": {"fr"}})
	c.Set("c", map[string][]string{"kind": {"data"}, "language": {"en", "fr", "en"}})
	c.Set("d", map[string][]string{"kind": {"data"}})
	for _, x := range []struct {
		rule  string
		ids   []string
		want  map[string][]string
		kinds map[string]int
		langs map[string]int
		total int
	}{
		{"nothing chosen", nil, nil, map[string]int{"code": 2, "data": 2}, map[string]int{"fr": 3, "en": 2}, 4},
		{"a kind chosen leaves the other kinds' counts", nil, map[string][]string{"kind": {"code"}}, map[string]int{"code": 2, "data": 2}, map[string]int{"fr": 2, "en": 1}, 2},
		{"two values of a facet: either", nil, map[string][]string{"kind": {"code", "data"}}, map[string]int{"code": 2, "data": 2}, map[string]int{"fr": 3, "en": 2}, 4},
		{"two facets: both", nil, map[string][]string{"kind": {"data"}, "language": {"en"}}, map[string]int{"code": 1, "data": 1}, map[string]int{"fr": 1, "en": 1}, 1},
		{"only these ids", []string{"a", "d", "unknown"}, nil, map[string]int{"code": 1, "data": 1}, map[string]int{"fr": 1, "en": 1}, 2},
		{"a value that none has", nil, map[string][]string{"kind": {"map"}}, map[string]int{"code": 2, "data": 2}, map[string]int{}, 0},
		{"a facet that none has", nil, map[string][]string{"colour": {"red"}}, map[string]int{}, map[string]int{}, 0},
		{"a facet without values is not chosen", nil, map[string][]string{"kind": {}}, map[string]int{"code": 2, "data": 2}, map[string]int{"fr": 3, "en": 2}, 4},
	} {
		counts, total := c.Count(x.ids, x.want)
		if total != x.total || !maps.Equal(counts["kind"], x.kinds) || !maps.Equal(counts["language"], x.langs) {
			t.Errorf("%s: got %v, %d", x.rule, counts, total)
		}
		if got := len(c.Filter(x.ids, x.want)); got != x.total {
			t.Errorf("%s: filter keeps %d, want %d", x.rule, got, x.total)
		}
	}
	c.Set("a", map[string][]string{"kind": {"map"}})
	c.Remove("b")
	c.Remove("never there")
	c.Set("e", map[string][]string{"kind": {"map"}})
	if got := c.Filter([]string{"e", "b", "a"}, map[string][]string{"kind": {"map"}}); !slices.Equal(got, []string{"e", "a"}) {
		t.Errorf("got %v, want e and a, in this order", got)
	}
}

// Columns count what a plain loop over maps counts.
func TestColumnsAgainstAPlainCount(t *testing.T) {
	rnd := rand.New(rand.NewPCG(3, 3))
	names := []string{"kind", "stage", "language"}
	plain, slots := map[string]map[string][]string{}, map[string]uint32{}
	c := search.NewColumns()
	for range 3_000 {
		id := strconv.Itoa(rnd.IntN(500))
		if rnd.IntN(4) == 0 {
			c.Remove(id)
			delete(plain, id)
			continue
		}
		f := map[string][]string{}
		for _, name := range names {
			for range rnd.IntN(3) {
				if v := strconv.Itoa(rnd.IntN(4)); !slices.Contains(f[name], v) {
					f[name] = append(f[name], v)
				}
			}
		}
		slots[id] = c.Set(id, f)
		plain[id] = f
	}
	holds := func(f map[string][]string, want map[string][]string, but string) bool {
		for name, values := range want {
			if name != but && !slices.ContainsFunc(values, func(v string) bool { return slices.Contains(f[name], v) }) {
				return false
			}
		}
		return true
	}
	for range 50 {
		want := map[string][]string{}
		for _, name := range names {
			if rnd.IntN(2) == 0 {
				want[name] = []string{strconv.Itoa(rnd.IntN(4)), strconv.Itoa(rnd.IntN(4))}
			}
		}
		counts := search.Counts{}
		for _, name := range names {
			counts[name] = map[string]int{}
			for _, f := range plain {
				if holds(f, want, name) {
					for _, v := range f[name] {
						counts[name][v]++
					}
				}
			}
		}
		var matching []string
		for id, f := range plain {
			if holds(f, want, "") {
				matching = append(matching, id)
			}
		}
		slices.Sort(matching)
		total := len(matching)
		all := slices.Sorted(maps.Keys(plain))
		var which []string
		numbers := make([]uint32, len(all))
		for i, id := range all {
			numbers[i] = slots[id]
		}
		for _, i := range c.Which(numbers, want) {
			which = append(which, all[i])
		}
		if filtered := slices.Sorted(slices.Values(c.Filter(nil, want))); !slices.Equal(which, matching) || !slices.Equal(filtered, matching) {
			t.Fatalf("%v: which gives %v, filter %v; want %v", want, which, filtered, matching)
		}
		for _, ids := range [][]string{nil, all} {
			if got, n := c.Count(ids, want); n != total || !reflect.DeepEqual(got, counts) {
				t.Fatalf("%v: got %v, %d; want %v, %d", want, got, n, counts, total)
			}
		}
	}
}
