package storage_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"net"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"commun/internal/platform/fault"
	"commun/internal/platform/storage"
	"commun/internal/platform/testkit"
)

// line is a way to PostgreSQL that can be cut: at the moment when a client sends certain bytes, or altogether.
type line struct {
	listener net.Listener
	target   string

	mu     sync.Mutex
	ends   map[net.Conn]bool
	cutAt  []byte // cut once when a client sends this; nil never
	before bool   // the server does not get it
	away   bool
	cuts   atomic.Int32
}

// through opens a database over a line.
func through(t *testing.T) (*storage.DB, *line) {
	t.Helper()
	o := testkit.Postgres(t)
	u, err := url.Parse(o.URL)
	if err != nil || u.Host == "" {
		t.Skip("the URL of the test database has no host to put a line before")
	}
	l := &line{target: u.Host, ends: map[net.Conn]bool{}}
	if l.listener, err = net.Listen("tcp", "127.0.0.1:0"); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { l.listener.Close(); l.cutAll() })
	go func() {
		for {
			c, err := l.listener.Accept()
			if err != nil {
				return
			}
			go l.carry(c)
		}
	}()
	u.Host = l.listener.Addr().String()
	o.URL = u.String()
	db := testkit.Open(t, o)
	testkit.Migrate(t, db, things)
	return db, l
}

func (l *line) carry(client net.Conn) {
	l.mu.Lock()
	away := l.away
	l.mu.Unlock()
	server, err := net.Dial("tcp", l.target)
	if err != nil || away {
		client.Close()
		return
	}
	l.mu.Lock()
	l.ends[client], l.ends[server] = true, true
	l.mu.Unlock()
	go copyAll(client, server)
	buf := make([]byte, 1<<16)
	for {
		n, err := client.Read(buf)
		if err != nil {
			break
		}
		l.mu.Lock()
		cut := l.cutAt != nil && bytes.Contains(buf[:n], l.cutAt)
		before := l.before
		if cut {
			l.cutAt = nil
			l.cuts.Add(1)
		}
		l.mu.Unlock()
		if cut && before {
			break
		}
		if _, err := server.Write(buf[:n]); err != nil {
			break
		}
		if cut { // its answer was under way: wait for the server to be done, then lose it
			client.Close()
			break
		}
	}
	client.Close()
	server.Close()
}

func copyAll(to, from net.Conn) {
	buf := make([]byte, 1<<16)
	for {
		n, err := from.Read(buf)
		if err != nil {
			to.Close()
			return
		}
		if _, err := to.Write(buf[:n]); err != nil {
			return
		}
	}
}

func (l *line) set(cutAt string, before, away bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.cutAt, l.before, l.away = nil, before, away
	if cutAt != "" {
		l.cutAt = []byte(cutAt)
	}
}

func (l *line) cutAll() {
	l.mu.Lock()
	defer l.mu.Unlock()
	for c := range l.ends {
		c.Close()
	}
}

func TestAConnectionLostBeforeTheCommitIsNotSeen(t *testing.T) {
	t.Parallel()
	db, l := through(t)
	l.set("INSERT INTO things", true, false)
	runs := 0
	err := db.Write(t.Context(), func(tx *storage.Tx) error {
		runs++
		_, err := tx.Exec(t.Context(), `INSERT INTO things (id, n) VALUES ($1, 1)`, "a")
		return err
	})
	if err != nil || runs != 2 || l.cuts.Load() != 1 || rows(t, db) != "a" {
		t.Fatal(err, runs, l.cuts.Load())
	}
	// Every idle connection cut: the next operations do not notice.
	l.cutAll()
	testkit.WantErr(t, put(t.Context(), db, "b", 1), nil)
	l.cutAll()
	if got := rows(t, db); got != "a b" {
		t.Fatal(got)
	}
}

