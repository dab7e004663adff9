package storage_test

import (
	"context"
	"errors"
	"fmt"
	"testing"

	"commun/internal/platform/storage"
	"commun/internal/platform/testkit"
)

var things = storage.Migrations{
	Owner: "things",
	Steps: []storage.Step{
		{Name: "things and notes", SQL: storage.Both(`
			CREATE TABLE things (id TEXT COLLATE "C" NOT NULL PRIMARY KEY, n BIGINT NOT NULL, ok INTEGER NOT NULL DEFAULT 0, body BYTEA);
			CREATE TABLE notes (id TEXT NOT NULL PRIMARY KEY, thing TEXT NOT NULL REFERENCES things (id), text TEXT NOT NULL);
			CREATE TABLE sessions (id TEXT NOT NULL PRIMARY KEY, at BIGINT NOT NULL);`)},
	},
	Upkeep: []string{"sessions"},
}

func eachDB(t *testing.T, test func(t *testing.T, db *storage.DB)) {
	t.Helper()
	t.Parallel()
	testkit.EachDB(t, func(t *testing.T, db *storage.DB) {
		testkit.Migrate(t, db, things)
		test(t, db)
	})
}

func put(ctx context.Context, db *storage.DB, id string, n int64) error {
	return db.Write(ctx, func(tx *storage.Tx) error {
		_, err := tx.Exec(ctx, `INSERT INTO things (id, n) VALUES ($1, $2)`, id, n)
		return err
	})
}

func count(t *testing.T, db *storage.DB, table string) (n int) {
	t.Helper()
	if err := db.QueryRow(t.Context(), `SELECT COUNT(*) FROM `+table).Scan(&n); err != nil {
		t.Fatal(err)
	}
	return n
}

func TestARowWrittenIsRead(t *testing.T) {
	eachDB(t, func(t *testing.T, db *storage.DB) {
		ctx := t.Context()
		var after []string
		err := db.Write(ctx, func(tx *storage.Tx) error {
			n, err := tx.Exec(ctx, `INSERT INTO things (id, n, ok, body) VALUES ($1, $2, $3, $4), ($5, $2, $6, NULL)`, "b", int64(1)<<52, true, []byte{0, 255}, "a", false)
			if err != nil || n != 2 {
				return fmt.Errorf("inserted %d: %w", n, err)
			}
			tx.AfterCommit(func() { after = append(after, "committed") })
			return nil
		})
		if err != nil || len(after) != 1 {
			t.Fatal(err, after)
		}
		var id string
		var n int64
		var ok bool
		var body []byte
		if err := db.QueryRow(ctx, `SELECT id, n, ok, body FROM things WHERE id = $1 AND n = $2`, "b", int64(1)<<52).Scan(&id, &n, &ok, &body); err != nil {
			t.Fatal(err)
		}
		if n != 1<<52 || !ok || string(body) != "\x00\xff" {
			t.Fatal(id, n, ok, body)
		}
		err = db.QueryRow(ctx, `SELECT id FROM things WHERE id = $1`, "none").Scan(&id)
		testkit.WantErr(t, err, storage.ErrNoRows)
		if !storage.IsUnique(put(ctx, db, "a", 1)) {
			t.Fatal("a second row of one key must be a unique violation")
		}
		if err := put(ctx, db, "a", 1); errors.Is(err, storage.ErrAway) {
			t.Fatal(err)
		}
	})
}

func TestTheMajorVersionOfAServer(t *testing.T) {
	for version, want := range map[string]int{"15.18 (Debian 15.18-0+deb12u1)": 15, "9.6.24": 9, "18beta1": 18, "17": 17} {
		if got, ok := storage.MajorOf(version); !ok || got != want {
			t.Errorf("%s: %d, %v", version, got, ok)
		}
	}
	for _, version := range []string{"", "v15", "CockroachDB"} {
		if got, ok := storage.MajorOf(version); ok {
			t.Errorf("%q is judged as %d", version, got)
		}
	}
}
