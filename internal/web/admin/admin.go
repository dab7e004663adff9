// Package admin has the pages of who runs the instance: health, jobs, people, settings; and the page of one job, which whoever started it
// follows live.
package admin

import (
	"context"
	"embed"
	"io/fs"
	"net/http"
	"regexp"
	"strings"
	"time"

	"commun/internal/core/instance"
	"commun/internal/core/people"
	"commun/internal/platform/jobs"
	"commun/internal/platform/live"
	"commun/internal/platform/storage"
	"commun/internal/web"
	"commun/internal/web/components"
)

//go:embed messages/*.toml
var messages embed.FS

// Messages returns what these pages say.
func Messages() fs.FS { return messages }

// ActSee is seeing the admin area; administrators do.
var ActSee = people.Act{Name: "admin.see"}

// ActJobs is retrying and cancelling jobs: administrators, and the stewards of the commons that a job is for.
var ActJobs = people.Act{Name: "admin.jobs", Roles: []people.Role{people.Steward, people.Contributor}}

// Health is what the health page says of the program; app gathers it.
type Health struct {
	Version   string
	Started   time.Time
	Database  string // "SQLite" or "PostgreSQL"
	Size      int64  // bytes
	Memory    int64  // bytes that the process holds
	Storage   storage.Stats
	Pending   int64 // leaves that wait for the log
	LogSize   int64
	Waiting   time.Duration // of the job that is due the longest
	Jobs      []jobs.Count
	Mail      string // "smtp", "terminal" or "none"
	Documents int    // in the search index
}

// Pages answers the routes of the admin area.
type Pages struct {
	Queue    *jobs.Queue
	Hub      *live.Hub
	People   *people.Service
	Instance *instance.Service
	Health   func(context.Context) (Health, error)
	Hosts    Hosts
	// Forget forgets a person in the whole program, names where they stand alone too, and says how many others wait for an answer.
	Forget func(ctx context.Context, by people.Actor, person string, names []string) (asked int, err error)
	// AnswerForgetting answers such a request in the whole program.
	AnswerForgetting func(ctx context.Context, by people.Actor, id string, answer people.Answer) error

	// OpenReports counts the reports that wait for an answer.
	OpenReports func(ctx context.Context, by people.Actor) (int64, error)

	Base string // public address, for links to hand over
	// Owners names what jobs are for: titles and paths by the owner's id.
	Owners func(ctx context.Context, ids []string) (map[string]components.Link, error)
}

// Routes hangs the pages on rt.
func (p *Pages) Routes(rt *web.Router) {
	rt.Handle("GET /admin", "admin.health", p.guard(p.health), ActSee)
	rt.Handle("GET /admin/jobs", "admin.jobs", p.guard(p.jobs), ActSee)
	rt.Handle("GET /admin/people", "admin.people", p.guard(p.people), people.ActListPeople)
	rt.Handle("POST /admin/people", "admin.invite", p.guard(p.invite), people.ActInvite)
	rt.Handle("POST /admin/people/{id}/role", "admin.role", p.guard(p.role), people.ActGrant)
	rt.Handle("GET /admin/people/{id}/forget", "admin.forget_page", p.guard(p.forgetPage), people.ActForget)
	rt.Handle("POST /admin/people/{id}/forget", "admin.forget", p.guard(p.forget), people.ActForget)
	rt.Handle("GET /admin/forgetting", "admin.forgetting", p.guard(p.forgetting), people.ActForget)
	rt.Handle("POST /admin/forgetting/{id}", "admin.answer", p.guard(p.answer), people.ActForget)
	rt.Handle("GET /admin/settings", "admin.settings", p.guard(p.settings), instance.ActEdit)
	rt.Handle("POST /admin/settings", "admin.save_settings", p.guard(p.saveSettings), instance.ActEdit)
	rt.Handle("GET /admin/hosts", "admin.hosts", p.guard(p.hosts), ActHosts)
	rt.Handle("POST /admin/hosts", "admin.add_host", p.guard(p.addHost), ActHosts)
	rt.Handle("POST /admin/hosts/remove", "admin.remove_host", p.guard(p.removeHost), ActHosts)
	rt.Handle("GET /jobs/{id}", "jobs.show", p.job)
	rt.Handle("GET /jobs/{id}/events", "jobs.events", p.events).Streams()
	rt.Handle("POST /jobs/{id}/retry", "jobs.retry", p.retry, ActJobs)
	rt.Handle("POST /jobs/{id}/cancel", "jobs.cancel", p.cancel, ActJobs)
}

