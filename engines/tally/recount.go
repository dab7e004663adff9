package tally

import (
	"encoding/json"
	"fmt"
	"io"
	"reflect"
	"sort"
)

// ReadResult reads the JSON of a [Result]. Unknown keys are an error: a result says nothing that a recount does not check.
func ReadResult(r io.Reader) (*Result, error) {
	var res Result
	d := json.NewDecoder(r)
	d.DisallowUnknownFields()
	if err := d.Decode(&res); err != nil {
		return nil, fmt.Errorf("read result: %w", err)
	}
	return &res, nil
}

// Recount counts again what a result says was counted, with as much told, and returns the first difference as a path in the JSON and both
// values; "" when there is none. Times are left aside. Before that its rounds are replayed: a flaw is told as .rounds[n] and a sentence.
func Recount(in *Instance, old *Result, workers int) (string, error) {
	o := Options{Workers: workers, Fairness: old.Fairness != nil}
	// Where nothing is marked as perhaps not the least, proving it whatever it takes is no more work than it was.
	marked, near := false, false
	for _, p := range old.Projects {
		near = near || p.Unsearched
		marked = marked || p.VotesAtMost || p.CostAtMost
		if p.MissingCost != nil || p.MissingVotes != nil {
			o.Missing = MissingLeast
		}
	}
	if marked {
		o.Missing = MissingFound
	}
	if near {
		o.Missing = MissingNear
	}
	flaw, err := Replay(in, old, nil)
	if err != nil {
		return "", err
	}
	if flaw != nil && flaw.Round < len(old.Rounds) {
		return fmt.Sprintf(".rounds[%d]: %s", flaw.Round, flaw.Says.Text), nil
	}
	again, err := Count(in, old.Rule, o)
	if err != nil {
		return "", err
	}
	again.Files = old.Files // the caller's to check
	return Difference(old, again)
}

// Difference is the first difference of two results (a [Result] or an [ElectionResult]) in the order of their JSON keys' names; "" when equal.
// The keys seconds are left aside.
func Difference(a, b any) (string, error) {
	x, err := plain(a)
	if err != nil {
		return "", err
	}
	y, err := plain(b)
	if err != nil {
		return "", err
	}
	return differ("", x, y), nil
}

func plain(v any) (any, error) {
	raw, err := json.Marshal(v)
	if err != nil {
		return nil, fmt.Errorf("compare results: %w", err)
	}
	var out any
	if err := json.Unmarshal(raw, &out); err != nil {
		return nil, fmt.Errorf("compare results: %w", err)
	}
	return out, nil
}

func differ(path string, a, b any) string {
	switch x := a.(type) {
	case map[string]any:
		y, ok := b.(map[string]any)
		if !ok {
			break
		}
		keys := map[string]bool{}
		for k := range x {
			keys[k] = true
		}
		for k := range y {
			keys[k] = true
		}
		sorted := make([]string, 0, len(keys))
		for k := range keys {
			sorted = append(sorted, k)
		}
		sort.Strings(sorted)
		for _, k := range sorted {
			if k == "seconds" {
				continue
			}
			if d := differ(path+"."+k, x[k], y[k]); d != "" {
				return d
			}
		}
		return ""
	case []any:
		y, ok := b.([]any)
		if !ok {
			break
		}
		for i := range min(len(x), len(y)) {
			if d := differ(fmt.Sprintf("%s[%d]", path, i), x[i], y[i]); d != "" {
				return d
			}
		}
		if len(x) != len(y) {
			return fmt.Sprintf("%s: %d entries, %d", path, len(x), len(y))
		}
		return ""
	}
	if reflect.DeepEqual(a, b) {
		return ""
	}
	return fmt.Sprintf("%s: %v, %v", path, show(a), show(b))
}

func show(v any) string {
	if v == nil {
		return "nothing"
	}
	raw, _ := json.Marshal(v) // came from JSON
	if len(raw) > 120 {
		return string(raw[:120]) + "…"
	}
	return string(raw)
}
