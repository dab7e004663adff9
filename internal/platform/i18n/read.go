package i18n

import (
	"fmt"
	"io/fs"
	"path"
	"slices"
	"strings"
)

// Source is a message as its file has it, for tests and tools. Classes holds its text by plural class, only "other" when it has no plural.
type Source struct {
	Classes map[string]string
	Plural  bool
}

// Holes returns the names of the placeholders of one text, in their order.
func Holes(text string) []string {
	segs, err := compile(text)
	if err != nil {
		return nil
	}
	var names []string
	for _, s := range segs {
		if s.hole != "" {
			names = append(names, s.hole)
		}
	}
	return names
}

// Classes returns the plural classes of a language, or nil when it has no rule here.
func Classes(lang string) []string { return slices.Clone(rules[lang].classes) }

// Read returns the messages of one source by language and key.
func Read(src fs.FS) (map[string]map[string]Source, error) {
	files, err := fs.Glob(src, "messages/*.toml")
	if err != nil {
		return nil, fmt.Errorf("list messages: %w", err)
	}
	out := map[string]map[string]Source{}
	for _, name := range files {
		lang := strings.TrimSuffix(path.Base(name), ".toml")
		raw, err := fs.ReadFile(src, name)
		if err != nil {
			return nil, fmt.Errorf("read %s: %w", name, err)
		}
		msgs := map[string]*message{}
		if err := parse(lang, string(raw), msgs); err != nil {
			return nil, fmt.Errorf("read %s: %w", name, err)
		}
		out[lang] = map[string]Source{}
		for key, m := range msgs {
			s := Source{Classes: map[string]string{"other": joined(m.other)}, Plural: m.classes != nil}
			for class, segs := range m.classes {
				s.Classes[class] = joined(segs)
			}
			out[lang][key] = s
		}
	}
	return out, nil
}

func joined(segs []segment) string {
	var sb strings.Builder
	for _, s := range segs {
		if s.hole != "" {
			sb.WriteString("{{." + s.hole + "}}")
		} else {
			sb.WriteString(s.text)
		}
	}
	return sb.String()
}
