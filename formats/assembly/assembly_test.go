package assembly

import (
	"bytes"
	"errors"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"

	"commun/formats/problem"
)

const french = "votant;nom;catégorie;collège;organisation;choix;délégué;sujet;depuis;jusqu'au\n" +
	"ana;Ana Petit;bénéficiaire;usagers;;Oui;;;;\n" +
	"bo;;usager;usagers;;;ana;;01/01/2026;31.12.2026\n" +
	"bo;;;;;;ville;routes;2026-02-01;\n" +
	"ville;Ville de Limes;collectivité;publics;public|mairie;contre;;;;\n" +
	"ville;;;usagers;;;;;;\n"

// A table in French: words of yes and no, kinds of the law, two seats, two delegations, days in three forms.
func TestATableOfAnAssembly(t *testing.T) {
	for _, text := range []string{french, "\ufeff" + strings.ReplaceAll(french, "\n", "\r\n"), strings.ReplaceAll(french, ";", "\t")} {
		got, err := Read(strings.NewReader(text), Limits{})
		if err != nil || len(got.Problems) > 0 {
			t.Fatal(err, got)
		}
		if !slices.Equal(got.Options, []string{Yes, No}) || len(got.Members) != 3 {
			t.Fatalf("%+v", got)
		}
		ana, bo, city := got.Members[0], got.Members[1], got.Members[2]
		if ana.Choice != Yes || ana.Kind != "beneficiary" || ana.Name != "Ana Petit" {
			t.Errorf("%+v", ana)
		}
		want := []Delegation{{3, "ana", "", "2026-01-01", "2026-12-31"}, {4, "ville", "routes", "2026-02-01", ""}}
		if !slices.Equal(bo.Delegations, want) || bo.Choice != "" || len(bo.Seats) != 1 {
			t.Errorf("%+v", bo)
		}
		if city.Choice != No || !slices.Equal(city.Groups, []string{"public", "mairie"}) || len(city.Seats) != 2 || city.Kind != "collectivité" {
			t.Errorf("%+v", city)
		}
	}
	got, err := Read(strings.NewReader("member,choice\na,Park\nb,Pool\nc,Abstention\nd,\n"), Limits{})
	if err != nil || !slices.Equal(got.Options, []string{"Park", "Pool"}) || got.Members[2].Choice != Abstain || got.Members[3].Choice != "" ||
		got.Members[0].Seats[0].College != OneCollege {
		t.Errorf("options by name: %+v %v", got, err)
	}
}

// Each mistake is told with its line, and the rest is read.
func TestMistakesByLine(t *testing.T) {
	head := "voter;college;votes;choice;delegate;until\n"
	for _, c := range []struct {
		text, code string
		line       int
	}{
		{head + "a;x;;yes;;\n;x;;no;;\n", codeNoVoter, 3},
		{head + "a;;;yes;;\n", codeNoSeat, 2},
		{head + "a;x;;yes;;\na;x;;;;\n", codeSeatTwice, 3},
		{head + "a;x;0;yes;;\n", codeVotes, 2},
		{head + "a;x;NaN;yes;;\n", codeVotes, 2},
		{head + "a;x;-3;yes;;\n", codeVotes, 2},
		{head + "a;x;;yes;;\na;y;;no;;\n", codeTwoChoices, 3},
		{head + "a;x;;;b;31/02/2026\nb;x;;yes;;\n", codeDate, 2},
		{head + "a;x;;;z;\n", codeDelegate, 2},
		{head + "a;x;;;a;\n", codeSelf, 2},
		{head + "a;x;;yes;;2026-01-01\n", codeNoDelegate, 2},
		{head + "a;x;;yes\n", codeFieldCount, 2},
		{head, codeEmpty, 0},
		{"", codeEmpty, 0},
		{"college;choice\nx;yes\n", codeNoVoters, 1},
		{"voter;voter\na;b\n", codeTwoHeads, 1},
		{"voter;mood\na;b\n", codeUnknownHead, 1},
		{"voter;choice\na;\"yes\n", codeOpenQuote, 2},
		{"voter;choice\na;\xff\n", codeEncoding, 2},
	} {
		ps, err := Check(strings.NewReader(c.text), Limits{})
		if err != nil || !slices.ContainsFunc(ps, func(p problem.Problem) bool { return p.Code == c.code && p.Line == c.line }) {
			t.Errorf("%q: %v, %v; not %s on line %d", c.text, ps, err, c.code, c.line)
		}
	}
	for _, l := range []Limits{{FileBytes: 20}, {LineBytes: 10}, {Columns: 3}, {Lines: 2}} {
		_, err := Read(strings.NewReader(french), l)
		var f *problem.Failure
		if !errors.As(err, &f) {
			t.Errorf("%+v: %v", l, err)
		}
	}
}

func TestEverySentenceIsWhole(t *testing.T) {
	source, err := os.ReadFile("sentences.go")
	if err != nil {
		t.Fatal(err)
	}
	placeholder := regexp.MustCompile(`\{(\w+)\}`)
	found := regexp.MustCompile(`= "(assembly\.\w+)"`).FindAllStringSubmatch(string(source), -1)
	for _, m := range found {
		s := sentences[m[1]]
		en, fr := placeholder.FindAllString(s.En, -1), placeholder.FindAllString(s.Fr, -1)
		slices.Sort(en)
		slices.Sort(fr)
		if s.En == "" || s.Fr == "" || !slices.Equal(slices.Compact(en), slices.Compact(fr)) {
			t.Errorf("%s: %q, %q", m[1], s.En, s.Fr)
		}
	}
	if len(found) != len(sentences) {
		t.Errorf("%d codes, %d sentences", len(found), len(sentences))
	}
}

// FuzzTable: no table breaks the reader; what it gives without errors has seats, known delegates and known choices.
func FuzzTable(f *testing.F) {
	f.Add([]byte(french))
	f.Add([]byte("voter,choice\na,yes\n"))
	f.Fuzz(func(t *testing.T, data []byte) {
		got, err := Read(bytes.NewReader(data), Limits{LineBytes: 4096, Columns: 50, Lines: 500})
		if err != nil || got.Errors > 0 {
			return
		}
		ids := map[string]bool{}
		for _, m := range got.Members {
			ids[m.ID] = true
		}
		for _, m := range got.Members {
			if len(m.Seats) == 0 || m.Choice != "" && m.Choice != Abstain && !slices.Contains(got.Options, m.Choice) {
				t.Fatalf("%+v of %q", m, got.Options)
			}
			for _, d := range m.Delegations {
				if !ids[d.To] || d.To == m.ID {
					t.Fatalf("%+v", d)
				}
			}
		}
	})
}
