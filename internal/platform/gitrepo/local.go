package gitrepo

import (
	"bytes"
	"compress/zlib"
	"context"
	"crypto/sha1"
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"errors"
	"fmt"
	"hash"
	"io"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"syscall"

	"golang.org/x/sync/errgroup"
)

// A folder of this machine is copied by its files: a fetch would pack all objects anew, take the packs apart and put them together again
// to judge each object, which costs more than measuring the history does.
//
// What is copied is data only: packs with their indexes, and loose objects. No configuration, hook, alternate, replacement, graft or note of a
// partial clone comes along; what is no regular file is not followed; references come from the git that serves the folder, which refuses
// folders of other owners. Files are copied and never shared by hard links: what the source later does to its own must not reach ours.
//
// What is checked: the checksum of each pack and of each index over all its bytes (damage of disks and of interrupted copies), each loose
// object against its name, and by git that everything which the branch and the tags reach is there. What is not checked, unlike in a
// fetch, is the *form* of objects (fetch.fsckObjects): its faults endanger who checks a repository out, which nobody does here, and a
// folder of the machine is an administrator's or the command line's to give. Whoever passes the mirror on must judge it first. An address
// of the web, of ssh, and a bundle, which has travelled, are judged object by object.
//
// Whatever is unusual about a folder is left to a fetch.

// errUnusual says that a folder is to be fetched from and not copied.
var errUnusual = errors.New("no folder to copy by its files")

// maxLoose is how many loose objects are copied one by one; git itself packs them from 6,700 on.
const maxLoose = 5000

var (
	packForm  = regexp.MustCompile(`^pack-[0-9a-f]{40,64}\.idx$`)
	looseForm = regexp.MustCompile(`^[0-9a-f]{2}$`)
	restForm  = regexp.MustCompile(`^[0-9a-f]{38}([0-9a-f]{24})?$`)
)

// files is what is to be copied of a folder of objects, by paths in it.
type files struct {
	packs []string // without the ending
	loose []string
	bytes int64
}

// copyFiles makes the empty folder tmp a mirror of the local repository at r.address that holds what o names. Any error leaves tmp
// half-made.
func (r *run) copyFiles(ctx context.Context, tmp string, o offer) error {
	if o.commit == "" || !refName(o.branch) {
		return errUnusual
	}
	objects, err := openObjects(r.address.path)
	if err != nil {
		return err
	}
	defer objects.Close()
	list, err := listFiles(objects)
	if err != nil {
		return err
	}
	if list.bytes > r.limits.Bytes {
		return errUnusual // most of it may be what no branch reaches any more: a fetch takes the rest
	}
	if err := skeleton(tmp, o); err != nil {
		return err
	}
	c := copier{run: r, from: objects, to: filepath.Join(tmp, "objects"), hash: sha1.New, total: list.bytes}
	if len(o.commit) == 64 {
		c.hash = sha256.New
	}
	if err := c.all(ctx, list); err != nil {
		return err
	}
	if r.progress != nil {
		r.progress(Progress{Phase: Finishing})
	}
	// That nothing is missing, and, meanwhile, that the disk has it all.
	both, ctx := errgroup.WithContext(ctx)
	both.Go(func() error {
		reach := o.commit + "\n" + strings.Join(slices.Collect(maps.Values(o.tags)), "\n") + "\n"
		return r.command(ctx, tmp, nil, strings.NewReader(reach), nil, "rev-list", "--objects", "--quiet", "--stdin")
	})
	both.Go(c.sync)
	return both.Wait()
}

// openObjects opens the folder of objects of the repository at dir, bare or with a work tree.
func openObjects(dir string) (*os.Root, error) {
	for _, d := range []string{filepath.Join(dir, ".git"), dir} {
		if !isFolder(filepath.Join(d, "objects")) || !isFolder(filepath.Join(d, "refs")) {
			continue
		}
		// A history that is cut or mended elsewhere, objects of another repository: what git makes of them is not in these files.
		for _, name := range []string{"shallow", "commondir", "info/grafts", "objects/info/alternates", "objects/info/http-alternates"} {
			if _, err := os.Lstat(filepath.Join(d, name)); !errors.Is(err, fs.ErrNotExist) {
				return nil, errUnusual
			}
		}
		return os.OpenRoot(filepath.Join(d, "objects"))
	}
	return nil, errUnusual
}

// isFolder says whether name is a folder, and not a link to one.
func isFolder(name string) bool {
	info, err := os.Lstat(name)
	return err == nil && info.IsDir()
}

