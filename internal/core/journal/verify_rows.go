package journal

import (
	"fmt"
	"strings"

	"commun/internal/platform/storage"
)

// rows asks the database whether its own rows hold: that no row points to one that is gone, which a hand that is not the program's may
// leave behind, and on SQLite that no page of the file is damaged.
func (c *check) rows() error {
	if c.tx.Dialect() == storage.SQLite {
		if err := c.named(`SELECT integrity_check FROM pragma_integrity_check WHERE integrity_check <> 'ok' LIMIT 1`,
			func(what string) {
				c.rep.Fault(Fault{Seq: -1, Key: "verify.file_damaged"}.with("why", strings.Join(strings.Fields(what), " ")))
			}); err != nil {
			return err
		}
	}
	pointers, err := c.pointers()
	if err != nil {
		return err
	}
	for _, p := range pointers {
		var lost int64
		q := fmt.Sprintf(`SELECT COUNT(*) FROM %s x WHERE x.%s IS NOT NULL AND NOT EXISTS (SELECT 1 FROM %s y WHERE y.%s = x.%[2]s)`,
			p.table, p.column, p.parent, p.key)
		if err := c.tx.QueryRow(c.ctx, q).Scan(&lost); err != nil {
			return err
		}
		if lost > 0 {
			c.rep.Fault(Fault{Seq: -1, Key: "verify.orphans"}.with("count", lost).with("table", p.table).with("parent", p.parent))
		}
	}
	return nil
}

// pointer is a column of a table that names a row of another.
type pointer struct{ table, column, parent, key string }

// foreignKeys lists the pointers that the schema declares. All of ours are of one column. Names come from the schema, quoted where they
// must be.
var foreignKeys = storage.SQL{
	SQLite: `SELECT l.name, k."from", k."table", k."to" FROM pragma_table_list l JOIN pragma_foreign_key_list(l.name) k
		WHERE l.schema = 'main' AND l.type = 'table' ORDER BY l.name, k.id`,
	Postgres: `SELECT CAST(CAST(c.conrelid AS regclass) AS text), quote_ident(a.attname), CAST(CAST(c.confrelid AS regclass) AS text), quote_ident(f.attname)
		FROM pg_constraint c JOIN pg_namespace n ON n.oid = c.connamespace
		JOIN pg_attribute a ON a.attrelid = c.conrelid AND a.attnum = c.conkey[1]
		JOIN pg_attribute f ON f.attrelid = c.confrelid AND f.attnum = c.confkey[1]
		WHERE c.contype = 'f' AND n.nspname = current_schema() ORDER BY 1, 2`,
}

func (c *check) pointers() ([]pointer, error) {
	rows, err := c.tx.Query(c.ctx, c.tx.Pick(foreignKeys))
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	var list []pointer
	for rows.Next() {
		var p pointer
		if err := rows.Scan(&p.table, &p.column, &p.parent, &p.key); err != nil {
			return nil, err
		}
		list = append(list, p)
	}
	return list, rows.Err()
}
