package storage

import (
	"crypto/rand"
	"encoding/binary"
	"strconv"
	"strings"
	"sync"
	"time"
)

// Now returns the present in UTC microseconds, as times are stored.
func Now() int64 { return time.Now().UnixMicro() }

// Time returns the moment of a stored time.
func Time(micros int64) time.Time { return time.UnixMicro(micros).UTC() }

// Micros returns t as times are stored.
func Micros(t time.Time) int64 { return t.UnixMicro() }

// In returns the parameter list of an IN for n values, the first being $from: In(3, 3) is "($3,$4,$5)". In of none matches nothing.
func In(from, n int) string {
	if n <= 0 {
		return "(NULL)"
	}
	var b strings.Builder
	b.WriteByte('(')
	for i := range n {
		if i > 0 {
			b.WriteByte(',')
		}
		b.WriteByte('$')
		b.WriteString(strconv.Itoa(from + i))
	}
	b.WriteByte(')')
	return b.String()
}

// NewID returns an identifier of 26 characters (0-9, a-z without i, l, o, u) that sorts by the time of its making, in microseconds, and that no
// two instances make alike (78 random bits). Within one process each is greater than the one before. It is no secret: who has one can guess the next.
func NewID() string { return ids.next(time.Now()) }

// ids is the process's only source of identifiers: with two of them none could promise an order.
var ids idSource

type idSource struct {
	mu     sync.Mutex
	micros uint64 // 52 bits: until the year 2112
	high   uint64 // 38 random bits
	low    uint64 // 40 random bits
}

const idAlphabet = "0123456789abcdefghjkmnpqrstvwxyz"

func (s *idSource) next(now time.Time) string {
	s.mu.Lock()
	if m := uint64(now.UnixMicro()); m > s.micros {
		var b [16]byte
		_, _ = rand.Read(b[:]) // never returns an error: without randomness it ends the program
		s.micros, s.high, s.low = m, binary.BigEndian.Uint64(b[:8])>>26, binary.BigEndian.Uint64(b[8:])>>24
	} else if s.low++; s.low>>40 != 0 { // the same microsecond, or a clock that went back: count on, so that the order holds
		s.low = 0
		if s.high++; s.high>>38 != 0 {
			s.high = 0
			s.micros++
		}
	}
	micros, high, low := s.micros, s.high, s.low
	s.mu.Unlock()

	// 26 characters of 5 bits: 52 of time and 38 + 40 of chance are 130.
	var id [26]byte
	put := func(at, n int, v uint64) {
		for i := at + n - 1; i >= at; i-- {
			id[i] = idAlphabet[v&31]
			v >>= 5
		}
	}
	put(0, 10, micros>>2)
	put(10, 8, (micros&3)<<38|high)
	put(18, 8, low)
	return string(id[:])
}
