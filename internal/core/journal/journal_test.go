package journal

import (
	"bytes"
	"context"
	crand "crypto/rand"
	"encoding/json"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"golang.org/x/mod/sumdb/note"
	"golang.org/x/mod/sumdb/tlog"

	"commun/internal/platform/storage"
	"commun/internal/platform/testkit"
)

type author string

func (a author) Author() string       { return string(a) }
func (a author) AuthorPerson() string { return string(a) }

// things is the smallest feature that there can be: rows with a text and a revision.
var things = storage.Migrations{Owner: "things", Steps: []storage.Step{{Name: "things",
	SQL: storage.Both(`CREATE TABLE things (id TEXT PRIMARY KEY, text TEXT NOT NULL, revision BIGINT NOT NULL)`)}}}

func thingKind() ObjectKind {
	return ObjectKind{Name: "thing", Public: true,
		Snapshot: func(ctx context.Context, tx *storage.Tx, id string) (any, int64, error) {
			var text string
			var revision int64
			err := tx.QueryRow(ctx, `SELECT text, revision FROM things WHERE id = $1`, id).Scan(&text, &revision)
			return map[string]string{"text": text}, revision, err
		},
		IDs: func(ctx context.Context, tx *storage.Tx, after string, limit int) ([]string, error) {
			rows, err := tx.Query(ctx, `SELECT id FROM things WHERE id > $1 ORDER BY id LIMIT $2`, after, limit)
			if err != nil {
				return nil, err
			}
			defer rows.Close()
			var ids []string
			for rows.Next() {
				var id string
				if err := rows.Scan(&id); err != nil {
					return nil, err
				}
				ids = append(ids, id)
			}
			return ids, rows.Err()
		},
	}
}

type world struct {
	t  *testing.T
	db *storage.DB
	j  *Journal
}

func open(t *testing.T, db *storage.DB) world {
	t.Helper()
	testkit.Migrate(t, db, Migrations(), things)
	j := New(db, "commons.example.org/log", slog.New(slog.DiscardHandler))
	j.Register(thingKind())
	if err := j.Begin(t.Context()); err != nil {
		t.Fatal(err)
	}
	return world{t, db, j}
}

// set gives a thing a text, in one write.
func (w world) set(id, text string) error {
	return w.j.Write(w.t.Context(), author("ana"), func(tx *storage.Tx) (Entry, error) {
		_, err := tx.Exec(w.t.Context(), `INSERT INTO things (id, text, revision) VALUES ($1, $2, 1)
			ON CONFLICT (id) DO UPDATE SET text = EXCLUDED.text, revision = things.revision + 1`, id, text)
		return Entry{Kind: "thing.set", Object: Object{"thing", id}, Owner: "o", Body: map[string]string{"text": text}}, err
	})
}

func (w world) must(err error) {
	w.t.Helper()
	if err != nil {
		w.t.Fatal(err)
	}
}

// fill writes n entries over a few things, and integrates all but the last.
func (w world) fill(n int) {
	w.t.Helper()
	for i := range n {
		if i == n-1 {
			w.sequence()
		}
		w.must(w.set(fmt.Sprintf("t%d", i%7), fmt.Sprintf("text %d", i)))
	}
}

func (w world) sequence() {
	w.t.Helper()
	for {
		n, err := w.j.Sequence(w.t.Context())
		w.must(err)
		if n == 0 {
			return
		}
	}
}

func (w world) verify(trust Trust) Report {
	w.t.Helper()
	r, err := w.j.Verify(w.t.Context(), trust, nil)
	w.must(err)
	return r
}

// behind changes rows as nobody should: without the journal.
func (w world) behind(query string, args ...any) {
	w.t.Helper()
	w.must(w.db.Write(w.t.Context(), func(tx *storage.Tx) error {
		n, err := tx.Exec(w.t.Context(), query, args...)
		if err == nil && n == 0 {
			err = fmt.Errorf("%s: no row was touched", query)
		}
		return err
	}))
}

func TestAnHonestRecordHolds(t *testing.T) {
	testkit.EachDB(t, func(t *testing.T, db *storage.DB) {
		w := open(t, db)
		w.fill(600) // more than two tiles
		r := w.verify(Trust{})
		if r.Faults != 0 || r.Entries != 599 || r.Pending != 1 || r.Objects != 7 {
			t.Fatalf("got %+v, first %v", r, r.First)
		}
	})
}

