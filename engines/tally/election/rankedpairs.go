package election

import (
	"slices"

	"commun/engines/tally"
)

// order is who is above whom so far, through others too.
type order struct {
	n     int
	words int
	above []uint64 // by candidate a bit for each below
}

func newOrder(n int) *order {
	w := (n + 63) / 64
	return &order{n, w, make([]uint64, n*w)}
}

func (o *order) row(a int32) []uint64       { return o.above[int(a)*o.words:][:o.words] }
func (o *order) is(a, b int32) bool         { return o.row(a)[b/64]>>(b%64)&1 == 1 }
func (o *order) contradicts(v victory) bool { return o.is(v.b, v.a) }

// lock puts a above b, and all that are above a above all that are below b.
func (o *order) lock(v victory) {
	if o.is(v.a, v.b) {
		return
	}
	below := slices.Clone(o.row(v.b))
	below[v.b/64] |= 1 << (v.b % 64)
	for x := range int32(o.n) {
		if x == v.a || o.is(x, v.a) {
			row := o.row(x)
			for i, w := range below {
				row[i] |= w
			}
		}
	}
}

func (o *order) clone() *order { return &order{o.n, o.words, slices.Clone(o.above)} }

// countRankedPairs locks victories from the strongest, except those against the order locked so far, then fills seat after seat from the
// top of that order.
func (c *counter) countRankedPairs() {
	list := c.pairs.victories(c.rule.Get("strength") == "margins")
	c.tellPairs(list)
	o := newOrder(len(c.ids))
	s := c.stage("lock")
	for len(list) > 0 {
		n := 1
		for n < len(list) && list[n].level == list[0].level {
			n++
		}
		c.lockEqual(s, o, slices.Clone(list[:n]))
		list = list[n:]
	}
	left := c.standing()
	for len(left) > 0 && len(c.elected) < c.seats {
		s := c.stage("elected")
		top := slices.DeleteFunc(slices.Clone(left), func(a int32) bool {
			return slices.ContainsFunc(left, func(b int32) bool { return o.is(b, a) })
		})
		w := c.pick(s, top, 1)[0]
		c.elected = append(c.elected, w)
		left = slices.DeleteFunc(left, func(x int32) bool { return x == w })
		s.Says = append(s.Says, say("election.elected", args{"candidate": c.ids[w]}))
	}
}

// lockEqual locks victories that are equally strong. Where they contradict each other, the tie order says which comes first: that of the
// candidate who comes first, and between two of the same, that over the candidate who comes last (Zavist and Tideman).
func (c *counter) lockEqual(s *tally.Stage, o *order, equal []victory) {
	equal = c.dropContradicted(s, o, equal)
	if len(equal) > 1 {
		if all := o.clone(); !agree(all, equal) {
			if c.choices != nil {
				c.lockChosen(o, equal)
				return
			}
			slices.SortFunc(equal, func(x, y victory) int {
				if x.a != y.a {
					return int(c.rank[x.a] - c.rank[y.a])
				}
				return int(c.rank[y.b] - c.rank[x.b])
			})
			if c.res != nil {
				s.Says = append(s.Says, say("election.pair.tied", args{"for": c.pairs.Over(int(equal[0].a), int(equal[0].b)),
					"against": c.pairs.Over(int(equal[0].b), int(equal[0].a)), "order": c.ties.String()}))
			}
		}
	}
	for _, v := range equal {
		if o.contradicts(v) {
			c.tellPair(s, "election.pair.skipped", v)
			continue
		}
		o.lock(v)
		c.tellPair(s, "election.pair.locked", v)
	}
}

func (c *counter) tellPair(s *tally.Stage, key string, v victory) {
	if c.res != nil && len(c.ids) <= maxTold {
		s.Says = append(s.Says, c.sayPair(key, v))
	}
}

func (c *counter) dropContradicted(s *tally.Stage, o *order, list []victory) []victory {
	return slices.DeleteFunc(list, func(v victory) bool {
		drop := o.contradicts(v)
		if drop {
			c.tellPair(s, "election.pair.skipped", v)
		}
		return drop
	})
}

// lockChosen locks equally strong victories in an order that the search for all outcomes chooses. As soon as those left agree with each other
// their order means nothing.
func (c *counter) lockChosen(o *order, equal []victory) {
	for len(equal) > 0 {
		if all := o.clone(); agree(all, equal) {
			o.above = all.above
			return
		}
		i := c.choices.decide(len(equal), 1)[0]
		o.lock(equal[i])
		equal = slices.Delete(equal, i, i+1)
		equal = slices.DeleteFunc(equal, o.contradicts)
	}
}

// agree locks all and tells whether none contradicted the others.
func agree(o *order, list []victory) bool {
	for _, v := range list {
		if o.contradicts(v) {
			return false
		}
		o.lock(v)
	}
	return true
}
