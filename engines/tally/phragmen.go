package tally

import (
	"math/big"
	"slices"
)

// phragmen buys projects as their supporters, who earn alike all the time, come to own the cost. A group's load is the moment of its last
// purchase, so all sums of loads are whole multiples of a few exact moments: floats find the next project, and whatever comes within their
// error is compared as rationals.
type phragmen struct {
	in   *Instance
	pool *pool
	rank []int32
	skip bool // leave out what would overspend, instead of ending there
}

// moment is one purchase: when it came.
type moment struct {
	c    int32
	at   *big.Rat
	tied []int32
}

// floatError is far above the rounding of a sum of 2^28 floats of one sign, relative to the sum (2^28 × 2^-53).
const floatError = 0x1p-24

// run buys until nothing more can be bought. priced tells that what was paid is a price system (Peters, Pierczyński and Skowron, 2021): every
// voter has earned the same, paid only for projects on the ballot, and no project that lost could be bought by what its supporters have left.
// The rule sees to that, but for projects that it leaves out because they cost too much or are barred: those are looked at in the end, when the
// rounds are recorded.
func (p *phragmen) run(record func(moment), choose func([]int32) int32) (won []int32, priced bool) {
	keep, costs := newKeeper(p.in), p.in.Costs()
	last := make([]int32, len(p.pool.mult)) // by group the number of its last purchase, from 1; 0 none
	at := []*big.Rat{new(big.Rat)}
	load := []float64{0}
	spent := int64(0)
	out := make([]bool, len(costs))
	low := make([]float64, len(costs)) // loads only grow, so an old sum bounds the new from below
	near := func(c int32) float64 {
		sum := float64(costs[c])
		sup, _ := p.pool.supporters(int(c))
		for _, g := range sup {
			sum += float64(p.pool.mult[g]) * load[last[g]]
		}
		return sum / float64(p.pool.support[c])
	}
	exact := func(c int32) *big.Rat {
		count := make([]int64, len(at))
		sup, _ := p.pool.supporters(int(c))
		for _, g := range sup {
			count[last[g]] += int64(p.pool.mult[g])
		}
		sum := new(big.Rat).SetInt64(costs[c])
		for v, n := range count {
			if n > 0 {
				sum.Add(sum, new(big.Rat).Mul(at[v], new(big.Rat).SetInt64(n)))
			}
		}
		return sum.Quo(sum, new(big.Rat).SetInt64(p.pool.support[c]))
	}
	for c := range costs {
		out[c] = costs[c] > p.in.Budget || p.pool.support[c] == 0
	}
	// Supporters of c own its cost at the moment exact(c): not before the last purchase, or they could have bought it. A need can make a purchase
	// come before an earlier one, and then nothing is said.
	isPriced := func() bool {
		if record == nil || len(p.in.Limits.Needs) > 0 {
			return false
		}
		for c := range costs {
			if !keep.won[c] && p.pool.support[c] > 0 && exact(int32(c)).Cmp(at[len(at)-1]) < 0 {
				return false
			}
		}
		return true
	}
	for {
		best := -1.0
		var tied []int32
		for c := range costs {
			if out[c] || keep.won[c] {
				continue
			}
			switch keep.allows(c) {
			case never:
				out[c] = true
				continue
			case waits:
				continue
			}
			if p.skip && costs[c] > p.in.Budget-spent {
				out[c] = true
				continue
			}
			if best >= 0 && low[c]*(1-floatError) > best*(1+floatError) {
				continue
			}
			low[c] = near(int32(c))
			if best < 0 || low[c] < best {
				best = low[c]
			}
			tied = append(tied, int32(c))
		}
		if len(tied) == 0 {
			return won, isPriced()
		}
		tied = slices.DeleteFunc(tied, func(c int32) bool { return low[c]*(1-floatError) > best*(1+floatError) })
		moments := make([]*big.Rat, len(tied))
		if len(tied) > 1 {
			least := (*big.Rat)(nil)
			for i, c := range tied {
				moments[i] = exact(c)
				if least == nil || moments[i].Cmp(least) < 0 {
					least = moments[i]
				}
			}
			i := 0
			tied = slices.DeleteFunc(tied, func(int32) bool { i++; return moments[i-1].Cmp(least) > 0 })
		}
		if !p.skip && slices.ContainsFunc(tied, func(c int32) bool { return costs[c] > p.in.Budget-spent }) {
			return won, isPriced()
		}
		sortByRank(tied, p.rank)
		c := tied[0]
		if choose != nil && len(tied) > 1 {
			c = choose(tied)
		}
		when := exact(c)
		at = append(at, when)
		f, _ := when.Float64()
		load = append(load, f)
		sup, _ := p.pool.supporters(int(c))
		for _, g := range sup {
			last[g] = int32(len(at) - 1)
		}
		keep.take(int(c))
		spent += costs[c]
		won = append(won, c)
		if record != nil {
			record(moment{c, when, tied})
		}
	}
}
