package app_test

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"math/rand/v2"
	"net"
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"
)

// program builds commun once for the tests of this package that need it as a process of its own.
var program = sync.OnceValues(func() (string, error) {
	dir, err := os.MkdirTemp("", "commun-test-")
	if err != nil {
		return "", err
	}
	built = dir
	bin := filepath.Join(dir, "commun")
	out, err := exec.Command("go", "build", "-o", bin, "commun/cmd/commun").CombinedOutput()
	if err != nil {
		return "", fmt.Errorf("build: %w\n%s", err, out)
	}
	return bin, nil
})

// built is the folder that program made, for TestMain to remove.
var built string

func TestMain(m *testing.M) {
	code := m.Run()
	if built != "" {
		_ = os.RemoveAll(built)
	}
	os.Exit(code)
}

// instance is a running program with a folder of its own.
type instance struct {
	t         *testing.T
	bin, data string
	addr      string
	cmd       *exec.Cmd
	log       *output
}

// output is what a program printed, to be read while it runs.
type output struct {
	mu sync.Mutex
	b  bytes.Buffer
}

// Write implements io.Writer.
func (o *output) Write(p []byte) (int, error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.b.Write(p)
}

// Bytes returns a copy of what was printed so far.
func (o *output) Bytes() []byte {
	o.mu.Lock()
	defer o.mu.Unlock()
	return bytes.Clone(o.b.Bytes())
}

// String returns what was printed so far.
func (o *output) String() string { return string(o.Bytes()) }

// Reset forgets what was printed.
func (o *output) Reset() {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.b.Reset()
}

func newInstance(t *testing.T) *instance {
	t.Helper()
	bin, err := program()
	if err != nil {
		t.Fatal(err)
	}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	addr := l.Addr().String()
	if err := l.Close(); err != nil {
		t.Fatal(err)
	}
	i := &instance{t: t, bin: bin, data: filepath.Join(t.TempDir(), "data"), addr: addr, log: &output{}}
	t.Cleanup(i.kill)
	return i
}

// start runs the server and waits until it is ready.
func (i *instance) start() {
	i.t.Helper()
	i.log.Reset()
	i.cmd = exec.Command(i.bin, "serve", "--addr", i.addr, "--data", i.data, "--log", "warn")
	i.cmd.Stdout, i.cmd.Stderr = i.log, i.log
	if err := i.cmd.Start(); err != nil {
		i.t.Fatal(err)
	}
	deadline := time.Now().Add(60 * time.Second)
	for time.Now().Before(deadline) {
		if res, err := http.Get("http://" + i.addr + "/ready"); err == nil {
			_ = res.Body.Close()
			if res.StatusCode == http.StatusOK {
				return
			}
		}
		time.Sleep(10 * time.Millisecond)
	}
	i.t.Fatalf("not ready after a minute: %s", i.log)
}

// kill ends the server as a power cut of the process would: nothing is told.
func (i *instance) kill() {
	if i.cmd == nil {
		return
	}
	_ = i.cmd.Process.Kill() // it may have ended by itself
	_ = i.cmd.Wait()
	i.cmd = nil
}

// run executes another verb and returns what it prints.
func (i *instance) run(args ...string) string {
	i.t.Helper()
	cmd := exec.Command(i.bin, append(args, "--data", i.data)...)
	var out, errs bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &errs
	if err := cmd.Run(); err != nil {
		i.t.Fatalf("commun %s: %v\n%s%s", strings.Join(args, " "), err, &out, &errs)
	}
	return out.String()
}

// admin signs in through the set-up link and returns the browser.
func (i *instance) admin() *http.Client {
	i.t.Helper()
	link := strings.TrimSpace(i.run("people", "setup", "--url", "http://"+i.addr))
	jar, err := cookiejar.New(nil)
	if err != nil {
		i.t.Fatal(err)
	}
	client := &http.Client{Jar: jar, Timeout: 30 * time.Second}
	token := link[strings.LastIndexByte(link, '/')+1:]
	res, err := client.PostForm("http://"+i.addr+"/sign-in/"+token, url.Values{"name": {"Ada"}, "email": {"ada@example.org"}})
	if err != nil {
		i.t.Fatal(err)
	}
	_ = res.Body.Close()
	if res.StatusCode != http.StatusOK {
		i.t.Fatalf("signing in: %s", res.Status)
	}
	return client
}

// add creates a commons by hand and returns its id once that was acknowledged.
func (i *instance) add(client *http.Client, name string) (string, error) {
	body, _ := json.Marshal(map[string]any{"fields": map[string]any{"name": name, "summary": map[string]string{"en": "About " + name}}})
	res, err := client.Post("http://"+i.addr+"/api/commons", "application/json", bytes.NewReader(body))
	if err != nil {
		return "", err
	}
	defer func() { _ = res.Body.Close() }()
	b, err := io.ReadAll(res.Body)
	if err != nil {
		return "", err
	}
	if res.StatusCode != http.StatusCreated {
		return "", fmt.Errorf("%s: %s", res.Status, b)
	}
	var out struct{ Commons struct{ ID string } }
	if err := json.Unmarshal(b, &out); err != nil || out.Commons.ID == "" {
		return "", fmt.Errorf("unreadable answer %s: %w", b, err)
	}
	return out.Commons.ID, nil
}

