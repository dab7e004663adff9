package storage_test

import (
	"bufio"
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"os"
	osexec "os/exec"
	"os/signal"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"

	"commun/internal/platform/fault"
	"commun/internal/platform/storage"
	"commun/internal/platform/testkit"
	"sync"
	"sync/atomic"
)

// roleEnv tells the test binary, run again by a test, which part to play.
const roleEnv = "COMMUN_STORAGE_TEST_ROLE"

func TestMain(m *testing.M) {
	if role := os.Getenv(roleEnv); role != "" {
		if err := play(role, os.Args[1]); err != nil {
			fmt.Println("failed:", err)
			os.Exit(1)
		}
		os.Exit(0)
	}
	os.Exit(m.Run())
}

// again runs this binary in another process, in a role, with its output as lines.
func again(t *testing.T, role, arg string) (*osexec.Cmd, *bufio.Scanner, io.Closer) {
	t.Helper()
	exe, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	cmd := osexec.Command(exe, arg)
	cmd.Env = append(os.Environ(), roleEnv+"="+role)
	cmd.Stderr = os.Stderr
	in, err := cmd.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = cmd.Process.Kill(); _ = cmd.Wait() })
	return cmd, bufio.NewScanner(out), in
}

func play(role, arg string) error {
	ctx := context.Background()
	switch role {
	case "hold": // the folder, until the test lets go
		if _, err := storage.LockFolder(arg); err != nil {
			return err
		}
		fmt.Println("held")
		_, err := io.Copy(io.Discard, os.Stdin)
		return err
	case "write": // without end, from several clients, saying which rows were acknowledged
		db, err := storage.Open(ctx, storage.Options{Path: arg})
		if err == nil {
			err = db.Migrate(ctx, things)
		}
		if err != nil {
			return err
		}
		out := make(chan string)
		for range 16 {
			go func() {
				for {
					id := storage.NewID()
					err := db.Write(ctx, func(tx *storage.Tx) error {
						_, err := tx.Exec(ctx, `INSERT INTO things (id, n) VALUES ($1, 1)`, id)
						if err == nil {
							_, err = tx.Exec(ctx, `INSERT INTO notes (id, thing, text) VALUES ($1, $1, '')`, id)
						}
						return err
					})
					if err != nil {
						id = "failed: " + err.Error()
					}
					out <- id
				}
			}()
		}
		for id := range out {
			fmt.Println(id)
		}
	case "limit": // files may grow no further than arg says: each write beyond is an I/O error
		return playLimit(ctx, arg)
	}
	return fmt.Errorf("no role %q", role)
}

func TestADataFolderHasOneProcess(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	cmd, lines, in := again(t, "hold", dir)
	if !lines.Scan() || lines.Text() != "held" {
		t.Fatal(lines.Text())
	}
	_, err := storage.LockFolder(dir)
	testkit.WantErr(t, err, storage.ErrFolderHeld)
	if got := fault.Of(err)[0].Args["pid"]; got != strconv.Itoa(cmd.Process.Pid) {
		t.Fatalf("held by %v, said to be %v", cmd.Process.Pid, got)
	}
	_ = in
	if err := cmd.Process.Kill(); err != nil { // the kernel lets go
		t.Fatal(err)
	}
	_ = cmd.Wait()
	lock, err := storage.LockFolder(dir)
	if err != nil {
		t.Fatal(err)
	}
	_, err = storage.LockFolder(dir)
	testkit.WantErr(t, err, storage.ErrFolderHeld)
	testkit.WantErr(t, lock.Release(), nil)
	lock, err = storage.LockFolder(dir)
	testkit.WantErr(t, err, nil)
	testkit.WantErr(t, lock.Release(), nil)
}

// TestAFolderThatIsGivenUp: the lock file goes with the hold, and of many who take and give up a folder at once no two hold it together.
func TestAFolderThatIsGivenUp(t *testing.T) {
	t.Parallel()
	dir := filepath.Join(t.TempDir(), "new")
	lock, err := storage.LockFolder(dir)
	testkit.WantErr(t, err, nil)
	testkit.WantErr(t, lock.Discard(), nil)
	if list, err := os.ReadDir(dir); err != nil || len(list) > 0 {
		t.Fatalf("there is %v, %v", list, err)
	}
	var holders, had atomic.Int64
	var all sync.WaitGroup
	for range 8 {
		all.Go(func() {
			for range 200 {
				l, err := storage.LockFolder(dir)
				if errors.Is(err, storage.ErrFolderHeld) {
					continue
				}
				if err != nil {
					t.Error(err)
					return
				}
				if holders.Add(1) > 1 {
					t.Error("two hold the folder")
				}
				had.Add(1)
				holders.Add(-1)
				if err := l.Discard(); err != nil {
					t.Error(err)
				}
			}
		})
	}
	all.Wait()
	if had.Load() == 0 {
		t.Error("nobody ever held it")
	}
}

