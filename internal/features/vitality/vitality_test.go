package vitality_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"io/fs"
	"log/slog"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"commun/internal/core/coretest"
	"commun/internal/features/vitality"
	"commun/internal/platform/jobs"
	"commun/internal/platform/live"
	"commun/internal/platform/storage"
	"commun/internal/platform/testkit"
)

// world is the core with vitality, a started queue, and one copy of a repository, that of the commons "c1".
type world struct {
	*coretest.World
	Vitality *vitality.Service
	Jobs     *jobs.Queue
	hub      *live.Hub
	dir      string
	cache    string
}

const commons = "c1"

func each(t *testing.T, story func(w *world)) {
	t.Helper()
	testkit.EachDB(t, func(t *testing.T, db *storage.DB) {
		w := &world{World: coretest.New(t, db, vitality.Migrations()), hub: live.NewHub(), dir: filepath.Join(t.TempDir(), "copy.git"), cache: filepath.Join(t.TempDir(), "histories")}
		w.Jobs = jobs.New(db, jobs.Options{Node: "test", Hub: w.hub})
		w.Vitality = vitality.New(vitality.Options{DB: db, Queue: w.Jobs, Mirrors: func(string) string { return w.dir }, Forgotten: w.People.ForgottenIn,
			Cache: w.cache, Log: slog.New(slog.DiscardHandler)})
		w.People.OnForget(w.Vitality.Eraser())
		w.Must(w.Jobs.Start(t.Context()))
		t.Cleanup(func() {
			ctx, cancel := context.WithTimeout(context.Background(), 20*time.Second)
			defer cancel()
			if err := w.Jobs.Stop(ctx); err != nil {
				t.Error(err)
			}
		})
		story(w)
		w.WantWhole()
	})
}

// git runs git in the copy, on its own settings alone, and returns what it says.
func (w *world) git(args ...string) string {
	w.T.Helper()
	cmd := exec.Command("git", append([]string{"-C", w.dir}, args...)...)
	cmd.Env = append(os.Environ(), "GIT_CONFIG_GLOBAL="+os.DevNull, "GIT_CONFIG_NOSYSTEM=1")
	out, err := cmd.CombinedOutput()
	if err != nil {
		w.T.Fatalf("git %v: %v: %s", args, err, out)
	}
	return strings.TrimSpace(string(out))
}

func (w *world) init() {
	w.T.Helper()
	w.Must(os.MkdirAll(w.dir, 0o700))
	w.git("init", "-q", "--bare", "-b", "main")
}

// commit adds a commit by who ("Name <address>") in which one file holds text, as loose objects. It returns the text's object.
func (w *world) commit(who, text string, at time.Time) (blob string) {
	w.T.Helper()
	file := filepath.Join(w.T.TempDir(), "text")
	w.Must(os.WriteFile(file, []byte(text), 0o600))
	blob = w.git("hash-object", "-w", file)
	name, address, _ := strings.Cut(strings.TrimSuffix(who, ">"), " <")
	index := filepath.Join(w.T.TempDir(), "index")
	env := func(args ...string) string {
		w.T.Helper()
		cmd := exec.Command("git", append([]string{"-C", w.dir}, args...)...)
		stamp := at.Format(time.RFC3339)
		cmd.Env = append(os.Environ(), "GIT_CONFIG_GLOBAL="+os.DevNull, "GIT_CONFIG_NOSYSTEM=1", "GIT_INDEX_FILE="+index, "GIT_AUTHOR_NAME="+name,
			"GIT_AUTHOR_EMAIL="+address, "GIT_COMMITTER_NAME="+name, "GIT_COMMITTER_EMAIL="+address, "GIT_AUTHOR_DATE="+stamp, "GIT_COMMITTER_DATE="+stamp)
		out, err := cmd.Output()
		if err != nil {
			w.T.Fatalf("git %v: %v", args, err)
		}
		return strings.TrimSpace(string(out))
	}
	env("update-index", "--add", "--cacheinfo", "100644,"+blob+",f-"+blob[:8])
	args := []string{"commit-tree", "-m", "m", env("write-tree")}
	if refs := w.git("for-each-ref", "--format=%(objectname)", "refs/heads/main"); refs != "" {
		args = append(args, "-p", refs)
	}
	w.git("update-ref", "refs/heads/main", env(args...))
	return blob
}

// queue queues a measure as an import does, and returns its job.
func (w *world) queue() string {
	w.T.Helper()
	w.Must(w.DB.Maintain(w.T.Context(), func(tx *storage.Tx) error { return w.Vitality.QueueMeasure(w.T.Context(), tx, commons) }))
	list, err := w.Jobs.List(w.T.Context(), jobs.Filter{Kind: vitality.JobMeasure, Limit: 1})
	w.Must(err)
	return list[0].ID
}

