package site

import (
	"net/http"
	"slices"

	"commun/internal/core/commons"
	"commun/internal/features/catalogue"
	"commun/internal/platform/fault"
	"commun/internal/platform/i18n"
	"commun/internal/web"
	"commun/internal/web/components"
)

// editView is the form that corrects a commons.
type editView struct {
	fieldForm
	C       commons.Commons
	Base    int64 // the revision that the form was made from
	Seen    int64 // the revision at which the clashes below were shown; 0 before there were any
	Clashes []clash
	Note    string
	Groups  []group
}

// clash is a field that somebody else changed while the form was open, in words.
type clash struct {
	Name, Label, Lang string
	Theirs, Mine      string
	Choice            string // "theirs", "mine" or ""
}

// group is a part of the form under a heading.
type group struct {
	Title    string
	Hint     string
	Controls []control
}

// editForm is what the form sends beside the fields.
type editForm struct {
	Base int64    `form:"revision"`
	Seen int64    `form:"seen"`
	Note string   `form:"note,lines" max:"500"`
	Lang []string `form:"lang" max:"20" items:"40"`
}

func (p *Pages) editPage(w http.ResponseWriter, r *http.Request) error {
	c, done, err := p.loadFor(w, r, commons.ActEdit)
	if err != nil || done {
		return err
	}
	return p.showEdit(w, r, editView{fieldForm: filled(web.L(r), c), C: c, Base: c.Revision}, 0)
}

func (p *Pages) showEdit(w http.ResponseWriter, r *http.Request, v editView, status int) error {
	l := web.L(r)
	_, told := v.C.Best(commons.TextLanguage, "")
	v.Groups = groups(l, v.fieldForm, told || v.one(commons.TextLanguage) != "")
	page := under(r, v.C, l.T("find.nav_edit"), v.Errors)
	page.Status = status
	return web.Render(w, r, page, editPage(v))
}

// groups parts the form: what it is, in each language, then who, for whom, and where. The language of texts in which nobody could tell it is asked for
// above them, and where a person told it (told) at the end, to be corrected.
func groups(l *i18n.Localizer, f fieldForm, told bool) []group {
	langs := f.Langs
	list := []group{{Title: l.T("find.group_what"), Controls: controls(langs, "name", "kind", "stage", "licence")}}
	for _, lang := range langs {
		g := group{Title: l.T("find.group_texts", i18n.Args{"language": langName(l, lang)})}
		if lang == commons.Undetermined {
			g = group{Title: l.T("find.group_untold"), Hint: l.T("find.group_untold_hint"), Controls: controls(nil, commons.TextLanguage)}
		}
		for _, name := range []string{"summary", "description", "rules", "documentation"} {
			if lang == commons.Undetermined && f.one(commons.FormName(name, lang)) == "" {
				continue // nobody writes anew in a language that nobody can name
			}
			g.Controls = append(g.Controls, controls([]string{lang}, name)...)
		}
		list = append(list, g)
	}
	if told && !slices.Contains(langs, commons.Undetermined) {
		list = append(list, group{Title: l.T("find.group_told"), Controls: controls(nil, commons.TextLanguage)})
	}
	return append(list,
		group{Title: l.T("find.group_who"), Hint: l.T("find.group_who_hint"), Controls: controls(langs, "stewards", "maintainers")},
		group{Title: l.T("find.group_where"), Controls: controls(langs, "website", "roadmap")},
		group{Title: l.T("find.group_whom"), Controls: controls(langs, "languages", "countries", "territories", "audiences")})
}

