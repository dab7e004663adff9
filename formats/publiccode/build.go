package publiccode

import (
	"strings"

	"github.com/goccy/go-yaml/ast"
	"github.com/goccy/go-yaml/token"
)

// builder makes our tree from the parser's. It follows aliases and counts what they stand for, so that eight levels of nine
// aliases are refused although the text is short.
type builder struct {
	file    *File
	anchors map[string]*Node
	count   int
	shift   int // lines before the text that was parsed
}

// stop carries a refusal up through the recursion.
type stop struct{ err *ReadError }

// root builds the top mapping of a document; a document that is no mapping is noted and gives nil.
func (b *builder) root(body ast.Node) (n *Node, err *ReadError) {
	defer func() {
		if r := recover(); r != nil {
			s, ok := r.(stop)
			if !ok {
				panic(r)
			}
			n, err = nil, s.err
		}
	}()
	if body == nil {
		b.file.note(Error, Pos{1, 1}, "", codeEmptyFile, nil)
		return nil, nil
	}
	n = b.node(body, "", 0)
	if n.Kind != Mapping {
		code := codeNotMapping
		if n.Kind == Null {
			code = codeEmptyFile
		}
		b.file.note(Error, n.Pos, "", code, nil)
		return nil, nil
	}
	return n, nil
}

func (b *builder) pos(t *token.Token) Pos {
	if t == nil || t.Position == nil {
		return Pos{b.shift + 1, 1}
	}
	return Pos{max(t.Position.Line, 1) + b.shift, max(t.Position.Column, 1)}
}

// add counts values; in all, aliases followed, they are at most Limits.Nodes.
func (b *builder) add(n int, at Pos) {
	if b.count += n; b.count > b.file.limits.Nodes {
		panic(stop{refused(codeManyValues, at.Line, b.file.limits.Nodes)})
	}
}

func (b *builder) node(a ast.Node, path string, depth int) *Node {
	if a == nil {
		b.add(1, Pos{1, 1})
		return &Node{Kind: Null, Pos: Pos{1 + b.shift, 1}, size: 1}
	}
	at := b.pos(a.GetToken())
	if depth > b.file.limits.Depth {
		panic(stop{refused(codeTooDeep, at.Line, b.file.limits.Depth)})
	}
	switch a := a.(type) {
	case *ast.AnchorNode:
		n := b.node(a.Value, path, depth)
		if a.Name != nil {
			b.anchors[a.Name.GetToken().Value] = n
		}
		return n
	case *ast.AliasNode:
		return b.alias(a, at, path)
	case *ast.TagNode:
		n := b.node(a.Value, path, depth)
		if n.scalar() && a.Start != nil && a.Start.Value == "!!str" {
			n.Kind = Text
		}
		return n
	case *ast.MappingNode:
		n := &Node{Kind: Mapping, Pos: at, flow: a.IsFlowStyle, size: 1}
		b.add(1, at)
		b.entries(n, a.Values, path, depth)
		return n
	case *ast.MappingValueNode:
		n := &Node{Kind: Mapping, Pos: at, flow: a.IsFlowStyle, size: 1}
		b.add(1, at)
		b.entries(n, []*ast.MappingValueNode{a}, path, depth)
		return n
	case *ast.SequenceNode:
		n := &Node{Kind: Sequence, Pos: at, flow: a.IsFlowStyle, size: 1}
		b.add(1, at)
		for i, v := range a.Values {
			child := b.node(v, item(path, i), depth+1)
			dash := child.Pos
			if i < len(a.Entries) && a.Entries[i] != nil && a.Entries[i].Start != nil {
				dash = b.pos(a.Entries[i].Start)
			}
			if child.Kind == Null && v == nil {
				child.Pos = dash
			}
			n.Items, n.dashes = append(n.Items, child), append(n.dashes, dash)
			n.size += child.size
		}
		return n
	}
	b.add(1, at)
	return b.leaf(a, at)
}

