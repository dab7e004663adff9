//go:build unix

package main

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime/pprof"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"time"

	"commun/bench/internal/kit"
	"commun/engines/tally"
	"commun/engines/tally/election"
	"commun/internal/features/tally/report"
)

// self counts a file in a process of its own, again and again for so many seconds.
func self(rule, file string, seconds float64) (*counted, error) {
	exe, err := os.Executable()
	if err != nil {
		return nil, err
	}
	cmd := exec.Command(exe, "count", rule, file, strconv.FormatFloat(seconds, 'g', -1, 64))
	cmd.Stderr = os.Stderr
	out, err := cmd.Output()
	if err != nil {
		return nil, fmt.Errorf("count %s by %s: %w", filepath.Base(file), rule, err)
	}
	c := &counted{}
	return c, decode(out, c)
}

// poll is a file, read, and its rule.
type poll struct {
	src *report.Source
	run func() (winners []string, steps int, err error)
}

// open reads a file as `commun tally` does: judged, hashed, ballots grouped, with the attributes of voters.
func open(rule, file string) (*poll, error) {
	src, err := report.Open(context.Background(), file, report.Opening{Despite: true})
	if err != nil {
		return nil, err
	}
	p := &poll{src: src}
	if src.Election == nil {
		r, err := tally.Rules().Parse(rule)
		if err != nil {
			return nil, err
		}
		p.run = func() ([]string, int, error) {
			res, err := tally.Count(src.Instance, r, tally.Options{})
			if err != nil {
				return nil, 0, err
			}
			return res.Winners, res.Steps, nil
		}
		return p, nil
	}
	r, err := election.Rules().Parse(rule)
	if err != nil {
		return nil, err
	}
	e := &election.Election{Seats: src.Election.Seats, Ballots: src.Election.Ballots}
	for _, c := range src.Election.Candidates {
		e.Candidates = append(e.Candidates, election.Candidate{ID: c.ID, Name: c.Name, Withdrawn: c.Withdrawn})
	}
	p.run = func() ([]string, int, error) {
		res, err := election.Count(e, r, election.Options{})
		if err != nil {
			return nil, 0, err
		}
		return res.Elected, len(res.Stages), nil
	}
	return p, nil
}

// child is the process of self: it reads, counts, notes memory and time, then counts on.
func child(rule, file, secs string) error {
	budget, err := strconv.ParseFloat(secs, 64)
	if err != nil {
		return err
	}
	begun, used := time.Now(), cpu()
	p, err := open(rule, file)
	if err != nil {
		return err
	}
	c := counted{Read: time.Since(begun).Seconds()}
	counting, spent := time.Now(), cpu()
	if c.Winners, c.Steps, err = p.run(); err != nil {
		return err
	}
	c.Wall, c.CPU, c.Runs = time.Since(counting).Seconds(), cpu()-spent, 1
	c.Whole, c.User = time.Since(begun).Seconds(), cpu()-used
	c.Peak = kit.Memory(os.Getpid(), "VmHWM")
	b := p.src.Instance
	if b != nil {
		c.Groups, c.Voters, c.Projects = b.Ballots.Groups(), b.Ballots.Voters, len(b.Projects)
	} else {
		c.Groups, c.Voters = p.src.Election.Ballots.Groups(), p.src.Election.Ballots.Voters
	}
	if c.Wall >= budget { // the first count is sample enough
		return json.NewEncoder(os.Stdout).Encode(c)
	}
	var walls []float64
	used = cpu()
	for from := time.Now(); len(walls) == 0 || time.Since(from).Seconds() < budget; {
		start := time.Now()
		if _, _, err := p.run(); err != nil {
			return err
		}
		walls = append(walls, time.Since(start).Seconds())
	}
	c.Wall, c.CPU, c.Runs = kit.Middle(walls), (cpu()-used)/float64(len(walls)), len(walls)
	return json.NewEncoder(os.Stdout).Encode(c)
}

func cpu() float64 {
	own, _ := kit.CPU()
	return own.Seconds()
}

// profiled counts for five seconds under the profiler.
func profiled(rule, file string) error {
	p, err := open(rule, file)
	if err != nil {
		return err
	}
	f, err := os.Create("tally.prof")
	if err != nil {
		return err
	}
	defer f.Close()
	if err := pprof.StartCPUProfile(f); err != nil {
		return err
	}
	defer pprof.StopCPUProfile()
	for from := time.Now(); time.Since(from) < 5*time.Second; {
		if _, _, err := p.run(); err != nil {
			return err
		}
	}
	return nil
}

// peers are the programs compared with, and the scripts that drive them.
type peers struct {
	o   options
	dir string
}

func (p *peers) close() { _ = os.RemoveAll(p.dir) }

func (p *peers) javascript(t task, file string) *took {
	if p.o.js == "" || t.js[0] == "" {
		return nil
	}
	return p.ended(p.o.jsLimit, "node", filepath.Join(p.dir, "equalshares.mjs"), p.o.js, file, t.js[0], t.js[1], t.js[2])
}

func (p *peers) python(t task, file string) *took {
	if p.o.pabutools == "" || t.pabutools == "" {
		return nil
	}
	return p.ended(p.o.limit, p.o.python, filepath.Join(p.dir, "pabutools.py"), p.o.pabutools, file, t.pabutools)
}

// ended runs a peer until it has counted or its time is over; its reading does not count.
func (p *peers) ended(limit time.Duration, name string, args ...string) *took {
	cmd := exec.Command(name, args...)
	var out, said strings.Builder
	read := make(chan struct{}, 1)
	cmd.Stdout, cmd.Stderr = &out, &watched{&said, read}
	if err := cmd.Start(); err != nil {
		return &took{failed: "does not start"}
	}
	done := make(chan error, 1)
	go func() { done <- cmd.Wait() }()
	begun := time.Now()
	timer := time.NewTimer(limit)
	for {
		select {
		case <-read: // now it counts
			begun = time.Now()
			timer.Reset(limit)
		case <-timer.C:
			wall := time.Since(begun).Seconds()
			_ = cmd.Process.Kill() // it may have ended by itself just now
			<-done
			return &took{over: true, Wall: wall, CPU: used(cmd, wall)}
		case err := <-done:
			timer.Stop()
			t := &took{}
			if err != nil || decode([]byte(out.String()), t) != nil {
				lines := strings.Split(strings.TrimSpace(said.String()), "\n")
				fmt.Fprintln(os.Stderr, "bench:", name, slices.Clip(lines)[len(lines)-1])
				return &took{failed: "failed"}
			}
			return t
		}
	}
}

// used is the CPU time of a peer that was ended, at most the time of its count.
func used(cmd *exec.Cmd, most float64) float64 {
	if u, ok := cmd.ProcessState.SysUsage().(*syscall.Rusage); ok {
		return min(most, time.Duration(u.Utime.Nano()+u.Stime.Nano()).Seconds())
	}
	return most
}

// watched tells when the line "read" has been said.
type watched struct {
	to   *strings.Builder
	read chan<- struct{}
}

func (w *watched) Write(b []byte) (int, error) {
	if strings.HasPrefix(string(b), "read\n") {
		select {
		case w.read <- struct{}{}:
		default:
		}
	}
	return w.to.Write(b)
}
