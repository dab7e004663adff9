package storage_test

import (
	"slices"
	"strings"
	"testing"
	"time"

	"commun/internal/platform/storage"
	"commun/internal/platform/testkit"
)

func TestIdentifiersSortByTimeAndNeverMeet(t *testing.T) {
	t.Parallel()
	const clients, each = 8, 5000
	made := make([][]string, clients)
	testkit.TogetherEach(clients, func(i int) error {
		for range each {
			made[i] = append(made[i], storage.NewID())
		}
		return nil
	})
	seen := map[string]bool{}
	for _, ids := range made {
		if !slices.IsSorted(ids) {
			t.Fatal("a later identifier sorts before an earlier one")
		}
		for _, id := range ids {
			if len(id) != 26 || id != strings.ToLower(id) || seen[id] {
				t.Fatalf("%q is malformed or was made twice", id)
			}
			seen[id] = true
		}
	}
	before := storage.NewID()
	for storage.Now() == storage.Micros(time.Now()) {
	}
	if after := storage.NewID(); after <= before {
		t.Fatalf("%s was made before %s", before, after)
	}
}

func TestTimesAreMicroseconds(t *testing.T) {
	t.Parallel()
	at := time.Date(2026, 5, 1, 12, 0, 0, 123456789, time.FixedZone("", 7200))
	if got := storage.Time(storage.Micros(at)); !got.Equal(at.Truncate(time.Microsecond)) || got.Location() != time.UTC {
		t.Fatal(got)
	}
}

func TestWhatAStatementWritesTo(t *testing.T) {
	t.Parallel()
	for q, want := range map[string]string{
		`SELECT 'DELETE FROM a' -- INSERT INTO b`:                                     "",
		`SELECT a FROM b FOR UPDATE OF c`:                                             "",
		`SELECT REPLACE(a, 'b', 'c') FROM d`:                                          "",
		`INSERT INTO a (b) SELECT c FROM d`:                                           "a",
		`insert or ignore into "A" values (1)`:                                        "a",
		`REPLACE INTO a VALUES (1)`:                                                   "a",
		`INSERT INTO a (b) VALUES (1) ON CONFLICT (b) DO UPDATE SET b = excluded.b`:   "a",
		`UPDATE a SET b = 1 FROM c`:                                                   "a",
		`UPDATE OR IGNORE a SET b = 1`:                                                "a",
		`UPDATE ONLY a SET b = 1`:                                                     "a",
		`UPDATE main.a SET b = 1`:                                                     "a",
		`DELETE FROM "x"."a b" WHERE c`:                                               "a b",
		`DELETE FROM ONLY a`:                                                          "a",
		`WITH x AS (DELETE FROM a RETURNING b), y AS (SELECT 1) INSERT INTO c SELECT`: "a c",
		`TRUNCATE TABLE a`:                                                            "a",
		`TRUNCATE a`:                                                                  "a",
		`MERGE INTO a USING b ON c`:                                                   "a",
		`SELECT 'it''s' /* UPDATE a SET */, $tag$ DELETE FROM a $tag$`:                "",
		`INSERT INTO a(a) VALUES('optimize')`:                                         "a",
		"UPDATE `a` SET b = 1":                                                        "a",
		`UPDATE [a] SET b = 1`:                                                        "a",
		`UPDATE`:                                                                      "",
	} {
		if got, _ := storage.Written(q); strings.Join(got, " ") != want {
			t.Errorf("%s: writes to %q, want %q", q, got, want)
		}
	}
}

func TestWhatSQLiteIsGivenInstead(t *testing.T) {
	t.Parallel()
	for q, want := range map[string]string{
		`SELECT a COLLATE "C" FROM b ORDER BY a collate "C"`: `SELECT a COLLATE BINARY FROM b ORDER BY a collate BINARY`,
		`SELECT 'COLLATE "C"', "C" FROM b`:                   `SELECT 'COLLATE "C"', "C" FROM b`,
		`CREATE TABLE a (b BYTEA, c bytea NOT NULL)`:         `CREATE TABLE a (b BLOB, c BLOB NOT NULL)`,
		`SELECT bytea FROM a`:                                `SELECT bytea FROM a`,
	} {
		if _, got := storage.Written(q); got != want {
			t.Errorf("%s became %s", q, got)
		}
	}
}

func FuzzStatement(f *testing.F) {
	for _, q := range []string{`UPDATE "a""b".c SET d = 'x''y' COLLATE "C"; SELECT $1`, `$t$ $t$ -- /* [`, `/*`, `'`, `[a`, "`"} {
		f.Add(q)
	}
	f.Fuzz(func(t *testing.T, q string) {
		_, text := storage.Written(q)
		if _, again := storage.Written(text); again != text {
			t.Fatalf("%q became %q, and then %q", q, text, again)
		}
	})
}
