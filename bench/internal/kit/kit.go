// Package kit is what the benchmarks share: an instance filled with synthetic commons, a repository with a history, a client over loopback,
// and the head and the tables of a report. A benchmark prints Markdown. Server, database and client share one machine, and often other work
// goes on there: figures of one run are compared with each other, by their ratios; none of them fails anything.
package kit

import (
	"bufio"
	"context"
	"database/sql"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"time"

	_ "github.com/jackc/pgx/v5/stdlib" // the driver "pgx"

	"commun/internal/app"
	"commun/internal/platform/config"
)

// Exit ends a benchmark that failed with its reason.
func Exit(err error) {
	if err != nil {
		fmt.Fprintln(os.Stderr, "bench:", err)
		os.Exit(1)
	}
}

// Head prints what a report needs to be judged by: the day, the machine, its load, and the command.
func Head(w io.Writer, title string) {
	args := strings.Join(os.Args[1:], " ")
	fmt.Fprintf(w, "## %s\n\n%s; %s, %d cores; load %s at the start; %s\n\n    go run ./bench/%s %s\n\n", title, time.Now().UTC().Format("2006-01-02 15:04 UTC"),
		processor(), runtime.NumCPU(), Load(), runtime.Version(), filepath.Base(os.Args[0]), args)
}

// processor names the machine's processor, where Linux tells it.
func processor() string {
	text, err := os.ReadFile("/proc/cpuinfo")
	if err == nil {
		for line := range strings.Lines(string(text)) {
			if name, ok := strings.CutPrefix(line, "model name"); ok {
				return strings.TrimSpace(strings.TrimLeft(name, "\t :"))
			}
		}
	}
	return runtime.GOARCH
}

// Load is how many processes wanted a core over the last minute, five and fifteen.
func Load() string {
	text, err := os.ReadFile("/proc/loadavg")
	if err != nil {
		return "unknown"
	}
	return strings.Join(strings.Fields(string(text))[:3], " ")
}

// CPU is what this process, and its children that have ended, have used of the processor.
func CPU() (own, children time.Duration) {
	used := func(who int) time.Duration {
		var u syscall.Rusage
		if syscall.Getrusage(who, &u) != nil {
			return 0
		}
		return time.Duration(u.Utime.Nano() + u.Stime.Nano())
	}
	return used(syscall.RUSAGE_SELF), used(syscall.RUSAGE_CHILDREN)
}

// Memory returns a line of a process's status, such as "VmRSS" (held now) or "VmHWM" (at most held), in bytes; 0 where it is not told.
func Memory(pid int, line string) int64 {
	f, err := os.Open("/proc/" + strconv.Itoa(pid) + "/status")
	if err != nil {
		return 0
	}
	defer f.Close()
	for s := bufio.NewScanner(f); s.Scan(); {
		if rest, ok := strings.CutPrefix(s.Text(), line+":"); ok {
			kb, _ := strconv.ParseInt(strings.Fields(rest)[0], 10, 64)
			return kb << 10
		}
	}
	return 0
}

// At returns the percentile p (0 to 1) of sorted times, in milliseconds.
func At(sorted []time.Duration, p float64) float64 {
	if len(sorted) == 0 {
		return 0
	}
	return float64(sorted[int(p*float64(len(sorted)-1))].Microseconds()) / 1000
}

// Middle is the median of a copy of list.
func Middle[T interface{ ~int | ~int64 | ~float64 }](list []T) T {
	list = slices.Sorted(slices.Values(list))
	return list[len(list)/2]
}

// Build compiles the program itself, and returns where it is.
func Build(dir string) (string, error) {
	bin := filepath.Join(dir, "commun")
	if out, err := exec.Command("go", "build", "-o", bin, "commun/cmd/commun").CombinedOutput(); err != nil {
		return "", fmt.Errorf("build commun: %w\n%s", err, out)
	}
	return bin, nil
}

// Config is an instance's configuration with its files in dir, and its database there too or at a PostgreSQL's address.
func Config(dir, postgres string) config.Config {
	return config.Config{Place: config.Place{Data: filepath.Join(dir, "data"), Database: postgres}, Lang: "en", Addr: "127.0.0.1:0", Metrics: "local", Workers: 4}
}

// Open starts everything of an instance but its web server.
func Open(ctx context.Context, c config.Config) (*app.App, error) {
	a, err := app.Open(ctx, c, slog.New(slog.NewTextHandler(os.Stderr, &slog.HandlerOptions{Level: slog.LevelWarn})), nil)
	if err == nil {
		err = a.Start(ctx)
	}
	if err != nil {
		return nil, errors.Join(err, a.Close(ctx))
	}
	return a, nil
}

// Session makes the instance's first administrator, and returns the secret of their session.
func Session(ctx context.Context, a *app.App) (string, error) {
	token, err := a.People.SetupLink(ctx)
	if err != nil {
		return "", err
	}
	session, _, err := a.People.UseLink(ctx, token, "", "bench", "Ada", "ada@example.org", true)
	return session, err
}

// Postgres makes an empty database of that name beside the one at address, dropping one that is there, and returns its address.
func Postgres(address, name string) (string, error) {
	u, err := url.Parse(address)
	if err != nil {
		return "", fmt.Errorf("read the address of PostgreSQL: %w", err)
	}
	db, err := sql.Open("pgx", address)
	if err != nil {
		return "", err
	}
	defer db.Close()
	for _, q := range []string{"DROP DATABASE IF EXISTS " + name + " WITH (FORCE)", "CREATE DATABASE " + name} {
		if _, err := db.Exec(q); err != nil {
			return "", fmt.Errorf("%s: %w", q, err)
		}
	}
	u.Path = "/" + name
	return u.String(), nil
}

// Drop removes a database that Postgres made.
func Drop(address, name string) error {
	db, err := sql.Open("pgx", address)
	if err != nil {
		return err
	}
	defer db.Close()
	_, err = db.Exec("DROP DATABASE IF EXISTS " + name + " WITH (FORCE)")
	return err
}

// Place is one of the databases that a benchmark runs on.
type Place struct {
	Name    string // "SQLite" or "PostgreSQL"
	Dir     string // a folder of its own
	Address string // of PostgreSQL; "" is a SQLite file in Dir
}

// Each runs f on SQLite in a folder of its own, and on PostgreSQL when there is an address, in a database of its own called name.
func Each(postgres, name string, f func(Place) error) error {
	one := func(p Place) (err error) {
		if p.Dir, err = os.MkdirTemp("", "commun-"+name+"-"); err != nil {
			return err
		}
		defer func() { err = errors.Join(err, os.RemoveAll(p.Dir)) }()
		if p.Name == "SQLite" {
			return f(p)
		}
		if p.Address, err = Postgres(postgres, name); err != nil {
			return err
		}
		defer func() { err = errors.Join(err, Drop(postgres, name)) }()
		return f(p)
	}
	err := one(Place{Name: "SQLite"})
	if err == nil && postgres != "" {
		err = one(Place{Name: "PostgreSQL"})
	}
	return err
}
