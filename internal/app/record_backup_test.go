package app_test

import (
	"context"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"commun/internal/app"
	"commun/internal/platform/storage"
)

// digests returns the digest of every table's rows, as the program's own tables.
func (i *recorded) digests() []storage.TableDigest {
	i.t.Helper()
	o := storage.Options{Path: filepath.Join(i.data, "commun.db"), ReadOnly: true}
	if i.url != "" {
		o = storage.Options{URL: i.url, ReadOnly: true}
	}
	db, err := storage.Open(i.t.Context(), o)
	if err != nil {
		i.t.Fatal(err)
	}
	defer func() { _ = db.Close() }()                                      // read only
	if err := db.Migrate(i.t.Context(), app.Migrations()...); err != nil { // says which tables are derived
		i.t.Fatal(err)
	}
	var all []storage.TableDigest
	if err := db.Read(i.t.Context(), func(tx *storage.Tx) (err error) { all, err = storage.TableDigests(i.t.Context(), tx); return err }); err != nil {
		i.t.Fatal(err)
	}
	return all
}

// rootOf cuts the line that names the root out of what verify printed.
func rootOf(t *testing.T, printed string) string {
	t.Helper()
	for line := range strings.Lines(printed) {
		if root, ok := strings.CutPrefix(line, "root"); ok {
			return strings.TrimSpace(root)
		}
	}
	t.Fatalf("no root in %s", printed)
	return ""
}

// TestABackupWhilePeopleWrite: clients write without pause, a backup is made, and it restores into both databases as one moment's state: the
// same rows, the same checkpoint, a record that holds, a server that starts on it and finds what was indexed.
func TestABackupWhilePeopleWrite(t *testing.T) {
	onEach(t, func(t *testing.T, i *recorded) {
		admin := i.use()
		ctx, cancel := context.WithCancel(t.Context())
		var clients sync.WaitGroup
		var wrote atomic.Int64
		for c := range 3 {
			clients.Go(func() {
				for n := 0; ctx.Err() == nil; n++ {
					if _, err := i.add(admin, fmt.Sprintf("Meanwhile %d-%d", c, n)); err != nil {
						t.Error(err)
						return
					}
					wrote.Add(1)
				}
			})
		}
		dir := t.TempDir()
		file := filepath.Join(dir, "all.commun")
		for wrote.Load() < 10 { // they are at it
			time.Sleep(time.Millisecond)
		}
		before := wrote.Load()
		if out, status := i.commun("backup", file); status != 0 {
			t.Fatalf("backup: %d %s", status, out)
		}
		during := wrote.Load() - before
		cancel()
		clients.Wait()
		i.logged(admin.Get)
		t.Logf("%d writes were acknowledged while the backup was made", during)
		if info, err := os.Stat(file); err != nil || info.Mode().Perm() != 0o600 {
			t.Errorf("the backup's permissions: %v %v", info.Mode(), err)
		}
		if left, err := filepath.Glob(file + ".*"); err != nil || len(left) > 0 {
			t.Errorf("left beside the backup: %v %v", left, err)
		}
		i.stop()
		i.whole()

		out, errs, status := command(t, "", nil, "verify", file)
		if status != 0 || !strings.Contains(out, "The record is whole.") {
			t.Fatalf("verify of the backup: %d %s%s", status, out, errs)
		}
		root := rootOf(t, out)
		places := []*recorded{{instance: newInstance(t)}}
		if os.Getenv("COMMUN_TEST_POSTGRES") != "" {
			places = append(places, &recorded{instance: newInstance(t), url: postgresURL(t)})
		}
		var first []storage.TableDigest
		for n, r := range places {
			if out, status := r.commun("restore", file); status != 0 {
				t.Fatalf("restore: %d %s", status, out)
			}
			if got := rootOf(t, r.whole()); got != root {
				t.Errorf("the restored checkpoint is of %s, the backup's of %s", got, root)
			}
			if d := r.digests(); n == 0 {
				first = d
			} else if !slices.Equal(d, first) {
				t.Errorf("the two databases were not restored alike:\n%v\n%v", first, d)
			}
			if out, status := r.commun("restore", file); status == 0 || !strings.Contains(out, "not empty") {
				t.Errorf("a second restore: %d %s", status, out)
			}
			r.serve()
			for deadline := time.Now().Add(time.Minute); ; time.Sleep(50 * time.Millisecond) {
				found := r.must(r.visitor(), http.MethodGet, "/api/commons?q=comons+numbr+7", nil, nil).text
				if strings.Contains(found, "Commons number 7") {
					break
				}
				if time.Now().After(deadline) {
					t.Fatalf("the index was not filled again: %s", found)
				}
			}
			r.stop()
			r.whole()
		}
		// what was written while the server stood still is all there: a backup of a quiet instance has its very rows
		quiet := filepath.Join(dir, "quiet.commun")
		if out, status := i.commun("backup", quiet); status != 0 {
			t.Fatalf("backup without a server: %d %s", status, out)
		}
		again := &recorded{instance: newInstance(t)}
		if out, status := again.commun("restore", quiet); status != 0 {
			t.Fatalf("restore: %d %s", status, out)
		}
		unlike := func(a, b []storage.TableDigest) (names []string) {
			for k := range a {
				if a[k] != b[k] && a[k].Table != "nodes" && !strings.HasPrefix(a[k].Table, "job") { // which process lives, and what it has to do
					names = append(names, fmt.Sprint(a[k], b[k]))
				}
			}
			return names
		}
		if d := unlike(i.digests(), again.digests()); len(d) > 0 {
			t.Errorf("restored otherwise than it was: %v", d)
		}
		if rootOf(t, i.whole()) != rootOf(t, again.whole()) {
			t.Error("the two end in different checkpoints")
		}
	})
}

