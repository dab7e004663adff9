package blt

import (
	"bytes"
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
	"commun/formats/ranked"
)

// Limits bound what a reader accepts. Zero values take the default, which is in brackets.
type Limits struct {
	LineBytes  int   // [1 MiB]
	Candidates int   // [10,000]
	FileBytes  int64 // of a file held whole by Read [256 MiB]
	Problems   int   // kept of each code, the others are counted [20]
}

func (l Limits) filled() Limits {
	if l.LineBytes <= 0 {
		l.LineBytes = 1 << 20
	}
	if l.Candidates <= 0 {
		l.Candidates = 10_000
	}
	if l.FileBytes <= 0 {
		l.FileBytes = 256 << 20
	}
	if l.Problems <= 0 {
		l.Problems = 20
	}
	return l
}

// Candidate is one who stands. More are the further texts of the line, such as the party.
type Candidate struct {
	Name      string
	More      []string
	Withdrawn bool
}

// Ballot is one line of ballots: see [ranked.Ballot]. Its ID stands in parentheses in the file.
type Ballot = ranked.Ballot

// part is where in the file a reader is.
type part uint8

const (
	head part = iota // before the numbers of candidates and seats
	options
	ballots
	names
)

// Reader streams the ballots of one file.
type Reader struct {
	scan       *rows.Scanner
	limits     Limits
	list       *problem.List
	err        error
	part       part
	lastLine   int
	candidates []Candidate
	seats      int
	withdrawn  []int
	options    []string
	ballot     Ballot
	seen       []int
	count      int
	kept       bool // a ballot waits that the head was read up to
	nameLines  [][]string
	nameAt     []int // the line of each
	title      string
	titleMore  []string
	aliases    map[int]string // names from comments, by number
	utf8Said   bool
	commaSaid  bool
	ids        map[string]int
}

// NewReader reads up to the first ballot. The error is a [problem.Failure] when a limit is passed or the text is no such file, else the
// stream's own.
func NewReader(src io.Reader, l Limits) (*Reader, error) {
	l = l.filled()
	r := &Reader{scan: rows.New(src, 0, l.LineBytes, 1), limits: l, list: problem.NewList(sentences, l.Problems), ids: map[string]int{}}
	for r.part != ballots && r.part != names {
		ok, err := r.line()
		if err != nil {
			return nil, err
		}
		if !ok {
			if r.part == head {
				return nil, r.failure(codeNotBLT, nil)
			}
			break
		}
	}
	return r, nil
}

// Seats is how many are to be elected.
func (r *Reader) Seats() int { return r.seats }

// Len is how many candidates there are; their names are known at the end.
func (r *Reader) Len() int { return len(r.candidates) }

// Withdrawn are the candidates, from 0, that withdrew.
func (r *Reader) Withdrawn() []int { return r.withdrawn }

// Options are the lines in brackets before the ballots, without them.
func (r *Reader) Options() []string { return r.options }

// Candidates are all who stand. Their names are there once Next has returned false.
func (r *Reader) Candidates() []Candidate { return r.candidates }

// Names are those of Candidates.
func (r *Reader) Names() []string {
	names := make([]string, len(r.candidates))
	for i, c := range r.candidates {
		names[i] = c.Name
	}
	return names
}

// Title is the file's own name for the election, known once Next has returned false.
func (r *Reader) Title() string { return r.title }

// Count is how many lines of ballots were read.
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

// Ballot is the ballot that Next has read, the same memory each time.
func (r *Reader) Ballot() *Ballot { return &r.ballot }

// Next reads one ballot. At the end it reads the names too, and returns false.
func (r *Reader) Next() bool {
	if r.kept {
		r.kept = false
		r.count++
		return true
	}
	for r.err == nil {
		ok, err := r.line()
		if err != nil {
			r.err = err
			return false
		}
		if !ok {
			r.finish()
			return false
		}
		if r.kept {
			r.kept = false
			r.count++
			return true
		}
	}
	return false
}

// Check judges a whole file and returns all problems in its order. The error is the stream's own.
func Check(src io.Reader, l Limits) ([]problem.Problem, error) {
	r, err := NewReader(src, l)
	var f *problem.Failure
	if errors.As(err, &f) {
		return []problem.Problem{f.Problem}, nil
	}
	if err != nil {
		return nil, fmt.Errorf("read ballot file: %w", err)
	}
	for r.Next() {
	}
	ps := r.Problems()
	if r.err != nil && !errors.As(r.err, &f) {
		return ps, fmt.Errorf("read ballot file: %w", r.err)
	}
	return ps, nil
}

