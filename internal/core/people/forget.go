package people

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"

	"commun/internal/core/journal"
	"commun/internal/platform/fault"
	"commun/internal/platform/mail"
	"commun/internal/platform/storage"
)

// Eraser removes a person's traces from one feature's state, in the transaction that forgets, and returns an entry for each object that
// it changed. It shows t each of its texts, and does no more than that while t.Looking.
type Eraser func(ctx context.Context, tx *storage.Tx, t *Traces) ([]journal.Entry, error)

// OnForget adds an eraser; every feature whose rows may speak of a person has one.
func (s *Service) OnForget(e ...Eraser) { s.erasers = append(s.erasers, e...) }

// Forget erases a person: by themselves or by an administrator. What they did stays, by no one. The address goes everywhere, a name where it is
// bound to the person. Where a name stands alone in what others wrote, it waits for an administrator's Answer, and asked counts the names that do;
// those among names are answered with yes in the same go, which is an administrator's to say.
func (s *Service) Forget(ctx context.Context, by Actor, person string, names []string) (asked int, err error) {
	if by.Person != person || len(names) > 0 {
		if err := by.May(ActForget, Instance); err != nil {
			return 0, err
		}
	}
	seen, err := s.look(ctx, person)
	if err != nil {
		return 0, fmt.Errorf("look for the traces of %s: %w", person, err)
	}
	err = s.journal.Write(ctx, by, func(tx *storage.Tx) (journal.Entry, error) {
		asked = 0
		p, err := personBy(ctx, tx, "id", person)
		if isNoRows(err) {
			return journal.Entry{}, errNobody
		}
		if err != nil {
			return journal.Entry{}, fmt.Errorf("read person: %w", err)
		}
		if p.Forgotten {
			return journal.Entry{}, journal.Nothing
		}
		t, err := s.traces(ctx, tx, p)
		if err != nil {
			return journal.Entry{}, err
		}
		for _, n := range seen.names { // those that stand beside the address are hers too
			t.call(n.text)
		}
		for _, n := range t.names {
			if slices.ContainsFunc(names, func(yes string) bool { return foldName(yes) == strings.Join(n.words, " ") }) {
				n.granted = everywhere
			}
		}
		e, err := s.erase(ctx, tx, p, t)
		if err != nil {
			return journal.Entry{}, err
		}
		for _, n := range t.names {
			if len(n.waits) == 0 {
				continue
			}
			ask, err := s.ask(ctx, tx, p.ID, n.text)
			if err != nil {
				return journal.Entry{}, fmt.Errorf("ask the administrators: %w", err)
			}
			e.Also = append(e.Also, ask)
			asked++
		}
		return e, nil
	})
	if err != nil {
		return 0, fmt.Errorf("forget person %s: %w", person, err)
	}
	return asked, nil
}

func everywhere(journal.Object) bool { return true }

// traces is what a person who is still here is known by.
func (s *Service) traces(ctx context.Context, tx *storage.Tx, p Person) (*Traces, error) {
	t := newTraces(p.ID, p.Email, p.Name)
	var err error
	if t.did, err = s.journal.By(ctx, tx, p.ID); err != nil {
		return nil, fmt.Errorf("read what the person wrote: %w", err)
	}
	if t.alone, err = writtenAlone(ctx, tx, p.ID); err != nil {
		return nil, fmt.Errorf("find what nobody else has written: %w", err)
	}
	return t, nil
}

// writtenAlone returns the things of which all entries are a person's, and on which nobody else has a role.
func writtenAlone(ctx context.Context, tx *storage.Tx, person string) (map[journal.Object]bool, error) {
	rows, err := tx.Query(ctx, `SELECT DISTINCT e.object_kind, e.object_id FROM journal_entries e WHERE e.author_person = $1
		AND NOT EXISTS (SELECT 1 FROM journal_entries o WHERE o.object_kind = e.object_kind AND o.object_id = e.object_id AND o.author_person <> $1)
		AND NOT EXISTS (SELECT 1 FROM roles r WHERE r.owner = e.object_id AND r.person <> $1)`, person)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	alone := map[journal.Object]bool{}
	for rows.Next() {
		var o journal.Object
		if err := rows.Scan(&o.Kind, &o.ID); err != nil {
			return nil, err
		}
		alone[o] = true
	}
	return alone, rows.Err()
}

