package tally

import (
	"encoding/json"
	"math/big"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

func drawn(t *rapid.T, kinds ...Kind) (*Instance, *rand.Rand) {
	r := rand.New(rand.NewPCG(rapid.Uint64().Draw(t, "seed"), 11))
	kind := kinds[r.IntN(len(kinds))]
	in := randomInstance(r, kind)
	return in, r
}

// No rule spends more than the budget, an envelope, or takes two of a group; what is exhausted is exhausted.
func TestNoRuleOverspends(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		in, r := drawn(t, Approval, Cumulative, Scoring, Ordinal, ChooseOne)
		rule := randomRule(r, in.Ballots.Kind)
		res, err := Count(in, rule, Options{Workers: 1, Fairness: true})
		if err != nil {
			t.Fatal(err)
		}
		k := &plainKeeper{in: in}
		for _, id := range res.Winners {
			c := slices.IndexFunc(in.Projects, func(p Project) bool { return p.ID == id })
			if !k.open(c) {
				t.Fatalf("%s: %s was barred after %v", rule, id, k.won)
			}
			k.won = append(k.won, c)
		}
		if k.cost() > in.Budget {
			t.Fatalf("%s: %d of %d", rule, k.cost(), in.Budget)
		}
		if res.Cost.Cmp(in.Money(k.cost())) != 0 {
			t.Fatalf("cost %s, winners cost %d", res.Cost, k.cost())
		}
		if in.Limits.None() && (rule.Name == Greedy || rule.Get("completion") == "greedy" || rule.Get("completion") == "add1-greedy") {
			for c, p := range in.Projects {
				if !k.has(c) && in.Ballots.Support()[c] > 0 && newSlow(in, "score", nil, false).supported(c) && k.cost()+p.Cost <= in.Budget {
					t.Fatalf("%s: %s still fits", rule, p.ID)
				}
			}
		}
		sum := 0
		for _, n := range res.Fairness.Distribution {
			sum += n
		}
		if sum != in.Ballots.Voters {
			t.Fatalf("%d voters in the distribution, %d cast", sum, in.Ballots.Voters)
		}
	})
}

// Equal shares satisfy EJR+ up to any project, and a violation that is reported is one: every set of supporters is tried.
func TestEJRPlusByBruteForce(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		in, r := drawn(t, Approval)
		if !in.Limits.None() {
			in.Limits = Constraints{}
		}
		count := r.IntN(2) == 0
		util := map[bool]string{true: "count", false: "cost"}[count]
		text := []string{"greedy", "equal-shares,completion=none,utility=" + util, "phragmen,stop=skip"}[r.IntN(3)]
		rule, err := Rules().Parse(text)
		if err != nil {
			t.Fatal(err)
		}
		res, err := Count(in, rule, Options{Workers: 1})
		if err != nil {
			t.Fatal(err)
		}
		f := Judge(in, res.Winners, util)
		var voters [][]int
		for g, m := range in.Ballots.Mult {
			for range m {
				var b []int
				for _, c := range in.Ballots.Choices(g) {
					b = append(b, int(c))
				}
				voters = append(voters, b)
			}
		}
		if len(voters) > 14 {
			voters = nil // the brute force has 2^voters sets; larger elections test only that equal shares has none
		}
		violated := map[string]bool{}
		for set := 1; set < 1<<len(voters); set++ {
			for c, p := range in.Projects {
				if slices.Contains(res.Winners, p.ID) {
					continue
				}
				n, all := int64(0), true
				for v, b := range voters {
					if set>>v&1 == 0 {
						continue
					}
					n++
					if !slices.Contains(b, c) {
						all = false
						break
					}
				}
				if !all {
					continue
				}
				owed := true
				for v, b := range voters {
					if set>>v&1 == 0 {
						continue
					}
					has := int64(0)
					for _, x := range b {
						if slices.Contains(res.Winners, in.Projects[x].ID) {
							if count {
								has++
							} else {
								has += in.Projects[x].Cost
							}
						}
					}
					needs := big.NewInt(has + p.Cost)
					if count {
						needs.Mul(big.NewInt(has+1), big.NewInt(p.Cost))
					}
					needs.Mul(needs, big.NewInt(int64(len(voters))))
					if needs.Cmp(new(big.Int).Mul(big.NewInt(in.Budget), big.NewInt(n))) > 0 {
						owed = false
					}
				}
				if owed {
					violated[p.ID] = true
				}
			}
		}
		said := map[string]bool{}
		for _, v := range f.EJRPlus {
			said[v.Project] = true
		}
		if voters != nil {
			for _, p := range in.Projects {
				if said[p.ID] != violated[p.ID] {
					t.Fatalf("%s on %s: project %s: said %v, by brute force %v", rule, describe(in), p.ID, said[p.ID], violated[p.ID])
				}
			}
		}
		if strings.HasPrefix(text, "equal-shares") && len(said) > 0 {
			t.Fatalf("%s on %s violates %v", rule, describe(in), said)
		}
	})
}

