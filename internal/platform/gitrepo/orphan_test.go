package gitrepo

import (
	"context"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"syscall"
	"testing"
)

// victimDir is set in the copy of the test program that is to be killed in the middle of an update.
const victimDir = "GITREPO_TEST_VICTIM"

func TestMain(m *testing.M) {
	if dir := os.Getenv(victimDir); dir != "" {
		a, err := Parse(os.Getenv("GITREPO_TEST_ADDRESS"))
		if err == nil {
			p := Policy{AllowSSH: true, AllowInner: []string{a.dialTarget()}, SSHDir: os.Getenv("GITREPO_TEST_SSH")}
			_, err = Mirror{Dir: dir}.Update(context.Background(), a, p, nil)
		}
		os.Stderr.WriteString(err.Error())
		os.Exit(1)
	}
	os.Exit(m.Run())
}

// TestWhatADeadProcessLeft kills a process with SIGKILL while its git waits for an ssh server that says nothing: git dies with its
// parent, but its ssh does not know.
func TestWhatADeadProcessLeft(t *testing.T) {
	if runtime.GOOS != "linux" {
		t.Skip("children of the dead are recognised on Linux only")
	}
	if _, err := exec.LookPath("ssh"); err != nil {
		t.Skip("needs OpenSSH's client")
	}
	sshDir := t.TempDir()
	asked := make(chan struct{}, 1)
	hostPort := sshServer(t, must(EnsureKey(sshDir)), asked)
	a := parse(t, "ssh://git@"+hostPort+"/a/b")
	found, err := ScanHost(patient(t), a, Policy{AllowSSH: true, AllowInner: []string{hostPort}})
	if err == nil {
		err = AddKnownHost(sshDir, found.Line)
	}
	if err != nil {
		t.Fatal(err)
	}

	m := newMirror(t)
	victim := exec.Command(os.Args[0])
	victim.Env = append(os.Environ(), victimDir+"="+m.Dir, "GITREPO_TEST_ADDRESS="+a.String(), "GITREPO_TEST_SSH="+sshDir)
	if err := victim.Start(); err != nil {
		t.Fatal(err)
	}
	// A stranger who happens to be here must survive.
	stranger := exec.Command("sleep", "600")
	stranger.Env = []string{"PATH=" + os.Getenv("PATH"), tokenName + "=another"}
	if err := stranger.Start(); err != nil {
		t.Fatal(err)
	}
	defer stranger.Wait()
	defer stranger.Process.Kill()

	<-asked
	_, err = m.Update(t.Context(), a, Policy{AllowSSH: true, AllowInner: []string{hostPort}, SSHDir: sshDir}, nil)
	wantKey(t, err, KeyBusy) // another process is at it
	if n, err := EndOrphans(filepath.Dir(m.Dir)); n != 0 || err != nil {
		t.Fatal("the victim still lives", n, err)
	}
	token, err := os.ReadFile(filepath.Join(filepath.Dir(m.Dir), runsFolder, filepath.Base(m.Dir)))
	if err != nil {
		t.Fatal(err)
	}
	victim.Process.Kill()
	victim.Wait()

	n, err := EndOrphans(filepath.Dir(m.Dir))
	if err != nil {
		t.Fatal(err)
	}
	if n == 0 {
		t.Fatal("the victim's ssh was at work, and nothing was ended")
	}
	if killMarked(string(token)) != 0 {
		t.Fatal("children of the dead are still there")
	}
	if stranger.Process.Signal(syscall.Signal(0)) != nil {
		t.Fatal("a stranger was killed")
	}
	wantClean(t, m)
	if n, err := EndOrphans(filepath.Dir(m.Dir)); n != 0 || err != nil {
		t.Fatal(n, err)
	}
	if n, err := EndOrphans(t.TempDir()); n != 0 || err != nil {
		t.Fatal(n, err)
	}
}
