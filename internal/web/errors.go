package web

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"net/url"
	"strconv"
	"strings"

	"commun/internal/platform/fault"
	"commun/internal/platform/i18n"
	"commun/internal/web/components"
)

// StatusOf returns the HTTP status of an error: its fault's kind, 413 for a body that is too big, 503 for a request that ran out of time, else 500.
func StatusOf(err error) int {
	if _, ok := errors.AsType[*http.MaxBytesError](err); ok {
		return http.StatusRequestEntityTooLarge
	}
	switch fault.KindOf(err) {
	case fault.InvalidKind:
		return http.StatusUnprocessableEntity
	case fault.DeniedKind:
		return http.StatusForbidden
	case fault.MissingKind:
		return http.StatusNotFound
	case fault.ConflictKind:
		return http.StatusConflict
	case fault.BusyKind:
		return http.StatusServiceUnavailable
	}
	if errors.Is(err, context.DeadlineExceeded) {
		return http.StatusServiceUnavailable
	}
	return http.StatusInternalServerError
}

// Fail answers a request with an error: as a problem of RFC 9457 to a program, as a page in words to a person. A visitor who may not see a page
// is sent to sign in and comes back.
func (rt *Router) Fail(w http.ResponseWriter, r *http.Request, err error) {
	st := stateOf(r.Context())
	if errors.Is(err, context.Canceled) && r.Context().Err() != nil {
		w.WriteHeader(499) // the client has gone; the number is for the log, as other servers write it
		return
	}
	rt.Report(r.Context(), err)
	status := StatusOf(err)
	if status == http.StatusForbidden && !st.actor.SignedIn() && r.Method == http.MethodGet && !WantsJSON(r) {
		_ = SeeOther(w, r, rt.opt.SignIn+"?return="+url.QueryEscape(SafePath(r.URL.RequestURI())))
		return
	}
	rt.ErrorPage(w, r, status, fault.Of(err))
}

// Report writes an error to the log when it has something to say there: a fault of the program, or a fault's cause.
func (rt *Router) Report(ctx context.Context, err error) {
	if StatusOf(err) == http.StatusInternalServerError {
		rt.opt.Log.ErrorContext(ctx, "internal error", "request", RequestID(ctx), "error", err.Error())
	} else if first := firstOf(err); first == nil || errors.Unwrap(first) != nil {
		rt.opt.Log.WarnContext(ctx, "fault", "request", RequestID(ctx), "error", err.Error())
	}
}

func firstOf(err error) error {
	if l := fault.Of(err); len(l) > 0 {
		return l[0]
	}
	return nil
}

// WantsJSON says whether the answer goes to a program: a path under /api, or an Accept header that asks for JSON and not for HTML.
func WantsJSON(r *http.Request) bool {
	if strings.HasPrefix(r.URL.Path, "/api/") {
		return true
	}
	accept := r.Header.Get("Accept")
	return strings.Contains(accept, "json") && !strings.Contains(accept, "text/html")
}

// Problem is an error as a program reads it: RFC 9457, with one entry a field.
type Problem struct {
	Type   string         `json:"type" doc:"A URI that names the kind of problem." example:"about:blank"`
	Title  string         `json:"title" doc:"What went wrong, in a few words of the reader's language."`
	Status int            `json:"status" doc:"The HTTP status."`
	Detail string         `json:"detail,omitempty" doc:"What went wrong this time, in the reader's language."`
	Code   string         `json:"code,omitempty" doc:"The message key, which does not change with the language."`
	Errors []ProblemField `json:"errors,omitempty" doc:"What is wrong with each field."`
	ID     string         `json:"request,omitempty" doc:"The request's id, as the log has it."`
}

// ProblemField is what is wrong with one field or parameter.
type ProblemField struct {
	Field  string `json:"field,omitempty" doc:"The field or parameter, such as body.name or query.limit."`
	Detail string `json:"detail" doc:"What is wrong with it, in the reader's language."`
	Code   string `json:"code,omitempty" doc:"The message key."`
}

// Error lets a Problem be returned as an error; GetStatus and ContentType are how package api writes it.
func (p *Problem) Error() string { return strconv.Itoa(p.Status) + " " + p.Code }

// GetStatus returns the HTTP status.
func (p *Problem) GetStatus() int { return p.Status }