// listFiles lists what is to be copied. Temporary files, bitmaps, commit graphs and packs of what nothing reaches are not.
func listFiles(objects *os.Root) (files, error) {
	var l files
	add := func(name string) error {
		info, err := objects.Lstat(name)
		if err != nil {
			return err
		}
		if !info.Mode().IsRegular() {
			return errUnusual
		}
		l.bytes += info.Size()
		return nil
	}
	top, err := fs.ReadDir(objects.FS(), ".")
	if err != nil {
		return l, err
	}
	for _, folder := range top {
		name := folder.Name()
		if name != "pack" && !looseForm.MatchString(name) {
			continue
		}
		if !folder.IsDir() {
			return l, errUnusual
		}
		inside, err := fs.ReadDir(objects.FS(), name)
		if err != nil {
			return l, err
		}
		for _, e := range inside {
			path := name + "/" + e.Name()
			switch {
			case name == "pack" && packForm.MatchString(e.Name()):
				base := strings.TrimSuffix(path, ".idx")
				if _, err := objects.Lstat(base + ".mtimes"); err == nil {
					continue
				}
				l.packs = append(l.packs, base)
				if err := errors.Join(add(path), add(base+".pack")); err != nil {
					return l, err
				}
			case name != "pack" && restForm.MatchString(e.Name()):
				l.loose = append(l.loose, path)
				if err := add(path); err != nil {
					return l, err
				}
			}
		}
		if len(l.packs) > maxPacks || len(l.loose) > maxLoose {
			return l, errUnusual
		}
	}
	return l, nil
}

// skeleton makes the empty folder tmp a bare repository without objects, as git init would, with the offer's references in one file.
func skeleton(tmp string, o offer) error {
	for _, d := range []string{"objects/pack", "objects/info", "refs/heads", "refs/tags"} {
		if err := os.MkdirAll(filepath.Join(tmp, d), 0o700); err != nil {
			return spaceOr(err)
		}
	}
	config := "[core]\n\trepositoryformatversion = 0\n\tbare = true\n"
	if len(o.commit) == 64 {
		config = "[core]\n\trepositoryformatversion = 1\n\tbare = true\n[extensions]\n\tobjectFormat = sha256\n"
	}
	refs := map[string]string{"refs/heads/" + o.branch: o.commit}
	for name, id := range o.tags {
		if !refName(name) || len(id) != len(o.commit) {
			return errUnusual
		}
		refs["refs/tags/"+name] = id
	}
	var packed strings.Builder
	packed.WriteString("# pack-refs with: sorted\n")
	for _, name := range slices.Sorted(maps.Keys(refs)) {
		packed.WriteString(refs[name] + " " + name + "\n")
	}
	for name, text := range map[string]string{"HEAD": "ref: refs/heads/" + o.branch + "\n", "config": config, "packed-refs": packed.String()} {
		if err := os.WriteFile(filepath.Join(tmp, name), []byte(text), 0o600); err != nil {
			return spaceOr(err)
		}
	}
	return nil
}

// copier copies files of one folder of objects to another, and checks them on the way.
type copier struct {
	run   *run
	from  *os.Root
	to    string
	hash  func() hash.Hash
	total int64 // bytes

	packs   []string // files written, to be put on the disk
	objects int64    // in the packs and loose
	done    int64    // bytes
	told    int      // percent
}

// all copies what is listed: indexes first, which tell how many objects there are.
func (c *copier) all(ctx context.Context, l files) error {
	c.objects = int64(len(l.loose))
	sums := map[string][]byte{}
	for _, base := range l.packs {
		n, sum, err := c.index(ctx, base+".idx")
		if err != nil {
			return err
		}
		c.objects += n
		sums[base] = sum
	}
	if c.objects > c.run.limits.Objects {
		return errUnusual
	}
	for _, base := range l.packs {
		_, sum, err := c.summed(ctx, base+".pack")
		if err != nil {
			return err
		}
		if !bytes.Equal(sum, sums[base]) {
			return fmt.Errorf("%s has the index of another pack", base)
		}
	}
	for _, path := range l.loose {
		if err := c.loose(ctx, path); err != nil {
			return err
		}
	}
	return nil
}

// open opens a regular file of the source.
func (c *copier) open(path string) (*os.File, error) {
	f, err := c.from.OpenFile(path, os.O_RDONLY|syscall.O_NOFOLLOW|syscall.O_NONBLOCK, 0)
	if err != nil {
		return nil, err
	}
	if info, err := f.Stat(); err != nil || !info.Mode().IsRegular() {
		f.Close()
		return nil, errors.Join(errUnusual, err)
	}
	return f, nil
}

