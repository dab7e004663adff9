package commons

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"

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
	// Named says that every value was sent because the person means it: it is a person's word even where it says what stands already. Without it a
	// value that is as the form was made is nobody's word.
	Named bool
	// Choices are what the person chose, by FormName, for fields that had changed meanwhile. A field without a choice is judged by Base.
	Choices map[string]Chosen
}

// Chosen is what a person chose between two values of a field. It holds until the field changes again.
type Chosen struct {
	Seen int64 // the revision at which both values were shown
	Take Take
}

// Take says which of two values is to stand.
type Take string

// What can be chosen; TakeNone is not chosen yet.
const (
	TakeNone   Take = ""
	TakeMine   Take = "mine"
	TakeTheirs Take = "theirs"
)

// Clash is a field that somebody else changed since the form was made: both values, for the person to choose. Theirs is what stands for the field,
// whoever says it, and Stands that value with its source; it is no value when nothing stands. Revision is that of the commons when it was compared,
// which a read right after may not have yet: the other's write can be waiting for its commit.
type Clash struct {
	Field, Lang  string
	Theirs, Mine json.RawMessage
	Stands       Value
	Revision     int64
}

// clash puts what stands for a field beside what a person wants.
func (c Commons) clash(field, lang string, mine json.RawMessage) Clash {
	now, _ := c.Best(field, lang)
	return Clash{Field: field, Lang: lang, Theirs: now.JSON, Mine: mine, Stands: now, Revision: c.Revision}
}

// ClashKey is the message key of a field in which two persons' changes met.
const ClashKey = "commons.changed_meanwhile"

