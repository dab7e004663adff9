package app_test

import (
	"bytes"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"commun/internal/platform/gitrepo"
	"commun/internal/platform/i18n"
)

// bomb is a YAML document of a few hundred bytes that stands for billions of words.
func bomb() string {
	var b strings.Builder
	b.WriteString("publiccodeYmlVersion: '0.4'\na0: &a0 [lol]\n")
	for n := 1; n < 12; n++ {
		fmt.Fprintf(&b, "a%d: &a%d [%s]\n", n, n, strings.TrimSuffix(strings.Repeat(fmt.Sprintf("*a%d, ", n-1), 9), ", "))
	}
	return b.String() + "name: *a11\n"
}

// hard are publiccode.yml files that are hard on who reads them.
var hard = []struct{ rule, file string }{
	{"a bomb of aliases", bomb()},
	{"brackets within brackets", "name: " + strings.Repeat("[", 200_000)},
	{"mappings within mappings", strings.Repeat("{a: ", 100_000)},
	{"sixty thousand keys", func() string {
		var b strings.Builder
		for n := range 60_000 {
			fmt.Fprintf(&b, "k%d: %d\n", n, n)
		}
		return b.String()
	}()},
	{"one key that is a megabyte less one", strings.Repeat("k", 1<<20-3) + ": 1"},
	{"quotes that never end", `name: "` + strings.Repeat(`\`, 500_000)},
	{"indented ever deeper", func() string {
		var b strings.Builder
		for n := range 1400 {
			b.WriteString(strings.Repeat(" ", n) + "a:\n")
		}
		return b.String()
	}()},
	{"an anchor that names itself", "a: &a [*a]\nname: *a\n"},
	{"a merge of itself", "a: &a\n  <<: *a\nname: x\n"},
	{"no text at all", "\x00\x01\x02\xff\xfe"},
	{"nothing", ""},
	{"a list in the place of keys", "- a\n- b\n"},
	{"three documents", "name: one\n---\nname: two\n---\nname: three\n"},
	{"tabs", "\tname:\tx\n"},
	{"numbers in the place of words", "name: 12\nurl: 3.5\nplatforms: 7\ndescription: 9\nlegal: [1]\n"},
}

// TestAPublicCodeFileThatIsHardToRead never fails an import: the repository comes in, described by what else it has, and the page says what is
// wrong with the file.
func TestAPublicCodeFileThatIsHardToRead(t *testing.T) {
	t.Parallel()
	i := newInstance(t)
	i.start()
	admin := i.admin()
	jobs := make([]added, len(hard))
	for n, c := range hard {
		s := newSource(t).commit("publiccode.yml", c.file, "README.md", "# Still here\n\nThe readme says what this is.\n")
		jobs[n] = i.give(admin, s.dir)
	}
	for n, c := range hard {
		t.Run(c.rule, func(t *testing.T) {
			if j := i.outcome(admin, jobs[n].Job); j.State != "done" {
				t.Fatalf("the import is %s: %s", j.State, j.Why)
			}
			for _, lang := range langs {
				page := i.send(i.visitor(), lang, http.MethodGet, "/commons/"+jobs[n].Commons.ID, nil)
				if page.status != http.StatusOK || !strings.Contains(page.text, "The readme says what this is.") {
					t.Errorf("%s: the page (%d) does not show what the readme says", lang, page.status)
				}
				problems := i.send(admin, lang, http.MethodGet, "/api/commons/"+jobs[n].Commons.ID+"/problems", nil)
				if problems.status != http.StatusOK || !strings.Contains(problems.text, `"severity":"error"`) {
					t.Errorf("%s: no error is told: %s", lang, problems.text)
				}
			}
			out, errs, status := command(t, c.file, nil, "publiccode", "check", "--json", "-")
			if status != 1 || errs != "" || !strings.Contains(out, `"valid":false`) {
				t.Errorf("the command exits with %d: %.300s%s", status, out, errs)
			}
		})
	}
	i.kill()
	i.verify()
}

// TestAFileThatIsFarTooLarge is neither read nor in the way: its size is known before a byte of it is taken.
func TestAFileThatIsFarTooLarge(t *testing.T) {
	t.Parallel()
	i := newInstance(t)
	i.start()
	admin := i.admin()
	s := newSource(t)
	large := strings.Repeat("name: "+strings.Repeat("x", 74)+"\n", 60<<20/81)
	s.commit("publiccode.yml", large, "README.md", "# Heavy\n\nThe readme is light.\n")
	a := i.give(admin, s.dir)
	if j := i.outcome(admin, a.Job); j.State != "done" {
		t.Fatalf("the import is %s: %s", j.State, j.Why)
	}
	for _, lang := range langs {
		page := i.send(i.visitor(), lang, http.MethodGet, "/commons/"+a.Commons.ID, nil)
		want, _, _ := strings.Cut(sentence(t, lang, "catalogue.remark.too_large", i18n.Args{"path": "publiccode.yml", "limit": int64(1 << 20)}), "(")
		if !strings.Contains(page.text, want) || !strings.Contains(page.text, "The readme is light.") {
			t.Errorf("%s: the page does not say %q", lang, want)
		}
	}

	// two gigabytes that take no room on the disk
	sparse := filepath.Join(t.TempDir(), "publiccode.yml")
	f, err := os.Create(sparse)
	if err == nil {
		err = f.Truncate(2 << 30)
	}
	if err == nil {
		err = f.Close()
	}
	if err != nil {
		t.Fatal(err)
	}
	out, errs, status := command(t, "", nil, "publiccode", "check", "--json", sparse)
	if status != 1 || errs != "" || !strings.Contains(out, `"valid":false`) || strings.Count(out, "\n") != 1 {
		t.Errorf("the command exits with %d: %.300s%s", status, out, errs)
	}
	folder := filepath.Dir(sparse)
	out, errs, status = command(t, "", nil, "import", "--data", i.data, folder)
	if want := sentence(t, "en", gitrepo.KeyFileTooLarge, i18n.Args{"path": "publiccode.yml", "size": int64(1<<20 + 1), "limit": int64(1 << 20)}); status != 1 ||
		!strings.Contains(out, "publiccode.yml:") && !strings.Contains(out, want) || !strings.Contains(out, "1 refused") {
		t.Errorf("importing it exits with %d: %s%s", status, out, errs)
	}
}

// TestAHistoryOfBrokenDatesAndEncodings is taken as it is: no commit of it is in the way of any page.
func TestAHistoryOfBrokenDatesAndEncodings(t *testing.T) {
	t.Parallel()
	i := newInstance(t)
	i.start()
	admin := i.admin()
	s := newSource(t).commit("README.md", "# D\xe9partement\n\nDonn\xe9es publiques, en latin-1.\n")
	tree, parent := s.git(nil, "rev-parse", "HEAD^{tree}"), s.git(nil, "rev-parse", "HEAD")
	for _, who := range []string{
		"Ada <ada@example.org> 0 +0000",
		"Ada <ada@example.org> 99999999999 +0000",
		"Ada <ada@example.org> 9223372036854775807 +0000",
		"Ada <ada@example.org> 18446744073709551616 +0000",
		"Ada <ada@example.org> -1 +0000",
		"Ada <ada@example.org> 1700000000 +9999",
		"Ada <ada@example.org> 1700000000 -2400",
		"Ada <ada@example.org> notadate",
		"Ada <ada@example.org>",
		"\xc9lo\xefse <eloise@example.org> 1700000000 +0100",
		"<> 1700000000 +0000",
		"Ada <<ada@example.org>> 1700000000 +0000",
		"\u202Eada <\u202Eada@example.org> 1700000000 +0000",
		"<script>alert(1)</script> <x@example.org> 1700000000 +0000",
		strings.Repeat("n", 10_000) + " <long@example.org> 1700000000 +0000",
	} {
		commit := "tree " + tree + "\nparent " + parent + "\nauthor " + who + "\ncommitter " + who + "\nencoding ISO-8859-1\n\n\xc9t\xe9 \x01\x02\n"
		parent = s.git([]byte(commit), "hash-object", "-t", "commit", "-w", "--literally", "--stdin")
	}
	s.git(nil, "update-ref", "refs/heads/main", parent)
	s.git([]byte("object "+parent+"\ntype commit\ntag v1.0\ntagger Ada <ada@example.org> 99999999999999 +0000\n\nx\n"), "hash-object", "-t", "tag", "-w", "--literally", "--stdin")
	s.git(nil, "tag", "v9.9.9-\u202Eevil")
	a := i.give(admin, s.dir)
	if j := i.outcome(admin, a.Job); j.State != "done" {
		t.Fatalf("the import is %s: %s", j.State, j.Why)
	}
	i.idle(admin)
	for _, lang := range langs {
		page := i.send(i.visitor(), lang, http.MethodGet, "/commons/"+a.Commons.ID, nil)
		if page.status != http.StatusOK || !strings.Contains(page.text, "Données publiques, en latin-1.") {
			t.Errorf("%s: the page (%d) does not show the readme", lang, page.status)
		}
		if strings.Contains(page.raw, "<script>alert") || strings.ContainsRune(page.raw, '\u202E') {
			t.Errorf("%s: what a commit holds reaches the page raw", lang)
		}
	}
	var measured struct {
		Windows map[string]any `json:"windows"`
	}
	i.must(admin, http.MethodGet, "/api/commons/"+a.Commons.ID+"/vitality", nil, &measured)
	if _, errs, status := command(t, "", nil, "vitality", "--json", s.dir); status != 0 {
		t.Errorf("commun vitality exits with %d: %s", status, errs)
	}
	i.kill()
	i.verify()
}

// TestARepositoryThatChangesUnderIt: emptied, rewritten, damaged and mended again, it is said each time and nothing that was known is lost.
func TestARepositoryThatChangesUnderIt(t *testing.T) {
	t.Parallel()
	i := newInstance(t)
	i.start()
	admin := i.admin()
	s := newSource(t).commit("README.md", "# Before\n\nAs it was before.\n").commit("a", "1").commit("b", "2")
	a := i.give(admin, s.dir)
	if j := i.outcome(admin, a.Job); j.State != "done" {
		t.Fatalf("the import is %s: %s", j.State, j.Why)
	}
	refresh := func() job {
		t.Helper()
		var r struct{ Job string }
		i.must(admin, http.MethodPost, "/api/commons/"+a.Commons.ID+"/refresh", nil, &r)
		return i.outcome(admin, r.Job)
	}
	says := func(known, key string, args i18n.Args) {
		t.Helper()
		for _, lang := range langs {
			page := i.send(i.visitor(), lang, http.MethodGet, "/commons/"+a.Commons.ID, nil)
			if page.status != http.StatusOK || !strings.Contains(page.text, known) {
				t.Errorf("%s: the page (%d) does not show %q", lang, page.status, known)
			}
			if want := sentence(t, lang, key, args); !strings.Contains(page.text, want) {
				t.Errorf("%s: the page does not say %q", lang, want)
			}
		}
	}

	s.git(nil, "checkout", "-q", "--orphan", "other")
	s.commit("README.md", "# After\n\nRewritten from its first day.\n")
	s.git(nil, "branch", "-q", "-M", "other", "main")
	if j := refresh(); j.State != "done" {
		t.Fatalf("a history that was rewritten is %s: %s", j.State, j.Why)
	}
	says("Rewritten from its first day.", "catalogue.remark.history_rewritten", nil)

	s.git(nil, "repack", "-a", "-d", "-q")
	packs, err := filepath.Glob(filepath.Join(s.dir, ".git", "objects", "pack", "*.pack"))
	if err != nil || len(packs) != 1 {
		t.Fatal(packs, err)
	}
	whole, err := os.ReadFile(packs[0])
	if err != nil || len(whole) == 0 {
		t.Fatalf("the pack is empty: %v", err)
	}
	s.commit("README.md", "# After\n\nWritten while it was damaged.\n") // something new, so that objects have to come over
	s.git(nil, "repack", "-a", "-d", "-q")
	if packs, err = filepath.Glob(filepath.Join(s.dir, ".git", "objects", "pack", "*.pack")); err != nil || len(packs) != 1 {
		t.Fatal(packs, err)
	}
	if whole, err = os.ReadFile(packs[0]); err != nil {
		t.Fatal(err)
	}
	bad := bytes.Clone(whole)
	for n := 12; n < len(bad)-20; n++ {
		bad[n] ^= 0xA5
	}
	write := func(b []byte) {
		t.Helper()
		if err := os.Chmod(packs[0], 0o600); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(packs[0], b, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	write(bad)
	j := refresh()
	if j.State != "failed" {
		t.Fatalf("a corrupt pack: the import is %s: %s", j.State, j.Why)
	}
	if want := sentence(t, "en", gitrepo.KeyCorrupt, nil); j.Why != want {
		t.Errorf("it says %q, not %q", j.Why, want)
	}
	says("Rewritten from its first day.", gitrepo.KeyCorrupt, nil)
	write(whole)
	var retried job
	i.must(admin, http.MethodPost, "/api/jobs/"+j.ID+"/retry", nil, &retried)
	if j := i.outcome(admin, j.ID); j.State != "done" {
		t.Fatalf("once it is mended the same job is %s: %s", j.State, j.Why)
	}
	for _, lang := range langs {
		page := i.send(i.visitor(), lang, http.MethodGet, "/commons/"+a.Commons.ID, nil)
		if !strings.Contains(page.text, "Written while it was damaged.") || strings.Contains(page.text, sentence(t, lang, gitrepo.KeyCorrupt, nil)) {
			t.Errorf("%s: the page does not show what came in, or still says that it is damaged", lang)
		}
	}

	// our own copy is damaged: nobody notices, it is made anew
	own, err := filepath.Glob(filepath.Join(i.data, "cache", "repositories", a.Commons.ID+".git", "objects", "pack", "*.pack"))
	if err != nil || len(own) == 0 {
		t.Fatal(own, err)
	}
	if err := os.Chmod(own[0], 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.Truncate(own[0], 40); err != nil {
		t.Fatal(err)
	}
	if j := refresh(); j.State != "done" {
		t.Fatalf("a damaged copy: the import is %s: %s", j.State, j.Why)
	}

	s.git(nil, "update-ref", "-d", "refs/heads/main")
	if j := refresh(); j.Why != sentence(t, "en", gitrepo.KeyEmpty, nil) {
		t.Errorf("emptied, it is %s: %s", j.State, j.Why)
	}
	says("Written while it was damaged.", gitrepo.KeyEmpty, nil)
	if err := os.Rename(s.dir, s.dir+".away"); err != nil {
		t.Fatal(err)
	}
	if j := refresh(); j.State != "failed" || j.Why != sentence(t, "en", gitrepo.KeyGone, nil) {
		t.Errorf("gone, it is %s: %s", j.State, j.Why)
	}
	for _, lang := range langs {
		if page := i.send(i.visitor(), lang, http.MethodGet, "/commons/"+a.Commons.ID, nil); !strings.Contains(page.text, sentence(t, lang, "find.gone_text", nil)) ||
			!strings.Contains(page.text, "Written while it was damaged.") {
			t.Errorf("%s: the page does not say that the repository is gone, or lost what was known", lang)
		}
	}
	if left := i.leftovers(); len(left) > 0 {
		t.Errorf("unfinished copies: %v", left)
	}
	i.kill()
	i.verify()
}

// TestAnImportThatIsKilledEndsAfterTheNextStart, once, and its page is whole.
func TestAnImportThatIsKilledEndsAfterTheNextStart(t *testing.T) {
	t.Parallel()
	i := newInstance(t)
	s := newSource(t).commit("README.md", "# Slow\n\nIt takes its time.\n")
	f := newForge(t, s)
	f.how.Store("never")
	i.startWith("--allow-inner", f.host())
	admin := i.admin()
	a := i.give(admin, f.address())
	for deadline := time.Now().Add(20 * time.Second); f.asked.Load() == 0; time.Sleep(10 * time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatal("the import does not begin")
		}
	}
	i.kill()
	f.how.Store("")
	i.startWith("--allow-inner", f.host())
	began := time.Now()
	if j := i.outcome(admin, a.Job); j.State != "done" || j.Failures > 0 {
		t.Fatalf("the import is %s after %d failures: %s", j.State, j.Failures, j.Why)
	}
	if took := time.Since(began); took > 20*time.Second {
		t.Logf("it took %s to begin again", took)
	}
	if n := len(i.ids(admin)); n != 1 {
		t.Errorf("%d commons", n)
	}
	if page := i.send(i.visitor(), "fr", http.MethodGet, "/commons/"+a.Commons.ID, nil); !strings.Contains(page.text, "It takes its time.") {
		t.Error("its page is not whole")
	}
	i.kill()
	i.verify()
}
