package people

import (
	"bytes"
	"encoding/json"
	"maps"
	"regexp"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"commun/internal/core/journal"
	"commun/internal/platform/search"
)

// Traces is what a person is known by, and how far it may be erased. An *eraser* shows it every text of its rows, and keeps what comes back.
//
// The address is proved: she signed in by it. It goes wherever it stands whole. A name is a free text, so that anybody may be called "Open":
// it goes where it is bound to her (beside the address; in what she wrote), and *waits* for an administrator where it stands alone in what
// others wrote. A name is found as a whole sequence of words, in any case and with any accents, as search folds them; a name
// of several words in other orders, by its initials and as one word too (formsOf).
type Traces struct {
	// Looking says that nothing is to be written: an eraser then shows its texts, and that is all.
	Looking bool

	person  string
	email   string // "" when a request is answered: the address went with the account
	names   []*name
	did     []journal.Recorded      // her entries, while the journal still says that they are hers
	alone   map[journal.Object]bool // nobody else has written it, and nobody else has a role on it
	erased  map[journal.Object]bool // what something goes from without asking anybody
	bound   map[journal.Object]map[string]bool
	further map[string]string // names that stand beside her address, by their folded form
}

// name is one name of hers.
type name struct {
	text    string
	words   []string // folded
	forms   []form   // the ways in which it is written; the first is words
	starts  [utf8.RuneSelf]bool
	granted func(journal.Object) bool
	waits   map[journal.Object]*Waiting
}

// Waiting is a thing in which a name stands that is not bound to the person.
type Waiting struct {
	Object journal.Object
	Count  int     // of the places
	Places []Place // the first of them
}

// Place is a name with the text around it.
type Place struct{ Field, Before, Name, After string }

// At says whose a text is.
type At struct {
	Object journal.Object // the thing that it belongs to
	Field  string         // of that thing; for who looks at what waits
	Hers   bool           // she wrote it
}

const (
	ellipsis = "…"
	// ShortestName is how many letters and digits a name must have to be searched for where no address stands beside it: a shorter one stands
	// in many texts that concern nobody.
	ShortestName = 4
	shownPlaces  = 3  // of one thing
	around       = 60 // bytes of text on each side of a place
)

func newTraces(person, email string, names ...string) *Traces {
	t := &Traces{person: person, email: email, erased: map[journal.Object]bool{}, bound: map[journal.Object]map[string]bool{}, further: map[string]string{}}
	for _, n := range names {
		t.call(n)
	}
	return t
}

// call adds a name of hers, and returns it; nil for one without letters.
func (t *Traces) call(text string) *name {
	folded := foldName(text)
	if folded == "" {
		return nil
	}
	for _, n := range t.names {
		if slices.ContainsFunc(n.forms, func(f form) bool {
			return f.folded() == folded && !(f.other && slices.ContainsFunc(f.words, isInitial))
		}) {
			return n // the same one, be it in another order
		}
	}
	n := &name{text: text, words: strings.Fields(folded), granted: func(journal.Object) bool { return false }, waits: map[journal.Object]*Waiting{}}
	n.forms = formsOf(n.words)
	if before, _, ok := strings.Cut(text, ","); ok && foldName(before) != "" {
		n.forms[0].comma = len(strings.Fields(foldName(before))) % len(n.words) // as she writes it herself
	}
	for _, f := range n.forms {
		if b := f.words[0][0]; b < utf8.RuneSelf {
			n.starts[b|0x20] = true
		}
	}
	t.names = append(t.names, n)
	return n
}

// Person is the id of whose traces these are.
func (t *Traces) Person() string { return t.person }

// IsAddress says whether a text is her address.
func (t *Traces) IsAddress(text string) bool {
	return t.email != "" && strings.EqualFold(strings.TrimSpace(text), t.email)
}

// Alone says whether nobody else has written a thing, and nobody else has a role on it.
func (t *Traces) Alone(o journal.Object) bool { return t.alone[o] }

