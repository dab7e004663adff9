package tally

import (
	"math"
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

	// See loose.go. slip is how far a purse may be from the truth besides what is cut, in fast units. Where that is not enough to decide, lost is
	// set and the count must be done again: finely, then exactly.
	loose, lost bool
	fine        []uint64 // by group, the 64 bits below a; nil: plain
	slip        float64
	payers      []uint32 // scratch of payFinely
	parts       []int32

	watching     bool // see watch.go
	delta, until float64
	least        float64 // a rise below this is of no use: the watch ends
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
	if s.shift >= -64 {
		a.Lsh(share, uint(s.shift+64))
	} else {
		a.Rsh(share, uint(-s.shift-64))
	}
	a.Quo(a, new(big.Int).SetUint64(d0))
	fine := new(big.Int).And(a, new(big.Int).SetUint64(math.MaxUint64)).Uint64()
	first := a.Rsh(a, 64).Int64()
	for g, m := range s.mult {
		s.acc[g] = account{first, int64(m)}
	}
	s.slip = 0x1p-64
	switch {
	case !s.loose:
		clear(s.n)
	case s.fine != nil:
		for g := range s.fine {
			s.fine[g] = fine
		}
	}
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
