package tally

import "slices"

// mentions are, by project, how many ballots gave each grade, lowest first.
type mentions [][]int64

// mentionsOf counts the grades of scoring ballots, which are their points from 0. With lowest, a ballot that says nothing of a project
// gives it the lowest grade; else it is left out for that project. The second result is by grade its points.
func mentionsOf(b *Ballots, lowest bool) (mentions, []int32) {
	// Grades may be any points: give those that occur places in their order.
	var seen []int32
	index := map[int32]int{0: 0}
	for _, p := range b.Points {
		index[p] = 0
	}
	for p := range index {
		seen = append(seen, p)
	}
	slices.Sort(seen)
	for i, p := range seen {
		index[p] = i
	}
	m := make(mentions, b.Candidates)
	said := make([]int64, b.Candidates)
	for c := range m {
		m[c] = make([]int64, len(seen))
	}
	for g, n := range b.Mult {
		pts := b.PointsOf(g)
		for i, c := range b.Choices(g) {
			grade := len(seen) - 1
			if pts != nil {
				grade = index[pts[i]]
			}
			m[c][grade] += int64(n)
			said[c] += int64(n)
		}
	}
	if lowest {
		for c := range m {
			m[c][0] += int64(b.Voters) - said[c]
		}
	}
	return m, seen
}

// compare is -1 when project a is judged better than b: by the middlemost grade (the lower of two), and while that is equal, by the
// middlemost of what is left once one such mention is taken from each. Where the numbers of ballots differ, each is multiplied until they
// are equal.
func (m mentions) compare(a, b int32) int {
	ta, tb := total(m[a]), total(m[b])
	if ta == 0 || tb == 0 {
		return compare(min(1, tb), min(1, ta))
	}
	fa, fb := int64(1), int64(1)
	if ta != tb {
		fa, fb = tb, ta
	}
	n := ta * fa
	mid := (n - 1) / 2
	// The middlemost go outwards from mid: below and above in turn. Only where one of the two changes grade can they begin to differ.
	step := func(at int64) int64 {
		up := n%2 == 0 // with an even number the next after mid is above it
		switch {
		case at == mid:
			return 0
		case at > mid == up:
			return 2*abs(at-mid) - 1
		}
		return 2 * abs(at-mid)
	}
	steps := []int64{0, 1}
	for _, x := range []struct {
		h []int64
		f int64
	}{{m[a], fa}, {m[b], fb}} {
		sum := int64(0)
		for _, k := range x.h {
			sum += k * x.f
			for _, at := range []int64{sum - 1, sum} {
				if at >= 0 && at < n {
					steps = append(steps, step(at))
				}
			}
		}
	}
	slices.Sort(steps)
	for _, s := range steps {
		at := mid
		if s > 0 {
			away := (s + 1) / 2
			if (s%2 == 1) == (n%2 == 0) {
				at += away
			} else {
				at -= away
			}
		}
		if at < 0 || at >= n {
			continue
		}
		if c := compare(int64(grade(m[b], fb, at)), int64(grade(m[a], fa, at))); c != 0 {
			return c
		}
	}
	return 0
}

func abs(x int64) int64 { return max(x, -x) }

func total(h []int64) int64 {
	n := int64(0)
	for _, k := range h {
		n += k
	}
	return n
}

// grade is that of the ballot at a place, when all are sorted from the lowest and each counts f times.
func grade(h []int64, f, at int64) int {
	for g, k := range h {
		if at -= k * f; at < 0 {
			return g
		}
	}
	return len(h) - 1
}

// median is the middlemost grade.
func (m mentions) median(c int32) int {
	n := total(m[c])
	if n == 0 {
		return 0
	}
	return grade(m[c], 1, (n-1)/2)
}
