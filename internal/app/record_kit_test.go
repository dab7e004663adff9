package app_test

import (
	"database/sql"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"
	"unicode/utf8"

	_ "github.com/jackc/pgx/v5/stdlib" // the driver "pgx": the hand that changes rows behind the program's back
	_ "modernc.org/sqlite"             // and "sqlite"

	"commun/internal/platform/storage"
	"commun/internal/platform/testkit"
)

// recorded is an instance whose record is put to the test, on one of the databases.
type recorded struct {
	*instance
	url string // of its PostgreSQL, "" on SQLite
}

// onEach runs a test of the whole program on a SQLite file and on a PostgreSQL schema.
func onEach(t *testing.T, test func(t *testing.T, i *recorded)) {
	t.Helper()
	t.Run("sqlite", func(t *testing.T) {
		t.Parallel()
		test(t, &recorded{instance: newInstance(t)})
	})
	t.Run("postgres", func(t *testing.T) {
		t.Parallel()
		test(t, &recorded{instance: newInstance(t), url: postgresURL(t)})
	})
}

// postgresURL makes an empty schema and returns the URL by which the program finds it.
func postgresURL(t *testing.T) string {
	t.Helper()
	o := testkit.Postgres(t)
	u, err := url.Parse(o.URL)
	if err != nil {
		t.Fatal(err)
	}
	q := u.Query()
	q.Set("search_path", o.Schema)
	u.RawQuery = q.Encode()
	return u.String()
}

// serve starts the server.
func (i *recorded) serve() { i.startWith(i.place()...) }

// place is the flag that names the database.
func (i *recorded) place() []string {
	if i.url == "" {
		return nil
	}
	return []string{"--database", i.url}
}

// stop ends the server as its operator would, and waits for it.
func (i *recorded) stop() {
	i.t.Helper()
	if err := i.cmd.Process.Signal(syscall.SIGTERM); err != nil {
		i.t.Fatal(err)
	}
	if err := i.cmd.Wait(); err != nil {
		i.t.Fatalf("the server did not end well: %v\n%s", err, i.log)
	}
	i.cmd = nil
}

// commun runs a verb on the instance's own data.
func (i *recorded) commun(args ...string) (out string, status int) {
	i.t.Helper()
	out, errs, status := command(i.t, "", nil, append(args, append([]string{"--data", i.data}, i.place()...)...)...)
	return out + errs, status
}

// whole fails the test unless verify finds the record whole. It returns what verify printed.
func (i *recorded) whole(args ...string) string {
	i.t.Helper()
	out, status := i.commun(append([]string{"verify"}, args...)...)
	if status != 0 || !strings.Contains(out, "The record is whole.") {
		i.t.Fatalf("status %d: %s", status, out)
	}
	return out
}

// broken fails the test unless verify ends with 1 and names all of what as the first that does not hold.
func (i *recorded) broken(rule string, args []string, what ...string) {
	i.t.Helper()
	out, status := i.commun(append([]string{"verify"}, args...)...)
	_, first, _ := strings.Cut(out, "The first:\n")
	if status != 1 || first == "" {
		i.t.Errorf("%s: status %d: %s", rule, status, out)
		return
	}
	for _, w := range what {
		if !strings.Contains(first, w) {
			i.t.Errorf("%s: want %q named, got %s", rule, w, first)
		}
	}
}

