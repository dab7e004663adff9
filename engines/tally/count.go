package tally

import (
	"fmt"
	"math/big"
	"runtime"
	"slices"
	"strings"
)

// Missing says how much is told to those who lost.
type Missing int

// What losers are told.
const (
	MissingNone  Missing = iota // nothing: one count only
	MissingFound                // the least votes and money with which it would have won: some twenty counts a project where that proves it, up to 2,000 more where not (fewer on large budgets); what is not proved then is marked
	MissingLeast                // the same, proved whatever it takes: as many counts as votes or smallest units are missing
	MissingNear                 // as MissingFound, for the nearest losers, as many as take some ten seconds for a large city; the others are marked
)

// Options say what a count tells besides its winners.
type Options struct {
	Workers  int // 0: one a processor
	Missing  Missing
	Fairness bool
	Outcomes int // ties=open: how many counts at most to list the outcomes; 0 is 10,000
}

// Count counts a budget by a rule of [Rules]. The same instance and rule give the same result on every machine, whatever the order of the
// ballots. Errors: those of [Instance.Check], [ErrRule], [ErrWeight], [ErrAmount] (the step is too fine for the amounts), [ErrKind].
func Count(in *Instance, r Rule, o Options) (*Result, error) {
	in, err := in.apart(r)
	if err != nil {
		return nil, fmt.Errorf("count by %s: %w", r.Name, err)
	}
	if in.Limits.Separate != Together {
		res, err := countParts(in, r, o)
		if err != nil {
			return nil, fmt.Errorf("count by %s: %w", r.Name, err)
		}
		return res, nil
	}
	c, err := newCounter(in, r, o)
	if err != nil {
		return nil, fmt.Errorf("count by %s: %w", r.Name, err)
	}
	res := &Result{Rule: c.rule, Budget: in.Money(in.Budget), Voters: in.Ballots.Voters, Winners: []string{}, Rounds: []Round{}}
	if c.ties.Open {
		c.outcomes(res, o.Outcomes)
	}
	t := c.count(res, nil)
	for _, p := range t.won {
		res.Winners = append(res.Winners, in.Projects[p].ID)
	}
	res.Cost = c.money(t.cost)
	res.Projects = c.verdicts(t)
	if o.Missing != MissingNone {
		if err := c.missing(res, t.won, o.Missing); err != nil {
			return nil, fmt.Errorf("count by %s again: %w", r.Name, err)
		}
	}
	if o.Fairness {
		res.Fairness = fairness(in, t.won, c.rule, t.priced)
	}
	return res, nil
}

// counter is a rule made ready for an instance.
type counter struct {
	rule    Rule
	in      *Instance // in the unit that the rule counts in
	ties    Ties
	rank    []int32
	workers int
	greedy  *greedy // also the completion and the comparison of equal shares
	shares  *shares
	phrag   *phragmen
	over    *overspending
	judge   mentions
	grades  []int32 // points of each grade that judge tells apart
	tallies tallies // what greedy compares
	void    int
	groups  []int32 // points: by group of the instance its group in in, -1 for a void ballot
}

// taken is what a count gave.
type taken struct {
	won    []int32
	cost   int64
	why    []Message // by project; for those who lost
	priced bool      // the payments of this count are a price system
	final  *contest  // equal shares: purses at the end
}

func newCounter(in *Instance, r Rule, o Options) (*counter, error) {
	rule, err := Rules().Parse(r.String())
	if err != nil {
		return nil, err
	}
	if err := in.Check(); err != nil {
		return nil, err
	}
	spec, _ := Rules().Find(rule.Name)
	if !slices.Contains(spec.Ballots, in.Ballots.Kind) {
		return nil, fmt.Errorf("%w: %s ballots; %s reads %v", ErrKind, in.Ballots.Kind, rule.Name, spec.Ballots)
	}
	c := &counter{rule: rule, in: in, workers: o.Workers}
	if c.workers <= 0 {
		c.workers = runtime.GOMAXPROCS(0)
	}
	if rule.Name == Points {
		c.in, c.void, c.groups = boundPoints(in, atoi(rule.Get("each")), atoi(rule.Get("total")))
	}
	return c, c.prepare()
}

// ErrKind says that a rule cannot read this kind of ballots.
var ErrKind = fmt.Errorf("%w for these ballots", ErrRule)

