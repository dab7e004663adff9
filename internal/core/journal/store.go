package journal

import (
	"context"
	"database/sql"
	"encoding/json"
	"fmt"
	"strings"

	"commun/internal/platform/storage"
)

// Migrations returns the journal's tables. Entries are only ever added; forgetting clears their columns that concern a person.
// journal_states holds, for each object, its last entry and the salt of the snapshot that this entry left: one row, overwritten with each
// change. The other tables are the sequencer's own.
func Migrations() storage.Migrations {
	return storage.Migrations{
		Owner:  "journal",
		Upkeep: []string{"journal_pending", "journal_leaves", "journal_tiles", "journal_log"},
		Steps: []storage.Step{{Name: "entries and log", SQL: storage.Both(`
			CREATE TABLE journal_entries (
				owner TEXT NOT NULL, id TEXT NOT NULL, at BIGINT NOT NULL, kind TEXT NOT NULL,
				object_kind TEXT NOT NULL, object_id TEXT NOT NULL, revision BIGINT NOT NULL,
				leaf TEXT NOT NULL, author TEXT, author_salt TEXT, body TEXT, salt TEXT,
				author_person TEXT NOT NULL DEFAULT '', person TEXT NOT NULL DEFAULT '',
				PRIMARY KEY (owner, id),
				UNIQUE (owner, object_kind, object_id, revision));
			CREATE INDEX journal_entries_id ON journal_entries (id);
			CREATE INDEX journal_entries_object ON journal_entries (object_kind, object_id, revision);
			CREATE INDEX journal_entries_author ON journal_entries (author_person, id) WHERE author_person <> '';
			CREATE INDEX journal_entries_person ON journal_entries (person, id) WHERE person <> '';
			CREATE INDEX journal_entries_kind ON journal_entries (kind, id);
			CREATE TABLE journal_states (owner TEXT NOT NULL, object_kind TEXT NOT NULL, object_id TEXT NOT NULL, entry TEXT NOT NULL,
				salt TEXT NOT NULL, PRIMARY KEY (owner, object_kind, object_id));
			CREATE INDEX journal_states_object ON journal_states (object_kind, object_id);
			CREATE TABLE journal_pending (id TEXT PRIMARY KEY);
			CREATE TABLE journal_leaves (seq BIGINT PRIMARY KEY, id TEXT NOT NULL);
			CREATE UNIQUE INDEX journal_leaves_id ON journal_leaves (id);
			CREATE TABLE journal_tiles (level BIGINT NOT NULL, n BIGINT NOT NULL, data TEXT NOT NULL, PRIMARY KEY (level, n));
			CREATE TABLE journal_log (id BIGINT PRIMARY KEY, size BIGINT NOT NULL, checkpoint TEXT NOT NULL,
				signer TEXT NOT NULL, verifier TEXT NOT NULL);
		`)}},
	}
}

// row is an entry as its table holds it. A forgotten text and its salt are nil.
type row struct {
	id, owner, kind      string
	at, revision         int64
	object               Object
	leaf                 []byte
	author, authorPerson string
	authorSalt           []byte
	body, salt           []byte
	person               string
	seq                  int64 // -1 while pending
}

// authorFits says whether the column by which a person's entries are found names the author.
func (r row) authorFits() bool {
	return r.authorPerson == r.author || r.authorPerson == "" && (r.author == Visitor || strings.Contains(r.author, ":"))
}

// Recorded is an entry as readers see it.
type Recorded struct {
	ID       string
	At       int64 // UTC microseconds
	Kind     string
	Object   Object
	Owner    string
	Revision int64
	Author   string // "" when forgotten
	Body     json.RawMessage
	Seq      int64 // its number in the log, or -1 while pending
}

// Edit returns the entry's body as an Edit; a body that is none, or was forgotten, gives an empty one.
func (r Recorded) Edit() Edit {
	var e Edit
	_ = json.Unmarshal(r.Body, &e) // another form of body holds no changes
	return e
}

func (r row) recorded() Recorded {
	return Recorded{ID: r.id, At: r.at, Kind: r.kind, Object: r.object, Owner: r.owner, Revision: r.revision, Author: r.author,
		Body: r.body, Seq: r.seq}
}

const insertEntry = `INSERT INTO journal_entries (owner, id, at, kind, object_kind, object_id, revision, leaf, author, author_salt, body, salt,
	author_person, person) VALUES ($1,$2,$3,$4,$5,$6,$7,$8,$9,$10,$11,$12,$13,$14)`

const insertState = `INSERT INTO journal_states (owner, object_kind, object_id, entry, salt) VALUES ($1,$2,$3,$4,$5)
	ON CONFLICT (owner, object_kind, object_id) DO UPDATE SET entry = EXCLUDED.entry, salt = EXCLUDED.salt`

func insert(ctx context.Context, tx *storage.Tx, r row, stateSalt []byte) error {
	err := tx.Later(ctx, insertEntry, r.owner, r.id, r.at, r.kind, r.object.Kind, r.object.ID, r.revision, string(r.leaf), r.author,
		encode(r.authorSalt), string(r.body), encode(r.salt), r.authorPerson, r.person)
	if err == nil {
		err = tx.Later(ctx, `INSERT INTO journal_pending (id) VALUES ($1)`, r.id)
	}
	if err == nil {
		err = tx.Later(ctx, insertState, r.owner, r.object.Kind, r.object.ID, r.id, encode(stateSalt))
	}
	return err
}

