// Package gitexec runs the installed git for package githistory, on repositories that strangers made.
//
// A repository is data: nothing in it may start a program or reach a network. So git gets an environment of its own
// (no home, no system or user configuration, no prompt), hooks and file monitor off, no transport at all (a partial
// clone would otherwise fetch, by a command that its configuration names), no external diff, and no replace of the
// pager. Object windows are bounded, as git otherwise maps whole packs. Processes run in a group of their own that
// ends with the context, and on Linux with commun itself.
//
// Needs git 2.38 or newer: older ones do not take safe.directory from the command line.
package gitexec

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"sync"
	"time"

	"commun/engines/githistory"
)

// Repo runs git in one folder. It is a [githistory.Runner], safe for use by several goroutines.
type Repo struct {
	dir     string
	ceiling string
	git     string
}

// Open returns a runner for the repository at path or, as git does itself, in a folder above it.
// Errors: githistory.ErrNotRepository when there is no folder at path; an error of exec.LookPath without git.
func Open(path string) (*Repo, error) { return open(path, false) }

// OpenExact is Open for a program that keeps repositories itself: path is the repository's own folder, and a broken
// one is never taken for a repository that happens to lie above it.
func OpenExact(path string) (*Repo, error) { return open(path, true) }

func open(path string, exact bool) (*Repo, error) {
	abs, err := filepath.Abs(path)
	if err != nil {
		return nil, fmt.Errorf("open repository %s: %w", path, err)
	}
	info, err := os.Stat(abs)
	if errors.Is(err, fs.ErrNotExist) || err == nil && !info.IsDir() {
		return nil, fmt.Errorf("open repository %s: %w", path, errors.Join(githistory.ErrNotRepository, err))
	}
	if err != nil {
		return nil, fmt.Errorf("open repository %s: %w", path, err)
	}
	git, err := exec.LookPath("git")
	if err != nil {
		return nil, fmt.Errorf("find git: %w", err)
	}
	r := &Repo{dir: abs, git: git}
	if exact {
		// A ceiling is compared with the folder that git sees, which has its symbolic links resolved.
		if real, err := filepath.EvalSymlinks(abs); err == nil {
			abs = real
		}
		r.ceiling = filepath.Dir(abs)
	}
	return r, nil
}

// fixed is said before every command. The command line wins over the repository's configuration.
var fixed = []string{
	"--no-pager", "--literal-pathspecs", "--no-optional-locks",
	"-c", "safe.directory=*", // whoever owns it: it is only read, and all that its configuration could start is off
	"-c", "core.fsmonitor=false",
	"-c", "core.hooksPath=" + os.DevNull,
	"-c", "core.askPass=",
	"-c", "protocol.allow=never",
	"-c", "log.showSignature=false",
	"-c", "core.packedGitLimit=64m", // git maps whole packs otherwise: 470 MB for one process on a 500 MB pack
	"-c", "core.packedGitWindowSize=4m",
	"-c", "i18n.logOutputEncoding=UTF-8",
	"-c", "diff.algorithm=myers", // another one counts other lines
	"-c", "diff.relative=false",
	"-c", "diff.ignoreSubmodules=none",
	"-c", "log.showRoot=true",
	"-c", "diff.orderFile=" + os.DevNull,
	"-c", "core.quotePath=false",
	"-c", "gc.auto=0",
	"-c", "maintenance.auto=false",
}

