package debianvote

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

// public and secret are sheets without a problem, invented, one of each kind and style of legend.
const public = `                Tally Sheet for the votes cast.

   The format is:
       "V: vote 	Login	Name"

     Option
  1----------->: Keep it: as it is
/ 2---------->: Change it
|/ 3--------->: Change it -> later
||/ 4-------->: None of the above
|||/
V: 1-23	ada	Ada Martin
V: 2211	bo	Bo Durand
V: ----	chris	Chris O'Neill

4 options, 3 votes.
`

const secret = `   Option 1-------->: Ada Martin
 / Option 2------->: Bo Durand
|/ Option 3------>: None of the above
||/
V: 132	0a1b2c3d
V: 31-	ffeeddcc
`

// codes lists problems as "line code", errors marked by "!".
func codes(ps []problem.Problem) []string {
	var out []string
	for _, p := range ps {
		mark := ""
		if p.Severity == problem.Error {
			mark = "!"
		}
		out = append(out, fmt.Sprintf("%s%d %s", mark, p.Line, strings.TrimPrefix(p.Code, "debianvote.")))
	}
	return out
}

var _ ranked.Source = (*Reader)(nil)

func TestSheetsAreUnderstood(t *testing.T) {
	for _, c := range []struct {
		text    string
		options []string
		votes   []string
	}{
		{public, []string{"Keep it: as it is", "Change it", "Change it -> later", "None of the above"},
			[]string{"ada/Ada Martin [0 2 3] [1 2 3]", "bo/Bo Durand [2 3 0 1] [1 1 2 2]", "chris/Chris O'Neill [] []"}},
		{secret, []string{"Ada Martin", "Bo Durand", "None of the above"}, []string{"0a1b2c3d/ [0 2 1] [1 2 3]", "ffeeddcc/ [1 0] [1 3]"}},
		{"1-: x\n2->: y\nV: a1 z\n", []string{"x", "y"}, []string{"z/ [1 0] [1 10]"}},
	} {
		r, err := NewReader(strings.NewReader(c.text), Limits{})
		if err != nil {
			t.Fatal(err)
		}
		var votes []string
		for r.Next() {
			votes = append(votes, fmt.Sprint(r.Ballot().ID, "/", r.Name(), " ", r.Ballot().Prefs, " ", r.Ballot().Ranks))
		}
		if r.Err() != nil || len(r.Problems()) > 0 || !slices.Equal(r.Names(), c.options) || !slices.Equal(votes, c.votes) {
			t.Errorf("%v %q\ngot  %q %q\nwant %q %q", r.Err(), codes(r.Problems()), r.Names(), votes, c.options, c.votes)
		}
	}
}

func TestCheckByRule(t *testing.T) {
	for _, c := range []struct {
		rule, old, new string
		want           []string
	}{
		{"Windows line ends", "\n", "\r\n", nil},
		{"a vote that is short", "V: 2211", "V: 221", []string{"!13 length"}},
		{"a vote that is long", "V: 2211", "V: 22111", []string{"!13 length"}},
		{"a rank that is none", "V: 2211", "V: 2.01", []string{"!13 rank", "!13 rank"}},
		{"a voter twice", "bo	Bo", "ada	Bo", []string{"!13 voter_twice"}},
		{"a vote without a voter", "V: 2211	bo	Bo Durand", "V: 2211", []string{"!13 no_voter"}},
		{"a number left out", "|/ 3---", "|/ 4---", []string{"!9 option_number", "!10 option_number", "!12 length", "!13 length", "!14 length"}},
		{"no legend", public[:strings.Index(public, "V: 1-23")], "", []string{"!1 no_legend"}},
		{"no vote", public[strings.Index(public, "V: 1-23"):], "", []string{"!11 no_votes"}},
		{"bytes that are not UTF-8", "Durand", "D\xfcrand", []string{"13 encoding"}},
		{"neither legend nor vote", public, "key;value\n", []string{"!1 not_tally"}},
	} {
		t.Run(c.rule, func(t *testing.T) {
			n := 1
			if c.old == "\n" {
				n = -1
			}
			ps, err := Check(strings.NewReader(strings.Replace(public, c.old, c.new, n)), Limits{})
			if got := codes(ps); err != nil || !slices.Equal(got, c.want) {
				t.Errorf("%v\ngot  %q\nwant %q", err, got, c.want)
			}
		})
	}
}

