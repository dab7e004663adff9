package publiccode

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
)

// Report is what a check of one file says, as written to JSON, one object a line.
type Report struct {
	File     string          `json:"file"`
	Version  string          `json:"version"` // as the file writes it; "" when it has none
	Valid    bool            `json:"valid"`
	Problems []ReportProblem `json:"problems"` // never null

	lang string // of the sentences
}

// ReportProblem is one problem of a Report.
type ReportProblem struct {
	Severity Severity `json:"severity"`
	Line     int      `json:"line"`
	Column   int      `json:"column"`
	Key      string   `json:"key"`
	Message  string   `json:"message"`
}

// NewReport judges f, the result of Read with its error, and words the problems in lang ("en" or "fr"). f may be nil when
// the file could not even be opened; err then is the problem.
func NewReport(name string, f *File, err error, lang string) Report {
	r := Report{File: name, Problems: []ReportProblem{}, lang: lang}
	var problems []Problem
	var failed *ReadError
	switch {
	case f != nil:
		r.Version = f.Doc.Version
		problems = f.Judge()
		if err != nil && f.failed == nil {
			problems = append(problems, problem(Error, Pos{1, 1}, "", codeUnreadable, args{"detail": err.Error()}))
		}
	case errors.As(err, &failed):
		problems = []Problem{failed.Problem}
	case err != nil:
		problems = []Problem{problem(Error, Pos{1, 1}, "", codeUnreadable, args{"detail": err.Error()})}
	}
	r.Valid = Valid(problems)
	for _, p := range problems {
		r.Problems = append(r.Problems, ReportProblem{p.Severity, p.Line, p.Column, p.Key, p.Text(lang)})
	}
	return r
}

// WriteJSON writes the report as one line of JSON.
func (r Report) WriteJSON(w io.Writer) error {
	enc := json.NewEncoder(w)
	enc.SetEscapeHTML(false)
	if err := enc.Encode(r); err != nil {
		return fmt.Errorf("write report of %s: %w", r.File, err)
	}
	return nil
}

// WriteText writes one line a problem, as compilers do: file:line:column: severity: key: message. A file without a problem
// writes nothing.
func (r Report) WriteText(w io.Writer) error {
	for _, p := range r.Problems {
		key := ""
		if p.Key != "" {
			key = shown(p.Key, false) + ": "
		}
		if _, err := fmt.Fprintf(w, "%s:%d:%d: %s: %s%s\n", r.File, p.Line, p.Column, p.Severity.word(r.lang), key, p.Message); err != nil {
			return fmt.Errorf("write report of %s: %w", r.File, err)
		}
	}
	return nil
}

// word is a severity as a compiler of that language writes it.
func (s Severity) word(lang string) string {
	switch {
	case lang != "fr":
		return string(s)
	case s == Error:
		return "erreur"
	}
	return "attention"
}
