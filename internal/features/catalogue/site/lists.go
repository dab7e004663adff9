package site

import (
	"errors"
	"io"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"strconv"
	"strings"

	"commun/internal/core/people"
	"commun/internal/features/catalogue"
	"commun/internal/platform/fault"
	"commun/internal/platform/i18n"
	"commun/internal/platform/jobs"
	"commun/internal/web"
	"commun/internal/web/admin"
	"commun/internal/web/components"
)

// listsView shows the lists that were given.
type listsView struct {
	Lists []catalogue.List
	Tabs  []components.Link
}

func (p *Pages) lists(w http.ResponseWriter, r *http.Request) error {
	list, err := p.Catalogue.Lists(r.Context(), web.Actor(r))
	if err != nil {
		return err
	}
	tabs, err := p.adminTabs(r, "/lists")
	if err != nil {
		return err
	}
	l := web.L(r)
	return web.Render(w, r, web.Page{Title: l.T("find.lists_title"), Nav: "admin", NoIndex: true, Crumbs: adminCrumb(l)}, listsPage(listsView{list, tabs}))
}

func adminCrumb(l *i18n.Localizer) []components.Link {
	return []components.Link{{Text: l.T("web.nav_admin"), Href: "/admin"}}
}

// listForm is what the form for a list sends, beside a file.
type listForm struct {
	Addresses string `form:"addresses,lines" max:"2000000"`
	Folder    string `form:"folder" max:"4000"`
	Fetch     bool   `form:"fetch"`
}

func (p *Pages) newList(w http.ResponseWriter, r *http.Request) error {
	if err := web.Actor(r).May(catalogue.ActImport, people.Instance); err != nil {
		return err
	}
	return p.showNewList(w, r, listForm{}, nil)
}

func (p *Pages) showNewList(w http.ResponseWriter, r *http.Request, f listForm, errs components.Errors) error {
	l := web.L(r)
	return web.Render(w, r, web.Page{Title: l.T("find.give_list"), Nav: "admin", NoIndex: true, Errors: errs,
		Crumbs: append(adminCrumb(l), components.Link{Text: l.T("find.lists_title"), Href: "/lists"})}, newListPage(f, errs))
}

func (p *Pages) giveList(w http.ResponseWriter, r *http.Request) error {
	if err := web.Actor(r).May(catalogue.ActImport, people.Instance); err != nil {
		return err
	}
	var f listForm
	err := web.Decode(r, &f)
	var id string
	if err == nil {
		id, err = p.takeList(r, f)
	}
	if err != nil {
		errs, err := web.FormErrors(r, err)
		if err != nil {
			return err
		}
		return p.showNewList(w, r, f, errs)
	}
	return web.SeeOther(w, r, "/lists/"+id)
}

// takeList gives the service what the form holds: a file, else the addresses typed, else a folder of this machine.
func (p *Pages) takeList(r *http.Request, f listForm) (id string, err error) {
	ctx, by := r.Context(), web.Actor(r)
	file, header, err := r.FormFile("file")
	switch {
	case err == nil && header.Size > 0:
		id, _, err = p.Catalogue.ImportAddresses(ctx, by, filepath.Base(header.Filename), file)
		err = errors.Join(err, file.Close())
		return id, atField(err, "file")
	case err != nil && !errors.Is(err, http.ErrMissingFile) && !errors.Is(err, http.ErrNotMultipart):
		return "", fault.Invalid("file", "form.unreadable").Wrap(err)
	case f.Folder != "":
		return p.takeFolder(r, f)
	}
	name := web.L(r).T("find.list_typed")
	id, _, err = p.Catalogue.ImportAddresses(ctx, by, name, io.Reader(strings.NewReader(f.Addresses)))
	return id, atField(err, "addresses")
}

