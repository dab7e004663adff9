package college

import (
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"math/big"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"commun/engines/tally"
)

func statutes(weights ...int64) Statutes {
	s := Statutes{Silent: Spread, Abstentions: Out, Majority: Majority{Over: tally.Fraction(1, 2), Of: "cast"},
		Delegation: Delegations{Allowed: true, Cycle: "drop"}}
	for i, w := range weights {
		s.Colleges = append(s.Colleges, College{ID: fmt.Sprintf("c%d", i+1), Weight: tally.Whole(w)})
	}
	return s
}

// member reads "ana c1 c2 +public": seats and groups.
func member(text string) Member {
	f := strings.Fields(text)
	m := Member{ID: f[0]}
	for _, x := range f[1:] {
		if g, ok := strings.CutPrefix(x, "+"); ok {
			m.Groups = append(m.Groups, g)
		} else {
			m.Seats = append(m.Seats, Seat{College: x})
		}
	}
	return m
}

func members(texts ...string) []Member {
	var out []Member
	for _, x := range texts {
		out = append(out, member(x))
	}
	return out
}

// ballots reads "ana:yes bo:no".
func ballots(text string) map[string]string {
	out := map[string]string{}
	for _, x := range strings.Fields(text) {
		id, choice, _ := strings.Cut(x, ":")
		out[id] = choice
	}
	return out
}

func TestTheTrapsByHand(t *testing.T) {
	three := members("town c1 +public", "county c1 +public", "ana c2", "bo c2", "cy c3", "di c3")
	capped := func(s Statutes, most tally.Number) Statutes {
		s.Caps = []Cap{{Group: "public", Most: most}}
		return s
	}
	lost := func(s Statutes) Statutes { s.Silent = Lost; return s }
	in := func(s Statutes) Statutes { s.Abstentions = In; return s }
	all := func(s Statutes) Statutes { s.Majority.Of = "all"; return s }
	for _, c := range []struct {
		what    string
		s       Statutes
		members []Member
		votes   string
		yes, no string // weights
		cap     string // share of the capped group
		adopted bool
	}{
		{"votes share the weight of their college", statutes(50, 30, 20), three, "town:yes county:no ana:yes bo:yes cy:no di:no", "55", "45", "", true},
		{"a silent college's weight goes to the others in proportion", statutes(50, 30, 20), three, "ana:yes cy:no", "60", "40", "", true},
		{"or is lost", lost(statutes(50, 30, 20)), three, "ana:yes cy:no", "30", "20", "", true},
		{"and then a majority of all is out of reach", all(lost(statutes(50, 30, 20))), three, "ana:yes cy:no", "30", "20", "", false},
		{"(a) a 40 % college would weigh 80 % when another is silent: the cap holds after spreading",
			capped(statutes(40, 50, 10), tally.Fraction(2, 5)), three, "town:yes cy:no", "40", "60", "2/5", false},
		{"with weights lost the capped votes lose: 40 × 1/6 = 20/3, two fifths of 10 + 20/3",
			capped(lost(statutes(40, 50, 10)), tally.Fraction(2, 5)), three, "town:yes cy:no", "20/3", "10", "2/5", false},
		{"a cap that does not bind changes nothing", capped(statutes(30, 50, 20), tally.Fraction(2, 5)), three, "town:yes ana:no cy:no", "30", "70", "3/10", false},
		{"(b) seats in two colleges are one group: 30 + 25 of 100, cut to 50",
			capped(statutes(30, 50, 20), tally.Fraction(1, 2)), members("town c1 c2 +public", "ana c2", "cy c3"), "town:yes ana:no cy:no", "50", "50", "1/2", false},
		{"(e) abstentions out: the college is shared by who votes", statutes(50, 50), members("a c1", "b c1", "c c2"), "a:yes b:abstain c:no", "50", "50", "", false},
		{"(e) abstentions in: half of the college is for nobody", in(statutes(50, 50)), members("a c1", "b c1", "c c2"), "a:yes b:abstain c:no", "25", "50", "", false},
		{"(f) thirds stay thirds", statutes(50, 50), members("a c1", "b c1", "d c1", "c c2"), "a:yes b:yes d:no c:yes", "250/3", "50/3", "", true},
		{"half is no majority", statutes(50, 50), members("a c1", "c c2"), "a:yes c:no", "50", "50", "", false},
		{"nobody votes", statutes(50, 50), members("a c1", "c c2"), "", "0", "0", "", false},
		{"everyone abstains", statutes(50, 50), members("a c1", "c c2"), "a:abstain c:abstain", "0", "0", "", false},
	} {
		t.Run(c.what, func(t *testing.T) {
			r, err := Count(&Assembly{c.s, c.members}, &Vote{Ballots: ballots(c.votes)})
			if err != nil {
				t.Fatal(err)
			}
			got := r.Options[0].Weight.Rat().RatString() + " " + r.Options[1].Weight.Rat().RatString()
			if got != c.yes+" "+c.no || r.Adopted != c.adopted || c.cap != "" && r.Caps[0].After.Rat().RatString() != c.cap {
				t.Errorf("%s, adopted %v, caps %+v", got, r.Adopted, r.Caps)
			}
		})
	}
}

