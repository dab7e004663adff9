// Package vitality says who keeps a commons alive, from the history of its repository. It has the engine githistory measure the bare copy that
// the catalogue keeps, stores the figures, and gives them out as findings, tables and files. There is no composite score, ever: readers of such
// scores could not tell why they moved.
//
// Figures are derived: they can be measured again at any time, so they are upkeep, without an entry in the journal. E-mail addresses never
// leave the saved history; persons who were forgotten are taken out of every result, and no history that holds them is kept on disk.
//
// Neighbours: engines/githistory measures; package catalogue hands over the copies through Mirrors; pages are in site, files and the terminal
// in report.
package vitality

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"sync"
	"time"

	"commun/engines/githistory"
	"commun/engines/githistory/gitexec"
	"commun/internal/core/journal"
	"commun/internal/core/people"
	"commun/internal/platform/fault"
	"commun/internal/platform/jobs"
	"commun/internal/platform/storage"
)

// JobMeasure is the kind of job that measures one commons.
const JobMeasure = "vitality.measure"

// Mirrors gives the folder of the bare copy of a commons' repository.
type Mirrors func(commons string) (dir string)

// Options is what the service is built from.
type Options struct {
	DB      *storage.DB
	Queue   *jobs.Queue
	Mirrors Mirrors
	// Forgotten returns what says whether a name or an address is one that was forgotten, everywhere or in one commons.
	Forgotten func(ctx context.Context, commons string) (func(string) bool, error)
	Cache     string // a folder for saved histories; what is in it can be read again
	Log       *slog.Logger
}

// Service measures, and gives out what was measured.
type Service struct{ Options }

// New returns the service and registers its kind of job.
func New(o Options) *Service {
	s := &Service{o}
	s.Queue.Register(jobs.Kind{Name: JobMeasure, MaxAttempts: 3, Timeout: time.Hour, AtOnce: 1, Handle: s.measure})
	return s
}

// Migrations returns the tables of figures, and of what is said of them in brief: one row a commons.
func Migrations() storage.Migrations {
	return storage.Migrations{Owner: "vitality", Upkeep: []string{"vitality_results", "vitality_briefs"}, Derived: []string{"vitality_briefs"},
		Steps: []storage.Step{{Name: "results", SQL: storage.Both(`
		CREATE TABLE vitality_results (commons TEXT PRIMARY KEY, head TEXT NOT NULL, measured_at BIGINT NOT NULL, lines_pending BIGINT NOT NULL,
			result TEXT NOT NULL)`)}, {Name: "briefs", SQL: storage.Both(`
		CREATE TABLE vitality_briefs (commons TEXT PRIMARY KEY, measured_at BIGINT NOT NULL, lines_pending BIGINT NOT NULL, brief TEXT NOT NULL)`)}}}
}

// Measured is what was measured of a commons.
type Measured struct {
	githistory.Result
	At time.Time
}

// ErrNotMeasured says that a commons has no figures yet.
var ErrNotMeasured = fault.Missing("vitality.not_measured")

// Of returns the figures of a commons. Who may see the commons may see them: the caller has looked.
func (s *Service) Of(ctx context.Context, commons string) (Measured, error) {
	var m Measured
	var text string
	var at, pending int64
	err := s.DB.QueryRow(ctx, `SELECT result, measured_at, lines_pending FROM vitality_results WHERE commons = $1`, commons).Scan(&text, &at, &pending)
	if errors.Is(err, sql.ErrNoRows) {
		return m, ErrNotMeasured
	}
	if err == nil {
		err = json.Unmarshal([]byte(text), &m.Result)
	}
	if err != nil {
		return m, fmt.Errorf("read figures of %s: %w", commons, err)
	}
	m.At, m.LinesPending = storage.Time(at), pending != 0
	return m, nil
}

// QueueMeasure queues a measure in the transaction that ends an import. It is the catalogue's hook.
func (s *Service) QueueMeasure(ctx context.Context, tx *storage.Tx, commons string) error {
	_, _, err := s.Queue.Enqueue(ctx, tx, jobs.Job{Kind: JobMeasure, Owner: commons, Subject: commons, Unique: JobMeasure + ":" + commons})
	return err
}

// again is the argument of a measure that no import queued: a copy of the repository may not be here any more.
type again struct {
	Again bool `json:"again"`
}

// queueAgain queues a measure of what was measured before.
func (s *Service) queueAgain(ctx context.Context, tx *storage.Tx, commons string) error {
	_, _, err := s.Queue.Enqueue(ctx, tx, jobs.Job{Kind: JobMeasure, Owner: commons, Subject: commons, Args: again{true}, Unique: JobMeasure + ":again:" + commons})
	return err
}

