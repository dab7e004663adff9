package tally

import (
	"math/big"
	"math/bits"
)

// finish makes a price exact. With all, everyone is unsure. It is false when the supporters have too little.
func (s *purses) finish(p *price, cost int64, all bool) bool {
	if p.exact {
		return true
	}
	if s.loose {
		s.lost = true
		return false
	}
	p.amb = p.amb[:0]
	var poor int64
	s.clearCount()
	for _, g := range p.poors {
		m := s.acc[g].m
		poor += m
		s.history(g, uint64(m))
	}
	m := p.m
	if p.close {
		for side, list := range [][]uint32{p.poors, p.riches} {
			ws := p.poorW
			if side == 1 {
				ws = p.richW
			}
			for i, g := range list {
				x, w := s.acc[g], int64(1)
				if s.w != nil {
					w = int64(ws[i])
				}
				if d := x.a - p.t*w; x.m > 0 && (all || max(d, -d) <= s.err+p.e*w) {
					p.amb = append(p.amb, unsure{g, w, side == 1})
				}
			}
		}
	}
	p.exact = s.solve(cost, poor, m, p)
	return p.exact
}

func (s *purses) clearCount() {
	for len(s.count) < len(s.x) {
		s.count = append(s.count, 0)
	}
	clear(s.count)
}

// history adds to s.count what m voters of group g have paid (m may be a negative in two's complement).
func (s *purses) history(g uint32, m uint64) {
	from := s.off[g]
	list := s.paid[from : from+uint32(s.n[g])]
	if s.with == nil {
		for _, v := range list {
			s.count[v] += m
		}
		return
	}
	for i, v := range list {
		s.count[v] += m * uint64(s.with[from+uint32(i)])
	}
}

// horner is the sum over rounds of count·payment, times d0·q, in s.h.
func (s *purses) horner(count []uint64) nat {
	h := s.h[:0]
	for v, n := range count {
		if len(h) > 0 {
			h = h.mulWord(s.m[v])
		}
		h = h.addMul(s.x[v], n)
	}
	s.h = h
	return h
}

// solve finds the price from a division into poor (so many voters, their payments in s.count) and rich (weight m), in which only the unsure
// may be wrong, and moves those until all is right.
func (s *purses) solve(cost, poor int64, m uint64, into *price) bool {
	for {
		h := s.horner(s.count)
		if m == 0 {
			// Everyone pays everything: is that enough? Then the price is the largest purse's.
			have := s.y.mul(s.share, s.q).mulWord(uint64(poor))
			have = have.sub(h)
			s.y = have
			need := append(nat(nil), s.q...).mulWord(uint64(cost)).mulWord(s.d0)
			if have.cmp(need) < 0 {
				s.until = 0
				return false
			}
			if m = s.richest(into, &poor); m == 0 {
				return false // no one is left
			}
			continue
		}
		// x = (cost·d0 - poor·share)·q + h
		plus := into.x[:0]
		plus = append(plus, s.q...)
		plus = plus.mulWord(uint64(cost)).mulWord(s.d0)
		plus = plus.addMul(h, 1)
		minus := s.y.mul(s.share, s.q).mulWord(uint64(poor))
		s.y = minus
		if plus.cmp(minus) < 0 {
			into.x = plus[:0]
		} else {
			into.x = plus.sub(minus)
		}
		into.m, into.poor = m, poor
		if len(into.amb) == 0 || !s.move(into, &poor, &m) {
			break
		}
	}
	into.t, into.e = s.round(into.x, into.m), payErr
	return true
}

// worth is what each voter of g has left, times d0·q.
func (s *purses) worth(g uint32) nat {
	y := append(nat(nil), s.y.mul(s.share, s.q)...)
	from := s.off[g]
	h := nat(nil)
	next := 0
	list := s.paid[from : from+uint32(s.n[g])]
	for v := range s.x {
		h = h.mulWord(s.m[v])
		if next < len(list) && int(list[next]) == v {
			w := uint64(1)
			if s.with != nil {
				w = uint64(s.with[from+uint32(next)])
			}
			h = h.addMul(s.x[v], w)
			next++
		}
	}
	return y.sub(h)
}