func TestImpossibleCapsAreRefused(t *testing.T) {
	third := []Cap{{College: "c1", Most: tally.Fraction(33, 100)}, {College: "c2", Most: tally.Fraction(33, 100)}}
	s := statutes(50, 50)
	s.Caps = third
	_, err := Count(&Assembly{s, members("a c1", "b c2")}, &Vote{Ballots: ballots("a:yes")})
	var no *Refusal
	if !errors.Is(err, ErrCaps) || !errors.As(err, &no) ||
		no.Says.Text != "The vote cannot be counted: all votes cast are under caps that let them reach 66 % together, not 100 %: c1 (33 %), c2 (33 %)." {
		t.Errorf("(d) two colleges of 33 %% at most: %v", err)
	}
	if no != nil && !strings.HasPrefix(no.Says.In("fr", Sentences), "Le vote ne peut pas être compté") {
		t.Error(no.Says.In("fr", Sentences))
	}
	s = statutes(60, 40)
	s.Caps = []Cap{{Group: "public", Most: tally.Fraction(1, 2)}}
	a := &Assembly{s, members("town c1 +public", "b c2")}
	if _, err := Count(a, &Vote{Ballots: ballots("town:yes b:no")}); err != nil {
		t.Errorf("everyone votes: %v", err)
	}
	if _, err := Count(a, &Vote{Ballots: ballots("town:yes")}); !errors.Is(err, ErrCaps) {
		t.Errorf("only the capped vote: %v", err)
	}
}

func TestDelegation(t *testing.T) {
	base := statutes(100)
	with := func(f func(*Delegations)) Statutes {
		s := base
		f(&s.Delegation)
		return s
	}
	give := func(text string) Delegation { // "ana>bo/topic@2026-01-01..2026-12-31"
		text, days, _ := strings.Cut(text, "@")
		text, topic, _ := strings.Cut(text, "/")
		from, to, _ := strings.Cut(text, ">")
		since, until, _ := strings.Cut(days, "..")
		return Delegation{from, to, topic, since, until}
	}
	for _, c := range []struct {
		what  string
		s     Statutes
		votes string
		gives string
		want  string // votes of yes, no, abstentions in the one college
	}{
		{"a vote given away follows the delegate", base, "bo:yes cy:no", "ana>bo", "2 1 0"},
		{"an own vote comes first", base, "ana:no bo:yes", "ana>bo", "1 1 0"},
		{"a delegate's abstention too", base, "bo:abstain cy:no", "ana>bo", "0 1 2"},
		{"from hand to hand", base, "cy:yes", "ana>bo bo>cy", "3 0 0"},
		{"a delegate who does not vote takes the vote with him", base, "cy:yes", "ana>bo", "1 0 0"},
		{"for this topic before all topics", base, "bo:yes cy:no", "ana>bo ana>cy/water", "1 2 0"},
		{"another topic does not count", base, "bo:yes cy:no", "ana>bo/roads", "1 1 0"},
		{"a later one before an earlier", base, "bo:yes cy:no", "ana>bo@2025-01-01.. ana>cy@2026-01-01..", "1 2 0"},
		{"not yet", base, "bo:yes", "ana>bo@2026-11-26..", "1 0 0"},
		{"the last day", base, "bo:yes", "ana>bo@..2026-11-25", "2 0 0"},
		{"over", base, "bo:yes", "ana>bo@..2026-11-24", "1 0 0"},
		{"a circle is dropped, and who leads into it", base, "di:yes", "ana>bo bo>cy cy>bo", "1 0 0"},
		{"or abstains", with(func(d *Delegations) { d.Cycle = "abstain" }), "di:yes", "ana>bo bo>cy cy>bo", "1 0 3"},
		{"a circle that one leaves by voting is none", base, "cy:no", "ana>bo bo>cy cy>ana", "0 3 0"},
		{"not passed on", with(func(d *Delegations) { d.Depth = 1 }), "cy:yes", "ana>bo bo>cy", "2 0 0"},
		{"two hands", with(func(d *Delegations) { d.Depth = 2 }), "di:yes", "ana>bo bo>cy cy>di", "3 0 0"},
		{"one delegate carries one: the nearest", with(func(d *Delegations) { d.Most = 1 }), "cy:yes", "ana>bo bo>cy", "2 0 0"},
		{"of equally near ones the earliest", with(func(d *Delegations) { d.Most = 1 }), "cy:yes", "ana>cy@2026-02-01.. bo>cy@2026-01-01..", "2 0 0"},
	} {
		t.Run(c.what, func(t *testing.T) {
			v := &Vote{Topic: "water", Date: "2026-11-25", Ballots: ballots(c.votes)}
			for _, d := range strings.Fields(c.gives) {
				v.Delegations = append(v.Delegations, give(d))
			}
			r, err := Count(&Assembly{c.s, members("ana c1", "bo c1", "cy c1", "di c1")}, v)
			if err != nil {
				t.Fatal(err)
			}
			x := r.Colleges[0]
			if got := fmt.Sprint(x.Votes[0], x.Votes[1], x.Abstentions); got != c.want {
				t.Errorf("got %s, want %s; %v", got, c.want, r.Says)
			}
		})
	}
}

