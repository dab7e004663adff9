package search

import (
	"cmp"
	"context"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	"commun/internal/platform/storage"
)

// question is a request made ready.
type question struct {
	req    Request
	folded string   // the whole text, to compare with names
	groups []group  // each must be held
	small  []group  // words that say little: they only count for the order
	asked  int      // terms that are asked for
	held   []uint16 // of a partial answer: by document number, the groups that it holds, a bit each; else nil
}

// candidates are the documents of narrow groups, as one text: a row for each number would cost more than finding them.
var candidates = storage.SQL{
	SQLite:   `SELECT COALESCE(group_concat(rowid), '') FROM search_index WHERE search_index MATCH $1`,
	Postgres: `SELECT COALESCE(string_agg(CAST(num AS TEXT), ','), '') FROM search_index WHERE words @@ CAST($1 AS TSQUERY)`,
}

// Query finds the documents that hold each word of r.Text, or a word of its family, or what it was meant to be; when there are none, those that hold
// most of the words, unless r.Typing. Of words that only hold a sentence together (the, de) none is asked for, unless there are no others: then names
// are searched for them. An empty text finds nothing (see Browse).
func (ix *Index) Query(ctx context.Context, r Request) (Answer, error) {
	if err := ix.ready(ctx); err != nil {
		return Answer{}, err
	}
	q := newQuestion(r)
	if q.folded == "" {
		return Answer{}, nil
	}
	a, err := ix.answer(ctx, q)
	if err == nil && a.Total == 0 && q.asked > 1 && !r.Typing {
		a, err = ix.partial(ctx, q, a)
	}
	if err != nil {
		return Answer{}, fmt.Errorf("search: %w", err)
	}
	return a, nil
}

func newQuestion(r Request) *question {
	if r.Limit <= 0 {
		r.Limit = 20
	}
	r.Limit = min(r.Limit, maxLimit)
	r.Text = cutBytes(r.Text, maxQuery)
	return &question{req: r, folded: Fold(cut(r.Text, maxName))}
}

// term is a word of the question. whole is the compound that it is a part of, if documents have it: who holds that holds the part.
type term struct {
	Token
	whole string
}

// terms returns the words of the question that are asked for, and those beside them that say too little to be. A compound is asked for by its parts, so that "open-data" finds "open data", "OpenData" and "opendata";
// one with a part that says nothing by itself (X-Road) as a whole, when documents have it.
func (q *question) terms(v *vocab) (out, rest []term) {
	var all []Token
	scan(q.req.Text, func(t Token) bool {
		all = append(all, t)
		return len(all) < 8*maxGroups
	})
	says := 0
	for _, t := range all {
		says = max(says, t.says())
	}
	add := func(t Token, whole string) {
		to, most := &out, maxGroups
		if t.says() < says {
			to, most = &rest, maxSmall
		}
		if len(*to) < most && !slices.ContainsFunc(*to, func(o term) bool { return o.Word == t.Word }) {
			*to = append(*to, term{t, whole})
		}
	}
	for i := 0; i < len(all); i++ {
		t := all[i]
		parts := all[i+1 : min(i+1+t.Parts, len(all))]
		_, known := v.known(t.Word)
		stops := slices.ContainsFunc(parts, func(p Token) bool { return p.Stop })
		switch {
		case t.Parts == 0:
			if i+1 < len(all) && all[i+1].Parts == 0 && !(q.req.Typing && i+2 == len(all)) {
				if one, ok := v.joined(t, all[i+1]); ok {
					add(one, "")
					i++
					continue
				}
			}
			add(t, "")
			continue
		case known && stops, len(parts) == 0:
			add(t, "")
		case !known && v.mistaken(&t, parts, stops):
			add(t, "")
		default:
			for _, p := range parts {
				add(p, t.Word)
			}
		}
		i += len(parts)
	}
	return out, rest
}

