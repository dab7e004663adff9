package web

import (
	"net/http"
	"strings"

	"commun/internal/platform/fault"
)

// static answers /static/{hash}/{file}. The address changes with the content, so it may be kept for ever.
func (rt *Router) static(w http.ResponseWriter, r *http.Request) error {
	a, ok := rt.assets.Open(r.PathValue("hash"), r.PathValue("file"))
	if !ok {
		return fault.Missing("web.no_asset")
	}
	h := w.Header()
	h.Set("Cache-Control", "public, max-age=31536000, immutable")
	h.Set("Content-Type", a.Type)
	h.Set("ETag", `"`+a.Hash+`"`)
	body := a.Body
	if len(a.Gzip) > 0 {
		h.Add("Vary", "Accept-Encoding")
		if strings.Contains(r.Header.Get("Accept-Encoding"), "gzip") {
			h.Set("Content-Encoding", "gzip")
			body = a.Gzip
		}
	}
	if strings.Contains(r.Header.Get("If-None-Match"), a.Hash) {
		w.WriteHeader(http.StatusNotModified)
		return nil
	}
	if _, err := w.Write(body); err != nil {
		return nil // the client has gone
	}
	return nil
}
