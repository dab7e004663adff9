package jobs_test

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"commun/internal/platform/jobs"
	"commun/internal/platform/storage"
	"commun/internal/platform/testkit"
)

// The process that is killed is this test's own binary, told by these variables to be a node.
const (
	envPath   = "COMMUN_TEST_CRASH_PATH"
	envURL    = "COMMUN_TEST_CRASH_URL"
	envSchema = "COMMUN_TEST_CRASH_SCHEMA"
)

func TestMain(m *testing.M) {
	if path, url := os.Getenv(envPath), os.Getenv(envURL); path != "" || url != "" {
		victim(storage.Options{Path: path, URL: url, Schema: os.Getenv(envSchema)})
		return
	}
	os.Exit(m.Run())
}

// victim works on the queue, says which job it has begun, and never ends that job.
func victim(o storage.Options) {
	ctx := context.Background()
	db, err := storage.Open(ctx, o)
	if err == nil {
		err = db.Migrate(ctx, jobs.Migrations(), effects)
	}
	if err == nil {
		q := jobs.New(db, jobs.Options{Node: "victim"})
		q.Register(jobs.Kind{Name: "import", Handle: func(ctx context.Context, r *jobs.Run) error {
			r.Progress("clone", 1, 2)
			fmt.Println("begun", r.ID)
			<-ctx.Done()
			return ctx.Err()
		}})
		err = q.Start(ctx)
	}
	if err != nil {
		fmt.Println("victim failed:", err)
		os.Exit(1)
	}
	_, _ = io.Copy(io.Discard, os.Stdin) // until it is killed, or this test's process is gone
}

// killMidJob starts a victim, waits until it runs id, and kills it.
func killMidJob(t *testing.T, o storage.Options, id string) {
	t.Helper()
	exe, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command(exe, "-test.run=^$")
	cmd.Env = append(os.Environ(), envPath+"="+o.Path, envURL+"="+o.URL, envSchema+"="+o.Schema)
	in, err := cmd.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	defer in.Close()
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	line, err := bufio.NewReader(out).ReadString('\n')
	if strings.TrimSpace(line) != "begun "+id {
		t.Errorf("victim said %q, %v", line, err)
	}
	if err := cmd.Process.Signal(syscall.SIGKILL); err != nil {
		t.Error(err)
	}
	_ = cmd.Wait() // killed: that is its error
	if t.Failed() {
		t.FailNow()
	}
}

// places returns how to open the same empty database twice, of each kind.
func eachPlace(t *testing.T, test func(t *testing.T, o storage.Options)) {
	t.Run("sqlite", func(t *testing.T) {
		t.Parallel()
		test(t, storage.Options{Path: filepath.Join(t.TempDir(), "commun.db")})
	})
	t.Run("postgres", func(t *testing.T) {
		t.Parallel()
		test(t, testkit.Postgres(t))
	})
}

func TestJobOfKilledProcessStartsAgain(t *testing.T) {
	eachPlace(t, func(t *testing.T, o storage.Options) {
		id := queueOne(t, o)
		killMidJob(t, o, id)
		killed := time.Now()

		w := newWorld(t, testkit.Open(t, o))
		began := make(chan time.Time, 1)
		q := w.node("heir", 1, jobs.Kind{Name: "import", Handle: func(ctx context.Context, r *jobs.Run) error {
			began <- time.Now()
			return effect(ctx, w.db, r, "heir")
		}})
		w.start(q)
		r := w.until(q, id, jobs.Done)
		// Reported and not asserted: a machine under load is no fault of the queue. The promise is 5 s.
		t.Logf("resumed %.1f s after the kill", (<-began).Sub(killed).Seconds())
		if r.Crashes != 1 || r.Failures != 0 || w.effectsOf(id) != 1 {
			t.Fatalf("%d crashes, %d failures, %d effects; want 1, 0, 1", r.Crashes, r.Failures, w.effectsOf(id))
		}
	})
}

// queueOne queues an import without starting a queue, and closes the database again.
func queueOne(t *testing.T, o storage.Options) string {
	t.Helper()
	db, err := storage.Open(t.Context(), o)
	if err != nil {
		t.Fatal(err)
	}
	w := newWorld(t, db)
	id := w.enqueue(w.node("first", 1, jobs.Kind{Name: "import", Handle: func(context.Context, *jobs.Run) error { return nil }}), jobs.Job{Kind: "import"})
	if err := db.Close(); err != nil {
		t.Fatal(err)
	}
	return id
}

func TestJobThatKillsItsProcessIsParked(t *testing.T) {
	testkit.EachDB(t, func(t *testing.T, db *storage.DB) {
		w := newWorld(t, db)
		ran := make(chan struct{}, 10)
		kind := jobs.Kind{Name: "bomb", Handle: func(context.Context, *jobs.Run) error {
			ran <- struct{}{}
			return nil
		}}
		q := w.node("a", 1, kind)
		id := w.enqueue(q, jobs.Job{Kind: "bomb"})
		other := w.enqueue(q, jobs.Job{Kind: "bomb"})
		asking := w.enqueue(q, jobs.Job{Kind: "bomb"})
		// As six processes would have left it, the last of them still "running"; the second job has seen one crash less; the third was
		// cancelled while it ran.
		err := db.Maintain(w.ctx, func(tx *storage.Tx) error {
			_, err := tx.Exec(w.ctx, `UPDATE jobs SET state = 'running', node = 'dead', lease = 6, crashes = CASE WHEN id = $1 THEN 5 ELSE 4 END,
				cancel = CASE WHEN id = $2 THEN 1 ELSE 0 END`, id, asking)
			return err
		})
		testkit.WantErr(t, err, nil)
		w.start(q)
		r := w.until(q, id, jobs.Failed)
		if r.Fault == nil || r.Fault.Key != jobs.KeyCrashed || r.Crashes != 6 || r.FinishedAt == 0 {
			t.Fatalf("parked job is %+v, fault %+v", r, r.Fault)
		}
		w.until(q, asking, jobs.Cancelled)
		w.until(q, other, jobs.Done)
		if len(ran) != 1 {
			t.Fatalf("%d runs, want that of the second job alone", len(ran))
		}
		testkit.WantErr(t, q.Retry(w.ctx, id), nil) // an administrator may insist
		w.until(q, id, jobs.Done)
	})
}
