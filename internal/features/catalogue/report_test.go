package catalogue_test

import (
	"strings"
	"testing"

	"commun/internal/core/people"
	"commun/internal/features/catalogue"
	"commun/internal/platform/fault"
	"commun/internal/platform/jobs"
	"commun/internal/platform/mail"
)

func TestAReportIsAnsweredAndItsAddressForgotten(t *testing.T) {
	each(t, func(w *world) {
		ctx := w.T.Context()
		ana := w.Member("Ana Ruiz", "ana@example.org")
		c, err := w.Cat.AddByHand(ctx, ana, form("Cartes", "code", "MIT", "Des cartes"))
		w.Must(err)
		ana = w.Again(ana)
		bob := w.Member("Bob", "bob@example.org")
		id, err := w.Cat.Report(ctx, people.Actor{}, c.ID, catalogue.NewReport{Reason: "licence", Words: "This is not MIT.", Contact: "zoe@example.org", Lang: "en"})
		w.Must(err)
		if _, err := w.Cat.Reports(ctx, bob, c.ID, ""); fault.KindOf(err) != fault.DeniedKind {
			w.T.Errorf("another member reads reports: %v", err)
		}
		list, err := w.Cat.Reports(ctx, ana, c.ID, "")
		w.Must(err)
		if len(list) != 1 || list[0].Words != "This is not MIT." || list[0].Contact != "zoe@example.org" {
			w.T.Errorf("reports are %+v", list)
		}
		if open, err := w.Cat.OpenReports(ctx, admin, ""); err != nil || len(open) != 1 {
			w.T.Errorf("open are %v, %v", open, err)
		}
		if err := w.Cat.Answer(ctx, bob, id, "No."); fault.KindOf(err) != fault.DeniedKind {
			w.T.Errorf("another member answers: %v", err)
		}
		w.Must(w.Cat.Answer(ctx, ana, id, "Corrected, thank you."))
		if err := w.Cat.Answer(ctx, ana, id, "Again."); fault.KindOf(err) != fault.ConflictKind {
			w.T.Errorf("answered twice: %v", err)
		}
		w.idle(catalogue.JobAnswer)
		w.idle(catalogue.JobReport)
		var answers []mail.Message
		for _, m := range w.post.sent {
			if m.To == "zoe@example.org" {
				answers = append(answers, m)
			}
		}
		if len(answers) != 1 || !strings.Contains(answers[0].Text, "Corrected") {
			w.T.Errorf("sent %+v", w.post.sent)
		}
		w.nowhere("zoe@example.org")
		for _, n := range []catalogue.NewReport{{Reason: "envy", Words: "x"}, {Reason: "other"}, {Reason: "other", Words: strings.Repeat("x", 2001)}, {Reason: "other", Words: "x", Contact: "nobody"}} {
			if _, err := w.Cat.Report(ctx, bob, c.ID, n); fault.KindOf(err) != fault.InvalidKind {
				w.T.Errorf("%+v gives %v", n, err)
			}
		}
	})
}

// Those who answer are told of a report: its stewards, else the administrators, and the mail says which the reader is. It holds nothing of the report.
func TestAReportIsToldToWhoAnswersForIt(t *testing.T) {
	each(t, func(w *world) {
		ctx := w.T.Context()
		w.Admin()
		ana := w.Member("Ana Ruiz", "ana@example.org")
		kept, err := w.Cat.AddByHand(ctx, ana, form("Cartes", "code", "MIT", "Des cartes"))
		w.Must(err)
		alone, err := w.Cat.AddByHand(ctx, admin, form("Seul", "code", "MIT", "Sans personne"))
		w.Must(err)
		for _, c := range []struct{ commons, to, key, link string }{
			{kept.ID, "ana@example.org", "catalogue.mail.report_text", "https://communs.example.org/commons/cartes/reports"},
			{alone.ID, "ada@example.org", "catalogue.mail.report_admin", "https://communs.example.org/reports"},
		} {
			before := len(w.post.sent)
			_, err := w.Cat.Report(ctx, people.Actor{}, c.commons, catalogue.NewReport{Reason: "wrong", Words: "Zoé is wrong.", Contact: "zoe@example.org"})
			w.Must(err)
			w.idle(catalogue.JobReport)
			sent := w.post.sent[before:]
			if len(sent) != 1 || sent[0].To != c.to || !strings.Contains(sent[0].Text, c.key) || !strings.Contains(sent[0].Text, c.link) || strings.Contains(sent[0].Text, "Zo") {
				w.T.Errorf("sent %+v, want %s to %s", sent, c.key, c.to)
			}
		}
		if n, err := w.Cat.CountOpenReports(ctx, admin); err != nil || n != 2 {
			w.T.Errorf("%d wait, %v", n, err)
		}
		if _, err := w.Cat.CountOpenReports(ctx, w.Again(ana)); fault.KindOf(err) != fault.DeniedKind {
			w.T.Errorf("a steward counts the reports of all: %v", err)
		}
	})
}

