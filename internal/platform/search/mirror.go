package search

import (
	"cmp"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"sync"
	"unicode/utf8"
	"unique"
)

// mirror is what this process keeps of the index in memory, by document number. Everything in it is behind mu.
type mirror struct {
	mu     sync.RWMutex
	loaded bool  // the database was read
	seq    int64 // the last batch that is in here
	epoch  int64 // of the database's index when it was read: another one means it was emptied since
	vocab  *vocab

	live   int // documents
	ids    []string
	kinds  []uint8 // index into kindOf
	flags  []uint8
	scores []int32 // millionths
	owners []string
	ties   []string
	names  [][]name
	off    []uint32 // where the document's short words begin in arena: those of its names first
	nName  []uint16
	nShort []uint16 // names and summaries together
	arena  []uint32
	waste  int // words in arena that no document has any more
	kindOf []string
	kindNo map[string]uint8
	facets table

	order []uint32 // documents by stored score, the best first
	keys  keys     // folded names, from each of their words on
	broad broadCache
}

const (
	isLive uint8 = 1 << iota
	isPublic
)

// name is a document's name in one language.
type name struct {
	lang, text, folded string
}

// row is a document as search_docs holds it.
type row struct {
	num          uint32
	kind, id     string
	owner, tie   string
	public, gone bool
	score        int32
	names        []name
	nameWords    string
	summaryWords string
	bodyWords    string // "" while loading: it is only needed to keep broad groups up to date
	facets       map[string][]string
}

func newMirror() *mirror { return &mirror{vocab: newVocab(), kindNo: map[string]uint8{}} }

// encodeNames and decodeNames write names for the database: [[lang, text], …].
func encodeNames(names []name) string {
	list := make([][2]string, len(names))
	for i, n := range names {
		list[i] = [2]string{n.lang, n.text}
	}
	b, _ := json.Marshal(list) // strings only: can't fail
	return string(b)
}

func decodeNames(text string) ([]name, error) {
	var list [][2]string
	if err := json.Unmarshal([]byte(text), &list); err != nil {
		return nil, fmt.Errorf("read names: %w", err)
	}
	names := make([]name, len(list))
	for i, n := range list {
		lang := unique.Make(n[0]).Value() // there are few, and one string in memory is enough for each
		if i > 0 && n[1] == names[i-1].text {
			names[i] = name{lang, names[i-1].text, names[i-1].folded} // most are called the same in every language
			continue
		}
		names[i] = newName(lang, n[1])
	}
	return names, nil
}

func newName(lang, text string) name {
	folded := Fold(text)
	if folded == text {
		folded = text // one string in memory rather than two
	}
	return name{lang, text, folded}
}

// apply brings documents up to date. changed gets the numbers whose place among the others may be another now.
func (m *mirror) apply(rows []row) {
	changed := make(map[uint32]bool, len(rows))
	for i := range rows {
		m.applyOne(&rows[i], changed)
	}
	m.reorder(changed)
	if m.waste > 1<<16 && m.waste > len(m.arena)/2 {
		m.compact()
	}
}

func (m *mirror) applyOne(r *row, changed map[uint32]bool) {
	n := r.num
	m.grow(int(n) + 1)
	was := m.flags[n]&isLive != 0
	m.broad.clear(n)
	m.waste += int(m.nShort[n])
	changed[n] = true
	if r.gone {
		if was {
			m.live--
		}
		m.ids[n], m.owners[n], m.ties[n], m.names[n], m.flags[n] = "", "", "", nil, 0
		m.scores[n], m.nName[n], m.nShort[n] = 0, 0, 0
		m.facets.set(n, nil)
		return
	}
	if !was {
		m.live++
	}
	before := m.names[n]
	m.ids[n], m.owners[n], m.ties[n], m.scores[n] = r.id, r.owner, r.tie, r.score
	m.flags[n] = isLive
	if r.public {
		m.flags[n] |= isPublic
	}
	m.kinds[n] = m.kind(r.kind)
	m.names[n] = r.names
	m.facets.set(n, r.facets)
	for _, x := range r.names {
		if !slices.ContainsFunc(before, func(y name) bool { return x.folded == y.folded }) {
			m.addKeys(x.folded, n)
		}
	}
	m.off[n] = uint32(len(m.arena))
	m.addWords(r.nameWords, nameWords)
	m.nName[n] = uint16(len(m.arena) - int(m.off[n]))
	m.addWords(r.summaryWords, shortWords-int(m.nName[n]))
	m.nShort[n] = uint16(len(m.arena) - int(m.off[n]))
	if m.broad.len() > 0 {
		for _, words := range []string{r.nameWords, r.summaryWords, r.bodyWords} {
			for w := range strings.SplitSeq(words, " ") {
				if id, ok := m.vocab.num[w]; ok {
					m.broad.add(id, n)
				}
			}
		}
	}
}

func (m *mirror) grow(n int) {
	if n <= len(m.ids) {
		return
	}
	m.ids, m.kinds, m.flags, m.scores = extended(m.ids, n), extended(m.kinds, n), extended(m.flags, n), extended(m.scores, n)
	m.owners, m.ties, m.names, m.off = extended(m.owners, n), extended(m.ties, n), extended(m.names, n), extended(m.off, n)
	m.nName, m.nShort = extended(m.nName, n), extended(m.nShort, n)
}

// extended returns s with n elements, n being more than it has. It keeps a sixteenth in reserve: append's quarter of everything would be much.
func extended[T any](s []T, n int) []T {
	if n <= cap(s) {
		return s[:n]
	}
	t := make([]T, n, n+n/16+64)
	copy(t, s)
	return t
}

