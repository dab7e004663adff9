//go:build unix

// Command start measures the program as who runs it meets it, on a database of 20,000 synthetic commons that it makes:
//
//	go run ./bench/start [-postgres postgres://…]
//
// how long a start takes until /ready answers, how much memory the process then holds at rest, and what the first visit to a page transfers,
// compressed as a browser asks for it: the page, its stylesheet, script, icon and fonts.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"os"
	"os/exec"
	"regexp"
	"slices"
	"strings"
	"syscall"
	"time"

	"commun/bench/internal/kit"
)

func main() {
	n := flag.Int("n", 20_000, "commons")
	runs := flag.Int("runs", 5, "starts")
	rest := flag.Duration("rest", 10*time.Second, "how long the program rests before its memory is looked at")
	postgres := flag.String("postgres", "", "URL of a PostgreSQL, which gets a database \"commun_bench_start\" that is emptied first")
	flag.Parse()
	kit.Head(os.Stdout, fmt.Sprintf("Start, memory and first pages, %d commons", *n))
	dir, err := os.MkdirTemp("", "commun-bench-bin-")
	kit.Exit(err)
	bin, err := kit.Build(dir)
	if err == nil {
		err = kit.Each(*postgres, "commun_bench_start", func(p kit.Place) error { return run(context.Background(), bin, p, *n, *runs, *rest) })
	}
	kit.Exit(errors.Join(err, os.RemoveAll(dir)))
}

func run(ctx context.Context, bin string, p kit.Place, n, runs int, rest time.Duration) error {
	slug, err := fill(ctx, p, n)
	if err != nil {
		return err
	}
	var starts, cpus []float64
	var at *instance
	for i := range runs {
		if at, err = start(bin, p); err != nil {
			return err
		}
		starts, cpus = append(starts, at.took.Seconds()), append(cpus, at.cpu)
		if i < runs-1 {
			if err := at.stop(); err != nil {
				return err
			}
		}
	}
	defer at.stop()
	first := kit.Memory(at.cmd.Process.Pid, "VmRSS")
	time.Sleep(rest)
	pid := at.cmd.Process.Pid
	resting, own, most := kit.Memory(pid, "VmRSS"), kit.Memory(pid, "RssAnon"), kit.Memory(pid, "VmHWM")
	fmt.Printf("### %s\n\n| what | measured | goal | of the goal |\n|---|---|---|---|\n", p.Name)
	fmt.Printf("| start until /ready, median of %d (fastest) | %.3f s (%.3f) | 0.5 s | %.2f |\n", runs, kit.Middle(starts), slices.Min(starts), kit.Middle(starts)/.5)
	fmt.Printf("| – processor time until then | %.3f s | – | – |\n", kit.Middle(cpus))
	fmt.Printf("| memory at rest after %v (when ready, at most) | %d MB (%d, %d) | 100 MB | %.2f |\n", rest, resting>>20, first>>20, most>>20, float64(resting)/(100<<20))
	fmt.Printf("| – of that its own, without the pages of files that the system may take back (the database, mapped) | %d MB | 100 MB | %.2f |\n", own>>20, float64(own)/(100<<20))
	for _, path := range []string{"/", "/commons", "/commons/" + slug} {
		w, err := weigh(at.addr, path)
		if err != nil {
			return err
		}
		name := strings.Replace(path, slug, "…", 1)
		fmt.Printf("| first visit to %s: %s | %.1f kB | 60 kB | %.2f |\n", name, w.parts, float64(w.total)/1000, float64(w.total)/60_000)
	}
	fmt.Println()
	return nil
}

// fill makes the database, and returns the slug of a commons that is measured.
func fill(ctx context.Context, p kit.Place, n int) (slug string, err error) {
	a, err := kit.Open(ctx, kit.Config(p.Dir, p.Address))
	if err != nil {
		return "", err
	}
	defer func() { err = errors.Join(err, a.Close(ctx)) }()
	made, err := kit.Fill(ctx, a, n)
	if err != nil {
		return "", err
	}
	return made.List[0].Slug, nil
}

// instance is a running program.
type instance struct {
	cmd  *exec.Cmd
	addr string
	took time.Duration
	cpu  float64 // seconds
}

