package people

import (
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"
)

const (
	// fewestWords and mostWords bound the names that are looked for in other orders, by their initials and in one word: a name of one word has no
	// other form, so that nobody who calls herself a word reaches more texts than the word does.
	fewestWords, mostWords = 2, 4
	// shortestJoined is how many letters a name written as one word must have to be looked for so.
	shortestJoined = 8
)

// form is one way in which a name is written: its words, folded.
type form struct {
	words []string
	// comma is the word before which a comma may stand, as between a surname and what comes behind it; 0 for none.
	comma int
	// other says that it is not the name as it was given: a single letter of it is an initial, and has its dot.
	other bool
}

// formsOf returns the name as it is, then, longest first: its last words first ("Vidal, Ana"), its first words as initials ("A. Vidal", "Vidal, A."),
// and all of it as one word ("anavidal").
func formsOf(words []string) []form {
	forms := []form{{words: words}}
	n := len(words)
	if n < fewestWords || n > mostWords {
		return forms
	}
	add := func(f form) {
		f.other = true
		if !slices.ContainsFunc(forms, func(x form) bool { return slices.Equal(x.words, f.words) }) {
			forms = append(forms, f)
		}
	}
	turned := func(words []string, k int) form {
		return form{words: slices.Concat(words[k:], words[:k]), comma: len(words) - k}
	}
	for k := n - 1; k > 0; k-- {
		add(turned(words, k))
	}
	letters := make([]string, n-1)
	for i, w := range words[:n-1] {
		r, _ := utf8.DecodeRuneInString(w)
		letters[i] = string(r)
	}
	for k := 1; k < n; k++ { // how many initials
		for m := k; m < n; m++ { // the first of the words behind them: J.-P. de Roy, J. de Roy, J. Roy
			short := slices.Concat(letters[:k], words[m:])
			if utf8.RuneCountInString(strings.Join(short, "")) < ShortestName {
				continue
			}
			add(form{words: short})
			add(turned(short, k))
		}
	}
	for _, k := range []int{0, n - 1} {
		if one := strings.Join(turned(words, k).words, ""); utf8.RuneCountInString(one) >= shortestJoined {
			add(form{words: []string{one}})
		}
	}
	slices.SortStableFunc(forms[1:], func(a, b form) int { return len(b.words) - len(a.words) })
	return forms
}

// folded is the form as foldName writes it.
func (f form) folded() string { return strings.Join(f.words, " ") }

// is says whether a text that is nothing but a name is this one, in any of its forms; folded is what foldName makes of it.
func (n *name) is(folded string) bool {
	return slices.ContainsFunc(n.forms, func(f form) bool { return f.folded() == folded })
}

// find returns where a name stands as a whole sequence of words, in any of its forms, percent-encoded too.
func (n *name) find(text string, ws []span) []span {
	found := n.findPlain(text, ws)
	if e, ok := percentDecoded(text); ok {
		found = e.add(found, n.findPlain(e.text, wordsOf(e.text)))
	}
	return found
}

func (n *name) findPlain(text string, ws []span) []span {
	var found []span
	for i := 0; i < len(ws); i++ {
		if b := text[ws[i].from]; b < utf8.RuneSelf && !n.starts[b|0x20] {
			continue // nearly every word
		}
		for _, f := range n.forms {
			if i+len(f.words) > len(ws) || !f.at(text, ws[i:]) {
				continue
			}
			m := span{ws[i].from, ws[i+len(f.words)-1].to}
			if f.comma > 0 && commaAt(text, ws[i:], f.comma) && n.betweenNames(text, ws, i, i+len(f.words), found) {
				continue
			}
			found = append(found, m)
			i += len(f.words) - 1
			break
		}
	}
	return found
}

// at says whether the form stands at the first of some words.
func (f form) at(text string, ws []span) bool {
	for k, want := range f.words {
		got := text[ws[k].from:ws[k].to]
		if got[0] < utf8.RuneSelf && want[0] < utf8.RuneSelf && got[0]|0x20 != want[0]|0x20 {
			return false // an accent is written behind its letter, or in one with it
		}
		if k > 0 {
			between := text[ws[k-1].to:ws[k].from]
			if k == f.comma {
				between = strings.Replace(between, ",", "", 1)
			}
			if !joins(between) {
				return false
			}
		}
		if !strings.EqualFold(got, want) && (isASCII(got) || foldWord(got) != want) {
			return false
		}
		if f.other && isInitial(want) && !strings.HasPrefix(text[ws[k].to:], ".") && (k+1 == len(f.words) || !isInitial(f.words[k+1])) {
			return false // "a table" is no Ana Table
		}
	}
	return true
}

func isInitial(word string) bool {
	return len(word) <= utf8.UTFMax && utf8.RuneCountInString(word) == 1
}

func commaAt(text string, ws []span, k int) bool {
	return strings.Contains(text[ws[k-1].to:ws[k].from], ",")
}

// betweenNames says whether the words from..to with a comma among them are the end of one name and the beginning of the next, as in "Bo Vidal, Ana
// Roy": a word with a capital stands right before them, and another right behind. A word that is in one of the found, or begins the name, is none.
func (n *name) betweenNames(text string, ws []span, from, to int, found []span) bool {
	if from == 0 || to == len(ws) {
		return false
	}
	before, after := ws[from-1], ws[to]
	if len(found) > 0 && found[len(found)-1].to >= before.to || n.forms[0].at2(text, ws[to:]) {
		return false
	}
	return blank(text[before.to:ws[from].from]) && blank(text[ws[to-1].to:after.from]) && capital(text[before.from:]) && capital(text[after.from:])
}

// at2 is at where fewer words may be left than the form has.
func (f form) at2(text string, ws []span) bool { return len(f.words) <= len(ws) && f.at(text, ws) }

func blank(s string) bool { return s != "" && strings.TrimSpace(s) == "" }

func capital(s string) bool {
	r, _ := utf8.DecodeRuneInString(s)
	return unicode.IsUpper(r)
}

// encoded is a text that holds percent-encoded bytes, decoded, and where each of its bytes comes from.
type encoded struct {
	text string
	from []int // one more than bytes
}

// percentDecoded decodes each %XX of a text once, as an address of the web holds what it is not to hold as it stands. ok is false without any.
func percentDecoded(text string) (e encoded, ok bool) {
	at := strings.IndexByte(text, '%')
	for at >= 0 && !isEncoded(text[at:]) {
		next := strings.IndexByte(text[at+1:], '%')
		if next < 0 {
			return encoded{}, false
		}
		at += 1 + next
	}
	if at < 0 {
		return encoded{}, false
	}
	b := make([]byte, 0, len(text))
	e.from = make([]int, 0, len(text)+1)
	for i := 0; i < len(text); {
		e.from = append(e.from, i)
		if isEncoded(text[i:]) {
			b = append(b, unhex(text[i+1])<<4|unhex(text[i+2]))
			i += 3
			continue
		}
		b = append(b, text[i])
		i++
	}
	e.text, e.from = string(b), append(e.from, len(text))
	return e, true
}

// add adds to what was found in the text itself what was found in the decoded one, without what is found already.
func (e encoded) add(found, decoded []span) []span {
	for _, s := range decoded {
		s = span{e.from[s.from], e.from[s.to]}
		if !slices.ContainsFunc(found, func(x span) bool { return s.from < x.to && x.from < s.to }) {
			found = append(found, s)
		}
	}
	return found
}

func isEncoded(s string) bool {
	return len(s) >= 3 && s[0] == '%' && unhex(s[1]) < 16 && unhex(s[2]) < 16
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
