package gitrepo

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"time"

	"commun/internal/platform/fault"
)

// Mirror is our bare copy of one repository: its default branch and its tags. Mirrors of one instance lie in one folder, which
// EndOrphans cleans at the program's start.
type Mirror struct {
	Dir string // absolute; its parent folder holds the unfinished copies and the runs' files too
}

// Result says what an update found.
type Result struct {
	Commit   string // the id at the head of the default branch
	Branch   string // the default branch's short name; "detached" where the source has none
	Previous string // the commit of the update before, or ""
	Cloned   bool   // the mirror was made anew: there was none, or it was damaged
	Changed  bool   // the head, the branch or a tag is not what it was
	Forced   bool   // the commit of before is no ancestor of this one: history was rewritten
	Moved    bool   // the default branch has another name than before
	// Final is the address that answered: after redirects, or for a folder after symbolic links. Redirected says that its Key is not the
	// one asked for, so that the catalogue can know both as one.
	Final      Address
	Redirected bool
	Bytes      int64 // of the mirror on disk
}

// Update makes the mirror hold what the repository at a holds now, cloning it when there is no whole mirror yet. It is safe to call
// again at any time, after any failure; twice in a row changes nothing. A failed update leaves the mirror as it was. progress may be
// nil; it is called from another goroutine, one call at a time.
//
// Errors are faults with one of Keys, or wrap context.Canceled. gitrepo.busy: another update of this mirror is under way.
func (m Mirror) Update(ctx context.Context, a Address, p Policy, progress func(Progress)) (Result, error) {
	return m.wrap(ctx, a, p, progress, false)
}

// Renew is Update that clones anew even though there is a mirror: for one whose reading failed with gitrepo.corrupt.
func (m Mirror) Renew(ctx context.Context, a Address, p Policy, progress func(Progress)) (Result, error) {
	return m.wrap(ctx, a, p, progress, true)
}

// Size is the mirror's size on disk in bytes, 0 when there is none.
func (m Mirror) Size() int64 { return diskSize(m.Dir) }

// Remove deletes the mirror; no error when there is none. Error: gitrepo.busy.
func (m Mirror) Remove() error {
	_, release, err := hold(m.Dir)
	if err != nil {
		return fmt.Errorf("remove mirror: %w", err)
	}
	defer release()
	if err := os.RemoveAll(m.Dir); err != nil {
		return fmt.Errorf("remove mirror: %w", err)
	}
	return nil
}

func (m Mirror) wrap(ctx context.Context, a Address, p Policy, progress func(Progress), anew bool) (Result, error) {
	res, err := m.update(ctx, a, p, progress, anew)
	if err != nil {
		return res, fmt.Errorf("update mirror %s from %s: %w", filepath.Base(m.Dir), a.Key(), err)
	}
	return res, nil
}

func (m Mirror) update(ctx context.Context, a Address, p Policy, progress func(Progress), anew bool) (res Result, err error) {
	if err := p.Check(a); err != nil {
		return res, err
	}
	if _, err := exec.LookPath("git"); err != nil {
		return res, fault.Busy(KeyNoGit).Wrap(err)
	}
	limits := p.Limits.orDefault()
	token, release, err := hold(m.Dir)
	if err != nil {
		return res, err
	}
	defer release()
	ctx, cancel := context.WithTimeoutCause(ctx, limits.Total, fault.Busy(KeyTimeout).With("seconds", seconds(limits.Total)))
	defer cancel()

	r := &run{guard: newGuard(p), limits: limits, token: token, address: a, disk: m.Dir}
	if progress != nil {
		var mu sync.Mutex
		r.progress = func(p Progress) { mu.Lock(); defer mu.Unlock(); progress(p) }
		r.progress(Progress{Phase: Connecting})
	}
	had := m.state(ctx)
	closeWay, err := r.openWay(ctx)
	defer closeWay()
	if err != nil {
		if had.commit != "" && KeyOf(err) == KeyNotFound {
			err = fault.Missing(KeyGone).Wrap(err)
		}
		return res, err
	}
	res.Final, res.Redirected = r.address, r.address.Key() != a.Key()

	whole := !anew && had.commit != "" && m.check(ctx) == nil
	if whole {
		err = r.refresh(ctx, m.Dir, had, &res)
		if damaged(err) {
			whole = false
		}
	}
	if !whole {
		err = m.clone(ctx, r, had, &res)
	}
	if err != nil {
		return res, err
	}
	res.Bytes = diskSize(m.Dir)
	return res, nil
}

