package app

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"commun/internal/core/people"
	"commun/internal/platform/storage"
)

// Forget forgets a person everywhere: in the database, in the search index, in what is kept beside it, and in what the database leaves of
// rows that were changed. When it fails after the first step the person is forgotten, and what is left goes with the next forgetting.
func (a *App) Forget(ctx context.Context, by people.Actor, person string) error {
	holding, err := a.mirrorsOf(ctx, person)
	if err != nil {
		return fmt.Errorf("look for copies of repositories: %w", err)
	}
	if err := a.People.Forget(ctx, by, person); err != nil {
		return err
	}
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

// mirrorsOf returns the commons whose repository's history names the person. The saved histories say it: git itself would take minutes.
func (a *App) mirrorsOf(ctx context.Context, person string) ([]string, error) {
	p, err := a.People.Person(ctx, operator, person)
	if err != nil || p.Forgotten {
		return nil, nil //nolint:nilerr // whether there is such a person is for the forgetting itself to say
	}
	var holding []string
	err = filepath.WalkDir(histories(a.Config.Data), func(path string, d fs.DirEntry, err error) error {
		if errors.Is(err, fs.ErrNotExist) {
			return nil
		}
		if err != nil || !d.Type().IsRegular() {
			return err
		}
		b, err := os.ReadFile(path)
		if errors.Is(err, fs.ErrNotExist) {
			return nil // renewed meanwhile
		}
		b = bytes.ToLower(b)
		for _, m := range []string{p.Email, p.Name} {
			if m != "" && bytes.Contains(b, []byte(strings.ToLower(m))) {
				commons, _, _ := strings.Cut(filepath.Base(path), ".")
				holding = append(holding, commons)
				break
			}
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
