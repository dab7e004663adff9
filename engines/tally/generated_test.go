package tally

import (
	"math/rand/v2"
	"strconv"
)

// generated is a city: projects of uneven appeal and cost, in ten districts; ballots of 1 to 10 choices, mostly in one district.
func generated(ballots, projects int) *Instance {
	r := rand.New(rand.NewPCG(7, 7))
	in := &Instance{}
	appeal := make([]float64, projects)
	for i := range projects {
		cost := int64(5000 * (1 + r.ExpFloat64()*20))
		in.Projects = append(in.Projects, Project{ID: strconv.Itoa(i + 1), Cost: cost})
		appeal[i] = 0.02 + r.Float64()*r.Float64()
	}
	in.Budget = in.Total() / 3
	b, err := NewBuilder(Approval, projects, false)
	if err != nil {
		panic(err)
	}
	var list []int32
	for range ballots {
		list = list[:0]
		home, want := r.IntN(10), 1+r.IntN(10)
		for len(list) < want {
			c := r.IntN(projects)
			if c%10 != home && r.IntN(4) > 0 || r.Float64() > appeal[c] || contains(list, int32(c)) {
				continue
			}
			list = append(list, int32(c))
		}
		if _, err := b.Add(list, nil); err != nil {
			panic(err)
		}
	}
	in.Ballots = b.Done()
	return in
}

func contains(list []int32, c int32) bool {
	for _, x := range list {
		if x == c {
			return true
		}
	}
	return false
}
