package app_test

import (
	"bytes"
	"encoding/json"
	"html"
	"io"
	"net"
	"net/http"
	"net/http/cgi"
	"net/http/cookiejar"
	"net/http/httptest"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"commun/internal/app"
	"commun/internal/platform/i18n"
)

// langs are the languages in which each bad input has to be explained.
var langs = []string{"en", "fr"}

// sentence is the message of a key, as the program's own words have it.
func sentence(t *testing.T, lang, key string, args i18n.Args) string {
	t.Helper()
	words, err := app.Words("en")
	if err != nil {
		t.Fatal(err)
	}
	l := words.For(lang)
	if !l.Has(key) {
		t.Fatalf("no message %s", key)
	}
	return l.T(key, args)
}

// startWith is start with more flags.
func (i *instance) startWith(flags ...string) {
	i.t.Helper()
	i.log.Reset()
	i.cmd = exec.Command(i.bin, append([]string{"serve", "--addr", i.addr, "--data", i.data, "--log", "warn"}, flags...)...)
	i.cmd.Stdout, i.cmd.Stderr = i.log, i.log
	if err := i.cmd.Start(); err != nil {
		i.t.Fatal(err)
	}
	for deadline := time.Now().Add(time.Minute); time.Now().Before(deadline); time.Sleep(10 * time.Millisecond) {
		if res, err := http.Get("http://" + i.addr + "/ready"); err == nil {
			_ = res.Body.Close()
			if res.StatusCode == http.StatusOK {
				return
			}
		}
	}
	i.t.Fatalf("not ready after a minute: %s", i.log)
}

// answered is what a person or a program got.
type answered struct {
	status int
	text   string // of a page: without the escapes of HTML
	raw    string // as it came
	at     string // the path at which redirects ended
}

// send makes one request in a language and follows redirects. body is url.Values for a form, anything else is sent as JSON.
func (i *instance) send(client *http.Client, lang, method, path string, body any) answered {
	i.t.Helper()
	var r io.Reader
	kind := ""
	switch b := body.(type) {
	case nil:
	case url.Values:
		r, kind = strings.NewReader(b.Encode()), "application/x-www-form-urlencoded"
	default:
		raw, err := json.Marshal(b)
		if err != nil {
			i.t.Fatal(err)
		}
		r, kind = bytes.NewReader(raw), "application/json"
		if method == http.MethodPatch {
			kind = "application/merge-patch+json"
		}
	}
	req, err := http.NewRequestWithContext(i.t.Context(), method, "http://"+i.addr+path, r)
	if err != nil {
		i.t.Fatal(err)
	}
	req.Header.Set("Accept-Language", lang)
	if kind != "" {
		req.Header.Set("Content-Type", kind)
	}
	res, err := client.Do(req)
	if err != nil {
		i.t.Fatalf("%s %s: %v\n%s", method, path, err, i.log)
	}
	defer func() { _ = res.Body.Close() }()
	b, err := io.ReadAll(res.Body)
	if err != nil {
		i.t.Fatal(err)
	}
	text := string(b)
	if strings.HasPrefix(res.Header.Get("Content-Type"), "text/html") {
		text = html.UnescapeString(text)
	}
	return answered{res.StatusCode, text, string(b), res.Request.URL.Path}
}

// must is send for what has to work; into, if given, takes the JSON of the answer.
func (i *instance) must(client *http.Client, method, path string, body, into any) answered {
	i.t.Helper()
	a := i.send(client, "en", method, path, body)
	if a.status >= 300 {
		i.t.Fatalf("%s %s: %d %s", method, path, a.status, a.text)
	}
	if into != nil {
		if err := json.Unmarshal([]byte(a.text), into); err != nil {
			i.t.Fatalf("%s %s: %v in %s", method, path, err, a.text)
		}
	}
	return a
}

// visitor is a browser of nobody.
func (i *instance) visitor() *http.Client {
	jar, err := cookiejar.New(nil)
	if err != nil {
		i.t.Fatal(err)
	}
	return &http.Client{Jar: jar, Timeout: time.Minute}
}

