// Package api lets a program do what the catalogue's pages do, and what those of the record, of accounts and of the administration do. Each
// operation decodes, calls the service that the page calls, with the same actor, and answers; what a person may do is the service's to say.
//
// Words: an *operation* is a method on a path; a *cursor* is where a page of a list ends, to be given back as it came; a *patch* changes the
// fields that it names (RFC 7396) and says by `base` or If-Match which revision its author had seen.
//
// Promises: no answer holds an e-mail address but the reader's own, or those that an administrator asks for, or what a public file says of
// itself. A list is bounded, or written as it is read. What is not known (a field, a parameter) is refused by its name.
//
// Neighbours: package web/api carries operations and writes the OpenAPI document; docs/reference/api.md is for who calls.
package api

import (
	"context"
	"embed"
	"io/fs"
	"net/http"
	"net/url"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/danielgtaylor/huma/v2"
	"github.com/danielgtaylor/huma/v2/adapters/humago"

	"commun/engines/githistory"
	"commun/internal/core/commons"
	"commun/internal/core/instance"
	"commun/internal/core/people"
	"commun/internal/features/catalogue"
	"commun/internal/platform/fault"
	"commun/internal/platform/i18n"
	"commun/internal/platform/jobs"
	"commun/internal/platform/storage"
	"commun/internal/web"
	"commun/internal/web/admin"
	webapi "commun/internal/web/api"
	"commun/internal/web/record"
)

//go:embed messages/*.toml
var messages embed.FS

// Messages returns what the operations say of themselves. The words for the services' faults are those of the pages.
func Messages() fs.FS { return messages }

// API holds what the operations need. All fields are needed.
type API struct {
	Catalogue *catalogue.Service
	Commons   *commons.Service
	People    *people.Service
	Instance  *instance.Service
	Queue     *jobs.Queue
	Journal   History
	// Record says what of the journal a reader may see and how things are called: the same as on its pages.
	Record *record.Pages
	// Vitality returns the figures of a commons and when they were measured. The caller has looked whether the reader may see the commons.
	Vitality func(ctx context.Context, commons string) (githistory.Result, time.Time, error)
	Health   func(ctx context.Context) (admin.Health, error)
	Hosts    admin.Hosts
	// Forget forgets a person in the whole program, names where they stand alone too, and says how many others wait for an answer.
	Forget func(ctx context.Context, by people.Actor, person string, names []string) (asked int, err error)
	// AnswerForgetting answers such a request in the whole program.
	AnswerForgetting func(ctx context.Context, by people.Actor, id string, answer people.Answer) error
}

// Register hangs every operation on api. It panics on a mistake of the program, which the first start shows.
func (a *API) Register(api *webapi.API) {
	a.registerList(api)
	a.registerCommons(api)
	a.registerPublicCode(api)
	a.registerVoice(api)
	a.registerRecord(api)
	a.registerWork(api)
	a.registerPeople(api)
	a.registerAdmin(api)
	a.registerHosts(api)
}

// operation is what is said of one operation; texts are message keys.
type operation struct {
	id, method, path string
	tag, summary     string
	more             string // the description; may be empty
	status           int    // of success: 200 with a body and 204 without when it is 0
	fails            []int  // what may go wrong, beside what may always (422, 500) and what goes with a body (400, 413)
	acts             []people.Act
	answers          map[string]*huma.Response // whose content the handler's type does not tell
	content          []string                  // media types of the body, when it is not JSON alone
	most             int64                     // bytes of the body, when it may hold more than a page's form
	streams          bool                      // it may take longer than a page: a whole export
}

// descriptions are the message keys that say what a status means here.
var descriptions = map[string]string{
	"200": "catalogue_api.r_ok", "201": "catalogue_api.r_created", "202": "catalogue_api.r_accepted", "204": "catalogue_api.r_done",
	"304": "catalogue_api.r_same", "400": "catalogue_api.r_unreadable", "403": "catalogue_api.r_denied", "404": "catalogue_api.r_missing",
	"409": "catalogue_api.r_conflict", "413": "catalogue_api.r_too_big", "415": "catalogue_api.r_not_json", "422": "catalogue_api.r_invalid", "500": "catalogue_api.r_internal",
	"503": "catalogue_api.r_busy",
}

