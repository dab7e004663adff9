package catalogue

import (
	"context"
	"errors"
	"fmt"

	"commun/internal/core/people"
	"commun/internal/platform/fault"
	"commun/internal/platform/storage"
)

const listColumns = `id, name, folder, fetches, total, created_at`

func scanList(row storage.Scanner, more ...any) (List, error) {
	var l List
	var folder, fetch int64
	err := row.Scan(append([]any{&l.ID, &l.Name, &folder, &fetch, &l.Total, &l.Created}, more...)...)
	l.Folder, l.Fetch = folder != 0, fetch != 0
	return l, err
}

func (s *Service) list(ctx context.Context, id string) (List, error) {
	l, err := scanList(s.DB.QueryRow(ctx, `SELECT `+listColumns+` FROM catalogue_lists WHERE id = $1`, id))
	if errors.Is(err, storage.ErrNoRows) {
		return l, fault.Missing(keyNoList)
	}
	if err != nil {
		return l, fmt.Errorf("read list %s: %w", id, err)
	}
	return l, nil
}

func snapshotList(ctx context.Context, tx *storage.Tx, id string) (any, int64, error) {
	var revision int64
	l, err := scanList(tx.QueryRow(ctx, `SELECT `+listColumns+`, revision FROM catalogue_lists WHERE id = $1`, id), &revision)
	return l, revision, err
}

// checkLists finds lists whose flags are none: a snapshot shows them as a yes.
func checkLists(ctx context.Context, tx *storage.Tx, found func(id, key string)) error {
	rows, err := tx.Query(ctx, `SELECT id FROM catalogue_lists WHERE folder NOT IN (0, 1) OR fetches NOT IN (0, 1) ORDER BY id LIMIT 100`)
	if err != nil {
		return err
	}
	defer rows.Close()
	for rows.Next() {
		var id string
		if err := rows.Scan(&id); err != nil {
			return err
		}
		found(id, "verify.flag_list")
	}
	if err := rows.Err(); err != nil {
		return err
	}
	if err := rows.Close(); err != nil {
		return err
	}
	return checkLines(ctx, tx, found)
}

// checkLines finds lists that hold other than the number of lines that their entry says. What a line says and what came of it is upkeep: it shows how
// an import went, and the commons that it made have entries of their own.
func checkLines(ctx context.Context, tx *storage.Tx, found func(id, key string)) error {
	rows, err := tx.Query(ctx, `SELECT l.id FROM catalogue_lists l WHERE l.total <> (SELECT COUNT(*) FROM catalogue_list_lines x WHERE x.list = l.id)
		ORDER BY l.id LIMIT 100`)
	if err != nil {
		return err
	}
	defer rows.Close()
	for rows.Next() {
		var id string
		if err := rows.Scan(&id); err != nil {
			return err
		}
		found(id, "verify.list_lines")
	}
	return rows.Err()
}

// Lists returns the lists, the newest first, at most 50. For administrators.
func (s *Service) Lists(ctx context.Context, by people.Actor) ([]List, error) {
	if err := by.May(ActImport, people.Instance); err != nil {
		return nil, err
	}
	rows, err := s.DB.Query(ctx, `SELECT `+listColumns+` FROM catalogue_lists ORDER BY id DESC LIMIT 50`)
	if err != nil {
		return nil, fmt.Errorf("read lists: %w", err)
	}
	defer rows.Close()
	var all []List
	for rows.Next() {
		l, err := scanList(rows)
		if err != nil {
			return nil, err
		}
		all = append(all, l)
	}
	return all, rows.Err()
}

// ListStatus is how far a list is.
type ListStatus struct {
	List
	Outcomes map[Outcome]int // "" are those that wait
}

// ListStatus returns a list and how many lines came to what. For administrators.
func (s *Service) ListStatus(ctx context.Context, by people.Actor, id string) (ListStatus, error) {
	if err := by.May(ActImport, people.Instance); err != nil {
		return ListStatus{}, err
	}
	l, err := s.list(ctx, id)
	if err != nil {
		return ListStatus{}, err
	}
	st := ListStatus{List: l, Outcomes: map[Outcome]int{}}
	rows, err := s.DB.Query(ctx, `SELECT outcome, COUNT(*) FROM catalogue_list_lines WHERE list = $1 GROUP BY outcome`, id)
	if err != nil {
		return st, fmt.Errorf("count outcomes: %w", err)
	}
	defer rows.Close()
	for rows.Next() {
		var o Outcome
		var n int
		if err := rows.Scan(&o, &n); err != nil {
			return st, err
		}
		st.Outcomes[o] = n
	}
	return st, rows.Err()
}

// Lines returns up to 100 lines of a list after a line, with what came of each so far. Those of one outcome only, unless only is "". For
// administrators.
func (s *Service) Lines(ctx context.Context, by people.Actor, id string, only Outcome, after int) ([]Line, error) {
	if err := by.May(ActImport, people.Instance); err != nil {
		return nil, err
	}
	rows, err := s.DB.Query(ctx, `SELECT l.line, l.text, l.outcome, l.commons, l.fault, l.remarks, COALESCE(r.fault, ''), COALESCE(r.remarks, '[]'),
			COALESCE(r.succeeded_at, 0)
		FROM catalogue_list_lines l LEFT JOIN catalogue_refreshes r ON r.commons = l.commons
		WHERE l.list = $1 AND l.line > $2 AND ($3 = '' OR l.outcome = $3) ORDER BY l.line LIMIT 100`, id, after, string(only))
	if err != nil {
		return nil, fmt.Errorf("read lines: %w", err)
	}
	defer rows.Close()
	var lines []Line
	for rows.Next() {
		var x Line
		var own, ownRemarks, read, readRemarks string
		var at int64
		if err := rows.Scan(&x.Line, &x.Text, &x.Outcome, &x.Commons, &own, &ownRemarks, &read, &readRemarks, &at); err != nil {
			return nil, fmt.Errorf("read lines: %w", err)
		}
		x.Read = at > 0
		if own == "" {
			own = read
		}
		if x.Fault, err = decodeFault(own); err != nil {
			return nil, err
		}
		if ownRemarks == "[]" {
			ownRemarks = readRemarks
		}
		if x.Remarks, err = decodeRemarks(ownRemarks); err != nil {
			return nil, err
		}
		s.memory.mu.RLock()
		if e := s.memory.byID[x.Commons]; e != nil {
			x.Slug, x.Name = e.slug, e.name
		}
		s.memory.mu.RUnlock()
		lines = append(lines, x)
	}
	return lines, rows.Err()
}
