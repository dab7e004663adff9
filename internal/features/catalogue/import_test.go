package catalogue_test

import (
	"context"
	"encoding/json"
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"commun/internal/core/commons"
	"commun/internal/core/journal"
	"commun/internal/core/people"
	"commun/internal/features/catalogue"
	"commun/internal/platform/gitrepo"
	"commun/internal/platform/jobs"
	"commun/internal/platform/storage"
)

const publicCode = `publiccodeYmlVersion: "0.5.0"
name: uMap
url: https://forge.example.org/umap/umap
platforms: [web]
developmentStatus: stable
softwareType: standalone/web
softwareVersion: 2.1.0
releaseDate: 2024-02-01
categories: [geographic-information-systems]
organisation:
  name: ANCT
  uri: https://anct.example.org
usedBy: [Ville de Lyon]
description:
  fr:
    shortDescription: Créez des cartes en ligne
    longDescription: >
      Avec uMap, chacun fait des cartes personnalisées.
    features: [Fonds de carte, Calques]
  it-IT:
    shortDescription: Crea mappe
legal:
  license: agpl-3.0-only
maintenance:
  type: community
  contacts:
    - name: Ana Ruiz
      email: ana@example.org
      phone: "+33123456789"
      affiliation: ANCT
intendedAudience:
  scope: [government]
  countries: [fr]
localisation:
  localisationReady: true
  availableLanguages: [fr, en, klingon]
`

const mit = `MIT License

Copyright (c) 2024 uMap

Permission is hereby granted, free of charge, to any person obtaining a copy
of this software and associated documentation files (the "Software"), to deal
in the Software without restriction, including without limitation the rights
to use, copy, modify, merge, publish, distribute, sublicense, and/or sell
copies of the Software, and to permit persons to whom the Software is
furnished to do so, subject to the following conditions:

The above copyright notice and this permission notice shall be included in all
copies or substantial portions of the Software.

THE SOFTWARE IS PROVIDED "AS IS", WITHOUT WARRANTY OF ANY KIND, EXPRESS OR
IMPLIED, INCLUDING BUT NOT LIMITED TO THE WARRANTIES OF MERCHANTABILITY,
FITNESS FOR A PARTICULAR PURPOSE AND NONINFRINGEMENT. IN NO EVENT SHALL THE
AUTHORS OR COPYRIGHT HOLDERS BE LIABLE FOR ANY CLAIM, DAMAGES OR OTHER
LIABILITY, WHETHER IN AN ACTION OF CONTRACT, TORT OR OTHERWISE, ARISING FROM,
OUT OF OR IN CONNECTION WITH THE SOFTWARE OR THE USE OR OTHER DEALINGS IN THE
SOFTWARE.
`

const readmeFR = `[![badge](https://x.example/b.svg)](https://x.example)

# Cartes pour tous

Un outil qui permet de faire des cartes dans le navigateur, pour les communes et les associations de France.

## Installer

Lisez la suite.
`

