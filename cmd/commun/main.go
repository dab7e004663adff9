// Command commun finds, funds, runs and measures digital commons. This file only reads the command line; package app does the work.
package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"
	"os/signal"
	"regexp"
	"strings"
	"syscall"

	"github.com/alecthomas/kong"

	"commun/internal/app"
	"commun/internal/features/vitality/report"
	"commun/internal/platform/config"
	"commun/internal/platform/mail"
)

// verbs is the command line.
type verbs struct {
	Serve      serveCmd      `cmd:"" help:"Run the web server."`
	Import     importCmd     `cmd:"" help:"Add many commons from a list of addresses or a folder of publiccode.yml files."`
	Vitality   vitalityCmd   `cmd:"" passthrough:"" help:"Measure who keeps a repository alive, from its history alone."`
	PublicCode publicCodeCmd `cmd:"" name:"publiccode" help:"Judge publiccode.yml files."`
	Verify     verifyCmd     `cmd:"" help:"Prove that the record of all that was done is whole."`
	Prove      proveCmd      `cmd:"" help:"Print the proof that one entry is in the record."`
	Backup     backupCmd     `cmd:"" help:"Save everything in one file, while the server runs."`
	Restore    restoreCmd    `cmd:"" help:"Fill an empty instance from a backup."`
	People     peopleCmd     `cmd:"" help:"Accounts: links, roles, forgetting."`
	Config     configCmd     `cmd:"" help:"Print the settings in force, secrets hidden, and where each comes from."`
	Version    versionCmd    `cmd:"" help:"Print the program's version."`
}

// env is what a command runs in.
type env struct {
	ctx            context.Context
	stdout, stderr io.Writer
	loader         *config.Loader
	kong           *kong.Context
}

// exit ends the program with a status, having said why already.
type exit int

func (e exit) Error() string { return fmt.Sprintf("exit status %d", int(e)) }

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	os.Exit(run(ctx, os.Args[1:], os.Environ(), os.Stdout, os.Stderr))
}

// run executes one command line and returns the status to exit with: 0 done, 1 the answer is no, 2 the command can't be carried out.
func run(ctx context.Context, args, environ []string, stdout, stderr io.Writer) int {
	if len(args) > 0 && args[0] == "vitality" {
		return report.Run(ctx, args[1:], os.Stdin, stdout, stderr)
	}
	var v verbs
	loader := config.NewLoader(environ)
	status := -1
	parser, err := kong.New(&v, append(loader.Options(), kong.Name("commun"), kong.Writers(stdout, stderr),
		kong.Description("Find, fund, run and measure digital commons. «commun serve» starts; everything else helps who runs it."),
		kong.ConfigureHelp(kong.HelpOptions{Compact: true, WrapUpperBound: 100}),
		kong.Exit(func(code int) { status = code }))...)
	if err != nil {
		_, _ = fmt.Fprintln(stderr, "commun:", err)
		return 2
	}
	if len(args) == 0 {
		args = []string{"--help"}
	}
	k, err := parser.Parse(args)
	if status >= 0 {
		return status // --help was printed
	}
	if err != nil {
		_, _ = fmt.Fprintln(stderr, mistake(err))
		return 2
	}
	err = k.Run(&env{ctx: ctx, stdout: stdout, stderr: stderr, loader: loader, kong: k})
	var code exit
	switch {
	case errors.As(err, &code):
		return int(code)
	case err != nil:
		_, _ = fmt.Fprintln(stderr, "commun:", app.Sentence(err))
		return 2
	}
	return 0
}

// missing is how kong says that an argument or a verb is not there.
var missing = regexp.MustCompile(`^expected "<([a-z-]+)>(?: \.\.\.)?"$`)

// mistake says what is wrong with a command line, and which page of help to read.
func mistake(err error) string {
	text, verb := err.Error(), "commun"
	if p, ok := errors.AsType[*kong.ParseError](err); ok && p.Context != nil {
		for _, part := range p.Context.Path {
			if part.Command != nil {
				verb = "commun " + part.Command.Path()
			}
		}
	}
	if m := missing.FindStringSubmatch(text); m != nil {
		text = strings.ToUpper(m[1]) + " is missing"
	} else if rest, ok := strings.CutPrefix(text, "expected "); ok && verb != "commun" && strings.HasPrefix(rest, `"`) {
		text = "a verb is missing: " + rest
	} else if rest, ok := strings.CutPrefix(text, "expected one of "); ok {
		text = "a verb is missing: one of " + rest
	} else if rest, ok := strings.CutPrefix(text, "unexpected argument "); ok && verb == "commun" {
		text = "there is no verb " + rest
	}
	return "commun: " + text + "\nTry: " + verb + " --help"
}

type versionCmd struct{}

func (versionCmd) Run(e *env) error {
	_, err := fmt.Fprintln(e.stdout, "commun", app.Version())
	return err
}

type vitalityCmd struct {
	Args []string `arg:"" optional:"" help:"A repository, and options: see commun vitality --help."`
}

type configCmd struct {
	config.Config `embed:""`
}

func (configCmd) Help() string {
	return `Every setting is a flag of «commun serve» and a variable. A flag wins over a variable, a variable over the default. NAME_FILE reads the
value of NAME from a file, so that a secret need not stand in the environment.

  commun config
  COMMUN_SMTP='smtp://me:secret@mail.example.org:587?from=commun@example.org' commun config`
}

func (c *configCmd) Run(e *env) error {
	if err := c.Validate(); err != nil {
		return err
	}
	return config.Print(e.stdout, c.Config, e.loader.Sources(e.kong))
}

type serveCmd struct {
	config.Config `embed:""`
}

func (serveCmd) Help() string {
	return `Starts with nothing else to install: a SQLite database and files in ./data. The first start prints a link that makes you the
administrator. Behind a reverse proxy, say the public address and which proxy to believe:

  commun serve
  commun serve --url https://commons.example.org --trusted-proxy 127.0.0.1
  commun serve --database postgres://commun@db.example.org/commun

Stop it with Ctrl-C: what runs ends in order. A process that is killed loses nothing that was acknowledged; its jobs start again.`
}

func (c *serveCmd) Run(e *env) error {
	if err := c.Validate(); err != nil {
		return err
	}
	log := slog.New(c.Handler(os.Stderr))
	for _, name := range config.Unknown(os.Environ()) {
		log.Warn("this variable is none of ours: is it misspelt?", "variable", name)
	}
	terminal, ok := mail.TerminalOf(os.Stdout)
	if !ok {
		terminal = nil // a pipe or a file may be a log, and a sign-in link is a secret
	}
	return app.Serve(e.ctx, c.Config, log, terminal, e.stdout)
}
