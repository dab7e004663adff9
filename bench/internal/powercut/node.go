//go:build linux

package powercut

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"strconv"
	"syscall"

	"github.com/hanwen/go-fuse/v2/fs"
	"github.com/hanwen/go-fuse/v2/fuse"
)

// node is a file or a folder of a disk: what only reads is the loopback's, what changes goes through the disk.
type node struct {
	fs.LoopbackNode
	disk *Disk
}

var (
	_ fs.NodeCreater   = (*node)(nil)
	_ fs.NodeOpener    = (*node)(nil)
	_ fs.NodeMkdirer   = (*node)(nil)
	_ fs.NodeRmdirer   = (*node)(nil)
	_ fs.NodeUnlinker  = (*node)(nil)
	_ fs.NodeRenamer   = (*node)(nil)
	_ fs.NodeLinker    = (*node)(nil)
	_ fs.NodeSymlinker = (*node)(nil)
	_ fs.NodeMknoder   = (*node)(nil)
	_ fs.NodeSetattrer = (*node)(nil)
	_ fs.NodeFsyncer   = (*node)(nil)

	_ fs.NodeWrapChilder = (*node)(nil)
)

// WrapChild implements [fs.NodeWrapChilder]: what is found below a node of a disk is one too.
func (n *node) WrapChild(_ context.Context, ops fs.InodeEmbedder) fs.InodeEmbedder {
	if below, ok := ops.(*fs.LoopbackNode); ok {
		return &node{LoopbackNode: fs.LoopbackNode{RootData: below.RootData}, disk: n.disk}
	}
	return ops
}

// at returns the path of a name in this folder, where its bytes are.
func (n *node) at(name string) string {
	return filepath.Join(n.disk.back, n.Path(n.Root()), name)
}

// change does a change of names under the disk's lock, and keeps how to take it back.
func (n *node) change(do func() syscall.Errno, u undo) syscall.Errno {
	if e := n.disk.asked(Name); e != 0 {
		return e
	}
	if e := do(); e != 0 {
		return e
	}
	n.disk.names = append(n.disk.names, u)
	return 0
}

// keep gives a file that is about to lose its last name another one, out of sight, and returns how to take that back.
func (n *node) keep(path string) (undo, error) {
	n.disk.kept++
	kept := filepath.Join(n.disk.trash, strconv.Itoa(n.disk.kept))
	if err := os.Link(path, kept); err != nil {
		return undo{}, err
	}
	return undo{back: func() error { return os.Rename(kept, path) }, forget: func() error { return os.Remove(kept) }}, nil
}

// Create implements [fs.NodeCreater].
func (n *node) Create(ctx context.Context, name string, flags, mode uint32, out *fuse.EntryOut) (*fs.Inode, fs.FileHandle, uint32, syscall.Errno) {
	n.disk.mu.Lock()
	defer n.disk.mu.Unlock()
	path := n.at(name)
	var inode *fs.Inode
	var h fs.FileHandle
	var more uint32
	e := n.change(func() (e syscall.Errno) {
		inode, h, more, e = n.LoopbackNode.Create(ctx, name, (flags|syscall.O_RDWR)&^(syscall.O_WRONLY|syscall.O_APPEND), mode, out)
		return e
	}, undo{back: func() error { return os.Remove(path) }})
	if e != 0 {
		return nil, nil, 0, e
	}
	f, e := n.disk.handle(path, flags, h)
	return inode, f, more, e
}

// Open implements [fs.NodeOpener].
func (n *node) Open(_ context.Context, flags uint32) (fs.FileHandle, uint32, syscall.Errno) {
	n.disk.mu.Lock()
	defer n.disk.mu.Unlock()
	f, e := n.disk.handle(n.at(""), flags, nil)
	if e == 0 && flags&syscall.O_TRUNC != 0 {
		e = f.truncate(0)
	}
	return f, 0, e
}

// handle opens the file at path for whatever may be asked, in place of the handle first. The caller holds d.mu.
func (d *Disk) handle(path string, flags uint32, first fs.FileHandle) (*file, syscall.Errno) {
	if r, ok := first.(fs.FileReleaser); ok {
		if e := r.Release(context.Background()); e != 0 {
			return nil, e
		}
	}
	f, err := os.OpenFile(path, os.O_RDWR, 0)
	if errors.Is(err, os.ErrPermission) {
		f, err = os.Open(path)
	}
	if err != nil {
		return nil, fs.ToErrno(err)
	}
	return &file{f: f, disk: d, sync: flags&(syscall.O_SYNC|syscall.O_DSYNC) != 0, end: flags&syscall.O_APPEND != 0}, 0
}

