package admin

import (
	"context"
	"encoding/json"
	"net/http"
	"time"

	"commun/internal/core/commons"
	"commun/internal/core/people"
	"commun/internal/platform/fault"
	"commun/internal/platform/i18n"
	"commun/internal/platform/jobs"
	"commun/internal/platform/storage"
	"commun/internal/web"
	"commun/internal/web/components"
)

// jobView is a job in words.
type jobView struct {
	jobs.Record
	For    components.Link // what it is for, when the reader may know
	Status string
	Reason string
	May    bool // the reader may retry or cancel it
}

var stateKeys = map[jobs.State]string{
	jobs.Queued: "admin.state_queued", jobs.Running: "admin.state_running", jobs.Done: "admin.state_done", jobs.Failed: "admin.state_failed",
	jobs.Cancelled: "admin.state_cancelled",
}

// looks are the states as the progress component names them.
var looks = map[jobs.State]string{jobs.Queued: "waiting", jobs.Running: "running", jobs.Done: "done", jobs.Failed: "failed", jobs.Cancelled: "cancelled"}

// named says a key of a closed set, whose messages stand under prefix; a value that has none is shown as it is.
func named(l *i18n.Localizer, prefix, value string) string {
	if value == "" {
		return ""
	}
	if key := prefix + keyPart(value); l.Has(key) {
		return l.T(key)
	}
	return value
}

func keyPart(s string) string {
	b := []byte(s)
	for i, c := range b {
		if c == '.' || c == '-' || c == ' ' {
			b[i] = '_'
		}
	}
	return string(b)
}

// status says where a job is.
func status(l *i18n.Localizer, state jobs.State, phase string, done, total int64) string {
	if state != jobs.Running || phase == "" {
		return l.T(stateKeys[state])
	}
	text := named(l, "admin.phase_", phase)
	if total > 0 {
		return l.T("admin.phase_of", i18n.Args{"phase": text, "done": done, "total": total})
	}
	if done > 0 {
		return l.T("admin.phase_so_far", i18n.Args{"phase": text, "done": done})
	}
	return text
}

// reason says why a job failed, in the reader's language.
func reason(l *i18n.Localizer, f *jobs.Fault) string {
	if f == nil {
		return ""
	}
	if !l.Has(f.Key) {
		return l.T(jobs.KeyFailed)
	}
	return l.T(f.Key, i18n.Args(f.Args))
}

func (p *Pages) views(ctx context.Context, by people.Actor, l *i18n.Localizer, list []jobs.Record) ([]jobView, error) {
	var ids []string
	for _, j := range list {
		if j.Owner != "" {
			ids = append(ids, j.Owner)
		}
	}
	owners, err := p.Owners(ctx, ids)
	if err != nil {
		return nil, err
	}
	views := make([]jobView, len(list))
	for i, j := range list {
		views[i] = jobView{Record: j, For: owners[j.Owner], Status: status(l, j.State, j.Phase, j.Done, j.Total), Reason: reason(l, j.Fault),
			May: by.May(ActJobs, j.Owner) == nil}
	}
	return views, nil
}

func (p *Pages) jobs(w http.ResponseWriter, r *http.Request) error {
	q := r.URL.Query()
	list, err := p.Queue.List(r.Context(), jobs.Filter{State: jobs.State(q.Get("state")), Kind: q.Get("kind"), After: q.Get("after"), Limit: 50})
	if err != nil {
		return err
	}
	views, err := p.views(r.Context(), web.Actor(r), web.L(r), list)
	if err != nil {
		return err
	}
	counts, err := p.Queue.Counts(r.Context())
	if err != nil {
		return err
	}
	pages := components.Pages{Label: web.L(r).T("admin.jobs")}
	if len(list) == 50 {
		q.Set("after", list[49].ID)
		pages.Next = "/admin/jobs?" + q.Encode()
	}
	return web.Render(w, r, p.page(r, "admin.jobs", nil), jobsPage(views, counts, q.Get("state"), pages))
}

