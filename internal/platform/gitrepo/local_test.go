package gitrepo

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
)

// filled makes a source of two packs and some loose objects, with an annotated tag, a tag of a file, and a branch that is not taken.
func filled(t *testing.T, dir string, init ...string) (s source, head string) {
	s = newSource(t, dir)
	if len(init) > 0 {
		os.RemoveAll(filepath.Join(dir, ".git"))
		s.git(append([]string{"init", "--quiet", "--template=", "--initial-branch=main"}, init...)...)
	}
	s.commit("one", "README.md", "# Hello\n", "src/a", noise(5000))
	s.git("tag", "-a", "v1.0", "-m", "first")
	s.git("repack", "-adq")
	s.commit("two", "src/a", noise(6000))
	s.git("repack", "-dq")
	head = s.commit("three", "b", "b")
	s.git("tag", "file", s.git("rev-parse", "HEAD:b"))
	s.git("branch", "other")
	return s, head
}

// copied says whether a mirror of s would be made by copying files alone.
func copied(t *testing.T, s source) error {
	t.Helper()
	m := newMirror(t)
	r := &run{guard: newGuard(Policy{}), limits: Limits{}.orDefault(), token: "test", address: parse(t, s.dir), disk: m.Dir}
	if err := emptyFolder(m.Dir); err != nil {
		t.Fatal(err)
	}
	o, err := r.ask(t.Context(), m.Dir)
	if err != nil {
		t.Fatal(err)
	}
	return r.copyFiles(t.Context(), m.Dir, o)
}

func TestAFolderIsCopiedByItsFiles(t *testing.T) {
	for name, init := range map[string][]string{"with a work tree": nil, "bare": {"--bare"}, "of long ids": {"--object-format=sha256"}} {
		t.Run(name, func(t *testing.T) {
			s, head := filled(t, filepath.Join(t.TempDir(), "s"), filter(init, "--bare")...)
			if name == "bare" {
				bare := source{t, s.dir + ".bare"}
				s.git("clone", "--quiet", "--bare", s.dir, bare.dir)
				s = bare
			}
			if err := copied(t, s); err != nil {
				t.Fatal("not copied but fetched:", err)
			}
			m := newMirror(t)
			var phases []Phase
			res, err := m.Update(t.Context(), parse(t, s.dir), Policy{AllowLocal: true}, func(p Progress) {
				if len(phases) == 0 || phases[len(phases)-1] != p.Phase {
					phases = append(phases, p.Phase)
				}
				if p.Done > p.Total || p.Percent > 100 {
					t.Errorf("%+v", p)
				}
			})
			if err != nil || res.Commit != head || res.Branch != "main" || !res.Cloned || !res.Changed || res.Bytes == 0 {
				t.Fatalf("%+v %v", res, err)
			}
			if len(phases) != 3 || phases[0] != Connecting || phases[1] != Receiving || phases[2] != Finishing {
				t.Fatal(phases)
			}
			if got := refs(t, m); got != "refs/heads/main refs/tags/file refs/tags/v1.0" {
				t.Fatal(got)
			}
			if now, err := readState(t.Context(), m.Dir); err != nil || now.commit != head || now.branch != "main" {
				t.Fatal(now, err)
			}
			mine := source{t, m.Dir}
			mine.git("fsck", "--strict", "--no-dangling")
			if a, b := s.git("rev-list", "--objects", "main", "--tags"), mine.git("rev-list", "--objects", "--all"); a != b {
				t.Fatalf("the copy holds other objects:\n%s\n%s", a, b)
			}
			if res := update(t, m, parse(t, s.dir), Policy{AllowLocal: true}); res.Changed {
				t.Fatalf("%+v", res)
			}
			// What comes later is fetched, into what was copied.
			if name != "bare" {
				next := s.commit("four", "c", "c")
				if res := update(t, m, parse(t, s.dir), Policy{AllowLocal: true}); res.Cloned || res.Forced || res.Commit != next || res.Previous != head {
					t.Fatalf("%+v", res)
				}
			}
		})
	}
}

func filter(list []string, without string) (kept []string) {
	for _, s := range list {
		if s != without {
			kept = append(kept, s)
		}
	}
	return kept
}

