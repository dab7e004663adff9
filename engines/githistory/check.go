package githistory

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"strconv"
	"strings"
)

// Report is the answer of [Check]: each figure beside git's own.
type Report struct {
	Lines []ReportLine `json:"lines"`
	// Unchecked says why some figures could not be compared: git itself cannot count them. "" when all were.
	Unchecked string `json:"unchecked,omitempty"`
}

// ReportLine is one comparison. Detail names the first contributors that differ.
type ReportLine struct {
	// Figure is commits, commits_no_merges, contributors, added or deleted; contributor_commits and contributor_lines are
	// the number of contributors, and in ours of those whose commits or lines are git's.
	Figure string `json:"figure"`
	Source string `json:"command"` // the git command that says it
	Git    int64  `json:"git"`
	Ours   int64  `json:"ours"`
	Detail string `json:"detail,omitempty"`
}

// Equal says whether ours is git's.
func (l ReportLine) Equal() bool { return l.Git == l.Ours && l.Detail == "" }

// Equal says whether every figure that could be compared is git's.
func (r *Report) Equal() bool {
	for _, l := range r.Lines {
		if !l.Equal() {
			return false
		}
	}
	return true
}

// tally is one contributor's sums, by `shortlog -se`'s name and e-mail.
type tally struct{ commits, added, deleted int64 }

// Check compares h, as read from git, with git's porcelain: `rev-list --count`, `shortlog -sne --no-merges`, and
// `log --no-merges --no-renames --numstat` summed. It costs as much as the last of them.
func Check(ctx context.Context, git Runner, h *History) (*Report, error) {
	// Grouped here by the text that shortlog prints, and not by people(): a mistake of the one must not hide in the other.
	ours := map[string]tally{}
	var all tally
	noMerges := int64(0)
	for i := range h.t.n {
		r := h.t.row(i)
		if r.merge() {
			continue
		}
		noMerges++
		who := h.t.identities[r.author]
		k := who.name + " <" + who.email + ">"
		s := ours[k]
		s.commits++
		s.added += int64(r.added)
		s.deleted += int64(r.deleted)
		ours[k] = s
		all.added += int64(r.added)
		all.deleted += int64(r.deleted)
	}
	rep := &Report{}
	add := func(figure, source string, git, ours int64, detail string) {
		rep.Lines = append(rep.Lines, ReportLine{figure, "git " + source, git, ours, detail})
	}
	for _, c := range []struct {
		figure string
		args   []string
		ours   int64
	}{
		{"commits", []string{"rev-list", "--count"}, int64(h.t.n)},
		{"commits_no_merges", []string{"rev-list", "--count", "--no-merges"}, noMerges},
	} {
		out, err := output(ctx, git, nil, append(c.args, h.Head, "--")...)
		if err != nil {
			return nil, classify(err)
		}
		n, err := strconv.ParseInt(strings.TrimSpace(string(out)), 10, 64)
		if err != nil {
			return nil, fmt.Errorf("%w: %q", errRecord, out)
		}
		add(c.figure, strings.Join(c.args, " ")+" HEAD", n, c.ours, "")
	}

	theirs := map[string]tally{}
	// Without a revision shortlog reads its standard input, finds it empty, and is content: always name one.
	err := stream(ctx, git, nil, func(r io.Reader) error { return readShortlog(r, theirs) },
		"shortlog", "-s", "-n", "-e", "--no-merges", h.Head, "--")
	if err != nil {
		return nil, classify(err)
	}
	const shortlog = "shortlog -sne --no-merges HEAD"
	add("contributors", shortlog, int64(len(theirs)), int64(len(ours)), "")
	same, detail := compare(theirs, ours, func(t tally) tally { return tally{commits: t.commits} })
	add("contributor_commits", shortlog, int64(len(theirs)), same, detail)

	// The same options that keep the repository from running programs; its own settings of what to count stay in force.
	clear(theirs)
	var sum tally
	err = stream(ctx, git, nil, func(r io.Reader) error { return readLogNumstat(r, theirs, &sum) },
		"log", "--no-merges", "--no-renames", "--numstat", "--no-show-signature", "--no-ext-diff", "--no-textconv", "--no-color",
		"--no-notes", "--no-decorate", "--format=%x00%aN <%aE>", h.Head, "--")
	var exit *ExitError
	switch {
	case errors.As(err, &exit):
		rep.Unchecked = exit.Error() // objects are missing: git cannot sum them either
		return rep, nil
	case err != nil:
		return nil, err
	}
	const numstat = "log --no-merges --no-renames --numstat HEAD"
	add("added", numstat, sum.added, all.added, "")
	add("deleted", numstat, sum.deleted, all.deleted, "")
	same, detail = compare(theirs, ours, func(t tally) tally { return tally{added: t.added, deleted: t.deleted} })
	add("contributor_lines", numstat, int64(len(theirs)), same, detail)
	return rep, nil
}

// compare counts the contributors whose part is git's, and names up to three of the others.
func compare(git, ours map[string]tally, part func(tally) tally) (same int64, detail string) {
	var names []string
	note := func(k string) {
		if len(names) < 3 {
			names = append(names, fmt.Sprintf("%s: git %v, ours %v", clean(k), part(git[k]), part(ours[k])))
		}
	}
	for k := range git {
		if part(git[k]) != part(ours[k]) {
			note(k)
		} else {
			same++
		}
	}
	for k := range ours {
		if _, ok := git[k]; !ok && part(ours[k]) != (tally{}) {
			note(k)
		}
	}
	return same, strings.Join(names, "; ")
}

// readShortlog reads lines of `shortlog -sne`: blanks, a number, a tab, "name <e-mail>".
func readShortlog(r io.Reader, to map[string]tally) error {
	return eachLine(r, func(line []byte) error {
		number, who, ok := bytes.Cut(line, []byte{'\t'})
		n, err := strconv.ParseInt(string(bytes.TrimSpace(number)), 10, 64)
		if !ok || err != nil {
			return fmt.Errorf("%w: shortlog %q", errRecord, line[:min(len(line), 80)])
		}
		t := to[string(who)]
		t.commits += n
		to[string(who)] = t
		return nil
	})
}

// readLogNumstat reads `log --numstat --format=%x00…`: a line that begins with NUL names the author of the lines of
// numstat after it. Paths are quoted, so a line is a line.
func readLogNumstat(r io.Reader, to map[string]tally, sum *tally) error {
	who := ""
	return eachLine(r, func(line []byte) error {
		if len(line) == 0 {
			return nil
		}
		if line[0] == 0 {
			who = string(line[1:])
			t := to[who]
			t.commits++
			to[who] = t
			return nil
		}
		added, deleted, ok := numstatRecord(line)
		if !ok {
			return fmt.Errorf("%w: numstat %q", errRecord, line[:min(len(line), 80)])
		}
		t := to[who]
		t.added += int64(added)
		t.deleted += int64(deleted)
		to[who] = t
		sum.added += int64(added)
		sum.deleted += int64(deleted)
		return nil
	})
}

// eachLine calls each with every line, of any length up to 64 MB.
func eachLine(r io.Reader, each func(line []byte) error) error {
	in := bufio.NewScanner(r)
	in.Buffer(make([]byte, 0, 64<<10), 64<<20)
	for in.Scan() {
		if err := each(in.Bytes()); err != nil {
			return err
		}
	}
	return in.Err()
}
