package search

import (
	"cmp"
	"hash/maphash"
	"slices"
	"sort"
	"strings"
	"unicode"
	"unicode/utf8"
)

// vocab is the vocabulary of the index: each word with the number of documents that hold it, its family, and its place among the others.
// Whoever has it locks it. A word keeps its number for the life of the process; one that no document holds any more has df 0 and is unknown.
type vocab struct {
	num      map[string]uint32
	words    []string
	df       []int32
	langs    []uint8
	forms    map[uint32]string // accented form, when it differs from the word
	families families
	sorted   keys              // by text, for prefixes
	letters  map[int][]rune    // by script: the letters that mistakes are tried with
	concepts map[uint32]string // how a word that has synonyms is written; it has a number even while no document holds it
}

func newVocab() *vocab {
	v := &vocab{num: map[string]uint32{}, forms: map[uint32]string{}, families: families{seed: maphash.MakeSeed()}, letters: map[int][]rune{}, concepts: map[uint32]string{}}
	for r := 'a'; r <= 'z'; r++ {
		v.letters[scriptLatin] = append(v.letters[scriptLatin], r)
	}
	for word, written := range concepts() {
		v.concepts[v.add(word)] = written
	}
	return v
}

// learn adds the words of the index, and what was written since they were added up.
func (v *vocab) learn(words, deltas []delta) {
	for _, w := range words {
		v.set(w)
	}
	for _, d := range deltas {
		v.set(d)
	}
}

// set adds d to what is known of a word.
func (v *vocab) set(d delta) {
	n := v.add(d.word)
	v.df[n] = max(v.df[n]+int32(d.n), 0)
	form := d.form
	if form == "" || v.forms[n] != "" {
		form = v.forms[n]
	}
	langs := v.langs[n] | d.langs
	if v.langs[n] == langs && v.forms[n] == form {
		return
	}
	v.langs[n] = langs
	if form != "" {
		v.forms[n] = form
	}
	for _, stem := range stems(v.shown(n), d.word, langs) {
		v.families.add(stem, n)
	}
}

// add gives a word its number; df and family come with set.
func (v *vocab) add(word string) uint32 {
	if n, ok := v.num[word]; ok {
		return n
	}
	word = strings.Clone(word)
	n := uint32(len(v.words))
	v.num[word] = n
	v.words = append(v.words, word)
	v.df = append(v.df, 0)
	v.langs = append(v.langs, 0)
	v.sorted.add(word, n)
	if s := scriptOf(word); s > scriptLatin {
		for _, r := range word {
			if l := v.letters[s]; len(l) < maxLetters && unicode.IsLetter(r) && !slices.Contains(l, r) {
				v.letters[s] = append(l, r)
			}
		}
	}
	return n
}

// known returns the number of a word that some document holds.
func (v *vocab) known(word string) (uint32, bool) {
	n, ok := v.num[word]
	return n, ok && v.df[n] > 0
}

// stands tells whether some document holds a word, or a word that means the same.
func (v *vocab) stands(n uint32) bool {
	if v.df[n] > 0 || v.concepts[n] == "" {
		return v.df[n] > 0
	}
	return slices.ContainsFunc(synonyms(v.words[n]), func(s string) bool {
		_, ok := v.known(s)
		return ok
	})
}

// shown returns a word as people write it, with its accents.
func (v *vocab) shown(n uint32) string {
	if f := v.forms[n]; f != "" {
		return f
	}
	return v.words[n]
}

// member is a word of a group: how far it is from what was typed, 1 being the same.
type member struct {
	word    uint32
	quality float64
}

// What a word is worth that isn't the typed one.
const (
	inFamily  = 0.85
	begins    = 0.7
	corrected = 0.6
)

// group is what one typed word stands for.
type group struct {
	typed     string   // lower case, with its accents
	members   []member // the best first, at most maxFamily
	df        int      // documents that hold one of them, at most: some may hold two
	corrected []uint32 // candidates for the correction, the likeliest first
	far       bool     // they are two mistakes away
	pair      string   // the two words, of which this group is one, that the typed word was taken for
}

