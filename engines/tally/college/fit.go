package college

import (
	"math/big"
	"slices"
)

// Bound is a cap: these votes together may have at most this part of all.
type Bound struct {
	Most  *big.Rat
	Votes []int
}

// Fitting is what remains of votes under bounds.
type Fitting struct {
	Factors []*big.Rat // by vote: what it keeps of its weight; 1 for whoever is under no bound that binds
	Bounds  []*big.Rat // by bound: the factor that it sets; a vote has the least of its bounds'
	Shares  []*big.Rat // by vote: its part of all votes; they sum up to 1
	Reached *big.Rat   // how much of 1 the bounds let the votes cast reach; below 1 there is no fitting, and the rest is nil
}

// cell is all votes under the same bounds; they keep the same part of their weight.
type cell struct {
	weight *big.Rat
	bounds []int
	level  *big.Rat // share for one weight where it was stopped; nil while it grows
}

// Fit gives every vote a share of 1 in proportion to its weight, except where a bound stops it: all shares grow together from nothing, at
// one share for each weight; when the votes under a bound have reached its part, these stay where they are, and the others go on, until the
// shares sum up to 1 (weighted water-filling). So each bound holds, nobody is cut who need not be, those who are cut by one bound are cut
// alike, and there is exactly one such result. It takes a step a bound, in exact fractions. Weights must not be negative; votes without weight
// get none. When every vote is under bounds that stop it before 1 is reached, only Reached is given.
func Fit(weights []*big.Rat, bounds []Bound) *Fitting {
	cells, of := intoCells(weights, bounds)
	zero, one := new(big.Rat), big.NewRat(1, 1)
	stopped := make([]*big.Rat, len(bounds)) // by bound: shares that do not grow any more
	growing := make([]*big.Rat, len(bounds)) // by bound: weights that do
	for j := range bounds {
		stopped[j], growing[j] = new(big.Rat), new(big.Rat)
	}
	all, still := new(big.Rat), new(big.Rat)
	for _, c := range cells {
		still.Add(still, c.weight)
		for _, j := range c.bounds {
			growing[j].Add(growing[j], c.weight)
		}
	}
	levels := make([]*big.Rat, len(bounds))
	level := new(big.Rat)
	for still.Cmp(zero) > 0 {
		full := new(big.Rat).Quo(new(big.Rat).Sub(one, all), still)
		next := full
		var reach []*big.Rat
		for j, b := range bounds {
			reach = append(reach, nil)
			if growing[j].Sign() > 0 {
				reach[j] = new(big.Rat).Quo(new(big.Rat).Sub(b.Most, stopped[j]), growing[j])
				if reach[j].Cmp(next) < 0 {
					next = reach[j]
				}
			}
		}
		level = next
		if next == full {
			all = one
			break
		}
		for j := range bounds {
			if reach[j] != nil && reach[j].Cmp(level) == 0 {
				levels[j] = level
			}
		}
		for i := range cells {
			c := &cells[i]
			if c.level != nil || !slices.ContainsFunc(c.bounds, func(j int) bool { return levels[j] == level }) {
				continue
			}
			c.level = level
			share := new(big.Rat).Mul(level, c.weight)
			all.Add(all, share)
			still.Sub(still, c.weight)
			for _, j := range c.bounds {
				stopped[j].Add(stopped[j], share)
				growing[j].Sub(growing[j], c.weight)
			}
		}
	}
	f := &Fitting{Reached: all}
	if all.Cmp(one) < 0 {
		return f
	}
	part := func(at *big.Rat) *big.Rat {
		if at == nil {
			return big.NewRat(1, 1)
		}
		return new(big.Rat).Quo(at, level)
	}
	for _, at := range levels {
		f.Bounds = append(f.Bounds, part(at))
	}
	for i, w := range weights {
		c := cells[of[i]]
		at := c.level
		if at == nil {
			at = level
		}
		f.Factors = append(f.Factors, part(c.level))
		f.Shares = append(f.Shares, new(big.Rat).Mul(at, w))
	}
	return f
}

// intoCells puts votes under the same bounds together; of is by vote its cell.
func intoCells(weights []*big.Rat, bounds []Bound) (cells []cell, of []int) {
	under := make([][]int, len(weights))
	for j, b := range bounds {
		for _, v := range b.Votes {
			if n := len(under[v]); n == 0 || under[v][n-1] != j {
				under[v] = append(under[v], j)
			}
		}
	}
	of = make([]int, len(weights))
	index := map[string]int{}
	for v, list := range under {
		var key []byte
		for _, j := range list {
			key = append(key, byte(j>>24), byte(j>>16), byte(j>>8), byte(j))
		}
		i, ok := index[string(key)]
		if !ok {
			i = len(cells)
			index[string(key)] = i
			cells = append(cells, cell{weight: new(big.Rat), bounds: list})
		}
		cells[i].weight.Add(cells[i].weight, weights[v])
		of[v] = i
	}
	return cells, of
}
