// Package testkit is how tests get a database and act at once. It knows only the platform: helpers that know people or commons sit with core.
//
// EachDB runs a test on SQLite always, and on PostgreSQL when COMMUN_TEST_POSTGRES holds its URL: each time a database of its own, so that all
// tests may run in parallel.
package testkit

import (
	"context"
	"database/sql"
	"errors"
	"os"
	"path/filepath"
	"sync"
	"testing"

	_ "github.com/jackc/pgx/v5/stdlib" // the driver "pgx", to make and drop schemas

	"commun/internal/platform/storage"
)

// PostgresEnv names the variable with the URL of a PostgreSQL that tests may fill with schemas of their own.
const PostgresEnv = "COMMUN_TEST_POSTGRES"

// EachDB runs test on an empty database of each kind, as the parallel subtests sqlite and postgres. Without a PostgreSQL the second is skipped; where
// CI is set it fails instead, so that no run there passes by half.
func EachDB(t *testing.T, test func(t *testing.T, db *storage.DB)) {
	t.Helper()
	t.Run("sqlite", func(t *testing.T) {
		t.Parallel()
		test(t, Open(t, storage.Options{Path: filepath.Join(t.TempDir(), "commun.db")}))
	})
	t.Run("postgres", func(t *testing.T) {
		t.Parallel()
		test(t, Open(t, Postgres(t)))
	})
}

// Postgres makes an empty schema, dropped with the test, and returns how to open it. It skips the test when there is no PostgreSQL.
func Postgres(t testing.TB) storage.Options {
	t.Helper()
	url := os.Getenv(PostgresEnv)
	if url == "" {
		if os.Getenv("CI") != "" {
			t.Fatalf("%s is not set: in CI every test runs on PostgreSQL too", PostgresEnv)
		}
		t.Skipf("%s is not set: not tried on PostgreSQL", PostgresEnv)
	}
	schema := "test_" + storage.NewID()
	run := func(text string) {
		t.Helper()
		db, err := sql.Open("pgx", url)
		if err != nil {
			t.Fatalf("open PostgreSQL of %s: %v", PostgresEnv, err)
		}
		defer db.Close()
		if _, err := db.ExecContext(context.Background(), text); err != nil {
			t.Fatalf("%s: %v", text, err)
		}
	}
	run("CREATE SCHEMA " + schema)
	t.Cleanup(func() { run("DROP SCHEMA " + schema + " CASCADE") })
	// Few connections a test: many tests run at once, and a server takes a hundred.
	return storage.Options{URL: url, Schema: schema, Readers: 8}
}

// Open opens a database and closes it with the test.
func Open(t testing.TB, o storage.Options) *storage.DB {
	t.Helper()
	db, err := storage.Open(context.Background(), o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := db.Close(); err != nil {
			t.Error(err)
		}
	})
	return db
}

// Migrate makes the tables of sets.
func Migrate(t testing.TB, db *storage.DB, sets ...storage.Migrations) {
	t.Helper()
	if err := db.Migrate(context.Background(), sets...); err != nil {
		t.Fatal(err)
	}
}

// Together calls fn n times at once, none before all are ready, and returns what each said.
func Together(n int, fn func() error) []error {
	return TogetherEach(n, func(int) error { return fn() })
}

// TogetherEach is Together for calls that must differ: fn is told which of 0 … n-1 it is.
func TogetherEach(n int, fn func(i int) error) []error {
	errs := make([]error, n)
	start := make(chan struct{})
	var ready, done sync.WaitGroup
	for i := range n {
		ready.Add(1)
		done.Go(func() {
			ready.Done()
			<-start
			errs[i] = fn(i)
		})
	}
	ready.Wait()
	close(start)
	done.Wait()
	return errs
}

// WantOne fails the test unless exactly one of errs is want; nil is success.
func WantOne(t testing.TB, errs []error, want error) {
	t.Helper()
	n := 0
	for _, err := range errs {
		if errors.Is(err, want) {
			n++
		}
	}
	if n != 1 {
		t.Fatalf("%d of %d are %v, want exactly one: %v", n, len(errs), want, errs)
	}
}

// WantErr fails the test unless err is want, or wraps it; nil is success.
func WantErr(t testing.TB, err, want error) {
	t.Helper()
	if !errors.Is(err, want) {
		t.Fatalf("got error %v, want %v", err, want)
	}
}
