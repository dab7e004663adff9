package catalogue

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"unicode/utf8"

	"commun/internal/core/commons"
	"commun/internal/core/journal"
	"commun/internal/core/people"
	"commun/internal/platform/fault"
	"commun/internal/platform/jobs"
	"commun/internal/platform/mail"
	"commun/internal/platform/storage"
)

const (
	keyNoReport      = "catalogue.no_such_report"
	keyReportClosed  = "catalogue.report_closed"
	keyReasonUnknown = "catalogue.reason_unknown"
	keyWordsMissing  = "catalogue.words_missing"
	keyWordsTooLong  = "catalogue.words_too_long"
)

// Reasons are those for which an entry of the catalogue can be reported, in the order in which a form offers them; a message key under
// "catalogue.reason." says each.
var Reasons = []string{"wrong", "duplicate", "not_a_commons", "licence", "personal_data", "illegal", "other"}

// maxWords is the longest text of a report, an answer or a letter, in characters.
const maxWords = 2000

// Report is what a reader said about an entry of the catalogue, and what came of it.
type Report struct {
	Commons    string `json:"commons"`
	ID         string `json:"id"`
	Person     string `json:"person"` // who reported, "" for a visitor
	Reason     string `json:"reason"`
	Words      string `json:"words"`
	Contact    string `json:"contact"` // an address that the reader gave to be answered at; gone once answered
	Lang       string `json:"lang"`    // the reader's
	At         int64  `json:"at"`
	Answer     string `json:"answer"`
	AnsweredAt int64  `json:"answered_at"` // 0 while it is open
	revision   int64
}

// NewReport is the form of a report.
type NewReport struct {
	Reason  string
	Words   string
	Contact string // optional
	Lang    string
}

// Report stores what a reader says about a commons. Anyone may; its stewards and the administrators see it. Its stewards are told by mail, or the
// administrators when it has none.
func (s *Service) Report(ctx context.Context, by people.Actor, id string, n NewReport) (report string, err error) {
	if err := by.May(ActReport, id); err != nil {
		return "", err
	}
	c, err := s.Commons.ByID(ctx, by, id)
	if err != nil {
		return "", err
	}
	r := Report{Commons: c.ID, ID: storage.NewID(), Person: by.Person, Reason: n.Reason, Lang: n.Lang, At: storage.Now(), revision: 1}
	var faults fault.List
	if !slices.Contains(Reasons, n.Reason) {
		faults = append(faults, fault.Invalid("reason", keyReasonUnknown))
	}
	if r.Words, err = words("words", n.Words); err != nil {
		faults = append(faults, fault.Of(err)...)
	}
	if r.Contact, err = contact("contact", n.Contact, false); err != nil {
		faults = append(faults, fault.Of(err)...)
	}
	if err := faults.OrNil(); err != nil {
		return "", err
	}
	to, err := s.stewards(ctx, c.ID)
	if err != nil {
		return "", err
	}
	err = s.Journal.Write(ctx, by, func(tx *storage.Tx) (journal.Entry, error) {
		_, err := tx.Exec(ctx, `INSERT INTO catalogue_reports (`+reportColumns+`) VALUES ($1,$2,$3,$4,$5,$6,$7,$8,$9,$10,$11)`,
			r.Commons, r.ID, r.Person, r.Reason, r.Words, r.Contact, r.Lang, r.At, r.Answer, r.AnsweredAt, r.revision)
		for _, person := range to {
			if err != nil {
				break
			}
			// while a mail about this commons waits, a second one would say nothing more
			j := jobs.Job{Kind: JobReport, Owner: c.ID, Subject: c.ID, Person: person, Unique: "reported " + c.ID + " " + person}
			_, _, err = s.Queue.Enqueue(ctx, tx, j)
		}
		return r.entry(kindReported, map[string]string{"reason": r.Reason}), err
	})
	if err != nil {
		return "", fmt.Errorf("report %s: %w", id, err)
	}
	return r.ID, nil
}

