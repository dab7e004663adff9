package api

import (
	"context"
	"encoding/json"
	"net/http"
	"reflect"
	"slices"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"commun/engines/githistory"
	"commun/internal/core/commons"
	"commun/internal/features/catalogue"
	"commun/internal/platform/fault"
	"commun/internal/platform/i18n"
	"commun/internal/web"
	webapi "commun/internal/web/api"
)

// Commons is one commons with what stands for each field. Folders of the machine, raw files and people's addresses are not in it.
type Commons struct {
	ID           string   `json:"id" doc:"catalogue_api.id"`
	Slug         string   `json:"slug" doc:"catalogue_api.slug"`
	Name         string   `json:"name" doc:"catalogue_api.name"`
	State        string   `json:"state" enum:"proposed,active,archived,merged" doc:"catalogue_api.state"`
	MergedInto   string   `json:"merged_into,omitempty" doc:"catalogue_api.merged_into"`
	AddedAt      string   `json:"added_at" format:"date-time" doc:"catalogue_api.added_at"`
	UpdatedAt    string   `json:"updated_at" format:"date-time" doc:"catalogue_api.updated_at"`
	Revision     int64    `json:"revision" doc:"catalogue_api.revision"`
	Repositories []string `json:"repositories" nullable:"false" doc:"catalogue_api.repositories"`
	Fields       Fields   `json:"fields" doc:"catalogue_api.fields"`
	Sources      []Source `json:"sources" nullable:"false" doc:"catalogue_api.sources"`
	URL          string   `json:"url" format:"uri" doc:"catalogue_api.url"`
	API          string   `json:"api" format:"uri" doc:"catalogue_api.api"`
}

// Source says where the value that stands for a field comes from.
type Source struct {
	Field  string `json:"field" doc:"catalogue_api.field"`
	Lang   string `json:"lang,omitempty" doc:"catalogue_api.field_lang"`
	Source string `json:"source" enum:"person,undone-publiccode,publiccode,undone-repository,repository" doc:"catalogue_api.source"`
	Note   string `json:"note,omitempty" doc:"catalogue_api.note"`
	At     string `json:"at" format:"date-time" doc:"catalogue_api.said_at"`
}

// show puts a commons into what goes out.
func (a *API) show(ctx context.Context, c commons.Commons) Commons {
	x := catalogue.ExportOf(c)
	out := Commons{ID: x.ID, Slug: x.Slug, Name: x.Name, State: x.State, AddedAt: x.AddedAt, UpdatedAt: x.UpdatedAt, Revision: x.Revision,
		Repositories: x.Repositories, Fields: x.Fields, Sources: []Source{}, URL: link(ctx, pagePath(x.Slug)), API: link(ctx, selfPath(x.Slug))}
	for _, s := range x.Sources {
		out.Sources = append(out.Sources, Source(s))
	}
	if c.MergedInto != "" {
		if into, ok := a.visible(ctx, c.MergedInto); ok {
			out.MergedInto = into.Slug
		}
	}
	return out
}

// Clash is a field that somebody changed since the reader saw it: both values, for the reader to choose.
type Clash struct {
	Field  string          `json:"field" doc:"catalogue_api.field"`
	Lang   string          `json:"lang,omitempty" doc:"catalogue_api.field_lang"`
	Theirs json.RawMessage `json:"theirs" doc:"catalogue_api.theirs"`
	Source string          `json:"theirs_source,omitempty" doc:"catalogue_api.theirs_source"`
	Mine   json.RawMessage `json:"mine" doc:"catalogue_api.mine"`
}

// Conflict is a problem with both values of each field that clashes.
type Conflict struct {
	web.Problem
	Revision int64   `json:"revision" doc:"catalogue_api.conflict_revision"`
	Clashes  []Clash `json:"clashes" nullable:"false" doc:"catalogue_api.clashes"`
}

// changed is a commons after a change, or the conflict that kept it from being made: one answer of two forms.
type changed struct {
	commons  *Commons
	conflict *Conflict
}

// Schema is that of the commons; that of the conflict is registered beside it.
func (changed) Schema(r huma.Registry) *huma.Schema {
	r.Schema(reflect.TypeFor[Conflict](), true, "")
	return r.Schema(reflect.TypeFor[Commons](), true, "")
}

