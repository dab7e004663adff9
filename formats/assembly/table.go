package assembly

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"commun/formats/internal/rows"
	"commun/formats/problem"
)

// Limits bound what is read. Zero values take the default, which is in brackets.
type Limits struct {
	FileBytes int64 // [64 MiB]
	LineBytes int   // [1 MiB]
	Columns   int   // [1,000]
	Lines     int   // [200,000]
	Problems  int   // kept of each code, the others are counted [20]
}

func (l Limits) filled() Limits {
	for _, d := range []struct {
		at    *int
		value int
	}{{&l.LineBytes, 1 << 20}, {&l.Columns, 1000}, {&l.Lines, 200_000}, {&l.Problems, 20}} {
		if *d.at <= 0 {
			*d.at = d.value
		}
	}
	if l.FileBytes <= 0 {
		l.FileBytes = 64 << 20
	}
	return l
}

// MaxVotes is how many votes one seat may have.
const MaxVotes = 1_000_000_000

// OneCollege is the college of everybody, where the table has no column of colleges.
const OneCollege = "all"

// Table is one vote of an assembly. Days are written as 2026-11-25, empty for no bound.
type Table struct {
	Members  []Member // in the order of their first lines
	Options  []string // yes and no where all choices are such; else the choices as written, as bytes go. Abstentions are none
	Problems []problem.Problem
	Errors   int // how many of them are errors
}

// Member is who votes. Choice is one of Options, [Abstain], or empty for who cast none.
type Member struct {
	Line        int // the first of theirs
	ID, Name    string
	Kind        string
	Groups      []string
	Seats       []Seat
	Choice      string
	Delegations []Delegation
	choiceLine  int
}

// Seat is a place in a college. Votes is 1 unless the table says more.
type Seat struct {
	Line    int
	College string
	Votes   int64
}

// Delegation gives a vote to another.
type Delegation struct {
	Line                    int
	To, Topic, Since, Until string
}

// table is one that is being read.
type table struct {
	*Table
	l     Limits
	list  *problem.List
	scan  *rows.Scanner
	place map[string]int  // of heads
	group []int           // columns of groups
	index map[string]int  // of members
	words map[string]bool // choices as written
	utf8  bool
}

// Read reads a table. What is wrong in it is under Problems; an error is a [problem.Failure] where reading cannot go on (a limit, no column of
// voters, an open quotation mark), or the stream's own.
func Read(src io.Reader, l Limits) (*Table, error) {
	l = l.filled()
	data, err := io.ReadAll(io.LimitReader(src, l.FileBytes+1))
	if err != nil {
		return nil, fmt.Errorf("read table: %w", err)
	}
	if int64(len(data)) > l.FileBytes {
		return nil, fails(0, codeTooLarge, problem.Args{"max": l.FileBytes})
	}
	t := &table{Table: &Table{}, l: l, list: problem.NewList(sentences, l.Problems), scan: rows.New(bytes.NewReader(data), separator(data), l.LineBytes, l.Columns),
		place: map[string]int{}, index: map[string]int{}, words: map[string]bool{}}
	if err := t.read(); err != nil {
		return nil, err
	}
	t.settle()
	t.Problems, t.Errors = t.list.AllWith(nil), t.list.Errors()
	return t.Table, nil
}

// Check is every problem of a table; the error is that of the stream.
func Check(src io.Reader, l Limits) ([]problem.Problem, error) {
	t, err := Read(src, l)
	if f, ok := errors.AsType[*problem.Failure](err); ok {
		return []problem.Problem{f.Problem}, nil
	}
	if err != nil {
		return nil, err
	}
	return t.Problems, nil
}

func fails(line int, code string, a problem.Args) error {
	return &problem.Failure{Problem: problem.Make(sentences, problem.Error, line, 1, "", code, a)}
}

