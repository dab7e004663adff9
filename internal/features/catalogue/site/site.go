// Package site holds the catalogue's pages, feeds and downloads: home, the list with its search, a commons with all that is known of it, its
// history, the forms that add and correct it, and what stewards and administrators need.
//
// A handler decodes, calls a service, answers. Which words stand for which value is in words.go; the templates are beside the handlers that
// show them (list.go, list.templ). Other features show themselves on a commons' page through a Panel.
package site

import (
	"context"
	"embed"
	"encoding/json"
	"io/fs"
	"net/http"
	"net/url"
	"strings"

	"github.com/a-h/templ"

	"commun/internal/core/commons"
	"commun/internal/core/instance"
	"commun/internal/core/journal"
	"commun/internal/core/people"
	"commun/internal/features/catalogue"
	"commun/internal/platform/fault"
	"commun/internal/platform/i18n"
	"commun/internal/platform/jobs"
	"commun/internal/web"
	"commun/internal/web/components"
	"commun/internal/web/feed"
	"commun/internal/web/record"
)

//go:embed messages/*.toml
var messages embed.FS

// Messages returns what these pages say, and the words for the faults of core/commons, features/catalogue, platform/gitrepo and platform/mail.
func Messages() fs.FS { return messages }

// Panel is what another feature shows on a commons' page. It begins with an h2. A nil component shows nothing.
type Panel interface {
	Show(ctx context.Context, l *i18n.Localizer, c commons.Commons) (templ.Component, error)
}

// Entries is what these pages need of package record.
type Entries interface {
	Lines(ctx context.Context, by people.Actor, lang string, list []journal.Recorded) ([]record.Line, error)
	Changes(l *i18n.Localizer, e journal.Recorded) []components.Change
	Feed(r *http.Request, title, page, self string, lines []record.Line) feed.Feed
}

// Journal is what these pages need of the journal.
type Journal interface {
	History(ctx context.Context, o journal.Object, before int64) ([]journal.Recorded, error)
	Activity(ctx context.Context, kinds []string, owner, author, cursor string) ([]journal.Recorded, error)
	PublicKinds() []string
}

// Queue is what these pages need of the jobs.
type Queue interface {
	Get(ctx context.Context, id string) (jobs.Record, error)
	List(ctx context.Context, f jobs.Filter) ([]jobs.Record, error)
}

// Pages answers the catalogue's routes. All fields but Panels are needed.
type Pages struct {
	Catalogue *catalogue.Service
	Commons   *commons.Service
	People    *people.Service
	Journal   Journal
	Queue     Queue
	Record    Entries
	Settings  func(context.Context) (instance.Settings, error)
	Panels    []Panel
	// AdminTabs are the links between the pages of the admin area, of which reports and lists are two; nil has none.
	AdminTabs func(r *http.Request, current string) ([]components.Link, error)
}

// adminTabs calls AdminTabs when there is one.
func (p *Pages) adminTabs(r *http.Request, current string) ([]components.Link, error) {
	if p.AdminTabs == nil {
		return nil, nil
	}
	return p.AdminTabs(r, current)
}

// saved leads to what was done, said at the top of the page, and resultsAt to a list's heading, which says how many were found: the focus goes there
// without a script too, so that a screen reader begins with the answer.
const (
	saved     = "#saved"
	resultsAt = "#results"
)

// maxUpload is how many bytes a list of addresses may have.
const maxUpload = 8 << 20

