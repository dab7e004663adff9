package college

import (
	"errors"
	"fmt"
	"math/big"

	"commun/engines/tally"
)

// Statutes are the rules of an assembly. They are data: their JSON says all of them, and stands with every result.
type Statutes struct {
	Colleges    []College   `json:"colleges"`
	Caps        []Cap       `json:"caps,omitempty"`
	Silent      string      `json:"silent"`      // the weight of a college where nobody votes: see the constants
	Abstentions string      `json:"abstentions"` // whether they are votes cast: see the constants
	Majority    Majority    `json:"majority"`
	Quorums     []Quorum    `json:"quorums,omitempty"`
	Delegation  Delegations `json:"delegation"`
}

// What becomes of the weight of a college where nobody votes.
const (
	Lost          = "lost"           // it is not cast: all votes together weigh less
	Spread        = "spread"         // it goes to the colleges that vote, in proportion to their weights
	SpreadEqually = "spread-equally" // it goes to them in equal parts
)

// Whether abstentions are votes cast.
const (
	Out = "out" // an abstention is no vote: its college is shared by the others
	In  = "in"  // an abstention is a vote cast, for nobody
)

// College is a part of the members with a weight of its own, which its votes share.
type College struct {
	ID     string       `json:"id"`
	Name   string       `json:"name,omitempty"`
	Weight tally.Number `json:"weight"`
}

// Cap says that a group, or a college, never weighs more than Most of the votes cast. The votes of a group are those that its members
// have, whoever casts them, and those that its members cast for others.
type Cap struct {
	Group   string       `json:"group,omitempty"`
	College string       `json:"college,omitempty"` // instead of a group
	Most    tally.Number `json:"most"`              // a part of 1
}

func (c Cap) name() string {
	if c.Group != "" {
		return c.Group
	}
	return c.College
}

// Majority says when an option has won: its weight is more than Over of what Of says, or just as much with Reach.
type Majority struct {
	Over  tally.Number `json:"over"`
	Of    string       `json:"of"` // "cast": the votes cast; "all": the weights of all colleges, whoever votes
	Reach bool         `json:"reach,omitempty"`
}

// Quorum says how many of the members must take part, of the assembly or of one college.
type Quorum struct {
	College string       `json:"college,omitempty"` // empty: all members; "*": each college apart
	Least   tally.Number `json:"least"`             // a part of 1
	Counts  string       `json:"counts"`            // "present": who votes themselves; "represented": those whose delegate votes too
}

// Delegations say how votes may be given to others.
type Delegations struct {
	Allowed bool   `json:"allowed"`
	Depth   int    `json:"depth,omitempty"` // from hand to hand so often at most; 1: a delegate cannot pass votes on; 0: any
	Cycle   string `json:"cycle,omitempty"` // votes that go in a circle: "drop", not cast; "abstain", cast as abstentions
	Most    int    `json:"most,omitempty"`  // members for whom one delegate may vote, beside himself; 0: any number
}

// Member has seats, and votes for all of them alike.
type Member struct {
	ID     string   `json:"id"`
	Name   string   `json:"name,omitempty"`
	Kind   string   `json:"kind,omitempty"`   // what the law asks of a SCIC: employee, producer, beneficiary, or any other
	Groups []string `json:"groups,omitempty"` // that caps speak of: "public", an organisation…
	Seats  []Seat   `json:"seats"`
}

// Seat is a member's place in a college.
type Seat struct {
	College string `json:"college"`
	Votes   int64  `json:"votes,omitempty"` // 0 is one: one member, one vote
}

func (s Seat) votes() int64 { return max(1, s.Votes) }

// Assembly is statutes and who sits.
type Assembly struct {
	Statutes Statutes
	Members  []Member
}

// The errors of this package.
var (
	ErrStatutes = errors.New("statutes that cannot be counted by")
	ErrMembers  = errors.New("members who cannot be counted")
	ErrVote     = errors.New("vote that cannot be counted")
	ErrCaps     = errors.New("caps that cannot be kept")
)

// Refusal is a count that is refused because caps cannot be kept; Says is the reason. errors.Is tells it as [ErrCaps].
type Refusal struct{ Says tally.Message }

func (r *Refusal) Error() string { return r.Says.Text }

// Unwrap is ErrCaps.
func (r *Refusal) Unwrap() error { return ErrCaps }

