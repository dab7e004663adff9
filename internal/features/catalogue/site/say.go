package site

import (
	"net/http"

	"commun/internal/core/commons"
	"commun/internal/core/people"
	"commun/internal/features/catalogue"
	"commun/internal/platform/fault"
	"commun/internal/platform/i18n"
	"commun/internal/web"
	"commun/internal/web/components"
)

// reportForm is what a reader says about an entry.
type reportForm struct {
	Reason  string `form:"reason" max:"40"`
	Words   string `form:"words,lines" max:"20000"` // the service says what is too long
	Contact string `form:"contact" max:"254"`
}

func (p *Pages) reportPage(w http.ResponseWriter, r *http.Request) error {
	c, done, err := p.loadFor(w, r, catalogue.ActReport)
	if err != nil || done {
		return err
	}
	return p.showReport(w, r, c, reportForm{}, nil)
}

func (p *Pages) showReport(w http.ResponseWriter, r *http.Request, c commons.Commons, f reportForm, errs components.Errors) error {
	keepers, err := p.keepers(r.Context(), c.ID)
	if err != nil {
		return err
	}
	return web.Render(w, r, under(r, c, web.L(r).T("find.report_title"), errs), reportPage(c, len(keepers) > 0, f, errs))
}

func (p *Pages) report(w http.ResponseWriter, r *http.Request) error {
	c, _, err := p.loadFor(w, r, catalogue.ActReport)
	if err != nil {
		return err
	}
	var f reportForm
	if err = web.Decode(r, &f); err == nil {
		_, err = p.Catalogue.Report(r.Context(), web.Actor(r), c.ID,
			catalogue.NewReport{Reason: f.Reason, Words: f.Words, Contact: f.Contact, Lang: web.L(r).Lang()})
	}
	if err != nil {
		errs, err := web.FormErrors(r, err)
		if err != nil {
			return err
		}
		return p.showReport(w, r, c, f, errs)
	}
	keepers, err := p.keepers(r.Context(), c.ID)
	if err != nil {
		return err
	}
	said := "find.reported"
	if len(keepers) == 0 {
		said = "find.reported_admins"
	}
	web.Flash(w, r, components.Success, said)
	return web.SeeOther(w, r, pathOf(c.Slug)+saved)
}

// letterForm is what a reader writes to the stewards.
type letterForm struct {
	Name    string `form:"name" max:"120"`
	Address string `form:"address" max:"254"`
	Words   string `form:"words,lines" max:"20000"`
}

func (p *Pages) writePage(w http.ResponseWriter, r *http.Request) error {
	c, done, err := p.loadFor(w, r, catalogue.ActWrite)
	if err != nil || done {
		return err
	}
	return p.showWrite(w, r, c, letterForm{Name: web.Actor(r).Name}, nil)
}

func (p *Pages) showWrite(w http.ResponseWriter, r *http.Request, c commons.Commons, f letterForm, errs components.Errors) error {
	keepers, err := p.keepers(r.Context(), c.ID)
	if err != nil {
		return err
	}
	return web.Render(w, r, under(r, c, web.L(r).T("find.write_title", i18n.Args{"name": c.Name()}), errs), writePage(c, keepers, f, errs))
}

func (p *Pages) write(w http.ResponseWriter, r *http.Request) error {
	c, _, err := p.loadFor(w, r, catalogue.ActWrite)
	if err != nil {
		return err
	}
	var f letterForm
	if err = web.Decode(r, &f); err == nil {
		err = p.Catalogue.Write(r.Context(), web.Actor(r), c.ID, catalogue.Letter(f))
	}
	if faults := fault.Of(err); len(faults) == 1 && faults[0].Kind == fault.BusyKind {
		// no mail can leave: said above the letter, which stays
		return p.showWrite(w, r, c, f, components.Errors{{Text: web.L(r).T(faults[0].Key, i18n.Args(faults[0].Args))}})
	}
	if err != nil {
		errs, err := web.FormErrors(r, err)
		if err != nil {
			return err
		}
		return p.showWrite(w, r, c, f, errs)
	}
	web.Flash(w, r, components.Success, "find.written")
	return web.SeeOther(w, r, pathOf(c.Slug)+saved)
}

// reportLine is a report as those who answer see it.
type reportLine struct {
	catalogue.Report
	On   components.Link // the commons
	By   string          // the name of who reported, "" for a visitor
	Text string          // the reason
}

// reportsView is a list of reports.
type reportsView struct {
	C     *commons.Commons // nil: those of the whole instance
	Nav   []components.Link
	Lines []reportLine
	Pages components.Pages
}

// reportsPageSize is how many reports the service gives at once.
const reportsPageSize = 50

func (p *Pages) reportLines(r *http.Request, list []catalogue.Report) ([]reportLine, error) {
	var ids, persons []string
	for _, x := range list {
		ids = append(ids, x.Commons)
		if x.Person != "" {
			persons = append(persons, x.Person)
		}
	}
	titles, err := p.Titles(r.Context(), web.Actor(r), ids)
	if err != nil {
		return nil, err
	}
	names, err := p.People.Names(r.Context(), persons)
	if err != nil {
		return nil, err
	}
	lines := make([]reportLine, len(list))
	for i, x := range list {
		lines[i] = reportLine{Report: x, On: titles[x.Commons], By: names[x.Person], Text: named(web.L(r), reasonWords, x.Reason)}
	}
	return lines, nil
}

