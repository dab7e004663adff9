package githistory_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"commun/engines/githistory"
	"commun/engines/githistory/gitexec"
	"commun/engines/githistory/internal/fastimport"
)

type (
	commit = fastimport.Commit
	file   = fastimport.File
)

const (
	ana = "Ana <ana@town.example.fr>"
	bea = "Bea <bea@region.example.eu>"
	cy  = "Cy <cy@gmail.com>"
)

// read measures a repository and holds it to git's own counts, as every repository must be.
func read(t *testing.T, dir string, opts githistory.Options) (*githistory.History, *githistory.Result) {
	t.Helper()
	git, err := gitexec.OpenExact(dir)
	if err != nil {
		t.Fatal(err)
	}
	h, err := githistory.Read(context.Background(), git, opts)
	if err != nil {
		t.Fatal(err)
	}
	rep, err := githistory.Check(context.Background(), git, h)
	if err != nil {
		t.Fatal(err)
	}
	for _, l := range rep.Lines {
		if !l.Equal() {
			t.Errorf("%s: git says %d, we say %d %s", l.Figure, l.Git, l.Ours, l.Detail)
		}
	}
	res := h.Measure(githistory.View{})
	if (rep.Unchecked != "") != (res.Missing.Commits > 0) {
		t.Errorf("git could not count (%q), yet %d commits are missing", rep.Unchecked, res.Missing.Commits)
	}
	return h, res
}

func TestAHistoryOfEveryShapeIsMeasuredAsGitDoes(t *testing.T) {
	r := fastimport.New(t)
	one := r.Add(commit{Author: ana, Date: "1704110400 +0000", Files: []file{{Path: "a", Text: fastimport.Lines("a", 10)}}})
	two := r.Add(commit{Author: bea, Date: "1704196800 +0000", Parents: []int{one}, Files: []file{{Path: "b", Text: "b\n"}}})
	left := r.Add(commit{Author: ana, Date: "1704283200 +0000", Branch: "left", Parents: []int{two}, Files: []file{{Path: "l", Text: "l\n"}}})
	right := r.Add(commit{Author: cy, Date: "1704369600 +0000", Branch: "right", Parents: []int{two}, Files: []file{{Path: "r\nr\tr", Text: "r\n"}}})
	root := r.Add(commit{Author: cy, Date: "1704369600 +0000", Branch: "other", Root: true, Files: []file{{Path: "o", Text: "o\n"}}})
	octopus := r.Add(commit{Author: ana, Date: "1704456000 +0000", Parents: []int{two, left, right, root}})
	r.Add(commit{Author: ana, Date: "1704456001 +0000", Parents: []int{octopus}}) // empty
	r.Add(commit{Author: bea, Date: "1704456002 +0000", Files: []file{{Path: "a", Delete: true}, {Path: "moved", Text: fastimport.Lines("a", 10)}}})
	r.Add(commit{Author: bea, Date: "1704456003 +0000", Files: []file{{Path: "binary", Text: "\x00\x01\x02"}, {Path: "link", Text: "a", Mode: "120000"},
		{Path: "sub", Text: strings.Repeat("1", 40), Mode: "160000"}, {Path: "run", Text: "#!\n", Mode: "100755"}}})
	_, res := read(t, r.Write(), githistory.Options{})

	repo := res.Repository
	if repo.Commits != 9 || repo.CommitsNoMerges != 8 || repo.Merges != 1 || repo.Roots != 2 || repo.Contributors != 3 {
		t.Errorf("repository: %+v", repo)
	}
	if got := repo.First.Format(time.RFC3339) + " " + repo.Last.Format(time.RFC3339); got != "2024-01-01T12:00:00Z 2024-01-05T12:00:03Z" {
		t.Errorf("first and last: %s", got)
	}
	// Without renames a moved file is 10 lines away and 10 lines there; a link is a file of one line, and so is a
	// submodule's commit.
	want := []struct {
		name           string
		commits        int
		added, deleted int64
	}{{"Ana", 3, 11, 0}, {"Bea", 3, 1 + 10 + 3, 10}, {"Cy", 2, 2, 0}}
	for i, w := range want {
		c := res.Contributors[i]
		if c.Name != w.name || c.Commits != w.commits || c.Added != w.added || c.Deleted != w.deleted {
			t.Errorf("contributor %d: %+v, want %+v", i, c, w)
		}
	}
	if w := res.Windows.All; w.AbsenceFactor.Commits != 2 || w.ElephantFactor.Commits != 1 || w.ElephantFactor.UnknownShare != 0.25 {
		t.Errorf("window all: %+v", w)
	}
	if len(res.Months) != 1 || res.Months[0] != (githistory.Month{Month: "2024-01", Active: 3, New: 3, Commits: 8, Added: 27, Deleted: 10}) {
		t.Errorf("months: %+v", res.Months)
	}
}

