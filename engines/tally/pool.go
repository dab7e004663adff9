package tally

import (
	"errors"
	"fmt"
)

// maxWeight bounds the points that one project may have on a ballot when points are money's measure (equal shares by score).
const maxWeight = 1 << 20

// ErrWeight says that points are too large to share costs by.
var ErrWeight = errors.New("more than 1,048,576 points for a project")

// pool is the ballots as the counts want them: by project, the groups that support it, and with what weight.
type pool struct {
	mult    []uint32
	off     []uint32 // as in Ballots: room for what a group can pay for
	sup     []uint32 // groups by project
	supOff  []uint32
	w       []int32 // beside sup; nil: all one
	wmax    int64
	voters  int64
	support []int64 // by project its supporters
	weight  []int64 // by project their weights
}

// weights says what a ballot gives to the projects that it names.
type weights int

const (
	byVotes  weights = iota // one each; nothing where it has points and they are zero
	byPoints                // the points, one each where it has none
	byRank                  // the length of the longest ballot for a first place, one less for each next
)

func weightsOf(s string) weights {
	switch s {
	case "points", "score":
		return byPoints
	case "borda":
		return byRank
	}
	return byVotes
}

// longest is the length of the longest ballot.
func (b *Ballots) longest() int {
	n := uint32(0)
	for g := range b.Mult {
		n = max(n, b.Off[g+1]-b.Off[g])
	}
	return int(n)
}

// weigh calls f with each choice of group g and its weight, where that is not zero.
func (b *Ballots) weigh(g int, how weights, longest int, f func(c uint16, w int32)) {
	pts := b.PointsOf(g)
	for i, c := range b.Choices(g) {
		switch {
		case pts != nil && pts[i] <= 0:
		case how == byPoints && pts != nil:
			f(c, pts[i])
		case how == byRank && b.Kind == Ordinal:
			f(c, int32(longest-i))
		default:
			f(c, 1)
		}
	}
}

// newPool sorts the ballots by project. With drop, empty ballots are not counted as voters.
func newPool(b *Ballots, how weights, drop bool) (*pool, error) {
	n := b.Candidates
	p := &pool{mult: b.Mult, off: b.Off, supOff: make([]uint32, n+1), support: make([]int64, n), weight: make([]int64, n), wmax: 1}
	long := b.longest()
	for g, m := range b.Mult {
		any := false
		b.weigh(g, how, long, func(c uint16, w int32) {
			p.supOff[c+1]++
			p.support[c] += int64(m)
			p.weight[c] += int64(m) * int64(w)
			p.wmax = max(p.wmax, int64(w))
			any = true
		})
		if any || !drop {
			p.voters += int64(m)
		}
	}
	if p.wmax > maxWeight {
		return nil, fmt.Errorf("sort ballots: %d points: %w", p.wmax, ErrWeight)
	}
	for c := range n {
		p.supOff[c+1] += p.supOff[c]
	}
	p.sup = make([]uint32, p.supOff[n])
	if p.wmax > 1 {
		p.w = make([]int32, p.supOff[n])
	}
	at := make([]uint32, n)
	copy(at, p.supOff)
	for g := range b.Mult {
		b.weigh(g, how, long, func(c uint16, w int32) {
			p.sup[at[c]] = uint32(g)
			if p.w != nil {
				p.w[at[c]] = w
			}
			at[c]++
		})
	}
	return p, nil
}

// supporters are the groups of project c and their weights (nil: one each).
func (p *pool) supporters(c int) ([]uint32, []int32) {
	from, to := p.supOff[c], p.supOff[c+1]
	if p.w == nil {
		return p.sup[from:to], nil
	}
	return p.sup[from:to], p.w[from:to]
}
