//go:build linux

package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"time"

	"commun/bench/internal/kit"
	"commun/internal/app"
	"commun/internal/core/commons"
	"commun/internal/core/people"
)

// server is a running program, and the browser that is signed in to it.
type server struct {
	cmd    *exec.Cmd
	addr   string
	client *http.Client
	said   *bytes.Buffer
	gone   chan struct{} // closed once the program has ended
}

// build compiles the program; the control is the one with less durable commits.
func build(dir string, control bool) (string, error) {
	bin := filepath.Join(dir, "commun")
	args := []string{"build", "-o", bin}
	if control {
		args = append(args, "-tags", "normalsync")
	}
	if out, err := exec.Command("go", append(args, "commun/cmd/commun")...).CombinedOutput(); err != nil {
		return "", fmt.Errorf("build commun: %w\n%s", err, out)
	}
	return bin, nil
}

// launch runs the program and does not wait for it. It keeps the address and the browser of the one before.
func launch(bin, data string, before *server) (*server, error) {
	s := &server{said: &bytes.Buffer{}, gone: make(chan struct{})}
	if before != nil {
		s.addr, s.client = before.addr, before.client
	} else {
		l, err := net.Listen("tcp", "127.0.0.1:0")
		if err != nil {
			return nil, err
		}
		s.addr = l.Addr().String()
		if err := l.Close(); err != nil {
			return nil, err
		}
		jar, err := cookiejar.New(nil)
		if err != nil {
			return nil, err
		}
		s.client = &http.Client{Jar: jar, Timeout: time.Minute, Transport: &http.Transport{MaxIdleConnsPerHost: 64}}
	}
	s.cmd = exec.Command(bin, "serve", "--addr", s.addr, "--data", data, "--log", "warn")
	s.cmd.Stdout, s.cmd.Stderr = s.said, s.said
	s.cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	if err := s.cmd.Start(); err != nil {
		return nil, fmt.Errorf("start the program: %w", err)
	}
	go func() {
		_ = s.cmd.Wait() // killed, as a rule
		close(s.gone)
	}()
	return s, nil
}

// start runs the program until it is ready, and says how long that took.
func start(bin, data string, before *server) (*server, time.Duration, error) {
	begun := time.Now()
	s, err := launch(bin, data, before)
	if err != nil {
		return nil, 0, err
	}
	for time.Since(begun) < 2*time.Minute {
		if res, err := http.Get("http://" + s.addr + "/ready"); err == nil {
			_ = res.Body.Close()
			if res.StatusCode == http.StatusOK {
				return s, time.Since(begun), nil
			}
		}
		select {
		case <-s.gone:
			s.end()
			return nil, 0, fmt.Errorf("the program ended at its start:\n%s", s.said)
		case <-time.After(2 * time.Millisecond):
		}
	}
	s.end()
	return nil, 0, fmt.Errorf("not ready after two minutes:\n%s", s.said)
}

// end kills the program and all that it started.
func (s *server) end() {
	if s == nil || s.cmd == nil {
		return
	}
	_ = syscall.Kill(-s.cmd.Process.Pid, syscall.SIGKILL) // it may have ended by itself
	<-s.gone
	s.cmd = nil
	s.client.CloseIdleConnections()
}

func (s *server) signIn(bin, data string) error {
	cmd := exec.Command(bin, "people", "setup", "--url", "http://"+s.addr, "--data", data)
	cmd.Stderr = os.Stderr
	link, err := cmd.Output()
	if err != nil {
		return fmt.Errorf("ask for the set-up link: %w", err)
	}
	res, err := s.client.PostForm(strings.TrimSpace(string(link)), url.Values{"name": {"Ada"}, "email": {"ada@example.org"}})
	if err != nil {
		return err
	}
	_ = res.Body.Close()
	if res.StatusCode != http.StatusOK {
		return fmt.Errorf("sign in: %s", res.Status)
	}
	return nil
}

// errGone says that no answer came: what was asked may have been done or not.
var errGone = errors.New("no answer")