// Routes hangs the pages on rt.
func (p *Pages) Routes(rt *web.Router) {
	rt.Handle("GET /{$}", "find.home", p.home)
	rt.Handle("GET /commons", "find.list", p.list)
	rt.Handle("GET /commons.atom", "find.list_feed", p.listFeed)
	rt.Handle("GET /commons.csv", "find.list_csv", p.listCSV).Streams()
	rt.Handle("GET /commons.json", "find.list_json", p.listJSON).Streams()
	rt.Handle("GET /commons/new", "find.add_page", p.addPage, commons.ActCreate)
	rt.Handle("POST /commons/new", "find.add", p.add, commons.ActCreate)
	rt.Handle("GET /commons/new/by-hand", "find.by_hand_page", p.byHandPage, commons.ActCreate)
	rt.Handle("POST /commons/new/by-hand", "find.by_hand", p.byHand, commons.ActCreate)

	rt.Handle("GET /commons/{slug}", "find.show", p.show) // and {slug}.json, {slug}.csv
	rt.Handle("GET /commons/{slug}/publiccode.yml", "find.publiccode_file", p.publicCodeFile)
	rt.Handle("GET /commons/{slug}/publiccode", "find.publiccode_form", p.publicCodeForm)
	rt.Handle("POST /commons/{slug}/publiccode", "find.publiccode_write", p.writePublicCode)
	rt.Handle("POST /commons/{slug}/refresh", "find.refresh", p.refresh, commons.ActRefresh)
	rt.Handle("GET /commons/{slug}/edit", "find.edit_page", p.editPage, commons.ActEdit)
	rt.Handle("POST /commons/{slug}/edit", "find.edit", p.edit, commons.ActEdit)
	rt.Handle("GET /commons/{slug}/history", "find.history", p.history)
	rt.Handle("GET /commons/{slug}/history.atom", "find.history_feed", p.historyFeed)
	rt.Handle("POST /commons/{slug}/undo", "find.undo", p.undo, commons.ActEdit)
	rt.Handle("GET /commons/{slug}/contributions", "find.contributions", p.contributions)

	rt.Handle("GET /commons/{slug}/report", "find.report_page", p.reportPage, catalogue.ActReport)
	rt.Handle("POST /commons/{slug}/report", "find.report", p.report, catalogue.ActReport)
	rt.Handle("GET /commons/{slug}/write", "find.write_page", p.writePage, catalogue.ActWrite)
	rt.Handle("POST /commons/{slug}/write", "find.write", p.write, catalogue.ActWrite)
	rt.Handle("GET /reports", "find.open_reports", p.openReports, catalogue.ActAnswer)
	rt.Handle("GET /commons/{slug}/reports", "find.reports", p.reports, catalogue.ActAnswer)
	rt.Handle("GET /reports/{id}", "find.answer_page", p.answerPage, catalogue.ActAnswer)
	rt.Handle("POST /reports/{id}", "find.answer", p.answer, catalogue.ActAnswer)

	rt.Handle("GET /commons/{slug}/manage", "find.manage", p.manage, commons.ActArchive)
	rt.Handle("POST /commons/{slug}/archive", "find.archive", p.archive, commons.ActArchive)
	rt.Handle("POST /commons/{slug}/reopen", "find.reopen", p.reopen, commons.ActArchive)
	rt.Handle("POST /commons/{slug}/approve", "find.approve", p.approve, commons.ActApprove)
	rt.Handle("GET /commons/{slug}/merge", "find.merge_page", p.mergePage, commons.ActMerge)
	rt.Handle("POST /commons/{slug}/merge", "find.merge", p.merge, commons.ActMerge)
	rt.Handle("POST /commons/{slug}/roles", "find.grant", p.grant, people.ActGrant)
	rt.Handle("GET /commons/{slug}/roles/revoke", "find.revoke_page", p.revokePage, people.ActGrant)
	rt.Handle("POST /commons/{slug}/roles/revoke", "find.revoke", p.revoke, people.ActGrant)

	rt.Handle("GET /lists", "find.lists", p.lists, catalogue.ActImport)
	rt.Handle("GET /lists/new", "find.list_new", p.newList, catalogue.ActImport)
	rt.Handle("POST /lists/new", "find.list_give", p.giveList, catalogue.ActImport).MaxBody(maxUpload)
	rt.Handle("GET /lists/{id}", "find.list_one", p.oneList, catalogue.ActImport)
}

// pathOf is the address of a commons' page.
func pathOf(slug string) string { return "/commons/" + url.PathEscape(slug) }

// load finds the commons that a request names. done says that the request was answered: by leading on to the commons that this one was merged
// into, or from its id to its slug.
func (p *Pages) load(w http.ResponseWriter, r *http.Request) (c commons.Commons, done bool, err error) {
	by, name := web.Actor(r), r.PathValue("slug")
	c, err = p.Commons.BySlug(r.Context(), by, name)
	byID := false
	if fault.KindOf(err) == fault.MissingKind {
		// a commons is first called after its address and, once read, after its name; its id leads to it whatever it is called
		if c, err = p.Commons.ByID(r.Context(), by, name); err == nil {
			byID = true
		}
	}
	if err != nil {
		return c, false, err
	}
	if c.State == commons.Merged && r.Method == http.MethodGet {
		into, err := p.Commons.ByID(r.Context(), by, c.MergedInto)
		if err != nil {
			return c, false, err
		}
		moved(w, pathOf(into.Slug))
		return c, true, nil
	}
	if byID && r.Method == http.MethodGet && !p.importing(r.Context(), by, c) {
		rest := strings.TrimPrefix(r.URL.Path, "/commons/"+name)
		return c, true, web.SeeOther(w, r, pathOf(c.Slug)+rest)
	}
	return c, false, nil
}