func TestWrittenBackAsItWas(t *testing.T) {
	for _, text := range []string{public, secret, strings.ReplaceAll(public, "\n", "\r\n"), strings.TrimSuffix(secret, "\n"), "V:  12  x\nsome text\nV:2\n", "1-: x\n"} {
		f, _, err := Read(strings.NewReader(text), Limits{})
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
	f, _, err := Read(strings.NewReader(public), Limits{})
	if err != nil {
		t.Fatal(err)
	}
	f.Votes[1].Prefs, f.Votes[1].Ranks = []int32{3, 0}, nil
	f.Votes = append(f.Votes, Paper{Ballot: Ballot{ID: "dé", Prefs: []int32{1}, Ranks: []int32{12}}})
	var b strings.Builder
	want := strings.Replace(public, "V: 2211", "V: 2--1", 1)
	want = strings.Replace(want, "O'Neill\n", "O'Neill\nV: -c--	dé\n", 1)
	if err := f.Write(&b); err != nil || b.String() != want {
		t.Errorf("%v\n%s", err, b.String())
	}
	f.Votes[0].Ranks = []int32{1, 2, 99}
	if err := f.Write(io.Discard); err == nil {
		t.Error("a rank of 99 is written")
	}
}

func TestASheetFromNothing(t *testing.T) {
	f := &File{Options: []string{"A", "B\nb", "C"}, Votes: []Paper{{Ballot: Ballot{ID: "x", Prefs: []int32{2, 0}}, Name: "X Y"}}}
	var b bytes.Buffer
	if err := f.Write(&b); err != nil {
		t.Fatal(err)
	}
	g, ps, err := Read(bytes.NewReader(b.Bytes()), Limits{})
	if err != nil || len(ps) != 0 || !slices.Equal(g.Options, []string{"A", "B b", "C"}) || g.Votes[0].Name != "X Y" || !slices.Equal(g.Votes[0].Prefs, []int32{2, 0}) {
		t.Errorf("%v %q %s", err, codes(ps), b.String())
	}
}

func TestLimitsAndBrokenStreams(t *testing.T) {
	legend := ""
	for i := range 40 {
		legend += fmt.Sprintf("%d--->: x\n", i+1)
	}
	for what, c := range map[string][2]string{
		"a line without end":  {public + strings.Repeat("x", 1<<20), "!17 line_too_long"},
		"options without end": {legend, "!36 too_many_options"},
	} {
		ps, err := Check(strings.NewReader(c[0]), Limits{})
		if err != nil || !slices.Contains(codes(ps), c[1]) {
			t.Errorf("%s: %v %q", what, err, codes(ps))
		}
	}
	broken := errors.New("the disk is gone")
	for _, cut := range []int{0, 50, 400, len(public)} {
		if _, err := Check(io.MultiReader(strings.NewReader(public[:min(cut, len(public))]), failing{broken}), Limits{}); !errors.Is(err, broken) {
			t.Errorf("after %d bytes: %v", cut, err)
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
	for _, m := range regexp.MustCompile(`= "(debianvote\.\w+)"`).FindAllStringSubmatch(string(source), -1) {
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

// FuzzTally: no input breaks the reader; votes name known options once; what is read is written back byte by byte, and votes that are written anew
// say the same.
func FuzzTally(f *testing.F) {
	f.Add([]byte(public))
	f.Add([]byte(secret))
	f.Add([]byte("1-: x\r\nV: 1 y\r\nV: z"))
	f.Fuzz(func(t *testing.T, data []byte) {
		file, ps, err := Read(bytes.NewReader(data), Limits{LineBytes: 4096})
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
		anew := &File{Options: file.Options}
		for _, p := range file.Votes {
			if p.Wrong {
				continue
			}
			for i, c := range p.Prefs {
				if c < 0 || int(c) >= len(file.Options) || i > 0 && p.Ranks[i] < p.Ranks[i-1] {
					t.Fatalf("%+v of %d", p, len(file.Options))
				}
			}
			p.raw = ""
			anew.Votes = append(anew.Votes, p)
		}
		var b bytes.Buffer
		if err := anew.Write(&b); err != nil {
			t.Fatal(err)
		}
		if len(anew.Options) == 0 || len(anew.Votes) == 0 {
			return
		}
		again, _, err := Read(bytes.NewReader(b.Bytes()), Limits{})
		if err != nil || len(again.Votes) != len(anew.Votes) {
			t.Fatalf("%v from %q", err, b.Bytes())
		}
		for i, p := range anew.Votes {
			if !p.Same(again.Votes[i].Ballot) {
				t.Fatalf("%+v came back as %+v", p, again.Votes[i])
			}
		}
	})
}
