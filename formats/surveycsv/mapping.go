package surveycsv

import (
	"errors"
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"

	"commun/formats/decimal"
	"commun/formats/internal/rows"
)

// Form is where the choices of a ballot stand.
type Form string

// The forms.
const (
	Columns Form = "columns"
	Ranks   Form = "ranks"
	List    Form = "list"
	One     Form = "one"
)

// Means is what a cell, or a place in a list, tells about a choice.
type Means string

// The meanings.
const (
	Yes   Means = "yes"
	Rank  Means = "rank"
	Score Means = "score"
	Grade Means = "grade"
)

// Mapping says what a table means. Head names are matched without blanks around them.
type Mapping struct {
	Form      Form     `json:"form"`
	Means     Means    `json:"means"`
	Question  string   `json:"question,omitempty"`  // columns and ranks: what stands before the brackets; list and one: the head of the column
	Heads     []string `json:"heads,omitempty"`     // columns and ranks: the heads themselves, when they have no brackets; in the order of Choices, or of ranks
	Choices   []string `json:"choices,omitempty"`   // names; empty: from the heads (columns), or as they come
	Separator string   `json:"separator,omitempty"` // list: between choices; empty is ","; blanks around choices do not count
	Grades    []string `json:"grades,omitempty"`    // grade: the words, best first
	Voter     string   `json:"voter,omitempty"`     // the head of a column that tells voters apart
	HeadLine  int      `json:"head_line,omitempty"` // which record that is not blank has the heads; 0 is 1, the first. Records before it are passed over
}

// The errors of a mapping and of Guess.
var (
	ErrMapping   = errors.New("the mapping contradicts itself")
	ErrHead      = errors.New("the table lacks a column that the mapping names")
	ErrNoGuess   = errors.New("no column looks like a ballot")
	ErrAmbiguous = errors.New("several questions look like a ballot: name one")
)

// check tells whether the mapping can be followed.
func (m *Mapping) check() error {
	why := ""
	switch {
	case m.Form != Columns && m.Form != Ranks && m.Form != List && m.Form != One:
		why = "form"
	case m.Form == Columns && m.Means != Yes && m.Means != Rank && m.Means != Score && m.Means != Grade,
		m.Form == Ranks && m.Means != Rank, m.Form == List && m.Means != Yes && m.Means != Rank, m.Form == One && m.Means != Yes:
		why = "means"
	case m.Means == Grade && len(m.Grades) < 2, m.Means != Grade && len(m.Grades) > 0:
		why = "grades"
	case m.Question == "" && len(m.Heads) == 0, (m.Form == List || m.Form == One) && m.Question == "":
		why = "question"
	case m.Form == Columns && len(m.Heads) > 0 && len(m.Choices) > 0 && len(m.Heads) != len(m.Choices):
		why = "choices"
	case m.HeadLine < 0:
		why = "head_line"
	}
	if why != "" {
		return fmt.Errorf("read mapping, %s: %w", why, ErrMapping)
	}
	for _, list := range [][]string{m.Choices, m.Heads, m.Grades} {
		seen := map[string]bool{}
		for _, s := range list {
			if seen[s] {
				return fmt.Errorf("read mapping, %q stands twice: %w", s, ErrMapping)
			}
			seen[s] = true
		}
	}
	return nil
}

// bracketed cuts a head "Question [Choice]" in two.
func bracketed(head string) (question, choice string, ok bool) {
	head = strings.TrimSpace(head)
	if !strings.HasSuffix(head, "]") {
		return "", "", false
	}
	i := strings.LastIndexByte(head, '[')
	if i <= 0 {
		return "", "", false
	}
	return strings.TrimSpace(head[:i]), strings.TrimSpace(head[i+1 : len(head)-1]), true
}

// number is the number that a rank's head ends with: "1", "Rank 1", "Rang 2".
func number(s string) (int, bool) {
	s = strings.TrimSpace(s)
	digits := len(s) - len(strings.TrimRight(s, "0123456789"))
	n, err := strconv.Atoi(s[len(s)-digits:])
	return n, err == nil && n > 0
}

// words are the cells that say yes, or no, in small letters.
var (
	yesWords = []string{"y", "yes", "oui", "o", "x", "1", "true", "vrai", "✓", "✔"}
	noWords  = []string{"n", "no", "non", "0", "false", "faux", "-", ""}
)

