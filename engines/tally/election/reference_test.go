package election

import (
	"fmt"
	"math/big"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"commun/engines/tally"
)

// The rules again, as slowly and plainly as their definitions allow: one paper at a time, fractions, every path, every order.

// paper is one voter's ballot: choices in order, and ranks or points beside them.
type paper struct{ choices, points []int32 }

type sample struct {
	kind   tally.Kind
	n      int
	seats  int
	papers []paper
	places []int
}

func (s sample) election(t testing.TB) *Election {
	b, err := tally.NewBuilder(s.kind, s.n, false)
	if err != nil {
		t.Fatal(err)
	}
	for _, p := range s.papers {
		points := p.points
		if !s.kind.HasPoints() {
			points = nil
		}
		if _, err := b.Add(p.choices, points); err != nil {
			t.Fatal(err)
		}
	}
	e := &Election{Seats: s.seats, Ballots: b.Done()}
	for i := range s.n {
		c := Candidate{ID: string(rune('A' + i))}
		if s.places != nil {
			c.Places = s.places[i]
		}
		e.Candidates = append(e.Candidates, c)
	}
	return e
}

// draw makes a small election in which ties are likely.
func draw(r *rand.Rand, kind tally.Kind, maxCandidates, maxVoters int) sample {
	s := sample{kind: kind, n: 1 + r.IntN(maxCandidates), seats: 1 + r.IntN(3)}
	patterns := 1 + r.IntN(8) // few different ballots make ties
	var pool []paper
	for range patterns {
		var p paper
		for _, x := range r.Perm(s.n)[:r.IntN(s.n+1)] {
			p.choices = append(p.choices, int32(x))
			p.points = append(p.points, int32(r.IntN(4)))
		}
		if kind == tally.Weak {
			for i := range p.points {
				p.points[i]++
			}
		}
		if kind == tally.ChooseOne && len(p.choices) > 1 {
			p.choices, p.points = p.choices[:1], p.points[:1]
		}
		pool = append(pool, p)
	}
	for range r.IntN(maxVoters + 1) {
		s.papers = append(s.papers, pool[r.IntN(len(pool))])
	}
	return s
}

func (s sample) String() string {
	var b strings.Builder
	fmt.Fprintf(&b, "%s, %d candidates, %d seats:", s.kind, s.n, s.seats)
	for _, p := range s.papers {
		fmt.Fprintf(&b, " %v%v", p.choices, p.points)
	}
	return b.String()
}

func mustCount(t failer, e *Election, rule string) *tally.ElectionResult {
	t.Helper()
	r, err := Rules().Parse(rule)
	if err != nil {
		t.Fatal(err)
	}
	res, err := Count(e, r, Options{})
	if err != nil {
		t.Fatal(err)
	}
	return res
}

func letters(list []int) []string {
	out := []string{}
	for _, x := range list {
		out = append(out, string(rune('A'+x)))
	}
	return out
}

// prefers tells whether the paper ranks a above b.
func (s sample) prefers(p paper, a, b int) bool {
	rank := func(x int) int {
		i := slices.Index(p.choices, int32(x))
		switch {
		case i < 0:
			return 1 << 30
		case s.kind == tally.Weak:
			return int(p.points[i])
		}
		return i
	}
	return rank(a) < rank(b)
}

func (s sample) v(a, b int) int {
	n := 0
	for _, p := range s.papers {
		if s.prefers(p, a, b) {
			n++
		}
	}
	return n
}

// first is the default tie order by hand: more first preferences, then the letter.
func (s sample) first(tied []int) int {
	votes := func(x int) int {
		n := 0
		for _, p := range s.papers {
			switch s.kind {
			case tally.Ordinal:
				if len(p.choices) > 0 && int(p.choices[0]) == x {
					n++
				}
			case tally.Weak:
				if i := slices.Index(p.choices, int32(x)); i >= 0 && p.points[i] == slices.Min(p.points) {
					n++
				}
			case tally.Scoring:
				if i := slices.Index(p.choices, int32(x)); i >= 0 {
					n += int(p.points[i])
				}
			default:
				if slices.Contains(p.choices, int32(x)) {
					n++
				}
			}
		}
		return n
	}
	best := tied[0]
	for _, x := range tied {
		if votes(x) > votes(best) || votes(x) == votes(best) && x < best {
			best = x
		}
	}
	return best
}

func (s sample) all() []int {
	var out []int
	for i := range s.n {
		out = append(out, i)
	}
	return out
}

func without(list []int, x int) []int {
	return slices.DeleteFunc(slices.Clone(list), func(y int) bool { return x == y })
}