func TestWhatAnAuthorsLineCanHold(t *testing.T) {
	object := func(author string) string {
		return "tree 4b825dc642cb6eb9a060e54bf8d69288fbee4904\nauthor " + author + "\ncommitter X <x@example.org> 1700000000 +0000\n\nx\n"
	}
	for _, c := range []struct{ rule, author, name string }{
		{"a name may hold a <", "A < B <ab@x.fr> 1700000000 +0000", "A"},
		{"an address may be empty", "No Mail <> 1700000000 +0000", "No Mail"},
		{"a name may be empty", "<only@x.fr> 1700000000 +0000", ""},
		{"Latin-1 without a header is shown as Latin-1", "Jos\xe9 <jose@x.fr> 1700000000 +0000", "José"},
		{"a name may be half a character", "Zo\xc3 <z@x.fr> 1700000000 +0000", "ZoÃ"},
		{"a line without a date is a commit all the same", "Dateless <d@x.fr>", "Dateless"},
		{"a line that is no author's is a commit of nobody", "garbage", ""},
		{"a terminal's escape is taken out of a name", "E\x1b[31mvil <e@x.fr> 1700000000 +0000", "E[31mvil"},
		{"text cannot be turned around", "A\u202eB <ab@x.fr> 1700000000 +0000", "AB"},
		{"a name of 10,000 letters is kept", strings.Repeat("n", 100_000) + " <n@x.fr> 1700000000 +0000", strings.Repeat("n", 100_000)},
	} {
		t.Run(c.rule, func(t *testing.T) {
			r := fastimport.New(t)
			r.Git("hash-object", "-t", "tree", "-w", os.DevNull)
			r.Raw(object(c.author))
			_, res := read(t, r.Dir, githistory.Options{})
			if len(res.Contributors) != 1 || res.Contributors[0].Name != c.name {
				t.Fatalf("contributors: %+.200v", res.Contributors)
			}
			if text, err := json.Marshal(res); err != nil || bytes.Contains(text, []byte("@")) {
				t.Errorf("JSON %v shows an address, or fails", err)
			}
		})
	}
	t.Run("a declared encoding is honoured", func(t *testing.T) {
		r := fastimport.New(t)
		r.Add(commit{Author: "Jos\xe9 <jose@x.fr>", Encoding: "ISO-8859-1"})
		r.Add(commit{Author: "José <jose@x.fr>"})
		if _, res := read(t, r.Write(), githistory.Options{}); len(res.Contributors) != 1 || res.Contributors[0].Name != "José" {
			t.Errorf("contributors: %+v", res.Contributors)
		}
	})
}