// ids returns the ids of every commons that the instance lists.
func (i *instance) ids(client *http.Client) map[string]bool {
	i.t.Helper()
	res, err := client.Get("http://" + i.addr + "/commons.json")
	if err != nil {
		i.t.Fatal(err)
	}
	defer func() { _ = res.Body.Close() }()
	var list []struct{ ID string }
	if err := json.NewDecoder(bufio.NewReader(res.Body)).Decode(&list); err != nil {
		i.t.Fatal(err)
	}
	ids := map[string]bool{}
	for _, x := range list {
		ids[x.ID] = true
	}
	return ids
}

// TestWhatWasAcknowledgedSurvivesAKill: several clients write over HTTP, the program is killed at a moment that chance picks, and started
// again: every acknowledged write is there, the record holds, and every import that was queued is done once. COMMUN_TEST_KILLS sets how often.
func TestWhatWasAcknowledgedSurvivesAKill(t *testing.T) {
	kills := 5
	if n, err := strconv.Atoi(os.Getenv("COMMUN_TEST_KILLS")); err == nil {
		kills = n
	}
	seed := rand.Uint64()
	t.Logf("seed %d, %d kills", seed, kills)
	rng := rand.New(rand.NewPCG(seed, 0))
	repository := smallRepository(t)

	i := newInstance(t)
	i.start()
	client := i.admin()
	acknowledged := map[string]string{}
	var mu sync.Mutex
	for k := range kills {
		ctx, cancel := context.WithCancel(t.Context())
		var clients sync.WaitGroup
		var n atomic.Int64
		for c := range 4 {
			clients.Go(func() {
				for w := 0; ctx.Err() == nil; w++ {
					name := fmt.Sprintf("commons %d-%d-%d", k, c, w)
					id, err := i.add(client, name)
					if err != nil {
						return // the program is gone: this one was not acknowledged
					}
					mu.Lock()
					acknowledged[id] = name
					mu.Unlock()
					n.Add(1)
				}
			})
		}
		imported := i.importPath(client, repository)
		time.Sleep(time.Duration(100+rng.IntN(400)) * time.Millisecond)
		i.kill()
		cancel()
		clients.Wait()
		t.Logf("kill %d after %d acknowledged writes", k, n.Load())

		i.start()
		there := i.ids(client)
		for id, name := range acknowledged {
			if !there[id] {
				t.Errorf("kill %d: %s (%s) was acknowledged and is lost", k, name, id)
			}
		}
		if imported != "" {
			i.wait(client, imported)
		}
	}
	if len(acknowledged) < 20*kills {
		t.Errorf("only %d writes were acknowledged: the run shows little", len(acknowledged))
	}
	i.kill()
	if out := i.run("verify"); !strings.Contains(out, "The record is whole.") {
		t.Fatal(out)
	}
}

// importPath asks for a repository of this machine and returns the job, or "" when the program was gone.
func (i *instance) importPath(client *http.Client, path string) string {
	i.t.Helper()
	body, _ := json.Marshal(map[string]string{"address": path})
	res, err := client.Post("http://"+i.addr+"/api/commons", "application/json", bytes.NewReader(body))
	if err != nil {
		return ""
	}
	defer func() { _ = res.Body.Close() }()
	var out struct{ Job string }
	b, err := io.ReadAll(res.Body)
	if err != nil || json.Unmarshal(b, &out) != nil {
		return ""
	}
	if res.StatusCode >= 300 {
		i.t.Fatalf("import %s: %s %s", path, res.Status, b)
	}
	return out.Job
}

// wait follows a job to its end, which must be a good one.
func (i *instance) wait(client *http.Client, job string) {
	i.t.Helper()
	for deadline := time.Now().Add(time.Minute); time.Now().Before(deadline); time.Sleep(50 * time.Millisecond) {
		res, err := client.Get("http://" + i.addr + "/api/jobs/" + job)
		if err != nil {
			i.t.Fatal(err)
		}
		var out struct{ State string }
		err = json.NewDecoder(res.Body).Decode(&out)
		_ = res.Body.Close()
		if err != nil {
			i.t.Fatal(err)
		}
		switch out.State {
		case "done":
			return
		case "failed", "cancelled":
			i.t.Fatalf("job %s is %s", job, out.State)
		}
	}
	i.t.Fatalf("job %s did not end within a minute: %s", job, i.log)
}

// smallRepository makes a git repository with a few commits.
func smallRepository(t *testing.T) string {
	t.Helper()
	dir := t.TempDir()
	git := func(args ...string) {
		t.Helper()
		cmd := exec.Command("git", append([]string{"-C", dir, "-c", "user.name=Ada", "-c", "user.email=ada@example.org", "-c", "commit.gpgsign=false"}, args...)...)
		if out, err := cmd.CombinedOutput(); err != nil {
			t.Fatalf("git %v: %v\n%s", args, err, out)
		}
	}
	git("init", "-q", "-b", "main")
	for n := range 20 {
		if err := os.WriteFile(filepath.Join(dir, "README.md"), fmt.Appendf(nil, "# Small\n\nA repository of %d lines.\n", n), 0o600); err != nil {
			t.Fatal(err)
		}
		git("add", ".")
		git("commit", "-q", "-m", fmt.Sprint("change ", n))
	}
	git("tag", "v1.0.0")
	return dir
}
