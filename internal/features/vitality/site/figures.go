package site

import (
	"cmp"
	"math"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/a-h/templ"
	"golang.org/x/text/unicode/norm"

	"commun/engines/githistory"
	"commun/internal/platform/i18n"
	"commun/internal/web/charts"
	"commun/internal/web/components"
)

// figure is what the figures of this page share: the definition, its place, the source.
func (v *view) figure(id, measure, csv, sentence string, chart templ.Component, table components.TableProps) components.FigureProps {
	table.HideCaption = false
	return components.FigureProps{ID: id, Sentence: sentence, Chart: chart, Table: table, CSV: v.csv(csv),
		Definition: v.t("vitality.measure." + measure), DefHref: definitionsPath + "#" + measure, Source: v.source()}
}

// columns makes a table's head; all but the first are numbers.
func (v *view) columns(keys ...string) []components.Column {
	list := make([]components.Column, len(keys))
	for i, k := range keys {
		list[i] = components.Column{Label: v.t(k), Numeric: i > 0}
	}
	return list
}

// bars draws periods; of gives a period's values, one a series.
func (v *view) bars(id, name, desc string, series []charts.Series, periods []period, of func(period) []int64) templ.Component {
	p := charts.BarsProps{ID: id + "-chart", Title: name, Desc: desc, Series: series}
	for _, x := range periods {
		p.Bars = append(p.Bars, charts.Bar{Label: x.label, Mark: x.mark, Name: x.name, Values: of(x)})
	}
	return charts.Bars(p)
}

// rows makes a table's rows of periods, the newest first, as readers look for it.
func (v *view) rows(periods []period, of func(period) []string) [][]components.Cell {
	var rows [][]components.Cell
	for i := len(periods) - 1; i >= 0; i-- {
		rows = append(rows, components.Cells(append([]string{periods[i].name}, of(periods[i])...)...))
	}
	return rows
}

func firstColumn(yearly bool) string {
	if yearly {
		return "vitality.col_year"
	}
	return "vitality.col_month"
}

// people is who was active, by month with those who came and left, or as a mean by year.
func (v *view) people() (components.FigureProps, bool) {
	periods, yearly := v.periods()
	if len(periods) == 0 {
		return components.FigureProps{}, false
	}
	name := v.t("vitality.fig.people_name")
	if yearly {
		line := charts.LineProps{ID: "people-chart", Title: name, Desc: v.t("vitality.fig.people_desc_mean"), Unit: func(f float64) string {
			if f == math.Trunc(f) {
				return v.l.Int(int64(f))
			}
			return v.l.Number(f, 1)
		}}
		for _, p := range periods {
			line.Points = append(line.Points, charts.Point{Label: p.label, Value: math.Round(p.active*10) / 10})
		}
		table := components.TableProps{Caption: name, Columns: v.columns("vitality.col_year", "vitality.col_active_mean"),
			Rows: v.rows(periods, func(p period) []string { return []string{v.l.Number(p.active, 1)} })}
		return v.figure("people", "active", "months", v.peak(periods), charts.Line(line), table), true
	}
	// Who moved has the colours that flow gives them; who was there already is the grey mass.
	series := []charts.Series{{Name: v.t("vitality.series_new")}, {Name: v.t("vitality.series_returning")},
		{Name: v.t("vitality.series_gone"), Below: true}, {Name: v.t("vitality.series_stayed")}}
	chart := v.bars("people", name, v.t("vitality.fig.people_desc"), series, periods, func(p period) []int64 {
		return []int64{p.fresh, p.returning, p.gone, p.stayed}
	})
	table := components.TableProps{Caption: name,
		Columns: v.columns("vitality.col_month", "vitality.col_active", "vitality.col_new", "vitality.col_returning", "vitality.col_gone"),
		Rows: v.rows(periods, func(p period) []string {
			return []string{v.l.Int(p.most), v.l.Int(p.fresh), v.l.Int(p.returning), v.l.Int(p.gone)}
		})}
	return v.figure("people", "active", "months", v.ebb(periods), chart, table), true
}

// peak says how many were active of late and at the most.
func (v *view) peak(periods []period) string {
	last, top := periods[len(periods)-1], periods[0]
	for _, p := range periods {
		if p.active >= top.active {
			top = p
		}
	}
	args := i18n.Args{"now": v.l.Number(last.active, 1), "year": last.label}
	if top.label == last.label {
		return v.l.T("vitality.fig.people_top", args)
	}
	args["peak"], args["peak_year"] = v.l.Number(top.active, 1), top.label
	return v.l.T("vitality.fig.people_peak", args)
}

