package tally

import (
	"errors"
	"fmt"
	"math"
	"slices"
)

// Kind is what a ballot says about the candidates that it names. (A *candidate* is a project of a budget or a person or option of an
// election; here it is its index.)
type Kind string

// The kinds of ballots.
const (
	Approval   Kind = "approval"   // each named one equally
	ChooseOne  Kind = "choose-1"   // one at most
	Cumulative Kind = "cumulative" // points shared out
	Scoring    Kind = "scoring"    // points each, or grades as numbers, higher is better
	Ordinal    Kind = "ordinal"    // in order, best first, none equal
	Weak       Kind = "weak"       // in order with equals: points are ranks, 1 is best; the unnamed are below all
)

// HasPoints tells the kinds that carry a number beside each choice.
func (k Kind) HasPoints() bool { return k == Cumulative || k == Scoring || k == Weak }

// MaxCandidates is how many candidates ballots can name.
const MaxCandidates = math.MaxUint16

// Ballots are all ballots of a count, equal ones kept once: group g names Choice[Off[g]:Off[g+1]] and was cast Mult[g] times. Choices go by
// index, but in the ballot's order for [Ordinal]. Make them with a [Builder]; then nothing changes them, and any number of counts may read
// them at once. A count must not depend on the order of groups.
type Ballots struct {
	Kind       Kind
	Candidates int
	Off        []uint32
	Choice     []uint16
	Points     []int32 // beside Choice; nil for kinds without
	Mult       []uint32
	Voters     int      // ballots cast, empty ones too: the sum of Mult
	Of         []uint32 // by voter in the order of casting, his group; nil when not kept
	Who        *Voters  // ids and attributes; nil when not kept
}

// Groups is how many different ballots there are.
func (b *Ballots) Groups() int { return len(b.Mult) }

// Choices are the candidates that group g names. Not to be changed.
func (b *Ballots) Choices(g int) []uint16 { return b.Choice[b.Off[g]:b.Off[g+1]] }

// PointsOf are the numbers beside the choices of group g; nil for kinds without.
func (b *Ballots) PointsOf(g int) []int32 {
	if b.Points == nil {
		return nil
	}
	return b.Points[b.Off[g]:b.Off[g+1]]
}

// Support is by candidate the number of ballots that name it.
func (b *Ballots) Support() []int64 {
	n := make([]int64, b.Candidates)
	for g, m := range b.Mult {
		for _, c := range b.Choices(g) {
			n[c] += int64(m)
		}
	}
	return n
}

// The errors of [Builder.Add].
var (
	ErrCandidate = errors.New("candidate out of range")
	ErrTwice     = errors.New("candidate named twice")
	ErrPoints    = errors.New("points do not fit the choices")
	ErrMany      = errors.New("more than 4,294,967,295 choices or equal ballots")
)

// Builder groups ballots as they come. It holds every different ballot once, some 2 bytes a choice (6 with points) and 16 to 24 a ballot.
type Builder struct {
	b      Ballots
	table  []uint32 // open addressing: group+1
	c      []uint16 // the ballot being added
	p      []int32
	voters bool
}

// NewBuilder starts ballots of a kind over so many candidates. With voters, each ballot's group is kept in the order of casting, which
// explanations to a voter need.
func NewBuilder(kind Kind, candidates int, voters bool) (*Builder, error) {
	if candidates < 0 || candidates > MaxCandidates {
		return nil, fmt.Errorf("build ballots: %d candidates, %d at most", candidates, MaxCandidates)
	}
	return &Builder{b: Ballots{Kind: kind, Candidates: candidates, Off: []uint32{0}}, table: make([]uint32, 1024), voters: voters}, nil
}

// Add counts one ballot and returns its group. points are beside choices for kinds that have them, else nil. Neither slice is kept. Points
// of zero are kept as they are. Errors: [ErrCandidate], [ErrTwice], [ErrPoints], [ErrMany]; a refused ballot is not counted.
func (b *Builder) Add(choices, points []int32) (int, error) { return b.AddTimes(choices, points, 1) }

