package api

import (
	"regexp"
	"strconv"
	"strings"

	"github.com/danielgtaylor/huma/v2"
	"github.com/danielgtaylor/huma/v2/validation"

	"commun/internal/platform/fault"
	"commun/internal/platform/i18n"
	"commun/internal/web"
)

// rule takes a sentence of huma's validation to a message of ours. Huma writes English only, from formats that can be replaced only for the whole
// process; so its sentences are recognised by those formats. What they name becomes the arguments a and b.
type rule struct{ format, key string }

var rules = []rule{
	{"required query parameter is missing", "api.v_required"},
	{"required path parameter is missing", "api.v_required"},
	{"required header parameter is missing", "api.v_required"},
	{"required cookie parameter is missing", "api.v_required"},
	{"request body is required", "api.v_body_required"},
	{"unknown query parameter", "api.v_unexpected"},
	{"invalid integer", "api.v_integer"},
	{"invalid float", "api.v_number"},
	{"invalid floating value", "api.v_number"},
	{"invalid date/time for format %s", "api.v_date_time"},
	{"invalid url.URL value", "api.v_uri"},
	{"expected at most one value, but received multiple values", "api.v_once"},
	{"unknown content type: %s", "api.v_media"},
	{"request body is too large limit=%d bytes", "api.v_too_big"},
	{"request body read timeout", "api.v_timeout"},
	{"unexpected end of JSON input", "api.v_json"},
	{"invalid character %s", "api.v_json"},
	{"invalid boolean", "api.v_boolean"},
	{validation.MsgUnexpectedProperty, "api.v_unexpected"},
	{validation.MsgExpectedRequiredProperty, "api.v_required_property"},
	{validation.MsgExpectedDependentRequiredProperty, "api.v_dependent"},
	{validation.MsgExpectedBoolean, "api.v_boolean"},
	{validation.MsgExpectedNumber, "api.v_number"},
	{validation.MsgExpectedInteger, "api.v_integer"},
	{validation.MsgExpectedString, "api.v_string"},
	{validation.MsgExpectedArray, "api.v_array"},
	{validation.MsgExpectedObject, "api.v_object"},
	{validation.MsgExpectedArrayItemsUnique, "api.v_unique"},
	{validation.MsgExpectedOneOf, "api.v_one_of"},
	{validation.MsgExpectedMinimumNumber, "api.v_min"},
	{validation.MsgExpectedExclusiveMinimumNumber, "api.v_above"},
	{validation.MsgExpectedMaximumNumber, "api.v_max"},
	{validation.MsgExpectedExclusiveMaximumNumber, "api.v_below"},
	{validation.MsgExpectedNumberBeMultipleOf, "api.v_multiple"},
	{validation.MsgExpectedMinLength, "api.v_min_length"},
	{validation.MsgExpectedMaxLength, "api.v_max_length"},
	{validation.MsgExpectedMinItems, "api.v_min_items"},
	{validation.MsgExpectedMaxItems, "api.v_max_items"},
	{validation.MsgExpectedMinProperties, "api.v_min_items"},
	{validation.MsgExpectedMaxProperties, "api.v_max_items"},
	{validation.MsgExpectedMatchPattern, "api.v_pattern"},
	{validation.MsgExpectedBePattern, "api.v_pattern"},
	{validation.MsgExpectedRFC3339DateTime, "api.v_date_time"},
	{validation.MsgExpectedRFC1123DateTime, "api.v_date_time"},
	{validation.MsgExpectedRFC3339Date, "api.v_date"},
	{validation.MsgExpectedRFC3339Time, "api.v_time"},
	{validation.MsgExpectedDuration, "api.v_duration"},
	{validation.MsgExpectedRFC5322Email, "api.v_email"},
	{validation.MsgExpectedRFC3986URI, "api.v_uri"},
	{validation.MsgExpectedRFC4122UUID, "api.v_uuid"},
	{validation.MsgExpectedBase64String, "api.v_base64"},
	{validation.MsgExpectedMatchAtLeastOneSchema, "api.v_no_schema"},
	{validation.MsgExpectedMatchExactlyOneSchema, "api.v_no_schema"},
}

// matchers are the rules as patterns, in the same order; read-only.
var matchers = compileRules()

func compileRules() []*regexp.Regexp {
	out := make([]*regexp.Regexp, len(rules))
	verb := regexp.MustCompile(`%[vsd]`)
	for i, r := range rules {
		out[i] = regexp.MustCompile("^(?s:" + verb.ReplaceAllString(regexp.QuoteMeta(r.format), "(.+?)") + ")$")
	}
	return out
}

// detail finds our message for a sentence of huma's, with its arguments. One that is not known is not said: it would be English to everyone.
func detail(english string) (key string, args i18n.Args) {
	for i, m := range matchers {
		found := m.FindStringSubmatch(english)
		if found == nil {
			continue
		}
		args = i18n.Args{}
		for n, v := range found[1:] {
			args[string(rune('a'+n))] = v
			if size, err := strconv.ParseInt(v, 10, 64); err == nil && rules[i].key == "api.v_too_big" {
				args["a"] = size
			}
		}
		return rules[i].key, args
	}
	return "api.v_other", nil
}

// translate turns huma's own errors (what came in did not fit the schema) into problems of the request's language. Others pass as they are.
func translate(ctx huma.Context, _ string, v any) (any, error) {
	model, ok := v.(*huma.ErrorModel)
	if !ok {
		return v, nil
	}
	p := web.NewProblem(ctx.Context(), model.Status, fault.List{})
	l := i18n.From(ctx.Context())
	for _, e := range model.Errors {
		key, args := detail(e.Message)
		// A body's field is told as body.name; the header and cookie prefixes stay as huma writes them.
		p.Errors = append(p.Errors, web.ProblemField{Field: strings.TrimSpace(e.Location), Detail: l.T(key, args), Code: key})
	}
	if len(p.Errors) == 0 { // what concerns the body as a whole is in huma's title alone
		key, args := detail(model.Detail)
		p.Errors = append(p.Errors, web.ProblemField{Field: "body", Detail: l.T(key, args), Code: key})
	}
	p.Detail, p.Code = p.Errors[0].Detail, p.Errors[0].Code
	return p, nil
}