// member makes an account and signs it in by the link that an administrator was given for it.
func (i *instance) member(admin *http.Client, email string) *http.Client {
	i.t.Helper()
	name, _, _ := strings.Cut(email, "@")
	var invited struct{ Link string }
	i.must(admin, http.MethodPost, "/api/admin/people", map[string]string{"email": email, "name": name}, &invited)
	client := i.visitor()
	token := invited.Link[strings.LastIndexByte(invited.Link, '/')+1:]
	if a := i.send(client, "en", http.MethodPost, "/sign-in/"+token, url.Values{}); a.status != http.StatusOK {
		i.t.Fatalf("signing in: %d %s", a.status, a.text)
	}
	return client
}

// job is what the interface says of a job.
type job struct {
	ID, State, Why string
	Failures       int
}

// outcome waits until a job ended or waits to be tried again.
func (i *instance) outcome(client *http.Client, id string) job {
	i.t.Helper()
	for deadline := time.Now().Add(2 * time.Minute); time.Now().Before(deadline); time.Sleep(30 * time.Millisecond) {
		var j job
		i.must(client, http.MethodGet, "/api/jobs/"+id, nil, &j)
		if j.State == "done" || j.State == "failed" || j.State == "cancelled" || j.State == "queued" && j.Failures > 0 {
			return j
		}
	}
	i.t.Fatalf("job %s goes on and on: %s", id, i.log)
	return job{}
}

// added is what adding a commons answered.
type added struct {
	Commons struct{ ID, Slug, Name string }
	Existed bool
	Job     string
}

// give adds an address through the interface; it has to be taken.
func (i *instance) give(client *http.Client, address string) added {
	i.t.Helper()
	var a added
	i.must(client, http.MethodPost, "/api/commons", map[string]string{"address": address}, &a)
	return a
}

// entries is how many entries the record has, those that wait for the log included.
func (i *instance) entries(admin *http.Client) int64 {
	i.t.Helper()
	var h struct {
		LogSize int64 `json:"journal_size"`
		Pending int64 `json:"journal_pending"`
	}
	i.must(admin, http.MethodGet, "/api/admin/health", nil, &h)
	return h.LogSize + h.Pending
}

// leftovers are the unfinished copies below the folder of mirrors.
func (i *instance) leftovers() []string {
	i.t.Helper()
	list, err := os.ReadDir(filepath.Join(i.data, "cache", "repositories"))
	if err != nil && !os.IsNotExist(err) {
		i.t.Fatal(err)
	}
	var left []string
	for _, e := range list {
		if e.IsDir() && !strings.HasSuffix(e.Name(), ".git") && e.Name() != ".runs" { // .runs holds locks
			left = append(left, e.Name())
		}
	}
	return left
}

// verify ends the server and proves the record.
func (i *instance) verify() {
	i.t.Helper()
	if out := i.run("verify"); !strings.Contains(out, "The record is whole.") {
		i.t.Fatal(out)
	}
}

// command runs a verb as it was typed and returns what it said and its exit status. env adds to the environment.
func command(t *testing.T, in string, env []string, args ...string) (out, errs string, status int) {
	t.Helper()
	bin, err := program()
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.CommandContext(t.Context(), bin, args...)
	var o, e bytes.Buffer
	cmd.Stdin, cmd.Stdout, cmd.Stderr = strings.NewReader(in), &o, &e
	cmd.Env = append(slices.DeleteFunc(os.Environ(), func(s string) bool { return strings.HasPrefix(s, "COMMUN_") }), "LC_ALL=C.UTF-8")
	cmd.Env = append(cmd.Env, env...)
	cmd.Dir = t.TempDir()
	err = cmd.Run()
	if _, exited := err.(*exec.ExitError); err != nil && !exited {
		t.Fatal(err)
	}
	return o.String(), e.String(), cmd.ProcessState.ExitCode()
}

// source is a git repository that a test fills.
type source struct {
	t   *testing.T
	dir string
	env []string
}

func newSource(t *testing.T) *source {
	t.Helper()
	s := &source{t: t, dir: filepath.Join(t.TempDir(), "work")}
	if err := os.Mkdir(s.dir, 0o750); err != nil {
		t.Fatal(err)
	}
	s.git(nil, "init", "-q", "-b", "main")
	return s
}

