package githistory

import (
	"bufio"
	"bytes"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"math"
	"strconv"
)

// commitFormat is what pass 1 asks of git: eight fields, NUL between them, what git itself makes before what people
// wrote. %aN and %aE are the author after .mailmap.
const commitFormat = "--format=%H%x00%P%x00%ad%x00%cd%x00%an%x00%ae%x00%aN%x00%aE"

// commitArgs are the arguments of pass 1 for what revs names. `log`, not `rev-list`: it does not flush each line.
func commitArgs(revs ...string) []string {
	args := []string{"log", "--no-show-signature", "--no-color", "--no-decorate", "--no-notes", "--no-patch",
		"--date=raw", commitFormat, "--end-of-options"}
	return append(append(args, revs...), "--")
}

var errRecord = errors.New("git's answer is not in the form that was asked for")

// readCommits adds every commit of pass 1's output to t and calls each, when not nil, with its number.
func readCommits(r io.Reader, t *table, each func(i int)) error {
	in := bufio.NewReaderSize(r, 64<<10)
	// ReadSlice, not Scanner: no copy of the usual line, no limit for the unusual one.
	var long []byte // a record beyond the buffer: a name of 100 kB, an octopus with thousands of parents
	for {
		line, err := in.ReadSlice('\n')
		if errors.Is(err, bufio.ErrBufferFull) {
			if len(long) > 64<<20 {
				return fmt.Errorf("%w: a commit's header is over 64 MB", errRecord)
			}
			long = append(long, line...)
			continue
		}
		if err != nil && !errors.Is(err, io.EOF) {
			return err
		}
		if len(long) > 0 {
			long = append(long, line...)
			line = long
		}
		if len(line) > 0 {
			if line[len(line)-1] != '\n' {
				return fmt.Errorf("%w: a commit is cut in the middle", errRecord)
			}
			if err := addCommit(line[:len(line)-1], t); err != nil {
				return err
			}
			if each != nil {
				each(t.n - 1)
			}
		}
		long = long[:0]
		if err != nil {
			return nil
		}
	}
}

// addCommit reads one record. git ends a header at a newline and text at a NUL, so neither can be inside a field.
func addCommit(line []byte, t *table) error {
	var f [8][]byte
	for i := range f {
		at := bytes.IndexByte(line, 0)
		if i == len(f)-1 {
			at = len(line)
		}
		if at < 0 {
			return fmt.Errorf("%w: commit with %d fields", errRecord, i+1)
		}
		f[i] = line[:at]
		line = line[min(at+1, len(line)):]
	}
	var hash [32]byte
	if len(f[0]) != 2*t.hashSize {
		return fmt.Errorf("%w: commit name of %d digits", errRecord, len(f[0]))
	}
	if _, err := hex.Decode(hash[:t.hashSize], f[0]); err != nil {
		return fmt.Errorf("%w: commit name: %w", errRecord, err)
	}
	r := row{author: t.intern(f[4], f[5], f[6], f[7])}
	r.authored, r.zone = parseRawDate(f[2])
	r.committed, _ = parseRawDate(f[3])
	// Parents are only counted: who merged what is not asked, and names of parents would double the memory.
	if len(f[1]) > 0 {
		r.parents = uint8(min(1+bytes.Count(f[1], []byte{' '}), math.MaxUint8))
	}
	t.add(hash[:t.hashSize], r)
	return nil
}

// parseRawDate reads git's raw date, "1353404839 +0100", as Unix seconds and minutes east of UTC. What cannot be read
// is noDate; a zone beyond the world's (old imports have +051800) is 0.
func parseRawDate(b []byte) (seconds int64, zone int16) {
	secs, tz, _ := bytes.Cut(b, []byte{' '})
	seconds, err := strconv.ParseInt(string(secs), 10, 64)
	if err != nil || seconds < 0 || seconds > maxDate {
		seconds = noDate
	}
	if n, err := strconv.Atoi(string(tz)); err == nil {
		minutes := n/100*60 + n%100 // both parts have n's sign
		if minutes >= -14*60 && minutes <= 14*60 {
			zone = int16(minutes)
		}
	}
	return seconds, zone
}