func TestAnImportDescribesACommonsAndSaysFromWhere(t *testing.T) {
	each(t, func(w *world) {
		r := newRepo(w.T).commit(map[string]string{"publiccode.yml": publicCode, "LICENSE": mit, "README.md": readmeFR, "main.go": "package main\n",
			"docs/CONTRIBUTING.md": "Be kind.", "GOVERNANCE.md": "# Rules\n\nThe stewards of this project decide together, and the minutes are public for all."})
		r.git("tag", "v1.9.0")
		r.git("tag", "v2.0.0-rc1")
		c := w.add(r.dir)
		w.want(c,
			[4]string{"name", "uMap", "publiccode", "publiccode.yml:2"},
			[4]string{"summary.fr", "Créez des cartes en ligne", "publiccode", "publiccode.yml:16"},
			[4]string{"summary.it", "Crea mappe", "publiccode", "publiccode.yml:21"},
			[4]string{"description.fr", "Avec uMap, chacun fait des cartes personnalisées.", "publiccode", "publiccode.yml:17"},
			[4]string{"features.fr", `["Fonds de carte","Calques"]`, "publiccode", "publiccode.yml:19"},
			[4]string{"kind", "code", "publiccode", "publiccode.yml:6"},
			[4]string{"stage", "stable", "publiccode", "publiccode.yml:5"},
			[4]string{"licence", "AGPL-3.0-only", "publiccode", "publiccode.yml:23 (agpl-3.0-only)"},
			[4]string{"licence_file", "MIT", "repository", "LICENSE"},
			[4]string{"version", "2.1.0", "publiccode", "publiccode.yml:7"},
			[4]string{"released", "2024-02-01", "publiccode", "publiccode.yml:8"},
			[4]string{"stewards", `[{"name":"ANCT","url":"https://anct.example.org"}]`, "publiccode", "publiccode.yml:10"},
			[4]string{"maintainers", `[{"name":"Ana Ruiz","of":"ANCT"}]`, "publiccode", "publiccode.yml:26"},
			[4]string{"users", `[{"name":"Ville de Lyon"}]`, "publiccode", "publiccode.yml:13"},
			[4]string{"countries", `["FR"]`, "publiccode", "publiccode.yml:33"},
			[4]string{"languages", `["fr","en"]`, "publiccode", "publiccode.yml:36"},
			[4]string{"maintenance", "community", "publiccode", "publiccode.yml:25"},
		)
		if v, _ := c.Of(commons.FromRepository, "version", ""); v.Text() != "1.9.0" || v.Note != "v1.9.0" {
			w.T.Errorf("the repository's own version is %q (%s)", v.Text(), v.Note)
		}
		if v, _ := c.Of(commons.FromRepository, "released", ""); v.Text() != "2024-03-01" {
			w.T.Errorf("the last release is of %q", v.Text())
		}
		if v, _ := c.Of(commons.FromRepository, "rules", "en"); !strings.Contains(v.Text(), "decide together") || v.Note != "GOVERNANCE.md" {
			w.T.Errorf("rules are %q (%s)", v.Text(), v.Note)
		}
		if c.Slug != "umap" || c.State != commons.Active {
			w.T.Errorf("slug %q, state %q", c.Slug, c.State)
		}
		about := w.about(c.ID)
		if f := about.Facts; f.Releases != 1 || f.Tags != 2 || f.Files["contributing"] != "docs/CONTRIBUTING.md" || f.Files["changelog"] != "" || f.Files["governance"] != "GOVERNANCE.md" {
			w.T.Errorf("facts are %+v", f)
		}
		if about.SucceededAt == 0 || about.Head == "" || about.Branch != "main" || about.Fault != nil {
			w.T.Errorf("refreshed: %+v", about)
		}
		w.wantCode(c.ID, "licence_differs")
		for _, v := range c.Values {
			if v.Field != "publiccode" && (strings.Contains(string(v.JSON), "ana@example.org") || strings.Contains(string(v.JSON), "3312345")) {
				w.T.Errorf("%s holds a contact's address: %s", v.Field, v.JSON)
			}
		}
		if n := slices.IndexFunc(about.Remarks, func(r catalogue.Remark) bool { return r.Line > 0 && r.Text["fr"] != "" && r.Text["en"] != "" }); n < 0 {
			w.T.Errorf("no problem has its line and its sentences: %+v", about.Remarks)
		}
	})
}

func TestARepositoryWithoutPublicCodeIsDescribedByItsReadme(t *testing.T) {
	each(t, func(w *world) {
		r := newRepo(w.T).commit(map[string]string{"README.md": readmeFR, "README.en.md": "# Maps\n\nA tool to make maps in the browser, for towns and for the people of France.\n",
			"COPYING": mit, "communes.csv": "a,b\n"})
		c := w.add("file://" + r.dir)
		w.want(c,
			[4]string{"name", "Cartes pour tous", "repository", "README.md"},
			[4]string{"summary.fr", "Un outil qui permet de faire des cartes dans le navigateur, pour les communes et les associations de France.", "repository", "README.md"},
			[4]string{"summary.en", "A tool to make maps in the browser, for towns and for the people of France.", "repository", "README.en.md"},
			[4]string{"licence", "MIT", "repository", "COPYING"},
			[4]string{"kind", "data", "repository", "communes.csv"},
		)
		if d := best(c, "description", "fr"); !strings.Contains(d, "Installer") {
			w.T.Errorf("description is %q", d)
		}
	})
}

