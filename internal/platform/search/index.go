package search

import (
	"context"
	"encoding/json"
	"fmt"
	"log/slog"
	"math"
	"strings"
	"sync"
	"time"

	"commun/internal/platform/storage"
)

// Index is the search index of a database, as this process sees it. It is safe for concurrent use.
type Index struct {
	db   *storage.DB
	log  *slog.Logger
	wake chan struct{} // a write left something to do

	m       *mirror
	loose   int        // documents indexed since the index was optimised; Run's own
	warm    int64      // the batch after which all broad words were in memory; Run's own
	loading sync.Mutex // one reading of the database at a time

	marks sync.Pool // of *marks
}

// New returns the index over db, whose Migrations have run. It reads nothing yet: the first question or Run does. log may be nil.
func New(db *storage.DB, log *slog.Logger) *Index {
	if log == nil {
		log = slog.New(slog.DiscardHandler)
	}
	return &Index{db: db, log: log, warm: -1, wake: make(chan struct{}, 1), m: newMirror()}
}

// Put has doc found from a moment after tx is committed: within a second while some node runs Run. It replaces what was put under the same
// kind and id. Texts are cut where Text and the analyser say; a score outside of 0…1 is brought inside.
func (ix *Index) Put(ctx context.Context, tx *storage.Tx, doc Doc) error {
	if doc.Kind == "" || doc.ID == "" {
		return fmt.Errorf("put document: kind %q and id %q are both needed", doc.Kind, doc.ID)
	}
	doc = bounded(doc)
	b, err := json.Marshal(doc)
	if err == nil {
		err = ix.pend(ctx, tx, doc.Kind, doc.ID, string(b))
	}
	if err != nil {
		return fmt.Errorf("put %s %s into search: %w", doc.Kind, doc.ID, err)
	}
	return nil
}

// bounded returns doc within the bounds that Doc and Text state.
func bounded(doc Doc) Doc {
	if doc.Score = min(max(doc.Score, 0), 1); math.IsNaN(doc.Score) {
		doc.Score = 0
	}
	doc.Owner, doc.Tie = clean(doc.Owner), cut(clean(doc.Tie), maxTie)
	texts := make([]Text, len(doc.Texts))
	for i, t := range doc.Texts {
		t.Name = cut(clean(t.Name), maxName)
		t.Summary = cutBytes(clean(t.Summary), maxBody)
		t.Body = cutBytes(clean(t.Body), maxBody)
		texts[i] = t
	}
	doc.Texts = texts
	return doc
}

// Remove takes a document out of the index, as soon as Put would put it in. What isn't there is not missed.
func (ix *Index) Remove(ctx context.Context, tx *storage.Tx, kind, id string) error {
	if err := ix.pend(ctx, tx, kind, id, ""); err != nil {
		return fmt.Errorf("remove %s %s from search: %w", kind, id, err)
	}
	return nil
}

func (ix *Index) pend(ctx context.Context, tx *storage.Tx, kind, id, doc string) error {
	err := tx.Later(ctx, `INSERT INTO search_pending (kind, id, rev, doc) VALUES ($1, $2, $3, $4)
		ON CONFLICT (kind, id) DO UPDATE SET rev = excluded.rev, doc = excluded.doc`, kind, id, storage.NewID(), doc)
	if err == nil {
		tx.AfterCommit(ix.stir)
	}
	return err
}

// stir tells Run that there is something to do. It never waits.
func (ix *Index) stir() {
	select {
	case ix.wake <- struct{}{}:
	default:
	}
}

// clean drops what neither JSON nor PostgreSQL takes: bytes that aren't UTF-8, and NUL.
func clean(s string) string {
	return strings.ReplaceAll(strings.ToValidUTF8(s, "\uFFFD"), "\x00", " ")
}

func cutBytes(s string, n int) string {
	if len(s) <= n {
		return s
	}
	return strings.ToValidUTF8(s[:n], "")
}

