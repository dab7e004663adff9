package githistory

import (
	"bufio"
	"bytes"
	"context"
	"encoding/binary"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"slices"
	"sync"
)

// objectSet says which objects the repository has, by the first 8 bytes of their names: 8 bytes an object, and among
// ten million a false answer is one in a million.
type objectSet struct {
	once  sync.Once
	names []uint64
	err   error
}

// load lists every object once. Only listing is safe in a partial clone: asking for one would try to fetch it.
func (o *objectSet) load(ctx context.Context, git Runner) error {
	o.once.Do(func() {
		o.err = stream(ctx, git, nil, func(r io.Reader) error {
			in := bufio.NewScanner(r)
			for in.Scan() {
				if name, ok := objectPrefix(in.Bytes()); ok {
					o.names = append(o.names, name)
				}
			}
			return in.Err()
		}, "cat-file", "--batch-all-objects", "--unordered", "--batch-check=%(objectname)")
		slices.Sort(o.names)
	})
	return o.err
}

func (o *objectSet) has(name uint64) bool {
	_, ok := slices.BinarySearch(o.names, name)
	return ok
}

// objectPrefix is the number of an object's hexadecimal name, of either hash. False when it is none.
func objectPrefix(name []byte) (uint64, bool) {
	if len(name) < 16 {
		return 0, false
	}
	var b [8]byte
	if _, err := hex.Decode(b[:], name[:16]); err != nil {
		return 0, false
	}
	return binary.BigEndian.Uint64(b[:]), true
}

// recoverBlock goes on after git died over commits, of which none is known to be whole. Partial output looks whole, so
// exactly what cannot be counted is found: first by the objects that the repository lacks, then, should git die again
// (a damaged object), commit by commit. Those commits are marked linesMissing; the others are counted.
func (c *counter) recoverBlock(ctx context.Context, dead *diffSession, why error, commits []pending) error {
	if err := died(ctx, why, dead.close()); err != nil {
		return err
	}
	// In a clone without any blob every commit fails: one look at the folders of a block tells them all, where asking
	// one by one would start two processes a commit.
	commits, err := c.leaveOutMissing(ctx, commits)
	if err != nil {
		return err
	}
	return c.eachSurvivor(ctx, commits, diffArgs("--numstat"), func(s *diffSession, commits []pending) (int, error) {
		return s.count(c.hashSize, commits)
	})
}

// leaveOutMissing marks the commits that need an object which is not there, and returns the others.
func (c *counter) leaveOutMissing(ctx context.Context, commits []pending) (countable []pending, err error) {
	if err := c.objects.load(ctx, c.git); err != nil {
		return nil, err
	}
	err = c.eachSurvivor(ctx, commits, diffArgs("--raw"), func(s *diffSession, commits []pending) (int, error) {
		asked := make(chan struct{})
		go func() { defer close(asked); s.ask(commits) }()
		next := 0
		err := readRaw(s.out, c.hashSize, func(_ []byte, lacking []uint64) error {
			if next == len(commits) {
				return fmt.Errorf("%w: more commits than were asked for", errRecord)
			}
			if len(lacking) == 0 {
				countable = append(countable, commits[next])
			} else {
				commits[next].row.lines = linesMissing
				c.lack(lacking)
			}
			next++
			return nil
		}, c.objects.has)
		if errors.Is(err, errRecord) {
			s.cancel()
		}
		<-asked
		return next, err
	})
	return countable, err
}

