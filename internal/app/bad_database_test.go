package app_test

import (
	"context"
	"encoding/binary"
	"fmt"
	"net"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/jackc/pgx/v5"

	"commun/internal/platform/storage"
	"commun/internal/platform/testkit"
)

// oldServer answers as a PostgreSQL of 2016 that lets everybody in, and returns its URL.
func oldServer(t *testing.T) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = l.Close() }) // the test is over
	message := func(kind byte, body string) []byte {
		return append(binary.BigEndian.AppendUint32([]byte{kind}, uint32(len(body)+4)), body...)
	}
	go func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			_, _ = c.Read(make([]byte, 1024)) // the start-up message
			_, _ = c.Write(message('R', "\x00\x00\x00\x00"))
			_, _ = c.Write(message('S', "server_version\x009.6.24\x00"))
			_, _ = c.Write(message('K', "\x00\x00\x00\x01\x00\x00\x00\x01"))
			_, _ = c.Write(message('Z', "I"))
			_, _ = c.Read(make([]byte, 1024)) // its good-bye
			_ = c.Close()
		}
	}()
	return "postgres://ada:hunter2@" + l.Addr().String() + "/x?sslmode=disable"
}

// TestADatabaseThatRefuses: what a real PostgreSQL says no by is said in the person's language, with how to mend it.
func TestADatabaseThatRefuses(t *testing.T) {
	t.Parallel()
	data := t.TempDir()
	type refusal = struct{ rule, url, en, fr string }
	list := []refusal{
		{"nobody listens", "postgres://ada:hunter2@127.0.0.1:1/x", "No program listens at 127.0.0.1:1", "Aucun programme n’écoute à 127.0.0.1:1"},
		{"a wrong password", passwordServer(t), "does not accept this user and password", "n’accepte pas cet utilisateur et ce mot de passe"},
		{"a server of 2016", oldServer(t), "PostgreSQL 9.6.24, which is too old: version 14", "PostgreSQL 9.6.24, trop ancien"},
		{"a name that is no machine's", "postgres://ada:hunter2@nowhere.invalid/x", "nowhere.invalid", "nowhere.invalid"},
		{"a certificate that is not there", "postgres://ada:hunter2@127.0.0.1:1/x?sslmode=verify-full&sslrootcert=/nowhere", "leads to a file that can't be read", "mène à un fichier qui ne peut être lu"},
	}
	if base := os.Getenv(testkit.PostgresEnv); base != "" {
		list = append(list, refusals(t, base)...)
	}
	for _, c := range list {
		t.Run(c.rule, func(t *testing.T) {
			t.Parallel()
			for locale, want := range map[string]string{"C.UTF-8": c.en, "fr_FR.UTF-8": c.fr} {
				_, errs, status := command(t, "", []string{"LC_ALL=" + locale}, "people", "list", "--data", filepath.Join(data, strings.ReplaceAll(c.rule, " ", "-")), "--database", c.url)
				if status != 2 || !strings.Contains(errs, want) || strings.Contains(errs, "hunter2") || strings.Contains(errs, "failed to connect") {
					t.Errorf("%s: it exits with %d, without %q: %s", locale, status, want, errs)
				}
				sentences, _, _ := strings.Cut(errs, "\n  ERROR") // the server's own line, where it helps
				sentences, _, _ = strings.Cut(sentences, "\n  cannot parse")
				if m := english.FindString(sentences); locale != "C.UTF-8" && m != "" {
					t.Errorf("in French it says %q: %s", m, errs)
				}
			}
		})
	}
}

