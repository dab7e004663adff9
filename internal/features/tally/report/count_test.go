package report

import (
	"bytes"
	"cmp"
	"context"
	"encoding/csv"
	"encoding/json"
	"errors"
	"flag"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"golang.org/x/net/html"

	"commun/internal/platform/fault"
)

var update = flag.Bool("update", false, "write the golden files anew")

const parc = "testdata/parc.pb"

// said runs f with a terminal in a language and returns what it wrote.
func said(t *testing.T, lang string, f func(Terminal) (int, error)) (status int, out, errs string, err error) {
	t.Helper()
	var o, e bytes.Buffer
	status, err = f(Terminal{Out: &o, Err: &e, Lang: lang})
	return status, o.String(), e.String(), err
}

func counting(t *testing.T, lang string, o Order) (int, string, string, error) {
	return said(t, lang, func(tm Terminal) (int, error) { return Count(t.Context(), o, tm) })
}

// write writes a file of a test and returns its path.
func write(t *testing.T, name, text string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), name)
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

// TestGolden holds the small file's result in all forms; the JSON without its time.
func TestGolden(t *testing.T) {
	for _, c := range []struct {
		name, lang string
		order      Order
	}{
		{"parc.fr.txt", "fr", Order{File: parc, Ballot: "v8"}},
		{"parc.en.txt", "en", Order{File: parc, Ballot: "v8"}},
		{"parc.json", "en", Order{File: parc, JSON: true}},
	} {
		status, out, _, err := counting(t, c.lang, c.order)
		if err != nil || status != ExitOK {
			t.Fatalf("%s: status %d, %v", c.name, status, err)
		}
		if c.order.JSON {
			i := strings.LastIndex(out, `,"seconds":`)
			out = out[:i] + "}\n"
		}
		path := filepath.Join("testdata", c.name)
		if *update {
			if err := os.WriteFile(path, []byte(out), 0o600); err != nil {
				t.Fatal(err)
			}
		}
		want, err := os.ReadFile(path)
		if err != nil || string(want) != out {
			t.Errorf("%s differs (%v); run with -update and look at what changed:\n%s", path, err, out)
		}
		if strings.HasSuffix(c.name, ".txt") {
			for line := range strings.Lines(out) {
				if n := columns(strings.TrimSuffix(line, "\n")); n > 80 {
					t.Errorf("%s: a line of %d columns: %s", c.name, n, line)
				}
			}
		}
	}
}

// TestTheJSONHasTheDocumentedKeys, and numbers that are not whole are texts.
func TestTheJSONHasTheDocumentedKeys(t *testing.T) {
	_, out, _, err := counting(t, "fr", Order{File: parc, JSON: true})
	if err != nil {
		t.Fatal(err)
	}
	var got map[string]any
	if err := json.Unmarshal([]byte(out), &got); err != nil {
		t.Fatal(err)
	}
	for _, key := range []string{"rule", "budget", "voters", "winners", "cost", "rounds", "projects", "fairness", "seconds"} {
		if got[key] == nil {
			t.Errorf("no key %s", key)
		}
	}
	if got["cost"] != "9100.5" || got["budget"] != 10000.0 {
		t.Errorf("cost %v, budget %v: what is not whole is a text", got["cost"], got["budget"])
	}
	p := got["projects"].([]any)[1].(map[string]any)
	for _, key := range []string{"id", "cost", "support", "reason", "missing_votes", "missing_cost"} {
		if p[key] == nil {
			t.Errorf("a loser has no key %s: %v", key, p)
		}
	}
	if won, ok := p["won"].(bool); !ok || won {
		t.Errorf("won is %v", p["won"])
	}
}