func yesNo(cell string) (yes, ok bool) {
	cell = strings.ToLower(strings.TrimSpace(cell))
	if slices.Contains(yesWords, cell) {
		return true, true
	}
	return false, slices.Contains(noWords, cell)
}

// sampled is how many lines Guess looks at.
const sampled = 500

// Guess proposes a mapping from the head and the first lines of a table. question, when not empty, names the question to take. Grades are in the
// order in which they came, which only a person can correct. ErrNoGuess, ErrAmbiguous, or what reading meets.
func Guess(src io.Reader, question string, l Limits) (Mapping, error) {
	l = l.filled()
	t, err := newTable(src, l)
	if err != nil {
		return Mapping{}, err
	}
	ok, err := t.Next()
	if err != nil || !ok {
		return Mapping{}, errors.Join(ErrNoGuess, err)
	}
	heads := texts(t.Fields)
	cells := make([][]string, len(heads))
	for range sampled {
		ok, err := t.Next()
		if err != nil {
			return Mapping{}, err
		}
		if !ok {
			break
		}
		for i, f := range t.Fields {
			if i < len(cells) {
				cells[i] = append(cells[i], strings.TrimSpace(string(f)))
			}
		}
	}
	var found []Mapping
	var order []string
	groups := map[string][]int{}
	for i, h := range heads {
		if q, _, ok := bracketed(h); ok {
			if groups[q] == nil {
				order = append(order, q)
			}
			groups[q] = append(groups[q], i)
		}
	}
	for _, q := range order {
		if m, ok := guessGroup(q, heads, groups[q], cells); ok && (question == "" || q == question) {
			found = append(found, m)
		}
	}
	for i, h := range heads {
		name := strings.TrimSpace(h)
		if _, _, ok := bracketed(h); ok || question != "" && name != question || question == "" && len(found) > 0 {
			continue
		}
		if m, ok := guessList(name, cells[i], question != ""); ok {
			found = append(found, m)
		}
	}
	switch len(found) {
	case 0:
		return Mapping{}, fmt.Errorf("guess mapping: %w", ErrNoGuess)
	case 1:
		found[0].Voter = guessVoter(heads, cells)
		return found[0], nil
	}
	var names []string
	for _, m := range found {
		names = append(names, strconv.Quote(m.Question))
	}
	return Mapping{}, fmt.Errorf("guess mapping, %s: %w", strings.Join(names, ", "), ErrAmbiguous)
}

// guessGroup looks at the columns of one question with brackets.
func guessGroup(q string, heads []string, columns []int, cells [][]string) (Mapping, bool) {
	if len(columns) < 2 {
		return Mapping{}, false
	}
	yes, whole, num, numbered, filled := true, true, true, true, 0
	highest := 0
	words := []string{}
	for _, c := range columns {
		if _, choice, _ := bracketed(heads[c]); numbered {
			_, numbered = number(choice)
		}
		for _, cell := range cells[c] {
			if cell == "" {
				continue
			}
			filled++
			if _, ok := yesNo(cell); !ok {
				yes = false
			}
			d, err := decimal.Parse(cell)
			if n, is := d.Int64(); err != nil || !is || n < 1 || n > int64(len(columns)) {
				whole = false
			} else {
				highest = max(highest, int(n))
			}
			num = num && err == nil
			if len(words) <= 12 && !slices.Contains(words, cell) {
				words = append(words, cell)
			}
		}
	}
	m := Mapping{Form: Columns, Question: q}
	switch {
	case filled == 0:
		return m, false
	case yes && !numbered, yes && highest <= 1:
		m.Means = Yes
	case whole && distinct(columns, cells):
		m.Means = Rank
	case num:
		m.Means = Score
	case numbered:
		m.Form, m.Means = Ranks, Rank
	case len(words) <= 12 && len(words) >= 2:
		m.Means, m.Grades = Grade, words
	default:
		return m, false
	}
	return m, true
}

