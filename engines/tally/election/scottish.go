package election

import (
	"math/bits"
	"slices"

	"commun/engines/tally"
)

// hundredThousand is a vote: values have five decimals (rule 48), so whole numbers of 1/100000 hold every value without rounding.
const hundredThousand = 100_000

// state is what has become of a candidate.
type state uint8

const (
	continuing state = iota
	elected
	excluded
)

func (s state) String() string { return [...]string{"", "elected", "excluded"}[s] }

// scottish is a count by rules 46 to 53. All papers of one group have gone the same way at the same value, so a group moves as one.
type scottish struct {
	*counter
	quota    int64
	votes    []int64 // by candidate, in 1/100000
	state    []state
	papers   [][]int32 // by candidate the groups that he holds
	place    []int32   // by group where on the ballot it stands
	value    []int64   // by group what each of its papers is worth where it lies now
	past     [][]int64 // votes at the end of each stage
	nontrans int64     // papers without a next preference
	residual int64     // what was cut off
}

func (c *counter) countScottish() {
	n := len(c.ids)
	t := &scottish{counter: c, votes: make([]int64, n), state: make([]state, n), papers: make([][]int32, n),
		place: make([]int32, c.b.Groups()), value: make([]int64, c.b.Groups())}
	t.quota = (int64(c.valid)/int64(c.seats+1) + 1) * hundredThousand
	s := c.stage("first")
	for g, m := range c.b.Mult {
		if choices := c.b.Choices(g); len(choices) > 0 {
			t.value[g] = hundredThousand
			t.papers[choices[0]] = append(t.papers[choices[0]], int32(g))
			t.votes[choices[0]] += int64(m) * hundredThousand
		}
	}
	if c.res != nil {
		s.Says = append(s.Says, say("election.stv.quota", args{"valid": c.valid, "seats": c.seats, "quota": t.quota / hundredThousand}))
	}
	before := make([]int64, n)
	for t.end(s, before) {
		before = slices.Clone(t.votes)
		if x, ok := t.surplus(); ok {
			s = c.stage("surplus")
			t.transferSurplus(s, x)
		} else {
			s = c.stage("exclusion")
			t.exclude(s)
		}
	}
	if c.res != nil {
		q, nt, r := tally.Scaled(t.quota, 5), tally.Scaled(t.nontrans, 5), tally.Scaled(t.residual, 5)
		c.res.Quota, c.res.Nontransferable, c.res.Residual = &q, &nt, &r
	}
}

// end closes a stage: who has the quota is elected; who remains when vacancies are as many is elected too. It is true while the count goes on.
func (t *scottish) end(s *tally.Stage, before []int64) bool {
	t.past = append(t.past, slices.Clone(t.votes))
	var in []int32
	for x := range t.votes {
		if t.state[x] == continuing && t.votes[x] >= t.quota {
			in = append(in, int32(x))
		}
	}
	slices.SortFunc(in, func(a, b int32) int {
		if d := sign(t.votes[b], t.votes[a]); d != 0 {
			return d
		}
		return int(t.rank[a] - t.rank[b])
	})
	for _, x := range in {
		t.elect(s, x, "election.stv.reached")
	}
	left := t.remaining()
	if len(left) <= t.seats-len(t.elected) {
		slices.SortFunc(left, func(a, b int32) int {
			if d := sign(t.votes[b], t.votes[a]); d != 0 {
				return d
			}
			return int(t.rank[a] - t.rank[b])
		})
		for _, x := range left {
			t.elect(s, x, "election.stv.last")
		}
		left = nil
	}
	t.standings(s, before)
	return len(left) > 0 && len(t.elected) < t.seats
}

func (t *scottish) elect(s *tally.Stage, x int32, key string) {
	t.state[x] = elected
	t.elected = append(t.elected, x)
	if t.res != nil {
		s.Says = append(s.Says, say(key, args{"candidate": t.ids[x], "votes": tally.Scaled(t.votes[x], 5)}))
	}
}

func (t *scottish) remaining() []int32 {
	var left []int32
	for x, st := range t.state {
		if st == continuing {
			left = append(left, int32(x))
		}
	}
	return left
}