// joined returns the word that two were meant to be, when one of them is unknown as it stands and both together are a word, or nearly: "rendez vosu".
func (v *vocab) joined(a, b Token) (Token, bool) {
	stray := func(t Token) bool {
		_, ok := v.known(t.Word)
		return !ok && !t.Stop
	}
	if !stray(a) && !stray(b) {
		return Token{}, false
	}
	found, _ := v.meantOne(a.Word + b.Word)
	return Token{Word: a.Word + b.Word, Form: a.Form + " " + b.Form}, found
}

// mistaken tells whether a compound that no document holds was meant for one that is asked for as a whole, because a part of it says nothing by itself
// ("rendé-vous") or because it has synonyms ("rendez-vosu"). It is then called as it was typed.
func (v *vocab) mistaken(t *Token, parts []Token, stops bool) bool {
	found, concept := v.meantOne(t.Word)
	if !found || !stops && !concept {
		return false
	}
	forms := make([]string, len(parts))
	for i, p := range parts {
		forms[i] = p.Form
	}
	t.Form = strings.Join(forms, "-")
	return true
}

// says ranks words by how much they say: only those that say the most in a question must be held.
func (t Token) says() int {
	switch {
	case t.Stop:
		return 0
	case light(t.Word):
		return 1
	}
	return 2
}

// answer runs the question. Locks are held while memory is read, never while the database is asked.
func (ix *Index) answer(ctx context.Context, q *question) (Answer, error) {
	m := ix.m
	m.mu.RLock()
	terms, rest := q.terms(m.vocab)
	for _, t := range rest {
		if n, ok := m.vocab.known(t.Word); ok {
			q.small = append(q.small, group{typed: t.Form, members: []member{{n, 1}}, df: int(m.vocab.df[n])})
		}
	}
	q.asked = len(terms)
	for i, t := range terms {
		typing := q.req.Typing && i == len(terms)-1 && !endsWord(q.req.Text)
		g := m.vocab.group(t, typing)
		if a, b, ok := m.vocab.split(g, t.Word); ok && !typing && len(q.groups)+len(terms)-i < maxGroups {
			pair := m.vocab.shown(a) + " " + m.vocab.shown(b)
			for _, n := range []uint32{a, b} {
				g := m.vocab.group(term{Token: Token{Word: m.vocab.words[n], Form: m.vocab.shown(n)}}, false)
				g.typed, g.pair = t.Form, pair
				q.groups = append(q.groups, g)
			}
			continue
		}
		q.groups = append(q.groups, g)
	}
	empty := slices.ContainsFunc(q.groups, func(g group) bool { return len(g.members) == 0 })
	var ask, wide []group
	for _, g := range q.groups {
		if g.df < broadFrom {
			ask = append(ask, g)
		} else {
			wide = append(wide, g)
		}
	}
	sets := make([]*docSet, 0, len(wide))
	var missing []group
	for _, g := range wide {
		key, _ := broadKey(g)
		if s := m.broad.get(key); s != nil {
			sets = append(sets, s)
		} else {
			missing = append(missing, g)
		}
	}
	var match string
	if len(ask) > 0 {
		// What isn't in memory is left to the database, which has few documents to look at.
		ask = append(ask, missing...)
		missing = nil
		match = ix.matchText(ask)
	}
	m.mu.RUnlock()

	if empty {
		return Answer{}, nil
	}
	for _, g := range missing {
		s, err := ix.readBroad(ctx, g)
		if err != nil {
			return Answer{}, err
		}
		sets = append(sets, s)
	}
	var nums []uint32
	if len(ask) > 0 {
		var text string
		if err := ix.db.QueryRow(ctx, ix.db.Pick(candidates), match).Scan(&text); err != nil {
			return Answer{}, err
		}
		nums = numbers(text)
	}

	m.mu.RLock()
	defer m.mu.RUnlock()
	see := m.sight(q.req.Kinds, q.req.Reads)
	t := m.facets.tally(q.req.Where, q.req.Count)
	most := len(nums)
	if len(ask) == 0 && len(q.groups) > 0 {
		most = m.live
		for _, g := range q.groups {
			most = min(most, g.df)
		}
	}
	matches := make([]uint32, 0, most)
	take := func(n uint32) {
		if see.sees(n) && t.add(n) {
			matches = append(matches, n)
		}
	}
	switch {
	case len(q.groups) == 0: // no letter in it (an emoji): only a name can be meant
		for _, n := range m.named(q.folded) {
			take(n)
		}
	case len(ask) > 0:
		for _, n := range nums {
			if !slices.ContainsFunc(sets, func(s *docSet) bool { return !s.has(n) }) {
				take(n)
			}
		}
	default:
		all(sets, take)
	}
	a := Answer{Total: t.total, ids: m.idsOf}
	if q.req.Count {
		a.Facets = t.counts()
	}
	a.matches = m.best(matches, maxRanked)
	ix.rank(q, &a)
	return a, nil
}

