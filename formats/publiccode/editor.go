package publiccode

import (
	"strings"
)

// editor changes lines of a file. It works from the places that the parser gave, and may be wrong about a strange file: its
// result only counts after it was read again.
type editor struct {
	lines, ends []string
	root        *Node
}

// bytes joins the lines again.
func (e *editor) bytes(bom bool) []byte {
	var b strings.Builder
	if bom {
		b.WriteString("\ufeff")
	}
	for i, l := range e.lines {
		b.WriteString(l)
		b.WriteString(e.ends[i])
	}
	return []byte(b.String())
}

// splice replaces the lines from..to (to not included) by others.
func (e *editor) splice(from, to int, with []string) {
	eol := "\n"
	if len(e.ends) > 0 && e.ends[0] != "" {
		eol = e.ends[0]
	}
	ends := make([]string, len(with))
	for i := range ends {
		ends[i] = eol
	}
	if to > from && len(with) > 0 {
		// the last line replaced may be the last of the file, without an end
		ends[len(ends)-1] = e.ends[to-1]
	}
	if to == from && from > 0 && e.ends[from-1] == "" && len(with) > 0 {
		e.ends[from-1] = eol
	}
	e.lines = append(append(append([]string{}, e.lines[:from]...), with...), e.lines[to:]...)
	e.ends = append(append(append([]string{}, e.ends[:from]...), ends...), e.ends[to:]...)
}

// spot is where a key or item stands: its lines, counted from 0, end not included, and its place on the first one.
type spot struct {
	parent *Node
	index  int // in Entries or Items of the parent; -1 when it is to be added
	from   int
	to     int
	indent int // of the key or the dash, in characters
	head   int // bytes of the first line up to the colon or dash, that included
}

// edit writes n at steps, or removes what is there; false says that it does not know how.
func (e *editor) edit(steps []step, n *Node) bool {
	s, ok := e.locate(steps)
	if !ok {
		return false
	}
	if s.index < 0 {
		return n != nil && e.add(s, steps, n)
	}
	if n == nil {
		return e.remove(s, steps)
	}
	return e.replace(s, steps[len(steps)-1], n)
}

// locate walks to the last step. Each level bounds the lines of the next: a value ends before its neighbour begins.
func (e *editor) locate(steps []step) (spot, bool) {
	n, bound := e.root, len(e.lines)
	for i := firstLine(e.root); i < len(e.lines); i++ {
		if l := e.lines[i]; i >= 0 && (l == "..." || strings.HasPrefix(l, "... ") || l == "---" || strings.HasPrefix(l, "--- ")) {
			bound = i
			break
		}
	}
	for depth, st := range steps {
		last := depth == len(steps)-1
		if n == nil || n.shared || n.flow && !n.empty() {
			return spot{}, false
		}
		s := spot{parent: n, index: -1, to: bound}
		var value *Node
		if st.indexed {
			if n.Kind != Sequence {
				return spot{}, false
			}
			if st.index < len(n.Items) {
				s.index, value = st.index, n.Items[st.index]
				at := n.dashes[st.index]
				s.from, s.indent = at.Line-1, at.Column-1
				s.head = e.byteAt(at)
				if st.index+1 < len(n.dashes) {
					s.to = min(bound, n.dashes[st.index+1].Line-1)
				}
			}
		} else {
			for i := range n.Entries {
				x := &n.Entries[i]
				if x.merged {
					continue
				}
				if s.index >= 0 {
					s.to = min(bound, x.Pos.Line-1)
					break
				}
				if x.Key != st.key {
					continue
				}
				if x.odd {
					return spot{}, false
				}
				s.index, value = i, x.Value
				s.from, s.indent = x.Pos.Line-1, x.Pos.Column-1
				s.head = e.byteAt(x.colon)
				if x.colon.Line != x.Pos.Line {
					return spot{}, false
				}
			}
			for _, line := range n.merges {
				if s.index >= 0 && line-1 > s.from {
					s.to = min(s.to, line-1)
				}
			}
		}
		if s.index >= 0 {
			if s.from < 0 || s.from >= len(e.lines) || s.to <= s.from || s.head < 0 || s.head >= len(e.lines[s.from]) {
				return spot{}, false
			}
			if c := e.lines[s.from][s.head]; c != ':' && c != '-' {
				return spot{}, false
			}
			s.head++
		}
		if last {
			if s.index >= 0 {
				s.to = e.end(value, s.from, s.to, s.indent)
			}
			return s, true
		}
		if s.index < 0 {
			return spot{}, false
		}
		n, bound = value, s.to
	}
	return spot{}, false
}

