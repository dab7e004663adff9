//go:build unix

// Command import measures how long an instance takes to import and measure a repository, from the address given to the figures stored,
// against the reading that it cannot do without:
//
//	go run ./bench/import                     a repository of 5,000 commits that it makes
//	go run ./bench/import PATH                 a repository of this machine
//	go run ./bench/import -postgres postgres://…   and the same with PostgreSQL
//
// In turn, several times: `git log --numstat --no-renames HEAD > /dev/null` in the bare copy that the instance keeps, and the whole of it by
// an idle instance in a process of its own: the commons, its job, the copy, the description, the job that measures, the figures. It prints
// medians of wall time, CPU (children included) and memory, when each step was done, and the ratios; then the same once more when the copy
// is there already and nothing is measured, as after a cache was lost: that is the import of "the same clone".
package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"time"

	"commun/bench/internal/kit"
	"commun/internal/app"
	"commun/internal/core/people"
	"commun/internal/platform/storage"
)

func main() {
	if len(os.Args) == 5 && os.Args[1] == "whole" {
		kit.Exit(whole(os.Args[2], os.Args[3], os.Args[4]))
		return
	}
	runs := flag.Int("runs", 5, "how often each is run")
	commits := flag.Int("commits", 5_000, "commits of the repository that is made when no path is given")
	postgres := flag.String("postgres", "", "URL of a PostgreSQL, which gets a database \"commun_bench_import\" that is emptied each time")
	flag.Parse()
	kit.Exit(run(flag.Arg(0), *runs, *commits, *postgres))
}

func run(path string, runs, commits int, postgres string) error {
	dir, err := os.MkdirTemp("", "commun-bench-import-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir)
	what := path
	if path == "" {
		path, what = filepath.Join(dir, "source.git"), fmt.Sprintf("%d commits", commits)
		if err := os.Mkdir(path, 0o700); err != nil {
			return err
		}
		if err := kit.Repository(path, commits); err != nil {
			return err
		}
	}
	if path, err = filepath.Abs(path); err != nil {
		return err
	}
	kit.Head(os.Stdout, "Import and measure: "+what)
	places := []string{""}
	if postgres != "" {
		places = append(places, postgres)
	}
	fmt.Println("| database | from nothing: s | of git's numstat (goal 1.2) | copied / described / measuring, s | CPU s (not git's) | of git's | with the copy there: s | of git's | by CPU | peak MB: instance, a git | git's numstat: s, CPU s, MB |")
	fmt.Println("|---|---|---|---|---|---|---|---|---|---|---|")
	for _, address := range places {
		if err := compare(dir, path, runs, address); err != nil {
			return err
		}
	}
	fmt.Println()
	return nil
}

// told is what the instance's process says of itself. Times are in seconds since the address was given.
type told struct {
	Wall, CPU, Self          float64 // Self is the part of CPU that no git used
	Copied, Described, Begun float64
	Again, AgainCPU          float64 // the same with the copy there
	Own, Git                 int64   // bytes at most
	Mirror                   string
}

func compare(dir, path string, runs int, postgres string) error {
	self, err := os.Executable()
	if err != nil {
		return err
	}
	var ours []told
	var gits []told
	for range runs {
		data, err := os.MkdirTemp(dir, "instance-")
		if err != nil {
			return err
		}
		address := ""
		if postgres != "" {
			if address, err = kit.Postgres(postgres, "commun_bench_import"); err != nil {
				return err
			}
		}
		t, err := instance(self, path, data, address)
		if err != nil {
			return fmt.Errorf("import: %w", err)
		}
		ours = append(ours, t)
		g, err := numstat(t.Mirror)
		if err != nil {
			return err
		}
		gits = append(gits, g)
		if err := os.RemoveAll(data); err != nil {
			return err
		}
	}
	if postgres != "" {
		if err := kit.Drop(postgres, "commun_bench_import"); err != nil {
			return err
		}
	}
	o, g := middle(ours), middle(gits)
	name := "SQLite"
	if postgres != "" {
		name = "PostgreSQL"
	}
	fmt.Printf("| %s | %.3f | **%.2f** | %.3f / %.3f / %.3f | %.3f (%.3f) | %.2f | %.3f | **%.2f** | %.2f | %d, %d | %.3f, %.3f, %d |\n", name, o.Wall, o.Wall/g.Wall,
		o.Copied, o.Described, o.Begun, o.CPU, o.Self, o.CPU/g.CPU, o.Again, o.Again/g.Wall, o.AgainCPU/g.CPU, o.Own>>20, o.Git>>20, g.Wall, g.CPU, g.Git>>20)
	return nil
}

// instance runs the child, and watches how much memory the git processes below it hold: what the system adds up for ended children counts
// in what the instance itself held when it started them.
func instance(self, path, data, address string) (t told, err error) {
	cmd := exec.Command(self, "whole", path, data, address)
	var out bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, os.Stderr
	if err := cmd.Start(); err != nil {
		return t, err
	}
	ended := make(chan error, 1)
	go func() { ended <- cmd.Wait() }()
	tick := time.NewTicker(10 * time.Millisecond)
	defer tick.Stop()
	for {
		select {
		case err := <-ended:
			if err != nil {
				return t, err
			}
			most := t.Git
			err = json.Unmarshal(out.Bytes(), &t)
			t.Git = most
			return t, err
		case <-tick.C:
			for _, pid := range below(cmd.Process.Pid) {
				t.Git = max(t.Git, kit.Memory(pid, "VmHWM"))
			}
		}
	}
}

// below lists the git processes that a process started, and those that they did.
func below(pid int) []int {
	files, _ := filepath.Glob("/proc/" + strconv.Itoa(pid) + "/task/*/children") // the pattern is right
	var list []int
	for _, f := range files {
		text, err := os.ReadFile(f)
		if err != nil {
			continue // it has ended
		}
		for _, field := range strings.Fields(string(text)) {
			child, err := strconv.Atoi(field)
			if err != nil {
				continue
			}
			if name, err := os.ReadFile("/proc/" + field + "/comm"); err == nil && strings.HasPrefix(string(name), "git") {
				list = append(list, child)
			}
			list = append(list, below(child)...)
		}
	}
	return list
}

// middle is, figure by figure, the median.
func middle(list []told) told {
	of := func(f func(told) float64) float64 {
		var all []float64
		for _, t := range list {
			all = append(all, f(t))
		}
		return kit.Middle(all)
	}
	return told{Wall: of(func(t told) float64 { return t.Wall }), CPU: of(func(t told) float64 { return t.CPU }),
		Self:   of(func(t told) float64 { return t.Self }),
		Copied: of(func(t told) float64 { return t.Copied }), Described: of(func(t told) float64 { return t.Described }),
		Begun: of(func(t told) float64 { return t.Begun }),
		Again: of(func(t told) float64 { return t.Again }), AgainCPU: of(func(t told) float64 { return t.AgainCPU }),
		Own: int64(of(func(t told) float64 { return float64(t.Own) })), Git: int64(of(func(t told) float64 { return float64(t.Git) }))}
}

// numstat is what the import is measured against.
func numstat(dir string) (told, error) {
	cmd := exec.Command("git", "-C", dir, "-c", "safe.directory=*", "log", "--numstat", "--no-renames", "HEAD")
	begun := time.Now()
	if err := cmd.Run(); err != nil { // no Stdout: /dev/null
		return told{}, fmt.Errorf("git log --numstat: %w", err)
	}
	t := told{Wall: time.Since(begun).Seconds(), CPU: (cmd.ProcessState.UserTime() + cmd.ProcessState.SystemTime()).Seconds()}
	if u, ok := cmd.ProcessState.SysUsage().(*syscall.Rusage); ok {
		t.Git = int64(u.Maxrss) << 10
	}
	return t, nil
}

// whole is the child: an instance that imports one repository, and tells what that took; then it imports it once more, with the copy there
// and nothing measured.
func whole(path, data, postgres string) (err error) {
	ctx := context.Background()
	a, err := kit.Open(ctx, kit.Config(data, postgres))
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, a.Close(ctx)) }()
	<-a.Detector.Warm() // the instance is idle: what it does after its start is done
	by := people.Program("bench")
	id := ""
	first, err := follow(ctx, a, func() (string, error) {
		added, err := a.Catalogue.Add(ctx, by, path)
		id = added.Commons.ID
		return id, err
	})
	if err != nil {
		return err
	}
	if err := os.RemoveAll(filepath.Join(data, "data", "cache", "histories")); err != nil {
		return err
	}
	again, err := follow(ctx, a, func() (string, error) { _, err := a.Catalogue.Refresh(ctx, by, id); return id, err })
	if err != nil {
		return err
	}
	first.Again, first.AgainCPU = again.Wall, again.CPU
	first.Own = kit.Memory(os.Getpid(), "VmHWM")
	return json.NewEncoder(os.Stdout).Encode(first)
}

