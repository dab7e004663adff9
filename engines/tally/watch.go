package tally

import "slices"

// A contest that watches knows at its end by how much the first share may be raised before its winners, or their order, can change. The steps
// of add1 in between need no count.
//
// While the order of winners stays the same, a higher first share leaves every voter at least as much in every round, and makes every price
// at most as high (by induction over rounds: richer supporters pay less each, and have more left). So while the share rises by δ ≤ delta:
//
//   - a purse rises by between lo·δ and hi·δ, and voters turn from poor to rich but never back;
//   - the price of a winner falls by at most A/M·δ, with A the sum of hi over its poor and M the weight of its rich before the rise, and by
//     at least B/M'·δ, with B the sum of lo over those who stay poor for certain, and M' the weight of all others;
//   - the price of any other project c is at least θ + (cost - F - A·δ)/M, when at some round its supporters could pay F at price θ, with M
//     the weight of those who had more than θ and A the sum of hi over the others: min(x, y) is at most x and at most y.
//
// All three are straight lines in δ. The winner of a round stays while its line is below the line of every other project, and a project that
// cannot be paid stays so while the sum of its supporters' lines is below its cost. Sums of floats are widened by far more than their error.

// rate bounds how fast a purse rises with the first share.
type rate struct{ lo, hi float64 }

const (
	wider    = 1 + 0x1p-20
	narrower = 1 - 0x1p-20
)

// watchFor starts a watch over rises up to delta fast units, which is given up when less than least of them is left; after fill.
func (s *purses) watchFor(delta, least float64) {
	s.watching, s.delta, s.until, s.least = true, delta, delta, least
	if s.rates == nil {
		s.rates = make([]rate, len(s.acc))
	}
	for g := range s.rates {
		s.rates[g] = rate{1, 1}
	}
}

// rise is A: how fast the money of those supporters of c rises who have less than t for each weight.
func (s *purses) rise(c int, t int64) float64 {
	sup, ws := s.supporters(c)
	acc, mult, rates := s.acc, s.mult, s.rates
	sum := 0.0
	if ws == nil {
		for _, g := range sup {
			less := uint32((acc[g].a - t) >> 63)
			sum += float64(mult[g]&less) * rates[g].hi
		}
		return sum * wider
	}
	for i, g := range sup {
		less := uint32((acc[g].a - t*int64(ws[i])) >> 63)
		sum += float64(mult[g]&less) * rates[g].hi
	}
	return sum * wider
}

// within lowers until to what a room of so much allows at a speed.
func (s *purses) within(room, speed float64) {
	switch {
	case room <= 0:
		s.until = 0
	case speed > 0:
		if s.until = min(s.until, room/speed*narrower); s.until < s.least {
			s.until = 0
		}
	}
}

// speeds are how fast a winner's price may fall and falls at least.
type speeds struct{ most, least float64 }

// speed measures a price that is about to be paid; before pay.
func (s *purses) speed(p *price) speeds {
	if p.close || s.until <= 0 {
		s.until = 0
		return speeds{}
	}
	v := speeds{most: s.rise(p.c, p.cut) / float64(p.m) * wider}
	sup, ws := s.supporters(p.c)
	w, sum, others := int64(1), 0.0, 0.0
	for i, g := range sup {
		if ws != nil {
			w = int64(ws[i])
		}
		x := s.acc[g]
		if x.a >= p.cut*w {
			continue
		}
		if s.stays(x, s.rates[g], w, p, v.most) {
			sum += float64(s.mult[g]) * s.rates[g].lo
		} else {
			others += float64(int64(s.mult[g]) * w)
		}
	}
	v.least = sum / (float64(p.m) + others) * narrower
	return v
}

// stays tells that a voter who is poor now is so after any rise.
func (s *purses) stays(x account, r rate, w int64, p *price, most float64) bool {
	return float64(x.a+s.err)+r.hi*s.delta < (float64(p.t-p.e)-most*s.delta)*float64(w)
}

// follow carries the rates through the payment; before pay.
func (s *purses) follow(p *price, v speeds) {
	if s.until <= 0 {
		return
	}
	sup, ws := s.supporters(p.c)
	w := int64(1)
	for i, g := range sup {
		if ws != nil {
			w = int64(ws[i])
		}
		x, r := s.acc[g], &s.rates[g]
		switch {
		case x.a >= p.cut*w:
			r.lo += float64(w) * v.least * narrower
			r.hi += float64(w) * v.most * wider
		case s.stays(x, *r, w, p, v.most):
			*r = rate{}
		default:
			*r = rate{0, r.hi + float64(w)*v.most*wider}
		}
	}
}

// ahead finds how far every other project stays dearer than the winner of this round, c. Where an old bound is too low to tell, it is made
// anew from the purses as they are.
func (t *contest) ahead(c int32) speeds {
	v := t.speed(&t.best)
	worth := float64(t.worthOf(c))
	limit, falls := float64(t.best.t+t.best.e)/worth*high, v.least/worth*narrower
	kept, changed := t.heap[:0], false
	for _, e := range t.heap {
		if t.until <= 0 {
			kept = append(kept, e)
			continue
		}
		if e.low-limit < t.delta*(e.slope-falls) && !e.fresh {
			changed = true
			if !t.refresh(&e) {
				continue
			}
		}
		switch {
		case e.low <= limit && t.tiedForGood(&e, c):
		case e.low <= limit:
			t.until = 0
		default:
			t.within(e.low-limit, e.slope-falls)
		}
		e.fresh = false
		kept = append(kept, e)
	}
	if t.heap = kept; changed {
		t.later = append(t.later[:0], kept...)
		t.heap = t.heap[:0]
		for _, e := range t.later {
			t.push(e)
		}
	}
	return v
}

// tiedForGood tells that e, which costs exactly what the winner c does and stands behind it in the tie order, cannot become cheaper than c: all
// its supporters are rich, so that its price stays what it is, or they are the winner's own.
func (t *contest) tiedForGood(e *entry, c int32) bool {
	if !slices.Contains(t.tied, e.c) || t.rank[e.c] < t.rank[c] {
		return false
	}
	if e.slope == 0 {
		return true
	}
	a, wa := t.supporters(int(e.c))
	b, wb := t.supporters(int(c))
	return t.costs[e.c] == t.costs[c] && slices.Equal(a, b) && slices.Equal(wa, wb)
}

// refresh brings e's bound up to what it costs now, nearly; false when it cannot be bought any more.
func (t *contest) refresh(e *entry) bool {
	c, worth := int(e.c), float64(t.worthOf(e.c))
	goal := t.fast(t.costs[c]) - 1 - t.slack(c)
	at := min(max(int64(e.low*worth), 0), t.errCap+1)
	for range 8 {
		poor, rich := t.split(c, at)
		short := goal - poor - rich*at
		if rich == 0 {
			if short > 0 {
				t.within(float64(short), t.rise(c, at))
				return false
			}
			return true
		}
		next := min(at+short/rich, t.errCap+1)
		if next <= at || float64(next-at) < 0x1p-12*float64(at) {
			// A line from here bounds the price, even where it is a little below.
			if short > 0 {
				e.low = max(e.low, float64(next)/worth*low)
			} else {
				e.low = float64(next-1) / worth * low
			}
			e.slope = t.rise(c, at) / float64(rich) / worth * wider
			return true
		}
		at = next
	}
	return true
}
