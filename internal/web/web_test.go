package web_test

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"github.com/a-h/templ"
	"github.com/prometheus/client_golang/prometheus"

	"commun/internal/core/people"
	"commun/internal/platform/fault"
	"commun/internal/platform/i18n/i18ntest"
	"commun/internal/web"
	"commun/internal/web/account"
	"commun/internal/web/admin"
	"commun/internal/web/components"
	"commun/internal/web/webtest"
)

func TestMessages(t *testing.T) {
	i18ntest.Messages(t, web.Messages())
	i18ntest.Keys(t, web.Messages(), []string{"."}, "web.notice_", "web.theme_", "web.error_")
}

// hello renders a small page with what was found out about the request.
func hello(w http.ResponseWriter, r *http.Request) error {
	return web.Render(w, r, web.Page{Title: "Hello"}, components.Heading("Hello", "", "", ""))
}

func failing(err error) web.HandlerFunc {
	return func(http.ResponseWriter, *http.Request) error { return err }
}

func TestAnErrorIsItsStatusAndASentence(t *testing.T) {
	sources := fstest.MapFS{
		"messages/en.toml": {Data: []byte("[t]\nwhy = \"Because of {{.who}}.\"")},
		"messages/fr.toml": {Data: []byte("[t]\nwhy = \"À cause de {{.who}}.\"")},
	}
	ana := people.NewActor("p1", "Ana", "", nil)
	for _, c := range []struct {
		rule   string
		err    error
		status int
		text   string
		french string
	}{
		{"invalid is 422", fault.Invalid("name", "t.why").With("who", "Ana"), 422, "Because of Ana.", "À cause de Ana."},
		{"denied is 403 for who has signed in", fault.Denied("t.why").With("who", "Ana"), 403, "Because of Ana.", "À cause de Ana."},
		{"missing is 404", fault.Missing("t.why").With("who", "Ana"), 404, "Because of Ana.", "À cause de Ana."},
		{"conflict is 409", fault.Conflict("name", "t.why").With("who", "Ana"), 409, "Because of Ana.", "À cause de Ana."},
		{"busy is 503", fault.Busy("t.why").With("who", "Ana"), 503, "Because of Ana.", "À cause de Ana."},
		{"a wrapped fault is still one", fmt.Errorf("save: %w", fault.Missing("t.why").With("who", "Bo")), 404, "Because of Bo.", "À cause de Bo."},
		{"several faults are all said", fault.List{fault.Invalid("a", "t.why").With("who", "A"), fault.Invalid("b", "t.why").With("who", "B")}, 422, "Because of B.", "À cause de B."},
		{"anything else is 500 and names the request", errors.New("disk on fire"), 500, "Number of this request", "Numéro de cette demande"},
		{"out of time is 503", context.DeadlineExceeded, 503, "cannot answer just now", "ne peut pas répondre"},
	} {
		t.Run(c.rule, func(t *testing.T) {
			site := webtest.With(t, web.Options{Log: slog.New(slog.DiscardHandler)}, sources)
			site.Router.Handle("GET /it", "it", failing(c.err))
			site.Router.Handle("GET /api/it", "api.it", failing(c.err))
			page := site.As(ana).Get("/it").Want(c.status, c.text, "<h1").WantNot("disk on fire")
			if c.status == 503 && page.Header.Get("Retry-After") == "" {
				t.Error("a busy answer must say when to come back")
			}
			site.As(ana).In("fr").Get("/it").Want(c.status, c.french)
			api := site.As(ana).Get("/api/it").Want(c.status, `"status":`+fmt.Sprint(c.status), `"title":`).WantNot("disk on fire")
			if ct := api.Header.Get("Content-Type"); ct != "application/problem+json" {
				t.Errorf("content type %q", ct)
			}
			site.As(ana).Program().Get("/it").Want(c.status, `"title":`)
		})
	}
}

