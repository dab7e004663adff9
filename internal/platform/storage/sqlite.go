package storage

import (
	"context"
	"database/sql"
	"fmt"
	"net/url"
	"os"
	"path/filepath"

	"modernc.org/sqlite"
)

// walPages is the length of the log, in pages of 4 kB, after which a commit also copies it into the file (a passive checkpoint: it waits for no
// reader). Longer means fewer pauses and a slower first read after a crash.
const walPages = 2000

// walKeep is how many bytes of disk the log keeps once it was folded into the file; a long read may let it grow beyond.
const walKeep = 64 << 20

// writerCache and readerCache are the pages, in KiB, that a connection may keep; each takes twice its size, as the driver allocates memory. What
// is not among them comes from the system's own cache of the file, some microseconds a page, so these hold the upper levels of the indexes.
const (
	writerCache = 8_000
	readerCache = 2_000
)

// busyMillis is how long a connection waits for another process (a shell, say): within this one there is a single writer.
const busyMillis = 5000

func (db *DB) openSQLite(ctx context.Context) error {
	path, err := filepath.Abs(db.opts.Path)
	if err != nil {
		return fmt.Errorf("find %s: %w", db.opts.Path, err)
	}
	db.opts.Path = path
	// fdatasync is what SQLite's own build uses on Linux: as durable, and up to twice as fast. Where there is none, fsync stays.
	_, _ = sqlite.Fdatasync(true)

	if !db.opts.ReadOnly {
		pool, err := openSQLitePool(dsn(path, "rwc", "foreign_keys(1)", "journal_mode(WAL)", "synchronous("+synchronous+")", "secure_delete(1)",
			fmt.Sprintf("cache_size(-%d)", writerCache), fmt.Sprintf("wal_autocheckpoint(%d)", walPages), fmt.Sprintf("journal_size_limit(%d)", walKeep)))
		if err != nil {
			return err
		}
		pool.SetMaxOpenConns(1)
		pool.SetMaxIdleConns(1)
		w, err := newWriter(db, pool)
		if err != nil {
			pool.Close()
			return err
		}
		db.writer = w
	}
	db.pool, err = openSQLitePool(dsn(path, "ro", "query_only(1)", fmt.Sprintf("cache_size(-%d)", readerCache)))
	if err == nil {
		db.pool.SetMaxOpenConns(db.opts.Readers)
		db.pool.SetMaxIdleConns(db.opts.Readers)
		err = db.pool.PingContext(ctx)
	}
	if err == nil {
		var n int
		err = db.QueryRow(ctx, `SELECT COUNT(*) FROM sqlite_schema WHERE name = 'no such table'`).Scan(&n) // a ping does not read the file
	}
	if err != nil && db.writer != nil {
		_ = db.writer.drain()
		_ = db.writer.close()
	}
	return err
}

// GiveBack lets go of what the connections keep to answer faster: for a process at rest. The next questions open them again, in a millisecond
// or so. Nothing that runs is disturbed; on PostgreSQL, whose connections hold little here and cost more to open, it does nothing.
func (db *DB) GiveBack(ctx context.Context) error {
	if db.dialect != SQLite {
		return nil
	}
	db.pool.SetMaxIdleConns(-1) // closes those that are idle
	db.pool.SetMaxIdleConns(db.opts.Readers)
	if db.writer == nil {
		return nil
	}
	o := &op{ctx: ctx, done: make(chan struct{})}
	o.between = func() error {
		db.writer.forget()
		return mapError(db.writer.script(`PRAGMA shrink_memory`))
	}
	return db.writer.submit(o)
}

func openSQLitePool(name string) (*sql.DB, error) {
	c, err := sqlite.NewConnector(name)
	if err != nil {
		return nil, err
	}
	return sql.OpenDB(c), nil
}

// dsn names the file for the driver. mode is one of SQLite's URIs: ro, rw, or rwc, which makes a missing file.
func dsn(path, mode string, pragmas ...string) string {
	q := url.Values{"mode": {mode}, "_dqs": {"0"}}
	for _, p := range append([]string{fmt.Sprintf("busy_timeout(%d)", busyMillis), "temp_store(MEMORY)", "mmap_size(0)"}, pragmas...) {
		q.Add("_pragma", p)
	}
	u := url.URL{Scheme: "file", Path: path, RawQuery: q.Encode()}
	return u.String()
}

func fileSize(path string) int64 {
	i, err := os.Stat(path)
	if err != nil {
		return 0
	}
	return i.Size()
}
