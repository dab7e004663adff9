package blt

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"

	"commun/formats/problem"
	"commun/formats/ranked"
)

// good is a file without a problem, with every habit that is none. Cases change it by replacing a text.
const good = `# A ward, invented
4 2 # candidates, seats
-3
[nick a b c d]
3 1 2 4 0
2 4=1 - 2 0	# equal, and one left out
1.5 2 0
(p7) 2 4 0
5 0
0
"Ada ""the Bridge"" Martin" "Greens, and others"
"Bo # Durand"
"Chris O'Neill, jr."
"Dé"
"Ward 1, ""Old Town"""
`

// codes lists problems as "line code", errors marked by "!".
func codes(ps []problem.Problem) []string {
	var out []string
	for _, p := range ps {
		mark := ""
		if p.Severity == problem.Error {
			mark = "!"
		}
		out = append(out, fmt.Sprintf("%s%d %s", mark, p.Line, strings.TrimPrefix(p.Code, "blt.")))
	}
	return out
}

func TestReadUnderstands(t *testing.T) {
	f, ps, err := Read(strings.NewReader(good), Limits{})
	if err != nil || len(ps) != 0 {
		t.Fatalf("%v %q", err, codes(ps))
	}
	var papers []string
	for _, p := range f.Ballots {
		papers = append(papers, fmt.Sprintf("%d %q %s %v %v", p.Line, p.ID, p.Weight, p.Prefs, p.Ranks))
	}
	want := []string{`5 "" 3 [0 1 3] [1 2 3]`, `6 "" 2 [3 0 1] [1 1 3]`, `7 "" 1.5 [1] [1]`, `8 "p7" 1 [1 3] [1 2]`, `9 "" 5 [] []`}
	if !slices.Equal(papers, want) {
		t.Errorf("ballots\ngot  %q\nwant %q", papers, want)
	}
	if f.Seats != 2 || f.Title != `Ward 1, "Old Town"` || len(f.Candidates) != 4 || f.Candidates[0].Name != `Ada "the Bridge" Martin` ||
		f.Candidates[0].More[0] != "Greens, and others" || f.Candidates[1].Name != "Bo # Durand" || !f.Candidates[2].Withdrawn ||
		f.Candidates[3].Withdrawn || f.Options[0] != "nick a b c d" {
		t.Errorf("%+v", f)
	}
}

