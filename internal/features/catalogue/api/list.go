package api

import (
	"context"
	"io"
	"maps"
	"net/http"

	"github.com/danielgtaylor/huma/v2"

	"commun/internal/core/commons"
	"commun/internal/features/catalogue"
	"commun/internal/platform/i18n"
	"commun/internal/web"
	webapi "commun/internal/web/api"
)

const tagCommons = "catalogue_api.tag_commons"

func (a *API) registerList(api *webapi.API) {
	on(api, operation{id: "listCommons", method: "GET", path: "/api/commons", tag: tagCommons, summary: "catalogue_api.list_commons",
		more: "catalogue_api.list_commons_more"}, a.list)
	on(api, operation{id: "exportCommonsCSV", method: "GET", path: "/api/commons.csv", tag: tagCommons, summary: "catalogue_api.export_csv",
		more: "catalogue_api.export_more", answers: fileAnswer("text/csv"), streams: true}, a.exportCSV)
	on(api, operation{id: "exportCommonsJSON", method: "GET", path: "/api/commons.json", tag: tagCommons, summary: "catalogue_api.export_json",
		more: "catalogue_api.export_more", answers: map[string]*huma.Response{"200": {Content: map[string]*huma.MediaType{"application/json": {
			Schema: &huma.Schema{Type: huma.TypeArray, Items: &huma.Schema{Type: huma.TypeObject}}}}}}, streams: true}, a.exportJSON)
	on(api, operation{id: "suggestCommons", method: "GET", path: "/api/suggest", tag: tagCommons, summary: "catalogue_api.suggest"}, a.suggest)
}

// fileAnswer is a success that gives a file of text.
func fileAnswer(media string) map[string]*huma.Response {
	return map[string]*huma.Response{"200": {Content: map[string]*huma.MediaType{media: {Schema: &huma.Schema{Type: huma.TypeString}}}}}
}

// Choice is what a list is chosen by.
type Choice struct {
	Q        string   `query:"q" maxLength:"300" doc:"catalogue_api.q"`
	Kind     []string `query:"kind,explode" maxItems:"50" enum:"code,data,map,documents,service,hardware" doc:"catalogue_api.facet_kind"`
	Licence  []string `query:"licence,explode" maxItems:"50" doc:"catalogue_api.facet_licence"`
	Language []string `query:"language,explode" maxItems:"50" doc:"catalogue_api.facet_language"`
	Audience []string `query:"audience,explode" maxItems:"50" doc:"catalogue_api.facet_audience"`
	Stage    []string `query:"stage,explode" maxItems:"50" enum:"concept,development,beta,stable,obsolete" doc:"catalogue_api.facet_stage"`
	Country  []string `query:"country,explode" maxItems:"50" doc:"catalogue_api.facet_country"`
	Category []string `query:"category,explode" maxItems:"50" doc:"catalogue_api.facet_category"`
	State    []string `query:"state,explode" maxItems:"4" enum:"active,archived,proposed,merged" doc:"catalogue_api.facet_state"`
	Sort     string   `query:"sort" enum:"relevance,name,updated,added" doc:"catalogue_api.sort"`
	Lang     string   `query:"lang" maxLength:"35" doc:"catalogue_api.lang"`
}

// query is the choice as the service takes it.
func (c Choice) query(ctx context.Context) catalogue.Query {
	q := catalogue.Query{Text: c.Q, Lang: c.Lang, Sort: catalogue.Sort(c.Sort), Facets: map[string][]string{}}
	if q.Lang == "" {
		q.Lang = i18n.From(ctx).Lang()
	}
	for name, values := range map[string][]string{"kind": c.Kind, "licence": c.Licence, "language": c.Language, "audience": c.Audience,
		"stage": c.Stage, "country": c.Country, "category": c.Category, catalogue.FacetState: c.State} {
		if len(values) > 0 {
			q.Facets[name] = values
		}
	}
	return q
}

type listInput struct {
	Choice
	After  string `query:"after" maxLength:"2000" doc:"catalogue_api.after"`
	Before string `query:"before" maxLength:"2000" doc:"catalogue_api.before"`
	Limit  int    `query:"limit" minimum:"1" maximum:"100" default:"20" doc:"catalogue_api.limit"`
}

// Item is a commons in a list.
type Item struct {
	ID          string `json:"id" doc:"catalogue_api.id"`
	Slug        string `json:"slug" doc:"catalogue_api.slug"`
	Name        string `json:"name" doc:"catalogue_api.name"`
	Summary     string `json:"summary,omitempty" doc:"catalogue_api.summary"`
	SummaryLang string `json:"summary_lang,omitempty" doc:"catalogue_api.summary_lang"`
	Kind        string `json:"kind,omitempty" doc:"catalogue_api.f_kind"`
	Licence     string `json:"licence,omitempty" doc:"catalogue_api.f_licence"`
	Stage       string `json:"stage,omitempty" doc:"catalogue_api.f_stage"`
	State       string `json:"state" enum:"proposed,active,archived,merged" doc:"catalogue_api.state"`
	AddedAt     string `json:"added_at" format:"date-time" doc:"catalogue_api.added_at"`
	UpdatedAt   string `json:"updated_at" format:"date-time" doc:"catalogue_api.updated_at"`
	URL         string `json:"url" format:"uri" doc:"catalogue_api.url"`
	API         string `json:"api" format:"uri" doc:"catalogue_api.api"`
}

