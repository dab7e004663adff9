package debianvote

import (
	"bytes"
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
	"commun/formats/ranked"
)

// Ballot is one voter's: see [ranked.Ballot]. Its ranks are those of the sheet, gaps included.
type Ballot = ranked.Ballot

// MaxOptions is how many options a sheet can have: ranks are 1 to 9, then 26 letters.
const MaxOptions = 35

// Limits bound what a reader accepts. Zero values take the default, which is in brackets.
type Limits struct {
	LineBytes int   // [64 KiB]
	FileBytes int64 // of a file held whole by Read [64 MiB]
	Problems  int   // kept of each code, the others are counted [20]
}

func (l Limits) filled() Limits {
	if l.LineBytes <= 0 {
		l.LineBytes = 64 << 10
	}
	if l.FileBytes <= 0 {
		l.FileBytes = 64 << 20
	}
	if l.Problems <= 0 {
		l.Problems = 20
	}
	return l
}

// Reader streams the ballots of one sheet.
type Reader struct {
	scan    *rows.Scanner
	list    *problem.List
	err     error
	options []string
	ballot  Ballot
	name    string
	kept    bool
	count   int
	last    int
	utf8    bool
	ids     map[string]int
}

// NewReader reads up to the first vote. The error is a [problem.Failure] when a limit is passed or there is neither legend nor vote, else the
// stream's own.
func NewReader(src io.Reader, l Limits) (*Reader, error) {
	l = l.filled()
	r := &Reader{scan: rows.New(src, 0, l.LineBytes, 1), list: problem.NewList(sentences, l.Problems), ids: map[string]int{}}
	for {
		ok, err := r.line()
		if err != nil {
			return nil, err
		}
		if !ok || r.kept {
			break
		}
	}
	if len(r.options) == 0 {
		return nil, &problem.Failure{Problem: problem.Make(sentences, problem.Error, 1, 1, "", codeNotTally, nil)}
	}
	if !r.kept {
		r.list.Add(problem.Error, max(r.last, 1), 1, "", codeNoVotes, nil)
	}
	return r, nil
}

// Names are the options.
func (r *Reader) Names() []string { return r.options }

// Len is how many options there are.
func (r *Reader) Len() int { return len(r.options) }

// Ballot is the vote that Next has read, the same memory each time.
func (r *Reader) Ballot() *Ballot { return &r.ballot }

// Name is the voter's name on the line of the ballot, "" in a secret vote.
func (r *Reader) Name() string { return r.name }

// Count is how many votes were read.
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

// Next reads one vote. False at the end, or on an error that Err tells.
func (r *Reader) Next() bool {
	for !r.kept {
		if r.err != nil {
			return false
		}
		ok, err := r.line()
		if r.err = err; err != nil || !ok {
			return false
		}
	}
	r.kept = false
	r.count++
	return true
}

// Check judges a whole sheet and returns all problems in its order. The error is the stream's own.
func Check(src io.Reader, l Limits) ([]problem.Problem, error) {
	r, err := NewReader(src, l)
	var f *problem.Failure
	if errors.As(err, &f) {
		return []problem.Problem{f.Problem}, nil
	}
	if err != nil {
		return nil, fmt.Errorf("read tally sheet: %w", err)
	}
	for r.Next() {
	}
	if r.err != nil && !errors.As(r.err, &f) {
		return r.Problems(), fmt.Errorf("read tally sheet: %w", r.err)
	}
	return r.Problems(), nil
}

func (r *Reader) say(s problem.Severity, key, code string, a problem.Args) {
	r.list.Add(s, r.last, 1, key, code, a)
}

// line reads one line: a vote, an option of the legend, or text. False at the end.
func (r *Reader) line() (bool, error) {
	ok, err := r.scan.Next()
	if err != nil {
		if e := (*rows.Error)(nil); errors.As(err, &e) {
			return false, &problem.Failure{Problem: problem.Make(sentences, problem.Error, e.Line, 1, "", codeLongLine, problem.Args{"max": e.Max})}
		}
		return false, err
	}
	if !ok {
		return false, nil
	}
	r.last = r.scan.Line
	if !r.utf8 && !utf8.Valid(r.scan.Raw) {
		r.utf8 = true
		r.say(problem.Warning, "", codeEncoding, nil)
	}
	text := r.scan.Text()
	if vote, is := bytes.CutPrefix(text, []byte("V:")); is {
		r.vote(string(vote))
		return true, nil
	}
	if number, name, is := option(string(text)); is && r.count == 0 && !r.kept {
		r.option(number, name)
	}
	return true, nil
}