// Greedy: more votes for a winner, or a lower cost of it, never make it lose.
func TestGreedyIsMonotone(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		in, r := drawn(t, Approval)
		in.Limits = Constraints{}
		rule, _ := Rules().Parse([]string{"greedy", "greedy-per-cost", "greedy-no-skip"}[r.IntN(3)])
		c, err := newCounter(in, rule, Options{Workers: 1})
		if err != nil {
			t.Fatal(err)
		}
		for _, p := range c.count(nil, nil).won {
			more, err := c.withVotes(int(p))
			if err != nil {
				t.Fatal(err)
			}
			less, err := c.withLess(int(p), nil)
			if err != nil {
				t.Fatal(err)
			}
			cost := in.Projects[p].Cost
			if !more(1+r.Int64N(5)) || cost > 1 && !less(1+r.Int64N(cost-1)) {
				t.Fatalf("%s on %s: %s wins no more", rule, describe(in), in.Projects[p].ID)
			}
		}
	})
}

// Equal shares with add1 lack it: a winner can lose because one more voter names it too, or because it became cheaper. The search finds both.
func TestAddOneIsNotMonotone(t *testing.T) {
	rule, _ := Rules().Parse("equal-shares")
	wins := func(in *Instance, p int32) bool {
		c, err := newCounter(in, rule, Options{Workers: 1})
		if err != nil {
			t.Fatal(err)
		}
		return slices.Contains(c.count(nil, nil).won, p)
	}
	votes, cost := "", ""
	for seed := 0; seed < 60000 && (votes == "" || cost == ""); seed++ {
		r := rand.New(rand.NewPCG(uint64(seed), 13))
		in := randomInstance(r, Approval)
		if in.Budget > 500 || in.Budget < 10 || !in.Limits.None() || len(in.Projects) < 3 {
			continue
		}
		c, err := newCounter(in, rule, Options{Workers: 1})
		if err != nil {
			t.Fatal(err)
		}
		for _, p := range c.count(nil, nil).won {
			if in.Projects[p].Cost > 1 {
				other := *in
				other.Projects = slices.Clone(in.Projects)
				other.Projects[p].Cost = 1 + r.Int64N(in.Projects[p].Cost-1)
				if !wins(&other, p) {
					cost = describe(in) + " : " + in.Projects[p].ID + " for " + other.Projects[p].ID
				}
			}
			for g := range in.Ballots.Mult {
				if slices.Contains(in.Ballots.Choices(g), uint16(p)) {
					continue
				}
				b, _ := NewBuilder(Approval, len(in.Projects), false)
				for h, m := range in.Ballots.Mult {
					var list []int32
					for _, x := range in.Ballots.Choices(h) {
						list = append(list, int32(x))
					}
					if h == g {
						m--
						_, _ = b.Add(append(slices.Clone(list), p), nil)
					}
					if m > 0 {
						_, _ = b.AddTimes(list, nil, m)
					}
				}
				other := *in
				other.Ballots = b.Done()
				if !wins(&other, p) {
					votes = describe(in) + " : " + in.Projects[p].ID
				}
			}
		}
	}
	if votes == "" || cost == "" {
		t.Fatalf("no counter-example: votes %q cost %q", votes, cost)
	}
	t.Logf("a vote more: %s", votes)
	t.Logf("a lower cost: %s", cost)
}