func (t *scottish) standings(s *tally.Stage, before []int64) {
	if t.res == nil {
		return
	}
	for x, id := range t.ids {
		st := tally.Standing{ID: id, Votes: tally.Scaled(t.votes[x], 5), State: t.state[x].String()}
		if d := t.votes[x] - before[x]; d != 0 && s.Kind != "first" {
			change := tally.Scaled(d, 5)
			st.Change = &change
		}
		s.Standings = append(s.Standings, st)
	}
	nt, r := tally.Scaled(t.nontrans, 5), tally.Scaled(t.residual, 5)
	s.Nontransferable, s.Residual = &nt, &r
}

// surplus is whose surplus comes next: the largest (rule 49); false when there is none.
func (t *scottish) surplus() ([]int32, bool) {
	var most []int32
	for _, x := range t.elected {
		if t.votes[x] <= t.quota { // whoever has passed on a surplus stays at the quota
			continue
		}
		if len(most) > 0 && t.votes[x] > t.votes[most[0]] {
			most = most[:0]
		}
		if len(most) == 0 || t.votes[x] == t.votes[most[0]] {
			most = append(most, x)
		}
	}
	return most, len(most) > 0
}

// earlier keeps of equals those who had most (or fewest) at the most recent earlier stage at which they were not all equal, and so on with
// those from there, until one is left or no stage parts them.
func (t *scottish) earlier(tied []int32, most bool) []int32 {
	for i := len(t.past) - 2; i >= 0 && len(tied) > 1; i-- {
		best := t.past[i][tied[0]]
		for _, x := range tied {
			if v := t.past[i][x]; most && v > best || !most && v < best {
				best = v
			}
		}
		tied = slices.DeleteFunc(slices.Clone(tied), func(x int32) bool { return t.past[i][x] != best })
	}
	return tied
}

// transferSurplus moves all papers of one elected candidate at a fraction of their value (rule 48).
func (t *scottish) transferSurplus(s *tally.Stage, equal []int32) {
	x := equal[0]
	if len(equal) > 1 {
		x = t.pick(s, t.earlier(equal, true), 1)[0]
	}
	surplus := t.votes[x] - t.quota
	moved := int64(0)
	for _, g := range t.papers[x] {
		// surplus ≤ votes, so the quotient is at most the value and fits
		hi, lo := bits.Mul64(uint64(surplus), uint64(t.value[g]))
		value, _ := bits.Div64(hi, lo, uint64(t.votes[x]))
		t.value[g] = int64(value)
		moved += t.move(g)
	}
	t.papers[x] = nil
	t.votes[x] = t.quota
	t.residual += surplus - moved
	if t.res != nil {
		s.Says = append(s.Says, say("election.stv.surplus", args{"candidate": t.ids[x], "surplus": tally.Scaled(surplus, 5)}))
	}
}

// move hands a group's papers at its value to the next who continues, or to the non-transferable; it returns what they are worth.
func (t *scottish) move(g int32) int64 {
	worth := t.value[g] * int64(t.b.Mult[g])
	choices := t.b.Choices(int(g))
	for t.place[g]++; int(t.place[g]) < len(choices); t.place[g]++ {
		if y := choices[t.place[g]]; t.state[y] == continuing {
			t.papers[y] = append(t.papers[y], g)
			t.votes[y] += worth
			return worth
		}
	}
	t.nontrans += worth
	return worth
}

// exclude takes out the lowest, and moves his papers at the value at which he got them (rule 50) — unless those who continue are then as
// many as the vacancies: they are elected, and nothing moves any more (rule 51).
func (t *scottish) exclude(s *tally.Stage) {
	left := t.remaining()
	lowest := slices.Clone(left[:1])
	for _, x := range left[1:] {
		if t.votes[x] < t.votes[lowest[0]] {
			lowest = lowest[:0]
		}
		if len(lowest) == 0 || t.votes[x] == t.votes[lowest[0]] {
			lowest = append(lowest, x)
		}
	}
	x := lowest[0]
	if len(lowest) > 1 {
		x = t.pickLast(s, t.earlier(lowest, false))
	}
	t.state[x] = excluded
	if t.res != nil {
		s.Says = append(s.Says, say("election.stv.excluded", args{"candidate": t.ids[x], "votes": tally.Scaled(t.votes[x], 5)}))
	}
	if len(left)-1 <= t.seats-len(t.elected) {
		return
	}
	for _, g := range t.papers[x] {
		t.move(g)
	}
	t.papers[x], t.votes[x] = nil, 0
}
