//go:build e2e

package e2e

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"commun/internal/app"
	"commun/internal/platform/i18n"
)

// patience is how long anything may take before a test gives up. Nothing is held to a speed here: see bench.
const patience = 90 * time.Second

// workshop is a folder for what all tests share: the binary and the repositories. TestMain removes it.
var workshop string

func TestMain(m *testing.M) {
	dir, err := os.MkdirTemp("", "commun-e2e-")
	if err != nil {
		fmt.Fprintln(os.Stderr, "make a folder for the tests:", err)
		os.Exit(1)
	}
	workshop = dir
	status := m.Run()
	chromium.close()
	if err := os.RemoveAll(dir); err != nil {
		fmt.Fprintln(os.Stderr, "remove the folder of the tests:", err)
	}
	os.Exit(status)
}

// program is the path of the binary, built once.
var program = sync.OnceValues(func() (string, error) {
	path := filepath.Join(workshop, "commun")
	if out, err := exec.Command("go", "build", "-o", path, "commun/cmd/commun").CombinedOutput(); err != nil {
		return "", fmt.Errorf("build commun: %w\n%s", err, out)
	}
	return path, nil
})

// instance is a running commun with a data folder of its own.
type instance struct {
	t    testing.TB
	base string // such as http://127.0.0.1:34567
	addr string
	data string
	args []string
	cmd  *exec.Cmd
	done chan error
	log  *transcript
}

// transcript keeps what a process wrote; it may be read while the process still writes.
type transcript struct {
	mu  sync.Mutex
	buf bytes.Buffer
}

func (l *transcript) Write(b []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.buf.Write(b)
}

func (l *transcript) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.buf.String()
}

