package web

import (
	"bytes"
	"context"
	"fmt"
	"net/http"
	"slices"
	"strconv"

	"github.com/a-h/templ"

	"commun/internal/platform/i18n"
	"commun/internal/web/components"
)

// Page is what the layout needs to know of a page; the body is a component, and writes the h1 (components.Heading).
type Page struct {
	Title       string // the page's answer or name, in <title>
	Lang        string // of Title, when it is not the page's
	Description string // for search engines and previews
	Nav         string // the NavItem or "account", "admin" that is current
	Crumbs      []components.Link
	Errors      components.Errors // shown at the top, and said in the title
	Status      int               // 200 when 0; 422 when 0 and there are Errors
	Wide        bool              // uses the whole width: a list with facets, a table
	Feeds       []components.Link // Atom feeds of what the page shows
	NoIndex     bool              // search engines leave it out
}

// Render writes a page with its components, one after the other. The whole page is made before the first byte is sent, so that a fault gives an error page and never half of one.
func Render(w http.ResponseWriter, r *http.Request, p Page, body ...templ.Component) error {
	st := stateOf(r.Context())
	if st == nil {
		return fmt.Errorf("render page: the request did not come through a web.Router")
	}
	if p.Status == 0 {
		p.Status = http.StatusOK
		if len(p.Errors) > 0 {
			p.Status = http.StatusUnprocessableEntity
		}
	}
	v := view{Page: p, st: st}
	if v.flashKind, v.flashKey = takeFlash(w, r); p.Status >= http.StatusBadRequest {
		v.flashKey = "" // what went well before is no answer to what went wrong now
	}
	var buf bytes.Buffer
	if err := layout(v, templ.Join(body...)).Render(r.Context(), &buf); err != nil {
		return fmt.Errorf("render page %q: %w", p.Title, err)
	}
	h := w.Header()
	h.Set("Content-Type", "text/html; charset=utf-8")
	h.Set("Content-Language", st.loc.Lang())
	h.Set("Content-Length", strconv.Itoa(buf.Len()))
	w.WriteHeader(p.Status)
	if r.Method != http.MethodHead {
		_, _ = w.Write(buf.Bytes()) // an error here means that the client has gone
	}
	return nil
}

// view is a page with the request it answers.
type view struct {
	Page
	st                  *state
	flashKind, flashKey string
}

func (v view) loc() *i18n.Localizer { return v.st.loc }
func (v view) opt() Options         { return v.st.rt.opt }

func (v view) product() string { name, _ := v.st.rt.live(); return name }

// title is the page's, then the instance's name; errors are said first, since a screen reader reads the title on load.
func (v view) title(ctx context.Context) string {
	title := v.Title
	if len(v.Errors) > 0 {
		title = i18n.T(ctx, "web.title_error", i18n.Args{"title": title})
	}
	if title == "" || title == v.product() {
		return v.product()
	}
	return title + " – " + v.product()
}

// accountName is the person's own, or a word for it when the account has none yet.
func (v view) accountName(ctx context.Context) string {
	if v.st.actor.Name != "" {
		return v.st.actor.Name
	}
	return i18n.T(ctx, "web.nav_account")
}

// others are the languages that the page could be read in instead.
func (v view) others() []string {
	return slices.DeleteFunc(v.st.rt.opt.Bundle.Languages(), func(lang string) bool { return lang == v.loc().Lang() })
}

func (v view) theme() string {
	if v.st.theme == "" {
		return "auto"
	}
	return v.st.theme
}
