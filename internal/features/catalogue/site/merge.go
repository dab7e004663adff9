package site

import (
	"net/http"
	"strings"

	"commun/internal/core/commons"
	"commun/internal/features/catalogue"
	"commun/internal/platform/storage"
	"commun/internal/web"
	"commun/internal/web/components"
)

// mergeView looks for the commons that this one is a duplicate of.
type mergeView struct {
	C           commons.Commons
	Query       string
	Found       []mergeChoice
	Into        *commons.Commons // the one that was chosen, to be confirmed
	MayInto     bool             // the reader answers for it too, as a merge asks
	WriteTo     string           // the link that writes to those who do
	Goes, Stays []components.Row // the two, told apart
	Asked       bool
}

// mergeChoice is a commons that may be the other one; Yours says that the reader answers for it.
type mergeChoice struct {
	catalogue.Item
	Yours bool
}

// mergeChoices is how many commons the search for a duplicate offers.
const mergeChoices = 10

func (p *Pages) mergePage(w http.ResponseWriter, r *http.Request) error {
	c, done, err := p.loadFor(w, r, commons.ActMerge)
	if err != nil || done {
		return err
	}
	l, by := web.L(r), web.Actor(r)
	v := mergeView{C: c, Query: strings.TrimSpace(cut(r.URL.Query().Get("q"), 200)), Asked: r.URL.Query().Has("q")}
	if into := r.URL.Query().Get("into"); into != "" {
		other, err := p.Commons.ByID(r.Context(), by, into)
		if err != nil {
			return err
		}
		v.Into, v.MayInto = &other, by.May(commons.ActMerge, other.ID) == nil
		if v.Goes, _, err = p.mergeRows(r, c); err != nil {
			return err
		}
		var keepers []string
		if v.Stays, keepers, err = p.mergeRows(r, other); err != nil {
			return err
		}
		v.WriteTo = writeTo(l, keepers)
	} else if v.Query != "" {
		found, err := p.Catalogue.List(r.Context(), by, catalogue.Query{Text: v.Query, Lang: l.Lang(), Limit: mergeChoices})
		if err != nil {
			return err
		}
		for _, it := range found.Items {
			if it.ID != c.ID {
				v.Found = append(v.Found, mergeChoice{it, by.May(commons.ActMerge, it.ID) == nil})
			}
		}
	}
	page := under(r, c, l.T("find.merge_title"), nil)
	page.Crumbs = append(page.Crumbs, components.Link{Text: l.T("find.nav_manage"), Href: pathOf(c.Slug) + "/manage"})
	return web.Render(w, r, page, mergePage(v))
}

// mergeRows are what tells an entry from another of the same name: its page, its repositories, since when it is here and who takes care of it.
func (p *Pages) mergeRows(r *http.Request, c commons.Commons) (rows []components.Row, keepers []string, err error) {
	l := web.L(r)
	if keepers, err = p.keepers(r.Context(), c.ID); err != nil {
		return nil, nil, err
	}
	add := func(key, value string) {
		if value != "" {
			rows = append(rows, components.Row{Key: l.T(key), Value: value})
		}
	}
	add("field.name", c.Name())
	rows = append(rows, components.Row{Key: l.T("find.merge_page"), Body: components.Anchor(components.Link{Text: pathOf(c.Slug), Href: pathOf(c.Slug)})})
	if list := catalogue.Repositories(c); len(list) > 0 {
		rows = append(rows, components.Row{Key: l.T("find.place_repository"), Body: linesOf(list)})
	} else {
		add("find.place_repository", l.T("find.merge_no_repository"))
	}
	if x, ok := c.In("summary", l.Lang()); ok {
		rows = append(rows, components.Row{Key: l.T("field.summary"), Value: x.Text(), Lang: x.Lang})
	}
	add("find.merge_added", l.Date(storage.Time(c.CreatedAt)))
	add("find.manage_roles", l.List(keepers))
	return rows, keepers, nil
}
