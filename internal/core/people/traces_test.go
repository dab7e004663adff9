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
		{"whole words only", "Diana Vidal, Ana Vidalon, XAnaVidal, Ana, Vidal", "Diana Vidal, Ana Vidalon, XAnaVidal, Ana, Vidal", 0},
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

// TestTheFormsOfAName: what others write for one name waits as the name does, and goes with it; what is near it stays.
func TestTheFormsOfAName(t *testing.T) {
	const elo, roy, table = "Élodie Martelange", "Jean-Paul de Roy", "Ana Table"
	for _, c := range []struct{ rule, name, text, want string }{
		{"surname first", elo, "Martelange Élodie, MARTELANGE Elodie", "…, …"},
		{"with a comma", elo, "Martelange, Élodie; Roy, Bo; MARTELANGE,\n E\u0301lodie.", "…; Roy, Bo; …."},
		{"in a list of surnames first", elo, "Roy, Bo, Martelange, Élodie, Aubert, Lou", "Roy, Bo, …, Aubert, Lou"},
		{"behind a word with a capital", elo, "Contact Martelange, Élodie.", "Contact …."},
		{"two people are not one", elo, "Luc Martelange, Élodie Roy", "Luc Martelange, Élodie Roy"},
		{"an initial", elo, "É. Martelange, E. Martelange, e.martelange, É.\u00a0MARTELANGE", "…, …, …, …"},
		{"behind the surname", elo, "Martelange, É. (2020). Martelange E.", "…. (2020). …."},
		{"no letter without its dot", table, "À table! A table is a table, see page a, Table 3. But A. Table, Table, A.", "À table! A table is a table, see page a, Table 3. But …, …."},
		{"in one word", elo, "@elodiemartelange https://e.example/ÉlodieMartelange martelangeelodie", "@… https://e.example/… …"},
		{"the initial joined to the family name, as where one signs in", elo, "@emartelange https://e.example/~EMartelange/x martelangee", "@… https://e.example/~…/x …"},
		{"in a word of its own", elo, "xemartelange emartelanges temartelange", "xemartelange emartelanges temartelange"},
		{"a short one is a word of others", "Paul Lace", "a place, placed, P. Lace", "a place, placed, …"},
		{"in a page's characters", elo, "&Eacute;lodie Martelange, &#201;lodie&nbsp;Martelange, Martelange&comma; &#xC9;. &amp;Eacute;lodie Martelange", "…, …, …. …"},
		{"in a file's", elo, `"\u00C9lodie Martelange" "\xc9lodie\x20Martelange"`, `"…" "…"`},
		{"what is no character's name is none", elo, "R&D; &Elodie Martelange; &#; &#x; \\u12", "R&D; &…; &#; &#x; \\u12"},
		{"in one word of its own", elo, "xelodiemartelange elodiemartelanges", "xelodiemartelange elodiemartelanges"},
		{"a short one is none", "Al Gore", "algore, Gore Al, A. Gore", "algore, …, …"},
		{"percent-encoded", elo, "?q=Elodie%20Martelange&r=%C3%89lodie%20Martelange&s=%c3%89LODIE%2DMartelange", "?q=…&r=…&s=…"},
		{"and behind encoded bytes", elo, "%20Elodie Martelange%20%22Martelange%2C%20E.%22", "%20…%20%22….%22"},
		{"with a plus", elo, "?q=Elodie+Martelange&r=Martelange%2C+%C3%89lodie", "?q=…&r=…"},
		{"a percent sign is one", elo, "100% Elodie Martelange 5 %zz%", "100% … 5 %zz%"},
		{"three words and more", roy, "de Roy, Jean-Paul; Roy, Jean Paul de; J.-P. de Roy; J. de Roy; J. P. D. Roy; J. Roy; jeanpaulderoy", "…; …; …; …; …; …; …"},
		{"a part is not the name", roy, "Jean-Paul, Paul de Roy, Luc Roy", "Jean-Paul, Paul de Roy, Luc Roy"},
		{"one word has no forms", "Open", "Open, open data, O. Pen, nepo", "…, … data, O. Pen, nepo"},
		{"nor have five", "One two three four five", "five one two three four, onetwothreefourfive", "five one two three four, onetwothreefourfive"},
		{"nor have ideographs", "山田太郎", "郎山田太 山田太郎", "郎山田太 …"},
	} {
		o := journal.Object{Kind: "thing", ID: "x"}
		waits := newTraces("her", "her@example.org", c.name)
		if got := waits.Text(At{Object: o}, c.text); got != c.text {
			t.Errorf("%s: %q went without an answer: %q", c.rule, c.text, got)
		}
		count := 0
		if w := waits.names[0].waits[o]; w != nil {
			count = w.Count
			for _, p := range w.Places {
				if !strings.Contains(c.text, p.Name) {
					t.Errorf("%s: the place shown is %+v", c.rule, p)
				}
			}
		}
		if n := strings.Count(c.want, "…"); count != n {
			t.Errorf("%s: %d places wait, want %d", c.rule, count, n)
		}
		yes := newTraces("", "", c.name)
		yes.names[0].granted = everywhere
		if got := yes.Text(At{Object: o}, c.text); got != c.want {
			t.Errorf("%s: after a yes %q, want %q", c.rule, got, c.want)
		}
	}
}

