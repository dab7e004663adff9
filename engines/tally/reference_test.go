package tally

import (
	"math/big"
	"slices"
	"sort"
)

// The rules once more, from the definitions of their papers, with one ballot after the other and rationals throughout: as plain as can be,
// and slow. It shares with the package only the instance and the order between equals.

type slow struct {
	in    *Instance
	rank  []int32
	util  string
	votes []map[int]int64 // by voter, the weight of each project
}

func newSlow(in *Instance, util string, rank []int32, drop bool) *slow {
	s := &slow{in: in, rank: rank, util: util}
	b := in.Ballots
	long := 0
	for g := range b.Mult {
		long = max(long, len(b.Choices(g)))
	}
	for g, m := range b.Mult {
		for range m {
			w := map[int]int64{}
			for i, c := range b.Choices(g) {
				x := int64(1)
				if b.Points != nil {
					x = int64(b.PointsOf(g)[i])
					if x > 0 && util != "score" && util != "points" {
						x = 1
					}
				}
				if util == "borda" && b.Kind == Ordinal {
					x = int64(long - i)
				}
				if x > 0 {
					w[int(c)] = x
				}
			}
			if len(w) > 0 || !drop {
				s.votes = append(s.votes, w)
			}
		}
	}
	return s
}

func rat(n int64) *big.Rat { return new(big.Rat).SetInt64(n) }

func (s *slow) worth(c int) *big.Rat {
	if s.util == "cost" {
		return rat(s.in.Projects[c].Cost)
	}
	return rat(1)
}

// rho solves sum over supporters of min(purse, rho·w·worth) = cost; nil when they cannot pay.
func (s *slow) rho(c int, purse []*big.Rat) *big.Rat {
	type man struct{ has, w *big.Rat }
	var men []man
	all, weight := rat(0), rat(0)
	for v, ballot := range s.votes {
		if w := ballot[c]; w > 0 {
			m := man{purse[v], new(big.Rat).Mul(rat(w), s.worth(c))}
			men = append(men, m)
			all.Add(all, m.has)
			weight.Add(weight, m.w)
		}
	}
	cost := rat(s.in.Projects[c].Cost)
	if len(men) == 0 || all.Cmp(cost) < 0 {
		return nil
	}
	if cost.Sign() == 0 {
		return rat(0)
	}
	sort.Slice(men, func(i, j int) bool {
		return new(big.Rat).Quo(men[i].has, men[i].w).Cmp(new(big.Rat).Quo(men[j].has, men[j].w)) < 0
	})
	for _, m := range men {
		r := new(big.Rat).Quo(cost, weight)
		if new(big.Rat).Mul(r, m.w).Cmp(m.has) <= 0 {
			return r
		}
		cost.Sub(cost, m.has)
		weight.Sub(weight, m.w)
	}
	panic("they can pay, but no price was found")
}

func (s *slow) free(k *plainKeeper) int {
	best := -1
	for c, p := range s.in.Projects {
		if p.Cost == 0 && k.open(c) && s.supported(c) && (best < 0 || s.rank[c] < s.rank[best]) {
			best = c
		}
	}
	return best
}

func (s *slow) supported(c int) bool {
	return slices.ContainsFunc(s.votes, func(b map[int]int64) bool { return b[c] > 0 })
}

// plainKeeper is constraints, looked up anew each time.
type plainKeeper struct {
	in  *Instance
	won []int
}

func (k *plainKeeper) has(c int) bool { return slices.Contains(k.won, c) }

func (k *plainKeeper) open(c int) bool {
	if k.has(c) {
		return false
	}
	for _, e := range k.in.Limits.Envelopes {
		sum := int64(0)
		for _, p := range e.Projects {
			if p == c || k.has(p) {
				sum += k.in.Projects[p].Cost
			}
		}
		if slices.Contains(e.Projects, c) && sum > e.Budget {
			return false
		}
	}
	for _, g := range k.in.Limits.Groups {
		if slices.Contains(g, c) && slices.ContainsFunc(g, k.has) {
			return false
		}
	}
	for _, n := range k.in.Limits.Needs {
		if n.Project == c && !k.has(n.Other) {
			return false
		}
	}
	return true
}