// bodyTime is how long a body may take to arrive. It is longer than an answer may take: once it is over, net/http ends the request's context.
const bodyTime = time.Minute

// on registers an operation.
func on[I, O any](api *webapi.API, o operation, h func(context.Context, *I) (*O, error)) {
	fails := append([]int{http.StatusUnprocessableEntity}, o.fails...)
	for _, name := range []string{"Body", "RawBody"} {
		if _, has := reflect.TypeFor[I]().FieldByName(name); has {
			fails = append(fails, http.StatusBadRequest, http.StatusRequestEntityTooLarge)
			if name == "Body" { // a raw one is taken as it comes
				fails = append(fails, http.StatusUnsupportedMediaType)
			}
		}
	}
	op := huma.Operation{OperationID: o.id, Method: o.method, Path: o.path, Tags: []string{o.tag}, Summary: o.summary, Description: o.more,
		DefaultStatus: o.status, Errors: fails, RejectUnknownQueryParameters: true, BodyReadTimeout: bodyTime, Responses: map[string]*huma.Response{},
		Middlewares: huma.Middlewares{withRequest}}
	for status, r := range o.answers {
		op.Responses[status] = r
	}
	if len(o.content) > 0 {
		op.RequestBody = &huma.RequestBody{Required: true, Content: map[string]*huma.MediaType{}}
		for _, media := range o.content {
			op.RequestBody.Content[media] = &huma.MediaType{Schema: &huma.Schema{Type: huma.TypeString}}
		}
	}
	if o.most > 0 {
		op.MaxBodyBytes = o.most
	}
	route := webapi.Register(api, op, h, o.acts...)
	if o.most > 0 {
		route.MaxBody(o.most)
	}
	if o.streams {
		route.Streams()
	}
	// huma describes statuses in English; the map is the document's own, so these keys are put into words with the rest
	for status, r := range op.Responses {
		if key := descriptions[status]; key != "" {
			r.Description = key
		}
	}
}

type requestKey struct{}

// withRequest lets a handler reach its request, for links and for the session in use.
func withRequest(ctx huma.Context, next func(huma.Context)) {
	r, _ := humago.Unwrap(ctx)
	next(huma.WithValue(ctx, requestKey{}, r))
}

func requestIn(ctx context.Context) *http.Request {
	r, _ := ctx.Value(requestKey{}).(*http.Request)
	return r
}

// link returns the absolute address of a path whose parts are escaped.
func link(ctx context.Context, path string) string { return web.Absolute(requestIn(ctx), path) }

// nextLink is the address of the request with another cursor: absolute, with all that was asked. An empty cursor gives none.
func nextLink(ctx context.Context, name, cursor string) string {
	if cursor == "" {
		return ""
	}
	r := requestIn(ctx)
	q := r.URL.Query()
	q.Del("after")
	q.Del("before")
	q.Set(name, cursor)
	return link(ctx, r.URL.EscapedPath()+"?"+q.Encode())
}

func pagePath(slug string) string { return "/commons/" + url.PathEscape(slug) }
func selfPath(slug string) string { return "/api/commons/" + url.PathEscape(slug) }

// stamp writes a stored time, and "" for one that never was.
func stamp(micros int64) string {
	if micros == 0 {
		return ""
	}
	return storage.Time(micros).UTC().Format(time.RFC3339)
}

// in says of a service's faults where in the request their fields stand: "body" or "query". Both kinds of errors then name fields alike.
func in(place string, err error) error {
	faults := fault.Of(err)
	if len(faults) == 0 {
		return err
	}
	moved := make(fault.List, len(faults))
	for i, f := range faults {
		c := *f
		if c.Field != "" {
			c.Field = place + "." + c.Field
		}
		moved[i] = &c
	}
	return moved
}

