package tally

import (
	"math"
	"math/bits"
)

// Loose purses keep no chain of exact payments. They are *plain*, payments cut to fast units, until a count with them cannot be decided; from then
// on they are *fine*: 64 bits more of each purse, below the unit, are looked at when something is paid, and only then. Errors grow with every
// payment by what the poor have for each of the rich, so plain ones may outgrow the differences of prices in some dozens of rounds, and fine ones
// have 64 bits more to go.

// settleLoosely is settle for loose purses. It walks all supporters once where no purse lies between t and the price that follows from its
// division; the division is then the price's own.
func (s *purses) settleLoosely(c int, t, cost int64, into *price) bool {
	goal, slack := s.fast(cost), s.slack(c)
	for range 64 {
		poor, rich, below, above := s.weighUp(c, t)
		if rich == 0 {
			switch {
			case poor+slack < goal:
				if s.watching {
					s.within(float64(goal-slack-poor-1), s.rise(c, t))
				}
				return false
			case poor-slack <= goal || s.wmax > 1:
				s.lost = true
				return false
			}
			// They have enough: down to the one who has most.
			t -= int64(below) + 1
			continue
		}
		next := min(max(0, (goal-poor)/rich), s.errCap+1)
		into.poor = s.support[c] - rich/s.wmax
		e := s.apart(into, rich)
		if e > 1<<50 {
			break
		}
		// How far the price moves from t, and how near a purse may be to it, for the largest weight.
		near := uint64(e)*uint64(s.wmax) + uint64(s.err)
		up, down := uint64(max(0, next-t))*uint64(s.wmax), uint64(max(0, t-next))*uint64(s.wmax)
		if above > near+up && below > near+down {
			into.t, into.e, into.cut, into.m, into.close = next, e, t, uint64(rich), false
			return true
		}
		if next == t {
			break
		}
		t = next
	}
	s.lost = true // someone is too near to tell
	return false
}

// weighUp is split, and tells how far the poorest of the rich are above t and, less one, the richest of the poor below it, for their weights.
// The spent are poor; that they may seem near a price of next to nothing costs an exact count.
func (s *purses) weighUp(c int, t int64) (poor, rich int64, below, above uint64) {
	below, above = math.MaxUint64, math.MaxUint64
	sup, ws := s.supporters(c)
	acc := s.acc
	if ws == nil {
		for _, g := range sup {
			x := acc[g]
			d := x.a - t
			less := d >> 63
			poor += x.a & less * x.m
			rich += x.m &^ less
			below, above = min(below, uint64(^d)), min(above, uint64(d))
		}
		return poor, rich, below, above
	}
	for i, g := range sup {
		x, w := acc[g], int64(ws[i])
		d := x.a - t*w
		less := d >> 63
		poor += x.a & less * x.m
		rich += x.m * w &^ less
		below, above = min(below, uint64(^d)), min(above, uint64(d))
	}
	return poor, rich, below, above
}

// payLoosely is pay without the chain. Nobody is unsure here, so that the division into poor and rich is the true one.
func (s *purses) payLoosely(p *price, cost int64) {
	if s.fine != nil {
		s.payFinely(p, cost)
		return
	}
	sup, ws := s.supporters(p.c)
	acc := s.acc
	if ws == nil {
		cut, t := p.cut, p.t
		for _, g := range sup {
			x := &acc[g]
			rich := ^((x.a - cut) >> 63)
			x.m &= rich
			x.a = (x.a - t) & rich
		}
	} else {
		for i, g := range sup {
			x, w := &acc[g], int64(ws[i])
			rich := ^((x.a - p.cut*w) >> 63)
			x.m &= rich
			x.a = (x.a - p.t*w) & rich
		}
	}
	s.slip += float64(p.e) * float64(s.wmax) * wider
	s.slipped()
}

// slipped sets err by slip.
func (s *purses) slipped() {
	if s.slip > 0x1p50 {
		s.lost = true
		return
	}
	s.err = 2 + int64(s.slip)
}

// refine makes loose purses fine from the next count on; false when they are.
func (s *purses) refine() bool {
	if s.fine != nil {
		return false
	}
	s.fine = make([]uint64, len(s.acc))
	return true
}

// payFinely takes the payment in 2^-64 of fast units; p.t becomes what is paid.
func (s *purses) payFinely(p *price, cost int64) {
	sup, ws := s.supporters(p.c)
	if len(s.payers) <= len(sup) {
		s.payers = make([]uint32, len(sup)+1+len(sup)/2)
		s.parts = make([]int32, len(s.payers))
	}
	// What the poor have, in words of 64 bits; they have nothing afterwards.
	var poor, voters, w int64
	var over, under, carry uint64
	rich, parts, n := s.payers[:len(sup)+1], s.parts[:len(sup)+1], 0
	acc, fine, cut := s.acc, s.fine[:len(s.acc)], p.cut
	for i, g := range sup {
		x := acc[g]
		if w = 1; ws != nil {
			w = int64(ws[i])
			parts[n] = int32(w)
		}
		less := (x.a - cut*w) >> 63
		m := x.m & less
		poor += x.a * m
		voters += m
		hi, lo := bits.Mul64(fine[g], uint64(m))
		under, carry = bits.Add64(under, lo, 0)
		over += hi + carry
		acc[g] = account{x.a &^ less, x.m &^ less}
		rich[n] = g
		n += int(1 + less)
	}
	t, part := s.quotient(cost, poor+int64(over), under, p.m)
	if ws == nil {
		for _, g := range rich[:n] {
			fine[g], carry = bits.Sub64(fine[g], part, 0)
			acc[g].a = (acc[g].a - t - int64(carry)) &^ ((acc[g].m - 1) >> 63) // the spent have nothing to pay from
		}
	} else {
		for i, g := range rich[:n] {
			hi, lo := bits.Mul64(part, uint64(parts[i]))
			fine[g], carry = bits.Sub64(fine[g], lo, 0)
			acc[g].a = (acc[g].a - t*int64(parts[i]) - int64(hi+carry)) &^ ((acc[g].m - 1) >> 63)
		}
	}
	e := s.slip*float64(voters)/float64(p.m) + 0x1p-64
	s.slip = (s.slip + e*float64(s.wmax)) * wider
	s.slipped()
	p.t = t
}

// quotient is (cost - poor) / m in fast units and 2^-64 of them, cut; under is what the poor have below the unit.
func (s *purses) quotient(cost, poor int64, under, m uint64) (t int64, part uint64) {
	below := uint64(0)
	if s.shift < 0 && s.shift > -64 {
		below = uint64(cost) << (64 + s.shift)
	}
	lo, borrow := bits.Sub64(below, under, 0)
	whole := s.fast(cost) - poor - int64(borrow)
	if whole < 0 {
		return 0, 0
	}
	part, _ = bits.Div64(uint64(whole)%m, lo, m)
	return int64(uint64(whole) / m), part
}
