package report

import (
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"commun/engines/githistory"
)

var placeholder = regexp.MustCompile(`\{[a-z]+\}`)

func placeholders(w word) []string {
	found := placeholder.FindAllString(w.other, -1)
	slices.Sort(found)
	return slices.Compact(found)
}

func TestBothLanguagesSayTheSame(t *testing.T) {
	en, fr := words(English), words(French)
	for key, w := range en {
		f, ok := fr[key]
		if !ok {
			t.Errorf("%s is not said in French", key)
			continue
		}
		if !slices.Equal(placeholders(w), placeholders(f)) {
			t.Errorf("%s: %v in English, %v in French", key, placeholders(w), placeholders(f))
		}
		if (w.one == "") != (f.one == "") || (w.zero == "") != (f.zero == "") {
			t.Errorf("%s: not the same forms", key)
		}
		for _, form := range []string{w.zero, w.one, f.zero, f.one} {
			for _, p := range placeholder.FindAllString(form, -1) {
				if !slices.Contains(placeholders(w), p) && p != "{count}" {
					t.Errorf("%s: %s stands in one form only", key, p)
				}
			}
		}
	}
	for key := range fr {
		if _, ok := en[key]; !ok {
			t.Errorf("%s is not said in English", key)
		}
	}
}

func TestEveryWordIsUsed(t *testing.T) {
	var code strings.Builder
	files, _ := filepath.Glob("*.go")
	for _, f := range files {
		if f == "words.go" || strings.HasSuffix(f, "_test.go") {
			continue
		}
		b, err := os.ReadFile(f)
		if err != nil {
			t.Fatal(err)
		}
		code.Write(b)
	}
	for key := range words(English) {
		family, _, _ := strings.Cut(key, ".")
		if family == "in" || family == "name" || family == "phase" || key == "release_days" || slices.Contains(githistory.Codes(), key) {
			continue // said by a name that is put together
		}
		if !strings.Contains(code.String(), `"`+key+`"`) {
			t.Errorf("nobody says %s", key)
		}
	}
}

func TestEveryFindingHasItsSentence(t *testing.T) {
	args := map[string]any{"last": time.Date(2024, 5, 1, 0, 0, 0, 0, time.UTC), "people": 3, "commits": 1234, "organisations": 2,
		"unknown": 0.254, "share": 0.001, "tag": "v1", "date": time.Date(2024, 5, 1, 0, 0, 0, 0, time.UTC), "days": 9, "blobs": 1}
	for _, lang := range []Lang{English, French} {
		for _, code := range githistory.Codes() {
			for _, count := range []int{0, 1, 3} {
				text := Sentence(lang, githistory.Finding{Code: code, Window: "12m", Count: count, Args: args})
				if text == "" || strings.ContainsAny(text, "{}") || !strings.HasSuffix(text, ".") {
					t.Errorf("%s %s %d: %q", lang, code, count, text)
				}
			}
		}
	}
}

func TestSentences(t *testing.T) {
	for _, c := range []struct {
		lang    Lang
		finding githistory.Finding
		want    string
	}{
		{English, githistory.Finding{Code: "absence", Window: "12m", Count: 3, Args: map[string]any{"people": 3}},
			"Three people made half of the changes in the last 12 months."},
		{French, githistory.Finding{Code: "absence", Window: "3y", Count: 1, Args: map[string]any{"people": 1}},
			"Une seule personne a fait la moitié des modifications ces 3 dernières années."},
		{French, githistory.Finding{Code: "activity", Window: "all", Count: 1234, Args: map[string]any{"people": 1234, "commits": 1234567}},
			"1\u202f234 personnes ont fait 1\u202f234\u202f567 modifications sur toute l’histoire."},
		{English, githistory.Finding{Code: "new", Window: "12m", Count: 0, Args: map[string]any{"people": 0}},
			"Nobody contributed for the first time in the last 12 months."},
		{English, githistory.Finding{Code: "outside_hours", Window: "12m", Args: map[string]any{"share": 0.001}},
			"<1% of the changes in the last 12 months were made outside working hours (Monday to Friday, 8:00 to 19:00)."},
	} {
		if got := Sentence(c.lang, c.finding); got != c.want {
			t.Errorf("got  %s\nwant %s", got, c.want)
		}
	}
}

func TestNumbers(t *testing.T) {
	for n, want := range map[int64]string{0: "0", 12: "12", 999: "999", 1000: "1,000", -1234567: "-1,234,567"} {
		if got := newSpeaker(English).number(n); got != want {
			t.Errorf("%d: %s", n, got)
		}
	}
}