// 403 and 409 each have several reasons: who reads the page must be told the one that holds, and what helps.
func TestAnErrorPageAdvisesWhatHelps(t *testing.T) {
	ana := people.NewActor("p1", "Ana", "", nil)
	for _, c := range []struct {
		rule           string
		err            error
		by             people.Actor
		en, fr, button string
		not            string
	}{
		{"who lacks the right", fault.Denied("people.not_allowed"), ana, "Another account may be allowed to", "Un autre compte l’a peut-être", "", "/sign-in"},
		{"who has not signed in", fault.Denied("people.sign_in_first"), people.Actor{}, "Sign in, then do it again", "Connectez-vous, puis recommencez", `href="/sign-in?return=%2F"`, "Another account"},
		{"a link that was used", fault.Denied("people.link_invalid"), people.Actor{}, "A link works once", "Un lien sert une fois", `href="/sign-in"`, "Another account"},
		{"a link of another browser", fault.Denied("people.link_other_browser"), people.Actor{}, "only in the browser that asked for it", "que dans le navigateur", `href="/sign-in"`, "Another account"},
		{"another site's form", fault.Denied("web.cross_origin"), ana, "open the page on this site", "ouvrez la page sur ce site", "", "Another account"},
		{"any other refusal says itself what to do", fault.Denied("app.metrics_denied"), ana, "COMMUN_METRICS", "COMMUN_METRICS", "", "Another account"},
		{"two at once", fault.Conflict("", "people.changed_meanwhile"), ana, "Someone else changed this", "Quelqu’un d’autre a changé cela", "", "as things stand"},
		{"a state that does not allow it", fault.Conflict("role", "people.last_admin"), ana, "as things stand", "en l’état", "", "Someone else changed"},
		{"no mail server", fault.Busy("mail.not_configured"), ana, "as things stand", "en l’état", "", "Try again in a moment"},
	} {
		t.Run(c.rule, func(t *testing.T) {
			site := webtest.With(t, web.Options{Log: slog.New(slog.DiscardHandler)}, account.Messages(), os.DirFS("../app"), os.DirFS("../features/catalogue/site"))
			site.Router.Handle("POST /it", "it", failing(c.err))
			site.Router.Handle("POST /api/it", "api.it", failing(c.err))
			as := site
			if c.by.SignedIn() {
				as = site.As(c.by)
			}
			status := web.StatusOf(c.err)
			as.Post("/it", nil).Want(status, c.en, c.button).WantNot(c.not)
			as.In("fr").Post("/it", nil).Want(status, c.fr)
			as.Post("/api/it", nil).Want(status, `"title":`)
		})
	}
}

// The keys that have words of their own are messages that there are.
func TestWordsOfFaultsAreOfFaultsThatThereAre(t *testing.T) {
	b := i18ntest.Bundle(t, "en", web.Messages(), account.Messages(), admin.Messages(), os.DirFS("../features/catalogue/site"))
	for _, key := range web.FaultsWithWords() {
		if !b.Has(key) {
			t.Errorf("there is no fault %s", key)
		}
	}
}

func TestAVisitorIsSentToSignInAndBack(t *testing.T) {
	site := webtest.With(t, web.Options{}, account.Messages())
	denied := failing(fault.Denied("people.sign_in_first"))
	site.Router.Handle("GET /secret", "secret", denied)
	site.Router.Handle("POST /secret", "secret.post", denied)
	site.Get("/secret?a=1&b=2").WantRedirect("/sign-in?return=%2Fsecret%3Fa%3D1%26b%3D2")
	site.Post("/secret", nil).Want(403)
	site.Program().Get("/secret").Want(403)
	// a link that has been used is no page to come back to
	site.Router.Handle("GET /used", "used", failing(fault.Denied("people.link_invalid")))
	site.Get("/used").Want(403, "This link has been used already", "A link works once", `href="/sign-in"`)
}

func TestAPanicIsA500(t *testing.T) {
	site := webtest.With(t, web.Options{Log: slog.New(slog.DiscardHandler)})
	site.Router.Handle("GET /boom", "boom", func(http.ResponseWriter, *http.Request) error { panic("secret") })
	site.In("fr").Get("/boom").Want(500, "de notre côté").WantNot("secret")
}

func TestEveryAnswerIsProtected(t *testing.T) {
	site := webtest.With(t, web.Options{Base: "https://commons.example.org"})
	site.Router.Handle("GET /hello", "hello", hello)
	for _, path := range []string{"/hello", "/nowhere", "/api/nowhere", site.Router.Asset("app.css"), "/static/x/y", "/language"} {
		a := site.Get(path)
		csp := a.Header.Get("Content-Security-Policy")
		for _, want := range []string{"default-src 'none'", "script-src 'self'", "style-src 'self'", "frame-ancestors 'none'", "base-uri 'none'", "form-action 'self'"} {
			if !strings.Contains(csp, want) {
				t.Errorf("%s: the policy %q lacks %s", path, csp, want)
			}
		}
		if strings.Contains(csp, "unsafe") || strings.Contains(csp, "data:") {
			t.Errorf("%s: the policy %q allows too much", path, csp)
		}
		for name, want := range map[string]string{"X-Content-Type-Options": "nosniff", "Cross-Origin-Opener-Policy": "same-origin", "Referrer-Policy": "strict-origin-when-cross-origin", "Strict-Transport-Security": "max-age=31536000"} {
			if got := a.Header.Get(name); got != want {
				t.Errorf("%s: %s is %q, want %q", path, name, got, want)
			}
		}
		if a.Header.Get("X-Request-Id") == "" {
			t.Errorf("%s: no request id", path)
		}
	}
}

