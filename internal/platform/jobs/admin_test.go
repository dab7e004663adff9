package jobs_test

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	"commun/internal/platform/fault"
	"commun/internal/platform/jobs"
	"commun/internal/platform/storage"
	"commun/internal/platform/testkit"
)

func TestCancel(t *testing.T) {
	testkit.EachDB(t, func(t *testing.T, db *storage.DB) {
		w := newWorld(t, db)
		begun := make(chan struct{}, 1)
		cause := make(chan error, 1)
		kind := jobs.Kind{Name: "long", Handle: func(ctx context.Context, r *jobs.Run) error {
			begun <- struct{}{}
			<-ctx.Done()
			cause <- context.Cause(ctx)
			return errors.New("git was killed")
		}}
		q := w.node("a", 1, kind)
		w.start(q)
		running := w.enqueue(q, jobs.Job{Kind: "long"})
		received(t, begun, "run")
		waiting := w.enqueue(q, jobs.Job{Kind: "long", RunAt: time.Now().Add(time.Hour)})

		testkit.WantErr(t, q.Cancel(w.ctx, waiting), nil)
		if r := w.until(q, waiting, jobs.Cancelled); r.StartedAt != 0 {
			t.Fatalf("a job that waited was started: %+v", r)
		}
		// Another node asks, over a hub of its own: only the table joins the two.
		other := jobs.New(db, jobs.Options{Node: "b"})
		testkit.WantErr(t, other.Cancel(w.ctx, running), nil)
		testkit.WantErr(t, <-cause, jobs.ErrCancelled)
		if r := w.until(q, running, jobs.Cancelled); r.Fault != nil || r.Failures != 0 {
			t.Fatalf("a cancelled job counts as failed: %+v", r)
		}
		testkit.WantErr(t, q.Cancel(w.ctx, running), fault.Conflict("", "jobs.finished"))
		testkit.WantErr(t, q.Cancel(w.ctx, "nosuchjob"), fault.Missing("jobs.missing"))
	})
}

func TestRetry(t *testing.T) {
	testkit.EachDB(t, func(t *testing.T, db *storage.DB) {
		w := newWorld(t, db)
		fail := make(chan bool, 10)
		q := w.node("a", 1, jobs.Kind{Name: "try", Handle: func(ctx context.Context, r *jobs.Run) error {
			if <-fail {
				return fault.Invalid("", "import.wrong")
			}
			return nil
		}})
		w.start(q)
		id := w.enqueue(q, jobs.Job{Kind: "try", Unique: "one"})
		fail <- true
		w.until(q, id, jobs.Failed)
		later := w.enqueue(q, jobs.Job{Kind: "try", Unique: "one", RunAt: time.Now().Add(time.Hour)})
		testkit.WantErr(t, q.Retry(w.ctx, later), fault.Conflict("", "jobs.not_ended"))
		testkit.WantErr(t, q.Retry(w.ctx, id), fault.Conflict("", "jobs.queued_already"))
		testkit.WantErr(t, q.Cancel(w.ctx, later), nil)
		testkit.WantErr(t, q.Retry(w.ctx, id), nil)
		fail <- false
		if r := w.until(q, id, jobs.Done); r.Fault != nil || r.Failures != 0 {
			t.Fatalf("after a retry that worked: %+v", r)
		}
		testkit.WantErr(t, q.Retry(w.ctx, "nosuchjob"), fault.Missing("jobs.missing"))
	})
}

func TestListPagesByKeyAndCountsAgree(t *testing.T) {
	testkit.EachDB(t, func(t *testing.T, db *storage.DB) {
		w := newWorld(t, db)
		nothing := func(context.Context, *jobs.Run) error { return nil }
		q := w.node("a", 1, jobs.Kind{Name: "one", Handle: nothing}, jobs.Kind{Name: "two", Handle: nothing})
		var all []string
		for i := range 25 {
			kind, owner := "one", "org"
			if i%5 == 0 {
				kind, owner = "two", ""
			}
			all = append(all, w.enqueue(q, jobs.Job{Kind: kind, Owner: owner, Subject: "s"}))
		}
		for _, c := range []struct {
			rule   string
			filter jobs.Filter
			want   int
		}{
			{"all of them", jobs.Filter{}, 25},
			{"one kind", jobs.Filter{Kind: "two"}, 5},
			{"one owner", jobs.Filter{Owner: "org"}, 20},
			{"one state", jobs.Filter{State: jobs.Queued, Subject: "s"}, 25},
			{"nothing", jobs.Filter{State: jobs.Failed}, 0},
		} {
			var got []string
			for f := c.filter; ; {
				f.Limit = 4
				page, err := q.List(w.ctx, f)
				if err != nil {
					t.Fatal(err)
				}
				for _, r := range page {
					got = append(got, r.ID)
				}
				if len(page) < 4 {
					break
				}
				f.After = page[3].ID
			}
			if len(got) != c.want {
				t.Errorf("%s: %d jobs, want %d", c.rule, len(got), c.want)
			}
			if c.want == 25 && (got[0] != all[24] || got[24] != all[0]) {
				t.Errorf("%s: not newest first", c.rule)
			}
		}
		counts, err := q.Counts(w.ctx)
		if err != nil || len(counts) != 2 || counts[0] != (jobs.Count{Kind: "one", State: jobs.Queued, N: 20}) {
			t.Fatalf("counts %+v %v", counts, err)
		}
		if wait, err := q.Waiting(w.ctx); err != nil || wait <= 0 {
			t.Fatalf("longest wait %d %v", wait, err)
		}
	})
}

