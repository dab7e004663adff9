package api

import (
	"context"
	"encoding/json"
	"maps"
	"net/http"
	"time"

	"commun/internal/core/commons"
	"commun/internal/core/instance"
	"commun/internal/core/people"
	"commun/internal/platform/fault"
	"commun/internal/web"
	"commun/internal/web/admin"
	webapi "commun/internal/web/api"
)

const tagAdmin = "catalogue_api.tag_admin"

func (a *API) registerAdmin(api *webapi.API) {
	denied, known := []int{http.StatusForbidden}, []int{http.StatusForbidden, http.StatusNotFound}
	conflict := []int{http.StatusForbidden, http.StatusNotFound, http.StatusConflict}
	on(api, operation{id: "listPeople", method: "GET", path: "/api/admin/people", tag: tagAdmin, summary: "catalogue_api.people", fails: denied,
		acts: acts(people.ActListPeople)}, a.people)
	on(api, operation{id: "invitePerson", method: "POST", path: "/api/admin/people", tag: tagAdmin, summary: "catalogue_api.invite",
		more: "catalogue_api.invite_more", status: http.StatusCreated, fails: denied, acts: acts(people.ActInvite)}, a.invite)
	on(api, operation{id: "makeAdmin", method: "PUT", path: "/api/admin/people/{id}/admin", tag: tagAdmin, summary: "catalogue_api.make_admin",
		status: http.StatusNoContent, fails: known, acts: acts(people.ActGrant)}, a.makeAdmin)
	on(api, operation{id: "unmakeAdmin", method: "DELETE", path: "/api/admin/people/{id}/admin", tag: tagAdmin, summary: "catalogue_api.unmake_admin",
		more: "catalogue_api.unmake_admin_more", status: http.StatusNoContent, fails: conflict, acts: acts(people.ActGrant)}, a.unmakeAdmin)
	a.registerForgetting(api)
	on(api, operation{id: "getSettings", method: "GET", path: "/api/admin/settings", tag: tagAdmin, summary: "catalogue_api.settings", fails: denied,
		acts: acts(instance.ActEdit)}, a.settings)
	on(api, operation{id: "editSettings", method: "PATCH", path: "/api/admin/settings", tag: tagAdmin, summary: "catalogue_api.edit_settings",
		more: "catalogue_api.edit_small_more", fails: append(denied, http.StatusConflict), acts: acts(instance.ActEdit)}, a.editSettings)
	on(api, operation{id: "getHealth", method: "GET", path: "/api/admin/health", tag: tagAdmin, summary: "catalogue_api.health", fails: denied,
		acts: acts(admin.ActSee)}, a.health)
}

// Person is an account, as administrators see it.
type Person struct {
	ID        string `json:"id" doc:"catalogue_api.id"`
	Name      string `json:"name" doc:"catalogue_api.person_name"`
	Email     string `json:"email" doc:"catalogue_api.person_email"`
	Lang      string `json:"lang,omitempty" doc:"catalogue_api.person_lang"`
	Admin     bool   `json:"admin" doc:"catalogue_api.is_admin"`
	Forgotten bool   `json:"forgotten" doc:"catalogue_api.is_forgotten"`
	CreatedAt string `json:"created_at" format:"date-time" doc:"catalogue_api.created_at"`
}

func showPerson(p people.Person, isAdmin bool) Person {
	return Person{p.ID, p.Name, p.Email, p.Lang, isAdmin, p.Forgotten, stamp(p.CreatedAt)}
}

type peopleInput struct{ CursorPage }

type peopleOutput struct {
	Private
	Body Page[Person]
}

// peoplePage is how many persons the service gives at once.
const peoplePage = 50

func (a *API) people(ctx context.Context, i *peopleInput) (*peopleOutput, error) {
	list, err := a.People.Persons(ctx, web.ActorIn(ctx), i.After)
	if err != nil {
		return nil, err
	}
	admins, err := a.admins(ctx)
	if err != nil {
		return nil, err
	}
	out := &peopleOutput{Private: noStore}
	out.Body.Items = []Person{}
	for _, p := range list {
		out.Body.Items = append(out.Body.Items, showPerson(p, admins[p.ID]))
	}
	if len(list) == peoplePage {
		out.Body.Next = nextLink(ctx, "after", list[len(list)-1].ID)
	}
	return out, nil
}

func (a *API) admins(ctx context.Context) (map[string]bool, error) {
	held, err := a.People.Grants(ctx, people.Instance)
	admins := map[string]bool{}
	for _, g := range held {
		admins[g.Person] = g.Role == people.Admin
	}
	return admins, err
}

