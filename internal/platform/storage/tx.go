package storage

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"sync/atomic"
	"time"
)

// Tx is one transaction, handed to the function given to Read, Write or Maintain, and of no use after it. It belongs to one goroutine.
// In a write its methods ignore the cancellation of the context that they are given: half a group may not depend on one caller's patience.
type Tx struct {
	db     *DB
	run    runner
	write  bool
	upkeep bool // only tables listed as upkeep may be written
	over   atomic.Bool

	rows     *sql.Rows // the one that may be open
	rowsText string
	failed   error // the first statement that failed: the transaction can't be committed any more
	depth    int   // of nested Try
	after    []func()
	kept     map[string]kept
	later    []waitingStatement // what Later was given and PostgreSQL was not yet told
}

// runner is what the three ways to hold a transaction (the writer's connection, a reader's, PostgreSQL's) have in common.
type runner interface {
	query(ctx context.Context, text string, args []any) (*sql.Rows, error)
	exec(ctx context.Context, text string, args []any) (sql.Result, error)
}

// Dialect says which database answers.
func (tx *Tx) Dialect() Dialect { return tx.db.dialect }

// waitingStatement is a statement that Later was given.
type waitingStatement struct {
	text string
	args []any
}

// batcher is a runner that is told several statements in one go: what a database on another machine, or in another process, is asked one by one
// costs a way there and back each.
type batcher interface {
	// batch runs the statements in their order, up to the first that fails, and returns how many rows the last changed.
	batch(list []waitingStatement) (int64, error)
}

// kept is what Keep was given.
type kept struct {
	value  any
	tables []string
}

// Keep keeps what was read from tables (lower case) for Kept, until a statement of this transaction writes to one of them: who reads a thing as a
// write leaves it need not read it a second time.
func (tx *Tx) Keep(key string, value any, tables ...string) {
	if tx.kept == nil {
		tx.kept = map[string]kept{}
	}
	tx.kept[key] = kept{value, tables}
}

// Kept returns what Keep was given under key, if it still holds.
func (tx *Tx) Kept(key string) (any, bool) {
	k, ok := tx.kept[key]
	return k.value, ok
}

// drop forgets what was read from tables that are written to.
func (tx *Tx) drop(tables []string) {
	for key, k := range tx.kept {
		if slices.ContainsFunc(k.tables, func(t string) bool { return slices.Contains(tables, t) }) {
			delete(tx.kept, key)
		}
	}
}

// Pick returns the text of s for this database.
func (tx *Tx) Pick(s SQL) string { return s.Pick(tx.db.dialect) }

// Query asks a question. Read the rows to their end or close them before the next statement; what is still open at the end is closed.
func (tx *Tx) Query(ctx context.Context, q string, args ...any) (*Rows, error) {
	s, args, err := tx.ready(q, args)
	if err != nil {
		return nil, err
	}
	rows, err := tx.run.query(ctx, s.text, args)
	if err != nil {
		return nil, tx.fail(err)
	}
	tx.rows, tx.rowsText = rows, q
	return rows, nil
}

// QueryRow asks a question that has at most one answer. Scan it before the next statement.
func (tx *Tx) QueryRow(ctx context.Context, q string, args ...any) *Row {
	rows, err := tx.Query(ctx, q, args...)
	return &Row{tx: tx, rows: rows, err: err}
}

// Exec changes rows, and returns how many.
func (tx *Tx) Exec(ctx context.Context, q string, args ...any) (int64, error) {
	s, args, err := tx.known(q, args)
	if err != nil {
		return 0, err
	}
	if !tx.write {
		return 0, fmt.Errorf("exec %q: %w", brief(q), errReadTx)
	}
	if len(tx.later) > 0 {
		tx.later = append(tx.later, waitingStatement{s.text, args})
		return tx.flush()
	}
	r, err := tx.run.exec(ctx, s.text, args)
	if err != nil {
		return 0, tx.fail(err)
	}
	n, err := r.RowsAffected()
	if err != nil {
		return 0, tx.fail(err)
	}
	return n, nil
}

