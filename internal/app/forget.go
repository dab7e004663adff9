package app

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"commun/internal/core/people"
	"commun/internal/platform/storage"
)

// Forget forgets a person everywhere: in the database, in the search index, in what is kept beside it, and in what the database leaves of
// rows that were changed. A name that stands alone in what others wrote waits for an administrator, but for those among names; asked counts those
// that wait. When it fails after the first step the person is forgotten, and what is left goes with the next forgetting.
func (a *App) Forget(ctx context.Context, by people.Actor, person string, names []string) (asked int, err error) {
	p, err := a.People.Person(ctx, operator, person)
	if err != nil || p.Forgotten {
		p = people.Person{} // whether there is such a person is for the forgetting itself to say
	}
	holding, err := a.mirrorsOf(append([]string{p.Email}, names...), nil)
	if err != nil {
		return 0, fmt.Errorf("look for copies of repositories: %w", err)
	}
	if asked, err = a.People.Forget(ctx, by, person, names); err != nil {
		return 0, err
	}
	return asked, a.sweep(ctx, holding)
}

// AnswerForgetting answers the request of a forgotten person that a name go from what others wrote, and leaves nothing of what was erased by it.
func (a *App) AnswerForgetting(ctx context.Context, by people.Actor, id string, answer people.Answer) error {
	asked, _, err := a.People.Request(ctx, by, id)
	if err != nil {
		return err
	}
	var holding, only []string
	for _, o := range answer.Things {
		only = append(only, o.ID)
	}
	if answer.Outcome != people.Refused {
		if holding, err = a.mirrorsOf([]string{asked.Name}, only); err != nil {
			return fmt.Errorf("look for copies of repositories: %w", err)
		}
	}
	if err := a.People.Answer(ctx, by, id, answer); err != nil {
		return err
	}
	return a.sweep(ctx, holding)
}

// sweep removes what is left of rows that were changed, and the copies of repositories that hold what was forgotten.
func (a *App) sweep(ctx context.Context, holding []string) error {
	for _, commons := range holding { // git made it, and the next refresh fetches it anew: what is shown of it leaves the person out
		if err := a.Catalogue.Mirror(commons).Remove(); err != nil {
			a.Log.Warn("a copy of a repository that holds a forgotten person stays until its next refresh", "commons", commons, "error", err)
		}
	}
	if err := a.dropCopies(); err != nil {
		return fmt.Errorf("remove copies of the database: %w", err)
	}
	if _, err := a.Search.Drain(ctx); err != nil {
		return fmt.Errorf("forget in the search index: %w", err)
	}
	tables, err := a.tables(ctx)
	if err != nil {
		return err
	}
	return a.DB.Scrub(ctx, tables...)
}

// mirrorsOf returns the commons (of only, unless it is nil) whose repository's history holds one of texts. The saved histories say it: git itself
// would take minutes.
func (a *App) mirrorsOf(texts, only []string) ([]string, error) {
	var holding []string
	err := filepath.WalkDir(histories(a.Config.Data), func(path string, d fs.DirEntry, err error) error {
		if errors.Is(err, fs.ErrNotExist) {
			return nil
		}
		commons, _, _ := strings.Cut(filepath.Base(path), ".")
		if err != nil || !d.Type().IsRegular() || only != nil && !slices.Contains(only, commons) {
			return err
		}
		b, err := os.ReadFile(path)
		if errors.Is(err, fs.ErrNotExist) {
			return nil // renewed meanwhile
		}
		b = bytes.ToLower(b)
		if slices.ContainsFunc(texts, func(t string) bool { return t != "" && bytes.Contains(b, []byte(strings.ToLower(t))) }) {
			holding = append(holding, commons)
		}
		return err
	})
	return holding, err
}

// dropCopies removes what upgrades kept of the database as it was: it holds everybody who was there then.
func (a *App) dropCopies() error {
	if a.DB.Dialect() != storage.SQLite {
		return nil
	}
	old, err := filepath.Glob(filepath.Join(a.Config.Data, "commun.db.before-*"))
	for _, path := range old {
		err = errors.Join(err, os.Remove(path))
	}
	return err
}

// ownTables lists the tables that PostgreSQL is to clean: SQLite overwrites what it deletes.
var ownTables = storage.SQL{
	SQLite:   `SELECT name FROM sqlite_schema WHERE 1 = 0`,
	Postgres: `SELECT tablename FROM pg_tables WHERE schemaname = current_schema() ORDER BY tablename`,
}

// tables returns all of them: a person may have left something in any, and a list kept by hand would forget one.
func (a *App) tables(ctx context.Context) ([]string, error) {
	rows, err := a.DB.Query(ctx, a.DB.Pick(ownTables))
	if err != nil {
		return nil, fmt.Errorf("list tables: %w", err)
	}
	defer func() { _ = rows.Close() }() // read to its end
	var names []string
	for rows.Next() {
		var n string
		if err := rows.Scan(&n); err != nil {
			return nil, fmt.Errorf("list tables: %w", err)
		}
		names = append(names, n)
	}
	return names, rows.Err()
}
