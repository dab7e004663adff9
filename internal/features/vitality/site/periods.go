package site

import (
	"strconv"
	"time"

	"commun/engines/githistory"
	"commun/internal/platform/i18n"
)

// period is a month or a year of the drawings.
type period struct {
	label string // on the axis
	mark  bool   // labelled
	name  string // in full
	at    time.Time

	active                           float64 // people, of a year the mean of its months
	most                             int64   // active people, of a year in its busiest month
	stayed, fresh, returning, gone   int64   // of a month: stayed + fresh + returning = active
	byPeople, byBots, added, deleted int64
	covered                          int // months counted
}

// longestByMonth is up to how many months a drawing shows each: three years fit a phone, a longer history is drawn by year.
const longestByMonth = 40

// periods returns what the window's drawings show, and whether by year. There are none when no date can be read.
func (v *view) periods() (list []period, yearly bool) {
	months := v.months()
	if len(months) > longestByMonth {
		return v.years(months), true
	}
	said := 0 // the year that a label said last
	for i, m := range months {
		at := monthTime(m.Month)
		p := period{label: v.l.MonthShort(at), name: v.l.Month(at), at: at}
		if len(months) > 18 {
			p.label, p.mark = strconv.Itoa(at.Year()), at.Month() == time.January
		} else if (len(months)-1-i)%2 == 0 { // every second, counted back from the last: they must have room on a phone
			if p.mark = true; at.Year() != said {
				said = at.Year()
				p.label += "\n" + strconv.Itoa(said)
			}
		}
		p.add(m)
		list = append(list, p)
	}
	return list, false
}

func (p *period) add(m githistory.Month) {
	p.covered++
	p.active += float64(m.Active)
	p.most = max(p.most, int64(m.Active))
	p.stayed += int64(m.Active - m.New - m.Returning)
	p.fresh += int64(m.New)
	p.returning += int64(m.Returning)
	p.gone += int64(m.Gone)
	p.byPeople += int64(m.Commits - m.BotCommits)
	p.byBots += int64(m.BotCommits)
	p.added += m.Added
	p.deleted += m.Deleted
}

func monthTime(name string) time.Time {
	at, _ := time.Parse("2006-01", name) // the engine writes no other; the zero time is a year that nobody mistakes for one
	return at
}

func monthName(n int) string {
	return time.Date(n/12, time.Month(n%12+1), 1, 0, 0, 0, 0, time.UTC).Format("2006-01")
}

func monthNumber(at time.Time) int { return at.Year()*12 + int(at.Month()) - 1 }

// months returns the window's calendar months, the empty ones too. 12m is the twelve months up to the last change's, so that the first one is
// whole; it begins with the history when that is shorter.
func (v *view) months() []githistory.Month {
	all := v.m.Months
	w := v.figures()
	if v.window == githistory.WindowAll || w.From.IsZero() || len(all) == 0 {
		return all
	}
	byName := make(map[string]githistory.Month, len(all))
	for _, m := range all {
		byName[m.Month] = m
	}
	from := max(monthNumber(w.From)+1, monthNumber(monthTime(all[0].Month)))
	var list []githistory.Month
	for n := from; n <= monthNumber(w.To); n++ {
		m, ok := byName[monthName(n)]
		if !ok {
			m = githistory.Month{Month: monthName(n)}
		}
		list = append(list, m)
	}
	return list
}

// years sums months by calendar year. A year of which the history covers a part says which.
func (v *view) years(months []githistory.Month) []period {
	var list []period
	var from, to time.Time
	end := func() {
		p := &list[len(list)-1]
		p.active /= float64(p.covered)
		switch {
		case p.covered == 1:
			p.name = v.l.Month(from)
		case p.covered < 12:
			p.name = v.l.T("vitality.part_year", i18n.Args{"year": p.label, "from": v.l.MonthShort(from), "to": v.l.MonthShort(to)})
		}
	}
	for _, m := range months {
		at := monthTime(m.Month)
		if year := strconv.Itoa(at.Year()); len(list) == 0 || list[len(list)-1].label != year {
			if len(list) > 0 {
				end()
			}
			list, from = append(list, period{label: year, name: year, at: at}), at
		}
		to = at
		p := &list[len(list)-1]
		p.add(m)
	}
	if len(list) > 0 {
		end()
	}
	return list
}