func TestUnknownAddressesAndMethodsHavePages(t *testing.T) {
	site := webtest.New(t)
	site.Router.Handle("GET /hello", "hello", hello)
	site.In("fr").Get("/nowhere").Want(404, "Il n’y a rien à cette adresse")
	a := site.Post("/hello", nil).Want(405, "does not work that way")
	if !strings.Contains(a.Header.Get("Allow"), "GET") {
		t.Errorf("Allow is %q", a.Header.Get("Allow"))
	}
	site.Get("/api/nowhere").Want(404, `"status":404`)
}

// A redirect is its header: a body would be a page that nobody reads, and one to nowhere is a 404 at once.
func TestRedirectsHaveNoBody(t *testing.T) {
	site := webtest.New(t)
	site.Router.Handle("GET /hello", "hello", hello)
	site.Router.Handle("GET /api/hello", "api.hello", hello)
	site.Router.Handle("POST /away", "away", func(w http.ResponseWriter, r *http.Request) error { return web.SeeOther(w, r, "/hello") })
	for from, to := range map[string]string{"//hello?a=1": "/hello?a=1", "/x/../hello": "/hello", "/./hello": "/hello", "/api/../api/hello": "/api/hello"} {
		a := site.Get(from)
		if a.Status != http.StatusTemporaryRedirect || a.Header.Get("Location") != to || a.Body != "" {
			t.Errorf("%s: got %d to %q with the body %q, want 307 to %s without one", from, a.Status, a.Header.Get("Location"), a.Body, to)
		}
	}
	if a := site.Post("/away", nil); a.Status != 303 || a.Body != "" {
		t.Errorf("got %d with the body %q", a.Status, a.Body)
	}
	for _, nowhere := range []string{"/hello/../etc", "//etc", "/api/../api/nothing"} {
		if a := site.Get(nowhere).Want(404); a.Header.Get("Location") != "" {
			t.Errorf("%s: a 404 leads to %s", nowhere, a.Header.Get("Location"))
		}
	}
}

// What comes later or is away is no fault of this request: an operator who watches for errors must not be called for it.
func TestABusyAnswerIsNoErrorInTheLog(t *testing.T) {
	var out strings.Builder
	site := webtest.With(t, web.Options{Log: slog.New(slog.NewTextHandler(&out, nil))})
	site.Router.Handle("GET /busy", "busy", failing(fault.Busy("web.not_ready")))
	site.Router.Handle("GET /broken", "broken", failing(errors.New("disk on fire")))
	site.Get("/busy").Want(503)
	if strings.Contains(out.String(), "level=ERROR") || !strings.Contains(out.String(), "status=503") {
		t.Errorf("log: %s", out.String())
	}
	site.Get("/broken").Want(500)
	if !strings.Contains(out.String(), "level=ERROR") {
		t.Errorf("log: %s", out.String())
	}
}

func TestRoutesAreListed(t *testing.T) {
	site := webtest.New(t)
	act := people.Act{Name: "commons.edit"}
	site.Router.Handle("POST /commons/{slug}", "commons.edit", hello, act).MaxBody(10)
	routes := site.Router.Routes()
	last := routes[len(routes)-1]
	if last.Method != "POST" || last.Pattern != "/commons/{slug}" || last.Name != "commons.edit" || len(last.Acts) != 1 {
		t.Fatalf("got %+v", last)
	}
	defer func() {
		if recover() == nil {
			t.Fatal("a name given twice must be refused")
		}
	}()
	site.Router.Handle("GET /other", "commons.edit", hello)
}

