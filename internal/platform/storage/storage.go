// Package storage is the one door to the database: SQLite on one machine, PostgreSQL beyond it, the same Go and nearly the same SQL for both.
//
// # Words
//
// A *read* sees one snapshot. A *write* is one durable transaction: when Write returns nil, the rows survive a power cut. *Upkeep* is a write
// that no one needs proved (sessions, job progress); it may touch only tables listed as such. An *operation* is the function given to Write.
//
// # Promises
//
//   - SQLite has one writer that commits waiting operations in groups: one fsync for all of them, each acknowledged after it. An operation that
//     fails, panics or was cancelled takes no other with it: should SQLite roll the whole group back (full disk, I/O error), each other operation
//     is run again by itself. So an operation may run twice: no I/O in it, no counting in captured variables without resetting them first.
//   - PostgreSQL runs each write as its own transaction (READ COMMITTED), again when it lost a race or its connection before the commit.
//   - A caller's context decides only whether an operation starts. Once begun, it completes or fails by itself.
//   - After a statement of a write has failed, nothing more can be done in it and it cannot be committed, on either database; only Tx.Try can
//     make a failure local. Prefer ON CONFLICT.
//   - A transaction has at most one open Rows. Read them to their end, or close them, before the next statement.
//   - Write inside Write waits for itself for ever on SQLite. Use the Tx that you have.
//
// # SQL that both databases take
//
// Parameters are $1, $2 … ; every argument is an integer, a float, a bool (stored as 0 or 1), a string, a []byte or nil. Times are BIGINT, UTC
// microseconds (Now, Time, Micros); a time.Time is refused. Types to write in a schema: TEXT, BIGINT, INTEGER (bools: 0 or 1), DOUBLE PRECISION,
// BYTEA for bytes (SQLite is given BLOB in its place). Text that is sorted or paged is declared COLLATE "C"; SQLite is given COLLATE BINARY in
// its place, which orders alike. Name strings in '…' and identifiers bare: "…" is never a string here. An aggregate of integers in PostgreSQL may be
// numeric: CAST(SUM(n) AS BIGINT). Where the two must part, write a SQL literal with both texts and Pick one.
//
// Neighbours: core/journal is the only caller of Write; every owner of tables hands its Migrations to package app. The traps of group commit are
// told at type writer.
package storage

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"log/slog"
	"runtime"
	"sync"
	"sync/atomic"
	"time"
)

// Dialect says which database answers.
type Dialect int

// The two databases.
const (
	SQLite Dialect = iota
	Postgres
)

func (d Dialect) String() string { return [...]string{"sqlite", "postgres"}[d] }

// SQL is one question in both dialects, for the few places where they must part. Both return the same columns.
type SQL struct{ SQLite, Postgres string }

// Both is a text that both databases take.
func Both(text string) SQL { return SQL{text, text} }

// Pick returns the text for d.
func (s SQL) Pick(d Dialect) string {
	if d == Postgres {
		return s.Postgres
	}
	return s.SQLite
}

// Rows and Scanner spare the callers an import of database/sql. Scanner is what one row of Rows and a Row have in common.
type (
	Rows    = sql.Rows
	Scanner interface{ Scan(dest ...any) error }
)

// ErrNoRows is what Row.Scan returns when the query found nothing.
var ErrNoRows = sql.ErrNoRows

// Options say which database to open, and how. Path or URL must be given, not both.
type Options struct {
	Path     string       // the SQLite file; created with its first write
	URL      string       // postgres://…
	Schema   string       // PostgreSQL schema, for tests and shared databases; "" is the connection's own (public)
	Readers  int          // reading connections (SQLite) or all connections (PostgreSQL); 0 is a default by the number of cores
	ReadOnly bool         // look only: nothing is written, and Write, Maintain and Migrate are refused
	Log      *slog.Logger // nil is silent
}