func (p *Pages) job(w http.ResponseWriter, r *http.Request) error {
	j, err := p.Queue.Get(r.Context(), r.PathValue("id"))
	if err != nil {
		return err
	}
	views, err := p.views(r.Context(), web.Actor(r), web.L(r), []jobs.Record{j})
	if err != nil {
		return err
	}
	w.Header().Set("Cache-Control", "no-store")
	title := named(web.L(r), "admin.job_", j.Kind)
	return web.Render(w, r, web.Page{Title: title, NoIndex: true}, jobPage(title, views[0]))
}

// Progress is a job as the progress component shows it: for panels on other pages.
func Progress(l *i18n.Localizer, j jobs.Record) components.Job {
	c := components.Job{Title: named(l, "admin.job_", j.Kind), State: looks[j.State], Status: status(l, j.State, j.Phase, j.Done, j.Total), Done: j.Done, Total: j.Total}
	if !j.State.Final() {
		c.Stream, c.Reload = "/jobs/"+j.ID+"/events", "/jobs/"+j.ID
	}
	return c
}

// events sends a job's progress until it has ended.
func (p *Pages) events(w http.ResponseWriter, r *http.Request) error {
	id, l := r.PathValue("id"), web.L(r)
	if _, err := p.Queue.Get(r.Context(), id); err != nil {
		return err
	}
	return web.Stream(w, r, func(ctx context.Context, send func(string, any)) error {
		// subscribed before the state is read, so that no end is missed between the two
		messages := p.Hub.Subscribe(ctx, jobs.Topic(id))
		j, err := p.Queue.Get(ctx, id)
		if err != nil {
			return err
		}
		send("progress", components.JobEvent{Done: j.Done, Total: j.Total, Status: status(l, j.State, j.Phase, j.Done, j.Total)})
		if j.State.Final() {
			send("end", nil)
			return nil
		}
		// an event can be lost on its way between nodes; the table has the last word
		look := time.NewTicker(5 * time.Second)
		defer look.Stop()
		for {
			var e jobs.Event
			select {
			case <-ctx.Done():
				return nil
			case m, ok := <-messages:
				if !ok {
					return nil
				}
				if json.Unmarshal(m, &e) != nil || e.State == "" {
					continue
				}
			case <-look.C:
				j, err := p.Queue.Get(ctx, id)
				if err != nil {
					return err
				}
				e = jobs.Event{State: j.State, Phase: j.Phase, Done: j.Done, Total: j.Total}
			}
			send("progress", components.JobEvent{Done: e.Done, Total: e.Total, Status: status(l, e.State, e.Phase, e.Done, e.Total)})
			if e.State.Final() {
				send("end", nil)
				return nil
			}
		}
	})
}

func (p *Pages) retry(w http.ResponseWriter, r *http.Request) error {
	return p.change(w, r, p.Queue.Retry)
}

func (p *Pages) cancel(w http.ResponseWriter, r *http.Request) error {
	return p.change(w, r, p.Queue.Cancel)
}

func (p *Pages) change(w http.ResponseWriter, r *http.Request, do func(context.Context, string) error) error {
	j, err := p.Queue.Get(r.Context(), r.PathValue("id"))
	if err == nil {
		err = web.Actor(r).May(ActJobs, j.Owner)
	}
	if err == nil {
		err = do(r.Context(), j.ID)
	}
	if f := fault.Of(err); len(f) == 1 && f[0].Kind == fault.ConflictKind {
		// pressed twice, or too late: the page says so, and shows what is
		web.Flash(w, r, components.Info, f[0].Key)
		err = nil
	}
	if err != nil {
		return err
	}
	return web.SeeOther(w, r, "/jobs/"+j.ID)
}

func adding(s string) commons.Policy { return commons.Policy(s) }

func at(micros int64) time.Time { return storage.Time(micros) }
