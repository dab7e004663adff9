package people

import (
	"strings"
	"testing"
	"unicode/utf8"
)

// remembering is what Forgotten would return after somebody was forgotten; granted says that an administrator had the name go everywhere.
func remembering(email, called string, granted bool) func(string) bool {
	t := newTraces("her", email, called)
	for _, n := range t.names {
		if granted {
			n.granted = everywhere
		}
	}
	kept := map[string]bool{}
	maker := newMarker("a key")
	key := func(text string) string { return string(maker.of(text)) }
	marks, exact := marksOf(t)
	for _, m := range marks {
		kept[key(m)], kept[key(foldName(m))] = true, true
		if strings.Contains(m, "@") {
			delete(kept, key(foldName(m)))
		}
	}
	for _, m := range exact {
		kept[key(m)] = true
	}
	return func(text string) bool {
		folded := foldMark(text)
		return kept[key(text)] || folded != text && !strings.Contains(text, "@") && kept[key(folded)]
	}
}

// TestNoImportBringsAnybodyBack: after a yes every way of writing a name is left out, as the eraser leaves it out; without one, the address and what
// stands beside it.
func TestNoImportBringsAnybodyBack(t *testing.T) {
	const email, elo, table = "elo@ex.example", "Élodie Martelange", "Ana Table"
	for _, c := range []struct{ rule, name, text, want string }{
		{"as it is", elo, "By Élodie Martelange.", "By …."},
		{"folded, over a line's end, hyphened, emphasised", elo, "ELODIE\n  MARTELANGE, elodie-martelange, **Elodie** Martelange", "…, …, **…"},
		{"percent-encoded", elo, "https://e.example/?q=Elodie%20Martelange&r=%C3%89lodie+Martelange", "https://e.example/?q=…&r=…"},
		{"in a page's characters", elo, "&Eacute;lodie&nbsp;Martelange, &#201;lodie Martelange", "…, …"},
		{"in a file's characters", elo, `name: "\u00C9lodie\x20Martelange"`, `name: "…"`},
		{"by its initial", elo, "É. Martelange, e.martelange, Martelange, E. (2020)", "…, …, …. (2020)"},
		{"surname first", elo, "MARTELANGE Élodie; Martelange, Élodie; Roy, Bo", "…; …; Roy, Bo"},
		{"as where one signs in", elo, "@emartelange https://e.example/emartelange.git elodiemartelange", "@… https://e.example/….git …"},
		{"with a comma, where that is how she writes herself", "Martelange, Élodie", "Martelange, Elodie; Elodie Martelange; Élodie, Martelange", "…; …; …"},
		{"two people are not one", elo, "Luc Martelange, Élodie Roy, Bo", "Luc Martelange, Élodie Roy, Bo"},
		{"the next sentence begins no name", table, "Ask Ana, Table says", "Ask Ana, Table says"},
		{"no letter without its dot", table, "À table! A table is a table, see page a, Table 3. But A. Table, Table, A.", "À table! A table is a table, see page a, Table 3. But …, …."},
		{"a short login is a word of others", "Paul Lace", "a place for P. Lace", "a place for …"},
		{"many words", "Jean-Paul de la Tour d'Auvergne", "Jean Paul de la Tour d’Auvergne, Paul de la Tour", "…, Paul de la Tour"},
		{"whole words only", elo, "Mélodie Martelange, Élodie Martelanges, xemartelange", "Mélodie Martelange, Élodie Martelanges, xemartelange"},
	} {
		if got, found := Without(c.text, remembering(email, c.name, true)); got != c.want || found != (got != c.text) {
			t.Errorf("%s: %q, want %q", c.rule, got, c.want)
		}
		if got, _ := Without(c.text, remembering(email, c.name, false)); got != c.text {
			t.Errorf("%s: without a yes %q", c.rule, got)
		}
	}
	for _, c := range []struct{ rule, text, want string }{
		{"the address", "Elo@Ex.example, _elo@ex.example_, <mailto:elo@ex.example>", "…, _…_, <mailto:…>"},
		{"as a link writes it", "mailto:elo%40ex.example mailto%3Aelo@ex.example %65lo%40ex%2Eexample", "mailto:… mailto%3A… …"},
		{"as a page hides it", "elo&#64;ex.example elo&commat;ex&period;example elo&amp;#64;ex.example", "… … …"},
		{"a longer one is another's", "melo%40ex.example elo@ex.example.org elo+x@ex.example", "melo%40ex.example elo@ex.example.org elo+x@ex.example"},
		{"the name beside it, and no further one", "Élodie Martelange <elo@ex.example>, not Élodie Martelange", "… <…>, not Élodie Martelange"},
		{"behind it", "elo@ex.example (Martelange, Élodie)", "… (…)"},
		{"encoded", "Elodie%20Martelange%20%3Celo%40ex.example%3E E. Martelange &lt;elo&#64;ex.example&gt;", "…%20%3C…%3E … &lt;…&gt;"},
		{"with other words between it is another's text", "Élodie Martelange and others: elo@ex.example", "Élodie Martelange and others: …"},
		{"nothing", "", ""},
	} {
		if got, _ := Without(c.text, remembering(email, elo, false)); got != c.want {
			t.Errorf("%s: %q, want %q", c.rule, got, c.want)
		}
	}
}

// FuzzWithout: what was taken out stays out, a text stays one, and one that holds nothing stays as it is.
func FuzzWithout(f *testing.F) {
	f.Add("Vidal, %41na ana%40example.org A. Vidal+Ana avidalgo")
	f.Add("&Aacute;na&nbsp;Vidalgo &#64 \\u0041na Vidalgo ana&amp;#64;example.org, V\u0301idalgo A.")
	forgotten := remembering("ana@example.org", "Ana Vidalgo", true)
	nobody := func(string) bool { return false }
	f.Fuzz(func(t *testing.T, text string) {
		if got, found := Without(text, nobody); got != text || found {
			t.Fatalf("%q became %q", text, got)
		}
		got, found := Without(text, forgotten)
		if found != (got != text) {
			t.Fatalf("%q: found %v", text, found)
		}
		if utf8.ValidString(text) && !utf8.ValidString(got) {
			t.Fatalf("%q: cut in a character: %q", text, got)
		}
		if again, _ := Without(got, forgotten); again != got {
			t.Fatalf("%q: %q becomes %q", text, got, again)
		}
	})
}

func BenchmarkWithout(b *testing.B) {
	text := strings.Repeat("Every tree of the town has its place here, and everybody may add one: écrivez à la Ville. ", 2_800) // 256 KiB
	forgotten := remembering("ana@example.org", "Ana Vidal", true)
	b.SetBytes(int64(len(text)))
	for b.Loop() {
		Without(text, forgotten)
	}
}
