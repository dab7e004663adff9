package api

import (
	"context"
	"net/http"

	"commun/internal/core/commons"
	"commun/internal/features/catalogue"
	"commun/internal/platform/i18n"
	"commun/internal/web"
	webapi "commun/internal/web/api"
)

const tagVoice = "catalogue_api.tag_voice"

func (a *API) registerVoice(api *webapi.API) {
	missing, denied := []int{http.StatusNotFound}, []int{http.StatusNotFound, http.StatusForbidden}
	on(api, operation{id: "reportCommons", method: "POST", path: "/api/commons/{slug}/reports", tag: tagVoice, summary: "catalogue_api.report",
		more: "catalogue_api.report_more", status: http.StatusCreated, fails: missing, acts: acts(catalogue.ActReport)}, a.report)
	on(api, operation{id: "listReports", method: "GET", path: "/api/commons/{slug}/reports", tag: tagVoice, summary: "catalogue_api.reports",
		more: "catalogue_api.reports_more", fails: denied, acts: acts(catalogue.ActAnswer)}, a.reports)
	on(api, operation{id: "listOpenReports", method: "GET", path: "/api/reports", tag: tagVoice, summary: "catalogue_api.open_reports",
		fails: []int{http.StatusForbidden}, acts: acts(catalogue.ActAnswer)}, a.openReports)
	on(api, operation{id: "answerReport", method: "POST", path: "/api/reports/{id}/answer", tag: tagVoice, summary: "catalogue_api.answer",
		more: "catalogue_api.answer_more", status: http.StatusNoContent, fails: append(denied, http.StatusConflict), acts: acts(catalogue.ActAnswer)}, a.answer)
	on(api, operation{id: "writeToStewards", method: "POST", path: "/api/commons/{slug}/letters", tag: tagVoice, summary: "catalogue_api.letter",
		more: "catalogue_api.letter_more", status: http.StatusAccepted, fails: missing, acts: acts(catalogue.ActWrite)}, a.letter)
}

// NewReport is what a reader reports.
type NewReport struct {
	Reason  string `json:"reason" enum:"wrong,duplicate,not_a_commons,licence,personal_data,illegal,other" doc:"catalogue_api.reason"`
	Words   string `json:"words" maxLength:"10000" doc:"catalogue_api.words"`
	Contact string `json:"contact,omitempty" maxLength:"254" doc:"catalogue_api.contact"`
}

type reportInput struct {
	SlugPath
	Body NewReport
}

// ReportMade names the report that was made.
type ReportMade struct {
	ID string `json:"id" doc:"catalogue_api.id"`
}

type reportOutput struct {
	Body ReportMade
}

func (a *API) report(ctx context.Context, i *reportInput) (*reportOutput, error) {
	c, err := a.find(ctx, i.Slug)
	if err != nil {
		return nil, err
	}
	out := &reportOutput{}
	out.Body.ID, err = a.Catalogue.Report(ctx, web.ActorIn(ctx), c.ID, catalogue.NewReport{Reason: i.Body.Reason, Words: i.Body.Words,
		Contact: i.Body.Contact, Lang: i18n.From(ctx).Lang()})
	return out, in("body", err)
}

// Report is what a reader said. The address to answer at is the administrators' to see; stewards see whether there is one.
type Report struct {
	ID         string `json:"id" doc:"catalogue_api.id"`
	Commons    string `json:"commons" doc:"catalogue_api.slug"`
	Reason     string `json:"reason" doc:"catalogue_api.reason"`
	Words      string `json:"words" doc:"catalogue_api.words"`
	Lang       string `json:"lang,omitempty" doc:"catalogue_api.reader_lang"`
	At         string `json:"at" format:"date-time" doc:"catalogue_api.reported_at"`
	Awaits     bool   `json:"awaits_answer" doc:"catalogue_api.awaits_answer"`
	Contact    string `json:"contact,omitempty" doc:"catalogue_api.contact_shown"`
	Answer     string `json:"answer,omitempty" doc:"catalogue_api.answer_given"`
	AnsweredAt string `json:"answered_at,omitempty" format:"date-time" doc:"catalogue_api.answered_at"`
}

type reportsOutput struct {
	Private
	Body Page[Report]
}

