//go:build unix

// Command site measures the pages of an instance of 20,000 synthetic commons over loopback HTTP, against a floor in the same run: a handler
// of net/http, prepared statements and hand-written HTML of the same size, on the same database.
//
//	go run ./bench/site                                 SQLite
//	go run ./bench/site -postgres postgres://…          SQLite, then PostgreSQL in a database of its own
//	go run ./bench/site -only "item" -profile item.prof where the time of one page goes
//
// Server, database and client share the machine's cores. Each page is asked for in rounds, in turn with the floor, over 1 and over 16
// connections, each asking again as soon as it has its answer; the table has medians of the rounds. "CPU" is this process, server and client
// together, without PostgreSQL's own. Answers are not compressed, but in the row that says so.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"net"
	"net/http"
	"net/url"
	"os"
	"runtime/debug"
	"runtime/pprof"
	"strings"
	"time"

	"commun/bench/internal/kit"
	"commun/internal/core/commons"
	"commun/internal/web"
)

func main() {
	n := flag.Int("n", 20_000, "commons")
	postgres := flag.String("postgres", "", "URL of a PostgreSQL, which gets a database \"commun_bench_site\" that is emptied first")
	seconds := flag.Float64("seconds", 1, "of one round of one page")
	rounds := flag.Int("rounds", 3, "rounds")
	only := flag.String("only", "", "measure only the pages whose name contains this")
	profile := flag.String("profile", "", "write a CPU profile of the pages of -only here")
	flag.Parse()
	kit.Head(os.Stdout, fmt.Sprintf("Pages of %d commons", *n))
	kit.Exit(kit.Each(*postgres, "commun_bench_site", func(p kit.Place) error {
		return run(context.Background(), p, *n, *rounds, time.Duration(*seconds*float64(time.Second)), *only, *profile)
	}))
}

// page is one thing to ask for, and the floor that it is measured against.
type page struct {
	name  string
	next  func(*rand.Rand) []byte
	floor string // the path of the floor, to which the size is added; "" for none
	query func(*rand.Rand) string
}

func run(ctx context.Context, p kit.Place, n, rounds int, d time.Duration, only, profile string) error {
	a, err := kit.Open(ctx, kit.Config(p.Dir, p.Address))
	if err != nil {
		return err
	}
	defer a.Close(ctx)
	made, err := kit.Fill(ctx, a, n)
	if err != nil {
		return err
	}
	session, err := kit.Session(ctx, a)
	if err != nil {
		return err
	}
	rt, err := a.Site()
	if err != nil {
		return err
	}
	site, stop, err := serve(rt)
	if err != nil {
		return err
	}
	defer stop()
	fl, err := newFloor(ctx, p, made.List)
	if err != nil {
		return fmt.Errorf("make the floor: %w", err)
	}
	defer fl.close()
	bare, stopFloor, err := serve(fl)
	if err != nil {
		return err
	}
	defer stopFloor()
	debug.FreeOSMemory()
	fmt.Printf("### %s\n\n%d commons, each with its entry in the record, created and indexed in %.1f s (%.0f/s); this process then holds %d MB\n\n",
		p.Name, n, made.Took.Seconds(), float64(n)/made.Took.Seconds(), kit.Memory(os.Getpid(), "VmRSS")>>20)

	var pages []page
	for _, x := range all(made.List, session) {
		if strings.Contains(x.name, only) {
			pages = append(pages, x)
		}
	}
	if profile != "" {
		f, err := os.Create(profile)
		if err != nil {
			return err
		}
		defer f.Close()
		for _, x := range pages { // warm first
			if _, err := kit.Ask(site, 4, d, http.StatusOK, x.next); err != nil {
				return err
			}
		}
		if err := pprof.StartCPUProfile(f); err != nil {
			return err
		}
		for _, x := range pages {
			s, err := kit.Ask(site, 4, d, http.StatusOK, x.next)
			if err != nil {
				return err
			}
			fmt.Printf("%s: %.0f/s, %.0f µs CPU\n", x.name, s.Rate, s.CPU)
		}
		pprof.StopCPUProfile()
		return nil
	}
	fmt.Println("| page | bytes | alone p50 / p95 / p99 ms | 16 connections: req/s | p50 / p95 / p99 ms | CPU µs | floor: req/s, CPU | of the floor: by rate, by CPU |")
	fmt.Println("|---|---|---|---|---|---|---|---|")
	for _, x := range pages {
		if err := measure(site, bare, x, rounds, d); err != nil {
			return fmt.Errorf("%s: %w", x.name, err)
		}
	}
	fmt.Printf("\nat most %d MB held while this was asked, client and floor included\n\n", kit.Memory(os.Getpid(), "VmHWM")>>20)
	return nil
}