func TestOtherSitesFormsAreRefused(t *testing.T) {
	site := webtest.With(t, web.Options{Base: "https://commons.example.org"})
	wrote := 0
	site.Router.Handle("POST /write", "write", func(w http.ResponseWriter, r *http.Request) error { wrote++; return web.SeeOther(w, r, "/") })
	for _, c := range []struct {
		rule, fetchSite, origin string
		status                  int
	}{
		{"another site", "cross-site", "https://evil.example", 403},
		{"a sub-domain", "same-site", "https://x.example.org", 403},
		{"an unknown origin", "", "null", 403},
		{"the page itself", "same-origin", "https://commons.example.org", 303},
		{"a program", "", "", 303},
		{"the public origin behind a proxy", "", "https://commons.example.org", 303},
	} {
		r := httptest.NewRequest(http.MethodPost, "http://10.0.0.5/write", nil)
		if c.fetchSite != "" {
			r.Header.Set("Sec-Fetch-Site", c.fetchSite)
		}
		if c.origin != "" {
			r.Header.Set("Origin", c.origin)
		}
		rec := httptest.NewRecorder()
		site.Router.ServeHTTP(rec, r)
		if rec.Code != c.status {
			t.Errorf("%s: got %d, want %d", c.rule, rec.Code, c.status)
		}
	}
	if wrote != 3 {
		t.Errorf("written %d times, want 3", wrote)
	}
}

func TestLanguageIsChosenThenOfThePersonThenOfTheBrowserThenDefault(t *testing.T) {
	site := webtest.New(t)
	site.Router.Handle("GET /hello", "hello", hello)
	french, english := `<html lang="fr"`, `<html lang="en"`
	site.Get("/hello").Want(200, english)
	site.In("fr-CH,de").Get("/hello").Want(200, french)
	site.In("br").Get("/hello").Want(200, french)
	ana := people.NewActor("p1", "Ana", "fr", nil)
	site.In("en").As(ana).Get("/hello").Want(200, french, "Ana")
	chosen := webtest.New(t).In("en")
	chosen.Router.Handle("GET /hello", "hello", hello)
	chosen.Post("/language", url.Values{"lang": {"fr"}, "return": {"/hello?x=1"}}).WantRedirect("/hello?x=1")
	a := chosen.Get("/hello").Want(200, french)
	if v := strings.Join(a.Header.Values("Vary"), ","); !strings.Contains(v, "Accept-Language") || !strings.Contains(v, "Cookie") {
		t.Errorf("Vary is %q", v)
	}
	chosen.Post("/language", url.Values{"lang": {"<script>"}, "return": {"/hello"}}).WantRedirect("/hello")
	chosen.Get("/hello").Want(200, french)
}

func TestThemeIsChosenWithoutJavaScript(t *testing.T) {
	site := webtest.New(t)
	site.Router.Handle("GET /hello", "hello", hello)
	site.Get("/hello").WantNot("data-theme")
	site.Post("/theme", url.Values{"theme": {"dark"}, "return": {"/hello"}}).WantRedirect("/hello")
	site.Get("/hello").Want(200, `data-theme="dark"`)
	site.Post("/theme", url.Values{"theme": {"auto"}, "return": {"/hello"}})
	site.Get("/hello").WantNot("data-theme")
}

func TestReturnAddressesStayHere(t *testing.T) {
	for in, want := range map[string]string{
		"/":                             "/",
		"/commons/umap?q=a#top":         "/commons/umap?q=a#top",
		"":                              "/",
		"commons":                       "/",
		"//evil.example":                "/",
		"///evil.example":               "/",
		`/\evil.example`:                "/",
		`\\evil.example`:                "/",
		"/a//evil.example":              "/",
		"/..//evil.example":             "/",
		"/%2F/evil.example":             "/",
		"/%5C/evil.example":             "/",
		"https://evil.example":          "/",
		"javascript:alert(1)":           "/",
		"/\t/evil.example":              "/",
		"/\r\nSet-Cookie: a=b":          "/",
		"/%zz":                          "/",
		"/" + strings.Repeat("a", 3000): "/",
	} {
		if got := web.SafePath(in); got != want {
			t.Errorf("%.60q: got %q, want %q", in, got, want)
		}
	}
}

