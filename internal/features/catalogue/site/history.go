package site

import (
	"cmp"
	"encoding/json"
	"net/http"
	"slices"
	"strconv"
	"strings"

	"commun/internal/core/commons"
	"commun/internal/core/journal"
	"commun/internal/platform/fault"
	"commun/internal/platform/i18n"
	"commun/internal/web"
	"commun/internal/web/components"
	"commun/internal/web/feed"
	"commun/internal/web/record"
)

// historyLine is an entry with what it changed, in words.
type historyLine struct {
	record.Line
	Kind    string
	By      string
	Changes []components.Change
	Fields  []string // the fields that changed, in words, when they are few
	MayUndo bool
	Undone  bool            // what stood before it stands again
	Other   components.Link // of an entry by which two commons became one: the other, with its history
}

// changed says what changed: the fields, or how many.
func (x historyLine) changed(l *i18n.Localizer) string {
	if len(x.Fields) > 0 {
		return l.T("find.changes_in", i18n.Args{"fields": l.List(x.Fields)})
	}
	return l.T("find.changes_count", i18n.Args{"count": len(x.Changes)})
}

// historyView is the history of one commons.
type historyView struct {
	C     commons.Commons
	Nav   []components.Link
	Lines []historyLine
	Pages components.Pages
}

// entriesOf reads a page of the history of a commons that the reader may see; before is a revision.
func (p *Pages) entriesOf(r *http.Request, c commons.Commons) (lines []record.Line, next int64, err error) {
	before, err := strconv.ParseInt(cmp.Or(r.URL.Query().Get("before"), "0"), 10, 64)
	if err != nil || before < 0 {
		return nil, 0, fault.Invalid("before", "form.not_a_number")
	}
	list, err := p.Journal.History(r.Context(), journal.Object{Kind: commons.ObjectKind, ID: c.ID}, before)
	if err != nil {
		return nil, 0, err
	}
	if len(list) == journal.Page && list[len(list)-1].Revision > 1 {
		next = list[len(list)-1].Revision
	}
	lines, err = p.Record.Lines(r.Context(), web.Actor(r), web.L(r).Lang(), list)
	return lines, next, err
}

// loadHistory finds a commons whose history is asked for. One that was merged keeps its history under its own name.
func (p *Pages) loadHistory(r *http.Request) (commons.Commons, error) {
	return p.Commons.BySlug(r.Context(), web.Actor(r), r.PathValue("slug"))
}

func (p *Pages) history(w http.ResponseWriter, r *http.Request) error {
	c, err := p.loadHistory(r)
	if err != nil {
		return err
	}
	l, by := web.L(r), web.Actor(r)
	lines, next, err := p.entriesOf(r, c)
	if err != nil {
		return err
	}
	path := pathOf(c.Slug) + "/history"
	v := historyView{C: c, Nav: subNav(l, by, c, "/history"), Pages: components.Pages{Label: l.T("find.nav_history")}}
	mayUndo := by.May(commons.ActEdit, c.ID) == nil && c.State != commons.Merged
	for _, x := range lines {
		h := historyLine{Line: x, Kind: x.What(l), By: x.ByText(l), Changes: p.Record.Changes(l, x.Recorded)}
		if undoable(x.Recorded) {
			h.Undone = takenBack(c, x.Edit())
			h.MayUndo = mayUndo && !h.Undone
		}
		if len(h.Changes) <= fewFields {
			for _, c := range h.Changes {
				h.Fields = append(h.Fields, c.Label)
			}
		}
		v.Lines = append(v.Lines, h)
	}
	if err := p.nameOthers(r, l, v.Lines); err != nil {
		return err
	}
	if next > 0 {
		v.Pages.Next = path + "?before=" + strconv.FormatInt(next, 10)
	}
	if r.URL.Query().Has("before") {
		v.Pages.Previous = path
	}
	title := l.T("find.history_of", i18n.Args{"name": c.Name()})
	return web.Render(w, r, web.Page{Title: title, Nav: "find", NoIndex: r.URL.Query().Has("before"),
		Crumbs: []components.Link{{Text: l.T("find.list_title"), Href: "/commons"}, {Text: c.Name(), Href: pathOf(c.Slug)}},
		Feeds:  []components.Link{{Text: title, Href: path + ".atom"}}}, historyPage(v, title))
}

