//go:build linux

// Command crash kills the program, or cuts its power, again and again while clients write to it over HTTP, and looks whether anything that was
// acknowledged is lost, any job is lost or done twice, and the record is whole:
//
//	go run ./bench/crash --kills 10000                    # SIGKILL, the folder on an ordinary file system
//	go run ./bench/crash --cuts 500                       # the folder on a disk that forgets what was not synced (root, /dev/fuse)
//	go run ./bench/crash --cuts 20 --control              # the same with synchronous=NORMAL: this one must lose something
//	go run ./bench/crash --kills 100 --entries 1000000    # with a long record, to see how soon it is ready again
//
// Every client has commons of its own and changes them one after the other, so a model says what each must be afterwards: what was
// acknowledged last, or what was under way and not answered. A round ends after at least 300 acknowledged writes, at a moment that chance
// picks, in one of ten rounds again while the program starts. Each round also gives the repository one more commit and asks for a
// refresh, whose effect must be there once. A cut takes all that was not synced, or, every other time, a part of the pages by chance.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"time"

	"commun/bench/internal/kit"
	"commun/bench/internal/powercut"
)

// least is how many acknowledged writes a round must have before its end: with fewer a run shows little.
const least = 300

type options struct {
	kills, cuts, entries, clients int
	control                       bool
	seed                          uint64
	dir                           string
}

func main() {
	var o options
	flag.IntVar(&o.kills, "kills", 0, "how often the program is killed")
	flag.IntVar(&o.cuts, "cuts", 0, "how often its power is cut")
	flag.BoolVar(&o.control, "control", false, "build it with synchronous=NORMAL, which must be seen to lose something")
	flag.IntVar(&o.entries, "entries", 0, "entries in the record before the first round")
	flag.IntVar(&o.clients, "clients", 16, "that write at once")
	flag.Uint64Var(&o.seed, "seed", 0, "of chance; 0 takes a new one, which is printed")
	flag.StringVar(&o.dir, "dir", "", "where the folder of the program is made; a temporary one when empty")
	flag.Parse()
	if o.seed == 0 {
		o.seed = rand.Uint64()
	}
	if (o.kills == 0) == (o.cuts == 0) {
		kit.Exit(errors.New("give --kills N or --cuts N"))
	}
	kit.Head(os.Stdout, "Crashes")
	fmt.Printf("Seed %d.\n\n", o.seed)
	kit.Exit(run(context.Background(), o))
}

// harness is what one run keeps.
type harness struct {
	options
	bin, data, repository string
	disk                  *powercut.Disk
	rnd                   *rand.Rand
	server                *server
	model                 *model
	ready                 []time.Duration
	lost                  powercut.Lost
}

func run(ctx context.Context, o options) (err error) {
	base := o.dir
	if base == "" {
		if base, err = os.MkdirTemp("", "commun-crash-"); err != nil {
			return err
		}
		defer func() { err = errors.Join(err, os.RemoveAll(base)) }()
	}
	h := &harness{options: o, rnd: rand.New(rand.NewPCG(o.seed, 0)), repository: filepath.Join(base, "repository"), model: &model{}}
	if h.bin, err = build(base, o.control); err != nil {
		return err
	}
	if err := repository(h.repository); err != nil {
		return err
	}
	root := filepath.Join(base, "plain")
	if o.cuts > 0 {
		root = filepath.Join(base, "disk")
		if h.disk, err = powercut.New(filepath.Join(base, "kept"), root); err != nil {
			return err
		}
		defer func() { err = errors.Join(err, h.disk.Close()) }()
	}
	h.data = filepath.Join(root, "data")
	if o.entries > 0 {
		if err := fill(ctx, root, o.entries); err != nil {
			return err
		}
	}
	defer func() { h.server.end() }()
	if err := h.begin(); err != nil {
		return err
	}
	begun := time.Now()
	rounds := o.kills + o.cuts
	for k := range rounds {
		if err := h.round(k); err != nil {
			return fmt.Errorf("round %d of seed %d: %w", k, o.seed, err)
		}
		if o.control && len(h.model.wrong) > 0 {
			break
		}
		if (k+1)%100 == 0 {
			fmt.Fprintf(os.Stderr, "%d rounds, %d acknowledged, %d wrong, %v\n", k+1, h.model.acknowledged, len(h.model.wrong), time.Since(begun).Round(time.Second))
		}
	}
	if err := h.model.last(h.server); err != nil && !o.control {
		return err
	}
	h.server.end()
	whole := verify(h.bin, h.data)
	return h.report(rounds, whole, time.Since(begun))
}