// How Run paces itself. Waiting a little gathers writes into one batch: a busy writer is not interrupted after each of them.
const (
	gather  = 80 * time.Millisecond
	look    = 400 * time.Millisecond // for what other nodes did, and what a dead process left
	backOff = 2 * time.Second
	ordinal = 200 // documents in a batch beside other writes: it holds the writer some 20 ms
	bulk    = 500 // and when nobody waits
	warmed  = 8   // broad words read into memory in one turn
)

// Run keeps the index and this process's mirror up to date until ctx ends. Each node runs it once; several at once share the work.
func (ix *Index) Run(ctx context.Context) error {
	tick := time.NewTicker(look)
	defer tick.Stop()
	for {
		err := ix.turn(ctx)
		pause := time.Duration(0)
		switch {
		case ctx.Err() != nil:
			return ctx.Err()
		case err != nil:
			ix.log.Error("search index not brought up to date", "error", err)
			pause = backOff
		default:
			select {
			case <-ctx.Done():
				return ctx.Err()
			case <-ix.wake:
				pause = gather
			case <-tick.C:
			}
		}
		if pause > 0 {
			select {
			case <-ctx.Done():
				return ctx.Err()
			case <-time.After(pause):
			}
		}
	}
}

// turn does what there is to do now.
func (ix *Index) turn(ctx context.Context) error {
	if err := ix.ready(ctx); err != nil {
		return err
	}
	seq, epoch, waiting, err := ix.state(ctx)
	if err != nil {
		return err
	}
	for batches := 1; waiting; batches++ {
		n, err := ix.batch(ctx, ordinal)
		if err == nil {
			err = ix.refresh(ctx)
		}
		if err == nil && batches%foldBatches == 0 {
			_, err = ix.fold(ctx, time.Now())
		}
		if err != nil {
			return err
		}
		ix.loose += n
		if n == ordinal {
			continue
		}
		if ix.loose >= 4*bulk {
			ix.loose = 0
			return ix.Optimise(ctx)
		}
		return nil
	}
	if _, err := ix.fold(ctx, time.Now().Add(-foldAfter)); err != nil {
		return err
	}
	ix.m.mu.RLock()
	behind := ix.m.seq != seq || ix.m.epoch != epoch
	ix.m.mu.RUnlock()
	if behind {
		if err := ix.refresh(ctx); err != nil {
			return err
		}
	}
	if ix.warm == seq {
		return nil
	}
	n, err := ix.Warm(ctx, warmed)
	if n < warmed {
		ix.warm = seq
	}
	return err
}

// Drain brings the index up to date with all that was committed before, and returns how many documents that were. For tests, and for the end of a bulk
// import, whose index it also optimises; Run does the same in the background.
func (ix *Index) Drain(ctx context.Context) (int, error) {
	if err := ix.ready(ctx); err != nil {
		return 0, err
	}
	total := 0
	for {
		n, err := ix.batch(ctx, bulk)
		if err != nil {
			return total, err
		}
		total += n
		if n < bulk {
			break
		}
	}
	err := ix.refresh(ctx)
	for more := true; more && err == nil; {
		more, err = ix.fold(ctx, time.Now().Add(time.Minute)) // those of another node's clock too
	}
	if err != nil {
		return total, err
	}
	if total >= 4*bulk {
		return total, ix.Optimise(ctx)
	}
	return total, nil
}

// Documents returns how many documents the index holds.
func (ix *Index) Documents(ctx context.Context) (int, error) {
	if err := ix.ready(ctx); err != nil {
		return 0, err
	}
	ix.m.mu.RLock()
	defer ix.m.mu.RUnlock()
	return ix.m.live, nil
}

// state returns the last batch, the index's epoch, and whether documents wait.
func (ix *Index) state(ctx context.Context) (seq, epoch int64, waiting bool, err error) {
	var n int
	err = ix.db.QueryRow(ctx, `SELECT seq, epoch, (SELECT COUNT(*) FROM (SELECT 1 FROM search_pending LIMIT 1) p)
		FROM search_state WHERE one = 1`).Scan(&seq, &epoch, &n)
	if err != nil {
		return 0, 0, false, fmt.Errorf("read state of search: %w", err)
	}
	return seq, epoch, n > 0, nil
}
