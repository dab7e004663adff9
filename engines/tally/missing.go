package tally

import (
	"cmp"
	"errors"
	"math"
	"slices"
	"sync"
	"sync/atomic"
)

// To prove its number the least, at most so many counts are spent on one project, and at most so many choices read: choices on all ballots × steps ×
// counts. MissingNear looks at the nearest losers, as many as can be searched, by some twenty counts for votes and for money each, within nearReads
// together: some ten seconds for a large city. A limit by the clock would give another result on another machine.
const (
	leastCounts = 2000
	leastReads  = 20_000_000
	nearReads   = 3_000_000_000
	nearCounts  = 40
)

// missing finds for each loser the votes and the money that it lacked, by counting again.
//
// A vote more is one more ballot that names this project alone (with one point, or in first place). Less cost is less of the smallest unit.
// Both searches double until the project wins and then halve: the number found wins, and one less does not.
//
// It is the least number where more can only help (see monotone: then that is proved), or where every smaller number was counted too, or proved
// to change nothing (see bars), and does not win. With MissingLeast that is done whatever it takes; else within leastCounts and leastReads, and a
// number that may not be the least is marked.
func (c *counter) missing(res *Result, won []int32, how Missing) error {
	in := make([]bool, len(c.in.Projects))
	for _, p := range won {
		in[p] = true
	}
	reads := int64(len(c.in.Ballots.Choice)+1) * int64(res.Steps+1)
	most := min(leastCounts, leastReads/reads)
	if how == MissingLeast {
		most = math.MaxInt64
	}
	votes, cost := c.monotone()
	bars := c.bars(in)
	losers, far := c.nearest(in, bars), []int(nil)
	if few := int(max(1, min(nearReads/nearCounts/reads, math.MaxInt32))); how == MissingNear && few < len(losers) {
		losers, far = losers[:few], losers[few:]
	}
	for _, p := range far {
		res.Projects[p].Unsearched = true
	}
	return c.each(losers, func(p int) error {
		v := &res.Projects[p]
		more, err := c.withVotes(p)
		if err != nil {
			return err
		}
		if n, least, ok := threshold(1, 1<<24, votes, most, more); ok {
			x := Whole(n)
			v.MissingVotes, v.VotesAtMost = &x, !least
		}
		less, err := c.withLess(p, bars)
		if err != nil {
			return err
		}
		from := int64(1)
		if bars != nil { // at a higher cost it is known to lose
			from = max(1, c.in.Projects[p].Cost-bars.highest(p))
		}
		if n, least, ok := threshold(from, c.in.Projects[p].Cost, cost, most, less); ok {
			x := c.money(n)
			v.MissingCost, v.CostAtMost = &x, !least
		}
		return nil
	})
}

// nearest are the losers, those first that could have been bought at the largest part of their cost; by votes where bars do not tell.
func (c *counter) nearest(in []bool, b bars) []int {
	var losers []int
	near := make([]float64, len(in))
	for p := range in {
		if in[p] {
			continue
		}
		losers = append(losers, p)
		near[p] = float64(c.tallies.votes[p])
		if b != nil {
			near[p] = float64(b.highest(p)) / float64(c.in.Projects[p].Cost+1)
		}
	}
	slices.SortStableFunc(losers, func(p, q int) int {
		return cmp.Or(cmp.Compare(near[q], near[p]), cmp.Compare(c.in.Projects[p].ID, c.in.Projects[q].ID))
	})
	return losers
}

// each calls f with every project of the list, by all workers. Each f writes to its own project's verdict alone.
func (c *counter) each(list []int, f func(p int) error) error {
	errs := make([]error, len(list))
	var next atomic.Int64
	var wg sync.WaitGroup
	for range min(c.workers, len(list)) {
		wg.Go(func() {
			for i := next.Add(1) - 1; i < int64(len(list)); i = next.Add(1) - 1 {
				errs[i] = f(list[i])
			}
		})
	}
	wg.Wait()
	return errors.Join(errs...)
}