// ebb says how many were active in the quietest and in the busiest month.
func (v *view) ebb(periods []period) string {
	least, most, empty := periods[0].most, int64(0), 0
	for _, p := range periods {
		least, most = min(least, p.most), max(most, p.most)
		if p.most == 0 {
			empty++
		}
	}
	args := i18n.Args{"count": most, "least": v.l.Int(least), "most": words(v.l, int(most)), "window": v.in(v.window)}
	switch {
	case empty > 0:
		args["empty"], args["of"] = v.int(empty), v.int(len(periods))
		return capital(v.l.T("vitality.fig.people_gaps", args))
	case least == most:
		return capital(v.l.T("vitality.fig.people_steady", args))
	}
	args["most"] = v.l.Int(most) // "from 3 to 9", not "from 3 to nine"
	return capital(v.l.T("vitality.fig.people_range", args))
}

// flow is who came and who left by year: where the drawing by month has no room to say so.
func (v *view) flow() (components.FigureProps, bool) {
	periods, yearly := v.periods()
	if !yearly {
		return components.FigureProps{}, false
	}
	name := v.t("vitality.fig.flow_name")
	series := []charts.Series{{Name: v.t("vitality.series_new")}, {Name: v.t("vitality.series_returning")}, {Name: v.t("vitality.series_gone"), Below: true}}
	chart := v.bars("flow", name, v.t("vitality.fig.flow_desc"), series, periods, func(p period) []int64 { return []int64{p.fresh, p.returning, p.gone} })
	total, present := v.m.Windows.All.Contributors, v.m.Windows.Year.Contributors
	says := v.t("vitality.fig.flow_alone")
	if total != 1 {
		says = v.l.T("vitality.fig.flow", i18n.Args{"count": present, "present": v.int(present), "total": v.int(total)})
	}
	table := components.TableProps{Caption: name, Columns: v.columns("vitality.col_year", "vitality.col_new", "vitality.col_returning", "vitality.col_gone"),
		Rows: v.rows(periods, func(p period) []string { return []string{v.l.Int(p.fresh), v.l.Int(p.returning), v.l.Int(p.gone)} })}
	return v.figure("flow", "active", "months", says, chart, table), true
}

// How many people a drawing names, and a table lists; the CSV file has all.
const (
	ranked    = 10
	tabulated = 25
)

// ranking is who made the changes of the whole history: the engine keeps people's changes without dates. Those who are still there stand out,
// since figures of all times name people who left long ago.
func (v *view) ranking() (components.FigureProps, bool) {
	var list []githistory.Contributor
	all := 0
	for _, c := range v.m.Contributors {
		if !c.Bot {
			all, list = all+c.Commits, append(list, c)
		}
	}
	if all == 0 {
		return components.FigureProps{}, false
	}
	first := joined(list)
	top, twice := 0, false
	for _, x := range first[:min(len(first), ranked)] {
		top += x.commits
		twice = twice || x.commits > x.who.Commits
	}
	part := func(n int) string { return share(v.l, float64(n)/float64(all)) }
	props := charts.RankingProps{Title: v.t("vitality.fig.ranking_name")}
	notes := []string{v.t("vitality.fig.ranking_key")}
	if whole := v.whole(); whole != "" {
		notes = append([]string{whole}, notes...)
	}
	for _, c := range list[:min(len(list), ranked)] {
		r := charts.Rank{Name: person(v.l, c), Value: float64(c.Commits), Text: brief(v.l, float64(c.Commits)/float64(all)), Strong: v.active(c)}
		if !r.Strong && !c.Last.IsZero() {
			r.Text = v.l.T("vitality.until", i18n.Args{"share": r.Text, "year": strconv.Itoa(c.Last.Year())})
		}
		props.Ranks = append(props.Ranks, r)
	}
	if twice {
		notes = append(notes, v.t("vitality.fig.ranking_twice"))
	}
	args := i18n.Args{"name": person(v.l, first[0].who), "share": part(first[0].commits)}
	key := "vitality.fig.ranking_few"
	switch {
	case len(first) == 1:
		key = "vitality.fig.ranking_alone"
	case len(first) > ranked:
		key, args["top"] = "vitality.fig.ranking_top", part(top)
	}
	table := components.TableProps{Caption: v.t("vitality.fig.ranking_table"), Columns: v.columns("vitality.col_name", "vitality.col_changes", "vitality.col_added",
		"vitality.col_deleted", "vitality.col_first", "vitality.col_last")}
	for _, c := range list[:min(len(list), tabulated)] {
		table.Rows = append(table.Rows, components.Cells(person(v.l, c), v.int(c.Commits), v.lines(c.Added), v.lines(c.Deleted), v.day(c.First), v.day(c.Last)))
	}
	return v.figure("ranking", "person", "contributors", capital(v.l.T(key, args)), ranking(props, notes), table), true
}

// named is what a sentence says of one name: the changes of all who bear it.
type named struct {
	who     githistory.Contributor // the one of them with the most changes
	commits int
}