// fewFields is how many changed fields a line names; of more it says the number.
const fewFields = 3

// undoable says whether an entry changed fields that a person can change back. The first one made the commons: that is not undone but archived.
func undoable(e journal.Recorded) bool {
	return e.Revision > 1 && slices.ContainsFunc(e.Edit().Changes, func(c journal.Change) bool {
		f, ok := commons.FieldByName(c.Field)
		return ok && f.Shape != commons.RawText
	})
}

// takenBack says whether everything that an edit changed stands again as it stood before: it was undone, or changed back by hand.
func takenBack(c commons.Commons, e journal.Edit) bool {
	for _, ch := range e.Changes {
		f, ok := commons.FieldByName(ch.Field)
		if !ok || f.Shape == commons.RawText {
			continue
		}
		if own, _ := c.Of(commons.Source(ch.Source), ch.Field, ch.Lang); commons.Source(ch.Source) == commons.FromPerson && string(own.JSON) == string(ch.After) {
			return false // a person's word stands, also where it says what the files said before
		}
		now, _ := c.Best(ch.Field, ch.Lang)
		if was := ch.Was(); !(isNone(now.JSON) && isNone(was)) && string(now.JSON) != string(was) {
			return false
		}
	}
	return true
}

// isNone says whether a value says that there is none.
func isNone(j json.RawMessage) bool { return len(j) == 0 || string(j) == "null" }

// nameOthers names the other commons of the entries by which two became one.
func (p *Pages) nameOthers(r *http.Request, l *i18n.Localizer, lines []historyLine) error {
	others := make([]string, len(lines)) // their ids
	for i, x := range lines {
		var body commons.StateChange
		if (x.Recorded.Kind == "commons.received" || x.Recorded.Kind == "commons.merged") && json.Unmarshal(x.Body, &body) == nil {
			others[i] = body.Into
		}
	}
	titles, err := p.Titles(r.Context(), web.Actor(r), slices.DeleteFunc(slices.Clone(others), func(id string) bool { return id == "" }))
	if err != nil {
		return err
	}
	for i, id := range others {
		if t, ok := titles[id]; ok {
			lines[i].Other = components.Link{Text: l.T("find.other_commons", i18n.Args{"name": t.Text}), Href: t.Href + "/history"}
		}
	}
	return nil
}

func (p *Pages) historyFeed(w http.ResponseWriter, r *http.Request) error {
	c, err := p.loadHistory(r)
	if err != nil {
		return err
	}
	lines, _, err := p.entriesOf(r, c)
	if err != nil {
		return err
	}
	path := pathOf(c.Slug) + "/history"
	return feed.Serve(w, p.Record.Feed(r, web.L(r).T("find.history_of", i18n.Args{"name": c.Name()}), path, path+".atom", lines))
}

// undoView shows both values of each field that changed since, for the reader to choose, and which fields still stand.
type undoView struct {
	C       commons.Commons
	Entry   string
	Stands  []string // in words
	Clashes []clash
	Errors  components.Errors
}

func (p *Pages) undo(w http.ResponseWriter, r *http.Request) error {
	c, _, err := p.loadFor(w, r, commons.ActEdit)
	if err != nil {
		return err
	}
	var f struct {
		Entry string `form:"entry,required" max:"64"`
	}
	if err := web.Decode(r, &f); err != nil {
		return err
	}
	chosen := choices(r)
	would, err := p.Commons.Undo(r.Context(), web.Actor(r), c.ID, f.Entry, chosen)
	if len(would.Clashes) > 0 {
		return p.chooseUndo(w, r, undoView{C: c, Entry: f.Entry}, would, chosen)
	}
	if err != nil {
		return err
	}
	now, err := p.Commons.ByID(r.Context(), web.Actor(r), c.ID)
	if err != nil {
		return err
	}
	switch {
	case now.Revision != c.Revision:
		web.Flash(w, r, components.Success, "find.undone")
	case len(would.Chosen) > 0:
		web.Flash(w, r, components.Info, "find.edited_nothing")
	default: // what stands is what the undo would bring back
		web.Flash(w, r, components.Info, "find.undone_already")
	}
	return web.SeeOther(w, r, pathOf(c.Slug)+"/history"+saved)
}

