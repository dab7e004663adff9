package gitrepo

import (
	"bytes"
	"context"
	"crypto/ed25519"
	"crypto/rand"
	"encoding/pem"
	"errors"
	"fmt"
	"io/fs"
	"net"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"time"

	"golang.org/x/crypto/ssh"
	"golang.org/x/crypto/ssh/knownhosts"

	"commun/internal/platform/fault"
)

// The files of an ssh folder, named as OpenSSH names them.
const (
	keyFile   = "id_ed25519"
	hostsFile = "known_hosts"
)

// EnsureKey returns the public key, as one line of an authorized_keys file, by which this instance opens private repositories; it makes
// the pair (ed25519, OpenSSH format, readable by its owner only) when dir has none. A pair is never replaced: to change it, remove the
// file id_ed25519.
func EnsureKey(dir string) (public string, err error) {
	file := filepath.Join(dir, keyFile)
	for range 2 { // twice: another process may have made the pair in between
		text, err := os.ReadFile(file)
		if err == nil {
			signer, err := ssh.ParsePrivateKey(text)
			if err != nil {
				return "", fmt.Errorf("read the instance's ssh key %s: %w", file, err)
			}
			return authorized(signer.PublicKey()), nil
		}
		if !errors.Is(err, fs.ErrNotExist) {
			return "", fmt.Errorf("read the instance's ssh key: %w", err)
		}
		if err := makeKey(dir, file); err != nil && !errors.Is(err, fs.ErrExist) {
			return "", fmt.Errorf("make the instance's ssh key: %w", err)
		}
	}
	return "", fmt.Errorf("make the instance's ssh key: %s is made and unmade", file)
}

func authorized(k ssh.PublicKey) string {
	return strings.TrimSpace(string(ssh.MarshalAuthorizedKey(k))) + " commun"
}

// makeKey writes a whole pair or nothing: the private key appears under its name only when it is on disk.
func makeKey(dir, file string) error {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return err
	}
	public, private, err := ed25519.GenerateKey(rand.Reader)
	if err != nil {
		return err
	}
	block, err := ssh.MarshalPrivateKey(private, "commun")
	if err != nil {
		return err
	}
	sshPublic, err := ssh.NewPublicKey(public)
	if err != nil {
		return err
	}
	tmp, err := os.CreateTemp(dir, ".new-key-") // 0600
	if err != nil {
		return err
	}
	defer os.Remove(tmp.Name())
	_, err = tmp.Write(pem.EncodeToMemory(block))
	err = errors.Join(err, tmp.Sync(), tmp.Close())
	if err != nil {
		return err
	}
	if err := os.Link(tmp.Name(), file); err != nil { // unlike a rename, refuses to replace
		return err
	}
	return os.WriteFile(file+".pub", []byte(authorized(sshPublic)+"\n"), 0o644)
}

// KnownHost is one host key that ssh connections are checked against.
type KnownHost struct {
	Host        string // as in the file: a name, or [name]:port
	Type        string // such as ssh-ed25519
	Fingerprint string // such as SHA256:…, which forges publish
	Line        string // the line of the known_hosts file
}

// KnownHosts lists the host keys of dir; none when the file does not exist.
func KnownHosts(dir string) ([]KnownHost, error) {
	text, err := os.ReadFile(filepath.Join(dir, hostsFile))
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("read known hosts: %w", err)
	}
	hosts, err := parseHosts(text)
	if err != nil {
		return nil, fmt.Errorf("read known hosts: %w", err)
	}
	return hosts, nil
}

func parseHosts(text []byte) ([]KnownHost, error) {
	var out []KnownHost
	for line := range strings.SplitSeq(string(text), "\n") {
		line = strings.TrimSpace(line)
		if line == "" || line[0] == '#' {
			continue
		}
		marker, names, key, _, rest, err := ssh.ParseKnownHosts([]byte(line))
		if err != nil || len(bytes.TrimSpace(rest)) > 0 || marker != "" && marker != "revoked" || len(names) == 0 {
			return nil, fault.Invalid("known_host", KeyKnownHostMalformed).Wrap(err)
		}
		out = append(out, KnownHost{strings.Join(names, ","), key.Type(), ssh.FingerprintSHA256(key), line})
	}
	return out, nil
}

// AddKnownHost adds lines of a known_hosts file (as ssh-keyscan prints, or KnownHost.Line) to dir. A line that is there already is not
// added twice. Error: gitrepo.known_host_malformed, and then nothing is added.
func AddKnownHost(dir, lines string) error {
	added, err := parseHosts([]byte(lines))
	if err != nil {
		return err
	}
	if len(added) == 0 {
		return fault.Invalid("known_host", KeyKnownHostMalformed)
	}
	return changeHosts(dir, func(hosts []KnownHost) []KnownHost {
		have := map[string]bool{}
		for _, h := range hosts {
			have[h.Line] = true
		}
		for _, h := range added {
			if !have[h.Line] {
				hosts = append(hosts, h)
				have[h.Line] = true
			}
		}
		return hosts
	})
}

