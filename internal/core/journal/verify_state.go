package journal

import (
	"context"
	"database/sql"
	"errors"
	"fmt"

	"commun/internal/platform/storage"
)

// lastEntry is what an object's entries say of it.
type lastEntry struct {
	id       string
	revision int64
	digest   string
	salt     []byte
	cleared  bool // its salt was erased by a forgetting, so the digest cannot be recomputed
}

// state walks each kind's rows and its entries in step, both in byte order of the id: a row without an entry, an entry without a row,
// a gap in the revisions, and a row that is not the one that was logged are all faults. Memory stays that of one page.
func (c *check) state(j *Journal) error {
	for _, name := range j.names {
		kind := j.kinds[name]
		objects, err := c.lastEntries(name)
		if err != nil {
			return err
		}
		after := ""
		for {
			ids, err := kind.IDs(c.ctx, c.tx, after, 500)
			if err != nil {
				return fmt.Errorf("list %s: %w", name, err)
			}
			for _, id := range ids {
				if err := c.object(kind, id, objects); err != nil {
					return err
				}
				delete(objects, id)
			}
			if len(ids) == 0 {
				break
			}
			after = ids[len(ids)-1]
		}
		for id, e := range objects { // whatever is left has entries and no row
			c.rep.Fault(Fault{Seq: -1, Entry: e.id, Object: name + "/" + id, What: "it was logged, and its row is gone"})
		}
	}
	return c.unknownKinds(j)
}

// lastEntries reads the last entry of every object of a kind, and faults gaps in the revisions.
func (c *check) lastEntries(kind string) (map[string]lastEntry, error) {
	objects := map[string]lastEntry{}
	err := each(c.ctx, c.tx, func(r row) error {
		was := objects[r.object.ID]
		if r.revision != was.revision+1 {
			c.rep.Fault(Fault{Seq: r.seq, Entry: r.id, Object: r.object.String(),
				What: fmt.Sprintf("revision %d follows revision %d", r.revision, was.revision)})
		}
		l, err := ParseLeaf(r.leaf)
		if err != nil {
			return nil // named already
		}
		objects[r.object.ID] = lastEntry{id: r.id, revision: r.revision, digest: l.Digest, salt: r.salt,
			cleared: r.salt == nil && c.cleared[r.id+"/body"]}
		return nil
	}, `WHERE e.object_kind = $1 ORDER BY e.object_id, e.revision`, kind)
	return objects, err
}

func (c *check) object(kind ObjectKind, id string, objects map[string]lastEntry) error {
	c.rep.Objects++
	o := Object{kind.Name, id}.String()
	last, ok := objects[id]
	if !ok {
		c.rep.Fault(Fault{Seq: -1, Object: o, What: "this row has no entry"})
		return nil
	}
	state, revision, err := snapshot(c.ctx, c.tx, kind, id)
	switch {
	case errors.Is(err, sql.ErrNoRows):
		return fmt.Errorf("%s is listed and can't be read: %w", o, err)
	case err != nil:
		c.rep.Fault(Fault{Seq: -1, Object: o, Entry: last.id, What: fmt.Sprintf("its state can't be read: %v", err)})
	case revision != last.revision:
		c.rep.Fault(Fault{Seq: -1, Object: o, Entry: last.id, What: fmt.Sprintf("its row is at revision %d, its last entry at %d", revision, last.revision)})
	case last.cleared:
	case !holds(last.digest, last.salt, state):
		c.rep.Fault(Fault{Seq: -1, Object: o, Entry: last.id, What: "its state is not the one that its last entry left"})
	}
	return nil
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
			c.rep.Fault(Fault{Seq: -1, Object: name, What: "this program knows no objects of this kind"})
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
			err = each(ctx, tx, func(r row) error {
				list = append(list, PublicObject{Object: r.object.String(), State: string(state), Salt: encode(r.salt), Entry: r.id,
					Leaf: string(r.leaf), Seq: r.seq})
				return nil
			}, `WHERE e.object_kind = $1 AND e.object_id = $2 AND e.revision = $3`, name, id, revision)
			if err != nil {
				return err
			}
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
