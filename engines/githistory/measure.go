package githistory

import (
	"cmp"
	"encoding/hex"
	"slices"
	"strings"
	"time"
)

// View says what figures are wanted of a history.
type View struct {
	// Since, when not zero, adds the window "since" and limits contributors and months to commits from then on.
	Since time.Time
}

// person is a contributor while figures are computed.
type person struct {
	name, email string // as git gave them
	bot         bool
	wrote       bool // has a commit that is no merge, whenever it was
	org         int  // index among organisations, -1 unknown
	first, last int64
	commits     int
	added, lost int64
}

// Measure computes every figure. It is pure: the same history and view give the same result.
func (h *History) Measure(view View) *Result {
	people, of, orgs := h.people()
	res := &Result{Releases: slices.Clone(h.tags), Rewritten: h.Rewritten, LinesPending: !h.linesDone}
	if res.Releases == nil {
		res.Releases = []Release{}
	}
	res.Rhythm = rhythm(h.tags)
	// Everything below is one or two walks over the rows: a million commits take less than a second.
	head, last := h.measureRepository(res)
	if head == noDate {
		head = last // HEAD itself has no readable date
	}
	res.Repository.HeadDate = unix(head)
	since := noDate
	if !view.Since.IsZero() {
		since = max(view.Since.Unix(), 0)
	}

	// One pass over the commits for people's own figures, the months and the months in which each was active.
	months := map[int]*Month{}
	var active []uint64
	for i := range h.t.n {
		r := h.t.row(i)
		if r.merge() {
			continue
		}
		who := of[r.author]
		p := &people[who]
		p.wrote = true
		if r.committed != noDate {
			if p.first == noDate || r.committed < p.first {
				p.first = r.committed
			}
			p.last = max(p.last, r.committed)
			if !p.bot {
				active = append(active, uint64(who)<<32|uint64(monthOf(r.committed)))
			}
		}
		// First and last of a person, and who is new, need the whole history whatever is asked for; sums do not.
		if since != noDate && r.committed < since {
			continue
		}
		p.commits++
		added, deleted := h.lines(r)
		p.added += added
		p.lost += deleted
		if r.committed == noDate {
			continue
		}
		m := monthAt(months, monthOf(r.committed))
		m.Commits++
		m.Added += added
		m.Deleted += deleted
		if p.bot {
			m.BotCommits++
		}
	}
	// Sorted by person, then month, and each once: from that, flow and cohorts are one walk.
	slices.Sort(active)
	active = slices.Compact(active)
	endMonth := monthOf(max(head, 0))
	flow(months, active, endMonth)
	res.Cohorts = cohorts(active, endMonth)
	res.Months = lineUp(months, monthOf(max(since, 0)))
	res.Contributors = contributors(people, since)
	for _, p := range people {
		if p.wrote {
			res.Repository.Contributors++
		}
	}

	at := unix(head)
	// Calendar years, so that "12 months" from 29 February is 1 March, as people count. Nothing is before 1970.
	back := func(years int) int64 { return max(at.AddDate(-years, 0, 0).Unix(), 0) }
	if head == noDate { // no commit has a date: the recent windows are empty, not everything
		back = func(int) int64 { return maxDate }
	}
	window := func(from, to int64) Window {
		w := h.window(people, of, orgs, from, to)
		w.Gone = gone(months, from, to)
		return w
	}
	res.Windows.Year = window(back(1), head)
	res.Windows.ThreeYears = window(back(3), head)
	res.Windows.All = window(noDate, maxDate)
	if since != noDate {
		w := window(since, head)
		res.Windows.Since = &w
	}
	return res
}

// measureRepository fills res.Repository and res.Missing, and returns HEAD's committer date and the latest of all.
func (h *History) measureRepository(res *Result) (head, last int64) {
	repo := &res.Repository
	repo.Head, repo.Shallow, repo.Commits = h.Head, h.Shallow, h.t.n
	headHash, _ := hex.DecodeString(h.Head)
	first := noDate
	head, last = noDate, noDate
	for i := range h.t.n {
		r := h.t.row(i)
		switch {
		case r.merge():
			repo.Merges++
		case r.parents == 0:
			repo.Roots++
		}
		if h.linesDone && r.lines == linesMissing {
			res.Missing.Commits++
		}
		if r.committed == noDate {
			repo.Undated++
			continue
		}
		if first == noDate || r.committed < first {
			first = r.committed
		}
		last = max(last, r.committed)
		if string(h.t.hash(i)) == string(headHash) {
			head = r.committed
		}
	}
	repo.CommitsNoMerges = repo.Commits - repo.Merges
	repo.First, repo.Last = unix(first), unix(last)
	res.Missing.Blobs = h.missingBlobs
	return head, last
}

// lines returns a commit's changed lines; 0 while they are being counted, when other goroutines write them.
func (h *History) lines(r *row) (added, deleted int64) {
	if !h.linesDone {
		return 0, 0
	}
	return int64(r.added), int64(r.deleted)
}

