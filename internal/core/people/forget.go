package people

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"unicode/utf8"

	"commun/internal/core/journal"
	"commun/internal/platform/fault"
	"commun/internal/platform/mail"
	"commun/internal/platform/storage"
)

// Eraser removes a person's traces from one feature's state, in the transaction that forgets, and returns an entry for each object that
// it changed. markers are the texts (addresses, names) by which the person is known.
type Eraser func(ctx context.Context, tx *storage.Tx, person string, markers []string) ([]journal.Entry, error)

// OnForget adds an eraser; every feature whose rows may speak of a person has one.
func (s *Service) OnForget(e ...Eraser) { s.erasers = append(s.erasers, e...) }

// markers are the texts by which a person is known: the address, the name, and how these stand inside JSON when that differs.
func markers(p Person) []string {
	list := []string{p.Email, p.Name}
	for _, m := range list[:2] {
		if b, err := json.Marshal(m); err == nil {
			if text := strings.Trim(string(b), `"`); text != m {
				list = append(list, text)
			}
		}
	}
	return list
}

// Forget erases a person: by themselves or by an administrator. What they did stays, by no one.
func (s *Service) Forget(ctx context.Context, by Actor, person string) error {
	if by.Person != person {
		if err := by.May(ActForget, Instance); err != nil {
			return err
		}
	}
	err := s.journal.Write(ctx, by, func(tx *storage.Tx) (journal.Entry, error) {
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
		return s.erase(ctx, tx, p, markers(p))
	})
	if err != nil {
		return fmt.Errorf("forget person %s: %w", person, err)
	}
	return nil
}

// erase does it all in one transaction. markers that are too short to mean one person are not searched for in what others wrote.
func (s *Service) erase(ctx context.Context, tx *storage.Tx, p Person, markers []string) (journal.Entry, error) {
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
	for _, e := range append([]Eraser{eraseOrganisations}, s.erasers...) {
		more, err := e(ctx, tx, p.ID, markers)
		if err != nil {
			return journal.Entry{}, err
		}
		also = append(also, more...)
	}
	if err := s.mark(ctx, tx, markers); err != nil {
		return journal.Entry{}, err
	}
	gone, err := s.journal.Forget(ctx, tx, p.ID, markers)
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

// eraseOrganisations takes the markers out of the names, addresses and slugs of organisations.
func eraseOrganisations(ctx context.Context, tx *storage.Tx, _ string, markers []string) ([]journal.Entry, error) {
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
		for _, m := range markers {
			if utf8.RuneCountInString(strings.TrimSpace(m)) < journal.ShortestMarker {
				continue
			}
			mark := regexp.MustCompile(`(?i)` + regexp.QuoteMeta(m))
			o.Name = mark.ReplaceAllLiteralString(o.Name, "…")
			if mark.MatchString(o.Website) {
				o.Website = ""
			}
			if slug := Slug(m); utf8.RuneCountInString(slug) >= journal.ShortestMarker && strings.Contains(o.Slug, slug) {
				o.Slug = o.ID // no word of the name may stay in it, and it must be no other's
			}
		}
		if o != was {
			hit = append(hit, o)
		}
	}
	if err := errors.Join(rows.Err(), rows.Close()); err != nil {
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
	return slices.Clip(entries), nil
}
