package tally

import (
	"errors"
	"slices"
	"strings"
	"testing"
)

// By hand. North has 60, South 40. Six voters name n1 n2 (30 each), n1 or both; four name s1, s2 (25 each), and one of the six s2 too. As one
// count with caps a northern share pays for what all choose; as separate counts the money of the South is of those five who vote there.
func separated(t *testing.T, how Separation) *Instance {
	t.Helper()
	in := town(t, 100, map[string]int64{"n1": 30, "n2": 30, "s1": 25, "s2": 25}, "5 n1 n2", "1 n1 s2", "4 s1 s2", "2")
	in.Limits = Constraints{Separate: how, Envelopes: []Envelope{{"district North", 60, []int{0, 1}}, {"district South", 40, []int{2, 3}}}}
	return in
}

func TestDistrictsAreCountsOfTheirOwn(t *testing.T) {
	in := separated(t, SeparateNamed)
	res := count(t, in, "equal-shares,completion=none", Options{Fairness: true, Missing: MissingFound})
	// North: six hold 10 each; n1 takes 5 of each, n2 costs 30 and its five have 25. South: five hold 8; s2 takes 5 of each, s1's four have 12.
	if got := strings.Join(res.Winners, " "); got != "n1 s2" || res.Cost.String() != "55" || res.Voters != 12 {
		t.Fatalf("got %s for %s", got, res.Cost)
	}
	if len(res.Parts) != 2 || res.Parts[0].Name != "district North" || res.Parts[0].Voters != 6 || res.Parts[0].Share.String() != "10" ||
		res.Parts[1].Voters != 5 || res.Parts[1].Share.String() != "8" {
		t.Fatalf("%+v", res.Parts)
	}
	if len(res.Rounds) != 2 || res.Rounds[1].Part != "district South" || res.Projects[2].Won || res.Projects[2].Reason.Key != "tally.lost.shares" {
		t.Fatalf("%+v", res)
	}
	if res.Fairness.WithNothing != 2 {
		t.Fatalf("only the two empty ballots got nothing, %d counted", res.Fairness.WithNothing)
	}
	// All in each: twelve hold 5 of the North and 40/12 of the South. n1 takes 5 of six; n2's five have nothing left. South: s2's five have 16.67.
	if got := count(t, separated(t, SeparateAll), "equal-shares,completion=none", Options{}).Winners; !slices.Equal(got, []string{"n1"}) {
		t.Fatalf("got %v", got)
	}
	// Who voted in both holds a share of each: 5 for n1 of 10, 5 for s2 of 8.
	rule, _ := Rules().Parse("equal-shares,completion=none")
	for g := range in.Ballots.Mult {
		if c := in.Ballots.Choices(g); len(c) == 2 && c[0] == 0 && c[1] == 3 {
			rep, err := ExplainBallot(in, rule, g)
			if err != nil || rep.Share.String() != "18" || rep.Spent.String() != "10" || rep.Left.String() != "8" || rep.Won != 2 {
				t.Fatalf("%+v %v", rep, err)
			}
		}
	}
	if d, err := Recount(in, res, 1); d != "" || err != nil {
		t.Fatal(d, err)
	}
}

// Each part is what it is alone: counted from an instance that holds nothing else.
func TestAPartIsWhatItIsAlone(t *testing.T) {
	north := town(t, 60, map[string]int64{"n1": 30, "n2": 30}, "5 n1 n2", "1 n1")
	south := town(t, 40, map[string]int64{"s1": 25, "s2": 25}, "1 s2", "4 s1 s2")
	for _, rule := range []string{"greedy", "equal-shares", "phragmen,stop=skip", "equal-shares,completion=add1-greedy", "bounded-overspending", "greedy,ties=open"} {
		res := count(t, separated(t, SeparateNamed), rule, Options{})
		want := slices.Concat(count(t, north, rule, Options{}).Winners, count(t, south, rule, Options{}).Winners)
		if !slices.Equal(res.Winners, want) {
			t.Errorf("%s: %v, alone %v", rule, res.Winners, want)
		}
	}
}

func TestSeparateCountsRefuseWhatCannotBe(t *testing.T) {
	for name, change := range map[string]func(*Constraints){
		"more than the budget":         func(c *Constraints) { c.Envelopes[0].Budget = 61 },
		"a project in two":             func(c *Constraints) { c.Envelopes[0].Projects = []int{0, 1, 2} },
		"a group across":               func(c *Constraints) { c.Groups = [][]int{{0, 2}} },
		"a need across":                func(c *Constraints) { c.Needs = []Need{{0, 2}} },
		"a separation that is unknown": func(c *Constraints) { c.Separate = "some" },
	} {
		in := separated(t, SeparateNamed)
		change(&in.Limits)
		rule, _ := Rules().Parse("greedy")
		if _, err := Count(in, rule, Options{}); !errors.Is(err, ErrConstraints) {
			t.Errorf("%s: %v", name, err)
		}
	}
	in := separated(t, Together)
	for i := range in.Projects {
		in.Projects[i].Districts = []string{map[bool]string{true: "North", false: "South"}[i < 2]}
	}
	c, err := ReadConstraints(strings.NewReader(`{"district": {"North": 60}, "separate": "named"}`), in)
	if err != nil {
		t.Fatal(err)
	}
	in.Limits = c // the South, in no envelope, has what is left
	res := count(t, in, "equal-shares,completion=none", Options{})
	if res.Parts[0].Name != "" || res.Parts[0].Budget.String() != "40" || strings.Join(res.Winners, " ") != "s2 n1" {
		t.Fatalf("%+v %v", res.Parts, res.Winners)
	}
	if _, err := ReadConstraints(strings.NewReader(`{"separate": "perhaps"}`), in); !errors.Is(err, ErrConstraints) {
		t.Fatal(err)
	}
}

// The key parts of a rule takes the budgets that the file gives, and gives what the same constraints give.
func TestPartsOfTheFile(t *testing.T) {
	for _, c := range []struct {
		key string
		how Separation
	}{{"district", SeparateNamed}, {"district-all", SeparateAll}} {
		want := count(t, separated(t, c.how), "equal-shares,completion=none", Options{Fairness: true})
		in := separated(t, Together)
		in.Limits = Constraints{}
		in.Own = []OwnBudget{{PartDistrict, "South", 40}, {PartDistrict, "North", 60}, {PartCategory, "parks", 10}}
		for p, d := range []string{"North", "North", "South", "South"} {
			in.Projects[p].Districts = []string{d}
		}
		got := count(t, in, "equal-shares,completion=none,parts="+c.key, Options{Fairness: true})
		if d, err := Recount(in, got, 1); d != "" || err != nil {
			t.Fatal(d, err)
		}
		got.Rule = want.Rule
		if d, err := Difference(want, got); d != "" || err != nil {
			t.Errorf("%s: %s %v", c.key, d, err)
		}
		in.Limits.Envelopes = []Envelope{{"district North", 60, []int{0, 1}}}
		rule, _ := Rules().Parse("greedy,parts=district")
		if _, err := Count(in, rule, Options{}); !errors.Is(err, ErrConstraints) {
			t.Errorf("budgets from two sides: %v", err)
		}
		in.Limits, in.Own = Constraints{}, in.Own[2:]
		if _, err := Count(in, rule, Options{}); !errors.Is(err, ErrConstraints) {
			t.Errorf("no district has a budget: %v", err)
		}
	}
}
