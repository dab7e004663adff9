package record

import (
	"context"
	"slices"

	"commun/internal/platform/i18n"
	"commun/internal/platform/storage"
	"commun/internal/web/components"
)

// What says what an entry did. An undo says of which revision: an undo may be undone in its turn, and their lines must not read alike.
func (x Line) What(l *i18n.Localizer) string {
	switch {
	case x.Other.Title != "" && x.Kind == kindMerged:
		return l.T("record.merged_into", i18n.Args{"name": x.Other.Title})
	case x.Other.Title != "" && x.Kind == kindReceived:
		return l.T("record.received", i18n.Args{"name": x.Other.Title})
	case x.Undone == nil:
		return KindText(l, x.Kind)
	}
	return l.T("record.undid", i18n.Args{"revision": x.Undone.Revision, "what": KindText(l, x.Undone.Kind)})
}

// fewFields is how many changed fields a line names; of more it says the number.
const fewFields = 3

// changed says in a few words which fields an entry changed; "" when it changed none, or made the thing: then all is new.
func (p *Pages) changed(l *i18n.Localizer, x Line) string {
	if x.Revision == 1 {
		return ""
	}
	var names []string
	for _, c := range x.Edit().Changes {
		if name := p.Field(l, c.Field, c.Lang); !slices.Contains(names, name) {
			names = append(names, name)
		}
	}
	switch {
	case len(names) == 0:
		return ""
	case len(names) > fewFields:
		return l.T("record.fields", i18n.Args{"count": len(names)})
	}
	return l.List(names)
}

// entryRows is what an entry's page says of it.
func entryRows(ctx context.Context, x Line) []components.Row {
	l := i18n.From(ctx)
	rows := []components.Row{
		{Key: l.T("record.thing"), Body: components.Anchor(components.Link{Text: x.Thing.Title, Href: x.Thing.Path, Lang: x.Thing.Lang})},
		{Key: l.T("record.by"), Value: x.ByText(l)},
		{Key: l.T("record.when"), Value: l.DateTime(storage.Time(x.At))},
		{Key: l.T("record.revision"), Value: l.Int(x.Revision)},
	}
	if x.Other.Title != "" {
		rows = append(rows, components.Row{Key: l.T("record.other"), Body: components.Anchor(components.Link{Text: x.Other.Title, Href: x.Other.Path, Lang: x.Other.Lang})})
	}
	if u := x.Undone; u != nil {
		text := l.T("record.undone_entry", i18n.Args{"revision": u.Revision, "what": KindText(l, u.Kind), "date": l.DateTime(storage.Time(u.At))})
		rows = append(rows, components.Row{Key: l.T("record.undoes"), Body: components.Anchor(components.Link{Text: text, Href: "/entries/" + u.ID})})
	}
	return rows
}
