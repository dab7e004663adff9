package catalogue

import (
	_ "embed"
	"strings"
	"sync"

	"commun/internal/core/commons"
	"commun/internal/platform/search"
)

// A *label* is what people call a value of a closed set: the standard's categories are ids such as "appointment-scheduling", which nobody types. They
// are data rather than messages, because the index is given them in each language whatever the reader's is.

//go:embed labels.tsv
var labelFile string

// label is a value's name and other words, in one language, commas between.
type label struct{ words string }

// name is the first of the words.
func (l label) name() string {
	name, _, _ := strings.Cut(l.words, ",")
	return name
}

type labelKey struct{ set, value, lang string }

// labels reads the table, once. Its form is tested.
var labels = sync.OnceValue(func() map[labelKey]label {
	all := map[labelKey]label{}
	for line := range strings.Lines(labelFile) {
		f := strings.Split(strings.TrimSpace(line), "\t")
		if len(f) == 4 {
			all[labelKey{f[0], f[1], "en"}], all[labelKey{f[0], f[1], "fr"}] = label{f[2]}, label{f[3]}
		}
	}
	return all
})

// labelLangs are the languages that have labels.
var labelLangs = []string{"fr", "en"}

// CategoryName says a category of publiccode.yml in a language: "appointment-scheduling" is "Prise de rendez-vous" in French. Languages without names
// get the English one; a category that is not of the standard is its own name.
func CategoryName(lang, id string) string {
	for _, l := range []string{lang, "en"} {
		if x, ok := labels()[labelKey{"category", id, l}]; ok {
			return x.name()
		}
	}
	return id
}

// labelTexts are the everyday words for what a commons is, is for and whom it serves, one text a language. As bodies they weigh least: who says it
// in so many words comes first.
func labelTexts(c *commons.Commons) []search.Text {
	var texts []search.Text
	for _, lang := range labelLangs {
		var words []string
		add := func(set string, values ...string) {
			for _, v := range values {
				if x, ok := labels()[labelKey{set, v, lang}]; ok {
					words = append(words, x.words)
				}
			}
		}
		if v, ok := c.Best("kind", ""); ok {
			add("kind", v.Text())
		}
		if v, ok := c.Best("categories", ""); ok {
			add("category", v.List()...)
		}
		if v, ok := c.Best("audiences", ""); ok {
			add("audience", v.List()...)
		}
		if len(words) > 0 {
			texts = append(texts, search.Text{Lang: lang, Body: strings.Join(words, "\n")})
		}
	}
	return texts
}
