package gitrepo

import (
	"crypto/ed25519"
	"crypto/rand"
	"fmt"
	"io"
	"net"
	"os"
	"os/exec"
	"os/user"
	"path/filepath"
	"strings"
	"testing"

	"golang.org/x/crypto/ssh"
)

// sshServer is a server in Go that lets one key in and runs what git asks for; with asked set, it says that it was asked and is silent.
func sshServer(t *testing.T, authorizedKey string, asked chan<- struct{}) (hostPort string) {
	t.Helper()
	_, private, _ := ed25519.GenerateKey(rand.Reader)
	signer := must(ssh.NewSignerFromKey(private))
	allowed, _, _, _, err := ssh.ParseAuthorizedKey([]byte(authorizedKey))
	if err != nil {
		t.Fatal(err)
	}
	cfg := &ssh.ServerConfig{PublicKeyCallback: func(_ ssh.ConnMetadata, k ssh.PublicKey) (*ssh.Permissions, error) {
		if string(k.Marshal()) != string(allowed.Marshal()) {
			return nil, fmt.Errorf("not this key")
		}
		return nil, nil
	}}
	cfg.AddHostKey(signer)
	l := must(net.Listen("tcp", "127.0.0.1:0"))
	t.Cleanup(func() { l.Close() })
	go func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			t.Cleanup(func() { c.Close() })
			go serveSSH(c, cfg, asked)
		}
	}()
	return l.Addr().String()
}

func serveSSH(c net.Conn, cfg *ssh.ServerConfig, asked chan<- struct{}) {
	_, channels, requests, err := ssh.NewServerConn(c, cfg)
	if err != nil {
		c.Close()
		return
	}
	go ssh.DiscardRequests(requests)
	for nc := range channels {
		ch, reqs, err := nc.Accept()
		if err != nil {
			return
		}
		go func() {
			for r := range reqs {
				if r.Type != "exec" {
					r.Reply(r.Type == "env", nil)
					continue
				}
				r.Reply(true, nil)
				if asked != nil {
					asked <- struct{}{}
					continue
				}
				var p struct{ Command string }
				ssh.Unmarshal(r.Payload, &p)
				cmd := exec.Command("sh", "-c", p.Command)
				cmd.Env = environment()
				cmd.Stdout, cmd.Stderr = ch, ch.Stderr()
				in, err := cmd.StdinPipe()
				if err != nil {
					return
				}
				go func() { io.Copy(in, ch); in.Close() }() // not cmd.Stdin, whose end Run would wait for
				status := struct{ Code uint32 }{}
				if cmd.Run() != nil {
					status.Code = 128
				}
				ch.SendRequest("exit-status", false, ssh.Marshal(status))
				ch.Close()
			}
		}()
	}
}

// openSSH starts the real sshd, if this machine has it, for the current account.
func openSSH(t *testing.T, authorizedKey string) (hostPort string) {
	t.Helper()
	const sshd = "/usr/sbin/sshd"
	if _, err := os.Stat(sshd); err != nil {
		t.Skip("needs OpenSSH's server at " + sshd)
	}
	dir := t.TempDir()
	file := func(name, text string) string {
		f := filepath.Join(dir, name)
		if err := os.WriteFile(f, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		return f
	}
	if _, err := EnsureKey(filepath.Join(dir, "host")); err != nil {
		t.Fatal(err)
	}
	if os.Getuid() == 0 {
		os.MkdirAll("/run/sshd", 0o755) // where it gives up its rights
	}
	conf := file("sshd_config", fmt.Sprintf("HostKey %s\nAuthorizedKeysFile %s\nPidFile none\nStrictModes no\nUsePAM no\nPermitRootLogin yes\nLogLevel ERROR\n",
		filepath.Join(dir, "host", keyFile), file("authorized", authorizedKey+"\n")))
	// In inetd mode it serves one connection that we accept, so that no port can be taken by another.
	l := must(net.Listen("tcp", "127.0.0.1:0"))
	t.Cleanup(func() { l.Close() })
	go func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			f, err := c.(*net.TCPConn).File()
			c.Close()
			if err != nil {
				return
			}
			cmd := exec.Command(sshd, "-i", "-f", conf)
			cmd.Stdin, cmd.Stdout = f, f
			go func() { cmd.Run(); f.Close() }()
		}
	}()
	return l.Addr().String()
}

