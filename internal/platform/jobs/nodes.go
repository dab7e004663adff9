package jobs

import (
	"context"
	"fmt"
	"time"

	"commun/internal/platform/storage"
)

// beat says that this node lives. On SQLite nobody would read it, and an idle instance should not write.
func (q *Queue) beat(ctx context.Context) error {
	if q.db.Dialect() == storage.SQLite {
		return nil
	}
	ctx, cancel := context.WithTimeout(ctx, deadAfter)
	defer cancel()
	err := q.db.Maintain(ctx, func(tx *storage.Tx) error {
		_, err := tx.Exec(ctx, tx.Pick(beat), q.node)
		return err
	})
	if err != nil {
		return fmt.Errorf("beat: %w", err)
	}
	return nil
}

// signOff removes this node, so that nobody waits for it.
func (q *Queue) signOff(ctx context.Context) error {
	if q.db.Dialect() == storage.SQLite {
		return nil
	}
	return q.db.Maintain(ctx, func(tx *storage.Tx) error {
		_, err := tx.Exec(ctx, `DELETE FROM job_nodes WHERE node = $1`, q.node)
		return err
	})
}

// rescue puts back the jobs of dead processes: all that run when all is true, else those whose node is silent.
func (q *Queue) rescue(ctx context.Context, all bool) error {
	silent := func(n int) string {
		if all {
			return "1 = 1"
		}
		return "node NOT IN (" + fmt.Sprintf(q.db.Pick(aliveNodes), n) + ")"
	}
	arg := func(first ...any) []any {
		if all {
			return first
		}
		return append(first, deadAfter.Microseconds())
	}
	// Nearly always there is nothing to do: look before writing.
	var n int
	err := q.db.QueryRow(ctx, `SELECT COUNT(*) FROM jobs WHERE state = 'running' AND `+silent(1), arg()...).Scan(&n)
	if err != nil {
		return fmt.Errorf("look for jobs of dead nodes: %w", err)
	}
	if n == 0 {
		return nil
	}
	type saved struct {
		e       Event
		crashes int
	}
	var back []saved
	err = q.db.Maintain(ctx, func(tx *storage.Tx) error {
		back = nil // may run twice
		rows, err := tx.Query(ctx, rescueHead+silent(2)+rescueTail, arg(q.clock())...)
		if err != nil {
			return err
		}
		defer rows.Close()
		for rows.Next() {
			var s saved
			if err := rows.Scan(&s.e.ID, &s.e.Kind, &s.e.Owner, &s.e.Subject, &s.e.State, &s.crashes); err != nil {
				return err
			}
			back = append(back, s)
		}
		return rows.Err()
	})
	if err != nil {
		return fmt.Errorf("rescue jobs of dead nodes: %w", err)
	}
	for _, s := range back {
		q.log.Warn("job of a dead process was put back", "job", s.e.ID, "kind", s.e.Kind, "crashes", s.crashes, "state", s.e.State)
		if s.e.State == Failed {
			s.e.Fault = &Fault{Key: KeyCrashed}
		}
		q.publish(s.e)
	}
	if len(back) > 0 {
		q.wakeAll()
	}
	return nil
}

// lookLoop beats, rescues, and learns of cancellations and lost leases.
func (q *Queue) lookLoop(ctx context.Context) {
	tick := time.NewTicker(lookEvery)
	defer tick.Stop()
	lastBeat := time.Now()
	for {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
		if time.Since(lastBeat) >= beatEvery {
			begun := time.Now()
			if err := q.beat(ctx); err == nil {
				lastBeat = begun
			} else if ctx.Err() == nil {
				q.log.Warn("node cannot beat", "node", q.node, "err", err)
			}
		}
		if q.db.Dialect() == storage.Postgres {
			if time.Since(lastBeat) > deadAfter {
				// The others think us dead, and are right to: our effects would be refused, so stop causing them.
				q.loseAll()
			} else if err := q.rescue(ctx, false); err != nil && ctx.Err() == nil {
				q.log.Warn("jobs cannot be rescued", "err", err)
			}
		}
		if err := q.checkRuns(ctx); err != nil && ctx.Err() == nil {
			q.log.Warn("runs cannot be checked", "err", err)
		}
	}
}

func (q *Queue) loseAll() {
	q.mu.Lock()
	defer q.mu.Unlock()
	for _, r := range q.running {
		r.cancel(ErrLost)
	}
}

// checkRuns ends the runs that were cancelled, here or through another node, and those that lost their lease.
func (q *Queue) checkRuns(ctx context.Context) error {
	q.mu.Lock()
	before := make([]*Run, 0, len(q.running))
	for _, r := range q.running {
		before = append(before, r)
	}
	q.mu.Unlock()
	if len(before) == 0 {
		return nil
	}
	held, err := q.held(ctx)
	if err != nil {
		return err
	}
	for _, r := range before {
		switch h, ok := held[r.ID]; {
		case !ok || h.lease != r.lease:
			// A run that has just completed is also no longer held; finish tells the two apart.
			r.cancel(ErrLost)
		case h.cancel:
			r.cancel(ErrCancelled)
		}
	}
	return nil
}

type hold struct {
	lease  int64
	cancel bool
}

