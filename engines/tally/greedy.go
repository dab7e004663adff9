package tally

import (
	"math/bits"
	"slices"
)

// tallies are what greedy rules compare projects by.
type tallies struct {
	score []int64 // votes, points or ranks added up
	votes []int64 // ballots that name the project
}

// add sums the ballots up.
func (b *Ballots) add(how weights) tallies {
	t := tallies{make([]int64, b.Candidates), make([]int64, b.Candidates)}
	long := b.longest()
	for g, m := range b.Mult {
		b.weigh(g, how, long, func(c uint16, w int32) {
			t.score[c] += int64(m) * int64(w)
			t.votes[c] += int64(m)
		})
	}
	return t
}

// greedy is one of the rules that go down a list.
type greedy struct {
	in      *Instance
	t       tallies
	perCost bool  // by score for the money
	stop    bool  // at the first that does not fit
	least   int64 // score that a project must have
	fund    bool  // projects without a vote too
	rank    []int32
	phase   string
}

// order lists the projects best first. equal tells which of them only the tie order put in their place.
func (g *greedy) order() []int32 {
	var list []int32
	for c := range g.in.Projects {
		if (g.t.votes[c] > 0 || g.fund) && g.t.score[c] >= g.least {
			list = append(list, int32(c))
		}
	}
	slices.SortFunc(list, func(a, b int32) int {
		if d := g.compare(a, b); d != 0 {
			return d
		}
		return int(g.rank[a] - g.rank[b])
	})
	return list
}

// compare is -1 when a stands before b by score.
func (g *greedy) compare(a, b int32) int {
	if !g.perCost {
		return compare(g.t.score[b], g.t.score[a])
	}
	// score(a)/cost(a) against score(b)/cost(b), crosswise in 128 bits; what costs nothing and has votes is before all.
	ca, cb := g.in.Projects[a].Cost, g.in.Projects[b].Cost
	if ca == 0 && g.t.score[a] == 0 {
		ca = 1 // nothing for nothing is nothing
	}
	if cb == 0 && g.t.score[b] == 0 {
		cb = 1
	}
	if (ca == 0) != (cb == 0) {
		if ca == 0 {
			return -1
		}
		return 1
	}
	if ca == 0 {
		return compare(g.t.score[b], g.t.score[a])
	}
	ah, al := bits.Mul64(uint64(g.t.score[a]), uint64(cb))
	bh, bl := bits.Mul64(uint64(g.t.score[b]), uint64(ca))
	switch {
	case ah > bh || ah == bh && al > bl:
		return -1
	case ah < bh || al < bl:
		return 1
	}
	return 0
}

// run takes projects down the list after those already won, whose cost is in spent, and returns all winners.
func (g *greedy) run(k *keeper, won []int32, spent int64, record func(c int32, taken bool, why leave, tied []int32), choose func([]int32) int32) []int32 {
	list := slices.DeleteFunc(g.order(), func(c int32) bool { return k.won[c] })
	var waiting []int32
	take := func(c int32, tied []int32) (stop bool) {
		switch why := k.allows(int(c)); {
		case why == waits:
			waiting = append(waiting, c)
			return false
		case why == never || g.in.Projects[c].Cost > g.in.Budget-spent:
			if record != nil {
				record(c, false, why, tied)
			}
			return g.stop
		}
		k.take(int(c))
		won = append(won, c)
		spent += g.in.Projects[c].Cost
		if record != nil {
			record(c, true, may, tied)
		}
		return false
	}
	for len(list) > 0 {
		n := 1 // the first n are equal by score
		for n < len(list) && g.compare(list[0], list[n]) == 0 {
			n++
		}
		i := 0
		if choose != nil && n > 1 {
			pick := choose(list[:n])
			i = slices.Index(list, pick)
		}
		c := list[i]
		var tied []int32
		if n > 1 {
			tied = slices.Clone(list[:n])
		}
		list = slices.Delete(list, i, i+1)
		before := len(won)
		if take(c, tied) {
			break
		}
		// What waited for this winner comes before all that stands below it, in its own order.
		for len(won) > before && len(waiting) > 0 {
			before = len(won)
			again := waiting
			waiting = nil
			for _, c := range again {
				if take(c, nil) {
					return won
				}
			}
		}
	}
	return won
}
