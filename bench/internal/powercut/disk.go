//go:build linux

// Package powercut mounts a folder whose files forget, at a power cut, what was not synced: a kill of a process can't show a missing fsync,
// because the kernel keeps what was written; this can. It also refuses writes, syncs or space at a chosen moment, as failing disks do.
//
// A [Disk] is a FUSE file system over a folder. Every write, truncation and change of a name is done there at once, and how to take it back is
// kept: the bytes of a page before its first change since the last sync of its file, the former name. A sync of a file makes its bytes
// durable. Names are durable in the order in which they were made, and any sync makes those durable that were made before it, as the journal
// of ext4 or XFS does (a stricter disk would ask for a sync of the folder too; what SQLite and commun do is enough for it, but git's own files
// are not). [Disk.Cut] takes back what was not synced: all of it, or a part drawn by chance, since a disk may have written some pages and
// not others.
package powercut

import (
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"path/filepath"
	"sync"
	"sync/atomic"
	"syscall"

	"github.com/hanwen/go-fuse/v2/fs"
	"github.com/hanwen/go-fuse/v2/fuse"
)

// page is the unit, in bytes, in which a disk writes or does not.
const page = 4096

// Disk is a mounted folder that can lose its power. Its methods may be called by several goroutines at once.
type Disk struct {
	back, trash, mount string
	server             *fuse.Server

	mu    sync.Mutex
	files map[fileID]*unsynced
	names []undo // of changed names, the oldest first
	kept  int    // files in trash so far

	// Ops counts writes, truncations, changes of names and syncs since the disk was made.
	Ops atomic.Int64
	// fault is asked before each of them, under mu.
	fault func(op Op, n int64) syscall.Errno
}

// Op is what a process asks of the disk.
type Op int

// What can fail.
const (
	Write Op = iota // and truncation, allocation
	Sync
	Name // creating, renaming, removing
)

// fileID is what makes a file one, whatever its names.
type fileID struct{ dev, ino uint64 }

// unsynced is what a file was when it was last synced.
type unsynced struct {
	f     *os.File
	size  int64
	pages map[int64][]byte // what stood there, shorter at the file's end
}

// undo takes a change of a name back; forget ends what was kept for that.
type undo struct{ back, forget func() error }

// New mounts a disk at the folder mount, whose files are kept in the folder back. Both are made. It needs /dev/fuse and the right to mount.
func New(back, mount string) (*Disk, error) {
	d := &Disk{back: filepath.Join(back, "files"), trash: filepath.Join(back, "removed"), mount: mount, files: map[fileID]*unsynced{}}
	for _, dir := range []string{d.back, d.trash, mount} {
		if err := os.MkdirAll(dir, 0o755); err != nil {
			return nil, fmt.Errorf("make a disk: %w", err)
		}
	}
	return d, d.up()
}

func (d *Disk) up() error {
	var st syscall.Stat_t
	if err := syscall.Stat(d.back, &st); err != nil {
		return fmt.Errorf("read %s: %w", d.back, err)
	}
	root := &fs.LoopbackRoot{Path: d.back, Dev: st.Dev}
	top := &node{LoopbackNode: fs.LoopbackNode{RootData: root}, disk: d}
	root.RootNode = top
	server, err := fs.Mount(d.mount, top, &fs.Options{MountOptions: fuse.MountOptions{DirectMount: true, FsName: "powercut", Name: "powercut"}})
	if err != nil {
		return fmt.Errorf("mount %s: %w", d.mount, err)
	}
	d.server = server
	return nil
}

// Fail sets what is asked before each change: n is its number, from 1, since Fail was called; 0 lets it pass. nil lets all pass.
func (d *Disk) Fail(fault func(op Op, n int64) syscall.Errno) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.Ops.Store(0)
	d.fault = fault
}

// asked counts a change and says whether it fails. The caller holds d.mu.
func (d *Disk) asked(op Op) syscall.Errno {
	n := d.Ops.Add(1)
	if d.fault == nil {
		return 0
	}
	return d.fault(op, n)
}

// Lost is what a cut took.
type Lost struct{ Pages, Names int }

// Cut ends the power: no process may have a file of the disk open. With a nil chance all that was not synced is lost; otherwise each page is
// lost or kept by chance, and of the names the latest, as many as chance says. The disk is mounted again when it returns.
func (d *Disk) Cut(chance *rand.Rand) (Lost, error) {
	if err := d.server.Unmount(); err != nil {
		return Lost{}, fmt.Errorf("unmount %s: %w", d.mount, err)
	}
	lost, err := d.revert(chance)
	if err != nil {
		return lost, fmt.Errorf("take back what was not synced: %w", err)
	}
	return lost, d.up()
}

