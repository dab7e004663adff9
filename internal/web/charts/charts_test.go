package charts

import (
	"encoding/xml"
	"errors"
	"io"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/a-h/templ"

	"commun/internal/platform/i18n"
)

func draw(t *testing.T, c templ.Component) string {
	t.Helper()
	b, err := i18n.New("en")
	if err != nil {
		t.Fatal(err)
	}
	var sb strings.Builder
	if err := c.Render(i18n.With(t.Context(), b.For("en")), &sb); err != nil {
		t.Fatal(err)
	}
	return sb.String()
}

func day(y, m, d int) time.Time { return time.Date(y, time.Month(m), d, 0, 0, 0, 0, time.UTC) }

// Whatever the numbers, a drawing is well-formed, inside its frame, without a style, and has a title that a screen reader says.
func TestDrawingsHoldForEveryShapeOfData(t *testing.T) {
	bars := func(values ...[]int64) templ.Component {
		p := BarsProps{ID: "b", Title: "T", Desc: "D", Series: []Series{{Name: "up"}, {Name: "down", Below: true}}}
		for _, v := range values {
			p.Bars = append(p.Bars, Bar{Label: "x", Name: "<x>", Values: v})
		}
		return Bars(p)
	}
	line := func(values ...float64) templ.Component {
		p := LineProps{ID: "l", Title: "T", Desc: "D", Unit: func(f float64) string { return strconv.FormatFloat(f, 'f', 1, 64) }}
		for _, v := range values {
			p.Points = append(p.Points, Point{Label: "x", Value: v})
		}
		return Line(p)
	}
	for name, c := range map[string]templ.Component{
		"no bars":           bars(),
		"one bar of zero":   bars([]int64{0, 0}),
		"one bar":           bars([]int64{1, 0}),
		"only losses":       bars([]int64{0, 7}),
		"huge and small":    bars([]int64{1 << 40, 3}, []int64{1, 1 << 39}),
		"too many values":   bars([]int64{1, 2, 3, 4}),
		"many bars":         bars(make([][]int64, 1000)...),
		"no points":         line(),
		"one point":         line(3),
		"all zero":          line(0, 0, 0),
		"shares":            line(.1, .25, .9),
		"large":             line(1e9, 2e9),
		"spark of nothing":  Spark(nil, "nothing"),
		"spark of one":      Spark([]int64{4}, "four"),
		"ranking of zero":   Ranking(RankingProps{Title: "T", Ranks: []Rank{{Name: "<b>", Text: "0"}}}),
		"empty timeline":    Timeline(TimelineProps{ID: "t", Title: "T", Desc: "D"}),
		"events out of it":  Timeline(TimelineProps{ID: "t", Title: "T", Desc: "D", From: day(2020, 1, 1), To: day(2021, 1, 1), Events: []Event{{At: day(2019, 1, 1), Name: "old"}, {At: day(2020, 6, 1), Name: "v1", Major: true}}}),
		"timeline of years": Timeline(TimelineProps{ID: "t", Title: "T", Desc: "D", From: day(1990, 1, 1), To: day(2026, 1, 1)}),
	} {
		t.Run(name, func(t *testing.T) {
			svg := draw(t, c)
			dec := xml.NewDecoder(strings.NewReader("<x>" + svg + "</x>"))
			dec.Strict = false
			for {
				tok, err := dec.Token()
				if errors.Is(err, io.EOF) {
					break
				}
				if err != nil {
					t.Fatalf("not well-formed: %v in %.400s", err, svg)
				}
				el, ok := tok.(xml.StartElement)
				if !ok {
					continue
				}
				for _, a := range el.Attr {
					if a.Name.Local == "style" || strings.HasPrefix(a.Name.Local, "on") || strings.Contains(a.Value, "NaN") || strings.Contains(a.Value, "Inf") {
						t.Errorf("<%s %s=%q>", el.Name.Local, a.Name.Local, a.Value)
					}
				}
				inside(t, el)
			}
			if !strings.Contains(svg, "aria-label") {
				t.Error("nothing for a screen reader to say")
			}
		})
	}
}

// inside wants the coordinates of a chart's shapes within its frame, one unit of grace for strokes.
func inside(t *testing.T, el xml.StartElement) {
	t.Helper()
	for _, a := range el.Attr {
		var limit float64
		switch a.Name.Local {
		case "x", "x1", "x2", "cx":
			limit = width
		case "y", "y1", "y2", "cy", "height":
			limit = height
		default:
			continue
		}
		v, err := strconv.ParseFloat(a.Value, 64)
		if err == nil && (v < -1 || v > limit+1) {
			t.Errorf("<%s %s=%q> is outside the frame", el.Name.Local, a.Name.Local, a.Value)
		}
	}
}

