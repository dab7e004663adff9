package app_test

import (
	"database/sql"
	"encoding/binary"
	"net"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"

	_ "modernc.org/sqlite" // to make a database that looks like that of a later version
)

// english finds words that stand in no French sentence.
var english = regexp.MustCompile(`\b(the|is|are|not|and|of|no|there|it|this|that|can't)\b`)

// passwordServer answers like a PostgreSQL that takes no password, and returns its URL.
func passwordServer(t *testing.T) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = l.Close() }) // the test is over
	go func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			_, _ = c.Read(make([]byte, 1024)) // the start-up message: who connects does not matter
			body := "SFATAL\x00VFATAL\x00C28P01\x00Mpassword authentication failed for user \"ada\"\x00\x00"
			_, _ = c.Write(append(append([]byte{'E'}, binary.BigEndian.AppendUint32(nil, uint32(len(body)+4))...), body...))
			_ = c.Close()
		}
	}()
	return "postgres://ada:hunter2@" + l.Addr().String() + "/x?sslmode=disable"
}

// TestAMistakenCommandLine: one or two lines that say what is wrong and how to mend it, and a status as docs/reference/command-line.md has it.
func TestAMistakenCommandLine(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	file := filepath.Join(dir, "a-file")
	if err := os.WriteFile(file, []byte("words"), 0o600); err != nil {
		t.Fatal(err)
	}
	nowhere := filepath.Join(dir, "nowhere")
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = l.Close() }() // the test is over
	taken := l.Addr().String()
	noDatabase := filepath.Join(dir, "words")
	if err := os.Mkdir(noDatabase, 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(noDatabase, "commun.db"), []byte(strings.Repeat("no database at all. ", 1000)), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		rule   string
		env    []string
		args   []string
		status int
		says   []string
	}{
		{"a verb that is none", nil, []string{"imprt"}, 2, []string{"there is no verb imprt", "Try: commun --help"}},
		{"an argument that is missing", nil, []string{"import"}, 2, []string{"LIST is missing", "Try: commun import --help"}},
		{"an argument too many", nil, []string{"import", "a", "b"}, 2, []string{"“b” is one argument too many", "Try: commun import --help"}},
		{"a verb of a verb that is missing", nil, []string{"people"}, 2, []string{"a verb is missing", "link", "Try: commun people --help"}},
		{"the only verb of a verb is missing", nil, []string{"publiccode"}, 2, []string{"a verb is missing", "check"}},
		{"a role that is none", nil, []string{"people", "role", "a@b.c", "king"}, 2, []string{"admin", "“king”", "Try: commun people role --help"}},
		{"a flag that is none", nil, []string{"serve", "--adr", ":1"}, 2, []string{"--adr", "Try: commun serve --help"}},
		{"a list that is not there", nil, []string{"import", nowhere}, 2, []string{"There is no file or folder " + nowhere}},
		{"a file that is not there", nil, []string{"publiccode", "check", nowhere}, 2, []string{"There is no file or folder " + nowhere}},
		{"a number that is none", nil, []string{"serve", "--workers", "x"}, 2, []string{"--workers", "“x”"}},
		{"a number out of range", nil, []string{"serve", "--workers", "0"}, 2, []string{"--workers", "COMMUN_WORKERS", "between 1 and 1000"}},
		{"a variable that is wrong", []string{"COMMUN_ADDR=zzz"}, []string{"serve"}, 2, []string{"COMMUN_ADDR", "write host:port"}},
		{"a variable's file that is not there", []string{"COMMUN_SMTP_FILE=" + nowhere}, []string{"config"}, 2, []string{"COMMUN_SMTP_FILE", nowhere}},
		{"a language that is not spoken", nil, []string{"config", "--lang", "de"}, 2, []string{"en and fr"}},
		{"a database of another make", []string{"COMMUN_DATABASE=mysql://x"}, []string{"serve"}, 2, []string{"postgres://"}},
		{"a database that does not answer", nil, []string{"serve", "--database", "postgres://ada:hunter2@127.0.0.1:1/x", "--data", filepath.Join(dir, "pg")}, 2,
			[]string{"PostgreSQL database can't be used", "No program listens at 127.0.0.1:1"}},
		{"a data folder that is a file", nil, []string{"serve", "--data", file}, 2, []string{"--data", "is a file"}},
		{"a data folder that cannot be made", nil, []string{"serve", "--data", "/proc/commun"}, 2, []string{"/proc/commun"}},
		{"a database that is none", nil, []string{"serve", "--data", noDatabase, "--addr", "127.0.0.1:0"}, 2, []string{filepath.Join(noDatabase, "commun.db"), "not a database of SQLite"}},
		{"a port in use", nil, []string{"serve", "--data", filepath.Join(dir, "other"), "--addr", taken, "--log", "warn"}, 2, []string{taken, "listens on", "--addr"}},
		{"a record that is not there", nil, []string{"verify", "--data", nowhere}, 2, []string{nowhere, "--data"}},
		{"a backup of nothing", nil, []string{"backup", filepath.Join(dir, "b"), "--data", nowhere}, 2, []string{nowhere, "--data"}},
		{"a proof of nothing", nil, []string{"prove", "x", "--data", nowhere}, 2, []string{nowhere, "--data"}},
		{"a person of nowhere", nil, []string{"people", "link", "a@b.c", "--data", nowhere}, 2, []string{nowhere, "--data"}},
		{"a backup that is none", nil, []string{"restore", file, "--data", filepath.Join(dir, "new")}, 2, []string{"not a whole backup"}},
		{"a repository that is not there", nil, []string{"vitality", nowhere}, 3, []string{nowhere}},
		{"a mistaken measure", nil, []string{"vitality", "--bad"}, 2, []string{"--bad"}},
		{"a backup into a folder that is not there", nil, []string{"backup", filepath.Join(nowhere, "b"), "--data", noDatabase}, 2, []string{"There is no folder " + nowhere}},
		{"a backup over a file", nil, []string{"backup", file, "--data", noDatabase}, 2, []string{file, "is there already", "--replace"}},
		{"a backup that is not there", nil, []string{"restore", nowhere, "--data", filepath.Join(dir, "new")}, 2, []string{"There is no file or folder " + nowhere}},
		{"a folder for a list of addresses", nil, []string{"verify", dir}, 2, []string{dir, "is a folder"}},
		{"a password that is wrong", nil, []string{"people", "list", "--database", passwordServer(t), "--data", filepath.Join(dir, "pg")}, 2, []string{"user and password", "--database"}},
	} {
		t.Run(c.rule, func(t *testing.T) {
			out, errs, status := command(t, "", c.env, c.args...)
			if status != c.status {
				t.Errorf("it exits with %d", status)
			}
			for _, want := range c.says {
				if !strings.Contains(errs, want) {
					t.Errorf("%q is not in %q", want, errs)
				}
			}
			if strings.Contains(errs, "hunter2") {
				t.Error("a password is shown")
			}
			if strings.Contains(errs, "goroutine") || strings.Count(errs, "\n") > 3 || out != "" {
				t.Errorf("it says too much: %s%s", out, errs)
			}
			_, french, again := command(t, "", append([]string{"LC_ALL=fr_FR.UTF-8"}, c.env...), c.args...)
			first, _, _ := strings.Cut(french, "\n")
			if m := english.FindString(strings.ReplaceAll(first, dir, "")); again != status || m != "" || french == errs {
				t.Errorf("in French it exits with %d and says %q: %s", again, m, french)
			}
		})
	}
	if _, err := os.Stat(nowhere); err == nil {
		t.Error("a folder that was mistyped was made")
	}
}

