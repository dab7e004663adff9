package githistory

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"strings"
)

// Runner runs git commands in one repository. Start begins `git args…` and returns at once; cancelling ctx ends the
// process and its children. Implementations keep the repository's own configuration from running programs.
type Runner interface {
	Start(ctx context.Context, args ...string) (Process, error)
}

// Process is one running git. The caller closes Stdin when it has said all, reads Stdout to its end, then calls Wait,
// once. Wait returns nil for exit code 0, an [*ExitError] for another, ctx's error when it was cancelled.
type Process interface {
	Stdin() io.WriteCloser
	Stdout() io.Reader
	Wait() error
}

// ExitError is git's answer when it did not end well: its exit code (-1 when a signal ended it) and what it wrote to
// stderr, cut to a few kilobytes, in English.
type ExitError struct {
	Code   int
	Stderr string
}

// Error gives the code and git's last line, which is the one that says why.
func (e *ExitError) Error() string {
	text := strings.TrimSpace(e.Stderr)
	if i := strings.LastIndexByte(text, '\n'); i >= 0 {
		text = text[i+1:]
	}
	return fmt.Sprintf("git ended with code %d: %s", e.Code, text)
}

// What a repository can be that cannot be measured. Compare with errors.Is; git's own words are wrapped beside them.
var (
	ErrNotRepository = errors.New("not a git repository")
	ErrEmpty         = errors.New("repository has no commit yet")
	ErrNoBranch      = errors.New("HEAD names a branch that does not exist")
	ErrUnknownRef    = errors.New("no such branch, tag or commit")
	ErrCorrupt       = errors.New("repository is corrupt")
)

// classify turns git's failure into one of the package's errors where its words allow, and leaves others as they are.
// The runner asks git for English, so the words are stable; they have not changed since git 1.7.
func classify(err error) error {
	var exit *ExitError
	if !errors.As(err, &exit) {
		return err
	}
	says := func(words ...string) bool {
		for _, w := range words {
			if strings.Contains(exit.Stderr, w) {
				return true
			}
		}
		return false
	}
	switch {
	case says("not a git repository", "cannot change to"):
		return fmt.Errorf("%w: %w", ErrNotRepository, err)
	case says("bad object", "corrupt", "unable to read", "unable to parse", "could not read", "inflate",
		"packfile", "loose object", "missing object", "bad tree", "not a valid object", "could not parse",
		"revision walk setup failed", "failed to traverse", "could not fetch", "is missing", "object not found"):
		return fmt.Errorf("%w: %w", ErrCorrupt, err)
	}
	return err
}

// output runs git, gives it stdin, and returns all that it printed. For short answers only.
func output(ctx context.Context, git Runner, stdin io.Reader, args ...string) ([]byte, error) {
	var buf bytes.Buffer
	err := stream(ctx, git, stdin, func(r io.Reader) error {
		_, err := buf.ReadFrom(r)
		return err
	}, args...)
	return buf.Bytes(), err
}

// stream runs git and hands its output to read as it comes. git's own failure wins over read's, as it is its cause.
func stream(ctx context.Context, git Runner, stdin io.Reader, read func(io.Reader) error, args ...string) error {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	p, err := git.Start(ctx, args...)
	if err != nil {
		return fmt.Errorf("start git %s: %w", args[0], err)
	}
	fed := make(chan struct{})
	go func() { // beside the reading: git may answer before it has heard all
		defer close(fed)
		if stdin != nil {
			_, _ = io.Copy(p.Stdin(), stdin) // a broken pipe shows as git's exit code
		}
		_ = p.Stdin().Close()
	}()
	readErr := read(p.Stdout())
	if readErr != nil {
		cancel()
	}
	_, _ = io.Copy(io.Discard, p.Stdout())
	<-fed
	waitErr := p.Wait()
	if readErr != nil && (waitErr == nil || errors.Is(waitErr, context.Canceled)) {
		return fmt.Errorf("read git %s: %w", args[0], readErr)
	}
	if waitErr != nil {
		return fmt.Errorf("run git %s: %w", args[0], waitErr)
	}
	return nil
}