// index copies the index of a pack, and returns the number of its objects and the pack's checksum.
func (c *copier) index(ctx context.Context, path string) (objects int64, pack []byte, err error) {
	// "\xfftOc", version 2, then for each first byte of an id how many objects there are up to it; at the end the two checksums.
	const counts = 8 + 256*4
	text, sum, err := c.summed(ctx, path)
	if err != nil {
		return 0, nil, err
	}
	if len(text) < counts+2*len(sum) || string(text[:8]) != "\xfftOc\x00\x00\x00\x02" {
		return 0, nil, errUnusual
	}
	return int64(binary.BigEndian.Uint32(text[counts-4:])), text[len(text)-2*len(sum) : len(text)-len(sum)], nil
}

// summed copies a file that ends with the checksum of all before, as packs and their indexes do, and returns that; of an index, the text too.
func (c *copier) summed(ctx context.Context, path string) (text, sum []byte, err error) {
	from, err := c.open(path)
	if err != nil {
		return nil, nil, err
	}
	defer from.Close()
	info, err := from.Stat()
	if err != nil {
		return nil, nil, err
	}
	to, err := os.OpenFile(filepath.Join(c.to, path), os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o400)
	if err != nil {
		return nil, nil, spaceOr(err)
	}
	c.packs = append(c.packs, to.Name())
	defer to.Close()
	h := c.hash()
	left := info.Size() - int64(h.Size())
	isIndex := strings.HasSuffix(path, ".idx")
	buf := make([]byte, min(info.Size(), 512<<10)+1)
	var end []byte // what is not under the checksum: the checksum
	for {
		n, err := from.Read(buf)
		body := buf[:n]
		under := max(0, min(left, int64(n)))
		h.Write(body[:under])
		left -= under
		end = append(end, body[under:]...)
		if isIndex {
			text = append(text, body...)
		}
		if len(end) > h.Size() {
			return nil, nil, errUnusual // it grew meanwhile
		}
		if _, err := to.Write(body); err != nil {
			return nil, nil, spaceOr(err)
		}
		c.moved(int64(n))
		if errors.Is(err, io.EOF) {
			break
		}
		if err = errors.Join(err, ctx.Err()); err != nil {
			return nil, nil, err
		}
	}
	if sum = h.Sum(nil); !bytes.Equal(sum, end) {
		return nil, nil, fmt.Errorf("%s: its checksum does not hold", path)
	}
	return text, sum, to.Close()
}

// loose copies a loose object that is what its name says.
func (c *copier) loose(ctx context.Context, path string) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	from, err := c.open(path)
	if err != nil {
		return err
	}
	defer from.Close()
	raw, err := io.ReadAll(io.LimitReader(from, c.run.limits.Bytes))
	if err != nil {
		return err
	}
	z, err := zlib.NewReader(bytes.NewReader(raw))
	if err != nil {
		return err
	}
	h := c.hash()
	// One byte more than is allowed makes another object than the name says.
	if _, err := io.Copy(h, io.LimitReader(z, c.run.limits.Bytes)); err != nil {
		return err
	}
	if name := strings.Replace(path, "/", "", 1); hex.EncodeToString(h.Sum(nil)) != name {
		return fmt.Errorf("object %s is not what its name says", name)
	}
	to := filepath.Join(c.to, path)
	if err := os.MkdirAll(filepath.Dir(to), 0o700); err != nil {
		return spaceOr(err)
	}
	c.moved(int64(len(raw)))
	return spaceOr(os.WriteFile(to, raw, 0o400))
}

// moved tells how far the copy is, each percent once. Objects are counted by their share of the bytes.
func (c *copier) moved(n int64) {
	c.done = min(c.done+n, c.total)
	percent := int(c.done * 100 / max(c.total, 1))
	if c.run.progress == nil || percent == c.told {
		return
	}
	c.told = percent
	c.run.progress(Progress{Phase: Receiving, Percent: percent, Done: c.objects * int64(percent) / 100, Total: c.objects, Bytes: c.done})
}

// sync waits until the disk has the packs, as git does: a pack with a hole after a power cut would pass for whole until someone reads there.
func (c *copier) sync() error {
	for _, name := range c.packs {
		f, err := os.Open(name)
		if err != nil {
			return err
		}
		if err := errors.Join(f.Sync(), f.Close()); err != nil {
			return spaceOr(err)
		}
	}
	return nil
}