func TestTheCapHoldsOverWhatTheCappedCarry(t *testing.T) {
	// (c) the town has a tenth of the votes, and carries four others: they count as its own.
	s := statutes(100)
	s.Caps = []Cap{{Group: "public", Most: tally.Fraction(1, 5)}}
	var ms []string
	v := &Vote{Ballots: ballots("town:yes m5:no m6:no m7:no m8:no m9:no")}
	for i := range 9 {
		ms = append(ms, fmt.Sprintf("m%d c1", i+1))
		if i < 4 {
			v.Delegations = append(v.Delegations, Delegation{From: fmt.Sprintf("m%d", i+1), To: "town"})
		}
	}
	r, err := Count(&Assembly{s, members(append(ms, "town c1 +public")...)}, v)
	if err != nil {
		t.Fatal(err)
	}
	if x := r.Caps[0]; x.Before.String() != "0.5" || x.After.String() != "0.2" || x.Factor.String() != "0.25" || r.Options[0].Share.String() != "0.2" ||
		len(r.Carried) != 1 || len(r.Carried[0].Members) != 4 || r.Carried[0].Choice != "yes" {
		t.Errorf("%+v %+v", r.Caps, r.Carried)
	}
	said := r.Says[slices.IndexFunc(r.Says, func(m tally.Message) bool { return m.Key == "college.cap.binds" })]
	if said.Text != "Group public has 50 % of the votes cast and may have no more than 20 %: its votes count 0.25 each, 20 % in the end." {
		t.Error(said.Text)
	}
}

func TestStatutesReadBack(t *testing.T) {
	s := SCIC([]College{{ID: "a", Weight: tally.Fraction(100, 3)}, {ID: "b", Weight: tally.Fraction(200, 3)}})
	s.Caps = append(s.Caps, Cap{Group: "public", Most: tally.Fraction(49, 100)})
	s.Quorums = []Quorum{{College: "*", Least: tally.Fraction(1, 3), Counts: "represented"}}
	s.Delegation = Delegations{Allowed: true, Depth: 2, Cycle: "drop", Most: 3}
	b, err := json.Marshal(s)
	var again Statutes
	if err == nil {
		err = json.Unmarshal(b, &again)
	}
	if c, _ := json.Marshal(again); err != nil || string(b) != string(c) || again.Colleges[0].Weight.Cmp(s.Colleges[0].Weight) != 0 {
		t.Errorf("%v\n%s\n%s", err, b, c)
	}
}

