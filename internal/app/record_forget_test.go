package app_test

import (
	"bytes"
	"fmt"
	"io/fs"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// The person who will be forgotten. Nobody else is called so, and no word begins like theirs, so a search of the raw bytes finds them only;
// the search index holds stems, which are their beginnings.
const (
	markedName  = "Zyrkonia Quillfeather"
	markedEmail = "zyrkonia.quillfeather@marker.example.org"
)

var marks = []string{"zyrkon", "quillfeat"}

// traces lists where the person still stands: every file of the data folder, what the server printed, and on PostgreSQL every row of every
// table.
func (i *recorded) traces() []string {
	i.t.Helper()
	var found []string
	look := func(where string, b []byte) {
		b = bytes.ToLower(b)
		for _, m := range marks {
			if at := bytes.Index(b, []byte(m)); at >= 0 {
				found = append(found, fmt.Sprintf("%s: …%q…", where, b[max(0, at-40):min(len(b), at+60)]))
			}
		}
	}
	err := filepath.WalkDir(i.data, func(path string, d fs.DirEntry, err error) error {
		if err != nil || !d.Type().IsRegular() {
			return err
		}
		b, err := os.ReadFile(path)
		if os.IsNotExist(err) {
			return nil // the running server removed it meanwhile
		}
		look(path, append([]byte(filepath.Base(path)+"\n"), b...))
		return err
	})
	if err != nil {
		i.t.Fatal(err)
	}
	look("what the server printed", i.log.Bytes())
	if i.url == "" {
		return found
	}
	db := i.hand()
	rows, err := db.Query(`SELECT quote_ident(tablename) FROM pg_tables WHERE schemaname = current_schema()`)
	if err != nil {
		i.t.Fatal(err)
	}
	var tables []string
	for rows.Next() {
		var t string
		if err := rows.Scan(&t); err != nil {
			i.t.Fatal(err)
		}
		tables = append(tables, t)
	}
	for _, t := range tables {
		rows, err := db.Query(`SELECT CAST(t AS text) FROM ` + t + ` t`)
		if err != nil {
			i.t.Fatal(err)
		}
		for rows.Next() {
			var text string
			if err := rows.Scan(&text); err != nil {
				i.t.Fatal(err)
			}
			look("table "+t, []byte(text))
		}
		if err := rows.Err(); err != nil {
			i.t.Fatal(err)
		}
	}
	return found
}

// asked lists the open requests for a name.
func (i *recorded) asked(admin *http.Client, name string) (ids []string) {
	i.t.Helper()
	var list struct {
		Items []struct{ ID, Name, Outcome string }
	}
	i.must(admin, http.MethodGet, "/api/admin/forget-requests", nil, &list)
	for _, x := range list.Items {
		if x.Name == name && x.Outcome == "" {
			ids = append(ids, x.ID)
		}
	}
	if len(ids) == 0 {
		i.t.Fatalf("nobody asks for %q: %+v", name, list)
	}
	return ids
}

// markedRepository is a repository of theirs: they wrote it, its README thanks them, its publiccode.yml names them as its contact.
func markedRepository(t *testing.T) *source {
	t.Helper()
	s := newSource(t)
	who := []string{"GIT_AUTHOR_NAME=" + markedName, "GIT_AUTHOR_EMAIL=" + markedEmail, "GIT_COMMITTER_NAME=" + markedName, "GIT_COMMITTER_EMAIL=" + markedEmail}
	s.commit("README.md", "# Trees of Nowhere\n\nA map of all trees. Kept by "+markedName+" <"+markedEmail+">.\n",
		"LICENSE", "SPDX-License-Identifier: EUPL-1.2\n",
		".mailmap", markedName+" <"+markedEmail+"> <old@marker.example.org>\n",
		"publiccode.yml", `publiccodeYmlVersion: "0.4"
name: Trees of Nowhere
url: https://git.example.org/trees
releaseDate: "2026-01-02"
platforms: [web]
developmentStatus: stable
softwareType: standalone/web
description:
  en:
    shortDescription: A map of all trees
    longDescription: `+strings.Repeat("Every tree of the town has its place here. ", 8)+`Ask `+markedName+`.
    features: [Maps]
legal:
  license: EUPL-1.2
maintenance:
  type: internal
  contacts:
    - name: `+markedName+`
      email: `+markedEmail+`
      phone: "+33 1 23 45 67 89"
localisation:
  localisationReady: true
  availableLanguages: [en]
`)
	s.env = who
	for n := range 5 {
		s.commit("trees.txt", fmt.Sprint(n))
	}
	s.git(nil, "tag", "-a", "v1.0.0", "-m", "by "+markedName)
	return s
}

// TestForgetting: a person signed up, edited, was named as a contact, wrote commits, a report and a letter; then they are forgotten. No byte
// of them is left in the database, its log, the jobs, the letters, the index, the files or the log of the program; the record still holds; and
// reading the same repository again brings them back nowhere.
func TestForgetting(t *testing.T) {
	onEach(t, func(t *testing.T, i *recorded) {
		// a mail server that nobody reaches: what is written waits in the outbox, and its jobs hold reasons of failure
		i.startWith(append(i.place(), "--smtp", "smtp://127.0.0.1:1?from=commun@example.org")...)
		admin := i.admin()
		repo := markedRepository(t)
		a := i.give(admin, repo.dir)
		if j := i.outcome(admin, a.Job); j.State != "done" {
			t.Fatalf("the import: %+v", j)
		}
		trees := "/api/commons/" + a.Commons.ID
		her := i.member(admin, markedEmail)
		i.must(her, http.MethodPatch, "/api/me", map[string]any{"name": markedName}, nil)
		i.must(i.visitor(), http.MethodPost, "/sign-in", url.Values{"email": {strings.ToUpper(markedEmail[:8]) + markedEmail[8:]}}, nil)

		var own added
		i.must(her, http.MethodPost, "/api/commons", map[string]any{"fields": map[string]any{"name": "Benches of Nowhere",
			"summary": map[string]string{"en": "Where to sit, by " + markedName}, "description": map[string]string{"en": "Write to " + markedEmail + " about benches."}}}, &own)
		i.must(her, http.MethodPatch, "/api/commons/"+own.Commons.Slug, map[string]any{"note": "I, " + markedName, "fields": map[string]any{"stage": "beta"}}, nil)
		i.must(admin, http.MethodPost, trees+"/roles", map[string]any{"email": markedEmail, "role": "contributor"}, nil)
		i.must(her, http.MethodPatch, trees, map[string]any{"fields": map[string]any{"summary": map[string]string{"en": "Trees, says " + markedName}}}, nil)
		i.must(admin, http.MethodPatch, trees, map[string]any{"fields": map[string]any{"stage": "beta"}, "note": "as " + markedName + " asked"}, nil)
		i.must(her, http.MethodPost, trees+"/reports", map[string]any{"reason": "wrong", "words": "I am " + markedName + ", and this is wrong.", "contact": markedEmail}, nil)
		i.must(i.visitor(), http.MethodPost, trees+"/reports", map[string]any{"reason": "wrong", "words": markedName + " told me so.", "contact": markedEmail}, nil)
		var reports struct{ Items []struct{ ID string } }
		i.must(admin, http.MethodGet, "/api/reports", nil, &reports)
		i.must(admin, http.MethodPost, "/api/reports/"+reports.Items[0].ID+"/answer", map[string]any{"answer": "Thank you, " + markedName}, nil)
		i.must(her, http.MethodPost, trees+"/letters", map[string]any{"name": markedName, "address": markedEmail, "words": "Dear stewards, yours, " + markedName}, nil)
		i.must(her, http.MethodPost, "/api/organisations", map[string]any{"name": markedName + " and friends", "kind": "association"}, nil)
		i.must(admin, http.MethodPatch, "/api/admin/settings", map[string]any{"contact": markedEmail}, nil)
		files := t.TempDir()
		for n, text := range []string{"name: Lamps\nurl: https://git.example.org/lamps\nmaintenance:\n  type: internal\n  contacts:\n    - name: " + markedName + "\n      email: " + markedEmail + "\n",
			"name: [broken by " + markedName + "\n"} {
			if err := os.WriteFile(filepath.Join(files, fmt.Sprintf("%d.yml", n)), []byte(text), 0o600); err != nil {
				t.Fatal(err)
			}
		}
		i.must(admin, http.MethodPost, "/api/lists", map[string]any{"name": "files", "folder": files}, nil)
		i.idle(admin)
		i.logged(admin.Get)
		mirror, upgrade := filepath.Join(i.data, "cache", "repositories", a.Commons.ID+".git"), filepath.Join(i.data, "commun.db.before-upgrade")
		if _, err := os.Stat(mirror); err != nil {
			t.Fatal(err)
		}
		if i.url == "" {
			if err := os.WriteFile(upgrade, []byte("as an upgrade keeps it: "+markedEmail), 0o600); err != nil {
				t.Fatal(err)
			}
		}
		before := i.traces()
		t.Logf("before: %d traces", len(before))
		if len(before) < 2 {
			t.Fatalf("the person left too few traces for this test to show anything: %v", before)
		}
		if i.url == "" {
			// she leaves; what others wrote waits for an administrator, who says yes
			i.must(her, http.MethodDelete, "/api/me?sure=true", nil, nil)
			if left := i.traces(); len(left) == 0 {
				t.Error("what others wrote was erased without a yes")
			}
			for _, x := range i.traces() {
				if strings.Contains(x, "quillfeather@") {
					t.Errorf("her address waits for an answer: %s", x)
				}
			}
			for _, id := range i.asked(admin, markedName) {
				i.must(admin, http.MethodPost, "/api/admin/forget-requests/"+id+"/answer", map[string]any{"answer": "all"}, nil)
			}
		} else if out, status := i.commun("people", "forget", markedEmail, "--name", markedName); status != 0 {
			t.Fatalf("forget: %d %s", status, out)
		}
		gone := func(when string) {
			t.Helper()
			for _, x := range i.traces() {
				t.Errorf("%s: %s", when, x)
			}
		}
		i.idle(admin)
		gone("while the server goes on")
		if _, err := os.Stat(mirror); err == nil {
			t.Error("the copy of the repository still holds what the person wrote")
		}
		if _, err := os.Stat(upgrade); err == nil {
			t.Error("the copy of the database from before an upgrade still holds the person")
		}
		i.whole()

		// the same repository again, with a new commit of hers, and the same files
		repo.commit("trees.txt", "more")
		for _, again := range []string{trees + "/refresh"} {
			var j struct{ Job string }
			i.must(admin, http.MethodPost, again, nil, &j)
			if o := i.outcome(admin, j.Job); o.State != "done" {
				t.Fatalf("the refresh: %+v", o)
			}
		}
		i.must(admin, http.MethodPost, "/api/lists", map[string]any{"name": "files again", "folder": files}, nil)
		i.idle(admin)
		i.logged(admin.Get)
		gone("after the next import")
		page := "/commons/" + a.Commons.Slug
		for _, path := range []string{page, page + "/history", page + "/history.atom", page + "/contributions", page + "/vitality", page + "/vitality.json", page + "/publiccode.yml",
			trees, trees + "/values", trees + "/about", trees + "/problems", "/api/activity", "/activity", "/activity.atom", "/commons.csv", "/commons.json", "/commons.atom",
			"/commons?q=" + url.QueryEscape(markedName), "/reports", "/admin/people", "/admin/jobs", "/organisations", "/lists", "/log/objects/commons", "/log/tile/entries/000.p/1"} {
			b := strings.ToLower(i.send(admin, "en", http.MethodGet, path, nil).text)
			if strings.HasPrefix(path, "/commons?q=") {
				b = strings.ReplaceAll(b, strings.ToLower(markedName), "") // the question stays in its box
				b = strings.ReplaceAll(b, strings.ToLower(url.QueryEscape(markedName)), "")
			}
			for _, m := range marks {
				if at := strings.Index(b, m); at >= 0 {
					t.Errorf("%s shows the person: …%s…", path, b[max(0, at-60):min(len(b), at+60)])
				}
			}
		}
		i.whole()
		i.stop()
		gone("after the end of the server")
		i.whole()
	})
}

// TestForgettingIsNoVandalism: a member calls herself by a word that stands everywhere, and leaves, twice over. What others wrote and what an import
// brought stays as it is, byte for byte, through a refresh too, until an administrator answers; a no changes nothing, and leaves no copy of the word
// in the request.
func TestForgettingIsNoVandalism(t *testing.T) {
	onEach(t, func(t *testing.T, i *recorded) {
		i.serve()
		admin := i.admin()
		a := i.give(admin, smallRepository(t))
		if j := i.outcome(admin, a.Job); j.State != "done" {
			t.Fatalf("the import: %+v", j)
		}
		i.must(admin, http.MethodPost, "/api/commons", map[string]any{"fields": map[string]any{"name": "Maps of the Town",
			"summary": map[string]string{"en": "A town on a map"}, "description": map[string]string{"en": "Of the town, by the town, for the Town."}}}, nil)
		i.must(admin, http.MethodPost, "/api/organisations", map[string]any{"name": "The Town", "kind": "public_body", "website": "https://town.example.org"}, nil)
		i.must(i.visitor(), http.MethodPost, "/api/commons/maps-of-the-town/reports", map[string]any{"reason": "wrong", "words": "This town is another."}, nil)
		i.idle(admin)
		i.logged(admin.Get)
		rows := func(query string) (all string) {
			t.Helper()
			list, err := i.hand().Query(query)
			if err != nil {
				t.Fatal(err)
			}
			for list.Next() {
				var text string
				if err := list.Scan(&text); err != nil {
					t.Fatal(err)
				}
				all += text + "\n"
			}
			if err := list.Err(); err != nil {
				t.Fatal(err)
			}
			return all
		}
		state := func() string {
			return rows(`SELECT commons || field || lang || value FROM commons_values ORDER BY commons, field, lang, source`) +
				rows(`SELECT slug || name || website FROM organisations ORDER BY id`) + rows(`SELECT words FROM catalogue_reports ORDER BY id`)
		}
		bodies := func() string {
			return rows(`SELECT id || body FROM journal_entries WHERE object_kind IN ('commons', 'organisation') AND body IS NOT NULL ORDER BY id`)
		}
		was, history := state(), bodies()
		for _, email := range []string{"vera@example.org", "vince@example.org"} {
			vera := i.member(admin, email)
			i.must(vera, http.MethodPatch, "/api/me", map[string]any{"name": "TOWN"}, nil)
			i.must(vera, http.MethodDelete, "/api/me?sure=true", nil, nil)
		}
		unchanged := func(when string) {
			t.Helper()
			if now := state(); now != was {
				t.Errorf("%s, what others wrote is changed:\n%s\n%s", when, was, now)
			}
			if now := bodies(); !strings.HasPrefix(now, history) {
				t.Errorf("%s, the history is changed:\n%s\n%s", when, history, now)
			}
		}
		unchanged("after she left")
		var j struct{ Job string }
		i.must(admin, http.MethodPost, "/api/commons/"+a.Commons.ID+"/refresh", nil, &j)
		if o := i.outcome(admin, j.Job); o.State != "done" {
			t.Fatalf("the refresh: %+v", o)
		}
		unchanged("after the next import")
		ids := i.asked(admin, "TOWN")
		if len(ids) != 2 {
			t.Fatalf("two left, and %d wait", len(ids))
		}
		for _, id := range ids {
			i.must(admin, http.MethodPost, "/api/admin/forget-requests/"+id+"/answer", map[string]any{"answer": "none", "reason": "A town is a town."}, nil)
		}
		unchanged("after a no")
		if got := rows(`SELECT name || reason FROM forget_requests`); strings.Contains(strings.ToLower(got), "town") {
			t.Errorf("a request still holds the name: %s", got)
		}
		i.whole()
	})
}
