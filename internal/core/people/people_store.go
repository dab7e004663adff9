package people

import (
	"context"
	"database/sql"
	"errors"
	"fmt"

	"commun/internal/core/journal"
	"commun/internal/platform/mail"
	"commun/internal/platform/storage"
)

// Migrations returns the tables of persons, organisations and roles, and those of sign-in, which are upkeep: a session proves nothing.
func Migrations() storage.Migrations {
	return storage.Migrations{
		Owner:  "people",
		Upkeep: []string{"sign_in_links", "sessions"},
		Steps: []storage.Step{{Name: "persons, organisations, roles, sign-in", SQL: storage.Both(`
			CREATE TABLE persons (id TEXT PRIMARY KEY, email TEXT, email_key TEXT UNIQUE, name TEXT NOT NULL, lang TEXT NOT NULL DEFAULT '',
				forgotten BIGINT NOT NULL DEFAULT 0, created_at BIGINT NOT NULL, revision BIGINT NOT NULL);
			CREATE TABLE organisations (id TEXT PRIMARY KEY, slug TEXT NOT NULL UNIQUE, name TEXT NOT NULL, kind TEXT NOT NULL,
				website TEXT NOT NULL DEFAULT '', archived BIGINT NOT NULL DEFAULT 0, created_at BIGINT NOT NULL, revision BIGINT NOT NULL);
			CREATE TABLE role_sets (owner TEXT PRIMARY KEY, revision BIGINT NOT NULL);
			CREATE TABLE roles (owner TEXT NOT NULL REFERENCES role_sets (owner), person TEXT NOT NULL REFERENCES persons (id),
				role TEXT NOT NULL, since BIGINT NOT NULL, PRIMARY KEY (owner, person, role));
			CREATE INDEX roles_person ON roles (person);
			CREATE TABLE sign_in_links (id TEXT PRIMARY KEY, token TEXT UNIQUE, purpose TEXT NOT NULL, email TEXT NOT NULL, browser TEXT NOT NULL,
				lang TEXT NOT NULL DEFAULT '', back TEXT NOT NULL DEFAULT '', expires_at BIGINT NOT NULL);
			CREATE INDEX sign_in_links_expiry ON sign_in_links (expires_at);
			CREATE TABLE sessions (id TEXT PRIMARY KEY, person TEXT NOT NULL, level BIGINT NOT NULL, agent TEXT NOT NULL,
				created_at BIGINT NOT NULL, seen_at BIGINT NOT NULL, expires_at BIGINT NOT NULL);
			CREATE INDEX sessions_person ON sessions (person, created_at);
			CREATE INDEX sessions_expiry ON sessions (expires_at);
			CREATE TABLE forgotten_marks (mark TEXT PRIMARY KEY, at BIGINT NOT NULL);
			CREATE TABLE instance_secrets (name TEXT PRIMARY KEY, value TEXT NOT NULL);
		`)}, {Name: "requests to be forgotten", SQL: storage.Both(`
			CREATE TABLE forget_requests (id TEXT PRIMARY KEY, person TEXT NOT NULL, name TEXT NOT NULL, at BIGINT NOT NULL,
				outcome TEXT NOT NULL DEFAULT '', reason TEXT NOT NULL DEFAULT '', answered_at BIGINT NOT NULL DEFAULT 0, revision BIGINT NOT NULL);
		`)}, {Name: "the marks of the forgotten are proved", SQL: storage.Both(`
			CREATE TABLE forgotten_sets (id TEXT PRIMARY KEY, revision BIGINT NOT NULL);
		`)}},
	}
}

// The names of the object kinds that this package registers with the journal.
const (
	PersonObject       = "person"
	OrganisationObject = "organisation"
	RolesObject        = "roles"
	AskedObject        = "forget_request"
	MarksObject        = "forgotten_marks" // one: all marks that keep the forgotten from coming back
)