// move corrects the unsure against the price just found; false when all were right.
func (s *purses) move(into *price, poor *int64, m *uint64) bool {
	moved := false
	for i := range into.amb {
		u := &into.amb[i]
		has := s.worth(u.g).mulWord(into.m)
		pays := append(nat(nil), into.x...).mulWord(uint64(u.w))
		c := has.cmp(pays)
		if u.rich && c < 0 || !u.rich && c > 0 {
			s.turn(u, poor, m)
			moved = true
		}
	}
	return moved
}

// turn moves an unsure group to the other side.
func (s *purses) turn(u *unsure, poor *int64, m *uint64) {
	k := s.acc[u.g].m
	if u.rich {
		*poor += k
		*m -= uint64(k * u.w)
		s.history(u.g, uint64(k))
	} else {
		*poor -= k
		*m += uint64(k * u.w)
		s.history(u.g, -uint64(k))
	}
	u.rich = !u.rich
}

// richest makes those of the unsure rich who have most for their weight, and returns their weight.
func (s *purses) richest(into *price, poor *int64) (m uint64) {
	var best nat
	bestW := uint64(1)
	var list []int
	for i, u := range into.amb {
		has := s.worth(u.g)
		c := append(nat(nil), has...).mulWord(bestW).cmp(append(nat(nil), best...).mulWord(uint64(u.w)))
		if c > 0 {
			best, bestW, list = has, uint64(u.w), list[:0]
		}
		if c >= 0 {
			list = append(list, i)
		}
	}
	for _, i := range list {
		s.turn(&into.amb[i], poor, &m)
	}
	return m
}

// round is x / (d0·q·m) in fast units, within payErr.
func (s *purses) round(x nat, m uint64) int64 {
	if len(x) == 0 {
		return 0
	}
	d := append(s.y[:0], s.q...)
	d = d.mulWord(m).mulWord(s.d0)
	s.y = d
	mx, ex := x.top()
	md, ed := d.top()
	q, _ := bits.Div64(mx>>1, mx<<63, md)
	by := 63 - (ex - ed + s.shift)
	if by < 0 {
		return s.errCap + 1
	}
	if by > 63 {
		return 0
	}
	return min(int64(q>>by), s.errCap+1+payErr)
}

// pay takes an exact price from the supporters of its project and adds a link to the chain. It returns how many paid in full.
func (s *purses) pay(p *price) (full int64) {
	round := uint16(len(s.x))
	type before struct {
		x account
		n uint16
	}
	was := make([]before, len(p.amb)) // the unsure are decided by now, whatever list they are in
	for i, u := range p.amb {
		was[i] = before{s.acc[u.g], s.n[u.g]}
		s.acc[u.g] = account{}
	}
	for _, g := range p.poors {
		s.acc[g] = account{}
		s.n[g] = 0
	}
	n := s.n
	if s.w == nil {
		for _, g := range p.riches {
			x := &s.acc[g]
			x.a -= p.t
			full += x.m
			s.paid[s.off[g]+uint32(n[g])] = round
			n[g]++
		}
	} else {
		for i, g := range p.riches {
			x := &s.acc[g]
			x.a -= p.t * int64(p.richW[i])
			full += x.m
			s.note(g, round, p.richW[i])
		}
	}
	for i, u := range p.amb {
		if !u.rich {
			s.acc[u.g], s.n[u.g] = account{}, 0
			continue
		}
		x := was[i].x
		full += x.m
		s.acc[u.g], s.n[u.g] = account{max(0, x.a-p.t*u.w), x.m}, was[i].n
		s.note(u.g, round, int32(u.w))
	}
	if cap(s.x) > len(s.x) {
		s.x = s.x[:len(s.x)+1] // with the memory of an earlier count
	} else {
		s.x = append(s.x, nil)
	}
	s.x[round] = s.x[round].set(p.x)
	s.m = append(s.m, p.m)
	s.q = s.q.mulWord(p.m)
	s.err += payErr * s.wmax
	return full
}

func (s *purses) note(g uint32, round uint16, w int32) {
	at := s.off[g] + uint32(s.n[g])
	s.paid[at] = round
	if s.with != nil {
		s.with[at] = w
	}
	s.n[g]++
}

// rat is the price for one weight as a rational, in smallest units; before pay.
func (s *purses) rat(p *price) *big.Rat {
	d := append(nat(nil), s.q...).mulWord(p.m).mulWord(s.d0)
	return new(big.Rat).SetFrac(p.x.int(), d.int())
}
