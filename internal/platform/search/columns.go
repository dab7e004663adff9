package search

import (
	"math"
	"slices"
	"strings"
	"sync"
)

// Counts says how many documents hold each value of each facet. Values that none holds are absent.
type Counts map[string]map[string]int

// Columns holds the facets of many things in memory, to count and filter them: one number a thing and facet, whatever the values are. It is
// safe for concurrent use. The search index has its own; this one is for lists that are not searched.
type Columns struct {
	mu    sync.RWMutex
	slots map[string]uint32
	ids   []string // by slot; "" is free
	free  []uint32
	table table
}

// NewColumns returns empty columns.
func NewColumns() *Columns { return &Columns{slots: map[string]uint32{}} }

// Set gives id its facets, in place of those that it had. It returns the number under which Which knows id, until Remove.
func (c *Columns) Set(id string, facets map[string][]string) uint32 {
	c.mu.Lock()
	defer c.mu.Unlock()
	slot, ok := c.slots[id]
	if !ok {
		if n := len(c.free); n > 0 {
			slot, c.free = c.free[n-1], c.free[:n-1]
			c.ids[slot] = id
		} else {
			slot = uint32(len(c.ids))
			c.ids = append(c.ids, id)
		}
		c.slots[id] = slot
	}
	c.table.set(slot, facets)
	return slot
}

// Remove forgets id.
func (c *Columns) Remove(id string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if slot, ok := c.slots[id]; ok {
		c.table.set(slot, nil)
		delete(c.slots, id)
		c.ids[slot] = ""
		c.free = append(c.free, slot)
	}
}

// Count returns the facets of ids, and how many of them hold one of the values that want names for each facet (total). The counts of a facet
// ignore what is chosen in that facet itself, so that the other choices stay visible. nil ids means all; unknown ids are left out.
func (c *Columns) Count(ids []string, want map[string][]string) (counts Counts, total int) {
	c.mu.RLock()
	defer c.mu.RUnlock()
	t := c.table.tally(want, true)
	if ids == nil {
		t.addAll(len(c.ids), c.free)
	}
	for _, id := range ids {
		if slot, ok := c.slots[id]; ok {
			t.add(slot)
		}
	}
	return t.counts(), t.total
}

// Filter returns those of ids, in their order, that hold one of the values that want names for each facet. nil ids means all, in no order.
func (c *Columns) Filter(ids []string, want map[string][]string) []string {
	c.mu.RLock()
	defer c.mu.RUnlock()
	t := c.table.tally(want, false)
	var out []string
	if ids == nil {
		for _, slot := range t.addAll(len(c.ids), c.free) {
			out = append(out, c.ids[slot])
		}
	}
	for _, id := range ids {
		if slot, ok := c.slots[id]; ok && t.add(slot) {
			out = append(out, id)
		}
	}
	return out
}

// Which returns the places in slots, which Set gave, of those that hold one of the values that want names for each facet.
func (c *Columns) Which(slots []uint32, want map[string][]string) []int {
	c.mu.RLock()
	defer c.mu.RUnlock()
	t := c.table.tally(want, false)
	var out []int
	for i, slot := range slots {
		if t.add(slot) {
			out = append(out, i)
		}
	}
	return out
}

// table is columns by slot. Whoever has it locks it.
type table struct {
	columns []*column
	byName  map[string]*column
	n       int // slots in use: every column has codes for them
}

// column holds one facet. A thing's values are one *set*, and what is stored is the set's number: most things have one value, and things with
// several (languages, audiences) have few different sets. Set 0 is empty.
type column struct {
	name   string
	values []string
	value  map[string]uint32
	sets   [][]uint32 // set → its values
	set    map[string]uint32
	codes  []uint32 // slot → set
}

// set gives slot its facets; nil clears it.
func (t *table) set(slot uint32, facets map[string][]string) {
	if n := int(slot) + 1; n > t.n {
		t.n = n
		for _, c := range t.columns {
			c.grow(n)
		}
	}
	for _, c := range t.columns {
		if len(facets[c.name]) == 0 {
			c.codes[slot] = 0
		}
	}
	for name, values := range facets {
		if len(values) == 0 {
			continue
		}
		c := t.byName[name]
		if c == nil {
			c = &column{name: name, value: map[string]uint32{}, sets: [][]uint32{nil}, set: map[string]uint32{"": 0}}
			c.grow(t.n)
			if t.byName == nil {
				t.byName = map[string]*column{}
			}
			t.byName[name] = c
			t.columns = append(t.columns, c)
		}
		c.codes[slot] = c.setOf(values)
	}
}

func (c *column) grow(n int) {
	if n > len(c.codes) {
		c.codes = extended(c.codes, n)
	}
}