// Kinds returns the journal's view of persons, organisations, role sets, requests to be forgotten and the marks of the forgotten.
func Kinds() []journal.ObjectKind {
	return []journal.ObjectKind{
		{Name: PersonObject, IDs: idsOf("persons", "id"), Snapshot: func(ctx context.Context, tx *storage.Tx, id string) (any, int64, error) {
			p, err := personBy(ctx, tx, "id", id)
			return p, p.Revision, err
		}, Check: checkAddresses},
		{Name: OrganisationObject, Public: true, IDs: idsOf("organisations", "id"), Check: checkArchived, Snapshot: func(ctx context.Context, tx *storage.Tx, id string) (any, int64, error) {
			o, err := organisationBy(ctx, tx, "id", id)
			return o, o.Revision, err
		}},
		{Name: RolesObject, IDs: idsOf("role_sets", "owner"), Snapshot: func(ctx context.Context, tx *storage.Tx, owner string) (any, int64, error) {
			var revision int64
			if err := tx.QueryRow(ctx, `SELECT revision FROM role_sets WHERE owner = $1`, owner).Scan(&revision); err != nil {
				return nil, 0, err
			}
			held, err := grants(ctx, tx, `WHERE r.owner = $1 ORDER BY r.person, r.role`, owner)
			for i := range held {
				held[i].Name = "" // a person's name belongs to the person's own snapshot
			}
			return held, revision, err
		}},
		{Name: AskedObject, IDs: idsOf("forget_requests", "id"), Snapshot: func(ctx context.Context, tx *storage.Tx, id string) (any, int64, error) {
			a, err := askedBy(ctx, tx, id)
			return a, a.Revision, err
		}},
		{Name: MarksObject, IDs: idsOf("forgotten_sets", "id"), Snapshot: snapshotMarks},
	}
}

// checkAddresses finds persons whom another address signs in than the one that their snapshot holds.
func checkAddresses(ctx context.Context, tx *storage.Tx, found func(id, key string)) error {
	rows, err := tx.Query(ctx, `SELECT id, COALESCE(email, ''), COALESCE(email_key, ''), forgotten FROM persons ORDER BY id`)
	if err != nil {
		return err
	}
	defer rows.Close()
	for rows.Next() {
		var id, email, key string
		var forgotten int64
		if err := rows.Scan(&id, &email, &key, &forgotten); err != nil {
			return err
		}
		if forgotten != 0 && forgotten != 1 {
			found(id, "verify.flag_forgotten")
		}
		if mail.Fold(email) != key {
			found(id, "verify.sign_in_key")
		}
	}
	return rows.Err()
}

// checkArchived finds organisations whose flag is none: a snapshot shows it as a yes.
func checkArchived(ctx context.Context, tx *storage.Tx, found func(id, key string)) error {
	rows, err := tx.Query(ctx, `SELECT id FROM organisations WHERE archived NOT IN (0, 1) ORDER BY id LIMIT 100`)
	if err != nil {
		return err
	}
	defer rows.Close()
	for rows.Next() {
		var id string
		if err := rows.Scan(&id); err != nil {
			return err
		}
		found(id, "verify.flag_archived")
	}
	return rows.Err()
}

// idsOf returns the IDs function of a table whose key is column. Both are constants of this program.
func idsOf(table, column string) func(context.Context, *storage.Tx, string, int) ([]string, error) {
	q := fmt.Sprintf(`SELECT %[2]s FROM %[1]s WHERE %[2]s > $1 ORDER BY %[2]s LIMIT $2`, table, column)
	return func(ctx context.Context, tx *storage.Tx, after string, limit int) ([]string, error) {
		rows, err := tx.Query(ctx, q, after, limit)
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
	}
}

const personColumns = `id, COALESCE(email, ''), name, lang, forgotten, created_at, revision`

func scanPerson(scan func(...any) error) (Person, error) {
	var p Person
	var forgotten int64
	err := scan(&p.ID, &p.Email, &p.Name, &p.Lang, &forgotten, &p.CreatedAt, &p.Revision)
	p.Forgotten = forgotten != 0
	return p, err
}

// personBy reads one person by column, which is "id" or "email_key".
func personBy(ctx context.Context, tx *storage.Tx, column, value string) (Person, error) {
	return scanPerson(tx.QueryRow(ctx, `SELECT `+personColumns+` FROM persons WHERE `+column+` = $1`, value).Scan)
}

func insertPerson(ctx context.Context, tx *storage.Tx, p Person, key string) error {
	_, err := tx.Exec(ctx, `INSERT INTO persons (id, email, email_key, name, lang, forgotten, created_at, revision) VALUES ($1,$2,$3,$4,$5,0,$6,$7)`,
		p.ID, p.Email, key, p.Name, p.Lang, p.CreatedAt, p.Revision)
	return err
}

// savePerson stores p at its next revision; p.Revision is the one that was read.
func savePerson(ctx context.Context, tx *storage.Tx, p Person) error {
	n, err := tx.Exec(ctx, `UPDATE persons SET name = $1, lang = $2, revision = revision + 1 WHERE id = $3 AND revision = $4`,
		p.Name, p.Lang, p.ID, p.Revision)
	if err == nil && n == 0 {
		err = errChanged
	}
	return err
}

