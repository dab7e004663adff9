package site

import (
	"math"
	"strconv"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"commun/engines/githistory"
	"commun/internal/core/commons"
	"commun/internal/features/vitality"
	"commun/internal/platform/i18n"
)

// view is one commons' figures in one window, for one reader.
type view struct {
	l      *i18n.Localizer
	m      vitality.Measured
	name   string
	path   string // the page's, without a window
	window string // 12m, 3y or all
	now    time.Time
}

// windows are those that the page offers.
var windows = []string{githistory.Window12m, githistory.Window3y, githistory.WindowAll}

// newView returns a view; an unknown window is 12m.
func newView(l *i18n.Localizer, c commons.Commons, m vitality.Measured, window string, now time.Time) *view {
	v := &view{l: l, m: m, name: short(c.Name()), path: "/commons/" + c.Slug + "/vitality", window: githistory.Window12m, now: now}
	for _, w := range windows {
		if w == window {
			v.window = w
		}
	}
	return v
}

func (v *view) figures() *githistory.Window { return v.m.Windows.Get(v.window) }

// current is how long after the last change "the last 12 months" may still be said: later, it would not be true.
const current = 45 * 24 * time.Hour

// in says a window inside a sentence. Windows count back from the last change: when that is long ago, or to come, period says its day.
func (v *view) in(window string) string {
	head := v.m.Repository.HeadDate
	if window == githistory.WindowAll || head.IsZero() {
		return v.l.T("vitality.in.all")
	}
	if v.dated() {
		return v.l.T("vitality.in." + window + "_to")
	}
	return v.l.T("vitality.in." + window)
}

// dated says whether the windows end on another day than about now.
func (v *view) dated() bool {
	ago := v.now.Sub(v.m.Repository.HeadDate)
	return ago > current || ago < -24*time.Hour
}

// period says once, before the sentences, on which day a window ends, when that is not about now; else it is "".
func (v *view) period() string {
	if head := v.m.Repository.HeadDate; v.window != githistory.WindowAll && !head.IsZero() && v.dated() {
		return v.l.T("vitality.period."+v.window, i18n.Args{"to": head})
	}
	return ""
}

// words writes a number up to ten in letters, as a sentence about people does, others in figures.
func words(l *i18n.Localizer, n int) string {
	if n >= 1 && n <= 10 {
		return l.T("vitality.number." + strconv.Itoa(n))
	}
	return l.Int(int64(n))
}

// share writes a share in whole percents; what is not nothing is not said as 0 %, nor what is not all as 100 %.
func share(l *i18n.Localizer, f float64) string {
	switch rounded := math.Round(f*100) / 100; {
	case f > 0 && rounded < 0.01:
		return l.T("vitality.under_1", i18n.Args{"one": l.Percent(0.01)})
	case f < 1 && rounded > 0.99:
		return l.T("vitality.over_99", i18n.Args{"most": l.Percent(0.99)})
	default:
		return l.Percent(rounded)
	}
}

// brief is share where there is little room: beside a bar.
func brief(l *i18n.Localizer, f float64) string {
	if rounded := math.Round(f*100) / 100; f > 0 && rounded < 0.01 {
		return l.T("vitality.under_1_short", i18n.Args{"one": l.Percent(0.01)})
	}
	return share(l, f)
}

// capital begins a sentence.
func capital(text string) string {
	r, size := utf8.DecodeRuneInString(text)
	return string(unicode.ToUpper(r)) + text[size:]
}

// longest is how much of a name or a tag is shown: git lets anyone write ten thousand letters. The CSV file has them all.
const longest = 60

// short cuts a name, and keeps one that is written from right to left from turning the sentence around it.
func short(name string) string {
	if utf8.RuneCountInString(name) > longest {
		name = string([]rune(name)[:longest-1]) + "…"
	}
	if strings.ContainsFunc(name, func(r rune) bool {
		return r >= 0x590 && unicode.In(r, unicode.Hebrew, unicode.Arabic, unicode.Syriac, unicode.Thaana, unicode.Nko)
	}) {
		return "\u2068" + name + "\u2069"
	}
	return name
}