func TestAWriteWithoutAnEntryIsNotCommitted(t *testing.T) {
	testkit.EachDB(t, func(t *testing.T, db *storage.DB) {
		w := open(t, db)
		insert := func(tx *storage.Tx) error {
			_, err := tx.Exec(t.Context(), `INSERT INTO things (id, text, revision) VALUES ('x', '', 1)`)
			return err
		}
		w.must(w.j.Write(t.Context(), author("ana"), func(tx *storage.Tx) (Entry, error) { return Entry{}, errorsJoin(insert(tx), Nothing) }))
		if err := w.j.Write(t.Context(), author("ana"), func(tx *storage.Tx) (Entry, error) {
			return Entry{Kind: "k", Object: Object{"unheard-of", "x"}}, insert(tx)
		}); err == nil {
			t.Fatal("an object kind that nobody registered was accepted")
		}
		if r := w.verify(Trust{}); r.Faults != 0 || r.Objects != 0 || r.Pending != 0 {
			t.Fatalf("something was written: %+v", r)
		}
	})
}

func errorsJoin(err, other error) error {
	if err != nil {
		return err
	}
	return other
}

func TestTamperingIsFoundAndTheFirstNamed(t *testing.T) {
	for _, c := range []struct {
		rule   string
		tamper func(w world)
		what   string
	}{
		{"a row of the state changed behind the journal's back", func(w world) { w.behind(`UPDATE things SET text = 'other' WHERE id = 't3'`) }, "thing/t3: verify.state_changed"},
		{"a row whose revision was turned back", func(w world) { w.behind(`UPDATE things SET revision = revision - 1 WHERE id = 't3'`) }, "verify.other_revision"},
		{"a row added without an entry", func(w world) { w.behind(`INSERT INTO things (id, text, revision) VALUES ('new', '', 1)`) }, "thing/new: verify.row_alone"},
		{"a row deleted", func(w world) { w.behind(`DELETE FROM things WHERE id = 't3'`) }, "verify.row_gone"},
		{"an entry deleted", func(w world) {
			w.behind(`DELETE FROM journal_entries WHERE id = (SELECT id FROM journal_leaves WHERE seq = 17)`)
		}, "#17 entry"},
		{"a pending entry deleted", func(w world) {
			w.behind(`DELETE FROM journal_entries WHERE id = (SELECT id FROM journal_pending)`)
		}, "verify.waiting_deleted"},
		{"an entry deleted with its number", func(w world) {
			w.behind(`DELETE FROM journal_entries WHERE id = (SELECT id FROM journal_leaves WHERE seq = 17)`)
			w.behind(`DELETE FROM journal_leaves WHERE seq = 17`)
		}, "#17 verify.breaks_off"},
		{"two entries swapped", func(w world) {
			w.behind(`UPDATE journal_leaves SET seq = -1 WHERE seq = 17`)
			w.behind(`UPDATE journal_leaves SET seq = 17 WHERE seq = 18`)
			w.behind(`UPDATE journal_leaves SET seq = 18 WHERE seq = -1`)
		}, "#17 entry"},
		{"what an entry says it changed", func(w world) {
			w.behind(`UPDATE journal_entries SET body = '{"text":"x"}' WHERE id = (SELECT id FROM journal_leaves WHERE seq = 20)`)
		}, "#20 entry"},
		{"who wrote an entry", func(w world) {
			w.behind(`UPDATE journal_entries SET author = 'bob' WHERE id = (SELECT id FROM journal_leaves WHERE seq = 20)`)
		}, "verify.author_changed"},
		{"a body erased without a forgotten entry", func(w world) {
			w.behind(`UPDATE journal_entries SET body = NULL, salt = NULL WHERE id = (SELECT id FROM journal_leaves WHERE seq = 20)`)
		}, "verify.body_changed"},
		{"when an entry was written", func(w world) {
			w.behind(`UPDATE journal_entries SET at = at + 1 WHERE id = (SELECT id FROM journal_leaves WHERE seq = 20)`)
		}, "verify.row_changed"},
		{"the log cut short", func(w world) {
			w.behind(`DELETE FROM journal_leaves WHERE seq >= 30`)
		}, "#30 verify.breaks_off"},
		{"which entry is an object's last", func(w world) {
			w.behind(`UPDATE journal_states SET entry = (SELECT id FROM journal_leaves WHERE seq = 0) WHERE object_id = 't3'`)
		}, "thing/t3: verify.state_missing"},
		{"the salt of a state", func(w world) {
			w.behind(`UPDATE journal_states SET salt = 'AAAAAAAAAAAAAAAAAAAAAA==' WHERE object_id = 't3'`)
		}, "thing/t3: verify.state_changed"},
		{"a state of nothing", func(w world) {
			w.behind(`INSERT INTO journal_states (owner, object_kind, object_id, entry, salt) VALUES ('o', 'thing', 'none', 'x', 'y')`)
		}, "thing/none: verify.state_alone"},
		{"whom an entry concerns", func(w world) {
			w.behind(`UPDATE journal_entries SET person = 'bea' WHERE id = (SELECT id FROM journal_leaves WHERE seq = 20)`)
		}, "#20 entry"},
		{"whose entry it is", func(w world) {
			w.behind(`UPDATE journal_entries SET author_person = '' WHERE id = (SELECT id FROM journal_leaves WHERE seq = 20)`)
		}, "verify.author_changed"},
		{"a queued entry that is in the log", func(w world) {
			w.behind(`INSERT INTO journal_pending (id) SELECT id FROM journal_leaves WHERE seq = 3`)
		}, "verify.waiting_logged"},
		{"the signing key", func(w world) {
			w.behind(`UPDATE journal_log SET signer = verifier`)
		}, "verify.signer_unreadable"},
		{"a tile that is not of the log", func(w world) {
			w.behind(`INSERT INTO journal_tiles (level, n, data) VALUES (3, 1, 'AAAA')`)
		}, "verify.tiles_many"},
		{"a tile", func(w world) { w.behind(`DELETE FROM journal_tiles WHERE level = 0 AND n = 0`) }, "#0 entry"},
	} {
		t.Run(c.rule, func(t *testing.T) {
			testkit.EachDB(t, func(t *testing.T, db *storage.DB) {
				w := open(t, db)
				w.fill(40)
				c.tamper(w)
				r := w.verify(Trust{})
				if r.Faults == 0 || !strings.Contains(r.First.String(), c.what) {
					t.Fatalf("want %q first, got %v of %d faults", c.what, r.First, r.Faults)
				}
			})
		})
	}
}