// joined joins people of exactly the same name, the greatest first: one person with two addresses is likelier than two of one name, and a sentence
// that says less of the first would be wrong. Only sentences join: drawing, tables and files count as git shortlog does. Who gave no name, or had it
// forgotten, is joined with nobody.
func joined(list []githistory.Contributor) []named {
	var out []named
	at := map[string]int{}
	for _, c := range list {
		name := folded(c.Name)
		if i, known := at[name]; known && name != "" {
			out[i].commits += c.Commits
			continue
		}
		at[name] = len(out)
		out = append(out, named{c, c.Commits})
	}
	slices.SortStableFunc(out, func(a, b named) int { return cmp.Compare(b.commits, a.commits) })
	return out
}

// folded is a name without the difference of capitals and blanks.
func folded(name string) string {
	return strings.ToLower(norm.NFC.String(strings.Join(strings.Fields(name), " ")))
}

// whole says of a figure that it speaks of the whole history, on a page whose reader chose a window; else it is "".
func (v *view) whole() string {
	if v.window == githistory.WindowAll {
		return ""
	}
	return v.l.T("vitality.fig.whole", i18n.Args{"window": v.t("vitality.window_" + v.window)})
}

// active says whether a person made a change in the last year of the history.
func (v *view) active(c githistory.Contributor) bool {
	return !c.Last.IsZero() && !c.Last.Before(v.m.Windows.Year.From)
}

// lines writes a number of lines, or that they are being counted.
func (v *view) lines(n int64) string {
	if v.m.LinesPending {
		return v.t("vitality.row.counting")
	}
	return v.l.Int(n)
}

func (v *view) day(at time.Time) string {
	if at.IsZero() {
		return "–"
	}
	return v.l.Date(at)
}

// changes is how much was done, with what programs did apart.
func (v *view) changes() (components.FigureProps, bool) {
	periods, yearly := v.periods()
	if len(periods) == 0 {
		return components.FigureProps{}, false
	}
	w := v.figures()
	name, desc := v.t("vitality.fig.commits_name"), v.t("vitality.fig.commits_desc")
	months := 0
	for _, p := range periods {
		months += p.covered
	}
	if yearly {
		name, desc = v.t("vitality.fig.commits_name_year"), v.t("vitality.fig.commits_desc_year")
	}
	series := []charts.Series{{Name: v.t("vitality.series_people")}}
	columns := v.columns(firstColumn(yearly), "vitality.col_people")
	bots := w.BotCommits > 0
	if bots {
		series = append(series, charts.Series{Name: v.t("vitality.series_bots")})
		columns = v.columns(firstColumn(yearly), "vitality.col_people", "vitality.col_bots")
	} else {
		columns[1].Label = v.t("vitality.col_changes")
	}
	chart := v.bars("changes", name, desc, series, periods, func(p period) []int64 { return []int64{p.byPeople, p.byBots}[:len(series)] })
	table := components.TableProps{Caption: name, Columns: columns, Rows: v.rows(periods, func(p period) []string {
		return []string{v.l.Int(p.byPeople), v.l.Int(p.byBots)}[:len(series)]
	})}
	mean := float64(w.Commits) / float64(months)
	decimals := 0
	if mean < 10 && mean != math.Trunc(mean) {
		decimals = 1
	}
	says := v.l.T("vitality.fig.commits", i18n.Args{"count": w.Commits, "commits": v.int(w.Commits), "mean": v.l.Number(mean, decimals), "window": v.in(v.window)})
	return v.figure("changes", "change", "months", says, chart, table), true
}

// changedLines is what was added and deleted. There is none while lines are counted.
func (v *view) changedLines() (components.FigureProps, bool) {
	periods, yearly := v.periods()
	w := v.figures()
	if v.m.LinesPending || len(periods) == 0 || w.Added+w.Deleted == 0 {
		return components.FigureProps{}, false
	}
	name := v.t("vitality.fig.lines_name")
	if yearly {
		name = v.t("vitality.fig.lines_name_year")
	}
	series := []charts.Series{{Name: v.t("vitality.series_added")}, {Name: v.t("vitality.series_deleted"), Below: true}}
	chart := v.bars("lines", name, v.t("vitality.fig.lines_desc"), series, periods, func(p period) []int64 { return []int64{p.added, p.deleted} })
	table := components.TableProps{Caption: name, Columns: v.columns(firstColumn(yearly), "vitality.col_added", "vitality.col_deleted"),
		Rows: v.rows(periods, func(p period) []string { return []string{v.l.Int(p.added), v.l.Int(p.deleted)} })}
	says := v.l.T("vitality.fig.lines_says", i18n.Args{"window": v.in(v.window), "added": v.l.Int(w.Added), "deleted": v.l.Int(w.Deleted)})
	return v.figure("lines", "lines", "months", says, chart, table), true
}
