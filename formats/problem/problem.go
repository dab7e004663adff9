// Package problem says what is wrong in a file of ballots: where, how bad, and how to mend it, in words.
//
// A *problem* has a stable code, which is a message key, the arguments of its sentence, and the sentence in English; [Problem.Text] gives
// it in French too. The packages that read ballots ([commun/formats/pabulib] and its neighbours) each bring a table of sentences.
// A *list* collects problems with a bound on each code, because one slip of an export repeats on every line of a million.
package problem

import (
	"cmp"
	"errors"
	"fmt"
	"slices"
	"strings"
)

// Severity tells an error, which makes a file wrong, from a warning, which does not.
type Severity string

// The two severities, as they are written in reports.
const (
	Error   Severity = "error"
	Warning Severity = "warning"
)

// Args are the values that a sentence names in braces: texts, whole numbers, lists of texts.
type Args map[string]any

// Sentence is one problem in words, in the languages of this package. The names in braces are arguments, the same in each.
type Sentence struct{ En, Fr string }

// Problem is one thing to mend. Line and Column count from 1 (columns in bytes); Line 0 is the whole file. Key is what the line is
// about: a key of META, a column, a voter, a candidate. Code is a stable message key; Message is the English sentence.
type Problem struct {
	Severity Severity `json:"severity"`
	Line     int      `json:"line"`
	Column   int      `json:"column"`
	Key      string   `json:"key"`
	Code     string   `json:"code"`
	Args     Args     `json:"args,omitempty"`
	Message  string   `json:"message"`

	words Sentence
}

// Text is the sentence in a language: "fr" or "fr-…" in French, every other in English.
func (p Problem) Text(lang string) string {
	if lang == "fr" || strings.HasPrefix(lang, "fr-") {
		return fill(p.words.Fr, p.Args)
	}
	return fill(p.words.En, p.Args)
}

// String is the problem on one line, as compilers write theirs.
func (p Problem) String() string {
	return fmt.Sprintf("%d:%d: %s: %s", p.Line, p.Column, p.Severity, p.Message)
}

// Failure is the error of a reader that could not go on: its problem says why and where.
type Failure struct{ Problem Problem }

func (f *Failure) Error() string {
	return fmt.Sprintf("line %d, column %d: %s", f.Problem.Line, f.Problem.Column, f.Problem.Message)
}

// fill puts arguments in the places that a sentence has for them.
func fill(text string, args Args) string {
	var b strings.Builder
	for text != "" {
		before, rest, found := strings.Cut(text, "{")
		b.WriteString(before)
		if !found {
			break
		}
		name, after, _ := strings.Cut(rest, "}")
		b.WriteString(shown(args[name]))
		text = after
	}
	return b.String()
}

// maxShown is how many characters of a value from the file a sentence shows.
const maxShown = 80

// shown writes an argument on one line, without control characters, cut where it is long.
func shown(v any) string {
	limit := maxShown
	s, ok := v.(string)
	if list, many := v.([]string); many {
		s, limit = strings.Join(list, ", "), 4*maxShown
	} else if !ok {
		s = fmt.Sprint(v)
	}
	s = strings.Map(func(r rune) rune {
		if r < ' ' || r == 0x7f || r == 0x2028 || r == 0x2029 || r >= 0x202a && r <= 0x202e || r >= 0x2066 && r <= 0x2069 {
			return ' '
		}
		return r
	}, strings.ToValidUTF8(s, "�"))
	if len(s) > limit {
		if r := []rune(s); len(r) > limit {
			s = string(r[:limit]) + "…"
		}
	}
	return s
}

// List collects the problems of one file. Its zero value lacks sentences: make one with [NewList].
type List struct {
	sentences map[string]Sentence
	most      int
	count     map[string]int
	problems  []Problem
	errors    int
}

// more is said once for each code that came more often than the list keeps.
var more = Sentence{
	En: "Lines with the same problem as line {line}, not shown: {count}.",
	Fr: "Lignes qui ont le même problème que la ligne {line}, non montrées : {count}.",
}

// NewList makes a list that keeps at most so many problems of each code (0 is 20) and counts the others.
func NewList(sentences map[string]Sentence, most int) *List {
	if most <= 0 {
		most = 20
	}
	return &List{sentences: sentences, most: most, count: map[string]int{}}
}

// Add notes a problem. The text arguments are cut, so that a list does not hold a whole bad file.
func (l *List) Add(s Severity, line, column int, key, code string, a Args) {
	if s == Error {
		l.errors++
	}
	l.count[code]++
	if l.count[code] > l.most {
		return
	}
	l.problems = append(l.problems, Make(l.sentences, s, line, column, key, code, a))
}

// Errors is how many errors were noted, those that are only counted included.
func (l *List) Errors() int { return l.errors }

// ErrorsWith counts as well the failure that stopped the reading, when err is one.
func (l *List) ErrorsWith(err error) int {
	if err != nil {
		return l.errors + 1
	}
	return l.errors
}

// AllWith is All, then the problem of the [Failure] that stopped the reading, when err holds one.
func (l *List) AllWith(err error) []Problem {
	out := l.All()
	var f *Failure
	if errors.As(err, &f) {
		out = append(out, f.Problem)
	}
	return out
}

// Count is how often a code was noted.
func (l *List) Count(code string) int { return l.count[code] }

// All is every problem kept, by line and column, then one problem for each code that came more often than is kept.
func (l *List) All() []Problem {
	out := slices.Clone(l.problems)
	slices.SortStableFunc(out, func(a, b Problem) int {
		return cmp.Or(cmp.Compare(a.Line, b.Line), cmp.Compare(a.Column, b.Column))
	})
	seen := map[string]bool{}
	for _, p := range slices.Clone(out) {
		if n := l.count[p.Code] - l.most; n > 0 && !seen[p.Code] {
			seen[p.Code] = true
			last := Problem{Severity: p.Severity, Key: p.Key, Code: p.Code, Args: Args{"count": n}}
			last.Args["line"], last.words = p.Line, more
			last.Message = last.Text("en")
			out = append(out, last)
		}
	}
	return out
}

// Make makes one problem from a table of sentences. A code that the table lacks is its own sentence.
func Make(sentences map[string]Sentence, s Severity, line, column int, key, code string, a Args) Problem {
	words, ok := sentences[code]
	if !ok {
		words = Sentence{En: code, Fr: code}
	}
	p := Problem{Severity: s, Line: line, Column: column, Key: cut(key), Code: code, Args: Args{}, words: words}
	for k, v := range a {
		if text, ok := v.(string); ok {
			v = cut(text)
		}
		p.Args[k] = v
	}
	p.Message = p.Text("en")
	return p
}

// cut keeps the start of a long text, valid UTF-8, as its own memory.
func cut(s string) string {
	if len(s) > 4*maxShown {
		s = s[:4*maxShown]
	}
	return strings.Clone(strings.ToValidUTF8(s, "�"))
}

// Valid tells whether none of the problems is an error.
func Valid(ps []Problem) bool {
	return !slices.ContainsFunc(ps, func(p Problem) bool { return p.Severity == Error })
}
