package search

import (
	"math"
	"slices"
	"strings"
)

// What a word is worth by the field that holds it.
const (
	weightName    = 4.0
	weightSummary = 2.0
	weightBody    = 1.0
	// A body is not in memory: that a document matches a word that neither its name nor its summary holds says that its body does, not how well.
	qualityBody = 0.8
	// What a word that says little counts for, beside those that are asked for.
	smallWord = 0.1
)

// Tiers: nothing else counts between two documents of different tiers.
const (
	tierWords  = 0
	tierBegins = 1 // the name begins with what was typed
	tierExact  = 2 // the name is what was typed
)

// marks says for each word of the vocabulary which member of which group it is: an array, because each word of each match is looked up.
type marks struct {
	entry   []uint16 // word → 1 + index into entries; 0 is none
	entries []mark
	used    []uint32
}

type mark struct {
	group   int
	quality float64
	next    uint16 // the same word in another group; 0 is none
}

func (ix *Index) mark(groups []group, words int) *marks {
	k, _ := ix.marks.Get().(*marks)
	if k == nil {
		k = &marks{}
	}
	if len(k.entry) < words {
		k.entry = make([]uint16, words+words/8)
	}
	for g, x := range groups {
		for _, member := range x.members {
			w := member.word
			if int(w) >= words {
				continue // of a vocabulary that was filled anew meanwhile
			}
			if k.entry[w] == 0 {
				k.used = append(k.used, w)
			}
			k.entries = append(k.entries, mark{g, member.quality, k.entry[w]})
			k.entry[w] = uint16(len(k.entries))
		}
	}
	return k
}

func (ix *Index) unmark(k *marks) {
	for _, w := range k.used {
		k.entry[w] = 0
	}
	k.used, k.entries = k.used[:0], k.entries[:0]
	ix.marks.Put(k)
}

// ranked is a match with its place.
type ranked struct {
	num   uint32
	tier  int
	score float64
}

// rank puts the page that q asks for into a, from a.matches. The mirror is locked for reading.
func (ix *Index) rank(q *question, a *Answer) {
	m := ix.m
	groups := append(slices.Clip(q.groups), q.small...)
	k := ix.mark(groups, len(m.vocab.words))
	defer ix.unmark(k)
	idf := make([]float64, len(groups))
	sum := 0.0
	for i, g := range groups {
		idf[i] = m.rarity(g)
		if i >= len(q.groups) {
			idf[i] *= smallWord
		}
		sum += idf[i]
	}
	whole := uint16(1)<<len(q.groups) - 1
	before := func(x, y ranked) int {
		switch {
		case x.tier != y.tier:
			return y.tier - x.tier
		case x.score > y.score:
			return -1
		case x.score < y.score:
			return 1
		}
		return m.untie(x.num, y.num)
	}
	after, paged := parseCursor(q.req.After)
	size := q.req.Limit + 1 // one more tells whether there is a next page
	top := make([]ranked, 0, size+1)
	best := make([]float64, len(groups))
	named := m.numSet() // those of whose names it is worth to look at
	m.keys.prefix(q.folded, func(_ string, n uint32) bool {
		named.add(n)
		return true
	})
	for _, n := range a.matches {
		held := whole
		if q.held != nil {
			held = q.held[n]
		}
		r := ranked{num: n, score: m.score(n, k, idf, best, sum, held)}
		if q.held != nil { // what it holds of the words counts more than where
			r.score = 0.2*r.score + 0.8*coverage(held, idf[:len(q.groups)])
		}
		if named.has(n) {
			r.tier = m.tier(n, q.folded)
		}
		if len(top) == size && before(r, top[size-1]) >= 0 {
			continue
		}
		if paged && !after.precedes(m.cursor(n, r.tier, r.score)) {
			continue
		}
		at, _ := slices.BinarySearchFunc(top, r, before)
		if len(top) == size {
			top = top[:size-1]
		}
		top = slices.Insert(top, at, r)
	}
	if len(top) == size {
		top = top[:size-1]
		last := top[len(top)-1]
		a.Next = m.cursor(last.num, last.tier, last.score).String()
	}
	a.Hits = make([]Hit, len(top))
	for i, r := range top {
		a.Hits[i] = m.hit(r.num, q.req.Lang, float64(r.tier)+r.score)
	}
	a.Corrected = m.correctedWords(q.groups, top, a.Missing)
}

