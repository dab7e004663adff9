package storage_test

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"commun/internal/platform/storage"
	"commun/internal/platform/testkit"
)

func TestAReadSeesOneMoment(t *testing.T) {
	eachDB(t, func(t *testing.T, db *storage.DB) {
		ctx := t.Context()
		testkit.WantErr(t, put(ctx, db, "a", 1), nil)
		err := db.Read(ctx, func(tx *storage.Tx) error {
			sum := func() (n int, err error) {
				err = tx.QueryRow(ctx, `SELECT CAST(SUM(n) AS BIGINT) FROM things`).Scan(&n)
				return n, err
			}
			before, err := sum()
			if err != nil {
				return err
			}
			if err := put(ctx, db, "b", 10); err != nil {
				return err
			}
			after, err := sum()
			if err == nil && (before != 1 || after != 1 || count(t, db, "things") != 2) {
				err = fmt.Errorf("sums %d and %d in one snapshot", before, after)
			}
			return err
		})
		testkit.WantErr(t, err, nil)
	})
}

func TestAReadWritesNothing(t *testing.T) {
	eachDB(t, func(t *testing.T, db *storage.DB) {
		for _, q := range []string{
			`INSERT INTO things (id, n) VALUES ('a', 1)`, `DELETE FROM things`, `UPDATE things SET n = 2`, `DROP TABLE things`, `COMMIT`,
			`WITH x AS (SELECT 1) DELETE FROM things`, `INSERT INTO things (id, n) VALUES ('a', 1) RETURNING id`, ``, `SELECT 1; SELECT 2`,
		} {
			var s string
			if err := db.QueryRow(t.Context(), q).Scan(&s); err == nil {
				t.Errorf("QueryRow took %q", q)
			}
			if err := db.Read(t.Context(), func(tx *storage.Tx) error { _, err := tx.Exec(t.Context(), q); return err }); err == nil {
				t.Errorf("Read executed %q", q)
			}
			if err := db.Read(t.Context(), func(tx *storage.Tx) error { return tx.QueryRow(t.Context(), q).Scan(&s) }); err == nil {
				t.Errorf("Read took %q", q)
			}
		}
		if n := count(t, db, "things"); n != 0 {
			t.Fatal(n)
		}
	})
}

func TestWritesTakeNoSchemaAndNoTransactionOfTheirOwn(t *testing.T) {
	eachDB(t, func(t *testing.T, db *storage.DB) {
		for _, q := range []string{`COMMIT`, `ROLLBACK`, `BEGIN`, `SAVEPOINT x`, `CREATE TABLE x (id TEXT)`, `DROP TABLE things`, `PRAGMA user_version = 3`,
			`VACUUM`, `SELECT 1; DELETE FROM things`, `-- nothing`} {
			if err := db.Write(t.Context(), func(tx *storage.Tx) error { _, err := tx.Exec(t.Context(), q); return err }); err == nil {
				t.Errorf("Write took %q", q)
			}
		}
		testkit.WantErr(t, put(t.Context(), db, "after", 1), nil)
	})
}

func TestNothingCanFollowAFailedStatement(t *testing.T) {
	eachDB(t, func(t *testing.T, db *storage.DB) {
		ctx := t.Context()
		testkit.WantErr(t, put(ctx, db, "a", 1), nil)
		var after bool
		err := db.Write(ctx, func(tx *storage.Tx) error {
			tx.AfterCommit(func() { after = true })
			_, err := tx.Exec(ctx, `INSERT INTO things (id, n) VALUES ('a', 2)`)
			if !storage.IsUnique(err) {
				return fmt.Errorf("the key exists, but: %w", err)
			}
			if _, err := tx.Exec(ctx, `INSERT INTO things (id, n) VALUES ('b', 2)`); !storage.IsUnique(err) {
				t.Errorf("a statement after the failure said %v", err)
			}
			return nil
		})
		if !storage.IsUnique(err) || after || count(t, db, "things") != 1 {
			t.Fatal(err, after, count(t, db, "things"))
		}
	})
}

