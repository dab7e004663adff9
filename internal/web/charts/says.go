package charts

import (
	"context"

	"commun/internal/platform/i18n"
)

// says is a bar's tooltip: its place, then each quantity that is not zero.
func (p BarsProps) says(ctx context.Context, c column) string {
	l := i18n.From(ctx)
	var parts []string
	for i, v := range c.total {
		if v == 0 || i >= len(p.Series) {
			continue
		}
		parts = append(parts, l.T("web.chart_value", i18n.Args{"name": p.Series[i].Name, "value": v}))
	}
	return l.T("web.chart_value", i18n.Args{"name": c.name, "value": l.List(parts)})
}

// signed writes a value of the axis; what stands below zero has the sign of mathematics, not a hyphen.
func signed(l *i18n.Localizer, v int64) string {
	if v < 0 {
		return "\u2212" + l.Int(-v)
	}
	return l.Int(v)
}
