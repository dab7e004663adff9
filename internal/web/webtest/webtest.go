// Package webtest lets a feature's tests ask its pages as a browser would, without a network, and judges every page that comes back.
//
//	site := webtest.New(t, pages.Messages())
//	pages.Register(site.Router, service)
//	page := site.As(ana).Get("/commons/umap")
//	page.Want(200, "uMap")
//
// Missing messages fail the test when it ends. Browser (browser.go) drives a real Chromium.
package webtest

import (
	"context"
	"io"
	"io/fs"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"

	"commun/internal/core/people"
	"commun/internal/platform/i18n"
	"commun/internal/platform/i18n/i18ntest"
	"commun/internal/web"
)

// Site is a router under test and the browser that asks it: a language, a person, cookies. As and In return changed copies.
type Site struct {
	Router *web.Router
	Bundle *i18n.Bundle

	t        testing.TB
	sessions *sessions
	token    string
	lang     string
	cookies  map[string]string
	accept   string
}

// sessions gives each actor of the test a token.
type sessions struct{ actors map[string]people.Actor }

// Authenticate is web.Sessions.
func (s *sessions) Authenticate(_ context.Context, token string) (people.Actor, error) {
	return s.actors[token], nil
}

// New returns a site whose default language is English, with the messages of web and of sources. Options' Bundle and Sessions are the site's own.
func New(t testing.TB, sources ...fs.FS) *Site { return With(t, web.Options{}, sources...) }

// With is New with options.
func With(t testing.TB, opt web.Options, sources ...fs.FS) *Site {
	t.Helper()
	s := &Site{t: t, sessions: &sessions{map[string]people.Actor{}}, cookies: map[string]string{}, accept: "text/html"}
	s.Bundle = i18ntest.Bundle(t, "en", append([]fs.FS{web.Messages()}, sources...)...)
	opt.Bundle, opt.Sessions = s.Bundle, s.sessions
	if opt.Log == nil {
		opt.Log = slog.New(slog.NewTextHandler(t.Output(), &slog.HandlerOptions{Level: slog.LevelWarn}))
	}
	s.Router = web.NewRouter(opt)
	return s
}

// As returns the site as seen by a person who has signed in.
func (s *Site) As(a people.Actor) *Site {
	c := *s
	c.token = "token-of-" + a.Person
	s.sessions.actors[c.token] = a
	return &c
}

// In returns the site as seen by a browser of that language.
func (s *Site) In(lang string) *Site { c := *s; c.lang = lang; return &c }

// Program returns the site as asked by a program that wants JSON.
func (s *Site) Program() *Site { c := *s; c.accept = "application/json"; return &c }

// Answer is what came back.
type Answer struct {
	Status int
	Header http.Header
	Body   string
	t      testing.TB
	what   string
}

// Get asks for a page. An HTML answer is judged (see CheckPage).
func (s *Site) Get(path string) *Answer {
	s.t.Helper()
	path, _, _ = strings.Cut(path, "#") // a browser keeps it to itself
	return s.Do(httptest.NewRequest(http.MethodGet, path, nil))
}

// Post sends a form, as the page's own browser would.
func (s *Site) Post(path string, form url.Values) *Answer {
	s.t.Helper()
	r := httptest.NewRequest(http.MethodPost, path, strings.NewReader(form.Encode()))
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	return s.Do(r)
}

// JSON sends a body to the API.
func (s *Site) JSON(method, path, body string) *Answer {
	s.t.Helper()
	r := httptest.NewRequest(method, path, strings.NewReader(body))
	r.Header.Set("Content-Type", "application/json")
	return s.Do(r)
}

// Do asks with a request of the test's own making. Cookies that come back are kept for the next request.
func (s *Site) Do(r *http.Request) *Answer {
	s.t.Helper()
	if s.lang != "" {
		r.Header.Set("Accept-Language", s.lang)
	}
	if r.Header.Get("Accept") == "" {
		r.Header.Set("Accept", s.accept)
	}
	r.Header.Set("Sec-Fetch-Site", "same-origin")
	for name, value := range s.cookies {
		r.AddCookie(&http.Cookie{Name: name, Value: value})
	}
	if s.token != "" {
		name := "commun_session"
		if strings.HasPrefix(s.Router.Base(), "https://") {
			name = "__Host-" + name
		}
		r.AddCookie(&http.Cookie{Name: name, Value: s.token})
	}
	rec := httptest.NewRecorder()
	s.Router.ServeHTTP(rec, r)
	res := rec.Result()
	body, err := io.ReadAll(res.Body)
	if err != nil {
		s.t.Fatal(err)
	}
	for _, c := range res.Cookies() {
		if c.MaxAge < 0 {
			delete(s.cookies, c.Name)
		} else {
			s.cookies[c.Name] = c.Value
		}
	}
	a := &Answer{Status: res.StatusCode, Header: res.Header, Body: string(body), t: s.t, what: r.Method + " " + r.URL.RequestURI()}
	if strings.HasPrefix(res.Header.Get("Content-Type"), "text/html") {
		for _, fault := range PageFaults(a.Body) {
			s.t.Errorf("%s: %s", a.what, fault)
		}
	}
	return a
}

// Want fails the test unless the answer has that status and holds each text.
func (a *Answer) Want(status int, texts ...string) *Answer {
	a.t.Helper()
	if a.Status != status {
		a.t.Errorf("%s: got status %d, want %d: %.600s", a.what, a.Status, status, a.Body)
	}
	for _, text := range texts {
		if !strings.Contains(a.Body, text) {
			a.t.Errorf("%s: the answer lacks %q: %.4000s", a.what, text, a.Body)
		}
	}
	return a
}

// WantNot fails the test when the answer holds one of the texts.
func (a *Answer) WantNot(texts ...string) *Answer {
	a.t.Helper()
	for _, text := range texts {
		if strings.Contains(a.Body, text) {
			a.t.Errorf("%s: the answer holds %q", a.what, text)
		}
	}
	return a
}

// WantRedirect fails the test unless the answer leads to path.
func (a *Answer) WantRedirect(path string) *Answer {
	a.t.Helper()
	if a.Status != http.StatusSeeOther || a.Header.Get("Location") != path {
		a.t.Errorf("%s: got status %d to %q, want 303 to %q: %.600s", a.what, a.Status, a.Header.Get("Location"), path, a.Body)
	}
	return a
}