// prepare makes the parts that the rule needs for c.in.
func (c *counter) prepare() (err error) {
	in, rule := c.in, c.rule
	score := rule.Get("score")
	if rule.Name == Points {
		score = "points"
	}
	c.tallies = in.Ballots.add(weightsOf(score))
	if c.ties, err = ParseTies(rule.Get("ties")); err != nil {
		return err
	}
	c.rank = c.ties.Rank(in.IDs(), c.tallies.score, in.Costs())
	c.greedy = &greedy{in: in, t: c.tallies, rank: c.rank, fund: rule.Get("unsupported") == "fund", phase: "greedy"}
	switch rule.Name {
	case GreedyNoSkip:
		c.greedy.stop = true
	case GreedyPerCost:
		c.greedy.perCost = true
	case GreedyThreshold:
		c.greedy.least = atoi(rule.Get("votes"))
	case EqualShares:
		if c.shares, err = newShares(in, rule, c.rank, c.workers); err != nil {
			return err
		}
		c.in = c.shares.in
		c.greedy.in = c.in
	case BoundedOverspend, Phragmen:
		p, err := newPool(in.Ballots, weightsOf(rule.Get("utility")), rule.Get("empty") == "drop")
		if err != nil {
			return err
		}
		if rule.Name == Phragmen {
			c.phrag = &phragmen{in, p, c.rank, rule.Get("stop") == "skip"}
		} else {
			c.over = &overspending{in, p, rule.Get("utility") == "cost", c.rank}
		}
	case MajorityJudgement:
		c.judge, c.grades = mentionsOf(in.Ballots, rule.Get("missing") == "lowest")
	}
	return nil
}

func (c *counter) money(units int64) Number { return c.in.Money(units) }
func (c *counter) moneyRat(units *big.Rat) Number {
	return Number{new(big.Rat).Quo(units, new(big.Rat).SetInt(pow10(c.in.Scale)))}
}
func (c *counter) id(p int32) string { return c.in.Projects[p].ID }
func (c *counter) ids(list []int32) []string {
	if len(list) < 2 {
		return nil
	}
	out := make([]string, len(list))
	for i, p := range list {
		out[i] = c.id(p)
	}
	return out
}

// count runs the rule. res takes the rounds and notes; nil when only the winners are wanted.
func (c *counter) count(res *Result, choose func([]int32) int32) *taken {
	t := &taken{}
	if res != nil {
		t.why = make([]Message, len(c.in.Projects))
		if c.void > 0 {
			res.Notes = append(res.Notes, say("tally.note.void", args{"ballots": c.void}))
		}
	}
	switch {
	case c.shares != nil:
		c.countShares(t, res, choose)
	case c.phrag != nil:
		n := 0
		t.won, t.priced = c.phrag.run(recordIf(res, func(m moment) {
			n++
			at := c.moneyRat(m.at)
			res.Rounds = append(res.Rounds, Round{Project: c.id(m.c), Taken: true, Phase: "phragmen", Score: at, Tied: c.ids(m.tied),
				Says: say("tally.round.phragmen", args{"n": n, "project": c.id(m.c), "load": at.Rounded(2)})})
		}), choose)
	case c.over != nil:
		t.won = c.over.run(recordIf(res, c.recordOffer(res)), choose)
	case c.judge != nil:
		t.won = c.countJudged(t, res, choose)
	default:
		t.won = c.countGreedy(t, res, newKeeper(c.in), nil, 0, choose)
	}
	for _, p := range t.won {
		t.cost += c.in.Projects[p].Cost
	}
	return t
}

// recordIf is f when the result is wanted.
func recordIf[T any](res *Result, f func(T)) func(T) {
	if res == nil {
		return nil
	}
	return f
}

func (c *counter) recordOffer(res *Result) func(offer) {
	return func(o offer) {
		r := Round{Project: c.id(o.c), Taken: true, Phase: "shares", Tied: c.ids(o.tied)}
		if o.price == nil {
			r.Says = say("tally.round.free", args{"project": c.id(o.c)})
		} else {
			pays := c.moneyRat(new(big.Rat).Quo(o.price, o.part))
			r.Payment = &pays
			r.Score = Number{new(big.Rat).Quo(new(big.Rat).Mul(o.part, new(big.Rat).SetInt64(c.in.Projects[o.c].Cost)), o.price)}
			r.Says = say("tally.round.over", args{"project": c.id(o.c), "payment": pays.Rounded(2),
				"part": Number{new(big.Rat).Mul(o.part, new(big.Rat).SetInt64(100))}.Rounded(1)})
		}
		res.Rounds = append(res.Rounds, r)
	}
}