func oneOf(what, v string, values ...string) error {
	for _, x := range values {
		if v == x {
			return nil
		}
	}
	return fmt.Errorf("%w: %s %q is none of %q", ErrStatutes, what, v, values)
}

// part checks a part of 1.
func part(what string, n tally.Number) error {
	if r := n.Rat(); r.Sign() < 0 || r.Cmp(big.NewRat(1, 1)) > 0 {
		return fmt.Errorf("%w: %s %s is no part of 1", ErrStatutes, what, n)
	}
	return nil
}

// Check tells whether votes of this assembly can be counted: statutes and members fit, and the caps leave room for 100 % when everyone votes.
// Errors: [ErrStatutes], [ErrMembers], a [Refusal].
func (a *Assembly) Check() error {
	if err := a.Statutes.check(); err != nil {
		return err
	}
	if err := a.checkMembers(); err != nil {
		return err
	}
	if len(a.Members) == 0 {
		return nil
	}
	everyone := make([]cast, len(a.Members))
	for i := range a.Members {
		everyone[i] = cast{by: i}
	}
	c := newCount(a, &Vote{Options: []string{"yes"}}, everyone)
	_, err := c.fit()
	return err
}

func (s *Statutes) check() error {
	seen := map[string]bool{}
	for _, c := range s.Colleges {
		if c.ID == "" || c.ID == "*" || seen[c.ID] {
			return fmt.Errorf("%w: college %q without id, or twice", ErrStatutes, c.ID)
		}
		if c.Weight.Rat().Sign() <= 0 {
			return fmt.Errorf("%w: college %s weighs %s", ErrStatutes, c.ID, c.Weight)
		}
		seen[c.ID] = true
	}
	if len(s.Colleges) == 0 {
		return fmt.Errorf("%w: no college", ErrStatutes)
	}
	errs := []error{
		oneOf("silent", s.Silent, Lost, Spread, SpreadEqually), oneOf("abstentions", s.Abstentions, Out, In),
		oneOf("majority of", s.Majority.Of, "cast", "all"), part("majority over", s.Majority.Over),
	}
	for _, c := range s.Caps {
		errs = append(errs, part("cap", c.Most))
		if (c.Group == "") == (c.College == "") || c.College != "" && !seen[c.College] {
			errs = append(errs, fmt.Errorf("%w: a cap for group %q and college %q", ErrStatutes, c.Group, c.College))
		}
	}
	for _, q := range s.Quorums {
		errs = append(errs, part("quorum", q.Least), oneOf("quorum counts", q.Counts, "present", "represented"))
		if q.College != "" && q.College != "*" && !seen[q.College] {
			errs = append(errs, fmt.Errorf("%w: a quorum for college %q", ErrStatutes, q.College))
		}
	}
	if d := s.Delegation; d.Allowed {
		errs = append(errs, oneOf("cycle", d.Cycle, "drop", "abstain"))
		if d.Depth < 0 || d.Most < 0 {
			errs = append(errs, fmt.Errorf("%w: delegation to depth %d, %d members", ErrStatutes, d.Depth, d.Most))
		}
	}
	return errors.Join(errs...)
}

func (a *Assembly) checkMembers() error {
	colleges, groups, ids := map[string]bool{}, map[string]bool{}, map[string]bool{}
	for _, c := range a.Statutes.Colleges {
		colleges[c.ID] = true
	}
	for _, m := range a.Members {
		if m.ID == "" || ids[m.ID] {
			return fmt.Errorf("%w: %q without id, or twice", ErrMembers, m.ID)
		}
		ids[m.ID] = true
		for _, g := range m.Groups {
			groups[g] = true
		}
		sits := map[string]bool{}
		for _, s := range m.Seats {
			if !colleges[s.College] || sits[s.College] || s.Votes < 0 || s.Votes > 1<<40 {
				return fmt.Errorf("%w: %s with %d votes in college %q", ErrMembers, m.ID, s.Votes, s.College)
			}
			sits[s.College] = true
		}
	}
	for _, c := range a.Statutes.Caps {
		if c.Group != "" && !groups[c.Group] && len(a.Members) > 0 {
			return fmt.Errorf("%w: a cap for group %s, which has no member", ErrStatutes, c.Group)
		}
	}
	return nil
}
