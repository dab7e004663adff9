package catalogue

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"maps"
	"slices"
	"strings"

	"commun/internal/core/commons"
	"commun/internal/core/people"
	"commun/internal/platform/fault"
	"commun/internal/platform/search"
)

const (
	keySort   = "catalogue.sort_unknown"
	keyCursor = "catalogue.cursor_invalid"
	keyFacet  = "catalogue.facet_unknown"
)

// SearchKind is the kind under which commons stand in the search index.
const SearchKind = "commons"

// Query is a question to the list.
type Query struct {
	Text   string              // words to search for; may be mistyped
	Lang   string              // the reader's
	Facets map[string][]string // any of the values of each facet; FacetState is "active" unless it is given
	Sort   Sort                // "" is by relevance with Text and else by name
	After  string              // Page.Next of the page before
	Before string              // Page.Prev of the page after; Text by relevance has none
	Limit  int                 // items, 20 when 0, at most 100
}

// Page is one page of the list.
type Page struct {
	Items      []Item
	Total      int               // all that match
	Facets     search.Counts     // how many match with each value; the choice in a facet does not narrow the facet itself
	Corrected  map[string]string // word typed → word searched for
	Partial    bool              // none has all the words: these have most of them
	Missing    []string          // when Partial: the words that none of these has
	Next, Prev string            // cursors; "" when there is none
}

// maxPage is the most items of a page.
const maxPage = 100

// MaxSearchSort is how many matches of a search can be put in another order than that of relevance: the index ranks no more.
const MaxSearchSort = 10_000

// List answers from memory, with at most two questions to the search index. Everyone sees what is active, and may ask for what is archived;
// what waits for approval and what was merged is the administrator's to see.
func (s *Service) List(ctx context.Context, by people.Actor, q Query) (Page, error) {
	if err := s.prepare(by, &q); err != nil {
		return Page{}, err
	}
	select {
	case <-s.memory.ready:
	case <-ctx.Done():
		return Page{}, ctx.Err()
	}
	switch {
	case strings.TrimSpace(q.Text) == "":
		return s.browse(q, nil)
	case q.Sort == ByRelevance:
		return s.searched(ctx, by, q)
	}
	answer, err := s.Search.Query(ctx, request(by, q, 1, ""))
	if err != nil {
		return Page{}, err
	}
	ids := make(map[string]bool, answer.Total)
	for _, id := range answer.IDs() {
		ids[id] = true
	}
	p, err := s.browse(q, ids)
	p.Total, p.Facets, p.Corrected, p.Partial, p.Missing = answer.Total, answer.Facets, answer.Corrected, answer.Partial, answer.Missing
	hideState(by, p.Facets)
	return p, err
}

// prepare checks a query and puts defaults in their places.
func (s *Service) prepare(by people.Actor, q *Query) error {
	if q.Limit <= 0 {
		q.Limit = 20
	}
	q.Limit = min(q.Limit, maxPage)
	if q.Sort == "" {
		q.Sort = ByRelevance
	}
	if !slices.Contains(Sorts, q.Sort) {
		return fault.Invalid("sort", keySort).With("value", cutText(string(q.Sort), 40))
	}
	if q.Sort == ByRelevance && strings.TrimSpace(q.Text) == "" {
		q.Sort = ByName
	}
	facets := map[string][]string{}
	for f, values := range q.Facets {
		if !slices.Contains(Facets, f) && f != FacetState {
			return fault.Invalid(f, keyFacet).With("value", cutText(f, 40))
		}
		if len(values) > 50 {
			values = values[:50]
		}
		facets[f] = FacetValues(f, values)
	}
	allowed := []string{string(commons.Active), string(commons.Archived)}
	if by.IsAdmin() {
		allowed = append(allowed, string(commons.Proposed), string(commons.Merged))
	}
	states := slices.DeleteFunc(slices.Clone(facets[FacetState]), func(v string) bool { return !slices.Contains(allowed, v) })
	if len(states) == 0 {
		states = []string{string(commons.Active)}
	}
	facets[FacetState] = states
	q.Facets = facets
	return nil
}

// request turns a query into one to the index. Administrators find what is not public.
func request(by people.Actor, q Query, limit int, after string) search.Request {
	r := search.Request{Text: q.Text, Lang: q.Lang, Kinds: []string{SearchKind}, Where: q.Facets, Count: true, Limit: limit, After: after}
	if by.IsAdmin() {
		r.Reads = func(string) bool { return true }
	}
	return r
}

// searched is a page in the order of relevance: an exact name first.
func (s *Service) searched(ctx context.Context, by people.Actor, q Query) (Page, error) {
	answer, err := s.Search.Query(ctx, request(by, q, q.Limit, q.After))
	if err != nil {
		return Page{}, err
	}
	p := Page{Total: answer.Total, Facets: answer.Facets, Corrected: answer.Corrected, Partial: answer.Partial, Missing: answer.Missing, Next: answer.Next}
	hideState(by, p.Facets)
	s.memory.mu.RLock()
	defer s.memory.mu.RUnlock()
	for _, h := range answer.Hits {
		if e := s.memory.byID[h.ID]; e != nil { // the index may be a moment behind
			p.Items = append(p.Items, e.item(q.Lang))
		}
	}
	return p, nil
}

func hideState(by people.Actor, c search.Counts) {
	if !by.IsAdmin() {
		delete(c, FacetState)
	}
}

