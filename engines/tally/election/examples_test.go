package election

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"

	"commun/engines/tally"
)

// ranked makes an election from lines "42 M N C K"; "A=B" are equal. Candidates stand in the order of ids.
func ranked(t testing.TB, seats int, ids string, lines ...string) *Election {
	t.Helper()
	names := strings.Fields(ids)
	kind := tally.Ordinal
	if strings.Contains(strings.Join(lines, ""), "=") {
		kind = tally.Weak
	}
	b, err := tally.NewBuilder(kind, len(names), false)
	if err != nil {
		t.Fatal(err)
	}
	for _, line := range lines {
		var choices, ranks []int32
		f := strings.Fields(line)
		for i, group := range f[1:] {
			for _, id := range strings.Split(group, "=") {
				choices, ranks = append(choices, int32(slices.Index(names, id))), append(ranks, int32(i+1))
			}
		}
		if kind == tally.Ordinal {
			ranks = nil
		}
		if _, err := b.AddTimes(choices, ranks, uint32(whole(f[0]))); err != nil {
			t.Fatalf("%s: %v", line, err)
		}
	}
	e := &Election{Seats: seats, Ballots: b.Done()}
	for _, id := range names {
		e.Candidates = append(e.Candidates, Candidate{ID: id})
	}
	return e
}

// lists makes an election of lists from their votes.
func lists(t testing.TB, seats int, votes ...uint32) *Election {
	b, _ := tally.NewBuilder(tally.ChooseOne, len(votes), false)
	e := &Election{Seats: seats}
	for i, n := range votes {
		if _, err := b.AddTimes([]int32{int32(i)}, nil, n); err != nil {
			t.Fatal(err)
		}
		e.Candidates = append(e.Candidates, Candidate{ID: string(rune('A' + i))})
	}
	e.Ballots = b.Done()
	return e
}

// tennessee is the well-known example of a capital: Memphis, Nashville, Chattanooga, Knoxville.
func tennessee(t testing.TB, seats int) *Election {
	return ranked(t, seats, "M N C K", "42 M N C K", "26 N C K M", "15 C K N M", "17 K C N M")
}

// schulze45 is example 1 of Schulze (2011), section 3.1: 45 voters, 5 candidates, ranking E A C B D.
func schulze45(t testing.TB, seats int) *Election {
	return ranked(t, seats, "A B C D E", "5 A C B E D", "5 A D E C B", "8 B E D A C", "3 C A B E D", "7 C A E B D", "2 C B A D E", "7 D C E B A", "8 E B A D C")
}

// grades makes scoring ballots from the number of each grade, lowest first, of each candidate, dealt out in turn.
func graded(t testing.TB, byCandidate ...[]int) *Election {
	e := &Election{Seats: 1}
	b, _ := tally.NewBuilder(tally.Scoring, len(byCandidate), false)
	var columns [][]int32
	for i, counts := range byCandidate {
		var column []int32
		for g, n := range counts {
			for range n {
				column = append(column, int32(g))
			}
		}
		columns = append(columns, column)
		e.Candidates = append(e.Candidates, Candidate{ID: string(rune('A' + i))})
	}
	for v := range columns[0] {
		var choices, points []int32
		for x := range columns {
			choices, points = append(choices, int32(x)), append(points, columns[x][v])
		}
		if _, err := b.Add(choices, points); err != nil {
			t.Fatal(err)
		}
	}
	e.Ballots = b.Done()
	return e
}

