package publiccode

import (
	"errors"
	"fmt"
	"reflect"
	"slices"
	"strconv"
	"strings"
)

// Errors of Set and Delete, beside those of a path that cannot be read.
var (
	// ErrBroken: the file is no YAML; there is nothing to change one key of.
	ErrBroken = errors.New("file could not be read whole")
	// ErrPath: the path leads through a text or past the end of a list.
	ErrPath = errors.New("path does not lead to a key")
	// ErrShared: the value stands elsewhere, behind a reference; changing it would change both.
	ErrShared = errors.New("value is shared by a reference")
	// ErrForm: the key is written in a way that this package cannot change without touching others.
	ErrForm = errors.New("key cannot be changed alone")
	// ErrValue: a value of this Go type cannot be written.
	ErrValue = errors.New("value cannot be written")
)

// Set gives the key at path a value: a string, bool, int, []string, []any, map[string]any, *Node, or a type of this package.
// Mappings on the way are made; the item after the last of a list is added. A nil value is Delete. Every other line of the
// file keeps its bytes; of a list or mapping that is replaced, so do the parts that stay the same. A file in another encoding
// becomes UTF-8. On error nothing has changed.
func (f *File) Set(path string, value any) error {
	if value == nil {
		return f.Delete(path)
	}
	n, err := treeOf(value)
	if err != nil {
		return fmt.Errorf("set %s: %w", path, err)
	}
	tidy(n)
	steps, err := f.editable(path)
	if err != nil {
		return fmt.Errorf("set %s: %w", path, err)
	}
	work := *f
	if err := work.set(steps, n); err != nil {
		return fmt.Errorf("set %s: %w", path, err)
	}
	*f = work
	return nil
}

// Delete removes the key or list item at path; that it is not there is no error. Comments beside it stay. A mapping or list
// that loses its last value is left empty.
func (f *File) Delete(path string) error {
	steps, err := f.editable(path)
	if err != nil {
		return fmt.Errorf("delete %s: %w", path, err)
	}
	if f.Root.At(path) == nil {
		return nil
	}
	work := *f
	if err := work.change(steps, nil); err != nil {
		return fmt.Errorf("delete %s: %w", path, err)
	}
	*f = work
	return nil
}

func (f *File) editable(path string) ([]step, error) {
	if f.failed != nil || f.Root == nil && strings.TrimSpace(strings.Join(f.lines, "")) != "" {
		return nil, ErrBroken
	}
	steps, err := parsePath(path)
	if err != nil {
		return nil, err
	}
	if len(steps) == 0 || steps[0].indexed {
		return nil, ErrPath
	}
	for _, s := range steps {
		if !s.indexed && cleaned(s.key) != s.key {
			return nil, ErrPath
		}
	}
	return steps, nil
}

// treeOf makes a tree of a Go value.
func treeOf(value any) (*Node, error) {
	switch v := value.(type) {
	case *Node:
		return clone(v), nil
	case string:
		return &Node{Kind: Text, Value: v}, nil
	case bool:
		return boolNode(v), nil
	case int:
		return &Node{Kind: Number, Value: strconv.Itoa(v)}, nil
	case []any:
		n := &Node{Kind: Sequence}
		for _, it := range v {
			child, err := treeOf(it)
			if err != nil {
				return nil, err
			}
			n.Items = append(n.Items, child)
		}
		return n, nil
	case map[string]any:
		n := &Node{Kind: Mapping}
		for _, key := range sortedKeys(reflect.ValueOf(v)) {
			child, err := treeOf(v[key])
			if err != nil {
				return nil, err
			}
			n.Entries = append(n.Entries, Entry{Key: key, Value: child})
		}
		return n, nil
	case nil:
		return &Node{Kind: Null}, nil
	case []string:
		n := &Node{Kind: Sequence}
		for _, s := range v {
			n.Items = append(n.Items, &Node{Kind: Text, Value: s})
		}
		return n, nil
	case Organisation, Support, Audience, Description, Legal, Maintenance, Contractor, Contact, Localisation, Dependencies, Dependency,
		[]Organisation, []Support, []Contractor, []Contact, []Dependency, map[string]Description:
		if n := nodeOf(reflect.ValueOf(v)); n != nil {
			return n, nil
		}
		if reflect.ValueOf(v).Kind() == reflect.Slice {
			return &Node{Kind: Sequence}, nil
		}
		return &Node{Kind: Mapping}, nil
	}
	return nil, fmt.Errorf("%w: %T", ErrValue, value)
}

