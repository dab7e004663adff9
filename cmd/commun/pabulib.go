package main

import (
	"os"

	"commun/internal/features/tally/report"
)

type pabulibCmd struct {
	Check pabulibCheckCmd `cmd:""`
}

type pabulibCheckCmd struct {
	Files []string `arg:"" name:"file"`
	JSON  bool     `name:"json"`
	speaking
}

func (pabulibCheckCmd) Examples() []example {
	return []example{{"commun pabulib check budget.pb", ""}, {"commun pabulib check --json *.pb", "cli.pabulib_check.note_json"}}
}

func (c *pabulibCheckCmd) Run(e *env) error {
	t, err := c.terminal(e)
	if err != nil {
		return err
	}
	return ended(report.CheckPabulib(e.ctx, c.Files, c.JSON, os.Stdin, t))
}