// reportsPage is how many reports the service gives at once.
const reportsPage = 50

func (a *API) showReports(ctx context.Context, list []catalogue.Report) (*reportsOutput, error) {
	var ids []string
	for _, r := range list {
		ids = append(ids, r.Commons)
	}
	about, err := a.Commons.ByIDs(ctx, ids)
	if err != nil {
		return nil, err
	}
	slugs := map[string]string{}
	for _, c := range about {
		slugs[c.ID] = c.Slug
	}
	out := &reportsOutput{Private: noStore}
	out.Body.Items = []Report{}
	for _, r := range list {
		x := Report{ID: r.ID, Commons: slugs[r.Commons], Reason: r.Reason, Words: r.Words, Lang: r.Lang, At: stamp(r.At), Awaits: r.Contact != "" && r.AnsweredAt == 0,
			Answer: r.Answer, AnsweredAt: stamp(r.AnsweredAt)}
		if web.ActorIn(ctx).IsAdmin() {
			x.Contact = r.Contact
		}
		out.Body.Items = append(out.Body.Items, x)
	}
	if len(list) == reportsPage {
		out.Body.Next = nextLink(ctx, "after", list[len(list)-1].ID)
	}
	return out, nil
}

// Page is a page of a list of T; the schema of a page of entries is called EntryPage.
type Page[T any] struct {
	Items []T    `json:"items" nullable:"false" doc:"catalogue_api.items"`
	Next  string `json:"next,omitempty" format:"uri" doc:"catalogue_api.next"`
}

// All is a list of T that has no pages; the schema of all roles is called Roles.
type All[T any] struct {
	Items []T `json:"items" nullable:"false" doc:"catalogue_api.items"`
}

// CursorPage asks for what follows a page.
type CursorPage struct {
	After string `query:"after" maxLength:"100" doc:"catalogue_api.after"`
}

type commonsPage struct {
	SlugPath
	CursorPage
}

func (a *API) reports(ctx context.Context, i *commonsPage) (*reportsOutput, error) {
	c, err := a.find(ctx, i.Slug)
	if err != nil {
		return nil, err
	}
	list, err := a.Catalogue.Reports(ctx, web.ActorIn(ctx), c.ID, i.After)
	if err != nil {
		return nil, err
	}
	return a.showReports(ctx, list)
}

type openReportsInput struct{ CursorPage }

func (a *API) openReports(ctx context.Context, i *openReportsInput) (*reportsOutput, error) {
	list, err := a.Catalogue.OpenReports(ctx, web.ActorIn(ctx), i.After)
	if err != nil {
		return nil, err
	}
	return a.showReports(ctx, list)
}

// ReportAnswer is what a report is answered.
type ReportAnswer struct {
	Answer string `json:"answer" maxLength:"10000" doc:"catalogue_api.answer_given"`
}

type answerInput struct {
	IDPath
	Body ReportAnswer
}

func (a *API) answer(ctx context.Context, i *answerInput) (*nothing, error) {
	return &nothing{}, in("body", a.Catalogue.Answer(ctx, web.ActorIn(ctx), i.ID, i.Body.Answer))
}

// Letter is a letter to the stewards.
type Letter struct {
	Name    string `json:"name,omitempty" maxLength:"500" doc:"catalogue_api.letter_name"`
	Address string `json:"address" maxLength:"254" doc:"catalogue_api.letter_address"`
	Words   string `json:"words" maxLength:"10000" doc:"catalogue_api.words"`
}

type letterInput struct {
	SlugPath
	Body Letter
}

func (a *API) letter(ctx context.Context, i *letterInput) (*nothing, error) {
	c, err := a.find(ctx, i.Slug)
	if err != nil {
		return nil, err
	}
	return &nothing{}, in("body", a.Catalogue.Write(ctx, web.ActorIn(ctx), c.ID, catalogue.Letter{Name: i.Body.Name, Address: i.Body.Address, Words: i.Body.Words}))
}

// findID is the id of the commons that a query names, "" when it names none.
func (a *API) findID(ctx context.Context, slug string) (string, error) {
	if slug == "" {
		return "", nil
	}
	var c commons.Commons
	c, err := a.find(ctx, slug)
	return c.ID, err
}
