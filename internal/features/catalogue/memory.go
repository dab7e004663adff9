package catalogue

import (
	"cmp"
	"math"
	"slices"
	"strings"
	"sync"
	"unique"

	"commun/internal/core/commons"
	"commun/internal/platform/search"
)

// Item is what the list shows of a commons.
type Item struct {
	ID, Slug, Name string
	Summary        string // in the reader's language if there is one
	SummaryLang    string // its language; "und" when it is not known
	Kind, Licence  string
	Stage          string
	Users          int // how many organisations are said to use it
	State          commons.State
	AddedAt        int64 // UTC microseconds
	UpdatedAt      int64
}

// entry is a commons as the list keeps it in memory: some 300 bytes beside its texts.
type entry struct {
	id, slug, name string
	key            string // the name folded, to sort by
	summaries      []summary
	shared         unique.Handle[shared]
	slot           uint32 // in the columns
	users          uint16 // a field holds 200 parties
	added, updated int64
	revision       int64
}

// shared is what many commons have in common: each combination is in memory once.
type shared struct {
	kind, licence, stage string
	state                commons.State
}

type summary struct{ lang, text string }

// item returns what a reader of lang sees.
func (e *entry) item(lang string) Item {
	l := e.shared.Value()
	it := Item{ID: e.id, Slug: e.slug, Name: e.name, Kind: l.kind, Licence: l.licence, Stage: l.stage, Users: int(e.users), State: l.state, AddedAt: e.added, UpdatedAt: e.updated}
	rank := func(l string) int {
		if i := slices.Index([]string{lang, "en", "fr"}, l); i >= 0 {
			return i
		}
		return 3
	}
	best := 4
	for _, s := range e.summaries {
		if n := rank(s.lang); n < best {
			best, it.Summary, it.SummaryLang = n, s.text, s.lang
		}
	}
	return it
}

// Sort is the order of a list.
type Sort string

// The orders. Relevance is that of a search; without words to search for it is by name.
const (
	ByRelevance Sort = "relevance"
	ByName      Sort = "name"
	ByUpdated   Sort = "updated" // the latest change first
	ByAdded     Sort = "added"   // the newest first
)

// Sorts lists them, in the order in which a form offers them.
var Sorts = []Sort{ByRelevance, ByName, ByUpdated, ByAdded}

// compare orders entries as sort says, ties by name and slug, which two databases with the same commons have in common; ids they have not.
func (s Sort) compare(a, b *entry) int {
	switch s {
	case ByUpdated:
		if a.updated != b.updated {
			return cmp.Compare(b.updated, a.updated)
		}
	case ByAdded:
		if a.added != b.added {
			return cmp.Compare(b.added, a.added)
		}
	}
	if c := strings.Compare(a.key, b.key); c != 0 {
		return c
	}
	return cmp.Or(strings.Compare(a.slug, b.slug), strings.Compare(a.id, b.id))
}

// memory is the read model of the list: every commons in each order, and its facets. It follows the database; nothing is proved by it.
type memory struct {
	mu      sync.RWMutex
	byID    map[string]*entry
	orders  map[Sort][]*entry
	columns *search.Columns
	facets  map[string]facetCounts // what the facets count when little is chosen, until the next change
	ready   chan struct{}          // closed when everything was read once
	since   int64                  // when that reading began; set before ready is closed
}

type facetCounts struct {
	counts search.Counts
	total  int
}

func newMemory() *memory {
	return &memory{byID: map[string]*entry{}, orders: map[Sort][]*entry{ByName: nil, ByUpdated: nil, ByAdded: nil},
		columns: search.NewColumns(), facets: map[string]facetCounts{}, ready: make(chan struct{})}
}

// Facets lists the facets of the list, in the order in which a page shows them. FacetState is for administrators.
var Facets = []string{"kind", "licence", "language", "audience", "stage", "country", "category"}

// FacetState is the facet of a commons' state.
const FacetState = "state"

// stateUnread is the state, for the list alone, of an active commons of which nothing is known yet.
const stateUnread = "unread"

// facetsOf returns the values by which a commons is filtered.
func facetsOf(c *commons.Commons) map[string][]string {
	one := func(field string) []string {
		if v, ok := c.Best(field, ""); ok && v.Text() != "" {
			return []string{v.Text()}
		}
		return nil
	}
	many := func(field string) []string {
		v, _ := c.Best(field, "")
		return v.List()
	}
	state := string(c.State)
	if c.State == commons.Active && len(c.Values) == 0 {
		// an address that was never read, perhaps mistyped: it has its page and its job, and is in no list until something is known of it
		state = stateUnread
	}
	var licences []string
	if v, ok := c.Best("licence", ""); ok {
		licences = licenceFacet(v.Text())
	}
	return map[string][]string{"kind": one("kind"), "licence": licences, "stage": one("stage"), "language": many("languages"),
		"audience": many("audiences"), "country": many("countries"), "category": many("categories"), FacetState: {state}}
}

