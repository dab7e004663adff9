// Package record shows the journal: what happens on the instance, the history of each thing, one entry with its proof, and the log itself
// for who wants to check it from outside (C2SP tlog-tiles: /log/checkpoint and /log/tile/…).
package record

import (
	"context"
	"database/sql"
	"embed"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"net/http"
	"strconv"
	"strings"

	"commun/internal/core/commons"
	"commun/internal/core/journal"
	"commun/internal/core/people"
	"commun/internal/platform/fault"
	"commun/internal/platform/i18n"
	"commun/internal/platform/storage"
	"commun/internal/web"
	"commun/internal/web/components"
	"commun/internal/web/feed"
)

//go:embed messages/*.toml
var messages embed.FS

// Messages returns what these pages say.
func Messages() fs.FS { return messages }

// Thing is an object of the journal as a page names it.
type Thing struct{ Title, Lang, Path string }

// Journal is what the pages need of it.
type Journal interface {
	Activity(ctx context.Context, kinds []string, owner, author, cursor string) ([]journal.Recorded, error)
	Entry(ctx context.Context, id string) (journal.Recorded, error)
	Prove(ctx context.Context, id string, open bool) (journal.Proof, error)
	Checkpoint(ctx context.Context) (checkpoint, verifier string, err error)
	Consistency(ctx context.Context, from int64) (checkpoint string, hashes []journal.Hash, err error)
	Tile(ctx context.Context, level, n int64, width int) ([]byte, error)
	PublicKinds() []string
	PublicObjects(ctx context.Context, kind, after string, limit int) ([]journal.PublicObject, error)
}

// Pages answers the record's routes.
type Pages struct {
	Journal Journal
	// Names returns the names of persons by id; those who are forgotten are left out.
	Names func(ctx context.Context, ids []string) (map[string]string, error)
	// Things names objects for the reader; an object that the reader may not see, or that is gone, is left out.
	Things func(ctx context.Context, by people.Actor, lang string, objects []journal.Object) (map[journal.Object]Thing, error)
	// Private says that an entry of this kind, on this object, is not for the reader's eyes: only what is public is shown to all.
	Shown func(by people.Actor, e journal.Recorded) bool
	// Value writes a field's value in words: for the differences of an entry.
	Value func(l *i18n.Localizer, field, lang string, value json.RawMessage) string
	// Field names a field in words.
	Field func(l *i18n.Localizer, field, lang string) string
	Title func(ctx context.Context) (string, error) // the instance's name, for feeds
}

// Routes hangs the pages on rt.
func (p *Pages) Routes(rt *web.Router) {
	rt.Handle("GET /activity", "record.activity", p.activity)
	rt.Handle("GET /activity.atom", "record.activity_feed", p.activityFeed)
	rt.Handle("GET /entries/{id}", "record.entry", p.entry)
	rt.Handle("GET /entries/{id}/proof.json", "record.proof", p.proof)
	rt.Handle("GET /record", "record.about", p.about)
	rt.Handle("GET /log/checkpoint", "record.checkpoint", p.checkpoint)
	rt.Handle("GET /log/key", "record.key", p.key)
	rt.Handle("GET /log/tile/{path...}", "record.tile", p.tile)
	rt.Handle("GET /log/consistency", "record.consistency", p.consistency)
	rt.Handle("GET /log/objects/{kind}", "record.objects", p.objects)
}

// Line is one entry as a list shows it.
type Line struct {
	journal.Recorded
	By     string            // a name; "" for the program or someone forgotten
	Thing  Thing             // its zero value: not to be named to this reader
	Undone *journal.Recorded // of an undo: the entry that it took back, when it is still there
	Other  Thing             // of an entry by which two commons became one: the other
}

