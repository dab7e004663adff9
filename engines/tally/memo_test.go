package tally

import (
	"math/rand/v2"
	"slices"
	"testing"
)

// A contest that counted other shares before buys what one that is new and exact buys: nothing that is remembered from step to step may show.
func TestWhatIsRememberedDoesNotShow(t *testing.T) {
	for seed := range uint64(12) {
		r := rand.New(rand.NewPCG(seed, 17))
		in := generated(40+r.IntN(400), 10+r.IntN(30))
		if seed%3 == 0 { // points
			b, _ := NewBuilder(Cumulative, len(in.Projects), false)
			for g, m := range in.Ballots.Mult {
				var choices, points []int32
				for _, c := range in.Ballots.Choices(g) {
					choices, points = append(choices, int32(c)), append(points, int32(1+r.IntN(4)))
				}
				if _, err := b.AddTimes(choices, points, m); err != nil {
					t.Fatal(err)
				}
			}
			in.Ballots = b.Done()
		}
		checkSteps(t, in, "equal-shares,utility="+[]string{"cost", "count", "score"}[seed%3], 60, func() int64 { return r.Int64N(1 + in.Budget/int64(in.Ballots.Voters)/20) })
	}
	for _, f := range files(t) {
		checkSteps(t, readPB(t, f), "equal-shares", 40, func() int64 { return 3 })
	}
}

func checkSteps(t *testing.T, in *Instance, text string, steps int, by func() int64) {
	t.Helper()
	rule, err := Rules().Parse(text)
	if err != nil {
		t.Fatal(err)
	}
	c, err := newCounter(in, rule, Options{Workers: 1})
	if err != nil {
		t.Fatal(err)
	}
	s, at := c.shares, int64(0)
	for range steps {
		used := s.hunterFor(0, at)
		if by()%2 == 0 {
			used.refine() // from here on purses are fine
		}
		used.ceiling = MaxAmount
		used.run(s.share(at), s.d0, 0, 0)
		fresh := newContest(s.in, s.pool, s.perCost, s.rank)
		fresh.ceiling, fresh.record = MaxAmount, func(round) {}
		fresh.run(s.share(at), s.d0, 0, 0)
		if !slices.Equal(used.won, fresh.won) {
			t.Fatalf("%s after %d: %v, exactly %v", text, at, used.won, fresh.won)
		}
		at += by()
	}
}
