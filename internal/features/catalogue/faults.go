package catalogue

import (
	"bytes"
	"encoding/json"
	"fmt"

	"commun/internal/platform/fault"
	"commun/internal/platform/jobs"
)

// faultOf is what is kept of an error, in the form in which jobs keep theirs: a key with its arguments, worded when it is read.
func faultOf(err error) *jobs.Fault {
	l := fault.Of(err)
	if len(l) == 0 {
		return &jobs.Fault{Key: jobs.KeyFailed}
	}
	f := &jobs.Fault{Key: l[0].Key, Field: l[0].Field, Args: map[string]any{}}
	for name, v := range l[0].Args {
		f.Args[name] = plain(v)
	}
	return f
}

// plain returns v when it is JSON, and else its text.
func plain(v any) any {
	if _, err := json.Marshal(v); err != nil {
		return fmt.Sprint(v)
	}
	return v
}

func encodeFault(f *jobs.Fault) (string, error) {
	if f == nil {
		return "", nil
	}
	b, err := json.Marshal(f)
	if err != nil {
		return "", fmt.Errorf("encode fault: %w", err)
	}
	return string(b), nil
}

// decodeFault reads what encodeFault wrote; whole numbers come back as int64, so that a message can count with them.
func decodeFault(text string) (*jobs.Fault, error) {
	if text == "" {
		return nil, nil
	}
	d := json.NewDecoder(bytes.NewReader([]byte(text)))
	d.UseNumber()
	f := &jobs.Fault{}
	if err := d.Decode(f); err != nil {
		return nil, fmt.Errorf("decode fault: %w", err)
	}
	numbers(f.Args)
	return f, nil
}

// numbers turns the numbers of decoded arguments into those that messages take.
func numbers(args map[string]any) {
	for name, v := range args {
		if n, ok := v.(json.Number); ok {
			if i, err := n.Int64(); err == nil {
				args[name] = i
			} else if x, err := n.Float64(); err == nil {
				args[name] = x
			}
		}
	}
}

// decodeRemarks reads remarks as they are stored.
func decodeRemarks(text string) ([]Remark, error) {
	d := json.NewDecoder(bytes.NewReader([]byte(text)))
	d.UseNumber()
	var list []Remark
	if err := d.Decode(&list); err != nil {
		return nil, fmt.Errorf("decode remarks: %w", err)
	}
	for _, r := range list {
		numbers(r.Args)
	}
	return list, nil
}
