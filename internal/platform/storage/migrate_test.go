package storage_test

import (
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"commun/internal/platform/storage"
	"commun/internal/platform/testkit"
)

func steps(names ...string) storage.Migrations {
	m := storage.Migrations{Owner: "steps"}
	for _, n := range names {
		m.Steps = append(m.Steps, storage.Step{Name: n, SQL: storage.Both(`CREATE TABLE ` + n + ` (id TEXT NOT NULL PRIMARY KEY); INSERT INTO ` + n + ` (id) VALUES ('1');`)})
	}
	return m
}

func TestMigrationsGoForwardOnAFilledDatabase(t *testing.T) {
	t.Parallel()
	testkit.EachDB(t, func(t *testing.T, db *storage.DB) {
		ctx := t.Context()
		testkit.Migrate(t, db, things, steps("one"))
		testkit.WantErr(t, put(ctx, db, "a", 1), nil)
		grown := things
		grown.Steps = append(slices.Clone(things.Steps), storage.Step{Name: "places", SQL: storage.Both(
			`ALTER TABLE things ADD COLUMN place TEXT NOT NULL DEFAULT 'Paris'; UPDATE things SET place = 'Lyon'; CREATE INDEX things_place ON things (place, id);`)})
		for range 2 { // a second time changes nothing
			testkit.Migrate(t, db, grown, steps("one", "two"))
		}
		var place string
		if err := db.QueryRow(ctx, `SELECT place FROM things WHERE id = 'a'`).Scan(&place); err != nil || place != "Lyon" {
			t.Fatal(place, err)
		}
		applied, err := db.Applied(ctx)
		if err != nil || len(applied) != 4 || applied[1].Owner != "steps" || applied[1].Step != 2 || applied[1].Name != "two" {
			t.Fatal(applied, err)
		}
	})
}

func TestAnUnknownOrChangedSchemaIsRefusedUntouched(t *testing.T) {
	t.Parallel()
	testkit.EachDB(t, func(t *testing.T, db *storage.DB) {
		ctx := t.Context()
		testkit.Migrate(t, db, steps("one", "two"))
		err := db.Migrate(ctx, steps("one"), things)
		testkit.WantErr(t, err, storage.ErrNewer)
		if !strings.Contains(err.Error(), "newer") {
			t.Fatal(err)
		}
		changed := steps("one", "two", "three")
		changed.Steps[1].SQL = storage.Both(`CREATE TABLE two (id TEXT)`)
		testkit.WantErr(t, db.Migrate(ctx, changed), storage.ErrChanged)
		spaced := steps("one", "two")
		spaced.Steps[0].SQL = storage.Both(" \n" + spaced.Steps[0].SQL.SQLite)
		testkit.WantErr(t, db.Migrate(ctx, spaced), nil)
		applied, err := db.Applied(ctx)
		if err != nil || len(applied) != 2 {
			t.Fatal(applied, err)
		}
	})
}

func TestADatabaseOfAnUnknownOwnerIsNewer(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "commun.db")
	db, err := storage.Open(t.Context(), storage.Options{Path: path})
	if err != nil {
		t.Fatal(err)
	}
	testkit.Migrate(t, db, things, steps("one"))
	testkit.WantErr(t, db.Close(), nil)
	testkit.WantErr(t, testkit.Open(t, storage.Options{Path: path}).Migrate(t.Context(), things), storage.ErrNewer)
}

func TestAStepThatFailsLeavesNothing(t *testing.T) {
	t.Parallel()
	testkit.EachDB(t, func(t *testing.T, db *storage.DB) {
		broken := steps("one", "two")
		broken.Steps[1].SQL = storage.Both(`CREATE TABLE two (id TEXT); INSERT INTO one (id) VALUES ('2'); INSERT INTO one (id) VALUES ('1')`)
		if err := db.Migrate(t.Context(), broken); !storage.IsUnique(err) || !strings.Contains(err.Error(), "step 2 (two)") {
			t.Fatal(err)
		}
		if n := count(t, db, "one"); n != 1 {
			t.Fatal(n)
		}
		testkit.Migrate(t, db, steps("one", "two", "three"))
	})
}

