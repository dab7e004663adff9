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
	// shortestJoined is how many letters a name written as one word must have to be looked for so: a shorter one is a word of others ("place" is
	// no Paul Lace).
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
// and all of it, or the initials with the family name, as one word, as people are called where they sign in ("anavidal", "emartelange").
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
	one := func(words []string) {
		if joined := strings.Join(words, ""); utf8.RuneCountInString(joined) >= shortestJoined {
			add(form{words: []string{joined}})
		}
	}
	for k := 1; k < n; k++ { // how many initials
		for m := k; m < n; m++ { // the first of the words behind them: J.-P. de Roy, J. de Roy, J. Roy
			short := slices.Concat(letters[:k], words[m:])
			if utf8.RuneCountInString(strings.Join(short, "")) < ShortestName {
				continue
			}
			add(form{words: short})
			add(turned(short, k))
			one(short)
			one(turned(short, k).words)
		}
	}
	for _, k := range []int{0, n - 1} {
		one(turned(words, k).words)
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

// find returns where a name stands as a whole sequence of words, in any of its forms, escaped too (readable).
func (n *name) find(text string, ws []span) []span {
	found := n.findPlain(text, ws)
	if e, ok := readable(text); ok {
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

// betweenNames says whether the words from..to with a comma among them are the end of one name and the beginning of the next. What begins the name
// itself ends none.
func (n *name) betweenNames(text string, ws []span, from, to int, found []span) bool {
	return !n.forms[0].at2(text, ws[to:]) && splitsNames(text, ws, from, to, found)
}

// splitsNames says whether the words from..to with a comma among them look like the end of one name and the beginning of the next, as in "Bo Vidal, Ana
// Roy": a word with a capital stands right before them, and another right behind. A word that is in one of the found is none.
func splitsNames(text string, ws []span, from, to int, found []span) bool {
	if from == 0 || to == len(ws) {
		return false
	}
	before, after := ws[from-1], ws[to]
	if slices.ContainsFunc(found, func(x span) bool { return before.in(x) }) {
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
