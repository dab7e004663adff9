package catalogue

import (
	"strings"
	"testing"

	"commun/formats/publiccode"
	"commun/internal/core/commons"
)

func TestEveryValueOfAClosedSetHasANameInEachLanguage(t *testing.T) {
	want := 0
	for set, values := range map[string][]string{"category": publiccode.Vocabularies().Categories, "audience": commons.Audiences, "kind": commons.Kinds} {
		for _, v := range values {
			for _, lang := range labelLangs {
				want++
				if x := labels()[labelKey{set, v, lang}]; strings.TrimSpace(x.name()) == "" {
					t.Errorf("%s %s has no name in %s", set, v, lang)
				}
			}
		}
	}
	if n := len(labels()); n != want {
		t.Errorf("the table has %d labels for %d values and languages: a line is malformed or of no set", n, want)
	}
}

func TestACategoryIsNamedInTheReadersLanguage(t *testing.T) {
	for _, c := range []struct{ rule, lang, id, want string }{
		{"in French", "fr", "appointment-scheduling", "Prise de rendez-vous"},
		{"in English", "en", "appointment-scheduling", "Appointment booking"},
		{"in a language without names, in English", "de", "backup", "Backup"},
		{"one that the standard has not is its own name", "fr", "our-own", "our-own"},
	} {
		if got := CategoryName(c.lang, c.id); got != c.want {
			t.Errorf("%s: %q, want %q", c.rule, got, c.want)
		}
	}
}

func TestTheIndexIsGivenEverydayWords(t *testing.T) {
	c := &commons.Commons{Values: []commons.Value{
		{Field: "categories", JSON: []byte(`["appointment-scheduling","our-own"]`)},
		{Field: "audiences", JSON: []byte(`["local-authorities"]`)}, {Field: "kind", JSON: []byte(`"code"`)},
	}}
	texts := labelTexts(c)
	if len(texts) != 2 || texts[0].Lang != "fr" || texts[1].Lang != "en" {
		t.Fatalf("texts are %+v, want one in French and one in English", texts)
	}
	for i, want := range [][]string{{"Prise de rendez-vous", "rdv", "mairie", "Logiciel"}, {"Appointment booking", "Local authorities", "Software"}} {
		for _, w := range want {
			if !strings.Contains(texts[i].Body, w) {
				t.Errorf("in %s %q lacks %q", texts[i].Lang, texts[i].Body, w)
			}
		}
	}
	said := &commons.Commons{Values: []commons.Value{{Field: "summary", Lang: "en", JSON: []byte(`"Open source video-conferencing, on the web"`)}}}
	if texts := labelTexts(said); len(texts) != 2 || !strings.Contains(texts[0].Body, "Visioconférence") {
		t.Errorf("a summary that names what the thing is gives %+v", texts)
	}
	plain := &commons.Commons{Values: []commons.Value{{Field: "summary", Lang: "en", JSON: []byte(`"A chat about planning and maps"`)}}}
	if texts := labelTexts(plain); len(texts) > 0 {
		t.Errorf("words that may mean anything give %+v", texts)
	}
	if texts := labelTexts(&commons.Commons{}); len(texts) > 0 {
		t.Errorf("a commons of which nothing is said gets %+v", texts)
	}
}