// damaged says whether an update in place failed in a way that a new clone may mend: objects that do not hold here (or there: then
// cloning says so), or references that cannot be changed one by one.
func damaged(err error) bool {
	switch KeyOf(err) {
	case KeyCorrupt, KeySourceIncomplete:
		return true
	}
	return errors.Is(err, errRefs) || errors.Is(err, errAnew)
}

// What only a new clone mends: references that cannot be changed one by one, and sources that are always taken whole.
var (
	errRefs = errors.New("references in the way")
	errAnew = errors.New("to be cloned anew")
)

// openWay resolves and checks where r's git will go, and sets up how it gets there. The returned function is never nil.
func (r *run) openWay(ctx context.Context) (closeWay func(), err error) {
	closeWay = func() {}
	switch r.address.kind {
	case Web:
		if r.web, err = r.guard.transport(); err != nil {
			return closeWay, err
		}
		closeWay = r.web.CloseIdleConnections
		if r.address, r.format, err = r.guard.probe(ctx, r.web, r.address); err != nil {
			return closeWay, err
		}
		proxy, err := startProxy(r.guard, r.address.dialTarget())
		if err != nil {
			return closeWay, fmt.Errorf("start proxy: %w", err)
		}
		r.proxyURL = proxy.url
		return func() { proxy.close(); r.web.CloseIdleConnections() }, nil
	case SSH:
		if _, err := EnsureKey(r.guard.policy.SSHDir); err != nil {
			return closeWay, err
		}
		ips, err := r.guard.resolve(ctx, r.address.dialTarget())
		if err != nil {
			return closeWay, err
		}
		r.ssh, err = sshCommand(r.guard.policy.SSHDir, r.address, ips[0].Unmap().String(), r.limits.Answer)
		return closeWay, err
	}
	r.address, err = resolveLocal(r.address)
	return closeWay, err
}

// resolveLocal follows symbolic links and tells folders from bundles by what is there.
func resolveLocal(a Address) (Address, error) {
	real, err := filepath.EvalSymlinks(a.path)
	if err == nil {
		var info fs.FileInfo
		if info, err = os.Stat(real); err == nil {
			to, perr := parsePath(real)
			if perr != nil {
				return a, perr
			}
			switch {
			case info.Mode().IsRegular():
				to.kind = Bundle
				return to, bundleHead(real)
			case info.IsDir():
				to.kind = Local
				return to, nil
			}
			return a, invalid(KeyNotARepository)
		}
	}
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return a, fault.Missing(KeyNotFound).Wrap(err)
	case errors.Is(err, fs.ErrPermission):
		return a, fault.Denied(KeyUnreadable).Wrap(err)
	}
	return a, invalid(KeyNotARepository).Wrap(err)
}

// bundleHead refuses a file that is no bundle before git sees it.
func bundleHead(file string) error {
	f, err := os.Open(file)
	if errors.Is(err, fs.ErrPermission) {
		return fault.Denied(KeyUnreadable).Wrap(err)
	}
	if err != nil {
		return fmt.Errorf("open bundle: %w", err)
	}
	defer f.Close()
	head := make([]byte, 16)
	n, _ := f.Read(head)
	if s := string(head[:n]); !strings.HasPrefix(s, "# v2 git bundle\n") && !strings.HasPrefix(s, "# v3 git bundle\n") {
		return invalid(KeyNotARepository)
	}
	return nil
}

