package pabulib

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"

	"commun/formats/problem"
)

// File is a whole file in memory, to look at and to change: fields as text, sections in their order. Judge it with [Check], count it with
// [NewReader]; [File.Open] does the latter.
type File struct {
	Meta     Section // of the columns key and value
	Projects Section
	Votes    Section
	// CRLF ends new lines as on Windows; Read sets it when the file's first line does.
	CRLF bool

	tail string // what follows the last row: blank lines
}

// Section is a table: its columns and rows.
type Section struct {
	Columns []string
	Rows    []Row

	open string // as read: a byte order mark, blank lines, the line with the section's name
	head string // as read: blank lines, the line with the columns' names
}

// Row is a line of a section. Fields may be changed; the fields that are missing at the end of a short line are missing here too.
type Row struct {
	Fields []string
	Line   int // 0: not from a file

	raw string // as read, with the blank lines before it and its line end
}

// Read holds a whole file. It accepts any fields and any number of them: only a text that is no Pabulib file, that passes a limit, or that has
// a quotation mark left open is a [problem.Failure]; other errors are the stream's own.
func Read(src io.Reader, l Limits) (*File, error) {
	l = l.filled()
	limited := &io.LimitedReader{R: src, N: l.FileBytes + 1}
	s := newScanner(limited, l)
	f := &File{}
	var section *Section
	before := ""
	fields := make([]string, 0, 1024) // many rows share one block of memory
	for {
		ok, err := s.next()
		if err != nil {
			return nil, err
		}
		if limited.N <= 0 {
			return nil, s.failure(codeTooLarge, problem.Args{"max": l.FileBytes})
		}
		if !ok {
			break
		}
		raw := before + string(s.Raw)
		if s.Line == 1 {
			f.CRLF = s.CRLF
			if s.BOM {
				raw = bom + raw
			}
		}
		if s.Blank() {
			before = raw
			continue
		}
		before = ""
		if next := f.section(s.section()); next != nil && next.open == "" {
			section = next
			section.open = raw
			continue
		}
		if section == nil {
			return nil, s.failure(codeNotPabulib, nil)
		}
		if n := len(s.Fields); cap(fields)-len(fields) < n {
			fields = make([]string, 0, max(1024, n))
		}
		from := len(fields)
		at := len(raw) - len(s.Raw)
		for _, field := range s.Fields {
			if s.Quoted {
				fields = append(fields, string(field))
				continue
			}
			fields = append(fields, raw[at:at+len(field)]) // in the memory of raw: no second copy of a million ballots
			at += len(field) + 1
		}
		row := fields[from:len(fields):len(fields)]
		if section.head == "" {
			section.Columns, section.head = row, raw
			continue
		}
		section.Rows = append(section.Rows, Row{Fields: row, Line: s.Line, raw: raw})
	}
	f.tail = before
	if f.tail == "" && section == nil && s.BOM {
		f.tail = bom // and nothing else
	}
	return f, nil
}

func (f *File) section(name string) *Section {
	switch name {
	case META:
		return &f.Meta
	case PROJECTS:
		return &f.Projects
	case VOTES:
		return &f.Votes
	}
	return nil
}

// Get is the value of a key of META; the first where it stands twice.
func (f *File) Get(key string) (string, bool) {
	for _, r := range f.Meta.Rows {
		if len(r.Fields) > 1 && strings.TrimSpace(r.Fields[0]) == key {
			return r.Fields[1], true
		}
	}
	return "", false
}

// Set changes a key of META, or adds it at the end.
func (f *File) Set(key, value string) {
	for i, r := range f.Meta.Rows {
		if len(r.Fields) > 0 && strings.TrimSpace(r.Fields[0]) == key {
			f.Meta.Rows[i].Fields = []string{r.Fields[0], value}
			return
		}
	}
	f.Meta.Rows = append(f.Meta.Rows, Row{Fields: []string{key, value}})
}

// Column is the place of a column, or -1.
func (s *Section) Column(name string) int { return columnOf(s.Columns, name) }

// Write writes the file. What was read and not changed is given back byte by byte; a row that changed is quoted where it must be and
// ends as the file's lines end.
func (f *File) Write(w io.Writer) error {
	e := encoder{end: "\n"}
	if f.CRLF {
		e.end = "\r\n"
	}
	for i, s := range []*Section{&f.Meta, &f.Projects, &f.Votes} {
		name := []string{META, PROJECTS, VOTES}[i]
		if s.open == "" && s.Columns == nil && s.Rows == nil {
			continue // a file cut short stays so
		}
		if s.open != "" {
			e.whole(s.open)
		} else {
			e.whole(name + e.end)
		}
		columns := s.Columns
		if columns == nil && i == 0 && s.open == "" {
			columns = []string{"key", "value"}
		}
		if columns != nil {
			e.kept(s.head, columns)
		}
		for _, r := range s.Rows {
			e.kept(r.raw, r.Fields)
			if len(e.buf) > 64<<10 {
				if err := e.flush(w); err != nil {
					return err
				}
			}
		}
	}
	e.buf = append(e.buf, f.tail...)
	return e.flush(w)
}

