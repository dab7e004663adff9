package journal

import (
	"bytes"
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"

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
	What   string `json:"what"`             // in English, for the terminal
}

func (f Fault) String() string {
	s := f.What
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

// Verify checks the whole record in one read snapshot: the checkpoint's signature, every leaf against the tree, every entry against its
// leaf, the revisions of every object, and the state that stands now against the last entry of each object. An error means that the check
// could not be made; what does not hold is in the report. progress may be nil; it gets (done, total) entries.
func (j *Journal) Verify(ctx context.Context, trust Trust, progress func(done, total int64)) (Report, error) {
	var rep Report
	err := j.db.Read(ctx, func(tx *storage.Tx) error {
		v := &check{ctx: ctx, tx: tx, rep: &rep, progress: progress, cleared: map[string]bool{}}
		if err := v.tree(trust); err != nil {
			return fmt.Errorf("check the log: %w", err)
		}
		if err := v.forgotten(); err != nil {
			return fmt.Errorf("read what was forgotten: %w", err)
		}
		if err := v.entries(); err != nil {
			return fmt.Errorf("check entries: %w", err)
		}
		if err := v.state(j); err != nil {
			return fmt.Errorf("check state: %w", err)
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
}

// tree recomputes the Merkle tree from the leaves that the entries hold, and compares each hash with the stored tiles, so that the first
// leaf that was changed is named and not just the root.
func (c *check) tree(trust Trust) error {
	var size int64
	var checkpoint, verifier string
	err := c.tx.QueryRow(c.ctx, `SELECT size, checkpoint, verifier FROM journal_log WHERE id = 1`).Scan(&size, &checkpoint, &verifier)
	if errors.Is(err, sql.ErrNoRows) {
		c.rep.Fault(Fault{Seq: -1, What: "the log has no checkpoint"})
		return nil
	}
	if err != nil {
		return err
	}
	if trust.Verifier != "" {
		verifier = trust.Verifier
	}
	c.rep.Key = verifier
	origin, tree, err := OpenCheckpoint(checkpoint, verifier)
	signed := err == nil
	switch {
	case err != nil:
		c.rep.Fault(Fault{Seq: -1, What: fmt.Sprintf("the checkpoint is not signed by the log's key: %v", err)})
		tree.N = size
	case tree.N != size:
		c.rep.Fault(Fault{Seq: -1, What: fmt.Sprintf("the checkpoint signs %d entries and the log holds %d", tree.N, size)})
	}
	c.rep.Origin, c.rep.Entries, c.rep.Checkpoint = origin, tree.N, checkpoint
	fresh := Hashes{}
	if err := c.leaves(tree.N, fresh); err != nil {
		return err
	}
	root, err := tlog.TreeHash(c.rep.Entries, fresh)
	if err != nil {
		return err
	}
	c.rep.Root = root.String()
	if signed && root != tree.Hash {
		c.rep.Fault(Fault{Seq: -1, What: "the entries do not give the root that the checkpoint signs"})
	}
	if trust.Checkpoint == "" {
		return nil
	}
	_, old, err := OpenCheckpoint(trust.Checkpoint, verifier)
	if err != nil {
		c.rep.Fault(Fault{Seq: -1, What: fmt.Sprintf("the trusted checkpoint is not signed by the log's key: %v", err)})
		return nil
	}
	if old.N > c.rep.Entries {
		c.rep.Fault(Fault{Seq: -1, What: fmt.Sprintf("the trusted checkpoint has %d entries and the log only %d: it was cut or rolled back", old.N, c.rep.Entries)})
		return nil
	}
	was, err := tlog.TreeHash(old.N, fresh)
	if err != nil {
		return err
	}
	if was != old.Hash {
		c.rep.Fault(Fault{Seq: -1, What: fmt.Sprintf("the first %d entries are not those of the trusted checkpoint", old.N)})
	}
	return nil
}

// numbered is one row of the log.
type numbered struct {
	seq  int64
	id   string
	leaf sql.NullString
}

// leaves hashes every numbered leaf into fresh, a tile's worth at a time. It stops at the first number that is missing.
func (c *check) leaves(size int64, fresh Hashes) error {
	next := int64(0)
	for {
		page, err := c.page(next)
		if err != nil {
			return err
		}
		stored := c.tile(0, next>>tileHeight)
		for _, l := range page {
			if l.seq != next || l.seq >= size {
				break
			}
			if err := c.leaf(l, stored, fresh); err != nil {
				return err
			}
			next++
		}
		if c.progress != nil {
			c.progress(next, size)
		}
		if len(page) < 1<<tileHeight || next&(1<<tileHeight-1) != 0 {
			if n := len(page); n > 0 && page[n-1].seq >= next {
				c.beyond(next, size)
			}
			break
		}
	}
	if next != size {
		c.rep.Fault(Fault{Seq: next, What: fmt.Sprintf("the log breaks off here, and its checkpoint signs %d entries", size)})
	}
	c.rep.Entries = next
	return c.upper(next, fresh)
}

func (c *check) beyond(next, size int64) {
	if next >= size {
		c.rep.Fault(Fault{Seq: next, What: "numbered beyond the checkpoint"})
	}
}

// page reads the rows of one tile.
func (c *check) page(from int64) ([]numbered, error) {
	rows, err := c.tx.Query(c.ctx, `SELECT l.seq, l.id, e.leaf FROM journal_leaves l LEFT JOIN journal_entries e ON e.id = l.id
		WHERE l.seq >= $1 ORDER BY l.seq LIMIT $2`, from, 1<<tileHeight)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	var page []numbered
	for rows.Next() {
		var l numbered
		if err := rows.Scan(&l.seq, &l.id, &l.leaf); err != nil {
			return nil, err
		}
		page = append(page, l)
	}
	return page, rows.Err()
}

func (c *check) leaf(l numbered, stored []byte, fresh Hashes) error {
	hash := tlog.RecordHash([]byte(l.leaf.String))
	at := int(l.seq&(1<<tileHeight-1)) * tlog.HashSize
	switch {
	case !l.leaf.Valid:
		c.rep.Fault(Fault{Seq: l.seq, Entry: l.id, What: "the entry was deleted"})
	case len(stored) < at+tlog.HashSize:
		c.rep.Fault(Fault{Seq: l.seq, Entry: l.id, What: "its tile is missing or too short"})
	case tlog.Hash(stored[at:at+tlog.HashSize]) != hash:
		c.rep.Fault(Fault{Seq: l.seq, Entry: l.id, What: "its leaf is not the one that was logged"})
	}
	return fresh.Add(l.seq, []byte(l.leaf.String))
}

func (c *check) tile(level, n int64) []byte {
	var text string
	if err := c.tx.QueryRow(c.ctx, `SELECT data FROM journal_tiles WHERE level = $1 AND n = $2`, level, n).Scan(&text); err != nil {
		return nil // absent or unreadable: the caller names what it needed it for
	}
	return decode(text)
}

// upper compares every stored tile above the leaves with the tree just computed.
func (c *check) upper(size int64, fresh Hashes) error {
	for _, t := range widest(tlog.NewTiles(tileHeight, 0, size)) {
		if t.L == 0 {
			continue
		}
		want, err := tlog.ReadTileData(t, fresh)
		if err != nil {
			return err
		}
		if got := c.tile(int64(t.L), t.N); !bytes.Equal(got, want) {
			c.rep.Fault(Fault{Seq: -1, What: fmt.Sprintf("tile %s does not hold the hashes of the tiles below it", t.Path())})
		}
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
	return err == nil && holds(l.Body, r.salt, r.body)
}

// entries compares each entry's row with its leaf, and finds entries that are neither numbered nor pending.
func (c *check) entries() error {
	err := each(c.ctx, c.tx, func(r row) error {
		if what := c.entry(r); what != "" {
			c.rep.Fault(Fault{Seq: r.seq, Entry: r.id, Object: r.object.String(), What: what})
		}
		return nil
	}, `ORDER BY COALESCE(l.seq, 9223372036854775807), e.id`)
	if err != nil {
		return err
	}
	if err := c.tx.QueryRow(c.ctx, `SELECT COUNT(*) FROM journal_pending`).Scan(&c.rep.Pending); err != nil {
		return err
	}
	return c.strays()
}

func (c *check) entry(r row) string {
	l, err := ParseLeaf(r.leaf)
	if err != nil {
		return err.Error()
	}
	mine := Leaf{Version: l.Version, ID: r.id, At: r.at, Kind: r.kind, Object: r.object.String(), Owner: r.owner, Revision: r.revision,
		Digest: l.Digest, Body: l.Body, Author: l.Author}
	if mine != l {
		return "its row says something else than its leaf"
	}
	if !holds(l.Body, r.salt, r.body) && !(r.body == nil && r.salt == nil && c.cleared[r.id+"/body"]) {
		return "its body is not the one that was logged"
	}
	if !holds(l.Author, r.authorSalt, []byte(r.author)) && !(r.author == "" && r.authorSalt == nil && c.cleared[r.id+"/author"]) {
		return "its author is not the one that was logged"
	}
	return ""
}

// strays finds entries outside log and queue, and queued ids without an entry.
func (c *check) strays() error {
	for _, q := range []struct{ query, what string }{
		{`SELECT e.id FROM journal_entries e WHERE NOT EXISTS (SELECT 1 FROM journal_leaves l WHERE l.id = e.id)
			AND NOT EXISTS (SELECT 1 FROM journal_pending p WHERE p.id = e.id) ORDER BY e.id LIMIT 100`, "neither in the log nor waiting for it"},
		{`SELECT p.id FROM journal_pending p WHERE NOT EXISTS (SELECT 1 FROM journal_entries e WHERE e.id = p.id) ORDER BY p.id LIMIT 100`,
			"waiting for the log, and deleted"},
	} {
		rows, err := c.tx.Query(c.ctx, q.query)
		if err != nil {
			return err
		}
		for rows.Next() {
			var id string
			if err := rows.Scan(&id); err != nil {
				rows.Close()
				return err
			}
			c.rep.Fault(Fault{Seq: -1, Entry: id, What: q.what})
		}
		rows.Close()
		if err := rows.Err(); err != nil {
			return err
		}
	}
	return nil
}
