package live

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"sync"
	"time"
	"unicode/utf8"

	"github.com/jackc/pgx/v5"
)

const (
	// maxPayload is below PostgreSQL's limit of 8000 bytes for one notification.
	maxPayload = 7900
	// queued is how many messages may wait for the database before the oldest is dropped.
	queued = 1024
)

// bridge joins a hub with those of the other nodes through one PostgreSQL database.
type bridge struct {
	hub  *Hub
	url  string
	log  *slog.Logger
	node string // tells our own notifications from others'

	mu   sync.Mutex
	wait []string // payloads to send
	wake chan struct{}
}

// Bridge joins h with the hubs of all nodes that bridge over the same database and schema, by LISTEN and NOTIFY. It returns once the
// first connection listens, then works until ctx ends and connects again by itself when the way breaks; every listener is poked after
// that, because messages were lost meanwhile. wait returns when its connections are closed. A message that is too long to travel arrives
// elsewhere as a poke. One bridge a hub.
func (h *Hub) Bridge(ctx context.Context, pgURL string, log *slog.Logger) (wait func(), err error) {
	b := &bridge{hub: h, url: pgURL, log: log, node: rand.Text()[:12], wake: make(chan struct{}, 1)}
	conn, channel, err := b.listen(ctx)
	if err != nil {
		return nil, err
	}
	h.mu.Lock()
	h.out = b.enqueue
	h.mu.Unlock()
	var wg sync.WaitGroup
	wg.Go(func() { b.receiveAll(ctx, conn) })
	wg.Go(func() {
		b.sendAll(ctx, channel)
		h.mu.Lock()
		h.out = nil
		h.mu.Unlock()
	})
	return wg.Wait, nil
}

// listen opens a connection that hears the channel. The channel's name holds the schema, since notifications cross schemas and two
// instances may share a database.
func (b *bridge) listen(ctx context.Context) (*pgx.Conn, string, error) {
	ctx, cancel := context.WithTimeout(ctx, 10*time.Second)
	defer cancel()
	conn, err := pgx.Connect(ctx, b.url)
	if err != nil {
		return nil, "", fmt.Errorf("connect live bridge: %w", err)
	}
	var schema string
	err = conn.QueryRow(ctx, "SELECT COALESCE(current_schema(), '')").Scan(&schema)
	sum := sha256.Sum256([]byte(schema))
	channel := "commun_live_" + hex.EncodeToString(sum[:8])
	if err == nil {
		_, err = conn.Exec(ctx, "LISTEN "+channel) // hexadecimal digits: nothing to quote
	}
	if err != nil {
		return nil, "", errors.Join(fmt.Errorf("listen on live bridge: %w", err), conn.Close(ctx))
	}
	return conn, channel, nil
}

// receiveAll reads notifications until ctx ends.
func (b *bridge) receiveAll(ctx context.Context, conn *pgx.Conn) {
	for pause := time.Duration(0); ; {
		if conn != nil {
			b.receive(ctx, conn)
			closeConn(conn)
			conn, pause = nil, 50*time.Millisecond
		}
		if !sleep(ctx, pause) {
			return
		}
		c, _, err := b.listen(ctx)
		if err != nil {
			if ctx.Err() != nil {
				return
			}
			b.log.Warn("live bridge is down", "err", err)
			pause = min(2*pause, 5*time.Second)
			continue
		}
		conn = c
		b.hub.pokeAll()
	}
}

// receive hands on what arrives on conn, until it breaks.
func (b *bridge) receive(ctx context.Context, conn *pgx.Conn) {
	for {
		n, err := conn.WaitForNotification(ctx)
		if err != nil {
			if ctx.Err() == nil {
				b.log.Warn("live bridge broke", "err", err)
			}
			return
		}
		if from, topic, data, ok := decode(n.Payload); ok && from != b.node {
			b.hub.receive(topic, data)
		}
	}
}

// enqueue takes a message for the other nodes. The hub calls it under its lock, so it only appends.
func (b *bridge) enqueue(topic string, data []byte) {
	p, ok := encode(b.node, topic, data)
	if !ok {
		return // a topic that is too long itself: no page of another node can know it
	}
	b.mu.Lock()
	if len(b.wait) == queued {
		b.wait = b.wait[1:]
	}
	b.wait = append(b.wait, p)
	b.mu.Unlock()
	select {
	case b.wake <- struct{}{}:
	default:
	}
}

// sendAll sends what was enqueued, many in one statement, until ctx ends. It has a connection of its own: the other one is busy waiting.
func (b *bridge) sendAll(ctx context.Context, channel string) {
	var conn *pgx.Conn
	defer func() { closeConn(conn) }()
	for {
		select {
		case <-ctx.Done():
			return
		case <-b.wake:
		}
		b.mu.Lock()
		batch := b.wait
		b.wait = nil
		b.mu.Unlock()
		// What cannot be sent now is tried on a new connection, then dropped: it is a hint, and old hints mislead.
		for try := 0; try < 3 && ctx.Err() == nil; try++ {
			var err error
			if conn == nil {
				conn, err = pgx.Connect(ctx, b.url)
			}
			if err == nil {
				_, err = conn.Exec(ctx, "SELECT pg_notify($1, p) FROM unnest($2::text[]) AS p", channel, batch)
				if err == nil {
					break
				}
			}
			closeConn(conn)
			conn = nil
			if ctx.Err() == nil {
				b.log.Warn("live bridge cannot send", "err", err)
			}
			sleep(ctx, 100*time.Millisecond<<try)
		}
	}
}

// encode packs a message: node, topic and data by lines; data that is no text goes in base64. Data that is too long becomes a poke.
func encode(node, topic string, data []byte) (string, bool) {
	head := node + "\n" + strings.ReplaceAll(topic, "\n", " ") + "\n"
	if len(head)+1 > maxPayload || !utf8.ValidString(head) || strings.Contains(head, "\x00") {
		return "", false
	}
	body := "t" + string(data)
	if !utf8.Valid(data) || strings.Contains(body, "\x00") { // PostgreSQL's text takes neither
		body = "b" + base64.StdEncoding.EncodeToString(data)
	}
	if len(head)+len(body) > maxPayload {
		body = "t"
	}
	return head + body, true
}

// decode unpacks what encode packed; false when it is something else.
func decode(payload string) (node, topic string, data []byte, ok bool) {
	node, rest, ok1 := strings.Cut(payload, "\n")
	topic, body, ok2 := strings.Cut(rest, "\n")
	if !ok1 || !ok2 || body == "" {
		return "", "", nil, false
	}
	switch body[0] {
	case 't':
		return node, topic, []byte(body[1:]), true
	case 'b':
		data, err := base64.StdEncoding.DecodeString(body[1:])
		return node, topic, data, err == nil
	}
	return "", "", nil, false
}

// closeConn says goodbye within a second; the context of the work may have ended already.
func closeConn(c *pgx.Conn) {
	if c == nil {
		return
	}
	ctx, cancel := context.WithTimeout(context.Background(), time.Second)
	defer cancel()
	_ = c.Close(ctx) // broken or not, it is gone
}

// sleep waits for d, and returns false when ctx ended first.
func sleep(ctx context.Context, d time.Duration) bool {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-ctx.Done():
		return false
	case <-t.C:
		return true
	}
}