func TestAPrivateRepositoryBySSH(t *testing.T) {
	if _, err := exec.LookPath("ssh"); err != nil {
		t.Skip("needs OpenSSH's client")
	}
	for name, start := range map[string]func(*testing.T, string) string{
		"a server in Go": func(t *testing.T, key string) string { return sshServer(t, key, nil) },
		"OpenSSH's sshd": openSSH,
	} {
		t.Run(name, func(t *testing.T) {
			root := filepath.Join(t.TempDir(), "with space % and 'quote")
			s := newSource(t, filepath.Join(root, "a repo"))
			id := s.commit("one", "a", "a")
			sshDir := filepath.Join(root, "ssh")
			public, err := EnsureKey(sshDir)
			if err != nil {
				t.Fatal(err)
			}
			hostPort := start(t, public)
			me := must(user.Current()).Username
			a := parse(t, "ssh://"+me+"@"+hostPort+strings.NewReplacer(" ", "%20", "%", "%25").Replace(s.dir))
			p := Policy{AllowSSH: true, SSHDir: sshDir, AllowInner: []string{hostPort}}

			_, err = newMirror(t).Update(t.Context(), a, Policy{}, nil)
			wantKey(t, err, KeySSHRefused)
			_, err = newMirror(t).Update(t.Context(), a, Policy{AllowSSH: true, SSHDir: sshDir}, nil)
			wantKey(t, err, KeyInnerAddress)
			_, err = newMirror(t).Update(t.Context(), a, p, nil)
			wantKey(t, err, KeyHostUnknown)

			found, err := ScanHost(patient(t), a, p)
			if err != nil || found.Type != "ssh-ed25519" || !strings.HasPrefix(found.Fingerprint, "SHA256:") {
				t.Fatal(found, err)
			}
			if err := AddKnownHost(sshDir, found.Line); err != nil {
				t.Fatal(err)
			}
			m := newMirror(t)
			if res := update(t, m, a, p); res.Commit != id {
				t.Fatalf("%+v", res)
			}
			if res := update(t, m, a, p); res.Changed {
				t.Fatalf("%+v", res)
			}
			gone := parse(t, a.String()+"-not")
			_, err = newMirror(t).Update(t.Context(), gone, p, nil)
			wantKey(t, err, KeyNotFound)

			t.Run("another key than the instance's is not let in", func(t *testing.T) {
				q := p
				q.SSHDir = t.TempDir()
				if err := AddKnownHost(q.SSHDir, found.Line); err != nil {
					t.Fatal(err)
				}
				_, err := newMirror(t).Update(t.Context(), a, q, nil)
				wantKey(t, err, KeyAuthRequired)
			})
			t.Run("a server with another key than before", func(t *testing.T) {
				q := p
				q.SSHDir = t.TempDir()
				other := must(EnsureKey(t.TempDir()))
				AddKnownHost(q.SSHDir, found.Host+" "+strings.TrimSuffix(other, " commun"))
				_, err := newMirror(t).Update(t.Context(), a, q, nil)
				wantKey(t, err, KeyHostKeyChanged)
			})
		})
	}
}

func TestTheInstancesKey(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "ssh")
	public, err := EnsureKey(dir)
	if err != nil || !strings.HasPrefix(public, "ssh-ed25519 ") {
		t.Fatal(public, err)
	}
	if again, err := EnsureKey(dir); again != public || err != nil {
		t.Fatal("the key must stay", err)
	}
	info := must(os.Stat(filepath.Join(dir, keyFile)))
	if info.Mode().Perm() != 0o600 {
		t.Fatal(info.Mode())
	}
	if entries, _ := os.ReadDir(dir); len(entries) != 2 {
		t.Fatal("left over:", entries)
	}
	os.WriteFile(filepath.Join(dir, keyFile), []byte("nonsense"), 0o600)
	if _, err := EnsureKey(dir); err == nil {
		t.Fatal("a damaged key must be said, not replaced")
	}
}

func TestKnownHosts(t *testing.T) {
	dir := t.TempDir()
	key := strings.TrimSuffix(must(EnsureKey(t.TempDir())), " commun")
	if hosts, err := KnownHosts(dir); err != nil || len(hosts) != 0 {
		t.Fatal(hosts, err)
	}
	for range 2 {
		if err := AddKnownHost(dir, "# comment\ngit.example.org "+key+"\n\n[other.example]:2222 "+key+"\n"); err != nil {
			t.Fatal(err)
		}
	}
	hosts, err := KnownHosts(dir)
	if err != nil || len(hosts) != 2 || hosts[1].Host != "[other.example]:2222" {
		t.Fatal(hosts, err)
	}
	for _, bad := range []string{"", "# only a comment", "git.example.org", "git.example.org ssh-ed25519 AAAA", "@cert-authority * " + key, "a.example " + key + "\nnonsense"} {
		wantKey(t, AddKnownHost(dir, bad), KeyKnownHostMalformed)
	}
	if err := RemoveKnownHost(dir, "git.example.org", hosts[0].Fingerprint); err != nil {
		t.Fatal(err)
	}
	if hosts, err = KnownHosts(dir); err != nil || len(hosts) != 1 {
		t.Fatal(hosts, err)
	}
}

func FuzzKnownHosts(f *testing.F) {
	f.Add([]byte("git.example.org ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIJ8u2Cw0l2l2l2l2l2l2l2l2l2l2l2l2l2l2l2l2l2l2"))
	f.Add([]byte("@revoked * ssh-rsa AAAA\n#"))
	f.Fuzz(func(t *testing.T, b []byte) {
		hosts, err := parseHosts(b)
		for _, h := range hosts {
			if err == nil && (strings.ContainsAny(h.Line, "\n") || h.Host == "") {
				t.Fatalf("%+v", h)
			}
		}
	})
}
