//go:build linux

package powercut

import (
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
)

// newDisk mounts a disk, or skips the test where nobody may.
func newDisk(t *testing.T) (*Disk, string) {
	t.Helper()
	if _, err := os.Stat("/dev/fuse"); err != nil || os.Getuid() != 0 {
		t.Skip("a disk that forgets needs /dev/fuse and root")
	}
	mount := filepath.Join(t.TempDir(), "mount")
	d, err := New(t.TempDir(), mount)
	if err != nil {
		t.Skipf("this machine mounts no FUSE file system: %v", err)
	}
	t.Cleanup(func() {
		if err := d.Close(); err != nil {
			t.Error(err)
		}
	})
	return d, mount
}

func put(t *testing.T, path, text string, sync bool) {
	t.Helper()
	f, err := os.OpenFile(path, os.O_CREATE|os.O_WRONLY|os.O_TRUNC, 0o600)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := f.WriteString(text); err != nil {
		t.Fatal(err)
	}
	if sync {
		if err := f.Sync(); err != nil {
			t.Fatal(err)
		}
	}
	if err := f.Close(); err != nil {
		t.Fatal(err)
	}
}

func read(t *testing.T, path string) string {
	t.Helper()
	b, err := os.ReadFile(path)
	if err != nil {
		return "absent"
	}
	return string(b)
}

// What was synced is there after a cut; of the rest nothing is.
func TestACutLosesWhatWasNotSynced(t *testing.T) {
	d, dir := newDisk(t)
	at := func(name string) string { return filepath.Join(dir, name) }
	put(t, at("kept"), "synced", true)
	put(t, at("renamed"), "by its first name", true)
	put(t, at("removed"), "before", true)
	put(t, at("target"), "replaced", true)
	put(t, at("short"), strings.Repeat("long ", 3000), true)

	put(t, at("kept"), "not synced, and longer than a page: "+strings.Repeat("x", 9000), false)
	put(t, at("new"), "never synced", false)
	for _, step := range []error{
		os.Rename(at("renamed"), at("other")), os.Remove(at("removed")), os.Rename(at("new"), at("target")), os.Truncate(at("short"), 10), os.Mkdir(at("folder"), 0o700),
	} {
		if step != nil {
			t.Fatal(step)
		}
	}
	if got := read(t, at("target")); got != "never synced" {
		t.Errorf("before the cut the target says %q", got)
	}
	lost, err := d.Cut(nil)
	if err != nil {
		t.Fatal(err)
	}
	if lost.Pages == 0 || lost.Names != 5 {
		t.Errorf("lost %+v, want pages and 5 names: a new one, two renames, a removal, a folder", lost)
	}
	for name, want := range map[string]string{"kept": "synced", "renamed": "by its first name", "other": "absent", "removed": "before", "target": "replaced",
		"new": "absent", "short": strings.Repeat("long ", 3000)} {
		if got := read(t, at(name)); got != want {
			t.Errorf("after the cut %s says %.40q, want %.40q", name, got, want)
		}
	}
	if _, err := os.Stat(at("folder")); err == nil {
		t.Error("a folder that nothing synced is there")
	}
}

// A sync makes durable the names that were made before it, and only its own file's bytes.
func TestASyncKeepsEarlierNames(t *testing.T) {
	d, dir := newDisk(t)
	put(t, filepath.Join(dir, "a"), "bytes without a sync", false)
	put(t, filepath.Join(dir, "b"), "synced", true)
	put(t, filepath.Join(dir, "c"), "later", false)
	if _, err := d.Cut(nil); err != nil {
		t.Fatal(err)
	}
	for name, want := range map[string]string{"a": "", "b": "synced", "c": "absent"} {
		if got := read(t, filepath.Join(dir, name)); got != want {
			t.Errorf("%s says %q, want %q", name, got, want)
		}
	}
}

// Where chance keeps a part, each page is either what was synced or what was written, never a mixture.
func TestTornWritesAreWholePages(t *testing.T) {
	d, dir := newDisk(t)
	path := filepath.Join(dir, "f")
	put(t, path, strings.Repeat("o", 16*page), true)
	f, err := os.OpenFile(path, os.O_WRONLY, 0)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := f.WriteAt([]byte(strings.Repeat("n", 16*page)), 0); err != nil {
		t.Fatal(err)
	}
	if err := f.Close(); err != nil {
		t.Fatal(err)
	}
	lost, err := d.Cut(rand.New(rand.NewPCG(1, 2)))
	if err != nil {
		t.Fatal(err)
	}
	got, old := read(t, path), 0
	for at := 0; at < len(got); at += page {
		switch got[at : at+page] {
		case strings.Repeat("o", page):
			old++
		case strings.Repeat("n", page):
		default:
			t.Errorf("the page at %d is a mixture", at)
		}
	}
	if len(got) != 16*page || old != lost.Pages || old == 0 || old == 16 {
		t.Errorf("%d bytes, %d pages of the old, %d said lost: want some of each", len(got), old, lost.Pages)
	}
}

// The n-th write can fail as a full disk's does.
func TestAFaultReachesTheWriter(t *testing.T) {
	d, dir := newDisk(t)
	d.Fail(func(op Op, n int64) syscall.Errno {
		if op == Write && n > 1 {
			return syscall.ENOSPC
		}
		return 0
	})
	err := os.WriteFile(filepath.Join(dir, "f"), []byte("text"), 0o600)
	if err == nil || !strings.Contains(err.Error(), "no space") {
		t.Errorf("writing said %v, want: no space left", err)
	}
	d.Fail(nil)
	if err := os.WriteFile(filepath.Join(dir, "f"), []byte("text"), 0o600); err != nil {
		t.Error(err)
	}
}