// clone makes a whole mirror beside the place of m and moves it there, taking the place of a damaged one.
func (m Mirror) clone(ctx context.Context, r *run, had state, res *Result) error {
	tmp := m.Dir + newInfix + r.token
	r.disk = tmp
	if err := emptyFolder(tmp); err != nil {
		return err
	}
	offer, err := r.ask(ctx, tmp)
	if err != nil {
		return err
	}
	now, err := r.fill(ctx, tmp, offer)
	if err != nil {
		return err
	}
	if err := m.swap(tmp, r.token); err != nil {
		return fmt.Errorf("put mirror in place: %w", spaceOr(err))
	}
	res.Cloned, res.Changed = true, true
	return r.compare(ctx, m.Dir, had, now, res)
}

// fill makes the empty folder tmp a bare repository that holds the offer: by its files where the source is a folder of this machine, else,
// and whenever anything about those is not as usual, by a fetch.
func (r *run) fill(ctx context.Context, tmp string, o offer) (state, error) {
	if r.address.kind == Local {
		err := r.copyFiles(ctx, tmp, o)
		if err == nil {
			return o.state(), nil
		}
		// git judges better what is wrong with it, and says so in words that we know.
		if ctx.Err() != nil {
			return state{}, context.Cause(ctx)
		}
		if err := emptyFolder(tmp); err != nil {
			return state{}, err
		}
	}
	format := objectFormats[0]
	if len(o.commit) == 64 {
		format = objectFormats[1]
	}
	// No template: it would hold hooks of the system.
	if err := r.git(ctx, tmp, nil, "init", "--quiet", "--bare", "--template=", "--object-format="+format); err != nil {
		return state{}, err
	}
	now, err := r.take(ctx, tmp, o)
	if err == nil && r.address.kind == Bundle {
		// git 2.39 does not judge the objects of a bundle as it takes them (fetch.fsckObjects), so all are judged here.
		err = r.git(ctx, tmp, nil, "fsck", "--strict", "--no-dangling", "--no-reflogs", "--no-progress")
	}
	return now, err
}

// emptyFolder makes dir an empty folder, whatever it was.
func emptyFolder(dir string) error {
	if err := os.RemoveAll(dir); err != nil {
		return fmt.Errorf("make room for a copy: %w", err)
	}
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return fmt.Errorf("make room for a copy: %w", spaceOr(err))
	}
	return nil
}

// swap moves tmp to m's place. A crash in between leaves no mirror, which the next update makes again: mirrors are a cache.
func (m Mirror) swap(tmp, token string) error {
	old := m.Dir + oldInfix + token
	if err := os.Rename(m.Dir, old); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	if err := os.Rename(tmp, m.Dir); err != nil {
		os.Rename(old, m.Dir)
		return err
	}
	return os.RemoveAll(old)
}

// refresh brings a whole mirror to what the source has now.
func (r *run) refresh(ctx context.Context, dir string, had state, res *Result) error {
	o, err := r.ask(ctx, dir)
	if err != nil {
		return err
	}
	if had.same(o) {
		return r.compare(ctx, dir, had, had, res)
	}
	if r.address.kind == Bundle {
		return errAnew // a bundle is judged whole, before its references are ours
	}
	now, err := r.take(ctx, dir, o)
	if err != nil {
		return err
	}
	res.Changed = true
	return r.compare(ctx, dir, had, now, res)
}

// take fetches the offer's branch and tags into the bare repository dir, all references at once, and makes the branch its only one. It
// returns what is there then.
func (r *run) take(ctx context.Context, dir string, o offer) (now state, err error) {
	source := "HEAD"
	if !o.detached {
		source = "refs/heads/" + o.branch
	}
	// Tags and branches live apart, so that a fetch may change both at once; --prune drops the tags that are gone.
	err = r.git(ctx, dir, nil, "fetch", "--progress", "--no-tags", "--prune", "--force", "--atomic", "--no-recurse-submodules",
		"--no-write-fetch-head", "--no-auto-maintenance", "--no-show-forced-updates", "--",
		r.address.String(), "+"+source+":refs/heads/"+o.branch, "+refs/tags/*:refs/tags/*")
	if err != nil {
		return now, err
	}
	if strings.Contains(r.said, shallowWords) {
		return now, invalid(KeyShallow)
	}
	if diskSize(dir) > r.limits.Bytes { // what was too quick for the watch
		return now, invalid(KeyTooLarge).With("limit", r.limits.Bytes)
	}
	if r.progress != nil {
		r.progress(Progress{Phase: Finishing})
	}
	if err := r.git(ctx, dir, nil, "symbolic-ref", "HEAD", "refs/heads/"+o.branch); err != nil {
		return now, err
	}
	if now, err = readState(ctx, dir); err != nil {
		return now, err
	}
	for _, b := range now.branches {
		if b != o.branch {
			if err := r.git(ctx, dir, nil, "update-ref", "-d", "refs/heads/"+b); err != nil {
				return now, err
			}
		}
	}
	now.branches = []string{o.branch}
	return now, r.repack(ctx, dir)
}

