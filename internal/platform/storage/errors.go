package storage

import (
	"context"
	"database/sql/driver"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"strings"

	"github.com/jackc/pgx/v5/pgconn"
	"modernc.org/sqlite"
	sqlite3 "modernc.org/sqlite/lib"

	"commun/internal/platform/fault"
)

// The faults of this package. errors.Is recognises them whatever their cause.
var (
	ErrDiskFull = fault.Busy("storage.disk_full") // nothing was stored; with room again the same request succeeds
	ErrAway     = fault.Busy("storage.away")      // the database does not answer
	ErrLocked   = fault.Busy("storage.locked")    // another process holds the database, or a race was lost too often
	ErrIO       = fault.Busy("storage.io_error")  // the disk failed to read or write

	// ErrOutcomeUnknown: the connection was lost between COMMIT and its answer. The operation is stored or it isn't; look before repeating it.
	ErrOutcomeUnknown = fault.Busy("storage.outcome_unknown")
)

// OldServerError says that a PostgreSQL server is older than the program takes. No row was touched.
type OldServerError struct {
	Version string // as the server says it, such as "9.6.24"
	Oldest  int    // the first major version that is taken
}

func (e *OldServerError) Error() string {
	return fmt.Sprintf("the server is PostgreSQL %s; %d or later is needed", e.Version, e.Oldest)
}

// mapError gives an error of a driver the kind that a user can act on, and keeps it as the cause. Others pass through.
func mapError(err error) error {
	if err == nil || fault.KindOf(err) != fault.InternalKind {
		return err
	}
	if s, ok := errors.AsType[*sqlite.Error](err); ok {
		switch s.Code() & 0xff {
		case sqlite3.SQLITE_FULL:
			return ErrDiskFull.Wrap(err)
		case sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED:
			return ErrLocked.Wrap(err)
		case sqlite3.SQLITE_IOERR:
			return ErrIO.Wrap(err)
		}
		return err
	}
	if p, ok := errors.AsType[*pgconn.PgError](err); ok {
		switch {
		case p.Code == "53100":
			return ErrDiskFull.Wrap(err)
		case p.Code == "58030":
			return ErrIO.Wrap(err)
		case raceLost(p), p.Code == "55P03":
			return ErrLocked.Wrap(err)
		case serverGone(p), strings.HasPrefix(p.Code, "53"): // too many connections, out of memory
			return ErrAway.Wrap(err)
		}
		return err
	}
	if connectionLost(err) {
		return ErrAway.Wrap(err)
	}
	return err
}

// raceLost says that PostgreSQL gave up the transaction for another's sake: serialization failure, deadlock.
func raceLost(p *pgconn.PgError) bool { return p.Code == "40001" || p.Code == "40P01" }

// serverGone says that PostgreSQL said good-bye: shutting down, starting up, standby that can't be written to after a switch-over.
func serverGone(p *pgconn.PgError) bool {
	return strings.HasPrefix(p.Code, "08") || strings.HasPrefix(p.Code, "57P") || p.Code == "25006"
}

// connectionLost says that err is about the way to the database, not from it.
func connectionLost(err error) bool {
	if errors.Is(err, context.Canceled) {
		return false
	}
	if errors.Is(err, driver.ErrBadConn) || errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) || errors.Is(err, net.ErrClosed) ||
		errors.Is(err, os.ErrDeadlineExceeded) || strings.Contains(err.Error(), "conn closed") {
		return true
	}
	if _, ok := errors.AsType[*pgconn.ConnectError](err); ok {
		return true
	}
	_, ok := errors.AsType[net.Error](err)
	return ok && !errors.Is(err, context.DeadlineExceeded)
}

// IsUnique says that err comes from a row that exists already (a unique index or a primary key), on either database.
func IsUnique(err error) bool {
	if s, ok := errors.AsType[*sqlite.Error](err); ok {
		return s.Code() == sqlite3.SQLITE_CONSTRAINT_UNIQUE || s.Code() == sqlite3.SQLITE_CONSTRAINT_PRIMARYKEY
	}
	p, ok := errors.AsType[*pgconn.PgError](err)
	return ok && p.Code == "23505"
}