// separator is the one of semicolon, tab and comma that the first line that is not blank has most of.
func separator(data []byte) byte {
	for line := range bytes.Lines(data) {
		if len(bytes.TrimSpace(bytes.TrimPrefix(line, []byte(rows.BOM)))) == 0 {
			continue
		}
		best, most := byte(','), bytes.Count(line, []byte{','})
		for _, c := range []byte{';', '\t'} {
			if n := bytes.Count(line, []byte{c}); n > most {
				best, most = c, n
			}
		}
		return best
	}
	return ','
}

// next goes to the next line that says something.
func (t *table) next() (bool, error) {
	for {
		ok, err := t.scan.Next()
		if e, bad := errors.AsType[*rows.Error](err); bad {
			code := [...]string{rows.Long: codeLongLine, rows.Many: codeManyColumns, rows.Open: codeOpenQuote}[e.What]
			return false, fails(e.Line, code, problem.Args{"max": e.Max})
		}
		if err != nil || !ok {
			return false, err
		}
		if !t.utf8 && !utf8.Valid(t.scan.Raw) {
			t.utf8 = true
			t.list.Add(problem.Error, t.scan.Line, 1, "", codeEncoding, nil)
		}
		if !t.scan.Blank() {
			return true, nil
		}
	}
}

func (t *table) read() error {
	ok, err := t.next()
	if err != nil {
		return err
	}
	if !ok {
		return fails(0, codeEmpty, nil)
	}
	head := len(t.scan.Fields)
	for i, f := range t.scan.Fields {
		name := strings.TrimSpace(string(f))
		switch c := column(name); {
		case c == colGroup:
			t.group = append(t.group, i)
		case c == "" && name != "":
			t.list.Add(problem.Warning, t.scan.Line, t.scan.Column(i), name, codeUnknownHead, problem.Args{"column": name})
		case c == "":
		default:
			if _, twice := t.place[c]; twice {
				t.list.Add(problem.Error, t.scan.Line, t.scan.Column(i), name, codeTwoHeads, problem.Args{"column": c})
				continue
			}
			t.place[c] = i
		}
	}
	if _, ok := t.place[colVoter]; !ok {
		return fails(t.scan.Line, codeNoVoters, nil)
	}
	for n := 0; ; n++ {
		ok, err := t.next()
		if err != nil {
			return err
		}
		if !ok {
			break
		}
		if n == t.l.Lines {
			return fails(t.scan.Line, codeManyLines, problem.Args{"max": t.l.Lines})
		}
		if len(t.scan.Fields) != head {
			t.list.Add(problem.Error, t.scan.Line, 1, "", codeFieldCount, problem.Args{"count": len(t.scan.Fields), "want": head})
			continue
		}
		t.line()
	}
	if len(t.Members) == 0 {
		t.list.Add(problem.Error, 0, 0, "", codeEmpty, nil)
	}
	return nil
}

// cell is what a column says on the present line; "" where the table has no such column.
func (t *table) cell(col string) string {
	i, ok := t.place[col]
	if !ok {
		return ""
	}
	return strings.TrimSpace(string(t.scan.Fields[i]))
}

func (t *table) wrong(col, code string, a problem.Args) {
	at := 1
	if i, ok := t.place[col]; ok {
		at = t.scan.Column(i)
	}
	t.list.Add(problem.Error, t.scan.Line, at, col, code, a)
}

// line takes one line: a seat, a vote, a delegation, or some of these.
func (t *table) line() {
	id := t.cell(colVoter)
	if id == "" {
		t.wrong(colVoter, codeNoVoter, nil)
		return
	}
	i, ok := t.index[id]
	if !ok {
		i = len(t.Members)
		t.index[id] = i
		t.Members = append(t.Members, Member{Line: t.scan.Line, ID: id})
	}
	m := &t.Members[i]
	for _, x := range []struct {
		to   *string
		text string
	}{{&m.Name, t.cell(colName)}, {&m.Kind, kind(t.cell(colKind))}} {
		if *x.to == "" {
			*x.to = x.text
		}
	}
	for _, c := range t.group {
		for g := range strings.SplitSeq(string(t.scan.Fields[c]), "|") {
			if g = strings.TrimSpace(g); g != "" && !slices.Contains(m.Groups, g) {
				m.Groups = append(m.Groups, g)
			}
		}
	}
	t.seat(m)
	t.choice(m)
	t.delegation(m)
}

