package tally

import "math/bits"

// price is what one candidate would cost its supporters now: t in fast units for one weight, within e. Once exact it is
// x / (d0·q·m) for one weight, and e is payErr.
type price struct {
	c            int
	t, e         int64
	cut          int64 // in fast units, who has less is poor, the unsure aside
	m            uint64
	close        bool // someone is unsure
	exact        bool
	x            nat
	poor         int64 // voters
	poors        []uint32
	riches       []uint32
	poorW, richW []int32
	amb          []unsure
}

// settle finds the price of c, nearly, starting the search from t; guessed says that t is likely right to a part in some hundred. It is false
// when the supporters have too little.
func (s *purses) settle(c int, t int64, guessed bool, cost int64, into *price) bool {
	into.c, into.exact = c, false
	goal, slack := s.fast(cost), s.slack(c)
	t = min(max(t, 0), s.errCap+1)
	if s.loose {
		return s.settleLoosely(c, t, cost, into)
	}
	var poor, rich int64
	if guessed {
		// If nobody's purse is near the guess, the guess divides poor and rich as the price does, and one walk is enough.
		window := t >> 7
		if poor, rich = s.divide(c, t, window, into); rich > 0 && !into.close {
			next, e := (goal-poor)/rich, slack/rich+payErr
			if next >= 0 && next <= s.errCap && max(next-t, t-next)+2*e <= window {
				into.t, into.e, into.cut, into.m = next, s.apart(into, rich), t, uint64(rich)
				return true
			}
		}
	} else {
		poor, rich = s.split(c, t)
	}
	for range 64 {
		if rich == 0 {
			if poor+slack < goal {
				if s.watching {
					s.within(float64(goal-slack-poor-1), s.rise(c, t))
				}
				return false
			}
			break
		}
		// e bounds how far t is from the exact price of this division into poor and rich.
		e := slack/rich + payErr
		if e > 1<<40 {
			break
		}
		next := min(max(0, (goal-poor)/rich), s.errCap+1)
		poor, rich = s.divide(c, next, 2*e, into)
		if rich > 0 && min(max(0, (goal-poor)/rich), s.errCap+1) == next {
			if slack/rich+payErr > 2*e {
				break
			}
			into.t, into.e, into.cut, into.m = next, min(2*e, s.apart(into, rich)), next, uint64(rich)
			return true
		}
		t = next
	}
	return s.settleAll(c, cost, into)
}

// apart bounds how far a price that follows from a division is from the exact price of that division: by the error of what the poor have.
func (s *purses) apart(p *price, rich int64) int64 {
	hi, lo := bits.Mul64(uint64(p.poor), uint64(s.err))
	if hi != 0 || lo > 1<<61 {
		return 1 << 61
	}
	return (int64(lo)+1)/rich + 2
}

// divide lists the supporters of c who are poor and rich at t, without a branch on which they are, and sums up as split does. It notes whether
// someone is too near to tell, when t may be wrong by e.
func (s *purses) divide(c int, t, e int64, into *price) (poor, rich int64) {
	voters := int64(0)
	sup, ws := s.supporters(c)
	into.room(len(sup), ws != nil)
	ps, rs := into.poors[:len(sup)+1], into.riches[:len(sup)+1]
	np, nr, near := 0, 0, int64(0)
	acc := s.acc
	if ws == nil {
		margin := s.err + e
		for _, g := range sup {
			x := acc[g]
			d := x.a - t
			less := d >> 63
			poor += x.a & less * x.m
			rich += x.m &^ less
			voters += x.m & less
			near |= (max(d, -d) - margin - 1) & -x.m
			ps[np] = g
			rs[nr] = g
			np -= int(less)
			nr += int(1 + less)
		}
	} else {
		pw, rw := into.poorW[:len(sup)+1], into.richW[:len(sup)+1]
		for i, g := range sup {
			x, w := acc[g], int64(ws[i])
			d := x.a - t*w
			less := d >> 63
			poor += x.a & less * x.m
			rich += x.m * w &^ less
			voters += x.m & less
			near |= (max(d, -d) - s.err - e*w - 1) & -x.m
			ps[np], pw[np] = g, int32(w)
			rs[nr], rw[nr] = g, int32(w)
			np -= int(less)
			nr += int(1 + less)
		}
		into.poorW, into.richW = pw[:np], rw[:nr]
	}
	into.poors, into.riches, into.close, into.poor = ps[:np], rs[:nr], near < 0, voters
	return poor, rich
}

// room makes the lists of p hold n each, and one that is written in vain.
func (p *price) room(n int, weights bool) {
	if cap(p.poors) > n && cap(p.riches) > n && (!weights || cap(p.poorW) > n && cap(p.richW) > n) {
		return
	}
	n += 1 + n/2
	p.poors, p.riches = make([]uint32, n), make([]uint32, n)
	if weights {
		p.poorW, p.richW = make([]int32, n), make([]int32, n)
	}
}

// settleAll is settle with nothing decided in fast units: slow, and rarely needed.
func (s *purses) settleAll(c int, cost int64, into *price) bool {
	sup, ws := s.supporters(c)
	into.room(len(sup), ws != nil)
	into.poors, into.riches = append(into.poors[:0], sup...), into.riches[:0]
	if ws != nil {
		into.poorW, into.richW = append(into.poorW[:0], ws...), into.richW[:0]
	}
	into.cut, into.t, into.m, into.close = 0, 0, 0, true
	return s.finish(into, cost, true)
}
