package api_test

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"os"
	"strings"
	"testing"
	"time"

	"commun/engines/githistory"
	"commun/formats/licence"
	"commun/internal/core/commons"
	"commun/internal/core/coretest"
	"commun/internal/core/journal"
	"commun/internal/core/people"
	"commun/internal/features/catalogue"
	"commun/internal/features/catalogue/api"
	"commun/internal/platform/fault"
	"commun/internal/platform/gitrepo"
	"commun/internal/platform/i18n/i18ntest"
	"commun/internal/platform/jobs"
	"commun/internal/platform/live"
	"commun/internal/platform/mail"
	"commun/internal/platform/search"
	"commun/internal/platform/storage"
	"commun/internal/platform/testkit"
	"commun/internal/web"
	"commun/internal/web/account"
	"commun/internal/web/admin"
	webapi "commun/internal/web/api"
	"commun/internal/web/record"
	"commun/internal/web/webtest"
)

// detector is built once for all tests: its automaton takes seconds.
var detector = licence.NewDetector()

// world is the core with a catalogue behind an API, and one of each sort of person.
type world struct {
	*coretest.World
	Cat   *catalogue.Service
	Jobs  *jobs.Queue
	hub   *live.Hub
	index *search.Index
	site  *webtest.Site
	api   *webapi.API

	admin, steward, other, member people.Actor // other is the steward of another commons
	umap, wiki                    commons.Commons
	measured                      bool
}

func each(t *testing.T, story func(w *world)) {
	t.Helper()
	testkit.EachDB(t, func(t *testing.T, db *storage.DB) {
		w := open(t, db)
		story(w)
		w.WantWhole()
	})
}

func open(t *testing.T, db *storage.DB) *world {
	t.Helper()
	w := &world{World: coretest.New(t, db, search.Migrations(), catalogue.Migrations()), hub: live.NewHub(), index: search.New(db, nil)}
	w.Journal.Register(catalogue.Kinds()...)
	w.Jobs = jobs.New(db, jobs.Options{Node: "test", Hub: w.hub})
	w.Cat = catalogue.New(catalogue.Options{DB: db, Journal: w.Journal, People: w.People, Commons: w.Commons, Settings: w.Instance.Settings, Queue: w.Jobs,
		Search: w.index, Detector: detector, Cache: t.TempDir(), Trusted: gitrepo.Policy{AllowLocal: true, AllowSSH: true}, Mail: mail.Terminal(io.Discard),
		Words: func(lang, key string, args map[string]any) string { return fmt.Sprint(lang, " ", key, " ", args) }})
	w.People.OnForget(w.Cat.Eraser())
	w.Must(w.Cat.Load(t.Context()))
	// The words of the other packages are read from their folders: the features' floor may not import what is above it.
	w.site = webtest.With(t, web.Options{Base: "https://commons.example.org", Log: slog.New(slog.DiscardHandler)}, api.Messages(), account.Messages(), record.Messages(),
		admin.Messages(), os.DirFS("../site"), os.DirFS("../../vitality/site"), os.DirFS("../../../app"))
	w.api = webapi.New(w.site.Router, "1.0")
	(&api.API{Catalogue: w.Cat, Commons: w.Commons, People: w.People, Instance: w.Instance, Queue: w.Jobs, Journal: w.Journal, Record: w.record(),
		Vitality: w.vitality, Health: w.health, Hosts: hosts{}, Forget: w.People.Forget, AnswerForgetting: w.People.Answer}).Register(w.api)

	w.admin = w.Admin()
	w.steward, w.other, w.member = w.Member("Sam Steward", "sam@example.org"), w.Member("Olga Other", "olga@example.org"), w.Member("Mel Member", "mel@example.org")
	w.umap = w.byHand(w.steward, "uMap", "Make maps")
	w.wiki = w.byHand(w.other, "Wiki", "Write together")
	w.steward, w.other = w.Again(w.steward), w.Again(w.other)
	return w
}

func (w *world) byHand(by people.Actor, name, summary string) commons.Commons {
	w.T.Helper()
	c, err := w.Cat.AddByHand(w.T.Context(), by, []catalogue.FormValue{{Field: "name", Value: name}, {Field: "kind", Value: "code"},
		{Field: "licence", Value: "MIT"}, {Field: "summary", Lang: "en", Value: summary}})
	w.Must(err)
	return c
}

// record is the record's pages as app makes them: commons are named to who may see them.
func (w *world) record() *record.Pages {
	return &record.Pages{Journal: w.Journal, Names: w.People.Names,
		Shown: func(people.Actor, journal.Recorded) bool { return true },
		Things: func(ctx context.Context, by people.Actor, _ string, objects []journal.Object) (map[journal.Object]record.Thing, error) {
			things := map[journal.Object]record.Thing{}
			for _, o := range objects {
				if o.Kind != commons.ObjectKind {
					continue
				}
				if c, err := w.Commons.ByID(ctx, by, o.ID); err == nil {
					things[o] = record.Thing{Title: c.Name(), Path: "/commons/" + c.Slug}
				}
			}
			return things, nil
		}}
}

