package i18n

import (
	"fmt"
	"regexp"
	"slices"
	"strings"

	"github.com/BurntSushi/toml"
)

// message is a compiled message: its text, or one text a plural class.
type message struct {
	other   []segment
	classes map[string][]segment // nil when the message has no plural
}

// segment is fixed text, or a hole that the argument of that name fills.
type segment struct{ text, hole string }

// pluralClasses are the keys that make a TOML table a message with plurals, as CLDR and go-i18n name them.
var pluralClasses = []string{"zero", "one", "two", "few", "many", "other"}

// aside are the keys of go-i18n that tell translators something and users nothing.
var aside = []string{"description", "hash", "leftdelim", "rightdelim"}

// parse adds the messages of a TOML file to msgs. A table becomes a prefix ("[catalogue] title" is catalogue.title), unless it has an "other" and
// nothing but plural classes and what translators are told: then it is one message.
func parse(lang, raw string, msgs map[string]*message) error {
	rule, known := rules[lang]
	if !known {
		return fmt.Errorf("no plural rule for language %q", lang)
	}
	var tree map[string]any
	if _, err := toml.Decode(raw, &tree); err != nil {
		return err
	}
	return walk("", tree, rule, msgs)
}

func walk(prefix string, tree map[string]any, rule pluralRule, msgs map[string]*message) error {
	for name, v := range tree {
		key := name
		if prefix != "" {
			key = prefix + "." + name
		}
		switch v := v.(type) {
		case string:
			segs, err := compile(v)
			if err != nil {
				return fmt.Errorf("message %s: %w", key, err)
			}
			if err := put(msgs, key, &message{other: segs}); err != nil {
				return err
			}
		case map[string]any:
			if !isMessage(v) {
				if err := walk(key, v, rule, msgs); err != nil {
					return err
				}
				continue
			}
			m, err := compilePlural(v, rule)
			if err != nil {
				return fmt.Errorf("message %s: %w", key, err)
			}
			if err := put(msgs, key, m); err != nil {
				return err
			}
		default:
			return fmt.Errorf("message %s: %T is neither text nor a table", key, v)
		}
	}
	return nil
}

func isMessage(table map[string]any) bool {
	for key := range table {
		if !slices.Contains(pluralClasses, key) && !slices.Contains(aside, key) {
			return false
		}
	}
	_, ok := table["other"]
	return ok
}

func put(msgs map[string]*message, key string, m *message) error {
	if msgs[key] != nil {
		return fmt.Errorf("message %s is there twice", key)
	}
	msgs[key] = m
	return nil
}

func compilePlural(table map[string]any, rule pluralRule) (*message, error) {
	m := &message{}
	for class, v := range table {
		text, ok := v.(string)
		if !ok {
			return nil, fmt.Errorf("%s is no text", class)
		}
		if slices.Contains(aside, class) {
			continue
		}
		if !slices.Contains(rule.classes, class) {
			return nil, fmt.Errorf("this language has no class %q (it has %s)", class, strings.Join(rule.classes, ", "))
		}
		segs, err := compile(text)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", class, err)
		}
		if class == "other" {
			m.other = segs
			continue
		}
		if m.classes == nil {
			m.classes = map[string][]segment{}
		}
		m.classes[class] = segs
	}
	return m, nil
}

var placeholder = regexp.MustCompile(`^\s*\.([a-zA-Z][a-zA-Z0-9_]*)\s*$`)

// compile cuts a text at its placeholders.
func compile(text string) ([]segment, error) {
	segs := []segment{}
	rest := text
	for {
		before, after, found := strings.Cut(rest, "{{")
		if before != "" {
			segs = append(segs, segment{text: before})
		}
		if !found {
			break
		}
		inner, tail, closed := strings.Cut(after, "}}")
		m := placeholder.FindStringSubmatch(inner)
		if !closed || m == nil {
			return nil, fmt.Errorf("placeholder {{%.30s is not of the form {{.name}}", after)
		}
		segs = append(segs, segment{hole: m[1]})
		rest = tail
	}
	if len(segs) == 0 {
		segs = append(segs, segment{})
	}
	return segs, nil
}