// TestWhatIsEncodedIsBoundToo: the address as a link writes it, and the forms of a name beside the address.
func TestWhatIsEncodedIsBoundToo(t *testing.T) {
	for _, c := range []struct{ rule, text, want string }{
		{"the address", "mailto:elo%40ex.example, ?to=Elo%40EX.example&cc=bo%40ex.example", "mailto:…, ?to=…&cc=bo%40ex.example"},
		{"each byte of it may be", "%65lo%40ex%2Eexample", "…"},
		{"behind encoded bytes", "mailto%3Aelo@ex.example", "mailto%3A…"},
		{"as a page hides it", "elo&#64;ex.example &#101;lo&#x40;ex&period;example elo&commat;ex.example elo&#64ex.example", "… … … …"},
		{"a link in a page that quotes one", "elo&amp;#64;ex.example elo%2540ex.example", "… …"},
		{"and the name before it", "&Eacute;lodie Martelange &lt;elo@ex.example&gt;", "… &lt;…&gt;"},
		{"a longer one is another's", "melo%40ex.example elo%40ex.example.org elo%2Bx%40ex.example", "melo%40ex.example elo%40ex.example.org elo%2Bx%40ex.example"},
		{"and the name beside it", "Martelange, Élodie <elo@ex.example>; E. Martelange <elo@ex.example>", "… <…>; … <…>"},
		{"encoded as it is", "Elodie%20Martelange%20%3Celo%40ex.example%3E Elodie+Martelange+%3Celo%40ex.example%3E", "…%20%3C…%3E …+%3C…%3E"},
	} {
		tr := newTraces("her", "elo@ex.example", "Élodie Martelange")
		if got := tr.Text(At{Object: journal.Object{Kind: "thing", ID: "x"}}, c.text); got != c.want {
			t.Errorf("%s: got %q, want %q", c.rule, got, c.want)
		}
	}
}

func FuzzTraces(f *testing.F) {
	f.Add("- name: Ana\n  email: ana@example.org\n", "Ana Vidal")
	f.Add("a@b ana@example.org Ána‑vidal \u00ad", "ana@example.org")
	f.Add("éé email: ana@example.org", "…")
	f.Add("Vidal, %41na ana%40example.org A. Vidal+Ana", "Ana Vidal")
	f.Add("&Aacute;na&nbsp;Vidal ana&#64;example.org \\u0041na Vidal %26#64; &amp;#64", "Ana Vidal")
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