// Later is Exec for a statement of whose rows nobody asks how many they were. SQLite runs it at once. PostgreSQL is told of it together with those
// that follow, before the next question or the commit: so its error may come from there.
func (tx *Tx) Later(ctx context.Context, q string, args ...any) error {
	if _, ok := tx.run.(batcher); !ok || !tx.write {
		_, err := tx.Exec(ctx, q, args...)
		return err
	}
	s, args, err := tx.known(q, args)
	if err == nil {
		tx.later = append(tx.later, waitingStatement{s.text, args})
	}
	return err
}

// flush tells the database what waits, and returns how many rows the last statement changed.
func (tx *Tx) flush() (int64, error) {
	if len(tx.later) == 0 {
		return 0, nil
	}
	list := tx.later
	tx.later = nil
	n, err := tx.run.(batcher).batch(list)
	return n, tx.fail(err)
}

// Try runs fn within the transaction so that its failure undoes only what fn did: the transaction goes on. It returns fn's error.
func (tx *Tx) Try(ctx context.Context, fn func(*Tx) error) error {
	if !tx.write {
		return errReadTx
	}
	if err := tx.idle(); err != nil {
		return err
	}
	if _, err := tx.flush(); err != nil {
		return err
	}
	tx.depth++
	defer func() { tx.depth-- }()
	name := "try" + strconv.Itoa(tx.depth)
	if _, err := tx.run.exec(ctx, "SAVEPOINT "+name, nil); err != nil {
		return tx.fail(err)
	}
	before := len(tx.after)
	err := fn(tx)
	tx.closeRows()
	if err == nil {
		err = tx.failed
	}
	if err == nil {
		_, err = tx.flush()
	}
	tx.later = nil // of a part that is taken back
	if err == nil {
		_, err = tx.run.exec(ctx, "RELEASE SAVEPOINT "+name, nil)
		return tx.fail(err)
	}
	tx.after, tx.kept = tx.after[:before], nil
	for _, q := range []string{"ROLLBACK TO SAVEPOINT ", "RELEASE SAVEPOINT "} {
		if _, dead := tx.run.exec(ctx, q+name, nil); dead != nil {
			// The savepoint is gone, and the whole transaction with it: the first failure stays, and ends the operation.
			return tx.fail(errors.Join(err, dead))
		}
	}
	tx.failed = nil
	return err
}

// AfterCommit has fn run after the durable commit, before Write returns, in the caller's goroutine: never when it rolled back, once though the
// operation may run twice, in the order of the calls. There is no order between two operations: let what fn carries have a revision.
func (tx *Tx) AfterCommit(fn func()) { tx.after = append(tx.after, fn) }

var (
	errReadTx = errors.New("transaction only reads")
	errOver   = errors.New("transaction is over")
)

// ready says whether another statement may run, and returns what is known of its text. What waits is run before it.
func (tx *Tx) ready(q string, args []any) (*statement, []any, error) {
	s, args, err := tx.known(q, args)
	if err == nil {
		_, err = tx.flush()
	}
	return s, args, err
}

// known is ready without what waits.
func (tx *Tx) known(q string, args []any) (*statement, []any, error) {
	if err := tx.idle(); err != nil {
		return nil, nil, err
	}
	s, err := tx.db.texts.get(tx.db.dialect, q)
	if err == nil {
		args, err = plainArgs(args)
	}
	if err == nil && !tx.write {
		err = s.mayRead()
	}
	if err == nil && tx.write {
		err = s.mayWrite()
	}
	if err == nil && tx.upkeep && len(s.writes) > 0 {
		err = tx.db.mayMaintain(s.writes)
	}
	if err != nil {
		return nil, nil, tx.fail(err)
	}
	if len(tx.kept) > 0 && len(s.writes) > 0 {
		tx.drop(s.writes)
	}
	return s, args, nil
}

