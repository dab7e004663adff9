package people

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"strings"

	"commun/internal/core/journal"
	"commun/internal/platform/fault"
	"commun/internal/platform/jobs"
	"commun/internal/platform/mail"
	"commun/internal/platform/storage"
)

var (
	errChanged = fault.Conflict("", "people.changed_meanwhile")
	errNobody  = fault.Missing("people.no_such_person")
	errNoOrg   = fault.Missing("people.no_such_organisation")
)

// Service is what may be done with people. Each method takes who acts.
type Service struct {
	db      *storage.DB
	journal *journal.Journal
	queue   Queue
	erasers []Eraser
}

// New returns the service. queue sends the mails that sign people in.
func New(db *storage.DB, j *journal.Journal, queue Queue) *Service {
	return &Service{db: db, journal: j, queue: queue}
}

// Person returns one person; only the person and administrators see the address.
func (s *Service) Person(ctx context.Context, by Actor, id string) (Person, error) {
	var p Person
	err := s.db.Read(ctx, func(tx *storage.Tx) (err error) { p, err = personBy(ctx, tx, "id", id); return err })
	if isNoRows(err) {
		return Person{}, errNobody
	}
	if err != nil {
		return Person{}, fmt.Errorf("read person %s: %w", id, err)
	}
	if by.Person != id && !by.IsAdmin() {
		p.Email = ""
	}
	return p, nil
}

// Names returns the names of persons by id; forgotten and unknown ids are left out.
func (s *Service) Names(ctx context.Context, ids []string) (map[string]string, error) {
	names := map[string]string{}
	if len(ids) == 0 {
		return names, nil
	}
	args := make([]any, len(ids))
	for i, id := range ids {
		args[i] = id
	}
	rows, err := s.db.Query(ctx, `SELECT id, name FROM persons WHERE forgotten = 0 AND id IN `+storage.In(1, len(ids)), args...)
	if err != nil {
		return nil, fmt.Errorf("names of %d persons: %w", len(ids), err)
	}
	defer rows.Close()
	for rows.Next() {
		var id, name string
		if err := rows.Scan(&id, &name); err != nil {
			return nil, err
		}
		names[id] = name
	}
	return names, rows.Err()
}

// Persons returns up to 50 persons after the cursor id, in the order in which they came. For administrators.
func (s *Service) Persons(ctx context.Context, by Actor, after string) ([]Person, error) {
	if err := by.May(ActListPeople, Instance); err != nil {
		return nil, err
	}
	rows, err := s.db.Query(ctx, `SELECT `+personColumns+` FROM persons WHERE id > $1 ORDER BY id LIMIT 50`, after)
	if err != nil {
		return nil, fmt.Errorf("list persons: %w", err)
	}
	defer rows.Close()
	var list []Person
	for rows.Next() {
		p, err := scanPerson(rows.Scan)
		if err != nil {
			return nil, err
		}
		list = append(list, p)
	}
	return list, rows.Err()
}

// ByEmail returns the person of an address. For administrators and the command line.
func (s *Service) ByEmail(ctx context.Context, by Actor, email string) (Person, error) {
	if err := by.May(ActListPeople, Instance); err != nil {
		return Person{}, err
	}
	a, err := mail.ParseAddress(email)
	if err != nil {
		return Person{}, fault.Invalid("email", "people.email_invalid").Wrap(err)
	}
	var p Person
	err = s.db.Read(ctx, func(tx *storage.Tx) (err error) { p, err = personBy(ctx, tx, "email_key", mail.Fold(a)); return err })
	if isNoRows(err) {
		return Person{}, errNobody
	}
	return p, err
}

// Invite makes an account for an address, or returns the one that has it.
func (s *Service) Invite(ctx context.Context, by Actor, name, email string) (Person, error) {
	if err := by.May(ActInvite, Instance); err != nil {
		return Person{}, err
	}
	var p Person
	err := s.journal.Write(ctx, by, func(tx *storage.Tx) (journal.Entry, error) {
		var e journal.Entry
		var err error
		p, e, err = s.account(ctx, tx, name, email, "")
		return e, err
	})
	return p, err
}

