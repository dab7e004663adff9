package pabulib

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"regexp"
	"runtime"
	"slices"
	"strings"
	"testing"

	"commun/formats/decimal"
	"commun/formats/problem"
)

// good is a file without a problem, points and all. Cases change it by replacing a text.
const good = `META
key;value
description;Budget of a small town
country;France
unit;Ville
instance;2026
num_projects;3
num_votes;3
budget;1000.50
vote_type;cumulative
rule;greedy
date_begin;01.03.2026
date_end;15.03.2026
min_length;1
max_length;3
max_points;5
max_sum_points;6
language;fr
currency;EUR
PROJECTS
project_id;cost;votes;score;name;selected
trees;400.25;2;6;Des arbres;1
7;300;2;3;"Un banc; et un ""kiosque""";1
lamp;600;1;5;Une lampe;0
VOTES
voter_id;vote;points;age;sex;voting_method
a1;trees,7;4,2;31;F;internet
b2;7,trees;1,2;;;paper
c3;lamp;5;64;M;internet
`

// codes lists problems as "line key code", errors marked by "!".
func codes(ps []problem.Problem) []string {
	var out []string
	for _, p := range ps {
		mark := ""
		if p.Severity == problem.Error {
			mark = "!"
		}
		out = append(out, fmt.Sprintf("%s%d %s %s", mark, p.Line, p.Key, strings.TrimPrefix(p.Code, "pabulib.")))
	}
	return out
}

func check(t testing.TB, text string, l Limits) []problem.Problem {
	t.Helper()
	ps, err := Check(strings.NewReader(text), l)
	if err != nil {
		t.Fatalf("check: %v", err)
	}
	return ps
}

