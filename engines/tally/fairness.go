package tally

import (
	"math/big"
	"math/bits"
	"slices"
)

// Judge is the fairness of any set of winners (ids of in; unknown ones are left out) on these ballots, whatever chose them. utility is cost
// or count and says what EJR+ measures by.
func Judge(in *Instance, winners []string, utility string) *Fairness {
	var won []int32
	for i, p := range in.Projects {
		if slices.Contains(winners, p.ID) {
			won = append(won, int32(i))
		}
	}
	return fairness(in, won, Rule{Params: []Param{{"utility", utility}}}, false)
}

func fairness(in *Instance, won []int32, r Rule, priced bool) *Fairness {
	b := in.Ballots
	is := make([]bool, len(in.Projects))
	scale := new(big.Rat).SetInt(pow10(in.Scale))
	money := func(units *big.Int) Number { return Number{new(big.Rat).Quo(new(big.Rat).SetInt(units), scale)} }
	for _, p := range won {
		is[p] = true
	}
	// The cost of each winner is split evenly over its supporters, to say what was spent for whom.
	support := in.Ballots.add(byVotes).votes
	n := make([]int, b.Groups())
	cost := make([]int64, b.Groups())
	spent := make([]float64, b.Groups())
	f := &Fairness{EJRPlusUtility: "cost", EJRPlus: []Violation{}}
	if r.Get("utility") == "count" {
		f.EJRPlusUtility = "count"
	}
	voted, sumN, sumCost := 0, int64(0), new(big.Int)
	for g, m := range b.Mult {
		any := false
		b.weigh(g, byVotes, 0, func(c uint16, _ int32) {
			any = true
			if is[c] {
				n[g]++
				cost[g] += in.Projects[c].Cost
				spent[g] += float64(in.Projects[c].Cost) / float64(support[c])
			}
		})
		for len(f.Distribution) <= n[g] {
			f.Distribution = append(f.Distribution, 0)
		}
		f.Distribution[n[g]] += int(m)
		if n[g] == 0 {
			f.WithNothing += int(m)
		}
		if any {
			voted += int(m)
			if n[g] == 0 {
				f.Excluded += int(m)
			}
		}
		sumN += int64(m) * int64(n[g])
		sumCost.Add(sumCost, new(big.Int).Mul(big.NewInt(int64(m)), big.NewInt(cost[g])))
	}
	if voted > 0 {
		f.ExclusionRatio = Fraction(int64(f.Excluded), int64(voted))
	}
	if b.Voters > 0 {
		f.MeanWinners = Fraction(sumN, int64(b.Voters))
		f.MeanCost = Number{new(big.Rat).Quo(money(sumCost).Rat(), new(big.Rat).SetInt64(int64(b.Voters)))}
	}
	f.EJRPlus = ejrPlus(in, is, n, cost, f.EJRPlusUtility == "count")
	if priced {
		f.Priceable = "proved"
	} else {
		f.Priceable = "unknown"
	}
	f.By = byAttribute(in, n, cost, spent)
	return f
}