// maxPacks is how many packs a mirror may gather, one for each refresh that brought something, before they become one. Reading slows
// with their number; a repack costs what a clone's last phase does.
const maxPacks = 50

func (r *run) repack(ctx context.Context, dir string) error {
	packs, err := filepath.Glob(filepath.Join(globQuote(dir), "objects", "pack", "*.pack"))
	if err != nil || len(packs) <= maxPacks {
		return err
	}
	return r.git(ctx, dir, nil, "repack", "-a", "-d", "-q")
}

// globQuote escapes what filepath.Glob would take as a pattern.
func globQuote(p string) string {
	return strings.NewReplacer(`\`, `\\`, `*`, `\*`, `?`, `\?`, `[`, `\[`).Replace(p)
}

// compare fills in res from what the mirror was and is.
func (r *run) compare(ctx context.Context, dir string, had, now state, res *Result) error {
	res.Commit, res.Branch, res.Previous = now.commit, now.branch, had.commit
	res.Moved = had.commit != "" && had.branch != now.branch
	if had.commit == "" || had.commit == now.commit {
		return nil
	}
	_, err := read(ctx, dir, nil, 1<<10, "merge-base", "--is-ancestor", had.commit, now.commit)
	if ctx.Err() != nil {
		return context.Cause(ctx)
	}
	// It fails with 1 for "no ancestor", and with 128 where a new clone no longer has the old commit: the same to us.
	res.Forced = err != nil
	return nil
}

// check finds the damage that can be seen at once: a head that cannot be read, and packs cut short or exchanged. Damage inside a pack is
// found by who reads there.
func (m Mirror) check(ctx context.Context) error {
	if _, err := read(ctx, m.Dir, nil, 1<<10, "cat-file", "-e", "HEAD^{tree}"); err != nil {
		return err
	}
	indexes, err := filepath.Glob(filepath.Join(globQuote(m.Dir), "objects", "pack", "*.idx"))
	if err != nil {
		return err
	}
	for _, idx := range indexes {
		// An index ends with its pack's checksum and its own; a pack ends with its checksum (20 bytes, or 32 with SHA-256).
		for _, size := range []int64{20, 32} {
			a, errA := trailer(idx, 2*size)
			b, errB := trailer(strings.TrimSuffix(idx, ".idx")+".pack", size)
			if errA == nil && errB == nil && string(a[:size]) == string(b) {
				err = nil
				break
			}
			err = invalid(KeyCorrupt).Wrap(errors.Join(errA, errB, fmt.Errorf("%s does not match its pack", filepath.Base(idx))))
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// trailer reads the last n bytes of a file.
func trailer(name string, n int64) ([]byte, error) {
	f, err := os.Open(name)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil {
		return nil, err
	}
	b := make([]byte, n)
	_, err = f.ReadAt(b, max(0, info.Size()-n))
	return b, err
}

// state reads what the mirror holds; the zero state when there is none or it cannot be read.
func (m Mirror) state(ctx context.Context) state {
	ctx, cancel := context.WithTimeout(ctx, time.Minute)
	defer cancel()
	if _, err := os.Stat(filepath.Join(m.Dir, "HEAD")); err != nil {
		return state{}
	}
	s, err := readState(ctx, m.Dir)
	if err != nil {
		return state{}
	}
	return s
}
