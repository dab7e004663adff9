package election

import (
	"fmt"
	"math/big"
	"math/rand/v2"
	"slices"
	"testing"

	"commun/engines/tally"
)

// phragmen is the definition by money: all earn alike, and the first candidate whose supporters own one seat is bought.
func (s sample) phragmen() (won []int) {
	money := make([]*big.Rat, len(s.papers))
	for i := range money {
		money[i] = new(big.Rat)
	}
	for len(won) < s.seats {
		var best *big.Rat
		var tied []int
		for x := range s.n {
			have, n := new(big.Rat), int64(0)
			for i, p := range s.papers {
				if slices.Contains(p.choices, int32(x)) {
					have.Add(have, money[i])
					n++
				}
			}
			if n == 0 || slices.Contains(won, x) {
				continue
			}
			wait := new(big.Rat).Quo(new(big.Rat).Sub(big.NewRat(1, 1), have), big.NewRat(n, 1))
			if best == nil || wait.Cmp(best) < 0 {
				best, tied = wait, nil
			}
			if wait.Cmp(best) == 0 {
				tied = append(tied, x)
			}
		}
		if best == nil {
			return won
		}
		x := s.first(tied)
		won = append(won, x)
		for i, p := range s.papers {
			money[i].Add(money[i], best)
			if slices.Contains(p.choices, int32(x)) {
				money[i].SetInt64(0)
			}
		}
	}
	return won
}

// shares is equal shares with a first share: in each round the candidate whose supporters pay the least at most.
func (s sample) shares(share *big.Rat) (won []int) {
	money := make([]*big.Rat, len(s.papers))
	for i := range money {
		money[i] = new(big.Rat).Set(share)
	}
	for {
		var best *big.Rat
		var tied []int
		for x := range s.n {
			if slices.Contains(won, x) {
				continue
			}
			rho := s.price(x, money)
			if rho == nil {
				continue
			}
			if best == nil || rho.Cmp(best) < 0 {
				best, tied = rho, nil
			}
			if rho.Cmp(best) == 0 {
				tied = append(tied, x)
			}
		}
		if best == nil {
			return won
		}
		x := s.first(tied)
		won = append(won, x)
		for i, p := range s.papers {
			if slices.Contains(p.choices, int32(x)) {
				if money[i].Cmp(best) <= 0 {
					money[i].SetInt64(0)
				} else {
					money[i].Sub(money[i], best)
				}
			}
		}
	}
}

// price is the most that a supporter of x pays when together they pay 1, nil when they cannot.
func (s sample) price(x int, money []*big.Rat) *big.Rat {
	var have []*big.Rat
	for i, p := range s.papers {
		if slices.Contains(p.choices, int32(x)) {
			have = append(have, money[i])
		}
	}
	slices.SortFunc(have, (*big.Rat).Cmp)
	left := big.NewRat(1, 1)
	for i, m := range have {
		equal := new(big.Rat).Quo(left, big.NewRat(int64(len(have)-i), 1))
		if m.Cmp(equal) >= 0 {
			return equal
		}
		left.Sub(left, m)
	}
	return nil
}

