package college

import (
	"errors"
	"fmt"
	"maps"
	"math/big"
	"slices"
	"strconv"
	"strings"
	"time"

	"commun/engines/tally"
)

// The names of the rules of this package.
const (
	Colleges = "college"
	SCICRule = "scic"
)

// Rules are the rules of this package with their keys, defaults and sources, written as those of [tally.Rules]. Names and numbers in a list are
// NAME:NUMBER joined by +; a part is written 49%, 0.49 or 49/100. The slice is new each time.
func Rules() tally.Specs {
	weights := tally.Key{Name: "weights", Default: "equal", Check: checkList("equal", false, positive),
		Says: "what each college weighs, COLLEGE:NUMBER joined by +; equal: all the same, of 100 together"}
	caps := tally.Key{Name: "caps", Default: "none", Check: checkList("none", false, partOf1),
		Says: "groups that never weigh more than this part of the votes cast, GROUP:PART joined by +; the group * is each group of the table"}
	quorum := tally.Key{Name: "quorum", Default: "none", Check: checkList("none", true, partOf1),
		Says: "the part of the members who must take part: PART of all, COLLEGE:PART of one college, *:PART of each, joined by +"}
	counts := tally.Key{Name: "counts", Default: "represented", Values: []string{"represented", "present"},
		Says: "who takes part for the quorum: those whose delegate votes too (represented), or only who votes themselves (present)"}
	majority := tally.Key{Name: "majority", Default: "1/2", Check: checkPart, Says: "the part that the winner must pass"}
	met := tally.Key{Name: "met", Default: "above", Values: []string{"above", "at-least"}, Says: "how the majority is met: above it, or just reached"}
	delegation := tally.Key{Name: "delegation", Default: "yes", Values: []string{"yes", "no"}, Says: "whether votes may be given to others"}
	depth := tally.Key{Name: "depth", Default: "0", Check: checkCount, Says: "from hand to hand so often at most; 1: a delegate cannot pass votes on; 0: any"}
	cycle := tally.Key{Name: "cycle", Default: "drop", Values: []string{"drop", "abstain"}, Says: "votes that go in a circle: not cast (drop), or abstentions (abstain)"}
	carry := tally.Key{Name: "carry", Default: "0", Check: checkCount, Says: "members for whom one delegate may vote; 0: any number"}
	topic := tally.Key{Name: "topic", Default: "any", Check: checkTopic, Says: "what is voted on: a delegation for this topic comes before one for all; those for other topics do not hold"}
	day := tally.Key{Name: "day", Default: "none", Check: checkDayKey, Says: "the day of the vote, as 2026-11-25: it decides which delegations hold"}
	kinds := []tally.Kind{tally.ChooseOne}
	return tally.Specs{
		{Name: Colleges, Title: "Weighted colleges with caps", Elects: true, Ballots: kinds, Source: "the statutes of an assembly; caps: max-min fair shares, Bertsekas and Gallager, Data networks (1992), section 6.5",
			Keys: []tally.Key{weights, caps,
				{Name: "college-caps", Default: "none", Check: checkList("none", false, partOf1), Says: "colleges that never weigh more than this part of the votes cast, COLLEGE:PART joined by +; * is each college"},
				{Name: "silent", Default: Spread, Values: []string{Spread, SpreadEqually, Lost}, Says: "the weight of a college where nobody votes: goes to the others by their weights (spread) or in equal parts (spread-equally), or is lost"},
				{Name: "abstentions", Default: Out, Values: []string{Out, In}, Says: "whether an abstention is a vote cast: in or out"},
				majority, {Name: "of", Default: "cast", Values: []string{"cast", "all"}, Says: "what the majority is a part of: the votes cast, or the weights of all colleges"}, met,
				quorum, counts, delegation, depth, cycle, carry, topic, day}},
		{Name: SCICRule, Title: "Colleges of a SCIC", Elects: true, Ballots: kinds, Source: "French law 47-1775 of 10 September 1947, articles 19 quinquies and after",
			Keys: []tally.Key{weights, caps, majority, met, quorum, counts, delegation, depth, cycle, carry, topic, day}},
	}
}

// Mistake is what of a rule does not fit the members; Says tells how to mend it. errors.Is tells it as [ErrStatutes].
type Mistake struct{ Says tally.Message }

func (m *Mistake) Error() string { return m.Says.Text }

// Unwrap is ErrStatutes.
func (m *Mistake) Unwrap() error { return ErrStatutes }

