package live_test

import (
	"context"
	"fmt"
	"testing"

	"commun/internal/platform/live"
	"commun/internal/platform/testkit"
)

func TestMessageReachesTheListenersOfItsTopicOnly(t *testing.T) {
	h := live.NewHub()
	a, b, other := h.Subscribe(t.Context(), "x"), h.Subscribe(t.Context(), "x"), h.Subscribe(t.Context(), "y")
	h.Publish("x", []byte("1"))
	if got := string(<-a) + string(<-b); got != "11" {
		t.Fatalf("got %q", got)
	}
	select {
	case m := <-other:
		t.Fatalf("another topic heard %q", m)
	default:
	}
}

func TestSlowReaderKeepsTheNewest(t *testing.T) {
	h := live.NewHub()
	c := h.Subscribe(t.Context(), "x")
	const n = 1000
	for i := range n {
		h.Publish("x", fmt.Append(nil, i)) // must not wait for the reader
	}
	var got []string
	for len(c) > 0 {
		got = append(got, string(<-c))
	}
	if len(got) == 0 || len(got) > 100 {
		t.Fatalf("%d messages waited", len(got))
	}
	for i, m := range got {
		if want := fmt.Sprint(n - len(got) + i); m != want {
			t.Fatalf("message %d is %s, want %s: the newest, in order", i, m, want)
		}
	}
}

func TestSubscriptionEndsWithItsContext(t *testing.T) {
	h := live.NewHub()
	ctx, cancel := context.WithCancel(t.Context())
	c := h.Subscribe(ctx, "x")
	cancel()
	for range c { // ends when the channel is closed
	}
	h.Publish("x", []byte("nobody"))
	if n := h.Listeners("x"); n != 0 {
		t.Fatalf("%d listeners are left", n)
	}
}

func TestPublishAndSubscribeAtOnce(t *testing.T) {
	h := live.NewHub()
	testkit.Together(8, func() error {
		for range 200 {
			ctx, cancel := context.WithCancel(t.Context())
			c := h.Subscribe(ctx, "x")
			h.Publish("x", []byte("m"))
			cancel()
			for range c {
			}
		}
		return nil
	})
	if n := h.Listeners("x"); n != 0 {
		t.Fatalf("%d listeners are left", n)
	}
}
