// Package fault is the language in which every floor says that something did not work. An error is of one of five kinds; it carries
// the field it is about, a message key with its arguments, and its cause for the log. Only package web turns a kind into a status code,
// and a key into a sentence.
package fault

import (
	"errors"
	"fmt"
	"maps"
)

// Kind says what sort of fault an error is. The zero value is Internal: a fault of the program, which no user can mend.
type Kind int

// The five kinds that a user can act on, and Internal for everything else.
const (
	InternalKind Kind = iota
	InvalidKind       // what was given breaks a rule; Field says where
	DeniedKind        // this person may not do that
	MissingKind       // there is no such thing, or none that this person may see
	ConflictKind      // it changed since it was read, or exists already
	BusyKind          // not now: too much at once, or something it needs is away
)

func (k Kind) String() string {
	return [...]string{"internal", "invalid", "denied", "missing", "conflict", "busy"}[k]
}

// Error is a fault of one kind. Build it with Invalid, Denied, Missing, Conflict or Busy.
type Error struct {
	Kind  Kind
	Field string         // the form field or parameter that it is about; may be empty
	Key   string         // the message key, such as "commons.name_too_long"
	Args  map[string]any // what the message names
	Cause error          // for the log, never for the user
}

// Invalid says that field breaks the rule that the message key names.
func Invalid(field, key string) *Error { return &Error{Kind: InvalidKind, Field: field, Key: key} }

// Denied says that the actor may not do what was asked.
func Denied(key string) *Error { return &Error{Kind: DeniedKind, Key: key} }

// Missing says that what was asked for does not exist, or is not to be seen by the actor.
func Missing(key string) *Error { return &Error{Kind: MissingKind, Key: key} }

// Conflict says that field changed since it was read, or that its value is taken.
func Conflict(field, key string) *Error { return &Error{Kind: ConflictKind, Field: field, Key: key} }

// Busy says that the same request may succeed later.
func Busy(key string) *Error { return &Error{Kind: BusyKind, Key: key} }

// With returns a copy of e whose message names value as name.
func (e *Error) With(name string, value any) *Error {
	c := *e
	c.Args = maps.Clone(e.Args)
	if c.Args == nil {
		c.Args = map[string]any{}
	}
	c.Args[name] = value
	return &c
}

// Wrap returns a copy of e that keeps err as its cause.
func (e *Error) Wrap(err error) *Error {
	c := *e
	c.Cause = err
	return &c
}

// Error is for logs and developers: users read the message of Key.
func (e *Error) Error() string {
	s := e.Kind.String() + " " + e.Key
	if e.Field != "" {
		s += " (" + e.Field + ")"
	}
	if len(e.Args) > 0 {
		s += fmt.Sprintf(" %v", e.Args)
	}
	if e.Cause != nil {
		s += ": " + e.Cause.Error()
	}
	return s
}

// Unwrap returns the cause.
func (e *Error) Unwrap() error { return e.Cause }

// Is makes two faults of the same kind, field and key equal for errors.Is, whatever their arguments and cause.
func (e *Error) Is(target error) bool {
	t, ok := target.(*Error)
	return ok && t.Kind == e.Kind && t.Key == e.Key && t.Field == e.Field
}

// List is several faults at once, one a field, so that a form shows them all.
type List []*Error

// Error joins the faults' texts.
func (l List) Error() string {
	errs := make([]error, len(l))
	for i, e := range l {
		errs[i] = e
	}
	return errors.Join(errs...).Error()
}

// Unwrap lets errors.Is and errors.As see each fault of the list.
func (l List) Unwrap() []error {
	errs := make([]error, len(l))
	for i, e := range l {
		errs[i] = e
	}
	return errs
}

// OrNil returns the list as an error, or nil when it is empty.
func (l List) OrNil() error {
	if len(l) == 0 {
		return nil
	}
	return l
}

// Of returns the faults that err holds, in their order; none when err is of the program's own making.
func Of(err error) List {
	if l, ok := errors.AsType[List](err); ok {
		return l
	}
	if e, ok := errors.AsType[*Error](err); ok {
		return List{e}
	}
	return nil
}

// KindOf returns the kind of the first fault that err holds, or InternalKind.
func KindOf(err error) Kind {
	if l := Of(err); len(l) > 0 {
		return l[0].Kind
	}
	return InternalKind
}
