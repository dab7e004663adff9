// Package rows cuts a stream into records and records into fields: comma-separated values by any one-byte separator, or plain lines. It is
// fast, holds one record at a time, gives each record's bytes as they were, and says on which line it began.
//
// Quotation marks are those of Python's csv, which wrote most files of ballots: a mark opens only at the start of a field, is doubled
// inside, may hold line ends, and what follows a closing one belongs to the field too (Stray tells).
package rows

import (
	"bytes"
	"errors"
	"fmt"
	"io"
)

// BOM is a byte order mark, which a Scanner takes from the start of a stream.
const BOM = "\ufeff"

// firstBuffer is where buffers begin; they grow up to the longest record allowed.
const firstBuffer = 256 << 10

// What is a limit that a record passed, or a quotation mark that it left open.
type What uint8

// The ways in which a record cannot be cut.
const (
	Long What = iota // more bytes than allowed
	Many             // more fields than allowed
	Open             // a quotation mark is never closed
)

// Error is a record that cannot be cut, by the line on which it begins.
type Error struct {
	What What
	Line int
	Max  int // the limit that was passed; 0 for Open
}

func (e *Error) Error() string {
	return fmt.Sprintf("line %d: %s", e.Line, [...]string{"too long", "too many fields", "a quotation mark is never closed"}[e.What])
}

// Scanner is at one record of a stream. What it shows is good until the next record.
type Scanner struct {
	src    io.Reader
	buf    []byte
	at     int // where the next record begins in buf
	end    int // where what is known ends
	done   bool
	failed error // of src, once what came before it is used up
	sep    byte
	bytes  int // the most of a record
	most   int // the most fields

	Line    int      // of the record, from 1
	Raw     []byte   // the record as it stands, with its line end
	Fields  [][]byte // unquoted
	Quoted  bool     // the record has a quotation mark
	Stray   bool     // text stands after a closing quotation mark
	BOM     bool     // the stream began with a byte order mark
	CRLF    bool     // the record ends as on Windows
	lines   int      // read so far
	offset  int      // of Raw in its first line: 3 behind a byte order mark
	scratch []byte
}

// New makes a scanner of records of at most so many bytes and fields. sep stands between fields; 0 makes each line one field, marks and all.
func New(src io.Reader, sep byte, bytes, fields int) *Scanner {
	return &Scanner{src: src, buf: make([]byte, min(firstBuffer, bytes+2)), sep: sep, bytes: bytes, most: fields}
}

// fill reads more, and makes room for it. It returns false when there is no more.
func (s *Scanner) fill() bool {
	if s.done {
		return false
	}
	if s.at > 0 {
		copy(s.buf, s.buf[s.at:s.end])
		s.end, s.at = s.end-s.at, 0
	}
	if s.end == len(s.buf) {
		s.buf = append(s.buf, make([]byte, len(s.buf))...)
	}
	for range 100 {
		n, err := s.src.Read(s.buf[s.end:])
		s.end += n
		if err != nil {
			s.done = true
			if !errors.Is(err, io.EOF) {
				s.failed = err
			}
			return n > 0
		}
		if n > 0 {
			return true
		}
	}
	s.done, s.failed = true, io.ErrNoProgress
	return false
}

// lineEnd finds the end of the line that goes on at s.at+from: past its line feed, or at the end of the stream. It is relative to s.at.
func (s *Scanner) lineEnd(from int) (int, *Error) {
	for {
		if i := bytes.IndexByte(s.buf[s.at+from:s.end], '\n'); i >= 0 {
			from += i + 1
			if from > s.bytes {
				return 0, &Error{Long, s.Line, s.bytes}
			}
			return from, nil
		}
		from = s.end - s.at
		if from > s.bytes {
			return 0, &Error{Long, s.Line, s.bytes}
		}
		if !s.fill() {
			return s.end - s.at, nil
		}
	}
}

