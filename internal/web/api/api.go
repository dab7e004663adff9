// Package api hangs a JSON API on the router: each operation is a typed function, from which huma makes the OpenAPI 3.1 document, checks what
// comes in, and writes what goes out. Pages and operations call the same services; this package only carries.
//
// The document stands at /api/openapi.json and is read at /api, on a page of our own. Summaries and descriptions in operations and `doc` tags are message
// keys: both are served in the reader's language, and so are validation errors. Errors are problems of RFC 9457 (web.Problem).
//
// Traps of huma that its users must know: a pointer as query or path parameter panics at registration; a field without `required:"false"` or
// omitempty is required.
package api

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"sync"

	"github.com/danielgtaylor/huma/v2"
	"github.com/danielgtaylor/huma/v2/adapters/humago"

	"commun/internal/core/people"
	"commun/internal/platform/fault"
	"commun/internal/web"
)

// DocumentPath is where the OpenAPI document stands, and ReaderPath the page that shows it.
const (
	DocumentPath = "/api/openapi.json"
	ReaderPath   = "/api"
)

// API collects operations. Register all before serving.
type API struct {
	rt   *web.Router
	huma huma.API
	mux  *mux

	tags []string // in the order of registration

	mu   sync.Mutex
	docs map[string]map[string]any // by language, made at first use
}

// New returns an API on rt, with its document and its reader. version is the program's.
func New(rt *web.Router, version string) *API {
	config := huma.DefaultConfig("api.title", version)
	config.Info.Description = "api.description"
	config.OpenAPIPath, config.DocsPath, config.SchemasPath = "", "", "" // ours: nothing is loaded from elsewhere
	config.Components.Schemas = huma.NewMapRegistry("#/components/schemas/", schemaName)
	config.CreateHooks = nil // no "$schema" in answers
	config.Transformers = []huma.Transformer{translate}
	config.Components.Schemas.RegisterTypeAlias(reflect.TypeFor[huma.ErrorModel](), reflect.TypeFor[web.Problem]())
	a := &API{rt: rt, mux: &mux{rt: rt}, docs: map[string]map[string]any{}}
	a.huma = humago.New(a.mux, config)
	rt.Handle("GET "+DocumentPath, "api.document", a.getDocument)
	rt.Handle("GET "+ReaderPath, "api.reader", a.getReader)
	return a
}

// schemaName names the schema of a type as whoever calls would: a Page[Entry] is an EntryPage, and All[Role] are Roles. A body without a name of its
// own would be called after the plumbing that carries it (GiveRoleInputBody): it panics, which the first start shows.
func schemaName(t reflect.Type, hint string) string {
	for t.Kind() == reflect.Pointer {
		t = t.Elem()
	}
	name := t.Name()
	if name == "" && t.Kind() == reflect.Struct {
		panic("api: the schema " + hint + " needs a type with a name")
	}
	of, inner, generic := strings.Cut(strings.TrimSuffix(name, "]"), "[")
	if inner = inner[strings.LastIndex(inner, ".")+1:]; generic && of == "All" {
		return inner + "s"
	} else if generic {
		return inner + of
	}
	return huma.DefaultSchemaNamer(t, hint)
}

// Register adds an operation. op needs OperationID, Method, Path (with /api), Summary and, if any, Description (message keys) and Tags (message keys
// too). acts are what the service checks, for the permission table.
func Register[I, O any](a *API, op huma.Operation, h func(context.Context, *I) (*O, error), acts ...people.Act) *web.Route {
	a.mux.name, a.mux.acts = op.OperationID, acts
	for _, tag := range op.Tags {
		if !slices.Contains(a.tags, tag) {
			a.tags = append(a.tags, tag)
		}
	}
	if op.MaxBodyBytes == 0 {
		op.MaxBodyBytes = maxBody
	}
	huma.Register(a.huma, op, func(ctx context.Context, in *I) (*O, error) {
		out, err := h(ctx, in)
		if err != nil {
			return nil, a.problem(ctx, err)
		}
		return out, nil
	})
	// huma measures the body and says 413; the router only ends what is far beyond, else it would cut huma's reading short, which is a 500
	return a.mux.route.MaxBody(op.MaxBodyBytes + 64<<10)
}

// maxBody is how many bytes a body may have, when the operation does not say.
const maxBody = 1 << 20

// problem puts a service's error into the words of the request's language.
func (a *API) problem(ctx context.Context, err error) error {
	status := web.StatusOf(err)
	a.rt.Report(ctx, err)
	p := web.NewProblem(ctx, status, fault.Of(err))
	if wait := web.RetryAfter(status, fault.Of(err)); wait > 0 {
		return huma.ErrorWithHeaders(p, http.Header{"Retry-After": {strconv.Itoa(wait)}})
	}
	return p
}

// mux lets huma register on the router, so that its routes are in the list with their names and acts. The fields belong to the operation that is
// being registered.
type mux struct {
	rt   *web.Router
	name string
	acts []people.Act

	route *web.Route // what was made of it
}

// HandleFunc is huma's way in.
func (m *mux) HandleFunc(pattern string, h func(http.ResponseWriter, *http.Request)) {
	m.route = m.rt.Handle(pattern, m.name, func(w http.ResponseWriter, r *http.Request) error {
		h(w, r)
		return nil
	}, m.acts...)
}

// ServeHTTP completes humago.Mux.
func (m *mux) ServeHTTP(w http.ResponseWriter, r *http.Request) { m.rt.ServeHTTP(w, r) }

// Document returns the OpenAPI document in a language, as decoded JSON. It is not to be changed.
func (a *API) Document(lang string) (map[string]any, error) {
	a.mu.Lock()
	defer a.mu.Unlock()
	if doc := a.docs[lang]; doc != nil {
		return doc, nil
	}
	raw, err := json.Marshal(a.huma.OpenAPI())
	if err != nil {
		return nil, fmt.Errorf("write openapi document: %w", err)
	}
	var doc map[string]any
	if err := json.Unmarshal(raw, &doc); err != nil {
		return nil, fmt.Errorf("read openapi document: %w", err)
	}
	a.say(lang, doc)
	a.docs[lang] = doc
	return doc, nil
}

// say replaces the message keys in the document's texts.
func (a *API) say(lang string, v any) {
	l := a.rt.Bundle().For(lang)
	switch v := v.(type) {
	case map[string]any:
		for k, inner := range v {
			s, isText := inner.(string)
			if isText && (k == "title" || k == "summary" || k == "description") && a.rt.Bundle().Has(s) {
				v[k] = l.T(s)
				continue
			}
			if tags, ok := inner.([]any); ok && k == "tags" {
				for i, t := range tags {
					if s, ok := t.(string); ok && a.rt.Bundle().Has(s) {
						tags[i] = l.T(s)
					}
				}
				continue
			}
			a.say(lang, inner)
		}
	case []any:
		for _, inner := range v {
			a.say(lang, inner)
		}
	}
}

func (a *API) getDocument(w http.ResponseWriter, r *http.Request) error {
	doc, err := a.Document(web.L(r).Lang())
	if err != nil {
		return err
	}
	w.Header().Set("Content-Type", "application/openapi+json")
	enc := json.NewEncoder(w)
	enc.SetIndent("", "  ")
	_ = enc.Encode(doc) // decoded from JSON just now; the client may have gone
	return nil
}
