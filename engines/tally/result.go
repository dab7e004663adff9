package tally

// SourceFile is a file that a count was made of: its name without folder, its SHA-256 in hexadecimal, and what it was used for.
type SourceFile struct {
	Use    string `json:"use"` // see the constants
	Name   string `json:"name"`
	SHA256 string `json:"sha256"`
}

// What files are used for.
const (
	UseBallots     = "ballots"
	UseConstraints = "constraints"
)

// Result is a count of a shared budget. Its JSON is stable; amounts are in the currency.
type Result struct {
	Rule     Rule         `json:"rule"`
	Budget   Number       `json:"budget"`
	Voters   int          `json:"voters"`
	Winners  []string     `json:"winners"` // ids, in the order of their choice
	Cost     Number       `json:"cost"`
	Share    *Number      `json:"share,omitempty"` // what each voter held at the start of the count that was kept; equal shares
	Steps    int          `json:"steps,omitempty"` // how often the share was raised; completions that raise it
	Rounds   []Round      `json:"rounds"`
	Projects []Verdict    `json:"projects"` // in the order of the instance
	Fairness *Fairness    `json:"fairness,omitempty"`
	Outcomes [][]string   `json:"outcomes,omitempty"` // ties left open: every set of winners, sorted; all of them unless Capped
	Capped   bool         `json:"capped,omitempty"`   // there are more outcomes than were listed
	Parts    []PartCount  `json:"parts,omitempty"`    // separate counts of districts or categories; share and steps are theirs
	Notes    []Message    `json:"notes,omitempty"`    // what happened to the count as a whole: completion, comparison
	Files    []SourceFile `json:"files,omitempty"`    // set by the caller: what was counted
	Seconds  float64      `json:"seconds"`            // set by the caller: no clock runs here
}

// Round is one step of the count: a project taken, or passed over.
type Round struct {
	Project string   `json:"project"`
	Taken   bool     `json:"taken"`
	Phase   string   `json:"phase"`             // the part of the rule that took it: "shares", "greedy", "phragmen"…
	Score   Number   `json:"score"`             // what projects were compared by: votes, points, effective votes, load
	Payment *Number  `json:"payment,omitempty"` // equal shares: the most that a supporter paid, for one point where points count
	Full    int      `json:"full,omitempty"`    // equal shares: voters who paid that
	Poor    int      `json:"poor,omitempty"`    // equal shares: voters who paid all that they had left, which was less
	Tied    []string `json:"tied,omitempty"`    // ids that were equal with it, itself included
	Part    string   `json:"part,omitempty"`    // separate counts: the one that this round is of
	Says    Message  `json:"says"`
}

// Verdict is what became of one project.
type Verdict struct {
	ID           string  `json:"id"`
	Name         string  `json:"name,omitempty"`
	Cost         Number  `json:"cost"`
	Support      Number  `json:"support"` // votes, or points where the rule counts points
	Won          bool    `json:"won"`
	Reason       Message `json:"reason"`
	MissingVotes *Number `json:"missing_votes,omitempty"`         // losers, when asked for: the fewest new votes with which it wins
	VotesAtMost  bool    `json:"missing_votes_at_most,omitempty"` // fewer may do: not all smaller numbers were counted
	Unsearched   bool    `json:"missing_unsearched,omitempty"`    // losers: what it lacked was not looked for, as it was far from winning; see [MissingNear]
	MissingCost  *Number `json:"missing_cost,omitempty"`          // losers, when asked for: the least reduction of its cost with which it wins
	CostAtMost   bool    `json:"missing_cost_at_most,omitempty"`  // less may do
}

// Fairness is how a result treats the voters.
type Fairness struct {
	WithNothing    int         `json:"with_nothing"`     // voters none of whose choices won, empty ballots too
	Excluded       int         `json:"excluded"`         // those of them who voted for something
	ExclusionRatio Number      `json:"exclusion_ratio"`  // excluded, of those who voted for something
	MeanWinners    Number      `json:"mean_winners"`     // winning choices of a voter, on average
	MeanCost       Number      `json:"mean_cost"`        // their cost, on average
	Distribution   []int       `json:"distribution"`     // voters by how many of their choices won, from 0
	By             []Attribute `json:"by,omitempty"`     // the same for parts of the voters
	EJRPlusUtility string      `json:"ejr_plus_utility"` // how utility was counted there: cost or count
	EJRPlus        []Violation `json:"ejr_plus"`         // violations of EJR+ up to any project; none: proved absent
	Priceable      string      `json:"priceable"`        // proved: the payments of the count (equal shares, Phragmén) are a price system; unknown: not searched
}

// Attribute is satisfaction within the voters who share a value: an age band, a district, a way of voting.
type Attribute struct {
	Name  string `json:"name"`
	Parts []Part `json:"parts"`
}

// Part is one value of an attribute.
type Part struct {
	Value       string  `json:"value"`
	Voters      int     `json:"voters"`
	WithNothing int     `json:"with_nothing"`
	MeanWinners Number  `json:"mean_winners"`
	MeanCost    Number  `json:"mean_cost"`
	Spent       float64 `json:"spent"` // of the winners' cost, what falls to these voters when each winner's supporters pay alike; to draw with
}

// Violation is a group of voters that deserved a project and has too little.
type Violation struct {
	Project string  `json:"project"`
	Voters  int     `json:"voters"`  // how many of its supporters are so badly served
	Deserve Number  `json:"deserve"` // what they hold of the budget together
	Says    Message `json:"says"`
}

// ElectionResult is a count of an election or of a vote between options. Package election fills it.
type ElectionResult struct {
	Rule            Rule         `json:"rule"`
	Voters          int          `json:"voters"`
	Valid           int          `json:"valid"`
	Seats           int          `json:"seats"`
	Elected         []string     `json:"elected"` // ids, in the order of election
	Quota           *Number      `json:"quota,omitempty"`
	Nontransferable *Number      `json:"nontransferable,omitempty"`
	Residual        *Number      `json:"residual,omitempty"`
	Stages          []Stage      `json:"stages"`
	Outcomes        [][]string   `json:"outcomes,omitempty"` // ties left open: every set of elected
	Capped          bool         `json:"capped,omitempty"`
	Notes           []Message    `json:"notes,omitempty"`
	Files           []SourceFile `json:"files,omitempty"`    // set by the caller: what was counted
	Question        string       `json:"question,omitempty"` // of a survey, where one was chosen; set by the caller
	Table           string       `json:"table,omitempty"`    // how a survey's table was read, as JSON in a text; set by the caller
	Seconds         float64      `json:"seconds"`            // set by the caller
}

// Stage is one step of an election.
type Stage struct {
	Kind            string     `json:"kind"` // "first", "surplus", "exclusion", "pair", …
	Standings       []Standing `json:"standings,omitempty"`
	Nontransferable *Number    `json:"nontransferable,omitempty"`
	Residual        *Number    `json:"residual,omitempty"`
	Tied            []string   `json:"tied,omitempty"` // ids between whom the tie order decided
	Says            []Message  `json:"says"`
}

// Standing is a candidate within a stage.
type Standing struct {
	ID     string  `json:"id"`
	Votes  Number  `json:"votes"`
	Change *Number `json:"change,omitempty"`
	State  string  `json:"state,omitempty"` // "elected", "excluded", "withdrawn" or "" for continuing
}
