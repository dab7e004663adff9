package college

import (
	"math/big"
	"math/rand/v2"
	"slices"
	"testing"
)

func rat(a, b int64) *big.Rat { return big.NewRat(a, b) }

func TestOneCapIsTheFormula(t *testing.T) {
	// factor = min(1, c·O / ((1-c)·P)): others weigh O, the capped P.
	r := rand.New(rand.NewPCG(1, 1))
	for range 5000 {
		o, p, c := rat(r.Int64N(20), 1+r.Int64N(9)), rat(1+r.Int64N(20), 1+r.Int64N(9)), rat(r.Int64N(10), 10)
		f := Fit([]*big.Rat{o, p}, []Bound{{c, []int{1}}})
		if o.Sign() == 0 {
			if f.Shares != nil || f.Reached.Cmp(c) != 0 {
				t.Fatalf("only capped votes reach %v under %v", f.Reached, c)
			}
			continue
		}
		want := new(big.Rat).Quo(new(big.Rat).Mul(c, o), new(big.Rat).Mul(new(big.Rat).Sub(rat(1, 1), c), p))
		if want.Cmp(rat(1, 1)) > 0 {
			want = rat(1, 1)
		}
		if f.Factors[1].Cmp(want) != 0 || f.Factors[0].Cmp(rat(1, 1)) != 0 || f.Bounds[0].Cmp(want) != 0 {
			t.Fatalf("O=%v P=%v c=%v: factor %v, want %v", o, p, c, f.Factors[1], want)
		}
	}
}

// slowFit grows every vote by itself, looking at everything again at each event.
func slowFit(weights []*big.Rat, bounds []Bound) (shares []*big.Rat, reached *big.Rat) {
	one := rat(1, 1)
	stopped := map[int]*big.Rat{}
	sum := func(level *big.Rat, votes []int) *big.Rat {
		s := new(big.Rat)
		for _, v := range votes {
			at := level
			if stopped[v] != nil {
				at = stopped[v]
			}
			s.Add(s, new(big.Rat).Mul(at, weights[v]))
		}
		return s
	}
	grows := func(votes []int) *big.Rat {
		s := new(big.Rat)
		for _, v := range votes {
			if stopped[v] == nil {
				s.Add(s, weights[v])
			}
		}
		return s
	}
	all := make([]int, len(weights))
	for i := range all {
		all[i] = i
	}
	limits := append(slices.Clone(bounds), Bound{one, all})
	for {
		if grows(all).Sign() == 0 {
			return nil, sum(nil, all)
		}
		var level *big.Rat
		for _, b := range limits {
			if g := grows(b.Votes); g.Sign() > 0 {
				rest := new(big.Rat).Sub(b.Most, sum(new(big.Rat), b.Votes))
				if at := rest.Quo(rest, g); level == nil || at.Cmp(level) < 0 {
					level = at
				}
			}
		}
		if sum(level, all).Cmp(one) == 0 {
			for v := range weights {
				at := level
				if stopped[v] != nil {
					at = stopped[v]
				}
				shares = append(shares, new(big.Rat).Mul(at, weights[v]))
			}
			return shares, one
		}
		next := map[int]bool{}
		for _, b := range bounds {
			if grows(b.Votes).Sign() > 0 && sum(level, b.Votes).Cmp(b.Most) == 0 {
				for _, v := range b.Votes {
					next[v] = stopped[v] == nil
				}
			}
		}
		for v, now := range next {
			if now {
				stopped[v] = level
			}
		}
	}
}

func TestFitIsTheOneFairShare(t *testing.T) {
	r := rand.New(rand.NewPCG(2, 1))
	refused, cut := 0, 0
	for range 6000 {
		n := 1 + r.IntN(8)
		var weights []*big.Rat
		for range n {
			weights = append(weights, rat(1+r.Int64N(6), 1+r.Int64N(4)))
		}
		var bounds []Bound
		for range r.IntN(5) {
			b := Bound{Most: rat(r.Int64N(9), 8)}
			for v := range n {
				if r.IntN(3) == 0 {
					b.Votes = append(b.Votes, v)
				}
			}
			bounds = append(bounds, b)
		}
		f := Fit(weights, bounds)
		shares, reached := slowFit(weights, bounds)
		if (f.Shares == nil) != (shares == nil) || f.Shares == nil && f.Reached.Cmp(reached) != 0 {
			t.Fatalf("%v %v: refused %v at %v, want %v at %v", weights, bounds, f.Shares == nil, f.Reached, shares == nil, reached)
		}
		if shares == nil {
			refused++
			continue
		}
		total := new(big.Rat)
		level := func(v int) *big.Rat { return new(big.Rat).Quo(f.Shares[v], weights[v]) }
		for v := range n {
			total.Add(total, f.Shares[v])
			if f.Shares[v].Cmp(shares[v]) != 0 {
				t.Fatalf("%v %v: %v, want %v", weights, bounds, f.Shares, shares)
			}
			if f.Factors[v].Cmp(rat(1, 1)) == 0 {
				continue
			}
			cut++
			// Whoever is cut is under a bound that is used up, and nobody under it has more for his weight: he can gain only at the
			// cost of someone who has no more than he. That makes the shares the one max-min fair solution.
			if !slices.ContainsFunc(bounds, func(b Bound) bool {
				return slices.Contains(b.Votes, v) && sumOf(f.Shares, b.Votes).Cmp(b.Most) == 0 &&
					!slices.ContainsFunc(b.Votes, func(x int) bool { return level(x).Cmp(level(v)) > 0 })
			}) {
				t.Fatalf("%v %v: vote %d is cut for nothing: %v", weights, bounds, v, f.Shares)
			}
		}
		if total.Cmp(rat(1, 1)) != 0 {
			t.Fatalf("shares sum up to %v", total)
		}
		for j, b := range bounds {
			if sumOf(f.Shares, b.Votes).Cmp(b.Most) > 0 {
				t.Fatalf("%v %v: bound %d is passed: %v", weights, bounds, j, f.Shares)
			}
			for _, v := range b.Votes {
				if f.Factors[v].Cmp(f.Bounds[j]) > 0 {
					t.Fatalf("vote %d keeps %v under bound %d of %v", v, f.Factors[v], j, f.Bounds[j])
				}
			}
		}
	}
	if refused < 100 || cut < 100 {
		t.Errorf("%d refused, %d cut: too few to mean something", refused, cut)
	}
}

func sumOf(list []*big.Rat, at []int) *big.Rat {
	s := new(big.Rat)
	for _, v := range at {
		s.Add(s, list[v])
	}
	return s
}