// use fills an instance as people do: commons added, edited, undone, described by a repository; organisations, roles, settings, reports,
// a list. It leaves more than one tile of entries, and the server running.
func (i *recorded) use() *http.Client {
	i.t.Helper()
	i.serve()
	admin := i.admin()
	bob := i.member(admin, "bob@example.org")
	i.must(admin, http.MethodPost, "/api/organisations", map[string]any{"name": "Town of Nowhere", "kind": "public_body", "website": "https://town.example.org"}, nil)
	i.must(bob, http.MethodPost, "/api/organisations", map[string]any{"name": "Friends of maps", "kind": "association"}, nil)
	var slug string
	for n := range 48 {
		by := []*http.Client{admin, bob}[n%2]
		var a added
		i.must(by, http.MethodPost, "/api/commons", map[string]any{"fields": map[string]any{
			"name": fmt.Sprintf("Commons number %d", n), "summary": map[string]string{"en": fmt.Sprintf("What number %d is for", n)}}}, &a)
		slug = "/api/commons/" + a.Commons.Slug
		for k := range 3 {
			i.must(by, http.MethodPatch, slug, map[string]any{"fields": map[string]any{"summary": map[string]string{"en": fmt.Sprintf("Number %d, better said %d times", n, k)}}}, nil)
		}
		if n%4 == 0 {
			var h struct{ Items []struct{ ID string } }
			i.must(by, http.MethodGet, slug+"/history", nil, &h)
			i.must(by, http.MethodPost, slug+"/undo", map[string]any{"entry": h.Items[0].ID}, nil)
			i.must(admin, http.MethodPost, slug+"/roles", map[string]any{"email": "bob@example.org", "role": "contributor"}, nil)
		}
	}
	i.must(i.visitor(), http.MethodPost, slug+"/reports", map[string]any{"reason": "wrong", "words": "The summary is wrong.", "contact": "reader@example.org"}, nil)
	i.must(admin, http.MethodPatch, "/api/admin/settings", map[string]any{"name": "Commons of Nowhere"}, nil)
	a := i.give(admin, smallRepository(i.t))
	if j := i.outcome(admin, a.Job); j.State != "done" {
		i.t.Fatalf("the import: %+v", j)
	}
	i.must(admin, http.MethodPost, "/api/lists", map[string]any{"name": "one", "addresses": []string{"https://nowhere.example.org/a"}}, nil)
	vera := i.member(admin, "vera@example.org")
	i.must(vera, http.MethodPatch, "/api/me", map[string]any{"name": "Friends of Maps"}, nil)
	i.must(vera, http.MethodDelete, "/api/me?sure=true", nil, nil) // as an organisation is called: a request waits
	i.logged(admin.Get)
	return admin
}

// hand opens the database as someone would who is not the program: without foreign keys, without the journal.
func (i *recorded) hand() *sql.DB {
	i.t.Helper()
	driver, dsn := "sqlite", "file:"+filepath.Join(i.data, "commun.db")
	if i.url != "" {
		driver, dsn = "pgx", i.url
	}
	db, err := sql.Open(driver, dsn)
	if err != nil {
		i.t.Fatal(err)
	}
	db.SetMaxOpenConns(1)
	i.t.Cleanup(func() { _ = db.Close() }) // it may be closed already
	if i.url != "" {
		if _, err := db.Exec(`SET session_replication_role = replica`); err != nil { // takes the foreign keys away, for a superuser
			i.t.Fatal(err)
		}
	}
	return db
}

// proved are the tables that the record must prove, with every column of them, and the journal's own.
var proved = []string{"journal_entries", "journal_leaves", "journal_tiles", "journal_log", "journal_states", "persons", "organisations", "role_sets", "roles", "forget_requests", "forgotten_marks", "forgotten_sets", "instance_secrets",
	"settings", "commons", "commons_values", "commons_homes", "catalogue_reports", "catalogue_lists"}

