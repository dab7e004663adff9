package election

import (
	"errors"
	"fmt"
	"math/big"
	"strconv"
	"strings"

	"commun/engines/tally"
)

// The names of the rules that this package counts.
const (
	Approval          = "approval"
	Plurality         = "plurality"
	Score             = "score"
	MajorityJudgment  = "majority-judgment"
	Schulze           = "schulze"
	Debian            = "debian"
	RankedPairs       = "ranked-pairs"
	STVScottish       = "stv-scottish"
	STVMeek           = "stv-meek"
	CommitteePhragmen = "committee-phragmen"
	CommitteeShares   = "committee-shares"
	DHondt            = "dhondt"
	SainteLague       = "sainte-lague"
	LargestRemainder  = "largest-remainder"
)

// DefaultTies is the order between equals that a rule has when its text says none: more first preferences (or approvals, or points), then
// the id compared as bytes.
const DefaultTies = "votes/id"

// Rules are the rules of this package with their keys, defaults and sources. The slice is new each time.
func Rules() tally.Specs {
	ties := tally.Key{Name: "ties", Default: DefaultTies, Check: checkTies,
		Says: "order between equals: votes, fewer, id, lot:SEED joined by /, or open to list every outcome"}
	turnout := tally.Key{Name: "turnout", Default: "0", Check: checkWhole, Says: "valid ballots without which nobody is elected"}
	least := tally.Key{Name: "least", Default: "0", Check: checkWhole, Says: "votes without which a candidate is not elected"}
	over := tally.Key{Name: "over", Default: "none", Check: checkOver,
		Says: "the part of the valid ballots that an elected candidate's votes must pass, as 1/2; none asks for no such part"}
	missing := func(def, says string) tally.Key {
		return tally.Key{Name: "missing", Default: def, Values: []string{def, "leave"}, Says: says}
	}
	strength := func(def string) tally.Key {
		return tally.Key{Name: "strength", Default: def, Values: []string{"winning", "margins"},
			Says: "what makes a victory strong: the votes for it, and between equal ones fewer against it (winning), or the votes for less those against (margins)"}
	}
	gaps := func(def string) tally.Key {
		return tally.Key{Name: "gaps", Default: def, Values: []string{"end", "skip"},
			Says: "ballots with ranks: a rank that nobody has ends the ballot, or is passed over; a rank that two share ends it always"}
	}
	threshold := tally.Key{Name: "threshold", Default: "0", Check: checkPercent, Says: "percent of the valid ballots that a list must have, or it gets no seat"}
	ranked := []tally.Kind{tally.Ordinal, tally.Weak}
	approvals := []tally.Kind{tally.Approval, tally.ChooseOne}
	lists := []tally.Kind{tally.ChooseOne, tally.Ordinal}
	return tally.Specs{
		{Name: Approval, Elects: true, Title: "Approval voting", Keys: []tally.Key{least, over, turnout, ties}, Ballots: approvals,
			Source: "Brams and Fishburn, Approval voting (1978)"},
		{Name: Plurality, Elects: true, Title: "Most first votes", Keys: []tally.Key{least, over, turnout, ties},
			Ballots: []tally.Kind{tally.ChooseOne, tally.Ordinal}, Source: "custom; over=1/2 is the absolute majority of a first round"},
		{Name: Score, Elects: true, Title: "Score voting", Ballots: []tally.Kind{tally.Scoring, tally.Cumulative},
			Keys:   []tally.Key{missing("zero", "a candidate without points on a ballot: has zero, or the mean is over the ballots that give points"), turnout, ties},
			Source: "Smith, Range voting (2000)"},
		{Name: MajorityJudgment, Elects: true, Title: "Majority judgment", Ballots: []tally.Kind{tally.Scoring},
			Keys:   []tally.Key{missing("lowest", "a candidate without a mention on a ballot: has the lowest, or that ballot is left out for it"), turnout, ties},
			Source: "Balinski and Laraki, Majority judgment (2011), chapters 1 and 13"},
		{Name: Schulze, Elects: true, Title: "Schulze method", Keys: []tally.Key{strength("winning"), turnout, ties}, Ballots: ranked,
			Source: "Schulze, A new monotonic, clone-independent, reversal symmetric, and Condorcet-consistent single-winner election method (2011)"},
		{Name: Debian, Elects: true, Title: "Debian's resolution procedure", Ballots: []tally.Kind{tally.Weak, tally.Ordinal},
			Keys: []tally.Key{{Name: "default", Default: "last", Check: checkAny, Says: "the id of the default option; last is the last one on the ballot"},
				{Name: "quorum", Default: "0", Check: checkNumber, Says: "how many must prefer an option to the default option, R of the constitution"},
				{Name: "majority", Default: "1", Check: checkMajority, Says: "the ratio by which options must defeat the default option; other ratios for some follow as ;ID:RATIO"},
				{Name: "ratio", Default: "at-least", Values: []string{"at-least", "above"},
					Says: "how the ratio N is met: V(A,D) ≥ N × V(D,A) and V(A,D) > V(D,A), as the constitution has it since 1.6 (2015), or V(A,D) > N × V(D,A), as it had it from 1.1 (2003) to 1.5"}, turnout, ties},
			Source: "Constitution of the Debian Project, 1.9 (2022), A.5 vote counting (A.6 until 1.7)"},
		{Name: RankedPairs, Elects: true, Title: "Ranked pairs", Keys: []tally.Key{strength("margins"), turnout, ties}, Ballots: ranked,
			Source: "Tideman, Independence of clones as a criterion for voting rules (1987); order of equal pairs: Zavist and Tideman (1989)"},
		{Name: STVScottish, Elects: true, Title: "Single transferable vote, Scottish rules", Keys: []tally.Key{gaps("end"), turnout, ties}, Ballots: ranked,
			Source: "Scottish Local Government Elections Order 2011 (SSI 2011/399), schedule 1, rules 46 to 53"},
		{Name: STVMeek, Elects: true, Title: "Single transferable vote, Meek's method", Ballots: ranked,
			Keys: []tally.Key{gaps("skip"), {Name: "places", Default: "9", Values: []string{"6", "7", "8", "9"}, Says: "decimals that are kept of votes and keep values"},
				{Name: "omega", Default: "6", Values: []string{"3", "4", "5", "6"}, Says: "surplus is moved until less than 1/10^omega of a vote is left, 10 at least places"}, turnout, ties},
			Source: "Hill, Wichmann and Woodall, Algorithm 123: single transferable vote by Meek's method (1987), in whole numbers"},
		{Name: CommitteePhragmen, Elects: true, Title: "Sequential Phragmén", Keys: []tally.Key{turnout, ties}, Ballots: approvals,
			Source: "Phragmén (1894); Brill, Freeman, Janson and Lackner, Phragmén's voting methods and justified representation (2017)"},
		{Name: CommitteeShares, Elects: true, Title: "Method of equal shares for committees", Ballots: approvals,
			Keys: []tally.Key{{Name: "completion", Default: "add1-greedy", Values: []string{"none", "greedy", "add1", "add1-exhaustive", "add1-greedy"},
				Says: "seats still empty: stay so; go to the most approved; add1 raises every share by the step until the next step would fill a seat too many; add1-exhaustive stops at the first step that fills all; add1-greedy is add1, then greedy"},
				{Name: "step", Default: "1", Check: checkStep, Says: "by how much add1 raises a share, in percent of the first share"}, turnout, ties},
			Source: "Peters and Skowron, Proportionality and the limits of welfarism (2020), there rule X"},
		{Name: DHondt, Elects: true, Title: "Party lists, d'Hondt", Keys: []tally.Key{threshold, turnout, ties}, Ballots: lists,
			Source: "D'Hondt (1882); in France the rule of the highest average"},
		{Name: SainteLague, Elects: true, Title: "Party lists, Sainte-Laguë", Keys: []tally.Key{threshold, turnout, ties}, Ballots: lists,
			Source: "Sainte-Laguë, La représentation proportionnelle et la méthode des moindres carrés (1910)"},
		{Name: LargestRemainder, Elects: true, Title: "Party lists, largest remainder", Ballots: lists,
			Keys: []tally.Key{{Name: "quota", Default: "hare", Values: []string{"hare", "droop"},
				Says: "votes for one seat: votes / seats (hare), or the whole part of votes / (seats + 1), plus one (droop)"}, threshold, turnout, ties},
			Source: "Hare (1857), Hamilton (1791); Droop (1881)"},
	}
}

