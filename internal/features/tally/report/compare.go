package report

import (
	"context"
	"encoding/json"
	"io"
	"time"

	"commun/engines/tally"
	"commun/internal/platform/fault"
)

// Comparison is what `commun tally compare FILE` is asked for.
type Comparison struct {
	File        string
	Rules       []string // rules, lists of them: see [SplitRules]
	Constraints string
	JSON        bool
	Despite     bool
}

// Compare counts one file by several rules and shows them side by side.
func Compare(ctx context.Context, o Comparison, t Terminal) (int, error) {
	v := newVoice(t.Lang)
	list := SplitRules(o.Rules)
	if len(list) < 2 {
		return ExitFailed, fault.Invalid("rules", "tallied.mistake.two_rules")
	}
	for _, text := range list {
		if _, err := parseRule(text); err != nil {
			return ExitFailed, err
		}
	}
	if ofColleges(list[0]) {
		return compareAssembly(ctx, o, list, v, t)
	}
	src, err := Open(ctx, o.File, Opening{Despite: o.Despite, Plain: true})
	if err != nil {
		return refused(v, t, err)
	}
	if src.Election != nil {
		return compareElections(ctx, o, src, list, v.of(src), t)
	}
	if err := src.constrain(o.Constraints); err != nil {
		return ExitFailed, err
	}
	v = v.of(src)
	warn(v, t, src)
	results, err := countAll(ctx, src, list)
	if err != nil {
		return ExitFailed, err
	}
	if o.JSON {
		return ExitOK, resultsJSON(t.Out, src.Name, results)
	}
	return ExitOK, sideBySide(v, t, src, results)
}

// resultsJSON writes several results of one file.
func resultsJSON[R any](w io.Writer, file string, results []R) error {
	e := json.NewEncoder(w)
	e.SetEscapeHTML(false)
	return e.Encode(struct {
		File    string `json:"file"`
		Results []R    `json:"results"`
	}{file, results})
}

// countAll counts by each rule.
func countAll(ctx context.Context, src *Source, list []string) ([]*tally.Result, error) {
	var results []*tally.Result
	for _, text := range list {
		r, _, err := ruleFor(src, text)
		if err != nil {
			return nil, err
		}
		var res *tally.Result
		begun := time.Now()
		err = interruptibly(ctx, func() (err error) {
			res, err = tally.Count(src.Instance, r, tally.Options{Fairness: true})
			return err
		})
		if err != nil {
			return nil, engineFault(err, r, src.kind())
		}
		res.Seconds = seconds(begun)
		results = append(results, res)
	}
	return results, nil
}

// sideBySide writes a table of the rules, then the projects on which they differ.
func sideBySide(v voice, t Terminal, src *Source, results []*tally.Result) error {
	p := t.printer(v)
	p.wrap("", p.bold(plain(src.Title)))
	p.line("")
	var rows [][]string
	for i, r := range results {
		letter := letterOf(i)
		p.wrap("  "+letter+"  ", r.Rule.String())
		rows = append(rows, append([]string{letter}, compared(v, r)...))
	}
	p.line("")
	p.table([]column{{"", false, false}, {v.T("tallied.word.winners"), true, false}, {v.T("tallied.word.spent"), true, false}, {v.T("tallied.word.nothing"), true, false},
		{v.T("tallied.word.mean_winners"), true, false}, {v.T("tallied.word.mean_cost"), true, true}}, rows)
	cols := []column{{v.T("tallied.word.id"), false, false}, {v.T("tallied.word.project"), false, true}, {v.T("tallied.word.cost"), true, false}}
	for i := range results {
		cols = append(cols, column{letterOf(i), false, false})
	}
	rows = nil
	both := 0
	for i, pr := range src.Instance.Projects {
		row := []string{pr.ID, plain(pr.Name), v.money(src.Instance.Money(pr.Cost))}
		won := 0
		for _, r := range results {
			mark := v.T("tallied.word.no")
			if r.Projects[i].Won {
				mark = v.T("tallied.word.yes")
				won++
			}
			row = append(row, mark)
		}
		if won == len(results) {
			both++
		}
		if won > 0 && won < len(results) {
			rows = append(rows, row)
		}
	}
	p.line("")
	p.wrap("", v.T("tallied.compare.common", args{"count": both}))
	if len(rows) > 0 {
		p.head(v.T("tallied.compare.differ"))
		p.table(cols, rows)
	}
	return p.err
}

func letterOf(i int) string { return string(rune('A' + i%26)) }

// compared are the figures of one result, beside those of others.
func compared(v voice, r *tally.Result) []string {
	f := r.Fairness
	return []string{v.Int(int64(len(r.Winners))), v.money(r.Cost) + " (" + v.ratio(r.Cost.Float(), r.Budget.Float()) + ")",
		v.Int(int64(f.WithNothing)) + " (" + v.ratio(float64(f.WithNothing), float64(r.Voters)) + ")", v.number(f.MeanWinners, 2), v.money(f.MeanCost)}
}

// compareForPage counts by the rules that a page sets beside its own: most votes first, and equal shares.
func (c *counted) compareForPage(ctx context.Context) error {
	if missing("", c.src.Instance, tally.Rule{Name: tally.Greedy}) == tally.MissingNone {
		return nil // a large file: who wants it asks for `tally compare`
	}
	var list []string
	for _, text := range []string{"greedy", "equal-shares"} {
		r, _, err := ruleFor(c.src, text)
		if err == nil && r.String() != c.rule.String() {
			list = append(list, text)
		}
	}
	var err error
	c.others, err = countAll(ctx, c.src, list)
	return err
}
