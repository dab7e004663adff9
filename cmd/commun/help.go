package main

import (
	"fmt"
	"io"
	"strings"

	"github.com/alecthomas/kong"

	"commun/internal/features/vitality/report"
	"commun/internal/platform/config"
	"commun/internal/platform/i18n"
)

// example is a command to be typed as it stands; note is the message that says what for, or "".
type example struct{ command, note string }

// helpIn returns the printer of pages of help in words of l. kong's own speaks English only.
func helpIn(l *i18n.Localizer) kong.HelpPrinter {
	return func(_ kong.HelpOptions, ctx *kong.Context) error {
		node := ctx.Selected()
		if node == nil {
			node = ctx.Model.Node
		}
		p := page{l: l, width: 80}
		if width, ok := report.TerminalWidth(ctx.Stdout); ok {
			p.width = min(max(width, 40), 100)
		}
		p.node(node)
		_, err := io.WriteString(ctx.Stdout, p.text.String())
		return err
	}
}

// table is the one of the messages that are put together from names, here alone.
const table = "cli"

// The keys of the messages of a verb, an argument, a flag, and of the word that stands for a value.
func verbKey(n *kong.Node) string {
	if n.Parent == nil {
		return table + ".commun"
	}
	return table + "." + strings.ReplaceAll(n.Path(), " ", "_")
}

func argKey(n *kong.Node, v *kong.Value) string { return verbKey(n) + ".arg_" + v.Name }

func flagKey(n *kong.Node, f *kong.Flag) string {
	switch key := f.Tag.Get("say"); {
	case key != "":
		return key
	case f.Name == "help":
		return "cli.help.flag"
	case f.Tag.Get("var") != "":
		return config.HelpKey(f.Name)
	}
	return verbKey(n) + ".flag_" + strings.ReplaceAll(f.Name, "-", "_")
}

func wordKey(name string) string {
	return table + ".word." + strings.NewReplacer(":", "_", "-", "_").Replace(strings.ToLower(name))
}

// valueKey is the message of the word that stands for a flag's value in the help; "" for one that takes none.
func valueKey(f *kong.Flag) string {
	if f.IsBool() {
		return ""
	}
	if f.PlaceHolder != "" {
		return wordKey(f.PlaceHolder)
	}
	return wordKey(f.Name)
}

// page is a page of help that is being written.
type page struct {
	l     *i18n.Localizer
	width int
	text  strings.Builder
}

// node writes the page of a verb, or of the program.
func (p *page) node(n *kong.Node) {
	p.wrap("", p.l.T("cli.help.usage", i18n.Args{"command": p.usage(n)}))
	key := verbKey(n)
	p.paragraph(p.l.T(key + ".about"))
	if p.l.Has(key + ".more") {
		for text := range strings.SplitSeq(p.l.T(key+".more"), "\n\n") {
			p.paragraph(text)
		}
	}
	p.examples(n)
	var rows [][2]string
	for _, v := range n.Positional {
		rows = append(rows, [2]string{p.label(v), p.l.T(argKey(n, v))})
	}
	p.table("cli.help.arguments", rows)
	rows = nil
	for _, leaf := range n.Leaves(true) {
		if leaf != n {
			rows = append(rows, [2]string{leaf.Path(), p.l.T(verbKey(leaf) + ".about")})
		}
	}
	p.table("cli.help.verbs", rows)
	var mine, settings [][2]string // what is the verb's own comes first
	for at := n; at != nil; at = at.Parent {
		for _, f := range at.Flags {
			row := [2]string{p.flag(f), p.says(at, f)}
			switch {
			case f.Hidden:
			case f.Tag.Get("var") != "" || f.Name == "help":
				settings = append(settings, row)
			default:
				mine = append(mine, row)
			}
		}
	}
	p.table("cli.help.options", append(mine, settings...))
	if n.Parent == nil {
		p.paragraph(p.l.T("cli.help.each"))
	}
}