func TestImportingTwiceChangesNothing(t *testing.T) {
	each(t, func(w *world) {
		r := newRepo(w.T).commit(map[string]string{"publiccode.yml": publicCode, "LICENSE": mit, "README.md": readmeFR})
		hooked := 0
		w.Cat.OnImported(func(_ context.Context, tx *storage.Tx, id string) error {
			tx.AfterCommit(func() { hooked++ })
			return nil
		})
		c := w.add(r.dir)
		n := w.entries(c.ID)
		first := w.about(c.ID)
		again := w.again(c.ID)
		if w.entries(c.ID) != n || again.Revision != c.Revision {
			w.T.Fatalf("%d entries and revision %d, had %d and %d", w.entries(c.ID), again.Revision, n, c.Revision)
		}
		if second := w.about(c.ID); second.SucceededAt <= first.SucceededAt || second.Head != first.Head {
			w.T.Errorf("the second success is not noted: %+v", second)
		}
		if hooked != 2 {
			w.T.Errorf("%d calls of the hook, want 2", hooked)
		}
	})
}

func TestAnImportIsWholeOrNotAtAll(t *testing.T) {
	each(t, func(w *world) {
		ctx := w.T.Context()
		fail := true
		w.Cat.OnImported(func(context.Context, *storage.Tx, string) error {
			if fail {
				return errors.New("the disk of another feature is full")
			}
			return nil
		})
		a, err := w.Cat.Add(ctx, admin, newRepo(w.T).commit(map[string]string{"publiccode.yml": publicCode}).dir)
		w.Must(err)
		if r := w.wait(a.Job); r.State != jobs.Queued || r.Failures != 1 {
			w.T.Fatalf("the job is %s after %d failures", r.State, r.Failures)
		}
		c, about := w.get(a.Commons.ID), w.about(a.Commons.ID)
		if c.Revision != 1 || len(c.Values) != 0 || about.SucceededAt != 0 || about.Fault == nil || about.Failures != 1 {
			w.T.Errorf("half of it was written: revision %d, %d values, %+v", c.Revision, len(c.Values), about)
		}
		fail = false
		w.Must(w.Jobs.Cancel(ctx, a.Job))
		w.Must(w.Jobs.Retry(ctx, a.Job))
		if r := w.wait(a.Job); r.State != jobs.Done {
			w.T.Fatalf("the second try is %s: %+v", r.State, r.Fault)
		}
		if c, about = w.get(c.ID), w.about(c.ID); c.Revision != 2 || w.entries(c.ID) != 2 || about.Fault != nil || about.Failures != 0 {
			w.T.Errorf("after the second try: revision %d, %d entries, %+v", c.Revision, w.entries(c.ID), about.Fault)
		}
	})
}

func TestSpellingsOfOneRepositoryAreOneCommons(t *testing.T) {
	each(t, func(w *world) {
		r := newRepo(w.T).commit(map[string]string{"README.md": readmeFR})
		link := w.T.TempDir() + "/link"
		w.Must(os.Symlink(r.dir, link))
		c := w.add(r.dir)
		for _, address := range []string{r.dir + "/", "file://" + r.dir, r.dir + "/.git"} {
			a, err := w.Cat.Add(w.T.Context(), admin, address)
			w.Must(err)
			if !a.Existed || a.Commons.ID != c.ID {
				w.T.Errorf("%s is another commons", address)
			}
		}
		var ids []string
		for _, address := range []string{"https://forge.example.org/a/b", "https://forge.example.org/a/b.git/", "git@forge.example.org:a/b.git", "ssh://git@forge.example.org/a/b"} {
			a, err := w.Cat.Add(w.T.Context(), admin, address)
			w.Must(err)
			ids = append(ids, a.Commons.ID)
		}
		if ids = slices.Compact(ids); len(ids) != 1 {
			w.T.Errorf("four spellings are %d commons", len(ids))
		}
		// what leads elsewhere is seen once it was followed: here a symbolic link, on the web a redirect
		other := w.add(link)
		if other.State != commons.Merged || other.MergedInto != c.ID {
			w.T.Errorf("a spelling that leads to a commons that is here is %s, merged into %q", other.State, other.MergedInto)
		}
		// once something was said of both, a person decides
		third, err := w.Cat.AddByHand(w.T.Context(), admin, []catalogue.FormValue{{Field: "name", Value: "By hand"}})
		w.Must(err)
		if third.State != commons.Active {
			w.T.Errorf("a commons without a repository is %s", third.State)
		}
	})
}

