package gitrepo

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"
	"sync/atomic"
	"syscall"
	"time"

	"commun/internal/platform/fault"
)

// userAgent is how the probe names itself; it begins as git does because some forges answer git differently.
const userAgent = "git/2.40 (commun)"

// tokenName is the variable by which the children of a run are known, and they alone: it holds 128 random bits.
const tokenName = "COMMUN_GIT_RUN"

// honestFaults are the faults that old, honest histories hold (odd names, dates, zones, modes of early or foreign tools): they are let
// through with a warning (git itself only warns of some more, and lets no one demote a NUL in a header). What can only be an attack (paths named .git, ".gitmodules" that hold commands, broken trees) stays an error.
var honestFaults = []string{
	"badDate", "badDateOverflow", "badEmail", "badName", "badTimezone", "missingEmail", "missingNameBeforeEmail",
	"missingSpaceBeforeDate", "missingSpaceBeforeEmail", "multipleAuthors", "nullSha1", "zeroPaddedDate", "zeroPaddedFilemode",
}

// run is one update: its way out, its limits, its children.
type run struct {
	guard    *guard
	limits   Limits
	token    string
	address  Address
	ssh      string // GIT_SSH_COMMAND
	proxyURL string
	web      *http.Transport // of a web address: for what this process asks itself
	format   string          // of the object ids of a web server that lists references by prefix, else ""
	disk     string          // the folder whose size is limited
	progress func(Progress)
	said     string       // by the last command
	last     atomic.Int64 // when git last said something, Unix nanoseconds
}

// environment is all that a git child knows: nothing is inherited but the search path.
func environment(extra ...string) []string {
	return append([]string{
		"PATH=" + os.Getenv("PATH"),
		"LC_ALL=C", // its words are read by classify
		"HOME=" + os.DevNull,
		"XDG_CONFIG_HOME=" + os.DevNull,
		"TMPDIR=" + os.TempDir(),
		"GIT_CONFIG_NOSYSTEM=1",
		"GIT_CONFIG_SYSTEM=" + os.DevNull,
		"GIT_CONFIG_GLOBAL=" + os.DevNull,
		"GIT_ATTR_NOSYSTEM=1",
		"GIT_TERMINAL_PROMPT=0",
		"GIT_ASKPASS=false",
		"SSH_ASKPASS=false",
		"SSH_ASKPASS_REQUIRE=never",
		"GIT_NO_LAZY_FETCH=1",
		"GIT_NO_REPLACE_OBJECTS=1",
		"GIT_LITERAL_PATHSPECS=1",
		"GIT_OPTIONAL_LOCKS=0",
		"GIT_PAGER=cat",
	}, extra...)
}

// settings gives git its configuration through the environment, where, unlike on the command line, other accounts do not see it.
func settings(pairs ...string) []string {
	env := []string{"GIT_CONFIG_COUNT=" + strconv.Itoa(len(pairs)/2)}
	for i := 0; i+1 < len(pairs); i += 2 {
		n := strconv.Itoa(i / 2)
		env = append(env, "GIT_CONFIG_KEY_"+n+"="+pairs[i], "GIT_CONFIG_VALUE_"+n+"="+pairs[i+1])
	}
	return env
}

// quiet are the settings of every child.
var quiet = []string{
	"core.hooksPath", os.DevNull, "core.fsmonitor", "false", "core.askPass", "false", "credential.helper", "",
	"gc.auto", "0", "maintenance.auto", "false", "core.pager", "cat", "advice.detachedHead", "false",
	// One process may map a whole pack: keep the memory of a big one within bounds (measured: +3 % CPU, 443 -> 185 MB).
	"core.packedGitLimit", "64m", "core.packedGitWindowSize", "4m", "pack.threads", "2",
	// Packs are put on the disk before they count; references are not, each of which would wait for the disk once. A mirror is a cache:
	// a reference that a power cut took makes a new one.
	"core.fsync", "pack,pack-metadata",
}