// idle says whether the transaction is alive and has no open rows.
func (tx *Tx) idle() error {
	if tx.over.Load() {
		return errOver
	}
	if tx.rows != nil {
		if _, err := tx.rows.Columns(); err == nil { // only closed rows refuse to name their columns
			text := tx.rowsText
			tx.closeRows()
			return tx.fail(fmt.Errorf("rows of %q are still open: read them to their end or close them first", brief(text)))
		}
		tx.closeRows()
	}
	if tx.failed != nil {
		return fmt.Errorf("an earlier statement of this transaction failed: %w", tx.failed)
	}
	return nil
}

// closeRows closes what the operation left open, and keeps an error that reading them met and that the operation may not have looked at.
func (tx *Tx) closeRows() {
	if tx.rows == nil {
		return
	}
	tx.rows.Close()
	if err := tx.rows.Err(); err != nil && !errors.Is(err, context.Canceled) {
		tx.fail(err)
	}
	tx.rows = nil
}

// fail keeps the first failure of a statement of a write, and returns err with its kind. nil stays nil.
func (tx *Tx) fail(err error) error {
	if err == nil {
		return nil
	}
	err = mapError(err)
	if tx.write && tx.failed == nil {
		tx.failed = err
	}
	return err
}

// Row is the answer to a QueryRow.
type Row struct {
	tx   *Tx
	rows *sql.Rows
	err  error
}

// Err returns the query's error, without reading the row.
func (r *Row) Err() error { return r.err }

// Scan copies the first row into dest. ErrNoRows says that there is none. []byte are copies.
func (r *Row) Scan(dest ...any) error {
	if r.err != nil {
		return r.err
	}
	defer r.rows.Close()
	err := r.scan(dest)
	if e := r.rows.Close(); err == nil && e != nil {
		err = e
	}
	if r.tx != nil {
		// Only what the database said is a failure of the transaction: not a missing row, nor a wrong destination.
		if e := r.rows.Err(); e != nil {
			err = r.tx.fail(e)
		}
		r.tx.rows = nil
	}
	r.err = err
	return err
}

func (r *Row) scan(dest []any) error {
	if !r.rows.Next() {
		if err := r.rows.Err(); err != nil {
			return mapError(err)
		}
		return ErrNoRows
	}
	if err := r.rows.Scan(dest...); err != nil {
		return err
	}
	// An INSERT … RETURNING must run to its end, and a unique violation may come only there.
	for r.rows.Next() {
	}
	return mapError(r.rows.Err())
}

// plainArgs refuses the arguments that the two databases would take differently, and writes bools as 0 and 1 (in a copy: args may be the caller's).
func plainArgs(args []any) ([]any, error) {
	copied := false
	for i, a := range args {
		switch v := a.(type) {
		case bool:
			if !copied {
				args, copied = slices.Clone(args), true
			}
			args[i] = int64(0)
			if v {
				args[i] = int64(1)
			}
		case time.Time:
			return nil, fmt.Errorf("argument $%d is a time.Time: times are microseconds, see Micros", i+1)
		}
	}
	return args, nil
}

// poolRunner runs the statements of a database/sql transaction: a read of SQLite with its prepared statements, or one of PostgreSQL, whose driver keeps them.
type poolRunner struct {
	db *DB
	t  *sql.Tx
	// wanted are the texts that were not prepared yet. Preparing one takes a connection of the pool, so it waits until this transaction has given back
	// its own: as many reads at once as there are connections, each waiting for another, would wait for ever.
	wanted *[]string
}

func (r poolRunner) query(ctx context.Context, text string, args []any) (*sql.Rows, error) {
	if r.db.dialect == SQLite {
		if p := r.db.prepared.known(text); p != nil {
			return r.t.StmtContext(ctx, p).QueryContext(ctx, args...)
		}
		*r.wanted = append(*r.wanted, text)
	}
	return r.t.QueryContext(ctx, text, args...)
}

func (r poolRunner) exec(ctx context.Context, text string, args []any) (sql.Result, error) {
	return r.t.ExecContext(ctx, text, args...)
}