// group returns what a token stands for. A word that is unknown, family included, stands for those that begin with it or else for those that are a
// mistake or two away; last words that may be unfinished (typing) also for those that begin so.
func (v *vocab) group(t term, typing bool) group {
	g := group{typed: t.Form}
	if n, ok := v.known(t.Word); ok {
		g.members = append(g.members, member{n, 1})
	}
	if n, ok := v.known(t.whole); ok {
		g.put(n, 1)
	}
	g.family(v, t.Form, t.Word, inFamily)
	g.synonyms(v, t.Word, inFamily)
	length := utf8.RuneCountInString(t.Word)
	unknown := len(g.members) == 0
	if typing && length >= 2 || unknown && length >= 3 {
		g.prefix(v, t.Word, begins)
	}
	if unknown && (typing || len(g.members) == 0) && length >= minCorrected && !strings.ContainsAny(t.Word, "0123456789") && !meant(t.Word) {
		g.correct(v, t.Word, typing)
	}
	for _, m := range g.members {
		g.df += int(v.df[m.word])
	}
	return g
}

func (g *group) put(n uint32, quality float64) {
	if len(g.members) < maxFamily && !slices.ContainsFunc(g.members, func(m member) bool { return m.word == n }) {
		g.members = append(g.members, member{n, quality})
	}
}

// synonyms adds the words that mean the same as word.
func (g *group) synonyms(v *vocab, word string, quality float64) {
	for _, s := range synonyms(word) {
		if n, ok := v.known(s); ok {
			g.put(n, quality)
		}
	}
}

func (g *group) family(v *vocab, form, word string, quality float64) {
	var all []uint32
	for _, stem := range stems(form, word, inBoth) {
		v.families.each(stem, func(n uint32) {
			if v.df[n] > 0 && !slices.Contains(all, n) && !small(v.words[n]) {
				all = append(all, n)
			}
		})
	}
	v.commonest(all)
	for _, n := range all {
		g.put(n, quality)
	}
}

// commonest sorts words by the documents that hold them, then by text: the numbers differ from one process to the next.
func (v *vocab) commonest(words []uint32) {
	slices.SortFunc(words, func(a, b uint32) int {
		return cmp.Or(cmp.Compare(v.df[b], v.df[a]), cmp.Compare(v.words[a], v.words[b]))
	})
}

func (g *group) prefix(v *vocab, prefix string, quality float64) {
	var all []uint32
	v.sorted.prefix(prefix, func(_ string, n uint32) bool {
		if v.df[n] > 0 {
			all = append(all, n)
		}
		return true
	})
	v.commonest(all)
	all = all[:min(len(all), maxFamily-4)] // the rest is for corrections
	for _, n := range all {
		g.put(n, quality)
	}
	for _, n := range all {
		if len(v.words[n]) <= len(prefix)+maxUnfinished { // nearly written out: what means the same was meant too
			g.synonyms(v, v.words[n], quality*inFamily)
		}
	}
}

// Corrections. Shorter words have too many neighbours to tell which was meant.
const (
	minCorrected  = 4
	minOtherFirst = 8 // letters from which the first one may be the mistake
	minTwice      = 8 // letters from which there may be two mistakes
	minOfFamily   = 6 // letters from which the word that was meant may stand by another of its family only
	maxCandidates = 4
	maxLetters    = 80
	maxBegun      = 2_000
	maxUnfinished = 2 // letters that a word may lack and be meant whole
)