// settle gives back what a first reading left over.
func (m *mirror) settle() {
	m.keys.merge()
	m.vocab.sorted.merge()
	m.vocab.families.merge()
	m.arena = extended(slices.Clip(m.arena), len(m.arena)+1)[:len(m.arena)]
	m.order = slices.Clone(m.order)
}

func (m *mirror) kind(k string) uint8 {
	n, ok := m.kindNo[k]
	if !ok {
		n = uint8(len(m.kindOf))
		m.kindOf = append(m.kindOf, k)
		m.kindNo[k] = n
	}
	return n
}

func (m *mirror) addWords(words string, limit int) {
	for w := range strings.SplitSeq(words, " ") {
		if limit == 0 {
			return
		}
		if w != "" {
			m.arena = append(m.arena, m.vocab.add(w))
			limit--
		}
	}
}

// maxKeys is the number of words of a name from which it is found while typing.
const maxKeys = 8

func (m *mirror) addKeys(folded string, n uint32) {
	m.keys.add(folded, n)
	at := 0
	for range maxKeys - 1 {
		i := strings.IndexByte(folded[at:], ' ')
		if i < 0 {
			return
		}
		at += i + 1
		m.keys.add(folded[at:], n)
	}
}

// before tells whether a comes before b when nothing else decides: by stored score, then as untie says.
func (m *mirror) before(a, b uint32) int {
	if m.scores[a] != m.scores[b] {
		return cmp.Compare(m.scores[b], m.scores[a])
	}
	return m.untie(a, b)
}

// untie orders documents of one rank: by name, then by what their feature says, which two databases with the same documents have in common, and
// last by id, which they have not.
func (m *mirror) untie(a, b uint32) int {
	if c := strings.Compare(m.nameKey(a), m.nameKey(b)); c != 0 {
		return c
	}
	return cmp.Or(strings.Compare(m.ties[a], m.ties[b]), strings.Compare(m.ids[a], m.ids[b]), strings.Compare(m.kindOf[m.kinds[a]], m.kindOf[m.kinds[b]]))
}

// nameKey is what a document's name gives to a tie.
func (m *mirror) nameKey(n uint32) string {
	if len(m.names[n]) == 0 {
		return ""
	}
	folded := m.names[n][0].folded
	if len(folded) <= nameKey {
		return folded
	}
	at := nameKey
	for !utf8.RuneStart(folded[at]) {
		at--
	}
	return folded[:at]
}

// reorder moves the changed documents to their places.
func (m *mirror) reorder(changed map[uint32]bool) {
	moved := make([]uint32, 0, len(changed))
	for n := range changed {
		if m.flags[n]&isLive != 0 {
			moved = append(moved, n)
		}
	}
	slices.SortFunc(moved, m.before)
	out := make([]uint32, 0, len(m.order)+len(moved))
	for _, n := range m.order {
		if changed[n] {
			continue
		}
		for len(moved) > 0 && m.before(moved[0], n) < 0 {
			out, moved = append(out, moved[0]), moved[1:]
		}
		out = append(out, n)
	}
	m.order = append(out, moved...)
}

// compact writes arena anew, without the words of earlier versions.
func (m *mirror) compact() {
	fresh := make([]uint32, 0, len(m.arena)-m.waste)
	for n := range m.ids {
		if m.flags[n]&isLive != 0 {
			at := m.off[n]
			m.off[n] = uint32(len(fresh))
			fresh = append(fresh, m.arena[at:at+uint32(m.nShort[n])]...)
		}
	}
	m.arena, m.waste = fresh, 0
	// Keys of former names: prefix search looks at the name, so they are only in the way.
	m.keys = keys{}
	for n, names := range m.names {
		for _, x := range names {
			m.addKeys(x.folded, uint32(n))
		}
	}
	m.keys.merge()
}

// nameIn returns the name in lang, else the first.
func (m *mirror) nameIn(n uint32, lang string) name {
	names := m.names[n]
	for _, x := range names {
		if x.lang == lang {
			return x
		}
	}
	if len(names) == 0 {
		return name{}
	}
	return names[0]
}

func (m *mirror) hit(n uint32, lang string, score float64) Hit {
	x := m.nameIn(n, lang)
	return Hit{Kind: m.kindOf[m.kinds[n]], ID: m.ids[n], Owner: m.owners[n], Name: x.text, NameLang: x.lang, Score: score}
}

// sight tells which documents a request may see.
type sight struct {
	m     *mirror
	kinds [256]bool
	reads func(string) bool
	asked map[string]bool
}

func (m *mirror) sight(kinds []string, reads func(string) bool) *sight {
	s := &sight{m: m, reads: reads}
	if len(kinds) == 0 {
		for i := range s.kinds {
			s.kinds[i] = true
		}
	}
	for _, k := range kinds {
		if n, ok := m.kindNo[k]; ok {
			s.kinds[n] = true
		}
	}
	return s
}

func (s *sight) sees(n uint32) bool {
	if int(n) >= len(s.m.flags) {
		return false // a batch that isn't in here yet
	}
	f := s.m.flags[n]
	if f&isLive == 0 || !s.kinds[s.m.kinds[n]] {
		return false
	}
	if f&isPublic != 0 {
		return true
	}
	if s.reads == nil {
		return false
	}
	owner := s.m.owners[n]
	may, ok := s.asked[owner]
	if !ok {
		if s.asked == nil {
			s.asked = map[string]bool{}
		}
		may = s.reads(owner)
		s.asked[owner] = may
	}
	return may
}
