package githistory

import (
	"bufio"
	"bytes"
	"context"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"math"
	"strconv"
	"sync"
)

// blockCommits is how many commits a worker takes at a time. Neighbours share trees and deltas that git keeps warm, so
// not few; the last block decides how long one worker waits for another, so not many. Measured: 200 costs 4 % CPU
// over one stream.
const blockCommits = 300

// pending is a commit whose lines are to be counted. Pointers, as the table grows while workers count: a row never
// moves, and only its worker touches its lines.
type pending struct {
	hash []byte
	row  *row
}

// counter is pass 2: workers that each keep one `git diff-tree --stdin` and feed it the next free block.
type counter struct {
	git      Runner
	hashSize int
	blocks   queue
	done     func(commits int) // called by any worker, after each block

	objects objectSet // filled when the first object is found missing
	mu      sync.Mutex
	missing map[uint64]struct{} // objects that are needed and not there, by the first 8 bytes of their names
}

// diffArgs count lines as `git log --no-merges --no-renames --numstat` does: -r to go into folders, --root for the
// first commit, nothing but git's own diff. --always names commits without a change too.
func diffArgs(form string) []string {
	return []string{"diff-tree", "--stdin", "--always", "-z", form, "--no-renames", "-r", "--root",
		"--no-ext-diff", "--no-textconv", "--no-color"}
}

// work takes blocks until there are no more. A git that dies is replaced, see recoverBlock.
func (c *counter) work(ctx context.Context) error {
	var s *diffSession
	defer func() {
		if s != nil {
			_ = s.close()
		}
	}()
	for {
		commits := c.blocks.pop()
		if len(commits) == 0 {
			break
		}
		if err := ctx.Err(); err != nil {
			return err
		}
		if s == nil {
			var err error
			if s, err = openDiff(ctx, c.git, diffArgs("--numstat")); err != nil {
				return err
			}
		}
		counted, err := s.count(c.hashSize, commits)
		if err != nil {
			dead := s
			s = nil
			if err := c.recoverBlock(ctx, dead, err, commits[counted:]); err != nil {
				return err
			}
		}
		c.done(len(commits))
	}
	if s == nil {
		return nil
	}
	last := s
	s = nil // closed here, for its exit code, and not by the deferred call
	return last.close()
}

// diffSession is one running `git diff-tree --stdin`. It answers a line that is no commit by that line, at once and
// flushed: so a mark after each block tells where its answer ends.
type diffSession struct {
	p      Process
	cancel context.CancelFunc
	in     *bufio.Writer
	out    *bufio.Reader
}

// openDiff starts a session. Close it.
func openDiff(ctx context.Context, git Runner, args []string) (*diffSession, error) {
	ctx, cancel := context.WithCancel(ctx)
	p, err := git.Start(ctx, args...)
	if err != nil {
		cancel()
		return nil, fmt.Errorf("start git %s: %w", args[0], err)
	}
	return &diffSession{p: p, cancel: cancel, in: bufio.NewWriterSize(p.Stdin(), 32<<10), out: bufio.NewReaderSize(p.Stdout(), 64<<10)}, nil
}

// close ends the session and returns how git ended: nil, or its exit code.
func (s *diffSession) close() error {
	_ = s.p.Stdin().Close()
	_, _ = io.Copy(io.Discard, s.out)
	err := s.p.Wait()
	s.cancel()
	if err != nil {
		return fmt.Errorf("run git diff-tree: %w", err)
	}
	return nil
}

// mark cannot be a commit's name, nor begin an answer, which is a hexadecimal digit, a digit or a minus.
const mark = "M\n"

// ask feeds commits and the mark. A broken pipe is not told here: the answer that stops short says it.
func (s *diffSession) ask(commits []pending) {
	var line []byte
	for _, c := range commits {
		line = append(hex.AppendEncode(line[:0], c.hash), '\n')
		_, _ = s.in.Write(line)
	}
	_, _ = s.in.WriteString(mark)
	_ = s.in.Flush()
}

// count counts the lines of commits and writes them into their rows. It returns how many, from the first on, are known
// to be whole: all of them, or fewer and an error when git ended before the mark.
func (s *diffSession) count(hashSize int, commits []pending) (int, error) {
	// Beside the reading: a block's answer can be larger than the pipe, and git would wait for us as we for it.
	asked := make(chan struct{})
	go func() { defer close(asked); s.ask(commits) }()
	next := 0
	err := readNumstat(s.out, hashSize, func(hash []byte, sum numstat) error {
		if next == len(commits) || !bytes.Equal(hash, commits[next].hash) {
			return fmt.Errorf("%w: another commit than was asked for", errRecord)
		}
		r := commits[next].row
		r.added, r.deleted, r.files, r.lines = sum.added, sum.deleted, sum.files, linesKnown
		next++
		return nil
	})
	if errors.Is(err, errRecord) {
		s.cancel() // git is alive and would be asked for ever; one that ended has an exit code to be read
	}
	<-asked
	if err == nil && next != len(commits) {
		err = fmt.Errorf("%w: %d commits for %d", errRecord, next, len(commits))
	}
	return next, err
}