func TestTryMakesAFailureLocal(t *testing.T) {
	eachDB(t, func(t *testing.T, db *storage.DB) {
		ctx := t.Context()
		errInner := errors.New("inner")
		var after []string
		add := func(tx *storage.Tx, id string) error {
			tx.AfterCommit(func() { after = append(after, id) })
			_, err := tx.Exec(ctx, `INSERT INTO things (id, n) VALUES ($1, 1)`, id)
			return err
		}
		err := db.Write(ctx, func(tx *storage.Tx) error {
			if err := add(tx, "a"); err != nil {
				return err
			}
			err := tx.Try(ctx, func(tx *storage.Tx) error { return errors.Join(add(tx, "lost"), add(tx, "a")) })
			if !storage.IsUnique(err) {
				return fmt.Errorf("try: %w", err)
			}
			err = tx.Try(ctx, func(tx *storage.Tx) error {
				if err := add(tx, "b"); err != nil {
					return err
				}
				if err := tx.Try(ctx, func(tx *storage.Tx) error { return errors.Join(add(tx, "lost too"), errInner) }); !errors.Is(err, errInner) {
					return fmt.Errorf("inner try: %w", err)
				}
				return add(tx, "c")
			})
			if err != nil {
				return err
			}
			return add(tx, "d")
		})
		testkit.WantErr(t, err, nil)
		if got := rows(t, db); got != "a b c d" || strings.Join(after, " ") != "a b c d" {
			t.Fatalf("stored %q, then ran %q", got, after)
		}
	})
}

func TestUpkeepWritesOnlyWhatIsListed(t *testing.T) {
	eachDB(t, func(t *testing.T, db *storage.DB) {
		ctx := t.Context()
		run := func(q string) error {
			return db.Maintain(ctx, func(tx *storage.Tx) error { _, err := tx.Exec(ctx, q); return err })
		}
		for _, q := range []string{
			`INSERT INTO sessions (id, at) VALUES ('a', 1)`,
			`INSERT INTO Sessions (id, at) SELECT id, n FROM things`,
			`UPDATE sessions SET at = 2`,
			`INSERT INTO sessions (id, at) VALUES ('a', 3) ON CONFLICT (id) DO UPDATE SET at = 3`,
			`WITH t AS (SELECT id FROM things) DELETE FROM sessions WHERE id IN (SELECT id FROM t)`,
			`SELECT COUNT(*) FROM things`,
		} {
			if err := run(q); err != nil {
				t.Errorf("%s: %v", q, err)
			}
		}
		for _, q := range []string{
			`INSERT INTO things (id, n) VALUES ('a', 1)`, `UPDATE /* sessions */ things SET n = 1`, `DELETE FROM "things"`, `delete from things where id in (select id from sessions)`,
			`WITH t AS (SELECT id FROM sessions) UPDATE things SET n = 2 WHERE id IN (SELECT id FROM t)`, `DELETE FROM migrations`,
		} {
			err := run(q)
			if err == nil || !strings.Contains(err.Error(), "things") && !strings.Contains(err.Error(), "migrations") {
				t.Errorf("%s: %v", q, err)
			}
		}
		// Refused means all of it, also when the operation does not look.
		err := db.Maintain(ctx, func(tx *storage.Tx) error {
			tx.Exec(ctx, `INSERT INTO sessions (id, at) VALUES ('half', 1)`)
			tx.Exec(ctx, `INSERT INTO things (id, n) VALUES ('half', 1)`)
			return nil
		})
		if err == nil || count(t, db, "things") != 0 || count(t, db, "sessions") != 1 {
			t.Fatal(err, count(t, db, "things"), count(t, db, "sessions"))
		}
	})
}

func TestRowsThatStayOpenAreSaidAndClosed(t *testing.T) {
	eachDB(t, func(t *testing.T, db *storage.DB) {
		ctx := t.Context()
		for _, id := range []string{"a", "b"} {
			testkit.WantErr(t, put(ctx, db, id, 1), nil)
		}
		err := db.Write(ctx, func(tx *storage.Tx) error {
			rows, err := tx.Query(ctx, `SELECT id FROM things`)
			if err != nil {
				return err
			}
			rows.Next()
			_, err = tx.Exec(ctx, `UPDATE things SET n = 2`)
			return err
		})
		if err == nil || !strings.Contains(err.Error(), "still open") {
			t.Fatal(err)
		}
		// Left open at the end: closed, and no harm.
		for range 20 {
			leave := func(tx *storage.Tx) error {
				rows, err := tx.Query(ctx, `SELECT id FROM things`)
				if err == nil {
					rows.Next()
				}
				return err
			}
			testkit.WantErr(t, db.Write(ctx, leave), nil)
			testkit.WantErr(t, db.Read(ctx, leave), nil)
			testkit.WantErr(t, db.Write(ctx, func(tx *storage.Tx) error { return tx.QueryRow(ctx, `SELECT id FROM things`).Err() }), nil)
		}
		// Read to their end they are closed by themselves.
		err = db.Write(ctx, func(tx *storage.Tx) error {
			rows, err := tx.Query(ctx, `UPDATE things SET n = n + 1 RETURNING id`)
			if err != nil {
				return err
			}
			n := 0
			for rows.Next() {
				n++
			}
			_, err = tx.Exec(ctx, `UPDATE things SET n = n + $1`, n)
			return err
		})
		testkit.WantErr(t, err, nil)
		var n int
		if err := db.QueryRow(ctx, `SELECT n FROM things WHERE id = $1`, "a").Scan(&n); err != nil || n != 4 {
			t.Fatal(n, err)
		}
	})
}