func (r *Reader) failure(code string, a problem.Args) *problem.Failure {
	return &problem.Failure{Problem: problem.Make(sentences, problem.Error, max(r.lastLine, 1), 1, "", code, a)}
}

func (r *Reader) say(s problem.Severity, column int, key, code string, a problem.Args) {
	r.list.Add(s, r.scan.Line, column, key, code, a)
}

// line reads one line and does what its part of the file asks. False at the end.
func (r *Reader) line() (bool, error) {
	ok, err := r.scan.Next()
	if err != nil {
		if e := (*rows.Error)(nil); errors.As(err, &e) {
			r.lastLine = e.Line
			return false, r.failure(codeLongLine, problem.Args{"max": e.Max})
		}
		return false, err
	}
	if !ok {
		return false, nil
	}
	r.lastLine = r.scan.Line
	if r.lastLine == 1 && r.scan.BOM {
		r.say(problem.Warning, 1, "", codeByteOrderMark, nil)
	}
	if !r.utf8Said && !utf8.Valid(r.scan.Raw) {
		r.utf8Said = true
		r.say(problem.Error, 1, "", codeEncoding, nil)
	}
	text := bytes.TrimSpace(withoutComment(r.scan.Text()))
	if len(text) == 0 {
		r.alias(r.scan.Text())
		return true, nil
	}
	switch r.part {
	case head:
		return true, r.readHead(text)
	case names:
		return true, r.readName(text)
	}
	if r.part == options {
		if r.option(text) {
			return true, nil
		}
		r.part = ballots
	}
	r.readBallot(text)
	return true, nil
}

// alias keeps the name of a candidate that stands in a comment, as PrefLib writes it: "# ALTERNATIVE NAME 3: Ada Martin".
func (r *Reader) alias(line []byte) {
	text := bytes.TrimSpace(line)
	rest, ok := bytes.CutPrefix(text, []byte("# ALTERNATIVE NAME "))
	if !ok {
		return
	}
	number, name, _ := bytes.Cut(rest, []byte(":"))
	if n, ok := small(number); ok && n >= 1 && n <= len(r.candidates) {
		if r.aliases == nil {
			r.aliases = map[int]string{}
		}
		r.aliases[n-1] = string(bytes.TrimSpace(name))
	}
}

// withoutComment cuts a line at its first # that is outside quotation marks.
func withoutComment(line []byte) []byte {
	if bytes.IndexByte(line, '#') < 0 {
		return line
	}
	quoted := false
	for i, c := range line {
		switch c {
		case '"':
			quoted = !quoted // a doubled mark closes and opens again
		case '#':
			if !quoted {
				return line[:i]
			}
		}
	}
	return line
}

// word cuts the next word from numbers that blanks or commas separate.
func word(text []byte) (w, rest []byte) {
	i := 0
	for i < len(text) && separates(text[i]) {
		i++
	}
	from := i
	for i < len(text) && !separates(text[i]) {
		i++
	}
	return text[from:i], text[i:]
}

func separates(c byte) bool { return c == ' ' || c == '\t' || c == ',' || c == '\v' || c == '\f' }

func (r *Reader) readHead(text []byte) error {
	a, rest := word(text)
	b, rest := word(rest)
	more, _ := word(rest)
	n, errN := strconv.Atoi(string(a))
	seats, errS := strconv.Atoi(string(b))
	if errN != nil || errS != nil || n < 0 || seats < 0 || len(more) > 0 {
		return r.failure(codeNotBLT, nil)
	}
	if n > r.limits.Candidates {
		return r.failure(codeManyCandidates, problem.Args{"max": r.limits.Candidates})
	}
	if seats == 0 {
		r.say(problem.Error, 1, "", codeNoSeats, nil)
	}
	if n == 0 {
		r.say(problem.Error, 1, "", codeNoCandidates, nil)
	}
	if seats > n {
		r.say(problem.Warning, 1, "", codeManySeats, problem.Args{"seats": seats, "count": n})
	}
	r.commas(text)
	r.candidates, r.seats, r.seen, r.part = make([]Candidate, n), seats, make([]int, n), options
	return nil
}

// commas says once that commas separate numbers.
func (r *Reader) commas(text []byte) {
	if !r.commaSaid && bytes.IndexByte(text, ',') >= 0 {
		r.commaSaid = true
		r.say(problem.Warning, 1, "", codeCommas, nil)
	}
}

