package api

import (
	"context"
	"net/http"
	"net/url"

	"commun/internal/core/commons"
	"commun/internal/core/journal"
	"commun/internal/core/people"
	"commun/internal/platform/fault"
	"commun/internal/platform/i18n"
	"commun/internal/web"
	webapi "commun/internal/web/api"
)

const (
	tagRoles         = "catalogue_api.tag_roles"
	tagOrganisations = "catalogue_api.tag_organisations"
	tagMe            = "catalogue_api.tag_me"
)

func (a *API) registerPeople(api *webapi.API) {
	denied := []int{http.StatusNotFound, http.StatusForbidden}
	self := []int{http.StatusForbidden}
	roles, orgs, me := "/api/commons/{slug}/roles", "/api/organisations", "/api/me"
	on(api, operation{id: "listRoles", method: "GET", path: roles, tag: tagRoles, summary: "catalogue_api.roles", fails: denied, acts: acts(people.ActGrant)}, a.roles)
	on(api, operation{id: "giveRole", method: "POST", path: roles, tag: tagRoles, summary: "catalogue_api.give_role", more: "catalogue_api.give_role_more",
		status: http.StatusCreated, fails: denied, acts: acts(people.ActGrant)}, a.giveRole)
	on(api, operation{id: "takeRole", method: "DELETE", path: roles + "/{person}/{role}", tag: tagRoles, summary: "catalogue_api.take_role",
		status: http.StatusNoContent, fails: denied, acts: acts(people.ActGrant)}, a.takeRole)

	on(api, operation{id: "listOrganisations", method: "GET", path: orgs, tag: tagOrganisations, summary: "catalogue_api.organisations"}, a.organisations)
	on(api, operation{id: "addOrganisation", method: "POST", path: orgs, tag: tagOrganisations, summary: "catalogue_api.add_organisation",
		status: http.StatusCreated, fails: append(self, http.StatusConflict), acts: acts(people.ActCreateOrg)}, a.addOrganisation)
	on(api, operation{id: "getOrganisation", method: "GET", path: orgs + "/{slug}", tag: tagOrganisations, summary: "catalogue_api.get_organisation",
		fails: []int{http.StatusNotFound}}, a.organisation)
	members := orgs + "/{slug}/roles"
	on(api, operation{id: "listOrganisationRoles", method: "GET", path: members, tag: tagOrganisations, summary: "catalogue_api.org_roles",
		fails: []int{http.StatusNotFound}}, a.orgRoles)
	on(api, operation{id: "giveOrganisationRole", method: "POST", path: members, tag: tagOrganisations, summary: "catalogue_api.give_org_role",
		more: "catalogue_api.give_role_more", status: http.StatusCreated, fails: denied, acts: acts(people.ActGrant)}, a.giveOrgRole)
	on(api, operation{id: "takeOrganisationRole", method: "DELETE", path: members + "/{person}/{role}", tag: tagOrganisations,
		summary: "catalogue_api.take_org_role", status: http.StatusNoContent, fails: denied, acts: acts(people.ActGrant)}, a.takeOrgRole)
	on(api, operation{id: "editOrganisation", method: "PATCH", path: orgs + "/{slug}", tag: tagOrganisations, summary: "catalogue_api.edit_organisation",
		more: "catalogue_api.edit_small_more", fails: append(denied, http.StatusConflict), acts: acts(people.ActEditOrg)}, a.editOrganisation)

	on(api, operation{id: "getMe", method: "GET", path: me, tag: tagMe, summary: "catalogue_api.me", fails: self, acts: acts(people.ActEditSelf)}, a.me)
	on(api, operation{id: "editMe", method: "PATCH", path: me, tag: tagMe, summary: "catalogue_api.edit_me", more: "catalogue_api.edit_small_more",
		fails: append(self, http.StatusConflict), acts: acts(people.ActEditSelf)}, a.editMe)
	on(api, operation{id: "forgetMe", method: "DELETE", path: me, tag: tagMe, summary: "catalogue_api.forget_me", more: "catalogue_api.forget_me_more",
		status: http.StatusNoContent, fails: append(self, http.StatusConflict), acts: acts(people.ActEditSelf)}, a.forgetMe)
	on(api, operation{id: "listSessions", method: "GET", path: me + "/sessions", tag: tagMe, summary: "catalogue_api.sessions", fails: self,
		acts: acts(people.ActListSessions)}, a.sessions)
	on(api, operation{id: "endSessions", method: "DELETE", path: me + "/sessions", tag: tagMe, summary: "catalogue_api.end_sessions",
		status: http.StatusNoContent, fails: self, acts: acts(people.ActListSessions)}, a.endSessions)
	on(api, operation{id: "endSession", method: "DELETE", path: me + "/sessions/{id}", tag: tagMe, summary: "catalogue_api.end_session",
		status: http.StatusNoContent, fails: denied, acts: acts(people.ActListSessions)}, a.endSession)
}

