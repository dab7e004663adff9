package site

import (
	"context"
	"slices"

	"commun/internal/core/commons"
	"commun/internal/core/journal"
	"commun/internal/core/people"
	"commun/internal/platform/i18n"
)

// takenOut says that an update from the repository was undone, by whom and when, and which fields do not show what the repository says since. Entry is
// the undo: undoing it shows the repository's word again.
type takenOut struct {
	Entry, By string
	At        int64
	Fields    []string
}

// maxTakenOut is how many undone updates a page names.
const maxTakenOut = 3

// takenOut finds the undone updates that a commons still holds back, the last first. The value that holds a word back names the revision; the entry of
// that revision says who and when, so that who is forgotten is forgotten here too.
func (p *Pages) takenOut(ctx context.Context, by people.Actor, l *i18n.Localizer, c commons.Commons) ([]takenOut, error) {
	fields := map[int64][]string{}
	var revisions []int64
	for _, v := range c.Values {
		n := v.UndoneAt()
		if n == 0 {
			continue
		}
		if !slices.Contains(revisions, n) {
			revisions = append(revisions, n)
		}
		if name := FieldName(l, v.Field, v.Lang); !slices.Contains(fields[n], name) {
			fields[n] = append(fields[n], name)
		}
	}
	slices.Sort(revisions)
	slices.Reverse(revisions)
	var list []takenOut
	for _, n := range revisions[:min(len(revisions), maxTakenOut)] {
		entries, err := p.Journal.History(ctx, journal.Object{Kind: commons.ObjectKind, ID: c.ID}, n+1)
		if err != nil {
			return nil, err
		}
		if len(entries) == 0 || entries[0].Revision != n {
			continue
		}
		lines, err := p.Record.Lines(ctx, by, l.Lang(), entries[:1])
		if err != nil {
			return nil, err
		}
		list = append(list, takenOut{Entry: entries[0].ID, By: lines[0].ByText(l), At: entries[0].At, Fields: fields[n]})
	}
	return list, nil
}
