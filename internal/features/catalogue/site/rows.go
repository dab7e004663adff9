package site

import (
	"context"

	"commun/internal/features/catalogue"
	"commun/internal/platform/i18n"
	"commun/internal/platform/storage"
	"commun/internal/web"
	"commun/internal/web/components"
)

// failTitle says that the repository could not be read, and how old what is shown is.
func failTitle(ctx context.Context, v oneView) string {
	l := i18n.From(ctx)
	if v.About.SucceededAt == 0 {
		return l.T("find.fail_first")
	}
	return l.T("find.fail_since", i18n.Args{"ago": l.Ago(storage.Time(v.About.SucceededAt), web.NowIn(ctx)), "count": v.About.Failures})
}

// sourceTitle says when the repository was last read.
func sourceTitle(ctx context.Context, v oneView) string {
	l := i18n.From(ctx)
	switch {
	case len(v.C.Homes) == 0:
		return l.T("find.source_by_hand")
	case v.About.SucceededAt > 0:
		return l.T("find.source_read", i18n.Args{"ago": l.Ago(storage.Time(v.About.SucceededAt), web.NowIn(ctx))})
	}
	return l.T("find.source_not_read")
}

// writeLead says who reads a letter.
func writeLead(ctx context.Context, keepers []string) string {
	l := i18n.From(ctx)
	if len(keepers) == 0 {
		return l.T("find.write_lead_admins")
	}
	return l.T("find.write_lead", i18n.Args{"count": len(keepers), "names": keepers})
}

// answerHint says what becomes of an answer.
func answerHint(ctx context.Context, x reportLine) string {
	if x.Contact != "" {
		return i18n.T(ctx, "find.answer_mailed")
	}
	return i18n.T(ctx, "find.answer_kept")
}

// listAnswer says what came of a list so far.
func listAnswer(ctx context.Context, v oneListView) string {
	l := i18n.From(ctx)
	if waiting := v.Outcomes[""]; waiting > 0 {
		return l.T("find.list_waiting", i18n.Args{"count": waiting, "total": v.Total})
	}
	return l.T("find.list_done", i18n.Args{"count": v.Outcomes[catalogue.OutcomeAdded], "total": v.Total, "refused": v.Outcomes[catalogue.OutcomeRefused]})
}

// lineTable shows the lines of a list with what came of each.
func lineTable(ctx context.Context, v oneListView) components.TableProps {
	l := i18n.From(ctx)
	t := components.TableProps{Caption: l.T("find.lines"), HideCaption: true, Empty: l.T("find.lines_none"), Compact: true, Columns: []components.Column{
		{Label: l.T("find.line"), Numeric: true}, {Label: l.T("find.line_given")}, {Label: l.T("find.line_outcome")}, {Label: l.T("find.line_commons")},
		{Label: l.T("find.line_notes")}}}
	for _, x := range v.Lines {
		outcome := l.T("find.outcome_waits")
		if x.Outcome != "" {
			outcome = named(l, cameWords, string(x.Outcome))
		}
		name := components.Cell{Text: x.Name}
		if x.Slug != "" {
			name.Href = pathOf(x.Slug)
		}
		t.Rows = append(t.Rows, []components.Cell{{Text: l.Int(int64(x.Line))}, {Body: given(x.Text)}, {Text: outcome}, name, {Body: lineNotes(x)}})
	}
	return t
}
