//go:build unix

// Command writes measures real saves, each a change of a field with its entry in the record and its row for the search index, durable when
// it is answered: by the service, and over HTTP through the API, from 1 and from 32 clients.
//
//	go run ./bench/writes [-postgres postgres://…]
//
// In turn with a floor on the same database: a row and a line of a journal, of as many bytes as a change needs at the least, through
// database/sql alone, one commit each, synchronous=FULL. A real save reads the commons, checks, writes five rows in as many tables with their
// indexes and hashes; the floor writes two. What group commit itself reaches is measured by
//
//	go test ./internal/platform/storage -run - -bench Write -benchtime 3s
package main

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"runtime/pprof"
	"sync"
	"sync/atomic"
	"time"

	"commun/bench/internal/kit"
	"commun/internal/app"
	"commun/internal/core/commons"
	"commun/internal/core/people"
	"commun/internal/web"
)

func main() {
	seconds := flag.Float64("seconds", 2, "of one round")
	rounds := flag.Int("rounds", 3, "rounds")
	postgres := flag.String("postgres", "", "URL of a PostgreSQL, which gets a database \"commun_bench_writes\" that is emptied first")
	profile := flag.String("profile", "", "write a CPU profile of saves by the service from 32 clients here, on SQLite, and measure nothing else")
	flag.Parse()
	if *profile != "" {
		kit.Exit(kit.Each("", "commun_bench_writes", func(p kit.Place) error { return profiled(context.Background(), p, *profile) }))
		return
	}
	kit.Head(os.Stdout, "Saves, durable and recorded")
	kit.Exit(kit.Each(*postgres, "commun_bench_writes", func(p kit.Place) error {
		return run(context.Background(), p, *rounds, time.Duration(*seconds*float64(time.Second)))
	}))
}

// save does one write as a client; i is different in each call.
type save func(client int, i int64) error

func run(ctx context.Context, p kit.Place, rounds int, d time.Duration) error {
	a, err := kit.Open(ctx, kit.Config(p.Dir, p.Address))
	if err != nil {
		return err
	}
	defer a.Close(ctx)
	made, err := kit.Fill(ctx, a, 1000)
	if err != nil {
		return err
	}
	floor, done, err := plain(ctx, p)
	if err != nil {
		return fmt.Errorf("make the floor: %w", err)
	}
	defer done()
	overHTTP, end, err := api(ctx, a, made.List)
	if err != nil {
		return err
	}
	defer end()
	fmt.Printf("### %s\n\n| save | clients | saves/s | p50 / p95 / p99 ms | of the floor | CPU µs |\n|---|---|---|---|---|---|\n", p.Name)
	var count atomic.Int64 // every save is another one
	for _, clients := range []int{1, most} {
		var least, own, wire []kit.Sample
		for range rounds {
			f, err1 := load(&count, clients, d, floor)
			s, err2 := load(&count, clients, d, service(ctx, a, made.List))
			h, err3 := load(&count, clients, d, overHTTP)
			if err := errors.Join(err1, err2, err3); err != nil {
				return err
			}
			least, own, wire = append(least, f), append(own, s), append(wire, h)
		}
		f := kit.Median(least)
		for _, x := range []struct {
			name string
			kit.Sample
		}{{"floor: a row and a line, one commit each", f}, {"by the service", kit.Median(own)}, {"over HTTP, by the API", kit.Median(wire)}} {
			fmt.Printf("| %s | %d | %.0f | %.2f / %.2f / %.2f | %.0f %% | %.0f |\n", x.name, clients, x.Rate, x.P50, x.P95, x.P99, 100*x.Rate/f.Rate, x.CPU)
		}
	}
	for { // the log takes in what waits
		left, err := a.Journal.Sequence(ctx)
		if err != nil {
			return err
		}
		if left == 0 {
			break
		}
	}
	fmt.Println()
	return nil
}

// profiled says where the time of a save goes.
func profiled(ctx context.Context, p kit.Place, file string) error {
	a, err := kit.Open(ctx, kit.Config(p.Dir, p.Address))
	if err != nil {
		return err
	}
	defer a.Close(ctx)
	made, err := kit.Fill(ctx, a, 1000)
	if err != nil {
		return err
	}
	f, err := os.Create(file)
	if err != nil {
		return err
	}
	defer f.Close()
	if err := pprof.StartCPUProfile(f); err != nil {
		return err
	}
	defer pprof.StopCPUProfile()
	var count atomic.Int64
	s, err := load(&count, most, 5*time.Second, service(ctx, a, made.List))
	fmt.Printf("%.0f saves/s, %.0f µs CPU each\n", s.Rate, s.CPU)
	return err
}

