package preflib

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

// modern and older are the same four candidates and ballots in both styles of head, without a problem.
const modern = `# FILE NAME: 00001-00000001.toi
# TITLE: A ward, invented
# DATA TYPE: toi
# NUMBER ALTERNATIVES: 4
# NUMBER VOTERS: 6
# NUMBER UNIQUE ORDERS: 3
# ALTERNATIVE NAME 1: Ada: the bridge
# ALTERNATIVE NAME 2: Bo, jr.
# ALTERNATIVE NAME 3: Chris
# ALTERNATIVE NAME 4: Dé
3: 1,{2,4},3
2: 4
1: {1, 2, 3}
`

const older = `4
1,Ada: the bridge
2,Bo, jr.
3,Chris
4,Dé
6,6,3
3,1,{2,4},3
2,4
1,{1,2,3}
`

// codes lists problems as "line code", errors marked by "!".
func codes(ps []problem.Problem) []string {
	var out []string
	for _, p := range ps {
		mark := ""
		if p.Severity == problem.Error {
			mark = "!"
		}
		out = append(out, fmt.Sprintf("%s%d %s", mark, p.Line, strings.TrimPrefix(p.Code, "preflib.")))
	}
	return out
}

var _ ranked.Source = (*Reader)(nil)

func TestBothStylesSayTheSame(t *testing.T) {
	for name, text := range map[string]string{"modern": modern, "older": older} {
		r, err := NewReader(strings.NewReader(text), Options{Type: "toi"})
		if err != nil {
			t.Fatal(name, err)
		}
		var got []string
		for r.Next() {
			got = append(got, fmt.Sprint(r.Ballot().Weight, r.Ballot().Prefs, r.Ballot().Ranks))
		}
		want := []string{"3 [0 1 3 2] [1 2 2 3]", "2 [3] [1]", "1 [0 1 2] [1 1 1]"}
		if r.Err() != nil || len(r.Problems()) != 0 || !slices.Equal(got, want) || !slices.Equal(r.Names(), []string{"Ada: the bridge", "Bo, jr.", "Chris", "Dé"}) || r.Type() != "toi" {
			t.Errorf("%s: %v %q\ngot  %q\nwant %q\n%q", name, r.Err(), codes(r.Problems()), got, want, r.Names())
		}
	}
}

