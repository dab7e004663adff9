package site

import (
	"encoding/json"
	"path"
	"slices"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"commun/internal/core/commons"
	"commun/internal/core/people"
	"commun/internal/features/catalogue"
	"commun/internal/platform/i18n"
	"commun/internal/platform/jobs"
	"commun/internal/platform/search"
	"commun/internal/platform/storage"
	"commun/internal/web/components"
)

// The prefixes under which the words of closed sets stand. A value's key is the prefix and the value, with "_" for what a key cannot hold.
const (
	fieldWords     = "field."
	kindWords      = "find.kind."
	stageWords     = "find.stage."
	audienceWords  = "find.audience."
	carerWords     = "find.maintenance."
	platformWords  = "find.platform."
	softwareWords  = "find.software."
	fileWords      = "find.file."
	familyWords    = "find.family."
	reasonWords    = "catalogue.reason."
	sortWords      = "find.sort."
	columnWords    = "find.column." // of a file for a spreadsheet, where no field has the name
	stateWords     = "find.state."
	outcomeWords   = "find.outcome." // of many lines
	cameWords      = "find.came."    // of one line
	entryKindWords = "record.kind."  // package record's
)

// named says a value of a closed set in words, and a value that has none as it is.
func named(l *i18n.Localizer, prefix, value string) string {
	if value == "" {
		return ""
	}
	key := prefix + strings.Map(func(r rune) rune {
		if r == '-' || r == '/' || r == '.' || r == ' ' {
			return '_'
		}
		return r
	}, value)
	if l.Has(key) {
		return l.T(key)
	}
	return value
}

// FieldName names a field of a commons, and its language when it has one: "Summary (French)".
func FieldName(l *i18n.Localizer, field, lang string) string {
	name := named(l, fieldWords, field)
	if lang == "" {
		return name
	}
	return l.T("find.field_in", i18n.Args{"field": name, "language": langName(l, lang)})
}

// langName names a language, and says of the undetermined one that it is not known.
func langName(l *i18n.Localizer, tag string) string {
	if tag == commons.Undetermined {
		return l.T("find.lang_unknown")
	}
	return l.Language(tag)
}

// valueWords are the prefixes of the fields whose values are of a closed set.
var valueWords = map[string]string{"kind": kindWords, "stage": stageWords, "audiences": audienceWords, "maintenance": carerWords, "platforms": platformWords}

// word says one value of a field as the reader's language does.
func word(l *i18n.Localizer, field, value string) string {
	switch field {
	case "countries", "country":
		return l.Country(value)
	case "languages", "language", commons.TextLanguage:
		return langName(l, value)
	case "audience":
		return named(l, audienceWords, value)
	case "categories", "category":
		return categoryName(l, value)
	case "licence":
		if value == catalogue.LicenceOther {
			return l.T("find.licence_other")
		}
	}
	if prefix, ok := valueWords[field]; ok {
		return named(l, prefix, value)
	}
	return value
}

// categoryName says a category of publiccode.yml; one that is not of the standard by the word that audiences have for it, else written as words are.
func categoryName(l *i18n.Localizer, value string) string {
	name := catalogue.CategoryName(l.Lang(), value)
	if name != value {
		return name
	}
	if name = named(l, audienceWords, value); name != value {
		return name
	}
	name = strings.NewReplacer("-", " ", "_", " ").Replace(value)
	first, n := utf8.DecodeRuneInString(name)
	return string(unicode.ToUpper(first)) + name[n:]
}

// ValueText writes a field's value in words, for a difference or a conflict: "" for none. Lists have a line for each item.
func ValueText(l *i18n.Localizer, field, lang string, value json.RawMessage) string {
	f, ok := commons.FieldByName(field)
	v := commons.Value{Field: field, Lang: lang, JSON: value}
	if !ok || len(value) == 0 || string(value) == "null" {
		return ""
	}
	switch f.Shape {
	case commons.Parties:
		return strings.Join(partyLines(v.PartyList()), "\n")
	case commons.Choices, commons.Words:
		words := v.List()
		for i := range words {
			words[i] = word(l, field, words[i])
		}
		return strings.Join(words, "\n")
	case commons.DayText:
		return dayText(l, v.Text())
	case commons.RawText:
		return l.T("find.whole_file")
	}
	return word(l, field, v.Text())
}

// dayText writes a day that is stored as YYYY-MM-DD.
func dayText(l *i18n.Localizer, day string) string {
	t, err := time.Parse(time.DateOnly, day)
	if err != nil {
		return day
	}
	return l.Date(t)
}

// partyLines writes parties as the form takes them: name | organisation | address.
func partyLines(list []commons.Party) []string {
	lines := make([]string, len(list))
	for i, p := range list {
		lines[i] = p.Name
		for _, more := range []string{p.Of, p.URL} {
			if more != "" {
				lines[i] += " | " + more
			}
		}
	}
	return lines
}

