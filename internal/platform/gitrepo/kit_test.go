package gitrepo

import (
	"context"
	"net/http"
	"net/http/cgi"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"
	"time"
)

// source is a little repository that a test serves and changes.
type source struct {
	t   *testing.T
	dir string
}

// newSource makes a repository with a work tree at dir, with no commit yet.
func newSource(t *testing.T, dir string) source {
	t.Helper()
	if err := os.MkdirAll(dir, 0o755); err != nil {
		t.Fatal(err)
	}
	s := source{t, dir}
	s.git("init", "--quiet", "--template=", "--initial-branch=main", ".")
	return s
}

func (s source) git(args ...string) string {
	s.t.Helper()
	return s.gitIn("", args...)
}

func (s source) gitIn(in string, args ...string) string {
	s.t.Helper()
	cmd := exec.Command("git", args...)
	cmd.Dir = s.dir
	cmd.Env = environment("GIT_AUTHOR_NAME=Ana", "GIT_AUTHOR_EMAIL=ana@example.org", "GIT_COMMITTER_NAME=Ana",
		"GIT_COMMITTER_EMAIL=ana@example.org", "GIT_AUTHOR_DATE=2024-05-01T10:00:00Z", "GIT_COMMITTER_DATE=2024-05-01T10:00:00Z")
	cmd.Stdin = strings.NewReader(in)
	out, err := cmd.CombinedOutput()
	if err != nil {
		s.t.Fatalf("git %v: %v\n%s", args, err, out)
	}
	return strings.TrimSpace(string(out))
}

// commit writes files (name, text, name, text …) and commits them; it returns the commit's id.
func (s source) commit(message string, files ...string) string {
	s.t.Helper()
	for i := 0; i+1 < len(files); i += 2 {
		file := filepath.Join(s.dir, files[i])
		if err := os.MkdirAll(filepath.Dir(file), 0o755); err != nil {
			s.t.Fatal(err)
		}
		if err := os.WriteFile(file, []byte(files[i+1]), 0o644); err != nil {
			s.t.Fatal(err)
		}
	}
	s.git("add", "--all", ".")
	s.git("commit", "--quiet", "--allow-empty", "-m", message)
	return s.git("rev-parse", "HEAD")
}

// gitServer serves every repository below root with git's own http-backend, and counts the requests.
func gitServer(t *testing.T, root string) (handler http.Handler, requests *atomic.Int64) {
	t.Helper()
	out, err := exec.Command("git", "--exec-path").Output()
	if err != nil {
		t.Fatal(err)
	}
	backend := &cgi.Handler{
		Path: filepath.Join(strings.TrimSpace(string(out)), "git-http-backend"),
		Env:  append(environment("GIT_PROJECT_ROOT="+root, "GIT_HTTP_EXPORT_ALL=1")[1:], settings("safe.directory", "*")...),
		// The protocol's version travels in a header that CGI shows as HTTP_GIT_PROTOCOL.
		InheritEnv: []string{"PATH"},
		Stderr:     new(strings.Builder),
	}
	requests = new(atomic.Int64)
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		requests.Add(1)
		backend.ServeHTTP(w, r)
	}), requests
}

// serve starts a server on the loopback, and returns its address and a visitor's policy whose allow-list names it.
func serve(t *testing.T, h http.Handler) (string, Policy) {
	t.Helper()
	s := httptest.NewServer(h)
	t.Cleanup(func() { s.CloseClientConnections(); s.Close() })
	return s.URL, Policy{AllowInner: []string{s.Listener.Addr().String()}}
}

func parse(t *testing.T, text string) Address {
	t.Helper()
	a, err := Parse(text)
	if err != nil {
		t.Fatalf("parse %q: %v", text, err)
	}
	return a
}

// newMirror names a mirror in a folder of its own, which must be clean after the test.
func newMirror(t *testing.T) Mirror {
	t.Helper()
	m := Mirror{Dir: filepath.Join(t.TempDir(), "mirrors", "m 1")}
	t.Cleanup(func() { wantClean(t, m) })
	return m
}

// wantClean checks that no half copy, run file or lock is left beside or in the mirror.
func wantClean(t *testing.T, m Mirror) {
	t.Helper()
	entries, _ := os.ReadDir(filepath.Dir(m.Dir))
	for _, e := range entries {
		if e.Name() != filepath.Base(m.Dir) && e.Name() != runsFolder {
			t.Errorf("left beside the mirror: %s", e.Name())
		}
	}
	runs, _ := os.ReadDir(filepath.Join(filepath.Dir(m.Dir), runsFolder))
	for _, e := range runs {
		t.Errorf("left in %s: %s", runsFolder, e.Name())
	}
	filepath.Walk(m.Dir, func(p string, _ os.FileInfo, err error) error {
		if err == nil && (strings.HasSuffix(p, ".lock") || strings.Contains(filepath.Base(p), "tmp_")) {
			t.Errorf("left in the mirror: %s", p)
		}
		return nil
	})
}

func wantKey(t *testing.T, err error, key string) {
	t.Helper()
	if got := KeyOf(err); got != key || err == nil {
		t.Fatalf("got %q (%v), want %q", got, err, key)
	}
}

func update(t *testing.T, m Mirror, a Address, p Policy) Result {
	t.Helper()
	res, err := m.Update(t.Context(), a, p, nil)
	if err != nil {
		t.Fatal(err)
	}
	return res
}

// patient bounds what a test waits for when the code under test is broken.
func patient(t *testing.T) context.Context {
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	t.Cleanup(cancel)
	return ctx
}

// snapshot lists all files below dir with sizes and times, to see that nothing changed.
func snapshot(t *testing.T, dir string) string {
	t.Helper()
	var b strings.Builder
	filepath.Walk(dir, func(p string, i os.FileInfo, err error) error {
		if err == nil && !i.IsDir() {
			b.WriteString(p + " " + i.ModTime().String() + "\n")
		}
		return nil
	})
	return b.String()
}
