package report

import (
	"encoding/csv"
	"encoding/json"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"commun/engines/tally/college"
	"commun/internal/platform/fault"
)

// scic is a cooperative of three colleges; two public bodies hold 40 of 100.
const scic = "votant;nom;catégorie;collège;organisation;choix;délégué;sujet;jusqu'au\n" +
	"ana;Ana Petit;bénéficiaire;usagers;;oui;;;\nbo;Bo Le Gall;bénéficiaire;usagers;;;ana;;31/12/2026\nchloe;;bénéficiaire;usagers;;non;;;\n" +
	"dan;Dan Roux;salarié;salariés;;oui;;;\neva;;salarié;salariés;;;dan;budget;\n" +
	"ville;Ville de Limes;collectivité;collectivités;public;non;;;\nagglo;;collectivité;collectivités;public;non;;;\n"

const scicRule = "scic,weights=usagers:30+salariés:30+collectivités:40,caps=public:30%,quorum=1/2,day=2026-11-25"

var unbroken = strings.NewReplacer("\u00a0", " ", "\u202f", " ")

// By hand: the public bodies hold 40 and may have 30 of the votes cast; the other 60 grow to 70, so each other college weighs 35. Yes has 2 of
// 3 users and the employees: 35·2/3 + 35 = 175/3.
func TestASCICIsCountedFromATable(t *testing.T) {
	file := write(t, "scic.csv", scic)
	_, out, _, err := counting(t, "en", Order{File: file, Rule: scicRule, JSON: true})
	if err != nil {
		t.Fatal(err)
	}
	var r college.Result
	if err := json.Unmarshal([]byte(out), &r); err != nil {
		t.Fatal(err)
	}
	if r.Options[0].Weight.String() != "175/3" || r.Options[0].Share.String() != "7/12" || !r.Adopted || r.Caps[3].Factor.String() != "9/14" || len(r.Notes) > 0 {
		t.Errorf("%+v", r)
	}
	if len(r.Carried) != 1 || r.Carried[0].Delegate != "ana" || r.Quorums[0].Counted != 6 {
		t.Errorf("eva's delegation is for another topic: %+v, %+v", r.Carried, r.Quorums)
	}
	result := write(t, "result.json", out)
	for _, c := range []struct {
		rule, old, new string
		status         int
	}{{"the same", "", "", ExitOK}, {"a changed share", `"share":"7/12"`, `"share":"8/12"`, ExitNo}} {
		changed := write(t, "changed.json", strings.Replace(out, c.old, c.new, 1))
		if c.old == "" {
			changed = result
		}
		status, said, _, err := said(t, "en", func(tm Terminal) (int, error) {
			return Recount(t.Context(), Recounting{Result: changed, File: file}, tm)
		})
		if err != nil || status != c.status {
			t.Errorf("%s: %d, %v, %s", c.rule, status, err, said)
		}
	}
	for lang, want := range map[string][]string{
		"fr": {"Adopté", "58,33 (175/3)", "58,33 % (7/12)", "Ana Petit vote pour Bo Le Gall", "Groupe", "ses voix comptent chacune pour 0,64 (9/14)"},
		"en": {"Adopted", "58.33 (175/3)", "58.33% (7/12)", "Each vote keeps"},
	} {
		_, out, _, err := counting(t, lang, Order{File: file, Rule: scicRule})
		text := strings.Join(strings.Fields(unbroken.Replace(out)), " ")
		for _, w := range want {
			if err != nil || !strings.Contains(text, w) {
				t.Errorf("%s: %q is not in %s (%v)", lang, w, text, err)
			}
		}
	}
	page := filepath.Join(t.TempDir(), "page.html")
	dir := t.TempDir()
	if _, _, _, err := counting(t, "fr", Order{File: file, Rule: scicRule, HTML: page, CSV: dir}); err != nil {
		t.Fatal(err)
	}
	text, err := os.ReadFile(page)
	if err != nil || !strings.Contains(string(text), "Les plafonds") || !strings.Contains(string(text), "Qui a voté pour d’autres") {
		t.Errorf("the page: %v", err)
	}
	f, err := os.Open(filepath.Join(dir, "caps.csv"))
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = f.Close() }() // read only
	if rows, err := csv.NewReader(f).ReadAll(); err != nil || len(rows) != 5 || rows[4][5] != "9/14" {
		t.Errorf("%v %v", rows, err)
	}
}