// ask sends a request and reads its JSON answer.
func (s *server) ask(method, path string, body, out any) (int, error) {
	var r io.Reader
	if body != nil {
		b, err := json.Marshal(body)
		if err != nil {
			return 0, err
		}
		r = bytes.NewReader(b)
	}
	req, err := http.NewRequest(method, "http://"+s.addr+path, r)
	if err != nil {
		return 0, err
	}
	req.Header.Set("Content-Type", "application/json")
	res, err := s.client.Do(req)
	if err != nil {
		return 0, fmt.Errorf("%w: %w", errGone, err)
	}
	defer res.Body.Close()
	b, err := io.ReadAll(res.Body)
	if err != nil {
		return 0, fmt.Errorf("%w: %w", errGone, err)
	}
	if res.StatusCode >= 400 {
		return res.StatusCode, fmt.Errorf("%s %s: %s: %s", method, path, res.Status, b)
	}
	if out == nil {
		return res.StatusCode, nil
	}
	return res.StatusCode, json.Unmarshal(b, out)
}

// verify lets the program check its whole record.
func verify(bin, data string) error {
	if out, err := exec.Command(bin, "verify", "--data", data).CombinedOutput(); err != nil {
		return fmt.Errorf("verify: %w\n%s", err, out)
	}
	return nil
}

// repository makes one that change can add to.
func repository(dir string) error {
	if out, err := exec.Command("git", "init", "-q", "-b", "main", dir).CombinedOutput(); err != nil {
		return fmt.Errorf("git init: %w\n%s", err, out)
	}
	return change(dir, -1)
}

// change gives the repository one more commit, whose README says the round.
func change(repository string, round int) error {
	if err := os.WriteFile(filepath.Join(repository, "README.md"), fmt.Appendf(nil, "# Crash\n\nThis repository is what it was made to be in round %d.\n", round), 0o600); err != nil {
		return err
	}
	for _, args := range [][]string{{"add", "README.md"}, {"commit", "-q", "-m", fmt.Sprint("round ", round)}} {
		cmd := exec.Command("git", append([]string{"-C", repository, "-c", "user.name=Ada", "-c", "user.email=ada@example.org", "-c", "commit.gpgsign=false"}, args...)...)
		if out, err := cmd.CombinedOutput(); err != nil {
			return fmt.Errorf("git %v: %w\n%s", args, err, out)
		}
	}
	return nil
}

// fill makes a record of n entries: commons, then changes of them.
func fill(ctx context.Context, root string, n int) (err error) {
	a, err := kit.Open(ctx, kit.Config(root, ""))
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, a.Close(ctx)) }()
	made, err := kit.Fill(ctx, a, min(n, 20_000))
	if err != nil {
		return err
	}
	by := people.Program("bench")
	var wg sync.WaitGroup
	const together = 64
	errs := make([]error, together)
	for w := range together {
		wg.Go(func() {
			own := made.List[w*len(made.List)/together : (w+1)*len(made.List)/together]
			for i := 0; i < (n-len(made.List))/together && len(own) > 0; i++ {
				if err := again(ctx, a, by, own[i%len(own)].ID, i); err != nil {
					errs[w] = err
					return
				}
			}
		})
	}
	wg.Wait()
	if err := errors.Join(errs...); err != nil {
		return fmt.Errorf("fill: %w", err)
	}
	for {
		if left, err := a.Journal.Sequence(ctx); err != nil || left == 0 {
			return err
		}
	}
}

// again changes a commons once more.
func again(ctx context.Context, a *app.App, by people.Actor, id string, i int) error {
	c, err := a.Commons.ByID(ctx, by, id)
	if err != nil {
		return err
	}
	text, err := json.Marshal(fmt.Sprintf("What is said of it in turn %d.", i))
	if err != nil {
		return err
	}
	_, err = a.Commons.Edit(ctx, by, id, commons.Edit{Base: c.Revision, Values: []commons.Value{{Field: "summary", Lang: "en", JSON: text}}})
	return err
}