func TestWorkedExamples(t *testing.T) {
	ward := []string{"16 A B", "8 A C", "12 B", "7 C D", "4 D C"}
	for _, c := range []struct {
		what string
		e    *Election
		rule string
		want string
	}{
		{"Tennessee by most first votes", tennessee(t, 1), "plurality", "M"},
		{"Tennessee: nobody has half of the first votes", tennessee(t, 1), "plurality,over=1/2", ""},
		{"Tennessee has a Condorcet winner", tennessee(t, 1), "schulze", "N"},
		{"the same by ranked pairs", tennessee(t, 1), "ranked-pairs", "N"},
		{"Tennessee's whole order", tennessee(t, 4), "schulze", "N C K M"},
		{"the same by ranked pairs in order", tennessee(t, 4), "ranked-pairs", "N C K M"},
		{"Tennessee by transfer: Chattanooga out, then Nashville", tennessee(t, 1), "stv-scottish", "K"},
		{"the same by Meek's method", tennessee(t, 1), "stv-meek", "K"},
		{"Schulze 2011, example 1", schulze45(t, 1), "schulze", "E"},
		{"Schulze 2011, example 1, the whole order", schulze45(t, 5), "schulze", "E A C B D"},
		{"Schulze 2011, a second example", ranked(t, 4, "A B C D", "5 A C B D", "2 A C D B", "3 A D C B", "4 B A C D", "3 C B D A", "3 C D B A", "1 D A C B", "5 D B A C", "4 D C B A"), "schulze", "D A C B"},
		{"and a third", ranked(t, 5, "A B C D E", "3 A B D E C", "5 A D E B C", "1 A D E C B", "2 B A D E C", "2 B D E C A", "4 C A B D E", "6 C B A D E", "2 D B E C A", "5 D E C A B"), "schulze", "B A D E C"},
		// Debian: three against one pass a proposal that needs 3:1 (at least); it then wins against further discussion.
		{"three to one is enough for 3:1", ranked(t, 1, "A B FD", "3 A FD B", "1 B FD A"), "debian,majority=1;A:3", "A"},
		{"and was not from constitution 1.1 to 1.5", ranked(t, 1, "A B FD", "3 A FD B", "1 B FD A"), "debian,majority=1;A:3,ratio=above", "FD"},
		{"a quorum of four is not reached by three", ranked(t, 1, "A B FD", "3 A FD B", "1 B FD A"), "debian,quorum=4", "FD"},
		{"what is dropped by the default cannot win, though it beats all others", ranked(t, 1, "A B FD", "5 A B FD", "4 B FD A", "2 FD A B"), "debian,majority=1;A:2", "B"},
		// A > B 6:3, B > C 7:2, C > A 5:4: the last is dropped, and A is undefeated.
		{"the weakest defeat of a cycle is dropped", ranked(t, 1, "A B C FD", "4 A B C FD", "3 B C A FD", "2 C A B FD"), "debian", "A"},
		{"a tie is left to the chair, here to the order", ranked(t, 1, "A B FD", "2 A B FD", "2 B A FD"), "debian", "A"},
		// 47 papers, quota 16: A 24 is in, surplus 8 at 0.33333 a paper; 16 A B give 5.33328: B 17.33328 is in.
		{"a small ward", ranked(t, 2, "A B C D", ward...), "stv-scottish", "A B"},
		{"Nashville and Memphis share two seats", tennessee(t, 2), "stv-scottish", "M N"},
		{"d'Hondt, 8 seats", lists(t, 8, 100_000, 80_000, 30_000, 20_000), "dhondt", "A B A B A C B A"},
		{"Sainte-Laguë, 8 seats: smaller lists do better", lists(t, 8, 100_000, 80_000, 30_000, 20_000), "sainte-lague", "A B A C B A D B"},
		{"largest remainder with Hare's quota", lists(t, 10, 47_000, 16_000, 15_800, 12_000, 6_100, 3_100), "largest-remainder", "A A A A B C D A E B"},
		{"and with Droop's", lists(t, 10, 47_000, 16_000, 15_800, 12_000, 6_100, 3_100), "largest-remainder,quota=droop", "A A A A A B C D B C"},
		// Majority judgment: A's middle grade is 2, B's 1, although B has more of the best.
		{"the middle grade decides", graded(t, []int{2, 2, 5, 0}, []int{4, 1, 0, 4}), "majority-judgment", "A"},
		{"equal middle grades: the next ones towards the middle decide", graded(t, []int{2, 0, 5, 2}, []int{2, 1, 3, 3}), "majority-judgment", "A"},
	} {
		t.Run(c.what, func(t *testing.T) {
			if got := strings.Join(mustCount(t, c.e, c.rule).Elected, " "); got != c.want {
				t.Errorf("got %s, want %s", got, c.want)
			}
		})
	}
}

func TestTheGradeShownIsTheLowerMiddle(t *testing.T) {
	s := mustCount(t, graded(t, []int{1, 1, 1, 1}, []int{2, 0, 0, 2}), "majority-judgment").Stages[0]
	if s.Standings[0].Votes.String() != "1" || s.Standings[1].Votes.String() != "0" || s.Says[1].Text != "A: the majority grade is 1; 50.00 % of the mentions are above it, 25.00 % below." {
		t.Errorf("%+v", s)
	}
}