// fill elects by undefeated sets: again and again the first of those that nobody left beats.
func (s sample) fill(beats func(a, b int) bool) []int {
	var won []int
	left := s.all()
	for len(left) > 0 && len(won) < s.seats {
		w := s.first(s.unbeaten(left, beats))
		won = append(won, w)
		left = without(left, w)
	}
	return won
}

func (s sample) unbeaten(left []int, beats func(a, b int) bool) []int {
	var top []int
	for _, a := range left {
		if !slices.ContainsFunc(left, func(b int) bool { return beats(b, a) }) {
			top = append(top, a)
		}
	}
	return top
}

// link is the strength of a victory, or 0, 0: by winning votes, then fewer against; or by margin.
func (s sample) link(a, b int, margins bool) [2]int {
	x, y := s.v(a, b), s.v(b, a)
	switch {
	case x <= y:
		return [2]int{}
	case margins:
		return [2]int{x - y, 0}
	}
	return [2]int{x, -y}
}

func stronger(a, b [2]int) bool { return a[0] > b[0] || a[0] == b[0] && a[1] > b[1] }

// slowPath tries every simple path.
func (s sample) slowPath(a, b int, margins bool) (best [2]int) {
	var walk func(at int, seen []int, weakest [2]int)
	walk = func(at int, seen []int, weakest [2]int) {
		if at == b {
			if stronger(weakest, best) {
				best = weakest
			}
			return
		}
		for x := range s.n {
			if l := s.link(at, x, margins); l[0] > 0 && !slices.Contains(seen, x) {
				w := weakest
				if len(seen) == 1 || stronger(w, l) {
					w = l
				}
				walk(x, append(slices.Clone(seen), x), w)
			}
		}
	}
	walk(a, []int{a}, [2]int{})
	return best
}

func TestSchulzeTriesEveryPath(t *testing.T) {
	t.Parallel()
	r := rand.New(rand.NewPCG(1, 1))
	for i := range 1500 {
		s := draw(r, []tally.Kind{tally.Ordinal, tally.Weak}[i%2], 5, 11)
		margins := i%3 == 0
		rule := "schulze"
		if margins {
			rule += ",strength=margins"
		}
		beats := func(a, b int) bool { return stronger(s.slowPath(a, b, margins), s.slowPath(b, a, margins)) }
		if got, want := mustCount(t, s.election(t), rule).Elected, letters(s.fill(beats)); !slices.Equal(got, want) {
			t.Fatalf("%v\ngot %v want %v", s, got, want)
		}
		s.seats = 1
		var want [][]string
		for _, x := range s.unbeaten(s.all(), beats) {
			want = append(want, letters([]int{x}))
		}
		if got := mustCount(t, s.election(t), rule+",ties=open").Outcomes; !slices.EqualFunc(got, want, slices.Equal) {
			t.Fatalf("%v\ngot %v want %v", s, got, want)
		}
	}
}

func TestDebianByTheLetter(t *testing.T) {
	t.Parallel()
	r := rand.New(rand.NewPCG(2, 1))
	for i := range 3000 {
		s := draw(r, []tally.Kind{tally.Ordinal, tally.Weak}[i%2], 5, 11)
		s.seats = 1
		quorum, ratio := r.IntN(4), 1+r.IntN(2)
		above := r.IntN(2) == 0
		rule := fmt.Sprintf("debian,quorum=%d,majority=1;A:%d", quorum, ratio)
		if above {
			rule += ",ratio=above"
		}
		set := s.debian(quorum, ratio, above)
		if got, want := mustCount(t, s.election(t), rule).Elected, letters([]int{s.first(set)}); !slices.Equal(got, want) {
			t.Fatalf("%s %v\ngot %v want %v", rule, s, got, want)
		}
		var want [][]string
		for _, x := range set {
			want = append(want, letters([]int{x}))
		}
		if got := mustCount(t, s.election(t), rule+",ties=open").Outcomes; !slices.EqualFunc(got, want, slices.Equal) {
			t.Fatalf("%v\ngot %v want %v", s, got, want)
		}
	}
}