// eachSurvivor asks sessions of git about commits until each is answered. ask returns how many answers are known to be
// whole. When git dies, the first that is not may be the last that it answered or the one that it died over: asked
// alone, it tells. Over which git dies alone, that commit is marked linesMissing.
func (c *counter) eachSurvivor(ctx context.Context, commits []pending, args []string, ask func(*diffSession, []pending) (int, error)) error {
	try := func(commits []pending) (whole int, dead bool, err error) {
		s, err := openDiff(ctx, c.git, args)
		if err != nil {
			return 0, false, err
		}
		whole, askErr := ask(s, commits)
		closeErr := s.close()
		if askErr == nil && closeErr == nil {
			return whole, false, nil
		}
		return whole, true, died(ctx, askErr, closeErr)
	}
	for len(commits) > 0 {
		whole, dead, err := try(commits)
		if err != nil {
			return err
		}
		// What came before was written into the rows already, by ask.
		commits = commits[whole:]
		if !dead || len(commits) == 0 {
			continue
		}
		if _, dead, err = try(commits[:1]); err != nil {
			return err
		} else if dead {
			commits[0].row.lines = linesMissing
		}
		commits = commits[1:]
	}
	return nil
}

// died returns nil when git ended with an exit code, which is what can be gone on from; else what went wrong.
func died(ctx context.Context, askErr, closeErr error) error {
	var exit *ExitError
	switch {
	case ctx.Err() != nil:
		return ctx.Err()
	case errors.Is(askErr, errRecord):
		return askErr
	case errors.As(closeErr, &exit):
		return nil
	}
	return errors.Join(askErr, closeErr)
}

// lack notes missing objects; several workers may, and several commits may need the same.
func (c *counter) lack(names []uint64) {
	c.mu.Lock()
	defer c.mu.Unlock()
	for _, n := range names {
		c.missing[n] = struct{}{}
	}
}

// readRaw reads the answer of `diff-tree --stdin --always -z --raw` up to the mark, and calls each with every whole
// commit and those of its files' objects, old and new, that has does not know.
func readRaw(in *bufio.Reader, hashSize int, each func(hash []byte, lacking []uint64) error, has func(uint64) bool) error {
	var current []byte
	var lacking []uint64
	finish := func() error {
		if current == nil {
			return nil
		}
		return each(current, lacking)
	}
	// With -z a file is two records: its facts and, raw, its path.
	path := false // a path follows each file's record, and can look like anything
	for {
		first, err := in.Peek(1)
		if err != nil {
			return errors.Join(io.ErrUnexpectedEOF, err)
		}
		if !path && first[0] == mark[0] {
			if _, err := in.Discard(len(mark)); err != nil {
				return io.ErrUnexpectedEOF
			}
			return finish()
		}
		head, whole, err := readRecord(in)
		if err != nil {
			return err
		}
		switch {
		case path:
			path = false
		case !whole:
			return fmt.Errorf("%w: a record too long", errRecord)
		case len(head) > 0 && head[0] == ':':
			if current == nil {
				return fmt.Errorf("%w: a file of no commit", errRecord)
			}
			if lacking, err = lackingObjects(head[1:], hashSize, lacking, has); err != nil {
				return err
			}
			path = true
		case len(head) == 2*hashSize:
			if err := finish(); err != nil {
				return err
			}
			current, lacking = bytes.Clone(head), nil
		default:
			return fmt.Errorf("%w: %q", errRecord, head[:min(len(head), 80)])
		}
	}
}

// lackingObjects reads "100644 100644 <old> <new> M" and appends what is not there. Nothing (all zeros) and submodules
// (mode 160000, a commit of elsewhere) are not needed to count.
func lackingObjects(record []byte, hashSize int, to []uint64, has func(uint64) bool) ([]uint64, error) {
	f := bytes.SplitN(record, []byte{' '}, 5)
	if len(f) != 5 || len(f[2]) != 2*hashSize || len(f[3]) != 2*hashSize {
		return nil, fmt.Errorf("%w: file %q", errRecord, record[:min(len(record), 120)])
	}
	for side := range 2 {
		mode, name := string(f[side]), f[side+2]
		if mode == "000000" || mode == "160000" {
			continue
		}
		n, ok := objectPrefix(name)
		if !ok {
			return nil, fmt.Errorf("%w: object name %q", errRecord, name)
		}
		if !has(n) {
			to = append(to, n)
		}
	}
	return to, nil
}
