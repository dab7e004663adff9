// Package charts draws figures on the server, as SVG that needs no script and no style attribute: bars by month, a line, a ranking, a timeline.
// Each is a pure function from numbers to a templ component; colours, sizes of text and the dark theme come from the stylesheet by class.
//
// A drawing never stands alone: components.Figure puts the finding above it in a sentence and the numbers below it in a table, so a drawing is one
// image to a screen reader, with a title and a description. Text inside is little and lies where it still has room when a narrow screen's stylesheet
// enlarges it. Colours differ in lightness too, so that they hold for colour-blind eyes and in print.
package charts

import (
	"math"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"
)

// The drawing's own units: its width is stretched to the page's.
const (
	width   = 600.0
	height  = 240.0
	top     = 22.0 // room for the label above the highest line
	bottom  = 28.0 // room for the labels of time
	right   = 4.0
	barGap  = 0.22 // share of a bar's place that stays empty
	maxBars = 400
)

// Series is one of several quantities that bars stack.
type Series struct {
	Name  string
	Below bool // drawn under the zero line: what is lost
}

// Bar is one place on the axis of time.
type Bar struct {
	Label  string  // said in the axis when it is among the few that have room; what follows a line break stands below it: a month's year
	Mark   bool    // starts something, such as a year: labelled first
	Name   string  // in full, for the tooltip: "May 2026"
	Values []int64 // one a series, none negative
}

// BarsProps describe stacked bars. ID is unique on the page.
type BarsProps struct {
	ID, Title, Desc string
	Series          []Series
	Bars            []Bar
}

// rect is a rectangle in the drawing, with its series' colour class.
type rect struct {
	x, y, w, h float64
	class      string
}

// grid is a horizontal line with its value, negative below zero.
type grid struct {
	y     float64
	value int64
}

// label is a text under the drawing.
type label struct {
	x      float64
	text   string
	anchor string
}

// drawn is a chart laid out.
type drawn struct {
	columns []column
	grids   []grid
	labels  []label
	zero    float64
	height  float64 // of the whole drawing: a second line of labels has its own room
}

// column is one bar with all its parts.
type column struct {
	name  string
	parts []rect
	total []int64
}

func (p BarsProps) layOut() drawn {
	bars := p.Bars
	if len(bars) > maxBars {
		bars = bars[len(bars)-maxBars:]
	}
	var up, down int64
	for _, b := range bars {
		var u, d int64
		for i, v := range b.Values {
			if i < len(p.Series) && p.Series[i].Below {
				d += v
			} else {
				u += v
			}
		}
		up, down = max(up, u), max(down, d)
	}
	step := niceStep(max(up, down))
	hi, lo := ceilTo(up, step), ceilTo(down, step)
	if hi+lo == 0 {
		hi = step
	}
	scale := (height - top - bottom) / float64(hi+lo)
	y := func(v int64) float64 { return top + float64(hi-v)*scale }

	out := drawn{zero: y(0), height: height}
	for _, b := range bars {
		if strings.Contains(b.Label, "\n") {
			out.height = height + secondLine
			break
		}
	}
	for v := -lo; v <= hi; v += step {
		out.grids = append(out.grids, grid{y(v), v})
	}
	// The values of the grid's lines stand at the left, above their line: bars begin after them, so that none is written over.
	left := 6.0
	for _, g := range out.grids {
		digits := len(strconv.FormatInt(g.value, 10)) // the sign too
		left = max(left, 8+9*float64(digits)+4*float64((digits-1)/3))
	}
	place := (width - left - right) / float64(max(len(bars), 1))
	for i, b := range bars {
		x, w := left+float64(i)*place+place*barGap/2, place*(1-barGap)
		c := column{name: b.Name, total: b.Values}
		var u, d int64
		for s, v := range b.Values {
			if v <= 0 || s >= len(p.Series) {
				continue
			}
			class := "c" + strconv.Itoa(s+1)
			if p.Series[s].Below {
				c.parts = append(c.parts, rect{x, y(-d), w, float64(v) * scale, class})
				d += v
			} else {
				c.parts = append(c.parts, rect{x, y(u + v), w, float64(v) * scale, class})
				u += v
			}
		}
		out.columns = append(out.columns, c)
	}
	out.labels = axisLabels(len(bars), func(i int) (float64, string, bool) {
		return left + float64(i)*place + place/2, bars[i].Label, bars[i].Mark
	})
	return out
}

