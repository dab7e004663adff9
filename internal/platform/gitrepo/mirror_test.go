package gitrepo

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"

	"commun/internal/platform/fault"
)

func TestAMirrorFollowsItsSource(t *testing.T) {
	root := t.TempDir()
	s := newSource(t, filepath.Join(root, "owner", "name"))
	first := s.commit("one", "README.md", "# Hello\n")
	s.git("tag", "-a", "v1.0", "-m", "first")
	s.git("update-ref", "refs/pull/1/head", first)
	s.git("branch", "other")
	h, requests := gitServer(t, root)
	url, p := serve(t, h)
	a := parse(t, url+"/owner/name/")
	m := newMirror(t)

	var phases []Phase
	res, err := m.Update(t.Context(), a, p, func(p Progress) { phases = append(phases, p.Phase) })
	if err != nil {
		t.Fatal(err)
	}
	if !res.Cloned || !res.Changed || res.Forced || res.Moved || res.Commit != first || res.Branch != "main" || res.Previous != "" ||
		res.Redirected || res.Bytes == 0 {
		t.Fatalf("first update: %+v", res)
	}
	if !slices.Contains(phases, Receiving) || phases[0] != Connecting || phases[len(phases)-1] != Finishing {
		t.Fatalf("phases %v", phases)
	}
	if got := refs(t, m); got != "refs/heads/main refs/tags/v1.0" {
		t.Fatalf("only the default branch and the tags belong in a mirror, got %q", got)
	}

	t.Run("the same again changes nothing", func(t *testing.T) {
		before, asked := snapshot(t, m.Dir), requests.Load()
		if res := update(t, m, a, p); res.Changed || res.Cloned || res.Commit != first || res.Previous != first {
			t.Fatalf("%+v", res)
		}
		if snapshot(t, m.Dir) != before {
			t.Fatal("files of the mirror were touched")
		}
		if n := requests.Load() - asked; n > 3 {
			t.Fatalf("%d requests for nothing new", n)
		}
	})
	t.Run("new commits and tags come, tags that are gone go", func(t *testing.T) {
		second := s.commit("two", "a.txt", "a")
		s.git("tag", "v2.0")
		s.git("tag", "-d", "v1.0")
		if res := update(t, m, a, p); !res.Changed || res.Cloned || res.Forced || res.Commit != second || res.Previous != first {
			t.Fatalf("%+v", res)
		}
		if got := refs(t, m); got != "refs/heads/main refs/tags/v2.0" {
			t.Fatal(got)
		}
	})
	t.Run("a rewritten history is taken and said", func(t *testing.T) {
		s.git("reset", "--quiet", "--hard", first)
		forced := s.commit("two, again", "a.txt", "b")
		if res := update(t, m, a, p); !res.Forced || res.Cloned || res.Moved || res.Commit != forced {
			t.Fatalf("%+v", res)
		}
	})
	t.Run("another default branch is followed", func(t *testing.T) {
		s.git("checkout", "--quiet", "-b", "trunk")
		third := s.commit("three")
		if res := update(t, m, a, p); !res.Moved || res.Forced || res.Branch != "trunk" || res.Commit != third {
			t.Fatalf("%+v", res)
		}
		if got := refs(t, m); got != "refs/heads/trunk refs/tags/v2.0" {
			t.Fatal(got)
		}
	})
	t.Run("a tag may become a folder of tags", func(t *testing.T) {
		s.git("tag", "-d", "v2.0")
		s.git("tag", "v2.0/rc")
		update(t, m, a, p)
		if got := refs(t, m); got != "refs/heads/trunk refs/tags/v2.0/rc" {
			t.Fatal(got)
		}
	})
	t.Run("gone is told from never there", func(t *testing.T) {
		if err := os.Rename(s.dir, s.dir+"-away"); err != nil {
			t.Fatal(err)
		}
		_, err := m.Update(t.Context(), a, p, nil)
		wantKey(t, err, KeyGone)
		_, err = newMirror(t).Update(t.Context(), a, p, nil)
		wantKey(t, err, KeyNotFound)
		if r, err := Open(t.Context(), m.Dir); err != nil || r.HeadCommit() == "" {
			t.Fatal("the mirror of what is gone must stay", err)
		}
	})
}

func refs(t *testing.T, m Mirror) string {
	t.Helper()
	out, err := read(t.Context(), m.Dir, nil, 1<<20, "for-each-ref", "--format=%(refname)")
	if err != nil {
		t.Fatal(err)
	}
	return strings.Join(strings.Fields(string(out)), " ")
}

