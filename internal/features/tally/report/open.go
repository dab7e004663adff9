package report

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"hash"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"syscall"

	"commun/engines/tally"
	"commun/formats/assembly"
	"commun/formats/problem"
	"commun/internal/platform/fault"
)

// Source is a ballot file, read: what a count needs, and what a page says of it.
type Source struct {
	Name     string // of the file, without its folder
	SHA256   string // of its bytes, in hexadecimal
	Problems []problem.Problem

	// Of a shared budget.
	Instance  *tally.Instance // nil for an election
	Title     string          // what the file says of itself; the file's name where it says nothing
	Currency  string          // ISO 4217, or ""
	Days      [2]string       // first and last day of the vote, as the file writes them
	Language  string          // ISO 639-1 of its names, or ""
	Rule      string          // the rule that the file names, as it writes it; or ""
	Default   string          // that rule in the words of `commun tally rules`; "" when it is not known
	Published []string        // ids that the file marks as winners; nil when it marks none
	Withdrawn []string        // ids of projects that were taken back before the vote ended: they are not counted
	Ballot    *Ballot         // the one that was asked for; nil when none was, or nobody has that id

	Election *Election       // nil for a shared budget
	Assembly *assembly.Table // one vote of an assembly with colleges; else nil

	files []tally.SourceFile // that were read
}

// Ballot is one voter's, kept for who asked for it by its id.
type Ballot struct {
	ID    string
	Line  int
	Group int // of the instance's ballots
}

// Opening says how to read.
type Opening struct {
	Ballot  string // id of the ballot to keep
	Despite bool   // count although the file has errors that touch the count
	Plain   bool   // leave the attributes of voters out
	// Question is the question of a survey to count, where there are several.
	Question string
}

// Format is a format of ballots by the ending of a file's name.
type Format string

// The formats.
const (
	Pabulib Format = "pabulib"
	BLT     Format = "blt"
	PrefLib Format = "preflib"
	Debian  Format = "debian"
	Survey  Format = "survey"
)

// FormatOf tells the format from the file's name; false when the ending is none that is known.
func FormatOf(name string) (Format, bool) {
	switch strings.ToLower(filepath.Ext(name)) {
	case ".pb":
		return Pabulib, true
	case ".blt":
		return BLT, true
	case ".soc", ".soi", ".toc", ".toi":
		return PrefLib, true
	case ".txt":
		return Debian, true
	case ".csv", ".tsv":
		return Survey, true
	}
	return "", false
}

// Refused is a file with errors that touch the count: its problems say which, and on which lines.
type Refused struct {
	File     string
	Problems []problem.Problem
}

func (r *Refused) Error() string {
	return fmt.Sprintf("ballot file %s: %d problems", r.File, len(r.Problems))
}

// Open reads a ballot file. Errors: [Refused], a fault (the ending, a Pabulib file that lacks what a count needs), those of the file system, and
// that of ctx.
func Open(ctx context.Context, path string, o Opening) (*Source, error) {
	format, ok := FormatOf(path)
	if !ok {
		return nil, fault.Invalid("file", "tallied.mistake.ending").With("file", path)
	}
	f, err := open(path)
	if err != nil {
		return nil, err
	}
	defer func() { _ = f.Close() }() // read only
	// The digest is taken of what is read, by a second goroutine: a file is read once.
	in := &reading{ctx: ctx, src: f}
	sum := newSummer(in)
	s := &Source{Name: filepath.Base(path)}
	if format == Pabulib {
		err = s.readPabulib(sum, o)
	} else {
		err = s.readElection(sum, format, filepath.Ext(path), o)
	}
	_, drained := io.Copy(io.Discard, sum) // a reader may stop before the end; the digest is of all bytes
	s.SHA256 = sum.done()
	if ctx.Err() != nil {
		return nil, ctx.Err()
	}
	if err == nil && drained != nil {
		err = fmt.Errorf("read %s: %w", path, drained)
	}
	if err != nil {
		return nil, failed(path, err)
	}
	s.files = []tally.SourceFile{{Use: tally.UseBallots, Name: s.Name, SHA256: s.SHA256}}
	return s, nil
}

// failed gives a reader's failure the name of its file.
func failed(path string, err error) error {
	if r, ok := errors.AsType[*Refused](err); ok {
		r.File = path
		return r
	}
	if f, ok := errors.AsType[*problem.Failure](err); ok {
		return &Refused{File: path, Problems: []problem.Problem{f.Problem}}
	}
	return err
}

// open opens a file, and refuses a folder, which os.Open would take.
func open(name string) (*os.File, error) {
	f, err := os.Open(name)
	if err != nil {
		return nil, err
	}
	if info, err := f.Stat(); err == nil && info.IsDir() {
		_ = f.Close() // nothing was read
		return nil, &fs.PathError{Op: "read", Path: name, Err: syscall.EISDIR}
	}
	return f, nil
}

// reading ends when its context does.
type reading struct {
	ctx context.Context
	src io.Reader
}

func (r *reading) Read(b []byte) (int, error) {
	if err := r.ctx.Err(); err != nil {
		return 0, err
	}
	return r.src.Read(b)
}

// summer hashes what is read through it, beside the reading.
type summer struct {
	src   io.Reader
	parts chan []byte
	free  chan []byte
	sum   chan string
}

func newSummer(src io.Reader) *summer {
	s := &summer{src: src, parts: make(chan []byte, 8), free: make(chan []byte, 8), sum: make(chan string, 1)}
	go func() {
		var h hash.Hash = sha256.New()
		for p := range s.parts {
			h.Write(p) // a hash never fails
			select {
			case s.free <- p[:0]:
			default:
			}
		}
		s.sum <- hex.EncodeToString(h.Sum(nil))
	}()
	return s
}

func (s *summer) Read(b []byte) (int, error) {
	n, err := s.src.Read(b)
	if n > 0 {
		var p []byte
		select {
		case p = <-s.free:
		default:
		}
		s.parts <- append(p, b[:n]...)
	}
	return n, err
}

// done returns the digest of all that was read, once, at the end.
func (s *summer) done() string {
	close(s.parts)
	return <-s.sum
}