// maxLabels is how many labels of time have room when a narrow screen enlarges them.
const maxLabels = 6

// secondLine is the room of a second line of labels, enlarged by the narrowest screen.
const secondLine = 28.0

// letter is how wide a character of a label is drawn at most, by the narrowest screen and with the spacing of WCAG 1.4.12.
const letter = 26 * 0.68

// axisLabels chooses among n places those to label: the marked ones when there are any, thinned until they fit, the longest of them too.
func axisLabels(n int, at func(int) (x float64, text string, mark bool)) []label {
	var marked []int
	for i := range n {
		if _, _, m := at(i); m {
			marked = append(marked, i)
		}
	}
	if len(marked) == 0 {
		for i := range n {
			marked = append(marked, i)
		}
	}
	step := max((len(marked)+maxLabels-1)/maxLabels, 1)
	var out []label
	// each label is written where the one before leaves room for it; the step grows until none would be left out but at the very end
	for ; ; step++ {
		out = out[:0]
		end, crowded := -width, false
		for k := 0; k < len(marked); k += step {
			x, text, _ := at(marked[k])
			l := placed(x, text)
			from, to := l.extent()
			if from < end {
				crowded = crowded || k+step < len(marked)
				continue
			}
			out, end = append(out, l), to+letter/2
		}
		if !crowded || step >= len(marked) {
			return out
		}
	}
}

// extent is where a label begins and ends, at its widest.
func (l label) extent() (from, to float64) {
	w := 0.0
	for line := range strings.SplitSeq(l.text, "\n") {
		w = max(w, float64(utf8.RuneCountInString(line))*letter)
	}
	switch l.anchor {
	case "start":
		return l.x, l.x + w
	case "end":
		return l.x - w, l.x
	}
	return l.x - w/2, l.x + w/2
}

// nudge is how far a label is moved to stay under what it names.
const nudge = 14.0

// placed is a label at x that stays inside the drawing at its widest: moved a little when that is enough, else written to one side.
func placed(x float64, text string) label {
	l := label{x, text, "middle"}
	switch from, to := l.extent(); {
	case from < 0 && from >= -nudge:
		l.x -= from
	case to > width && to <= width+nudge:
		l.x -= to - width
	case from < 0:
		l.anchor = "start"
	case to > width:
		l.anchor = "end"
	}
	return l
}

// niceStep is the distance of the grid's lines: 1, 2 or 5 times a power of ten, so that there are at most four.
func niceStep(top int64) int64 {
	if top <= 2 {
		return 1
	}
	raw := float64(top) / 3
	mag := math.Pow(10, math.Floor(math.Log10(raw)))
	for _, m := range []float64{1, 2, 5, 10} {
		if raw <= m*mag {
			return max(int64(m*mag), 1)
		}
	}
	return int64(10 * mag)
}

func ceilTo(v, step int64) int64 { return (v + step - 1) / step * step }

// Point is one value of a line.
type Point struct {
	Label string // said in the axis
	Mark  bool
	Value float64
}

// LineProps describe one line over time. Unit writes a value for the reader: a localizer's Percent, say.
type LineProps struct {
	ID, Title, Desc string
	Points          []Point
	Unit            func(float64) string
}

// valueWidth is the widest that a digit of a value is drawn.
const valueWidth = 15.0

// line is a line laid out: its path, the last point with its label, the grid.
type line struct {
	path, area   string
	lastX, lastY float64
	last         string
	grids        []struct {
		y    float64
		text string
	}
	labels []label
}