func (d *Disk) revert(chance *rand.Rand) (lost Lost, err error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	for id, u := range d.files {
		n, e := u.revert(chance)
		lost.Pages += n
		err = errors.Join(err, e, u.f.Close())
		delete(d.files, id)
	}
	kept := 0
	if chance != nil {
		kept = chance.IntN(len(d.names) + 1)
	}
	lost.Names = len(d.names) - kept
	for i := len(d.names) - 1; i >= kept; i-- {
		err = errors.Join(err, d.names[i].back())
	}
	d.names = d.names[:kept]
	return lost, errors.Join(err, d.settle())
}

// revert writes back what stood in the pages that are lost.
func (u *unsynced) revert(chance *rand.Rand) (lost int, err error) {
	i, err := u.f.Stat()
	if err != nil {
		return 0, fmt.Errorf("read a file's size: %w", err)
	}
	now, end := i.Size(), u.size
	for at, was := range u.pages {
		// what a truncation took is never half gone: a disk writes a file's length at once
		if at < now && chance != nil && chance.IntN(2) == 0 {
			end = max(end, min(at+page, now))
			continue
		}
		lost++
		zeros := make([]byte, page)
		copy(zeros, was)
		_, e := u.f.WriteAt(zeros, at)
		err = errors.Join(err, e)
	}
	return lost, errors.Join(err, u.f.Truncate(end))
}

// settle makes all changed names durable. The caller holds d.mu.
func (d *Disk) settle() (err error) {
	for _, n := range d.names {
		if n.forget != nil {
			err = errors.Join(err, n.forget())
		}
	}
	d.names = nil
	return err
}

// before keeps what stands in n bytes from off of an open file, before they change. The caller holds d.mu.
func (d *Disk) before(f *os.File, off, n int64) error {
	id, size, err := identity(f)
	if err != nil {
		return err
	}
	u := d.files[id]
	if u == nil {
		own, err := os.OpenFile(fmt.Sprintf("/proc/self/fd/%d", f.Fd()), os.O_RDWR, 0)
		if err != nil {
			return fmt.Errorf("open a file to take back what is not synced: %w", err)
		}
		u = &unsynced{f: own, size: size, pages: map[int64][]byte{}}
		d.files[id] = u
	}
	for at := off / page * page; at < off+n; at += page {
		if _, ok := u.pages[at]; ok {
			continue
		}
		was := make([]byte, max(0, min(page, u.size-at)))
		if k, err := u.f.ReadAt(was, at); err != nil && !errors.Is(err, io.EOF) {
			return fmt.Errorf("keep what stands at %d: %w", at, err)
		} else {
			was = was[:k]
		}
		u.pages[at] = was
	}
	return nil
}

// synced makes the bytes of an open file durable, and all names.
func (d *Disk) synced(f *os.File) syscall.Errno {
	d.mu.Lock()
	defer d.mu.Unlock()
	if e := d.asked(Sync); e != 0 {
		return e
	}
	if f != nil {
		id, _, err := identity(f)
		if err != nil {
			return fs.ToErrno(err)
		}
		if u := d.files[id]; u != nil {
			delete(d.files, id)
			if err := u.f.Close(); err != nil {
				return fs.ToErrno(err)
			}
		}
	}
	return fs.ToErrno(d.settle())
}

func identity(f *os.File) (fileID, int64, error) {
	i, err := f.Stat()
	if err != nil {
		return fileID{}, 0, fmt.Errorf("read a file's identity: %w", err)
	}
	st, ok := i.Sys().(*syscall.Stat_t)
	if !ok {
		return fileID{}, 0, errors.New("read a file's identity: not a file of this system")
	}
	return fileID{dev: uint64(st.Dev), ino: st.Ino}, i.Size(), nil
}

// Close unmounts the disk; what it held stays in its folder.
func (d *Disk) Close() error {
	if err := d.server.Unmount(); err != nil {
		return fmt.Errorf("unmount %s: %w", d.mount, err)
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	var err error
	for id, u := range d.files {
		err = errors.Join(err, u.f.Close())
		delete(d.files, id)
	}
	return errors.Join(err, d.settle())
}
