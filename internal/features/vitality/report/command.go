package report

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"time"

	"commun/engines/githistory"
	"commun/engines/githistory/gitexec"
	"commun/internal/platform/fault"
)

// The exit codes of Run.
const (
	ExitOK     = 0 // measured, and no --fail-if condition holds
	ExitHolds  = 1 // a --fail-if condition holds, or --check found a difference
	ExitUsage  = 2 // the command line is mistaken
	ExitFailed = 3 // a repository could not be measured, or a file not be written
)

// Order is what `commun vitality` is asked for. The command line fills it; its help says more of each.
type Order struct {
	Paths  []string  // of repositories
	Window string    // 12m, 3y or all: what the sentences and the conditions speak of; "" is 12m, or "since" with a Since
	Since  string    // a day, 2026-01-31; "" for none
	Ref    string    // branch, tag or commit; "" is HEAD
	JSON   bool      // one object a line, instead of sentences
	CSV    string    // a folder for CSV files, instead of sentences
	Check  bool      // compare with git's own counts
	FailIf []string  // conditions such as absence_factor<2
	Lang   Lang      // of the sentences
	Now    time.Time // today: the words "the last 12 months" are not said of a history that ended long ago
}

// Validate returns as a fault what is wrong with an order.
func (o Order) Validate() error {
	_, err := o.options()
	return err
}

// options are an order that was read.
type options struct {
	Order
	since      time.Time
	conditions []condition
}

func (o Order) options() (*options, error) {
	read := &options{Order: o}
	if o.Since != "" {
		day, err := time.Parse(time.DateOnly, o.Since)
		if err != nil {
			return nil, fault.Invalid("since", "report.mistake.since").With("value", o.Since)
		}
		read.since = day
	}
	switch {
	case o.Window == "" && o.Since != "":
		read.Window = githistory.WindowSince
	case o.Window == "":
		read.Window = githistory.Window12m
	case o.Window != githistory.Window12m && o.Window != githistory.Window3y && o.Window != githistory.WindowAll:
		return nil, fault.Invalid("window", "report.mistake.window").With("value", o.Window)
	}
	if o.JSON && o.CSV != "" {
		return nil, fault.Invalid("csv", "report.mistake.two_forms")
	}
	for _, text := range o.FailIf {
		c, err := parseCondition(text)
		if err != nil {
			return nil, err
		}
		read.conditions = append(read.conditions, c)
	}
	return read, nil
}

// Run is `commun vitality`. It returns the process's exit code, having said all else; the error is of an order that does not hold. ctx ends it
// early.
func Run(ctx context.Context, o Order, stdout, stderr io.Writer) (exit int, err error) {
	opts, err := o.options()
	if err != nil {
		return ExitUsage, err
	}
	// Each repository is measured and written before the next: a later failure takes nothing back.
	c := command{ctx: ctx, opts: opts, s: newSpeaker(o.Lang), stdout: stdout, stderr: stderr}
	for i, path := range opts.Paths {
		exit = max(exit, c.one(i, path))
		if ctx.Err() != nil {
			return ExitFailed, nil
		}
	}
	return exit, nil
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
	read := githistory.Options{Ref: c.opts.Ref}
	if width, ok := TerminalWidth(c.stderr); ok {
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
		args := map[string]any{"path": path, "to": cmp.Or(c.opts.CSV, "-"), "why": strings.Join(strings.Fields(err.Error()), " ")}
		fmt.Fprintln(c.stderr, c.s.say("err.write", 0, args))
		return ExitFailed
	}
	exit := c.judge(path, res)
	if c.opts.Check {
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
	case c.opts.JSON:
		return JSON(c.stdout, res)
	case c.opts.CSV != "":
		dir := c.opts.CSV
		if len(c.opts.Paths) > 1 {
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
	width, tty := TerminalWidth(c.stdout)
	ansi := tty && os.Getenv("NO_COLOR") == "" && os.Getenv("TERM") != "dumb"
	return Terminal(c.stdout, res, TerminalOptions{Width: width, ANSI: ansi, Lang: c.s.lang, Window: c.opts.Window, Title: path, Now: c.opts.Now})
}

// judge says which --fail-if conditions hold.
func (c *command) judge(path string, res *githistory.Result) int {
	exit := ExitOK
	w := res.Windows.Get(c.opts.Window)
	// Every condition that holds is said, not only the first: CI should not have to be run twice to learn of the second.
	for _, cond := range c.opts.conditions {
		value, known := cond.value(w)
		args := map[string]any{"path": path, "expression": cond.text, "value": cond.number(value), "window": c.s.at(c.opts.Now, w.To).window(c.opts.Window, w.From)}
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
	if c.opts.JSON {
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
	if mendable := c.cause(path, err); mendable != "" {
		key = mendable
	}
	fmt.Fprintln(c.stderr, c.s.say(key, 0, map[string]any{"path": path, "why": strings.Join(strings.Fields(err.Error()), " ")}))
	return ExitFailed
}

// cause finds what lies outside the repository, or in its settings, and can be mended; "" when it is none of that. git says of a folder that it
// may not read that there is no repository, so the folder itself is asked.
func (c *command) cause(path string, err error) string {
	denied := errors.Is(err, fs.ErrPermission) || strings.Contains(err.Error(), "Permission denied")
	if errors.Is(err, githistory.ErrNotRepository) {
		for _, name := range []string{"", ".git", "objects", filepath.Join(".git", "objects")} {
			f, err := os.Open(filepath.Join(path, name))
			if err == nil {
				_ = f.Close() // only asked whether it opens
			}
			denied = denied || errors.Is(err, fs.ErrPermission)
		}
	}
	switch {
	case errors.Is(err, exec.ErrNotFound):
		return "err.nogit"
	case denied:
		return "err.denied"
	case errors.Is(err, syscall.EMFILE), errors.Is(err, syscall.ENFILE):
		return "err.files"
	case strings.Contains(err.Error(), "bad config"):
		return "err.config"
	}
	return ""
}

// TerminalWidth says whether w is a terminal, and how many columns it has. COLUMNS wins, as shells set it.
func TerminalWidth(w io.Writer) (width int, ok bool) {
	f, isFile := w.(*os.File)
	if !isFile {
		return 0, false
	}
	return terminalWidth(f)
}