// AddTimes counts one ballot that was cast so many times (at least once).
func (b *Builder) AddTimes(choices, points []int32, times uint32) (int, error) {
	if b.b.Kind.HasPoints() != (points != nil) && len(choices) > 0 || points != nil && len(points) != len(choices) {
		return 0, ErrPoints
	}
	b.c, b.p = b.c[:0], b.p[:0]
	ordered := b.b.Kind == Ordinal
	for i, c := range choices {
		if c < 0 || int(c) >= b.b.Candidates {
			return 0, ErrCandidate
		}
		b.c = append(b.c, uint16(c))
		if points != nil {
			b.p = append(b.p, points[i])
		}
		if ordered {
			if slices.Contains(b.c[:i], uint16(c)) {
				return 0, ErrTwice
			}
			continue
		}
		j := i // ballots are short: insertion keeps them in order
		for ; j > 0 && b.c[j-1] > uint16(c); j-- {
			b.c[j] = b.c[j-1]
			if points != nil {
				b.p[j] = b.p[j-1]
			}
		}
		if j > 0 && b.c[j-1] == uint16(c) {
			return 0, ErrTwice
		}
		b.c[j] = uint16(c)
		if points != nil {
			b.p[j] = points[i]
		}
	}
	g, err := b.place(times)
	if err != nil {
		return 0, err
	}
	b.b.Voters += int(times)
	if b.voters {
		for range times {
			b.b.Of = append(b.b.Of, uint32(g))
		}
	}
	return g, nil
}

// place finds or makes the group of the ballot in b.c and b.p.
func (b *Builder) place(times uint32) (int, error) {
	mask := uint32(len(b.table) - 1)
	at := hash(b.c, b.p) & mask
	for ; b.table[at] != 0; at = (at + 1) & mask {
		g := int(b.table[at] - 1)
		if slices.Equal(b.b.Choices(g), b.c) && (len(b.p) == 0 || slices.Equal(b.b.PointsOf(g), b.p)) {
			if b.b.Mult[g] > math.MaxUint32-times {
				return 0, ErrMany
			}
			b.b.Mult[g] += times
			return g, nil
		}
	}
	if len(b.b.Choice)+len(b.c) > math.MaxUint32 || len(b.b.Mult) >= math.MaxUint32-1 {
		return 0, ErrMany
	}
	g := len(b.b.Mult)
	b.b.Choice = append(b.b.Choice, b.c...)
	if b.b.Kind.HasPoints() {
		b.b.Points = append(b.b.Points, b.p...)
	}
	b.b.Off = append(b.b.Off, uint32(len(b.b.Choice)))
	b.b.Mult = append(b.b.Mult, times)
	b.table[at] = uint32(g + 1)
	if 2*(g+1) > len(b.table) {
		b.grow()
	}
	return g, nil
}

func (b *Builder) grow() {
	b.table = make([]uint32, 2*len(b.table))
	mask := uint32(len(b.table) - 1)
	for g := range b.b.Mult {
		at := hash(b.b.Choices(g), b.b.PointsOf(g)) & mask
		for b.table[at] != 0 {
			at = (at + 1) & mask
		}
		b.table[at] = uint32(g + 1)
	}
}

func hash(c []uint16, p []int32) uint32 {
	h := uint64(len(c)) + 0x9e3779b97f4a7c15
	for _, x := range c {
		h = (h ^ uint64(x)) * 0xff51afd7ed558ccd
		h ^= h >> 29
	}
	for _, x := range p {
		h = (h ^ uint64(uint32(x))) * 0xc4ceb9fe1a85ec53
		h ^= h >> 31
	}
	return uint32(h ^ h>>32)
}

// Voter keeps who cast the ballot added last; for builders with voters, after each Add or after none. values are the attributes, in the
// order of the names given to [Builder.Attributes].
func (b *Builder) Voter(id []byte, values ...[]byte) {
	if b.b.Who == nil {
		b.b.Who = NewVoters()
	}
	b.b.Who.add(id, values)
}

// Attributes names what Voter will tell of each voter. Before the first Voter.
func (b *Builder) Attributes(names ...string) {
	b.b.Who = NewVoters(names...)
}

// Done returns the ballots. The builder must not be used again.
func (b *Builder) Done() *Ballots {
	b.table = nil
	return &b.b
}
