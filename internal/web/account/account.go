// Package account has the pages by which a person signs in by a link, and sees and changes what is their own: name, language, sessions,
// organisations; and leaves, forgotten.
package account

import (
	"context"
	"crypto/rand"
	"embed"
	"encoding/hex"
	"io/fs"
	"net/http"
	"time"

	"github.com/a-h/templ"

	"commun/internal/core/instance"
	"commun/internal/core/people"
	"commun/internal/platform/fault"
	"commun/internal/web"
	"commun/internal/web/components"
)

//go:embed messages/*.toml
var messages embed.FS

// Messages returns what these pages say.
func Messages() fs.FS { return messages }

// Pages answers the routes of accounts.
type Pages struct {
	People   *people.Service
	Settings func(context.Context) (instance.Settings, error)
	// Forget forgets a person in the whole program, and says how many of the names wait for an administrator.
	Forget func(ctx context.Context, by people.Actor, person string, names []string) (asked int, err error)
	// Titles names what roles are held on: a commons' or an organisation's title and path by id.
	Titles func(ctx context.Context, ids []string) (map[string]components.Link, error)
	// Mail says how mail leaves: "smtp", "terminal" (printed where the program runs) or "none".
	Mail string
}

// Routes hangs the pages on rt.
func (p *Pages) Routes(rt *web.Router) {
	rt.Handle("GET /sign-in", "account.sign_in", p.signIn)
	rt.Handle("POST /sign-in", "account.ask", p.ask)
	rt.Handle("GET /sign-in/sent", "account.sent", p.sent)
	rt.Handle("GET /sign-in/{token}", "account.link", p.link)
	rt.Handle("POST /sign-in/{token}", "account.use", p.use)
	rt.Handle("POST /sign-out", "account.sign_out", p.signOut)
	rt.Handle("GET /account", "account.home", p.home, people.ActEditSelf)
	rt.Handle("POST /account", "account.save", p.save, people.ActEditSelf)
	rt.Handle("POST /account/sessions", "account.end_session", p.endSession, people.ActListSessions)
	rt.Handle("GET /account/forget", "account.forget_page", p.forgetPage, people.ActEditSelf)
	rt.Handle("POST /account/forget", "account.forget", p.forget, people.ActEditSelf)
	rt.Handle("GET /organisations", "account.organisations", p.organisations)
	rt.Handle("GET /organisations/new", "account.new_organisation", p.newOrganisation, people.ActCreateOrg)
	rt.Handle("POST /organisations/new", "account.create_organisation", p.createOrganisation, people.ActCreateOrg)
	rt.Handle("GET /organisations/{slug}", "account.organisation", p.organisation)
	rt.Handle("POST /organisations/{slug}/roles", "account.give_role", p.giveRole, people.ActGrant)
	rt.Handle("POST /organisations/{slug}/roles/take", "account.take_role", p.takeRole, people.ActGrant)
	rt.Handle("GET /organisations/{slug}/edit", "account.edit_organisation", p.editOrganisation, people.ActEditOrg)
	rt.Handle("POST /organisations/{slug}/edit", "account.save_organisation", p.saveOrganisation, people.ActEditOrg)
}

// browserCookie holds the secret of the browser that asks for a link: the link then works there only.
const browserCookie = "browser"

// askForm is what a person types to get a link.
type askForm struct {
	Email string `form:"email,required" max:"254"`
	Back  string `form:"return" max:"2000"`
}

// signInKeys are the message keys that the page for signing in shows errors under.
func (p *Pages) signIn(w http.ResponseWriter, r *http.Request) error {
	if web.Actor(r).SignedIn() {
		return web.SeeOther(w, r, "/account")
	}
	return p.signInPage(w, r, askForm{Back: r.URL.Query().Get("return")}, nil)
}

func (p *Pages) signInPage(w http.ResponseWriter, r *http.Request, f askForm, errs components.Errors) error {
	set, err := p.Settings(r.Context())
	if err != nil {
		return err
	}
	return web.Render(w, r, web.Page{Title: web.L(r).T("account.sign_in"), Nav: "account", Errors: errs, NoIndex: true}, signInPage(f, errs, set.Open, p.Mail))
}

func (p *Pages) ask(w http.ResponseWriter, r *http.Request) error {
	var f askForm
	err := web.Decode(r, &f)
	if err == nil {
		browser := web.Cookie(r, browserCookie)
		if len(browser) != 32 {
			b := make([]byte, 16)
			rand.Read(b)
			browser = hex.EncodeToString(b)
			web.SetCookie(w, r, browserCookie, browser, 24*time.Hour)
		}
		err = p.People.AskLink(r.Context(), f.Email, browser, web.L(r).Lang(), web.SafePath(f.Back))
	}
	if err != nil {
		errs, err := web.FormErrors(r, err)
		if err != nil {
			return err
		}
		return p.signInPage(w, r, f, errs)
	}
	return web.SeeOther(w, r, "/sign-in/sent")
}

