package publiccode

import (
	"fmt"
	"strconv"
	"strings"
)

// Kind is the kind of a value in the file.
type Kind uint8

// The kinds of values. A date is a Text; "yes" is a Text, as YAML 1.2 has it.
const (
	Null Kind = iota
	Text
	Number
	Bool
	Mapping
	Sequence
)

func (k Kind) String() string {
	return [...]string{"nothing", "a text", "a number", "true or false", "a mapping", "a list"}[k]
}

// Pos is a place in the file; both count from 1, columns in characters.
type Pos struct{ Line, Column int }

// MarshalText lets a Kind among a problem's arguments be written to JSON.
func (k Kind) MarshalText() ([]byte, error) { return []byte(k.String()), nil }

// Node is one value of the file, as it was written. Aliases are followed: their Entries and Items are those of the anchor.
type Node struct {
	Kind    Kind
	Value   string // of a Text, Number, Bool, Null: its characters, without quotes
	Pos     Pos    // of a block mapping: that of its first key
	Entries []Entry
	Items   []*Node

	flow    bool // written in brackets
	literal bool // written as | or >
	shared  bool // reached through an alias: not to be changed in place
	dashes  []Pos
	merges  []int // lines of the keys "<<"
	size    int   // values below, itself included, aliases followed
}

// Entry is one key of a mapping with its value, which is never nil.
type Entry struct {
	Key    string
	Pos    Pos
	Value  *Node
	colon  Pos
	merged bool // came in by "<<"
	odd    bool // the key is not a plain word on one line: written as "? key", or no text
}

// Get returns the value of a key, or nil. It is safe on a nil Node. Where a key stands twice, the first counts.
func (n *Node) Get(key string) *Node {
	if e := n.entry(key); e != nil {
		return e.Value
	}
	return nil
}

func (n *Node) entry(key string) *Entry {
	if n == nil {
		return nil
	}
	for i := range n.Entries {
		if n.Entries[i].Key == key {
			return &n.Entries[i]
		}
	}
	return nil
}

// At returns the value at a path, or nil.
func (n *Node) At(path string) *Node {
	steps, err := parsePath(path)
	if err != nil {
		return nil
	}
	for _, s := range steps {
		if n = n.step(s); n == nil {
			return nil
		}
	}
	return n
}

func (n *Node) step(s step) *Node {
	if s.key != "" || !s.indexed {
		return n.Get(s.key)
	}
	if n == nil || s.index >= len(n.Items) {
		return nil
	}
	return n.Items[s.index]
}

// scalar tells whether the node is no list and no mapping.
func (n *Node) scalar() bool { return n.Kind != Mapping && n.Kind != Sequence }

// empty tells whether there is nothing in the node: null, blank text, an empty list or mapping.
func (n *Node) empty() bool {
	switch n.Kind {
	case Null:
		return true
	case Mapping:
		return len(n.Entries) == 0
	case Sequence:
		return len(n.Items) == 0
	default:
		return strings.TrimSpace(n.Value) == ""
	}
}

// step is one part of a path: a key, or the place in a list.
type step struct {
	key     string
	index   int
	indexed bool
}

// parsePath cuts a path such as maintenance.contacts[0].name or ["a.b"].c; the empty path is the whole file.
func parsePath(path string) ([]step, error) {
	var steps []step
	rest := path
	for rest != "" {
		switch {
		case strings.HasPrefix(rest, `["`):
			quoted, err := strconv.QuotedPrefix(rest[1:])
			if err != nil || !strings.HasPrefix(rest[1+len(quoted):], "]") {
				return nil, fmt.Errorf("read path %q: quote is not closed", path)
			}
			key, err := strconv.Unquote(quoted)
			if err != nil {
				return nil, fmt.Errorf("read path %q: %w", path, err)
			}
			steps = append(steps, step{key: key})
			rest = rest[len(quoted)+2:]
		case rest[0] == '[':
			end := strings.IndexByte(rest, ']')
			if end < 0 {
				return nil, fmt.Errorf("read path %q: bracket is not closed", path)
			}
			i, err := strconv.Atoi(rest[1:end])
			if err != nil || i < 0 {
				return nil, fmt.Errorf("read path %q: %q is no place in a list", path, rest[1:end])
			}
			steps = append(steps, step{index: i, indexed: true})
			rest = rest[end+1:]
		default:
			end := strings.IndexAny(rest, ".[")
			if end < 0 {
				end = len(rest)
			}
			if end == 0 {
				return nil, fmt.Errorf("read path %q: a key is missing", path)
			}
			steps = append(steps, step{key: rest[:end]})
			rest = rest[end:]
		}
		if strings.HasPrefix(rest, ".") {
			if rest = rest[1:]; rest == "" || rest[0] == '.' {
				return nil, fmt.Errorf("read path %q: a key is missing", path)
			}
		}
	}
	return steps, nil
}

// join adds a key to a path.
func join(path, key string) string {
	if key == "" || strings.ContainsAny(key, ".[]\"") {
		return path + "[" + strconv.Quote(key) + "]"
	}
	if path == "" {
		return key
	}
	return path + "." + key
}

// item adds a place in a list to a path.
func item(path string, i int) string { return path + "[" + strconv.Itoa(i) + "]" }

// pathOf writes steps as a path.
func pathOf(steps []step) string {
	path := ""
	for _, s := range steps {
		if s.indexed {
			path = item(path, s.index)
		} else {
			path = join(path, s.key)
		}
	}
	return path
}
