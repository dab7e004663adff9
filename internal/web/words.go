package web

import (
	"net/http"
	"net/url"

	"commun/internal/platform/fault"
)

// titleKeys are the titles of error pages and problems by status; statuses without their own share the one of their hundred.
var titleKeys = map[int]string{
	http.StatusBadRequest:            "web.error_invalid",
	http.StatusForbidden:             "web.error_denied",
	http.StatusNotFound:              "web.error_missing",
	http.StatusMethodNotAllowed:      "web.error_method",
	http.StatusNotAcceptable:         "web.error_form",
	http.StatusConflict:              "web.error_conflict",
	http.StatusRequestTimeout:        "web.error_slow",
	http.StatusRequestEntityTooLarge: "web.error_too_big",
	http.StatusUnsupportedMediaType:  "web.error_form",
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

// errorWords head an error, and say what to do: message keys. An empty help says nothing beside the fault's own sentence.
type errorWords struct {
	title, help string
	signIn      bool // signing in helps: its button stands first
	back        bool // who has signed in comes back to this page
}

// byKey are the faults whose status says too little: 403 is for who lacks a right, but also for a link that has been used, and 409 is for two
// people at one field, but also for the last administrator. Every other fault of these statuses has a sentence that says itself what to do.
var byKey = map[string]errorWords{
	"web.cross_origin":               {title: "web.error_elsewhere", help: "web.error_elsewhere_help"},
	"people.sign_in_first":           {title: "web.error_sign_in", help: "web.error_sign_in_help", signIn: true, back: true},
	"people.not_allowed":             {title: "web.error_denied", help: "web.error_denied_help"},
	"people.link_invalid":            {title: "web.error_link", help: "web.error_link_help", signIn: true},
	"people.link_other_browser":      {title: "web.error_link", help: "web.error_link_browser_help", signIn: true},
	"commons.undo_changed_meanwhile": {title: "web.error_conflict", help: "web.error_conflict_help"},
	"mail.not_configured":            {title: "web.error_state"},
	"people.changed_meanwhile":       {title: "web.error_conflict", help: "web.error_conflict_help"},
	"commons.changed_meanwhile":      {title: "web.error_conflict", help: "web.error_conflict_help"},
	"instance.changed_meanwhile":     {title: "web.error_conflict", help: "web.error_conflict_help"},
}

// wordsOf chooses the words for an error: by what the fault is, else by the status.
func wordsOf(status int, faults fault.List) errorWords {
	title := TitleKey(status)
	if len(faults) == 0 {
		return errorWords{title: title, help: title + "_help"}
	}
	if w, ok := byKey[faults[0].Key]; ok {
		return w
	}
	switch status {
	case http.StatusForbidden:
		return errorWords{title: title}
	case http.StatusConflict:
		return errorWords{title: "web.error_state", help: "web.error_state_help"}
	}
	return errorWords{title: title, help: title + "_help"}
}

// signInHelps says that nothing is wrong but that nobody has signed in.
func signInHelps(faults fault.List) bool {
	return len(faults) > 0 && faults[0].Kind == fault.DeniedKind && faults[0].Key == "people.sign_in_first"
}

// nav is the entry of the navigation that is current on the error's page.
func (w errorWords) nav() string {
	if w.signIn {
		return "account"
	}
	return ""
}

// errorView is what an error's page shows.
type errorView struct {
	words  errorWords
	status int
	texts  []string // the faults' own sentences
	id     string   // of the request in the log, when the fault is ours
	signIn string   // where a visitor signs in, when that helps
}

// signInPath is the sign-in page, which leads back to path.
func (rt *Router) signInPath(path string) string {
	return rt.opt.SignIn + "?return=" + url.QueryEscape(SafePath(path))
}
