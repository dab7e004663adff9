package jobs

import (
	"context"
	"encoding/json"
	"fmt"
	"strconv"
	"strings"

	"commun/internal/platform/fault"
	"commun/internal/platform/storage"
)

// Record is a job as the table holds it. Times are UTC microseconds, 0 when it has not happened.
type Record struct {
	ID, Kind, Owner, Subject, Person string
	Args                             json.RawMessage
	State                            State
	RunAt                            int64
	Failures, Crashes                int
	Node                             string // who runs it
	Phase                            string
	Done, Total                      int64
	Fault                            *Fault // why it failed the last time; nil when it did not
	CreatedAt, StartedAt, FinishedAt int64
}

// Filter chooses jobs. Empty fields choose all.
type Filter struct {
	State   State
	Kind    string
	Owner   string
	Subject string
	After   string // the id of the last job of the page before
	Limit   int    // 1 to 200; 0 is 50
}

// Count is how many jobs of a kind are in a state.
type Count struct {
	Kind  string
	State State
	N     int64
}

// Cancel ends a job: at once when it waits; by ending its run's context, within a second on any node, when it runs. A run that completes
// all the same is done. Errors: missing jobs.missing, conflict jobs.finished.
func (q *Queue) Cancel(ctx context.Context, id string) error {
	var queued, running int64
	err := q.db.Maintain(ctx, func(tx *storage.Tx) (err error) {
		running = 0
		if queued, err = tx.Exec(ctx, cancelQueued, id, q.clock()); err != nil || queued > 0 {
			return err
		}
		running, err = tx.Exec(ctx, cancelRunning, id)
		return err
	})
	if err != nil {
		return fmt.Errorf("cancel job %s: %w", id, err)
	}
	if queued+running == 0 {
		if _, err := q.Get(ctx, id); err != nil {
			return err
		}
		return fault.Conflict("", "jobs.finished")
	}
	if running > 0 {
		q.cancelHere(id)
		q.hub.Publish(cancelTopic, []byte(id))
		return nil
	}
	q.told(ctx, id)
	return nil
}

// Retry queues a failed or cancelled job again, as if it were new. Errors: missing jobs.missing, conflict jobs.not_ended (it waits, runs
// or is done) or jobs.queued_already (another job has its unique text).
func (q *Queue) Retry(ctx context.Context, id string) error {
	var n int64
	err := q.db.Maintain(ctx, func(tx *storage.Tx) (err error) {
		if n, err = tx.Exec(ctx, retryJob, id, q.clock()); err == nil && n > 0 {
			tx.AfterCommit(q.wakeAll)
		}
		return err
	})
	if err != nil {
		return fmt.Errorf("retry job %s: %w", id, err)
	}
	if n > 0 {
		q.told(ctx, id)
		return nil
	}
	r, err := q.Get(ctx, id)
	switch {
	case err != nil:
		return err
	case r.State == Failed || r.State == Cancelled:
		return fault.Conflict("", "jobs.queued_already")
	}
	return fault.Conflict("", "jobs.not_ended")
}

// told publishes the state of a job that was changed in the table alone.
func (q *Queue) told(ctx context.Context, id string) {
	r, err := q.Get(ctx, id)
	if err != nil {
		q.log.Warn("job cannot be read", "job", id, "err", err)
		return
	}
	q.publish(Event{ID: r.ID, Kind: r.Kind, Owner: r.Owner, Subject: r.Subject, State: r.State, Phase: r.Phase, Done: r.Done, Total: r.Total, Fault: r.Fault})
}

// Get returns one job, or the fault missing jobs.missing. Of a running one the progress is up to a second old.
func (q *Queue) Get(ctx context.Context, id string) (Record, error) {
	r, err := scan(q.db.QueryRow(ctx, `SELECT `+recordColumns+` FROM jobs WHERE id = $1`, id))
	if err == storage.ErrNoRows {
		return r, fault.Missing("jobs.missing")
	}
	if err != nil {
		return r, fmt.Errorf("get job %s: %w", id, err)
	}
	return r, nil
}

