package election

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"commun/engines/tally"
)

// Election is who stands, for how many seats, and the ballots. Candidate i is candidate i of the ballots. A weight is a ballot cast several
// times ([tally.Builder.AddTimes]); weights that are not whole are brought to a common denominator first.
type Election struct {
	Seats      int
	Candidates []Candidate
	Ballots    *tally.Ballots
}

// Candidate is a person, an option, or a party's list.
type Candidate struct {
	ID        string
	Name      string
	Withdrawn bool // passed over on every ballot, as if it had never been named
	Places    int  // party lists: how many seats the list can take; 0: any number
}

// Options say how much a count may do.
type Options struct {
	Outcomes int // ties=open: how many counts at most to list the outcomes; 0 is 10,000
}

// MaxVoters bounds the ballots of an election, so that no sum can overflow: points of 31 bits for each of them stay below 2^62.
const MaxVoters = 1 << 30

// maxPaired bounds the candidates of rules that compare each two.
const maxPaired = 2000

// maxOpenPairs bounds the candidates of ranked pairs with open ties, whose outcomes are hard to list (Brill and Fischer 2012: NP-complete).
const maxOpenPairs = 30

// The errors of [Count], beside those of a rule's text.
var (
	ErrSeats      = errors.New("seats out of bounds")
	ErrCandidates = errors.New("candidate without id, or id twice")
	ErrBallots    = errors.New("ballots do not fit the candidates")
)

// Count counts an election by a rule of [Rules]. The same ballots and rule give the same result on every machine, whatever the order of the
// ballots. Errors: [ErrSeats], [ErrCandidates], [ErrBallots], [tally.ErrRule], [tally.ErrKind].
func Count(e *Election, r tally.Rule, o Options) (*tally.ElectionResult, error) {
	c, err := newCounter(e, r)
	if err != nil {
		return nil, fmt.Errorf("count by %s: %w", r.Name, err)
	}
	c.res = &tally.ElectionResult{Rule: c.rule, Voters: e.Ballots.Voters, Valid: c.valid, Seats: e.Seats, Elected: []string{}, Stages: []tally.Stage{}}
	if c.void > 0 {
		c.note("election.note.void", args{"ballots": c.void})
	}
	if least := whole(c.rule.Get("turnout")); int64(c.valid) < least {
		c.note("election.note.turnout", args{"valid": c.valid, "least": least})
		return c.res, nil
	}
	c.limit = o.Outcomes
	if c.run(); c.err != nil {
		return nil, fmt.Errorf("count by %s: %w", r.Name, c.err)
	}
	for _, w := range c.elected {
		c.res.Elected = append(c.res.Elected, c.ids[w])
	}
	if len(c.elected) < e.Seats {
		c.note("election.note.vacant", args{"vacant": e.Seats - len(c.elected)})
	}
	if c.ties.Open && c.res.Outcomes == nil {
		c.outcomes(o.Outcomes)
	}
	return c.res, nil
}

// counter is a rule made ready for an election; withdrawn candidates are gone from it.
type counter struct {
	rule    tally.Rule
	ids     []string
	places  []int
	seats   int
	b       *tally.Ballots
	valid   int // ballots that name someone who stands
	void    int // ballots that name someone, but have no first preference for who stands
	ties    tally.Ties
	rank    []int32
	out     []string // withdrawn
	count   func(*counter)
	elected []int32

	pairs   *Pairs
	res     *tally.ElectionResult // nil when only the elected are wanted
	choices *choices              // how ties fall; nil: by rank
	limit   int                   // counts at most to list outcomes
	err     error
}

func newCounter(e *Election, r tally.Rule) (*counter, error) {
	rule, err := Rules().Parse(r.String())
	if err != nil {
		return nil, err
	}
	if err := e.check(); err != nil {
		return nil, err
	}
	spec, _ := Rules().Find(rule.Name)
	if !slices.Contains(spec.Ballots, e.Ballots.Kind) {
		return nil, fmt.Errorf("%w: %s ballots; %s reads %v", tally.ErrKind, e.Ballots.Kind, rule.Name, spec.Ballots)
	}
	c := &counter{rule: rule, seats: e.Seats, count: counts(rule.Name)}
	if rule.Name == Debian && e.Seats != 1 {
		return nil, fmt.Errorf("%w: debian chooses one option, not %d", ErrSeats, e.Seats)
	}
	if err := c.stand(e, rule.Name == STVScottish || rule.Name == STVMeek); err != nil {
		return nil, err
	}
	c.valid = named(c.b)
	if c.b.Kind != e.Ballots.Kind {
		c.void = named(e.Ballots) - c.valid
	}
	if c.ties, err = tally.ParseTies(rule.Get("ties")); err != nil {
		return nil, err
	}
	c.rank = c.ties.Rank(c.ids, firsts(c.b), nil)
	switch rule.Name {
	case Schulze, RankedPairs, Debian:
		if len(c.ids) > maxPaired {
			return nil, fmt.Errorf("%w: %d candidates, %d at most where each two are compared", ErrCandidates, len(c.ids), maxPaired)
		}
		if rule.Name == RankedPairs && c.ties.Open && len(c.ids) > maxOpenPairs {
			return nil, fmt.Errorf("%w: %d candidates, %d at most where every order of equal pairs is tried", ErrCandidates, len(c.ids), maxOpenPairs)
		}
		c.pairs = Compare(c.b)
		if rule.Name == Debian {
			return c, c.checkDebian()
		}
	}
	return c, nil
}