// Lines names the authors and things of entries in two queries.
func (p *Pages) Lines(ctx context.Context, by people.Actor, lang string, list []journal.Recorded) ([]Line, error) {
	var ids []string
	var objects []journal.Object
	seen := map[string]bool{}
	for _, e := range list {
		if e.Author != "" && !seen[e.Author] && !strings.Contains(e.Author, ":") {
			seen[e.Author], ids = true, append(ids, e.Author)
		}
		for _, o := range []journal.Object{e.Object, otherOf(e)} {
			if key := o.String(); o.ID != "" && !seen[key] {
				seen[key], objects = true, append(objects, o)
			}
		}
	}
	names, err := p.Names(ctx, ids)
	if err != nil {
		return nil, err
	}
	things, err := p.Things(ctx, by, lang, objects)
	if err != nil {
		return nil, err
	}
	lines := make([]Line, 0, len(list))
	for _, e := range list {
		x := Line{Recorded: e, By: names[e.Author], Thing: things[e.Object], Other: things[otherOf(e)]}
		if x.Kind == kindReceived && x.Other.Path != "" {
			x.Other.Path += "/history" // its own page leads to the one that took it in
		}
		if x.Undone, err = p.undone(ctx, list, e); err != nil {
			return nil, err
		}
		lines = append(lines, x)
	}
	return lines, nil
}

// The kinds of entries by which two commons become one: on the one that ends, and on the one that goes on.
const (
	kindMerged   = "commons.merged"
	kindReceived = "commons.received"
)

// otherOf is the commons that an entry by which two became one is not on; its zero value for other entries.
func otherOf(e journal.Recorded) journal.Object {
	var body commons.StateChange
	if e.Kind != kindMerged && e.Kind != kindReceived || json.Unmarshal(e.Body, &body) != nil || body.Into == "" {
		return journal.Object{}
	}
	return journal.Object{Kind: commons.ObjectKind, ID: body.Into}
}

// undone returns the entry that e took back; nil when e is no undo, or the entry is gone. Most are in the same list.
func (p *Pages) undone(ctx context.Context, list []journal.Recorded, e journal.Recorded) (*journal.Recorded, error) {
	id := e.Edit().Undoes
	if id == "" {
		return nil, nil
	}
	for i := range list {
		if list[i].ID == id {
			return &list[i], nil
		}
	}
	found, err := p.Journal.Entry(ctx, id)
	if errors.Is(err, sql.ErrNoRows) {
		return nil, nil
	}
	return &found, err
}

// page reads one page of what this reader may see.
func (p *Pages) page(r *http.Request) (lines []Line, next string, err error) {
	by, cursor := web.Actor(r), r.URL.Query().Get("before")
	list, err := p.Journal.Activity(r.Context(), p.Journal.PublicKinds(), "", "", cursor)
	if err != nil {
		return nil, "", err
	}
	if len(list) == journal.Page {
		next = list[len(list)-1].ID
	}
	lines, err = p.Lines(r.Context(), by, web.L(r).Lang(), list)
	shown := lines[:0]
	for _, l := range lines {
		if l.Thing.Title != "" && p.Shown(by, l.Recorded) {
			shown = append(shown, l)
		}
	}
	return shown, next, err
}

func (p *Pages) activity(w http.ResponseWriter, r *http.Request) error {
	lines, next, err := p.page(r)
	if err != nil {
		return err
	}
	l := web.L(r)
	pages := components.Pages{Label: l.T("record.activity")}
	if r.URL.Query().Has("before") {
		pages.Previous = "/activity"
	}
	if next != "" {
		pages.Next = "/activity?before=" + next
	}
	return web.Render(w, r, web.Page{Title: l.T("record.activity"), Nav: "activity", Description: l.T("record.activity_lead"),
		Feeds: []components.Link{{Text: l.T("record.activity"), Href: "/activity.atom"}}}, p.activityPage(lines, pages))
}

func (p *Pages) activityFeed(w http.ResponseWriter, r *http.Request) error {
	lines, _, err := p.page(r)
	if err != nil {
		return err
	}
	title, err := p.Title(r.Context())
	if err != nil {
		return err
	}
	l := web.L(r)
	return feed.Serve(w, p.Feed(r, title+" – "+l.T("record.activity"), "/activity", "/activity.atom", lines))
}

