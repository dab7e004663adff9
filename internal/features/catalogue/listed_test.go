package catalogue_test

import (
	"fmt"
	"os"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"commun/internal/core/people"
	"commun/internal/features/catalogue"
	"commun/internal/platform/fault"
	"commun/internal/platform/gitrepo"
	"commun/internal/platform/jobs"
)

// outcomes returns what came of each line: "line outcome key".
func (w *world) outcomes(list string) string {
	w.T.Helper()
	lines, err := w.Cat.Lines(w.T.Context(), admin, list, "", 0)
	w.Must(err)
	var b strings.Builder
	for _, l := range lines {
		fmt.Fprintf(&b, "%d %s", l.Line, l.Outcome)
		if l.Fault != nil {
			fmt.Fprintf(&b, " %s", l.Fault.Key)
		}
		b.WriteString("\n")
	}
	return b.String()
}

func TestAListOfAddressesComesInOnce(t *testing.T) {
	each(t, func(w *world) {
		ctx := w.T.Context()
		a := newRepo(w.T).commit(map[string]string{"README.md": readmeFR})
		text := "# our repositories\n\n" + a.dir + "\n" + a.dir + "/\nhttps://user:secret@forge.example.org/a/b\n/nowhere/at/all\n"
		list, job, err := w.Cat.ImportAddresses(ctx, admin, "ours.txt", strings.NewReader(text))
		w.Must(err)
		if r := w.wait(job); r.State != jobs.Done {
			w.T.Fatalf("job is %s: %+v", r.State, r.Fault)
		}
		w.idle(catalogue.JobImport)
		got := w.outcomes(list)
		rest := "3 added\n4 existed\n5 refused " + gitrepo.KeyCredentials + "\n6 added " + gitrepo.KeyNotFound + "\n"
		if got != rest {
			w.T.Errorf("outcomes are\n%s", got)
		}
		lines, err := w.Cat.Lines(ctx, admin, list, catalogue.OutcomeExisted, 0)
		w.Must(err)
		if len(lines) != 1 || lines[0].Slug != "cartes-pour-tous" || !lines[0].Read {
			w.T.Errorf("the line that existed is %+v", lines)
		}
		again, job, err := w.Cat.ImportAddresses(ctx, admin, "ours.txt", strings.NewReader(text))
		w.Must(err)
		w.wait(job)
		w.idle(catalogue.JobImport)
		if got := w.outcomes(again); got != "3 existed\n4 existed\n5 refused "+gitrepo.KeyCredentials+"\n6 existed "+gitrepo.KeyNotFound+"\n" {
			w.T.Errorf("again: %s", got)
		}
		st, err := w.Cat.ListStatus(ctx, admin, list)
		w.Must(err)
		if st.Total != 4 || st.Outcomes[catalogue.OutcomeRefused] != 1 || st.Name != "ours.txt" {
			w.T.Errorf("status is %+v", st)
		}
		ana := w.Member("Ana", "ana@example.org")
		if _, _, err := w.Cat.ImportAddresses(ctx, ana, "x", strings.NewReader(text)); fault.KindOf(err) != fault.DeniedKind {
			w.T.Errorf("a member may: %v", err)
		}
		if _, _, err := w.Cat.ImportAddresses(ctx, admin, "x", strings.NewReader("# nothing\n")); fault.KindOf(err) != fault.InvalidKind {
			w.T.Errorf("an empty list: %v", err)
		}
	})
}

func TestAFolderOfFilesComesInOnce(t *testing.T) {
	each(t, func(w *world) {
		ctx := w.T.Context()
		file := func(text string) *fstest.MapFile { return &fstest.MapFile{Data: []byte(text)} }
		folder := fstest.MapFS{
			"a.yml":      file("name: Alpha\nurl: https://forge.example.org/x/alpha\nlegal:\n  license: MIT\n"),
			"b.yaml":     file("name: Beta\nurl: \"\"\n"),
			"c.yml":      file("# nothing\n"),
			"d.yml":      file("name: Alpha bis\nurl: https://forge.example.org/x/alpha.git\n"),
			"deep/e.yml": file("name: Inner\nurl: http://127.0.0.1/x\n"),
			"notes.txt":  file("name: none"),
		}
		list, job, err := w.Cat.ImportFolder(ctx, admin, "folder", folder, false)
		w.Must(err)
		w.wait(job)
		got := w.outcomes(list)
		if !strings.Contains(got, "1 added\n2 added\n3 refused catalogue.file_without_name\n4 existed\n5 added\n") {
			w.T.Errorf("outcomes are\n%s", got)
		}
		p := w.list(people.Actor{}, catalogue.Query{})
		if got := names(p); got != "Alpha, Beta, Inner" {
			w.T.Errorf("the list is %q", got)
		}
		inner, err := w.Commons.BySlug(ctx, admin, "inner")
		w.Must(err)
		if len(inner.Homes) != 0 {
			w.T.Error("a file may not lead inside the machine's network")
		}
		revisions := w.revisions()
		third, job, err := w.Cat.ImportFolder(ctx, admin, "folder", folder, false)
		w.Must(err)
		w.wait(job)
		if got := w.outcomes(third); strings.Count(got, "existed") != 4 || w.revisions() != revisions {
			w.T.Errorf("the third time: %s, revisions %d, had %d", got, w.revisions(), revisions)
		}
	})
}

