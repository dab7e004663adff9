//go:build linux

package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"math/rand/v2"
	"net/url"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"time"
)

// thing is a commons of one client, who changes it one step after the other: its summary says which step, its revision how many there were.
type thing struct {
	slug     string
	revision int64
	step     int // what was acknowledged last
	tried    int // what is under way and not answered; 0 when nothing is
}

// summary is what a thing says after a step.
func summary(step int) map[string]any {
	return map[string]any{"summary": map[string]string{"en": fmt.Sprintf("After step %d.", step)}}
}

// described is a commons as the API gives it.
type described struct {
	Slug     string
	Revision int64
	Fields   struct{ Summary map[string]string }
}

// mine is what a client keeps, and what it created in this round.
type mine struct {
	things  []*thing
	created []*thing
}

// model says what the instance must hold.
type model struct {
	clients      []*mine
	repository   string // slug of the commons whose repository changes in each round
	job          string // the refresh of this round, "" when its request was not answered
	created      int    // acknowledged, in all
	unsure       int    // creations that were not answered, in all
	acknowledged int64
	jobs         int
	wrong        []string
	jobsWrong    int

	round atomic.Int64 // acknowledged in this round
	more  chan struct{}
	every int // things of a client
}

// begin makes the commons that the clients change, and the one with a repository.
func (m *model) begin(s *server, clients int, repository string) error {
	m.every = 8
	for c := range clients {
		mine := &mine{}
		for t := range m.every {
			x, err := create(s, fmt.Sprintf("Thing %d of client %d", t, c))
			if err != nil {
				return err
			}
			mine.things = append(mine.things, x)
			m.created++
		}
		m.clients = append(m.clients, mine)
	}
	var added struct{ Job string }
	if _, err := s.ask("POST", "/api/commons", map[string]string{"address": repository}, &added); err != nil {
		return err
	}
	if err := done(s, added.Job); err != nil {
		return err
	}
	m.created++
	var list []struct {
		Slug   string
		Fields struct{ Name string }
	}
	if _, err := s.ask("GET", "/api/commons.json", nil, &list); err != nil {
		return err
	}
	for _, x := range list {
		if x.Fields.Name == "Crash" {
			m.repository = x.Slug
		}
	}
	if m.repository == "" {
		return errors.New("the import made no commons of the repository's name")
	}
	return nil
}

func create(s *server, name string) (*thing, error) {
	var out struct{ Commons described }
	_, err := s.ask("POST", "/api/commons", map[string]any{"fields": map[string]any{"name": name, "summary": summary(0)["summary"]}}, &out)
	return &thing{slug: out.Commons.Slug, revision: out.Commons.Revision}, err
}

// write lets all clients work until the returned function, called once the program is gone, has seen them stop.
func (m *model) write(s *server, round int) (stop func()) {
	m.round.Store(0)
	m.more = make(chan struct{}, 1)
	var all sync.WaitGroup
	var mu sync.Mutex
	for n, mine := range m.clients {
		all.Go(func() {
			rnd := rand.New(rand.NewPCG(uint64(round), uint64(n)))
			for w := 0; ; w++ {
				err := m.one(s, mine, rnd, fmt.Sprintf("Made in round %d by client %d as %d", round, n, w))
				if errors.Is(err, errGone) {
					return
				}
				if err != nil {
					mu.Lock()
					m.wrong = append(m.wrong, fmt.Sprintf("round %d: a write was refused: %v", round, err))
					mu.Unlock()
					return
				}
				m.round.Add(1)
				select {
				case m.more <- struct{}{}:
				default:
				}
			}
		})
	}
	m.job = ""
	var job struct{ Job string }
	if _, err := s.ask("POST", "/api/commons/"+url.PathEscape(m.repository)+"/refresh", map[string]any{}, &job); err == nil {
		m.job, m.jobs = job.Job, m.jobs+1
	} else if !errors.Is(err, errGone) {
		mu.Lock()
		m.wrong = append(m.wrong, fmt.Sprintf("round %d: the refresh was refused: %v", round, err))
		mu.Unlock()
	}
	return all.Wait
}

// one does one write of a client: in twenty, one creates a commons, the others change one.
func (m *model) one(s *server, mine *mine, rnd *rand.Rand, name string) error {
	if rnd.IntN(20) == 0 {
		mine.created = append(mine.created, nil) // not answered yet
		x, err := create(s, name)
		if err == nil {
			mine.created[len(mine.created)-1] = x
		}
		return err
	}
	x := mine.things[rnd.IntN(len(mine.things))]
	x.tried = x.step + 1
	var out described
	if _, err := s.ask("PATCH", "/api/commons/"+url.PathEscape(x.slug), map[string]any{"base": x.revision, "fields": summary(x.tried)}, &out); err != nil {
		return err
	}
	x.step, x.tried, x.revision = x.tried, 0, out.Revision
	return nil
}

