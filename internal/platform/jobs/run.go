package jobs

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"sync"
	"time"

	"commun/internal/platform/storage"
)

// ErrLost says that a run no longer holds its job: it was given to another after this node seemed dead. Its effect must not be committed.
var ErrLost = errors.New("job was taken over by another run")

// Why a run's context ended; see context.Cause.
var (
	ErrCancelled = errors.New("job was cancelled")
	ErrStopping  = errors.New("queue stops")
	errTimeout   = errors.New("job took too long")
)

// Run is one execution of a job, handed to its kind's handler.
type Run struct {
	ID      string
	Kind    string
	Owner   string
	Subject string
	Person  string
	Attempt int // 1 at first; crashes do not count

	q        *Queue
	kind     *Kind
	args     []byte
	lease    int64
	failures int
	cancel   context.CancelCauseFunc

	mu        sync.Mutex
	completed bool // Done was committed
	phase     string
	done      int64
	total     int64
	dirty     bool // not yet in the table
	told      time.Time
}

// Decode reads the job's arguments into dst. Its error is permanent: the same text fails again.
func (r *Run) Decode(dst any) error {
	if err := json.Unmarshal(r.args, dst); err != nil {
		return Permanent(fmt.Errorf("decode arguments of %s %s: %w", r.Kind, r.ID, err))
	}
	return nil
}

// Progress says how far the run is: phase is a message key's last part, chosen by the kind, and done of total are counted in whatever unit
// the phase has; total 0 is unknown. It costs little, so call it often: pages hear of it up to twenty times a second, the table once.
func (r *Run) Progress(phase string, done, total int64) {
	now := time.Now()
	r.mu.Lock()
	tell := phase != r.phase || now.Sub(r.told) >= 50*time.Millisecond
	r.phase, r.done, r.total, r.dirty = phase, done, total, true
	if tell {
		r.told = now
	}
	r.mu.Unlock()
	if tell {
		r.q.publish(r.event(Running, nil))
	}
}

// Done completes the job within tx, the transaction of its effect: both are committed, or neither. It returns ErrLost when another run has
// taken the job over; return that from the operation, so that the effect is rolled back. Call it last, and return nil from the handler.
func (r *Run) Done(ctx context.Context, tx *storage.Tx) error {
	r.mu.Lock()
	phase, done, total := r.phase, r.done, r.total
	r.mu.Unlock()
	n, err := tx.Exec(ctx, completeJob, r.ID, r.lease, r.q.clock(), phase, done, total)
	if err != nil {
		return fmt.Errorf("complete job %s: %w", r.ID, err)
	}
	if n == 0 {
		return fmt.Errorf("complete job %s: %w", r.ID, ErrLost)
	}
	tx.AfterCommit(func() {
		r.mu.Lock()
		r.completed = true
		r.mu.Unlock()
		r.q.publish(r.event(Done, nil))
	})
	return nil
}

// Hold makes sure, within tx, that the run still holds its job, and keeps it from being given to another until tx ends: for what a run
// stores before its effect, which would else overwrite what another run has stored meanwhile. It returns ErrLost when the job was taken
// over; return that from the operation.
func (r *Run) Hold(ctx context.Context, tx *storage.Tx) error {
	r.mu.Lock()
	phase, done, total := r.phase, r.done, r.total
	r.mu.Unlock()
	n, err := tx.Exec(ctx, saveProgress, r.ID, r.lease, phase, done, total)
	if err != nil {
		return fmt.Errorf("hold job %s: %w", r.ID, err)
	}
	if n == 0 {
		return fmt.Errorf("hold job %s: %w", r.ID, ErrLost)
	}
	return nil
}

// isCompleted says whether an effect of this run has completed the job.
func (r *Run) isCompleted() bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.completed
}

// Event is what the live hub carries, as JSON, on Topic(id) and on AllTopic, whenever a job advances or changes its state.
type Event struct {
	ID      string `json:"id"`
	Kind    string `json:"kind"`
	Owner   string `json:"owner,omitempty"`
	Subject string `json:"subject,omitempty"`
	State   State  `json:"state"`
	Phase   string `json:"phase,omitempty"`
	Done    int64  `json:"done"`
	Total   int64  `json:"total"`
	Fault   *Fault `json:"fault,omitempty"`
}

// AllTopic carries the events of every job, for the list of an administrator.
const AllTopic = "jobs"

// Topic returns the live topic of one job.
func Topic(id string) string { return "job:" + id }

func (r *Run) event(s State, f *Fault) Event {
	r.mu.Lock()
	defer r.mu.Unlock()
	return Event{ID: r.ID, Kind: r.Kind, Owner: r.Owner, Subject: r.Subject, State: s, Phase: r.phase, Done: r.done, Total: r.total, Fault: f}
}

// publish tells the hub. A page that misses it reads the table.
func (q *Queue) publish(e Event) {
	b, err := json.Marshal(e)
	if err != nil {
		q.log.Error("job event cannot be written", "job", e.ID, "err", err) // arguments of a fault that are no JSON; see faultOf
		return
	}
	q.hub.Publish(Topic(e.ID), b)
	q.hub.Publish(AllTopic, b)
}
