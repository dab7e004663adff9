package site

import (
	"commun/engines/githistory"
	"commun/internal/platform/i18n"
	"commun/internal/web/charts"
	"commun/internal/web/components"
)

// lead says what was read, from when to when.
func (v *view) lead() string {
	r := v.m.Repository
	if r.First.IsZero() || r.Last.IsZero() {
		return v.t("vitality.lead_undated")
	}
	return v.l.T("vitality.lead", i18n.Args{"first": r.First, "last": r.Last})
}

// switches are the links from one window to another.
func (v *view) switches() []components.Link {
	var list []components.Link
	for _, w := range windows {
		list = append(list, components.Link{Text: v.t("vitality.window_" + w), Href: v.path + "?window=" + w, Current: w == v.window})
	}
	return list
}

// section is a part of the page: figures under a heading, and rows of facts.
type section struct {
	id, title string
	figures   []components.FigureProps
	rows      []components.Row
}

// sections are the parts that have something to show.
func (v *view) sections() []section {
	type maker func() (components.FigureProps, bool)
	var list []section
	for _, s := range []struct {
		section
		makers []maker
	}{
		{section{id: "who", title: "vitality.heading_people"}, []maker{v.people, v.flow, v.ranking, v.retention}},
		{section{id: "work", title: "vitality.heading_work"}, []maker{v.changes, v.changedLines}},
		{section{id: "versions", title: "vitality.heading_releases", rows: v.rhythm()}, []maker{v.releases}},
		{section{id: "around", title: "vitality.heading_around"}, []maker{v.organisations, v.hours, v.bots}},
	} {
		for _, make := range s.makers {
			f, ok := make()
			if !ok {
				continue
			}
			if v.m.LinesPending && f.CSV != v.csv("cohorts") && f.CSV != v.csv("releases") {
				f.CSV = "" // the file is not given out before its lines are counted
			}
			s.figures = append(s.figures, f)
		}
		if len(s.figures) > 0 {
			list = append(list, s.section)
		}
	}
	return list
}

// brief is what the panel says: the three findings that matter most to who weighs building on a commons.
func (v *view) brief() []string {
	var list []string
	for _, f := range v.m.Findings(v.window) {
		switch f.Code {
		case githistory.FindQuiet, githistory.FindActivity, githistory.FindAbsence, githistory.FindRelease, githistory.FindNoRelease:
			list = append(list, v.say(f))
		}
	}
	return list
}

// panelChart is who was active by month over three years.
func (v *view) panelChart() (charts.BarsProps, bool) {
	three := *v
	three.window = githistory.Window3y
	periods, yearly := three.periods()
	if len(periods) < 2 || yearly {
		return charts.BarsProps{}, false
	}
	p := charts.BarsProps{ID: "vitality-panel-chart", Title: v.t("vitality.panel_chart"), Desc: three.ebb(periods), Series: []charts.Series{{Name: v.t("vitality.col_active")}}}
	for _, x := range periods {
		p.Bars = append(p.Bars, charts.Bar{Label: x.label, Mark: x.mark, Name: x.name, Values: []int64{x.most}})
	}
	return p, true
}