// TestTwoAddressesOfOneHistoryAreSaidToBeOne: the later one says so, until they part; whether they are one is for a person to say.
func TestTwoAddressesOfOneHistoryAreSaidToBeOne(t *testing.T) {
	each(t, func(w *world) {
		r := newRepo(w.T).commit(map[string]string{"README.md": readmeFR})
		c := w.add(r.dir)
		copied := &repo{w.T, filepath.Join(w.T.TempDir(), "copy")}
		r.git("clone", "-q", r.dir, copied.dir)
		other := w.add(copied.dir)
		if other.ID == c.ID || other.State != commons.Active {
			w.T.Fatalf("the copy is %s of state %s, want a commons of its own", other.ID, other.State)
		}
		w.wantCode(other.ID, "same_history")
		for _, x := range w.about(other.ID).Remarks {
			if x.Code == catalogue.RemarkSame && (x.Args["slug"] != c.Slug || x.Args["id"] != c.ID || x.Args["name"] != "Cartes pour tous") {
				w.T.Errorf("it names %v", x.Args)
			}
		}
		w.again(c.ID)
		if slices.Contains(codes(w.about(c.ID).Remarks), "same_history") {
			w.T.Error("the one that was here first says it too")
		}
		copied.commit(map[string]string{"NEW.md": "another way"})
		w.again(other.ID)
		if slices.Contains(codes(w.about(other.ID).Remarks), "same_history") {
			w.T.Error("it is said still, when the two have parted")
		}
	})
}

func TestAnAddressThatMovedIsFollowedAndSaid(t *testing.T) {
	each(t, func(w *world) {
		r := newRepo(w.T).commit(map[string]string{"README.md": readmeFR})
		link := w.T.TempDir() + "/old"
		w.Must(os.Symlink(r.dir, link))
		c := w.add(link)
		if main, _ := c.Main(); main.Address != r.dir || len(c.Homes) != 2 {
			w.T.Errorf("main address is %q of %d", main.Address, len(c.Homes))
		}
		if about := w.about(c.ID); about.MovedFrom != link || about.MovedTo != r.dir || about.MovedAt == 0 {
			w.T.Errorf("moved from %q to %q", about.MovedFrom, about.MovedTo)
		}
		if about, err := w.Cat.About(w.T.Context(), people.Actor{}, c.ID); err != nil || about.MovedTo != "" {
			w.T.Errorf("a visitor sees the folder %q, %v", about.MovedTo, err)
		}
		a, err := w.Cat.Add(w.T.Context(), admin, r.dir)
		w.Must(err)
		if a.Commons.ID != c.ID {
			w.T.Error("the new address is another commons")
		}
		n := w.entries(c.ID)
		if w.again(c.ID); w.entries(c.ID) != n {
			w.T.Error("a refresh after the move wrote an entry")
		}
		w.Must(os.RemoveAll(r.dir))
		job, err := w.Cat.Refresh(w.T.Context(), admin, c.ID)
		w.Must(err)
		if rec := w.wait(job); rec.State != jobs.Failed || rec.Fault == nil || rec.Fault.Key != gitrepo.KeyGone {
			w.T.Errorf("job is %s: %+v", rec.State, rec.Fault)
		}
		about := w.about(c.ID)
		if about.GoneSince == 0 || about.Fault == nil || about.Fault.Key != gitrepo.KeyGone || about.SucceededAt == 0 {
			w.T.Errorf("gone: %+v", about)
		}
		w.want(w.get(c.ID), [4]string{"name", "Cartes pour tous", "repository", "README.md"}) // what was known stays
	})
}