// TestEveryRuleCountsWhatItReads: each rule on a file of each kind of ballots gives a result, which a recount finds the same.
func TestEveryRuleCountsWhatItReads(t *testing.T) {
	head := func(kind, columns string) string {
		return "META\nkey;value\ndescription;D\ncountry;France\nunit;U\ninstance;2026\nnum_projects;3\nnum_votes;4\nbudget;100\nvote_type;" + kind +
			"\nrule;unknown\ndate_begin;2026\ndate_end;2026\nPROJECTS\nproject_id;cost;name\na;60;A\nb;50;B\nc;40;C\nVOTES\n" + columns + "\n"
	}
	files := map[string]string{
		"approval.pb":   head("approval", "voter_id;vote") + "1;a,b\n2;a\n3;b,c\n4;c\n",
		"choose.pb":     head("choose-1", "voter_id;vote") + "1;a\n2;a\n3;b\n4;c\n",
		"ordinal.pb":    head("ordinal", "voter_id;vote") + "1;a,b\n2;b,a,c\n3;c\n4;c,a\n",
		"cumulative.pb": head("cumulative", "voter_id;vote;points") + "1;a,b;2,1\n2;a;3\n3;b,c;1,2\n4;c;3\n",
		"scoring.pb":    head("scoring", "voter_id;vote;points") + "1;a,b;2,0\n2;a;3\n3;b,c;1,2\n4;c;3\n",
		"ranks.blt":     "3 1\n3 1 2 0\n2 2 3 0\n2 3 1 0\n0\n\"A\"\n\"B\"\n\"C\"\n\"T\"\n",
		"equal.toc":     "3\n1,A\n2,B\n3,C\n4,4,2\n3,1,{2,3}\n1,2,1,3\n",
		"yes.csv":       "Id,Which [A],Which [B]\n1,Yes,No\n2,Yes,\n3,No,Yes\n",
		"one.csv":       "Id,Which\n1,A\n2,B\n3,A\n",
		"stars.csv":     "Id,Rate [A],Rate [B]\n1,5,0\n2,2,7\n3,9,1\n",
		"vote.txt":      "     Option\n  1-------->: Keep it\n/ 2-------->: Change it\n|/ 3------->: None of the above\n||/\nV: 1-2\tada\tAda\nV: 213\tbo\tBo\nV: 21-\tcy\tCy\n",
	}
	counts := 0
	for name, text := range files {
		path := write(t, name, text)
		o := Opening{}
		if name == "one.csv" {
			o.Question = "Which"
		}
		src, err := Open(t.Context(), path, o)
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		for _, rule := range strings.Split(names(src), ", ") {
			_, out, errs, err := counting(t, "en", Order{File: path, Rule: rule, JSON: true, Question: o.Question})
			if err != nil || out == "" {
				t.Errorf("%s by %s: %v %s", name, rule, err, errs)
				continue
			}
			counts++
			for _, lang := range []string{"en", "fr"} { // every form can be written
				page := filepath.Join(t.TempDir(), "p.html")
				if _, _, _, err := counting(t, lang, Order{File: path, Rule: rule, HTML: page, Question: o.Question}); err != nil {
					t.Errorf("page of %s by %s: %v", name, rule, err)
				}
				if _, text, _, err := counting(t, lang, Order{File: path, Rule: rule, Question: o.Question}); err != nil || strings.Contains(text, "tallied.") || strings.Contains(text, "{") {
					t.Errorf("terminal of %s by %s: %v %s", name, rule, err, text)
				}
			}
			if o.Question != "" {
				continue
			}
			result := write(t, "result.json", out)
			status, text, errs, err := said(t, "en", func(tm Terminal) (int, error) {
				return Recount(t.Context(), Recounting{Result: result, File: path}, tm)
			})
			if status != ExitOK || err != nil {
				t.Errorf("recount of %s by %s: %d %v %s%s", name, rule, status, err, text, errs)
			}
		}
	}
	if counts < 50 {
		t.Errorf("only %d counts", counts)
	}
}

func TestARecountFindsAChangedWinner(t *testing.T) {
	_, out, _, err := counting(t, "en", Order{File: parc, JSON: true, Ballot: "v8"})
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		rule, from, to string
		status         int
		says           string
	}{
		{"what was told of a ballot is left aside", "", "", ExitOK, "12 ballots"},
		{"a winner", `"winners":["1",`, `"winners":["2",`, ExitNo, "winners[0]"},
		{"a vote less", `"support":7`, `"support":6`, ExitNo, "projects[0].support"},
		{"time is left aside", `"seconds":`, `"seconds":1`, ExitOK, "12 ballots"},
		{"no result at all", `{"rule"`, `{"role"`, ExitFailed, ""},
	} {
		changed := strings.Replace(out, c.from, c.to, 1)
		result := write(t, "result.json", changed)
		status, text, _, err := said(t, "en", func(tm Terminal) (int, error) {
			return Recount(t.Context(), Recounting{Result: result, File: parc}, tm)
		})
		if status != c.status || !strings.Contains(text, c.says) || (err != nil) != (c.status == ExitFailed) {
			t.Errorf("%s: status %d, %v: %s", c.rule, status, err, text)
		}
	}
}

