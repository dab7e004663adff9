package surveycsv

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"

	"commun/formats/problem"
)

// codes lists problems as "line key code", errors marked by "!".
func codes(ps []problem.Problem) []string {
	var out []string
	for _, p := range ps {
		mark := ""
		if p.Severity == problem.Error {
			mark = "!"
		}
		out = append(out, fmt.Sprintf("%s%d %s %s", mark, p.Line, p.Key, strings.TrimPrefix(p.Code, "surveycsv.")))
	}
	return out
}

// The tables are invented, in the shape that each tool exports.
const (
	limeMarks = `"Response ID","Date submitted","Which projects? [Trees]","Which projects? [A bench, green]","Which projects? [Lamp]"
"1","2026-03-01 10:00:00","Yes","No","Yes"
"2","2026-03-01 10:05:00","No","Yes","No"
"3","2026-03-01 10:09:00","No","No","No"
`
	limeRanking = `id;token;"Rank them [Rank 1]";"Rank them [Rank 2]";"Rank them [Rank 3]"
7;aa;Trees;Lamp;
8;bb;Lamp;Bench;Trees
`
	googleBoxes = "Horodateur,Quels projets ?,Âge\n" +
		"2026/03/01 10:00:00 AM UTC+1,\"Arbres, Banc\",30\n" +
		"2026/03/01 10:01:00 AM UTC+1,Banc,41\n" +
		"2026/03/01 10:02:00 AM UTC+1,\"Banc, Arbres, Lampe\",\n" +
		"2026/03/01 10:03:00 AM UTC+1,\"Lampe, Arbres\",52\n"
	googleGrades = "Timestamp,Give a grade [Trees],Give a grade [Lamp]\n1,Good,Bad\n2,Fair,\n3,good,Good\n"
	framaforms   = "Envoi,,Projets,,\n,,,,\nSerial,SID,Arbres,Banc,Lampe\n1,x1,X,,X\n2,x2,,X,\n"
	perRank      = "voter\tQ [A]\tQ [B]\tQ [C]\nv1\t1\t2\t3\nv2\t2\t1\t\nv3\t1\t\t2\n"
	perScore     = "voter,Q [A],Q [B]\nv1,10,2.5\nv2,\"7,5\",0\nv3,3,3\n"
)

