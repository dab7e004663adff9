package githistory

import (
	"cmp"
	"fmt"
	"slices"
	"time"
)

// goneAfter is after how many months without a change a person counts as gone, and a change after that as a return.
// CHAOSS, "Inactive Contributors", leaves the period to whoever asks; a year forgives a parental leave and a project
// that someone touches once a season.
const goneAfter = 12

// monthOf numbers calendar months in UTC.
func monthOf(seconds int64) int {
	y, m, _ := time.Unix(seconds, 0).UTC().Date()
	return y*12 + int(m) - 1
}

func monthName(n int) string { return fmt.Sprintf("%04d-%02d", n/12, n%12+1) }

func monthAt(months map[int]*Month, n int) *Month {
	m, ok := months[n]
	if !ok {
		m = &Month{Month: monthName(n)}
		months[n] = m
	}
	return m
}

// flow counts people in and out. active is sorted person<<32|month, each once; end is HEAD's month.
//
// New: the month of the first change (CHAOSS, "New Contributors"). Gone: the month in which a year without a change is
// full (goneAfter); the last such month is HEAD's. Returning: a change after having been gone. So those present at the
// end of a month are those of the month before, plus new, plus returning, minus gone.
func flow(months map[int]*Month, active []uint64, end int) {
	for i, a := range active {
		who, month := a>>32, int(uint32(a))
		m := monthAt(months, month)
		m.Active++
		switch {
		case i == 0 || active[i-1]>>32 != who:
			m.New++
		case month-int(uint32(active[i-1])) > goneAfter:
			m.Returning++
		}
		next := end + 1 // not again so far
		if i+1 < len(active) && active[i+1]>>32 == who {
			next = int(uint32(active[i+1]))
		}
		if left := month + goneAfter; next > left && left <= end {
			monthAt(months, left).Gone++
		}
	}
}

// gone sums who left in the months after the one that from lies in, up to to's: a window of twelve months has twelve.
func gone(months map[int]*Month, from, to int64) (n int) {
	for number, m := range months {
		if (from == noDate || number > monthOf(from)) && number <= monthOf(max(to, 0)) {
			n += m.Gone
		}
	}
	return n
}

// gapMonths is how long a silence is drawn out month by month. Beyond, a wrong clock is likelier than a pause: one
// commit of 1970 must not add four hundred empty rows.
const gapMonths = 120

// lineUp lists the months in order from from on, with the empty ones between them.
func lineUp(months map[int]*Month, from int) []Month {
	numbers := make([]int, 0, len(months))
	for n := range months {
		if n >= from {
			numbers = append(numbers, n)
		}
	}
	slices.Sort(numbers)
	list := make([]Month, 0, len(numbers))
	for i, n := range numbers {
		if i > 0 && n-numbers[i-1] <= gapMonths {
			for gap := numbers[i-1] + 1; gap < n; gap++ {
				list = append(list, Month{Month: monthName(gap)})
			}
		}
		list = append(list, *months[n])
	}
	return list
}

// cohorts groups people by the quarter of their first change and counts who still made one 1, 2, 4 and 8 quarters
// later or after. "Or after", not "in exactly that quarter": someone who pauses a quarter has stayed. active is as in
// flow; a quarter is counted when it is over, by HEAD's month end.
// Source: CHAOSS, "Contributor retention" as used in its starter models; the cohort table is common demography.
func cohorts(active []uint64, end int) []Cohort {
	type span struct{ first, last int }
	var spans []span
	for i, a := range active {
		quarter := int(uint32(a)) / 3
		if i == 0 || active[i-1]>>32 != a>>32 {
			spans = append(spans, span{quarter, quarter})
		}
		spans[len(spans)-1].last = quarter
	}
	slices.SortFunc(spans, func(a, b span) int { return cmp.Compare(a.first, b.first) })
	list := []Cohort{}
	for i := 0; i < len(spans); {
		n := i
		for n < len(spans) && spans[n].first == spans[i].first {
			n++
		}
		first, group := spans[i].first, spans[i:n]
		stayed := func(after int) *int {
			if (first+after+1)*3 > end { // its last month must be before HEAD's
				return nil
			}
			count := 0
			for _, s := range group {
				if s.last >= first+after {
					count++
				}
			}
			return &count
		}
		list = append(list, Cohort{Quarter: fmt.Sprintf("%04d-Q%d", first/4, first%4+1), Size: len(group),
			After1: stayed(1), After2: stayed(2), After4: stayed(4), After8: stayed(8)})
		i = n
	}
	return list
}

// rhythm measures the time between releases; releases are sorted by date. See [Rhythm]. CHAOSS, "Release Frequency",
// counts releases in a period and leaves their kind to filters: pre-releases are left out.
func rhythm(releases []Release) Rhythm {
	var r Rhythm
	var days, lines, within []float64
	lastOf := map[string]time.Time{}
	var lastDay, lastLine time.Time
	for _, rel := range releases {
		if rel.Prerelease {
			continue
		}
		r.Releases++
		day := rel.Date.Truncate(24 * time.Hour)
		if !lastDay.IsZero() && !day.Equal(lastDay) {
			days = append(days, day.Sub(lastDay).Hours()/24)
		}
		lastDay = day
		if before, ok := lastOf[rel.Line]; ok {
			within = append(within, rel.Date.Sub(before).Hours()/24)
		} else {
			r.Lines++
			if !lastLine.IsZero() {
				lines = append(lines, rel.Date.Sub(lastLine).Hours()/24)
			}
			lastLine = rel.Date
		}
		lastOf[rel.Line] = rel.Date
	}
	r.Days, r.LineDays, r.DaysWithinLines = median(days), median(lines), median(within)
	return r
}

// median is the middle value, of an even number the mean of the two; 0 of none.
func median(v []float64) float64 {
	if len(v) == 0 {
		return 0
	}
	slices.Sort(v)
	if n := len(v); n%2 == 0 {
		return (v[n/2-1] + v[n/2]) / 2
	}
	return v[len(v)/2]
}
