package storage

import (
	"bufio"
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"hash"
	"io"
	"slices"
	"strings"

	"github.com/klauspost/compress/zstd"
)

// A backup is one file for both databases: moving from SQLite to PostgreSQL is a backup and a restore. It is a zstd stream of frames after a first line:
//
//	commun backup 1\n
//	H  header   JSON: who made it, which migrations it has, its tables with their columns
//	T  table    JSON: the name; then
//	R  row      one row, see rowText; as many as there are, in no order
//	E  end      JSON: how many rows, and their sum
//	…
//	Z  end      JSON: how many rows in all, and the SHA-256 of all bytes before this frame
//
// A frame is its letter, the length of its content as uvarint, and its content.
const (
	backupMagic   = "commun backup 1\n"
	backupVersion = 1
	frameLimit    = 64 << 20 // bytes of a row; a file that says more is not believed
)

// ErrBackup: the file is no backup, is cut off, or was changed.
var ErrBackup = errors.New("not a whole backup")

type backupHeader struct {
	Version int       `json:"version"`
	MadeAt  int64     `json:"made_at"` // UTC microseconds
	Dialect string    `json:"dialect"`
	Applied []Applied `json:"applied"`
	Tables  []table   `json:"tables"`
}

type backupTable struct {
	Name string `json:"name"`
}

type backupEnd struct {
	Rows int64  `json:"rows"`
	Sum  string `json:"sum"`
}

// Backup writes all tables, as of one moment between two commits, to w while the database is in use; the writer does not wait for it. What Migrations
// list as Derived is left out. w is neither synced nor closed.
func (db *DB) Backup(ctx context.Context, w io.Writer) error {
	z, err := zstd.NewWriter(w, zstd.WithEncoderLevel(zstd.SpeedFastest), zstd.WithEncoderConcurrency(1))
	if err != nil {
		return fmt.Errorf("back up: %w", err)
	}
	b := &frameWriter{w: bufio.NewWriterSize(z, 1<<16), sha: sha256.New()}
	if err := db.Read(ctx, func(tx *Tx) error { return tx.backup(ctx, b) }); err != nil {
		z.Close()
		return fmt.Errorf("back up: %w", err)
	}
	if err := errors.Join(b.w.Flush(), z.Close()); err != nil {
		return fmt.Errorf("back up: %w", err)
	}
	return nil
}

func (tx *Tx) backup(ctx context.Context, b *frameWriter) error {
	// The first statement sets the snapshot, so the migrations listed are those of the rows.
	all, err := tx.tables(ctx)
	if err != nil {
		return err
	}
	applied, err := tx.applied(ctx)
	if err != nil {
		return err
	}
	b.write([]byte(backupMagic))
	b.json('H', backupHeader{backupVersion, Now(), tx.Dialect().String(), applied, all})
	total := int64(0)
	for _, t := range all {
		b.json('T', backupTable{t.Name})
		var s sum
		err := tx.eachRow(ctx, t, func(row rowText) error {
			if len(row) > frameLimit {
				return fmt.Errorf("a row of %s takes %d bytes, a backup holds rows of up to %d", t.Name, len(row), frameLimit)
			}
			s.add(row)
			b.frame('R', row)
			return b.err
		})
		if err != nil {
			return err
		}
		b.json('E', backupEnd{s.rows, s.String()})
		total += s.rows
	}
	b.json('Z', backupEnd{total, hex.EncodeToString(b.sha.Sum(nil))})
	return b.err
}

// frameWriter writes frames and keeps the first error.
type frameWriter struct {
	w   *bufio.Writer
	sha hash.Hash
	err error
}

func (f *frameWriter) write(b []byte) {
	if f.err == nil {
		f.sha.Write(b)
		_, f.err = f.w.Write(b)
	}
}

func (f *frameWriter) frame(kind byte, content []byte) {
	head := [1 + binary.MaxVarintLen64]byte{kind}
	f.write(head[:1+binary.PutUvarint(head[1:], uint64(len(content)))])
	f.write(content)
}

func (f *frameWriter) json(kind byte, v any) {
	b, err := json.Marshal(v)
	if err != nil && f.err == nil {
		f.err = err
	}
	f.frame(kind, b)
}

// frameReader reads what frameWriter wrote. Its input may be anything.
type frameReader struct {
	r     *bufio.Reader
	sha   hash.Hash
	head  backupHeader
	buf   bytes.Buffer
	close func()
}

// openBackup reads up to and with the header.
func openBackup(r io.Reader) (*frameReader, error) {
	z, err := zstd.NewReader(r, zstd.WithDecoderConcurrency(1), zstd.WithDecoderMaxWindow(64<<20))
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrBackup, err)
	}
	f, err := newFrameReader(z)
	if err != nil {
		z.Close()
		return nil, err
	}
	f.close = z.Close
	return f, nil
}