// cursor is the place of an item in an order: all that it is sorted by. It holds even when the item is gone.
type cursor struct {
	Sort Sort   `json:"s"`
	At   int64  `json:"t,omitempty"`
	Key  string `json:"k,omitempty"`
	Slug string `json:"g,omitempty"`
	ID   string `json:"i"`
}

func (e *entry) cursor(sort Sort) string {
	c := cursor{Sort: sort, Key: e.key, Slug: e.slug, ID: e.id}
	switch sort {
	case ByUpdated:
		c.At = e.updated
	case ByAdded:
		c.At = e.added
	}
	b, err := json.Marshal(c)
	if err != nil {
		return "" // texts and numbers always encode
	}
	return base64.RawURLEncoding.EncodeToString(b)
}

func readCursor(text string, sort Sort) (*entry, error) {
	b, err := base64.RawURLEncoding.DecodeString(text)
	var c cursor
	if err == nil {
		err = json.Unmarshal(b, &c)
	}
	if err != nil || c.Sort != sort {
		return nil, fault.Invalid("after", keyCursor)
	}
	return &entry{id: c.ID, slug: c.Slug, key: c.Key, updated: c.At, added: c.At}, nil
}

// browse is a page in an order that memory keeps. ids, when not nil, are those that a search found.
func (s *Service) browse(q Query, ids map[string]bool) (Page, error) {
	m := s.memory
	var p Page
	if ids == nil {
		counts, total := m.count(q.Facets)
		p.Facets, p.Total = cloneCounts(counts), total
		delete(p.Facets, FacetState)
	}
	m.mu.RLock()
	defer m.mu.RUnlock()
	order, filter := m.orders[q.Sort], ids == nil // a search has filtered already
	switch {
	case ids == nil && p.Total <= m.few():
		order, filter = m.sorted(m.columns.Filter(nil, q.Facets), q.Sort), false
	case ids != nil && len(ids) <= m.few():
		order, ids = m.sorted(slices.Collect(maps.Keys(ids)), q.Sort), nil
	}
	at, back := 0, q.Before != ""
	if text := q.After + q.Before; text != "" {
		c, err := readCursor(text, q.Sort)
		if err != nil {
			return Page{}, err
		}
		i, found := slices.BinarySearchFunc(order, c, q.Sort.compare)
		if at = i; found && !back {
			at++
		}
	}
	page, more := m.take(order, at, back, filter, q, ids)
	for _, e := range page {
		p.Items = append(p.Items, e.item(q.Lang))
	}
	if len(page) > 0 {
		if more || back {
			p.Next = page[len(page)-1].cursor(q.Sort)
		}
		if back && more || !back && q.After != "" {
			p.Prev = page[0].cursor(q.Sort)
		}
	}
	return p, nil
}

// few is how many matches are better gathered and sorted than looked for along an order of the whole list: there, they are far between.
func (m *memory) few() int { return 100 + len(m.byID)/128 }

// sorted returns the entries of ids, in an order. The caller holds the lock.
func (m *memory) sorted(ids []string, order Sort) []*entry {
	list := make([]*entry, 0, len(ids))
	for _, id := range ids {
		if e := m.byID[id]; e != nil { // the index may be a moment behind
			list = append(list, e)
		}
	}
	slices.SortFunc(list, order.compare)
	return list
}

// take walks an order from at, forwards or back, and returns up to q.Limit entries that match, and whether there is another beyond them. It
// looks at a few hundred at a time, then at more, so that a page of a broad choice costs little whatever the size of the list. ids, when not
// nil, are the only ones taken; filter says that the choice of facets is still to be looked at. The caller holds the lock.
func (m *memory) take(order []*entry, at int, back, filter bool, q Query, ids map[string]bool) (page []*entry, more bool) {
	chunk := 256
	batch, slots := make([]*entry, 0, chunk), make([]uint32, 0, chunk)
	for ; len(page) <= q.Limit; chunk = min(2*chunk, 4096) {
		batch, slots = batch[:0], slots[:0]
		for len(batch) < chunk {
			var e *entry
			if back {
				if at == 0 {
					break
				}
				at--
				e = order[at]
			} else {
				if at == len(order) {
					break
				}
				e = order[at]
				at++
			}
			if ids == nil || ids[e.id] {
				batch, slots = append(batch, e), append(slots, e.slot)
			}
		}
		if len(batch) == 0 {
			break
		}
		if !filter {
			page = append(page, batch...)
			continue
		}
		for _, i := range m.columns.Which(slots, q.Facets) {
			page = append(page, batch[i])
		}
	}
	if more = len(page) > q.Limit; more {
		page = page[:q.Limit]
	}
	if back {
		slices.Reverse(page)
	}
	return page, more
}

func cloneCounts(c search.Counts) search.Counts {
	out := make(search.Counts, len(c))
	for f, values := range c {
		out[f] = values
	}
	return out
}

// Suggest returns up to limit commons whose name begins, or nearly, as text does: for a field while someone types.
func (s *Service) Suggest(ctx context.Context, by people.Actor, text, lang string, limit int) ([]Item, error) {
	q := Query{Text: text, Lang: lang}
	if err := s.prepare(by, &q); err != nil {
		return nil, err
	}
	r := request(by, q, limit, "")
	r.Typing, r.Count = true, false
	hits, err := s.Search.Suggest(ctx, r)
	if err != nil {
		return nil, err
	}
	s.memory.mu.RLock()
	defer s.memory.mu.RUnlock()
	var items []Item
	for _, h := range hits {
		if e := s.memory.byID[h.ID]; e != nil {
			items = append(items, e.item(lang))
		}
	}
	return items, nil
}
