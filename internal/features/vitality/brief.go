package vitality

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"commun/engines/githistory"
	"commun/internal/platform/storage"
)

// brief is the little that the panel of a commons' page says of its figures: a hundredth of them, so that the page need not decode all. It names
// nobody. It is made of the figures and stored beside them, in a table of its own: behind the figures in their row, reading it would read them.
type brief struct {
	Repository githistory.Repository `json:"repository"`
	Windows    githistory.Windows    `json:"windows"`
	Rhythm     githistory.Rhythm     `json:"rhythm"`
	Missing    githistory.Missing    `json:"missing"`
	Rewritten  bool                  `json:"rewritten,omitempty"`
	Changed    time.Time             `json:"changed,omitzero"` // when a person last changed something
	Releases   int                   `json:"releases"`         // without pre-releases
	Last       *githistory.Release   `json:"last,omitempty"`   // of these
	First      string                `json:"first,omitempty"`  // the first month of the history
	From       string                `json:"from,omitempty"`   // the month of Active[0]
	Active     []int                 `json:"active,omitempty"` // people by month, without a gap
}

const monthLayout = "2006-01"

// briefOf reduces figures.
func briefOf(res *githistory.Result) brief {
	b := brief{Repository: res.Repository, Windows: res.Windows, Rhythm: res.Rhythm, Missing: res.Missing, Rewritten: res.Rewritten}
	for _, c := range res.Contributors {
		if !c.Bot && c.Last.After(b.Changed) {
			b.Changed = c.Last
		}
	}
	for _, r := range res.Releases {
		if !r.Prerelease {
			b.Releases, b.Last = b.Releases+1, &r
		}
	}
	if len(res.Months) == 0 {
		return b
	}
	b.First = res.Months[0].Month
	since := res.Windows.ThreeYears.From.UTC().Format(monthLayout) // all months when the window has no beginning
	for _, m := range res.Months {
		if m.Month < since {
			continue
		}
		if b.From == "" {
			b.From = m.Month
		}
		at := monthsBetween(b.From, m.Month)
		for len(b.Active) <= at {
			b.Active = append(b.Active, 0)
		}
		b.Active[at] = m.Active
	}
	return b
}

// result gives back as much of the figures as there is in b.
func (b brief) result() githistory.Result {
	res := githistory.Result{Repository: b.Repository, Windows: b.Windows, Rhythm: b.Rhythm, Missing: b.Missing, Rewritten: b.Rewritten}
	if !b.Changed.IsZero() {
		res.Contributors = []githistory.Contributor{{Last: b.Changed}}
	}
	if b.Last != nil {
		res.Releases = make([]githistory.Release, b.Releases)
		res.Releases[b.Releases-1] = *b.Last
	}
	if b.First != "" && b.First != b.From {
		res.Months = append(res.Months, githistory.Month{Month: b.First})
	}
	from, _ := time.Parse(monthLayout, b.From) // what briefOf wrote; without months it is not looked at
	for i, n := range b.Active {
		res.Months = append(res.Months, githistory.Month{Month: from.AddDate(0, i, 0).Format(monthLayout), Active: n})
	}
	return res
}

// monthsBetween counts the months from one to another, as the engine writes them.
func monthsBetween(from, to string) int {
	a, _ := time.Parse(monthLayout, from)
	b, _ := time.Parse(monthLayout, to)
	return 12*(b.Year()-a.Year()) + int(b.Month()) - int(a.Month())
}

// Brief returns as much of the figures as is kept in brief: Repository, Windows, Rhythm, Missing and Rewritten are whole; of Months there are the
// first and those of three years, with Active only; of Releases the last, and how many there are; of Contributors when one last changed something.
// That is all from which Findings of the windows are said, and who was active by month.
func (m Measured) Brief() Measured {
	short := Measured{Result: briefOf(&m.Result).result(), At: m.At}
	short.LinesPending = m.LinesPending
	return short
}

// Brief returns the figures of a commons in brief, see Measured.Brief, without reading them all. Who may see the commons may see them: the caller
// has looked.
func (s *Service) Brief(ctx context.Context, commons string) (Measured, error) {
	var m Measured
	var b brief
	var text string
	var at, pending int64
	err := s.DB.QueryRow(ctx, `SELECT brief, measured_at, lines_pending FROM vitality_briefs WHERE commons = $1`, commons).Scan(&text, &at, &pending)
	if errors.Is(err, storage.ErrNoRows) {
		return s.reduce(ctx, commons)
	}
	if err == nil {
		err = json.Unmarshal([]byte(text), &b)
	}
	if err != nil {
		return m, fmt.Errorf("read brief figures of %s: %w", commons, err)
	}
	m.Result, m.At = b.result(), storage.Time(at)
	m.LinesPending = pending != 0
	return m, nil
}

// reduce makes the brief of figures that were stored without one, before there were briefs or in a backup, and keeps it for the next reader.
func (s *Service) reduce(ctx context.Context, commons string) (Measured, error) {
	m, err := s.Of(ctx, commons)
	if err != nil {
		return m, err
	}
	text, err := json.Marshal(briefOf(&m.Result))
	if err != nil {
		return m, fmt.Errorf("encode brief figures: %w", err)
	}
	err = s.DB.Maintain(ctx, func(tx *storage.Tx) error { // unless others were stored since
		_, err := tx.Exec(ctx, `INSERT INTO vitality_briefs (commons, measured_at, lines_pending, brief)
			SELECT commons, measured_at, lines_pending, $1 FROM vitality_results WHERE commons = $2 AND measured_at = $3
			ON CONFLICT (commons) DO NOTHING`, string(text), commons, storage.Micros(m.At))
		return err
	})
	if err != nil && ctx.Err() == nil {
		s.Log.Warn("store brief figures", "commons", commons, "error", err)
	}
	return m.Brief(), nil
}

// putBrief stores the brief of figures in the transaction that stores them.
func putBrief(ctx context.Context, tx *storage.Tx, commons string, at int64, pending int, res *githistory.Result) error {
	text, err := json.Marshal(briefOf(res))
	if err != nil {
		return fmt.Errorf("encode brief figures: %w", err)
	}
	_, err = tx.Exec(ctx, `INSERT INTO vitality_briefs (commons, measured_at, lines_pending, brief) VALUES ($1, $2, $3, $4)
		ON CONFLICT (commons) DO UPDATE SET measured_at = EXCLUDED.measured_at, lines_pending = EXCLUDED.lines_pending, brief = EXCLUDED.brief`,
		commons, at, pending, string(text))
	return err
}
