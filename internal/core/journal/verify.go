package journal

import (
	"bytes"
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"strings"

	"golang.org/x/mod/sumdb/tlog"

	"commun/internal/platform/storage"
)

// Trust is what a verifier brings from elsewhere than the database that it checks. Its zero value trusts the key in the database.
type Trust struct {
	Verifier   string // the log's public key
	Checkpoint string // a checkpoint seen earlier: the log must still begin with that tree
}

// Fault is something that does not hold.
type Fault struct {
	Seq    int64  `json:"seq"`              // number of the entry in the log, -1 when it has none
	Entry  string `json:"entry,omitempty"`  // its id
	Object string `json:"object,omitempty"` // "kind/id" of the row concerned
	Key    string `json:"key"`              // what does not hold: a message key, such as "verify.entry_deleted"
	What   string `json:"what,omitempty"`   // the same in words, which who prints the report fills in

	Args map[string]any `json:"-"` // what the message names
}

// with returns the fault naming value as name.
func (f Fault) with(name string, value any) Fault {
	args := maps.Clone(f.Args)
	if args == nil {
		args = map[string]any{}
	}
	args[name] = value
	f.Args = args
	return f
}

// String is for logs and tests: it has the key until somebody filled in the words.
func (f Fault) String() string {
	s := f.What
	if s == "" {
		s = f.Key
		if len(f.Args) > 0 {
			s += fmt.Sprintf(" %v", f.Args)
		}
	}
	if f.Object != "" {
		s = f.Object + ": " + s
	}
	if f.Entry != "" {
		s = "entry " + f.Entry + ": " + s
	}
	if f.Seq >= 0 {
		s = fmt.Sprintf("#%d %s", f.Seq, s)
	}
	return s
}

// Report is the outcome of Verify. The record holds when Faults is 0.
type Report struct {
	Entries    int64  `json:"entries"` // integrated in the log
	Pending    int64  `json:"pending"` // acknowledged, checked, and not yet in the log
	Objects    int64  `json:"objects"` // whose state was compared with their last entry
	Origin     string `json:"origin"`
	Root       string `json:"root"`
	Checkpoint string `json:"checkpoint,omitempty"`
	Key        string `json:"key"`
	Faults     int64  `json:"faults"`
	First      *Fault `json:"first,omitempty"` // log order first, then entries, then state
}

// Fault adds what does not hold; the first one is kept.
func (r *Report) Fault(f Fault) {
	r.Faults++
	if r.First == nil {
		r.First = &f
	}
}

// Verify checks the whole record in one read snapshot: the checkpoint's signature and the log's keys, every leaf against the tree and every
// entry against its leaf in the order of the log, what waits for the log, the revisions of every object, the state that stands now against
// the last entry of each object, and the database itself. An error means that the check could not be made; what does not hold is in the
// report. progress may be nil; it gets (done, total) entries. Memory is 64 bytes an entry, and one page.
//
// It does not cover what features list as Upkeep in their Migrations: sessions and sign-in links, jobs, letters on their way, when a repository was
// last read, measures, the search index, and what the lines of an imported list say (only that they are as many as the list was given).
func (j *Journal) Verify(ctx context.Context, trust Trust, progress func(done, total int64)) (Report, error) {
	var rep Report
	err := j.db.Read(ctx, func(tx *storage.Tx) error {
		c := &check{ctx: ctx, tx: tx, rep: &rep, progress: progress, cleared: map[string]bool{}}
		for _, step := range []struct {
			doing string
			do    func() error
		}{
			{"read what was forgotten", c.forgotten},
			{"check the log", func() error { return c.log(trust) }},
			{"check what waits for the log", c.waiting},
			{"check state", func() error { return c.state(j) }},
		} {
			if err := step.do(); err != nil {
				// a page of the database that can't be read is something that does not hold, and not a check that could not be made
				if c.rows() == nil && rep.Faults > 0 {
					rep.Fault(Fault{Seq: -1, Key: "verify.unreadable"}.with("why", fmt.Sprintf("%s: %v", step.doing, err)))
					return nil
				}
				return fmt.Errorf("%s: %w", step.doing, err)
			}
		}
		if err := c.rows(); err != nil {
			return fmt.Errorf("check the database: %w", err)
		}
		return nil
	})
	return rep, err
}

