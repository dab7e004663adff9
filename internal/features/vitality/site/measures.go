package site

import (
	"commun/engines/githistory"
	"commun/internal/platform/i18n"
	"commun/internal/web/components"
)

// measure is one definition: its id in the address, its messages' keys, and the work that it comes from.
type measure struct{ ID, Name, Text, Work, Href string }

// measures lists the definitions, in the order in which a reader needs them. Works are named as they name themselves.
func measures() []measure {
	return []measure{
		{"change", "vitality.measure.change_name", "vitality.measure.change", "CHAOSS, Code Changes Commits", "https://chaoss.community/kb/metric-code-changes-commits/"},
		{"person", "vitality.measure.person_name", "vitality.measure.person", "git, shortlog, mailmap", "https://git-scm.com/docs/gitmailmap"},
		{"bot", "vitality.measure.bot_name", "vitality.measure.bot", "CHAOSS, Bot Activity", "https://chaoss.community/kb/metric-bot-activity/"},
		{"window", "vitality.measure.window_name", "vitality.measure.window", "", ""},
		{"absence", "vitality.measure.absence_name", "vitality.measure.absence", "CHAOSS, Contributor Absence Factor", "https://chaoss.community/kb/metric-contributor-absence-factor/"},
		{"active", "vitality.measure.active_name", "vitality.measure.active", "CHAOSS, New Contributors, Inactive Contributors", "https://chaoss.community/kb/metric-inactive-contributors/"},
		{"retention", "vitality.measure.retention_name", "vitality.measure.retention", "CHAOSS, Occasional Contributors", "https://chaoss.community/kb/metric-occasional-contributors/"},
		{"organisation", "vitality.measure.organisation_name", "vitality.measure.organisation", "CHAOSS, Organizational Diversity", "https://chaoss.community/kb/metric-organizational-diversity/"},
		{"elephant", "vitality.measure.elephant_name", "vitality.measure.elephant", "CHAOSS, Elephant Factor", "https://chaoss.community/kb/metric-elephant-factor/"},
		{"hours", "vitality.measure.hours_name", "vitality.measure.hours", "CHAOSS, Activity Dates and Times", "https://chaoss.community/kb/metric-activity-dates-and-times/"},
		{"lines", "vitality.measure.lines_name", "vitality.measure.lines", "CHAOSS, Code Changes Lines", "https://chaoss.community/kb/metric-code-changes-lines/"},
		{"release", "vitality.measure.release_name", "vitality.measure.release", "CHAOSS, Release Frequency", "https://chaoss.community/kb/metric-release-frequency/"},
		{"missing", "vitality.measure.missing_name", "vitality.measure.missing", "", ""},
	}
}

// chaossExample is the example of CHAOSS's page on the contributor absence factor, equalExample ours for what that page leaves open.
func chaossExample() []int64 { return []int64{1000, 433, 343, 332, 202, 90, 42, 33} }
func equalExample() []int64  { return []int64{6, 3, 2, 1} }

// worked writes an example's sentence, with the answer that the engine gives.
func worked(l *i18n.Localizer, key string, counts []int64) string {
	var total int64
	for _, n := range counts {
		total += n
	}
	return l.T(key, i18n.Args{"half": l.Number(float64(total)/2, 1), "answer": l.Int(int64(githistory.Half(counts)))})
}

// workedTable is an example person by person, with the running sum.
func workedTable(l *i18n.Localizer, counts []int64) components.TableProps {
	table := components.TableProps{Caption: l.T("vitality.definitions.example"), HideCaption: true, Compact: true, Columns: []components.Column{
		{Label: l.T("vitality.definitions.example_person")}, {Label: l.T("vitality.col_changes"), Numeric: true}, {Label: l.T("vitality.definitions.example_sum"), Numeric: true}}}
	var sum int64
	for i, n := range counts {
		sum += n
		table.Rows = append(table.Rows, components.Cells(string(rune('A'+i)), l.Int(n), l.Int(sum)))
	}
	return table
}