// RemoveKnownHost removes the key with this host and fingerprint from dir. It is no error when there is none.
func RemoveKnownHost(dir, host, fingerprint string) error {
	return changeHosts(dir, func(hosts []KnownHost) []KnownHost {
		var kept []KnownHost
		for _, h := range hosts {
			if h.Host != host || h.Fingerprint != fingerprint {
				kept = append(kept, h)
			}
		}
		return kept
	})
}

// changeHosts rewrites the file beside itself and renames: ssh reads the old list or the new one.
func changeHosts(dir string, change func([]KnownHost) []KnownHost) error {
	hosts, err := KnownHosts(dir)
	if err != nil {
		return err
	}
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return fmt.Errorf("write known hosts: %w", err)
	}
	var b strings.Builder
	for _, h := range change(hosts) {
		b.WriteString(h.Line + "\n")
	}
	tmp, err := os.CreateTemp(dir, ".new-hosts-")
	if err != nil {
		return fmt.Errorf("write known hosts: %w", err)
	}
	defer os.Remove(tmp.Name())
	_, err = tmp.WriteString(b.String())
	err = errors.Join(err, tmp.Sync(), tmp.Close())
	if err == nil {
		err = os.Rename(tmp.Name(), filepath.Join(dir, hostsFile))
	}
	if err != nil {
		return fmt.Errorf("write known hosts: %w", err)
	}
	return nil
}

// ScanHost asks the ssh server of a for its key, so that an administrator can compare the fingerprint with the one that the forge
// publishes before AddKnownHost(dir, found.Line). It trusts nothing and signs in nowhere. Errors: as those of an update.
func ScanHost(ctx context.Context, a Address, p Policy) (found KnownHost, err error) {
	if err := p.Check(a); err != nil {
		return found, err
	}
	if a.kind != SSH {
		return found, invalid(KeyAddressMalformed)
	}
	limit := p.Limits.orDefault().Answer
	ctx, cancel := context.WithTimeoutCause(ctx, limit, fault.Busy(KeyTimeout).With("seconds", seconds(limit)))
	defer cancel()
	g := newGuard(p)
	conn, err := g.dial(ctx, "tcp", a.dialTarget())
	if err != nil {
		return found, g.whyNoAnswer(ctx, a, err)
	}
	// The handshake knows no context: closing the connection ends it.
	closeOnce := sync.OnceFunc(func() { conn.Close() })
	defer closeOnce()
	defer context.AfterFunc(ctx, closeOnce)()
	seen := errors.New("key seen")
	_, _, _, err = ssh.NewClientConn(conn, a.dialTarget(), &ssh.ClientConfig{
		User: "git",
		HostKeyCallback: func(_ string, _ net.Addr, key ssh.PublicKey) error {
			name := knownhosts.Normalize(a.dialTarget())
			found = KnownHost{name, key.Type(), ssh.FingerprintSHA256(key), knownhosts.Line([]string{name}, key)}
			return seen
		},
		HostKeyAlgorithms: []string{ssh.KeyAlgoED25519, ssh.KeyAlgoECDSA256, ssh.KeyAlgoRSASHA256, ssh.KeyAlgoRSASHA512},
		Timeout:           limit,
	})
	if found.Line == "" {
		return found, g.whyNoAnswer(ctx, a, err)
	}
	return found, nil
}

// sshCommand is what git runs as ssh (through a shell: every word is quoted). It reads no settings of the account that runs us, offers
// the instance's key alone, asks nobody, and connects to ip, which the guard has checked, while host keys are looked up by name.
func sshCommand(dir string, a Address, ip string, answer time.Duration) (string, error) {
	if strings.ContainsAny(dir, "\"\n\\") {
		return "", fmt.Errorf("ssh folder %q: a name that ssh cannot be given", dir)
	}
	// In ssh's settings % begins an expansion, and a space ends a file name that is not in quotes.
	inSSH := func(file string) string {
		return `"` + strings.ReplaceAll(filepath.Join(dir, file), "%", "%%") + `"`
	}
	words := []string{"ssh", "-F", "none", "-T"}
	for _, o := range []string{
		"IdentityFile=" + inSSH(keyFile), // not -i, which takes a % in the name both ways at once
		"IdentitiesOnly=yes", "IdentityAgent=none", "BatchMode=yes", "PreferredAuthentications=publickey",
		"StrictHostKeyChecking=yes", "UserKnownHostsFile=" + inSSH(hostsFile), "GlobalKnownHostsFile=/dev/null", "UpdateHostKeys=no",
		"HostName=" + ip, "HostKeyAlias=" + knownhosts.Normalize(a.dialTarget()), "CheckHostIP=no", "VerifyHostKeyDNS=no",
		"ProxyCommand=none", "ControlMaster=no", "ControlPath=none", "PermitLocalCommand=no", "ClearAllForwardings=yes",
		"ForwardAgent=no", "Compression=no", "LogLevel=ERROR", "CanonicalizeHostname=no",
		fmt.Sprintf("ConnectTimeout=%d", seconds(answer)), "ConnectionAttempts=1", "ServerAliveInterval=15", "ServerAliveCountMax=4",
	} {
		words = append(words, "-o", o)
	}
	for i, w := range words {
		words[i] = "'" + strings.ReplaceAll(w, "'", `'\''`) + "'"
	}
	return strings.Join(words, " "), nil
}
