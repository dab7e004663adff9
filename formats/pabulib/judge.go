package pabulib

import (
	"bytes"
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"
	"time"

	"commun/formats/decimal"
	"commun/formats/problem"
)

// Check judges a whole file, streaming, and returns all problems in the order of the file. A file that cannot be read to its end has that as
// its last problem; the error is the stream's own.
func Check(src io.Reader, l Limits) ([]problem.Problem, error) {
	r, err := NewReader(src, Options{Limits: l, Judge: true})
	if err != nil {
		if f, ok := err.(*problem.Failure); ok {
			return []problem.Problem{f.Problem}, nil
		}
		return nil, fmt.Errorf("read ballot file: %w", err)
	}
	for r.Next() {
	}
	ps := r.Problems()
	if _, failed := r.err.(*problem.Failure); r.err != nil && !failed {
		return ps, fmt.Errorf("read ballot file: %w", r.err)
	}
	return ps, nil
}

// judgeMeta reads the typed values of META and judges each key.
func (r *Reader) judgeMeta() {
	h := &r.head
	dates := map[string]time.Time{}
	said := map[string]bool{}
	for _, p := range h.Meta {
		if said[p.Key] {
			continue
		}
		said[p.Key] = true
		k, known := metaKeyOf(p.Key)
		if !known {
			var names []string
			for _, k := range metaKeys {
				names = append(names, k.key)
			}
			if near := misspelt(p.Key, names); near != "" {
				r.say(problem.Warning, p.Line, 1, p.Key, codeKeyNear, problem.Args{"key": p.Key, "use": near})
			}
			continue
		}
		if strings.TrimSpace(p.Value) == "" {
			s := problem.Warning
			if k.must {
				s = problem.Error
			}
			r.say(s, p.Line, len(p.Key)+2, p.Key, codeEmpty, problem.Args{"key": p.Key})
			continue
		}
		if t, ok := r.metaValue(k, p); ok {
			dates[p.Key] = t
		}
	}
	last := 1
	if n := len(h.Meta); n > 0 {
		last = h.Meta[n-1].Line
	}
	for _, k := range metaKeys {
		if k.must && !said[k.key] {
			r.say(problem.Error, last, 1, k.key, codeMissing, problem.Args{"key": k.key})
		}
	}
	for _, b := range bounds {
		low, okLow := h.Number(b[0])
		high, okHigh := h.Number(b[1])
		if okLow && okHigh && low.Cmp(high) > 0 {
			r.say(problem.Error, r.metaLine[b[0]], 1, b[0], codeBounds, problem.Args{"key": b[0], "value": low.String(), "other": b[1], "most": high.String()})
		}
	}
	if begin, end := dates["date_begin"], dates["date_end"]; !begin.IsZero() && !end.IsZero() && end.Before(begin) {
		r.say(problem.Error, r.metaLine["date_end"], 1, "date_end", codeDates, nil)
	}
	r.judgeProjects()
}

// metaValue judges one value of META, and returns the day where it is one.
func (r *Reader) metaValue(k metaKey, p Pair) (time.Time, bool) {
	h, v, at := &r.head, p.Value, len(p.Key)+2
	say := func(s problem.Severity, code string, a problem.Args) {
		if a == nil {
			a = problem.Args{}
		}
		a["key"], a["value"] = p.Key, v
		r.say(s, p.Line, at, p.Key, code, a)
	}
	switch k.kind {
	case whole:
		n, err := strconv.ParseUint(strings.TrimSpace(v), 10, 31)
		if err != nil {
			say(problem.Error, codeNotWhole, nil)
			break
		}
		switch k.key {
		case "num_projects":
			h.NumProjects = int(n)
		case "num_votes":
			h.NumVotes = int(n)
		}
	case amount:
		d := r.amount(v, p.Line, at, p.Key)
		if k.key == "budget" {
			if h.Budget = d; d.Sign() == 0 && strings.Trim(v, "0. ") == "" {
				say(problem.Error, codeBudgetZero, nil)
			}
		}
	case number:
		if _, err := decimal.Parse(strings.TrimSpace(v)); err != nil {
			say(problem.Error, numberCode([]byte(v), err), nil)
		}
	case day:
		t, code := date(v)
		switch code {
		case "":
		case codeDateShort:
			say(problem.Warning, code, problem.Args{"use": t.Format("02.01.2006")})
		default:
			say(problem.Error, code, nil)
			return t, false
		}
		return t, true
	case one:
		if v != "1" {
			say(problem.Warning, codeNotOne, nil)
		}
	case voteTyp:
		if h.Vote = VoteType(strings.ToLower(strings.TrimSpace(v))); !slices.Contains(voteTypes, string(h.Vote)) {
			h.Vote = ""
			say(problem.Error, codeVoteType, problem.Args{"allowed": voteTypes})
		} else if string(h.Vote) != v {
			say(problem.Warning, codeWriteAs, problem.Args{"use": string(h.Vote)})
		}
	case ruleTyp:
		if !slices.Contains(rules, v) {
			say(problem.Warning, codeRule, problem.Args{"allowed": rules})
		}
	case lang:
		if len(v) != 2 || strings.ToLower(v) != v {
			say(problem.Warning, codeLanguage, nil)
		}
	case money:
		if len(v) != 3 || strings.ToUpper(v) != v {
			say(problem.Warning, codeCurrency, nil)
		}
	case remark:
		if !strings.HasPrefix(v, "#1: ") {
			say(problem.Warning, codeComment, nil)
		}
	}
	return time.Time{}, false
}

