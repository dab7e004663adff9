package gitrepo

import (
	"bufio"
	"bytes"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"
	"time"
)

// packets writes lines as git does; "" is a flush.
func packets(lines ...string) []byte {
	var b bytes.Buffer
	for _, l := range lines {
		if l == "" {
			b.WriteString("0000")
			continue
		}
		fmt.Fprintf(&b, "%04x%s\n", len(l)+5, l)
	}
	return b.Bytes()
}

func TestGreetings(t *testing.T) {
	for name, c := range map[string]struct {
		text   []byte
		format string
		broken bool
	}{
		"of version 2":                  {packets("version 2", "agent=git/2.39", "ls-refs=unborn", "fetch=shallow", ""), "sha1", false},
		"over HTTP":                     {packets("# service=git-upload-pack", "", "version 2", "ls-refs", "object-format=sha256", ""), "sha256", false},
		"of a server that cannot list":  {packets("version 2", "fetch", ""), "", false},
		"of version 1":                  {packets("version 1", strings.Repeat("a", 40)+" HEAD\x00multi_ack", ""), "", false},
		"of version 0":                  {packets("# service=git-upload-pack", "", strings.Repeat("a", 40)+" HEAD\x00multi_ack", ""), "", false},
		"of an empty one, in version 0": {packets("# service=git-upload-pack", "", ""), "", false},
		"of nothing":                    {nil, "", true},
		"cut short":                     {packets("version 2", "ls-refs"), "", true},
		"that is a page":                {[]byte("<!doctype html>"), "", true},
		"of a line too long to be one":  {append([]byte("fff1"), bytes.Repeat([]byte("x"), 0xfff1)...), "", true},
	} {
		t.Run(name, func(t *testing.T) {
			format, err := readGreeting(bufio.NewReader(bytes.NewReader(c.text)))
			if format != c.format || (err != nil) != c.broken {
				t.Fatalf("%q %v", format, err)
			}
		})
	}
}

func TestListsOfReferences(t *testing.T) {
	a, b := strings.Repeat("a", 40), strings.Repeat("b", 40)
	for name, c := range map[string]struct {
		text        []byte
		branch, key string
	}{
		"HEAD says which":          {packets(a+" HEAD symref-target:refs/heads/b", a+" refs/heads/a", a+" refs/heads/b", b+" refs/tags/v1 peeled:"+a, ""), "b", ""},
		"HEAD is on no branch":     {packets(b+" HEAD", a+" refs/heads/a", ""), detachedName, ""},
		"an unborn HEAD":           {packets("unborn HEAD symref-target:refs/heads/none", a+" refs/heads/a", ""), "a", ""},
		"nothing":                  {packets(""), "", KeyEmpty},
		"the server's own failure": {packets("ERR access denied or repository not exported"), "", KeyFailed},
		"a name that breaks lines": {packets(a+" HEAD symref-target:refs/heads/a:b", a+" refs/heads/a:b", ""), "", KeyCorrupt},
		"cut short":                {packets(a+" HEAD", a+" refs/heads/a"), "", "cut"},
		"a line without a name":    {packets(a, ""), "", "cut"},
	} {
		t.Run(name, func(t *testing.T) {
			o, err := readOffer(bufio.NewReader(bytes.NewReader(c.text)))
			switch {
			case c.key == "cut":
				if err == nil || KeyOf(err) != "" {
					t.Fatal(o, err)
				}
			case c.key != "":
				wantKey(t, err, c.key)
			case err != nil || o.branch != c.branch:
				t.Fatal(o, err)
			}
		})
	}
}

func FuzzLists(f *testing.F) {
	id := strings.Repeat("a", 40)
	f.Add(packets("version 2", "ls-refs=unborn", "object-format=sha1", "", id+" HEAD symref-target:refs/heads/main", id+" refs/heads/main", id+" refs/tags/v1 peeled:"+id, ""))
	f.Add(packets("# service=git-upload-pack", "", "version 2", "ls-refs", "", "ERR no", ""))
	f.Add([]byte("0004000000010002"))
	f.Fuzz(func(t *testing.T, b []byte) {
		in := bufio.NewReader(bytes.NewReader(b))
		if _, err := readGreeting(in); err != nil {
			in = bufio.NewReader(bytes.NewReader(b))
		}
		if o, err := readOffer(in); err == nil && (!refName(o.branch) || !objectID(o.commit)) {
			t.Fatalf("%+v", o)
		}
	})
}

