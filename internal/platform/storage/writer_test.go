package storage_test

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"sync/atomic"
	"testing"

	"commun/internal/platform/storage"
	"commun/internal/platform/testkit"
)

// sqlite opens a database for the tests of what only SQLite's writer does.
func sqlite(t *testing.T) *storage.DB {
	t.Helper()
	t.Parallel()
	db := testkit.Open(t, storage.Options{Path: filepath.Join(t.TempDir(), "commun.db")})
	testkit.Migrate(t, db, things)
	return db
}

// group runs ops in one group of the writer, in their order, and returns what each said: the writer is held until all of them wait.
func group(t *testing.T, db *storage.DB, ops ...func() error) []error {
	t.Helper()
	held, let, free := make(chan struct{}), make(chan struct{}), make(chan error)
	go func() {
		free <- db.Write(context.Background(), func(tx *storage.Tx) error {
			close(held)
			<-let
			return nil
		})
	}()
	<-held
	errs, done := make([]error, len(ops)), make(chan struct{}, len(ops))
	for i, op := range ops {
		before := storage.Waiting(db)
		go func() {
			errs[i] = op()
			done <- struct{}{}
		}()
		for storage.Waiting(db) == before && len(done) == 0 { // one that is refused at the door never waits
			runtime.Gosched()
		}
	}
	close(let)
	if err := <-free; err != nil {
		t.Fatal(err)
	}
	for range ops {
		<-done
	}
	return errs
}

// rows returns the ids of all things, joined.
func rows(t *testing.T, db *storage.DB) string {
	t.Helper()
	r, err := db.Query(t.Context(), `SELECT id FROM things ORDER BY id`)
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	var all []string
	for r.Next() {
		var id string
		if err := r.Scan(&id); err != nil {
			t.Fatal(err)
		}
		all = append(all, id)
	}
	if r.Err() != nil {
		t.Fatal(r.Err())
	}
	return strings.Join(all, " ")
}

func TestWaitingOperationsShareOneCommit(t *testing.T) {
	db := sqlite(t)
	before := db.Stats()
	var ops []func() error
	for i := range 100 {
		ops = append(ops, func() error {
			if err := put(t.Context(), db, fmt.Sprintf("%03d", i), 1); err != nil {
				return err
			}
			var n int // acknowledged is visible to every reader
			return db.QueryRow(t.Context(), `SELECT n FROM things WHERE id = $1`, fmt.Sprintf("%03d", i)).Scan(&n)
		})
	}
	if err := errors.Join(group(t, db, ops...)...); err != nil {
		t.Fatal(err)
	}
	after := db.Stats()
	if after.Groups-before.Groups != 2 || after.Ops-before.Ops != 101 || count(t, db, "things") != 100 {
		t.Fatalf("%+v, then %+v", before, after)
	}
}

func TestAnOperationThatFailsTakesNoOtherWithIt(t *testing.T) {
	db := sqlite(t)
	errRule := errors.New("a rule of the domain")
	cancelled, cancel := context.WithCancel(t.Context())
	during, cancelDuring := context.WithCancel(t.Context())
	errs := group(t, db,
		func() error { return put(t.Context(), db, "a", 1) },
		func() error { return put(t.Context(), db, "a", 2) }, // unique
		func() error {
			return db.Write(t.Context(), func(tx *storage.Tx) error {
				cancel() // of an operation that waits in the same group
				_, err := tx.Exec(t.Context(), `INSERT INTO things (id, n) VALUES ('b', 1)`)
				return err
			})
		},
		func() error {
			return db.Write(t.Context(), func(tx *storage.Tx) error {
				_, err := tx.Exec(t.Context(), `INSERT INTO things (id, n) VALUES ('half', 1)`)
				return errors.Join(err, errRule)
			})
		},
		func() error { return put(cancelled, db, "cancelled before its turn", 1) },
		func() error {
			return db.Write(during, func(tx *storage.Tx) error {
				cancelDuring()
				_, err := tx.Exec(during, `INSERT INTO things (id, n) VALUES ('c', 1)`)
				return err
			})
		},
		func() error {
			return db.Write(t.Context(), func(tx *storage.Tx) error { // a failure that the operation does not look at
				tx.Exec(t.Context(), `INSERT INTO things (id, n) VALUES ('hidden', 1)`)
				tx.Exec(t.Context(), `INSERT INTO things (id, n) VALUES ('hidden', NULL)`)
				return nil
			})
		},
		func() error { return put(t.Context(), db, "d", 1) },
	)
	if !storage.IsUnique(errs[1]) || !errors.Is(errs[3], errRule) || !errors.Is(errs[4], context.Canceled) || errs[6] == nil {
		t.Fatal(errs)
	}
	if err := errors.Join(errs[0], errs[2], errs[5], errs[7]); err != nil {
		t.Fatal(err)
	}
	if got := rows(t, db); got != "a b c d" {
		t.Fatalf("stored: %s", got)
	}
	if n := db.Stats().Reruns; n != 0 {
		t.Fatalf("%d operations were run again: no failure here loses the group", n)
	}
}