type check struct {
	ctx      context.Context
	tx       *storage.Tx
	rep      *Report
	progress func(done, total int64)
	cleared  map[string]bool // "id/body" and "id/author" of what a forgotten entry names
	hashes   Hashes          // of the leaves that stand now
}

// log recomputes the Merkle tree from the leaves that the entries hold, and compares each hash with the stored tiles, so that the first
// leaf that was changed is named and not just the root.
func (c *check) log(trust Trust) error {
	var size int64
	var checkpoint, signer, own string
	err := c.tx.QueryRow(c.ctx, `SELECT size, checkpoint, signer, verifier FROM journal_log WHERE id = 1`).Scan(&size, &checkpoint, &signer, &own)
	if errors.Is(err, sql.ErrNoRows) {
		c.rep.Fault(Fault{Seq: -1, Key: "verify.no_checkpoint"})
		return nil
	}
	if err != nil {
		return err
	}
	verifier := own
	if trust.Verifier != "" {
		verifier = trust.Verifier
	}
	c.rep.Key = verifier
	origin, tree, err := OpenCheckpoint(checkpoint, verifier)
	signed := err == nil
	switch {
	case err != nil:
		c.rep.Fault(Fault{Seq: -1, Key: "verify.not_signed"}.with("why", err.Error()))
		tree.N = size
	case tree.N != size:
		c.rep.Fault(Fault{Seq: -1, Key: "verify.other_size"}.with("signed", tree.N).with("held", size))
	}
	c.rep.Origin, c.rep.Entries, c.rep.Checkpoint = origin, tree.N, checkpoint
	if err := c.leaves(tree.N); err != nil {
		return err
	}
	root, err := tlog.TreeHash(c.rep.Entries, c.hashes)
	if err != nil {
		return err
	}
	c.rep.Root = root.String()
	if signed && root != tree.Hash {
		c.rep.Fault(Fault{Seq: -1, Key: "verify.other_root"})
	}
	if verifier != own {
		c.rep.Fault(Fault{Seq: -1, Key: "verify.other_key"})
	}
	if text, err := sign(origin, signer, tlog.Tree{}); err != nil {
		c.rep.Fault(Fault{Seq: -1, Key: "verify.signer_unreadable"}.with("why", err.Error()))
	} else if _, _, err := OpenCheckpoint(text, own); signed && (err != nil || !canonicalKey(strings.TrimPrefix(signer, "PRIVATE+KEY+"))) {
		c.rep.Fault(Fault{Seq: -1, Key: "verify.other_signer"})
	}
	return c.trusted(trust.Checkpoint, verifier)
}

// trusted compares the log with a checkpoint that was kept from earlier.
func (c *check) trusted(checkpoint, verifier string) error {
	if checkpoint == "" {
		return nil
	}
	_, old, err := OpenCheckpoint(checkpoint, verifier)
	if err != nil {
		c.rep.Fault(Fault{Seq: -1, Key: "verify.trusted_not_signed"}.with("why", err.Error()))
		return nil
	}
	if old.N > c.rep.Entries {
		c.rep.Fault(Fault{Seq: -1, Key: "verify.rolled_back"}.with("kept", old.N).with("held", c.rep.Entries))
		return nil
	}
	was, err := tlog.TreeHash(old.N, c.hashes)
	if err != nil {
		return err
	}
	if was != old.Hash {
		c.rep.Fault(Fault{Seq: -1, Key: "verify.other_beginning"}.with("count", old.N))
	}
	return nil
}

// numbered is one row of the log, with its entry when that is there.
type numbered struct {
	seq   int64
	id    string
	entry *row
}