// Mkdir implements [fs.NodeMkdirer].
func (n *node) Mkdir(ctx context.Context, name string, mode uint32, out *fuse.EntryOut) (inode *fs.Inode, e syscall.Errno) {
	n.disk.mu.Lock()
	defer n.disk.mu.Unlock()
	path := n.at(name)
	e = n.change(func() (e syscall.Errno) {
		inode, e = n.LoopbackNode.Mkdir(ctx, name, mode, out)
		return e
	}, undo{back: func() error { return os.RemoveAll(path) }})
	return inode, e
}

// Symlink implements [fs.NodeSymlinker].
func (n *node) Symlink(ctx context.Context, target, name string, out *fuse.EntryOut) (inode *fs.Inode, e syscall.Errno) {
	n.disk.mu.Lock()
	defer n.disk.mu.Unlock()
	path := n.at(name)
	e = n.change(func() (e syscall.Errno) {
		inode, e = n.LoopbackNode.Symlink(ctx, target, name, out)
		return e
	}, undo{back: func() error { return os.Remove(path) }})
	return inode, e
}

// Mknod implements [fs.NodeMknoder], for the program's socket.
func (n *node) Mknod(ctx context.Context, name string, mode, dev uint32, out *fuse.EntryOut) (inode *fs.Inode, e syscall.Errno) {
	n.disk.mu.Lock()
	defer n.disk.mu.Unlock()
	path := n.at(name)
	e = n.change(func() (e syscall.Errno) {
		inode, e = n.LoopbackNode.Mknod(ctx, name, mode, dev, out)
		return e
	}, undo{back: func() error { return os.Remove(path) }})
	return inode, e
}

// Link implements [fs.NodeLinker].
func (n *node) Link(_ context.Context, target fs.InodeEmbedder, name string, out *fuse.EntryOut) (*fs.Inode, syscall.Errno) {
	n.disk.mu.Lock()
	defer n.disk.mu.Unlock()
	t, ok := target.(*node)
	if !ok {
		return nil, syscall.EXDEV
	}
	path := n.at(name)
	e := n.change(func() syscall.Errno { return fs.ToErrno(os.Link(t.at(""), path)) }, undo{back: func() error { return os.Remove(path) }})
	if e != 0 {
		return nil, e
	}
	var st syscall.Stat_t
	if err := syscall.Lstat(path, &st); err != nil {
		return nil, fs.ToErrno(err)
	}
	out.Attr.FromStat(&st)
	return target.EmbeddedInode(), 0
}

// Rmdir implements [fs.NodeRmdirer].
func (n *node) Rmdir(ctx context.Context, name string) syscall.Errno {
	n.disk.mu.Lock()
	defer n.disk.mu.Unlock()
	path := n.at(name)
	return n.change(func() syscall.Errno { return n.LoopbackNode.Rmdir(ctx, name) }, undo{back: func() error { return os.Mkdir(path, 0o755) }})
}

// Unlink implements [fs.NodeUnlinker].
func (n *node) Unlink(ctx context.Context, name string) syscall.Errno {
	n.disk.mu.Lock()
	defer n.disk.mu.Unlock()
	u, err := n.keep(n.at(name))
	if err != nil {
		return fs.ToErrno(err)
	}
	return n.change(func() syscall.Errno { return n.LoopbackNode.Unlink(ctx, name) }, u)
}

// Rename implements [fs.NodeRenamer].
func (n *node) Rename(_ context.Context, name string, parent fs.InodeEmbedder, newName string, flags uint32) syscall.Errno {
	n.disk.mu.Lock()
	defer n.disk.mu.Unlock()
	to, ok := parent.(*node)
	if !ok || flags != 0 {
		return syscall.EINVAL
	}
	from, target := n.at(name), to.at(newName)
	u := undo{back: func() error { return os.Rename(target, from) }}
	if i, err := os.Lstat(target); err == nil && !i.IsDir() {
		kept, err := n.keep(target)
		if err != nil {
			return fs.ToErrno(err)
		}
		u = undo{back: func() error { return errors.Join(os.Rename(target, from), kept.back()) }, forget: kept.forget}
	}
	return n.change(func() syscall.Errno { return fs.ToErrno(os.Rename(from, target)) }, u)
}

