package college

import (
	"fmt"
	"math/rand/v2"
	"testing"

	"commun/engines/tally"
)

// large is an assembly of n members in five colleges, with three capped groups that overlap, a capped college, and a third of delegations.
func large(n int) (*Assembly, *Vote) {
	r := rand.New(rand.NewPCG(9, 1))
	s := statutes(30, 25, 20, 15, 10)
	s.Caps = []Cap{{Group: "public", Most: tally.Fraction(49, 100)}, {Group: "firm", Most: tally.Fraction(1, 10)}, {Group: "union", Most: tally.Fraction(1, 5)},
		{College: "c1", Most: tally.Fraction(1, 3)}}
	a, v := &Assembly{Statutes: s}, &Vote{Ballots: map[string]string{}}
	for i := range n {
		m := Member{ID: fmt.Sprintf("m%d", i), Seats: []Seat{{College: fmt.Sprintf("c%d", 1+r.IntN(5))}}}
		for _, g := range []string{"public", "firm", "union"} {
			if r.IntN(4) == 0 {
				m.Groups = append(m.Groups, g)
			}
		}
		a.Members = append(a.Members, m)
		switch r.IntN(3) {
		case 0:
			v.Delegations = append(v.Delegations, Delegation{From: m.ID, To: fmt.Sprintf("m%d", (i+1+r.IntN(n-1))%n)})
		case 1:
			v.Ballots[m.ID] = []string{"yes", "no", Abstain}[r.IntN(3)]
		}
	}
	return a, v
}

func TestALargeAssembly(t *testing.T) {
	r, err := Count(large(3000))
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range r.Caps {
		if c.After.Cmp(c.Most) > 0 {
			t.Errorf("%+v", c)
		}
	}
}

func BenchmarkAssemblyOf10000(b *testing.B) {
	a, v := large(10_000)
	for b.Loop() {
		if _, err := Count(a, v); err != nil {
			b.Fatal(err)
		}
	}
}