// people groups identities as `git shortlog -se` does, by name and e-mail after .mailmap, byte for byte. of gives each
// identity's person; orgs is how many organisations there are.
func (h *History) people() (people []person, of []int, orgs int) {
	type key struct{ name, email string }
	numbers, domains := map[key]int{}, map[string]int{}
	of = make([]int, len(h.t.identities))
	for i, who := range h.t.identities {
		k := key{who.name, who.email}
		n, ok := numbers[k]
		if !ok {
			n = len(people)
			numbers[k] = n
			p := person{name: who.name, email: who.email, bot: IsBot(who.name, who.email), org: -1, first: noDate, last: noDate}
			if org, ok := Organisation(who.email); ok {
				if _, seen := domains[org]; !seen {
					domains[org] = len(domains)
				}
				p.org = domains[org]
			}
			people = append(people, p)
		}
		of[i] = n
	}
	return people, of, len(domains)
}

// contributors lists who has a commit, most commits first, then by name.
func contributors(people []person, since int64) []Contributor {
	list := make([]Contributor, 0, len(people))
	for _, p := range people {
		if p.commits == 0 {
			continue
		}
		if p.name == "%aN" { // git's answer to an author's line that is none; shortlog groups under it too
			p.name, p.email = "", ""
		}
		list = append(list, Contributor{Name: clean(p.name), Email: clean(p.email), Commits: p.commits, Added: p.added,
			Deleted: p.lost, First: unix(p.first), Last: unix(p.last), Bot: p.bot})
	}
	slices.SortFunc(list, func(a, b Contributor) int {
		return cmp.Or(cmp.Compare(b.Commits, a.Commits), strings.Compare(a.Name, b.Name), strings.Compare(a.Email, b.Email))
	})
	return list
}

// window measures the commits from from to to, both in it. With from noDate, those without a date too.
func (h *History) window(people []person, of []int, orgs int, from, to int64) Window {
	w := Window{From: unix(from), To: unix(to)}
	// A commit dated after HEAD comes from a wrong clock; it is counted in "all" only.
	if from == noDate || from > to {
		w.From, w.To = time.Time{}, time.Time{}
	}
	commits := make([]int64, len(people))
	lines := make([]int64, len(people))
	byOrg := make([]int64, orgs)
	var known, unknown, timed, outside int64
	for i := range h.t.n {
		r := h.t.row(i)
		if r.merge() || r.committed < from || r.committed > to {
			continue
		}
		who := of[r.author]
		added, deleted := h.lines(r)
		w.Commits++
		w.Added += added
		w.Deleted += deleted
		if people[who].bot { // counted as work, never as one of the people
			w.BotCommits++
			continue
		}
		commits[who]++
		lines[who] += added + deleted
		if org := people[who].org; org >= 0 {
			byOrg[org]++
			known++
		} else {
			unknown++
		}
		if r.authored != noDate {
			timed++
			if OutsideHours(r.authored, int(r.zone)) {
				outside++
			}
		}
	}
	for who, n := range commits {
		if n == 0 {
			continue
		}
		w.Contributors++
		if f := people[who].first; from == noDate || f >= from && f <= to {
			w.NewContributors++
		}
	}
	w.AbsenceFactor = AbsenceFactor{Commits: Half(commits), Lines: Half(lines)}
	w.ElephantFactor = ElephantFactor{Commits: Half(byOrg), UnknownShare: share(unknown, known+unknown)}
	w.OutsideHours = share(outside, timed)
	return w
}

// Half is the smallest number of counts that together make at least half of them all; 0 when they sum to nothing.
//
// Of people's changes it is CHAOSS's contributor absence factor ("the smallest number of people that make up 50 % of
// contributions", chaoss.community/kb/metric-contributor-absence-factor): 1000 433 343 332 202 90 42 33 have half at
// 1237.5, so 2. CHAOSS does not say whether exactly 50 % is enough: here it is.
// Of organisations' it is the elephant factor, by CHAOSS's formula (chaoss.community/kb/metric-elephant-factor); the
// prose of that page says the contrary of its formula, a *low* value being the risk.
func Half(counts []int64) int {
	sorted := slices.Clone(counts)
	slices.SortFunc(sorted, func(a, b int64) int { return cmp.Compare(b, a) })
	var total, sum int64
	for _, n := range sorted {
		total += n
	}
	for i, n := range sorted {
		if sum += n; sum > 0 && sum >= total-sum {
			return i + 1
		}
	}
	return 0
}

// OutsideHours says whether a moment (Unix seconds, and its author's minutes east of UTC) lies outside Monday to
// Friday, 8:00 to 18:59 on the author's clock. CHAOSS, "Activity Dates and Times", leaves the hours to whoever asks;
// these are wide ones, so that what lies outside is evenings, nights and week-ends rather than a late lunch. Public
// holidays are not known. A machine set to UTC hides its owner's zone.
func OutsideHours(seconds int64, zone int) bool {
	local := time.Unix(seconds+int64(zone)*60, 0).UTC()
	day, hour := local.Weekday(), local.Hour()
	return day == time.Saturday || day == time.Sunday || hour < 8 || hour >= 19
}

func share(part, whole int64) float64 {
	if whole == 0 {
		return 0
	}
	return float64(part) / float64(whole)
}

// unix makes a date of seconds, the zero time of noDate.
func unix(seconds int64) time.Time {
	if seconds == noDate {
		return time.Time{}
	}
	return time.Unix(seconds, 0).UTC()
}