// distinct tells whether no line has the same cell in two of the columns.
func distinct(columns []int, cells [][]string) bool {
	lines := 0
	for _, c := range columns {
		lines = max(lines, len(cells[c]))
	}
	for i := range lines {
		seen := map[string]bool{}
		for _, c := range columns {
			if i >= len(cells[c]) || cells[c][i] == "" {
				continue
			}
			if seen[cells[c][i]] {
				return false
			}
			seen[cells[c][i]] = true
		}
	}
	return true
}

// guessList looks at one column: its cells are lists when a separator cuts them into parts that come again and again. A column that a person named
// may also be one choice a cell.
func guessList(name string, cells []string, named bool) (Mapping, bool) {
	for _, sep := range []string{";", ",", "|"} {
		parts, kinds, many := 0, map[string]int{}, 0
		for _, cell := range cells {
			if cell == "" {
				continue
			}
			list := strings.Split(strings.TrimSuffix(cell, sep), sep)
			if len(list) > 1 {
				many++
			}
			for _, p := range list {
				kinds[strings.TrimSpace(p)]++
				parts++
			}
		}
		if many > 0 && len(kinds) >= 2 && 2*len(kinds) <= parts {
			return Mapping{Form: List, Means: Yes, Question: name, Separator: sep}, true
		}
	}
	if named && len(cells) > 0 {
		return Mapping{Form: One, Means: Yes, Question: name}, true
	}
	return Mapping{}, false
}

// voterHeads are the columns by which survey tools tell answers apart, in small letters.
var voterHeads = []string{"token", "response id", "responseid", "id", "id de la réponse", "serial", "sid", "numéro", "voter_id", "voter"}

// guessVoter is the head of the first such column whose cells differ.
func guessVoter(heads []string, cells [][]string) string {
	for _, want := range voterHeads {
		for i, h := range heads {
			if name := strings.TrimSpace(h); strings.ToLower(name) == want {
				sorted := slices.Clone(cells[i])
				slices.Sort(sorted)
				if n := len(slices.Compact(sorted)); n == len(cells[i]) && n > 0 {
					return name
				}
			}
		}
	}
	return ""
}

func texts(fields [][]byte) []string {
	out := make([]string, len(fields))
	for i, f := range fields {
		out[i] = string(f)
	}
	return out
}

// newTable finds the separator between fields from the first line, and makes a scanner by it.
func newTable(src io.Reader, l Limits) (*rows.Scanner, error) {
	head := &peeker{src: src}
	sep, err := head.separator(l.LineBytes)
	if err != nil {
		return nil, err
	}
	return rows.New(head, sep, l.LineBytes, l.Columns), nil
}

// peeker gives back what it looked at.
type peeker struct {
	src  io.Reader
	seen []byte
	err  error
}

func (p *peeker) Read(b []byte) (int, error) {
	if len(p.seen) > 0 {
		n := copy(b, p.seen)
		p.seen = p.seen[n:]
		return n, nil
	}
	if p.err != nil {
		return 0, p.err
	}
	return p.src.Read(b)
}

// separator is the one of tab, semicolon and comma that the first line that is not blank has most of, outside quotation marks.
func (p *peeker) separator(limit int) (byte, error) {
	buffer := make([]byte, 4096)
	count := map[byte]int{}
	quoted, said, at, idle := false, false, 0, 0
	for {
		for ; at < len(p.seen); at++ {
			switch c := p.seen[at]; {
			case quoted: // a doubled mark closes and opens again
				quoted = c != '"'
			case c == '"' && (at == 0 || strings.IndexByte(",;\t\"", p.seen[at-1]) >= 0 || string(p.seen[:at]) == rows.BOM):
				quoted, said = true, true
			case c == '\n' && said:
				return most(count), nil
			case c == '\n':
				clear(count) // a blank line
			default:
				count[c]++
				said = said || strings.IndexByte(",;\t \r", c) < 0
			}
		}
		if p.err != nil || len(p.seen) > limit {
			return most(count), nil
		}
		n, err := p.src.Read(buffer)
		if n > 0 {
			idle = 0
		} else if idle++; idle > 100 && err == nil {
			err = io.ErrNoProgress
		}
		p.seen, p.err = append(p.seen, buffer[:n]...), err
	}
}

func most(count map[byte]int) byte {
	best := byte(',')
	for _, c := range []byte{';', '\t'} {
		if count[c] > count[best] {
			best = c
		}
	}
	return best
}