// Invitation is who is invited.
type Invitation struct {
	Name  string `json:"name,omitempty" maxLength:"500" doc:"catalogue_api.person_name"`
	Email string `json:"email" maxLength:"254" doc:"catalogue_api.person_email"`
}

type inviteInput struct {
	Body Invitation
}

// Invited is the person who was invited, and the link to hand over.
type Invited struct {
	Person Person `json:"person" doc:"catalogue_api.the_person"`
	Link   string `json:"link" format:"uri" doc:"catalogue_api.sign_in_link"`
}

type inviteOutput struct {
	Private
	Body Invited
}

func (a *API) invite(ctx context.Context, i *inviteInput) (*inviteOutput, error) {
	by := web.ActorIn(ctx)
	p, err := a.People.Invite(ctx, by, i.Body.Name, i.Body.Email)
	if err != nil {
		return nil, in("body", err)
	}
	token, err := a.People.HandLink(ctx, by, i.Body.Email)
	if err != nil {
		return nil, in("body", err)
	}
	admins, err := a.admins(ctx)
	if err != nil {
		return nil, err
	}
	out := &inviteOutput{Private: noStore}
	out.Body.Person, out.Body.Link = showPerson(p, admins[p.ID]), link(ctx, "/sign-in/"+token)
	return out, nil
}

func (a *API) makeAdmin(ctx context.Context, i *IDPath) (*nothing, error) {
	return &nothing{}, a.People.Grant(ctx, web.ActorIn(ctx), people.Instance, i.ID, people.Admin)
}

func (a *API) unmakeAdmin(ctx context.Context, i *IDPath) (*nothing, error) {
	return &nothing{}, a.People.Revoke(ctx, web.ActorIn(ctx), people.Instance, i.ID, people.Admin)
}

// Settings is what an administrator decides. The tags are those of instance.Settings, so that faults name the same fields.
type Settings struct {
	Name    string            `json:"name" doc:"catalogue_api.set_name"`
	About   map[string]string `json:"about" doc:"catalogue_api.set_about"`
	Contact string            `json:"contact" doc:"catalogue_api.set_contact"`
	Lang    string            `json:"lang" enum:"fr,en" doc:"catalogue_api.set_lang"`
	Adding  string            `json:"adding" enum:"anyone,members,approval" doc:"catalogue_api.set_adding"`
	Open    bool              `json:"open" doc:"catalogue_api.set_open"`
	Refresh int               `json:"refresh" doc:"catalogue_api.set_refresh"`
}

// CurrentSettings are the settings and their revision, from which they are changed.
type CurrentSettings struct {
	Settings
	Revision int64 `json:"revision" doc:"catalogue_api.revision"`
}

type settingsOutput struct {
	ETag string `header:"ETag"`
	Body CurrentSettings
}

func (a *API) settings(ctx context.Context, _ *noInput) (*settingsOutput, error) {
	if err := web.ActorIn(ctx).May(instance.ActEdit, people.Instance); err != nil {
		return nil, err
	}
	s, err := a.Instance.Settings(ctx)
	if err != nil {
		return nil, err
	}
	if s.About == nil {
		s.About = map[string]string{}
	}
	out := &settingsOutput{ETag: etag(s.Revision)}
	out.Body.Settings = Settings{s.Name, s.About, s.Contact, s.Lang, string(s.Adding), s.Open, s.Refresh}
	out.Body.Revision = s.Revision
	return out, nil
}

// SettingsPatch changes the settings that it names.
type SettingsPatch struct {
	Base    int64                      `json:"base,omitempty" minimum:"1" doc:"catalogue_api.base"`
	Name    *string                    `json:"name,omitempty" doc:"catalogue_api.set_name"`
	About   map[string]json.RawMessage `json:"about,omitempty" doc:"catalogue_api.set_about"`
	Contact *string                    `json:"contact,omitempty" doc:"catalogue_api.set_contact"`
	Lang    *string                    `json:"lang,omitempty" enum:"fr,en" doc:"catalogue_api.set_lang"`
	Adding  *string                    `json:"adding,omitempty" enum:"anyone,members,approval" doc:"catalogue_api.set_adding"`
	Open    *bool                      `json:"open,omitempty" doc:"catalogue_api.set_open"`
	Refresh *int                       `json:"refresh,omitempty" doc:"catalogue_api.set_refresh"`
}