func firstLine(n *Node) int { return n.Pos.Line }

// byteAt is the byte on its line of a place counted in characters, or -1.
func (e *editor) byteAt(at Pos) int {
	if at.Line < 1 || at.Line > len(e.lines) {
		return -1
	}
	column := 1
	for i := range e.lines[at.Line-1] {
		if column == at.Column {
			return i
		}
		column++
	}
	return -1
}

// end moves up from the line where the neighbour begins, over blank lines and comments, which belong to the neighbour,
// unless they are part of a block of text.
func (e *editor) end(n *Node, from, to, indent int) int {
	stop := from + 1
	if leaf, level := lastLeaf(n, indent); leaf != nil && leaf.literal {
		// a block of text goes on as long as lines are deeper than its key
		stop = leaf.Pos.Line
		for stop < to && (strings.TrimSpace(e.lines[stop]) == "" || depthOf(e.lines[stop]) > level) {
			stop++
		}
		for stop > leaf.Pos.Line && strings.TrimSpace(e.lines[stop-1]) == "" {
			stop--
		}
	}
	for to > stop {
		l := strings.TrimSpace(e.lines[to-1])
		if l != "" && l[0] != '#' {
			break
		}
		to--
	}
	return to
}

func depthOf(line string) int { return len(line) - len(strings.TrimLeft(line, " ")) }

// lastLeaf is the value that stands last in n, and the indent of the key or dash that holds it.
func lastLeaf(n *Node, indent int) (*Node, int) {
	for n != nil {
		switch {
		case n.shared || n.flow:
			return nil, 0
		case n.Kind == Mapping && len(n.Entries) > 0:
			var last *Entry
			for i := range n.Entries {
				if !n.Entries[i].merged {
					last = &n.Entries[i]
				}
			}
			if last == nil {
				return nil, 0
			}
			n, indent = last.Value, last.Pos.Column-1
		case n.Kind == Sequence && len(n.Items) > 0:
			i := len(n.Items) - 1
			n, indent = n.Items[i], n.dashes[i].Column-1
		default:
			return n, indent
		}
	}
	return nil, 0
}

// replace writes another value behind the same key or dash, and keeps the comment on its line.
func (e *editor) replace(s spot, last step, n *Node) bool {
	line := e.lines[s.from]
	head, comment := line[:s.head], trailing(line[s.head:])
	var with []string
	if last.indexed {
		with = dash(head, n, s.indent)
	} else {
		with = hang(head, n, s.indent)
	}
	if comment != "" {
		with[0] += comment
	}
	e.splice(s.from, s.to, with)
	return true
}

// trailing finds the comment at the end of what follows a key, with the blanks before it; "" when there is none for sure.
func trailing(rest string) string {
	from := 0
	value := strings.TrimLeft(rest, " \t")
	skipped := len(rest) - len(value)
	if value != "" && (value[0] == '"' || value[0] == '\'') {
		i := 1
		for ; i < len(value); i++ {
			if value[0] == '"' && value[i] == '\\' {
				i++
				continue
			}
			if value[i] != value[0] {
				continue
			}
			if value[0] == '\'' && i+1 < len(value) && value[i+1] == '\'' {
				i++
				continue
			}
			break
		}
		if i >= len(value) {
			return "" // the text goes on below
		}
		from = skipped + i + 1
	}
	for i := from; i < len(rest); i++ {
		if rest[i] == '#' && i > 0 && (rest[i-1] == ' ' || rest[i-1] == '\t') {
			start := len(strings.TrimRight(rest[:i], " \t"))
			return rest[start:]
		}
	}
	return ""
}

