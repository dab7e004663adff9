// Package report writes the vitality of a commons to a terminal and to files: sentences first, then small pictures, then
// tables; JSON and CSV; and it is the command `commun vitality` ([Run]). It knows nothing of pages, accounts or the
// database: what it shows is one githistory.Result.
package report

import (
	"fmt"
	"io"
	"strings"
	"time"
	"unicode"

	"commun/engines/githistory"
)

// TerminalOptions say how to write to a terminal.
type TerminalOptions struct {
	Width  int       // columns; 0 is 80, fewer than 40 are taken as 40
	ANSI   bool      // bold and dim may be used
	Lang   Lang      // "" is English
	Window string    // what the sentences speak of; "" is 12m
	Title  string    // what was measured; "" for none
	Now    time.Time // today, so that a history that ended long ago is told with its dates; zero for none
}

// topContributors is how many people a terminal lists; JSON and CSV list all.
const topContributors = 15

// Terminal writes the findings as sentences, activity as sparklines, and tables of windows and contributors.
func Terminal(w io.Writer, res *githistory.Result, opts TerminalOptions) error {
	p := printer{out: w, s: newSpeaker(opts.Lang), ansi: opts.ANSI, width: max(opts.Width, 40)}
	if opts.Width == 0 {
		p.width = 80
	}
	window := opts.Window
	if res.Windows.Get(window) == nil {
		window = githistory.Window12m
	}
	p.s = p.s.at(opts.Now, res.Windows.Get(window).To)
	r := res.Repository
	if opts.Title != "" {
		p.line(p.bold(opts.Title))
	}
	p.wrap("", p.s.say("line.head", 0, map[string]any{"commits": r.Commits, "merges": r.Merges,
		"contributors": r.Contributors, "first": r.First, "last": r.Last}))
	p.line("")
	for _, f := range res.Findings(window) {
		p.wrap("• ", p.s.finding(f))
	}
	p.spark("spark.people", res.Months, func(m githistory.Month) int { return m.Active })
	p.spark("spark.commits", res.Months, func(m githistory.Month) int { return m.Commits })
	p.windows(res)
	p.people(res)
	return p.err
}

// printer keeps the first error of writing.
type printer struct {
	out   io.Writer
	s     speaker
	ansi  bool
	width int
	err   error
}

func (p *printer) line(text string) {
	if p.err == nil {
		_, p.err = fmt.Fprintln(p.out, text)
	}
}

func (p *printer) bold(text string) string { return p.style("1", text) }
func (p *printer) dim(text string) string  { return p.style("2", text) }

func (p *printer) style(code, text string) string {
	if !p.ansi {
		return text
	}
	return "\x1b[" + code + "m" + text + "\x1b[0m"
}

// wrap breaks text between words; the second line and on are indented as deep as lead.
func (p *printer) wrap(lead, text string) {
	line := lead
	room := p.width
	empty := true
	for word := range strings.SplitSeq(text, " ") { // at blanks only: a French number holds together
		if !empty && Columns(line)+1+Columns(word) > room {
			p.line(line)
			line, empty = strings.Repeat(" ", Columns(lead)), true
		}
		if !empty {
			line += " "
		}
		line += word
		empty = false
	}
	p.line(line)
}

// spark draws one row of blocks, a month each, or several months where there are more than columns.
func (p *printer) spark(key string, months []githistory.Month, of func(githistory.Month) int) {
	if len(months) < 2 {
		return
	}
	values := make([]int, len(months))
	for i, m := range months {
		values[i] = of(m)
	}
	first, last := months[0].Month, months[len(months)-1].Month
	if room := p.width; len(values) > room { // what is recent is what matters
		values = values[len(values)-room:]
		first = months[len(months)-room].Month
	}
	most := 0
	for _, v := range values {
		most = max(most, v)
	}
	p.line("")
	p.wrap("", p.s.say(key, most, map[string]any{"from": first, "to": last, "most": most}))
	p.line(Spark(values))
}

// Spark draws values as a row of blocks, the largest full height, 0 a blank, anything above 0 at least a sliver.
func Spark(values []int) string {
	const blocks = "▁▂▃▄▅▆▇█"
	levels := []rune(blocks)
	most := 0
	for _, v := range values {
		most = max(most, v)
	}
	// Rounded down but for the top: only the largest is full, and 1 of 1,000 can still be seen.
	var b strings.Builder
	for _, v := range values {
		if v <= 0 {
			b.WriteByte(' ')
			continue
		}
		b.WriteRune(levels[(v*len(levels)-1)/most])
	}
	return strings.TrimRight(b.String(), " ")
}

func (p *printer) windows(res *githistory.Result) {
	head := []string{"col.window", "col.commits", "col.people", "col.new", "col.absence", "col.lines", "col.elephant", "col.unknown", "col.outside"}
	var rows [][]string
	for _, name := range []string{githistory.WindowSince, githistory.Window12m, githistory.Window3y, githistory.WindowAll} {
		w := res.Windows.Get(name)
		if w == nil {
			continue
		}
		n := func(v int) string { return p.s.number(int64(v)) }
		rows = append(rows, []string{p.s.plain("name." + name), n(w.Commits), n(w.Contributors), n(w.NewContributors),
			n(w.AbsenceFactor.Commits), n(w.AbsenceFactor.Lines), n(w.ElephantFactor.Commits),
			p.s.share(w.ElephantFactor.UnknownShare), p.s.share(w.OutsideHours)})
	}
	p.table("head.windows", head, rows)
}

