package journal

import (
	"context"
	"fmt"

	"commun/internal/platform/storage"
)

// KindForgotten is the kind of the entry that names what was erased.
const KindForgotten = "journal.forgotten"

// Forgotten is the body of such an entry: the ids of the entries whose text and salt are gone.
type Forgotten struct {
	Bodies  []string `json:"bodies,omitempty"`
	Authors []string `json:"authors,omitempty"`
}

// Forget erases, in the caller's transaction, who wrote the entries of person, the bodies that concern that person, and every body of which holds
// says that it goes. It returns the body of the entry that must name them: the caller returns it from Write with KindForgotten, after scrubbing the
// state. person may be "": then bodies go by holds alone.
func (j *Journal) Forget(ctx context.Context, tx *storage.Tx, person string, holds func(Recorded) bool) (Forgotten, error) {
	var f Forgotten
	ids := func(where string, args ...any) (list []string, err error) {
		err = each(ctx, tx, func(r row) error { list = append(list, r.id); return nil }, where, args...)
		return list, err
	}
	var err error
	if person != "" {
		if f.Authors, err = ids(`WHERE e.author_person = $1 AND e.author IS NOT NULL ORDER BY e.id`, person); err != nil {
			return f, fmt.Errorf("find what the person wrote: %w", err)
		}
		if f.Bodies, err = ids(`WHERE (e.person = $1 OR (e.object_kind = 'person' AND e.object_id = $1)) AND e.body IS NOT NULL
			ORDER BY e.id`, person); err != nil {
			return f, fmt.Errorf("find what concerns the person: %w", err)
		}
	}
	seen := map[string]bool{}
	for _, id := range f.Bodies {
		seen[id] = true
	}
	err = j.EachBody(ctx, tx, func(r Recorded) {
		if !seen[r.ID] && holds(r) {
			f.Bodies = append(f.Bodies, r.ID)
		}
	})
	if err != nil {
		return f, fmt.Errorf("find bodies that speak of the person: %w", err)
	}
	for _, id := range f.Authors {
		if _, err := tx.Exec(ctx, `UPDATE journal_entries SET author = NULL, author_salt = NULL, author_person = '' WHERE id = $1`, id); err != nil {
			return f, fmt.Errorf("erase the author of entry %s: %w", id, err)
		}
	}
	for _, id := range f.Bodies {
		if _, err := tx.Exec(ctx, `UPDATE journal_entries SET body = NULL, salt = NULL, person = '' WHERE id = $1`, id); err != nil {
			return f, fmt.Errorf("erase the body of entry %s: %w", id, err)
		}
	}
	return f, nil
}

// EachBody calls f for each entry that has a body which may speak of somebody, oldest first: those that name what was forgotten hold ids only, and
// must stay.
func (j *Journal) EachBody(ctx context.Context, tx *storage.Tx, f func(Recorded)) error {
	return each(ctx, tx, func(r row) error { f(r.recorded()); return nil }, `WHERE e.body IS NOT NULL AND e.kind <> $1 ORDER BY e.id`, KindForgotten)
}

// By returns the entries of a person, oldest first, within the caller's transaction.
func (j *Journal) By(ctx context.Context, tx *storage.Tx, person string) ([]Recorded, error) {
	var list []Recorded
	err := each(ctx, tx, func(r row) error { list = append(list, r.recorded()); return nil }, `WHERE e.author_person = $1 ORDER BY e.id`, person)
	return list, err
}