func (e *Election) check() error {
	if e.Seats < 1 || e.Seats > tally.MaxCandidates {
		return fmt.Errorf("%w: %d", ErrSeats, e.Seats)
	}
	seen := make(map[string]bool, len(e.Candidates))
	for _, x := range e.Candidates {
		if x.ID == "" || seen[x.ID] {
			return fmt.Errorf("%w: %q", ErrCandidates, x.ID)
		}
		if x.Places < 0 {
			return fmt.Errorf("%w: list %s has %d places", ErrSeats, x.ID, x.Places)
		}
		seen[x.ID] = true
	}
	if e.Ballots == nil || e.Ballots.Candidates != len(e.Candidates) || e.Ballots.Voters > MaxVoters {
		return ErrBallots
	}
	return nil
}

// stand takes over the candidates who stand and the ballots without the others; as plain orders for rules that transfer votes.
func (c *counter) stand(e *Election, transfers bool) error {
	to := make([]int32, len(e.Candidates))
	for i, x := range e.Candidates {
		to[i] = int32(len(c.ids))
		if x.Withdrawn {
			to[i] = -1
			c.out = append(c.out, x.ID)
			continue
		}
		c.ids = append(c.ids, x.ID)
		c.places = append(c.places, x.Places)
	}
	c.b = e.Ballots
	if transfers && c.b.Kind == tally.Weak {
		return c.order(to, c.rule.Get("gaps") == "end")
	}
	if len(c.out) == 0 {
		return nil
	}
	return c.rebuild(func(choices []uint16, points []int32, keep func(int32, int32)) {
		for i, x := range choices {
			if to[x] >= 0 {
				keep(to[x], at(points, i))
			}
		}
	}, e.Ballots.Kind)
}

func at(points []int32, i int) int32 {
	if points == nil {
		return 0
	}
	return points[i]
}

// rebuild makes new ballots from what edit keeps of each.
func (c *counter) rebuild(edit func(choices []uint16, points []int32, keep func(choice, point int32)), kind tally.Kind) error {
	nb, err := tally.NewBuilder(kind, len(c.ids), false)
	if err != nil {
		return err
	}
	var cs, ps []int32
	for g, m := range c.b.Mult {
		cs, ps = cs[:0], ps[:0]
		edit(c.b.Choices(g), c.b.PointsOf(g), func(x, p int32) { cs, ps = append(cs, x), append(ps, p) })
		points := ps
		if !kind.HasPoints() {
			points = nil
		}
		if _, err := nb.AddTimes(cs, points, m); err != nil {
			return fmt.Errorf("%w: %w", ErrBallots, err)
		}
	}
	c.b = nb.Done()
	return nil
}

// order makes plain orders of ballots with ranks: each ends before the first rank that several who stand share and, with gaps, before the
// first rank that nobody has. What has no first preference then is void.
func (c *counter) order(to []int32, gaps bool) error {
	type ranked struct{ rank, c int32 }
	var line []ranked
	return c.rebuild(func(choices []uint16, points []int32, keep func(int32, int32)) {
		line = line[:0]
		for i, x := range choices {
			line = append(line, ranked{points[i], to[x]})
		}
		slices.SortFunc(line, func(a, b ranked) int { return sign(a.rank, b.rank) })
		next := int32(1)
		for len(line) > 0 {
			rank, on := line[0].rank, []int32(nil)
			for len(line) > 0 && line[0].rank == rank {
				if line[0].c >= 0 {
					on = append(on, line[0].c)
				}
				line = line[1:]
			}
			if len(on) > 1 || gaps && rank != next {
				return
			}
			next = rank + 1
			if len(on) == 1 {
				keep(on[0], 0)
			}
		}
	}, tally.Ordinal)
}