// option reads a line of the legend: strokes that lead to the columns, perhaps the word Option, the number, an arrow, a colon, the name.
func option(line string) (number int, name string, ok bool) {
	s := strings.TrimLeft(line, " \t|/\\")
	if rest, is := strings.CutPrefix(s, "Option"); is {
		s = strings.TrimLeft(rest, " ")
	}
	digits := len(s) - len(strings.TrimLeft(s, "0123456789"))
	if digits == 0 || digits > 3 {
		return 0, "", false
	}
	number, err := strconv.Atoi(s[:digits])
	arrow := strings.TrimLeft(s[digits:], "-")
	if err != nil || len(arrow) == len(s[digits:]) {
		return 0, "", false
	}
	name, ok = strings.CutPrefix(strings.TrimLeft(strings.TrimPrefix(arrow, ">"), " "), ":")
	return number, strings.TrimSpace(name), ok
}

func (r *Reader) option(number int, name string) {
	if number != len(r.options)+1 {
		r.say(problem.Error, "", codeOption, problem.Args{"number": number, "want": len(r.options) + 1})
		return
	}
	if number > MaxOptions {
		r.say(problem.Error, "", codeManyOptions, problem.Args{"max": MaxOptions})
		return
	}
	r.options = append(r.options, name)
}

func (r *Reader) wrong(code string, a problem.Args) {
	r.ballot.Wrong = true
	r.say(problem.Error, r.ballot.ID, code, a)
}

// vote reads what follows "V:".
func (r *Reader) vote(s string) {
	s = strings.TrimLeft(s, " \t")
	end := strings.IndexAny(s, " \t")
	if end < 0 {
		end = len(s)
	}
	ranks, voter := s[:end], strings.TrimSpace(s[end:])
	b := &r.ballot
	b.Line, b.Wrong, b.Weight = r.last, false, decimal.Int(1)
	b.Prefs, b.Ranks = b.Prefs[:0], b.Ranks[:0]
	b.ID, r.name = voter, ""
	if i := strings.IndexAny(voter, " \t"); i >= 0 {
		b.ID, r.name = voter[:i], strings.TrimSpace(voter[i:])
	}
	r.kept = true
	if len(r.options) == 0 { // no legend: the first vote says how many there are
		r.options = make([]string, min(len(ranks), MaxOptions))
		r.say(problem.Error, "", codeNoLegend, problem.Args{"count": len(ranks)})
	}
	switch first := r.ids[b.ID]; {
	case b.ID == "":
		r.wrong(codeNoVoter, nil)
	case first > 0:
		r.wrong(codeVoterTwice, problem.Args{"voter": b.ID, "first": first})
	default:
		r.ids[b.ID] = b.Line
	}
	if len(ranks) != len(r.options) {
		r.wrong(codeLength, problem.Args{"value": ranks, "count": len(ranks), "want": len(r.options)})
		return
	}
	var of [MaxOptions]int32
	for i := range len(ranks) {
		rank, ok := rankOf(ranks[i])
		if !ok {
			r.wrong(codeRank, problem.Args{"value": ranks[i : i+1], "number": i + 1})
		}
		if of[i] = rank; rank > 0 {
			b.Prefs = append(b.Prefs, int32(i))
		}
	}
	slices.SortStableFunc(b.Prefs, func(x, y int32) int { return cmp.Compare(of[x], of[y]) })
	for _, p := range b.Prefs {
		b.Ranks = append(b.Ranks, of[p])
	}
}

// rankOf reads a rank; 0 is unranked.
func rankOf(c byte) (int32, bool) {
	switch {
	case c == '-' || c == '_':
		return 0, true
	case c >= '1' && c <= '9':
		return int32(c - '0'), true
	case c >= 'a' && c <= 'z':
		return int32(c-'a') + 10, true
	case c >= 'A' && c <= 'Z':
		return int32(c-'A') + 10, true
	}
	return 0, false
}
