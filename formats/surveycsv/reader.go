package surveycsv

import (
	"cmp"
	"errors"
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"commun/formats/decimal"
	"commun/formats/internal/rows"
	"commun/formats/problem"
)

// Limits bound what a reader accepts. Zero values take the default, which is in brackets.
type Limits struct {
	LineBytes int   // of one record [4 MiB]
	Columns   int   // [10,000]
	Choices   int   // [10,000]
	FileBytes int64 // of a table held whole by Read [256 MiB]
	Problems  int   // kept of each code, the others are counted [20]
}

func (l Limits) filled() Limits {
	for _, d := range []struct {
		at    *int
		value int
	}{{&l.LineBytes, 4 << 20}, {&l.Columns, 10_000}, {&l.Choices, 10_000}, {&l.Problems, 20}} {
		if *d.at <= 0 {
			*d.at = d.value
		}
	}
	if l.FileBytes <= 0 {
		l.FileBytes = 256 << 20
	}
	return l
}

// Ballot is one answer. Its slices are good until the next call of [Reader.Next].
type Ballot struct {
	Line    int
	ID      string            // of the voter, where the mapping has a column for it
	Choices []int32           // those chosen, ranked, scored or graded, each once; ranked ones best first, others in the order of the table
	Values  []decimal.Decimal // beside Choices: the rank, the score, or the place of the grade, 0 the best; empty for yes
	Wrong   bool              // this answer has an error, and what is wrong is left out
}

// Reader streams the ballots of one table.
type Reader struct {
	scan    *rows.Scanner
	m       Mapping
	limits  Limits
	list    *problem.List
	err     error
	heads   []string
	columns []int // of the choices, the ranks, or the one column
	choice  []int32
	names   []string
	index   map[string]int32
	fixed   bool // the choices are those of the mapping or of the heads
	longest []string
	voter   int
	ballot  Ballot
	seen    []int
	ids     map[string]int
	count   int
	last    int
	utf8    bool
}

// NewReader reads the head by a mapping. ErrMapping, ErrHead, a [problem.Failure] when a limit is passed, or the stream's own error.
func NewReader(src io.Reader, m Mapping, l Limits) (*Reader, error) {
	if err := m.check(); err != nil {
		return nil, err
	}
	l = l.filled()
	scan, err := newTable(src, l)
	if err != nil {
		return nil, err
	}
	r := &Reader{scan: scan, m: m, limits: l, list: problem.NewList(sentences, l.Problems), voter: -1, index: map[string]int32{}, ids: map[string]int{}}
	for range max(m.HeadLine, 1) {
		ok, err := r.next()
		if err != nil {
			return nil, err
		}
		if !ok {
			return nil, fmt.Errorf("read head of the table: %w", ErrHead)
		}
	}
	r.heads = texts(scan.Fields)
	for i := range r.heads {
		r.heads[i] = strings.TrimSpace(r.heads[i])
	}
	if err := r.bind(); err != nil {
		return nil, err
	}
	return r, nil
}

// Heads are the names of the columns.
func (r *Reader) Heads() []string { return r.heads }

// Mapping is how the table is read.
func (r *Reader) Mapping() Mapping { return r.m }

// Names are the choices, whole once Next has returned false.
func (r *Reader) Names() []string { return r.names }

// Len is how many choices there are so far.
func (r *Reader) Len() int { return len(r.names) }

// Ballot is the answer that Next has read, the same memory each time.
func (r *Reader) Ballot() *Ballot { return &r.ballot }

// Value is the cell of the present answer in a column by its place, for age, district and the like.
func (r *Reader) Value(column int) []byte {
	if column < 0 || column >= len(r.scan.Fields) {
		return nil
	}
	return r.scan.Fields[column]
}

// Count is how many answers were read.
func (r *Reader) Count() int { return r.count }

// Err is why Next stopped before the end.
func (r *Reader) Err() error { return r.err }

// Errors is how many errors were found so far.
func (r *Reader) Errors() int {
	return r.list.ErrorsWith(r.err)
}

// Problems are those found so far, all once Next has returned false.
func (r *Reader) Problems() []problem.Problem {
	return r.list.AllWith(r.err)
}

// Check reads a whole table by a mapping and returns all problems in its order. The errors are those of NewReader.
func Check(src io.Reader, m Mapping, l Limits) ([]problem.Problem, error) {
	r, err := NewReader(src, m, l)
	var f *problem.Failure
	if errors.As(err, &f) {
		return []problem.Problem{f.Problem}, nil
	}
	if err != nil {
		return nil, err
	}
	for r.Next() {
	}
	if r.err != nil && !errors.As(r.err, &f) {
		return r.Problems(), r.err
	}
	return r.Problems(), nil
}

// next reads one record that is not blank.
func (r *Reader) next() (bool, error) {
	for {
		ok, err := r.scan.Next()
		if err != nil {
			return false, failure(err)
		}
		if !ok {
			return false, nil
		}
		r.last = r.scan.Line
		if !r.utf8 && !utf8.Valid(r.scan.Raw) {
			r.utf8 = true
			r.list.Add(problem.Error, r.last, 1, "", codeEncoding, nil)
		}
		if !r.scan.Blank() {
			return true, nil
		}
	}
}