func TestDatesThatCannotBe(t *testing.T) {
	for _, c := range []struct{ rule, date, month string }{
		{"the first second of 1970 is a date", "0 +0000", "1970-01"},
		{"the year 2100 is a date", "4102444800 +0000", "2100-01"},
		{"a negative date is none", "-1000 +0000", ""},
		{"a date past the year 9999 is none", "999999999999999 +0000", ""},
		{"a number too large for a date is git's 1970", "99999999999999999999999999 +0000", "1970-01"},
		{"a zone beyond the world is no zone", "1700000000 +051800", "2023-11"},
		{"months are UTC's", "1701388799 -0800", "2023-11"},
	} {
		t.Run(c.rule, func(t *testing.T) {
			r := fastimport.New(t)
			r.Git("hash-object", "-t", "tree", "-w", os.DevNull)
			r.Raw("tree 4b825dc642cb6eb9a060e54bf8d69288fbee4904\nauthor A <a@x.fr> " + c.date + "\ncommitter A <a@x.fr> " + c.date + "\n\nx\n")
			_, res := read(t, r.Dir, githistory.Options{})
			var month string
			if len(res.Months) > 0 {
				month = res.Months[0].Month
			}
			undated := map[bool]int{true: 1}[c.month == ""]
			if month != c.month || res.Repository.Undated != undated || res.Windows.All.Commits != 1 {
				t.Errorf("month %q undated %d all %d", month, res.Repository.Undated, res.Windows.All.Commits)
			}
			if _, err := json.Marshal(res); err != nil {
				t.Error(err)
			}
		})
	}
	t.Run("a wrong clock adds no thousand empty months, and is in no recent window", func(t *testing.T) {
		r := fastimport.New(t)
		r.Add(commit{Date: "0 +0000"})
		r.Add(commit{Date: "4102444800 +0000"})
		r.Add(commit{Date: "1704110400 +0000"})
		_, res := read(t, r.Write(), githistory.Options{})
		if len(res.Months) > 20 || res.Windows.Year.Commits != 1 || res.Windows.All.Commits != 3 {
			t.Errorf("%d months, %d and %d commits", len(res.Months), res.Windows.Year.Commits, res.Windows.All.Commits)
		}
	})
}

func TestMailmapInEveryFormIsGits(t *testing.T) {
	r := fastimport.New(t)
	for i, who := range []string{"Old <old@x.fr>", "OLD <OLD@x.fr>", "joe <bugs@x.fr>", "jane <bugs@x.fr>", "Same <same@x.fr>", "Kept <kept@x.fr>"} {
		r.Add(commit{Author: who, Date: fmt.Sprintf("%d +0000", 1704110400+i), Files: []file{{Path: "f", Text: fmt.Sprint(i)}}})
	}
	mailmap := strings.Join([]string{
		"# a comment", "New Name <old@x.fr>", // name by address
		"<right@x.fr> <same@x.fr>",             // address by address
		"Joe R <joe@x.fr> Joe <bugs@x.fr>",     // name and address by name and address
		"Jane D. <jane@x.fr> JANE <BUGS@x.fr>", // case does not count
		"",
	}, "\n")
	r.Add(commit{Author: ana, Files: []file{{Path: ".mailmap", Text: mailmap}}})
	h, res := read(t, r.Write(), githistory.Options{})
	names := map[string]string{}
	for _, c := range res.Contributors {
		names[c.Email] = c.Name
	}
	for _, who := range []string{"Old <old@x.fr>", "joe <bugs@x.fr>", "jane <bugs@x.fr>", "Same <same@x.fr>", "Kept <kept@x.fr>"} {
		want := r.Git("check-mailmap", who)
		name, email, _ := strings.Cut(want, " <")
		if names[strings.TrimSuffix(email, ">")] != name {
			t.Errorf("%s: git says %s, contributors are %v", who, want, names)
		}
	}

	// .mailmap changes in a new commit: all are grouped anew, no line is counted twice or lost.
	r.Add(commit{Author: ana, Files: []file{{Path: ".mailmap", Text: "Ana <ana@town.example.fr> <old@x.fr>\n"}}})
	_, again := read(t, r.Write(), githistory.Options{Previous: h})
	if again.Rewritten || again.Contributors[0].Name != "Ana" || again.Contributors[0].Commits != 4 {
		t.Errorf("after a new .mailmap: %+v", again.Contributors)
	}
}

func TestAddressesOfOtherHashesAreRead(t *testing.T) {
	if out, err := exec.Command("git", "init", "--object-format=sha256", t.TempDir()).CombinedOutput(); err != nil {
		t.Skipf("this git makes no SHA-256 repositories: %s", out)
	}
	r := fastimport.New(t, "--object-format=sha256")
	r.Add(commit{Author: ana, Files: []file{{Path: "a", Text: "1\n2\n"}}})
	r.Add(commit{Author: bea, Files: []file{{Path: "a", Text: "1\n"}}})
	h, res := read(t, r.Write(), githistory.Options{})
	if len(h.Head) != 64 || res.Windows.All.Added != 2 || res.Windows.All.Deleted != 1 {
		t.Errorf("%s %+v", h.Head, res.Windows.All)
	}
}

