package college

import (
	"fmt"
	"math/big"
	"slices"

	"commun/engines/tally"
)

// Result is a counted vote. Weights are in the unit of the statutes' weights, shares are parts of 1, both exact.
type Result struct {
	Rule     tally.Rule         `json:"rule"` // set by CountBy
	Statutes Statutes           `json:"statutes"`
	Topic    string             `json:"topic,omitempty"`
	Date     string             `json:"date,omitempty"`
	Members  int                `json:"members"` // who have a seat
	Cast     tally.Number       `json:"cast"`    // weight of all votes cast, under the caps
	Options  []Option           `json:"options"` // and abstentions, the last, when they are votes cast
	Colleges []CollegeResult    `json:"colleges"`
	Caps     []CapResult        `json:"caps"`
	Carried  []Carried          `json:"carried"` // for whom delegates voted: public, so that a delegate can be held to it
	Quorums  []QuorumResult     `json:"quorums"`
	Leading  []string           `json:"leading"` // the options of most weight: several are equal
	Adopted  bool               `json:"adopted"` // the quorums are reached and the majority stands behind Winner
	Winner   string             `json:"winner,omitempty"`
	Says     []tally.Message    `json:"says"`
	Notes    []tally.Message    `json:"notes,omitempty"` // of a SCIC: what in the assembly is against the law; set by CountBy
	Files    []tally.SourceFile `json:"files,omitempty"` // set by the caller: what was counted
	Seconds  float64            `json:"seconds"`         // set by the caller
}

// Option is what one option has.
type Option struct {
	ID     string       `json:"id"`
	Weight tally.Number `json:"weight"`
	Share  tally.Number `json:"share"`
}

// CollegeResult is what one college did.
type CollegeResult struct {
	ID          string         `json:"id"`
	Members     int            `json:"members"`
	Voted       int            `json:"voted"`       // whose votes were cast, by themselves or a delegate, abstentions too
	Votes       []tally.Number `json:"votes"`       // by option as in Options, before weighting
	Abstentions tally.Number   `json:"abstentions"` // votes
	Weight      tally.Number   `json:"weight"`      // by the statutes
	Given       tally.Number   `json:"given"`       // after the weight of silent colleges was lost or spread
	After       tally.Number   `json:"after"`       // under the caps
	By          []tally.Number `json:"by"`          // After by option
}

// CapResult is how a cap worked.
type CapResult struct {
	Group   string       `json:"group,omitempty"`
	College string       `json:"college,omitempty"`
	Most    tally.Number `json:"most"`
	Before  tally.Number `json:"before"` // share of the votes cast without caps
	After   tally.Number `json:"after"`  // with all caps
	Factor  tally.Number `json:"factor"` // what each of its votes keeps; 1 when the cap does not bind. A vote under several keeps the least
	Votes   int          `json:"votes"`  // seats
}

// Carried is one delegate.
type Carried struct {
	Delegate string   `json:"delegate"`
	Choice   string   `json:"choice"` // how he votes: open, since he votes for others
	Members  []string `json:"members"`
}

// QuorumResult is how many took part.
type QuorumResult struct {
	College string       `json:"college,omitempty"`
	Counted int          `json:"counted"`
	Of      int          `json:"of"`
	Least   tally.Number `json:"least"`
	Reached bool         `json:"reached"`
}

// ballot is one seat's votes in a college.
type ballot struct {
	member, college int
	votes           int64
	choice          int // -1: abstention
	base            *big.Rat
}

// count is a vote being counted.
type count struct {
	a       *Assembly
	v       *Vote
	casts   []cast
	ballots []ballot
	weight  []*big.Rat // by college after silence
	votes   []int64    // by college: votes cast
	in      bool       // abstentions are votes cast
	res     *Result
}

