package app

import (
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"

	"commun/internal/platform/fault"
)

// listen takes the address on which the server will answer. Who connects before the pages are made waits in the system's queue.
func listen(ctx context.Context, addr string) (net.Listener, error) {
	l, err := (&net.ListenConfig{}).Listen(ctx, "tcp", addr)
	if err != nil {
		return nil, fmt.Errorf("listen: %w", notListening(addr, err))
	}
	return l, nil
}

// notListening says why the server can't listen on an address.
func notListening(addr string, err error) error {
	key := "fail.not_listening"
	switch {
	case errors.Is(err, syscall.EADDRINUSE):
		if name, pid := listener("/proc", addr); pid != 0 {
			return fault.Invalid("addr", "fail.port_used_by").With("address", addr).With("program", name).With("process", strconv.Itoa(pid))
		}
		key = "fail.port_used"
	case errors.Is(err, syscall.EACCES):
		key = "fail.port_denied"
	case errors.Is(err, syscall.EADDRNOTAVAIL):
		key = "fail.address_elsewhere"
	default:
		return fault.Busy(key).With("address", addr).Wrap(err)
	}
	return fault.Invalid("addr", key).With("address", addr)
}

// listener finds the program that listens on the port of addr, as Linux tells it under proc: 0 where it does not, or when that program is
// another user's.
func listener(proc, addr string) (name string, pid int) {
	_, port, err := net.SplitHostPort(addr)
	if err != nil {
		return "", 0
	}
	n, err := strconv.Atoi(port)
	if err != nil {
		return "", 0
	}
	sockets := map[string]bool{}
	for _, table := range []string{"tcp", "tcp6"} {
		text, err := os.ReadFile(filepath.Join(proc, "net", table))
		if err != nil {
			continue
		}
		for line := range strings.Lines(string(text)) {
			// sl, local address, remote address, state (0A listens), queues, timer, retransmissions, uid, timeout, inode
			f := strings.Fields(line)
			if len(f) > 9 && f[3] == "0A" && strings.HasSuffix(f[1], fmt.Sprintf(":%04X", n)) {
				sockets["socket:["+f[9]+"]"] = true
			}
		}
	}
	files, err := filepath.Glob(filepath.Join(proc, "[1-9]*", "fd", "*"))
	if err != nil || len(sockets) == 0 {
		return "", 0
	}
	for _, file := range files {
		if to, err := os.Readlink(file); err != nil || !sockets[to] {
			continue
		}
		process := filepath.Dir(filepath.Dir(file))
		pid, err := strconv.Atoi(filepath.Base(process))
		if err != nil {
			continue
		}
		if comm, err := os.ReadFile(filepath.Join(process, "comm")); err == nil && len(comm) > 1 {
			return strings.TrimSpace(string(comm)), pid
		}
	}
	return "", 0
}