// Did says whether an entry of that kind on a thing is hers.
func (t *Traces) Did(o journal.Object, kind string) bool {
	return slices.ContainsFunc(t.did, func(r journal.Recorded) bool { return r.Object == o && r.Kind == kind })
}

// Wrote says whether it was she who brought her name into a field's value: into one that others had filled she may only have brought a comma.
func (t *Traces) Wrote(o journal.Object, field, lang string, value json.RawMessage) bool {
	return t.brought(o, field, lang, value, len(t.did))
}

// brought looks among her first n entries for the change that made value, and from there back through her own changes of it.
func (t *Traces) brought(o journal.Object, field, lang string, value json.RawMessage, n int) bool {
	for i := n - 1; i >= 0; i-- {
		if t.did[i].Object != o {
			continue
		}
		for _, c := range t.did[i].Edit().Changes {
			if c.Field == field && c.Lang == lang && bytes.Equal(c.After, value) {
				return t.count(c.After) > t.count(c.Before) || t.brought(o, field, lang, c.Before, i)
			}
		}
	}
	return false
}

// count is how often her names stand in a value.
func (t *Traces) count(value json.RawMessage) int {
	n := 0
	eachText(value, func(s string) {
		ws := wordsOf(s)
		for _, x := range t.names {
			n += len(x.find(s, ws))
		}
	})
	return n
}

// Text returns a text without what may go from it, and notes what must wait.
func (t *Traces) Text(at At, text string) string {
	addresses := t.addresses(text)
	gone := slices.Clone(addresses)
	for _, a := range addresses {
		gone = append(gone, t.entry(text, a)...)
	}
	ws := wordsOf(text)
	for _, n := range t.names {
		for _, m := range n.find(text, ws) {
			switch {
			case slices.ContainsFunc(addresses, func(a span) bool { return beside(text, m, a) }),
				n.searched() && (at.Hers || n.granted(at.Object)):
				gone = append(gone, m)
			case n.searched() && !slices.ContainsFunc(gone, m.in):
				n.wait(at, text, m)
			}
		}
	}
	if len(gone) == 0 {
		return text
	}
	t.erased[at.Object] = true
	return without(text, gone)
}

// Called says whether a text is one of her names.
func (t *Traces) Called(text string) bool {
	if len(t.names) == 0 {
		return false
	}
	folded := foldName(text)
	return slices.ContainsFunc(t.names, func(n *name) bool { return n.is(folded) })
}

// Name returns "" for a text that is one of her names, and may go; beside says that her address belongs to it.
func (t *Traces) Name(at At, text string, beside bool) string {
	folded := foldName(text)
	for _, n := range t.names {
		if !n.is(folded) {
			continue
		}
		if beside || at.Hers || n.searched() && n.granted(at.Object) {
			t.erased[at.Object] = true
			return ""
		}
		if n.searched() {
			n.wait(at, text, span{0, len(text)})
		}
	}
	return text
}

// JSON does to each text of a value what Text does to one. A value of which nothing goes comes back as it is.
func (t *Traces) JSON(at At, value json.RawMessage) json.RawMessage {
	d := json.NewDecoder(bytes.NewReader(value))
	d.UseNumber()
	var v any
	if d.Decode(&v) != nil {
		return value // it is no JSON, so no text of anybody
	}
	changed := false
	clean, err := json.Marshal(mapTexts(v, func(s string) string {
		c := t.Text(at, s)
		changed = changed || c != s
		return c
	}))
	if !changed || err != nil {
		return value
	}
	return clean
}

// Bind has the names that a file of a thing gives beside her address (publiccode.yml does, for a contact) be hers in all that was read from it.
func (t *Traces) Bind(o journal.Object, file string) {
	for _, a := range t.addresses(file) {
		for _, s := range t.entry(file, a) {
			if t.bound[o] == nil {
				t.bound[o] = map[string]bool{}
			}
			t.bound[o][foldName(file[s.from:s.to])] = true
		}
	}
}