// monotone tells for which of the two, more votes and less cost, a project that wins with some wins with more.
//
// Rules that go down a list by score: only the project's own score changes, it moves up, so that what was taken before it is part of what was
// taken before, and fits at least as well. Its cost moves it up or nowhere. Equal shares without raises, by cost: while p is not bought the
// count is the one without p. Say p wins at a cost, in some round of that; then at a lower cost p's supporters can pay it in that round too,
// and at no higher price for its worth, as Σ min(purse, ρ·cost)/cost falls with cost; so it is bought then, unless it was before. The proofs
// need a tie order that does not turn against the better, and no constraints.
func (c *counter) monotone() (votes, cost bool) {
	if !c.in.Limits.None() {
		return false, false
	}
	upward := !slices.Contains(c.ties.Keys, "fewer") && !slices.Contains(c.ties.Keys, "dear")
	switch c.rule.Name {
	case Greedy, GreedyNoSkip, GreedyThreshold, GreedyPerCost, Points:
		return upward, upward
	case EqualShares:
		return false, upward && c.rule.Get("completion") == "none" && c.rule.Get("comparison") == "none"
	}
	return false, false
}

// threshold is the number in 1..top at which wins turns true, by doubling and halving; none below from wins. It is the least if wins is monotone;
// else all from from are tried, while there are no more than most.
func threshold(from, top int64, monotone bool, most int64, wins func(int64) bool) (n int64, least, ok bool) {
	if top <= 0 {
		return 0, false, false
	}
	lo, hi := int64(0), int64(1)
	for hi < from || !wins(hi) {
		if hi == top {
			return 0, false, false
		}
		lo, hi = hi, min(top, 2*hi)
	}
	for hi-lo > 1 {
		if mid := lo + (hi-lo)/2; mid >= from && wins(mid) {
			hi = mid
		} else {
			lo = mid
		}
	}
	if monotone {
		return hi, true, true
	}
	for n := from; n < hi; n++ {
		if n-from >= most {
			return hi, false, true
		}
		if wins(n) {
			return n, true, true
		}
	}
	return hi, true, true
}

// again counts other, by equal shares from that step of the search on, and tells whether p wins.
func (c *counter) again(other *Instance, p int, from int64) (bool, error) {
	d := &counter{rule: c.rule, in: other, workers: 1}
	if err := d.prepare(); err != nil {
		return false, err
	}
	if d.shares != nil {
		d.shares.from = from
	}
	for _, w := range d.count(nil, nil).won {
		if int(w) == p {
			return true, nil
		}
	}
	return false, nil
}

// withVotes tells whether p wins with so many more ballots.
func (c *counter) withVotes(p int) (func(int64) bool, error) {
	b := c.in.Ballots
	more := &Ballots{Kind: b.Kind, Candidates: b.Candidates, Off: append(b.Off[:len(b.Off):len(b.Off)], uint32(len(b.Choice)+1)),
		Choice: append(b.Choice[:len(b.Choice):len(b.Choice)], uint16(p)), Mult: append(b.Mult[:len(b.Mult):len(b.Mult)], 0)}
	if b.Points != nil {
		point := int32(1)
		if c.judge != nil {
			for _, x := range b.Points {
				point = max(point, x)
			}
		}
		more.Points = append(b.Points[:len(b.Points):len(b.Points)], point)
	}
	other := *c.in
	other.Ballots = more
	check := func(n int64) (bool, error) {
		if n > math.MaxUint32 || int64(b.Voters)+n > MaxVoters {
			return false, nil
		}
		more.Mult[len(more.Mult)-1] = uint32(n)
		more.Voters = b.Voters + int(n)
		return c.again(&other, p, 0)
	}
	if _, err := check(1); err != nil {
		return nil, err
	}
	return func(n int64) bool { ok, _ := check(n); return ok }, nil // what the first count took, the others take
}

// withLess tells whether p wins when it costs so many units less. bars may be nil.
func (c *counter) withLess(p int, b bars) (func(int64) bool, error) {
	other := *c.in
	other.Projects = append([]Project(nil), c.in.Projects...)
	check := func(n int64) (bool, error) {
		from := int64(0)
		if b != nil {
			first, ok := b.first(p, c.in.Projects[p].Cost-n)
			if !ok {
				return false, nil
			}
			from = first
		}
		other.Projects[p].Cost = c.in.Projects[p].Cost - n
		return c.again(&other, p, from)
	}
	if c.in.Projects[p].Cost > 0 {
		if _, err := check(1); err != nil {
			return nil, err
		}
	}
	return func(n int64) bool { ok, _ := check(n); return ok }, nil // what the first count took, the others take
}
