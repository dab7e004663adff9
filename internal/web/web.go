// Package web is the floor between a request and the features: routes, the page around every answer, forms, errors in words, sessions,
// languages, live streams. Features' site packages hang their pages on a Router; nothing here knows a feature.
//
// A *page* is HTML that works without JavaScript. A *handler* decodes, calls a service, answers; it returns an error, and only this package
// turns an error's kind into a status and its message key into a sentence of the person's language.
//
// The parts of a page are in package components, the drawings in package charts, the JSON API in package api; package gallery shows them all.
package web

import (
	"context"
	"embed"
	"io/fs"
	"log/slog"
	"net/http"
	"strings"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"commun/internal/core/people"
	"commun/internal/platform/i18n"
	"commun/ui"
)

//go:embed messages/*.toml
var messages embed.FS

// Messages returns the sentences of the layout, the components, the errors and the API reader, for i18n.New.
func Messages() fs.FS { return messages }

// HandlerFunc answers a request, or says why it could not. A fault becomes its status and sentence, any other error a 500 that names the request.
type HandlerFunc func(w http.ResponseWriter, r *http.Request) error

// Sessions tells who holds a session's token.
type Sessions interface {
	// Authenticate returns the person of token with the roles held now. A token that is unknown, expired or revoked gives the zero Actor (a
	// visitor) and no error.
	Authenticate(ctx context.Context, token string) (people.Actor, error)
}

// NavItem is an entry of the main navigation.
type NavItem struct {
	Name string // what Page.Nav says when this entry is the current one
	Key  string // message key of its text
	Path string
}

// Options are what a Router needs to know of its instance. Bundle is required; the rest has working defaults.
type Options struct {
	Product string // the instance's name, shown in the header and in titles; "commun" when empty
	// Live, when not nil, says the instance's name and its language for who asks for none of ours, as they are now: an administrator may
	// change both while it runs. It is called for every page, so it must be quick.
	Live     func() (product, lang string)
	Bundle   *i18n.Bundle // must hold Messages()
	Sessions Sessions     // nil: everyone is a visitor
	Log      *slog.Logger // nil: nothing is logged
	Base     string       // public address without a slash at the end, such as "https://commons.example.org"; https turns secure cookies on
	Nav      []NavItem    // nil: DefaultNav
	Search   string       // path of the header's search form; "/commons" when empty
	SignIn   string       // path of the sign-in page; "/sign-in" when empty
	Account  string       // path of one's own account; "/account" when empty
	Admin    string       // path of the admin area; "/admin" when empty
	MaxBody  int64        // bytes of a request's body, but for routes that set their own; 1 MiB when zero
	Footer   []NavItem    // links at the foot of every page
	Now      func() time.Time
}

// DefaultNav is the main navigation of an instance: find, and see what happens.
func DefaultNav() []NavItem {
	return []NavItem{
		{Name: "find", Key: "web.nav_find", Path: "/commons"},
		{Name: "activity", Key: "web.nav_activity", Path: "/activity"},
	}
}

// Router holds the routes of an instance and answers its requests. Handle all routes before serving.
type Router struct {
	opt    Options
	secure bool // the public address is https
	mux    *http.ServeMux
	routes []*Route
	names  map[string]bool
	assets *ui.Assets
	chain  http.Handler
	meter  *prometheus.HistogramVec
}

// Route is one registered route. Its setters are called right after Handle.
type Route struct {
	Method  string // empty: any
	Pattern string // the path pattern, such as "/commons/{slug}"
	Name    string // such as "commons.show"; unique
	Acts    []people.Act

	maxBody int64
	streams bool
}

// NewRouter returns a router that already serves /static, /language and /theme.
func NewRouter(opt Options) *Router {
	def := func(s *string, v string) {
		if *s == "" {
			*s = v
		}
	}
	def(&opt.Product, "commun")
	def(&opt.Search, "/commons")
	def(&opt.SignIn, "/sign-in")
	def(&opt.Account, "/account")
	def(&opt.Admin, "/admin")
	if opt.Nav == nil {
		opt.Nav = DefaultNav()
	}
	if opt.Log == nil {
		opt.Log = slog.New(slog.DiscardHandler)
	}
	if opt.Now == nil {
		opt.Now = time.Now
	}
	if opt.MaxBody == 0 {
		opt.MaxBody = 1 << 20
	}
	rt := &Router{
		opt:    opt,
		secure: strings.HasPrefix(opt.Base, "https://"),
		mux:    http.NewServeMux(),
		names:  map[string]bool{},
		assets: ui.Load(),
		meter: prometheus.NewHistogramVec(prometheus.HistogramOpts{
			Name:    "commun_http_request_seconds",
			Help:    "Time to answer a request, by route and status.",
			Buckets: []float64{.001, .0025, .005, .01, .025, .05, .1, .25, .5, 1, 2.5, 10},
		}, []string{"route", "status"}),
	}
	rt.chain = rt.middleware(http.HandlerFunc(rt.dispatch))
	rt.Handle("GET /static/{hash}/{file}", "web.static", rt.static)
	rt.Handle("POST /language", "web.language", postLanguage)
	rt.Handle("POST /theme", "web.theme", postTheme)
	return rt
}