// counts is what counts by the rule of a name.
func counts(name string) func(*counter) {
	switch name {
	case Approval, Plurality:
		return (*counter).countVotes
	case Score:
		return (*counter).countScore
	case MajorityJudgment:
		return (*counter).countJudgment
	case Schulze:
		return (*counter).countSchulze
	case Debian:
		return (*counter).countDebian
	case RankedPairs:
		return (*counter).countRankedPairs
	case STVScottish:
		return (*counter).countScottish
	case STVMeek:
		return (*counter).countMeek
	case CommitteePhragmen, CommitteeShares:
		return (*counter).countCommittee
	case DHondt, SainteLague:
		return (*counter).countDivisors
	}
	return (*counter).countRemainders
}

func checkTies(s string) error {
	t, err := tally.ParseTies(s)
	if err != nil {
		return err
	}
	for _, k := range t.Keys {
		if k == "cost" || k == "dear" {
			return fmt.Errorf("%q means nothing in an election; there are votes, fewer, id, lot:SEED, open", k)
		}
	}
	return nil
}

func checkAny(s string) error {
	if s == "" {
		return errors.New("no id")
	}
	return nil
}

func checkWhole(s string) error {
	if n, err := strconv.ParseInt(s, 10, 64); err != nil || n < 0 || strconv.FormatInt(n, 10) != s {
		return fmt.Errorf("%q is no whole number from 0", s)
	}
	return nil
}