func TestAFolderOrABundleOfThisMachine(t *testing.T) {
	for _, dir := range []string{"plain", "with space", "-dash", "quote's\"", "été:colon", "*glob[x]"} {
		t.Run(dir, func(t *testing.T) {
			root := t.TempDir()
			s := newSource(t, filepath.Join(root, dir))
			id := s.commit("one", "README", "x")
			m := Mirror{Dir: filepath.Join(root, "mirrors", dir)}
			if res := update(t, m, parse(t, s.dir), Policy{AllowLocal: true}); res.Commit != id || res.Final.Kind() != Local {
				t.Fatalf("%+v", res)
			}
			wantClean(t, m)
			file := filepath.Join(root, dir+".bundle")
			s.git("bundle", "create", "--quiet", file, "--all")
			m = Mirror{Dir: filepath.Join(root, "bundled", dir)}
			if res := update(t, m, parse(t, file), Policy{AllowLocal: true}); res.Commit != id || res.Branch != "main" || res.Final.Kind() != Bundle {
				t.Fatalf("%+v", res)
			}
			if res := update(t, m, parse(t, file), Policy{AllowLocal: true}); res.Changed {
				t.Fatalf("%+v", res)
			}
		})
	}
}

func TestLocalSourcesThatCannotBeTaken(t *testing.T) {
	root := t.TempDir()
	s := newSource(t, filepath.Join(root, "ok"))
	first := s.commit("one", "a", strings.Repeat("a line\n", 1000))
	s.commit("two", "a", "2")
	newSource(t, filepath.Join(root, "empty"))
	os.MkdirAll(filepath.Join(root, "folder"), 0o755)
	os.WriteFile(filepath.Join(root, "text.bundle"), []byte("hello"), 0o644)
	s.git("bundle", "create", "--quiet", filepath.Join(root, "part.bundle"), "main", "^"+first)
	s.git("bundle", "create", "--quiet", filepath.Join(root, "cut.bundle"), "main")
	cut(t, filepath.Join(root, "cut.bundle"))
	s.git("clone", "--quiet", "--depth=1", "file://"+s.dir, filepath.Join(root, "shallow"))
	damagedSource(t, s, filepath.Join(root, "corrupt"))
	hole := newSource(t, filepath.Join(root, "hole"))
	hole.commit("one", "a", "hole")
	blob := hole.git("rev-parse", "HEAD:a")
	os.Remove(filepath.Join(hole.dir, ".git", "objects", blob[:2], blob[2:]))

	for name, key := range map[string]string{
		"nothing": KeyNotFound, "empty": KeyEmpty, "folder": KeyNotARepository, "text.bundle": KeyNotARepository,
		"part.bundle": KeyBundleIncomplete, "cut.bundle": KeyCorrupt, "shallow": KeyShallow, "corrupt": KeyCorrupt, "hole": KeySourceIncomplete,
	} {
		t.Run(name, func(t *testing.T) {
			m := newMirror(t)
			_, err := m.Update(t.Context(), parse(t, filepath.Join(root, name)), Policy{AllowLocal: true}, nil)
			wantKey(t, err, key)
			if _, err := os.Stat(m.Dir); err == nil {
				t.Fatal("a failed first update must leave no mirror")
			}
			_, err = m.Update(t.Context(), parse(t, filepath.Join(root, name)), Policy{}, nil)
			wantKey(t, err, KeyLocalRefused)
		})
	}
}

// cut takes away the last bytes of a file.
func cut(t *testing.T, file string) {
	t.Helper()
	os.Chmod(file, 0o644)
	i, err := os.Stat(file)
	if err == nil {
		err = os.Truncate(file, i.Size()-30)
	}
	if err != nil {
		t.Fatal(err)
	}
}

// flip changes a byte in the middle of a file.
func flip(t *testing.T, file string) {
	t.Helper()
	os.Chmod(file, 0o644)
	b, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	b[len(b)/2] ^= 0xff
	if err := os.WriteFile(file, b, 0o644); err != nil {
		t.Fatal(err)
	}
}

func onePack(t *testing.T, gitDir string) string {
	t.Helper()
	packs, _ := filepath.Glob(filepath.Join(globQuote(gitDir), "objects", "pack", "*.pack"))
	if len(packs) != 1 {
		t.Fatalf("%d packs", len(packs))
	}
	return packs[0]
}