func TestTablesOfSurveyTools(t *testing.T) {
	for _, c := range []struct {
		tool, text string
		mapping    Mapping
		guessed    bool
		names      []string
		ballots    []string
	}{
		{"LimeSurvey, several choices", limeMarks, Mapping{Form: Columns, Means: Yes, Question: "Which projects?", Voter: "Response ID"}, true,
			[]string{"Trees", "A bench, green", "Lamp"}, []string{"1 [0 2] []", "2 [1] []", "3 [] []"}},
		{"LimeSurvey, ranking", limeRanking, Mapping{Form: Ranks, Means: Rank, Question: "Rank them", Voter: "token"}, true,
			[]string{"Trees", "Lamp", "Bench"}, []string{"aa [0 1] [1 2]", "bb [1 2 0] [1 2 3]"}},
		{"Google Forms, boxes", googleBoxes, Mapping{Form: List, Means: Yes, Question: "Quels projets ?", Separator: ","}, true,
			[]string{"Arbres", "Banc", "Lampe"}, []string{" [0 1] []", " [1] []", " [1 0 2] []", " [2 0] []"}},
		{"Google Forms, grid of grades", googleGrades, Mapping{Form: Columns, Means: Grade, Question: "Give a grade", Grades: []string{"Good", "Fair", "Bad"}}, false,
			[]string{"Trees", "Lamp"}, []string{" [0 1] [0 2]", " [0] [1]", " [0 1] [0 0]"}},
		{"Framaforms, columns apart", framaforms, Mapping{Form: Columns, Means: Yes, Heads: []string{"Arbres", "Banc", "Lampe"}, Voter: "SID", HeadLine: 2}, false,
			[]string{"Arbres", "Banc", "Lampe"}, []string{"x1 [0 2] []", "x2 [1] []"}},
		{"a rank for each choice", perRank, Mapping{Form: Columns, Means: Rank, Question: "Q", Voter: "voter"}, true,
			[]string{"A", "B", "C"}, []string{"v1 [0 1 2] [1 2 3]", "v2 [1 0] [1 2]", "v3 [0 2] [1 2]"}},
		{"a score for each choice", perScore, Mapping{Form: Columns, Means: Score, Question: "Q", Voter: "voter"}, false,
			[]string{"A", "B"}, []string{"v1 [0 1] [10 2.5]", "v2 [0 1] [7.5 0]", "v3 [0 1] [3 3]"}},
		{"one choice", "who;what\na;Yes\nb;\nc;No\n", Mapping{Form: One, Means: Yes, Question: "what"}, false,
			[]string{"Yes", "No"}, []string{" [0] []", " [] []", " [1] []"}},
		{"a list best first, of choices with commas", "v,q\n1,\"A, b, C, A\"\n2,\"C,A\"\n", Mapping{Form: List, Means: Rank, Question: "q", Separator: ", ", Choices: []string{"A", "A, b", "C"}}, false,
			[]string{"A", "A, b", "C"}, []string{" [1 2 0] [1 2 3]", " [2 0] [1 2]"}},
		{"some of the choices, in another order", limeMarks, Mapping{Form: Columns, Means: Yes, Question: "Which projects?", Choices: []string{"Lamp", "Trees"}}, false,
			[]string{"Lamp", "Trees"}, []string{" [1 0] []", " [] []", " [] []"}},
	} {
		t.Run(c.tool, func(t *testing.T) {
			if c.guessed {
				m, err := Guess(strings.NewReader(c.text), "", Limits{})
				if err != nil || fmt.Sprintf("%+v", m) != fmt.Sprintf("%+v", c.mapping) {
					t.Errorf("guessed %+v, %v", m, err)
				}
			}
			r, err := NewReader(strings.NewReader(c.text), c.mapping, Limits{})
			if err != nil {
				t.Fatal(err)
			}
			var ballots []string
			for r.Next() {
				ballots = append(ballots, fmt.Sprint(r.Ballot().ID, " ", r.Ballot().Choices, " ", r.Ballot().Values))
			}
			if r.Err() != nil || len(r.Problems()) > 0 || !slices.Equal(r.Names(), c.names) || !slices.Equal(ballots, c.ballots) {
				t.Errorf("%v %q\ngot  %q %q\nwant %q %q", r.Err(), codes(r.Problems()), r.Names(), ballots, c.names, c.ballots)
			}
			var back Mapping
			data, err := json.Marshal(c.mapping)
			if err != nil || json.Unmarshal(data, &back) != nil || fmt.Sprintf("%+v", back) != fmt.Sprintf("%+v", c.mapping) {
				t.Errorf("the mapping came back as %+v, %v", back, err)
			}
		})
	}
}

func TestCheckByRule(t *testing.T) {
	marks := Mapping{Form: Columns, Means: Yes, Question: "Which projects?", Voter: "Response ID"}
	ranking := Mapping{Form: Ranks, Means: Rank, Question: "Rank them", Choices: []string{"Trees", "Lamp", "Bench"}}
	ranks := Mapping{Form: Columns, Means: Rank, Question: "Q"}
	grades := Mapping{Form: Columns, Means: Grade, Question: "Give a grade", Grades: []string{"Good", "Fair", "Bad"}}
	for _, c := range []struct {
		rule     string
		m        Mapping
		text     string
		old, new string
		want     []string
	}{
		{"Windows line ends", marks, limeMarks, "\n", "\r\n", nil},
		{"a byte order mark", marks, limeMarks, `"Response ID"`, "\ufeff\"Response ID\"", nil},
		{"blank lines", marks, limeMarks, "\n\"2\"", "\n\n,,,,\n\"2\"", nil},
		{"neither yes nor no", marks, limeMarks, `"Yes","No","Yes"`, `"Yes","Perhaps","Yes"`, []string{"!2 Which projects? [A bench, green] not_yes_no"}},
		{"a voter twice", marks, limeMarks, `"2","2026`, `"1","2026`, []string{"!3 Response ID voter_twice"}},
		{"no voter", marks, limeMarks, `"2","2026`, `"","2026`, []string{"!3 Response ID no_voter"}},
		{"a field too many", marks, limeMarks, `"Yes","No","Yes"`, `"Yes","No","Yes","Yes"`, []string{"!2  field_count"}},
		{"a field too few", marks, limeMarks, `"Yes","No","Yes"`, `"Yes","No"`, nil},
		{"a choice twice", ranking, limeRanking, "Lamp;Bench;Trees", "Lamp;Bench;Lamp", []string{"!3 Rank them [Rank 3] choice_twice"}},
		{"a choice that the mapping lacks", ranking, limeRanking, "Lamp;Bench;Trees", "Lamp;Bench;Moon", []string{"!3 Rank them [Rank 3] unknown_choice"}},
		{"a rank that is no number", ranks, perRank, "v2\t2", "v2\tfirst", []string{"!3 Q [A] not_number"}},
		{"a rank that is not whole", ranks, perRank, "v2\t2", "v2\t1.5", []string{"!3 Q [A] not_rank"}},
		{"a rank of zero", ranks, perRank, "v2\t2", "v2\t0", []string{"!3 Q [A] not_rank"}},
		{"a NaN", ranks, perRank, "v2\t2", "v2\tNaN", []string{"!3 Q [A] not_number"}},
		{"a grade that the mapping lacks", grades, googleGrades, "Fair", "Great", []string{"!3 Give a grade [Trees] not_grade"}},
		{"bytes that are not UTF-8", ranking, limeRanking, "aa", "a\xe9", []string{"!2  encoding"}},
		{"a quotation mark that is never closed", ranking, limeRanking, "aa", "\"aa", []string{"!2  open_quote"}},
	} {
		t.Run(c.rule, func(t *testing.T) {
			n := 1
			if c.old == "\n" {
				n = -1
			}
			if !strings.Contains(c.text, c.old) {
				t.Fatalf("the case changes %q, which is not there", c.old)
			}
			ps, err := Check(strings.NewReader(strings.Replace(c.text, c.old, c.new, n)), c.m, Limits{})
			if got := codes(ps); err != nil || !slices.Equal(got, c.want) {
				t.Errorf("%v\ngot  %q\nwant %q", err, got, c.want)
			}
		})
	}
}

