package election

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"commun/engines/tally"
)

// drawn makes an election of ranked ballots.
func drawn(t *rapid.T, kind tally.Kind, candidates int) sample {
	s := sample{kind: kind, n: rapid.IntRange(1, candidates).Draw(t, "candidates"), seats: rapid.IntRange(1, 3).Draw(t, "seats")}
	for range rapid.IntRange(0, 12).Draw(t, "voters") {
		order := rapid.Permutation(s.all()).Draw(t, "order")
		var p paper
		for i, x := range order[:rapid.IntRange(0, s.n).Draw(t, "length")] {
			p.choices = append(p.choices, int32(x))
			r := int32(i + 1)
			if i > 0 && rapid.Bool().Draw(t, "equal") {
				r = p.points[i-1]
			}
			p.points = append(p.points, r)
		}
		s.papers = append(s.papers, p)
	}
	return s
}

// everyRule is each rule of this package once or more, with ballots it reads.
var everyRule = []struct {
	kind  tally.Kind
	rules []string
}{
	{tally.Approval, []string{"approval", "committee-phragmen", "committee-shares", "committee-shares,completion=none"}},
	{tally.ChooseOne, []string{"plurality", "dhondt", "sainte-lague", "largest-remainder", "largest-remainder,quota=droop"}},
	{tally.Scoring, []string{"score", "score,missing=leave", "majority-judgment", "majority-judgment,missing=leave"}},
	{tally.Ordinal, []string{"plurality", "schulze", "ranked-pairs", "stv-scottish", "stv-meek"}},
	{tally.Weak, []string{"schulze,strength=margins", "ranked-pairs,strength=winning", "stv-scottish", "stv-meek,gaps=end"}},
}

func TestOrderOfBallotsMeansNothing(t *testing.T) {
	t.Parallel()
	r := rand.New(rand.NewPCG(20, 1))
	for range 80 {
		for _, k := range everyRule {
			s := draw(r, k.kind, 6, 20)
			for _, rule := range append(k.rules, "debian") {
				if rule == "debian" {
					if k.kind != tally.Weak {
						continue
					}
					s.seats = 1
				}
				for _, ties := range []string{"votes/id", "lot:beech 7", "open"} {
					text := rule + ",ties=" + ties
					a := fmt.Sprintf("%+v", mustCount(t, s.election(t), text))
					b := s
					b.papers = slices.Clone(s.papers)
					r.Shuffle(len(b.papers), func(i, j int) { b.papers[i], b.papers[j] = b.papers[j], b.papers[i] })
					if again := fmt.Sprintf("%+v", mustCount(t, b.election(t), text)); stripped(a) != stripped(again) {
						t.Fatalf("%s %v\n%s\n%s", text, s, a, again)
					}
				}
			}
		}
	}
}

// stripped leaves out addresses of numbers, which %+v prints where the result holds pointers.
func stripped(s string) string {
	var b strings.Builder
	for {
		before, after, more := strings.Cut(s, "0xc0")
		b.WriteString(before)
		if !more {
			return b.String()
		}
		s = strings.TrimLeft(after, "0123456789abcdef")
	}
}

func TestCondorcetAndSmith(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		s := drawn(t, rapid.SampledFrom([]tally.Kind{tally.Ordinal, tally.Weak}).Draw(t, "kind"), 6)
		s.seats = 1
		beats := func(a, b int) bool { return s.v(a, b) > s.v(b, a) }
		// The Smith set: the smallest set each of whom beats everyone outside. Sets with that property lie one in the other.
		var smith []int
		for set := 1; set < 1<<s.n; set++ {
			var in, out []int
			for x := range s.n {
				if set>>x&1 == 1 {
					in = append(in, x)
				} else {
					out = append(out, x)
				}
			}
			if !slices.ContainsFunc(in, func(a int) bool { return slices.ContainsFunc(out, func(b int) bool { return !beats(a, b) }) }) &&
				(smith == nil || len(in) < len(smith)) {
				smith = in
			}
		}
		ids := letters(smith)
		for _, rule := range []string{"schulze", "schulze,strength=margins", "ranked-pairs", "ranked-pairs,strength=winning", "debian"} {
			res := mustCount(t, s.electionFor(t), rule+",ties=open")
			for _, o := range res.Outcomes {
				if !slices.Contains(ids, o[0]) {
					t.Fatalf("%s %v: %v is outside the Smith set %v", rule, s, o, ids)
				}
			}
			if len(smith) == 1 && (len(res.Outcomes) != 1 || res.Elected[0] != ids[0]) {
				t.Fatalf("%s %v: %v, Condorcet winner %v", rule, s, res.Outcomes, ids)
			}
		}
	})
}