// wait returns once so many writes of this round were acknowledged.
func (m *model) wait(least int64) error {
	limit := time.After(2 * time.Minute)
	for m.round.Load() < least {
		select {
		case <-m.more:
		case <-limit:
			return fmt.Errorf("only %d writes were acknowledged in two minutes", m.round.Load())
		}
	}
	return nil
}

// judge compares what the program gives after the crash with the model, for all that this round touched.
func (m *model) judge(s *server, round int) error {
	m.acknowledged += m.round.Load()
	var mu sync.Mutex
	var errs error
	say := func(format string, args ...any) {
		mu.Lock()
		defer mu.Unlock()
		m.wrong = append(m.wrong, fmt.Sprintf("round %d: ", round)+fmt.Sprintf(format, args...))
	}
	var all sync.WaitGroup
	for _, mine := range m.clients {
		all.Go(func() {
			for _, x := range mine.things {
				if err := x.judge(s, say); err != nil {
					mu.Lock()
					errs = errors.Join(errs, err)
					mu.Unlock()
				}
			}
			for _, x := range mine.created {
				mu.Lock()
				if x == nil {
					m.unsure++
				} else {
					m.created++
				}
				mu.Unlock()
				if x == nil {
					continue
				}
				if err := x.judge(s, say); err != nil {
					mu.Lock()
					errs = errors.Join(errs, err)
					mu.Unlock()
				}
			}
			mine.created = nil
		})
	}
	all.Wait()
	return errors.Join(errs, m.judgeJob(s, round))
}

// judge reads the thing again: it must say what was acknowledged last, or what was under way, and have as many revisions as steps.
func (x *thing) judge(s *server, say func(string, ...any)) error {
	var now described
	status, err := s.ask("GET", "/api/commons/"+url.PathEscape(x.slug), nil, &now)
	if status == 404 {
		say("%s was acknowledged and is gone", x.slug)
		return nil
	}
	if err != nil {
		return err
	}
	step := x.step
	if x.tried != 0 && now.Fields.Summary["en"] == summary(x.tried)["summary"].(map[string]string)["en"] {
		step = x.tried
	}
	if want := summary(step)["summary"].(map[string]string)["en"]; now.Fields.Summary["en"] != want {
		say("%s says %q, acknowledged was %q", x.slug, now.Fields.Summary["en"], want)
	}
	if want := x.revision + int64(step-x.step); now.Revision != want {
		say("%s has revision %d after step %d, not %d", x.slug, now.Revision, step, want)
	}
	x.step, x.tried, x.revision = step, 0, now.Revision
	return nil
}

// judgeJob waits for the refresh of this round and counts its effects: the sentence of this round's commit came in once.
func (m *model) judgeJob(s *server, round int) error {
	if m.job != "" {
		if err := done(s, m.job); err != nil {
			m.jobsWrong++
			m.wrong = append(m.wrong, fmt.Sprintf("round %d: the refresh: %v", round, err))
			return nil
		}
	}
	type changed struct{ After json.RawMessage }
	var history struct{ Items []struct{ Changes []changed } }
	if _, err := s.ask("GET", "/api/commons/"+url.PathEscape(m.repository)+"/history", nil, &history); err != nil {
		return err
	}
	n := 0
	for _, e := range history.Items {
		if slices.ContainsFunc(e.Changes, func(c changed) bool { return strings.Contains(string(c.After), fmt.Sprintf("in round %d.", round)) }) {
			n++
		}
	}
	if n > 1 || n == 0 && m.job != "" {
		m.jobsWrong++
		m.wrong = append(m.wrong, fmt.Sprintf("round %d: the refresh had its effect %d times", round, n))
	}
	return nil
}

// done waits until a job has ended well.
func done(s *server, id string) error {
	for limit := time.Now().Add(2 * time.Minute); time.Now().Before(limit); time.Sleep(10 * time.Millisecond) {
		var job struct{ State, Why string }
		status, err := s.ask("GET", "/api/jobs/"+id, nil, &job)
		switch {
		case status == 404:
			return errors.New("the job was acknowledged and is gone")
		case err != nil:
			return err
		case job.State == "done":
			return nil
		case job.State == "failed", job.State == "cancelled":
			return fmt.Errorf("the job is %s: %s", job.State, job.Why)
		}
	}
	return errors.New("the job did not end within two minutes")
}

// last counts all commons: none more than were asked for.
func (m *model) last(s *server) error {
	var list []json.RawMessage
	if _, err := s.ask("GET", "/api/commons.json", nil, &list); err != nil {
		return err
	}
	made := 0
	for _, x := range list {
		if strings.Contains(string(x), `"Made in round `) || strings.Contains(string(x), `"Thing `) {
			made++
		}
	}
	if want := m.created - 1; made < want || made > want+m.unsure {
		m.wrong = append(m.wrong, fmt.Sprintf("%d commons are there; %d were acknowledged and %d not answered", made, want, m.unsure))
	}
	return nil
}
