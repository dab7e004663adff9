package report

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"commun/engines/githistory"
	"commun/internal/platform/i18n"
	"commun/internal/platform/i18n/i18ntest"
)

func TestMessages(t *testing.T) {
	i18ntest.Messages(t, Messages())
	i18ntest.Keys(t, Messages(), []string{"."}, "report.")
}

func TestEveryWordIsUsed(t *testing.T) {
	var code strings.Builder
	files, _ := filepath.Glob("*.go")
	for _, f := range files {
		if strings.HasSuffix(f, "_test.go") {
			continue
		}
		b, err := os.ReadFile(f)
		if err != nil {
			t.Fatal(err)
		}
		code.Write(b)
	}
	all, err := i18n.Read(Messages())
	if err != nil {
		t.Fatal(err)
	}
	for key := range all["en"] {
		key = strings.TrimPrefix(key, "report.")
		base := strings.TrimSuffix(strings.TrimSuffix(key, "_one"), "_none")
		family, _, _ := strings.Cut(key, ".")
		if family == "in" || family == "name" || family == "phase" || slices.Contains(githistory.Codes(), base) {
			continue // said by a name that is put together
		}
		if text := code.String(); !strings.Contains(text, `"`+base+`"`) && !strings.Contains(text, `"report.`+base+`"`) {
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
