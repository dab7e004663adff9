package githistory

import (
	"bufio"
	"bytes"
	"errors"
	"slices"
	"strings"
	"testing"
	"unicode/utf8"
)

const someHash = "4508ce0c99c05031ac9d906f24606276bdd9d9ff"

func FuzzCommits(f *testing.F) {
	f.Add([]byte(someHash + "\x00\x001704110400 +0100\x001704110400 +0100\x00Ana\x00ana@x.fr\x00Ana\x00ana@x.fr\n"))
	f.Add([]byte(someHash + "\x00" + someHash + " " + someHash + "\x00\x00x\x00\x00\x00\xff\x00\n"))
	f.Add([]byte("\n\x00\n"))
	f.Fuzz(func(t *testing.T, b []byte) {
		tab := newTable(20)
		if err := readCommits(bytes.NewReader(b), tab, nil); err != nil && !errors.Is(err, errRecord) {
			t.Fatal(err)
		}
		h := &History{Head: someHash, t: tab, linesDone: true}
		res := h.Measure(View{})
		if res.Repository.Commits != bytes.Count(b, []byte("\n")) && tab.n == bytes.Count(b, []byte("\n")) {
			t.Fatalf("%d commits of %d", res.Repository.Commits, tab.n)
		}
		sum := 0
		for _, c := range res.Contributors {
			sum += c.Commits
			if !utf8.ValidString(c.Name) {
				t.Fatalf("name %q", c.Name)
			}
		}
		if sum != res.Repository.CommitsNoMerges {
			t.Fatalf("contributors have %d commits of %d", sum, res.Repository.CommitsNoMerges)
		}
		// What was read can be saved and loaded, and is the same.
		var saved bytes.Buffer
		if err := h.Save(&saved); err != nil {
			t.Fatal(err)
		}
		again, err := Load(&saved)
		if err != nil {
			t.Fatal(err)
		}
		if again.t.n != tab.n || !slices.Equal(again.t.identities, tab.identities) {
			t.Fatal("loaded another history than was saved")
		}
		for i := range tab.n {
			if *again.t.row(i) != *tab.row(i) {
				t.Fatalf("row %d: %+v, was %+v", i, *again.t.row(i), *tab.row(i))
			}
		}
	})
}

func FuzzNumstat(f *testing.F) {
	f.Add([]byte(someHash + "\x001\t2\tpath\x00-\t-\tbinary\x00" + someHash + "\x00M\n"))
	f.Add([]byte("M\n"))
	f.Add([]byte(someHash + "\x00999999999999\t0\tlarge\x00"))
	f.Fuzz(func(t *testing.T, b []byte) {
		commits := 0
		err := readNumstat(bufio.NewReaderSize(bytes.NewReader(b), 64), 20, func(hash []byte, _ numstat) error {
			commits++
			if len(hash) != 20 {
				t.Fatalf("hash of %d bytes", len(hash))
			}
			return nil
		})
		if err == nil && !bytes.Contains(b, []byte(mark[:1])) {
			t.Fatal("an end without the mark")
		}
		if commits > len(b)/40 {
			t.Fatalf("%d commits in %d bytes", commits, len(b))
		}
	})
}

func FuzzRaw(f *testing.F) {
	f.Add([]byte(someHash + "\x00:100644 000000 " + someHash + " " + strings.Repeat("0", 40) + " D\x00path\x00M\n"))
	f.Add([]byte(someHash + "\x00:160000 160000 " + someHash + " " + someHash + " M\x00M\x00M\n"))
	f.Fuzz(func(t *testing.T, b []byte) {
		_ = readRaw(bufio.NewReaderSize(bytes.NewReader(b), 256), 20, func(_ []byte, lacking []uint64) error {
			if len(lacking) > 2*len(b)/80 {
				t.Fatalf("%d objects in %d bytes", len(lacking), len(b))
			}
			return nil
		}, func(n uint64) bool { return n%2 == 0 })
	})
}

func FuzzTagsAndVersions(f *testing.F) {
	for _, s := range []string{"refs/tags/v1.2.3\x00x\x001704110400 +0000", "refs/tags/name-1.2\x00x\x00", "1.2.3-rc1", "@a/b@2024.05"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		if rel, ok := parseTag(s); ok && (rel.Line == "" || rel.Date.IsZero() || !utf8.ValidString(rel.Tag)) {
			t.Fatalf("%+v", rel)
		}
		if v, ok := ParseVersion(s); ok && (v.Line == "" || v.Scheme == "") {
			t.Fatalf("%+v", v)
		}
		IsBot(s, s)
		if org, ok := Organisation(s); ok != (org != "") || strings.ContainsAny(org, " @<>") {
			t.Fatalf("%q of %q", org, s)
		}
	})
}

func FuzzLoad(f *testing.F) {
	var saved bytes.Buffer
	tab := newTable(20)
	tab.add(bytes.Repeat([]byte{1}, 20), row{author: tab.intern([]byte("A"), []byte("a@x"), []byte("B"), []byte("a@x")), committed: 1})
	if err := (&History{Head: someHash, t: tab, linesDone: true}).Save(&saved); err != nil {
		f.Fatal(err)
	}
	f.Add(saved.Bytes())
	f.Add([]byte(stateMagic))
	f.Fuzz(func(t *testing.T, b []byte) {
		h, err := Load(bytes.NewReader(b))
		if err == nil {
			h.Measure(View{})
		} else if !errors.Is(err, ErrState) {
			t.Fatal(err)
		}
	})
}

func FuzzPorcelain(f *testing.F) {
	f.Add([]byte("     3\tAna <ana@x.fr>\n"), true)
	f.Add([]byte("\x00Ana <ana@x.fr>\n\n1\t2\tpath\n-\t-\t\"b\\tc\"\n"), false)
	f.Fuzz(func(t *testing.T, b []byte, short bool) {
		to := map[string]tally{}
		var sum tally
		if short {
			_ = readShortlog(bytes.NewReader(b), to)
			return
		}
		if err := readLogNumstat(bytes.NewReader(b), to, &sum); err != nil {
			return
		}
		var all tally
		for _, t := range to {
			all.added += t.added
			all.deleted += t.deleted
		}
		if all.added != sum.added || all.deleted != sum.deleted {
			t.Fatalf("%+v of %+v", all, sum)
		}
	})
}
