// Package search finds documents by words in French and English, with the same answer on SQLite and PostgreSQL.
//
// # Words
//
// A *document* is what a feature wants found: a kind, an id, texts by language (name, summary, body), a stored score, facets. Its *words* are
// what the analyser (Analyse) makes of its texts. A word's *family* is the words that share a stem with it. A *group* is what one typed word
// stands for: itself, its family and what means the same; when nobody ever wrote it, the words that begin with it or lie a mistake or two away, with
// what means the same as they do. One that lies near none may be two words written as one, and two that are none may be one. The *mirror* is what this process keeps of
// the index in memory: names, the words of names and summaries, scores, facets. A group is *broad* when it has many documents.
//
// # How
//
// Put and Remove write one small row (search_pending) in the caller's own transaction; the text index is brought up to date in batches by Run,
// a fraction of a second later: index text inside the transaction divides writes by eight and more. The database answers which documents hold
// narrow groups (FTS5, tsvector); broad ones are bitmaps in memory, read from the database once. What matches is ranked in Go, so that both
// databases give the same hits in the same order: exact name, then names that begin so, then fields, rarity of the words and the stored score.
//
// # Promises
//
// A document is found within a second of the commit that put it, by every node. An exact name comes first. Text that is typed never reaches a
// database as syntax: only words of the vocabulary do. Ties are broken by name, then
// by Doc.Tie, then by id. Hits beyond the 10,000 best by stored score are counted, but not
// ranked. When no document holds all the words of a question, those that hold most of them are the answer, and it says so (Answer.Partial).
//
// Neighbours: package storage below; features put their documents in their own writes and ask Query; nothing here knows what a commons is.
// Measured: bench/search.
package search

// Doc is a document as a feature hands it in. Kind and ID together name it; a later Put replaces it.
type Doc struct {
	Kind   string              `json:"kind"`             // the feature's word: "commons"
	ID     string              `json:"id"`               // unique within its kind
	Owner  string              `json:"owner,omitempty"`  // the commons or organisation that it belongs to
	Texts  []Text              `json:"texts"`            // one for each language
	Tie    string              `json:"tie,omitempty"`    // what comes first among documents of one name and score; where it is unique, ids decide nothing
	Score  float64             `json:"score,omitempty"`  // 0…1: what comes first among equals; put again when it changes
	Public bool                `json:"public,omitempty"` // found by everyone; else only by those for whom Request.Reads says so
	Facets map[string][]string `json:"facets,omitempty"` // "licence": {"EUPL-1.2"}; several values allowed
}

// Text is what a document says in one language. Words of the name weigh most, then those of the summary, then the body's.
type Text struct {
	Lang    string `json:"lang,omitempty"` // "fr", "en", or "" when unknown
	Name    string `json:"name,omitempty"`
	Summary string `json:"summary,omitempty"`
	Body    string `json:"body,omitempty"` // beyond 20,000 bytes it is not read
}

// Request is a question.
type Request struct {
	Text   string              // as typed
	Lang   string              // the person's language: the one in which Hit.Name is given
	Typing bool                // the last word may be unfinished
	Kinds  []string            // none means all
	Where  map[string][]string // facets chosen: any value of each facet
	Count  bool                // give Answer.Facets
	Limit  int                 // hits, 20 when 0, at most 100
	After  string              // Answer.Next of the page before
	Reads  func(owner string) bool
	// Reads tells whether the person may find documents of owner that are not public; nil means none. It is asked once an owner, and may not ask
	// the index in its turn.
}

// Hit is a document that was found.
type Hit struct {
	Kind, ID, Owner string
	Name            string  // in the person's language if there is one
	NameLang        string  // the language of Name; "" when unknown
	Score           float64 // comparable within one answer only
}

// Answer is what was found.
type Answer struct {
	Hits      []Hit
	Next      string            // the After of the next page; "" when this is the last
	Total     int               // all that match, Where included
	Corrected map[string]string // what was typed → the word that was searched in its place
	Partial   bool              // no document holds all words: these hold most of them, at most maxPartial
	Missing   []string          // when Partial: the words typed that none of those found holds
	Facets    Counts            // of all that match; a facet's own choice is not applied to its own counts
	matches   []uint32          // the best maxRanked by stored score
	ids       func([]uint32) []string
}

// IDs returns the ids of all that matched, the best 10,000 by stored score when there are more, in no useful order.
func (a Answer) IDs() []string {
	if a.ids == nil {
		return nil
	}
	return a.ids(a.matches)
}

// Bounds. None of them is a choice that users see, but for maxRanked.
const (
	maxRanked  = 10_000 // matches that are ranked
	maxPartial = 100    // documents that are found when none holds all words
	maxGroups  = 12     // words of a question that count; question.held has a bit for each
	maxSmall   = 8      // words of a question that say little
	maxFamily  = 24     // words that one typed word stands for
	maxQuery   = 2_000  // bytes of a question that are read
	maxName    = 512    // runes of a name that are compared
	maxTie     = 256    // runes of a Doc.Tie
	nameKey    = 60     // bytes of a name that decide a tie
	nameWords  = 64     // words of the names that are kept in memory
	shortWords = 192    // words of names and summaries that are kept in memory
	maxBody    = 20_000 // bytes of a body that are read
	maxLimit   = 100
)