// numstat is one commit's changed lines and files. Binary files count as files, with no lines.
type numstat struct{ added, deleted, files uint32 }

func addTo(sum *uint32, n uint64) { *sum = uint32(min(uint64(*sum)+n, math.MaxUint32)) }

// readNumstat reads the answer of `diff-tree --stdin --always -z --numstat` up to the mark and calls each with every
// commit that is whole, which is known when the next one or the mark begins. io.ErrUnexpectedEOF when there is no mark.
func readNumstat(in *bufio.Reader, hashSize int, each func(hash []byte, sum numstat) error) error {
	var current [32]byte
	var sum numstat
	open := false
	finish := func() error {
		if !open {
			return nil
		}
		open = false
		return each(current[:hashSize], sum)
	}
	for {
		first, err := in.Peek(1)
		if err != nil {
			return errors.Join(io.ErrUnexpectedEOF, err)
		}
		if first[0] == mark[0] {
			if _, err := in.Discard(len(mark)); err != nil {
				return io.ErrUnexpectedEOF
			}
			return finish()
		}
		head, whole, err := readRecord(in)
		if err != nil {
			return err
		}
		// A commit's name has no tab, a file's line always two: that tells them apart.
		if added, deleted, ok := numstatRecord(head); ok {
			if !open {
				return fmt.Errorf("%w: lines of no commit", errRecord)
			}
			addTo(&sum.added, added)
			addTo(&sum.deleted, deleted)
			addTo(&sum.files, 1)
			continue
		}
		if !whole || len(head) != 2*hashSize {
			return fmt.Errorf("%w: %q", errRecord, head[:min(len(head), 80)])
		}
		if err := finish(); err != nil {
			return err
		}
		if _, err := hex.Decode(current[:], head); err != nil {
			return fmt.Errorf("%w: commit name: %w", errRecord, err)
		}
		sum, open = numstat{}, true
	}
}

// readRecord reads up to the next NUL. Of a record longer than the buffer (a path can have any length) it returns the
// beginning, with whole false. The bytes are good until the next read.
func readRecord(in *bufio.Reader) (head []byte, whole bool, err error) {
	head, err = in.ReadSlice(0)
	if err == nil {
		return head[:len(head)-1], true, nil
	}
	if !errors.Is(err, bufio.ErrBufferFull) {
		return nil, false, errors.Join(io.ErrUnexpectedEOF, err)
	}
	head = bytes.Clone(head[:min(len(head), 128)])
	for errors.Is(err, bufio.ErrBufferFull) {
		_, err = in.ReadSlice(0)
	}
	if err != nil {
		return nil, false, errors.Join(io.ErrUnexpectedEOF, err)
	}
	return head, false, nil
}

// numstatRecord reads "12\t3\tpath", or "-\t-\tpath" of a binary file, whose lines are 0.
func numstatRecord(b []byte) (added, deleted uint64, ok bool) {
	a, rest, ok := bytes.Cut(b, []byte{'\t'})
	if !ok {
		return 0, 0, false
	}
	d, _, ok := bytes.Cut(rest, []byte{'\t'})
	if !ok {
		return 0, 0, false
	}
	if string(a) == "-" && string(d) == "-" {
		return 0, 0, true
	}
	added, errA := strconv.ParseUint(string(a), 10, 64)
	deleted, errD := strconv.ParseUint(string(d), 10, 64)
	return added, deleted, errA == nil && errD == nil
}

// queue hands blocks of commits to workers. It is not bounded: pass 1 must not wait for the slower pass 2, and what it
// holds points into the table.
type queue struct {
	mu     sync.Mutex
	more   sync.Cond
	blocks [][]pending
	closed bool
}

func (q *queue) push(commits []pending) {
	q.mu.Lock()
	defer q.mu.Unlock()
	q.blocks = append(q.blocks, commits)
	q.more.Signal()
}

// close says that no more blocks come.
func (q *queue) close() {
	q.mu.Lock()
	defer q.mu.Unlock()
	q.closed = true
	q.more.Broadcast()
}

// pop waits for the next block. Nil when there are no more.
func (q *queue) pop() []pending {
	q.mu.Lock()
	defer q.mu.Unlock()
	for len(q.blocks) == 0 && !q.closed {
		q.more.Wait()
	}
	if len(q.blocks) == 0 {
		return nil
	}
	b := q.blocks[0]
	q.blocks = q.blocks[1:]
	return b
}