func TestCheckByRule(t *testing.T) {
	for _, c := range []struct {
		rule, text, old, new string
		want                 []string
	}{
		{"Windows line ends", modern, "\n", "\r\n", nil},
		{"remarks and blank lines", modern, "2: 4\n", "# box 2\n\n2: 4\n", nil},
		{"a byte order mark", modern, "# FILE", "\ufeff# FILE", []string{"1 byte_order_mark"}},
		{"a type that is none of orders", modern, "TYPE: toi", "TYPE: cat", []string{"!3 type"}},
		{"a complete type", modern, "TYPE: toi", "TYPE: toc", []string{"!12 incomplete", "!13 incomplete"}},
		{"a strict type", modern, "TYPE: toi", "TYPE: soi", []string{"!11 tie", "!13 tie"}},
		{"too few voters are announced", modern, "VOTERS: 6", "VOTERS: 5", []string{"!6 number_voters"}},
		{"too many orders are announced", modern, "ORDERS: 3", "ORDERS: 4", []string{"!6 number_orders"}},
		{"too many candidates are announced", modern, "ALTERNATIVES: 4", "ALTERNATIVES: 5", []string{"!4 number_alternatives"}},
		{"no number of candidates", modern, "# NUMBER ALTERNATIVES: 4\n", "", []string{"!1 key_missing"}},
		{"a name is missing", modern, "# ALTERNATIVE NAME 3: Chris\n", "", []string{"!1 no_name"}},
		{"a name twice", modern, "NAME 3", "NAME 2", []string{"!1 no_name", "!9 name_twice"}},
		{"a candidate that there is not", modern, "2: 4", "2: 5", []string{"!12 unknown_candidate"}},
		{"a candidate twice", modern, "2: 4", "2: 4,4", []string{"!12 candidate_twice"}},
		{"no candidate", modern, "2: 4", "2: x", []string{"!12 not_number"}},
		{"a brace that is not closed", modern, "2: 4", "2: {4,1", []string{"!12 braces"}},
		{"a brace that was not opened", modern, "2: 4", "2: 4},1", []string{"!12 braces"}},
		{"a brace inside another", modern, "2: 4", "2: {4,{1}}", []string{"12 one_in_braces", "!12 braces", "!12 braces"}},
		{"one candidate in braces", modern, "2: 4", "2: {4}", []string{"12 one_in_braces"}},
		{"an empty order", modern, "2: 4", "2:", nil},
		{"a line that is no order", modern, "2: 4", "4", []string{"!6 number_orders", "!6 number_voters", "!12 weight"}},
		{"a number of voters below one", modern, "2: 4", "-2: 4", []string{"!6 number_orders", "!6 number_voters", "!12 weight"}},
		{"bytes that are not UTF-8", modern, "Dé", "D\xe9", []string{"!10 encoding"}},
		{"the old style: too few voters", older, "6,6,3", "5,6,3", []string{"!6 number_voters"}},
		{"the old style: no totals", older, "6,6,3\n", "", []string{"!6 totals"}},
		{"the old style: a name without its number", older, "3,Chris", "Chris", []string{"!4 no_name"}},
		{"the old style: a new order", older, "\n2,4\n", "\n2: 4\n", []string{"!6 number_orders", "!6 number_voters", "!8 weight"}},
		{"a file that is something else", modern, "# FILE NAME: 00001-00000001.toi\n", "META\n", []string{"!1 not_preflib"}},
	} {
		t.Run(c.rule, func(t *testing.T) {
			if !strings.Contains(c.text, c.old) {
				t.Fatalf("the case changes %q, which is not there", c.old)
			}
			n := 1
			if c.old == "\n" {
				n = -1
			}
			ps, err := Check(strings.NewReader(strings.Replace(c.text, c.old, c.new, n)), Options{})
			got := codes(ps)
			slices.Sort(got)
			slices.Sort(c.want)
			if err != nil || !slices.Equal(got, c.want) {
				t.Errorf("%v\ngot  %q\nwant %q", err, got, c.want)
			}
		})
	}
}

func TestWrittenBackAsItWas(t *testing.T) {
	for _, text := range []string{modern, older, strings.ReplaceAll(modern, "\n", "\r\n"), "\ufeff" + older, strings.TrimSuffix(older, "\n"),
		strings.Replace(modern, "2: 4\n", "# box 2\n\nbroken\n2 : 4 , {1,\t2}\n", 1) + "\n# end", "# NUMBER ALTERNATIVES: 0\n", "2\n1,A\n"} {
		f, _, err := Read(strings.NewReader(text), Options{})
		if err != nil {
			t.Fatal(err)
		}
		var b strings.Builder
		if err := f.Write(&b); err != nil || b.String() != text {
			t.Errorf("%v\ngot  %q\nwant %q", err, b.String(), text)
		}
	}
}

func TestAChangeKeepsEverythingElse(t *testing.T) {
	for text, want := range map[string]string{
		modern: strings.Replace(strings.Replace(strings.Replace(modern, "VOTERS: 6", "VOTERS: 8", 1), "ORDERS: 3", "ORDERS: 4", 1), "2: 4\n", "2: {1,2},4\n", 1) + "2: 3,1\n",
		older:  strings.Replace(strings.Replace(older, "6,6,3", "8,8,4", 1), "2,4\n", "2,{1,2},4\n", 1) + "2,3,1\n",
	} {
		f, _, err := Read(strings.NewReader(text), Options{})
		if err != nil {
			t.Fatal(err)
		}
		f.Ballots[1].Prefs, f.Ballots[1].Ranks = []int32{0, 1, 3}, []int32{1, 1, 2}
		f.Ballots = append(f.Ballots, Paper{Ballot: Ballot{Weight: f.Ballots[1].Weight, Prefs: []int32{2, 0}}})
		f.Totals()
		var b strings.Builder
		if err := f.Write(&b); err != nil || b.String() != want {
			t.Errorf("%v\ngot  %q\nwant %q", err, b.String(), want)
		}
	}
}