// chooseUndo asks which value of each field is to stand: the form comes back, with what was chosen, until all are.
func (p *Pages) chooseUndo(w http.ResponseWriter, r *http.Request, v undoView, would commons.Undoing, chosen map[string]commons.Chosen) error {
	l, status := web.L(r), http.StatusConflict
	for _, x := range would.Stands {
		v.Stands = append(v.Stands, FieldName(l, x.Field, x.Lang))
	}
	for _, x := range would.Clashes {
		k := clashOf(l, x)
		k.Seen = x.Revision
		v.Clashes = append(v.Clashes, k)
		switch before, asked := chosen[k.Name]; {
		case asked && before.Take == commons.TakeNone:
			v.Errors, status = append(v.Errors, components.FieldError{Field: "choose." + k.Name, Text: l.T("find.choose")}), http.StatusUnprocessableEntity
		case asked: // it changed once more since
			v.Errors = append(v.Errors, components.FieldError{Field: "choose." + k.Name, Text: l.T("find.clash_in", i18n.Args{"field": k.Label})})
		}
	}
	for _, x := range would.Chosen {
		k := clashOf(l, x)
		k.Seen, k.Choice = x.Revision, string(chosen[k.Name].Take)
		v.Clashes = append(v.Clashes, k)
	}
	page := under(r, v.C, l.T("find.undo_refused"), v.Errors)
	page.Status = status
	return web.Render(w, r, page, undoPage(v))
}

// contributor is what one person did for a commons here.
type contributor struct {
	Name  string
	Count int
	Kinds []string // what was done, in words, each once
	Last  int64
}

// contributionsView says who did what for a commons on this site. What its community does in the repository is vitality's to show.
type contributionsView struct {
	C      commons.Commons
	Nav    []components.Link
	People []contributor
	Others int // changes by the program and by persons who were forgotten
	Since  int64
	More   bool // there are older entries than those that were counted
	Origin origin
}

// countedPages bounds how many entries are counted: ten pages of the journal.
const countedPages = 10

func (p *Pages) contributions(w http.ResponseWriter, r *http.Request) error {
	c, err := p.loadHistory(r)
	if err != nil {
		return err
	}
	l, by := web.L(r), web.Actor(r)
	v := contributionsView{C: c, Nav: subNav(l, by, c, "/contributions")}
	about, err := p.Catalogue.AboutRead(r.Context(), by, c)
	if err != nil {
		return err
	}
	v.Origin = originOf(c, about)
	found := map[string]*contributor{}
	cursor := ""
	for page := range countedPages {
		list, err := p.Journal.Activity(r.Context(), p.Journal.PublicKinds(), c.ID, "", cursor)
		if err != nil {
			return err
		}
		lines, err := p.Record.Lines(r.Context(), by, l.Lang(), list)
		if err != nil {
			return err
		}
		for _, x := range lines {
			v.Since = x.At
			v.count(l, found, x)
		}
		if len(list) < journal.Page {
			break
		}
		cursor, v.More = list[len(list)-1].ID, page == countedPages-1
	}
	for _, x := range found {
		v.People = append(v.People, *x)
	}
	slices.SortFunc(v.People, func(a, b contributor) int {
		return cmp.Or(cmp.Compare(b.Count, a.Count), strings.Compare(a.Name, b.Name))
	})
	title := l.T("find.contributions_of", i18n.Args{"name": c.Name()})
	return web.Render(w, r, web.Page{Title: title, Nav: "find",
		Crumbs: []components.Link{{Text: l.T("find.list_title"), Href: "/commons"}, {Text: c.Name(), Href: pathOf(c.Slug)}}}, contributionsPage(v))
}

func (v *contributionsView) count(l *i18n.Localizer, found map[string]*contributor, x record.Line) {
	if x.By == "" {
		v.Others++
		return
	}
	who := found[x.Author]
	if who == nil {
		who = &contributor{Name: x.By, Last: x.At}
		found[x.Author] = who
	}
	who.Count++
	if kind := named(l, entryKindWords, x.Recorded.Kind); !slices.Contains(who.Kinds, kind) {
		who.Kinds = append(who.Kinds, kind)
	}
}

// title answers who takes care of a commons here.
func (v contributionsView) title(l *i18n.Localizer) string {
	if len(v.People) == 0 {
		return l.T("find.contributions_none", i18n.Args{"name": v.C.Name()})
	}
	return l.T("find.contributions_title", i18n.Args{"count": len(v.People), "name": v.C.Name()})
}
