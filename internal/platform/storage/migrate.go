package storage

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"hash/fnv"
	"os"
	"path/filepath"
	"strings"

	"github.com/jackc/pgx/v5"

	"commun/internal/platform/fault"
)

// Migrations are the tables of one owner (a package of core, a feature), as the steps that made them. Steps are only ever added at the end.
type Migrations struct {
	Owner   string // short, unique: "journal", "catalogue"
	Steps   []Step
	Upkeep  []string // tables that Maintain may write
	Derived []string // tables made from others (full-text indexes): left out of a backup and its digests, rebuilt by their owner
}

// Step is one change of schema: several statements, run in one transaction and recorded with it. A step that was applied is never changed.
type Step struct {
	Name string
	SQL  SQL
}

// ErrNewer: the database was written by a newer program than this one. ErrChanged: a step that was applied reads otherwise now.
var (
	ErrNewer   = fault.Conflict("", "storage.newer_database")
	ErrChanged = fault.Conflict("", "storage.changed_migration")
)

const migrationsTable = `CREATE TABLE IF NOT EXISTS migrations (
	owner TEXT NOT NULL, step BIGINT NOT NULL, name TEXT NOT NULL, applied_at BIGINT NOT NULL, digest TEXT NOT NULL,
	PRIMARY KEY (owner, step))`

// Applied is one step of a database.
type Applied struct {
	Owner     string `json:"owner"`
	Step      int    `json:"step"`
	Name      string `json:"name"`
	AppliedAt int64  `json:"applied_at"`
	Digest    string `json:"digest"`
}

// Migrate brings the schema forward to what sets say, in their order. It refuses a database that has steps unknown here (ErrNewer) or changed
// (ErrChanged) before it touches anything. SQLite is copied first, beside the file, when it holds something already: the copy of the last upgrade is
// kept. Several processes may migrate one PostgreSQL database at once. A read-only database is only compared, and must be complete.
func (db *DB) Migrate(ctx context.Context, sets ...Migrations) error {
	db.register(sets)
	applied, err := db.Applied(ctx)
	if err != nil {
		return err
	}
	if err := db.compare(applied, sets); err != nil {
		return err
	}
	missing := 0
	for _, set := range sets {
		missing += len(set.Steps)
		for _, a := range applied {
			if a.Owner == set.Owner {
				missing--
			}
		}
	}
	if missing == 0 {
		return nil
	}
	if db.opts.ReadOnly {
		return fmt.Errorf("database lacks %d migrations: %w", missing, ErrReadOnly)
	}
	copied := ""
	if db.dialect == SQLite && len(applied) > 0 {
		if copied, err = db.copyBefore(ctx, applied); err != nil {
			return fmt.Errorf("copy database before its migration: %w", err)
		}
	}
	for _, set := range sets {
		for i := range set.Steps {
			if err := db.apply(ctx, set, i); err != nil {
				return fmt.Errorf("migrate %s, step %d (%s): %w", set.Owner, i+1, set.Steps[i].Name, err)
			}
		}
	}
	if copied != "" {
		if err := os.Rename(copied, db.opts.Path+beforeUpgrade); err != nil { // replaces the copy of the upgrade before
			return fmt.Errorf("keep the copy from before the migration: %w", err)
		}
		copied = db.opts.Path + beforeUpgrade
	}
	db.log.Info("database migrated", "steps", missing, "copy", copied)
	return nil
}

// register keeps what later calls must know of the tables.
func (db *DB) register(sets []Migrations) {
	db.mu.Lock()
	defer db.mu.Unlock()
	for _, set := range sets {
		db.known[set.Owner] = true
		for _, t := range set.Upkeep {
			db.upkeep[strings.ToLower(t)] = true
		}
		for _, t := range set.Derived {
			db.derived[strings.ToLower(t)] = true
		}
	}
}

// Applied returns the steps that the database has, by owner and number. A new database has none.
func (db *DB) Applied(ctx context.Context) (all []Applied, err error) {
	err = db.Read(ctx, func(tx *Tx) error {
		all, err = tx.applied(ctx)
		return err
	})
	return all, err
}

func (tx *Tx) applied(ctx context.Context) ([]Applied, error) {
	there := SQL{
		SQLite:   `SELECT COUNT(*) FROM sqlite_schema WHERE type = 'table' AND name = 'migrations'`,
		Postgres: `SELECT COUNT(*) FROM pg_tables WHERE schemaname = current_schema() AND tablename = 'migrations'`,
	}
	var n int
	if err := tx.QueryRow(ctx, tx.Pick(there)).Scan(&n); err != nil || n == 0 {
		return nil, err
	}
	rows, err := tx.Query(ctx, `SELECT owner, step, name, applied_at, digest FROM migrations ORDER BY owner, step`)
	if err != nil {
		return nil, fmt.Errorf("list migrations: %w", err)
	}
	defer rows.Close()
	var all []Applied
	for rows.Next() {
		var a Applied
		if err := rows.Scan(&a.Owner, &a.Step, &a.Name, &a.AppliedAt, &a.Digest); err != nil {
			return nil, fmt.Errorf("list migrations: %w", err)
		}
		all = append(all, a)
	}
	return all, rows.Err()
}