// measure queues a measure and follows it to its end.
func (w *world) measure() jobs.Record {
	w.T.Helper()
	ctx, cancel := context.WithTimeout(w.T.Context(), time.Minute)
	defer cancel()
	events := w.hub.Subscribe(ctx, jobs.AllTopic)
	id := w.queue()
	for {
		r, err := w.Jobs.Get(ctx, id)
		w.Must(err)
		if r.State.Final() || r.Failures > 0 {
			return r
		}
		<-events
	}
}

// measured measures and returns the figures.
func (w *world) measured() vitality.Measured {
	w.T.Helper()
	if r := w.measure(); r.State != jobs.Done {
		w.T.Fatalf("the measure is %s: %+v", r.State, r.Fault)
	}
	m, err := w.Vitality.Of(w.T.Context(), commons)
	w.Must(err)
	w.brief(m, "as the measure stored it")
	w.Must(w.DB.Maintain(w.T.Context(), func(tx *storage.Tx) error {
		_, err := tx.Exec(w.T.Context(), `DELETE FROM vitality_briefs`)
		return err
	}))
	w.brief(m, "made anew of the figures")
	var n int
	w.Must(w.DB.QueryRow(w.T.Context(), `SELECT COUNT(*) FROM vitality_briefs WHERE measured_at = $1`, storage.Micros(m.At)).Scan(&n))
	if n != 1 {
		w.T.Errorf("%d briefs are stored, want the one that was made anew", n)
	}
	return m
}

// brief checks that the brief figures are those of m.
func (w *world) brief(m vitality.Measured, rule string) {
	w.T.Helper()
	brief, err := w.Vitality.Brief(w.T.Context(), commons)
	w.Must(err)
	got, err := json.Marshal(brief)
	w.Must(err)
	want, err := json.Marshal(m.Brief())
	w.Must(err)
	if !bytes.Equal(got, want) || brief.LinesPending != m.LinesPending || brief.Windows.All != m.Windows.All {
		w.T.Errorf("brief figures, %s:\n%s\nwant\n%s", rule, got, want)
	}
}

var day = time.Date(2026, 5, 1, 10, 0, 0, 0, time.UTC)

func TestFiguresAreMeasuredStoredAndMeasuredAgain(t *testing.T) {
	each(t, func(w *world) {
		_, err := w.Vitality.Of(t.Context(), commons)
		testkit.WantErr(w.T, err, vitality.ErrNotMeasured)
		w.init()
		first := w.commit("Ana <ana@example.org>", "one\ntwo\n", day)
		w.commit("Bo <bo@example.org>", "three\n", day.Add(time.Hour))
		m := w.measured()
		if m.Repository.Commits != 2 || m.Windows.All.Contributors != 2 || m.Windows.All.Added != 3 || m.LinesPending || m.At.IsZero() {
			w.T.Fatalf("got %+v", m.Repository)
		}
		again := w.measured()
		if again.Repository != m.Repository || again.Windows.All != m.Windows.All {
			w.T.Fatal("the same history gave other figures")
		}

		// What was counted is not read again: the first text is taken away, and its lines are still known.
		w.Must(os.Remove(filepath.Join(w.dir, "objects", first[:2], first[2:])))
		w.commit("Ana <ana@example.org>", "four\n", day.Add(2*time.Hour))
		m = w.measured()
		if m.Repository.Commits != 3 || m.Missing.Commits != 0 {
			w.T.Fatalf("got %d commits, of which %d without lines; want 3 and none", m.Repository.Commits, m.Missing.Commits)
		}

		// Without the saved history it is missed, and said; a damaged one is the same as none.
		w.Must(os.WriteFile(filepath.Join(w.cache, commons+".history"), []byte("damaged"), 0o600))
		if m = w.measured(); m.Repository.Commits != 3 || m.Missing.Commits == 0 {
			w.T.Fatalf("got %d commits, of which %d without lines; want 3 and some", m.Repository.Commits, m.Missing.Commits)
		}
	})
}

func TestAForcePushIsCountedAnew(t *testing.T) {
	each(t, func(w *world) {
		w.init()
		w.commit("Ana <ana@example.org>", "one\n", day)
		w.commit("Bo <bo@example.org>", "two\n", day.Add(time.Hour))
		w.measured()
		w.git("update-ref", "refs/heads/main", w.git("rev-parse", "refs/heads/main~1"))
		w.commit("Cy <cy@example.org>", "three\n", day.Add(2*time.Hour))
		m := w.measured()
		if m.Repository.Commits != 2 || len(m.Contributors) != 2 || m.Contributors[1].Name != "Cy" {
			w.T.Fatalf("got %+v", m.Contributors)
		}
	})
}

