package report

import (
	"strings"
	"testing"

	"commun/engines/tally"
	"commun/internal/platform/i18n/i18ntest"
)

func TestMessages(t *testing.T) {
	i18ntest.Messages(t, Messages())
	// These are said by the names of rules, keys, values, attributes and kinds.
	i18ntest.Keys(t, Messages(), []string{"."}, "tallied.rule.", "tallied.key.", "tallied.source.", "tallied.plain.", "tallied.elects.", "tallied.setting.", "tallied.ties.",
		"tallied.attribute.", "tallied.value.", "tallied.kind.")
}

// TestEveryRuleHasWords: a rule or a key that the engines add is told in both languages, and in plain words on the page.
func TestEveryRuleHasWords(t *testing.T) {
	for _, lang := range []string{"en", "fr"} {
		v := newVoice(lang)
		for _, s := range allRules() {
			plain := "tallied.plain."
			if s.Elects {
				plain = "tallied.elects."
			}
			for _, key := range []string{"tallied.rule." + slug(s.Name), plain + slug(s.Name)} {
				if !v.Has(key) {
					t.Errorf("%s: no message %s", lang, key)
				}
			}
			for _, k := range s.Keys {
				if text := v.keySays(s, k); text == k.Says {
					t.Errorf("%s: key %s of %s is said by the engine alone", lang, k.Name, s.Name)
				}
			}
			if lang == "en" && v.source(s) != s.Source {
				t.Errorf("%s: the engine has another source: %s", s.Name, s.Source)
			}
			for _, k := range s.Ballots {
				if !v.Has("tallied.kind." + slug(string(k))) {
					t.Errorf("%s: no message for ballots of the kind %s", lang, k)
				}
			}
		}
	}
}

func TestNumbersAreWrittenAsTheLanguageDoes(t *testing.T) {
	for _, c := range []struct {
		rule, lang, currency string
		n                    tally.Number
		want                 string
	}{
		{"whole amounts have no decimals", "fr", "EUR", tally.Whole(1_000_000), "1\u202f000\u202f000\u00a0€"},
		{"others have two", "fr", "EUR", tally.Fraction(2_001, 2), "1\u202f000,50\u00a0€"},
		{"English puts the sign first", "en", "EUR", tally.Fraction(2_001, 2), "€1,000.50"},
		{"a currency without a sign", "en", "PLN", tally.Whole(12), "PLN\u00a012"},
		{"a currency without a sign, in French", "fr", "PLN", tally.Whole(12), "12\u00a0PLN"},
		{"no currency", "en", "", tally.Fraction(100, 3), "33.33"},
		{"less than nothing", "en", "", tally.Fraction(-1, 2), "−0.50"},
	} {
		v := newVoice(c.lang)
		v.currency = c.currency
		if got := v.money(c.n); got != c.want {
			t.Errorf("%s: %q, want %q", c.rule, got, c.want)
		}
	}
}

func TestASentenceOfTheEngineNamesProjects(t *testing.T) {
	v := newVoice("fr")
	v.names, v.currency = map[string]string{"7": "Four à pain", "8": "Bancs"}, "EUR"
	m := tally.Say(tally.Sentences, "tally.lost.group", map[string]any{"project": "7", "other": "8"})
	if got, want := v.engine(m, "ce projet", tally.Sentences), "«\u00a0Bancs\u00a0» est retenu, et un seul de son groupe avec ce projet peut l’être."; got != want {
		t.Errorf("%q, want %q", got, want)
	}
	m = tally.Say(tally.Sentences, "tally.lost.shares", map[string]any{"project": "7", "cost": tally.Whole(4000), "had": "12.50", "voters": 1200})
	if got := v.engine(m, "", tally.Sentences); !strings.Contains(got, "4\u202f000\u00a0€") || !strings.Contains(got, "12,50\u00a0€") || !strings.Contains(got, "1\u202f200 soutiens") {
		t.Errorf("amounts and counts: %q", got)
	}
}

func TestRulesAreSplit(t *testing.T) {
	for _, c := range []struct {
		rule string
		in   []string
		want string
	}{
		{"commas separate names", []string{"greedy,equal-shares"}, "greedy | equal-shares"},
		{"a key belongs to the rule before it", []string{"greedy,equal-shares,completion=none,step=2,phragmen"}, "greedy | equal-shares,completion=none,step=2 | phragmen"},
		{"semicolons separate too", []string{"greedy; equal-shares,utility=count"}, "greedy | equal-shares,utility=count"},
		{"the flag may be given again", []string{"greedy", "phragmen,stop=skip"}, "greedy | phragmen,stop=skip"},
		{"a semicolon within Debian's majorities", []string{"debian,majority=1;3:2,quorum=4;schulze"}, "debian,majority=1;3:2,quorum=4 | schulze"},
		{"blanks and empty parts are nothing", []string{" , greedy ,;"}, "greedy"},
	} {
		if got := strings.Join(SplitRules(c.in), " | "); got != c.want {
			t.Errorf("%s: %q, want %q", c.rule, got, c.want)
		}
	}
}
