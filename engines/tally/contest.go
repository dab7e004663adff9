package tally

import (
	"math"
	"math/big"
	"math/bits"
)

// contest is equal shares with one first share: round after round it buys the project that costs its supporters least for what it is worth
// to them. It can be started again and again; each of the workers of add1 has its own.
type contest struct {
	*purses
	keep    *keeper
	costs   []int64
	perCost bool    // a project is worth its cost to each supporter; else one (or the points given)
	rank    []int32 // order between equals
	free    []int32 // projects that cost nothing, by rank
	ceiling int64   // give up when more than this was spent; it is known then that the share was too high

	heap    []entry
	later   []entry
	waiting []entry
	best    price
	other   price
	tied    []int32

	// What the last run bought and at which prices: the best guess of what this one will.
	hints     []hint
	hintShift int
	queued    []bool // by project: it is in the heap
	memo      memo

	won    []int32
	cost   int64
	record func(round) // nil: only the winners are wanted
	choose func(tied []int32) int32
}

// entry is a project in the queue: no round can buy it for less than low for each unit of worth, nor, when the first share rises by δ, for
// less than low - slope·δ.
type entry struct {
	low, slope float64
	c          int32
	fresh      bool // the bound is of this round
}

// hint is one purchase of the last run.
type hint struct {
	c int32
	t int64
}

// round is what a contest tells of one purchase, before it is paid.
type round struct {
	c     int32
	price *price
	full  int64
	tied  []int32
	pay   *big.Rat // the full payment for one weight, smallest units; nil for what costs nothing
}

func newContest(in *Instance, p *pool, perCost bool, rank []int32) *contest {
	t := &contest{purses: newPurses(p), keep: newKeeper(in), costs: in.Costs(), perCost: perCost, rank: rank, ceiling: math.MaxInt64, queued: make([]bool, len(in.Projects))}
	for c, cost := range t.costs {
		if cost == 0 && p.support[c] > 0 {
			t.free = append(t.free, int32(c))
		}
	}
	sortByRank(t.free, rank)
	t.memo.make(len(in.Projects), p.wmax)
	return t
}

func sortByRank(list []int32, rank []int32) {
	for i := 1; i < len(list); i++ {
		for j := i; j > 0 && rank[list[j]] < rank[list[j-1]]; j-- {
			list[j], list[j-1] = list[j-1], list[j]
		}
	}
}

// worthOf is what c is worth to a supporter, for one weight.
func (t *contest) worthOf(c int32) int64 {
	if t.perCost {
		return t.costs[c]
	}
	return 1
}

// low and high keep rounding of floats on the safe side: they are far wider than its errors and far narrower than real differences.
const (
	low  = 1 - 0x1p-48
	high = 1 + 0x1p-48
)

// run buys until nothing can be bought with share/d0 each. It is false when it gave up above the ceiling. With delta it watches rises of
// the first share up to that many smallest units, and until is how far the winners stay.

func (t *contest) run(share *big.Int, d0 uint64, delta float64) bool {
	if t.loose = t.record == nil && t.choose == nil; t.loose {
		if fits := t.runOnce(share, d0, delta); !t.lost {
			return fits
		}
		t.loose = false
	}
	return t.runOnce(share, d0, delta)
}

func (t *contest) runOnce(share *big.Int, d0 uint64, delta float64) bool {
	t.fill(share, d0)
	if delta > 0 {
		t.watchFor(math.Ldexp(delta, t.shift))
	}
	t.keep.reset()
	t.won, t.cost = t.won[:0], 0
	clear(t.queued)
	if t.shift != t.hintShift {
		t.hints, t.hintShift = t.hints[:0], t.shift
	}
	t.memo.begin(t.errCap, t.shift)
	t.heap, t.waiting = t.heap[:0], t.waiting[:0]
	for c, cost := range t.costs {
		// All have the same share now: what a project's supporters can pay together is known without a look at them.
		if cost == 0 || t.support[c] == 0 {
			continue
		}
		if !t.affords(int64(c), cost) {
			if t.watching {
				t.within(math.Ldexp(float64(cost), t.shift)*low/float64(t.support[c])-float64(t.errCap+2), 1)
			}
			continue
		}
		e := entry{low: float64(t.fast(cost)-1) / float64(t.weight[c]) / float64(t.worthOf(int32(c))) * low, c: int32(c)}
		t.push(e)
		t.queued[c] = true
	}
	for {
		if t.takeFree() {
			continue
		}
		if more := t.next(); t.lost {
			return false
		} else if !more {
			return true
		}
		if t.cost > t.ceiling {
			return false
		}
	}
}

