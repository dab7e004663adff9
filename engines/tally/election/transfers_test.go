package election

import (
	"fmt"
	"math/big"
	"math/rand/v2"
	"slices"
	"testing"

	"commun/engines/tally"
)

// slip is one paper on its way: what it is worth, and which choice holds it.
type slip struct {
	choices []int32
	value   *big.Rat
	at      int // len(choices): non-transferable
}

// cut is the fraction without what stands after five decimals.
func cut(r *big.Rat) *big.Rat {
	n := new(big.Int).Mul(r.Num(), big.NewInt(100_000))
	return new(big.Rat).SetFrac(n.Quo(n, r.Denom()), big.NewInt(100_000))
}

// scottish is rules 46 to 53 with papers one by one; lot decides between candidates whom no stage parts.
func (s sample) scottish(lot func(tied []int, last bool) int) (won []int, nontrans, residual *big.Rat) {
	var slips []*slip
	for _, p := range s.papers {
		if len(p.choices) > 0 {
			slips = append(slips, &slip{p.choices, big.NewRat(1, 1), 0})
		}
	}
	quota := big.NewRat(int64(len(slips)/(s.seats+1)+1), 1)
	status := make([]string, s.n)
	fixed := make([]*big.Rat, s.n) // credited to who has passed on a surplus
	residual = new(big.Rat)
	credit := func(x int) *big.Rat {
		if fixed[x] != nil {
			return new(big.Rat).Set(fixed[x])
		}
		sum := new(big.Rat)
		for _, p := range slips {
			if p.at < len(p.choices) && int(p.choices[p.at]) == x {
				sum.Add(sum, p.value)
			}
		}
		return sum
	}
	var history [][]*big.Rat
	parted := func(tied []int, most bool) []int {
		for i := len(history) - 2; i >= 0; i-- {
			h := history[i]
			var best *big.Rat
			for _, x := range tied {
				if best == nil || most && h[x].Cmp(best) > 0 || !most && h[x].Cmp(best) < 0 {
					best = h[x]
				}
			}
			var keep []int
			for _, x := range tied {
				if h[x].Cmp(best) == 0 {
					keep = append(keep, x)
				}
			}
			tied = keep
		}
		return tied
	}
	pass := func(p *slip) {
		for p.at++; p.at < len(p.choices) && status[p.choices[p.at]] != ""; p.at++ {
		}
	}
	for {
		var now []*big.Rat
		for x := range s.n {
			now = append(now, credit(x))
		}
		history = append(history, now)
		rank := func(list []int) {
			slices.SortFunc(list, func(a, b int) int {
				if d := now[b].Cmp(now[a]); d != 0 {
					return d
				}
				if s.first([]int{a, b}) == a {
					return -1
				}
				return 1
			})
		}
		var reached, left []int
		for x := range s.n {
			if status[x] == "" && now[x].Cmp(quota) >= 0 {
				reached = append(reached, x)
			}
		}
		rank(reached)
		for _, x := range reached {
			status[x] = "elected"
			won = append(won, x)
		}
		for x := range s.n {
			if status[x] == "" {
				left = append(left, x)
			}
		}
		if len(left) <= s.seats-len(won) {
			rank(left)
			won = append(won, left...)
			left = nil
		}
		if len(left) == 0 || len(won) == s.seats {
			break
		}
		var most []int
		for _, x := range won {
			if fixed[x] == nil && now[x].Cmp(quota) > 0 && (len(most) == 0 || now[x].Cmp(now[most[0]]) >= 0) {
				if len(most) > 0 && now[x].Cmp(now[most[0]]) > 0 {
					most = nil
				}
				most = append(most, x)
			}
		}
		if len(most) > 0 {
			x := most[0]
			if len(most) > 1 {
				x = lot(parted(most, true), false)
			}
			surplus := new(big.Rat).Sub(now[x], quota)
			moved := new(big.Rat)
			for _, p := range slips {
				if p.at < len(p.choices) && int(p.choices[p.at]) == x {
					p.value = cut(new(big.Rat).Quo(new(big.Rat).Mul(surplus, p.value), now[x]))
					moved.Add(moved, p.value)
					pass(p)
				}
			}
			fixed[x] = quota
			residual.Add(residual, surplus.Sub(surplus, moved))
			continue
		}
		lowest := left[:1]
		for _, x := range left[1:] {
			switch now[x].Cmp(now[lowest[0]]) {
			case -1:
				lowest = []int{x}
			case 0:
				lowest = append(slices.Clone(lowest), x)
			}
		}
		x := lowest[0]
		if len(lowest) > 1 {
			x = lot(parted(lowest, false), true)
		}
		status[x] = "excluded"
		if len(left)-1 <= s.seats-len(won) {
			continue
		}
		for _, p := range slips {
			if p.at < len(p.choices) && int(p.choices[p.at]) == x {
				pass(p)
			}
		}
	}
	nontrans = new(big.Rat)
	for _, p := range slips {
		if p.at == len(p.choices) {
			nontrans.Add(nontrans, p.value)
		}
	}
	return won, nontrans, residual
}

