// Package decimal holds an exact decimal number of at most 18 digits: an amount of money, a weight, points.
//
// A number is its digits as a whole number and how many of them stand after the point, as small as can be, so that equal numbers are
// equal values and may be compared with ==. Nothing is rounded: what does not fit is refused.
package decimal

import (
	"cmp"
	"errors"
	"math/big"
	"strconv"
)

// Decimal is Coef / 10^Scale, with Scale the smallest possible. Its zero value is 0. Make it with Parse, Of or Int, which keep this form.
type Decimal struct {
	Coef  int64
	Scale uint8
}

// MaxDigits is how many digits a number may have, zeros in front aside.
const MaxDigits = 18

// The errors of Parse.
var (
	ErrSyntax = errors.New("not a decimal number")
	ErrRange  = errors.New("more than 18 digits")
)

// Int is a whole number. Its size is not checked against MaxDigits.
func Int(n int64) Decimal { return Decimal{Coef: n} }

// Of is coef / 10^scale, in its smallest form.
func Of(coef int64, scale uint8) Decimal {
	for scale > 0 && coef%10 == 0 {
		coef /= 10
		scale--
	}
	return Decimal{coef, scale}
}

// Parse reads "12", "-0.50", "+3", ".5", "5.": digits with at most one point, no blank, no exponent, no NaN. ErrSyntax or ErrRange.
func Parse[T string | []byte](s T) (Decimal, error) {
	i, negative := 0, false
	if len(s) > 0 && (s[0] == '-' || s[0] == '+') {
		i, negative = 1, s[0] == '-'
	}
	var coef int64
	digits, scale, point, any := 0, uint8(0), false, false
	for ; i < len(s); i++ {
		c := s[i]
		switch {
		case c == '.' && !point:
			point = true
		case c < '0' || c > '9':
			return Decimal{}, ErrSyntax
		default:
			any = true
			if coef == 0 && c == '0' && !point {
				continue
			}
			if digits == MaxDigits {
				if point && zeros(s[i:]) {
					return signed(coef, scale, negative), nil // 0.50000000000000000000 is 0.5
				}
				if !numeral(s[i:], point) {
					return Decimal{}, ErrSyntax
				}
				return Decimal{}, ErrRange
			}
			digits++
			coef = coef*10 + int64(c-'0')
			if point {
				scale++
			}
		}
	}
	if !any {
		return Decimal{}, ErrSyntax
	}
	return signed(coef, scale, negative), nil
}

func signed(coef int64, scale uint8, negative bool) Decimal {
	if negative {
		coef = -coef
	}
	return Of(coef, scale)
}

func zeros[T string | []byte](s T) bool {
	for i := range len(s) {
		if s[i] != '0' {
			return false
		}
	}
	return true
}

// numeral tells whether the rest of a number that is too long is one all the same.
func numeral[T string | []byte](s T, point bool) bool {
	for i := range len(s) {
		if s[i] == '.' && !point {
			point = true
		} else if s[i] < '0' || s[i] > '9' {
			return false
		}
	}
	return true
}

// String writes the number as Parse reads it: "12.5", never "12.50".
func (d Decimal) String() string { return string(d.Append(nil)) }

// Append writes the number at the end of b.
func (d Decimal) Append(b []byte) []byte {
	if d.Scale == 0 {
		return strconv.AppendInt(b, d.Coef, 10)
	}
	u := uint64(d.Coef)
	if d.Coef < 0 {
		b, u = append(b, '-'), -u
	}
	digits := strconv.FormatUint(u, 10)
	for len(digits) <= int(d.Scale) {
		digits = "0" + digits
	}
	whole := len(digits) - int(d.Scale)
	b = append(b, digits[:whole]...)
	b = append(b, '.')
	return append(b, digits[whole:]...)
}

// MarshalText writes the number as a text, so that JSON holds it exactly.
func (d Decimal) MarshalText() ([]byte, error) { return d.Append(nil), nil }

// UnmarshalText is Parse.
func (d *Decimal) UnmarshalText(b []byte) (err error) {
	*d, err = Parse(b)
	return err
}

// Rat is the number as a fraction.
func (d Decimal) Rat() *big.Rat {
	ten := new(big.Int).Exp(big.NewInt(10), big.NewInt(int64(d.Scale)), nil)
	return new(big.Rat).SetFrac(big.NewInt(d.Coef), ten)
}

// Scaled is the number times 10^scale as a whole number: Scaled(2) of 12.5 is 1250. False when that is not whole, or too large.
func (d Decimal) Scaled(scale uint8) (int64, bool) {
	if scale < d.Scale {
		return 0, false
	}
	n := d.Coef
	for range scale - d.Scale {
		if n > (1<<63-1)/10 || n < -(1<<63-1)/10 {
			return 0, false
		}
		n *= 10
	}
	return n, true
}

// Int64 is the number when it is whole.
func (d Decimal) Int64() (int64, bool) { return d.Coef, d.Scale == 0 }

// Sign is -1, 0 or 1.
func (d Decimal) Sign() int { return cmp.Compare(d.Coef, 0) }

// Cmp is -1, 0 or 1 as d is less than, equal to or more than e.
func (d Decimal) Cmp(e Decimal) int {
	if d.Scale == e.Scale {
		return cmp.Compare(d.Coef, e.Coef)
	}
	scale := max(d.Scale, e.Scale)
	a, okA := d.Scaled(scale)
	b, okB := e.Scaled(scale)
	if okA && okB {
		return cmp.Compare(a, b)
	}
	return d.Rat().Cmp(e.Rat())
}

// Add is the sum; false when it does not fit.
func (d Decimal) Add(e Decimal) (Decimal, bool) {
	scale := max(d.Scale, e.Scale)
	a, okA := d.Scaled(scale)
	b, okB := e.Scaled(scale)
	sum := a + b
	if !okA || !okB || (sum > a) != (b > 0) && b != 0 {
		return Decimal{}, false
	}
	return Of(sum, scale), true
}