func TestCheckByRule(t *testing.T) {
	for _, c := range []struct {
		rule, old, new string // new takes the place of old
		want           []string
	}{
		{"a good file has no problem", "", "", nil},
		{"unknown keys and columns are kept, and no problem", "language;fr", "language;fr\nour_own;1", nil},
		{"the budget is missing", "budget;1000.50\n", "", []string{"!18 budget key_missing"}},
		{"the budget is empty", "budget;1000.50", "budget;", []string{"!9 budget empty"}},
		{"the budget is no number", "budget;1000.50", "budget;much", []string{"!9 budget not_number"}},
		{"a NaN", "budget;1000.50", "budget;NaN", []string{"!9 budget not_finite"}},
		{"the budget is negative", "budget;1000.50", "budget;-5", []string{"!9 budget negative"}},
		{"the budget is zero", "budget;1000.50", "budget;0.00", []string{"!9 budget budget_zero"}},
		{"a budget with a decimal comma", "budget;1000.50", "budget;1000,5", []string{"9 budget loose_number"}},
		{"a budget with an exponent", "budget;1000.50", "budget;1e+04", []string{"9 budget loose_number", "24 selected budget_left"}},
		{"a budget of more than 18 digits", "budget;1000.50", "budget;1234567890123456789", []string{"!9 budget too_many_digits"}},
		{"a misspelt key", "currency;EUR", "currancy;EUR", []string{"19 currancy key_near"}},
		{"a key twice", "currency;EUR", "unit;Ville", []string{"!19 unit key_twice"}},
		{"a value with a semicolon", "description;Budget of", "description;Budget; of", []string{"!3 description meta_fields"}},
		{"too many projects are announced", "num_projects;3", "num_projects;4", []string{"!7 num_projects num_projects"}},
		{"too few ballots are announced", "num_votes;3", "num_votes;2", []string{"!8 num_votes num_votes"}},
		{"a date that does not exist", "15.03.2026", "31.02.2026", []string{"!13 date_end no_such_day"}},
		{"a date in another form", "15.03.2026", "2026-03-15", []string{"!13 date_end not_date"}},
		{"a date without its zero", "01.03.2026", "1.03.2026", []string{"12 date_begin date_short"}},
		{"a year alone", "01.03.2026", "2026", nil},
		{"the end before the beginning", "15.03.2026", "15.03.2025", []string{"!13 date_end dates_reversed"}},
		{"an unknown vote type", "vote_type;cumulative", "vote_type;best", []string{"!10 vote_type vote_type"}},
		{"an unknown rule", "rule;greedy", "rule;fair", []string{"11 rule rule"}},
		{"bounds that cannot be kept", "min_length;1", "min_length;4", []string{"!14 min_length bounds_reversed", "!27 vote too_few", "!28 vote too_few", "!29 vote too_few"}},
		{"a language in words", "language;fr", "language;french", []string{"18 language language"}},
		{"the old name of beneficiaries", "votes;score;name", "votes;score;target", []string{"21 target column_old"}},
		{"a misspelt column", "votes;score;name", "votes;score;nome", []string{"21 nome column_near"}},
		{"a column twice", "score;name;selected", "score;cost;selected", []string{"!21 cost column_twice"}},
		{"a cost that is negative", "trees;400.25", "trees;-400.25", []string{"!22 cost negative"}},
		{"a cost that is empty", "trees;400.25", "trees;", []string{"!22 cost empty"}},
		{"a cost of infinity", "trees;400.25", "trees;inf", []string{"!22 cost not_finite"}},
		{"a cost of zero", "trees;400.25", "trees;0", []string{"22 cost cost_zero", "24 selected budget_left"}},
		{"a project dearer than the budget", "lamp;600;", "lamp;6000;", []string{"24 cost cost_over_budget"}},
		{"a withdrawn project", "lamp;600;", "lamp;999999999;", nil},
		{"a withdrawn project that won", "trees;400.25", "trees;999999999", []string{"!9 budget budget_exceeded", "!22 selected withdrawn_selected"}},
		{"the winners cost too much", "Une lampe;0", "Une lampe;1", []string{"!9 budget budget_exceeded"}},
		{"greedy leaves a project that could be paid", "7;300;2;3;\"Un banc; et un \"\"kiosque\"\"\";1", "7;300;2;3;Un banc;0", []string{"23 selected budget_left", "24 selected budget_left"}},
		{"no value of selected", "Une lampe;0", "Une lampe;yes", []string{"!24 selected selected"}},
		{"a project twice", "lamp;600", "7;600", []string{"!24 project_id project_id_twice", "!24 votes votes_total", "!24 score score_total", "!29 vote unknown_project"}},
		{"a project whose id no ballot can name", "lamp;600", "la,mp;600",
			[]string{"!24 project_id project_id_comma", "!24 votes votes_total", "!24 score score_total", "!29 vote unknown_project"}},
		{"a project line with a field too many", "Une lampe;0", "Une lampe;0;0", []string{"!24 field_count"}},
		{"fields that a spreadsheet added", "Une lampe;0", "Une lampe;0;;;", nil},
		{"an unknown project in a ballot", "c3;lamp;5", "c3;lamp,9;4,1", []string{"!24 score score_total", "!29 vote unknown_project"}},
		{"a project twice in a ballot", "c3;lamp;5", "c3;lamp,lamp;5,1", []string{"!29 vote project_twice"}},
		{"a comma too many", "c3;lamp;5", "c3;lamp,;5,0", []string{"!29 vote empty_in_list"}},
		{"a blank in a list", "a1;trees,7", "a1;trees, 7", []string{"27 vote blank_in_list"}},
		{"a voter with two ballots", "b2;7", "a1;7", []string{"!28 voter_id voter_twice"}},
		{"a ballot without a voter", "b2;7", ";7", []string{"!28 voter_id voter_empty"}},
		{"an empty ballot where one is asked", "c3;lamp;5", "c3;;", []string{"!24 votes votes_total", "!24 score score_total", "!29 vote too_few"}},
		{"too many projects in a ballot", "max_length;3", "max_length;1", []string{"!27 vote too_many", "!28 vote too_many"}},
		{"choose-1 is one project", "vote_type;cumulative", "vote_type;choose-1", []string{"!27 vote too_many", "!28 vote too_many"}},
		{"too many points for one", "max_points;5", "max_points;4", []string{"!29 points points_high"}},
		{"too many points in all", "max_sum_points;6", "max_sum_points;5", []string{"!27 points sum_points_high"}},
		{"points that are missing", "a1;trees,7;4,2", "a1;trees,7;5", []string{"!22 score score_total", "!23 score score_total", "!27 points points_count"}},
		{"points that are no number", "a1;trees,7;4,2", "a1;trees,7;4,NaN", []string{"!22 score score_total", "!23 score score_total", "!27 points not_finite"}},
		{"dearer than max_sum_cost", "max_length;3", "max_length;3\nmax_sum_cost;700", []string{"!28 vote sum_cost_high", "!29 vote sum_cost_high"}},
		{"a total of votes that the ballots do not give", "lamp;600;1;", "lamp;600;9;", []string{"!24 votes votes_total"}},
		{"a total of points that the ballots do not give", "lamp;600;1;5", "lamp;600;1;9", []string{"!24 score score_total"}},
		{"a sex that the format lacks", "64;M", "64;K", []string{"29 sex voter_value"}},
		{"an age that is none", "64;M", "old;M", []string{"29 age voter_value"}},
		{"a line of a ballot that is short", "c3;lamp;5;64;M;internet", "c3;lamp;5", []string{"!29 field_count"}},
		{"a line that is empty", "PROJECTS\n", "\nPROJECTS\n", []string{"20 blank_line"}},
		{"a line of nothing but semicolons", "b2;7", ";;;;;\nb2;7", []string{"28 blank_line"}},
		{"a byte order mark", "META", "\ufeffMETA", []string{"1 byte_order_mark"}},
		{"sections padded by a spreadsheet", "PROJECTS\n", "PROJECTS;;;;;\n", []string{"20 PROJECTS section_name"}},
		{"sections in small letters", "VOTES\n", "votes\n", []string{"25 VOTES section_name"}},
		{"a section that is missing", "VOTES\nvoter_id;vote;points;age;sex;voting_method\na1;trees,7;4,2;31;F;internet\nb2;7,trees;1,2;;;paper\nc3;lamp;5;64;M;internet\n", "",
			[]string{"!24 VOTES no_section"}},
		{"a column that is missing", "voter_id;vote;points", "voter_id;choice;points",
			[]string{"!22 votes votes_total", "!22 score score_total", "!23 votes votes_total", "!23 score score_total", "!24 votes votes_total", "!24 score score_total",
				"!26 vote column_missing", "!27 points points_count", "!27 vote too_few", "!28 points points_count", "!28 vote too_few", "!29 points points_count", "!29 vote too_few"}},
		{"META without its head", "key;value\n", "", []string{"2 key meta_head"}},
		{"bytes that are not UTF-8", "Une lampe", "Une lamp\xe9", []string{"!24 encoding"}},
		{"bytes that are not UTF-8 in a ballot", "c3;", "\xe93;", []string{"!29 encoding"}},
		{"text behind a closing quotation mark", "Une lampe", `"Une" lampe`, []string{"24 stray_quote"}},
		{"a quotation mark that is never closed", "Une lampe", `"Une lampe`, []string{"!24 open_quote"}},
		{"a file that is something else", "META", "%PDF-1.7", []string{"!1 not_pabulib"}},
	} {
		t.Run(c.rule, func(t *testing.T) {
			if !strings.Contains(good, c.old) {
				t.Fatalf("the case changes %q, which is not there", c.old)
			}
			got := codes(check(t, strings.Replace(good, c.old, c.new, 1), Limits{}))
			for i := range got {
				got[i] = strings.Replace(got[i], "  ", " ", 1) // problems of a whole line have no key
			}
			slices.Sort(got)
			slices.Sort(c.want)
			if !slices.Equal(got, c.want) {
				t.Errorf("got  %q\nwant %q", got, c.want)
			}
		})
	}
}