// affords tells exactly whether cost ≤ supporters × share at the start.
func (t *contest) affords(c, cost int64) bool {
	hi, lo := bits.Mul64(uint64(cost), t.d0)
	if len(t.share) <= 1 {
		s := uint64(0)
		if len(t.share) == 1 {
			s = t.share[0]
		}
		h, l := bits.Mul64(s, uint64(t.support[c]))
		return hi < h || hi == h && lo <= l
	}
	need := nat{lo, hi}.trim()
	return need.cmp(append(nat(nil), t.share...).mulWord(uint64(t.support[c]))) <= 0
}

// takeFree takes the first project that costs nothing and may be taken.
func (t *contest) takeFree() bool {
	for _, c := range t.free {
		if !t.keep.won[c] && t.keep.allows(int(c)) == may {
			if t.record != nil {
				t.record(round{c: c, full: t.support[c]})
			}
			t.taken(c)
			return true
		}
	}
	return false
}

func (t *contest) taken(c int32) {
	t.keep.take(int(c))
	t.memo.bought(c)
	t.queued[c] = false
	t.won = append(t.won, c)
	t.cost += t.costs[c]
	for _, e := range t.waiting {
		t.push(e)
	}
	t.waiting = t.waiting[:0]
}

// next makes one purchase; false when no project can be bought.
func (t *contest) next() bool {
	found := false
	limit := math.Inf(1)
	t.memo.arrive(len(t.won))
	t.later, t.tied = t.later[:0], t.tied[:0]
	place, first := len(t.won), entry{c: -1}
	if place < len(t.hints) {
		// What was bought at this place before is looked at first: then the others need one walk each at most.
		if h := t.hints[place]; t.queued[h.c] && t.keep.allows(int(h.c)) == may &&
			t.settle(int(h.c), h.t, true, t.costs[h.c], &t.best) && (!t.best.close || t.finish(&t.best, t.costs[h.c], false)) {
			first.c, found = h.c, true
			t.bound(&first, &t.best)
			t.tied = append(t.tied, h.c)
			limit = float64(t.best.t+t.best.e) / float64(t.worthOf(h.c)) * high
		}
	}
	for len(t.heap) > 0 && t.heap[0].low <= limit {
		if t.lost {
			return false
		}
		e := t.pop()
		switch t.keep.allows(int(e.c)) {
		case never:
			t.queued[e.c] = false
			continue
		case waits:
			t.waiting = append(t.waiting, e)
			continue
		}
		cost := t.costs[e.c]
		from := int64(e.low * float64(t.worthOf(e.c)))
		if e.c == first.c {
			t.later = append(t.later, first)
			continue
		}
		if found {
			v, ok := t.screen(&e, limit)
			if !ok {
				if v {
					t.later = append(t.later, e)
				} else {
					t.queued[e.c] = false
				}
				continue
			}
		}
		if !t.settle(int(e.c), from, false, cost, &t.other) || t.other.close && !t.finish(&t.other, cost, false) {
			t.queued[e.c] = false
			continue
		}
		t.bound(&e, &t.other)
		t.later = append(t.later, e)
		better := -1
		if found {
			better = t.compare(&t.other, &t.best)
		}
		switch {
		case better < 0:
			t.best, t.other = t.other, t.best
			t.tied = append(t.tied[:0], e.c)
			limit = float64(t.best.t+t.best.e) / float64(t.worthOf(e.c)) * high
			found = true
		case better == 0:
			t.tied = append(t.tied, e.c)
			if t.rank[e.c] < t.rank[t.best.c] {
				t.best, t.other = t.other, t.best
			}
		}
	}
	if !found {
		for _, e := range t.later {
			t.push(e)
		}
		return false
	}
	c := int32(t.best.c)
	if t.choose != nil && len(t.tied) > 1 {
		sortByRank(t.tied, t.rank)
		if pick := t.choose(t.tied); pick != c {
			c = pick
			t.settle(int(c), 0, false, t.costs[c], &t.best)
		}
	}
	if !t.loose {
		t.finish(&t.best, t.costs[c], false)
	}
	if t.lost {
		return false
	}
	if place < len(t.hints) {
		t.hints[place] = hint{c, t.best.t}
	} else if place == len(t.hints) {
		t.hints = append(t.hints, hint{c, t.best.t})
	}
	for _, e := range t.later {
		if e.c != c {
			t.push(e)
		}
	}
	t.memo.pays(c, t.best.t)
	if t.watching && t.until > 0 {
		t.follow(&t.best, t.ahead(c))
	}
	if t.record != nil {
		sortByRank(t.tied, t.rank)
		r := round{c: c, price: &t.best, tied: t.tied, pay: t.rat(&t.best)}
		r.full = t.pay(&t.best)
		t.record(r)
	} else {
		t.pay(&t.best)
	}
	t.taken(c)
	return true
}

