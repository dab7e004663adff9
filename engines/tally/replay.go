package tally

import (
	"fmt"
	"math/big"
	"slices"
)

// Flaw is the first round of a result that does not follow from the rule and the rounds before it. Round counts from 0; it is the number of
// rounds when one is missing at the end.
type Flaw struct {
	Round int
	Says  Message
}

// Purse is what each voter of group g (of the instance's ballots) has left, exactly.
type Purse func(g int) Number

// Replay follows a result round by round by the definition of its rule, apart from the code that counts: what is paid covers the cost, no
// project was better, nothing was left to take. It returns the first flaw, nil when every round follows. Not replayed are the search for the
// share of add1 (the share of the result is taken), the comparison step, and bounded overspending: Recount compares those with a new count.
// after, which may be nil, is called after each round of equal shares with the purses. Separate counts are replayed one by one, with groups of
// the part's own ballots. Errors: those of [Count].
func Replay(in *Instance, res *Result, after func(round int, left Purse)) (*Flaw, error) {
	in, err := in.apart(res.Rule)
	if err != nil {
		return nil, fmt.Errorf("replay %s: %w", res.Rule.Name, err)
	}
	if in.Limits.Separate == Together {
		return replay(in, res, 0, after)
	}
	if err := in.Check(); err != nil {
		return nil, err
	}
	list, err := in.parts()
	if err != nil {
		return nil, err
	}
	at := 0
	for _, q := range list {
		one := &Result{Rule: res.Rule}
		for ; at+len(one.Rounds) < len(res.Rounds) && res.Rounds[at+len(one.Rounds)].Part == q.name; one.Rounds = res.Rounds[at : at+len(one.Rounds)+1] {
		}
		for _, x := range res.Parts {
			if x.Name == q.name {
				one.Share, one.Winners, one.Notes = x.Share, x.Winners, x.Notes
			}
		}
		if f, err := replay(q.in, one, at, after); f != nil || err != nil {
			return f, err
		}
		at += len(one.Rounds)
	}
	return nil, nil
}

// replayer is a result that is followed.
type replayer struct {
	*counter
	k      *keeper
	spent  int64
	place  map[string]int32
	purses *plainPurses
	loads  *plainPurses
	passed []bool // looked at by greedy
	begun  bool   // greedy
}

func replay(in *Instance, res *Result, offset int, after func(int, Purse)) (*Flaw, error) {
	c, err := newCounter(in, res.Rule, Options{Workers: 1})
	if err != nil {
		return nil, fmt.Errorf("replay %s: %w", res.Rule.Name, err)
	}
	if c.over != nil {
		return nil, nil
	}
	r := &replayer{counter: c, k: newKeeper(c.in), place: map[string]int32{}, passed: make([]bool, len(c.in.Projects))}
	for i, p := range c.in.Projects {
		r.place[p.ID] = int32(i)
	}
	if c.shares != nil && res.Share != nil {
		r.purses = newPlainPurses(c.shares.pool, c.unitsOf(*res.Share))
	}
	if c.phrag != nil {
		r.loads = newPlainPurses(c.phrag.pool, new(big.Rat))
	}
	var won []string
	flaw := func(i int, key string, a args) *Flaw { return &Flaw{offset + i, say(key, a)} }
	for i, round := range res.Rounds {
		p, ok := r.place[round.Project]
		if !ok || r.k.won[p] {
			return flaw(i, "tally.flaw.again", args{"project": round.Project}), nil
		}
		var m *Message
		switch {
		case round.Phase == "shares" && r.purses != nil && !r.begun:
			m = r.bought(p, &round)
		case round.Phase == "phragmen" && r.loads != nil:
			m = r.earned(p, &round)
		case round.Phase == "greedy" && r.purses != nil && !r.begun:
			if m = r.nothingBetter(-1, nil); m != nil {
				return &Flaw{offset + i, *m}, nil
			}
			fallthrough
		case round.Phase == "greedy" && r.loads == nil, round.Phase == "judgment" && r.judge != nil:
			r.begun = true
			m = r.listed(p, &round)
		default:
			return flaw(i, "tally.flaw.phase", args{"project": round.Project, "phase": round.Phase}), nil
		}
		if m != nil {
			return &Flaw{offset + i, *m}, nil
		}
		if round.Taken {
			r.k.take(int(p))
			r.spent += r.in.Projects[p].Cost
			won = append(won, round.Project)
		}
		if after != nil && r.purses != nil {
			after(offset+i, func(g int) Number { return r.moneyRat(r.purses.value[r.purses.at[g]]) })
		}
	}
	var m *Message
	switch {
	case r.purses != nil && !r.begun:
		m = r.nothingBetter(-1, nil)
	case r.loads != nil:
		m = r.phragmenEnded()
	}
	if m == nil && r.loads == nil && (r.purses == nil || r.begun || r.rule.Get("completion") == "greedy" || r.rule.Get("completion") == "add1-greedy") {
		m = r.listEnded(res)
	}
	if m != nil {
		return &Flaw{offset + len(res.Rounds), *m}, nil
	}
	if !slices.Equal(won, res.Winners) && len(won)+len(res.Winners) > 0 {
		return flaw(len(res.Rounds), "tally.flaw.winners", nil), nil
	}
	return nil, nil
}

