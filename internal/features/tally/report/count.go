package report

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"commun/engines/tally"
	"commun/engines/tally/college"
	"commun/formats/problem"
	"commun/internal/platform/fault"
)

// The exit codes of a command; an error besides is said by the caller and is 2 as well.
const (
	ExitOK     = 0 // counted
	ExitNo     = 1 // the answer is no: a recount differs, a file is not valid
	ExitFailed = 2 // not counted: what was asked, or the file, does not allow it
)

// Terminal is where a command speaks.
type Terminal struct {
	Out, Err io.Writer
	Lang     string // of the sentences: fr or en
	Width    int    // columns; 0 is 80
	ANSI     bool   // bold and dim may be used
}

// Order is what `commun tally FILE` is asked for. Its help says more of each.
type Order struct {
	File        string
	Rule        string // "" is the one that the file names
	JSON        bool
	HTML        string // a file to write, "-" is the standard output
	CSV         string // a folder to write into
	Constraints string
	Ballot      string
	Question    string // of a survey
	Seats       int    // of an election; 0 is what the file says
	Missing     string // how hard to look for what losers lacked: none, found or least; "" chooses by the size of the file
	Despite     bool   // count a file with errors
}

// Validate returns as a fault what is wrong with an order.
func (o Order) Validate() error {
	if o.JSON && (o.CSV != "" || o.HTML == "-") {
		return fault.Invalid("json", "tallied.mistake.two_forms")
	}
	if !slices.Contains([]string{"", "none", "found", "least"}, o.Missing) {
		return fault.Invalid("missing", "tallied.mistake.missing").With("value", o.Missing)
	}
	if o.Rule != "" {
		_, err := parseRule(o.Rule)
		return err
	}
	return nil
}

// counted is a file with its result.
type counted struct {
	src      *Source
	rule     tally.Rule
	from     bool // the rule is the one that the file names
	res      *tally.Result
	election *tally.ElectionResult
	college  *college.Result
	ballot   *tally.BallotReport
	others   []*tally.Result // by other rules, to compare
}

// Count is `commun tally FILE`. It returns the exit code, having said what is wrong with a file; other errors are returned.
func Count(ctx context.Context, o Order, t Terminal) (int, error) {
	if err := o.Validate(); err != nil {
		return ExitFailed, err
	}
	v := newVoice(t.Lang)
	c, err := count(ctx, v, o)
	if err != nil {
		return refused(v, t, err)
	}
	v = v.of(c.src)
	v.points = c.inPoints()
	warn(v, t, c.src)
	if c.res != nil && o.Missing == "" && missing("", c.src.Instance, c.rule) == tally.MissingNone {
		t.note(v.T("tallied.said.not_searched"))
	}
	if o.HTML != "" && c.res != nil {
		if err := c.compareForPage(ctx); err != nil {
			return ExitFailed, err
		}
	}
	return ExitOK, c.write(v, o, t)
}

// write writes the forms that were asked for; sentences when none was.
func (c *counted) write(v voice, o Order, t Terminal) error {
	said := false
	if o.HTML != "" {
		said = true
		if err := writeTo(o.HTML, t.Out, func(w io.Writer) error { return c.page(v, o, w) }); err != nil {
			return err
		}
		if o.HTML != "-" {
			t.note(v.T("tallied.said.page", args{"file": o.HTML}))
		}
	}
	if o.CSV != "" {
		said = true
		files, err := c.csv(o.CSV)
		if err != nil {
			return err
		}
		t.note(v.T("tallied.said.csv", args{"files": strings.Join(files, ", ")}))
	}
	if o.JSON {
		return c.json(t.Out)
	}
	if said {
		return nil
	}
	return c.terminal(v, t)
}

func (t Terminal) note(text string) { _, _ = fmt.Fprintln(t.Err, text) }

// count opens, counts, explains.
func count(ctx context.Context, v voice, o Order) (*counted, error) {
	if ofColleges(o.Rule) {
		return countAssembly(ctx, v, o)
	}
	src, err := Open(ctx, o.File, Opening{Ballot: o.Ballot, Despite: o.Despite, Question: o.Question})
	if err != nil {
		return nil, err
	}
	if o.Ballot != "" && src.Election != nil {
		return nil, fault.Invalid("ballot", "tallied.mistake.ballot_election")
	}
	if o.Ballot != "" && src.Ballot == nil {
		return nil, fault.Missing("tallied.mistake.no_voter").With("voter", o.Ballot).With("file", src.Name)
	}
	c := &counted{src: src}
	if c.rule, c.from, err = ruleFor(src, o.Rule); err != nil {
		return nil, err
	}
	if err := src.constrain(o.Constraints); err != nil {
		return nil, err
	}
	if err := interruptibly(ctx, func() error { return c.count(o) }); err != nil {
		return nil, err
	}
	if c.election != nil {
		c.election.Files, c.election.Question, c.election.Table = src.files, o.Question, src.Election.Mapping
	} else {
		c.res.Files = src.files
	}
	return c, nil
}

// count asks the engine, and times it.
func (c *counted) count(o Order) (err error) {
	begun := time.Now()
	if c.src.Election != nil {
		return c.countElection(o, begun)
	}
	in := c.src.Instance
	c.res, err = tally.Count(in, c.rule, tally.Options{Missing: missing(o.Missing, in, c.rule), Fairness: true})
	if err != nil {
		return engineFault(err, c.rule, in.Ballots.Kind)
	}
	c.res.Seconds = seconds(begun)
	if c.src.Ballot != nil {
		if c.ballot, err = tally.ExplainBallot(in, c.rule, c.src.Ballot.Group); err != nil {
			return engineFault(err, c.rule, in.Ballots.Kind)
		}
	}
	return nil
}