func (c *counter) countGreedy(t *taken, res *Result, k *keeper, won []int32, spent int64, choose func([]int32) int32) []int32 {
	left := c.in.Budget - spent
	record := func(p int32, took bool, why leave, tied []int32) {
		score := Whole(c.tallies.score[p])
		a := args{"project": c.id(p), "score": score, "cost": c.money(c.in.Projects[p].Cost), "left": c.money(left)}
		r := Round{Project: c.id(p), Taken: took, Phase: c.greedy.phase, Score: score, Tied: c.ids(tied)}
		switch {
		case took:
			r.Says = say("tally.round.greedy", a)
			left -= c.in.Projects[p].Cost
		case why == never:
			r.Says = c.barred(p, k)
		default:
			r.Says = say("tally.round.unfit", a)
		}
		if !took {
			t.why[p] = r.Says
		}
		res.Rounds = append(res.Rounds, r)
	}
	if res == nil {
		record = nil
	}
	return c.greedy.run(k, won, spent, record, choose)
}

func (c *counter) countJudged(t *taken, res *Result, choose func([]int32) int32) []int32 {
	// Majority judgment is going down a list as well; only the order is its own.
	var list []int32
	for p := range c.in.Projects {
		if c.tallies.votes[p] > 0 || c.greedy.fund {
			list = append(list, int32(p))
		}
	}
	slices.SortFunc(list, func(a, b int32) int {
		if d := c.judge.compare(a, b); d != 0 {
			return d
		}
		return int(c.rank[a] - c.rank[b])
	})
	place := make([]int64, len(c.in.Projects))
	for i, p := range list {
		place[p] = int64(len(list) - i)
		if i > 0 && c.judge.compare(list[i-1], p) == 0 {
			place[p] = place[list[i-1]]
		}
	}
	g := *c.greedy
	g.t = tallies{place, c.tallies.votes}
	left := c.in.Budget
	k := newKeeper(c.in)
	record := func(p int32, took bool, why leave, tied []int32) {
		r := Round{Project: c.id(p), Taken: took, Phase: "judgment", Score: Whole(int64(c.grades[c.judge.median(p)])), Tied: c.ids(tied)}
		a := args{"project": c.id(p), "grade": r.Score, "cost": c.money(c.in.Projects[p].Cost), "left": c.money(left)}
		switch {
		case took:
			r.Says = say("tally.round.judged", a)
			left -= c.in.Projects[p].Cost
		case why == never:
			r.Says = c.barred(p, k)
		default:
			r.Says = say("tally.round.misjudged", a)
		}
		if !took {
			t.why[p] = r.Says
		}
		res.Rounds = append(res.Rounds, r)
	}
	if res == nil {
		record = nil
	}
	return g.run(k, nil, 0, record, choose)
}

