package problem

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
)

// Report is what a check of one file says, as written to JSON, one object a line.
type Report struct {
	File     string          `json:"file"`
	Valid    bool            `json:"valid"`
	Problems []ReportProblem `json:"problems"` // never null

	lang string // of the sentences
}

// ReportProblem is one problem of a Report. Code is its message key.
type ReportProblem struct {
	Severity Severity `json:"severity"`
	Line     int      `json:"line"`
	Column   int      `json:"column"`
	Key      string   `json:"key"`
	Code     string   `json:"code"`
	Message  string   `json:"message"`
}

// unreadable is said of a file that could not be read to its end.
const unreadable = "ballots.unreadable"

// NewReport words the problems of a file in lang ("en" or "fr"). err, when not nil, is why it could not be read: a [Failure] is its problem,
// any other error becomes one.
func NewReport(name string, ps []Problem, err error, lang string) Report {
	r := Report{File: name, Problems: []ReportProblem{}, lang: lang}
	var f *Failure
	switch {
	case errors.As(err, &f):
		ps = append(ps[:len(ps):len(ps)], f.Problem)
	case err != nil:
		ps = append(ps[:len(ps):len(ps)], Make(map[string]Sentence{unreadable: {
			En: "The file cannot be read: {detail}. Check that it is there and that it may be read.",
			Fr: "Le fichier ne peut pas être lu : {detail}. Vérifiez qu’il est là et qu’on a le droit de le lire.",
		}}, Error, 1, 1, "", unreadable, Args{"detail": err.Error()}))
	}
	r.Valid = Valid(ps)
	for _, p := range ps {
		r.Problems = append(r.Problems, ReportProblem{p.Severity, p.Line, p.Column, p.Key, p.Code, p.Text(lang)})
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

// WriteText writes one line a problem, as compilers do: file:line:column: severity: key: message, without a place where the problem has none.
// A file without a problem writes nothing.
func (r Report) WriteText(w io.Writer) error {
	for _, p := range r.Problems {
		place, key := r.File, ""
		if p.Line > 0 {
			place = fmt.Sprintf("%s:%d:%d", r.File, p.Line, p.Column)
		}
		if p.Key != "" {
			key = shown(p.Key) + ": "
		}
		if _, err := fmt.Fprintf(w, "%s: %s: %s%s\n", place, p.Severity.word(r.lang), key, p.Message); err != nil {
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
