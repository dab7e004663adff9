package storage

import (
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	"golang.org/x/sys/unix"

	"commun/internal/platform/fault"
)

// ErrFolderHeld: another process uses the data folder. Its argument pid says which.
var ErrFolderHeld = fault.Conflict("", "storage.folder_held")

// Lock is a data folder held by this process. The kernel lets go of it when the process ends, however it ends.
type Lock struct{ file *os.File }

// LockFolder takes dir, making it if need be, for this process alone, and writes who holds it into dir/lock. Errors: ErrFolderHeld with pid and since.
func LockFolder(dir string) (*Lock, error) {
	path := filepath.Join(dir, "lock")
	for {
		if err := os.MkdirAll(dir, 0o700); err != nil {
			return nil, fmt.Errorf("make data folder: %w", err)
		}
		l, err := lockFile(dir, path)
		if err != nil || l.stands(path) {
			return l, err
		}
		_ = l.file.Close() // who held it took it away between our opening and our locking: nobody else will see this file
	}
}

// lockFile opens the file at path, making it if need be, and takes it.
func lockFile(dir, path string) (*Lock, error) {
	f, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE, 0o600)
	if err != nil {
		return nil, fmt.Errorf("open %s: %w", path, err)
	}
	if err := unix.Flock(int(f.Fd()), unix.LOCK_EX|unix.LOCK_NB); err != nil {
		defer f.Close()
		if !errors.Is(err, unix.EWOULDBLOCK) {
			return nil, fmt.Errorf("lock %s: %w", path, err)
		}
		pid, since := holder(f)
		return nil, ErrFolderHeld.With("folder", dir).With("pid", pid).With("since", since).Wrap(
			fmt.Errorf("process %s has used %s since %s: stop it, or use the command that talks to it", pid, dir, since))
	}
	text := strconv.Itoa(os.Getpid()) + "\n" + time.Now().UTC().Format(time.RFC3339) + "\n"
	if err = f.Truncate(0); err == nil {
		_, err = f.WriteAt([]byte(text), 0)
	}
	if err != nil {
		f.Close()
		return nil, fmt.Errorf("write %s: %w", path, err)
	}
	return &Lock{f}, nil
}

// stands says whether path still leads to the file that is held.
func (l *Lock) stands(path string) bool {
	there, err := os.Stat(path)
	if err != nil {
		return false
	}
	mine, err := l.file.Stat()
	return err == nil && os.SameFile(there, mine)
}

// holder reads who wrote the lock file; what it can't read is "?".
func holder(f *os.File) (pid, since string) {
	b, err := io.ReadAll(io.LimitReader(io.NewSectionReader(f, 0, 200), 200))
	lines := strings.Split(string(b), "\n")
	if err != nil || len(lines) < 2 || lines[0] == "" {
		return "?", "?"
	}
	return lines[0], lines[1]
}

// Discard is Release that takes the file away too: for a folder that is given up as it was found. A process that opened the file before that
// sees that it stands no more, and begins again.
func (l *Lock) Discard() error {
	return errors.Join(os.Remove(l.file.Name()), l.Release())
}

// Release lets another process take the folder. The file stays, to say who held it last.
func (l *Lock) Release() error {
	if err := l.file.Close(); err != nil {
		return fmt.Errorf("release data folder: %w", err)
	}
	return nil
}