func TestReleasesAreReadFromTags(t *testing.T) {
	r := fastimport.New(t)
	m := r.Add(commit{Date: "1704110400 +0000"})
	r.Tag("v1.0.0", m)
	r.Tag("nightly", m)
	m = r.Add(commit{Date: "1704974400 +0000"}) // ten days later
	r.Tag("v1.1.0-rc.1", m)
	m = r.Add(commit{Date: "1705838400 +0000"}) // twenty
	r.Tag("v1.1.0", m)
	r.Tag("v1.0.1", m)
	r.Write()
	r.Git("tag", "v9.0.0", r.Git("hash-object", "-w", os.DevNull)) // a file has no date
	_, res := read(t, r.Dir, githistory.Options{})
	var tags []string
	for _, rel := range res.Releases {
		tags = append(tags, rel.Tag+"/"+rel.Line)
	}
	if got := strings.Join(tags, " "); got != "v1.0.0/1.0 v1.1.0-rc.1/1.1 v1.0.1/1.0 v1.1.0/1.1" {
		t.Error(got)
	}
	if want := (githistory.Rhythm{Releases: 3, Lines: 2, Days: 20, LineDays: 20, DaysWithinLines: 20}); res.Rhythm != want {
		t.Errorf("%+v", res.Rhythm)
	}
}

func TestWhatIsNoRepositoryIsSaid(t *testing.T) {
	empty := fastimport.New(t)
	noBranch := fastimport.New(t)
	noBranch.Add(commit{Branch: "develop"})
	noBranch.Write()
	inside := filepath.Join(noBranch.Dir, "objects", "inside")
	if err := os.MkdirAll(inside, 0o755); err != nil {
		t.Fatal(err)
	}
	whole := fastimport.New(t)
	whole.Add(commit{})
	whole.Write()
	noCommit := fastimport.New(t)
	noCommit.Add(commit{})
	noCommit.Add(commit{Files: []file{{Path: "a", Text: "a\n"}}})
	noCommit.Write()
	noCommit.Git("repack", "-adq")
	damagePacks(t, noCommit.Dir)
	f := filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(f, nil, 0o644); err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		rule, path, ref string
		want            error
	}{
		{"nothing there", filepath.Join(t.TempDir(), "nowhere"), "", githistory.ErrNotRepository},
		{"a file", f, "", githistory.ErrNotRepository},
		{"a folder", t.TempDir(), "", githistory.ErrNotRepository},
		{"a folder inside another's repository", inside, "", githistory.ErrNotRepository},
		{"no commit yet", empty.Dir, "", githistory.ErrEmpty},
		{"HEAD's branch is not there", noBranch.Dir, "", githistory.ErrNoBranch},
		{"an unknown branch", whole.Dir, "nope", githistory.ErrUnknownRef},
		{"a branch that would be an option", whole.Dir, "--all", githistory.ErrUnknownRef},
		{"a range", whole.Dir, "main..main", githistory.ErrUnknownRef},
		{"a damaged pack", noCommit.Dir, "", githistory.ErrCorrupt},
	} {
		t.Run(c.rule, func(t *testing.T) {
			git, err := gitexec.OpenExact(c.path)
			if err == nil {
				_, err = githistory.Read(context.Background(), git, githistory.Options{Ref: c.ref})
			}
			if !errors.Is(err, c.want) {
				t.Errorf("got %v, want %v", err, c.want)
			}
		})
	}
}

// damagePacks overwrites the middle of every pack, where its objects are.
func damagePacks(t *testing.T, dir string) {
	t.Helper()
	packs, err := filepath.Glob(filepath.Join(dir, "objects/pack/*.pack"))
	if err != nil || len(packs) == 0 {
		t.Fatal("no pack to damage")
	}
	for _, p := range packs {
		b, err := os.ReadFile(p)
		if err != nil {
			t.Fatal(err)
		}
		for i := 12; i < len(b)-20; i++ {
			b[i] ^= 0xff
		}
		if err := os.Chmod(p, 0o644); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(p, b, 0o644); err != nil {
			t.Fatal(err)
		}
	}
}

