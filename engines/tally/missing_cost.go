package tally

import (
	"math"
	"slices"
)

// What a loser p of equal shares lacked in money needs few counts. While p is not bought, a count at a lower cost of p is the count that was
// made. In the round that buys a winner at the price ρ for each unit of worth, p at the cost x would be bought or tied only if
//
//	g(x) = Σ min(purse, ρ·x·weight) - x ≥ 0     (utility by cost, where x is its worth; Σ min(purse, ρ·weight) - x else),
//
// and after the last round only if all supporters together have x. Both hold up to some x and not above: g is concave and g(0) = 0. The largest
// such x over all rounds of a step and of those before it is that step's *bar*, rounded up where fast units do not tell. So at a cost above the
// bar of the last step, nothing changes at all, and p loses; at any other, nothing changes before the first step whose bar reaches it, and the
// search of add1 may begin there.
//
// That needs a search that ends for the money alone: no completion or add1, no comparison, no constraints.

// bar says that from a step on p may be bought at costs up to most.
type bar struct {
	step int64
	most int64
}

// hair is far more than what sums and products of floats here err by, and far less than a smallest unit of most costs.
const hair = 1 + 0x1p-44

// bars are by project, rising in both; nil for winners.
type bars [][]bar

// first is the first step in which p may be bought at the cost x; false when there is none.
func (b bars) first(p int, x int64) (int64, bool) {
	i, _ := slices.BinarySearchFunc(b[p], x, func(b bar, x int64) int { return compare(b.most, x) })
	if i == len(b[p]) {
		return 0, false
	}
	return b[p][i].step, true
}

// highest is the highest cost at which p may be bought at all.
func (b bars) highest(p int) int64 {
	if n := len(b[p]); n > 0 {
		return b[p][n-1].most
	}
	return 0
}

// bars counts every step up to the first that overspent once more, and looks at the losers in each round. nil where the proof does not hold.
func (c *counter) bars(in []bool) bars {
	s := c.shares
	if s == nil || !c.in.Limits.None() || s.completion != "none" && s.completion != "add1" || c.rule.Get("comparison") != "none" {
		return nil
	}
	last := int64(0)
	if s.completion == "add1" {
		last = s.search() + 1
	}
	b := make(bars, len(in))
	t := newContest(s.in, s.pool, s.perCost, s.rank)
	most := make([]int64, len(in))
	t.ceiling = MaxAmount
	t.watcher = func(ρ float64) {
		for p := range most {
			if !in[p] && t.support[p] > 0 {
				most[p] = t.reach(p, most[p], ρ)
			}
		}
	}
	for i := int64(0); i <= last; i++ {
		t.run(s.share(i), s.d0, 0, 0)
		t.watcher(math.Inf(1))
		for p, x := range most {
			if n := len(b[p]); n == 0 && x > 0 || n > 0 && x > b[p][n-1].most {
				b[p] = append(b[p], bar{i, x})
			}
		}
	}
	return b
}

// reach is the most that p may cost to be bought now at no more than ρ for each unit of worth, or most where that is more. It is never too low.
func (t *contest) reach(p int, most int64, ρ float64) int64 {
	slack := float64(t.slack(p) + 2)
	unit := math.Ldexp(1, t.shift) // fast units in a smallest unit
	if !t.perCost || math.IsInf(ρ, 1) {
		at := t.errCap + 1
		if ρ < float64(at) {
			at = int64(ρ) + 1
		}
		poor, rich := t.split(p, at)
		return max(most, int64((float64(poor)+float64(rich)*float64(at)+slack)/unit*hair)+1)
	}
	gap := func(x float64) (poor, rich, short float64) {
		at := t.errCap + 1
		if θ := ρ * x; θ < float64(at) {
			at = int64(θ) + 1
		}
		a, b := t.split(p, at)
		poor, rich = float64(a)+slack, float64(b)
		return poor, rich, x*unit - (poor+rich*float64(at))*hair
	}
	// g at the bar so far: below zero there, below it above.
	if most > 0 {
		if _, _, short := gap(float64(most)); short > 0 {
			return most
		}
	}
	// From the cost, at which p was not bought, down along tangents: each meets the line of costs above where g does.
	x := float64(t.costs[p])
	for range 20 {
		poor, rich, short := gap(x)
		if short <= 0 {
			break
		}
		next := (poor + 1) * hair / (unit - rich*ρ*hair)
		if !(next >= 0 && next < x) { // no bound, or none that is lower
			break
		}
		if x = next; short < unit/4 {
			break
		}
	}
	return max(most, int64(min(x, float64(t.costs[p]))*hair)+1)
}
