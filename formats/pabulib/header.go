package pabulib

import (
	"strings"

	"commun/formats/decimal"
)

// VoteType is how a ballot speaks.
type VoteType string

// The vote types of the format.
const (
	Approval   VoteType = "approval"   // the projects that the voter wants
	Ordinal    VoteType = "ordinal"    // … in the order of preference, the best first
	Cumulative VoteType = "cumulative" // … with points out of a purse
	Scoring    VoteType = "scoring"    // … with points each
	ChooseOne  VoteType = "choose-1"   // exactly one
)

// Pair is a line of META.
type Pair struct {
	Key, Value string
	Line       int
}

// Header is what stands before the ballots. Vote, Budget, NumProjects and NumVotes are read from Meta; when they are missing or wrong they
// are zero, and a problem says so.
type Header struct {
	Meta           []Pair   // in the order of the file
	ProjectColumns []string // as written
	Projects       []Project
	VoteColumns    []string

	Vote        VoteType
	Budget      decimal.Decimal
	NumProjects int // as META says: len(Projects) is how many there are
	NumVotes    int // as META says
}

// Withdrawn is the cost by which the format marks a project that was taken back before the vote ended.
const Withdrawn = 999_999_999

// Project is a line of PROJECTS. Votes, Score and Selected are what the file says of its own result, -1 or unset where it does not.
type Project struct {
	ID       string
	Cost     decimal.Decimal
	Name     string
	Votes    int // -1: not said
	Score    decimal.Decimal
	HasScore bool
	Selected int      // 0 no, 1 yes, 2 yes by another rule or budget, 3 no though it would by the rule; -1: not said
	Row      []string // all fields, in the order of ProjectColumns
	Line     int
}

// Withdrawn tells whether the cost marks the project as taken back.
func (p Project) Withdrawn() bool { return p.Cost == decimal.Int(Withdrawn) }

// Get is the value of a key of META; the first where it stands twice.
func (h *Header) Get(key string) (string, bool) {
	for _, p := range h.Meta {
		if p.Key == key {
			return p.Value, true
		}
	}
	return "", false
}

// Number is the value of a key of META as a number; false when it is missing, empty or no number.
func (h *Header) Number(key string) (decimal.Decimal, bool) {
	v, ok := h.Get(key)
	if !ok {
		return decimal.Decimal{}, false
	}
	d, err := decimal.Parse(strings.TrimSpace(v))
	return d, err == nil
}

// ProjectColumn is the place of a column of PROJECTS, or -1.
func (h *Header) ProjectColumn(name string) int { return columnOf(h.ProjectColumns, name) }

// VoteColumn is the place of a column of VOTES, or -1.
func (h *Header) VoteColumn(name string) int { return columnOf(h.VoteColumns, name) }

// Field is what a project has in a column of PROJECTS, "" where there is none.
func (h *Header) Field(p Project, column string) string {
	if i := h.ProjectColumn(column); i >= 0 && i < len(p.Row) {
		return p.Row[i]
	}
	return ""
}

// List is Field cut at its commas: categories, neighbourhoods, beneficiaries.
func (h *Header) List(p Project, column string) []string {
	v := h.Field(p, column)
	if column == "beneficiaries" && h.ProjectColumn(column) < 0 {
		v = h.Field(p, "target")
	}
	if strings.TrimSpace(v) == "" {
		return nil
	}
	list := strings.Split(v, ",")
	for i := range list {
		list[i] = strings.TrimSpace(list[i])
	}
	return list
}

func columnOf(columns []string, name string) int {
	for i, c := range columns {
		if strings.EqualFold(strings.TrimSpace(c), name) {
			return i
		}
	}
	return -1
}
