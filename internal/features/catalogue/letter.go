package catalogue

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"commun/internal/core/journal"
	"commun/internal/core/people"
	"commun/internal/platform/fault"
	"commun/internal/platform/jobs"
	"commun/internal/platform/mail"
	"commun/internal/platform/storage"
)

const (
	keyAddressNeeded = "catalogue.address_needed"
	keyNobodyToWrite = "catalogue.nobody_to_write_to"

	mailLetterSubject = "catalogue.mail.letter_subject" // name
	mailLetterText    = "catalogue.mail.letter_text"    // name, from, words
	mailLetterAdmin   = "catalogue.mail.letter_admin"   // the same, to who administers and is no steward
	mailReportSubject = "catalogue.mail.report_subject" // name
	mailReportText    = "catalogue.mail.report_text"    // name, link
	mailReportAdmin   = "catalogue.mail.report_admin"   // the same, to who administers and is no steward
	mailAnswerSubject = "catalogue.mail.answer_subject" // name
	mailAnswerText    = "catalogue.mail.answer_text"    // name, words
)

// Letter is what a reader writes to the stewards of a commons.
type Letter struct {
	Name    string // of who writes; may be empty
	Address string // to answer at: it goes into the mail and is not kept
	Words   string
}

// Write sends a letter to each steward of a commons who has an account, or to the administrators when it has none: one job each, so that one
// address that is refused keeps the letter from nobody else. Letter and address are deleted when the last was sent, or after a week.
func (s *Service) Write(ctx context.Context, by people.Actor, id string, l Letter) error {
	if err := by.May(ActWrite, id); err != nil {
		return err
	}
	c, err := s.Commons.ByID(ctx, by, id)
	if err != nil {
		return err
	}
	if _, none := s.Mail.(mail.None); none {
		return fault.Busy("mail.not_configured") // better no letter than one that nobody gets
	}
	var faults fault.List
	if l.Address, err = contact("address", l.Address, true); err != nil {
		faults = append(faults, fault.Of(err)...)
	}
	if l.Words, err = words("words", l.Words); err != nil {
		faults = append(faults, fault.Of(err)...)
	}
	if err := faults.OrNil(); err != nil {
		return err
	}
	name, _ := printable(l.Name, false)
	l.Name = cutText(oneLine(name), people.MaxName)
	to, err := s.stewards(ctx, c.ID)
	if err != nil {
		return err
	}
	if len(to) == 0 {
		return fault.Missing(keyNobodyToWrite)
	}
	letter := storage.NewID()
	err = s.DB.Maintain(ctx, func(tx *storage.Tx) error {
		_, err := tx.Exec(ctx, `INSERT INTO catalogue_letters (commons, id, address, name, words, at) VALUES ($1,$2,$3,$4,$5,$6)`,
			c.ID, letter, l.Address, l.Name, l.Words, storage.Now())
		if err != nil {
			return err
		}
		for _, person := range to {
			if _, err := tx.Exec(ctx, `INSERT INTO catalogue_letter_to (letter, person) VALUES ($1,$2)`, letter, person); err != nil {
				return err
			}
			_, _, err := s.Queue.Enqueue(ctx, tx, jobs.Job{Kind: JobLetter, Owner: c.ID, Subject: c.ID, Person: person, Args: letterArgs{letter, person, ""}})
			if err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		return fmt.Errorf("write to the stewards of %s: %w", id, err)
	}
	return nil
}

// letterArgs names a letter and whom it is for: by ids only.
type letterArgs struct {
	Letter string `json:"letter"`
	Person string `json:"person,omitempty"`
	Lang   string `json:"lang,omitempty"`
}

// stewards returns the persons who answer for a commons, else the administrators.
func (s *Service) stewards(ctx context.Context, id string) ([]string, error) {
	for _, holds := range []struct {
		owner string
		role  people.Role
	}{{id, people.Steward}, {people.Instance, people.Admin}} {
		grants, err := s.People.Grants(ctx, holds.owner)
		if err != nil {
			return nil, fmt.Errorf("find stewards of %s: %w", id, err)
		}
		var to []string
		for _, g := range grants {
			if g.Role == holds.role && !slices.Contains(to, g.Person) {
				to = append(to, g.Person)
			}
		}
		if len(to) > 0 {
			return to, nil
		}
	}
	return nil, nil
}

// tends says whether a person is a steward of a commons: a mail gives no other reason for which it came.
func (s *Service) tends(ctx context.Context, person, id string) (bool, error) {
	grants, err := s.People.Grants(ctx, id)
	if err != nil {
		return false, fmt.Errorf("find stewards of %s: %w", id, err)
	}
	return slices.ContainsFunc(grants, func(g people.Grant) bool { return g.Person == person && g.Role == people.Steward }), nil
}

// letterJob sends a letter to one person. A mail may go out twice when the process dies between sending and noting it.
func (s *Service) letterJob(ctx context.Context, run *jobs.Run) error {
	var a letterArgs
	if err := run.Decode(&a); err != nil {
		return err
	}
	var address, from, text, id string
	err := s.DB.QueryRow(ctx, `SELECT l.address, l.name, l.words, l.commons FROM catalogue_letters l JOIN catalogue_letter_to t ON t.letter = l.id
		WHERE l.id = $1 AND t.person = $2`, a.Letter, a.Person).Scan(&address, &from, &text, &id)
	if errors.Is(err, storage.ErrNoRows) {
		return nil // sent before, erased, or over
	}
	if err != nil {
		return fmt.Errorf("read letter: %w", err)
	}
	person, err := s.People.Person(ctx, importer, a.Person)
	if err != nil {
		return err
	}
	if person.Email == "" {
		return errNotSent
	}
	c, err := s.Commons.ByID(ctx, importer, id)
	if err != nil {
		return err
	}
	if from == "" {
		from = address
	}
	tends, err := s.tends(ctx, a.Person, id)
	if err != nil {
		return err
	}
	key := mailLetterAdmin
	if tends {
		key = mailLetterText
	}
	m := mail.Message{To: person.Email, ReplyTo: address, Subject: subject(s.Words(person.Lang, mailLetterSubject, map[string]any{"name": c.Name()})),
		Text: s.Words(person.Lang, key, map[string]any{"name": c.Name(), "from": from, "words": text})}
	if err := s.Mail.Send(ctx, m); err != nil {
		return err
	}
	return s.DB.Maintain(ctx, func(tx *storage.Tx) error {
		// holds the letter's row, so that two jobs that end at once follow each other and the later one sees that it is the last
		if _, err := tx.Exec(ctx, `UPDATE catalogue_letters SET at = at WHERE id = $1`, a.Letter); err != nil {
			return err
		}
		for _, q := range []string{`DELETE FROM catalogue_letter_to WHERE letter = $1 AND person = $2`,
			`DELETE FROM catalogue_letters WHERE id = $1 AND $2 <> '' AND NOT EXISTS (SELECT 1 FROM catalogue_letter_to WHERE letter = $1)`} {
			if _, err := tx.Exec(ctx, q, a.Letter, a.Person); err != nil {
				return err
			}
		}
		return run.Done(ctx, tx)
	})
}

// subject makes a text one line that a header takes: a commons' name may hold anything.
func subject(s string) string {
	clean, _ := printable(s, false)
	clean = strings.NewReplacer("\u2028", " ", "\u2029", " ").Replace(clean)
	return cutText(oneLine(clean), 150)
}

// sendAnswer queues the mail that answers a report, within the transaction that closes it. The address waits as a letter does.
func (s *Service) sendAnswer(ctx context.Context, tx *storage.Tx, r Report, address string) error {
	_, err := tx.Exec(ctx, `INSERT INTO catalogue_letters (commons, id, address, name, words, at) VALUES ($1,$2,$3,'',$4,$5)`,
		r.Commons, r.ID, address, r.Answer, storage.Now())
	if err == nil {
		_, _, err = s.Queue.Enqueue(ctx, tx, jobs.Job{Kind: JobAnswer, Owner: r.Commons, Subject: r.Commons, Person: r.Person, Args: letterArgs{r.ID, "", r.Lang}})
	}
	if err != nil {
		return fmt.Errorf("send answer: %w", err)
	}
	return nil
}

// answerJob sends the answer to a report to who gave an address for it.
func (s *Service) answerJob(ctx context.Context, run *jobs.Run) error {
	var a letterArgs
	if err := run.Decode(&a); err != nil {
		return err
	}
	var address, text, id string
	err := s.DB.QueryRow(ctx, `SELECT address, words, commons FROM catalogue_letters WHERE id = $1`, a.Letter).Scan(&address, &text, &id)
	if errors.Is(err, storage.ErrNoRows) {
		return nil
	}
	if err != nil {
		return fmt.Errorf("read answer: %w", err)
	}
	c, err := s.Commons.ByID(ctx, importer, id)
	if err != nil {
		return err
	}
	args := map[string]any{"name": c.Name(), "words": text}
	if err := s.Mail.Send(ctx, mail.Message{To: address, Subject: subject(s.Words(a.Lang, mailAnswerSubject, args)), Text: s.Words(a.Lang, mailAnswerText, args)}); err != nil {
		return err
	}
	return s.DB.Maintain(ctx, func(tx *storage.Tx) error {
		if _, err := tx.Exec(ctx, `DELETE FROM catalogue_letters WHERE id = $1`, a.Letter); err != nil {
			return err
		}
		return run.Done(ctx, tx)
	})
}

// sweepLetters deletes what could not be sent since a time.
func (s *Service) sweepLetters(ctx context.Context, before int64) error {
	return s.DB.Maintain(ctx, func(tx *storage.Tx) error {
		if _, err := tx.Exec(ctx, `DELETE FROM catalogue_letters WHERE at < $1`, before); err != nil {
			return err
		}
		_, err := tx.Exec(ctx, `DELETE FROM catalogue_letter_to WHERE NOT EXISTS (SELECT 1 FROM catalogue_letters l WHERE l.id = letter)`)
		return err
	})
}

// letterObject is what a letter is called for who looks at what a name stands in; the journal knows none.
const letterObject = "catalogue_letter"

// eraseLetters takes a forgotten person out of letters: those to them go, those from their address too, and out of others goes what may.
func eraseLetters(ctx context.Context, tx *storage.Tx, t *people.Traces) error {
	if !t.Looking && t.Person() != "" {
		if _, err := tx.Exec(ctx, `DELETE FROM catalogue_letter_to WHERE person = $1`, t.Person()); err != nil {
			return err
		}
	}
	type letter struct{ id, address, name, words string }
	rows, err := tx.Query(ctx, `SELECT id, address, name, words FROM catalogue_letters ORDER BY id`)
	if err != nil {
		return err
	}
	defer rows.Close()
	var gone, changed []letter
	for rows.Next() {
		var l letter
		if err := rows.Scan(&l.id, &l.address, &l.name, &l.words); err != nil {
			return err
		}
		was, object := l, journal.Object{Kind: letterObject, ID: l.id}
		address := t.Text(people.At{Object: object, Field: "address"}, l.address)
		l.name = t.Text(people.At{Object: object, Field: "name", Hers: t.IsAddress(l.address)}, l.name)
		l.words = t.Text(people.At{Object: object, Field: "words", Hers: t.IsAddress(l.address)}, l.words)
		switch {
		case address != l.address:
			gone = append(gone, l) // it could not be answered any more
		case l != was:
			changed = append(changed, l)
		}
	}
	if err := errors.Join(rows.Err(), rows.Close()); err != nil || t.Looking {
		return err
	}
	for _, l := range changed {
		if _, err := tx.Exec(ctx, `UPDATE catalogue_letters SET name = $1, words = $2 WHERE id = $3`, l.name, l.words, l.id); err != nil {
			return err
		}
	}
	for _, l := range gone {
		if _, err := tx.Exec(ctx, `DELETE FROM catalogue_letters WHERE id = $1`, l.id); err != nil {
			return err
		}
		if _, err := tx.Exec(ctx, `DELETE FROM catalogue_letter_to WHERE letter = $1`, l.id); err != nil {
			return err
		}
	}
	return nil
}
