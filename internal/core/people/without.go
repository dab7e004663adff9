package people

import (
	"regexp"
	"slices"
	"strings"
)

// addressForm finds what may be an e-mail address.
var addressForm = regexp.MustCompile(`[\p{L}\p{N}._%+'-]+@[\p{L}\p{N}-]+(?:\.[\p{L}\p{N}-]+)+`)

const (
	mostRun     = 8 // words of a name that is found in running text: seven are "Jean-Paul de la Tour d'Auvergne"
	shortestRun = 4 // bytes of what is looked for
)

// Without returns a text as an import may keep it: without the addresses that were forgotten, the names beside them, and the names that an
// administrator had go, in every way in which they are written (formsOf, readable). forgotten is what Forgotten returns; it knows marks only, so every
// run of a few words is asked of it. found says whether anything went.
func Without(text string, forgotten func(string) bool) (clean string, found bool) {
	gone := goneFrom(text, forgotten, func(span) bool { return true })
	if e, ok := readable(text); ok {
		gone = e.add(gone, goneFrom(e.text, forgotten, e.touched))
	}
	if len(gone) == 0 {
		return text, false
	}
	return without(text, gone), true
}

// goneFrom returns what goes from a text, among the parts that look wants.
func goneFrom(text string, forgotten func(string) bool, look func(span) bool) []span {
	ws := wordsOf(text)
	gone := goneAddresses(text, ws, forgotten, look)
	folded := make([]string, len(ws))
	for i, w := range ws {
		folded[i] = foldWord(text[w.from:w.to])
	}
	for i := 0; i < len(ws); i++ {
		if n := longestName(text, ws, folded, i, gone, forgotten, look); n > 0 {
			gone = append(gone, span{ws[i].from, ws[i+n-1].to})
			i += n - 1
		}
	}
	return gone
}

// goneAddresses returns the forgotten addresses of a text, and the names beside them, wherever else such a name may stay.
func goneAddresses(text string, ws []span, forgotten func(string) bool, look func(span) bool) []span {
	var gone []span
	if !strings.Contains(text, "@") {
		return nil
	}
	for _, m := range addressForm.FindAllStringIndex(text, -1) {
		a := span{m[0], m[1]}
		a.from += len(text[a.from:a.to]) - len(strings.TrimLeft(text[a.from:a.to], "._%+'-")) // marks around an address are none of it
		a.to = a.from + len(strings.TrimRight(text[a.from:a.to], "-"))
		if !look(a) || !forgotten(text[a.from:a.to]) {
			continue
		}
		gone = append(gone, a)
		first, _ := slices.BinarySearchFunc(ws, a.from, func(w span, at int) int { return w.from - at })
		for n := max(0, first-mostRun); n < first; n++ { // the longest first
			if s := (span{ws[n].from, ws[first-1].to}); isBeside(text, s, a, forgotten) {
				gone = append(gone, s)
				break
			}
		}
		behind, _ := slices.BinarySearchFunc(ws, a.to, func(w span, at int) int { return w.from - at })
		for n := min(len(ws), behind+mostRun); n > behind; n-- {
			if s := (span{ws[behind].from, ws[n-1].to}); isBeside(text, s, a, forgotten) {
				gone = append(gone, s)
				break
			}
		}
	}
	return gone
}

func isBeside(text string, s, address span, forgotten func(string) bool) bool {
	return beside(text, s, address) && forgotten(Beside(text[s.from:s.to], text[address.from:address.to]))
}

// longestName is how many words from the i-th on are a forgotten name.
func longestName(text string, ws []span, folded []string, i int, gone []span, forgotten func(string) bool, look func(span) bool) int {
	longest, comma, plain := 0, 0, ""
	for n := 1; n <= min(mostRun, len(ws)-i); n++ {
		last := i + n - 1
		if n > 1 {
			between, sep := text[ws[last-1].to:ws[last].from], " "
			if between != " " {
				if strings.Contains(between, ",") {
					if comma > 0 {
						break
					}
					comma, between, sep = n-1, strings.Replace(between, ",", "", 1), ", "
				}
				if !joins(between) {
					break
				}
			}
			plain += sep + folded[last]
		} else {
			plain = folded[last]
		}
		s := span{ws[i].from, ws[last].to}
		if s.to-s.from < shortestRun || !look(s) {
			continue
		}
		if !forgotten(plain) {
			dotted := withDots(text, ws[i:last+1], folded[i:last+1], comma)
			if dotted == "" || !forgotten(dotted) {
				continue
			}
		}
		if comma == 0 || !splitsNames(text, ws, i, i+n, gone) {
			longest = n
		}
	}
	return longest
}

// withDots writes words as marks of forms with initials are made (name.marks), with a dot behind each initial that has one, for without it "a table"
// would be an Ana Table; "" where none has.
func withDots(text string, run []span, folded []string, comma int) string {
	if !slices.ContainsFunc(folded, isInitial) {
		return ""
	}
	dots, some := make([]bool, len(run)), false
	for k := len(run) - 1; k >= 0; k-- {
		dots[k] = isInitial(folded[k]) && (strings.HasPrefix(text[run[k].to:], ".") || k+1 < len(run) && dots[k+1])
		some = some || dots[k]
	}
	if !some {
		return ""
	}
	return form{words: folded, comma: comma}.written(" ", dots)
}

// written writes a form with its comma, and a dot behind the words that have one, each followed by blank.
func (f form) written(blank string, dots []bool) string {
	var b strings.Builder
	for k, w := range f.words {
		last := k+1 == len(f.words)
		b.WriteString(w)
		dot := dots[k]
		if dot {
			b.WriteByte('.')
		}
		switch {
		case last:
		case f.comma == k+1:
			b.WriteString(", ")
		case dot:
			b.WriteString(blank)
		default:
			b.WriteByte(' ')
		}
	}
	return b.String()
}