func (w *world) vitality(context.Context, string) (githistory.Result, time.Time, error) {
	if !w.measured {
		return githistory.Result{}, time.Time{}, fault.Missing("vitality.not_measured")
	}
	return githistory.Result{Repository: githistory.Repository{Head: "abc", Commits: 3}}, time.Unix(1_700_000_000, 0), nil
}

func (w *world) health(context.Context) (admin.Health, error) {
	return admin.Health{Version: "1.0", Started: time.Unix(1_700_000_000, 0), Database: "SQLite", Mail: "none"}, nil
}

// hosts stands for the known ssh servers.
type hosts struct{}

func (hosts) Key() (string, error)                { return "ssh-ed25519 AAAA test", nil }
func (hosts) Known() ([]gitrepo.KnownHost, error) { return nil, nil }
func (hosts) Scan(context.Context, string) (gitrepo.KnownHost, error) {
	return gitrepo.KnownHost{Host: "git.example.org"}, nil
}
func (hosts) Add(string) error            { return nil }
func (hosts) Remove(string, string) error { return nil }

// as is the site as an actor sees it, with the roles of now, in English unless the test says otherwise.
func (w *world) as(by people.Actor) *webtest.Site {
	if !by.SignedIn() {
		return w.site.In("en")
	}
	by = w.Again(by)
	by.Lang = ""
	return w.site.As(by).In("en")
}

// found brings the search index up to what was written.
func (w *world) found() {
	w.T.Helper()
	_, err := w.index.Drain(w.T.Context())
	w.Must(err)
}

// decode reads an answer's body.
func decode[T any](t testing.TB, a *webtest.Answer) T {
	t.Helper()
	var v T
	if err := json.Unmarshal([]byte(a.Body), &v); err != nil {
		t.Fatalf("%v: %.400s", err, a.Body)
	}
	return v
}

// request is a method, a path and a body, as one line of a test's table: "PATCH /api/me {…}".
func request(s *webtest.Site, line string) *webtest.Answer {
	method, rest, _ := strings.Cut(line, " ")
	path, body, _ := strings.Cut(rest, " ")
	return s.JSON(method, path, body)
}

func TestTheDocumentHoldsInBothLanguages(t *testing.T) {
	testkit.EachDB(t, func(t *testing.T, db *storage.DB) {
		w := open(t, db)
		for _, lang := range []string{"en", "fr"} {
			doc, err := w.api.Document(lang)
			w.Must(err)
			for _, f := range webtest.OpenAPIFaults(doc) {
				t.Errorf("%s: %s", lang, f)
			}
			for path, item := range doc["paths"].(map[string]any) {
				for method, op := range item.(map[string]any) {
					for _, f := range operationFaults(op.(map[string]any)) {
						t.Errorf("%s: %s %s: %s", lang, method, path, f)
					}
				}
			}
		}
		w.site.In("fr").Get(webapi.ReaderPath).Want(200, "Lister et chercher des communs", "/api/commons/{slug}")
	})
}

// operationFaults wants a tag, every answer described by us, and at least one answer for what goes wrong.
func operationFaults(op map[string]any) []string {
	var faults []string
	if tags, _ := op["tags"].([]any); len(tags) != 1 {
		faults = append(faults, "has no tag of its own")
	}
	wrong := 0
	for status, r := range op["responses"].(map[string]any) {
		text, _ := r.(map[string]any)["description"].(string)
		if !strings.HasSuffix(text, ".") {
			faults = append(faults, fmt.Sprintf("answer %s is described as %q", status, text))
		}
		if strings.HasPrefix(status, "4") {
			wrong++
			if content, _ := r.(map[string]any)["content"].(map[string]any); content["application/problem+json"] == nil {
				faults = append(faults, fmt.Sprintf("answer %s is no problem", status))
			}
		}
	}
	if wrong == 0 {
		faults = append(faults, "does not say what goes wrong")
	}
	params, _ := op["parameters"].([]any)
	for _, p := range params {
		if text, _ := p.(map[string]any)["description"].(string); text == "" {
			faults = append(faults, fmt.Sprintf("parameter %v is not described", p.(map[string]any)["name"]))
		}
	}
	return faults
}

func TestMessages(t *testing.T) {
	i18ntest.Messages(t, api.Messages())
	i18ntest.Keys(t, api.Messages(), []string{"."}, "catalogue_api.f_")
}