// MarshalJSON writes the form that there is.
func (c changed) MarshalJSON() ([]byte, error) {
	if c.conflict != nil {
		return json.Marshal(c.conflict)
	}
	return json.Marshal(c.commons)
}

// conflictAnswer describes the 409 of changed.
func conflictAnswer() map[string]*huma.Response {
	return map[string]*huma.Response{"409": {Content: map[string]*huma.MediaType{"application/problem+json": {
		Schema: &huma.Schema{Ref: "#/components/schemas/Conflict"}}}}}
}

func (a *API) registerCommons(api *webapi.API) {
	missing := []int{http.StatusNotFound}
	denied := []int{http.StatusNotFound, http.StatusForbidden}
	conflict := append(slices.Clone(denied), http.StatusConflict)
	one := "/api/commons/{slug}"
	add := map[string]*huma.Response{"200": {Content: map[string]*huma.MediaType{"application/json": {Schema: &huma.Schema{Ref: "#/components/schemas/Added"}}}}}

	on(api, operation{id: "addCommons", method: "POST", path: "/api/commons", tag: tagCommons, summary: "catalogue_api.add",
		more: "catalogue_api.add_more", status: http.StatusCreated, answers: add, fails: []int{http.StatusForbidden, http.StatusConflict, http.StatusServiceUnavailable},
		acts: acts(commons.ActCreate)}, a.add)
	on(api, operation{id: "getCommons", method: "GET", path: one, tag: tagCommons, summary: "catalogue_api.get",
		answers: map[string]*huma.Response{"304": {}}, fails: missing}, a.get)
	on(api, operation{id: "editCommons", method: "PATCH", path: one, tag: tagCommons, summary: "catalogue_api.edit", more: "catalogue_api.edit_more",
		answers: conflictAnswer(), fails: denied, acts: acts(commons.ActEdit)}, a.edit)
	on(api, operation{id: "undoChange", method: "POST", path: one + "/undo", tag: tagCommons, summary: "catalogue_api.undo", more: "catalogue_api.undo_more",
		answers: conflictAnswer(), fails: denied, acts: acts(commons.ActEdit)}, a.undo)
	on(api, operation{id: "refreshCommons", method: "POST", path: one + "/refresh", tag: tagCommons, summary: "catalogue_api.refresh",
		status: http.StatusAccepted, fails: denied, acts: acts(commons.ActRefresh)}, a.refresh)
	on(api, operation{id: "archiveCommons", method: "POST", path: one + "/archive", tag: tagCommons, summary: "catalogue_api.archive",
		fails: conflict, acts: acts(commons.ActArchive)}, a.archive)
	on(api, operation{id: "reopenCommons", method: "POST", path: one + "/reopen", tag: tagCommons, summary: "catalogue_api.reopen",
		fails: conflict, acts: acts(commons.ActArchive)}, a.reopen)
	on(api, operation{id: "approveCommons", method: "POST", path: one + "/approve", tag: tagCommons, summary: "catalogue_api.approve",
		fails: conflict, acts: acts(commons.ActApprove)}, a.approve)
	on(api, operation{id: "mergeCommons", method: "POST", path: one + "/merge", tag: tagCommons, summary: "catalogue_api.merge",
		more: "catalogue_api.merge_more", fails: conflict, acts: acts(commons.ActMerge)}, a.merge)
	on(api, operation{id: "listValues", method: "GET", path: one + "/values", tag: tagCommons, summary: "catalogue_api.values",
		more: "catalogue_api.values_more", fails: missing}, a.values)
	on(api, operation{id: "aboutRefresh", method: "GET", path: one + "/about", tag: tagCommons, summary: "catalogue_api.about", fails: missing}, a.about)
	on(api, operation{id: "listProblems", method: "GET", path: one + "/problems", tag: tagCommons, summary: "catalogue_api.problems",
		more: "catalogue_api.problems_more", fails: missing}, a.problems)
	on(api, operation{id: "getVitality", method: "GET", path: one + "/vitality", tag: tagCommons, summary: "catalogue_api.vitality",
		more: "catalogue_api.vitality_more", fails: missing}, a.vitality)
}

