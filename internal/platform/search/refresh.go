package search

import (
	"context"
	"encoding/json"
	"fmt"
	"iter"
	"math"

	"commun/internal/platform/storage"
)

// analyserVersion is raised when Analyse gives other words than before, or a feature other documents: what is indexed is then made anew (Index.Stale).
const analyserVersion = 4

// ready reads the index into memory when that has not been done.
func (ix *Index) ready(ctx context.Context) error {
	ix.m.mu.RLock()
	loaded := ix.m.loaded
	ix.m.mu.RUnlock()
	if loaded {
		return nil
	}
	return ix.refresh(ctx)
}

// The questions of a refresh. A batch's rows and its number become visible together, so in one snapshot there is nothing between them.
const (
	readState = `SELECT seq, epoch, folded FROM search_state WHERE one = 1`
	readDocs  = `SELECT num, kind, id, owner, public, score, names, name_words, summary_words, body_words, facets, gone, tie
		FROM search_docs WHERE changed > $1`
	// The first time, bodies stay where they are: only broad groups need them, and there are none yet.
	readAllDocs = `SELECT num, kind, id, owner, public, score, names, name_words, summary_words, '', facets, gone, tie FROM search_docs WHERE gone = 0 ORDER BY num`
	readWords   = `SELECT word, form, langs, df FROM search_words ORDER BY word`
	readDeltas  = `SELECT seq, at, words FROM search_deltas WHERE seq > $1 ORDER BY seq`
)

