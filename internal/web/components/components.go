// Package components holds the parts that every page is made of: buttons, fields, tables, notices, lists, figures. Each is a templ component that
// takes a struct of what it shows, already in the reader's words; what it says by itself ("optional", "previous page") it takes from the context's
// i18n voice. All work without JavaScript, by keyboard, with a screen reader, from 320 px on; package gallery shows each in every state.
//
// Text in another language than the page is given with its Lang. No component writes a style or script attribute: classes only.
package components

import (
	"context"
	"strconv"
	"strings"
	"time"

	"github.com/a-h/templ"

	"commun/internal/platform/i18n"
)

// Link is a link with its text. Current marks the page or the section that the reader is on.
type Link struct {
	Text, Href string
	Lang       string // of Text, when it is not the page's
	Current    bool
	Rel        string // such as "nofollow ugc" for an address that people gave
}

// FieldError is what is wrong with a field, in words. An empty Field concerns the whole form.
type FieldError struct{ Field, Text string }

// Errors are the errors of a form, as web.FormErrors makes them.
type Errors []FieldError

// For returns the text about the field of that name, or "".
func (e Errors) For(field string) string {
	for _, f := range e {
		if f.Field == field {
			return f.Text
		}
	}
	return ""
}

// FieldID is the id of the form control named name, to which the error summary links.
func FieldID(name string) string { return "f-" + name }

// Kinds of buttons and link buttons. A page has one Primary: its main action.
const (
	Primary   = "primary"
	Secondary = "secondary"
	Danger    = "danger" // what can't be undone
	Quiet     = "quiet"  // looks like a link
)

// ButtonProps describe a button inside a form.
type ButtonProps struct {
	Text        string
	Kind        string // Primary when empty
	Name, Value string // sent when this button submits
	FormAction  string // another action than the form's
	NoValidate  bool   // submit although fields are not filled: for "add another", "cancel"
	About       string // words that only a screen reader says after Text: which of many this one is about
}

// Field describes a form control of one line or several.
type Field struct {
	Name         string
	Label        string
	Hint         string
	Error        string
	Value        string
	Type         string // "text" when empty; email, url, search, number, date
	Rows         int    // more than 0: a text of several lines
	Optional     bool   // says so beside the label; fields are required otherwise
	Autocomplete string // such as "email"; WCAG 1.3.5
	Lang         string // the language in which to type, when it is not the page's
	Max          int    // longest text, in characters; 0: no limit. The server judges, not the browser: a paste is not cut silently
	Width        string // "short", "medium"; the whole width when empty
	InputMode    string
	NoSpell      bool // addresses, codes: no spelling marks
	HideLabel    bool // the label is for screen readers only (a search box beside its button)
	Code         bool // shown in the fixed-width face
}

func (f Field) id() string { return FieldID(f.Name) }

func (f Field) kind() string {
	if f.Type == "" {
		return "text"
	}
	return f.Type
}

// describedBy names the hint and the error for screen readers, error first.
func (f Field) describedBy() string {
	var ids []string
	if f.Error != "" {
		ids = append(ids, f.id()+"-error")
	}
	if f.Hint != "" {
		ids = append(ids, f.id()+"-hint")
	}
	return strings.Join(ids, " ")
}

// attrs are the attributes that inputs, text areas and selects share.
func (f Field) attrs(ctx context.Context) templ.Attributes {
	a := templ.Attributes{"id": f.id(), "name": f.Name}
	if d := f.describedBy(); d != "" {
		a["aria-describedby"] = d
	}
	if f.Error != "" {
		a["aria-invalid"] = "true"
	}
	if f.Autocomplete != "" {
		a["autocomplete"] = f.Autocomplete
	}
	if f.Lang != "" && f.Lang != i18n.From(ctx).Lang() {
		a["lang"] = f.Lang
	}
	if f.InputMode != "" {
		a["inputmode"] = f.InputMode
	}
	if f.NoSpell {
		a["spellcheck"] = "false"
		a["autocapitalize"] = "off"
	}
	if !f.Optional {
		// aria-required and not required: the browser's own bubbles are in the browser's language and don't list all errors.
		a["aria-required"] = "true"
	}
	return a
}

// Option is a choice of a select, of radio buttons or of checkboxes.
type Option struct {
	Value, Label string
	Hint         string
	Lang         string
	Selected     bool
	Group        string // options of a select that follow each other with the same group are shown under it
}

// optionGroup is a run of options of one group.
type optionGroup struct {
	label   string
	options []Option
}

func grouped(options []Option) []optionGroup {
	var out []optionGroup
	for _, o := range options {
		if len(out) == 0 || out[len(out)-1].label != o.Group {
			out = append(out, optionGroup{label: o.Group})
		}
		out[len(out)-1].options = append(out[len(out)-1].options, o)
	}
	return out
}

