// Command commun finds, funds, runs and measures digital commons. This package only reads the command line and prints what comes of it; package
// app does the work.
//
// A verb is a struct with a Run method, and one line in verbs. Its sentences are messages in messages/: for the verb "people link" those of the
// table [cli.people_link]: about (its line in lists), more (paragraphs of its page of help, optional), arg_NAME and flag_NAME for each argument
// and flag that is its own. A flag with a `var` tag is a setting: package config says what it is. A tag `say:"KEY"` names another message. The
// word that stands for a value (DIR, URL) is cli.word.NAME. Examples, if the struct has that method, are commands to be typed.
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
	"slices"
	"strings"
	"syscall"

	"github.com/alecthomas/kong"

	"commun/internal/app"
	"commun/internal/platform/config"
	"commun/internal/platform/i18n"
	"commun/internal/platform/mail"
)

// verbs is the command line.
type verbs struct {
	Serve      serveCmd      `cmd:""`
	Import     importCmd     `cmd:""`
	Vitality   vitalityCmd   `cmd:""`
	PublicCode publicCodeCmd `cmd:"" name:"publiccode"`
	Tally      tallyCmd      `cmd:""`
	Pabulib    pabulibCmd    `cmd:""`
	Verify     verifyCmd     `cmd:""`
	Prove      proveCmd      `cmd:""`
	Backup     backupCmd     `cmd:""`
	Restore    restoreCmd    `cmd:""`
	People     peopleCmd     `cmd:""`
	Config     configCmd     `cmd:""`
	Version    versionCmd    `cmd:""`
}

// env is what a command runs in.
type env struct {
	ctx            context.Context
	words          *i18n.Bundle
	l              *i18n.Localizer // the voice of the terminal, or that which a command was asked to speak with
	stdout, stderr io.Writer
	loader         *config.Loader
	kong           *kong.Context
}

// english is the voice of what programs read, whatever the terminal speaks.
func (e *env) english() *i18n.Localizer { return e.words.For("en") }

// exit ends the program with a status, having said why already.
type exit int

func (e exit) Error() string { return fmt.Sprintf("exit status %d", int(e)) }

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	os.Exit(run(ctx, os.Args[1:], os.Environ(), os.Stdout, os.Stderr))
}

// run executes one command line and returns the status to exit with: 0 done, 1 the answer is no, 2 the command can't be carried out. Vitality
// has a 3 besides: not measured.
func run(ctx context.Context, args, environ []string, stdout, stderr io.Writer) int {
	words, err := words()
	if err != nil {
		_, _ = fmt.Fprintln(stderr, "commun:", err) // without messages there is no other language
		return 2
	}
	l := words.For(i18n.OfTerminal(environ))
	loader := config.NewLoader(environ)
	status := -1
	parser, err := newParser(&verbs{}, l, loader, stdout, stderr, func(code int) { status = code })
	if err != nil {
		_, _ = fmt.Fprintln(stderr, "commun:", err)
		return 2
	}
	switch {
	case len(args) == 0:
		args = []string{"--help"}
	case args[0] == "--version": // as other programs have it
		args = []string{"version"}
	case args[0] == "help": // "commun help people list", as other programs have it
		asked := func(s string) bool { return s == "--help" || s == "-h" }
		args = append(slices.DeleteFunc(slices.Clone(args[1:]), asked), "--help") // each would print the page
	}
	k, err := parser.Parse(joined(args))
	if status >= 0 {
		return status // --help was printed
	}
	if err != nil {
		_, _ = fmt.Fprintln(stderr, mistake(l, err))
		return 2
	}
	e := &env{ctx: ctx, words: words, l: l, stdout: stdout, stderr: stderr, loader: loader, kong: k}
	err = k.Run(e)
	var code exit
	switch {
	case errors.As(err, &code):
		return int(code)
	case err != nil:
		_, _ = fmt.Fprintln(stderr, "commun:", app.Explain(e.l, err))
		return 2
	}
	return 0
}

// negative is a number that looks like a flag. No flag of ours is a digit.
var negative = regexp.MustCompile(`^-[0-9]`)

// joined writes "--workers -5" as "--workers=-5", so that what is said of it is what is wrong with the number.
func joined(args []string) []string {
	var out []string
	for i, a := range args {
		if i > 0 && negative.MatchString(a) && strings.HasPrefix(args[i-1], "--") && len(args[i-1]) > 2 && !strings.Contains(args[i-1], "=") {
			out[len(out)-1] += "=" + a
			continue
		}
		out = append(out, a)
	}
	return out
}

// newParser returns the parser of the command line v, which says its help in words of l and calls ended once it was said.
func newParser(v any, l *i18n.Localizer, loader *config.Loader, stdout, stderr io.Writer, ended func(int)) (*kong.Kong, error) {
	return kong.New(v, append(loader.Options(), kong.Name("commun"), kong.Writers(stdout, stderr), kong.Help(helpIn(l)), kong.Exit(ended))...)
}

type versionCmd struct{}

func (versionCmd) Run(e *env) error {
	_, err := fmt.Fprintln(e.stdout, "commun", app.Version())
	return err
}

type configCmd struct {
	config.Config `embed:""`
}

func (configCmd) Examples() []example {
	return []example{{"commun config", ""}, {"commun config --lang fr --addr :9000", "cli.config.note_flags"}}
}

func (c *configCmd) Run(e *env) error {
	return config.Print(e.stdout, e.l, c.Config, e.loader.Sources(e.kong))
}

type serveCmd struct {
	config.Config `embed:""`
}

func (serveCmd) Examples() []example {
	return []example{{"commun serve", ""}, {"commun serve --url https://commons.example.org --trusted-proxy 127.0.0.1", "cli.serve.note_proxy"},
		{"commun serve --database postgres://commun@db.example.org/commun", "cli.serve.note_postgres"}}
}

func (c *serveCmd) Run(e *env) error {
	log := slog.New(c.Handler(os.Stderr))
	for _, name := range config.Unknown(os.Environ()) {
		log.Warn("this variable is none of ours: is it misspelt?", "variable", name)
	}
	terminal, ok := mail.TerminalOf(os.Stdout)
	if !ok {
		terminal = nil // a pipe or a file may be a log, and a sign-in link is a secret
	}
	return app.Serve(e.ctx, c.Config, e.l.Lang(), log, terminal, e.stdout)
}