// TestMistakes are told as faults whose messages both languages have.
func TestMistakes(t *testing.T) {
	bare := "META\nkey;value\ndescription;D\ncountry;France\nunit;U\ninstance;2026\nnum_projects;1\nnum_votes;1\nbudget;100\nvote_type;approval\n" +
		"rule;greedy-custom\ndate_begin;2026\ndate_end;2026\nPROJECTS\nproject_id;cost\na;60\nVOTES\nvoter_id;vote\n1;a\n"
	for _, c := range []struct {
		rule string
		o    Order
		key  string
	}{
		{"an ending that is none", Order{File: "x.doc"}, "tallied.mistake.ending"},
		{"a rule that is none", Order{File: parc, Rule: "king"}, "tallied.mistake.rule"},
		{"a key that is none", Order{File: parc, Rule: "greedy,foo=1"}, "tallied.mistake.key"},
		{"a value that is none", Order{File: parc, Rule: "greedy,score=sum"}, "tallied.mistake.value"},
		{"a value that does not fit", Order{File: parc, Rule: "equal-shares,step=-1"}, "tallied.mistake.checked"},
		{"a key twice", Order{File: parc, Rule: "greedy,score=votes,score=votes"}, "tallied.mistake.twice"},
		{"a part that is no pair", Order{File: parc, Rule: "greedy,score"}, "tallied.mistake.pair"},
		{"a rule for other ballots", Order{File: parc, Rule: "points"}, "tallied.mistake.kind"},
		{"an election's rule for a budget", Order{File: parc, Rule: "schulze"}, "tallied.mistake.elects"},
		{"a file that names no rule known here", Order{File: write(t, "custom.pb", bare)}, "tallied.mistake.other_rule"},
		{"a file without a budget", Order{File: write(t, "nobudget.pb", strings.Replace(bare, "budget;100\n", "", 1))}, "tallied.mistake.no_budget"},
		{"a ballot that is not there", Order{File: parc, Ballot: "v99"}, "tallied.mistake.no_voter"},
		{"constraints that are none", Order{File: parc, Constraints: write(t, "c.json", `{"groups":[["9"]]}`)}, "tallied.mistake.constraints"},
		{"two forms at once", Order{File: parc, JSON: true, CSV: "x"}, "tallied.mistake.two_forms"},
		{"an election without a rule", Order{File: write(t, "e.blt", "1 1\n1 1 0\n0\n\"A\"\n\"T\"\n")}, "tallied.mistake.no_rule_election"},
		{"a budget's rule for an election", Order{File: write(t, "e.blt", "1 1\n1 1 0\n0\n\"A\"\n\"T\"\n"), Rule: "greedy"}, "tallied.mistake.budgets"},
	} {
		status, out, _, err := counting(t, "fr", c.o)
		faults := fault.Of(err)
		if status != ExitFailed || len(faults) != 1 || faults[0].Key != c.key || out != "" {
			t.Errorf("%s: status %d, %v, %s", c.rule, status, err, out)
			continue
		}
		for _, lang := range []string{"en", "fr"} {
			if text := newVoice(lang).T(faults[0].Key, faults[0].Args); strings.Contains(text, "{{") || strings.Contains(text, "tallied.") {
				t.Errorf("%s: %s", c.rule, text)
			}
		}
	}
}

// TestAFileWithErrorsIsRefusedLineByLine, in both languages, and counted when asked for.
func TestAFileWithErrorsIsRefusedLineByLine(t *testing.T) {
	raw, err := os.ReadFile(parc)
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		rule, from, to, where string
	}{
		{"an unknown project", "v10;3,4;52", "v10;3,99;52", ":37:"},
		{"a voter twice", "v10;3,4;52", "v1;3,4;52", ":37:"},
		{"a negative cost", "6;6000;2", "6;-6000;2", ":25:"},
		{"a ballot missing", "v12;4,6;80;paper\n", "", ":8:"},
	} {
		path := write(t, "bad.pb", strings.Replace(string(raw), c.from, c.to, 1))
		for lang, word := range map[string]string{"en": "error: ", "fr": "erreur\u00a0: "} {
			status, out, errs, err := counting(t, lang, Order{File: path})
			if status != ExitFailed || err != nil || out != "" || !strings.Contains(errs, c.where) || !strings.Contains(errs, word) {
				t.Errorf("%s, %s: status %d, %v: %s%s", c.rule, lang, status, err, out, errs)
			}
		}
		if status, out, errs, err := counting(t, "en", Order{File: path, Despite: true}); status != ExitOK || err != nil || out == "" || errs == "" {
			t.Errorf("%s, despite errors: status %d, %v: %s", c.rule, status, err, errs)
		}
	}
	// What only describes the vote is no reason to refuse its count.
	path := write(t, "bare.pb", strings.Replace(string(raw), "country;France\n", "", 1))
	if status, _, errs, err := counting(t, "en", Order{File: path}); status != ExitOK || err != nil || !strings.Contains(errs, "country") {
		t.Errorf("without a country: status %d, %v: %s", status, err, errs)
	}
}