func TestCheckByRule(t *testing.T) {
	for _, c := range []struct {
		rule, old, new string
		want           []string
	}{
		{"a good file has no problem", "", "", nil},
		{"commas between numbers", "3 1 2 4 0", "3,1, 2,4,0", []string{"5 commas"}},
		{"Windows line ends", "\n", "\r\n", nil},
		{"a byte order mark", "# A ward", "\ufeff# A ward", []string{"1 byte_order_mark"}},
		{"more seats than candidates", "4 2 #", "4 5 #", []string{"2 more_seats_than_candidates"}},
		{"no seat", "4 2 #", "4 0 #", []string{"!2 no_seats"}},
		{"a withdrawn candidate that there is not", "-3", "-3 -9", []string{"!3 unknown_candidate"}},
		{"a withdrawn candidate in brackets", "[nick a b c d]", "[withdrawn 2]", nil},
		{"a withdrawn candidate by a nickname", "[nick a b c d]", "[withdrawn b]", []string{"4 withdrawn_name"}},
		{"a candidate that there is not", "3 1 2 4 0", "3 1 2 5 0", []string{"!5 unknown_candidate"}},
		{"a candidate below one", "3 1 2 4 0", "3 1 -2 4 0", []string{"!5 not_candidate"}},
		{"a candidate twice", "3 1 2 4 0", "3 1 2 1 0", []string{"!5 candidate_twice"}},
		{"a ballot without its 0", "3 1 2 4 0", "3 1 2 4", []string{"!5 no_zero"}},
		{"two ballots on a line", "3 1 2 4 0", "3 1 2 0 1 4 0", []string{"!5 after_zero"}},
		{"no weight", "3 1 2 4 0", "x 1 2 4 0", []string{"!5 weight"}},
		{"a weight of NaN", "3 1 2 4 0", "NaN 1 2 4 0", []string{"!5 weight"}},
		{"a weight of zero, which is not the end", "3 1 2 4 0", "0 1 2 4 0", []string{"!5 weight_not_positive"}},
		{"a weight below zero", "3 1 2 4 0", "2 1 0\n-3 1 2 4 0", []string{"!6 weight_not_positive"}},
		{"a ballot's name twice", "5 0", "(p7) 0", []string{"!9 id_twice"}},
		{"the end of the ballots is missing", "\n0\n", "\n", []string{"!10 no_end"}},
		{"a name is missing", "\"Dé\"\n", "", []string{"14 no_title"}},
		{"two names are missing", "\"Bo # Durand\"\n\"Chris O'Neill, jr.\"\n", "", []string{"!13 too_few_names"}},
		{"a name too many", "\"Dé\"\n", "\"Dé\"\n\"E\"\n", []string{"16 too_many_names"}},
		{"a name without quotation marks", "\"Dé\"", "Dé", []string{"14 bare_name"}},
		{"a quotation mark that is never closed", "\"Dé\"", "\"Dé", []string{"!14 open_quote"}},
		{"an empty name", "\"Dé\"", "\"\"", []string{"14 empty_name"}},
		{"one name twice", "\"Dé\"", "\"Bo # Durand\"", []string{"14 name_twice"}},
		{"names that share lines", "\"Bo # Durand\"\n\"Chris O'Neill, jr.\"\n\"Dé\"\n", "\"Bo\" \"Chris\" \"Dé\"\n", []string{"!13 too_few_names"}},
		{"bytes that are not UTF-8", "Dé", "D\xe9", []string{"!14 encoding"}},
		{"a file that is something else", "# A ward, invented\n4 2", "META", []string{"!1 not_blt"}},
	} {
		t.Run(c.rule, func(t *testing.T) {
			if !strings.Contains(good, c.old) {
				t.Fatalf("the case changes %q, which is not there", c.old)
			}
			n := 1
			if c.old == "\n" {
				n = -1
			}
			ps, err := Check(strings.NewReader(strings.Replace(good, c.old, c.new, n)), Limits{})
			if got := codes(ps); err != nil || !slices.Equal(got, c.want) {
				t.Errorf("%v\ngot  %q\nwant %q", err, got, c.want)
			}
		})
	}
}

func TestNamesMayShareLines(t *testing.T) {
	f, ps, err := Read(strings.NewReader("2 1\n1 1 2 0\n0\n\"A\" \"B\" \"T\"\n"), Limits{})
	if err != nil || len(ps) != 0 || f.Candidates[1].Name != "B" || f.Title != "T" {
		t.Errorf("%v %q %+v", err, codes(ps), f)
	}
}

func TestNamesMayStandInComments(t *testing.T) {
	text := "2 1\n1 1 2 0\n0\n# ALTERNATIVE NAME 2: Bo (Ind)\n# ALTERNATIVE NAME 1: Ada\n# ALTERNATIVE NAME 9: Nobody\nOld Town\n"
	f, ps, err := Read(strings.NewReader(text), Limits{})
	if err != nil || !slices.Equal(codes(ps), []string{"7 bare_name", "7 names_in_comments"}) ||
		f.Candidates[0].Name != "Ada" || f.Candidates[1].Name != "Bo (Ind)" || f.Title != "Old Town" {
		t.Errorf("%v %q %+v", err, codes(ps), f)
	}
}

func TestRemarksMayFollowTheTitle(t *testing.T) {
	f, ps, err := Read(strings.NewReader("2 1\n1 1 2 0\n0\n\"A\"\n\"B\"\n\"T\"\n\"counted by hand\"\nsecond line\n"), Limits{})
	if err != nil || !slices.Equal(codes(ps), []string{"7 too_many_names", "8 bare_name"}) || f.Title != "T" {
		t.Errorf("%v %q %+v", err, codes(ps), f)
	}
}

