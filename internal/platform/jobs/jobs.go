// Package jobs is the program's queue of work that outlives a request: imports, refreshes, mails. A job is queued in the transaction of the
// write that causes it, so that neither exists without the other.
//
// # Words
//
// A *kind* is what is to be done, with its handler. A *job* is one piece of that work. A *run* is one execution of a job, by one *node* (a
// process that works off the queue). A *lease* is the number of a run: whoever holds an older one has lost the job. The *effect* is what a
// job changes in the database.
//
// # Promises
//
//   - A job whose transaction was rolled back was never there.
//   - An effect happens once: Run.Done completes the job in the effect's own transaction, and fails, so that the effect rolls back, when
//     the run no longer holds the job. Executions may happen more than once: after a crash, or when a node was cut off for seconds. What
//     leaves the database (a mail) may therefore happen twice.
//   - Jobs of a dead process start again within 5 seconds: at once on SQLite, where one process holds the folder; on PostgreSQL when its
//     node has not beaten for 4 seconds by the database's clock. A crash is no failed attempt, but a job that has seen more than five of
//     them is parked as failed with jobs.crashed: it most likely causes them.
//   - Arguments never hold a secret or an e-mail address: they hold ids, and the handler looks up the rest. So they can be shown to an
//     administrator, and forgetting a person needs no search in them beyond Erase.
//
// Decision: docs/decisions/0004-jobs.md. Neighbours: storage below; features register their kinds; package app starts and stops the queue.
package jobs

import (
	"context"
	"encoding/json"
	"fmt"
	"log/slog"
	"sync"
	"time"

	"commun/internal/platform/live"
	"commun/internal/platform/storage"
)

// State is where a job stands.
type State string

// The states. Done, Failed and Cancelled are final, but Retry queues a failed or cancelled job again.
const (
	Queued    State = "queued"
	Running   State = "running"
	Done      State = "done"
	Failed    State = "failed"
	Cancelled State = "cancelled"
)

// Final says whether nothing more happens by itself.
func (s State) Final() bool { return s == Done || s == Failed || s == Cancelled }

const (
	maxCrashes  = 5
	maxArgs     = 1 << 20 // bytes of JSON; what is larger belongs in a file or a table
	beatEvery   = time.Second
	deadAfter   = 4 * time.Second
	lookEvery   = 500 * time.Millisecond // for dead nodes, cancellations and lost leases
	pollEvery   = time.Second            // for jobs that another process queued without a wake reaching us
	keepFor     = 30 * 24 * time.Hour
	defaultMax  = 5
	wakeTopic   = "jobs.wake"
	cancelTopic = "jobs.cancel"
)

// Kind is one sort of work. Register it before Start.
type Kind struct {
	Name        string                                  // such as "commons.import"
	MaxAttempts int                                     // failed runs before it is given up; 0 is 5
	Timeout     time.Duration                           // of one run; 0 is none
	Backoff     func(failures int) time.Duration        // pause after the nth failure, n from 1; nil is 2 s, 4 s, 8 s … up to an hour. A fifth of jitter is added
	AtOnce      int                                     // how many run at once on one node; 0 is as many as there are workers
	Handle      func(ctx context.Context, r *Run) error // must return soon after ctx ends, and be able to start again from what it has stored
}

// Job is what Enqueue is given.
type Job struct {
	Kind    string
	Owner   string    // the commons or organisation that it is for; "" is the instance
	Subject string    // the id of the thing that it is about; may be empty
	Person  string    // the id of the person that it is about or for, so that Erase finds it; may be empty
	Args    any       // marshalled to JSON; no secrets, no e-mail addresses
	RunAt   time.Time // not before; zero is now
	Unique  string    // while a job with the same non-empty text is queued or running, no second one is queued
}

// Options say how a queue works.
type Options struct {
	Node    string       // a name for the log; the queue adds what makes it unique to this process
	Workers int          // runs at once; 0 is 4
	Log     *slog.Logger // nil is silent
	Hub     *live.Hub    // told of progress; bridged, it also wakes other nodes at once. nil is one of its own
	Clock   func() int64 // UTC microseconds; nil is storage.Now
}

// Queue is one node's view of the jobs in a database. Safe for concurrent use. On SQLite there is at most one started queue a file.
type Queue struct {
	db    *storage.DB
	node  string
	log   *slog.Logger
	hub   *live.Hub
	clock func() int64
	slots int

	kick     chan struct{} // something may be there to claim
	lastWake time.Time     // guarded by mu

	mu        sync.Mutex
	kinds     map[string]*Kind
	running   map[string]*Run
	perKind   map[string]int
	periodics []*periodic
	stopping  bool
	stopFetch context.CancelFunc // ends the claiming
	stop      context.CancelFunc // ends the other loops, not the runs
	base      context.Context    // of the runs
	fetches   sync.WaitGroup     // the fetch loop
	loops     sync.WaitGroup     // the others
	runs      sync.WaitGroup
	reconcile bool // a claim's outcome is unknown; touched by the fetch loop only
	collided  bool // another node claimed what we wanted; touched by the fetch loop only
}

