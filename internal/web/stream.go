package web

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"sync"
	"time"

	"commun/internal/platform/fault"
)

// heartbeat is how often a silent stream writes a comment, so that no proxy takes it for dead.
const heartbeat = 15 * time.Second

// Stream answers with server-sent events. fn sends events until it is done or ctx ends (the client has gone, or the server shuts down): each
// has a name and data, which is written as JSON. The route should be marked Streams. fn's error ends the stream with an event "fault" that
// carries a Problem ("error" is what the browser calls a broken connection).
func Stream(w http.ResponseWriter, r *http.Request, fn func(ctx context.Context, send func(event string, data any)) error) error {
	rc := http.NewResponseController(w)
	if err := rc.SetWriteDeadline(time.Time{}); err != nil && !errors.Is(err, http.ErrNotSupported) {
		return fmt.Errorf("lift write deadline: %w", err)
	}
	h := w.Header()
	h.Set("Content-Type", "text/event-stream")
	h.Set("Cache-Control", "no-store")
	h.Set("X-Accel-Buffering", "no") // nginx would hold events back
	w.WriteHeader(http.StatusOK)
	ctx, cancel := context.WithCancel(r.Context())
	defer cancel()
	if down, ok := ctx.Value(shutdownKey{}).(context.Context); ok {
		stop := context.AfterFunc(down, cancel)
		defer stop()
	}

	var mu sync.Mutex // fn and the heartbeat both write
	write := func(s string) {
		mu.Lock()
		defer mu.Unlock()
		if ctx.Err() != nil {
			return
		}
		if _, err := w.Write([]byte(s)); err != nil {
			cancel()
			return
		}
		if err := rc.Flush(); err != nil {
			cancel()
		}
	}
	write(": commun\n\n")
	beats := time.NewTicker(heartbeat)
	defer beats.Stop()
	done := make(chan struct{})
	go func() {
		defer close(done)
		for {
			select {
			case <-ctx.Done():
				return
			case <-beats.C:
				write(": \n\n")
			}
		}
	}()
	err := fn(ctx, func(event string, data any) {
		raw, err := json.Marshal(data)
		if err != nil {
			return // data is ours, of plain types
		}
		write("event: " + strings.NewReplacer("\n", "", "\r", "").Replace(event) + "\ndata: " + string(raw) + "\n\n")
	})
	if err != nil && ctx.Err() == nil {
		p := NewProblem(ctx, StatusOf(err), fault.Of(err))
		raw, _ := json.Marshal(p) // strings and a number: can't fail
		write("event: fault\ndata: " + string(raw) + "\n\n")
		if st := stateOf(ctx); st != nil {
			st.rt.opt.Log.WarnContext(ctx, "stream", "request", st.id, "error", err.Error())
		}
	}
	cancel()
	<-done // the heartbeat must not write after the handler has returned
	return nil
}
