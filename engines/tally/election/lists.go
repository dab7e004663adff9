package election

import (
	"math/big"
	"slices"

	"commun/engines/tally"
)

// listVotes are the votes of each list and which of them can have seats: those above the threshold that have any vote.
func (c *counter) listVotes(s *tally.Stage) (votes []int64, in []int32) {
	votes = firsts(c.b)
	threshold, _ := number(c.rule.Get("threshold"))
	needed := threshold.Mul(threshold, big.NewRat(int64(c.valid), 100))
	for x, n := range votes {
		st := tally.Standing{ID: c.ids[x], Votes: tally.Whole(n)}
		if n > 0 && new(big.Rat).SetInt64(n).Cmp(needed) >= 0 {
			in = append(in, int32(x))
		} else {
			st.State = "excluded"
			if c.res != nil {
				s.Says = append(s.Says, say("election.lists.below", args{"list": c.ids[x], "votes": n, "threshold": c.rule.Get("threshold")}))
			}
		}
		s.Standings = append(s.Standings, st)
	}
	return votes, in
}

// room tells whether a list can take one more.
func (c *counter) room(x int32, has int64) bool { return c.places[x] == 0 || has < int64(c.places[x]) }

// countDivisors gives seat after seat to the list whose votes are most when divided by 1, 2, 3… (d'Hondt) or 1, 3, 5… (Sainte-Laguë) for
// its next seat.
func (c *counter) countDivisors() {
	votes, in := c.listVotes(c.stage("votes"))
	step := int64(1)
	if c.rule.Name == SainteLague {
		step = 2
	}
	has := make([]int64, len(votes))
	for len(c.elected) < c.seats {
		s := c.stage("seat")
		var best []int32
		for _, x := range in {
			if !c.room(x, has[x]) {
				continue
			}
			d := 1
			if len(best) > 0 { // votes up to 2^30, divisors up to 2^17: products fit
				y := best[0]
				d = sign(votes[x]*(step*has[y]+1), votes[y]*(step*has[x]+1))
			}
			if d > 0 {
				best = best[:0]
			}
			if d >= 0 {
				best = append(best, x)
			}
		}
		if len(best) == 0 {
			if c.res != nil {
				c.res.Stages = c.res.Stages[:len(c.res.Stages)-1]
			}
			return
		}
		w := c.pick(s, best, 1)[0]
		divisor := step*has[w] + 1
		has[w]++
		c.elected = append(c.elected, w)
		if c.res != nil {
			quotient := tally.Fraction(votes[w], divisor)
			s.Standings = []tally.Standing{{ID: c.ids[w], Votes: quotient, State: "elected"}}
			s.Says = append(s.Says, say("election.lists.divisor", args{"seat": len(c.elected), "list": c.ids[w], "votes": votes[w], "divisor": divisor, "quotient": quotient.Rounded(2)}))
		}
	}
}

// countRemainders gives each list a seat for each full quota, and the seats left to the largest remainders, one a list. Lists that would
// have more seats than places take their places, and the other seats are counted again among the others.
func (c *counter) countRemainders() {
	votes, in := c.listVotes(c.stage("votes"))
	seats := int64(c.seats)
	for len(in) > 0 && seats > 0 {
		a := c.allot(votes, in, seats)
		full := slices.DeleteFunc(slices.Clone(in), func(x int32) bool { return c.places[x] == 0 || a.has[x] <= int64(c.places[x]) })
		if len(full) == 0 {
			c.seat(a, in)
			return
		}
		s := c.stage("full")
		for _, x := range full {
			for range c.places[x] {
				c.elected = append(c.elected, x)
			}
			if c.res != nil {
				s.Says = append(s.Says, say("election.lists.full", args{"list": c.ids[x], "places": c.places[x]}))
			}
			seats -= int64(c.places[x])
		}
		in = slices.DeleteFunc(in, func(x int32) bool { return slices.Contains(full, x) })
	}
}

// allotment is how quotas and remainders share out seats.
type allotment struct {
	votes  []int64
	quota  *big.Rat
	whole  []int64 // seats by full quotas
	has    []int64 // and by remainders
	byRest []int32 // who had a seat by remainder, the largest first
	stage  tally.Stage
}

func (c *counter) allot(votes []int64, in []int32, seats int64) *allotment {
	a := &allotment{votes: votes, whole: make([]int64, len(votes)), has: make([]int64, len(votes)), stage: tally.Stage{Kind: "remainder", Says: []tally.Message{}}}
	total := int64(0)
	for _, x := range in {
		total += votes[x]
	}
	a.quota = big.NewRat(total, seats)
	if c.rule.Get("quota") == "droop" {
		a.quota = new(big.Rat).SetInt64(total/(seats+1) + 1)
	}
	left := seats
	rest := make([]*big.Rat, len(votes))
	for _, x := range in {
		n := new(big.Rat).SetInt64(votes[x])
		quotient := new(big.Rat).Quo(n, a.quota)
		a.whole[x] = new(big.Int).Quo(quotient.Num(), quotient.Denom()).Int64()
		a.has[x] = a.whole[x]
		left -= a.whole[x]
		rest[x] = n.Sub(n, new(big.Rat).Mul(a.quota, new(big.Rat).SetInt64(a.whole[x])))
	}
	// With either quota fewer seats are left than there are lists: for Hare the remainders sum up to left quotas and each is less than one;
	// Droop's quota is not greater. Only Droop's, with very few votes, can leave more; those stay empty.
	order := slices.Clone(in)
	slices.SortFunc(order, func(x, y int32) int {
		if d := rest[y].Cmp(rest[x]); d != 0 {
			return d
		}
		return int(c.rank[x] - c.rank[y])
	})
	for len(order) > 0 && left > 0 {
		n := 1
		for n < len(order) && rest[order[n]].Cmp(rest[order[0]]) == 0 {
			n++
		}
		for _, x := range c.pick(&a.stage, order[:n], int(min(int64(n), left))) {
			a.has[x]++
			a.byRest = append(a.byRest, x)
			left--
			if c.res != nil {
				a.stage.Says = append(a.stage.Says, say("election.lists.remainder", args{"list": c.ids[x], "remainder": tally.Exactly(rest[x]).Rounded(2)}))
			}
		}
		order = order[n:]
	}
	return a
}

// seat elects by an allotment and tells it.
func (c *counter) seat(a *allotment, in []int32) {
	s := c.stage("quota")
	for _, x := range in {
		for range a.whole[x] {
			c.elected = append(c.elected, x)
		}
		if c.res != nil {
			s.Says = append(s.Says, say("election.lists.quota", args{"list": c.ids[x], "votes": a.votes[x], "quota": tally.Exactly(a.quota).Rounded(2), "seats": a.whole[x]}))
		}
	}
	c.elected = append(c.elected, a.byRest...)
	if c.res != nil {
		q := tally.Exactly(a.quota)
		c.res.Quota = &q
		c.res.Stages = append(c.res.Stages, a.stage)
	}
}