// damagedSource clones s to dir and flips a byte in its pack.
func damagedSource(t *testing.T, s source, dir string) {
	t.Helper()
	s.git("clone", "--quiet", "--bare", "file://"+s.dir, dir)
	source{t, dir}.git("repack", "-adq")
	flip(t, onePack(t, dir))
}

func TestADamagedMirrorIsClonedAnew(t *testing.T) {
	s := newSource(t, filepath.Join(t.TempDir(), "s"))
	s.commit("one", "a", strings.Repeat("some text that is packed\n", 300), "README.md", "# x")
	s.git("repack", "-adq")
	a, p := parse(t, s.dir), Policy{AllowLocal: true}
	for name, damage := range map[string]func(m Mirror){
		"a pack cut short":    func(m Mirror) { cut(t, onePack(t, m.Dir)) },
		"a pack that is gone": func(m Mirror) { os.Remove(onePack(t, m.Dir)) },
		"no HEAD":             func(m Mirror) { os.Remove(filepath.Join(m.Dir, "HEAD")) },
		"HEAD of zeros":       func(m Mirror) { os.WriteFile(filepath.Join(m.Dir, "HEAD"), make([]byte, 40), 0o644) },
		"an empty folder":     func(m Mirror) { os.RemoveAll(m.Dir); os.MkdirAll(m.Dir, 0o755) },
	} {
		t.Run(name, func(t *testing.T) {
			m := newMirror(t)
			update(t, m, a, p)
			damage(m)
			if res := update(t, m, a, p); !res.Cloned || res.Commit != s.git("rev-parse", "HEAD") {
				t.Fatalf("%+v", res)
			}
			if r, err := Open(t.Context(), m.Dir); err != nil || len(r.root) != 2 {
				t.Fatal(err)
			}
		})
	}
	t.Run("damage inside a pack is found by who reads, and mended by Renew", func(t *testing.T) {
		m := newMirror(t)
		update(t, m, a, p)
		flip(t, onePack(t, m.Dir))
		_, err := Open(t.Context(), m.Dir)
		if err == nil {
			var r *Repo
			r, _ = Open(t.Context(), m.Dir)
			_, err = r.File(t.Context(), "a", 1<<20)
		}
		wantKey(t, err, KeyCorrupt)
		if res, err := m.Renew(t.Context(), a, p, nil); err != nil || !res.Cloned {
			t.Fatal(res, err)
		}
		r, err := Open(t.Context(), m.Dir)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := r.File(t.Context(), "a", 1<<20); err != nil {
			t.Fatal(err)
		}
	})
}

func TestHonestFaultsOfOldHistoriesAreTaken(t *testing.T) {
	root := t.TempDir()
	s := newSource(t, filepath.Join(root, "s"))
	h, _ := gitServer(t, root)
	s.commit("one", "a", "a")
	tree := s.git("rev-parse", "HEAD^{tree}")
	for name, lines := range map[string]string{
		"zone": "author A <a@b> 1700000000 +051800\ncommitter A <a@b> 1700000000 +051800", "date": "author A <a@b> 99999999999999999999 +0000\ncommitter A <a@b> 1 +0000",
		"no email": "author A 1700000000 +0000\ncommitter A <a@b> 1 +0000", "no space": "author A<a@b> 1700000000 +0000\ncommitter A<a@b> 1 +0000",
		"Latin-1": "author Andr\xe9 <a@b> 1700000000 +0000\ncommitter A <a@b> 1 +0000", "zero date": "author A <a@b> 01700000000 +0000\ncommitter A <a@b> 1 +0000",
	} {
		t.Run(name, func(t *testing.T) {
			id := s.gitIn("tree "+tree+"\n"+lines+"\n\nold\n", "hash-object", "--literally", "-t", "commit", "-w", "--stdin")
			s.git("update-ref", "refs/heads/main", id)
			addr, p := serve(t, h)
			if res := update(t, newMirror(t), parse(t, addr+"/s"), p); res.Commit != id {
				t.Fatalf("%+v", res)
			}
		})
	}
}