// open opens the copy. When it went since the figures were made (forgetting a person removes the copies that hold her), there is nothing to measure until
// the next refresh, which fetches it and measures: gone says so, and nobody did wrong.
func (s *Service) open(run *jobs.Run) (git *gitexec.Repo, gone bool, err error) {
	git, err = gitexec.OpenExact(s.Mirrors(run.Owner))
	if !errors.Is(err, githistory.ErrNotRepository) {
		return git, false, err
	}
	var args again
	if decoded := run.Decode(&args); decoded != nil || !args.Again {
		return nil, false, errors.Join(err, decoded)
	}
	return nil, true, nil
}

// measure is the job: it reads what is new in the copy, shows the figures that need no lines while lines are counted, and stores all.
func (s *Service) measure(ctx context.Context, run *jobs.Run) error {
	git, gone, err := s.open(run)
	if err != nil || gone {
		return why(err)
	}
	forgotten, err := s.Forgotten(ctx, run.Owner)
	if err != nil {
		return err
	}
	previous := s.load(run.Owner)
	reading, stop := context.WithCancelCause(ctx)
	defer stop(nil)
	var storing sync.WaitGroup // of the early figures, beside the counting of lines
	defer storing.Wait()
	h, err := githistory.Read(reading, git, githistory.Options{Previous: previous,
		Progress: func(p githistory.Progress) { run.Progress(string(p.Phase), int64(p.Done), int64(p.Total)) },
		Early: func(early *githistory.History) {
			if previous != nil {
				return // the figures that stand are nearer to the truth than new ones without lines
			}
			res := early.Measure(githistory.View{})
			withoutForgotten(res, forgotten)
			storing.Go(func() {
				err := s.put(ctx, run.Owner, res, run.Hold)
				if errors.Is(err, jobs.ErrLost) {
					stop(err) // another run measures: there is nothing more to do here
				} else if err != nil && ctx.Err() == nil {
					s.Log.Warn("store early figures", "commons", run.Owner, "error", err)
				}
			})
		},
	})
	storing.Wait() // so that they cannot come after the final ones
	if cause := context.Cause(reading); cause != nil {
		return cause
	}
	if err != nil {
		return why(err)
	}
	res := h.Measure(githistory.View{})
	if withoutForgotten(res, forgotten) {
		s.forgetFile(run.Owner)
	} else if err := s.save(run.Owner, h); err != nil {
		s.Log.Warn("keep the history for the next time", "commons", run.Owner, "error", err)
	}
	return s.put(ctx, run.Owner, res, run.Done)
}

// why turns what is wrong with a repository into a fault that a person can act on.
func why(err error) error {
	for is, key := range map[error]string{
		githistory.ErrEmpty: "vitality.empty", githistory.ErrNoBranch: "vitality.empty", githistory.ErrCorrupt: "vitality.corrupt",
		githistory.ErrNotRepository: "vitality.no_copy",
	} {
		if errors.Is(err, is) {
			return fault.Invalid("", key).Wrap(err)
		}
	}
	return err
}

// put stores figures. also is done last in the same transaction: it completes the job, or makes sure that the run still holds it, and fails
// when another run was given it, which may have stored newer figures.
func (s *Service) put(ctx context.Context, commons string, res *githistory.Result, also func(context.Context, *storage.Tx) error) error {
	text, err := json.Marshal(res)
	if err != nil {
		return fmt.Errorf("encode figures: %w", err)
	}
	pending := 0
	if res.LinesPending {
		pending = 1
	}
	return s.DB.Maintain(ctx, func(tx *storage.Tx) error {
		at := storage.Now()
		_, err := tx.Exec(ctx, `INSERT INTO vitality_results (commons, head, measured_at, lines_pending, result) VALUES ($1, $2, $3, $4, $5)
			ON CONFLICT (commons) DO UPDATE SET head = EXCLUDED.head, measured_at = EXCLUDED.measured_at, lines_pending = EXCLUDED.lines_pending,
			result = EXCLUDED.result`, commons, res.Repository.Head, at, pending, string(text))
		if err == nil {
			err = putBrief(ctx, tx, commons, at, pending, res)
		}
		if err == nil {
			err = also(ctx, tx)
		}
		return err
	})
}