// look finds the traces of a person and changes nothing. It looks twice when her address stands beside other names.
func (s *Service) look(ctx context.Context, person string) (*Traces, error) {
	var t *Traces
	err := s.db.Read(ctx, func(tx *storage.Tx) error {
		p, err := personBy(ctx, tx, "id", person)
		if isNoRows(err) {
			return errNobody
		}
		if err != nil {
			return err
		}
		if t, err = s.traces(ctx, tx, p); err != nil || p.Forgotten {
			return err
		}
		for known := -1; known < len(t.names); {
			known = len(t.names)
			if err := s.show(ctx, tx, t); err != nil {
				return err
			}
			for _, k := range slices.Sorted(maps.Keys(t.further)) {
				t.call(t.further[k])
			}
			if known < len(t.names) {
				for _, n := range t.names {
					clear(n.waits)
				}
			}
		}
		return nil
	})
	return t, err
}

// show shows t everything that may speak of somebody, and changes nothing.
func (s *Service) show(ctx context.Context, tx *storage.Tx, t *Traces) error {
	t.Looking = true
	if _, err := s.eraseState(ctx, tx, t); err != nil {
		return err
	}
	return s.journal.EachBody(ctx, tx, func(r journal.Recorded) { t.body(r) })
}

// eraseState has each eraser erase in its rows.
func (s *Service) eraseState(ctx context.Context, tx *storage.Tx, t *Traces) ([]journal.Entry, error) {
	var entries []journal.Entry
	for _, e := range append([]Eraser{eraseOrganisations, eraseReasons}, s.erasers...) {
		more, err := e(ctx, tx, t)
		if err != nil {
			return nil, err
		}
		entries = append(entries, more...)
	}
	return entries, nil
}

// Traced is a name of somebody, and where it stands alone in what others wrote.
type Traced struct {
	Name  string
	Waits []Waiting
}

// Look says what forgetting a person would do: in how many things something goes without asking anybody, and for each name where it would wait. It
// is an administrator's to see: by calling herself a word, anybody else would learn where it stands in what she may not read.
func (s *Service) Look(ctx context.Context, by Actor, person string) (things int, names []Traced, err error) {
	if err := by.May(ActForget, Instance); err != nil {
		return 0, nil, err
	}
	t, err := s.look(ctx, person)
	if err != nil {
		return 0, nil, fmt.Errorf("look for the traces of %s: %w", person, err)
	}
	for _, n := range t.names {
		names = append(names, Traced{Name: n.text, Waits: n.waiting()})
	}
	return len(t.erased), names, nil
}