func TestQuorums(t *testing.T) {
	for _, c := range []struct {
		what  string
		q     Quorum
		votes string
		want  bool
	}{
		{"half present", Quorum{Least: tally.Fraction(1, 2), Counts: "present"}, "a:yes b:abstain", true},
		{"a delegate's votes are not present", Quorum{Least: tally.Fraction(3, 4), Counts: "present"}, "a:yes b:yes", false},
		{"but represented", Quorum{Least: tally.Fraction(3, 4), Counts: "represented"}, "a:yes b:yes", true},
		{"in each college", Quorum{College: "*", Least: tally.Fraction(1, 2), Counts: "present"}, "a:yes b:yes", false},
		{"in one college", Quorum{College: "c1", Least: tally.Whole(1), Counts: "present"}, "a:yes b:yes", true},
	} {
		s := statutes(50, 50)
		s.Quorums = []Quorum{c.q}
		r, err := Count(&Assembly{s, members("a c1", "b c1", "c c2", "d c2")}, &Vote{Ballots: ballots(c.votes), Delegations: []Delegation{{From: "c", To: "a"}}})
		if err != nil {
			t.Fatal(err)
		}
		reached := !slices.ContainsFunc(r.Quorums, func(q QuorumResult) bool { return !q.Reached })
		if reached != c.want || !c.want && r.Adopted {
			t.Errorf("%s: %+v, adopted %v", c.what, r.Quorums, r.Adopted)
		}
	}
}

func TestOptionsBesideYesAndNo(t *testing.T) {
	s := statutes(60, 40)
	s.Majority.Over = tally.Whole(0)
	a := &Assembly{s, members("a c1", "b c1", "c c1", "d c2")}
	r, err := Count(a, &Vote{Options: []string{"red", "blue", "green"}, Ballots: ballots("a:red b:blue c:blue d:green")})
	if err != nil || fmt.Sprintf("%v %q %v", r.Leading, r.Winner, r.Adopted) != `[blue green] "" false` {
		t.Errorf("equal ones: %v %v %q", err, r.Leading, r.Winner)
	}
	r, err = Count(a, &Vote{Options: []string{"red", "blue", "green"}, Ballots: ballots("a:blue b:blue c:blue d:green")})
	if err != nil || fmt.Sprintf("%v %q %v", r.Leading, r.Winner, r.Adopted) != `[blue] "blue" true` {
		t.Errorf("%v %v %q", err, r.Leading, r.Winner)
	}
}

func TestRefusedInput(t *testing.T) {
	ok := Assembly{statutes(60, 40), members("a c1 +g", "b c2")}
	for what, change := range map[string]func(*Assembly, *Vote){
		"no college":                    func(a *Assembly, v *Vote) { a.Statutes.Colleges = nil },
		"a college twice":               func(a *Assembly, v *Vote) { a.Statutes.Colleges[1].ID = "c1" },
		"a college without weight":      func(a *Assembly, v *Vote) { a.Statutes.Colleges[1].Weight = tally.Whole(0) },
		"silence unsaid":                func(a *Assembly, v *Vote) { a.Statutes.Silent = "" },
		"abstentions unsaid":            func(a *Assembly, v *Vote) { a.Statutes.Abstentions = "maybe" },
		"a cap above 1":                 func(a *Assembly, v *Vote) { a.Statutes.Caps = []Cap{{Group: "g", Most: tally.Whole(2)}} },
		"a cap for nobody":              func(a *Assembly, v *Vote) { a.Statutes.Caps = []Cap{{Group: "x", Most: tally.Fraction(1, 2)}} },
		"a cap for two":                 func(a *Assembly, v *Vote) { a.Statutes.Caps = []Cap{{Group: "g", College: "c1"}} },
		"a quorum of a college unknown": func(a *Assembly, v *Vote) { a.Statutes.Quorums = []Quorum{{College: "x", Counts: "present"}} },
		"cycles unsaid":                 func(a *Assembly, v *Vote) { a.Statutes.Delegation.Cycle = "" },
		"a member twice":                func(a *Assembly, v *Vote) { a.Members[1].ID = "a" },
		"a seat nowhere":                func(a *Assembly, v *Vote) { a.Members[1].Seats[0].College = "x" },
		"two seats in one college":      func(a *Assembly, v *Vote) { a.Members[1] = member("b c2 c2") },
		"a ballot of a stranger":        func(a *Assembly, v *Vote) { v.Ballots["x"] = "yes" },
		"an option unknown":             func(a *Assembly, v *Vote) { v.Ballots["a"] = "perhaps" },
		"an option twice":               func(a *Assembly, v *Vote) { v.Options = []string{"x", "x"} },
		"an option named abstain":       func(a *Assembly, v *Vote) { v.Options = []string{"x", "abstain"} },
		"a delegation to oneself":       func(a *Assembly, v *Vote) { v.Delegations = []Delegation{{From: "a", To: "a"}} },
		"a day that does not exist":     func(a *Assembly, v *Vote) { v.Delegations = []Delegation{{From: "a", To: "b", Until: "2026-02-30"}} },
		"days, and the vote has none": func(a *Assembly, v *Vote) {
			v.Date = ""
			v.Delegations = []Delegation{{From: "a", To: "b", Until: "2026-02-28"}}
		},
		"delegation not allowed": func(a *Assembly, v *Vote) {
			a.Statutes.Delegation.Allowed = false
			v.Delegations = []Delegation{{From: "a", To: "b"}}
		},
	} {
		a := Assembly{ok.Statutes, slices.Clone(ok.Members)}
		a.Statutes.Colleges = slices.Clone(ok.Statutes.Colleges)
		for i := range a.Members {
			a.Members[i].Seats = slices.Clone(a.Members[i].Seats)
		}
		v := &Vote{Date: "2026-11-25", Ballots: map[string]string{}}
		change(&a, v)
		if _, err := Count(&a, v); err == nil {
			t.Errorf("%s is counted", what)
		}
	}
	three := Assembly{ok.Statutes, members("a c1", "b c2", "c c2")}
	if _, err := Count(&three, &Vote{Delegations: []Delegation{{From: "a", To: "b"}, {From: "a", To: "c"}}}); !errors.Is(err, ErrVote) {
		t.Errorf("two delegates at once: %v", err)
	}
}