// Role is a role that a person holds. The person's address is not in it.
type Role struct {
	Person string `json:"person" doc:"catalogue_api.person_id"`
	Name   string `json:"name" doc:"catalogue_api.person_name"`
	Role   string `json:"role" enum:"steward,contributor,observer" doc:"catalogue_api.role"`
	Since  string `json:"since" format:"date-time" doc:"catalogue_api.role_since"`
}

type rolesOutput struct {
	Private
	Body All[Role]
}

func (a *API) roles(ctx context.Context, i *SlugPath) (*rolesOutput, error) {
	c, err := a.findFor(ctx, i.Slug, people.ActGrant)
	if err != nil {
		return nil, err
	}
	return a.rolesOn(ctx, c.ID)
}

func (a *API) rolesOn(ctx context.Context, owner string) (*rolesOutput, error) {
	list, err := a.People.Grants(ctx, owner)
	if err != nil {
		return nil, err
	}
	out := &rolesOutput{Private: noStore}
	out.Body.Items = []Role{}
	for _, g := range list {
		out.Body.Items = append(out.Body.Items, showRole(g))
	}
	return out, nil
}

func showRole(g people.Grant) Role { return Role{g.Person, g.Name, string(g.Role), stamp(g.Since)} }

// NewRole gives a role to a person or an address.
type NewRole struct {
	Email  string `json:"email,omitempty" maxLength:"254" doc:"catalogue_api.role_email"`
	Person string `json:"person,omitempty" maxLength:"100" doc:"catalogue_api.person_id"`
	Role   string `json:"role" enum:"steward,contributor,observer" doc:"catalogue_api.role"`
}

type giveRoleInput struct {
	SlugPath
	Body NewRole
}

// roleOutput is the role that was given, or was held already: giving it again changes nothing. It names the person, by whom the role is taken back.
type roleOutput struct {
	Private
	Body Role
}

func (a *API) giveRole(ctx context.Context, i *giveRoleInput) (*roleOutput, error) {
	c, err := a.findFor(ctx, i.Slug, people.ActGrant)
	if err != nil {
		return nil, err
	}
	return a.give(ctx, c.ID, i)
}

// give gives a role on a commons or an organisation. The caller has asked whether the reader may.
func (a *API) give(ctx context.Context, owner string, i *giveRoleInput) (*roleOutput, error) {
	if (i.Body.Email == "") == (i.Body.Person == "") {
		return nil, fault.Invalid("body.email", "catalogue_api.email_or_person")
	}
	person := i.Body.Person
	if i.Body.Email != "" {
		p, err := a.People.Grantee(ctx, web.ActorIn(ctx), owner, i.Body.Email)
		if fault.KindOf(err) == fault.MissingKind {
			return nil, fault.Invalid("body.email", "catalogue_api.nobody_with_email").Wrap(err)
		}
		if err != nil {
			return nil, in("body", err)
		}
		person = p.ID
	}
	role := people.Role(i.Body.Role)
	err := a.People.Grant(ctx, web.ActorIn(ctx), owner, person, role)
	if fault.KindOf(err) == fault.MissingKind {
		return nil, fault.Invalid("body.person", "people.no_such_person").Wrap(err)
	}
	if err != nil {
		return nil, in("body", err)
	}
	held, err := a.People.Grants(ctx, owner)
	if err != nil {
		return nil, err
	}
	for _, g := range held {
		if g.Person == person && g.Role == role {
			return &roleOutput{noStore, showRole(g)}, nil
		}
	}
	return nil, fault.Conflict("", "people.changed_meanwhile") // taken back by somebody else at once
}