func (p *printer) people(res *githistory.Result) {
	var rows [][]string
	for _, c := range res.Contributors[:min(len(res.Contributors), topContributors)] {
		name := c.Name
		if c.Bot {
			name += " (" + p.s.plain("bot") + ")"
		}
		rows = append(rows, []string{name, p.s.number(int64(c.Commits)), p.s.number(c.Added), p.s.number(c.Deleted), p.s.day(c.Last)})
	}
	p.table("head.people", []string{"col.name", "col.commits", "col.added", "col.deleted", "col.last"}, rows)
	if more := len(res.Contributors) - len(rows); more > 0 {
		p.line(p.dim(p.s.say("more", more, nil)))
	}
}

// table writes a title, a head and rows: the first column to the left and cut where the width asks it, numbers right.
// Columns that do not fit are left out from the right, rather than wrapped into nonsense.
func (p *printer) table(title string, head []string, rows [][]string) {
	if len(rows) == 0 {
		return
	}
	all := make([][]string, 0, len(rows)+1)
	names := make([]string, len(head))
	for i, key := range head {
		names[i] = p.s.plain(key)
	}
	all = append(append(all, names), rows...)
	widths := make([]int, len(head))
	for _, row := range all {
		for i, cell := range row {
			widths[i] = max(widths[i], Columns(cell))
		}
	}
	widths[0] = min(widths[0], max(p.width/3, 12))
	// How many columns fit; every row has the same, so that the table stays one.
	use, total := 1, widths[0]
	for use < len(widths) && total+2+widths[use] <= p.width {
		total += 2 + widths[use]
		use++
	}
	p.line("")
	p.line(p.bold(p.s.plain(title)))
	for n, row := range all {
		var b strings.Builder
		b.WriteString(pad(cut(row[0], widths[0]), widths[0], false))
		for i := 1; i < use; i++ {
			b.WriteString("  " + pad(row[i], widths[i], true))
		}
		text := strings.TrimRight(b.String(), " ")
		if n == 0 {
			text = p.dim(text)
		}
		p.line(text)
	}
}

// Columns is how wide text is in a terminal: wide scripts take two, marks that combine none.
func Columns(text string) int {
	n := 0
	for _, r := range text {
		switch {
		case unicode.In(r, unicode.Mn, unicode.Me, unicode.Cf):
		case unicode.In(r, unicode.Han, unicode.Hangul, unicode.Hiragana, unicode.Katakana) || r >= 0x1F300 && r <= 0x1FAFF || r >= 0xFF01 && r <= 0xFF60:
			n += 2
		default:
			n++
		}
	}
	return n
}

// cut shortens text to so many columns, with an ellipsis.
func cut(text string, width int) string {
	if Columns(text) <= width {
		return text
	}
	n := 0
	for i, r := range text {
		if n += Columns(string(r)); n > width-1 {
			return text[:i] + "…"
		}
	}
	return text
}

func pad(text string, width int, right bool) string {
	blanks := strings.Repeat(" ", max(width-Columns(text), 0))
	if right {
		return blanks + text
	}
	return text + blanks
}

// Bar draws progress in place on a terminal's line. It writes at most ten times a second.
type Bar struct {
	out   io.Writer
	s     speaker
	width int
	now   func() time.Time
	last  time.Time
	drawn bool
}

// NewBar returns a bar for a terminal of width columns; now is the clock.
func NewBar(out io.Writer, lang Lang, width int, now func() time.Time) *Bar {
	return &Bar{out: out, s: newSpeaker(lang), width: max(width, 40), now: now}
}

// Show draws how far the reading is.
func (b *Bar) Show(p githistory.Progress) {
	now := b.now()
	if b.drawn && now.Sub(b.last) < 100*time.Millisecond && p.Done != p.Total {
		return
	}
	b.last, b.drawn = now, true
	text := b.s.plain("phase." + string(p.Phase))
	if p.Total == 0 {
		fmt.Fprintf(b.out, "\r\x1b[K%s  %s", text, b.s.number(int64(p.Done)))
		return
	}
	count := fmt.Sprintf("%s / %s", b.s.number(int64(p.Done)), b.s.number(int64(p.Total)))
	room := max(b.width-Columns(text)-Columns(count)-5, 4)
	full := room * p.Done / p.Total
	fmt.Fprintf(b.out, "\r\x1b[K%s %s%s %s", text, strings.Repeat("█", full), strings.Repeat("░", room-full), count)
}

// Clear removes the bar, before anything else is written there.
func (b *Bar) Clear() {
	if b.drawn {
		fmt.Fprint(b.out, "\r\x1b[K")
		b.drawn = false
	}
}