func TestSeveralProcessesMigrateAtOnce(t *testing.T) {
	t.Parallel()
	o := testkit.Postgres(t)
	dbs := []*storage.DB{testkit.Open(t, o), testkit.Open(t, o), testkit.Open(t, o)}
	errs := testkit.TogetherEach(3, func(i int) error { return dbs[i].Migrate(t.Context(), things, steps("one", "two", "three")) })
	testkit.WantErr(t, errors.Join(errs...), nil)
	if n := count(t, dbs[0], "one"); n != 1 {
		t.Fatal(n)
	}
}

func TestSQLiteIsCopiedBeforeAnUpgrade(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	path := filepath.Join(dir, "commun.db")
	db := testkit.Open(t, storage.Options{Path: path})
	copies := func() []string {
		t.Helper()
		found, err := filepath.Glob(path + ".*")
		if err != nil {
			t.Fatal(err)
		}
		for i, f := range found {
			found[i] = strings.TrimPrefix(f, path)
		}
		return found
	}
	tables := func(copied string) string {
		t.Helper()
		db := testkit.Open(t, storage.Options{Path: path + copied, ReadOnly: true})
		applied, err := db.Applied(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		return applied[len(applied)-1].Name
	}
	testkit.Migrate(t, db, steps("one"))
	if c := copies(); len(c) != 0 {
		t.Fatalf("a new database needs no copy: %v", c)
	}
	testkit.Migrate(t, db, steps("one", "two"))
	if c := copies(); !slices.Equal(c, []string{".before-upgrade"}) || tables(c[0]) != "one" {
		t.Fatal(c)
	}
	// Half of an upgrade fails: its copy stays what it was before the first try.
	broken := steps("one", "two", "three", "four")
	broken.Steps[3].SQL = storage.Both(`CREATE TABLE one (id TEXT)`)
	for range 2 {
		if err := db.Migrate(t.Context(), broken); err == nil {
			t.Fatal("the broken step passed")
		}
		c := copies()
		if len(c) != 2 || !strings.Contains(c[0], "unfinished") || tables(c[0]) != "two" {
			t.Fatal(c)
		}
	}
	testkit.Migrate(t, db, steps("one", "two", "three", "four"))
	if c := copies(); !slices.Equal(c, []string{".before-upgrade"}) || tables(c[0]) != "two" {
		t.Fatal(c)
	}
}

func TestADatabaseIsOpenedToBeReadOnly(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	path := filepath.Join(dir, "commun.db")
	testkit.WantErr(t, func() error {
		_, err := storage.Open(t.Context(), storage.Options{Path: path, ReadOnly: true})
		if err == nil {
			return errors.New("a missing database was opened")
		}
		return nil
	}(), nil)
	db := testkit.Open(t, storage.Options{Path: path})
	testkit.Migrate(t, db, things)
	testkit.WantErr(t, put(t.Context(), db, "in the log", 1), nil)
	// As a crash leaves it: the last rows are in the log only.
	left := filepath.Join(t.TempDir(), "commun.db")
	for _, suffix := range []string{"", "-wal"} {
		b, err := os.ReadFile(path + suffix)
		if err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(left+suffix, b, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	before := contents(t, left)
	ro, err := storage.Open(t.Context(), storage.Options{Path: left, ReadOnly: true})
	if err != nil {
		t.Fatal(err)
	}
	if n := count(t, ro, "things"); n != 1 {
		t.Fatalf("%d rows, the log was passed over", n)
	}
	testkit.WantErr(t, put(t.Context(), ro, "b", 1), storage.ErrReadOnly)
	testkit.WantErr(t, ro.Migrate(t.Context(), things), nil)
	testkit.WantErr(t, ro.Migrate(t.Context(), things, steps("one")), storage.ErrReadOnly)
	testkit.WantErr(t, ro.Close(), nil)
	if after := contents(t, left); after != before {
		t.Fatalf("looking changed the files: %s, then %s", before, after)
	}
	// Beside the process that writes, it sees what is committed.
	beside := testkit.Open(t, storage.Options{Path: path, ReadOnly: true})
	testkit.WantErr(t, put(t.Context(), db, "later", 1), nil)
	if n := count(t, beside, "things"); n != 2 {
		t.Fatal(n)
	}
}
