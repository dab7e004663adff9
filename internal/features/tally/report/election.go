package report

import (
	"errors"
	"fmt"
	"io"
	"os"
	"slices"
	"strconv"
	"strings"

	"commun/engines/tally"
	"commun/formats/assembly"
	"commun/formats/blt"
	"commun/formats/debianvote"
	"commun/formats/decimal"
	"commun/formats/preflib"
	"commun/formats/problem"
	"commun/formats/ranked"
	"commun/formats/surveycsv"
	"commun/internal/platform/fault"
)

// Election is what a file of an election or of a vote between options holds.
type Election struct {
	Seats      int // as the file says; 0 where it does not
	Candidates []Candidate
	Ballots    *tally.Ballots
	Mapping    string // of a survey's table: how it was understood
}

// Candidate is who stands, or an option. Its id is its number in the file, from 1.
type Candidate struct {
	ID, Name  string
	Withdrawn bool
}

func (e *Election) names() map[string]string {
	names := map[string]string{}
	for _, c := range e.Candidates {
		names[c.ID] = c.Name
	}
	return names
}

// readElection reads ranked ballots and surveys.
func (s *Source) readElection(src io.Reader, f Format, ending string, o Opening) error {
	e := &Election{}
	s.Election, s.Title = e, strings.TrimSuffix(s.Name, ending)
	switch f {
	case BLT:
		r, err := blt.NewReader(src, blt.Limits{})
		if err != nil {
			return err
		}
		if err := s.readRanked(r, o); err != nil {
			return err
		}
		e.Seats = r.Seats()
		if t := strings.TrimSpace(r.Title()); t != "" {
			s.Title = t
		}
		for _, i := range r.Withdrawn() {
			e.Candidates[i].Withdrawn = true
		}
		return nil
	case PrefLib:
		r, err := preflib.NewReader(src, preflib.Options{Type: strings.ToLower(strings.TrimPrefix(ending, "."))})
		if err != nil {
			return err
		}
		for _, p := range r.Meta() {
			if p.Key == "TITLE" && strings.TrimSpace(p.Value) != "" {
				s.Title = strings.TrimSpace(p.Value)
			}
		}
		return s.readRanked(r, o)
	case Debian:
		r, err := debianvote.NewReader(src, debianvote.Limits{})
		if err != nil {
			return err
		}
		if r.Name() != "" {
			s.Title = r.Name()
		}
		return s.readRanked(r, o)
	}
	return s.readSurvey(src, o)
}

// vote is a ballot that is kept until all are read: only then is known how many candidates there are, and whether any ballot has equals.
type vote struct {
	choices, points []int32
	times           uint32
}

func (s *Source) readRanked(r ranked.Source, o Opening) error {
	var votes []vote
	strict := true
	group := -1
	for r.Next() {
		b := r.Ballot()
		n, whole := b.Weight.Int64()
		if !whole || n < 0 || n > 1<<31 {
			return fault.Invalid("file", "tallied.mistake.weight").With("value", b.Weight.String()).With("line", b.Line)
		}
		if n == 0 {
			continue
		}
		if o.Ballot != "" && b.ID == o.Ballot && s.Ballot == nil {
			group = len(votes)
			s.Ballot = &Ballot{ID: b.ID, Line: b.Line}
		}
		for i := 1; i < len(b.Ranks); i++ {
			strict = strict && b.Ranks[i] > b.Ranks[i-1]
		}
		votes = append(votes, vote{slices.Clone(b.Prefs), slices.Clone(b.Ranks), uint32(n)})
	}
	if err := s.refuse(r, o); err != nil {
		return err
	}
	for i, name := range r.Names() {
		s.Election.Candidates = append(s.Election.Candidates, Candidate{ID: strconv.Itoa(i + 1), Name: strings.TrimSpace(name)})
	}
	kind := tally.Ordinal
	if !strict {
		kind = tally.Weak
	}
	return s.gather(kind, votes, group)
}

// refuse keeps the problems of a reader, and refuses a file with errors.
func (s *Source) refuse(r interface {
	Err() error
	Errors() int
	Problems() []problem.Problem
}, o Opening) error {
	s.Problems = r.Problems()
	var f *problem.Failure
	if err := r.Err(); err != nil && !errors.As(err, &f) {
		return fmt.Errorf("read ballots: %w", err)
	}
	if r.Err() != nil || r.Errors() > 0 && !o.Despite {
		return &Refused{Problems: s.Problems}
	}
	return nil
}

