package debianvote

import (
	"bytes"
	"fmt"
	"io"
	"slices"
	"strings"

	"commun/formats/internal/rows"
	"commun/formats/problem"
)

// File is a whole sheet in memory, to look at and to change.
type File struct {
	Options []string
	Votes   []Paper
	CRLF    bool // new lines end as on Windows

	head, tail string // as read: what stands before the first vote, and after the last
	was        []string
}

// Paper is one vote, of its own memory. Ranks may be nil, for 1, 2, 3….
type Paper struct {
	Ballot
	Name string // of the voter, behind the login

	raw     string // as read, with the text before it
	was     Ballot
	wasName string
}

// Read holds a whole sheet, with its problems. The error is a [problem.Failure] when a limit is passed or the text is no such sheet, else the
// stream's own.
func Read(src io.Reader, l Limits) (*File, []problem.Problem, error) {
	l = l.filled()
	data, err := io.ReadAll(io.LimitReader(src, l.FileBytes+1))
	if err != nil {
		return nil, nil, fmt.Errorf("read tally sheet: %w", err)
	}
	if int64(len(data)) > l.FileBytes {
		return nil, nil, &problem.Failure{Problem: problem.Make(sentences, problem.Error, 1, 1, "", codeTooLarge, problem.Args{"max": l.FileBytes})}
	}
	r, err := NewReader(bytes.NewReader(data), l)
	if err != nil {
		return nil, nil, err
	}
	starts := rows.Starts(data)
	first, _, _ := bytes.Cut(data, []byte("\n"))
	f := &File{Options: r.options, CRLF: bytes.HasSuffix(first, []byte("\r")), was: slices.Clone(r.options)}
	from := -1
	for r.Next() {
		b := r.ballot.Clone()
		if from < 0 {
			from = starts[b.Line-1]
			f.head = string(data[:from])
		}
		end := starts[b.Line]
		f.Votes = append(f.Votes, Paper{Ballot: b, Name: r.name, raw: string(data[from:end]), was: b.Clone(), wasName: r.name})
		from = end
	}
	if r.err != nil {
		return nil, nil, r.err
	}
	if from < 0 {
		f.head = string(data)
	} else {
		f.tail = string(data[from:])
	}
	return f, r.Problems(), nil
}

// Write writes the sheet. What was read and not changed is given back byte by byte; when the options changed, all before the votes is the new
// legend. A rank above 35 is an error, and what would break a line becomes a blank.
func (f *File) Write(w io.Writer) error {
	e := rows.NewWriter(w, f.CRLF)
	if f.was != nil && slices.Equal(f.Options, f.was) {
		e.Whole(f.head)
	} else {
		e.Line("     Option")
		for i, o := range f.Options {
			e.Line(strings.Repeat("|", max(i-1, 0)) + strings.Repeat("/", min(i, 1)) + fmt.Sprintf(" %d%s>: %s", i+1, strings.Repeat("-", len(f.Options)-i+7), oneLine(o)))
		}
		if n := len(f.Options); n > 1 {
			e.Line(strings.Repeat("|", n-2) + "/")
		}
	}
	for _, p := range f.Votes {
		if p.raw != "" && p.Same(p.was) && p.Name == p.wasName {
			e.Whole(p.raw)
			continue
		}
		ranks := bytes.Repeat([]byte("-"), len(f.Options))
		for i, c := range p.Prefs {
			rank := int32(i + 1)
			if p.Ranks != nil {
				rank = p.Ranks[i]
			}
			if int(c) >= len(ranks) || rank < 1 || rank > MaxOptions {
				return fmt.Errorf("write tally sheet: vote %s ranks option %d as %d", p.ID, c+1, rank)
			}
			if ranks[c] = '0' + byte(rank); rank > 9 {
				ranks[c] = 'a' + byte(rank-10)
			}
		}
		line := "V: " + string(ranks) + "\t" + oneLine(p.ID)
		if p.Name != "" {
			line += "\t" + oneLine(p.Name)
		}
		e.Line(line)
	}
	e.Whole(f.tail)
	return e.Flush()
}

func oneLine(s string) string {
	return strings.NewReplacer("\r\n", " ", "\n", " ", "\r", " ").Replace(s)
}