func TestATransactionIsOverWithItsFunction(t *testing.T) {
	eachDB(t, func(t *testing.T, db *storage.DB) {
		var kept *storage.Tx
		testkit.WantErr(t, db.Write(t.Context(), func(tx *storage.Tx) error { kept = tx; return nil }), nil)
		if _, err := kept.Exec(t.Context(), `INSERT INTO things (id, n) VALUES ('late', 1)`); err == nil {
			t.Fatal("a transaction was used after its end")
		}
		if err := kept.QueryRow(t.Context(), `SELECT 1`).Err(); err == nil {
			t.Fatal("a transaction was asked after its end")
		}
	})
}

func TestAWriteOnceBegunIgnoresItsCallersPatience(t *testing.T) {
	eachDB(t, func(t *testing.T, db *storage.DB) {
		ctx, cancel := context.WithCancel(t.Context())
		err := db.Write(ctx, func(tx *storage.Tx) error {
			cancel()
			_, err := tx.Exec(ctx, `INSERT INTO things (id, n) VALUES ('a', 1)`)
			return err
		})
		testkit.WantErr(t, err, nil)
		testkit.WantErr(t, put(ctx, db, "b", 1), context.Canceled)
		if got := rows(t, db); got != "a" {
			t.Fatalf("stored: %s", got)
		}
	})
}

func TestAPanicLeavesTheDatabaseUsable(t *testing.T) {
	eachDB(t, func(t *testing.T, db *storage.DB) {
		ctx := t.Context()
		for range 20 { // more than there are connections
			for _, do := range []func(context.Context, func(*storage.Tx) error) error{db.Write, db.Read, db.Maintain} {
				func() {
					defer func() {
						if recover() == nil {
							t.Error("the panic did not reach its caller")
						}
					}()
					_ = do(ctx, func(tx *storage.Tx) error {
						var n int
						tx.QueryRow(ctx, `SELECT 1`).Scan(&n)
						panic("out of paper")
					})
				}()
			}
		}
		testkit.WantErr(t, put(ctx, db, "a", 1), nil)
	})
}

func TestArgumentsAreTheSameOnBoth(t *testing.T) {
	eachDB(t, func(t *testing.T, db *storage.DB) {
		ctx := t.Context()
		if _, err := db.Query(ctx, `SELECT id FROM things WHERE n > $1`, time.Now()); err == nil {
			t.Fatal("a time.Time was taken")
		}
		args := []any{"a", true}
		_, err := exec(t, db, `INSERT INTO things (id, n, ok) VALUES ($1, 1, $2)`, args...)
		if err != nil || args[1] != true {
			t.Fatal(err, args)
		}
		for _, c := range []struct {
			body []byte
			null bool
		}{{nil, true}, {[]byte{}, false}, {[]byte("é"), false}} {
			if _, err := exec(t, db, `UPDATE things SET body = $1`, c.body); err != nil {
				t.Fatal(err)
			}
			var null bool
			var body []byte
			if err := db.QueryRow(ctx, `SELECT CASE WHEN body IS NULL THEN 1 ELSE 0 END, body FROM things`).Scan(&null, &body); err != nil || null != c.null || string(body) != string(c.body) {
				t.Errorf("%q came back as %q, null %v: %v", c.body, body, null, err)
			}
		}
		var n int
		if err := db.QueryRow(ctx, `SELECT COUNT(*) FROM things WHERE id IN `+storage.In(2, 2)+` AND ok = $1`, true, "a", "b").Scan(&n); err != nil || n != 1 {
			t.Fatal(n, err)
		}
		if err := db.QueryRow(ctx, `SELECT COUNT(*) FROM things WHERE id IN `+storage.In(1, 0)).Scan(&n); err != nil || n != 0 {
			t.Fatal(n, err)
		}
	})
}

