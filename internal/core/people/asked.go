package people

import (
	"context"
	"fmt"
	"strings"
	"unicode/utf8"

	"commun/internal/core/journal"
	"commun/internal/platform/fault"
	"commun/internal/platform/jobs"
	"commun/internal/platform/storage"
)

// AskedMail is the job kind that tells one administrator that somebody asks to be forgotten: its Person is the administrator. It has no arguments.
const AskedMail = "people.asked_mail"

// Outcome is what became of a request.
type Outcome string

// The outcomes of a request.
const (
	Open    Outcome = ""
	AllGone Outcome = "all"  // the name was erased everywhere
	Partly  Outcome = "some" // in the things that an administrator chose
	Refused Outcome = "none"
)

// Asked is the request of a forgotten person that one name of theirs go from what others wrote. It holds the name only while it is open.
type Asked struct {
	ID         string
	Person     string // an id that says nothing more
	Name       string // "" once answered
	At         int64  // UTC microseconds
	Outcome    Outcome
	Reason     string // of a refusal
	AnsweredAt int64
	Revision   int64
}

// Answer is what an administrator says to a request.
type Answer struct {
	Outcome Outcome
	Things  []journal.Object // with Partly: where the name goes
	Reason  string           // with Refused: why; the name is taken out of it
}

// maxReason is the longest reason of a refusal, in characters.
const maxReason = 500

const askedColumns = `id, person, name, at, outcome, reason, answered_at, revision`

func scanAsked(scan func(...any) error) (Asked, error) {
	var a Asked
	err := scan(&a.ID, &a.Person, &a.Name, &a.At, &a.Outcome, &a.Reason, &a.AnsweredAt, &a.Revision)
	return a, err
}

func askedBy(ctx context.Context, tx *storage.Tx, id string) (Asked, error) {
	return scanAsked(tx.QueryRow(ctx, `SELECT `+askedColumns+` FROM forget_requests WHERE id = $1`, id).Scan)
}

func (a Asked) entry(kind string, body any) journal.Entry {
	return journal.Entry{Kind: kind, Object: journal.Object{Kind: AskedObject, ID: a.ID}, Owner: Instance, Body: body}
}

// ask writes a request for a name, and has each administrator told.
func (s *Service) ask(ctx context.Context, tx *storage.Tx, person, name string) (journal.Entry, error) {
	a := Asked{ID: storage.NewID(), Person: person, Name: name, At: storage.Now(), Revision: 1}
	_, err := tx.Exec(ctx, `INSERT INTO forget_requests (id, person, name, at, revision) VALUES ($1,$2,$3,$4,1)`, a.ID, a.Person, a.Name, a.At)
	if err != nil {
		return journal.Entry{}, err
	}
	held, err := grants(ctx, tx, `WHERE r.owner = $1 ORDER BY r.person`, Instance)
	if err != nil {
		return journal.Entry{}, err
	}
	for _, g := range held {
		// while a letter waits, a second one would say nothing more
		j := jobs.Job{Kind: AskedMail, Owner: Instance, Person: g.Person, Unique: "asked " + g.Person}
		if _, _, err := s.queue.Enqueue(ctx, tx, j); err != nil {
			return journal.Entry{}, err
		}
	}
	return a.entry("people.forgetting_asked", nil), nil
}

// close answers a request within the caller's transaction: its copy of the name goes.
func (a *Asked) close(ctx context.Context, tx *storage.Tx, outcome Outcome, reason string) error {
	n, err := tx.Exec(ctx, `UPDATE forget_requests SET name = '', outcome = $1, reason = $2, answered_at = $3, revision = revision + 1
		WHERE id = $4 AND revision = $5 AND outcome = ''`, string(outcome), reason, storage.Now(), a.ID, a.Revision)
	if err == nil && n == 0 {
		err = errAnswered
	}
	return err
}

var (
	errAnswered = fault.Conflict("answer", "people.asked_answered")
	errNotAsked = fault.Missing("people.no_such_request")
)

// Requests returns up to 50 requests: the open ones, the oldest first, or those that were answered, the newest first.
func (s *Service) Requests(ctx context.Context, by Actor, open bool) ([]Asked, error) {
	if err := by.May(ActForget, Instance); err != nil {
		return nil, err
	}
	where := `WHERE outcome <> '' ORDER BY id DESC LIMIT 50`
	if open {
		where = `WHERE outcome = '' ORDER BY id LIMIT 50`
	}
	rows, err := s.db.Query(ctx, `SELECT `+askedColumns+` FROM forget_requests `+where)
	if err != nil {
		return nil, fmt.Errorf("list requests to be forgotten: %w", err)
	}
	defer rows.Close()
	var list []Asked
	for rows.Next() {
		a, err := scanAsked(rows.Scan)
		if err != nil {
			return nil, err
		}
		list = append(list, a)
	}
	return list, rows.Err()
}

// Request returns a request and, while it is open, where its name stands now.
func (s *Service) Request(ctx context.Context, by Actor, id string) (Asked, []Waiting, error) {
	if err := by.May(ActForget, Instance); err != nil {
		return Asked{}, nil, err
	}
	var a Asked
	var t *Traces
	err := s.db.Read(ctx, func(tx *storage.Tx) (err error) {
		if a, err = askedBy(ctx, tx, id); err != nil || a.Outcome != Open {
			return err
		}
		t = newTraces("", "", a.Name)
		return s.show(ctx, tx, t)
	})
	if isNoRows(err) {
		return Asked{}, nil, errNotAsked
	}
	if err != nil {
		return Asked{}, nil, fmt.Errorf("look for what request %s is about: %w", id, err)
	}
	if t == nil || len(t.names) == 0 {
		return a, nil, nil
	}
	return a, t.names[0].waiting(), nil
}

