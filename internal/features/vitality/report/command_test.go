package report

import (
	"bytes"
	"context"
	"encoding/csv"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"commun/engines/githistory"
)

// repository makes one of three commits by Ana and one by Bea, with the tag v1.0.0.
func repository(t *testing.T) string {
	t.Helper()
	dir := t.TempDir()
	git := func(stdin string, args ...string) {
		t.Helper()
		cmd := exec.Command("git", append([]string{"-C", dir}, args...)...)
		cmd.Stdin = strings.NewReader(stdin)
		if out, err := cmd.CombinedOutput(); err != nil {
			t.Fatalf("git %v: %v %s", args, err, out)
		}
	}
	git("", "init", "--quiet", "--bare", "--initial-branch=main")
	var in strings.Builder
	for i, who := range []string{"=Ana <ana@town.example.fr>", "=Ana <ana@town.example.fr>", "Bea <bea@gmail.com>", "=Ana <ana@town.example.fr>"} {
		text := strings.Repeat("x\n", i+1)
		fmt.Fprintf(&in, "commit refs/heads/main\ncommitter %s %d +0100\ndata 0\nM 100644 inline f\ndata %d\n%s\n", who, 1704110400+i*40*86400, len(text), text)
	}
	in.WriteString("reset refs/tags/v1.0.0\nfrom refs/heads/main\n\n")
	git(in.String(), "fast-import", "--quiet")
	return dir
}

func run(t *testing.T, o Order) (exit int, stdout, stderr string) {
	t.Helper()
	var out, said bytes.Buffer
	exit, err := Run(context.Background(), o, &out, &said)
	if err != nil {
		said.WriteString(err.Error())
	}
	return exit, out.String(), said.String()
}

func TestTheOrder(t *testing.T) {
	dir, empty := repository(t), t.TempDir()
	one, years := []string{dir}, func(n int) time.Time { return time.Date(2024+n, 5, 10, 0, 0, 0, 0, time.UTC) }
	for _, c := range []struct {
		rule  string
		order Order
		exit  int
		says  string // in either output
	}{
		{"a repository is described", Order{Paths: one}, ExitOK, "One person made half of the changes in the last 12 months."},
		{"one that lives is too", Order{Paths: one, Now: years(0)}, ExitOK, "One person made half of the changes in the last 12 months."},
		{"one that sleeps is told with its dates", Order{Paths: one, Now: years(2)}, ExitOK, "One person made half of the changes from 2023-04-30 to 2024-04-30."},
		{"in French too", Order{Paths: one, Now: years(2), Lang: French}, ExitOK, "a fait la moitié des modifications du 30/04/2023 au 30/04/2024."},
		{"French is spoken", Order{Paths: one, Lang: French}, ExitOK, "Une seule personne a fait la moitié des modifications ces 12 derniers mois."},
		{"another window", Order{Paths: one, Window: "all"}, ExitOK, "over the whole history"},
		{"figures are compared with git's", Order{Paths: one, Check: true}, ExitOK, "contributor_lines"},
		{"a day limits", Order{Paths: one, Since: "2024-03-01"}, ExitOK, "since 2024-03-01"},
		{"a branch may be named", Order{Paths: one, Ref: "main"}, ExitOK, "Commits: 4"},
		{"a condition that holds ends with 1", Order{Paths: one, FailIf: []string{"absence_factor<2"}}, ExitHolds, "absence_factor<2 holds (1, in the last 12 months)"},
		{"with the dates of one that sleeps", Order{Paths: one, FailIf: []string{"absence_factor<2"}, Now: years(2)}, ExitHolds, "holds (1, from 2023-04-30 to 2024-04-30)"},
		{"one that does not ends with 0", Order{Paths: one, FailIf: []string{"contributors < 2"}}, ExitOK, ""},
		{"an unknown window", Order{Paths: one, Window: "2y"}, ExitUsage, "report.mistake.window"},
		{"no such day", Order{Paths: one, Since: "yesterday"}, ExitUsage, "report.mistake.since"},
		{"no comparison", Order{Paths: one, FailIf: []string{"score"}}, ExitUsage, "report.mistake.condition"},
		{"no such comparison", Order{Paths: one, FailIf: []string{"commits=<2"}}, ExitUsage, "report.mistake.comparison"},
		{"no such figure", Order{Paths: one, FailIf: []string{"score<2"}}, ExitUsage, "report.mistake.figure"},
		{"no such number", Order{Paths: one, FailIf: []string{"commits<two"}}, ExitUsage, "report.mistake.number"},
		{"two forms at once", Order{Paths: one, JSON: true, CSV: "x"}, ExitUsage, "report.mistake.two_forms"},
		{"no repository", Order{Paths: []string{empty}}, ExitFailed, "no git repository is there"},
		{"no such branch", Order{Paths: one, Ref: "nope"}, ExitFailed, "of that name"},
		{"one that fails does not stop the others", Order{Paths: []string{empty, dir}}, ExitFailed, "One person made half"},
	} {
		t.Run(c.rule, func(t *testing.T) {
			exit, out, said := run(t, c.order)
			if exit != c.exit || !strings.Contains(strings.Join(strings.Fields(out+said), " "), c.says) {
				t.Errorf("exit %d, want %d\n%s%s", exit, c.exit, out, said)
			}
		})
	}
}