func item(ctx context.Context, it catalogue.Item) Item {
	return Item{ID: it.ID, Slug: it.Slug, Name: it.Name, Summary: it.Summary, SummaryLang: it.SummaryLang, Kind: it.Kind, Licence: it.Licence,
		Stage: it.Stage, State: string(it.State), AddedAt: stamp(it.AddedAt), UpdatedAt: stamp(it.UpdatedAt),
		URL: link(ctx, pagePath(it.Slug)), API: link(ctx, selfPath(it.Slug))}
}

func items(ctx context.Context, list []catalogue.Item) []Item {
	out := make([]Item, len(list))
	for i, it := range list {
		out[i] = item(ctx, it)
	}
	return out
}

// CommonsPage is a page of the catalogue, with what may narrow it.
type CommonsPage struct {
	Items     []Item                    `json:"items" nullable:"false" doc:"catalogue_api.items"`
	Total     int                       `json:"total" doc:"catalogue_api.total"`
	Facets    map[string]map[string]int `json:"facets" doc:"catalogue_api.facets"`
	Corrected map[string]string         `json:"corrected,omitempty" doc:"catalogue_api.corrected"`
	Partial   bool                      `json:"partial,omitempty" doc:"catalogue_api.partial"`
	Missing   []string                  `json:"missing,omitempty" doc:"catalogue_api.missing_words"`
	Next      string                    `json:"next,omitempty" format:"uri" doc:"catalogue_api.next"`
	Prev      string                    `json:"prev,omitempty" format:"uri" doc:"catalogue_api.prev"`
}

type listOutput struct {
	Body CommonsPage
}

func (a *API) list(ctx context.Context, i *listInput) (*listOutput, error) {
	q := i.query(ctx)
	q.After, q.Before, q.Limit = i.After, i.Before, i.Limit
	p, err := a.Catalogue.List(ctx, web.ActorIn(ctx), q)
	if err != nil {
		return nil, in("query", err)
	}
	out := &listOutput{}
	out.Body.Items, out.Body.Total, out.Body.Corrected = items(ctx, p.Items), p.Total, p.Corrected
	out.Body.Partial, out.Body.Missing = p.Partial, p.Missing
	out.Body.Facets = map[string]map[string]int{}
	maps.Copy(out.Body.Facets, p.Facets)
	out.Body.Next, out.Body.Prev = nextLink(ctx, "after", p.Next), nextLink(ctx, "before", p.Prev)
	return out, nil
}

type fileOutput struct {
	Type        string `header:"Content-Type"`
	Disposition string `header:"Content-Disposition"`
	Body        func(huma.Context)
}

type exportInput struct{ Choice }

func (a *API) exportCSV(ctx context.Context, i *exportInput) (*fileOutput, error) {
	q := i.query(ctx)
	return a.export(ctx, q, "text/csv; charset=utf-8", "commons.csv", func(w io.Writer) error {
		return a.Catalogue.WriteCSV(ctx, web.ActorIn(ctx), q, q.Lang, w)
	})
}

func (a *API) exportJSON(ctx context.Context, i *exportInput) (*fileOutput, error) {
	q := i.query(ctx)
	return a.export(ctx, q, "application/json", "commons.json", func(w io.Writer) error {
		return a.Catalogue.WriteJSON(ctx, web.ActorIn(ctx), q, w)
	})
}

// export answers with a file that is written as it is read. The question is asked once beforehand, so that what is wrong with it is a problem and
// no half file; what fails later breaks the connection, so that nobody takes half for the whole.
func (a *API) export(ctx context.Context, q catalogue.Query, media, name string, write func(io.Writer) error) (*fileOutput, error) {
	q.Limit = 1
	if _, err := a.Catalogue.List(ctx, web.ActorIn(ctx), q); err != nil {
		return nil, in("query", err)
	}
	return &fileOutput{Type: media, Disposition: `attachment; filename="` + name + `"`, Body: func(h huma.Context) {
		h.SetStatus(http.StatusOK)
		if write(h.BodyWriter()) != nil {
			panic(http.ErrAbortHandler) // net/http's own way to break off
		}
	}}, nil
}

type suggestInput struct {
	Q     string `query:"q" required:"true" maxLength:"300" doc:"catalogue_api.q_begins"`
	Lang  string `query:"lang" maxLength:"35" doc:"catalogue_api.lang"`
	Limit int    `query:"limit" minimum:"1" maximum:"20" default:"8" doc:"catalogue_api.limit"`
}

type itemsOutput struct {
	Body All[Item]
}

func (a *API) suggest(ctx context.Context, i *suggestInput) (*itemsOutput, error) {
	lang := i.Lang
	if lang == "" {
		lang = i18n.From(ctx).Lang()
	}
	list, err := a.Catalogue.Suggest(ctx, web.ActorIn(ctx), i.Q, lang, i.Limit)
	if err != nil {
		return nil, in("query", err)
	}
	out := &itemsOutput{}
	out.Body.Items = items(ctx, list)
	return out, nil
}

// visible reports whether c is one that the reader may see.
func (a *API) visible(ctx context.Context, id string) (commons.Commons, bool) {
	c, err := a.Commons.ByID(ctx, web.ActorIn(ctx), id)
	return c, err == nil
}
