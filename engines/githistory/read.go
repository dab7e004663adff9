package githistory

import (
	"bytes"
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"runtime"
	"strings"
	"sync"
)

// Phase names a part of the reading.
type Phase string

// The phases, in their order.
const (
	PhaseCommits Phase = "commits" // who and when: a second for 80,000 commits
	PhaseLines   Phase = "lines"   // changed lines: the long one
)

// Progress says how many commits of a phase are done. Total is 0 while it is not known.
type Progress struct {
	Phase       Phase
	Done, Total int
}

// Options say how to read. The zero value reads HEAD with a worker a core.
type Options struct {
	Ref     string // a branch, tag or commit; "" is HEAD
	Workers int    // gits that count lines side by side; 0 is one a core
	// Previous is an earlier reading of the same repository, which Read takes over: only new commits are read. When the
	// branch was rewritten (a forced push), .mailmap changed, or the clone became deeper, all commits are read again,
	// and lines only of those that are new. Nil reads everything.
	Previous *History
	// Progress is told how far the reading is, one call at a time, some ten times a second at most on a long history.
	Progress func(Progress)
	// Early is given the history when people and dates are known and lines are not: figures can be shown while lines
	// are counted. It must be done with it when it returns.
	Early func(*History)
}

// History is what was read of one repository up to one commit. It holds e-mail addresses: keep it as you keep those.
// Measure may be called by several goroutines.
type History struct {
	Head      string // the commit that was read up to
	Shallow   bool   // the clone has no older history than its border: figures begin there
	Rewritten bool   // Previous was not part of this history any more, so all was counted anew
	NewRead   int    // commits read this time

	t            *table
	tags         []Release
	linesDone    bool
	missingBlobs int
	replaced     [sha256.Size]byte // what refs/replace holds: it changes any commit's parents and contents
	mailmapped   [sha256.Size]byte // what .mailmap makes of the known authors, see mailmapDigest
}

// Read reads the history of opts.Ref. Errors: ErrNotRepository, ErrEmpty, ErrNoBranch, ErrUnknownRef, ErrCorrupt, the
// context's, or git's own as *ExitError. Commits whose lines cannot be counted because an object is missing are no
// error: Result.Missing counts them.
func Read(ctx context.Context, git Runner, opts Options) (*History, error) {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	h, hashSize, err := openHistory(ctx, git, opts.Ref)
	if err != nil {
		return nil, err
	}
	// Tags are read beside the commits; only an earlier reading has to know first whether refs/replace changed.
	var refsErr error
	refsRead := make(chan struct{})
	go func() {
		defer close(refsRead)
		h.tags, h.replaced, refsErr = readRefs(ctx, git)
	}()
	refs := func() error { <-refsRead; return refsErr }
	defer func() { cancel(); <-refsRead }()
	old := opts.Previous
	if old != nil {
		if err := refs(); err != nil {
			return nil, classify(err)
		}
	}
	revs := []string{h.Head}
	switch {
	case old == nil || old.t.hashSize != hashSize || old.replaced != h.replaced || old.Shallow || h.Shallow:
		// A shallow clone is small, and its border moves: read whole.
		h.t = newTable(hashSize)
		if old != nil && old.replaced != h.replaced {
			old = nil // nor are its lines good
		}
	default:
		ancestor, err := isAncestor(ctx, git, old.Head, h.Head)
		if err != nil {
			return nil, err
		}
		digest, err := mailmapDigest(ctx, git, old.t)
		if err != nil && ctx.Err() != nil {
			return nil, err
		}
		if ancestor && err == nil && digest == old.mailmapped {
			h.t, revs, old = old.t, append(revs, "^"+old.Head), nil
		} else {
			h.t, h.Rewritten = newTable(hashSize), !ancestor
		}
	}
	if err := h.read(ctx, cancel, git, opts, old, revs, refs); err != nil {
		return nil, err
	}
	return h, nil
}

// read runs both passes, side by side where it can. Lines of old, when not nil, are taken over;
// refs waits for the tags.
func (h *History) read(ctx context.Context, cancel context.CancelFunc, git Runner, opts Options, old *History, revs []string,
	refs func() error) error {
	workers := opts.Workers
	if workers <= 0 {
		workers = runtime.GOMAXPROCS(0)
	}
	tell := newTeller(opts.Progress)
	c := &counter{git: git, hashSize: h.t.hashSize, missing: map[uint64]struct{}{}}
	c.blocks.more.L = &c.blocks.mu
	c.done = func(n int) { tell.lines(n) }
	var group sync.WaitGroup
	var once sync.Once
	var workErr error
	start := func() {
		group.Go(func() {
			if err := c.work(ctx); err != nil {
				once.Do(func() { workErr = err; cancel() })
			}
		})
	}
	// One core is pass 1's, so that people and dates are there soonest; the others count lines at once.
	for range workers - 1 {
		start()
	}
	var next []pending
	waiting := 0
	give := func(i int) {
		if r := h.t.row(i); !r.merge() && r.lines != linesKnown {
			r.lines = linesUnread
			next = append(next, pending{h.t.hash(i), r})
			waiting++
			if len(next) == blockCommits {
				c.blocks.push(next)
				next = make([]pending, 0, blockCommits)
			}
		}
	}
	first := h.t.n
	for i := range first {
		give(i) // what was missing last time may be there now
	}
	each := func(i int) {
		tell.commits(i + 1 - first)
		if old == nil {
			give(i)
		}
	}
	err := stream(ctx, git, nil, func(r io.Reader) error { return readCommits(r, h.t, each) }, commitArgs(revs...)...)
	h.NewRead = h.t.n - first
	if err == nil && old != nil {
		h.t.takeLines(old.t) // only now: it looks names up by halves in the whole of the old reading
		for i := range h.t.n {
			give(i)
		}
	}
	if err == nil {
		c.blocks.push(next)
		err = refs()
	}
	if err == nil {
		tell.total(h.NewRead, waiting)
		if opts.Early != nil {
			opts.Early(h)
		}
		start()
		h.mailmapped, err = mailmapDigest(ctx, git, h.t)
	}
	if err != nil {
		once.Do(func() { workErr = err; cancel() })
	}
	c.blocks.close()
	group.Wait()
	if workErr != nil {
		return classify(workErr)
	}
	h.missingBlobs, h.linesDone = len(c.missing), true
	return nil
}