// withoutForgotten takes names that were forgotten out of a result, whose figures stay, and says whether there were any.
func withoutForgotten(res *githistory.Result, forgotten func(string) bool) bool {
	found := false
	for i, c := range res.Contributors {
		if forgotten(c.Name) || forgotten(c.Email) {
			res.Contributors[i].Name, res.Contributors[i].Email, found = "", "", true
		}
	}
	return found
}

func (s *Service) file(commons string) string { return filepath.Join(s.Cache, commons+".history") }

// load returns the saved history, or nil: then all is read anew.
func (s *Service) load(commons string) *githistory.History {
	f, err := os.Open(s.file(commons))
	if err != nil {
		return nil
	}
	defer func() { _ = f.Close() }() // read only
	h, err := githistory.Load(f)
	if err != nil {
		s.Log.Warn("saved history is not used", "commons", commons, "error", err)
		return nil
	}
	return h
}

// save keeps the history for the next measure, whole or not at all.
func (s *Service) save(commons string, h *githistory.History) error {
	if err := os.MkdirAll(s.Cache, 0o700); err != nil {
		return err
	}
	f, err := os.CreateTemp(s.Cache, commons+".*")
	if err != nil {
		return err
	}
	err = errors.Join(h.Save(f), f.Close())
	if err == nil {
		err = os.Rename(f.Name(), s.file(commons))
	}
	if err != nil {
		return errors.Join(err, os.Remove(f.Name()))
	}
	return nil
}

func (s *Service) forgetFile(commons string) {
	if err := os.Remove(s.file(commons)); err != nil && !errors.Is(err, os.ErrNotExist) {
		s.Log.Error("remove a saved history that holds a forgotten person", "commons", commons, "error", err)
	}
}

// Eraser returns what takes a forgotten person out of the figures and the saved histories.
func (s *Service) Eraser() people.Eraser {
	return func(ctx context.Context, tx *storage.Tx, t *people.Traces) ([]journal.Entry, error) {
		rows, err := tx.Query(ctx, `SELECT commons, result FROM vitality_results ORDER BY commons`)
		if err != nil {
			return nil, err
		}
		defer rows.Close()
		changed, all := map[string]string{}, []string{}
		for rows.Next() {
			var id, text string
			if err := rows.Scan(&id, &text); err != nil {
				return nil, err
			}
			all = append(all, id)
			var res githistory.Result
			if err := json.Unmarshal([]byte(text), &res); err != nil {
				return nil, fmt.Errorf("read figures of %s: %w", id, err)
			}
			if !s.without(t, id, &res) {
				continue
			}
			b, err := json.Marshal(res)
			if err != nil {
				return nil, err
			}
			changed[id] = string(b)
		}
		if err := errors.Join(rows.Err(), rows.Close()); err != nil || t.Looking {
			return nil, err
		}
		// a result holds no addresses, so all are measured again: that takes out who is known by an address under another name
		for _, id := range all {
			if err := s.queueAgain(ctx, tx, id); err != nil {
				return nil, err
			}
		}
		for id, text := range changed {
			if _, err := tx.Exec(ctx, `UPDATE vitality_results SET result = $1 WHERE commons = $2`, text, id); err != nil {
				return nil, err
			}
		}
		// histories hold addresses that no result shows, so all of them are read anew
		tx.AfterCommit(func() {
			if err := os.RemoveAll(s.Cache); err != nil {
				s.Log.Error("remove saved histories", "error", err)
			}
		})
		return nil, nil
	}
}

// without takes a person's names out of a result, and says whether there were any that may go. Whose name stands beside her address says the saved
// history; without one that waits for the next measure, which knows the address.
func (s *Service) without(t *people.Traces, id string, res *githistory.Result) bool {
	at := people.At{Object: journal.Object{Kind: "commons", ID: id}, Field: "vitality"}
	var emails []string
	found := false
	for i, c := range res.Contributors {
		if !t.Called(c.Name) {
			continue
		}
		if emails == nil {
			emails = s.emails(id, res)
		}
		if t.Name(at, c.Name, i < len(emails) && t.IsAddress(emails[i])) != c.Name {
			res.Contributors[i].Name, found = "", true
		}
	}
	return found
}

// emails returns the addresses of a result's contributors, in their order, as the saved history has them; one that is of another time has none.
func (s *Service) emails(id string, res *githistory.Result) []string {
	list := []string{}
	h := s.load(id)
	if h == nil || h.Head != res.Repository.Head {
		return list
	}
	again := h.Measure(githistory.View{})
	if len(again.Contributors) != len(res.Contributors) {
		return list
	}
	for _, c := range again.Contributors {
		list = append(list, c.Email)
	}
	return list
}