func TestSCIC(t *testing.T) {
	a := &Assembly{Statutes: SCIC([]College{{ID: "work", Weight: tally.Whole(40)}, {ID: "use", Weight: tally.Whole(35)}, {ID: "towns", Weight: tally.Whole(25)}}),
		Members: members("w work", "u use", "t towns")}
	for i, kind := range []string{Employee, Beneficiary, "public"} {
		a.Members[i].Kind = kind
	}
	if faults := CheckSCIC(a); len(faults) != 0 {
		t.Errorf("%v", faults)
	}
	r, err := Count(a, &Vote{Ballots: ballots("w:yes u:no t:yes")})
	if err != nil || !r.Adopted || r.Options[0].Share.String() != "0.65" {
		t.Errorf("%v %+v", err, r)
	}
	// The users are silent: work would weigh 40/65 of the votes, more than half.
	if r, err = Count(a, &Vote{Ballots: ballots("w:yes t:no")}); err != nil || r.Adopted || r.Options[0].Share.String() != "0.5" {
		t.Errorf("%v %+v", err, r)
	}
	if _, err = Count(a, &Vote{Ballots: ballots("w:yes")}); !errors.Is(err, ErrCaps) {
		t.Errorf("a single college decides: %v", err)
	}
	bad := &Assembly{Statutes: SCIC([]College{{ID: "a", Weight: tally.Whole(60)}, {ID: "b", Weight: tally.Whole(5)}}), Members: []Member{
		{ID: "x", Kind: "public", Seats: []Seat{{College: "a", Votes: 2}}}}}
	var keys []string
	for _, m := range CheckSCIC(bad) {
		keys = append(keys, strings.TrimPrefix(m.Key, "college.scic."))
	}
	if got := strings.Join(keys, " "); got != "kinds beneficiaries employees weight weight sum votes" {
		t.Error(got)
	}
}

