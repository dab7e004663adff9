package election

import (
	"math/big"
	"slices"

	"commun/engines/tally"
)

// grades is how many ballots gave one candidate each grade, from the lowest.
type grades []int64

func (g grades) total() int64 {
	n := int64(0)
	for _, k := range g {
		n += k
	}
	return n
}

// median is the middlemost grade, the lower of two.
func (g grades) median() int {
	left := (g.total() + 1) / 2
	for i, k := range g {
		if left -= k; left <= 0 {
			return i
		}
	}
	return 0
}

// gradesOf are the grades of each candidate; scale are the points that they stand for, from the lowest that is on any ballot, or 0. With
// lowest, a ballot without a mention of a candidate gives it the lowest.
func gradesOf(b *tally.Ballots, lowest bool) (all []grades, scale []int32) {
	scale = append([]int32{0}, b.Points...)
	slices.Sort(scale)
	scale = slices.Compact(scale)
	all = make([]grades, b.Candidates)
	said := make([]int64, b.Candidates)
	for x := range all {
		all[x] = make(grades, len(scale))
	}
	for g, m := range b.Mult {
		points := b.PointsOf(g)
		for i, x := range b.Choices(g) {
			at, _ := slices.BinarySearch(scale, points[i])
			all[x][at] += int64(m)
			said[x] += int64(m)
		}
	}
	if lowest {
		for x := range all {
			all[x][0] += int64(named(b)) - said[x]
		}
	}
	return all, scale
}

// compareGrades is -1 when a is judged better than b, by the middlemost grade, and while that is equal, by the middlemost of what is left
// once one such grade is taken from each.
//
// Lay the grades of each along a line of length 1 from the lowest, each ballot as long as any other of the candidate. Taking away
// middlemost grades (the lower of two) is then walking outwards from the middle, at each distance first below it, then above: for as many
// ballots on both sides that is the definition; for other numbers it is the definition with every ballot multiplied until the numbers are
// equal. So the nearest place where the two lines differ decides, and only where a line changes grade can a difference begin.
func compareGrades(a, b grades) int {
	ta, tb := a.total(), b.total()
	if ta == 0 || tb == 0 {
		return sign(min(1, tb), min(1, ta))
	}
	// Distances are counted in units of 1/(2·ta·tb); both products fit, since ballots are at most 2^30.
	mid := ta * tb
	best, better := int64(-1), 0
	i, j, from := 0, 0, int64(0)
	endA, endB := a[0]*tb*2, b[0]*ta*2
	for from < 2*mid {
		for endA <= from {
			i++
			endA += a[i] * tb * 2
		}
		for endB <= from {
			j++
			endB += b[j] * ta * 2
		}
		to := min(endA, endB)
		if i != j {
			// below the middle the place that ends nearest to it, at an even distance; above it one later
			near := int64(0)
			switch {
			case to <= mid:
				near = 2 * (mid - to)
			case from >= mid:
				near = 2*(from-mid) + 1
			}
			if best < 0 || near < best {
				best, better = near, sign(j, i)
			}
		}
		from = to
	}
	return better
}

// countJudgment is majority judgment.
func (c *counter) countJudgment() {
	all, scale := gradesOf(c.b, c.rule.Get("missing") == "lowest")
	s := c.stage("judgment")
	list := slices.DeleteFunc(c.standing(), func(x int32) bool { return all[x].total() == 0 })
	c.takeTop(s, list, func(a, b int32) int { return compareGrades(all[a], all[b]) })
	c.tell(s, func(x int32) tally.Number { return tally.Whole(int64(scale[all[x].median()])) }, "election.judgment.elected")
	if c.res == nil {
		return
	}
	for x, g := range all {
		if n := g.total(); n > 0 {
			m := g.median()
			above, below := int64(0), int64(0)
			for i, k := range g {
				if i > m {
					above += k
				} else if i < m {
					below += k
				}
			}
			percent := func(k int64) string { return tally.Exactly(big.NewRat(100*k, n)).Rounded(2) }
			s.Says = append(s.Says, say("election.judgment.shares", args{"candidate": c.ids[x], "grade": scale[m], "above": percent(above), "below": percent(below)}))
		}
	}
}
