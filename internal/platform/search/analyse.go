package search

import (
	"strings"
	"unicode"
	"unicode/utf8"

	snowball "github.com/blevesearch/snowballstem"
	"github.com/blevesearch/snowballstem/english"
	"github.com/blevesearch/snowballstem/french"
	"golang.org/x/text/unicode/norm"
)

// Token is one word of a text, as the index keeps it.
type Token struct {
	Word  string   // folded: lower case, no accents, ligatures opened; what the index holds
	Form  string   // lower case with its accents: what the stemmers read
	Stems []string // "f:" + French stem, "e:" + English stem; words that share one are found by each other
	Stop  bool     // a word that says little (the, de, one letter): indexed in names only
	Parts int      // this is a compound ("OpenStreetMap", "logiciel-libre"); the next Parts tokens are its parts
}

// Analyse splits a text into the words that search knows. lang is "fr", "en" or another language's code; with "" (unknown) words get the
// stems of both languages. Elisions are taken off (l’, d’, qu’; "aujourd’hui" is one word), English 's too. Compounds by hyphen, dot,
// underscore or capitals give the whole and its parts; numbers are kept.
//
// What the stemmers don't join stays apart: "travaux" doesn't find "travail", nor "yeux" "œil".
func Analyse(text, lang string) []Token {
	var out []Token
	scan(text, func(t Token) bool {
		t.Stems = stems(t.Form, t.Word, langBits(lang))
		out = append(out, t)
		return true
	})
	return out
}

// The languages that a word was seen in.
const (
	inFrench = 1 << iota
	inEnglish
	inBoth = inFrench | inEnglish
)

func langBits(lang string) uint8 {
	switch {
	case lang == "fr" || strings.HasPrefix(lang, "fr-"):
		return inFrench
	case lang == "en" || strings.HasPrefix(lang, "en-"):
		return inEnglish
	}
	return inBoth
}

// stems returns the keys of a word's family. The French stemmer knows endings by their accents ("-ité", "-ée"), which people leave out
// when they type; so the accented form and the bare one both give a key.
func stems(form, word string, langs uint8) []string {
	if len(word) < 3 || !latin(word) {
		return nil
	}
	out := make([]string, 0, 3)
	if langs&inFrench != 0 {
		env := snowball.NewEnv(form)
		french.Stem(env)
		out = append(out, "f:"+foldWord(env.Current()))
		if form != word {
			env.SetCurrent(word)
			french.Stem(env)
			if s := "f:" + env.Current(); s != out[0] {
				out = append(out, s)
			}
		}
	}
	if langs&inEnglish != 0 {
		env := snowball.NewEnv(word)
		english.Stem(env)
		out = append(out, "e:"+env.Current())
	}
	return out
}

// latin tells whether a folded word is all plain letters: numbers and other scripts have no stem.
func latin(word string) bool {
	for i := range len(word) {
		if word[i] < 'a' || word[i] > 'z' {
			return false
		}
	}
	return true
}

// maxParts is the number of parts beyond which a compound has no whole: "a-b-c-d-e-f-g" is a path or a table, not a name.
const maxParts = 6

// scanner cuts a text into compounds, and compounds into parts.
type scanner struct {
	emit  func(Token) bool
	parts []string // of the compound at hand, as written
	more  bool     // emit wants more
	skip  int      // where reading goes on, after an ending left out
}

// scan calls emit for each token of text, in order, without stems, until emit returns false.
func scan(text string, emit func(Token) bool) {
	s := scanner{emit: emit, more: true}
	start := -1 // where the part at hand begins
	var prev rune
	for i, r := range text {
		if !s.more {
			return
		}
		if i < s.skip {
			continue
		}
		switch {
		case wordRune(r) && alone(r):
			s.close(text, &start, i)
			s.flush()
			s.one(text[i : i+utf8.RuneLen(r)])
		case wordRune(r):
			if start >= 0 && unicode.IsUpper(r) && hump(prev, text[i:]) {
				s.close(text, &start, i)
			}
			if start < 0 {
				start = i
			}
		case start >= 0 && apostrophe(r):
			s.apostrophe(text, &start, i, i+utf8.RuneLen(r))
		case start >= 0 && joiner(r) && follows(text[i+utf8.RuneLen(r):]):
			s.close(text, &start, i)
		default:
			s.close(text, &start, i)
			s.flush()
		}
		prev = r
	}
	s.close(text, &start, len(text))
	s.flush()
}