func (p *Pages) openReports(w http.ResponseWriter, r *http.Request) error {
	l := web.L(r)
	list, err := p.Catalogue.OpenReports(r.Context(), web.Actor(r), r.URL.Query().Get("after"))
	if err != nil {
		return err
	}
	v := reportsView{Pages: components.Pages{Label: l.T("find.reports_title")}}
	if v.Nav, err = p.adminTabs(r, "/reports"); err != nil {
		return err
	}
	if v.Lines, err = p.reportLines(r, list); err != nil {
		return err
	}
	if len(list) == reportsPageSize {
		v.Pages.Next = "/reports?after=" + list[len(list)-1].ID
	}
	if r.URL.Query().Get("after") != "" {
		v.Pages.Previous = "/reports"
	}
	return web.Render(w, r, web.Page{Title: l.T("find.reports_title"), Nav: "admin", NoIndex: true,
		Crumbs: []components.Link{{Text: l.T("web.nav_admin"), Href: "/admin"}}}, reportsPage(v))
}

func (p *Pages) reports(w http.ResponseWriter, r *http.Request) error {
	c, done, err := p.loadFor(w, r, catalogue.ActAnswer)
	if err != nil || done {
		return err
	}
	l := web.L(r)
	list, err := p.Catalogue.Reports(r.Context(), web.Actor(r), c.ID, r.URL.Query().Get("after"))
	if err != nil {
		return err
	}
	path := pathOf(c.Slug) + "/reports"
	v := reportsView{C: &c, Nav: subNav(l, web.Actor(r), c, "/reports"), Pages: components.Pages{Label: l.T("find.reports_title")}}
	if v.Lines, err = p.reportLines(r, list); err != nil {
		return err
	}
	if len(list) == reportsPageSize {
		v.Pages.Next = path + "?after=" + list[len(list)-1].ID
	}
	if r.URL.Query().Get("after") != "" {
		v.Pages.Previous = path
	}
	return web.Render(w, r, under(r, c, l.T("find.reports_title"), nil), reportsPage(v))
}

// oneReport finds a report that the reader may answer: by its commons, which the address names, since the service knows reports by commons only.
func (p *Pages) oneReport(r *http.Request) (reportLine, commons.Commons, error) {
	by, id := web.Actor(r), r.PathValue("id")
	c, err := p.Commons.ByID(r.Context(), by, r.FormValue("commons"))
	if fault.KindOf(err) == fault.MissingKind {
		return reportLine{}, c, errNoReport
	}
	if err == nil {
		err = by.May(catalogue.ActAnswer, c.ID)
	}
	if err != nil {
		return reportLine{}, c, err
	}
	// the list is older than its cursor: the next id up is the report's own with a letter more
	list, err := p.Catalogue.Reports(r.Context(), by, c.ID, id+"~")
	if err != nil {
		return reportLine{}, c, err
	}
	if len(list) == 0 || list[0].ID != id {
		return reportLine{}, c, errNoReport
	}
	lines, err := p.reportLines(r, list[:1])
	if err != nil {
		return reportLine{}, c, err
	}
	return lines[0], c, nil
}

var errNoReport = fault.Missing("catalogue.no_such_report")

func (p *Pages) answerPage(w http.ResponseWriter, r *http.Request) error {
	if err := mayAnswerAny(web.Actor(r)); err != nil {
		return err
	}
	x, c, err := p.oneReport(r)
	if err != nil {
		return err
	}
	return p.showAnswer(w, r, c, x, "", nil)
}

// mayAnswerAny sends a visitor to sign in before anything is looked up.
func mayAnswerAny(by people.Actor) error {
	if !by.SignedIn() && !by.IsAdmin() {
		return errSignIn
	}
	return nil
}

func (p *Pages) showAnswer(w http.ResponseWriter, r *http.Request, c commons.Commons, x reportLine, answer string, errs components.Errors) error {
	page := under(r, c, x.Text, errs)
	page.Crumbs = append(page.Crumbs, components.Link{Text: web.L(r).T("find.reports_title"), Href: pathOf(c.Slug) + "/reports"})
	return web.Render(w, r, page, answerPage(c, x, answer, errs))
}

func (p *Pages) answer(w http.ResponseWriter, r *http.Request) error {
	var f struct {
		Answer string `form:"answer,lines" max:"20000"`
	}
	decoded := web.Decode(r, &f)
	x, c, err := p.oneReport(r)
	if err != nil {
		return err
	}
	if err = decoded; err == nil {
		err = p.Catalogue.Answer(r.Context(), web.Actor(r), x.ID, f.Answer)
	}
	if err != nil {
		errs, err := web.FormErrors(r, err)
		if err != nil {
			return err
		}
		for i := range errs {
			if x.AnsweredAt > 0 {
				errs[i].Field = "" // somebody else was quicker: there is no form any more to lead to
			}
		}
		return p.showAnswer(w, r, c, x, f.Answer, errs)
	}
	web.Flash(w, r, components.Success, "find.answered")
	return web.SeeOther(w, r, pathOf(c.Slug)+"/reports"+saved)
}