func TestJSONHasTheDocumentedKeys(t *testing.T) {
	dir := repository(t)
	exit, out, _ := run(t, Order{Paths: []string{dir, dir}, JSON: true})
	lines := strings.Split(strings.TrimSpace(out), "\n")
	if exit != ExitOK || len(lines) != 2 {
		t.Fatalf("exit %d, %d lines", exit, len(lines))
	}
	var got map[string]any
	if err := json.Unmarshal([]byte(lines[0]), &got); err != nil {
		t.Fatal(err)
	}
	for _, path := range []string{
		"repository.head", "repository.commits", "repository.commits_no_merges", "repository.merges", "repository.roots",
		"repository.contributors", "repository.first", "repository.last", "contributors", "months", "cohorts", "releases",
		"windows.12m.commits", "windows.3y.contributors", "windows.all.new_contributors", "windows.12m.absence_factor.commits",
		"windows.12m.absence_factor.lines", "windows.12m.elephant_factor.commits", "windows.12m.elephant_factor.unknown_share",
		"windows.12m.outside_hours", "excluded.files", "excluded.lines", "missing.blobs", "missing.commits",
	} {
		var at any = got
		for _, key := range strings.Split(path, ".") {
			m, _ := at.(map[string]any)
			value, ok := m[key]
			if at = value; !ok {
				t.Errorf("no key %s", path)
				break
			}
		}
	}
	for list, keys := range map[string][]string{
		"contributors": {"name", "commits", "added", "deleted", "first", "last", "bot"},
		"months":       {"month", "active", "new", "returning", "gone", "commits", "added", "deleted"},
		"releases":     {"tag", "date", "line"},
	} {
		first, ok := got[list].([]any)[0].(map[string]any)
		for _, key := range keys {
			if _, has := first[key]; !ok || !has {
				t.Errorf("%s[] has no %s", list, key)
			}
		}
	}
	if strings.Contains(out, "@") {
		t.Error("an address is shown")
	}
}

func TestCSVIsWrittenAndRunsNoFormula(t *testing.T) {
	dir, to := repository(t), filepath.Join(t.TempDir(), "out")
	if exit, _, said := run(t, Order{Paths: []string{dir}, CSV: to}); exit != ExitOK {
		t.Fatalf("exit %d %s", exit, said)
	}
	for _, name := range []string{"windows", "contributors", "months", "cohorts", "releases"} {
		f, err := os.Open(filepath.Join(to, name+".csv"))
		if err != nil {
			t.Fatal(err)
		}
		rows, err := csv.NewReader(f).ReadAll()
		_ = f.Close()
		if err != nil || len(rows) < 2 {
			t.Errorf("%s: %d rows, %v", name, len(rows), err)
		}
		if name == "contributors" && rows[1][0] != "'=Ana" {
			t.Errorf("a spreadsheet would run %q", rows[1][0])
		}
	}
}

func TestAnEndedContextEndsTheCommand(t *testing.T) {
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	var out bytes.Buffer
	if exit, err := Run(ctx, Order{Paths: []string{repository(t)}}, &out, &out); exit != ExitFailed || err != nil {
		t.Errorf("exit %d", exit)
	}
}

