package gitexec_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"commun/engines/githistory"
	"commun/engines/githistory/gitexec"
	"commun/engines/githistory/internal/fastimport"
)

// run returns what git printed and how it ended.
func run(t *testing.T, r *gitexec.Repo, args ...string) (string, error) {
	t.Helper()
	p, err := r.Start(context.Background(), args...)
	if err != nil {
		t.Fatal(err)
	}
	_ = p.Stdin().Close()
	out, _ := io.ReadAll(p.Stdout())
	return string(out), p.Wait()
}

func TestNothingInARepositoryIsRun(t *testing.T) {
	trap := filepath.Join(t.TempDir(), "ran")
	script := filepath.Join(t.TempDir(), "trap.sh")
	if err := os.WriteFile(script, fmt.Appendf(nil, "#!/bin/sh\ntouch %s\n", trap), 0o755); err != nil {
		t.Fatal(err)
	}
	r := fastimport.New(t)
	r.Add(fastimport.Commit{Files: []fastimport.File{{Path: ".gitattributes", Text: "* diff=trap filter=trap\n"}, {Path: "a", Text: "a\n"}}})
	r.Add(fastimport.Commit{Files: []fastimport.File{{Path: "a", Text: "b\n"}}})
	r.Write()
	r.Git("tag", "-m", "x\n-----BEGIN PGP SIGNATURE-----\n-----END PGP SIGNATURE-----", "v1.0.0", "main")
	for _, kv := range []string{
		"core.fsmonitor=" + script, "core.pager=" + script, "pager.log=" + script, "core.sshCommand=" + script, "core.askPass=" + script,
		"diff.external=" + script, "diff.trap.command=" + script, "diff.trap.textconv=" + script, "filter.trap.clean=" + script,
		"filter.trap.smudge=" + script, "gpg.program=" + script, "log.showSignature=true", "core.hooksPath=" + filepath.Dir(script),
		"remote.origin.url=ext::" + script, "remote.origin.promisor=true", "remote.origin.partialclonefilter=blob:none",
		"protocol.ext.allow=always", "protocol.allow=always", "credential.helper=!" + script, "core.alternateRefsCommand=" + script,
		"uploadpack.packObjectsHook=" + script, "alias.log=!" + script, "alias.diff-tree=!" + script, "core.editor=" + script,
	} {
		k, v, _ := strings.Cut(kv, "=")
		r.Git("config", k, v)
	}
	if err := os.WriteFile(filepath.Join(r.Dir, "info", "attributes"), []byte("* diff=trap filter=trap\n"), 0o644); err != nil {
		t.Fatal(err)
	}
	// A blob that is not there: a partial clone would fetch it, by the remote's command.
	blob := r.Git("rev-parse", "main:a")
	_ = os.Remove(filepath.Join(r.Dir, "objects", blob[:2], blob[2:]))

	for _, env := range []string{"GIT_DIR", "GIT_EXTERNAL_DIFF", "GIT_SSH_COMMAND", "GIT_PAGER"} {
		t.Setenv(env, script) // nor does the caller's environment count
	}
	t.Setenv("GIT_CONFIG_COUNT", "1")
	t.Setenv("GIT_CONFIG_KEY_0", "core.fsmonitor")
	t.Setenv("GIT_CONFIG_VALUE_0", script)
	git, err := gitexec.OpenExact(r.Dir)
	if err != nil {
		t.Fatal(err)
	}
	h, err := githistory.Read(context.Background(), git, githistory.Options{})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := githistory.Check(context.Background(), git, h); err != nil {
		t.Fatal(err)
	}
	if _, err := os.Stat(trap); !errors.Is(err, os.ErrNotExist) {
		t.Fatal("a program that the repository names was run")
	}
}

func TestAnExitCodeComesWithGitsWords(t *testing.T) {
	r := fastimport.New(t)
	git, err := gitexec.OpenExact(r.Dir)
	if err != nil {
		t.Fatal(err)
	}
	_, err = run(t, git, "rev-parse", "--verify", "nothing")
	var exit *githistory.ExitError
	if !errors.As(err, &exit) || exit.Code != 128 || !strings.Contains(exit.Error(), "fatal: Needed a single revision") {
		t.Errorf("got %v", err)
	}
}

func TestAWaitingGitEndsWithItsContext(t *testing.T) {
	r := fastimport.New(t)
	git, err := gitexec.OpenExact(r.Dir)
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	p, err := git.Start(ctx, "cat-file", "--batch") // waits for a line that never comes
	if err != nil {
		t.Fatal(err)
	}
	cancel()
	if out, _ := io.ReadAll(p.Stdout()); len(out) > 0 {
		t.Errorf("said %q", out)
	}
	if err := p.Wait(); !errors.Is(err, context.Canceled) {
		t.Errorf("got %v", err)
	}
	if _, err := git.Start(ctx, "version"); !errors.Is(err, context.Canceled) {
		t.Errorf("started after the end: %v", err)
	}
}

func TestEndlessComplaintsAreCut(t *testing.T) {
	r := fastimport.New(t)
	git, err := gitexec.OpenExact(r.Dir)
	if err != nil {
		t.Fatal(err)
	}
	args := []string{"rev-parse", "--verify", strings.Repeat("x", 50_000)}
	_, err = run(t, git, args...)
	var exit *githistory.ExitError
	if !errors.As(err, &exit) || len(exit.Stderr) > 10_000 {
		t.Errorf("%d bytes kept", len(exit.Stderr))
	}
}

func TestOpenFindsARepositoryAboveAndOpenExactDoesNot(t *testing.T) {
	r := fastimport.New(t)
	inside := filepath.Join(r.Dir, "objects")
	above, err := gitexec.Open(inside)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := run(t, above, "rev-parse", "--git-dir"); err != nil {
		t.Errorf("Open: %v", err)
	}
	exact, err := gitexec.OpenExact(inside)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := run(t, exact, "rev-parse", "--git-dir"); err == nil {
		t.Error("OpenExact found the repository above")
	}
}

// TestAWorkTreeDoesNotStandInForAnObject: what is missing is said, even where the work tree still has the file.
func TestAWorkTreeDoesNotStandInForAnObject(t *testing.T) {
	dir := t.TempDir()
	git := func(args ...string) string {
		t.Helper()
		cmd := exec.Command("git", append([]string{"-C", dir, "-c", "user.name=A", "-c", "user.email=a@example.org"}, args...)...)
		out, err := cmd.CombinedOutput()
		if err != nil {
			t.Fatalf("git %s: %s", args, out)
		}
		return strings.TrimSpace(string(out))
	}
	git("init", "-q")
	if err := os.WriteFile(filepath.Join(dir, "a"), []byte("one\ntwo\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	git("add", "a")
	git("commit", "-q", "-m", "first")
	blob := git("rev-parse", "HEAD:a")
	if err := os.Remove(filepath.Join(dir, ".git", "objects", blob[:2], blob[2:])); err != nil {
		t.Fatal(err)
	}
	r, err := gitexec.Open(dir)
	if err != nil {
		t.Fatal(err)
	}
	if out, err := run(t, r, "diff-tree", "--numstat", "-r", "--root", "HEAD"); err == nil || strings.Contains(out, "\ta\n") {
		t.Errorf("git counted %q: %v", out, err)
	}
}