func TestAForgedCheckpointIsRefused(t *testing.T) {
	testkit.EachDB(t, func(t *testing.T, db *storage.DB) {
		w, other := open(t, db), "other.example.org/log"
		w.fill(40)
		trusted, key, err := w.j.Checkpoint(t.Context())
		w.must(err)
		// the whole log is rebuilt with another text and signed with another key, as who owns the folder could
		forger := New(db, other, slog.New(slog.DiscardHandler))
		w.behind(`UPDATE things SET text = 'forged' WHERE id = 't0'`)
		w.behind(`DELETE FROM journal_log`)
		w.must(forger.Begin(t.Context()))
		for _, q := range []string{`DELETE FROM journal_tiles`, `INSERT INTO journal_pending SELECT id FROM journal_leaves`, `DELETE FROM journal_leaves`} {
			w.behind(q)
		}
		w.sequence()
		if r := w.verify(Trust{Verifier: key, Checkpoint: trusted}); r.Faults == 0 || r.First.Key != "verify.not_signed" {
			t.Fatalf("got %v", r.First)
		}
	})
}

func TestARollbackIsSeenFromATrustedCheckpoint(t *testing.T) {
	testkit.EachDB(t, func(t *testing.T, db *storage.DB) {
		w := open(t, db)
		w.fill(40)
		w.sequence()
		early, _, err := w.j.Checkpoint(t.Context())
		w.must(err)
		w.fill(10)
		w.sequence()
		late, _, err := w.j.Checkpoint(t.Context())
		w.must(err)
		if r := w.verify(Trust{Checkpoint: early}); r.Faults != 0 {
			t.Fatalf("a log that only grew: %v", r.First)
		}
		w.behind(`UPDATE journal_log SET size = 40, checkpoint = $1`, early)
		w.behind(`DELETE FROM journal_leaves WHERE seq >= 40`)
		r := w.verify(Trust{Checkpoint: late})
		if r.Faults == 0 {
			t.Fatal("a rolled-back log was believed")
		}
	})
}