func checkStep(s string) error {
	if err := checkWhole(s); err != nil {
		return err
	}
	if whole(s) < 1 || whole(s) > 100 {
		return fmt.Errorf("%q is not between 1 and 100", s)
	}
	return nil
}

// whole reads what checkWhole has passed; "" is 0.
func whole(s string) int64 { n, _ := strconv.ParseInt(s, 10, 64); return n }

// number reads a decimal or a fraction that is not negative, and short enough to be meant.
func number(s string) (*big.Rat, error) {
	if len(s) > 40 {
		return nil, fmt.Errorf("%.40q… is too long for a number", s)
	}
	n, err := tally.ParseNumber(s)
	if err != nil {
		return nil, err
	}
	if n.Rat().Sign() < 0 {
		return nil, fmt.Errorf("%q is below zero", s)
	}
	return n.Rat(), nil
}

func checkNumber(s string) error { _, err := number(s); return err }

func checkOver(s string) error {
	if s == "none" {
		return nil
	}
	r, err := number(s)
	if err == nil && r.Cmp(big.NewRat(1, 1)) >= 0 {
		err = fmt.Errorf("%q is no part below 1", s)
	}
	return err
}

func checkPercent(s string) error {
	r, err := number(s)
	if err == nil && r.Cmp(big.NewRat(100, 1)) > 0 {
		err = fmt.Errorf("%q is more than 100", s)
	}
	return err
}

func checkMajority(s string) error { _, _, err := majorities(s); return err }

// majorities reads RATIO;ID:RATIO;… A ratio is at least 1.
func majorities(s string) (*big.Rat, map[string]*big.Rat, error) {
	parts := strings.Split(s, ";")
	ratio := func(s string) (*big.Rat, error) {
		r, err := number(s)
		if err == nil && r.Cmp(big.NewRat(1, 1)) < 0 {
			err = fmt.Errorf("%q is below 1", s)
		}
		return r, err
	}
	all, err := ratio(parts[0])
	if err != nil {
		return nil, nil, err
	}
	some := map[string]*big.Rat{}
	for _, p := range parts[1:] {
		i := strings.LastIndexByte(p, ':')
		if i < 1 {
			return nil, nil, fmt.Errorf("%q is not ID:RATIO", p)
		}
		if some[p[:i]] != nil {
			return nil, nil, fmt.Errorf("%q stands twice", p[:i])
		}
		if some[p[:i]], err = ratio(p[i+1:]); err != nil {
			return nil, nil, err
		}
	}
	return all, some, nil
}
