package api

import (
	"context"
	"net/http"
	"os"
	"path/filepath"
	"strconv"
	"strings"

	"commun/internal/core/people"
	"commun/internal/features/catalogue"
	"commun/internal/platform/fault"
	"commun/internal/platform/jobs"
	"commun/internal/web"
	"commun/internal/web/admin"
	webapi "commun/internal/web/api"
)

const (
	tagJobs  = "catalogue_api.tag_jobs"
	tagLists = "catalogue_api.tag_lists"
)

func (a *API) registerWork(api *webapi.API) {
	missing, denied := []int{http.StatusNotFound}, []int{http.StatusNotFound, http.StatusForbidden}
	conflict := []int{http.StatusNotFound, http.StatusForbidden, http.StatusConflict}
	on(api, operation{id: "getJob", method: "GET", path: "/api/jobs/{id}", tag: tagJobs, summary: "catalogue_api.get_job", fails: missing}, a.job)
	on(api, operation{id: "retryJob", method: "POST", path: "/api/jobs/{id}/retry", tag: tagJobs, summary: "catalogue_api.retry_job",
		fails: conflict, acts: acts(admin.ActJobs)}, a.retry)
	on(api, operation{id: "cancelJob", method: "POST", path: "/api/jobs/{id}/cancel", tag: tagJobs, summary: "catalogue_api.cancel_job",
		fails: conflict, acts: acts(admin.ActJobs)}, a.cancel)
	on(api, operation{id: "listJobs", method: "GET", path: "/api/admin/jobs", tag: tagJobs, summary: "catalogue_api.list_jobs",
		fails: []int{http.StatusForbidden}, acts: acts(admin.ActSee)}, a.jobs)

	on(api, operation{id: "listLists", method: "GET", path: "/api/lists", tag: tagLists, summary: "catalogue_api.lists",
		fails: []int{http.StatusForbidden}, acts: acts(catalogue.ActImport)}, a.lists)
	on(api, operation{id: "giveList", method: "POST", path: "/api/lists", tag: tagLists, summary: "catalogue_api.give_list",
		more: "catalogue_api.give_list_more", status: http.StatusAccepted, fails: []int{http.StatusForbidden}, acts: acts(catalogue.ActImport),
		most: maxList}, a.giveList)
	on(api, operation{id: "getList", method: "GET", path: "/api/lists/{id}", tag: tagLists, summary: "catalogue_api.get_list",
		fails: denied, acts: acts(catalogue.ActImport)}, a.listStatus)
	on(api, operation{id: "listLines", method: "GET", path: "/api/lists/{id}/lines", tag: tagLists, summary: "catalogue_api.list_lines",
		fails: denied, acts: acts(catalogue.ActImport)}, a.lines)
}

// Job is a piece of work. What it was given is not shown, nor whom it is for.
type Job struct {
	ID         string `json:"id" doc:"catalogue_api.id"`
	Kind       string `json:"kind" doc:"catalogue_api.job_kind"`
	State      string `json:"state" enum:"queued,running,done,failed,cancelled" doc:"catalogue_api.job_state"`
	Commons    string `json:"commons,omitempty" doc:"catalogue_api.job_commons"`
	Phase      string `json:"phase,omitempty" doc:"catalogue_api.job_phase"`
	Done       int64  `json:"done" doc:"catalogue_api.job_done"`
	Total      int64  `json:"total" doc:"catalogue_api.job_total"`
	Failures   int    `json:"failures" doc:"catalogue_api.failures"`
	Why        string `json:"why,omitempty" doc:"catalogue_api.why_failed"`
	CreatedAt  string `json:"created_at" format:"date-time" doc:"catalogue_api.job_created"`
	RunAt      string `json:"run_at,omitempty" format:"date-time" doc:"catalogue_api.job_run_at"`
	StartedAt  string `json:"started_at,omitempty" format:"date-time" doc:"catalogue_api.job_started"`
	FinishedAt string `json:"finished_at,omitempty" format:"date-time" doc:"catalogue_api.job_finished"`
}

func (a *API) showJob(ctx context.Context, j jobs.Record) Job {
	out := Job{ID: j.ID, Kind: j.Kind, State: string(j.State), Phase: j.Phase, Done: j.Done, Total: j.Total, Failures: j.Failures, CreatedAt: stamp(j.CreatedAt),
		RunAt: stamp(j.RunAt), StartedAt: stamp(j.StartedAt), FinishedAt: stamp(j.FinishedAt)}
	hidden := false
	if j.Owner != "" {
		c, ok := a.visible(ctx, j.Owner)
		if ok {
			out.Commons = c.Slug
		}
		hidden = !ok || inner(c)
	}
	out.Why = faultText(ctx, j.Fault, hidden)
	return out
}