// leaves checks every number of the log and its entry, a tile's worth at a time. It stops at the first number that is missing.
func (c *check) leaves(size int64) error {
	next := int64(0)
	for {
		page, err := c.page(next)
		if err != nil {
			return err
		}
		n := next >> tileHeight
		stored := c.tile(0, n)
		for _, l := range page {
			if l.seq != next || l.seq >= size {
				break
			}
			if err := c.leaf(l, stored); err != nil {
				return err
			}
			next++
		}
		if want := int(next-n<<tileHeight) * tlog.HashSize; next == min(size, (n+1)<<tileHeight) && len(page) > 0 && len(stored) > want {
			c.rep.Fault(Fault{Seq: -1, Key: "verify.tile_long"}.with("tile", tlog.Tile{H: tileHeight, N: n, W: 1 << tileHeight}.Path()))
		}
		if c.progress != nil {
			c.progress(next, size)
		}
		if len(page) < 1<<tileHeight || next&(1<<tileHeight-1) != 0 {
			break
		}
	}
	if next != size {
		c.rep.Fault(Fault{Seq: next, Key: "verify.breaks_off"}.with("count", size))
	}
	c.rep.Entries = next
	var beyond int64
	if err := c.tx.QueryRow(c.ctx, `SELECT COUNT(*) FROM journal_leaves WHERE seq >= $1 OR seq < 0`, size).Scan(&beyond); err != nil {
		return err
	}
	if beyond > 0 {
		c.rep.Fault(Fault{Seq: size, Key: "verify.beyond"}.with("count", beyond))
	}
	return c.upper(next)
}

// page reads the numbers of one tile, and their entries.
func (c *check) page(from int64) ([]numbered, error) {
	rows, err := c.tx.Query(c.ctx, `SELECT seq, id FROM journal_leaves WHERE seq >= $1 ORDER BY seq LIMIT $2`, from, 1<<tileHeight)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	var page []numbered
	for rows.Next() {
		var l numbered
		if err := rows.Scan(&l.seq, &l.id); err != nil {
			return nil, err
		}
		page = append(page, l)
	}
	if err := errors.Join(rows.Err(), rows.Close()); err != nil || len(page) == 0 {
		return nil, err
	}
	at := int64(0)
	return page, each(c.ctx, c.tx, func(r row) error {
		for page[at].seq < r.seq {
			at++
		}
		page[at].entry = &r
		return nil
	}, `WHERE l.seq >= $1 AND l.seq <= $2 ORDER BY l.seq`, from, page[len(page)-1].seq)
}

func (c *check) leaf(l numbered, stored []byte) error {
	if l.entry == nil {
		c.rep.Fault(Fault{Seq: l.seq, Entry: l.id, Key: "verify.entry_deleted"})
		return c.hashes.Add(l.seq, nil)
	}
	if f := c.judge(*l.entry, l.seq, stored); f.Key != "" {
		f.Seq, f.Entry, f.Object = l.seq, l.id, l.entry.object.String()
		c.rep.Fault(f)
	}
	return c.hashes.Add(l.seq, l.entry.leaf)
}

// judge says what does not hold of the entry that has number seq: its leaf against its tile, its row against its leaf. A fault without a key
// is none.
func (c *check) judge(r row, seq int64, stored []byte) Fault {
	at := int(seq&(1<<tileHeight-1)) * tlog.HashSize
	switch {
	case len(stored) < at+tlog.HashSize:
		return Fault{Key: "verify.tile_short"}
	case tlog.Hash(stored[at:at+tlog.HashSize]) != tlog.RecordHash(r.leaf):
		return Fault{Key: "verify.other_leaf"}
	}
	return c.entry(r)
}

func (c *check) tile(level, n int64) []byte {
	var text string
	if err := c.tx.QueryRow(c.ctx, `SELECT data FROM journal_tiles WHERE level = $1 AND n = $2`, level, n).Scan(&text); err != nil {
		return nil // absent or unreadable: the caller names what it needed it for
	}
	return decode(text)
}

// upper compares every stored tile above the leaves with the tree just computed, and finds tiles that are not of this tree.
func (c *check) upper(size int64) error {
	tiles := widest(tlog.NewTiles(tileHeight, 0, size))
	for _, t := range tiles {
		if t.L == 0 {
			continue
		}
		want, err := tlog.ReadTileData(t, c.hashes)
		if err != nil {
			return err
		}
		if got := c.tile(int64(t.L), t.N); !bytes.Equal(got, want) {
			c.rep.Fault(Fault{Seq: -1, Key: "verify.tile_hashes"}.with("tile", t.Path()))
		}
	}
	var stored int
	if err := c.tx.QueryRow(c.ctx, `SELECT COUNT(*) FROM journal_tiles`).Scan(&stored); err != nil {
		return err
	}
	if stored > len(tiles) {
		c.rep.Fault(Fault{Seq: -1, Key: "verify.tiles_many"}.with("stored", stored).with("known", len(tiles)))
	}
	return nil
}