// New returns a queue that is not started: it can enqueue.
func New(db *storage.DB, o Options) *Queue {
	q := &Queue{db: db, node: o.Node + "-" + storage.NewID(), log: o.Log, hub: o.Hub, clock: o.Clock, slots: o.Workers,
		kick: make(chan struct{}, 1), kinds: map[string]*Kind{}, running: map[string]*Run{}, perKind: map[string]int{}}
	if q.log == nil {
		q.log = slog.New(slog.DiscardHandler)
	}
	if q.hub == nil {
		q.hub = live.NewHub()
	}
	if q.clock == nil {
		q.clock = storage.Now
	}
	if q.slots <= 0 {
		q.slots = 4
	}
	return q
}

// Register makes k known. A node works off only the kinds that it knows, so nodes of two versions can run side by side. It panics when k
// has no name or handler, or a name that is taken: mistakes of the program that its first start shows.
func (q *Queue) Register(k Kind) {
	q.mu.Lock()
	defer q.mu.Unlock()
	if k.Name == "" || k.Handle == nil || q.kinds[k.Name] != nil {
		panic(fmt.Sprintf("jobs: kind %q has no name, no handler, or is registered twice", k.Name))
	}
	if k.MaxAttempts <= 0 {
		k.MaxAttempts = defaultMax
	}
	if k.Backoff == nil {
		k.Backoff = backoff
	}
	if k.AtOnce <= 0 || k.AtOnce > q.slots {
		k.AtOnce = q.slots
	}
	q.kinds[k.Name] = &k
}

// backoff is the usual pause: it doubles from 2 s to an hour.
func backoff(failures int) time.Duration {
	return min(time.Second<<min(failures, 12), time.Hour)
}

// Enqueue adds j to the queue within tx, the caller's own write, and wakes the workers after its commit. It returns the job's id; existed
// is true when j.Unique names a job that is queued or running already, whose id is then returned and to which nothing is added.
func (q *Queue) Enqueue(ctx context.Context, tx *storage.Tx, j Job) (id string, existed bool, err error) {
	q.mu.Lock()
	known := q.kinds[j.Kind] != nil
	q.mu.Unlock()
	if !known {
		return "", false, fmt.Errorf("enqueue job: kind %q is not registered", j.Kind)
	}
	args := []byte("{}")
	if j.Args != nil {
		if args, err = json.Marshal(j.Args); err != nil {
			return "", false, fmt.Errorf("enqueue %s: marshal arguments: %w", j.Kind, err)
		}
	}
	if len(args) > maxArgs {
		return "", false, fmt.Errorf("enqueue %s: arguments take %d bytes, %d are allowed", j.Kind, len(args), maxArgs)
	}
	now := q.clock()
	runAt := now
	if !j.RunAt.IsZero() {
		runAt = storage.Micros(j.RunAt)
	}
	// The holder of a unique text may finish between the two statements; then the second try inserts.
	for range 3 {
		id = storage.NewID()
		n, err := tx.Exec(ctx, insertJob, id, j.Kind, j.Owner, j.Subject, j.Person, string(args), runAt, j.Unique, now)
		if err != nil {
			return "", false, fmt.Errorf("enqueue %s: %w", j.Kind, err)
		}
		if n == 1 {
			tx.AfterCommit(q.wakeAll)
			return id, false, nil
		}
		err = tx.QueryRow(ctx, findUnique, j.Unique).Scan(&id)
		if err == nil {
			return id, true, nil
		}
		if err != storage.ErrNoRows {
			return "", false, fmt.Errorf("enqueue %s: find %q: %w", j.Kind, j.Unique, err)
		}
	}
	return "", false, fmt.Errorf("enqueue %s: the jobs called %q come and go too fast", j.Kind, j.Unique)
}

// wake has this node look for jobs.
func (q *Queue) wake() {
	select {
	case q.kick <- struct{}{}:
	default:
	}
}

// wakeAll has every node look. The others are told ten times a second at most; they look by themselves every second besides.
func (q *Queue) wakeAll() {
	q.wake()
	q.mu.Lock()
	tell := time.Since(q.lastWake) > 100*time.Millisecond
	if tell {
		q.lastWake = time.Now()
	}
	q.mu.Unlock()
	if tell {
		q.hub.Publish(wakeTopic, nil)
	}
}