// Count counts a vote. Nothing depends on the order of members, ballots or delegations but the order in which the result lists them. Errors:
// [ErrStatutes], [ErrMembers], [ErrVote], and a [Refusal] under [ErrCaps] when the caps cannot be kept with the votes that were cast.
func Count(a *Assembly, v *Vote) (*Result, error) {
	if err := a.Check(); err != nil {
		return nil, fmt.Errorf("count vote: %w", err)
	}
	vote := *v
	if len(vote.Options) == 0 {
		vote.Options = []string{"yes", "no"}
	}
	for i, o := range vote.Options {
		if o == "" || o == Abstain || slices.Contains(vote.Options[:i], o) {
			return nil, fmt.Errorf("count vote: %w: option %q", ErrVote, o)
		}
	}
	casts, err := a.resolve(&vote)
	if err != nil {
		return nil, fmt.Errorf("count vote: %w", err)
	}
	c := newCount(a, &vote, casts)
	c.res = &Result{Statutes: a.Statutes, Topic: v.Topic, Date: v.Date, Colleges: []CollegeResult{}, Caps: []CapResult{}, Carried: []Carried{},
		Quorums: []QuorumResult{}, Leading: []string{}, Says: []tally.Message{}}
	c.sayDelegations()
	c.tellCarried()
	fit, err := c.fit()
	if err != nil {
		return nil, fmt.Errorf("count vote: %w", err)
	}
	c.tell(fit)
	c.decide(c.quorums())
	return c.res, nil
}

// newCount lays out the votes cast and their weights before any cap.
func newCount(a *Assembly, v *Vote, casts []cast) *count {
	c := &count{a: a, v: v, casts: casts, in: a.Statutes.Abstentions == In, votes: make([]int64, len(a.Statutes.Colleges))}
	index := map[string]int{}
	for k, x := range a.Statutes.Colleges {
		index[x.ID] = k
	}
	for i, m := range a.Members {
		if casts[i].why != "" {
			continue
		}
		for _, s := range m.Seats {
			b := ballot{member: i, college: index[s.College], votes: s.votes(), choice: casts[i].choice}
			c.ballots = append(c.ballots, b)
			if b.choice >= 0 || c.in {
				c.votes[b.college] += b.votes
			}
		}
	}
	c.weigh()
	for i := range c.ballots {
		b := &c.ballots[i]
		b.base = new(big.Rat)
		if b.choice >= 0 || c.in {
			b.base.Mul(c.weight[b.college], big.NewRat(b.votes, c.votes[b.college]))
		}
	}
	return c
}

// weigh gives each college its weight, and what becomes of the weight of those where nobody voted.
func (c *count) weigh() {
	silent, voting, n := new(big.Rat), new(big.Rat), int64(0)
	for k, x := range c.a.Statutes.Colleges {
		w := x.Weight.Rat()
		if c.votes[k] == 0 {
			silent.Add(silent, w)
			w = new(big.Rat)
		} else {
			voting.Add(voting, w)
			n++
		}
		c.weight = append(c.weight, w)
	}
	if n == 0 || c.a.Statutes.Silent == Lost {
		return
	}
	for k, w := range c.weight {
		switch {
		case c.votes[k] == 0:
		case c.a.Statutes.Silent == Spread:
			w.Add(w, new(big.Rat).Mul(silent, new(big.Rat).Quo(w, voting)))
		default:
			w.Add(w, new(big.Rat).Quo(silent, big.NewRat(n, 1)))
		}
	}
}

// under tells whether a cap is about a vote: of a member of its group, or cast by one.
func (c *count) under(b ballot, x Cap) bool {
	if x.College != "" {
		return c.a.Statutes.Colleges[b.college].ID == x.College
	}
	return slices.Contains(c.a.Members[b.member].Groups, x.Group) || slices.Contains(c.a.Members[c.casts[b.member].by].Groups, x.Group)
}

// fit applies the caps. Without any vote cast there is nothing to fit.
func (c *count) fit() (*Fitting, error) {
	weights := make([]*big.Rat, len(c.ballots))
	sum := new(big.Rat)
	for i, b := range c.ballots {
		weights[i] = b.base
		sum.Add(sum, b.base)
	}
	bounds := make([]Bound, len(c.a.Statutes.Caps))
	for j, x := range c.a.Statutes.Caps {
		bounds[j].Most = x.Most.Rat()
		for i, b := range c.ballots {
			if b.base.Sign() > 0 && c.under(b, x) {
				bounds[j].Votes = append(bounds[j].Votes, i)
			}
		}
	}
	if sum.Sign() == 0 {
		return nil, nil
	}
	f := Fit(weights, bounds)
	if f.Shares != nil {
		return f, nil
	}
	var names []string
	for j, x := range c.a.Statutes.Caps {
		if len(bounds[j].Votes) > 0 {
			names = append(names, fmt.Sprintf("%s (%s)", x.name(), percent(x.Most.Rat())))
		}
	}
	return nil, &Refusal{tally.Say(Sentences, "college.refused", args{"caps": names, "reached": percent(f.Reached)})}
}

