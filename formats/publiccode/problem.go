package publiccode

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
)

// Severity tells an error, which makes a file invalid, from a warning, which does not.
type Severity string

// The two severities, as they are written in reports.
const (
	Error   Severity = "error"
	Warning Severity = "warning"
)

// Problem is one thing to mend. Line and Column count from 1 and are always real: a missing key points to what should hold
// it. Key is the path of the key, empty for the whole file. Code is a stable message key, Args its values; Message is the
// English sentence, Text the same in another language.
type Problem struct {
	Severity Severity
	Line     int
	Column   int
	Key      string
	Code     string
	Args     map[string]any
	Message  string
}

type args map[string]any

// problem makes a Problem; the key is always among its arguments.
func problem(s Severity, at Pos, key, code string, a args) Problem {
	p := Problem{Severity: s, Line: max(at.Line, 1), Column: max(at.Column, 1), Key: key, Code: code, Args: map[string]any{}}
	for k, v := range a {
		if list, ok := v.([]string); ok {
			v = slices.Clone(list) // the tables of this package stay its own
		}
		p.Args[k] = v
	}
	p.Message = p.Text("en")
	return p
}

// Languages lists the languages of Text.
func Languages() []string { return []string{"en", "fr"} }

// Text is the sentence in a language: "fr", or "en" for every other.
func (p Problem) Text(lang string) string {
	s, ok := sentences[p.Code]
	if !ok {
		return p.Code
	}
	text, french := s.en, lang == "fr" || strings.HasPrefix(lang, "fr-")
	if french {
		text = s.fr
	}
	var b strings.Builder
	for text != "" {
		before, rest, found := strings.Cut(text, "{")
		b.WriteString(before)
		if !found {
			break
		}
		name, after, _ := strings.Cut(rest, "}")
		b.WriteString(shown(p.Args[name], french))
		text = after
	}
	return b.String()
}

// maxShown is how many characters of a value from the file a sentence shows.
const maxShown = 80

// shown writes an argument on one line, without control characters, cut where it is long.
func shown(v any, french bool) string {
	s := ""
	switch v := v.(type) {
	case Kind:
		if french {
			return kindsInFrench[v]
		}
		return v.String()
	case []string:
		s = strings.Join(v, ", ")
		if len([]rune(s)) > 4*maxShown {
			s = string([]rune(s)[:4*maxShown]) + "…"
		}
		return s
	default:
		s = fmt.Sprint(v)
	}
	s = strings.Map(func(r rune) rune {
		if r < ' ' || r == 0x7f || r == 0x2028 || r == 0x2029 || r >= 0x202a && r <= 0x202e || r >= 0x2066 && r <= 0x2069 {
			return ' '
		}
		return r
	}, s)
	if r := []rune(s); len(r) > maxShown {
		s = string(r[:maxShown]) + "…"
	}
	return s
}

// sorted puts problems in the order of the file.
func sorted(ps []Problem) []Problem {
	slices.SortStableFunc(ps, func(a, b Problem) int {
		return cmp.Or(cmp.Compare(a.Line, b.Line), cmp.Compare(a.Column, b.Column))
	})
	return ps
}

// Valid tells whether none of the problems is an error.
func Valid(ps []Problem) bool {
	return !slices.ContainsFunc(ps, func(p Problem) bool { return p.Severity == Error })
}
