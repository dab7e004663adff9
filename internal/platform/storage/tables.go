package storage

import (
	"context"
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"fmt"
	"math"
	"math/bits"
	"slices"
	"strings"
)

// table is what a backup must know of one table: its stored columns, without those that the database makes itself or that are derived.
type table struct {
	Name    string   `json:"name"`
	Columns []column `json:"columns"`
}

type column struct {
	Name string `json:"name"`
	Kind kind   `json:"kind"`
}

// kind is what the two databases' types have in common.
type kind string

const (
	integer kind = "integer"
	real    kind = "real"
	text    kind = "text"
	blob    kind = "bytes"
)

// kindOf reads a declared type; "" is one that only one database knows.
func kindOf(declared string) kind {
	d := strings.ToLower(declared)
	switch {
	case strings.Contains(d, "int") && d != "interval" && d != "point":
		return integer
	case strings.Contains(d, "char") || strings.Contains(d, "text"):
		return text
	case d == "blob" || d == "bytea":
		return blob
	case strings.Contains(d, "real") || strings.Contains(d, "doub") || strings.Contains(d, "floa"):
		return real
	}
	return ""
}

var listColumns = SQL{
	SQLite: `SELECT l.name, x.name, x.type FROM pragma_table_list l JOIN pragma_table_xinfo(l.name) x
		WHERE l.schema = 'main' AND l.type = 'table' AND substr(l.name, 1, 7) <> 'sqlite_' AND x.hidden = 0 ORDER BY l.name, x.cid`,
	Postgres: `SELECT c.table_name, c.column_name, c.data_type FROM information_schema.columns c
		JOIN information_schema.tables t ON t.table_schema = c.table_schema AND t.table_name = c.table_name
		WHERE c.table_schema = current_schema() AND t.table_type = 'BASE TABLE' AND c.is_generated = 'NEVER' ORDER BY c.table_name, c.ordinal_position`,
}

// tables lists all that is stored, but for the table of migrations and what is derived, by name.
func (tx *Tx) tables(ctx context.Context) ([]table, error) {
	rows, err := tx.Query(ctx, tx.Pick(listColumns))
	if err != nil {
		return nil, fmt.Errorf("list tables: %w", err)
	}
	defer rows.Close()
	var all []table
	for rows.Next() {
		var name, col, declared string
		if err := rows.Scan(&name, &col, &declared); err != nil {
			return nil, fmt.Errorf("list tables: %w", err)
		}
		tx.db.mu.RLock()
		derived := name == "migrations" || tx.db.derived[strings.ToLower(name)] || tx.db.derived[strings.ToLower(name+"."+col)]
		tx.db.mu.RUnlock()
		if derived {
			continue
		}
		k := kindOf(declared)
		if k == "" {
			return nil, fmt.Errorf("column %s.%s is of type %s, which the other database does not have: list it as Derived, or store TEXT, BIGINT, DOUBLE PRECISION or BYTEA",
				name, col, declared)
		}
		if len(all) == 0 || all[len(all)-1].Name != name {
			all = append(all, table{Name: name})
		}
		t := &all[len(all)-1]
		t.Columns = append(t.Columns, column{col, k})
	}
	slices.SortFunc(all, func(a, b table) int { return strings.Compare(a.Name, b.Name) }) // PostgreSQL sorts names by its locale
	return all, rows.Err()
}

// quote writes a name for either database.
func quote(name string) string { return `"` + strings.ReplaceAll(name, `"`, `""`) + `"` }

func (t table) names() string {
	names := make([]string, len(t.Columns))
	for i, c := range t.Columns {
		names[i] = quote(c.Name)
	}
	return strings.Join(names, ", ")
}

// rowText is a row as it is stored in a backup and digested: for each column a tag and its value.
//
//	0                 NULL
//	1 varint          integer
//	2 8 bytes         real, IEEE 754, big-endian
//	3 uvarint bytes   text, UTF-8
//	4 uvarint bytes   bytes
type rowText = []byte

const (
	tagNull byte = iota
	tagInteger
	tagReal
	tagText
	tagBytes
)

