package tally

import "slices"

// memo remembers, from one loose count of a contest to the next, what supporters had at each place, so that a project which was far from being
// bought there need not be looked at again.
//
// Fast purses are simple: a voter who can still pay has exactly the first share less the prices of all winners that the ballot names, and any
// voter has at least that. Hence, when the same projects have been bought as at the same place of the count before, in whatever order, no purse
// is higher now than then by more than
//
//	the rise of the first share + the sum over those projects of how much cheaper each became (where it did).
//
// A record says that at that place supporters with less than some price had so much together, were so many, and that the others weigh so much.
// With purses higher by at most r, the same supporters pay at price θ at most: their money + r·their number + θ·the weight of the others.
type memo struct {
	places int // how many are kept
	n      int // projects
	words  int
	at     []remembered
	place  int

	first, prev int64 // first shares, now and in the count before
	shift       int
	fell        int64   // what the projects bought in this count became cheaper together
	price, last []int64 // by project, in this count and in the count before
	set         []uint64
	wmax        int64
	usable      bool // this place is kept
	count       int64
}

// remembered is one place: the set of projects bought before it, how much purses have risen there over the counts so far, and the records.
type remembered struct {
	set   []uint64
	risen int64
	recs  []record
	count int64 // the count that came here last
}

// record holds for one project; risen is that of the place when it was made.
type record struct{ poor, voters, rich, risen int64 }

// maxRecords bounds the memory of a memo: 32 bytes each.
const maxRecords = 1 << 17

func (m *memo) make(projects int, wmax int64) {
	m.n, m.words, m.wmax = projects, (projects+63)/64, wmax
	m.places = min(projects, maxRecords/max(1, projects))
	m.at = make([]remembered, m.places)
	m.price, m.last, m.set = make([]int64, projects), make([]int64, projects), make([]uint64, m.words)
}

// begin starts a count with this first share, in fast units.
func (m *memo) begin(first int64, shift int) {
	if m.count++; shift != m.shift {
		m.shift = shift
		m.count++ // so that none is of the count before
	}
	m.prev, m.first, m.fell = m.first, first, 0
	m.price, m.last = m.last, m.price
	clear(m.set)
}

// arrive says that so many projects have been bought.
func (m *memo) arrive(place int) {
	m.place = place
	if m.usable = place < m.places; !m.usable {
		return
	}
	p := &m.at[place]
	before := p.count
	if p.count = m.count; before == m.count-1 && slices.Equal(p.set, m.set) {
		p.risen += 1 + max(0, m.first-m.prev+1) + m.fell
		if p.risen < 1<<61 {
			return
		}
	}
	if p.recs == nil {
		p.recs, p.set = make([]record, m.n), make([]uint64, m.words)
	}
	p.risen = 0
	copy(p.set, m.set)
	for i := range p.recs {
		p.recs[i].risen = -1
	}
}

// pays says at which price c is bought.
func (m *memo) pays(c int32, t int64) {
	m.price[c] = t
	m.fell += max(0, m.last[c]-t+1) // saturates never: prices are at most the first share, which is below 2^60
}

func (m *memo) bought(c int32) { m.set[c>>6] |= 1 << (c & 63) }

// recall bounds what the supporters of c have now.
func (m *memo) recall(c int) (poor, rich int64, ok bool) {
	if !m.usable {
		return 0, 0, false
	}
	p := &m.at[m.place]
	r := &p.recs[c]
	rise := p.risen - r.risen
	if r.risen < 0 || rise > m.first {
		return 0, 0, false
	}
	return r.poor + rise*r.voters, r.rich, true
}

// note keeps what the supporters of c have. voters are at least those with little or nothing, who may have something next time, times the
// largest weight.
func (m *memo) note(c int, poor, voters, rich int64) {
	if m.usable {
		m.at[m.place].recs[c] = record{poor, voters, rich, m.at[m.place].risen}
	}
}
