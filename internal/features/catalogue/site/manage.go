package site

import (
	"context"
	"net/http"
	"net/url"
	"slices"

	"commun/internal/core/commons"
	"commun/internal/core/people"
	"commun/internal/platform/fault"
	"commun/internal/platform/i18n"
	"commun/internal/web"
	"commun/internal/web/components"
)

// manageView is what stewards and administrators do with a commons as a whole.
type manageView struct {
	C          commons.Commons
	Nav        []components.Link
	Grants     []people.Grant
	Errors     components.Errors
	Note       string
	Grant      grantForm
	MayApprove bool
	Reader     string // who looks at the page
}

// takeWarning says what comes of taking a role that is one's own, or the last steward's; "" for others, which are taken at once.
func (v manageView) takeWarning(l *i18n.Localizer, g people.Grant) string {
	stewards := 0
	for _, x := range v.Grants {
		if x.Role == people.Steward {
			stewards++
		}
	}
	last := g.Role == people.Steward && stewards == 1
	switch own := g.Person == v.Reader; {
	case own && last:
		return l.T("find.revoke_own_last")
	case own:
		return l.T("find.revoke_own")
	case last:
		return l.T("find.revoke_last", i18n.Args{"name": g.Name})
	}
	return ""
}

// revokeView asks before a role is taken that is one's own, or the last steward's.
type revokeView struct {
	C       commons.Commons
	Grant   people.Grant
	Own     bool
	Follows string // what comes of it
}

// revokeAt is the page that asks before a role is taken.
func revokeAt(c commons.Commons, g people.Grant) string {
	return pathOf(c.Slug) + "/roles/revoke?" + url.Values{"person": {g.Person}, "role": {string(g.Role)}}.Encode()
}

// grantForm gives a role to the account of an address.
type grantForm struct {
	Email string `form:"email,required" max:"254"`
	Role  string `form:"role" max:"20"`
}

func (p *Pages) manage(w http.ResponseWriter, r *http.Request) error {
	c, done, err := p.loadFor(w, r, commons.ActArchive)
	if err != nil || done {
		return err
	}
	return p.showManage(w, r, manageView{C: c, Grant: grantForm{Role: string(people.Contributor)}})
}

func (p *Pages) showManage(w http.ResponseWriter, r *http.Request, v manageView) error {
	l, by := web.L(r), web.Actor(r)
	grants, err := p.People.Grants(r.Context(), v.C.ID)
	if err != nil {
		return err
	}
	v.Grants, v.Nav, v.MayApprove = grants, subNav(l, by, v.C, "/manage"), by.May(commons.ActApprove, v.C.ID) == nil
	v.Reader = by.Person
	return web.Render(w, r, under(r, v.C, l.T("find.nav_manage"), v.Errors), managePage(v))
}

// state runs a change of the commons' state and says that it was made.
func (p *Pages) state(w http.ResponseWriter, r *http.Request, act people.Act, said string, change func(context.Context, people.Actor, string) error) error {
	c, _, err := p.loadFor(w, r, act)
	if err == nil {
		err = change(r.Context(), web.Actor(r), c.ID)
	}
	if err != nil {
		return err
	}
	web.Flash(w, r, components.Success, said)
	return web.SeeOther(w, r, pathOf(c.Slug)+saved)
}

func (p *Pages) archive(w http.ResponseWriter, r *http.Request) error {
	var f struct {
		Note string `form:"note,lines" max:"500"`
	}
	if err := web.Decode(r, &f); err != nil {
		c, _, loaded := p.loadFor(w, r, commons.ActArchive)
		if loaded != nil {
			return loaded
		}
		errs, err := web.FormErrors(r, err)
		if err != nil {
			return err
		}
		return p.showManage(w, r, manageView{C: c, Note: f.Note, Errors: errs, Grant: grantForm{Role: string(people.Contributor)}})
	}
	return p.state(w, r, commons.ActArchive, "find.was_archived", func(ctx context.Context, by people.Actor, id string) error {
		return p.Commons.Archive(ctx, by, id, f.Note)
	})
}

func (p *Pages) reopen(w http.ResponseWriter, r *http.Request) error {
	return p.state(w, r, commons.ActArchive, "find.was_reopened", p.Commons.Reopen)
}

func (p *Pages) approve(w http.ResponseWriter, r *http.Request) error {
	return p.state(w, r, commons.ActApprove, "find.was_approved", p.Commons.Approve)
}

// grant gives a role to whoever has an account with an address. A steward knows whom they invite, so the address is looked up for them.
func (p *Pages) grant(w http.ResponseWriter, r *http.Request) error {
	c, _, err := p.loadFor(w, r, people.ActGrant)
	if err != nil {
		return err
	}
	by := web.Actor(r)
	var f grantForm
	if err = web.Decode(r, &f); err == nil {
		var person people.Person
		person, err = p.People.Grantee(r.Context(), by, c.ID, f.Email)
		if fault.KindOf(err) == fault.MissingKind {
			err = fault.Invalid("email", "find.no_account")
			if by.IsAdmin() {
				err = fault.Invalid("email", "find.no_account_admin")
			}
		}
		if err == nil {
			err = p.People.Grant(r.Context(), by, c.ID, person.ID, people.Role(f.Role))
		}
	}
	if err != nil {
		errs, err := web.FormErrors(r, err)
		if err != nil {
			return err
		}
		return p.showManage(w, r, manageView{C: c, Grant: f, Errors: errs})
	}
	web.Flash(w, r, components.Success, "find.granted") // to whom stands in the list; the address belongs neither in an address nor in a cookie
	return web.SeeOther(w, r, pathOf(c.Slug)+"/manage"+saved)
}