func (p *Pages) sent(w http.ResponseWriter, r *http.Request) error {
	title := "account.sent"
	if p.Mail == "terminal" {
		title = "account.printed"
	}
	return web.Render(w, r, web.Page{Title: web.L(r).T(title), Nav: "account", NoIndex: true}, sentPage(p.Mail))
}

// useForm is what the first administrator types; of it, the name alone who comes for the first time.
type useForm struct {
	Name  string `form:"name" max:"120"`
	Email string `form:"email" max:"254"`
}

func (p *Pages) link(w http.ResponseWriter, r *http.Request) error {
	return p.linkPage(w, r, useForm{}, nil)
}

func (p *Pages) linkPage(w http.ResponseWriter, r *http.Request, f useForm, errs components.Errors) error {
	link, err := p.People.ShowLink(r.Context(), r.PathValue("token"), web.Cookie(r, browserCookie))
	if err != nil {
		return err
	}
	if link.New {
		set, err := p.Settings(r.Context())
		if err != nil {
			return err
		}
		link.New = set.Open // else no account is made, and no name is needed
	}
	w.Header().Set("Referrer-Policy", "no-referrer") // the address is a secret
	w.Header().Set("Cache-Control", "no-store")
	title := "account.confirm"
	if link.Setup {
		title = "account.setup"
	}
	return web.Render(w, r, web.Page{Title: web.L(r).T(title), Nav: "account", Errors: errs, NoIndex: true}, linkPage(r.PathValue("token"), link, f, errs))
}

func (p *Pages) use(w http.ResponseWriter, r *http.Request) error {
	var f useForm
	err := web.Decode(r, &f)
	var session, back string
	var set instance.Settings
	if err == nil {
		set, err = p.Settings(r.Context())
	}
	if err == nil {
		session, back, err = p.People.UseLink(r.Context(), r.PathValue("token"), web.Cookie(r, browserCookie), r.UserAgent(), f.Name, f.Email, set.Open)
	}
	if err != nil {
		if fault.KindOf(err) != fault.InvalidKind {
			return err
		}
		errs, err := web.FormErrors(r, err)
		if err != nil {
			return err
		}
		return p.linkPage(w, r, f, errs)
	}
	web.SetSession(w, r, session, people.SessionLife)
	web.Flash(w, r, components.Success, "account.welcome")
	return web.SeeOther(w, r, web.SafePath(back))
}

func (p *Pages) signOut(w http.ResponseWriter, r *http.Request) error {
	if err := p.People.SignOut(r.Context(), web.SessionToken(r)); err != nil {
		return err
	}
	web.ClearSession(w, r)
	return web.SeeOther(w, r, "/")
}

// selfForm is what a person changes of the own account.
type selfForm struct {
	Name     string `form:"name,required" max:"120"`
	Lang     string `form:"lang" max:"5"`
	Revision int64  `form:"revision"`
}

func (p *Pages) home(w http.ResponseWriter, r *http.Request) error {
	by := web.Actor(r)
	if err := by.May(people.ActEditSelf, people.Instance); err != nil {
		return err
	}
	me, err := p.People.Person(r.Context(), by, by.Person)
	if err != nil {
		return err
	}
	return p.homePage(w, r, selfForm{Name: me.Name, Lang: me.Lang, Revision: me.Revision}, nil)
}

// homeView is what the account's page shows.
type homeView struct {
	Form     selfForm
	Errors   components.Errors
	Email    string
	Sessions []people.Session
	Roles    []roleLine
}

// roleLine is a role that the person holds.
type roleLine struct {
	Role people.Role
	On   components.Link
}

func (p *Pages) homePage(w http.ResponseWriter, r *http.Request, f selfForm, errs components.Errors) error {
	by := web.Actor(r)
	v := homeView{Form: f, Errors: errs}
	me, err := p.People.Person(r.Context(), by, by.Person)
	if err != nil {
		return err
	}
	v.Email = me.Email
	if v.Sessions, err = p.People.Sessions(r.Context(), by, web.SessionToken(r)); err != nil {
		return err
	}
	if v.Roles, err = p.roles(r.Context(), by); err != nil {
		return err
	}
	return web.Render(w, r, web.Page{Title: web.L(r).T("account.title"), Nav: "account", Errors: errs, NoIndex: true}, homePage(v))
}