func TestAskingAgainDoesNotWaitForTheNextTry(t *testing.T) {
	each(t, func(w *world) {
		a, err := w.Cat.Add(w.T.Context(), admin, "/nowhere/at/all")
		w.Must(err)
		if r := w.wait(a.Job); r.State != jobs.Failed {
			w.T.Fatalf("the import is %s", r.State)
		}
		later, err := w.Cat.Refresh(w.T.Context(), admin, a.Commons.ID)
		w.Must(err)
		w.wait(later)
		err = w.DB.Maintain(w.T.Context(), func(tx *storage.Tx) error {
			_, _, err := w.Jobs.Enqueue(w.T.Context(), tx, jobs.Job{Kind: catalogue.JobImport, Owner: a.Commons.ID, Subject: a.Commons.ID,
				Args: map[string]string{"commons": a.Commons.ID}, Unique: catalogue.JobImport + ":" + a.Commons.ID, RunAt: time.Now().Add(time.Hour)})
			return err
		})
		w.Must(err)
		for _, ask := range []func() (string, error){
			func() (string, error) { return w.Cat.Refresh(w.T.Context(), admin, a.Commons.ID) },
			func() (string, error) {
				again, err := w.Cat.Add(w.T.Context(), admin, "/nowhere/at/all")
				return again.Job, err
			},
		} {
			job, err := ask()
			w.Must(err)
			if r := w.wait(job); r.State != jobs.Failed {
				w.T.Errorf("what was queued for later is %s", r.State)
			}
		}
	})
}

func TestVisitorsReachTheWebOnly(t *testing.T) {
	each(t, func(w *world) {
		ana := w.Member("Ana", "ana@example.org")
		for address, key := range map[string]string{
			"/etc":                        gitrepo.KeyLocalRefused,
			"file:///etc":                 gitrepo.KeyLocalRefused,
			"git@forge.example.org:a/b":   gitrepo.KeySSHRefused,
			"http://127.0.0.1/a/b":        gitrepo.KeyInnerAddress,
			"ext::sh -c true":             gitrepo.KeySchemeRefused,
			"https://u:p@forge.example/a": gitrepo.KeyCredentials,
			"":                            gitrepo.KeyAddressMissing,
		} {
			if _, err := w.Cat.Add(w.T.Context(), ana, address); gitrepo.KeyOf(err) != key {
				w.T.Errorf("%q gives %v, want %s", address, err, key)
			}
		}
	})
}

func TestACorrectionByAPersonSurvivesTheNextImport(t *testing.T) {
	each(t, func(w *world) {
		ctx := w.T.Context()
		boss := w.Admin()
		r := newRepo(w.T).commit(map[string]string{"publiccode.yml": publicCode})
		a, err := w.Cat.Add(ctx, boss, r.dir)
		w.Must(err)
		w.wait(a.Job)
		boss = w.Again(boss)
		c := w.get(a.Commons.ID)
		values, err := catalogue.CleanForm([]catalogue.FormValue{{Field: "name", Value: "uMap, les cartes"}, {Field: "licence", Value: "eupl-1.2"},
			{Field: "summary", Lang: "fr", Value: "Des cartes"}})
		w.Must(err)
		_, err = w.Commons.Edit(ctx, boss, c.ID, commons.Edit{Base: c.Revision, Values: values})
		w.Must(err)
		r.commit(map[string]string{"publiccode.yml": strings.Replace(publicCode, "name: uMap", "name: uMap 3", 1)})
		c = w.again(c.ID)
		w.want(c, [4]string{"name", "uMap, les cartes", "person", ""}, [4]string{"licence", "EUPL-1.2", "person", ""})
		if v, _ := c.Of(commons.FromPublicCode, "name", ""); v.Text() != "uMap 3" {
			w.T.Errorf("the file's own word is %q", v.Text())
		}
		file, err := w.Cat.PublicCode(ctx, people.Actor{}, c.ID)
		w.Must(err)
		for _, want := range []string{"name: uMap, les cartes\n", "license: EUPL-1.2", "shortDescription: Des cartes", "categories: [geographic-information-systems]"} {
			if !strings.Contains(string(file), want) {
				w.T.Errorf("the file lacks %q:\n%s", want, file)
			}
		}
	})
}

