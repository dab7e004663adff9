package report

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"time"

	"commun/engines/githistory"
	"commun/engines/githistory/gitexec"
)

// The exit codes of Run.
const (
	ExitOK     = 0 // measured, and no --fail-if condition holds
	ExitHolds  = 1 // a --fail-if condition holds, or --check found a difference
	ExitUsage  = 2 // the command line is mistaken
	ExitFailed = 3 // a repository could not be measured, or a file not be written
)

const help = `commun vitality PATH… — who keeps a commons alive, measured from its git history

  commun vitality .                              sentences, sparklines, tables
  commun vitality --window 3y --csv out/ PATH    the figures as CSV files in out/
  commun vitality --json A B                     one JSON object a line, one line a repository
  commun vitality --fail-if 'absence_factor<2' . in CI: ends with 1 when one person carries half

PATH is a git repository or a folder in one, bare or not. Only its history is read; nothing in it is run or changed.

  --window 12m|3y|all   what the sentences and --fail-if speak of (12m); counted back from the last commit
  --since DATE          a day, 2026-01-31: sentences, contributors and months from then on, and the window "since"
  --ref REF             the branch, tag or commit to measure instead of HEAD
  --json                one JSON object a repository; its keys are documented in the reference
  --csv DIR             windows, contributors, months, cohorts and releases as CSV files in DIR
                        (in a folder each, DIR/1, DIR/2, …, when there are several repositories)
  --all-files           count lines of every file (nothing is left out so far: it changes nothing)
  --check               compare every count with git's own; ends with 1 when one differs
  --fail-if 'A<N'       end with 1 when this holds; may be given again. A is absence_factor, absence_factor_lines,
                        elephant_factor, contributors, new_contributors, commits, outside_hours or unknown_share
                        (the last two from 0 to 1); the comparison is < <= > >= = or !=
  --help                this page

Changes are commits that are no merge. Contributors and commits are those of "git shortlog -sne --no-merges HEAD",
lines those of "git log --no-merges --no-renames --numstat"; .mailmap is honoured. Programs (bots) are told by name and
left out of people. "Make half" is CHAOSS's contributor absence factor: the smallest number of people with at least half
of the changes. Organisations are e-mail domains; free mail and noreply addresses are unknown. No address is shown.

Ends with 0 when all went well, 1 when --fail-if or --check says so, 2 when the command line is mistaken, 3 when a
repository could not be measured. LANG=fr_FR.UTF-8 speaks French.
`

// options are the command line.
type options struct {
	paths      []string
	window     string
	since      time.Time
	ref        string
	json       bool
	csv        string
	check      bool
	conditions []condition
}

// Run is `commun vitality`. args are what follows the verb. It returns the process's exit code; ctx ends it early.
func Run(ctx context.Context, args []string, _ io.Reader, stdout, stderr io.Writer) (exit int) {
	lang := LangOf(firstOf(os.Getenv("LC_ALL"), os.Getenv("LC_MESSAGES"), os.Getenv("LANG")))
	s := newSpeaker(lang)
	opts, err := parse(args)
	if errors.Is(err, flag.ErrHelp) {
		if _, err := io.WriteString(stdout, help); err != nil {
			return ExitFailed
		}
		return ExitOK
	}
	if err != nil {
		fmt.Fprintln(stderr, s.say("usage.mistaken", 0, map[string]any{"why": err.Error()}))
		return ExitUsage
	}
	// Each repository is measured and written before the next: a later failure takes nothing back.
	c := command{ctx: ctx, opts: opts, s: s, stdout: stdout, stderr: stderr}
	for i, path := range opts.paths {
		exit = max(exit, c.one(i, path))
		if ctx.Err() != nil {
			return ExitFailed
		}
	}
	return exit
}

func parse(args []string) (*options, error) {
	o := &options{}
	f := flag.NewFlagSet("vitality", flag.ContinueOnError)
	f.SetOutput(io.Discard)
	f.StringVar(&o.window, "window", "", "")
	since := f.String("since", "", "")
	f.StringVar(&o.ref, "ref", "", "")
	f.BoolVar(&o.json, "json", false, "")
	f.StringVar(&o.csv, "csv", "", "")
	f.Bool("all-files", false, "") // nothing is left out so far, so that there is nothing to switch off
	f.BoolVar(&o.check, "check", false, "")
	f.Func("fail-if", "", func(text string) error {
		c, err := parseCondition(text)
		o.conditions = append(o.conditions, c)
		return err
	})
	for len(args) > 0 { // options may stand before, between and after the paths
		if err := f.Parse(args); err != nil {
			return nil, err
		}
		rest := f.Args()
		if n := len(args) - len(rest); n > 0 && args[n-1] == "--" {
			o.paths = append(o.paths, rest...)
			break
		}
		if len(rest) == 0 {
			break
		}
		o.paths = append(o.paths, rest[0])
		args = rest[1:]
	}
	if *since != "" {
		day, err := time.Parse(time.DateOnly, *since)
		if err != nil {
			return nil, fmt.Errorf("--since wants a day such as 2026-01-31, not %q", *since)
		}
		o.since = day
	}
	switch {
	case o.window == "" && !o.since.IsZero():
		o.window = githistory.WindowSince
	case o.window == "":
		o.window = githistory.Window12m
	case o.window != githistory.Window12m && o.window != githistory.Window3y && o.window != githistory.WindowAll:
		return nil, fmt.Errorf("--window is 12m, 3y or all, not %q", o.window)
	}
	if o.json && o.csv != "" {
		return nil, errors.New("--json and --csv exclude each other")
	}
	if len(o.paths) == 0 {
		return nil, errors.New("name a repository: commun vitality PATH (--help says more)")
	}
	return o, nil
}