func (p *Pages) roles(ctx context.Context, by people.Actor) ([]roleLine, error) {
	var ids []string
	var lines []roleLine
	for _, role := range []people.Role{people.Steward, people.Contributor, people.Observer} {
		for _, owner := range by.Owners(role) {
			ids = append(ids, owner)
			lines = append(lines, roleLine{Role: role, On: components.Link{Href: owner}})
		}
	}
	titles, err := p.Titles(ctx, ids)
	if err != nil {
		return nil, err
	}
	kept := lines[:0]
	for _, l := range lines {
		if t, ok := titles[l.On.Href]; ok {
			kept = append(kept, roleLine{Role: l.Role, On: t})
		}
	}
	return kept, nil
}

func (p *Pages) save(w http.ResponseWriter, r *http.Request) error {
	var f selfForm
	err := web.Decode(r, &f)
	if err == nil {
		err = p.People.EditSelf(r.Context(), web.Actor(r), f.Revision, f.Name, f.Lang)
	}
	if err != nil {
		errs, err := web.FormErrors(r, err)
		if err != nil {
			return err
		}
		return p.homePage(w, r, f, errs)
	}
	web.Flash(w, r, components.Success, "account.saved")
	return web.SeeOther(w, r, "/account")
}

func (p *Pages) endSession(w http.ResponseWriter, r *http.Request) error {
	var f struct {
		ID  string `form:"id" max:"64"`
		All bool   `form:"all"`
	}
	if err := web.Decode(r, &f); err != nil {
		return err
	}
	if f.ID == "" && !f.All {
		return fault.Invalid("id", "account.no_session")
	}
	if err := p.People.EndSession(r.Context(), web.Actor(r), f.ID); err != nil {
		return err
	}
	web.Flash(w, r, components.Success, "account.session_ended")
	return web.SeeOther(w, r, "/account")
}

func (p *Pages) forgetPage(w http.ResponseWriter, r *http.Request) error {
	if err := web.Actor(r).May(people.ActEditSelf, people.Instance); err != nil {
		return err
	}
	return p.showForget(w, r, nil)
}

func (p *Pages) showForget(w http.ResponseWriter, r *http.Request, errs components.Errors) error {
	l := web.L(r)
	return web.Render(w, r, web.Page{Title: l.T("account.forget"), Nav: "account", Errors: errs, NoIndex: true,
		Crumbs: []components.Link{{Text: l.T("account.title"), Href: "/account"}}}, forgetPage(errs))
}

func (p *Pages) forget(w http.ResponseWriter, r *http.Request) error {
	by := web.Actor(r)
	if err := by.May(people.ActEditSelf, people.Instance); err != nil {
		return err
	}
	var f struct {
		Sure bool `form:"sure"`
	}
	err := web.Decode(r, &f)
	if err == nil && !f.Sure {
		err = fault.Invalid("sure", "account.say_sure")
	}
	asked := 0
	if err == nil {
		asked, err = p.Forget(r.Context(), by, by.Person, nil)
	}
	if err != nil {
		errs, err := web.FormErrors(r, err)
		if err != nil {
			return err
		}
		return p.showForget(w, r, errs)
	}
	web.ClearSession(w, r)
	done := "account.forgotten"
	if asked > 0 {
		done = "account.forgotten_asked"
	}
	web.Flash(w, r, components.Success, done)
	return web.SeeOther(w, r, "/")
}

// orgForm is what a person types of an organisation.
type orgForm struct {
	Name     string `form:"name,required" max:"120"`
	Kind     string `form:"kind" max:"20"`
	Website  string `form:"website" max:"500"`
	Revision int64  `form:"revision"`
}

func (p *Pages) organisations(w http.ResponseWriter, r *http.Request) error {
	l := web.L(r)
	list, err := p.People.Organisations(r.Context(), r.URL.Query().Get("after"), 51)
	if err != nil {
		return err
	}
	pages := components.Pages{Label: l.T("account.organisations")}
	if len(list) > 50 {
		list = list[:50]
		pages.Next = "/organisations?after=" + list[49].Slug
	}
	if r.URL.Query().Has("after") {
		pages.Previous = "/organisations"
	}
	return web.Render(w, r, web.Page{Title: l.T("account.organisations"), Description: l.T("account.organisations_lead")}, organisationsPage(list, pages))
}

func (p *Pages) organisation(w http.ResponseWriter, r *http.Request) error {
	return p.organisationPage(w, r, roleForm{}, nil)
}

func (p *Pages) organisationPage(w http.ResponseWriter, r *http.Request, f roleForm, errs components.Errors) error {
	o, err := p.People.Organisation(r.Context(), r.PathValue("slug"))
	if err != nil {
		return err
	}
	held, err := p.People.Grants(r.Context(), o.ID)
	if err != nil {
		return err
	}
	return web.Render(w, r, web.Page{Title: o.Name, Crumbs: orgCrumbs(r), Errors: errs},
		organisationPage(o, held, web.Actor(r).May(people.ActEditOrg, o.ID) == nil, f, errs))
}