// keep remembers the rows of the proved tables, and returns what puts them back.
func (i *recorded) keep() (back func()) {
	i.t.Helper()
	if i.url == "" {
		path := filepath.Join(i.data, "commun.db")
		b, err := os.ReadFile(path)
		if err != nil {
			i.t.Fatal(err)
		}
		if f, err := os.Stat(path + "-wal"); err == nil && f.Size() > 0 {
			i.t.Fatalf("%d bytes of the database are still in its log", f.Size())
		}
		return func() {
			i.t.Helper()
			for _, end := range []string{"-wal", "-shm"} {
				_ = os.Remove(path + end) // of what was changed; there may be none
			}
			if err := os.WriteFile(path, b, 0o600); err != nil {
				i.t.Fatal(err)
			}
		}
	}
	db := i.hand()
	kept := "kept_" + storage.NewID()
	do := func(q string) {
		i.t.Helper()
		if _, err := db.Exec(q); err != nil {
			i.t.Fatalf("%s: %v", q, err)
		}
	}
	do(`CREATE SCHEMA ` + kept)
	i.t.Cleanup(func() { _, _ = db.Exec(`DROP SCHEMA ` + kept + ` CASCADE`) })
	tables := append(slices.Clone(proved), "journal_pending", "catalogue_list_lines")
	for _, t := range tables {
		do(`CREATE TABLE ` + kept + `.` + t + ` AS SELECT * FROM ` + t)
	}
	return func() {
		i.t.Helper()
		for _, t := range tables {
			do(`DELETE FROM ` + t)
			do(`INSERT INTO ` + t + ` SELECT * FROM ` + kept + `.` + t)
		}
	}
}

// flip changes one bit of one value of a row that chance picks, and says what it changed. A bit whose change the database refuses (a text
// that is none, a key that is another's) is not counted, and another is picked.
func (i *recorded) flip(db *sql.DB, rng *rand.Rand) (what, id string) {
	i.t.Helper()
	at, same := "rowid", "rowid = $2"
	if i.url != "" {
		at, same = "CAST(ctid AS text)", "ctid = CAST($2 AS tid)"
	}
	for {
		table := proved[rng.IntN(len(proved))]
		rows, err := db.Query(`SELECT ` + at + ` AS row_at, t.* FROM ` + table + ` t`)
		if err != nil {
			i.t.Fatal(err)
		}
		columns, err := rows.Columns()
		if err != nil {
			i.t.Fatal(err)
		}
		var all [][]any
		for rows.Next() {
			values, into := make([]any, len(columns)), make([]any, len(columns))
			for n := range values {
				into[n] = &values[n]
			}
			if err := rows.Scan(into...); err != nil {
				i.t.Fatal(err)
			}
			all = append(all, values)
		}
		if err := rows.Err(); err != nil {
			i.t.Fatal(err)
		}
		if len(all) == 0 {
			i.t.Fatalf("%s is empty: the instance was not used enough", table)
		}
		row, n := all[rng.IntN(len(all))], 1+rng.IntN(len(columns)-1)
		var other any
		switch was := row[n].(type) {
		case string:
			if was == "" {
				continue
			}
			b := []byte(was)
			b[rng.IntN(len(b))] ^= 1 << rng.IntN(7)
			if !utf8.Valid(b) || slices.Contains(b, 0) {
				continue
			}
			other = string(b)
		case int64:
			other = was ^ 1<<rng.IntN(40)
		default:
			continue // a text that was forgotten
		}
		if _, err := db.Exec(`UPDATE `+table+` SET `+columns[n]+` = $1 WHERE `+same, other, row[0]); err != nil {
			continue
		}
		what = fmt.Sprintf("%s.%s from %q to %q", table, columns[n], fmt.Sprint(row[n]), fmt.Sprint(other))
		for k, c := range columns { // whose row it is, for who looks at a failure
			if c == "id" && k != n {
				id = fmt.Sprint(row[k])
			}
		}
		return what, id
	}
}

// logged waits until nothing waits for the log any more.
func (i *recorded) logged(get func(string) (*http.Response, error)) {
	i.t.Helper()
	for deadline := time.Now().Add(time.Minute); time.Now().Before(deadline); time.Sleep(20 * time.Millisecond) {
		res, err := get("http://" + i.addr + "/api/admin/health")
		if err != nil {
			i.t.Fatal(err)
		}
		var h struct {
			Pending int64 `json:"journal_pending"`
		}
		err = json.NewDecoder(res.Body).Decode(&h)
		_ = res.Body.Close() // read to its end
		if err != nil {
			i.t.Fatal(err)
		}
		if h.Pending == 0 {
			return
		}
	}
	i.t.Fatal("entries wait for the log and are never integrated")
}