// compare holds what the database has against what the program knows.
func (db *DB) compare(applied []Applied, sets []Migrations) error {
	steps := map[string][]Step{}
	for _, set := range sets {
		steps[set.Owner] = set.Steps
	}
	db.mu.RLock()
	defer db.mu.RUnlock()
	for _, a := range applied {
		known, given := steps[a.Owner]
		if !given && db.known[a.Owner] {
			continue // of an earlier call
		}
		if a.Step > len(known) {
			return ErrNewer.With("owner", a.Owner).With("step", a.Step).With("known", len(known)).Wrap(fmt.Errorf(
				"this database was upgraded by a newer commun (%s is at step %d %q, this program knows %d): run that program, or restore a copy from before the upgrade",
				a.Owner, a.Step, a.Name, len(known)))
		}
		if d := db.digest(known[a.Step-1]); d != a.Digest {
			return ErrChanged.With("owner", a.Owner).With("step", a.Step).Wrap(fmt.Errorf(
				"step %d of %s (%s) was applied with other statements than this program has", a.Step, a.Owner, a.Name))
		}
	}
	return nil
}

// digest tells one step's statements from others, whatever their spaces.
func (db *DB) digest(s Step) string {
	sum := sha256.Sum256([]byte(strings.Join(strings.Fields(db.Pick(s.SQL)), " ")))
	return hex.EncodeToString(sum[:])
}

// apply runs step i of set unless another process did, and records it, in one transaction.
func (db *DB) apply(ctx context.Context, set Migrations, i int) error {
	return db.write(ctx, false, func(tx *Tx) error {
		if err := tx.prepareMigration(ctx); err != nil {
			return err
		}
		var n int
		if err := tx.QueryRow(ctx, `SELECT COUNT(*) FROM migrations WHERE owner = $1 AND step = $2`, set.Owner, i+1).Scan(&n); err != nil || n > 0 {
			return err
		}
		step := set.Steps[i]
		if err := tx.script(ctx, parse(db.dialect, db.Pick(step.SQL)).text); err != nil {
			return err
		}
		_, err := tx.Exec(ctx, `INSERT INTO migrations (owner, step, name, applied_at, digest) VALUES ($1, $2, $3, $4, $5)`,
			set.Owner, i+1, step.Name, Now(), db.digest(step))
		return err
	})
}

// prepareMigration makes the table of migrations, alone among all processes until the transaction's end.
func (tx *Tx) prepareMigration(ctx context.Context) error {
	if tx.db.dialect == SQLite { // BEGIN IMMEDIATE is the lock
		return tx.script(ctx, "PRAGMA defer_foreign_keys = ON;\n"+migrationsTable)
	}
	schema := tx.db.opts.Schema
	h := fnv.New64a()
	h.Write([]byte("commun migrations " + schema))
	if err := tx.script(ctx, fmt.Sprintf(`SELECT pg_advisory_xact_lock(%d)`, int64(h.Sum64()))); err != nil {
		return err
	}
	if schema != "" {
		if err := tx.script(ctx, `CREATE SCHEMA IF NOT EXISTS `+pgx.Identifier{schema}.Sanitize()); err != nil {
			return err
		}
	}
	return tx.script(ctx, migrationsTable)
}

// script runs several statements without arguments, free of what is allowed to others.
func (tx *Tx) script(ctx context.Context, text string) error {
	if err := tx.idle(); err != nil {
		return err
	}
	switch r := tx.run.(type) {
	case *writer:
		return tx.fail(r.script(text))
	case detachedRunner:
		_, err := r.exec(ctx, text, nil)
		return tx.fail(err)
	}
	return errReadTx
}

// copyBefore copies the database beside itself and returns the copy's path, which tells the state that it holds and that the upgrade is not done.
// When an upgrade failed half-way and is tried again, the copy from before the first try stays.
func (db *DB) copyBefore(ctx context.Context, applied []Applied) (string, error) {
	h := sha256.New()
	for _, a := range applied {
		fmt.Fprintln(h, a.Owner, a.Step, a.Digest)
	}
	path := db.opts.Path + unfinished + hex.EncodeToString(h.Sum(nil)[:6])
	old, err := filepath.Glob(db.opts.Path + unfinished + "*")
	if err != nil {
		return "", err
	}
	for _, o := range old {
		if o != path && !strings.HasSuffix(o, ".part") {
			return o, nil
		}
		if err := os.Remove(o); err != nil {
			return "", err
		}
	}
	if err := db.CopyFile(ctx, path+".part"); err != nil {
		return "", err
	}
	return path, os.Rename(path+".part", path)
}

// unfinished and beforeUpgrade end the names of copies.
const (
	unfinished    = ".before-unfinished-upgrade-"
	beforeUpgrade = ".before-upgrade"
)
