package tally

import (
	"encoding/json"
	"errors"
	"math/rand/v2"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// town is a small budget: costs by id, and ballots as "3 a b" (times, choices).
func town(t *testing.T, budget int64, costs map[string]int64, ballots ...string) *Instance {
	t.Helper()
	in := &Instance{Budget: budget}
	index := map[string]int32{}
	ids := []string{}
	for id := range costs {
		ids = append(ids, id)
	}
	slices.Sort(ids)
	for i, id := range ids {
		index[id] = int32(i)
		in.Projects = append(in.Projects, Project{ID: id, Cost: costs[id]})
	}
	b, err := NewBuilder(Approval, len(ids), true)
	if err != nil {
		t.Fatal(err)
	}
	for _, line := range ballots {
		f := strings.Fields(line)
		var choices []int32
		for _, id := range f[1:] {
			choices = append(choices, index[id])
		}
		if _, err := b.AddTimes(choices, nil, uint32(atoi(f[0]))); err != nil {
			t.Fatal(err)
		}
	}
	in.Ballots = b.Done()
	return in
}

func count(t *testing.T, in *Instance, rule string, o Options) *Result {
	t.Helper()
	r, err := Rules().Parse(rule)
	if err != nil {
		t.Fatal(err)
	}
	res, err := Count(in, r, o)
	if err != nil {
		t.Fatal(err)
	}
	return res
}

// Counted by hand. A town of 10 voters and 100: each holds 10. The six of the north want n1, n2 (30 each), the four of the south s (40).
// Greedy spends all in the north first (n1, n2 with 6 votes, cost 60) and then 40 in the south: both fit. With a third project in the north
// of 40, greedy gives the south nothing: 30+30+40. Equal shares: n1 at 30/6 = 5 each, s at 40/4 = 10 each: ρ of n1 = 5/30, of s = 10/40, of
// n3 = (40/6)/40, all by votes: n1, n2 and n3 have 6 effective votes; fewer cost first: n1, then n2 (5+5 = 10, the north has nothing left),
// then s with 4. n3 is lost: its supporters have 0 left.
func TestATownByHand(t *testing.T) {
	costs := map[string]int64{"n1": 30, "n2": 30, "n3": 40, "s": 40}
	in := town(t, 100, costs, "6 n1 n2 n3", "4 s")
	for _, c := range []struct {
		rule string
		want string
	}{
		{"greedy", "n1 n2 n3"},
		{"equal-shares,completion=none", "n1 n2 s"},
		{"equal-shares", "n1 n2 s"},
		{"phragmen", "n1 n2 s"},         // at 5, 10 and 10: n3 would come at (60+40)/6
		{"greedy-per-cost", "n1 n2 n3"}, // 6/30, 6/30, 6/40, 4/40
		{"greedy-threshold,votes=7", ""},
		{"equal-shares,completion=none,comparison=satisfaction", "n1 n2 n3"}, // six voters have one more there, four one less
		{"equal-shares,completion=none,comparison=exclusion", "n1 n2 s"},
	} {
		t.Run(c.rule, func(t *testing.T) {
			res := count(t, in, c.rule, Options{Fairness: true})
			if got := strings.Join(res.Winners, " "); got != c.want {
				t.Fatalf("got %s, want %s", got, c.want)
			}
			if strings.HasPrefix(c.rule, "greedy") && c.want != "" && len(res.Fairness.EJRPlus) == 0 {
				t.Fatal("the south holds 40 of 100 and could pay for s: that violates EJR+")
			}
			if strings.HasPrefix(c.rule, "equal-shares,completion=none") && c.want == "n1 n2 s" && len(res.Fairness.EJRPlus) != 0 {
				t.Fatalf("equal shares satisfies EJR+, but %+v", res.Fairness.EJRPlus)
			}
		})
	}
}

// The comparison step counts voters who get nothing from one side: three want A (cost 100 = budget), two want B (40). A tool that is widely
// used skips them and keeps B.
func TestComparisonCountsThoseWithNothing(t *testing.T) {
	in := town(t, 100, map[string]int64{"A": 100, "B": 40}, "3 A", "2 B")
	if got := count(t, in, "equal-shares,completion=none", Options{}).Winners; !slices.Equal(got, []string{"B"}) {
		t.Fatalf("equal shares buy %v, want B: its two hold 40", got)
	}
	if got := count(t, in, "equal-shares,completion=none,comparison=satisfaction", Options{}).Winners; !slices.Equal(got, []string{"A"}) {
		t.Fatalf("got %v, want A: three prefer it, two do not", got)
	}
}

// A share of exactly the cost over the votes is enough; the smallest unit less is not.
func TestExactlyEnoughIsEnough(t *testing.T) {
	for _, c := range []struct {
		budget int64
		want   int
	}{{700_000_000_000_007, 1}, {700_000_000_000_006, 0}} {
		in := town(t, c.budget, map[string]int64{"a": 300_000_000_000_003}, "3 a", "4")
		if got := len(count(t, in, "equal-shares,completion=none", Options{}).Winners); got != c.want {
			t.Fatalf("budget %d: %d winners, want %d", c.budget, got, c.want)
		}
	}
}

// A step that is tiny beside the shares is skipped over, not walked: 10^12 with steps of 1, counted at once.
func TestTinyStepsTakeNoTime(t *testing.T) {
	in := town(t, 1_000_000_000_000, map[string]int64{"a": 400_000_000_001, "b": 300_000_000_000, "c": 350_000_000_007, "d": 100_000_000_000},
		"3 a b", "2 b c", "4 c", "1 d a")
	for _, workers := range []int{1, 2} {
		res := count(t, in, "equal-shares", Options{Workers: workers})
		if res.Steps < 1_000_000 {
			t.Fatalf("%d steps", res.Steps)
		}
		// The definition agrees at the end and one step on.
		c, _ := newCounter(in, res.Rule, Options{})
		s := newSlow(in, "cost", c.rank, false)
		at := c.shares.share(int64(res.Steps))
		won, _ := s.equalShares(bigRat(at, 10))
		if len(won) != len(res.Winners) {
			t.Fatalf("definition has %d winners, count %d", len(won), len(res.Winners))
		}
		next, _ := s.equalShares(bigRat(c.shares.share(int64(res.Steps)+1), 10))
		if (&plainKeeper{in, next}).cost() <= in.Budget {
			t.Fatal("one step more still fits")
		}
	}
}

func TestTheOrderOfBallotsChangesNothing(t *testing.T) {
	for seed := range 300 {
		r := rand.New(rand.NewPCG(uint64(seed), 5))
		kind := []Kind{Approval, Cumulative, Ordinal}[r.IntN(3)]
		in := randomInstance(r, kind)
		if in.Budget > 1_000_000 {
			continue
		}
		rule := randomRule(r, kind)
		b, _ := NewBuilder(kind, len(in.Projects), false)
		var flat []int
		for g, m := range in.Ballots.Mult {
			for range m {
				flat = append(flat, g)
			}
		}
		for _, i := range r.Perm(len(flat)) {
			var c []int32
			for _, x := range in.Ballots.Choices(flat[i]) {
				c = append(c, int32(x))
			}
			p := in.Ballots.PointsOf(flat[i])
			if kind.HasPoints() && p == nil {
				p = []int32{}
			}
			if _, err := b.Add(c, p); err != nil {
				t.Fatal(err)
			}
		}
		other := *in
		other.Ballots = b.Done()
		x, err := Count(in, rule, Options{Fairness: true})
		if err != nil {
			t.Fatal(err)
		}
		y, err := Count(&other, rule, Options{Fairness: true, Workers: 1})
		if err != nil {
			t.Fatal(err)
		}
		if d, err := Difference(x, y); d != "" || err != nil {
			t.Fatalf("seed %d: %s: %s %v", seed, rule, d, err)
		}
	}
}

func TestWhatALoserLacks(t *testing.T) {
	in := town(t, 100, map[string]int64{"a": 60, "b": 50, "c": 30}, "5 a", "3 b", "1 c")
	res := count(t, in, "greedy", Options{Missing: MissingFound})
	b := res.Projects[1]
	// a (60) is taken, b (50) does not fit in 40, c does. With 3 votes more b is first; with 10 less it fits.
	if b.Won || b.MissingVotes.String() != "3" && b.MissingVotes.String() != "2" || b.MissingCost.String() != "10" {
		t.Fatalf("%+v votes %v cost %v", b, b.MissingVotes, b.MissingCost)
	}
	// At 2 more the two are equal with 5 votes, and the lower cost comes first.
	if b.MissingVotes.String() != "2" {
		t.Fatalf("missing votes %v, want 2: equal votes, lower cost first", b.MissingVotes)
	}
}

// The numbers found are the least there are, by trying all; for rules where that is proved no number is marked.
func TestMissingIsTheLeast(t *testing.T) {
	for seed := range 60 {
		r := rand.New(rand.NewPCG(uint64(seed), 9))
		in := randomInstance(r, Approval)
		if in.Budget > 2000 || in.Scale > 0 {
			continue
		}
		for _, text := range []string{"greedy", "greedy-per-cost", "greedy-no-skip", "equal-shares,completion=none", "equal-shares", "phragmen,stop=skip"} {
			rule, _ := Rules().Parse(text)
			res := count(t, in, text, Options{Missing: MissingFound, Workers: 1})
			for p, v := range res.Projects {
				if v.MissingCost != nil {
					n, _ := Units(*v.MissingCost, 0)
					c, _ := newCounter(in, rule, Options{Workers: 1})
					wins, _ := c.withLess(p, nil)
					for k := int64(1); k < n; k++ {
						if wins(k) && !v.CostAtMost {
							t.Fatalf("seed %d %s on %s: %s wins when %d cheaper, %d were found", seed, text, describe(in), v.ID, k, n)
						}
					}
					if !wins(n) {
						t.Fatalf("seed %d %s: %s does not win when %d cheaper", seed, text, v.ID, n)
					}
				}
				if v.Won || v.MissingVotes == nil || v.VotesAtMost {
					continue
				}
				n, _ := v.MissingVotes.Int()
				c, _ := newCounter(in, rule, Options{Workers: 1})
				wins, _ := c.withVotes(p)
				for k := int64(1); k < n; k++ {
					if wins(k) {
						t.Fatalf("seed %d %s: %s wins with %d votes more, %d were found", seed, text, v.ID, k, n)
					}
				}
				if !wins(n) {
					t.Fatalf("seed %d %s: %s does not win with %d", seed, text, v.ID, n)
				}
			}
		}
	}
}

// Four ballots by hand: the second gives 4 points to one project, where 3 is most. It is void, and the third and fourth are still told of
// their own choices.
func TestAVoidBallotDoesNotShiftTheOthers(t *testing.T) {
	build, err := NewBuilder(Cumulative, 3, true)
	if err != nil {
		t.Fatal(err)
	}
	for _, b := range [][2][]int32{{{0}, {3}}, {{1}, {4}}, {{1}, {2}}, {{2}, {1}}} {
		if _, err := build.Add(b[0], b[1]); err != nil {
			t.Fatal(err)
		}
	}
	in := &Instance{Budget: 10, Projects: []Project{{ID: "a", Cost: 4}, {ID: "b", Cost: 4}, {ID: "c", Cost: 4}}, Ballots: build.Done()}
	rule, _ := Rules().Parse("points")
	for voter, want := range []string{"a", "", "b", "c"} {
		rep, err := ExplainBallot(in, rule, int(in.Ballots.Of[voter]))
		if err != nil {
			t.Fatal(err)
		}
		got := ""
		for _, c := range rep.Choices {
			got += c.ID
		}
		if got != want || (want == "") != (rep.Says.Key == "tally.ballot.void") {
			t.Errorf("voter %d is told of %q, not %q: %s", voter, got, want, rep.Says.Text)
		}
	}
	in.Own = []OwnBudget{{PartCategory, "x", 5}}
	in.Projects[1].Categories = []string{"x"}
	rule, _ = Rules().Parse("points,parts=category")
	for voter, want := range []string{"a", "", "b", "c"} {
		rep, err := ExplainBallot(in, rule, int(in.Ballots.Of[voter]))
		if err != nil || len(rep.Choices) > 0 != (want != "") || want != "" && rep.Choices[0].ID != want {
			t.Errorf("in parts, voter %d: %+v, %v", voter, rep, err)
		}
	}
}

// Phragmén's purchases are a price system, unless a project that costs more than the budget, or was barred, could have been paid for by then.
func TestPhragmenIsPriceableOrNot(t *testing.T) {
	for _, c := range []struct {
		rule, want string
		budget     int64
		costs      map[string]int64
		votes      []string
	}{
		// a at 100/4 = 25; b's two have 25 each then, 50 of 60.
		{"phragmen", "proved", 100, map[string]int64{"a": 100, "b": 60}, []string{"4 a", "2 b"}},
		// Skipping goes on: a at 10, then c at 40; b was left out after a (95 left 90), and its three have 120 at 40.
		{"phragmen,stop=skip", "unknown", 100, map[string]int64{"a": 10, "b": 95, "c": 40}, []string{"1 a", "3 b", "1 c"}},
		{"greedy", "unknown", 100, map[string]int64{"a": 100, "b": 60}, []string{"4 a", "2 b"}},
	} {
		in := town(t, c.budget, c.costs, c.votes...)
		res := count(t, in, c.rule, Options{Fairness: true})
		if res.Fairness.Priceable != c.want {
			t.Errorf("%s: %s is %s, not %s", c.rule, res.Winners, res.Fairness.Priceable, c.want)
		}
		if d, err := Recount(in, res, 1); d != "" || err != nil {
			t.Error(d, err)
		}
	}
}

// Majority judgment says how a project that does not fit was judged.
func TestAJudgedProjectThatDoesNotFit(t *testing.T) {
	build, _ := NewBuilder(Scoring, 2, false)
	if _, err := build.Add([]int32{0, 1}, []int32{3, 2}); err != nil {
		t.Fatal(err)
	}
	in := &Instance{Budget: 5, Projects: []Project{{ID: "a", Cost: 4}, {ID: "b", Cost: 4}}, Ballots: build.Done()}
	res := count(t, in, "majority-judgment", Options{})
	if got := res.Projects[1].Reason.Text; got != "b is judged 2 but does not fit: it costs 4 and 1 is left." {
		t.Error(got)
	}
}

// Why add1 ended: the next step overspends, nothing more fits, or everything that may win has won.
func TestWhyTheShareIsNotRaisedFurther(t *testing.T) {
	for _, c := range []struct {
		budget int64
		costs  map[string]int64
		rule   string
		votes  []string
		key    string
	}{
		{100, map[string]int64{"a": 50, "b": 60}, "equal-shares", []string{"4 a", "6 b"}, "tally.note.raised"},
		{100, map[string]int64{"a": 60, "b": 60}, "equal-shares,completion=add1-exhaustive", []string{"4 a", "5 b"}, "tally.note.raised.fits"},
		{100, map[string]int64{"a": 60, "b": 30}, "equal-shares", []string{"5 a", "5 b"}, "tally.note.raised.all"},
	} {
		res := count(t, town(t, c.budget, c.costs, c.votes...), c.rule, Options{})
		if len(res.Notes) != 1 || res.Notes[0].Key != c.key {
			t.Errorf("%s: %+v, not %s (%v for %s)", c.rule, res.Notes, c.key, res.Winners, res.Cost)
		}
	}
}

func TestEachCoinOfABallot(t *testing.T) {
	in := town(t, 100, map[string]int64{"n1": 30, "n2": 30, "n3": 40, "s": 40}, "6 n1 n2 n3", "4 s")
	rule, _ := Rules().Parse("equal-shares,completion=none")
	rep, err := ExplainBallot(in, rule, int(in.Ballots.Of[0]))
	if err != nil {
		t.Fatal(err)
	}
	if rep.Share.String() != "10" || rep.Spent.String() != "10" || rep.Won != 2 || rep.Choices[0].Paid.String() != "5" {
		t.Fatalf("%+v", rep)
	}
	// Over all voters, what the ballots paid is what the winners cost.
	for seed := range 200 {
		r := rand.New(rand.NewPCG(uint64(seed), 3))
		kind := []Kind{Approval, Cumulative, Ordinal}[r.IntN(3)]
		in := randomInstance(r, kind)
		if in.Budget > 1_000_000 {
			continue
		}
		rule := randomRule(r, kind)
		if rule.Get("unsupported") == "fund" {
			rule = rule.With("unsupported", "skip")
		}
		res, err := Count(in, rule, Options{})
		if err != nil {
			t.Fatal(err)
		}
		sum := Number{}.Rat()
		for g, m := range in.Ballots.Mult {
			rep, err := ExplainBallot(in, rule, g)
			if err != nil {
				t.Fatal(err)
			}
			x := rep.Spent.Rat()
			sum.Add(sum, x.Mul(x, Whole(int64(m)).Rat()))
		}
		if sum.Cmp(res.Cost.Rat()) != 0 {
			t.Fatalf("seed %d %s: ballots paid %s, winners cost %s", seed, rule, Exactly(sum), res.Cost)
		}
	}
}

func TestTiesLeftOpenListEveryOutcome(t *testing.T) {
	in := town(t, 10, map[string]int64{"a": 10, "b": 10, "c": 4, "d": 4}, "2 a", "2 b", "1 c", "1 d")
	res := count(t, in, "greedy,ties=open", Options{})
	if len(res.Outcomes) != 2 || res.Outcomes[0][0] != "a" || res.Outcomes[1][0] != "b" || res.Capped {
		t.Fatalf("%v", res.Outcomes)
	}
	in = town(t, 12, map[string]int64{"a": 4, "b": 4, "c": 4, "d": 4}, "1 a", "1 b", "1 c", "1 d")
	if res = count(t, in, "greedy,ties=open", Options{}); len(res.Outcomes) != 4 {
		t.Fatalf("three of four in every way: %v", res.Outcomes)
	}
	if res = count(t, in, "greedy,ties=open", Options{Outcomes: 2}); !res.Capped {
		t.Fatal("two counts cannot list all")
	}
	if res = count(t, in, "equal-shares,ties=open,completion=none", Options{}); len(res.Outcomes) != 1 || len(res.Outcomes[0]) != 0 {
		t.Fatalf("each holds 3 and none can pay 4: %v", res.Outcomes)
	}
}

func TestALotIsDrawnOnce(t *testing.T) {
	a, err := ParseTies("votes/lot:2026-03-01 18:00")
	if err != nil || a.String() != "votes/lot:2026-03-01 18:00" {
		t.Fatal(a, err)
	}
	ids := []string{"x", "y", "z", "w"}
	first := a.Rank(ids, []int64{1, 1, 1, 2}, nil)
	if first[3] != 0 {
		t.Fatal("votes come before the lot")
	}
	again := a.Rank([]string{"w", "z", "y", "x"}, []int64{2, 1, 1, 1}, nil)
	for i := range ids {
		if first[i] != again[len(ids)-1-i] {
			t.Fatal("the lot depends on the order of projects")
		}
	}
	for _, bad := range []string{"", "luck", "votes/votes", "lot:", "lot", "votes,cost", "open/votes"} {
		if _, err := ParseTies(bad); err == nil {
			t.Errorf("%q was taken", bad)
		}
	}
}

func TestARuleIsReadBackFromItsText(t *testing.T) {
	r, err := Rules().Parse("equal-shares,step=0.01,utility=count")
	if err != nil {
		t.Fatal(err)
	}
	want := "equal-shares,utility=count,completion=add1,step=0.01,start=exact,comparison=none,empty=count,unsupported=skip,ties=votes/cost/id,parts=none"
	if r.String() != want {
		t.Fatalf("%s", r)
	}
	raw, _ := json.Marshal(r)
	var back Rule
	if err := json.Unmarshal(raw, &back); err != nil || back.String() != want {
		t.Fatalf("%s %v", raw, err)
	}
	for _, bad := range []string{"", "gready", "greedy,votes=3", "greedy,score", "greedy,score=votes,score=points", "equal-shares,step=0", "equal-shares,step=1.50", "greedy-threshold,votes=-1", "greedy,ties=luck"} {
		if _, err := Rules().Parse(bad); !errors.Is(err, ErrRule) {
			t.Errorf("%q: %v", bad, err)
		}
	}
}

func TestConstraintsFile(t *testing.T) {
	in := town(t, 100, map[string]int64{"a": 30, "b": 30, "c": 30, "d": 30}, "4 a b c", "3 b", "2 c", "1 d")
	in.Projects[0].Categories, in.Projects[1].Categories = []string{"parks"}, []string{"parks"}
	for _, c := range []struct{ name, file, greedy string }{
		{"one of a group wins", `{"groups": [["b","c"]]}`, "b a d"},
		{"what is needed comes first", `{"needs": {"b": ["a"]}}`, "c a b"},
		{"a category has its own money", `{"category": {"parks": 50}}`, "b c d"},
	} {
		t.Run(c.name, func(t *testing.T) {
			limits, err := ReadConstraints(strings.NewReader(c.file), in)
			if err != nil {
				t.Fatal(err)
			}
			with := *in
			with.Limits = limits
			if got := strings.Join(count(t, &with, "greedy", Options{}).Winners, " "); got != c.greedy {
				t.Fatalf("got %s, want %s", got, c.greedy)
			}
		})
	}
	for _, bad := range []string{`{"groups": [["x"]]}`, `{"needs": {"a": ["b"], "b": ["a"]}}`, `{"category": {"roads": 1}}`, `{"category": {"parks": "0.5"}}`, `{"other": 1}`, `[`} {
		if _, err := ReadConstraints(strings.NewReader(bad), in); !errors.Is(err, ErrConstraints) {
			t.Errorf("%s: %v", bad, err)
		}
	}
}

func TestARecountFindsTheFirstDifference(t *testing.T) {
	in := town(t, 100, map[string]int64{"n1": 30, "n2": 30, "n3": 40, "s": 40}, "6 n1 n2 n3", "4 s")
	res := count(t, in, "equal-shares", Options{Fairness: true, Missing: MissingFound})
	raw, err := json.Marshal(res)
	if err != nil {
		t.Fatal(err)
	}
	old, err := ReadResult(strings.NewReader(string(raw)))
	if err != nil {
		t.Fatal(err)
	}
	old.Seconds = 7
	if d, err := Recount(in, old, 1); d != "" || err != nil {
		t.Fatal(d, err)
	}
	old.Winners[1] = "n3"
	if d, _ := Recount(in, old, 1); d != `.winners[1]: "n3", "n2"` {
		t.Fatal(d)
	}
}

// Wieliczka 2023 was decided by equal shares with add1; its file says who won.
func TestWieliczkaAsPublished(t *testing.T) {
	for _, f := range files(t) {
		if !strings.Contains(filepath.Base(f), "wieliczka") {
			continue
		}
		in := readPB(t, f)
		var want []string
		for _, p := range in.Projects {
			if slices.Contains(p.Categories, "selected=1") {
				want = append(want, p.ID)
			}
		}
		res := count(t, in, "equal-shares", Options{})
		got := slices.Sorted(slices.Values(res.Winners))
		slices.Sort(want)
		if !slices.Equal(got, want) || res.Cost.String() != "995079" || res.Steps != 164 {
			t.Fatalf("got %v at %s after %d, want %v", got, res.Cost, res.Steps, want)
		}
		if flaw, err := Replay(in, res, nil); flaw != nil || err != nil {
			t.Fatal(flaw, err)
		}
	}
}
