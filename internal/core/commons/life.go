package commons

import (
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

// Eraser returns what takes a forgotten person out of commons: the person's id as creator, and every value that holds one of the markers
// loses them, whatever its source.
func (s *Service) Eraser() people.Eraser {
	return func(ctx context.Context, tx *storage.Tx, person string, markers []string) ([]journal.Entry, error) {
		if _, err := tx.Exec(ctx, `UPDATE commons SET created_by = '' WHERE created_by = $1`, person); err != nil {
			return nil, err
		}
		rows, err := tx.Query(ctx, `SELECT commons, value FROM commons_values ORDER BY commons`)
		if err != nil {
			return nil, err
		}
		defer rows.Close()
		var ids []string
		for rows.Next() {
			var id, value string
			if err := rows.Scan(&id, &value); err != nil {
				return nil, err
			}
			if Without(value, markers) != value && !slices.Contains(ids, id) {
				ids = append(ids, id)
			}
		}
		if err := errors.Join(rows.Err(), rows.Close()); err != nil {
			return nil, err
		}
		var entries []journal.Entry
		for _, id := range ids {
			e, err := s.eraseIn(ctx, tx, id, markers)
			if err != nil {
				return nil, fmt.Errorf("erase in commons %s: %w", id, err)
			}
			entries = append(entries, e)
		}
		return entries, nil
	}
}

func (s *Service) eraseIn(ctx context.Context, tx *storage.Tx, id string, markers []string) (journal.Entry, error) {
	c, err := read(ctx, tx, "id", id)
	if err != nil {
		return journal.Entry{}, err
	}
	for _, v := range c.Values {
		clean := Without(string(v.JSON), markers)
		if clean == string(v.JSON) {
			continue
		}
		v.JSON = withoutNameless(v.Field, json.RawMessage(clean))
		if err := putValue(ctx, tx, id, v); err != nil {
			return journal.Entry{}, err
		}
	}
	if err := save(ctx, tx, c); err != nil {
		return journal.Entry{}, err
	}
	c, err = s.written(ctx, tx, id)
	return s.entry("commons.erased", c, nil), err
}

// withoutNameless takes the parties of a list who have no name left out of it; a list without anyone is no value.
func withoutNameless(field string, value json.RawMessage) json.RawMessage {
	if f, ok := FieldByName(field); !ok || f.Shape != Parties {
		return value
	}
	var list []Party
	if json.Unmarshal(value, &list) != nil {
		return value
	}
	list = slices.DeleteFunc(list, func(p Party) bool { return strings.Trim(p.Name, "… ") == "" })
	if len(list) == 0 {
		return nil
	}
	b, err := json.Marshal(list)
	if err != nil {
		return value
	}
	return b
}

// Without returns text with every marker replaced by an ellipsis, in any letter case. Markers of under four letters are left: they would
// take out other words.
func Without(text string, markers []string) string {
	for _, m := range markers {
		if len([]rune(strings.TrimSpace(m))) < 4 {
			continue
		}
		lower, mark := strings.ToLower(text), strings.ToLower(m)
		if len(lower) != len(text) { // a letter whose cases differ in length: compared as it stands
			lower, mark = text, m
		}
		var b strings.Builder
		for {
			i := strings.Index(lower, mark)
			if i < 0 {
				break
			}
			b.WriteString(text[:i] + "…")
			text, lower = text[i+len(mark):], lower[i+len(mark):]
		}
		text = b.String() + text
	}
	return text
}