func TestBallotsAreHandedOutExactly(t *testing.T) {
	text := strings.Replace(good, "c3;lamp;5", "c3;lamp,nothing,7;2.50,1,-0.5", 1)
	r, err := NewReader(strings.NewReader(text), Options{})
	if err != nil {
		t.Fatal(err)
	}
	h := r.Header()
	if h.Budget != decimal.Of(10005, 1) || h.Vote != Cumulative || len(h.Projects) != 3 || h.Projects[0].Cost.String() != "400.25" ||
		h.Projects[1].Name != `Un banc; et un "kiosque"` || h.Projects[2].Selected != 0 || h.NumVotes != 3 {
		t.Errorf("%+v", h)
	}
	var got []string
	for r.Next() {
		b := r.Ballot()
		got = append(got, fmt.Sprintf("%d %s %v %v %s %v", b.Line, b.Voter(), b.Projects, b.Points, b.Value(h.VoteColumn("sex")), b.Wrong))
	}
	want := []string{"27 a1 [0 1] [4 2] F false", "28 b2 [1 0] [1 2]  false", "29 c3 [2 1] [2.5 -0.5] M true"}
	if r.Err() != nil || !slices.Equal(got, want) || r.Count() != 3 || r.Errors() != 1 {
		t.Errorf("%v, %d errors\ngot  %q\nwant %q", r.Err(), r.Errors(), got, want)
	}
}