// What a rule and a table do not agree on is a fault in words, and counts nothing.
func TestAVoteOfCollegesThatIsNotCounted(t *testing.T) {
	file := write(t, "scic.csv", scic)
	for _, c := range []struct{ rule, key, says string }{
		{"college,day=2026-11-25,college-caps=*:30%", "tallied.mistake.caps", "90 %"},
		{"college,day=2026-11-25,weights=usagers:30", "tallied.mistake.colleges", "collectivités"},
		{"college,day=2026-11-25,caps=mairie:30%", "tallied.mistake.colleges", "public"},
		{"college,day=2026-11-25,quorum=a:30%", "tallied.mistake.colleges", "quorum"},
		{"college", "tallied.mistake.colleges", "day=2026-11-25"},
		{"college,day=2026-11-25,delegation=no", "tallied.mistake.colleges", "delegation=no"},
		{"college,day=2026-02-31", "tallied.mistake.checked", ""},
		{"college,weights=a:0", "tallied.mistake.checked", ""},
		{"college,caps=a:110%", "tallied.mistake.checked", ""},
		{"scic,silent=lost", "tallied.mistake.key", ""},
		{"", "tallied.mistake.no_rule_assembly", ""},
	} {
		_, _, _, err := counting(t, "fr", Order{File: file, Rule: c.rule})
		e, ok := errors.AsType[*fault.Error](err)
		if !ok || e.Key != c.key || !strings.Contains(unbroken.Replace(newVoice("fr").T(e.Key, e.Args)), c.says) {
			t.Errorf("%s: %v", c.rule, err)
		}
	}
	bad := write(t, "bad.csv", strings.Replace(scic, ";ana;", ";zoé;", 1))
	status, _, errs, err := counting(t, "fr", Order{File: bad, Rule: scicRule})
	if err != nil || status != ExitFailed || !strings.Contains(errs, "bad.csv:3:") || !strings.Contains(errs, "zoé") {
		t.Errorf("%d %s %v", status, errs, err)
	}
}

// limits gives the budget's projects 1 and 3 to a group of which one may win.
const limits = `{"groups": [["1", "3"]]}`

// A result names its side file; a recount finds it beside, and says when it is missing or changed.
func TestAResultNamesItsConstraints(t *testing.T) {
	dir := t.TempDir()
	at := func(name, text string) string {
		path := filepath.Join(dir, name)
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		return path
	}
	side := at("limits.json", limits)
	_, out, _, err := counting(t, "en", Order{File: parc, JSON: true, Constraints: side})
	if err != nil || !strings.Contains(out, `{"use":"constraints","name":"limits.json","sha256":"`) {
		t.Fatalf("%v %s", err, out)
	}
	result := at("result.json", out)
	other := write(t, "limits.json", limits+"\n")
	recount := func(constraints string) (int, string, string) {
		status, out, errs, err := said(t, "en", func(tm Terminal) (int, error) {
			return Recount(t.Context(), Recounting{Result: result, File: parc, Constraints: constraints}, tm)
		})
		if e, ok := errors.AsType[*fault.Error](err); ok {
			return ExitFailed, "", e.Key
		}
		return status, out, errs
	}
	for _, c := range []struct {
		rule, given string
		before      func()
		status      int
		says        string
	}{
		{"found beside the result", "", func() {}, ExitOK, "limits.json"},
		{"given", side, func() {}, ExitOK, ""},
		{"given and another, though it says the same", other, func() {}, ExitOK, "is not the file of constraints"},
		{"changed", "", func() { at("limits.json", "{}") }, ExitFailed, "tallied.mistake.constraints_changed"},
		{"changed and given", side, func() {}, ExitNo, "is not the file of constraints"},
		{"missing", "", func() { _ = os.Remove(side) }, ExitFailed, "tallied.mistake.constraints_missing"},
	} {
		c.before()
		if status, out, errs := recount(c.given); status != c.status || !strings.Contains(errs, c.says) {
			t.Errorf("%s: %d, %s, %s", c.rule, status, out, errs)
		}
	}
	_, out, _, _ = counting(t, "en", Order{File: parc, JSON: true})
	result = at("result.json", out)
	if _, _, errs := recount(other); errs != "tallied.mistake.constraints_unused" {
		t.Errorf("none were used: %s", errs)
	}
}