func TestAWardByHand(t *testing.T) {
	// 60 papers, 2 seats, quota 21.
	//  1 first: A 30, B 10, C 12, D 8. A elected, surplus 9 of 30: each paper at 9 × 1 / 30 = 0.3.
	//  2 surplus: 20 papers A B (6), 7 papers A D (2.1), 3 papers A alone (0.9 without a next). B 16, C 12, D 10.1.
	//  3 D is lowest: out. 8 papers D C at 1, 7 papers A D C at 0.3 (2.1): C 22.1, elected.
	e := ranked(t, 2, "A B C D", "20 A B", "7 A D C", "3 A", "10 B", "12 C", "8 D C")
	res := mustCount(t, e, "stv-scottish")
	var lines []string
	for _, st := range res.Stages {
		line := st.Kind
		for _, x := range st.Standings {
			line += fmt.Sprintf(" %s %v%s", x.ID, x.Votes, map[string]string{"elected": "!", "excluded": "x"}[x.State])
		}
		lines = append(lines, line+fmt.Sprintf(" | %v %v", st.Nontransferable, st.Residual))
	}
	want := []string{
		"first A 30! B 10 C 12 D 8 | 0 0",
		"surplus A 21! B 16 C 12 D 10.1 | 0.9 0",
		"exclusion A 21! B 16 C 22.1! D 0x | 0.9 0",
	}
	if !slices.Equal(lines, want) || res.Quota.String() != "21" || !slices.Equal(res.Elected, []string{"A", "C"}) {
		t.Errorf("got\n%s\nwant\n%s", strings.Join(lines, "\n"), strings.Join(want, "\n"))
	}
}

func TestEqualsArePartedByTheLastStageAtWhichTheyDiffered(t *testing.T) {
	// Quota 8 of 15 for 1 seat: A 5, B 4, C 3, D 2, E 1. E goes to D: C and D are equal at 3. D had fewer before: D is excluded, though the
	// order by id would have kept it out as well; the second election has their names the other way round.
	for _, c := range []struct {
		e    *Election
		last string
	}{
		{ranked(t, 1, "A B C D E", "5 A", "4 B", "3 C", "2 D B", "1 E D C"), "D"},
		{ranked(t, 1, "A B C D E", "5 A", "4 B", "3 D", "2 C B", "1 E C D"), "C"},
	} {
		s := mustCount(t, c.e, "stv-scottish,ties=id").Stages[2]
		i := slices.IndexFunc(s.Standings, func(x tally.Standing) bool { return x.ID == c.last })
		if s.Standings[i].State != "excluded" || len(s.Tied) != 0 {
			t.Errorf("%+v", s)
		}
	}
	// Quota 8 of 38 for 4 seats: E is in without surplus. D's papers bring A from 6 and B from 7 to 9 each. B had more before, so B's surplus
	// goes first.
	st := mustCount(t, ranked(t, 4, "A B D E F G", "6 A F", "7 B G", "3 D A", "2 D B", "8 E", "6 F", "6 G"), "stv-scottish,ties=id").Stages[2]
	if st.Kind != "surplus" || st.Standings[0].Votes.String() != "9" || st.Standings[1].Votes.String() != "8" || len(st.Tied) != 0 {
		t.Errorf("%+v", st)
	}
	// Quota 6 of 23 for 3 seats: A 9 and B 9 have surpluses of 3, and no earlier stage parts them: the order does, and is told.
	s := mustCount(t, ranked(t, 3, "A B C D", "9 A C", "9 B D", "3 C", "2 D"), "stv-scottish,ties=id").Stages[1]
	if s.Kind != "surplus" || !slices.Equal(s.Tied, []string{"A", "B"}) || s.Standings[0].Votes.String() != "6" {
		t.Errorf("%+v", s)
	}
}