// files are the real file that is kept here, and those of a folder named by COMMUN_DATA_PB.
func files(t testing.TB) []string {
	names, err := filepath.Glob("testdata/*.pb")
	if err != nil || len(names) == 0 {
		t.Fatal("no real file", err)
	}
	if dir := os.Getenv("COMMUN_DATA_PB"); dir != "" {
		more, err := filepath.Glob(filepath.Join(dir, "*.pb"))
		if err != nil || len(more) == 0 {
			t.Fatalf("no .pb in %s, %v", dir, err)
		}
		names = append(names, more...)
	}
	return names
}

// warnings are what is said of the real files, by code.
var warnings = map[string]map[string]int{
	"poland_wieliczka_2023_green-budget.pb": {},
	"france_toulouse_2019_.pb":              {"language": 1},
	"poland_gdansk_2020_brzezno.pb":         {"language": 1},
	"poland_krakow_2020_nowa-huta.pb":       {"language": 1, "date_short": 1},
	"poland_warszawa_2020_ursynow.pb":       {"language": 1, "date_short": 1, "comment": 1, "column_old": 1, "voter_value": 21},
	"poland_wroclaw_2017_.pb":               {"language": 1, "column_old": 1},
}

func TestRealFilesAreRightAndComeBack(t *testing.T) {
	for _, name := range files(t) {
		t.Run(filepath.Base(name), func(t *testing.T) {
			data, err := os.ReadFile(name)
			if err != nil {
				t.Fatal(err)
			}
			got := map[string]int{}
			for _, p := range check(t, string(data), Limits{}) {
				got[strings.TrimPrefix(p.Code, "pabulib.")]++
				if p.Severity == problem.Error {
					t.Errorf("an error in a real file: %v", p)
				}
			}
			if want, known := warnings[filepath.Base(name)]; known && fmt.Sprint(got) != fmt.Sprint(want) {
				t.Errorf("said %v, want %v", got, want)
			}
			f, err := Read(bytes.NewReader(data), Limits{})
			if err != nil {
				t.Fatal(err)
			}
			var b bytes.Buffer
			if err := f.Write(&b); err != nil || !bytes.Equal(b.Bytes(), data) {
				t.Errorf("not the same bytes: %v", err)
			}
		})
	}
}

func TestAChangeKeepsEverythingElse(t *testing.T) {
	text := "\ufeff" + strings.ReplaceAll(strings.Replace(good, "PROJECTS\n", "\nPROJECTS;;\n", 1), "\n", "\r\n") + "\r\n"
	f, err := Read(strings.NewReader(text), Limits{})
	if err != nil {
		t.Fatal(err)
	}
	f.Set("unit", "Ville; et \"faubourgs\"")
	f.Set("edition", "2")
	f.Votes.Rows[1].Fields[3] = "45"
	f.Votes.Rows = append(f.Votes.Rows, Row{Fields: []string{"d4", "trees", "1", "", "", ""}})
	var b bytes.Buffer
	if err := f.Write(&b); err != nil {
		t.Fatal(err)
	}
	want := strings.Replace(text, "unit;Ville\r\n", "unit;\"Ville; et \"\"faubourgs\"\"\"\r\n", 1)
	want = strings.Replace(want, "currency;EUR\r\n", "currency;EUR\r\nedition;2\r\n", 1)
	want = strings.Replace(want, "b2;7,trees;1,2;;;paper\r\n", "b2;7,trees;1,2;45;;paper\r\n", 1)
	want = strings.Replace(want, "M;internet\r\n", "M;internet\r\nd4;trees;1;;;\r\n", 1)
	if b.String() != want {
		t.Errorf("got\n%q\nwant\n%q", b.String(), want)
	}
	if v, _ := f.Get("edition"); v != "2" {
		t.Errorf("edition %q", v)
	}
}

