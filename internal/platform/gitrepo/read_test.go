package gitrepo

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"commun/internal/platform/fault"
)

func TestReadingAtTheHead(t *testing.T) {
	s := newSource(t, filepath.Join(t.TempDir(), "s"))
	s.commit("zero", "old", "old")
	s.git("tag", "light")
	s.git("tag", "-a", "v1", "-m", "release")
	s.git("tag", "-a", "tree", "-m", "no commit", "HEAD^{tree}")
	os.Symlink("/etc/passwd", filepath.Join(s.dir, "README"))
	os.Symlink("/", filepath.Join(s.dir, "root"))
	s.commit("one", "readme.md", "# Lower", "README.fr.md", "# Fr", "README.rst", "rst", "LICENCE", "EUPL", "publiccode.yaml", "a: 1",
		"docs/a b/-x", "deep", "été.txt", "x", "big.yml", strings.Repeat("x", 5000), "*", "star", "docs/[x]", "bracket", "CONTRIBUTING", "")
	os.Chmod(filepath.Join(s.dir, "CONTRIBUTING"), 0o755)
	s.commit("two")
	s.git("update-index", "--add", "--cacheinfo", "160000,"+s.git("rev-parse", "HEAD")+",sub")
	s.git("commit", "-qm", "three")
	m := newMirror(t)
	res := update(t, m, parse(t, s.dir), Policy{AllowLocal: true})
	r, err := Open(t.Context(), m.Dir)
	if err != nil || r.HeadCommit() != res.Commit {
		t.Fatal(err)
	}
	read := func(path string) (string, string) {
		b, err := r.File(t.Context(), path, 4000)
		return string(b), KeyOf(err)
	}
	for path, want := range map[string]string{"publiccode.yaml": "a: 1", "docs/a b/-x": "deep", "/été.txt": "x", "*": "star", "docs/[x]": "bracket", "CONTRIBUTING": ""} {
		if got, key := read(path); got != want || key != "" {
			t.Errorf("%q: %q %q, want %q", path, got, key, want)
		}
	}
	for path, key := range map[string]string{
		"nothing": KeyFileMissing, "README": KeyFileMissing, "root": KeyFileMissing, "root/etc/passwd": KeyFileMissing, "docs": KeyFileMissing,
		"sub": KeyFileMissing, "": KeyFileMissing, "docs/..": KeyFileMissing, "../x": KeyFileMissing, "docs/*": KeyFileMissing, "docs/a\x00b": KeyFileMissing,
		":(top)x/y": KeyFileMissing, "docs/": KeyFileMissing, "big.yml": KeyFileTooLarge, "--help/x": KeyFileMissing,
	} {
		if _, got := read(path); got != key {
			t.Errorf("%q: %q, want %q", path, got, key)
		}
	}
	_, err = r.File(t.Context(), "big.yml", 10)
	if args := fault.Of(err)[0].Args; args["size"] != int64(5000) || args["limit"] != int64(10) || args["path"] != "big.yml" {
		t.Errorf("%v", args)
	}
	for _, c := range []struct {
		names []string
		want  string
	}{
		{[]string{"publiccode.yml", "publiccode.yaml"}, "publiccode.yaml"},
		{[]string{"README*"}, "README.rst"}, // the link does not count; the very case first, then the shortest
		{[]string{"README.md", "README*"}, "readme.md"},
		{[]string{"LICENSE*", "LICENCE*", "COPYING*"}, "LICENCE"},
		{[]string{"security*"}, ""},
	} {
		e, ok := r.FirstOf(c.names...)
		if e.Name != c.want || ok != (c.want != "") {
			t.Errorf("%v: %q, want %q", c.names, e.Name, c.want)
		}
	}
	kinds := map[string]EntryKind{}
	root, _ := r.Tree(t.Context(), "")
	for _, e := range root {
		kinds[e.Name] = e.Kind
		if e.Name == "CONTRIBUTING" && !e.Exec {
			t.Error("an executable file")
		}
	}
	if kinds["README"] != Link || kinds["docs"] != Folder || kinds["sub"] != Submodule || kinds["old"] != File {
		t.Errorf("%v", kinds)
	}
	sub, err := r.Tree(t.Context(), "docs/a b/")
	if err != nil || len(sub) != 1 || sub[0].Name != "-x" || sub[0].Size != 4 {
		t.Errorf("%+v %v", sub, err)
	}
	_, err = r.Tree(t.Context(), "old")
	wantKey(t, err, KeyFileMissing)
	_, err = r.Tree(t.Context(), "root/etc")
	wantKey(t, err, KeyFileMissing)

	tags, err := r.Tags(t.Context())
	if err != nil || len(tags) != 2 {
		t.Fatalf("%+v %v", tags, err)
	}
	for _, g := range tags {
		if g.Commit != s.git("rev-parse", "v1^{commit}") || !g.Date.Equal(time.Date(2024, 5, 1, 10, 0, 0, 0, time.UTC)) || g.Annotated != (g.Name == "v1") {
			t.Errorf("%+v", g)
		}
	}

	t.Run("an update meanwhile does not mix two versions", func(t *testing.T) {
		s.commit("four", "publiccode.yaml", "a: 2")
		update(t, m, parse(t, s.dir), Policy{AllowLocal: true})
		if got, _ := read("publiccode.yaml"); got != "a: 1" {
			t.Fatal(got)
		}
	})
}

