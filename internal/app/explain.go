package app

import (
	"errors"
	"strings"

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
		lines = append(lines, explained{Error: f}.say(l))
	}
	return strings.Join(lines, "\n")
}

// explained is a fault as the terminal says it.
type explained struct {
	*fault.Error
	// found says that it was found in what the system said, so that its own cause is a detail and not looked through again.
	found bool
}

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
	if f.Cause == nil || errors.Is(f, storage.ErrDiskFull) { // which says it all
		return text
	}
	if e.found {
		return text + "\n  " + oneLine(f.Cause)
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