// NewCommons is what a commons is made from: an address, or fields by hand.
type NewCommons struct {
	Address string      `json:"address,omitempty" maxLength:"2000" doc:"catalogue_api.address"`
	Fields  FieldsPatch `json:"fields,omitempty" doc:"catalogue_api.by_hand"`
}

type addInput struct {
	Body NewCommons
}

// Added is what came of adding a commons.
type Added struct {
	Commons Commons `json:"commons" doc:"catalogue_api.the_commons"`
	Existed bool    `json:"existed" doc:"catalogue_api.existed"`
	Job     string  `json:"job,omitempty" doc:"catalogue_api.import_job"`
}

type addOutput struct {
	Status   int
	Location string `header:"Location"`
	Body     Added
}

func (a *API) add(ctx context.Context, i *addInput) (*addOutput, error) {
	by := web.ActorIn(ctx)
	if (i.Body.Address == "") == (len(i.Body.Fields) == 0) {
		return nil, fault.Invalid("body.address", "catalogue_api.address_or_fields")
	}
	var added catalogue.Added
	var err error
	if i.Body.Address != "" {
		added, err = a.Catalogue.Add(ctx, by, i.Body.Address)
		err = refused("address", err)
	} else {
		var form []catalogue.FormValue
		if form, err = i.Body.Fields.form(commons.Commons{}); err == nil {
			added.Commons, err = a.Catalogue.AddByHand(ctx, by, form)
		}
		err = in("fields", err)
	}
	if err != nil {
		return nil, in("body", err)
	}
	status := http.StatusCreated
	if added.Existed {
		status = http.StatusOK
		if _, ok := a.visible(ctx, added.Commons.ID); !ok {
			// somebody else proposed it: that it is there is said, what it says is not
			return nil, fault.Conflict("body.address", "catalogue_api.waits_already")
		}
	}
	c := a.show(ctx, added.Commons)
	return &addOutput{Status: status, Location: c.API, Body: Added{Commons: c, Existed: added.Existed, Job: added.Job}}, nil
}

type getInput struct {
	SlugPath
	IfNoneMatch string `header:"If-None-Match" maxLength:"100" doc:"catalogue_api.if_none_match"`
}

type getOutput struct {
	Status int
	ETag   string `header:"ETag"`
	Body   Commons
}

func (a *API) get(ctx context.Context, i *getInput) (*getOutput, error) {
	c, err := a.find(ctx, i.Slug)
	if err != nil {
		return nil, err
	}
	out := &getOutput{Status: http.StatusOK, ETag: etag(c.Revision), Body: a.show(ctx, c)}
	if i.IfNoneMatch == out.ETag {
		out.Status = http.StatusNotModified
	}
	return out, nil
}

// CommonsPatch changes the fields that it names, from the revision that its author had seen.
type CommonsPatch struct {
	Base   int64       `json:"base,omitempty" minimum:"1" doc:"catalogue_api.base"`
	Fields FieldsPatch `json:"fields" doc:"catalogue_api.patch"`
	Note   string      `json:"note,omitempty" maxLength:"500" doc:"catalogue_api.why"`
}

type editInput struct {
	SlugPath
	IfMatch string       `header:"If-Match" maxLength:"100" doc:"catalogue_api.if_match"`
	Body    CommonsPatch `contentType:"application/merge-patch+json"`
}

type changedOutput struct {
	Status int
	ETag   string `header:"ETag"`
	Type   string `header:"Content-Type"`
	Body   changed
}

func (a *API) edit(ctx context.Context, i *editInput) (*changedOutput, error) {
	by := web.ActorIn(ctx)
	c, err := a.findFor(ctx, i.Slug, commons.ActEdit)
	if err != nil {
		return nil, err
	}
	from, err := base(i.Body.Base, i.IfMatch, c.Revision)
	if err != nil {
		return nil, err
	}
	values, err := i.Body.Fields.values(c)
	if err != nil {
		return nil, in("body.fields", err)
	}
	clashes, err := a.Commons.Edit(ctx, by, c.ID, commons.Edit{Base: from, Values: values, Note: i.Body.Note, Named: true})
	return a.changed(ctx, c.ID, clashes, in("body.fields", err))
}

