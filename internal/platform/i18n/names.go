package i18n

import (
	"strings"
)

// List joins words as a sentence does: «a, b et c», "a, b and c".
func (l *Localizer) List(words []string) string {
	switch len(words) {
	case 0:
		return ""
	case 1:
		return words[0]
	}
	last := len(words) - 1
	return l.T("list.last", Args{"first": strings.Join(words[:last], l.T("list.separator")), "last": words[last]})
}

// Language returns the name of a language by its tag, such as "français" for "fr" or "fr-FR"; the tag itself when it has no name here.
func (l *Localizer) Language(tag string) string {
	base, _, _ := strings.Cut(strings.ToLower(strings.ReplaceAll(tag, "_", "-")), "-")
	if key := "language." + base; l.Has(key) {
		return l.T(key)
	}
	return tag
}

// Country returns the name of a country by its ISO 3166-1 alpha-2 code in any case; the code itself when there is no such country.
func (l *Localizer) Country(code string) string {
	if key := "country." + strings.ToUpper(code); l.Has(key) {
		return l.T(key)
	}
	return code
}