func TestTextSortsAlikeOnBoth(t *testing.T) {
	eachDB(t, func(t *testing.T, db *storage.DB) {
		for _, id := range []string{"é", "z", "B", "a", "_", "ab", "A b"} {
			testkit.WantErr(t, put(t.Context(), db, id, 1), nil)
		}
		if got := rows(t, db); got != "A b B _ a ab z é" {
			t.Fatal(got)
		}
		r, err := db.Query(t.Context(), `SELECT id FROM things WHERE id COLLATE "C" > $1 ORDER BY id COLLATE "C" DESC`, "B")
		if err != nil {
			t.Fatal(err)
		}
		defer r.Close()
		var got []string
		for r.Next() {
			var id string
			r.Scan(&id)
			got = append(got, id)
		}
		if !slices.Equal(got, []string{"é", "z", "ab", "a", "_"}) {
			t.Fatal(got)
		}
	})
}

func TestWritesThatMeetAllHappen(t *testing.T) {
	eachDB(t, func(t *testing.T, db *storage.DB) {
		testkit.WantErr(t, put(t.Context(), db, "a", 0), nil)
		errs := testkit.Together(40, func() error {
			_, err := exec(t, db, `UPDATE things SET n = n + 1 WHERE id = 'a'`)
			return err
		})
		testkit.WantErr(t, errors.Join(errs...), nil)
		var n int
		if err := db.QueryRow(t.Context(), `SELECT n FROM things WHERE id = 'a'`).Scan(&n); err != nil || n != 40 {
			t.Fatal(n, err, db.Stats())
		}
	})
}

func TestADeadlockIsRunAgain(t *testing.T) {
	t.Parallel()
	db := testkit.Open(t, testkit.Postgres(t))
	testkit.Migrate(t, db, things)
	ctx := t.Context()
	testkit.WantErr(t, errors.Join(put(ctx, db, "a", 0), put(ctx, db, "b", 0)), nil)
	var met sync.WaitGroup
	met.Add(2)
	afters := make([]int, 2)
	errs := testkit.TogetherEach(2, func(i int) error {
		first := true
		return db.Write(ctx, func(tx *storage.Tx) error {
			tx.AfterCommit(func() { afters[i]++ })
			for _, id := range []string{"ab"[i : i+1], "ba"[i : i+1]} {
				if _, err := tx.Exec(ctx, `UPDATE things SET n = n + 1 WHERE id = $1`, id); err != nil {
					return fmt.Errorf("count %s: %w", id, err)
				}
				if first {
					first = false
					met.Done()
					met.Wait()
				}
			}
			return nil
		})
	})
	testkit.WantErr(t, errors.Join(errs...), nil)
	var n int
	if err := db.QueryRow(ctx, `SELECT CAST(SUM(n) AS BIGINT) FROM things`).Scan(&n); err != nil || n != 4 || !slices.Equal(afters, []int{1, 1}) || db.Stats().Reruns == 0 {
		t.Fatal(n, err, afters, db.Stats())
	}
}

func TestOneOfTwoWhoMakeTheSameSucceeds(t *testing.T) {
	eachDB(t, func(t *testing.T, db *storage.DB) {
		errs := testkit.Together(8, func() error { return put(t.Context(), db, "a", 1) })
		testkit.WantOne(t, errs, nil)
		for _, err := range errs {
			if err != nil && !storage.IsUnique(err) {
				t.Fatal(err)
			}
		}
	})
}