func (p LineProps) layOut() line {
	var hi float64
	for _, pt := range p.Points {
		hi = math.Max(hi, pt.Value)
	}
	// The axis starts at zero and its lines are round: a thousand times finer than the values, so that shares have steps too.
	step := float64(niceStep(int64(math.Ceil(hi*1000)))) / 1000
	hi = math.Ceil(hi/step) * step
	if hi == 0 {
		hi = step
	}
	y := func(v float64) float64 { return top + (hi-v)/hi*(height-top-bottom) }
	// The last value is written to the right of the line's end: it gets the room that it needs, enlarged too.
	room := 8.0
	if n := len(p.Points); n > 0 {
		room += math.Min(float64(utf8.RuneCountInString(p.Unit(p.Points[n-1].Value)))*valueWidth+8, width/3)
	}
	x := func(i int) float64 {
		if len(p.Points) < 2 {
			return width / 2
		}
		return 4 + float64(i)*(width-room-4)/float64(len(p.Points)-1)
	}
	var out line
	for v := 0.0; v <= hi+step/2; v += step {
		out.grids = append(out.grids, struct {
			y    float64
			text string
		}{y(v), p.Unit(v)})
	}
	for i, pt := range p.Points {
		cmd := " L"
		if i == 0 {
			cmd = "M"
		}
		out.path += cmd + num(x(i)) + " " + num(y(pt.Value))
		out.lastX, out.lastY, out.last = x(i), y(pt.Value), p.Unit(pt.Value)
	}
	if n := len(p.Points); n > 0 {
		out.area = out.path + " L" + num(x(n-1)) + " " + num(y(0)) + " L" + num(x(0)) + " " + num(y(0)) + " Z"
	}
	out.labels = axisLabels(len(p.Points), func(i int) (float64, string, bool) {
		return x(i), p.Points[i].Label, p.Points[i].Mark
	})
	return out
}

// sparkPath is a line of values in 100 × 24 units, from zero to the highest.
func sparkPath(values []int64) string {
	var hi int64 = 1
	for _, v := range values {
		hi = max(hi, v)
	}
	path := ""
	for i, v := range values {
		x := 1.0
		if len(values) > 1 {
			x += float64(i) * 98 / float64(len(values)-1)
		}
		cmd := " L"
		if i == 0 {
			cmd = "M"
		}
		path += cmd + num(x) + " " + num(22-float64(v)/float64(hi)*20)
	}
	return path
}

// Rank is a line of a ranking. Value is what the bar shows, Text how it is said.
type Rank struct {
	Name, Lang, Href string
	Value            float64
	Text             string
	Strong           bool // stands out: the ones that the sentence speaks of
}

// RankingProps describe horizontal bars, the greatest first, as the caller sorted them.
type RankingProps struct {
	Title string
	Ranks []Rank
}

// share is the width of a rank's bar in hundredths of the longest.
func (p RankingProps) share(r Rank) string {
	hi := 0.0
	for _, o := range p.Ranks {
		hi = math.Max(hi, o.Value)
	}
	if hi <= 0 {
		return "0"
	}
	return num(math.Max(r.Value/hi*100, 0.5))
}

// Event is something that happened at a time, such as a release. Major ones stand taller.
type Event struct {
	At    time.Time
	Name  string
	Major bool
}

// TimelineProps describe events between two times.
type TimelineProps struct {
	ID, Title, Desc string
	From, To        time.Time
	Events          []Event
}

// tick is an event laid out.
type tick struct {
	x     float64
	name  string
	major bool
}

func (p TimelineProps) layOut() (ticks []tick, years []label, names []label) {
	span := p.To.Sub(p.From).Seconds()
	if span <= 0 {
		span = 1
	}
	x := func(at time.Time) float64 { return 6 + at.Sub(p.From).Seconds()/span*(width-12) }
	for _, e := range p.Events {
		if !e.At.Before(p.From) && !e.At.After(p.To) {
			ticks = append(ticks, tick{x(e.At), e.Name, e.Major})
		}
	}
	names = named(ticks)
	var starts []int
	for y := p.From.Year() + 1; y <= p.To.Year(); y++ {
		starts = append(starts, y)
	}
	years = axisLabels(len(starts), func(i int) (float64, string, bool) {
		return x(time.Date(starts[i], 1, 1, 0, 0, 0, 0, p.From.Location())), strconv.Itoa(starts[i]), true
	})
	return ticks, years, names
}

// named chooses the events whose names are written: the last one always, since it is what a reader looks for, and the major ones before it that
// leave each other room. The tooltip has them all.
func named(ticks []tick) []label {
	if len(ticks) == 0 {
		return nil
	}
	at := func(t tick) label { return placed(t.x, t.name) }
	last := at(ticks[len(ticks)-1])
	until, _ := last.extent()
	var names []label
	end := -width
	for _, t := range ticks[:len(ticks)-1] {
		l := at(t)
		from, to := l.extent()
		if t.major && from >= end && to+letter/2 <= until {
			names, end = append(names, l), to+letter/2
		}
	}
	return append(names, last)
}

// num writes a coordinate with one decimal at most.
func num(f float64) string { return strconv.FormatFloat(math.Round(f*10)/10, 'f', -1, 64) }
