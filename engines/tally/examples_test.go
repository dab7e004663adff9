package tally

import (
	"slices"
	"strings"
	"testing"
)

// Examples that were published, counted by hand here.
func TestPublishedExamples(t *testing.T) {
	// equalshares.net, explanation: a town of eleven and 1100, so 100 each.
	town11 := town(t, 1100, map[string]int64{"bike": 700, "gym": 400, "park": 250, "playground": 200, "library": 100},
		"3 bike gym", "3 bike gym park", "2 park playground library", "1 playground", "1 playground library", "1 bike")
	// Lackner and Skowron, Multi-Winner Voting with Approval Preferences (2023), running example: twelve voters, four seats.
	seats4 := town(t, 4, map[string]int64{"a": 1, "b": 1, "c": 1, "d": 1, "e": 1, "f": 1, "g": 1},
		"3 a b", "3 a c", "2 a d", "1 b c f", "1 e", "1 f", "1 g")
	// Peters and Skowron, Proportionality and the limits of welfarism (2020), figure 1: six voters, twelve seats.
	one := map[string]int64{}
	for _, id := range strings.Fields("c01 c02 c03 c04 c05 c06 c07 c08 c09 c10 c11 c12 c13 c14 c15") {
		one[id] = 1
	}
	seats12 := town(t, 12, one, "1 c01 c02 c03 c04", "1 c01 c02 c03 c05", "1 c01 c02 c03 c06", "1 c07 c08 c09", "1 c10 c11 c12", "1 c13 c14 c15")
	// The usual example for shares: 51 and 49 of a hundred voters, ten projects of each side, and money for ten.
	groups := map[string]int64{}
	red, blue := "51", "49"
	for i := range 10 {
		groups["r"+string(rune('0'+i))], groups["s"+string(rune('0'+i))] = 100, 100
		red, blue = red+" r"+string(rune('0'+i)), blue+" s"+string(rune('0'+i))
	}
	twoGroups := town(t, 1000, groups, red, blue)
	for _, c := range []struct {
		name, rule string
		in         *Instance
		want       string // in the order of their choice; sorted where many are equal
		payments   string
		sorted     bool
	}{
		// The bike path has 7 full votes and takes all of its seven; then the playground, 4 × 50, and the library, 3 × 33.33 of the 50 left.
		{"the town, by cost", "equal-shares,completion=none", town11, "bike playground library", "100 50 100/3", false},
		// By payment: the library 33.33; park and playground are equal at 50 and the park has more votes; then the gym, 3 × 50 and 3 × 83.33;
		// then the playground takes all that its four have: 16.67 twice, 66.67 and 100.
		{"the town, by count", "equal-shares,completion=none,utility=count", town11, "library park gym playground", "100/3 50 250/3 100", false},
		{"the town, by votes", "greedy", town11, "bike gym", "", false},
		// Each holds 1/3. a costs its eight 1/8; the four of b and of c have 3·(1/3-1/8) + 1/3 = 23/24 then, which is not enough.
		{"running example, equal shares", "equal-shares,completion=none", seats4, "a", "0.125", false},
		// a at 1/8; b and c at (1+3/8)/4 = 11/32, b first by name; c at (1+3/8+11/32)/4 = 55/128; d at (1+2/8)/2.
		{"running example, Phragmén", "phragmen", seats4, "a b c d", "", false},
		// Each holds 2: three pay 1/3 three times and then 1 alone; the others pay 1 twice.
		{"figure 1, equal shares", "equal-shares,completion=none", seats12, "c01 c02 c03 c04 c05 c06 c07 c08 c10 c11 c13 c14", "", true},
		{"figure 1, Phragmén", "phragmen", seats12, "c01 c02 c03 c04 c05 c06 c07 c08 c10 c11 c13 c14", "", true},
		// The three have their nine, and c01 to c03 with them.
		{"figure 1, by votes", "greedy", seats12, "c01 c02 c03 c04 c05 c06 c07 c08 c09 c10 c11 c12", "", true},
		// 51 and 49 of a hundred who hold 10 each: 510 and 490 buy five and four; add1 raises until the others have their fifth (500/49 each).
		{"two groups, by votes", "greedy", twoGroups, "r0 r1 r2 r3 r4 r5 r6 r7 r8 r9", "", true},
		{"two groups, equal shares", "equal-shares,completion=none", twoGroups, "r0 r1 r2 r3 r4 s0 s1 s2 s3", "", true},
		{"two groups, add1", "equal-shares,completion=add1", twoGroups, "r0 r1 r2 r3 r4 s0 s1 s2 s3 s4", "", true},
	} {
		t.Run(c.name, func(t *testing.T) {
			res := count(t, c.in, c.rule, Options{})
			got, pays := slices.Clone(res.Winners), []string{}
			for _, r := range res.Rounds {
				if r.Payment != nil {
					pays = append(pays, r.Payment.String())
				}
			}
			if c.sorted {
				slices.Sort(got)
			}
			if strings.Join(got, " ") != c.want || c.payments != "" && strings.Join(pays, " ") != c.payments {
				t.Fatalf("got %v paying %v, want %s paying %s", got, pays, c.want, c.payments)
			}
			if flaw, err := Replay(c.in, res, nil); flaw != nil || err != nil {
				t.Fatal(flaw, err)
			}
		})
	}
	// The same figure: no price system gives the three nine seats and their neighbours three; equal shares' payments are one.
	if f := count(t, seats12, "equal-shares,completion=none", Options{Fairness: true}).Fairness; f.Priceable != "proved" {
		t.Fatal(f.Priceable)
	}
}