// plainPurses is what each group has, few different rationals kept once with a float beside. Floats only spare comparisons that are clear.
type plainPurses struct {
	*pool
	value []*big.Rat
	near  []float64
	at    []int32 // by group
}

func newPlainPurses(p *pool, first *big.Rat) *plainPurses {
	return &plainPurses{pool: p, value: []*big.Rat{first}, near: []float64{toFloat(first)}, at: make([]int32, len(p.mult))}
}

// holding is those of the supporters of c who have the same and weigh the same.
type holding struct {
	v int32
	w int64
}

func (s *plainPurses) holdings(c int32) map[holding]int64 {
	sup, ws := s.supporters(int(c))
	out := map[holding]int64{}
	for i, g := range sup {
		w := int64(1)
		if ws != nil {
			w = int64(ws[i])
		}
		out[holding{s.at[g], w}] += int64(s.mult[g])
	}
	return out
}

// collect is what the supporters of c pay at price t for one weight, less the cost: its sign, exactly.
func (s *plainPurses) collect(c int32, t *big.Rat, cost int64) int {
	sup, ws := s.supporters(int(c))
	ft, sum := toFloat(t), 0.0
	for i, g := range sup {
		w := 1.0
		if ws != nil {
			w = float64(ws[i])
		}
		sum += float64(s.mult[g]) * min(s.near[s.at[g]], ft*w)
	}
	switch want := float64(cost); {
	case sum*(1-floatError) > want:
		return 1
	case sum*(1+floatError) < want:
		return -1
	}
	exact := new(big.Rat)
	for h, m := range s.holdings(c) {
		x := new(big.Rat).Mul(t, new(big.Rat).SetInt64(h.w))
		if s.value[h.v].Cmp(x) < 0 {
			x = s.value[h.v]
		}
		exact.Add(exact, new(big.Rat).Mul(x, new(big.Rat).SetInt64(m)))
	}
	return exact.Cmp(new(big.Rat).SetInt64(cost))
}

// pay takes t for each weight, or what there is, from the supporters of c. It counts those who had more, as much, and less but something.
func (s *plainPurses) pay(c int32, t *big.Rat) (more, equal, less int64) {
	after := map[holding]int32{}
	for h, m := range s.holdings(c) {
		left := new(big.Rat).Sub(s.value[h.v], new(big.Rat).Mul(t, new(big.Rat).SetInt64(h.w)))
		switch sign := left.Sign(); {
		case sign > 0:
			more += m
		case sign == 0:
			equal += m
		case s.value[h.v].Sign() > 0:
			less += m
		}
		if left.Sign() < 0 {
			left.SetInt64(0)
		}
		after[h] = s.add(left)
	}
	s.assign(c, func(h holding) int32 { return after[h] })
	return more, equal, less
}

