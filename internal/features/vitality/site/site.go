// Package site shows who keeps a commons alive: a panel for the commons' page, a page of sentences and small drawings with their numbers,
// the same as CSV and JSON, and a page on which every measure is defined.
//
// A page says what the figures say and no more: there is no composite score, a window counts back from the last change and says so when that
// is long ago, and what could not be counted is named before the first figure. Names are those that git makes public; addresses never appear.
package site

import (
	"bytes"
	"context"
	"embed"
	"errors"
	"fmt"
	"io/fs"
	"net/http"
	"slices"
	"strings"

	"github.com/a-h/templ"

	"commun/engines/githistory"
	"commun/internal/core/commons"
	"commun/internal/core/people"
	"commun/internal/features/vitality"
	"commun/internal/features/vitality/report"
	"commun/internal/platform/fault"
	"commun/internal/platform/i18n"
	"commun/internal/web"
	"commun/internal/web/components"
)

//go:embed messages/*.toml
var messages embed.FS

// Messages returns what these pages say, and what the faults of package vitality say.
func Messages() fs.FS { return messages }

// Pages answers vitality's routes and draws its panel.
type Pages struct {
	// Commons finds a commons that the reader may see; who may see it may see its figures.
	Commons interface {
		BySlug(ctx context.Context, by people.Actor, slug string) (commons.Commons, error)
	}
	// Vitality gives what was measured, or vitality.ErrNotMeasured.
	Vitality interface {
		Of(ctx context.Context, commons string) (vitality.Measured, error)
		Brief(ctx context.Context, commons string) (vitality.Measured, error)
	}
}

// definitionsPath is where every figure's definition stands, each under its id.
const definitionsPath = "/definitions"

// Routes hangs the pages on rt.
func (p *Pages) Routes(rt *web.Router) {
	rt.Handle("GET /commons/{slug}/vitality", "vitality.show", p.show)
	rt.Handle("GET /commons/{slug}/vitality/{file}", "vitality.table", p.table)
	rt.Handle("GET /commons/{slug}/vitality.json", "vitality.json", p.json)
	rt.Handle("GET "+definitionsPath, "vitality.definitions", p.definitions)
}

// Show returns the panel of a commons' page: its most telling findings of a year, who was active by month, and the way to all figures. A commons
// without a repository has no panel (an empty component); one that was not measured yet says that its figures will come.
func (p *Pages) Show(ctx context.Context, l *i18n.Localizer, c commons.Commons) (templ.Component, error) {
	m, err := p.Vitality.Brief(ctx, c.ID)
	if errors.Is(err, vitality.ErrNotMeasured) {
		if _, ok := c.Main(); !ok {
			return templ.NopComponent, nil
		}
		return panelEmpty(), nil
	}
	if err != nil {
		return nil, fmt.Errorf("read figures for the panel of %s: %w", c.ID, err)
	}
	return panel(newView(l, c, m, githistory.Window12m, web.NowIn(ctx))), nil
}

// load finds the commons that a request names, and its figures. measured is false when there are none yet.
func (p *Pages) load(r *http.Request) (c commons.Commons, m vitality.Measured, measured bool, err error) {
	if c, err = p.Commons.BySlug(r.Context(), web.Actor(r), r.PathValue("slug")); err != nil {
		return c, m, false, err
	}
	m, err = p.Vitality.Of(r.Context(), c.ID)
	if errors.Is(err, vitality.ErrNotMeasured) {
		return c, m, false, nil
	}
	return c, m, err == nil, err
}

func (p *Pages) show(w http.ResponseWriter, r *http.Request) error {
	c, m, measured, err := p.load(r)
	if err != nil {
		return err
	}
	l := web.L(r)
	name := short(c.Name())
	page := web.Page{Title: l.T("vitality.title", i18n.Args{"name": name}), Nav: "commons", Wide: measured,
		Description: l.T("vitality.description", i18n.Args{"name": name}),
		Crumbs:      []components.Link{{Text: l.T("vitality.commons"), Href: "/commons"}, {Text: name, Href: "/commons/" + c.Slug}}}
	if !measured {
		key := "vitality.empty_text"
		if _, ok := c.Main(); !ok {
			key = "vitality.no_home"
		}
		page.NoIndex = true
		return web.Render(w, r, page, emptyPage(page.Title, l.T(key, i18n.Args{"name": name}), name, "/commons/"+c.Slug))
	}
	v := newView(l, c, m, r.URL.Query().Get("window"), web.Now(r))
	page.NoIndex = v.window != githistory.Window12m // one page a commons is enough to be found
	return web.Render(w, r, page, vitalityPage(v))
}

// needsLines are the tables that hold changed lines, which an early result has not counted.
var needsLines = []string{"windows", "contributors", "months"}

func (p *Pages) table(w http.ResponseWriter, r *http.Request) error {
	c, m, measured, err := p.load(r)
	if err != nil {
		return err
	}
	if !measured {
		return vitality.ErrNotMeasured
	}
	name, isCSV := strings.CutSuffix(r.PathValue("file"), ".csv")
	tables := report.Tables(&m.Result)
	i := slices.IndexFunc(tables, func(t report.Table) bool { return isCSV && t.Name == name })
	if i < 0 {
		return fault.Missing("vitality.no_table")
	}
	if m.LinesPending && slices.Contains(needsLines, name) {
		return fault.Busy("vitality.counting_busy")
	}
	var body bytes.Buffer
	if err := report.WriteCSV(&body, tables[i]); err != nil {
		return err
	}
	w.Header().Set("Content-Type", "text/csv; charset=utf-8")
	w.Header().Set("Content-Disposition", fmt.Sprintf("attachment; filename=%q", c.Slug+"-"+name+".csv"))
	_, err = w.Write(body.Bytes())
	return err
}

func (p *Pages) json(w http.ResponseWriter, r *http.Request) error {
	_, m, measured, err := p.load(r)
	if err != nil {
		return err
	}
	if !measured {
		return vitality.ErrNotMeasured
	}
	if m.LinesPending {
		return fault.Busy("vitality.counting_busy")
	}
	var body bytes.Buffer
	if err := report.JSON(&body, &m.Result); err != nil {
		return fmt.Errorf("write figures as JSON: %w", err)
	}
	w.Header().Set("Content-Type", "application/json; charset=utf-8")
	_, err = w.Write(body.Bytes())
	return err
}

func (p *Pages) definitions(w http.ResponseWriter, r *http.Request) error {
	l := web.L(r)
	return web.Render(w, r, web.Page{Title: l.T("vitality.definitions.title"), Description: l.T("vitality.definitions.lead"), Nav: "commons"},
		definitionsPage(measures()))
}
