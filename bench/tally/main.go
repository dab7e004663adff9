//go:build unix

// Command tally measures the counting of ballots against its goals and its peers:
//
//	go run ./bench/tally [-data DIR] [-js DIR] [-pabutools DIR] [-only files,generated,picture] [-picture FILE.svg] > report.md
//
// In one run, for each .pb file of -data and each rule: commun's count; the compute tool of equalshares.net in floats, by node; pabutools in its
// exact mode, by Python. -js and -pabutools are folders of their public sources, which whoever runs this has fetched; without one that column is
// empty. pabutools needs gmpy2 2.1.5 or later (PYTHONPATH leads to it where it is not installed). A program that passes its limit is ended, and the
// ratio is then a lower bound: no time is ever scaled up.
//
// Then what issues ask for: a million generated ballots over 300 projects, and 60,000 ranked ones, in a process of their own with its peak of
// memory. Last, a picture of how the cost grows. Ratios are of wall time and of CPU time; on a loaded machine look at the second.
package main

import (
	"encoding/json"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"commun/bench/internal/kit"
)

// options are the flags.
type options struct {
	data, js, pabutools, python string
	limit, jsLimit              time.Duration
	rules                       []string
	seconds                     float64
	ballots, ranked             int
	picture, spread             string
	dots                        int
}

func main() {
	if len(os.Args) == 5 && os.Args[1] == "count" { // a process of its own: count RULE FILE SECONDS
		kit.Exit(child(os.Args[2], os.Args[3], os.Args[4]))
		return
	}
	var o options
	flag.StringVar(&o.data, "data", "../shared/data/pb", "folder of .pb files")
	flag.StringVar(&o.js, "js", "", "sources of equalshares/equalshares-compute-tool; \"\" leaves it out")
	flag.StringVar(&o.pabutools, "pabutools", "", "sources of COMSOC-Community/pabutools; \"\" leaves it out")
	flag.StringVar(&o.python, "python", "python3", "the Python that runs pabutools")
	flag.DurationVar(&o.limit, "limit", 2*time.Minute, "how long pabutools may count one file by one rule")
	flag.DurationVar(&o.jsLimit, "js-limit", 5*time.Minute, "how long the JavaScript tool may")
	rules := flag.String("rules", "", "rules of the table of files, by their names there, separated by commas; \"\" is all")
	flag.Float64Var(&o.seconds, "seconds", 0.5, "how long commun counts one file by one rule, again and again")
	flag.IntVar(&o.ballots, "ballots", 1_000_000, "generated approval ballots")
	flag.IntVar(&o.ranked, "ranked", 60_000, "generated ranked ballots")
	flag.StringVar(&o.picture, "picture", "", "write the picture of the cost here, as SVG")
	flag.StringVar(&o.spread, "spread", "", "folder of many .pb files for the picture; \"\" is that of -data")
	flag.IntVar(&o.dots, "dots", 150, "about how many of them are counted")
	only := flag.String("only", "files,generated,picture", "parts, separated by commas")
	profile := flag.String("profile", "", "RULE:FILE: count this for five seconds, write a CPU profile to tally.prof, and measure nothing else")
	flag.Parse()
	if *rules != "" {
		o.rules = strings.Split(*rules, ",")
	}
	if *profile != "" {
		rule, file, _ := strings.Cut(*profile, ":")
		kit.Exit(profiled(rule, file))
		return
	}
	kit.Head(os.Stdout, "Counting")
	parts := strings.Split(*only, ",")
	for _, p := range []struct {
		name string
		run  func(options) error
	}{{"files", files}, {"generated", generated}, {"picture", grown}} {
		if slices.Contains(parts, p.name) {
			kit.Exit(p.run(o))
		}
	}
	fmt.Printf("Load %s at the end.\n", kit.Load())
}

// task is a rule in the words of each program; "" where it has none such.
type task struct {
	name      string // in the table
	commun    string
	js        [3]string // completion, options of add1, comparison
	pabutools string
}

// tasks are the rules compared. The default tie order of commun is the one that both peers are given, see peers/.
var tasks = []task{
	{"add1", "equal-shares", [3]string{"add1", "", "none"}, "add1"},
	{"add1-exhaustive", "equal-shares,completion=add1-exhaustive", [3]string{"add1", "exhaustive", "none"}, ""},
	{"add1-greedy", "equal-shares,completion=add1-greedy", [3]string{"add1u", "", "none"}, ""},
	{"no completion", "equal-shares,completion=none", [3]string{"none", "", "none"}, "shares"},
	{"comparison", "equal-shares,completion=add1,comparison=satisfaction", [3]string{"add1", "", "satisfaction"}, ""},
	{"greedy", "greedy", [3]string{"greedy", "", "none"}, "greedy"},
	{"Phragmén", "phragmen", [3]string{}, "phragmen"},
}

// took is one count.
type took struct {
	Winners []string `json:"winners"`
	Wall    float64  `json:"wall"` // seconds, of the count alone
	CPU     float64  `json:"cpu"`  // seconds, user and system
	over    bool     // the peer was ended: it took longer than Wall
	failed  string
}

