package storage

import (
	"context"
	"errors"
	"fmt"
	"os"
	"time"
)

// CopyFile writes a SQLite database into a new file at path while it is in use: all that was committed at one moment, without free pages. It reads
// like any reader, so the writer does not wait for it. The copy is on disk when CopyFile returns.
func (db *DB) CopyFile(ctx context.Context, path string) error {
	if db.dialect != SQLite {
		return errors.New("copy file: only a SQLite database is a file; use Backup")
	}
	if _, err := os.Stat(path); err == nil {
		return fmt.Errorf("copy database to %s: %w", path, os.ErrExist)
	}
	pool, err := openSQLitePool(dsn(db.opts.Path, "rw"))
	if err != nil {
		return fmt.Errorf("copy database: %w", err)
	}
	defer pool.Close()
	if _, err := pool.ExecContext(ctx, `VACUUM INTO $1`, path); err != nil {
		return errors.Join(fmt.Errorf("copy database to %s: %w", path, mapError(err)), os.Remove(path))
	}
	f, err := os.Open(path)
	if err == nil {
		err = errors.Join(f.Sync(), f.Close())
	}
	if err != nil {
		return fmt.Errorf("sync %s: %w", path, err)
	}
	return nil
}

// Scrub removes what deleted rows left behind, so that what was forgotten is not found in the files: call it after the deletion was committed. On SQLite
// deleted content is overwritten at once in the database file, and Scrub empties the log, which still holds the pages of before; it waits for the reads that
// need them, until ctx ends. On PostgreSQL it vacuums tables; what the server's own log and copies keep is the operator's to rotate.
func (db *DB) Scrub(ctx context.Context, tables ...string) error {
	if db.opts.ReadOnly {
		return ErrReadOnly
	}
	if db.dialect == Postgres {
		for _, t := range tables {
			if _, err := db.pool.ExecContext(ctx, `VACUUM `+quote(t)); err != nil {
				return fmt.Errorf("vacuum %s: %w", t, mapError(err))
			}
		}
		return nil
	}
	for {
		if emptied, err := db.writer.emptyLog(ctx); err != nil || emptied {
			return err
		}
		timer := time.NewTimer(20 * time.Millisecond)
		select {
		case <-timer.C:
		case <-ctx.Done():
			timer.Stop()
			return fmt.Errorf("empty the log: a read still needs it: %w", ctx.Err())
		}
	}
}
