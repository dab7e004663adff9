package preflib

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

// Ballot is one order: see [ranked.Ballot].
type Ballot = ranked.Ballot

// Limits bound what a reader accepts. Zero values take the default, which is in brackets.
type Limits struct {
	LineBytes  int   // [1 MiB]
	Candidates int   // [50,000]
	HeadLines  int   // lines before the first ballot [100,000]
	FileBytes  int64 // of a file held whole by Read [256 MiB]
	Problems   int   // kept of each code, the others are counted [20]
}

func (l Limits) filled() Limits {
	for _, d := range []struct {
		at    *int
		value int
	}{{&l.LineBytes, 1 << 20}, {&l.Candidates, 50_000}, {&l.HeadLines, 100_000}, {&l.Problems, 20}} {
		if *d.at <= 0 {
			*d.at = d.value
		}
	}
	if l.FileBytes <= 0 {
		l.FileBytes = 256 << 20
	}
	return l
}

// Types are the types of data that are orders.
var types = []string{"soc", "soi", "toc", "toi"}

// Options say how to read.
type Options struct {
	Limits Limits
	Type   string // soc, soi, toc or toi: the ending of the file's name, without its dot. "" is what the head says; else any order is right
}

// Pair is a line "# KEY: value" of the new head; Key is in capitals.
type Pair struct {
	Key, Value string
	Line       int
}

// Reader streams the ballots of one file.
type Reader struct {
	scan   *rows.Scanner
	limits Limits
	list   *problem.List
	err    error
	old    bool
	typ    string
	meta   []Pair
	names  []string
	named  []bool
	voters int // as the head says; -1 not said
	sum    int // old style
	orders int
	ballot Ballot
	seen   []int
	count  int
	total  decimal.Decimal
	fits   bool
	kept   bool
	last   int
	utf8   bool
}

// NewReader reads the head. The error is a [problem.Failure] when a limit is passed or the text is no such file, else the stream's own.
func NewReader(src io.Reader, o Options) (*Reader, error) {
	l := o.Limits.filled()
	r := &Reader{scan: rows.New(src, 0, l.LineBytes, 1), limits: l, list: problem.NewList(sentences, l.Problems), typ: strings.ToLower(o.Type),
		voters: -1, sum: -1, orders: -1, fits: true}
	if err := r.head(); err != nil {
		return nil, err
	}
	return r, nil
}

// Old tells the old style of head.
func (r *Reader) Old() bool { return r.old }

// Type is soc, soi, toc or toi, or "" where neither the head nor the caller says it.
func (r *Reader) Type() string { return r.typ }

// Meta are the lines of a new head, the names of candidates aside.
func (r *Reader) Meta() []Pair { return r.meta }

// Names are the candidates.
func (r *Reader) Names() []string { return r.names }

// Len is how many candidates there are.
func (r *Reader) Len() int { return len(r.names) }

// Count is how many orders were read.
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

// Ballot is the order that Next has read, the same memory each time.
func (r *Reader) Ballot() *Ballot { return &r.ballot }

// Check judges a whole file and returns all problems in its order. The error is the stream's own.
func Check(src io.Reader, o Options) ([]problem.Problem, error) {
	r, err := NewReader(src, o)
	var f *problem.Failure
	if errors.As(err, &f) {
		return []problem.Problem{f.Problem}, nil
	}
	if err != nil {
		return nil, fmt.Errorf("read ballot file: %w", err)
	}
	for r.Next() {
	}
	if r.err != nil && !errors.As(r.err, &f) {
		return r.Problems(), fmt.Errorf("read ballot file: %w", r.err)
	}
	return r.Problems(), nil
}

func (r *Reader) failure(code string, a problem.Args) *problem.Failure {
	return &problem.Failure{Problem: problem.Make(sentences, problem.Error, max(r.last, 1), 1, "", code, a)}
}

func (r *Reader) say(s problem.Severity, key, code string, a problem.Args) {
	r.list.Add(s, r.last, 1, key, code, a)
}

// line reads one line that is not blank, without blanks around it. Nil at the end.
func (r *Reader) line() ([]byte, error) {
	for {
		ok, err := r.scan.Next()
		if err != nil {
			if e := (*rows.Error)(nil); errors.As(err, &e) {
				r.last = e.Line
				return nil, r.failure(codeLongLine, problem.Args{"max": e.Max})
			}
			return nil, err
		}
		if !ok {
			return nil, nil
		}
		r.last = r.scan.Line
		if r.last == 1 && r.scan.BOM {
			r.say(problem.Warning, "", codeByteOrderMark, nil)
		}
		if !r.utf8 && !utf8.Valid(r.scan.Raw) {
			r.utf8 = true
			r.say(problem.Error, "", codeEncoding, nil)
		}
		if text := bytes.TrimSpace(r.scan.Text()); len(text) > 0 {
			return text, nil
		}
	}
}

