package web

import (
	"context"
	"net/http"
	"net/url"
	"strings"
	"time"

	"commun/internal/core/people"
	"commun/internal/platform/i18n"
)

// state is what the middleware found out about a request. It is written before the handler runs, and by the goroutine that serves only.
type state struct {
	rt    *Router
	route *Route
	id    string
	actor people.Actor
	loc   *i18n.Localizer
	theme string
	path  string // path and query, for forms that come back
	now   time.Time
}

type stateKey struct{}

func stateOf(ctx context.Context) *state {
	if st, ok := ctx.Value(stateKey{}).(*state); ok {
		return st
	}
	return nil
}

// Actor returns who asks: a person with the roles held when the request began, or a visitor.
func Actor(r *http.Request) people.Actor { return ActorIn(r.Context()) }

// ActorIn is Actor for templates and API handlers, which have the request's context.
func ActorIn(ctx context.Context) people.Actor {
	if st := stateOf(ctx); st != nil {
		return st.actor
	}
	return people.Actor{}
}

// L returns the voice in which to answer.
func L(r *http.Request) *i18n.Localizer { return i18n.From(r.Context()) }

// Now returns the time at which the request began.
func Now(r *http.Request) time.Time { return NowIn(r.Context()) }

// NowIn is Now for templates.
func NowIn(ctx context.Context) time.Time {
	if st := stateOf(ctx); st != nil {
		return st.now
	}
	return time.Now()
}

// RequestID returns the id that the log, the answer's X-Request-Id and an error page all name.
func RequestID(ctx context.Context) string {
	if st := stateOf(ctx); st != nil {
		return st.id
	}
	return ""
}

// Absolute returns the public address of a path: for feeds, mails and the API's links. Without a configured base it takes the request's own host.
func Absolute(r *http.Request, path string) string {
	if st := stateOf(r.Context()); st != nil && st.rt.opt.Base != "" {
		return st.rt.opt.Base + path
	}
	scheme := "http"
	if r.TLS != nil {
		scheme = "https"
	}
	return scheme + "://" + r.Host + path
}

// SafePath returns s when it is a path on this site, and "/" when it could lead elsewhere: another host, "//host", a backslash, a control
// character. Every return address that comes from outside goes through it.
func SafePath(s string) string {
	if !strings.HasPrefix(s, "/") || strings.HasPrefix(s, "//") || strings.Contains(s, `\`) || len(s) > 2000 {
		return "/"
	}
	for _, c := range s {
		if c < 0x20 || c == 0x7f {
			return "/"
		}
	}
	u, err := url.Parse(s)
	if err != nil || u.IsAbs() || u.Host != "" || u.Opaque != "" || strings.Contains(u.Path, "//") || strings.Contains(u.Path, `\`) {
		return "/"
	}
	return s
}

// SeeOther answers a POST that went well: the browser fetches path, so that a reload does not write again. path is this site's.
func SeeOther(w http.ResponseWriter, r *http.Request, path string) error {
	w.Header().Set("Location", SafePath(path))
	w.WriteHeader(http.StatusSeeOther)
	return nil
}