// erasePerson leaves the id alone of a person.
func erasePerson(ctx context.Context, tx *storage.Tx, id string) error {
	for _, q := range []string{
		`UPDATE persons SET email = NULL, email_key = NULL, name = '', lang = '', forgotten = 1, revision = revision + 1 WHERE id = $1`,
		`DELETE FROM sessions WHERE person = $1`,
	} {
		if _, err := tx.Exec(ctx, q, id); err != nil {
			return err
		}
	}
	return nil
}

const organisationColumns = `id, slug, name, kind, website, archived, created_at, revision`

func scanOrganisation(scan func(...any) error) (Organisation, error) {
	var o Organisation
	var archived int64
	err := scan(&o.ID, &o.Slug, &o.Name, &o.Kind, &o.Website, &archived, &o.CreatedAt, &o.Revision)
	o.Archived = archived != 0
	return o, err
}

// organisationBy reads one organisation by column, which is "id" or "slug".
func organisationBy(ctx context.Context, tx *storage.Tx, column, value string) (Organisation, error) {
	return scanOrganisation(tx.QueryRow(ctx, `SELECT `+organisationColumns+` FROM organisations WHERE `+column+` = $1`, value).Scan)
}

func insertOrganisation(ctx context.Context, tx *storage.Tx, o Organisation) error {
	_, err := tx.Exec(ctx, `INSERT INTO organisations (id, slug, name, kind, website, archived, created_at, revision) VALUES ($1,$2,$3,$4,$5,0,$6,$7)`,
		o.ID, o.Slug, o.Name, o.Kind, o.Website, o.CreatedAt, o.Revision)
	return err
}

func saveOrganisation(ctx context.Context, tx *storage.Tx, o Organisation) error {
	n, err := tx.Exec(ctx, `UPDATE organisations SET name = $1, kind = $2, website = $3, archived = $4, revision = revision + 1
		WHERE id = $5 AND revision = $6`, o.Name, o.Kind, o.Website, boolInt(o.Archived), o.ID, o.Revision)
	if err == nil && n == 0 {
		err = errChanged
	}
	return err
}

func boolInt(b bool) int64 {
	if b {
		return 1
	}
	return 0
}

func grants(ctx context.Context, tx *storage.Tx, where string, args ...any) ([]Grant, error) {
	rows, err := tx.Query(ctx, `SELECT r.owner, r.person, p.name, r.role, r.since FROM roles r JOIN persons p ON p.id = r.person `+where, args...)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	var list []Grant
	for rows.Next() {
		var g Grant
		if err := rows.Scan(&g.Owner, &g.Person, &g.Name, &g.Role, &g.Since); err != nil {
			return nil, err
		}
		list = append(list, g)
	}
	return list, rows.Err()
}

// touchRoles moves the role set of owner to its next revision, making it when it is the first.
func touchRoles(ctx context.Context, tx *storage.Tx, owner string) error {
	_, err := tx.Exec(ctx, `INSERT INTO role_sets (owner, revision) VALUES ($1, 1) ON CONFLICT (owner) DO UPDATE SET revision = role_sets.revision + 1`, owner)
	return err
}

// grant gives a role and says whether it was new.
func grant(ctx context.Context, tx *storage.Tx, g Grant) (bool, error) {
	if err := touchRoles(ctx, tx, g.Owner); err != nil {
		return false, err
	}
	n, err := tx.Exec(ctx, `INSERT INTO roles (owner, person, role, since) VALUES ($1,$2,$3,$4) ON CONFLICT (owner, person, role) DO NOTHING`,
		g.Owner, g.Person, g.Role, g.Since)
	return n > 0, err
}

// revoke takes a role back and says whether it was held.
func revoke(ctx context.Context, tx *storage.Tx, g Grant) (bool, error) {
	if err := touchRoles(ctx, tx, g.Owner); err != nil {
		return false, err
	}
	n, err := tx.Exec(ctx, `DELETE FROM roles WHERE owner = $1 AND person = $2 AND role = $3`, g.Owner, g.Person, g.Role)
	return n > 0, err
}

func admins(ctx context.Context, tx *storage.Tx) (int, error) {
	var n int
	err := tx.QueryRow(ctx, `SELECT COUNT(*) FROM roles WHERE owner = $1 AND role = $2`, Instance, Admin).Scan(&n)
	return n, err
}

func isNoRows(err error) bool { return errors.Is(err, sql.ErrNoRows) }