// date reads DD.MM.YYYY or YYYY. The code is empty, codeDateShort where zeros are missing, codeNoDay for a 31.02., or codeNotDate.
func date(v string) (time.Time, string) {
	if t, err := time.Parse("2006", v); err == nil {
		return t, ""
	}
	if t, err := time.Parse("02.01.2006", v); err == nil {
		return t, ""
	}
	if t, err := time.Parse("2.1.2006", v); err == nil {
		return t, codeDateShort
	}
	parts := strings.Split(v, ".")
	if len(parts) == 3 && digits(parts[0]) && digits(parts[1]) && digits(parts[2]) && len(parts[0]) <= 2 && len(parts[1]) <= 2 && len(parts[2]) == 4 {
		return time.Time{}, codeNoDay
	}
	return time.Time{}, codeNotDate
}

func digits(s string) bool {
	return s != "" && strings.Trim(s, "0123456789") == ""
}

// judgeProjects judges PROJECTS as a whole.
func (r *Reader) judgeProjects() {
	h := &r.head
	if r.metaLine["num_projects"] > 0 && h.NumProjects != len(h.Projects) {
		r.say(problem.Error, r.metaLine["num_projects"], 1, "num_projects", codeCountProjects, problem.Args{"said": h.NumProjects, "count": len(h.Projects)})
	}
	low, hasLow := h.Number("min_project_cost")
	high, hasHigh := h.Number("max_project_cost")
	lines := map[string]int{}
	spent, fits := decimal.Decimal{}, true
	for _, p := range h.Projects {
		if first, twice := lines[p.ID]; twice && p.ID != "" {
			r.say(problem.Error, p.Line, 1, "project_id", codeProjectIDTwice, problem.Args{"project": p.ID, "first": first})
		} else {
			lines[p.ID] = p.Line
		}
		if p.Selected == 1 && fits {
			spent, fits = spent.Add(p.Cost)
		}
		if p.Withdrawn() {
			if p.Selected == 1 {
				r.say(problem.Error, p.Line, 1, "selected", codeWithdrawnWon, problem.Args{"project": p.ID})
			}
			continue
		}
		if h.ProjectColumn("cost") >= 0 && p.Cost.Sign() == 0 && strings.Trim(h.Field(p, "cost"), "0. ") == "" && h.Field(p, "cost") != "" {
			r.say(problem.Warning, p.Line, 1, "cost", codeCostZero, problem.Args{"project": p.ID})
		}
		switch {
		case hasLow && p.Cost.Cmp(low) < 0:
			r.say(problem.Error, p.Line, 1, "cost", codeProjectCheap, problem.Args{"project": p.ID, "cost": p.Cost.String(), "min": low.String()})
		case hasHigh && p.Cost.Cmp(high) > 0:
			r.say(problem.Error, p.Line, 1, "cost", codeProjectDear, problem.Args{"project": p.ID, "cost": p.Cost.String(), "max": high.String()})
		case h.Budget.Sign() > 0 && p.Cost.Cmp(h.Budget) > 0:
			r.say(problem.Warning, p.Line, 1, "cost", codeOverBudget, problem.Args{"project": p.ID, "cost": p.Cost.String(), "budget": h.Budget.String()})
		}
	}
	if fits && h.Budget.Sign() > 0 && spent.Cmp(h.Budget) > 0 {
		r.say(problem.Error, r.metaLine["budget"], 1, "budget", codeSpent, problem.Args{"spent": spent.String(), "budget": h.Budget.String()})
	} else if fits && spent.Sign() > 0 && r.list.Errors() == 0 {
		r.leftover(spent)
	}
}

