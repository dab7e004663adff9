package election

import (
	"math/big"
	"slices"

	"commun/engines/tally"
)

// takeTop elects the first of list by better, as many as there are seats; equals at the border are left to the tie order. Those it elects
// go best first.
func (c *counter) takeTop(s *tally.Stage, list []int32, better func(a, b int32) int) {
	sorted := slices.Clone(list)
	slices.SortFunc(sorted, func(a, b int32) int {
		if d := better(a, b); d != 0 {
			return d
		}
		return int(c.rank[a] - c.rank[b])
	})
	for len(sorted) > 0 && len(c.elected) < c.seats {
		n := 1
		for n < len(sorted) && better(sorted[0], sorted[n]) == 0 {
			n++
		}
		c.elected = append(c.elected, c.pick(s, sorted[:n], min(n, c.seats-len(c.elected)))...)
		sorted = sorted[n:]
	}
}

// countVotes is approval and plurality: whoever is named on most ballots, or first on most.
func (c *counter) countVotes() {
	votes := firsts(c.b)
	s := c.stage("votes")
	least := whole(c.rule.Get("least"))
	over := c.rule.Get("over")
	var list []int32
	for x, n := range votes {
		enough := n >= least
		if over != "none" { // n > over × valid
			part, _ := number(over)
			enough = enough && new(big.Rat).SetInt64(n).Cmp(part.Mul(part, new(big.Rat).SetInt64(int64(c.valid)))) > 0
		}
		if enough {
			list = append(list, int32(x))
		} else if c.res != nil {
			s.Says = append(s.Says, say("election.votes.short", args{"candidate": c.ids[x], "votes": n, "least": least, "over": over}))
		}
	}
	c.takeTop(s, list, func(a, b int32) int { return sign(votes[b], votes[a]) })
	c.tell(s, func(x int32) tally.Number { return tally.Whole(votes[x]) }, "election.votes.elected")
}

// tell fills in a stage that decides everything: standings, and a sentence for each elected.
func (c *counter) tell(s *tally.Stage, votes func(int32) tally.Number, key string) {
	if c.res == nil {
		return
	}
	for x, id := range c.ids {
		st := tally.Standing{ID: id, Votes: votes(int32(x))}
		if slices.Contains(c.elected, int32(x)) {
			st.State = "elected"
		}
		s.Standings = append(s.Standings, st)
	}
	for _, x := range c.elected {
		s.Says = append(s.Says, say(key, args{"candidate": c.ids[x], "votes": votes(x)}))
	}
}

// countScore adds up points, or takes their mean over the ballots that give some.
func (c *counter) countScore() {
	sum, by := make([]int64, len(c.ids)), make([]int64, len(c.ids))
	for g, m := range c.b.Mult {
		points := c.b.PointsOf(g)
		for i, x := range c.b.Choices(g) {
			sum[x] += int64(m) * int64(points[i])
			by[x] += int64(m)
		}
	}
	s := c.stage("score")
	list, value, key := c.standing(), func(x int32) *big.Rat { return new(big.Rat).SetInt64(sum[x]) }, "election.score.elected"
	if c.rule.Get("missing") == "leave" {
		key = "election.score.mean"
		list = slices.DeleteFunc(list, func(x int32) bool { return by[x] == 0 })
		value = func(x int32) *big.Rat { return big.NewRat(sum[x], max(1, by[x])) }
	}
	values := make([]*big.Rat, len(c.ids))
	for x := range values {
		values[x] = value(int32(x))
	}
	c.takeTop(s, list, func(a, b int32) int { return values[b].Cmp(values[a]) })
	c.tell(s, func(x int32) tally.Number { return tally.Exactly(values[x]) }, key)
}
