package election

import (
	"math/bits"
	"slices"

	"commun/engines/tally"
)

// meek is a count by Meek's method in whole numbers of 1/one of a vote. Each candidate keeps a part of every ballot that reaches him and
// passes on the rest: all of it while he continues, none once excluded, and when elected just so much that he is left with the quota.
type meek struct {
	*counter
	one    uint64
	places int
	omega  uint64
	keep   []uint64
	votes  []uint64
	state  []state
	quota  uint64
	excess uint64 // what no candidate keeps
	lost   uint64 // surplus: what the elected have above the quota
}

func (c *counter) countMeek() {
	n := len(c.ids)
	t := &meek{counter: c, places: int(whole(c.rule.Get("places"))), keep: make([]uint64, n), votes: make([]uint64, n), state: make([]state, n)}
	t.one = tenTo(t.places)
	t.omega = tenTo(t.places - int(whole(c.rule.Get("omega"))))
	for x := range t.keep {
		t.keep[x] = t.one
	}
	s, before := c.stage("first"), make([]uint64, n)
	for {
		rounds := 0
		chosen := t.settle(s, &rounds)
		left := t.remaining()
		if len(left) <= t.seats-len(t.elected) {
			t.byVotes(left)
			for _, x := range left {
				t.elect(s, x, "election.stv.last")
			}
			left = nil
		}
		if c.res != nil && rounds > 1 {
			s.Says = append(s.Says, say("election.meek.settled", args{"rounds": rounds, "quota": t.number(t.quota), "surplus": t.number(t.lost)}))
		}
		t.standings(s, before)
		if len(t.elected) >= t.seats || len(left) == 0 {
			break
		}
		before = slices.Clone(t.votes)
		if chosen {
			s = c.stage("surplus")
			continue
		}
		s = c.stage("exclusion")
		t.exclude(s, left)
	}
	if c.res != nil {
		q, e, zero := t.number(t.quota), t.number(t.excess), tally.Whole(0)
		c.res.Quota, c.res.Nontransferable, c.res.Residual = &q, &e, &zero
	}
}

func tenTo(n int) uint64 {
	x := uint64(1)
	for range n {
		x *= 10
	}
	return x
}

func (t *meek) number(x uint64) tally.Number { return tally.Scaled(int64(x), t.places) }

// settle moves surpluses until somebody new has the quota (true), or too little is left to move (false).
func (t *meek) settle(s *tally.Stage, rounds *int) bool {
	last := uint64(0)
	for first := true; ; first = false {
		*rounds++
		t.share()
		var in []int32
		for _, x := range t.remaining() {
			if t.votes[x] >= t.quota {
				in = append(in, x)
			}
		}
		t.byVotes(in)
		for _, x := range in {
			// More than the seats cannot have the quota at once, but one elected before may lack a rounding of it by now.
			if len(t.elected) < t.seats {
				near := t.votes[x]-t.quota <= t.unsure()
				t.elect(s, x, "election.stv.reached")
				if near {
					t.near(x)
				}
			}
		}
		t.lost = 0
		for _, x := range t.elected {
			if t.votes[x] > t.quota {
				t.lost += t.votes[x] - t.quota
			}
		}
		if len(in) > 0 {
			return true
		}
		if t.lost < t.omega || !first && t.lost >= last {
			return false
		}
		last = t.lost
		t.reduce()
	}
}

// share hands out every ballot by the keep values, and sets the quota. What a candidate keeps of a ballot is rounded up; it is taken from
// that ballot, so nothing is made or lost.
func (t *meek) share() {
	clear(t.votes)
	t.excess = 0
	total := uint64(0)
	for g, m := range t.b.Mult {
		choices := t.b.Choices(g)
		if len(choices) == 0 {
			continue
		}
		left := t.one
		for _, x := range choices {
			k := t.keep[x]
			if k == 0 {
				continue
			}
			part := left
			if k < t.one {
				part = (left*k + t.one - 1) / t.one // at most 10^18 + 10^9
			}
			t.votes[x] += part * uint64(m)
			left -= part
			if left == 0 {
				break
			}
		}
		t.excess += left * uint64(m)
		total += (t.one - left) * uint64(m)
	}
	t.quota = total/uint64(t.seats+1) + 1
}