// Bound says whether a text is a name that Bind found.
func (t *Traces) Bound(o journal.Object, text string) bool {
	return len(t.bound[o]) > 0 && t.bound[o][foldName(text)]
}

// body says whether the body of an entry goes: it is proved by one hash, so it goes whole or not at all.
func (t *Traces) body(r journal.Recorded) bool {
	at := At{Object: r.Object, Field: "history"}
	edit := r.Edit()
	if len(t.bound[r.Object]) > 0 {
		bound := false
		for _, c := range edit.Changes {
			for _, value := range []json.RawMessage{c.Before, c.After, c.Over, c.Under} {
				eachText(value, func(s string) { bound = bound || t.Bound(r.Object, s) })
			}
		}
		if bound {
			t.erased[r.Object] = true
			return true
		}
	}
	if t.person != "" && r.Author == t.person {
		if len(edit.Changes) == 0 {
			at.Hers = true
		}
		at.Hers = at.Hers || t.count(quoted(edit.Note)) > 0
		i := slices.IndexFunc(t.did, func(x journal.Recorded) bool { return x.ID == r.ID })
		for _, c := range edit.Changes {
			at.Hers = at.Hers || t.count(c.After) > t.count(c.Before) || t.count(c.Before) > 0 && t.brought(r.Object, c.Field, c.Lang, c.Before, i)
		}
	}
	return !bytes.Equal(t.JSON(at, r.Body), r.Body)
}

func quoted(s string) json.RawMessage {
	b, err := json.Marshal(s)
	if err != nil {
		return nil // a string always encodes
	}
	return b
}

// waiting returns what a name stands in that is not hers, in one order.
func (n *name) waiting() []Waiting {
	list := make([]Waiting, 0, len(n.waits))
	for _, w := range n.waits {
		list = append(list, *w)
	}
	slices.SortFunc(list, func(a, b Waiting) int { return strings.Compare(a.Object.String(), b.Object.String()) })
	return list
}

func (n *name) wait(at At, text string, m span) {
	w := n.waits[at.Object]
	if w == nil {
		w = &Waiting{Object: at.Object}
		n.waits[at.Object] = w
	}
	w.Count++
	if len(w.Places) == shownPlaces {
		return
	}
	p := Place{Field: at.Field, Before: tail(text[:m.from]), Name: text[m.from:m.to], After: head(text[m.to:])}
	if !slices.ContainsFunc(w.Places, func(x Place) bool { return x.Before == p.Before && x.Name == p.Name && x.After == p.After }) {
		w.Places = append(w.Places, p) // the history says again what the thing says
	}
}

func (n *name) searched() bool {
	return utf8.RuneCountInString(strings.Join(n.words, "")) >= ShortestName
}

// joins says whether what stands between two words leaves them one name: blanks, hyphens, marks of an initial, emphasis, the plus of a query.
func joins(between string) bool {
	return between == "+" || strings.IndexFunc(between, func(r rune) bool { return !unicode.IsSpace(r) && !strings.ContainsRune("-‐‑_.'’*", r) }) < 0
}

// span is a part of a text, in bytes.
type span struct{ from, to int }

func (s span) in(other span) bool { return other.from <= s.from && s.to <= other.to }