// Feed makes a feed of lines. page and self are paths.
func (p *Pages) Feed(r *http.Request, title, page, self string, lines []Line) feed.Feed {
	l := web.L(r)
	f := feed.Feed{ID: web.Absolute(r, self), Title: title, Lang: l.Lang(), Self: web.Absolute(r, self), Page: web.Absolute(r, page)}
	for _, x := range lines {
		e := feed.Entry{ID: web.Absolute(r, "/entries/"+x.ID), Page: web.Absolute(r, "/entries/"+x.ID), Author: x.By,
			Title: x.What(l) + " – " + x.Thing.Title, Updated: storage.Time(x.At)}
		f.Entries = append(f.Entries, e)
		if e.Updated.After(f.Updated) {
			f.Updated = e.Updated
		}
	}
	return f
}

// KindText says what sort of change an entry is.
func KindText(l *i18n.Localizer, kind string) string {
	if key := "record.kind." + strings.ReplaceAll(kind, ".", "_"); l.Has(key) {
		return l.T(key)
	}
	return kind
}

// ByText says who made a change: a name, the program, a visitor, or somebody who was forgotten.
func (x Line) ByText(l *i18n.Localizer) string {
	switch {
	case x.By != "":
		return x.By
	case strings.HasPrefix(x.Author, "program:"):
		return l.T("record.by_program")
	case x.Author == "visitor":
		return l.T("record.by_visitor")
	}
	return l.T("record.by_forgotten")
}

// sourceKeys say of a change that left the words as they were whose they are now: a person's, or not.
var sourceKeys = map[bool]string{true: "record.now_a_persons", false: "record.now_the_sources"}

// Changes writes an entry's changes in words.
func (p *Pages) Changes(l *i18n.Localizer, e journal.Recorded) []components.Change {
	var list []components.Change
	for _, c := range e.Edit().Changes {
		lang := c.Lang
		if lang == "" {
			lang = l.Lang()
		}
		change := components.Change{Label: p.Field(l, c.Field, c.Lang), Before: p.Value(l, c.Field, c.Lang, c.Was()),
			After: p.Value(l, c.Field, c.Lang, c.Is()), Lang: lang}
		if change.Before != "" && change.Before == change.After && c.WasFrom() != c.IsFrom() {
			change.Note = l.T(sourceKeys[commons.Source(c.IsFrom()) == commons.FromPerson])
		}
		list = append(list, change)
	}
	return list
}

var errNoEntry = fault.Missing("record.no_entry")

func (p *Pages) load(r *http.Request) (Line, error) {
	e, err := p.Journal.Entry(r.Context(), r.PathValue("id"))
	if errors.Is(err, sql.ErrNoRows) {
		return Line{}, errNoEntry
	}
	if err != nil {
		return Line{}, err
	}
	lines, err := p.Lines(r.Context(), web.Actor(r), web.L(r).Lang(), []journal.Recorded{e})
	if err != nil {
		return Line{}, err
	}
	if !p.Shown(web.Actor(r), e) || lines[0].Thing.Title == "" {
		return Line{}, errNoEntry
	}
	return lines[0], nil
}

func (p *Pages) entry(w http.ResponseWriter, r *http.Request) error {
	x, err := p.load(r)
	if err != nil {
		return err
	}
	l := web.L(r)
	return web.Render(w, r, web.Page{Title: x.What(l) + " – " + x.Thing.Title, Nav: "activity",
		Crumbs: []components.Link{{Text: l.T("record.activity"), Href: "/activity"}, {Text: x.Thing.Title, Lang: x.Thing.Lang, Href: x.Thing.Path}}},
		entryPage(x, p.Changes(l, x.Recorded)))
}

func (p *Pages) proof(w http.ResponseWriter, r *http.Request) error {
	x, err := p.load(r)
	if err != nil {
		return err
	}
	proof, err := p.Journal.Prove(r.Context(), x.ID, true)
	if err != nil {
		return err
	}
	w.Header().Set("Content-Disposition", `attachment; filename="proof-`+x.ID+`.json"`)
	return writeJSON(w, proof)
}

func writeJSON(w http.ResponseWriter, v any) error {
	w.Header().Set("Content-Type", "application/json; charset=utf-8")
	return json.NewEncoder(w).Encode(v)
}

