package catalogue

import (
	"context"
	"errors"
	"fmt"
	"path"
	"strings"
	"time"

	"commun/formats/licence"
	"commun/internal/core/commons"
	"commun/internal/core/people"
	"commun/internal/platform/fault"
	"commun/internal/platform/gitrepo"
	"commun/internal/platform/jobs"
	"commun/internal/platform/storage"
)

const (
	keyNoRepository   = "catalogue.no_repository"
	keyNameMissing    = "catalogue.name_missing"
	keyNoField        = "catalogue.no_such_field"
	keyLicenceUnknown = "catalogue.licence_unknown"
)

// Added is what came of an address.
type Added struct {
	Commons commons.Commons
	Existed bool   // some commons had this repository already
	Job     string // the import that runs or waits, for the page to follow; "" when there is none
}

// Add makes a commons of a repository's address, or finds the one that has it, and queues its first import. An address on the web may be
// given by whom the instance's policy lets add; folders, bundles and ssh are the administrator's and the command line's.
// Errors: those of gitrepo.Parse and Policy.Check, and of commons.Create.
func (s *Service) Add(ctx context.Context, by people.Actor, address string) (Added, error) {
	return s.add(ctx, by, address, nil)
}

// add is Add with a further write in the same transaction as the creation.
func (s *Service) add(ctx context.Context, by people.Actor, address string, also func(*storage.Tx, commons.Commons) error) (Added, error) {
	a, err := gitrepo.Parse(address)
	if err != nil {
		return Added{}, err
	}
	trusted := by.IsAdmin()
	if err := s.policy(trusted).Check(a); err != nil {
		return Added{}, err
	}
	draft := commons.Draft{Name: nameOf(a), Home: commons.Home{Key: a.Key(), Address: a.String()}}
	var out Added
	err = retryMeeting(ctx, func() (err error) {
		out.Commons, out.Existed, err = s.Commons.Create(ctx, by, draft, func(tx *storage.Tx, c commons.Commons) error {
			if err := beginRefresh(ctx, tx, c.ID, trusted); err != nil {
				return err
			}
			if out.Job, err = s.enqueueImport(ctx, tx, c.ID, jobs.Job{}); err != nil {
				return err
			}
			if also != nil {
				return also(tx, c)
			}
			return nil
		})
		return err
	})
	if err != nil {
		return Added{}, err
	}
	if out.Existed {
		out.Job, err = s.again(ctx, out.Commons, trusted)
	}
	return out, err
}

// again queues the import of a commons that was asked for before and never came in: who gives the address again wants it tried again.
func (s *Service) again(ctx context.Context, c commons.Commons, trusted bool) (job string, err error) {
	r, err := s.refreshOf(ctx, c.ID)
	if err != nil || r.SucceededAt > 0 || c.State == commons.Merged {
		return "", err
	}
	err = s.DB.Maintain(ctx, func(tx *storage.Tx) error {
		if err := beginRefresh(ctx, tx, c.ID, trusted); err != nil {
			return err
		}
		job, err = s.enqueueImport(ctx, tx, c.ID, jobs.Job{})
		return err
	})
	if err == nil {
		err = s.hasten(ctx, job)
	}
	return job, err
}

// retryMeeting runs op again when it met another that added the same repository, or a name that gives the same address, at that moment.
func retryMeeting(ctx context.Context, op func() error) error {
	var err error
	for range 5 {
		if err = op(); err == nil || ctx.Err() != nil || !storage.IsUnique(err) && fault.KindOf(err) != fault.ConflictKind {
			return err
		}
	}
	return err
}

// importArgs is the argument of an import: which commons. Its address is looked up, since it may change while the job waits.
type importArgs struct {
	Commons string `json:"commons"`
}

// enqueueImport queues the import of a commons unless one waits or runs. base may say when.
func (s *Service) enqueueImport(ctx context.Context, tx *storage.Tx, id string, base jobs.Job) (string, error) {
	base.Kind, base.Owner, base.Subject, base.Args, base.Unique = JobImport, id, id, importArgs{id}, JobImport+":"+id
	job, _, err := s.Queue.Enqueue(ctx, tx, base)
	if err == nil {
		err = noteJob(ctx, tx, id, job)
	}
	return job, err
}

// nameOf is what a commons is called until its repository says better: the last part of its address.
func nameOf(a gitrepo.Address) string {
	name := strings.TrimRight(a.Key(), "/")
	if i := strings.LastIndexAny(name, "/:"); i >= 0 {
		name = name[i+1:]
	}
	if a.Kind() == gitrepo.Bundle {
		name = strings.TrimSuffix(name, path.Ext(name))
	}
	return name
}