func TestForgettingErasesAndTheLogStillHolds(t *testing.T) {
	testkit.EachDB(t, func(t *testing.T, db *storage.DB) {
		w := open(t, db)
		w.must(w.set("t1", "write to Léa.MARKER@example.org"))
		w.must(w.set("t2", "nothing about her"))
		w.sequence()
		w.must(w.j.Write(t.Context(), author("admin"), func(tx *storage.Tx) (Entry, error) {
			if _, err := tx.Exec(t.Context(), `UPDATE things SET text = 'write to …', revision = revision + 1 WHERE id = 't1'`); err != nil {
				return Entry{}, err
			}
			gone, err := w.j.Forget(t.Context(), tx, "ana", speaksOf("léa.marker@example.org"))
			return Entry{Kind: KindForgotten, Object: Object{"thing", "t1"}, Owner: "o", Body: gone}, err
		}))
		r := w.verify(Trust{})
		if r.Faults != 0 {
			t.Fatalf("the record broke: %v", r.First)
		}
		h, err := w.j.History(t.Context(), Object{"thing", "t1"}, 0)
		w.must(err)
		if len(h) != 2 || h[1].Author != "" || h[1].Body != nil || h[0].Author != "admin" {
			t.Fatalf("got %+v", h)
		}
		if h, err = w.j.History(t.Context(), Object{"thing", "t2"}, 0); err != nil || h[0].Body == nil || h[0].Author != "" {
			t.Fatalf("a body without the marker must stay, its author not: %+v %v", h, err)
		}
	})
}

// speaksOf says whether a body holds one of texts.
func speaksOf(texts ...string) func(Recorded) bool {
	return func(r Recorded) bool {
		return slices.ContainsFunc(texts, func(m string) bool { return strings.Contains(strings.ToLower(string(r.Body)), strings.ToLower(m)) })
	}
}

// forget erases by markers, on the object "admin".
func (w world) forget(person string, markers ...string) {
	w.t.Helper()
	w.must(w.j.Write(w.t.Context(), author("admin"), func(tx *storage.Tx) (Entry, error) {
		if _, err := tx.Exec(w.t.Context(), `INSERT INTO things (id, text, revision) VALUES ('admin', '', 1) ON CONFLICT (id) DO UPDATE SET revision = things.revision + 1`); err != nil {
			return Entry{}, err
		}
		gone, err := w.j.Forget(w.t.Context(), tx, person, speaksOf(markers...))
		return Entry{Kind: KindForgotten, Object: Object{"thing", "admin"}, Owner: "o", Body: gone}, err
	}))
}

func TestWhatAForgettingLeavesIsStillProved(t *testing.T) {
	testkit.EachDB(t, func(t *testing.T, db *storage.DB) {
		w := open(t, db)
		w.must(w.set("t2", "Lea Marker asked for it"))
		w.sequence()
		w.forget("", "Lea Marker")
		if r := w.verify(Trust{}); r.Faults != 0 {
			t.Fatalf("the record broke: %v", r.First)
		}
		// the last entry of t2 lost its body and that body's salt; its state, which the forgetting left, is bound all the same
		w.behind(`UPDATE things SET text = 'something else' WHERE id = 't2'`)
		if r := w.verify(Trust{}); r.Faults == 0 || r.First.Object != "thing/t2" {
			t.Fatalf("got %v", r.First)
		}
	})
}

func TestAPastStateCantBeGuessedFromItsHash(t *testing.T) {
	testkit.EachDB(t, func(t *testing.T, db *storage.DB) {
		w := open(t, db)
		w.must(w.set("t1", "one"))
		var first, second string
		w.must(db.QueryRow(t.Context(), `SELECT salt FROM journal_states WHERE object_id = 't1'`).Scan(&first))
		w.must(w.set("t1", "two"))
		w.must(db.QueryRow(t.Context(), `SELECT salt FROM journal_states WHERE object_id = 't1'`).Scan(&second))
		var left int
		w.must(db.QueryRow(t.Context(), `SELECT COUNT(*) FROM journal_entries WHERE salt = $1 OR author_salt = $1`, first).Scan(&left))
		if first == second || left != 0 {
			t.Fatalf("the salt of a state that is over is kept: %s %s %d", first, second, left)
		}
	})
}

