package githistory

import (
	"slices"
	"time"
)

// Finding is one thing worth saying, as a code and its numbers: the words are the page's or the terminal's, in the
// reader's language. Count is the number that decides singular and plural.
type Finding struct {
	Code   string
	Window string    // 12m, 3y, all or since; "" when it is not of a window
	From   time.Time // the window's beginning; zero in "all" and without a window
	Count  int
	Args   map[string]any // int, int64, float64 (a share, 0 to 1), string, time.Time
}

// The codes of findings, with their arguments.
const (
	// FindQuiet: no change in the window. Args: last (time).
	FindQuiet = "quiet"
	// FindActivity: Count people made changes. Args: people, commits (int).
	FindActivity = "activity"
	// FindAlone: one person made all changes. No arguments.
	FindAlone = "alone"
	// FindAbsence: Count people made half of the changes. Args: people (int).
	FindAbsence = "absence"
	// FindAbsenceLines: by changed lines it is another number. Args: people (int).
	FindAbsenceLines = "absence_lines"
	// FindNew: Count people made their first change. Args: people (int). Count 0: nobody did.
	FindNew = "new"
	// FindGone: for Count people a year without a change became full within the window. Args: people (int).
	FindGone = "gone"
	// FindElephant: Count organisations made half of what has a known one. Args: organisations (int), unknown (share).
	FindElephant = "elephant"
	// FindUnknownOrg: no organisation is known by its e-mail domain. Args: unknown (share).
	FindUnknownOrg = "unknown_org"
	// FindOutside: a share is done outside working hours. Args: share.
	FindOutside = "outside_hours"
	// FindRelease: Count releases in all. Args: tag, date (time), days (int, median between days of release; 0 unknown).
	FindRelease = "release"
	// FindNoRelease: no tag names a version.
	FindNoRelease = "no_release"
	// FindBots: programs made a share of the changes and are left out of people. Args: share, commits (int).
	FindBots = "bots"
	// FindMissing: the lines of Count commits cannot be counted. Args: commits, blobs (int).
	FindMissing = "missing"
	// FindShallow: the clone lacks its older history.
	FindShallow = "shallow"
	// FindRewritten: the history was rewritten since it was last read.
	FindRewritten = "rewritten"
)

// Codes lists every finding's code, for tables of words to be tested against.
func Codes() []string {
	return []string{FindQuiet, FindActivity, FindAlone, FindAbsence, FindAbsenceLines, FindNew, FindGone, FindElephant, FindUnknownOrg,
		FindOutside, FindRelease, FindNoRelease, FindBots, FindMissing, FindShallow, FindRewritten}
}

// Findings says what the figures of a window mean, most important first. window is a name of [Windows.Get]; an unknown
// one is "all". What cannot be known yet (lines, in an early result) is not said.
func (r *Result) Findings(window string) []Finding {
	w := r.Windows.Get(window)
	if w == nil {
		window, w = WindowAll, &r.Windows.All
	}
	var list []Finding
	say := func(code string, count int, args map[string]any) {
		f := Finding{Code: code, Window: window, Count: count, Args: args}
		switch code {
		case FindRelease, FindNoRelease, FindMissing, FindShallow, FindRewritten:
			f.Window = ""
		default:
			f.From = w.From
		}
		list = append(list, f)
	}
	if w.Contributors == 0 {
		say(FindQuiet, 0, map[string]any{"last": r.lastChange()})
	} else {
		if n := w.AbsenceFactor.Commits; w.Contributors == 1 {
			say(FindAlone, 1, nil)
		} else if n > 0 {
			say(FindAbsence, n, map[string]any{"people": n})
		}
		say(FindActivity, w.Contributors, map[string]any{"people": w.Contributors, "commits": w.Commits - w.BotCommits})
		if n := w.AbsenceFactor.Lines; n > 0 && n != w.AbsenceFactor.Commits {
			say(FindAbsenceLines, n, map[string]any{"people": n})
		}
		if window != WindowAll { // over all of history everyone was new once
			say(FindNew, w.NewContributors, map[string]any{"people": w.NewContributors})
		}
	}
	if n := w.Gone; n > 0 && window != WindowAll {
		say(FindGone, n, map[string]any{"people": n})
	}
	if w.Contributors > 0 {
		if n := w.ElephantFactor.Commits; n > 0 {
			say(FindElephant, n, map[string]any{"organisations": n, "unknown": w.ElephantFactor.UnknownShare})
		} else {
			say(FindUnknownOrg, 0, map[string]any{"unknown": w.ElephantFactor.UnknownShare})
		}
		say(FindOutside, 0, map[string]any{"share": w.OutsideHours})
	}
	if w.BotCommits > 0 {
		say(FindBots, w.BotCommits, map[string]any{"share": share(int64(w.BotCommits), int64(w.Commits)), "commits": w.BotCommits})
	}
	final := slices.DeleteFunc(slices.Clone(r.Releases), func(rel Release) bool { return rel.Prerelease })
	if n := len(final); n > 0 {
		last := final[n-1]
		say(FindRelease, n, map[string]any{"tag": last.Tag, "date": last.Date, "days": int(r.Rhythm.Days + 0.5)})
	} else {
		say(FindNoRelease, 0, nil)
	}
	if r.Missing.Commits > 0 {
		say(FindMissing, r.Missing.Commits, map[string]any{"commits": r.Missing.Commits, "blobs": r.Missing.Blobs})
	}
	if r.Repository.Shallow {
		say(FindShallow, 0, nil)
	}
	if r.Rewritten {
		say(FindRewritten, 0, nil)
	}
	return list
}

// lastChange is when a person last changed something.
func (r *Result) lastChange() time.Time {
	var last time.Time
	for _, c := range r.Contributors {
		if !c.Bot && c.Last.After(last) {
			last = c.Last
		}
	}
	return last
}
