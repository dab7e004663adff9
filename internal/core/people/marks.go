package people

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"slices"
	"strings"

	"commun/internal/core/journal"
	"commun/internal/platform/storage"
)

// marksOf are the texts that no later import may bring back: the address, each name beside it, and a name alone once an administrator said yes;
// exact are those of them that count only as they are written.
func marksOf(t *Traces) (marks, exact []string) {
	marks = []string{t.email}
	for _, n := range t.names {
		alone, written := n.marks()
		for _, m := range slices.Concat(alone, written) {
			marks = append(marks, Beside(m, t.email))
		}
		if n.searched() && n.granted(journal.Object{}) {
			marks, exact = append(marks, alone...), append(exact, written...)
		}
	}
	return marks, exact
}

// marks returns the forms of a name that are known whole by their letters, and those that count only as they are written: with a comma, and with
// initials, of which an import must find the dots, with or without a blank behind, for without them "a table" would be an Ana Table.
func (n *name) marks() (alone, exact []string) {
	lower := make([]string, 0, len(n.words))
	for _, w := range wordsOf(n.text) {
		lower = append(lower, strings.ToLower(n.text[w.from:w.to]))
	}
	alone = []string{n.text}
	if n.forms[0].comma > 0 {
		exact = append(exact, n.forms[0].written(" ", make([]bool, len(n.words))))
	}
	for i, words := range [][]string{n.words, lower} { // an import asks for the folded words, a list of contributors for a name as it stands
		for _, f := range formsOf(words)[1:] {
			dots, initials := make([]bool, len(f.words)), false
			for k, w := range f.words {
				dots[k] = isInitial(w)
				initials = initials || dots[k]
			}
			blanks := []string{" "}
			if initials {
				blanks = []string{" ", ""}
			}
			plain := f
			plain.comma = 0
			if !initials && i == 0 {
				alone = append(alone, f.folded())
			}
			for _, blank := range blanks {
				if initials {
					exact = append(exact, plain.written(blank, dots))
				}
				if f.comma > 0 {
					exact = append(exact, f.written(blank, dots))
				}
			}
		}
	}
	slices.Sort(exact)
	return alone, slices.Compact(exact)
}

// keepOut has the texts marked, exact ones as they are written only, and returns the entry that binds all marks to the record.
func (s *Service) keepOut(ctx context.Context, tx *storage.Tx, marks, exact []string) (journal.Entry, error) {
	if err := s.mark(ctx, tx, marks); err != nil {
		return journal.Entry{}, err
	}
	key, err := keyOfMarks(ctx, tx)
	if err != nil {
		return journal.Entry{}, err
	}
	for _, text := range exact {
		_, err := tx.Exec(ctx, `INSERT INTO forgotten_marks (mark, at) VALUES ($1, $2) ON CONFLICT (mark) DO NOTHING`, markOf(key, text), storage.Now())
		if err != nil {
			return journal.Entry{}, err
		}
	}
	_, err = tx.Exec(ctx, `INSERT INTO forgotten_sets (id, revision) VALUES ($1, 1) ON CONFLICT (id) DO UPDATE SET revision = forgotten_sets.revision + 1`, Instance)
	return journal.Entry{Kind: "people.marks_kept", Object: journal.Object{Kind: MarksObject, ID: Instance}, Owner: Instance}, err
}

func keyOfMarks(ctx context.Context, tx *storage.Tx) (key string, err error) {
	err = tx.QueryRow(ctx, `SELECT value FROM instance_secrets WHERE name = $1`, markKey).Scan(&key)
	return key, err
}

// markSet is the state of all marks. They are one object: without the key, or without one of them, somebody who was forgotten could come back, and
// with one more an import would leave out what it should not. Databases from before it was kept have none until somebody is forgotten.
type markSet struct {
	Marks  int    `json:"marks"`
	Digest string `json:"digest"` // of the key and of each mark with its time, in the order of the marks
}

func snapshotMarks(ctx context.Context, tx *storage.Tx, id string) (any, int64, error) {
	var revision int64
	if err := tx.QueryRow(ctx, `SELECT revision FROM forgotten_sets WHERE id = $1`, id).Scan(&revision); err != nil {
		return nil, 0, err
	}
	key, err := keyOfMarks(ctx, tx)
	if err != nil && !isNoRows(err) {
		return nil, 0, err
	}
	rows, err := tx.Query(ctx, `SELECT mark, at FROM forgotten_marks`)
	if err != nil {
		return nil, 0, err
	}
	defer rows.Close()
	var lines []string
	for rows.Next() {
		var mark string
		var at int64
		if err := rows.Scan(&mark, &at); err != nil {
			return nil, 0, err
		}
		lines = append(lines, fmt.Sprintf("%q %d\n", mark, at)) // quoted: a hand may have written any text there
	}
	if err := rows.Err(); err != nil {
		return nil, 0, err
	}
	slices.Sort(lines) // the two databases order texts differently
	h := sha256.New()
	_, _ = fmt.Fprintf(h, "%q\n", key) // writing to a hash never fails
	for _, l := range lines {
		h.Write([]byte(l))
	}
	return markSet{Marks: len(lines), Digest: hex.EncodeToString(h.Sum(nil))}, revision, nil
}
