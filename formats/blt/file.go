package blt

import (
	"bytes"
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"

	"commun/formats/internal/rows"
	"commun/formats/problem"
)

// File is a whole file in memory, to look at and to change.
type File struct {
	Candidates []Candidate // who of them withdrew is told by each
	Seats      int
	Options    []string // the lines in brackets, without them
	Ballots    []Paper
	Title      string
	TitleMore  []string // further texts of the title's line
	CRLF       bool     // new lines end as on Windows

	// as read, and what they said then
	head, tail string
	was        *File
}

// Paper is one line of ballots, of its own memory. Ranks may be nil, for 1, 2, 3….
type Paper struct {
	Ballot

	raw string // as read, with the comments before it
	was Ballot
}

// Read holds a whole file, with its problems. The error is a [problem.Failure] when a limit is passed or the text is no such file, else the
// stream's own. A file with errors in its ballots is held too: what is wrong is left out of Prefs, and written back as it was.
func Read(src io.Reader, l Limits) (*File, []problem.Problem, error) {
	l = l.filled()
	data, err := io.ReadAll(io.LimitReader(src, l.FileBytes+1))
	if err != nil {
		return nil, nil, fmt.Errorf("read ballot file: %w", err)
	}
	if int64(len(data)) > l.FileBytes {
		return nil, nil, &problem.Failure{Problem: problem.Make(sentences, problem.Error, 1, 1, "", codeTooLarge, problem.Args{"max": l.FileBytes})}
	}
	starts := rows.Starts(data)
	r, err := NewReader(bytes.NewReader(data), l)
	if err != nil {
		return nil, nil, err
	}
	f := &File{Seats: r.seats}
	first, _, _ := bytes.Cut(data, []byte("\n"))
	f.CRLF = bytes.HasSuffix(first, []byte("\r"))
	headEnd, from := -1, 0
	for r.Next() {
		b := r.ballot
		if headEnd < 0 {
			headEnd = starts[b.Line-1]
			from = headEnd
			f.head = string(data[:headEnd])
		}
		end := starts[b.Line]
		p := Paper{Ballot: b.Clone(), raw: string(data[from:end]), was: b.Clone()}
		from = end
		f.Ballots = append(f.Ballots, p)
	}
	if r.err != nil {
		return nil, nil, r.err
	}
	f.tail = string(data[from:])
	f.Candidates, f.Options, f.Title, f.TitleMore = r.candidates, r.options, r.title, r.titleMore
	if headEnd < 0 { // without a ballot all is tail; its head cannot change alone
		f.head = ""
	}
	was := *f
	was.Candidates = slices.Clone(f.Candidates)
	for i := range was.Candidates {
		was.Candidates[i].More = slices.Clone(f.Candidates[i].More)
	}
	was.Options, was.TitleMore = slices.Clone(f.Options), slices.Clone(f.TitleMore)
	f.was = &was
	return f, r.Problems(), nil
}

// Write writes the file. What was read and not changed is given back byte by byte: the lines before the ballots, each ballot with the
// comments above it, and what follows the ballots, which are its names and title.
func (f *File) Write(w io.Writer) error {
	e := rows.NewWriter(w, f.CRLF)
	sameHead, sameTail := f.sameHead(), f.sameTail()
	if f.was != nil && f.head == "" && !(sameHead && sameTail && len(f.Ballots) == 0) {
		sameHead, sameTail = false, false // the whole file was its tail
	}
	switch {
	case sameHead && f.head != "":
		e.Whole(f.head)
	case !sameHead || f.was == nil:
		f.writeHead(e)
	}
	for i := range f.Ballots {
		p := &f.Ballots[i]
		if p.raw != "" && p.Same(p.was) {
			e.Whole(p.raw)
		} else {
			p.write(e)
		}
	}
	if sameTail {
		e.Whole(f.tail)
	} else {
		f.writeTail(e)
	}
	return e.Flush()
}

func (f *File) sameHead() bool {
	if f.was == nil || f.Seats != f.was.Seats || len(f.Candidates) != len(f.was.Candidates) || !slices.Equal(f.Options, f.was.Options) {
		return false
	}
	for i, c := range f.Candidates {
		if c.Withdrawn != f.was.Candidates[i].Withdrawn {
			return false
		}
	}
	return true
}

func (f *File) sameTail() bool {
	return f.was != nil && f.Title == f.was.Title && slices.Equal(f.TitleMore, f.was.TitleMore) &&
		slices.EqualFunc(f.Candidates, f.was.Candidates, func(a, b Candidate) bool { return a.Name == b.Name && slices.Equal(a.More, b.More) })
}

func (f *File) writeHead(e *rows.Writer) {
	e.Line(strconv.Itoa(len(f.Candidates)) + " " + strconv.Itoa(f.Seats))
	var out []string
	for i, c := range f.Candidates {
		if c.Withdrawn {
			out = append(out, strconv.Itoa(-i-1))
		}
	}
	if len(out) > 0 {
		e.Line(strings.Join(out, " "))
	}
	for _, o := range f.Options {
		name, list, _ := strings.Cut(o, " ")
		if name == "withdrawn" { // numbers are said above, nicknames are not known here
			o = name
			for _, w := range strings.Fields(list) {
				if _, err := strconv.Atoi(w); err != nil {
					o += " " + w
				}
			}
			if o == name {
				continue
			}
		}
		e.Line("[" + o + "]")
	}
}

func (p *Paper) write(e *rows.Writer) {
	var b []byte
	if p.ID != "" {
		b = append(append(append(b, '('), p.ID...), ')')
	} else {
		b = p.Weight.Append(b)
	}
	rank := int32(0)
	for i, c := range p.Prefs {
		next := int32(i + 1)
		if p.Ranks != nil {
			next = p.Ranks[i]
		}
		switch {
		case i > 0 && next == rank:
			b = append(b, '=')
		default:
			for ; rank+1 < next; rank++ {
				b = append(b, " -"...)
			}
			b = append(b, ' ')
		}
		rank = next
		b = strconv.AppendInt(b, int64(c)+1, 10)
	}
	e.Line(string(append(b, " 0"...)))
}

func (f *File) writeTail(e *rows.Writer) {
	e.Line("0")
	for _, c := range f.Candidates {
		e.Line(quoted(append([]string{c.Name}, c.More...)))
	}
	e.Line(quoted(append([]string{f.Title}, f.TitleMore...)))
}

// quoted puts texts in quotation marks; a line end, which the format cannot hold, becomes a blank.
func quoted(texts []string) string {
	out := make([]string, len(texts))
	for i, t := range texts {
		t = strings.NewReplacer("\r\n", " ", "\n", " ", "\r", " ", `"`, `""`).Replace(t)
		out[i] = `"` + t + `"`
	}
	return strings.Join(out, " ")
}
