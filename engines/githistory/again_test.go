package githistory_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"reflect"
	"strings"
	"testing"

	"commun/engines/githistory"
	"commun/engines/githistory/gitexec"
	"commun/engines/githistory/internal/fastimport"
)

// counting is a Runner that counts the commits whose lines git was asked for.
type counting struct {
	githistory.Runner
	commands []string
}

func (c *counting) Start(ctx context.Context, args ...string) (githistory.Process, error) {
	c.commands = append(c.commands, args[0])
	return c.Runner.Start(ctx, args...)
}

func fill(r *fastimport.Repo, from, to int) (last int) {
	for i := from; i < to; i++ {
		last = r.Add(commit{Author: []string{ana, bea, cy}[i%3], Date: fmt.Sprintf("%d +0000", 1704110400+i*86400),
			Files: []file{{Path: fmt.Sprint("f", i%7), Text: fastimport.Lines(fmt.Sprint(i), 5)}}})
	}
	return last
}

// same compares all figures but those that tell of the reading itself.
func same(t *testing.T, got, want *githistory.Result) {
	t.Helper()
	a, b := *got, *want
	a.Rewritten, b.Rewritten = false, false
	if !reflect.DeepEqual(a, b) {
		t.Errorf("figures differ:\n%+v\n%+v", a, b)
	}
}

func TestASecondReadingReadsOnlyWhatIsNew(t *testing.T) {
	r := fastimport.New(t)
	fill(r, 0, 40)
	first, _ := read(t, r.Write(), githistory.Options{})

	var saved bytes.Buffer
	if err := first.Save(&saved); err != nil {
		t.Fatal(err)
	}
	loaded, err := githistory.Load(&saved)
	if err != nil {
		t.Fatal(err)
	}
	fill(r, 40, 45)
	again, got := read(t, r.Write(), githistory.Options{Previous: loaded})
	if again.NewRead != 5 || again.Rewritten {
		t.Errorf("read %d commits, rewritten %v", again.NewRead, again.Rewritten)
	}
	_, want := read(t, r.Dir, githistory.Options{})
	same(t, got, want)

	git, err := gitexec.OpenExact(r.Dir)
	if err != nil {
		t.Fatal(err)
	}
	c := &counting{Runner: git}
	unchanged, err := githistory.Read(context.Background(), c, githistory.Options{Previous: again})
	if err != nil || unchanged.NewRead != 0 {
		t.Fatalf("read %d commits, %v", unchanged.NewRead, err)
	}
	for _, name := range c.commands {
		if name == "diff-tree" {
			t.Error("lines were counted though nothing is new")
		}
	}
}

func TestAForcedPushIsSaidAndCountedAnew(t *testing.T) {
	r := fastimport.New(t)
	fill(r, 0, 30)
	early := fill(r, 30, 31)
	fill(r, 31, 40)
	h, _ := read(t, r.Write(), githistory.Options{})
	r.Reset("main", early)
	fill(r, 50, 53)
	again, got := read(t, r.Write(), githistory.Options{Previous: h})
	if !again.Rewritten || !got.Rewritten || got.Repository.Commits != 34 {
		t.Errorf("rewritten %v, %d commits", again.Rewritten, got.Repository.Commits)
	}
	_, want := read(t, r.Dir, githistory.Options{})
	same(t, got, want)

	// The old tip may even be gone.
	h, _ = read(t, r.Dir, githistory.Options{})
	r.Reset("main", early)
	r.Write()
	r.Git("reflog", "expire", "--expire=now", "--all")
	r.Git("gc", "--quiet", "--prune=now")
	if again, got := read(t, r.Dir, githistory.Options{Previous: h}); !again.Rewritten || got.Repository.Commits != 31 {
		t.Errorf("rewritten %v, %d commits", again.Rewritten, got.Repository.Commits)
	}
}

func TestReplacedCommitsAreReadAnew(t *testing.T) {
	r := fastimport.New(t)
	fill(r, 0, 10)
	h, _ := read(t, r.Write(), githistory.Options{})
	r.Git("replace", "--graft", "main~3") // the history now begins there
	_, got := read(t, r.Dir, githistory.Options{Previous: h})
	if got.Repository.Commits != 4 {
		t.Errorf("%d commits", got.Repository.Commits)
	}
	_, want := read(t, r.Dir, githistory.Options{})
	same(t, got, want)
}

func TestADamagedStateIsRefused(t *testing.T) {
	r := fastimport.New(t)
	fill(r, 0, 5)
	h, _ := read(t, r.Write(), githistory.Options{})
	var saved bytes.Buffer
	if err := h.Save(&saved); err != nil {
		t.Fatal(err)
	}
	for i := range saved.Len() {
		b := bytes.Clone(saved.Bytes())
		b[i] ^= 1
		if _, err := githistory.Load(bytes.NewReader(b)); !errors.Is(err, githistory.ErrState) {
			t.Fatalf("byte %d changed: %v", i, err)
		}
		if _, err := githistory.Load(bytes.NewReader(saved.Bytes()[:i])); !errors.Is(err, githistory.ErrState) {
			t.Fatalf("cut at byte %d: %v", i, err)
		}
	}
}

