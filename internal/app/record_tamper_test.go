package app_test

import (
	"encoding/json"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"commun/internal/app"
	"commun/internal/core/journal"
	"commun/internal/platform/storage"
)

// TestARecordThatWasTamperedWith: an instance that people used, stopped; then each way in which a hand may change its rows, undone after it.
// commun verify finds each, names the first that does not hold, and ends with 1.
func TestARecordThatWasTamperedWith(t *testing.T) {
	onEach(t, func(t *testing.T, i *recorded) {
		i.use()
		i.stop()
		i.whole()
		back := i.keep()
		db := i.hand()
		one := func(query string, args ...any) string {
			t.Helper()
			var s string
			if err := db.QueryRow(query, args...).Scan(&s); err != nil {
				t.Fatalf("%s: %v", query, err)
			}
			return s
		}
		entry := func(seq int) string { return one(`SELECT id FROM journal_leaves WHERE seq = $1`, seq) }
		commons := one(`SELECT id FROM commons ORDER BY id LIMIT 1`)
		org, person := one(`SELECT id FROM organisations ORDER BY id LIMIT 1`), one(`SELECT id FROM persons WHERE email_key = 'bob@example.org'`)
		report, list := one(`SELECT id FROM catalogue_reports`), one(`SELECT id FROM catalogue_lists`)
		for _, c := range []struct {
			rule  string
			does  []string
			names string
		}{
			{"an entry deleted", []string{`DELETE FROM journal_entries WHERE id = '` + entry(17) + `'`}, "#17 entry " + entry(17)},
			{"an entry deleted with its number", []string{`DELETE FROM journal_entries WHERE id = '` + entry(17) + `'`, `DELETE FROM journal_leaves WHERE seq = 17`}, "#17 "},
			{"two entries swapped", []string{`UPDATE journal_leaves SET seq = -1 WHERE seq = 17`, `UPDATE journal_leaves SET seq = 17 WHERE seq = 18`,
				`UPDATE journal_leaves SET seq = 18 WHERE seq = -1`}, "#17 entry " + entry(18)},
			{"the log cut short", []string{`DELETE FROM journal_leaves WHERE seq >= 100`}, "#100 the log breaks off here"},
			{"what an entry says it changed", []string{`UPDATE journal_entries SET body = '{}' WHERE id = '` + entry(33) + `'`}, "#33 entry " + entry(33)},
			{"who wrote an entry", []string{`UPDATE journal_entries SET author = 'visitor', author_person = '' WHERE id = '` + entry(33) + `'`}, "#33 entry"},
			{"a body erased by no forgetting", []string{`UPDATE journal_entries SET body = NULL, salt = NULL, person = '' WHERE id = '` + entry(33) + `'`}, "#33 entry"},
			{"a value", []string{`UPDATE commons_values SET value = '"Other"' WHERE commons = '` + commons + `' AND field = 'name'`}, "commons/" + commons},
			{"where a value comes from", []string{`UPDATE commons_values SET note = 'README.md' WHERE commons = '` + commons + `' AND field = 'name'`}, "commons/" + commons},
			{"a value deleted", []string{`DELETE FROM commons_values WHERE commons = '` + commons + `' AND field = 'name'`}, "commons/" + commons},
			{"a value added", []string{`INSERT INTO commons_values (commons, field, lang, source, value, at) VALUES ('` + commons + `', 'website', '', 'person', '"https://evil.example.org"', 1)`},
				"commons/" + commons},
			{"a value of no commons", []string{`INSERT INTO commons_values (commons, field, lang, source, value, at) VALUES ('none', 'website', '', 'person', '"x"', 1)`},
				"1 row of commons_values belongs to no row of commons"},
			{"a repository added", []string{`INSERT INTO commons_homes (repository, commons, address, main) VALUES ('evil.example.org/x', '` + commons + `', 'https://evil.example.org/x', 1)`},
				"commons/" + commons},
			{"the state of a commons", []string{`UPDATE commons SET state = 'archived' WHERE id = '` + commons + `'`}, "commons/" + commons},
			{"the address of a commons", []string{`UPDATE commons SET slug = 'other' WHERE id = '` + commons + `'`}, "commons/" + commons},
			{"who created a commons", []string{`UPDATE commons SET created_by = '` + org + `' WHERE id = '` + commons + `'`}, "commons/" + commons},
			{"a commons added", []string{`INSERT INTO commons (id, slug, state, created_at, updated_at, revision) VALUES ('aaa', 'aaa', 'active', 1, 1, 1)`}, "commons/aaa: this row has no entry"},
			{"a commons deleted", []string{`DELETE FROM commons_values WHERE commons = '` + commons + `'`, `DELETE FROM commons_homes WHERE commons = '` + commons + `'`,
				`DELETE FROM commons WHERE id = '` + commons + `'`}, "commons/" + commons + ": it was logged, and its row is gone"},
			{"a person's name", []string{`UPDATE persons SET name = 'Eve' WHERE id = '` + person + `'`}, "person/" + person},
			{"the address by which a person signs in", []string{`UPDATE persons SET email_key = 'eve@example.org' WHERE id = '` + person + `'`}, "person/" + person},
			{"a person added", []string{`INSERT INTO persons (id, email, email_key, name, created_at, revision) VALUES ('eve', 'eve@example.org', 'eve@example.org', 'Eve', 1, 1)`}, "person/eve: this row has no entry"},
			{"a role given", []string{`INSERT INTO roles (owner, person, role, since) VALUES ('instance', '` + person + `', 'admin', 1)`}, "roles/instance"},
			{"a role taken", []string{`DELETE FROM roles WHERE owner = 'instance'`}, "roles/instance"},
			{"a role of another kind", []string{`UPDATE roles SET role = 'observer' WHERE owner = '` + org + `'`}, "roles/" + org},
			{"a role on what has none", []string{`INSERT INTO roles (owner, person, role, since) VALUES ('nothing', '` + person + `', 'steward', 1)`}, "1 row of roles belongs to no row of role_sets"},
			{"an organisation's kind", []string{`UPDATE organisations SET kind = 'company' WHERE id = '` + org + `'`}, "organisation/" + org},
			{"the settings", []string{`UPDATE settings SET value = REPLACE(value, 'Nowhere', 'Elsewhere')`}, "settings/instance"},
			{"a report's words", []string{`UPDATE catalogue_reports SET words = 'All is well.' WHERE id = '` + report + `'`}, "report/" + report},
			{"whom a report is answered to", []string{`UPDATE catalogue_reports SET contact = 'eve@example.org' WHERE id = '` + report + `'`}, "report/" + report},
			{"a list's name", []string{`UPDATE catalogue_lists SET name = 'other' WHERE id = '` + list + `'`}, "list/" + list},
			{"a list deleted", []string{`DELETE FROM catalogue_lists WHERE id = '` + list + `'`}, "list/" + list},
			{"the lines of a list deleted", []string{`DELETE FROM catalogue_list_lines`}, "list/" + list + ": its lines are not as many as it was given"},
			{"the marks of the forgotten deleted", []string{`DELETE FROM forgotten_marks`}, "forgotten_marks/instance: its state is not the one that its last entry left"},
			{"one of them", []string{`DELETE FROM forgotten_marks WHERE mark = (SELECT MIN(mark) FROM forgotten_marks)`}, "forgotten_marks/instance"},
			{"one of them changed", []string{`UPDATE forgotten_marks SET mark = 'other' WHERE mark = (SELECT MIN(mark) FROM forgotten_marks)`}, "forgotten_marks/instance"},
			{"one more of them", []string{`INSERT INTO forgotten_marks (mark, at) VALUES ('more', 1)`}, "forgotten_marks/instance"},
			{"the key under which they are marked", []string{`UPDATE instance_secrets SET value = 'other'`}, "forgotten_marks/instance"},
			{"marks and what says that they are proved", []string{`DELETE FROM forgotten_marks`, `DELETE FROM forgotten_sets`},
				"forgotten_marks/instance: it was logged, and its row is gone"},
			{"which entry is an object's last", []string{`UPDATE journal_states SET entry = '` + entry(3) + `' WHERE object_id = '` + commons + `' AND object_kind = 'commons'`}, "commons/" + commons},
			{"a row whose revision was turned back", []string{`UPDATE commons SET revision = revision - 1 WHERE id = '` + commons + `'`}, "commons/" + commons},
		} {
			for _, q := range c.does {
				if _, err := db.Exec(q); err != nil {
					t.Fatalf("%s: %s: %v", c.rule, q, err)
				}
			}
			i.broken(c.rule, nil, c.names)
			if i.url == "" { // the file is put back below the connection
				_ = db.Close() // nothing is open in it
				back()
				db = i.hand()
				continue
			}
			back()
		}
		i.whole()
	})
}

