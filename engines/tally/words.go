package tally

import (
	"math/big"
	"math/bits"
)

// nat is a natural number of any size in 64-bit words, lowest first, without zero words on top. Only what the count of equal shares needs
// is here; math/big does the same two to three times slower, because it allocates.
type nat []uint64

// set copies x.
func (z nat) set(x nat) nat { return append(z[:0], x...) }

// word is the number x.
func (z nat) word(x uint64) nat {
	if x == 0 {
		return z[:0]
	}
	return append(z[:0], x)
}

// mulWord is z·y, in place.
func (z nat) mulWord(y uint64) nat {
	if y == 0 {
		return z[:0]
	}
	var carry uint64
	for i, x := range z {
		hi, lo := bits.Mul64(x, y)
		lo, c := bits.Add64(lo, carry, 0)
		z[i], carry = lo, hi+c
	}
	if carry != 0 {
		z = append(z, carry)
	}
	return z
}

// addMul is z + x·y, in place. x must not share z's memory.
func (z nat) addMul(x nat, y uint64) nat {
	if y == 0 || len(x) == 0 {
		return z
	}
	for len(z) < len(x) {
		z = append(z, 0)
	}
	var carry uint64
	for i, w := range x {
		hi, lo := bits.Mul64(w, y)
		lo, c := bits.Add64(lo, carry, 0)
		hi += c
		z[i], c = bits.Add64(z[i], lo, 0)
		carry = hi + c
	}
	for i := len(x); carry != 0; i++ {
		if i == len(z) {
			return append(z, carry)
		}
		z[i], carry = bits.Add64(z[i], carry, 0)
	}
	return z
}

// mul is x·y into z, which shares no memory with them.
func (z nat) mul(x, y nat) nat {
	z = z[:0]
	for range len(x) + len(y) {
		z = append(z, 0)
	}
	for i, w := range y {
		var carry uint64
		for j, v := range x {
			hi, lo := bits.Mul64(v, w)
			lo, c := bits.Add64(lo, carry, 0)
			hi += c
			z[i+j], c = bits.Add64(z[i+j], lo, 0)
			carry = hi + c
		}
		z[i+len(x)] = carry
	}
	return z.trim()
}

// sub is z - x, in place; z must be at least x.
func (z nat) sub(x nat) nat {
	var b uint64
	for i := range z {
		if i < len(x) {
			z[i], b = bits.Sub64(z[i], x[i], b)
		} else if b == 0 {
			break
		} else {
			z[i], b = bits.Sub64(z[i], 0, b)
		}
	}
	return z.trim()
}

func (z nat) trim() nat {
	for len(z) > 0 && z[len(z)-1] == 0 {
		z = z[:len(z)-1]
	}
	return z
}

// cmp is -1, 0 or 1.
func (z nat) cmp(x nat) int {
	if len(z) != len(x) {
		return compare(int64(len(z)), int64(len(x)))
	}
	for i := len(z) - 1; i >= 0; i-- {
		if z[i] != x[i] {
			if z[i] < x[i] {
				return -1
			}
			return 1
		}
	}
	return 0
}

// top is the number as m·2^e, m with its highest bit set and the bits below cut off; 0, 0 for zero.
func (z nat) top() (m uint64, e int) {
	n := len(z)
	if n == 0 {
		return 0, 0
	}
	s := bits.LeadingZeros64(z[n-1])
	m = z[n-1] << s
	if n > 1 && s > 0 {
		m |= z[n-2] >> (64 - s)
	}
	return m, 64*(n-1) - s
}

// int is the number for math/big.
func (z nat) int() *big.Int {
	out := new(big.Int)
	for i := len(z) - 1; i >= 0; i-- {
		out.Lsh(out, 64)
		out.Or(out, new(big.Int).SetUint64(z[i]))
	}
	return out
}

// natOf is a natural number of math/big.
func natOf(x *big.Int) nat {
	var z nat
	rest := new(big.Int).Set(x)
	for rest.Sign() > 0 {
		z = append(z, new(big.Int).And(rest, new(big.Int).SetUint64(^uint64(0))).Uint64())
		rest.Rsh(rest, 64)
	}
	return z
}
