package web

import (
	"context"
	"net/http"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/promhttp"

	"commun/internal/platform/fault"
)

// Health hangs /health (the process lives), /ready (ready says that it can serve; nil: always) and /metrics (what registry gathers, in Prometheus's
// text format) on the router. The router's own measures are registered too. guard, when not nil, says who may read /metrics.
func Health(rt *Router, registry *prometheus.Registry, ready func(context.Context) error, guard func(*http.Request) error) error {
	for _, c := range rt.Collectors() {
		if err := registry.Register(c); err != nil {
			return err
		}
	}
	plain := func(w http.ResponseWriter, text string) error {
		w.Header().Set("Content-Type", "text/plain; charset=utf-8")
		w.Header().Set("Cache-Control", "no-store")
		_, err := w.Write([]byte(text + "\n"))
		return err
	}
	rt.Handle("GET /health", "web.health", func(w http.ResponseWriter, r *http.Request) error { return plain(w, "ok") })
	rt.Handle("GET /ready", "web.ready", func(w http.ResponseWriter, r *http.Request) error {
		if ready != nil {
			if err := ready(r.Context()); err != nil {
				return fault.Busy("web.not_ready").Wrap(err)
			}
		}
		return plain(w, "ready")
	})
	metrics := promhttp.HandlerFor(registry, promhttp.HandlerOpts{})
	rt.Handle("GET /metrics", "web.metrics", func(w http.ResponseWriter, r *http.Request) error {
		if guard != nil {
			if err := guard(r); err != nil {
				return err
			}
		}
		metrics.ServeHTTP(w, r)
		return nil
	})
	return nil
}
