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
)

type peopleCmd struct {
	Link   linkCmd   `cmd:"" help:"Print a link that signs somebody in, once, within ten minutes."`
	Setup  setupCmd  `cmd:"" help:"Print the link that makes the first administrator."`
	List   listCmd   `cmd:"" help:"List accounts."`
	Role   roleCmd   `cmd:"" help:"Give or take a role."`
	Forget forgetCmd `cmd:"" help:"Forget a person: name, address and who did what go, the record stays whole."`
}

// running is what a command needs to reach the program.
type running struct {
	config.Place   `embed:""`
	config.Logging `embed:""`
	URL            string `name:"url" var:"COMMUN_URL" help:"Public address of the instance, for the link; the running server's own is used when there is one."`
}

func (r running) config() config.Config {
	return config.Config{Place: r.Place, Logging: r.Logging, URL: r.URL, Addr: ":8080", Lang: "en", Workers: 1}
}

func logger(l config.Logging) *slog.Logger { return slog.New(l.Handler(os.Stderr)) }

// withInstance is withControl for what makes no sense in a new instance: a folder that was mistyped is said, and nothing is made in it.
func withInstance(e *env, c config.Config, f func(*app.Control) error) error {
	if err := app.MustExist(c.Place); err != nil {
		return err
	}
	return withControl(e, c, f)
}

// withControl runs f with the program of a data folder, whoever runs it.
func withControl(e *env, c config.Config, f func(*app.Control) error) error {
	if c.Workers == 0 {
		c.Workers, c.Lang, c.Addr = 1, "en", ":8080"
	}
	c.Level = "warn"
	k, err := app.Reach(e.ctx, c, logger(c.Logging))
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
	Email   string `arg:"" help:"The address of an account."`
	running `embed:""`
}

func (c *linkCmd) Run(e *env) error {
	return withInstance(e, c.config(), func(k *app.Control) error {
		return k.Do(e.ctx, "/people/link", map[string]string{"Email": c.Email}, printLink(e))
	})
}

type setupCmd struct {
	running `embed:""`
}

func (c *setupCmd) Run(e *env) error {
	return withControl(e, c.config(), func(k *app.Control) error { return k.Do(e.ctx, "/people/setup", nil, printLink(e)) })
}

type listCmd struct {
	running `embed:""`
	JSON    bool `name:"json" help:"One object a line."`
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
					p.Name = "(forgotten)"
				}
				_, _ = fmt.Fprintf(t, "%s\t%s\t%s\n", p.ID, p.Email, p.Name) // an error shows at Flush
			}
		})
	})
}

type roleCmd struct {
	Email   string `arg:"" help:"The address of an account."`
	Role    string `arg:"" enum:"admin,steward,contributor,observer" help:"admin (of the instance), steward, contributor or observer (of a commons)."`
	On      string `name:"on" help:"The commons, as in its address; none for the instance."`
	Take    bool   `name:"take" help:"Take the role back instead of giving it."`
	running `embed:""`
}

func (c *roleCmd) Run(e *env) error {
	return withInstance(e, c.config(), func(k *app.Control) error {
		return k.Do(e.ctx, "/people/role", map[string]any{"Email": c.Email, "Owner": c.On, "Role": c.Role, "Take": c.Take}, nil)
	})
}

type forgetCmd struct {
	Email   string `arg:"" help:"The address of an account."`
	running `embed:""`
}

func (c *forgetCmd) Run(e *env) error {
	return withInstance(e, c.config(), func(k *app.Control) error {
		return k.Do(e.ctx, "/people/forget", map[string]string{"Email": c.Email}, nil)
	})
}
