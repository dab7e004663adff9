package catalogue

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"os"
	"slices"

	"commun/internal/core/commons"
	"commun/internal/platform/fault"
	"commun/internal/platform/gitrepo"
	"commun/internal/platform/jobs"
	"commun/internal/platform/storage"
)

// importJob reads one repository and stores what it says. It can be killed at any moment: the mirror is whole or absent, and the values, what
// is known of the refresh, and the end of the job are one transaction.
func (s *Service) importJob(ctx context.Context, run *jobs.Run) error {
	var args importArgs
	if err := run.Decode(&args); err != nil {
		return err
	}
	c, err := s.Commons.ByID(ctx, importer, args.Commons)
	if err != nil {
		return err
	}
	home, ok := c.Main()
	if !ok || c.State == commons.Merged {
		return nil // merged or emptied since it was queued
	}
	err = s.importOne(ctx, run, c, home)
	if err != nil && ctx.Err() == nil && !errors.Is(err, jobs.ErrLost) {
		if noted := s.noteFailure(ctx, run, c.ID, err); noted != nil {
			return errors.Join(err, noted)
		}
	}
	return err
}

func (s *Service) importOne(ctx context.Context, run *jobs.Run, c commons.Commons, home commons.Home) error {
	before, err := s.refreshOf(ctx, c.ID)
	if err != nil {
		return err
	}
	address, err := gitrepo.Parse(home.Address)
	if err != nil {
		return err
	}
	if err := os.MkdirAll(s.Cache, 0o750); err != nil {
		return fmt.Errorf("make the folder of mirrors: %w", err)
	}
	mirror, policy := s.Mirror(c.ID), s.policy(before.trusted)
	s.Detector.Warm() // a second of work, if it is not ready: done by the time the repository is here
	progress := func(p gitrepo.Progress) { run.Progress(string(p.Phase), p.Done, p.Total) }
	res, err := mirror.Update(ctx, address, policy, progress)
	if err != nil {
		return err
	}
	run.Progress("reading", 0, 0)
	found, err := s.read(ctx, c.ID, mirror.Dir, res.Final)
	if gitrepo.KeyOf(err) == gitrepo.KeyCorrupt { // the copy was damaged since it was checked: once more, anew
		if res, err = mirror.Renew(ctx, address, policy, progress); err == nil {
			found, err = s.read(ctx, c.ID, mirror.Dir, res.Final)
		}
	}
	if err != nil {
		return err
	}
	run.Progress("saving", 0, 0)
	in := commons.Imported{Sources: found.sources, Values: found.values, Name: found.name}
	r := Refreshed{Commons: c.ID, Job: run.ID, SucceededAt: storage.Now(), Head: res.Commit, Branch: res.Branch, Bytes: res.Bytes, Facts: found.facts,
		MovedFrom: before.MovedFrom, MovedTo: before.MovedTo, MovedAt: before.MovedAt, ForcedAt: before.ForcedAt}
	if res.Forced {
		r.ForcedAt = r.SucceededAt
		found.remarks = append(found.remarks, Remark{Severity: "warning", Code: remarkForced})
	}
	if res.Redirected {
		other, err := s.moved(ctx, c, home, res.Final, &in, &r)
		if err != nil {
			return err
		}
		if other.ID != "" && len(c.Values) == 0 {
			// nothing was said of this address yet, so nobody is asked: it is another spelling of a commons that is here
			return s.Commons.Merge(ctx, importer, c.ID, other.ID)
		}
		if other.ID != "" {
			found.remarks = append(found.remarks, Remark{Severity: "warning", Code: remarkOther, Args: map[string]any{"slug": other.Slug}})
		}
	}
	same, err := s.sameHistory(ctx, c, res.Commit)
	if err != nil {
		return err
	}
	if same.ID != "" {
		found.remarks = append(found.remarks, Remark{Severity: "warning", Code: RemarkSame, Args: map[string]any{"name": same.Name(), "slug": same.Slug, "id": same.ID}})
	}
	r.Remarks = found.remarks
	return s.save(ctx, run, c.ID, in, r)
}

// sameHistory returns the oldest public commons that came before c and was last read at the same commit, which holds all that led to it: most likely c is
// the same repository under another address. Whether the two are one is for a person to say.
func (s *Service) sameHistory(ctx context.Context, c commons.Commons, head string) (commons.Commons, error) {
	var none commons.Commons
	rows, err := s.DB.Query(ctx, `SELECT commons FROM catalogue_refreshes WHERE head = $1 AND commons <> $2 ORDER BY commons LIMIT 20`, head, c.ID)
	if err != nil {
		return none, fmt.Errorf("look for the history of %s: %w", c.ID, err)
	}
	defer rows.Close()
	var ids []string
	for rows.Next() {
		var id string
		if err := rows.Scan(&id); err != nil {
			return none, err
		}
		ids = append(ids, id)
	}
	if err := errors.Join(rows.Err(), rows.Close()); err != nil || len(ids) == 0 {
		return none, err
	}
	list, err := s.Commons.ByIDs(ctx, ids)
	if err != nil {
		return none, err
	}
	before := func(a, b commons.Commons) int {
		return cmp.Or(cmp.Compare(a.CreatedAt, b.CreatedAt), cmp.Compare(a.ID, b.ID))
	}
	list = slices.DeleteFunc(list, func(o commons.Commons) bool {
		return o.State != commons.Active && o.State != commons.Archived || before(o, c) > 0
	})
	if len(list) == 0 {
		return none, nil
	}
	return slices.MinFunc(list, before), nil
}

// moved makes the address that answered the commons' main one, so that both spellings are this commons. When it belongs to another commons
// already, that one is returned: whether the two are one is for a person to say, once something was said of both.
func (s *Service) moved(ctx context.Context, c commons.Commons, home commons.Home, to gitrepo.Address, in *commons.Imported, r *Refreshed) (other commons.Commons, err error) {
	owner, err := s.Commons.ByHome(ctx, importer, to.Key())
	switch {
	case err == nil && owner.ID != c.ID:
		return owner, nil
	case err != nil && fault.KindOf(err) != fault.MissingKind:
		return other, err
	}
	in.Homes = append(in.Homes, commons.Home{Key: to.Key(), Address: to.String(), Main: true})
	r.MovedFrom, r.MovedTo, r.MovedAt = home.Address, to.String(), r.SucceededAt
	return other, nil
}

// save stores what was found, with an entry when it changed anything, and completes the job in the same transaction.
func (s *Service) save(ctx context.Context, run *jobs.Run, id string, in commons.Imported, r Refreshed) error {
	return retryMeeting(ctx, func() error {
		finish := func(tx *storage.Tx) error {
			if err := noteSuccess(ctx, tx, r); err != nil {
				return err
			}
			for _, hook := range s.hooks {
				if err := hook(ctx, tx, id); err != nil {
					return fmt.Errorf("after import of %s: %w", id, err)
				}
			}
			return run.Done(ctx, tx)
		}
		changed, err := s.Commons.Import(ctx, importer, id, in, func(tx *storage.Tx, _ commons.Commons) error { return finish(tx) })
		if err != nil || changed {
			return err
		}
		return s.DB.Maintain(ctx, finish)
	})
}

// argOf returns an argument of the first fault that err holds.
func argOf(err error, name string) (any, bool) {
	if l := fault.Of(err); len(l) > 0 {
		v, ok := l[0].Args[name]
		return v, ok
	}
	return nil, false
}
