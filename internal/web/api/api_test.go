package api_test

import (
	"context"
	"encoding/json"
	"errors"
	"log/slog"
	"net/http/httptest"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/danielgtaylor/huma/v2"

	"commun/internal/core/people"
	"commun/internal/platform/fault"
	"commun/internal/web"
	"commun/internal/web/api"
	"commun/internal/web/webtest"
)

var words = fstest.MapFS{
	"messages/en.toml": {Data: []byte("[t]\nshow = \"Show a thing\"\nadd = \"Add a thing\"\ntag = \"Things\"\nname = \"What people call it\"\ntaken = \"The name {{.name}} is taken.\"")},
	"messages/fr.toml": {Data: []byte("[t]\nshow = \"Voir une chose\"\nadd = \"Ajouter une chose\"\ntag = \"Choses\"\nname = \"Comment on l’appelle\"\ntaken = \"Le nom {{.name}} est pris.\"")},
}

type thing struct {
	Name string  `json:"name" doc:"t.name" maxLength:"5"`
	Kind string  `json:"kind,omitempty" enum:"map,code"`
	Home *string `json:"home,omitempty" format:"uri"`
}

type (
	showInput struct {
		Slug  string `path:"slug"`
		Limit int    `query:"limit" minimum:"1" maximum:"10" default:"5"`
	}
	addInput    struct{ Body thing }
	thingOutput struct{ Body thing }
)

func site(t *testing.T) (*webtest.Site, *api.API) {
	t.Helper()
	s := webtest.With(t, web.Options{Log: slog.New(slog.DiscardHandler)}, words)
	a := api.New(s.Router, "1.0")
	act := people.Act{Name: "thing.add"}
	api.Register(a, huma.Operation{OperationID: "showThing", Method: "GET", Path: "/api/things/{slug}", Summary: "t.show", Tags: []string{"t.tag"}},
		func(_ context.Context, in *showInput) (*thingOutput, error) {
			switch in.Slug {
			case "none":
				return nil, fault.Missing("web.no_asset")
			case "busy":
				return nil, fault.Busy("web.not_ready").With("retry_after", 30)
			case "broken":
				return nil, errors.New("disk on fire")
			}
			return &thingOutput{thing{Name: in.Slug}}, nil
		})
	api.Register(a, huma.Operation{OperationID: "addThing", Method: "POST", Path: "/api/things", Summary: "t.add", Tags: []string{"t.tag"}},
		func(ctx context.Context, in *addInput) (*thingOutput, error) {
			if in.Body.Name == "taken" {
				return nil, fault.Conflict("name", "t.taken").With("name", in.Body.Name)
			}
			return &thingOutput{thing{Name: web.ActorIn(ctx).Name}}, nil
		}, act)
	return s, a
}

func TestOperationsAnswerAndKnowWhoAsks(t *testing.T) {
	s, _ := site(t)
	s.Get("/api/things/umap").Want(200, `{"name":"umap"}`)
	ana := people.NewActor("p1", "Ana", "", nil)
	s.As(ana).JSON("POST", "/api/things", `{"name":"x"}`).Want(200, `{"name":"Ana"}`)
	routes := s.Router.Routes()
	last := routes[len(routes)-1]
	if last.Name != "addThing" || last.Pattern != "/api/things" || len(last.Acts) != 1 {
		t.Errorf("the route is listed as %+v", last)
	}
}

