package search

import "commun/internal/platform/storage"

// Migrations returns the tables of the search index. All of them are upkeep (made from what features hold, proved by no one) and derived
// (left out of a backup: see Index.Refill).
//
// search_docs holds documents and their words, search_index the words by document, search_pending what waits. search_words is the vocabulary up to
// batch search_state.folded, and search_deltas what each batch since did to it: a word of a text costs one update in many batches, not one in
// each. search_state has one row that every batch locks first: so batches of several nodes follow each other, and seq numbers them. changed is the
// batch that last touched a row; a removed document keeps its bare row with gone = 1, by which other nodes learn of it.
func Migrations() storage.Migrations {
	const common = `
CREATE TABLE search_docs (
	num BIGINT NOT NULL PRIMARY KEY,
	kind TEXT COLLATE "C" NOT NULL,
	id TEXT COLLATE "C" NOT NULL,
	owner TEXT NOT NULL,
	public INTEGER NOT NULL,
	score BIGINT NOT NULL,
	names TEXT NOT NULL,
	name_words TEXT NOT NULL,
	summary_words TEXT NOT NULL,
	body_words TEXT NOT NULL,
	facets TEXT NOT NULL,
	gone INTEGER NOT NULL,
	changed BIGINT NOT NULL,
	UNIQUE (kind, id)
);
CREATE INDEX search_docs_changed ON search_docs (changed);
CREATE TABLE search_words (
	word TEXT COLLATE "C" NOT NULL PRIMARY KEY,
	form TEXT NOT NULL,
	langs INTEGER NOT NULL,
	df BIGINT NOT NULL
);
CREATE TABLE search_deltas (
	seq BIGINT NOT NULL PRIMARY KEY,
	at BIGINT NOT NULL,
	words TEXT NOT NULL
);
CREATE TABLE search_pending (
	kind TEXT COLLATE "C" NOT NULL,
	id TEXT COLLATE "C" NOT NULL,
	rev TEXT NOT NULL,
	doc TEXT NOT NULL,
	PRIMARY KEY (kind, id)
);
CREATE TABLE search_state (
	one INTEGER NOT NULL PRIMARY KEY,
	seq BIGINT NOT NULL,
	next BIGINT NOT NULL,
	epoch BIGINT NOT NULL,
	folded BIGINT NOT NULL,
	version BIGINT NOT NULL
);
INSERT INTO search_state (one, seq, next, epoch, folded, version) VALUES (1, 0, 1, 0, 0, 0);
`
	return storage.Migrations{
		Owner: "search",
		Steps: []storage.Step{{Name: "tables", SQL: storage.SQL{
			// The tokenizer does nothing: our words are ASCII letters and digits, or bytes that "ascii" takes as they are. No positions and no
			// copy of the text are kept. secure-delete takes a removed document's words off the pages, instead of noting that they don't count.
			SQLite: common + `
CREATE VIRTUAL TABLE search_index USING fts5(words, content='', detail=none, tokenize='ascii');
INSERT INTO search_index(search_index, rank) VALUES ('secure-delete', 1);
`,
			Postgres: common + `
CREATE TABLE search_index (num BIGINT NOT NULL PRIMARY KEY, words TSVECTOR NOT NULL);
CREATE INDEX search_index_words ON search_index USING GIN (words);
`,
		}}, {Name: "ties", SQL: storage.Both(`ALTER TABLE search_docs ADD COLUMN tie TEXT NOT NULL DEFAULT ''`)}},
		Upkeep:  []string{"search_docs", "search_words", "search_deltas", "search_pending", "search_state", "search_index"},
		Derived: []string{"search_docs", "search_words", "search_deltas", "search_pending", "search_state", "search_index"},
	}
}