// List returns the jobs that f chooses, newest first. For the next page, After is the last one's id.
func (q *Queue) List(ctx context.Context, f Filter) ([]Record, error) {
	if f.Limit <= 0 || f.Limit > 200 {
		f.Limit = 50
	}
	// Only the conditions that are asked for, so that each has its index.
	var where []string
	var args []any
	add := func(cond string, v any) {
		args = append(args, v)
		where = append(where, cond+" $"+strconv.Itoa(len(args)))
	}
	for _, c := range []struct{ cond, v string }{
		{"state =", string(f.State)}, {"kind =", f.Kind}, {"owner_id =", f.Owner}, {"subject_id =", f.Subject}, {"id <", f.After},
	} {
		if c.v != "" {
			add(c.cond, c.v)
		}
	}
	text := `SELECT ` + recordColumns + ` FROM jobs`
	if len(where) > 0 {
		text += ` WHERE ` + strings.Join(where, " AND ")
	}
	args = append(args, f.Limit)
	rows, err := q.db.Query(ctx, text+` ORDER BY id DESC LIMIT $`+strconv.Itoa(len(args)), args...)
	if err != nil {
		return nil, fmt.Errorf("list jobs: %w", err)
	}
	defer rows.Close()
	var out []Record
	for rows.Next() {
		r, err := scan(rows)
		if err != nil {
			return nil, fmt.Errorf("list jobs: %w", err)
		}
		out = append(out, r)
	}
	if err := rows.Err(); err != nil {
		return nil, fmt.Errorf("list jobs: %w", err)
	}
	return out, nil
}

func scan(row storage.Scanner) (Record, error) {
	var r Record
	var args, state, f string
	err := row.Scan(&r.ID, &r.Kind, &r.Owner, &r.Subject, &r.Person, &args, &state, &r.RunAt, &r.Failures, &r.Crashes, &r.Node,
		&r.Phase, &r.Done, &r.Total, &f, &r.CreatedAt, &r.StartedAt, &r.FinishedAt)
	if err != nil {
		return r, err
	}
	r.Args, r.State = json.RawMessage(args), State(state)
	r.Fault, err = decodeFault(f)
	return r, err
}

// Counts returns the number of jobs by kind and state, for the health page and the metrics.
func (q *Queue) Counts(ctx context.Context) ([]Count, error) {
	rows, err := q.db.Query(ctx, `SELECT kind, state, COUNT(*) FROM jobs GROUP BY kind, state ORDER BY kind, state`)
	if err != nil {
		return nil, fmt.Errorf("count jobs: %w", err)
	}
	defer rows.Close()
	var out []Count
	for rows.Next() {
		var c Count
		if err := rows.Scan(&c.Kind, &c.State, &c.N); err != nil {
			return nil, fmt.Errorf("count jobs: %w", err)
		}
		out = append(out, c)
	}
	if err := rows.Err(); err != nil {
		return nil, fmt.Errorf("count jobs: %w", err)
	}
	return out, nil
}

// Waiting returns how long, in microseconds, the job that has been due the longest has waited; 0 when none is due. Health looks at it.
func (q *Queue) Waiting(ctx context.Context) (int64, error) {
	now := q.clock()
	var first int64
	err := q.db.QueryRow(ctx, `SELECT COALESCE(MIN(run_at), $1) FROM jobs WHERE state = 'queued'`, now).Scan(&first)
	if err != nil {
		return 0, fmt.Errorf("find longest waiting job: %w", err)
	}
	return max(0, now-first), nil
}

// Erase removes within tx what the jobs about person hold: arguments, progress, reasons of failure and the ids. Those that wait are
// cancelled, those that run are told to end.
func (q *Queue) Erase(ctx context.Context, tx *storage.Tx, person string) error {
	if person == "" {
		return nil // "" is every job about nobody
	}
	if _, err := tx.Exec(ctx, eraseJobs, person, q.clock()); err != nil {
		return fmt.Errorf("erase jobs of a person: %w", err)
	}
	return nil
}