// changed answers a change: with the commons as it is then, or with both values of what clashed.
func (a *API) changed(ctx context.Context, id string, clashes []commons.Clash, err error) (*changedOutput, error) {
	if err != nil && len(clashes) == 0 {
		return nil, err
	}
	c, readErr := a.Commons.ByID(ctx, web.ActorIn(ctx), id)
	if readErr != nil {
		return nil, readErr
	}
	out := &changedOutput{Status: http.StatusOK, ETag: etag(c.Revision), Type: "application/json"}
	if len(clashes) == 0 {
		shown := a.show(ctx, c)
		out.Body.commons = &shown
		return out, nil
	}
	out.Status, out.Type = http.StatusConflict, "application/problem+json"
	out.Body.conflict = &Conflict{Problem: problemOf(ctx, err), Revision: c.Revision, Clashes: []Clash{}}
	for _, x := range clashes {
		out.Body.conflict.Clashes = append(out.Body.conflict.Clashes, Clash{x.Field, x.Lang, orNull(x.Theirs), string(x.Stands.Source), orNull(x.Mine)})
	}
	return out, nil
}

func orNull(raw json.RawMessage) json.RawMessage {
	if isNull(raw) {
		return json.RawMessage("null")
	}
	return raw
}

// UndoneEntry names the entry that is taken back and, where fields changed since, what is to stand.
type UndoneEntry struct {
	Entry   string                  `json:"entry" minLength:"1" maxLength:"100" doc:"catalogue_api.entry"`
	Base    int64                   `json:"base,omitempty" minimum:"1" doc:"catalogue_api.undo_base"`
	Choices map[string]commons.Take `json:"choices,omitempty" doc:"catalogue_api.undo_choices"`
}

// chosen returns the choices as they were made, at the revision that the conflict named.
func (u UndoneEntry) chosen() (map[string]commons.Chosen, error) {
	list := map[string]commons.Chosen{}
	for name, take := range u.Choices {
		if take != commons.TakeMine && take != commons.TakeTheirs {
			return nil, fault.Invalid("body.choices", "catalogue_api.undo_take").With("value", string(take))
		}
		if u.Base < 1 {
			return nil, fault.Invalid("body.base", "catalogue_api.undo_needs_base")
		}
		list[name] = commons.Chosen{Seen: u.Base, Take: take}
	}
	return list, nil
}

type undoInput struct {
	SlugPath
	Body UndoneEntry
}

func (a *API) undo(ctx context.Context, i *undoInput) (*changedOutput, error) {
	c, err := a.findFor(ctx, i.Slug, commons.ActEdit)
	if err != nil {
		return nil, err
	}
	chosen, err := i.Body.chosen()
	if err != nil {
		return nil, err
	}
	would, err := a.Commons.Undo(ctx, web.ActorIn(ctx), c.ID, i.Body.Entry, chosen)
	if f := fault.Of(err); len(f) > 0 && f[0].Kind == fault.MissingKind { // the commons is there: it is the entry that is not
		return nil, fault.Invalid("body.entry", f[0].Key).Wrap(err)
	}
	return a.changed(ctx, c.ID, would.Clashes, in("body", err))
}

// JobStarted names the job that does what was asked.
type JobStarted struct {
	Job string `json:"job" doc:"catalogue_api.job_id"`
}

type jobOutput struct {
	Body JobStarted
}

func (a *API) refresh(ctx context.Context, i *SlugPath) (*jobOutput, error) {
	c, err := a.find(ctx, i.Slug)
	if err != nil {
		return nil, err
	}
	out := &jobOutput{}
	out.Body.Job, err = a.Catalogue.Refresh(ctx, web.ActorIn(ctx), c.ID)
	return out, err
}

type commonsOutput struct{ Body Commons }

// after returns the commons as a change left it.
func (a *API) after(ctx context.Context, id string, err error) (*commonsOutput, error) {
	if err != nil {
		return nil, err
	}
	c, err := a.Commons.ByID(ctx, web.ActorIn(ctx), id)
	if err != nil {
		return nil, err
	}
	return &commonsOutput{Body: a.show(ctx, c)}, nil
}