// TestNothingButObjectsComesAlong: no configuration, hook, alternate, replacement, attribute, or other branch's name; and no file is shared.
func TestNothingButObjectsComesAlong(t *testing.T) {
	s, head := filled(t, filepath.Join(t.TempDir(), "s"))
	git := filepath.Join(s.dir, ".git")
	s.git("config", "core.fsmonitor", "touch /tmp/x")
	s.git("replace", head, s.git("rev-parse", "HEAD~1"))
	for _, f := range []string{"hooks/post-checkout", "info/attributes", "info/exclude", "objects/info/packs", "objects/pack/tmp_pack_x", "objects/pack/pack-x.keep", "description"} {
		os.MkdirAll(filepath.Dir(filepath.Join(git, f)), 0o755)
		os.WriteFile(filepath.Join(git, f), []byte("x"), 0o755)
	}
	m := newMirror(t)
	if res := update(t, m, parse(t, s.dir), Policy{AllowLocal: true}); res.Commit != head {
		t.Fatalf("%+v", res)
	}
	filepath.Walk(m.Dir, func(p string, i os.FileInfo, err error) error {
		name := strings.TrimPrefix(p, m.Dir+"/")
		switch {
		case i.IsDir(), name == "HEAD", name == "config", name == "packed-refs", looseForm.MatchString(filepath.Base(filepath.Dir(name))),
			strings.HasSuffix(name, ".pack"), strings.HasSuffix(name, ".idx"):
		default:
			t.Errorf("came along: %s", name)
		}
		if there, err := os.Stat(filepath.Join(git, name)); err == nil && !i.IsDir() && os.SameFile(there, i) {
			t.Errorf("shared: %s", name)
		}
		return nil
	})
	if config, _ := os.ReadFile(filepath.Join(m.Dir, "config")); strings.Contains(string(config), "fsmonitor") {
		t.Fatalf("%s", config)
	}
}