// option reads a line of withdrawn candidates, or one in brackets; false when it is neither.
func (r *Reader) option(text []byte) bool {
	if text[0] == '[' {
		inside := strings.TrimSpace(strings.TrimSuffix(string(text[1:]), "]"))
		if text[len(text)-1] != ']' {
			r.say(problem.Error, 1, "", codeBracket, nil)
		}
		r.options = append(r.options, inside)
		name, list, _ := strings.Cut(inside, " ")
		if name == "withdrawn" {
			for _, w := range strings.Fields(list) {
				if n, err := strconv.Atoi(w); err == nil {
					r.withdraw(n, w)
				} else {
					r.say(problem.Warning, 1, w, codeWithdrawnName, problem.Args{"value": w})
				}
			}
		}
		return true
	}
	if text[0] != '-' {
		return false
	}
	for w, rest := word(text); len(w) > 0; w, rest = word(rest) {
		n, err := strconv.Atoi(string(w))
		if err != nil || n > 0 {
			r.say(problem.Error, 1, "", codeWithdrawn, problem.Args{"value": string(w)})
			continue
		}
		r.withdraw(-n, string(w))
	}
	return true
}

func (r *Reader) withdraw(n int, word string) {
	switch {
	case n < 1 || n > len(r.candidates):
		r.say(problem.Error, 1, "", codeUnknown, problem.Args{"value": word, "count": len(r.candidates)})
	case r.candidates[n-1].Withdrawn:
		r.say(problem.Warning, 1, "", codeWithdrawnTwice, problem.Args{"value": n})
	default:
		r.candidates[n-1].Withdrawn = true
		r.withdrawn = append(r.withdrawn, n-1)
	}
}

// wrong notes an error of the ballot being read.
func (r *Reader) wrong(code string, a problem.Args) {
	r.ballot.Wrong = true
	r.say(problem.Error, 1, r.ballot.ID, code, a)
}

// readBallot reads a line of the ballots, or the 0 that ends them.
func (r *Reader) readBallot(text []byte) {
	b := &r.ballot
	b.Line, b.ID, b.Wrong = r.scan.Line, "", false
	b.Prefs, b.Ranks = b.Prefs[:0], b.Ranks[:0]
	b.Weight = decimal.Int(1)
	if text[0] == '"' {
		r.say(problem.Error, 1, "", codeNoEnd, nil)
		r.part = names
		_ = r.readName(text)
		return
	}
	r.commas(text)
	rest := text
	if text[0] == '(' {
		id, after, ok := bytes.Cut(text[1:], []byte(")"))
		if !ok {
			r.wrong(codeParenthesis, nil)
		}
		b.ID, rest = strings.TrimSpace(string(id)), after
		if first := r.ids[b.ID]; first > 0 {
			r.wrong(codeIDTwice, problem.Args{"id": b.ID, "first": first})
		} else {
			r.ids[b.ID] = b.Line
		}
	} else {
		var w []byte
		w, rest = word(text)
		if string(w) == "0" {
			if next, _ := word(rest); len(next) == 0 {
				r.part = names
				return
			}
		}
		weight, err := decimal.Parse(w)
		switch {
		case err != nil:
			r.wrong(codeWeight, problem.Args{"value": string(w)})
		case weight.Sign() <= 0:
			r.wrong(codeWeightSign, problem.Args{"value": string(w)})
		default:
			b.Weight = weight
		}
	}
	r.kept = true
	r.preferences(rest)
}

// preferences reads what follows the weight of a ballot, up to its 0.
func (r *Reader) preferences(rest []byte) {
	rank := int32(0)
	for {
		var w []byte
		if w, rest = word(rest); len(w) == 0 {
			r.wrong(codeNoZero, nil)
			return
		}
		if len(w) == 1 && w[0] == '0' {
			break
		}
		rank++
		if len(w) == 1 && w[0] == '-' {
			continue
		}
		for len(w) > 0 {
			one := w
			if i := bytes.IndexByte(w, '='); i >= 0 {
				one, w = w[:i], w[i+1:]
				if len(w) == 0 {
					r.wrong(codeNotCandidate, problem.Args{"value": string(one) + "="})
				}
			} else {
				w = nil
			}
			r.preference(one, rank)
		}
	}
	if w, _ := word(rest); len(w) > 0 {
		r.wrong(codeAfterZero, problem.Args{"value": string(w)})
	}
}

func (r *Reader) preference(w []byte, rank int32) {
	b := &r.ballot
	n, ok := small(w)
	if !ok {
		r.wrong(codeNotCandidate, problem.Args{"value": string(w)})
		return
	}
	if n < 1 || n > len(r.candidates) {
		r.wrong(codeUnknown, problem.Args{"value": string(w), "count": len(r.candidates)})
		return
	}
	if r.seen[n-1] == b.Line {
		r.wrong(codeTwice, problem.Args{"value": n})
		return
	}
	r.seen[n-1] = b.Line
	b.Prefs = append(b.Prefs, int32(n-1))
	b.Ranks = append(b.Ranks, rank)
}