// countShares is equal shares with its completion and comparison.
func (c *counter) countShares(t *taken, res *Result, choose func([]int32) int32) {
	s := c.shares
	steps := s.search()
	record := func(r round) {
		cost := c.in.Projects[r.c].Cost
		out := Round{Project: c.id(r.c), Taken: true, Phase: "shares", Tied: c.ids(r.tied), Full: int(r.full)}
		if r.price == nil {
			out.Says = say("tally.round.free", args{"project": c.id(r.c)})
		} else {
			pay := c.moneyRat(r.pay)
			out.Payment, out.Poor = &pay, int(r.price.poor)
			out.Score = Number{new(big.Rat).Quo(new(big.Rat).SetInt64(cost), r.pay)}
			out.Says = say("tally.round.shares", args{"project": c.id(r.c), "full": out.Full, "poor": out.Poor, "payment": pay.Rounded(2), "votes": out.Score.Rounded(1)})
		}
		res.Rounds = append(res.Rounds, out)
	}
	if res == nil {
		record = nil
	}
	f := s.final(steps, record, choose)
	t.won, t.final, t.priced = slices.Clone(f.won), f, true
	if res != nil {
		share := c.moneyRat(new(big.Rat).SetFrac(s.share(steps), new(big.Int).SetUint64(s.d0)))
		res.Share, res.Steps = &share, int(steps)
		if steps > 0 {
			res.Notes = append(res.Notes, say(c.ended(f), args{"steps": steps, "share": share.Rounded(2)}))
		}
		for p := range c.in.Projects {
			if !f.keep.won[p] {
				t.why[p] = c.unaffordable(int32(p), f)
			}
		}
	}
	if s.completion == "greedy" || s.completion == "add1-greedy" {
		before := len(t.won)
		t.won = c.countGreedy(t, res, f.keep, t.won, f.cost, choose)
		if len(t.won) > before {
			t.priced = false
			if res != nil {
				res.Notes = append(res.Notes, say("tally.note.completed", args{"projects": len(t.won) - before}))
			}
		}
	}
	how := c.rule.Get("comparison")
	if how == "none" || how == "" {
		return
	}
	other := &taken{why: make([]Message, len(c.in.Projects))}
	alone := &Result{}
	if res == nil {
		alone = nil
	}
	other.won = c.countGreedy(other, alone, newKeeper(c.in), nil, 0, choose)
	here, there := prefer(c.in.Ballots, t.won, other.won, how == "exclusion")
	key := "tally.note.stays"
	if there > here {
		key = "tally.note.greedy"
		t.won, t.priced, t.why = other.won, false, other.why
		if res != nil {
			res.Rounds, res.Share, res.Steps = alone.Rounds, nil, 0
		}
	}
	if res != nil {
		res.Notes = append(res.Notes, say(key, args{"shares": here, "greedy": there}))
	}
}

// ended is the note on why shares were not raised further.
func (c *counter) ended(f *contest) string {
	key := "tally.note.raised.all"
	for p, x := range c.in.Projects {
		if f.keep.won[p] || f.support[p] == 0 || f.keep.allows(p) != may {
			continue
		}
		if x.Cost <= c.in.Budget-f.cost {
			return "tally.note.raised"
		}
		key = "tally.note.raised"
		if c.shares.completion == "add1-exhaustive" {
			key = "tally.note.raised.fits"
		}
	}
	return key
}

// prefer counts the voters who have more winning choices in a than in b, and those who have fewer; with any, only whether they have one.
func prefer(b *Ballots, a, other []int32, any bool) (first, second int) {
	in := make([]int, b.Candidates)
	for _, p := range a {
		in[p] |= 1
	}
	for _, p := range other {
		in[p] |= 2
	}
	for g, m := range b.Mult {
		x, y := 0, 0
		b.weigh(g, byVotes, 0, func(c uint16, _ int32) {
			x += in[c] & 1
			y += in[c] >> 1
		})
		if any {
			x, y = min(x, 1), min(y, 1)
		}
		if x > y {
			first += int(m)
		} else if y > x {
			second += int(m)
		}
	}
	return first, second
}

// unaffordable says why equal shares did not buy p: barred, or what its supporters had left.
func (c *counter) unaffordable(p int32, f *contest) Message {
	if f.support[p] == 0 {
		return say("tally.lost.unsupported", args{"project": c.id(p)})
	}
	if f.keep.allows(int(p)) != may {
		return c.barred(p, f.keep)
	}
	had := c.moneyRat(f.left(int(p)))
	return say("tally.lost.shares", args{"project": c.id(p), "cost": c.money(c.in.Projects[p].Cost), "had": had.Rounded(2), "voters": f.support[p]})
}

// left is what the supporters of c have left together, exactly, in smallest units.
func (s *purses) left(c int) *big.Rat {
	s.clearCount()
	var n int64
	sup, _ := s.supporters(c)
	for _, g := range sup {
		n += s.acc[g].m
		s.history(g, uint64(s.acc[g].m))
	}
	h := s.horner(s.count)
	have := nat(nil).mul(s.share, s.q).mulWord(uint64(n)).sub(h)
	return new(big.Rat).SetFrac(have.int(), append(nat(nil), s.q...).mulWord(s.d0).int())
}

