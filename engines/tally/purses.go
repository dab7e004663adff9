package tally

import (
	"math/big"
	"math/bits"
)

// payErr bounds the error of a rounded payment, in fast units (see the package's proof).
const payErr = 4

// account is what each voter of a group has left, in fast units, and how many they are; zero both when they have nothing left.
type account struct{ a, m int64 }

// purses is the money of all voters during one count of equal shares, twice: in *fast units*, whole numbers of 2^-shift smallest units that
// are never further than err from the truth, and exactly, as what each group has paid for and the chain of exact payments.
type purses struct {
	*pool
	acc  []account
	n    []uint16 // by group, how many projects it paid its full part of; 0 when it has nothing left
	paid []uint16 // those, as numbers of rounds, from off[group]
	with []int32  // beside paid, the weight that it paid by; nil: all one

	shift  int
	err    int64
	errCap int64

	// The chain: in round v every full payment was x[v] / (d0·m[0]·…·m[v]) for one weight, and q is m[0]·…·m[last].
	share nat // the first share is share / d0
	d0    uint64
	q     nat
	x     []nat
	m     []uint64

	count []uint64 // by round, what the poor paid in it; scratch of settle
	h, y  nat      // scratch

	// Loose purses keep no chain: payments are as near as the fast units tell, err grows faster, and where that is not enough to decide, lost
	// is set and the count must be done again, exactly.
	loose, lost bool

	watching     bool // see watch.go
	delta, until float64
	rates        []rate
}

// unsure is a group whose purse is too near to a payment to tell in fast units whether it can pay.
type unsure struct {
	g    uint32
	w    int64
	rich bool
}

func newPurses(p *pool) *purses {
	s := &purses{pool: p, acc: make([]account, len(p.mult)), n: make([]uint16, len(p.mult)), paid: make([]uint16, p.off[len(p.mult)])}
	if p.w != nil {
		s.with = make([]int32, len(s.paid))
	}
	return s
}

// fill gives everyone share/d0 and forgets all payments.
func (s *purses) fill(share *big.Int, d0 uint64) {
	s.share, s.d0 = natOf(share), d0
	s.q, s.x, s.m, s.count = s.q.word(1), s.x[:0], s.m[:0], s.count[:0]
	// All purses together, times any weight, must stay below 2^61 fast units.
	a := new(big.Int).Mul(share, big.NewInt(s.voters))
	a.Quo(a, new(big.Int).SetUint64(d0))
	s.shift = 60 - a.BitLen() - bits.Len64(uint64(s.wmax-1))
	if s.shift >= 0 {
		a.Lsh(share, uint(s.shift))
	} else {
		a.Rsh(share, uint(-s.shift))
	}
	a.Quo(a, new(big.Int).SetUint64(d0))
	first := a.Int64()
	for g, m := range s.mult {
		s.acc[g] = account{first, int64(m)}
	}
	clear(s.n)
	s.err = 2
	s.errCap = first
	s.watching, s.lost = false, false
}

// fast is an amount of smallest units in fast units, at most one too low.
func (s *purses) fast(cost int64) int64 {
	if s.shift >= 0 {
		return cost << s.shift
	}
	return cost >> -s.shift
}

// slack bounds the error of a sum over the supporters of c.
func (s *purses) slack(c int) int64 {
	hi, lo := bits.Mul64(uint64(s.support[c]), uint64(s.err))
	if hi != 0 || lo > 1<<61 {
		return 1 << 61
	}
	return int64(lo) + 1
}

// split adds up the supporters of c who have less than t for each weight: their money; and the weights of the others.
func (s *purses) split(c int, t int64) (poor, rich int64) {
	from, to := s.supOff[c], s.supOff[c+1]
	acc := s.acc
	if s.w == nil {
		for _, g := range s.sup[from:to] {
			x := acc[g]
			less := (x.a - t) >> 63
			poor += x.a & less * x.m
			rich += x.m &^ less
		}
		return poor, rich
	}
	ws := s.w[from:to]
	for i, g := range s.sup[from:to] {
		x, w := acc[g], int64(ws[i])
		less := (x.a - t*w) >> 63
		poor += x.a & less * x.m
		rich += x.m * w &^ less
	}
	return poor, rich
}

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
// someone is too near to tell, when t may be wrong by e. Loose purses need no lists.
func (s *purses) divide(c int, t, e int64, into *price) (poor, rich int64) {
	if s.loose {
		return s.weighUp(c, t, e, into)
	}
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

// weighUp is divide without the lists, and with the spent counted among the poor. That someone is near is so rare that a branch costs nothing.
func (s *purses) weighUp(c int, t, e int64, into *price) (poor, rich int64) {
	near := false
	sup, ws := s.supporters(c)
	acc := s.acc
	if ws == nil {
		margin := s.err + e
		low, width := t-margin, uint64(2*margin)
		for _, g := range sup {
			x := acc[g]
			less := (x.a - t) >> 63
			poor += x.a & less * x.m
			rich += x.m &^ less
			if uint64(x.a-low) <= width {
				near = near || x.m > 0
			}
		}
	} else {
		for i, g := range sup {
			x, w := acc[g], int64(ws[i])
			d := x.a - t*w
			less := d >> 63
			poor += x.a & less * x.m
			rich += x.m * w &^ less
			if margin := s.err + e*w; uint64(d+margin) <= uint64(2*margin) {
				near = near || x.m > 0
			}
		}
	}
	into.close, into.poor = near, s.support[c]-rich/s.wmax
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
	if s.loose {
		s.lost = true
		return false
	}
	sup, ws := s.supporters(c)
	into.room(len(sup), ws != nil)
	into.poors, into.riches = append(into.poors[:0], sup...), into.riches[:0]
	if ws != nil {
		into.poorW, into.richW = append(into.poorW[:0], ws...), into.richW[:0]
	}
	into.cut, into.t, into.m, into.close = 0, 0, 0, true
	return s.finish(into, cost, true)
}

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
	if s.loose {
		return s.payLoosely(p)
	}
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

// payLoosely is pay without the chain. Nobody is unsure here.
func (s *purses) payLoosely(p *price) (full int64) {
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
	s.err += p.e * s.wmax
	return 0
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
