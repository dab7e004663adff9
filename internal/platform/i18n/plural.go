package i18n

import (
	"math"
	"strconv"
	"strings"
)

// number is what CLDR's plural rules look at: the integer digits i, and how many decimals v are written.
type number struct {
	i uint64
	v int
}

// pluralRule is a language's plural classes and the choice among them.
type pluralRule struct {
	classes []string
	class   func(number) string
}

// rules hold the plural rules by language. A new language is its messages and a line here.
// Source: CLDR 48, common/supplemental/plurals.xml, cardinal.
var rules = map[string]pluralRule{
	// en: one: i = 1 and v = 0
	"en": {[]string{"one", "other"}, func(n number) string {
		if n.i == 1 && n.v == 0 {
			return "one"
		}
		return "other"
	}},
	// fr: one: i = 0,1; many: e = 0 and i != 0 and i % 1000000 = 0 and v = 0 or e != 0..5 (commun writes no compact exponent, so e = 0)
	"fr": {[]string{"one", "many", "other"}, func(n number) string {
		switch {
		case n.i <= 1:
			return "one"
		case n.i%1_000_000 == 0 && n.v == 0:
			return "many"
		}
		return "other"
	}},
}

// numberOf reads a count. The sign plays no part; a value that is no number counts as many.
func numberOf(v any) number {
	switch v := v.(type) {
	case int:
		return number{i: magnitude(int64(v))}
	case int64:
		return number{i: magnitude(v)}
	case int32:
		return number{i: magnitude(int64(v))}
	case uint64:
		return number{i: v}
	case float64:
		s := strconv.FormatFloat(math.Abs(v), 'f', 3, 64)
		whole, dec, _ := strings.Cut(s, ".")
		i, err := strconv.ParseUint(whole, 10, 64)
		if err != nil { // not a number, infinite, or beyond 2^64
			return number{i: 2}
		}
		return number{i: i, v: len(strings.TrimRight(dec, "0"))}
	}
	return number{i: 2}
}

func magnitude(n int64) uint64 {
	if n < 0 {
		return uint64(-(n + 1)) + 1
	}
	return uint64(n)
}