func TestWrittenBackAsItWas(t *testing.T) {
	for name, text := range map[string]string{
		"every habit":             good,
		"Windows":                 "\ufeff" + strings.ReplaceAll(good, "\n", "\r\n"),
		"no last line end":        strings.TrimSuffix(good, "\n"),
		"commas and blanks":       "2,1\n1,1,2,0,\n\n  3,  2,0\n0\n\"A\",\"Party\"\n\"B\"\n\"T\"\n\n",
		"wrong ballots":           "2 1\n1 1 1 0\n1 7 0 3\nx\n0\nA\nB\n",
		"no ballot":               "2 1\n0\n\"A\"\n\"B\"\n\"T\"\n",
		"cut in the ballots":      "2 1\n# c\n1 1 0",
		"comments between papers": "2 1\n1 1 0\n# from box 2\n\n1 2 0\n# end\n0\n\"A\"\n\"B\"\n\"T\"\n# bye",
	} {
		t.Run(name, func(t *testing.T) {
			f, _, err := Read(strings.NewReader(text), Limits{})
			if err != nil {
				t.Fatal(err)
			}
			var b strings.Builder
			if err := f.Write(&b); err != nil || b.String() != text {
				t.Errorf("%v\ngot  %q\nwant %q", err, b.String(), text)
			}
		})
	}
}

func TestAChangeKeepsEverythingElse(t *testing.T) {
	f, _, err := Read(strings.NewReader(good), Limits{})
	if err != nil {
		t.Fatal(err)
	}
	f.Ballots[1].Prefs, f.Ballots[1].Ranks = []int32{3, 0, 1}, []int32{1, 3, 3}
	f.Candidates[2].Withdrawn = false
	f.Candidates[0].Withdrawn = true
	f.Ballots = append(f.Ballots, Paper{Ballot: Ballot{Weight: f.Ballots[0].Weight, Prefs: []int32{2}}})
	var b strings.Builder
	if err := f.Write(&b); err != nil {
		t.Fatal(err)
	}
	want := strings.Replace(good, "# A ward, invented\n4 2 # candidates, seats\n-3\n", "4 2\n-1\n", 1)
	want = strings.Replace(want, "2 4=1 - 2 0	# equal, and one left out\n", "2 4 - 1=2 0\n", 1)
	want = strings.Replace(want, "5 0\n", "5 0\n3 3 0\n", 1)
	if b.String() != want {
		t.Errorf("got\n%s\nwant\n%s", b.String(), want)
	}
}

func TestAFileFromNothing(t *testing.T) {
	f := &File{Candidates: []Candidate{{Name: `A "x"`, More: []string{"P"}}, {Name: "B\nb", Withdrawn: true}}, Seats: 1, Title: "T"}
	var b strings.Builder
	if err := f.Write(&b); err != nil || b.String() != "2 1\n-2\n0\n\"A \"\"x\"\"\" \"P\"\n\"B b\"\n\"T\"\n" {
		t.Errorf("%v %q", err, b.String())
	}
	if ps, err := Check(strings.NewReader(b.String()), Limits{}); err != nil || len(ps) != 0 {
		t.Errorf("%v %q", err, codes(ps))
	}
}

func TestLimitsAndBrokenStreams(t *testing.T) {
	for what, c := range map[string][2]string{
		"a line without end":       {"2 1\n1 " + strings.Repeat("1 ", 1<<20), "!2 line_too_long"},
		"candidates without end":   {"100000 1\n", "!1 too_many_candidates"},
		"names without end":        {"2 1\n0\n" + strings.Repeat("\"A\"\n", 20_000), "!10005 too_many_candidates"},
		"a line of 10^5 fields":    {"2 1\n1 " + strings.Repeat("1 ", 100_000) + "0\n0\n\"A\"\n\"B\"\n\"T\"\n", "!2 candidate_twice"},
		"a number of 10^5 figures": {"2 1\n1 " + strings.Repeat("1", 100_000) + " 0\n0\n\"A\"\n\"B\"\n\"T\"\n", "!2 not_candidate"},
	} {
		ps, err := Check(strings.NewReader(c[0]), Limits{})
		if err != nil || !slices.Contains(codes(ps), c[1]) {
			t.Errorf("%s: %v %q", what, err, codes(ps)[:min(3, len(ps))])
		}
	}
	broken := errors.New("the disk is gone")
	for _, cut := range []int{0, 20, 80, len(good)} {
		if _, err := Check(io.MultiReader(strings.NewReader(good[:cut]), failing{broken}), Limits{}); !errors.Is(err, broken) {
			t.Errorf("after %d bytes: %v", cut, err)
		}
	}
	if _, _, err := Read(strings.NewReader(good), Limits{FileBytes: 10}); err == nil {
		t.Error("a file too large is held")
	}
}

