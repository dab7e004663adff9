package storage

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"math/rand/v2"
	"strconv"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/stdlib"
)

// How often a transaction is tried, and how long it may take once begun: a write is small, and a server that hangs must not hold its callers.
const (
	writeTries   = 9
	writeTimeout = time.Minute
)

func (db *DB) openPostgres(ctx context.Context) error {
	c, err := pgx.ParseConfig(db.opts.URL)
	if err != nil {
		return fmt.Errorf("read database URL: %w", err) // pgx hides the password
	}
	if c.ConnectTimeout == 0 {
		c.ConnectTimeout = 5 * time.Second
	}
	set := func(name, value string) {
		if _, given := c.RuntimeParams[name]; !given {
			c.RuntimeParams[name] = value
		}
	}
	set("application_name", "commun")
	set("idle_in_transaction_session_timeout", "120000") // a node that froze must not hold locks for ever
	if db.opts.Schema != "" {
		c.RuntimeParams["search_path"] = pgx.Identifier{db.opts.Schema}.Sanitize()
	}
	if db.opts.ReadOnly {
		c.RuntimeParams["default_transaction_read_only"] = "on"
	}
	db.pool = stdlib.OpenDB(*c, stdlib.OptionAfterConnect(recent))
	db.pool.SetMaxOpenConns(db.opts.Readers)
	db.pool.SetMaxIdleConns(db.opts.Readers)
	db.pool.SetConnMaxIdleTime(5 * time.Minute)
	db.pool.SetConnMaxLifetime(time.Hour) // so that nodes spread again after a switch-over
	var commit string
	if err := db.pool.QueryRowContext(ctx, `SHOW synchronous_commit`).Scan(&commit); err != nil {
		db.pool.Close()
		return err
	}
	if commit == "off" {
		db.log.Warn("PostgreSQL runs with synchronous_commit=off: acknowledged writes can be lost in a power cut")
	}
	return nil
}

// oldestPostgres is the first major version that is taken: the tests run on 15, and what PostgreSQL's own project has stopped mending for good
// is refused rather than found to fail at some statement.
const oldestPostgres = 14

// recent refuses a server that is too old. Each connection is asked, since a name may lead to several servers; the server said it at the greeting.
func recent(_ context.Context, c *pgx.Conn) error {
	version := c.PgConn().ParameterStatus("server_version") // "15.18 (Debian 15.18-0+deb12u1)", "9.6.24", "18beta1"
	if major, ok := majorOf(version); ok && major < oldestPostgres {
		return &OldServerError{Version: version, Oldest: oldestPostgres}
	}
	return nil
}

// majorOf reads the number that a version begins with. A server that speaks PostgreSQL's language but names its version otherwise is not judged.
func majorOf(version string) (int, bool) {
	end := strings.IndexFunc(version, func(r rune) bool { return r < '0' || r > '9' })
	if end < 0 {
		end = len(version)
	}
	n, err := strconv.Atoi(version[:end])
	return n, err == nil
}

// writePostgres runs fn in a transaction of its own, again while it loses races or its connection before the commit.
func (db *DB) writePostgres(ctx context.Context, upkeep bool, fn func(*Tx) error) error {
	for try := 1; ; try++ {
		after, err := db.tryPostgres(ctx, upkeep, fn)
		if err == nil {
			for _, fn := range after {
				fn()
			}
			return nil
		}
		again, isAgain := errors.AsType[*tryAgain](err)
		if !isAgain {
			return mapError(err)
		}
		if try == writeTries {
			return mapError(again.cause)
		}
		db.tries.Add(1)
		// 5 ms, 10, 20 … 640, each with as much chance: 0.6 to 1.3 s in all, longer than a switch-over takes.
		wait := time.Duration(5<<(try-1)) * time.Millisecond
		timer := time.NewTimer(wait/2 + rand.N(wait/2+1))
		select {
		case <-timer.C:
		case <-ctx.Done():
			timer.Stop()
			return fmt.Errorf("write gave up after %d tries: %w", try, errors.Join(ctx.Err(), again.cause))
		}
	}
}

// tryAgain says that nothing was stored and that the same operation may succeed now.
type tryAgain struct{ cause error }

func (e *tryAgain) Error() string { return e.cause.Error() }
func (e *tryAgain) Unwrap() error { return e.cause }

func (db *DB) tryPostgres(ctx context.Context, upkeep bool, fn func(*Tx) error) (after []func(), err error) {
	conn, err := db.pool.Conn(ctx)
	if err != nil {
		return nil, worthTrying(err)
	}
	defer conn.Close()
	// From here the caller's patience counts no more: cut off in the middle, a COMMIT would have an unknown outcome.
	begun, cancel := context.WithTimeout(context.WithoutCancel(ctx), writeTimeout)
	defer cancel()
	t, err := conn.BeginTx(begun, nil)
	if err != nil {
		return nil, worthTrying(err)
	}
	db.ops.Add(1)
	tx := &Tx{db: db, run: detachedRunner{conn, t, begun}, write: true, upkeep: upkeep}
	committed := false
	defer func() { // also when fn panics
		tx.closeRows()
		tx.over.Store(true)
		if !committed {
			_ = t.Rollback()
		}
	}()
	err = fn(tx)
	tx.closeRows()
	if err == nil && tx.failed == nil {
		_, _ = tx.flush() // it leaves its error in tx.failed
	}
	if tx.failed != nil {
		if again := worthTrying(tx.failed); again != tx.failed {
			return nil, again
		}
		if err == nil {
			err = tx.failed
		}
	}
	if err != nil {
		return nil, err
	}
	committed = true // or lost: there is nothing to roll back
	if err := t.Commit(); err != nil {
		if p, ok := errors.AsType[*pgconn.PgError](err); ok && !serverGone(p) {
			return nil, worthTrying(err) // the server's own answer: not committed
		}
		if errors.Is(err, pgx.ErrTxCommitRollback) {
			return nil, err
		}
		return nil, ErrOutcomeUnknown.Wrap(err)
	}
	return tx.after, nil
}

// worthTrying marks an error after which the same operation may succeed: a lost race, a lost connection.
func worthTrying(err error) error {
	p, ok := errors.AsType[*pgconn.PgError](err)
	if ok && (raceLost(p) || serverGone(p)) || !ok && connectionLost(err) {
		return &tryAgain{err}
	}
	return err
}

// detachedRunner runs the statements of a write on the transaction's own context.
type detachedRunner struct {
	conn *sql.Conn
	t    *sql.Tx
	ctx  context.Context
}

// batch sends the statements together and then reads the answers.
func (r detachedRunner) batch(list []waitingStatement) (n int64, err error) {
	err = r.conn.Raw(func(driver any) error {
		conn, ok := driver.(*stdlib.Conn)
		if !ok {
			return fmt.Errorf("send statements together: the connection is a %T", driver)
		}
		var b pgx.Batch
		for _, s := range list {
			b.Queue(s.text, s.args...)
		}
		answers := conn.Conn().SendBatch(r.ctx, &b)
		var failed error
		for range list {
			tag, err := answers.Exec()
			if err != nil {
				failed = err
				break
			}
			n = tag.RowsAffected()
		}
		if err := answers.Close(); failed == nil {
			failed = err
		}
		return failed
	})
	return n, err
}

func (r detachedRunner) query(_ context.Context, text string, args []any) (*sql.Rows, error) {
	return r.t.QueryContext(r.ctx, text, args...)
}

func (r detachedRunner) exec(_ context.Context, text string, args []any) (sql.Result, error) {
	return r.t.ExecContext(r.ctx, text, args...)
}