// account makes a person, or returns the one that has the address with journal.Nothing.
func (s *Service) account(ctx context.Context, tx *storage.Tx, name, email, lang string) (Person, journal.Entry, error) {
	address, err := mail.ParseAddress(email)
	if err != nil {
		return Person{}, journal.Entry{}, fault.Invalid("email", "people.email_invalid").Wrap(err)
	}
	key := mail.Fold(address)
	if p, err := personBy(ctx, tx, "email_key", key); err == nil {
		return p, journal.Entry{}, journal.Nothing
	} else if !isNoRows(err) {
		return Person{}, journal.Entry{}, fmt.Errorf("look for the address: %w", err)
	}
	id := storage.NewID()
	if name == "" {
		name = "@" + id[len(id)-6:] // nothing of the address, which is never shown; the person chooses a name in the account
	}
	if name, err = checkName("name", name); err != nil {
		return Person{}, journal.Entry{}, err
	}
	p := Person{ID: id, Email: address, Name: name, Lang: lang, CreatedAt: storage.Now(), Revision: 1}
	if err := insertPerson(ctx, tx, p, key); err != nil {
		return Person{}, journal.Entry{}, fmt.Errorf("add person: %w", err)
	}
	return p, journal.Entry{Kind: "people.joined", Object: journal.Object{Kind: PersonObject, ID: p.ID}, Owner: Instance, Person: p.ID}, nil
}

// EditSelf changes the actor's own name and language, seen at revision.
func (s *Service) EditSelf(ctx context.Context, by Actor, revision int64, name, lang string) error {
	if err := by.May(ActEditSelf, Instance); err != nil {
		return err
	}
	name, err := checkName("name", name)
	if err != nil {
		return err
	}
	if lang != "" && lang != "fr" && lang != "en" {
		return fault.Invalid("lang", "people.lang_unknown")
	}
	return s.journal.Write(ctx, by, func(tx *storage.Tx) (journal.Entry, error) {
		p, err := personBy(ctx, tx, "id", by.Person)
		if err != nil {
			return journal.Entry{}, fmt.Errorf("read person: %w", err)
		}
		if p.Revision != revision {
			return journal.Entry{}, errChanged
		}
		if p.Name == name && p.Lang == lang {
			return journal.Entry{}, journal.Nothing
		}
		p.Name, p.Lang = name, lang
		if err := savePerson(ctx, tx, p); err != nil {
			return journal.Entry{}, fmt.Errorf("save person: %w", err)
		}
		return journal.Entry{Kind: "people.edited", Object: journal.Object{Kind: PersonObject, ID: p.ID}, Owner: Instance, Person: p.ID}, nil
	})
}

// Grants returns who holds which role on owner.
func (s *Service) Grants(ctx context.Context, owner string) ([]Grant, error) {
	var list []Grant
	err := s.db.Read(ctx, func(tx *storage.Tx) (err error) {
		list, err = grants(ctx, tx, `WHERE r.owner = $1 ORDER BY r.role, r.since, r.person`, owner)
		return err
	})
	return list, err
}

// Grant gives person a role on owner. The person is told by mail, but for a role that they give themselves or hold already.
func (s *Service) Grant(ctx context.Context, by Actor, owner, person string, role Role) error {
	g := Grant{Owner: owner, Person: person, Role: role, Since: storage.Now()}
	return s.changeRole(ctx, by, g, "people.role_given", func(ctx context.Context, tx *storage.Tx, g Grant) (bool, error) {
		given, err := grant(ctx, tx, g)
		if err != nil || !given || g.Person == by.Person {
			return given, err
		}
		_, _, err = s.queue.Enqueue(ctx, tx, jobs.Job{Kind: RoleMail, Owner: g.Owner, Person: g.Person, Args: RoleRef{Owner: g.Owner, Role: g.Role}})
		return given, err
	})
}

// Grantee returns the person of an address to who may give roles on owner: stewards may, and must not look through accounts otherwise.
func (s *Service) Grantee(ctx context.Context, by Actor, owner, email string) (Person, error) {
	if err := by.May(ActGrant, owner); err != nil {
		return Person{}, err
	}
	return s.ByEmail(ctx, Program("roles"), email)
}

