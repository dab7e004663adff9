package report

import (
	"fmt"
	"io"
	"strings"
	"unicode"
)

// printer writes to a terminal and keeps the first error of writing.
type printer struct {
	out   io.Writer
	ansi  bool
	width int
	err   error
}

// printer is one for the terminal's standard output.
func (t Terminal) printer(_ voice) *printer {
	p := &printer{out: t.Out, ansi: t.ANSI, width: max(t.Width, 40)}
	if t.Width == 0 {
		p.width = 80
	}
	return p
}

func (p *printer) line(text string) {
	if p.err == nil {
		_, p.err = fmt.Fprintln(p.out, strings.TrimRight(text, " "))
	}
}

func (p *printer) head(text string) {
	p.line("")
	p.line(p.bold(text))
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
	line, empty := lead, true
	for word := range strings.SplitSeq(text, " ") { // at blanks only: a French number holds together
		if !empty && columns(line)+1+columns(word) > p.width {
			p.line(line)
			line, empty = strings.Repeat(" ", columns(lead)), true
		}
		if !empty {
			line += " "
		}
		line += word
		empty = false
	}
	p.line(line)
}

// column is one of a table. The one that is wide takes what room the others leave, and is cut there.
type column struct {
	head        string
	right, wide bool
}

// table writes a head and rows.
func (p *printer) table(cols []column, rows [][]string) {
	widths := make([]int, len(cols))
	head := make([]string, len(cols))
	for i, c := range cols {
		head[i] = c.head
		widths[i] = columns(c.head)
		for _, r := range rows {
			widths[i] = max(widths[i], columns(r[i]))
		}
	}
	used := 2 * len(cols)
	for i, c := range cols {
		if !c.wide {
			used += widths[i]
		}
	}
	for i, c := range cols {
		if c.wide {
			widths[i] = min(widths[i], max(p.width-used, 12))
		}
	}
	for n, row := range append([][]string{head}, rows...) {
		var b strings.Builder
		for i, c := range cols {
			b.WriteString("  " + pad(cut(row[i], widths[i]), widths[i], c.right))
		}
		text := strings.TrimRight(b.String(), " ")
		if n == 0 {
			text = p.dim(text)
		}
		p.line(text)
	}
}

// columns is how wide text is in a terminal: wide scripts take two, marks that combine none.
func columns(text string) int {
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
	if columns(text) <= width {
		return text
	}
	n := 0
	for i, r := range text {
		if n += columns(string(r)); n > width-1 {
			return strings.TrimRight(text[:i], " ") + "…"
		}
	}
	return text
}

func pad(text string, width int, right bool) string {
	blank := strings.Repeat(" ", max(width-columns(text), 0))
	if right {
		return blank + text
	}
	return text + blank
}
