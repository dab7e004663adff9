// Package app wires commun: the one place that imports every feature, and where features meet. It opens the database and the data folder,
// makes the services, hands each feature what it needs of another, and serves.
//
// A data folder belongs to one process. A command that finds it held talks to that process through its *control socket*; one that finds it
// free opens the program in its own process and does the same work there. So a command works the same whether the server runs or not.
package app

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"log/slog"
	"net/url"
	"os"
	"path/filepath"
	"runtime/debug"
	"time"

	"commun/formats/licence"
	"commun/internal/core/commons"
	"commun/internal/core/instance"
	"commun/internal/core/journal"
	"commun/internal/core/people"
	"commun/internal/features/catalogue"
	"commun/internal/features/vitality"
	"commun/internal/platform/config"
	"commun/internal/platform/fault"
	"commun/internal/platform/i18n"
	"commun/internal/platform/jobs"
	"commun/internal/platform/live"
	"commun/internal/platform/mail"
	"commun/internal/platform/search"
	"commun/internal/platform/storage"
)

// App is the program: everything but its HTTP server. Make it with Open, end it with Close.
type App struct {
	Config  config.Config
	Log     *slog.Logger
	DB      *storage.DB
	Hub     *live.Hub
	Queue   *jobs.Queue
	Search  *search.Index
	Mail    mail.Sender
	Journal *journal.Journal

	People    *people.Service
	Instance  *instance.Service
	Commons   *commons.Service
	Catalogue *catalogue.Service
	Vitality  *vitality.Service
	Detector  *licence.Detector
	Bundle    *i18n.Bundle

	started time.Time
	lock    *storage.Lock
	stop    []func(context.Context) error // in the order in which they were started
}

// Migrations returns every feature's, in the order in which they are made.
func Migrations() []storage.Migrations {
	return []storage.Migrations{
		journal.Migrations(), people.Migrations(), instance.Migrations(), commons.Migrations(), jobs.Migrations(), search.Migrations(),
		catalogue.Migrations(), vitality.Migrations(),
	}
}

// database says which database a place means.
func database(p config.Place, log *slog.Logger) storage.Options {
	if p.IsPostgres() {
		return storage.Options{URL: p.Database, Log: log}
	}
	return storage.Options{Path: filepath.Join(p.Data, "commun.db"), Log: log}
}

// opened is the error of opening the database of a place, which names it: a SQLite file by its path. A URL may hold a password and is not
// repeated.
func opened(p config.Place, err error) error {
	// that it does not answer is no more than the drivers' first word: what is wrong with the way to it is in the cause
	if err == nil || len(fault.Of(err)) > 0 && !errors.Is(err, storage.ErrAway) {
		return err
	}
	if p.IsPostgres() {
		return fault.Busy("fail.open_postgres").Wrap(err)
	}
	return fault.Busy("fail.open_sqlite").With("path", database(p, nil).Path).Wrap(err)
}

// MustExist says so when there is no instance at a place, for commands that are not to make one. What is in PostgreSQL shows when it is opened.
func MustExist(p config.Place) error {
	if p.IsPostgres() {
		return nil
	}
	_, err := os.Stat(database(p, nil).Path)
	if errors.Is(err, fs.ErrNotExist) {
		return fault.Missing("fail.no_instance").With("folder", p.Data)
	}
	return err
}

// Open locks the data folder, opens the database, brings its tables up to date and makes the services. Nothing runs yet: see Start.
// terminal is where messages are printed while no mail server is configured; nil refuses to send.
func Open(ctx context.Context, c config.Config, log *slog.Logger, terminal mail.Sender) (a *App, err error) {
	return open(ctx, c, log, terminal, func() error { return nil })
}