func TestStackedBarsAddUp(t *testing.T) {
	p := BarsProps{Series: []Series{{Name: "a"}, {Name: "b"}, {Name: "lost", Below: true}}, Bars: []Bar{{Values: []int64{6, 4, 5}}}}
	d := p.layOut()
	parts := d.columns[0].parts
	if len(parts) != 3 || parts[0].y+parts[0].h != d.zero || parts[1].y+parts[1].h != parts[0].y || parts[2].y != d.zero {
		t.Fatalf("zero at %v, parts %+v", d.zero, parts)
	}
	if ratio := parts[0].h / parts[1].h; ratio < 1.49 || ratio > 1.51 {
		t.Fatalf("6 to 4 is drawn as %v", ratio)
	}
}

func TestGridLinesAreRoundAndFew(t *testing.T) {
	for top, want := range map[int64]int64{0: 1, 1: 1, 2: 1, 3: 1, 10: 5, 28: 10, 99: 50, 100: 50, 12_345: 5_000} {
		if got := niceStep(top); got != want {
			t.Errorf("up to %d: steps of %d, want %d", top, got, want)
		}
	}
}

func TestLabelsOfTimeHaveRoom(t *testing.T) {
	svg := draw(t, Timeline(TimelineProps{ID: "t", Title: "T", Desc: "D", From: day(1990, 1, 1), To: day(2026, 1, 1)}))
	if n := len(regexp.MustCompile(`<text`).FindAllString(svg, -1)); n > maxLabels || n < 3 {
		t.Fatalf("%d labels", n)
	}
}

// What a reader looks for on a line of releases is the last one: it is named, and what would stand in its place is not.
func TestTheLastEventIsNamed(t *testing.T) {
	from, to := day(2025, 1, 1), day(2026, 1, 1)
	for _, c := range []struct {
		rule   string
		events []Event
		want   string
	}{
		{"a small one after a major one", []Event{{day(2025, 3, 1), "3.7.0", true}, {day(2025, 12, 1), "3.8.0", true}, {day(2025, 12, 20), "3.8.1", false}}, "3.7.0 3.8.1"},
		{"far from the one before", []Event{{day(2025, 3, 1), "1.0", true}, {day(2025, 6, 1), "1.0.1", false}, {day(2025, 12, 1), "2.0", true}}, "1.0 2.0"},
		{"alone and small", []Event{{day(2025, 6, 1), "1.0.1", false}}, "1.0.1"},
		{"out of the time", []Event{{day(2025, 6, 1), "1.0", true}, {day(2026, 6, 1), "2.0", true}}, "1.0"},
		{"none", nil, ""},
	} {
		_, _, names := TimelineProps{From: from, To: to, Events: c.events}.layOut()
		var got []string
		for _, n := range names {
			got = append(got, n.text)
		}
		if strings.Join(got, " ") != c.want {
			t.Errorf("%s: %v are named, want %s", c.rule, got, c.want)
		}
	}
}

// What is below zero is said with a minus, as it is drawn.
func TestTheAxisBelowZeroIsNegative(t *testing.T) {
	svg := draw(t, Bars(BarsProps{ID: "b", Title: "T", Desc: "D", Series: []Series{{Name: "came"}, {Name: "gone", Below: true}}, Bars: []Bar{{Label: "x", Values: []int64{2, 2}}}}))
	if !strings.Contains(svg, ">\u22122</text>") || !strings.Contains(svg, ">2</text>") || strings.Contains(svg, ">-2<") {
		t.Errorf("the axis is %s", svg)
	}
}

// Labels must not run into each other when a narrow screen enlarges them and the reader spaces the letters (WCAG 1.4.12).
func TestLabelsOfTimeKeepApart(t *testing.T) {
	for _, c := range []struct {
		rule, text string
		n, least   int
	}{
		{"years of a long history", "2005", 22, 4}, {"months above their year", "févr.\n2026", 6, 6}, {"months with their year", "févr. 2026", 12, 2}, {"short months", "mai", 12, 4}, {"one place", "2026", 1, 1}, {"none", "", 0, 0},
	} {
		place := width / float64(max(c.n, 1))
		labels := axisLabels(c.n, func(i int) (float64, string, bool) { return float64(i)*place + place/2, c.text, true })
		if len(labels) < c.least {
			t.Errorf("%s: %d labels, want %d at least", c.rule, len(labels), c.least)
		}
		end := -width
		for _, l := range labels {
			from, to := l.extent()
			if from < end {
				t.Errorf("%s: a label at %.0f begins at %.0f, before %.0f", c.rule, l.x, from, end)
			}
			end = to
		}
	}
}
