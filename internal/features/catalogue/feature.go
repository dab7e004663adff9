package catalogue

import (
	"time"

	"commun/internal/core/commons"
	"commun/internal/core/journal"
	"commun/internal/core/people"
	"commun/internal/platform/jobs"
	"commun/internal/platform/storage"
)

// The kinds of jobs.
const (
	JobImport  = "catalogue.import"      // read one repository
	JobDue     = "catalogue.due"         // queue the refreshes that are due
	JobList    = "catalogue.list"        // work through a list
	JobLetter  = "catalogue.letter"      // send a letter to one steward
	JobReport  = "catalogue.report_mail" // tell one who may answer that something was reported
	JobAnswer  = "catalogue.answer"      // tell who reported something what came of it
	ReportKind = "report"                // an object of the journal
	ListKind   = "list"                  // an object of the journal
)

// The acts of the catalogue, beside those of commons. Stewards answer for their own commons.
var (
	ActReport  = people.Act{Name: "catalogue.report", Anyone: true}
	ActWrite   = people.Act{Name: "catalogue.write_to_stewards", Anyone: true}
	ActAnswer  = people.Act{Name: "catalogue.answer_report", Roles: []people.Role{people.Steward}}
	ActImport  = commons.ActImport
	ActRefresh = commons.ActRefresh
)

// Acts lists them, for the table of permissions.
var Acts = []people.Act{ActReport, ActWrite, ActAnswer, ActImport, ActRefresh}

// Phases are the last parts of the message keys by which a running import says what it does, after those of gitrepo.
var Phases = []string{"reading", "saving", "listing"}

// JournalKinds lists the kinds of entries that this package writes; "journal.kind." and the kind is a message key.
var JournalKinds = []string{kindReported, kindAnswered, kindReportErased, kindListed}

const (
	kindReported     = "catalogue.reported"
	kindAnswered     = "catalogue.report_answered"
	kindReportErased = "catalogue.report_erased"
	kindListed       = "catalogue.list_given"
)

// Keys lists the message keys of the faults and remarks of this package, so that the test of the languages sees them all. Their arguments:
//
//	catalogue.no_repository          (a commons without a repository can't be refreshed)
//	catalogue.name_missing
//	catalogue.no_such_field          name
//	catalogue.licence_unknown        value, suggestions (text, may be empty)
//	catalogue.no_such_report
//	catalogue.report_closed          (answered already)
//	catalogue.reason_unknown
//	catalogue.words_missing
//	catalogue.words_too_long         count, limit (characters)
//	catalogue.address_needed         (an e-mail address to answer at)
//	catalogue.nobody_to_write_to
//	catalogue.no_such_list
//	catalogue.list_empty
//	catalogue.list_too_long          limit (lines)
//	catalogue.list_line_too_long     limit (bytes)
//	catalogue.folder_unreadable
//	catalogue.file_unreadable        path
//	catalogue.file_without_name      path (neither a name nor an address in it)
//	catalogue.sort_unknown           value
//	catalogue.cursor_invalid
//	catalogue.facet_unknown          value
//	catalogue.remark.cut             field, count, limit (characters)
//	catalogue.remark.characters      field
//	catalogue.remark.left_out        field, value, reason (a message key of commons, or "")
//	catalogue.remark.items           field, count, limit
//	catalogue.remark.too_large       path, size, limit (bytes)
//	catalogue.remark.link            path (a symbolic link that leads nowhere in the repository)
//	catalogue.remark.fork            url
//	catalogue.remark.licence         value, found (no licence's name; that of the file was taken)
//	catalogue.remark.licence_differs declared, found, path
//	catalogue.remark.licence_unknown path (the licence file's text is not recognised)
//	catalogue.remark.other_commons   slug (the address leads to the repository of another commons)
//	catalogue.remark.same_history    name, slug, id (another commons has the same history)
//	catalogue.remark.no_text         (neither publiccode.yml nor README)
//	catalogue.remark.history_rewritten
//	catalogue.remark.forgotten       (what a forgotten person is known by was left out)
//	catalogue.remark.language        value
//	catalogue.remark.more            count
//	catalogue.remark.earlier_line    line (of the same list, about the same commons)
//	catalogue.remark.older_file      what is known is of a more recent file
//	catalogue.mail.letter_subject    name (of the commons)
//	catalogue.mail.letter_text       name, from, words
//	catalogue.mail.letter_admin      name, from, words (to an administrator, of a commons without stewards)
//	catalogue.mail.report_subject    name
//	catalogue.mail.report_text       name, link
//	catalogue.mail.report_admin      name, link (to an administrator, of a commons without stewards)
//	catalogue.mail.answer_subject    name
//	catalogue.mail.answer_text       name, words
var Keys = []string{
	keyNoRepository, keyNameMissing, keyNoField, keyLicenceUnknown, keyNoReport, keyReportClosed, keyReasonUnknown, keyWordsMissing,
	keyWordsTooLong, keyAddressNeeded, keyNobodyToWrite, keyNoList, keyListEmpty, keyListTooLong, keyListLine, keyFolder, keyFileUnread,
	keyNoAddressInFile, keySort, keyCursor, keyFacet,
	remarkCut, remarkCharacters, remarkLeftOut, remarkItems, remarkTooLarge, remarkLink, remarkFork, remarkLicence, remarkLicenceDiffers,
	remarkLicenceFile, remarkOther, RemarkSame, remarkNoText, remarkForced, remarkForgotten, remarkLanguage, remarkMore, remarkEarlier,
	mailLetterSubject, mailLetterText, mailLetterAdmin, mailReportSubject, mailReportText, mailReportAdmin, mailAnswerSubject, mailAnswerText,
}

