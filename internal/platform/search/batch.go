package search

import (
	"context"
	"encoding/json"
	"fmt"
	"math"
	"slices"
	"strings"

	"commun/internal/platform/storage"
)

// A batch is one upkeep transaction that moves documents from search_pending into the index. Texts are analysed before it, so that the writer
// is held for statements only; each statement takes the whole batch as one JSON list.

// listed puts the list of rows that $1 carries in place of LIST: a table e with one column, value, a JSON array.
func listed(text string) storage.SQL {
	return storage.SQL{
		SQLite:   strings.ReplaceAll(text, "LIST", "json_each($1) AS e"),
		Postgres: strings.ReplaceAll(text, "LIST", "json_array_elements(CAST($1 AS JSON)) AS e(value)"),
	}
}

// The statements of a batch, in their order.
const (
	readPending = `SELECT kind, id, rev, doc FROM search_pending ORDER BY kind, id LIMIT $1`
	// Locks the one row, so that batches of several nodes follow each other; their numbers then say which was last.
	nextBatch = `UPDATE search_state SET seq = seq + 1 WHERE one = 1 RETURNING seq, next`
	saveNext  = `UPDATE search_state SET next = $1 WHERE one = 1`
)

// Only what is still as it was read: a document put again meanwhile waits for the next batch.
var claim = listed(`DELETE FROM search_pending WHERE (kind, id, rev) IN (SELECT e.value->>0, e.value->>1, e.value->>2 FROM LIST) RETURNING kind, id`)

var former = listed(`SELECT d.kind, d.id, d.num, d.gone, d.changed, d.name_words, d.summary_words, d.body_words FROM LIST
		JOIN search_docs d ON d.kind = e.value->>0 AND d.id = e.value->>1`)

var saveDocs = listed(`INSERT INTO search_docs (num, kind, id, owner, public, score, names, name_words, summary_words, body_words, facets, gone, tie, changed)
		SELECT CAST(e.value->>0 AS BIGINT), e.value->>1, e.value->>2, e.value->>3, CAST(e.value->>4 AS INTEGER), CAST(e.value->>5 AS BIGINT),
			e.value->>6, e.value->>7, e.value->>8, e.value->>9, e.value->>10, CAST(e.value->>11 AS INTEGER), e.value->>12, CAST($2 AS BIGINT) FROM LIST WHERE true
		ON CONFLICT (num) DO UPDATE SET owner = excluded.owner, public = excluded.public, score = excluded.score, names = excluded.names,
			name_words = excluded.name_words, summary_words = excluded.summary_words, body_words = excluded.body_words,
			facets = excluded.facets, gone = excluded.gone, tie = excluded.tie, changed = excluded.changed`)

// dropIndex takes [num, words] out; SQLite must be told the words that were put in, as it keeps no copy of them.
var dropIndex = storage.SQL{
	SQLite:   `INSERT INTO search_index (search_index, rowid, words) SELECT 'delete', e.value->>0, e.value->>1 FROM json_each($1) AS e`,
	Postgres: `DELETE FROM search_index WHERE num IN (SELECT CAST(e.value->>0 AS BIGINT) FROM json_array_elements(CAST($1 AS JSON)) AS e(value))`,
}

var putIndex = storage.SQL{
	SQLite: `INSERT INTO search_index (rowid, words) SELECT e.value->>0, e.value->>1 FROM json_each($1) AS e`,
	Postgres: `INSERT INTO search_index (num, words) SELECT CAST(e.value->>0 AS BIGINT), array_to_tsvector(string_to_array(e.value->>1, ' '))
		FROM json_array_elements(CAST($1 AS JSON)) AS e(value)`,
}

const saveDelta = `INSERT INTO search_deltas (seq, at, words) VALUES ($1, $2, $3)`

// prepared is a document analysed.
type prepared struct {
	kind, id, rev string
	gone          bool
	owner         string
	public        bool
	score         int64 // millionths
	names, facets string
	tie           string
	name          string // words, space between
	summary, body string
	words         map[string]wordInfo
}

