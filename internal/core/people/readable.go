package people

import (
	"html"
	"slices"
	"strings"
	"unicode/utf8"
)

// encoded is a text that holds escapes, as it reads, and where each of its bytes comes from.
type encoded struct {
	text string
	from []int // one more than bytes
}

// deepest is how often a text may have been escaped: an address in a link in a page that quotes a page is three.
const deepest = 3

// readable returns a text as it reads, without the escapes by which addresses of the web (%40), pages (&#64; &eacute;) and files (\u0040) hold what is
// not to stand there by itself. ok is false for a text without any.
func readable(text string) (e encoded, ok bool) {
	if e, ok = unescaped(text); !ok {
		return e, false
	}
	for range deepest - 1 {
		more, ok := unescaped(e.text)
		if !ok {
			break
		}
		for i, at := range more.from {
			more.from[i] = e.from[at]
		}
		e = more
	}
	return e, true
}

// unescaped replaces each escape once.
func unescaped(text string) (e encoded, ok bool) {
	first := -1
	for i := 0; first < 0; i++ {
		n := strings.IndexAny(text[i:], `%&\`)
		if n < 0 {
			return e, false
		}
		if i += n; escapeLen(text[i:]) > 0 {
			first = i
		}
	}
	b := append(make([]byte, 0, len(text)), text[:first]...)
	e.from = make([]int, first, len(text)+1)
	for i := range e.from {
		e.from[i] = i
	}
	for i := first; i < len(text); {
		n := escapeLen(text[i:])
		if n == 0 {
			b, e.from = append(b, text[i]), append(e.from, i)
			i++
			continue
		}
		plain := unescape(text[i : i+n])
		b = append(b, plain...)
		e.from = append(e.from, slices.Repeat([]int{i}, len(plain))...)
		i += n
	}
	e.text, e.from = string(b), append(e.from, len(text))
	return e, true
}

// longestEntity is how long the name of a character is at most, in HTML, with its marks.
const longestEntity = 34

// escapeLen is the length of the escape at the beginning of a text, 0 for none.
func escapeLen(s string) int {
	switch s[0] {
	case '%':
		if hexRun(s[1:], 2) == 2 {
			return 3
		}
	case '\\':
		if len(s) > 1 {
			if n := map[byte]int{'x': 2, 'u': 4, 'U': 8}[s[1]]; n > 0 && hexRun(s[2:], n) == n {
				return 2 + n
			}
		}
	case '&':
		return entityLen(s)
	}
	return 0
}

// entityLen is escapeLen for the escapes of HTML. A number needs no semicolon; a name does, and must be one that is known.
func entityLen(s string) int {
	if len(s) > 2 && s[1] == '#' {
		n, from := 0, 2
		if s[2]|0x20 == 'x' {
			from = 3
			n = hexRun(s[from:], 7)
		} else {
			for n < 8 && from+n < len(s) && '0' <= s[from+n] && s[from+n] <= '9' {
				n++
			}
		}
		if n == 0 {
			return 0
		}
		if n += from; n < len(s) && s[n] == ';' {
			n++
		}
		return n
	}
	for i := 1; i < min(len(s), longestEntity); i++ {
		switch c := s[i]; {
		case c == ';':
			if i > 1 && html.UnescapeString(s[:i+1]) != s[:i+1] {
				return i + 1
			}
			return 0
		case c|0x20 < 'a' || c|0x20 > 'z':
			if c < '0' || c > '9' {
				return 0
			}
		}
	}
	return 0
}

// unescape is what one escape stands for.
func unescape(s string) string {
	switch s[0] {
	case '%':
		return string([]byte{unhex(s[1])<<4 | unhex(s[2])})
	case '\\':
		r := rune(0)
		for i := 2; i < len(s); i++ {
			r = min(r, utf8.MaxRune)<<4 | rune(unhex(s[i]))
		}
		return string(r) // what is no character becomes U+FFFD
	}
	return html.UnescapeString(strings.TrimSuffix(s, ";") + ";")
}

// add adds to what was found in the text itself what was found in the readable one, without what is found already.
func (e encoded) add(found, more []span) []span {
	for _, s := range more {
		s = span{e.from[s.from], e.from[s.to]}
		if !slices.ContainsFunc(found, func(x span) bool { return s.from < x.to && x.from < s.to }) {
			found = append(found, s)
		}
	}
	return found
}

// touched says whether a part of the readable text holds an escape, or lies beside one: what does not was found in the text itself.
func (e encoded) touched(s span) bool {
	from, to := max(s.from-1, 0), min(s.to+1, len(e.text))
	return e.from[to]-e.from[from] != to-from
}

// hexRun is how many hexadecimal digits a text begins with, at most limit.
func hexRun(s string, limit int) int {
	n := 0
	for n < limit && n < len(s) && unhex(s[n]) < 16 {
		n++
	}
	return n
}

// unhex is a hexadecimal digit's value; 16 for what is none.
func unhex(c byte) byte {
	switch {
	case '0' <= c && c <= '9':
		return c - '0'
	case 'a' <= c|0x20 && c|0x20 <= 'f':
		return c | 0x20 - 'a' + 10
	}
	return 16
}