// held returns what the table says that this node runs, by job.
func (q *Queue) held(ctx context.Context) (map[string]hold, error) {
	rows, err := q.db.Query(ctx, runsOfNode, q.node)
	if err != nil {
		return nil, fmt.Errorf("list runs of this node: %w", err)
	}
	defer rows.Close()
	out := map[string]hold{}
	for rows.Next() {
		var id string
		var h hold
		if err := rows.Scan(&id, &h.lease, &h.cancel); err != nil {
			return nil, fmt.Errorf("list runs of this node: %w", err)
		}
		out[id] = h
	}
	if err := rows.Err(); err != nil {
		return nil, fmt.Errorf("list runs of this node: %w", err)
	}
	return out, nil
}

// disown puts back what the table says that this node runs and it does not: a claim that was committed although it returned an error. The
// fetch loop calls it before it claims again, so nothing is between the two states.
func (q *Queue) disown(ctx context.Context) error {
	held, err := q.held(ctx)
	if err != nil {
		return err
	}
	q.mu.Lock()
	for id := range q.running {
		delete(held, id)
	}
	q.mu.Unlock()
	for id, h := range held {
		err := q.db.Maintain(ctx, func(tx *storage.Tx) error {
			_, err := tx.Exec(ctx, `UPDATE jobs SET state = 'queued', node = '' WHERE id = $1 AND lease = $2 AND state = 'running'`, id, h.lease)
			return err
		})
		if err != nil {
			return fmt.Errorf("put back job %s: %w", id, err)
		}
	}
	return nil
}

// hubLoop hears what other nodes say through a bridged hub.
func (q *Queue) hubLoop(ctx context.Context) {
	wake := q.hub.Subscribe(ctx, wakeTopic)
	stop := q.hub.Subscribe(ctx, cancelTopic)
	for wake != nil || stop != nil {
		select {
		case _, ok := <-wake:
			if !ok {
				wake = nil
				continue
			}
			q.wake()
		case id, ok := <-stop:
			if !ok {
				stop = nil
				continue
			}
			q.cancelHere(string(id))
		}
	}
}

func (q *Queue) cancelHere(id string) {
	q.mu.Lock()
	defer q.mu.Unlock()
	if r := q.running[id]; r != nil {
		r.cancel(ErrCancelled)
	}
}

// upkeepLoop writes progress each second, begins what is due by the clock, and sweeps old jobs each hour.
func (q *Queue) upkeepLoop(ctx context.Context) {
	tick := time.NewTicker(time.Second)
	defer tick.Stop()
	var swept time.Time
	for {
		if err := q.begins(ctx); err != nil && ctx.Err() == nil {
			q.log.Warn("periodic jobs cannot be queued", "err", err)
		}
		if time.Since(swept) > time.Hour {
			swept = time.Now()
			if err := q.Sweep(ctx); err != nil && ctx.Err() == nil {
				q.log.Warn("old jobs cannot be swept", "err", err)
			}
		}
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
		if err := q.flush(ctx); err != nil && ctx.Err() == nil {
			q.log.Warn("progress cannot be written", "err", err)
		}
	}
}

// flush writes the progress that changed since the last time, all in one transaction.
func (q *Queue) flush(ctx context.Context) error {
	type step struct {
		r           *Run
		phase       string
		done, total int64
	}
	var steps []step
	q.mu.Lock()
	for _, r := range q.running {
		r.mu.Lock()
		if r.dirty && !r.completed {
			r.dirty = false
			steps = append(steps, step{r, r.phase, r.done, r.total})
		}
		r.mu.Unlock()
	}
	q.mu.Unlock()
	if len(steps) == 0 {
		return nil
	}
	for _, s := range steps {
		q.publish(s.r.event(Running, nil)) // the last step before a pause may have been kept back
	}
	return q.db.Maintain(ctx, func(tx *storage.Tx) error {
		for _, s := range steps {
			if _, err := tx.Exec(ctx, saveProgress, s.r.ID, s.r.lease, s.phase, s.done, s.total); err != nil {
				return err
			}
		}
		return nil
	})
}

// Sweep deletes the jobs that ended more than 30 days ago. A started queue does it by itself.
func (q *Queue) Sweep(ctx context.Context) error {
	for {
		var n int64
		err := q.db.Maintain(ctx, func(tx *storage.Tx) (err error) {
			n, err = tx.Exec(ctx, sweepJobs, q.clock()-keepFor.Microseconds())
			return err
		})
		if err != nil {
			return fmt.Errorf("sweep old jobs: %w", err)
		}
		if n == 0 {
			break
		}
	}
	if q.db.Dialect() == storage.SQLite {
		return nil
	}
	// Rows of nodes that died: an hour of silence leaves none of their jobs to rescue.
	err := q.db.Maintain(ctx, func(tx *storage.Tx) error {
		_, err := tx.Exec(ctx, `DELETE FROM job_nodes WHERE node NOT IN (`+fmt.Sprintf(tx.Pick(aliveNodes), 1)+`)`, time.Hour.Microseconds())
		return err
	})
	if err != nil {
		return fmt.Errorf("sweep dead nodes: %w", err)
	}
	return nil
}