// refusals are those that a real server can be brought to: users are made for them, and taken away after the test.
func refusals(t *testing.T, base string) []struct{ rule, url, en, fr string } {
	t.Helper()
	conn, err := pgx.Connect(t.Context(), base)
	if err != nil {
		t.Fatal(err)
	}
	after := context.WithoutCancel(t.Context()) // which ends before what is cleaned up
	t.Cleanup(func() { _ = conn.Close(after) }) // the test is over
	run := func(statements ...string) {
		t.Helper()
		for _, s := range statements {
			if _, err := conn.Exec(t.Context(), s); err != nil {
				t.Fatalf("%s: %v", s, err)
			}
		}
	}
	pid := os.Getpid()
	name := func(what string) string { return fmt.Sprintf("commun_bad_%s_%d", what, pid) }
	var drop []string
	for what, with := range map[string]string{"plain": "LOGIN", "full": "LOGIN CONNECTION LIMIT 0", "still": "LOGIN", "mute": "NOLOGIN"} {
		run("CREATE ROLE " + name(what) + " " + with)
		drop = append(drop, "DROP ROLE "+name(what))
	}
	run("ALTER ROLE " + name("still") + " SET default_transaction_read_only = on")
	t.Cleanup(func() {
		again, err := pgx.Connect(after, base)
		if err != nil {
			return // the roles own nothing: they only wait there
		}
		for _, s := range drop {
			_, _ = again.Exec(after, s)
		}
		_ = again.Close(after)
	})
	at := func(user, database string, settings ...string) string {
		u, err := url.Parse(base)
		if err != nil {
			t.Fatal(err)
		}
		if user != "" {
			u.User = url.UserPassword(user, "hunter2")
		}
		if database != "" {
			u.Path = "/" + database
		}
		q := u.Query()
		for i := 0; i+1 < len(settings); i += 2 {
			q.Set(settings[i], settings[i+1])
		}
		u.RawQuery = q.Encode()
		return u.String()
	}
	list := []struct{ rule, url, en, fr string }{
		{"no such database", at("", "commun_nowhere"), "has no database of that name: create it", "n’a pas de base de ce nom"},
		{"no such schema", at("", "", "search_path", "commun_nowhere"), "The schema that search_path names is not", "Le schéma que nomme search_path n’est pas"},
		{"a primary where a standby is asked for", at("", "", "target_session_attrs", "standby"), "target_session_attrs", "target_session_attrs"},
	}
	// these depend on how the server lets in: the tests' server trusts who comes from this machine, and has no TLS
	var method, tls string
	if conn.QueryRow(t.Context(), `SELECT auth_method FROM pg_hba_file_rules WHERE type = 'host' AND error IS NULL ORDER BY line_number LIMIT 1`).Scan(&method) == nil && method == "trust" {
		list = append(list, []struct{ rule, url, en, fr string }{
			{"no such user", at(name("nobody"), ""), "has no such user that may sign in", "n’a pas d’utilisateur de ce nom"},
			{"a user who may not sign in", at(name("mute"), ""), "has no such user that may sign in", "n’a pas d’utilisateur de ce nom"},
			{"too many connections", at(name("full"), ""), "as many connections as it lets in", "toutes les connexions qu’il accepte"},
			{"a user who only reads", at(name("still"), ""), "takes no writes", "ne prend pas d’écritures"},
			{"a user without rights on the schema", at(name("plain"), "", "search_path", "pg_catalog"), "may not do that in the database", "ne peut faire cela dans la base"},
		}...)
	}
	if conn.QueryRow(t.Context(), `SHOW ssl`).Scan(&tls) == nil && tls == "off" {
		list = append(list, struct{ rule, url, en, fr string }{"no TLS", at("", "", "sslmode", "require"), "takes no encrypted connections", "ne prend pas de connexions chiffrées"})
	}
	return list
}

