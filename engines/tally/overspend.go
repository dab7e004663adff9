package tally

import (
	"math"
	"math/big"
	"slices"
)

// overspending is equal shares with bounded overspending: a round may buy a project of which the supporters pay only the part α, at a price
// t for each weight; it takes the project and part with the least t/worth/α². Supporters then pay t/α, or what they have.
//
// Purses are few different rationals, kept once each with a float beside; floats choose, and whatever comes near the least is compared
// exactly.
type overspending struct {
	in      *Instance
	pool    *pool
	perCost bool
	rank    []int32
}

// offer is one way to buy a project.
type offer struct {
	c         int32
	price     *big.Rat // t
	part      *big.Rat // α
	objective *big.Rat
	tied      []int32
}

type holder struct {
	value int32 // place of the purse
	m, w  int64
	ratio float64 // purse for each weight
}

func (o *overspending) run(record func(offer), choose func([]int32) int32) []int32 {
	if o.pool.voters == 0 {
		return nil
	}
	keep, costs := newKeeper(o.in), o.in.Costs()
	share := big.NewRat(o.in.Budget, o.pool.voters)
	values, floats := []*big.Rat{share}, []float64{toFloat(share)}
	purse := make([]int32, len(o.pool.mult))
	var won []int32
	spent := int64(0)
	worth := func(c int32) int64 {
		if o.perCost {
			return costs[c]
		}
		return 1
	}
	holders := func(c int32) []holder {
		sup, ws := o.pool.supporters(int(c))
		list := make([]holder, 0, len(sup))
		for i, g := range sup {
			w := int64(1)
			if ws != nil {
				w = int64(ws[i])
			}
			if v := purse[g]; values[v].Sign() > 0 {
				list = append(list, holder{v, int64(o.pool.mult[g]), w, floats[v] / float64(w)})
			}
		}
		slices.SortFunc(list, func(a, b holder) int {
			if a.ratio < b.ratio {
				return -1
			} else if a.ratio > b.ratio {
				return 1
			}
			return 0
		})
		return list
	}
	for {
		var free []int32
		best := math.Inf(1)
		type near struct {
			c    int32
			list []holder
			at   int // which holder's whole purse is the price; -1: the price that pays all
			f    float64
		}
		var nears []near
		for i := range costs {
			c := int32(i)
			if keep.won[c] || o.pool.support[c] == 0 || costs[c] > o.in.Budget-spent || keep.allows(i) != may {
				continue
			}
			if costs[c] == 0 {
				free = append(free, c)
				continue
			}
			list := holders(c)
			var money, weight, all float64
			for _, h := range list {
				weight += float64(h.m * h.w)
				all += float64(h.m) * floats[h.value]
			}
			cost, u := float64(costs[c]), float64(worth(c))
			total := weight
			for k, h := range list {
				// At this holder's whole purse: those before pay theirs, the others as much for their weight.
				got := money + weight*h.ratio
				if got < cost*(1+floatError) {
					a := min(1, got/cost)
					nears = append(nears, near{c, list, k, h.ratio / u / (a * a)})
				}
				money += float64(h.m) * floats[h.value]
				weight -= float64(h.m * h.w)
			}
			if all >= cost*(1-floatError) {
				money, weight = 0, total
				for _, h := range list {
					if t := (cost - money) / weight; t <= h.ratio*(1+floatError) {
						nears = append(nears, near{c, list, -1, t / u})
						break
					}
					money += float64(h.m) * floats[h.value]
					weight -= float64(h.m * h.w)
				}
			}
		}
		if len(free) > 0 {
			sortByRank(free, o.rank)
			c := free[0]
			keep.take(int(c))
			won = append(won, c)
			if record != nil {
				record(offer{c: c})
			}
			continue
		}
		for _, n := range nears {
			best = min(best, n.f)
		}
		var tied []offer
		for _, n := range nears {
			if n.f > best*(1+4*floatError) {
				continue
			}
			x, ok := o.exact(n.c, n.list, n.at, values, worth(n.c))
			if !ok {
				continue
			}
			if len(tied) > 0 {
				d := x.objective.Cmp(tied[0].objective)
				if d > 0 || d == 0 && slices.ContainsFunc(tied, func(y offer) bool { return y.c == x.c && y.price.Cmp(x.price) == 0 }) {
					continue
				}
				if d < 0 {
					tied = tied[:0]
				}
			}
			tied = append(tied, x)
		}
		if len(tied) == 0 {
			return won
		}
		// Of one project's equal offers the dearer pays more of it.
		slices.SortFunc(tied, func(a, b offer) int {
			if a.c != b.c {
				return int(o.rank[a.c] - o.rank[b.c])
			}
			return b.price.Cmp(a.price)
		})
		pick := tied[0]
		var ids []int32
		for _, x := range tied {
			if len(ids) == 0 || ids[len(ids)-1] != x.c {
				ids = append(ids, x.c)
			}
		}
		if choose != nil && len(ids) > 1 {
			c := choose(ids)
			pick = tied[slices.IndexFunc(tied, func(x offer) bool { return x.c == c })]
		}
		pick.tied = ids
		pays := new(big.Rat).Quo(pick.price, pick.part)
		type key struct {
			v int32
			w int64
		}
		after := map[key]int32{}
		sup, ws := o.pool.supporters(int(pick.c))
		for i, g := range sup {
			w := int64(1)
			if ws != nil {
				w = int64(ws[i])
			}
			k := key{purse[g], w}
			v, ok := after[k]
			if !ok {
				left := new(big.Rat).Sub(values[k.v], new(big.Rat).Mul(pays, new(big.Rat).SetInt64(w)))
				if left.Sign() < 0 {
					left.SetInt64(0)
				}
				v = int32(len(values))
				values, floats = append(values, left), append(floats, toFloat(left))
				after[k] = v
			}
			purse[g] = v
		}
		keep.take(int(pick.c))
		spent += costs[pick.c]
		won = append(won, pick.c)
		if record != nil {
			record(pick)
		}
	}
}