// endsWord tells whether the text ends in something else than a letter: then its last word is whole.
func endsWord(text string) bool {
	return text != strings.TrimRightFunc(text, func(r rune) bool { return !wordRune(r) })
}

// matchText writes groups as the database asks: each must hold, by one of its words. Words of the vocabulary are letters and digits, so that
// quotes around them are all the syntax there is.
func (ix *Index) matchText(groups []group) string {
	or, and, quote := " OR ", " AND ", `"`
	if ix.db.Dialect() == storage.Postgres {
		or, and, quote = " | ", " & ", "'"
	}
	var b strings.Builder
	for i, g := range groups {
		if i > 0 {
			b.WriteString(and)
		}
		b.WriteByte('(')
		for j, x := range g.members {
			if j > 0 {
				b.WriteString(or)
			}
			b.WriteString(quote)
			b.WriteString(ix.m.vocab.words[x.word])
			b.WriteString(quote)
		}
		b.WriteByte(')')
	}
	return b.String()
}

func numbers(text string) []uint32 {
	if text == "" {
		return nil
	}
	out := make([]uint32, 0, strings.Count(text, ",")+1)
	var n uint32
	for i := range len(text) {
		if c := text[i]; c == ',' {
			out = append(out, n)
			n = 0
		} else {
			n = n*10 + uint32(c-'0')
		}
	}
	return append(out, n)
}

// readBroad reads the documents of a broad group into memory, and returns them.
func (ix *Index) readBroad(ctx context.Context, g group) (*docSet, error) {
	m := ix.m
	m.broad.build.Lock()
	defer m.broad.build.Unlock()
	key, words := broadKey(g)
	m.mu.Lock()
	if s := m.broad.get(key); s != nil {
		m.mu.Unlock()
		return s, nil
	}
	s := m.broad.begin(key, words)
	match, epoch := ix.matchText([]group{g}), m.epoch
	m.mu.Unlock()
	var text string
	err := ix.db.QueryRow(ctx, ix.db.Pick(candidates), match).Scan(&text)
	m.mu.Lock()
	defer m.mu.Unlock()
	if err != nil || m.epoch != epoch {
		if m.broad.sets[key] == s {
			m.broad.drop(key)
		}
		return s, err
	}
	m.broad.finish(s, numbers(text), len(m.ids))
	return s, nil
}

// named returns the documents of exactly this name, folded.
func (m *mirror) named(folded string) []uint32 {
	var out []uint32
	m.keys.prefix(folded, func(text string, n uint32) bool {
		if len(text) > len(folded) {
			return len(out) < maxRanked // a longer name; new ones come in no order
		}
		if slices.ContainsFunc(m.names[n], func(x name) bool { return x.folded == folded }) && !slices.Contains(out, n) {
			out = append(out, n)
		}
		return true
	})
	return out
}

// numSet is a set of documents by number.
type numSet []uint64

func (m *mirror) numSet() numSet { return make(numSet, len(m.ids)/64+1) }

func (s numSet) add(n uint32)      { s[n/64] |= 1 << (n % 64) }
func (s numSet) has(n uint32) bool { return s[n/64]&(1<<(n%64)) != 0 }