// add writes a key or an item that is not there yet.
func (e *editor) add(s spot, steps []step, n *Node) bool {
	last, p := steps[len(steps)-1], s.parent
	if last.indexed {
		if len(p.Items) == 0 || last.index != len(p.Items) {
			return false // an empty list is written anew, from the key that holds it
		}
		i := len(p.Items) - 1
		indent := p.dashes[i].Column - 1
		at := e.end(p.Items[i], p.dashes[i].Line-1, s.to, indent)
		e.splice(at, at, dash(strings.Repeat(" ", indent)+"-", n, indent))
		return true
	}
	own := p.Entries[:0:0]
	for _, x := range p.Entries {
		if !x.merged {
			own = append(own, x)
		}
	}
	if len(own) == 0 {
		if len(steps) > 1 {
			return false
		}
		// the file is empty, or holds comments only, or "{}"
		from := len(e.lines)
		for i, l := range e.lines {
			if strings.TrimSpace(l) == "{}" {
				e.splice(i, i+1, hang(plainKey(last.key)+":", n, 0))
				return true
			}
		}
		e.splice(from, from, hang(plainKey(last.key)+":", n, 0))
		return true
	}
	indent := own[0].Pos.Column - 1
	with := hang(strings.Repeat(" ", indent)+plainKey(last.key)+":", n, indent)
	// behind the nearest key that the standard puts before it; an unknown key goes last
	after, best := len(own)-1, -1
	rules := rulesAt(steps[:len(steps)-1])
	mine := rank(rules, last.key)
	if mine >= 0 {
		for i, x := range own {
			if r := rank(rules, x.Key); r >= 0 && r < mine && r > best {
				after, best = i, r
			}
		}
		if best < 0 && len(steps) == 1 {
			e.splice(own[0].Pos.Line-1, own[0].Pos.Line-1, with)
			return true
		}
	}
	to := s.to
	if after+1 < len(own) {
		to = min(to, own[after+1].Pos.Line-1)
	}
	for _, line := range p.merges {
		if line > own[after].Pos.Line {
			to = min(to, line-1)
		}
	}
	at := e.end(own[after].Value, own[after].Pos.Line-1, to, indent)
	e.splice(at, at, with)
	return true
}

// rulesAt is the part of the standard that rules the keys below a path.
func rulesAt(steps []step) []field {
	rules := fields
	for i := 0; i < len(steps); i++ {
		if steps[i].indexed {
			continue
		}
		fd := find(rules, steps[i].key)
		if fd == nil {
			return nil
		}
		if rules = fd.fields; fd.check == languages {
			i++ // the language
		}
	}
	return rules
}

// remove takes a key or an item out. The last one leaves an empty mapping or list behind.
func (e *editor) remove(s spot, steps []step) bool {
	last, p := steps[len(steps)-1], s.parent
	own, next := 0, -1
	if last.indexed {
		own = len(p.Items)
	} else {
		for i, x := range p.Entries {
			if x.merged {
				continue
			}
			if own++; i > s.index && next < 0 {
				next = i
			}
		}
	}
	if own == 1 {
		if len(p.merges) > 0 {
			return false
		}
		if len(steps) == 1 {
			e.splice(s.from, s.to, []string{"{}"})
			return true
		}
		up, ok := e.locate(steps[:len(steps)-1])
		if !ok {
			return false
		}
		return e.replace(up, steps[len(steps)-2], &Node{Kind: p.Kind})
	}
	before := e.lines[s.from][:s.head]
	lead := strings.TrimLeft(before, " ")
	if last.indexed && lead == "-" || !last.indexed && !strings.HasPrefix(lead, "-") {
		e.splice(s.from, s.to, nil)
		return true
	}
	if last.indexed || next < 0 {
		return false
	}
	// the key stands behind a dash: the next key takes its place, and what is between them goes above
	x := p.Entries[next]
	keyAt := e.byteAt(p.Entries[s.index].Pos)
	nextAt := e.byteAt(x.Pos)
	if keyAt < 0 || nextAt < 0 || x.Pos.Line-1 <= s.from {
		return false
	}
	with := append([]string{}, e.lines[s.to:x.Pos.Line-1]...)
	with = append(with, e.lines[s.from][:keyAt]+e.lines[x.Pos.Line-1][nextAt:])
	e.splice(s.from, x.Pos.Line, with)
	return true
}