type wordInfo struct {
	form  string
	langs uint8
}

// million is what scores are stored in: an integer is the same in both databases to its last digit.
const million = 1_000_000

type docKey struct{ kind, id string }

// prepare analyses a document. Each word stands in the weightiest field that holds it, once.
func prepare(d Doc) prepared {
	p := prepared{kind: d.Kind, id: d.ID, owner: d.Owner, tie: d.Tie, public: d.Public, score: int64(math.Round(d.Score * million)), facets: "{}", words: map[string]wordInfo{}}
	var names []name
	for _, t := range d.Texts {
		if t.Name != "" {
			names = append(names, name{lang: t.Lang, text: t.Name})
		}
	}
	p.names = encodeNames(names)
	if len(d.Facets) > 0 {
		b, _ := json.Marshal(d.Facets) // strings only: can't fail
		p.facets = string(b)
	}
	field := func(text func(Text) string, stops bool) string {
		var words []string
		for _, t := range d.Texts {
			bits := langBits(t.Lang)
			scan(text(t), func(tok Token) bool {
				if tok.Stop && !stops {
					return true
				}
				w, ok := p.words[tok.Word]
				if !ok {
					words = append(words, tok.Word)
				}
				w.langs |= bits
				if w.form == "" && tok.Form != tok.Word {
					w.form = tok.Form
				}
				p.words[tok.Word] = w
				return true
			})
		}
		return strings.Join(words, " ")
	}
	p.name = field(func(t Text) string { return t.Name }, true)
	p.summary = field(func(t Text) string { return t.Summary }, false)
	p.body = field(func(t Text) string { return t.Body }, false)
	return p
}

// batch moves at most limit documents into the index, and returns how many waited (those that another node took included).
func (ix *Index) batch(ctx context.Context, limit int) (int, error) {
	rows, err := ix.db.Query(ctx, readPending, limit)
	if err != nil {
		return 0, fmt.Errorf("read what waits for search: %w", err)
	}
	defer rows.Close()
	var docs []prepared
	for rows.Next() {
		var kind, id, rev, text string
		if err := rows.Scan(&kind, &id, &rev, &text); err != nil {
			return 0, fmt.Errorf("read what waits for search: %w", err)
		}
		p := prepared{kind: kind, id: id, gone: true, names: "[]", facets: "{}"}
		if text != "" {
			var d Doc
			if err := json.Unmarshal([]byte(text), &d); err != nil {
				return 0, fmt.Errorf("read document %s %s that waits for search: %w", kind, id, err)
			}
			p = prepare(d)
		}
		p.rev = rev
		docs = append(docs, p)
	}
	if err := rows.Err(); err != nil {
		return 0, fmt.Errorf("read what waits for search: %w", err)
	}
	rows.Close()
	if len(docs) == 0 {
		return 0, nil
	}
	err = ix.db.Maintain(ctx, func(tx *storage.Tx) error {
		var seq, next int64
		if err := tx.QueryRow(ctx, nextBatch).Scan(&seq, &next); err != nil {
			return err
		}
		mine, err := claimed(ctx, tx, docs)
		if err != nil {
			return err
		}
		return write(ctx, tx, mine, seq, next, seq)
	})
	if err != nil {
		return 0, fmt.Errorf("index %d documents: %w", len(docs), err)
	}
	return len(docs), nil
}

// claimed returns those of docs that are still waiting as they were read, and takes them off the queue.
func claimed(ctx context.Context, tx *storage.Tx, docs []prepared) ([]prepared, error) {
	list := make([][]any, len(docs))
	for i, d := range docs {
		list[i] = []any{d.kind, d.id, d.rev}
	}
	rows, err := tx.Query(ctx, tx.Pick(claim), asList(list))
	if err != nil {
		return nil, err
	}
	got := map[docKey]bool{}
	for rows.Next() {
		var k docKey
		if err := rows.Scan(&k.kind, &k.id); err != nil {
			return nil, err
		}
		got[k] = true
	}
	if err := rows.Err(); err != nil {
		return nil, err
	}
	if len(got) == len(docs) {
		return docs, nil
	}
	var mine []prepared
	for _, d := range docs {
		if got[docKey{d.kind, d.id}] {
			mine = append(mine, d)
		}
	}
	return mine, nil
}

