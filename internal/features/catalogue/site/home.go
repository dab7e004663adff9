package site

import (
	"cmp"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"commun/internal/features/catalogue"
	"commun/internal/platform/i18n"
	"commun/internal/web"
	"commun/internal/web/components"
)

// homeView is what the first page shows.
type homeView struct {
	Name      string // of the instance
	About     string // Markdown
	AboutLang string
	Total     int
	Ways      []components.Link // values to begin to look by, with their numbers
	Added     []components.Result
	Updated   []components.Result
	MayAdd    bool
	Admin     bool
}

// homeItems is how many commons each list of the first page shows.
const homeItems = 4

func (p *Pages) home(w http.ResponseWriter, r *http.Request) error {
	ctx, by, l := r.Context(), web.Actor(r), web.L(r)
	set, err := p.Settings(ctx)
	if err != nil {
		return err
	}
	added, err := p.Catalogue.List(ctx, by, catalogue.Query{Lang: l.Lang(), Sort: catalogue.ByAdded, Limit: homeItems})
	if err != nil {
		return err
	}
	updated, err := p.Catalogue.List(ctx, by, catalogue.Query{Lang: l.Lang(), Sort: catalogue.ByUpdated, Limit: 2 * homeItems})
	if err != nil {
		return err
	}
	// what is new is changed too: each commons stands once
	changed := slices.DeleteFunc(updated.Items, func(it catalogue.Item) bool {
		return slices.ContainsFunc(added.Items, func(x catalogue.Item) bool { return x.ID == it.ID })
	})
	changed = changed[:min(len(changed), homeItems)]
	v := homeView{Name: set.Name, Total: added.Total, Added: results(l, added.Items), Updated: results(l, changed), Admin: by.IsAdmin(), Ways: ways(l, added)}
	for _, lang := range []string{l.Lang(), "en", "fr"} {
		if v.About == "" {
			v.About, v.AboutLang = strings.TrimSpace(set.About[lang]), lang
		}
	}
	if v.MayAdd, err = p.mayAdd(r); err != nil {
		return err
	}
	return web.Render(w, r, web.Page{Title: set.Name, Nav: "home", Description: l.T("find.home_lead"), Wide: true,
		Feeds: []components.Link{{Text: l.T("find.list_title"), Href: "/commons.atom"}}}, homePage(v))
}

// maxWays is how many ways to begin to look the first page offers.
const maxWays = 12

// ways are the audiences and kinds that most commons have.
func ways(l *i18n.Localizer, page catalogue.Page) []components.Link {
	var list []components.Link
	for _, f := range []string{"kind", "audience"} {
		counts := page.Facets[f]
		values := slices.SortedFunc(maps.Keys(counts), func(a, b string) int {
			return cmp.Or(cmp.Compare(counts[b], counts[a]), strings.Compare(a, b))
		})
		if f == "kind" && len(values) < 2 {
			continue // all are of one kind: that narrows nothing
		}
		for _, x := range values {
			list = append(list, components.Link{Text: l.T("find.way", i18n.Args{"name": word(l, f, x), "number": counts[x]}),
				Href: "/commons?" + url.Values{f: {x}}.Encode()})
		}
	}
	return list[:min(len(list), maxWays)]
}