func (s sample) electionFor(t *rapid.T) *Election {
	b, err := tally.NewBuilder(s.kind, s.n, false)
	if err != nil {
		t.Fatal(err)
	}
	e := &Election{Seats: s.seats}
	for _, p := range s.papers {
		points := p.points
		if !s.kind.HasPoints() {
			points = nil
		}
		if _, err := b.Add(p.choices, points); err != nil {
			t.Fatal(err)
		}
	}
	e.Ballots = b.Done()
	for i := range s.n {
		e.Candidates = append(e.Candidates, Candidate{ID: string(rune('A' + i))})
	}
	return e
}

func TestTransfersHoldTogether(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		s := drawn(t, tally.Ordinal, 8)
		for _, rule := range []string{"stv-scottish", "stv-meek"} {
			res := mustCount(t, s.electionFor(t), rule)
			for _, st := range res.Stages {
				conserves(t, st, res.Valid)
			}
			if len(res.Elected) != min(s.seats, s.n) {
				t.Fatalf("%s %v: %d elected", rule, s, len(res.Elected))
			}
			// A solid majority, and any other solid coalition of so many quotas, has its seats: Droop's proportionality.
			for set := 1; set < 1<<s.n; set++ {
				solid, size := 0, 0
				for x := range s.n {
					size += set >> x & 1
				}
				for _, p := range s.papers {
					n := 0
					for n < len(p.choices) && set>>p.choices[n]&1 == 1 {
						n++
					}
					if n == size {
						solid++
					}
				}
				valid := int(s.valid())
				owed := min(size, s.seats)
				for owed > 0 && solid < owed*(valid/(s.seats+1)+1) {
					owed--
				}
				for _, id := range res.Elected {
					if set>>(id[0]-'A')&1 == 1 {
						owed--
					}
				}
				if owed > 0 {
					t.Fatalf("%s %v: %b is owed %d more seats, elected %v", rule, s, set, owed, res.Elected)
				}
			}
		}
	})
}

func TestPuttingTheWinnerFirst(t *testing.T) {
	t.Parallel()
	r := rand.New(rand.NewPCG(21, 1))
	for _, rule := range []string{"plurality", "schulze", "ranked-pairs"} {
		for range 2000 {
			s := draw(r, tally.Ordinal, 4, 20)
			s.seats = 1
			won := mustCount(t, s.election(t), rule+",ties=open").Outcomes
			if len(won) != 1 {
				continue
			}
			w := int32(won[0][0][0] - 'A')
			b := s
			b.papers = slices.Clone(s.papers)
			for i, p := range b.papers {
				if at := slices.Index(p.choices, w); at > 0 && r.IntN(3) == 0 {
					b.papers[i] = paper{append([]int32{w}, slices.Delete(slices.Clone(p.choices), at, at+1)...), p.points}
				}
			}
			if again := mustCount(t, b.election(t), rule+",ties=open").Outcomes; !slices.ContainsFunc(again, func(o []string) bool { return o[0] == won[0][0] }) {
				t.Fatalf("%s %v: %v, with the winner first on more ballots %v", rule, s, won, again)
			}
		}
	}
	// Rules that transfer votes lack this: when two ballots B A C become A B C, B is excluded instead of C, and A loses.
	for _, rule := range []string{"stv-scottish", "stv-meek"} {
		before := mustCount(t, ranked(t, 1, "A B C", "6 A B C", "5 C A B", "4 B C A", "2 B A C"), rule).Elected[0]
		after := mustCount(t, ranked(t, 1, "A B C", "8 A B C", "5 C A B", "4 B C A"), rule).Elected[0]
		if before != "A" || after != "C" {
			t.Errorf("%s: %s, then %s", rule, before, after)
		}
	}
}

func FuzzRuleText(f *testing.F) {
	for _, spec := range Rules() {
		r, _ := Rules().Parse(spec.Name)
		f.Add(r.String())
	}
	f.Add("debian,majority=1;A:3;B:2/3,quorum=1/2")
	f.Add("approval,over=1/3,ties=votes/lot:a seed")
	e := lists(f, 2, 3, 2, 1)
	f.Fuzz(func(t *testing.T, text string) {
		r, err := Rules().Parse(text)
		if err != nil {
			return
		}
		again, err := Rules().Parse(r.String())
		if err != nil || again.String() != r.String() {
			t.Fatalf("%q reads back as %q: %v", r, again, err)
		}
		if _, err := Count(e, r, Options{Outcomes: 100}); err != nil && !strings.HasPrefix(err.Error(), "count by ") {
			t.Fatal(err)
		}
	})
}