func TestWhatAForgettingNamesIsNeverErased(t *testing.T) {
	testkit.EachDB(t, func(t *testing.T, db *storage.DB) {
		w := open(t, db)
		w.must(w.set("t1", "a text"))
		w.forget("", "Marker One")
		w.forget("", "bodies") // a person may be called as the ids are listed
		h, err := w.j.History(t.Context(), Object{"thing", "admin"}, 0)
		w.must(err)
		if len(h) != 2 || h[0].Body == nil || h[1].Body == nil {
			t.Fatal("a forgetting erased what another forgetting names")
		}
		if r := w.verify(Trust{}); r.Faults != 0 {
			t.Fatalf("the record broke: %v", r.First)
		}
	})
}

func TestAProofHoldsOfflineAndNotWhenChanged(t *testing.T) {
	testkit.EachDB(t, func(t *testing.T, db *storage.DB) {
		w := open(t, db)
		w.fill(300)
		w.sequence()
		h, err := w.j.History(t.Context(), Object{"thing", "t3"}, 0)
		w.must(err)
		p, err := w.j.Prove(t.Context(), h[len(h)/2].ID, true)
		w.must(err)
		text, err := json.Marshal(p)
		w.must(err)
		_, key, err := w.j.Checkpoint(t.Context())
		w.must(err)
		if _, tree, err := p.Check(key); err != nil || tree.N != 300 {
			t.Fatalf("an honest proof: %v %d", err, tree.N)
		}
		var laidOut bytes.Buffer
		w.must(json.Indent(&laidOut, text, "", "  "))
		if _, err := ReadProof(laidOut.Bytes()); err != nil {
			t.Fatalf("an honest proof in another layout: %v", err)
		}
		for at := range text {
			for bit := range 8 {
				flipped := []byte(string(text))
				flipped[at] ^= 1 << bit
				q, err := ReadProof(flipped)
				if err != nil {
					continue
				}
				if _, _, err := q.Check(key); err == nil {
					t.Fatalf("a flip of bit %d of byte %d was believed:\n%s\n%s", bit, at, text, flipped)
				}
			}
		}
	})
}

func TestTheLogOnlyGrows(t *testing.T) {
	testkit.EachDB(t, func(t *testing.T, db *storage.DB) {
		w := open(t, db)
		w.fill(260)
		w.sequence()
		old, key, err := w.j.Checkpoint(t.Context())
		w.must(err)
		_, before, err := OpenCheckpoint(old, key)
		w.must(err)
		w.fill(300)
		w.sequence()
		now, hashes, err := w.j.Consistency(t.Context(), before.N)
		w.must(err)
		_, after, err := OpenCheckpoint(now, key)
		w.must(err)
		w.must(tlog.CheckTree(hashes, after.N, after.Hash, before.N, before.Hash))
		tile, err := w.j.Tile(t.Context(), -1, 1, 256)
		w.must(err)
		leaves, err := SplitEntries(tile)
		w.must(err)
		if len(leaves) != 256 {
			t.Fatalf("an entry tile of %d leaves", len(leaves))
		}
	})
}

func TestManySequencersNumberEachLeafOnce(t *testing.T) {
	testkit.EachDB(t, func(t *testing.T, db *storage.DB) {
		w := open(t, db)
		done := make(chan struct{})
		go func() {
			defer close(done)
			for i := range 200 {
				if err := w.set(fmt.Sprintf("t%d", i%7), fmt.Sprint(i)); err != nil {
					t.Error(err)
				}
			}
		}()
		for _, err := range testkit.Together(4, func() error {
			for {
				if _, err := w.j.Sequence(t.Context()); err != nil {
					return err
				}
				select {
				case <-done:
					return nil
				default:
				}
			}
		}) {
			w.must(err)
		}
		w.sequence()
		if r := w.verify(Trust{}); r.Faults != 0 || r.Entries != 200 || r.Pending != 0 {
			t.Fatalf("got %+v, first %v", r, r.First)
		}
	})
}