// Setattr implements [fs.NodeSetattrer].
func (n *node) Setattr(ctx context.Context, h fs.FileHandle, in *fuse.SetAttrIn, out *fuse.AttrOut) syscall.Errno {
	if size, ok := in.GetSize(); ok {
		n.disk.mu.Lock()
		f, mine := h.(*file)
		var e syscall.Errno
		if !mine {
			f, e = n.disk.handle(n.at(""), 0, nil)
		}
		if e == 0 {
			e = f.truncate(int64(size))
		}
		n.disk.mu.Unlock()
		if !mine && f != nil {
			e = errno(e, f.f.Close())
		}
		if e != 0 {
			return e
		}
		in.Valid &^= fuse.FATTR_SIZE
	}
	return n.LoopbackNode.Setattr(ctx, nil, in, out)
}

func errno(e syscall.Errno, err error) syscall.Errno {
	if e != 0 {
		return e
	}
	return fs.ToErrno(err)
}

// Fsync implements [fs.NodeFsyncer], for files and folders.
func (n *node) Fsync(_ context.Context, h fs.FileHandle, _ uint32) syscall.Errno {
	if f, ok := h.(*file); ok {
		return n.disk.synced(f.f)
	}
	return n.disk.synced(nil)
}

// file is an open file of a disk.
type file struct {
	f         *os.File
	disk      *Disk
	sync, end bool
}

var (
	_ fs.FileReader    = (*file)(nil)
	_ fs.FileWriter    = (*file)(nil)
	_ fs.FileFlusher   = (*file)(nil)
	_ fs.FileReleaser  = (*file)(nil)
	_ fs.FileGetattrer = (*file)(nil)
	_ fs.FileAllocater = (*file)(nil)
)

// Read implements [fs.FileReader].
func (f *file) Read(_ context.Context, dest []byte, off int64) (fuse.ReadResult, syscall.Errno) {
	return fuse.ReadResultFd(f.f.Fd(), off, len(dest)), 0
}

// Write implements [fs.FileWriter].
func (f *file) Write(_ context.Context, data []byte, off int64) (uint32, syscall.Errno) {
	n, e := f.write(data, off)
	if e == 0 && f.sync {
		e = f.disk.synced(f.f)
	}
	return uint32(n), e
}

func (f *file) write(data []byte, off int64) (int, syscall.Errno) {
	f.disk.mu.Lock()
	defer f.disk.mu.Unlock()
	if e := f.disk.asked(Write); e != 0 {
		return 0, e
	}
	if f.end {
		i, err := f.f.Stat()
		if err != nil {
			return 0, fs.ToErrno(err)
		}
		off = i.Size()
	}
	if err := f.disk.before(f.f, off, int64(len(data))); err != nil {
		return 0, fs.ToErrno(err)
	}
	n, err := f.f.WriteAt(data, off)
	return n, fs.ToErrno(err)
}

// truncate cuts or lengthens the file. The caller holds the disk's lock.
func (f *file) truncate(size int64) syscall.Errno {
	if e := f.disk.asked(Write); e != 0 {
		return e
	}
	i, err := f.f.Stat()
	if err != nil {
		return fs.ToErrno(err)
	}
	from := min(size, i.Size())
	if err := f.disk.before(f.f, from, max(0, i.Size()-from)); err != nil {
		return fs.ToErrno(err)
	}
	return fs.ToErrno(f.f.Truncate(size))
}

// Allocate implements [fs.FileAllocater]: a longer file, as if written.
func (f *file) Allocate(_ context.Context, off, n uint64, mode uint32) syscall.Errno {
	if mode != 0 {
		return syscall.ENOTSUP
	}
	f.disk.mu.Lock()
	defer f.disk.mu.Unlock()
	i, err := f.f.Stat()
	if err != nil || int64(off+n) <= i.Size() {
		return fs.ToErrno(err)
	}
	return f.truncate(int64(off + n))
}

// Getattr implements [fs.FileGetattrer].
func (f *file) Getattr(_ context.Context, out *fuse.AttrOut) syscall.Errno {
	var st syscall.Stat_t
	if err := syscall.Fstat(int(f.f.Fd()), &st); err != nil {
		return fs.ToErrno(err)
	}
	out.FromStat(&st)
	return 0
}

// Flush implements [fs.FileFlusher]: closing a file syncs nothing.
func (f *file) Flush(context.Context) syscall.Errno { return 0 }

// Release implements [fs.FileReleaser].
func (f *file) Release(context.Context) syscall.Errno { return fs.ToErrno(f.f.Close()) }