// The payments of equal shares are a price system: each winner is paid in full by its supporters, nobody pays more than the share, and no
// loser's supporters have more than its cost left.
func TestPaymentsAreAPriceSystem(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		in, r := drawn(t, Approval, Cumulative, Ordinal)
		in.Limits = Constraints{}
		rule, _ := Rules().Parse("equal-shares,completion=none,utility=" + []string{"cost", "count", "score", "borda"}[r.IntN(4)])
		res, err := Count(in, rule, Options{Workers: 1})
		if err != nil {
			t.Fatal(err)
		}
		left := map[string]*big.Rat{}
		paid := map[string]*big.Rat{}
		for _, p := range in.Projects {
			left[p.ID], paid[p.ID] = new(big.Rat), new(big.Rat)
		}
		for g, m := range in.Ballots.Mult {
			rep, err := ExplainBallot(in, rule, g)
			if err != nil {
				t.Fatal(err)
			}
			if rep.Spent.Cmp(rep.Share) > 0 {
				t.Fatalf("a ballot paid %s of %s", rep.Spent, rep.Share)
			}
			for _, ch := range rep.Choices {
				x := new(big.Rat).Mul(ch.Paid.Rat(), Whole(int64(m)).Rat())
				paid[ch.ID].Add(paid[ch.ID], x)
				left[ch.ID].Add(left[ch.ID], new(big.Rat).Mul(rep.Left.Rat(), Whole(int64(m)).Rat()))
			}
		}
		for i, v := range res.Projects {
			cost := v.Cost.Rat()
			if v.Won && paid[v.ID].Cmp(cost) != 0 {
				t.Fatalf("%s costs %s and was paid %s", v.ID, v.Cost, Exactly(paid[v.ID]))
			}
			if !v.Won && left[v.ID].Cmp(cost) > 0 {
				t.Fatalf("%s (%d) costs %s and its supporters have %s left", v.ID, i, v.Cost, Exactly(left[v.ID]))
			}
		}
	})
}

// What a count says is data that can be read back.
func TestResultsAreReadBack(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		in, r := drawn(t, Approval, Scoring)
		res, err := Count(in, randomRule(r, in.Ballots.Kind), Options{Workers: 1, Fairness: true})
		if err != nil {
			t.Fatal(err)
		}
		raw, err := json.Marshal(res)
		if err != nil {
			t.Fatal(err)
		}
		back, err := ReadResult(strings.NewReader(string(raw)))
		if err != nil {
			t.Fatal(err)
		}
		if d, err := Difference(res, back); d != "" || err != nil {
			t.Fatal(d, err)
		}
	})
}

// Numbers, rules, orders and constraints from outside are refused or taken, and never worse.
func FuzzTexts(f *testing.F) {
	for _, s := range []string{"12", "-0.5", "100/3", "equal-shares,step=0.5,ties=lot:x", "votes/lot:1", `{"groups":[["a"]],"district":{"n":"1.5"}}`, "1/0", "9e9"} {
		f.Add(s)
	}
	in := &Instance{Projects: []Project{{ID: "a", Districts: []string{"n"}}, {ID: "b"}}, Scale: 2}
	f.Fuzz(func(t *testing.T, s string) {
		if n, err := ParseNumber(s); err == nil {
			if back, err := ParseNumber(n.String()); err != nil || back.Cmp(n) != 0 {
				t.Fatalf("%q became %s", s, n)
			}
		}
		if r, err := Rules().Parse(s); err == nil {
			if back, err := Rules().Parse(r.String()); err != nil || back.String() != r.String() {
				t.Fatalf("%q became %s: %v", s, r, err)
			}
		}
		if o, err := ParseTies(s); err == nil {
			if back, err := ParseTies(o.String()); err != nil || back.String() != o.String() {
				t.Fatalf("%q became %s", s, o)
			}
		}
		_, _ = ReadConstraints(strings.NewReader(s), in)
	})
}