// appendRow appends the values of one row of t, as the drivers give them, to b.
func (t table) appendRow(b rowText, values []any) (rowText, error) {
	for i, v := range values {
		k := t.Columns[i].Kind
		switch v := v.(type) {
		case nil:
			b = append(b, tagNull)
		case int64:
			if k == real { // SQLite keeps whole numbers of a REAL column as integers, and gives them back as reals; be sure
				b = binary.BigEndian.AppendUint64(append(b, tagReal), math.Float64bits(float64(v)))
			} else {
				b = binary.AppendVarint(append(b, tagInteger), v)
			}
		case int32:
			b = binary.AppendVarint(append(b, tagInteger), int64(v))
		case float64:
			b = binary.BigEndian.AppendUint64(append(b, tagReal), math.Float64bits(v))
		case string:
			tag := tagText
			if k == blob {
				tag = tagBytes
			}
			b = append(binary.AppendUvarint(append(b, tag), uint64(len(v))), v...)
		case []byte:
			tag := tagBytes
			if k == text {
				tag = tagText
			}
			b = append(binary.AppendUvarint(append(b, tag), uint64(len(v))), v...)
		default:
			return nil, fmt.Errorf("column %s.%s holds a %T", t.Name, t.Columns[i].Name, v)
		}
	}
	return b, nil
}

// readRow is the way back: it fills values from b. It takes nothing but what appendRow writes.
func (t table) readRow(b rowText, values []any) error {
	bad := func(i int) error {
		return fmt.Errorf("row of %s is malformed at column %s", t.Name, t.Columns[i].Name)
	}
	for i := range values {
		if len(b) == 0 {
			return bad(i)
		}
		tag := b[0]
		b = b[1:]
		switch tag {
		case tagNull:
			values[i] = nil
		case tagInteger:
			v, n := binary.Varint(b)
			if n <= 0 {
				return bad(i)
			}
			values[i], b = v, b[n:]
		case tagReal:
			if len(b) < 8 {
				return bad(i)
			}
			values[i], b = math.Float64frombits(binary.BigEndian.Uint64(b)), b[8:]
		case tagText, tagBytes:
			size, n := binary.Uvarint(b)
			if n <= 0 || size > uint64(len(b)-n) {
				return bad(i)
			}
			v := b[n : n+int(size)]
			b = b[n+int(size):]
			if tag == tagText {
				values[i] = string(v)
			} else {
				values[i] = append([]byte{}, v...) // never nil, which is NULL
			}
		default:
			return bad(i)
		}
	}
	if len(b) > 0 {
		return fmt.Errorf("row of %s has more than its %d columns", t.Name, len(values))
	}
	return nil
}

// sum adds up the SHA-256 of rows, modulo 2²⁵⁶: the same rows in any order have the same sum. It finds accidents; against someone who chooses rows, the
// journal is the proof.
type sum struct {
	lanes [4]uint64
	rows  int64
}

func (s *sum) add(row rowText) {
	h := sha256.Sum256(row)
	var carry uint64
	for i := 3; i >= 0; i-- {
		s.lanes[i], carry = bits.Add64(s.lanes[i], binary.BigEndian.Uint64(h[8*i:]), carry)
	}
	s.rows++
}

func (s *sum) String() string {
	var b []byte
	for _, l := range s.lanes {
		b = binary.BigEndian.AppendUint64(b, l)
	}
	return hex.EncodeToString(b)
}

// TableDigest tells the rows of one table from others. It does not depend on their order, nor on the database.
type TableDigest struct {
	Table string `json:"table"`
	Rows  int64  `json:"rows"`
	Sum   string `json:"sum"` // hexadecimal
}

// TableDigests returns the digest of every table's rows as tx sees them, by table name, without migrations and what is derived.
func TableDigests(ctx context.Context, tx *Tx) ([]TableDigest, error) {
	all, err := tx.tables(ctx)
	if err != nil {
		return nil, err
	}
	digests := make([]TableDigest, 0, len(all))
	for _, t := range all {
		var s sum
		if err := tx.eachRow(ctx, t, func(row rowText) error { s.add(row); return nil }); err != nil {
			return nil, err
		}
		digests = append(digests, TableDigest{t.Name, s.rows, s.String()})
	}
	return digests, nil
}

// eachRow calls fn with each row of t, in no order. The row is fn's until it returns.
func (tx *Tx) eachRow(ctx context.Context, t table, fn func(rowText) error) error {
	rows, err := tx.Query(ctx, `SELECT `+t.names()+` FROM `+quote(t.Name))
	if err != nil {
		return fmt.Errorf("read table %s: %w", t.Name, err)
	}
	defer rows.Close()
	values, dest := make([]any, len(t.Columns)), make([]any, len(t.Columns))
	for i := range values {
		dest[i] = &values[i]
	}
	var b rowText
	for rows.Next() {
		if err := rows.Scan(dest...); err != nil {
			return fmt.Errorf("read table %s: %w", t.Name, err)
		}
		if b, err = t.appendRow(b[:0], values); err != nil {
			return err
		}
		if err := fn(b); err != nil {
			return err
		}
	}
	if err := rows.Err(); err != nil {
		return fmt.Errorf("read table %s: %w", t.Name, mapError(err))
	}
	return nil
}