func (k *plainKeeper) cost() int64 {
	sum := int64(0)
	for _, c := range k.won {
		sum += k.in.Projects[c].Cost
	}
	return sum
}

// equalShares is the method with one first share.
func (s *slow) equalShares(share *big.Rat) (won []int, pays []*big.Rat) {
	purse := make([]*big.Rat, len(s.votes))
	for v := range purse {
		purse[v] = share
	}
	k := &plainKeeper{in: s.in}
	for {
		if c := s.free(k); c >= 0 {
			k.won = append(k.won, c)
			pays = append(pays, nil)
			continue
		}
		best, least := -1, (*big.Rat)(nil)
		for c := range s.in.Projects {
			if !k.open(c) || s.in.Projects[c].Cost == 0 {
				continue
			}
			r := s.rho(c, purse)
			if r == nil {
				continue
			}
			if d := 0; best >= 0 {
				if d = r.Cmp(least); d > 0 || d == 0 && s.rank[c] > s.rank[best] {
					continue
				}
			}
			best, least = c, r
		}
		if best < 0 {
			return k.won, pays
		}
		for v, b := range s.votes {
			if w := b[best]; w > 0 {
				left := new(big.Rat).Mul(least, s.worth(best))
				left.Sub(purse[v], left.Mul(left, rat(w)))
				if left.Sign() < 0 {
					left.SetInt64(0)
				}
				purse[v] = left
			}
		}
		k.won = append(k.won, best)
		pays = append(pays, new(big.Rat).Mul(least, s.worth(best)))
	}
}

// shares counts with the completion; step in smallest units.
func (s *slow) shares(r Rule, step int64, greedy func(won []int) []int) ([]int, []*big.Rat, int) {
	if len(s.votes) == 0 {
		won, pays := s.equalShares(rat(0))
		if c := r.Get("completion"); c == "greedy" || c == "add1-greedy" {
			won = greedy(won)
		}
		return won, pays, 0
	}
	unit := int64(1)
	for range s.in.Scale {
		unit *= 10
	}
	share := big.NewRat(s.in.Budget, int64(len(s.votes)))
	if r.Get("start") == "integral" {
		share = rat(s.in.Budget / int64(len(s.votes)) / unit * unit)
	}
	won, pays := s.equalShares(share)
	steps := 0
	completion := r.Get("completion")
	if completion == "add1" || completion == "add1-greedy" || completion == "add1-exhaustive" {
		for {
			k := &plainKeeper{s.in, won}
			money, more := false, false
			for c, p := range s.in.Projects {
				if k.open(c) {
					more = more || s.supported(c)
					money = money || (s.supported(c) || r.Get("unsupported") == "fund") && k.cost()+p.Cost <= s.in.Budget
				}
			}
			if !more || completion == "add1-exhaustive" && !money {
				break
			}
			share = new(big.Rat).Add(share, rat(step))
			w, p := s.equalShares(share)
			if (&plainKeeper{s.in, w}).cost() > s.in.Budget {
				break
			}
			won, pays = w, p
			steps++
		}
	}
	if completion == "greedy" || completion == "add1-greedy" {
		won = greedy(won)
	}
	if how := r.Get("comparison"); how != "none" {
		other := greedy(nil)
		here, there := 0, 0
		for _, b := range s.votes {
			x, y := 0, 0
			for c := range b {
				if slices.Contains(won, c) {
					x++
				}
				if slices.Contains(other, c) {
					y++
				}
			}
			if how == "exclusion" {
				x, y = min(x, 1), min(y, 1)
			}
			if x > y {
				here++
			}
			if y > x {
				there++
			}
		}
		if there > here {
			return other, nil, 0
		}
	}
	return won, pays, steps
}