// wordsOf returns the words of a text: runs of letters, digits and what belongs to them; an ideograph is a word by itself.
func wordsOf(text string) []span {
	list := make([]span, 0, len(text)/6)
	start := -1
	for i, r := range text {
		if r < utf8.RuneSelf { // nearly every one
			if part := 'a' <= r && r <= 'z' || 'A' <= r && r <= 'Z' || '0' <= r && r <= '9'; part && start < 0 {
				start = i
			} else if !part && start >= 0 {
				list, start = append(list, span{start, i}), -1
			}
			continue
		}
		alone := r >= 0x2E80 && unicode.In(r, unicode.Han, unicode.Hiragana)
		part := unicode.IsLetter(r) || unicode.IsDigit(r) || start >= 0 && unicode.In(r, unicode.M, unicode.Cf)
		if start >= 0 && (!part || alone) {
			list, start = append(list, span{start, i}), -1
		}
		switch {
		case alone:
			list = append(list, span{i, i + utf8.RuneLen(r)})
		case part && start < 0:
			start = i
		}
	}
	if start >= 0 {
		list = append(list, span{start, len(text)})
	}
	return list
}

// foldName writes a name as names are compared: its words, folded, with one space between.
func foldName(text string) string {
	var words []string
	for _, w := range wordsOf(text) {
		words = append(words, foldWord(text[w.from:w.to]))
	}
	return strings.Join(words, " ")
}

func foldWord(word string) string { return search.Fold(word) }

// addresses returns where her address stands whole: "ana@example.org" is not in "joana@example.org", nor in "ana@example.org.uk".
// It is found escaped too.
func (t *Traces) addresses(text string) []span {
	local, domain, ok := cutLast(t.email, "@")
	if !ok {
		return nil
	}
	found := addressesIn(text, local, domain)
	if e, ok := readable(text); ok {
		found = e.add(found, addressesIn(e.text, local, domain))
	}
	return found
}

func addressesIn(text, local, domain string) []span {
	if !strings.Contains(text, "@") {
		return nil
	}
	var found []span
	for i := 0; i < len(text); i++ {
		start, end := i-len(local), i+1+len(domain)
		if text[i] != '@' || start < 0 || end > len(text) || !strings.EqualFold(text[start:i], local) || !strings.EqualFold(text[i+1:end], domain) {
			continue
		}
		before, _ := utf8.DecodeLastRuneInString(strings.TrimRight(text[:start], "._%+'-"))
		after, _ := utf8.DecodeRuneInString(strings.TrimLeft(text[end:], ".-"))
		if !alphanumeric(before) && !alphanumeric(after) {
			found = append(found, span{start, end})
		}
	}
	return found
}

func cutLast(s, sep string) (before, after string, found bool) {
	if i := strings.LastIndex(s, sep); i > 0 {
		return s[:i], s[i+len(sep):], true
	}
	return "", "", false
}

func alphanumeric(r rune) bool {
	return r != utf8.RuneError && (unicode.IsLetter(r) || unicode.IsDigit(r))
}

// besideForm is what may stand between a name and its address: marks, and a word that announces an address.
var besideForm = regexp.MustCompile(`(?i)^[\s<>()\[\]{}"'’“”«»,;:=|*_–—-]*(?:(?:e-?mail|courriel|mailto|contact)[\s<("'\[:=-]*)*$`)

func beside(text string, m, address span) bool {
	between := ""
	switch {
	case m.to <= address.from:
		between = text[m.to:address.from]
	case address.to <= m.from:
		between = text[address.to:m.from]
	default:
		return true // "eve" in "eve.marker@example.org"
	}
	if e, ok := readable(between); ok || strings.Contains(between, "+") {
		if ok {
			between = e.text
		}
		between = strings.ReplaceAll(between, "+", " ") // as a query of an address of the web has it
	}
	return len(between) <= 80 && strings.Count(between, "\n") <= 1 && besideForm.MatchString(between)
}

// entryLine is a line of a record of a person in YAML: what comes before the value, the key, the value.
var entryLine = regexp.MustCompile(`^(\s*(?:- +)?)([A-Za-z_-]+) *: *(.*?)[ \t\r]*$`)

