package jobs

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"math/rand/v2"
	"time"

	"commun/internal/platform/fault"
)

// Fault is why a job failed, as it is stored: a message key with its arguments, turned into a sentence in the reader's language when read.
type Fault struct {
	Key   string         `json:"key"`
	Field string         `json:"field,omitempty"`
	Args  map[string]any `json:"args,omitempty"`
}

// The keys that the queue itself gives. Whatever is not a fault.Error becomes KeyFailed: its text is for the log alone.
const (
	KeyFailed  = "jobs.failed"
	KeyCrashed = "jobs.crashed"
	KeyTimeout = "jobs.timeout"
)

// permanent marks an error as one that would come again.
type permanent struct{ error }

func (p permanent) Unwrap() error { return p.error }

// Permanent returns err marked so that the job is not tried again. nil stays nil.
func Permanent(err error) error {
	if err == nil {
		return nil
	}
	return permanent{err}
}

// IsPermanent says whether trying again is useless: err is marked so, or is a fault that the same input brings again.
func IsPermanent(err error) bool {
	if _, ok := errors.AsType[permanent](err); ok {
		return true
	}
	switch fault.KindOf(err) {
	case fault.InvalidKind, fault.MissingKind, fault.DeniedKind:
		return true
	}
	return false
}

// faultOf returns what is kept of err. Arguments that are no JSON are kept as text.
func faultOf(err error) *Fault {
	if errors.Is(err, errTimeout) || errors.Is(err, context.DeadlineExceeded) {
		if len(fault.Of(err)) == 0 {
			return &Fault{Key: KeyTimeout}
		}
	}
	l := fault.Of(err)
	if len(l) == 0 {
		return &Fault{Key: KeyFailed}
	}
	f := &Fault{Key: l[0].Key, Field: l[0].Field}
	for name, v := range l[0].Args {
		if f.Args == nil {
			f.Args = map[string]any{}
		}
		if _, err := json.Marshal(v); err != nil {
			v = fmt.Sprint(v)
		}
		f.Args[name] = v
	}
	return f
}

// encode returns f as it is stored; "" for nil.
func (f *Fault) encode() string {
	if f == nil {
		return ""
	}
	b, err := json.Marshal(f)
	if err != nil {
		return `{"key":"` + KeyFailed + `"}` // faultOf leaves nothing that can't be marshalled
	}
	return string(b)
}

// decodeFault reads what encode wrote. Whole numbers come back as int64, so that a message can count with them.
func decodeFault(s string) (*Fault, error) {
	if s == "" {
		return nil, nil
	}
	d := json.NewDecoder(bytes.NewReader([]byte(s)))
	d.UseNumber()
	f := &Fault{}
	if err := d.Decode(f); err != nil {
		return nil, fmt.Errorf("decode fault of a job: %w", err)
	}
	for name, v := range f.Args {
		if n, ok := v.(json.Number); ok {
			if i, err := n.Int64(); err == nil {
				f.Args[name] = i
			} else if x, err := n.Float64(); err == nil {
				f.Args[name] = x
			}
		}
	}
	return f, nil
}

// jitter returns d and up to a fifth more, so that what failed together does not come back together.
func jitter(d time.Duration) time.Duration {
	if d <= 0 {
		return 0
	}
	return d + rand.N(d/5+1)
}
