package report

import (
	"context"
	"encoding/json"
	"fmt"
	"io"

	"commun/formats/pabulib"
	"commun/formats/problem"
)

// checked is what --json prints of one file.
type checked struct {
	File     string         `json:"file"`
	Valid    bool           `json:"valid"`
	Problems []checkProblem `json:"problems"`
}

// checkProblem is a problem, said in a language.
type checkProblem struct {
	Severity problem.Severity `json:"severity"`
	Line     int              `json:"line"`
	Column   int              `json:"column"`
	Key      string           `json:"key"`
	Code     string           `json:"code"`
	Message  string           `json:"message"`
}

// CheckPabulib is `commun pabulib check`: it judges each file, "-" being in, and returns [ExitNo] when one is not valid.
func CheckPabulib(ctx context.Context, files []string, asJSON bool, in io.Reader, t Terminal) (int, error) {
	v := newVoice(t.Lang)
	exit := ExitOK
	for _, name := range files {
		ps, err := checkOne(ctx, name, in)
		if err != nil {
			return ExitFailed, err
		}
		if !problem.Valid(ps) {
			exit = ExitNo
		}
		if err := writeChecked(v, t, name, ps, asJSON); err != nil {
			return ExitFailed, err
		}
	}
	return exit, nil
}

func checkOne(ctx context.Context, name string, in io.Reader) ([]problem.Problem, error) {
	if name != "-" {
		f, err := open(name)
		if err != nil {
			return nil, err
		}
		defer func() { _ = f.Close() }() // read only
		in = f
	}
	return pabulib.Check(&reading{ctx, in}, pabulib.Limits{})
}

func writeChecked(v voice, t Terminal, name string, ps []problem.Problem, asJSON bool) error {
	if asJSON {
		out := checked{File: name, Valid: problem.Valid(ps), Problems: []checkProblem{}}
		for _, p := range ps {
			out.Problems = append(out.Problems, checkProblem{p.Severity, p.Line, p.Column, p.Key, p.Code, p.Text(v.Lang())})
		}
		e := json.NewEncoder(t.Out)
		e.SetEscapeHTML(false)
		return e.Encode(out)
	}
	for _, p := range ps {
		if _, err := fmt.Fprintln(t.Out, problemLine(v, name, p)); err != nil {
			return err
		}
	}
	return nil
}