func TestMeekByHand(t *testing.T) {
	// 12 papers, 2 seats: A 8 (all A B), B 1, C 3. Quota 4. A keeps 4/8: B 5, C 3. B reaches the quota, and A and B are elected.
	res := mustCount(t, ranked(t, 2, "A B C", "8 A B", "1 B", "3 C"), "stv-meek")
	if !slices.Equal(res.Elected, []string{"A", "B"}) || res.Nontransferable.String() != "0" {
		t.Errorf("%v %v", res.Elected, res.Nontransferable)
	}
	if b := res.Stages[1].Standings[1].Votes.Rounded(6); b != "5.000000" {
		t.Errorf("B has %s", b)
	}
	// 16 papers, 3 seats: A 10 (A alone 4, A B 6), B 1, C 2, D 3. A keeps k: 10k = (16 - 4(1-k))/4 = (12+4k)/4, so 9k = 3, k = 1/3.
	// Then the quota is 10/3, B has 1 + 6 × 2/3 = 5: elected in turn. B keeps 2/3 at first; the quota falls as A B papers end at B.
	res = mustCount(t, ranked(t, 3, "A B C D", "4 A", "6 A B", "1 B", "2 C", "3 D"), "stv-meek")
	if !slices.Equal(res.Elected, []string{"A", "B", "D"}) {
		t.Errorf("%v", res.Elected)
	}
}

func TestOpenTiesListEveryOutcome(t *testing.T) {
	for _, c := range []struct {
		what string
		e    *Election
		rule string
		want string
	}{
		{"two equal lists and one seat too few", lists(t, 3, 10, 10), "dhondt,ties=open", "[A A B] [A B B]"},
		{"three equal at the border of two seats", lists(t, 2, 5, 4, 4, 4), "plurality,ties=open", "[A B] [A C] [A D]"},
		{"Schulze 2011, the example of two winners", ranked(t, 1, "A B C D", "3 A B C D", "2 D A B C", "2 D B C A", "2 C B D A"), "schulze,ties=open", "[B] [D]"},
		{"a circle of equals", ranked(t, 1, "A B C", "1 A B C", "1 B C A", "1 C A B"), "schulze,ties=open", "[A] [B] [C]"},
		{"the same by ranked pairs", ranked(t, 1, "A B C", "1 A B C", "1 B C A", "1 C A B"), "ranked-pairs,ties=open", "[A] [B] [C]"},
		{"by transfer", ranked(t, 1, "A B C", "1 A", "1 B", "1 C"), "stv-scottish,ties=open", "[A] [B] [C]"},
		{"no tie", tennessee(t, 1), "schulze,ties=open", "[N]"},
	} {
		t.Run(c.what, func(t *testing.T) {
			if got := strings.Trim(fmt.Sprint(mustCount(t, c.e, c.rule).Outcomes), "[]"); "["+got+"]" != c.want {
				t.Errorf("got [%s], want %s", got, c.want)
			}
		})
	}
	e := lists(t, 10, slices.Repeat([]uint32{1}, 20)...)
	r, _ := Rules().Parse("plurality,ties=open")
	if res, err := Count(e, r, Options{Outcomes: 50}); err != nil || len(res.Outcomes) != 50 || !res.Capped {
		t.Errorf("%v %d outcomes, capped %v", err, len(res.Outcomes), res.Capped)
	}
}

func TestWithdrawnAreNeverNamed(t *testing.T) {
	for _, rule := range []string{"plurality", "schulze", "ranked-pairs", "stv-scottish", "stv-meek", "debian,default=K"} {
		e := tennessee(t, 1)
		e.Candidates[1].Withdrawn = true
		want := mustCount(t, ranked(t, 1, "M C K", "42 M C K", "26 C K M", "15 C K M", "17 K C M"), rule).Elected
		res := mustCount(t, e, rule)
		if !slices.Equal(res.Elected, want) || res.Stages[0].Standings[0].State != "withdrawn" {
			t.Errorf("%s: %v, want %v", rule, res.Elected, want)
		}
	}
}

func TestQuorumAndVacancies(t *testing.T) {
	res := mustCount(t, tennessee(t, 1), "schulze,turnout=101")
	if len(res.Elected) != 0 || res.Notes[0].Text != "Nobody is elected: 100 valid ballots, and 101 are needed." {
		t.Errorf("%v %v", res.Elected, res.Notes)
	}
	if fr := res.Notes[0].In("fr", Sentences); fr != "Personne n'est élu : 100 bulletins valables, il en faut 101." {
		t.Error(fr)
	}
	res = mustCount(t, tennessee(t, 6), "stv-scottish")
	if len(res.Elected) != 4 || res.Notes[0].Key != "election.note.vacant" {
		t.Errorf("%v %v", res.Elected, res.Notes)
	}
}

