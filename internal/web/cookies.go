package web

import (
	"net/http"
	"regexp"
	"slices"
	"strings"
	"time"
)

// Names of cookies. On https each has the prefix __Host-: only this host, over https, can have set it.
const (
	sessionCookie = "commun_session"
	langCookie    = "lang"
	themeCookie   = "theme"
	flashCookie   = "flash"
)

func cookieName(r *http.Request, name string) string {
	if st := stateOf(r.Context()); st != nil && st.rt.secure {
		return "__Host-" + name
	}
	return name
}

// SetCookie sets a cookie for the whole site, unreadable to scripts, not sent from other sites' forms, and for https only when the instance's
// address is https. age 0 makes it last until the browser closes; a negative age removes it.
func SetCookie(w http.ResponseWriter, r *http.Request, name, value string, age time.Duration) {
	st := stateOf(r.Context())
	seconds := int(age / time.Second)
	if age < 0 {
		seconds = -1
	}
	http.SetCookie(w, &http.Cookie{
		Name: cookieName(r, name), Value: value, Path: "/", MaxAge: seconds,
		HttpOnly: true, SameSite: http.SameSiteLaxMode, Secure: st != nil && st.rt.secure,
	})
}

// Cookie returns the value of a cookie that SetCookie set, or "".
func Cookie(r *http.Request, name string) string {
	c, err := r.Cookie(cookieName(r, name))
	if err != nil {
		return ""
	}
	return c.Value
}

// SetSession gives the browser a session's token for as long as the session lasts.
func SetSession(w http.ResponseWriter, r *http.Request, token string, age time.Duration) {
	SetCookie(w, r, sessionCookie, token, age)
}

// ClearSession takes the session's token from the browser.
func ClearSession(w http.ResponseWriter, r *http.Request) { SetCookie(w, r, sessionCookie, "", -1) }

// SessionToken returns the token of the request's session, or "": to revoke it, or to tell it from the person's others.
func SessionToken(r *http.Request) string { return Cookie(r, sessionCookie) }

// themes are what the theme switch offers; the empty one follows the device.
var themes = []string{"auto", "light", "dark"}

func postLanguage(w http.ResponseWriter, r *http.Request) error {
	if lang := r.PostFormValue("lang"); stateOf(r.Context()).rt.opt.Bundle.Speaks(lang) {
		SetCookie(w, r, langCookie, lang, 365*24*time.Hour)
	}
	return SeeOther(w, r, r.PostFormValue("return"))
}

func postTheme(w http.ResponseWriter, r *http.Request) error {
	switch theme := r.PostFormValue("theme"); {
	case theme == "auto":
		SetCookie(w, r, themeCookie, "", -1)
	case slices.Contains(themes, theme):
		SetCookie(w, r, themeCookie, theme, 365*24*time.Hour)
	}
	return SeeOther(w, r, r.PostFormValue("return"))
}

// flashes are the kinds of a flash message, as Notice has them.
var flashes = []string{"success", "info", "warning"}

var messageKey = regexp.MustCompile(`^[a-z0-9_]+(\.[a-z0-9_]+)+$`)

// Flash shows the message of key, once, at the top of the next page: after a POST that went well and before SeeOther. Only the key travels, in
// a cookie; a key that the instance's messages don't have is never shown. kind is "success", "info" or "warning".
func Flash(w http.ResponseWriter, r *http.Request, kind, key string) {
	SetCookie(w, r, flashCookie, kind+":"+key, time.Minute)
}

// takeFlash returns the waiting message's kind and key, and removes it.
func takeFlash(w http.ResponseWriter, r *http.Request) (kind, key string) {
	v := Cookie(r, flashCookie)
	if v == "" {
		return "", ""
	}
	SetCookie(w, r, flashCookie, "", -1)
	kind, key, _ = strings.Cut(v, ":")
	if !slices.Contains(flashes, kind) || !messageKey.MatchString(key) || !stateOf(r.Context()).rt.opt.Bundle.Has(key) {
		return "", ""
	}
	return kind, key
}
