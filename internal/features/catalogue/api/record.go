package api

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"

	"commun/internal/core/commons"
	"commun/internal/core/journal"
	"commun/internal/platform/fault"
	"commun/internal/platform/i18n"
	"commun/internal/web"
	webapi "commun/internal/web/api"
	"commun/internal/web/record"
)

const tagRecord = "catalogue_api.tag_record"

func (a *API) registerRecord(api *webapi.API) {
	missing := []int{http.StatusNotFound}
	on(api, operation{id: "listHistory", method: "GET", path: "/api/commons/{slug}/history", tag: tagRecord, summary: "catalogue_api.history",
		more: "catalogue_api.history_more", fails: missing}, a.history)
	on(api, operation{id: "listActivity", method: "GET", path: "/api/activity", tag: tagRecord, summary: "catalogue_api.activity",
		more: "catalogue_api.activity_more", fails: missing}, a.activity)
	on(api, operation{id: "getEntry", method: "GET", path: "/api/entries/{id}", tag: tagRecord, summary: "catalogue_api.get_entry", fails: missing}, a.entry)
	on(api, operation{id: "getProof", method: "GET", path: "/api/entries/{id}/proof", tag: tagRecord, summary: "catalogue_api.proof",
		more: "catalogue_api.proof_more", fails: append(missing, http.StatusServiceUnavailable)}, a.proof)
	on(api, operation{id: "getCheckpoint", method: "GET", path: "/api/log/checkpoint", tag: tagRecord, summary: "catalogue_api.checkpoint",
		more: "catalogue_api.checkpoint_more"}, a.checkpoint)
	on(api, operation{id: "getConsistency", method: "GET", path: "/api/log/consistency", tag: tagRecord, summary: "catalogue_api.consistency",
		more: "catalogue_api.consistency_more"}, a.consistency)
}

// Entry is one entry of the journal as this reader may see it.
type Entry struct {
	ID       string   `json:"id" doc:"catalogue_api.id"`
	At       string   `json:"at" format:"date-time" doc:"catalogue_api.entry_at"`
	Kind     string   `json:"kind" doc:"catalogue_api.entry_kind"`
	Text     string   `json:"text" doc:"catalogue_api.entry_text"`
	By       string   `json:"by" doc:"catalogue_api.entry_by"`
	On       Thing    `json:"on" doc:"catalogue_api.entry_on"`
	Revision int64    `json:"revision" doc:"catalogue_api.entry_revision"`
	Number   *int64   `json:"number,omitempty" doc:"catalogue_api.entry_number"`
	Changes  []Change `json:"changes" nullable:"false" doc:"catalogue_api.entry_changes"`
	Undoes   string   `json:"undoes,omitempty" doc:"catalogue_api.entry_undoes"`
	Note     string   `json:"note,omitempty" doc:"catalogue_api.why"`
	From     string   `json:"from,omitempty" doc:"catalogue_api.entry_from"`
	To       string   `json:"to,omitempty" doc:"catalogue_api.entry_to"`
	Into     string   `json:"into,omitempty" doc:"catalogue_api.entry_into"`
	URL      string   `json:"url" format:"uri" doc:"catalogue_api.url"`
}

// Thing is what an entry or a role is about.
type Thing struct {
	Kind string `json:"kind" doc:"catalogue_api.thing_kind"`
	ID   string `json:"id" doc:"catalogue_api.id"`
	Name string `json:"name" doc:"catalogue_api.name"`
	URL  string `json:"url,omitempty" format:"uri" doc:"catalogue_api.url"`
}

// Change is a field before and after.
type Change struct {
	Field      string          `json:"field" doc:"catalogue_api.field"`
	Lang       string          `json:"lang,omitempty" doc:"catalogue_api.field_lang"`
	Source     string          `json:"source,omitempty" doc:"catalogue_api.source"`
	Before     json.RawMessage `json:"before" doc:"catalogue_api.before_change"`
	BeforeFrom string          `json:"before_source,omitempty" doc:"catalogue_api.before_source"`
	After      json.RawMessage `json:"after" doc:"catalogue_api.after_change"`
	AfterFrom  string          `json:"after_source,omitempty" doc:"catalogue_api.after_source"`
}

