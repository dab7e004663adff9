// Package live carries short messages from where something happens to the pages that show it: a job's progress, a new entry. It is a
// hint, never a record: a message may be dropped, what it tells can always be read from the database.
//
// Words: a *topic* is a name that both sides know, such as "job:01H…". A *poke* is an empty message: something may have happened, read
// again. Pokes come when messages were lost (a slow reader, a broken way between nodes) or were too long to travel.
package live

import (
	"context"
	"sync"
)

// buffer is how many messages may wait for one reader. A page that is further behind wants the newest, not all of them.
const buffer = 16

// Hub hands each message of a topic to all who listen at that moment. The zero Hub is not ready: use NewHub. Safe for concurrent use.
type Hub struct {
	mu   sync.Mutex
	subs map[string]map[*reader]struct{}
	out  func(topic string, data []byte) // to the other nodes; nil without a bridge
}

// reader is one subscription. Only the hub sends on c, and only under its lock, so that a closed channel is never written to.
type reader struct{ c chan []byte }

// NewHub returns a hub without listeners.
func NewHub() *Hub { return &Hub{subs: map[string]map[*reader]struct{}{}} }

// Publish hands data to all listeners of topic, on this node and, over a bridge, on the others. It never waits: for a reader that is
// behind, the oldest waiting message is dropped. The caller must not change data afterwards.
func (h *Hub) Publish(topic string, data []byte) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.deliver(topic, data)
	if h.out != nil {
		h.out(topic, data)
	}
}

// Subscribe returns the messages of topic from now on. The channel holds a few, drops the oldest, and is closed after ctx ends.
func (h *Hub) Subscribe(ctx context.Context, topic string) <-chan []byte {
	r := &reader{make(chan []byte, buffer)}
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.subs[topic] == nil {
		h.subs[topic] = map[*reader]struct{}{}
	}
	h.subs[topic][r] = struct{}{}
	context.AfterFunc(ctx, func() {
		h.mu.Lock()
		defer h.mu.Unlock()
		delete(h.subs[topic], r)
		if len(h.subs[topic]) == 0 {
			delete(h.subs, topic)
		}
		close(r.c)
	})
	return r.c
}

// Listeners returns how many read topic on this node, for the metrics and for tests.
func (h *Hub) Listeners(topic string) int {
	h.mu.Lock()
	defer h.mu.Unlock()
	return len(h.subs[topic])
}

// deliver sends to this node's listeners. The caller holds the lock.
func (h *Hub) deliver(topic string, data []byte) {
	for r := range h.subs[topic] {
		for sent := false; !sent; {
			select {
			case r.c <- data:
				sent = true
			default:
				// Full. The reader may be taking one at this moment, hence the second choice.
				select {
				case <-r.c:
				default:
				}
			}
		}
	}
}

// receive takes a message that another node published.
func (h *Hub) receive(topic string, data []byte) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.deliver(topic, data)
}

// pokeAll tells every listener that messages may have been lost.
func (h *Hub) pokeAll() {
	h.mu.Lock()
	defer h.mu.Unlock()
	for topic := range h.subs {
		h.deliver(topic, nil)
	}
}
