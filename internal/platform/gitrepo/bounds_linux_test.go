package gitrepo

import (
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"
)

// TestTheSystemBoundsAChild: what it may write, use and open is set on the process, and on those it starts.
func TestTheSystemBoundsAChild(t *testing.T) {
	child := exec.Command("sh", "-c", `read go; sh -c 'cat /proc/self/limits'`)
	in, err := child.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	var out strings.Builder
	child.Stdout = &out
	if err := child.Start(); err != nil {
		t.Fatal(err)
	}
	if err := bind(child.Process.Pid, bounds{cpu: 90 * time.Second, file: 1 << 20}); err != nil {
		t.Error(err)
	}
	in.Write([]byte("go\n"))
	if err := child.Wait(); err != nil {
		t.Fatal(err)
	}
	for name, want := range map[string]string{"Max cpu time": "90", "Max file size": "1048576", "Max core file size": "0", "Max open files": strconv.Itoa(maxOpen)} {
		found := false
		for line := range strings.Lines(out.String()) {
			if rest, ok := strings.CutPrefix(line, name); ok {
				found = strings.Fields(rest)[0] == want
			}
		}
		if !found {
			t.Errorf("%s is not %s in\n%s", name, want, out.String())
		}
	}
}

// TestAPackOverTheBoundIsEndedByTheSystem, even where the watch has not looked yet; the person is told what the watch would have said.
func TestAPackOverTheBoundIsEndedByTheSystem(t *testing.T) {
	root := t.TempDir()
	newSource(t, filepath.Join(root, "s")).commit("one", "a", noise(6<<20))
	h, _ := gitServer(t, root)
	addr, p := serve(t, h)
	p.Limits.Bytes = 1 << 20
	m := newMirror(t)
	_, err := m.Update(t.Context(), parse(t, addr+"/s"), p, nil)
	wantKey(t, err, KeyTooLarge)
	if _, err := os.Stat(m.Dir); err == nil {
		t.Fatal("a mirror was made")
	}
	r := &run{limits: Limits{}.orDefault(), disk: t.TempDir()}
	for words, key := range map[string]string{
		"error: index-pack died of signal 25\nfatal: fetch-pack: invalid index-pack output\n": KeyTooLarge,
		"error: index-pack died of signal 24\nfatal: fetch-pack: invalid index-pack output\n": KeyTimeout,
	} {
		wantKey(t, r.overBounds(words, 1, nil), key)
	}
	if f := r.overBounds("error: index-pack died of signal 9\n", 1, nil); f != nil {
		t.Fatal(f)
	}
}

// TestAChildThatUsesTooMuchTimeIsEnded by the system, and it is said so.
func TestAChildThatUsesTooMuchTimeIsEnded(t *testing.T) {
	child := exec.Command("sh", "-c", "while :; do :; done")
	if err := child.Start(); err != nil {
		t.Fatal(err)
	}
	if err := bind(child.Process.Pid, bounds{cpu: time.Second}); err != nil {
		child.Process.Kill()
		t.Fatal(err)
	}
	r := &run{limits: Limits{}.orDefault(), disk: t.TempDir()}
	wantKey(t, r.overBounds("", 1, child.Wait()), KeyTimeout)
}