// entry returns the values beside an address that say who it is: the name and the telephone number of the same entry of a list.
func (t *Traces) entry(text string, address span) []span {
	type line struct {
		from, column int
		first        bool // of an item
		key          string
		value        span
	}
	var lines []line
	at := -1
	for from := 0; from <= len(text); {
		end := from + strings.IndexByte(text[from:]+"\n", '\n')
		l := line{from: from, column: -1}
		if m := entryLine.FindStringSubmatchIndex(text[from:end]); m != nil {
			l.column, l.first, l.key = m[3], strings.Contains(text[from:from+m[3]], "-"), strings.ToLower(text[from+m[4]:from+m[5]])
			l.value = span{from + m[6], from + m[7]}
		}
		if from <= address.from && address.from <= end {
			at = len(lines)
		}
		lines = append(lines, l)
		from = end + 1
	}
	if at < 0 || lines[at].key != "email" && lines[at].key != "e-mail" && lines[at].key != "mail" {
		return nil
	}
	column, from, to := lines[at].column, at, at+1
	for from > 0 && !lines[from].first && lines[from-1].column >= column {
		from--
	}
	for to < len(lines) && !lines[to].first && lines[to].column >= column {
		to++
	}
	var found []span
	for _, l := range lines[from:to] {
		s := trimmed(text, l.value)
		if l.column != column || s.from >= s.to || text[s.from:s.to] == ellipsis {
			continue
		}
		switch l.key {
		case "name":
			t.further[foldName(text[s.from:s.to])] = text[s.from:s.to]
			found = append(found, s)
		case "phone":
			found = append(found, s)
		}
	}
	return found
}

// trimmed is a value without its quotes.
func trimmed(text string, s span) span {
	for s.from < s.to && strings.ContainsRune(`"'`, rune(text[s.from])) {
		s.from++
	}
	for s.from < s.to && strings.ContainsRune(`"'`, rune(text[s.to-1])) {
		s.to--
	}
	return s
}

// without replaces parts of a text by an ellipsis each; those that meet are one.
func without(text string, gone []span) string {
	slices.SortFunc(gone, func(a, b span) int { return a.from - b.from })
	var b strings.Builder
	end := 0
	for _, s := range gone {
		if s.from >= end {
			b.WriteString(text[end:s.from] + ellipsis)
		}
		end = max(end, s.to)
	}
	return b.String() + text[end:]
}

func tail(s string) string {
	if len(s) > around {
		s = s[len(s)-around:]
		for !utf8.RuneStart(s[0]) {
			s = s[1:]
		}
		s = ellipsis + s
	}
	return oneLine(s)
}

func head(s string) string {
	if len(s) > around {
		n := around
		for !utf8.RuneStart(s[n]) {
			n--
		}
		s = s[:n] + ellipsis
	}
	return oneLine(s)
}

// oneLine makes every run of blanks one, those at the ends too.
func oneLine(s string) string {
	var b strings.Builder
	gap := false
	for _, r := range s {
		if unicode.IsSpace(r) {
			gap = true
			continue
		}
		if gap {
			b.WriteByte(' ')
		}
		gap = false
		b.WriteRune(r)
	}
	if gap {
		b.WriteByte(' ')
	}
	return b.String()
}

// eachText calls f for each text of a value.
func eachText(value json.RawMessage, f func(string)) {
	var v any
	if json.Unmarshal(value, &v) != nil {
		return
	}
	mapTexts(v, func(s string) string { f(s); return s })
}

// mapTexts returns a decoded value with each of its texts changed by f, in one order.
func mapTexts(v any, f func(string) string) any {
	switch v := v.(type) {
	case string:
		return f(v)
	case []any:
		for i := range v {
			v[i] = mapTexts(v[i], f)
		}
	case map[string]any:
		for _, k := range slices.Sorted(maps.Keys(v)) {
			v[k] = mapTexts(v[k], f)
		}
	}
	return v
}

func isASCII(s string) bool {
	return strings.IndexFunc(s, func(r rune) bool { return r >= utf8.RuneSelf }) < 0
}
