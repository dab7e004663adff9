package api

import (
	"bytes"
	"context"
	"encoding/json"
	"net/http"
	"reflect"
	"strings"

	"github.com/danielgtaylor/huma/v2"

	"commun/formats/publiccode"
	"commun/internal/features/catalogue"
	"commun/internal/platform/fault"
	"commun/internal/platform/i18n"
	"commun/internal/web"
	webapi "commun/internal/web/api"
)

const (
	tagPublicCode = "catalogue_api.tag_publiccode"
	yamlMedia     = "application/yaml" // RFC 9512
)

func (a *API) registerPublicCode(api *webapi.API) {
	on(api, operation{id: "getPublicCode", method: "GET", path: "/api/commons/{slug}/publiccode.yml", tag: tagPublicCode,
		summary: "catalogue_api.publiccode_of", more: "catalogue_api.publiccode_of_more", answers: fileAnswer(yamlMedia), fails: []int{http.StatusNotFound}}, a.publicCode)
	on(api, operation{id: "prefillPublicCode", method: "GET", path: "/api/commons/{slug}/publiccode", tag: tagPublicCode,
		summary: "catalogue_api.prefill", more: "catalogue_api.prefill_more", fails: []int{http.StatusNotFound}}, a.prefill)
	on(api, operation{id: "checkPublicCode", method: "POST", path: "/api/publiccode", tag: tagPublicCode, summary: "catalogue_api.check",
		more: "catalogue_api.check_more", content: []string{yamlMedia, "text/plain"}}, a.check)
	on(api, operation{id: "writePublicCode", method: "POST", path: "/api/publiccode/file", tag: tagPublicCode, summary: "catalogue_api.write",
		more: "catalogue_api.write_more", answers: fileAnswer(yamlMedia)}, a.write)
}

type textOutput struct {
	Type string `header:"Content-Type"`
	Body []byte
}

func (a *API) publicCode(ctx context.Context, i *SlugPath) (*textOutput, error) {
	c, err := a.find(ctx, i.Slug)
	if err != nil {
		return nil, err
	}
	file, err := a.Catalogue.PublicCode(ctx, web.ActorIn(ctx), c.ID)
	if err != nil {
		return nil, err
	}
	return &textOutput{Type: yamlMedia, Body: file}, nil
}

// docKeys is what a publiccode.yml says, as JSON with the standard's own keys.
type docKeys map[string]any

// Schema is read off publiccode.Doc, so that the two never part.
func (docKeys) Schema(huma.Registry) *huma.Schema {
	s := docSchema(reflect.TypeFor[publiccode.Doc]())
	s.Required = []string{"name"}
	return s
}

// unwritten are keys that a new file does not get: those of older versions and of dialects (see publiccode.New).
var unwritten = map[string]bool{"publiccodeYmlVersion": true, "IT": true, "inputTypes": true, "outputTypes": true, "creationDate": true, "repoOwner": true, "freeTags": true}

// docSchema walks a type of package publiccode by its tags.
func docSchema(t reflect.Type) *huma.Schema {
	switch t.Kind() {
	case reflect.Pointer:
		return docSchema(t.Elem())
	case reflect.Bool:
		return &huma.Schema{Type: huma.TypeBoolean}
	case reflect.Slice:
		return &huma.Schema{Type: huma.TypeArray, Items: docSchema(t.Elem())}
	case reflect.Map:
		return &huma.Schema{Type: huma.TypeObject, AdditionalProperties: docSchema(t.Elem())}
	case reflect.Struct:
		s := &huma.Schema{Type: huma.TypeObject, AdditionalProperties: false, Properties: map[string]*huma.Schema{}}
		for _, f := range reflect.VisibleFields(t) {
			if name := docKey(f); name != "" {
				s.Properties[name] = docSchema(f.Type)
			}
		}
		return s
	}
	return &huma.Schema{Type: huma.TypeString}
}