// reportJob tells one person that something was reported about a commons. The mail holds nothing of the report, which may speak of a person: it
// leads to the page that shows it.
func (s *Service) reportJob(ctx context.Context, run *jobs.Run) error {
	person, err := s.People.Person(ctx, importer, run.Person)
	if err != nil {
		return err
	}
	if _, none := s.Mail.(mail.None); none || person.Email == "" {
		return nil // the page of reports has it, and the administration counts it
	}
	c, err := s.Commons.ByID(ctx, importer, run.Subject)
	if err != nil {
		return err
	}
	tends, err := s.tends(ctx, run.Person, c.ID)
	if err != nil {
		return err
	}
	key, link := mailReportAdmin, s.Base+"/reports"
	if tends {
		key, link = mailReportText, s.Base+"/commons/"+c.Slug+"/reports"
	}
	args := map[string]any{"name": c.Name(), "link": link}
	return s.Mail.Send(ctx, mail.Message{To: person.Email, Subject: subject(s.Words(person.Lang, mailReportSubject, args)), Text: s.Words(person.Lang, key, args)})
}

// CountOpenReports is how many reports nobody answered. For administrators.
func (s *Service) CountOpenReports(ctx context.Context, by people.Actor) (n int64, err error) {
	if err := by.May(ActAnswer, people.Instance); err != nil {
		return 0, err
	}
	if err := s.DB.QueryRow(ctx, `SELECT COUNT(*) FROM catalogue_reports WHERE answered_at = 0`).Scan(&n); err != nil {
		return 0, fmt.Errorf("count open reports: %w", err)
	}
	return n, nil
}

// words checks a text that a person wrote.
func words(field, text string) (string, error) {
	text, _ = printable(text, true)
	text = strings.TrimSpace(text)
	switch n := utf8.RuneCountInString(text); {
	case n == 0:
		return "", fault.Invalid(field, keyWordsMissing)
	case n > maxWords:
		return "", fault.Invalid(field, keyWordsTooLong).With("count", n).With("limit", maxWords)
	}
	return text, nil
}

// contact checks an address to answer at.
func contact(field, address string, needed bool) (string, error) {
	if strings.TrimSpace(address) == "" {
		if needed {
			return "", fault.Invalid(field, keyAddressNeeded)
		}
		return "", nil
	}
	a, err := mail.ParseAddress(address)
	if err != nil {
		l := fault.Of(err)
		if len(l) == 0 {
			return "", err
		}
		f := *l[0]
		f.Field = field
		return "", &f
	}
	return a, nil
}

func (r Report) entry(kind string, body any) journal.Entry {
	return journal.Entry{Kind: kind, Object: journal.Object{Kind: ReportKind, ID: r.ID}, Owner: r.Commons, Body: body, Person: r.Person}
}

const reportColumns = `commons, id, person, reason, words, contact, lang, at, answer, answered_at, revision`

func scanReport(row storage.Scanner) (Report, error) {
	var r Report
	err := row.Scan(&r.Commons, &r.ID, &r.Person, &r.Reason, &r.Words, &r.Contact, &r.Lang, &r.At, &r.Answer, &r.AnsweredAt, &r.revision)
	return r, err
}

func reportBy(ctx context.Context, tx *storage.Tx, id string) (Report, error) {
	return scanReport(tx.QueryRow(ctx, `SELECT `+reportColumns+` FROM catalogue_reports WHERE id = $1`, id))
}

func snapshotReport(ctx context.Context, tx *storage.Tx, id string) (any, int64, error) {
	r, err := reportBy(ctx, tx, id)
	return r, r.revision, err
}

// idsOf returns the IDs function of a table whose objects are known by id.
func idsOf(table string) func(context.Context, *storage.Tx, string, int) ([]string, error) {
	q := `SELECT id FROM ` + table + ` WHERE id > $1 ORDER BY id LIMIT $2`
	return func(ctx context.Context, tx *storage.Tx, after string, limit int) ([]string, error) {
		rows, err := tx.Query(ctx, q, after, limit)
		if err != nil {
			return nil, err
		}
		defer rows.Close()
		var ids []string
		for rows.Next() {
			var id string
			if err := rows.Scan(&id); err != nil {
				return nil, err
			}
			ids = append(ids, id)
		}
		return ids, rows.Err()
	}
}