func TestTheResultAsJSON(t *testing.T) {
	res := mustCount(t, ranked(t, 2, "A B C", "5 A B", "2 B", "2 C"), "stv-scottish,ties=lot:beech")
	b, err := json.Marshal(res)
	if err != nil {
		t.Fatal(err)
	}
	var out struct {
		Rule                      tally.Rule
		Elected                   []string
		Stages                    []map[string]any
		Quota                     json.Number
		Nontransferable, Residual any
	}
	if err := json.Unmarshal(b, &out); err != nil {
		t.Fatal(err)
	}
	if again, err := Rules().Parse(out.Rule.String()); err != nil || again.String() != res.Rule.String() || out.Rule.Get("ties") != "lot:beech" {
		t.Errorf("the rule reads back as %s: %v", out.Rule, err)
	}
	if !slices.Equal(out.Elected, []string{"A", "B"}) || out.Quota != "4" || out.Nontransferable == nil || out.Residual == nil || len(out.Stages) != len(res.Stages) {
		t.Errorf("%s", b)
	}
	var whole tally.ElectionResult
	if err := json.Unmarshal(b, &whole); err != nil || whole.Quota.Cmp(*res.Quota) != 0 {
		t.Errorf("%v %+v", err, whole)
	}
}

func TestRefusals(t *testing.T) {
	ok := tennessee(t, 1)
	with := func(f func(*Election)) *Election {
		e := *ok
		e.Candidates = slices.Clone(ok.Candidates)
		f(&e)
		return &e
	}
	for what, c := range map[string]struct {
		e    *Election
		rule string
	}{
		"no seat":                     {with(func(e *Election) { e.Seats = 0 }), "schulze"},
		"an id twice":                 {with(func(e *Election) { e.Candidates[0].ID = "K" }), "schulze"},
		"no id":                       {with(func(e *Election) { e.Candidates[0].ID = "" }), "schulze"},
		"fewer candidates than named": {with(func(e *Election) { e.Candidates = e.Candidates[1:] }), "schulze"},
		"no ballots":                  {with(func(e *Election) { e.Ballots = nil }), "schulze"},
		"orders read as approvals":    {ok, "approval"},
		"two winners by Debian":       {with(func(e *Election) { e.Seats = 2 }), "debian"},
		"a default that is not there": {ok, "debian,default=Z"},
		"a default that withdrew":     {with(func(e *Election) { e.Candidates[0].Withdrawn = true }), "debian,default=M"},
		"a majority for nobody":       {ok, "debian,majority=1;Z:2"},
		"places below zero":           {with(func(e *Election) { e.Candidates[0].Places = -1 }), "schulze"},
	} {
		t.Run(what, func(t *testing.T) {
			r, err := Rules().Parse(c.rule)
			if err != nil {
				t.Fatal(err)
			}
			if res, err := Count(c.e, r, Options{}); err == nil {
				t.Errorf("counted %v", res.Elected)
			}
		})
	}
}

func TestRulesAreWhole(t *testing.T) {
	names := map[string]bool{}
	for _, spec := range Rules() {
		if !spec.Elects || spec.Title == "" || spec.Source == "" || len(spec.Ballots) == 0 || names[spec.Name] {
			t.Errorf("%+v", spec)
		}
		names[spec.Name] = true
		r, err := Rules().Parse(spec.Name)
		if err != nil {
			t.Fatal(err)
		}
		for _, k := range spec.Keys {
			if _, err := Rules().Parse(spec.Name + "," + k.Name + "=" + k.Default); err != nil || k.Says == "" {
				t.Errorf("%s: its own default: %v", spec.Name, err)
			}
		}
		if again, err := Rules().Parse(r.String()); err != nil || again.String() != r.String() {
			t.Errorf("%s reads back as %s: %v", r, again, err)
		}
	}
}

func TestEverySentenceIsInBothLanguages(t *testing.T) {
	for _, key := range slices.Sorted(maps.Keys(said(t))) {
		s := Sentences(key)
		if s.En == "" || s.Fr == "" {
			t.Errorf("%s lacks a sentence", key)
			continue
		}
		if en, fr := holes(s.En), holes(s.Fr); !slices.Equal(en, fr) {
			t.Errorf("%s: %v in English, %v in French", key, en, fr)
		}
	}
}