// maxSummaries is how many languages of a summary are kept: a commons described in twenty is shown in one at a time.
const maxSummaries = 4

// entryOf reduces a commons to what the list keeps.
func entryOf(c *commons.Commons) *entry {
	e := &entry{id: c.ID, slug: c.Slug, name: c.Name(), added: c.CreatedAt, updated: c.UpdatedAt, revision: c.Revision}
	if e.key = search.Fold(e.name); e.key == e.name {
		e.key = e.name // one string in memory rather than two
	}
	if e.slug == e.name {
		e.slug = e.name
	}
	if v, ok := c.Best("users", ""); ok {
		e.users = uint16(min(len(v.PartyList()), math.MaxUint16))
	}
	l := shared{state: c.State}
	for _, f := range []struct {
		name string
		to   *string
	}{{"kind", &l.kind}, {"licence", &l.licence}, {"stage", &l.stage}} {
		if v, ok := c.Best(f.name, ""); ok {
			*f.to = v.Text()
		}
	}
	e.shared = unique.Make(l)
	langs := c.Langs("summary", "en", "fr")
	langs = langs[:min(len(langs), maxSummaries)]
	e.summaries = make([]summary, 0, len(langs))
	for _, lang := range langs {
		if v, ok := c.Best("summary", lang); ok {
			e.summaries = append(e.summaries, summary{unique.Make(lang).Value(), v.Text()})
		}
	}
	return e
}

// set takes a commons in as it is now, unless a later revision was there first.
func (m *memory) set(c *commons.Commons) {
	e, facets := entryOf(c), facetsOf(c)
	m.mu.Lock()
	defer m.mu.Unlock()
	was := m.byID[e.id]
	if was != nil && was.revision > e.revision {
		return
	}
	for sort, list := range m.orders {
		if was != nil {
			if i, ok := slices.BinarySearchFunc(list, was, sort.compare); ok {
				list = slices.Delete(list, i, i+1)
			}
		}
		i, _ := slices.BinarySearchFunc(list, e, sort.compare)
		m.orders[sort] = slices.Insert(list, i, e)
	}
	m.byID[e.id] = e
	e.slot = m.columns.Set(e.id, facets)
	clear(m.facets)
}

// fill takes many in at once: they are sorted among themselves, and each order is merged with them.
func (m *memory) fill(list []commons.Commons) {
	entries := make([]*entry, len(list)) // made before the lock is held: whoever asks for a list meanwhile waits less
	facets := make([]map[string][]string, len(list))
	for i := range list {
		entries[i], facets[i] = entryOf(&list[i]), facetsOf(&list[i])
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	fresh := make([]*entry, 0, len(list))
	for i, e := range entries {
		if was := m.byID[e.id]; was != nil && was.revision >= e.revision {
			continue
		} else if was != nil {
			for sort, all := range m.orders {
				if i, ok := slices.BinarySearchFunc(all, was, sort.compare); ok {
					m.orders[sort] = slices.Delete(all, i, i+1)
				}
			}
		}
		m.byID[e.id] = e
		e.slot = m.columns.Set(e.id, facets[i])
		fresh = append(fresh, e)
	}
	for sort, all := range m.orders {
		slices.SortFunc(fresh, sort.compare)
		m.orders[sort] = merge(all, fresh, sort.compare)
	}
	clear(m.facets)
}

// merge puts the sorted b into the sorted a, from the end, so that a grows in its place.
func merge(a, b []*entry, compare func(a, b *entry) int) []*entry {
	i, j := len(a)-1, len(b)-1
	a = append(a, b...)
	for at := len(a) - 1; j >= 0; at-- {
		if i >= 0 && compare(a[i], b[j]) > 0 {
			a[at] = a[i]
			i--
		} else {
			a[at] = b[j]
			j--
		}
	}
	return a
}

// revision returns the revision of a commons in memory, 0 when it is not there.
func (m *memory) revision(id string) int64 {
	m.mu.RLock()
	defer m.mu.RUnlock()
	if e := m.byID[id]; e != nil {
		return e.revision
	}
	return 0
}

// maxFacets bounds how many answers of the facets are remembered, so that invented queries cost no memory.
const maxFacets = 64

// count returns the facets of all that want chooses. The answers for few choices are remembered until the next change.
func (m *memory) count(want map[string][]string) (search.Counts, int) {
	key := wantKey(want)
	m.mu.RLock()
	known, ok := m.facets[key]
	m.mu.RUnlock()
	if ok {
		return known.counts, known.total
	}
	counts, total := m.columns.Count(nil, want)
	m.mu.Lock()
	defer m.mu.Unlock()
	if len(m.facets) >= maxFacets {
		clear(m.facets)
	}
	m.facets[key] = facetCounts{counts, total}
	return counts, total
}

// wantKey is one text for one choice of facets.
func wantKey(want map[string][]string) string {
	var b strings.Builder
	for _, f := range append([]string{FacetState}, Facets...) {
		for _, v := range want[f] {
			b.WriteString(f + "\x00" + v + "\x00")
		}
	}
	return b.String()
}
