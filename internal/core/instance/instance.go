// Package instance holds what the administrator decides for the whole instance: its name, its language, who may add a commons, who may
// register. The settings are one object of the journal, so that each change has its author and its history.
package instance

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"unicode/utf8"

	"commun/internal/core/commons"
	"commun/internal/core/journal"
	"commun/internal/core/people"
	"commun/internal/platform/fault"
	"commun/internal/platform/storage"
)

// ObjectKind is the name under which the journal knows the settings.
const ObjectKind = "settings"

// Settings is what an administrator decides.
type Settings struct {
	Name     string            `json:"name"`    // of the instance, in the header and the feeds
	About    map[string]string `json:"about"`   // what it is for, by language, in Markdown
	Contact  string            `json:"contact"` // an address to write to, shown in the footer
	Lang     string            `json:"lang"`    // when the browser asks for none that we have
	Adding   commons.Policy    `json:"adding"`  // who may add a commons
	Open     bool              `json:"open"`    // anyone may register
	Refresh  int               `json:"refresh"` // hours between two refreshes of a commons from its repository
	Revision int64             `json:"-"`
}

// Default is what holds before an administrator decides otherwise.
func Default(lang string) Settings {
	return Settings{Name: "commun", Lang: lang, Adding: commons.MembersAdd, Open: true, Refresh: 24}
}

// ActEdit is changing the settings; only administrators do.
var ActEdit = people.Act{Name: "instance.edit"}

// Migrations returns the table of settings: one row.
func Migrations() storage.Migrations {
	return storage.Migrations{Owner: "instance", Steps: []storage.Step{{Name: "settings", SQL: storage.Both(`
		CREATE TABLE settings (id TEXT PRIMARY KEY, value TEXT NOT NULL, revision BIGINT NOT NULL)`)}}}
}

// Kind returns the journal's view of the settings.
func Kind() journal.ObjectKind {
	return journal.ObjectKind{Name: ObjectKind, Public: true,
		Snapshot: func(ctx context.Context, tx *storage.Tx, id string) (any, int64, error) {
			var value string
			var revision int64
			err := tx.QueryRow(ctx, `SELECT value, revision FROM settings WHERE id = $1`, id).Scan(&value, &revision)
			return json.RawMessage(value), revision, err
		},
		IDs: func(ctx context.Context, tx *storage.Tx, after string, _ int) ([]string, error) {
			var id string
			err := tx.QueryRow(ctx, `SELECT id FROM settings WHERE id > $1 ORDER BY id LIMIT 1`, after).Scan(&id)
			if errors.Is(err, sql.ErrNoRows) {
				return nil, nil
			}
			return []string{id}, err
		},
	}
}

// Service reads and changes the settings.
type Service struct {
	db      *storage.DB
	journal *journal.Journal
	lang    string
}

// New returns the service. lang is the language of a new instance.
func New(db *storage.DB, j *journal.Journal, lang string) *Service {
	return &Service{db: db, journal: j, lang: lang}
}

// Settings returns what holds now.
func (s *Service) Settings(ctx context.Context) (Settings, error) {
	var value string
	set := Default(s.lang)
	err := s.db.QueryRow(ctx, `SELECT value, revision FROM settings WHERE id = $1`, people.Instance).Scan(&value, &set.Revision)
	if errors.Is(err, sql.ErrNoRows) {
		return set, nil
	}
	if err == nil {
		err = json.Unmarshal([]byte(value), &set)
	}
	if err != nil {
		return set, fmt.Errorf("read settings: %w", err)
	}
	return set, nil
}

// Policy returns who may add a commons.
func (s *Service) Policy(ctx context.Context) (commons.Policy, error) {
	set, err := s.Settings(ctx)
	return set.Adding, err
}

// Edit changes the settings, which were seen at set.Revision.
func (s *Service) Edit(ctx context.Context, by people.Actor, set Settings) error {
	if err := by.May(ActEdit, people.Instance); err != nil {
		return err
	}
	if err := set.check(); err != nil {
		return err
	}
	value, err := json.Marshal(set)
	if err != nil {
		return fmt.Errorf("encode settings: %w", err)
	}
	return s.journal.Write(ctx, by, func(tx *storage.Tx) (journal.Entry, error) {
		var was string
		var revision int64
		err := tx.QueryRow(ctx, `SELECT value, revision FROM settings WHERE id = $1`, people.Instance).Scan(&was, &revision)
		if err != nil && !errors.Is(err, sql.ErrNoRows) {
			return journal.Entry{}, fmt.Errorf("read settings: %w", err)
		}
		if revision != set.Revision {
			return journal.Entry{}, fault.Conflict("", "instance.changed_meanwhile")
		}
		if was == string(value) {
			return journal.Entry{}, journal.Nothing
		}
		_, err = tx.Exec(ctx, `INSERT INTO settings (id, value, revision) VALUES ($1, $2, $3)
			ON CONFLICT (id) DO UPDATE SET value = EXCLUDED.value, revision = EXCLUDED.revision`, people.Instance, string(value), revision+1)
		if err != nil {
			return journal.Entry{}, fmt.Errorf("save settings: %w", err)
		}
		return journal.Entry{Kind: "instance.edited", Object: journal.Object{Kind: ObjectKind, ID: people.Instance}, Owner: people.Instance,
			Body: journal.Edit{Changes: changes(was, string(value))}}, nil
	})
}

