package search

import (
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"
)

// maxWord is the length, in runes, at which a word is cut: long enough for any real word, short enough that a line of base64 or a name of
// 10,000 letters is one small entry of the index. The cut is the same in documents and in queries, so what was cut is still found.
const maxWord = 48

// special holds the letters that Unicode doesn't decompose, though people type them as two letters or without their stroke.
func special(r rune) (string, bool) {
	switch r {
	case 'œ':
		return "oe", true
	case 'æ':
		return "ae", true
	case 'ß':
		return "ss", true
	case 'ø':
		return "o", true
	case 'ł':
		return "l", true
	case 'đ', 'ð':
		return "d", true
	case 'þ':
		return "th", true
	case 'ı':
		return "i", true
	case 'ħ':
		return "h", true
	case 'ς':
		return "σ", true
	}
	return "", false
}

// dropped tells whether a mark carries no letter of its own: Latin, Greek and Cyrillic accents, Hebrew and Arabic points. The vowel signs
// of Indic scripts are marks too, and stay.
func dropped(r rune) bool {
	switch {
	case r < 0x300:
		return false
	case r <= 0x36F, r >= 0x483 && r <= 0x489, r >= 0x591 && r <= 0x5C7, r >= 0x610 && r <= 0x61A, r >= 0x64B && r <= 0x65F, r == 0x670:
		return true
	case r == 0x640: // the Arabic stretching sign
		return true
	}
	return false
}

func wordRune(r rune) bool {
	if r < utf8.RuneSelf {
		return 'a' <= r && r <= 'z' || 'A' <= r && r <= 'Z' || '0' <= r && r <= '9'
	}
	return unicode.IsLetter(r) || unicode.IsDigit(r) || unicode.IsMark(r)
}

// alone tells whether a script writes its words without spaces, so that each sign is a token.
func alone(r rune) bool {
	return r >= 0x2E80 && unicode.In(r, unicode.Han, unicode.Hiragana, unicode.Katakana)
}

// Fold writes a text as search compares it: lower case, without accents, ligatures opened (œ is oe, ﬁ is fi), and every run of what is
// neither letter nor digit as one space. Two names that fold alike are the same name to a person who types. A text without any letter
// (an emoji) is only trimmed, so that it still has a name to be found by.
func Fold(text string) string {
	var b strings.Builder
	b.Grow(len(text))
	gap := false
	for _, r := range decomposed(text) {
		if !wordRune(r) {
			gap = gap || !dropped(r) && b.Len() > 0
			continue
		}
		if dropped(r) {
			continue
		}
		if gap {
			b.WriteByte(' ')
			gap = false
		}
		foldRune(&b, r)
	}
	if b.Len() == 0 {
		return strings.ToLower(strings.TrimSpace(clean(text)))
	}
	return b.String()
}

// foldWord is Fold for one word: nothing but letters, digits and the marks that count are left, at most maxWord runes.
func foldWord(raw string) string {
	if w, ok := foldASCII(raw); ok {
		return w
	}
	var b strings.Builder
	for _, r := range decomposed(raw) {
		if wordRune(r) && !dropped(r) {
			foldRune(&b, r)
		}
	}
	return cut(b.String(), maxWord)
}

func foldASCII(raw string) (string, bool) {
	upper := false
	for i := range len(raw) {
		c := raw[i]
		if c >= utf8.RuneSelf {
			return "", false
		}
		upper = upper || 'A' <= c && c <= 'Z'
	}
	if len(raw) > maxWord {
		raw = raw[:maxWord]
	}
	if upper {
		raw = strings.ToLower(raw)
	}
	return raw, true
}

func foldRune(b *strings.Builder, r rune) {
	r = unicode.ToLower(r)
	if s, ok := special(r); ok {
		b.WriteString(s)
		return
	}
	b.WriteRune(r)
}

func decomposed(s string) string {
	for i := range len(s) {
		if s[i] >= utf8.RuneSelf {
			return norm.NFKD.String(s)
		}
	}
	return s
}

// cut returns at most n runes of s.
func cut(s string, n int) string {
	if len(s) <= n {
		return s
	}
	for i := range s {
		if n == 0 {
			return s[:i]
		}
		n--
	}
	return s
}