// save stores a report at its next revision; r.revision is the one that was read.
func (r Report) save(ctx context.Context, tx *storage.Tx) error {
	n, err := tx.Exec(ctx, `UPDATE catalogue_reports SET person = $1, words = $2, contact = $3, answer = $4, answered_at = $5, revision = revision + 1
		WHERE commons = $6 AND id = $7 AND revision = $8`, r.Person, r.Words, r.Contact, r.Answer, r.AnsweredAt, r.Commons, r.ID, r.revision)
	if err == nil && n == 0 {
		err = fault.Conflict("", keyReportClosed)
	}
	return err
}

// Reports returns up to 50 reports on a commons, the newest first, older than the report after ("" for the newest). For its stewards.
func (s *Service) Reports(ctx context.Context, by people.Actor, id, after string) ([]Report, error) {
	if err := by.May(ActAnswer, id); err != nil {
		return nil, err
	}
	if after == "" {
		after = "~" // after every id
	}
	return s.reports(ctx, `WHERE commons = $1 AND id < $2 ORDER BY id DESC LIMIT 50`, id, after)
}

// OpenReports returns up to 50 reports that nobody answered, the oldest first, after the report after. For administrators.
func (s *Service) OpenReports(ctx context.Context, by people.Actor, after string) ([]Report, error) {
	if err := by.May(ActAnswer, people.Instance); err != nil {
		return nil, err
	}
	return s.reports(ctx, `WHERE answered_at = 0 AND id > $1 ORDER BY id LIMIT 50`, after)
}

func (s *Service) reports(ctx context.Context, where string, args ...any) ([]Report, error) {
	rows, err := s.DB.Query(ctx, `SELECT `+reportColumns+` FROM catalogue_reports `+where, args...)
	if err != nil {
		return nil, fmt.Errorf("read reports: %w", err)
	}
	defer rows.Close()
	var list []Report
	for rows.Next() {
		r, err := scanReport(rows)
		if err != nil {
			return nil, fmt.Errorf("read reports: %w", err)
		}
		list = append(list, r)
	}
	return list, rows.Err()
}

// Answer closes a report with an answer. Who gave an address is sent it, and the address is forgotten when it was.
func (s *Service) Answer(ctx context.Context, by people.Actor, report, answer string) error {
	answer, err := words("answer", answer)
	if err != nil {
		return err
	}
	return s.Journal.Write(ctx, by, func(tx *storage.Tx) (journal.Entry, error) {
		r, err := reportBy(ctx, tx, report)
		if errors.Is(err, sql.ErrNoRows) {
			return journal.Entry{}, fault.Missing(keyNoReport)
		}
		if err == nil {
			err = by.May(ActAnswer, r.Commons)
		}
		if err != nil {
			return journal.Entry{}, err
		}
		if r.AnsweredAt != 0 {
			return journal.Entry{}, fault.Conflict("answer", keyReportClosed)
		}
		address := r.Contact
		r.Answer, r.AnsweredAt, r.Contact = answer, storage.Now(), ""
		if err := r.save(ctx, tx); err != nil {
			return journal.Entry{}, err
		}
		if address != "" {
			if err := s.sendAnswer(ctx, tx, r, address); err != nil {
				return journal.Entry{}, err
			}
		}
		return r.entry(kindAnswered, map[string]string{"reason": r.Reason}), nil
	})
}

