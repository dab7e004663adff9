package web

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"net/url"
	"runtime/debug"
	"strconv"
	"strings"
	"time"

	"github.com/klauspost/compress/gzhttp"

	"commun/internal/platform/fault"
	"commun/internal/platform/i18n"
)

// csp is the Content-Security-Policy of every answer: nothing is loaded from elsewhere, nothing runs inline.
const csp = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; font-src 'self'; connect-src 'self'; " +
	"form-action 'self'; base-uri 'none'; frame-ancestors 'none'"

// middleware wraps next, outermost first: state and log, headers, compression, other sites' forms refused, language and person.
func (rt *Router) middleware(next http.Handler) http.Handler {
	cross := http.NewCrossOriginProtection()
	if rt.opt.Base != "" {
		// Behind a proxy the Host may be an inner one: the public origin is ours whatever the proxy calls us. A base that is no origin is
		// the configuration's fault, and is said there.
		_ = cross.AddTrustedOrigin(rt.opt.Base)
	}
	cross.SetDenyHandler(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		rt.Fail(w, r, fault.Denied("web.cross_origin"))
	}))
	compress, err := gzhttp.NewWrapper(gzhttp.MinSize(1000), gzhttp.EnableZstd(true), gzhttp.PreferZstd(true),
		gzhttp.ExceptContentTypes([]string{"text/event-stream", "font/woff2"}))
	if err != nil { // the options are fixed: a fault of ours, seen by the first test
		panic("web: compression: " + err.Error())
	}
	// The person comes before the cross-origin check so that even its refusal speaks the person's language.
	return rt.observe(headers(rt.secure, compress(rt.greet(cross.Handler(next)))))
}

// observe gives the request its id and state, logs it when it is answered, and turns a panic into a 500.
func (rt *Router) observe(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		st := &state{rt: rt, id: requestID(r), now: rt.opt.Now(), path: back(r), loc: rt.opt.Bundle.For("")}
		ctx := i18n.With(context.WithValue(r.Context(), stateKey{}, st), st.loc)
		r = r.WithContext(ctx)
		rec := &recorder{ResponseWriter: w}
		rec.Header().Set("X-Request-Id", st.id)
		start := time.Now()
		defer func() {
			if v := recover(); v != nil {
				if v == http.ErrAbortHandler {
					panic(v)
				}
				rt.opt.Log.ErrorContext(ctx, "panic", "request", st.id, "value", fmt.Sprint(v), "stack", string(debug.Stack()))
				if rec.status == 0 {
					rt.ErrorPage(rec, r.WithContext(i18n.With(ctx, st.loc)), http.StatusInternalServerError, nil)
				}
			}
			rt.log(ctx, st, r, rec, time.Since(start))
		}()
		next.ServeHTTP(rec, r)
	})
}

func (rt *Router) log(ctx context.Context, st *state, r *http.Request, rec *recorder, took time.Duration) {
	name := "none"
	if st.route != nil {
		name = st.route.Name
	}
	if rec.status == 0 {
		rec.status = http.StatusOK
	}
	rt.meter.WithLabelValues(name, strconv.Itoa(rec.status)).Observe(took.Seconds())
	level := slog.LevelInfo
	switch {
	case rec.status == http.StatusServiceUnavailable:
		level = slog.LevelWarn // not now, and the answer says so: what is at fault, when anything is, is in a line of its own
	case rec.status >= 500:
		level = slog.LevelError
	}
	// Neither the query nor the path's values of routes that carry a secret are logged: a route's pattern says enough.
	path := r.URL.Path
	if st.route != nil && strings.Contains(st.route.Pattern, "{token}") {
		path = st.route.Pattern
	}
	rt.opt.Log.Log(ctx, level, "request", "request", st.id, "method", r.Method, "path", path, "route", name,
		"status", rec.status, "bytes", rec.bytes, "ms", took.Milliseconds(), "person", st.actor.Person)
}

