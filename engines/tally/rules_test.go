package tally

import (
	"fmt"
	"math/rand/v2"
	"os"
	"slices"
	"strconv"
	"strings"
	"testing"
)

// randomInstance draws a small budget in which equals, zeros and odd corners are frequent.
func randomInstance(r *rand.Rand, kind Kind) *Instance {
	pick := func(list ...int64) int64 { return list[r.IntN(len(list))] }
	in := &Instance{Scale: int(pick(0, 0, 0, 2))}
	projects := r.IntN(9)
	unit := pick(1, 1, 10, 1000)
	if r.IntN(15) == 0 {
		unit = 100_000_000_000
	}
	for i := range projects {
		cost := r.Int64N(12) * unit
		if r.IntN(3) == 0 {
			cost = unit * pick(0, 5, 6, 10, 100)
		}
		in.Projects = append(in.Projects, Project{ID: strconv.Itoa(i + 5), Cost: cost})
	}
	in.Budget = unit * (r.Int64N(30) + pick(0, 1, 10))
	if r.IntN(4) == 0 {
		in.Budget += r.Int64N(unit + 1)
	}
	b, err := NewBuilder(kind, projects, true)
	if err != nil {
		panic(err)
	}
	for range pick(0, 1, 2, 3, 5, 9, 14) {
		var choices, points []int32
		for _, c := range r.Perm(projects) {
			if r.IntN(3) == 0 {
				choices = append(choices, int32(c))
				points = append(points, int32(r.IntN(4)))
			}
		}
		if kind == ChooseOne && len(choices) > 1 {
			choices = choices[:1]
		}
		if !kind.HasPoints() {
			points = nil
		} else if points == nil {
			points = []int32{}
		}
		if _, err := b.AddTimes(choices, points, uint32(pick(1, 1, 1, 2, 5))); err != nil {
			panic(err)
		}
	}
	in.Ballots = b.Done()
	if projects > 2 && r.IntN(3) == 0 {
		some := func() []int { return r.Perm(projects)[:1+r.IntN(projects)] }
		switch r.IntN(3) {
		case 0:
			in.Limits.Envelopes = []Envelope{{"a", r.Int64N(20) * unit, some()}, {"b", r.Int64N(20) * unit, some()}}
		case 1:
			in.Limits.Groups = [][]int{some(), some()}
		default:
			in.Limits.Needs = []Need{{0, 1}, {1, 2}}
			in.Limits.Groups = [][]int{some()}
		}
	}
	return in
}

// slowCount is the winners and, for equal shares, the payments by the plain implementation.
func slowCount(in *Instance, rule Rule) (won []int, pays []string, steps int) {
	ties, _ := ParseTies(rule.Get("ties"))
	util := rule.Get("utility")
	if util == "" {
		util = rule.Get("score")
	}
	if rule.Name == Points {
		util = "points"
	}
	votes := newSlow(in, util, nil, false)
	if rule.Name == EqualShares || rule.Name == BoundedOverspend {
		votes = newSlow(in, "votes", nil, false) // greedy completion and the order between equals go by votes
	}
	score := make([]int64, len(in.Projects))
	for c := range score {
		score[c] = votes.score(c)
	}
	rank := ties.Rank(in.IDs(), score, in.Costs())
	votes.rank = rank
	s := newSlow(in, util, rank, rule.Get("empty") == "drop")
	fund := rule.Get("unsupported") == "fund"
	switch rule.Name {
	case Greedy, Points:
		won = s.greedy(nil, s.byScore, false, 0, fund)
	case GreedyNoSkip:
		won = s.greedy(nil, s.byScore, true, 0, fund)
	case GreedyThreshold:
		won = s.greedy(nil, s.byScore, false, atoi(rule.Get("votes")), fund)
	case GreedyPerCost:
		won = s.greedy(nil, s.byCost, false, 0, fund)
	case Phragmen:
		won = s.phragmen(rule.Get("stop") == "skip")
	case BoundedOverspend:
		won = s.overspending()
	case MajorityJudgement:
		won = s.greedy(nil, s.judged(rule.Get("missing") == "lowest"), false, 0, fund)
	case EqualShares:
		step := atoi(rule.Get("step"))
		for range in.Scale {
			step *= 10
		}
		w, p, n := s.shares(rule, step, func(won []int) []int { return votes.greedy(won, votes.byScore, false, 0, fund) })
		won, steps = w, n
		for _, x := range p {
			if x == nil {
				pays = append(pays, "")
				continue
			}
			pays = append(pays, (&counter{in: in}).moneyRat(x).String())
		}
	}
	return won, pays, steps
}

