package tally

import (
	"fmt"
	"math/big"
)

// BallotReport tells a voter what became of one ballot.
type BallotReport struct {
	Choices []ChoiceReport `json:"choices"`
	Won     int            `json:"won"`
	Share   Number         `json:"share"` // the money that the ballot steered: its share of equal shares, else what the budget is for each voter
	Spent   Number         `json:"spent"` // what of the winners' cost is this ballot's
	Left    Number         `json:"left"`  // of the share, not spent; 0 where more was spent
	Part    Number         `json:"part"`  // spent, of the cost of all winners
	Says    Message        `json:"says"`
}

// ChoiceReport is one project that a ballot names.
type ChoiceReport struct {
	ID   string  `json:"id"`
	Won  bool    `json:"won"`
	Paid Number  `json:"paid"` // the ballot's part of its cost
	Full bool    `json:"full"` // equal shares: it paid as much as any supporter did; else it paid what was left
	Says Message `json:"says"`
}

// ExplainBallot tells of group g of in.Ballots (in.Ballots.Of[v] for the voter who came v-th) how each coin was spent, by counting again.
// Equal shares tell the payments that were made; what completions added, and all other rules, split each winner's cost evenly over its
// supporters. Errors: those of [Count].
func ExplainBallot(in *Instance, r Rule, g int) (*BallotReport, error) {
	in, err := in.apart(r)
	if err != nil {
		return nil, fmt.Errorf("explain a ballot by %s: %w", r.Name, err)
	}
	c, err := newCounter(in, r, Options{})
	if err != nil {
		return nil, fmt.Errorf("explain a ballot by %s: %w", r.Name, err)
	}
	if g < 0 || g >= in.Ballots.Groups() {
		return nil, fmt.Errorf("explain ballot %d of %d: %w", g, in.Ballots.Groups(), ErrBallots)
	}
	if in.Limits.Separate != Together {
		out, err := explainParts(in, r, g)
		if err != nil {
			return nil, fmt.Errorf("explain a ballot by %s: %w", r.Name, err)
		}
		return out, nil
	}
	if c.groups != nil {
		if c.groups[g] < 0 {
			return voidBallot(), nil
		}
		g = int(c.groups[g])
	}
	res := &Result{}
	t := c.count(res, nil)
	won := make([]bool, len(in.Projects))
	for _, p := range t.won {
		won[p] = true
	}
	// Who paid what: by the count where it was equal shares, evenly elsewhere.
	paid, full := map[int32]*big.Rat{}, map[int32]bool{}
	share := new(big.Rat)
	if in.Ballots.Voters > 0 {
		share.SetFrac64(c.in.Budget, int64(in.Ballots.Voters))
	}
	if res.Share != nil {
		share = c.unitsOf(*res.Share)
		left := new(big.Rat).Set(share)
		weight := map[string]int64{}
		c.in.Ballots.weigh(g, weightsOf(c.rule.Get("utility")), c.in.Ballots.longest(), func(p uint16, w int32) { weight[c.id(int32(p))] = int64(w) })
		for _, round := range res.Rounds {
			w := weight[round.Project]
			if w == 0 || round.Payment == nil || round.Phase != "shares" {
				continue
			}
			pay := c.unitsOf(*round.Payment)
			pay.Mul(pay, new(big.Rat).SetInt64(w))
			p := c.place(round.Project)
			if full[p] = pay.Cmp(left) <= 0; !full[p] {
				pay = new(big.Rat).Set(left)
			}
			paid[p] = pay
			left.Sub(left, pay)
		}
	}
	out := &BallotReport{Choices: []ChoiceReport{}, Share: c.moneyRat(share)}
	spent := new(big.Rat)
	votes := c.in.Ballots.add(byVotes).votes
	c.in.Ballots.weigh(g, byVotes, 0, func(p uint16, _ int32) {
		id := int32(p)
		r := ChoiceReport{ID: c.id(id), Won: won[p]}
		a := args{"project": r.ID}
		switch pay := paid[id]; {
		case !r.Won:
			r.Says = t.why[p]
			if r.Says.Key == "" {
				r.Says = say("tally.lost.ended", a)
			}
		case pay != nil:
			r.Paid, r.Full = c.moneyRat(pay), full[id]
			a["paid"] = r.Paid.Rounded(2)
			if r.Full {
				r.Says = say("tally.ballot.full", a)
			} else {
				r.Says = say("tally.ballot.rest", a)
			}
		default:
			even := big.NewRat(c.in.Projects[p].Cost, votes[p])
			r.Paid = c.moneyRat(even)
			a["paid"] = r.Paid.Rounded(2)
			r.Says = say("tally.ballot.even", a)
		}
		if r.Won {
			out.Won++
			spent.Add(spent, c.unitsOf(r.Paid))
		}
		out.Choices = append(out.Choices, r)
	})
	out.Spent = c.moneyRat(spent)
	if left := new(big.Rat).Sub(share, spent); left.Sign() > 0 {
		out.Left = c.moneyRat(left)
	}
	if t.cost > 0 {
		out.Part = Number{new(big.Rat).Quo(spent, new(big.Rat).SetInt64(t.cost))}
	}
	out.Says = say("tally.ballot", args{"won": out.Won, "choices": len(out.Choices), "spent": out.Spent.Rounded(2), "share": out.Share.Rounded(2)})
	return out, nil
}

// voidBallot is the report on a ballot that gave more points than allowed.
func voidBallot() *BallotReport {
	return &BallotReport{Choices: []ChoiceReport{}, Says: say("tally.ballot.void", nil)}
}

// unitsOf is an amount of the currency in smallest units.
func (c *counter) unitsOf(n Number) *big.Rat {
	return new(big.Rat).Mul(n.Rat(), new(big.Rat).SetInt(pow10(c.in.Scale)))
}

func (c *counter) place(id string) int32 {
	for i, p := range c.in.Projects {
		if p.ID == id {
			return int32(i)
		}
	}
	return -1
}