func TestMappingsThatCannotBeFollowed(t *testing.T) {
	for _, c := range []struct {
		m    Mapping
		want error
	}{
		{Mapping{}, ErrMapping},
		{Mapping{Form: Columns, Means: Yes}, ErrMapping},
		{Mapping{Form: List, Means: Score, Question: "q"}, ErrMapping},
		{Mapping{Form: Columns, Means: Grade, Question: "Q"}, ErrMapping},
		{Mapping{Form: Columns, Means: Yes, Question: "Q", Choices: []string{"A", "A"}}, ErrMapping},
		{Mapping{Form: Columns, Means: Yes, Question: "Other"}, ErrHead},
		{Mapping{Form: Columns, Means: Yes, Question: "Which projects?", Choices: []string{"Trees", "Moon"}}, ErrHead},
		{Mapping{Form: List, Means: Yes, Question: "Other"}, ErrHead},
		{Mapping{Form: List, Means: Yes, Question: "Response ID", Voter: "Other"}, ErrHead},
		{Mapping{Form: List, Means: Yes, Question: "Response ID", HeadLine: 99}, ErrHead},
	} {
		if _, err := NewReader(strings.NewReader(limeMarks), c.m, Limits{}); !errors.Is(err, c.want) {
			t.Errorf("%+v: %v", c.m, err)
		}
	}
}

func TestGuessSaysWhyNot(t *testing.T) {
	two := "A [x],A [y],B [x],B [y]\nYes,No,No,Yes\n"
	for _, c := range []struct {
		text, question string
		want           error
	}{
		{"", "", ErrNoGuess}, {"name,age\nAda,30\nBo,41\n", "", ErrNoGuess}, {two, "", ErrAmbiguous}, {two, "B", nil}, {two, "C", ErrNoGuess},
		{"name,age\nAda,30\nBo,41\n", "name", nil},
	} {
		m, err := Guess(strings.NewReader(c.text), c.question, Limits{})
		if !errors.Is(err, c.want) || err == nil && m.Question != c.question {
			t.Errorf("%q %q: %+v, %v", c.text, c.question, m, err)
		}
	}
	m, err := Guess(strings.NewReader(googleGrades), "", Limits{})
	if err != nil || m.Means != Grade || !slices.Equal(m.Grades, []string{"Good", "Fair", "good", "Bad"}) {
		t.Errorf("grades as they came: %+v, %v", m, err)
	}
}

func TestWrittenBackAsItWas(t *testing.T) {
	for _, text := range []string{limeMarks, limeRanking, googleBoxes, framaforms, perRank, "\ufeff" + strings.ReplaceAll(limeMarks, "\n", "\r\n"), "a;b\n\n1;\"x\ny\"\n;;\n\n", "", "\ufeff", "a,b"} {
		f, err := Read(strings.NewReader(text), Limits{})
		if err != nil {
			t.Fatal(err)
		}
		var b strings.Builder
		if err := f.Write(&b); err != nil || b.String() != text {
			t.Errorf("%v\ngot  %q\nwant %q", err, b.String(), text)
		}
	}
	f, err := Read(strings.NewReader(limeRanking), Limits{})
	if err != nil {
		t.Fatal(err)
	}
	f.Rows[1].Fields[2] = `Trees; "old"`
	f.Rows = append(f.Rows, Row{Fields: []string{"9", "cc", "Bench", "", ""}})
	var b strings.Builder
	want := strings.Replace(limeRanking, "7;aa;Trees;", `7;aa;"Trees; ""old""";`, 1) + "9;cc;Bench;;\n"
	if err := f.Write(&b); err != nil || b.String() != want {
		t.Errorf("%v\ngot  %q\nwant %q", err, b.String(), want)
	}
}

