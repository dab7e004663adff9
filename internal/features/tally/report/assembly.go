package report

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"path/filepath"
	"strings"
	"time"

	"commun/engines/tally"
	"commun/engines/tally/college"
	"commun/formats/assembly"
	"commun/internal/platform/fault"
)

// ofColleges tells whether a rule's text names a rule of colleges: it reads a table of members and their votes, not ballots alone.
func ofColleges(rule string) bool {
	name, _, _ := strings.Cut(strings.TrimSpace(rule), ",")
	_, ok := college.Rules().Find(name)
	return ok
}

// openAssembly reads one vote of an assembly. Errors: those of [Open].
func openAssembly(ctx context.Context, path string, despite bool) (*Source, error) {
	if f, ok := FormatOf(path); !ok || f != Survey {
		return nil, fault.Invalid("file", "tallied.mistake.assembly_file").With("file", path)
	}
	f, err := open(path)
	if err != nil {
		return nil, err
	}
	defer func() { _ = f.Close() }() // read only
	sum := newSummer(&reading{ctx: ctx, src: f})
	t, err := assembly.Read(sum, assembly.Limits{})
	_, drained := io.Copy(io.Discard, sum) // a reader may stop before the end; the digest is of all bytes
	name := filepath.Base(path)
	s := &Source{Name: name, Title: strings.TrimSuffix(name, filepath.Ext(name)), Assembly: t, SHA256: sum.done()}
	if ctx.Err() != nil {
		return nil, ctx.Err()
	}
	if err == nil && drained != nil {
		err = fmt.Errorf("read %s: %w", path, drained)
	}
	if err != nil {
		return nil, failed(path, err)
	}
	if s.Problems = t.Problems; t.Errors > 0 && !despite {
		return nil, &Refused{File: path, Problems: t.Problems}
	}
	return s, nil
}

// members are the table's, as the engine takes them, and the vote.
func members(t *assembly.Table) ([]college.Member, *college.Vote) {
	v := &college.Vote{Options: t.Options, Ballots: map[string]string{}}
	known := map[string]bool{}
	for _, m := range t.Members {
		known[m.ID] = true
	}
	list := make([]college.Member, len(t.Members))
	for i, m := range t.Members {
		list[i] = college.Member{ID: m.ID, Name: m.Name, Kind: m.Kind, Groups: m.Groups}
		for _, s := range m.Seats {
			list[i].Seats = append(list[i].Seats, college.Seat{College: s.College, Votes: s.Votes})
		}
		if m.Choice != "" {
			v.Ballots[m.ID] = m.Choice
		}
		for _, d := range m.Delegations {
			if known[d.To] { // an error of the file, which was counted despite it
				v.Delegations = append(v.Delegations, college.Delegation{From: m.ID, To: d.To, Topic: d.Topic, Since: d.Since, Until: d.Until})
			}
		}
	}
	return list, v
}

// countAssembly opens and counts a vote of an assembly.
func countAssembly(ctx context.Context, v voice, o Order) (*counted, error) {
	switch {
	case o.Constraints != "":
		return nil, fault.Invalid("constraints", "tallied.mistake.constraints_election")
	case o.Ballot != "":
		return nil, fault.Invalid("ballot", "tallied.mistake.ballot_election")
	}
	src, err := openAssembly(ctx, o.File, o.Despite)
	if err != nil {
		return nil, err
	}
	c := &counted{src: src}
	if c.rule, err = parseRule(o.Rule); err != nil {
		return nil, err
	}
	begun := time.Now()
	err = interruptibly(ctx, func() (err error) {
		list, vote := members(src.Assembly)
		c.college, err = college.CountBy(c.rule, list, vote)
		return collegeFault(v.of(src), err)
	})
	if err == nil {
		c.college.Seconds = seconds(begun)
		c.college.Files = []tally.SourceFile{{Name: src.Name, SHA256: src.SHA256, Use: tally.UseBallots}}
	}
	return c, err
}

// collegeFault puts into words why an assembly's vote was not counted.
func collegeFault(v voice, err error) error {
	if r, ok := errors.AsType[*college.Refusal](err); ok {
		return fault.Invalid("rule", "tallied.mistake.caps").With("why", v.inCollege(r.Says)).Wrap(err)
	}
	if m, ok := errors.AsType[*college.Mistake](err); ok {
		return fault.Invalid("rule", "tallied.mistake.colleges").With("why", v.inCollege(m.Says)).Wrap(err)
	}
	for _, known := range []error{college.ErrStatutes, college.ErrMembers, college.ErrVote} {
		if errors.Is(err, known) {
			return fault.Invalid("rule", "tallied.mistake.colleges").With("why", oneLine(err)).Wrap(err)
		}
	}
	return err
}

// recountCollege counts again by the rule that the result names.
func recountCollege(v voice, src *Source, old *college.Result) (string, error) {
	list, vote := members(src.Assembly)
	again, err := college.CountBy(old.Rule, list, vote)
	if err != nil {
		return "", collegeFault(v, err)
	}
	again.Files = old.Files
	return tally.Difference(old, again)
}