var _ ranked.Source = (*Reader)(nil)

type failing struct{ err error }

func (f failing) Read([]byte) (int, error) { return 0, f.err }

func TestEverySentenceIsWhole(t *testing.T) {
	source, err := os.ReadFile("sentences.go")
	if err != nil {
		t.Fatal(err)
	}
	placeholder := regexp.MustCompile(`\{(\w+)\}`)
	found := 0
	for _, m := range regexp.MustCompile(`= "(blt\.\w+)"`).FindAllStringSubmatch(string(source), -1) {
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

// FuzzBLT: no input breaks the reader; ballots name known candidates once; what is read is written back byte by byte, and what is written
// anew says the same.
func FuzzBLT(f *testing.F) {
	f.Add([]byte(good))
	f.Add([]byte("\ufeff2,1\r\n1,1,2,0\r\n0\r\n\"A\",\"P\"\r\n\"B\"\r\n\"T\""))
	f.Add([]byte("2 1\n(x)1=2 0\n\"A\""))
	f.Fuzz(func(t *testing.T, data []byte) {
		l := Limits{Candidates: 50, LineBytes: 4096}
		file, ps, err := Read(bytes.NewReader(data), l)
		for _, p := range ps {
			if p.Line < 1 && p.Column != 0 || p.Line > bytes.Count(data, []byte("\n"))+1 || sentences[p.Code].En == "" {
				t.Errorf("%+v", p)
			}
		}
		if err != nil {
			return
		}
		for _, p := range file.Ballots {
			seen := map[int32]bool{}
			for i, c := range p.Prefs {
				if c < 0 || int(c) >= len(file.Candidates) || seen[c] || (len(p.Ranks) != len(p.Prefs) || i > 0 && p.Ranks[i] < p.Ranks[i-1]) {
					t.Fatalf("%+v of %d", p, len(file.Candidates))
				}
				seen[c] = true
			}
		}
		var same bytes.Buffer
		if err := file.Write(&same); err != nil || !bytes.Equal(same.Bytes(), data) {
			t.Fatalf("%v\ngot  %q\nwant %q", err, same.Bytes(), data)
		}
		if len(ps) > 0 {
			return // what is wrong is not written anew
		}
		file.was, file.head, file.tail = nil, "", ""
		for i := range file.Ballots {
			file.Ballots[i].raw = ""
		}
		var anew bytes.Buffer
		if err := file.Write(&anew); err != nil {
			t.Fatal(err)
		}
		again, ps, err := Read(bytes.NewReader(anew.Bytes()), l)
		if err != nil || !problem.Valid(ps) || len(again.Ballots) != len(file.Ballots) || len(again.Candidates) != len(file.Candidates) {
			t.Fatalf("%v %q from %q", err, codes(ps), anew.Bytes())
		}
		for i := range file.Ballots {
			a, b := file.Ballots[i], again.Ballots[i]
			if !a.Same(b.Ballot) {
				t.Fatalf("%+v came back as %+v", a, b)
			}
		}
	})
}

func BenchmarkStream(b *testing.B) {
	var text bytes.Buffer
	text.WriteString("9 4\n")
	for i := range 60_000 {
		fmt.Fprintf(&text, "1 %d %d %d 0\n", i%9+1, (i+1)%9+1, (i+4)%9+1)
	}
	text.WriteString("0\n")
	for i := range 10 {
		fmt.Fprintf(&text, "\"N%d\"\n", i)
	}
	b.SetBytes(int64(text.Len()))
	b.ReportAllocs()
	for b.Loop() {
		r, err := NewReader(bytes.NewReader(text.Bytes()), Limits{})
		if err != nil {
			b.Fatal(err)
		}
		for r.Next() {
		}
		if r.Errors() > 0 || r.Count() != 60_000 {
			b.Fatal(r.Problems())
		}
	}
}