func TestACommitWhoseAnswerIsLostIsSaidToBeUnknown(t *testing.T) {
	t.Parallel()
	db, l := through(t)
	for _, before := range []bool{true, false} {
		l.set("commit", before, false)
		runs := 0
		err := db.Write(t.Context(), func(tx *storage.Tx) error {
			runs++
			tx.AfterCommit(func() { t.Error("ran after an unknown outcome") })
			_, err := tx.Exec(t.Context(), `INSERT INTO things (id, n) VALUES ($1, 1)`, fmt.Sprint(before))
			return err
		})
		testkit.WantErr(t, err, storage.ErrOutcomeUnknown)
		if runs != 1 {
			t.Fatalf("run %d times: it may be stored twice", runs)
		}
	}
	// Lost on its way there nothing is stored; on the way back it may be.
	if got := rows(t, db); strings.Contains(got, "true") {
		t.Fatal(got)
	}
}

func TestADatabaseThatIsAwayIsSaidSo(t *testing.T) {
	t.Parallel()
	db, l := through(t)
	l.set("", false, true)
	l.cutAll()
	testkit.WantErr(t, put(t.Context(), db, "a", 1), storage.ErrAway)
	testkit.WantErr(t, db.Ping(t.Context()), storage.ErrAway)
	testkit.WantErr(t, db.Read(t.Context(), func(tx *storage.Tx) error { return nil }), storage.ErrAway)
	if kind := fault.KindOf(put(t.Context(), db, "a", 1)); kind != fault.BusyKind {
		t.Fatal(kind)
	}
	l.set("", false, false)
	testkit.WantErr(t, put(t.Context(), db, "b", 1), nil)
	if got := rows(t, db); got != "b" {
		t.Fatal(got)
	}
	_, err := storage.Open(t.Context(), storage.Options{URL: "postgres://nobody@127.0.0.1:1/none?sslmode=disable"})
	testkit.WantErr(t, err, storage.ErrAway)
}

func TestWhatWasDeletedIsNotInTheFiles(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "commun.db")
	db := testkit.Open(t, storage.Options{Path: path})
	testkit.Migrate(t, db, things)
	const marker = "Marguerite-Planted"
	found := func() (n int) {
		t.Helper()
		for _, suffix := range []string{"", "-wal"} {
			b, err := os.ReadFile(path + suffix)
			if err != nil {
				t.Fatal(err)
			}
			n += bytes.Count(b, []byte(marker))
		}
		return n
	}
	for i := range 300 { // rows of all sizes, so that pages are split and joined
		if _, err := exec(t, db, `INSERT INTO things (id, n, body) VALUES ($1, 1, $2)`, fmt.Sprintf("%d %s", i%17*31+i, marker), []byte(strings.Repeat(marker, i%40*10))); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := exec(t, db, `UPDATE things SET body = $1 WHERE n = 1`, []byte("other")); err != nil {
		t.Fatal(err)
	}
	if _, err := exec(t, db, `DELETE FROM things`); err != nil {
		t.Fatal(err)
	}
	if found() == 0 {
		t.Fatal("nothing was left to scrub: this test proves nothing")
	}
	// A read that still needs the log holds Scrub up, and the writer not.
	reading, done := make(chan struct{}), make(chan struct{})
	let := make(chan error)
	go func() {
		let <- db.Read(context.Background(), func(tx *storage.Tx) error {
			var n int
			err := tx.QueryRow(context.Background(), `SELECT COUNT(*) FROM things`).Scan(&n)
			close(reading)
			<-done
			return err
		})
	}()
	<-reading
	testkit.WantErr(t, put(t.Context(), db, "a", 1), nil)
	scrubbed := make(chan error)
	go func() { scrubbed <- db.Scrub(t.Context()) }()
	for i := range 50 {
		testkit.WantErr(t, put(t.Context(), db, fmt.Sprint("while it waits ", i), 1), nil)
	}
	select {
	case err := <-scrubbed:
		t.Fatalf("scrubbed under a reader: %v", err)
	default:
	}
	close(done)
	testkit.WantErr(t, errors.Join(<-let, <-scrubbed), nil)
	if n := found(); n != 0 {
		t.Fatalf("the marker is found %d times", n)
	}
}