// seconds is how long it took, to the millisecond.
func seconds(begun time.Time) float64 {
	return float64(time.Since(begun).Round(time.Millisecond)) / float64(time.Second)
}

// interruptibly runs work and returns early when ctx ends: the engine asks nobody whether to go on, and the process is about to end.
func interruptibly(ctx context.Context, work func() error) error {
	done := make(chan error, 1)
	go func() { done <- work() }()
	select {
	case err := <-done:
		return err
	case <-ctx.Done():
		return ctx.Err()
	}
}

// heavy and heavyShares are how many choices, times the projects, are too many for a count to be repeated some forty times a loser without being
// asked: rules that go down a list, and rules that share purses out anew each time. Between the two, equal shares look at the nearest losers.
const (
	heavy       = 60_000_000
	heavyShares = 6_000_000
)

// missing chooses how hard to look for what losers lacked. It depends on the file alone, so that a recount looks as hard.
func missing(asked string, in *tally.Instance, r tally.Rule) tally.Missing {
	switch asked {
	case "none":
		return tally.MissingNone
	case "found":
		return tally.MissingFound
	case "least":
		return tally.MissingLeast
	}
	size := len(in.Projects) * (len(in.Ballots.Choice) + in.Ballots.Groups())
	bound := heavyShares
	if strings.HasPrefix(r.Name, "greedy") || r.Name == tally.Points || r.Name == tally.MajorityJudgement {
		bound = heavy
	}
	switch {
	case size <= bound:
	case r.Name == tally.EqualShares && size <= heavy:
		return tally.MissingNear
	default:
		return tally.MissingNone
	}
	return tally.MissingFound
}

// constrain reads the side file of constraints, if there is one.
func (s *Source) constrain(path string) error {
	if path == "" {
		return nil
	}
	if s.Instance == nil {
		return fault.Invalid("constraints", "tallied.mistake.constraints_election")
	}
	f, err := open(path)
	if err != nil {
		return err
	}
	defer func() { _ = f.Close() }() // read only
	sum := newSummer(f)
	limits, err := tally.ReadConstraints(sum, s.Instance)
	_, drained := io.Copy(io.Discard, sum) // the digest is of all bytes
	digest := sum.done()
	if err = errors.Join(err, drained); err != nil {
		return fault.Invalid("constraints", "tallied.mistake.constraints").With("file", path).With("why", oneLine(err)).Wrap(err)
	}
	s.Instance.Limits = limits
	s.files = append(s.files, tally.SourceFile{Use: tally.UseConstraints, Name: baseName(path), SHA256: digest})
	return nil
}

func oneLine(err error) string { return strings.Join(strings.Fields(err.Error()), " ") }

// refused says why a file was not counted, line by line; other errors are the caller's to say.
func refused(v voice, t Terminal, err error) (int, error) {
	r, ok := errors.AsType[*Refused](err)
	if !ok {
		return ExitFailed, err
	}
	n := 0
	for _, p := range r.Problems {
		if p.Severity == problem.Error {
			t.note(problemLine(v, r.File, p))
			n++
		}
	}
	t.note(v.T("tallied.said.refused", args{"file": r.File, "count": n}))
	return ExitFailed, nil
}

// shown is how many warnings a count shows.
const shown = 3

// warn says what is odd in a file that was counted all the same.
func warn(v voice, t Terminal, s *Source) {
	if len(s.Problems) == 0 {
		return
	}
	n := 0
	for _, p := range s.Problems {
		if p.Severity == problem.Error {
			if n++; n <= shown {
				t.note(problemLine(v, s.Name, p))
			}
		}
	}
	if n > 0 {
		t.note(v.T("tallied.said.despite", args{"count": n, "file": s.Name}))
	}
}

// problemLine is one problem as compilers write theirs.
func problemLine(v voice, file string, p problem.Problem) string {
	severity := v.T("tallied.word.error")
	if p.Severity != problem.Error {
		severity = v.T("tallied.word.warning")
	}
	where := file
	if p.Line > 0 {
		where = fmt.Sprintf("%s:%d:%d", file, p.Line, max(p.Column, 1))
	}
	sep := ": "
	if v.french() {
		sep = "\u00a0: "
	}
	return where + ": " + severity + sep + p.Text(v.Lang())
}

// writeTo writes a file beside its place and then moves it there: who reads it meanwhile sees the old one or the new one, never half of it.
// "-" is out.
func writeTo(path string, out io.Writer, write func(io.Writer) error) error {
	if path == "-" {
		return write(out)
	}
	f, err := os.CreateTemp(filepath.Dir(path), "."+filepath.Base(path)+"-*")
	if err != nil {
		return fmt.Errorf("write %s: %w", path, err)
	}
	err = errors.Join(write(f), f.Chmod(0o644), f.Close())
	if err == nil {
		err = os.Rename(f.Name(), path)
	}
	if err != nil {
		_ = os.Remove(f.Name()) // what was not finished is nobody's
		return fmt.Errorf("write %s: %w", path, err)
	}
	return nil
}

// json writes the result as one object on one line; with a ballot that was asked for under the key ballot.
func (c *counted) json(w io.Writer) error {
	e := json.NewEncoder(w)
	e.SetEscapeHTML(false) // names keep their letters; who shows them escapes
	switch {
	case c.college != nil:
		return e.Encode(c.college)
	case c.election != nil:
		return e.Encode(c.election)
	case c.ballot != nil:
		return e.Encode(struct {
			*tally.Result
			Ballot *tally.BallotReport `json:"ballot"`
		}{c.res, c.ballot})
	}
	return e.Encode(c.res)
}