// score adds the weights up.
func (s *slow) score(c int) int64 {
	sum := int64(0)
	for _, b := range s.votes {
		sum += b[c]
	}
	return sum
}

// greedy takes, again and again, the best that was not yet looked at; what waits for another is looked at again after each winner.
func (s *slow) greedy(won []int, better func(a, b int) int, stop bool, least int64, fund bool) []int {
	k := &plainKeeper{s.in, slices.Clone(won)}
	seen := map[int]bool{}
	for {
		best := -1
		for c := range s.in.Projects {
			if seen[c] || k.has(c) || !s.supported(c) && !fund || s.score(c) < least {
				continue
			}
			waits := slices.ContainsFunc(s.in.Limits.Needs, func(n Need) bool { return n.Project == c && !k.has(n.Other) })
			if waits && slices.ContainsFunc(s.in.Limits.Needs, func(n Need) bool { return n.Project == c }) {
				alone := &plainKeeper{&Instance{Projects: s.in.Projects, Limits: Constraints{Envelopes: s.in.Limits.Envelopes, Groups: s.in.Limits.Groups}}, k.won}
				if alone.open(c) {
					continue // until what it needs has won
				}
			}
			if best < 0 {
				best = c
				continue
			}
			if d := better(c, best); d < 0 || d == 0 && s.rank[c] < s.rank[best] {
				best = c
			}
		}
		if best < 0 {
			return k.won
		}
		seen[best] = true
		switch {
		case k.open(best) && k.cost()+s.in.Projects[best].Cost <= s.in.Budget:
			k.won = append(k.won, best)
		case stop:
			return k.won
		}
	}
}

func (s *slow) byScore(a, b int) int { return compare(s.score(b), s.score(a)) }

func (s *slow) byCost(a, b int) int {
	value := func(c int) *big.Rat { // infinite as -1, to be sorted out below
		if s.in.Projects[c].Cost == 0 {
			return rat(-s.score(c))
		}
		return big.NewRat(s.score(c), s.in.Projects[c].Cost)
	}
	x, y := value(a), value(b)
	if (x.Sign() < 0) != (y.Sign() < 0) {
		return x.Cmp(y) // the infinite one first
	}
	if x.Sign() < 0 {
		return x.Cmp(y) // more votes first
	}
	return y.Cmp(x)
}

// phragmen is the money that flows to all alike, by moments.
func (s *slow) phragmen(skip bool) []int {
	load := make([]*big.Rat, len(s.votes))
	for v := range load {
		load[v] = rat(0)
	}
	k := &plainKeeper{in: s.in}
	for {
		var tied []int
		var least *big.Rat
		for c, p := range s.in.Projects {
			if !k.open(c) || !s.supported(c) || p.Cost > s.in.Budget || skip && k.cost()+p.Cost > s.in.Budget {
				continue
			}
			x, n := rat(p.Cost), int64(0)
			for v, b := range s.votes {
				if b[c] > 0 {
					x.Add(x, load[v])
					n++
				}
			}
			x.Quo(x, rat(n))
			if least == nil || x.Cmp(least) < 0 {
				least, tied = x, nil
			}
			if x.Cmp(least) == 0 {
				tied = append(tied, c)
			}
		}
		if len(tied) == 0 {
			return k.won
		}
		best := tied[0]
		for _, c := range tied {
			if k.cost()+s.in.Projects[c].Cost > s.in.Budget {
				return k.won
			}
			if s.rank[c] < s.rank[best] {
				best = c
			}
		}
		for v, b := range s.votes {
			if b[best] > 0 {
				load[v] = least
			}
		}
		k.won = append(k.won, best)
	}
}

