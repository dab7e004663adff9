package main

import (
	"time"

	"commun/internal/features/vitality/report"
)

type vitalityCmd struct {
	Paths    []string `arg:"" name:"path"`
	Window   string   `name:"window" placeholder:"WINDOW"`
	Since    string   `name:"since" placeholder:"DAY"`
	Ref      string   `name:"ref" placeholder:"REF"`
	JSON     bool     `name:"json"`
	CSV      string   `name:"csv" placeholder:"DIR"`
	AllFiles bool     `name:"all-files"` // nothing is left out so far, so that there is nothing to switch off
	Check    bool     `name:"check"`
	FailIf   []string `name:"fail-if" sep:"none" placeholder:"CONDITION"`
}

func (vitalityCmd) Examples() []example {
	return []example{{"commun vitality .", ""}, {"commun vitality --window 3y --csv out/ .", "cli.vitality.note_csv"},
		{"commun vitality --json garden.git orchard.git", "cli.vitality.note_json"}, {"commun vitality --fail-if 'absence_factor<2' .", "cli.vitality.note_ci"}}
}

func (c *vitalityCmd) order() report.Order {
	return report.Order{Paths: c.Paths, Window: c.Window, Since: c.Since, Ref: c.Ref, JSON: c.JSON, CSV: c.CSV, Check: c.Check, FailIf: c.FailIf, Now: time.Now()}
}

// Validate is called by kong.
func (c *vitalityCmd) Validate() error { return c.order().Validate() }

func (c *vitalityCmd) Run(e *env) error {
	o := c.order()
	o.Lang = report.Lang(e.l.Lang())
	status, err := report.Run(e.ctx, o, e.stdout, e.stderr)
	if err == nil && status != report.ExitOK {
		return exit(status)
	}
	return err
}
