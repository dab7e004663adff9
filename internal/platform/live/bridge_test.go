package live

import (
	"bytes"
	"context"
	"log/slog"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"commun/internal/platform/testkit"
)

// bridged returns n hubs joined over one PostgreSQL schema, and its URL.
func bridged(t *testing.T, n int) ([]*Hub, string) {
	t.Helper()
	o := testkit.Postgres(t)
	u, err := url.Parse(o.URL)
	if err != nil {
		t.Fatal(err)
	}
	q := u.Query()
	q.Set("search_path", o.Schema)
	u.RawQuery = q.Encode()
	ctx, cancel := context.WithCancel(context.Background())
	hubs := make([]*Hub, n)
	for i := range hubs {
		hubs[i] = NewHub()
		wait, err := hubs[i].Bridge(ctx, u.String(), slog.New(slog.DiscardHandler))
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(wait)
	}
	t.Cleanup(cancel) // runs before the waits
	return hubs, u.String()
}

func TestBridgeCarriesMessagesToOtherNodesOnce(t *testing.T) {
	hubs, _ := bridged(t, 2)
	here, there := hubs[0].Subscribe(t.Context(), "x"), hubs[1].Subscribe(t.Context(), "x")
	for _, c := range []struct {
		rule       string
		sent, want []byte
	}{
		{"text arrives as it was sent", []byte("{\"a\":\"é\n\"}"), []byte("{\"a\":\"é\n\"}")},
		{"bytes too", []byte{0, 1, 0xff}, []byte{0, 1, 0xff}},
		{"a poke too", nil, []byte{}},
		{"what is too long arrives as a poke", bytes.Repeat([]byte("x"), 9000), []byte{}},
		{"and leaves the way open", []byte("last"), []byte("last")},
	} {
		hubs[0].Publish("x", c.sent)
		if got := wait(t, there); !bytes.Equal(got, c.want) {
			t.Errorf("%s: got %q", c.rule, got)
		}
		if got := wait(t, here); !bytes.Equal(got, c.sent) {
			t.Errorf("%s: the sender's own listeners got %q", c.rule, got)
		}
	}
	if len(here) != 0 {
		t.Error("the sender's own listeners heard it twice")
	}
}

func TestBridgeConnectsAgainAndPokes(t *testing.T) {
	hubs, pgURL := bridged(t, 2)
	there := hubs[1].Subscribe(t.Context(), "x")
	hubs[0].Publish("x", []byte("before"))
	wait(t, there)

	// Cut every way of this instance, as a restart of the database would.
	conn, err := pgx.Connect(t.Context(), pgURL)
	if err != nil {
		t.Fatal(err)
	}
	defer closeConn(conn)
	_, err = conn.Exec(t.Context(), `SELECT pg_terminate_backend(pid) FROM pg_stat_activity
		WHERE query = 'LISTEN commun_live_' || substr(encode(sha256(convert_to(current_schema(), 'UTF8')), 'hex'), 1, 16)`)
	if err != nil {
		t.Fatal(err)
	}
	if got := wait(t, there); len(got) != 0 {
		t.Fatalf("got %q, want a poke: something may have been missed", got)
	}
	hubs[0].Publish("x", []byte("after"))
	if got := wait(t, there); string(got) != "after" {
		t.Fatalf("got %q", got)
	}
}

func TestBridgeWithoutDatabaseSaysSo(t *testing.T) {
	_, err := NewHub().Bridge(t.Context(), "postgres://nobody@127.0.0.1:1/none?connect_timeout=1", slog.New(slog.DiscardHandler))
	if err == nil {
		t.Fatal("a bridge to nowhere was opened")
	}
}

func wait(t *testing.T, c <-chan []byte) []byte {
	t.Helper()
	select {
	case m := <-c:
		return m
	case <-time.After(30 * time.Second):
		t.Fatal("no message came")
		return nil
	}
}

// Another program may notify on our channel whatever it likes.
func FuzzDecode(f *testing.F) {
	f.Add("node\ntopic\ntbody")
	f.Add("node\ntopic\nbAAE=")
	f.Add("node\n\nt")
	f.Add("\n\n")
	f.Fuzz(func(t *testing.T, s string) {
		node, topic, data, ok := decode(s)
		if !ok || strings.Contains(node+topic, "\n") {
			return
		}
		p, ok := encode(node, topic, data)
		if !ok {
			return
		}
		if len(p) > maxPayload {
			t.Fatalf("a payload of %d bytes", len(p))
		}
		n, tp, d, ok := decode(p)
		if !ok || n != node || tp != topic || !bytes.Equal(d, data) && len(d) > 0 {
			t.Fatalf("%q came back as %q %q %q", s, n, tp, d)
		}
	})
}