// reduce lowers the keep values of the elected so that they would be left with the quota if nothing more came to them; rounded up.
func (t *meek) reduce() {
	for _, x := range t.elected {
		if t.votes[x] == 0 {
			continue
		}
		hi, lo := bits.Mul64(t.keep[x], t.quota)
		lo, carry := bits.Add64(lo, t.votes[x]-1, 0)
		hi += carry
		if hi >= t.votes[x] {
			t.keep[x] = t.one
			continue
		}
		k, _ := bits.Div64(hi, lo, t.votes[x])
		t.keep[x] = min(k, t.one)
	}
}

func (t *meek) elect(s *tally.Stage, x int32, key string) {
	t.state[x] = elected
	t.elected = append(t.elected, x)
	if t.res != nil {
		s.Says = append(s.Says, say(key, args{"candidate": t.ids[x], "votes": t.number(t.votes[x])}))
	}
}

func (t *meek) remaining() []int32 {
	var left []int32
	for x, st := range t.state {
		if st == continuing {
			left = append(left, int32(x))
		}
	}
	return left
}

func (t *meek) byVotes(list []int32) {
	slices.SortFunc(list, func(a, b int32) int {
		if d := sign(int64(t.votes[b]), int64(t.votes[a])); d != 0 {
			return d
		}
		return int(t.rank[a] - t.rank[b])
	})
}

// exclude takes out the lowest. Whoever is above him by no more than the surplus that is still to be moved is his equal.
func (t *meek) exclude(s *tally.Stage, left []int32) {
	lowest := t.votes[left[0]]
	for _, x := range left {
		lowest = min(lowest, t.votes[x])
	}
	var equal []int32
	bound := t.bound()
	near := false
	for _, x := range left {
		if t.votes[x] <= lowest+t.lost {
			equal = append(equal, x)
		} else if t.votes[x]-lowest <= bound {
			near = true
		}
		near = near || t.quota <= t.votes[x]+bound
	}
	x := t.pickLast(s, equal)
	// Before anybody is elected nothing was rounded: equal ones are equal, and the tie order is named in the stage.
	if near || len(equal) > 1 && len(t.elected) > 0 {
		t.near(x)
	}
	t.state[x], t.keep[x] = excluded, 0
	if t.res != nil {
		s.Says = append(s.Says, say("election.stv.excluded", args{"candidate": t.ids[x], "votes": t.number(t.votes[x])}))
	}
}

// near notes that a decision about x stood closer than what rounding can move.
func (t *meek) near(x int32) {
	t.note("election.meek.near", args{"candidate": t.ids[x], "votes": t.number(t.votes[x])})
}

// rounding is by how much the votes of one candidate can differ from those of exact parts at the same keep values: on each ballot each of
// the elected before him takes less than one unit too much.
func (t *meek) rounding() (one, all uint64) {
	e := uint64(len(t.elected))
	hi, one := bits.Mul64(e, uint64(t.valid))
	hi2, all := bits.Mul64(e, 2*one+2)
	if hi != 0 || hi2 != 0 || one > 1<<60 {
		return 1 << 61, 1 << 61 // so many ballots and elected that nothing is sure
	}
	return one, all
}

// bound is by how much two candidates can come nearer to each other, or one to the quota, until exact surpluses are all moved: see the
// package's documentation.
func (t *meek) bound() uint64 {
	one, all := t.rounding()
	for _, x := range t.elected {
		all += max(t.votes[x], t.quota) - min(t.votes[x], t.quota)
	}
	return 2*one + 2*all
}

// unsure is how far above the quota one must be to be sure to have it in the end as well.
func (t *meek) unsure() uint64 {
	one, all := t.rounding()
	for _, x := range t.elected {
		if t.votes[x] < t.quota {
			all += t.quota - t.votes[x]
		}
	}
	return 2*one + 1 + 2*all
}

func (t *meek) standings(s *tally.Stage, before []uint64) {
	if t.res == nil {
		return
	}
	for x, id := range t.ids {
		st := tally.Standing{ID: id, Votes: t.number(t.votes[x]), State: t.state[x].String()}
		if t.votes[x] != before[x] && s.Kind != "first" {
			change := tally.Scaled(int64(t.votes[x])-int64(before[x]), t.places)
			st.Change = &change
		}
		s.Standings = append(s.Standings, st)
	}
	nt, zero := t.number(t.excess), tally.Whole(0)
	s.Nontransferable, s.Residual = &nt, &zero
}