// TestHostileObjectsAreRefused: of what comes from elsewhere, be it a bundle. A folder of this machine is copied as it is; see copyFiles.
func TestHostileObjectsAreRefused(t *testing.T) {
	for name, c := range map[string]struct{ mode, path, text, check string }{
		"a file below .git":                   {"100644", ".GIT", "x", "hasDotgit"},
		"a submodule address that is options": {"100644", ".gitmodules", "[submodule \"a\"]\n\tpath = a\n\turl = -u./evil\n", "gitmodulesUrl"},
		"a .gitmodules that is a link":        {"120000", ".gitmodules", "/etc/passwd", "gitmodulesSymlink"},
	} {
		t.Run(name, func(t *testing.T) {
			root := t.TempDir()
			s := newSource(t, filepath.Join(root, "s"))
			blob := s.gitIn(c.text, "hash-object", "-w", "--stdin")
			raw := make([]byte, len(blob)/2)
			if _, err := fmt.Sscanf(blob, "%x", &raw); err != nil {
				t.Fatal(err)
			}
			tree := s.gitIn(c.mode+" "+c.path+"\x00"+string(raw), "hash-object", "--literally", "-t", "tree", "-w", "--stdin")
			s.git("update-ref", "refs/heads/main", s.git("commit-tree", "-m", "x", tree))
			s.git("bundle", "create", "--quiet", filepath.Join(root, "s.bundle"), "main")
			h, _ := gitServer(t, root)
			addr, p := serve(t, h)
			p.AllowLocal = true
			for _, from := range []string{addr + "/s", filepath.Join(root, "s.bundle")} {
				_, err := newMirror(t).Update(t.Context(), parse(t, from), p, nil)
				wantKey(t, err, KeyUnsafeObjects)
				if got := fault.Of(err)[0].Args["check"]; got != c.check {
					t.Fatalf("check %v, want %v", got, c.check)
				}
			}
			if res := update(t, newMirror(t), parse(t, s.dir), p); res.Commit != s.git("rev-parse", "main") {
				t.Fatalf("%+v", res)
			}
		})
	}
}

func TestNothingOfASourceRuns(t *testing.T) {
	dir := t.TempDir()
	marker := filepath.Join(dir, "marker")
	s := newSource(t, filepath.Join(dir, "s"))
	s.commit("one", "a", "a", ".gitattributes", "* filter=evil\n")
	script := "#!/bin/sh\ntouch '" + marker + "'\n"
	for _, hook := range []string{"post-checkout", "post-update", "pre-receive", "reference-transaction", "post-index-change"} {
		os.MkdirAll(filepath.Join(s.dir, ".git", "hooks"), 0o755)
		os.WriteFile(filepath.Join(s.dir, ".git", "hooks", hook), []byte(script), 0o755)
	}
	evil := filepath.Join(dir, "evil")
	os.WriteFile(evil, []byte(script), 0o755)
	for _, k := range []string{"core.fsmonitor", "core.sshCommand", "core.pager", "filter.evil.smudge", "uploadpack.packObjectsHook", "core.alternateRefsCommand"} {
		s.git("config", k, evil)
	}
	m := newMirror(t)
	update(t, m, parse(t, s.dir), Policy{AllowLocal: true})
	s.commit("two", "b", "b")
	update(t, m, parse(t, s.dir), Policy{AllowLocal: true})
	os.Remove(marker) // the test's own commands may have run it
	s.git("update-ref", "refs/heads/main", s.git("commit-tree", "-p", "HEAD", "-m", "x", "HEAD^{tree}"))
	os.Remove(marker)
	update(t, m, parse(t, s.dir), Policy{AllowLocal: true})
	if _, err := os.Stat(marker); err == nil {
		t.Fatal("a command of the repository ran")
	}
	if _, err := os.Stat(filepath.Join(m.Dir, "hooks")); err == nil {
		t.Fatal("a mirror has no hooks")
	}
}

func TestLimits(t *testing.T) {
	s := newSource(t, filepath.Join(t.TempDir(), "s"))
	for i := range 30 {
		s.commit("c", fmt.Sprint("f", i), strings.Repeat(fmt.Sprint(i*7919), 4000))
	}
	t.Run("objects", func(t *testing.T) {
		_, err := newMirror(t).Update(t.Context(), parse(t, s.dir), Policy{AllowLocal: true, Limits: Limits{Objects: 10}}, nil)
		wantKey(t, err, KeyTooManyObjects)
	})
	t.Run("bytes", func(t *testing.T) {
		_, err := newMirror(t).Update(t.Context(), parse(t, s.dir), Policy{AllowLocal: true, Limits: Limits{Bytes: 100}}, nil)
		wantKey(t, err, KeyTooLarge)
	})
	t.Run("a full disk", func(t *testing.T) {
		small := t.TempDir()
		if out, err := exec.Command("mount", "-t", "tmpfs", "-o", "size=64k", "tmpfs", small).CombinedOutput(); err != nil {
			t.Skipf("needs the right to mount a small tmpfs: %s", out)
		}
		defer exec.Command("umount", small).Run()
		big := newSource(t, filepath.Join(t.TempDir(), "s"))
		big.commit("one", "a", noise(200_000))
		m := Mirror{Dir: filepath.Join(small, "m")}
		_, err := m.Update(t.Context(), parse(t, big.dir), Policy{AllowLocal: true}, nil)
		wantKey(t, err, KeyNoSpace)
		wantClean(t, m)
	})
}