// moved answers that the page is, for good, at another path.
func moved(w http.ResponseWriter, path string) {
	w.Header().Set("Location", path)
	w.WriteHeader(http.StatusMovedPermanently)
}

// importing says whether an import of c waits or runs: the name in its address may then still change.
func (p *Pages) importing(ctx context.Context, by people.Actor, c commons.Commons) bool {
	about, err := p.Catalogue.AboutRead(ctx, by, c)
	if err != nil || about.Job == "" {
		return false
	}
	j, err := p.Queue.Get(ctx, about.Job)
	return err == nil && !j.State.Final()
}

// loadFor is load for who may do act on the commons.
func (p *Pages) loadFor(w http.ResponseWriter, r *http.Request, act people.Act) (c commons.Commons, done bool, err error) {
	c, done, err = p.load(w, r)
	if err == nil && !done {
		err = web.Actor(r).May(act, c.ID)
	}
	return c, done, err
}

// under is a page below that of a commons.
func under(r *http.Request, c commons.Commons, title string, errs components.Errors) web.Page {
	return web.Page{Title: title + " – " + c.Name(), Nav: "find", Errors: errs, NoIndex: true,
		Crumbs: []components.Link{{Text: web.L(r).T("find.list_title"), Href: "/commons"}, {Text: c.Name(), Href: pathOf(c.Slug)}}}
}

// subNav links the pages of one commons that the reader may open.
func subNav(l *i18n.Localizer, by people.Actor, c commons.Commons, current string) []components.Link {
	base := pathOf(c.Slug)
	list := []components.Link{{Text: l.T("find.nav_overview"), Href: base}, {Text: l.T("find.nav_history"), Href: base + "/history"},
		{Text: l.T("find.nav_contributions"), Href: base + "/contributions"}}
	if by.May(catalogue.ActAnswer, c.ID) == nil {
		list = append(list, components.Link{Text: l.T("find.nav_reports"), Href: base + "/reports"})
	}
	if by.May(commons.ActArchive, c.ID) == nil {
		list = append(list, components.Link{Text: l.T("find.nav_manage"), Href: base + "/manage"})
	}
	for i := range list {
		list[i].Current = list[i].Href == base+current
	}
	return list
}

// Titles names commons by id for a reader, with their pages; those that the reader may not see, or that are gone, are left out.
func (p *Pages) Titles(ctx context.Context, by people.Actor, ids []string) (map[string]components.Link, error) {
	list, err := p.Commons.ByIDs(ctx, ids)
	if err != nil {
		return nil, err
	}
	out := map[string]components.Link{}
	for _, c := range list {
		if mayRead(by, c) {
			out[c.ID] = components.Link{Text: c.Name(), Href: pathOf(c.Slug)}
		}
	}
	return out, nil
}

// Things names the commons among objects of the journal, under the rule of Titles. Objects of other kinds are left out.
func (p *Pages) Things(ctx context.Context, by people.Actor, _ string, objects []journal.Object) (map[journal.Object]record.Thing, error) {
	var ids []string
	for _, o := range objects {
		if o.Kind == commons.ObjectKind {
			ids = append(ids, o.ID)
		}
	}
	titles, err := p.Titles(ctx, by, ids)
	if err != nil {
		return nil, err
	}
	out := map[journal.Object]record.Thing{}
	for id, t := range titles {
		out[journal.Object{Kind: commons.ObjectKind, ID: id}] = record.Thing{Title: t.Text, Lang: t.Lang, Path: t.Href}
	}
	return out, nil
}

// mayRead is the rule by which core/commons shows a commons to a reader.
func mayRead(by people.Actor, c commons.Commons) bool {
	return c.State != commons.Proposed || by.IsAdmin() || by.Person != "" && by.Person == c.CreatedBy
}

// writeJSON answers with v.
func writeJSON(w http.ResponseWriter, v any) error {
	w.Header().Set("Content-Type", "application/json; charset=utf-8")
	return json.NewEncoder(w).Encode(v)
}