func (t *table) seat(m *Member) {
	c := t.cell(colCollege)
	if _, named := t.place[colCollege]; !named && len(m.Seats) == 0 {
		c = OneCollege
	}
	votes := int64(1)
	if text := t.cell(colVotes); text != "" {
		n, err := strconv.ParseInt(text, 10, 64)
		if err != nil || n < 1 || n > MaxVotes {
			t.wrong(colVotes, codeVotes, problem.Args{"value": text, "max": MaxVotes})
			n = 1
		}
		votes = n
	}
	if c == "" {
		return
	}
	if k := slices.IndexFunc(m.Seats, func(s Seat) bool { return s.College == c }); k >= 0 {
		t.wrong(colCollege, codeSeatTwice, problem.Args{"voter": m.ID, "college": c, "first": m.Seats[k].Line})
		return
	}
	m.Seats = append(m.Seats, Seat{t.scan.Line, c, votes})
}

func (t *table) choice(m *Member) {
	c := t.cell(colChoice)
	switch {
	case c == "":
	case m.Choice != "" && m.Choice != c:
		t.wrong(colChoice, codeTwoChoices, problem.Args{"voter": m.ID, "value": c, "other": m.Choice, "first": m.choiceLine})
	case m.Choice == "":
		m.Choice, m.choiceLine = c, t.scan.Line
		t.words[c] = true
	}
}

func (t *table) delegation(m *Member) {
	d := Delegation{Line: t.scan.Line, To: t.cell(colDelegate), Topic: t.cell(colTopic), Since: t.day(colSince), Until: t.day(colUntil)}
	switch {
	case d.To == "" && (d.Topic != "" || d.Since != "" || d.Until != ""):
		t.wrong(colDelegate, codeNoDelegate, nil)
	case d.To == "":
	case d.To == m.ID:
		t.wrong(colDelegate, codeSelf, problem.Args{"voter": m.ID})
	default:
		m.Delegations = append(m.Delegations, d)
	}
}

// day is a cell's day as 2026-11-25.
func (t *table) day(col string) string {
	text := t.cell(col)
	if text == "" {
		return ""
	}
	for _, layout := range []string{"2006-01-02", "02/01/2006", "02.01.2006"} {
		if d, err := time.Parse(layout, text); err == nil {
			return d.Format("2006-01-02")
		}
	}
	t.wrong(col, codeDate, problem.Args{"value": text})
	return ""
}

// settle does what needs all lines: seats, delegates, and whether the choices are yes and no.
func (t *table) settle() {
	for _, m := range t.Members {
		if len(m.Seats) == 0 {
			t.list.Add(problem.Error, m.Line, 1, colCollege, codeNoSeat, problem.Args{"voter": m.ID})
		}
		for _, d := range m.Delegations {
			if _, ok := t.index[d.To]; !ok {
				t.list.Add(problem.Error, d.Line, 1, colDelegate, codeDelegate, problem.Args{"voter": m.ID, "delegate": d.To})
			}
		}
	}
	question, means := true, map[string]string{}
	for w := range t.words {
		means[w] = answer(w)
		question = question && means[w] != ""
	}
	if question {
		t.Options = []string{Yes, No}
	} else {
		for w, a := range means {
			if means[w] = w; a == Abstain {
				means[w] = Abstain
			}
		}
		t.Options = slices.DeleteFunc(slices.Sorted(maps.Keys(t.words)), func(w string) bool { return means[w] == Abstain })
	}
	for i := range t.Members {
		t.Members[i].Choice = means[t.Members[i].Choice]
	}
}
