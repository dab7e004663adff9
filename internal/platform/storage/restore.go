package storage

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"io"
	"strings"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/stdlib"
)

// ErrNotEmpty: a backup is restored into a new database only.
var ErrNotEmpty = errors.New("database is not empty: restore into a new one")

// Restore fills a new, empty database of either kind from a backup: it makes the schema that the backup was made with, loads all rows in one
// transaction, whole or not at all, and then migrates on to what sets say. What is Derived stays empty: its owners rebuild it. Errors: ErrNotEmpty,
// ErrBackup, ErrNewer when the backup comes from a newer program.
func (db *DB) Restore(ctx context.Context, r io.Reader, sets ...Migrations) error {
	if db.opts.ReadOnly {
		return ErrReadOnly
	}
	applied, err := db.Applied(ctx)
	if err == nil && len(applied) > 0 {
		err = ErrNotEmpty
	}
	var f *frameReader
	if err == nil {
		f, err = openBackup(r)
	}
	if err != nil {
		return fmt.Errorf("restore: %w", err)
	}
	defer f.close()
	then, err := f.head.sets(sets)
	if err == nil {
		err = db.Migrate(ctx, then...)
	}
	if err == nil {
		err = db.load(ctx, f)
	}
	if err == nil {
		err = db.Migrate(ctx, sets...)
	}
	if err != nil {
		return fmt.Errorf("restore: %w", err)
	}
	return nil
}

// sets cuts the program's migrations back to those that the backup had. The digests of steps are not compared: each database has its own text.
func (h backupHeader) sets(sets []Migrations) ([]Migrations, error) {
	had := map[string]int{}
	for _, a := range h.Applied {
		had[a.Owner] = max(had[a.Owner], a.Step)
	}
	var then []Migrations
	for _, set := range sets {
		n := had[set.Owner]
		if n > len(set.Steps) {
			return nil, ErrNewer.With("owner", set.Owner).With("step", n).With("known", len(set.Steps)).Wrap(
				fmt.Errorf("this backup was made by a newer commun (%s is at step %d, this program knows %d)", set.Owner, n, len(set.Steps)))
		}
		delete(had, set.Owner)
		set.Steps = set.Steps[:n]
		then = append(then, set)
	}
	for owner, n := range had {
		return nil, ErrNewer.With("owner", owner).With("step", n).With("known", 0).Wrap(
			fmt.Errorf("this backup has tables of %s, which this program does not know", owner))
	}
	return then, nil
}

// load puts the backup's rows in the place of whatever the migrations put there.
func (db *DB) load(ctx context.Context, f *frameReader) error {
	var mine []table
	err := db.Read(ctx, func(tx *Tx) (err error) {
		mine, err = tx.tables(ctx)
		return err
	})
	if err != nil {
		return err
	}
	// Names from a file go into SQL only when they are those of this database.
	known := map[string]table{}
	for _, t := range mine {
		known[t.Name] = t
	}
	for _, t := range f.head.Tables {
		if m, ok := known[t.Name]; !ok || !m.same(t) {
			return fmt.Errorf("table %s of the backup, with columns %s, is not a table here: what only one database has must be listed as Derived", t.Name, t.names())
		}
		delete(known, t.Name)
	}
	for name := range known {
		return fmt.Errorf("table %s is missing from the backup: what only one database has must be listed as Derived", name)
	}
	if db.dialect == Postgres {
		return db.loadPostgres(ctx, f)
	}
	return db.loadSQLite(ctx, f)
}

// loadSQLite loads through a connection of its own, with foreign keys checked once at the end instead of at each row.
func (db *DB) loadSQLite(ctx context.Context, f *frameReader) (err error) {
	pool, err := openSQLitePool(dsn(db.opts.Path, "rw", "foreign_keys(0)", "synchronous(FULL)", "cache_size(-64000)"))
	if err != nil {
		return err
	}
	pool.SetMaxOpenConns(1)
	defer pool.Close()
	tx, err := pool.BeginTx(ctx, nil)
	if err != nil {
		return mapError(err)
	}
	defer tx.Rollback()
	err = f.each(func(t table, next func([]any) error) error {
		if _, err := tx.ExecContext(ctx, `DELETE FROM `+quote(t.Name)); err != nil {
			return err
		}
		insert, err := tx.PrepareContext(ctx, `INSERT INTO `+quote(t.Name)+` (`+t.names()+`) VALUES (`+strings.TrimPrefix(strings.Repeat(",?", len(t.Columns)), ",")+`)`)
		if err != nil {
			return err
		}
		defer insert.Close()
		values := make([]any, len(t.Columns))
		for {
			if err := next(values); errors.Is(err, io.EOF) {
				return ctx.Err()
			} else if err != nil {
				return err
			}
			// Without the context: watching it costs more than the row. It is looked at after each table, and by BeginTx's own watch.
			if _, err := insert.Exec(values...); err != nil {
				return fmt.Errorf("load table %s: %w", t.Name, mapError(err))
			}
		}
	})
	if err != nil {
		return err
	}
	var child, parent sql.NullString
	err = tx.QueryRowContext(ctx, `SELECT "table", parent FROM pragma_foreign_key_check LIMIT 1`).Scan(&child, &parent)
	if err == nil {
		return fmt.Errorf("%w: a row of %s points to no row of %s", ErrBackup, child.String, parent.String)
	}
	if !errors.Is(err, sql.ErrNoRows) {
		return mapError(err)
	}
	if err := tx.Commit(); err != nil {
		return mapError(err)
	}
	_, err = pool.ExecContext(ctx, `ANALYZE; PRAGMA wal_checkpoint(TRUNCATE)`)
	return mapError(err)
}