// back is the path to which the language and theme switches return: the page itself, or the one before it when it answers a POST.
func back(r *http.Request) string {
	if r.Method == http.MethodGet || r.Method == http.MethodHead {
		return SafePath(r.URL.RequestURI())
	}
	from, err := url.Parse(r.Referer())
	if err != nil || from.Host != r.Host {
		return "/"
	}
	return SafePath(from.RequestURI())
}

// requestID takes the id that a proxy gave when it is short and plain, and else makes one.
func requestID(r *http.Request) string {
	id := r.Header.Get("X-Request-Id")
	ok := len(id) >= 8 && len(id) <= 64
	for i := 0; ok && i < len(id); i++ {
		c := id[i]
		ok = c >= '0' && c <= '9' || c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c == '-'
	}
	if ok {
		return id
	}
	return strings.ToLower(rand.Text()[:16])
}

// headers are on every answer, errors included.
func headers(secure bool, next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		h := w.Header()
		h.Set("Content-Security-Policy", csp)
		h.Set("X-Content-Type-Options", "nosniff")
		h.Set("Referrer-Policy", "strict-origin-when-cross-origin")
		h.Set("Permissions-Policy", "camera=(), geolocation=(), microphone=(), payment=(), usb=()")
		h.Set("Cross-Origin-Opener-Policy", "same-origin")
		h.Set("Cross-Origin-Resource-Policy", "same-origin")
		h.Set("Cache-Control", "private, no-cache")
		if secure {
			h.Set("Strict-Transport-Security", "max-age=31536000")
		}
		next.ServeHTTP(w, r)
	})
}

// live returns the instance's name and its default language as they are now.
func (rt *Router) live() (product, lang string) {
	product, lang = rt.opt.Product, rt.opt.Bundle.Languages()[0]
	if rt.opt.Live != nil {
		product, lang = rt.opt.Live()
	}
	return product, lang
}

// greet finds out who asks, and in which language and theme to answer: by choice, by the person's account, by the browser, by default.
func (rt *Router) greet(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if strings.HasPrefix(r.URL.Path, "/static/") {
			next.ServeHTTP(w, r)
			return
		}
		w.Header().Add("Vary", "Accept-Language, Cookie")
		st := stateOf(r.Context())
		switch theme := Cookie(r, themeCookie); theme {
		case "light", "dark":
			st.theme = theme
		}
		var failed error
		if token := SessionToken(r); token != "" && rt.opt.Sessions != nil {
			st.actor, failed = rt.opt.Sessions.Authenticate(r.Context(), token)
		}
		lang := Cookie(r, langCookie)
		if !rt.opt.Bundle.Speaks(lang) {
			lang = st.actor.Lang
		}
		if !rt.opt.Bundle.Speaks(lang) {
			_, def := rt.live()
			lang = rt.opt.Bundle.MatchOr(r.Header.Get("Accept-Language"), def)
		}
		st.loc = rt.opt.Bundle.For(lang)
		r = r.WithContext(i18n.With(r.Context(), st.loc))
		if failed != nil {
			// Who asks could not be found out: to answer as to a visitor would hide the fault and show a wrong page.
			rt.Fail(w, r, fmt.Errorf("authenticate: %w", failed))
			return
		}
		next.ServeHTTP(w, r)
	})
}

// recorder remembers the status and size of an answer for the log.
type recorder struct {
	http.ResponseWriter
	status int
	bytes  int64
}

func (r *recorder) WriteHeader(status int) {
	if r.status == 0 && status >= 200 {
		r.status = status
	}
	r.ResponseWriter.WriteHeader(status)
}

func (r *recorder) Write(b []byte) (int, error) {
	if r.status == 0 {
		r.status = http.StatusOK
	}
	n, err := r.ResponseWriter.Write(b)
	r.bytes += int64(n)
	return n, err
}

// Flush lets streams through; Unwrap gives http.ResponseController the rest.
func (r *recorder) Flush() {
	if err := http.NewResponseController(r.ResponseWriter).Flush(); err != nil && !errors.Is(err, http.ErrNotSupported) {
		return // the client has gone: the handler learns it from its context
	}
}

func (r *recorder) Unwrap() http.ResponseWriter { return r.ResponseWriter }
