package tally

import (
	"fmt"
	"math/big"
	"slices"
	"strings"
)

// Separation says whether envelopes are counts of their own ([Constraints].Separate), and who votes in each.
type Separation string

// The separations. Each envelope is a count with its own money; projects in none share what the envelopes leave of the budget.
const (
	Together      Separation = ""      // one count, in which an envelope is a cap
	SeparateNamed Separation = "named" // in each count those vote whose ballot names one of its projects
	SeparateAll   Separation = "all"   // everybody votes in each count: shares are of all voters
)

// ErrParts says that a rule asks for parts to which the instance gives no budget of their own. It is an [ErrConstraints].
var ErrParts = fmt.Errorf("%w: no part that the rule asks for has a budget", ErrConstraints)

// PartCount is one of the counts of a separated budget, in the order of their names; "" is that of the projects in no envelope.
type PartCount struct {
	Name    string    `json:"name"`
	Budget  Number    `json:"budget"`
	Voters  int       `json:"voters"`
	Winners []string  `json:"winners"`
	Cost    Number    `json:"cost"`
	Share   *Number   `json:"share,omitempty"`
	Steps   int       `json:"steps,omitempty"`
	Notes   []Message `json:"notes,omitempty"`
}

// apart is the instance with the separate counts that the key parts of a rule asks for, of the budgets in Own. Errors, under [ErrConstraints]: no
// such budget, or budgets in Limits as well.
func (in *Instance) apart(r Rule) (*Instance, error) {
	how := r.Get("parts")
	if how == "" || how == "none" {
		return in, nil
	}
	kind, all := strings.CutSuffix(how, "-all")
	if len(in.Limits.Envelopes) > 0 {
		return nil, fmt.Errorf("%w: the rule has parts=%s, and the constraints give budgets to parts too", ErrConstraints, how)
	}
	out := *in
	for _, b := range in.Own {
		if b.Kind != kind {
			continue
		}
		e := Envelope{Name: kind + " " + b.Name, Budget: b.Budget}
		for i, p := range in.Projects {
			if kind == PartCategory && slices.Contains(p.Categories, b.Name) || kind == PartDistrict && slices.Contains(p.Districts, b.Name) {
				e.Projects = append(e.Projects, i)
			}
		}
		out.Limits.Envelopes = append(out.Limits.Envelopes, e)
	}
	if len(out.Limits.Envelopes) == 0 {
		return nil, fmt.Errorf("%w: parts=%s", ErrParts, how)
	}
	slices.SortFunc(out.Limits.Envelopes, func(a, b Envelope) int { return strings.Compare(a.Name, b.Name) })
	if out.Limits.Separate = SeparateNamed; all {
		out.Limits.Separate = SeparateAll
	}
	return &out, nil
}

// part is one count: its instance, where its projects stand in the whole, and which group of its ballots each group of the whole became
// (-1: does not vote here).
type part struct {
	name     string
	in       *Instance
	projects []int
	group    []int32
}

// parts takes a separated instance apart. Errors, under [ErrConstraints]: a project in two envelopes, envelopes of more than the budget, a
// group or a need across counts.
func (in *Instance) parts() ([]part, error) {
	of := make([]int, len(in.Projects))
	for p := range of {
		of[p] = -1
	}
	left := in.Budget
	for i, e := range in.Limits.Envelopes {
		if e.Budget > left {
			return nil, fmt.Errorf("%w: separate budgets are more than the whole", ErrConstraints)
		}
		left -= e.Budget
		for _, p := range e.Projects {
			if of[p] >= 0 {
				return nil, fmt.Errorf("%w: project %s is in two separate counts", ErrConstraints, in.Projects[p].ID)
			}
			of[p] = i
		}
	}
	list := make([]part, 0, len(in.Limits.Envelopes)+1)
	if slices.Contains(of, -1) {
		list = append(list, part{in: &Instance{Budget: left}})
	}
	first := len(list)
	for _, e := range in.Limits.Envelopes {
		list = append(list, part{name: e.Name, in: &Instance{Budget: e.Budget}})
	}
	place := make([]int, len(of)) // of each project within its part
	for p, i := range of {
		q := &list[max(0, i+first)]
		place[p] = len(q.projects)
		q.projects = append(q.projects, p)
		q.in.Projects = append(q.in.Projects, in.Projects[p])
	}
	for i := range list {
		q := &list[i]
		q.in.Scale = in.Scale
		at := i - first
		for _, g := range in.Limits.Groups {
			var mine []int
			for _, p := range g {
				if of[p] == at {
					mine = append(mine, place[p])
				}
			}
			if len(mine) > 0 && len(mine) < len(g) {
				return nil, fmt.Errorf("%w: a group lies in two separate counts", ErrConstraints)
			}
			if len(mine) > 0 {
				q.in.Limits.Groups = append(q.in.Limits.Groups, mine)
			}
		}
		for _, n := range in.Limits.Needs {
			if of[n.Project] == at != (of[n.Other] == at) {
				return nil, fmt.Errorf("%w: project %s needs one of another separate count", ErrConstraints, in.Projects[n.Project].ID)
			}
			if of[n.Project] == at {
				q.in.Limits.Needs = append(q.in.Limits.Needs, Need{place[n.Project], place[n.Other]})
			}
		}
		if err := q.vote(in.Ballots, of, at, place, in.Limits.Separate == SeparateAll); err != nil {
			return nil, err
		}
	}
	return list, nil
}

