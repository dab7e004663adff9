package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"
	"text/tabwriter"

	"commun/internal/app"
	"commun/internal/core/people"
	"commun/internal/platform/config"
	"commun/internal/platform/fault"
	"commun/internal/platform/i18n"
)

type peopleCmd struct {
	Link   linkCmd   `cmd:""`
	Setup  setupCmd  `cmd:""`
	List   listCmd   `cmd:""`
	Role   roleCmd   `cmd:""`
	Forget forgetCmd `cmd:""`
}

// running is what a command needs to reach the program.
type running struct {
	config.Place   `embed:""`
	config.Logging `embed:""`
	URL            string `name:"url" var:"COMMUN_URL" placeholder:"URL" say:"cli.people.flag_url"`
}

func (r running) config() config.Config {
	return config.Config{Place: r.Place, Logging: r.Logging, URL: r.URL}
}

// logger logs what a command that is no server does: warnings alone, unless somebody asked for more.
func (e *env) logger(l config.Logging) *slog.Logger {
	if l.Level == "" || e.loader.Sources(e.kong).Of("COMMUN_LOG") == config.FromDefault {
		l.Level = "warn"
	}
	return slog.New(l.Handler(os.Stderr))
}

// withInstance is withControl for what makes no sense in a new instance: a folder that was mistyped is said, and nothing is made in it.
func withInstance(e *env, c config.Config, f func(*app.Control) error) error {
	if err := app.MustExist(c.Place); err != nil {
		return err
	}
	return withControl(e, c, f)
}

// withControl runs f with the program of a data folder, whoever runs it. What only the server is told has its default here.
func withControl(e *env, c config.Config, f func(*app.Control) error) error {
	c.Addr, c.Lang = ":8080", "en"
	c.Workers = max(c.Workers, 1)
	k, err := app.Reach(e.ctx, c, e.l.Lang(), e.logger(c.Logging))
	if err != nil {
		return err
	}
	return errors.Join(f(k), k.Close(e.ctx))
}

// printLink prints the link of an answer.
func printLink(e *env) func(io.Reader) error {
	return func(r io.Reader) error {
		var out struct{ Link string }
		if err := json.NewDecoder(r).Decode(&out); err != nil {
			return fmt.Errorf("read the answer: %w", err)
		}
		_, err := fmt.Fprintln(e.stdout, out.Link)
		return err
	}
}

type linkCmd struct {
	Email   string `arg:""`
	running `embed:""`
}

func (linkCmd) Examples() []example {
	return []example{{"commun people link ana@example.org", ""}}
}

func (c *linkCmd) Run(e *env) error {
	return withInstance(e, c.config(), func(k *app.Control) error {
		return k.Do(e.ctx, "/people/link", map[string]string{"Email": c.Email}, printLink(e))
	})
}

type setupCmd struct {
	running `embed:""`
}

func (setupCmd) Examples() []example {
	return []example{{"commun people setup", ""}}
}

func (c *setupCmd) Run(e *env) error {
	return withControl(e, c.config(), func(k *app.Control) error { return k.Do(e.ctx, "/people/setup", nil, printLink(e)) })
}

type listCmd struct {
	running `embed:""`
	JSON    bool `name:"json"`
}

func (listCmd) Examples() []example {
	return []example{{"commun people list", ""}, {"commun people list --json", "cli.people_list.note_json"}}
}

func (c *listCmd) Run(e *env) error {
	return withInstance(e, c.config(), func(k *app.Control) error {
		return k.Do(e.ctx, "/people/list", nil, func(r io.Reader) error {
			if c.JSON {
				_, err := io.Copy(e.stdout, r)
				return err
			}
			t := tabwriter.NewWriter(e.stdout, 0, 0, 2, ' ', 0)
			dec := json.NewDecoder(r)
			for {
				var p people.Person
				if err := dec.Decode(&p); errors.Is(err, io.EOF) {
					return t.Flush()
				} else if err != nil {
					return fmt.Errorf("read the answer: %w", err)
				}
				if p.Forgotten {
					p.Name = e.l.T("cli.people_list.forgotten")
				}
				_, _ = fmt.Fprintf(t, "%s\t%s\t%s\n", p.ID, p.Email, p.Name) // an error shows at Flush
			}
		})
	})
}

type roleCmd struct {
	Email   string `arg:""`
	Role    string `arg:""`
	On      string `name:"on" placeholder:"COMMONS"`
	Take    bool   `name:"take"`
	running `embed:""`
}

func (roleCmd) Examples() []example {
	return []example{{"commun people role ana@example.org admin", ""}, {"commun people role ana@example.org steward --on the-garden", "cli.people_role.note_on"},
		{"commun people role ana@example.org admin --take", "cli.people_role.note_take"}}
}

// Validate is called by kong.
func (c *roleCmd) Validate() error {
	switch c.Role {
	case "": // that it is missing, kong says
		return nil
	case "admin":
		if c.On != "" {
			return fault.Invalid("on", "cli.people_role.admin_on").With("commons", c.On)
		}
		return nil
	case "steward", "contributor", "observer":
		if c.On == "" {
			return fault.Invalid("on", "cli.people_role.no_on").With("role", c.Role).With("email", c.Email)
		}
		return nil
	}
	return fault.Invalid("role", "cli.people_role.unknown").With("value", c.Role)
}

func (c *roleCmd) Run(e *env) error {
	return withInstance(e, c.config(), func(k *app.Control) error {
		return k.Do(e.ctx, "/people/role", map[string]any{"Email": c.Email, "Owner": c.On, "Role": c.Role, "Take": c.Take}, nil)
	})
}

type forgetCmd struct {
	Email   string   `arg:""`
	Names   []string `name:"name" sep:"none" placeholder:"NAME"`
	running `embed:""`
}

func (forgetCmd) Examples() []example {
	return []example{{"commun people forget ana@example.org", ""}, {"commun people forget ana@example.org --name 'Ana Vidal'", "cli.people_forget.note_name"}}
}

func (c *forgetCmd) Run(e *env) error {
	return withInstance(e, c.config(), func(k *app.Control) error {
		return k.Do(e.ctx, "/people/forget", map[string]any{"Email": c.Email, "Names": c.Names}, func(r io.Reader) error {
			var out struct{ Asked int }
			if err := json.NewDecoder(r).Decode(&out); err != nil {
				return fmt.Errorf("read the answer: %w", err)
			}
			if out.Asked > 0 {
				_, _ = fmt.Fprintln(e.stdout, e.l.T("cli.people_forget.asked", i18n.Args{"count": out.Asked}))
			}
			return nil
		})
	})
}
