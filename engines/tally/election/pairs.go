package election

import (
	"fmt"
	"slices"

	"commun/engines/tally"
)

// Pairs tells for each two candidates how many ballots prefer the first.
type Pairs struct {
	N int
	v []int64
}

// Over is how many ballots rank a above b. Whom a ballot does not name is below all whom it names, and equal to the others.
func (p *Pairs) Over(a, b int) int64 { return p.v[a*p.N+b] }

// Condorcet is the candidate who wins against each other, -1 when there is none.
func (p *Pairs) Condorcet() int {
	for a := range p.N {
		if p.N > 0 && !slices.ContainsFunc(p.others(a), func(b int) bool { return p.Over(a, b) <= p.Over(b, a) }) {
			return a
		}
	}
	return -1
}

func (p *Pairs) others(a int) []int {
	var out []int
	for b := range p.N {
		if b != a {
			out = append(out, b)
		}
	}
	return out
}

// Compare compares each two candidates over ballots of [tally.Ordinal] or [tally.Weak].
func Compare(b *tally.Ballots) *Pairs {
	n := b.Candidates
	p := &Pairs{n, make([]int64, n*n)}
	over := make([]int64, n) // ballots that name a: above everyone, before those at or above a on them are taken off
	for g, m := range b.Mult {
		choices, ranks := b.Choices(g), b.PointsOf(g)
		for i, a := range choices {
			over[a] += int64(m)
			row := p.v[int(a)*n:][:n]
			if ranks == nil {
				for _, x := range choices[:i+1] {
					row[x] -= int64(m)
				}
				continue
			}
			for j, x := range choices {
				if ranks[j] <= ranks[i] {
					row[x] -= int64(m)
				}
			}
		}
	}
	for a := range n {
		for x := range n {
			if x != a {
				p.v[a*n+x] += over[a]
			} else {
				p.v[a*n+x] = 0
			}
		}
	}
	return p
}

// victory is a pair that the first wins, and how strong: higher levels are stronger, equal levels equally so.
type victory struct {
	a, b  int32
	level int32
}

// victories lists all of them, the strongest first; equal ones by the candidates' places.
func (p *Pairs) victories(margins bool) []victory {
	var list []victory
	for a := range p.N {
		for b := range p.N {
			if p.Over(a, b) > p.Over(b, a) {
				list = append(list, victory{a: int32(a), b: int32(b)})
			}
		}
	}
	stronger := func(x, y victory) int {
		wx, lx := p.Over(int(x.a), int(x.b)), p.Over(int(x.b), int(x.a))
		wy, ly := p.Over(int(y.a), int(y.b)), p.Over(int(y.b), int(y.a))
		if margins {
			return sign(wy-ly, wx-lx)
		}
		if wx != wy {
			return sign(wy, wx)
		}
		return sign(lx, ly)
	}
	slices.SortStableFunc(list, stronger)
	level := int32(1)
	for i := len(list) - 1; i >= 0; i-- {
		if i+1 < len(list) && stronger(list[i], list[i+1]) != 0 {
			level++
		}
		list[i].level = level
	}
	return list
}

// maxTold is up to how many candidates a result tells every pair.
const maxTold = 40

// tellPairs is the stage that lists the victories, and notes who wins against everyone.
func (c *counter) tellPairs(list []victory) {
	if c.res == nil {
		return
	}
	s := c.stage("pairs")
	if w := c.pairs.Condorcet(); w >= 0 {
		c.note("election.note.condorcet", args{"candidate": c.ids[w]})
	} else {
		c.note("election.note.nocondorcet", nil)
	}
	if len(c.ids) > maxTold {
		return
	}
	for _, v := range list {
		s.Says = append(s.Says, c.sayPair("election.pair", v))
	}
}

func (c *counter) sayPair(key string, v victory) tally.Message {
	return say(key, args{"winner": c.ids[v.a], "loser": c.ids[v.b], "for": c.pairs.Over(int(v.a), int(v.b)), "against": c.pairs.Over(int(v.b), int(v.a))})
}

// countSchulze fills seat after seat with a candidate to whom no other still without a seat has a stronger path than back.
func (c *counter) countSchulze() {
	list := c.pairs.victories(c.rule.Get("strength") == "margins")
	c.tellPairs(list)
	path := strongest(len(c.ids), list)
	left := c.standing()
	for len(left) > 0 && len(c.elected) < c.seats {
		s := c.stage("elected")
		best := slices.DeleteFunc(slices.Clone(left), func(a int32) bool {
			return slices.ContainsFunc(left, func(b int32) bool { return path.at(b, a) > path.at(a, b) })
		})
		if len(best) > 1 && c.res != nil {
			s.Says = append(s.Says, say("election.schulze.several", args{"candidates": c.names(c.byRank(best))}))
		}
		w := c.pick(s, best, 1)[0]
		if c.res != nil && len(c.ids) <= maxTold {
			for _, x := range left {
				if x != w {
					s.Says = append(s.Says, say("election.schulze.path", args{"candidate": c.ids[w], "other": c.ids[x],
						"there": c.sayPath(w, x, path, list), "back": c.sayPath(x, w, path, list)}))
				}
			}
		}
		c.elected = append(c.elected, w)
		left = slices.DeleteFunc(left, func(x int32) bool { return x == w })
		s.Says = append(s.Says, say("election.elected", args{"candidate": c.ids[w]}))
	}
}

// square is a table of levels by two candidates.
type square struct {
	n int
	v []int32
}

func (s square) at(a, b int32) int32     { return s.v[int(a)*s.n+int(b)] }
func (s square) put(a, b int32, x int32) { s.v[int(a)*s.n+int(b)] = x }

// strongest is the level of the strongest path between each two: a path is as strong as its weakest victory; 0 where there is none.
func strongest(n int, list []victory) square {
	path := square{n, make([]int32, n*n)}
	for _, v := range list {
		path.put(v.a, v.b, v.level)
	}
	for k := range int32(n) {
		for a := range int32(n) {
			ak := path.at(a, k)
			if a == k || ak == 0 {
				continue
			}
			for b := range int32(n) {
				if through := min(ak, path.at(k, b)); b != a && through > path.at(a, b) {
					path.put(a, b, through)
				}
			}
		}
	}
	return path
}

// sayPath is a strongest path in words: its candidates, and the votes of its weakest victory. Of several it is one of the fewest steps.
func (c *counter) sayPath(a, b int32, path square, list []victory) string {
	level := path.at(a, b)
	if level == 0 {
		return "–"
	}
	from := map[int32]victory{}
	for queue := []int32{a}; len(queue) > 0; queue = queue[1:] {
		for _, v := range list {
			if _, seen := from[v.b]; v.a == queue[0] && v.level >= level && !seen && v.b != a {
				from[v.b] = v
				queue = append(queue, v.b)
			}
		}
	}
	text, weakest := c.ids[b], from[b]
	for x := b; x != a; {
		v := from[x]
		if v.level < weakest.level {
			weakest = v
		}
		x = v.a
		text = c.ids[x] + " > " + text
	}
	return fmt.Sprintf("%s (%d:%d)", text, c.pairs.Over(int(weakest.a), int(weakest.b)), c.pairs.Over(int(weakest.b), int(weakest.a)))
}
