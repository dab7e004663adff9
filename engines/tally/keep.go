package tally

// keeper follows what constraints still allow while winners are taken one by one.
type keeper struct {
	limits *Constraints
	left   []int64 // by envelope
	won    []bool  // by project
	closed []bool  // by group: one of it won
	env    [][]int // by project its envelopes
	grp    [][]int // by project its groups
	need   [][]int // by project what it needs
	costs  []int64
}

type leave int

const (
	may leave = iota
	waits
	never
)

func newKeeper(in *Instance) *keeper {
	c := &in.Limits
	n := len(in.Projects)
	k := &keeper{limits: c, won: make([]bool, n), costs: in.Costs()}
	if c.None() {
		return k
	}
	k.env, k.grp, k.need = make([][]int, n), make([][]int, n), make([][]int, n)
	for i, e := range c.Envelopes {
		for _, p := range e.Projects {
			k.env[p] = append(k.env[p], i)
		}
	}
	for i, g := range c.Groups {
		for _, p := range g {
			k.grp[p] = append(k.grp[p], i)
		}
	}
	for _, d := range c.Needs {
		k.need[d.Project] = append(k.need[d.Project], d.Other)
	}
	k.reset()
	return k
}

func (k *keeper) reset() {
	clear(k.won)
	if k.env == nil {
		return
	}
	k.left = k.left[:0]
	for _, e := range k.limits.Envelopes {
		k.left = append(k.left, e.Budget)
	}
	k.closed = make([]bool, len(k.limits.Groups))
}

// allows tells whether project p may be taken now, later, or never.
func (k *keeper) allows(p int) leave {
	if k.env == nil {
		return may
	}
	for _, e := range k.env[p] {
		if k.left[e] < k.costs[p] {
			return never
		}
	}
	for _, g := range k.grp[p] {
		if k.closed[g] {
			return never
		}
	}
	for _, o := range k.need[p] {
		if !k.won[o] {
			return waits
		}
	}
	return may
}

func (k *keeper) take(p int) {
	k.won[p] = true
	if k.env == nil {
		return
	}
	for _, e := range k.env[p] {
		k.left[e] -= k.costs[p]
	}
	for _, g := range k.grp[p] {
		k.closed[g] = true
	}
}
