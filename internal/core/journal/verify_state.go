package journal

import (
	"context"
	"database/sql"
	"errors"
	"fmt"

	"commun/internal/platform/storage"
)

// page is how many objects are compared at once.
const statePage = 500

// state compares every object that has entries with its row, and every row with its entries: a row without an entry, an entry without a
// row, a gap in the revisions, and a row that is not the one that was logged are all faults.
func (c *check) state(j *Journal) error {
	if err := c.unknownKinds(j); err != nil {
		return err
	}
	for _, name := range j.names {
		kind := j.kinds[name]
		if err := c.logged(kind); err != nil {
			return err
		}
		if err := c.listed(kind); err != nil {
			return fmt.Errorf("list %s: %w", name, err)
		}
		if kind.Check == nil {
			continue
		}
		err := kind.Check(c.ctx, c.tx, func(id, key string) { c.rep.Fault(Fault{Seq: -1, Object: name + "/" + id, Key: key}) })
		if err != nil {
			return fmt.Errorf("check %s: %w", name, err)
		}
	}
	return c.named(`SELECT s.object_kind || '/' || s.object_id FROM journal_states s WHERE NOT EXISTS (SELECT 1 FROM journal_entries e
		WHERE e.owner = s.owner AND e.object_kind = s.object_kind AND e.object_id = s.object_id) ORDER BY 1 LIMIT 100`,
		func(o string) {
			c.rep.Fault(Fault{Seq: -1, Object: o, Key: "verify.state_alone"})
		})
}

// standing is an object as its entries leave it.
type standing struct {
	id         string
	count, top int64 // entries, and the highest revision
	entry      sql.NullString
	salt, leaf sql.NullString
	revision   sql.NullInt64
}

// lastEntries gives a page of objects of a kind, each with its last entry. An object is known by kind and id; one that stands under two
// owners comes twice, and is faulted for its revisions.
const lastEntries = `SELECT g.object_id, g.n, g.top, s.entry, s.salt, e.leaf, e.revision
	FROM (SELECT owner, object_id, COUNT(*) AS n, MAX(revision) AS top FROM journal_entries WHERE object_kind = $1 AND object_id IN
			(SELECT DISTINCT object_id FROM journal_entries WHERE object_kind = $1 AND object_id > $2 ORDER BY object_id LIMIT $3)
		GROUP BY owner, object_id) g
	LEFT JOIN journal_states s ON s.owner = g.owner AND s.object_kind = $1 AND s.object_id = g.object_id
	LEFT JOIN journal_entries e ON e.id = s.entry
	ORDER BY g.object_id`

// logged walks the objects that have entries.
func (c *check) logged(kind ObjectKind) error {
	after := ""
	for {
		page, err := c.standing(kind.Name, after)
		if err != nil {
			return err
		}
		for _, o := range page {
			if err := c.object(kind, o); err != nil {
				return err
			}
		}
		if len(page) < statePage {
			return nil
		}
		after = page[len(page)-1].id
	}
}

func (c *check) standing(kind, after string) ([]standing, error) {
	rows, err := c.tx.Query(c.ctx, lastEntries, kind, after, statePage)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	var page []standing
	for rows.Next() {
		var o standing
		if err := rows.Scan(&o.id, &o.count, &o.top, &o.entry, &o.salt, &o.leaf, &o.revision); err != nil {
			return nil, err
		}
		page = append(page, o)
	}
	return page, rows.Err()
}

func (c *check) object(kind ObjectKind, last standing) error {
	o := Object{kind.Name, last.id}.String()
	fault := func(key string) Fault { return Fault{Seq: -1, Object: o, Entry: last.entry.String, Key: key} }
	if last.count != last.top {
		c.rep.Fault(fault("verify.revisions").with("entries", last.count).with("revision", last.top))
		return nil
	}
	if !last.revision.Valid || last.revision.Int64 != last.top {
		c.rep.Fault(fault("verify.state_missing"))
		return nil
	}
	state, revision, err := snapshot(c.ctx, c.tx, kind, last.id)
	switch {
	case errors.Is(err, sql.ErrNoRows):
		c.rep.Fault(fault("verify.row_gone"))
		return nil
	case err != nil:
		if c.ctx.Err() != nil {
			return err
		}
		c.rep.Fault(fault("verify.state_unreadable").with("why", err.Error()))
		return nil
	case revision != last.top:
		c.rep.Fault(fault("verify.other_revision").with("row", revision).with("entry", last.top))
		return nil
	}
	l, err := ParseLeaf([]byte(last.leaf.String))
	if err == nil && !holds(l.Digest, decode(last.salt.String), state) { // a leaf that can't be read is named already
		c.rep.Fault(fault("verify.state_changed"))
	}
	return nil
}