// TestEveryByteOfTheLog flips every byte of a log of 1,000 entries in turn, in memory: of each leaf and of every column of its entry, of the
// tiles, of the checkpoint and of its key. Each flip is judged by the very functions that Verify judges the rows with, which
// TestSampledFlipsThroughTheDatabase shows.
func TestEveryByteOfTheLog(t *testing.T) {
	if testing.Short() {
		t.Skip("long")
	}
	const n = 1000
	var hashes Hashes
	rows := make([]row, n)
	for i := range int64(n) {
		r := row{id: fmt.Sprintf("%026d", i), owner: "o", kind: "thing.set", at: 1_700_000_000_000_000 + i, revision: i + 1, object: Object{"thing", "x"},
			author: "ana", authorPerson: "ana", authorSalt: newSalt(), body: fmt.Appendf(nil, `{"text":"number %d"}`, i), salt: newSalt(), person: "bea"}
		l := Leaf{Version: leafVersion, ID: r.id, At: r.at, Kind: r.kind, Object: r.object.String(), Owner: r.owner, Revision: r.revision,
			Digest: salted(newSalt(), r.body), Body: salted(r.salt, about(r.person, r.body)), Author: salted(r.authorSalt, []byte(r.author))}
		var err error
		if r.leaf, err = l.text(); err != nil {
			t.Fatal(err)
		}
		if err := hashes.Add(i, r.leaf); err != nil {
			t.Fatal(err)
		}
		rows[i] = r
	}
	tiles := map[[2]int64]string{} // as their table holds them
	for _, x := range widest(tlog.NewTiles(tileHeight, 0, n)) {
		data, err := tlog.ReadTileData(x, hashes)
		if err != nil {
			t.Fatal(err)
		}
		tiles[[2]int64{int64(x.L), x.N}] = encode(data)
	}
	c := &check{rep: &Report{}, cleared: map[string]bool{}}
	judge := func(r row, seq int64) bool {
		return c.judge(r, seq, decode(tiles[[2]int64{0, seq >> tileHeight}])).Key == ""
	}
	flips := 0
	for i := range rows {
		seq, stored := int64(i), decode(tiles[[2]int64{0, int64(i) >> tileHeight}])
		if !judge(rows[i], seq) {
			t.Fatalf("entry %d does not hold before anything was flipped", i)
		}
		each := func(column, text string, set func(r *row, flipped string)) {
			for at := range len(text) {
				b := []byte(text)
				b[at] ^= 1 << (at % 7)
				r := rows[i]
				if set(&r, string(b)); c.judge(r, seq, stored).Key == "" {
					t.Fatalf("a flip of byte %d in %s of entry %d was not seen: %q", at, column, i, b)
				}
				flips++
			}
		}
		r := rows[i]
		each("leaf", string(r.leaf), func(r *row, s string) { r.leaf = []byte(s) })
		each("id", r.id, func(r *row, s string) { r.id = s })
		each("owner", r.owner, func(r *row, s string) { r.owner = s })
		each("kind", r.kind, func(r *row, s string) { r.kind = s })
		each("object_kind", r.object.Kind, func(r *row, s string) { r.object.Kind = s })
		each("object_id", r.object.ID, func(r *row, s string) { r.object.ID = s })
		each("author", r.author, func(r *row, s string) { r.author = s })
		each("author_person", r.authorPerson, func(r *row, s string) { r.authorPerson = s })
		each("author_salt", encode(r.authorSalt), func(r *row, s string) { r.authorSalt = decode(s) })
		each("body", string(r.body), func(r *row, s string) { r.body = []byte(s) })
		each("salt", encode(r.salt), func(r *row, s string) { r.salt = decode(s) })
		each("person", r.person, func(r *row, s string) { r.person = s })
		for bit := range 63 { // the numbers, bit by bit
			r := rows[i]
			if r.at ^= 1 << bit; judge(r, seq) {
				t.Fatalf("bit %d of the time of entry %d", bit, i)
			}
			r = rows[i]
			if r.revision ^= 1 << bit; judge(r, seq) {
				t.Fatalf("bit %d of the revision of entry %d", bit, i)
			}
		}
	}
	for key, text := range tiles {
		want := decode(text)
		for at := range len(text) {
			b := []byte(text)
			b[at] ^= 1 << (at % 7)
			if got := decode(string(b)); bytes.Equal(got, want) { // Verify names the entry, or the tile, whose hashes differ
				t.Fatalf("a flip of byte %d in tile %v was not seen", at, key)
			}
			flips++
		}
	}
	signer, verifier, err := note.GenerateKey(crand.Reader, "commons.example.org/log")
	if err != nil {
		t.Fatal(err)
	}
	root, err := tlog.TreeHash(n, hashes)
	if err != nil {
		t.Fatal(err)
	}
	checkpoint, err := sign("commons.example.org/log", signer, tlog.Tree{N: n, Hash: root})
	if err != nil {
		t.Fatal(err)
	}
	for at := range len(checkpoint) {
		for bit := range 8 {
			b := []byte(checkpoint)
			b[at] ^= 1 << bit
			if _, _, err := OpenCheckpoint(string(b), verifier); err == nil {
				t.Fatalf("a flip of bit %d of byte %d in the checkpoint was not seen: %q", bit, at, b)
			}
			flips++
		}
	}
	for at := range len(verifier) {
		for bit := range 8 {
			b := []byte(verifier)
			b[at] ^= 1 << bit
			if _, _, err := OpenCheckpoint(checkpoint, string(b)); err == nil {
				t.Fatalf("a flip of bit %d of byte %d in the key was not seen: %q", bit, at, b)
			}
			flips++
		}
	}
	t.Logf("%d flips", flips)
}

