package app

import (
	"net"
	"os"
	"strings"
	"testing"

	"commun/internal/platform/fault"
)

// TestWhoListensIsNamed: whoever starts a second program on a port reads which one to end.
func TestWhoListensIsNamed(t *testing.T) {
	t.Parallel()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = l.Close() }() // the test is over
	_, err = listen(t.Context(), l.Addr().String())
	f := fault.Of(err)
	if len(f) != 1 {
		t.Fatalf("a port is taken twice, or refused without a word: %v", err)
	}
	if _, err := os.Stat("/proc/net/tcp"); err != nil {
		if f[0].Key != "fail.port_used" {
			t.Errorf("it says %s", f[0].Key)
		}
		return
	}
	if name, pid := listener("/proc", l.Addr().String()); pid != os.Getpid() || name == "" || strings.Contains(name, "\n") || f[0].Key != "fail.port_used_by" {
		t.Errorf("the listener is %q, process %d, and it says %s; this is process %d", name, pid, f[0].Key, os.Getpid())
	}
	for _, addr := range []string{"", "no address", "127.0.0.1:none", "127.0.0.1:0"} {
		if name, pid := listener("/proc", addr); pid != 0 {
			t.Errorf("%q: %s, process %d", addr, name, pid)
		}
	}
	if _, pid := listener(t.TempDir(), l.Addr().String()); pid != 0 {
		t.Error("where the system does not say, somebody is named")
	}
}
