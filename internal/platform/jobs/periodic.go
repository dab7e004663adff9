package jobs

import (
	"context"
	"errors"
	"fmt"
	"time"

	"commun/internal/platform/storage"
)

// Periodic is work that begins by the clock.
type Periodic struct {
	Name     string        // unique among the periodics
	Interval time.Duration // time is cut into slots of this length, from the year 1970
	Job      func() Job    // what to queue in each slot
}

// periodic remembers which slot this process has seen, so that the database is asked once a slot only.
type periodic struct {
	Periodic
	seen int64
}

// Every has p's job queued once in each slot of its interval, whichever of the nodes comes first; at once when the present slot has none
// yet. A slot in which no node ran is left out. It panics on a periodic without name, job or a positive interval.
func (q *Queue) Every(p Periodic) {
	if p.Name == "" || p.Interval <= 0 || p.Job == nil {
		panic(fmt.Sprintf("jobs: periodic %q has no name, no interval or no job", p.Name))
	}
	q.mu.Lock()
	defer q.mu.Unlock()
	q.periodics = append(q.periodics, &periodic{Periodic: p, seen: -1})
}

// begins queues what the present slots lack. Only the upkeep loop calls it.
func (q *Queue) begins(ctx context.Context) error {
	q.mu.Lock()
	list := append([]*periodic(nil), q.periodics...)
	q.mu.Unlock()
	var errs []error
	for _, p := range list {
		slot := q.clock() / max(1, p.Interval.Microseconds())
		if slot == p.seen {
			continue
		}
		j := p.Job() // outside of the transaction, which may run twice
		err := q.db.Maintain(ctx, func(tx *storage.Tx) error {
			n, err := tx.Exec(ctx, takeSlot, p.Name, slot)
			if err != nil || n == 0 {
				return err
			}
			_, _, err = q.Enqueue(ctx, tx, j)
			return err
		})
		if err != nil {
			errs = append(errs, fmt.Errorf("queue periodic %s: %w", p.Name, err))
			continue
		}
		p.seen = slot
	}
	return errors.Join(errs...)
}
