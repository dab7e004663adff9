package report

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"path/filepath"
	"slices"
	"strings"

	"commun/engines/tally"
	"commun/internal/platform/fault"
)

// Recounting is what `commun tally recount RESULT FILE` is asked for.
type Recounting struct {
	Result, File string
	Constraints  string // "" is the one that the result names, where it lies beside the result or the ballots
	Despite      bool
}

// Recount counts a file again by the rule that a result names and tells the first difference; times are left aside.
func Recount(ctx context.Context, o Recounting, t Terminal) (int, error) {
	v := newVoice(t.Lang)
	old, err := readResult(o.Result)
	if err != nil {
		return ExitFailed, err
	}
	src, err := old.reopen(ctx, o)
	if err != nil {
		return refused(v, t, err)
	}
	if (old.election != nil) != (src.Election != nil) || (old.college != nil) != (src.Assembly != nil) {
		return ExitFailed, fault.Invalid("file", "tallied.mistake.other_kind").With("result", o.Result).With("file", o.File)
	}
	v = v.of(src)
	if was, ok := old.used(tally.UseBallots); ok && was.SHA256 != src.SHA256 {
		t.note(v.T("tallied.recount.other_ballots", args{"file": src.Name, "was": was.Name, "sum": was.SHA256}))
	}
	path, err := old.constraints(v, o, t)
	if err != nil {
		return ExitFailed, err
	}
	if err := src.constrain(path); err != nil {
		return ExitFailed, err
	}
	warn(v, t, src)
	difference := ""
	rule := tally.Rule{}
	err = interruptibly(ctx, func() (err error) {
		switch {
		case old.college != nil:
			rule = old.college.Rule
			difference, err = recountCollege(v, src, old.college)
		case old.election != nil:
			rule = old.election.Rule
			difference, err = recountElection(src, old.election)
		default:
			rule = old.res.Rule
			difference, err = tally.Recount(src.Instance, old.res, 0)
		}
		return err
	})
	if err != nil {
		return ExitFailed, engineFault(err, rule, src.kind())
	}
	if difference != "" {
		_, err := fmt.Fprintln(t.Out, v.T("tallied.recount.differs", args{"where": strings.TrimPrefix(difference, ".")}))
		return ExitNo, err
	}
	_, err = fmt.Fprintln(t.Out, v.T("tallied.recount.same", args{"count": src.voters(), "rule": rule.String()}))
	return ExitOK, err
}

// reopen reads the ballots as they were read for the result.
func (c *counted) reopen(ctx context.Context, o Recounting) (*Source, error) {
	switch {
	case c.college != nil:
		return openAssembly(ctx, o.File, o.Despite)
	case c.election != nil:
		return Open(ctx, o.File, Opening{Despite: o.Despite, Question: c.election.Question})
	}
	return Open(ctx, o.File, Opening{Despite: o.Despite})
}

// files are those that the result names; none in a result from before it named any.
func (c *counted) files() []tally.SourceFile {
	switch {
	case c.college != nil:
		return c.college.Files
	case c.election != nil:
		return c.election.Files
	}
	return c.res.Files
}

func (c *counted) used(use string) (tally.SourceFile, bool) {
	list := c.files()
	i := slices.IndexFunc(list, func(f tally.SourceFile) bool { return f.Use == use })
	if i < 0 {
		return tally.SourceFile{}, false
	}
	return list[i], true
}

// constraints is the side file to count again with. One that the result names is looked for beside the result and beside the ballots, and
// taken when it is the same to the byte; one that is given and differs is taken, and said to differ.
func (c *counted) constraints(v voice, o Recounting, t Terminal) (string, error) {
	was, ok := c.used(tally.UseConstraints)
	switch {
	case !ok && len(c.files()) > 0 && o.Constraints != "":
		return "", fault.Invalid("constraints", "tallied.mistake.constraints_unused").With("result", o.Result)
	case !ok:
		return o.Constraints, nil
	case o.Constraints != "":
		sum, err := sumOf(o.Constraints)
		if err == nil && sum != was.SHA256 {
			t.note(v.T("tallied.recount.other_constraints", args{"file": o.Constraints, "was": was.Name, "sum": was.SHA256}))
		}
		return o.Constraints, err
	}
	changed := ""
	for _, beside := range []string{o.Result, o.File} {
		path := filepath.Join(filepath.Dir(beside), baseName(was.Name))
		switch sum, err := sumOf(path); {
		case err == nil && sum == was.SHA256:
			t.note(v.T("tallied.recount.constraints", args{"file": path}))
			return path, nil
		case err == nil:
			changed = path
		case !errors.Is(err, fs.ErrNotExist):
			return "", err
		}
	}
	if changed != "" {
		return "", fault.Invalid("constraints", "tallied.mistake.constraints_changed").With("file", changed).With("sum", was.SHA256)
	}
	return "", fault.Invalid("constraints", "tallied.mistake.constraints_missing").With("file", was.Name).With("sum", was.SHA256)
}

// sumOf is the digest of a file.
func sumOf(path string) (string, error) {
	f, err := open(path)
	if err != nil {
		return "", err
	}
	defer func() { _ = f.Close() }() // read only
	sum := newSummer(f)
	_, err = io.Copy(io.Discard, sum)
	return sum.done(), err
}

// voters is how many ballots were read.
func (s *Source) voters() int {
	switch {
	case s.Assembly != nil:
		return len(s.Assembly.Members)
	case s.Election != nil:
		return s.Election.Ballots.Voters
	}
	return s.Instance.Ballots.Voters
}

// readResult reads what --json wrote, of a budget or of an election. What was told of one ballot is left aside.
func readResult(path string) (*counted, error) {
	f, err := open(path)
	if err != nil {
		return nil, err
	}
	defer func() { _ = f.Close() }() // read only
	wrong := func(err error) error {
		return fault.Invalid("result", "tallied.mistake.result").With("file", path).With("why", oneLine(err)).Wrap(err)
	}
	keys := map[string]json.RawMessage{}
	if err := json.NewDecoder(io.LimitReader(f, 1<<30)).Decode(&keys); err != nil {
		return nil, wrong(err)
	}
	delete(keys, "ballot")
	raw, err := json.Marshal(keys)
	if err != nil {
		return nil, wrong(err)
	}
	c := &counted{}
	_, elects := keys["elected"]
	_, colleges := keys["colleges"]
	switch {
	case colleges:
		c.college, err = readCollege(raw)
	case elects:
		c.election = &tally.ElectionResult{}
		err = json.Unmarshal(raw, c.election)
	default:
		c.res, err = tally.ReadResult(strings.NewReader(string(raw)))
	}
	if err != nil {
		return nil, wrong(err)
	}
	return c, nil
}
