package main

import (
	"os"

	"commun/internal/features/tally/report"
	vitality "commun/internal/features/vitality/report"
)

type tallyCmd struct {
	Count   tallyCountCmd   `cmd:"" default:"withargs"`
	Rules   tallyRulesCmd   `cmd:""`
	Compare tallyCompareCmd `cmd:""`
	Recount tallyRecountCmd `cmd:""`
	Publish tallyPublishCmd `cmd:""`
}

// speaking says in which language a command of tally speaks.
type speaking struct {
	Lang string `name:"lang" placeholder:"LANGUAGE" say:"cli.tally.flag_lang"`
}

// terminal is where a command of tally speaks. A page that asks for no colour, or a terminal that has none, gets none.
func (s speaking) terminal(e *env) (report.Terminal, error) {
	t := report.Terminal{Out: e.stdout, Err: e.stderr, Lang: e.l.Lang()}
	if s.Lang != "" {
		if err := oneOf("--lang", s.Lang, "en", "fr"); err != nil {
			return t, err
		}
		t.Lang = s.Lang
		e.l = e.words.For(s.Lang)
	}
	width, tty := vitality.TerminalWidth(e.stdout)
	t.Width, t.ANSI = min(width, 110), tty && os.Getenv("NO_COLOR") == "" && os.Getenv("TERM") != "dumb"
	return t, nil
}

// ended turns a status into what main knows.
func ended(status int, err error) error {
	if err == nil && status != report.ExitOK {
		return exit(status)
	}
	return err
}

type tallyCountCmd struct {
	File        string `arg:"" name:"file"`
	Rule        string `name:"rule" placeholder:"RULE"`
	JSON        bool   `name:"json"`
	HTML        string `name:"html" placeholder:"FILE"`
	CSV         string `name:"csv" placeholder:"DIR"`
	Constraints string `name:"constraints" placeholder:"FILE"`
	Ballot      string `name:"ballot" placeholder:"VOTER"`
	Missing     string `name:"missing" placeholder:"HOW"`
	Seats       int    `name:"seats" placeholder:"NUMBER"`
	Question    string `name:"question" placeholder:"QUESTION"`
	Despite     bool   `name:"despite-errors"`
	speaking
}

func (tallyCountCmd) Examples() []example {
	return []example{{"commun tally budget.pb", "cli.tally_count.note_file"}, {"commun tally budget.pb --rule equal-shares,completion=add1 --html result.html", "cli.tally_count.note_page"},
		{"commun tally budget.pb --ballot 4711", "cli.tally_count.note_ballot"}, {"commun tally ward.blt --rule stv-scottish --json > result.json", "cli.tally_count.note_election"},
		{"commun tally vote.csv --rule college,weights=users:60+public:40,caps=city:30%", "cli.tally_count.note_assembly"}}
}

func (c *tallyCountCmd) order() report.Order {
	return report.Order{File: c.File, Rule: c.Rule, JSON: c.JSON, HTML: c.HTML, CSV: c.CSV, Constraints: c.Constraints, Ballot: c.Ballot,
		Missing: c.Missing, Seats: c.Seats, Question: c.Question, Despite: c.Despite}
}

// Validate is called by kong.
func (c *tallyCountCmd) Validate() error { return c.order().Validate() }

func (c *tallyCountCmd) Run(e *env) error {
	t, err := c.terminal(e)
	if err != nil {
		return err
	}
	return ended(report.Count(e.ctx, c.order(), t))
}

type tallyRulesCmd struct {
	JSON bool `name:"json"`
	speaking
}

func (c *tallyRulesCmd) Run(e *env) error {
	t, err := c.terminal(e)
	if err != nil {
		return err
	}
	return report.Rules(t, c.JSON)
}

type tallyCompareCmd struct {
	File        string   `arg:"" name:"file"`
	Rules       []string `name:"rules" sep:"none" placeholder:"RULES"`
	Constraints string   `name:"constraints" placeholder:"FILE" say:"cli.tally_count.flag_constraints"`
	JSON        bool     `name:"json"`
	Despite     bool     `name:"despite-errors" say:"cli.tally_count.flag_despite_errors"`
	speaking
}

func (tallyCompareCmd) Examples() []example {
	return []example{{"commun tally compare budget.pb --rules greedy,equal-shares", ""},
		{"commun tally compare budget.pb --rules 'greedy;equal-shares,utility=count;phragmen'", "cli.tally_compare.note_keys"}}
}

func (c *tallyCompareCmd) Run(e *env) error {
	t, err := c.terminal(e)
	if err != nil {
		return err
	}
	return ended(report.Compare(e.ctx, report.Comparison{File: c.File, Rules: c.Rules, Constraints: c.Constraints, JSON: c.JSON, Despite: c.Despite}, t))
}

type tallyRecountCmd struct {
	Result      string `arg:"" name:"result"`
	File        string `arg:"" name:"file"`
	Constraints string `name:"constraints" placeholder:"FILE" say:"cli.tally_count.flag_constraints"`
	Despite     bool   `name:"despite-errors" say:"cli.tally_count.flag_despite_errors"`
	speaking
}

func (tallyRecountCmd) Examples() []example {
	return []example{{"commun tally budget.pb --json > result.json", ""}, {"commun tally recount result.json budget.pb", ""}}
}

func (c *tallyRecountCmd) Run(e *env) error {
	t, err := c.terminal(e)
	if err != nil {
		return err
	}
	return ended(report.Recount(e.ctx, report.Recounting{Result: c.Result, File: c.File, Constraints: c.Constraints, Despite: c.Despite}, t))
}

type tallyPublishCmd struct {
	File string `arg:"" name:"file"`
	Out  string `name:"out" placeholder:"FILE"`
	Cell int    `name:"cell" placeholder:"NUMBER"`
	Seed string `name:"seed" placeholder:"SEED"`
	speaking
}

func (tallyPublishCmd) Examples() []example {
	return []example{{"commun tally publish ballots.pb > published.pb", ""}, {"commun tally publish ballots.pb --cell 10 --out published.pb", "cli.tally_publish.note_cell"}}
}

func (c *tallyPublishCmd) Run(e *env) error {
	t, err := c.terminal(e)
	if err != nil {
		return err
	}
	return ended(report.Publish(e.ctx, report.Publishing{File: c.File, Seed: c.Seed, Cell: c.Cell, Out: c.Out}, t))
}
