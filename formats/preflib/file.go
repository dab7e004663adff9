package preflib

import (
	"bytes"
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"

	"commun/formats/decimal"
	"commun/formats/internal/rows"
	"commun/formats/problem"
	"commun/formats/ranked"
)

// File is a whole file in memory, to look at and to change.
type File struct {
	Old     bool   // the style of head
	Type    string // soc, soi, toc, toi or ""
	Meta    []Pair // of a new head; the totals are written as they are here: see Totals
	Names   []string
	Ballots []Paper
	CRLF    bool // new lines end as on Windows

	head, tail string // as read
	was        *File
	count      int // of the orders that were read
}

// Paper is one order, of its own memory. Ranks may be nil, for 1, 2, 3….
type Paper struct {
	Ballot

	raw string // as read, with the remarks before it
	was Ballot
}

// Read holds a whole file, with its problems. The error is a [problem.Failure] when a limit is passed or the text is no such file, else the
// stream's own.
func Read(src io.Reader, o Options) (*File, []problem.Problem, error) {
	l := o.Limits.filled()
	data, err := io.ReadAll(io.LimitReader(src, l.FileBytes+1))
	if err != nil {
		return nil, nil, fmt.Errorf("read ballot file: %w", err)
	}
	if int64(len(data)) > l.FileBytes {
		return nil, nil, &problem.Failure{Problem: problem.Make(sentences, problem.Error, 1, 1, "", codeTooLarge, problem.Args{"max": l.FileBytes})}
	}
	r, err := NewReader(bytes.NewReader(data), o)
	if err != nil {
		return nil, nil, err
	}
	starts := rows.Starts(data)
	first, _, _ := bytes.Cut(data, []byte("\n"))
	f := &File{Old: r.old, Type: r.typ, Meta: r.meta, Names: r.names, CRLF: bytes.HasSuffix(first, []byte("\r"))}
	from := 0
	if r.kept { // the head was read up to the first order
		from = starts[r.ballot.Line-1]
	} else {
		from = starts[min(r.last, len(starts)-1)]
	}
	f.head = string(data[:from])
	for r.Next() {
		b := r.ballot.Clone()
		end := starts[b.Line]
		f.Ballots = append(f.Ballots, Paper{Ballot: b, raw: string(data[from:end]), was: b.Clone()})
		from = end
	}
	if r.err != nil {
		return nil, nil, r.err
	}
	f.tail, f.count = string(data[from:]), len(f.Ballots)
	f.was = &File{Old: f.Old, Type: f.Type, Meta: slices.Clone(f.Meta), Names: slices.Clone(f.Names)}
	return f, r.Problems(), nil
}

// Totals brings the totals of a new head in line with the names and ballots. An old head has its totals written by Write.
func (f *File) Totals() {
	if f.Old {
		return
	}
	voters, ok := f.voters()
	for _, t := range []Pair{{Key: "NUMBER ALTERNATIVES", Value: strconv.Itoa(len(f.Names))}, {Key: "NUMBER VOTERS", Value: voters.String()},
		{Key: "NUMBER UNIQUE ORDERS", Value: strconv.Itoa(len(f.Ballots))}} {
		if !ok && t.Key == "NUMBER VOTERS" {
			continue
		}
		if i := slices.IndexFunc(f.Meta, func(p Pair) bool { return p.Key == t.Key }); i >= 0 {
			f.Meta[i].Value = t.Value
		} else {
			f.Meta = append(f.Meta, t)
		}
	}
}

// voters is the sum of the weights; false when it has too many digits.
func (f *File) voters() (sum decimal.Decimal, ok bool) {
	ok = true
	for i := 0; i < len(f.Ballots) && ok; i++ {
		sum, ok = sum.Add(f.Ballots[i].Weight)
	}
	return sum, ok
}

// Write writes the file. What was read and not changed is given back byte by byte: the head, each order with the remarks above it, the end.
func (f *File) Write(w io.Writer) error {
	e := rows.NewWriter(w, f.CRLF)
	same := f.was != nil && f.Old == f.was.Old && f.Type == f.was.Type && slices.Equal(f.Meta, f.was.Meta) && slices.Equal(f.Names, f.was.Names)
	kept := 0
	for _, p := range f.Ballots {
		if p.raw != "" && p.Same(p.was) {
			kept++
		}
	}
	switch {
	case same && (!f.Old || kept == len(f.Ballots) && kept == f.count):
		e.Whole(f.head)
	case f.Old:
		e.Line(strconv.Itoa(len(f.Names)))
		for i, n := range f.Names {
			e.Line(strconv.Itoa(i+1) + "," + oneLine(n))
		}
		voters, _ := f.voters()
		e.Line(fmt.Sprintf("%s,%s,%d", voters, voters, len(f.Ballots)))
	default:
		for _, p := range f.Meta {
			if p.Key == "DATA TYPE" && f.Type != "" {
				p.Value = f.Type
			}
			e.Line("# " + oneLine(p.Key) + ": " + oneLine(p.Value))
		}
		for i, n := range f.Names {
			e.Line("# ALTERNATIVE NAME " + strconv.Itoa(i+1) + ": " + oneLine(n))
		}
	}
	for _, p := range f.Ballots {
		if p.raw != "" && p.Same(p.was) {
			e.Whole(p.raw)
		} else {
			e.Line(string(p.append(nil, f.Old)))
		}
	}
	e.Whole(f.tail)
	return e.Flush()
}

// append writes one order.
func (p Paper) append(b []byte, old bool) []byte {
	b = p.Weight.Append(b)
	if old {
		b = append(b, ',')
	} else {
		b = append(b, ": "...)
	}
	ranks := p.Ranks
	if ranks == nil {
		ranks = ranked.Strict(p.Prefs)
	}
	for i, c := range p.Prefs {
		starts := i == 0 || ranks[i] != ranks[i-1]
		tied := i+1 < len(ranks) && ranks[i+1] == ranks[i]
		if i > 0 {
			b = append(b, ',')
		}
		if starts && tied {
			b = append(b, '{')
		}
		b = strconv.AppendInt(b, int64(c)+1, 10)
		if !starts && !tied {
			b = append(b, '}')
		}
	}
	return b
}

func oneLine(s string) string {
	return strings.NewReplacer("\r\n", " ", "\n", " ", "\r", " ").Replace(s)
}