// randomRule draws a rule that can read the kind, with random values for its keys.
func randomRule(r *rand.Rand, kind Kind) Rule {
	for {
		specs := Rules()
		spec := specs[r.IntN(len(specs))]
		if r.IntN(2) == 0 {
			spec, _ = specs.Find(EqualShares)
		}
		if !slices.Contains(spec.Ballots, kind) {
			continue
		}
		text := spec.Name
		for _, k := range spec.Keys {
			if k.Name == "parts" {
				continue // needs budgets of its own: see the tests of parts
			}
			v := k.Default
			switch {
			case k.Name == "ties":
				v = []string{"votes/cost/id", "cost/votes", "id", "lot:2026", "dear/fewer"}[r.IntN(5)]
			case k.Name == "votes":
				v = strconv.Itoa(r.IntN(6))
			case k.Name == "step" || k.Name == "each" || k.Name == "total":
			case r.IntN(2) == 0:
				v = k.Values[r.IntN(len(k.Values))]
			}
			text += "," + k.Name + "=" + v
		}
		rule, err := specs.Parse(text)
		if err != nil {
			panic(err)
		}
		return rule
	}
}

// Every rule gives what its definition gives, on instances full of ties and corners. TALLY_ROUNDS makes it more.
func TestEveryRuleEqualsItsDefinition(t *testing.T) {
	rounds := 1500
	if n, err := strconv.Atoi(os.Getenv("TALLY_ROUNDS")); err == nil {
		rounds = n
	}
	if testing.Short() {
		rounds /= 10
	}
	kinds := []Kind{Approval, Approval, Cumulative, Scoring, Ordinal, ChooseOne}
	counted := map[string]int{}
	for seed := range rounds {
		r := rand.New(rand.NewPCG(uint64(seed), 1))
		kind := kinds[r.IntN(len(kinds))]
		in := randomInstance(r, kind)
		rule := randomRule(r, kind)
		if in.Budget > 1_000_000 && strings.Contains(rule.Get("completion"), "add1") {
			rule = rule.With("step", "1000000000") // the plain way takes each step
		}
		if rule.Name == Points {
			rule = rule.With("each", "0").With("total", "0")
		}
		counted[rule.Name]++
		res, err := Count(in, rule, Options{Workers: 1 + seed%2})
		if err != nil {
			t.Fatalf("seed %d: %v", seed, err)
		}
		won, pays, steps := slowCount(in, rule)
		ids := []string{}
		for _, c := range won {
			ids = append(ids, in.Projects[c].ID)
		}
		if !slices.Equal(ids, res.Winners) || rule.Name == EqualShares && res.Steps != steps {
			t.Fatalf("seed %d: %s on %s: winners %v after %d steps, by definition %v after %d", seed, rule, describe(in), res.Winners, res.Steps, ids, steps)
		}
		for i, p := range pays {
			got := ""
			if res.Rounds[i].Payment != nil {
				got = res.Rounds[i].Payment.String()
			}
			if got != p {
				t.Fatalf("seed %d: %s on %s: payment of %s is %s, by definition %s", seed, rule, describe(in), res.Rounds[i].Project, got, p)
			}
		}
	}
	t.Log(counted)
}

func describe(in *Instance) string {
	var b strings.Builder
	fmt.Fprintf(&b, "budget %d (scale %d);", in.Budget, in.Scale)
	for _, p := range in.Projects {
		fmt.Fprintf(&b, " %s:%d", p.ID, p.Cost)
	}
	for g, m := range in.Ballots.Mult {
		fmt.Fprintf(&b, "; %d×%v%v", m, in.Ballots.Choices(g), in.Ballots.PointsOf(g))
	}
	fmt.Fprintf(&b, "; %+v", in.Limits)
	return b.String()
}
