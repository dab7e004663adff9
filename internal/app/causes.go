package app

import (
	"cmp"
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"io/fs"
	"net"
	"os"
	"path/filepath"
	"strings"
	"syscall"

	"github.com/jackc/pgx/v5/pgconn"
	"modernc.org/sqlite"
	sqlite3 "modernc.org/sqlite/lib"

	"commun/internal/platform/fault"
	"commun/internal/platform/storage"
)

// foreseen finds a cause that an operator can mend in what the system, or a driver, says; nil when it is none of those. They are told by their
// codes and types: words are in the language of whoever wrote them. What lies deepest decides, since a driver that tried two ways says both.
func foreseen(err error) *explained {
	if errors.Is(err, context.Canceled) {
		return because(fault.Busy("fail.interrupted"))
	}
	if errors.Is(err, storage.ErrNotEmpty) {
		return because(fault.Conflict("", "fail.not_empty"))
	}
	for _, find := range []func(error) *fault.Error{ofPostgres, ofSQLite, ofSystem, ofWay, ofFile} {
		if f := find(err); f != nil {
			return because(f)
		}
	}
	if errors.Is(err, storage.ErrBackup) {
		return because(fault.Invalid("", "fail.not_backup"))
	}
	return nil
}

func because(f *fault.Error) *explained { return &explained{Error: f, found: true} }

// ofPostgres finds what PostgreSQL refuses (https://www.postgresql.org/docs/current/errcodes-appendix.html).
func ofPostgres(err error) *fault.Error {
	if old, ok := errors.AsType[*storage.OldServerError](err); ok {
		return fault.Invalid("database", "fail.database_old").With("version", old.Version).With("oldest", old.Oldest)
	}
	if c, ok := errors.AsType[*pgconn.ParseConfigError](err); ok {
		return fault.Invalid("database", "fail.database_settings").Wrap(c) // which hides the password
	}
	p, ok := errors.AsType[*pgconn.PgError](err)
	if !ok {
		return nil
	}
	switch p.Code {
	case "28P01":
		return fault.Denied("fail.database_password")
	case "28000": // the server's own function says which of two; its words depend on its language
		if p.Routine == "InitializeSessionUserId" {
			return fault.Denied("fail.database_role")
		}
		return fault.Denied("fail.database_not_let_in")
	case "3D000":
		return fault.Missing("fail.database_none")
	case "3F000":
		return fault.Missing("fail.database_schema")
	case "25006":
		return fault.Denied("fail.database_read_only")
	case "42501":
		return fault.Denied("fail.database_rights").Wrap(p)
	case "53300":
		return fault.Busy("fail.database_crowded")
	case "53100":
		return fault.Busy("fail.database_disk")
	case "57P01", "57P02", "57P03":
		return fault.Busy("fail.database_starting")
	}
	return nil
}

// ofSQLite finds what is wrong with the file of a database.
func ofSQLite(err error) *fault.Error {
	s, ok := errors.AsType[*sqlite.Error](err)
	if !ok {
		return nil
	}
	switch s.Code() & 0xff {
	case sqlite3.SQLITE_NOTADB:
		return fault.Invalid("", "fail.not_database")
	case sqlite3.SQLITE_CORRUPT:
		return fault.Invalid("", "fail.database_damaged")
	case sqlite3.SQLITE_CANTOPEN, sqlite3.SQLITE_READONLY, sqlite3.SQLITE_PERM, sqlite3.SQLITE_AUTH:
		return fault.Denied("fail.database_closed")
	}
	return nil
}

// ofSystem finds what the machine has run out of.
func ofSystem(err error) *fault.Error {
	switch {
	case errors.Is(err, syscall.ENOSPC), errors.Is(err, syscall.EDQUOT):
		return fault.Busy("fail.disk_full")
	case errors.Is(err, syscall.EMFILE), errors.Is(err, syscall.ENFILE):
		return fault.Busy("fail.files_open")
	case errors.Is(err, syscall.ENOMEM):
		return fault.Busy("fail.no_memory")
	case errors.Is(err, syscall.EIO):
		return fault.Busy("fail.disk_failed")
	}
	return nil
}