// Selected marks the options whose value is among values; the given slice is not changed.
func Selected(options []Option, values ...string) []Option {
	out := make([]Option, len(options))
	for i, o := range options {
		for _, v := range values {
			o.Selected = o.Selected || o.Value == v
		}
		out[i] = o
	}
	return out
}

// Kinds of notices, which say their kind in a word and by a border, not by colour alone.
const (
	Info    = "info"
	Success = "success"
	Warning = "warning"
	Failure = "error"
)

// Column is a column of a table.
type Column struct {
	Label   string
	Numeric bool // aligned right, in figures of one width
	Hide    bool // the label is for screen readers only
}

// Cell is a cell of a table: a text, a link, or any component.
type Cell struct {
	Text string
	Href string
	Lang string
	Body templ.Component // instead of Text
}

// Cells makes a row of plain texts.
func Cells(texts ...string) []Cell {
	row := make([]Cell, len(texts))
	for i, t := range texts {
		row[i] = Cell{Text: t}
	}
	return row
}

// TableProps describe a table. The first cell of each row is its header.
type TableProps struct {
	Caption     string // what the table says; required
	HideCaption bool   // for screen readers only, when a heading says it just above
	Columns     []Column
	Rows        [][]Cell
	Empty       string // said when there is no row
	Compact     bool
}

// Pages are the links of a list that is paged by key: an empty Href has no such page.
type Pages struct {
	Previous, Next string
	Label          string // what is paged, for screen readers, such as "Results"
}

// FacetValue is one value of a facet, a link that adds it to the search or takes it away.
type FacetValue struct {
	Label    string
	Lang     string
	Count    int64
	Href     string
	Selected bool
}

// Facet is a property by which a list can be narrowed.
type Facet struct {
	Title  string
	Values []FacetValue
	Open   bool // unfolded on narrow screens too; one with a selected value always is
}

func (f Facet) open() bool {
	for _, v := range f.Values {
		if v.Selected {
			return true
		}
	}
	return f.Open
}

// shown is how many values of a facet stand outside its "more".
const shown = 6

// visible parts the values into those that are always seen (the selected ones among them) and the rest.
func (f Facet) visible() (first, more []FacetValue) {
	for i, v := range f.Values {
		if i < shown || v.Selected {
			first = append(first, v)
		} else {
			more = append(more, v)
		}
	}
	return first, more
}

// Row is a line of a summary list: what it is, its value, where the value came from, what can be done about it.
type Row struct {
	Key    string
	Value  string
	Lang   string          // of Value
	Body   templ.Component // instead of Value
	Source string          // such as "publiccode.yml"
	Action Link            // such as a link to change it; About says of what
	About  string
}

// Result is an entry of a list of results.
type Result struct {
	Title, Href, Lang    string // Lang is of the title
	Summary, SummaryLang string
	Tags                 []TagProps
	Facts                []string // short plain facts in one line: licence, last release
}

// TagProps describe a tag. Tone is "", "good", "warn", "bad" or "accent"; the text alone must say it.
type TagProps struct{ Text, Tone string }

// Job is a running, waiting or ended piece of work as Progress shows it.
type Job struct {
	Title       string
	State       string // "waiting", "running", "done", "failed", "cancelled": for the look; Status says it in words
	Status      string // in words, such as "Reading commits: 1,200 of 5,000"
	Done, Total int64  // Total 0: not known
	Stream      string // address of its events; empty when it has ended
	Reload      string // address that shows the newest state without JavaScript; empty when it has ended
}

// JobEvent is what a job's stream sends as event "progress" (and then one event "end" without data): Progress follows it.
type JobEvent struct {
	Done   int64  `json:"done"`
	Total  int64  `json:"total"`
	Status string `json:"status"` // in words of the reader's language
}

func (j Job) live() bool { return j.State == "waiting" || j.State == "running" }

func (j Job) max() string   { return strconv.FormatInt(j.Total, 10) }
func (j Job) value() string { return strconv.FormatInt(min(j.Done, j.Total), 10) }

// FigureProps describe a figure: a sentence that says what it shows, the drawing, then the numbers, and where they come from.
type FigureProps struct {
	ID         string // unique on the page
	Sentence   string // the finding, in a plain sentence
	Chart      templ.Component
	Table      TableProps
	CSV        string // address of the same numbers
	Definition string // how the measure is defined
	DefHref    string // where the definition stands in full
	Source     string // what was read, and when
}

// Change is one property before and after, for Diff.
type Change struct {
	Label         string
	Before, After string
	Lang          string
	Note          string // what changed beside the words, such as who says them
}

// foreign returns lang when a text in it needs the attribute on a page of ctx.
func foreign(ctx context.Context, lang string) string {
	if lang == i18n.From(ctx).Lang() {
		return ""
	}
	return lang
}

// t is the component's own words.
func t(ctx context.Context, key string, args ...i18n.Args) string {
	return i18n.T(ctx, key, args...)
}

// iso writes a time for machines.
func iso(at time.Time) string { return at.UTC().Format(time.RFC3339) }
