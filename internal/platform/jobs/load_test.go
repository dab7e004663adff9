package jobs_test

import (
	"context"
	"fmt"
	"sync"
	"sync/atomic"
	"testing"

	"commun/internal/platform/jobs"
	"commun/internal/platform/storage"
	"commun/internal/platform/testkit"
)

func TestTwoNodesShareTheWorkAndDoNoneTwice(t *testing.T) {
	w := newWorld(t, testkit.Open(t, testkit.Postgres(t)))
	const n = 300
	var both sync.WaitGroup
	both.Add(2)
	var left atomic.Int64
	left.Store(n)
	done := make(chan struct{})
	kind := func(node string) jobs.Kind {
		var first sync.Once
		return jobs.Kind{Name: "mark", Handle: func(ctx context.Context, r *jobs.Run) error {
			// The first job of each node waits for the other's: so both have a share, whatever the machine's haste.
			first.Do(func() { both.Done(); both.Wait() })
			if err := effect(ctx, w.db, r, node); err != nil {
				return err
			}
			if left.Add(-1) == 0 {
				close(done)
			}
			return nil
		}}
	}
	a, b := w.node("a", 3, kind("a")), w.node("b", 3, kind("b"))
	err := w.db.Write(w.ctx, func(tx *storage.Tx) error {
		for range n {
			if _, _, err := a.Enqueue(w.ctx, tx, jobs.Job{Kind: "mark"}); err != nil {
				return err
			}
		}
		return nil
	})
	testkit.WantErr(t, err, nil)
	w.start(a)
	w.start(b)
	received(t, done, "last job")
	var effects, distinct, nodes int
	err = w.db.QueryRow(w.ctx, `SELECT COUNT(*), COUNT(DISTINCT job), COUNT(DISTINCT by_node) FROM effects`).Scan(&effects, &distinct, &nodes)
	if err != nil || effects != n || distinct != n || nodes != 2 {
		t.Fatalf("%d effects on %d jobs by %d nodes, want %d, %d, 2: %v", effects, distinct, nodes, n, n, err)
	}
}

// The rule of the design: on SQLite the queue and the application share one writer, and both must move under constant load. Nothing is
// timed: while either has not moved for a whole share of the other's work, it starves.
func TestApplicationAndJobsBothMoveUnderLoad(t *testing.T) {
	const writers, writes, n = 8, 10_000, 200
	testkit.EachDB(t, func(t *testing.T, db *storage.DB) {
		w := newWorld(t, db)
		testkit.Migrate(t, db, jobs.Migrations(), effects, storage.Migrations{Owner: "app", Steps: []storage.Step{
			{Name: "table", SQL: storage.Both(`CREATE TABLE app (n BIGINT PRIMARY KEY)`)}}})
		var appWrites, jobEffects atomic.Int64
		var appAtFirstJob, appAtLastJob, jobsAtLastWrite atomic.Int64
		done := make(chan struct{})
		q := w.node("a", 4, jobs.Kind{Name: "mark", Handle: func(ctx context.Context, r *jobs.Run) error {
			r.Progress("work", 1, 2)
			if err := effect(ctx, db, r, "a"); err != nil {
				return err
			}
			switch jobEffects.Add(1) {
			case 1:
				appAtFirstJob.Store(appWrites.Load())
			case n:
				appAtLastJob.Store(appWrites.Load())
				close(done)
			}
			return nil
		}})
		w.start(q)
		var next atomic.Int64
		errs := testkit.Together(writers, func() error {
			for i := next.Add(1); i <= writes; i = next.Add(1) {
				err := db.Write(w.ctx, func(tx *storage.Tx) error {
					if _, err := tx.Exec(w.ctx, `INSERT INTO app (n) VALUES ($1)`, i); err != nil {
						return err
					}
					// The jobs come spread over the first half of the writes, as a busy instance would queue them.
					if i%(writes/2/n) != 0 || i > writes/2 {
						return nil
					}
					_, _, err := q.Enqueue(w.ctx, tx, jobs.Job{Kind: "mark"})
					return err
				})
				if err != nil {
					return fmt.Errorf("write %d: %w", i, err)
				}
				if appWrites.Add(1) == writes {
					jobsAtLastWrite.Store(jobEffects.Load())
				}
			}
			return nil
		})
		for _, err := range errs {
			testkit.WantErr(t, err, nil)
		}
		received(t, done, "last job")
		t.Logf("first job after %d writes, last after %d; %d jobs done at the last write", appAtFirstJob.Load(), appAtLastJob.Load(), jobsAtLastWrite.Load())
		if jobsAtLastWrite.Load() < n/2 {
			t.Errorf("only %d of %d jobs moved while the application wrote %d times", jobsAtLastWrite.Load(), n, writes)
		}
		if moved := appAtLastJob.Load() - appAtFirstJob.Load(); moved < n {
			t.Errorf("the application wrote only %d times while %d jobs were done", moved, n)
		}
		var rows, marks int
		err := db.QueryRow(w.ctx, `SELECT (SELECT COUNT(*) FROM app), (SELECT COUNT(DISTINCT job) FROM effects)`).Scan(&rows, &marks)
		if err != nil || rows != writes || marks != n {
			t.Fatalf("%d rows and %d effects, want %d and %d: %v", rows, marks, writes, n, err)
		}
	})
}

// BenchmarkJobs measures whole jobs (claim, effect and completion in one durable transaction), queued beforehand.
func BenchmarkJobs(b *testing.B) {
	run := func(b *testing.B, o storage.Options, workers int) {
		db := testkit.Open(b, o)
		testkit.Migrate(b, db, jobs.Migrations(), effects)
		var left atomic.Int64
		done := make(chan struct{})
		q := jobs.New(db, jobs.Options{Node: "a", Workers: workers})
		q.Register(jobs.Kind{Name: "mark", Handle: func(ctx context.Context, r *jobs.Run) error {
			err := effect(ctx, db, r, "a")
			if left.Add(-1) == 0 {
				close(done)
			}
			return err
		}})
		ctx := b.Context()
		left.Store(int64(b.N))
		err := db.Write(ctx, func(tx *storage.Tx) error {
			for range b.N {
				if _, _, err := q.Enqueue(ctx, tx, jobs.Job{Kind: "mark"}); err != nil {
					return err
				}
			}
			return nil
		})
		if err != nil {
			b.Fatal(err)
		}
		b.ResetTimer()
		if err := q.Start(ctx); err != nil {
			b.Fatal(err)
		}
		<-done
		b.StopTimer()
		b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "jobs/s")
		if err := q.Stop(ctx); err != nil {
			b.Fatal(err)
		}
	}
	for _, workers := range []int{4, 16, 64} {
		b.Run(fmt.Sprintf("sqlite/workers=%d", workers), func(b *testing.B) {
			run(b, storage.Options{Path: b.TempDir() + "/commun.db"}, workers)
		})
		b.Run(fmt.Sprintf("postgres/workers=%d", workers), func(b *testing.B) {
			run(b, testkit.Postgres(b), workers)
		})
	}
}
