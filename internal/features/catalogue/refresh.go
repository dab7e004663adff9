package catalogue

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"math/rand/v2"
	"time"

	"commun/internal/core/commons"
	"commun/internal/core/people"
	"commun/internal/platform/fault"
	"commun/internal/platform/gitrepo"
	"commun/internal/platform/jobs"
	"commun/internal/platform/storage"
)

// Remark is something that an import noticed. One about publiccode.yml has its place in the file and its sentences; one of the catalogue's own
// has a message key in Code.
type Remark struct {
	File     string            `json:"file,omitempty"`
	Severity string            `json:"severity"` // "error" or "warning"
	Line     int               `json:"line,omitempty"`
	Column   int               `json:"column,omitempty"`
	Key      string            `json:"key,omitempty"` // of the file
	Code     string            `json:"code"`
	Args     map[string]any    `json:"args,omitempty"`
	Text     map[string]string `json:"text,omitempty"` // by language; empty when Code is a message key
}

// Facts is what the repository has, besides the values of fields: paths are relative to its root.
type Facts struct {
	Files    map[string]string `json:"files,omitempty"` // "readme", "licence", "contributing", "conduct", "governance", "security", "changelog", "publiccode"
	Releases int               `json:"releases"`        // tags that look like a version
	Tags     int               `json:"tags"`
	Valid    bool              `json:"valid"`              // its publiccode.yml is valid by the version that it declares
	Standard string            `json:"standard,omitempty"` // that version
	Coverage float64           `json:"coverage,omitempty"` // share of the licence file that is the licence's own text
}

// Refreshed is when a commons was last read from its repository, and what came of it. Times are UTC microseconds, 0 for never.
type Refreshed struct {
	Commons              string
	Job                  string // the last import: waits, runs or ended
	TriedAt, SucceededAt int64
	Failures             int // in a row
	Head, Branch         string
	Bytes                int64
	Fault                *jobs.Fault // why the last try failed; nil when it did not
	GoneSince            int64
	MovedFrom, MovedTo   string // the address that was left, and the one that answers now
	MovedAt, ForcedAt    int64  // ForcedAt: the history was last rewritten
	Remarks              []Remark
	Facts                Facts
	trusted              bool
}

// About returns what is known of the refreshes of a commons, under the rule by which the commons itself is seen.
func (s *Service) About(ctx context.Context, by people.Actor, id string) (Refreshed, error) {
	c, err := s.Commons.ByID(ctx, by, id)
	if err != nil {
		return Refreshed{}, err
	}
	return s.AboutRead(ctx, by, c)
}

// AboutRead is About for who has read the commons already: it is not read again.
func (s *Service) AboutRead(ctx context.Context, by people.Actor, c commons.Commons) (Refreshed, error) {
	if !c.SeenBy(by) {
		return Refreshed{}, fault.Missing("commons.no_such_commons")
	}
	r, err := s.refreshOf(ctx, c.ID)
	if !by.IsAdmin() && !by.Has(c.ID, people.Steward) {
		r.hidePaths()
	}
	return r, err
}

// hidePaths takes folders of this machine out of what visitors see.
func (r *Refreshed) hidePaths() {
	for _, p := range []*string{&r.MovedFrom, &r.MovedTo} {
		if a, err := gitrepo.Parse(*p); err == nil && a.Path() != "" {
			*p = ""
		}
	}
}

const refreshColumns = `commons, trusted, job, tried_at, succeeded_at, failures, head, branch, bytes, fault, gone_since, moved_from, moved_to,
	moved_at, forced_at, remarks, facts`

// refreshOf reads the row of a commons; one without a row was never tried.
func (s *Service) refreshOf(ctx context.Context, id string) (Refreshed, error) {
	r, err := scanRefresh(s.DB.QueryRow(ctx, `SELECT `+refreshColumns+` FROM catalogue_refreshes WHERE commons = $1`, id))
	if errors.Is(err, storage.ErrNoRows) {
		return Refreshed{Commons: id}, nil
	}
	if err != nil {
		return r, fmt.Errorf("read refresh of %s: %w", id, err)
	}
	return r, nil
}