func mistake(key string, a args) error { return &Mistake{tally.Say(Sentences, key, a)} }

// item is one NAME:NUMBER of a list; the name may be empty where a list allows it.
type item struct {
	name  string
	value *big.Rat
}

var errList = errors.New("not NAME:NUMBER joined by +")

func parseList(text string, bare bool) ([]item, error) {
	var list []item
	for x := range strings.SplitSeq(text, "+") {
		name, number := "", x
		if i := strings.LastIndexByte(x, ':'); i >= 0 {
			name, number = strings.TrimSpace(x[:i]), x[i+1:]
		}
		if name == "" && (!bare || strings.Contains(x, ":")) {
			return nil, fmt.Errorf("%q: %w", x, errList)
		}
		v, err := parsePart(number)
		if err != nil {
			return nil, fmt.Errorf("%q: %w", x, err)
		}
		if slices.ContainsFunc(list, func(o item) bool { return o.name == name }) {
			return nil, fmt.Errorf("%q stands twice", name)
		}
		list = append(list, item{name, v})
	}
	return list, nil
}

// parsePart reads 49%, 0.49 or 49/100.
func parsePart(text string) (*big.Rat, error) {
	number, percent := strings.CutSuffix(strings.TrimSpace(text), "%")
	n, err := tally.ParseNumber(strings.TrimSpace(number))
	if err != nil {
		return nil, err
	}
	r := n.Rat()
	if percent {
		r.Quo(r, big.NewRat(100, 1))
	}
	return r, nil
}

func positive(r *big.Rat) error {
	if r.Sign() <= 0 {
		return fmt.Errorf("%s is not above 0", r.RatString())
	}
	return nil
}

func partOf1(r *big.Rat) error { return part("part", tally.Exactly(r)) }

func checkList(none string, bare bool, each func(*big.Rat) error) func(string) error {
	return func(text string) error {
		if text == none {
			return nil
		}
		list, err := parseList(text, bare)
		for _, x := range list {
			err = errors.Join(err, each(x.value))
		}
		return err
	}
}

func checkPart(text string) error {
	r, err := parsePart(text)
	if err != nil {
		return err
	}
	return partOf1(r)
}

func checkCount(text string) error {
	if n, err := strconv.Atoi(text); err != nil || n < 0 || strconv.Itoa(n) != text {
		return fmt.Errorf("%q is no whole number from 0", text)
	}
	return nil
}

func checkTopic(text string) error {
	if strings.TrimSpace(text) == "" {
		return errors.New("no topic")
	}
	return nil
}

func checkDayKey(text string) error {
	if text == "none" {
		return nil
	}
	if _, err := time.Parse("2006-01-02", text); err != nil {
		return fmt.Errorf("%q is no day as 2026-11-25", text)
	}
	return nil
}

// FromRule makes the statutes that a rule of [Rules] says, for these members: colleges are those of its weights, or else those where
// somebody sits. Errors: those of [tally.Specs.Parse], a [Mistake] where a name of the rule is nobody's.
func FromRule(r tally.Rule, members []Member) (Statutes, error) {
	r, err := Rules().Parse(r.String())
	if err != nil {
		return Statutes{}, err
	}
	sits, groups := map[string]bool{}, map[string]bool{}
	for _, m := range members {
		for _, s := range m.Seats {
			sits[s.College] = true
		}
		for _, g := range m.Groups {
			groups[g] = true
		}
	}
	colleges, err := weighted(r.Get("weights"), slices.Sorted(maps.Keys(sits)))
	if err != nil {
		return Statutes{}, err
	}
	s := Statutes{Colleges: colleges, Silent: r.Get("silent"), Abstentions: r.Get("abstentions"), Majority: Majority{Of: r.Get("of")}}
	if r.Name == SCICRule {
		s = SCIC(colleges)
	}
	over, _ := parsePart(r.Get("majority")) // was checked
	s.Majority.Over, s.Majority.Reach = tally.Exactly(over), r.Get("met") == "at-least"
	if s.Caps, err = capped(s.Caps, r, colleges, slices.Sorted(maps.Keys(groups))); err != nil {
		return Statutes{}, err
	}
	if text := r.Get("quorum"); text != "none" {
		list, _ := parseList(text, true) // was checked
		for _, q := range list {
			if q.name != "" && q.name != "*" && !among(colleges, q.name) {
				return Statutes{}, mistake("college.mistake.college", args{"key": "quorum", "college": q.name, "known": names(colleges)})
			}
			s.Quorums = append(s.Quorums, Quorum{College: q.name, Least: tally.Exactly(q.value), Counts: r.Get("counts")})
		}
	}
	if r.Get("delegation") == "yes" {
		depth, _ := strconv.Atoi(r.Get("depth")) // was checked, as is carry
		carry, _ := strconv.Atoi(r.Get("carry"))
		s.Delegation = Delegations{Allowed: true, Depth: depth, Cycle: r.Get("cycle"), Most: carry}
	}
	return s, nil
}