const entryColumns = `e.owner, e.id, e.at, e.kind, e.object_kind, e.object_id, e.revision, e.leaf, e.author, e.author_salt, e.body, e.salt,
	e.author_person, e.person, COALESCE(l.seq, -1)`

const entryTables = ` FROM journal_entries e LEFT JOIN journal_leaves l ON l.id = e.id `

func scan(rows *sql.Rows) (row, error) {
	var r row
	var leaf string
	var author, authorSalt, body, salt sql.NullString
	err := rows.Scan(&r.owner, &r.id, &r.at, &r.kind, &r.object.Kind, &r.object.ID, &r.revision, &leaf, &author, &authorSalt, &body, &salt,
		&r.authorPerson, &r.person, &r.seq)
	if err != nil {
		return row{}, err
	}
	r.leaf, r.author = []byte(leaf), author.String
	if body.Valid {
		r.body = []byte(body.String)
	}
	// a salt that does not decode is as good as none: verify then names the entry
	r.authorSalt, r.salt = decode(authorSalt.String), decode(salt.String)
	return r, nil
}

// each calls f for every row of a query over entryColumns.
func each(ctx context.Context, tx *storage.Tx, f func(row) error, where string, args ...any) error {
	rows, err := tx.Query(ctx, `SELECT `+entryColumns+entryTables+where, args...)
	if err != nil {
		return err
	}
	defer rows.Close()
	for rows.Next() {
		r, err := scan(rows)
		if err != nil {
			return err
		}
		if err := f(r); err != nil {
			return err
		}
	}
	return rows.Err()
}

// list reads a bounded page of entries.
func (j *Journal) list(ctx context.Context, where string, args ...any) ([]Recorded, error) {
	var list []Recorded
	err := j.db.Read(ctx, func(tx *storage.Tx) error {
		list = nil
		return each(ctx, tx, func(r row) error { list = append(list, r.recorded()); return nil }, where, args...)
	})
	return list, err
}

// Page is the size of a page of entries, and the most that a reader gets at once.
const Page = 50

// before is a key after every id: ids are lower-case letters and digits.
const before = "~"

// History returns up to Page entries of one object, the newest first, older than revision before (0 for the newest).
func (j *Journal) History(ctx context.Context, o Object, before int64) ([]Recorded, error) {
	if before <= 0 {
		before = 1 << 62
	}
	list, err := j.list(ctx, `WHERE e.object_kind = $1 AND e.object_id = $2 AND e.revision < $3 ORDER BY e.revision DESC LIMIT $4`,
		o.Kind, o.ID, before, Page)
	if err != nil {
		return nil, fmt.Errorf("history of %s: %w", o, err)
	}
	return list, nil
}

// Activity returns up to Page entries of the given object kinds, the newest first, older than the entry cursor ("" for the newest).
// An owner other than "" keeps to what belongs to it, and an author other than "" to what that person did.
func (j *Journal) Activity(ctx context.Context, kinds []string, owner, author, cursor string) ([]Recorded, error) {
	if cursor == "" {
		cursor = before
	}
	args := []any{cursor, Page}
	for _, k := range kinds {
		args = append(args, k)
	}
	// || '' keeps SQLite from walking the index of objects and sorting all of their entries: the order is the ids', and a page is short
	where := `WHERE e.id < $1 AND e.object_kind || '' IN ` + storage.In(3, len(kinds))
	if owner != "" {
		args = append(args, owner)
		where += fmt.Sprintf(` AND e.owner = $%d`, len(args))
	}
	if author != "" {
		args = append(args, author)
		where += fmt.Sprintf(` AND e.author_person = $%d`, len(args))
	}
	list, err := j.list(ctx, where+` ORDER BY e.id DESC LIMIT $2`, args...)
	if err != nil {
		return nil, fmt.Errorf("activity: %w", err)
	}
	return list, nil
}

// ErrNoEntry says that there is no entry of that id.
var ErrNoEntry = fmt.Errorf("journal: no such entry: %w", sql.ErrNoRows)

// Entry returns one entry.
func (j *Journal) Entry(ctx context.Context, id string) (Recorded, error) {
	list, err := j.list(ctx, `WHERE e.id = $1`, id)
	if err != nil {
		return Recorded{}, fmt.Errorf("entry %s: %w", id, err)
	}
	if len(list) == 0 {
		return Recorded{}, ErrNoEntry
	}
	return list[0], nil
}

// PublicKinds returns the names of the kinds whose snapshot anyone may read.
func (j *Journal) PublicKinds() []string {
	var names []string
	for _, n := range j.names {
		if j.kinds[n].Public {
			names = append(names, n)
		}
	}
	return names
}

// Since returns the entries of an object after a revision, the newest first, within the caller's transaction.
func (j *Journal) Since(ctx context.Context, tx *storage.Tx, o Object, revision int64) ([]Recorded, error) {
	var list []Recorded
	err := each(ctx, tx, func(r row) error { list = append(list, r.recorded()); return nil },
		`WHERE e.object_kind = $1 AND e.object_id = $2 AND e.revision > $3 ORDER BY e.revision DESC`, o.Kind, o.ID, revision)
	return list, err
}