// openHistory finds the commit to read up to and the size of commit names.
func openHistory(ctx context.Context, git Runner, ref string) (*History, int, error) {
	if ref == "" {
		ref = "HEAD"
	}
	facts := []string{"--is-shallow-repository", "--show-object-format"}
	named := !strings.HasPrefix(ref, "-") && !strings.ContainsAny(ref, "\x00\n") && !strings.Contains(ref, "..")
	if named {
		out, err := output(ctx, git, nil, append(append([]string{"rev-parse"}, facts...), ref+"^{commit}", "--")...)
		said := strings.Fields(string(out))
		hashSize := 20
		if len(said) > 1 && said[1] == "sha256" {
			hashSize = 32
		}
		if err == nil && len(said) == 4 && len(said[2]) == 2*hashSize {
			return &History{Head: said[2], Shallow: said[0] == "true"}, hashSize, nil
		}
		if ctx.Err() != nil {
			return nil, 0, ctx.Err()
		}
	}
	// Why not? There may be no repository, no such name, or no such commit.
	if _, err := output(ctx, git, nil, append([]string{"rev-parse"}, facts...)...); err != nil {
		return nil, 0, classify(err)
	}
	if !named {
		return nil, 0, fmt.Errorf("read %q: %w", ref, ErrUnknownRef)
	}
	if name, err := output(ctx, git, nil, "rev-parse", "--verify", "--quiet", ref); err == nil && len(name) > 0 {
		return nil, 0, fmt.Errorf("read %s (%s): %w", ref, bytes.TrimSpace(name), ErrCorrupt)
	}
	if ref != "HEAD" {
		return nil, 0, fmt.Errorf("read %q: %w", ref, ErrUnknownRef)
	}
	names, err := output(ctx, git, nil, "for-each-ref", "--count=1")
	if err != nil {
		return nil, 0, classify(err)
	}
	if len(bytes.TrimSpace(names)) == 0 {
		return nil, 0, ErrEmpty
	}
	return nil, 0, ErrNoBranch
}

// isAncestor says whether old is part of head's history. An old commit that is gone altogether (pruned after a forced
// push) is not.
func isAncestor(ctx context.Context, git Runner, old, head string) (bool, error) {
	if old == head {
		return true, nil
	}
	_, err := output(ctx, git, nil, "merge-base", "--is-ancestor", old, head)
	var exit *ExitError
	if errors.As(err, &exit) {
		return false, nil
	}
	return err == nil, err
}

// mailmapDigest is a digest of what git's mailmap makes of every known author. It tells whether .mailmap changed for
// them, wherever git finds it (work tree, HEAD in a bare repository, configuration), in one short process.
func mailmapDigest(ctx context.Context, git Runner, t *table) (sum [sha256.Size]byte, err error) {
	if len(t.identities) == 0 {
		return sum, nil
	}
	var in bytes.Buffer
	for _, who := range t.identities {
		fmt.Fprintf(&in, "%s <%s>\n", who.rawName, who.rawEmail)
	}
	digest := sha256.New()
	err = stream(ctx, git, &in, func(r io.Reader) error {
		_, err := io.Copy(digest, r)
		return err
	}, "check-mailmap", "--stdin")
	digest.Sum(sum[:0])
	return sum, err
}

// teller passes progress on, one call at a time.
type teller struct {
	mu                    sync.Mutex
	to                    func(Progress)
	read, counted, toLine int
}

func newTeller(to func(Progress)) *teller { return &teller{to: to} }

func (t *teller) say(p Progress) {
	if t.to != nil {
		t.to(p)
	}
}

// commits is called for each commit of pass 1 and passes on one in a thousand.
func (t *teller) commits(n int) {
	if n%1000 == 0 {
		t.mu.Lock()
		defer t.mu.Unlock()
		t.say(Progress{Phase: PhaseCommits, Done: n})
	}
}

func (t *teller) total(read, toLine int) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.read, t.toLine = read, toLine
	t.say(Progress{PhaseCommits, read, read})
	t.say(Progress{PhaseLines, t.counted, toLine})
}

func (t *teller) lines(n int) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.counted += n
	if t.toLine > 0 { // before that, pass 1 is what is shown
		t.say(Progress{PhaseLines, t.counted, t.toLine})
	}
}
