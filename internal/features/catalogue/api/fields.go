package api

import (
	"bytes"
	"encoding/json"
	"maps"
	"slices"
	"strings"

	"github.com/danielgtaylor/huma/v2"
	"golang.org/x/text/language"

	"commun/internal/core/commons"
	"commun/internal/features/catalogue"
	"commun/internal/platform/fault"
)

// Fields are the values that stand, by field; a text per language is an object by language tag.
type Fields map[string]any

// Schema describes every field that goes out.
func (Fields) Schema(huma.Registry) *huma.Schema {
	return fieldsSchema(func(f commons.Field) bool { return f.Shape != commons.RawText }, false)
}

// FieldsPatch is what a person says of fields: those that are named get their value, and null empties one.
type FieldsPatch map[string]json.RawMessage

// Schema describes every field that a person edits.
func (FieldsPatch) Schema(huma.Registry) *huma.Schema {
	return fieldsSchema(func(f commons.Field) bool { return f.Edit }, true)
}

// fieldsSchema makes the schema of the chosen fields from the table of package commons. nullable lets null empty a field.
func fieldsSchema(chosen func(commons.Field) bool, nullable bool) *huma.Schema {
	s := &huma.Schema{Type: huma.TypeObject, AdditionalProperties: false, Properties: map[string]*huma.Schema{}}
	for _, f := range commons.Fields {
		if !chosen(f) {
			continue
		}
		value := shapeSchema(f)
		value.Nullable = nullable
		if f.PerLang {
			value = &huma.Schema{Type: huma.TypeObject, AdditionalProperties: value, Nullable: nullable}
		}
		value.Description = "catalogue_api.f_" + f.Name
		s.Properties[f.Name] = value
	}
	return s
}

func shapeSchema(f commons.Field) *huma.Schema {
	text := &huma.Schema{Type: huma.TypeString}
	if f.Max > 0 {
		text.MaxLength = &f.Max
	}
	for _, o := range f.Options {
		text.Enum = append(text.Enum, o)
	}
	switch f.Shape {
	case commons.Choices, commons.Words:
		return &huma.Schema{Type: huma.TypeArray, Items: text}
	case commons.Parties:
		return &huma.Schema{Type: huma.TypeArray, Items: &huma.Schema{Type: huma.TypeObject, AdditionalProperties: false, Required: []string{"name"},
			Properties: map[string]*huma.Schema{
				"name": {Type: huma.TypeString, Description: "catalogue_api.party_name"},
				"url":  {Type: huma.TypeString, Format: "uri", Description: "catalogue_api.party_url"},
				"of":   {Type: huma.TypeString, Description: "catalogue_api.party_of"},
			}}}
	case commons.Address:
		text.Format = "uri"
	case commons.DayText:
		text.Format = "date"
	case commons.Bool:
		return &huma.Schema{Type: huma.TypeBoolean}
	}
	return text
}

// values turns a patch into checked values, with every fault at its field. c is the commons as it stands, for a null that empties a field in
// all its languages.
func (p FieldsPatch) values(c commons.Commons) ([]commons.Value, error) {
	form, err := p.form(c)
	if err != nil {
		return nil, err
	}
	return catalogue.CleanForm(form)
}

func (p FieldsPatch) form(c commons.Commons) ([]catalogue.FormValue, error) {
	var form []catalogue.FormValue
	var faults fault.List
	add := func(f commons.Field, lang string, raw json.RawMessage) {
		v, err := decode(f, raw)
		if err != nil {
			faults = append(faults, fault.Invalid(commons.FormName(f.Name, lang), "commons.not_readable").Wrap(err))
			return
		}
		form = append(form, catalogue.FormValue{Field: f.Name, Lang: lang, Value: v})
	}
	for _, name := range slices.Sorted(maps.Keys(p)) {
		f, ok := commons.FieldByName(name)
		if !ok || !f.Edit { // the schema has refused it already, but a service is never given what it doesn't edit
			faults = append(faults, fault.Invalid(name, "catalogue_api.not_editable"))
			continue
		}
		if !f.PerLang {
			add(f, "", p[name])
			continue
		}
		texts := map[string]json.RawMessage{}
		if isNull(p[name]) {
			for _, lang := range c.Langs(name) {
				texts[lang] = nil
			}
		} else if err := json.Unmarshal(p[name], &texts); err != nil {
			faults = append(faults, fault.Invalid(name, "commons.not_readable").Wrap(err))
			continue
		}
		for _, lang := range slices.Sorted(maps.Keys(texts)) {
			tag, err := languageTag(lang)
			if err != nil {
				faults = append(faults, fault.Invalid(name, "commons.not_a_language").With("value", cut(lang, 40)).Wrap(err))
				continue
			}
			add(f, tag, texts[lang])
		}
	}
	return form, faults.OrNil()
}

// decode reads a value in the Go type of its field's shape. A null gives the empty value, which empties the field.
func decode(f commons.Field, raw json.RawMessage) (any, error) {
	if isNull(raw) {
		raw = json.RawMessage("null") // leaves what it is decoded into as it is
	}
	var err error
	switch f.Shape {
	case commons.Choices, commons.Words:
		v := []string{}
		err = json.Unmarshal(raw, &v)
		return v, err
	case commons.Parties:
		v := []commons.Party{}
		err = json.Unmarshal(raw, &v)
		return v, err
	}
	var v string
	err = json.Unmarshal(raw, &v)
	return v, err
}

func isNull(raw json.RawMessage) bool {
	raw = bytes.TrimSpace(raw)
	return len(raw) == 0 || string(raw) == "null"
}

// languageTag returns a tag in the form in which languages are kept.
func languageTag(s string) (string, error) {
	if s == "und" { // of a text whose language an import could not tell
		return s, nil
	}
	tag, err := language.Parse(strings.TrimSpace(s))
	return tag.String(), err
}

// cut shortens what a stranger wrote, to be named in a message.
func cut(s string, limit int) string {
	r := []rune(strings.ToValidUTF8(s, "\ufffd"))
	if len(r) <= limit {
		return string(r)
	}
	return string(r[:limit-1]) + "…"
}