func TestEraseLeavesNothingOfThePerson(t *testing.T) {
	testkit.EachDB(t, func(t *testing.T, db *storage.DB) {
		w := newWorld(t, db)
		const marker = "zz-marker-of-ana"
		begun := make(chan struct{}, 1)
		q := w.node("a", 1,
			jobs.Kind{Name: "fail", Handle: func(ctx context.Context, r *jobs.Run) error {
				return fault.Invalid("", "mail.refused").With("name", marker)
			}},
			jobs.Kind{Name: "long", Handle: func(ctx context.Context, r *jobs.Run) error {
				r.Progress("send", 1, 2)
				begun <- struct{}{}
				<-ctx.Done()
				return fault.Invalid("", "mail.refused").With("name", marker)
			}})
		w.start(q)
		job := func(kind string) jobs.Job {
			return jobs.Job{Kind: kind, Person: "ana", Subject: "ana", Unique: kind + marker, Args: map[string]string{"name": marker}}
		}
		failed := w.enqueue(q, job("fail"))
		w.until(q, failed, jobs.Failed)
		running := w.enqueue(q, job("long"))
		received(t, begun, "run")
		later := job("fail")
		later.RunAt = time.Now().Add(time.Hour)
		waiting := w.enqueue(q, later)
		bob := w.enqueue(q, jobs.Job{Kind: "fail", Person: "bob", RunAt: time.Now().Add(time.Hour), Args: map[string]string{"name": "bob"}})

		err := db.Write(w.ctx, func(tx *storage.Tx) error { return q.Erase(w.ctx, tx, "ana") })
		testkit.WantErr(t, err, nil)
		w.until(q, running, jobs.Cancelled) // its handler fails with the marker only now
		for _, id := range []string{failed, running, waiting} {
			var all string
			err := db.QueryRow(w.ctx, `SELECT owner_id || subject_id || person_id || args || unique_key || phase || fault FROM jobs WHERE id = $1`, id).Scan(&all)
			if err != nil || strings.Contains(all, marker) || strings.Contains(all, "ana") {
				t.Errorf("left of the person: %q %v", all, err)
			}
		}
		if r, err := q.Get(w.ctx, waiting); err != nil || r.State != jobs.Cancelled {
			t.Errorf("what waited is %s %v", r.State, err)
		}
		if r, err := q.Get(w.ctx, bob); err != nil || r.State != jobs.Queued || !strings.Contains(string(r.Args), "bob") {
			t.Errorf("another person's job is %+v %v", r, err)
		}
	})
}

func TestSweepTakesOldEndedJobsOnly(t *testing.T) {
	testkit.EachDB(t, func(t *testing.T, db *storage.DB) {
		w := newWorld(t, db)
		q := w.node("a", 1, jobs.Kind{Name: "mark", Handle: func(context.Context, *jobs.Run) error { return nil }})
		old := w.enqueue(q, jobs.Job{Kind: "mark"})
		w.start(q)
		w.until(q, old, jobs.Done)
		waiting := w.enqueue(q, jobs.Job{Kind: "mark", RunAt: time.Now().Add(time.Hour)})
		testkit.WantErr(t, q.Sweep(w.ctx), nil)
		if _, err := q.Get(w.ctx, old); err != nil {
			t.Fatalf("a job of today was swept: %v", err)
		}
		late := w.nodeAt("b", 1, func() int64 { return storage.Now() + (31 * 24 * time.Hour).Microseconds() })
		testkit.WantErr(t, late.Sweep(w.ctx), nil)
		_, err := q.Get(w.ctx, old)
		testkit.WantErr(t, err, fault.Missing("jobs.missing"))
		_, err = q.Get(w.ctx, waiting)
		testkit.WantErr(t, err, nil)
	})
}
