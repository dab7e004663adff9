package pabulib

import (
	"bytes"
	"errors"
	"io"
	"strings"

	"commun/formats/internal/rows"
	"commun/formats/problem"
)

// Limits bound what a reader accepts. Zero values take the default, which is in brackets.
type Limits struct {
	LineBytes int   // of one record, line ends inside quotes included [4 MiB]
	Columns   int   // of one record [1,000]
	MetaKeys  int   // lines of META [10,000]
	Projects  int   // lines of PROJECTS [100,000]
	FileBytes int64 // of a file held whole by Read; a Reader streams and has no such limit [512 MiB]
	Problems  int   // kept of each code, the others are counted [20]
}

func (l Limits) filled() Limits {
	for _, d := range []struct {
		at    *int
		value int
	}{{&l.LineBytes, 4 << 20}, {&l.Columns, 1000}, {&l.MetaKeys, 10_000}, {&l.Projects, 100_000}, {&l.Problems, 20}} {
		if *d.at <= 0 {
			*d.at = d.value
		}
	}
	if l.FileBytes <= 0 {
		l.FileBytes = 512 << 20
	}
	return l
}

const bom = rows.BOM

// scanner is at one record of a file.
type scanner struct {
	*rows.Scanner
	limits Limits
}

func newScanner(src io.Reader, l Limits) *scanner {
	return &scanner{rows.New(src, ';', l.LineBytes, l.Columns), l}
}

// next reads one record. False at the end; the error is a *problem.Failure, or the stream's own.
func (s *scanner) next() (bool, error) {
	ok, err := s.Next()
	if err == nil {
		return ok, nil
	}
	var e *rows.Error
	if !errors.As(err, &e) {
		return false, err
	}
	code := [...]string{rows.Long: codeLongLine, rows.Many: codeManyColumns, rows.Open: codeOpenQuote}[e.What]
	return false, s.failure(code, problem.Args{"max": e.Max})
}

func (s *scanner) failure(code string, a problem.Args) *problem.Failure {
	return &problem.Failure{Problem: problem.Make(sentences, problem.Error, max(s.Line, 1), 1, "", code, a)}
}

// The sections, by their names.
const (
	META     = "META"
	PROJECTS = "PROJECTS"
	VOTES    = "VOTES"
)

// section tells the name of the section that a record opens, or "": one word, and perhaps the semicolons of a spreadsheet.
func (s *scanner) section() string {
	word := bytes.TrimSpace(s.Fields[0])
	if s.Quoted || len(word) < len(META) || len(word) > len(PROJECTS) {
		return ""
	}
	for _, f := range s.Fields[1:] {
		if len(f) > 0 {
			return ""
		}
	}
	for _, name := range []string{META, PROJECTS, VOTES} {
		if bytes.EqualFold(word, []byte(name)) {
			return name
		}
	}
	return ""
}

// isSection tells a field that must be quoted, because alone on its line it would open a section.
func isSection(f string) bool {
	f = strings.TrimSpace(f)
	return strings.EqualFold(f, META) || strings.EqualFold(f, PROJECTS) || strings.EqualFold(f, VOTES)
}
