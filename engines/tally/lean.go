package tally

import (
	"math/big"
	"slices"
)

// The search of add1 counts with a *lean* pool: projects that nobody could buy even at the highest share that it is made for are left out of
// the ballots, and ballots that are equal without them are one. Sums over voters stay what they are, so nothing that is decided changes.

// leanStage is for shares up to so many steps.
type leanStage struct {
	upto int64
	pool *pool
}

// hunter is a contest of one worker of the search, for steps up to upto.
type hunter struct {
	t    *contest
	upto int64
}

// hunterFor gives worker w a contest that may count the share after so many steps.
func (s *shares) hunterFor(w int, step int64) *contest {
	s.mu.Lock()
	defer s.mu.Unlock()
	for len(s.hunters) <= w {
		s.hunters = append(s.hunters, hunter{})
	}
	if h := &s.hunters[w]; h.t != nil && step <= h.upto {
		return h.t
	}
	k := 0
	for ; k < len(s.stages) && s.stages[k].upto < step; k++ {
	}
	if k == len(s.stages) {
		// Up to twice the share; shares are not far from what most counts end at.
		per := new(big.Int).Quo(s.share(step), new(big.Int).SetUint64(s.d0))
		per.Quo(per, big.NewInt(s.step))
		upto := step + 64 + min(max(per.Int64(), 0), 1<<60)
		s.stages = append(s.stages, leanStage{upto, s.lean(upto)})
	}
	st := s.stages[k]
	if st.pool == s.pool {
		s.hunters[w] = hunter{s.contest(w), st.upto}
	} else {
		s.hunters[w] = hunter{newContest(s.in, st.pool, s.perCost, s.rank), st.upto}
	}
	return s.hunters[w].t
}

// lean is the pool for shares up to so many steps; the pool itself where little can be left out, or ballots carry weights.
func (s *shares) lean(upto int64) *pool {
	p := s.pool
	if p.w != nil {
		return p
	}
	share := s.share(upto)
	keep := make([]bool, len(p.support))
	dropped := uint32(0)
	for c, cost := range s.in.Costs() {
		all := new(big.Int).Mul(share, big.NewInt(p.support[c]))
		keep[c] = all.Cmp(new(big.Int).Mul(big.NewInt(cost), new(big.Int).SetUint64(s.d0))) >= 0
		if !keep[c] || cost == 0 {
			keep[c] = false // what costs nothing is taken without a look at purses
			dropped += p.supOff[c+1] - p.supOff[c]
		}
	}
	if 8*uint64(dropped) < uint64(len(p.sup)) {
		return p
	}
	out := *p
	out.mult, out.off = make([]uint32, 0, len(p.mult)), append(make([]uint32, 0, len(p.mult)+1), 0)
	named := make([]uint16, 0, len(p.sup)-int(dropped))
	size := 1024
	for size < 2*len(p.mult) {
		size *= 2
	}
	table := make([]uint32, size) // open addressing: group+1
	b := s.in.Ballots
	for g, m := range p.mult {
		from, pts := len(named), b.PointsOf(g)
		for i, c := range b.Choices(g) {
			if keep[c] && (pts == nil || pts[i] > 0) {
				named = append(named, c)
			}
		}
		list := named[from:]
		if len(list) == 0 {
			continue
		}
		if b.Kind == Ordinal {
			slices.Sort(list)
		}
		at := hash(list, nil) & uint32(size-1)
		for ; table[at] != 0; at = (at + 1) & uint32(size-1) {
			if o := table[at] - 1; slices.Equal(named[out.off[o]:out.off[o+1]], list) {
				out.mult[o] += m
				named = named[:from]
				break
			}
		}
		if table[at] == 0 {
			out.mult, out.off = append(out.mult, m), append(out.off, uint32(len(named)))
			table[at] = uint32(len(out.mult))
		}
	}
	out.supOff = make([]uint32, len(p.supOff))
	for _, c := range named {
		out.supOff[c+1]++
	}
	for c := range keep {
		out.supOff[c+1] += out.supOff[c]
	}
	out.sup = make([]uint32, len(named))
	at := slices.Clone(out.supOff)
	for g := range out.mult {
		for _, c := range named[out.off[g]:out.off[g+1]] {
			out.sup[at[c]] = uint32(g)
			at[c]++
		}
	}
	return &out
}
