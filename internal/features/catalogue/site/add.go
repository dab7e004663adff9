package site

import (
	"net/http"

	"commun/internal/core/commons"
	"commun/internal/features/catalogue"
	"commun/internal/platform/i18n"
	"commun/internal/web"
	"commun/internal/web/components"
)

// addView is the form that takes a repository's address.
type addView struct {
	Address string
	Errors  components.Errors
	Policy  commons.Policy
	Admin   bool
}

// addForm is what that form sends. What is typed may be no text at all: gitrepo judges it.
type addForm struct {
	Address string `form:"address" max:"5000"`
}

// mayOpen says whether the reader may add a commons, before anything is typed.
func (p *Pages) mayOpen(r *http.Request) (commons.Policy, error) {
	set, err := p.Settings(r.Context())
	if err != nil {
		return "", err
	}
	if set.Adding != commons.AnyoneAdds {
		if by := web.Actor(r); !by.SignedIn() && !by.IsAdmin() {
			return "", errSignIn
		}
	}
	return set.Adding, nil
}

func (p *Pages) addPage(w http.ResponseWriter, r *http.Request) error {
	policy, err := p.mayOpen(r)
	if err != nil {
		return err
	}
	return p.showAdd(w, r, addView{Address: cut(r.URL.Query().Get("address"), 2000), Policy: policy})
}

func (p *Pages) showAdd(w http.ResponseWriter, r *http.Request, v addView) error {
	l := web.L(r)
	v.Admin = web.Actor(r).IsAdmin()
	return web.Render(w, r, web.Page{Title: l.T("find.add_title"), Nav: "find", Errors: v.Errors, Crumbs: listCrumb(l)}, addPage(v))
}

func listCrumb(l *i18n.Localizer) []components.Link {
	return []components.Link{{Text: l.T("find.list_title"), Href: "/commons"}}
}

func (p *Pages) add(w http.ResponseWriter, r *http.Request) error {
	policy, err := p.mayOpen(r)
	if err != nil {
		return err
	}
	var f addForm
	err = web.Decode(r, &f)
	var added catalogue.Added
	if err == nil {
		added, err = p.Catalogue.Add(r.Context(), web.Actor(r), f.Address)
	}
	if err != nil {
		v := addView{Address: f.Address, Policy: policy}
		if v.Errors, err = addErrors(r, err); err != nil {
			return err
		}
		return p.showAdd(w, r, v)
	}
	// by its id: the name in its address may change once the repository was read
	if added.Existed {
		web.Flash(w, r, components.Info, "find.added_existed")
		return web.SeeOther(w, r, "/commons/"+added.Commons.ID+saved)
	}
	return web.SeeOther(w, r, "/commons/"+added.Commons.ID)
}

func (p *Pages) byHandPage(w http.ResponseWriter, r *http.Request) error {
	if _, err := p.mayOpen(r); err != nil {
		return err
	}
	return p.showByHand(w, r, fieldForm{Langs: langsOf(web.L(r), commons.Commons{})})
}

// byHandFields are the fields that the form for a commons without a repository asks for; the rest can follow.
var byHandFields = []string{"name", "summary", "kind", "licence", "stewards", "website", "countries", "languages"}

func (p *Pages) showByHand(w http.ResponseWriter, r *http.Request, f fieldForm) error {
	l := web.L(r)
	return web.Render(w, r, web.Page{Title: l.T("find.by_hand_title"), Nav: "find", Errors: f.Errors, NoIndex: true,
		Crumbs: append(listCrumb(l), components.Link{Text: l.T("find.add_title"), Href: "/commons/new"})}, byHandPage(f, controls(f.Langs, byHandFields...)))
}

func (p *Pages) byHand(w http.ResponseWriter, r *http.Request) error {
	if _, err := p.mayOpen(r); err != nil {
		return err
	}
	var none struct{}
	err := web.Decode(r, &none) // parses the form; its fields are those of a commons
	langs := langsOf(web.L(r), commons.Commons{})
	list := controls(langs, byHandFields...)
	f := typed(r, langs, list)
	var c commons.Commons
	if err == nil {
		c, err = p.Catalogue.AddByHand(r.Context(), web.Actor(r), f.values(web.L(r), list))
	}
	if err != nil {
		if f.Errors, err = formErrors(r, err); err != nil {
			return err
		}
		return p.showByHand(w, r, f)
	}
	web.Flash(w, r, components.Success, "find.added")
	return web.SeeOther(w, r, pathOf(c.Slug)+saved)
}
