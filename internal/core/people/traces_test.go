package people

import (
	"strings"
	"testing"
	"unicode/utf8"

	"commun/internal/core/journal"
)

func TestWhatGoesFromATextAndWhatWaits(t *testing.T) {
	const address = "ana.vidal@example.org"
	for _, c := range []struct {
		rule, text, want string
		waits            int
	}{
		{"an address goes", "Write to Ana.Vidal@Example.org.", "Write to ….", 0},
		{"a longer address is another's", "diana.vidal@example.org ana.vidal+x@example.org x-ana.vidal@example.org ana.vidal@example.org.uk ana.vidal@example.organic",
			"diana.vidal@example.org ana.vidal+x@example.org x-ana.vidal@example.org ana.vidal@example.org.uk ana.vidal@example.organic", 4},
		{"marks around an address are none of it", "<mailto:ana.vidal@example.org>, _ana.vidal@example.org_", "<mailto:…>, _…_", 0},
		{"a name alone waits", "Ana Vidal did it", "Ana Vidal did it", 1},
		{"in any case, with any accents, over a line's end", "ANA VIDAL, Aña\n  Vidál, ana-vidal, **Ana** Vidal", "ANA VIDAL, Aña\n  Vidál, ana-vidal, **Ana** Vidal", 4},
		{"whole words only", "Diana Vidal, Ana Vidalon, AnaVidal, Ana, Vidal", "Diana Vidal, Ana Vidalon, AnaVidal, Ana, Vidal", 0},
		{"the next sentence begins no name", "Ask Ana, Vidal says", "Ask Ana, Vidal says", 0},
		{"beside the address it goes", "Ana Vidal <ana.vidal@example.org>", "… <…>", 0},
		{"behind the address too", "ana.vidal@example.org (Ana Vidal)", "… (…)", 0},
		{"and where a word announces the address", "Ana Vidal, e-mail: ana.vidal@example.org", "…, e-mail: …", 0},
		{"but only there", "Ana Vidal <ana.vidal@example.org>, not Ana Vidal", "… <…>, not Ana Vidal", 1},
		{"another word between them is another text", "Ana Vidal and friends: ana.vidal@example.org", "Ana Vidal and friends: …", 1},
		{"beside another address it waits", "Ana Vidal <a@example.org>", "Ana Vidal <a@example.org>", 1},
		{"an entry of YAML goes under whatever name", "contacts:\n  - name: \"A. Vidal-Roy\"\n    affiliation: Town\n    email: ana.vidal@example.org\n    phone: +33 1\n  - name: Bo\n    email: bo@example.org\n",
			"contacts:\n  - name: \"…\"\n    affiliation: Town\n    email: …\n    phone: …\n  - name: Bo\n    email: bo@example.org\n", 0},
		{"whatever comes first in it", "- email: ana.vidal@example.org\n  name: A. Roy\n- name: Bo\n", "- email: …\n  name: …\n- name: Bo\n", 0},
		{"the name of the file is nobody's", "name: Trees\nmaintenance:\n  contacts:\n    - name: A\n      email: ana.vidal@example.org\n", "name: Trees\nmaintenance:\n  contacts:\n    - name: …\n      email: …\n", 0},
		{"an ideograph is a word", "Ana Vidal的", "Ana Vidal的", 1},
		{"nothing", "", "", 0},
	} {
		tr := newTraces("her", address, "Ana Vidal")
		o := journal.Object{Kind: "thing", ID: "x"}
		if got := tr.Text(At{Object: o}, c.text); got != c.want {
			t.Errorf("%s: got %q, want %q", c.rule, got, c.want)
		}
		n := 0
		if w := tr.names[0].waits[o]; w != nil {
			n = w.Count
		}
		if n != c.waits {
			t.Errorf("%s: %d places wait, want %d", c.rule, n, c.waits)
		}
		if got := tr.Text(At{Object: o, Hers: true}, c.text); c.waits > 0 && strings.Contains(strings.ToLower(got), "ana vidal") {
			t.Errorf("%s: in what she wrote, %q is left", c.rule, got)
		}
	}
}

func FuzzTraces(f *testing.F) {
	f.Add("- name: Ana\n  email: ana@example.org\n", "Ana Vidal")
	f.Add("a@b ana@example.org Ána‑vidal \u00ad", "ana@example.org")
	f.Add("éé email: ana@example.org", "…")
	f.Fuzz(func(t *testing.T, text, called string) {
		tr := newTraces("her", "ana@example.org", called)
		o := journal.Object{Kind: "thing", ID: "x"}
		got := tr.Text(At{Object: o}, text)
		if utf8.ValidString(text) && !utf8.ValidString(got) {
			t.Fatalf("%q: cut in a character: %q", text, got)
		}
		if len(tr.addresses(got)) > 0 {
			t.Fatalf("%q: the address is left: %q", text, got)
		}
		all := newTraces("", "", called)
		for _, n := range all.names {
			n.granted = everywhere
			if again := all.Text(At{Object: o}, text); n.searched() && len(n.find(again, wordsOf(again))) > 0 {
				t.Fatalf("%q: the name %q is left: %q", text, called, again)
			}
		}
	})
}

func BenchmarkTraces(b *testing.B) {
	text := strings.Repeat("Every tree of the town has its place here, and everybody may add one: écrivez à la Ville. ", 10_000)
	tr := newTraces("her", "ana@example.org", "Ana Vidal")
	b.SetBytes(int64(len(text)))
	for b.Loop() {
		tr.Text(At{}, text)
	}
}
