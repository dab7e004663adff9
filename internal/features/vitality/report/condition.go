package report

import (
	"maps"
	"slices"
	"strconv"
	"strings"

	"commun/engines/githistory"
	"commun/internal/platform/fault"
)

// condition is one --fail-if: a figure of a window, a comparison, a number.
type condition struct {
	text   string
	figure string
	op     string
	limit  float64
}

// figure reads one figure of a window; known is false when nothing was counted for it, so that it says nothing.
type figure func(w *githistory.Window) (value float64, known bool)

func figures() map[string]figure {
	count := func(of func(*githistory.Window) int) figure {
		return func(w *githistory.Window) (float64, bool) { return float64(of(w)), true }
	}
	return map[string]figure{
		"absence_factor":       count(func(w *githistory.Window) int { return w.AbsenceFactor.Commits }),
		"absence_factor_lines": count(func(w *githistory.Window) int { return w.AbsenceFactor.Lines }),
		"contributors":         count(func(w *githistory.Window) int { return w.Contributors }),
		"new_contributors":     count(func(w *githistory.Window) int { return w.NewContributors }),
		"commits":              count(func(w *githistory.Window) int { return w.Commits }),
		// 0 here means that no organisation is known, which is less than a factor of 1 and must not be read as one.
		"elephant_factor": func(w *githistory.Window) (float64, bool) {
			return float64(w.ElephantFactor.Commits), w.ElephantFactor.Commits > 0
		},
		"outside_hours": func(w *githistory.Window) (float64, bool) { return w.OutsideHours, w.Contributors > 0 },
		"unknown_share": func(w *githistory.Window) (float64, bool) {
			return w.ElephantFactor.UnknownShare, w.Contributors > 0
		},
	}
}

// parseCondition reads "absence_factor<2"; blanks around the comparison are allowed.
func parseCondition(text string) (condition, error) {
	at := strings.IndexAny(text, "<>=!")
	if at < 0 {
		return condition{}, fault.Invalid("fail-if", "report.mistake.condition").With("value", text)
	}
	end := at
	for end < len(text) && strings.IndexByte("<>=!", text[end]) >= 0 {
		end++
	}
	c := condition{text: strings.TrimSpace(text), figure: strings.TrimSpace(text[:at]), op: text[at:end]}
	switch c.op {
	case "<", "<=", ">", ">=", "=", "==", "!=":
	default:
		return condition{}, fault.Invalid("fail-if", "report.mistake.comparison").With("value", c.op)
	}
	if _, ok := figures()[c.figure]; !ok {
		return condition{}, fault.Invalid("fail-if", "report.mistake.figure").With("value", c.figure).With("known", slices.Sorted(maps.Keys(figures())))
	}
	limit, err := strconv.ParseFloat(strings.TrimSpace(text[end:]), 64)
	if err != nil || limit != limit { // not a number compares with nothing
		return condition{}, fault.Invalid("fail-if", "report.mistake.number").With("comparison", c.op).With("value", strings.TrimSpace(text[end:]))
	}
	c.limit = limit
	return c, nil
}

func (c condition) value(w *githistory.Window) (float64, bool) { return figures()[c.figure](w) }

func (c condition) holds(v float64) bool {
	switch c.op {
	case "<":
		return v < c.limit
	case "<=":
		return v <= c.limit
	case ">":
		return v > c.limit
	case ">=":
		return v >= c.limit
	case "!=":
		return v != c.limit
	}
	return v == c.limit
}

// number writes a figure as it is compared.
func (c condition) number(v float64) string { return strconv.FormatFloat(v, 'g', 4, 64) }