// refresh brings the mirror up to date with the database, whoever wrote there.
func (ix *Index) refresh(ctx context.Context) error {
	ix.loading.Lock()
	defer ix.loading.Unlock()
	m := ix.m
	m.mu.RLock()
	since, epoch, loaded := m.seq, m.epoch, m.loaded
	m.mu.RUnlock()
	var docs []row
	var words, deltas []delta
	var seq, now, folded int64
	var whole, allWords bool // read from the beginning, or the vocabulary at least
	var fresh *mirror        // when whole: what is read, some documents at a time, while the mirror answers as before
	err := ix.db.Read(ctx, func(tx *storage.Tx) error {
		if err := tx.QueryRow(ctx, readState).Scan(&seq, &now, &folded); err != nil {
			return err
		}
		whole = !loaded || now != epoch
		if !whole && seq == since {
			return nil
		}
		var err error
		after := since
		if allWords = whole || since < folded; allWords {
			if words, err = scanWords(tx.Query(ctx, readWords)); err != nil {
				return err
			}
			after = folded
		}
		rows, err := tx.Query(ctx, readDeltas, after)
		if deltas, _, _, err = scanDeltas(math.MaxInt64, rows, err); err != nil {
			return err
		}
		if !whole {
			rows, err := tx.Query(ctx, readDocs, since)
			return scanDocs(rows, err, func(page []row) { docs = append(docs, page...) })
		}
		fresh = newMirror()
		fresh.vocab.families.loading = true
		fresh.vocab.learn(words, deltas)
		words, deltas = nil, nil
		rows, err = tx.Query(ctx, readAllDocs)
		return scanDocs(rows, err, fresh.apply)
	})
	if err != nil {
		return fmt.Errorf("read search index: %w", err)
	}
	if whole {
		fresh.settle()
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	if whole {
		m.become(fresh)
	} else {
		if allWords {
			clear(m.vocab.df)
		}
		m.vocab.learn(words, deltas)
		m.apply(docs)
	}
	m.seq, m.epoch, m.loaded = seq, now, true
	return nil
}

// become takes over all that fresh holds. It stays the same mirror, with the same locks.
func (m *mirror) become(fresh *mirror) {
	m.vocab, m.live = fresh.vocab, fresh.live
	m.ids, m.kinds, m.flags, m.scores, m.owners, m.names = fresh.ids, fresh.kinds, fresh.flags, fresh.scores, fresh.owners, fresh.names
	m.ties = fresh.ties
	m.off, m.nName, m.nShort, m.arena, m.waste = fresh.off, fresh.nName, fresh.nShort, fresh.arena, fresh.waste
	m.kindOf, m.kindNo, m.facets = fresh.kindOf, fresh.kindNo, fresh.facets
	m.order, m.keys = fresh.order, fresh.keys
	m.broad.sets, m.broad.byWord = nil, nil
}

// docsPage is how many documents are read before they are handed on: all of a large index at once would take several times its memory.
const docsPage = 500

// scanDocs hands the documents of rows to each, docsPage at a time. each may not keep the slice.
func scanDocs(rows *storage.Rows, err error, each func([]row)) error {
	if err != nil {
		return err
	}
	defer rows.Close()
	page := make([]row, 0, docsPage)
	for rows.Next() {
		var r row
		var names, facets string
		if err := rows.Scan(&r.num, &r.kind, &r.id, &r.owner, &r.public, &r.score, &names, &r.nameWords, &r.summaryWords, &r.bodyWords, &facets, &r.gone, &r.tie); err != nil {
			return err
		}
		if r.owner == r.id {
			r.owner = r.id // one string in memory rather than two
		}
		if r.names, err = decodeNames(names); err != nil {
			return fmt.Errorf("document %s %s: %w", r.kind, r.id, err)
		}
		if facets != "{}" {
			if err := json.Unmarshal([]byte(facets), &r.facets); err != nil {
				return fmt.Errorf("facets of document %s %s: %w", r.kind, r.id, err)
			}
		}
		if page = append(page, r); len(page) == docsPage {
			each(page)
			clear(page)
			page = page[:0]
		}
	}
	if len(page) > 0 {
		each(page)
	}
	return rows.Err()
}

func scanWords(rows *storage.Rows, err error) ([]delta, error) {
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	var out []delta
	for rows.Next() {
		var w delta
		if err := rows.Scan(&w.word, &w.form, &w.langs, &w.n); err != nil {
			return nil, err
		}
		out = append(out, w)
	}
	return out, rows.Err()
}

// Stale tells whether the index must be filled anew with Refill: it never was (a new database, a restored backup), or another analyser made it.
func (ix *Index) Stale(ctx context.Context) (bool, error) {
	var version int64
	if err := ix.db.QueryRow(ctx, `SELECT version FROM search_state WHERE one = 1`).Scan(&version); err != nil {
		return false, fmt.Errorf("read version of search index: %w", err)
	}
	return version != analyserVersion, nil
}

var clearIndex = storage.SQL{
	SQLite:   `INSERT INTO search_index (search_index) VALUES ('delete-all')`,
	Postgres: `DELETE FROM search_index`,
}

// Refill empties the index and fills it with docs: all documents of all features. Meanwhile what is put waits as usual, and wins over an older version
// in docs. An error of docs ends it; the index is stale until a later Refill ends well.
func (ix *Index) Refill(ctx context.Context, docs iter.Seq2[Doc, error]) error {
	var start int64
	err := ix.db.Maintain(ctx, func(tx *storage.Tx) error {
		err := tx.QueryRow(ctx, `UPDATE search_state SET seq = seq + 1, folded = seq + 1, epoch = epoch + 1, next = 1, version = 0 WHERE one = 1 RETURNING seq`).Scan(&start)
		if err != nil {
			return err
		}
		for _, q := range []string{tx.Pick(clearIndex), `DELETE FROM search_docs`, `DELETE FROM search_words`, `DELETE FROM search_deltas`} {
			if _, err := tx.Exec(ctx, q); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		return fmt.Errorf("empty search index: %w", err)
	}
	var batch []prepared
	at := map[docKey]int{}
	flush := func() error {
		if len(batch) == 0 {
			return nil
		}
		err := ix.db.Maintain(ctx, func(tx *storage.Tx) error {
			var seq, next int64
			if err := tx.QueryRow(ctx, nextBatch).Scan(&seq, &next); err != nil {
				return err
			}
			return write(ctx, tx, batch, seq, next, start)
		})
		batch = batch[:0]
		clear(at)
		return err
	}
	for d, err := range docs {
		if err == nil {
			d = bounded(d)
			if i, ok := at[docKey{d.Kind, d.ID}]; ok {
				batch[i] = prepare(d)
				continue
			}
			at[docKey{d.Kind, d.ID}] = len(batch)
			if batch = append(batch, prepare(d)); len(batch) == bulk {
				err = flush()
			}
		}
		if err != nil {
			return fmt.Errorf("fill search index: %w", err)
		}
	}
	if err := flush(); err != nil {
		return fmt.Errorf("fill search index: %w", err)
	}
	if err := ix.Optimise(ctx); err != nil {
		return err
	}
	err = ix.db.Maintain(ctx, func(tx *storage.Tx) error {
		_, err := tx.Exec(ctx, `UPDATE search_state SET version = $1 WHERE one = 1`, analyserVersion)
		return err
	})
	if err != nil {
		return fmt.Errorf("note version of search index: %w", err)
	}
	return ix.refresh(ctx)
}