// named is how many ballots name someone.
func named(b *tally.Ballots) int {
	n := 0
	for g, m := range b.Mult {
		if len(b.Choices(g)) > 0 {
			n += int(m)
		}
	}
	return n
}

// firsts is what the key votes of a tie order compares: first preferences (all that share the best rank), approvals, or points.
func firsts(b *tally.Ballots) []int64 {
	n := make([]int64, b.Candidates)
	for g, m := range b.Mult {
		choices, points := b.Choices(g), b.PointsOf(g)
		switch b.Kind {
		case tally.Ordinal:
			if len(choices) > 0 {
				n[choices[0]] += int64(m)
			}
		case tally.Weak:
			for i, x := range choices {
				if points[i] == slices.Min(points) {
					n[x] += int64(m)
				}
			}
		case tally.Scoring, tally.Cumulative:
			for i, x := range choices {
				n[x] += int64(m) * int64(points[i])
			}
		default:
			for _, x := range choices {
				n[x] += int64(m)
			}
		}
	}
	return n
}

func (c *counter) run() {
	c.elected = nil
	c.count(c)
}

// standing lists all candidates that stand.
func (c *counter) standing() []int32 {
	all := make([]int32, len(c.ids))
	for i := range all {
		all[i] = int32(i)
	}
	return all
}

func (c *counter) names(list []int32) []string {
	out := make([]string, len(list))
	for i, x := range list {
		out[i] = c.ids[x]
	}
	return out
}

func (c *counter) byRank(list []int32) []int32 {
	out := slices.Clone(list)
	slices.SortFunc(out, func(a, b int32) int { return int(c.rank[a] - c.rank[b]) })
	return out
}

func (c *counter) note(key string, a args) {
	if c.res != nil {
		c.res.Notes = append(c.res.Notes, say(key, a))
	}
}

// stage begins a stage of the result. Where no result is wanted it is thrown away.
func (c *counter) stage(kind string) *tally.Stage {
	if c.res == nil {
		return &tally.Stage{}
	}
	c.res.Stages = append(c.res.Stages, tally.Stage{Kind: kind, Says: []tally.Message{}})
	s := &c.res.Stages[len(c.res.Stages)-1]
	if len(c.res.Stages) == 1 {
		for _, id := range c.out {
			s.Standings = append(s.Standings, tally.Standing{ID: id, State: "withdrawn"})
		}
	}
	return s
}

// pick takes n of equals: the first by rank, or as the search for all outcomes wants it. It tells the stage when the order decided.
func (c *counter) pick(s *tally.Stage, tied []int32, n int) []int32 {
	sorted := c.byRank(tied)
	if len(sorted) <= n {
		return sorted
	}
	if c.res != nil {
		s.Tied = append(s.Tied, c.names(sorted)...)
		s.Says = append(s.Says, say("election.tie", args{"candidates": c.names(sorted), "order": c.ties.String()}))
	}
	if c.choices == nil {
		return sorted[:n]
	}
	var out []int32
	for _, i := range c.choices.decide(len(sorted), n) {
		out = append(out, sorted[i])
	}
	return out
}

// pickLast takes the one who comes last by rank.
func (c *counter) pickLast(s *tally.Stage, tied []int32) int32 {
	sorted := c.byRank(tied)
	slices.Reverse(sorted)
	if len(sorted) == 1 {
		return sorted[0]
	}
	if c.res != nil {
		s.Tied = append(s.Tied, c.names(sorted)...)
		s.Says = append(s.Says, say("election.tie", args{"candidates": c.names(sorted), "order": c.ties.String()}))
	}
	if c.choices == nil {
		return sorted[0]
	}
	return sorted[c.choices.decide(len(sorted), 1)[0]]
}

// outcomes counts again for every way in which ties can fall, until all are tried or the limit is reached.
func (c *counter) outcomes(limit int) {
	if limit <= 0 {
		limit = 10_000
	}
	res, elected := c.res, c.elected
	c.res, c.choices = nil, &choices{}
	seen := map[string][]string{}
	for {
		c.run()
		ids := c.names(c.elected)
		slices.Sort(ids)
		seen[strings.Join(ids, "\x00")] = ids
		if !c.choices.next() {
			break
		}
		if limit--; limit == 0 {
			res.Capped = true
			break
		}
	}
	for _, ids := range seen {
		res.Outcomes = append(res.Outcomes, ids)
	}
	slices.SortFunc(res.Outcomes, slices.Compare)
	c.res, c.elected, c.choices = res, elected, nil
}

func sign[T int | int32 | int64](a, b T) int {
	switch {
	case a < b:
		return -1
	case a > b:
		return 1
	}
	return 0
}
