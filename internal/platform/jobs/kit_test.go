package jobs_test

import (
	"context"
	"encoding/json"
	"log/slog"
	"testing"
	"time"

	"commun/internal/platform/jobs"
	"commun/internal/platform/live"
	"commun/internal/platform/storage"
	"commun/internal/platform/testkit"
)

// patience bounds what a broken queue would wait for; nothing is measured by it.
const patience = 60 * time.Second

// effects is where the jobs of the tests leave their mark: one row an effect.
var effects = storage.Migrations{
	Owner:  "effects",
	Steps:  []storage.Step{{Name: "table", SQL: storage.Both(`CREATE TABLE effects (job TEXT NOT NULL, by_node TEXT NOT NULL)`)}},
	Upkeep: []string{"effects"},
}

// world is one database with a live hub; its nodes share both.
type world struct {
	t   *testing.T
	db  *storage.DB
	hub *live.Hub
	ctx context.Context
}

func newWorld(t *testing.T, db *storage.DB) *world {
	t.Helper()
	testkit.Migrate(t, db, jobs.Migrations(), effects)
	return &world{t, db, live.NewHub(), t.Context()}
}

// node returns a queue of this world that is not started.
func (w *world) node(name string, workers int, kinds ...jobs.Kind) *jobs.Queue {
	return w.nodeAt(name, workers, nil, kinds...)
}

func (w *world) nodeAt(name string, workers int, clock func() int64, kinds ...jobs.Kind) *jobs.Queue {
	w.t.Helper()
	log := slog.New(slog.NewTextHandler(testWriter{w.t}, &slog.HandlerOptions{Level: slog.LevelError + 4}))
	q := jobs.New(w.db, jobs.Options{Node: name, Workers: workers, Hub: w.hub, Log: log, Clock: clock})
	for _, k := range kinds {
		q.Register(k)
	}
	return q
}

// start starts q and stops it with the test, before the database closes.
func (w *world) start(q *jobs.Queue) {
	w.t.Helper()
	if err := q.Start(w.ctx); err != nil {
		w.t.Fatal(err)
	}
	w.t.Cleanup(func() {
		ctx, cancel := context.WithCancel(context.Background())
		cancel() // do not wait for handlers: cancel them
		_ = q.Stop(ctx)
	})
}

func (w *world) enqueue(q *jobs.Queue, j jobs.Job) string {
	w.t.Helper()
	var id string
	err := w.db.Write(w.ctx, func(tx *storage.Tx) (err error) {
		id, _, err = q.Enqueue(w.ctx, tx, j)
		return err
	})
	if err != nil {
		w.t.Fatal(err)
	}
	return id
}

// until waits for the job to be in state, woken by the hub, and returns it.
func (w *world) until(q *jobs.Queue, id string, state jobs.State) jobs.Record {
	w.t.Helper()
	ctx, cancel := context.WithTimeout(w.ctx, patience)
	defer cancel()
	events := w.hub.Subscribe(ctx, jobs.Topic(id))
	for {
		r, err := q.Get(ctx, id)
		if err != nil {
			w.t.Fatal(err)
		}
		if r.State == state {
			return r
		}
		if r.State.Final() {
			w.t.Fatalf("job ended as %s with fault %+v, want %s", r.State, r.Fault, state)
		}
		select {
		case _, ok := <-events:
			if !ok {
				w.t.Fatalf("job is still %s, want %s", r.State, state)
			}
		case <-time.After(time.Second): // another process has no way to our hub
		}
	}
}

// effectsOf returns how many effects the job has had.
func (w *world) effectsOf(id string) (n int) {
	w.t.Helper()
	if err := w.db.QueryRow(w.ctx, `SELECT COUNT(*) FROM effects WHERE job = $1`, id).Scan(&n); err != nil {
		w.t.Fatal(err)
	}
	return n
}

// effect leaves a mark and completes the job in one transaction.
func effect(ctx context.Context, db *storage.DB, r *jobs.Run, node string) error {
	return db.Write(ctx, func(tx *storage.Tx) error {
		if _, err := tx.Exec(ctx, `INSERT INTO effects (job, by_node) VALUES ($1, $2)`, r.ID, node); err != nil {
			return err
		}
		return r.Done(ctx, tx)
	})
}

func received(t *testing.T, c <-chan struct{}, what string) {
	t.Helper()
	select {
	case <-c:
	case <-time.After(patience):
		t.Fatalf("%s did not happen", what)
	}
}

type testWriter struct{ t *testing.T }

func (w testWriter) Write(p []byte) (int, error) {
	w.t.Log(string(p))
	return len(p), nil
}

func decodeEvent(t *testing.T, b []byte) (e jobs.Event) {
	t.Helper()
	if err := json.Unmarshal(b, &e); err != nil {
		t.Fatal(err)
	}
	return e
}