func TestTheMostRecentFileOfARepositoryCounts(t *testing.T) {
	each(t, func(w *world) {
		ctx := w.T.Context()
		give := func(files ...string) (list string) {
			folder := fstest.MapFS{}
			for i, text := range files {
				folder[fmt.Sprintf("%02d.yml", i)] = &fstest.MapFile{Data: []byte(text)}
			}
			list, job, err := w.Cat.ImportFolder(ctx, admin, "folder", folder, false)
			w.Must(err)
			w.wait(job)
			return list
		}
		says := func(repository, name, slug string) {
			w.T.Helper()
			c, err := w.Commons.BySlug(ctx, admin, slug)
			if err != nil || c.Name() != name {
				w.T.Errorf("%s is called %q at %s: %v", repository, c.Name(), slug, err)
			}
		}
		file := func(repository, name, more string) string {
			return "name: " + name + "\nurl: https://forge.example.org/x/" + repository + "\n" + more
		}
		files := []string{
			file("a", "x/a", "publiccodeYmlVersion: '0.2'\nlatestReleaseDate: ''\nlastUpdated: 2023-11-28\n"), // of a machine
			file("a", "Alpha", "publiccodeYmlVersion: '0'\nreleaseDate: 2026-08-20\n"),                        // the project's own
			file("a", "Alpha of old", "publiccodeYmlVersion: '0.7.0'\nreleaseDate: 2024-01-01\n"),
			file("b", "x/b", "publiccodeYmlVersion: '0.2'\n"),
			file("b", "Beta", "publiccodeYmlVersion: '0.5.0'\n"),
			file("b", "x/b", "publiccodeYmlVersion: '0.7.0'\n"),
			file("b", "Beta too", "publiccodeYmlVersion: '0.5'\n"),
			file("c", "Gamma", "releaseDate: 2026-08-20\n"),
			file("c", "Gamma to come", "releaseDate: 2126-08-20\n"),
		}
		list := give(files...)
		if got, want := w.outcomes(list), "1 added\n2 updated\n3 existed\n4 added\n5 updated\n6 existed\n7 existed\n8 added\n9 existed\n"; got != want {
			w.T.Errorf("outcomes are\n%s", got)
		}
		says("a", "Alpha", "alpha")
		says("b", "Beta", "beta")
		says("c", "Gamma", "gamma")
		revisions := w.revisions()
		give(files...)
		give(files[0], files[3], files[1])
		if w.revisions() != revisions {
			w.T.Error("the same files again changed something")
		}
		lines, err := w.Cat.Lines(ctx, admin, give(files[2]), "", 0)
		w.Must(err)
		if n := len(lines[0].Remarks); n == 0 || lines[0].Remarks[n-1].Code != "catalogue.remark.older_file" {
			w.T.Errorf("an older file is told %+v", lines[0].Remarks)
		}
		give(file("a", "Alpha 2", "publiccodeYmlVersion: '0'\nreleaseDate: 2026-08-20\n")) // of the same age, given later: it was mended
		says("a", "Alpha 2", "alpha")
	})
}

// revisions is the sum of all revisions of commons: it grows with every change.
func (w *world) revisions() int64 {
	w.T.Helper()
	list, err := w.Commons.All(w.T.Context(), "", 1000)
	w.Must(err)
	var n int64
	for _, c := range list {
		n += c.Revision
	}
	return n
}