// FormValue is one field of a form, checked by CleanForm: Value is a string, []string, []commons.Party or bool, as the field's shape asks.
type FormValue struct {
	Field, Lang string
	Value       any
}

// CleanForm turns what a person typed into values of fields, and gives every fault at its field. A licence is normalised; one that is no SPDX
// expression is refused, with what may be meant.
func CleanForm(form []FormValue) ([]commons.Value, error) {
	var values []commons.Value
	var faults fault.List
	for _, v := range form {
		name := commons.FormName(v.Field, v.Lang)
		f, ok := commons.FieldByName(v.Field)
		if !ok || f.PerLang != (v.Lang != "") {
			faults = append(faults, fault.Invalid(name, keyNoField).With("name", v.Field))
			continue
		}
		if text, ok := v.Value.(string); ok && v.Field == "licence" && strings.TrimSpace(text) != "" {
			expression, err := licence.Normalise(text)
			if err != nil {
				faults = append(faults, licenceFault(name, text, err))
				continue
			}
			v.Value = expression.Current(false).String() // never an identifier that SPDX has withdrawn
		}
		raw, err := f.Clean(name, v.Value)
		if err != nil {
			faults = append(faults, faultsOf(err, name)...)
			continue
		}
		values = append(values, commons.Value{Field: v.Field, Lang: v.Lang, Source: commons.FromPerson, JSON: raw})
	}
	return values, faults.OrNil()
}

// faultsOf returns the faults of err, or one of the program's own making as a fault of the field.
func faultsOf(err error, field string) fault.List {
	if l := fault.Of(err); len(l) > 0 {
		return l
	}
	return fault.List{fault.Invalid(field, "commons.not_readable").Wrap(err)}
}

// licenceFault says that a text names no licence, with what may be meant.
func licenceFault(field, text string, err error) *fault.Error {
	f := fault.Invalid(field, keyLicenceUnknown).With("value", text).With("suggestions", "").Wrap(err)
	if unknown, ok := errors.AsType[*licence.UnknownError](err); ok {
		f = f.With("suggestions", strings.Join(unknown.Suggestions, ", "))
	}
	return f
}

// AddByHand makes a commons that has no repository, from what a person says of it. A name is needed.
func (s *Service) AddByHand(ctx context.Context, by people.Actor, form []FormValue) (commons.Commons, error) {
	values, err := CleanForm(form)
	if err != nil {
		return commons.Commons{}, err
	}
	draft := commons.Draft{}
	for _, v := range values {
		if v.JSON == nil {
			continue
		}
		if draft.Values = append(draft.Values, v); v.Field == "name" {
			draft.Name = v.Text()
		}
	}
	if draft.Name == "" {
		return commons.Commons{}, fault.Invalid("name", keyNameMissing)
	}
	var c commons.Commons
	err = retryMeeting(ctx, func() (err error) {
		c, _, err = s.Commons.Create(ctx, by, draft, nil)
		return err
	})
	return c, err
}

// Refresh queues the import of a commons, unless one is under way, and returns its job. One that waits for its time (a failure before, a
// refresh that is due) begins now: who asks has mended something, most likely. For who may edit it.
func (s *Service) Refresh(ctx context.Context, by people.Actor, id string) (job string, err error) {
	if err := by.May(ActRefresh, id); err != nil {
		return "", err
	}
	c, err := s.Commons.ByID(ctx, by, id)
	if err != nil {
		return "", err
	}
	if _, ok := c.Main(); !ok {
		return "", fault.Invalid("", keyNoRepository)
	}
	err = s.DB.Maintain(ctx, func(tx *storage.Tx) error {
		job, err = s.enqueueImport(ctx, tx, id, jobs.Job{})
		return err
	})
	if err == nil {
		err = s.hasten(ctx, job)
	}
	if err != nil {
		return "", fmt.Errorf("queue refresh of %s: %w", id, err)
	}
	return job, nil
}

// hasten begins a job that waits for its time. Cancelled and queued again it is as good as new: what failed before no longer counts. When it
// began by itself meanwhile, there is nothing to do.
func (s *Service) hasten(ctx context.Context, job string) error {
	j, err := s.Queue.Get(ctx, job)
	if err != nil || j.State != jobs.Queued || j.RunAt < storage.Now()+time.Second.Microseconds() { // one that is about to begin is let be
		return err
	}
	if err = s.Queue.Cancel(ctx, job); err == nil {
		err = s.Queue.Retry(ctx, job)
	}
	if fault.KindOf(err) == fault.ConflictKind {
		return nil
	}
	return err
}