// TestAForgottenPersonIsInNoFigureAndNoFile: by name at once, and by address too from the next measure on, whatever name stands there.
func TestAForgottenPersonIsInNoFigureAndNoFile(t *testing.T) {
	each(t, func(w *world) {
		boss := w.Admin()
		ana := w.Member("Ana Forgettable", "ana.forgettable@example.org")
		w.init()
		w.commit("Ana Forgettable <ana.forgettable@example.org>", "one\n", day)
		w.commit("Ana Forgettable <other@example.net>", "two\n", day.Add(time.Hour))
		w.commit("aforget <ana.forgettable@example.org>", "three\n", day.Add(2*time.Hour))
		w.commit("Bo <bo@example.org>", "four\n", day.Add(3*time.Hour))
		before := w.measured()
		if len(before.Contributors) != 4 || !w.kept("ana.forgettable") {
			w.T.Fatalf("before: %+v", before.Contributors)
		}
		w.Forget(boss, ana, "Ana Forgettable")
		if w.kept("ana") || w.stored("Ana Forgettable") {
			w.T.Fatal("the forgotten person is still there by name, or in a saved history")
		}
		for range 2 { // a later measure does not bring them back, and its history is not kept
			m := w.measured()
			if w.kept("ana") || w.stored("Ana Forgettable") || w.stored("aforget") || w.stored("@example") {
				w.T.Fatalf("a measure brought the forgotten person back: %+v", m.Contributors)
			}
			if m.Windows.All != before.Windows.All || len(m.Contributors) != 4 || m.Contributors[0].Commits != 1 {
				w.T.Fatalf("forgetting a name changed a figure: %+v", m.Windows.All)
			}
		}
	})
}

// TestAForgettingWithoutACopyFailsNothing: forgetting removes the copies that hold the person; the figures stay until the next refresh, without the name.
func TestAForgettingWithoutACopyFailsNothing(t *testing.T) {
	each(t, func(w *world) {
		boss := w.Admin()
		ana := w.Member("Ana Forgettable", "ana.forgettable@example.org")
		w.init()
		w.commit("Ana Forgettable <ana.forgettable@example.org>", "one\n", day)
		w.measured()
		w.Must(os.RemoveAll(w.dir))
		ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
		defer cancel()
		events := w.hub.Subscribe(ctx, jobs.AllTopic)
		w.Forget(boss, ana, "Ana Forgettable")
		for {
			list, err := w.Jobs.List(ctx, jobs.Filter{Kind: vitality.JobMeasure, Limit: 1})
			w.Must(err)
			if list[0].State.Final() || list[0].Failures > 0 {
				if list[0].State != jobs.Done {
					w.T.Fatalf("the measure without a copy is %s: %+v", list[0].State, list[0].Fault)
				}
				break
			}
			<-events
		}
		if _, err := w.Vitality.Of(ctx, commons); err != nil || w.stored("Ana Forgettable") {
			w.T.Errorf("the figures are gone, or name the person: %v", err)
		}
		if r := w.measure(); r.State != jobs.Failed { // one that an import queued has a copy, or something is wrong
			w.T.Errorf("a measure without a copy is %s", r.State)
		}
	})
}

// stored says whether a text is in the table of figures.
func (w *world) stored(text string) bool {
	w.T.Helper()
	var result string
	w.Must(w.DB.QueryRow(w.T.Context(), `SELECT result FROM vitality_results WHERE commons = $1`, commons).Scan(&result))
	return strings.Contains(result, text)
}

// kept says whether a text is in any saved history.
func (w *world) kept(text string) bool {
	w.T.Helper()
	found := false
	err := filepath.WalkDir(w.cache, func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		b, err := os.ReadFile(path)
		found = found || strings.Contains(strings.ToLower(string(b)), text)
		return err
	})
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		w.T.Fatal(err)
	}
	return found
}