func TestWhatWasReadIsKeptUntilItsTableIsWritten(t *testing.T) {
	eachDB(t, func(t *testing.T, db *storage.DB) {
		ctx := t.Context()
		err := db.Write(ctx, func(tx *storage.Tx) error {
			for _, c := range []struct {
				rule string
				do   func() error
				want bool
			}{
				{"nothing happens", func() error { return nil }, true},
				{"a question", func() error { var n int; return tx.QueryRow(ctx, `SELECT COUNT(*) FROM things`).Scan(&n) }, true},
				{"another table is written", func() error { _, err := tx.Exec(ctx, `DELETE FROM sessions`); return err }, true},
				{"its table is written", func() error { _, err := tx.Exec(ctx, `INSERT INTO things (id, n) VALUES ('a', 1)`); return err }, false},
				{"by a question", func() error {
					var n int
					return tx.QueryRow(ctx, `UPDATE things SET n = 2 WHERE id = 'a' RETURNING n`).Scan(&n)
				}, false},
				{"a part of the transaction is taken back", func() error {
					_ = tx.Try(ctx, func(*storage.Tx) error { return errors.New("not so") })
					return nil
				}, false},
			} {
				tx.Keep("all", 7, "things", "others")
				if err := c.do(); err != nil {
					return fmt.Errorf("%s: %w", c.rule, err)
				}
				if v, ok := tx.Kept("all"); ok != c.want || ok && v != 7 {
					t.Errorf("%s: kept %v %v, want %v", c.rule, v, ok, c.want)
				}
			}
			return nil
		})
		testkit.WantErr(t, err, nil)
	})
}

// As many reads at once as there are connections, each with a text that nobody asked before, do not wait for each other.
func TestReadsThatHoldAllConnectionsGoOn(t *testing.T) {
	const readers = 3
	db := testkit.Open(t, storage.Options{Path: filepath.Join(t.TempDir(), "all.db"), Readers: readers})
	testkit.Migrate(t, db, things)
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
	defer cancel()
	for round := range 3 { // the later ones have it prepared, or prepare others
		var all sync.WaitGroup
		all.Add(readers)
		for i, err := range testkit.TogetherEach(readers, func(i int) error {
			return db.Read(ctx, func(tx *storage.Tx) error {
				all.Done()
				all.Wait() // every connection is held
				var n int
				return tx.QueryRow(ctx, fmt.Sprintf(`SELECT COUNT(*) + %d FROM things`, i*min(round, 1))).Scan(&n)
			})
		}) {
			if err != nil {
				t.Fatalf("read %d of round %d: %v", i, round, err)
			}
		}
	}
}

// Later is told with what follows: questions see it, its failure is the transaction's, and what is taken back takes it along.
func TestLaterIsAsIfItWereNow(t *testing.T) {
	eachDB(t, func(t *testing.T, db *storage.DB) {
		ctx := t.Context()
		insert := func(tx *storage.Tx, id string, n int64) error {
			return tx.Later(ctx, `INSERT INTO things (id, n, ok, body) VALUES ($1, $2, $3, $4)`, id, n, n > 1, []byte{0, 255})
		}
		err := db.Write(ctx, func(tx *storage.Tx) error {
			if err := errors.Join(insert(tx, "a", 1), insert(tx, "b", 2)); err != nil {
				return err
			}
			if n, err := tx.Exec(ctx, `UPDATE things SET n = n + 10`); err != nil || n != 2 {
				return fmt.Errorf("an exec after it changed %d rows: %w", n, err)
			}
			if err := insert(tx, "c", 3); err != nil {
				return err
			}
			var sum int64
			if err := tx.QueryRow(ctx, `SELECT CAST(SUM(n + ok) AS BIGINT) FROM things`).Scan(&sum); err != nil || sum != 11+12+1+3+1 {
				return fmt.Errorf("a question after it sees %d: %w", sum, err)
			}
			if err := insert(tx, "d", 4); err != nil {
				return err
			}
			_ = tx.Try(ctx, func(tx *storage.Tx) error { return errors.Join(insert(tx, "e", 5), errors.New("not so")) })
			if err := tx.Try(ctx, func(tx *storage.Tx) error { return insert(tx, "a", 6) }); !storage.IsUnique(err) {
				return fmt.Errorf("a row that is there: %w", err)
			}
			return insert(tx, "f", 7)
		})
		testkit.WantErr(t, err, nil)
		if n := count(t, db, "things"); n != 5 {
			t.Errorf("%d rows, want a, b, c, d and f", n)
		}
		err = db.Write(ctx, func(tx *storage.Tx) error {
			return errors.Join(insert(tx, "g", 8), insert(tx, "a", 9), insert(tx, "h", 10))
		})
		if !storage.IsUnique(err) || count(t, db, "things") != 5 {
			t.Errorf("a row that is there, last of all: %v, and %d rows", err, count(t, db, "things"))
		}
		err = db.Maintain(ctx, func(tx *storage.Tx) error { return insert(tx, "i", 11) })
		if err == nil || count(t, db, "things") != 5 {
			t.Errorf("upkeep wrote to a table that is none: %v", err)
		}
	})
}