// exact is an offer in rationals; false when the supporters cannot pay what the floats thought they could.
func (o *overspending) exact(c int32, list []holder, at int, values []*big.Rat, worth int64) (offer, bool) {
	cost := new(big.Rat).SetInt64(o.in.Projects[c].Cost)
	per := func(h holder) *big.Rat { return new(big.Rat).Quo(values[h.value], new(big.Rat).SetInt64(h.w)) }
	sorted := slices.Clone(list)
	slices.SortStableFunc(sorted, func(a, b holder) int { return per(a).Cmp(per(b)) })
	var price *big.Rat
	collect := func(t *big.Rat) *big.Rat {
		sum := new(big.Rat)
		for _, h := range sorted {
			x := new(big.Rat).Mul(t, new(big.Rat).SetInt64(h.w))
			if values[h.value].Cmp(x) < 0 {
				x = values[h.value]
			}
			sum.Add(sum, new(big.Rat).Mul(x, new(big.Rat).SetInt64(h.m)))
		}
		return sum
	}
	if at >= 0 {
		price = per(list[at])
	} else {
		money, weight := new(big.Rat), new(big.Rat)
		for _, h := range sorted {
			weight.Add(weight, new(big.Rat).SetInt64(h.m*h.w))
		}
		for _, h := range sorted {
			t := new(big.Rat).Sub(cost, money)
			t.Quo(t, weight)
			if t.Cmp(per(h)) <= 0 {
				price = t
				break
			}
			money.Add(money, new(big.Rat).Mul(values[h.value], new(big.Rat).SetInt64(h.m)))
			weight.Sub(weight, new(big.Rat).SetInt64(h.m*h.w))
		}
		if price == nil {
			return offer{}, false
		}
	}
	part := collect(price)
	part.Quo(part, cost)
	if part.Cmp(new(big.Rat).SetInt64(1)) > 0 {
		part.SetInt64(1)
	}
	obj := new(big.Rat).Quo(price, new(big.Rat).SetInt64(worth))
	obj.Quo(obj, part).Quo(obj, part)
	return offer{c: c, price: price, part: part, objective: obj}, true
}

func toFloat(r *big.Rat) float64 { f, _ := r.Float64(); return f }
