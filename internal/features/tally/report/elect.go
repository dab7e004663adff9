package report

import (
	"context"
	"errors"
	"strconv"
	"strings"
	"time"

	"commun/engines/tally"
	"commun/engines/tally/election"
	"commun/internal/platform/fault"
)

// poll is the file as the engine takes it.
func (s *Source) poll(seats int) (*election.Election, error) {
	e := &election.Election{Seats: s.Election.Seats, Ballots: s.Election.Ballots}
	if seats > 0 {
		e.Seats = seats
	}
	if e.Seats == 0 {
		e.Seats = 1 // a file that names no number of seats is a choice of one
	}
	for _, c := range s.Election.Candidates {
		e.Candidates = append(e.Candidates, election.Candidate{ID: c.ID, Name: c.Name, Withdrawn: c.Withdrawn})
	}
	return e, nil
}

// countElection counts an election.
func (c *counted) countElection(o Order, begun time.Time) error {
	e, err := c.src.poll(o.Seats)
	if err != nil {
		return err
	}
	if c.election, err = election.Count(e, c.rule, election.Options{}); err != nil {
		return electionFault(err, c.rule, c.src.kind())
	}
	c.election.Seconds = seconds(begun)
	return nil
}

func electionFault(err error, r tally.Rule, kind tally.Kind) error {
	if errors.Is(err, election.ErrSeats) {
		return fault.Invalid("seats", "tallied.mistake.seats").With("rule", r.Name).Wrap(err)
	}
	return engineFault(err, r, kind)
}

// recountElection counts again with the seats that the result names.
func recountElection(src *Source, old *tally.ElectionResult) (string, error) {
	e, err := src.poll(old.Seats)
	if err != nil {
		return "", err
	}
	again, err := election.Count(e, old.Rule, election.Options{})
	if err != nil {
		return "", err
	}
	again.Files, again.Question, again.Table = old.Files, old.Question, src.Election.Mapping
	if old.Table == "" {
		again.Table = "" // a result from before it was kept
	}
	return tally.Difference(old, again)
}

// electionHeadline is the answer.
func (c *counted) electionHeadline(v voice) string {
	r := c.election
	return v.T("tallied.elected", args{"count": len(r.Elected), "candidates": v.Int(int64(len(c.src.Election.Candidates))), "seats": v.Int(int64(r.Seats))}) + " " +
		v.T("tallied.valid", args{"count": r.Valid, "voters": v.Int(int64(r.Voters))})
}

// electionTerminal writes who is elected, and each stage.
func (c *counted) electionTerminal(v voice, t Terminal) error {
	p := t.printer(v)
	r := c.election
	p.wrap("", p.bold(plain(c.src.Title)))
	p.wrap("", c.electionHeadline(v))
	p.rule(v, r.Rule.String())
	if m := c.src.Election.Mapping; m != "" {
		p.wrap("", v.T("tallied.mapping", args{"mapping": plain(m)}))
	}
	for _, n := range r.Notes {
		p.wrap("", v.engine(n, "", election.Sentences))
	}
	if n := len(r.Outcomes); n > 1 {
		p.wrap("", v.T("tallied.outcomes", args{"count": n}))
		for _, text := range v.outcomes(r.Outcomes) {
			p.wrap("", text)
		}
	}
	p.head(v.T("tallied.head.elected"))
	for i, id := range r.Elected {
		p.wrap("  "+pad(strconv.Itoa(i+1), 3, true)+"  ", plain(v.name(id)))
	}
	if r.Quota != nil {
		p.wrap("  ", v.T("tallied.quota", args{"quota": v.number(*r.Quota, 5)}))
	}
	p.head(v.T("tallied.head.stages"))
	for i, s := range r.Stages {
		for _, m := range s.Says {
			p.wrap("  "+pad(strconv.Itoa(i+1), 3, true)+"  ", v.engine(m, "", election.Sentences))
		}
		var rows [][]string
		for _, x := range s.Standings {
			change := ""
			if x.Change != nil {
				if change = v.number(*x.Change, 5); x.Change.Rat().Sign() > 0 {
					change = "+" + change
				}
			}
			rows = append(rows, []string{plain(v.name(x.ID)), v.number(x.Votes, 5), change, v.state(x.State)})
		}
		if len(rows) > 0 {
			p.table([]column{{v.T("tallied.word.candidate"), false, true}, {v.T("tallied.word.votes"), true, false}, {"±", true, false}, {"", false, false}}, rows)
			p.line("")
		}
	}
	return p.err
}

func (v voice) state(state string) string {
	switch state {
	case "elected":
		return v.T("tallied.state.elected")
	case "excluded":
		return v.T("tallied.state.excluded")
	case "withdrawn":
		return v.T("tallied.state.withdrawn")
	}
	return state
}

// electionSheets are the elected and the stages as tables.
func (c *counted) electionSheets() []sheet {
	names := c.src.Election.names()
	elected := sheet{"elected", [][]string{{"place", "id", "name"}}}
	for i, id := range c.election.Elected {
		elected.add(i+1, id, names[id])
	}
	stages := sheet{"stages", [][]string{{"stage", "kind", "id", "name", "votes", "change", "state", "says"}}}
	for i, s := range c.election.Stages {
		var says []string
		for _, m := range s.Says {
			says = append(says, m.Text)
		}
		for _, x := range s.Standings {
			stages.add(i+1, s.Kind, x.ID, names[x.ID], x.Votes, x.Change, x.State, strings.Join(says, " "))
		}
		if len(s.Standings) == 0 {
			stages.add(i+1, s.Kind, "", "", "", "", "", strings.Join(says, " "))
		}
	}
	return []sheet{elected, stages}
}

// compareElections counts one file by several rules.
func compareElections(ctx context.Context, o Comparison, src *Source, list []string, v voice, t Terminal) (int, error) {
	warn(v, t, src)
	var results []*tally.ElectionResult
	for _, text := range list {
		r, _, err := ruleFor(src, text)
		if err != nil {
			return ExitFailed, err
		}
		c := &counted{src: src, rule: r}
		if err := interruptibly(ctx, func() error { return c.countElection(Order{}, time.Now()) }); err != nil {
			return ExitFailed, err
		}
		results = append(results, c.election)
	}
	if o.JSON {
		return ExitOK, resultsJSON(t.Out, src.Name, results)
	}
	p := t.printer(v)
	p.wrap("", p.bold(plain(src.Title)))
	for _, r := range results {
		p.head(r.Rule.String())
		for i, id := range r.Elected {
			p.wrap("  "+pad(strconv.Itoa(i+1), 3, true)+"  ", plain(v.name(id)))
		}
	}
	return ExitOK, p.err
}