// open is Open, and calls ready once the data folder is this process's, before the database is opened: it may still refuse.
func open(ctx context.Context, c config.Config, log *slog.Logger, terminal mail.Sender, ready func() error) (a *App, err error) {
	a = &App{Config: c, Log: log, Hub: live.NewHub(), Mail: terminal, started: time.Now()}
	defer func() {
		if err != nil {
			err = errors.Join(err, a.Close(ctx))
		}
	}()
	// git runs in folders of its own, where a relative path would mean another place
	if c.Data, err = filepath.Abs(c.Data); err != nil {
		return a, fmt.Errorf("find data folder: %w", err)
	}
	a.Config.Data = c.Data
	if err := os.MkdirAll(c.Data, 0o700); err != nil {
		return a, fmt.Errorf("make data folder: %w", err)
	}
	if a.lock, err = takeFolder(ctx, c.Data); err != nil {
		return a, fmt.Errorf("take data folder %s: %w", c.Data, err)
	}
	if err := ready(); err != nil {
		return a, err
	}
	if a.DB, err = storage.Open(ctx, database(c.Place, log)); err != nil {
		return a, fmt.Errorf("open database: %w", opened(c.Place, err))
	}
	if err := a.DB.Migrate(ctx, Migrations()...); err != nil {
		return a, fmt.Errorf("bring the database up to date: %w", opened(c.Place, err))
	}
	if o, ok := c.Mail(); ok {
		if a.Mail, err = mail.SMTP(o); err != nil {
			return a, fmt.Errorf("set up mail: %w", err)
		}
	}
	if a.Mail == nil {
		a.Mail = mail.None{}
	}
	return a, a.wire(ctx)
}

// lockPatience is how long a data folder that is held is tried again: the kernel takes a moment to let go of what a killed process held.
const lockPatience = 1500 * time.Millisecond

// takeFolder is storage.LockFolder with patience.
func takeFolder(ctx context.Context, dir string) (*storage.Lock, error) {
	again := time.NewTicker(50 * time.Millisecond) // the kernel tells nobody when a lock is free
	defer again.Stop()
	for end := time.Now().Add(lockPatience); ; {
		lock, err := storage.LockFolder(dir)
		if !errors.Is(err, storage.ErrFolderHeld) || time.Now().After(end) {
			return lock, err
		}
		select {
		case <-ctx.Done():
			return nil, err
		case <-again.C:
		}
	}
}

// wire makes the services and lets features meet.
func (a *App) wire(ctx context.Context) error {
	host, _ := os.Hostname() // a name for the log only
	a.Queue = jobs.New(a.DB, jobs.Options{Node: host, Workers: a.Config.Workers, Log: a.Log, Hub: a.Hub})
	a.Search = search.New(a.DB, a.Log)
	a.Journal = journal.New(a.DB, origin(a.Config.PublicURL()), a.Log)
	a.Journal.Register(ObjectKinds()...)
	a.People = people.New(a.DB, a.Journal, a.Queue)
	a.Instance = instance.New(a.DB, a.Journal, a.Config.Lang)
	a.Commons = commons.New(a.DB, a.Journal, a.Instance.Policy)
	if err := a.features(); err != nil {
		return err
	}
	a.People.OnForget(a.Instance.Eraser(), a.Commons.Eraser(), a.Catalogue.Eraser(), a.Vitality.Eraser(), func(ctx context.Context, tx *storage.Tx, t *people.Traces) ([]journal.Entry, error) {
		if t.Looking || t.Person() == "" {
			return nil, nil
		}
		return nil, a.Queue.Erase(ctx, tx, t.Person())
	})
	return a.Journal.Begin(ctx)
}

// ObjectKinds returns every kind of object that the journal proves.
func ObjectKinds() []journal.ObjectKind {
	kinds := append(people.Kinds(), instance.Kind(), commons.Kind())
	return append(kinds, catalogue.Kinds()...)
}

// origin names the log after the instance's public address.
func origin(public string) string {
	u, err := url.Parse(public)
	if err != nil || u.Host == "" {
		return "commun/log"
	}
	return u.Host + u.EscapedPath() + "/log"
}