// percent is a part of 1 in percent, and as a fraction when two decimals do not say all of it.
func percent(r *big.Rat) string {
	p := new(big.Rat).Mul(r, big.NewRat(100, 1))
	if places, ends := p.FloatPrec(); ends && places <= 2 {
		return p.FloatString(places) + " %"
	}
	return p.FloatString(2) + " % (" + r.RatString() + ")"
}

func (c *count) tellCarried() {
	by := carried(c.casts)
	for i, m := range c.a.Members {
		if list := by[i]; list != nil {
			slices.Sort(list)
			x := Carried{Delegate: m.ID, Choice: c.v.Ballots[m.ID]}
			for _, k := range list {
				x.Members = append(x.Members, c.a.Members[k].ID)
			}
			c.res.Carried = append(c.res.Carried, x)
		}
	}
}

// tell fills in what each college, cap and option has.
func (c *count) tell(f *Fitting) {
	st, n := &c.a.Statutes, len(c.v.Options)
	if c.in {
		n++
	}
	options, total := rats(n), new(big.Rat)
	after, by := rats(len(st.Colleges)), make([][]*big.Rat, len(st.Colleges))
	for k := range by {
		by[k] = rats(n)
	}
	scale := c.scale(f)
	for i, b := range c.ballots {
		if b.choice < 0 && !c.in || f == nil {
			continue
		}
		w := new(big.Rat).Mul(f.Shares[i], scale)
		o := b.choice
		if o < 0 {
			o = n - 1
		}
		for _, sum := range []*big.Rat{options[o], total, after[b.college], by[b.college][o]} {
			sum.Add(sum, w)
		}
	}
	c.res.Cast = tally.Exactly(total)
	for o, w := range options {
		id := Abstain
		if o < len(c.v.Options) {
			id = c.v.Options[o]
		}
		x := Option{ID: id, Weight: tally.Exactly(w)}
		if total.Sign() > 0 {
			x.Share = tally.Exactly(new(big.Rat).Quo(w, total))
		}
		c.res.Options = append(c.res.Options, x)
	}
	for k := range st.Colleges {
		c.tellCollege(k, n, after[k], by[k])
	}
	for j := range st.Caps {
		c.tellCap(j, f)
	}
}

// scale is what all votes cast weigh together. Where silent weight is lost, a vote under no binding cap weighs what its college gives it,
// and capped votes less; where it is spread, always as much as all colleges.
func (c *count) scale(f *Fitting) *big.Rat {
	sum := new(big.Rat)
	if c.a.Statutes.Silent != Lost {
		for _, x := range c.a.Statutes.Colleges {
			sum.Add(sum, x.Weight.Rat())
		}
		return sum
	}
	for i, b := range c.ballots {
		if f != nil {
			sum.Add(sum, new(big.Rat).Mul(b.base, f.Factors[i]))
		}
	}
	return sum
}

func rats(n int) []*big.Rat {
	list := make([]*big.Rat, n)
	for i := range list {
		list[i] = new(big.Rat)
	}
	return list
}

func (c *count) tellCollege(k, options int, after *big.Rat, by []*big.Rat) {
	x := c.a.Statutes.Colleges[k]
	r := CollegeResult{ID: x.ID, Weight: x.Weight, Given: tally.Exactly(c.weight[k]), After: tally.Exactly(after)}
	votes, abstain := make([]int64, options), int64(0)
	for _, b := range c.ballots {
		if b.college != k {
			continue
		}
		r.Voted++
		if b.choice >= 0 {
			votes[b.choice] += b.votes
			continue
		}
		abstain += b.votes
		if c.in {
			votes[options-1] += b.votes
		}
	}
	for _, m := range c.a.Members {
		if slices.ContainsFunc(m.Seats, func(s Seat) bool { return s.College == x.ID }) {
			r.Members++
		}
	}
	for o := range options {
		r.Votes, r.By = append(r.Votes, tally.Whole(votes[o])), append(r.By, tally.Exactly(by[o]))
	}
	r.Abstentions = tally.Whole(abstain)
	c.res.Colleges = append(c.res.Colleges, r)
	a := args{"college": x.ID, "weight": x.Weight, "given": r.Given, "votes": c.votes[k], "after": tally.Exactly(after)}
	switch {
	case c.votes[k] == 0:
		c.say("college.silent."+c.a.Statutes.Silent, a)
	case c.weight[k].Cmp(x.Weight.Rat()) != 0:
		c.say("college.weighs.spread", a)
	default:
		c.say("college.weighs", a)
	}
}