func TestAForcePushAndAnEmptyRepository(t *testing.T) {
	each(t, func(w *world) {
		r := newRepo(w.T).commit(map[string]string{"README.md": readmeFR}).commit(map[string]string{"x": "1"})
		c := w.add(r.dir)
		r.git("reset", "-q", "--hard", "HEAD~1")
		r.commit(map[string]string{"README.md": strings.Replace(readmeFR, "Cartes pour tous", "Autre nom", 1)})
		c = w.again(c.ID)
		w.want(c, [4]string{"name", "Autre nom", "repository", "README.md"})
		w.wantCode(c.ID, "history_rewritten")
		if w.about(c.ID).ForcedAt == 0 {
			w.T.Error("the rewriting is not noted")
		}

		empty := newRepo(w.T)
		a, err := w.Cat.Add(w.T.Context(), admin, empty.dir)
		w.Must(err)
		if rec := w.wait(a.Job); rec.State != jobs.Failed || rec.Fault.Key != gitrepo.KeyEmpty {
			w.T.Errorf("an empty repository: %s, %+v", rec.State, rec.Fault)
		}
		empty.commit(map[string]string{"README.md": readmeFR})
		again, err := w.Cat.Add(w.T.Context(), admin, empty.dir) // who gives it again wants it tried again
		w.Must(err)
		if again.Job == "" || w.wait(again.Job).State != jobs.Done || w.about(a.Commons.ID).Fault != nil {
			w.T.Errorf("a second try did not mend it: %+v", w.about(a.Commons.ID))
		}
	})
}

func TestBadContentNeverFailsAnImport(t *testing.T) {
	long := strings.Repeat("nom ", 2500)
	for _, c := range []struct {
		rule, file string
		code       string
		field      string
		want       func(string) bool
	}{
		{"a file that is too large is left alone", "name: A\n" + strings.Repeat("# filler\n", 700), "too_large", "name", func(s string) bool { return s == "Cartes pour tous" }},
		{"broken YAML gives what can be read", "name: Vivant\ndescription: [\n  oops: }\nlegal:\n  license: MIT\n", "", "name", func(s string) bool { return s == "Vivant" }},
		{"a name of 10,000 characters is cut", "name: " + long + "\n", "cut", "name", func(s string) bool { return len([]rune(s)) <= 200 && strings.HasSuffix(s, "…") }},
		{"a script stays a text", `name: "<script>alert(1)</script>"` + "\n", "", "name", func(s string) bool { return s == "<script>alert(1)</script>" }},
		{"a name in Arabic stays as it is", "name: خرائط للجميع\n", "", "name", func(s string) bool { return s == "خرائط للجميع" }},
		{"what turns the direction of text is dropped", "name: \"abc\u202egpj.exe\"\n", "characters", "name", func(s string) bool { return s == "abcgpj.exe" }},
		{"control characters are dropped", `name: "a\u0000b\u001bc"` + "\n", "characters", "name", func(s string) bool { return s == "abc" }},
		{"a stage that is none is left out", "name: A\ndevelopmentStatus: great\n", "", "stage", func(s string) bool { return s == "" }},
		{"an address with a script is left out", "name: A\nlandingURL: javascript:alert(1)\n", "", "website", func(s string) bool { return s == "" }},
		{"an address in place of a name is left out", "name: A\nmaintenance:\n  contacts:\n    - name: ana@example.org\n", "left_out", "maintainers", func(s string) bool { return s == "" }},
		{"a licence in words gives way to the licence file", "name: A\nlegal:\n  license: Licence MIT un peu changée\n", "licence", "licence", func(s string) bool { return s == "MIT" }},
		{"a bomb of aliases is refused", "name: A\na: &a [1,1,1,1,1,1,1,1,1]\nb: &b [*a,*a,*a,*a,*a,*a,*a,*a,*a]\nc: &c [*b,*b,*b,*b,*b,*b,*b,*b,*b]\nd: &d [*c,*c,*c,*c,*c,*c,*c,*c,*c]\ne: [*d,*d,*d,*d,*d,*d,*d,*d,*d]\n", "", "licence", func(s string) bool { return s == "MIT" }},
		{"no YAML at all", "\x00\x01\xff\xfe", "", "licence", func(s string) bool { return s == "MIT" }},
	} {
		t.Run(c.rule, func(t *testing.T) {
			limits := catalogue.Limits{}
			if c.code == "too_large" {
				limits.PublicCode = 5000
			}
			eachWith(t, limits, func(w *world) {
				r := newRepo(w.T).commit(map[string]string{"publiccode.yml": c.file, "README.md": readmeFR, "LICENSE": mit})
				got := w.add(r.dir)
				if s := best(got, c.field, ""); !c.want(unquote(s)) {
					w.T.Errorf("%s is %q", c.field, s)
				}
				if c.code != "" {
					w.wantCode(got.ID, c.code)
				}
				if n := w.entries(got.ID); n != 2 {
					w.T.Errorf("%d entries", n)
				}
			})
		})
	}
}

