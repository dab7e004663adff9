package tally

import (
	"math/big"
	"math/rand/v2"
	"slices"
	"testing"
)

// What was counted replays, by every rule, on instances full of ties; and a round that is tampered with does not.
func TestRoundsAreReplayed(t *testing.T) {
	caught := map[string]int{}
	for seed := range uint64(1500) {
		r := rand.New(rand.NewPCG(seed, 23))
		kind := []Kind{Approval, Cumulative, Ordinal, Scoring}[r.IntN(4)]
		in := randomInstance(r, kind)
		rule := randomRule(r, kind)
		res, err := Count(in, rule, Options{Workers: 1})
		if err != nil {
			t.Fatal(err)
		}
		if flaw, err := Replay(in, res, nil); flaw != nil || err != nil {
			t.Fatalf("seed %d %s on %s: %+v %v\n%+v", seed, rule, describe(in), flaw, err, res.Rounds)
		}
		if len(res.Rounds) == 0 || rule.Name == BoundedOverspend {
			continue
		}
		bad := *res
		bad.Rounds = slices.Clone(res.Rounds)
		i := r.IntN(len(bad.Rounds))
		how := []string{"dropped", "swapped", "payment", "taken", "winner", "twice"}[r.IntN(6)]
		switch how {
		case "dropped":
			bad.Rounds = slices.Delete(bad.Rounds, i, i+1)
		case "swapped":
			j := r.IntN(len(bad.Rounds))
			if bad.Rounds[i].Project == bad.Rounds[j].Project {
				continue
			}
			bad.Rounds[i], bad.Rounds[j] = bad.Rounds[j], bad.Rounds[i]
		case "payment":
			if bad.Rounds[i].Payment == nil {
				continue
			}
			x := Number{new(big.Rat).Mul(bad.Rounds[i].Payment.Rat(), big.NewRat(1_000_001, 1_000_000))}
			bad.Rounds[i].Payment = &x
		case "taken":
			bad.Rounds[i].Taken = !bad.Rounds[i].Taken
		case "winner":
			if len(bad.Winners) == 0 {
				continue
			}
			bad.Winners = bad.Winners[:len(bad.Winners)-1]
		case "twice":
			bad.Rounds = append(bad.Rounds, bad.Rounds[i])
		}
		flaw, err := Replay(in, &bad, nil)
		if err != nil {
			t.Fatal(err)
		}
		if flaw == nil {
			t.Fatalf("seed %d %s on %s: round %d %s passed", seed, rule, describe(in), i, how)
		}
		caught[how]++
	}
	if len(caught) != 6 {
		t.Fatalf("%v", caught)
	}
}

// The purses after each round are those by hand: 10 each; n1 takes 5 of the north, n2 the rest, s the south's 10.
func TestPursesAfterEachRound(t *testing.T) {
	in := town(t, 100, map[string]int64{"n1": 30, "n2": 30, "n3": 40, "s": 40}, "6 n1 n2 n3", "4 s")
	res := count(t, in, "equal-shares,completion=none", Options{})
	north, south := int(in.Ballots.Of[0]), int(in.Ballots.Of[6])
	var got []string
	flaw, err := Replay(in, res, func(_ int, left Purse) { got = append(got, left(north).String()+" "+left(south).String()) })
	if flaw != nil || err != nil || !slices.Equal(got, []string{"5 10", "0 10", "0 0"}) {
		t.Fatal(got, flaw, err)
	}
}
