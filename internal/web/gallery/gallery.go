// Package gallery is the page /components: every component of the house in every state, in the reader's language and theme, and the error pages. It is
// what designers look at, what the accessibility tests walk through, and where one finds the part that one needs. Its examples are marked as such.
package gallery

import (
	"embed"
	"io/fs"
	"net/http"
	"strconv"
	"time"

	"commun/internal/platform/fault"
	"commun/internal/platform/i18n"
	"commun/internal/web"
	"commun/internal/web/charts"
	"commun/internal/web/components"
)

//go:embed messages/*.toml
var messages embed.FS

// Messages returns the examples' sentences, for i18n.New.
func Messages() fs.FS { return messages }

// statuses are those that have an error page of their own.
var statuses = []int{403, 404, 405, 409, 413, 422, 500, 503}

// Register hangs the gallery on rt.
func Register(rt *web.Router) {
	rt.Handle("GET /components", "gallery.show", show)
	rt.Handle("GET /components/errors/{status}", "gallery.error", func(w http.ResponseWriter, r *http.Request) error {
		status, err := strconv.Atoi(r.PathValue("status"))
		if err != nil || status < 400 || status > 599 {
			return fault.Missing("web.no_asset")
		}
		rt.ErrorPage(w, r, status, nil)
		return nil
	})
}

func show(w http.ResponseWriter, r *http.Request) error {
	l := web.L(r)
	errs := components.Errors{
		{Field: "example-title", Text: l.T("form.too_long", i18n.Args{"count": 80})},
		{Field: "example-stage-wrong", Text: l.T("form.required")},
	}
	p := web.Page{Title: l.T("gallery.title"), NoIndex: true, Status: http.StatusOK,
		Crumbs: []components.Link{{Text: l.T("gallery.home"), Href: "/"}}}
	return web.Render(w, r, p, page(examples(l, web.Now(r)), errs))
}

// sample are the examples' data.
type sample struct {
	now               time.Time
	stages, audiences []components.Option
	rows              []components.Row
	results           []components.Result
	facets            []components.Facet
	table             components.TableProps
	changes           []components.Change
	figures           []components.FigureProps
}

func examples(l *i18n.Localizer, now time.Time) sample {
	option := func(value, key string) components.Option { return components.Option{Value: value, Label: l.T(key)} }
	s := sample{
		now:       now,
		stages:    []components.Option{option("idea", "gallery.stage_idea"), option("used", "gallery.stage_used"), option("old", "gallery.stage_old")},
		audiences: []components.Option{option("town", "gallery.audience_town"), option("state", "gallery.audience_state"), option("all", "gallery.audience_all")},
	}
	s.stages[1].Selected = true
	s.stages[0].Hint = l.T("gallery.stage_idea_hint")
	edit := func(field string) (components.Link, string) {
		return components.Link{Text: l.T("gallery.edit"), Href: "#main"}, field
	}
	licence, about := edit(l.T("gallery.licence"))
	s.rows = []components.Row{
		{Key: l.T("gallery.licence"), Value: "AGPL-3.0-or-later", Source: "publiccode.yml", Action: licence, About: about},
		{Key: l.T("gallery.description"), Value: "Software libero per la gestione delle mappe", Lang: "it", Source: l.T("gallery.repository"), Action: licence, About: l.T("gallery.description")},
		{Key: l.T("gallery.languages"), Value: l.List([]string{l.Language("fr"), l.Language("en"), l.Language("it")})},
		{Key: l.T("gallery.last_release"), Body: components.TimeAgo(now.AddDate(0, -2, 0), now)},
	}
	s.results = []components.Result{
		{Title: l.T("gallery.result_one"), Href: "#main", Summary: l.T("gallery.result_one_summary"), Tags: []components.TagProps{{Text: l.T("gallery.alive"), Tone: "good"}},
			Facts: []string{"AGPL-3.0-or-later", l.T("gallery.released", i18n.Args{"date": now.AddDate(0, -1, 0)})}},
		{Title: "OpenBilanci", Lang: "it", Href: "#main", Summary: "Bilanci dei comuni, leggibili da tutti", SummaryLang: "it", Tags: []components.TagProps{{Text: l.T("gallery.asleep"), Tone: "warn"}},
			Facts: []string{"EUPL-1.2"}},
	}
	s.facets = facets(l)
	s.table = components.TableProps{
		Caption: l.T("gallery.table_caption"),
		Columns: []components.Column{{Label: l.T("gallery.month")}, {Label: l.T("gallery.people"), Numeric: true}, {Label: l.T("gallery.cost"), Numeric: true}},
	}
	for i, n := range []int64{12, 1_205, 1_000_000} {
		at := time.Date(2026, time.Month(i+1), 1, 0, 0, 0, 0, time.UTC)
		s.table.Rows = append(s.table.Rows, components.Cells(l.Month(at), l.Int(n), l.Money(n*12_345, "EUR")))
	}
	s.changes = []components.Change{
		{Label: l.T("gallery.description"), Before: l.T("gallery.before"), After: l.T("gallery.after")},
		{Label: l.T("gallery.licence"), Before: "", After: "MIT"},
	}
	s.figures = figures(l)
	return s
}