func TestLimitsAndBrokenStreams(t *testing.T) {
	for what, c := range map[string][2]string{
		"a line without end":      {modern + "1: " + strings.Repeat("1,", 1<<20), "!14 line_too_long"},
		"candidates without end":  {"4000000\n", "!1 too_many_candidates"},
		"a candidate of a number": {"# ALTERNATIVE NAME 99999999: x\n", "!1 too_many_candidates"},
		"a head without end":      {strings.Repeat("# x\n", 200_000), "!100001 head_too_long"},
	} {
		ps, err := Check(strings.NewReader(c[0]), Options{})
		if err != nil || !slices.Contains(codes(ps), c[1]) {
			t.Errorf("%s: %v %q", what, err, codes(ps))
		}
	}
	broken := errors.New("the disk is gone")
	for _, text := range []string{modern, older} {
		for _, cut := range []int{0, 3, 20, len(text)} {
			if _, err := Check(io.MultiReader(strings.NewReader(text[:cut]), failing{broken}), Options{}); !errors.Is(err, broken) {
				t.Errorf("after %d bytes: %v", cut, err)
			}
		}
	}
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
	for _, m := range regexp.MustCompile(`= "(preflib\.\w+)"`).FindAllStringSubmatch(string(source), -1) {
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

// FuzzPrefLib: no input breaks the reader; orders name known candidates once; what is read is written back byte by byte; orders that are written
// anew say the same.
func FuzzPrefLib(f *testing.F) {
	f.Add([]byte(modern))
	f.Add([]byte(older))
	f.Add([]byte("\ufeff1\r\n1,A\r\n1,1,1\r\n1,{1}"))
	f.Fuzz(func(t *testing.T, data []byte) {
		o := Options{Limits: Limits{Candidates: 50, LineBytes: 4096}}
		file, ps, err := Read(bytes.NewReader(data), o)
		for _, p := range ps {
			if p.Line < 0 || p.Line > bytes.Count(data, []byte("\n"))+1 || sentences[p.Code].En == "" {
				t.Errorf("%+v", p)
			}
		}
		if err != nil {
			return
		}
		var same bytes.Buffer
		if err := file.Write(&same); err != nil || !bytes.Equal(same.Bytes(), data) {
			t.Fatalf("%v\ngot  %q\nwant %q", err, same.Bytes(), data)
		}
		anew := &File{Old: file.Old, Names: file.Names}
		for _, p := range file.Ballots {
			seen := map[int32]bool{}
			for i, c := range p.Prefs {
				if c < 0 || int(c) >= len(file.Names) || seen[c] || len(p.Ranks) != len(p.Prefs) || i > 0 && p.Ranks[i] < p.Ranks[i-1] {
					t.Fatalf("%+v of %d", p, len(file.Names))
				}
				seen[c] = true
			}
			if !p.Wrong {
				p.raw = ""
				anew.Ballots = append(anew.Ballots, p)
			}
		}
		anew.Totals()
		var b bytes.Buffer
		if err := anew.Write(&b); err != nil {
			t.Fatal(err)
		}
		again, _, err := Read(bytes.NewReader(b.Bytes()), o)
		if err != nil || len(again.Ballots) != len(anew.Ballots) || len(again.Names) != len(anew.Names) {
			t.Fatalf("%v from %q", err, b.Bytes())
		}
		for i, p := range anew.Ballots {
			q := again.Ballots[i]
			if p.Weight != q.Weight || !slices.Equal(p.Prefs, q.Prefs) || !sameTies(p.Ranks, q.Ranks) {
				t.Fatalf("%+v came back as %+v", p, q)
			}
		}
	})
}

// sameTies compares ranks but for gaps, which the format cannot hold.
func sameTies(a, b []int32) bool {
	for i := 1; i < len(a); i++ {
		if (a[i] == a[i-1]) != (b[i] == b[i-1]) {
			return false
		}
	}
	return len(a) == len(b)
}