// head reads up to the first order.
func (r *Reader) head() error {
	text, err := r.line()
	if err != nil {
		return err
	}
	switch {
	case text == nil:
		return r.failure(codeNotPrefLib, nil)
	case text[0] == '#':
		err = r.newHead(text)
	default:
		r.old = true
		err = r.oldHead(text)
	}
	if err != nil {
		return err
	}
	if r.typ != "" && !slices.Contains(types, r.typ) {
		at := 1
		for _, p := range r.meta {
			if p.Key == "DATA TYPE" {
				at = p.Line
			}
		}
		r.list.Add(problem.Error, at, 1, "DATA TYPE", codeType, problem.Args{"value": r.typ, "allowed": types})
		r.typ = ""
	}
	return nil
}

func (r *Reader) newHead(text []byte) (err error) {
	lines := 0
	announced, announcedAt := -1, 1
	for ; text != nil; text, err = r.line() {
		if text[0] != '#' {
			r.kept = r.order(text)
			break
		}
		if lines++; lines > r.limits.HeadLines {
			return r.failure(codeLongHead, problem.Args{"max": r.limits.HeadLines})
		}
		key, value, ok := strings.Cut(strings.TrimSpace(string(text[1:])), ":")
		if !ok {
			continue // a remark
		}
		key, value = strings.ToUpper(strings.TrimSpace(key)), strings.TrimSpace(value)
		if number, is := strings.CutPrefix(key, "ALTERNATIVE NAME"); is {
			if err := r.name(strings.TrimSpace(number), value); err != nil {
				return err
			}
			continue
		}
		r.meta = append(r.meta, Pair{key, value, r.last})
		switch key {
		case "NUMBER ALTERNATIVES":
			if announced = r.whole(key, value); announced > r.limits.Candidates {
				return r.failure(codeManyCandidates, problem.Args{"max": r.limits.Candidates})
			}
			announcedAt = r.last
		case "NUMBER VOTERS":
			r.voters = r.whole(key, value)
		case "NUMBER UNIQUE ORDERS":
			r.orders = r.whole(key, value)
		case "DATA TYPE":
			if t := strings.ToLower(value); r.typ != "" && t != r.typ {
				r.say(problem.Warning, key, codeTypeOther, problem.Args{"value": t, "type": r.typ})
			} else {
				r.typ = t
			}
		}
	}
	if err != nil {
		return err
	}
	if announced >= 0 {
		if announced != len(r.names) {
			r.list.Add(problem.Error, announcedAt, 1, "NUMBER ALTERNATIVES", codeNames, problem.Args{"said": announced, "count": len(r.names)})
		}
	} else {
		r.list.Add(problem.Error, 1, 1, "NUMBER ALTERNATIVES", codeMissing, problem.Args{"key": "NUMBER ALTERNATIVES"})
	}
	for i, named := range r.named {
		if !named {
			r.list.Add(problem.Error, 1, 1, "ALTERNATIVE NAME", codeNoName, problem.Args{"number": i + 1})
		}
	}
	return nil
}

// name notes a candidate's name by its number.
func (r *Reader) name(number, value string) error {
	n, err := strconv.Atoi(number)
	if err != nil || n < 1 {
		r.say(problem.Error, "ALTERNATIVE NAME", codeNumber, problem.Args{"value": number})
		return nil
	}
	if n > r.limits.Candidates {
		return r.failure(codeManyCandidates, problem.Args{"max": r.limits.Candidates})
	}
	for len(r.names) < n {
		r.names, r.named, r.seen = append(r.names, ""), append(r.named, false), append(r.seen, 0)
	}
	if r.named[n-1] {
		r.say(problem.Error, "ALTERNATIVE NAME", codeNameTwice, problem.Args{"number": n})
		return nil
	}
	if value == "" {
		r.say(problem.Warning, "ALTERNATIVE NAME", codeNoName, problem.Args{"number": n})
	}
	r.names[n-1], r.named[n-1] = value, true
	return nil
}

func (r *Reader) whole(key, value string) int {
	n, err := strconv.ParseUint(value, 10, 31)
	if err != nil {
		r.say(problem.Error, key, codeNumber, problem.Args{"value": value})
		return -1
	}
	return int(n)
}

func (r *Reader) oldHead(text []byte) error {
	n, err := strconv.ParseUint(string(text), 10, 31)
	if err != nil {
		return r.failure(codeNotPrefLib, nil)
	}
	if n > uint64(r.limits.Candidates) {
		return r.failure(codeManyCandidates, problem.Args{"max": r.limits.Candidates})
	}
	r.names, r.named, r.seen = make([]string, n), make([]bool, n), make([]int, n)
	for i := range int(n) {
		line, err := r.line()
		if err != nil {
			return err
		}
		number, name, ok := strings.Cut(string(line), ",")
		if !ok {
			r.say(problem.Error, "", codeNoName, problem.Args{"number": i + 1})
			if line == nil {
				return nil
			}
			continue
		}
		if k, err := strconv.Atoi(strings.TrimSpace(number)); err != nil || k < 1 || k > int(n) {
			r.say(problem.Error, "", codeNumber, problem.Args{"value": number})
		} else if err := r.name(strconv.Itoa(k), strings.TrimSpace(name)); err != nil {
			return err
		}
	}
	line, err := r.line()
	if err != nil {
		return err
	}
	parts := strings.Split(string(line), ",")
	if len(parts) != 3 {
		r.say(problem.Error, "", codeTotals, nil)
		if line != nil && len(parts) > 3 {
			r.kept = r.order(line) // an order, since there is more of it
		}
		return nil
	}
	for i, to := range []*int{&r.voters, &r.sum, &r.orders} {
		*to = r.whole("", strings.TrimSpace(parts[i]))
	}
	return nil
}