func TestABadCopySaysWhy(t *testing.T) {
	for _, c := range []struct {
		rule, key string
		make      func(w *world)
	}{
		{"no copy is there", "vitality.no_copy", func(*world) {}},
		{"a folder that is no repository", "vitality.no_copy", func(w *world) { w.Must(os.MkdirAll(w.dir, 0o700)) }},
		{"a repository without a commit", "vitality.empty", func(w *world) { w.init() }},
		{"a HEAD that names no branch", "vitality.empty", func(w *world) {
			w.init()
			w.commit("Ana <ana@example.org>", "one\n", day)
			w.git("symbolic-ref", "HEAD", "refs/heads/none")
		}},
		{"a damaged commit", "vitality.corrupt", func(w *world) {
			w.init()
			w.commit("Ana <ana@example.org>", "one\n", day)
			w.commit("Ana <ana@example.org>", "two\n", day)
			id := w.git("rev-parse", "refs/heads/main~1")
			file := filepath.Join(w.dir, "objects", id[:2], id[2:])
			w.Must(os.Remove(file))
			w.Must(os.WriteFile(file, []byte("this is no object"), 0o600))
		}},
	} {
		t.Run(c.rule, func(t *testing.T) {
			each(t, func(w *world) {
				c.make(w)
				r := w.measure()
				if r.State != jobs.Failed || r.Fault == nil || r.Fault.Key != c.key {
					w.T.Fatalf("the job is %s with %+v, want failed with %s", r.State, r.Fault, c.key)
				}
				_, err := w.Vitality.Of(t.Context(), commons)
				testkit.WantErr(w.T, err, vitality.ErrNotMeasured)
			})
		})
	}
}

// TestWhatStoodStands: a measure that fails leaves the figures that were there.
func TestWhatStoodStands(t *testing.T) {
	each(t, func(w *world) {
		w.init()
		w.commit("Ana <ana@example.org>", "one\n", day)
		before := w.measured()
		w.Must(os.RemoveAll(w.dir))
		if r := w.measure(); r.State != jobs.Failed {
			w.T.Fatalf("the measure of no copy is %s", r.State)
		}
		after, err := w.Vitality.Of(t.Context(), commons)
		w.Must(err)
		if !after.At.Equal(before.At) || after.Repository != before.Repository {
			w.T.Fatal("a failed measure changed the figures")
		}
	})
}

// TestManyImportsAtOnceMeasureOnce: what is queued already is not queued again, and its figures are stored with the job's end, once.
func TestManyImportsAtOnceMeasureOnce(t *testing.T) {
	each(t, func(w *world) {
		w.init()
		w.commit("Ana <ana@example.org>", "one\n", day)
		w.Must(w.DB.Maintain(t.Context(), func(tx *storage.Tx) error {
			return errors.Join(w.Vitality.QueueMeasure(t.Context(), tx, commons), w.Vitality.QueueMeasure(t.Context(), tx, commons))
		}))
		list, err := w.Jobs.List(t.Context(), jobs.Filter{Kind: vitality.JobMeasure})
		w.Must(err)
		if len(list) != 1 {
			w.T.Fatalf("%d jobs, want one", len(list))
		}
		ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
		defer cancel()
		events := w.hub.Subscribe(ctx, jobs.AllTopic)
		for {
			r, err := w.Jobs.Get(ctx, list[0].ID)
			w.Must(err)
			_, of := w.Vitality.Of(ctx, commons)
			if r.State == jobs.Done {
				w.Must(of) // the figures are there with the job's end
				break
			}
			<-events
		}
		var rows int
		w.Must(w.DB.QueryRow(ctx, `SELECT COUNT(*) FROM vitality_results`).Scan(&rows))
		if rows != 1 {
			w.T.Fatalf("%d rows of figures, want one", rows)
		}
	})
}

// TestARunThatLostItsJobStoresNothing: the job was given to another run while this one measured; its figures are rolled back with the job's end,
// and those without lines, which it would show on its way, with them.
func TestARunThatLostItsJobStoresNothing(t *testing.T) {
	t.Run("figures", func(t *testing.T) { lostRun(t, false) })
	t.Run("early figures", func(t *testing.T) { lostRun(t, true) })
}

func lostRun(t *testing.T, early bool) {
	each(t, func(w *world) {
		w.init()
		w.commit("Ana <ana@example.org>", "one\n", day)
		before := w.measured()
		if early { // with nothing saved, figures without lines are stored first
			w.Must(os.RemoveAll(w.cache))
		}
		w.commit("Bo <bo@example.org>", "two\n", day.Add(time.Hour))
		stolen := make(chan struct{})
		w.Vitality.Forgotten = func(ctx context.Context, _ string) (func(string) bool, error) {
			defer close(stolen)
			return func(string) bool { return false }, w.DB.Maintain(ctx, func(tx *storage.Tx) error {
				_, err := tx.Exec(ctx, `UPDATE jobs SET lease = lease + 1 WHERE state = 'running'`)
				return err
			})
		}
		w.queue()
		<-stolen
		ctx, cancel := context.WithTimeout(context.WithoutCancel(t.Context()), 20*time.Second)
		defer cancel()
		w.Must(w.Jobs.Stop(ctx)) // waits for the run's end
		after, err := w.Vitality.Of(t.Context(), commons)
		w.Must(err)
		if after.Repository.Head != before.Repository.Head || after.LinesPending || !after.At.Equal(before.At) {
			w.T.Fatal("a run that had lost its job stored its figures")
		}
	})
}