// measure asks for a page and its floor in turn, and prints a row.
func measure(site, bare string, x page, rounds int, d time.Duration) error {
	warm, err := kit.Ask(site, 2, d/2, http.StatusOK, x.next)
	if err != nil {
		return err
	}
	var floor func(*rand.Rand) []byte
	if x.floor != "" {
		floor = func(r *rand.Rand) []byte {
			v := url.Values{"size": {fmt.Sprint(warm.Bytes)}}
			if x.query != nil {
				v.Set("q", x.query(r))
			}
			return kit.Get(x.floor + "?" + v.Encode())
		}
		if _, err := kit.Ask(bare, 2, d/2, http.StatusOK, floor); err != nil {
			return err
		}
	}
	var alone, many, least []kit.Sample
	for range rounds {
		one, err1 := kit.Ask(site, 1, d, http.StatusOK, x.next)
		sixteen, err2 := kit.Ask(site, 16, d, http.StatusOK, x.next)
		alone, many = append(alone, one), append(many, sixteen)
		if err := errors.Join(err1, err2); err != nil {
			return err
		}
		if floor != nil {
			s, err := kit.Ask(bare, 16, d, http.StatusOK, floor)
			if err != nil {
				return err
			}
			least = append(least, s)
		}
	}
	one, m := kit.Median(alone), kit.Median(many)
	of := "– | –"
	if floor != nil {
		f := kit.Median(least)
		of = fmt.Sprintf("%.0f, %.0f µs | %.0f %%, %.0f %%", f.Rate, f.CPU, 100*m.Rate/f.Rate, 100*f.CPU/m.CPU)
	}
	fmt.Printf("| %s | %d | %.2f / %.2f / %.2f | %.0f | %.1f / %.1f / %.1f | %.0f | %s |\n",
		x.name, m.Bytes, one.P50, one.P95, one.P99, m.Rate, m.P50, m.P95, m.P99, m.CPU, of)
	return nil
}

// all are the pages that are measured.
func all(list []kit.Made, session string) []page {
	measured := 0
	for measured < len(list) && list[measured].Measured {
		measured++
	}
	any := func(r *rand.Rand) kit.Made { return list[r.IntN(len(list))] }
	search := func(r *rand.Rand) (string, kit.Made) {
		for {
			m := any(r)
			if q := m.Search(r, true); q != "" {
				return q, m
			}
		}
	}
	words := func(r *rand.Rand) string { // without a mistake: the floor corrects nothing
		for {
			if q := any(r).Search(r, false); q != "" {
				return q
			}
		}
	}
	facets := func(m kit.Made) url.Values {
		return url.Values{"kind": {m.Kind}, "language": {m.Language}}
	}
	found := func(path string) func(*rand.Rand) []byte {
		return func(r *rand.Rand) []byte {
			q, m := search(r)
			v := facets(m)
			v.Set("q", q)
			return kit.Get(path + "?" + v.Encode())
		}
	}
	browse := func(headers ...string) func(*rand.Rand) []byte {
		return func(r *rand.Rand) []byte {
			// of so many choices that what the list remembers of facets does not serve them all
			v := url.Values{"kind": {any(r).Kind}, "language": {any(r).Language, any(r).Language}, "audience": {commons.Audiences[r.IntN(len(commons.Audiences))]},
				"sort": {[]string{"name", "updated", "added"}[r.IntN(3)]}}
			delete(v, []string{"kind", "language", "audience"}[r.IntN(3)])
			return kit.Get("/commons?"+v.Encode(), headers...)
		}
	}
	cookie := "Cookie: commun_session=" + session
	fixed := func(path string, headers ...string) func(*rand.Rand) []byte {
		request := kit.Get(path, headers...)
		return func(*rand.Rand) []byte { return request }
	}
	item := func(from, to int, headers ...string) func(*rand.Rand) []byte {
		return func(r *rand.Rand) []byte { return kit.Get("/commons/"+list[from+r.IntN(to-from)].Slug, headers...) }
	}
	slug := func(r *rand.Rand) string { return any(r).Slug }
	pages := []page{
		{"list: search, one word mistyped, and two facets", found("/commons"), "/search", words},
		{"list: random facets and order", browse(), "/list", nil},
		{"– signed in", browse(cookie), "/list", nil},
		{"– compressed", browse("Accept-Encoding: gzip"), "/list", nil},
		{"list: first page", fixed("/commons"), "/list", nil},
		{"item", item(min(measured, len(list)-1), len(list)), "/item", slug},
		{"item, measured", item(0, max(measured, 1)), "/item", slug},
		{"home", fixed("/"), "/list", nil},
		{"API: search and two facets", found("/api/commons"), "/search", words},
		{"activity", fixed("/activity"), "/list", nil},
	}
	return pages
}

// serve answers with h on a port of this machine.
func serve(h http.Handler) (addr string, stop func(), err error) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return "", nil, err
	}
	srv := web.NewServer("", h, slog.New(slog.DiscardHandler))
	go func() { _ = srv.Serve(l) }() // it ends with Close
	return l.Addr().String(), func() { _ = srv.Close() }, nil
}