// Open streams the file as it is now, as [NewReader] does.
func (f *File) Open(o Options) (*Reader, error) {
	var b bytes.Buffer
	if err := f.Write(&b); err != nil {
		return nil, err
	}
	return NewReader(&b, o)
}

// encoder writes rows into a buffer.
type encoder struct {
	buf  []byte
	end  string
	open bool // what was flushed last does not end a line
}

// kept writes what was read when it still says the same fields, else the fields.
func (e *encoder) kept(raw string, fields []string) {
	if raw != "" && says(raw, fields) {
		e.whole(raw)
		return
	}
	e.row(fields)
}

// whole writes lines as they were read; one that ended with the file gets a line end once another follows it.
func (e *encoder) whole(raw string) {
	e.close()
	e.buf = append(e.buf, raw...)
}

// close ends a last line that the file did not end.
func (e *encoder) close() {
	if n := len(e.buf); n > 0 && e.buf[n-1] != '\n' || n == 0 && e.open {
		e.buf = append(e.buf, e.end...)
	}
	e.open = false
}

// row writes fields, quoted where they must be: the first one too where all are blank, so that the line is not taken for an empty one.
func (e *encoder) row(fields []string) {
	e.close()
	if len(fields) == 0 {
		fields = []string{""}
	}
	blank := !slices.ContainsFunc(fields, func(f string) bool { return strings.TrimSpace(f) != "" })
	for i, f := range fields {
		switch {
		case i > 0:
			e.buf = appendField(append(e.buf, ';'), f)
		case blank:
			e.buf = append(append(append(e.buf, '"'), f...), '"')
		default:
			e.buf = appendField(e.buf, f)
		}
	}
	e.buf = append(e.buf, e.end...)
}

func (e *encoder) flush(w io.Writer) error {
	if n := len(e.buf); n > 0 {
		e.open = e.buf[n-1] != '\n'
	}
	if _, err := w.Write(e.buf); err != nil {
		return fmt.Errorf("write ballot file: %w", err)
	}
	e.buf = e.buf[:0]
	return nil
}

// appendField writes one field as CSV with semicolons.
func appendField(b []byte, f string) []byte {
	if !strings.ContainsAny(f, ";\"\r\n") && !strings.HasPrefix(f, bom) && !isSection(f) {
		return append(b, f...)
	}
	b = append(b, '"')
	for {
		i := strings.IndexByte(f, '"')
		if i < 0 {
			break
		}
		b = append(append(b, f[:i]...), '"', '"')
		f = f[i+1:]
	}
	return append(append(b, f...), '"')
}

// says tells whether lines as read hold just these fields.
func says(raw string, fields []string) bool {
	if strings.IndexByte(raw, '"') < 0 {
		text := strings.TrimSuffix(raw, "\n")
		if text != raw {
			text = strings.TrimSuffix(text, "\r")
		}
		text = text[strings.LastIndexByte(text, '\n')+1:] // blank lines stand before
		for i, f := range fields {
			rest, ok := strings.CutPrefix(text, f)
			if !ok || strings.IndexByte(f, ';') >= 0 {
				return false
			}
			if i == len(fields)-1 {
				return rest == ""
			}
			if text, ok = strings.CutPrefix(rest, ";"); !ok {
				return false
			}
		}
		return false
	}
	s := newScanner(strings.NewReader(raw), Limits{LineBytes: len(raw) + 1, Columns: len(raw) + 1})
	for {
		ok, err := s.next()
		if err != nil || !ok {
			return false
		}
		if !s.Blank() {
			break
		}
	}
	same := slices.EqualFunc(s.Fields, fields, func(b []byte, f string) bool { return string(b) == f })
	more, err := s.next()
	return same && !more && err == nil
}

// Writer writes a file from the start, row by row, such as ballots made anonymous while they stream.
type Writer struct {
	w   io.Writer
	e   encoder
	err error
	in  int // sections begun
}

// ErrOrder says that rows came in another order than META, PROJECTS, VOTES.
var ErrOrder = errors.New("pabulib: sections are written in the order META, PROJECTS, VOTES")

// NewWriter makes a writer; call Begin, Row…, and Flush at the end.
func NewWriter(w io.Writer) *Writer { return &Writer{w: w, e: encoder{end: "\n"}} }

// Begin writes the name of a section (META, PROJECTS, VOTES, in this order) and its columns.
func (w *Writer) Begin(section string, columns ...string) error {
	if w.in > 2 || section != []string{META, PROJECTS, VOTES}[w.in] {
		return ErrOrder
	}
	w.in++
	w.e.whole(section + w.e.end)
	return w.Row(columns...)
}

// Row writes one row of the section that was begun.
func (w *Writer) Row(fields ...string) error {
	if w.in == 0 {
		return ErrOrder
	}
	w.e.row(fields)
	if len(w.e.buf) > 64<<10 {
		return w.Flush()
	}
	return w.err
}

// Flush hands everything to the stream below. An error stays.
func (w *Writer) Flush() error {
	if w.err == nil {
		w.err = w.e.flush(w.w)
	}
	return w.err
}
