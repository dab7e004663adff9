//go:build unix

package main

import (
	"bytes"
	"context"
	"database/sql"
	"html"
	"math/rand/v2"
	"net/http"
	"path/filepath"
	"strconv"
	"strings"

	"commun/bench/internal/kit"
)

// floor is the least that a server must do for such pages: a row read by a prepared statement, HTML put together by hand, filled up to the
// size of the page that it stands for. It has tables of its own, in its own file or schema, with the same words.
type floor struct {
	db                 *sql.DB
	list, search, item *sql.Stmt
	names              []string
	postgres           bool
	fill               []byte
}

func newFloor(ctx context.Context, p kit.Place, made []kit.Made) (*floor, error) {
	f := &floor{postgres: p.Address != "", fill: bytes.Repeat([]byte("<li><a href=\"/commons?kind=code\">code (1234)</a></li>\n"), 4000)}
	var err error
	create := []string{`CREATE TABLE floor (id INTEGER PRIMARY KEY, slug TEXT UNIQUE, name TEXT, summary TEXT, kind TEXT, licence TEXT)`,
		`CREATE INDEX floor_name ON floor (name, id)`}
	find := `SELECT f.slug, f.name, f.summary, f.kind, f.licence FROM floor_words w JOIN floor f ON f.id = w.rowid WHERE floor_words MATCH $1 ORDER BY rank LIMIT 20`
	if f.postgres {
		create = append(create, `CREATE TABLE floor_words (id INTEGER PRIMARY KEY, words TSVECTOR)`, `CREATE INDEX floor_gin ON floor_words USING GIN (words)`)
		find = `SELECT f.slug, f.name, f.summary, f.kind, f.licence FROM floor_words w JOIN floor f ON f.id = w.id, to_tsquery('simple', $1) q
			WHERE w.words @@ q ORDER BY ts_rank(w.words, q) DESC LIMIT 20`
		f.db, err = sql.Open("pgx", p.Address)
	} else {
		create = append(create, `CREATE VIRTUAL TABLE floor_words USING fts5(words, content='')`)
		f.db, err = sql.Open("sqlite", "file:"+filepath.Join(p.Dir, "floor.db")+"?_pragma=journal_mode(WAL)&_pragma=mmap_size(268435456)")
	}
	if err != nil {
		return nil, err
	}
	f.db.SetMaxOpenConns(4)
	f.db.SetMaxIdleConns(4)
	for _, q := range create {
		if _, err := f.db.ExecContext(ctx, q); err != nil {
			return nil, err
		}
	}
	if err := f.write(ctx, made); err != nil {
		return nil, err
	}
	for q, to := range map[string]**sql.Stmt{
		`SELECT slug, name, summary, kind, licence FROM floor WHERE (name, id) > ($1, 0) ORDER BY name, id LIMIT 20`: &f.list,
		`SELECT slug, name, summary, kind, licence FROM floor WHERE slug = $1`:                                       &f.item,
		find: &f.search,
	} {
		if *to, err = f.db.PrepareContext(ctx, q); err != nil {
			return nil, err
		}
	}
	return f, nil
}

func (f *floor) write(ctx context.Context, made []kit.Made) error {
	tx, err := f.db.BeginTx(ctx, nil)
	if err != nil {
		return err
	}
	defer tx.Rollback()
	words := `INSERT INTO floor_words (rowid, words) VALUES ($1, $2)`
	if f.postgres {
		words = `INSERT INTO floor_words (id, words) VALUES ($1, to_tsvector('simple', $2))`
	}
	row, err := tx.PrepareContext(ctx, `INSERT INTO floor (id, slug, name, summary, kind, licence) VALUES ($1, $2, $3, $4, $5, 'EUPL-1.2')`)
	if err != nil {
		return err
	}
	index, err := tx.PrepareContext(ctx, words)
	if err != nil {
		return err
	}
	for i, m := range made {
		f.names = append(f.names, m.Name)
		if _, err := row.ExecContext(ctx, i+1, m.Slug, m.Name, strings.Join(m.Words[:min(20, len(m.Words))], " "), m.Kind); err != nil {
			return err
		}
		if _, err := index.ExecContext(ctx, i+1, m.Name+" "+strings.Join(m.Words, " ")); err != nil {
			return err
		}
	}
	if err := tx.Commit(); err != nil {
		return err
	}
	after := `INSERT INTO floor_words (floor_words) VALUES ('optimize')`
	if f.postgres {
		after = `ANALYZE`
	}
	_, err = f.db.ExecContext(ctx, after)
	return err
}

func (f *floor) close() { _ = f.db.Close() }

func (f *floor) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	v := r.URL.Query()
	size, _ := strconv.Atoi(v.Get("size"))
	stmt, arg := f.item, v.Get("q")
	switch r.URL.Path {
	case "/list":
		stmt, arg = f.list, f.names[rand.IntN(len(f.names))]
	case "/search":
		stmt = f.search
		if f.postgres {
			arg = strings.ReplaceAll(arg, " ", " & ")
		}
	}
	rows, err := stmt.QueryContext(r.Context(), arg)
	if err != nil {
		http.Error(w, err.Error(), http.StatusInternalServerError)
		return
	}
	defer rows.Close()
	b := bytes.NewBuffer(make([]byte, 0, size+8<<10))
	b.WriteString("<!DOCTYPE html><html lang=en><head><title>floor</title></head><body><ul>\n")
	for rows.Next() {
		var slug, name, summary, kind, licence string
		if err := rows.Scan(&slug, &name, &summary, &kind, &licence); err != nil {
			http.Error(w, err.Error(), http.StatusInternalServerError)
			return
		}
		for _, s := range []string{`<li><a href="/commons/`, html.EscapeString(slug), `">`, html.EscapeString(name), `</a><p>`, html.EscapeString(summary), `</p><p>`,
			html.EscapeString(kind), ` `, html.EscapeString(licence), "</p></li>\n"} {
			b.WriteString(s)
		}
	}
	if err := rows.Err(); err != nil {
		http.Error(w, err.Error(), http.StatusInternalServerError)
		return
	}
	if left := size - b.Len(); left > 0 {
		b.Write(f.fill[:min(left, len(f.fill))])
	}
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	w.Header().Set("Content-Length", strconv.Itoa(b.Len()))
	_, _ = w.Write(b.Bytes()) // an error means that the client has gone
}
