package site

import (
	"net/http"
	"slices"
	"strconv"
	"strings"

	"commun/internal/core/commons"
	"commun/internal/features/catalogue"
	"commun/internal/platform/i18n"
	"commun/internal/web"
	"commun/internal/web/components"
)

// editView is the form that corrects a commons.
type editView struct {
	fieldForm
	C       commons.Commons
	Base    int64 // the revision that the form was made from
	Clashes []clash
	Note    string
	Groups  []group
}

// clash is a field that somebody else changed while the form was open, in words.
type clash struct {
	Name, Label, Lang string
	Theirs, Mine      string
	Source            string // where theirs comes from, in words; "" when nothing stands
	Choice            string // "theirs", "mine" or ""
	Seen              int64  // the revision at which both were shown: a choice holds until the field changes again
}

// group is a part of the form under a heading.
type group struct {
	Title    string
	Hint     string
	Controls []control
	Really   string // the language whose texts may be said to be in another, "" for none
}

// names are those of the controls, in the order of the form.
func names(groups []group) []string {
	var list []string
	for _, g := range groups {
		for _, x := range g.Controls {
			list = append(list, x.name())
		}
		if g.Really != "" {
			list = append(list, textLanguage(g.Really))
		}
	}
	return append(list, "note")
}

// editForm is what the form sends beside the fields.
type editForm struct {
	Base int64    `form:"revision"`
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
	v.Errors = inOrder(v.Errors, names(v.Groups))
	page := under(r, v.C, l.T("find.nav_edit"), v.Errors)
	page.Status = status
	return web.Render(w, r, page, editPage(v))
}

// groups parts the form: what it is, in each language, then who, for whom, and where. The language of texts in which nobody could tell it is asked for
// above them, and where a person told it (told) at the end, to be corrected.
func groups(l *i18n.Localizer, f fieldForm, told bool) []group {
	langs := f.Langs
	toldIn := code(l, commons.TextLanguage, f.one(commons.TextLanguage)) // has its own control
	list := []group{{Title: l.T("find.group_what"), Controls: controls(langs, "name", "kind", "stage", "licence")}}
	for _, lang := range langs {
		g := group{Title: l.T("find.group_texts", i18n.Args{"language": langName(l, lang)})}
		if lang == commons.Undetermined {
			g = group{Title: l.T("find.group_untold"), Hint: l.T("find.group_untold_hint"), Controls: controls(nil, commons.TextLanguage)}
		}
		for _, name := range textFields {
			if lang != commons.Undetermined && lang != toldIn && strings.TrimSpace(f.one(commons.FormName(name, lang))) != "" {
				g.Really = lang
			}
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
	v := editView{fieldForm: typed(r, langs, controls(langs)), C: c, Base: f.Base, Note: f.Note}
	for _, lang := range langs {
		v.Typed[textLanguage(lang)] = r.PostForm[textLanguage(lang)]
	}
	all, unknown := reallyIn(l, r.PostForm, langs) // after typed: a form that comes back shows what was typed where it was
	moved := typed(r, all, controls(all))
	list := asTyped(l, c, moved, sent(r, controls(all)))
	var values []commons.Value
	if err == nil {
		values, err = catalogue.CleanForm(moved.values(l, list))
	}
	if err != nil || len(unknown) > 0 {
		v.Errors = unknown
		return p.editAgain(w, r, v, err)
	}
	e := commons.Edit{Base: f.Base, Values: values, Note: f.Note, Choices: choices(r)}
	clashes, err := p.Commons.Edit(r.Context(), web.Actor(r), c.ID, e)
	if len(clashes) > 0 {
		return p.showClashes(w, r, v, e, clashes)
	}
	if err != nil {
		return p.editAgain(w, r, v, err)
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

// asTyped leaves out a licence that stands in the form as it does here: a file may have given one that no person may write, and who leaves it alone
// says nothing of it.
func asTyped(l *i18n.Localizer, c commons.Commons, f fieldForm, list []control) []control {
	now, ok := c.Best("licence", "")
	return slices.DeleteFunc(list, func(x control) bool {
		return ok && x.Name == "licence" && slices.Equal(f.Typed[x.name()], typedOf(l, x.Field, now))
	})
}

// choices reads what the person chose where two changes had met, each with the revision at which both values were shown.
func choices(r *http.Request) map[string]commons.Chosen {
	list := map[string]commons.Chosen{}
	for _, name := range r.PostForm["clash"] {
		seen, err := strconv.ParseInt(r.PostForm.Get("seen."+name), 10, 64)
		take := commons.Take(r.PostForm.Get("choose." + name))
		if err != nil || seen < 1 {
			continue // not a form of ours: judged as it was made
		}
		if take != commons.TakeMine && take != commons.TakeTheirs {
			take = commons.TakeNone
		}
		list[name] = commons.Chosen{Seen: seen, Take: take}
	}
	return list
}

func clashOf(l *i18n.Localizer, x commons.Clash) clash {
	c := clash{Name: commons.FormName(x.Field, x.Lang), Label: FieldName(l, x.Field, x.Lang), Lang: x.Lang,
		Theirs: ValueText(l, x.Field, x.Lang, x.Theirs), Mine: ValueText(l, x.Field, x.Lang, x.Mine)}
	if x.Stands.JSON != nil {
		c.Source = sourceText(l, x.Stands)
	}
	if c.Theirs == "" {
		c.Theirs = l.T("find.nothing_there")
	}
	if c.Mine == "" {
		c.Mine = l.T("find.nothing_there")
	}
	return c
}

// showClashes shows the form again with both values of each field in which two changes met: of those that are open, and of those for which the
// person has chosen already, with the choice.
func (p *Pages) showClashes(w http.ResponseWriter, r *http.Request, v editView, e commons.Edit, open []commons.Clash) error {
	l := web.L(r)
	now, err := p.Commons.ByID(r.Context(), web.Actor(r), v.C.ID)
	if err != nil {
		return err
	}
	v.C = now
	status := http.StatusUnprocessableEntity // a choice is missing, until something met anew
	for _, x := range e.Values {
		name := commons.FormName(x.Field, x.Lang)
		chosen, met := e.Choices[name]
		i := slices.IndexFunc(open, func(o commons.Clash) bool { return o.Field == x.Field && o.Lang == x.Lang })
		switch {
		case i >= 0:
			c := clashOf(l, open[i])
			c.Seen = open[i].Revision
			v.Clashes = append(v.Clashes, c)
			text := l.T("find.choose")
			if !met || chosen.Take != commons.TakeNone {
				text, status = l.T("find.clash_in", i18n.Args{"field": c.Label}), http.StatusConflict
			}
			v.Errors = append(v.Errors, components.FieldError{Field: "choose." + name, Text: text})
		case met:
			stands, _ := now.Best(x.Field, x.Lang)
			c := clashOf(l, commons.Clash{Field: x.Field, Lang: x.Lang, Theirs: stands.JSON, Mine: x.JSON, Stands: stands})
			c.Seen, c.Choice = chosen.Seen, string(chosen.Take)
			v.Clashes = append(v.Clashes, c)
		}
	}
	return p.showEdit(w, r, v, status)
}

func (p *Pages) editAgain(w http.ResponseWriter, r *http.Request, v editView, err error) error {
	if err != nil {
		errs, err := formErrors(r, err)
		if err != nil {
			return err
		}
		v.Errors = append(v.Errors, errs...)
	}
	return p.showEdit(w, r, v, 0)
}