func TestAnOperationCancelledWhileItWaitsReturnsAtOnce(t *testing.T) {
	db := sqlite(t)
	ctx, cancel := context.WithCancel(t.Context())
	held, let, free := make(chan struct{}), make(chan struct{}), make(chan error)
	go func() {
		free <- db.Write(context.Background(), func(tx *storage.Tx) error { close(held); <-let; return nil })
	}()
	<-held
	gone := make(chan error)
	go func() { gone <- put(ctx, db, "gone", 1) }()
	for storage.Waiting(db) == 0 {
		runtime.Gosched()
	}
	cancel()
	testkit.WantErr(t, <-gone, context.Canceled) // while the writer is still held
	close(let)
	testkit.WantErr(t, <-free, nil)
	testkit.WantErr(t, put(t.Context(), db, "next", 1), nil)
	if got := rows(t, db); got != "next" {
		t.Fatalf("stored: %s", got)
	}
}

func TestAPanicReachesItsCallerAndNoOther(t *testing.T) {
	db := sqlite(t)
	exit := make(chan error, 1)
	errs := group(t, db,
		func() error { return put(t.Context(), db, "a", 1) },
		func() (err error) {
			defer func() { err = fmt.Errorf("caught %v", recover()) }()
			return db.Write(t.Context(), func(tx *storage.Tx) error {
				tx.Exec(t.Context(), `INSERT INTO things (id, n) VALUES ('half', 1)`)
				panic("out of paper")
			})
		},
		func() error { return put(t.Context(), db, "b", 1) },
		func() error {
			return db.Write(t.Context(), func(tx *storage.Tx) error {
				tx.Exec(t.Context(), `INSERT INTO things (id, n) VALUES ('half', 1)`)
				select {
				case exit <- nil:
				default:
				}
				runtime.Goexit() // what t.Fatal does
				return nil
			})
		},
		func() error { return put(t.Context(), db, "c", 1) },
	)
	if !strings.Contains(errs[1].Error(), "out of paper") || !strings.Contains(errs[1].Error(), "writer_test.go") {
		t.Fatalf("the panic must keep its value and its stack: %v", errs[1])
	}
	if errs[3] == nil || errs[0] != nil || errs[2] != nil || errs[4] != nil {
		t.Fatal(errs)
	}
	if got := rows(t, db); got != "a b c" {
		t.Fatalf("stored: %s", got)
	}
}

func TestAClientAloneMayEndItsGoroutine(t *testing.T) {
	db := sqlite(t)
	for range 3 {
		ended := make(chan struct{})
		go func() {
			defer close(ended)
			_ = db.Write(context.Background(), func(tx *storage.Tx) error {
				tx.Exec(context.Background(), `INSERT INTO things (id, n) VALUES ('half', 1)`)
				runtime.Goexit()
				return nil
			})
		}()
		<-ended
		testkit.WantErr(t, db.Write(t.Context(), func(tx *storage.Tx) error { return nil }), nil)
	}
	testkit.WantErr(t, put(t.Context(), db, "a", 1), nil)
	if got := rows(t, db); got != "a" {
		t.Fatal(got)
	}
}

func TestAFullDiskFailsOnlyWhatDoesNotFit(t *testing.T) {
	db := sqlite(t)
	var runs int // by the writer alone
	var afters atomic.Int64
	big := func() error {
		return db.Write(t.Context(), func(tx *storage.Tx) error {
			for i := range 50 {
				if _, err := tx.Exec(t.Context(), `INSERT INTO things (id, n, body) VALUES ($1, $2, $3)`, fmt.Sprintf("big %d", i), i, make([]byte, 4000)); err != nil {
					return fmt.Errorf("put the big thing: %w", err)
				}
			}
			return nil
		})
	}
	small := func(id string) func() error {
		return func() error {
			return db.Write(t.Context(), func(tx *storage.Tx) error {
				runs++
				tx.AfterCommit(func() { afters.Add(1) })
				_, err := tx.Exec(t.Context(), `INSERT INTO things (id, n) VALUES ($1, 1)`, id)
				return err
			})
		}
	}
	var pages int
	if err := db.QueryRow(t.Context(), `SELECT page_count FROM pragma_page_count`).Scan(&pages); err != nil {
		t.Fatal(err)
	}
	if err := storage.Script(db, fmt.Sprintf(`PRAGMA max_page_count = %d`, pages+20)); err != nil {
		t.Fatal(err)
	}
	errs := group(t, db, small("a"), big, small("b"))
	testkit.WantErr(t, errs[0], nil)
	testkit.WantErr(t, errs[1], storage.ErrDiskFull)
	testkit.WantErr(t, errs[2], nil)
	if got := rows(t, db); got != "a b" {
		t.Fatalf("stored: %s", got)
	}
	if db.Stats().Reruns == 0 || runs < 3 {
		t.Fatalf("the group was not lost (%d runs, %+v): this test proves nothing", runs, db.Stats())
	}
	if n := afters.Load(); n != 2 {
		t.Fatalf("%d functions ran after two commits", n)
	}
	// With room again the same operation succeeds.
	if err := storage.Script(db, `PRAGMA max_page_count = 100000`); err != nil {
		t.Fatal(err)
	}
	testkit.WantErr(t, big(), nil)
}