func TestARepositorysOwnWordStandsBeforeAListsFile(t *testing.T) {
	each(t, func(w *world) {
		ctx := w.T.Context()
		c := w.add(newRepo(w.T).commit(map[string]string{"publiccode.yml": "name: Its own\n"}).dir)
		w.Must(catalogue.Rehome(ctx, w.Cat, c.ID, "https://forge.example.org/x/own"))
		folder := fstest.MapFS{"a.yml": {Data: []byte("name: What others say\nurl: https://forge.example.org/x/own\n")}}
		list, job, err := w.Cat.ImportFolder(ctx, admin, "folder", folder, false)
		w.Must(err)
		w.wait(job)
		if got := w.outcomes(list); got != "1 existed\n" {
			w.T.Errorf("outcomes are %s", got)
		}
		w.want(w.get(c.ID), [4]string{"name", "Its own", "publiccode", "publiccode.yml:1"})
	})
}

// TestRealFiles reads the files that COMMUN_DATA names (a folder with publiccode/, as described there), all of which must come in but those that
// say neither name nor address.
func TestRealFiles(t *testing.T) {
	data := os.Getenv("COMMUN_DATA")
	if data == "" {
		t.Skip("COMMUN_DATA is not set: real files are not tried")
	}
	for _, c := range []struct {
		folder      string
		came, notIn int
	}{{"publiccode", 59 + 40, 0}} {
		each(t, func(w *world) {
			ctx := w.T.Context()
			begun := time.Now()
			list, job, err := w.Cat.ImportFolder(ctx, admin, c.folder, os.DirFS(data+"/"+c.folder), false)
			w.Must(err)
			if r := w.wait(job); r.State != jobs.Done {
				w.T.Fatalf("job is %s: %+v", r.State, r.Fault)
			}
			took := time.Since(begun)
			st, err := w.Cat.ListStatus(ctx, admin, list)
			w.Must(err)
			lines, err := w.Cat.Lines(ctx, admin, list, "", 0)
			w.Must(err)
			remarks, all, fields := 0, 0, map[string]int{}
			for _, l := range lines {
				remarks += len(codes(l.Remarks))
				all += len(l.Remarks)
				if l.Outcome == catalogue.OutcomeRefused {
					w.T.Logf("%s: %+v", l.Text, l.Fault)
				}
			}
			every, err := w.Commons.All(ctx, "", 1000)
			w.Must(err)
			for _, x := range every {
				for _, f := range []string{"name", "licence", "stage", "kind", "stewards", "maintainers", "countries"} {
					if _, ok := x.Best(f, ""); ok {
						fields[f]++
					}
				}
				if len(x.Langs("summary")) > 0 {
					fields["summary"]++
				}
				if len(x.Langs("description")) > 0 {
					fields["description"]++
				}
			}
			revisions := w.revisions()
			_, job, err = w.Cat.ImportFolder(ctx, admin, c.folder, os.DirFS(data+"/"+c.folder), false)
			w.Must(err)
			w.wait(job)
			if w.revisions() != revisions {
				w.T.Errorf("the second time changed something: revisions %d, had %d", w.revisions(), revisions)
			}
			w.T.Logf("%d files in %v: %v; %d commons with %v; %d remarks of ours, %d in all", len(lines), took, st.Outcomes, len(every), fields, remarks, all)
			if st.Outcomes[catalogue.OutcomeRefused] > c.notIn {
				w.T.Errorf("%d refused", st.Outcomes[catalogue.OutcomeRefused])
			}
		})
	}
}

// TestALargeListIsQuick prints how long 2,000 files take; no time fails it.
func TestALargeListIsQuick(t *testing.T) {
	if testing.Short() {
		t.Skip("a measurement")
	}
	each(t, func(w *world) {
		folder := fstest.MapFS{}
		for i := range 500 {
			folder[fmt.Sprintf("%04d.yml", i)] = &fstest.MapFile{Data: []byte(strings.NewReplacer("umap/umap", fmt.Sprint("x/", i), "uMap", fmt.Sprint("Commun ", i%50)).Replace(publicCode))}
		}
		begun := time.Now()
		list, job, err := w.Cat.ImportFolder(w.T.Context(), admin, "large", folder, false)
		w.Must(err)
		w.wait(job)
		st, err := w.Cat.ListStatus(w.T.Context(), admin, list)
		w.Must(err)
		w.T.Logf("500 files in %v: %v", time.Since(begun), st.Outcomes)
		if st.Outcomes[catalogue.OutcomeAdded] != 500 {
			w.T.Errorf("outcomes are %v", st.Outcomes)
		}
		if p := w.list(people.Actor{}, catalogue.Query{}); p.Total != 500 || p.Facets["licence"]["AGPL-3.0"] != 500 {
			w.T.Errorf("the list has %d, %v", p.Total, p.Facets["licence"])
		}
		if _, err := w.Commons.ByHome(w.T.Context(), admin, "forge.example.org/x/499"); err != nil {
			w.T.Error(err)
		}
	})
}