// hump tells whether a capital begins a new part: after a small letter (openStreet), or at the last capital of a run (XMLParser). The s
// of a plural (APIs) begins nothing.
func hump(prev rune, rest string) bool {
	if unicode.IsLower(prev) {
		return true
	}
	if !unicode.IsUpper(prev) {
		return false
	}
	_, n := utf8.DecodeRuneInString(rest)
	next, m := utf8.DecodeRuneInString(rest[n:])
	if !unicode.IsLower(next) {
		return false
	}
	return next != 's' || follows(rest[n+m:])
}

func apostrophe(r rune) bool { return r == '\'' || r == '’' || r == 'ʼ' || r == '‘' || r == '′' }

func joiner(r rune) bool { return r == '-' || r == '_' || r == '.' || r == '‐' || r == '‑' }

func follows(rest string) bool {
	r, _ := utf8.DecodeRuneInString(rest)
	return r != utf8.RuneError && wordRune(r) && !alone(r)
}

// close ends the part that began at *start.
func (s *scanner) close(text string, start *int, end int) {
	if *start >= 0 {
		s.parts = append(s.parts, text[*start:end])
		*start = -1
	}
}

// apostrophe decides between elision (l’eau: the article goes), ending (the city's: the s goes) and compound (aujourd’hui).
func (s *scanner) apostrophe(text string, start *int, at, after int) {
	before := foldWord(text[*start:at])
	switch {
	case !follows(text[after:]):
		s.close(text, start, at)
		s.flush()
	case elided(before):
		*start = -1
		s.flush()
	default:
		s.close(text, start, at)
		if n := run(text[after:]); ending(text[after : after+n]) {
			s.flush()
			s.skip = after + n
		}
	}
}

// run returns the length in bytes of the word that rest begins with.
func run(rest string) int {
	for i, r := range rest {
		if !wordRune(r) {
			return i
		}
	}
	return len(rest)
}

func elided(w string) bool {
	switch w {
	case "l", "d", "j", "m", "t", "s", "c", "n", "qu", "jusqu", "lorsqu", "puisqu", "quoiqu", "quelqu", "entr", "presqu":
		return true
	}
	return false
}

// ending tells whether a part is what English leaves behind an apostrophe.
func ending(w string) bool {
	switch w {
	case "s", "t", "re", "ve", "ll", "d", "m":
		return true
	}
	return false
}

// flush gives out the compound at hand.
func (s *scanner) flush() {
	parts := s.parts
	s.parts = s.parts[:0]
	switch {
	case len(parts) == 0:
		return
	case len(parts) == 1:
		s.one(parts[0])
		return
	case len(parts) > maxParts || allDigits(parts):
		for _, p := range parts {
			s.one(p)
		}
		return
	}
	whole := token(strings.Join(parts, ""))
	if whole.Word == "" {
		return
	}
	if parts[0] == "aujourd" || parts[0] == "Aujourd" {
		s.more = s.more && s.emit(whole)
		return
	}
	subs := make([]Token, 0, len(parts))
	for _, p := range parts {
		if t := token(p); t.Word != "" {
			subs = append(subs, t)
		}
	}
	whole.Parts = len(subs)
	s.more = s.more && s.emit(whole)
	for _, t := range subs {
		s.more = s.more && s.emit(t)
	}
}

func allDigits(parts []string) bool {
	for _, p := range parts {
		if strings.Trim(p, "0123456789") != "" {
			return false
		}
	}
	return true
}

func (s *scanner) one(raw string) {
	if t := token(raw); t.Word != "" {
		s.more = s.more && s.emit(t)
	}
}

func token(raw string) Token {
	word := foldWord(raw)
	form := word
	if len(word) != len(raw) || !isASCII(raw) {
		form = norm.NFC.String(cut(strings.ToLower(strings.ToValidUTF8(raw, "")), maxWord))
	}
	return Token{Word: word, Form: form, Stop: stop(form) || utf8.RuneCountInString(word) == 1 && !digit(word) && !aloneWord(word)}
}

func digit(w string) bool { return len(w) == 1 && w[0] >= '0' && w[0] <= '9' }

func aloneWord(w string) bool {
	r, _ := utf8.DecodeRuneInString(w)
	return alone(r)
}

