package githistory

import (
	"bufio"
	"bytes"
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"errors"
	"fmt"
	"hash"
	"io"
)

// ErrState says that a saved history cannot be used: damaged, cut, or of another version. Read without it.
var ErrState = errors.New("saved history cannot be used")

// stateMagic names the format and its version; a change of the format, of [row] or of what fills it is a new number.
const stateMagic = "commun githistory 1\n"

// Save writes what [Load] reads, so that a later Read only reads what is new: some 45 bytes a commit. Tags are not
// in it. It holds names and e-mail addresses.
func (h *History) Save(w io.Writer) error {
	sum := sha256.New()
	out := bufio.NewWriterSize(w, 64<<10)
	e := encoder{w: io.MultiWriter(out, sum)}
	e.bytes([]byte(stateMagic))
	head, err := hex.DecodeString(h.Head)
	if err != nil || !h.linesDone {
		return fmt.Errorf("save history: it is not read to its end: %w", errors.Join(ErrState, err))
	}
	e.number(uint64(h.t.hashSize))
	e.bytes(head)
	e.number(flag(h.Shallow))
	e.bytes(h.replaced[:])
	e.bytes(h.mailmapped[:])
	e.number(uint64(h.missingBlobs))
	// Authors once, then commits that name them by number: names are most of what would repeat.
	e.number(uint64(len(h.t.identities)))
	for _, who := range h.t.identities {
		for _, s := range []string{who.rawName, who.rawEmail, who.name, who.email} {
			e.number(uint64(len(s)))
			e.bytes([]byte(s))
		}
	}
	e.number(uint64(h.t.n))
	for i := range h.t.n {
		r := h.t.row(i)
		e.bytes(h.t.hash(i))
		e.signed(r.authored)
		e.signed(r.committed - r.authored) // mostly small
		for _, n := range []uint32{r.author, r.added, r.deleted, r.files} {
			e.number(uint64(n))
		}
		e.signed(int64(r.zone))
		e.number(uint64(r.parents))
		e.number(uint64(r.lines))
	}
	if e.err != nil {
		return fmt.Errorf("save history: %w", e.err)
	}
	if _, err := out.Write(sum.Sum(nil)); err != nil {
		return fmt.Errorf("save history: %w", err)
	}
	if err := out.Flush(); err != nil {
		return fmt.Errorf("save history: %w", err)
	}
	return nil
}

// Load reads what Save wrote. Any damage is ErrState: its last bytes are a digest of all before.
func Load(r io.Reader) (*History, error) {
	d := &decoder{in: bufio.NewReaderSize(r, 64<<10), sum: sha256.New()}
	if magic := d.take(len(stateMagic)); string(magic) != stateMagic {
		return nil, fmt.Errorf("load history: %w: another format or version", errors.Join(ErrState, d.err))
	}
	size := d.number(32)
	if size != 20 && size != 32 {
		return nil, fmt.Errorf("load history: %w: no such hash", errors.Join(ErrState, d.err))
	}
	h := &History{t: newTable(int(size)), linesDone: true}
	h.Head = hex.EncodeToString(d.take(h.t.hashSize))
	h.Shallow = d.number(1) == 1
	copy(h.replaced[:], d.take(sha256.Size))
	copy(h.mailmapped[:], d.take(sha256.Size))
	h.missingBlobs = int(d.number(1 << 40))
	// Counts are not trusted before the digest is checked: nothing is reserved by them, reading stops where the bytes end.
	for n := d.number(1 << 31); n > 0 && d.err == nil; n-- {
		var s [4][]byte
		for i := range s {
			s[i] = bytes.Clone(d.take(int(d.number(64 << 20))))
		}
		h.t.intern(s[0], s[1], s[2], s[3])
	}
	for n := d.number(1 << 31); n > 0 && d.err == nil; n-- {
		name := bytes.Clone(d.take(h.t.hashSize))
		var row row
		row.authored = d.signed()
		row.committed = row.authored + d.signed()
		for _, to := range []*uint32{&row.author, &row.added, &row.deleted, &row.files} {
			*to = uint32(d.number(1<<32 - 1))
		}
		row.zone = int16(d.signed())
		row.parents = uint8(d.number(255))
		row.lines = lineState(d.number(uint64(linesMissing)))
		// The digest only shows accidents, not intent: whoever can write the file could send a number out of range.
		if d.err == nil && (int(row.author) >= len(h.t.identities) || !plausible(row.authored) || !plausible(row.committed)) {
			d.err = errors.New("impossible commit")
		}
		if d.err == nil {
			h.t.add(name, row)
		}
	}
	want := d.sum.Sum(nil) // before the digest itself is read
	got := make([]byte, len(want))
	if _, err := io.ReadFull(d.in, got); d.err == nil && err != nil {
		d.err = err
	}
	if d.err != nil || !bytes.Equal(got, want) {
		return nil, fmt.Errorf("load history: %w: damaged", errors.Join(ErrState, d.err))
	}
	return h, nil
}

func plausible(seconds int64) bool { return seconds >= noDate && seconds <= maxDate }

func flag(b bool) uint64 {
	if b {
		return 1
	}
	return 0
}

// encoder writes numbers in the shortest form of encoding/binary and keeps the first error.
type encoder struct {
	w   io.Writer
	buf [binary.MaxVarintLen64]byte
	err error
}

func (e *encoder) bytes(b []byte) {
	if e.err == nil {
		_, e.err = e.w.Write(b)
	}
}

func (e *encoder) number(n uint64) { e.bytes(e.buf[:binary.PutUvarint(e.buf[:], n)]) }
func (e *encoder) signed(n int64)  { e.bytes(e.buf[:binary.PutVarint(e.buf[:], n)]) }

// decoder reads the same, digests what it reads and keeps the first error: callers go on with zeros and look at the
// end, so that the form of the file can be read in one piece of code.
type decoder struct {
	in  *bufio.Reader
	sum hash.Hash
	buf []byte
	one [1]byte
	err error
}

// take returns n bytes, good until the next take. A wrong n costs what there is to read, not what it says.
func (d *decoder) take(n int) []byte {
	d.buf = d.buf[:0]
	for n > 0 && d.err == nil {
		step := min(n, 1<<16)
		at := len(d.buf)
		d.buf = append(d.buf, make([]byte, step)...)
		if _, err := io.ReadFull(d.in, d.buf[at:]); err != nil {
			d.err = err
			return nil
		}
		n -= step
	}
	d.sum.Write(d.buf)
	return d.buf
}

// ReadByte reads one byte for encoding/binary.
func (d *decoder) ReadByte() (byte, error) {
	b, err := d.in.ReadByte()
	d.one[0] = b
	if err == nil {
		d.sum.Write(d.one[:])
	}
	return b, err
}

// number reads one that is at most limit.
func (d *decoder) number(limit uint64) uint64 {
	if d.err != nil {
		return 0
	}
	n, err := binary.ReadUvarint(d)
	if err == nil && n > limit {
		err = errors.New("number too large")
	}
	if err != nil {
		d.err = err
		return 0
	}
	return n
}

func (d *decoder) signed() int64 {
	if d.err != nil {
		return 0
	}
	n, err := binary.ReadVarint(d)
	d.err = err
	return n
}
