package catalogue

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"commun/internal/core/commons"
	"commun/internal/platform/search"
	"commun/internal/platform/storage"
)

// changedTopic tells the other nodes which commons changed.
const changedTopic = "catalogue.changed"

// watch keeps the search index and, after the commit, the list in memory as a commons is now.
func (s *Service) watch(ctx context.Context, tx *storage.Tx, c commons.Commons) error {
	if err := s.index(ctx, tx, c); err != nil {
		return err
	}
	tx.AfterCommit(func() {
		s.memory.set(&c)
		if s.Hub != nil {
			s.Hub.Publish(changedTopic, []byte(c.ID))
		}
	})
	return nil
}

func (s *Service) index(ctx context.Context, tx *storage.Tx, c commons.Commons) error {
	if c.State == commons.Merged {
		return s.Search.Remove(ctx, tx, SearchKind, c.ID)
	}
	return s.Search.Put(ctx, tx, document(&c))
}

// document is what the index is given of a commons: a text for each language in which it is described, and the everyday words for its category.
func document(c *commons.Commons) search.Doc {
	d := search.Doc{Kind: SearchKind, ID: c.ID, Owner: c.ID, Tie: c.Slug, Public: c.State == commons.Active || c.State == commons.Archived, Facets: facetsOf(c), Score: score(c)}
	shared := []string{c.Slug}
	for _, f := range []string{"stewards", "users"} {
		if v, ok := c.Best(f, ""); ok {
			for _, p := range v.PartyList() {
				shared = append(shared, p.Name)
			}
		}
	}
	if v, ok := c.Best("categories", ""); ok {
		shared = append(shared, v.List()...)
	}
	langs := c.Langs("summary")
	for _, l := range c.Langs("description") {
		if !contains(langs, l) {
			langs = append(langs, l)
		}
	}
	for _, l := range langs {
		t := search.Text{Lang: l, Name: c.Name()}
		if l == undetermined {
			t.Lang = ""
		}
		if v, ok := c.Best("summary", l); ok {
			t.Summary = v.Text()
		}
		body := shared
		if v, ok := c.Best("features", l); ok {
			body = append(body[:len(body):len(body)], v.List()...)
		}
		if v, ok := c.Best("description", l); ok {
			body = append(body[:len(body):len(body)], v.Text())
		}
		t.Body = strings.Join(body, "\n")
		d.Texts = append(d.Texts, t)
	}
	if len(d.Texts) == 0 {
		d.Texts = []search.Text{{Name: c.Name(), Body: strings.Join(shared, "\n")}}
	}
	d.Texts = append(d.Texts, labelTexts(c)...)
	return d
}

func contains(list []string, s string) bool {
	for _, x := range list {
		if x == s {
			return true
		}
	}
	return false
}

// score puts what is well described before what is hardly described, among equals of a search.
func score(c *commons.Commons) float64 {
	n := 0.0
	for _, f := range []string{"licence", "stewards", "stage", "version", "website"} {
		if _, ok := c.Best(f, ""); ok {
			n++
		}
	}
	if len(c.Langs("summary")) > 0 {
		n++
	}
	if len(c.Langs("description")) > 0 {
		n++
	}
	return n / 7
}

// loadPage is how many commons are read at once.
const loadPage = 500

// Load reads all commons into memory; List waits for it. Run calls it unless it was called before.
func (s *Service) Load(ctx context.Context) error {
	since, after := storage.Now(), ""
	for {
		list, err := s.Commons.AllBrief(ctx, after, loadPage)
		if err != nil {
			return fmt.Errorf("load the list: %w", err)
		}
		s.memory.fill(list)
		if len(list) < loadPage {
			break
		}
		after = list[len(list)-1].ID
	}
	select {
	case <-s.memory.ready:
	default:
		s.memory.since = since
		close(s.memory.ready)
	}
	return nil
}

// followEvery is how often a node of several looks for what the others changed, besides being told.
const followEvery = 2 * time.Second

// Run fills the list, and on PostgreSQL keeps it as the other nodes change it, until ctx ends.
func (s *Service) Run(ctx context.Context) error {
	select {
	case <-s.memory.ready:
	default:
		if err := s.Load(ctx); err != nil {
			return err
		}
	}
	since := s.memory.since
	if s.DB.Dialect() == storage.SQLite { // one process writes, and its watcher tells
		<-ctx.Done()
		return ctx.Err()
	}
	var told <-chan []byte
	if s.Hub != nil {
		told = s.Hub.Subscribe(ctx, changedTopic)
	}
	tick := time.NewTicker(followEvery)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-told:
		case <-tick.C:
		}
		latest, err := s.follow(ctx, since)
		if err != nil && ctx.Err() == nil {
			s.Log.Warn("list cannot follow the other nodes", "err", err)
			continue
		}
		since = max(since, latest)
	}
}

// overlap covers commits that take long and clocks of nodes that differ: rows are looked at again for so long.
const overlap = time.Minute

// follow takes in what was changed since, and returns the time of the latest change.
func (s *Service) follow(ctx context.Context, since int64) (latest int64, err error) {
	at, after := since-overlap.Microseconds(), ""
	for {
		rows, err := s.DB.Query(ctx, `SELECT id, updated_at, revision FROM commons WHERE (updated_at, id) > ($1, $2) ORDER BY updated_at, id LIMIT 500`, at, after)
		if err != nil {
			return latest, err
		}
		var stale []string
		n := 0
		for rows.Next() {
			var revision int64
			if err := rows.Scan(&after, &at, &revision); err != nil {
				rows.Close()
				return latest, err
			}
			if n++; s.memory.revision(after) < revision {
				stale = append(stale, after)
			}
			latest = max(latest, at)
		}
		if err := errors.Join(rows.Err(), rows.Close()); err != nil {
			return latest, err
		}
		list, err := s.Commons.ByIDs(ctx, stale)
		if err != nil {
			return latest, err
		}
		for i := range list {
			s.memory.set(&list[i])
		}
		if n < 500 {
			return latest, nil
		}
	}
}