// small reads a whole number of at most nine digits.
func small(w []byte) (int, bool) {
	n := 0
	for _, c := range w {
		if c < '0' || c > '9' {
			return 0, false
		}
		n = n*10 + int(c-'0')
	}
	return n, len(w) > 0 && len(w) <= 9
}

// readName reads a line after the ballots: texts in quotation marks, or one without.
func (r *Reader) readName(text []byte) error {
	if len(r.nameLines) > r.limits.Candidates+1 {
		return r.failure(codeManyCandidates, problem.Args{"max": r.limits.Candidates})
	}
	texts, code := texts(string(text))
	if code != "" {
		s := problem.Warning
		if code == codeOpenQuote {
			s = problem.Error
		}
		r.say(s, 1, "", code, problem.Args{"value": string(text)})
	}
	r.nameLines = append(r.nameLines, texts)
	r.nameAt = append(r.nameAt, r.scan.Line)
	return nil
}

// texts cuts a line into its texts in quotation marks, in which a doubled mark is one. A line that does not begin with one is a text by itself.
func texts(line string) (out []string, code string) {
	if !strings.HasPrefix(line, `"`) {
		return []string{line}, codeBareName
	}
	for rest := line; rest != ""; {
		rest = rest[1:]
		var b strings.Builder
		for {
			inside, after, ok := strings.Cut(rest, `"`)
			b.WriteString(inside)
			if !ok {
				return append(out, b.String()), codeOpenQuote
			}
			if rest = after; !strings.HasPrefix(rest, `"`) {
				break
			}
			b.WriteByte('"')
			rest = rest[1:]
		}
		out = append(out, b.String())
		rest = strings.TrimLeft(rest, " \t,")
		if rest != "" && rest[0] != '"' {
			return append(out, rest), codeBareName
		}
	}
	return out, ""
}

// finish gives the candidates their names.
func (r *Reader) finish() {
	at := max(r.lastLine, 1)
	say := func(s problem.Severity, line int, code string, a problem.Args) { r.list.Add(s, line, 1, "", code, a) }
	if r.part != names {
		say(problem.Error, at, codeNoEnd, nil)
	}
	lines, n := r.nameLines, len(r.candidates)
	if len(lines) <= 2 && len(lines) < n { // all names on one line, perhaps the title too; on more lines, the others are parties
		var flat [][]string
		var flatAt []int
		for i, l := range lines {
			for _, text := range l {
				flat, flatAt = append(flat, []string{text}), append(flatAt, r.nameAt[i])
			}
		}
		if len(flat) >= n && len(flat) <= n+1 {
			lines, r.nameAt = flat, flatAt
		}
	}
	if n > 1 && len(lines) <= 1 && len(r.aliases) == n { // no names but in comments: what stands there is the title
		for i := range n {
			lines = slices.Insert(lines, i, []string{r.aliases[i]})
			r.nameAt = slices.Insert(r.nameAt, i, at)
		}
		say(problem.Warning, at, codeAliases, nil)
	}
	for i := range r.candidates {
		if i < len(lines) {
			r.candidates[i].Name, r.candidates[i].More = lines[i][0], lines[i][1:]
			if strings.TrimSpace(lines[i][0]) == "" {
				say(problem.Warning, r.nameAt[i], codeEmptyName, problem.Args{"number": i + 1})
			}
		}
	}
	switch {
	case len(lines) < n:
		say(problem.Error, at, codeFewNames, problem.Args{"count": len(lines), "want": n})
	case len(lines) == n:
		say(problem.Warning, at, codeNoTitle, nil)
	default:
		r.title, r.titleMore = lines[n][0], lines[n][1:]
		if len(lines) > n+1 {
			say(problem.Warning, r.nameAt[n+1], codeManyNames, problem.Args{"count": len(lines) - 1, "want": n})
		}
	}
	for i, c := range r.candidates {
		if first := slices.IndexFunc(r.candidates[:i], func(o Candidate) bool { return o.Name == c.Name && c.Name != "" && slices.Equal(o.More, c.More) }); first >= 0 {
			say(problem.Warning, r.nameAt[i], codeNameTwice, problem.Args{"value": c.Name, "first": first + 1, "number": i + 1})
			break // one is enough, and many would take long
		}
	}
}