// person names a contributor. A name is empty when the person was forgotten here, or gave git none.
func person(l *i18n.Localizer, c githistory.Contributor) string {
	if strings.TrimSpace(c.Name) == "" {
		return l.T("vitality.someone")
	}
	return short(c.Name)
}

// sentences says all findings of the window but those that qualify the figures, which caveats says.
func (v *view) sentences() []string {
	var list []string
	for _, f := range v.m.Findings(v.window) {
		switch f.Code {
		case githistory.FindMissing, githistory.FindShallow, githistory.FindRewritten:
		default:
			list = append(list, v.say(f))
		}
	}
	return list
}

// caveats says what a reader must know before the figures: that the history ended long ago, or is not all there.
func (v *view) caveats() []string {
	var list []string
	if head := v.m.Repository.HeadDate; !head.IsZero() {
		if v.now.Sub(head) > 365*24*time.Hour {
			list = append(list, v.l.T("vitality.still", i18n.Args{"last": head}))
		} else if head.Sub(v.now) > 24*time.Hour {
			list = append(list, v.l.T("vitality.ahead", i18n.Args{"last": head}))
		}
	}
	for _, f := range v.m.Findings(v.window) {
		switch f.Code {
		case githistory.FindMissing, githistory.FindShallow, githistory.FindRewritten:
			list = append(list, v.say(f))
		}
	}
	return list
}

// say says one finding in words.
func (v *view) say(f githistory.Finding) string {
	key, args := "vitality.find."+f.Code, i18n.Args{"count": f.Count}
	if f.Window != "" {
		args["window"] = v.in(f.Window)
	}
	for name, value := range f.Args {
		switch value := value.(type) {
		case int:
			args[name] = v.l.Int(int64(value))
		case float64:
			args[name] = share(v.l, value)
		case string:
			args[name] = short(value)
		default:
			args[name] = value
		}
	}
	args["people"], args["organisations"], args["versions"] = words(v.l, f.Count), words(v.l, f.Count), words(v.l, f.Count)
	switch {
	case f.Count == 1 && (f.Code == githistory.FindAbsence || f.Code == githistory.FindElephant):
		key += "_one"
	case f.Code == githistory.FindActivity && f.Args["commits"] == 1:
		key += "_single"
	case f.Code == githistory.FindNew && f.Count == 0:
		key += "_none"
	}
	text := capital(v.l.T(key, args))
	if days, _ := f.Args["days"].(int); f.Code == githistory.FindRelease && days > 0 {
		text += " " + v.l.T("vitality.find.release_days", i18n.Args{"count": days, "days": v.l.Int(int64(days))})
	}
	return text
}

// source says what was read, up to where and when, below each figure.
func (v *view) source() string {
	head := v.m.Repository.Head
	args := i18n.Args{"head": head[:min(len(head), 10)], "at": v.m.At}
	if v.m.Repository.HeadDate.IsZero() {
		return v.l.T("vitality.source_undated", args)
	}
	args["day"] = v.m.Repository.HeadDate
	return v.l.T("vitality.source", args)
}

func (v *view) int(n int) string       { return v.l.Int(int64(n)) }
func (v *view) t(key string) string    { return v.l.T(key) }
func (v *view) csv(name string) string { return v.path + "/" + name + ".csv" }

// tableKeys say the tables of the figures in words.
var tableKeys = map[string]string{"windows": "vitality.table.windows", "contributors": "vitality.table.contributors", "months": "vitality.table.months",
	"cohorts": "vitality.table.cohorts", "releases": "vitality.table.releases"}

// tableName is a table's name in words; one that has none is named as programs know it.
func tableName(l *i18n.Localizer, name string) string {
	if key, ok := tableKeys[name]; ok {
		return l.T(key)
	}
	return name
}
