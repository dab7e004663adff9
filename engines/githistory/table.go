package githistory

import (
	"bytes"
	"sort"
)

// row is what is kept of one commit: 36 bytes, so that a million commits fit beside everything else.
type row struct {
	authored  int64 // author date, Unix seconds; noDate when it cannot be told
	committed int64 // committer date, likewise
	author    uint32
	added     uint32 // lines; saturating
	deleted   uint32
	files     uint32
	zone      int16 // the author's, minutes east of UTC
	parents   uint8 // saturating: an octopus has any number
	lines     lineState
}

// noDate stands for a date that git cannot read, or that lies outside the years 1970 to 9999.
const noDate = int64(-1)

// maxDate is the last second of year 9999, the last that RFC 3339 can write.
const maxDate = int64(253402300799)

// lineState says what is known of a commit's changed lines.
type lineState uint8

const (
	linesUnread  lineState = iota // not counted yet
	linesKnown                    // as git counts them
	linesMissing                  // cannot be counted: the repository lacks an object
)

func (r *row) merge() bool { return r.parents > 1 }

// identity is one author as commits name it (raw) and as .mailmap corrects it. The bytes are git's, perhaps no UTF-8.
type identity struct{ rawName, rawEmail, name, email string }

// table holds the rows in git's order, newest first in each reading, in blocks that are never copied to grow.
type table struct {
	hashSize int // 20 (SHA-1) or 32 (SHA-256)
	rows     [][]row
	hashes   [][]byte
	n        int

	identities []identity
	byIdentity map[identity]uint32
}

const tableBlock = 4096

func newTable(hashSize int) *table {
	return &table{hashSize: hashSize, byIdentity: map[identity]uint32{}}
}

func (t *table) row(i int) *row { return &t.rows[i/tableBlock][i%tableBlock] }

func (t *table) hash(i int) []byte {
	at := i % tableBlock * t.hashSize
	return t.hashes[i/tableBlock][at : at+t.hashSize]
}

// add appends a commit. hash has hashSize bytes and is copied.
func (t *table) add(hash []byte, r row) {
	if t.n%tableBlock == 0 {
		t.rows = append(t.rows, make([]row, 0, tableBlock))
		t.hashes = append(t.hashes, make([]byte, 0, tableBlock*t.hashSize))
	}
	b := t.n / tableBlock
	t.rows[b] = append(t.rows[b], r)
	t.hashes[b] = append(t.hashes[b], hash...)
	t.n++
}

// intern returns the number of an author, the same for the same four strings.
func (t *table) intern(rawName, rawEmail, name, email []byte) uint32 {
	// The compiler looks up without making the strings; they are made once an author.
	if id, ok := t.byIdentity[identity{string(rawName), string(rawEmail), string(name), string(email)}]; ok {
		return id
	}
	who := identity{rawName: string(rawName), rawEmail: string(rawEmail)}
	who.name, who.email = who.rawName, who.rawEmail // share the memory in the usual case
	if !bytes.Equal(name, rawName) {
		who.name = string(name)
	}
	if !bytes.Equal(email, rawEmail) {
		who.email = string(email)
	}
	id := uint32(len(t.identities))
	t.identities = append(t.identities, who)
	t.byIdentity[who] = id
	return id
}

// takeLines copies what is known of lines from an older reading, found by hash, and returns how many it found.
// A commit's lines depend on its parents only, which its hash covers.
func (t *table) takeLines(old *table) int {
	if old.n == 0 || old.hashSize != t.hashSize {
		return 0
	}
	order := make([]uint32, old.n) // sorted numbers instead of a map: 4 bytes a commit
	for i := range order {
		order[i] = uint32(i)
	}
	sort.Slice(order, func(a, b int) bool { return bytes.Compare(old.hash(int(order[a])), old.hash(int(order[b]))) < 0 })
	found := 0
	for i := range t.n {
		h := t.hash(i)
		at := sort.Search(len(order), func(k int) bool { return bytes.Compare(old.hash(int(order[k])), h) >= 0 })
		if at == len(order) || !bytes.Equal(old.hash(int(order[at])), h) {
			continue
		}
		to := t.row(i)
		// At the border of a shallow clone a commit is read as if it had no parent, and its lines as if all were new.
		if from := old.row(int(order[at])); from.lines == linesKnown && from.parents == to.parents {
			to.added, to.deleted, to.files, to.lines = from.added, from.deleted, from.files, from.lines
			found++
		}
	}
	return found
}
