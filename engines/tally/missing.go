package tally

import "math"

// missing finds for each loser the votes and the money that it lacked, by counting again.
//
// A vote more is one more ballot that names this project alone (with one point, or in first place). Less cost is less of the smallest unit.
// Both searches double until the project wins and then halve: the number found wins, and one less does not. With least, every smaller number
// of votes was counted too. Rules for which more can hurt (equal shares raised by steps) may win with fewer votes than found without least.
func (c *counter) missing(res *Result, won []int32, least bool) error {
	in := make([]bool, len(c.in.Projects))
	for _, p := range won {
		in[p] = true
	}
	for p := range c.in.Projects {
		if in[p] {
			continue
		}
		more, err := c.withVotes(p)
		if err != nil {
			return err
		}
		if n, ok := threshold(1<<24, least, more); ok {
			v := Whole(n)
			res.Projects[p].MissingVotes = &v
		}
		less, err := c.withLess(p)
		if err != nil {
			return err
		}
		if n, ok := threshold(c.in.Projects[p].Cost, false, less); ok {
			v := c.money(n)
			res.Projects[p].MissingCost = &v
		}
	}
	return nil
}

// threshold is the number in 1..most at which wins turns true, by doubling and halving; with least the smallest of all.
func threshold(most int64, least bool, wins func(int64) bool) (int64, bool) {
	if most <= 0 {
		return 0, false
	}
	lo, hi := int64(0), int64(1)
	for !wins(hi) {
		if hi == most {
			return 0, false
		}
		lo, hi = hi, min(most, 2*hi)
	}
	for hi-lo > 1 {
		if mid := lo + (hi-lo)/2; wins(mid) {
			hi = mid
		} else {
			lo = mid
		}
	}
	if least {
		for n := int64(1); n < hi; n++ {
			if wins(n) {
				return n, true
			}
		}
	}
	return hi, true
}

// again counts other and tells whether p wins.
func (c *counter) again(other *Instance, p int) (bool, error) {
	d := &counter{rule: c.rule, in: other, workers: c.workers}
	if err := d.prepare(); err != nil {
		return false, err
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
		return c.again(&other, p)
	}
	if _, err := check(1); err != nil {
		return nil, err
	}
	return func(n int64) bool { ok, _ := check(n); return ok }, nil // what the first count took, the others take
}

// withLess tells whether p wins when it costs so many units less.
func (c *counter) withLess(p int) (func(int64) bool, error) {
	other := *c.in
	other.Projects = append([]Project(nil), c.in.Projects...)
	check := func(n int64) (bool, error) {
		other.Projects[p].Cost = c.in.Projects[p].Cost - n
		return c.again(&other, p)
	}
	if c.in.Projects[p].Cost > 0 {
		if _, err := check(1); err != nil {
			return nil, err
		}
	}
	return func(n int64) bool { ok, _ := check(n); return ok }, nil
}
