//go:build unix

package main

import (
	"fmt"
	"html"
	"math"
	"os"
	"path/filepath"
	"strings"
)

// point is one measured count; line is a row of them under one name.
type (
	point struct{ x, y float64 }
	line  struct {
		name   string
		points []point
	}
)

// grown measures how the time of add1 grows with the number of steps, by ever finer steps on real files, and over many files how little it has to
// do with ballots × projects × steps, and draws both.
func grown(o options) error {
	fmt.Printf("### How the cost grows\n\nEqual shares with add1, seconds of the count alone.\n\n| file | step | steps | ballots | seconds | CPU |\n| --- | --- | --- | --- | --- | --- |\n")
	row := func(name, step string, c *counted) {
		fmt.Printf("| %s | %s | %d | %d | %s | %s |\n", name, step, c.Steps, c.Voters, seconds(c.Wall), seconds(c.CPU))
	}
	var bySteps []line
	for _, name := range []string{"poland_wieliczka_2023_green-budget", "poland_warszawa_2020_ursynow", "poland_wroclaw_2017_"} {
		file := filepath.Join(o.data, name+".pb")
		if _, err := os.Stat(file); err != nil {
			continue
		}
		l := line{name: map[string]string{"poland_wieliczka_2023_green-budget": "Wieliczka 2023", "poland_warszawa_2020_ursynow": "Ursynów 2020", "poland_wroclaw_2017_": "Wrocław 2017"}[name]}
		for _, step := range []string{"1", "0.1", "0.01", "0.001", "0.0001"} {
			c, err := self("equal-shares,step="+step, file, o.seconds)
			if err != nil {
				return err
			}
			row(l.name, step, c)
			l.points = append(l.points, point{float64(c.Steps), c.CPU})
		}
		bySteps = append(bySteps, l)
	}
	dots, err := spread(o)
	if err != nil {
		return err
	}
	fmt.Println()
	if o.picture == "" {
		return nil
	}
	return os.WriteFile(o.picture, []byte(drawing(bySteps, dots)), 0o644)
}

// spread counts some of the files of -spread, or of -data, evenly chosen.
func spread(o options) ([]point, error) {
	dir := o.spread
	if dir == "" {
		dir = o.data
	}
	list, err := filepath.Glob(filepath.Join(dir, "*.pb"))
	if err != nil {
		return nil, err
	}
	var dots []point
	every := max(1, len(list)/o.dots)
	for i := 0; i < len(list); i += every {
		c, err := self("equal-shares", list[i], min(o.seconds, 0.02))
		if err != nil {
			fmt.Fprintln(os.Stderr, "bench:", err)
			continue
		}
		if c.Steps > 0 {
			dots = append(dots, point{float64(c.Voters) * float64(c.Projects) * float64(c.Steps), c.CPU})
		}
	}
	fmt.Printf("\n%d files of many cities, step 1: see the picture.\n", len(dots))
	return dots, nil
}

const (
	wide, high          = 420.0, 300.0 // of one panel
	left, right, top, b = 62.0, 20.0, 58.0, 52.0
)

// drawing is two panels side by side, both axes logarithmic, each with the slope that plain counting would have.
func drawing(steps []line, files []point) string {
	var s strings.Builder
	fmt.Fprintf(&s, `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 %g %g" font-family="sans-serif" font-size="12" fill="#1a1a1a" role="img" aria-labelledby="t d">`+"\n", 2*wide, high+28)
	s.WriteString(`<title id="t">What add1 costs</title><desc id="d">Time of equal shares with add1, by the number of steps on three files, and on many files by ballots times projects times steps. Dashes show how a count that begins anew at each step would grow.</desc>` + "\n")
	fmt.Fprintf(&s, `<rect width="%g" height="%g" fill="#ffffff"/>`+"\n", 2*wide, high+28)
	panel(&s, 0, "Ten times as many steps, three cities", "steps of the share", steps, nil)
	panel(&s, wide, "Budgets of many cities", "ballots × projects × steps", nil, files)
	fmt.Fprintf(&s, `<text x="%g" y="%g" fill="#555555">CPU seconds of the count, both axes in powers of ten. Dashed: a count that begins anew at each step. One dot: one budget.</text>`+"\n", left, high+14)
	return s.String() + "</svg>\n"
}