// roleForm gives a role to an address, or takes one from a person.
type roleForm struct {
	Email  string `form:"email" max:"254"`
	Person string `form:"person" max:"64"`
	Role   string `form:"role,required" max:"20"`
}

func (p *Pages) giveRole(w http.ResponseWriter, r *http.Request) error {
	return p.changeRole(w, r, func(ctx context.Context, owner string, f roleForm) error {
		return p.People.GrantTo(ctx, web.Actor(r), owner, f.Email, people.Role(f.Role))
	})
}

func (p *Pages) takeRole(w http.ResponseWriter, r *http.Request) error {
	return p.changeRole(w, r, func(ctx context.Context, owner string, f roleForm) error {
		return p.People.Revoke(ctx, web.Actor(r), owner, f.Person, people.Role(f.Role))
	})
}

func (p *Pages) changeRole(w http.ResponseWriter, r *http.Request, change func(context.Context, string, roleForm) error) error {
	o, err := p.People.Organisation(r.Context(), r.PathValue("slug"))
	if err != nil {
		return err
	}
	var f roleForm
	if err = web.Decode(r, &f); err == nil {
		err = change(r.Context(), o.ID, f)
	}
	if err != nil {
		errs, err := web.FormErrors(r, err)
		if err != nil {
			return err
		}
		return p.organisationPage(w, r, f, errs)
	}
	done := "account.saved"
	if f.Email != "" {
		done = "account.role_given" // to whom stands in the list; the address belongs neither in an address nor in a cookie
	}
	web.Flash(w, r, components.Success, done)
	return web.SeeOther(w, r, "/organisations/"+o.Slug)
}

func orgCrumbs(r *http.Request, more ...components.Link) []components.Link {
	return append([]components.Link{{Text: web.L(r).T("account.organisations"), Href: "/organisations"}}, more...)
}

func (p *Pages) newOrganisation(w http.ResponseWriter, r *http.Request) error {
	if err := web.Actor(r).May(people.ActCreateOrg, people.Instance); err != nil {
		return err
	}
	return p.orgPage(w, r, "account.new_organisation", "/organisations/new", orgForm{}, nil)
}

func (p *Pages) orgPage(w http.ResponseWriter, r *http.Request, title, action string, f orgForm, errs components.Errors) error {
	return web.Render(w, r, web.Page{Title: web.L(r).T(title), Errors: errs, Crumbs: orgCrumbs(r), NoIndex: true},
		organisationForm(web.L(r).T(title), templ.SafeURL(action), f, errs))
}

func (p *Pages) createOrganisation(w http.ResponseWriter, r *http.Request) error {
	var f orgForm
	err := web.Decode(r, &f)
	var o people.Organisation
	if err == nil {
		o, err = p.People.CreateOrganisation(r.Context(), web.Actor(r), f.Name, people.OrganisationKind(f.Kind), f.Website)
	}
	if err != nil {
		errs, err := web.FormErrors(r, err)
		if err != nil {
			return err
		}
		return p.orgPage(w, r, "account.new_organisation", "/organisations/new", f, errs)
	}
	web.Flash(w, r, components.Success, "account.organisation_created")
	return web.SeeOther(w, r, "/organisations/"+o.Slug)
}

func (p *Pages) editOrganisation(w http.ResponseWriter, r *http.Request) error {
	o, err := p.People.Organisation(r.Context(), r.PathValue("slug"))
	if err == nil {
		err = web.Actor(r).May(people.ActEditOrg, o.ID)
	}
	if err != nil {
		return err
	}
	return p.orgPage(w, r, "account.change_organisation", "/organisations/"+o.Slug+"/edit",
		orgForm{Name: o.Name, Kind: string(o.Kind), Website: o.Website, Revision: o.Revision}, nil)
}

func (p *Pages) saveOrganisation(w http.ResponseWriter, r *http.Request) error {
	o, err := p.People.Organisation(r.Context(), r.PathValue("slug"))
	if err != nil {
		return err
	}
	var f orgForm
	if err = web.Decode(r, &f); err == nil {
		o.Name, o.Kind, o.Website, o.Revision = f.Name, people.OrganisationKind(f.Kind), f.Website, f.Revision
		err = p.People.EditOrganisation(r.Context(), web.Actor(r), o)
	}
	if err != nil {
		errs, err := web.FormErrors(r, err)
		if err != nil {
			return err
		}
		return p.orgPage(w, r, "account.change_organisation", "/organisations/"+o.Slug+"/edit", f, errs)
	}
	web.Flash(w, r, components.Success, "account.saved")
	return web.SeeOther(w, r, "/organisations/"+o.Slug)
}