// ArchiveReason says why a commons is archived.
type ArchiveReason struct {
	Note string `json:"note,omitempty" maxLength:"500" doc:"catalogue_api.why"`
}

type archiveInput struct {
	SlugPath
	Body *ArchiveReason
}

func (a *API) archive(ctx context.Context, i *archiveInput) (*commonsOutput, error) {
	c, err := a.find(ctx, i.Slug)
	if err != nil {
		return nil, err
	}
	note := ""
	if i.Body != nil {
		note = i.Body.Note
	}
	return a.after(ctx, c.ID, a.Commons.Archive(ctx, web.ActorIn(ctx), c.ID, note))
}

func (a *API) reopen(ctx context.Context, i *SlugPath) (*commonsOutput, error) {
	c, err := a.find(ctx, i.Slug)
	if err != nil {
		return nil, err
	}
	return a.after(ctx, c.ID, a.Commons.Reopen(ctx, web.ActorIn(ctx), c.ID))
}

func (a *API) approve(ctx context.Context, i *SlugPath) (*commonsOutput, error) {
	c, err := a.find(ctx, i.Slug)
	if err != nil {
		return nil, err
	}
	return a.after(ctx, c.ID, a.Commons.Approve(ctx, web.ActorIn(ctx), c.ID))
}

// MergeTarget is the commons into which another is merged.
type MergeTarget struct {
	Into string `json:"into" minLength:"1" maxLength:"200" doc:"catalogue_api.into"`
}

type mergeInput struct {
	SlugPath
	Body MergeTarget
}

func (a *API) merge(ctx context.Context, i *mergeInput) (*commonsOutput, error) {
	c, err := a.findFor(ctx, i.Slug, commons.ActMerge)
	if err != nil {
		return nil, err
	}
	into, err := a.find(ctx, i.Body.Into)
	if fault.KindOf(err) == fault.MissingKind {
		return nil, fault.Invalid("body.into", "commons.no_such_commons").Wrap(err)
	}
	if err != nil {
		return nil, err
	}
	return a.after(ctx, c.ID, in("body", a.Commons.Merge(ctx, web.ActorIn(ctx), c.ID, into.ID)))
}

// Value is what one source says of a field.
type Value struct {
	Source
	Value json.RawMessage `json:"value" doc:"catalogue_api.value"`
}

type valuesOutput struct {
	Body All[Value]
}

func (a *API) values(ctx context.Context, i *SlugPath) (*valuesOutput, error) {
	c, err := a.find(ctx, i.Slug)
	if err != nil {
		return nil, err
	}
	out := &valuesOutput{}
	out.Body.Items = []Value{}
	for _, v := range c.Values {
		if f, ok := commons.FieldByName(v.Field); !ok || f.Shape == commons.RawText {
			continue
		}
		out.Body.Items = append(out.Body.Items, Value{Source{v.Field, v.Lang, string(v.Source), v.Note, stamp(v.At)}, orNull(v.JSON)})
	}
	return out, nil
}

// About is when a commons was last read from its repository, and what came of it.
type About struct {
	Job         string `json:"job,omitempty" doc:"catalogue_api.job_id"`
	TriedAt     string `json:"tried_at,omitempty" format:"date-time" doc:"catalogue_api.tried_at"`
	SucceededAt string `json:"succeeded_at,omitempty" format:"date-time" doc:"catalogue_api.succeeded_at"`
	Failures    int    `json:"failures" doc:"catalogue_api.failures"`
	Why         string `json:"why,omitempty" doc:"catalogue_api.why_failed"`
	Head        string `json:"head,omitempty" doc:"catalogue_api.head"`
	Branch      string `json:"branch,omitempty" doc:"catalogue_api.branch"`
	Bytes       int64  `json:"bytes,omitempty" doc:"catalogue_api.bytes"`
	GoneSince   string `json:"gone_since,omitempty" format:"date-time" doc:"catalogue_api.gone_since"`
	MovedTo     string `json:"moved_to,omitempty" doc:"catalogue_api.moved_to"`
	MovedAt     string `json:"moved_at,omitempty" format:"date-time" doc:"catalogue_api.moved_at"`
	RewrittenAt string `json:"rewritten_at,omitempty" format:"date-time" doc:"catalogue_api.rewritten_at"`
	Facts       Facts  `json:"facts" doc:"catalogue_api.facts"`
}