func TestFaultsAreProblemsInTheReadersLanguage(t *testing.T) {
	s, _ := site(t)
	for _, c := range []struct {
		rule   string
		ask    func(*webtest.Site) *webtest.Answer
		status int
		en, fr string
	}{
		{"a fault of the service", func(s *webtest.Site) *webtest.Answer { return s.JSON("POST", "/api/things", `{"name":"taken"}`) }, 409,
			`"detail":"The name taken is taken."`, `"detail":"Le nom taken est pris."`},
		{"missing", func(s *webtest.Site) *webtest.Answer { return s.Get("/api/things/none") }, 404, "There is nothing", "Il n’y a rien"},
		{"a parameter beyond its bound", func(s *webtest.Site) *webtest.Answer { return s.Get("/api/things/umap?limit=99") }, 422,
			`"field":"query.limit","detail":"Give a number of 10 or less."`, `"detail":"Donnez un nombre d’au plus 10."`},
		{"a parameter that is no number", func(s *webtest.Site) *webtest.Answer { return s.Get("/api/things/umap?limit=many") }, 422, "Give a whole number.", "Donnez un nombre entier."},
		{"a text that is too long", func(s *webtest.Site) *webtest.Answer { return s.JSON("POST", "/api/things", `{"name":"abcdefgh"}`) }, 422,
			`"field":"body.name","detail":"Write at most this many characters: 5."`, "Écrivez au plus"},
		{"a property that is missing", func(s *webtest.Site) *webtest.Answer { return s.JSON("POST", "/api/things", `{}`) }, 422, "The property name is needed.", "La propriété name est nécessaire."},
		{"a property that is not known", func(s *webtest.Site) *webtest.Answer { return s.JSON("POST", "/api/things", `{"name":"x","nom":"y"}`) }, 422, "not known here", "pas connu ici"},
		{"a value that is not allowed", func(s *webtest.Site) *webtest.Answer {
			return s.JSON("POST", "/api/things", `{"name":"x","kind":"song"}`)
		}, 422, "Give one of: map, code.", "Donnez l’une de ces valeurs"},
		{"no JSON at all", func(s *webtest.Site) *webtest.Answer { return s.JSON("POST", "/api/things", `{"name"`) }, 400, "This is no valid JSON", "pas du JSON valide"},
		{"no body", func(s *webtest.Site) *webtest.Answer { return s.JSON("POST", "/api/things", ``) }, 400, `"field":"body","detail":"Something must be sent in the body."`, "Le corps de la demande ne peut pas être vide."},
		{"a body that is not said to be JSON", func(s *webtest.Site) *webtest.Answer {
			r := httptest.NewRequest("POST", "/api/things", strings.NewReader("name=x"))
			r.Header.Set("Content-Type", "text/plain")
			return s.Do(r)
		}, 415, `"title":"This form of data is not understood here"`, "Le corps est annoncé comme text/plain."},
		{"a body that is too big", func(s *webtest.Site) *webtest.Answer {
			return s.JSON("POST", "/api/things", `{"name":"`+strings.Repeat("x", 1<<20)+`"}`)
		}, 413, "At most 1.0\u00a0MB can be sent at once here.", "Au plus 1,0\u00a0Mo"},
		{"a body that is far too big", func(s *webtest.Site) *webtest.Answer {
			return s.JSON("POST", "/api/things", `{"name":"`+strings.Repeat("x", 3<<20)+`"}`)
		}, 413, "At most 1.0\u00a0MB", "Au plus 1,0\u00a0Mo"},
	} {
		t.Run(c.rule, func(t *testing.T) {
			a := c.ask(s).Want(c.status, c.en, `"title":`)
			if ct := a.Header.Get("Content-Type"); ct != "application/problem+json" {
				t.Errorf("content type %q", ct)
			}
			c.ask(s.In("fr")).Want(c.status, c.fr)
		})
	}
	if busy := s.Get("/api/things/busy").Want(503); busy.Header.Get("Retry-After") != "30" {
		t.Errorf("Retry-After is %q", busy.Header.Get("Retry-After"))
	}
	s.Get("/api/things/broken").Want(500, `"request":`).WantNot("disk on fire")
}

func TestTheDocumentIsValidInBothLanguages(t *testing.T) {
	s, a := site(t)
	for lang, want := range map[string]string{"en": "Show a thing", "fr": "Voir une chose"} {
		doc, err := a.Document(lang)
		if err != nil {
			t.Fatal(err)
		}
		for _, f := range webtest.OpenAPIFaults(doc) {
			t.Errorf("%s: %s", lang, f)
		}
		if got := doc["components"].(map[string]any)["schemas"].(map[string]any)["Problem"].(map[string]any)["properties"].(map[string]any)["status"].(map[string]any)["description"]; got != map[string]string{"en": "The HTTP status.", "fr": "Le statut HTTP."}[lang] {
			t.Errorf("%s: a problem's status is described as %q", lang, got)
		}
		raw := s.In(lang).Get(api.DocumentPath).Want(200, want)
		if !json.Valid([]byte(raw.Body)) || strings.Contains(raw.Body, "ErrorModel") {
			t.Errorf("%s: not JSON, or huma's own error model in it", lang)
		}
	}
}

func TestTheReaderShowsEveryOperation(t *testing.T) {
	s, _ := site(t)
	s.Get(api.ReaderPath).Want(200, "Show a thing", "/api/things/{slug}", "What people call it", "curl -X POST", `id="schema-Problem"`, "yes")
	s.In("fr").Get(api.ReaderPath).Want(200, "Ajouter une chose", "Comment on l’appelle", "liste de ProblemField")
}