// vote gives the part the ballots that are cast in it, with only its projects on them.
func (q *part) vote(b *Ballots, of []int, at int, place []int, all bool) error {
	build, err := NewBuilder(b.Kind, len(q.projects), false)
	if err != nil {
		return err
	}
	q.group = make([]int32, b.Groups())
	var choices, points []int32
	for g, m := range b.Mult {
		choices, points = choices[:0], points[:0]
		pts := b.PointsOf(g)
		for i, c := range b.Choices(g) {
			if of[c] == at {
				choices = append(choices, int32(place[c]))
				if pts != nil {
					points = append(points, pts[i])
				}
			}
		}
		q.group[g] = -1
		if len(choices) == 0 && !all {
			continue
		}
		given := points
		if !b.Kind.HasPoints() || len(choices) > 0 && pts == nil {
			given = nil
		}
		n, err := build.AddTimes(choices, given, m)
		if err != nil {
			return fmt.Errorf("split ballots: %w", err)
		}
		q.group[g] = int32(n)
	}
	q.in.Ballots = build.Done()
	return nil
}

// countParts counts each part and puts the results together: winners and rounds part after part, verdicts in the order of the projects.
// Fairness is of the whole: who got nothing from any of them.
func countParts(in *Instance, r Rule, o Options) (*Result, error) {
	if err := in.Check(); err != nil {
		return nil, err
	}
	res := &Result{Budget: in.Money(in.Budget), Voters: in.Ballots.Voters, Winners: []string{}, Rounds: []Round{}, Projects: make([]Verdict, len(in.Projects))}
	parsed, err := Rules().Parse(r.String())
	if err != nil {
		return nil, err
	}
	if res.Rule = parsed; parsed.Name == Points {
		// A ballot that gives too much is void in every part.
		other, void, _ := boundPoints(in, atoi(parsed.Get("each")), atoi(parsed.Get("total")))
		if in = other; void > 0 {
			res.Notes = append(res.Notes, say("tally.note.void", args{"ballots": void}))
		}
	}
	list, err := in.parts()
	if err != nil {
		return nil, err
	}
	cost := new(big.Rat)
	var won []int32
	var outcomes [][]string
	for _, q := range list {
		one := o
		one.Fairness = false
		x, err := Count(q.in, r.With("parts", "none"), one)
		if err != nil {
			return nil, fmt.Errorf("count %q: %w", q.name, err)
		}
		res.Parts = append(res.Parts, PartCount{q.name, x.Budget, x.Voters, x.Winners, x.Cost, x.Share, x.Steps, x.Notes})
		res.Winners = append(res.Winners, x.Winners...)
		for _, id := range x.Winners {
			won = append(won, int32(slices.IndexFunc(in.Projects, func(p Project) bool { return p.ID == id })))
		}
		for _, round := range x.Rounds {
			round.Part = q.name
			res.Rounds = append(res.Rounds, round)
		}
		for i, p := range q.projects {
			res.Projects[p] = x.Projects[i]
		}
		cost.Add(cost, x.Cost.Rat())
		if x.Outcomes != nil {
			outcomes, res.Capped = product(outcomes, x.Outcomes, o.Outcomes, res.Capped || x.Capped)
		}
	}
	res.Cost, res.Outcomes = Number{cost}, outcomes
	if o.Fairness {
		res.Fairness = fairness(in, won, parsed, false)
	}
	return res, nil
}

// product joins every outcome of one list with every one of the other, as far as most go.
func product(a, b [][]string, most int, capped bool) ([][]string, bool) {
	if a == nil {
		return b, capped
	}
	if most <= 0 {
		most = 10_000
	}
	var out [][]string
	for _, x := range a {
		for _, y := range b {
			if len(out) == most {
				return out, true
			}
			both := slices.Concat(x, y)
			slices.Sort(both)
			out = append(out, both)
		}
	}
	slices.SortFunc(out, func(x, y []string) int { return slices.Compare(x, y) })
	return out, capped
}

// explainParts adds up what became of a ballot in each count in which it was cast.
func explainParts(in *Instance, r Rule, g int) (*BallotReport, error) {
	r = r.With("parts", "none") // in.Limits says them
	if r.Name == Points {
		// Ballots are void as a whole; in its parts none breaks a bound.
		bounded, _, groups := boundPoints(in, atoi(r.Get("each")), atoi(r.Get("total")))
		if groups[g] < 0 {
			return voidBallot(), nil
		}
		in, g = bounded, int(groups[g])
	}
	list, err := in.parts()
	if err != nil {
		return nil, err
	}
	out := &BallotReport{Choices: []ChoiceReport{}}
	share, spent, left, all := new(big.Rat), new(big.Rat), new(big.Rat), new(big.Rat)
	for _, q := range list {
		if q.group[g] < 0 {
			continue
		}
		x, err := ExplainBallot(q.in, r, int(q.group[g]))
		if err != nil {
			return nil, err
		}
		out.Choices = append(out.Choices, x.Choices...)
		out.Won += x.Won
		share.Add(share, x.Share.Rat())
		spent.Add(spent, x.Spent.Rat())
		left.Add(left, x.Left.Rat())
	}
	res, err := Count(in, r, Options{})
	if err != nil {
		return nil, err
	}
	if all = res.Cost.Rat(); all.Sign() > 0 {
		out.Part = Number{new(big.Rat).Quo(spent, all)}
	}
	out.Share, out.Spent, out.Left = Number{share}, Number{spent}, Number{left}
	out.Says = say("tally.ballot", args{"won": out.Won, "choices": len(out.Choices), "spent": out.Spent.Rounded(2), "share": out.Share.Rounded(2)})
	return out, nil
}

// parseSeparation reads the side file's key separate.
func parseSeparation(s string) (Separation, error) {
	switch v := Separation(strings.TrimSpace(s)); v {
	case Together, SeparateNamed, SeparateAll:
		return v, nil
	}
	return "", fmt.Errorf("%w: separate is %q, not named or all", ErrConstraints, s)
}