// Migrations returns the catalogue's tables. Reports and lists are state, with entries; the rest is upkeep: when a repository was last read and
// what came of it, how far a list is, letters on their way.
func Migrations() storage.Migrations {
	return storage.Migrations{
		Owner:  "catalogue",
		Upkeep: []string{"catalogue_refreshes", "catalogue_list_lines", "catalogue_letters", "catalogue_letter_to"},
		Steps: []storage.Step{{Name: "refreshes, lists, reports, letters", SQL: storage.Both(`
			CREATE TABLE catalogue_refreshes (commons TEXT PRIMARY KEY, trusted BIGINT NOT NULL DEFAULT 0, job TEXT NOT NULL DEFAULT '',
				tried_at BIGINT NOT NULL DEFAULT 0, succeeded_at BIGINT NOT NULL DEFAULT 0, failures BIGINT NOT NULL DEFAULT 0,
				head TEXT NOT NULL DEFAULT '', branch TEXT NOT NULL DEFAULT '', bytes BIGINT NOT NULL DEFAULT 0,
				fault TEXT NOT NULL DEFAULT '', gone_since BIGINT NOT NULL DEFAULT 0, moved_from TEXT NOT NULL DEFAULT '',
				moved_to TEXT NOT NULL DEFAULT '', moved_at BIGINT NOT NULL DEFAULT 0, forced_at BIGINT NOT NULL DEFAULT 0,
				remarks TEXT NOT NULL DEFAULT '[]', facts TEXT NOT NULL DEFAULT '{}');
			CREATE INDEX catalogue_refreshes_tried ON catalogue_refreshes (tried_at, commons);
			CREATE TABLE catalogue_lists (id TEXT PRIMARY KEY, name TEXT NOT NULL, folder BIGINT NOT NULL, fetches BIGINT NOT NULL,
				total BIGINT NOT NULL, created_at BIGINT NOT NULL, revision BIGINT NOT NULL);
			CREATE TABLE catalogue_list_lines (list TEXT NOT NULL, line BIGINT NOT NULL, text TEXT NOT NULL, raw TEXT NOT NULL DEFAULT '',
				outcome TEXT NOT NULL DEFAULT '', commons TEXT NOT NULL DEFAULT '', fault TEXT NOT NULL DEFAULT '',
				remarks TEXT NOT NULL DEFAULT '[]', PRIMARY KEY (list, line));
			CREATE INDEX catalogue_list_lines_open ON catalogue_list_lines (list, line) WHERE outcome = '';
			CREATE INDEX catalogue_list_lines_commons ON catalogue_list_lines (commons, list, line) WHERE commons <> '';
			CREATE TABLE catalogue_reports (commons TEXT NOT NULL, id TEXT NOT NULL, person TEXT NOT NULL, reason TEXT NOT NULL, words TEXT NOT NULL,
				contact TEXT NOT NULL, lang TEXT NOT NULL, at BIGINT NOT NULL, answer TEXT NOT NULL DEFAULT '', answered_at BIGINT NOT NULL DEFAULT 0,
				revision BIGINT NOT NULL, PRIMARY KEY (commons, id));
			CREATE UNIQUE INDEX catalogue_reports_id ON catalogue_reports (id);
			CREATE INDEX catalogue_reports_open ON catalogue_reports (id) WHERE answered_at = 0;
			CREATE INDEX catalogue_reports_person ON catalogue_reports (person) WHERE person <> '';
			CREATE TABLE catalogue_letters (commons TEXT NOT NULL, id TEXT NOT NULL, address TEXT NOT NULL, name TEXT NOT NULL, words TEXT NOT NULL,
				at BIGINT NOT NULL, PRIMARY KEY (commons, id));
			CREATE UNIQUE INDEX catalogue_letters_id ON catalogue_letters (id);
			CREATE TABLE catalogue_letter_to (letter TEXT NOT NULL, person TEXT NOT NULL, PRIMARY KEY (letter, person));
		`)}, {Name: "refreshes by commit", SQL: storage.Both(`
			CREATE INDEX catalogue_refreshes_head ON catalogue_refreshes (head) WHERE head <> '';
		`)}},
	}
}

// Kinds returns the journal's view of reports and lists. Neither is public: a report may speak of a person.
func Kinds() []journal.ObjectKind {
	return []journal.ObjectKind{
		{Name: ReportKind, Snapshot: snapshotReport, IDs: idsOf("catalogue_reports")},
		{Name: ListKind, Snapshot: snapshotList, IDs: idsOf("catalogue_lists"), Check: checkLists},
	}
}

// registerJobs makes the kinds of jobs known to the queue.
func (s *Service) registerJobs() {
	s.Queue.Register(jobs.Kind{Name: JobImport, MaxAttempts: 3, Timeout: 2 * time.Hour, Backoff: importBackoff, AtOnce: 3, Handle: s.importJob})
	s.Queue.Register(jobs.Kind{Name: JobDue, MaxAttempts: 1, AtOnce: 1, Handle: s.dueJob})
	s.Queue.Register(jobs.Kind{Name: JobList, AtOnce: 1, Handle: s.listJob})
	s.Queue.Register(jobs.Kind{Name: JobLetter, MaxAttempts: 8, Handle: s.letterJob})
	s.Queue.Register(jobs.Kind{Name: JobReport, MaxAttempts: 8, Handle: s.reportJob})
	s.Queue.Register(jobs.Kind{Name: JobAnswer, MaxAttempts: 8, Handle: s.answerJob})
	s.Queue.Every(jobs.Periodic{Name: JobDue, Interval: dueEvery, Job: func() jobs.Job {
		return jobs.Job{Kind: JobDue, Unique: JobDue}
	}})
}

// importBackoff leaves a server that is busy alone for a while.
func importBackoff(failures int) time.Duration { return 30 * time.Second << min(failures, 6) }