func (p *Pages) takeFolder(r *http.Request, f listForm) (string, error) {
	info, err := os.Stat(f.Folder)
	if err != nil || !filepath.IsAbs(f.Folder) || !info.IsDir() {
		return "", fault.Invalid("folder", "catalogue.folder_unreadable").Wrap(err)
	}
	id, _, err := p.Catalogue.ImportFolder(r.Context(), web.Actor(r), f.Folder, os.DirFS(f.Folder), f.Fetch)
	return id, atField(err, "folder")
}

// atField moves the faults of a list to the control by which it was given.
func atField(err error, field string) error {
	l := fault.Of(err)
	if len(l) == 0 {
		return err
	}
	var moved fault.List
	for _, x := range l {
		c := *x
		if c.Field == "list" {
			c.Field = field
		}
		moved = append(moved, &c)
	}
	return moved
}

// oneListView is what came of a list.
type oneListView struct {
	catalogue.ListStatus
	Job     *components.Job
	Only    catalogue.Outcome
	Filters []components.Link
	Lines   []catalogue.Line
	Pages   components.Pages
}

// linesPage is how many lines the service gives at once.
const linesPage = 100

// outcomes lists them in the order in which the page filters by them.
var outcomes = []catalogue.Outcome{catalogue.OutcomeAdded, catalogue.OutcomeUpdated, catalogue.OutcomeExisted, catalogue.OutcomeRefused}

func (p *Pages) oneList(w http.ResponseWriter, r *http.Request) error {
	ctx, by, l, id := r.Context(), web.Actor(r), web.L(r), r.PathValue("id")
	status, err := p.Catalogue.ListStatus(ctx, by, id)
	if err != nil {
		return err
	}
	q := r.URL.Query()
	after, _ := strconv.Atoi(q.Get("after")) // anything else is the beginning
	v := oneListView{ListStatus: status, Only: catalogue.Outcome(cut(q.Get("outcome"), 20)), Pages: components.Pages{Label: l.T("find.lines")}}
	if v.Lines, err = p.Catalogue.Lines(ctx, by, id, v.Only, after); err != nil {
		return err
	}
	path := "/lists/" + id
	at := func(outcome catalogue.Outcome, after int) string {
		u := url.Values{}
		if outcome != "" {
			u.Set("outcome", string(outcome))
		}
		if after > 0 {
			u.Set("after", strconv.Itoa(after))
		}
		if len(u) == 0 {
			return path
		}
		return path + "?" + u.Encode()
	}
	v.Filters = []components.Link{{Text: l.T("find.outcome_all", i18n.Args{"number": status.Total}), Href: path, Current: v.Only == ""}}
	for _, o := range outcomes {
		v.Filters = append(v.Filters, components.Link{Text: l.T("find.outcome_count", i18n.Args{"outcome": named(l, outcomeWords, string(o)), "number": status.Outcomes[o]}),
			Href: at(o, 0), Current: v.Only == o})
	}
	if len(v.Lines) == linesPage {
		v.Pages.Next = at(v.Only, v.Lines[linesPage-1].Line)
	}
	if after > 0 {
		v.Pages.Previous = at(v.Only, 0)
	}
	if v.Job, err = p.listJob(r, id); err != nil {
		return err
	}
	return web.Render(w, r, web.Page{Title: status.Name, Nav: "admin", NoIndex: true, Wide: true,
		Crumbs: append(adminCrumb(l), components.Link{Text: l.T("find.lists_title"), Href: "/lists"})}, oneListPage(v))
}

// listJob is the work on a list while it goes on, or when it failed.
func (p *Pages) listJob(r *http.Request, id string) (*components.Job, error) {
	found, err := p.Queue.List(r.Context(), jobs.Filter{Kind: catalogue.JobList, Subject: id, Limit: 1})
	if err != nil || len(found) == 0 || found[0].State == jobs.Done {
		return nil, err
	}
	j := admin.Progress(web.L(r), found[0])
	if !found[0].State.Final() {
		j.Reload = "/lists/" + id
	}
	return &j, nil
}