func (p *Pages) edit(w http.ResponseWriter, r *http.Request) error {
	c, _, err := p.loadFor(w, r, commons.ActEdit)
	if err != nil {
		return err
	}
	l := web.L(r)
	var f editForm
	err = web.Decode(r, &f)
	// the languages that the form was made with: one that came in since is not the form's to empty, and no other may be made up
	langs := langsOf(l, c)
	if len(f.Lang) > 0 {
		langs = slices.DeleteFunc(langs, func(lang string) bool { return !slices.Contains(f.Lang, lang) })
	}
	list := sent(r, controls(langs))
	v := editView{fieldForm: typed(r, langs, controls(langs)), C: c, Base: f.Base, Seen: f.Seen, Note: f.Note}
	var values []commons.Value
	if err == nil {
		values, err = catalogue.CleanForm(v.values(l, list))
	}
	if err != nil {
		return p.editAgain(w, r, v, err)
	}
	mine, rest, unsure := resolve(r, values)
	if len(unsure) > 0 {
		v.Clashes = clashesIn(r, l, c, values)
		faults := fault.List{}
		for _, name := range unsure {
			faults = append(faults, fault.Invalid("choose."+name, "find.choose"))
		}
		return p.editAgain(w, r, v, faults)
	}
	// two steps when there were clashes: the fields of the form as it was made, then those for which the person has seen both values
	steps := []commons.Edit{{Base: f.Base, Values: rest, Note: f.Note}}
	if len(mine) > 0 {
		steps = append(steps, commons.Edit{Base: f.Seen, Values: mine, Note: f.Note})
	}
	for _, e := range steps {
		clashes, err := p.Commons.Edit(r.Context(), web.Actor(r), c.ID, e)
		if len(clashes) > 0 {
			return p.showClashes(w, r, v, clashes)
		}
		if err != nil {
			return p.editAgain(w, r, v, err)
		}
	}
	now, err := p.Commons.ByID(r.Context(), web.Actor(r), c.ID)
	if err != nil {
		return err
	}
	if now.Revision == c.Revision {
		web.Flash(w, r, components.Info, "find.edited_nothing")
	} else {
		web.Flash(w, r, components.Success, "find.edited")
	}
	return web.SeeOther(w, r, pathOf(now.Slug)+saved)
}

// resolve parts the values by what the person chose where two changes had met: mine are stored over what was seen, those of the other person
// are left, rest is the form as it was made. unsure are the names for which nothing was chosen.
func resolve(r *http.Request, values []commons.Value) (mine, rest []commons.Value, unsure []string) {
	for _, v := range values {
		name := commons.FormName(v.Field, v.Lang)
		if !slices.Contains(r.PostForm["clash"], name) {
			rest = append(rest, v)
			continue
		}
		switch r.PostForm.Get("choose." + name) {
		case "mine":
			mine = append(mine, v)
		case "theirs":
		default:
			unsure = append(unsure, name)
		}
	}
	return mine, rest, unsure
}

// clashesIn rebuilds the clashes of a form that was sent without a choice for each.
func clashesIn(r *http.Request, l *i18n.Localizer, c commons.Commons, values []commons.Value) []clash {
	var list []clash
	for _, v := range values {
		name := commons.FormName(v.Field, v.Lang)
		if !slices.Contains(r.PostForm["clash"], name) {
			continue
		}
		now, _ := c.Best(v.Field, v.Lang)
		x := clashOf(l, commons.Clash{Field: v.Field, Lang: v.Lang, Theirs: now.JSON, Mine: v.JSON})
		x.Choice = r.PostForm.Get("choose." + name)
		list = append(list, x)
	}
	return list
}

func clashOf(l *i18n.Localizer, x commons.Clash) clash {
	c := clash{Name: commons.FormName(x.Field, x.Lang), Label: FieldName(l, x.Field, x.Lang), Lang: x.Lang,
		Theirs: ValueText(l, x.Field, x.Lang, x.Theirs), Mine: ValueText(l, x.Field, x.Lang, x.Mine)}
	if c.Theirs == "" {
		c.Theirs = l.T("find.nothing_there")
	}
	if c.Mine == "" {
		c.Mine = l.T("find.nothing_there")
	}
	return c
}

// showClashes shows the form again with both values of each field in which two changes met.
func (p *Pages) showClashes(w http.ResponseWriter, r *http.Request, v editView, clashes []commons.Clash) error {
	l := web.L(r)
	now, err := p.Commons.ByID(r.Context(), web.Actor(r), v.C.ID)
	if err != nil {
		return err
	}
	v.C, v.Seen = now, now.Revision
	for _, x := range clashes {
		c := clashOf(l, x)
		v.Clashes = append(v.Clashes, c)
		v.Errors = append(v.Errors, components.FieldError{Field: "choose." + c.Name, Text: l.T("find.clash_in", i18n.Args{"field": c.Label})})
	}
	return p.showEdit(w, r, v, http.StatusConflict)
}

func (p *Pages) editAgain(w http.ResponseWriter, r *http.Request, v editView, err error) error {
	errs, err := formErrors(r, err)
	if err != nil {
		return err
	}
	v.Errors = errs
	return p.showEdit(w, r, v, 0)
}
