package report

import (
	"encoding/json"
	"os"
	"strings"
	"testing"
)

func TestPabulibFilesAreJudgedLineByLine(t *testing.T) {
	raw, err := os.ReadFile(parc)
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		rule, from, to string
		status         int
		where          string
	}{
		{"a file without a problem says nothing", "", "", ExitOK, ""},
		{"an error ends with 1", "v10;3,4;52", "v10;3,99;52", ExitNo, "bad.pb:37:"},
		{"a remark ends with 0", "language;fr", "language;french", ExitOK, "bad.pb:16:"},
		{"a date that does not exist", "30.09.2026", "31.02.2026", ExitNo, "bad.pb:13:"},
		{"not a number", "1;4000;7", "1;NaN;7", ExitNo, "bad.pb:20:"},
	} {
		path := write(t, "bad.pb", strings.Replace(string(raw), c.from, c.to, 1))
		for _, lang := range []string{"en", "fr"} {
			status, out, _, err := said(t, lang, func(tm Terminal) (int, error) {
				return CheckPabulib(t.Context(), []string{path}, false, nil, tm)
			})
			if err != nil || status != c.status || !strings.Contains(out, c.where) || c.where == "" && out != "" {
				t.Errorf("%s, %s: status %d, %v: %s", c.rule, lang, status, err, out)
			}
		}
		_, out, _, err := said(t, "fr", func(tm Terminal) (int, error) {
			return CheckPabulib(t.Context(), []string{"-"}, true, strings.NewReader(strings.Replace(string(raw), c.from, c.to, 1)), tm)
		})
		var got checked
		if err != nil || json.Unmarshal([]byte(out), &got) != nil || got.Valid != (c.status == ExitOK) || got.File != "-" {
			t.Errorf("%s, as JSON: %v: %s", c.rule, err, out)
		}
	}
}