// Facts is what the repository has, besides the values of fields.
type Facts struct {
	Files    map[string]string `json:"files,omitempty" doc:"catalogue_api.files"`
	Releases int               `json:"releases" doc:"catalogue_api.releases"`
	Tags     int               `json:"tags" doc:"catalogue_api.tags"`
	Valid    bool              `json:"valid" doc:"catalogue_api.valid"`
	Standard string            `json:"standard,omitempty" doc:"catalogue_api.standard"`
	Coverage float64           `json:"coverage,omitempty" doc:"catalogue_api.coverage"`
}

type aboutOutput struct{ Body About }

func (a *API) about(ctx context.Context, i *SlugPath) (*aboutOutput, error) {
	c, err := a.find(ctx, i.Slug)
	if err != nil {
		return nil, err
	}
	r, err := a.Catalogue.AboutRead(ctx, web.ActorIn(ctx), c)
	if err != nil {
		return nil, err
	}
	out := &aboutOutput{Body: About{Job: r.Job, TriedAt: stamp(r.TriedAt), SucceededAt: stamp(r.SucceededAt), Failures: r.Failures,
		Why: faultText(ctx, r.Fault, inner(c)), Head: r.Head, Branch: r.Branch, Bytes: r.Bytes, GoneSince: stamp(r.GoneSince), MovedAt: stamp(r.MovedAt),
		RewrittenAt: stamp(r.ForcedAt), Facts: Facts(r.Facts)}}
	if !inner(c) || web.ActorIn(ctx).IsAdmin() {
		out.Body.MovedTo = r.MovedTo
	}
	return out, nil
}

// Remark is something to mend, with its place in a file.
type Remark struct {
	File     string `json:"file,omitempty" doc:"catalogue_api.file"`
	Severity string `json:"severity" enum:"error,warning" doc:"catalogue_api.severity"`
	Line     int    `json:"line,omitempty" doc:"catalogue_api.line"`
	Column   int    `json:"column,omitempty" doc:"catalogue_api.column"`
	Key      string `json:"key,omitempty" doc:"catalogue_api.key"`
	Code     string `json:"code" doc:"catalogue_api.code"`
	Message  string `json:"message" doc:"catalogue_api.message"`
}

func remarks(ctx context.Context, list []catalogue.Remark) []Remark {
	l := i18n.From(ctx)
	out := make([]Remark, len(list))
	for i, r := range list {
		out[i] = Remark{r.File, r.Severity, r.Line, r.Column, r.Key, r.Code, r.Text[l.Lang()]}
		if out[i].Message == "" && l.Has(r.Code) {
			out[i].Message = l.T(r.Code, i18n.Args(r.Args))
		}
	}
	return out
}

type problemsOutput struct {
	Body All[Remark]
}

func (a *API) problems(ctx context.Context, i *SlugPath) (*problemsOutput, error) {
	c, err := a.find(ctx, i.Slug)
	if err != nil {
		return nil, err
	}
	r, err := a.Catalogue.AboutRead(ctx, web.ActorIn(ctx), c)
	if err != nil {
		return nil, err
	}
	out := &problemsOutput{}
	out.Body.Items = remarks(ctx, r.Remarks)
	return out, nil
}

// Vitality is every figure of a repository's history, as `commun vitality --json` prints it.
type Vitality githistory.Result

type vitalityOutput struct {
	LastModified time.Time `header:"Last-Modified"`
	Body         Vitality
}

func (a *API) vitality(ctx context.Context, i *SlugPath) (*vitalityOutput, error) {
	c, err := a.find(ctx, i.Slug)
	if err != nil {
		return nil, err
	}
	res, at, err := a.Vitality(ctx, c.ID)
	if err != nil {
		return nil, err
	}
	return &vitalityOutput{LastModified: at, Body: Vitality(res)}, nil
}
