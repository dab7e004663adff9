package jobs

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"runtime/debug"
	"slices"
	"strings"
	"time"

	"commun/internal/platform/fault"
	"commun/internal/platform/storage"
)

// Start begins to work off the queue and returns at once. First it puts back what dead processes left: on SQLite all that is running, since
// this process alone holds the file. ctx bounds the start only; what is started ends with Stop.
func (q *Queue) Start(ctx context.Context) error {
	q.mu.Lock()
	if q.stop != nil || q.stopping {
		q.mu.Unlock()
		return errors.New("start jobs: the queue was started before")
	}
	loopCtx, stop := context.WithCancel(context.WithoutCancel(ctx))
	fetchCtx, stopFetch := context.WithCancel(loopCtx)
	q.stop, q.stopFetch, q.base = stop, stopFetch, context.WithoutCancel(ctx)
	q.mu.Unlock()
	// A node that claims must beat first: without a beat it counts as dead.
	err := q.beat(ctx)
	if err == nil {
		err = q.rescue(ctx, q.db.Dialect() == storage.SQLite)
	}
	if err != nil {
		stop()
		q.mu.Lock()
		q.stop = nil
		q.mu.Unlock()
		return fmt.Errorf("start jobs: %w", err)
	}
	q.fetches.Go(func() { q.fetchLoop(fetchCtx) })
	q.loops.Go(func() { q.lookLoop(loopCtx) })
	q.loops.Go(func() { q.upkeepLoop(loopCtx) })
	q.loops.Go(func() { q.hubLoop(loopCtx) })
	return nil
}

// Stop takes no more jobs and waits for those that run until ctx ends; then it cancels them, waits five seconds more, and puts them back
// as they were, without counting a failure. It returns ctx's error when it had to cancel some. A stopped queue stays stopped.
func (q *Queue) Stop(ctx context.Context) error {
	q.mu.Lock()
	if q.stop == nil || q.stopping {
		q.mu.Unlock()
		return nil
	}
	q.stopping = true
	q.mu.Unlock()
	// First the claiming: what is being claimed at this moment is begun, and counted below. The other loops go on, so that the node beats.
	q.stopFetch()
	q.fetches.Wait()
	ended := make(chan struct{})
	go func() {
		q.runs.Wait()
		close(ended)
	}()
	var err error
	select {
	case <-ended:
	case <-ctx.Done():
		err = ctx.Err()
		q.mu.Lock()
		for _, r := range q.running {
			r.cancel(ErrStopping)
		}
		q.mu.Unlock()
		grace := time.NewTimer(5 * time.Second)
		defer grace.Stop()
		select {
		case <-ended:
		case <-grace.C:
			// A handler that ignores its context. Its lease stays, and is rescued when this process is gone.
			q.log.Error("jobs do not stop", "node", q.node)
		}
	}
	q.stop()
	q.loops.Wait()
	off, cancel := context.WithTimeout(context.WithoutCancel(ctx), 2*time.Second)
	defer cancel()
	if e := q.signOff(off); e != nil {
		q.log.Warn("node cannot sign off", "node", q.node, "err", e)
	}
	return err
}

// fetchLoop claims jobs whenever some may be there and a worker is free. It alone claims, so what it counts as free stays free.
func (q *Queue) fetchLoop(ctx context.Context) {
	timer := time.NewTimer(0)
	defer timer.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-q.kick:
		case <-timer.C:
		}
		pause, err := q.fetch(ctx)
		if err != nil && ctx.Err() == nil {
			q.log.Warn("jobs cannot be fetched", "err", err)
			pause = pollEvery
		}
		timer.Reset(pause)
	}
}

// due is a job that waits.
type due struct {
	id, kind string
	runAt    int64
}

// fetch claims as many jobs as can run now, starts them, and returns when to look again.
func (q *Queue) fetch(ctx context.Context) (time.Duration, error) {
	if q.reconcile {
		if err := q.disown(ctx); err != nil {
			return 0, err
		}
		q.reconcile = false
	}
	room, free := q.room()
	if free == 0 {
		return pollEvery, nil // a run that ends kicks
	}
	waiting, err := q.waiting(ctx, room, free)
	if err != nil {
		return 0, err
	}
	now := q.clock()
	pause := pollEvery
	ready := waiting[:0:0]
	for _, d := range waiting {
		if d.runAt <= now {
			ready = append(ready, d)
		} else if wait := time.Duration(d.runAt-now) * time.Microsecond; wait < pause {
			pause = wait
		}
	}
	if q.collided && len(ready) > free {
		// Another node takes the oldest at the same moment: leave them to it.
		rand.Shuffle(len(ready), func(i, j int) { ready[i], ready[j] = ready[j], ready[i] })
	}
	ready = ready[:min(len(ready), free)]
	if len(ready) == 0 {
		return pause, nil
	}
	runs, err := q.claim(ctx, ready)
	if err != nil {
		q.reconcile = true
		return 0, err
	}
	for _, r := range runs {
		q.begin(r)
	}
	q.collided = len(runs) < len(ready)
	if q.collided {
		return time.Millisecond + rand.N(4*time.Millisecond), nil
	}
	return 0, nil
}