// debian is paragraphs 2 to 8; the last option is the default, A needs the ratio. It returns the final Schwartz set.
func (s sample) debian(quorum, ratio int, above bool) []int {
	d := s.n - 1
	options := []int{}
	for a := range s.n {
		n := 1
		if a == 0 {
			n = ratio
		}
		yes, no := s.v(a, d), s.v(d, a)
		if a == d || yes >= quorum && yes > no && (yes > n*no || !above && yes >= n*no) {
			options = append(options, a)
		}
	}
	type defeat struct{ a, b int }
	defeats := map[defeat]bool{}
	for _, a := range options {
		for _, b := range options {
			if s.v(a, b) > s.v(b, a) {
				defeats[defeat{a, b}] = true
			}
		}
	}
	weaker := func(x, y defeat) bool {
		return s.v(x.a, x.b) < s.v(y.a, y.b) || s.v(x.a, x.b) == s.v(y.a, y.b) && s.v(x.b, x.a) > s.v(y.b, y.a)
	}
	for {
		trans := map[defeat]bool{}
		for x := range defeats {
			trans[x] = true
		}
		for grown := true; grown; {
			grown = false
			for x := range trans {
				for y := range trans {
					if z := (defeat{x.a, y.b}); x.b == y.a && !trans[z] {
						trans[z], grown = true, true
					}
				}
			}
		}
		var set []int
		for _, a := range options {
			if !slices.ContainsFunc(options, func(b int) bool { return !trans[defeat{a, b}] && trans[defeat{b, a}] }) {
				set = append(set, a)
			}
		}
		var within, weakest []defeat
		for x := range defeats {
			if slices.Contains(set, x.a) && slices.Contains(set, x.b) {
				within = append(within, x)
			}
		}
		for _, x := range within {
			if !slices.ContainsFunc(within, func(y defeat) bool { return weaker(y, x) }) {
				weakest = append(weakest, x)
			}
		}
		if len(within) == 0 {
			return set
		}
		for _, x := range weakest {
			delete(defeats, x)
		}
	}
}

func TestRankedPairsTriesEveryOrder(t *testing.T) {
	t.Parallel()
	r := rand.New(rand.NewPCG(3, 1))
	for i := range 600 {
		s := draw(r, []tally.Kind{tally.Ordinal, tally.Weak}[i%2], 4, 11)
		s.seats = 1
		margins := i%3 != 0
		rule := "ranked-pairs"
		if !margins {
			rule += ",strength=winning"
		}
		// Every order of the victories in which no weaker one stands before a stronger one.
		var pairs [][2]int
		for a := range s.n {
			for b := range s.n {
				if s.link(a, b, margins)[0] > 0 {
					pairs = append(pairs, [2]int{a, b})
				}
			}
		}
		found := map[string]bool{}
		var try func(locked, left [][2]int)
		try = func(locked, left [][2]int) {
			if len(left) == 0 {
				for _, w := range s.unbeaten(s.all(), func(a, b int) bool { return reaches(locked, a, b) }) {
					found[letters([]int{w})[0]] = true
				}
				return
			}
			for i, p := range left {
				if slices.ContainsFunc(left, func(q [2]int) bool {
					return stronger(s.link(q[0], q[1], margins), s.link(p[0], p[1], margins))
				}) {
					continue
				}
				next := slices.Clone(locked)
				if !reaches(locked, p[1], p[0]) {
					next = append(next, p)
				}
				try(next, slices.Delete(slices.Clone(left), i, i+1))
			}
		}
		try(nil, pairs)
		got := mustCount(t, s.election(t), rule+",ties=open").Outcomes
		if len(got) != len(found) || slices.ContainsFunc(got, func(x []string) bool { return !found[x[0]] }) {
			t.Fatalf("%v\ngot %v want %v", s, got, found)
		}
		if w := mustCount(t, s.election(t), rule).Elected[0]; !found[w] {
			t.Fatalf("%v\n%s is none of %v", s, w, found)
		}
	}
}

func reaches(links [][2]int, a, b int) bool {
	seen := []int{a}
	for i := 0; i < len(seen); i++ {
		for _, l := range links {
			if l[0] == seen[i] && !slices.Contains(seen, l[1]) {
				seen = append(seen, l[1])
			}
		}
	}
	return a != b && slices.Contains(seen, b)
}