// TestAnyPageMayBeTheLast fills the disk at every page in turn that a group of operations takes.
func TestAnyPageMayBeTheLast(t *testing.T) {
	db := sqlite(t)
	reruns := db.Stats().Reruns
	for room := range 12 {
		if _, err := exec(t, db, `DELETE FROM notes`); err != nil {
			t.Fatal(err)
		}
		if _, err := exec(t, db, `DELETE FROM things`); err != nil {
			t.Fatal(err)
		}
		var used, free int
		if err := db.QueryRow(t.Context(), `SELECT page_count, freelist_count FROM pragma_page_count, pragma_freelist_count`).Scan(&used, &free); err != nil {
			t.Fatal(err)
		}
		// Free pages are taken first: fill them by asking for room beyond them only.
		if err := storage.Script(db, fmt.Sprintf(`PRAGMA max_page_count = %d`, used)); err != nil {
			t.Fatal(err)
		}
		var ops []func() error
		for i := range 4 {
			ops = append(ops, func() error {
				return db.Write(t.Context(), func(tx *storage.Tx) error {
					id := fmt.Sprint(i)
					_, err := tx.Exec(t.Context(), `INSERT INTO things (id, n, body) VALUES ($1, 1, $2)`, id, make([]byte, 4000*room*(i%2)))
					if err == nil {
						_, err = tx.Exec(t.Context(), `INSERT INTO notes (id, thing, text) VALUES ($1, $1, $2)`, id, strings.Repeat("x", 3000))
					}
					return err
				})
			})
		}
		errs := group(t, db, ops...)
		for i, err := range errs {
			var n int
			q := `SELECT (SELECT COUNT(*) FROM things WHERE id = $1) + (SELECT COUNT(*) FROM notes WHERE id = $1)`
			if e := db.QueryRow(t.Context(), q, fmt.Sprint(i)).Scan(&n); e != nil {
				t.Fatal(e)
			}
			if err == nil && n != 2 || err != nil && (n != 0 || !errors.Is(err, storage.ErrDiskFull)) {
				t.Fatalf("room for %d: operation %d said %v and left %d rows", room, i, err, n)
			}
		}
	}
	if db.Stats().Reruns == reruns {
		t.Fatal("no group was lost: this test proves nothing")
	}
	if err := storage.Script(db, `PRAGMA max_page_count = 100000`); err != nil {
		t.Fatal(err)
	}
	testkit.WantErr(t, put(t.Context(), db, "room again", 1), nil)
}

func exec(t *testing.T, db *storage.DB, q string, args ...any) (n int64, err error) {
	t.Helper()
	err = db.Write(t.Context(), func(tx *storage.Tx) error {
		n, err = tx.Exec(t.Context(), q, args...)
		return err
	})
	return n, err
}

func TestAClosedDatabaseFinishesWhatItAccepted(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "commun.db")
	db, err := storage.Open(t.Context(), storage.Options{Path: path})
	if err != nil {
		t.Fatal(err)
	}
	testkit.Migrate(t, db, things)
	errs := testkit.TogetherEach(50, func(i int) error {
		if i == 25 {
			return db.Close()
		}
		return put(context.Background(), db, fmt.Sprint(i), 1)
	})
	stored := 0
	for i, err := range errs {
		switch {
		case i != 25 && err == nil:
			stored++
		case err != nil && !errors.Is(err, storage.ErrClosed):
			t.Fatal(err)
		}
	}
	again := testkit.Open(t, storage.Options{Path: path})
	if n := count(t, again, "things"); n != stored {
		t.Fatalf("%d acknowledged, %d stored", stored, n)
	}
	testkit.WantErr(t, put(t.Context(), db, "late", 1), storage.ErrClosed)
	testkit.WantErr(t, db.Close(), nil)
}

func TestTheLogDoesNotGrowForEver(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "an odd? name #1 %20", "commun.db")
	if err := os.Mkdir(filepath.Dir(path), 0o700); err != nil {
		t.Fatal(err)
	}
	db := testkit.Open(t, storage.Options{Path: path})
	testkit.Migrate(t, db, things)
	most := int64(0)
	for i := range 300 {
		if _, err := exec(t, db, `INSERT INTO things (id, n, body) VALUES ($1, 1, $2)`, fmt.Sprint(i), make([]byte, 100_000)); err != nil {
			t.Fatal(err)
		}
		most = max(most, db.Stats().WALBytes)
	}
	if most == 0 || most > 16<<20 || db.Stats().FileBytes < 15<<20 {
		t.Fatalf("the log reached %d bytes; %+v", most, db.Stats())
	}
	if size, err := db.Size(t.Context()); err != nil || size < 30<<20 {
		t.Fatal(size, err)
	}
}