// DB is an open database. It is safe for concurrent use.
type DB struct {
	dialect Dialect
	opts    Options
	log     *slog.Logger

	pool   *sql.DB // reading connections of SQLite; all connections of PostgreSQL
	writer *writer // SQLite only, nil when read only

	texts    textCache
	prepared preparedCache

	ops   atomic.Int64 // writes that were committed or failed, for Stats
	tries atomic.Int64 // PostgreSQL transactions run again

	closing  sync.Once
	closeErr error

	mu      sync.RWMutex
	known   map[string]bool // owners that Migrate was given
	upkeep  map[string]bool // tables that Maintain may write
	derived map[string]bool // tables that are left out of a backup
}

// ErrReadOnly is returned by writes to a database opened to be read only.
var ErrReadOnly = errors.New("database is opened to be read only")

// ErrClosed is returned by writes after Close.
var ErrClosed = errors.New("database is closed")

// Open connects to the database. SQLite creates a missing file; PostgreSQL must answer.
func Open(ctx context.Context, o Options) (*DB, error) {
	if (o.Path == "") == (o.URL == "") {
		return nil, errors.New("open database: either a path or a URL is needed")
	}
	db := &DB{opts: o, log: o.Log, known: map[string]bool{}, upkeep: map[string]bool{}, derived: map[string]bool{}}
	if db.log == nil {
		db.log = slog.New(slog.DiscardHandler)
	}
	if o.Readers <= 0 {
		db.opts.Readers = max(4, 2*runtime.GOMAXPROCS(0))
		if o.URL != "" {
			// PostgreSQL writes hold a connection through an fsync, so more of them than cores are useful.
			db.opts.Readers = max(24, 4*runtime.GOMAXPROCS(0))
		}
	}
	var err error
	if o.URL != "" {
		db.dialect = Postgres
		err = db.openPostgres(ctx)
	} else {
		err = db.openSQLite(ctx)
	}
	if err != nil {
		return nil, fmt.Errorf("open %s database: %w", db.dialect, mapError(err))
	}
	return db, nil
}

// Close lets the operations that were accepted finish, refuses new ones, and closes every connection. SQLite's log is folded into its file. A second call
// does nothing more.
func (db *DB) Close() error {
	db.closing.Do(func() { db.closeErr = db.close() })
	return db.closeErr
}

func (db *DB) close() error {
	var errs []error
	if db.writer != nil {
		errs = append(errs, db.writer.drain())
	}
	db.prepared.close()
	errs = append(errs, db.pool.Close()) // readers first: the last connection that closes is the writer, which may then drop the log
	if db.writer != nil {
		errs = append(errs, db.writer.close())
	}
	if err := errors.Join(errs...); err != nil {
		return fmt.Errorf("close %s database: %w", db.dialect, err)
	}
	return nil
}

// Dialect says which database answers.
func (db *DB) Dialect() Dialect { return db.dialect }

// Pick returns the text of s for this database.
func (db *DB) Pick(s SQL) string { return s.Pick(db.dialect) }

// Stats are figures for the health page and the metrics. They are counted since Open.
type Stats struct {
	Dialect   Dialect
	Queue     int   // operations that wait for the writer (SQLite)
	Ops       int64 // operations that were run: committed or failed
	Groups    int64 // commits of the writer (SQLite)
	Reruns    int64 // operations run again: after a lost group (SQLite), or a lost race or connection (PostgreSQL)
	Readers   int   // connections that are open, without the writer's
	InUse     int   // of these, busy now
	WaitCount int64 // reads that had to wait for a connection
	Waited    time.Duration
	FileBytes int64 // SQLite: the file. PostgreSQL: 0, ask Size
	WALBytes  int64 // SQLite: its log
}

// Stats returns the present figures. It asks the database nothing.
func (db *DB) Stats() Stats {
	p := db.pool.Stats()
	s := Stats{Dialect: db.dialect, Ops: db.ops.Load(), Reruns: db.tries.Load(),
		Readers: p.OpenConnections, InUse: p.InUse, WaitCount: p.WaitCount, Waited: p.WaitDuration}
	if db.writer != nil {
		s.Queue, s.Groups, s.Reruns = int(db.writer.waits.Load()), db.writer.groups.Load(), db.writer.reruns.Load()
	}
	if db.dialect == SQLite {
		s.FileBytes, s.WALBytes = fileSize(db.opts.Path), fileSize(db.opts.Path+"-wal")
	}
	return s
}