// last is who comes last in the default order.
func (s sample) last(tied []int) int {
	for len(tied) > 1 {
		tied = without(tied, s.first(tied))
	}
	return tied[0]
}

func (s sample) byOrder(tied []int, last bool) int {
	if last {
		return s.last(tied)
	}
	return s.first(tied)
}

func TestScottishPaperByPaper(t *testing.T) {
	t.Parallel()
	r := rand.New(rand.NewPCG(5, 1))
	for i := range 4000 {
		s := draw(r, tally.Ordinal, 6, []int{3, 12, 40}[i%3])
		want, nontrans, residual := s.scottish(s.byOrder)
		res := mustCount(t, s.election(t), "stv-scottish")
		if !slices.Equal(res.Elected, letters(want)) || res.Nontransferable.Rat().Cmp(nontrans) != 0 || res.Residual.Rat().Cmp(residual) != 0 {
			t.Fatalf("%v\ngot %v %v %v\nwant %v %v %v", s, res.Elected, res.Nontransferable, res.Residual, letters(want), nontrans.FloatString(5), residual.FloatString(5))
		}
		for _, st := range res.Stages {
			conserves(t, st, res.Valid)
		}
	}
}

// failer is a test of testing or of rapid.
type failer interface {
	Helper()
	Fatal(args ...any)
	Fatalf(format string, args ...any)
}

// conserves: votes credited + non-transferable + residual = total.
func conserves(t failer, st tally.Stage, valid int) {
	t.Helper()
	sum := st.Nontransferable.Rat()
	sum.Add(sum, st.Residual.Rat())
	for _, x := range st.Standings {
		sum.Add(sum, x.Votes.Rat())
	}
	if sum.Cmp(big.NewRat(int64(valid), 1)) != 0 {
		t.Fatalf("stage %s holds %s of %d votes", st.Kind, sum.FloatString(9), valid)
	}
}

func TestScottishOutcomesAreThoseOfAllLots(t *testing.T) {
	t.Parallel()
	r := rand.New(rand.NewPCG(6, 1))
	several := 0
	for range 150 {
		s := draw(r, tally.Ordinal, 5, 8)
		found := map[string]bool{}
		for range 300 {
			won, _, _ := s.scottish(func(tied []int, _ bool) int { return tied[r.IntN(len(tied))] })
			slices.Sort(won)
			found[fmt.Sprint(letters(won))] = true
		}
		res := mustCount(t, s.election(t), "stv-scottish,ties=open")
		listed := map[string]bool{}
		for _, o := range res.Outcomes {
			listed[fmt.Sprint(o)] = true
		}
		if len(listed) > 1 {
			several++
		}
		if res.Capped || len(found) != len(listed) {
			t.Fatalf("%v\nlisted %v drawn %v", s, listed, found)
		}
		for o := range found {
			if !listed[o] {
				t.Fatalf("%v\n%s was drawn and is not listed", s, o)
			}
		}
		for seed := range 5 {
			won := mustCount(t, s.election(t), fmt.Sprintf("stv-scottish,ties=lot:seed %d", seed)).Elected
			slices.Sort(won)
			if !listed[fmt.Sprint(won)] {
				t.Fatalf("%v\nthe lot gave %v, which is not listed", s, won)
			}
		}
	}
	if several == 0 {
		t.Error("no election had several outcomes")
	}
}

