package main

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// budget is a small file that three voters made.
const budget = "META\nkey;value\ndescription;Limes\ncountry;France\nunit;Limes\ninstance;2026\nnum_projects;2\nnum_votes;3\nbudget;10000\nvote_type;approval\n" +
	"rule;equalshares/add1\ndate_begin;01.09.2026\ndate_end;30.09.2026\ncurrency;EUR\nPROJECTS\nproject_id;cost;name\n1;6000;A bread oven\n2;4500.50;Benches\n" +
	"VOTES\nvoter_id;vote;age\na1;1,2;34\na2;1;41\na3;2;29\n"

// TestTallyByCommand: the exit statuses and the two languages of each verb, from the command line.
func TestTallyByCommand(t *testing.T) {
	dir := t.TempDir()
	at := func(name, text string) string {
		path := filepath.Join(dir, name)
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		return path
	}
	good, bad := at("good.pb", budget), at("bad.pb", strings.Replace(budget, "a2;1;41", "a2;9;41", 1))
	call := func(lang string, args ...string) (int, string, string) {
		var out, errs bytes.Buffer
		status := run(t.Context(), args, []string{langs[lang]}, &out, &errs)
		return status, strings.NewReplacer("\u00a0", " ", "\u202f", " ").Replace(out.String()), strings.NewReplacer("\u00a0", " ", "\u202f", " ").Replace(errs.String())
	}
	status, result, errs := call("fr", "tally", good, "--json")
	if status != 0 || errs != "" {
		t.Fatalf("status %d: %s", status, errs)
	}
	same := at("same.json", result)
	other := at("other.json", strings.Replace(result, `"winners":["`, `"winners":["x`, 1))
	page := filepath.Join(dir, "page.html")
	for _, c := range []struct {
		rule, lang string
		args       []string
		status     int
		out, errs  string
	}{
		{"a count", "en", []string{"tally", good}, 0, "1 of 2 projects wins", ""},
		{"a count in French", "fr", []string{"tally", good}, 0, "1 projet retenu sur 2", ""},
		{"--lang wins over the terminal", "en", []string{"tally", good, "--lang", "fr"}, 0, "1 projet retenu sur 2", ""},
		{"the long form", "en", []string{"tally", "count", good, "--rule", "greedy"}, 0, "Rule: greedy,", ""},
		{"a page", "fr", []string{"tally", good, "--html", page}, 0, "", "Écrit"},
		{"a ballot", "en", []string{"tally", good, "--ballot", "a3"}, 0, "The ballot of a3 (line 23)", ""},
		{"a file with errors", "en", []string{"tally", bad}, 2, "", "bad.pb:22:"},
		{"a rule that is none", "fr", []string{"tally", good, "--rule", "king"}, 2, "", "La règle « king » n’existe pas"},
		{"a fault is said in the language that was asked for", "en", []string{"tally", good, "--rule", "greedy,parts=district", "--lang", "fr"}, 2, "", "La règle demande parts=district"},
		{"a language that is not spoken", "en", []string{"tally", good, "--lang", "de"}, 2, "", "--lang is “de”"},
		{"a file that is not there", "en", []string{"tally", filepath.Join(dir, "none.pb")}, 2, "", "none.pb"},
		{"rules", "fr", []string{"tally", "rules"}, 0, "Méthode des parts égales", ""},
		{"two rules compared", "en", []string{"tally", "compare", good, "--rules", "greedy,equal-shares,completion=none"}, 0, "completion=none", ""},
		{"one rule compared", "en", []string{"tally", "compare", good, "--rules", "greedy"}, 2, "", "two rules at least"},
		{"a recount that is the same", "en", []string{"tally", "recount", same, good}, 0, "The same", ""},
		{"a recount that differs", "fr", []string{"tally", "recount", other, good}, 1, "winners[0]", ""},
		{"a result that is none", "en", []string{"tally", "recount", good, good}, 2, "", "is no result"},
		{"ballots published", "en", []string{"tally", "publish", good}, 0, "VOTES\nvoter_id;vote;age\n1;", "new numbers"},
		{"a file that is right", "en", []string{"pabulib", "check", good}, 0, "", ""},
		{"a file that is wrong", "fr", []string{"pabulib", "check", bad}, 1, "erreur : ", ""},
		{"judged as JSON", "en", []string{"pabulib", "check", "--json", bad}, 1, `"valid":false`, ""},
	} {
		status, out, errs := call(c.lang, c.args...)
		if status != c.status || !strings.Contains(out, c.out) || !strings.Contains(errs, c.errs) || c.errs == "" && errs != "" {
			t.Errorf("%s: status %d, %q, %q", c.rule, status, out, errs)
		}
	}
	if text, err := os.ReadFile(page); err != nil || !strings.Contains(string(text), `<html lang="fr">`) {
		t.Errorf("the page: %v", err)
	}
}
