//go:build unix

package main

import (
	"bufio"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"time"

	"commun/bench/internal/kit"
)

// generated counts what no real file is large enough for.
func generated(o options) error {
	dir, err := os.MkdirTemp("", "commun-bench-tally-")
	if err != nil {
		return err
	}
	defer func() { _ = os.RemoveAll(dir) }()
	city, ward := filepath.Join(dir, "city.pb"), filepath.Join(dir, "ward.blt")
	if err := write(city, func(w io.Writer) error { return writeCity(w, o.ballots, 300) }); err != nil {
		return err
	}
	if err := write(ward, func(w io.Writer) error { return writeWard(w, o.ranked, 12, 4) }); err != nil {
		return err
	}
	size := func(name string) int64 {
		info, err := os.Stat(name)
		if err != nil {
			return 0
		}
		return info.Size()
	}
	fmt.Printf("### Generated files\n\n%d approval ballots over 300 projects (%.0f MB), %d ranked ballots of 12 candidates for 4 seats, one a line (%.1f MB). Each in a process of its own, three times in turn, medians.\n\n",
		o.ballots, float64(size(city))/1e6, o.ranked, float64(size(ward))/1e6)
	fmt.Println("| | goal | reading and counting | CPU | reading | counting | peak memory | steps | winners | different ballots |")
	fmt.Println("| --- | --- | --- | --- | --- | --- | --- | --- | --- | --- |")
	rows := []struct{ name, goal, rule, file string }{
		{"greedy", "3 s, 300 MB", "greedy", city},
		{"equal shares, add1", "15 s, 300 MB", "equal-shares", city},
		{"STV, Scottish", "0.3 s", "stv-scottish", ward},
		{"STV, Meek", "", "stv-meek", ward},
	}
	all := make([][]*counted, len(rows))
	for range 3 {
		for i, r := range rows {
			c, err := self(r.rule, r.file, 0)
			if err != nil {
				return err
			}
			all[i] = append(all[i], c)
		}
	}
	for i, r := range rows {
		mid := func(f func(*counted) float64) float64 {
			var list []float64
			for _, c := range all[i] {
				list = append(list, f(c))
			}
			return kit.Middle(list)
		}
		c := all[i][0]
		fmt.Printf("| %s | %s | **%s** | %s | %s | %s | %.0f MB | %d | %d | %d |\n", r.name, r.goal,
			seconds(mid(func(c *counted) float64 { return c.Whole })), seconds(mid(func(c *counted) float64 { return c.User })),
			seconds(mid(func(c *counted) float64 { return c.Read })), seconds(mid(func(c *counted) float64 { return c.Wall })),
			mid(func(c *counted) float64 { return float64(c.Peak) })/1e6, c.Steps, len(c.Winners), c.Groups)
	}
	fmt.Println()
	return nil
}

// write makes a file by a function.
func write(name string, f func(io.Writer) error) error {
	out, err := os.Create(name)
	if err != nil {
		return err
	}
	defer out.Close()
	w := bufio.NewWriterSize(out, 1<<20)
	if err := f(w); err != nil {
		return err
	}
	if err := w.Flush(); err != nil {
		return err
	}
	return out.Close()
}

// writeCity writes a budget, the same each time: projects of uneven appeal and cost in ten districts, a third of which can be paid; ballots of 1 to
// 10 choices, mostly in the voter's own district, with age, sex and way of voting.
func writeCity(w io.Writer, ballots, projects int) error {
	r := rand.New(rand.NewPCG(7, 7))
	costs, appeal, total := make([]int, projects), make([]float64, projects), 0
	for i := range projects {
		costs[i] = int(5000 * (1 + r.ExpFloat64()*20))
		appeal[i] = 0.02 + r.Float64()*r.Float64()
		total += costs[i]
	}
	day := time.Date(2026, 5, 2, 0, 0, 0, 0, time.UTC).Format("02.01.2006")
	fmt.Fprintf(w, "META\nkey;value\ndescription;A generated city\ncountry;France\nunit;Ville\ninstance;2026\nnum_projects;%d\nnum_votes;%d\nbudget;%d\nvote_type;approval\nrule;greedy\ndate_begin;%s\ndate_end;%s\nmin_length;1\nmax_length;10\nlanguage;fr\ncurrency;EUR\nPROJECTS\nproject_id;cost;name;district\n",
		projects, ballots, total/3, day, day)
	for i, c := range costs {
		fmt.Fprintf(w, "%d;%d;Project %d;District %d\n", i+1, c, i+1, i%10+1)
	}
	fmt.Fprint(w, "VOTES\nvoter_id;age;sex;voting_method;district;vote\n")
	var line []byte
	var list []int
	for v := range ballots {
		list = list[:0]
		home, want := r.IntN(10), 1+r.IntN(10)
		for len(list) < want {
			p := r.IntN(projects)
			if p%10 != home && r.IntN(4) > 0 || r.Float64() > appeal[p] || slices.Contains(list, p) {
				continue
			}
			list = append(list, p)
		}
		line = strconv.AppendInt(line[:0], int64(v+1), 10)
		line = append(line, ';')
		line = strconv.AppendInt(line, int64(16+r.IntN(70)), 10)
		line = append(line, []string{";F;", ";M;"}[r.IntN(2)]...)
		line = append(line, []string{"internet", "internet", "paper"}[r.IntN(3)]...)
		line = append(line, ";District "...)
		line = strconv.AppendInt(line, int64(home+1), 10)
		for i, p := range list {
			line = append(line, []byte{',', ';'}[min(1, max(0, 1-i))])
			line = strconv.AppendInt(line, int64(p+1), 10)
		}
		if _, err := w.Write(append(line, '\n')); err != nil {
			return err
		}
	}
	return nil
}

// writeWard writes an election, the same each time: four parties of three; a ballot follows one party's order, then wanders, and stops after 1 to 8.
func writeWard(w io.Writer, ballots, candidates, seats int) error {
	r := rand.New(rand.NewPCG(11, 11))
	fmt.Fprintf(w, "%d %d\n", candidates, seats)
	var line []byte
	for range ballots {
		line = append(line[:0], '1')
		party, want := min(r.IntN(5), 3), 1+r.IntN(8)
		var list []int
		for len(list) < want {
			c := r.IntN(candidates)
			if len(list) < 3 && c%4 != party && r.IntN(6) > 0 || slices.Contains(list, c) {
				continue
			}
			list = append(list, c)
			line = append(line, ' ')
			line = strconv.AppendInt(line, int64(c+1), 10)
		}
		if _, err := w.Write(append(line, " 0\n"...)); err != nil {
			return err
		}
	}
	fmt.Fprint(w, "0\n")
	for c := range candidates {
		fmt.Fprintf(w, "\"Candidate %d\"\n", c+1)
	}
	fmt.Fprint(w, "\"A generated ward\"\n")
	return nil
}