// correct adds the words one mistake away: a letter too many, too few, another, or two swapped; of a long word that has none, those two away. Words that
// begin otherwise are only taken when none begins as what was typed, and never small words: nobody who types "salle" means "all". These are the words that a deletion neighbourhood of
// the vocabulary gives; trying the mistakes on the one unknown word takes some 30 µs and keeps nothing in memory, where the neighbourhood's
// table is ten times the vocabulary.
func (g *group) correct(v *vocab, word string, typing bool) {
	var found []uint32
	quality := corrected
	first, _ := utf8.DecodeRuneInString(word)
	length := utf8.RuneCountInString(word)
	same := func(n uint32) bool { return strings.HasPrefix(v.words[n], string(first)) }
	may := func(n uint32) bool {
		return (length >= minOtherFirst || same(n)) && !small(v.words[n]) && v.stands(n)
	}
	edits(word, v.letters[scriptOf(word)], func(w []byte) {
		if n, ok := v.num[string(w)]; ok && may(n) && !slices.Contains(found, n) {
			found = append(found, n)
		}
	})
	if typing && len(found) == 0 {
		// The mistake may lie in an unfinished word.
		edits(word, v.letters[scriptOf(word)], func(w []byte) {
			v.sorted.prefix(string(w), func(_ string, n uint32) bool {
				if may(n) {
					found = append(found, n)
				}
				return len(found) < maxBegun
			})
		})
		slices.Sort(found)
		found = slices.Compact(found)
	}
	if slices.ContainsFunc(found, same) { // few err in the first letter
		found = slices.DeleteFunc(found, func(n uint32) bool { return !same(n) })
	}
	if len(found) == 0 && length >= minOfFamily {
		found = v.kinOf(word, may)
	}
	v.commonest(found)
	if len(found) == 0 && len(word) >= minTwice && latin(word) {
		found, quality, g.far = v.near(word), corrected*corrected, true
	}
	found = found[:min(len(found), maxCandidates)]
	for _, n := range found {
		if v.df[n] > 0 {
			g.put(n, quality)
		}
	}
	g.corrected = found
	for _, n := range found { // as if it had been typed: what means the same is found too
		g.synonyms(v, v.words[n], quality*inFamily)
		g.family(v, v.shown(n), v.words[n], quality*inFamily)
	}
}

// kinOf returns the words that may be taken and are of the family of a text one mistake away from word, whose first letter is right: "jadrin" where the
// documents only say "jardins". It stems some 400 texts, about a millisecond: only what has no neighbour itself comes here.
func (v *vocab) kinOf(word string, may func(uint32) bool) (found []uint32) {
	first, _ := utf8.DecodeRuneInString(word)
	tried := map[string]bool{}
	edits(word, v.letters[scriptOf(word)], func(w []byte) {
		if r, _ := utf8.DecodeRune(w); r != first {
			return
		}
		for _, stem := range stems(string(w), string(w), inBoth) {
			if tried[stem] {
				continue
			}
			tried[stem] = true
			v.families.each(stem, func(n uint32) {
				if may(n) && !slices.Contains(found, n) {
					found = append(found, n)
				}
			})
		}
	})
	return found
}

// meantOne tells whether a text that stands for one word, written with a hyphen or in two, is a word that stands, or lies one mistake from one; concept
// says that it has synonyms.
func (v *vocab) meantOne(word string) (found, concept bool) {
	if len(word) < minTwice || !latin(word) {
		return false, false
	}
	look := func(n uint32, ok bool) {
		if ok && v.stands(n) {
			found, concept = true, concept || v.concepts[n] != ""
		}
	}
	if n, ok := v.num[word]; ok && v.stands(n) {
		look(n, true)
		return found, concept
	}
	edits(word, v.letters[scriptLatin], func(w []byte) {
		if w[0] == word[0] {
			n, ok := v.num[string(w)]
			look(n, ok)
		}
	})
	return found, concept
}

// Words that were written as one.
const (
	minPart         = 4 // letters of each
	minMistakenPair = 9 // letters from which there may be a mistake in the pair
)

// split returns the two words that word, of which g is the group, was written together from: "opendata" where the documents say "open data". It is only
// looked for where no word lies one mistake away, and with a mistake in it where none lies two away. Of several pairs it is the one whose rarer
// word is the commonest.
func (v *vocab) split(g group, word string) (a, b uint32, ok bool) {
	if len(g.members) > 0 && !g.far || len(word) < 2*minPart || !latin(word) {
		return 0, 0, false
	}
	most := int32(0)
	try := func(w string) {
		for i := minPart; i <= len(w)-minPart; i++ {
			x, known := v.num[w[:i]]
			if !known || v.df[x] <= most || small(w[:i]) {
				continue
			}
			y, known := v.num[w[i:]]
			if !known || v.df[y] <= 0 || small(w[i:]) {
				continue
			}
			df := min(v.df[x], v.df[y])
			if df > most || df == most && ok && w < v.words[a]+v.words[b] { // ties by text: two processes give the same answer
				a, b, ok, most = x, y, true, df
			}
		}
	}
	try(word)
	if !ok && len(word) >= minMistakenPair && len(g.members) == 0 {
		edits(word, v.letters[scriptLatin], func(w []byte) {
			if w[0] == word[0] {
				try(string(w))
			}
		})
	}
	return a, b, ok
}

