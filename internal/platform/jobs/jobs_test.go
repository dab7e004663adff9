package jobs_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"commun/internal/platform/fault"
	"commun/internal/platform/jobs"
	"commun/internal/platform/storage"
	"commun/internal/platform/testkit"
)

func TestRolledBackTransactionLeavesNoJob(t *testing.T) {
	testkit.EachDB(t, func(t *testing.T, db *storage.DB) {
		w := newWorld(t, db)
		var ran atomic.Int64
		q := w.node("a", 2, jobs.Kind{Name: "mark", Handle: func(ctx context.Context, r *jobs.Run) error {
			ran.Add(1)
			return nil
		}})
		w.start(q)
		refused := errors.New("a rule said no")
		err := db.Write(w.ctx, func(tx *storage.Tx) error {
			if _, _, err := q.Enqueue(w.ctx, tx, jobs.Job{Kind: "mark"}); err != nil {
				return err
			}
			return refused
		})
		testkit.WantErr(t, err, refused)
		w.until(q, w.enqueue(q, jobs.Job{Kind: "mark"}), jobs.Done)
		list, err := q.List(w.ctx, jobs.Filter{})
		if err != nil || len(list) != 1 || ran.Load() != 1 {
			t.Fatalf("%d jobs in the table, %d runs, want one of each: %v", len(list), ran.Load(), err)
		}
	})
}

func TestArgumentsAndProgressArrive(t *testing.T) {
	testkit.EachDB(t, func(t *testing.T, db *storage.DB) {
		w := newWorld(t, db)
		type args struct {
			Address string
			Depth   int
		}
		got := make(chan args, 1)
		begin, end := make(chan struct{}), make(chan struct{})
		q := w.node("a", 2, jobs.Kind{Name: "import", Handle: func(ctx context.Context, r *jobs.Run) error {
			var a args
			if err := r.Decode(&a); err != nil {
				return err
			}
			got <- a
			<-begin
			r.Progress("clone", 3, 10)
			<-end
			return effect(ctx, db, r, "a")
		}})
		id := w.enqueue(q, jobs.Job{Kind: "import", Owner: "org", Subject: "commons", Args: args{"file:///x", 7}})
		events := w.hub.Subscribe(w.ctx, jobs.Topic(id))
		w.start(q)
		if a := <-got; a != (args{"file:///x", 7}) {
			t.Fatalf("decoded %+v", a)
		}
		close(begin)
		for {
			e := decodeEvent(t, <-events)
			if e.Phase == "clone" && e.Done == 3 && e.Total == 10 && e.State == jobs.Running && e.Subject == "commons" {
				break
			}
		}
		close(end)
		r := w.until(q, id, jobs.Done)
		if r.Phase != "clone" || r.Done != 3 || r.Total != 10 || r.Owner != "org" || r.StartedAt == 0 || r.FinishedAt == 0 || r.Node != "" {
			t.Fatalf("done job is %+v", r)
		}
		if n := w.effectsOf(id); n != 1 {
			t.Fatalf("%d effects, want 1", n)
		}
	})
}

// The lease is taken away as a rescue would, while the first run still works: two runs, one effect.
func TestEffectHappensOnceThoughExecutedTwice(t *testing.T) {
	testkit.EachDB(t, func(t *testing.T, db *storage.DB) {
		w := newWorld(t, db)
		first, second := make(chan struct{}), make(chan struct{})
		result := make(chan error, 1)
		var runs atomic.Int64
		q := w.node("a", 2, jobs.Kind{Name: "mark", Handle: func(ctx context.Context, r *jobs.Run) error {
			ctx = context.WithoutCancel(ctx) // the queue would end the lost run; let it try to commit all the same
			if runs.Add(1) == 1 {
				close(first)
				<-second
				err := effect(ctx, db, r, "first")
				result <- err
				return err
			}
			defer close(second)
			return effect(ctx, db, r, "second")
		}})
		w.start(q)
		id := w.enqueue(q, jobs.Job{Kind: "mark"})
		received(t, first, "first run")
		err := db.Maintain(w.ctx, func(tx *storage.Tx) error {
			_, err := tx.Exec(w.ctx, `UPDATE jobs SET state = 'queued' WHERE id = $1`, id)
			return err
		})
		testkit.WantErr(t, err, nil)
		testkit.WantErr(t, <-result, jobs.ErrLost)
		w.until(q, id, jobs.Done)
		if n := w.effectsOf(id); n != 1 || runs.Load() != 2 {
			t.Fatalf("%d effects of %d runs, want 1 of 2", n, runs.Load())
		}
	})
}