// TestABackupThatBrokeOff: a file that is cut anywhere, or in which a byte was changed, is refused by verify and by restore, which leaves
// nothing; and a backup that the server could not finish is no file.
func TestABackupThatBrokeOff(t *testing.T) {
	t.Parallel()
	i := &recorded{instance: newInstance(t)}
	i.use()
	dir := t.TempDir()
	file := filepath.Join(dir, "all.commun")
	if out, status := i.commun("backup", file); status != 0 {
		t.Fatalf("backup: %d %s", status, out)
	}
	whole, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	for n, b := range [][]byte{whole[:len(whole)/2], whole[:len(whole)-1], whole[:20], nil, append(slices.Clone(whole[:len(whole)/2]), whole[len(whole)/2+1:]...)} {
		cut := filepath.Join(dir, fmt.Sprintf("cut-%d.commun", n))
		if err := os.WriteFile(cut, b, 0o600); err != nil {
			t.Fatal(err)
		}
		if out, errs, status := command(t, "", nil, "verify", cut); status == 0 || !strings.Contains(out+errs, "not a whole backup") {
			t.Errorf("verify of cut %d: %d %s%s", n, status, out, errs)
		}
		to := filepath.Join(dir, fmt.Sprintf("restored-%d", n))
		if out, errs, status := command(t, "", nil, "restore", cut, "--data", to); status == 0 || !strings.Contains(out+errs, "not a whole backup") {
			t.Errorf("restore of cut %d: %d %s%s", n, status, out, errs)
		}
		if out, errs, status := command(t, "", nil, "restore", file, "--data", to); n == 0 && status != 0 {
			t.Errorf("the whole backup after a cut one, into the same folder: %d %s%s", status, out, errs)
		}
	}
	nowhere := filepath.Join(dir, "no-such-folder", "x.commun")
	if out, status := i.commun("backup", nowhere); status == 0 {
		t.Errorf("a backup into no folder: %d %s", status, out)
	}
	if _, err := os.Stat(nowhere); err == nil {
		t.Error("a backup that could not be written is there")
	}
}
