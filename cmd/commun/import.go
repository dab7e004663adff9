package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"

	"commun/internal/app"
	"commun/internal/platform/config"
	"commun/internal/platform/i18n"
)

type importCmd struct {
	List           string `arg:""`
	config.Place   `embed:""`
	config.Logging `embed:""`
	config.Reach   `embed:""`
	URL            string `name:"url" var:"COMMUN_URL" placeholder:"URL" say:"cli.people.flag_url"`
	Fetch          bool   `name:"fetch"`
	NoWait         bool   `name:"no-wait"`
}

func (importCmd) Examples() []example {
	return []example{{"commun import addresses.txt", ""}, {"commun import folder-of-publiccode-files --fetch", "cli.import.note_folder"},
		{"sort -u *.txt | commun import -", "cli.import.note_pipe"}}
}

func (c *importCmd) Run(e *env) error {
	order := app.ImportOrder{Name: filepath.Base(c.List), Fetch: c.Fetch, Wait: !c.NoWait}
	switch info, err := os.Stat(c.List); {
	case c.List == "-":
		b, err := io.ReadAll(os.Stdin)
		if err != nil {
			return fmt.Errorf("read the list: %w", err)
		}
		order.Name, order.Text = e.l.T("cli.import.standard_input"), string(b)
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
	cfg := config.Config{Place: c.Place, Logging: c.Logging, Reach: c.Reach, URL: c.URL, Workers: 4}
	bar := progressBar(e)
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
					_, _ = fmt.Fprintf(e.stdout, "%s\n%s\n", e.l.T("cli.import.sum", i18n.Args{"added": n.Sum["added"], "updated": n.Sum["updated"],
						"existed": n.Sum["existed"], "refused": refused}), n.Page)
				case n.Line > 0:
					bar.end()
					c.say(e, n)
				case n.Reading > 0:
					bar.say(e.l.T("cli.import.reading", i18n.Args{"count": n.Reading}))
				default:
					bar.show(int64(n.Done), int64(n.Total))
				}
			}
		})
	})
	if said, ok := errors.AsType[app.Said](err); ok { // it is about the list: name it
		return app.Said(e.l.T("cli.import.of", i18n.Args{"list": c.List, "why": string(said)}))
	}
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