// meek is the method paper by paper in big integers, rounding as the package says.
func (s sample) meek() (won []int, votes []*big.Int, quota *big.Int) {
	one, ten3 := big.NewInt(1_000_000_000), big.NewInt(1000)
	up := func(a, b *big.Int) *big.Int {
		q, m := new(big.Int).QuoRem(a, b, new(big.Int))
		if m.Sign() > 0 {
			q.Add(q, big.NewInt(1))
		}
		return q
	}
	keep := make([]*big.Int, s.n)
	for x := range keep {
		keep[x] = one
	}
	out := map[int]bool{}
	by := func(list []int) {
		slices.SortFunc(list, func(a, b int) int {
			if d := votes[b].Cmp(votes[a]); d != 0 {
				return d
			}
			if s.first([]int{a, b}) == a {
				return -1
			}
			return 1
		})
	}
	for {
		var last *big.Int
		var surplus *big.Int
		for {
			votes = make([]*big.Int, s.n)
			for x := range votes {
				votes[x] = new(big.Int)
			}
			total := new(big.Int)
			for _, p := range s.papers {
				weight := new(big.Int).Set(one)
				for _, x := range p.choices {
					part := up(new(big.Int).Mul(weight, keep[x]), one)
					votes[x].Add(votes[x], part)
					total.Add(total, part)
					weight.Sub(weight, part)
				}
			}
			quota = new(big.Int).Quo(total, big.NewInt(int64(s.seats+1)))
			quota.Add(quota, big.NewInt(1))
			var in []int
			for x := range s.n {
				if !out[x] && !slices.Contains(won, x) && votes[x].Cmp(quota) >= 0 {
					in = append(in, x)
				}
			}
			by(in)
			won = append(won, in...)
			surplus = new(big.Int)
			for _, x := range won {
				if d := new(big.Int).Sub(votes[x], quota); d.Sign() > 0 {
					surplus.Add(surplus, d)
				}
			}
			if len(in) > 0 {
				if s.n-len(out) <= s.seats || len(won) >= s.seats {
					break
				}
				last = nil
				continue
			}
			if surplus.Cmp(ten3) < 0 || last != nil && surplus.Cmp(last) >= 0 {
				break
			}
			last = surplus
			for _, x := range won {
				if votes[x].Sign() > 0 {
					k := up(new(big.Int).Mul(keep[x], quota), votes[x])
					if k.Cmp(one) > 0 {
						k = one
					}
					keep[x] = k
				}
			}
		}
		var left []int
		for x := range s.n {
			if !out[x] && !slices.Contains(won, x) {
				left = append(left, x)
			}
		}
		if len(left) <= s.seats-len(won) {
			by(left)
			return append(won, left...), votes, quota
		}
		if len(won) >= s.seats {
			return won, votes, quota
		}
		low := votes[left[0]]
		for _, x := range left {
			if votes[x].Cmp(low) < 0 {
				low = votes[x]
			}
		}
		var equal []int
		for _, x := range left {
			if votes[x].Cmp(new(big.Int).Add(low, surplus)) <= 0 {
				equal = append(equal, x)
			}
		}
		x := s.last(equal)
		out[x] = true
		keep[x] = new(big.Int)
	}
}

func TestMeekPaperByPaper(t *testing.T) {
	t.Parallel()
	r := rand.New(rand.NewPCG(7, 1))
	for i := range 3000 {
		s := draw(r, tally.Ordinal, 6, []int{3, 12, 40}[i%3])
		want, votes, quota := s.meek()
		res := mustCount(t, s.election(t), "stv-meek")
		if !slices.Equal(res.Elected, letters(want)) {
			t.Fatalf("%v\ngot %v\nwant %v", s, res.Elected, letters(want))
		}
		last := res.Stages[len(res.Stages)-1]
		for x, st := range last.Standings {
			if st.Votes.Rat().Cmp(new(big.Rat).SetFrac(votes[x], big.NewInt(1_000_000_000))) != 0 {
				t.Fatalf("%v\n%s has %v votes, paper by paper %v", s, st.ID, st.Votes, votes[x])
			}
		}
		if res.Quota.Rat().Cmp(new(big.Rat).SetFrac(quota, big.NewInt(1_000_000_000))) != 0 {
			t.Fatalf("%v\nquota %v, paper by paper %v", s, res.Quota, quota)
		}
		for _, st := range res.Stages {
			conserves(t, st, res.Valid)
		}
	}
}