// old is a document as the index had it.
type old struct {
	num     int64
	gone    bool
	changed int64
	words   string // of all fields, as search_index was given them
}

// write brings docs into the tables. What a batch after since already wrote is left alone.
func write(ctx context.Context, tx *storage.Tx, docs []prepared, seq, next, since int64) error {
	if len(docs) == 0 {
		return nil
	}
	had, err := formers(ctx, tx, docs)
	if err != nil {
		return err
	}
	first := next
	var save, drop, put [][]any
	df := map[string]int{}
	infos := map[string]wordInfo{}
	for _, d := range docs {
		was, exists := had[docKey{d.kind, d.id}]
		switch {
		case exists && was.changed > since:
			continue
		case !exists:
			was.num = next
			next++
		}
		save = append(save, []any{was.num, d.kind, d.id, d.owner, bit(d.public), d.score, d.names, d.name, d.summary, d.body, d.facets, bit(d.gone), d.tie})
		words := joinWords(d.name, d.summary, d.body)
		if words == was.words {
			continue
		}
		if was.words != "" {
			drop = append(drop, []any{was.num, was.words})
			for w := range strings.SplitSeq(was.words, " ") {
				df[w]--
			}
		}
		if words != "" {
			put = append(put, []any{was.num, words})
			for w, info := range d.words {
				df[w]++
				known := infos[w]
				known.langs |= info.langs
				if known.form == "" {
					known.form = info.form
				}
				infos[w] = known
			}
		}
	}
	for _, x := range []struct {
		sql  storage.SQL
		list [][]any
		rest []any
	}{{saveDocs, save, []any{seq}}, {dropIndex, drop, nil}, {putIndex, put, nil}} {
		if len(x.list) > 0 {
			if _, err := tx.Exec(ctx, tx.Pick(x.sql), append([]any{asList(x.list)}, x.rest...)...); err != nil {
				return err
			}
		}
	}
	if list := deltaList(df, infos); len(list) > 0 {
		if _, err := tx.Exec(ctx, saveDelta, seq, storage.Now(), asList(list)); err != nil {
			return err
		}
	}
	if next != first {
		_, err = tx.Exec(ctx, saveNext, next)
	}
	return err
}

// deltaList writes what a batch does to the vocabulary: [word, form, languages, documents more], in one order, so that two programs with the same
// texts write the same rows.
func deltaList(df map[string]int, infos map[string]wordInfo) [][]any {
	var list [][]any
	for w, n := range df {
		if info := infos[w]; n != 0 || info.form != "" {
			list = append(list, []any{w, info.form, info.langs, n})
		}
	}
	slices.SortFunc(list, func(a, b []any) int { return strings.Compare(a[0].(string), b[0].(string)) })
	return list
}

func formers(ctx context.Context, tx *storage.Tx, docs []prepared) (map[docKey]old, error) {
	list := make([][]any, len(docs))
	for i, d := range docs {
		list[i] = []any{d.kind, d.id}
	}
	rows, err := tx.Query(ctx, tx.Pick(former), asList(list))
	if err != nil {
		return nil, err
	}
	had := map[docKey]old{}
	for rows.Next() {
		var k docKey
		var o old
		var a, b, c string
		if err := rows.Scan(&k.kind, &k.id, &o.num, &o.gone, &o.changed, &a, &b, &c); err != nil {
			return nil, err
		}
		o.words = joinWords(a, b, c)
		had[k] = o
	}
	return had, rows.Err()
}

func joinWords(fields ...string) string {
	return strings.Join(slices.DeleteFunc(fields, func(f string) bool { return f == "" }), " ")
}

func bit(b bool) int {
	if b {
		return 1
	}
	return 0
}

func asList(list [][]any) string {
	b, _ := json.Marshal(list) // strings and numbers only: can't fail
	return string(b)
}