type settingsInput struct {
	IfMatch string        `header:"If-Match" maxLength:"100" doc:"catalogue_api.if_match"`
	Body    SettingsPatch `contentType:"application/merge-patch+json"`
}

// editSettings changes what is named, as the other changes do.
func (a *API) editSettings(ctx context.Context, i *settingsInput) (*settingsOutput, error) {
	if err := web.ActorIn(ctx).May(instance.ActEdit, people.Instance); err != nil {
		return nil, err
	}
	set, err := a.Instance.Settings(ctx)
	if err != nil {
		return nil, err
	}
	if set.Revision, err = base(i.Body.Base, i.IfMatch, set.Revision); err != nil {
		return nil, err
	}
	b := i.Body
	assign(&set.Name, b.Name)
	assign(&set.Contact, b.Contact)
	assign(&set.Lang, b.Lang)
	assign(&set.Open, b.Open)
	assign(&set.Refresh, b.Refresh)
	if b.Adding != nil {
		set.Adding = commons.Policy(*b.Adding)
	}
	if set.About, err = mergeTexts(set.About, b.About); err != nil {
		return nil, err
	}
	if err := a.Instance.Edit(ctx, web.ActorIn(ctx), set); err != nil {
		return nil, in("body", err)
	}
	return a.settings(ctx, nil)
}

// assign gives a field the value that was named.
func assign[T any](to *T, given *T) {
	if given != nil {
		*to = *given
	}
}

// mergeTexts gives texts by language those of a merge patch; a null takes one away.
func mergeTexts(texts map[string]string, patch map[string]json.RawMessage) (map[string]string, error) {
	merged := maps.Clone(texts)
	if merged == nil {
		merged = map[string]string{}
	}
	for lang, raw := range patch {
		if isNull(raw) {
			delete(merged, lang)
			continue
		}
		var text string
		if err := json.Unmarshal(raw, &text); err != nil {
			return nil, fault.Invalid("body.about."+lang, "commons.not_readable").Wrap(err)
		}
		merged[lang] = text
	}
	return merged, nil
}

// Health is what the program says of itself.
type Health struct {
	Version   string     `json:"version" doc:"catalogue_api.h_version"`
	StartedAt string     `json:"started_at" format:"date-time" doc:"catalogue_api.h_started"`
	Database  string     `json:"database" doc:"catalogue_api.h_database"`
	Size      int64      `json:"database_bytes" doc:"catalogue_api.h_size"`
	Memory    int64      `json:"memory_bytes" doc:"catalogue_api.h_memory"`
	Queue     int        `json:"writes_waiting" doc:"catalogue_api.h_queue"`
	Pending   int64      `json:"journal_pending" doc:"catalogue_api.h_pending"`
	LogSize   int64      `json:"journal_size" doc:"catalogue_api.h_log"`
	Waiting   float64    `json:"jobs_waiting_seconds" doc:"catalogue_api.h_waiting"`
	Jobs      []JobCount `json:"jobs" nullable:"false" doc:"catalogue_api.h_jobs"`
	Mail      string     `json:"mail" enum:"smtp,terminal,none" doc:"catalogue_api.h_mail"`
	Documents int        `json:"search_documents" doc:"catalogue_api.h_documents"`
}

// JobCount is how many jobs of a kind are in a state.
type JobCount struct {
	Kind  string `json:"kind" doc:"catalogue_api.job_kind"`
	State string `json:"state" doc:"catalogue_api.job_state"`
	Count int64  `json:"count" doc:"catalogue_api.h_count"`
}

type healthOutput struct {
	Private
	Body Health
}

func (a *API) health(ctx context.Context, _ *noInput) (*healthOutput, error) {
	if err := web.ActorIn(ctx).May(admin.ActSee, people.Instance); err != nil {
		return nil, err
	}
	h, err := a.Health(ctx)
	if err != nil {
		return nil, err
	}
	out := &healthOutput{Private: noStore, Body: Health{Version: h.Version, StartedAt: h.Started.UTC().Format(time.RFC3339), Database: h.Database, Size: h.Size,
		Memory: h.Memory, Queue: h.Storage.Queue, Pending: h.Pending, LogSize: h.LogSize, Waiting: h.Waiting.Seconds(), Mail: h.Mail,
		Documents: h.Documents, Jobs: []JobCount{}}}
	for _, c := range h.Jobs {
		out.Body.Jobs = append(out.Body.Jobs, JobCount{c.Kind, string(c.State), c.N})
	}
	return out, nil
}