// TestNothingIsHalfWritten: an interruption leaves no file, and neither a folder that cannot be written.
func TestNothingIsHalfWritten(t *testing.T) {
	dir := t.TempDir()
	ctx, stop := context.WithCancel(t.Context())
	stop()
	_, _, _, err := said(t, "en", func(tm Terminal) (int, error) {
		return Count(ctx, Order{File: parc, HTML: filepath.Join(dir, "x.html")}, tm)
	})
	if !errors.Is(err, context.Canceled) {
		t.Errorf("interrupted: %v", err)
	}
	fails := errors.New("disk full")
	if err := writeTo(filepath.Join(dir, "y.html"), nil, func(io.Writer) error { return fails }); !errors.Is(err, fails) {
		t.Errorf("a write that fails: %v", err)
	}
	if left, _ := os.ReadDir(dir); len(left) > 0 {
		t.Errorf("left behind: %v", left)
	}
}

func TestTables(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "out")
	if _, _, _, err := counting(t, "en", Order{File: parc, CSV: dir}); err != nil {
		t.Fatal(err)
	}
	for name, rows := range map[string]int{"projects": 7, "rounds": 5, "fairness": 13, "voters": 10} {
		f, err := os.Open(filepath.Join(dir, name+".csv"))
		if err != nil {
			t.Fatal(err)
		}
		all, err := csv.NewReader(f).ReadAll()
		_ = f.Close()
		if err != nil || len(all) < rows-3 {
			t.Errorf("%s: %d rows, %v", name, len(all), err)
		}
	}
	if got := inert("=HYPERLINK(1)"); got != "'=HYPERLINK(1)" {
		t.Errorf("a formula: %s", got)
	}
}

// TestThePageStands: one document, one main heading, headings without gaps, tables with captions and scoped heads, pictures with names, no script, nothing
// from elsewhere, and every link of the page leads somewhere on it.
func TestThePageStands(t *testing.T) {
	for _, lang := range []string{"en", "fr"} {
		_, out, _, err := counting(t, lang, Order{File: parc, HTML: "-"})
		if err != nil {
			t.Fatal(err)
		}
		doc, err := html.Parse(strings.NewReader(out))
		if err != nil {
			t.Fatal(err)
		}
		ids, links := map[string]bool{}, []string{}
		count := map[string]int{}
		level := 0
		attr := func(n *html.Node, key string) string {
			for _, a := range n.Attr {
				if a.Key == key {
					return a.Val
				}
			}
			return ""
		}
		var walk func(*html.Node)
		walk = func(n *html.Node) {
			if n.Type == html.ElementNode {
				count[n.Data]++
				if id := attr(n, "id"); id != "" {
					if ids[id] {
						t.Errorf("%s: two things have the id %s", lang, id)
					}
					ids[id] = true
				}
				for _, a := range n.Attr {
					if strings.HasPrefix(a.Key, "on") || a.Key == "style" || a.Key == "src" {
						t.Errorf("%s: %s has the attribute %s", lang, n.Data, a.Key)
					}
				}
				switch n.Data {
				case "html":
					if attr(n, "lang") != lang {
						t.Errorf("the page in %s says lang=%s", lang, attr(n, "lang"))
					}
				case "a":
					links = append(links, attr(n, "href"))
				case "script", "link", "img", "iframe":
					t.Errorf("%s: the page has <%s>", lang, n.Data)
				case "h1", "h2", "h3":
					now := int(n.Data[1] - '0')
					if now > level+1 {
						t.Errorf("%s: <%s> after a heading of level %d", lang, n.Data, level)
					}
					level = now
				case "th":
					if attr(n, "scope") == "" {
						t.Errorf("%s: a head of a table without scope", lang)
					}
				case "svg":
					if attr(n, "role") != "img" && attr(n.Parent, "aria-hidden") != "true" {
						t.Errorf("%s: a picture that has no name and is not hidden", lang)
					}
				}
			}
			for c := n.FirstChild; c != nil; c = c.NextSibling {
				walk(c)
			}
		}
		walk(doc)
		if count["h1"] != 1 || count["main"] != 1 || count["table"] != count["caption"] || count["table"] < 4 {
			t.Errorf("%s: %d h1, %d main, %d tables with %d captions", lang, count["h1"], count["main"], count["table"], count["caption"])
		}
		for _, l := range links {
			if !strings.HasPrefix(l, "#") || !ids[l[1:]] {
				t.Errorf("%s: the link %s leads nowhere", lang, l)
			}
		}
		for _, part := range []string{"Ruches &lt;b&gt;partagées&lt;/b&gt;", "SHA-256", "commun tally recount", "equal-shares,"} {
			if !strings.Contains(out, part) {
				t.Errorf("%s: no %q on the page", lang, part)
			}
		}
		if strings.Contains(out, "tallied.") || strings.Contains(out, "<b>") {
			t.Errorf("%s: a key without its message, or a name that is not escaped", lang)
		}
	}
}