// panel draws lines into a box that begins at x.
func panel(s *strings.Builder, x float64, title, axis string, lines []line, dots []point) {
	lowX, highX, lowY, highY := math.Inf(1), math.Inf(-1), math.Inf(1), math.Inf(-1)
	for _, l := range append([]line{{points: dots}}, lines...) {
		for _, p := range l.points {
			lowX, highX = min(lowX, math.Log10(p.x)), max(highX, math.Log10(p.x))
			lowY, highY = min(lowY, math.Log10(p.y)), max(highY, math.Log10(p.y))
		}
	}
	lowX, highX, lowY = math.Floor(lowX), math.Ceil(highX), math.Floor(lowY)
	highY = max(math.Ceil(highY), lowY+3)
	px := func(v float64) float64 { return x + left + (math.Log10(v)-lowX)/(highX-lowX)*(wide-left-right) }
	py := func(v float64) float64 { return high - b - (math.Log10(v)-lowY)/(highY-lowY)*(high-top-b) }
	fmt.Fprintf(s, `<text x="%g" y="26" font-size="15" font-weight="bold">%s</text>`+"\n", x+left, html.EscapeString(title))
	for e := lowY; e <= highY; e++ {
		v := math.Pow(10, e)
		fmt.Fprintf(s, `<path d="M%.1f %.1fH%.1f" stroke="#dddddd"/><text x="%.1f" y="%.1f" text-anchor="end">%s</text>`+"\n", x+left, py(v), x+wide-right, x+left-6, py(v)+4, tenth(v))
	}
	for e := lowX; e <= highX; e++ {
		v := math.Pow(10, e)
		fmt.Fprintf(s, `<text x="%.1f" y="%.1f" text-anchor="middle">10<tspan dy="-4" font-size="9">%g</tspan></text>`+"\n", px(v), high-b+18, e)
	}
	fmt.Fprintf(s, `<text x="%.1f" y="%.1f" text-anchor="middle">%s</text>`+"\n", x+left+(wide-left-right)/2, high-b+38, html.EscapeString(axis))
	colours := []string{"#0b5d8c", "#a34700", "#4b6b1e"} // apart for colour-blind eyes, and in print by their labels
	for _, p := range dots {
		fmt.Fprintf(s, `<circle cx="%.1f" cy="%.1f" r="2.5" fill="%s" fill-opacity="0.6"/>`+"\n", px(p.x), py(p.y), colours[0])
	}
	for i, l := range lines {
		if len(l.points) == 0 {
			continue
		}
		var d strings.Builder
		for j, p := range l.points {
			fmt.Fprintf(&d, "%c%.1f %.1f", "ML"[min(j, 1)], px(p.x), py(p.y))
			fmt.Fprintf(s, `<circle cx="%.1f" cy="%.1f" r="3" fill="%s"/>`+"\n", px(p.x), py(p.y), colours[i%3])
		}
		fmt.Fprintf(s, `<path d="%s" fill="none" stroke="%s" stroke-width="2"/>`+"\n", d.String(), colours[i%3])
		last, first := l.points[len(l.points)-1], l.points[0]
		fmt.Fprintf(s, `<text x="%.1f" y="%.1f" text-anchor="end" fill="%s">%s</text>`+"\n", px(last.x), py(last.y)-8, colours[i%3], html.EscapeString(l.name))
		// up to the top of the panel, or its right side
		to := min(math.Pow(10, highX), first.x*math.Pow(10, highY)/first.y)
		fmt.Fprintf(s, `<path d="M%.1f %.1fL%.1f %.1f" fill="none" stroke="%s" stroke-dasharray="3 4"/>`+"\n", px(first.x), py(first.y), px(to), py(first.y*to/first.x), colours[i%3])
	}
}

// tenth is a power of ten of a second, in words that are read at once.
func tenth(v float64) string {
	switch {
	case v >= 0.9:
		return fmt.Sprintf("%.0f s", v)
	case v >= 0.0009:
		return fmt.Sprintf("%.0f ms", v*1e3)
	}
	return fmt.Sprintf("%.0f µs", v*1e6)
}