// noise is text that does not compress well.
func noise(n int) string {
	var b strings.Builder
	x := uint64(88172645463325252)
	for b.Len() < n {
		x ^= x << 13
		x ^= x >> 7
		x ^= x << 17
		fmt.Fprintf(&b, "%x", x)
	}
	return b.String()
}

func TestOneUpdateOfAMirrorAtATime(t *testing.T) {
	s := newSource(t, filepath.Join(t.TempDir(), "s"))
	id := s.commit("one", "a", "a")
	m := newMirror(t)
	_, release, err := hold(m.Dir)
	if err != nil {
		t.Fatal(err)
	}
	_, err = m.Update(t.Context(), parse(t, s.dir), Policy{AllowLocal: true}, nil)
	wantKey(t, err, KeyBusy)
	if n, err := EndOrphans(filepath.Dir(m.Dir)); n != 0 || err != nil {
		t.Fatal("a living run is no orphan", n, err)
	}
	release()
	var wg sync.WaitGroup
	for range 4 {
		wg.Go(func() {
			if res, err := m.Update(t.Context(), parse(t, s.dir), Policy{AllowLocal: true}, nil); err == nil && res.Commit != id || err != nil && KeyOf(err) != KeyBusy {
				t.Error(res, err)
			}
		})
	}
	wg.Wait()
	if err := m.Remove(); err != nil || m.Size() != 0 {
		t.Fatal(err)
	}
}

func TestALockLeftByADeadGitIsNoHindrance(t *testing.T) {
	s := newSource(t, filepath.Join(t.TempDir(), "s"))
	s.commit("one", "a", "a")
	m := newMirror(t)
	update(t, m, parse(t, s.dir), Policy{AllowLocal: true})
	for _, f := range []string{"packed-refs.lock", "refs/heads/main.lock", "HEAD.lock", "objects/pack/tmp_pack_x"} {
		os.WriteFile(filepath.Join(m.Dir, f), nil, 0o644)
	}
	os.MkdirAll(m.Dir+newInfix+"dead", 0o755)
	id := s.commit("two", "a", "b")
	if res := update(t, m, parse(t, s.dir), Policy{AllowLocal: true}); res.Cloned || res.Commit != id {
		t.Fatalf("%+v", res)
	}
}

func TestManyRefreshesMakeOnePack(t *testing.T) {
	s := newSource(t, filepath.Join(t.TempDir(), "s"))
	s.commit("one", "a", "a")
	s.git("repack", "-adq")
	m := newMirror(t)
	update(t, m, parse(t, s.dir), Policy{AllowLocal: true})
	src := onePack(t, m.Dir)
	for i := range maxPacks { // as many packs, each with its own object
		blob := source{t, m.Dir}.gitIn(fmt.Sprint(i), "hash-object", "-w", "--stdin")
		source{t, m.Dir}.gitIn(blob+"\n", "pack-objects", "-q", filepath.Join(filepath.Dir(src), "pack"))
	}
	s.commit("two", "a", "b")
	update(t, m, parse(t, s.dir), Policy{AllowLocal: true})
	onePack(t, m.Dir)
}

func TestACancelledUpdateEndsItsChild(t *testing.T) {
	url, p := serve(t, silent(t, nil))
	m := newMirror(t)
	ctx, cancel := context.WithCancelCause(t.Context())
	cause := errors.New("the person pressed stop")
	_, err := m.Update(ctx, parse(t, url+"/a/b"), p, func(Progress) { cancel(cause) })
	if !errors.Is(err, cause) && !errors.Is(err, context.Canceled) || KeyOf(err) != "" {
		t.Fatal(err)
	}
}
