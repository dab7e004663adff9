package catalogue

import (
	_ "embed"
	"slices"
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

// spokenCategories gives the categories that a phrase says, by its first word. One word alone ("chat", "administration") may mean
// anything.
var spokenCategories = sync.OnceValue(func() map[string][]spokenPhrase {
	all := map[string][]spokenPhrase{}
	for key, x := range labels() {
		if key.set != "category" || key.value == "other" {
			continue
		}
		for phrase := range strings.SplitSeq(x.words, ",") {
			words := strings.Fields(search.Fold(phrase))
			if len(words) < 2 {
				continue
			}
			all[words[0]] = append(all[words[0]], spokenPhrase{words, key.value})
		}
	}
	return all
})

type spokenPhrase struct {
	words    []string
	category string
}

// spokenOf returns the categories that a commons names in its name and summaries, sorted: "video conferencing" says which, whoever left out the category. So
// it is found in the other language too.
func spokenOf(c *commons.Commons) []string {
	texts := []string{c.Name()}
	for _, lang := range c.Langs("summary") {
		if v, ok := c.Best("summary", lang); ok {
			texts = append(texts, v.Text())
		}
	}
	var found []string
	for _, text := range texts {
		words := strings.Fields(search.Fold(text))
		for i, w := range words {
			for _, p := range spokenCategories()[w] {
				if len(words)-i >= len(p.words) && slices.Equal(words[i:i+len(p.words)], p.words) && !slices.Contains(found, p.category) {
					found = append(found, p.category)
				}
			}
		}
	}
	slices.Sort(found)
	return found
}

// labelTexts are the everyday words for what a commons is, is for and whom it serves, one text a language. As bodies they weigh least: who says it
// in so many words comes first.
func labelTexts(c *commons.Commons) []search.Text {
	var texts []search.Text
	spoken := spokenOf(c)
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
		v, _ := c.Best("categories", "")
		add("category", v.List()...)
		for _, id := range spoken {
			if !slices.Contains(v.List(), id) {
				add("category", id)
			}
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