// loadPostgres copies all tables in one transaction. Foreign keys are taken off for its time: rows come in no order, and a table may point to itself.
func (db *DB) loadPostgres(ctx context.Context, f *frameReader) error {
	conn, err := db.pool.Conn(ctx)
	if err != nil {
		return mapError(err)
	}
	defer conn.Close()
	return conn.Raw(func(driver any) error {
		c := driver.(*stdlib.Conn).Conn()
		return mapError(pgx.BeginFunc(ctx, c, func(tx pgx.Tx) error {
			keys, err := dropForeignKeys(ctx, tx)
			if err != nil {
				return err
			}
			err = f.each(func(t table, next func([]any) error) error {
				if _, err := tx.Exec(ctx, `DELETE FROM `+quote(t.Name)); err != nil {
					return err
				}
				columns := make([]string, len(t.Columns))
				for i, c := range t.Columns {
					columns[i] = c.Name
				}
				source := pgx.CopyFromFunc(func() ([]any, error) {
					values := make([]any, len(columns))
					err := next(values)
					if errors.Is(err, io.EOF) {
						return nil, nil
					}
					return values, err
				})
				if _, err := tx.CopyFrom(ctx, pgx.Identifier{t.Name}, columns, source); err != nil {
					return fmt.Errorf("load table %s: %w", t.Name, err)
				}
				return moveSequences(ctx, tx, t)
			})
			if err != nil {
				return err
			}
			for _, k := range keys {
				if _, err := tx.Exec(ctx, k); err != nil {
					return fmt.Errorf("%w: %w", ErrBackup, err)
				}
			}
			for _, t := range f.head.Tables {
				if _, err := tx.Exec(ctx, `ANALYZE `+quote(t.Name)); err != nil {
					return err
				}
			}
			return nil
		}))
	})
}

// dropForeignKeys returns the statements that put them on again.
func dropForeignKeys(ctx context.Context, tx pgx.Tx) (restore []string, err error) {
	rows, err := tx.Query(ctx, `SELECT c.conrelid::regclass::text, c.conname, pg_get_constraintdef(c.oid) FROM pg_constraint c
		JOIN pg_namespace n ON n.oid = c.connamespace WHERE c.contype = 'f' AND c.conparentid = 0 AND n.nspname = current_schema()`)
	if err != nil {
		return nil, err
	}
	type key struct{ Table, Name, Def string }
	keys, err := pgx.CollectRows(rows, pgx.RowToStructByPos[key])
	if err != nil {
		return nil, err
	}
	for _, k := range keys {
		if _, err := tx.Exec(ctx, `ALTER TABLE `+k.Table+` DROP CONSTRAINT `+quote(k.Name)); err != nil {
			return nil, err
		}
		restore = append(restore, `ALTER TABLE `+k.Table+` ADD CONSTRAINT `+quote(k.Name)+` `+k.Def)
	}
	return restore, nil
}

// moveSequences lets the next number of each numbered column follow the rows that were loaded.
func moveSequences(ctx context.Context, tx pgx.Tx, t table) error {
	for _, c := range t.Columns {
		if c.Kind != integer {
			continue
		}
		q := `SELECT setval(s, GREATEST((SELECT COALESCE(MAX(` + quote(c.Name) + `), 0) FROM ` + quote(t.Name) + `), 1))
			FROM pg_get_serial_sequence($1, $2) s WHERE s IS NOT NULL`
		if _, err := tx.Exec(ctx, q, quote(t.Name), c.Name); err != nil {
			return fmt.Errorf("move sequence of %s.%s: %w", t.Name, c.Name, err)
		}
	}
	return nil
}