// barred says which constraint keeps p out.
func (c *counter) barred(p int32, k *keeper) Message {
	for _, e := range k.env[p] {
		if k.left[e] < k.costs[p] {
			return say("tally.lost.envelope", args{"project": c.id(p), "envelope": c.in.Limits.Envelopes[e].Name, "left": c.money(k.left[e]), "cost": c.money(k.costs[p])})
		}
	}
	for _, g := range k.grp[p] {
		if k.closed[g] {
			for _, o := range c.in.Limits.Groups[g] {
				if k.won[o] {
					return say("tally.lost.group", args{"project": c.id(p), "other": c.id(int32(o))})
				}
			}
		}
	}
	var lacks []string
	for _, o := range k.need[p] {
		if !k.won[o] {
			lacks = append(lacks, c.id(int32(o)))
		}
	}
	return say("tally.lost.needs", args{"project": c.id(p), "others": lacks})
}

// verdicts tells of each project what became of it.
func (c *counter) verdicts(t *taken) []Verdict {
	place := make([]int, len(c.in.Projects))
	for i, p := range t.won {
		place[p] = i + 1
	}
	out := make([]Verdict, len(c.in.Projects))
	for i, p := range c.in.Projects {
		v := Verdict{ID: p.ID, Name: p.Name, Cost: c.money(p.Cost), Support: Whole(c.tallies.score[i]), Won: place[i] > 0, Reason: t.why[i]}
		switch {
		case v.Won:
			v.Reason = say("tally.won", args{"project": p.ID, "place": place[i]})
		case c.tallies.votes[i] == 0:
			v.Reason = say("tally.lost.unsupported", args{"project": p.ID})
		case v.Reason.Key == "" && c.rule.Name == GreedyThreshold && c.tallies.score[i] < c.greedy.least:
			v.Reason = say("tally.lost.threshold", args{"project": p.ID, "score": v.Support, "least": c.greedy.least})
		case v.Reason.Key == "" && p.Cost > c.in.Budget-t.cost:
			v.Reason = say("tally.lost.unfit", args{"project": p.ID, "cost": v.Cost, "left": c.money(c.in.Budget - t.cost)})
		case v.Reason.Key == "":
			v.Reason = say("tally.lost.ended", args{"project": p.ID})
		}
		out[i] = v
	}
	return out
}

// outcomes lists every set of winners that ties could give. Each tie met is a fork: the count is run again for every branch, in depth,
// forks named by how often they were met.
func (c *counter) outcomes(res *Result, most int) {
	if most <= 0 {
		most = 10_000
	}
	seen := map[string]bool{}
	var path, width []int
	for n := 0; ; n++ {
		if n == most {
			res.Capped = true
			break
		}
		depth := 0
		t := c.count(nil, func(tied []int32) int32 {
			if depth == len(path) {
				path, width = append(path, 0), append(width, len(tied))
			}
			depth++
			return tied[path[depth-1]]
		})
		ids := make([]string, len(t.won))
		for i, p := range t.won {
			ids[i] = c.id(p)
		}
		slices.Sort(ids)
		if key := strings.Join(ids, "\x00"); !seen[key] {
			seen[key] = true
			res.Outcomes = append(res.Outcomes, ids)
		}
		path, width = path[:depth], width[:depth]
		for len(path) > 0 && path[len(path)-1]+1 == width[len(path)-1] {
			path, width = path[:len(path)-1], width[:len(path)-1]
		}
		if len(path) == 0 {
			break
		}
		path[len(path)-1]++
	}
	slices.SortFunc(res.Outcomes, func(a, b []string) int { return slices.Compare(a, b) })
}

// boundPoints is the instance without the ballots that give a project, or all together, more points than allowed; how many those are; and by
// group of in its group there, -1 where void.
func boundPoints(in *Instance, each, total int64) (*Instance, int, []int32) {
	b, _ := NewBuilder(in.Ballots.Kind, in.Ballots.Candidates, false)
	void := 0
	var cs []int32
	groups := make([]int32, in.Ballots.Groups())
	for g, m := range in.Ballots.Mult {
		sum, top := int64(0), int64(0)
		cs = cs[:0]
		for i, p := range in.Ballots.PointsOf(g) {
			sum, top = sum+int64(p), max(top, int64(p))
			cs = append(cs, int32(in.Ballots.Choices(g)[i]))
		}
		if each > 0 && top > each || total > 0 && sum > total {
			void += int(m)
			groups[g] = -1
			continue
		}
		n, _ := b.AddTimes(cs, append([]int32{}, in.Ballots.PointsOf(g)...), m) // was added before, so nothing is wrong with it
		groups[g] = int32(n)
	}
	out := *in
	out.Ballots = b.Done()
	return &out, void, groups
}