// follow begins an import, waits until what it brings is measured, and tells when each step was done.
func follow(ctx context.Context, a *app.App, begin func() (string, error)) (t told, err error) {
	own, children := kit.CPU()
	begun := time.Now()
	since := func() float64 { return time.Since(begun).Seconds() }
	id, err := begin()
	if err != nil {
		return t, err
	}
	t.Mirror = a.Catalogue.Mirror(id).Dir
	for t.Wall == 0 {
		time.Sleep(2 * time.Millisecond)
		if _, err := os.Stat(t.Mirror); err == nil && t.Copied == 0 {
			t.Copied = since()
		}
		if t.Described == 0 {
			r, err := a.Catalogue.About(ctx, people.Program("bench"), id)
			if err != nil {
				return t, err
			}
			if r.Fault != nil {
				return t, fmt.Errorf("the import failed: %s", r.Fault.Key)
			}
			if r.SucceededAt > storage.Micros(begun) {
				t.Described = since()
			}
			continue
		}
		var state, failed string
		err := a.DB.QueryRow(ctx, `SELECT state, fault FROM jobs WHERE kind = 'vitality.measure' ORDER BY id DESC LIMIT 1`).Scan(&state, &failed)
		switch {
		case err != nil:
			return t, err
		case failed != "":
			return t, fmt.Errorf("the measure failed: %s", failed)
		}
		if state != "queued" && t.Begun == 0 {
			t.Begun = since()
		}
		if state == "done" {
			t.Wall = since()
		}
	}
	nowOwn, nowChildren := kit.CPU()
	t.Self = (nowOwn - own).Seconds()
	t.CPU = t.Self + (nowChildren - children).Seconds()
	return t, nil
}