// begin starts the program for the first time and makes what the rounds work on.
func (h *harness) begin() error {
	if err := h.start(); err != nil {
		return err
	}
	if err := h.server.signIn(h.bin, h.data); err != nil {
		return err
	}
	return h.model.begin(h.server, h.clients, h.repository)
}

// start runs the program until it is ready, and notes how long that took.
func (h *harness) start() error {
	s, took, err := start(h.bin, h.data, h.server)
	if err != nil {
		return err
	}
	h.server, h.ready = s, append(h.ready, took)
	return nil
}

// round lets the clients write, ends the program in the middle, and judges what stands afterwards.
func (h *harness) round(k int) error {
	if err := change(h.repository, k); err != nil {
		return err
	}
	tail := time.Duration(h.rnd.IntN(200_000)) * time.Microsecond
	stop := h.model.write(h.server, k)
	if err := h.model.wait(least); err != nil {
		return err
	}
	time.Sleep(tail)
	if err := h.crash(); err != nil {
		return err
	}
	stop()
	if h.rnd.IntN(10) == 0 { // again, at some moment of its start
		s, err := launch(h.bin, h.data, h.server)
		if err != nil {
			return err
		}
		h.server = s
		time.Sleep(time.Duration(h.rnd.IntN(60_000)) * time.Microsecond)
		if err := h.crash(); err != nil {
			return err
		}
	}
	if err := h.start(); err != nil {
		return err
	}
	return h.model.judge(h.server, k)
}

// crash ends the program and its children as a power cut does, and takes what was not synced.
func (h *harness) crash() error {
	h.server.end()
	if h.disk == nil {
		return nil
	}
	var chance *rand.Rand
	if h.rnd.IntN(2) == 0 {
		chance = h.rnd
	}
	lost, err := h.disk.Cut(chance)
	h.lost.Pages += lost.Pages
	h.lost.Names += lost.Names
	return err
}

func (h *harness) report(rounds int, whole error, took time.Duration) error {
	m := h.model
	ready := slices.Sorted(slices.Values(h.ready[1:]))
	what := "kills"
	if h.cuts > 0 {
		what = "power cuts"
	}
	fmt.Printf("| %s | acknowledged writes | lost or doubled | jobs asked for | lost or done twice | record | ready again p50 / p99 / most, ms | took |\n|---|---|---|---|---|---|---|---|\n", what)
	verdict := "whole"
	if whole != nil {
		verdict = "not whole"
	}
	fmt.Printf("| %d | %d | %d | %d | %d | %s | %.0f / %.0f / %.0f | %v |\n\n", rounds, m.acknowledged, len(m.wrong)-m.jobsWrong, m.jobs, m.jobsWrong, verdict,
		kit.At(ready, .5), kit.At(ready, .99), kit.At(ready, 1), took.Round(time.Second))
	if h.disk != nil {
		fmt.Printf("The cuts took %d pages and %d names that were not synced.\n\n", h.lost.Pages, h.lost.Names)
	}
	for i, w := range m.wrong {
		if i == 20 {
			fmt.Printf("- and %d more\n", len(m.wrong)-i)
			break
		}
		fmt.Printf("- %s\n", w)
	}
	switch {
	case h.control && len(m.wrong) == 0 && whole == nil:
		return errors.New("the control lost nothing: this run proves nothing about fsync")
	case h.control:
		fmt.Println("\nThe control lost something, as it must: the disk shows a missing fsync.")
		return nil
	case len(m.wrong) > 0:
		return fmt.Errorf("%d things are wrong; seed %d", len(m.wrong), h.seed)
	}
	return whole
}
