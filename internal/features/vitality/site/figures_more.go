package site

import (
	"math"
	"strconv"
	"time"

	"github.com/a-h/templ"

	"commun/engines/githistory"
	"commun/internal/platform/i18n"
	"commun/internal/web/charts"
	"commun/internal/web/components"
)

// newcomers are the people whose first change fell in one time, parted by whether they stayed a year.
type newcomers struct {
	label                string
	mark                 bool
	stayed, left, unsure int64
}

// quartersDrawn is up to how many quarters a drawing shows each; more are drawn by year.
const quartersDrawn = 16

// arrivals groups the cohorts for the drawing, by quarter in a young history and by year in another.
func (v *view) arrivals() []newcomers {
	cohorts := v.m.Cohorts
	var list []newcomers
	yearly := len(cohorts) > 0 && quarterNumber(cohorts[len(cohorts)-1].Quarter)-quarterNumber(cohorts[0].Quarter) >= quartersDrawn
	for i, c := range cohorts {
		label, last := c.Quarter[:4]+" "+c.Quarter[5:], ""
		if yearly {
			label = c.Quarter[:4]
		}
		if len(list) > 0 {
			last = list[len(list)-1].label
		}
		if label != last {
			list = append(list, newcomers{label: label, mark: !yearly && (len(cohorts)-1-i)%3 == 0})
		}
		n := &list[len(list)-1]
		if c.After4 == nil {
			n.unsure += int64(c.Size)
		} else {
			n.stayed += int64(*c.After4)
			n.left += int64(c.Size - *c.After4)
		}
	}
	return list
}

// quarterNumber numbers quarters as the engine writes them: "2026-Q2".
func quarterNumber(text string) int {
	year, _ := strconv.Atoi(text[:4])
	quarter, _ := strconv.Atoi(text[6:])
	return year*4 + quarter
}

// cohortRows is how many quarters the table lists; the CSV file has all.
const cohortRows = 20

// retention is who stays. It speaks of the whole history, whatever the window: a year must pass before it can say anything.
func (v *view) retention() (components.FigureProps, bool) {
	if len(v.m.Cohorts) == 0 {
		return components.FigureProps{}, false
	}
	name := v.t("vitality.fig.retention_name")
	props := charts.BarsProps{ID: "retention-chart", Title: name, Desc: v.t("vitality.fig.retention_desc"), Series: []charts.Series{
		{Name: v.t("vitality.series_still")}, {Name: v.t("vitality.series_left")}, {Name: v.t("vitality.series_early")}}}
	var stayed, known int64
	for _, n := range v.arrivals() {
		props.Bars = append(props.Bars, charts.Bar{Label: n.label, Mark: n.mark, Name: n.label, Values: []int64{n.stayed, n.left, n.unsure}})
		stayed, known = stayed+n.stayed, known+n.stayed+n.left
	}
	says := v.t("vitality.fig.retention_young")
	if known > 0 {
		says = v.l.T("vitality.fig.retention", i18n.Args{"count": stayed, "stayed": v.l.Int(stayed), "size": v.l.Int(known),
			"share": share(v.l, float64(stayed)/float64(known))})
	}
	table := components.TableProps{Caption: v.t("vitality.fig.retention_table"), Columns: v.columns("vitality.col_quarter", "vitality.col_people",
		"vitality.col_stayed_1", "vitality.col_stayed_2", "vitality.col_stayed_4", "vitality.col_stayed_8")}
	later := func(n *int) string {
		if n == nil {
			return v.t("vitality.too_early")
		}
		return v.int(*n)
	}
	for i := len(v.m.Cohorts) - 1; i >= max(0, len(v.m.Cohorts)-cohortRows); i-- {
		c := v.m.Cohorts[i]
		table.Rows = append(table.Rows, components.Cells(c.Quarter[:4]+" "+c.Quarter[5:], v.int(c.Size), later(c.After1), later(c.After2), later(c.After4), later(c.After8)))
	}
	return v.figure("retention", "retention", "cohorts", says, noted(v.whole(), charts.Bars(props)), table), true
}

// published returns the releases of the window, oldest first, without pre-releases, and the last one of all.
func (v *view) published() (list []githistory.Release, last githistory.Release) {
	from := v.figures().From
	for _, r := range v.m.Releases {
		if r.Prerelease {
			continue
		}
		last = r
		if from.IsZero() || !r.Date.Before(from) {
			list = append(list, r)
		}
	}
	return list, last
}

// releaseRows is how many releases the table lists; the CSV file has all.
const releaseRows = 20