func TestCookiesAreSecureOnHTTPS(t *testing.T) {
	for base, want := range map[string]string{
		"https://commons.example.org": "__Host-commun_session=abc; Path=/; Max-Age=3600; HttpOnly; Secure; SameSite=Lax",
		"http://localhost:8080":       "commun_session=abc; Path=/; Max-Age=3600; HttpOnly; SameSite=Lax",
	} {
		site := webtest.With(t, web.Options{Base: base})
		site.Router.Handle("GET /in", "in", func(w http.ResponseWriter, r *http.Request) error {
			web.SetSession(w, r, "abc", time.Hour)
			return web.SeeOther(w, r, "/")
		})
		if got := site.Get("/in").Header.Get("Set-Cookie"); got != want {
			t.Errorf("%s: got %q, want %q", base, got, want)
		}
	}
}

func TestAFlashIsShownOnce(t *testing.T) {
	site := webtest.New(t)
	site.Router.Handle("GET /hello", "hello", hello)
	site.Router.Handle("POST /do", "do", func(w http.ResponseWriter, r *http.Request) error {
		web.Flash(w, r, components.Success, "web.notice_success")
		return web.SeeOther(w, r, "/hello")
	})
	site.Post("/do", nil)
	site.Get("/hello").Want(200, `role="status"`, "notice success")
	site.Get("/hello").WantNot("notice success")
	for _, forged := range []string{"success:web.nowhere", "evil:web.skip", "success:<script>", "success"} {
		r := httptest.NewRequest(http.MethodGet, "/hello", nil)
		r.AddCookie(&http.Cookie{Name: "flash", Value: forged})
		site.Do(r).WantNot("notice success")
	}
}

func TestAdminLinkIsForAdministrators(t *testing.T) {
	site := webtest.New(t)
	site.Router.Handle("GET /hello", "hello", hello)
	admin := people.NewActor("p1", "Ana", "", map[string][]people.Role{people.Instance: {people.Admin}})
	site.As(admin).Get("/hello").Want(200, `href="/admin"`, `href="/account"`).WantNot(`href="/sign-in"`)
	site.Get("/hello").Want(200, `href="/sign-in"`).WantNot(`href="/admin"`)
}

type brokenSessions struct{}

func (brokenSessions) Authenticate(context.Context, string) (people.Actor, error) {
	return people.Actor{}, errors.New("database away")
}

func TestWhoCannotBeAuthenticatedIsNotTakenForAVisitor(t *testing.T) {
	bundle := i18ntest.Bundle(t, "en", web.Messages())
	rt := web.NewRouter(web.Options{Bundle: bundle, Sessions: brokenSessions{}})
	rt.Handle("GET /hello", "hello", hello)
	r := httptest.NewRequest(http.MethodGet, "/hello", nil)
	r.AddCookie(&http.Cookie{Name: "commun_session", Value: "x"})
	rec := httptest.NewRecorder()
	rt.ServeHTTP(rec, r)
	if rec.Code != 500 {
		t.Fatalf("got %d", rec.Code)
	}
}

func TestBodiesAreLimited(t *testing.T) {
	site := webtest.New(t)
	site.Router.Handle("POST /small", "small", func(w http.ResponseWriter, r *http.Request) error {
		var f struct {
			Name string `form:"name"`
		}
		if err := web.Decode(r, &f); err != nil {
			return err
		}
		return web.SeeOther(w, r, "/")
	}).MaxBody(100)
	site.Post("/small", url.Values{"name": {"ok"}}).WantRedirect("/")
	site.Post("/small", url.Values{"name": {strings.Repeat("x", 200)}}).Want(413, "too big", "At most 100\u00a0B")
}

func TestARenderThatFailsShowsNoHalfPage(t *testing.T) {
	site := webtest.With(t, web.Options{Log: slog.New(slog.DiscardHandler)})
	broken := templ.Join(components.Heading("Half", "", "", ""), errorComponent{})
	site.Router.Handle("GET /half", "half", func(w http.ResponseWriter, r *http.Request) error {
		return web.Render(w, r, web.Page{Title: "Half"}, broken)
	})
	site.Get("/half").Want(500, "on our side").WantNot("Half")
}

type errorComponent struct{}

func (errorComponent) Render(context.Context, io.Writer) error {
	return errors.New("cannot be drawn")
}

