package election

import (
	"slices"

	"commun/engines/tally"
)

// committeeUnit is what a seat costs for each ballot in equal shares: the first share is then 100 units for each seat, one percent of it a
// whole number.
const committeeUnit = 100

// countCommittee is sequential Phragmén and equal shares: shared budgets in which each candidate costs one seat, counted by package tally.
func (c *counter) countCommittee() {
	shares := c.rule.Name == CommitteeShares
	in := &tally.Instance{Budget: int64(c.seats), Ballots: c.b}
	cost := int64(1)
	if shares {
		cost = int64(max(1, c.valid)) * committeeUnit
		in.Budget = cost * int64(c.seats)
	}
	for _, id := range c.ids {
		in.Projects = append(in.Projects, tally.Project{ID: id, Cost: cost})
	}
	out, err := tally.Count(in, c.budgetRule(shares), tally.Options{Outcomes: c.limit})
	if err != nil {
		c.err = err
		return
	}
	for _, id := range out.Winners {
		c.elected = append(c.elected, int32(slices.Index(c.ids, id)))
	}
	c.tellCommittee(out, cost)
	if c.ties.Open {
		c.res.Outcomes, c.res.Capped = out.Outcomes, out.Capped
	}
}

// budgetRule is the rule of tally that counts this one.
func (c *counter) budgetRule(shares bool) tally.Rule {
	name := tally.Phragmen
	if shares {
		name = tally.EqualShares
	}
	rule, _ := tally.Rules().Parse(name)
	rule = rule.With("ties", c.rule.Get("ties"))
	if !shares {
		return rule.With("stop", "first")
	}
	step := tally.Whole(whole(c.rule.Get("step")) * int64(c.seats)).String()
	return rule.With("utility", "count").With("completion", c.rule.Get("completion")).With("step", step).With("start", "exact").With("empty", "drop")
}

// tellCommittee tells a budget's rounds in terms of seats.
func (c *counter) tellCommittee(out *tally.Result, cost int64) {
	if c.res == nil {
		return
	}
	support := c.b.Support()
	for i, r := range out.Rounds {
		if !r.Taken {
			continue
		}
		s := c.stage(r.Phase)
		a := args{"candidate": r.Project, "seat": i + 1, "votes": support[slices.Index(c.ids, r.Project)]}
		key := "election.committee.greedy"
		switch {
		case r.Phase == "phragmen":
			a["load"], key = r.Score, "election.committee.phragmen"
		case r.Payment != nil:
			pays := r.Payment.Rat()
			pays.Quo(pays, tally.Whole(cost).Rat())
			a["payment"], a["full"], a["poor"], key = tally.Exactly(pays).Rounded(6), r.Full, r.Poor, "election.committee.shares"
		}
		s.Says = append(s.Says, say(key, a))
		s.Tied = append(s.Tied, r.Tied...)
		s.Standings = []tally.Standing{{ID: r.Project, Votes: tally.Whole(support[slices.Index(c.ids, r.Project)]), State: "elected"}}
	}
	if out.Steps > 0 {
		c.note("election.committee.raised", args{"percent": int64(out.Steps) * whole(c.rule.Get("step"))})
	}
}
