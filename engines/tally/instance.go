package tally

import (
	"errors"
	"fmt"
	"math"
)

// MaxAmount bounds a budget, a cost, and the sum of all costs, in the smallest unit: 9 × 10^15 units, 90,000 billion with two decimals.
// Beyond it an instance is refused, so that no sum or product of the count can overflow.
const MaxAmount = 9_000_000_000_000_000

// MaxVoters bounds the ballots of a budget.
const MaxVoters = 1 << 28

// Project is one proposal. Cost is in the instance's smallest unit.
type Project struct {
	ID         string
	Name       string
	Cost       int64
	Categories []string
	Districts  []string
}

// Instance is one shared budget: projects, money, ballots. Amounts are whole numbers of the smallest unit, 1/10^Scale of the currency:
// scale 2 counts cents.
type Instance struct {
	Budget   int64
	Scale    int
	Projects []Project
	Ballots  *Ballots
	Limits   Constraints
	Own      []OwnBudget // what the file gives to categories and districts, for rules that ask for it by their key parts
}

// OwnBudget is money that a file sets aside for the projects of one category or one district.
type OwnBudget struct {
	Kind   string // PartCategory or PartDistrict
	Name   string
	Budget int64
}

// The kinds of own budgets.
const (
	PartCategory = "category"
	PartDistrict = "district"
)

// The errors of [Instance.Check].
var (
	ErrAmount  = errors.New("amount out of bounds")
	ErrID      = errors.New("project without id, or id twice")
	ErrBallots = errors.New("ballots do not fit the projects")
)

// Check tells whether the instance can be counted; every count calls it.
func (in *Instance) Check() error {
	if in.Budget < 0 || in.Budget > MaxAmount || in.Scale < 0 || in.Scale > 15 {
		return fmt.Errorf("check budget %d with %d decimals: %w", in.Budget, in.Scale, ErrAmount)
	}
	seen := make(map[string]bool, len(in.Projects))
	sum := int64(0)
	for _, p := range in.Projects {
		if p.ID == "" || seen[p.ID] {
			return fmt.Errorf("check project %q: %w", p.ID, ErrID)
		}
		seen[p.ID] = true
		if p.Cost < 0 || p.Cost > MaxAmount || sum > MaxAmount-p.Cost {
			return fmt.Errorf("check cost %d of project %s: %w", p.Cost, p.ID, ErrAmount)
		}
		sum += p.Cost
	}
	b := in.Ballots
	if b == nil || b.Candidates != len(in.Projects) || b.Voters > MaxVoters {
		return fmt.Errorf("check ballots: %w", ErrBallots)
	}
	for _, p := range b.Points {
		if p < 0 || p > math.MaxInt32>>1 {
			return fmt.Errorf("check points %d: %w", p, ErrBallots)
		}
	}
	return in.Limits.check(len(in.Projects))
}

// Money is an amount as a number of the currency.
func (in *Instance) Money(units int64) Number { return Scaled(units, in.Scale) }

// Total is the cost of all projects.
func (in *Instance) Total() int64 {
	sum := int64(0)
	for _, p := range in.Projects {
		sum += p.Cost
	}
	return sum
}

// IDs are the projects' ids, in their order.
func (in *Instance) IDs() []string {
	ids := make([]string, len(in.Projects))
	for i, p := range in.Projects {
		ids[i] = p.ID
	}
	return ids
}

// Costs are the projects' costs, in their order.
func (in *Instance) Costs() []int64 {
	costs := make([]int64, len(in.Projects))
	for i, p := range in.Projects {
		costs[i] = p.Cost
	}
	return costs
}

// Rescale is the instance in a finer unit: amounts with so many decimals. It shares the ballots. [ErrAmount] when amounts grow too large.
func (in *Instance) Rescale(scale int) (*Instance, error) {
	out := *in
	for out.Scale < scale {
		if out.Budget > MaxAmount/10 || out.Total() > MaxAmount/10 {
			return nil, fmt.Errorf("count with %d decimals: %w", scale, ErrAmount)
		}
		projects := make([]Project, len(out.Projects))
		for i, p := range out.Projects {
			p.Cost *= 10
			projects[i] = p
		}
		out.Limits = out.Limits.times10()
		out.Projects, out.Budget, out.Scale = projects, out.Budget*10, out.Scale+1
	}
	return &out, nil
}