// TestADataFolderBelongsToOneProcess: a second server says who holds it, and commands talk to the first.
func TestADataFolderBelongsToOneProcess(t *testing.T) {
	t.Parallel()
	i := newInstance(t)
	i.start()
	pid := i.cmd.Process.Pid
	_, errs, status := command(t, "", nil, "serve", "--addr", "127.0.0.1:0", "--data", i.data)
	if status != 2 || !strings.Contains(errs, "Another process holds the data folder.") || !strings.Contains(errs, "process "+strconv.Itoa(pid)) {
		t.Errorf("it exits with %d: %s", status, errs)
	}
	backup := filepath.Join(t.TempDir(), "b.commun")
	i.run("backup", backup)
	if out, errs, status := command(t, "", nil, "verify", backup); status != 0 {
		t.Errorf("its backup does not hold: %s%s", out, errs)
	}
	if _, errs, status := command(t, "", nil, "restore", backup, "--data", i.data); status != 2 || !strings.Contains(errs, strconv.Itoa(pid)) {
		t.Errorf("restoring over a server exits with %d: %s", status, errs)
	}
	i.kill()
	if _, errs, status := command(t, "", nil, "restore", backup, "--data", i.data); status != 2 || !strings.Contains(errs, "not empty") {
		t.Errorf("restoring over what is there exits with %d: %s", status, errs)
	}

	db, err := sql.Open("sqlite", filepath.Join(i.data, "commun.db"))
	if err != nil {
		t.Fatal(err)
	}
	if _, err = db.Exec(`INSERT INTO migrations (owner, step, name, applied_at, digest) VALUES ('catalogue', 99, 'of tomorrow', 0, 'x')`); err == nil {
		err = db.Close()
	}
	if err != nil {
		t.Fatal(err)
	}
	for _, args := range [][]string{{"serve", "--addr", "127.0.0.1:0"}, {"people", "list"}} {
		_, errs, status = command(t, "", nil, append(args, "--data", i.data)...)
		if status != 2 || !strings.Contains(errs, "newer version of the program") || strings.Count(errs, "\n") > 2 {
			t.Errorf("%v on a database of a newer program exits with %d: %s", args, status, errs)
		}
	}
}

// TestACommandLogsWhatItIsAskedFor: warnings alone by itself, more with --log.
func TestACommandLogsWhatItIsAskedFor(t *testing.T) {
	t.Parallel()
	const says = "database migrated"
	for _, c := range []struct {
		args, env []string
		logs      bool
	}{{nil, nil, false}, {[]string{"--log", "info"}, nil, true}, {nil, []string{"COMMUN_LOG=info"}, true}, {[]string{"--log", "warn"}, nil, false}} {
		_, errs, status := command(t, "", c.env, append([]string{"people", "setup"}, c.args...)...)
		if status != 0 || strings.Contains(errs, says) != c.logs {
			t.Errorf("%v %v: it exits with %d: %s", c.args, c.env, status, errs)
		}
	}
}

// TestADataFolderThatIsGivenFromWhereOneStands, as the default ./data is, holds mirrors that git finds.
func TestADataFolderThatIsGivenFromWhereOneStands(t *testing.T) {
	t.Parallel()
	s := newSource(t).commit("README.md", "# Near\n\nRead into a folder with a short name.\n")
	list := filepath.Join(t.TempDir(), "list.txt")
	if err := os.WriteFile(list, []byte(s.dir+"\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	if out, errs, status := command(t, "", nil, "import", list); status != 0 || !strings.HasPrefix(out, "1 added, 0 updated, 0 were there, 0 refused") {
		t.Errorf("it exits with %d: %s%s", status, out, errs)
	}
}
