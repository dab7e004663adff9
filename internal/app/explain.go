package app

import (
	"context"
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
	"commun/internal/platform/i18n"
	"commun/internal/platform/storage"
)

// Said is an error that was put into words already: by the process that runs the program, in the language of who asked.
type Said string

func (s Said) Error() string { return string(s) }

// Explain says an error to who types commands, in words of l: a sentence that says how to mend it, and below it, where that helps, its cause as
// the system has it. What nobody foresaw is one plain sentence, and its cause.
func Explain(l *i18n.Localizer, err error) string {
	if said, ok := errors.AsType[Said](err); ok {
		return string(said)
	}
	faults := fault.Of(err)
	if len(faults) == 0 {
		if f := foreseen(err); f != nil {
			return f.say(l)
		}
		return l.T("fail.unforeseen") + "\n  " + oneLine(err)
	}
	var lines []string
	for _, f := range faults {
		lines = append(lines, explained{f}.say(l))
	}
	return strings.Join(lines, "\n")
}

// explained is a fault as the terminal says it.
type explained struct{ *fault.Error }

// say is the fault's sentence; a line below it says what the system says of a cause that lies outside the program.
func (e explained) say(l *i18n.Localizer) string {
	f := e.Error
	if errors.Is(f, storage.ErrFolderHeld) { // pages say less: who reads them can't end a process
		return l.T("fail.folder_held", i18n.Args(f.Args))
	}
	if !l.Has(f.Key) {
		return l.T("fail.unforeseen") + "\n  " + oneLine(f)
	}
	text := l.T(f.Key, i18n.Args(f.Args))
	if f.Cause == nil {
		return text
	}
	if cause := foreseen(f.Cause); cause != nil {
		return text + "\n  " + cause.say(l)
	}
	if f.Kind == fault.BusyKind || f.Kind == fault.InternalKind {
		return text + "\n  " + oneLine(f.Cause)
	}
	return text
}

// oneLine is an error's own text in one line, whatever a driver writes.
func oneLine(err error) string { return strings.Join(strings.Fields(err.Error()), " ") }

// foreseen finds a cause that an operator can mend in what the system, or a driver, says; nil when it is none of those.
func foreseen(err error) *explained {
	found := func(f *fault.Error) *explained { return &explained{f} }
	switch {
	case errors.Is(err, context.Canceled):
		return found(fault.Busy("fail.interrupted"))
	case errors.Is(err, storage.ErrNotEmpty):
		return found(fault.Conflict("", "fail.not_empty"))
	case errors.Is(err, syscall.ENOSPC), errors.Is(err, syscall.EDQUOT):
		return found(fault.Busy("fail.disk_full"))
	}
	if p, ok := errors.AsType[*pgconn.PgError](err); ok {
		switch p.Code {
		case "28P01", "28000": // a wrong password; a user that the server does not let in
			return found(fault.Denied("fail.database_password"))
		case "3D000":
			return found(fault.Missing("fail.database_none"))
		case "42501":
			return found(fault.Denied("fail.database_rights"))
		}
		return nil
	}
	if s, ok := errors.AsType[*sqlite.Error](err); ok {
		switch s.Code() & 0xff {
		case sqlite3.SQLITE_NOTADB:
			return found(fault.Invalid("", "fail.not_database"))
		case sqlite3.SQLITE_CORRUPT:
			return found(fault.Invalid("", "fail.database_damaged"))
		case sqlite3.SQLITE_CANTOPEN, sqlite3.SQLITE_READONLY, sqlite3.SQLITE_PERM, sqlite3.SQLITE_AUTH:
			return found(fault.Denied("fail.database_closed"))
		}
		return nil
	}
	if d, ok := errors.AsType[*net.DNSError](err); ok {
		return found(fault.Missing("fail.host_unknown").With("host", d.Name))
	}
	if f := ofFile(err); f != nil {
		return f
	}
	if errors.Is(err, storage.ErrBackup) {
		return found(fault.Invalid("", "fail.not_backup"))
	}
	return nil
}

// ofFile finds what is wrong with a file or a folder that an error names.
func ofFile(err error) *explained {
	path, op := "", ""
	if p, ok := errors.AsType[*fs.PathError](err); ok {
		path, op = p.Path, p.Op
	} else if l, ok := errors.AsType[*os.LinkError](err); ok {
		path, op = l.New, l.Op
	} else if n, ok := errors.AsType[*net.OpError](err); ok && n.Addr != nil && n.Addr.Network() == "unix" { // a socket is a file too
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
	case errors.Is(err, syscall.EISDIR):
		key = "fail.file_is_folder"
	case errors.Is(err, syscall.ENOTDIR):
		key = "fail.not_folder"
	case errors.Is(err, syscall.EROFS):
		key = "fail.read_only"
	default:
		return nil
	}
	return &explained{fault.Invalid("", key).With("path", path)}
}