// revokeForm names a role that somebody holds.
type revokeForm struct {
	Person string `form:"person,required" max:"64"`
	Role   string `form:"role,required" max:"20"`
	Sure   bool   `form:"sure"` // what comes of it was read
}

// held finds the role that a form names, with what comes of taking it ("" when nothing needs to be asked).
func (p *Pages) held(r *http.Request, c commons.Commons, f revokeForm) (g people.Grant, follows string, err error) {
	v := manageView{C: c, Reader: web.Actor(r).Person}
	if v.Grants, err = p.People.Grants(r.Context(), c.ID); err != nil {
		return g, "", err
	}
	i := slices.IndexFunc(v.Grants, func(x people.Grant) bool { return x.Person == f.Person && x.Role == people.Role(f.Role) })
	if i < 0 {
		return g, "", fault.Missing("find.no_such_role")
	}
	return v.Grants[i], v.takeWarning(web.L(r), v.Grants[i]), nil
}

func (p *Pages) revokePage(w http.ResponseWriter, r *http.Request) error {
	c, done, err := p.loadFor(w, r, people.ActGrant)
	if err != nil || done {
		return err
	}
	var f revokeForm
	if err := web.Decode(r, &f); err != nil {
		return err
	}
	g, follows, err := p.held(r, c, f)
	if err != nil {
		return err
	}
	return p.showRevoke(w, r, revokeView{C: c, Grant: g, Own: g.Person == web.Actor(r).Person, Follows: follows})
}

func (p *Pages) showRevoke(w http.ResponseWriter, r *http.Request, v revokeView) error {
	l := web.L(r)
	page := under(r, v.C, v.title(l), nil)
	page.Crumbs = append(page.Crumbs, components.Link{Text: l.T("find.nav_manage"), Href: pathOf(v.C.Slug) + "/manage"})
	return web.Render(w, r, page, revokePage(v))
}

// title is the question.
func (v revokeView) title(l *i18n.Localizer) string {
	if v.Own {
		return l.T("find.revoke_question_own", i18n.Args{"commons": v.C.Name()})
	}
	return l.T("find.revoke_question", i18n.Args{"name": v.Grant.Name, "commons": v.C.Name()})
}

func (p *Pages) revoke(w http.ResponseWriter, r *http.Request) error {
	c, _, err := p.loadFor(w, r, people.ActGrant)
	if err != nil {
		return err
	}
	var f revokeForm
	if err := web.Decode(r, &f); err != nil {
		return err
	}
	if !f.Sure {
		g, follows, err := p.held(r, c, f)
		if err != nil {
			return err
		}
		if follows != "" {
			return p.showRevoke(w, r, revokeView{C: c, Grant: g, Own: g.Person == web.Actor(r).Person, Follows: follows})
		}
	}
	if err := p.People.Revoke(r.Context(), web.Actor(r), c.ID, f.Person, people.Role(f.Role)); err != nil {
		return err
	}
	web.Flash(w, r, components.Success, "find.revoked")
	if web.Actor(r).Person == f.Person && !web.Actor(r).IsAdmin() {
		return web.SeeOther(w, r, pathOf(c.Slug)+saved) // one's own role: the page of stewards may be closed now
	}
	return web.SeeOther(w, r, pathOf(c.Slug)+"/manage"+saved)
}

func (p *Pages) merge(w http.ResponseWriter, r *http.Request) error {
	c, _, err := p.loadFor(w, r, commons.ActMerge)
	if err != nil {
		return err
	}
	var f struct {
		Into string `form:"into,required" max:"64"`
	}
	if err := web.Decode(r, &f); err != nil {
		return err
	}
	if web.Actor(r).May(commons.ActMerge, f.Into) != nil {
		return web.SeeOther(w, r, pathOf(c.Slug)+"/merge?"+url.Values{"into": {f.Into}}.Encode()) // says whom to ask
	}
	if err := p.Commons.Merge(r.Context(), web.Actor(r), c.ID, f.Into); err != nil {
		return err
	}
	web.Flash(w, r, components.Success, "find.was_merged")
	return web.SeeOther(w, r, "/commons/"+f.Into+saved)
}

// roleOptions are the roles on a commons, with what each allows.
func roleOptions(l *i18n.Localizer, selected string) []components.Option {
	var list []components.Option
	for _, x := range roles {
		list = append(list, components.Option{Value: string(x), Label: l.T(roleKeys[x]), Hint: l.T(roleHints[x])})
	}
	return components.Selected(list, selected)
}