// slow counts a vote member by member; it returns the weight of each option over all, or false when the caps cannot be kept.
func slow(a *Assembly, v *Vote) (shares []*big.Rat, groups []*big.Rat, ok bool) {
	find := func(id string) Member {
		return a.Members[slices.IndexFunc(a.Members, func(m Member) bool { return m.ID == id })]
	}
	type voice struct{ owner, by, choice string }
	var voices []voice
	for _, m := range a.Members {
		by, seen := m.ID, []string{m.ID}
		for v.Ballots[by] == "" && by != "" {
			next := ""
			for _, d := range v.Delegations {
				if d.From == by {
					next = d.To
				}
			}
			if slices.Contains(seen, next) {
				next = ""
				if a.Statutes.Delegation.Cycle == "abstain" {
					voices = append(voices, voice{m.ID, m.ID, "abstain"})
				}
			}
			by = next
			seen = append(seen, next)
		}
		if by != "" {
			voices = append(voices, voice{m.ID, by, v.Ballots[by]})
		}
	}
	if a.Statutes.Abstentions == Out {
		voices = slices.DeleteFunc(voices, func(x voice) bool { return x.choice == "abstain" })
	}
	votesIn := func(college string) (n int64) {
		for _, x := range voices {
			for _, s := range find(x.owner).Seats {
				if s.College == college {
					n += s.Votes
				}
			}
		}
		return n
	}
	silent, voting, n := new(big.Rat), new(big.Rat), int64(0)
	for _, c := range a.Statutes.Colleges {
		if votesIn(c.ID) == 0 {
			silent.Add(silent, c.Weight.Rat())
		} else {
			voting.Add(voting, c.Weight.Rat())
			n++
		}
	}
	var weights []*big.Rat
	var seats []voice
	bounds := make([]Bound, len(a.Statutes.Caps))
	for j, c := range a.Statutes.Caps {
		bounds[j].Most = c.Most.Rat()
	}
	for _, c := range a.Statutes.Colleges {
		for _, x := range voices {
			for _, s := range find(x.owner).Seats {
				if s.College != c.ID {
					continue
				}
				w := c.Weight.Rat()
				switch a.Statutes.Silent {
				case Spread:
					w.Add(w, new(big.Rat).Quo(new(big.Rat).Mul(w, silent), voting))
				case SpreadEqually:
					w.Add(w, new(big.Rat).Mul(silent, rat(1, n)))
				}
				w.Mul(w, rat(s.Votes, votesIn(c.ID)))
				for j, k := range a.Statutes.Caps {
					if k.College == c.ID || k.Group != "" && (slices.Contains(find(x.owner).Groups, k.Group) || slices.Contains(find(x.by).Groups, k.Group)) {
						bounds[j].Votes = append(bounds[j].Votes, len(weights))
					}
				}
				weights, seats = append(weights, w), append(seats, x)
			}
		}
	}
	shares = []*big.Rat{new(big.Rat), new(big.Rat), new(big.Rat)}
	for range a.Statutes.Caps {
		groups = append(groups, new(big.Rat))
	}
	if len(weights) == 0 {
		return shares, groups, true
	}
	fit, _ := slowFit(weights, bounds)
	if fit == nil {
		return nil, nil, false
	}
	for i, x := range seats {
		o := slices.Index([]string{"yes", "no", "abstain"}, x.choice)
		shares[o].Add(shares[o], fit[i])
	}
	for j, b := range bounds {
		groups[j] = sumOf(fit, b.Votes)
	}
	return shares, groups, true
}

// drawAssembly makes an assembly and a vote of any turnout and delegations.
func drawAssembly(t *rapid.T) (*Assembly, *Vote) {
	k := rapid.IntRange(1, 4).Draw(t, "colleges")
	var weights []int64
	for range k {
		weights = append(weights, rapid.Int64Range(1, 50).Draw(t, "weight"))
	}
	s := statutes(weights...)
	s.Silent = rapid.SampledFrom([]string{Lost, Spread, SpreadEqually}).Draw(t, "silent")
	s.Abstentions = rapid.SampledFrom([]string{In, Out}).Draw(t, "abstentions")
	s.Delegation.Cycle = rapid.SampledFrom([]string{"drop", "abstain"}).Draw(t, "cycle")
	n := rapid.IntRange(1, 8).Draw(t, "members")
	a := &Assembly{Statutes: s}
	v := &Vote{Ballots: map[string]string{}}
	groups := map[string]bool{}
	for i := range n {
		m := Member{ID: fmt.Sprintf("m%d", i)}
		for c := range k {
			if rapid.IntRange(0, 2).Draw(t, "seat") == 0 {
				m.Seats = append(m.Seats, Seat{fmt.Sprintf("c%d", c+1), rapid.Int64Range(1, 3).Draw(t, "votes")})
			}
		}
		for _, g := range []string{"public", "firm"} {
			if rapid.IntRange(0, 2).Draw(t, g) == 0 {
				m.Groups = append(m.Groups, g)
				groups[g] = true
			}
		}
		a.Members = append(a.Members, m)
		switch rapid.IntRange(0, 4).Draw(t, "ballot") {
		case 0, 1:
			v.Ballots[m.ID] = rapid.SampledFrom([]string{"yes", "no", "abstain"}).Draw(t, "choice")
		case 2, 3:
			if to := rapid.IntRange(0, n-1).Draw(t, "to"); to != i {
				v.Delegations = append(v.Delegations, Delegation{From: m.ID, To: fmt.Sprintf("m%d", to)})
			}
		}
	}
	for g := range groups {
		a.Statutes.Caps = append(a.Statutes.Caps, Cap{Group: g, Most: tally.Fraction(rapid.Int64Range(0, 8).Draw(t, "cap"), 8)})
	}
	slices.SortFunc(a.Statutes.Caps, func(x, y Cap) int { return strings.Compare(x.Group, y.Group) })
	if rapid.Bool().Draw(t, "college cap") {
		a.Statutes.Caps = append(a.Statutes.Caps, Cap{College: "c1", Most: tally.Fraction(rapid.Int64Range(2, 8).Draw(t, "college cap"), 8)})
	}
	return a, v
}