// What a run stores on its way, before its effect, is stored while it holds its job and not afterwards.
func TestALostRunStoresNothingOnItsWay(t *testing.T) {
	testkit.EachDB(t, func(t *testing.T, db *storage.DB) {
		w := newWorld(t, db)
		result := make(chan error, 2)
		held, lost := make(chan struct{}), make(chan struct{})
		q := w.node("a", 1, jobs.Kind{Name: "mark", Handle: func(ctx context.Context, r *jobs.Run) error {
			ctx = context.WithoutCancel(ctx)
			hold := func(tx *storage.Tx) error { return r.Hold(ctx, tx) }
			result <- db.Maintain(ctx, hold)
			close(held)
			<-lost
			err := db.Maintain(ctx, hold)
			result <- err
			return err
		}})
		w.start(q)
		id := w.enqueue(q, jobs.Job{Kind: "mark"})
		received(t, held, "the run")
		testkit.WantErr(t, db.Maintain(w.ctx, func(tx *storage.Tx) error {
			_, err := tx.Exec(w.ctx, `UPDATE jobs SET lease = lease + 1 WHERE id = $1`, id)
			return err
		}), nil)
		close(lost)
		testkit.WantErr(t, <-result, nil)
		testkit.WantErr(t, <-result, jobs.ErrLost)
	})
}

func TestFailuresAreRetriedOrNot(t *testing.T) {
	broken := errors.New("connection reset")
	for _, c := range []struct {
		rule  string
		max   int
		fails int // runs that fail before one succeeds
		err   error
		runs  int64
		state jobs.State
		key   string
	}{
		{"a passing error is tried again until it works", 5, 2, broken, 3, jobs.Done, ""},
		{"a passing error is given up after the last attempt", 3, 9, broken, 3, jobs.Failed, jobs.KeyFailed},
		{"a busy fault is tried again", 5, 1, fault.Busy("mail.later"), 2, jobs.Done, ""},
		{"a conflict is tried again", 5, 1, fault.Conflict("name", "commons.changed"), 2, jobs.Done, ""},
		{"an invalid input is not", 5, 9, fault.Invalid("address", "import.no_repository"), 1, jobs.Failed, "import.no_repository"},
		{"a missing thing is not", 5, 9, fault.Missing("commons.missing"), 1, jobs.Failed, "commons.missing"},
		{"a refusal is not", 5, 9, fault.Denied("commons.denied"), 1, jobs.Failed, "commons.denied"},
		{"what is marked as permanent is not", 5, 9, fmt.Errorf("import: %w", jobs.Permanent(broken)), 1, jobs.Failed, jobs.KeyFailed},
		{"a panic is an error like another", 2, 9, nil, 2, jobs.Failed, jobs.KeyFailed},
	} {
		t.Run(c.rule, func(t *testing.T) {
			testkit.EachDB(t, func(t *testing.T, db *storage.DB) {
				w := newWorld(t, db)
				var runs atomic.Int64
				var pauses []int // handed to Backoff, one run at a time
				q := w.node("a", 1, jobs.Kind{Name: "try", MaxAttempts: c.max,
					Backoff: func(n int) time.Duration { pauses = append(pauses, n); return time.Microsecond },
					Handle: func(ctx context.Context, r *jobs.Run) error {
						n := runs.Add(1)
						if int64(r.Attempt) != n {
							t.Errorf("attempt %d calls itself %d", n, r.Attempt)
						}
						if n > int64(c.fails) {
							return nil
						}
						if c.err == nil {
							panic("a mistake of the program")
						}
						return c.err
					}})
				w.start(q)
				r := w.until(q, w.enqueue(q, jobs.Job{Kind: "try"}), c.state)
				if runs.Load() != c.runs {
					t.Errorf("%d runs, want %d", runs.Load(), c.runs)
				}
				key := ""
				if r.Fault != nil {
					key = r.Fault.Key
				}
				if key != c.key {
					t.Errorf("fault %q, want %q", key, c.key)
				}
				want := []int{}
				for i := 1; int64(i) < c.runs; i++ {
					want = append(want, i)
				}
				if !slices.Equal(pauses, want) && len(want)+len(pauses) > 0 {
					t.Errorf("paused after failures %v, want %v", pauses, want)
				}
			})
		})
	}
}