// gather groups the ballots.
func (s *Source) gather(kind tally.Kind, votes []vote, asked int) error {
	b, err := tally.NewBuilder(kind, len(s.Election.Candidates), false)
	if err != nil {
		return fault.Invalid("file", "tallied.mistake.many_projects").With("max", tally.MaxCandidates).Wrap(err)
	}
	for i, v := range votes {
		if !kind.HasPoints() {
			v.points = nil
		}
		group, err := b.AddTimes(v.choices, v.points, v.times)
		if err != nil {
			return fmt.Errorf("group ballots: %w", err)
		}
		if i == asked {
			s.Ballot.Group = group
		}
	}
	s.Election.Ballots = b.Done()
	return nil
}

// readSurvey reads a table by what its head says. The table is read twice: once to understand it, so that it is held in memory.
func (s *Source) readSurvey(src io.Reader, o Opening) error {
	spool, err := os.CreateTemp("", "commun-tally-*")
	if err != nil {
		return fmt.Errorf("keep the table: %w", err)
	}
	defer func() {
		_ = spool.Close() // only a copy
		_ = os.Remove(spool.Name())
	}()
	if _, err := io.Copy(spool, src); err != nil {
		return fmt.Errorf("keep the table: %w", err)
	}
	again := func() error {
		_, err := spool.Seek(0, io.SeekStart)
		return err
	}
	if err := again(); err != nil {
		return fmt.Errorf("read the table again: %w", err)
	}
	m, err := surveycsv.Guess(spool, o.Question, surveycsv.Limits{})
	switch {
	case errors.Is(err, surveycsv.ErrAmbiguous):
		return fault.Invalid("question", "tallied.mistake.ambiguous").With("file", s.Name).Wrap(err)
	case errors.Is(err, surveycsv.ErrNoGuess):
		if again() == nil {
			if t, wrong := assembly.Read(spool, assembly.Limits{}); wrong == nil && t.Errors == 0 {
				return fault.Invalid("rule", "tallied.mistake.no_rule_assembly").With("file", s.Name)
			}
		}
		return fault.Invalid("file", "tallied.mistake.no_ballot").With("file", s.Name).Wrap(err)
	case err != nil:
		return err
	}
	if err := again(); err != nil {
		return fmt.Errorf("read the table again: %w", err)
	}
	r, err := surveycsv.NewReader(spool, m, surveycsv.Limits{})
	if err != nil {
		return err
	}
	kind := map[surveycsv.Means]tally.Kind{surveycsv.Yes: tally.Approval, surveycsv.Rank: tally.Weak, surveycsv.Score: tally.Scoring, surveycsv.Grade: tally.Scoring}[m.Means]
	if m.Form == surveycsv.One {
		kind = tally.ChooseOne
	}
	var votes []vote
	asked := -1
	for r.Next() {
		b := r.Ballot()
		v := vote{choices: slices.Clone(b.Choices), times: 1}
		for i := range b.Choices {
			n := int32(0)
			if len(b.Values) == len(b.Choices) {
				value := b.Values[i]
				if m.Means == surveycsv.Grade { // places count from the best; grades from the worst
					at, _ := value.Int64()
					value = decimal.Int(int64(len(m.Grades)-1) - at)
				}
				if n, err = wholePoints(value, b.Line); err != nil {
					return err
				}
			} else if m.Means == surveycsv.Rank {
				n = int32(i + 1)
			}
			v.points = append(v.points, n)
		}
		if o.Ballot != "" && b.ID == o.Ballot && s.Ballot == nil {
			asked = len(votes)
			s.Ballot = &Ballot{ID: b.ID, Line: b.Line}
		}
		votes = append(votes, v)
	}
	if err := s.refuse(r, o); err != nil {
		return err
	}
	s.Election.Mapping = r.Mapping().String()
	for i, name := range r.Names() {
		s.Election.Candidates = append(s.Election.Candidates, Candidate{ID: strconv.Itoa(i + 1), Name: name})
	}
	return s.gather(kind, votes, asked)
}