// sourceText says where a value comes from: who said it, or which file.
func sourceText(l *i18n.Localizer, v commons.Value) string {
	switch {
	case v.Source.Takes() != "":
		return l.T("find.from_undone", i18n.Args{"date": storage.Time(v.At)})
	case v.Source == commons.FromPerson:
		return l.T("find.from_person", i18n.Args{"date": storage.Time(v.At)})
	case v.Note == "":
		return l.T("find.from_repository")
	case v.Field == "version" || v.Field == "released":
		if v.Source == commons.FromRepository {
			return l.T("find.from_tag", i18n.Args{"tag": v.Note})
		}
	}
	return sourceFile(v)
}

// sourceFile is the name of the file that a value comes from, without its folder and its line.
func sourceFile(v commons.Value) string {
	file, _, _ := strings.Cut(v.Note, ":")
	return path.Base(file)
}

// lineText says in which line of which file a value stands.
func lineText(l *i18n.Localizer, v commons.Value) string {
	file, line, ok := strings.Cut(v.Note, ":")
	if !ok {
		return v.Note
	}
	return l.T("find.from_line", i18n.Args{"file": file, "line": line})
}

// faultText says a fault that was stored, in the reader's language.
func faultText(l *i18n.Localizer, f *jobs.Fault) string {
	if f == nil {
		return ""
	}
	if !l.Has(f.Key) {
		return l.T(jobs.KeyFailed)
	}
	return l.T(f.Key, i18n.Args(f.Args))
}

// remarkText says a remark: in the words of formats/publiccode, or of the catalogue's own messages.
func remarkText(l *i18n.Localizer, r catalogue.Remark) string {
	if text := r.Text[l.Lang()]; text != "" {
		return text
	}
	if text := r.Text["en"]; text != "" {
		return text
	}
	args := i18n.Args{}
	for name, v := range r.Args {
		args[name] = v
	}
	if field, ok := args["field"].(string); ok {
		args["field"] = FieldName(l, field, "")
	}
	for _, name := range []string{"size", "limit"} { // of a file, in bytes
		if n, ok := args[name].(int64); ok && r.Args["path"] != nil {
			args[name] = l.Bytes(n)
		}
	}
	if !l.Has(r.Code) {
		return r.Code
	}
	return l.T(r.Code, args)
}

// placeText says where in a file a remark is.
func placeText(l *i18n.Localizer, r catalogue.Remark) string {
	switch {
	case r.File == "":
		return l.T("find.remark_whole")
	case r.Line == 0:
		return r.File
	}
	return l.T("find.from_line", i18n.Args{"file": r.File, "line": l.Int(int64(r.Line))})
}

// roleKeys say the roles on a commons.
var roleKeys = map[people.Role]string{people.Steward: "find.role_steward", people.Contributor: "find.role_contributor", people.Observer: "find.role_observer"}

// roleHints say what a role allows.
var roleHints = map[people.Role]string{people.Steward: "find.role_steward_hint", people.Contributor: "find.role_contributor_hint",
	people.Observer: "find.role_observer_hint"}

// roles lists them in the order of the form.
var roles = []people.Role{people.Steward, people.Contributor, people.Observer}

// stateTones are the looks of states that are not the usual one.
var stateTones = map[commons.State]string{commons.Proposed: "warn", commons.Archived: "warn", commons.Merged: "warn"}

// stageTones are the looks of stages that a reader should see.
var stageTones = map[string]string{"stable": "good", "obsolete": "bad"}

// options makes choices of the values of a closed set.
func options(l *i18n.Localizer, prefix string, values []string, selected ...string) []components.Option {
	list := make([]components.Option, len(values))
	for i, v := range values {
		list[i] = components.Option{Value: v, Label: named(l, prefix, v)}
	}
	return components.Selected(list, selected...)
}

// byLabel sorts choices by what they are called.
func byLabel(list []components.Option) []components.Option {
	slices.SortFunc(list, func(a, b components.Option) int {
		return strings.Compare(search.Fold(a.Label), search.Fold(b.Label))
	})
	return list
}

// code finds what a person called a country or a language: its code, or its name in the page's language. What is neither is returned as it
// is, for the rule of the field to refuse.
func code(l *i18n.Localizer, field, typed string) string {
	typed = strings.TrimSpace(typed)
	country := field == "countries"
	for a := 'a'; a <= 'z'; a++ {
		for b := 'a'; b <= 'z'; b++ {
			c := string([]rune{a, b})
			if country && strings.EqualFold(l.Country(strings.ToUpper(c)), typed) {
				return strings.ToUpper(c)
			}
			if !country && strings.EqualFold(l.Language(c), typed) {
				return c
			}
		}
	}
	return typed
}