func TestLimitsAndBrokenStreams(t *testing.T) {
	m := Mapping{Form: List, Means: Yes, Question: "q", Separator: ","}
	for what, c := range map[string][2]string{
		"a line of 10^6 columns": {"v;q\n" + strings.Repeat(";", 1_000_000), "!2  too_many_columns"},
		"a line without end":     {"v;q\n" + strings.Repeat("x", 5<<20), "!2  line_too_long"},
		"choices without end":    {"v;q\n1;" + list(20_000), "!2 q too_many_choices"},
	} {
		ps, err := Check(strings.NewReader(c[0]), m, Limits{})
		if err != nil || !slices.Contains(codes(ps), c[1]) {
			t.Errorf("%s: %v %q", what, err, codes(ps))
		}
	}
	broken := errors.New("the disk is gone")
	for _, cut := range []int{0, 3, 8} {
		if _, err := Check(io.MultiReader(strings.NewReader("v;q\n1;2\n"[:cut]), failing{broken}), m, Limits{}); !errors.Is(err, broken) {
			t.Errorf("after %d bytes: %v", cut, err)
		}
	}
}

func list(n int) string {
	var b strings.Builder
	for i := range n {
		fmt.Fprintf(&b, "c%d,", i)
	}
	return b.String()
}

type failing struct{ err error }

func (f failing) Read([]byte) (int, error) { return 0, f.err }

func TestEverySentenceIsWhole(t *testing.T) {
	source, err := os.ReadFile("sentences.go")
	if err != nil {
		t.Fatal(err)
	}
	placeholder := regexp.MustCompile(`\{(\w+)\}`)
	found := 0
	for _, m := range regexp.MustCompile(`= "(surveycsv\.\w+)"`).FindAllStringSubmatch(string(source), -1) {
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

// FuzzSurvey: no table breaks guessing or reading; a ballot names known choices once; a table is written back byte by byte, and its records
// come back when they are written anew.
func FuzzSurvey(f *testing.F) {
	for _, text := range []string{limeMarks, limeRanking, googleBoxes, googleGrades, framaforms, perRank, perScore} {
		f.Add([]byte(text))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		l := Limits{LineBytes: 4096, Columns: 50, Choices: 100}
		if m, err := Guess(bytes.NewReader(data), "", l); err == nil {
			r, err := NewReader(bytes.NewReader(data), m, l)
			for err == nil && r.Next() {
				b, seen := r.Ballot(), map[int32]bool{}
				for _, c := range b.Choices {
					if c < 0 || int(c) >= r.Len() || seen[c] || m.Means != Yes && len(b.Values) != len(b.Choices) {
						t.Fatalf("%+v of %q", b, r.Names())
					}
					seen[c] = true
				}
			}
		}
		file, err := Read(bytes.NewReader(data), l)
		if err != nil {
			return
		}
		var same bytes.Buffer
		if err := file.Write(&same); err != nil || !bytes.Equal(same.Bytes(), data) {
			t.Fatalf("%v\ngot  %q\nwant %q", err, same.Bytes(), data)
		}
		for i := range file.Rows {
			file.Rows[i].raw = ""
		}
		file.tail = ""
		var anew bytes.Buffer
		if err := file.Write(&anew); err != nil {
			t.Fatal(err)
		}
		if len(file.Rows) == 0 || len(file.Rows[0].Fields) < 2 || bytes.ContainsRune(data, '"') && strings.ContainsAny(strings.Join(file.Rows[0].Fields, ""), "\"\n") {
			return // a head of one column has no separator, one with marks inside may hide it
		}
		again, err := Read(bytes.NewReader(anew.Bytes()), Limits{})
		if err != nil || len(again.Rows) != len(file.Rows) || again.Separator != file.Separator {
			t.Fatalf("%v from %q", err, anew.Bytes())
		}
		for i, r := range file.Rows {
			if !slices.Equal(r.Fields, again.Rows[i].Fields) {
				t.Fatalf("%q came back as %q", r.Fields, again.Rows[i].Fields)
			}
		}
	})
}