// room returns, for each kind that may begin another run, how many, and the number of free workers.
func (q *Queue) room() (map[string]int, int) {
	q.mu.Lock()
	defer q.mu.Unlock()
	free := q.slots - len(q.running)
	if q.stopping || free <= 0 {
		return nil, 0
	}
	room := map[string]int{}
	for name, k := range q.kinds {
		if n := k.AtOnce - q.perKind[name]; n > 0 {
			room[name] = min(n, free)
		}
	}
	if len(room) == 0 {
		return nil, 0
	}
	return room, free
}

// waiting returns the first jobs of each kind that has room, oldest first; it looks a little further than needed, for what is due later.
func (q *Queue) waiting(ctx context.Context, room map[string]int, free int) ([]due, error) {
	parts := make([]string, 0, len(room))
	args := make([]any, 0, 2*len(room))
	for _, name := range slices.Sorted(keys(room)) {
		n := len(args)
		parts = append(parts, fmt.Sprintf(dueOfKind, n+1, n+2, len(parts)))
		args = append(args, name, room[name])
	}
	rows, err := q.db.Query(ctx, strings.Join(parts, " UNION ALL "), args...)
	if err != nil {
		return nil, fmt.Errorf("list waiting jobs: %w", err)
	}
	defer rows.Close()
	var out []due
	for rows.Next() {
		var d due
		if err := rows.Scan(&d.id, &d.kind, &d.runAt); err != nil {
			return nil, fmt.Errorf("list waiting jobs: %w", err)
		}
		out = append(out, d)
	}
	if err := rows.Err(); err != nil {
		return nil, fmt.Errorf("list waiting jobs: %w", err)
	}
	slices.SortFunc(out, func(a, b due) int { return cmp.Or(cmp.Compare(a.runAt, b.runAt), cmp.Compare(a.id, b.id)) })
	return out, nil
}

func keys(m map[string]int) func(func(string) bool) {
	return func(yield func(string) bool) {
		for k := range m {
			if !yield(k) {
				return
			}
		}
	}
}

// claim takes the jobs that are still waiting, with a new lease each.
func (q *Queue) claim(ctx context.Context, ready []due) ([]*Run, error) {
	text := claimHead + fmt.Sprintf(q.db.Pick(claimIDs), storage.In(3, len(ready))) + claimTail
	var runs []*Run
	err := q.db.Maintain(ctx, func(tx *storage.Tx) error {
		runs = nil // may run twice
		args := []any{q.node, q.clock()}
		for _, d := range ready {
			args = append(args, d.id)
		}
		rows, err := tx.Query(ctx, text, args...)
		if err != nil {
			return err
		}
		defer rows.Close()
		for rows.Next() {
			r := &Run{q: q}
			var a string
			var crashes int
			if err := rows.Scan(&r.ID, &r.Kind, &r.Owner, &r.Subject, &r.Person, &a, &r.failures, &crashes, &r.lease); err != nil {
				return err
			}
			r.args, r.Attempt = []byte(a), r.failures+1
			runs = append(runs, r)
		}
		return rows.Err()
	})
	if err != nil {
		return nil, fmt.Errorf("claim jobs: %w", err)
	}
	// RETURNING keeps no order.
	slices.SortFunc(runs, func(a, b *Run) int { return cmp.Compare(a.ID, b.ID) })
	return runs, nil
}

// begin starts a claimed run.
func (q *Queue) begin(r *Run) {
	q.mu.Lock()
	r.kind = q.kinds[r.Kind]
	ctx, cancel := context.WithCancelCause(q.base)
	r.cancel = cancel
	q.running[r.ID] = r
	q.perKind[r.Kind]++
	q.runs.Add(1)
	if q.stopping {
		cancel(ErrStopping) // Stop began while this was being claimed
	}
	q.mu.Unlock()
	go func() {
		defer q.runs.Done()
		defer cancel(nil)
		q.publish(r.event(Running, nil))
		q.finish(ctx, r, q.handle(ctx, r))
		q.mu.Lock()
		delete(q.running, r.ID)
		q.perKind[r.Kind]--
		q.mu.Unlock()
		q.wake()
	}()
}