// RoleMail is the job kind that tells a person of a role that somebody gave them: its Person is who holds it, its arguments are a RoleRef.
const RoleMail = "people.role_mail"

// RoleRef is the argument of a RoleMail job.
type RoleRef struct {
	Owner string `json:"owner"`
	Role  Role   `json:"role"`
}

// GrantTo gives a role to whoever has the address, for stewards, who may not look through accounts. The address must have one.
func (s *Service) GrantTo(ctx context.Context, by Actor, owner, email string, role Role) error {
	p, err := s.Grantee(ctx, by, owner, email)
	if errors.Is(err, errNobody) {
		return fault.Invalid("email", "people.no_account").Wrap(err)
	}
	if err != nil {
		return err
	}
	return s.Grant(ctx, by, owner, p.ID, role)
}

// Revoke takes a role back. The last administrator of the instance stays one.
func (s *Service) Revoke(ctx context.Context, by Actor, owner, person string, role Role) error {
	return s.changeRole(ctx, by, Grant{Owner: owner, Person: person, Role: role}, "people.role_taken", func(ctx context.Context, tx *storage.Tx, g Grant) (bool, error) {
		held, err := revoke(ctx, tx, g)
		if err == nil && held && owner == Instance {
			var left int
			if left, err = admins(ctx, tx); err == nil && left == 0 {
				err = fault.Conflict("role", "people.last_admin")
			}
		}
		return held, err
	})
}

// roleChange is the body of an entry that gave or took a role.
type roleChange struct {
	Person string `json:"person"`
	Role   Role   `json:"role"`
}

func (s *Service) changeRole(ctx context.Context, by Actor, g Grant, kind string, change func(context.Context, *storage.Tx, Grant) (bool, error)) error {
	if err := by.May(ActGrant, g.Owner); err != nil {
		return err
	}
	if (g.Role == Admin) != (g.Owner == Instance) || g.Role != Admin && g.Role != Steward && g.Role != Contributor && g.Role != Observer {
		return fault.Invalid("role", "people.role_unknown")
	}
	return s.journal.Write(ctx, by, func(tx *storage.Tx) (journal.Entry, error) {
		if _, err := personBy(ctx, tx, "id", g.Person); isNoRows(err) {
			return journal.Entry{}, errNobody
		} else if err != nil {
			return journal.Entry{}, fmt.Errorf("read person: %w", err)
		}
		changed, err := change(ctx, tx, g)
		if err != nil {
			return journal.Entry{}, fmt.Errorf("change role: %w", err)
		}
		if !changed {
			return journal.Entry{}, journal.Nothing
		}
		return roleEntry(kind, g), nil
	})
}

func roleEntry(kind string, g Grant) journal.Entry {
	return journal.Entry{Kind: kind, Object: journal.Object{Kind: RolesObject, ID: g.Owner}, Owner: g.Owner,
		Body: roleChange{Person: g.Person, Role: g.Role}, Person: g.Person}
}

// GiveFirst is for a service that creates a thing: it makes person the steward of owner in the same transaction, and returns the entry.
func GiveFirst(ctx context.Context, tx *storage.Tx, owner, person string) (journal.Entry, error) {
	g := Grant{Owner: owner, Person: person, Role: Steward, Since: storage.Now()}
	if _, err := grant(ctx, tx, g); err != nil {
		return journal.Entry{}, fmt.Errorf("give the first role on %s: %w", owner, err)
	}
	return roleEntry("people.role_given", g), nil
}

// checkWebsite returns a web address, or an invalid fault.
func checkWebsite(text string) (string, error) {
	text = strings.TrimSpace(text)
	if text == "" {
		return "", nil
	}
	u, err := url.Parse(text)
	if err != nil || (u.Scheme != "https" && u.Scheme != "http") || u.Host == "" || u.User != nil || len(text) > 500 {
		return "", fault.Invalid("website", "people.website_invalid").Wrap(err)
	}
	return u.String(), nil
}