func TestTopRules(t *testing.T) {
	t.Parallel()
	r := rand.New(rand.NewPCG(4, 1))
	for range 500 {
		for _, c := range []struct {
			rule  string
			kind  tally.Kind
			worth func(s sample, x int) []*big.Rat // nil: cannot be elected
		}{
			{"approval", tally.Approval, func(s sample, x int) []*big.Rat { return []*big.Rat{big.NewRat(s.times(x, false), 1)} }},
			{"approval,over=1/3,least=2", tally.Approval, func(s sample, x int) []*big.Rat {
				n := s.times(x, false)
				if n < 2 || 3*n <= s.valid() {
					return nil
				}
				return []*big.Rat{big.NewRat(n, 1)}
			}},
			{"plurality", tally.Ordinal, func(s sample, x int) []*big.Rat { return []*big.Rat{big.NewRat(s.times(x, true), 1)} }},
			{"score", tally.Scoring, func(s sample, x int) []*big.Rat {
				sum, _ := s.score(x)
				return []*big.Rat{sum}
			}},
			{"score,missing=leave", tally.Scoring, func(s sample, x int) []*big.Rat {
				sum, n := s.score(x)
				if n == 0 {
					return nil
				}
				return []*big.Rat{sum.Quo(sum, big.NewRat(n, 1))}
			}},
			{"majority-judgment", tally.Scoring, func(s sample, x int) []*big.Rat { return s.judged(x, true) }},
			{"majority-judgment,missing=leave", tally.Scoring, func(s sample, x int) []*big.Rat { return s.judged(x, false) }},
		} {
			s := draw(r, c.kind, 5, 9)
			worth := map[int][]*big.Rat{}
			var can []int
			for x := range s.n {
				if w := c.worth(s, x); w != nil {
					worth[x] = w
					can = append(can, x)
				}
			}
			better := func(a, b int) bool {
				return slices.CompareFunc(worth[a], worth[b], (*big.Rat).Cmp) > 0
			}
			var want []int
			for left := can; len(left) > 0 && len(want) < s.seats; {
				w := s.first(s.unbeaten(left, better))
				want = append(want, w)
				left = without(left, w)
			}
			e := s.election(t)
			if got := mustCount(t, e, c.rule).Elected; !slices.Equal(got, letters(want)) {
				t.Fatalf("%s %v\ngot %v want %v", c.rule, s, got, letters(want))
			}
			// Every set of winners that leaves out nobody better than a member.
			sets := 0
			for set := range 1 << s.n {
				in := func(x int) bool { return set>>x&1 == 1 }
				n, ok := 0, true
				for x := range s.n {
					if in(x) {
						n++
						ok = ok && worth[x] != nil
					}
				}
				for _, x := range can {
					for _, y := range can {
						ok = ok && (!in(x) || in(y) || !better(y, x))
					}
				}
				if ok && n == min(s.seats, len(can)) {
					sets++
				}
			}
			if got := mustCount(t, e, c.rule+",ties=open").Outcomes; len(got) != sets {
				t.Fatalf("%s %v\n%d outcomes, want %d", c.rule, s, len(got), sets)
			}
		}
	}
}

func (s sample) valid() int64 {
	n := int64(0)
	for _, p := range s.papers {
		if len(p.choices) > 0 {
			n++
		}
	}
	return n
}

func (s sample) times(x int, first bool) int64 {
	n := int64(0)
	for _, p := range s.papers {
		if i := slices.Index(p.choices, int32(x)); i == 0 || i > 0 && !first {
			n++
		}
	}
	return n
}

func (s sample) score(x int) (*big.Rat, int64) {
	sum, n := int64(0), int64(0)
	for _, p := range s.papers {
		if i := slices.Index(p.choices, int32(x)); i >= 0 {
			sum += int64(p.points[i])
			n++
		}
	}
	return big.NewRat(sum, 1), n
}

// judged is the sequence of middlemost grades, taken away one by one. Each ballot is repeated 2520 times, over a candidate's number of
// ballots, so that those of all candidates are as many.
func (s sample) judged(x int, lowest bool) []*big.Rat {
	var list []int64
	for _, p := range s.papers {
		if i := slices.Index(p.choices, int32(x)); i >= 0 {
			list = append(list, int64(p.points[i]))
		} else if lowest && len(p.choices) > 0 {
			list = append(list, 0)
		}
	}
	if len(list) == 0 {
		return nil
	}
	slices.Sort(list)
	var long []int64
	for _, g := range list {
		for range 2520 / len(list) {
			long = append(long, g)
		}
	}
	if lowest {
		long = list
	}
	var out []*big.Rat
	// The middlemost of what is left is at the lower middle; what was taken lies between what is left below and above.
	below, above := slices.Clone(long[:(len(long)+1)/2]), slices.Clone(long[(len(long)+1)/2:])
	for len(below)+len(above) > 0 {
		if len(below) > len(above) || len(below) == len(above) {
			out = append(out, big.NewRat(below[len(below)-1], 1))
			below = below[:len(below)-1]
		} else {
			out = append(out, big.NewRat(above[0], 1))
			above = above[1:]
		}
	}
	return out
}