func (b *builder) leaf(a ast.Node, at Pos) *Node {
	n := &Node{Pos: at, size: 1}
	if t := a.GetToken(); t != nil {
		n.Value = t.Value
	}
	switch a := a.(type) {
	case *ast.LiteralNode:
		n.Kind, n.literal = Text, true
		if a.Value != nil {
			n.Value = a.Value.Value
		}
		if a.Start != nil {
			n.Pos = b.pos(a.Start)
		}
	case *ast.StringNode:
		n.Kind, n.Value = Text, a.Value
	case *ast.NullNode:
		n.Kind, n.Value = Null, ""
	case *ast.BoolNode:
		n.Kind = Bool
	case *ast.IntegerNode, *ast.FloatNode, *ast.InfinityNode, *ast.NanNode:
		n.Kind = Number
	default:
		n.Kind = Text
	}
	return n
}

// alias stands for its anchor; one that names none, or a value that holds itself, is noted and reads as null.
func (b *builder) alias(a *ast.AliasNode, at Pos, path string) *Node {
	name := ""
	if a.Value != nil {
		name = a.Value.GetToken().Value
	}
	target, ok := b.anchors[name]
	if !ok {
		b.add(1, at)
		b.file.note(Error, at, path, codeUnknownAlias, args{"name": name})
		return &Node{Kind: Null, Pos: at, shared: true, size: 1}
	}
	b.add(target.size, at)
	n := *target
	n.Pos, n.shared = at, true
	return &n
}

func (b *builder) entries(n *Node, values []*ast.MappingValueNode, path string, depth int) {
	seen := make(map[string]Pos, len(values))
	var merged []Entry
	first := true
	for _, v := range values {
		if v == nil || v.Key == nil {
			continue
		}
		e := Entry{Pos: b.pos(v.Key.GetToken()), colon: b.pos(v.Start)}
		if first && !n.flow {
			n.Pos, first = e.Pos, false
		}
		if _, ok := v.Key.(*ast.MergeKeyNode); ok {
			n.merges = append(n.merges, e.Pos.Line)
			merged = append(merged, b.merge(v.Value, path, depth)...)
			continue
		}
		e.Key, e.odd = keyOf(v.Key)
		e.Value = b.node(v.Value, join(path, e.Key), depth+1)
		if v.Value == nil {
			e.Value.Pos = e.Pos
		}
		n.size += e.Value.size
		if at, twice := seen[e.Key]; twice {
			b.file.note(Error, e.Pos, join(path, e.Key), codeDuplicate, args{"key": e.Key, "line": at.Line})
		} else {
			seen[e.Key] = e.Pos
		}
		n.Entries = append(n.Entries, e)
	}
	// keys that came in by "<<" stand behind the mapping's own, and yield to them
	for _, e := range merged {
		if _, own := seen[e.Key]; !own {
			seen[e.Key] = e.Pos
			n.Entries = append(n.Entries, e)
			n.size += e.Value.size
		}
	}
}

func (b *builder) merge(v ast.Node, path string, depth int) []Entry {
	from := b.node(v, path, depth+1)
	sources := []*Node{from}
	if from.Kind == Sequence {
		sources = from.Items
	}
	var out []Entry
	for _, s := range sources {
		for _, e := range s.Entries {
			shared := *e.Value
			shared.shared = true
			e.Value, e.merged = &shared, true
			out = append(out, e)
		}
	}
	return out
}

// keyOf is the text of a key, and whether it is written in an odd way.
func keyOf(k ast.MapKeyNode) (string, bool) {
	switch k := k.(type) {
	case *ast.StringNode:
		return k.Value, k.GetToken().Position.Line == 0 || strings.ContainsAny(k.Value, "\n")
	case *ast.MappingKeyNode:
		if s, ok := k.Value.(*ast.StringNode); ok {
			return s.Value, true
		}
		if k.Value != nil {
			return k.Value.String(), true
		}
		return "", true
	case *ast.AnchorNode, *ast.AliasNode, *ast.TagNode:
		return k.String(), true
	}
	return k.GetToken().Value, false
}
