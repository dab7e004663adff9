package tally

import (
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
)

// Rule is a way to count, in full: every key of its [Spec] with a value, in the Spec's order. It is data; make it with [Specs.Parse].
// Its text is NAME[,key=value…], and its JSON an object with name, text and each key.
type Rule struct {
	Name   string
	Params []Param
}

// Param is one key of a rule and its value.
type Param struct{ Key, Value string }

// Spec describes a rule that a package can count: what its text may say, and where it comes from.
type Spec struct {
	Name    string
	Keys    []Key
	Title   string // a short English name
	Source  string // the paper, law or city that defines it
	Elects  bool   // an election; else a budget
	Ballots []Kind // what it can read; the first is what it is made for
}

// Key is one setting of a rule.
type Key struct {
	Name    string
	Default string
	Values  []string                 // the values it takes; empty: any that Check takes
	Check   func(value string) error // what a value must be, when Values is empty
	Says    string                   // what it does, in English
}

// Specs are the rules of a package, in the order of its documentation.
type Specs []Spec

// ErrRule is under every error of a rule's text.
var ErrRule = errors.New("not a rule")

// Find is the rule of that name.
func (s Specs) Find(name string) (Spec, bool) {
	i := slices.IndexFunc(s, func(x Spec) bool { return x.Name == name })
	if i < 0 {
		return Spec{}, false
	}
	return s[i], true
}

// Parse reads NAME[,key=value…] and fills in the defaults. A value may hold anything but a comma. The errors, all under [ErrRule], name
// what may stand there: an unknown name or key, a key twice, a value that the key does not take.
func (s Specs) Parse(text string) (Rule, error) {
	name, rest, more := strings.Cut(strings.TrimSpace(text), ",")
	spec, ok := s.Find(name)
	if !ok {
		names := make([]string, len(s))
		for i, x := range s {
			names[i] = x.Name
		}
		return Rule{}, fmt.Errorf("%w: %q; rules are %s", ErrRule, name, strings.Join(names, ", "))
	}
	given := map[string]string{}
	for more {
		var part string
		part, rest, more = strings.Cut(rest, ",")
		key, value, ok := strings.Cut(part, "=")
		if !ok {
			return Rule{}, fmt.Errorf("%w: %q in %s is not key=value", ErrRule, part, name)
		}
		if _, twice := given[key]; twice {
			return Rule{}, fmt.Errorf("%w: key %s of %s stands twice", ErrRule, key, name)
		}
		given[key] = value
	}
	r := Rule{Name: name, Params: make([]Param, 0, len(spec.Keys))}
	for _, k := range spec.Keys {
		v, ok := given[k.Name]
		if !ok {
			v = k.Default
		} else if err := k.check(v); err != nil {
			return Rule{}, fmt.Errorf("%w: %s of %s: %w", ErrRule, k.Name, name, err)
		}
		delete(given, k.Name)
		r.Params = append(r.Params, Param{k.Name, v})
	}
	for key := range given {
		return Rule{}, fmt.Errorf("%w: %s has no key %q; it has %s", ErrRule, name, key, strings.Join(spec.keyNames(), ", "))
	}
	return r, nil
}

func (s Spec) keyNames() []string {
	names := make([]string, len(s.Keys))
	for i, k := range s.Keys {
		names[i] = k.Name
	}
	return names
}

func (k Key) check(v string) error {
	if len(k.Values) > 0 && !slices.Contains(k.Values, v) {
		return fmt.Errorf("%q is none of %s", v, strings.Join(k.Values, ", "))
	}
	if len(k.Values) == 0 && k.Check != nil {
		return k.Check(v)
	}
	return nil
}

// Get is the value of a key, "" when the rule has none such.
func (r Rule) Get(key string) string {
	for _, p := range r.Params {
		if p.Key == key {
			return p.Value
		}
	}
	return ""
}

// With is the rule with one key changed; the value is not checked.
func (r Rule) With(key, value string) Rule {
	out := Rule{Name: r.Name, Params: slices.Clone(r.Params)}
	for i := range out.Params {
		if out.Params[i].Key == key {
			out.Params[i].Value = value
		}
	}
	return out
}

// String is the rule in full: NAME,key=value,…
func (r Rule) String() string {
	var b strings.Builder
	b.WriteString(r.Name)
	for _, p := range r.Params {
		b.WriteString("," + p.Key + "=" + p.Value)
	}
	return b.String()
}

// MarshalJSON writes {"name":…,"text":…,key:value…}, keys in the rule's order.
func (r Rule) MarshalJSON() ([]byte, error) {
	var b strings.Builder
	pair := func(sep, k, v string) {
		kk, _ := json.Marshal(k) // a string never fails
		vv, _ := json.Marshal(v)
		b.WriteString(sep + string(kk) + ":" + string(vv))
	}
	pair("{", "name", r.Name)
	pair(",", "text", r.String())
	for _, p := range r.Params {
		pair(",", p.Key, p.Value)
	}
	b.WriteString("}")
	return []byte(b.String()), nil
}

// UnmarshalJSON takes name and text apart again. It does not know the rule: parse the text with [Specs.Parse] to be sure of it.
func (r *Rule) UnmarshalJSON(b []byte) error {
	var in struct{ Name, Text string }
	if err := json.Unmarshal(b, &in); err != nil {
		return fmt.Errorf("read rule: %w", err)
	}
	parts := strings.Split(in.Text, ",")
	if parts[0] != in.Name {
		return fmt.Errorf("read rule: %w: text %q does not begin with the name %q", ErrRule, in.Text, in.Name)
	}
	*r = Rule{Name: in.Name}
	for _, p := range parts[1:] {
		k, v, ok := strings.Cut(p, "=")
		if !ok {
			return fmt.Errorf("read rule: %w: %q is not key=value", ErrRule, p)
		}
		r.Params = append(r.Params, Param{k, v})
	}
	return nil
}