// ideal is Meek's method without rounding to speak of: 400 bits, surpluses moved until 2^-80 of a vote is left. Equal ones, nearer than
// 2^-60, make it give up.
func (s sample) ideal() (won []int, ok bool) {
	f := func(x float64) *big.Float { return new(big.Float).SetPrec(400).SetFloat64(x) }
	tiny, small := new(big.Float).SetMantExp(f(1), -80), new(big.Float).SetMantExp(f(1), -60)
	keep := make([]*big.Float, s.n)
	for x := range keep {
		keep[x] = f(1)
	}
	out := map[int]bool{}
	for {
		var votes []*big.Float
		var quota *big.Float
		for range 20_000 {
			votes = nil
			for range s.n {
				votes = append(votes, f(0))
			}
			total := f(0)
			for _, p := range s.papers {
				weight := f(1)
				for _, x := range p.choices {
					part := f(0).Mul(weight, keep[x])
					votes[x].Add(votes[x], part)
					total.Add(total, part)
					weight.Sub(weight, part)
				}
			}
			quota = f(0).Quo(total, f(float64(s.seats+1)))
			var in []int
			for x := range s.n {
				if d := f(0).Sub(votes[x], quota); !out[x] && !slices.Contains(won, x) {
					if d.Sign() > 0 {
						in = append(in, x)
					}
					if d.Abs(d).Cmp(small) < 0 {
						return nil, false
					}
				}
			}
			slices.SortFunc(in, func(a, b int) int { return votes[b].Cmp(votes[a]) })
			won = append(won, in...)
			surplus := f(0)
			for _, x := range won {
				surplus.Add(surplus, f(0).Sub(votes[x], quota))
				keep[x] = f(0).Quo(f(0).Mul(keep[x], quota), votes[x])
			}
			if len(won)+len(out) == s.n || len(won) >= s.seats || len(in) == 0 && surplus.Cmp(tiny) < 0 {
				break
			}
		}
		var left []int
		for x := range s.n {
			if !out[x] && !slices.Contains(won, x) {
				left = append(left, x)
			}
		}
		if len(left) <= s.seats-len(won) {
			return append(won, left...), true
		}
		if len(won) >= s.seats {
			return won, true
		}
		slices.SortFunc(left, func(a, b int) int { return votes[a].Cmp(votes[b]) })
		if len(left) > 1 && f(0).Sub(votes[left[1]], votes[left[0]]).Cmp(small) < 0 {
			return nil, false
		}
		out[left[0]] = true
		keep[left[0]] = f(0)
	}
}

func TestMeekWithoutANoteIsExact(t *testing.T) {
	t.Parallel()
	r := rand.New(rand.NewPCG(8, 1))
	compared := 0
	for i := range 400 {
		s := draw(r, tally.Ordinal, 6, 60)
		s.papers = append(s.papers, draw(r, tally.Ordinal, s.n, 60).papers...)
		want, ok := s.ideal()
		res := mustCount(t, s.election(t), "stv-meek")
		if !ok || slices.ContainsFunc(res.Notes, func(m tally.Message) bool { return m.Key == "election.meek.near" }) {
			continue
		}
		compared++
		got, exact := slices.Clone(res.Elected), letters(want)
		slices.Sort(got)
		slices.Sort(exact)
		if !slices.Equal(got, exact) {
			t.Fatalf("%d %v\ngot %v want %v", i, s, got, exact)
		}
	}
	if compared < 80 {
		t.Errorf("only %d elections could be compared", compared)
	}
}

func TestSTVOnRanksEndsWhereItMust(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		what    string
		choices []int32
		ranks   []int32
		end     int // first preferences and later that count with gaps=end
		skip    int
	}{
		{"in order", []int32{0, 1, 2}, []int32{1, 2, 3}, 3, 3},
		{"two at the top", []int32{0, 1, 2}, []int32{1, 1, 2}, 0, 0},
		{"two later", []int32{0, 1, 2}, []int32{1, 2, 2}, 1, 1},
		{"a gap", []int32{0, 1, 2}, []int32{1, 2, 4}, 2, 3},
		{"no first", []int32{0, 1}, []int32{2, 3}, 0, 2},
		{"the withdrawn one holds a rank", []int32{0, 3, 1}, []int32{1, 2, 3}, 2, 2},
		{"the withdrawn one shares a rank", []int32{3, 0, 1}, []int32{1, 1, 2}, 2, 2},
	} {
		b, _ := tally.NewBuilder(tally.Weak, 4, false)
		if _, err := b.Add(c.choices, c.ranks); err != nil {
			t.Fatal(err)
		}
		e := &Election{Seats: 1, Ballots: b.Done(), Candidates: []Candidate{{ID: "A"}, {ID: "B"}, {ID: "C"}, {ID: "D", Withdrawn: true}}}
		for gaps, want := range map[string]int{"end": c.end, "skip": c.skip} {
			r, _ := Rules().Parse("stv-scottish,gaps=" + gaps)
			count, err := newCounter(e, r)
			if err != nil {
				t.Fatal(err)
			}
			if got := len(count.b.Choices(0)); got != want || count.void != map[bool]int{true: 1}[want == 0] {
				t.Errorf("%s, gaps=%s: %d choices left, want %d; %d void", c.what, gaps, got, want, count.void)
			}
		}
	}
}