func newFrameReader(plain io.Reader) (*frameReader, error) {
	f := &frameReader{r: bufio.NewReaderSize(plain, 1<<16), sha: sha256.New(), close: func() {}}
	magic := make([]byte, len(backupMagic))
	if _, err := io.ReadFull(f.r, magic); err != nil || string(magic) != backupMagic {
		return nil, fmt.Errorf("%w: it does not begin like one", ErrBackup)
	}
	f.sha.Write(magic)
	if err := f.expect('H', &f.head); err != nil {
		return nil, err
	}
	if f.head.Version != backupVersion {
		return nil, fmt.Errorf("%w: its format is %d, this program reads %d", ErrBackup, f.head.Version, backupVersion)
	}
	return f, nil
}

// next returns the next frame; content is valid until the following call.
func (f *frameReader) next() (kind byte, content []byte, err error) {
	kind, err = f.r.ReadByte()
	var size uint64
	if err == nil {
		size, err = binary.ReadUvarint(f.r)
	}
	if err == nil && size > frameLimit {
		err = fmt.Errorf("a frame of %d bytes", size)
	}
	f.buf.Reset()
	if err == nil {
		_, err = io.CopyN(&f.buf, f.r, int64(size))
	}
	if err != nil {
		if errors.Is(err, io.EOF) {
			err = io.ErrUnexpectedEOF
		}
		return 0, nil, fmt.Errorf("%w: %w", ErrBackup, err)
	}
	if kind != 'Z' {
		head := [1 + binary.MaxVarintLen64]byte{kind}
		f.sha.Write(head[:1+binary.PutUvarint(head[1:], size)])
		f.sha.Write(f.buf.Bytes())
	}
	return kind, f.buf.Bytes(), nil
}

// expect reads a frame that must be of a kind.
func (f *frameReader) expect(kind byte, into any) error {
	k, content, err := f.next()
	if err != nil {
		return err
	}
	if k != kind {
		return fmt.Errorf("%w: frame %q where %q belongs", ErrBackup, k, kind)
	}
	return unmarshal(content, into)
}

func unmarshal(content []byte, into any) error {
	if err := json.Unmarshal(content, into); err != nil {
		return fmt.Errorf("%w: %w", ErrBackup, err)
	}
	return nil
}

// each calls load for each table in turn. load takes the rows from next until it says io.EOF.
func (f *frameReader) each(load func(t table, next func(values []any) error) error) error {
	total := int64(0)
	for _, t := range f.head.Tables {
		var begin backupTable
		if err := f.expect('T', &begin); err != nil {
			return err
		}
		if begin.Name != t.Name {
			return fmt.Errorf("%w: table %q where %q belongs", ErrBackup, begin.Name, t.Name)
		}
		var s sum
		ended := false
		err := load(t, func(values []any) error {
			if ended {
				return io.EOF
			}
			kind, content, err := f.next()
			switch {
			case err != nil:
				return err
			case kind == 'R':
				s.add(content)
				if err := t.readRow(content, values); err != nil {
					return fmt.Errorf("%w: %w", ErrBackup, err)
				}
				return nil
			case kind == 'E':
				ended = true
				var e backupEnd
				if err := unmarshal(content, &e); err != nil {
					return err
				}
				if e.Rows != s.rows || e.Sum != s.String() {
					return fmt.Errorf("%w: the rows of %s are not those that were saved", ErrBackup, t.Name)
				}
				return io.EOF
			}
			return fmt.Errorf("%w: frame %q among the rows of %s", ErrBackup, kind, t.Name)
		})
		if err != nil {
			return err
		}
		if !ended {
			return fmt.Errorf("%w: rows of %s were left", ErrBackup, t.Name)
		}
		total += s.rows
	}
	want := hex.EncodeToString(f.sha.Sum(nil))
	var e backupEnd
	if err := f.expect('Z', &e); err != nil {
		return err
	}
	if e.Rows != total || e.Sum != want {
		return fmt.Errorf("%w: its bytes are not those that were saved", ErrBackup)
	}
	if _, err := f.r.ReadByte(); !errors.Is(err, io.EOF) {
		return fmt.Errorf("%w: something follows its end", ErrBackup)
	}
	return nil
}

// same says whether two descriptions of a table allow its rows to move: the columns of one are those of the other.
func (t table) same(other table) bool {
	byName := func(a, b column) int { return strings.Compare(a.Name, b.Name) }
	a, b := slices.SortedFunc(slices.Values(t.Columns), byName), slices.SortedFunc(slices.Values(other.Columns), byName)
	return slices.Equal(a, b)
}