// newInstance starts commun on an empty data folder. It ends with the test, in order, and the test fails when the log holds an error.
func newInstance(t testing.TB, args ...string) *instance {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	in := &instance{t: t, addr: l.Addr().String(), base: "http://" + l.Addr().String(), data: filepath.Join(t.TempDir(), "data"), args: args, log: &transcript{}}
	if err := l.Close(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(in.end)
	in.start()
	return in
}

// start runs the program and waits until it says that it is ready.
func (in *instance) start() {
	in.t.Helper()
	path, err := program()
	if err != nil {
		in.t.Fatal(err)
	}
	in.cmd = exec.Command(path, append([]string{"serve", "--addr", in.addr, "--log", "warn"}, in.args...)...)
	// a mail server that never answers: pages then offer what needs one, and nothing leaves the machine
	in.cmd.Env = append(clean(os.Environ()), "COMMUN_DATA="+in.data, "COMMUN_SMTP=smtp://127.0.0.1:9?tls=none&from=commun@example.org")
	in.cmd.Stdout, in.cmd.Stderr = in.log, in.log
	// A group of its own, so that a signal to the tests does not reach it before they have said goodbye.
	in.cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	if err := in.cmd.Start(); err != nil {
		in.t.Fatalf("start commun: %v", err)
	}
	in.done = make(chan error, 1)
	go func(cmd *exec.Cmd, done chan error) { done <- cmd.Wait() }(in.cmd, in.done)
	until(in.t, "the program is ready", func() (bool, string) {
		select {
		case err := <-in.done:
			in.cmd = nil
			in.t.Fatalf("commun ended at its start: %v\n%s", err, in.log)
		default:
		}
		res, err := http.Get(in.base + "/ready")
		if err != nil {
			return false, err.Error()
		}
		defer func() { _ = res.Body.Close() }()
		return res.StatusCode == http.StatusOK, res.Status
	})
}

// clean drops the variables that would change what the program does.
func clean(environ []string) []string {
	return slices.DeleteFunc(slices.Clone(environ), func(v string) bool { return strings.HasPrefix(v, "COMMUN_") })
}

// kill ends the program as a power cut would: nothing is closed, nothing is said.
func (in *instance) kill() {
	in.t.Helper()
	if err := in.cmd.Process.Signal(syscall.SIGKILL); err != nil {
		in.t.Fatalf("kill commun: %v", err)
	}
	<-in.done
	in.cmd = nil
}

func (in *instance) end() {
	if in.cmd == nil {
		return
	}
	if err := in.cmd.Process.Signal(syscall.SIGTERM); err != nil {
		in.t.Errorf("stop commun: %v", err)
	}
	select {
	case err := <-in.done:
		if err != nil {
			in.t.Errorf("commun did not end in order: %v", err)
		}
	case <-time.After(patience):
		in.t.Errorf("commun did not end within %v", patience)
		_ = in.cmd.Process.Kill() // the last means
		<-in.done
	}
	in.cmd = nil
	for _, line := range strings.Split(in.log.String(), "\n") {
		// The gallery shows errors by answering with them, and what can't be read is a journey's own doing.
		if strings.Contains(line, "level=ERROR") && !strings.Contains(line, "route=gallery.error") && !strings.Contains(line, `msg="job failed"`) {
			in.t.Errorf("the log has an error: %s", line)
		}
	}
	if in.t.Failed() {
		in.t.Logf("the program's log:\n%s", in.log)
	}
}

// shell runs a verb of commun on the instance's data folder and returns what it printed and its exit status.
func (in *instance) shell(args ...string) (out string, status int) {
	in.t.Helper()
	path, err := program()
	if err != nil {
		in.t.Fatal(err)
	}
	cmd := exec.Command(path, args...)
	cmd.Env = append(clean(os.Environ()), "COMMUN_DATA="+in.data)
	if i := slices.Index(in.args, "--database"); i >= 0 {
		cmd.Env = append(cmd.Env, "COMMUN_DATABASE="+in.args[i+1])
	}
	b, err := cmd.CombinedOutput()
	var exit *exec.ExitError
	if err != nil && !errors.As(err, &exit) {
		in.t.Fatalf("commun %s: %v", strings.Join(args, " "), err)
	}
	return string(b), cmd.ProcessState.ExitCode()
}

// must is shell for a command that has to go well; it returns its output without the line's end.
func (in *instance) must(args ...string) string {
	in.t.Helper()
	out, status := in.shell(args...)
	if status != 0 {
		in.t.Fatalf("commun %s: exit status %d\n%s", strings.Join(args, " "), status, out)
	}
	return strings.TrimSpace(out)
}

// path is the path of a printed link, which must be the instance's own.
func (in *instance) path(link string) string {
	in.t.Helper()
	rest, ok := strings.CutPrefix(link, in.base)
	if !ok {
		in.t.Fatalf("the link %q does not lead to %s", link, in.base)
	}
	return rest
}

// wholeRecord is what `commun verify` says of a record that holds.
const wholeRecord = "The record is whole."

// verify runs `commun verify` beside the server: the record must be whole.
func (in *instance) verify() {
	in.t.Helper()
	if out := in.must("verify"); !strings.Contains(out, wholeRecord) {
		in.t.Errorf("commun verify does not say that the record is whole:\n%s", out)
	}
}

// plain is an HTTP client that follows no redirect and keeps no cookie: for what needs no browser.
var plain = &http.Client{CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }, Timeout: patience}

// send makes a request as the holder of a session ("" is a visitor) and returns the answer with its body. A form is sent by POST.
func (in *instance) send(session, path string, form url.Values, headers ...string) (*http.Response, string) {
	in.t.Helper()
	method, body := http.MethodGet, io.Reader(nil)
	if form != nil {
		method, body = http.MethodPost, strings.NewReader(form.Encode())
	}
	req, err := http.NewRequest(method, in.base+path, body)
	if err != nil {
		in.t.Fatal(err)
	}
	if form != nil {
		req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	}
	if session != "" {
		req.AddCookie(&http.Cookie{Name: sessionCookie, Value: session})
	}
	for i := 0; i+1 < len(headers); i += 2 {
		req.Header.Set(headers[i], headers[i+1])
	}
	res, err := plain.Do(req)
	if err != nil {
		in.t.Fatalf("%s %s: %v", method, path, err)
	}
	defer func() { _ = res.Body.Close() }() // read to its end
	b, err := io.ReadAll(res.Body)
	if err != nil {
		in.t.Fatalf("%s %s: %v", method, path, err)
	}
	return res, string(b)
}

