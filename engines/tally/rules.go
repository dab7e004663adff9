package tally

import (
	"fmt"
	"strconv"
	"strings"
)

// The names of the rules that this package counts.
const (
	Greedy            = "greedy"
	GreedyNoSkip      = "greedy-no-skip"
	GreedyThreshold   = "greedy-threshold"
	GreedyPerCost     = "greedy-per-cost"
	Points            = "points"
	EqualShares       = "equal-shares"
	BoundedOverspend  = "bounded-overspending"
	Phragmen          = "phragmen"
	MajorityJudgement = "majority-judgment"
)

// Rules are the rules of this package with their keys, defaults and sources. The slice is new each time.
func Rules() Specs {
	ties := Key{Name: "ties", Default: DefaultTies, Check: CheckTies,
		Says: "order between equals: votes, fewer, cost, dear, id, lot:SEED joined by /, or open to list every outcome"}
	unsupported := Key{Name: "unsupported", Default: "skip", Values: []string{"skip", "fund"},
		Says: "projects without a vote: skip leaves them out, fund takes them last where they fit"}
	score := Key{Name: "score", Default: "votes", Values: []string{"votes", "points", "borda"},
		Says: "what is added up: ballots that name the project, their points, or their ranks (the longest ballot's length for a first place, one less for each next)"}
	empty := Key{Name: "empty", Default: "count", Values: []string{"count", "drop"},
		Says: "ballots that name nothing: count gives them a share, drop does not"}
	step := Key{Name: "step", Default: "1", Check: checkStep, Says: "by how much add1 raises each share, in the currency"}
	utility := Key{Name: "utility", Default: "cost", Values: []string{"cost", "count", "score", "borda"},
		Says: "what a winning project is worth to its supporter: its cost, one, the points given, or the rank as in score=borda"}
	completion := Key{Name: "completion", Default: "add1", Values: []string{"none", "greedy", "add1", "add1-exhaustive", "add1-greedy"},
		Says: "what is done with money left: none; greedy by votes; add1 raises every share by the step until the next step would overspend and keeps the last that fits; add1-exhaustive stops at the first step after which nothing more fits; add1-greedy is add1, then greedy"}
	start := Key{Name: "start", Default: "exact", Values: []string{"exact", "integral"},
		Says: "the first share: budget over voters, or that rounded down to a whole unit of the currency"}
	parts := Key{Name: "parts", Default: "none", Values: []string{"none", PartCategory, PartDistrict, PartCategory + "-all", PartDistrict + "-all"},
		Says: "categories or districts to which the file gives a budget are counts of their own; who names a project there votes there, with -all everybody does"}
	approvals := []Kind{Approval, ChooseOne, Cumulative, Scoring, Ordinal}
	return Specs{
		{Name: Greedy, Title: "Most votes first, skipping what does not fit", Keys: []Key{score, unsupported, ties, parts}, Ballots: approvals,
			Source: "the usual rule of cities; Pabulib's rule greedy"},
		{Name: GreedyNoSkip, Title: "Most votes first, until one does not fit", Keys: []Key{score, unsupported, ties, parts}, Ballots: approvals,
			Source: "Pabulib's rule greedy-no-skip"},
		{Name: GreedyThreshold, Title: "Most votes first, among those with enough", Ballots: approvals,
			Keys:   []Key{{Name: "votes", Default: "1", Check: checkWhole, Says: "the votes (or points) that a project must have"}, score, unsupported, ties, parts},
			Source: "Pabulib's rule greedy-threshold"},
		{Name: GreedyPerCost, Title: "Most votes for the money first", Keys: []Key{score, unsupported, ties, parts}, Ballots: approvals,
			Source: "Talmon and Faliszewski, A framework for approval-based budgeting methods (2019)"},
		{Name: Points, Title: "Most points first, as in Toulouse", Ballots: []Kind{Cumulative, Scoring},
			Keys: []Key{{Name: "each", Default: "3", Check: checkWhole, Says: "points that one project may have on a ballot, 0 for no bound"},
				{Name: "total", Default: "7", Check: checkWhole, Says: "points on a ballot in all, 0 for no bound; a ballot beyond a bound is void"}, unsupported, ties, parts},
			Source: "Toulouse, Mes idées pour mon quartier (2019)"},
		{Name: EqualShares, Title: "Method of Equal Shares", Ballots: approvals,
			Keys: []Key{utility, completion, step, start,
				{Name: "comparison", Default: "none", Values: []string{"none", "satisfaction", "exclusion"},
					Says: "at the end, greedy instead if more voters prefer it: have more winning choices there, or have any there and none here"},
				empty, unsupported, ties, parts},
			Source: "Peters, Pierczyński and Skowron, Proportional participatory budgeting with additive utilities (2021); completions: equalshares.net"},
		{Name: BoundedOverspend, Title: "Equal shares with bounded overspending", Ballots: approvals,
			Keys:   []Key{{Name: "utility", Default: "cost", Values: []string{"cost", "count", "score", "borda"}, Says: utility.Says}, empty, unsupported, ties, parts},
			Source: "Papasotiropoulos, Pishbin, Skibski, Skowron and Wąs, Method of equal shares with bounded overspending (2024)"},
		{Name: Phragmen, Title: "Sequential Phragmén", Ballots: approvals,
			Keys: []Key{{Name: "stop", Default: "first", Values: []string{"first", "skip"},
				Says: "a project that would overspend ends the count (first), or is left out (skip)"}, ties, parts},
			Source: "Los, Christoff and Grossi, Proportional budget allocations (2022)"},
		{Name: MajorityJudgement, Title: "Majority judgment, as in Paris", Ballots: []Kind{Scoring},
			Keys: []Key{{Name: "missing", Default: "lowest", Values: []string{"lowest", "leave"},
				Says: "a project without a mention on a ballot: counts as the lowest, or that ballot is left out for it"}, unsupported, ties, parts},
			Source: "Balinski and Laraki, Majority judgment (2011); Paris, budget participatif (since 2021)"},
	}
}

func checkWhole(s string) error {
	if n, err := strconv.ParseInt(s, 10, 64); err != nil || n < 0 || n > MaxAmount || strconv.FormatInt(n, 10) != s {
		return fmt.Errorf("%q is no whole number from 0", s)
	}
	return nil
}

func checkStep(s string) error {
	n, err := ParseNumber(s)
	if err != nil {
		return err
	}
	if n.Rat().Sign() <= 0 || n.String() != s || strings.Contains(s, "/") {
		return fmt.Errorf("%q is no positive amount, written short", s)
	}
	return nil
}

// decimals is how many digits stand after the point.
func decimals(s string) int {
	_, after, _ := strings.Cut(s, ".")
	return len(after)
}