// TestUnusualFoldersAreFetched: a link among the objects, objects of other repositories, a cut history, damage: nothing of it is copied. What can
// be had all the same is fetched, and what cannot is said in the words that a fetch gives.
func TestUnusualFoldersAreFetched(t *testing.T) {
	secret := filepath.Join(t.TempDir(), "secret")
	os.WriteFile(secret, []byte("secret"), 0o600)
	link := func(t *testing.T, file string) {
		os.Remove(file)
		if err := os.Symlink(secret, file); err != nil {
			t.Fatal(err)
		}
	}
	pack := func(t *testing.T, s source) string {
		list, _ := filepath.Glob(globQuote(s.dir) + "/.git/objects/pack/*.pack")
		if len(list) != 2 {
			t.Fatal(list)
		}
		return list[0]
	}
	loose := func(s source, what string) string {
		id := s.git("rev-parse", what)
		return filepath.Join(s.dir, ".git", "objects", id[:2], id[2:])
	}
	model, head := filled(t, filepath.Join(t.TempDir(), "s"))
	for _, c := range []struct {
		name string
		make func(t *testing.T, s source)
		key  string // of the update as a whole; "" where a fetch takes it
	}{
		{"a pack that is a link", func(t *testing.T, s source) {
			f := pack(t, s)
			os.Rename(f, f+"-away")
			os.Symlink(f+"-away", f)
		}, ""},
		{"a loose object that is a link to a secret", func(t *testing.T, s source) { link(t, loose(s, "HEAD:b")) }, KeyCorrupt},
		{"a folder of objects that is a link", func(t *testing.T, s source) {
			d := filepath.Dir(loose(s, "HEAD:b"))
			os.Rename(d, s.dir+"-away")
			os.Symlink(s.dir+"-away", d)
		}, ""},
		{"objects that are a link", func(t *testing.T, s source) {
			d := filepath.Join(s.dir, ".git", "objects")
			os.Rename(d, s.dir+"-away")
			os.Symlink(s.dir+"-away", d)
		}, ""},
		{"a named pipe", func(t *testing.T, s source) { // whose opening would wait for ever
			f := loose(s, "HEAD:b")
			os.Remove(f)
			if err := syscall.Mkfifo(f, 0o600); err != nil {
				t.Skip(err)
			}
		}, "copy only"}, // git itself would wait
		{"objects of another repository", func(t *testing.T, s source) {
			other := filepath.Join(filepath.Dir(s.dir), "other")
			os.Rename(filepath.Join(s.dir, ".git", "objects"), other)
			os.MkdirAll(filepath.Join(s.dir, ".git", "objects", "info"), 0o755)
			os.WriteFile(filepath.Join(s.dir, ".git", "objects", "info", "alternates"), []byte(other+"\n"), 0o644)
		}, ""},
		{"a work tree of another folder", func(t *testing.T, s source) {
			os.Rename(filepath.Join(s.dir, ".git"), s.dir+"-git")
			os.WriteFile(filepath.Join(s.dir, ".git"), []byte("gitdir: "+s.dir+"-git\n"), 0o644)
		}, ""},
		{"a byte changed in a pack", func(t *testing.T, s source) { flip(t, pack(t, s)) }, KeyCorrupt},
		{"a byte changed in an index", func(t *testing.T, s source) { flip(t, strings.TrimSuffix(pack(t, s), ".pack")+".idx") }, KeyCorrupt},
		{"a pack cut short", func(t *testing.T, s source) { cut(t, pack(t, s)) }, "any"},
		{"a pack without index", func(t *testing.T, s source) { os.Remove(strings.TrimSuffix(pack(t, s), ".pack") + ".idx") }, "any"},
		{"a loose object of another name", func(t *testing.T, s source) {
			b, _ := os.ReadFile(loose(s, "HEAD:README.md"))
			if b == nil {
				b, _ = os.ReadFile(loose(s, "HEAD^{tree}"))
			}
			os.Remove(loose(s, "HEAD:b"))
			os.WriteFile(loose(s, "HEAD:b"), b, 0o444)
		}, "any"},
		{"a file of the past that is gone", func(t *testing.T, s source) { os.Remove(loose(s, "HEAD:b")) }, KeySourceIncomplete},
	} {
		t.Run(c.name, func(t *testing.T) {
			s := source{t, filepath.Join(t.TempDir(), "s")}
			if err := os.CopyFS(s.dir, os.DirFS(model.dir)); err != nil {
				t.Fatal(err)
			}
			c.make(t, s)
			if copied(t, s) == nil {
				t.Fatal("copied by its files")
			}
			if c.key == "copy only" {
				return
			}
			m := newMirror(t)
			res, err := m.Update(t.Context(), parse(t, s.dir), Policy{AllowLocal: true}, nil)
			switch {
			case c.key == "":
				if err != nil || res.Commit != head {
					t.Fatal(res, err)
				}
				source{t, m.Dir}.git("fsck", "--no-dangling")
			case c.key == "any":
				if err == nil || KeyOf(err) == "" {
					t.Fatal(err)
				}
			default:
				wantKey(t, err, c.key)
			}
			filepath.Walk(m.Dir, func(p string, i os.FileInfo, err error) error {
				if err == nil && i.Mode()&os.ModeSymlink != 0 {
					t.Errorf("a link in the mirror: %s", p)
				}
				return nil
			})
		})
	}
}

// TestACopyKeepsItsLimits: what is over a limit is left to the fetch, which takes what is reached and says what is too much.
func TestACopyKeepsItsLimits(t *testing.T) {
	s, _ := filled(t, filepath.Join(t.TempDir(), "s"))
	for key, l := range map[string]Limits{KeyTooLarge: {Bytes: 2000}, KeyTooManyObjects: {Objects: 3}} {
		_, err := newMirror(t).Update(t.Context(), parse(t, s.dir), Policy{AllowLocal: true, Limits: l}, nil)
		wantKey(t, err, key)
	}
	// Ten times as much that nothing reaches: not taken.
	for range 10 {
		s.gitIn(noise(40_000)+s.git("count-objects"), "hash-object", "-w", "--stdin")
	}
	if res := update(t, newMirror(t), parse(t, s.dir), Policy{AllowLocal: true, Limits: Limits{Bytes: 60_000}}); res.Bytes > 60_000 {
		t.Fatalf("%+v", res)
	}
	r := &run{limits: Limits{}.orDefault(), address: parse(t, s.dir)}
	if err := r.copyFiles(t.Context(), t.TempDir(), offer{}); !errors.Is(err, errUnusual) {
		t.Fatal(err)
	}
}