func (c *column) setOf(values []string) uint32 {
	key := values[0]
	if len(values) > 1 {
		values = slices.Compact(slices.Sorted(slices.Values(values)))
		key = strings.Join(values, "\x00")
	}
	if code, ok := c.set[key]; ok && key != "" {
		return code
	}
	list := make([]uint32, 0, len(values))
	for _, v := range values {
		if v == "" {
			continue
		}
		n, ok := c.value[v]
		if !ok {
			n = uint32(len(c.values))
			v = strings.Clone(v)
			c.values = append(c.values, v)
			c.value[v] = n
		}
		list = append(list, n)
	}
	if len(list) == 0 {
		return 0
	}
	code := uint32(len(c.sets))
	c.sets = append(c.sets, list)
	c.set[strings.Clone(key)] = code
	return code
}

// tally counts things one by one.
type tally struct {
	columns []*column
	hist    [][]int32 // by column and set; nil when only filtering
	chosen  []choice
	nothing bool // a facet was chosen that nothing has
	total   int
}

type choice struct {
	column int
	codes  []uint32
	pass   []bool // by set
}

func (t *table) tally(want map[string][]string, count bool) *tally {
	y := &tally{columns: t.columns}
	if count {
		n := 0
		for _, c := range t.columns {
			n += len(c.sets)
		}
		all := make([]int32, n)
		y.hist = make([][]int32, len(t.columns))
		for i, c := range t.columns {
			y.hist[i], all = all[:len(c.sets):len(c.sets)], all[len(c.sets):]
		}
	}
	known := 0
	for i, c := range t.columns {
		values := want[c.name]
		if len(values) == 0 {
			continue
		}
		known++
		mine := make([]bool, len(c.values))
		for _, v := range values {
			if n, ok := c.value[v]; ok {
				mine[n] = true
			}
		}
		pass := make([]bool, len(c.sets))
		for s, list := range c.sets {
			pass[s] = slices.ContainsFunc(list, func(n uint32) bool { return mine[n] })
		}
		y.chosen = append(y.chosen, choice{i, c.codes, pass})
	}
	for _, values := range want {
		if len(values) > 0 {
			known--
		}
	}
	y.nothing = known < 0
	return y
}

// add counts slot, and tells whether it holds all that was chosen. What fails one choice only is counted for that facet alone.
func (y *tally) add(slot uint32) bool {
	if y.nothing {
		return false
	}
	failed := -1
	for i := range y.chosen {
		if c := &y.chosen[i]; !c.pass[c.codes[slot]] {
			if failed >= 0 {
				return false
			}
			failed = c.column
		}
	}
	if failed >= 0 {
		if y.hist != nil {
			y.hist[failed][y.columns[failed].codes[slot]]++
		}
		return false
	}
	y.total++
	for i, h := range y.hist {
		h[y.columns[i].codes[slot]]++
	}
	return true
}

// addAll adds the slots under n but those of free, and returns those that hold all that was chosen. It does what add does for each, one column after
// the other, as they lie in memory: several times faster.
func (y *tally) addAll(n int, free []uint32) []uint32 {
	if y.nothing {
		return nil
	}
	const several = math.MaxUint8 // choices are facets: fewer than that
	failed := make([]uint8, n)    // by slot: 0 none of the choices, several, or 1 + the only one that it fails
	for _, slot := range free {
		failed[slot] = several
	}
	for k, c := range y.chosen {
		for slot, code := range c.codes[:n] {
			if c.pass[code] {
				continue
			}
			if failed[slot] == 0 {
				failed[slot] = uint8(k + 1)
			} else {
				failed[slot] = several
			}
		}
	}
	hold := make([]uint32, 0, n/4)
	for slot, f := range failed {
		switch {
		case f == 0:
			hold = append(hold, uint32(slot))
		case f != several && y.hist != nil:
			c := y.chosen[f-1]
			y.hist[c.column][c.codes[slot]]++
		}
	}
	y.total += len(hold)
	for i, h := range y.hist {
		codes := y.columns[i].codes
		for _, slot := range hold {
			h[codes[slot]]++
		}
	}
	return hold
}

func (y *tally) counts() Counts {
	out := make(Counts, len(y.columns))
	for i, h := range y.hist {
		c := y.columns[i]
		sums := make([]int32, len(c.values))
		for set, n := range h {
			if n > 0 {
				for _, v := range c.sets[set] {
					sums[v] += n
				}
			}
		}
		values := make(map[string]int)
		for v, n := range sums {
			if n > 0 {
				values[c.values[v]] = int(n)
			}
		}
		out[c.name] = values
	}
	return out
}