// docKey is the name of a field in the current version, "" for one that is not written.
func docKey(f reflect.StructField) string {
	name, _, _ := strings.Cut(f.Tag.Get("pc"), ",")
	if unwritten[name] {
		return ""
	}
	return name
}

// docObject turns a Doc, or a part of it, into JSON values under the standard's keys, without what is empty.
func docObject(v reflect.Value) any {
	switch v.Kind() {
	case reflect.Pointer:
		return docObject(v.Elem())
	case reflect.Slice:
		list := make([]any, v.Len())
		for i := range list {
			list[i] = docObject(v.Index(i))
		}
		return list
	case reflect.Map:
		m := map[string]any{}
		for _, k := range v.MapKeys() {
			m[k.String()] = docObject(v.MapIndex(k))
		}
		return m
	case reflect.Struct:
		m := map[string]any{}
		for _, f := range reflect.VisibleFields(v.Type()) {
			value := v.FieldByIndex(f.Index)
			if name := docKey(f); name != "" && !value.IsZero() {
				m[name] = docObject(value)
			}
		}
		return m
	}
	return v.Interface()
}

type docOutput struct{ Body docKeys }

func (a *API) prefill(ctx context.Context, i *SlugPath) (*docOutput, error) {
	c, err := a.find(ctx, i.Slug)
	if err != nil {
		return nil, err
	}
	doc, err := a.Catalogue.Prefill(ctx, web.ActorIn(ctx), c.ID)
	if err != nil {
		return nil, err
	}
	return &docOutput{Body: docObject(reflect.ValueOf(doc)).(map[string]any)}, nil
}

type checkInput struct {
	RawBody []byte `contentType:"application/yaml"`
}

// Judgement is what a publiccode.yml is found to be.
type Judgement struct {
	Version  string   `json:"version" doc:"catalogue_api.version_written"`
	Standard string   `json:"standard" doc:"catalogue_api.version_judged"`
	Valid    bool     `json:"valid" doc:"catalogue_api.valid"`
	Problems []Remark `json:"problems" nullable:"false" doc:"catalogue_api.check_problems"`
}

type checkOutput struct{ Body Judgement }

// check judges any text; what cannot be read is one of the problems.
func (a *API) check(ctx context.Context, i *checkInput) (*checkOutput, error) {
	f, _ := publiccode.Read(bytes.NewReader(i.RawBody), publiccode.Limits{}) // its error is among the problems
	lang := i18n.From(ctx).Lang()
	out := &checkOutput{Body: Judgement{Version: f.Doc.Version, Standard: f.Version(), Problems: []Remark{}}}
	problems := f.Judge()
	out.Body.Valid = publiccode.Valid(problems)
	for _, p := range problems {
		out.Body.Problems = append(out.Body.Problems, Remark{Severity: string(p.Severity), Line: p.Line, Column: p.Column, Key: p.Key, Code: p.Code, Message: p.Text(lang)})
	}
	return out, nil
}

type writeInput struct{ Body docKeys }

// write makes a valid file of fields. JSON is YAML, so the reader of files reads the fields too.
func (a *API) write(ctx context.Context, i *writeInput) (*textOutput, error) {
	raw, err := json.Marshal(i.Body)
	if err != nil {
		return nil, err
	}
	f, err := publiccode.Read(bytes.NewReader(raw), publiccode.Limits{})
	if err != nil {
		return nil, fault.Invalid("body", "commons.not_readable").Wrap(err)
	}
	file, _, err := catalogue.WritePublicCode(f.Doc)
	if err != nil {
		return nil, in("body", sentences(ctx, err))
	}
	return &textOutput{Type: yamlMedia, Body: file}, nil
}

// sentences gives the faults of a file the words that formats/publiccode has for them.
func sentences(ctx context.Context, err error) error {
	var faults fault.List
	for _, f := range fault.Of(err) {
		text, _ := f.Args[i18n.From(ctx).Lang()].(string)
		faults = append(faults, fault.Invalid(f.Field, "catalogue_api.publiccode_fault").With("text", text))
	}
	if len(faults) == 0 {
		return err
	}
	return faults
}