// addressFaults begin the keys of what package gitrepo says of an address.
const addressFaults = "gitrepo."

// refused turns what is said of an address itself into a fault of its field. That it is closed to this person, or that nothing is there, is no word
// on the operation: whoever calls has to mend the field, and the sentence says how.
func refused(field string, err error) error {
	faults := fault.Of(err)
	moved := make(fault.List, len(faults))
	changed := false
	for i, f := range faults {
		c := *f
		if (c.Kind == fault.DeniedKind || c.Kind == fault.MissingKind) && strings.HasPrefix(c.Key, addressFaults) {
			c.Kind, c.Field, changed = fault.InvalidKind, field, true
		}
		moved[i] = &c
	}
	if !changed {
		return err
	}
	return moved
}

// find returns the commons of a path, by slug or by id.
func (a *API) find(ctx context.Context, slug string) (commons.Commons, error) {
	by := web.ActorIn(ctx)
	c, err := a.Commons.BySlug(ctx, by, slug)
	if fault.KindOf(err) == fault.MissingKind {
		return a.Commons.ByID(ctx, by, slug)
	}
	return c, err
}

// findFor is find for who may do act on the commons.
func (a *API) findFor(ctx context.Context, slug string, act people.Act) (commons.Commons, error) {
	c, err := a.find(ctx, slug)
	if err == nil {
		err = web.ActorIn(ctx).May(act, c.ID)
	}
	return c, err
}

// SlugPath is the input of what concerns one commons and needs nothing more.
type SlugPath struct {
	Slug string `path:"slug" maxLength:"200" doc:"catalogue_api.slug"`
}

// IDPath names one thing.
type IDPath struct {
	ID string `path:"id" maxLength:"100" doc:"catalogue_api.id"`
}

// nothing is an answer without a body.
type nothing struct{}

// Private is a header of answers that hold somebody's details.
type Private struct {
	CacheControl string `header:"Cache-Control"`
}

var noStore = Private{"no-store"}

// faultText says why a job failed, in the reader's language. What concerns a folder of the machine is told to administrators only.
func faultText(ctx context.Context, f *jobs.Fault, inner bool) string {
	if f == nil {
		return ""
	}
	l := i18n.From(ctx)
	if !l.Has(f.Key) || inner && !web.ActorIn(ctx).IsAdmin() {
		return l.T(jobs.KeyFailed)
	}
	return l.T(f.Key, i18n.Args(f.Args))
}

// inner says whether a commons is read from a folder of this machine, whose path is nobody's but the administrators'.
func inner(c commons.Commons) bool {
	main, ok := c.Main()
	return ok && !slices.Contains(catalogue.Repositories(c), main.Address)
}

// acts lists what a service checks, for the permission table.
func acts(list ...people.Act) []people.Act { return list }

var errETag = fault.Invalid("header.If-Match", "catalogue_api.not_a_revision")

// base returns the revision that a change was made from: by its body, else by If-Match ("12", with or without a W/), else what stands now.
func base(given int64, ifMatch string, now int64) (int64, error) {
	if given == 0 && ifMatch != "" && ifMatch != "*" {
		text := strings.Trim(strings.TrimPrefix(strings.TrimSpace(ifMatch), "W/"), `"`)
		n, err := strconv.ParseInt(text, 10, 64)
		if err != nil || n < 1 {
			return 0, errETag
		}
		given = n
	}
	switch {
	case given == 0:
		return now, nil
	case given > now:
		return 0, fault.Invalid("body.base", "catalogue_api.not_a_revision")
	}
	return given, nil
}

func etag(revision int64) string { return `"` + strconv.FormatInt(revision, 10) + `"` }

// problemOf is err as a problem of RFC 9457, for answers that say more than a problem does.
func problemOf(ctx context.Context, err error) web.Problem {
	return *web.NewProblem(ctx, web.StatusOf(err), fault.Of(err))
}
