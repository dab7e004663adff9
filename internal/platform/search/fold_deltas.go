package search

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"time"

	"commun/internal/platform/storage"
)

var saveWords = listed(`INSERT INTO search_words (word, form, langs, df)
	SELECT e.value->>0, e.value->>1, CAST(e.value->>2 AS INTEGER), CAST(e.value->>3 AS BIGINT) FROM LIST WHERE true
	ON CONFLICT (word) DO UPDATE SET df = search_words.df + excluded.df, langs = search_words.langs | excluded.langs,
		form = CASE WHEN search_words.form = '' THEN excluded.form ELSE search_words.form END`)

// dropWords forgets words that no document holds: what was forgotten must not live on in the vocabulary.
var dropWords = listed(`DELETE FROM search_words WHERE word IN (SELECT e.value->>0 FROM LIST) AND df <= 0`)

// delta is what a batch did to one word: n documents more (or fewer) hold it.
type delta struct {
	word, form string
	langs      uint8
	n          int
}

func (d *delta) UnmarshalJSON(b []byte) error {
	return json.Unmarshal(b, &[]any{&d.word, &d.form, &d.langs, &d.n})
}

// scanDeltas reads the deltas of several batches, up to the first written after before; seq is the last of them.
func scanDeltas(before int64, rows *storage.Rows, err error) (deltas []delta, batches int, seq int64, _ error) {
	if err != nil {
		return nil, 0, 0, err
	}
	defer rows.Close()
	for rows.Next() {
		var text []byte
		var list []delta
		var s, at int64
		if err := rows.Scan(&s, &at, &text); err != nil {
			return nil, 0, 0, err
		}
		if at > before {
			break
		}
		seq = s
		if err := json.Unmarshal(text, &list); err != nil {
			return nil, 0, 0, fmt.Errorf("words of batch %d: %w", seq, err)
		}
		deltas = append(deltas, list...)
		batches++
	}
	return deltas, batches, seq, rows.Err()
}

// When deltas are folded into search_words: so late that other nodes have read them (else they read the whole vocabulary), or when there are many.
const (
	foldAfter   = 5 * time.Second
	foldBatches = 64
)

// fold moves deltas that were written before into the vocabulary, and tells whether there were any.
func (ix *Index) fold(ctx context.Context, before time.Time) (bool, error) {
	var deltas []delta
	var batches int
	var was, seq int64
	err := ix.db.Read(ctx, func(tx *storage.Tx) error {
		err := tx.QueryRow(ctx, `SELECT folded FROM search_state WHERE one = 1`).Scan(&was)
		if err != nil {
			return err
		}
		rows, err := tx.Query(ctx, `SELECT seq, at, words FROM search_deltas ORDER BY seq LIMIT $1`, 4*foldBatches)
		deltas, batches, seq, err = scanDeltas(storage.Micros(before), rows, err)
		return err
	})
	if err != nil {
		return false, fmt.Errorf("read the vocabulary's changes: %w", err)
	}
	if batches == 0 {
		return false, nil
	}
	sums := map[string]delta{}
	fewer := map[string]bool{}
	for _, d := range deltas {
		s := sums[d.word]
		s.n += d.n
		s.langs |= d.langs
		if s.form == "" {
			s.form = d.form
		}
		sums[d.word] = s
		if d.n < 0 {
			fewer[d.word] = true
		}
	}
	var words, drop [][]any
	for w, d := range sums {
		words = append(words, []any{w, d.form, d.langs, d.n})
		if fewer[w] {
			drop = append(drop, []any{w})
		}
	}
	// In the order of the table, which is the order that it is written in fastest.
	slices.SortFunc(words, func(a, b []any) int { return strings.Compare(a[0].(string), b[0].(string)) })
	err = ix.db.Maintain(ctx, func(tx *storage.Tx) error {
		// Takes the row that batches take, and leaves when another node folded some of the same.
		n, err := tx.Exec(ctx, `UPDATE search_state SET folded = $1 WHERE one = 1 AND folded = $2`, seq, was)
		if err != nil || n == 0 {
			return err
		}
		_, err = tx.Exec(ctx, `DELETE FROM search_deltas WHERE seq <= $1`, seq)
		if err == nil {
			_, err = tx.Exec(ctx, tx.Pick(saveWords), asList(words))
		}
		if err == nil && len(drop) > 0 {
			_, err = tx.Exec(ctx, tx.Pick(dropWords), asList(drop))
		}
		return err
	})
	if err != nil {
		return false, fmt.Errorf("fold the vocabulary's changes: %w", err)
	}
	return true, nil
}
