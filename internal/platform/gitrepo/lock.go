package gitrepo

import (
	"crypto/rand"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"syscall"

	"commun/internal/platform/fault"
)

// runsFolder lies beside the mirrors and holds one file for each run under way, named as its mirror. The run holds the file's lock
// (flock), which the system lets go when the process dies, however it dies; the file holds the token that marks its children.
const runsFolder = ".runs"

// The two kinds of folder that a run makes beside its mirror; the run's token follows.
const (
	newInfix = ".new-"
	oldInfix = ".old-"
)

// killGroup ends the process group that pid leads.
func killGroup(pid int) error {
	err := syscall.Kill(-pid, syscall.SIGKILL)
	if errors.Is(err, syscall.ESRCH) {
		return os.ErrProcessDone
	}
	return err
}

// hold takes the run file of the mirror at dir, sweeping what a dead run left, and returns the new run's token and what ends it. Error:
// gitrepo.busy when a living run holds it, in this process or another.
func hold(dir string) (token string, release func(), err error) {
	runs := filepath.Join(filepath.Dir(dir), runsFolder)
	if err := os.MkdirAll(runs, 0o700); err != nil {
		return "", nil, fmt.Errorf("hold mirror: %w", spaceOr(err))
	}
	f, err := lockFile(filepath.Join(runs, filepath.Base(dir)))
	if err != nil {
		return "", nil, err
	}
	if _, err := clearRun(f, dir); err != nil {
		f.Close()
		return "", nil, err
	}
	token = rand.Text()
	if err := errors.Join(f.Truncate(0), writeAt(f, token)); err != nil {
		f.Close()
		return "", nil, fmt.Errorf("hold mirror: %w", spaceOr(err))
	}
	return token, func() {
		sweep(dir, token)
		os.Remove(f.Name())
		f.Close()
	}, nil
}

func writeAt(f *os.File, text string) error {
	_, err := f.WriteAt([]byte(text), 0)
	return err
}

// lockFile opens and locks a run file, and makes sure that what it locked is still what the name means.
func lockFile(name string) (*os.File, error) {
	for {
		f, err := os.OpenFile(name, os.O_RDWR|os.O_CREATE, 0o600)
		if err != nil {
			return nil, fmt.Errorf("hold mirror: %w", spaceOr(err))
		}
		if err := syscall.Flock(int(f.Fd()), syscall.LOCK_EX|syscall.LOCK_NB); err != nil {
			f.Close()
			if errors.Is(err, syscall.EWOULDBLOCK) {
				return nil, fault.Busy(KeyBusy)
			}
			return nil, fmt.Errorf("hold mirror: %w", err)
		}
		held, err1 := f.Stat()
		named, err2 := os.Stat(name)
		if err1 == nil && err2 == nil && os.SameFile(held, named) {
			return f, nil
		}
		f.Close() // its last holder removed it between our opening and our lock
	}
}

// clearRun ends the children of the dead run that f names, if any, and sweeps its folders. The caller holds f's lock.
func clearRun(f *os.File, dir string) (ended int, err error) {
	text, err := io.ReadAll(io.LimitReader(f, 1<<10))
	if err != nil {
		return 0, fmt.Errorf("read run file: %w", err)
	}
	if token := strings.TrimSpace(string(text)); token != "" {
		ended = killMarked(token)
	}
	sweep(dir, "")
	return ended, nil
}

// sweep removes what an unfinished run left: half copies beside the mirror (of one token, or of all when it is ""), and in the mirror
// git's locks and temporary packs. The caller holds the run's lock, so no child of ours is at work.
func sweep(dir, token string) {
	base := filepath.Base(dir)
	entries, _ := os.ReadDir(filepath.Dir(dir))
	for _, e := range entries {
		for _, infix := range []string{newInfix, oldInfix} {
			if strings.HasPrefix(e.Name(), base+infix+token) {
				os.RemoveAll(filepath.Join(filepath.Dir(dir), e.Name()))
			}
		}
	}
	filepath.WalkDir(dir, func(p string, d fs.DirEntry, err error) error {
		if err != nil {
			return nil
		}
		switch name := d.Name(); {
		case strings.HasPrefix(name, "tmp_") && strings.Contains(p, string(filepath.Separator)+"objects"+string(filepath.Separator)):
			os.RemoveAll(p)
			if d.IsDir() {
				return fs.SkipDir
			}
		case strings.HasSuffix(name, ".lock") && !d.IsDir(): // no reference may end so
			os.Remove(p)
		}
		return nil
	})
}

// EndOrphans is for a program's start: in the folder that holds mirrors, it ends the git children that a dead process left at work and
// sweeps their half copies. Runs of living processes are not touched. It returns how many children it ended; that there is nothing, or
// no such folder, is no error.
func EndOrphans(dir string) (ended int, err error) {
	runs := filepath.Join(dir, runsFolder)
	entries, err := os.ReadDir(runs)
	if errors.Is(err, fs.ErrNotExist) {
		return 0, nil
	}
	if err != nil {
		return 0, fmt.Errorf("end orphans: %w", err)
	}
	var errs []error
	for _, e := range entries {
		f, err := lockFile(filepath.Join(runs, e.Name()))
		if fault.KindOf(err) == fault.BusyKind {
			continue // alive
		}
		if err != nil {
			errs = append(errs, err)
			continue
		}
		n, err := clearRun(f, filepath.Join(dir, e.Name()))
		ended += n
		if err == nil {
			err = os.Remove(f.Name())
		}
		errs = append(errs, err)
		f.Close()
	}
	if err := errors.Join(errs...); err != nil {
		return ended, fmt.Errorf("end orphans in %s: %w", dir, err)
	}
	return ended, nil
}

// spaceOr puts a full disk into its fault, and leaves every other error as it is.
func spaceOr(err error) error {
	if errors.Is(err, syscall.ENOSPC) || errors.Is(err, syscall.EDQUOT) {
		return fault.Busy(KeyNoSpace).Wrap(err)
	}
	return err
}