func (s *plainPurses) add(v *big.Rat) int32 {
	s.value, s.near = append(s.value, v), append(s.near, toFloat(v))
	return int32(len(s.value) - 1)
}

func (s *plainPurses) assign(c int32, to func(holding) int32) {
	sup, ws := s.supporters(int(c))
	for i, g := range sup {
		w := int64(1)
		if ws != nil {
			w = int64(ws[i])
		}
		s.at[g] = to(holding{s.at[g], w})
	}
}

// bought checks a round of equal shares and pays it.
func (r *replayer) bought(p int32, round *Round) *Message {
	a := args{"project": round.Project}
	if r.k.allows(int(p)) != may {
		m := say("tally.flaw.barred", a)
		return &m
	}
	cost := r.in.Projects[p].Cost
	if cost == 0 && round.Payment == nil && r.purses.support[p] > 0 {
		return nil
	}
	if cost == 0 || round.Payment == nil {
		m := say("tally.flaw.paid", a)
		return &m
	}
	t := r.unitsOf(*round.Payment)
	if t.Sign() <= 0 || r.purses.collect(p, t, cost) != 0 {
		m := say("tally.flaw.paid", a)
		return &m
	}
	if m := r.nothingBetter(p, t); m != nil {
		return m
	}
	// Who had exactly the payment, or nothing, may stand on either side: both give the same purses.
	more, equal, less := r.purses.pay(p, t)
	if full, both := int64(round.Full), int64(round.Full+round.Poor); full < more || full > more+equal || both < more+less || both > r.purses.support[p] {
		m := say("tally.flaw.counted", a)
		return &m
	}
	return nil
}

// nothingBetter checks that no project could be bought instead of p at price t; with p < 0, none at all.
func (r *replayer) nothingBetter(p int32, t *big.Rat) *Message {
	all := r.purses.value[0] // nobody has more than the first share
	for i := range r.in.Projects {
		c := int32(i)
		cost := r.in.Projects[c].Cost
		if c == p || r.k.won[c] || r.purses.support[c] == 0 || r.k.allows(i) != may {
			continue
		}
		if p < 0 {
			if cost == 0 || r.purses.collect(c, all, cost) >= 0 {
				m := say("tally.flaw.left", args{"project": r.id(c)})
				return &m
			}
			continue
		}
		// The price at which c would be worth as much for its money.
		same := t
		if r.shares.perCost {
			same = new(big.Rat).Mul(t, big.NewRat(cost, r.in.Projects[p].Cost))
		}
		d := 1
		if cost > 0 {
			d = r.purses.collect(c, same, cost)
		}
		if d > 0 || d == 0 && r.cheaper(c, same) || d == 0 && r.rank[c] < r.rank[p] {
			m := say("tally.flaw.better", args{"project": r.id(p), "other": r.id(c)})
			return &m
		}
	}
	return nil
}

// cheaper tells, when the supporters of c pay exactly its cost at t, that they do so at less already: none has t.
func (r *replayer) cheaper(c int32, t *big.Rat) bool {
	for h := range r.purses.holdings(c) {
		if r.purses.value[h.v].Cmp(new(big.Rat).Mul(t, new(big.Rat).SetInt64(h.w))) >= 0 {
			return false
		}
	}
	return true
}

// earned checks a purchase of Phragmén's.
func (r *replayer) earned(p int32, round *Round) *Message {
	if r.k.allows(int(p)) != may || r.in.Projects[p].Cost > r.in.Budget-r.spent {
		m := say("tally.flaw.barred", args{"project": round.Project})
		return &m
	}
	when := r.loaded(p)
	if when.Cmp(r.unitsOf(round.Score)) != 0 {
		m := say("tally.flaw.paid", args{"project": round.Project})
		return &m
	}
	if c := r.earlier(p, when); c >= 0 {
		m := say("tally.flaw.better", args{"project": round.Project, "other": r.id(c)})
		return &m
	}
	v := r.loads.add(when)
	r.loads.assign(p, func(holding) int32 { return v })
	return nil
}