// readCollege reads a result of an assembly.
func readCollege(raw []byte) (*college.Result, error) {
	r := &college.Result{}
	return r, json.Unmarshal(raw, r)
}

// exactly writes a number so that nothing of it is lost: as it is where two decimals say it, else nearly, and as a fraction.
func (v voice) exactly(n tally.Number) string {
	near := v.number(n, 2)
	if text := n.String(); strings.Contains(text, "/") || len(text)-strings.IndexByte(text+".", '.') > 3 {
		return near + " (" + n.Rat().RatString() + ")"
	}
	return near
}

// part writes a part of one in percent, and as a fraction where two decimals do not say it.
func (v voice) part(n tally.Number) string {
	p := hundredfold(n)
	near := v.number(p, 2) + v.percentSign()
	if text := p.String(); strings.Contains(text, "/") || len(text)-strings.IndexByte(text+".", '.') > 3 {
		return near + " (" + n.Rat().RatString() + ")"
	}
	return near
}

func (v voice) percentSign() string {
	if v.french() {
		return "\u202f%"
	}
	return "%"
}

// choice is an option in words.
func (v voice) choice(id string) string {
	switch {
	case id == college.Abstain:
		return v.T("tallied.word.abstention")
	case v.yesno && id == assembly.Yes:
		return v.T("tallied.word.in_favour")
	case v.yesno && id == assembly.No:
		return v.T("tallied.word.against")
	}
	return plain(id)
}

// inCollege says a sentence of package college, with exact numbers, names, and options in words.
func (v voice) inCollege(m tally.Message) string {
	out := map[string]any{}
	for key, value := range m.Args {
		out[key] = v.collegeArgument(key, value)
	}
	m.Args = out
	text := m.In(v.Lang(), college.Sentences)
	if v.french() {
		text = strings.NewReplacer("'", "’", "« ", "«\u00a0", " »", "\u00a0»", " :", "\u00a0:", " ;", "\u202f;", " %", "\u202f%").Replace(text)
	} else {
		text = strings.ReplaceAll(text, " %", "%")
	}
	return upperFirst(text)
}

func (v voice) collegeArgument(key string, value any) any {
	switch x := value.(type) {
	case tally.Number:
		return v.exactly(x)
	case []string:
		list := make([]string, len(x))
		for i, s := range x {
			list[i] = fmt.Sprint(v.collegeArgument(key, s))
		}
		return v.List(list)
	case string:
		switch key {
		case "option", "winner", "leading":
			return v.choice(x)
		case "member", "delegate":
			return plain(v.name(x))
		case "most", "before", "after", "share", "least", "reached", "caps":
			if v.french() { // a percentage that the engine wrote
				return strings.ReplaceAll(x, ".", ",")
			}
			return x
		}
		return plain(x)
	case int:
		return v.Int(int64(x))
	case int64:
		return v.Int(x)
	}
	return value
}

// decision is the answer in one sentence, and who took part.
func (c *counted) decision(v voice) string {
	r := c.college
	text := ""
	if n := len(r.Says); n > 0 {
		text = v.inCollege(r.Says[n-1]) + " "
	}
	voted := map[string]bool{}
	for _, m := range c.src.Assembly.Members {
		if m.Choice != "" {
			voted[m.ID] = true
		}
	}
	carried := 0
	for _, x := range r.Carried {
		carried += len(x.Members)
	}
	for _, o := range r.Options {
		if len(r.Leading) == 1 && o.ID == r.Leading[0] {
			text += v.T("tallied.college.has", args{"option": v.choice(o.ID), "share": v.part(o.Share)}) + " "
		}
	}
	text += v.T("tallied.college.voted", args{"count": len(voted), "members": v.Int(int64(r.Members))})
	if carried > 0 {
		text += " " + v.T("tallied.college.carried", args{"count": carried})
	}
	return text
}

// optionRows are what each option has: its name, weight and share of the votes cast.
func (c *counted) optionRows(v voice) [][]string {
	var rows [][]string
	for _, o := range c.college.Options {
		rows = append(rows, []string{v.choice(o.ID), v.exactly(o.Weight), v.part(o.Share)})
	}
	return rows
}

// collegeRows are what each college did: who voted, for what, and what it weighs.
func (c *counted) collegeRows(v voice) [][]string {
	var rows [][]string
	for _, x := range c.college.Colleges {
		var votes []string
		for i, n := range x.Votes {
			votes = append(votes, v.choice(c.college.Options[i].ID)+"\u00a0"+v.number(n, 0))
		}
		rows = append(rows, []string{plain(x.ID), v.Int(int64(x.Voted)) + " / " + v.Int(int64(x.Members)), strings.Join(votes, ", "), v.exactly(x.Weight), v.exactly(x.After)})
	}
	return rows
}

// capRows are how each cap worked.
func (c *counted) capRows(v voice) [][]string {
	var rows [][]string
	for _, x := range c.college.Caps {
		rows = append(rows, []string{plain(x.Group + x.College), v.part(x.Most), v.part(x.Before), v.part(x.After), v.exactly(x.Factor)})
	}
	return rows
}