func isASCII(s string) bool {
	for i := range len(s) {
		if s[i] >= utf8.RuneSelf {
			return false
		}
	}
	return true
}

// light tells whether a word adds little beside others, and is indexed all the same: alone it may be a name or mean something (or, est, all).
func light(word string) bool {
	switch word {
	case "or", "est", "tout", "tous", "toute", "toutes", "entre", "tres", "cela", "ca", "lui", "meme", "quel", "quelle", "quels", "quelles", "afin", "lors",
		"all", "any", "can", "do", "does", "how", "i", "my", "me", "he", "she", "his", "her", "when", "where", "there", "about", "also", "more",
		"no", "some", "such", "them", "over", "up", "out", "us":
		return true
	}
	return false
}

// small tells whether a folded word is of those that nobody means when he types another one.
func small(word string) bool { return len(word) < 2 || stop(word) || light(word) || abroad(word) }

// abroad tells whether a word holds sentences of our neighbours' languages together: their texts are common here, and a short word that was mistyped, or that
// nobody wrote yet, must not be taken for one of these.
func abroad(word string) bool {
	switch word {
	case "alla", "alle", "allo", "agli", "dalla", "dalle", "dallo", "della", "delle", "dello", "degli", "nella", "nelle", "nello", "negli", "sulla", "sulle", "sullo",
		"sono", "anche", "come", "tutti", "tutte", "tutto", "questo", "questa", "quello", "quella", "loro", "essere", "oltre", "dove", "ogni", "cosi",
		"oder", "nicht", "eine", "einer", "eines", "einem", "einen", "auch", "sich", "wird", "werden", "wurde", "durch", "sowie", "uber", "unter", "nach", "dass",
		"voor", "naar", "deze", "niet", "door", "para", "como", "pero", "desde", "todos", "este", "esta", "som", "inte", "eller", "till":
		return true
	}
	return false
}

// synonyms returns the words by which people call the same thing as a folded word does, where no stem joins them. Only what every reader takes for the same
// belongs here; everyday words for the ids of a catalogue come with its documents.
func synonyms(word string) []string {
	switch word {
	case "rdv":
		return []string{"rendezvous", "rendez"}
	case "rendezvous":
		return []string{"rendez", "rdv"}
	case "rendez":
		return []string{"rendezvous", "rdv"}
	case "visio":
		return []string{"visioconference", "videoconference", "videoconferencing"}
	case "visioconference":
		return []string{"visio", "videoconference", "videoconferencing"}
	case "videoconference", "videoconferencing":
		return []string{"visioconference", "visio"}
	}
	return nil
}

// concepts returns the words that have synonyms, and how people write them. A mistaken word may have been meant for one of them even when the documents
// only hold its synonyms: "rendevous", where all say "rdv" or "rendez vous".
func concepts() map[string]string {
	return map[string]string{"rendezvous": "rendez-vous", "rendez": "rendez", "visio": "visio", "visioconference": "visioconférence", "videoconference": "videoconference"}
}

// stop tells whether a word only holds sentences together. It reads the accented form: "thé" is a drink, "the" is not. Words that are
// also nouns a person may look for (son, car, or, été, est, point, may, will) are not on the list: leaving them in costs little.
func stop(form string) bool {
	switch form {
	// French articles, prepositions, pronouns, conjunctions, auxiliaries
	case "le", "la", "les", "un", "une", "des", "du", "de", "au", "aux", "à", "en", "et", "ou", "où", "ce", "cet", "cette", "ces",
		"que", "qui", "quoi", "dont", "dans", "par", "pour", "sur", "sous", "avec", "sans", "chez", "vers", "il", "elle", "ils", "elles",
		"je", "tu", "nous", "vous", "on", "se", "sa", "ses", "mon", "ma", "mes", "ton", "ta", "tes", "notre", "nos", "votre", "vos",
		"leur", "leurs", "ne", "ni", "si", "mais", "donc", "aussi", "ainsi", "comme", "plus", "sont", "être", "ont", "avoir", "y":
		return true
	// English ones
	case "a", "an", "the", "of", "to", "in", "at", "by", "for", "with", "from", "and", "that", "this", "these", "those",
		"it", "its", "is", "are", "was", "were", "be", "been", "has", "have", "had", "as", "but", "not", "if", "their", "they",
		"your", "you", "our", "we", "which", "who", "what", "into", "than", "then", "so":
		return true
	}
	return false
}
