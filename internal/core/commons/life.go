package commons

import (
	"cmp"
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"

	"commun/internal/core/journal"
	"commun/internal/core/people"
	"commun/internal/platform/fault"
	"commun/internal/platform/storage"
)

// StateChange is the body of an entry that moved a commons to another state.
type StateChange struct {
	From State  `json:"from"`
	To   State  `json:"to"`
	Into string `json:"into,omitempty"` // the commons that it was merged into
	Note string `json:"note,omitempty"`
}

// move changes the state of a commons that is in one of from.
func (s *Service) move(ctx context.Context, by people.Actor, act people.Act, id, kind string, from []State, to State, note string) error {
	if err := by.May(act, id); err != nil {
		return err
	}
	return s.journal.Write(ctx, by, func(tx *storage.Tx) (journal.Entry, error) {
		c, err := read(ctx, tx, "id", id)
		if errors.Is(err, sql.ErrNoRows) {
			return journal.Entry{}, errMissing
		}
		if err != nil {
			return journal.Entry{}, err
		}
		if c.State == to {
			return journal.Entry{}, journal.Nothing
		}
		if !slices.Contains(from, c.State) {
			return journal.Entry{}, fault.Conflict("", "commons.wrong_state").With("state", string(c.State))
		}
		body := StateChange{From: c.State, To: to, Note: strings.TrimSpace(note)}
		c.State = to
		if err := save(ctx, tx, c); err != nil {
			return journal.Entry{}, fmt.Errorf("save commons: %w", err)
		}
		c, err = s.written(ctx, tx, id)
		return s.entry(kind, c, body), err
	})
}

// Archive takes a commons out of the list. Its page and its history stay.
func (s *Service) Archive(ctx context.Context, by people.Actor, id, note string) error {
	return s.move(ctx, by, ActArchive, id, "commons.archived", []State{Active, Proposed}, Archived, note)
}

// Reopen brings an archived commons back.
func (s *Service) Reopen(ctx context.Context, by people.Actor, id string) error {
	return s.move(ctx, by, ActArchive, id, "commons.reopened", []State{Archived}, Active, "")
}

// Approve lets a proposed commons into the list.
func (s *Service) Approve(ctx context.Context, by people.Actor, id string) error {
	return s.move(ctx, by, ActApprove, id, "commons.approved", []State{Proposed}, Active, "")
}

// Merge makes the commons from a part of into, which the actor must both answer for: its repositories lead there, its address too, and
// what a person said of it stays in its history.
func (s *Service) Merge(ctx context.Context, by people.Actor, from, into string) error {
	for _, id := range []string{from, into} {
		if err := by.May(ActMerge, id); err != nil {
			return err
		}
	}
	if from == into {
		return fault.Invalid("into", "commons.merge_with_itself")
	}
	return s.journal.Write(ctx, by, func(tx *storage.Tx) (journal.Entry, error) {
		a, err := read(ctx, tx, "id", from)
		var b Commons
		if err == nil {
			b, err = read(ctx, tx, "id", into)
		}
		if errors.Is(err, sql.ErrNoRows) {
			return journal.Entry{}, errMissing
		}
		if err != nil {
			return journal.Entry{}, err
		}
		if a.State == Merged || b.State == Merged {
			return journal.Entry{}, fault.Conflict("into", "commons.wrong_state").With("state", string(Merged))
		}
		body := StateChange{From: a.State, To: Merged, Into: into}
		if _, err := tx.Exec(ctx, `UPDATE commons_homes SET commons = $1, main = 0 WHERE commons = $2`, into, from); err != nil {
			return journal.Entry{}, fmt.Errorf("move repositories: %w", err)
		}
		if _, has := b.Main(); !has && len(a.Homes) > 0 {
			if err := putHome(ctx, tx, into, Home{Key: a.Homes[0].Key, Address: a.Homes[0].Address, Main: true}); err != nil {
				return journal.Entry{}, err
			}
		}
		a.State, a.MergedInto = Merged, into
		for _, c := range []Commons{a, b} {
			if err := save(ctx, tx, c); err != nil {
				return journal.Entry{}, fmt.Errorf("save commons %s: %w", c.ID, err)
			}
			if _, err := s.written(ctx, tx, c.ID); err != nil {
				return journal.Entry{}, err
			}
		}
		entry := s.entry("commons.merged", a, body)
		entry.Also = []journal.Entry{s.entry("commons.received", b, StateChange{From: b.State, To: b.State, Into: from})}
		return entry, nil
	})
}