// env is git's whole environment: PATH to find its own parts, nothing of the caller's GIT_*.
func (r *Repo) env() []string {
	env := []string{
		"LC_ALL=C", // its words are read
		"GIT_CONFIG_NOSYSTEM=1", "GIT_CONFIG_SYSTEM=" + os.DevNull, "GIT_CONFIG_GLOBAL=" + os.DevNull, "GIT_ATTR_NOSYSTEM=1",
		"GIT_TERMINAL_PROMPT=0", "GIT_ASKPASS=", "SSH_ASKPASS=",
		"GIT_OPTIONAL_LOCKS=0", "GIT_NO_LAZY_FETCH=1", "GIT_FLUSH=0",
		"GIT_ALLOW_PROTOCOL=none", // unlike protocol.allow, no protocol.X.allow of the repository overrides it
		"GIT_PROTOCOL_FROM_USER=0",
		// An index that is not there: with one, diff-tree reads a file of the work tree in place of a damaged object, and nothing is said.
		"GIT_INDEX_FILE=" + filepath.Join(r.dir, ".no-index"),
	}
	for _, name := range []string{"PATH", "TMPDIR", "SYSTEMROOT", "SystemRoot"} {
		if v, ok := os.LookupEnv(name); ok {
			env = append(env, name+"="+v)
		}
	}
	if r.ceiling != "" {
		env = append(env, "GIT_CEILING_DIRECTORIES="+r.ceiling)
	}
	return env
}

// Start begins `git args…` in the repository. It implements [githistory.Runner].
func (r *Repo) Start(ctx context.Context, args ...string) (githistory.Process, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	cmd := exec.CommandContext(ctx, r.git)
	cmd.Args = append(append([]string{"git", "-C", r.dir}, fixed...), args...)
	cmd.Env = r.env()
	cmd.WaitDelay = 5 * time.Second // a grandchild that kept the pipe must not hold us
	ownGroup(cmd)
	p := &process{ctx: ctx, cmd: cmd, done: make(chan error, 1)}
	cmd.Stderr = &p.stderr
	var err error
	if p.stdin, err = cmd.StdinPipe(); err != nil {
		return nil, fmt.Errorf("open git's input: %w", err)
	}
	// A pipe of our own, not cmd.StdoutPipe: Wait may then run beside the reading, as it must (see below).
	read, write, err := os.Pipe()
	if err != nil {
		return nil, fmt.Errorf("open git's output: %w", err)
	}
	cmd.Stdout, p.stdout = write, read
	started := make(chan error, 1)
	go func() {
		// Linux ends a child with the *thread* that started it, so that thread must live as long as the child.
		runtime.LockOSThread()
		defer runtime.UnlockOSThread()
		err := cmd.Start()
		_ = write.Close()
		started <- err
		if err == nil {
			p.done <- cmd.Wait()
		}
	}()
	if err := <-started; err != nil {
		_ = read.Close()
		return nil, fmt.Errorf("start git: %w", err)
	}
	return p, nil
}

type process struct {
	ctx    context.Context
	cmd    *exec.Cmd
	stdin  io.WriteCloser
	stdout *os.File
	stderr bounded
	done   chan error
}

func (p *process) Stdin() io.WriteCloser { return p.stdin }
func (p *process) Stdout() io.Reader     { return p.stdout }

// Wait waits for git's end; see [githistory.Process].
func (p *process) Wait() error {
	err := <-p.done
	_ = p.stdout.Close()
	if ctxErr := p.ctx.Err(); ctxErr != nil && err != nil {
		return ctxErr
	}
	var exit *exec.ExitError
	if errors.As(err, &exit) {
		return &githistory.ExitError{Code: exit.ExitCode(), Stderr: p.stderr.String()}
	}
	return err
}

// bounded keeps the beginning and the end of what is written to it: a corrupt pack can complain for gigabytes.
type bounded struct {
	mu         sync.Mutex
	head, tail []byte
	cut        bool
}

const boundedHalf = 4 << 10

func (b *bounded) Write(p []byte) (int, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	n := len(p)
	if room := boundedHalf - len(b.head); room > 0 {
		take := min(room, len(p))
		b.head, p = append(b.head, p[:take]...), p[take:]
	}
	b.tail = append(b.tail, p...)
	if over := len(b.tail) - boundedHalf; over > 0 {
		b.tail, b.cut = append(b.tail[:0], b.tail[over:]...), true
	}
	return n, nil
}

// String returns what was kept, as valid UTF-8.
func (b *bounded) String() string {
	b.mu.Lock()
	defer b.mu.Unlock()
	text := string(b.head)
	if b.cut {
		text += "\n…\n"
	}
	return strings.ToValidUTF8(text+string(b.tail), "\uFFFD")
}
