package i18n

import (
	"strconv"
	"time"
)

// Date writes a day: «1er mai 2026», "1 May 2026".
func (l *Localizer) Date(t time.Time) string {
	t = t.In(l.zone)
	day := strconv.Itoa(t.Day())
	if t.Day() == 1 {
		day = l.T("date.first")
	}
	return l.T("date.day", Args{"day": day, "month": l.month(t), "year": strconv.Itoa(t.Year())})
}

// DateTime writes a day and a time of day to the minute: «1er mai 2026 à 14 h 05», "1 May 2026 at 14:05"; UTC is said when it is the zone.
func (l *Localizer) DateTime(t time.Time) string {
	t = t.In(l.zone)
	args := Args{"date": l.Date(t), "hour": t.Format("15"), "minute": t.Format("04")}
	if l.zone == time.UTC {
		return l.T("date.time_utc", args)
	}
	return l.T("date.time", args)
}

// Month writes a month: «mai 2026», "May 2026".
func (l *Localizer) Month(t time.Time) string {
	t = t.In(l.zone)
	return l.T("date.month", Args{"month": l.month(t), "year": strconv.Itoa(t.Year())})
}

// MonthShort writes a month's name for an axis: «févr.», "Feb".
func (l *Localizer) MonthShort(t time.Time) string {
	return l.style.short[t.In(l.zone).Month()-1]
}

func (l *Localizer) month(t time.Time) string { return l.style.months[t.Month()-1] }

// day, month and year as lengths of time: for words such as "3 months ago", not for reckoning.
const (
	day   = 24 * time.Hour
	month = 30*day + 10*time.Hour + 30*time.Minute // a twelfth of 365.25 days
	year  = 12 * month
)

// Ago writes how far t lies from now in one unit, rounded down: «il y a 3 jours», "3 days ago", "in 2 hours", "just now".
func (l *Localizer) Ago(t, now time.Time) string {
	d, side := now.Sub(t), "past"
	if d < 0 {
		d, side = -d, "future"
	}
	said := func(past, future string, n time.Duration) string {
		if side == "future" {
			past = future
		}
		return l.T(past, Args{"count": int64(n)})
	}
	switch {
	case d < time.Minute:
		return l.T("ago.now")
	case d < time.Hour:
		return said("ago.minutes", "ahead.minutes", d/time.Minute)
	case d < day:
		return said("ago.hours", "ahead.hours", d/time.Hour)
	case d < month:
		return said("ago.days", "ahead.days", d/day)
	case d < year:
		return said("ago.months", "ahead.months", d/month)
	}
	return said("ago.years", "ahead.years", d/year)
}

// Duration writes a length of time in its two greatest units: «2 h 05 min», "3 min 20 s", "45 s", "350 ms".
func (l *Localizer) Duration(d time.Duration) string {
	n := func(v time.Duration) string { return l.Int(int64(v)) }
	pair := func(v time.Duration) string { return strconv.Itoa(int(v) + 100)[1:] }
	switch {
	case d < 0:
		return "-" + l.Duration(-d)
	case d < time.Second:
		return l.T("duration.ms", Args{"ms": n(d / time.Millisecond)})
	case d < time.Minute:
		return l.T("duration.s", Args{"s": n(d / time.Second)})
	case d < time.Hour:
		return l.T("duration.min", Args{"min": n(d / time.Minute), "s": pair(d % time.Minute / time.Second)})
	case d < 2*day:
		return l.T("duration.h", Args{"h": n(d / time.Hour), "min": pair(d % time.Hour / time.Minute)})
	}
	return l.T("duration.days", Args{"count": int64(d / day)})
}