// guard lets administrators in.
func (p *Pages) guard(h web.HandlerFunc) web.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) error {
		if err := web.Actor(r).May(ActSee, people.Instance); err != nil {
			return err
		}
		w.Header().Set("Cache-Control", "no-store")
		if r.Method != http.MethodGet {
			return h(w, r) // most lead to another page; one that shows its own does without the counts
		}
		ctx, err := p.counting(r)
		if err != nil {
			return err
		}
		return h(w, r.WithContext(ctx))
	}
}

// counting returns the request's context with what waits for an administrator.
func (p *Pages) counting(r *http.Request) (context.Context, error) {
	asked, err := p.People.Requests(r.Context(), web.Actor(r), true)
	if err != nil {
		return nil, err
	}
	n := waiting{asked: int64(len(asked))}
	if n.reports, err = p.OpenReports(r.Context(), web.Actor(r)); err != nil {
		return nil, err
	}
	return context.WithValue(r.Context(), waitingKey{}, n), nil
}

// Tabs are the links between the pages of the admin area, for those that a feature answers: current is its path. Others than administrators get none.
func (p *Pages) Tabs(r *http.Request, current string) ([]components.Link, error) {
	if !web.Actor(r).IsAdmin() {
		return nil, nil
	}
	ctx, err := p.counting(r)
	if err != nil {
		return nil, err
	}
	return navLinks(ctx, current), nil
}

// waiting counts what waits for an administrator: the menu of each page says it.
type waiting struct{ asked, reports int64 }

type waitingKey struct{}

func waitingIn(ctx context.Context) waiting {
	n, _ := ctx.Value(waitingKey{}).(waiting)
	return n
}

// section is one page of the admin area.
func (p *Pages) page(r *http.Request, title string, errs components.Errors) web.Page {
	l := web.L(r)
	return web.Page{Title: l.T(title), Nav: "admin", Errors: errs, NoIndex: true, Wide: true,
		Crumbs: []components.Link{{Text: l.T("admin.title"), Href: "/admin"}}}
}

func (p *Pages) health(w http.ResponseWriter, r *http.Request) error {
	h, err := p.Health(r.Context())
	if err != nil {
		return err
	}
	page := p.page(r, "admin.health", nil)
	page.Crumbs = nil
	return web.Render(w, r, page, healthPage(h))
}

// invitation is what an administrator types to invite somebody.
type invitation struct {
	Name  string `form:"name" max:"120"`
	Email string `form:"email,required" max:"254"`
}

// personLine is a person with the roles on the instance.
type personLine struct {
	people.Person
	Admin bool
	Last  bool // the only administrator there is, who stays one
}

func (p *Pages) people(w http.ResponseWriter, r *http.Request) error {
	link := ""
	if token := web.Cookie(r, linkCookie); linkToken.MatchString(token) {
		web.SetCookie(w, r, linkCookie, "", -1)
		link = p.Base + "/sign-in/" + token
	}
	return p.peoplePage(w, r, invitation{}, nil, link)
}

// linkCookie carries the link that was just made to the page that shows it, once. The secret has crossed to this browser anyway, scripts can't
// read it, and no address or log holds it.
const linkCookie = "invitation"

var linkToken = regexp.MustCompile(`^[0-9a-f]{32,128}$`)