// Eraser returns what takes a forgotten person out of reports and letters.
func (s *Service) Eraser() people.Eraser {
	return func(ctx context.Context, tx *storage.Tx, t *people.Traces) ([]journal.Entry, error) {
		if err := eraseLetters(ctx, tx, t); err != nil {
			return nil, err
		}
		if err := s.eraseRefreshes(ctx, tx, t); err != nil {
			return nil, err
		}
		rows, err := tx.Query(ctx, `SELECT `+reportColumns+` FROM catalogue_reports ORDER BY id`)
		if err != nil {
			return nil, err
		}
		defer rows.Close()
		var hit []Report
		for rows.Next() {
			r, err := scanReport(rows)
			if err != nil {
				return nil, err
			}
			was := r
			object := journal.Object{Kind: ReportKind, ID: r.ID}
			// a visitor who wants to be answered at her address is she
			hers := r.Person != "" && r.Person == t.Person() || r.Person == "" && t.IsAddress(r.Contact)
			if hers {
				r.Person, r.Contact = "", ""
			}
			r.Contact = t.Text(people.At{Object: object, Field: "contact", Hers: hers}, r.Contact)
			r.Words = t.Text(people.At{Object: object, Field: "words", Hers: hers}, r.Words)
			r.Answer = t.Text(people.At{Object: object, Field: "answer", Hers: t.Did(object, kindAnswered)}, r.Answer)
			if r != was {
				if r.Contact != was.Contact {
					r.Contact = "" // what is left of an address leads nowhere
				}
				hit = append(hit, r)
			}
		}
		if err := errors.Join(rows.Err(), rows.Close()); err != nil || t.Looking {
			return nil, err
		}
		var entries []journal.Entry
		for _, r := range hit {
			if err := r.save(ctx, tx); err != nil {
				return nil, err
			}
			entries = append(entries, r.entry(kindReportErased, nil))
		}
		return entries, nil
	}
}

// eraseRefreshes takes what may go out of what imports remarked, and out of lines that wait with their files.
func (s *Service) eraseRefreshes(ctx context.Context, tx *storage.Tx, t *people.Traces) error {
	for _, q := range []struct{ kind, field, read, write string }{
		{commons.ObjectKind, "remarks", `SELECT commons, '', remarks, '' FROM catalogue_refreshes ORDER BY commons`, `UPDATE catalogue_refreshes SET remarks = $1 WHERE commons = $2`},
		{ListKind, "remarks", `SELECT list, CAST(line AS TEXT), remarks, '' FROM catalogue_list_lines ORDER BY list, line`,
			`UPDATE catalogue_list_lines SET remarks = $1 WHERE list = $2 AND CAST(line AS TEXT) = $3`},
		{ListKind, "file", `SELECT list, CAST(line AS TEXT), raw, text FROM catalogue_list_lines ORDER BY list, line`,
			`UPDATE catalogue_list_lines SET raw = $1, text = $4 WHERE list = $2 AND CAST(line AS TEXT) = $3`},
	} {
		hit, err := marked(ctx, tx, q.read, func(id, text string) string {
			at := people.At{Object: journal.Object{Kind: q.kind, ID: id}, Field: q.field}
			if q.field == "remarks" {
				return string(t.JSON(at, json.RawMessage(text)))
			}
			return t.Text(at, text)
		})
		if err != nil {
			return err
		}
		if t.Looking {
			continue
		}
		for _, x := range hit {
			args := []any{x[2], x[0], x[1], x[3]}
			if _, err := tx.Exec(ctx, q.write, args[:strings.Count(q.write, "$")]...); err != nil {
				return err
			}
		}
	}
	return nil
}

// marked returns the rows of a query (two parts of a key, two texts) from which clean takes something, without it.
func marked(ctx context.Context, tx *storage.Tx, query string, clean func(id, text string) string) ([][4]string, error) {
	rows, err := tx.Query(ctx, query)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	var hit [][4]string
	for rows.Next() {
		var x [4]string
		if err := rows.Scan(&x[0], &x[1], &x[2], &x[3]); err != nil {
			return nil, err
		}
		was := x
		if x[2], x[3] = clean(x[0], x[2]), clean(x[0], x[3]); x != was {
			hit = append(hit, x)
		}
	}
	return hit, rows.Err()
}

var errNotSent = jobs.Permanent(errors.New("nobody to send it to any more"))