func TestFaultKeepsKeyFieldAndArguments(t *testing.T) {
	testkit.EachDB(t, func(t *testing.T, db *storage.DB) {
		w := newWorld(t, db)
		q := w.node("a", 1, jobs.Kind{Name: "fail", Handle: func(ctx context.Context, r *jobs.Run) error {
			f := fault.Invalid("file", "import.too_large").With("max", int64(9007199254740993)).With("name", "publiccode.yml").With("odd", func() {})
			return fmt.Errorf("import %s: %w", r.Subject, f.Wrap(errors.New("for the log")))
		}})
		w.start(q)
		r := w.until(q, w.enqueue(q, jobs.Job{Kind: "fail"}), jobs.Failed)
		f := r.Fault
		if f == nil || f.Key != "import.too_large" || f.Field != "file" || f.Args["max"] != int64(9007199254740993) || f.Args["name"] != "publiccode.yml" {
			t.Fatalf("fault %+v", f)
		}
	})
}

func TestTimeoutIsAFailureWithItsKey(t *testing.T) {
	testkit.EachDB(t, func(t *testing.T, db *storage.DB) {
		w := newWorld(t, db)
		q := w.node("a", 1, jobs.Kind{Name: "slow", MaxAttempts: 1, Timeout: time.Millisecond, Handle: func(ctx context.Context, r *jobs.Run) error {
			<-ctx.Done()
			return context.Cause(ctx)
		}})
		w.start(q)
		r := w.until(q, w.enqueue(q, jobs.Job{Kind: "slow"}), jobs.Failed)
		if r.Fault == nil || r.Fault.Key != jobs.KeyTimeout {
			t.Fatalf("fault %+v", r.Fault)
		}
	})
}

func TestUniqueJobIsQueuedOnceWhileItLives(t *testing.T) {
	testkit.EachDB(t, func(t *testing.T, db *storage.DB) {
		w := newWorld(t, db)
		begun, end := make(chan struct{}, 10), make(chan struct{})
		q := w.node("a", 2, jobs.Kind{Name: "import", Handle: func(ctx context.Context, r *jobs.Run) error {
			begun <- struct{}{}
			<-end
			return nil
		}})
		var mu sync.Mutex
		ids, fresh := map[string]bool{}, 0
		add := func() error {
			return db.Write(w.ctx, func(tx *storage.Tx) error {
				id, existed, err := q.Enqueue(w.ctx, tx, jobs.Job{Kind: "import", Unique: "import:parks"})
				if err == nil {
					tx.AfterCommit(func() {
						mu.Lock()
						defer mu.Unlock()
						ids[id] = true
						if !existed {
							fresh++
						}
					})
				}
				return err
			})
		}
		for _, err := range testkit.Together(8, add) {
			testkit.WantErr(t, err, nil)
		}
		w.start(q)
		received(t, begun, "run")
		testkit.WantErr(t, add(), nil) // while it runs
		if len(ids) != 1 || fresh != 1 {
			t.Fatalf("%d ids, %d of them new, want one", len(ids), fresh)
		}
		close(end)
		for id := range ids {
			w.until(q, id, jobs.Done)
		}
		testkit.WantErr(t, add(), nil) // after it
		if len(ids) != 2 || fresh != 2 {
			t.Fatalf("%d ids, %d of them new after the first was done, want two", len(ids), fresh)
		}
	})
}

