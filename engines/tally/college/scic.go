package college

import (
	"math/big"
	"slices"

	"commun/engines/tally"
)

// Kinds of members that the law on the SCIC names; any other text is a kind too (volunteers, public bodies…).
const (
	Employee    = "employee"
	Producer    = "producer"
	Beneficiary = "beneficiary"
)

// SCIC is the statutes of a société coopérative d'intérêt collectif with these colleges, where its own say no more than the law (law 47-1775 of
// 10 September 1947, articles 19 quinquies and after): the votes of a college share its weight; the weight of a silent college goes to the
// others in proportion, and none passes 50 % of the votes cast even so; abstentions are no votes; more than half of the votes cast decide.
func SCIC(colleges []College) Statutes {
	s := Statutes{Colleges: slices.Clone(colleges), Silent: Spread, Abstentions: Out, Majority: Majority{Over: tally.Fraction(1, 2), Of: "cast"}}
	if len(colleges) > 1 {
		for _, c := range colleges {
			s.Caps = append(s.Caps, Cap{College: c.ID, Most: tally.Fraction(1, 2)})
		}
	}
	return s
}

// CheckSCIC lists what in an assembly is against that law: fewer than three kinds of members, none who benefits, neither employee nor producer;
// a college below 10 or above 50 percent; weights that do not sum up to 100; a member with more than one vote. A single college stands
// for an assembly without colleges, where one member has one vote. What it cannot see (capital, approval) it does not judge.
func CheckSCIC(a *Assembly) []tally.Message {
	var out []tally.Message
	find := func(key string, x args) { out = append(out, tally.Say(Sentences, key, x)) }
	kinds := map[string]bool{}
	for _, m := range a.Members {
		if m.Kind != "" && len(m.Seats) > 0 {
			kinds[m.Kind] = true
		}
	}
	if len(kinds) < 3 {
		find("college.scic.kinds", args{"kinds": len(kinds)})
	}
	if !kinds[Beneficiary] {
		find("college.scic.beneficiaries", nil)
	}
	if !kinds[Employee] && !kinds[Producer] {
		find("college.scic.employees", nil)
	}
	sum := new(big.Rat)
	for _, c := range a.Statutes.Colleges {
		w := c.Weight.Rat()
		sum.Add(sum, w)
		if len(a.Statutes.Colleges) > 1 && (w.Cmp(big.NewRat(10, 1)) < 0 || w.Cmp(big.NewRat(50, 1)) > 0) {
			find("college.scic.weight", args{"college": c.ID, "weight": c.Weight})
		}
	}
	if sum.Cmp(big.NewRat(100, 1)) != 0 {
		find("college.scic.sum", args{"sum": tally.Exactly(sum)})
	}
	for _, m := range a.Members {
		votes := int64(0)
		for _, s := range m.Seats {
			votes += s.votes()
		}
		if votes > 1 {
			find("college.scic.votes", args{"member": m.ID, "votes": votes, "seats": len(m.Seats)})
		}
	}
	return out
}