func TestEveryAcknowledgedRowSurvivesAKill(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "commun.db")
	acknowledged := map[string]bool{}
	for round := range 5 {
		cmd, lines, _ := again(t, "write", path)
		for n := 0; lines.Scan(); n++ {
			if strings.HasPrefix(lines.Text(), "failed") {
				t.Fatal(lines.Text())
			}
			if len(lines.Text()) == 26 { // the last line may be cut
				acknowledged[lines.Text()] = true
			}
			if n == 300+round*77 {
				if err := cmd.Process.Kill(); err != nil {
					t.Fatal(err)
				}
			}
		}
		_ = cmd.Wait()
		db, err := storage.Open(t.Context(), storage.Options{Path: path})
		if err != nil {
			t.Fatal(err)
		}
		stored := map[string]bool{}
		for _, id := range strings.Fields(rows(t, db)) {
			stored[id] = true
		}
		for id := range acknowledged {
			if !stored[id] {
				t.Errorf("round %d: %s was acknowledged and is lost", round, id)
			}
		}
		if notes := count(t, db, "notes"); notes != len(stored) {
			t.Errorf("round %d: %d things and %d notes: a half of an operation was stored", round, len(stored), notes)
		}
		var ok string
		if err := db.QueryRow(t.Context(), `SELECT integrity_check FROM pragma_integrity_check`).Scan(&ok); err != nil || ok != "ok" {
			t.Fatal(ok, err)
		}
		testkit.WantErr(t, db.Close(), nil)
	}
	if len(acknowledged) < 1500 {
		t.Fatalf("%d acknowledged rows prove little", len(acknowledged))
	}
}

func TestAnIOErrorFailsOnlyWhatItHits(t *testing.T) {
	t.Parallel()
	for _, beyond := range []int{0, 1, 2, 5, 15, 60} { // pages that the log may still grow
		t.Run(strconv.Itoa(beyond), func(t *testing.T) {
			t.Parallel()
			_, lines, _ := again(t, "limit", filepath.Join(t.TempDir(), "commun.db")+"|"+strconv.Itoa(beyond))
			var all []string
			for lines.Scan() {
				all = append(all, lines.Text())
			}
			if len(all) == 0 || all[len(all)-1] != "whole" {
				t.Fatal(strings.Join(all, "\n"))
			}
		})
	}
}

// playLimit runs groups of operations in a process that may not let a file grow, and holds what each said against what is stored.
func playLimit(ctx context.Context, arg string) error {
	path, beyond, _ := strings.Cut(arg, "|")
	pages, err := strconv.Atoi(beyond)
	if err != nil {
		return err
	}
	signal.Ignore(syscall.SIGXFSZ) // then a write beyond is EFBIG
	db, err := storage.Open(ctx, storage.Options{Path: path})
	if err != nil {
		return err
	}
	if err := db.Migrate(ctx, things); err != nil {
		return err
	}
	var old syscall.Rlimit
	if err := syscall.Getrlimit(syscall.RLIMIT_FSIZE, &old); err != nil {
		return err
	}
	limited := old
	limited.Cur = uint64(db.Stats().WALBytes) + uint64(pages)*4120
	if err := syscall.Setrlimit(syscall.RLIMIT_FSIZE, &limited); err != nil {
		return err
	}
	const n = 64
	errs := testkit.TogetherEach(n, func(i int) error {
		return db.Write(ctx, func(tx *storage.Tx) error {
			if _, err := tx.Exec(ctx, `INSERT INTO things (id, n, body) VALUES ($1, 1, $2)`, fmt.Sprint(i), make([]byte, 20_000*(i%3))); err != nil {
				return err
			}
			_, err := tx.Exec(ctx, `INSERT INTO notes (id, thing, text) VALUES ($1, $1, '')`, fmt.Sprint(i))
			return err
		})
	})
	failed := 0
	for i, err := range errs {
		var rows int
		q := `SELECT (SELECT COUNT(*) FROM things WHERE id = $1) + (SELECT COUNT(*) FROM notes WHERE id = $1)`
		if e := db.QueryRow(ctx, q, fmt.Sprint(i)).Scan(&rows); e != nil {
			return e
		}
		if err != nil {
			failed++
		}
		if err == nil && rows != 2 || err != nil && rows != 0 {
			return fmt.Errorf("operation %d said %v and left %d rows", i, err, rows)
		}
		if err != nil && !errors.Is(err, storage.ErrIO) && !errors.Is(err, storage.ErrDiskFull) {
			return fmt.Errorf("operation %d: %w", i, err)
		}
	}
	if failed == 0 {
		return errors.New("nothing failed: this proves nothing")
	}
	fmt.Println(failed, "failed, run again:", db.Stats().Reruns)
	if err := syscall.Setrlimit(syscall.RLIMIT_FSIZE, &old); err != nil {
		return err
	}
	if err := put(ctx, db, "room again", 1); err != nil {
		return err
	}
	if err := db.Close(); err != nil {
		return err
	}
	fmt.Println("whole")
	return nil
}

// contents tells what the files of a database hold, without the index of its log, which readers make anew.
func contents(t *testing.T, path string) string {
	t.Helper()
	var all []string
	for _, suffix := range []string{"", "-wal"} {
		b, err := os.ReadFile(path + suffix)
		if err != nil {
			b = []byte(err.Error())
		}
		all = append(all, fmt.Sprintf("%x", sha256.Sum256(b))[:8])
	}
	return strings.Join(all, " ")
}