func unquote(s string) string {
	var out string
	if json.Unmarshal([]byte(`"`+s+`"`), &out) != nil {
		return s
	}
	return out
}

func TestAFileOfAnotherRepositoryIsSaidToBeAForks(t *testing.T) {
	f := []byte("name: A\nurl: https://forge.example.org/up/stream\n")
	remarks, _ := catalogue.Gather("publiccode.yml", "https://forge.example.org/my/fork", f)
	if got := codes(remarks); !slices.Contains(got, "fork") {
		t.Errorf("remarks are %v", got)
	}
	if remarks, _ = catalogue.Gather("publiccode.yml", "ssh://git@forge.example.org/Up/Stream.git", f); slices.Contains(codes(remarks), "fork") {
		t.Error("the same repository by another spelling is no fork")
	}
}

func TestWhatWasForgottenIsNotBroughtBack(t *testing.T) {
	each(t, func(w *world) {
		boss := w.Admin()
		ana := w.Member("Ana Ruiz", "ana@example.org")
		r := newRepo(w.T).commit(map[string]string{"publiccode.yml": publicCode, "README.md": readmeFR + "\nÉcrite par Ana\n  Ruiz <ana@example.org>, \"ana ruiz\".\n",
			"GOVERNANCE.md": "Everyone asks Ana Ruiz, and she is the one that decides for all of us."})
		c := w.add(r.dir)
		if !holds(c, "ana ruiz") || !holds(c, "+33123456789") {
			w.T.Fatal("nothing to forget")
		}
		w.Forget(boss, ana, "Ana Ruiz")
		if c = w.get(c.ID); holds(c, "ana ruiz") || holds(c, "ana@example.org") {
			w.T.Fatalf("forgetting left something: %s", dump(c))
		}
		r.commit(map[string]string{"main.go": "package main"})
		for range 2 {
			c = w.again(c.ID)
			for _, marker := range []string{"ana ruiz", "ana@example.org", "+33123456789", "ana\\n  ruiz"} {
				if holds(c, marker) {
					w.T.Errorf("%q is back: %s", marker, dump(c))
				}
			}
		}
		w.wantCode(c.ID, "forgotten")
		if b, _ := json.Marshal(w.about(c.ID)); strings.Contains(strings.ToLower(string(b)), "ana") {
			w.T.Errorf("a remark names the person: %s", b)
		}
	})
}

// TestAForgottenNameComesBackInNoOtherSpelling: neither after a yes for everything, nor after one for this commons alone.
func TestAForgottenNameComesBackInNoOtherSpelling(t *testing.T) {
	each(t, func(w *world) {
		const told = "Écrite par la commune, pour les habitants et les associations de la ville.\n\n"
		spellings := []string{"Élodie Martelange", "MARTELANGE Élodie", "Martelange, Élodie", "É. Martelange", "Martelange, E.", "E.Martelange", "emartelange", "elodiemartelange",
			"&Eacute;lodie&nbsp;Martelange", "?q=Elodie%20Martelange", "?q=%C3%89lodie+Martelange"}
		boss, elo := w.Admin(), w.Member("Élodie Martelange", "elo@ex.example")
		other := newRepo(w.T).commit(map[string]string{"README.md": "# Autre\n\n" + told + "Merci à Élodie Martelange."})
		r := newRepo(w.T).commit(map[string]string{"README.md": "# Carte\n\n" + told + "Merci à Élodie Martelange."})
		c, away := w.add(r.dir), w.add(other.dir)
		w.Forget(elo, elo)
		asked, err := w.People.Requests(w.T.Context(), boss, true)
		w.Must(err)
		w.Must(w.People.Answer(w.T.Context(), boss, asked[0].ID, people.Answer{Outcome: people.Partly, Things: []journal.Object{{Kind: commons.ObjectKind, ID: c.ID}}}))
		addresses := "Écrire à elo%40ex.example, elo&#64;ex.example ou elo@ex.example."
		readme := told + strings.Join(spellings, " ;\n") + " ;\n\n" + addresses
		for _, x := range []*repo{r, other} {
			x.commit(map[string]string{"README.md": "# Carte\n\n" + readme})
		}
		c, away = w.again(c.ID), w.again(away.ID)
		for _, marker := range []string{"martelange", "elo@", "elo%40", "elo&#64;", "lodie"} {
			if holds(c, marker) {
				w.T.Errorf("%q is back: %s", marker, dump(c))
			}
		}
		if v, _ := away.Best("description", "fr"); !strings.Contains(v.Text(), "É. Martelange") || !strings.Contains(v.Text(), "emartelange") || strings.Contains(v.Text(), "ex.example") {
			w.T.Errorf("where nobody said yes, only the address goes: %q", v.Text())
		}
	})
}