// ofWay finds what is wrong with the way to a server.
func ofWay(err error) *fault.Error {
	if d, ok := errors.AsType[*net.DNSError](err); ok {
		if d.IsTimeout || d.IsTemporary && !d.IsNotFound {
			return fault.Busy("fail.names_away").With("host", d.Name)
		}
		return fault.Missing("fail.host_unknown").With("host", d.Name)
	}
	address := ""
	n, ok := errors.AsType[*net.OpError](err)
	if ok && n.Addr != nil {
		if n.Addr.Network() == "unix" {
			return nil // a socket is a file: see ofFile
		}
		address = n.Addr.String()
	}
	switch {
	case errors.Is(err, syscall.ECONNREFUSED):
		return fault.Busy("fail.way_refused").With("address", address)
	case errors.Is(err, syscall.EHOSTUNREACH), errors.Is(err, syscall.ENETUNREACH):
		return fault.Busy("fail.no_way").With("address", address)
	case strings.Contains(err.Error(), "ValidateConnect failed"): // pgx's, of target_session_attrs
		return fault.Busy("fail.database_other")
	case isTimeout(err):
		return fault.Busy("fail.way_slow")
	}
	return ofTLS(err)
}

// isTimeout says whether err is that something took too long.
func isTimeout(err error) bool {
	n, ok := errors.AsType[net.Error](err)
	return ok && n.Timeout() || errors.Is(err, context.DeadlineExceeded) || errors.Is(err, syscall.ETIMEDOUT)
}

// ofTLS finds what is wrong with an encrypted way.
func ofTLS(err error) *fault.Error {
	if h, ok := errors.AsType[x509.HostnameError](err); ok {
		return fault.Denied("fail.certificate_name").With("host", h.Host)
	}
	_, unknown := errors.AsType[x509.UnknownAuthorityError](err)
	_, roots := errors.AsType[x509.SystemRootsError](err)
	if unknown || roots {
		return fault.Denied("fail.certificate_unknown")
	}
	_, bad := errors.AsType[x509.CertificateInvalidError](err)
	_, other := errors.AsType[*tls.CertificateVerificationError](err)
	if bad || other {
		return fault.Denied("fail.certificate_bad").Wrap(err)
	}
	if _, ok := errors.AsType[tls.RecordHeaderError](err); ok {
		return fault.Invalid("", "fail.not_tls")
	}
	if strings.Contains(err.Error(), "server refused TLS connection") { // pgx's
		return fault.Invalid("database", "fail.database_no_tls")
	}
	return nil
}

// ofFile finds what is wrong with a file or a folder that an error names.
func ofFile(err error) *fault.Error {
	path, op := "", ""
	if p, ok := errors.AsType[*fs.PathError](err); ok {
		path, op = p.Path, p.Op
	} else if l, ok := errors.AsType[*os.LinkError](err); ok {
		path, op = l.New, l.Op
	} else if n, ok := errors.AsType[*net.OpError](err); ok && n.Addr != nil && n.Addr.Network() == "unix" {
		path = n.Addr.String()
	} else {
		return nil
	}
	key := ""
	switch {
	case errors.Is(err, fs.ErrNotExist) && op == "mkdir":
		key = "fail.folder_not_made"
	case errors.Is(err, fs.ErrNotExist):
		key = "fail.file_missing"
		if _, err := os.Stat(filepath.Dir(path)); errors.Is(err, fs.ErrNotExist) {
			key, path = "fail.folder_missing", filepath.Dir(path)
		}
	case errors.Is(err, fs.ErrPermission):
		key = "fail.file_denied"
	case errors.Is(err, fs.ErrExist):
		key = "fail.file_exists"
	default:
		for number, text := range map[syscall.Errno]string{syscall.EISDIR: "fail.file_is_folder", syscall.ENOTDIR: "fail.not_folder",
			syscall.EROFS: "fail.read_only", syscall.ENAMETOOLONG: "fail.name_long", syscall.ELOOP: "fail.links_circle", syscall.EBUSY: "fail.file_busy"} {
			if errors.Is(err, number) {
				key = cmp.Or(key, text)
			}
		}
	}
	if key == "" {
		return nil
	}
	return fault.Invalid("", key).With("path", path)
}
