package report

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"commun/formats/pabulib"
)

// crowd is a file of voters: ten of one cell, three of another, one alone, and a column that the format does not know.
func crowd() string {
	var b strings.Builder
	b.WriteString("META\nkey;value\ndescription;D\ncountry;France\nunit;U\ninstance;2026\nnum_projects;3\nnum_votes;14\nbudget;100\nvote_type;approval\n" +
		"rule;greedy\ndate_begin;2026\ndate_end;2026\nPROJECTS\nproject_id;cost;name\na;60;A\nb;50;B\nc;40;C\nVOTES\nvoter_id;vote;age;sex;email\n")
	for i := range 10 {
		fmt.Fprintf(&b, "secret%d;a,b;%d;F;x%d@example.org\n", i, 25+i, i)
	}
	for i := range 3 {
		fmt.Fprintf(&b, "secret%d;b;%d;M;y%d@example.org\n", 10+i, 40+i, i)
	}
	b.WriteString("secret13;b,c;97;F;z@example.org\n")
	return b.String()
}

func TestWhatIsPublishedNamesNobody(t *testing.T) {
	path := write(t, "crowd.pb", crowd())
	publish := func(seed string) (string, string) {
		status, out, errs, err := said(t, "en", func(tm Terminal) (int, error) {
			return Publish(t.Context(), Publishing{File: path, Seed: seed}, tm)
		})
		if status != ExitOK || err != nil {
			t.Fatalf("status %d, %v: %s", status, err, errs)
		}
		return out, errs
	}
	out, errs := publish("a seed")
	if strings.Contains(out, "secret") || strings.Contains(out, "@") || strings.Contains(out, ";97") {
		t.Errorf("it names voters: %s", out)
	}
	f, err := pabulib.Read(strings.NewReader(out), pabulib.Limits{})
	if err != nil {
		t.Fatal(err)
	}
	cells := map[string]int{}
	var votes []string
	for _, r := range f.Votes.Rows {
		cells[strings.Join(r.Fields[2:], ";")]++
		votes = append(votes, r.Fields[1])
	}
	if cells["25-34;F"] == 0 {
		t.Error("nothing is said of anybody")
	}
	for cell, n := range cells {
		if n < smallest {
			t.Errorf("%d voters are %q", n, cell)
		}
	}
	slices.Sort(votes)
	want := slices.Concat(slices.Repeat([]string{"a,b"}, 10), slices.Repeat([]string{"b"}, 3), []string{"b,c"})
	if !slices.Equal(votes, want) {
		t.Errorf("the votes changed: %v", votes)
	}
	for _, part := range []string{"email", "Lines of the original: 34", "cast by nobody else"} {
		if !strings.Contains(errs, part) {
			t.Errorf("no %q in %s", part, errs)
		}
	}
	if again, _ := publish("a seed"); again != out {
		t.Error("the same seed gives another order")
	}
	if other, _ := publish("another"); other == out {
		t.Error("another seed gives the same order")
	}
	one, _ := publish("")
	two, _ := publish("")
	if one == two {
		t.Error("without a seed the order is the same twice")
	}
}

func TestBands(t *testing.T) {
	for age, want := range map[string]string{"0": "0-17", "17": "0-17", "18": "18-24", "24": "18-24", "25": "25-34", "34": "25-34", "74": "65-74", "75": "75+", "150": "75+",
		"151": "", "-1": "", "x": "", "": "", "25-34": "25-34", "75+": "75+"} {
		if got := band(age); got != want {
			t.Errorf("age %q: %q, want %q", age, got, want)
		}
	}
}

// FuzzPublish: whatever the voters' columns say, no cell is smaller than it may be, and no vote is lost.
func FuzzPublish(f *testing.F) {
	f.Add("30;F\n31;F\n90;M\n;\n12;O\n")
	f.Fuzz(func(t *testing.T, rows string) {
		p := publication{cell: 3, columns: []string{"age", "sex"}}
		for line := range strings.SplitSeq(rows, "\n") {
			age, sex, _ := strings.Cut(line, ";")
			p.rows = append(p.rows, []string{band(age), sex})
			p.lines = append(p.lines, len(p.rows))
		}
		n := len(p.rows)
		p.merge()
		if err := p.shuffle("s"); err != nil || len(p.rows) != n {
			t.Fatal(err, n)
		}
		cells := p.cells([]int{0, 1})
		for _, cell := range cells {
			if len(cell) < 3 && len(cells) > 1 {
				t.Errorf("a cell of %d: %q", len(cell), p.rows[cell[0]])
			}
		}
	})
}

// TestPublishedBallotsCountTheSame: where no cell was too small, the result of the original is that of the published file, ages and all.
func TestPublishedBallotsCountTheSame(t *testing.T) {
	text := crowd()
	text = text[:strings.Index(text, "secret10")] // the ten who share their cell
	path := write(t, "ten.pb", strings.Replace(text, "num_votes;14", "num_votes;10", 1))
	_, published, _, err := said(t, "en", func(tm Terminal) (int, error) { return Publish(t.Context(), Publishing{File: path}, tm) })
	if err != nil {
		t.Fatal(err)
	}
	_, result, _, err := counting(t, "en", Order{File: path, JSON: true})
	if err != nil {
		t.Fatal(err)
	}
	result, published = write(t, "result.json", result), write(t, "published.pb", published)
	status, out, errs, err := said(t, "en", func(tm Terminal) (int, error) {
		return Recount(t.Context(), Recounting{Result: result, File: published}, tm)
	})
	if status != ExitOK || err != nil {
		t.Errorf("status %d, %v: %s%s", status, err, out, errs)
	}
}

// What publish writes, check takes: age bands are no mistake there.
func TestWhatIsPublishedIsJudgedRight(t *testing.T) {
	out := filepath.Join(t.TempDir(), "published.pb")
	if _, _, _, err := said(t, "en", func(tm Terminal) (int, error) {
		return Publish(t.Context(), Publishing{File: parc, Seed: "7", Cell: 2, Out: out}, tm)
	}); err != nil {
		t.Fatal(err)
	}
	text, err := os.ReadFile(out)
	if err != nil || !strings.Contains(string(text), "18-24") {
		t.Fatalf("no age band: %v", err)
	}
	status, problems, _, err := said(t, "en", func(tm Terminal) (int, error) {
		return CheckPabulib(t.Context(), []string{out}, false, strings.NewReader(""), tm)
	})
	if err != nil || status != ExitOK || strings.Contains(problems, "age") {
		t.Errorf("%d %v %s", status, err, problems)
	}
}