// releases is what was published in the window, on a line of time. There is none when no tag names a version: a sentence says so.
func (v *view) releases() (components.FigureProps, bool) {
	list, last := v.published()
	if last.Tag == "" {
		return components.FigureProps{}, false
	}
	args := i18n.Args{"window": v.in(v.window), "tag": short(last.Tag), "date": last.Date}
	if len(list) == 0 {
		return v.figure("releases", "release", "releases", v.l.T("vitality.fig.releases_none", args), nil, components.TableProps{}), true
	}
	args["count"], args["versions"] = len(list), words(v.l, len(list))
	from, to := list[0].Date, list[len(list)-1].Date
	if w := v.figures(); !w.From.IsZero() {
		from = w.From
	}
	if head := v.m.Repository.HeadDate; head.After(to) {
		to = head
	}
	chart := charts.Timeline(charts.TimelineProps{ID: "releases-chart", Title: v.t("vitality.fig.releases_name"), Desc: v.t("vitality.fig.releases_desc"),
		From: from, To: to, Events: v.events(list, from, to)})
	if len(list) > timelineMost {
		chart = v.releaseBars(list)
	}
	table := components.TableProps{Caption: v.t("vitality.fig.releases_table"), Columns: []components.Column{
		{Label: v.t("vitality.col_release")}, {Label: v.t("vitality.col_date")}, {Label: v.t("vitality.col_line")}}}
	for i := len(list) - 1; i >= max(0, len(list)-releaseRows); i-- {
		table.Rows = append(table.Rows, components.Cells(short(list[i].Tag), v.l.Date(list[i].Date), short(list[i].Line)))
	}
	return v.figure("releases", "release", "releases", capital(v.l.T("vitality.fig.releases", args)), chart, table), true
}

// timelineMost is up to how many releases can be told apart on a line of time; more are counted by year.
const timelineMost = 60

// releaseBars is how many releases there were by month or by year, for a project that has too many to show each.
func (v *view) releaseBars(list []githistory.Release) templ.Component {
	periods, yearly := v.periods()
	layout, name := "2006-01", v.t("vitality.fig.releases_month")
	if yearly {
		layout, name = "2006", v.t("vitality.fig.releases_year")
	}
	counts := map[string]int64{}
	for _, r := range list {
		counts[r.Date.UTC().Format(layout)]++
	}
	return v.bars("releases", name, v.t("vitality.fig.releases_bars"), []charts.Series{{Name: name}}, periods, func(p period) []int64 {
		return []int64{counts[p.at.Format(layout)]}
	})
}

// places is how many releases can be told apart on the line of time.
const places = 200

// events are the releases to draw: of several that would fall on one place, the one that begins a line, else the last. The newest one always has
// its name.
func (v *view) events(list []githistory.Release, from, to time.Time) []charts.Event {
	begun := map[string]bool{}
	for _, r := range v.m.Releases { // a line that began before the window does not begin in it
		if !r.Prerelease && r.Date.Before(from) {
			begun[r.Line] = true
		}
	}
	var events []charts.Event
	at := -1
	span := max(to.Sub(from).Seconds(), 1)
	for i, r := range list {
		major := !begun[r.Line]
		begun[r.Line] = true
		e := charts.Event{At: r.Date, Name: short(r.Tag), Major: major}
		place := int(r.Date.Sub(from).Seconds() / span * places)
		if place == at {
			last := &events[len(events)-1]
			if major || !last.Major {
				*last = e
			} else if i == len(list)-1 {
				last.Name = e.Name // the newest release is the one that a reader looks for
			}
			continue
		}
		events, at = append(events, e), place
	}
	return events
}

// rhythm is the time between releases, in rows; none with fewer than two.
func (v *view) rhythm() []components.Row {
	var rows []components.Row
	add := func(key string, days float64) {
		if days > 0 {
			n := max(int64(math.Round(days)), 1)
			rows = append(rows, components.Row{Key: v.t(key), Value: v.l.T("vitality.fig.days", i18n.Args{"count": n, "days": v.l.Int(n)})})
		}
	}
	add("vitality.fig.rhythm_days", v.m.Rhythm.Days)
	if v.m.Rhythm.Lines > 1 && v.m.Rhythm.Lines < v.m.Rhythm.Releases { // one line, or a line a release: the same as above
		add("vitality.fig.rhythm_lines", v.m.Rhythm.LineDays)
		add("vitality.fig.rhythm_within", v.m.Rhythm.DaysWithinLines)
	}
	return rows
}

// bar is one share beside its name; its whole bar is 100 %.
type bar struct {
	name, text string
	share      float64
	strong     bool
}