// listed walks the rows, and finds those that have no entry.
func (c *check) listed(kind ObjectKind) error {
	after := ""
	for {
		ids, err := kind.IDs(c.ctx, c.tx, after, statePage)
		if err != nil || len(ids) == 0 {
			return err
		}
		c.rep.Objects += int64(len(ids))
		known, args := map[string]bool{}, []any{kind.Name}
		for _, id := range ids {
			args = append(args, id)
		}
		err = c.named(`SELECT DISTINCT object_id FROM journal_entries WHERE object_kind = $1 AND object_id IN `+storage.In(2, len(ids)),
			func(id string) { known[id] = true }, args...)
		if err != nil {
			return err
		}
		for _, id := range ids {
			if !known[id] {
				c.rep.Fault(Fault{Seq: -1, Object: kind.Name + "/" + id, Key: "verify.row_alone"})
			}
		}
		after = ids[len(ids)-1]
	}
}

// unknownKinds faults entries of kinds that nobody registered: their state would go unchecked.
func (c *check) unknownKinds(j *Journal) error {
	rows, err := c.tx.Query(c.ctx, `SELECT DISTINCT object_kind FROM journal_entries ORDER BY object_kind`)
	if err != nil {
		return err
	}
	defer rows.Close()
	for rows.Next() {
		var name string
		if err := rows.Scan(&name); err != nil {
			return err
		}
		if _, ok := j.kinds[name]; !ok {
			c.rep.Fault(Fault{Seq: -1, Object: name, Key: "verify.unknown_kind"})
		}
	}
	return rows.Err()
}

// PublicObject is an object whose state anyone may compare with the log.
type PublicObject struct {
	Object string `json:"object"`
	State  string `json:"state"` // the canonical snapshot, as a text
	Salt   string `json:"salt"`  // base64
	Entry  string `json:"entry"` // its last entry
	Leaf   string `json:"leaf"`  // that entry's leaf
	Seq    int64  `json:"seq"`
}

// PublicObjects returns up to limit objects of a public kind after the given id.
func (j *Journal) PublicObjects(ctx context.Context, name, after string, limit int) ([]PublicObject, error) {
	kind, ok := j.kinds[name]
	if !ok || !kind.Public {
		return nil, sql.ErrNoRows
	}
	var list []PublicObject
	err := j.db.Read(ctx, func(tx *storage.Tx) error {
		list = nil
		ids, err := kind.IDs(ctx, tx, after, limit)
		if err != nil {
			return err
		}
		for _, id := range ids {
			state, revision, err := snapshot(ctx, tx, kind, id)
			if err != nil {
				return err
			}
			x := PublicObject{Object: Object{name, id}.String(), State: string(state)}
			err = tx.QueryRow(ctx, `SELECT s.salt, s.entry, e.leaf, COALESCE(l.seq, -1) FROM journal_states s JOIN journal_entries e ON e.id = s.entry
				LEFT JOIN journal_leaves l ON l.id = e.id WHERE s.object_kind = $1 AND s.object_id = $2 AND e.revision = $3`, name, id, revision).
				Scan(&x.Salt, &x.Entry, &x.Leaf, &x.Seq)
			if err != nil && !errors.Is(err, sql.ErrNoRows) {
				return err
			}
			list = append(list, x) // without an entry it is shown too: whoever checks must see that it has none
		}
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("public objects of kind %s: %w", name, err)
	}
	return list, nil
}

// Holds says whether the state is the one that the leaf's digest covers.
func (o PublicObject) Holds() bool {
	l, err := ParseLeaf([]byte(o.Leaf))
	return err == nil && holds(l.Digest, decode(o.Salt), []byte(o.State))
}
