package web

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"
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

// Fail answers a request with an error: as a problem of RFC 9457 to a program, as a page in words to a person. A visitor who has to sign in to see
// a page is sent there and comes back. Any other refusal is said: a link that does not work would else end on the sign-in page without a word.
func (rt *Router) Fail(w http.ResponseWriter, r *http.Request, err error) {
	st := stateOf(r.Context())
	if errors.Is(err, context.Canceled) && r.Context().Err() != nil {
		w.WriteHeader(499) // the client has gone; the number is for the log, as other servers write it
		return
	}
	rt.Report(r.Context(), err)
	status := StatusOf(err)
	if signInHelps(fault.Of(err)) && !st.actor.SignedIn() && r.Method == http.MethodGet && !WantsJSON(r) {
		_ = SeeOther(w, r, rt.signInPath(r.URL.RequestURI()))
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
	Type   string         `json:"type" doc:"api.p_type" example:"about:blank"`
	Title  string         `json:"title" doc:"api.p_title"`
	Status int            `json:"status" doc:"api.p_status"`
	Detail string         `json:"detail,omitempty" doc:"api.p_detail"`
	Code   string         `json:"code,omitempty" doc:"api.p_code"`
	Errors []ProblemField `json:"errors,omitempty" doc:"api.p_errors"`
	ID     string         `json:"request,omitempty" doc:"api.p_request"`
}

// ProblemField is what is wrong with one field or parameter.
type ProblemField struct {
	Field  string `json:"field,omitempty" doc:"api.p_field"`
	Detail string `json:"detail" doc:"api.p_field_detail"`
	Code   string `json:"code,omitempty" doc:"api.p_code"`
}

// Error lets a Problem be returned as an error; GetStatus and ContentType are how package api writes it.
func (p *Problem) Error() string { return strconv.Itoa(p.Status) + " " + p.Code }

// GetStatus returns the HTTP status.
func (p *Problem) GetStatus() int { return p.Status }

// ContentType returns the media type of a problem for one of JSON.
func (p *Problem) ContentType(string) string { return "application/problem+json" }

// Sentence says a fault in words. Of one that knows what may have been meant (its argument "suggestions" is not empty), it is the sentence under
// the key with "_near", which names that: a person reads it at the field, and a program gives it to its own person.
func Sentence(l *i18n.Localizer, f *fault.Error) string {
	if near, _ := f.Args["suggestions"].(string); near != "" && l.Has(f.Key+"_near") {
		return l.T(f.Key+"_near", i18n.Args(f.Args))
	}
	return l.T(f.Key, i18n.Args(f.Args))
}

// NewProblem puts faults into the words of ctx's language.
func NewProblem(ctx context.Context, status int, faults fault.List) *Problem {
	l := i18n.From(ctx)
	p := &Problem{Type: "about:blank", Title: l.T(wordsOf(status, faults).title), Status: status, ID: RequestID(ctx)}
	for i, f := range faults {
		text := Sentence(l, f)
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
		texts = append(texts, Sentence(l, f))
	}
	st := stateOf(r.Context())
	words := wordsOf(status, faults)
	page := Page{Title: l.T(words.title), Status: status, Nav: words.nav()}
	v := errorView{words: words, status: status, texts: texts}
	if status >= 500 {
		v.id = st.id
	}
	if words.signIn && !st.actor.SignedIn() {
		v.signIn = rt.opt.SignIn
		if words.back {
			v.signIn = rt.signInPath(st.path)
		}
	}
	if err := Render(w, r, page, errorPage(v)); err != nil {
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
		errs = append(errs, components.FieldError{Field: f.Field, Text: Sentence(l, f)})
	}
	return errs, nil
}
