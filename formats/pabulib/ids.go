package pabulib

import "hash/maphash"

// ids finds the index of a project by its id. Ids of up to eight bytes, which is nearly all, are packed into one word of an open table: a
// ballot file is mostly ids, and a map of strings would take most of the time.
type ids struct {
	keys []uint64
	vals []int32
	mask uint64
	long map[string]int32
}

const shortID = 8

func newIDs(projects []Project) *ids {
	size := 16
	for size < 4*len(projects) {
		size *= 2
	}
	t := &ids{keys: make([]uint64, size), vals: make([]int32, size), mask: uint64(size - 1), long: map[string]int32{}}
	for i, p := range projects {
		if k, ok := pack(p.ID); ok {
			at := t.place(k)
			if t.keys[at] == 0 { // the first of two projects with one id counts
				t.keys[at], t.vals[at] = k, int32(i)
			}
		} else if _, twice := t.long[p.ID]; !twice {
			t.long[p.ID] = int32(i)
		}
	}
	return t
}

// pack puts an id into a word, its last byte lowest; false for an id that is empty, too long, or has a NUL, which would not be seen.
func pack[T string | []byte](id T) (k uint64, ok bool) {
	if len(id) == 0 || len(id) > shortID {
		return 0, false
	}
	for i := range len(id) {
		if id[i] == 0 {
			return 0, false
		}
		k = k<<8 | uint64(id[i])
	}
	return k, true
}

// place is where a key is, or where it would be.
func (t *ids) place(k uint64) uint64 {
	at := (k * 0x9e3779b97f4a7c15) >> 32 & t.mask
	for t.keys[at] != 0 && t.keys[at] != k {
		at = (at + 1) & t.mask
	}
	return at
}

// short finds a packed id; -1 when there is none.
func (t *ids) short(k uint64) int32 {
	at := t.place(k)
	if t.keys[at] == 0 {
		return -1
	}
	return t.vals[at]
}

// find finds any id; -1 when there is none.
func (t *ids) find(id []byte) int32 {
	if k, ok := pack(id); ok {
		return t.short(k)
	}
	if i, ok := t.long[string(id)]; ok {
		return i
	}
	return -1
}

// voters knows which voter was seen on which line. It keeps the ids themselves, since a hash alone might accuse wrongly: 12 to 20 bytes a voter
// beside the id.
type voters struct {
	text  []byte // the ids one after the other
	from  []uint32
	line  []uint32
	slots []uint32     // 1 + the number of the voter; 0 is free
	seed  maphash.Seed // drawn anew each time, so that no file can be made to collide; it changes no answer
}

// maxVoterText is where voters stop being kept: offsets are 32 bits.
const maxVoterText = 1<<32 - 1<<20

// add notes a voter, and returns the line of an earlier ballot of the same one, or 0.
func (v *voters) add(id []byte, line int) int {
	if len(v.text) > maxVoterText {
		return 0
	}
	if 3*(len(v.from)+1) > 2*len(v.slots) {
		v.grow()
	}
	mask := uint32(len(v.slots) - 1)
	at := v.hash(id) & mask
	for ; v.slots[at] != 0; at = (at + 1) & mask {
		if n := int(v.slots[at] - 1); string(v.id(n)) == string(id) {
			return int(v.line[n])
		}
	}
	v.from = append(v.from, uint32(len(v.text)))
	v.line = append(v.line, uint32(line))
	v.text = append(v.text, id...)
	v.slots[at] = uint32(len(v.from))
	return 0
}

func (v *voters) id(n int) []byte {
	if n+1 < len(v.from) {
		return v.text[v.from[n]:v.from[n+1]]
	}
	return v.text[v.from[n]:]
}

func (v *voters) hash(id []byte) uint32 { return uint32(maphash.Bytes(v.seed, id)) }

func (v *voters) grow() {
	if v.slots == nil {
		v.seed = maphash.MakeSeed()
	}
	v.slots = make([]uint32, max(1024, 2*len(v.slots)))
	mask := uint32(len(v.slots) - 1)
	for n := range v.from {
		at := v.hash(v.id(n)) & mask
		for v.slots[at] != 0 {
			at = (at + 1) & mask
		}
		v.slots[at] = uint32(n + 1)
	}
}
