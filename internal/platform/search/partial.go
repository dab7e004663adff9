package search

import (
	"cmp"
	"context"
	"slices"
)

// halfway is the part of the best document's weight that another must have, to be found beside it when none holds all words.
const halfway = 0.6

// partial answers a question of which no document holds all groups, with the documents that hold most of them, the rarer ones weighing more; none is the
// answer that was found. Locks are held as in answer.
func (ix *Index) partial(ctx context.Context, q *question, none Answer) (Answer, error) {
	m := ix.m
	matches := make([]string, len(q.groups)) // of narrow groups, as the database asks
	m.mu.RLock()
	epoch := m.epoch
	for i, g := range q.groups {
		if len(g.members) > 0 && g.df < broadFrom {
			matches[i] = ix.matchText([]group{g})
		}
	}
	m.mu.RUnlock()
	narrow, broad := make([][]uint32, len(q.groups)), make([]*docSet, len(q.groups))
	for i, g := range q.groups {
		var err error
		switch {
		case matches[i] != "":
			var text string
			err = ix.db.QueryRow(ctx, ix.db.Pick(candidates), matches[i]).Scan(&text)
			narrow[i] = numbers(text)
		case len(g.members) > 0:
			broad[i], err = ix.readBroad(ctx, g)
		}
		if err != nil {
			return Answer{}, err
		}
	}
	m.mu.RLock()
	defer m.mu.RUnlock()
	if m.epoch != epoch {
		return none, nil // filled anew meanwhile: its numbers are others
	}
	q.held = make([]uint16, len(m.ids))
	weights := make([]float64, len(q.groups))
	for i, g := range q.groups {
		weights[i] = m.rarity(g)
		hold := func(n uint32) {
			if int(n) < len(q.held) {
				q.held[n] |= 1 << i
			}
		}
		for _, n := range narrow[i] {
			hold(n)
		}
		if broad[i] != nil {
			all([]*docSet{broad[i]}, hold)
		}
	}
	t := m.facets.tally(q.req.Where, q.req.Count)
	kept := q.most(m, weights, t)
	if len(kept) == 0 {
		q.held = nil
		return none, nil
	}
	a := Answer{Total: t.total, Partial: true, ids: m.idsOf, matches: kept}
	if q.req.Count {
		a.Facets = t.counts()
	}
	held := uint16(0)
	for _, n := range kept {
		held |= q.held[n]
	}
	for i, g := range q.groups {
		if held&(1<<i) == 0 {
			a.Missing = append(a.Missing, g.typed)
		}
	}
	ix.rank(q, &a)
	return a, nil
}

// most returns the documents that hold nearly as much of the question as the best of them does, at most maxPartial, the best by stored score among equals; it
// counts them in t, with those met on the way that only a choice of facets keeps out.
func (q *question) most(m *mirror, weights []float64, t *tally) []uint32 {
	type set struct {
		covers float64
		docs   []uint32 // by stored score
	}
	var sets []*set
	byHeld := make([]*set, 1<<len(q.groups))
	for _, n := range m.order {
		held := q.held[n]
		if held == 0 {
			continue
		}
		s := byHeld[held]
		if s == nil {
			s = &set{covers: coverage(held, weights)}
			byHeld[held] = s
			sets = append(sets, s)
		}
		s.docs = append(s.docs, n)
	}
	slices.SortStableFunc(sets, func(a, b *set) int { return cmp.Compare(b.covers, a.covers) })
	see := m.sight(q.req.Kinds, q.req.Reads)
	var kept []uint32
	best := 0.0
	for _, s := range sets {
		if s.covers < halfway*best {
			break
		}
		for _, n := range s.docs {
			if !see.sees(n) || !t.add(n) {
				continue
			}
			best = max(best, s.covers)
			if kept = append(kept, n); len(kept) == maxPartial {
				return kept
			}
		}
	}
	return kept
}
