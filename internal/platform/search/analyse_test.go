package search

import (
	"slices"
	"strings"
	"testing"
	"unicode/utf8"
)

func TestAnalyse(t *testing.T) {
	for _, c := range []struct {
		rule, text, lang, words string
	}{
		{"case, accents and ligatures are folded", "Œuvre À LA CARTE ﬁn Straße", "fr", "oeuvre a la carte fin strasse"},
		{"elisions go", "l’eau d'été qu’il s'agit jusqu'à Emmaüs", "fr", "eau ete il agit a emmaus"},
		{"aujourd’hui is one word", "aujourd’hui", "fr", "aujourdhui"},
		{"other apostrophes join", "prud'hommes", "fr", "prudhommes prud hommes"},
		{"an English ending goes", "the city's parks don't", "en", "the city parks don"},
		{"compounds give whole and parts", "logiciel-libre OpenStreetMap publiccode.yml snake_case", "fr",
			"logiciellibre logiciel libre openstreetmap open street map publiccodeyml publiccode yml snakecase snake case"},
		{"capitals in a row are one part", "XMLParser HTTPServer APIs PDFs GitHub", "en", "xmlparser xml parser httpserver http server apis pdfs github git hub"},
		{"a sentence's end joins nothing", "Fin. Le début (vraiment) !", "fr", "fin le debut vraiment"},
		{"numbers are kept, each alone", "RGAA 4.1.2 en 2026-05-01, 20 000 €", "fr", "rgaa 4 1 2 en 2026 05 01 20 000"},
		{"a path has no whole", "a-b-c-d-e-f-g", "en", "a b c d e f g"},
		{"scripts without spaces give signs", "開放abc街", "", "開 放 abc 街"},
		{"Arabic and Hebrew points go", "كِتَابٌ שָׁלוֹם", "", "كتاب שלום"},
		{"vowel signs of Indic scripts stay", "हिन्दी", "", "हिन्दी"},
		{"emoji and punctuation are no words", "🚲 — « » ★ …", "fr", ""},
		{"what isn't UTF-8 parts words", "a\xffb\x00c", "", "a b c"},
		{"nothing", "", "fr", ""},
	} {
		t.Run(c.rule, func(t *testing.T) {
			var words []string
			for _, tok := range Analyse(c.text, c.lang) {
				words = append(words, tok.Word)
			}
			if got := strings.Join(words, " "); got != c.words {
				t.Errorf("got  %q\nwant %q", got, c.words)
			}
		})
	}
}

func TestFamilies(t *testing.T) {
	for _, c := range []struct {
		a, b, lang string
		same       bool
	}{
		{"bibliothèque", "bibliothèques", "fr", true},
		{"bibliotheque", "bibliothèques", "fr", true}, // typed without accents
		{"financé", "financée", "fr", true},
		{"gérer", "gérait", "fr", true},
		{"park", "parks", "en", true},
		{"organising", "organised", "en", true},
		{"travaux", "travail", "fr", false}, // the French stemmer keeps them apart, and so do we
		{"carte", "carton", "fr", false},
		{"parks", "park", "", true},
		{"communes", "commune", "", true},
	} {
		a, b := Analyse(c.a, c.lang)[0].Stems, Analyse(c.b, c.lang)[0].Stems
		if got := slices.ContainsFunc(a, func(s string) bool { return slices.Contains(b, s) }); got != c.same {
			t.Errorf("%s and %s: same family %v, want %v (%v, %v)", c.a, c.b, got, c.same, a, b)
		}
	}
}

func TestFold(t *testing.T) {
	for text, want := range map[string]string{
		"  L’Œuvre   d'Été ! ": "l oeuvre d ete",
		"🚲":                    "🚲",
		" ÀÉÎ-öü ":             "aei ou",
		"":                     "",
	} {
		if got := Fold(text); got != want {
			t.Errorf("Fold(%q) = %q, want %q", text, got, want)
		}
		if again := Fold(Fold(text)); again != want {
			t.Errorf("Fold twice of %q = %q, want %q", text, again, want)
		}
	}
}

func TestEditsAreOneMistakeAway(t *testing.T) {
	got := map[string]bool{}
	edits("abc", []rune("abcdé"), func(w []byte) { got[string(w)] = true })
	for _, want := range []string{"bc", "ac", "ab", "bac", "acb", "dbc", "abd", "abcd", "dabc", "adbc", "abéc"} {
		if !got[want] {
			t.Errorf("%q was not tried", want)
		}
	}
	if got["abc"] {
		t.Error("the word itself was tried as a mistake")
	}
}

func FuzzAnalyse(f *testing.F) {
	for _, s := range []string{"L’Œuvre d'Été", "OpenStreetMap-XMLs it's 4.1", "ﷺ ½ ſ İ ΑΣ", "街a\u0301", "a\xff\x00-_.’s"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, text string) {
		for _, tok := range Analyse(text, "") {
			if tok.Word == "" || !utf8.ValidString(tok.Word) || utf8.RuneCountInString(tok.Word) > maxWord {
				t.Fatalf("%q gives the word %q", text, tok.Word)
			}
			for _, r := range tok.Word {
				if !wordRune(r) { // it would be syntax to a database, or part the word there
					t.Fatalf("%q gives the word %q, with %q", text, tok.Word, r)
				}
			}
			if strings.ContainsAny(tok.Word, "ABCDEFGHIJKLMNOPQRSTUVWXYZ") {
				t.Fatalf("%q gives the word %q", text, tok.Word)
			}
		}
		if folded := Fold(text); !utf8.ValidString(folded) {
			t.Fatalf("%q folds to %q", text, folded)
		}
	})
}
