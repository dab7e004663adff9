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

	// What the last run bought, in its order, and at which prices: the best guess of what this one will.
	plan, made []int32
	at         int // in plan: what was before is bought or cannot be
	past       []past
	pastShift  int
	queued     []bool // by project: it is in the heap
	memo       memo

	won     []int32
	cost    int64
	record  func(round)         // nil: only the winners are wanted
	watcher func(price float64) // called before each payment with the most that it may be for each unit of worth; nil: nobody
	choose  func(tied []int32) int32
}

// entry is a project in the queue: no round can buy it for less than low for each unit of worth, nor, when the first share rises by δ, for
// less than low - slope·δ.
type entry struct {
	low, slope float64
	c          int32
	fresh      bool // the bound is of this round
}

// past is at which price a project was bought last, and how much dearer that was than the time before.
type past struct{ t, more int64 }

// guess is the price of c if prices go on as they went; 0 when it was never bought.
func (t *contest) guess(c int32) int64 {
	p := &t.past[c]
	return max(0, p.t+p.more)
}

// learn keeps that c was bought.
func (t *contest) learn(c int32, at int64) {
	p := &t.past[c]
	more := at - p.t
	if p.t == 0 || max(more, -more) > at>>4 {
		more = 0
	}
	*p = past{at, more}
	t.made = append(t.made, c)
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
	t := &contest{purses: newPurses(p), keep: newKeeper(in), costs: in.Costs(), perCost: perCost, rank: rank, ceiling: math.MaxInt64, queued: make([]bool, len(in.Projects)),
		past: make([]past, len(in.Projects))}
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
// the first share up to that many smallest units, and until is how far the winners stay; 0 when that is less than least.
func (t *contest) run(share *big.Int, d0 uint64, delta, least float64) bool {
	t.loose = t.record == nil && t.choose == nil
	for t.loose {
		if fits := t.runOnce(share, d0, delta, least); !t.lost {
			return fits
		}
		t.loose = t.refine()
	}
	return t.runOnce(share, d0, delta, least)
}

func (t *contest) runOnce(share *big.Int, d0 uint64, delta, least float64) bool {
	t.fill(share, d0)
	if delta > 0 {
		t.watchFor(math.Ldexp(delta, t.shift), math.Ldexp(least, t.shift))
	}
	t.keep.reset()
	t.won, t.cost = t.won[:0], 0
	clear(t.queued)
	if t.shift != t.pastShift {
		clear(t.past)
		t.pastShift = t.shift
	}
	t.made, t.at = t.made[:0], 0
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
			t.plan, t.made = t.made, t.plan
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
	t.watching = t.watching && t.until > 0
	limit := math.Inf(1)
	t.memo.arrive(len(t.won))
	t.later, t.tied = t.later[:0], t.tied[:0]
	first := entry{c: -1}
	for t.at < len(t.plan) && !t.queued[t.plan[t.at]] {
		t.at++
	}
	if t.at < len(t.plan) {
		// The next that was bought before is looked at first: then the others need one walk each at most.
		if c := t.plan[t.at]; t.keep.allows(int(c)) == may &&
			t.settle(int(c), t.guess(c), true, t.costs[c], &t.best) && (!t.best.close || t.finish(&t.best, t.costs[c], false)) {
			first.c, found = c, true
			t.bound(&first, &t.best)
			t.tied = append(t.tied, c)
			limit = float64(t.best.t+t.best.e) / float64(t.worthOf(c)) * high
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
		if e.c == first.c {
			t.later = append(t.later, first)
			continue
		}
		from := int64(e.low * float64(t.worthOf(e.c)))
		if found {
			next, affordable, may := t.screen(&e, limit)
			if !may {
				if affordable {
					t.later = append(t.later, e)
				} else {
					t.queued[e.c] = false
				}
				continue
			}
			from = max(from, next)
		} else if g := t.guess(e.c); g > from {
			from = g
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
	for _, e := range t.later {
		if e.c != c {
			t.push(e)
		}
	}
	if t.watching && t.until > 0 {
		t.follow(&t.best, t.ahead(c))
	}
	if t.watcher != nil {
		t.watcher(float64(t.best.t+t.best.e) / float64(t.worthOf(c)) * high)
	}
	if t.loose {
		if t.payLoosely(&t.best, t.costs[c]); t.lost {
			return false
		}
	} else if t.record != nil {
		sortByRank(t.tied, t.rank)
		r := round{c: c, price: &t.best, tied: t.tied, pay: t.rat(&t.best)}
		r.full = t.pay(&t.best)
		t.record(r)
	} else {
		t.pay(&t.best)
	}
	t.memo.pays(c, t.best.t)
	t.learn(c, t.best.t)
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

// screen tells in one walk whether e may be as cheap as limit, and then where the search for its price best begins; when not, e.low is raised to
// what it costs at least, and affordable tells whether it can be bought at all.
func (t *contest) screen(e *entry, limit float64) (next int64, affordable, may bool) {
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
					return 0, false, false
				}
				e.low = float64(at+short/rich) / float64(t.worthOf(e.c)) * low
				return 0, true, false
			}
		}
	}
	poor, rich := t.split(c, at)
	if use {
		t.memo.note(c, poor, (t.support[c]-rich/t.wmax)*t.wmax, rich)
	}
	short := goal - 1 - slack - poor - rich*at
	if short <= 0 {
		if rich > 0 {
			next = max(0, (goal-poor)/rich)
		}
		return next, true, true
	}
	if rich == 0 {
		if t.watching {
			t.within(float64(short), t.rise(c, at))
		}
		return 0, false, false
	}
	worth := float64(t.worthOf(e.c))
	e.low = float64(at+short/rich) / worth * low
	if t.watching {
		e.slope = t.rise(c, at) / float64(rich) / worth * wider
	}
	return 0, true, false
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
