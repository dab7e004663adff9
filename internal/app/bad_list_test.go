package app_test

import (
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// TestAListOfGoodAndBadLines comes in the same way with a server and without one: each line that does not come in says why, by its number, and the
// list can be given again.
func TestAListOfGoodAndBadLines(t *testing.T) {
	t.Parallel()
	var sources []string
	for n := range 20 {
		sources = append(sources, newSource(t).commit("README.md", fmt.Sprintf("# Project %d\n\nThe project of number %d.\n", n, n)).dir)
	}
	empty := newSource(t).dir
	var b strings.Builder
	b.WriteString("\ufeff# what we use\r\n\r\n")
	line, good, twice, bad := 2, 0, 0, map[int]string{}
	say := func(text string) { b.WriteString(text + "\r\n"); line++ }
	for n := range 100 {
		s := sources[n%len(sources)]
		switch {
		case n < len(sources):
			say("  " + s + "  ")
			good++
		case n%3 == 0:
			say(s + "/.git")
			twice++
		case n%3 == 1:
			say("file://" + s + "/")
			twice++
		default:
			say("# " + s)
		}
		say("")
		switch n % 4 {
		case 0:
			say(fmt.Sprintf("no address %d", n))
		case 1:
			say(fmt.Sprintf("ftp://example.org/%d", n))
		case 2:
			say(fmt.Sprintf("https://ada:secret%d@forge.example.org/a/b", n))
		default:
			say(strings.Repeat("x", 3000+n))
		}
		bad[line] = "bad"
	}
	say(empty)
	good++ // it comes in, and its line says that there is nothing to read
	if line < 300 {
		t.Fatalf("only %d lines", line)
	}
	list := filepath.Join(t.TempDir(), "list.txt")
	if err := os.WriteFile(list, []byte(b.String()), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, running := range []bool{false, true} {
		t.Run(fmt.Sprintf("server running: %v", running), func(t *testing.T) {
			t.Parallel()
			i := newInstance(t)
			if running {
				i.start()
			}
			out, errs, status := command(t, "", nil, "import", "--data", i.data, list)
			if want := fmt.Sprintf("%d added, 0 updated, %d were there, %d refused\n", good, twice, len(bad)); status != 1 || !strings.Contains(out, want) {
				t.Errorf("it exits with %d, wanted %q: …%s%s", status, want, out[max(0, len(out)-300):], errs)
			}
			for n := range bad {
				if !strings.Contains(out, fmt.Sprintf("%s:%d: ", list, n)) {
					t.Errorf("line %d is not told", n)
				}
			}
			if !strings.Contains(out, fmt.Sprintf("%s:%d: ", list, line)) || !strings.Contains(out, "it has no commit yet") {
				t.Error("the empty repository is not told")
			}
			if strings.Contains(out, "secret") {
				t.Error("a password is shown again")
			}
			again, errs, status := command(t, "", nil, "import", "--data", i.data, list)
			if want := fmt.Sprintf("0 added, 0 updated, %d were there, %d refused\n", good+twice, len(bad)); status != 1 || !strings.Contains(again, want) {
				t.Errorf("given again it exits with %d, wanted %q: …%s%s", status, want, again[max(0, len(again)-300):], errs)
			}
			if !running {
				i.start()
			}
			admin := i.admin()
			// the empty repository came in and was never read: it is in no list until something is known of it
			if n := len(i.ids(admin)); n != good-1 {
				t.Errorf("%d commons are listed, not %d", n, good-1)
			}
			for _, l := range langs {
				page := i.send(admin, l, http.MethodGet, again[strings.LastIndex(again, "/lists/"):len(again)-1], nil)
				if page.status != http.StatusOK || !strings.Contains(page.text, "no address 0") {
					t.Errorf("%s: the page of the list answers %d", l, page.status)
				}
				if strings.Contains(page.text, "secret") {
					t.Errorf("%s: a password is on the page of the list", l)
				}
			}
			i.kill()
			i.verify()
		})
	}
}

// TestAListThatCannotBeTaken is refused whole, with a reason.
func TestAListThatCannotBeTaken(t *testing.T) {
	t.Parallel()
	data, dir := filepath.Join(t.TempDir(), "data"), t.TempDir()
	for _, c := range []struct{ rule, text, says string }{
		{"it is empty", "", "no address"},
		{"it holds comments alone", "# one\n\n# two\n", "no address"},
		{"a line that never ends", "https://example.org/" + strings.Repeat("a", 100<<10), "line"},
		{"it is no text", strings.Repeat("\x00\xff\xfe", 50<<10), "line"},
	} {
		t.Run(c.rule, func(t *testing.T) {
			file := filepath.Join(dir, "list")
			if err := os.WriteFile(file, []byte(c.text), 0o600); err != nil {
				t.Fatal(err)
			}
			out, errs, status := command(t, "", nil, "import", "--data", data, file)
			if status != 2 || out != "" || !strings.Contains(errs, c.says) || strings.Count(errs, "\n") > 1 {
				t.Errorf("it exits with %d: %.200s%.300s", status, out, errs)
			}
		})
	}
	t.Run("a folder without files", func(t *testing.T) {
		if out, errs, status := command(t, "", nil, "import", "--data", data, t.TempDir()); status != 2 || !strings.Contains(errs, "no file in it") {
			t.Errorf("it exits with %d: %s%s", status, out, errs)
		}
	})
}

// TestAListDoesNotWaitForServersThatAreAway: what failed and will be tried again is said at once.
func TestAListDoesNotWaitForServersThatAreAway(t *testing.T) {
	t.Parallel()
	s := newSource(t).commit("README.md", "# Near\n\nThis one is here.\n")
	list := "http://127.0.0.1:1/team/away\n" + s.dir + "\n"
	began := time.Now()
	out, errs, status := command(t, list, []string{"COMMUN_ALLOW_INNER=127.0.0.1:1"}, "import", "--data", filepath.Join(t.TempDir(), "data"), "-")
	if status != 0 || !strings.Contains(out, "-:1: http://127.0.0.1:1/team/away: The server 127.0.0.1 does not answer.") || !strings.Contains(out, "2 added, ") {
		t.Errorf("it exits with %d: %s%s", status, out, errs)
	}
	if took := time.Since(began); took > 45*time.Second { // the next try is a minute away
		t.Errorf("it waited %s", took)
	}
}

// TestAFolderOfFiles comes in without a server and beside one, and again changes nothing.
func TestAFolderOfFiles(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	if err := os.MkdirAll(filepath.Join(dir, "deep", "er"), 0o750); err != nil {
		t.Fatal(err)
	}
	for name, text := range map[string]string{
		"good.yml":        "publiccodeYmlVersion: '0.4'\nname: Good\nurl: https://forge.example.org/a/good\n",
		"deep/er/two.yml": "publiccodeYmlVersion: '0.4'\nname: Two\nurl: https://forge.example.org/a/two\n",
		"twice.yaml":      "publiccodeYmlVersion: '0.4'\nname: Good again\nurl: https://forge.example.org/a/good.git\n",
		"inner.yml":       "publiccodeYmlVersion: '0.4'\nname: Inner\nurl: http://127.0.0.1:1/a/b\n",
		"folder.yml":      "publiccodeYmlVersion: '0.4'\nname: Folder\nurl: file:///etc\n",
		"bomb.yml":        bomb(),
		"empty.yml":       "",
		"nameless.yml":    "legal: {license: MIT}\n",
		"readme.txt":      "no file of ours",
	} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.Symlink("/etc/passwd", filepath.Join(dir, "link.yml")); err != nil {
		t.Fatal(err)
	}
	i := newInstance(t)
	out, errs, status := command(t, "", nil, "import", "--data", i.data, dir)
	if want := "4 added, 0 updated, 1 were there, 4 refused\n"; status != 1 || !strings.Contains(out, want) {
		t.Errorf("it exits with %d, wanted %q: %s%s", status, want, out, errs)
	}
	if strings.Contains(out, "root:") {
		t.Error("what a link leads to is told")
	}
	i.start()
	again, errs, status := command(t, "", nil, "import", "--data", i.data, dir)
	if want := "0 added, 0 updated, 5 were there, 4 refused\n"; status != 1 || !strings.Contains(again, want) {
		t.Errorf("given again it exits with %d, wanted %q: %s%s", status, want, again, errs)
	}
	admin := i.admin()
	if list := i.must(admin, http.MethodGet, "/commons.json", nil, nil).text; strings.Contains(list, "127.0.0.1:1") || strings.Contains(list, "/etc") {
		t.Error("an inner address that a file named is in the list")
	}
	i.kill()
	i.verify()
}
