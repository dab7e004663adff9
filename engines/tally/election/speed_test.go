package election

import (
	"bytes"
	"fmt"
	"math/rand/v2"
	"testing"

	"commun/engines/tally"
	"commun/formats/blt"
)

// wardFile is a ward as BLT: n ballots over so many candidates, the first ones better liked, lengths from 1.
func wardFile(n, candidates, seats int) []byte {
	r := rand.New(rand.NewPCG(30, 1))
	var b bytes.Buffer
	fmt.Fprintf(&b, "%d %d\n", candidates, seats)
	for range n {
		b.WriteString("1")
		seen := make([]bool, candidates)
		for range 1 + r.IntN(min(candidates, 8)) {
			x := min(r.IntN(candidates), r.IntN(candidates))
			for seen[x] {
				x = (x + 1) % candidates
			}
			seen[x] = true
			fmt.Fprintf(&b, " %d", x+1)
		}
		b.WriteString(" 0\n")
	}
	b.WriteString("0\n")
	for x := range candidates {
		fmt.Fprintf(&b, "\"Candidate %d\"\n", x+1)
	}
	b.WriteString("\"A ward\"\n")
	return b.Bytes()
}

// readWard reads a BLT file as it is counted.
func readWard(t testing.TB, file []byte) *Election {
	src, err := blt.NewReader(bytes.NewReader(file), blt.Limits{})
	if err != nil {
		t.Fatal(err)
	}
	b, err := tally.NewBuilder(tally.Ordinal, src.Len(), false)
	if err != nil {
		t.Fatal(err)
	}
	for src.Next() {
		if _, err := b.Add(src.Ballot().Prefs, nil); err != nil {
			t.Fatal(err)
		}
	}
	if src.Err() != nil || src.Errors() > 0 {
		t.Fatal(src.Err(), src.Problems())
	}
	e := &Election{Seats: src.Seats(), Ballots: b.Done()}
	for i, c := range src.Candidates() {
		e.Candidates = append(e.Candidates, Candidate{ID: fmt.Sprint(i + 1), Name: c.Name})
	}
	return e
}

func TestAWardFromItsFile(t *testing.T) {
	e := readWard(t, wardFile(500, 8, 3))
	var s sample
	s.kind, s.n, s.seats = tally.Ordinal, 8, 3
	for g, m := range e.Ballots.Mult {
		var p paper
		for _, x := range e.Ballots.Choices(g) {
			p.choices = append(p.choices, int32(x))
		}
		for range m {
			s.papers = append(s.papers, p)
		}
	}
	won, _, residual := s.scottish(s.byOrder)
	res := mustCount(t, e, "stv-scottish")
	if len(won) != 3 || res.Residual.Rat().Cmp(residual) != 0 || len(res.Elected) != 3 {
		t.Fatalf("%v %v, paper by paper %v %v", res.Elected, res.Residual, won, residual)
	}
	for i, x := range won {
		if res.Elected[i] != fmt.Sprint(x+1) {
			t.Errorf("%v, paper by paper %v", res.Elected, won)
		}
	}
}

// BenchmarkWard is 60,000 ranked ballots over 20 candidates for 4 seats: reading the file and counting it.
func BenchmarkWard(b *testing.B) {
	file := wardFile(60_000, 20, 4)
	for _, rule := range []string{"stv-scottish", "stv-meek", "schulze", "ranked-pairs"} {
		r, err := Rules().Parse(rule)
		if err != nil {
			b.Fatal(err)
		}
		b.Run(rule, func(b *testing.B) {
			for b.Loop() {
				if _, err := Count(readWard(b, file), r, Options{}); err != nil {
					b.Fatal(err)
				}
			}
		})
		b.Run(rule+" without reading", func(b *testing.B) {
			e := readWard(b, file)
			for b.Loop() {
				if _, err := Count(e, r, Options{}); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