// TestOnlyBranchesAndTagsAreAskedFor: a forge may keep hundreds of thousands of proposals as references. Nothing of them is sent, over HTTP nor by
// the git of this machine.
func TestOnlyBranchesAndTagsAreAskedFor(t *testing.T) {
	root := t.TempDir()
	s := newSource(t, filepath.Join(root, "s"))
	head := s.commit("one", "a", "a")
	s.git("tag", "v1")
	var in strings.Builder
	for i := range 500 {
		fmt.Fprintf(&in, "create refs/pull/%d/head %s\n", i, head)
	}
	s.gitIn(in.String(), "update-ref", "--stdin")
	s.git("pack-refs", "--all")
	h, _ := gitServer(t, root)
	var listed atomic.Int64
	addr, p := serve(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		rec := httptest.NewRecorder()
		h.ServeHTTP(rec, r)
		listed.Add(int64(strings.Count(rec.Body.String(), "refs/pull/")))
		for k, v := range rec.Header() {
			w.Header()[k] = v
		}
		w.WriteHeader(rec.Code)
		w.Write(rec.Body.Bytes())
	}))
	p.AllowLocal = true
	m := newMirror(t)
	if res := update(t, m, parse(t, addr+"/s"), p); res.Commit != head {
		t.Fatalf("%+v", res)
	}
	if n := listed.Load(); n != 0 {
		t.Fatalf("%d proposals were listed", n)
	}
	r := &run{guard: newGuard(Policy{}), limits: Limits{}.orDefault(), token: "test", address: parse(t, s.dir), disk: m.Dir}
	var out bytes.Buffer
	if err := r.command(t.Context(), m.Dir, []string{"GIT_PROTOCOL=version=2"}, bytes.NewReader(refsRequest("sha1")), &out, "upload-pack", s.dir); err != nil {
		t.Fatal(err)
	}
	if text := out.String(); strings.Contains(text, "refs/pull") || !strings.Contains(text, head+" refs/tags/v1") {
		t.Fatal(text)
	}
}

// TestAListThatNeverEnds: each part comes in time, so only the bound on the whole ends it; one that stands still is ended by the bound on that.
func TestAListThatNeverEnds(t *testing.T) {
	line := packets(strings.Repeat("a", 40) + " refs/heads/" + strings.Repeat("x", 60000))
	list := func(forever bool) http.Handler {
		stop := silent(t, nil)
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			if r.Method == http.MethodGet {
				w.Header().Set("Content-Type", "application/x-git-upload-pack-advertisement")
				w.Write(packets("# service=git-upload-pack", "", "version 2", "ls-refs", ""))
				return
			}
			w.Header().Set("Content-Type", "application/x-git-upload-pack-result")
			io.Copy(io.Discard, r.Body)
			for forever {
				if _, err := w.Write(line); err != nil {
					return
				}
			}
			w.Write(line)
			w.(http.Flusher).Flush()
			stop.ServeHTTP(w, r)
		})
	}
	addr, p := serve(t, list(true))
	_, err := newMirror(t).Update(t.Context(), parse(t, addr+"/s"), p, nil)
	wantKey(t, err, KeyUnreachable)
	addr, p = serve(t, list(false))
	p.Limits.Stall = 100 * time.Millisecond
	_, err = newMirror(t).Update(t.Context(), parse(t, addr+"/s"), p, nil)
	wantKey(t, err, KeyStalled)
}

// TestAServerOfAnOlderVersion is asked by git, as before.
func TestAServerOfAnOlderVersion(t *testing.T) {
	root := t.TempDir()
	head := newSource(t, filepath.Join(root, "s")).commit("one", "a", "a")
	h, _ := gitServer(t, root)
	addr, p := serve(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		r.Header.Del("Git-Protocol")
		h.ServeHTTP(w, r)
	}))
	if res := update(t, newMirror(t), parse(t, addr+"/s"), p); res.Commit != head {
		t.Fatalf("%+v", res)
	}
}