func TestAFileWithoutItsLastLineEndGrows(t *testing.T) {
	f, err := Read(strings.NewReader(strings.TrimSuffix(good, "\n")), Limits{})
	if err != nil {
		t.Fatal(err)
	}
	f.Votes.Rows = append(f.Votes.Rows, Row{Fields: []string{"d4", "trees", "1", "", "", ""}})
	var b strings.Builder
	if err := f.Write(&b); err != nil || b.String() != good+"d4;trees;1;;;\n" {
		t.Errorf("%v %q", err, b.String())
	}
}

func TestWriterWritesWhatReadReads(t *testing.T) {
	var b bytes.Buffer
	w := NewWriter(&b)
	rows := [][]string{{"x;y", "\"quoted\"", "line\nend"}, {"", "", ""}, {"META", "", ""}, {"\ufeffid", " blank ", ","}}
	steps := []error{w.Begin(META, "key", "value"), w.Row("budget", "10"), w.Begin(PROJECTS, "project_id", "cost"), w.Begin(VOTES, "voter_id", "vote", "own")}
	for _, r := range rows {
		steps = append(steps, w.Row(r...))
	}
	if err := errors.Join(append(steps, w.Flush())...); err != nil {
		t.Fatal(err)
	}
	f, err := Read(&b, Limits{})
	if err != nil || len(f.Votes.Rows) != len(rows) {
		t.Fatalf("%v, %q", err, b.String())
	}
	for i, r := range rows {
		if !slices.Equal(f.Votes.Rows[i].Fields, r) {
			t.Errorf("%q came back as %q", r, f.Votes.Rows[i].Fields)
		}
	}
	if err := NewWriter(io.Discard).Begin(VOTES); !errors.Is(err, ErrOrder) {
		t.Errorf("ballots first: %v", err)
	}
}

func TestLimits(t *testing.T) {
	for _, c := range []struct {
		what, old, new string
		want           string
	}{
		{"a line of 10^6 columns", "b2;", strings.Repeat(";", 1_000_000), "!28 too_many_columns"},
		{"a line of 10^6 columns in quotes", "b2;", "\"x\"" + strings.Repeat(";", 1_000_000), "!28 too_many_columns"},
		{"a head of 10^6 columns", "voter_id;", strings.Repeat("c;", 1_000_000), "!26 too_many_columns"},
		{"a line without end", "b2;", strings.Repeat("x", 5<<20), "!28 line_too_long"},
		{"a quoted field without end", "b2;", "\"" + strings.Repeat("x\n", 3<<20), "!28 open_quote"},
		{"projects without end", "VOTES", strings.Repeat("p;1;;;;\n", 100_001), "!100022 too_many_projects"},
		{"META without end", "PROJECTS", strings.Repeat("k;v\n", 10_001), "!10003 too_many_keys"},
	} {
		t.Run(c.what, func(t *testing.T) {
			got := codes(check(t, strings.Replace(good, c.old, c.new, 1), Limits{Problems: 1}))
			if !slices.Contains(got, strings.Replace(c.want, " ", "  ", 1)) {
				t.Errorf("got %q, want %q", got, c.want)
			}
		})
	}
	if _, err := Read(strings.NewReader(good), Limits{FileBytes: 100}); err == nil || !strings.Contains(err.Error(), "100 bytes") {
		t.Errorf("a file too large to hold: %v", err)
	}
}

// flood gives a head, then ballots without end until a number of bytes is read.
type flood struct {
	head   string
	n      int
	left   int64
	ballot []byte
}

