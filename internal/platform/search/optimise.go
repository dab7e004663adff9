package search

import (
	"context"
	"fmt"

	"commun/internal/platform/storage"
)

// optimiseSteps bounds the work of Optimise: each step merges some 250 pages.
const optimiseSteps = 2_000

// Optimise merges the index's parts after a bulk import: questions are then several times faster. It works in small steps, between which other
// writes go on.
func (ix *Index) Optimise(ctx context.Context) error {
	if ix.db.Dialect() == storage.Postgres {
		// GIN keeps new entries in a list that each question reads through; this moves them to their places.
		err := ix.db.Maintain(ctx, func(tx *storage.Tx) error {
			_, err := tx.Exec(ctx, `SELECT gin_clean_pending_list('search_index_words')`)
			return err
		})
		if err != nil {
			return fmt.Errorf("optimise search index: %w", err)
		}
		return nil
	}
	pages := -250 // negative: begin by treating all parts as due
	for range optimiseSteps {
		var before, after int64
		err := ix.db.Maintain(ctx, func(tx *storage.Tx) error {
			if err := tx.QueryRow(ctx, `SELECT total_changes()`).Scan(&before); err != nil {
				return err
			}
			if _, err := tx.Exec(ctx, `INSERT INTO search_index (search_index, rank) VALUES ('merge', $1)`, pages); err != nil {
				return err
			}
			return tx.QueryRow(ctx, `SELECT total_changes()`).Scan(&after)
		})
		if err != nil {
			return fmt.Errorf("optimise search index: %w", err)
		}
		if after-before < 2 { // SQLite's own sign that nothing was left to merge
			return nil
		}
		pages = 250
	}
	return nil
}