// overspending tries every purse of every supporter as the price.
func (s *slow) overspending() []int {
	if len(s.votes) == 0 {
		return nil
	}
	purse := make([]*big.Rat, len(s.votes))
	for v := range purse {
		purse[v] = big.NewRat(s.in.Budget, int64(len(s.votes)))
	}
	k := &plainKeeper{in: s.in}
	for {
		best := -1
		var least, pay *big.Rat
		free := -1
		for c, p := range s.in.Projects {
			if !k.open(c) || !s.supported(c) || k.cost()+p.Cost > s.in.Budget {
				continue
			}
			if p.Cost == 0 {
				if free < 0 || s.rank[c] < s.rank[free] {
					free = c
				}
				continue
			}
			var prices []*big.Rat
			for v, b := range s.votes {
				if b[c] > 0 {
					prices = append(prices, new(big.Rat).Quo(purse[v], rat(b[c])))
				}
			}
			if r := s.rho(c, purse); r != nil {
				prices = append(prices, new(big.Rat).Mul(r, s.worth(c)))
			}
			for _, t := range prices {
				sum := rat(0)
				for v, b := range s.votes {
					if b[c] > 0 {
						x := new(big.Rat).Mul(t, rat(b[c]))
						if purse[v].Cmp(x) < 0 {
							x = purse[v]
						}
						sum.Add(sum, x)
					}
				}
				part := sum.Quo(sum, rat(p.Cost))
				if part.Sign() == 0 {
					continue
				}
				if part.Cmp(rat(1)) > 0 {
					part = rat(1)
				}
				o := new(big.Rat).Quo(t, s.worth(c))
				o.Quo(o, part).Quo(o, part)
				d := 1
				if best >= 0 {
					d = least.Cmp(o)
				}
				// Between equals: the order; of one project's equal offers the dearer price.
				to := new(big.Rat).Quo(t, part)
				if d > 0 || d == 0 && (s.rank[c] < s.rank[best] || c == best && part.Cmp(rat(0)) > 0 && t.Cmp(new(big.Rat).Mul(pay, partOf(least, pay, s.worth(c)))) > 0) {
					best, least, pay = c, o, to
				}
			}
		}
		if free >= 0 {
			k.won = append(k.won, free)
			continue
		}
		if best < 0 {
			return k.won
		}
		for v, b := range s.votes {
			if w := b[best]; w > 0 {
				left := new(big.Rat).Sub(purse[v], new(big.Rat).Mul(pay, rat(w)))
				if left.Sign() < 0 {
					left = rat(0)
				}
				purse[v] = left
			}
		}
		k.won = append(k.won, best)
	}
}

// partOf finds α again from t/worth/α² = o and t/α = pay: α = pay/worth/o.
func partOf(o, pay, worth *big.Rat) *big.Rat {
	if o.Sign() == 0 {
		return rat(1)
	}
	return new(big.Rat).Quo(new(big.Rat).Quo(pay, worth), o)
}

// judged is majority judgment, ballot by ballot: sort the grades, take the lower middle one, compare, take it out, go on.
func (s *slow) judged(lowest bool) func(a, b int) int {
	grades := make([][]int32, len(s.in.Projects))
	b := s.in.Ballots
	for g, m := range b.Mult {
		for range m {
			for c := range s.in.Projects {
				i := slices.Index(b.Choices(g), uint16(c))
				switch {
				case i >= 0:
					grades[c] = append(grades[c], b.PointsOf(g)[i])
				case lowest:
					grades[c] = append(grades[c], 0)
				}
			}
		}
	}
	return func(x, y int) int {
		if len(grades[x]) == 0 || len(grades[y]) == 0 {
			return compare(int64(min(1, len(grades[y]))), int64(min(1, len(grades[x]))))
		}
		var p, q []int32
		for range len(grades[y]) {
			p = append(p, grades[x]...)
		}
		for range len(grades[x]) {
			q = append(q, grades[y]...)
		}
		slices.Sort(p)
		slices.Sort(q)
		for len(p) > 0 {
			i := (len(p) - 1) / 2
			if p[i] != q[i] {
				return compare(int64(q[i]), int64(p[i]))
			}
			p, q = slices.Delete(p, i, i+1), slices.Delete(q, i, i+1)
		}
		return 0
	}
}