func (c *count) tellCap(j int, f *Fitting) {
	x := c.a.Statutes.Caps[j]
	r := CapResult{Group: x.Group, College: x.College, Most: x.Most, Factor: tally.Whole(1)}
	before, after, sum := new(big.Rat), new(big.Rat), new(big.Rat)
	for i, b := range c.ballots {
		sum.Add(sum, b.base)
		if b.base.Sign() > 0 && c.under(b, x) {
			before.Add(before, b.base)
			after.Add(after, f.Shares[i])
			r.Votes++
		}
	}
	if f != nil {
		r.Factor = tally.Exactly(f.Bounds[j])
		before.Quo(before, sum)
	}
	r.Before, r.After = tally.Exactly(before), tally.Exactly(after)
	c.res.Caps = append(c.res.Caps, r)
	key := "college.cap.free"
	if f == nil {
		return
	}
	if r.Factor.Rat().Cmp(big.NewRat(1, 1)) < 0 {
		key = "college.cap.binds"
	}
	if x.College != "" {
		key += ".college"
	}
	c.say(key, args{"group": x.name(), "most": percent(x.Most.Rat()), "before": percent(before), "after": percent(after), "factor": r.Factor})
}

// quorums tells whether all are reached.
func (c *count) quorums() bool {
	all := true
	for _, q := range c.a.Statutes.Quorums {
		colleges := []string{q.College}
		if q.College == "*" {
			colleges = nil
			for _, x := range c.a.Statutes.Colleges {
				colleges = append(colleges, x.ID)
			}
		}
		for _, college := range colleges {
			r := QuorumResult{College: college, Least: q.Least}
			for i, m := range c.a.Members {
				if !slices.ContainsFunc(m.Seats, func(s Seat) bool { return college == "" || s.College == college }) {
					continue
				}
				r.Of++
				if x := c.casts[i]; x.why == "" && (q.Counts == "represented" || x.via == nil) {
					r.Counted++
				}
			}
			needed := new(big.Rat).Mul(q.Least.Rat(), big.NewRat(int64(r.Of), 1))
			r.Reached = new(big.Rat).SetInt64(int64(r.Counted)).Cmp(needed) >= 0
			all = all && r.Reached
			c.res.Quorums = append(c.res.Quorums, r)
			key := "college.quorum.missed"
			if r.Reached {
				key = "college.quorum.reached"
			}
			if college != "" {
				key += ".college"
			}
			c.say(key, args{"counted": r.Counted, "of": r.Of, "least": percent(q.Least.Rat()), "college": college})
		}
	}
	for _, m := range c.a.Members {
		if len(m.Seats) > 0 {
			c.res.Members++
		}
	}
	return all
}

// decide tells who leads, and whether that is enough.
func (c *count) decide(quorum bool) {
	r, m := c.res, c.a.Statutes.Majority
	var most *big.Rat
	for _, o := range r.Options[:len(c.v.Options)] {
		w := o.Weight.Rat()
		if w.Sign() == 0 {
			continue
		}
		if most == nil || w.Cmp(most) > 0 {
			most, r.Leading = w, []string{}
		}
		if w.Cmp(most) == 0 {
			r.Leading = append(r.Leading, o.ID)
		}
	}
	of := r.Cast.Rat()
	if m.Of == "all" {
		of.SetInt64(0)
		for _, x := range c.a.Statutes.Colleges {
			of.Add(of, x.Weight.Rat())
		}
	}
	needed := of.Mul(of, m.Over.Rat())
	passes := len(r.Leading) == 1 && (most.Cmp(needed) > 0 || m.Reach && most.Cmp(needed) == 0)
	if passes && quorum {
		r.Adopted, r.Winner = true, r.Leading[0]
	}
	// A question of yes and no is adopted by yes only.
	yesno := len(c.v.Options) == 2 && c.v.Options[0] == "yes" && c.v.Options[1] == "no"
	if yesno {
		r.Adopted = r.Winner == "yes"
	}
	for _, o := range r.Options {
		c.say("college.option", args{"option": o.ID, "weight": o.Weight, "share": percent(o.Share.Rat())})
	}
	a := args{"needed": tally.Exactly(needed), "leading": r.Leading, "winner": r.Winner}
	switch {
	case !quorum:
		c.say("college.decision.quorum", a)
	case yesno && r.Adopted:
		c.say("college.decision.adopted", a)
	case yesno:
		c.say("college.decision.rejected", a)
	case r.Adopted:
		c.say("college.decision.won", a)
	default:
		c.say("college.decision.none", a)
	}
}
