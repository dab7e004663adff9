package tally

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math/big"
	"slices"
)

// Constraints are what a set of winners must keep besides the budget.
//
// A rule takes a project only when it keeps them all: no envelope overspent, none of its groups already won in, all that it needs already
// won. A project that is stopped by an envelope or a group is out for good; one that waits for another may come later.
type Constraints struct {
	Envelopes []Envelope
	Groups    [][]int // of each, one project may win
	Needs     []Need
	Separate  Separation // envelopes are counts of their own instead of caps
}

// Envelope is money that bounds what some projects cost together: a category's or a district's own budget.
type Envelope struct {
	Name     string
	Budget   int64
	Projects []int
}

// Need says that Project may win only after Other has.
type Need struct{ Project, Other int }

// ErrConstraints is under every error of constraints.
var ErrConstraints = errors.New("constraints cannot be kept")

// None tells that there are none.
func (c *Constraints) None() bool {
	return len(c.Envelopes) == 0 && len(c.Groups) == 0 && len(c.Needs) == 0
}

func (c *Constraints) check(projects int) error {
	in := func(list ...int) bool {
		return !slices.ContainsFunc(list, func(p int) bool { return p < 0 || p >= projects })
	}
	for _, e := range c.Envelopes {
		if e.Budget < 0 || e.Budget > MaxAmount || !in(e.Projects...) {
			return fmt.Errorf("%w: envelope %s", ErrConstraints, e.Name)
		}
	}
	if _, err := parseSeparation(string(c.Separate)); err != nil {
		return err
	}
	for _, g := range c.Groups {
		if !in(g...) {
			return fmt.Errorf("%w: a group names a project out of range", ErrConstraints)
		}
	}
	// A circle of needs could never begin: every project of it would wait for another.
	left, done := slices.Clone(c.Needs), make([]bool, projects)
	for _, n := range left {
		if !in(n.Project, n.Other) {
			return fmt.Errorf("%w: a need names a project out of range", ErrConstraints)
		}
	}
	for i := range done {
		done[i] = !slices.ContainsFunc(left, func(n Need) bool { return n.Project == i })
	}
	for len(left) > 0 {
		before := len(left)
		left = slices.DeleteFunc(left, func(n Need) bool { return done[n.Other] })
		for i := range done {
			done[i] = done[i] || !slices.ContainsFunc(left, func(n Need) bool { return n.Project == i })
		}
		if len(left) == before {
			return fmt.Errorf("%w: projects need each other in a circle", ErrConstraints)
		}
	}
	return nil
}

func (c Constraints) times10() Constraints {
	c.Envelopes = slices.Clone(c.Envelopes)
	for i := range c.Envelopes {
		c.Envelopes[i].Budget *= 10
	}
	return c
}

// ReadConstraints reads the side file of constraints, JSON, for the projects of in:
//
//	{"groups": [["12", "13"]], "needs": {"14": ["12"]}, "category": {"parks": "100000.50"}, "district": {"North": 50000}, "separate": "named"}
//
// separate makes each category and district that has a budget a count of its own, see [Separation]; without it they are caps within one count.
// Amounts are in the currency, as numbers or strings, with no more decimals than in.Scale. Errors, under [ErrConstraints], name what is
// unknown.
func ReadConstraints(r io.Reader, in *Instance) (Constraints, error) {
	var file struct {
		Groups   [][]string
		Needs    map[string][]string
		Category map[string]Number
		District map[string]Number
		Separate string
	}
	raw, err := io.ReadAll(io.LimitReader(r, 16<<20))
	if err != nil {
		return Constraints{}, fmt.Errorf("read constraints: %w", err)
	}
	d := json.NewDecoder(bytes.NewReader(raw))
	d.DisallowUnknownFields()
	if err := d.Decode(&file); err != nil {
		return Constraints{}, fmt.Errorf("%w: %w", ErrConstraints, err)
	}
	index := map[string]int{}
	for i, p := range in.Projects {
		index[p.ID] = i
	}
	var c Constraints
	c.Separate, err = parseSeparation(file.Separate)
	find := func(id string) int {
		i, ok := index[id]
		if !ok && err == nil {
			err = fmt.Errorf("%w: no project has the id %q", ErrConstraints, id)
		}
		return i
	}
	for _, g := range file.Groups {
		var list []int
		for _, id := range g {
			list = append(list, find(id))
		}
		c.Groups = append(c.Groups, list)
	}
	for id, others := range file.Needs {
		for _, o := range others {
			c.Needs = append(c.Needs, Need{find(id), find(o)})
		}
	}
	envelopes := func(kind string, budgets map[string]Number, of func(Project) []string) {
		for name, amount := range budgets {
			units, ok := Units(amount, in.Scale)
			if !ok && err == nil {
				err = fmt.Errorf("%w: budget %s of %s %q has more than %d decimals or is too large", ErrConstraints, amount, kind, name, in.Scale)
			}
			e := Envelope{Name: kind + " " + name, Budget: units}
			for i, p := range in.Projects {
				if slices.Contains(of(p), name) {
					e.Projects = append(e.Projects, i)
				}
			}
			if len(e.Projects) == 0 && err == nil {
				err = fmt.Errorf("%w: no project has the %s %q", ErrConstraints, kind, name)
			}
			c.Envelopes = append(c.Envelopes, e)
		}
	}
	envelopes("category", file.Category, func(p Project) []string { return p.Categories })
	envelopes("district", file.District, func(p Project) []string { return p.Districts })
	slices.SortFunc(c.Envelopes, func(a, b Envelope) int { return bytes.Compare([]byte(a.Name), []byte(b.Name)) })
	slices.SortFunc(c.Needs, func(a, b Need) int {
		return compare(int64(a.Project)<<32+int64(a.Other), int64(b.Project)<<32+int64(b.Other))
	})
	if err != nil {
		return Constraints{}, err
	}
	return c, c.check(len(in.Projects))
}

// Units is an amount of the currency in the smallest unit; false when it is no whole number of units, negative, or beyond [MaxAmount].
func Units(n Number, scale int) (int64, bool) {
	r := new(big.Rat).SetInt(pow10(scale))
	v, ok := Number{r.Mul(r, n.Rat())}.Int()
	return v, ok && v >= 0 && v <= MaxAmount
}
