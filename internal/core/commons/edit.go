package commons

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"slices"

	"commun/internal/core/journal"
	"commun/internal/core/people"
	"commun/internal/platform/fault"
	"commun/internal/platform/storage"
)

// Edit is what a person's form says: for each field (and language) of the form its whole value. A nil JSON empties it.
type Edit struct {
	Base   int64 // the revision that the form was made from
	Values []Value
	Note   string // why
}

// Clash is a field that somebody else changed since the form was made: both values, for the person to choose.
type Clash struct {
	Field, Lang  string
	Theirs, Mine json.RawMessage
}

// ClashKey is the message key of a field in which two persons' changes met.
const ClashKey = "commons.changed_meanwhile"

// Edit stores what a person says. Fields that the form left as it was made are not touched, so two persons can edit different fields at
// the same time. Where both changed the same field, nothing is stored and the clashes come back with a conflict fault for each.
func (s *Service) Edit(ctx context.Context, by people.Actor, id string, e Edit) (clashes []Clash, err error) {
	if err := by.May(ActEdit, id); err != nil {
		return nil, err
	}
	err = s.journal.Write(ctx, by, func(tx *storage.Tx) (journal.Entry, error) {
		clashes = nil
		c, err := read(ctx, tx, "id", id)
		if errors.Is(err, sql.ErrNoRows) {
			return journal.Entry{}, errMissing
		}
		if err != nil {
			return journal.Entry{}, err
		}
		base, err := s.at(ctx, tx, c, e.Base)
		if err != nil {
			return journal.Entry{}, err
		}
		var mine []Value
		for _, v := range e.Values {
			was, _ := base.Best(v.Field, v.Lang)
			now, _ := c.Best(v.Field, v.Lang)
			if same(was.JSON, v.JSON) || same(now.JSON, v.JSON) {
				continue // the form did not change it, or both say the same
			}
			if !same(was.JSON, now.JSON) {
				clashes = append(clashes, Clash{Field: v.Field, Lang: v.Lang, Theirs: now.JSON, Mine: v.JSON})
				continue
			}
			mine = append(mine, personal(c, v))
		}
		if len(clashes) > 0 {
			var faults fault.List
			for _, x := range clashes {
				faults = append(faults, fault.Conflict(FormName(x.Field, x.Lang), ClashKey))
			}
			return journal.Entry{}, faults
		}
		return s.store(ctx, tx, c, "commons.edited", mine, journal.Edit{Note: e.Note})
	})
	return clashes, err
}

// FormName names a field and its language as forms and faults do: "summary.fr".
func FormName(field, lang string) string {
	if lang == "" {
		return field
	}
	return field + "." + lang
}

func same(a, b json.RawMessage) bool { return isNull(a) && isNull(b) || string(a) == string(b) }

// personal turns what a person wants a field to be into the person's own value: emptying a field that another source fills takes a null,
// and wanting what the other sources say takes no value at all.
func personal(c Commons, v Value) Value {
	v.Source, v.Note = FromPerson, ""
	below := c.below(v.Field, v.Lang)
	switch {
	case same(below.JSON, v.JSON), v.Field == "name" && isNull(v.JSON):
		v.JSON = nil // a commons is always called something: without a name of its own, as its sources call it
	case isNull(v.JSON):
		v.JSON = json.RawMessage("null")
	}
	return v
}

// below returns what the sources other than persons say of a field.
func (c Commons) below(field, lang string) Value {
	others := Commons{}
	for _, o := range c.Values {
		if o.Source != FromPerson || o.Field == TextLanguage && field != TextLanguage { // in which language a source's text is, is no text
			others.Values = append(others.Values, o)
		}
	}
	v, _ := others.Best(field, lang)
	return v
}

// store applies values and returns the entry, or Nothing.
func (s *Service) store(ctx context.Context, tx *storage.Tx, c Commons, kind string, values []Value, body journal.Edit) (journal.Entry, error) {
	changes, err := apply(ctx, tx, c, values)
	if err != nil {
		return journal.Entry{}, err
	}
	if len(changes) == 0 {
		return journal.Entry{}, journal.Nothing
	}
	if err := save(ctx, tx, c); err != nil {
		return journal.Entry{}, fmt.Errorf("save commons: %w", err)
	}
	body.Changes = short(changes)
	c, err = s.written(ctx, tx, c.ID)
	return s.entry(kind, c, body), err
}

// at returns the commons as it was at an earlier revision, by taking back the changes of later entries, the newest first.
func (s *Service) at(ctx context.Context, tx *storage.Tx, c Commons, revision int64) (Commons, error) {
	was := c
	was.Values = slices.Clone(c.Values)
	if revision >= c.Revision {
		return was, nil
	}
	edits, err := s.journal.Since(ctx, tx, journal.Object{Kind: ObjectKind, ID: c.ID}, revision)
	if err != nil {
		return was, fmt.Errorf("read what changed since revision %d: %w", revision, err)
	}
	for _, e := range edits {
		for _, ch := range e.Edit().Changes {
			v := Value{Field: ch.Field, Lang: ch.Lang, Source: Source(ch.Source), JSON: ch.Before}
			was.Values = slices.DeleteFunc(was.Values, func(x Value) bool {
				return x.Field == v.Field && x.Lang == v.Lang && x.Source == v.Source
			})
			if v.JSON != nil {
				was.Values = append(was.Values, v)
			}
		}
	}
	return was, nil
}

// Undo takes one entry's changes back, as a new entry. It is refused, with both values, when a field changed since.
func (s *Service) Undo(ctx context.Context, by people.Actor, id, entry string) (clashes []Clash, err error) {
	if err := by.May(ActEdit, id); err != nil {
		return nil, err
	}
	r, err := s.journal.Entry(ctx, entry)
	if errors.Is(err, sql.ErrNoRows) || err == nil && r.Object != (journal.Object{Kind: ObjectKind, ID: id}) {
		return nil, fault.Missing("journal.no_entry").With("id", entry)
	}
	if err != nil {
		return nil, err
	}
	undone := r.Edit().Changes
	if len(undone) == 0 {
		return nil, fault.Invalid("entry", "commons.nothing_to_undo")
	}
	err = s.journal.Write(ctx, by, func(tx *storage.Tx) (journal.Entry, error) {
		clashes = nil
		c, err := read(ctx, tx, "id", id)
		if err != nil {
			return journal.Entry{}, err
		}
		var values []Value
		for _, ch := range undone {
			if f, ok := FieldByName(ch.Field); ok && f.Shape == RawText {
				continue // a file's text is the repository's to change
			}
			now, _ := c.Of(Source(ch.Source), ch.Field, ch.Lang)
			if !same(now.JSON, ch.After) {
				clashes = append(clashes, Clash{Field: ch.Field, Lang: ch.Lang, Theirs: now.JSON, Mine: ch.Was()})
				continue
			}
			v := Value{Field: ch.Field, Lang: ch.Lang, Source: Source(ch.Source), JSON: ch.Before}
			if v.Source != FromPerson {
				// a source's word comes back at the next import; what undoing it means is that a person says otherwise
				v = personal(c, v)
			}
			values = append(values, v)
		}
		if len(clashes) > 0 {
			return journal.Entry{}, fault.Conflict("entry", "commons.undo_changed_meanwhile").With("field", clashes[0].Field)
		}
		return s.store(ctx, tx, c, "commons.undone", values, journal.Edit{Undoes: entry})
	})
	return clashes, err
}