// ContentType returns the media type of a problem for one of JSON.
func (p *Problem) ContentType(string) string { return "application/problem+json" }

// titleKeys are the titles of error pages and problems by status; statuses without their own share the one of their hundred.
var titleKeys = map[int]string{
	http.StatusBadRequest:            "web.error_invalid",
	http.StatusForbidden:             "web.error_denied",
	http.StatusNotFound:              "web.error_missing",
	http.StatusMethodNotAllowed:      "web.error_method",
	http.StatusConflict:              "web.error_conflict",
	http.StatusRequestEntityTooLarge: "web.error_too_big",
	http.StatusUnprocessableEntity:   "web.error_invalid",
	http.StatusServiceUnavailable:    "web.error_busy",
	http.StatusInternalServerError:   "web.error_internal",
}

// TitleKey returns the message key of a status's title; key + "_help" says what to do.
func TitleKey(status int) string {
	if k := titleKeys[status]; k != "" {
		return k
	}
	if status < 500 {
		return titleKeys[http.StatusBadRequest]
	}
	return titleKeys[http.StatusInternalServerError]
}

// NewProblem puts faults into the words of ctx's language.
func NewProblem(ctx context.Context, status int, faults fault.List) *Problem {
	l := i18n.From(ctx)
	p := &Problem{Type: "about:blank", Title: l.T(TitleKey(status)), Status: status, ID: RequestID(ctx)}
	for i, f := range faults {
		text := l.T(f.Key, i18n.Args(f.Args))
		if i == 0 {
			p.Detail, p.Code = text, f.Key
		}
		if f.Field != "" {
			p.Errors = append(p.Errors, ProblemField{Field: f.Field, Detail: text, Code: f.Key})
		}
	}
	return p
}

// retryAfter is how many seconds a busy answer asks to wait, when the fault doesn't say ("retry_after").
const retryAfter = 5

// RetryAfter returns how many seconds to wait before another try, or 0 when waiting does not help.
func RetryAfter(status int, faults fault.List) int {
	if status != http.StatusServiceUnavailable {
		return 0
	}
	if len(faults) > 0 {
		if s, ok := faults[0].Args["retry_after"].(int); ok && s > 0 {
			return s
		}
	}
	return retryAfter
}

// ErrorPage answers with a status and what the faults say: a page, or a Problem to a program. Handlers return their error instead, and Fail comes here.
func (rt *Router) ErrorPage(w http.ResponseWriter, r *http.Request, status int, faults fault.List) {
	if status == 0 {
		status = http.StatusNotFound
	}
	if wait := RetryAfter(status, faults); wait > 0 {
		w.Header().Set("Retry-After", strconv.Itoa(wait))
	}
	if WantsJSON(r) {
		w.Header().Set("Content-Type", "application/problem+json")
		w.WriteHeader(status)
		if r.Method != http.MethodHead {
			_ = json.NewEncoder(w).Encode(NewProblem(r.Context(), status, faults)) // the client has gone: nobody to tell
		}
		return
	}
	l := L(r)
	var texts []string
	for _, f := range faults {
		texts = append(texts, l.T(f.Key, i18n.Args(f.Args)))
	}
	st := stateOf(r.Context())
	page := Page{Title: l.T(TitleKey(status)), Status: status}
	id := ""
	if status >= 500 {
		id = st.id
	}
	if err := Render(w, r, page, errorPage(status, texts, id)); err != nil {
		rt.opt.Log.ErrorContext(r.Context(), "render error page", "request", st.id, "error", err.Error())
		http.Error(w, http.StatusText(status), status)
	}
}

// FormErrors splits an error for a form: what the person can mend there (invalid or conflicting fields, in words), or else the error itself, for the
// handler to return.
func FormErrors(r *http.Request, err error) (components.Errors, error) {
	faults := fault.Of(err)
	if len(faults) == 0 {
		return nil, err
	}
	l := L(r)
	var errs components.Errors
	for _, f := range faults {
		if f.Kind != fault.InvalidKind && f.Kind != fault.ConflictKind {
			return nil, err
		}
		errs = append(errs, components.FieldError{Field: f.Field, Text: l.T(f.Key, i18n.Args(f.Args))})
	}
	return errs, nil
}