// Eraser returns what takes a forgotten person out of commons: the person's id as creator, and out of every value, whatever its source, what may
// go from it.
func (s *Service) Eraser() people.Eraser {
	return func(ctx context.Context, tx *storage.Tx, t *people.Traces) ([]journal.Entry, error) {
		if !t.Looking && t.Person() != "" {
			if _, err := tx.Exec(ctx, `UPDATE commons SET created_by = '' WHERE created_by = $1`, t.Person()); err != nil {
				return nil, err
			}
		}
		ids, err := texts(ctx, tx, `SELECT id FROM commons ORDER BY id`)
		if err != nil {
			return nil, err
		}
		var entries []journal.Entry
		for len(ids) > 0 {
			page := ids[:min(100, len(ids))]
			ids = ids[len(page):]
			list, err := several(ctx, tx, page)
			if err != nil {
				return nil, err
			}
			for _, c := range list {
				values, slug := cleaned(t, c)
				if t.Looking || len(values) == 0 && slug == c.Slug {
					continue
				}
				e, err := s.eraseIn(ctx, tx, c, values, slug)
				if err != nil {
					return nil, fmt.Errorf("erase in commons %s: %w", c.ID, err)
				}
				entries = append(entries, e)
			}
		}
		return entries, nil
	}
}

// several reads a page of commons whole.
func several(ctx context.Context, tx *storage.Tx, ids []string) ([]Commons, error) {
	args := make([]any, len(ids))
	for i, id := range ids {
		args[i] = id
	}
	rows, err := tx.Query(ctx, `SELECT `+commonsColumns+` FROM commons WHERE id IN `+storage.In(1, len(ids))+` ORDER BY id`, args...)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	var list []Commons
	for rows.Next() {
		c, err := scanCommons(rows.Scan)
		if err != nil {
			return nil, err
		}
		list = append(list, c)
	}
	if err := errors.Join(rows.Err(), rows.Close()); err != nil {
		return nil, err
	}
	return list, fill(ctx, tx, whole, list)
}

// cleaned returns the values of a commons from which something of a person goes, as they are then, and the slug.
func cleaned(t *people.Traces, c Commons) (values []Value, slug string) {
	object := journal.Object{Kind: ObjectKind, ID: c.ID}
	alone := t.Alone(object)
	if slug = c.Slug; t.Text(people.At{Object: object, Field: "slug", Hers: alone}, c.Slug) != c.Slug {
		slug = c.ID // no word of the name may stay in it, and it must be no other's
	}
	file, _ := c.Of(FromPublicCode, "publiccode", "")
	t.Bind(object, file.Text())
	for _, v := range c.Values {
		at := people.At{Object: object, Field: FormName(v.Field, v.Lang), Hers: alone || v.Source == FromPerson && t.Wrote(object, v.Field, v.Lang, v.JSON)}
		f, _ := FieldByName(v.Field)
		if isNull(v.JSON) {
			continue
		}
		was := string(v.JSON)
		if f.Shape == Parties {
			v.JSON = withoutParties(t, at, v)
		} else {
			v.JSON = t.JSON(at, v.JSON)
		}
		if string(v.JSON) == was {
			continue
		}
		if f.Shape == Address {
			v.JSON = nil // what is left of it leads nowhere
		}
		values = append(values, v)
	}
	return values, slug
}

// withoutParties takes a person out of a list of parties: those whom the commons' own file names as contacts at her address, and those who have
// no name left. A list without anyone is no value.
func withoutParties(t *people.Traces, at people.At, v Value) json.RawMessage {
	var kept []Party
	changed := false
	for _, p := range v.PartyList() {
		clean := Party{URL: p.URL, Of: t.Text(at, p.Of)}
		if cmp.Or(v.Source.Takes(), v.Source) != FromPublicCode || !t.Bound(at.Object, p.Name) {
			clean.Name = t.Text(at, p.Name)
		}
		if t.Text(at, p.URL) != p.URL {
			clean.URL = ""
		}
		if changed = changed || clean != p; strings.Trim(clean.Name, "… ") != "" {
			kept = append(kept, clean)
		}
	}
	if !changed {
		return v.JSON
	}
	if len(kept) == 0 {
		return nil
	}
	b, err := json.Marshal(kept)
	if err != nil {
		return v.JSON
	}
	return b
}

func (s *Service) eraseIn(ctx context.Context, tx *storage.Tx, c Commons, values []Value, slug string) (journal.Entry, error) {
	for _, v := range values {
		if err := putValue(ctx, tx, c.ID, v); err != nil {
			return journal.Entry{}, err
		}
	}
	c.Slug = slug
	if err := save(ctx, tx, c); err != nil {
		return journal.Entry{}, err
	}
	c, err := s.written(ctx, tx, c.ID)
	return s.entry("commons.erased", c, nil), err
}
