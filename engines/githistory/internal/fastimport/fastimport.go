// Package fastimport makes git repositories for tests, by `git fast-import`, from a few plain words: who, when, what
// changed, on what parents. Bytes go in as they are given, so broken names and dates can be made too.
package fastimport

import (
	"bytes"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// Repo is a bare repository being made. Its methods fail the test on any error.
type Repo struct {
	Dir   string
	t     testing.TB
	in    bytes.Buffer
	marks int
	// written are the branches of earlier calls of Write, which fast-import must be told to go on from.
	written, begun map[string]bool
}

// Commit is one commit. Zero fields have a default: Ana, 2024-01-01 noon UTC, the branch main, its tip as the parent.
type Commit struct {
	Author    string // "Name <e-mail>"
	Date      string // raw: "1700000000 +0100"; of author and committer
	Committed string // the committer's, when it is another
	Branch    string
	Encoding  string // header of that name
	Root      bool   // no parent
	Parents   []int  // marks; the first and the merged ones
	Files     []File
}

// File is one changed file. Mode is 100644 when empty; of a submodule (160000) Text is the commit. Delete removes it.
type File struct {
	Path, Text, Mode string
	Delete           bool
}

// New returns an empty bare repository. initArgs are further ones of git init.
func New(t testing.TB, initArgs ...string) *Repo {
	t.Helper()
	if _, err := exec.LookPath("git"); err != nil {
		t.Skip("git is not installed")
	}
	r := &Repo{Dir: filepath.Join(t.TempDir(), "repo.git"), t: t, written: map[string]bool{}, begun: map[string]bool{}}
	r.run("", append(append([]string{"init", "--quiet", "--bare", "--initial-branch=main"}, initArgs...), r.Dir)...)
	return r
}

// Add appends a commit and returns its mark, which later commits name as a parent.
func (r *Repo) Add(c Commit) int {
	r.marks++
	or := func(v, def string) string {
		if v == "" {
			return def
		}
		return v
	}
	author := or(c.Author, "Ana <ana@town.example.fr>")
	date := or(c.Date, "1704110400 +0000")
	fmt.Fprintf(&r.in, "commit refs/heads/%s\nmark :%d\n", or(c.Branch, "main"), r.marks)
	fmt.Fprintf(&r.in, "author %s %s\ncommitter %s %s\n", author, date, author, or(c.Committed, date))
	if c.Encoding != "" {
		fmt.Fprintf(&r.in, "encoding %s\n", c.Encoding)
	}
	r.in.WriteString("data 2\nx\n")
	for i, p := range c.Parents {
		fmt.Fprintf(&r.in, "%s :%d\n", map[bool]string{true: "from", false: "merge"}[i == 0], p)
	}
	branch := or(c.Branch, "main")
	if len(c.Parents) == 0 && !c.Root && r.written[branch] && !r.begun[branch] {
		fmt.Fprintf(&r.in, "from refs/heads/%s^0\n", branch)
	}
	r.begun[branch] = true
	if c.Root { // fast-import continues a branch unless told where from
		fmt.Fprintf(&r.in, "from %s\n", strings.Repeat("0", r.hashDigits()))
	}
	for _, f := range c.Files {
		switch {
		case f.Delete:
			fmt.Fprintf(&r.in, "D %q\n", f.Path)
		case f.Mode == "160000":
			fmt.Fprintf(&r.in, "M 160000 %s %q\n", f.Text, f.Path)
		default:
			fmt.Fprintf(&r.in, "M %s inline %q\ndata %d\n%s\n", or(f.Mode, "100644"), f.Path, len(f.Text), f.Text)
		}
	}
	r.in.WriteByte('\n')
	return r.marks
}

// Tag appends a lightweight tag at a mark.
func (r *Repo) Tag(name string, mark int) {
	fmt.Fprintf(&r.in, "reset refs/tags/%s\nfrom :%d\n\n", name, mark)
}

// Reset sets a branch to a mark, as a forced push does.
func (r *Repo) Reset(branch string, mark int) {
	r.begun[branch] = true
	fmt.Fprintf(&r.in, "reset refs/heads/%s\nfrom :%d\n\n", branch, mark)
}

// Write hands all that was added to git and returns the folder. More can be added and written after.
func (r *Repo) Write() string {
	r.t.Helper()
	marks := filepath.Join(r.Dir, "test-marks")
	r.run(r.in.String(), "-C", r.Dir, "fast-import", "--quiet", "--force", "--date-format=raw-permissive",
		"--import-marks-if-exists="+marks, "--export-marks="+marks)
	r.in.Reset()
	for b := range r.begun {
		r.written[b] = true
	}
	clear(r.begun)
	return r.Dir
}

// Raw writes a commit object as it is, however broken, on top of nothing, points main at it, and returns its name.
func (r *Repo) Raw(object string) string {
	r.t.Helper()
	name := r.run(object, "-C", r.Dir, "hash-object", "-t", "commit", "-w", "--stdin", "--literally")
	r.Git("update-ref", "refs/heads/main", name)
	return name
}

// Git runs git in the repository and returns what it printed, trimmed.
func (r *Repo) Git(args ...string) string {
	r.t.Helper()
	return r.run("", append([]string{"-C", r.Dir}, args...)...)
}

// Lines is a text of n different lines that begin with word.
func Lines(word string, n int) string {
	var b strings.Builder
	for i := range n {
		fmt.Fprintf(&b, "%s %d\n", word, i)
	}
	return b.String()
}

func (r *Repo) hashDigits() int {
	if r.Git("rev-parse", "--show-object-format") == "sha256" {
		return 64
	}
	return 40
}

func (r *Repo) run(stdin string, args ...string) string {
	r.t.Helper()
	cmd := exec.Command("git", args...)
	cmd.Env = append(os.Environ(), "GIT_CONFIG_GLOBAL="+os.DevNull, "GIT_CONFIG_NOSYSTEM=1", "GIT_AUTHOR_NAME=Test",
		"GIT_AUTHOR_EMAIL=test@example.org", "GIT_COMMITTER_NAME=Test", "GIT_COMMITTER_EMAIL=test@example.org", "LC_ALL=C")
	cmd.Stdin = strings.NewReader(stdin)
	var said bytes.Buffer
	cmd.Stderr = &said
	out, err := cmd.Output()
	if err != nil {
		r.t.Fatalf("git %s: %v: %s", strings.Join(args, " "), err, said.String())
	}
	return strings.TrimSpace(string(out))
}