// best returns the n documents of the highest stored score: all of them when there are no more. They come by number, which is how they lie in memory.
func (m *mirror) best(matches []uint32, n int) []uint32 {
	if len(matches) <= n {
		return matches
	}
	in, out := m.numSet(), m.numSet()
	for _, d := range matches {
		in.add(d)
	}
	for _, d := range m.order {
		if in.has(d) {
			out.add(d)
			if n--; n == 0 {
				break
			}
		}
	}
	return slices.DeleteFunc(matches, func(d uint32) bool { return !out.has(d) })
}

// idsOf returns the ids of documents. Some may be gone since they were found.
func (m *mirror) idsOf(nums []uint32) []string {
	m.mu.RLock()
	defer m.mu.RUnlock()
	out := make([]string, 0, len(nums))
	for _, n := range nums {
		if int(n) < len(m.ids) && m.ids[n] != "" {
			out = append(out, m.ids[n])
		}
	}
	return out
}

// Browse is Query without words: all documents that r lets through, by stored score, then by name. Text is not looked at.
func (ix *Index) Browse(ctx context.Context, r Request) (Answer, error) {
	if err := ix.ready(ctx); err != nil {
		return Answer{}, err
	}
	q := newQuestion(r)
	m := ix.m
	m.mu.RLock()
	defer m.mu.RUnlock()
	see := m.sight(r.Kinds, r.Reads)
	t := m.facets.tally(r.Where, r.Count)
	a := Answer{ids: m.idsOf}
	// First by number, as the columns lie in memory; the order only matters until the page is full.
	in := m.numSet()
	for n := range uint32(len(m.ids)) {
		if see.sees(n) && t.add(n) {
			in.add(n)
		}
	}
	after, paged := parseCursor(r.After)
	var last cursor
	for _, n := range m.order {
		if !in.has(n) {
			continue
		}
		if len(a.matches) < maxRanked {
			a.matches = append(a.matches, n)
		}
		if full := len(a.Hits) == q.req.Limit; full && a.Next != "" {
			if len(a.matches) == maxRanked {
				break
			}
			continue
		} else if paged && !after.precedes(m.cursor(n, 0, float64(m.scores[n]))) {
			continue
		} else if full {
			a.Next = last.String()
			continue
		}
		last = m.cursor(n, 0, float64(m.scores[n]))
		a.Hits = append(a.Hits, m.hit(n, r.Lang, float64(m.scores[n])/million))
	}
	a.Total = t.total
	if r.Count {
		a.Facets = t.counts()
	}
	return a, nil
}

// cursor is a place in a ranked list.
type cursor struct {
	tier          int
	score         float64
	name, tie, id string
	kind          string
}

func (m *mirror) cursor(n uint32, tier int, score float64) cursor {
	return cursor{tier, score, m.nameKey(n), m.ties[n], m.ids[n], m.kindOf[m.kinds[n]]}
}

// precedes tells whether c comes before d, in the order of mirror.untie among equals.
func (c cursor) precedes(d cursor) bool {
	switch {
	case c.tier != d.tier:
		return c.tier > d.tier
	case c.score != d.score:
		return c.score > d.score
	}
	return cmp.Or(strings.Compare(c.name, d.name), strings.Compare(c.tie, d.tie), strings.Compare(c.id, d.id), strings.Compare(c.kind, d.kind)) < 0
}

func (c cursor) String() string {
	b, _ := json.Marshal([]any{c.tier, c.score, c.name, c.tie, c.id, c.kind}) // texts and numbers only: can't fail
	return base64.RawURLEncoding.EncodeToString(b)
}

// parseCursor reads what String wrote. What it didn't write is no cursor: the list then begins at its beginning.
func parseCursor(s string) (cursor, bool) {
	var c cursor
	b, err := base64.RawURLEncoding.DecodeString(s)
	if err != nil || len(b) == 0 {
		return c, false
	}
	to := []any{&c.tier, &c.score, &c.name, &c.tie, &c.id, &c.kind}
	if json.Unmarshal(b, &to) != nil || len(to) != 6 {
		return cursor{}, false
	}
	return c, true
}
