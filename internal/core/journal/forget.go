package journal

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"unicode/utf8"

	"commun/internal/platform/storage"
)

// KindForgotten is the kind of the entry that names what was erased.
const KindForgotten = "journal.forgotten"

// Forgotten is the body of such an entry: the ids of the entries whose text and salt are gone.
type Forgotten struct {
	Bodies  []string `json:"bodies,omitempty"`
	Authors []string `json:"authors,omitempty"`
}

// Forget erases, in the caller's transaction, who wrote the entries of person, the bodies that concern that person, and every body that
// holds one of markers (an e-mail address, a name). It returns the body of the entry that must name them: the caller returns it from
// Write with KindForgotten, on the person's object, after scrubbing the state.
func (j *Journal) Forget(ctx context.Context, tx *storage.Tx, person string, markers []string) (Forgotten, error) {
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
	if marks := folded(markers); len(marks) > 0 {
		// compared in Go, and not by LIKE: the databases do not fold é and É alike
		err := each(ctx, tx, func(r row) error {
			body := strings.ToLower(string(r.body))
			if !seen[r.id] && slices.ContainsFunc(marks, func(m string) bool { return strings.Contains(body, m) }) {
				seen[r.id], f.Bodies = true, append(f.Bodies, r.id)
			}
			return nil
		}, `WHERE e.body IS NOT NULL AND e.kind <> $1 ORDER BY e.id`, KindForgotten)
		if err != nil {
			return f, fmt.Errorf("find bodies that hold a marker: %w", err)
		}
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

// ShortestMarker is how many characters a text must have to be searched for in what others wrote: a shorter one stands in many words that
// concern nobody.
const ShortestMarker = 4

// folded returns the markers in lower case, as they stand inside JSON; those that are too short are left out.
func folded(markers []string) []string {
	var list []string
	for _, m := range markers {
		if utf8.RuneCountInString(strings.TrimSpace(m)) >= ShortestMarker {
			list = append(list, jsonText(strings.ToLower(m)))
		}
	}
	return list
}