// failure puts a scanner's error in words.
func failure(err error) error {
	var e *rows.Error
	if !errors.As(err, &e) {
		return fmt.Errorf("read table: %w", err)
	}
	code := [...]string{rows.Long: codeLongLine, rows.Many: codeManyColumns, rows.Open: codeOpenQuote}[e.What]
	return &problem.Failure{Problem: problem.Make(sentences, problem.Error, e.Line, 1, "", code, problem.Args{"max": e.Max})}
}

func (r *Reader) column(name string) (int, error) {
	i := slices.Index(r.heads, strings.TrimSpace(name))
	if i < 0 {
		return -1, fmt.Errorf("read head of the table, %q: %w", name, ErrHead)
	}
	return i, nil
}

// bind finds the columns that the mapping names.
func (r *Reader) bind() (err error) {
	m := &r.m
	if m.Voter != "" {
		if r.voter, err = r.column(m.Voter); err != nil {
			return err
		}
	}
	for _, c := range m.Choices {
		r.add(strings.TrimSpace(c))
	}
	r.fixed = len(m.Choices) > 0 || m.Form == Columns
	switch {
	case m.Form == List || m.Form == One:
		c, err := r.column(m.Question)
		if err != nil {
			return err
		}
		r.columns = []int{c}
	case len(m.Heads) > 0:
		for i, h := range m.Heads {
			c, err := r.column(h)
			if err != nil {
				return err
			}
			r.columns = append(r.columns, c)
			if m.Form == Columns && len(m.Choices) == 0 {
				r.add(strings.TrimSpace(h))
			}
			r.choice = append(r.choice, int32(i))
		}
	default:
		err = r.bindBrackets()
	}
	r.longest = slices.Clone(r.names)
	slices.SortStableFunc(r.longest, func(a, b string) int { return cmp.Compare(len(b), len(a)) })
	return err
}

// bindBrackets finds the columns "Question [Choice]" or "Question [1]".
func (r *Reader) bindBrackets() error {
	type place struct{ rank, column int }
	var places []place
	for i, h := range r.heads {
		q, choice, ok := bracketed(h)
		if !ok || q != strings.TrimSpace(r.m.Question) {
			continue
		}
		if r.m.Form == Ranks {
			if n, ok := number(choice); ok {
				places = append(places, place{n, i})
			}
			continue
		}
		if len(r.m.Choices) > 0 {
			c, known := r.index[choice]
			if !known {
				continue // a choice that the mapping leaves out
			}
			r.columns, r.choice = append(r.columns, i), append(r.choice, c)
			continue
		}
		if _, twice := r.index[choice]; twice {
			return fmt.Errorf("read head of the table, %q stands twice: %w", h, ErrHead)
		}
		r.columns, r.choice = append(r.columns, i), append(r.choice, r.add(choice))
	}
	slices.SortStableFunc(places, func(a, b place) int { return cmp.Compare(a.rank, b.rank) })
	for _, p := range places {
		r.columns = append(r.columns, p.column)
	}
	if len(r.columns) == 0 || len(r.m.Choices) > 0 && r.m.Form == Columns && len(r.columns) != len(r.m.Choices) {
		return fmt.Errorf("read head of the table, %q: %w", r.m.Question+" […]", ErrHead)
	}
	return nil
}

// add notes a choice.
func (r *Reader) add(name string) int32 {
	if i, ok := r.index[name]; ok {
		return i
	}
	i := int32(len(r.names))
	r.index[name] = i
	r.names, r.seen = append(r.names, name), append(r.seen, 0)
	return i
}

// Next reads one answer. False at the end, or on an error that Err tells.
func (r *Reader) Next() bool {
	if r.err != nil {
		return false
	}
	ok, err := r.next()
	if r.err = err; err != nil || !ok {
		return false
	}
	r.count++
	b, fields := &r.ballot, r.scan.Fields
	b.Line, b.ID, b.Wrong = r.last, "", false
	b.Choices, b.Values = b.Choices[:0], b.Values[:0]
	if len(fields) > len(r.heads) {
		for _, f := range fields[len(r.heads):] {
			if len(f) > 0 {
				r.wrong(-1, codeFieldCount, problem.Args{"count": len(fields), "want": len(r.heads)})
				break
			}
		}
	}
	if r.voter >= 0 {
		b.ID = r.cell(r.voter)
		switch first := r.ids[b.ID]; {
		case b.ID == "":
			r.wrong(r.voter, codeNoVoter, nil)
		case first > 0:
			r.wrong(r.voter, codeVoterTwice, problem.Args{"voter": b.ID, "first": first})
		default:
			r.ids[b.ID] = r.last
		}
	}
	switch r.m.Form {
	case Columns:
		r.readColumns()
	case Ranks:
		for i, c := range r.columns {
			if name := r.cell(c); name != "" {
				r.choose(c, name, decimal.Int(int64(i+1)), true)
			}
		}
	case One:
		if name := r.cell(r.columns[0]); name != "" {
			r.choose(r.columns[0], name, decimal.Decimal{}, false)
		}
	case List:
		for i, name := range r.cut(r.cell(r.columns[0])) {
			r.choose(r.columns[0], name, decimal.Int(int64(i+1)), r.m.Means == Rank)
		}
	}
	return r.err == nil
}

