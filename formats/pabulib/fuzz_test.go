package pabulib

import (
	"bytes"
	"os"
	"slices"
	"strings"
	"testing"
)

// seeds are small whole files; the real one is cut, so that the fuzzer stays quick.
func seeds(f *testing.F) {
	f.Add([]byte(good))
	f.Add([]byte("\ufeff" + strings.ReplaceAll(good, "\n", "\r\n")))
	f.Add([]byte("META\nkey;value\nPROJECTS\nproject_id;cost\n\"a\nb\";1e3\nVOTES\nvoter_id;vote\n\"v\"x;\"a\nb\"\n;;\n"))
	f.Add([]byte("VOTES\nvoter_id;vote\n1;2"))
	data, err := os.ReadFile("testdata/poland_wieliczka_2023_green-budget.pb")
	if err != nil {
		f.Fatal(err)
	}
	f.Add(data[:12_000])
}

// FuzzCheck: no input breaks the judge; each problem has a line of the file, a column, a sentence in two languages; ballots name known projects once.
func FuzzCheck(f *testing.F) {
	seeds(f)
	f.Fuzz(func(t *testing.T, data []byte) {
		l := Limits{LineBytes: 4096, Columns: 50}
		ps, err := Check(bytes.NewReader(data), l)
		if err != nil {
			t.Fatalf("a stream that does not fail: %v", err)
		}
		lines := bytes.Count(data, []byte("\n")) + 1
		for _, p := range ps {
			if p.Line < 0 || p.Line > lines || p.Line > 0 && p.Column < 1 || sentences[p.Code].En == "" || p.Message == "" || p.Text("fr") == "" {
				t.Errorf("%+v in %d lines", p, lines)
			}
		}
		r, err := NewReader(bytes.NewReader(data), Options{Limits: l})
		if err != nil {
			return
		}
		for r.Next() {
			b := r.Ballot()
			if n := len(b.Points); n != 0 && n != len(b.Projects) {
				t.Errorf("%d points, %d projects", n, len(b.Projects))
			}
			seen := map[int32]bool{}
			for _, p := range b.Projects {
				if p < 0 || int(p) >= len(r.Header().Projects) || seen[p] {
					t.Errorf("projects %v of %d", b.Projects, len(r.Header().Projects))
				}
				seen[p] = true
			}
		}
	})
}

// FuzzRoundTrip: what is read is given back byte by byte, and when every row is written anew its fields come back.
func FuzzRoundTrip(f *testing.F) {
	seeds(f)
	f.Fuzz(func(t *testing.T, data []byte) {
		file, err := Read(bytes.NewReader(data), Limits{LineBytes: 1 << 16})
		if err != nil {
			return
		}
		var same bytes.Buffer
		if err := file.Write(&same); err != nil || !inOrder(file, data) && !bytes.Equal(same.Bytes(), data) {
			t.Fatalf("%v\ngot  %q\nwant %q", err, same.Bytes(), data)
		}
		for _, s := range []*Section{&file.Meta, &file.Projects, &file.Votes} {
			s.open, s.head = "", ""
			for i := range s.Rows {
				s.Rows[i].raw = ""
			}
		}
		file.tail = ""
		var anew bytes.Buffer
		if err := file.Write(&anew); err != nil {
			t.Fatal(err)
		}
		if anew.Len() == 0 {
			return
		}
		again, err := Read(&anew, Limits{LineBytes: 1 << 20})
		if err != nil {
			t.Fatalf("written anew: %v", err)
		}
		for i, s := range []*Section{&file.Meta, &file.Projects, &file.Votes} {
			back := []*Section{&again.Meta, &again.Projects, &again.Votes}[i]
			if !slices.Equal(s.Columns, back.Columns) && s.Columns != nil || len(s.Rows) != len(back.Rows) {
				t.Fatalf("section %d: %q %d rows, then %q %d rows", i, s.Columns, len(s.Rows), back.Columns, len(back.Rows))
			}
			for k, r := range s.Rows {
				if !slices.Equal(r.Fields, back.Rows[k].Fields) {
					t.Fatalf("%q came back as %q", r.Fields, back.Rows[k].Fields)
				}
			}
		}
	})
}

// inOrder tells a file whose sections stand in another order than they are written in: it comes back sorted.
func inOrder(f *File, data []byte) bool {
	last := -1
	for _, s := range []*Section{&f.Meta, &f.Projects, &f.Votes} {
		if s.open == "" {
			continue
		}
		at := bytes.Index(data, []byte(s.open))
		if at < last {
			return true
		}
		last = at
	}
	return false
}