// erase does it all in one transaction.
func (s *Service) erase(ctx context.Context, tx *storage.Tx, p Person, t *Traces) (journal.Entry, error) {
	var also []journal.Entry
	held, err := grants(ctx, tx, `WHERE r.person = $1 ORDER BY r.owner, r.role`, p.ID)
	if err != nil {
		return journal.Entry{}, err
	}
	for i, g := range held {
		if i > 0 && held[i-1].Owner == g.Owner {
			continue // all roles on one owner go at once: one revision, one entry
		}
		if err := touchRoles(ctx, tx, g.Owner); err != nil {
			return journal.Entry{}, err
		}
		if _, err := tx.Exec(ctx, `DELETE FROM roles WHERE owner = $1 AND person = $2`, g.Owner, p.ID); err != nil {
			return journal.Entry{}, err
		}
		if g.Owner == Instance {
			if left, err := admins(ctx, tx); err != nil || left == 0 {
				return journal.Entry{}, errors.Join(err, fault.Conflict("person", "people.last_admin"))
			}
		}
		also = append(also, roleEntry("people.role_taken", Grant{Owner: g.Owner, Role: g.Role}))
	}
	if err := erasePerson(ctx, tx, p.ID); err != nil {
		return journal.Entry{}, err
	}
	if err := eraseLinks(ctx, tx, p.Email); err != nil {
		return journal.Entry{}, err
	}
	more, err := s.eraseState(ctx, tx, t)
	if err != nil {
		return journal.Entry{}, err
	}
	also = append(also, more...)
	marks, exact := marksOf(t)
	kept, err := s.keepOut(ctx, tx, marks, exact)
	if err != nil {
		return journal.Entry{}, err
	}
	also = append(also, kept)
	gone, err := s.journal.Forget(ctx, tx, p.ID, t.body)
	if err != nil {
		return journal.Entry{}, err
	}
	return journal.Entry{Kind: journal.KindForgotten, Object: journal.Object{Kind: PersonObject, ID: p.ID}, Owner: Instance, Body: gone, Also: also}, nil
}

// eraseLinks removes the links that wait for an address, however it was typed.
func eraseLinks(ctx context.Context, tx *storage.Tx, email string) error {
	rows, err := tx.Query(ctx, `SELECT id, email FROM sign_in_links`)
	if err != nil {
		return err
	}
	defer rows.Close()
	var ids []string
	for rows.Next() {
		var id, to string
		if err := rows.Scan(&id, &to); err != nil {
			return err
		}
		if mail.Fold(to) == mail.Fold(email) {
			ids = append(ids, id)
		}
	}
	if err := errors.Join(rows.Err(), rows.Close()); err != nil {
		return err
	}
	for _, id := range ids {
		if _, err := tx.Exec(ctx, `DELETE FROM sign_in_links WHERE id = $1`, id); err != nil {
			return err
		}
	}
	return nil
}

// eraseOrganisations takes what may go out of the names, addresses and slugs of organisations.
func eraseOrganisations(ctx context.Context, tx *storage.Tx, t *Traces) ([]journal.Entry, error) {
	rows, err := tx.Query(ctx, `SELECT `+organisationColumns+` FROM organisations ORDER BY id`)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	var hit []Organisation
	for rows.Next() {
		o, err := scanOrganisation(rows.Scan)
		if err != nil {
			return nil, err
		}
		was := o
		object := journal.Object{Kind: OrganisationObject, ID: o.ID}
		hers := t.Alone(object)
		o.Name = t.Text(At{Object: object, Field: "name", Hers: hers}, o.Name)
		if t.Text(At{Object: object, Field: "website", Hers: hers}, o.Website) != o.Website {
			o.Website = "" // what is left of it leads nowhere
		}
		if t.Text(At{Object: object, Field: "slug", Hers: hers}, o.Slug) != o.Slug {
			o.Slug = o.ID // no word of the name may stay in it, and it must be no other's
		}
		if o != was {
			hit = append(hit, o)
		}
	}
	if err := errors.Join(rows.Err(), rows.Close()); err != nil || t.Looking {
		return nil, err
	}
	var entries []journal.Entry
	for _, o := range hit {
		if err := saveOrganisation(ctx, tx, o); err != nil {
			return nil, fmt.Errorf("erase in organisation %s: %w", o.ID, err)
		}
		if _, err := tx.Exec(ctx, `UPDATE organisations SET slug = $1 WHERE id = $2`, o.Slug, o.ID); err != nil {
			return nil, fmt.Errorf("erase in organisation %s: %w", o.ID, err)
		}
		entries = append(entries, journal.Entry{Kind: "people.organisation_edited", Object: journal.Object{Kind: OrganisationObject, ID: o.ID}, Owner: o.ID})
	}
	return entries, nil
}