// forgotten gathers what forgotten entries name; only that makes an absent text valid.
func (c *check) forgotten() error {
	return each(c.ctx, c.tx, func(r row) error {
		var f Forgotten
		if json.Unmarshal(r.body, &f) == nil && holdsBody(r) {
			for _, id := range f.Bodies {
				c.cleared[id+"/body"] = true
			}
			for _, id := range f.Authors {
				c.cleared[id+"/author"] = true
			}
		}
		return nil
	}, `WHERE e.kind = $1`, KindForgotten)
}

func holdsBody(r row) bool {
	l, err := ParseLeaf(r.leaf)
	return err == nil && holds(l.Body, r.salt, about(r.person, r.body))
}

// entry compares an entry's row with its leaf, and says what differs. A fault without a key is none.
func (c *check) entry(r row) Fault {
	l, err := ParseLeaf(r.leaf)
	if err != nil {
		return Fault{Key: "verify.leaf_unreadable"}.with("why", err.Error())
	}
	mine := Leaf{Version: l.Version, ID: r.id, At: r.at, Kind: r.kind, Object: r.object.String(), Owner: r.owner, Revision: r.revision,
		Digest: l.Digest, Body: l.Body, Author: l.Author}
	switch {
	case mine != l:
		return Fault{Key: "verify.row_changed"}
	case r.body == nil && r.salt == nil && r.person == "" && c.cleared[r.id+"/body"]:
	case !holds(l.Body, r.salt, about(r.person, r.body)):
		return Fault{Key: "verify.body_changed"}
	}
	switch {
	case r.author == "" && r.authorSalt == nil && r.authorPerson == "" && c.cleared[r.id+"/author"]:
	case !holds(l.Author, r.authorSalt, []byte(r.author)) || !r.authorFits():
		return Fault{Key: "verify.author_changed"}
	}
	return Fault{}
}

// waiting checks the entries that have no number yet, and finds those that are neither numbered nor queued.
func (c *check) waiting() error {
	err := each(c.ctx, c.tx, func(r row) error {
		if f := c.entry(r); f.Key != "" {
			f.Seq, f.Entry, f.Object = -1, r.id, r.object.String()
			c.rep.Fault(f)
		}
		return nil
	}, `WHERE l.id IS NULL ORDER BY e.id`)
	if err != nil {
		return err
	}
	if err := c.tx.QueryRow(c.ctx, `SELECT COUNT(*) FROM journal_pending`).Scan(&c.rep.Pending); err != nil {
		return err
	}
	for _, q := range []struct{ query, key string }{
		{`SELECT e.id FROM journal_entries e WHERE NOT EXISTS (SELECT 1 FROM journal_leaves l WHERE l.id = e.id)
			AND NOT EXISTS (SELECT 1 FROM journal_pending p WHERE p.id = e.id) ORDER BY e.id LIMIT 100`, "verify.entry_lost"},
		{`SELECT p.id FROM journal_pending p WHERE NOT EXISTS (SELECT 1 FROM journal_entries e WHERE e.id = p.id) ORDER BY p.id LIMIT 100`,
			"verify.waiting_deleted"},
		{`SELECT p.id FROM journal_pending p JOIN journal_leaves l ON l.id = p.id ORDER BY p.id LIMIT 100`, "verify.waiting_logged"},
	} {
		if err := c.named(q.query, func(id string) { c.rep.Fault(Fault{Seq: -1, Entry: id, Key: q.key}) }); err != nil {
			return err
		}
	}
	return nil
}

// named calls f with each text that a query gives.
func (c *check) named(query string, f func(string), args ...any) error {
	rows, err := c.tx.Query(c.ctx, query, args...)
	if err != nil {
		return err
	}
	defer rows.Close()
	for rows.Next() {
		var text string
		if err := rows.Scan(&text); err != nil {
			return err
		}
		f(text)
	}
	return rows.Err()
}