type jobBody struct{ Body Job }

// findJob returns a job. Those that are for a person (a mail) are the administrators' to see.
func (a *API) findJob(ctx context.Context, id string) (jobs.Record, error) {
	j, err := a.Queue.Get(ctx, id)
	if err == nil && j.Person != "" && !web.ActorIn(ctx).IsAdmin() {
		return jobs.Record{}, fault.Missing("jobs.missing")
	}
	return j, err
}

func (a *API) job(ctx context.Context, i *IDPath) (*jobBody, error) {
	j, err := a.findJob(ctx, i.ID)
	if err != nil {
		return nil, err
	}
	return &jobBody{Body: a.showJob(ctx, j)}, nil
}

func (a *API) retry(ctx context.Context, i *IDPath) (*jobBody, error) {
	return a.changeJob(ctx, i.ID, a.Queue.Retry)
}

func (a *API) cancel(ctx context.Context, i *IDPath) (*jobBody, error) {
	return a.changeJob(ctx, i.ID, a.Queue.Cancel)
}

// changeJob asks what the pages of jobs ask: the queue itself knows no persons.
func (a *API) changeJob(ctx context.Context, id string, do func(context.Context, string) error) (*jobBody, error) {
	j, err := a.findJob(ctx, id)
	if err == nil {
		err = web.ActorIn(ctx).May(admin.ActJobs, j.Owner)
	}
	if err == nil {
		err = do(ctx, j.ID)
	}
	if err == nil {
		j, err = a.Queue.Get(ctx, id)
	}
	if err != nil {
		return nil, err
	}
	return &jobBody{Body: a.showJob(ctx, j)}, nil
}

type jobsInput struct {
	CursorPage
	State string `query:"state" enum:"queued,running,done,failed,cancelled" doc:"catalogue_api.job_state"`
	Kind  string `query:"kind" maxLength:"100" doc:"catalogue_api.job_kind"`
	Limit int    `query:"limit" minimum:"1" maximum:"100" default:"50" doc:"catalogue_api.limit"`
}

type jobsOutput struct {
	Private
	Body Page[Job]
}

func (a *API) jobs(ctx context.Context, i *jobsInput) (*jobsOutput, error) {
	if err := web.ActorIn(ctx).May(admin.ActSee, people.Instance); err != nil {
		return nil, err
	}
	list, err := a.Queue.List(ctx, jobs.Filter{State: jobs.State(i.State), Kind: i.Kind, After: i.After, Limit: i.Limit})
	if err != nil {
		return nil, err
	}
	out := &jobsOutput{Private: noStore}
	out.Body.Items = []Job{}
	for _, j := range list {
		out.Body.Items = append(out.Body.Items, a.showJob(ctx, j))
	}
	if len(list) == i.Limit {
		out.Body.Next = nextLink(ctx, "after", list[len(list)-1].ID)
	}
	return out, nil
}

// List is many addresses, or a folder of files, given at once.
type List struct {
	ID        string         `json:"id" doc:"catalogue_api.id"`
	Name      string         `json:"name" doc:"catalogue_api.list_name"`
	Folder    bool           `json:"folder" doc:"catalogue_api.list_is_folder"`
	Total     int            `json:"total" doc:"catalogue_api.list_total"`
	CreatedAt string         `json:"created_at" format:"date-time" doc:"catalogue_api.list_created"`
	Outcomes  map[string]int `json:"outcomes,omitempty" doc:"catalogue_api.list_outcomes"`
}

func showList(l catalogue.List) List {
	return List{ID: l.ID, Name: l.Name, Folder: l.Folder, Total: l.Total, CreatedAt: stamp(l.Created)}
}

type listsOutput struct {
	Body All[List]
}

func (a *API) lists(ctx context.Context, _ *noInput) (*listsOutput, error) {
	all, err := a.Catalogue.Lists(ctx, web.ActorIn(ctx))
	if err != nil {
		return nil, err
	}
	out := &listsOutput{}
	out.Body.Items = []List{}
	for _, l := range all {
		out.Body.Items = append(out.Body.Items, showList(l))
	}
	return out, nil
}

// maxList is how many bytes a list of addresses may have, here as on its page.
const maxList = 8 << 20

