package publiccode

import (
	"fmt"
	"reflect"
	"regexp"
	"slices"
	"sort"
	"strings"
	"unicode"
	"unicode/utf8"
)

// New writes a fresh file from doc, by the current version of the standard, whatever doc.Version says, and reads it back.
// What is empty is left out: a doc that lacks a mandatory value gives a file that Judge finds wanting, not an error.
// Keys of older versions and of dialects (Italy, InputTypes, RepoOwner, CreationDate…) are left out too.
func New(doc Doc) (*File, error) {
	doc.Version = Current
	doc.Italy, doc.InputTypes, doc.OutputTypes, doc.CreationDate = Italy{}, nil, nil, ""
	doc.Legal.RepoOwner, doc.Legal.AuthorsFile = "", ""
	doc.IntendedAudience.Countries = upper(doc.IntendedAudience.Countries)
	doc.IntendedAudience.UnsupportedCountries = upper(doc.IntendedAudience.UnsupportedCountries)
	texts := make(map[string]Description, len(doc.Description))
	for lang, d := range doc.Description {
		d.GenericName, d.FreeTags = "", nil
		texts[lang] = d
	}
	doc.Description = texts
	tree := nodeOf(reflect.ValueOf(doc))
	tidy(tree)
	var b strings.Builder
	b.WriteString("# publiccode.yml: see https://yml.publiccode.tools\n")
	for i, line := range block(tree, 0) {
		if i > 0 && line != "" && line[0] != ' ' && line[0] != '-' {
			b.WriteByte('\n') // a blank line between top-level keys
		}
		b.WriteString(line + "\n")
	}
	f, err := Read(strings.NewReader(b.String()), Limits{})
	if err != nil {
		return nil, fmt.Errorf("write new publiccode.yml: %w", err)
	}
	if !same(f.Root, tree) {
		return nil, fmt.Errorf("write new publiccode.yml: what was written reads otherwise")
	}
	return f, nil
}

func upper(codes []string) []string {
	out := slices.Clone(codes)
	for i := range out {
		out[i] = strings.ToUpper(out[i])
	}
	return out
}

// tidy makes texts safe to write: valid UTF-8, and "\n" alone as line end.
func tidy(n *Node) {
	if n == nil {
		return
	}
	n.Value = cleaned(n.Value)
	for i := range n.Entries {
		n.Entries[i].Key = cleaned(n.Entries[i].Key)
		tidy(n.Entries[i].Value)
	}
	for _, it := range n.Items {
		tidy(it)
	}
}

func cleaned(s string) string {
	s = strings.ToValidUTF8(s, "\uFFFD")
	return strings.NewReplacer("\r\n", "\n", "\r", "\n").Replace(s)
}

// block writes a mapping or list as lines at an indent, or an empty one in brackets.
func block(n *Node, indent int) []string {
	pad := strings.Repeat(" ", indent)
	var out []string
	switch n.Kind {
	case Mapping:
		for _, e := range n.Entries {
			out = append(out, hang(pad+plainKey(e.Key)+":", e.Value, indent)...)
		}
	case Sequence:
		for _, it := range n.Items {
			out = append(out, dash(pad+"-", it, indent)...)
		}
	}
	return out
}

// hang writes a value behind "key:": on the line when it fits there, else below it.
func hang(head string, n *Node, indent int) []string {
	if n.scalar() || n.empty() {
		return scalar(head, n, indent+2)
	}
	return append([]string{head}, block(n, indent+2)...)
}

// dash writes a value behind "-": the first line of a mapping or list stands on the dash's own.
func dash(head string, n *Node, indent int) []string {
	if n.scalar() || n.empty() {
		return scalar(head, n, indent+2)
	}
	lines := block(n, indent+2)
	lines[0] = head + " " + lines[0][indent+2:]
	return lines
}

// scalar writes a single value behind its head; a text of several lines goes below, at the indent.
func scalar(head string, n *Node, indent int) []string {
	switch n.Kind {
	case Mapping:
		return []string{head + " {}"}
	case Sequence:
		return []string{head + " []"}
	case Null:
		return []string{head}
	case Number, Bool:
		return []string{head + " " + n.Value}
	}
	pad := strings.Repeat(" ", indent)
	if strings.Contains(n.Value, "\n") && blockSafe(n.Value) {
		text, style := strings.TrimSuffix(n.Value, "\n"), " |"
		if text == n.Value {
			style = " |-"
		}
		out := []string{head + style}
		for _, l := range strings.Split(text, "\n") {
			if l != "" {
				l = pad + l
			}
			out = append(out, l)
		}
		return out
	}
	if utf8.RuneCountInString(n.Value) > wide && foldSafe(n.Value) {
		out := []string{head + " >-"}
		for _, l := range wrap(n.Value, wide-indent) {
			out = append(out, pad+l)
		}
		return out
	}
	return []string{head + " " + inline(n.Value)}
}