// Next reads one order. False at the end, or on an error that Err tells.
func (r *Reader) Next() bool {
	if r.kept {
		r.kept = false
		r.count++
		return true
	}
	for r.err == nil {
		text, err := r.line()
		if err != nil {
			r.err = err
			return false
		}
		if text == nil {
			r.finish()
			return false
		}
		if text[0] == '#' {
			continue // a remark
		}
		if r.order(text) {
			r.count++
			return true
		}
	}
	return false
}

func (r *Reader) wrong(code string, a problem.Args) {
	r.ballot.Wrong = true
	r.say(problem.Error, "", code, a)
}

// order reads a line "3: 1,{2,4}" or "3,1,{2,4}"; false when it has no number before the order.
func (r *Reader) order(text []byte) bool {
	b := &r.ballot
	b.Line, b.Wrong = r.last, false
	b.Prefs, b.Ranks = b.Prefs[:0], b.Ranks[:0]
	separator := ":"
	if r.old {
		separator = ","
	}
	number, rest, ok := bytes.Cut(text, []byte(separator))
	weight, err := decimal.Parse(bytes.TrimSpace(number))
	if !ok || err != nil || weight.Sign() <= 0 {
		r.say(problem.Error, "", codeWeight, problem.Args{"value": string(bytes.TrimSpace(number)), "separator": separator})
		return false
	}
	b.Weight = weight
	if r.total, ok = r.total.Add(weight); !ok {
		r.fits = false
	}
	rank, inside, size := int32(0), false, 0
	for len(rest) > 0 {
		c := rest[0]
		switch {
		case c == ' ' || c == '\t' || c == ',':
			rest = rest[1:]
			continue
		case c == '{':
			if inside {
				r.wrong(codeBraces, nil)
			}
			inside, size = true, 0
			rank++
			rest = rest[1:]
			continue
		case c == '}':
			if !inside {
				r.wrong(codeBraces, nil)
			} else if size < 2 {
				r.say(problem.Warning, "", codeOneInBraces, nil)
			}
			inside = false
			rest = rest[1:]
			continue
		}
		i := bytes.IndexAny(rest, ",{} \t")
		if i < 0 {
			i = len(rest)
		}
		if !inside {
			rank++
		}
		size++
		r.candidate(rest[:i], rank)
		rest = rest[i:]
	}
	if inside {
		r.wrong(codeBraces, nil)
	}
	r.judgeType()
	return true
}

func (r *Reader) candidate(word []byte, rank int32) {
	b := &r.ballot
	n, err := strconv.Atoi(string(word))
	switch {
	case err != nil:
		r.wrong(codeNumber, problem.Args{"value": string(word)})
	case n < 1 || n > len(r.names):
		r.wrong(codeUnknown, problem.Args{"value": n, "count": len(r.names)})
	case r.seen[n-1] == b.Line:
		r.wrong(codeTwice, problem.Args{"value": n})
	default:
		r.seen[n-1] = b.Line
		b.Prefs, b.Ranks = append(b.Prefs, int32(n-1)), append(b.Ranks, rank)
	}
}

// judgeType holds an order to the type of data.
func (r *Reader) judgeType() {
	b := &r.ballot
	if b.Wrong || !slices.Contains(types, r.typ) {
		return
	}
	if r.typ[2] == 'c' && len(b.Prefs) < len(r.names) {
		r.wrong(codeIncomplete, problem.Args{"count": len(b.Prefs), "want": len(r.names), "type": r.typ})
	}
	if r.typ[0] == 's' && len(b.Ranks) > 0 && int(b.Ranks[len(b.Ranks)-1]) < len(b.Ranks) {
		r.wrong(codeTie, problem.Args{"type": r.typ})
	}
}

// finish holds the totals of the head against the orders.
func (r *Reader) finish() {
	at := 1
	for _, p := range r.meta {
		if p.Key == "NUMBER VOTERS" || p.Key == "NUMBER UNIQUE ORDERS" {
			at = p.Line
		}
	}
	if r.old {
		at = min(len(r.names)+2, max(r.last, 1))
	}
	say := func(said int, code, count string) {
		if said >= 0 && strconv.Itoa(said) != count {
			r.list.Add(problem.Error, at, 1, "", code, problem.Args{"said": said, "count": count})
		}
	}
	if r.fits {
		say(r.voters, codeVoters, r.total.String())
		if r.sum != r.voters {
			say(r.sum, codeVoters, r.total.String())
		}
	}
	say(r.orders, codeOrders, strconv.Itoa(r.count))
}