func (r *run) environment() []string {
	protocols := map[Kind]string{Web: "http:https", SSH: "ssh", Local: "file", Bundle: "file"}[r.address.kind]
	pairs := append([]string{}, quiet...)
	// The form of objects is judged of all that comes from elsewhere; see copyFiles for what comes from a folder of this machine.
	judge := strconv.FormatBool(r.address.kind != Local)
	pairs = append(pairs,
		"fetch.fsckObjects", judge, "transfer.fsckObjects", judge,
		"fetch.unpackLimit", "1", "fetch.recurseSubmodules", "false", "submodule.recurse", "false",
		"fetch.writeCommitGraph", "false", "transfer.bundleURI", "false", "transfer.credentialsInUrl", "die",
		"http.followRedirects", "false", "http.sslVerify", "true", "http.proxy", r.proxyURL, "http.proxyAuthMethod", "basic",
		"http.lowSpeedLimit", "1", "http.lowSpeedTime", strconv.Itoa(seconds(r.limits.Stall)),
	)
	for _, id := range honestFaults {
		pairs = append(pairs, "fetch.fsck."+id, "warn", "fsck."+id, "warn")
	}
	if f := r.guard.policy.RootsFile; f != "" {
		pairs = append(pairs, "http.sslCAInfo", f)
	}
	env := environment(tokenName+"="+r.token, "GIT_ALLOW_PROTOCOL="+protocols, "GIT_PROTOCOL_FROM_USER=0")
	if r.ssh != "" {
		env = append(env, "GIT_SSH_COMMAND="+r.ssh, "GIT_SSH_VARIANT=ssh")
	}
	return append(env, settings(pairs...)...)
}

// git runs one git command in the repository dir. Its standard output goes to out; its words on failure are put into a fault.
func (r *run) git(ctx context.Context, dir string, out io.Writer, args ...string) error {
	return r.command(ctx, dir, nil, nil, out, args...)
}

// command is git with more in the child's environment and something to read.
func (r *run) command(ctx context.Context, dir string, env []string, in io.Reader, out io.Writer, args ...string) error {
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	rep := &report{
		onBytes: func() { r.last.Store(time.Now().UnixNano()) },
		onProgress: func(p Progress) {
			if p.Total > r.limits.Objects {
				cancel(invalid(KeyTooManyObjects).With("limit", r.limits.Objects))
			}
			if r.progress != nil {
				r.progress(p)
			}
		},
	}
	r.last.Store(time.Now().UnixNano())
	watching := make(chan struct{})
	go func() { defer close(watching); r.watch(ctx, cancel) }()
	limits := bounds{cpu: 2 * r.limits.Total, file: max(r.limits.Bytes, 1<<20)} // of a processor's time, each of two threads may use all
	err := start(ctx, dir, append(r.environment(), env...), limits, in, out, rep, args...)
	cause := context.Cause(ctx)
	cancel(nil)
	<-watching
	r.said = rep.words()
	if err == nil {
		return nil
	}
	if cause != nil {
		return fmt.Errorf("git %s: %w", args[0], cause)
	}
	// What our own dialer refused or missed, git only knows as "proxy said 502".
	if f := r.guard.refused.Load(); f != nil {
		return fmt.Errorf("git %s: %w", args[0], f)
	}
	if f := r.overBounds(r.said, limits.file, err); f != nil {
		return fmt.Errorf("git %s: %w", args[0], f)
	}
	return fmt.Errorf("git %s: %w", args[0], classify(r.address, r.said, rep.remote.String(), err))
}

// bounds is what the system lets one child use. Our own watch (see watch) counts what is on the disk and how long nothing moves; these
// hold even when this process is slow to look, or gone. Zero fields bound nothing.
type bounds struct {
	cpu  time.Duration // of processor time; then the system ends it
	file int64         // bytes of a file that it writes
}

// maxOpen is how many files a child may hold open: a mirror has at most maxPacks packs, and git closes packs when it runs short.
const maxOpen = 1024

// overBounds puts a child that the system ended at one of its bounds, or a child of that child, into a fault. git does not always say which
// signal ended a child; a file that has just the size that is allowed says it.
func (r *run) overBounds(words string, file int64, err error) *fault.Error {
	ended := func(sig syscall.Signal) bool {
		if exit, ok := errors.AsType[*exec.ExitError](err); ok {
			if s, ok := exit.Sys().(syscall.WaitStatus); ok && s.Signaled() && s.Signal() == sig {
				return true
			}
		}
		return strings.Contains(words, fmt.Sprintf("died of signal %d", int(sig)))
	}
	switch {
	case ended(syscall.SIGXFSZ), largestFile(r.disk) >= file:
		return invalid(KeyTooLarge).With("limit", r.limits.Bytes).Wrap(err)
	case ended(syscall.SIGXCPU):
		return fault.Busy(KeyTimeout).With("seconds", seconds(r.limits.Total)).Wrap(err)
	}
	return nil
}

