package commons

import (
	"cmp"
	"context"
	"crypto/sha256"
	"database/sql"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"

	"commun/internal/core/journal"
	"commun/internal/platform/fault"
	"commun/internal/platform/storage"
)

// ObjectKind is the name under which the journal knows commons.
const ObjectKind = "commons"

// Migrations returns the tables of commons. What a source says of a field is a row; the snapshot covers them all.
func Migrations() storage.Migrations {
	return storage.Migrations{
		Owner: "commons",
		Steps: []storage.Step{{Name: "commons, their values and repositories", SQL: storage.Both(`
			CREATE TABLE commons (id TEXT PRIMARY KEY, slug TEXT NOT NULL UNIQUE, state TEXT NOT NULL, merged_into TEXT NOT NULL DEFAULT '',
				created_at BIGINT NOT NULL, created_by TEXT NOT NULL DEFAULT '', updated_at BIGINT NOT NULL, revision BIGINT NOT NULL);
			CREATE INDEX commons_state ON commons (state, id);
			CREATE INDEX commons_updated ON commons (updated_at, id);
			CREATE TABLE commons_values (commons TEXT NOT NULL REFERENCES commons (id), field TEXT NOT NULL, lang TEXT NOT NULL, source TEXT NOT NULL,
				value TEXT NOT NULL, note TEXT NOT NULL DEFAULT '', at BIGINT NOT NULL, PRIMARY KEY (commons, field, lang, source));
			CREATE TABLE commons_homes (repository TEXT PRIMARY KEY, commons TEXT NOT NULL REFERENCES commons (id), address TEXT NOT NULL,
				main BIGINT NOT NULL);
			CREATE INDEX commons_homes_commons ON commons_homes (commons, repository);
		`)}},
	}
}

// Kind returns the journal's view of commons.
func Kind() journal.ObjectKind {
	return journal.ObjectKind{Name: ObjectKind, Public: true,
		Snapshot: func(ctx context.Context, tx *storage.Tx, id string) (any, int64, error) {
			if kept, ok := tx.Kept(ObjectKind + ":" + id); ok { // read as the transaction leaves it
				c := kept.(Commons)
				return published(c), c.Revision, nil
			}
			c, err := read(ctx, tx, "id", id)
			return published(c), c.Revision, err
		},
		IDs: func(ctx context.Context, tx *storage.Tx, after string, limit int) ([]string, error) {
			return texts(ctx, tx, `SELECT id FROM commons WHERE id > $1 ORDER BY id LIMIT $2`, after, limit)
		},
		// who created a commons is in no snapshot, since that is public: its first entry says it, until that person is forgotten
		Check: func(ctx context.Context, tx *storage.Tx, found func(id, key string)) error {
			ids, err := texts(ctx, tx, `SELECT c.id FROM commons c JOIN journal_entries e ON e.object_kind = $1 AND e.object_id = c.id AND e.revision = 1
				WHERE e.author_person <> c.created_by ORDER BY c.id LIMIT 100`, ObjectKind)
			for _, id := range ids {
				found(id, "verify.other_creator")
			}
			if err != nil {
				return err
			}
			ids, err = texts(ctx, tx, `SELECT DISTINCT commons FROM commons_homes WHERE main NOT IN (0, 1) ORDER BY commons LIMIT 100`)
			for _, id := range ids {
				found(id, "verify.main_repository")
			}
			return err
		},
	}
}

// published is a commons as its snapshot shows it to everyone: a folder of this machine, or a repository that only a key opens, stands in
// it as a hash, which still binds the row.
func published(c Commons) Commons {
	homes := make([]Home, len(c.Homes))
	for i, h := range c.Homes {
		if !strings.HasPrefix(h.Address, "https://") && !strings.HasPrefix(h.Address, "http://") {
			sum := sha256.Sum256([]byte(c.ID + "\n" + h.Key + "\n" + h.Address))
			h.Key, h.Address = "", "sha256:"+hex.EncodeToString(sum[:])
		}
		homes[i] = h
	}
	c.Homes = homes
	return c
}

func texts(ctx context.Context, tx *storage.Tx, query string, args ...any) ([]string, error) {
	rows, err := tx.Query(ctx, query, args...)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	var list []string
	for rows.Next() {
		var s string
		if err := rows.Scan(&s); err != nil {
			return nil, err
		}
		list = append(list, s)
	}
	return list, rows.Err()
}

const commonsColumns = `id, slug, state, merged_into, created_at, created_by, updated_at, revision`

