package report

import (
	"fmt"
	"os"
	"strings"
	"testing"

	"commun/engines/tally"
	"commun/engines/tally/college"
	"commun/engines/tally/election"
)

// TestRulesReference holds docs/reference/tally-rules.md to the engines: run with -update after a rule or a key has changed.
func TestRulesReference(t *testing.T) {
	const path = "../../../../docs/reference/tally-rules.md"
	v := newVoice("en")
	var b strings.Builder
	b.WriteString(`# The rules of counting

A rule is written ` + "`NAME[,key=value…]`" + `. Keys that are left out have their default; every result prints the rule in full, and can be counted again from it.
` + "`commun tally rules`" + ` prints this list, ` + "`--lang fr`" + ` in French, ` + "`--json`" + ` for programs. One name may be a rule of budgets and one of elections: the file decides.

`)
	for i, specs := range []tally.Specs{tally.Rules(), election.Rules(), college.Rules()} {
		elects := i > 0
		switch i {
		case 2:
			b.WriteString("# Votes of assemblies with colleges\n\nThey read a [table](ballot-files.md#a-vote-of-an-assembly) of who sits in which college. Names in lists are those of the table. `100%`, `0.5` and `1/2` are parts.\n\n")
		case 1:
			b.WriteString("# Elections and votes\n\nThe default order between equals is `votes/id`: more first preferences (or approvals, or points), then the id compared as bytes.\n\n")
		default:
			b.WriteString("# Shared budgets\n\nThe default order between equals is `votes/cost/id`: more votes, then the lower cost, then the id compared as bytes. The constraints of `--constraints` hold under every rule.\n\n")
		}
		for _, s := range specs {
			fmt.Fprintf(&b, "## `%s`\n\n%s.\n\n", s.Name, v.ruleTitle(s))
			plain := "tallied.plain."
			if elects {
				plain = "tallied.elects."
			}
			b.WriteString(v.T(plain+slug(s.Name)) + "\n\n| Key | Values | Default | What it does |\n| --- | --- | --- | --- |\n")
			for _, k := range s.Keys {
				values := "`" + strings.Join(k.Values, "`, `") + "`"
				if len(k.Values) == 0 {
					values = "see there"
				}
				fmt.Fprintf(&b, "| `%s` | %s | `%s` | %s |\n", k.Name, values, k.Default, v.keySays(s, k))
			}
			var kinds []string
			for _, k := range s.Ballots {
				kinds = append(kinds, v.T("tallied.kind."+slug(string(k))))
			}
			reads := strings.Join(kinds, ", ")
			if i == 2 {
				reads = "a table of an assembly"
			}
			fmt.Fprintf(&b, "\nReads %s. Source: %s.\n\n", reads, s.Source)
		}
	}
	text := strings.TrimRight(strings.ReplaceAll(b.String(), "\n# ", "\n## "), "\n") + "\n"
	text = strings.ReplaceAll(text, "\n## `", "\n### `")
	if *update {
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(path)
	if err != nil || string(want) != text {
		t.Errorf("%s is not what the rules say (%v): run go test -run RulesReference -update", path, err)
	}
}