// largestFile is the size of the largest file below dir.
func largestFile(dir string) (most int64) {
	eachFile(dir, func(size int64) { most = max(most, size) })
	return most
}

// start runs git and waits for its end. The child leads a process group, which is killed as a whole when ctx ends, and dies with this
// process where the system can do that.
func start(ctx context.Context, dir string, env []string, limits bounds, in io.Reader, out, errs io.Writer, args ...string) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	cmd := exec.CommandContext(ctx, "git", append([]string{"--git-dir=" + dir, "--no-pager"}, args...)...)
	cmd.Dir, cmd.Env = dir, env
	cmd.Stdin, cmd.Stdout, cmd.Stderr = in, out, errs
	cmd.SysProcAttr = childAttributes()
	cmd.Cancel = func() error { return killGroup(cmd.Process.Pid) }
	cmd.WaitDelay = 5 * time.Second
	// The death signal is bound to the thread that started the child, not to the process: keep that thread until the child is through.
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	if err := cmd.Start(); err != nil {
		return err
	}
	// Its own children take the bounds over: git starts none before it has read its settings, which takes longer than this. What is wrong
	// here is no reason to do without the copy: the watch bounds it too.
	_ = bind(cmd.Process.Pid, limits)
	return cmd.Wait()
}

// watch ends the command that ctx belongs to when it passes a limit.
func (r *run) watch(ctx context.Context, cancel context.CancelCauseFunc) {
	tick := time.NewTicker(200 * time.Millisecond)
	defer tick.Stop()
	var size int64
	for {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
		now := diskSize(r.disk)
		if now > r.limits.Bytes {
			cancel(invalid(KeyTooLarge).With("limit", r.limits.Bytes))
			return
		}
		if now != size {
			size = now
			r.last.Store(time.Now().UnixNano())
		}
		last := max(r.last.Load(), r.guard.lastByte.Load())
		if time.Since(time.Unix(0, last)) > r.limits.Stall {
			cancel(fault.Busy(KeyStalled).With("seconds", seconds(r.limits.Stall)))
			return
		}
	}
}

// diskSize adds up the files below dir.
func diskSize(dir string) (sum int64) {
	eachFile(dir, func(size int64) { sum += size })
	return sum
}

// eachFile tells the size of each file below dir; what vanishes meanwhile counts as nothing.
func eachFile(dir string, tell func(size int64)) {
	filepath.WalkDir(dir, func(_ string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return nil
		}
		if info, err := d.Info(); err == nil {
			tell(info.Size())
		}
		return nil
	})
}

// read runs a git command that only reads the repository dir, and returns its output, of at most limit bytes.
func read(ctx context.Context, dir string, in io.Reader, limit int64, args ...string) ([]byte, error) {
	var out bytes.Buffer
	rep := &report{}
	env := append(environment("GIT_ALLOW_PROTOCOL="), settings(quiet...)...)
	limits := bounds{cpu: 2 * Limits{}.orDefault().Total, file: 1 << 20} // it writes nothing but to us
	err := start(ctx, dir, env, limits, in, &limited{w: &out, left: limit}, rep, args...)
	if ctx.Err() != nil {
		return nil, ctx.Err()
	}
	if err != nil {
		return nil, fmt.Errorf("git %s: %w", args[0], classifyLocal(rep.words(), err))
	}
	return out.Bytes(), nil
}

var errTooMuch = errors.New("more output than the limit")

// limited refuses to take more than left bytes, which ends the child by a broken pipe.
type limited struct {
	w    io.Writer
	left int64
}

func (l *limited) Write(p []byte) (int, error) {
	if l.left -= int64(len(p)); l.left < 0 {
		return 0, errTooMuch
	}
	return l.w.Write(p)
}

// lastLines is the end of git's words, for the log: the last line alone often only says that another program failed.
func lastLines(words string) string {
	lines := strings.Split(strings.TrimSpace(words), "\n")
	return strings.Join(lines[max(0, len(lines)-5):], " | ")
}
