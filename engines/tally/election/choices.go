package election

import "slices"

// choices is one way through the ties of a count, to be tried after another until every way was tried: a count asks decide at each tie, in
// an order that depends on earlier answers only.
type choices struct {
	made []choice
	used int
}

// choice is which of the tied were taken: ascending places among them.
type choice struct {
	of   int
	take []int
}

// decide takes n of so many.
func (s *choices) decide(of, n int) []int {
	if s.used == len(s.made) {
		first := choice{of: of, take: make([]int, n)}
		for i := range first.take {
			first.take[i] = i
		}
		s.made = append(s.made, first)
	}
	s.used++
	return s.made[s.used-1].take
}

// next turns to the next way; false when all were tried.
func (s *choices) next() bool {
	s.used = 0
	for len(s.made) > 0 {
		last := &s.made[len(s.made)-1]
		if last.advance() {
			return true
		}
		s.made = s.made[:len(s.made)-1]
	}
	return false
}

// advance turns to the next combination in the order of the alphabet.
func (c *choice) advance() bool {
	take := slices.Clone(c.take)
	for i := len(take) - 1; i >= 0; i-- {
		if take[i] < c.of-len(take)+i {
			take[i]++
			for j := i + 1; j < len(take); j++ {
				take[j] = take[j-1] + 1
			}
			c.take = take
			return true
		}
	}
	return false
}