// districts is a city of two districts with a budget each.
const twoDistricts = "META\nkey;value\ndescription;Deux quartiers\ncountry;France\nunit;Limes\ninstance;2026\nnum_projects;4\nnum_votes;4\nbudget;100\nvote_type;approval\n" +
	"rule;greedy\ndate_begin;01.09.2026\ndate_end;30.09.2026\nlanguage;fr\ncurrency;EUR\nneighborhoods;Nord,Sud\nbudget_per_neighborhood;60,40\n" +
	"PROJECTS\nproject_id;cost;name;neighborhood\nn1;50;Un four;Nord\nn2;30;Des bancs;Nord\ns1;30;Une mare;Sud\ns2;20;Un mur;Sud\n" +
	"VOTES\nvoter_id;vote\n1;n1,n2\n2;n1\n3;s1,s2\n4;s1,n2\n"

// A file with districts is counted in one command when the rule asks; the counts are told in the terminal, on the page and in a table.
func TestDistrictsOfAFile(t *testing.T) {
	file := write(t, "deux.pb", twoDistricts)
	_, out, errs, err := counting(t, "fr", Order{File: file, Rule: "greedy,parts=district"})
	text := strings.Join(strings.Fields(unbroken.Replace(out)), " ")
	for _, want := range []string{"Les comptes séparés", "Quartier Nord 60 € 30 € (50 %) 3 1", "Quartier Sud 40 € 30 € (75 %) 2 1"} {
		if err != nil || !strings.Contains(text, want) {
			t.Errorf("%q is not in %s %s %v", want, text, errs, err)
		}
	}
	dir, page := t.TempDir(), filepath.Join(t.TempDir(), "page.html")
	if _, _, _, err := counting(t, "en", Order{File: file, Rule: "greedy,parts=district", HTML: page, CSV: dir}); err != nil {
		t.Fatal(err)
	}
	if text, err := os.ReadFile(page); err != nil || strings.Count(string(text), "District Nord") < 3 {
		t.Errorf("the page names the parts: %v", err)
	}
	if text, err := os.ReadFile(filepath.Join(dir, "parts.csv")); err != nil || !strings.Contains(string(text), "district Sud,40,30,2,s1") {
		t.Errorf("%s %v", text, err)
	}
	for _, c := range []struct{ meta, rule string }{
		{"budget_per_neighborhood;Nord:60,Sud:40", "greedy,parts=district"}, {"budget_per_neighborhood;60,40", "greedy,parts=district-all"},
	} {
		again := write(t, "deux.pb", strings.Replace(twoDistricts, "budget_per_neighborhood;60,40", c.meta, 1))
		if _, out, _, err := counting(t, "en", Order{File: again, Rule: c.rule, JSON: true}); err != nil || !strings.Contains(out, `"winners":["n2","s1"]`) {
			t.Errorf("%+v: %v %s", c, err, out)
		}
	}
	_, _, _, err = counting(t, "en", Order{File: parc, Rule: "greedy,parts=district"})
	if e, ok := errors.AsType[*fault.Error](err); !ok || e.Key != "tallied.mistake.parts" {
		t.Errorf("a file without such budgets: %v", err)
	}
}
