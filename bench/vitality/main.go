//go:build unix

// Command vitality measures commun's reading of git history against its limit, which is git itself:
//
//	go run ./bench/vitality [-runs 5] [-most 0] [PATH]
//	go run ./bench/vitality -commits 100000
//
// In turn, several times: `git log --numstat --no-renames HEAD > /dev/null`; `git log` with every author field; and
// commun, in a process of its own. It prints medians of wall time, CPU (children included) and peak memory, the ratios,
// and the cores and load they were measured under. With -most, it fails when commun takes longer than that many times
// git's numstat. Without PATH it makes a repository of -commits commits by `git fast-import`.
package main

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"time"

	"commun/engines/githistory"
	"commun/engines/githistory/gitexec"
)

func main() {
	if len(os.Args) == 5 && (os.Args[1] == "measure" || os.Args[1] == "again") {
		exitOn(measure(os.Args[1] == "again", os.Args[2], os.Args[3], os.Args[4]))
		return
	}
	runs := flag.Int("runs", 5, "how often each is run")
	commits := flag.Int("commits", 100_000, "commits of the repository that is made when no path is given")
	most := flag.Float64("most", 0, "fail when commun takes more than this many times git's wall time (0: never)")
	flag.Parse()
	exitOn(run(flag.Arg(0), *runs, *commits, *most))
}

func exitOn(err error) {
	if err != nil {
		fmt.Fprintln(os.Stderr, "vitality bench:", err)
		os.Exit(1)
	}
}

// sample is what one process cost. Its own memory is known only of commun, which reports it.
type sample struct {
	wall, cpu time.Duration
	peak      int64 // bytes, of the largest process of its tree
	own       int64 // bytes, of commun's own process
	early     time.Duration
	read      int // commits that commun read
}

func run(path string, runs, commits int, most float64) error {
	if path == "" {
		dir, err := os.MkdirTemp("", "commun-bench-")
		if err != nil {
			return err
		}
		defer os.RemoveAll(dir)
		if err := makeRepository(dir, commits); err != nil {
			return fmt.Errorf("make repository: %w", err)
		}
		path = dir
	}
	self, err := os.Executable()
	if err != nil {
		return err
	}
	state := filepath.Join(os.TempDir(), fmt.Sprintf("commun-bench-state-%d", os.Getpid()))
	defer os.Remove(state)
	git := func(args ...string) []string {
		return append([]string{"git", "-C", path, "-c", "safe.directory=*"}, args...)
	}
	cases := []struct {
		name string
		args []string
	}{
		{"git log --numstat --no-renames HEAD", git("log", "--numstat", "--no-renames", "HEAD")},
		{"git log, every author field", git("log", "--date=raw", "--format=%H%x00%P%x00%ad%x00%cd%x00%an%x00%ae%x00%aN%x00%aE", "HEAD")},
		{"git shortlog -sne --no-merges HEAD", git("shortlog", "-sne", "--no-merges", "HEAD")},
		{"commun, all figures", []string{self, "measure", path, "HEAD", state + "-new"}},
		{"commun, again from its state", []string{self, "again", path, "HEAD", state}},
	}
	defer os.Remove(state + "-new")
	if _, err := timed([]string{self, "measure", path, fmt.Sprintf("HEAD~%d", recent), state}); err != nil {
		return fmt.Errorf("measure the repository as it was: %w", err)
	}
	samples := make([][]sample, len(cases))
	for range runs {
		for i, c := range cases {
			s, err := timed(c.args)
			if err != nil {
				return fmt.Errorf("%s: %w", c.name, err)
			}
			samples[i] = append(samples[i], s)
		}
	}
	fmt.Printf("repository %s; %d cores, load %s, %d runs in turn, medians\n\n", path, runtime.NumCPU(), load(), runs)
	fmt.Printf("%-38s %9s %9s %11s %11s\n", "", "wall s", "CPU s", "peak MB", "own MB")
	mid := make([]sample, len(cases))
	for i, c := range cases {
		mid[i] = middle(samples[i])
		own := ""
		if mid[i].own > 0 {
			own = fmt.Sprintf("%.0f", float64(mid[i].own)/1e6)
		}
		fmt.Printf("%-38s %9.3f %9.3f %11.0f %11s\n", c.name, mid[i].wall.Seconds(), mid[i].cpu.Seconds(), float64(mid[i].peak)/1e6, own)
	}
	ratio := mid[3].wall.Seconds() / mid[0].wall.Seconds()
	fmt.Printf("\nall figures ÷ git numstat: wall %.2f, CPU %.2f\n", ratio, mid[3].cpu.Seconds()/mid[0].cpu.Seconds())
	fmt.Printf("figures without lines, shown after %.3f s ÷ git log of author fields: wall %.2f\n",
		mid[3].early.Seconds(), mid[3].early.Seconds()/mid[1].wall.Seconds())
	fmt.Printf("again: %d new commits in %.3f s\n", mid[4].read, mid[4].wall.Seconds())
	if most > 0 && ratio > most {
		return fmt.Errorf("%.2f times git's wall time, at most %.2f wanted", ratio, most)
	}
	return nil
}