// Eraser returns what takes a forgotten person out of the settings: out of what the instance says of itself, and of the address to write to.
func (s *Service) Eraser() people.Eraser {
	return func(ctx context.Context, tx *storage.Tx, t *people.Traces) ([]journal.Entry, error) {
		var was string
		err := tx.QueryRow(ctx, `SELECT value FROM settings WHERE id = $1`, people.Instance).Scan(&was)
		if errors.Is(err, sql.ErrNoRows) {
			return nil, nil
		}
		if err != nil {
			return nil, fmt.Errorf("read settings: %w", err)
		}
		set := Default(s.lang)
		if err := json.Unmarshal([]byte(was), &set); err != nil {
			return nil, fmt.Errorf("read settings: %w", err)
		}
		object := journal.Object{Kind: ObjectKind, ID: people.Instance}
		stored := map[string]json.RawMessage{}
		_ = json.Unmarshal([]byte(was), &stored) // read just above
		changed := false
		clean := func(field, text string) string {
			hers := t.Alone(object) || t.Wrote(object, field, "", stored[field])
			c := t.Text(people.At{Object: object, Field: field, Hers: hers}, text)
			changed = changed || c != text
			return c
		}
		set.Name = clean("name", set.Name)
		if clean("contact", set.Contact) != set.Contact {
			set.Contact = "" // what is left of an address leads nowhere
		}
		for _, lang := range slices.Sorted(maps.Keys(set.About)) {
			set.About[lang] = clean("about", set.About[lang])
		}
		if !changed || t.Looking {
			return nil, nil
		}
		value, err := json.Marshal(set)
		if err != nil {
			return nil, fmt.Errorf("encode settings: %w", err)
		}
		if _, err := tx.Exec(ctx, `UPDATE settings SET value = $1, revision = revision + 1 WHERE id = $2`, string(value), people.Instance); err != nil {
			return nil, fmt.Errorf("erase in settings: %w", err)
		}
		return []journal.Entry{{Kind: "instance.edited", Object: journal.Object{Kind: ObjectKind, ID: people.Instance}, Owner: people.Instance,
			Body: journal.Edit{}}}, nil
	}
}

// changes compares two encoded settings key by key.
func changes(was, now string) []journal.Change {
	before, after := map[string]json.RawMessage{}, map[string]json.RawMessage{}
	_ = json.Unmarshal([]byte(was), &before) // empty the first time
	_ = json.Unmarshal([]byte(now), &after)
	var list []journal.Change
	for _, key := range []string{"name", "about", "contact", "lang", "adding", "open", "refresh"} {
		if string(before[key]) != string(after[key]) {
			list = append(list, journal.Change{Field: key, Before: before[key], After: after[key]})
		}
	}
	return list
}

func (set *Settings) check() error {
	var faults fault.List
	set.Name = strings.Join(strings.Fields(set.Name), " ")
	if n := utf8.RuneCountInString(set.Name); n == 0 || n > 80 {
		faults = append(faults, fault.Invalid("name", "instance.name_length").With("limit", 80))
	}
	if set.Lang != "fr" && set.Lang != "en" {
		faults = append(faults, fault.Invalid("lang", "people.lang_unknown"))
	}
	if set.Adding != commons.AnyoneAdds && set.Adding != commons.MembersAdd && set.Adding != commons.ApprovalAdds {
		faults = append(faults, fault.Invalid("adding", "instance.adding_unknown"))
	}
	if set.Refresh < 1 || set.Refresh > 24*90 {
		faults = append(faults, fault.Invalid("refresh", "instance.refresh_range").With("limit", 24*90))
	}
	if len(set.Contact) > 200 {
		faults = append(faults, fault.Invalid("contact", "instance.contact_length").With("limit", 200))
	}
	for _, text := range set.About {
		if utf8.RuneCountInString(text) > 5000 {
			faults = append(faults, fault.Invalid("about", "instance.about_length").With("limit", 5000))
			break
		}
	}
	return faults.OrNil()
}