// collegeSays are the sentences of the count but the decision, which is the headline.
func (c *counted) collegeSays(v voice) []string {
	var list []string
	for i, m := range c.college.Says {
		if i+1 < len(c.college.Says) {
			list = append(list, v.inCollege(m))
		}
	}
	return list
}

// unlawful are what in a SCIC is against the law.
func (c *counted) unlawful(v voice) []string {
	var list []string
	for _, m := range c.college.Notes {
		list = append(list, v.inCollege(m))
	}
	return list
}

func (c *counted) collegeTerminal(v voice, t Terminal) error {
	p := t.printer(v)
	p.wrap("", p.bold(plain(c.src.Title)))
	p.wrap("", c.decision(v))
	p.rule(v, c.college.Rule.String())
	if list := c.unlawful(v); len(list) > 0 {
		p.head(v.T("tallied.college.unlawful"))
		for _, text := range list {
			p.wrap("  • ", text)
		}
	}
	p.head(v.T("tallied.college.options"))
	p.table([]column{{v.T("tallied.word.option"), false, true}, {v.T("tallied.word.weight"), true, false}, {v.T("tallied.word.share"), true, false}}, c.optionRows(v))
	p.head(v.T("tallied.college.colleges"))
	p.table([]column{{v.T("tallied.word.college"), false, false}, {v.T("tallied.word.voted"), true, false}, {v.T("tallied.word.votes"), false, true},
		{v.T("tallied.word.weight"), true, false}, {v.T("tallied.word.counted"), true, false}}, c.collegeRows(v))
	if rows := c.capRows(v); len(rows) > 0 {
		p.head(v.T("tallied.college.caps"))
		p.table([]column{{v.T("tallied.word.group"), false, true}, {v.T("tallied.word.at_most"), true, false}, {v.T("tallied.word.before"), true, false},
			{v.T("tallied.word.after"), true, false}, {v.T("tallied.word.factor"), true, false}}, rows)
	}
	p.head(v.T("tallied.head.steps"))
	for i, text := range c.collegeSays(v) {
		p.wrap(fmt.Sprintf("  %2d  ", i+1), text)
	}
	return p.err
}

// collegeSheets are options, colleges, caps, quorums and delegates as tables.
func (c *counted) collegeSheets() []sheet {
	r := c.college
	options := sheet{"options", [][]string{{"option", "weight", "share", "winner"}}}
	for _, o := range r.Options {
		options.add(o.ID, o.Weight, o.Share, o.ID == r.Winner)
	}
	colleges := sheet{"colleges", [][]string{{"college", "members", "voted", "weight", "given", "after", "option", "votes", "weight_of_option"}}}
	for _, x := range r.Colleges {
		for i, o := range r.Options {
			colleges.add(x.ID, x.Members, x.Voted, x.Weight, x.Given, x.After, o.ID, x.Votes[i], x.By[i])
		}
	}
	caps := sheet{"caps", [][]string{{"group", "college", "most", "before", "after", "factor", "seats"}}}
	for _, x := range r.Caps {
		caps.add(x.Group, x.College, x.Most, x.Before, x.After, x.Factor, x.Votes)
	}
	quorums := sheet{"quorums", [][]string{{"college", "counted", "of", "least", "reached"}}}
	for _, x := range r.Quorums {
		quorums.add(x.College, x.Counted, x.Of, x.Least, x.Reached)
	}
	delegates := sheet{"delegates", [][]string{{"delegate", "choice", "member"}}}
	for _, x := range r.Carried {
		for _, m := range x.Members {
			delegates.add(x.Delegate, x.Choice, m)
		}
	}
	return []sheet{options, colleges, caps, quorums, delegates}
}

// compareAssembly counts one vote of an assembly by several rules.
func compareAssembly(ctx context.Context, o Comparison, list []string, v voice, t Terminal) (int, error) {
	var all []*counted
	for _, text := range list {
		if !ofColleges(text) {
			return ExitFailed, fault.Invalid("rules", "tallied.mistake.not_colleges").With("rule", text)
		}
		c, err := countAssembly(ctx, v, Order{File: o.File, Rule: text, Constraints: o.Constraints, Despite: o.Despite})
		if err != nil {
			return refused(v, t, err)
		}
		all = append(all, c)
	}
	if o.JSON {
		var results []*college.Result
		for _, c := range all {
			results = append(results, c.college)
		}
		return ExitOK, resultsJSON(t.Out, all[0].src.Name, results)
	}
	p := t.printer(v)
	p.wrap("", p.bold(plain(all[0].src.Title)))
	for _, c := range all {
		mine := v.of(c.src)
		p.head(c.college.Rule.String())
		p.wrap("  ", c.decision(mine))
		p.table([]column{{v.T("tallied.word.option"), false, true}, {v.T("tallied.word.weight"), true, false}, {v.T("tallied.word.share"), true, false}}, c.optionRows(mine))
	}
	return ExitOK, p.err
}
