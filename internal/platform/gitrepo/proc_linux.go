package gitrepo

import (
	"bytes"
	"errors"
	"os"
	"strconv"
	"syscall"

	"golang.org/x/sys/unix"
)

// childAttributes makes a child lead its own process group, and die when the thread that started it does.
func childAttributes() *syscall.SysProcAttr {
	return &syscall.SysProcAttr{Setpgid: true, Pdeathsig: syscall.SIGKILL}
}

// bind sets what the system lets the process pid, and what it starts from now on, use. No core is ever dumped: it would hold what the
// repository holds, in a file that nobody expects.
func bind(pid int, b bounds) error {
	set := func(what int, most uint64) error {
		limit := unix.Rlimit{Cur: most, Max: most}
		if what == unix.RLIMIT_CPU {
			limit.Max += 5 // first a signal that says why, then the end
		}
		var now unix.Rlimit
		if err := unix.Prlimit(pid, what, nil, &now); err != nil {
			return err
		}
		limit.Max = min(limit.Max, now.Max) // only the system's administrator may raise it
		limit.Cur = min(limit.Cur, limit.Max)
		return unix.Prlimit(pid, what, &limit, nil)
	}
	errs := []error{set(unix.RLIMIT_CORE, 0), set(unix.RLIMIT_NOFILE, maxOpen)}
	if b.cpu > 0 {
		errs = append(errs, set(unix.RLIMIT_CPU, uint64(seconds(b.cpu))))
	}
	if b.file > 0 {
		errs = append(errs, set(unix.RLIMIT_FSIZE, uint64(b.file)))
	}
	return errors.Join(errs...)
}

// killMarked kills every process whose environment holds the run's token, and returns how many. A process number may be given to
// another program at any moment; so each is first held by a descriptor, then recognised, then killed through the descriptor: what is
// killed is what was recognised. The token is random, so no other program can have it.
func killMarked(token string) int {
	mark := []byte(tokenName + "=" + token)
	killed := 0
	for again := true; again; {
		again = false // a child may have forked while we looked
		entries, err := os.ReadDir("/proc")
		if err != nil {
			return killed
		}
		for _, e := range entries {
			pid, err := strconv.Atoi(e.Name())
			if err != nil || pid == os.Getpid() || !marked(pid, mark) {
				continue
			}
			if killHeld(pid, mark) {
				killed++
				again = true
			}
		}
	}
	return killed
}

func marked(pid int, mark []byte) bool {
	env, err := os.ReadFile("/proc/" + strconv.Itoa(pid) + "/environ") // empty for a zombie, denied for other accounts
	if err != nil {
		return false
	}
	for v := range bytes.SplitSeq(env, []byte{0}) {
		if bytes.Equal(v, mark) {
			return true
		}
	}
	return false
}

func killHeld(pid int, mark []byte) bool {
	fd, err := unix.PidfdOpen(pid, 0)
	if err != nil {
		return false
	}
	defer unix.Close(fd)
	if !marked(pid, mark) {
		return false
	}
	if unix.PidfdSendSignal(fd, unix.SIGKILL, nil, 0) != nil {
		return false
	}
	// Wait for the end, so that its files can be swept; a descriptor of an ended process is readable.
	fds := []unix.PollFd{{Fd: int32(fd), Events: unix.POLLIN}}
	for {
		if _, err := unix.Poll(fds, 5000); err != unix.EINTR {
			return true
		}
	}
}
