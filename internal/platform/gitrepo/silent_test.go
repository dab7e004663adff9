package gitrepo

import (
	"io"
	"net/http"
	"testing"
)

// silent is a server that takes a request and never answers, until the test ends. asked, if not nil, is closed at the first request.
func silent(t *testing.T, asked chan struct{}) http.Handler {
	done := make(chan struct{})
	t.Cleanup(func() { close(done) })
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if asked != nil {
			close(asked)
		}
		io.Copy(io.Discard, r.Body) // only then does the server notice that the other side has left
		select {
		case <-done:
		case <-r.Context().Done():
		}
	})
}
