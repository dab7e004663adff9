package tally

import (
	"encoding/json"
	"fmt"
	"math/big"
	"strings"
)

// Number is an exact rational. Its zero value is 0. In JSON it is a number where it is whole, else a string: a decimal where one ends
// ("12.5"), a fraction where none does ("100/3").
type Number struct{ r *big.Rat }

// Whole is the number n.
func Whole(n int64) Number { return Number{new(big.Rat).SetInt64(n)} }

// Fraction is a / b. It panics when b is 0.
func Fraction(a, b int64) Number { return Number{big.NewRat(a, b)} }

// Exactly is r, copied.
func Exactly(r *big.Rat) Number { return Number{new(big.Rat).Set(r)} }

// Scaled is n / 10^scale: an amount that is kept in the smallest unit.
func Scaled(n int64, scale int) Number {
	return Number{new(big.Rat).SetFrac(big.NewInt(n), pow10(scale))}
}

func pow10(n int) *big.Int { return new(big.Int).Exp(big.NewInt(10), big.NewInt(int64(n)), nil) }

// ParseNumber reads what String writes. It refuses exponents.
func ParseNumber(s string) (Number, error) {
	if s == "" || len(s) > 4096 || strings.Trim(s, "0123456789./-") != "" {
		return Number{}, fmt.Errorf("read number %.40q: not a decimal or a fraction", s)
	}
	r, ok := new(big.Rat).SetString(s)
	if !ok {
		return Number{}, fmt.Errorf("read number %.40q: not a decimal or a fraction", s)
	}
	return Number{r}, nil
}

// Rat is a copy of the value.
func (n Number) Rat() *big.Rat {
	if n.r == nil {
		return new(big.Rat)
	}
	return new(big.Rat).Set(n.r)
}

// Float is the nearest float, to draw with and never to decide with.
func (n Number) Float() float64 {
	if n.r == nil {
		return 0
	}
	f, _ := n.r.Float64()
	return f
}

// Int is the value when it is whole and fits.
func (n Number) Int() (int64, bool) {
	if n.r == nil {
		return 0, true
	}
	return n.r.Num().Int64(), n.r.IsInt() && n.r.Num().IsInt64()
}

// Cmp is -1, 0 or 1.
func (n Number) Cmp(m Number) int { return n.Rat().Cmp(m.Rat()) }

// String is "12", "-0.5" or "100/3".
func (n Number) String() string {
	if n.r == nil {
		return "0"
	}
	if n.r.IsInt() {
		return n.r.Num().String()
	}
	if places, ends := n.r.FloatPrec(); ends {
		return n.r.FloatString(places)
	}
	return n.r.RatString()
}

// Rounded is the value with so many decimals, to show; halves go away from zero.
func (n Number) Rounded(places int) string { return n.Rat().FloatString(places) }

// MarshalJSON writes a number or a string, see [Number].
func (n Number) MarshalJSON() ([]byte, error) {
	s := n.String()
	if n.r == nil || n.r.IsInt() {
		return []byte(s), nil
	}
	return json.Marshal(s)
}

// UnmarshalJSON reads both.
func (n *Number) UnmarshalJSON(b []byte) error {
	s := string(b)
	if len(b) > 0 && b[0] == '"' {
		if err := json.Unmarshal(b, &s); err != nil {
			return fmt.Errorf("read number: %w", err)
		}
	}
	v, err := ParseNumber(s)
	if err == nil {
		*n = v
	}
	return err
}