// timed runs a command, its output to /dev/null, and measures it with all its children.
func timed(args []string) (sample, error) {
	cmd := exec.Command(args[0], args[1:]...)
	var said strings.Builder
	cmd.Stderr = &said
	start := time.Now()
	err := cmd.Run() // no Stdout: /dev/null
	s := sample{wall: time.Since(start)}
	if err != nil {
		return s, fmt.Errorf("%w: %s", err, said.String())
	}
	s.cpu = cmd.ProcessState.UserTime() + cmd.ProcessState.SystemTime()
	if u, ok := cmd.ProcessState.SysUsage().(*syscall.Rusage); ok {
		s.peak = int64(u.Maxrss) * 1024
	}
	var own struct {
		Own   int64
		Early time.Duration
		New   int
	}
	if json.Unmarshal([]byte(said.String()), &own) == nil {
		s.own, s.early, s.read = own.Own, own.Early, own.New
	}
	return s, nil
}

// recent is how many steps of the main branch are new to the second reading; with what they merged, some hundred commits.
const recent = 50

// measure is the child: it does what the program does, and tells its own peak memory on stderr. again goes on from the
// state that is there; else the state is written.
func measure(again bool, path, ref, state string) error {
	start := time.Now()
	git, err := gitexec.Open(path)
	if err != nil {
		return err
	}
	var early time.Duration
	opts := githistory.Options{Ref: ref, Early: func(h *githistory.History) {
		_ = h.Measure(githistory.View{})
		early = time.Since(start)
	}}
	if again {
		f, err := os.Open(state)
		if err != nil {
			return err
		}
		opts.Previous, err = githistory.Load(bufio.NewReader(f))
		if err := errors.Join(err, f.Close()); err != nil {
			return err
		}
	}
	h, err := githistory.Read(context.Background(), git, opts)
	if err != nil {
		return err
	}
	if err := json.NewEncoder(io.Discard).Encode(h.Measure(githistory.View{})); err != nil {
		return err
	}
	if !again {
		f, err := os.Create(state)
		if err != nil {
			return err
		}
		if err := errors.Join(h.Save(f), f.Close()); err != nil {
			return err
		}
	}
	return json.NewEncoder(os.Stderr).Encode(map[string]any{"Own": ownPeak(), "Early": early, "New": h.NewRead})
}

// ownPeak is this process's peak memory in bytes. Linux's VmHWM, as getrusage counts in what was there before exec.
func ownPeak() int64 {
	text, err := os.ReadFile("/proc/self/status")
	if err == nil {
		for line := range strings.Lines(string(text)) {
			if f := strings.Fields(line); len(f) == 3 && f[0] == "VmHWM:" {
				kb, _ := strconv.ParseInt(f[1], 10, 64)
				return kb * 1024
			}
		}
	}
	var u syscall.Rusage
	_ = syscall.Getrusage(syscall.RUSAGE_SELF, &u)
	return int64(u.Maxrss) * 1024
}

func middle(s []sample) sample {
	s = slices.Clone(s)
	slices.SortFunc(s, func(a, b sample) int { return int(a.wall - b.wall) })
	return s[len(s)/2]
}

func load() string {
	text, err := os.ReadFile("/proc/loadavg")
	if err != nil {
		return "unknown"
	}
	return strings.Join(strings.Fields(string(text))[:3], " ")
}

// makeRepository writes a history that resembles a real one: 400 files of some hundred lines, of which each commit
// rewrites a few lines of one, by 300 people of whom a few do most.
func makeRepository(dir string, commits int) error {
	if out, err := exec.Command("git", "init", "--quiet", "--bare", dir).CombinedOutput(); err != nil {
		return fmt.Errorf("%w: %s", err, out)
	}
	cmd := exec.Command("git", "-C", dir, "fast-import", "--quiet")
	in, err := cmd.StdinPipe()
	if err != nil {
		return err
	}
	if err := cmd.Start(); err != nil {
		return err
	}
	w := bufio.NewWriterSize(in, 1<<20)
	files := make([][]string, 400)
	seed := uint64(1)
	random := func(n int) int { // a fixed sequence: every run measures the same repository
		seed = seed*6364136223846793005 + 1442695040888963407
		return int(seed>>33) % n
	}
	for n := range commits {
		who := random(300) * random(300) / 300
		when := 1_300_000_000 + n*3600
		f := random(len(files))
		for len(files[f]) < 150 {
			files[f] = append(files[f], fmt.Sprintf("line %d of file %d says %d", len(files[f]), f, random(1e6)))
		}
		for range 1 + random(12) {
			files[f][random(len(files[f]))] = fmt.Sprintf("in commit %d this line became %d", n, random(1e6))
		}
		text := strings.Join(files[f], "\n") + "\n"
		fmt.Fprintf(w, "commit refs/heads/main\ncommitter Person %d <p%d@org%d.example.org> %d +0100\ndata 7\nchange\n", who, who, who%20, when)
		fmt.Fprintf(w, "M 100644 inline src/dir%d/file%d.txt\ndata %d\n%s\n", f%20, f, len(text), text)
	}
	if err := errors.Join(w.Flush(), in.Close()); err != nil {
		return err
	}
	if err := cmd.Wait(); err != nil {
		return err
	}
	return exec.Command("git", "-C", dir, "symbolic-ref", "HEAD", "refs/heads/main").Run()
}
