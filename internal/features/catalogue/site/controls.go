package site

import (
	"context"
	"slices"

	"commun/internal/core/commons"
	"commun/internal/platform/i18n"
	"commun/internal/web/components"
)

// hints say how a field is to be typed, where its name does not.
var hints = map[string]string{"summary": "find.hint_summary", "description": "find.hint_description",
	"stewards": "find.hint_parties", "maintainers": "find.hint_maintainers", "countries": "find.hint_countries", "languages": "find.hint_languages",
	"territories": "find.hint_territories", "rules": "find.hint_rules", commons.TextLanguage: "find.hint_text_language"}

// field describes the control of x with what was typed.
func field(ctx context.Context, f fieldForm, x control) components.Field {
	l := i18n.From(ctx)
	c := components.Field{Name: x.name(), Label: FieldName(l, x.Name, x.Lang), Value: f.shown(x.name()), Error: f.Errors.For(x.name()),
		Optional: x.Name != "name", Max: x.Max}
	if x.Lang != commons.Undetermined {
		c.Lang = x.Lang
	}
	if key, ok := hints[x.Name]; ok {
		c.Hint = l.T(key)
	}
	if x.Name == "licence" {
		c.Hint = licenceHint(l, c.Value)
	}
	switch {
	case x.Name == "rules":
		c.Rows = 4
	case x.Shape == commons.LongTxt:
		c.Rows = 8
	case x.Shape == commons.Parties:
		c.Rows = 3
	case x.Shape == commons.Words:
		c.Rows = 2
	case x.Shape == commons.Address:
		c.Type, c.NoSpell = "url", true
	case x.Name == "summary":
		c.Rows = 2
	case x.Name == "licence":
		c.NoSpell, c.Width = true, "medium"
	case x.Name == "name", x.Name == commons.TextLanguage:
		c.Width = "medium"
	}
	return c
}

// choiceOptions are the values of a choice of one, after that of saying nothing.
func choiceOptions(ctx context.Context, f fieldForm, x control) []components.Option {
	l := i18n.From(ctx)
	list := append([]components.Option{{Value: "", Label: l.T("find.not_said")}}, options(l, valueWords[x.Name], x.Options)...)
	return components.Selected(list, f.one(x.name()))
}

// checkOptions are the values of a choice of many, by what they are called.
func checkOptions(ctx context.Context, f fieldForm, x control) []components.Option {
	return byLabel(options(i18n.From(ctx), valueWords[x.Name], x.Options, f.Typed[x.name()]...))
}

// boxesTitle names a folded choice with what is chosen in it.
func boxesTitle(l *i18n.Localizer, title string, list []components.Option) string {
	var chosen []string
	for _, o := range list {
		if o.Selected {
			chosen = append(chosen, o.Label)
		}
	}
	if len(chosen) == 0 {
		return l.T("find.boxes_none", i18n.Args{"field": title})
	}
	return l.T("find.boxes_chosen", i18n.Args{"field": title, "chosen": chosen})
}

// clashOptions are the two ways out of a clash.
func clashOptions(ctx context.Context, chosen string) []components.Option {
	l := i18n.From(ctx)
	return components.Selected([]components.Option{{Value: "theirs", Label: l.T("find.clash_theirs")},
		{Value: "mine", Label: l.T("find.clash_mine"), Hint: l.T("find.clash_mine_hint")}}, chosen)
}

// undoOptions are the two ways out where an undo meets what was changed since.
func undoOptions(ctx context.Context, chosen string) []components.Option {
	l := i18n.From(ctx)
	return components.Selected([]components.Option{{Value: "theirs", Label: l.T("find.undo_now")}, {Value: "mine", Label: l.T("find.undo_before")}}, chosen)
}

// fileText describes the control of a text of one language in the form for a publiccode.yml.
func fileText(ctx context.Context, f fileForm, errs components.Errors, lang, key string) components.Field {
	l := i18n.From(ctx)
	name := "description." + lang + "." + key
	c := components.Field{Name: name, Label: l.T("find.field_in", i18n.Args{"field": l.T(textLabels[key]), "language": langName(l, lang)}),
		Value: visible(f.texts[name]), Error: errs.For(name), Lang: lang, Optional: key == "documentation" || lang != f.Langs[0]}
	if hint := textHints[key]; hint != "" {
		c.Hint = l.T(hint)
	}
	if f.cut[name] {
		c.Hint += " " + l.T("find.file_cut")
	}
	switch key {
	case "shortDescription":
		c.Rows = 2
	case "longDescription":
		c.Rows = 8
	case "features":
		c.Rows = 4
	default:
		c.Type, c.NoSpell = "url", true
	}
	return c
}

// urlHint says what the address is for, and why it is empty although the commons has a repository.
func urlHint(ctx context.Context, f fileForm) string {
	l := i18n.From(ctx)
	if f.folder && f.URL == "" {
		return l.T("find.file_url_hint") + " " + l.T("find.file_url_folder")
	}
	return l.T("find.file_url_hint")
}

// asked are choices of which none is made for the reader: the first says that one must be.
func asked(l *i18n.Localizer, list []components.Option) []components.Option {
	return append([]components.Option{{Value: "", Label: l.T("find.choose_one")}}, list...)
}

// yesNo are the answers to a question that must be answered.
func yesNo(ctx context.Context, selected string) []components.Option {
	return components.Selected([]components.Option{{Value: "yes", Label: i18n.T(ctx, "find.yes")}, {Value: "no", Label: i18n.T(ctx, "find.no")}}, selected)
}

// withOwn is a vocabulary with the values that stand in a file and are not in it: the standard lets platforms be named freely.
func withOwn(vocabulary, own []string) []string {
	for _, v := range own {
		if !slices.Contains(vocabulary, v) {
			vocabulary = append(vocabulary, v)
		}
	}
	return vocabulary
}

// categoryOptions are the categories of the standard, by what they are called.
func categoryOptions(l *i18n.Localizer, all, chosen []string) []components.Option {
	list := make([]components.Option, len(all))
	for i, v := range all {
		list[i] = components.Option{Value: v, Label: word(l, "categories", v)}
	}
	return components.Selected(byLabel(list), chosen...)
}

// licenceHint says how a licence is typed, and between which names one must choose where SPDX has withdrawn the one that stands there.
func licenceHint(l *i18n.Localizer, value string) string {
	if text := withdrawn(l, value); text != "" {
		return l.T("find.hint_licence") + " " + text
	}
	return l.T("find.hint_licence")
}