// entry puts a line of the record into what goes out. Of an entry's body only the known parts are given: fields, states, reasons. Others concern
// persons.
func entry(ctx context.Context, x record.Line) Entry {
	l := i18n.From(ctx)
	e := Entry{ID: x.ID, At: stamp(x.At), Kind: x.Kind, Text: x.What(l), By: x.ByText(l), Revision: x.Revision, Changes: []Change{}, URL: link(ctx, "/entries/"+x.ID),
		On: Thing{Kind: x.Object.Kind, ID: x.Object.ID, Name: x.Thing.Title}}
	if x.Thing.Path != "" {
		e.On.URL = link(ctx, x.Thing.Path)
	}
	if x.Seq >= 0 {
		e.Number = &x.Seq
	}
	edit := x.Edit()
	e.Undoes, e.Note = edit.Undoes, edit.Note
	for _, c := range edit.Changes {
		e.Changes = append(e.Changes, Change{c.Field, c.Lang, c.Source, orNull(c.Was()), c.WasFrom(), orNull(c.Is()), c.IsFrom()})
	}
	var moved commons.StateChange
	if x.Object.Kind == commons.ObjectKind && json.Unmarshal(x.Body, &moved) == nil {
		e.From, e.To, e.Into = string(moved.From), string(moved.To), moved.Into
	}
	return e
}

type entriesOutput struct {
	Body Page[Entry]
}

// entries shows those of a page that the reader may see; next is the cursor of the last one that was read, shown or not.
func (a *API) entries(ctx context.Context, list []journal.Recorded, next func(journal.Recorded) string) (*entriesOutput, error) {
	by := web.ActorIn(ctx)
	lines, err := a.Record.Lines(ctx, by, i18n.From(ctx).Lang(), list)
	if err != nil {
		return nil, err
	}
	out := &entriesOutput{}
	out.Body.Items = []Entry{}
	for _, x := range lines {
		if x.Thing.Title != "" && a.Record.Shown(by, x.Recorded) {
			out.Body.Items = append(out.Body.Items, entry(ctx, x))
		}
	}
	if len(list) == journal.Page {
		out.Body.Next = nextLink(ctx, "after", next(list[len(list)-1]))
	}
	return out, nil
}

type historyInput struct {
	SlugPath
	After int64 `query:"after" minimum:"1" doc:"catalogue_api.after"`
}

// History is what package record's Journal lacks: the entries of one thing.
type History interface {
	History(ctx context.Context, o journal.Object, before int64) ([]journal.Recorded, error)
}

func (a *API) history(ctx context.Context, i *historyInput) (*entriesOutput, error) {
	c, err := a.find(ctx, i.Slug)
	if err != nil {
		return nil, err
	}
	list, err := a.Journal.History(ctx, journal.Object{Kind: commons.ObjectKind, ID: c.ID}, i.After)
	if err != nil {
		return nil, err
	}
	return a.entries(ctx, list, func(r journal.Recorded) string { return fmt.Sprint(r.Revision) })
}

type activityInput struct {
	CursorPage
	Commons string `query:"commons" maxLength:"200" doc:"catalogue_api.only_commons"`
}

func (a *API) activity(ctx context.Context, i *activityInput) (*entriesOutput, error) {
	owner, err := a.findID(ctx, i.Commons)
	if err != nil {
		return nil, err
	}
	list, err := a.Record.Journal.Activity(ctx, a.Record.Journal.PublicKinds(), owner, "", i.After)
	if err != nil {
		return nil, err
	}
	return a.entries(ctx, list, func(r journal.Recorded) string { return r.ID })
}

var errNoEntry = fault.Missing("record.no_entry")

// load returns an entry that the reader may see.
func (a *API) load(ctx context.Context, id string) (record.Line, error) {
	e, err := a.Record.Journal.Entry(ctx, id)
	if errors.Is(err, sql.ErrNoRows) {
		return record.Line{}, errNoEntry
	}
	if err != nil {
		return record.Line{}, err
	}
	by := web.ActorIn(ctx)
	lines, err := a.Record.Lines(ctx, by, i18n.From(ctx).Lang(), []journal.Recorded{e})
	if err != nil {
		return record.Line{}, err
	}
	if lines[0].Thing.Title == "" || !a.Record.Shown(by, e) {
		return record.Line{}, errNoEntry
	}
	return lines[0], nil
}