// handle calls the kind's handler. A panic is a failed attempt like any other error, with its stack in the log.
func (q *Queue) handle(ctx context.Context, r *Run) (err error) {
	if r.kind.Timeout > 0 {
		var cancel context.CancelFunc
		ctx, cancel = context.WithTimeoutCause(ctx, r.kind.Timeout, errTimeout)
		defer cancel()
	}
	defer func() {
		if p := recover(); p != nil {
			q.log.Error("job panicked", "job", r.ID, "kind", r.Kind, "panic", p, "stack", string(debug.Stack()))
			err = fmt.Errorf("handler panicked: %v", p)
		}
	}()
	return r.kind.Handle(ctx, r)
}

// finish writes how a run ended. ctx is the run's, looked at for the cause of its end only.
func (q *Queue) finish(ctx context.Context, r *Run, err error) {
	cause := context.Cause(ctx)
	log := q.log.With("job", r.ID, "kind", r.Kind, "attempt", r.Attempt)
	state, failures, runAt, f := Done, r.failures, q.clock(), (*Fault)(nil)
	switch {
	case r.isCompleted():
		if err != nil {
			log.Warn("job is done, its handler failed afterwards", "err", err)
		}
		return
	case err == nil:
	case errors.Is(err, ErrLost) || errors.Is(cause, ErrLost):
		log.Warn("job was lost to another run")
		return
	case errors.Is(cause, ErrCancelled):
		state = Cancelled
	case errors.Is(cause, ErrStopping):
		state = Queued
	default:
		failures++
		f = faultOf(err)
		if IsPermanent(err) || failures >= r.kind.MaxAttempts {
			state = Failed
			log.Log(q.base, failureLevel(err), "job failed", "err", err)
		} else {
			pause := jitter(r.kind.Backoff(failures))
			state, runAt = Queued, runAt+pause.Microseconds()
			log.Warn("job failed and will be tried again", "err", err, "in", pause)
		}
	}
	if q.release(log.Warn, r, state, failures, runAt, f) {
		q.publish(r.event(state, f))
	}
}

// failureLevel is how loud a job's failure is in the log. What was given did not hold (no such repository, not to be read): who gave it reads
// why, and nobody needs to be woken. What the job needs was away at every try (a host that does not answer, perhaps mistyped; a full disk): whoever runs
// the instance may want to look, and nothing is broken in the program.
func failureLevel(err error) slog.Level {
	switch fault.KindOf(err) {
	case fault.InvalidKind, fault.DeniedKind, fault.MissingKind:
		return slog.LevelInfo
	case fault.BusyKind:
		return slog.LevelWarn
	}
	return slog.LevelError
}

// release writes the end of a run, and tries until the database takes it or the queue is stopped: otherwise the job would stay "running"
// for as long as this process lives. It returns false when the run had lost its job.
func (q *Queue) release(warn func(string, ...any), r *Run, state State, failures int, runAt int64, f *Fault) bool {
	finished := int64(0)
	if state.Final() {
		finished = q.clock()
	}
	for pause := 50 * time.Millisecond; ; pause = min(2*pause, 2*time.Second) {
		var n int64
		ctx, cancel := context.WithTimeout(q.base, 30*time.Second)
		err := q.db.Maintain(ctx, func(tx *storage.Tx) (err error) {
			r.mu.Lock()
			phase, done, total := r.phase, r.done, r.total
			r.mu.Unlock()
			if state == Done {
				n, err = tx.Exec(ctx, completeJob, r.ID, r.lease, finished, phase, done, total)
			} else {
				n, err = tx.Exec(ctx, releaseJob, r.ID, r.lease, string(state), finished, runAt, failures, f.encode(), phase, done, total, r.Person, r.Subject)
			}
			return err
		})
		cancel()
		if err == nil {
			if n == 0 {
				warn("job was lost to another run")
			}
			return n == 1
		}
		warn("end of job cannot be written", "err", err)
		q.mu.Lock()
		stopping := q.stopping
		q.mu.Unlock()
		if stopping {
			return false // the next start rescues it
		}
		time.Sleep(pause)
	}
}