func facets(l *i18n.Localizer) []components.Facet {
	licence := components.Facet{Title: l.T("gallery.licence"), Open: true}
	for i, name := range []string{"AGPL-3.0-or-later", "MIT", "EUPL-1.2", "GPL-3.0-only", "Apache-2.0", "MPL-2.0", "CC-BY-4.0", "ODbL-1.0"} {
		licence.Values = append(licence.Values, components.FacetValue{Label: name, Count: int64(5_000 / (i + 1)), Href: "#main", Selected: i == 1})
	}
	language := components.Facet{Title: l.T("gallery.languages")}
	for i, tag := range []string{"fr", "en", "de"} {
		language.Values = append(language.Values, components.FacetValue{Label: l.Language(tag), Count: int64(900 / (i + 1)), Href: "#main"})
	}
	return []components.Facet{licence, language}
}

// figures are drawn from made-up numbers that have every trait: zeros, peaks, losses.
func figures(l *i18n.Localizer) []components.FigureProps {
	months := 36
	bars := charts.BarsProps{ID: "bars", Title: l.T("gallery.bars_title"), Desc: l.T("gallery.bars_desc"),
		Series: []charts.Series{{Name: l.T("gallery.returning")}, {Name: l.T("gallery.new")}, {Name: l.T("gallery.gone"), Below: true}}}
	line := charts.LineProps{ID: "line", Title: l.T("gallery.line_title"), Desc: l.T("gallery.line_desc"), Unit: l.Percent}
	table := components.TableProps{Caption: l.T("gallery.bars_title"), Compact: true,
		Columns: []components.Column{{Label: l.T("gallery.month")}, {Label: l.T("gallery.returning"), Numeric: true}, {Label: l.T("gallery.new"), Numeric: true}, {Label: l.T("gallery.gone"), Numeric: true}}}
	for i := range months {
		at := time.Date(2023, time.Month(i+1), 1, 0, 0, 0, 0, time.UTC)
		back, fresh, gone := int64(8+(i*7)%9+i/4), int64((i*5)%6), int64((i*3)%4)
		bars.Bars = append(bars.Bars, charts.Bar{Label: strconv.Itoa(at.Year()), Mark: at.Month() == 1, Name: l.Month(at), Values: []int64{back, fresh, gone}})
		line.Points = append(line.Points, charts.Point{Label: strconv.Itoa(at.Year()), Mark: at.Month() == 1, Value: 0.62 - float64(i)*0.006 + float64((i*7)%5)*0.02})
		table.Rows = append(table.Rows, components.Cells(l.Month(at), l.Int(back), l.Int(fresh), l.Int(gone)))
	}
	ranking := charts.RankingProps{Title: l.T("gallery.ranking_title")}
	for i, share := range []float64{.31, .14, .09, .055, .02} {
		ranking.Ranks = append(ranking.Ranks, charts.Rank{Name: l.T("gallery.person", i18n.Args{"count": i + 1}), Value: share, Text: l.Percent(share), Strong: i < 3})
	}
	from := time.Date(2021, 3, 1, 0, 0, 0, 0, time.UTC)
	timeline := charts.TimelineProps{ID: "timeline", Title: l.T("gallery.timeline_title"), Desc: l.T("gallery.timeline_desc"), From: from, To: from.AddDate(5, 0, 0)}
	for i := range 30 {
		name := "v" + strconv.Itoa(1+i/10) + "." + strconv.Itoa(i%10)
		timeline.Events = append(timeline.Events, charts.Event{At: from.AddDate(0, 0, 20+i*58+(i*i)%17), Name: name, Major: i%10 == 0})
	}
	return []components.FigureProps{
		{ID: "figure-bars", Sentence: l.T("gallery.bars_sentence"), Chart: charts.Bars(bars), Table: table, CSV: "#main", Definition: l.T("gallery.bars_definition"),
			DefHref: "https://chaoss.community/kb/metric-contributors/", Source: l.T("gallery.repository")},
		{ID: "figure-line", Sentence: l.T("gallery.line_sentence"), Chart: charts.Line(line), Source: l.T("gallery.repository")},
		{ID: "figure-ranking", Sentence: l.T("gallery.ranking_sentence"), Chart: charts.Ranking(ranking)},
		{ID: "figure-timeline", Sentence: l.T("gallery.timeline_sentence"), Chart: charts.Timeline(timeline)},
	}
}
