package admin

import (
	"context"
	"net/http"
	"slices"

	"commun/internal/core/instance"
	"commun/internal/core/journal"
	"commun/internal/core/people"
	"commun/internal/platform/i18n"
	"commun/internal/web"
	"commun/internal/web/components"
)

// shownThings is how many things of one name a page shows. What a common word stands in would fill a book, and a few say that it is one.
const shownThings = 100

// thing is what a name stands in, in words.
type thing struct {
	Value  string // as the form sends it
	Link   components.Link
	Kind   string
	Times  string
	Places []people.Place
}

// traced is a name, and what it stands in.
type traced struct {
	Name   string
	Things []thing
	Total  int // of things
	Count  int // of places
}

// More is how many things are not shown.
func (t traced) More() int { return t.Total - len(t.Things) }

// traces names the things in which a name waits.
func (p *Pages) traces(ctx context.Context, name string, waits []people.Waiting) (traced, error) {
	l := i18n.From(ctx)
	t := traced{Name: name, Total: len(waits)}
	var ids []string
	for _, w := range waits[:min(len(waits), shownThings)] {
		ids = append(ids, w.Object.ID)
	}
	titles, err := p.Owners(ctx, ids)
	if err != nil {
		return t, err
	}
	for i, w := range waits {
		if t.Count += w.Count; i >= shownThings {
			continue
		}
		link, known := titles[w.Object.ID]
		if path := thingPaths[w.Object.Kind]; !known && path != "" {
			link.Href = path
			if w.Object.Kind != instance.ObjectKind {
				link.Href += w.Object.ID
			}
		}
		t.Things = append(t.Things, thing{Value: w.Object.String(), Link: link, Kind: named(l, "admin.thing_", w.Object.Kind),
			Times: l.T("admin.times", i18n.Args{"count": int64(w.Count)}), Places: w.Places})
	}
	return t, nil
}

// thingPaths are the pages of things that no title names.
var thingPaths = map[string]string{instance.ObjectKind: "/admin/settings", "report": "/reports/", "list": "/lists/"}

// forgetForm says to which of a person's names the answer is yes.
type forgetForm struct {
	Names []string `form:"names" max:"200" items:"50"`
}

func (p *Pages) forgetPage(w http.ResponseWriter, r *http.Request) error {
	x, err := p.People.Person(r.Context(), web.Actor(r), r.PathValue("id"))
	if err != nil {
		return err
	}
	_, names, err := p.People.Look(r.Context(), web.Actor(r), x.ID)
	if err != nil {
		return err
	}
	var waits []traced
	for _, n := range names {
		if len(n.Waits) == 0 {
			continue
		}
		t, err := p.traces(r.Context(), n.Name, n.Waits)
		if err != nil {
			return err
		}
		waits = append(waits, t)
	}
	return web.Render(w, r, p.page(r, "admin.forget", nil), forgetPage(x, waits))
}

func (p *Pages) forget(w http.ResponseWriter, r *http.Request) error {
	var f forgetForm
	if err := web.Decode(r, &f); err != nil {
		return err
	}
	asked, err := p.Forget(r.Context(), web.Actor(r), r.PathValue("id"), f.Names)
	if err != nil {
		return err
	}
	if asked > 0 {
		web.Flash(w, r, components.Success, "admin.forgotten_asked")
		return web.SeeOther(w, r, "/admin/forgetting")
	}
	web.Flash(w, r, components.Success, "admin.forgotten")
	return web.SeeOther(w, r, "/admin/people")
}

// answerForm is what an administrator says to a request.
type answerForm struct {
	Answer string   `form:"answer" max:"10"`
	Things []string `form:"things" max:"200" items:"1000"`
	Reason string   `form:"reason" max:"500"`
}

func (p *Pages) forgetting(w http.ResponseWriter, r *http.Request) error {
	return p.forgettingPage(w, r, r.URL.Query().Get("id"), answerForm{}, nil)
}

// askedView is the request that the page shows, among the others.
type askedView struct {
	Asked people.Asked
	traced
	Form     answerForm
	Errors   components.Errors
	Others   []people.Asked // open ones too
	Answered []people.Asked
}

func (p *Pages) forgettingPage(w http.ResponseWriter, r *http.Request, id string, f answerForm, errs components.Errors) error {
	open, err := p.People.Requests(r.Context(), web.Actor(r), true)
	if err != nil {
		return err
	}
	v := askedView{Form: f, Errors: errs}
	if v.Answered, err = p.People.Requests(r.Context(), web.Actor(r), false); err != nil {
		return err
	}
	if i := slices.IndexFunc(open, func(a people.Asked) bool { return a.ID == id || id == "" }); i >= 0 {
		v.Others = slices.Delete(slices.Clone(open), i, i+1)
		var waits []people.Waiting
		if v.Asked, waits, err = p.People.Request(r.Context(), web.Actor(r), open[i].ID); err != nil {
			return err
		}
		if v.traced, err = p.traces(r.Context(), v.Asked.Name, waits); err != nil {
			return err
		}
	} else {
		v.Others = open
	}
	return web.Render(w, r, p.page(r, "admin.forgetting", errs), forgettingPage(v))
}

func (p *Pages) answer(w http.ResponseWriter, r *http.Request) error {
	var f answerForm
	err := web.Decode(r, &f)
	if err == nil {
		answer := people.Answer{Outcome: people.Outcome(f.Answer), Reason: f.Reason}
		if answer.Outcome == people.Partly {
			for _, t := range f.Things {
				answer.Things = append(answer.Things, journal.ParseObject(t))
			}
		}
		err = p.AnswerForgetting(r.Context(), web.Actor(r), r.PathValue("id"), answer)
	}
	if err != nil {
		errs, err := web.FormErrors(r, err)
		if err != nil {
			return err
		}
		return p.forgettingPage(w, r, r.PathValue("id"), f, errs)
	}
	web.Flash(w, r, components.Success, "admin.answered")
	return web.SeeOther(w, r, "/admin/forgetting")
}

func answerOptions(ctx context.Context, selected string) []components.Option {
	l := i18n.From(ctx)
	return components.Selected([]components.Option{
		{Value: string(people.AllGone), Label: l.T("admin.answer_all"), Hint: l.T("admin.answer_all_hint")},
		{Value: string(people.Partly), Label: l.T("admin.answer_some"), Hint: l.T("admin.answer_some_hint")},
		{Value: string(people.Refused), Label: l.T("admin.answer_none"), Hint: l.T("admin.answer_none_hint")},
	}, selected)
}

var outcomeKeys = map[people.Outcome]string{people.AllGone: "admin.outcome_all", people.Partly: "admin.outcome_some", people.Refused: "admin.outcome_none"}

func answeredTable(ctx context.Context, list []people.Asked) components.TableProps {
	l := i18n.From(ctx)
	t := components.TableProps{Caption: l.T("admin.asked_before"), HideCaption: true, Columns: []components.Column{
		{Label: l.T("admin.answered_on")}, {Label: l.T("admin.outcome")}, {Label: l.T("admin.why")}}}
	for _, a := range list {
		t.Rows = append(t.Rows, components.Cells(l.Date(at(a.AnsweredAt)), l.T(outcomeKeys[a.Outcome]), a.Reason))
	}
	return t
}

// standsIn is a count of things in words.
func standsIn(ctx context.Context, n int) string {
	return i18n.T(ctx, "admin.things", i18n.Args{"count": int64(n)})
}

// thingTitle is what a thing is, and how it is called.
func thingTitle(t thing) string {
	if t.Link.Text == "" {
		return t.Kind
	}
	return t.Kind + " · " + t.Link.Text
}
