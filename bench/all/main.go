// Command all runs every benchmark, one after the other, and prints one report in Markdown, in less than ten minutes on two quiet cores:
//
//	go run ./bench/all [-postgres postgres://…] [-only site,start] > report.md
//
// It is run from the root of the module. What a benchmark says besides its tables goes to the terminal.
package main

import (
	"errors"
	"flag"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"time"
)

// benches are the commands with their arguments; those with true run on PostgreSQL too.
var benches = []struct {
	name     string
	postgres bool
	args     []string
}{
	{"site", true, []string{"-seconds", "0.5"}},
	{"start", false, nil},
	{"writes", true, []string{"-seconds", "1"}},
	{"import", true, nil},
	{"vitality", false, []string{"-runs", "3", "-commits", "20000"}},
	{"search", true, []string{"-queries", "1000"}},
	{"tally", false, []string{"-only", "generated"}},
}

func main() {
	postgres := flag.String("postgres", os.Getenv("COMMUN_TEST_POSTGRES"), "URL of a PostgreSQL whose user may make databases; \"\" is SQLite alone")
	only := flag.String("only", "", "names of benchmarks, separated by commas; all when empty")
	flag.Parse()
	if err := run(*postgres, *only); err != nil {
		fmt.Fprintln(os.Stderr, "bench:", err)
		os.Exit(1)
	}
}

func run(postgres, only string) (err error) {
	dir, err := os.MkdirTemp("", "commun-bench-all-")
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, os.RemoveAll(dir)) }()
	// all are built before the first runs: a compiler beside it would take its cores
	build := []string{"build", "-o", dir + string(filepath.Separator)}
	for _, b := range benches {
		build = append(build, "./bench/"+b.name)
	}
	cmd := exec.Command("go", build...)
	cmd.Stderr = os.Stderr
	if err := cmd.Run(); err != nil {
		return fmt.Errorf("build the benchmarks: %w", err)
	}
	begun := time.Now()
	var errs []error
	for _, b := range benches {
		if only != "" && !slices.Contains(strings.Split(only, ","), b.name) {
			continue
		}
		args := b.args
		if b.postgres && postgres != "" {
			args = append(slices.Clone(args), "-postgres", postgres)
		}
		if b.name == "vitality" || b.name == "search" { // the others print their own head
			fmt.Printf("## %s\n\n    go run ./bench/%s %s\n\n", b.name, b.name, strings.Join(b.args, " "))
		}
		cmd := exec.Command(filepath.Join(dir, b.name), args...)
		cmd.Stdout, cmd.Stderr = os.Stdout, os.Stderr
		if err := cmd.Run(); err != nil { // the others are worth having all the same
			errs = append(errs, fmt.Errorf("%s: %w", b.name, err))
		}
		fmt.Fprintf(os.Stderr, "%s: %v since the start\n", b.name, time.Since(begun).Round(time.Second))
	}
	return errors.Join(errs...)
}