// weighted are the colleges of a rule's weights.
func weighted(text string, sits []string) ([]College, error) {
	var colleges []College
	if text == "equal" {
		for _, id := range sits {
			colleges = append(colleges, College{ID: id, Weight: tally.Fraction(100, int64(len(sits)))})
		}
		return colleges, nil
	}
	list, _ := parseList(text, false) // was checked
	for _, x := range list {
		colleges = append(colleges, College{ID: x.name, Weight: tally.Exactly(x.value)})
	}
	for _, id := range sits {
		if !among(colleges, id) {
			return nil, mistake("college.mistake.weight", args{"college": id, "known": names(colleges)})
		}
	}
	return colleges, nil
}

// capped adds the caps that a rule names.
func capped(caps []Cap, r tally.Rule, colleges []College, groups []string) ([]Cap, error) {
	if text := r.Get("caps"); text != "none" {
		list, _ := parseList(text, false) // was checked
		for _, x := range list {
			switch {
			case x.name == "*":
				for _, g := range groups {
					if !slices.ContainsFunc(list, func(o item) bool { return o.name == g }) {
						caps = append(caps, Cap{Group: g, Most: tally.Exactly(x.value)})
					}
				}
			case !slices.Contains(groups, x.name):
				return nil, mistake("college.mistake.group", args{"group": x.name, "known": groups})
			default:
				caps = append(caps, Cap{Group: x.name, Most: tally.Exactly(x.value)})
			}
		}
	}
	if text := r.Get("college-caps"); text != "none" && text != "" {
		list, _ := parseList(text, false) // was checked
		for _, x := range list {
			if x.name != "*" && !among(colleges, x.name) {
				return nil, mistake("college.mistake.college", args{"key": "college-caps", "college": x.name, "known": names(colleges)})
			}
			for _, c := range colleges {
				own := slices.ContainsFunc(list, func(o item) bool { return o.name == c.ID })
				if c.ID == x.name || x.name == "*" && !own {
					caps = append(caps, Cap{College: c.ID, Most: tally.Exactly(x.value)})
				}
			}
		}
	}
	return caps, nil
}

func among(colleges []College, id string) bool {
	return slices.ContainsFunc(colleges, func(c College) bool { return c.ID == id })
}

func names(colleges []College) []string {
	list := make([]string, len(colleges))
	for i, c := range colleges {
		list[i] = c.ID
	}
	return list
}

// CountBy counts a vote of these members by a rule of [Rules]; topic and day are the rule's. The result carries the rule and, for a SCIC, what
// in the assembly is against the law. Errors: those of [FromRule] and [Count], and a [Mistake] where delegations do not fit the rule.
func CountBy(r tally.Rule, members []Member, v *Vote) (*Result, error) {
	s, err := FromRule(r, members)
	if err != nil {
		return nil, fmt.Errorf("count by %s: %w", r.Name, err)
	}
	if r, err = Rules().Parse(r.String()); err != nil {
		return nil, err
	}
	vote := *v
	if vote.Topic = r.Get("topic"); vote.Topic == "any" {
		vote.Topic = ""
	}
	if vote.Date = r.Get("day"); vote.Date == "none" {
		vote.Date = ""
	}
	for _, d := range vote.Delegations {
		if !s.Delegation.Allowed {
			return nil, mistake("college.mistake.delegation", args{"member": d.From, "delegate": d.To})
		}
		if vote.Date == "" && d.Since+d.Until != "" {
			return nil, mistake("college.mistake.day", args{"member": d.From, "delegate": d.To})
		}
	}
	a := &Assembly{Statutes: s, Members: members}
	res, err := Count(a, &vote)
	if err != nil {
		return nil, fmt.Errorf("count by %s: %w", r.Name, err)
	}
	res.Rule = r
	if r.Name == SCICRule {
		res.Notes = CheckSCIC(a)
	}
	return res, nil
}