// start runs the program and waits until it is ready.
func start(bin string, p kit.Place) (*instance, error) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return nil, err
	}
	i := &instance{addr: l.Addr().String()}
	if err := l.Close(); err != nil {
		return nil, err
	}
	c := kit.Config(p.Dir, p.Address)
	args := []string{"serve", "--addr", i.addr, "--data", c.Data, "--log", "warn"}
	if p.Address != "" {
		args = append(args, "--database", p.Address)
	}
	i.cmd = exec.Command(bin, args...)
	i.cmd.Stderr = os.Stderr
	begun := time.Now()
	if err := i.cmd.Start(); err != nil {
		return nil, err
	}
	for time.Since(begun) < time.Minute {
		if res, err := http.Get("http://" + i.addr + "/ready"); err == nil {
			_ = res.Body.Close()
			if res.StatusCode == http.StatusOK {
				i.took, i.cpu = time.Since(begun), used(i.cmd.Process.Pid)
				return i, nil
			}
		}
		time.Sleep(5 * time.Millisecond)
	}
	return nil, errors.Join(errors.New("the program is not ready after a minute"), i.stop())
}

// used is the processor time of a process, in seconds.
func used(pid int) float64 {
	text, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
	if err != nil {
		return 0
	}
	_, rest, _ := strings.Cut(string(text), ") ")
	fields := strings.Fields(rest)
	var user, system float64
	if len(fields) > 12 {
		_, _ = fmt.Sscan(fields[11], &user)
		_, _ = fmt.Sscan(fields[12], &system)
	}
	return (user + system) / 100 // Linux counts in hundredths for all to see
}

func (i *instance) stop() error {
	if err := i.cmd.Process.Signal(syscall.SIGTERM); err != nil {
		return err
	}
	return i.cmd.Wait()
}

type weight struct {
	parts string
	total int
}

var (
	links = regexp.MustCompile(`(?:href|src)="(/static/[^"]+)"`)
	fonts = regexp.MustCompile(`url\("?([^")]+\.woff2)"?\)`)
)

// weigh adds up what a browser without anything of the instance loads for a page.
func weigh(addr, path string) (weight, error) {
	sizes := map[string]int{}
	sheets := 0
	load := func(path, kind string) ([]byte, error) {
		n, body, err := get(addr, path)
		sizes[kind] += n
		return body, err
	}
	page, err := load(path, "page")
	if err != nil {
		return weight{}, err
	}
	for _, m := range links.FindAllSubmatch(page, -1) {
		file := string(m[1])
		kind := map[string]string{"css": "style", "js": "script", "svg": "icon"}[file[strings.LastIndexByte(file, '.')+1:]]
		body, err := load(file, kind)
		if err != nil {
			return weight{}, err
		}
		if kind != "style" {
			continue
		}
		sheets++
		base := &url.URL{Path: file}
		seen := map[string]bool{}
		for _, f := range fonts.FindAllSubmatch(body, -1) {
			ref, err := base.Parse(string(f[1]))
			if err != nil {
				return weight{}, err
			}
			if !seen[ref.Path] {
				seen[ref.Path] = true
				if _, err := load(ref.Path, "fonts"); err != nil {
					return weight{}, err
				}
			}
		}
	}
	w := weight{}
	for _, kind := range []string{"page", "style", "script", "icon", "fonts"} {
		w.parts += fmt.Sprintf("%s %.1f, ", kind, float64(sizes[kind])/1000)
		w.total += sizes[kind]
	}
	w.parts += fmt.Sprintf("%d stylesheet", sheets)
	return w, nil
}

// get returns how many bytes an answer's body took on the wire, compressed, and the body itself in clear.
func get(addr, path string) (int, []byte, error) {
	req, err := http.NewRequest(http.MethodGet, "http://"+addr+path, nil)
	if err != nil {
		return 0, nil, err
	}
	req.Header.Set("Accept-Encoding", "gzip") // asked for here, so that the client does not take it off
	packed, err := body(http.DefaultTransport.RoundTrip(req))
	if err != nil {
		return 0, nil, fmt.Errorf("get %s: %w", path, err)
	}
	plain, err := body(http.Get("http://" + addr + path))
	if err != nil {
		return 0, nil, fmt.Errorf("get %s: %w", path, err)
	}
	return len(packed), plain, nil
}

func body(res *http.Response, err error) ([]byte, error) {
	if err != nil {
		return nil, err
	}
	defer res.Body.Close()
	if res.StatusCode != http.StatusOK {
		return nil, errors.New(res.Status)
	}
	return io.ReadAll(res.Body)
}