// TestOnlyAContactsOwnValuesGo: a name that is a word, a number that is a part of another.
func TestOnlyAContactsOwnValuesGo(t *testing.T) {
	gone := func(text string) bool { return text == "elo@ex.example" }
	for _, c := range []struct{ rule, text, want string }{
		{"the name stays in other words and in other values", "name: OpenData of Open\nmaintenance:\n  contacts:\n    - name: Open # her\n      email: elo@ex.example\n      phone: \"1234\"\n    - name: Opener\n      phone: \"+33 12345\"\n",
			"name: OpenData of Open\nmaintenance:\n  contacts:\n    - name: \"…\" # her\n      email: \"…\"\n      phone: \"…\"\n    - name: Opener\n      phone: \"+33 12345\"\n"},
		{"whatever quotes and escapes there are", "name: X\nmaintenance:\n  contacts:\n  - email: \"elo\\u0040ex.example\"\n    name: 'O''Pen'\n",
			"name: X\nmaintenance:\n  contacts:\n  - email: \"…\"\n    name: \"…\"\n"},
		{"on one line", "name: Open X\nmaintenance: {contacts: [{name: Open, email: elo@ex.example}]}\n", "name: Open X\nmaintenance:\n  contacts:\n    - name: \"…\"\n      email: \"…\"\n"},
		{"nobody's file stays", "name: Open\nmaintenance:\n  contacts:\n    - name: Open\n      email: bo@ex.example\n", "name: Open\nmaintenance:\n  contacts:\n    - name: Open\n      email: bo@ex.example\n"},
	} {
		if got := catalogue.FileWithout([]byte(c.text), gone); got != c.want {
			t.Errorf("%s:\n%s\nwant\n%s", c.rule, got, c.want)
		}
	}
}

func holds(c commons.Commons, marker string) bool {
	return slices.ContainsFunc(c.Values, func(v commons.Value) bool { return strings.Contains(strings.ToLower(string(v.JSON)), marker) })
}

func dump(c commons.Commons) string { b, _ := json.Marshal(c.Values); return string(b) }

func TestRefreshesThatAreDueAreQueued(t *testing.T) {
	each(t, func(w *world) {
		ctx := w.T.Context()
		r := newRepo(w.T).commit(map[string]string{"README.md": readmeFR})
		fresh := w.add(r.dir)
		old := w.add(newRepo(w.T).commit(map[string]string{"README.md": readmeFR}).dir)
		failing := w.add(newRepo(w.T).commit(map[string]string{"README.md": readmeFR}).dir)
		day := int64(25 * 3600 * 1e6)
		w.Must(w.DB.Maintain(ctx, func(tx *storage.Tx) error {
			_, err := tx.Exec(ctx, `UPDATE catalogue_refreshes SET tried_at = tried_at - $1 WHERE commons IN ($2, $3)`, day, old.ID, failing.ID)
			if err == nil {
				_, err = tx.Exec(ctx, `UPDATE catalogue_refreshes SET failures = 2 WHERE commons = $1`, failing.ID)
			}
			return err
		}))
		var job string
		w.Must(w.DB.Maintain(ctx, func(tx *storage.Tx) (err error) {
			job, _, err = w.Jobs.Enqueue(ctx, tx, jobs.Job{Kind: catalogue.JobDue})
			return err
		}))
		w.wait(job)
		for id, want := range map[string]bool{fresh.ID: false, old.ID: true, failing.ID: false} {
			list, err := w.Jobs.List(ctx, jobs.Filter{Owner: id, Kind: catalogue.JobImport})
			w.Must(err)
			if got := len(list) == 2; got != want {
				w.T.Errorf("commons %s has %d imports", id, len(list))
			}
		}
	})
}