// leftover says which projects of a file that greedy decided could still be paid. The other rules leave money on purpose, and so do budgets by
// category or neighbourhood, and a threshold.
func (r *Reader) leftover(spent decimal.Decimal) {
	h := &r.head
	rule, _ := h.Get("rule")
	if rule != "greedy" || h.Budget.Sign() <= 0 {
		return
	}
	for _, key := range []string{"budget_per_category", "budget_per_neighborhood", "min_project_score_threshold", "leftover_budget"} {
		if _, there := h.Get(key); there {
			return
		}
	}
	spent.Coef = -spent.Coef
	left, ok := h.Budget.Add(spent)
	for _, p := range h.Projects {
		if ok && p.Selected == 0 && p.Votes > 0 && p.Cost.Cmp(left) <= 0 {
			r.say(problem.Warning, p.Line, 1, "selected", codeLeftover, problem.Args{"project": p.ID, "cost": p.Cost.String(), "left": left.String()})
		}
	}
}

// valueCheck is a column about voters whose values the format lists.
type valueCheck struct {
	column int
	name   string
	ok     func([]byte) bool
	use    string
}

func valueChecks(h *Header) []valueCheck {
	among := func(list []string) func([]byte) bool {
		return func(v []byte) bool {
			for _, s := range list {
				if string(v) == s {
					return true
				}
			}
			return false
		}
	}
	var out []valueCheck
	for _, c := range []valueCheck{
		{name: "age", ok: age, use: "0–150, 25-34, 75+"},
		{name: "sex", ok: among(sexes), use: strings.Join(sexes, ", ")},
		{name: "voting_method", ok: among(methods), use: strings.Join(methods, ", ")},
	} {
		if c.column = h.VoteColumn(c.name); c.column >= 0 {
			out = append(out, c)
		}
	}
	return out
}

// age takes whole years, and the bands of published files: 25-34, 75+.
func age(v []byte) bool {
	if from, to, band := bytes.Cut(v, []byte{'-'}); band {
		low, high := years(from), years(to)
		return low >= 0 && low < high
	}
	return years(bytes.TrimSuffix(v, []byte{'+'})) >= 0
}

// years is an age from 0 to 150, -1 for what is none.
func years(v []byte) int {
	n := 0
	for _, c := range v {
		if c < '0' || c > '9' {
			return -1
		}
		n = n*10 + int(c-'0')
	}
	if len(v) == 0 || len(v) > 3 || n > 150 {
		return -1
	}
	return n
}

// judgeBallot is what only a judge asks of a ballot.
func (r *Reader) judgeBallot() {
	s, b := r.scan, &r.ballot
	if !r.utf8Said && !validUTF8(s.Raw) {
		r.utf8Said = true
		r.say(problem.Error, s.Line, 1, "", codeEncoding, nil)
	}
	if id := b.Voter(); len(id) == 0 {
		if r.voter >= 0 {
			r.wrong(r.voter, "voter_id", codeVoterEmpty, nil)
		}
	} else if first := r.voters.add(id, s.Line); first > 0 {
		r.wrong(r.voter, "voter_id", codeVoterTwice, problem.Args{"first": first})
	}
	for _, p := range b.Projects {
		r.totals[p]++
	}
	if len(b.Points) > 0 && r.scoresHold {
		for i, p := range b.Projects {
			if r.scores[p], r.scoresHold = r.scores[p].Add(b.Points[i]); !r.scoresHold {
				break
			}
		}
	}
	for _, c := range r.values {
		v := b.at(c.column)
		if len(v) == 0 || c.ok(v) {
			continue
		}
		if r.list.Count(codeVoterValue) < s.limits.Problems || !r.columnsSaid[c.column] {
			r.columnsSaid[c.column] = true
			r.say(problem.Warning, s.Line, s.Column(c.column), c.name, codeVoterValue,
				problem.Args{"column": c.name, "value": string(bytes.Clone(v)), "use": c.use})
		} else {
			r.say(problem.Warning, s.Line, 1, c.name, codeVoterValue, nil)
		}
	}
}

// finish judges what only the end of the file shows.
func (r *Reader) finish() {
	h := &r.head
	if line := r.metaLine["num_votes"]; line > 0 && r.votes && h.NumVotes != r.count {
		r.say(problem.Error, line, 1, "num_votes", codeCountVotes, problem.Args{"said": h.NumVotes, "count": r.count})
	}
	if !r.judge || !r.votes {
		return
	}
	for i, p := range h.Projects {
		if p.Votes >= 0 && int64(p.Votes) != r.totals[i] {
			r.say(problem.Error, p.Line, 1, "votes", codeTotalVotes, problem.Args{"project": p.ID, "said": p.Votes, "count": int(r.totals[i])})
		}
		if p.HasScore && r.hasPoints && r.scoresHold && p.Score != r.scores[i] {
			r.say(problem.Error, p.Line, 1, "score", codeTotalScore, problem.Args{"project": p.ID, "said": p.Score.String(), "count": r.scores[i].String()})
		}
	}
}
