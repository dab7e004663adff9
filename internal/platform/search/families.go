package search

import (
	"cmp"
	"hash/maphash"
	"slices"
	"sort"
)

// families says which words share a stem. It holds no stem: a pair of a stem's hash and a word takes 12 bytes, where a map of texts to lists
// took two hundred. The hash has 64 bits and a seed of its own in each process, so that two stems that meet in one are neither found by chance
// nor made on purpose. What is new waits in a small unsorted list, as in keys.
type families struct {
	seed    maphash.Seed
	main    []kin
	extra   []kin
	loading bool // much is coming: extra is merged at the end
}

// kin is one word of a family.
type kin struct{ high, low, word uint32 }

func (a kin) compare(b kin) int {
	return cmp.Or(cmp.Compare(a.high, b.high), cmp.Compare(a.low, b.low), cmp.Compare(a.word, b.word))
}

func (f *families) key(stem string, word uint32) kin {
	h := maphash.String(f.seed, stem)
	return kin{uint32(h >> 32), uint32(h), word}
}

// add says that a word has a stem. Saying it again changes nothing.
func (f *families) add(stem string, word uint32) {
	f.extra = append(f.extra, f.key(stem, word))
	if !f.loading && len(f.extra) > max(256, len(f.main)/64) {
		f.merge()
	}
}

// merge moves what is new into the sorted list.
func (f *families) merge() {
	if len(f.extra) > 0 {
		all := make([]kin, 0, len(f.main)+len(f.extra))
		all = append(append(all, f.main...), f.extra...)
		slices.SortFunc(all, kin.compare)
		f.main, f.extra = slices.Compact(all), nil
	}
	f.loading = false
}

// each calls do for the words of a stem, for some of them perhaps twice.
func (f *families) each(stem string, do func(word uint32)) {
	least := f.key(stem, 0)
	i := sort.Search(len(f.main), func(i int) bool { return f.main[i].compare(least) >= 0 })
	for ; i < len(f.main) && f.main[i].high == least.high && f.main[i].low == least.low; i++ {
		do(f.main[i].word)
	}
	for _, k := range f.extra {
		if k.high == least.high && k.low == least.low {
			do(k.word)
		}
	}
}