func (f *flood) Read(p []byte) (int, error) {
	if f.head != "" {
		n := copy(p, f.head)
		f.head = f.head[n:]
		return n, nil
	}
	if f.left <= 0 {
		return 0, io.EOF
	}
	n := 0
	for len(p)-n >= 64 {
		f.n++
		f.ballot = fmt.Appendf(f.ballot[:0], "v%d;trees,7;4,2;31;F;internet\n", f.n)
		n += copy(p[n:], f.ballot)
	}
	f.left -= int64(n)
	return n, nil
}

func TestStreamingHoldsNothing(t *testing.T) {
	head := good[:strings.Index(good, "a1;trees")]
	r, err := NewReader(&flood{head: head, left: 64 << 20}, Options{})
	if err != nil {
		t.Fatal(err)
	}
	var before, after runtime.MemStats
	runtime.GC()
	runtime.ReadMemStats(&before)
	for r.Next() {
	}
	runtime.GC()
	runtime.ReadMemStats(&after)
	if r.Err() != nil || r.Count() < 1_000_000 || r.Errors() != 1 { // num_votes
		t.Fatalf("%v, %d ballots, %v", r.Err(), r.Count(), r.Problems())
	}
	if grown := after.HeapAlloc - min(before.HeapAlloc, after.HeapAlloc); grown > 1<<20 {
		t.Errorf("%d bytes are held after %d ballots", grown, r.Count())
	}
}

func TestABrokenStreamIsNoShortFile(t *testing.T) {
	broken := errors.New("the disk is gone")
	for _, cut := range []int{0, 10, 200, len(good) - 20, len(good)} {
		src := io.MultiReader(strings.NewReader(good[:cut]), errReader{broken})
		if _, err := Check(src, Limits{}); !errors.Is(err, broken) {
			t.Errorf("after %d bytes: %v", cut, err)
		}
	}
}

type errReader struct{ err error }

func (e errReader) Read([]byte) (int, error) { return 0, e.err }

func TestEverySentenceIsWhole(t *testing.T) {
	source, err := os.ReadFile("sentences.go")
	if err != nil {
		t.Fatal(err)
	}
	placeholder := regexp.MustCompile(`\{(\w+)\}`)
	found := 0
	for _, m := range regexp.MustCompile(`= "(pabulib\.\w+)"`).FindAllStringSubmatch(string(source), -1) {
		found++
		s := sentences[m[1]]
		en, fr := placeholder.FindAllString(s.En, -1), placeholder.FindAllString(s.Fr, -1)
		slices.Sort(en)
		slices.Sort(fr)
		if s.En == "" || s.Fr == "" || !slices.Equal(slices.Compact(en), slices.Compact(fr)) {
			t.Errorf("%s: %q, %q", m[1], s.En, s.Fr)
		}
	}
	if found != len(sentences) {
		t.Errorf("%d codes, %d sentences", found, len(sentences))
	}
}

func TestProblemsNameTheirPlace(t *testing.T) {
	p := check(t, strings.Replace(good, "c3;lamp;5", "c3;lamp,9;4,1", 1), Limits{})[1]
	want := "29:4: error: The ballot of c3 names the project 9, which PROJECTS does not have. Check the number."
	if p.String() != want || p.Text("fr") != "Le bulletin de c3 nomme le projet 9, que PROJECTS n’a pas. Vérifiez le numéro." {
		t.Errorf("%s\n%s", p, p.Text("fr"))
	}
}

func TestVotersAreKeptApart(t *testing.T) {
	var v voters
	for i := range 100_000 {
		if line := v.add([]byte(fmt.Sprint(i)), i+1); line != 0 {
			t.Fatalf("%d was on line %d", i, line)
		}
	}
	for i := range 100_000 {
		if line := v.add([]byte(fmt.Sprint(i)), 0); line != i+1 {
			t.Fatalf("%d was on line %d", i, line)
		}
	}
}

// Ages are whole years from 0 to 150, or the bands of published files.
func TestAges(t *testing.T) {
	for text, want := range map[string]bool{"0": true, "34": true, "150": true, "151": false, "": false, "-1": false, "x": false, "34.5": false,
		"0-17": true, "25-34": true, "75+": true, "34-25": false, "30-30": false, "+": false, "-": false, "18-": false, "20-200": false, "1e2": false} {
		if age([]byte(text)) != want {
			t.Errorf("%q: %t", text, !want)
		}
	}
}
