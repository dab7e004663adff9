package record

import (
	"context"

	"commun/internal/platform/i18n"
	"commun/internal/platform/storage"
	"commun/internal/web/components"
)

// entryRows is what an entry's page says of it.
func entryRows(ctx context.Context, x Line) []components.Row {
	l := i18n.From(ctx)
	return []components.Row{
		{Key: l.T("record.thing"), Body: components.Anchor(components.Link{Text: x.Thing.Title, Href: x.Thing.Path, Lang: x.Thing.Lang})},
		{Key: l.T("record.by"), Value: x.ByText(l)},
		{Key: l.T("record.when"), Value: l.DateTime(storage.Time(x.At))},
		{Key: l.T("record.revision"), Value: l.Int(x.Revision)},
	}
}