type takeRoleInput struct {
	SlugPath
	Person string `path:"person" maxLength:"100" doc:"catalogue_api.person_id"`
	Role   string `path:"role" enum:"steward,contributor,observer" doc:"catalogue_api.role"`
}

func (a *API) takeRole(ctx context.Context, i *takeRoleInput) (*nothing, error) {
	c, err := a.find(ctx, i.Slug)
	if err != nil {
		return nil, err
	}
	return &nothing{}, a.People.Revoke(ctx, web.ActorIn(ctx), c.ID, i.Person, people.Role(i.Role))
}

func (a *API) orgRoles(ctx context.Context, i *SlugPath) (*rolesOutput, error) {
	o, err := a.People.Organisation(ctx, i.Slug)
	if err != nil {
		return nil, err
	}
	return a.rolesOn(ctx, o.ID) // who speaks for an organisation is public, as on its page
}

func (a *API) giveOrgRole(ctx context.Context, i *giveRoleInput) (*roleOutput, error) {
	o, err := a.People.Organisation(ctx, i.Slug)
	if err == nil {
		err = web.ActorIn(ctx).May(people.ActGrant, o.ID)
	}
	if err != nil {
		return nil, err
	}
	return a.give(ctx, o.ID, i)
}

func (a *API) takeOrgRole(ctx context.Context, i *takeRoleInput) (*nothing, error) {
	o, err := a.People.Organisation(ctx, i.Slug)
	if err != nil {
		return nil, err
	}
	return &nothing{}, a.People.Revoke(ctx, web.ActorIn(ctx), o.ID, i.Person, people.Role(i.Role))
}

// Organisation is a body that takes part.
type Organisation struct {
	ID        string `json:"id" doc:"catalogue_api.id"`
	Slug      string `json:"slug" doc:"catalogue_api.slug"`
	Name      string `json:"name" doc:"catalogue_api.organisation_name"`
	Kind      string `json:"kind" enum:"public_body,association,company,collective" doc:"catalogue_api.organisation_kind"`
	Website   string `json:"website,omitempty" doc:"catalogue_api.organisation_website"`
	CreatedAt string `json:"created_at" format:"date-time" doc:"catalogue_api.created_at"`
	Revision  int64  `json:"revision" doc:"catalogue_api.revision"`
	URL       string `json:"url" format:"uri" doc:"catalogue_api.url"`
}

func showOrganisation(ctx context.Context, o people.Organisation) Organisation {
	return Organisation{o.ID, o.Slug, o.Name, string(o.Kind), o.Website, stamp(o.CreatedAt), o.Revision, link(ctx, "/organisations/"+url.PathEscape(o.Slug))}
}

type organisationsInput struct {
	After string `query:"after" maxLength:"200" doc:"catalogue_api.after"`
	Limit int    `query:"limit" minimum:"1" maximum:"100" default:"50" doc:"catalogue_api.limit"`
}

type organisationsOutput struct {
	Body Page[Organisation]
}

func (a *API) organisations(ctx context.Context, i *organisationsInput) (*organisationsOutput, error) {
	list, err := a.People.Organisations(ctx, i.After, i.Limit+1)
	if err != nil {
		return nil, err
	}
	out := &organisationsOutput{}
	out.Body.Items = []Organisation{}
	if len(list) > i.Limit {
		list = list[:i.Limit]
		out.Body.Next = nextLink(ctx, "after", list[i.Limit-1].Slug)
	}
	for _, o := range list {
		out.Body.Items = append(out.Body.Items, showOrganisation(ctx, o))
	}
	return out, nil
}

type organisationBody struct {
	ETag string `header:"ETag"`
	Body Organisation
}

// NewOrganisation is what is said of an organisation that is added.
type NewOrganisation struct {
	Name    string `json:"name" maxLength:"500" doc:"catalogue_api.organisation_name"`
	Kind    string `json:"kind" enum:"public_body,association,company,collective" doc:"catalogue_api.organisation_kind"`
	Website string `json:"website,omitempty" maxLength:"500" doc:"catalogue_api.organisation_website"`
}

type addOrganisationInput struct {
	Body NewOrganisation
}

func (a *API) addOrganisation(ctx context.Context, i *addOrganisationInput) (*organisationBody, error) {
	o, err := a.People.CreateOrganisation(ctx, web.ActorIn(ctx), i.Body.Name, people.OrganisationKind(i.Body.Kind), i.Body.Website)
	if err != nil {
		return nil, in("body", err)
	}
	return &organisationBody{etag(o.Revision), showOrganisation(ctx, o)}, nil
}