func (p *Pages) about(w http.ResponseWriter, r *http.Request) error {
	checkpoint, key, err := p.Journal.Checkpoint(r.Context())
	if err != nil {
		return err
	}
	_, tree, err := journal.OpenCheckpoint(checkpoint, key)
	if err != nil {
		return fmt.Errorf("read our own checkpoint: %w", err)
	}
	l := web.L(r)
	return web.Render(w, r, web.Page{Title: l.T("record.about"), Description: l.T("record.about_lead"), Nav: "activity"},
		aboutPage(tree.N, checkpoint, key, web.Absolute(r, "")))
}

func plain(w http.ResponseWriter, text string) error {
	w.Header().Set("Content-Type", "text/plain; charset=utf-8")
	w.Header().Set("Cache-Control", "no-cache")
	_, err := w.Write([]byte(text))
	return err
}

func (p *Pages) checkpoint(w http.ResponseWriter, r *http.Request) error {
	checkpoint, _, err := p.Journal.Checkpoint(r.Context())
	if err != nil {
		return err
	}
	return plain(w, checkpoint)
}

func (p *Pages) key(w http.ResponseWriter, r *http.Request) error {
	_, key, err := p.Journal.Checkpoint(r.Context())
	if err != nil {
		return err
	}
	return plain(w, key+"\n")
}

// tile serves /log/tile/<L>/<N>[.p/<W>] and /log/tile/entries/<N>[.p/<W>], with N in groups of three digits: x001/x234/067.
func (p *Pages) tile(w http.ResponseWriter, r *http.Request) error {
	level, n, width, ok := parseTile(r.PathValue("path"))
	if !ok {
		return fault.Missing("record.no_tile")
	}
	data, err := p.Journal.Tile(r.Context(), level, n, width)
	if errors.Is(err, sql.ErrNoRows) {
		return fault.Missing("record.no_tile").Wrap(err)
	}
	if err != nil {
		return err
	}
	w.Header().Set("Content-Type", "application/octet-stream")
	w.Header().Set("Cache-Control", "public, max-age=31536000, immutable") // a tile never changes
	_, err = w.Write(data)
	return err
}

// parseTile reads a tile's path as tlog-tiles writes it. The level of an entry tile is -1.
func parseTile(path string) (level, n int64, width int, ok bool) {
	head, rest, found := strings.Cut(path, "/")
	if !found {
		return 0, 0, 0, false
	}
	level = -1
	if head != "entries" {
		v, err := strconv.ParseInt(head, 10, 8)
		if err != nil || v < 0 || strconv.FormatInt(v, 10) != head {
			return 0, 0, 0, false
		}
		level = v
	}
	width = 256
	if i := strings.Index(rest, ".p/"); i >= 0 {
		v, err := strconv.Atoi(rest[i+3:])
		if err != nil || v < 1 || v > 255 || strconv.Itoa(v) != rest[i+3:] {
			return 0, 0, 0, false
		}
		width, rest = v, rest[:i]
	}
	parts := strings.Split(rest, "/")
	for i, part := range parts {
		if i < len(parts)-1 {
			part, found = strings.CutPrefix(part, "x")
			if !found {
				return 0, 0, 0, false
			}
		}
		v, err := strconv.Atoi(part)
		if err != nil || len(part) != 3 || v < 0 || n > 1<<40 {
			return 0, 0, 0, false
		}
		n = n*1000 + int64(v)
	}
	return level, n, width, true
}

func (p *Pages) consistency(w http.ResponseWriter, r *http.Request) error {
	from, err := strconv.ParseInt(r.URL.Query().Get("from"), 10, 64)
	if err != nil {
		return fault.Invalid("from", "record.not_a_size").Wrap(err)
	}
	checkpoint, hashes, err := p.Journal.Consistency(r.Context(), from)
	if err != nil {
		return err
	}
	return writeJSON(w, map[string]any{"from": from, "checkpoint": checkpoint, "hashes": hashes})
}

func (p *Pages) objects(w http.ResponseWriter, r *http.Request) error {
	list, err := p.Journal.PublicObjects(r.Context(), r.PathValue("kind"), r.URL.Query().Get("after"), 100)
	if errors.Is(err, sql.ErrNoRows) {
		return fault.Missing("record.no_kind").Wrap(err)
	}
	if err != nil {
		return err
	}
	if list == nil {
		list = []journal.PublicObject{}
	}
	return writeJSON(w, list)
}