// nowhere fails when a marker stands in any of the catalogue's tables or among the jobs.
func (w *world) nowhere(marker string) {
	w.T.Helper()
	for _, q := range []string{
		`SELECT COUNT(*) FROM catalogue_letters WHERE address || name || words LIKE '%' || $1 || '%'`,
		`SELECT COUNT(*) FROM catalogue_reports WHERE contact || words || answer LIKE '%' || $1 || '%'`,
		`SELECT COUNT(*) FROM catalogue_refreshes WHERE remarks LIKE '%' || $1 || '%'`,
		`SELECT COUNT(*) FROM catalogue_list_lines WHERE text || raw || remarks LIKE '%' || $1 || '%'`,
		`SELECT COUNT(*) FROM jobs WHERE args LIKE '%' || $1 || '%'`,
		`SELECT COUNT(*) FROM journal_entries WHERE body LIKE '%' || $1 || '%'`,
	} {
		var n int
		w.Must(w.DB.QueryRow(w.T.Context(), q, marker).Scan(&n))
		if n > 0 {
			w.T.Errorf("%q still stands: %s", marker, q)
		}
	}
}

func TestALetterReachesEachStewardAndIsNotKept(t *testing.T) {
	each(t, func(w *world) {
		ctx := w.T.Context()
		boss := w.Admin()
		ana := w.Member("Ana Ruiz", "ana@example.org")
		c, err := w.Cat.AddByHand(ctx, ana, form("Cartes", "code", "MIT", "Des cartes"))
		w.Must(err)
		bob := w.Member("Bob", "bob@example.org")
		w.Must(w.People.Grant(ctx, w.Again(ana), c.ID, bob.Person, people.Steward))
		letter := catalogue.Letter{Name: "Zoé\nBcc: x@example.org", Address: "zoe@example.org", Words: "Bonjour, puis-je aider ?"}
		w.Must(w.Cat.Write(ctx, people.Actor{}, c.ID, letter))
		w.idle(catalogue.JobLetter)
		to := map[string]bool{}
		for _, m := range w.post.sent {
			to[m.To] = true
			if m.ReplyTo != "zoe@example.org" || !strings.Contains(m.Text, "letter_text") || !strings.Contains(m.Text, "puis-je aider") || strings.ContainsAny(m.Subject, "\r\n") {
				w.T.Errorf("sent %+v", m)
			}
		}
		if len(w.post.sent) != 2 || !to["ana@example.org"] || !to["bob@example.org"] {
			w.T.Errorf("sent to %v", to)
		}
		w.nowhere("zoe@example.org")
		list, err := w.Jobs.List(ctx, jobs.Filter{Kind: catalogue.JobLetter})
		w.Must(err)
		for _, r := range list {
			if r.State != jobs.Done || strings.Contains(string(r.Args), "@") {
				w.T.Errorf("job is %s with %s", r.State, r.Args)
			}
		}
		alone, err := w.Cat.AddByHand(ctx, admin, form("Seul", "code", "MIT", "Sans personne"))
		w.Must(err)
		w.Must(w.Cat.Write(ctx, people.Actor{}, alone.ID, letter)) // the administrators answer for what nobody answers for
		w.idle(catalogue.JobLetter)
		if last := w.post.sent[len(w.post.sent)-1]; last.To != "ada@example.org" || !strings.Contains(last.Text, "letter_admin") || boss.Person == "" {
			w.T.Errorf("sent to %s", last.To)
		}
		for _, l := range []catalogue.Letter{{Words: "x"}, {Address: "zoe@example.org"}, {Address: "zoe", Words: "x"}} {
			if err := w.Cat.Write(ctx, people.Actor{}, c.ID, l); fault.KindOf(err) != fault.InvalidKind {
				w.T.Errorf("%+v gives %v", l, err)
			}
		}
	})
}

func TestForgettingSomeoneEmptiesReportsAndLetters(t *testing.T) {
	each(t, func(w *world) {
		ctx := w.T.Context()
		boss := w.Admin()
		ana := w.Member("Ana Ruiz", "ana@example.org")
		c, err := w.Cat.AddByHand(ctx, admin, form("Cartes", "code", "MIT", "Des cartes"))
		w.Must(err)
		_, err = w.Cat.Report(ctx, ana, c.ID, catalogue.NewReport{Reason: "wrong", Words: "Ask Ana Ruiz (ana@example.org).", Contact: "ana@example.org", Lang: "fr"})
		w.Must(err)
		other, err := w.Cat.Report(ctx, people.Actor{}, c.ID, catalogue.NewReport{Reason: "wrong", Words: "Ana Ruiz is wrong.", Contact: "zoe@example.org"})
		w.Must(err)
		w.Forget(boss, ana, "Ana Ruiz")
		w.nowhere("ana@example.org")
		w.nowhere("Ana Ruiz")
		list, err := w.Cat.Reports(ctx, admin, c.ID, "")
		w.Must(err)
		if len(list) != 2 || list[0].ID != other || list[0].Contact != "zoe@example.org" || list[1].Person != "" {
			w.T.Errorf("reports are %+v", list)
		}
	})
}