type entryOutput struct{ Body Entry }

func (a *API) entry(ctx context.Context, i *IDPath) (*entryOutput, error) {
	x, err := a.load(ctx, i.ID)
	if err != nil {
		return nil, err
	}
	return &entryOutput{Body: entry(ctx, x)}, nil
}

// Proof shows that an entry is in the log. The field names and texts are those of journal.Proof, which `commun verify` reads.
type Proof struct {
	Format     string         `json:"format" doc:"catalogue_api.proof_format"`
	Leaf       string         `json:"leaf" doc:"catalogue_api.proof_leaf"`
	Seq        int64          `json:"seq" doc:"catalogue_api.entry_number"`
	Checkpoint string         `json:"checkpoint" doc:"catalogue_api.the_checkpoint"`
	Key        string         `json:"key" doc:"catalogue_api.log_key"`
	Hashes     []journal.Hash `json:"hashes" nullable:"false" doc:"catalogue_api.proof_hashes"`
	Body       string         `json:"body,omitempty" doc:"catalogue_api.proof_body"`
	Salt       string         `json:"salt,omitempty" doc:"catalogue_api.proof_salt"`
	Author     string         `json:"author,omitempty" doc:"catalogue_api.proof_author"`
	AuthorSalt string         `json:"author_salt,omitempty" doc:"catalogue_api.proof_salt"`
}

type proofOutput struct{ Body Proof }

func (a *API) proof(ctx context.Context, i *IDPath) (*proofOutput, error) {
	x, err := a.load(ctx, i.ID)
	if err != nil {
		return nil, err
	}
	p, err := a.Record.Journal.Prove(ctx, x.ID, true)
	if err != nil {
		return nil, err
	}
	return &proofOutput{Body: Proof(p)}, nil
}

// Checkpoint is the last signed state of the log.
type Checkpoint struct {
	Checkpoint string `json:"checkpoint" doc:"catalogue_api.the_checkpoint"`
	Key        string `json:"key" doc:"catalogue_api.log_key"`
	Origin     string `json:"origin" doc:"catalogue_api.log_origin"`
	Size       int64  `json:"size" doc:"catalogue_api.log_size"`
}

type checkpointOutput struct{ Body Checkpoint }

type noInput struct{}

func (a *API) checkpoint(ctx context.Context, _ *noInput) (*checkpointOutput, error) {
	checkpoint, key, err := a.Record.Journal.Checkpoint(ctx)
	if err != nil {
		return nil, err
	}
	origin, tree, err := journal.OpenCheckpoint(checkpoint, key)
	if err != nil {
		return nil, fmt.Errorf("read our own checkpoint: %w", err)
	}
	return &checkpointOutput{Body: Checkpoint{checkpoint, key, origin, tree.N}}, nil
}

type consistencyInput struct {
	From int64 `query:"from" required:"true" minimum:"1" doc:"catalogue_api.log_from"`
}

// Consistency shows that the log only grew since a size.
type Consistency struct {
	From       int64          `json:"from" doc:"catalogue_api.log_from"`
	Checkpoint string         `json:"checkpoint" doc:"catalogue_api.the_checkpoint"`
	Hashes     []journal.Hash `json:"hashes" nullable:"false" doc:"catalogue_api.proof_hashes"`
}

type consistencyOutput struct {
	Body Consistency
}

func (a *API) consistency(ctx context.Context, i *consistencyInput) (*consistencyOutput, error) {
	out := &consistencyOutput{}
	out.Body.From = i.From
	var err error
	out.Body.Checkpoint, out.Body.Hashes, err = a.Record.Journal.Consistency(ctx, i.From)
	if out.Body.Hashes == nil {
		out.Body.Hashes = []journal.Hash{}
	}
	return out, in("query", err)
}
