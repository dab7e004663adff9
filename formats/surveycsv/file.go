package surveycsv

import (
	"bytes"
	"errors"
	"io"
	"slices"
	"strings"

	"commun/formats/internal/rows"
	"commun/formats/problem"
)

// File is a whole table in memory, to look at and to change.
type File struct {
	Separator byte
	Rows      []Row // the head too
	CRLF      bool  // new lines end as on Windows

	tail string
}

// Row is one record. Fields may be changed.
type Row struct {
	Fields []string
	Line   int // 0: not from a file

	raw string // as read, with the blank lines before it
}

// Read holds a whole table. The error is a [problem.Failure] when a limit is passed, else the stream's own.
func Read(src io.Reader, l Limits) (*File, error) {
	l = l.filled()
	limited := &io.LimitedReader{R: src, N: l.FileBytes + 1}
	head := &peeker{src: limited}
	sep, err := head.separator(l.LineBytes)
	if err != nil {
		return nil, err
	}
	s := rows.New(head, sep, l.LineBytes, l.Columns)
	f := &File{Separator: sep}
	before := ""
	for {
		ok, err := s.Next()
		if err != nil {
			return nil, failure(err)
		}
		if limited.N <= 0 {
			return nil, &problem.Failure{Problem: problem.Make(sentences, problem.Error, s.Line, 1, "", codeTooLarge, problem.Args{"max": l.FileBytes})}
		}
		if s.Line == 1 && s.BOM {
			before = rows.BOM
		}
		if !ok {
			f.tail = before
			return f, nil
		}
		if s.Line == 1 {
			f.CRLF = s.CRLF
		}
		raw := before + string(s.Raw)
		if s.Blank() {
			before = raw
			continue
		}
		before = ""
		f.Rows = append(f.Rows, Row{Fields: texts(s.Fields), Line: s.Line, raw: raw})
	}
}

// Write writes the table. A record that was read and not changed is given back byte by byte; another is quoted where it must be.
func (f *File) Write(w io.Writer) error {
	if strings.IndexByte(",;\t", f.Separator) < 0 {
		return errors.New("write table: the separator is a comma, a semicolon or a tab")
	}
	e := rows.NewWriter(w, f.CRLF)
	for _, r := range f.Rows {
		if r.raw != "" && f.says(r) {
			e.Whole(r.raw)
			continue
		}
		var b []byte
		fields := r.Fields
		if len(fields) == 0 {
			fields = []string{""}
		}
		blank := !slices.ContainsFunc(fields, func(f string) bool { return strings.TrimSpace(f) != "" })
		for i, field := range fields {
			if i > 0 {
				b = append(b, f.Separator)
			}
			// every separator is quoted, so that the one of the table is found again
			if blank && i == 0 || strings.ContainsAny(field, "\"\r\n,;\t") || strings.HasPrefix(field, rows.BOM) {
				field = `"` + strings.ReplaceAll(field, `"`, `""`) + `"`
			}
			b = append(b, field...)
		}
		e.Line(string(b))
	}
	e.Whole(f.tail)
	return e.Flush()
}

// says tells whether a record as read holds just its fields.
func (f *File) says(r Row) bool {
	raw := strings.TrimPrefix(r.raw, rows.BOM)
	s := rows.New(bytes.NewReader([]byte(raw)), f.Separator, len(raw)+1, len(raw)+1)
	for {
		ok, err := s.Next()
		if err != nil || !ok {
			return false
		}
		if !s.Blank() {
			return slices.EqualFunc(s.Fields, r.Fields, func(b []byte, t string) bool { return string(b) == t })
		}
	}
}