func (a *API) organisation(ctx context.Context, i *SlugPath) (*organisationBody, error) {
	o, err := a.People.Organisation(ctx, i.Slug)
	if err != nil {
		return nil, err
	}
	return &organisationBody{etag(o.Revision), showOrganisation(ctx, o)}, nil
}

// OrganisationPatch changes what it names of an organisation.
type OrganisationPatch struct {
	Base    int64   `json:"base,omitempty" minimum:"1" doc:"catalogue_api.base"`
	Name    *string `json:"name,omitempty" maxLength:"500" doc:"catalogue_api.organisation_name"`
	Kind    *string `json:"kind,omitempty" enum:"public_body,association,company,collective" doc:"catalogue_api.organisation_kind"`
	Website *string `json:"website,omitempty" maxLength:"500" doc:"catalogue_api.organisation_website"`
}

type editOrganisationInput struct {
	SlugPath
	IfMatch string            `header:"If-Match" maxLength:"100" doc:"catalogue_api.if_match"`
	Body    OrganisationPatch `contentType:"application/merge-patch+json"`
}

func (a *API) editOrganisation(ctx context.Context, i *editOrganisationInput) (*organisationBody, error) {
	o, err := a.People.Organisation(ctx, i.Slug)
	if err != nil {
		return nil, err
	}
	if o.Revision, err = base(i.Body.Base, i.IfMatch, o.Revision); err != nil {
		return nil, err
	}
	assign(&o.Name, i.Body.Name)
	assign(&o.Website, i.Body.Website)
	if i.Body.Kind != nil {
		o.Kind = people.OrganisationKind(*i.Body.Kind)
	}
	if err := a.People.EditOrganisation(ctx, web.ActorIn(ctx), o); err != nil {
		return nil, in("body", err)
	}
	return a.organisation(ctx, &i.SlugPath)
}

// Me is the reader's own account.
type Me struct {
	ID        string   `json:"id" doc:"catalogue_api.id"`
	Name      string   `json:"name" doc:"catalogue_api.person_name"`
	Email     string   `json:"email" doc:"catalogue_api.my_email"`
	Lang      string   `json:"lang,omitempty" doc:"catalogue_api.person_lang"`
	Admin     bool     `json:"admin" doc:"catalogue_api.is_admin"`
	Roles     []MyRole `json:"roles" nullable:"false" doc:"catalogue_api.my_roles"`
	CreatedAt string   `json:"created_at" format:"date-time" doc:"catalogue_api.created_at"`
	Revision  int64    `json:"revision" doc:"catalogue_api.revision"`
}

// MyRole is a role that the reader holds.
type MyRole struct {
	Role string `json:"role" enum:"steward,contributor,observer" doc:"catalogue_api.role"`
	On   Thing  `json:"on" doc:"catalogue_api.role_on"`
}

type meOutput struct {
	Private
	ETag string `header:"ETag"`
	Body Me
}

func (a *API) me(ctx context.Context, _ *noInput) (*meOutput, error) {
	by := web.ActorIn(ctx)
	if err := by.May(people.ActEditSelf, people.Instance); err != nil {
		return nil, err
	}
	p, err := a.People.Person(ctx, by, by.Person)
	if err != nil {
		return nil, err
	}
	roles, err := a.myRoles(ctx, by)
	if err != nil {
		return nil, err
	}
	return &meOutput{Private: noStore, ETag: etag(p.Revision), Body: Me{ID: p.ID, Name: p.Name, Email: p.Email, Lang: p.Lang, Admin: by.IsAdmin(), Roles: roles,
		CreatedAt: stamp(p.CreatedAt), Revision: p.Revision}}, nil
}