// set changes as little as it can: where a mapping or list takes the place of another, only what differs.
func (f *File) set(steps []step, n *Node) error {
	old := f.Root.At(pathOf(steps))
	switch {
	case old != nil && same(old, n):
		return nil
	case old == nil || old.Kind != n.Kind || old.scalar() || old.empty() || n.empty() || old.shared:
		return f.change(steps, n)
	}
	whole := *f
	if err := f.piecewise(steps, old, n); err == nil && same(f.Root.At(pathOf(steps)), n) {
		return nil
	}
	*f = whole
	return f.change(steps, n)
}

func (f *File) piecewise(steps []step, old, n *Node) error {
	under := func(s step) []step { return append(slices.Clone(steps), s) }
	if n.Kind == Sequence {
		for i, it := range n.Items {
			if err := f.set(under(step{index: i, indexed: true}), it); err != nil {
				return err
			}
		}
		for i := len(old.Items) - 1; i >= len(n.Items); i-- {
			if err := f.change(under(step{index: i, indexed: true}), nil); err != nil {
				return err
			}
		}
		return nil
	}
	for _, e := range n.Entries {
		if err := f.set(under(step{key: e.Key}), e.Value); err != nil {
			return err
		}
	}
	for _, e := range old.Entries {
		if n.entry(e.Key) == nil {
			if err := f.change(under(step{key: e.Key}), nil); err != nil {
				return err
			}
		}
	}
	return nil
}

// change writes n at steps, or removes what is there when n is nil. It tries the smallest edit first, then to write the
// mapping or list around it anew, and keeps the first result that reads as it should.
func (f *File) change(steps []step, n *Node) error {
	root := f.Root
	if root == nil {
		root = &Node{Kind: Mapping}
	}
	want := clone(root)
	if err := put(want, steps, n); err != nil {
		return err
	}
	// a key that is made on the way is written with all that is below it
	depth := len(steps)
	for depth > 1 && n != nil && root.At(pathOf(steps[:depth-1])).hollow() {
		depth--
	}
	for ; depth > 0; depth-- {
		target := n
		if depth < len(steps) {
			target = want.At(pathOf(steps[:depth]))
		}
		e := editor{lines: slices.Clone(f.lines), ends: slices.Clone(f.ends), root: root}
		if !e.edit(steps[:depth], target) {
			continue
		}
		next := load(e.bytes(f.bom), f.limits)
		if next.failed == nil && same(next.Root, want) {
			*f = *next
			return nil
		}
	}
	return ErrForm
}

// hollow tells a place without keys or items of its own to stand beside: nothing, null or an empty mapping or list.
func (n *Node) hollow() bool { return n == nil || n.empty() }

// clone copies a tree; the copy is written out in full where the original had references.
func clone(n *Node) *Node {
	c := *n
	c.Entries, c.Items = slices.Clone(n.Entries), slices.Clone(n.Items)
	for i := range c.Entries {
		c.Entries[i].Value = clone(c.Entries[i].Value)
	}
	for i := range c.Items {
		c.Items[i] = clone(c.Items[i])
	}
	return &c
}

// put changes the tree as the file shall be changed.
func put(n *Node, steps []step, value *Node) error {
	s, last := steps[0], len(steps) == 1
	if n.shared {
		return ErrShared
	}
	if n.Kind == Null || n.empty() && !n.scalar() {
		n.Kind, n.Value = Mapping, ""
		if s.indexed {
			n.Kind = Sequence
		}
	}
	if s.indexed {
		if n.Kind != Sequence || s.index > len(n.Items) {
			return ErrPath
		}
		switch {
		case last && value == nil:
			n.Items = slices.Delete(n.Items, s.index, s.index+1)
			return nil
		case s.index == len(n.Items):
			n.Items = append(n.Items, &Node{Kind: Null})
		}
		if last {
			n.Items[s.index] = value
			return nil
		}
		return put(n.Items[s.index], steps[1:], value)
	}
	if n.Kind != Mapping {
		return ErrPath
	}
	e := n.entry(s.key)
	switch {
	case last && value == nil:
		if e.merged {
			return ErrShared
		}
		n.Entries = slices.DeleteFunc(n.Entries, func(x Entry) bool { return x.Key == s.key && !x.merged })
		return nil
	case e == nil:
		n.Entries = append(n.Entries, Entry{Key: s.key, Value: &Node{Kind: Null}})
		e = &n.Entries[len(n.Entries)-1]
	}
	if last {
		e.Value = value
		return nil
	}
	return put(e.Value, steps[1:], value)
}