// wide is the length of a text, in characters, from which it is folded over several lines.
const wide = 100

// blockSafe tells a text that a block after "|" keeps as it is.
func blockSafe(s string) bool {
	if s[0] == ' ' || s[0] == '\n' || strings.HasSuffix(s, "\n\n") || strings.Contains(s, strings.Repeat("\n", maxBlank/2)) {
		return false
	}
	for _, l := range strings.Split(s, "\n") {
		if l != "" && strings.TrimSpace(l) == "" || strings.HasSuffix(l, " ") {
			return false
		}
	}
	return strings.IndexFunc(s, func(r rune) bool { return r != '\n' && !printable(r) }) < 0
}

// foldSafe tells a text of one line that may be broken at its blanks and joined again.
func foldSafe(s string) bool {
	return !strings.Contains(s, "  ") && strings.TrimSpace(s) == s && strings.IndexFunc(s, func(r rune) bool { return !printable(r) }) < 0 &&
		strings.IndexFunc(s, func(r rune) bool { return r != ' ' && unicode.IsSpace(r) }) < 0
}

func wrap(s string, width int) []string {
	var lines []string
	line := ""
	for _, w := range strings.Split(s, " ") {
		if line != "" && utf8.RuneCountInString(line)+1+utf8.RuneCountInString(w) > max(width, 40) {
			lines, line = append(lines, line), ""
		}
		if line != "" {
			line += " "
		}
		line += w
	}
	return append(lines, line)
}

// printable is what YAML and its readers pass unharmed.
func printable(r rune) bool {
	return r >= ' ' && r != 0x7f && (r < 0x80 || r > 0xa0) && r != 0x2028 && r != 0x2029 && r != 0xfeff && r != utf8.RuneError
}

// plainText is a text that needs no quotes for any reader of YAML, 1.1 or 1.2.
var plainText = regexp.MustCompile(`^[\pL/][\pL\pN\pM /._+@()'’,;&=?!%~-]*$`)

// plainWord is a key that needs no quotes.
var plainWord = regexp.MustCompile(`^[A-Za-z_][A-Za-z0-9_-]*$`)

// taken are words that some readers of YAML take for something else than a text.
var taken = []string{"null", "true", "false", "yes", "no", "on", "off", "y", "n", "nan", "inf"}

// webText is an address, which needs no quotes either.
var webText = regexp.MustCompile(`^https?://[A-Za-z0-9/._~%?&=+@-]+$`)

func inline(s string) string {
	if webText.MatchString(s) || plainText.MatchString(s) && !strings.HasSuffix(s, " ") && !slices.Contains(taken, strings.ToLower(s)) {
		return s
	}
	return quoted(s)
}

func plainKey(s string) string {
	if plainWord.MatchString(s) && !slices.Contains(taken, strings.ToLower(s)) {
		return s
	}
	return quoted(s)
}

// quoted writes a text in double quotes.
func quoted(s string) string {
	var b strings.Builder
	b.WriteByte('"')
	for _, r := range s {
		switch {
		case r == '"' || r == '\\':
			b.WriteByte('\\')
			b.WriteRune(r)
		case r == '\n':
			b.WriteString(`\n`)
		case r == '\t':
			b.WriteString(`\t`)
		case printable(r) || r == utf8.RuneError:
			b.WriteRune(r)
		case r < 0x100:
			fmt.Fprintf(&b, `\x%02x`, r)
		default:
			fmt.Fprintf(&b, `\u%04x`, r)
		}
	}
	b.WriteByte('"')
	return b.String()
}

// same tells whether two trees say the same; the order of keys says nothing.
func same(a, b *Node) bool {
	if a == nil || b == nil {
		return a == b
	}
	if a.Kind != b.Kind || len(a.Entries) != len(b.Entries) || len(a.Items) != len(b.Items) {
		return false
	}
	if a.scalar() {
		return a.Kind == Null || a.Value == b.Value
	}
	for i := range a.Items {
		if !same(a.Items[i], b.Items[i]) {
			return false
		}
	}
	left, right := byKey(a.Entries), byKey(b.Entries)
	for i := range left {
		if left[i].Key != right[i].Key || !same(left[i].Value, right[i].Value) {
			return false
		}
	}
	return true
}

func byKey(es []Entry) []Entry {
	es = slices.Clone(es)
	sort.SliceStable(es, func(i, k int) bool { return es[i].Key < es[k].Key })
	return es
}