// TestRealFiles counts real budgets, those of the folder that COMMUN_PB names or the one that is kept with the project, and finds the winners that
// the cities published.
func TestRealFiles(t *testing.T) {
	list, err := filepath.Glob(filepath.Join(cmp.Or(os.Getenv("COMMUN_PB"), "../../../../formats/pabulib/testdata"), "*.pb"))
	if err != nil || len(list) == 0 {
		t.Fatalf("COMMUN_PB names no folder of .pb files: %v", err)
	}
	for _, path := range list {
		status, out, errs, err := counting(t, "en", Order{File: path, Missing: "none"})
		if status != ExitOK || err != nil {
			t.Errorf("%s: %d %v %s", path, status, err, errs)
		}
		src, err := Open(t.Context(), path, Opening{Plain: true})
		if err != nil {
			t.Fatal(err)
		}
		if src.Published != nil && !strings.Contains(out, "exactly the") {
			t.Errorf("%s: not the published winners: %s", path, out)
		}
	}
}

// TestTheWorkedExample holds the figures of the explanation for a city councillor, docs/explanation/equal-shares.md and parts-egales.md.
func TestTheWorkedExample(t *testing.T) {
	winners := func(rule string) (won []string, cost, each string) {
		_, out, _, err := counting(t, "en", Order{File: "testdata/dix.pb", Rule: rule, JSON: true})
		if err != nil {
			t.Fatal(err)
		}
		var got struct {
			Winners []string
			Cost    json.Number
			Rounds  []struct{ Payment json.Number }
		}
		if err := json.Unmarshal([]byte(out), &got); err != nil {
			t.Fatal(err)
		}
		for _, r := range got.Rounds {
			each += r.Payment.String() + " "
		}
		return got.Winners, got.Cost.String(), strings.TrimSpace(each)
	}
	if won, cost, _ := winners("greedy"); strings.Join(won, " ") != "N1 N2 N3" || cost != "9600" {
		t.Errorf("the most voted: %v for %s", won, cost)
	}
	won, cost, each := winners("equal-shares,completion=none")
	if strings.Join(won, " ") != "N1 N2 S1" || cost != "9000" || each != "600 400 800" {
		t.Errorf("equal shares: %v for %s, each pays %s", won, cost, each)
	}
	if won, cost, _ := winners("equal-shares,completion=add1"); strings.Join(won, " ") != "N1 N2 S1" || cost != "9000" {
		t.Errorf("equal shares, completed: %v for %s", won, cost)
	}
}

// TestOpenTiesAreListed: every set of winners is told, on the terminal and on the page.
func TestOpenTiesAreListed(t *testing.T) {
	path := write(t, "tie.pb", "META\nkey;value\ndescription;D\ncountry;France\nunit;U\ninstance;2026\nnum_projects;3\nnum_votes;2\nbudget;100\nvote_type;approval\n"+
		"rule;greedy\ndate_begin;2026\ndate_end;2026\nPROJECTS\nproject_id;cost;name\na;60;Ash\nb;60;Beech\nc;40;Cedar\nVOTES\nvoter_id;vote\n1;a,c\n2;b,c\n")
	for _, html := range []string{"", "-"} {
		_, out, _, err := counting(t, "en", Order{File: path, Rule: "greedy,ties=open", HTML: html})
		if err != nil || !strings.Contains(out, "Outcome 1, beside what all have: “Ash”") || !strings.Contains(out, "Outcome 2, beside what all have: “Beech”") {
			t.Errorf("%v: %s", err, out)
		}
	}
}
