// Package ranked holds what the formats of ranked ballots have in common: the ballot, and the streaming reader that blt, preflib and
// debianvote each have, so that a count takes any of them.
package ranked

import (
	"slices"

	"commun/formats/decimal"
	"commun/formats/problem"
)

// Ballot is one line of ballots: an order of some candidates that Weight voters share. From a reader, its slices are good until the next ballot.
type Ballot struct {
	Line   int             // 0: not from a file
	ID     string          // the ballot's or the voter's name, where the file has one
	Weight decimal.Decimal // how many voters cast it
	Prefs  []int32         // candidates from 0, the best first; each once
	Ranks  []int32         // beside Prefs, from 1, never falling: equal for candidates on one rank; a gap is a rank left out
	Wrong  bool            // the ballot has an error, and what is wrong is left out of Prefs
}

// Clone is the ballot in memory of its own.
func (b Ballot) Clone() Ballot {
	b.Prefs, b.Ranks = slices.Clone(b.Prefs), slices.Clone(b.Ranks)
	return b
}

// Same tells whether two ballots say the same, wherever they stand.
func (b Ballot) Same(o Ballot) bool {
	return b.ID == o.ID && b.Weight == o.Weight && slices.Equal(b.Prefs, o.Prefs) && slices.Equal(b.Ranks, o.Ranks)
}

// Strict gives candidates the ranks 1, 2, 3…, each its own.
func Strict(prefs []int32) []int32 {
	ranks := make([]int32, len(prefs))
	for i := range ranks {
		ranks[i] = int32(i + 1)
	}
	return ranks
}

// Source streams the ballots of a file.
type Source interface {
	Next() bool                  // reads a ballot; false at the end or on an error
	Ballot() *Ballot             // the ballot just read, the same memory each time
	Len() int                    // how many candidates there are
	Names() []string             // of the candidates; whole once Next has returned false
	Err() error                  // why Next stopped before the end
	Errors() int                 // errors found so far
	Problems() []problem.Problem // found so far
}
