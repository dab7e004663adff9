package app

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"log/slog"
	"os"
	"path/filepath"

	"commun/internal/platform/config"
	"commun/internal/platform/storage"
)

// restore fills an empty database from a backup.
func restore(ctx context.Context, db *storage.DB, backup io.Reader) error {
	return db.Restore(ctx, backup, Migrations()...) // its errors say that they are of a restore
}

// Restore fills the empty database of a place from a backup. The whole backup is read into a database of its own first, so that one that was
// cut off or changed leaves nothing behind, and the next try finds the place as empty as it was. A SQLite file gets its name when it is whole.
func Restore(ctx context.Context, p config.Place, log *slog.Logger, backup io.ReadSeeker) (err error) {
	was, err := look(p)
	if err != nil {
		return err
	}
	// Nobody holds a folder without a lock file, so that none needs to be made before the backup is known to be good.
	if !was.locked {
		if err := readable(ctx, backup); err != nil {
			return err
		}
	}
	lock, err := takeFolder(ctx, p.Data)
	if err != nil {
		return errors.Join(fmt.Errorf("take data folder %s: %w", p.Data, err), was.back(nil))
	}
	defer func() {
		if err != nil {
			err = errors.Join(err, was.back(lock))
		} else {
			err = lock.Release()
		}
	}()
	if was.locked {
		if err := readable(ctx, backup); err != nil {
			return err
		}
	}
	o := database(p, log)
	if o.Path == "" || was.file {
		return restoreInto(ctx, p, o, backup) // one transaction, and refused unless it is empty
	}
	whole := o.Path
	o.Path += partEnding
	if err := errors.Join(removeDatabase(o.Path), restoreInto(ctx, p, o, backup)); err != nil {
		return errors.Join(err, removeDatabase(o.Path))
	}
	return named(o.Path, whole)
}

// partEnding is what the file of a restore that is under way ends with. One that a killed process left is removed by the next.
const partEnding = ".restoring"

func restoreInto(ctx context.Context, p config.Place, o storage.Options, backup io.Reader) (err error) {
	db, err := storage.Open(ctx, o)
	if err != nil {
		return fmt.Errorf("open database: %w", opened(p, err))
	}
	defer func() { err = errors.Join(err, db.Close()) }()
	return restore(ctx, db, backup)
}

// named gives a closed SQLite file its name, and sees to it that the disk knows.
func named(part, whole string) error {
	// the last connection to close folds the log into the file; what is left there would be lost with the name
	if info, err := os.Stat(part + "-wal"); err == nil && info.Size() > 0 {
		return fmt.Errorf("%s-wal was not folded into the database", part)
	}
	if err := os.Rename(part, whole); err != nil {
		return fmt.Errorf("name the restored database: %w", err)
	}
	dir, err := os.Open(filepath.Dir(whole))
	if err != nil {
		return fmt.Errorf("name the restored database: %w", err)
	}
	return errors.Join(dir.Sync(), dir.Close())
}

// removeDatabase removes a SQLite file and what lies beside it. None need be there.
func removeDatabase(path string) (err error) {
	for _, ending := range []string{"", "-wal", "-shm"} {
		if e := os.Remove(path + ending); !errors.Is(e, fs.ErrNotExist) {
			err = errors.Join(err, e)
		}
	}
	return err
}

// found is what was at a place before a restore.
type found struct {
	missing []string // folders, the innermost first
	locked  bool     // it has a lock file: it is, or was, some process's
	file    bool     // it has a database
}

// look sees what is at a place. Error: a folder that cannot be looked into.
func look(p config.Place) (f found, err error) {
	dir, err := filepath.Abs(p.Data)
	if err != nil {
		return f, fmt.Errorf("find data folder: %w", err)
	}
	there := func(name string) bool {
		_, e := os.Lstat(filepath.Join(dir, name))
		if e != nil && !errors.Is(e, fs.ErrNotExist) {
			err = fmt.Errorf("look at data folder: %w", e)
		}
		return e == nil
	}
	f.locked = there("lock")
	f.file = !p.IsPostgres() && there(filepath.Base(database(p, nil).Path))
	for at := dir; ; at = filepath.Dir(at) {
		if _, e := os.Lstat(at); e == nil || at == filepath.Dir(at) {
			return f, err
		}
		f.missing = append(f.missing, at)
	}
}

// back leaves a place as it was found: without the lock and the folders that were made for the restore. lock is nil when none was had.
func (f found) back(lock *storage.Lock) error {
	var err error
	switch {
	case lock != nil && f.locked:
		err = lock.Release()
	case lock != nil:
		err = lock.Discard()
	}
	for _, dir := range f.missing {
		// only an empty one goes: another process may have put something there meanwhile
		if os.Remove(dir) != nil {
			break
		}
	}
	return err
}

// readable restores a backup into a temporary database, and winds it back.
func readable(ctx context.Context, backup io.ReadSeeker) error {
	_, done, err := fromBackup(ctx, backup)
	if err != nil {
		return err
	}
	if err := done(); err != nil {
		return err
	}
	if _, err := backup.Seek(0, io.SeekStart); err != nil {
		return fmt.Errorf("read the backup again: %w", err)
	}
	return nil
}

// fromBackup restores a backup into a database of its own under a temporary folder; done removes it.
func fromBackup(ctx context.Context, backup io.Reader) (db *storage.DB, done func() error, err error) {
	dir, err := os.MkdirTemp("", "commun-backup-")
	if err != nil {
		return nil, nil, fmt.Errorf("make a folder for the backup: %w", err)
	}
	if db, err = storage.Open(ctx, storage.Options{Path: filepath.Join(dir, "commun.db")}); err != nil {
		return nil, nil, errors.Join(fmt.Errorf("open database: %w", err), os.RemoveAll(dir))
	}
	done = func() error { return errors.Join(db.Close(), os.RemoveAll(dir)) }
	if err := restore(ctx, db, backup); err != nil {
		return nil, nil, errors.Join(err, done())
	}
	return db, done, nil
}
