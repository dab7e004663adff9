//go:build real

package blt

import (
	"bytes"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
)

// realFiles are the ballot files below a folder that the environment names. They are other people's, so they are never part of this repository:
// the 1,100 wards of Scottish councils since 2007 (mggg/scot-elex), the wards of Glasgow in 2007 (jklundell/droop).
func realFiles(t *testing.T, variable, ending string) []string {
	t.Helper()
	dir := os.Getenv(variable)
	if dir == "" {
		t.Skipf("%s names no folder of %s files", variable, ending)
	}
	var list []string
	err := filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if err == nil && !d.IsDir() && strings.EqualFold(filepath.Ext(path), ending) {
			list = append(list, path)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	if len(list) == 0 {
		t.Skipf("%s has no %s files", dir, ending)
	}
	return list
}

// A published file has no error, is written back byte by byte, and says the same to a reader that only splits at blanks.
func TestRealWards(t *testing.T) {
	warned := map[string]int{}
	files, papers := realFiles(t, "COMMUN_BLT", ".blt"), 0
	for _, path := range files {
		text, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		name := filepath.Base(path)
		if bytes.Contains(text, []byte("\n[nick ")) {
			continue // nicknames are not followed, and are errors
		}
		ps, err := Check(bytes.NewReader(text), Limits{})
		if err != nil {
			t.Errorf("%s: %v", name, err)
		}
		said := map[string]bool{}
		for _, p := range ps {
			if p.Severity == "error" {
				t.Errorf("%s: %v", name, p)
			}
			if !said[p.Code] {
				said[p.Code] = true
				warned[p.Code]++
			}
		}
		f, _, err := Read(bytes.NewReader(text), Limits{})
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		var back bytes.Buffer
		if err := f.Write(&back); err != nil || !bytes.Equal(back.Bytes(), text) {
			t.Errorf("%s is not written back as it was: %v", name, err)
		}
		papers += samePapers(t, name, text)
	}
	t.Logf("%d files, %d lines of ballots; files by kind of problem: %v", len(files), papers, warned)
}

// samePapers compares the reader with the plainest one, on files of the plain form: numbers between blanks.
func samePapers(t *testing.T, name string, text []byte) int {
	t.Helper()
	r, err := NewReader(bytes.NewReader(text), Limits{})
	if err != nil {
		t.Errorf("%s: %v", name, err)
		return 0
	}
	lines := strings.Split(strings.TrimPrefix(string(text), "\ufeff"), "\n")
	at, n := 0, 0
	for r.Next() {
		b := r.Ballot()
		for at++; at < len(lines); at++ {
			if w := strings.Fields(lines[at]); len(w) > 1 && w[0][0] >= '1' && w[0][0] <= '9' && w[len(w)-1] == "0" {
				break
			}
		}
		if at >= len(lines) || strings.ContainsAny(lines[at], "(=.,#-") {
			return n // a form that the plain reader does not know; the bytes were compared
		}
		n++
		w := strings.Fields(lines[at])
		var prefs []int32
		for _, x := range w[1 : len(w)-1] {
			p, err := strconv.Atoi(x)
			if err != nil {
				return n
			}
			prefs = append(prefs, int32(p-1))
		}
		if b.Line != at+1 || b.Weight.String() != w[0] || !slices.Equal(b.Prefs, prefs) {
			t.Errorf("%s:%d says %q, read as %s × %v of line %d", name, at+1, lines[at], b.Weight, b.Prefs, b.Line)
			return n
		}
	}
	return n
}