func (r *Reader) cell(column int) string { return strings.TrimSpace(string(r.Value(column))) }

func (r *Reader) wrong(column int, code string, a problem.Args) {
	r.ballot.Wrong = true
	at, key := 1, ""
	if column >= 0 {
		at, key = r.scan.Column(column), r.heads[column]
	}
	r.list.Add(problem.Error, r.last, at, key, code, a)
}

// readColumns reads a cell for each choice.
func (r *Reader) readColumns() {
	b := &r.ballot
	for i, c := range r.columns {
		cell := r.cell(c)
		var value decimal.Decimal
		switch r.m.Means {
		case Yes:
			yes, ok := yesNo(cell)
			if !ok {
				r.wrong(c, codeNotYesNo, problem.Args{"value": cell})
			}
			if !yes {
				continue
			}
		case Grade:
			if cell == "" {
				continue
			}
			g := slices.IndexFunc(r.m.Grades, func(s string) bool { return strings.EqualFold(strings.TrimSpace(s), cell) })
			if g < 0 {
				r.wrong(c, codeNotGrade, problem.Args{"value": cell, "allowed": r.m.Grades})
				continue
			}
			value = decimal.Int(int64(g))
		default:
			if cell == "" {
				continue
			}
			var err error
			if value, err = decimal.Parse(strings.Replace(cell, ",", ".", 1)); err != nil {
				r.wrong(c, codeNotNumber, problem.Args{"value": cell})
				continue
			}
			if n, whole := value.Int64(); r.m.Means == Rank && (!whole || n < 1 || n > 1<<30) {
				r.wrong(c, codeNotRank, problem.Args{"value": cell})
				continue
			}
		}
		b.Choices = append(b.Choices, r.choice[i])
		if r.m.Means != Yes {
			b.Values = append(b.Values, value)
		}
	}
	if r.m.Means == Rank {
		r.sortByRank()
	}
}

// sortByRank puts the best first; equal ranks stay in the order of the table.
func (r *Reader) sortByRank() {
	b := &r.ballot
	order := make([]int, len(b.Choices))
	for i := range order {
		order[i] = i
	}
	slices.SortStableFunc(order, func(x, y int) int { return b.Values[x].Cmp(b.Values[y]) })
	choices, values := slices.Clone(b.Choices), slices.Clone(b.Values)
	for i, o := range order {
		b.Choices[i], b.Values[i] = choices[o], values[o]
	}
}

// choose adds a choice by its name.
func (r *Reader) choose(column int, name string, value decimal.Decimal, valued bool) {
	i, known := r.index[name]
	if !known {
		if r.fixed {
			r.wrong(column, codeUnknown, problem.Args{"value": name})
			return
		}
		if len(r.names) >= r.limits.Choices {
			if r.err == nil {
				r.err = &problem.Failure{Problem: problem.Make(sentences, problem.Error, r.last, 1, r.heads[column], codeManyChoices, problem.Args{"max": r.limits.Choices})}
			}
			return
		}
		i = r.add(name)
	}
	if r.seen[i] == r.last {
		r.wrong(column, codeTwice, problem.Args{"value": name})
		return
	}
	r.seen[i] = r.last
	r.ballot.Choices = append(r.ballot.Choices, i)
	if valued {
		r.ballot.Values = append(r.ballot.Values, value)
	}
}

// cut cuts a list into choices. Where the mapping names the choices, the longest that fits is taken, so that a choice may contain the separator.
func (r *Reader) cut(cell string) []string {
	sep := r.m.Separator
	if sep == "" {
		sep = ","
	}
	if trimmed := strings.TrimSpace(sep); trimmed != "" {
		sep = trimmed
	}
	var out []string
	for rest := cell; rest != ""; {
		name := ""
		if r.fixed {
			for _, c := range r.longest {
				if after, ok := strings.CutPrefix(rest, c); ok && c != "" {
					if after = strings.TrimSpace(after); after == "" || strings.HasPrefix(after, sep) {
						name = c
						rest = strings.TrimPrefix(after, sep)
						break
					}
				}
			}
		}
		if name == "" {
			name, rest, _ = strings.Cut(rest, sep)
		}
		if name = strings.TrimSpace(name); name != "" {
			out = append(out, name)
		}
		rest = strings.TrimSpace(rest)
	}
	return out
}

// String is the mapping in one line, as a result prints it.
func (m Mapping) String() string {
	s := string(m.Form) + "," + string(m.Means)
	for _, p := range [][2]string{{"question", m.Question}, {"separator", m.Separator}, {"voter", m.Voter}} {
		if p[1] != "" {
			s += "," + p[0] + "=" + strconv.Quote(p[1])
		}
	}
	return s
}