// bound sets how cheap e can be from its price.
func (t *contest) bound(e *entry, p *price) {
	worth := float64(t.worthOf(e.c))
	e.low = float64(p.t-p.e) / worth * low
	if t.watching {
		e.slope, e.fresh = t.rise(int(e.c), p.cut)/float64(p.m)/worth*wider, true
		if p.close {
			t.until = 0
		}
	}
}

// screen tells in one walk whether e may be as cheap as limit; when not, e.low is raised to what it costs at least, and the first result
// tells whether it can be bought at all.
func (t *contest) screen(e *entry, limit float64) (affordable, may bool) {
	c := int(e.c)
	goal, slack := t.fast(t.costs[c]), t.slack(c)
	at := t.errCap + 1
	if f := limit*float64(t.worthOf(e.c))*high + 2; f < float64(at) {
		at = int64(f)
	}
	use := t.loose && !t.watching
	if use {
		// What an earlier count saw at this place bounds what the supporters have now.
		if poor, rich, ok := t.memo.recall(c); ok {
			if short := goal - 1 - slack - poor - rich*at; short > 0 {
				if rich == 0 {
					return false, false
				}
				e.low = float64(at+short/rich) / float64(t.worthOf(e.c)) * low
				return true, false
			}
		}
	}
	poor, rich := t.split(c, at)
	if use {
		t.memo.note(c, poor, (t.support[c]-rich/t.wmax)*t.wmax, rich)
	}
	short := goal - 1 - slack - poor - rich*at
	if short <= 0 {
		return true, true
	}
	if rich == 0 {
		if t.watching {
			t.within(float64(short), t.rise(c, at))
		}
		return false, false
	}
	worth := float64(t.worthOf(e.c))
	e.low = float64(at+short/rich) / worth * low
	if t.watching {
		e.slope = t.rise(c, at) / float64(rich) / worth * wider
	}
	return true, false
}

// compare is -1 when a costs less for its worth than b, exactly.
func (t *contest) compare(a, b *price) int {
	ua, ub := t.worthOf(int32(a.c)), t.worthOf(int32(b.c))
	fa, fb := float64(ua), float64(ub)
	switch {
	case float64(a.t+a.e)/fa*high < float64(b.t-b.e)/fb*low:
		return -1
	case float64(a.t-a.e)/fa*low > float64(b.t+b.e)/fb*high:
		return 1
	}
	t.finish(a, t.costs[a.c], false)
	t.finish(b, t.costs[b.c], false)
	l := append(nat(nil), a.x...).mulWord(b.m).mulWord(uint64(ub))
	r := append(nat(nil), b.x...).mulWord(a.m).mulWord(uint64(ua))
	return l.cmp(r)
}

func (t *contest) push(e entry) {
	h := append(t.heap, e)
	i := len(h) - 1
	for i > 0 {
		up := (i - 1) / 2
		if h[up].low <= e.low {
			break
		}
		h[i] = h[up]
		i = up
	}
	h[i] = e
	t.heap = h
}

func (t *contest) pop() entry {
	h := t.heap
	top, last := h[0], h[len(h)-1]
	h = h[:len(h)-1]
	i := 0
	for {
		down := 2*i + 1
		if down >= len(h) {
			break
		}
		if down+1 < len(h) && h[down+1].low < h[down].low {
			down++
		}
		if h[down].low >= last.low {
			break
		}
		h[i] = h[down]
		i = down
	}
	if len(h) > 0 {
		h[i] = last
	}
	t.heap = h
	return top
}