// ejrPlus lists the violations of EJR+ up to any project (Brill and Peters, Robust and verifiable proportionality axioms, 2023): a project c
// that lost and a set of its supporters who hold together, at budget/voters each, so much that
//
//	by cost:   what each has in winners, and the cost of c, is at most that much;
//	by count:  (winners of each, and one) × cost of c is at most that much.
//
// It is enough to try, for each c, all supporters who have at most x, for each x that occurs: a larger set is owed more.
func ejrPlus(in *Instance, won []bool, n []int, cost []int64, count bool) []Violation {
	out := []Violation{}
	b := in.Ballots
	p, err := newPool(b, byVotes, false)
	if err != nil || b.Voters == 0 {
		return out
	}
	for c := range in.Projects {
		if won[c] || p.support[c] == 0 {
			continue
		}
		sup, _ := p.supporters(c)
		has := func(g uint32) int64 {
			if count {
				return int64(n[g])
			}
			return cost[g]
		}
		list := slices.Clone(sup)
		slices.SortFunc(list, func(a, b uint32) int { return compare(has(a), has(b)) })
		voters, worst := int64(0), Violation{}
		for i, g := range list {
			voters += int64(b.Mult[g])
			if i+1 < len(list) && has(list[i+1]) == has(g) {
				continue
			}
			// owed·voters of all ≤ budget·these, in 128 bits; a product of counts beyond 64 bits is more than any budget.
			owed := has(g) + in.Projects[c].Cost
			if count {
				hi, lo := bits.Mul64(uint64(has(g)+1), uint64(in.Projects[c].Cost))
				if hi > 0 || lo > MaxAmount {
					continue
				}
				owed = int64(lo)
			}
			lh, ll := bits.Mul64(uint64(owed), uint64(b.Voters))
			rh, rl := bits.Mul64(uint64(in.Budget), uint64(voters))
			if lh < rh || lh == rh && ll <= rl {
				share := in.Money(in.Budget).Rat()
				share.Mul(share, big.NewRat(voters, int64(b.Voters)))
				most := in.Money(has(g))
				if count {
					most = Whole(has(g))
				}
				worst = Violation{Project: in.Projects[c].ID, Voters: int(voters), Deserve: Number{share},
					Says: say("tally.ejr", args{"project": in.Projects[c].ID, "voters": voters, "share": Number{share}.Rounded(2), "most": most})}
			}
		}
		if worst.Voters > 0 {
			out = append(out, worst)
		}
	}
	return out
}

// byAttribute splits the voters by each attribute that is known of them.
func byAttribute(in *Instance, n []int, cost []int64, spent []float64) []Attribute {
	b := in.Ballots
	if b.Who == nil || b.Of == nil {
		return nil
	}
	var out []Attribute
	for _, col := range b.Who.Columns {
		values, code := col.Values, col.Code
		if col.Name == "age" {
			values, code = ageBands(col)
		}
		if len(values) < 2 || len(values) > 200 {
			continue
		}
		parts := make([]Part, len(values))
		winners, sums, euros := make([]int64, len(values)), make([]*big.Int, len(values)), make([]float64, len(values))
		for i, v := range values {
			parts[i].Value, sums[i] = v, new(big.Int)
		}
		for v, g := range b.Of[:min(len(b.Of), len(code))] {
			k := code[v]
			parts[k].Voters++
			winners[k] += int64(n[g])
			sums[k].Add(sums[k], big.NewInt(cost[g]))
			euros[k] += spent[g]
			if n[g] == 0 {
				parts[k].WithNothing++
			}
		}
		unit := in.Money(1).Float()
		for i := range parts {
			if parts[i].Voters > 0 {
				parts[i].MeanWinners = Fraction(winners[i], int64(parts[i].Voters))
				parts[i].MeanCost = Number{new(big.Rat).Mul(in.Money(1).Rat(), new(big.Rat).SetFrac(sums[i], big.NewInt(int64(parts[i].Voters))))}
				parts[i].Spent = euros[i] * unit
			}
		}
		parts = slices.DeleteFunc(parts, func(p Part) bool { return p.Voters == 0 })
		slices.SortFunc(parts, func(a, b Part) int {
			if a.Value < b.Value {
				return -1
			} else if a.Value > b.Value {
				return 1
			}
			return 0
		})
		out = append(out, Attribute{col.Name, parts})
	}
	return out
}

// ageBands groups ages: under 18, 18-24, then by ten years, 75 and more; what is no age stays together.
func ageBands(col Column) ([]string, []uint32) {
	bands := []string{"", "00-17", "18-24", "25-34", "35-44", "45-54", "55-64", "65-74", "75+"}
	tops := []int64{17, 24, 34, 44, 54, 64, 74}
	of := make([]uint32, len(col.Values))
	for i, v := range col.Values {
		if checkWhole(v) != nil {
			continue
		}
		age, band := atoi(v), uint32(1)
		for int(band) <= len(tops) && age > tops[band-1] {
			band++
		}
		of[i] = band
	}
	code := make([]uint32, len(col.Code))
	for i, c := range col.Code {
		code[i] = of[c]
	}
	return bands, code
}
