package githistory

import "time"

// Result is every figure of one history. Its JSON keys are documented and stable. No e-mail address is in it.
type Result struct {
	Repository   Repository    `json:"repository"`
	Windows      Windows       `json:"windows"`
	Contributors []Contributor `json:"contributors"` // most commits first
	Months       []Month       `json:"months"`       // oldest first
	Cohorts      []Cohort      `json:"cohorts"`      // oldest first
	Releases     []Release     `json:"releases"`     // oldest first
	Rhythm       Rhythm        `json:"release_rhythm"`
	Excluded     Excluded      `json:"excluded"`
	Missing      Missing       `json:"missing"`

	// LinesPending is true in an early result: added, deleted and lines are 0 because they are not counted yet.
	LinesPending bool `json:"-"`
	// Rewritten is true when the earlier reading was not part of this history any more, so that all was counted anew.
	Rewritten bool `json:"rewritten"`
}

// Repository is the history as a whole.
type Repository struct {
	Head            string    `json:"head"`
	Commits         int       `json:"commits"` // git rev-list --count
	CommitsNoMerges int       `json:"commits_no_merges"`
	Merges          int       `json:"merges"`
	Roots           int       `json:"roots"`
	Contributors    int       `json:"contributors"`   // git shortlog -se --no-merges, bots among them
	First           time.Time `json:"first,omitzero"` // earliest and latest committer date
	Last            time.Time `json:"last,omitzero"`
	HeadDate        time.Time `json:"head_date,omitzero"` // where windows count back from
	Undated         int       `json:"undated"`            // commits without a readable date: in no month, in window "all" only
	Shallow         bool      `json:"shallow"`            // the clone lacks older history
}

// Contributor is one line of `git shortlog -sne --no-merges`.
type Contributor struct {
	Name    string    `json:"name"`
	Commits int       `json:"commits"`
	Added   int64     `json:"added"`
	Deleted int64     `json:"deleted"`
	First   time.Time `json:"first,omitzero"`
	Last    time.Time `json:"last,omitzero"`
	Bot     bool      `json:"bot"`

	// Email is for telling two of one name apart inside the program. It is never written out.
	Email string `json:"-"`
}

// Month is a calendar month in UTC. Active, New, Returning and Gone are people; the rest counts bots' work too.
type Month struct {
	Month      string `json:"month"`  // 2026-05
	Active     int    `json:"active"` // with a change in the month
	New        int    `json:"new"`    // whose first it was
	Returning  int    `json:"returning"`
	Gone       int    `json:"gone"`
	Commits    int    `json:"commits"`
	BotCommits int    `json:"bot_commits"`
	Added      int64  `json:"added"`
	Deleted    int64  `json:"deleted"`
}

// The names of windows.
const (
	Window12m   = "12m"
	Window3y    = "3y"
	WindowAll   = "all"
	WindowSince = "since"
)

// Windows are the same figures over several spans.
type Windows struct {
	Year       Window  `json:"12m"`
	ThreeYears Window  `json:"3y"`
	All        Window  `json:"all"`
	Since      *Window `json:"since,omitempty"` // when a day was given
}

// Get returns the window of that name, nil when there is none.
func (w *Windows) Get(name string) *Window {
	switch name {
	case Window12m:
		return &w.Year
	case Window3y:
		return &w.ThreeYears
	case WindowAll:
		return &w.All
	case WindowSince:
		return w.Since
	}
	return nil
}

// Window is what happened from From to To, both in it. Commits and lines count bots' work too; all that speaks of
// people leaves bots out.
type Window struct {
	From            time.Time      `json:"from,omitzero"` // zero in "all"
	To              time.Time      `json:"to,omitzero"`
	Commits         int            `json:"commits"`
	BotCommits      int            `json:"bot_commits"`
	Added           int64          `json:"added"`
	Deleted         int64          `json:"deleted"`
	Contributors    int            `json:"contributors"`
	NewContributors int            `json:"new_contributors"`
	Gone            int            `json:"gone"` // whose year without a change became full in the window's months
	AbsenceFactor   AbsenceFactor  `json:"absence_factor"`
	ElephantFactor  ElephantFactor `json:"elephant_factor"`
	OutsideHours    float64        `json:"outside_hours"` // share of changes, 0 to 1
}

// AbsenceFactor is how few people make half of the changes, by commits and by changed lines. 0: there are none.
type AbsenceFactor struct {
	Commits int `json:"commits"`
	Lines   int `json:"lines"`
}

// ElephantFactor is how few organisations make half of the changes whose organisation is known, and the share of
// changes of which it is not. 0: none is known.
type ElephantFactor struct {
	Commits      int     `json:"commits"`
	UnknownShare float64 `json:"unknown_share"` // 0 to 1
}

// Cohort is the people whose first change fell in a quarter, and how many of them still made one that many quarters
// later or after. Nil: that quarter is not over.
type Cohort struct {
	Quarter string `json:"quarter"` // 2026-Q2
	Size    int    `json:"size"`
	After1  *int   `json:"after_1"`
	After2  *int   `json:"after_2"`
	After4  *int   `json:"after_4"`
	After8  *int   `json:"after_8"`
}

// Release is a tag that names a version.
type Release struct {
	Tag        string    `json:"tag"`
	Date       time.Time `json:"date"`
	Line       string    `json:"line"`
	Scheme     Scheme    `json:"scheme"`
	Prerelease bool      `json:"prerelease"`
}

// Rhythm is the time between releases, pre-releases left out. Days are medians; 0 with fewer than two.
type Rhythm struct {
	Releases        int     `json:"releases"`
	Lines           int     `json:"lines"`
	Days            float64 `json:"days_between_days_of_release"` // several lines patched on one day are one day
	LineDays        float64 `json:"days_between_lines"`           // from the first release of a line to that of the next
	DaysWithinLines float64 `json:"days_within_lines"`            // from a release to the next of its line
}

// Excluded is what was left out of lines. Nothing is, so far: the figures are those of --all-files.
type Excluded struct {
	Files int   `json:"files"`
	Lines int64 `json:"lines"`
}

// Missing is what the repository lacks (a partial clone): objects, and commits whose lines could not be counted.
type Missing struct {
	Blobs   int `json:"blobs"`
	Commits int `json:"commits"`
}
