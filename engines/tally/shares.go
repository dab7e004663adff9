package tally

import (
	"math"
	"math/big"
	"strconv"
	"sync"
	"sync/atomic"
)

// shares is a rule of equal shares made ready for one instance.
type shares struct {
	in         *Instance
	pool       *pool
	perCost    bool
	completion string
	step       int64 // smallest units
	from       int64 // the search begins at this step: the ones before are known to go on
	first      *big.Int
	d0         uint64
	rank       []int32
	fund       bool
	workers    int
	contests   []*contest

	mu      sync.Mutex // of the search
	stages  []leanStage
	hunters []hunter
}

// newShares prepares the instance: in the unit that the step needs, sorted by project.
func newShares(in *Instance, r Rule, rank []int32, workers int) (*shares, error) {
	step := "1"
	if r.Get("step") != "" {
		step = r.Get("step")
	}
	in, err := in.Rescale(decimals(step))
	if err != nil {
		return nil, err
	}
	s := &shares{in: in, perCost: r.Get("utility") == "cost", completion: r.Get("completion"), rank: rank,
		fund: r.Get("unsupported") == "fund", workers: max(1, workers)}
	n, err := ParseNumber(step)
	if err != nil {
		return nil, err
	}
	units, ok := Units(n, in.Scale)
	if !ok {
		return nil, ErrAmount
	}
	s.step = units
	if s.pool, err = newPool(in.Ballots, weightsOf(r.Get("utility")), r.Get("empty") == "drop"); err != nil {
		return nil, err
	}
	s.d0 = uint64(max(1, s.pool.voters))
	s.first = big.NewInt(in.Budget)
	if r.Get("start") == "integral" {
		unit := int64(1)
		for range in.Scale {
			unit *= 10
		}
		s.first.SetInt64(in.Budget / int64(s.d0) / unit * unit)
		s.d0 = 1
	}
	return s, nil
}

// share is the first share after so many steps, as a number over d0.
func (s *shares) share(steps int64) *big.Int {
	up := big.NewInt(steps)
	up.Mul(up, big.NewInt(s.step))
	if s.d0 != 1 {
		up.Mul(up, new(big.Int).SetUint64(s.d0))
	}
	return up.Add(up, s.first)
}

func (s *shares) contest(i int) *contest {
	for len(s.contests) <= i {
		s.contests = append(s.contests, newContest(s.in, s.pool, s.perCost, s.rank))
	}
	return s.contests[i]
}

// settled tells that no higher share can change anything, or that the rule stops here: every supported project won or is barred.
func (s *shares) settled(t *contest) bool {
	for c := range t.costs {
		if t.support[c] > 0 && !t.keep.won[c] && t.keep.allows(c) == may {
			return false
		}
	}
	return true
}

// exhausted tells that no project that could be taken still fits.
func (s *shares) exhausted(t *contest) bool {
	for c, cost := range t.costs {
		if (t.support[c] > 0 || s.fund) && !t.keep.won[c] && cost <= s.in.Budget-t.cost && t.keep.allows(c) == may {
			return false
		}
	}
	return true
}

// ended says what a finished contest means to the search.
type ended int

const (
	goesOn ended = iota
	keepThis
	keepLast
)

func (s *shares) judge(t *contest, fits bool) ended {
	switch {
	case !fits || t.cost > s.in.Budget:
		return keepLast
	case s.settled(t), s.completion == "add1-exhaustive" && s.exhausted(t):
		return keepThis
	}
	return goesOn
}

// search finds after how many steps the share stays: 0 for rules that do not raise it.
//
// Steps do not depend on each other, so each worker takes the next few not begun. The answer is the first step that ends the search, which
// all steps before it must have passed.
func (s *shares) search() int64 {
	if s.completion != "add1" && s.completion != "add1-exhaustive" && s.completion != "add1-greedy" || s.pool.voters == 0 {
		return 0
	}
	h := hunt{size: 1, next: s.from}
	h.stop.Store(1 << 62)
	h.work(s, 0)
	h.others.Wait()
	if h.what == keepLast {
		return max(0, h.stop.Load()-1)
	}
	return h.stop.Load()
}

// hunt is what the workers of a search share.
type hunt struct {
	mu   sync.Mutex
	next int64 // the first step not given out
	size int64 // how many to give out at once
	stop atomic.Int64
	what ended

	others  sync.WaitGroup
	started bool // the others; the first worker's
}

// alone is how many choices, times the steps gone, one worker counts before the others begin: up to there some milliseconds, in which they would
// make their purses and meet steps that nobody has been near.
const alone = 1 << 19

// begin starts the other workers.
func (h *hunt) begin(s *shares) {
	h.started = true
	for w := 1; w < s.workers; w++ {
		h.others.Add(1)
		go func() { defer h.others.Done(); h.work(s, w) }()
	}
}

// work takes steps, as that worker, until one has ended the search.
func (h *hunt) work(s *shares, worker int) {
	// width is over how many steps a count watches; after counts that could pass over next to none, some do not watch.
	width, idle, rest := int64(16), 0, 2
	for {
		h.mu.Lock()
		if !h.started && (h.next+1)*int64(len(s.pool.sup)) >= alone {
			h.begin(s)
		}
		i, to := h.next, h.next+h.size
		h.next = to
		h.mu.Unlock()
		for i < to {
			if i >= h.stop.Load() {
				return
			}
			t := s.hunterFor(worker, i)
			t.ceiling = s.in.Budget
			if i == 0 {
				t.ceiling = MaxAmount // the first share is kept whatever comes of it
			}
			watch := rest == 0
			delta := 0.0
			if watch {
				delta = float64(s.step) * float64(width)
			} else {
				rest--
			}
			if e := s.judge(t, t.run(s.share(i), s.d0, delta, float64(s.step))); e != goesOn {
				h.mu.Lock()
				if i < h.stop.Load() {
					h.stop.Store(i)
					h.what = e
				}
				h.mu.Unlock()
				break
			}
			i++
			if !watch {
				h.widen(s, i, 0)
				continue
			}
			over := int64(math.Ldexp(t.until, -t.shift) / float64(s.step) * narrower)
			i += over
			switch {
			case over < 2: // a count that watches costs as much as two or three that do not
				if idle++; idle > 1 {
					rest = min(2*idle*idle, 64)
				}
			case over*2 > width:
				idle, width = 0, min(width*4, 1<<40)
			default:
				idle = 0
				if over < width/8 {
					width = max(8, width/2)
				}
			}
			h.widen(s, i, over)
		}
	}
}

// widen says how many steps are given out next, after a count up to step i that passed over some. Neighbours to one worker are cheaper, as each
// begins from what the one before saw; that some beyond the last are counted in vain is little by then.
func (h *hunt) widen(s *shares, i, over int64) {
	if s.workers == 1 {
		h.size = 1 << 61
		return
	}
	h.mu.Lock()
	h.size = max(1, min(i/8, 16), min(2*over, 1<<40))
	// Steps passed over are not given out again.
	h.next = max(h.next, i)
	h.mu.Unlock()
}

// final counts once more with the share that was kept, telling each purchase.
func (s *shares) final(steps int64, record func(round), choose func([]int32) int32) *contest {
	t := s.contest(0)
	t.ceiling = MaxAmount
	t.record, t.choose = record, choose
	t.run(s.share(steps), s.d0, 0, 0)
	t.record, t.choose = nil, nil
	return t
}

func atoi(s string) int64 {
	n, _ := strconv.ParseInt(s, 10, 64) // checked when the rule was parsed
	return n
}