// load has clients save for so long, each again as soon as it has its answer.
func load(count *atomic.Int64, clients int, d time.Duration, s save) (kit.Sample, error) {
	times := make([][]time.Duration, clients)
	errs := make([]error, clients)
	var wg sync.WaitGroup
	own, _ := kit.CPU()
	begun := time.Now()
	for c := range clients {
		wg.Go(func() {
			for time.Since(begun) < d && errs[c] == nil {
				at := time.Now()
				errs[c] = s(c, count.Add(1))
				times[c] = append(times[c], time.Since(at))
			}
		})
	}
	wg.Wait()
	took := time.Since(begun)
	now, _ := kit.CPU()
	var all []time.Duration
	for _, t := range times {
		all = append(all, t...)
	}
	sum := kit.Summary(all, took)
	sum.CPU = float64((now - own).Microseconds()) / float64(max(1, sum.N))
	return sum, errors.Join(errs...)
}

// turn is the commons that a client's save number i changes: another each time, of those that are the client's alone. Who saves one commons again
// before the index has taken it in waits for that, on PostgreSQL, and nobody saves one thing a hundred times a second.
func turn(list []kit.Made, client int, i int64) kit.Made {
	return list[client+most*int(i%int64(len(list)/most))]
}

// most is how many clients save at once.
const most = 32

// service saves by the service: a new summary.
func service(ctx context.Context, a *app.App, list []kit.Made) save {
	by := people.Program("bench")
	return func(client int, i int64) error {
		c, err := a.Commons.ByID(ctx, by, turn(list, client, i).ID)
		if err != nil {
			return err
		}
		value, err := json.Marshal(text(i))
		if err != nil {
			return err
		}
		_, err = a.Commons.Edit(ctx, by, c.ID, commons.Edit{Base: c.Revision, Values: []commons.Value{{Field: "summary", Lang: "en", JSON: value}}})
		return err
	}
}

func text(i int64) string {
	return fmt.Sprintf("In change %d this commons says of itself something that it did not say before, in some hundred letters.", i)
}

// api saves over HTTP as an administrator who is signed in.
func api(ctx context.Context, a *app.App, list []kit.Made) (save, func(), error) {
	session, err := kit.Session(ctx, a)
	if err != nil {
		return nil, nil, err
	}
	rt, err := a.Site()
	if err != nil {
		return nil, nil, err
	}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return nil, nil, err
	}
	srv := web.NewServer("", rt, slog.New(slog.DiscardHandler))
	go func() { _ = srv.Serve(l) }() // it ends with Close
	conns := make([]*kit.Conn, most)
	return func(client int, i int64) (err error) {
			if conns[client] == nil { // at its first save: the server waits for no one's first request for long
				if conns[client], err = kit.Dial(l.Addr().String(), true); err != nil {
					return err
				}
			}
			status, _, err := conns[client].Do(kit.Request("PATCH", "/api/commons/"+turn(list, client, i).Slug, fmt.Sprintf(`{"fields":{"summary":{"fr":%q}}}`, text(i)),
				"Cookie: commun_session="+session, "Content-Type: application/merge-patch+json"))
			if err == nil && status != http.StatusOK {
				err = fmt.Errorf("save is answered with %d: %s", status, conns[client].Body)
			}
			return err
		}, func() {
			for _, c := range conns {
				if c != nil {
					_ = c.Close()
				}
			}
			_ = srv.Close()
		}, nil
}

// plain saves a row and a line by database/sql alone.
func plain(ctx context.Context, p kit.Place) (save, func(), error) {
	db, err := sql.Open("pgx", p.Address)
	if p.Address == "" {
		db, err = sql.Open("sqlite", "file:"+filepath.Join(p.Dir, "floor.db")+"?_pragma=journal_mode(WAL)&_pragma=synchronous(FULL)&_txlock=immediate")
	}
	if err != nil {
		return nil, nil, err
	}
	db.SetMaxOpenConns(32)
	db.SetMaxIdleConns(32)
	if p.Address == "" {
		db.SetMaxOpenConns(1) // one writer is all that SQLite lets write
	}
	for _, q := range []string{`CREATE TABLE floor_state (id BIGINT PRIMARY KEY, text TEXT NOT NULL)`, `CREATE TABLE floor_journal (id BIGINT PRIMARY KEY, text TEXT NOT NULL)`} {
		if _, err := db.ExecContext(ctx, q); err != nil {
			return nil, nil, err
		}
	}
	state, err1 := db.PrepareContext(ctx, `INSERT INTO floor_state (id, text) VALUES ($1, $2)`)
	journal, err2 := db.PrepareContext(ctx, `INSERT INTO floor_journal (id, text) VALUES ($1, $2)`)
	if err := errors.Join(err1, err2); err != nil {
		return nil, nil, err
	}
	return func(_ int, i int64) error {
		tx, err := db.BeginTx(ctx, nil)
		if err != nil {
			return err
		}
		defer tx.Rollback()
		if _, err := tx.StmtContext(ctx, state).ExecContext(ctx, i, text(i)); err != nil {
			return err
		}
		if _, err := tx.StmtContext(ctx, journal).ExecContext(ctx, i, text(i)); err != nil {
			return err
		}
		return tx.Commit()
	}, func() { _ = db.Close() }, nil
}