func (p *Pages) peoplePage(w http.ResponseWriter, r *http.Request, f invitation, errs components.Errors, link string) error {
	list, err := p.People.Persons(r.Context(), web.Actor(r), r.URL.Query().Get("after"))
	if err != nil {
		return err
	}
	held, err := p.People.Grants(r.Context(), people.Instance)
	if err != nil {
		return err
	}
	admins := map[string]bool{}
	for _, g := range held {
		if g.Role == people.Admin {
			admins[g.Person] = true
		}
	}
	lines := make([]personLine, len(list))
	for i, x := range list {
		lines[i] = personLine{Person: x, Admin: admins[x.ID], Last: admins[x.ID] && len(admins) == 1}
	}
	pages := components.Pages{Label: web.L(r).T("admin.people")}
	if len(list) == 50 {
		pages.Next = "/admin/people?after=" + list[len(list)-1].ID
	}
	return web.Render(w, r, p.page(r, "admin.people", errs), peoplePage(lines, pages, f, errs, link))
}

func (p *Pages) invite(w http.ResponseWriter, r *http.Request) error {
	var f invitation
	err := web.Decode(r, &f)
	if err == nil {
		_, err = p.People.Invite(r.Context(), web.Actor(r), f.Name, f.Email)
	}
	var token string
	if err == nil {
		token, err = p.People.HandLink(r.Context(), web.Actor(r), f.Email)
	}
	if err != nil {
		errs, err := web.FormErrors(r, err)
		if err != nil {
			return err
		}
		return p.peoplePage(w, r, f, errs, "")
	}
	web.SetCookie(w, r, linkCookie, token, time.Minute) // shown once: whoever has it signs in as that person for ten minutes
	return web.SeeOther(w, r, "/admin/people")
}

func (p *Pages) role(w http.ResponseWriter, r *http.Request) error {
	var f struct {
		Take bool `form:"take"`
	}
	if err := web.Decode(r, &f); err != nil {
		return err
	}
	change := p.People.Grant
	if f.Take {
		change = p.People.Revoke
	}
	if err := change(r.Context(), web.Actor(r), people.Instance, r.PathValue("id"), people.Admin); err != nil {
		return err
	}
	web.Flash(w, r, components.Success, "admin.saved")
	return web.SeeOther(w, r, "/admin/people")
}

// settingsForm is what an administrator decides.
type settingsForm struct {
	Name     string `form:"name,required" max:"80"`
	AboutFR  string `form:"about_fr,lines" max:"5000"`
	AboutEN  string `form:"about_en,lines" max:"5000"`
	Contact  string `form:"contact" max:"200"`
	Lang     string `form:"lang" max:"5"`
	Adding   string `form:"adding" max:"20"`
	Open     bool   `form:"open"`
	Refresh  int    `form:"refresh"`
	Revision int64  `form:"revision"`
}

func (p *Pages) settings(w http.ResponseWriter, r *http.Request) error {
	set, err := p.Instance.Settings(r.Context())
	if err != nil {
		return err
	}
	return p.settingsPage(w, r, settingsForm{Name: set.Name, AboutFR: set.About["fr"], AboutEN: set.About["en"], Contact: set.Contact, Lang: set.Lang,
		Adding: string(set.Adding), Open: set.Open, Refresh: set.Refresh, Revision: set.Revision}, nil)
}

func (p *Pages) settingsPage(w http.ResponseWriter, r *http.Request, f settingsForm, errs components.Errors) error {
	page := p.page(r, "admin.settings", errs)
	page.Wide = false
	return web.Render(w, r, page, settingsPage(f, errs))
}

func (p *Pages) saveSettings(w http.ResponseWriter, r *http.Request) error {
	var f settingsForm
	err := web.Decode(r, &f)
	if err == nil {
		set := instance.Settings{Name: f.Name, Contact: f.Contact, Lang: f.Lang, Adding: adding(f.Adding), Open: f.Open, Refresh: f.Refresh,
			Revision: f.Revision, About: map[string]string{}}
		for lang, text := range map[string]string{"fr": f.AboutFR, "en": f.AboutEN} {
			if strings.TrimSpace(text) != "" {
				set.About[lang] = text
			}
		}
		err = p.Instance.Edit(r.Context(), web.Actor(r), set)
	}
	if err != nil {
		errs, err := web.FormErrors(r, err)
		if err != nil {
			return err
		}
		return p.settingsPage(w, r, f, errs)
	}
	web.Flash(w, r, components.Success, "admin.saved")
	return web.SeeOther(w, r, "/admin/settings")
}