func TestAnEndedContextEndsTheReading(t *testing.T) {
	r := fastimport.New(t)
	for i := range 50 {
		r.Add(commit{Files: []file{{Path: "a", Text: fastimport.Lines("a", i)}}})
	}
	git, err := gitexec.OpenExact(r.Write())
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	_, err = githistory.Read(ctx, git, githistory.Options{Early: func(*githistory.History) { cancel() }})
	if !errors.Is(err, context.Canceled) {
		t.Errorf("got %v", err)
	}
}

func TestFiguresWithoutLinesComeFirst(t *testing.T) {
	r := fastimport.New(t)
	for i := range 700 {
		r.Add(commit{Author: []string{ana, bea}[i%2], Date: fmt.Sprintf("%d +0000", 1704110400+i), Files: []file{{Path: "a", Text: fmt.Sprint(i, "\n")}}})
	}
	var early *githistory.Result
	var phases []githistory.Progress
	_, res := read(t, r.Write(), githistory.Options{
		Early:    func(h *githistory.History) { early = h.Measure(githistory.View{}) },
		Progress: func(p githistory.Progress) { phases = append(phases, p) },
	})
	if early == nil || !early.LinesPending || early.Windows.All.Commits != 700 || early.Windows.All.Added != 0 || early.Windows.All.AbsenceFactor.Commits != 1 {
		t.Errorf("early: %+v", early)
	}
	if res.LinesPending || res.Windows.All.Added != 700 || res.Windows.All.Deleted != 699 {
		t.Errorf("later: %+v", res.Windows.All)
	}
	if last := phases[len(phases)-1]; last != (githistory.Progress{Phase: githistory.PhaseLines, Done: 700, Total: 700}) {
		t.Errorf("the last progress is %+v", last)
	}
}

func TestSinceLimitsContributorsAndMonthsOnly(t *testing.T) {
	r := fastimport.New(t)
	r.Add(commit{Author: ana, Date: "1704110400 +0000"}) // January
	r.Add(commit{Author: bea, Date: "1709294400 +0000"}) // March
	h, _ := read(t, r.Write(), githistory.Options{})
	res := h.Measure(githistory.View{Since: time.Date(2024, 2, 1, 0, 0, 0, 0, time.UTC)})
	if res.Repository.Contributors != 2 || len(res.Contributors) != 1 || res.Contributors[0].Name != "Bea" {
		t.Errorf("contributors: %+v", res.Contributors)
	}
	if len(res.Months) != 1 || res.Months[0].Month != "2024-03" || res.Windows.Since.Commits != 1 || res.Windows.Since.NewContributors != 1 {
		t.Errorf("months %+v, since %+v", res.Months, res.Windows.Since)
	}
}

func TestACommitOfAHundredThousandFiles(t *testing.T) {
	if testing.Short() {
		t.Skip("makes 100,000 files")
	}
	r := fastimport.New(t)
	files := make([]file, 100_000)
	for i := range files {
		files[i] = file{Path: fmt.Sprintf("d%d/f%d", i/1000, i), Text: fmt.Sprint(i%1000, "\n")}
	}
	r.Add(commit{Files: files})
	r.Add(commit{Author: bea, Date: "1704110401 +0000", Files: []file{{Path: "d0/f0", Text: "other\n"}}})
	if _, res := read(t, r.Write(), githistory.Options{}); res.Windows.All.Added != 100_001 || res.Windows.All.Deleted != 1 {
		t.Errorf("%+v", res.Windows.All)
	}
}

func TestTheProjectsOwnHistoryEqualsGits(t *testing.T) {
	git, err := gitexec.Open(".")
	if err != nil {
		t.Fatal(err)
	}
	h, err := githistory.Read(context.Background(), git, githistory.Options{})
	if errors.Is(err, githistory.ErrNotRepository) || errors.Is(err, githistory.ErrEmpty) {
		t.Skipf("the project's own history is not here: %v", err)
	}
	if err != nil {
		t.Fatal(err)
	}
	rep, err := githistory.Check(context.Background(), git, h)
	if err != nil {
		t.Fatal(err)
	}
	if !rep.Equal() {
		t.Errorf("%+v", rep.Lines)
	}
}
