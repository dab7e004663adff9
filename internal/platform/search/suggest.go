package search

import (
	"context"
	"slices"
	"strings"
)

// suggestion is a name that goes on from what was typed.
type suggestion struct {
	num   uint32
	start bool // at its beginning, not at one of its later words
}

// Suggest finds names while they are typed: those that begin with r.Text, then those of which a later word does, each by stored score. When there are
// none, it answers as Query does with an unfinished last word, mistakes included. It looks at Text, Lang, Kinds, Where, Limit and Reads.
func (ix *Index) Suggest(ctx context.Context, r Request) ([]Hit, error) {
	if err := ix.ready(ctx); err != nil {
		return nil, err
	}
	q := newQuestion(r)
	if q.folded == "" {
		return nil, nil
	}
	if hits := ix.begun(q); len(hits) > 0 {
		return hits, nil
	}
	r.Typing, r.Count, r.After = true, false, ""
	a, err := ix.Query(ctx, r)
	return a.Hits, err
}

func (ix *Index) begun(q *question) []Hit {
	m := ix.m
	m.mu.RLock()
	defer m.mu.RUnlock()
	see := m.sight(q.req.Kinds, q.req.Reads)
	t := m.facets.tally(q.req.Where, false)
	before := func(a, b suggestion) int {
		if a.start != b.start {
			return -compareBool(a.start, b.start)
		}
		return m.before(a.num, b.num)
	}
	size := q.req.Limit
	top := make([]suggestion, 0, size+1)
	m.keys.prefix(q.folded, func(text string, n uint32) bool {
		if len(top) == size && top[size-1].start && m.scores[n] < m.scores[top[size-1].num] {
			return true // the common case of a short prefix: no need to look at the document
		}
		holds, start := m.hasKey(n, text)
		s := suggestion{n, start}
		if !holds || len(top) == size && before(s, top[size-1]) >= 0 || !see.sees(n) || !t.add(n) {
			return true
		}
		if i := slices.IndexFunc(top, func(x suggestion) bool { return x.num == n }); i >= 0 {
			if before(s, top[i]) >= 0 {
				return true
			}
			top = slices.Delete(top, i, i+1)
		}
		at, _ := slices.BinarySearchFunc(top, s, before)
		if len(top) == size {
			top = top[:size-1]
		}
		top = slices.Insert(top, at, s)
		return true
	})
	hits := make([]Hit, len(top))
	for i, s := range top {
		hits[i] = m.hit(s.num, q.req.Lang, float64(m.scores[s.num])/million)
	}
	return hits
}

// hasKey tells whether a document still has a name of which text is the end, from a word on, and whether it is the whole name.
func (m *mirror) hasKey(n uint32, text string) (holds, whole bool) {
	for _, x := range m.names[n] {
		if strings.HasSuffix(x.folded, text) {
			at := len(x.folded) - len(text)
			if at == 0 {
				return true, true
			}
			holds = holds || x.folded[at-1] == ' '
		}
	}
	return holds, false
}