// Start begins what goes on by itself: jobs, the sequencer, the search index. It ends with Close.
func (a *App) Start(ctx context.Context) error {
	run, cancel := context.WithCancel(context.WithoutCancel(ctx))
	var waits []func()
	if a.Config.IsPostgres() {
		wait, err := a.Hub.Bridge(run, a.Config.Database, a.Log)
		if err != nil {
			cancel()
			return fmt.Errorf("join the other nodes: %w", err)
		}
		waits = append(waits, wait)
	}
	for name, loop := range map[string]func(context.Context) error{
		"sequencer": a.Journal.Run, "search": a.Search.Run, "catalogue": a.Catalogue.Run, "refill": a.refill,
	} {
		done := make(chan struct{})
		go func() {
			defer close(done)
			if err := loop(run); err != nil && run.Err() == nil {
				a.Log.Error("a part of the program ended", "part", name, "error", err)
			}
		}()
		waits = append(waits, func() { <-done })
	}
	if err := a.Queue.Start(run); err != nil {
		cancel()
		return fmt.Errorf("start jobs: %w", err)
	}
	a.stop = append(a.stop, func(context.Context) error {
		cancel()
		for _, w := range waits {
			w()
		}
		return nil
	}, a.Queue.Stop)
	return nil
}

// refill fills the search index when it is stale: in a new database, after a restore, after a change of the analyser. Until it is done, a
// search finds what was indexed so far.
func (a *App) refill(ctx context.Context) error {
	stale, err := a.Search.Stale(ctx)
	if err != nil || !stale {
		return err
	}
	return a.Search.Refill(ctx, a.Catalogue.Documents(ctx))
}

// Close ends what Start began, the last first, then the database and the hold on the data folder.
func (a *App) Close(ctx context.Context) error {
	var errs []error
	for i := len(a.stop) - 1; i >= 0; i-- {
		errs = append(errs, a.stop[i](ctx))
	}
	a.stop = nil
	if a.DB != nil {
		errs = append(errs, a.DB.Close())
		a.DB = nil
	}
	if a.lock != nil {
		errs = append(errs, a.lock.Release())
		a.lock = nil
	}
	return errors.Join(errs...)
}

// Verify checks the record of a place without changing it, and beside a running server. ctx bounds it.
func Verify(ctx context.Context, p config.Place, trust journal.Trust, progress func(done, total int64)) (journal.Report, error) {
	log := slog.New(slog.DiscardHandler)
	o := database(p, log)
	o.ReadOnly = true
	if err := MustExist(p); err != nil {
		return journal.Report{}, err
	}
	db, err := storage.Open(ctx, o)
	if err != nil {
		return journal.Report{}, fmt.Errorf("open database: %w", opened(p, err))
	}
	defer func() { _ = db.Close() }() // read only
	rep, err := verifyDB(ctx, db, trust, progress)
	return rep, opened(p, err)
}

func verifyDB(ctx context.Context, db *storage.DB, trust journal.Trust, progress func(done, total int64)) (journal.Report, error) {
	j := journal.New(db, "", slog.New(slog.DiscardHandler))
	j.Register(ObjectKinds()...)
	return j.Verify(ctx, trust, progress)
}

// VerifyBackup restores a backup into a database of its own under a temporary folder, and checks that.
func VerifyBackup(ctx context.Context, backup io.Reader, trust journal.Trust, progress func(done, total int64)) (rep journal.Report, err error) {
	db, done, err := fromBackup(ctx, backup)
	if err != nil {
		return rep, err
	}
	defer func() { err = errors.Join(err, done()) }()
	return verifyDB(ctx, db, trust, progress)
}

// Version returns the program's version, as the Go toolchain recorded it.
func Version() string {
	info, ok := debug.ReadBuildInfo()
	if !ok || info.Main.Version == "" {
		return "(devel)"
	}
	return info.Main.Version
}