// git runs one command in the repository; in, if given, is its input. It returns the output without its last line end.
func (s *source) git(in []byte, args ...string) string {
	s.t.Helper()
	cmd := exec.Command("git", append([]string{"-c", "user.name=Ada", "-c", "user.email=ada@example.org", "-c", "commit.gpgsign=false", "-c", "gc.auto=0"}, args...)...)
	cmd.Dir, cmd.Stdin = s.dir, bytes.NewReader(in)
	cmd.Env = append(os.Environ(), append([]string{"GIT_CONFIG_GLOBAL=/dev/null", "GIT_CONFIG_SYSTEM=/dev/null"}, s.env...)...)
	out, err := cmd.CombinedOutput()
	if err != nil {
		s.t.Fatalf("git %v: %v\n%s", args, err, out)
	}
	return strings.TrimSuffix(string(out), "\n")
}

// commit writes files, by name and content in turn, and commits them.
func (s *source) commit(files ...string) *source {
	s.t.Helper()
	for n := 0; n < len(files); n += 2 {
		if err := os.WriteFile(filepath.Join(s.dir, files[n]), []byte(files[n+1]), 0o600); err != nil {
			s.t.Fatal(err)
		}
	}
	s.git(nil, "add", "-A")
	s.git(nil, "commit", "-q", "--allow-empty", "-m", "change")
	return s
}

// forge serves a repository over HTTP as forges do, or answers in one of the ways in which they do not.
type forge struct {
	*httptest.Server
	how   atomic.Value // "", "password", "missing", "never", "page", "broken"
	to    atomic.Value // where "away" leads
	asked atomic.Int64 // connections that were opened
}

// counting counts the connections of a listener.
type counting struct {
	net.Listener
	n *atomic.Int64
}

func (c counting) Accept() (net.Conn, error) {
	conn, err := c.Listener.Accept()
	if err == nil {
		c.n.Add(1)
	}
	return conn, err
}

func newForge(t *testing.T, s *source) *forge {
	t.Helper()
	out, err := exec.Command("git", "--exec-path").Output()
	if err != nil {
		t.Fatal(err)
	}
	f := &forge{}
	f.how.Store("")
	f.to.Store("")
	// the repository has two addresses, as on the forges: with .git and without
	backend := &cgi.Handler{Path: filepath.Join(strings.TrimSpace(string(out)), "git-http-backend"), Root: "/team/project",
		Env: []string{"GIT_PROJECT_ROOT=" + filepath.Join(s.dir, ".git"), "GIT_HTTP_EXPORT_ALL=1", "GIT_CONFIG_COUNT=1",
			"GIT_CONFIG_KEY_0=safe.directory", "GIT_CONFIG_VALUE_0=*"}}
	f.Server = httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		switch f.how.Load().(string) {
		case "password":
			w.Header().Set("WWW-Authenticate", `Basic realm="forge"`)
			w.WriteHeader(http.StatusUnauthorized)
		case "missing":
			http.NotFound(w, r)
		case "never":
			<-r.Context().Done()
		case "page":
			w.Header().Set("Content-Type", "text/html")
			_, _ = io.WriteString(w, "<!doctype html><title>No repository</title>") // the client may be gone
		case "broken":
			w.WriteHeader(http.StatusInternalServerError)
		case "away":
			http.Redirect(w, r, f.to.Load().(string)+r.URL.RequestURI(), http.StatusFound)
		default:
			r.URL.Path = strings.Replace(r.URL.Path, "/team/project.git/", "/team/project/", 1)
			backend.ServeHTTP(w, r)
		}
	}))
	f.Listener = counting{f.Listener, &f.asked}
	f.Start()
	t.Cleanup(func() { f.CloseClientConnections(); f.Close() })
	return f
}

func (f *forge) host() string    { return f.Listener.Addr().String() }
func (f *forge) address() string { return f.URL + "/team/project.git" }

// idle waits until no job waits that is due, nor runs.
func (i *instance) idle(admin *http.Client) {
	i.t.Helper()
	for deadline := time.Now().Add(2 * time.Minute); time.Now().Before(deadline); time.Sleep(50 * time.Millisecond) {
		n := 0
		for _, state := range []string{"queued", "running"} {
			var list struct{ Items []job }
			i.must(admin, http.MethodGet, "/api/admin/jobs?state="+state, nil, &list)
			for _, j := range list.Items {
				if j.Failures == 0 {
					n++
				}
			}
		}
		if n == 0 {
			return
		}
	}
	i.t.Fatal("jobs go on and on")
}

func decode(t *testing.T, text string, into any) {
	t.Helper()
	if err := json.Unmarshal([]byte(text), into); err != nil {
		t.Fatalf("%v in %s", err, text)
	}
}