// Edit stores what a person says. Fields that the form left as it was made are not touched, so two persons can edit different fields at
// the same time. Where both changed the same field, nothing is stored and all clashes come back with a conflict fault for each, also those for
// which the person has not chosen yet.
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
		past := map[int64]Commons{}
		var mine []Value
		for _, v := range e.Values {
			choice, chosen := e.Choices[FormName(v.Field, v.Lang)]
			from := e.Base
			if chosen {
				from = choice.Seen
			}
			base, ok := past[from]
			if !ok {
				if base, err = s.at(ctx, tx, c, from); err != nil {
					return journal.Entry{}, err
				}
				past[from] = base
			}
			was, _ := base.Best(v.Field, v.Lang)
			now, _ := c.Best(v.Field, v.Lang)
			switch {
			case same(now.JSON, v.JSON):
				if e.Named || !same(was.JSON, v.JSON) && (!chosen || choice.Take == TakeMine) { // who says what others say now says it too
					mine = append(mine, personal(c, v))
				}
			case same(was.JSON, v.JSON) && !e.Named:
				// the form did not change it
			case !same(was.JSON, now.JSON), chosen && choice.Take == TakeNone:
				clashes = append(clashes, c.clash(v.Field, v.Lang, v.JSON))
			case !chosen || choice.Take == TakeMine:
				mine = append(mine, personal(c, v))
			}
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

// personal turns what a person wants a field to be into the person's own value. That is a value also where it says what another source says, so
// that the source's next word does not change it. Emptying a field takes a null, which says that there is none, unless there is nothing to empty.
func personal(c Commons, v Value) Value {
	v.Source, v.Note = FromPerson, ""
	if !isNull(v.JSON) {
		return v
	}
	_, stands := c.Best(v.Field, v.Lang)
	was, had := c.Of(FromPerson, v.Field, v.Lang)
	switch {
	case v.Field == "name", v.Field == TextLanguage:
		v.JSON = nil // a commons is always called something, without a name of its own as its sources call it; and no source tells the other
	case stands, had && isNull(was.JSON):
		v.JSON = json.RawMessage("null")
	default:
		v.JSON = nil
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

// undoing returns the value that takes one change back, and what the change's source says now in its place. A person's word is as it was before the
// change, and so gives way again to the source that stood then. A file's word would come back at its next import: it is held back instead, by a value
// of its own beneath what persons wrote, until the file says something else (spokenAnew).
func undoing(c Commons, ch journal.Change) (v Value, now json.RawMessage) {
	source := Source(ch.Source)
	said, _ := c.Of(source, ch.Field, ch.Lang)
	v = Value{Field: ch.Field, Lang: ch.Lang, Source: source, JSON: ch.Before}
	if source.undone() == "" {
		if source.Takes() != "" && v.JSON != nil {
			v.Note = UndoneNote(c.Revision + 1)
		}
		return v, said.JSON
	}
	v.Source, v.Note = source.undone(), UndoneNote(c.Revision+1)
	if v.JSON == nil {
		v.JSON = json.RawMessage("null")
	}
	if held, ok := c.Of(v.Source, ch.Field, ch.Lang); ok {
		return v, held.JSON
	}
	return v, said.JSON
}

// wouldBe is what would stand for a field if v were stored.
func (c Commons) wouldBe(v Value) json.RawMessage {
	x, _ := c.with([]Value{v}).Best(v.Field, v.Lang)
	return x.JSON
}

// UndoneNote is the note of a value that holds a source's word back: the revision at which it was taken back, whose entry says who did and when.
func UndoneNote(revision int64) string { return "revision " + strconv.FormatInt(revision, 10) }

// UndoneAt returns the revision at which a source's word was taken back, 0 when v does not hold one back.
func (v Value) UndoneAt() int64 {
	if v.Source.Takes() == "" {
		return 0
	}
	n, _ := strconv.ParseInt(strings.TrimPrefix(v.Note, "revision "), 10, 64) // no number: none is known
	return n
}

// Undoing is what an undo would do where it meets what was changed since: Stands are the fields that it can take back, as they would be stored; Clashes
// those that changed again, each with what stands and what the undo would bring back; Chosen those of them for which a choice was made that holds, with
// the revision at which it was.
type Undoing struct {
	Stands          []Value
	Clashes, Chosen []Clash
}

// Undo takes one entry's changes back, as one new entry. Where a field changed since, nothing is stored and both values come back with a conflict fault,
// beside the fields that still stand, until choices say for each such field (by FormName) which value is to be.
func (s *Service) Undo(ctx context.Context, by people.Actor, id, entry string, choices map[string]Chosen) (Undoing, error) {
	if err := by.May(ActEdit, id); err != nil {
		return Undoing{}, err
	}
	r, err := s.journal.Entry(ctx, entry)
	if errors.Is(err, sql.ErrNoRows) || err == nil && r.Object != (journal.Object{Kind: ObjectKind, ID: id}) {
		return Undoing{}, fault.Missing("journal.no_entry").With("id", entry)
	}
	if err != nil {
		return Undoing{}, err
	}
	if len(r.Edit().Changes) == 0 {
		return Undoing{}, fault.Invalid("entry", "commons.nothing_to_undo")
	}
	var would Undoing
	err = s.journal.Write(ctx, by, func(tx *storage.Tx) (journal.Entry, error) {
		would = Undoing{}
		c, err := read(ctx, tx, "id", id)
		if err != nil {
			return journal.Entry{}, err
		}
		var values []Value
		for _, u := range c.undo(r) {
			if u.stands {
				would.Stands, values = append(would.Stands, u.value), append(values, u.value)
				continue
			}
			mine := c.wouldBe(u.value)
			x := c.clash(u.value.Field, u.value.Lang, mine)
			if same(mine, x.Theirs) {
				continue // it would change nothing that anybody sees: there is nothing to choose
			}
			choice, chosen := choices[FormName(x.Field, x.Lang)]
			if chosen && choice.Take != TakeNone {
				seen, err := s.at(ctx, tx, c, choice.Seen)
				if err != nil {
					return journal.Entry{}, err
				}
				was, _ := seen.Best(x.Field, x.Lang)
				chosen = same(was.JSON, x.Theirs) // else it changed once more since both were shown
			} else {
				chosen = false
			}
			if chosen {
				x.Revision = choice.Seen
				would.Chosen = append(would.Chosen, x)
			}
			switch {
			case chosen && choice.Take == TakeMine:
				values = append(values, u.value)
			case !chosen && !slices.ContainsFunc(would.Clashes, func(o Clash) bool { return o.Field == x.Field && o.Lang == x.Lang }):
				would.Clashes = append(would.Clashes, x) // once, also where two sources' words of it were changed
			}
		}
		if len(would.Clashes) > 0 {
			return journal.Entry{}, fault.Conflict("entry", "commons.undo_changed_meanwhile").With("field", would.Clashes[0].Field)
		}
		return s.store(ctx, tx, c, "commons.undone", values, journal.Edit{Undoes: entry})
	})
	return would, err
}

// taken is the value that takes one change of an entry back; stands says that the change still stands.
type taken struct {
	value  Value
	stands bool
}

// undo returns what takes the changes of an entry back, without those that are taken back already.
func (c Commons) undo(r journal.Recorded) []taken {
	var list []taken
	undone := r.Edit().Changes
	for _, ch := range undone {
		if f, ok := FieldByName(ch.Field); ok && f.Shape == RawText {
			continue // a file's text is the repository's to change
		}
		sibling := func(source Source) int {
			return slices.IndexFunc(undone, func(x journal.Change) bool {
				return source != "" && x.Field == ch.Field && x.Lang == ch.Lang && Source(x.Source) == source
			})
		}
		if sibling(Source(ch.Source).Takes()) >= 0 {
			continue // what held a source's word back ended with the source's next word, and is taken back with it
		}
		if Source(ch.Source).Takes() != "" && ch.After != nil {
			// to undo an undone import is to let the source speak again, whatever had been held back of it before: else one would never get there
			if held, _ := c.Of(Source(ch.Source), ch.Field, ch.Lang); held.UndoneAt() == r.Revision {
				list = append(list, taken{Value{Field: ch.Field, Lang: ch.Lang, Source: held.Source}, true})
			}
			continue
		}
		v, now := undoing(c, ch)
		if i := sibling(Source(ch.Source).undone()); i >= 0 {
			v.JSON = undone[i].Before
		}
		if string(now) != string(v.JSON) { // else it is undone already: an absent value and one that says "none" are two
			list = append(list, taken{v, same(now, ch.After)})
		}
	}
	return list
}
