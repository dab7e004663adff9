package gitrepo

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"
	"sync/atomic"
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
	disk     string // the folder whose size is limited
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
}

func (r *run) environment() []string {
	protocols := map[Kind]string{Web: "http:https", SSH: "ssh", Local: "file", Bundle: "file"}[r.address.kind]
	pairs := append([]string{}, quiet...)
	pairs = append(pairs,
		"fetch.fsckObjects", "true", "transfer.fsckObjects", "true",
		"fetch.unpackLimit", "1", "fetch.recurseSubmodules", "false", "submodule.recurse", "false",
		"fetch.writeCommitGraph", "false", "transfer.bundleURI", "false", "transfer.credentialsInUrl", "die",
		"http.followRedirects", "false", "http.sslVerify", "true", "http.proxy", r.proxyURL, "http.proxyAuthMethod", "basic",
		"http.lowSpeedLimit", "1", "http.lowSpeedTime", strconv.Itoa(seconds(r.limits.Stall)),
	)
	for _, id := range honestFaults {
		pairs = append(pairs, "fetch.fsck."+id, "warn")
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
	err := start(ctx, dir, r.environment(), nil, out, rep, args...)
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
	return fmt.Errorf("git %s: %w", args[0], classify(r.address, r.said, rep.remote.String(), err))
}

// start runs git and waits for its end. The child leads a process group, which is killed as a whole when ctx ends, and dies with this
// process where the system can do that.
func start(ctx context.Context, dir string, env []string, in io.Reader, out, errs io.Writer, args ...string) error {
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
	return cmd.Run()
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

// diskSize adds up the files below dir; what vanishes meanwhile counts as nothing.
func diskSize(dir string) int64 {
	var sum int64
	filepath.WalkDir(dir, func(_ string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return nil
		}
		if info, err := d.Info(); err == nil {
			sum += info.Size()
		}
		return nil
	})
	return sum
}

// read runs a git command that only reads the repository dir, and returns its output, of at most limit bytes.
func read(ctx context.Context, dir string, in io.Reader, limit int64, args ...string) ([]byte, error) {
	var out bytes.Buffer
	rep := &report{}
	env := append(environment("GIT_ALLOW_PROTOCOL="), settings(quiet...)...)
	err := start(ctx, dir, env, in, &limited{w: &out, left: limit}, rep, args...)
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
