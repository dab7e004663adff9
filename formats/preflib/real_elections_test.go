//go:build real

package preflib

import (
	"bytes"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
)

// A published file has no error, is written back byte by byte, and its orders add up to what its head says. COMMUN_PREFLIB names a folder of such
// files, which are other people's and never part of this repository (fleverest/nswla_preflib: New South Wales).
func TestRealElections(t *testing.T) {
	dir := os.Getenv("COMMUN_PREFLIB")
	if dir == "" {
		t.Skip("COMMUN_PREFLIB names no folder of .soi, .soc, .toi and .toc files")
	}
	files, orders := 0, 0
	warned := map[string]int{}
	err := filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() || !slices.Contains([]string{".soi", ".soc", ".toi", ".toc"}, filepath.Ext(path)) {
			return err
		}
		files++
		text, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		name, o := d.Name(), Options{Type: filepath.Ext(path)[1:]}
		f, ps, err := Read(bytes.NewReader(text), o)
		if err != nil {
			t.Errorf("%s: %v", name, err)
			return nil
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
		var back bytes.Buffer
		if err := f.Write(&back); err != nil || !bytes.Equal(back.Bytes(), text) {
			t.Errorf("%s is not written back as it was: %v", name, err)
		}
		orders += plainOrders(t, name, text)
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Logf("%d files, %d orders; files by kind of problem: %v", files, orders, warned)
}

var plainOrder = regexp.MustCompile(`^\d+: [\d,]+$`)

// plainOrders compares the reader with the plainest one, on orders without ties, and the sum of weights with the head's number of voters.
func plainOrders(t *testing.T, name string, text []byte) int {
	t.Helper()
	r, err := NewReader(bytes.NewReader(text), Options{})
	if err != nil {
		t.Errorf("%s: %v", name, err)
		return 0
	}
	lines := strings.Split(strings.ReplaceAll(string(text), "\r\n", "\n"), "\n")
	n, voters := 0, int64(0)
	for r.Next() {
		b := r.Ballot()
		w, _ := b.Weight.Int64()
		voters += w
		n++
		line := lines[b.Line-1]
		if !plainOrder.MatchString(line) {
			continue
		}
		count, order, _ := strings.Cut(line, ": ")
		var prefs []int32
		for _, x := range strings.Split(order, ",") {
			p, err := strconv.Atoi(x)
			if err != nil {
				t.Fatal(err)
			}
			prefs = append(prefs, int32(p-1))
		}
		if b.Weight.String() != count || !slices.Equal(b.Prefs, prefs) {
			t.Errorf("%s:%d says %q, read as %v: %v", name, b.Line, line, b.Weight, b.Prefs)
		}
	}
	for _, m := range r.Meta() {
		if m.Key == "NUMBER VOTERS" && m.Value != strconv.FormatInt(voters, 10) {
			t.Errorf("%s: %d voters, its head says %s", name, voters, m.Value)
		}
	}
	return n
}
