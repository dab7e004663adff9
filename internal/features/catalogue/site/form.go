package site

import (
	"net/http"
	"slices"
	"strings"
	"unicode"

	"commun/internal/core/commons"
	"commun/internal/features/catalogue"
	"commun/internal/platform/i18n"
	"commun/internal/web/components"
)

// fieldForm is what stands in a form over the fields of a commons: for each name, as commons.FormName gives it, what was typed.
type fieldForm struct {
	Langs  []string // those in which texts are asked for, the reader's first
	Typed  map[string][]string
	Errors components.Errors
}

func (f fieldForm) one(name string) string {
	if v := f.Typed[name]; len(v) > 0 {
		return v[0]
	}
	return ""
}

// shown is what a control shows again of what was typed: all of it but characters that no page should be given. What was typed is judged as it came.
func (f fieldForm) shown(name string) string { return visible(f.one(name)) }

// visible is a text without what can't be seen and would act on the page: control characters, and those that turn the direction of what follows.
func visible(s string) string {
	return strings.Map(func(r rune) rune {
		switch {
		case r == '\n' || r == '\t':
			return r
		case unicode.IsControl(r), r >= 0x202A && r <= 0x202E, r >= 0x2066 && r <= 0x2069:
			return -1
		}
		return r
	}, strings.ToValidUTF8(s, "\ufffd"))
}

// control is one control of the form: a field, in a language when it has one.
type control struct {
	commons.Field
	Lang string
}

func (c control) name() string { return commons.FormName(c.Name, c.Lang) }

// controls lists the controls of the fields that a person edits, those of names when any are given.
func controls(langs []string, names ...string) []control {
	var list []control
	for _, f := range commons.Fields {
		if !f.Edit || len(names) > 0 && !slices.Contains(names, f.Name) {
			continue
		}
		if !f.PerLang {
			list = append(list, control{Field: f})
			continue
		}
		for _, lang := range langs {
			list = append(list, control{f, lang})
		}
	}
	return list
}

// langsOf are the languages in which a form asks for texts: the site's own, the reader's first, then those in which there are texts already.
func langsOf(l *i18n.Localizer, c commons.Commons) []string {
	langs := []string{l.Lang()}
	for _, lang := range []string{"fr", "en"} {
		if !slices.Contains(langs, lang) {
			langs = append(langs, lang)
		}
	}
	for _, f := range commons.Fields {
		if f.PerLang && f.Edit {
			for _, lang := range c.Langs(f.Name) {
				if !slices.Contains(langs, lang) {
					langs = append(langs, lang)
				}
			}
		}
	}
	return langs
}

// filled is the form as it stands for a commons.
func filled(l *i18n.Localizer, c commons.Commons) fieldForm {
	f := fieldForm{Langs: langsOf(l, c), Typed: map[string][]string{}}
	for _, x := range controls(f.Langs) {
		if v, ok := c.Best(x.Name, x.Lang); ok {
			f.Typed[x.name()] = typedOf(l, x.Field, v)
		}
	}
	return f
}

// typedOf writes a value as a person would type it.
func typedOf(l *i18n.Localizer, f commons.Field, v commons.Value) []string {
	switch {
	case f.Shape == commons.Parties:
		return []string{strings.Join(partyLines(v.PartyList()), "\n")}
	case f.Shape == commons.Words:
		return []string{strings.Join(v.List(), "\n")}
	case f.Shape == commons.Choices && len(f.Options) > 0:
		return v.List()
	case f.Shape == commons.Choices:
		words := v.List()
		for i, w := range words {
			if name := word(l, f.Name, w); code(l, f.Name, name) == w {
				words[i] = name // a name that leads back to the same code
			}
		}
		return []string{strings.Join(words, ", ")}
	case f.Name == commons.TextLanguage:
		return []string{word(l, f.Name, v.Text())}
	}
	return []string{v.Text()}
}

// typed reads what a form sent for the controls; the request's form was parsed by web.Decode.
func typed(r *http.Request, langs []string, list []control) fieldForm {
	f := fieldForm{Langs: langs, Typed: map[string][]string{}}
	for _, x := range list {
		for _, v := range r.PostForm[x.name()] {
			f.Typed[x.name()] = append(f.Typed[x.name()], strings.ReplaceAll(v, "\r\n", "\n"))
		}
	}
	return f
}

// sent keeps the controls that a form held: a browser sends every control but boxes of which none is ticked, and what was not sent is not emptied.
func sent(r *http.Request, list []control) []control {
	return slices.DeleteFunc(slices.Clone(list), func(x control) bool {
		boxes := x.Shape == commons.Choices && len(x.Options) > 0
		return !boxes && !r.PostForm.Has(x.name())
	})
}

// values turns what was typed into the values of fields, as catalogue.CleanForm takes them.
func (f fieldForm) values(l *i18n.Localizer, list []control) []catalogue.FormValue {
	var out []catalogue.FormValue
	for _, x := range list {
		v := catalogue.FormValue{Field: x.Name, Lang: x.Lang}
		first := f.one(x.name())
		switch {
		case x.Shape == commons.Parties:
			v.Value = parties(first)
		case x.Shape == commons.Words:
			v.Value = lines(first)
		case x.Shape == commons.Choices && len(x.Options) > 0:
			// the order of the options, so that the same choice is the same value
			v.Value = slices.DeleteFunc(slices.Clone(x.Options), func(o string) bool { return !slices.Contains(f.Typed[x.name()], o) })
		case x.Shape == commons.Choices:
			v.Value = codes(l, x.Name, first)
		case x.Name == commons.TextLanguage:
			v.Value = code(l, x.Name, first)
		default:
			v.Value = first
		}
		out = append(out, v)
	}
	return out
}

// lines are the lines of a text that say something.
func lines(s string) []string {
	list := []string{}
	for line := range strings.SplitSeq(s, "\n") {
		if line = strings.TrimSpace(line); line != "" {
			list = append(list, line)
		}
	}
	return list
}

// parties reads persons and organisations, one a line: a name, and after bars the organisation that it works for and an address, in any order.
func parties(s string) []commons.Party {
	list := []commons.Party{}
	for _, line := range lines(s) {
		parts := strings.Split(line, "|")
		p := commons.Party{Name: strings.TrimSpace(parts[0])}
		for _, part := range parts[1:] {
			switch part = strings.TrimSpace(part); {
			case strings.HasPrefix(part, "https://"), strings.HasPrefix(part, "http://"):
				p.URL = part
			case p.Of == "":
				p.Of = part
			}
		}
		list = append(list, p)
	}
	return list
}