func TestNoCapIsEverPassed(t *testing.T) {
	refused, bound := 0, 0
	rapid.Check(t, func(t *rapid.T) {
		a, v := drawAssembly(t)
		r, err := Count(a, v)
		shares, groups, ok := slow(a, v)
		if err != nil {
			if !errors.Is(err, ErrCaps) {
				t.Fatal(err)
			}
			if ok && a.Check() == nil {
				t.Fatalf("refused, and could be counted: %v", err)
			}
			refused++
			return
		}
		if !ok {
			t.Fatal("counted, and the caps cannot be kept")
		}
		for j, c := range a.Statutes.Caps {
			if groups[j].Cmp(c.Most.Rat()) > 0 || r.Caps[j].After.Rat().Cmp(groups[j]) != 0 {
				t.Fatalf("cap %+v: %v, by hand %v", c, r.Caps[j].After, groups[j])
			}
			if r.Caps[j].Factor.String() != "1" {
				bound++
			}
		}
		for o, x := range r.Options {
			if x.Share.Rat().Cmp(shares[o]) != 0 {
				t.Fatalf("%s: %v, by hand %v", x.ID, x.Share, shares[o])
			}
		}
		total := new(big.Rat)
		for _, c := range r.Colleges {
			total.Add(total, c.After.Rat())
		}
		if total.Cmp(r.Cast.Rat()) != 0 {
			t.Fatalf("colleges weigh %v, all %v", total, r.Cast)
		}
		// Order means nothing.
		slices.Reverse(a.Members)
		slices.Reverse(v.Delegations)
		again, err := Count(a, v)
		if err != nil || fmt.Sprint(again.Options, again.Caps, again.Adopted) != fmt.Sprint(r.Options, r.Caps, r.Adopted) {
			t.Fatalf("%v: %v, the other way round %v", err, r.Options, again.Options)
		}
	})
	if refused == 0 || bound == 0 {
		t.Errorf("%d refused, %d caps bound", refused, bound)
	}
}

func TestEverySentenceIsInBothLanguages(t *testing.T) {
	keys := map[string]bool{}
	files, err := filepath.Glob("*.go")
	if err != nil {
		t.Fatal(err)
	}
	hole := regexp.MustCompile(`\{[a-z]+\}`)
	for _, f := range files {
		text, err := os.ReadFile(f)
		if err != nil {
			t.Fatal(err)
		}
		if !strings.HasSuffix(f, "_test.go") {
			for _, m := range regexp.MustCompile(`"(college\.[a-z.-]+[a-z])"`).FindAllSubmatch(text, -1) {
				keys[string(m[1])] = true
			}
		}
	}
	for _, q := range []string{"reached", "missed"} {
		keys["college.quorum."+q+".college"] = true
	}
	for _, why := range []string{"cycle", "depth", "delegate", "over"} {
		keys["college.delegation."+why] = true
	}
	for _, how := range []string{Lost, Spread, SpreadEqually} {
		keys["college.silent."+how] = true
	}
	for _, key := range slices.Sorted(maps.Keys(keys)) {
		s := Sentences(key)
		en, fr := hole.FindAllString(s.En, -1), hole.FindAllString(s.Fr, -1)
		slices.Sort(en)
		slices.Sort(fr)
		if s.En == "" || s.Fr == "" || !slices.Equal(slices.Compact(en), slices.Compact(fr)) {
			t.Errorf("%s: %+v", key, s)
		}
	}
}