// meant tells whether a word that no document holds is one all the same: short French words that end in a doubled consonant and "e" (salle, halle,
// nappe, villes) are written so on purpose, and nearly each has a neighbour with one consonant that means something else (sale, hale, vile). No
// dictionary is needed to know that; in longer words ("nationnalle") the same ending is a common mistake.
func meant(word string) bool {
	word = strings.TrimSuffix(word, "s")
	n := len(word)
	return n >= minCorrected && n <= 5 && word[n-1] == 'e' && word[n-2] == word[n-3] && latin(word) && !strings.ContainsRune("aeiouy", rune(word[n-2]))
}

func compareBool(a, b bool) int {
	switch {
	case a == b:
		return 0
	case a:
		return 1
	}
	return -1
}

// edits calls try with each text one mistake away from word. The bytes are try's to read only.
func edits(word string, letters []rune, try func([]byte)) {
	buf := make([]byte, 0, len(word)+2*utf8.UTFMax)
	for i, r := range word {
		n := utf8.RuneLen(r)
		before, after := word[:i], word[i+n:]
		try(append(append(buf, before...), after...)) // a letter too many was typed
		if next, m := utf8.DecodeRuneInString(after); m > 0 && next != r {
			b := utf8.AppendRune(append(buf, before...), next)
			b = utf8.AppendRune(b, r)
			try(append(b, after[m:]...)) // two swapped
		}
		for _, l := range letters {
			if l != r {
				b := utf8.AppendRune(append(buf, before...), l)
				try(append(b, after...)) // another letter
			}
			b := utf8.AppendRune(append(buf, before...), l)
			try(append(b, word[i:]...)) // one was left out before i
		}
	}
	for _, l := range letters {
		try(utf8.AppendRune(append(buf, word...), l))
	}
}

// Scripts whose letters are few enough to try them all.
const (
	scriptOther = iota
	scriptLatin
	scriptGreek
	scriptCyrillic
	scriptHebrew
	scriptArabic
)

func scriptOf(word string) int {
	r, _ := utf8.DecodeRuneInString(word)
	switch {
	case r < utf8.RuneSelf || unicode.Is(unicode.Latin, r):
		return scriptLatin
	case unicode.Is(unicode.Greek, r):
		return scriptGreek
	case unicode.Is(unicode.Cyrillic, r):
		return scriptCyrillic
	case unicode.Is(unicode.Hebrew, r):
		return scriptHebrew
	case unicode.Is(unicode.Arabic, r):
		return scriptArabic
	}
	return scriptOther
}

// keys is a list of texts with numbers that is searched by prefix. What is new waits in a small unsorted list, so that adding costs little.
type keys struct {
	main  []key
	extra []key
}

type key struct {
	text string
	num  uint32
}

func (k *keys) add(text string, num uint32) {
	k.extra = append(k.extra, key{text, num})
	if len(k.extra) > max(256, len(k.main)/64) {
		k.merge()
	}
}

// merge moves what is new into the sorted list.
func (k *keys) merge() {
	less := func(a, b key) int { return cmp.Or(strings.Compare(a.text, b.text), cmp.Compare(a.num, b.num)) }
	slices.SortFunc(k.extra, less)
	all := make([]key, 0, len(k.main)+len(k.extra))
	for len(k.main) > 0 && len(k.extra) > 0 {
		if less(k.main[0], k.extra[0]) <= 0 {
			all, k.main = append(all, k.main[0]), k.main[1:]
		} else {
			all, k.extra = append(all, k.extra[0]), k.extra[1:]
		}
	}
	all = append(append(all, k.main...), k.extra...)
	k.main, k.extra = slices.Compact(all), nil
}

// prefix calls each for the texts that begin with p until it returns false: the sorted ones in order, then the new.
func (k *keys) prefix(p string, each func(string, uint32) bool) {
	i := sort.Search(len(k.main), func(i int) bool { return k.main[i].text >= p })
	for ; i < len(k.main) && strings.HasPrefix(k.main[i].text, p); i++ {
		if !each(k.main[i].text, k.main[i].num) {
			return
		}
	}
	for _, e := range k.extra {
		if strings.HasPrefix(e.text, p) && !each(e.text, e.num) {
			return
		}
	}
}