// TestALinkIsFollowedOnceInsideTheRepository, and never out of it.
func TestALinkIsFollowedOnceInsideTheRepository(t *testing.T) {
	s := newSource(t, filepath.Join(t.TempDir(), "s"))
	s.commit("zero", "meta/publiccode.yml", "name: a", "top.md", "top")
	for name, to := range map[string]string{"publiccode.yml": "meta/publiccode.yml", "up": "meta/../top.md", "twice": "publiccode.yml", "through": "folder/publiccode.yml", "folder": "meta",
		"out": "../top.md", "around": "meta/../../s/top.md", "absolute": "/etc/passwd", "gone": "nothing.md", "itself": "itself", "long": strings.Repeat("a/", 2000) + "b", ":(top)x": "x"} {
		if err := os.Symlink(to, filepath.Join(s.dir, name)); err != nil {
			t.Fatal(err)
		}
	}
	s.commit("links")
	m := newMirror(t)
	update(t, m, parse(t, s.dir), Policy{AllowLocal: true})
	r, err := Open(t.Context(), m.Dir)
	if err != nil {
		t.Fatal(err)
	}
	for name, want := range map[string]string{"PUBLICCODE.YML": "meta/publiccode.yml", "up": "top.md", "twice": "", "through": "", "folder": "", "out": "", "around": "", "absolute": "",
		"gone": "", "itself": "", "long": "", "top.md": ""} {
		to, link, ok, err := r.LinkOf(t.Context(), name)
		if err != nil || ok != (want != "") || to.Name != want && ok || (link.Name == "") != (name == "top.md") {
			t.Errorf("%s leads to %q (%v, link %q, %v), want %q", name, to.Name, ok, link.Name, err, want)
		}
		if b, err := r.File(t.Context(), to.Name, 100); ok && (err != nil || len(b) == 0) {
			t.Errorf("%s: %q %v", name, b, err)
		}
	}
}

// TestATagOfATagIsOneOfItsCommit, as git log takes it.
func TestATagOfATagIsOneOfItsCommit(t *testing.T) {
	s := newSource(t, filepath.Join(t.TempDir(), "s"))
	s.commit("zero", "a", "a")
	s.git("tag", "-a", "v1", "-m", "one")
	s.git("-c", "advice.nestedTag=false", "tag", "-a", "v1.0", "-m", "two", "v1")
	s.git("-c", "advice.nestedTag=false", "tag", "-a", "v1.0.0", "-m", "three", "v1.0")
	s.git("tag", "-a", "tree", "-m", "no commit", "HEAD^{tree}")
	s.git("-c", "advice.nestedTag=false", "tag", "-a", "tree2", "-m", "no commit", "tree")
	m := newMirror(t)
	res := update(t, m, parse(t, s.dir), Policy{AllowLocal: true})
	r, err := Open(t.Context(), m.Dir)
	if err != nil {
		t.Fatal(err)
	}
	tags, err := r.Tags(t.Context())
	if err != nil || len(tags) != 3 {
		t.Fatalf("%+v %v", tags, err)
	}
	for _, g := range tags {
		if g.Commit != res.Commit || !g.Annotated {
			t.Errorf("%+v", g)
		}
	}
}

func TestOpeningWhatIsNoMirror(t *testing.T) {
	_, err := Open(t.Context(), t.TempDir())
	wantKey(t, err, KeyCorrupt)
	_, err = Open(t.Context(), "/nonexistent/x")
	if err == nil {
		t.Fatal("opened nothing")
	}
}