func TestSampledFlipsThroughTheDatabase(t *testing.T) {
	seed := rand.Uint64()
	t.Logf("seed %d", seed)
	testkit.EachDB(t, func(t *testing.T, db *storage.DB) {
		w := open(t, db)
		w.fill(60)
		rng := rand.New(rand.NewPCG(seed, 0))
		columns := []string{"leaf", "author", "author_salt", "body", "salt"}
		for range 100 {
			seq, column := rng.IntN(59), columns[rng.IntN(len(columns))]
			var id, was string
			w.must(db.QueryRow(t.Context(), `SELECT e.id, e.`+column+` FROM journal_entries e JOIN journal_leaves l ON l.id = e.id WHERE l.seq = $1`, seq).Scan(&id, &was))
			b := []byte(was)
			b[rng.IntN(len(b))] ^= 1
			w.behind(`UPDATE journal_entries SET `+column+` = $1 WHERE id = $2`, string(b), id)
			r := w.verify(Trust{})
			if r.Faults == 0 {
				t.Fatalf("a flip in %s of #%d was not seen: %q", column, seq, b)
			}
			if r.Faults > 0 && r.First.Seq != int64(seq) {
				t.Fatalf("a flip in %s of #%d was named as %v", column, seq, r.First)
			}
			w.behind(`UPDATE journal_entries SET `+column+` = $1 WHERE id = $2`, was, id)
		}
	})
}

func FuzzParseLeaf(f *testing.F) {
	text, _ := Leaf{Version: 1, ID: "a", Kind: "k", Object: "o/1", Revision: 1}.text()
	f.Add(text)
	f.Add([]byte(`{"v":1}`))
	f.Fuzz(func(t *testing.T, b []byte) {
		if l, err := ParseLeaf(b); err == nil {
			if again, err := l.text(); err != nil || string(again) != string(b) {
				t.Fatalf("%q was read and is written as %q", b, again)
			}
		}
	})
}

func FuzzSplitEntries(f *testing.F) {
	f.Add([]byte{0, 1, 'a', 0, 0})
	f.Fuzz(func(t *testing.T, b []byte) { _, _ = SplitEntries(b) })
}

func FuzzOpenCheckpoint(f *testing.F) {
	f.Add("x\n1\nAAAA\n\n— x AAAA\n", "x+00000000+AAAA")
	f.Fuzz(func(t *testing.T, checkpoint, key string) { _, _, _ = OpenCheckpoint(checkpoint, key) })
}

func FuzzReadProof(f *testing.F) {
	f.Add([]byte(`{"format":"commun-proof/1","leaf":"","seq":0,"checkpoint":"","key":"","hashes":null}`))
	f.Fuzz(func(t *testing.T, b []byte) {
		if p, err := ReadProof(b); err == nil {
			_, _, _ = p.Check("")
		}
	})
}
