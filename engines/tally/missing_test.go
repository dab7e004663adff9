package tally

import (
	"math/rand/v2"
	"testing"
)

// What is known of a loser at a lower cost without counting, and what is counted only from a later step on, is what a whole count says.
func TestBarsHideNothing(t *testing.T) {
	asked, known, late := 0, 0, 0
	check := func(in *Instance, text string, r *rand.Rand, probes int) {
		rule, err := Rules().Parse(text)
		if err != nil {
			t.Fatal(err)
		}
		c, err := newCounter(in, rule, Options{Workers: 1})
		if err != nil {
			t.Fatal(err)
		}
		won := make([]bool, len(in.Projects))
		for _, p := range c.count(nil, nil).won {
			won[p] = true
		}
		b := c.bars(won)
		if b == nil {
			t.Fatalf("%s has no bars", text)
		}
		for p := range won {
			cost := c.in.Projects[p].Cost
			if won[p] || cost == 0 {
				continue
			}
			plain, err := c.withLess(p, nil)
			if err != nil {
				t.Fatal(err)
			}
			quick, err := c.withLess(p, b)
			if err != nil {
				t.Fatal(err)
			}
			for i := range probes {
				n := 1 + r.Int64N(cost)
				if most := b.highest(p); i%2 == 0 { // where it matters
					n = min(max(1, cost-most+r.Int64N(5)-2), cost)
				}
				if x, y := plain(n), quick(n); x != y {
					t.Fatalf("%s on %s: %s cheaper by %d wins: %v, with bars %v (%v)", text, describe(in), c.id(int32(p)), n, x, y, b[p])
				}
				first, ok := b.first(p, cost-n)
				asked++
				if !ok {
					known++
				} else if first > 0 {
					late++
				}
			}
		}
	}
	for seed := range uint64(400) {
		r := rand.New(rand.NewPCG(seed, 23))
		kind := []Kind{Approval, Cumulative, Ordinal}[seed%3]
		in := randomInstance(r, kind)
		in.Limits = Constraints{}
		if in.Budget > 5000 {
			continue
		}
		for _, text := range []string{"equal-shares", "equal-shares,completion=none", "equal-shares,start=integral", "equal-shares,utility=count",
			"equal-shares,utility=" + map[Kind]string{Approval: "count", Cumulative: "score", Ordinal: "borda"}[kind]} {
			check(in, text, r, 6)
		}
	}
	for seed := range uint64(4) {
		r := rand.New(rand.NewPCG(seed, 24))
		check(generated(200+100*int(seed), 20), "equal-shares,utility="+[]string{"cost", "count"}[seed%2]+",step=100", r, 6)
	}
	if known < asked/20 || late < asked/100 {
		t.Fatalf("of %d asked %d were known and %d began late: that tests little", asked, known, late)
	}
}

// The nearest losers get the numbers that they get when all are looked at; the others are marked.
func TestTheNearestAreSearchedAsAllAre(t *testing.T) {
	in := generated(400, 20)
	all := count(t, in, "equal-shares,step=500", Options{Missing: MissingFound})
	for i, v := range count(t, in, "equal-shares,step=500", Options{Missing: MissingNear, Workers: 1}).Projects {
		w := all.Projects[i]
		if v.Unsearched {
			w.MissingVotes, w.VotesAtMost, w.MissingCost, w.CostAtMost, w.Unsearched = nil, false, nil, false, true
		}
		if d, err := Difference(&Result{Projects: []Verdict{v}}, &Result{Projects: []Verdict{w}}); err != nil || d != "" {
			t.Fatal(d, err)
		}
	}
	b := bars{{{0, 10}, {3, 20}}, nil}
	for x, want := range map[int64]int64{10: 0, 11: 3, 20: 3, 21: -1} {
		step, ok := b.first(0, x)
		if !ok {
			step = -1
		}
		if step != want {
			t.Fatalf("at %d from step %d, want %d", x, step, want)
		}
	}
	if _, ok := b.first(1, 1); ok || b.highest(1) != 0 || b.highest(0) != 20 {
		t.Fatal("bars of nothing")
	}
}