// TestSampledFlips: 200 bits that chance picks, in any column of any table that the record proves, each found by the program.
func TestSampledFlips(t *testing.T) {
	flips := 200
	if testing.Short() {
		flips = 20
	}
	onEach(t, func(t *testing.T, i *recorded) {
		seed := rand.Uint64()
		t.Logf("seed %d", seed)
		rng := rand.New(rand.NewPCG(seed, 0))
		i.use()
		i.stop()
		back := i.keep()
		for range flips {
			db := i.hand()
			what, _ := i.flip(db, rng)
			if i.url == "" {
				_ = db.Close() // nothing is open in it
			}
			i.broken(what, nil)
			back()
			if t.Failed() {
				return
			}
		}
		i.whole()
	})
}

// TestAHistoryWrittenAnew: who owns the machine rebuilds the whole log with another text and signs it with a key of their own, or turns it back.
// By itself it holds; it is refused by who kept the key and a checkpoint.
func TestAHistoryWrittenAnew(t *testing.T) {
	onEach(t, func(t *testing.T, i *recorded) {
		admin := i.use()
		kept := t.TempDir()
		key, checkpoint := filepath.Join(kept, "commons.pub"), filepath.Join(kept, "last.txt")
		if err := os.WriteFile(key, []byte(i.must(admin, "GET", "/log/key", nil, nil).text), 0o600); err != nil {
			t.Fatal(err)
		}
		i.stop() // stopping integrates nothing more: what is kept now is an earlier state of the log
		i.whole("--key", key, "--save-checkpoint", checkpoint)
		rolled := i.keep()

		i.serve()
		for n := range 5 {
			if _, err := i.add(admin, fmt.Sprintf("One more %d", n)); err != nil {
				t.Fatal(err)
			}
		}
		i.logged(admin.Get)
		i.stop()
		later := filepath.Join(kept, "later.txt")
		i.whole("--key", key, "--checkpoint", checkpoint, "--save-checkpoint", later) // it only grew
		rolled()
		i.whole("--key", key, "--checkpoint", checkpoint)
		i.broken("a log turned back", []string{"--key", key, "--checkpoint", later}, "it was cut or rolled back")
		if _, err := os.Stat(later); err != nil {
			t.Fatal(err)
		}

		o := storage.Options{Path: filepath.Join(i.data, "commun.db")}
		if i.url != "" {
			o = storage.Options{URL: i.url}
		}
		db, err := storage.Open(t.Context(), o)
		if err != nil {
			t.Fatal(err)
		}
		if err := db.Migrate(t.Context(), app.Migrations()...); err != nil { // there is nothing to migrate: it tells storage what the sequencer may write
			t.Fatal(err)
		}
		forged := journal.New(db, "commun/log", slog.New(slog.DiscardHandler))
		if err := db.Write(t.Context(), func(tx *storage.Tx) error {
			for _, q := range []string{`DELETE FROM journal_log`, `DELETE FROM journal_tiles`, `INSERT INTO journal_pending SELECT id FROM journal_leaves`, `DELETE FROM journal_leaves`} {
				if _, err := tx.Exec(t.Context(), q); err != nil {
					return err
				}
			}
			return nil
		}); err != nil {
			t.Fatal(err)
		}
		if err := forged.Begin(t.Context()); err != nil {
			t.Fatal(err)
		}
		for {
			n, err := forged.Sequence(t.Context())
			if err != nil {
				t.Fatal(err)
			}
			if n == 0 {
				break
			}
		}
		if err := db.Close(); err != nil {
			t.Fatal(err)
		}
		i.whole()
		i.broken("a checkpoint that was forged", []string{"--key", key}, "not signed by the log's key")
		i.broken("a checkpoint that was forged, to who kept one", []string{"--key", key, "--checkpoint", checkpoint}, "not signed by the log's key")
		out, status := i.commun("verify", "--key", key, "--save-checkpoint", later)
		if b, err := os.ReadFile(later); status != 1 || err != nil || strings.Contains(out, strings.TrimSpace(string(b))) {
			t.Errorf("a forged checkpoint was kept, or said: %d %v", status, err)
		}
		out, status = i.commun("verify", "--key", key, "--json")
		var rep journal.Report
		if _, text, ok := strings.Cut(out, "{"); !ok || json.Unmarshal([]byte("{"+text), &rep) != nil || status != 1 || rep.Faults == 0 || rep.First == nil {
			t.Errorf("--json of what does not hold: %d %s", status, out)
		}
	})
}