func scanRefresh(row storage.Scanner) (Refreshed, error) {
	var r Refreshed
	var trusted int64
	var failed, remarks, facts string
	err := row.Scan(&r.Commons, &trusted, &r.Job, &r.TriedAt, &r.SucceededAt, &r.Failures, &r.Head, &r.Branch, &r.Bytes, &failed, &r.GoneSince,
		&r.MovedFrom, &r.MovedTo, &r.MovedAt, &r.ForcedAt, &remarks, &facts)
	if err != nil {
		return r, err
	}
	r.trusted = trusted != 0
	if r.Fault, err = decodeFault(failed); err != nil {
		return r, err
	}
	if r.Remarks, err = decodeRemarks(remarks); err != nil {
		return r, err
	}
	return r, json.Unmarshal([]byte(facts), &r.Facts)
}

// beginRefresh makes the row of a commons; trust once given stays: an administrator vouched for the address.
func beginRefresh(ctx context.Context, tx *storage.Tx, id string, trusted bool) error {
	_, err := tx.Exec(ctx, `INSERT INTO catalogue_refreshes (commons, trusted) VALUES ($1, $2)
		ON CONFLICT (commons) DO UPDATE SET trusted = CASE WHEN EXCLUDED.trusted > catalogue_refreshes.trusted THEN EXCLUDED.trusted
			ELSE catalogue_refreshes.trusted END`, id, trusted)
	if err != nil {
		return fmt.Errorf("begin refreshes of %s: %w", id, err)
	}
	return nil
}

func noteJob(ctx context.Context, tx *storage.Tx, id, job string) error {
	_, err := tx.Exec(ctx, `INSERT INTO catalogue_refreshes (commons, job) VALUES ($1, $2) ON CONFLICT (commons) DO UPDATE SET job = EXCLUDED.job`, id, job)
	return err
}

// noteSuccess stores what an import found, within its transaction.
func noteSuccess(ctx context.Context, tx *storage.Tx, r Refreshed) error {
	remarks, err := json.Marshal(r.Remarks)
	if err != nil {
		return fmt.Errorf("encode remarks: %w", err)
	}
	facts, err := json.Marshal(r.Facts)
	if err != nil {
		return fmt.Errorf("encode facts: %w", err)
	}
	_, err = tx.Exec(ctx, `INSERT INTO catalogue_refreshes (commons, job, tried_at, succeeded_at, head, branch, bytes, moved_from, moved_to, moved_at,
			forced_at, remarks, facts) VALUES ($1,$2,$3,$3,$4,$5,$6,$7,$8,$9,$10,$11,$12)
		ON CONFLICT (commons) DO UPDATE SET tried_at = EXCLUDED.tried_at, succeeded_at = EXCLUDED.succeeded_at, failures = 0, fault = '', gone_since = 0,
			head = EXCLUDED.head, branch = EXCLUDED.branch, bytes = EXCLUDED.bytes, moved_from = EXCLUDED.moved_from, moved_to = EXCLUDED.moved_to,
			moved_at = EXCLUDED.moved_at, forced_at = EXCLUDED.forced_at, remarks = EXCLUDED.remarks, facts = EXCLUDED.facts`,
		r.Commons, r.Job, r.SucceededAt, r.Head, r.Branch, r.Bytes, r.MovedFrom, r.MovedTo, r.MovedAt, r.ForcedAt, string(remarks), string(facts))
	if err != nil {
		return fmt.Errorf("note import of %s: %w", r.Commons, err)
	}
	return nil
}

