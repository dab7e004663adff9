package college

import (
	"errors"
	"reflect"
	"testing"

	"commun/engines/tally"
)

// A rule's text becomes statutes: names and parts as written, * for each, defaults for what is left out; and it is read back from its text.
func TestARuleBecomesStatutes(t *testing.T) {
	who := members("ana c1 +a", "bo c2 +b", "cleo c2 +a")
	half, third := tally.Fraction(1, 2), tally.Fraction(1, 3)
	for _, c := range []struct {
		rule string
		want func(*Statutes)
	}{
		{"college", func(*Statutes) {}},
		{"college,weights=c1:30+c2:70", func(s *Statutes) { s.Colleges[0].Weight, s.Colleges[1].Weight = tally.Whole(30), tally.Whole(70) }},
		{"college,caps=*:50%+b:1/3", func(s *Statutes) { s.Caps = []Cap{{Group: "a", Most: half}, {Group: "b", Most: third}} }},
		{"college,college-caps=*:0.5", func(s *Statutes) { s.Caps = []Cap{{College: "c1", Most: half}, {College: "c2", Most: half}} }},
		{"scic,caps=b:1/3", func(s *Statutes) {
			s.Caps = []Cap{{College: "c1", Most: half}, {College: "c2", Most: half}, {Group: "b", Most: third}}
		}},
		{"college,quorum=1/3+*:1/2,counts=present", func(s *Statutes) {
			s.Quorums = []Quorum{{Least: third, Counts: "present"}, {College: "*", Least: half, Counts: "present"}}
		}},
		{"college,silent=lost,abstentions=in,majority=33.5%,of=all,met=at-least", func(s *Statutes) {
			s.Silent, s.Abstentions, s.Majority = Lost, In, Majority{Over: tally.Fraction(335, 1000), Of: "all", Reach: true}
		}},
		{"college,depth=1,cycle=abstain,carry=2", func(s *Statutes) { s.Delegation = Delegations{Allowed: true, Depth: 1, Cycle: Abstain, Most: 2} }},
		{"college,delegation=no", func(s *Statutes) { s.Delegation = Delegations{} }},
	} {
		want := Statutes{Colleges: []College{{ID: "c1", Weight: tally.Whole(50)}, {ID: "c2", Weight: tally.Whole(50)}}, Silent: Spread, Abstentions: Out,
			Majority: Majority{Over: half, Of: "cast"}, Delegation: Delegations{Allowed: true, Cycle: "drop"}}
		c.want(&want)
		r, err := Rules().Parse(c.rule)
		if err != nil {
			t.Fatal(err)
		}
		got, err := FromRule(r, who)
		if err != nil {
			t.Fatalf("%s: %v", c.rule, err)
		}
		if d, err := tally.Difference(want, got); d != "" || err != nil {
			t.Errorf("%s: %s %v", c.rule, d, err)
		}
		if again, err := Rules().Parse(r.String()); err != nil || !reflect.DeepEqual(again, r) {
			t.Errorf("%s is read back as %s: %v", r, again, err)
		}
	}
	for _, bad := range []string{"college,weights=c1", "college,weights=c1:-1", "college,weights=c1:1+c1:2", "college,caps=a:2", "college,caps=:1/2", "college,caps=30%",
		"college,quorum=:1/2", "college,quorum=x", "college,majority=101%", "college,depth=-1", "college,carry=01", "college,day=2026-02-29", "college,topic=", "college,silent=gone"} {
		if _, err := Rules().Parse(bad); !errors.Is(err, tally.ErrRule) {
			t.Errorf("%s: %v", bad, err)
		}
	}
	for _, bad := range []string{"college,weights=c1:30", "college,caps=x:1/2", "college,college-caps=x:1/2", "college,quorum=x:1/2"} {
		r, err := Rules().Parse(bad)
		if err != nil {
			t.Fatal(err)
		}
		var m *Mistake
		if _, err := FromRule(r, who); !errors.As(err, &m) || !errors.Is(err, ErrStatutes) {
			t.Errorf("%s: %v", bad, err)
		}
	}
}

// A result that was counted by a rule carries it whole, and the same rule gives the same again.
func TestCountByARule(t *testing.T) {
	r, err := Rules().Parse("scic,topic=roads,day=2026-11-25")
	if err != nil {
		t.Fatal(err)
	}
	who := members("ana c1", "bo c2", "cleo c3")
	v := &Vote{Ballots: ballots("ana:yes bo:no"), Delegations: []Delegation{{From: "cleo", To: "ana", Topic: "roads", Until: "2026-11-25"}}}
	res, err := CountBy(r, who, v)
	if err != nil || res.Rule.String() != r.String() || res.Topic != "roads" || res.Date != "2026-11-25" || res.Winner != "yes" || len(res.Notes) == 0 {
		t.Fatalf("%+v %v", res, err)
	}
	late := r.With("day", "2026-11-26")
	if res, err = CountBy(late, who, v); err != nil || res.Winner != "" || len(res.Carried) != 0 {
		t.Errorf("the delegation has ended: %+v %v", res, err)
	}
}