func scanCommons(scan func(...any) error) (Commons, error) {
	var c Commons
	err := scan(&c.ID, &c.Slug, &c.State, &c.MergedInto, &c.CreatedAt, &c.CreatedBy, &c.UpdatedAt, &c.Revision)
	return c, err
}

// tables are those that hold a commons.
var tables = []string{"commons", "commons_values", "commons_homes"}

// wholeBy has the one question for all rows of a commons, by id or slug: its own (part 0), its values (1) and its repositories (2). One question is
// one snapshot, and to a database on another machine one way there and back.
var wholeBy = map[string]string{"id": wholeText("$1"), "slug": wholeText("(SELECT id FROM commons WHERE slug = $1)")}

func wholeText(id string) string {
	return `SELECT 0, id, slug, state, merged_into, created_by, '', created_at, updated_at, revision FROM commons WHERE id = ` + id + `
		UNION ALL SELECT 1, commons, field, lang, source, value, note, at, 0, 0 FROM commons_values WHERE commons = ` + id + `
		UNION ALL SELECT 2, commons, repository, address, '', '', '', main, 0, 0 FROM commons_homes WHERE commons = ` + id
}

// querier is a transaction, or the database itself.
type querier interface {
	Query(ctx context.Context, q string, args ...any) (*storage.Rows, error)
}

// read returns the whole commons by column, which is "id" or "slug". There may be none: then the error is sql.ErrNoRows.
func read(ctx context.Context, from querier, column, value string) (Commons, error) {
	rows, err := from.Query(ctx, wholeBy[column], value)
	if err != nil {
		return Commons{}, err
	}
	defer rows.Close()
	c := Commons{Homes: []Home{}, Values: []Value{}}
	found := false
	for rows.Next() {
		var part, x, y, z int64
		var id, p, q, r, s, t string
		if err := rows.Scan(&part, &id, &p, &q, &r, &s, &t, &x, &y, &z); err != nil {
			return c, err
		}
		switch part {
		case 0:
			found = true
			c.ID, c.Slug, c.State, c.MergedInto, c.CreatedBy, c.CreatedAt, c.UpdatedAt, c.Revision = id, p, State(q), r, s, x, y, z
		case 1:
			c.Values = append(c.Values, Value{Field: p, Lang: q, Source: Source(r), JSON: json.RawMessage(s), Note: t, At: x})
		case 2:
			c.Homes = append(c.Homes, Home{Key: p, Address: q, Main: x != 0})
		}
	}
	if err := errors.Join(rows.Err(), rows.Close()); err != nil {
		return c, err
	}
	if !found {
		return Commons{}, sql.ErrNoRows
	}
	c.sort()
	return c, nil
}

// sort puts values and repositories in the one order that snapshots have: here and not by the database, whose collations differ.
func (c *Commons) sort() {
	slices.SortFunc(c.Values, func(a, b Value) int {
		if n := strings.Compare(a.Field, b.Field); n != 0 {
			return n
		}
		return cmp.Or(strings.Compare(a.Lang, b.Lang), cmp.Compare(a.Source.rank(), b.Source.rank()))
	})
	slices.SortFunc(c.Homes, func(a, b Home) int { return strings.Compare(a.Key, b.Key) })
}

// Which values fill reads: all of them, or all but long texts.
const (
	whole = ``
	brief = ` AND field NOT IN ('description', 'rules', 'publiccode', 'features')`
)

// fill reads the values and repositories of a page of commons in two queries, in the one order that snapshots have.
func fill(ctx context.Context, tx *storage.Tx, which string, list []Commons) error {
	if len(list) == 0 {
		return nil
	}
	args := make([]any, len(list))
	at := make(map[string]int, len(list))
	for i := range list {
		args[i], at[list[i].ID] = list[i].ID, i
		list[i].Homes, list[i].Values = []Home{}, []Value{}
	}
	in := storage.In(1, len(args))
	rows, err := tx.Query(ctx, `SELECT commons, field, lang, source, value, note, at FROM commons_values WHERE commons IN `+in+which, args...)
	if err != nil {
		return err
	}
	defer rows.Close()
	for rows.Next() {
		var id, value string
		var v Value
		if err := rows.Scan(&id, &v.Field, &v.Lang, &v.Source, &value, &v.Note, &v.At); err != nil {
			return err
		}
		v.JSON = json.RawMessage(value)
		list[at[id]].Values = append(list[at[id]].Values, v)
	}
	if err := errors.Join(rows.Err(), rows.Close()); err != nil {
		return err
	}
	homes, err := tx.Query(ctx, `SELECT commons, repository, address, main FROM commons_homes WHERE commons IN `+in, args...)
	if err != nil {
		return err
	}
	defer homes.Close()
	for homes.Next() {
		var id string
		var h Home
		var main int64
		if err := homes.Scan(&id, &h.Key, &h.Address, &main); err != nil {
			return err
		}
		h.Main = main != 0
		list[at[id]].Homes = append(list[at[id]].Homes, h)
	}
	for i := range list {
		list[i].sort()
	}
	return homes.Err()
}