// usage is the shape of a verb's command line.
func (p *page) usage(n *kong.Node) string {
	parts := []string{"commun"}
	if n.Parent != nil {
		parts = append(parts, n.Path())
	}
	if len(n.Children) > 0 {
		parts = append(parts, p.l.T(wordKey("verb")))
	}
	for _, v := range n.Positional {
		parts = append(parts, p.label(v))
	}
	return strings.Join(append(parts, "["+p.l.T(wordKey("options"))+"]"), " ")
}

// label is how an argument stands in the usage: FILE…, [PROOF].
func (p *page) label(v *kong.Value) string {
	text := p.l.T(wordKey(v.Name))
	if v.IsSlice() {
		text += "…"
	}
	if !v.Required {
		text = "[" + text + "]"
	}
	return text
}

// flag is how a flag is typed.
func (p *page) flag(f *kong.Flag) string {
	text := "--" + f.Name
	if f.Short != 0 {
		text = "-" + string(f.Short) + ", " + text
	}
	if key := valueKey(f); key != "" {
		text += "=" + p.l.T(key)
	}
	return text
}

// says is what a flag is for, its default, and the variable that may stand for it.
func (p *page) says(n *kong.Node, f *kong.Flag) string {
	text := p.l.T(flagKey(n, f))
	if f.HasDefault && f.Default != "" {
		text += " " + p.l.T("cli.help.default", i18n.Args{"value": f.Default})
	}
	if name := f.Tag.Get("var"); name != "" {
		text += " [" + name + "]"
	}
	return text
}

// examples writes what a verb's struct gives to be typed.
func (p *page) examples(n *kong.Node) {
	if !n.Target.IsValid() || !n.Target.CanAddr() {
		return
	}
	given, ok := n.Target.Addr().Interface().(interface{ Examples() []example })
	if !ok {
		return
	}
	p.head("cli.help.examples")
	for _, x := range given.Examples() {
		fmt.Fprintf(&p.text, "  %s\n", x.command)
		if x.note != "" {
			p.wrap("      ", p.l.T(x.note))
		}
	}
}

func (p *page) head(key string) { fmt.Fprintf(&p.text, "\n%s\n", p.l.T(key)) }

func (p *page) paragraph(text string) {
	p.text.WriteByte('\n')
	p.wrap("", text)
}

// mostLeft is how wide the first column of a table may be: an address must fit beside it.
const mostLeft = 22

// table writes rows of two columns. What is wide in the first column has a line to itself.
func (p *page) table(title string, rows [][2]string) {
	if len(rows) == 0 {
		return
	}
	p.head(title)
	wide := 0
	for _, r := range rows {
		if n := report.Columns(r[0]); n <= mostLeft {
			wide = max(wide, n)
		}
	}
	indent := strings.Repeat(" ", wide+4)
	for _, r := range rows {
		lead := "  " + r[0] + strings.Repeat(" ", max(wide-report.Columns(r[0])+2, 0))
		if report.Columns(r[0]) > wide {
			p.text.WriteString("  " + r[0] + "\n")
			lead = indent
		}
		p.wrapBelow(lead, indent, r[1])
	}
}

// wrap writes text between the margins, each line after indent.
func (p *page) wrap(indent, text string) { p.wrapBelow(indent, indent, text) }

// wrapBelow writes text after lead, and its further lines after indent. It breaks at blanks only: a no-break one holds.
func (p *page) wrapBelow(lead, indent, text string) {
	line, empty := lead, true
	for word := range strings.SplitSeq(strings.ReplaceAll(text, "\n", " "), " ") {
		if !empty && report.Columns(line)+1+report.Columns(word) > p.width {
			p.text.WriteString(line + "\n")
			line, empty = indent, true
		}
		if !empty {
			line += " "
		}
		line += word
		empty = false
	}
	p.text.WriteString(strings.TrimRight(line, " ") + "\n")
}