func TestTerminalFitsItsWidth(t *testing.T) {
	res := &githistory.Result{Contributors: []githistory.Contributor{{Name: "漢字漢字漢字漢字漢字漢字漢字漢字漢字漢字", Commits: 1 << 30}, {Name: strings.Repeat("n", 300)}}}
	for i := range 300 {
		res.Months = append(res.Months, githistory.Month{Month: fmt.Sprintf("%04d-%02d", 2000+i/12, i%12+1), Active: i, Commits: 300 - i})
	}
	res.Windows.Year = githistory.Window{Commits: 5, Contributors: 2, AbsenceFactor: githistory.AbsenceFactor{Commits: 1, Lines: 2}}
	for _, lang := range []Lang{English, French} {
		for _, width := range []int{40, 60, 80, 200} {
			var out bytes.Buffer
			if err := Terminal(&out, res, TerminalOptions{Width: width, Lang: lang}); err != nil {
				t.Fatal(err)
			}
			for line := range strings.Lines(out.String()) {
				if n := Columns(strings.TrimSuffix(line, "\n")); n > width {
					t.Errorf("%s: %d columns of %d: %s", lang, n, width, line)
				}
			}
		}
	}
}

func TestSpark(t *testing.T) {
	for _, c := range []struct {
		values []int
		want   string
	}{
		{[]int{0, 1, 2, 3, 4, 5, 6, 7, 8}, " ▁▂▃▄▅▆▇█"},
		{[]int{1, 1000}, "▁█"},
		{[]int{0, 0}, ""},
		{nil, ""},
	} {
		if got := Spark(c.values); got != c.want {
			t.Errorf("%v: %q, want %q", c.values, got, c.want)
		}
	}
}

func TestTheBarShowsAndGoes(t *testing.T) {
	var out bytes.Buffer
	now := time.Unix(0, 0)
	b := NewBar(&out, English, 60, func() time.Time { return now })
	b.Show(githistory.Progress{Phase: githistory.PhaseCommits, Done: 1000})
	b.Show(githistory.Progress{Phase: githistory.PhaseCommits, Done: 2000}) // too soon
	now = now.Add(time.Second)
	b.Show(githistory.Progress{Phase: githistory.PhaseLines, Done: 50, Total: 100})
	b.Clear()
	text := out.String()
	if !strings.Contains(text, "1,000") || strings.Contains(text, "2,000") || !strings.Contains(text, "50 / 100") || !strings.HasSuffix(text, "\r\x1b[K") {
		t.Errorf("%q", text)
	}
}

func FuzzCondition(f *testing.F) {
	for _, s := range []string{"absence_factor<2", "commits >= 1e3", "<", "unknown_share!=0.5", "contributors=<1"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		c, err := parseCondition(s)
		if err != nil {
			return
		}
		opposite := map[string]string{"<": ">=", ">=": "<", ">": "<=", "<=": ">", "=": "!=", "==": "!=", "!=": "="}
		o := c
		o.op = opposite[c.op]
		for _, v := range []float64{0, 1, c.limit} {
			if c.holds(v) == o.holds(v) {
				t.Fatalf("%s and its opposite agree at %v", s, v)
			}
		}
	})
}

// TestWhatCanBeMended is said with how: a settings file that git can't read, no git at all, a folder that may not be read.
func TestWhatCanBeMended(t *testing.T) {
	odd := repository(t)
	if err := os.WriteFile(filepath.Join(odd, "config"), []byte("[core"), 0o600); err != nil {
		t.Fatal(err)
	}
	for lang, want := range map[Lang]string{"en": "mend its file “config”", "fr": "corrigez son fichier «\u00a0config\u00a0»"} {
		if exit, _, said := run(t, Order{Paths: []string{odd}, Lang: lang}); exit != ExitFailed || !strings.Contains(said, want) {
			t.Errorf("%s: it exits with %d: %s", lang, exit, said)
		}
	}
	if os.Getuid() != 0 { // who may read everything is refused nowhere
		shut := repository(t)
		if err := os.Chmod(shut, 0); err != nil {
			t.Fatal(err)
		}
		exit, _, said := run(t, Order{Paths: []string{shut}, Lang: "fr"})
		if err := os.Chmod(shut, 0o700); err != nil { //nolint:gosec // a folder, to be removed
			t.Fatal(err)
		}
		if exit != ExitFailed || !strings.Contains(said, "ne peut le lire") {
			t.Errorf("it exits with %d: %s", exit, said)
		}
	}
	t.Setenv("PATH", t.TempDir())
	if exit, _, said := run(t, Order{Paths: []string{odd}, Lang: "fr"}); exit != ExitFailed || !strings.Contains(said, "Le programme git n’est pas installé") {
		t.Errorf("it exits with %d: %s", exit, said)
	}
}