// loaded is the moment at which the supporters of c will have earned its cost.
func (r *replayer) loaded(c int32) *big.Rat {
	sum := new(big.Rat).SetInt64(r.in.Projects[c].Cost)
	for h, m := range r.loads.holdings(c) {
		sum.Add(sum, new(big.Rat).Mul(r.loads.value[h.v], new(big.Rat).SetInt64(m)))
	}
	return sum.Quo(sum, new(big.Rat).SetInt64(r.loads.support[c]))
}

// earlier is a project that comes before p, which comes then; with p < 0, any that comes; -1 when there is none.
func (r *replayer) earlier(p int32, when *big.Rat) int32 {
	for i, x := range r.in.Projects {
		c := int32(i)
		if c == p || r.k.won[c] || r.loads.support[c] == 0 || x.Cost > r.in.Budget || r.k.allows(i) != may || r.phrag.skip && x.Cost > r.in.Budget-r.spent {
			continue
		}
		if p < 0 {
			return c
		}
		if d := r.loaded(c).Cmp(when); d < 0 || d == 0 && (r.rank[c] < r.rank[p] || x.Cost > r.in.Budget-r.spent) {
			return c
		}
	}
	return -1
}

// phragmenEnded checks that the count had to end.
func (r *replayer) phragmenEnded() *Message {
	if r.earlier(-1, nil) < 0 {
		return nil
	}
	// It may also end because one of the next would overspend.
	var least *big.Rat
	over, first := false, int32(-1)
	for i, x := range r.in.Projects {
		c := int32(i)
		if r.k.won[c] || r.loads.support[c] == 0 || x.Cost > r.in.Budget || r.k.allows(i) != may || r.phrag.skip && x.Cost > r.in.Budget-r.spent {
			continue
		}
		at := r.loaded(c)
		if least == nil || at.Cmp(least) < 0 {
			least, over, first = at, false, c
		}
		over = over || at.Cmp(least) == 0 && x.Cost > r.in.Budget-r.spent
	}
	if over {
		return nil
	}
	m := say("tally.flaw.left", args{"project": r.id(first)})
	return &m
}

// before tells that list rules look at a before b.
func (r *replayer) before(a, b int32) bool {
	d := r.greedy.compare(a, b)
	if r.judge != nil {
		d = r.judge.compare(a, b)
	}
	return d < 0 || d == 0 && r.rank[a] < r.rank[b]
}

// onList tells the projects that a list rule looks at at all, and that have not been looked at.
func (r *replayer) onList(c int32) bool {
	return !r.passed[c] && !r.k.won[c] && (r.tallies.votes[c] > 0 || r.greedy.fund) && (r.judge != nil || r.tallies.score[c] >= r.greedy.least)
}

// listed checks a round of a rule that goes down a list.
func (r *replayer) listed(p int32, round *Round) *Message {
	why := r.k.allows(int(p))
	fits := why == may && r.in.Projects[p].Cost <= r.in.Budget-r.spent
	if round.Taken != fits || why == waits || !r.onList(p) {
		m := say("tally.flaw.fits", args{"project": round.Project})
		return &m
	}
	for i := range r.in.Projects {
		if c := int32(i); c != p && r.onList(c) && r.k.allows(i) != waits && r.before(c, p) {
			m := say("tally.flaw.better", args{"project": round.Project, "other": r.id(c)})
			return &m
		}
	}
	r.passed[p] = true
	return nil
}

// listEnded checks that the list was gone down to its end, or to the first that does not fit.
func (r *replayer) listEnded(res *Result) *Message {
	if n := len(res.Rounds); r.greedy.stop && n > 0 && !res.Rounds[n-1].Taken {
		return nil
	}
	for i := range r.in.Projects {
		if c := int32(i); r.onList(c) && r.k.allows(i) != waits {
			m := say("tally.flaw.left", args{"project": r.id(c)})
			return &m
		}
	}
	return nil
}
