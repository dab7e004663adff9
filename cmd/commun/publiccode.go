package main

import (
	"cmp"
	"io"
	"os"

	"commun/formats/publiccode"
)

type publicCodeCmd struct {
	Check checkCmd `cmd:""`
}

type checkCmd struct {
	Files []string `arg:"" name:"file"`
	JSON  bool     `name:"json"`
	Lang  string   `name:"lang" placeholder:"LANGUAGE"`
}

func (checkCmd) Examples() []example {
	return []example{{"commun publiccode check publiccode.yml", ""}, {"commun publiccode check --json */publiccode.yml", "cli.publiccode_check.note_json"}}
}

// Validate is called by kong.
func (c *checkCmd) Validate() error {
	if c.Lang == "" {
		return nil
	}
	return oneOf("--lang", c.Lang, "en", "fr")
}

func (c *checkCmd) Run(e *env) error {
	lang := cmp.Or(c.Lang, e.l.Lang())
	bad := false
	for _, name := range c.Files {
		rep, err := c.check(name, lang)
		if err != nil {
			return err
		}
		bad = bad || !rep.Valid
		write := rep.WriteText
		if c.JSON {
			write = rep.WriteJSON
		}
		if err := write(e.stdout); err != nil {
			return err
		}
	}
	if bad {
		return exit(1)
	}
	return nil
}

func (c *checkCmd) check(name, lang string) (publiccode.Report, error) {
	in := io.Reader(os.Stdin)
	if name != "-" {
		f, err := open(name)
		if err != nil {
			return publiccode.Report{}, err
		}
		defer func() { _ = f.Close() }() // read only
		in = f
	}
	file, err := publiccode.Read(in, publiccode.Limits{})
	return publiccode.NewReport(name, file, err, lang), nil
}