// NewList is a list of addresses, or a folder of this machine.
type NewList struct {
	Name      string   `json:"name" minLength:"1" maxLength:"200" doc:"catalogue_api.list_name"`
	Addresses []string `json:"addresses,omitempty" nullable:"false" maxItems:"50000" maxLength:"2000" pattern:"^[^\\r\\n]*$" doc:"catalogue_api.list_addresses"`
	Folder    string   `json:"folder,omitempty" maxLength:"2000" doc:"catalogue_api.list_folder"`
	Fetch     bool     `json:"fetch,omitempty" doc:"catalogue_api.list_fetch"`
}

type giveListInput struct {
	Body NewList
}

// ListGiven names the list that was given, and the job that goes through it.
type ListGiven struct {
	List string `json:"list" doc:"catalogue_api.list_id"`
	Job  string `json:"job" doc:"catalogue_api.job_id"`
}

type giveListOutput struct {
	Body ListGiven
}

func (a *API) giveList(ctx context.Context, i *giveListInput) (*giveListOutput, error) {
	by, b, out := web.ActorIn(ctx), i.Body, &giveListOutput{}
	// asked before a path of the machine is looked at, so that nobody else learns what is there
	if err := by.May(catalogue.ActImport, people.Instance); err != nil {
		return nil, err
	}
	if (b.Folder == "") == (len(b.Addresses) == 0) {
		return nil, fault.Invalid("body.addresses", "catalogue_api.addresses_or_folder")
	}
	var err error
	if b.Folder != "" {
		if !filepath.IsAbs(b.Folder) {
			return nil, fault.Invalid("body.folder", "catalogue_api.folder_absolute")
		}
		out.Body.List, out.Body.Job, err = a.Catalogue.ImportFolder(ctx, by, b.Name, os.DirFS(b.Folder), b.Fetch)
	} else {
		out.Body.List, out.Body.Job, err = a.Catalogue.ImportAddresses(ctx, by, b.Name, strings.NewReader(strings.Join(b.Addresses, "\n")))
	}
	return out, in("body", err)
}

type listBody struct{ Body List }

func (a *API) listStatus(ctx context.Context, i *IDPath) (*listBody, error) {
	s, err := a.Catalogue.ListStatus(ctx, web.ActorIn(ctx), i.ID)
	if err != nil {
		return nil, err
	}
	out := &listBody{Body: showList(s.List)}
	out.Body.Outcomes = map[string]int{}
	for o, n := range s.Outcomes {
		if o == "" {
			o = "waiting"
		}
		out.Body.Outcomes[string(o)] = n
	}
	return out, nil
}

type linesInput struct {
	IDPath
	Outcome string `query:"outcome" enum:"added,updated,existed,refused" doc:"catalogue_api.line_outcome"`
	After   int    `query:"after" minimum:"0" doc:"catalogue_api.after"`
}

// Line is one line of a list and what came of it.
type Line struct {
	Line    int      `json:"line" doc:"catalogue_api.line"`
	Text    string   `json:"text" doc:"catalogue_api.line_text"`
	Outcome string   `json:"outcome" enum:"waiting,added,updated,existed,refused" doc:"catalogue_api.line_outcome"`
	Commons string   `json:"commons,omitempty" doc:"catalogue_api.slug"`
	Name    string   `json:"name,omitempty" doc:"catalogue_api.name"`
	Why     string   `json:"why,omitempty" doc:"catalogue_api.why_refused"`
	Read    bool     `json:"read" doc:"catalogue_api.line_read"`
	Remarks []Remark `json:"remarks" nullable:"false" doc:"catalogue_api.line_remarks"`
}

type linesOutput struct {
	Body Page[Line]
}

// linesPage is how many lines the service gives at once.
const linesPage = 100

func (a *API) lines(ctx context.Context, i *linesInput) (*linesOutput, error) {
	by := web.ActorIn(ctx)
	if _, err := a.Catalogue.ListStatus(ctx, by, i.ID); err != nil { // a list that is not there is missing, not empty
		return nil, err
	}
	list, err := a.Catalogue.Lines(ctx, by, i.ID, catalogue.Outcome(i.Outcome), i.After)
	if err != nil {
		return nil, err
	}
	out := &linesOutput{}
	out.Body.Items = []Line{}
	for _, x := range list {
		y := Line{x.Line, x.Text, string(x.Outcome), x.Slug, x.Name, faultText(ctx, x.Fault, false), x.Read, remarks(ctx, x.Remarks)}
		if y.Outcome == "" {
			y.Outcome = "waiting"
		}
		out.Body.Items = append(out.Body.Items, y)
	}
	if len(list) == linesPage {
		out.Body.Next = nextLink(ctx, "after", strconv.Itoa(list[len(list)-1].Line))
	}
	return out, nil
}