// removeObjects takes objects out of a repository, as a partial clone lacks them.
func removeObjects(t *testing.T, r *fastimport.Repo, names ...string) {
	t.Helper()
	packs, err := filepath.Glob(filepath.Join(r.Dir, "objects/pack/*.pack"))
	if err != nil {
		t.Fatal(err)
	}
	for _, p := range packs {
		moved := filepath.Join(t.TempDir(), "pack")
		if err := os.Rename(p, moved); err != nil {
			t.Fatal(err)
		}
		_ = os.Remove(strings.TrimSuffix(p, ".pack") + ".idx")
		in, err := os.Open(moved)
		if err != nil {
			t.Fatal(err)
		}
		cmd := exec.Command("git", "-C", r.Dir, "unpack-objects", "-q")
		cmd.Stdin = in
		if out, err := cmd.CombinedOutput(); err != nil {
			t.Fatalf("unpack: %v %s", err, out)
		}
		_ = in.Close()
	}
	for _, n := range names {
		if err := os.Remove(filepath.Join(r.Dir, "objects", n[:2], n[2:])); err != nil {
			t.Fatal(err)
		}
	}
}

func TestMissingObjectsAreCountedAndTheRestIsMeasured(t *testing.T) {
	r := fastimport.New(t)
	fill(r, 0, 20)
	r.Write()
	// The text that commit 10 wrote is also what commit 17 replaced: two commits cannot be counted for one blob. The
	// folder of commit 5 is needed by itself and by the commit after it.
	blob := r.Git("rev-parse", "main~9:f3")
	tree := r.Git("rev-parse", "main~14^{tree}")
	_, whole := read(t, r.Dir, githistory.Options{})
	removeObjects(t, r, blob)
	for _, workers := range []int{1, 4} {
		_, res := read(t, r.Dir, githistory.Options{Workers: workers})
		if res.Missing != (githistory.Missing{Blobs: 1, Commits: 2}) {
			t.Errorf("%d workers: missing %+v", workers, res.Missing)
		}
		if res.Windows.All.Commits != 20 || res.Windows.All.Added != whole.Windows.All.Added-10 {
			t.Errorf("%d workers: %+v", workers, res.Windows.All)
		}
	}
	removeObjects(t, r, tree)
	h, res := read(t, r.Dir, githistory.Options{})
	if res.Missing != (githistory.Missing{Blobs: 1, Commits: 4}) {
		t.Errorf("without a folder: missing %+v", res.Missing)
	}

	// When the objects have come, the next reading counts what was missing.
	back := fastimport.New(t)
	fill(back, 0, 20)
	back.Write()
	r.Git("fetch", "--quiet", "--refetch", back.Dir, "main")
	_, got := read(t, r.Dir, githistory.Options{Previous: h})
	same(t, got, whole)
}

func TestADamagedObjectLosesItsCommitsOnly(t *testing.T) {
	r := fastimport.New(t)
	fill(r, 0, 20)
	r.Write()
	blob := r.Git("rev-parse", "main~9:f3")
	removeObjects(t, r)
	path := filepath.Join(r.Dir, "objects", blob[:2], blob[2:])
	if err := os.Chmod(path, 0o644); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte("no object"), 0o644); err != nil {
		t.Fatal(err)
	}
	if _, res := read(t, r.Dir, githistory.Options{}); res.Missing != (githistory.Missing{Commits: 2}) {
		t.Errorf("missing %+v", res.Missing)
	}
}

func TestPartialAndShallowClones(t *testing.T) {
	r := fastimport.New(t)
	fill(r, 0, 20)
	r.Write()
	r.Git("config", "uploadpack.allowFilter", "true")
	clone := func(args ...string) string {
		dir := filepath.Join(t.TempDir(), "clone")
		args = append(append([]string{"clone", "--quiet", "--bare"}, args...), "file://"+r.Dir, dir)
		if out, err := exec.Command("git", args...).CombinedOutput(); err != nil {
			t.Fatalf("clone: %v %s", err, out)
		}
		return dir
	}
	h, res := read(t, clone("--filter=blob:none"), githistory.Options{})
	if res.Missing != (githistory.Missing{Blobs: 20, Commits: 20}) || res.Repository.CommitsNoMerges != 20 || h.Shallow {
		t.Errorf("partial: %+v %+v", res.Missing, res.Repository)
	}
	shallow := clone("--depth=5")
	h, res = read(t, shallow, githistory.Options{})
	if !h.Shallow || res.Repository.Commits != 5 || res.Missing.Commits != 0 {
		t.Errorf("shallow: %+v", res.Repository)
	}
	// Deepened, the former border is no root any more: its lines are counted anew.
	if out, err := exec.Command("git", "-C", shallow, "fetch", "--quiet", "--unshallow").CombinedOutput(); err != nil {
		t.Fatalf("deepen: %v %s", err, out)
	}
	_, got := read(t, shallow, githistory.Options{Previous: h})
	_, want := read(t, r.Dir, githistory.Options{})
	got.Repository.Shallow = false
	same(t, got, want)
}
