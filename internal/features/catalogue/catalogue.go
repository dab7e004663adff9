// Package catalogue finds commons and keeps what is known of them fresh. It takes the address of a repository, imports what the repository
// says of itself (publiccode.yml, else README, licence, tags), lists and searches what there is, gives all of it out again, and takes word
// from readers: reports, letters to the stewards.
//
// Words: to *add* is to make a commons of an address; to *import* is to read the repository and store what it says; a *refresh* is an import
// that the clock or a button asked for; a *remark* is something that an import noticed and that someone may want to mend; a *list* is many
// addresses, or a folder of publiccode.yml files, given at once.
//
// Promises:
//   - The spellings of one repository are one commons, and importing twice changes nothing and writes no entry.
//   - What a person said is never touched by an import. A value that cannot be kept is left out or cut, with a remark; it never fails the import.
//   - The effect of an import and the end of its job are one transaction.
//   - E-mail addresses and telephone numbers of a file's contacts are no values of fields; what a forgotten person is known by is taken out of
//     everything that an import brings, the raw file included.
//
// Neighbours: core/commons holds the noun, platform/gitrepo fetches, formats/publiccode and formats/licence understand, platform/search finds.
// Pages and API are in the package site beside this one.
package catalogue

import (
	"context"
	"log/slog"
	"path/filepath"
	"time"

	"commun/formats/licence"
	"commun/formats/publiccode"
	"commun/internal/core/commons"
	"commun/internal/core/instance"
	"commun/internal/core/journal"
	"commun/internal/core/people"
	"commun/internal/platform/gitrepo"
	"commun/internal/platform/jobs"
	"commun/internal/platform/live"
	"commun/internal/platform/mail"
	"commun/internal/platform/search"
	"commun/internal/platform/storage"
)

// Imported is called in the transaction that ends an import, whether or not it changed anything, so that other features may queue what they
// do with a fresh copy. It may write upkeep tables only (jobs).
type Imported func(ctx context.Context, tx *storage.Tx, commons string) error

// Options is what the service is built from. All fields are needed but those that say otherwise.
type Options struct {
	DB       *storage.DB
	Journal  *journal.Journal
	People   *people.Service
	Commons  *commons.Service
	Settings func(context.Context) (instance.Settings, error)
	Queue    *jobs.Queue
	Search   *search.Index
	Detector *licence.Detector // shared: building one takes seconds
	Cache    string            // the folder of mirrors; what is in it can be fetched again
	Visitors gitrepo.Policy    // what an address given by anyone may reach
	Trusted  gitrepo.Policy    // what one given by an administrator or on the command line may reach
	Mail     mail.Sender
	// Words says a message of the catalogue's mails in a language: a key with its arguments. app hands the i18n bundle in.
	Words func(lang, key string, args map[string]any) string
	Base  string       // the instance's public address, for links in mails
	Hub   *live.Hub    // tells other nodes of changes; nil is none
	Log   *slog.Logger // nil is silent
	// Limits of what is read of a repository; zero fields mean the defaults.
	Limits Limits
}

// Limits bounds what an import reads.
type Limits struct {
	PublicCode int   // bytes of publiccode.yml; 1 MiB
	Text       int64 // bytes of a README, a licence, a set of rules; 256 KiB
}

func (l Limits) orDefault() Limits {
	if l.PublicCode <= 0 {
		l.PublicCode = 1 << 20
	}
	if l.Text <= 0 {
		l.Text = 256 << 10
	}
	return l
}

// Service is what may be done with the catalogue. Each method takes who acts.
type Service struct {
	Options
	memory *memory
	hooks  []Imported
}

// New returns the service, registers its kinds of jobs on the queue and its watcher on commons. Call Run to fill the list.
func New(o Options) *Service {
	o.Limits = o.Limits.orDefault()
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	s := &Service{Options: o, memory: newMemory()}
	s.registerJobs()
	s.Commons.OnChange(s.watch)
	return s
}

// OnImported adds a hook; app adds them while it wires the program.
func (s *Service) OnImported(h Imported) { s.hooks = append(s.hooks, h) }

// Mirror returns the bare copy of a commons' repository, which may not be there (yet, or any more: it is a cache).
func (s *Service) Mirror(commons string) gitrepo.Mirror {
	return gitrepo.Mirror{Dir: filepath.Join(s.Cache, commons+".git")}
}

// policy returns what the commons' address may reach.
func (s *Service) policy(trusted bool) gitrepo.Policy {
	if trusted {
		return s.Trusted
	}
	return s.Visitors
}

// importer is who acts when a repository speaks for itself.
var importer = people.Program("import")

// The times of upkeep.
const (
	dueEvery   = 10 * time.Minute // how often refreshes that are due are looked for
	dueBatch   = 60               // how many are queued at once, spread over that time
	sweepAfter = 7 * 24 * time.Hour
)

// readLimits bounds the parsing of one publiccode.yml.
func (s *Service) readLimits() publiccode.Limits {
	return publiccode.Limits{Bytes: s.Limits.PublicCode}
}