func TestPagesAreCompressedAndStaticFilesKept(t *testing.T) {
	site := webtest.New(t)
	site.Router.Handle("GET /hello", "hello", hello)
	for encoding, want := range map[string]string{"gzip": "gzip", "zstd, gzip": "zstd", "": ""} {
		r := httptest.NewRequest(http.MethodGet, "/hello", nil)
		r.Header.Set("Accept-Encoding", encoding)
		rec := httptest.NewRecorder()
		site.Router.ServeHTTP(rec, r)
		if got := rec.Header().Get("Content-Encoding"); got != want {
			t.Errorf("%q: got %q, want %q", encoding, got, want)
		}
	}
	css := site.Get(site.Router.Asset("app.css")).Want(200)
	if cc := css.Header.Get("Cache-Control"); !strings.Contains(cc, "immutable") {
		t.Errorf("Cache-Control is %q", cc)
	}
	site.Get("/static/OLDHASH/app.css").Want(404)
}

func TestTheFirstPageWeighsUnder60Kilobytes(t *testing.T) {
	site := webtest.New(t)
	site.Router.Handle("GET /hello", "hello", hello)
	total := 0
	for _, path := range []string{"/hello", site.Router.Asset("app.css"), site.Router.Asset("app.js"), site.Router.Asset("icon.svg"),
		site.Router.Asset("atkinson-hyperlegible-next-latin-400-normal.woff2"), site.Router.Asset("atkinson-hyperlegible-next-latin-700-normal.woff2")} {
		r := httptest.NewRequest(http.MethodGet, path, nil)
		r.Header.Set("Accept-Encoding", "gzip")
		rec := httptest.NewRecorder()
		site.Router.ServeHTTP(rec, r)
		if rec.Code != 200 {
			t.Fatalf("%s: %d", path, rec.Code)
		}
		total += rec.Body.Len()
	}
	t.Logf("%d bytes in all", total)
	if total > 45_000 { // leaves 15 kB to the page's own matter
		t.Errorf("the frame of a page weighs %d bytes, at most 45,000", total)
	}
}

func TestHealth(t *testing.T) {
	site := webtest.New(t)
	var away error
	err := web.Health(site.Router, prometheus.NewRegistry(), func(context.Context) error { return away }, nil)
	if err != nil {
		t.Fatal(err)
	}
	site.Get("/health").Want(200, "ok")
	site.Get("/ready").Want(200, "ready")
	site.Get("/metrics").Want(200, `commun_http_request_seconds_count{route="web.health",status="200"} 1`)
	away = errors.New("no database")
	site.Get("/ready").Want(503).WantNot("no database")
}

func TestAStreamSendsEventsAndEndsWithTheServer(t *testing.T) {
	site := webtest.New(t)
	ended := make(chan error, 1)
	site.Router.Handle("GET /events", "events", func(w http.ResponseWriter, r *http.Request) error {
		return web.Stream(w, r, func(ctx context.Context, send func(string, any)) error {
			send("progress", components.JobEvent{Done: 1, Total: 2, Status: "half\nway"})
			<-ctx.Done()
			ended <- ctx.Err()
			return nil
		})
	}).Streams()
	srv := web.NewServer("127.0.0.1:0", site.Router, nil)
	ts := httptest.NewUnstartedServer(nil)
	ts.Config = srv
	ts.Start()
	defer ts.Close()
	res, err := http.Get(ts.URL + "/events")
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	if ct := res.Header.Get("Content-Type"); ct != "text/event-stream" {
		t.Fatalf("content type %q", ct)
	}
	lines := bufio.NewScanner(res.Body)
	var got []string
	for lines.Scan() && len(got) < 3 {
		if lines.Text() != "" {
			got = append(got, lines.Text())
		}
		if len(got) == 3 {
			break
		}
	}
	if want := []string{": commun", "event: progress", `data: {"done":1,"total":2,"status":"half\nway"}`}; strings.Join(got, "|") != strings.Join(want, "|") {
		t.Fatalf("got %q, want %q", got, want)
	}
	if err := srv.Shutdown(t.Context()); err != nil {
		t.Fatal(err)
	}
	if err := <-ended; !errors.Is(err, context.Canceled) {
		t.Fatalf("the stream ended with %v", err)
	}
}

func TestTheLogHoldsNoQuery(t *testing.T) {
	var out strings.Builder
	site := webtest.With(t, web.Options{Log: slog.New(slog.NewTextHandler(&out, nil))})
	site.Router.Handle("GET /hello", "hello", hello)
	site.Router.Handle("GET /sign-in/{token}", "link", hello)
	site.Get("/hello?secret=s3cret").Want(200)
	site.Get("/sign-in/s3cret").Want(200)
	if strings.Contains(out.String(), "s3cret") || !strings.Contains(out.String(), "route=hello") {
		t.Fatalf("log: %s", out.String())
	}
}
