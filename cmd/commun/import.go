package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"

	"commun/formats/publiccode"
	"commun/internal/app"
	"commun/internal/platform/config"
)

type importCmd struct {
	List           string `arg:"" help:"A file of addresses, one a line (- reads them from standard input), or a folder of publiccode.yml files."`
	config.Place   `embed:""`
	config.Logging `embed:""`
	config.Reach   `embed:""`
	URL            string `name:"url" var:"COMMUN_URL" help:"Public address of the instance."`
	Fetch          bool   `name:"fetch" help:"For a folder: read the repositories that the files name too."`
	NoWait         bool   `name:"no-wait" help:"Do not wait until the repositories were read; a running server goes on with it."`
}

func (importCmd) Help() string {
	return `Adds every commons of the list; what is there already stays as it is, so a list may be given again. Says for each line what came in with
remarks, or why not. Works beside a running server, and without one. Blank lines and lines that begin with # are left out.

  commun import addresses.txt
  commun import folder-of-publiccode-files
  git ls-remote … | commun import -`
}

func (c *importCmd) Run(e *env) error {
	order := app.ImportOrder{Name: filepath.Base(c.List), Fetch: c.Fetch, Wait: !c.NoWait}
	switch info, err := os.Stat(c.List); {
	case c.List == "-":
		b, err := io.ReadAll(os.Stdin)
		if err != nil {
			return fmt.Errorf("read the list: %w", err)
		}
		order.Name, order.Text = "standard input", string(b)
	case err != nil:
		return fmt.Errorf("read the list: %w", err)
	case info.IsDir():
		if order.Folder, err = filepath.Abs(c.List); err != nil {
			return err
		}
	default:
		b, err := os.ReadFile(c.List)
		if err != nil {
			return fmt.Errorf("read the list: %w", err)
		}
		order.Text = string(b)
	}
	cfg := config.Config{Place: c.Place, Logging: c.Logging, Reach: c.Reach, URL: c.URL, Addr: ":8080", Lang: "en", Workers: 4}
	bar := progressBar(e.stderr)
	refused := 0
	err := withControl(e, cfg, func(k *app.Control) error {
		return k.Do(e.ctx, "/import", order, func(r io.Reader) error {
			dec := json.NewDecoder(r)
			for {
				var n app.ImportNews
				if err := dec.Decode(&n); errors.Is(err, io.EOF) {
					return nil
				} else if err != nil {
					return fmt.Errorf("read the answer: %w", err)
				}
				switch {
				case n.Sum != nil:
					bar.end()
					refused = n.Sum["refused"]
					_, _ = fmt.Fprintf(e.stdout, "%d added, %d updated, %d were there, %d refused\n%s\n", n.Sum["added"], n.Sum["updated"], n.Sum["existed"], refused, n.Page)
				case n.Line > 0:
					bar.end()
					c.say(e, n)
				case n.Reading > 0:
					bar.say(fmt.Sprintf("%d repositories to read", n.Reading))
				default:
					bar.show(int64(n.Done), int64(n.Total))
				}
			}
		})
	})
	if err == nil && refused > 0 {
		return exit(1)
	}
	return err
}

func (c *importCmd) say(e *env, n app.ImportNews) {
	if n.Why != "" {
		_, _ = fmt.Fprintf(e.stdout, "%s:%d: %s: %s\n", c.List, n.Line, n.Text, n.Why)
	}
	for _, m := range n.Remarks {
		_, _ = fmt.Fprintf(e.stdout, "%s:%d: %s: %s\n", c.List, n.Line, n.Text, m)
	}
}

type publicCodeCmd struct {
	Check checkCmd `cmd:"" help:"Say what is wrong in files, at which line, and how to mend it."`
}

type checkCmd struct {
	Files []string `arg:"" help:"publiccode.yml files; - reads standard input."`
	JSON  bool     `name:"json" help:"One object a line: file, version, valid, problems."`
	Lang  string   `name:"lang" default:"" help:"Language of the sentences: en or fr; by default that of the terminal."`
}

func (checkCmd) Help() string {
	return `Judges each file by the version of the standard that it declares; no network is needed. A file that can't be read in full is judged for what
can be. Exits with 1 when one is not valid.

  commun publiccode check publiccode.yml
  commun publiccode check --json */publiccode.yml`
}

func (c *checkCmd) Run(e *env) error {
	lang := c.Lang
	if lang == "" {
		lang = "en"
		if strings.HasPrefix(os.Getenv("LC_ALL")+os.Getenv("LC_MESSAGES")+os.Getenv("LANG"), "fr") {
			lang = "fr"
		}
	}
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
		f, err := os.Open(name)
		if err != nil {
			return publiccode.Report{}, err
		}
		defer func() { _ = f.Close() }() // read only
		in = f
	}
	file, err := publiccode.Read(in, publiccode.Limits{})
	return publiccode.NewReport(name, file, err, lang), nil
}