// rarity weighs a group: the fewer documents hold it, the more it tells.
func (m *mirror) rarity(g group) float64 { return math.Log(1 + float64(m.live)/float64(max(g.df, 1))) }

// coverage returns which part of a question a document answers, between 0 and 1: its groups, weighed.
func coverage(held uint16, weights []float64) float64 {
	part, all := 0.0, 0.0
	for g, w := range weights {
		all += w
		if held&(1<<g) != 0 {
			part += w
		}
	}
	if all == 0 {
		return 0
	}
	return part / all
}

// score weighs a document: for each group the best of its words, by field, likeness and rarity; then how much of the name was asked for, and the
// stored score. It lies between 0 and 1. held has a bit for each group that the document is known to hold.
func (m *mirror) score(n uint32, k *marks, idf, best []float64, sum float64, held uint16) float64 {
	clear(best)
	words := m.arena[m.off[n] : m.off[n]+uint32(m.nShort[n])]
	inName := 0
	for i, w := range words {
		e := k.entry[w]
		if e == 0 {
			continue
		}
		weight := weightSummary
		if i < int(m.nName[n]) {
			weight = weightName
			inName++
		}
		for ; e != 0; e = k.entries[e-1].next {
			x := &k.entries[e-1]
			best[x.group] = max(best[x.group], weight*x.quality)
		}
	}
	total := 0.0
	for g, b := range best {
		if b == 0 && held&(1<<g) != 0 {
			b = weightBody * qualityBody
		}
		total += idf[g] * b
	}
	stored := float64(m.scores[n]) / million
	if sum == 0 {
		return stored
	}
	asked := 0.0
	if m.nName[n] > 0 {
		asked = float64(inName) / float64(m.nName[n])
	}
	return 0.75*total/(sum*weightName) + 0.1*asked + 0.15*stored
}

func (m *mirror) tier(n uint32, folded string) int {
	tier := tierWords
	for i := range m.names[n] {
		switch x := m.names[n][i].folded; {
		case x == folded:
			return tierExact
		case strings.HasPrefix(x, folded):
			tier = tierBegins
		}
	}
	return tier
}

// correctedWords tells, for each word that was corrected, which word was searched: the candidate that the first hits hold.
func (m *mirror) correctedWords(groups []group, top []ranked, missing []string) map[string]string {
	var out map[string]string
	for _, g := range groups {
		if g.pair != "" && len(top) > 0 && !slices.Contains(missing, g.typed) {
			if out == nil {
				out = map[string]string{}
			}
			out[g.typed] = g.pair
		}
		if len(g.corrected) == 0 || len(top) == 0 || slices.Contains(missing, g.typed) {
			continue
		}
		word := g.corrected[0]
	search:
		for _, r := range top[:min(len(top), 5)] {
			for _, w := range m.arena[m.off[r.num] : m.off[r.num]+uint32(m.nShort[r.num])] {
				if slices.ContainsFunc(g.members, func(x member) bool { return x.word == w }) && !m.vocab.meansSame(g.corrected, w) {
					word = w
					break search
				}
			}
		}
		if strings.HasPrefix(m.vocab.words[word], foldWord(g.typed)) {
			continue // what was typed is the beginning of the word found: nothing was corrected
		}
		if out == nil {
			out = map[string]string{}
		}
		out[g.typed] = m.vocab.shown(word)
		if written := m.vocab.concepts[word]; written != "" {
			out[g.typed] = written
		}
	}
	return out
}

// meansSame tells whether word is found for a candidate only because it means the same: it is not what was typed with a mistake.
func (v *vocab) meansSame(candidates []uint32, word uint32) bool {
	return !slices.Contains(candidates, word) && slices.ContainsFunc(candidates, func(n uint32) bool { return slices.Contains(synonyms(v.words[n]), v.words[word]) })
}