// myRoles names what the reader's roles are on. An id says nothing of its kind: the record knows which of the two there is.
func (a *API) myRoles(ctx context.Context, by people.Actor) ([]MyRole, error) {
	kinds := []string{commons.ObjectKind, people.OrganisationObject}
	held := []people.Role{people.Steward, people.Contributor, people.Observer}
	var objects []journal.Object
	for _, role := range held {
		for _, owner := range by.Owners(role) {
			for _, kind := range kinds {
				objects = append(objects, journal.Object{Kind: kind, ID: owner})
			}
		}
	}
	things, err := a.Record.Things(ctx, by, i18n.From(ctx).Lang(), objects)
	if err != nil {
		return nil, err
	}
	roles := []MyRole{}
	for _, role := range held {
		for _, owner := range by.Owners(role) {
			for _, kind := range kinds {
				if t, ok := things[journal.Object{Kind: kind, ID: owner}]; ok && t.Title != "" {
					roles = append(roles, MyRole{string(role), Thing{kind, owner, t.Title, link(ctx, t.Path)}})
				}
			}
		}
	}
	return roles, nil
}

// MePatch changes what it names of the own account.
type MePatch struct {
	Base int64   `json:"base,omitempty" minimum:"1" doc:"catalogue_api.base"`
	Name *string `json:"name,omitempty" maxLength:"500" doc:"catalogue_api.person_name"`
	Lang *string `json:"lang,omitempty" enum:"fr,en," doc:"catalogue_api.person_lang"`
}

type editMeInput struct {
	IfMatch string  `header:"If-Match" maxLength:"100" doc:"catalogue_api.if_match"`
	Body    MePatch `contentType:"application/merge-patch+json"`
}

func (a *API) editMe(ctx context.Context, i *editMeInput) (*meOutput, error) {
	by := web.ActorIn(ctx)
	if err := by.May(people.ActEditSelf, people.Instance); err != nil {
		return nil, err
	}
	p, err := a.People.Person(ctx, by, by.Person)
	if err != nil {
		return nil, err
	}
	from, err := base(i.Body.Base, i.IfMatch, p.Revision)
	if err != nil {
		return nil, err
	}
	assign(&p.Name, i.Body.Name)
	assign(&p.Lang, i.Body.Lang)
	if err := a.People.EditSelf(ctx, by, from, p.Name, p.Lang); err != nil {
		return nil, in("body", err)
	}
	return a.me(ctx, nil)
}

// Sure is what a request that cannot be undone must say.
type Sure struct {
	Sure bool `query:"sure" required:"true" doc:"catalogue_api.sure"`
}

// say refuses a request that does not say it.
func (s Sure) say() error {
	if !s.Sure {
		return fault.Invalid("query.sure", "catalogue_api.say_sure")
	}
	return nil
}

type forgetMeInput struct{ Sure }

func (a *API) forgetMe(ctx context.Context, i *forgetMeInput) (*nothing, error) {
	by := web.ActorIn(ctx)
	err := by.May(people.ActEditSelf, people.Instance)
	if err == nil {
		err = i.say()
	}
	if err == nil {
		_, err = a.Forget(ctx, by, by.Person, nil)
	}
	return &nothing{}, err
}

// Session is one browser or program that is signed in as the reader.
type Session struct {
	ID        string `json:"id" doc:"catalogue_api.session_id"`
	Agent     string `json:"agent" doc:"catalogue_api.session_agent"`
	CreatedAt string `json:"created_at" format:"date-time" doc:"catalogue_api.session_created"`
	SeenAt    string `json:"seen_at" format:"date-time" doc:"catalogue_api.session_seen"`
	Current   bool   `json:"current" doc:"catalogue_api.session_current"`
}

type sessionsOutput struct {
	Private
	Body All[Session]
}

func (a *API) sessions(ctx context.Context, _ *noInput) (*sessionsOutput, error) {
	list, err := a.People.Sessions(ctx, web.ActorIn(ctx), web.SessionToken(requestIn(ctx)))
	if err != nil {
		return nil, err
	}
	out := &sessionsOutput{Private: noStore}
	out.Body.Items = []Session{}
	for _, s := range list {
		out.Body.Items = append(out.Body.Items, Session{s.ID, s.Agent, stamp(s.CreatedAt), stamp(s.SeenAt), s.Current})
	}
	return out, nil
}

func (a *API) endSessions(ctx context.Context, _ *noInput) (*nothing, error) {
	return &nothing{}, a.People.EndSession(ctx, web.ActorIn(ctx), "")
}

func (a *API) endSession(ctx context.Context, i *IDPath) (*nothing, error) {
	return &nothing{}, a.People.EndSession(ctx, web.ActorIn(ctx), i.ID)
}
