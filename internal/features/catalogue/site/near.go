package site

import (
	"net/url"
	"slices"
	"strings"

	"commun/formats/licence"
	"commun/internal/core/commons"
	"commun/internal/platform/i18n"
	"commun/internal/platform/search"
	"commun/internal/web/components"
)

// nearest is the name of a country (else of a language) that a mistyped one may be meant to be, "" when none is near: at most one mistake in three
// letters, two in all, accents apart. A code of two letters is near to too many others to be guessed.
func nearest(l *i18n.Localizer, country bool, typed string) string {
	typed = search.Fold(strings.TrimSpace(typed))
	letters := len([]rune(typed))
	if letters < 4 || letters > 40 {
		return ""
	}
	best, fewest := "", min(letters/3, 2)+1
	for a := 'a'; a <= 'z'; a++ {
		for b := 'a'; b <= 'z'; b++ {
			code := string([]rune{a, b})
			name := l.Language(code)
			if country {
				name = l.Country(strings.ToUpper(code))
			}
			if strings.EqualFold(name, code) {
				continue // nothing has that code
			}
			if n := mistakes(typed, search.Fold(name)); n < fewest {
				best, fewest = name, n
			}
		}
	}
	return best
}

// mistakes counts the letters that must be added, left out, changed or exchanged with their neighbour to make b of a.
func mistakes(a, b string) int {
	x, y := []rune(a), []rune(b)
	before, last := make([]int, len(y)+1), make([]int, len(y)+1) // the two rows above
	for j := range last {
		last[j] = j
	}
	for i := 1; i <= len(x); i++ {
		row := make([]int, len(y)+1)
		row[0] = i
		for j := 1; j <= len(y); j++ {
			change := 1
			if x[i-1] == y[j-1] {
				change = 0
			}
			row[j] = min(last[j]+1, row[j-1]+1, last[j-1]+change)
			if i > 1 && j > 1 && x[i-1] == y[j-2] && x[i-2] == y[j-1] {
				row[j] = min(row[j], before[j-2]+1)
			}
		}
		before, last = last, row
	}
	return last[len(y)]
}

// unknownName says that a text is no country or no language, with the one that it may be meant to be.
func unknownName(l *i18n.Localizer, country bool, value any) string {
	typed, _ := value.(string)
	keys := [2]string{"commons.not_a_language", "find.language_near"}
	if country {
		keys = [2]string{"commons.not_a_country", "find.country_near"}
	}
	if near := nearest(l, country, typed); near != "" {
		return l.T(keys[1], i18n.Args{"value": typed, "near": near})
	}
	return l.T(keys[0], i18n.Args{"value": typed})
}

// inOrder puts errors in the order of the controls of their form; those of the whole form come first, as they came.
func inOrder(errs components.Errors, names []string) components.Errors {
	place := func(e components.FieldError) int {
		if e.Field == "" {
			return -1
		}
		if i := slices.Index(names, e.Field); i >= 0 {
			return i
		}
		return len(names)
	}
	slices.SortStableFunc(errs, func(a, b components.FieldError) int { return place(a) - place(b) })
	return errs
}

// withdrawn says which identifiers of a licence SPDX has withdrawn and between which a person must choose; "" when there is none such.
func withdrawn(l *i18n.Localizer, text string) string {
	e, err := licence.Normalise(text)
	if err != nil {
		return ""
	}
	for _, x := range e.Replaced() {
		if !x.Done && len(x.To) > 0 {
			return l.T("find.licence_withdrawn", i18n.Args{"value": x.From, "choices": x.To})
		}
	}
	return ""
}

// textLanguage is the name of the control by which a person says that the texts of a language are really in another.
func textLanguage(lang string) string { return "really." + lang }

// textFields are the fields that a person writes in each language.
var textFields = []string{"summary", "description", "rules", "documentation"}

// reallyIn moves the texts of each language in what a form sent to the language that a person says they are in: a file may name another. A text that
// stands there already is not covered. It returns the languages that there are then.
func reallyIn(l *i18n.Localizer, form url.Values, langs []string) ([]string, components.Errors) {
	all := slices.Clone(langs)
	var errs components.Errors
	for _, from := range langs {
		typed := strings.TrimSpace(form.Get(textLanguage(from)))
		to := code(l, commons.TextLanguage, typed)
		if from == commons.Undetermined || typed == "" || to == from {
			continue
		}
		if !langTag.MatchString(to) || to == commons.Undetermined || langName(l, to) == to {
			errs = append(errs, components.FieldError{Field: textLanguage(from), Text: visible(unknownName(l, false, typed))})
			continue
		}
		if !slices.Contains(all, to) {
			all = append(all, to)
		}
		for _, field := range textFields {
			here, there := commons.FormName(field, from), commons.FormName(field, to)
			if strings.TrimSpace(form.Get(here)) != "" && strings.TrimSpace(form.Get(there)) == "" {
				form[there], form[here] = form[here], []string{""}
			}
		}
	}
	return all, errs
}