func TestCommitteesByTheirDefinitions(t *testing.T) {
	t.Parallel()
	r := rand.New(rand.NewPCG(9, 1))
	for range 1000 {
		s := draw(r, tally.Approval, 6, 14)
		e := s.election(t)
		if got, want := mustCount(t, e, "committee-phragmen").Elected, letters(s.phragmen()); !slices.Equal(got, want) {
			t.Fatalf("phragmen %v\ngot %v want %v", s, got, want)
		}
		s.papers = slices.DeleteFunc(s.papers, func(p paper) bool { return len(p.choices) == 0 })
		first := big.NewRat(int64(s.seats), max(1, int64(len(s.papers))))
		want := s.shares(first)
		if got := mustCount(t, e, "committee-shares,completion=none").Elected; !slices.Equal(got, letters(want)) {
			t.Fatalf("shares %v\ngot %v want %v", s, got, letters(want))
		}
		supported := 0
		for x := range s.n {
			if s.times(x, false) > 0 {
				supported++
			}
		}
		full := min(supported, s.seats)
		exhaustive := want
		step := 1 + r.Int64N(60)
		rule := fmt.Sprintf("committee-shares,step=%d,completion=", step)
		for i := int64(1); len(want) < supported; i++ {
			more := new(big.Rat).Mul(first, big.NewRat(100+i*step, 100))
			next := s.shares(more)
			if len(next) > s.seats {
				break
			}
			want = next
			if len(exhaustive) < full {
				exhaustive = next
			}
		}
		if got := mustCount(t, e, rule+"add1-exhaustive").Elected; !slices.Equal(got, letters(exhaustive)) {
			t.Fatalf("add1-exhaustive %v\ngot %v want %v", s, got, letters(exhaustive))
		}
		if got := mustCount(t, e, rule+"add1").Elected; !slices.Equal(got, letters(want)) {
			t.Fatalf("add1 %v\ngot %v want %v", s, got, letters(want))
		}
	}
}

func TestListsByTheirDefinitions(t *testing.T) {
	t.Parallel()
	r := rand.New(rand.NewPCG(10, 1))
	for range 3000 {
		s := draw(r, tally.ChooseOne, 6, 40)
		s.seats = 1 + r.IntN(12)
		threshold := r.IntN(2) * 15
		if r.IntN(2) == 0 {
			for range s.n {
				s.places = append(s.places, r.IntN(5))
			}
		}
		room := func(x, has int) bool { return s.places == nil || s.places[x] == 0 || has < s.places[x] }
		e := s.election(t)
		var in []int
		total := int64(0)
		for x := range s.n {
			if n := s.times(x, false); n > 0 && 100*n >= int64(threshold)*s.valid() {
				in = append(in, x)
				total += n
			}
		}
		for rule, step := range map[string]int{DHondt: 1, SainteLague: 2} {
			var want []int
			has := make([]int, s.n)
			for len(want) < s.seats {
				var best *big.Rat
				var tied []int
				for _, x := range in {
					if !room(x, has[x]) {
						continue
					}
					q := big.NewRat(s.times(x, false), int64(step*has[x]+1))
					if best == nil || q.Cmp(best) > 0 {
						best, tied = q, nil
					}
					if q.Cmp(best) == 0 {
						tied = append(tied, x)
					}
				}
				if best == nil {
					break
				}
				x := s.first(tied)
				has[x]++
				want = append(want, x)
			}
			if got := mustCount(t, e, fmt.Sprintf("%s,threshold=%d", rule, threshold)).Elected; !slices.Equal(got, letters(want)) {
				t.Fatalf("%s %v %v\ngot %v want %v", rule, s, s.places, got, letters(want))
			}
		}
		if s.places != nil {
			continue
		}
		for _, quota := range []string{"hare", "droop"} {
			has := make([]int, s.n)
			if total > 0 {
				q := big.NewRat(total, int64(s.seats))
				if quota == "droop" {
					q = big.NewRat(total/int64(s.seats+1)+1, 1)
				}
				rest := map[int]*big.Rat{}
				left := s.seats
				for _, x := range in {
					n := big.NewRat(s.times(x, false), 1)
					for n.Cmp(q) >= 0 {
						n.Sub(n, q)
						has[x]++
						left--
					}
					rest[x] = n
				}
				for can := in; left > 0 && len(can) > 0; left-- {
					x := s.first(s.unbeaten(can, func(a, b int) bool { return rest[a].Cmp(rest[b]) > 0 }))
					has[x]++
					can = without(can, x)
				}
			}
			var want []string
			for x, n := range has {
				for range n {
					want = append(want, letters([]int{x})...)
				}
			}
			got := mustCount(t, e, fmt.Sprintf("largest-remainder,quota=%s,threshold=%d", quota, threshold)).Elected
			slices.Sort(got)
			if !slices.Equal(got, want) {
				t.Fatalf("%s %v\ngot %v want %v", quota, s, got, want)
			}
		}
	}
}