func TestKindRunsNoMoreAtOnceThanItSays(t *testing.T) {
	testkit.EachDB(t, func(t *testing.T, db *storage.DB) {
		w := newWorld(t, db)
		var now, most atomic.Int64
		q := w.node("a", 8,
			jobs.Kind{Name: "heavy", AtOnce: 2, Handle: func(ctx context.Context, r *jobs.Run) error {
				n := now.Add(1)
				defer now.Add(-1)
				for m := most.Load(); n > m && !most.CompareAndSwap(m, n); m = most.Load() {
				}
				return nil
			}},
			jobs.Kind{Name: "light", Handle: func(ctx context.Context, r *jobs.Run) error { return nil }})
		var heavy []string
		for range 40 {
			heavy = append(heavy, w.enqueue(q, jobs.Job{Kind: "heavy"}))
		}
		light := w.enqueue(q, jobs.Job{Kind: "light"})
		w.start(q)
		w.until(q, light, jobs.Done)
		for _, id := range heavy {
			w.until(q, id, jobs.Done)
		}
		if most.Load() > 2 {
			t.Fatalf("%d ran at once, 2 may", most.Load())
		}
	})
}

func TestUnknownKindIsRefused(t *testing.T) {
	testkit.EachDB(t, func(t *testing.T, db *storage.DB) {
		w := newWorld(t, db)
		q := w.node("a", 1)
		err := db.Write(w.ctx, func(tx *storage.Tx) error {
			_, _, err := q.Enqueue(w.ctx, tx, jobs.Job{Kind: "misspelt"})
			return err
		})
		if err == nil {
			t.Fatal("a job that nobody can do was queued")
		}
	})
}

func TestPeriodicJobIsQueuedOnceASlotOverAllNodes(t *testing.T) {
	testkit.EachDB(t, func(t *testing.T, db *storage.DB) {
		w := newWorld(t, db)
		var slot atomic.Int64
		slot.Store(1000)
		clock := func() int64 { return slot.Load() * time.Hour.Microseconds() }
		done := make(chan struct{}, 10)
		kind := jobs.Kind{Name: "refresh", Handle: func(ctx context.Context, r *jobs.Run) error {
			done <- struct{}{}
			return nil
		}}
		nodes := 1
		if db.Dialect() == storage.Postgres {
			nodes = 3
		}
		var q *jobs.Queue
		for i := range nodes {
			q = w.nodeAt(fmt.Sprint("node", i), 1, clock, kind)
			q.Every(jobs.Periodic{Name: "refresh", Interval: time.Hour, Job: func() jobs.Job { return jobs.Job{Kind: "refresh"} }})
			w.start(q)
		}
		received(t, done, "job of the first slot")
		slot.Add(1)
		received(t, done, "job of the second slot")
		// A job queued behind them shows that the second slot brought no third.
		w.until(q, w.enqueue(q, jobs.Job{Kind: "refresh"}), jobs.Done)
		list, err := q.List(w.ctx, jobs.Filter{Kind: "refresh"})
		if err != nil || len(list) != 3 {
			t.Fatalf("%d jobs, want 2 of the clock and 1 by hand: %v", len(list), err)
		}
	})
}

func TestStopPutsBackWhatDoesNotEnd(t *testing.T) {
	testkit.EachDB(t, func(t *testing.T, db *storage.DB) {
		w := newWorld(t, db)
		begun := make(chan struct{}, 1)
		kind := func(wait bool) jobs.Kind {
			return jobs.Kind{Name: "long", Handle: func(ctx context.Context, r *jobs.Run) error {
				if !wait {
					return effect(ctx, db, r, "b")
				}
				begun <- struct{}{}
				<-ctx.Done()
				return ctx.Err()
			}}
		}
		a := w.node("a", 1, kind(true))
		w.start(a)
		id := w.enqueue(a, jobs.Job{Kind: "long"})
		received(t, begun, "run")
		ctx, cancel := context.WithCancel(w.ctx)
		cancel()
		testkit.WantErr(t, a.Stop(ctx), context.Canceled)
		r, err := a.Get(w.ctx, id)
		if err != nil || r.State != jobs.Queued || r.Failures != 0 || r.Crashes != 0 {
			t.Fatalf("after the stop: %+v %v", r, err)
		}
		b := w.node("b", 1, kind(false))
		w.start(b)
		w.until(b, id, jobs.Done)
	})
}