// noteFailure stores why a try failed, unless the job is another run's by now, whose word it would take back. What was known before stays: the
// page says that it is as of the last success.
func (s *Service) noteFailure(ctx context.Context, run *jobs.Run, id string, cause error) error {
	now, gone := storage.Now(), int64(0)
	switch gitrepo.KeyOf(cause) {
	case gitrepo.KeyGone, gitrepo.KeyNotFound:
		gone = now
	}
	text, err := encodeFault(faultOf(cause))
	if err != nil {
		return err
	}
	return s.DB.Maintain(ctx, func(tx *storage.Tx) error {
		_, err := tx.Exec(ctx, `INSERT INTO catalogue_refreshes (commons, tried_at, failures, fault, gone_since) VALUES ($1,$2,1,$3,$4)
			ON CONFLICT (commons) DO UPDATE SET tried_at = EXCLUDED.tried_at, failures = catalogue_refreshes.failures + 1, fault = EXCLUDED.fault,
				gone_since = CASE WHEN EXCLUDED.gone_since > 0 AND catalogue_refreshes.gone_since > 0 THEN catalogue_refreshes.gone_since
					ELSE EXCLUDED.gone_since END`, id, now, text, gone)
		if err != nil {
			return err
		}
		return run.Hold(ctx, tx)
	})
}

// dueJob queues the imports of commons that were not read for as long as the settings say; each failure in a row doubles that, up to sixteen
// times. A bounded number at once, spread over the time until it is called again, so that no forge sees a thousand clones in a minute.
func (s *Service) dueJob(ctx context.Context, _ *jobs.Run) error {
	settings, err := s.Settings(ctx)
	if err != nil {
		return err
	}
	every, now := (time.Duration(settings.Refresh) * time.Hour).Microseconds(), storage.Now()
	if err := s.sweepLetters(ctx, now-sweepAfter.Microseconds()); err != nil {
		return err
	}
	due, err := s.due(ctx, now, every)
	if err != nil || len(due) == 0 {
		return err
	}
	list, err := s.Commons.ByIDs(ctx, due)
	if err != nil {
		return err
	}
	for _, c := range list {
		if c.State != commons.Merged {
			continue
		}
		if err := s.Mirror(c.ID).Remove(); err != nil { // its repository is read for the commons that it was merged into
			s.Log.Warn("mirror of a merged commons stays", "commons", c.ID, "err", err)
		}
	}
	return s.DB.Maintain(ctx, func(tx *storage.Tx) error {
		for i, c := range list {
			if _, ok := c.Main(); !ok || c.State != commons.Active {
				// looked at again after another interval, so that it does not stand before those that can be read
				if _, err := tx.Exec(ctx, `UPDATE catalogue_refreshes SET tried_at = $1 WHERE commons = $2`, now, c.ID); err != nil {
					return err
				}
				continue
			}
			wait := dueEvery*time.Duration(i)/time.Duration(len(list)) + rand.N(dueEvery/dueBatch)
			if _, err := s.enqueueImport(ctx, tx, c.ID, jobs.Job{RunAt: time.Now().Add(wait)}); err != nil {
				return err
			}
		}
		return nil
	})
}

// due returns up to dueBatch commons that are due, those that were tried the longest ago first.
func (s *Service) due(ctx context.Context, now, every int64) ([]string, error) {
	var ids []string
	tried, after := int64(-1), ""
	for {
		rows, err := s.DB.Query(ctx, `SELECT commons, tried_at, failures FROM catalogue_refreshes WHERE tried_at < $1 AND (tried_at, commons) > ($2, $3)
			ORDER BY tried_at, commons LIMIT 500`, now-every, tried, after)
		if err != nil {
			return nil, fmt.Errorf("look for due refreshes: %w", err)
		}
		n := 0
		for rows.Next() {
			var failures int64
			if err := rows.Scan(&after, &tried, &failures); err != nil {
				rows.Close()
				return nil, fmt.Errorf("look for due refreshes: %w", err)
			}
			if n++; tried+every<<min(failures, 4) <= now && len(ids) < dueBatch {
				ids = append(ids, after)
			}
		}
		if err := errors.Join(rows.Err(), rows.Close()); err != nil {
			return nil, fmt.Errorf("look for due refreshes: %w", err)
		}
		if n < 500 || len(ids) == dueBatch {
			return ids, nil
		}
	}
}