// files prints the table of each real file by each rule.
func files(o options) error {
	list, err := filepath.Glob(filepath.Join(o.data, "*.pb"))
	if err != nil {
		return err
	}
	if len(list) == 0 {
		fmt.Printf("No .pb file in the folder of -data.\n\n")
		return nil
	}
	peers, err := newPeers(o)
	if err != nil {
		return err
	}
	defer peers.close()
	fmt.Printf("### Real files\n\nSeconds of the count alone, and of reading with it (a process of its own). Ratio: the peer's wall time over commun's; in parentheses CPU time. Goals: 100 and 1,000.\n\n")
	fmt.Println("| file | rule | commun | CPU | with reading | JavaScript, floats | ratio | pabutools, exact | ratio | winners |")
	fmt.Println("| --- | --- | --- | --- | --- | --- | --- | --- | --- | --- |")
	var notes []string
	for _, file := range list {
		for _, t := range tasks {
			if len(o.rules) > 0 && !slices.Contains(o.rules, t.name) {
				continue
			}
			a, err := self(t.commun, file, o.seconds)
			if err != nil {
				return err
			}
			js, py := peers.javascript(t, file), peers.python(t, file)
			// counted again after the peers, so that both halves of a minute of load are in
			b, err := self(t.commun, file, o.seconds)
			if err != nil {
				return err
			}
			wall, cpu := (a.Wall+b.Wall)/2, (a.CPU+b.CPU)/2
			same := "–"
			for name, p := range map[string]*took{"JavaScript": js, "pabutools": py} {
				if p == nil || p.over || p.failed != "" {
					continue
				}
				if same == "–" {
					same = "same"
				}
				if d := difference(a.Winners, p.Winners); d != "" {
					same = "differ"
					notes = append(notes, fmt.Sprintf("%s, %s, commun against %s: %s", short(file), t.name, name, d))
				}
			}
			fmt.Printf("| %s | %s | %s | %s | %s | %s | %s | %s | %s | %s |\n", short(file), t.name, seconds(wall), seconds(cpu), seconds(a.Whole),
				peer(js), ratio(js, wall, cpu, 100), peer(py), ratio(py, wall, cpu, 1000), same)
		}
	}
	fmt.Println()
	for _, n := range notes {
		fmt.Printf("- %s\n", n)
	}
	fmt.Println()
	return nil
}

func short(file string) string {
	return strings.TrimSuffix(strings.TrimSuffix(filepath.Base(file), ".pb"), "_")
}

// difference says who won on one side only, whatever the order; "" when nobody.
func difference(a, b []string) string {
	var more, less []string
	for _, id := range a {
		if !slices.Contains(b, id) {
			more = append(more, id)
		}
	}
	for _, id := range b {
		if !slices.Contains(a, id) {
			less = append(less, id)
		}
	}
	if len(more)+len(less) == 0 {
		return ""
	}
	return fmt.Sprintf("%s won here and not there, %s there and not here", named(more), named(less))
}

func named(ids []string) string {
	if len(ids) == 0 {
		return "nothing"
	}
	return strings.Join(ids, ", ")
}

// seconds is a time with two digits that count.
func seconds(s float64) string {
	unit := " s"
	switch {
	case s < 0.000995:
		s, unit = s*1e6, " µs"
	case s < 0.995:
		s, unit = s*1e3, " ms"
	}
	if s >= 9.95 {
		return fmt.Sprintf("%.0f%s", s, unit)
	}
	return fmt.Sprintf("%.1f%s", s, unit)
}

func peer(p *took) string {
	switch {
	case p == nil:
		return ""
	case p.failed != "":
		return p.failed
	case p.over:
		return fmt.Sprintf("ended at %s (%s)", seconds(p.Wall), seconds(p.CPU))
	}
	return fmt.Sprintf("%s (%s)", seconds(p.Wall), seconds(p.CPU))
}

// ratio is how many times longer the peer took. Of one that was ended it is a lower bound, which may be enough to show the goal.
func ratio(p *took, wall, cpu, goal float64) string {
	if p == nil || p.failed != "" {
		return ""
	}
	sign := ""
	if p.over {
		sign = "> "
	}
	text := fmt.Sprintf("%s**%s** (%s%s)", sign, times(p.Wall/wall), sign, times(p.CPU/cpu))
	if p.over && p.CPU/cpu >= goal {
		text += fmt.Sprintf(", which shows %.0f", goal)
	}
	return text
}

func times(x float64) string {
	if x >= 9.95 {
		return fmt.Sprintf("%.0f", x)
	}
	return fmt.Sprintf("%.1f", x)
}

// counted is what a child process tells.
type counted struct {
	took
	Read     float64 `json:"read"`  // seconds until the ballots were there
	Whole    float64 `json:"whole"` // seconds of reading and the first count
	User     float64 `json:"user"`  // CPU seconds of those
	Peak     int64   `json:"peak"`  // bytes of memory at that time, at most
	Runs     int     `json:"runs"`
	Steps    int     `json:"steps"`
	Groups   int     `json:"groups"` // different ballots
	Voters   int     `json:"voters"`
	Projects int     `json:"projects"`
}

func decode(out []byte, into any) error {
	if err := json.Unmarshal(out, into); err != nil {
		return fmt.Errorf("read what a count told: %w", err)
	}
	return nil
}
