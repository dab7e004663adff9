package people

import (
	"strings"
	"unicode"

	"golang.org/x/text/unicode/norm"
)

// MaxSlug is the longest slug, in bytes.
const MaxSlug = 60

// Slug returns name as a part of an address: lower-case letters without accents, digits and single hyphens. A name that leaves nothing
// (all in another script, say) keeps its own letters, which browsers show as they are; one without any letter gives "x".
func Slug(name string) string {
	s := slug(norm.NFKD.String(strings.NewReplacer("œ", "oe", "Œ", "oe", "æ", "ae", "Æ", "ae", "ß", "ss", "’", "-", "'", "-").Replace(name)), func(r rune) bool { return r < 128 })
	if s == "" {
		s = slug(norm.NFKC.String(name), func(rune) bool { return true })
	}
	if s == "" {
		return "x"
	}
	return s
}

func slug(name string, keep func(rune) bool) string {
	var b strings.Builder
	gap := false
	for _, r := range strings.ToLower(name) {
		switch {
		case unicode.Is(unicode.Mn, r): // an accent: its letter stays
		case keep(r) && (unicode.IsLetter(r) || unicode.IsDigit(r)):
			if gap && b.Len() > 0 {
				b.WriteByte('-')
			}
			gap = false
			if b.Len()+len(string(r)) > MaxSlug {
				return strings.Trim(b.String(), "-")
			}
			b.WriteRune(r)
		default:
			gap = true
		}
	}
	return strings.Trim(b.String(), "-")
}

// sameName says whether two names differ in nothing by which readers would tell them apart: letters and digits of any script, without case
// and accents; for names that have none, the signs themselves.
func sameName(a, b string) bool {
	all := func(rune) bool { return true }
	x, y := slug(norm.NFKD.String(a), all), slug(norm.NFKD.String(b), all)
	return x == y && (x != "" || a == b)
}
