package catalogue

import (
	"regexp"
	"slices"
	"strings"
	"sync"

	"commun/formats/licence"
	"commun/internal/platform/search"
)

// LicenceOther is the value of the facet for what is named, but is no licence that SPDX knows.
const LicenceOther = "other"

// licenceFacet returns the values under which a licence as it is written is filtered: one for each licence in the expression, without "only" and
// "or later", by which nobody chooses what to reuse. Usual names ("Apache License, Version 2.0") stand under their identifier. What is written
// stays as it is on the page. It only looks things up: what package licence suggests for a free text costs milliseconds, and every commons comes here.
func licenceFacet(text string) []string {
	if text = strings.TrimSpace(text); text == "" {
		return nil
	}
	if one, ok := licenceFamily(text); ok {
		return []string{one}
	}
	var list []string
	exception := false
	for _, word := range strings.FieldsFunc(text, func(r rune) bool { return r == ' ' || r == '(' || r == ')' }) {
		switch strings.ToUpper(word) {
		case "AND", "OR":
			continue
		case "WITH":
			exception = true
			continue
		}
		if exception { // the licence is the one before
			exception = false
			continue
		}
		one, ok := licenceFamily(word)
		if !ok {
			return []string{LicenceOther}
		}
		if !slices.Contains(list, one) {
			list = append(list, one)
		}
	}
	if len(list) == 0 {
		list = []string{LicenceOther}
	}
	return list
}

// licenceFamily returns the identifier of one licence, called by an identifier or a usual name, without "only" and "or later".
func licenceFamily(text string) (id string, ok bool) {
	id = licenceFamilies()[licenceKey(text)]
	return id, id != ""
}

// licenceFamilies gives the family of what a licence is called by, as licenceKey writes it. An identifier wins over the name of another licence, and a
// name that two families share says neither.
var licenceFamilies = sync.OnceValue(func() map[string]string {
	all := map[string]string{"ouverte 2": "etalab-2.0", "ouverte open 2": "etalab-2.0"} // as French administrations write it
	known := licence.All()
	for _, x := range known {
		all[licenceKey(x.ID)] = versionOf(x.ID)
	}
	ids := len(all)
	names := make(map[string]string, ids)
	for _, x := range known {
		key := licenceKey(x.Name)
		if was, ok := names[key]; ok && was != versionOf(x.ID) {
			names[key] = ""
		} else {
			names[key] = versionOf(x.ID)
		}
	}
	for key, id := range names {
		if _, ok := all[key]; !ok && key != "" {
			all[key] = id
		}
	}
	return all
})

// versionMark is the v of "GPLv3" and "v2.0".
var versionMark = regexp.MustCompile(`v(\d)`)

// licenceKey writes what a licence is called by so that the usual spellings are one: without the words that say nothing of which licence it is, and
// with "3" for "v3.0".
func licenceKey(text string) string {
	words := strings.Fields(versionMark.ReplaceAllString(search.Fold(text), " $1"))
	words = slices.DeleteFunc(words, func(w string) bool {
		switch w {
		case "the", "gnu", "license", "licence", "version", "only", "or", "later":
			return true
		}
		return false
	})
	if n := len(words); n > 1 && words[n-1] == "0" && strings.Trim(words[n-2], "0123456789") == "" {
		words = words[:n-1]
	}
	return strings.Join(words, " ")
}

// FacetValues returns what the values of a facet that somebody chose stand under: addresses made before licences had families name single ones. What
// is no licence chooses nothing.
func FacetValues(facet string, values []string) []string {
	if facet != "licence" {
		return values
	}
	var list []string
	for _, v := range values {
		if id, ok := licenceFamily(cutText(v, maxName)); ok {
			v = id
		}
		if !slices.Contains(list, v) {
			list = append(list, v)
		}
	}
	return list
}