// Next reads one record into Raw and Fields. False at the end; the error is an *Error, or the stream's own.
func (s *Scanner) Next() (bool, error) {
	s.Line = s.lines + 1
	if s.lines == 0 && s.at == 0 && s.end == 0 {
		for s.end < len(BOM) && s.fill() {
		}
		if bytes.HasPrefix(s.buf[:s.end], []byte(BOM)) {
			s.at, s.BOM = len(BOM), true
		}
	}
	n, failed := s.lineEnd(0)
	if failed != nil {
		return false, failed
	}
	if n == 0 {
		return false, s.failed
	}
	if s.failed != nil && s.buf[s.at+n-1] != '\n' {
		return false, s.failed // the stream broke in the middle of a line
	}
	s.lines++
	s.offset = 0
	if s.Line == 1 && s.BOM {
		s.offset = len(BOM)
	}
	line := s.buf[s.at : s.at+n]
	s.Quoted, s.Stray = false, false
	s.Fields = s.Fields[:0]
	if s.sep != 0 && bytes.IndexByte(line, '"') >= 0 {
		s.Quoted = true
		if n, failed = s.cutQuoted(n); failed != nil {
			return false, failed
		}
		line = s.buf[s.at : s.at+n]
	}
	s.Raw = line
	text := s.text(line)
	switch {
	case s.sep == 0:
		s.Fields = append(s.Fields, text)
	case !s.Quoted:
		for {
			i := bytes.IndexByte(text, s.sep)
			if i < 0 {
				s.Fields = append(s.Fields, text)
				break
			}
			s.Fields = append(s.Fields, text[:i])
			text = text[i+1:]
			if len(s.Fields) >= s.most {
				return false, &Error{Many, s.Line, s.most}
			}
		}
	}
	s.at += n
	return true, nil
}

// text is a record without its line end.
func (s *Scanner) text(line []byte) []byte {
	n := len(line)
	s.CRLF = false
	if n > 0 && line[n-1] == '\n' {
		n--
		if n > 0 && line[n-1] == '\r' {
			n--
			s.CRLF = true
		}
	}
	return line[:n]
}

// cutQuoted cuts a record that has quotation marks and may go on over lines. It returns the record's length.
// opens only at the start of a field, is doubled inside, and what follows a closing one belongs to the field too. It returns the record's length.
func (s *Scanner) cutQuoted(n int) (int, *Error) {
	s.scratch = s.scratch[:0]
	var ends []int // of each field in scratch
	i, open, start := 0, false, true
	closed := false
	for {
		line := s.buf[s.at : s.at+n]
		last := len(s.text(line))
		for ; i < len(line); i++ {
			c := line[i]
			switch {
			case open && c == '"':
				if i+1 < len(line) && line[i+1] == '"' {
					s.scratch = append(s.scratch, '"')
					i++
				} else {
					open, closed = false, true
				}
			case open:
				s.scratch = append(s.scratch, c)
			case i >= last: // the line end
			case c == '"' && start:
				open, start = true, false
			case c == s.sep:
				ends = append(ends, len(s.scratch))
				start, closed = true, false
				if len(ends) >= s.most {
					return 0, &Error{Many, s.Line, s.most}
				}
			default:
				if closed {
					s.Stray = true
				}
				s.scratch = append(s.scratch, c)
				start = false
			}
		}
		if !open {
			break
		}
		more, failed := s.lineEnd(n)
		if failed != nil || more == n {
			return 0, &Error{Open, s.Line, 0}
		}
		s.lines++
		n = more
	}
	from := 0
	for _, e := range append(ends, len(s.scratch)) {
		s.Fields = append(s.Fields, s.scratch[from:e])
		from = e
	}
	return n, nil
}

// Column is where a field begins in its line, from 1, for a message.
func (s *Scanner) Column(field int) int {
	in, open, start := 0, false, true
	for i, c := range s.Raw {
		if in == field {
			return i + 1 + s.offset
		}
		switch {
		case open:
			open = c != '"'
		case c == '"':
			open, start = start || i > 0 && s.Raw[i-1] == '"', false
		case c == s.sep:
			in++
			start = true
		default:
			start = false
		}
	}
	return len(s.Raw) + 1 + s.offset
}

// Blank tells a record in which no field holds anything. Quotation marks around nothing are something: so an empty row can be written.
func (s *Scanner) Blank() bool {
	if s.Quoted {
		return false
	}
	for _, f := range s.Fields {
		if len(bytes.TrimSpace(f)) > 0 {
			return false
		}
	}
	return true
}

// Text is the record without its line end.
func (s *Scanner) Text() []byte { return s.text(s.Raw) }

// End tells whether nothing follows the record.
func (s *Scanner) End() bool { return s.done && s.at == s.end }

// Starts are where the lines of a text begin, and where it ends, as a Scanner without a separator counts them.
func Starts(data []byte) []int {
	starts := []int{0}
	for i := 0; i < len(data); {
		if n := bytes.IndexByte(data[i:], '\n'); n >= 0 {
			i += n + 1
		} else {
			i = len(data)
		}
		starts = append(starts, i)
	}
	return starts
}
