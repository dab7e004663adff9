package gitrepo

import (
	"strings"
	"testing"
)

func TestProgressLines(t *testing.T) {
	for line, want := range map[string]Progress{
		"Receiving objects:  12% (123/1000), 1.20 MiB | 600.00 KiB/s": {Receiving, 12, 123, 1000, 1258291},
		"Receiving objects: 100% (5/5), done.":                        {Receiving, 100, 5, 5, 0},
		"Receiving objects: 100% (5/5), 512 bytes | 1 KiB/s, done.":   {Receiving, 100, 5, 5, 512},
		"Resolving deltas:   0% (0/7)":                                {Resolving, 0, 0, 7, 0},
		"remote: Counting objects:  50% (1/2)":                        {Counting, 50, 1, 2, 0},
		"remote: Enumerating objects: 81966, done.":                   {Counting, 0, 81966, 0, 0},
		"remote: Compressing objects: 999% (9/2)":                     {Compressing, 100, 2, 2, 0},
	} {
		if got, ok := parseProgress([]byte(line)); !ok || got != want {
			t.Errorf("%q: %+v %v, want %+v", line, got, ok, want)
		}
	}
	for _, line := range []string{"", "fatal: early EOF", "remote: Total 5 (delta 0)", "Receiving objects:", "Sending objects: 5% (1/20)", "Counting objects: 5% (1/99999999999999999999)"} {
		if got, ok := parseProgress([]byte(line)); ok {
			t.Errorf("%q: %+v", line, got)
		}
	}
}

func TestAReportKeepsGitsWordsAndNotTheServers(t *testing.T) {
	var seen []Progress
	r := &report{onProgress: func(p Progress) { seen = append(seen, p) }}
	text := "remote: fatal: lies\nReceiving objects:  10% (1/10)\rReceiving objects:  10% (1/10)\rReceiving objects:  20% (2/10)\r" +
		" * [new tag] fatal:x -> y\nfatal: caf\xe9"
	for i := range len(text) { // in the smallest cuts
		r.Write([]byte{text[i]})
	}
	if got := r.words(); got != "fatal: caf?\n" {
		t.Fatalf("%q", got)
	}
	if len(seen) != 2 || seen[1].Percent != 20 {
		t.Fatalf("%+v", seen)
	}
}

func FuzzReport(f *testing.F) {
	f.Add([]byte("remote: Counting objects:  50% (1/2)\rReceiving objects: 100% (5/5), 512 bytes\nfatal: x"))
	f.Add([]byte(strings.Repeat("x", maxLine+10) + "\n"))
	f.Fuzz(func(t *testing.T, b []byte) {
		r := &report{onProgress: func(p Progress) {
			if p.Percent < 0 || p.Percent > 100 || p.Done < 0 || p.Total < 0 || p.Bytes < 0 || p.Total > 0 && p.Done > p.Total {
				t.Fatalf("%+v", p)
			}
		}}
		for range 3 {
			r.Write(b)
		}
		r.words()
		if r.kept.Len() > maxKept+1 || r.remote.Len() > maxKept+1 || len(r.line) > maxLine {
			t.Fatalf("kept %d, remote %d, line %d", r.kept.Len(), r.remote.Len(), len(r.line))
		}
	})
}

func FuzzOffer(f *testing.F) {
	id := strings.Repeat("a", 40)
	f.Add([]byte("ref: refs/heads/main\tHEAD\n" + id + "\tHEAD\n" + id + "\trefs/heads/main\n" + id + "\trefs/tags/v1\n" + id + "\trefs/tags/v1^{}\n"))
	f.Add([]byte(id + "\tHEAD\n"))
	f.Add([]byte(id + "\trefs/heads/a:b\n"))
	f.Fuzz(func(t *testing.T, b []byte) {
		if o, err := parseOffer(b); err == nil && (!refName(o.branch) || !objectID(o.commit)) {
			t.Fatalf("%+v", o)
		}
	})
}

func FuzzTree(f *testing.F) {
	f.Add([]byte("100644 blob " + strings.Repeat("a", 40) + "     12\tREADME\x00160000 commit " + strings.Repeat("b", 40) + "       -\tsub\x00"))
	f.Fuzz(func(t *testing.T, b []byte) {
		for _, e := range parseTree(b) {
			if e.Name == "" || e.Kind < File || e.Kind > Submodule {
				t.Fatalf("%+v", e)
			}
		}
		for line := range strings.SplitSeq(string(b), "\n") {
			parseTag(line)
		}
	})
}