// command is one run over the paths.
type command struct {
	ctx            context.Context
	opts           *options
	s              speaker
	stdout, stderr io.Writer
}

// one measures one repository and writes what is asked. It returns its exit code.
func (c *command) one(i int, path string) int {
	// The bar goes to stderr, and only when a person looks: stdout stays clean for pipes, logs free of it.
	var bar *Bar
	read := githistory.Options{Ref: c.opts.ref}
	if width, ok := terminal(c.stderr); ok {
		bar = NewBar(c.stderr, c.s.lang, width, time.Now)
		read.Progress = bar.Show
	}
	git, err := gitexec.Open(path)
	var h *githistory.History
	if err == nil {
		h, err = githistory.Read(c.ctx, git, read)
	}
	if bar != nil {
		bar.Clear()
	}
	if err != nil {
		return c.failed(path, err)
	}
	res := h.Measure(githistory.View{Since: c.opts.since})
	if err := c.write(i, path, res); err != nil {
		return c.failed(path, err)
	}
	exit := c.judge(path, res)
	if c.opts.check {
		equal, err := c.check(git, h)
		if err != nil {
			return c.failed(path, err)
		}
		if !equal {
			exit = max(exit, ExitHolds)
		}
	}
	return exit
}

func (c *command) write(i int, path string, res *githistory.Result) error {
	switch {
	case c.opts.json:
		return JSON(c.stdout, res)
	case c.opts.csv != "":
		dir := c.opts.csv
		if len(c.opts.paths) > 1 {
			dir = filepath.Join(dir, fmt.Sprint(i+1))
		}
		files, err := CSV(dir, res)
		if err == nil {
			_, err = fmt.Fprintln(c.stderr, c.s.say("csv.written", len(files), map[string]any{"files": strings.Join(files, ", ")}))
		}
		return err
	}
	if i > 0 {
		fmt.Fprintln(c.stdout)
	}
	width, tty := terminal(c.stdout)
	ansi := tty && os.Getenv("NO_COLOR") == "" && os.Getenv("TERM") != "dumb"
	return Terminal(c.stdout, res, TerminalOptions{Width: width, ANSI: ansi, Lang: c.s.lang, Window: c.opts.window, Title: path})
}

// judge says which --fail-if conditions hold.
func (c *command) judge(path string, res *githistory.Result) int {
	exit := ExitOK
	w := res.Windows.Get(c.opts.window)
	// Every condition that holds is said, not only the first: CI should not have to be run twice to learn of the second.
	for _, cond := range c.opts.conditions {
		value, known := cond.value(w)
		args := map[string]any{"path": path, "expression": cond.text, "value": cond.number(value), "window": c.s.window(c.opts.window, c.opts.since)}
		switch {
		case !known:
			fmt.Fprintln(c.stderr, c.s.say("fail.unknown", 0, args))
		case cond.holds(value):
			fmt.Fprintln(c.stderr, c.s.say("fail.met", 0, args))
			exit = ExitHolds
		}
	}
	return exit
}

// check compares with git's own counts and writes how, beside the figures when these are JSON.
func (c *command) check(git githistory.Runner, h *githistory.History) (bool, error) {
	rep, err := githistory.Check(c.ctx, git, h)
	if err != nil {
		return false, err
	}
	p := printer{out: c.stdout, s: c.s, width: 80}
	if c.opts.json {
		p.out = c.stderr
	}
	p.line("")
	p.line(c.s.plain("check.title"))
	for _, l := range rep.Lines {
		verdict := c.s.plain("check.equal")
		if !l.Equal() {
			verdict = c.s.plain("check.other")
		}
		p.line(fmt.Sprintf("  %-20s %12s %12s  %s  %s", l.Figure, c.s.number(l.Git), c.s.number(l.Ours), verdict, l.Source))
		if l.Detail != "" {
			p.line("      " + l.Detail)
		}
	}
	if rep.Unchecked != "" {
		p.line("  " + c.s.say("check.not", 0, map[string]any{"why": rep.Unchecked}))
	}
	return rep.Equal(), p.err
}

// failed says why in the person's language and returns the exit code.
func (c *command) failed(path string, err error) int {
	key := "err.other"
	for _, k := range []struct {
		err error
		key string
	}{
		{githistory.ErrNotRepository, "err.norepo"}, {githistory.ErrEmpty, "err.empty"}, {githistory.ErrNoBranch, "err.nobranch"},
		{githistory.ErrUnknownRef, "err.ref"}, {githistory.ErrCorrupt, "err.corrupt"},
	} {
		if errors.Is(err, k.err) {
			key = k.key
		}
	}
	fmt.Fprintln(c.stderr, c.s.say(key, 0, map[string]any{"path": path, "why": err.Error()}))
	return ExitFailed
}

func firstOf(values ...string) string {
	for _, v := range values {
		if v != "" {
			return v
		}
	}
	return ""
}

// terminal says whether w is one, and how wide. COLUMNS wins, as shells set it.
func terminal(w io.Writer) (width int, ok bool) {
	f, isFile := w.(*os.File)
	if !isFile {
		return 0, false
	}
	return terminalWidth(f)
}