// compared is a share over the three windows: its bars and its table. of returns it, and whether there is one.
func (v *view) compared(id, measure, sentence, name string, of func(*githistory.Window) (float64, bool)) components.FigureProps {
	var bars []bar
	table := components.TableProps{Caption: name, Columns: v.columns("vitality.col_period", "vitality.col_share")}
	for _, w := range windows {
		s, ok := of(v.m.Windows.Get(w))
		if !ok {
			continue
		}
		bars = append(bars, bar{v.t("vitality.window_" + w), brief(v.l, s), s, w == v.window})
		table.Rows = append(table.Rows, components.Cells(v.t("vitality.window_"+w), v.l.Percent(s)))
	}
	f := v.figure(id, measure, "windows", sentence, shares(name, bars), table)
	if v.m.LinesPending {
		f.CSV = ""
	}
	return f
}

// organisations is the share of changes whose organisation is known, so that what is unknown is seen.
func (v *view) organisations() (components.FigureProps, bool) {
	w := v.figures()
	if w.Contributors == 0 {
		return components.FigureProps{}, false
	}
	says := v.l.T("vitality.fig.organisations_says", i18n.Args{"window": v.in(v.window), "known": share(v.l, 1-w.ElephantFactor.UnknownShare),
		"unknown": share(v.l, w.ElephantFactor.UnknownShare)})
	return v.compared("organisations", "organisation", says, v.t("vitality.fig.organisations_name"), func(w *githistory.Window) (float64, bool) {
		return 1 - w.ElephantFactor.UnknownShare, w.Contributors > 0
	}), true
}

// hours is the share made outside working hours.
func (v *view) hours() (components.FigureProps, bool) {
	w := v.figures()
	if w.Contributors == 0 {
		return components.FigureProps{}, false
	}
	says := capital(v.l.T("vitality.fig.hours_says", i18n.Args{"window": v.in(v.window), "share": share(v.l, w.OutsideHours)}))
	return v.compared("hours", "hours", says, v.t("vitality.fig.hours_name"), func(w *githistory.Window) (float64, bool) {
		return w.OutsideHours, w.Contributors > 0
	}), true
}

// bots is the share that programs made; none when no program ever made a change.
func (v *view) bots() (components.FigureProps, bool) {
	if v.m.Windows.All.BotCommits == 0 {
		return components.FigureProps{}, false
	}
	part := func(w *githistory.Window) (float64, bool) {
		if w.Commits == 0 {
			return 0, false
		}
		return float64(w.BotCommits) / float64(w.Commits), true
	}
	now, _ := part(v.figures())
	says := v.l.T("vitality.fig.bots_none", i18n.Args{"window": v.in(v.window)})
	if now > 0 {
		says = v.l.T("vitality.fig.bots_says", i18n.Args{"window": v.in(v.window), "share": share(v.l, now)})
	}
	return v.compared("bots", "bot", says, v.t("vitality.fig.bots_name"), part), true
}

// comparison is the table of the three windows, each measure linked to its definition.
func (v *view) comparison() components.TableProps {
	table := components.TableProps{Caption: v.t("vitality.fig.windows_name"), HideCaption: true,
		Columns: v.columns("vitality.col_measure", "vitality.window_12m", "vitality.window_3y", "vitality.window_all")}
	row := func(key, measure string, of func(*githistory.Window) string) {
		cells := []components.Cell{{Text: v.t(key), Href: definitionsPath + "#" + measure}}
		for _, w := range windows {
			cells = append(cells, components.Cell{Text: of(v.m.Windows.Get(w))})
		}
		table.Rows = append(table.Rows, cells)
	}
	number := func(key, measure string, of func(*githistory.Window) int) {
		row(key, measure, func(w *githistory.Window) string { return v.int(of(w)) })
	}
	number("vitality.row.people", "person", func(w *githistory.Window) int { return w.Contributors })
	number("vitality.row.new", "active", func(w *githistory.Window) int { return w.NewContributors })
	number("vitality.row.gone", "active", func(w *githistory.Window) int { return w.Gone })
	number("vitality.row.changes", "change", func(w *githistory.Window) int { return w.Commits })
	number("vitality.row.bots", "bot", func(w *githistory.Window) int { return w.BotCommits })
	number("vitality.row.absence", "absence", func(w *githistory.Window) int { return w.AbsenceFactor.Commits })
	row("vitality.row.absence_lines", "absence", func(w *githistory.Window) string { return v.lines(int64(w.AbsenceFactor.Lines)) })
	number("vitality.row.elephant", "elephant", func(w *githistory.Window) int { return w.ElephantFactor.Commits })
	row("vitality.row.unknown", "organisation", func(w *githistory.Window) string { return share(v.l, w.ElephantFactor.UnknownShare) })
	row("vitality.row.hours", "hours", func(w *githistory.Window) string { return share(v.l, w.OutsideHours) })
	row("vitality.row.added", "lines", func(w *githistory.Window) string { return v.lines(w.Added) })
	row("vitality.row.deleted", "lines", func(w *githistory.Window) string { return v.lines(w.Deleted) })
	return table
}