// Answer answers a request. With AllGone the name is erased wherever it stands, by then too, no import brings it back, and other requests for the same
// name are answered with it; with Partly it is erased in the things that were chosen, and comes back into no other; with Refused it stays where others
// wrote it. In each case nothing of it is left in the request.
func (s *Service) Answer(ctx context.Context, by Actor, id string, answer Answer) error {
	if err := by.May(ActForget, Instance); err != nil {
		return err
	}
	reason := strings.TrimSpace(answer.Reason)
	switch answer.Outcome {
	case AllGone:
		reason = ""
	case Partly:
		if reason = ""; len(answer.Things) == 0 {
			return fault.Invalid("things", "people.asked_choose")
		}
	case Refused:
		if n := utf8.RuneCountInString(reason); n == 0 {
			return fault.Invalid("reason", "people.asked_reason")
		} else if n > maxReason {
			return fault.Invalid("reason", "people.asked_reason_long").With("count", n).With("limit", maxReason)
		}
	default:
		return fault.Invalid("answer", "people.asked_unknown")
	}
	err := s.journal.Write(ctx, by, func(tx *storage.Tx) (journal.Entry, error) {
		a, err := askedBy(ctx, tx, id)
		if isNoRows(err) {
			return journal.Entry{}, errNotAsked
		}
		if err != nil {
			return journal.Entry{}, err
		}
		if a.Outcome != Open {
			return journal.Entry{}, errAnswered
		}
		t := newTraces("", "", a.Name)
		n := t.names[0]
		n.granted = everywhere
		if answer.Outcome == Refused {
			kept := t.Text(At{}, reason) // "Open is a word" must not keep it either
			return a.entry("people.forgetting_refused", nil), a.close(ctx, tx, Refused, kept)
		}
		if answer.Outcome == Partly {
			chosen := map[journal.Object]bool{}
			for _, o := range answer.Things {
				chosen[o] = true
			}
			n.granted = func(o journal.Object) bool { return chosen[o] }
		}
		also, err := s.eraseState(ctx, tx, t)
		if err != nil {
			return journal.Entry{}, err
		}
		gone, err := s.journal.Forget(ctx, tx, "", t.body)
		if err != nil {
			return journal.Entry{}, err
		}
		marks, exact := n.marks()
		if answer.Outcome == Partly {
			alone, written := marks, exact
			marks, exact = nil, nil
			for _, o := range answer.Things {
				for _, m := range alone {
					marks = append(marks, within(o.ID, foldName(m)))
				}
				for _, m := range written {
					exact = append(exact, within(o.ID, m))
				}
			}
		} else if also, err = closeSame(ctx, tx, a, n, also); err != nil {
			return journal.Entry{}, err
		}
		kept, err := s.keepOut(ctx, tx, marks, exact)
		if err != nil {
			return journal.Entry{}, err
		}
		e := a.entry(journal.KindForgotten, gone)
		e.Also = append(also, kept)
		return e, a.close(ctx, tx, answer.Outcome, "")
	})
	if err != nil {
		return fmt.Errorf("answer request %s: %w", id, err)
	}
	return nil
}

// closeSame answers the other open requests for a name that is gone: they hold copies of it.
func closeSame(ctx context.Context, tx *storage.Tx, a Asked, n *name, also []journal.Entry) ([]journal.Entry, error) {
	rows, err := tx.Query(ctx, `SELECT `+askedColumns+` FROM forget_requests WHERE outcome = '' AND id <> $1 ORDER BY id`, a.ID)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	var same []Asked
	for rows.Next() {
		o, err := scanAsked(rows.Scan)
		if err != nil {
			return nil, err
		}
		if foldName(o.Name) == strings.Join(n.words, " ") {
			same = append(same, o)
		}
	}
	if err := rows.Err(); err != nil {
		return nil, err
	}
	if err := rows.Close(); err != nil {
		return nil, err
	}
	for _, o := range same {
		if err := o.close(ctx, tx, AllGone, ""); err != nil {
			return nil, err
		}
		also = append(also, o.entry("people.forgetting_done", nil))
	}
	return also, nil
}

// eraseReasons takes what may go out of the reasons for which requests were refused.
func eraseReasons(ctx context.Context, tx *storage.Tx, t *Traces) ([]journal.Entry, error) {
	rows, err := tx.Query(ctx, `SELECT `+askedColumns+` FROM forget_requests WHERE reason <> '' ORDER BY id`)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	var hit []Asked
	for rows.Next() {
		a, err := scanAsked(rows.Scan)
		if err != nil {
			return nil, err
		}
		was := a.Reason
		object := journal.Object{Kind: AskedObject, ID: a.ID}
		if a.Reason = t.Text(At{Object: object, Field: "reason", Hers: t.Did(object, "people.forgetting_refused")}, a.Reason); a.Reason != was {
			hit = append(hit, a)
		}
	}
	if err := rows.Err(); err != nil {
		return nil, err
	}
	if err := rows.Close(); err != nil || t.Looking {
		return nil, err
	}
	var entries []journal.Entry
	for _, a := range hit {
		if _, err := tx.Exec(ctx, `UPDATE forget_requests SET reason = $1, revision = revision + 1 WHERE id = $2`, a.Reason, a.ID); err != nil {
			return nil, err
		}
		entries = append(entries, a.entry("people.forgetting_done", nil))
	}
	return entries, nil
}