// Handle registers h for a pattern of net/http.ServeMux with a method, such as "GET /commons/{slug}". name is the route's own, used in metrics,
// logs and the permission table; acts are what its service checks, for that table only. It panics when the pattern or the name is there already.
func (rt *Router) Handle(pattern, name string, h HandlerFunc, acts ...people.Act) *Route {
	if rt.names[name] {
		panic("web: route name " + name + " is there twice")
	}
	rt.names[name] = true
	method, path, found := strings.Cut(pattern, " ")
	if !found {
		method, path = "", pattern
	}
	route := &Route{Method: method, Pattern: path, Name: name, Acts: acts, maxBody: rt.opt.MaxBody}
	rt.routes = append(rt.routes, route)
	rt.mux.HandleFunc(pattern, func(w http.ResponseWriter, r *http.Request) { rt.serve(route, h, w, r) })
	return route
}

// MaxBody sets how many bytes a request's body may have on this route.
func (ro *Route) MaxBody(bytes int64) *Route { ro.maxBody = bytes; return ro }

// Streams frees the route of the time limit of ordinary pages: for live events and long downloads.
func (ro *Route) Streams() *Route { ro.streams = true; return ro }

// Routes lists what was registered, in that order: for the permission table and the crawler.
func (rt *Router) Routes() []Route {
	out := make([]Route, len(rt.routes))
	for i, ro := range rt.routes {
		out[i] = *ro
	}
	return out
}

// Collectors returns what the router measures, for a Prometheus registry.
func (rt *Router) Collectors() []prometheus.Collector { return []prometheus.Collector{rt.meter} }

// Asset returns the address of a file of package ui, such as "app.css", with its content hash.
func (rt *Router) Asset(name string) string { return rt.assets.URL(name) }

// Bundle returns the instance's messages.
func (rt *Router) Bundle() *i18n.Bundle { return rt.opt.Bundle }

// Base returns the public address without a slash at the end, or "" when none was given.
func (rt *Router) Base() string { return rt.opt.Base }

// ServeHTTP answers a request.
func (rt *Router) ServeHTTP(w http.ResponseWriter, r *http.Request) { rt.chain.ServeHTTP(w, r) }

// pageTime is how long an ordinary page may take before its context ends.
const pageTime = 30 * time.Second

// serve runs a route's handler and answers its error.
func (rt *Router) serve(route *Route, h HandlerFunc, w http.ResponseWriter, r *http.Request) {
	st := stateOf(r.Context())
	st.route = route
	if r.Body != nil && r.Body != http.NoBody {
		r.Body = http.MaxBytesReader(w, r.Body, route.maxBody)
	}
	if !route.streams {
		ctx, cancel := context.WithTimeout(r.Context(), pageTime)
		defer cancel()
		r = r.WithContext(ctx)
	}
	if err := h(w, r); err != nil {
		rt.Fail(w, r, err)
	}
}

// dispatch finds the route. ServeMux's own plain-text 404 and 405 become pages. Its redirects to a clean path ("/a//b" to "/a/b") stay, as a header
// without a body; where nothing is at the clean path, that is said at once.
func (rt *Router) dispatch(w http.ResponseWriter, r *http.Request) {
	h, pattern := rt.mux.Handler(r)
	if _, ours := h.(http.HandlerFunc); ours && pattern != "" {
		rt.mux.ServeHTTP(w, r)
		return
	}
	probe := &probe{header: http.Header{}}
	h.ServeHTTP(probe, r)
	if probe.status >= 300 && probe.status < 400 {
		if pattern != "" {
			w.Header().Set("Location", probe.header.Get("Location"))
			w.WriteHeader(probe.status)
			return
		}
		probe.status = http.StatusNotFound
	}
	if allow := probe.header.Get("Allow"); allow != "" {
		w.Header().Set("Allow", allow)
	}
	rt.ErrorPage(w, r, probe.status, nil)
}

// probe takes in the mux's own answer to learn its status.
type probe struct {
	header http.Header
	status int
}

func (p *probe) Header() http.Header         { return p.header }
func (p *probe) Write(b []byte) (int, error) { return len(b), nil }
func (p *probe) WriteHeader(status int)      { p.status = status }

// NewServer returns an HTTP server with time limits for h. Its streams end when it is shut down.
func NewServer(addr string, h http.Handler, log *slog.Logger) *http.Server {
	ctx, cancel := context.WithCancel(context.Background())
	srv := &http.Server{
		Addr:              addr,
		Handler:           withShutdown(h, ctx),
		ReadHeaderTimeout: 10 * time.Second,
		ReadTimeout:       time.Minute,
		WriteTimeout:      2 * pageTime, // Stream lifts it
		IdleTimeout:       2 * time.Minute,
		MaxHeaderBytes:    64 << 10,
	}
	if log != nil {
		srv.ErrorLog = slog.NewLogLogger(log.Handler(), slog.LevelWarn)
	}
	srv.RegisterOnShutdown(cancel)
	return srv
}

type shutdownKey struct{}

func withShutdown(h http.Handler, down context.Context) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		h.ServeHTTP(w, r.WithContext(context.WithValue(r.Context(), shutdownKey{}, down)))
	})
}