func insert(ctx context.Context, tx *storage.Tx, c Commons) error {
	_, err := tx.Exec(ctx, `INSERT INTO commons (`+commonsColumns+`) VALUES ($1,$2,$3,$4,$5,$6,$7,$8)`,
		c.ID, c.Slug, c.State, c.MergedInto, c.CreatedAt, c.CreatedBy, c.UpdatedAt, c.Revision)
	return err
}

// save stores the commons' own row at its next revision. c.Revision is the one that was read.
func save(ctx context.Context, tx *storage.Tx, c Commons) error {
	n, err := tx.Exec(ctx, `UPDATE commons SET slug = $1, state = $2, merged_into = $3, updated_at = $4, revision = revision + 1
		WHERE id = $5 AND revision = $6`, c.Slug, c.State, c.MergedInto, storage.Now(), c.ID, c.Revision)
	if err == nil && n == 0 {
		err = errChanged
	}
	return err
}

// putValue stores what a source says, or takes its row away when it says nothing.
func putValue(ctx context.Context, tx *storage.Tx, commons string, v Value) error {
	if v.JSON == nil {
		return tx.Later(ctx, `DELETE FROM commons_values WHERE commons = $1 AND field = $2 AND lang = $3 AND source = $4`, commons, v.Field, v.Lang, string(v.Source))
	}
	return tx.Later(ctx, `INSERT INTO commons_values (commons, field, lang, source, value, note, at) VALUES ($1,$2,$3,$4,$5,$6,$7)
		ON CONFLICT (commons, field, lang, source) DO UPDATE SET value = EXCLUDED.value, note = EXCLUDED.note, at = EXCLUDED.at`,
		commons, v.Field, v.Lang, string(v.Source), string(v.JSON), v.Note, v.At)
}

// homeOf returns the id of the commons that has the repository, or "".
func homeOf(ctx context.Context, tx *storage.Tx, key string) (string, error) {
	var id string
	err := tx.QueryRow(ctx, `SELECT commons FROM commons_homes WHERE repository = $1`, key).Scan(&id)
	if errors.Is(err, sql.ErrNoRows) {
		return "", nil
	}
	return id, err
}

// putHome adds a repository to a commons, or changes the address or place of one that it has. One that another commons has is never taken
// from it: that is errTaken.
func putHome(ctx context.Context, tx *storage.Tx, commons string, h Home) error {
	main := 0
	if h.Main {
		main = 1
		if _, err := tx.Exec(ctx, `UPDATE commons_homes SET main = 0 WHERE commons = $1`, commons); err != nil {
			return err
		}
	}
	n, err := tx.Exec(ctx, `INSERT INTO commons_homes (repository, commons, address, main) VALUES ($1,$2,$3,$4)
		ON CONFLICT (repository) DO UPDATE SET address = EXCLUDED.address, main = EXCLUDED.main WHERE commons_homes.commons = EXCLUDED.commons`,
		h.Key, commons, h.Address, main)
	if err == nil && n == 0 {
		err = errTaken
	}
	return err
}

// errTaken says that a repository belongs to another commons since this transaction looked.
var errTaken = fault.Conflict("address", "commons.repository_taken")

// reserved are the slugs that pages of the list have for themselves.
var reserved = []string{"new"}

// freeSlug returns base, or base with the lowest number that makes it new.
func freeSlug(ctx context.Context, tx *storage.Tx, base string) (string, error) {
	for i := 1; ; i++ {
		slug := base
		if i > 1 {
			slug = fmt.Sprintf("%s-%d", base, i)
		}
		if slices.Contains(reserved, slug) {
			continue
		}
		var n int
		if err := tx.QueryRow(ctx, `SELECT COUNT(*) FROM commons WHERE slug = $1`, slug).Scan(&n); err != nil {
			return "", err
		}
		if n == 0 {
			return slug, nil
		}
	}
}