// TestABadBackupLeavesNothing: a restore that is refused leaves its place as it was found.
func TestABadBackupLeavesNothing(t *testing.T) {
	t.Parallel()
	i := newInstance(t)
	i.start()
	whole := filepath.Join(t.TempDir(), "b.commun")
	i.run("backup", whole)
	i.kill()
	text, err := os.ReadFile(whole)
	if err != nil {
		t.Fatal(err)
	}
	changed := append([]byte{}, text...)
	changed[len(changed)/2] ^= 1
	for rule, bad := range map[string][]byte{"words": []byte("no backup at all"), "nothing": nil, "cut off": text[:len(text)*2/3], "changed": changed} {
		dir := t.TempDir()
		file := filepath.Join(dir, "bad.commun")
		if err := os.WriteFile(file, bad, 0o600); err != nil {
			t.Fatal(err)
		}
		inner := filepath.Join(dir, "a", "b")
		if _, errs, status := command(t, "", nil, "restore", file, "--data", inner); status != 2 || !strings.Contains(errs, "nothing was restored") {
			t.Errorf("%s: it exits with %d: %s", rule, status, errs)
		}
		if _, err := os.Lstat(filepath.Join(dir, "a")); err == nil {
			t.Errorf("%s: a folder stays behind", rule)
		}
		// a folder that was there stays, and a lock that was there too
		if err := os.MkdirAll(inner, 0o700); err != nil {
			t.Fatal(err)
		}
		lock, err := storage.LockFolder(inner)
		if err != nil {
			t.Fatal(err)
		}
		if err := lock.Release(); err != nil {
			t.Fatal(err)
		}
		if _, _, status := command(t, "", nil, "restore", file, "--data", inner); status != 2 {
			t.Errorf("%s: it exits with %d", rule, status)
		}
		if there, err := os.ReadDir(inner); err != nil || len(there) != 1 || there[0].Name() != "lock" {
			t.Errorf("%s: there is %v, %v", rule, there, err)
		}
		// and what a killed restore left is no hindrance
		if err := os.WriteFile(filepath.Join(inner, "commun.db.restoring"), []byte("half"), 0o600); err != nil {
			t.Fatal(err)
		}
		if out, errs, status := command(t, "", nil, "restore", whole, "--data", inner); status != 0 || out+errs != "" {
			t.Errorf("%s: then a whole one exits with %d: %s%s", rule, status, out, errs)
		}
		if parts, _ := filepath.Glob(filepath.Join(inner, "*.restoring*")); len(parts) > 0 {
			t.Errorf("%s: %v stays behind", rule, parts)
		}
		if out, errs, status := command(t, "", nil, "verify", "--data", inner); status != 0 {
			t.Errorf("%s: what it restored exits with %d: %s%s", rule, status, out, errs)
		}
	}
}

// TestABackupIsNoFolder: it is said before anything is done, and a file that can't be made there leaves nothing half-written.
func TestABackupIsNoFolder(t *testing.T) {
	t.Parallel()
	i := newInstance(t)
	i.start()
	i.kill()
	for _, args := range [][]string{{"backup", i.data}, {"backup", "--replace", i.data}} {
		if _, errs, status := command(t, "", nil, append(args, "--data", i.data)...); status != 2 || !strings.Contains(errs, "is a folder, and a file is needed") {
			t.Errorf("%v exits with %d: %s", args, status, errs)
		}
	}
	if _, err := os.Lstat(i.data + ".part"); err == nil {
		t.Error("a part stays behind")
	}
}

// TestARoleNamesWhatIsMissing: an address without an account, a commons that is none.
func TestARoleNamesWhatIsMissing(t *testing.T) {
	t.Parallel()
	i := newInstance(t)
	i.start()
	i.kill()
	for says, args := range map[string][]string{
		"No account has the address nobody@example.org. “commun people list”": {"people", "role", "nobody@example.org", "admin"},
		"No account has the address no@example.org":                           {"people", "link", "no@example.org"},
		"No account has the address ghost@example.org":                        {"people", "forget", "ghost@example.org"},
	} {
		if _, errs, status := command(t, "", nil, append(args, "--data", i.data)...); status != 2 || !strings.Contains(errs, says) {
			t.Errorf("%v exits with %d: %s", args, status, errs)
		}
	}
}