// sessionCookie is the name of the session's cookie on an http address.
const sessionCookie = "commun_session"

// use opens a link that signs somebody in, without a browser, and returns the session.
func (in *instance) use(link string, form url.Values) string {
	in.t.Helper()
	res, body := in.send("", in.path(link), form)
	for _, c := range res.Cookies() {
		if c.Name == sessionCookie && c.Value != "" {
			return c.Value
		}
	}
	in.t.Fatalf("the link gave no session: %s\n%.2000s", res.Status, body)
	return ""
}

// administrator makes the first account.
func (in *instance) administrator() (session string) {
	in.t.Helper()
	return in.use(in.must("people", "setup"), url.Values{"name": {"Ada Admin"}, "email": {"ada@example.org"}})
}

// person invites somebody as the administrator and signs them in.
func (in *instance) person(admin, name, email string) (session string) {
	in.t.Helper()
	if res, body := in.send(admin, "/admin/people", url.Values{"name": {name}, "email": {email}}); res.StatusCode >= 400 {
		in.t.Fatalf("invite %s: %s\n%.2000s", email, res.Status, body)
	}
	return in.use(in.must("people", "link", email), url.Values{})
}

// add gives the address of a repository as the holder of a session and waits until it was read and measured. It returns the commons' path.
func (in *instance) add(session, address string) string {
	in.t.Helper()
	res, body := in.send(session, "/commons/new", url.Values{"address": {address}})
	if res.StatusCode != http.StatusSeeOther {
		in.t.Fatalf("add %s: %s\n%.3000s", address, res.Status, body)
	}
	return in.described(session, res.Header.Get("Location"))
}

// described waits until the commons at a path (by its id or name) was read and measured, and returns the path that its page has then.
func (in *instance) described(session, path string) string {
	in.t.Helper()
	until(in.t, "the commons at "+path+" is described", func() (bool, string) {
		res, body := in.send(session, path, nil)
		if res.StatusCode == http.StatusSeeOther {
			path = res.Header.Get("Location")
			return false, res.Status
		}
		return res.StatusCode == http.StatusOK && strings.Contains(body, `class="findings"`), res.Status
	})
	return path
}

// until waits for something that is outside the browser. f says whether it holds, and else what it saw.
func until(t testing.TB, what string, f func() (bool, string)) {
	t.Helper()
	saw := ""
	for end := time.Now().Add(patience); time.Now().Before(end); time.Sleep(20 * time.Millisecond) {
		var ok bool
		if ok, saw = f(); ok {
			return
		}
	}
	t.Fatalf("it did not come about that %s: %s", what, saw)
}

// words are the program's own sentences, so that journeys look for what a page says and not for how it is built.
var words = sync.OnceValues(func() (*i18n.Bundle, error) { return app.Words("en") })

// say is a sentence of the program in a language.
func say(t testing.TB, lang, key string, args ...i18n.Args) string {
	t.Helper()
	b, err := words()
	if err != nil {
		t.Fatal(err)
	}
	if !b.Has(key) {
		t.Fatalf("the program has no sentence %s", key)
	}
	return b.For(lang).T(key, args...)
}

// saidAs is a sentence with anything in the place of its values, as a pattern.
func saidAs(t testing.TB, lang, key string, names ...string) *regexp.Regexp {
	t.Helper()
	args := i18n.Args{}
	for _, n := range names {
		args[n] = "\x00"
	}
	return regexp.MustCompile(strings.ReplaceAll(regexp.QuoteMeta(say(t, lang, key, args)), "\x00", ".+"))
}

// background is a context for what lasts as long as the test.
func background(t testing.TB) context.Context {
	ctx, cancel := context.WithCancel(context.Background())
	t.Cleanup(cancel)
	return ctx
}