// Size returns the bytes that the database takes: file and log of SQLite, the tables of the schema in PostgreSQL.
func (db *DB) Size(ctx context.Context) (int64, error) {
	if db.dialect == SQLite {
		return fileSize(db.opts.Path) + fileSize(db.opts.Path+"-wal"), nil
	}
	var n int64
	err := db.QueryRow(ctx, `SELECT CAST(COALESCE(SUM(pg_total_relation_size(c.oid)), 0) AS BIGINT) FROM pg_class c
		JOIN pg_namespace s ON s.oid = c.relnamespace WHERE s.nspname = current_schema() AND c.relkind IN ('r', 'm')`).Scan(&n)
	if err != nil {
		return 0, fmt.Errorf("measure database: %w", err)
	}
	return n, nil
}

// Ping says whether the database answers.
func (db *DB) Ping(ctx context.Context) error {
	var one int
	if err := db.QueryRow(ctx, `SELECT 1`).Scan(&one); err != nil {
		return fmt.Errorf("ping database: %w", err)
	}
	return nil
}

// Write runs fn in one transaction and returns nil once it is durable. Only core/journal may call it: every other writer goes through the
// journal, which adds the proof. fn may run twice, so it does no I/O, and it must not call Write. A panic of fn is panicked on to the caller.
// Errors: fn's own; fault.Busy storage.disk_full, storage.away, storage.locked, storage.io_error; ErrOutcomeUnknown when PostgreSQL went away
// during the commit; the context's when it ended before the operation's turn.
func (db *DB) Write(ctx context.Context, fn func(*Tx) error) error { return db.write(ctx, false, fn) }

// Maintain is Write for upkeep: a statement that writes to a table that no Migrations lists as Upkeep is refused, and so is the whole operation.
// What a trigger does is not looked at.
func (db *DB) Maintain(ctx context.Context, fn func(*Tx) error) error {
	return db.write(ctx, true, fn)
}

func (db *DB) write(ctx context.Context, upkeep bool, fn func(*Tx) error) error {
	if db.opts.ReadOnly {
		return ErrReadOnly
	}
	if db.dialect == Postgres {
		return db.writePostgres(ctx, upkeep, fn)
	}
	return db.writer.do(ctx, upkeep, fn)
}

// Read runs fn on one snapshot: all that it reads was committed at one moment. fn runs once.
func (db *DB) Read(ctx context.Context, fn func(*Tx) error) (err error) {
	opts := &sql.TxOptions{ReadOnly: true}
	if db.dialect == Postgres {
		opts.Isolation = sql.LevelRepeatableRead
	}
	t, err := db.pool.BeginTx(ctx, opts)
	if err != nil {
		return mapError(err)
	}
	var wanted []string
	tx := &Tx{db: db, run: poolRunner{db, t, &wanted}}
	defer func() {
		tx.closeRows()
		tx.over.Store(true)
		// A read has nothing to keep: rolling back costs the same and can't fail in a way that matters. It also ends a read that panicked.
		_ = t.Rollback()
		for _, text := range wanted {
			_, _ = db.prepared.get(ctx, db.pool, text) // for the next; what is wrong with it was said when it ran
		}
	}()
	return mapError(fn(tx))
}

// Query asks one question outside of any transaction. Close the rows.
func (db *DB) Query(ctx context.Context, q string, args ...any) (*Rows, error) {
	s, err := db.texts.get(db.dialect, q)
	if err == nil {
		err = s.mayRead()
	}
	if err == nil {
		args, err = plainArgs(args)
	}
	if err != nil {
		return nil, err
	}
	if db.dialect == SQLite {
		p, err := db.prepared.get(ctx, db.pool, s.text)
		if err != nil {
			return nil, mapError(err)
		}
		if p != nil {
			rows, err := p.QueryContext(ctx, args...)
			return rows, mapError(err)
		}
	}
	rows, err := db.pool.QueryContext(ctx, s.text, args...)
	return rows, mapError(err)
}

// QueryRow asks one question that has at most one answer, outside of any transaction.
func (db *DB) QueryRow(ctx context.Context, q string, args ...any) *Row {
	rows, err := db.Query(ctx, q, args...)
	return &Row{rows: rows, err: err}
}
