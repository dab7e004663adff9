package webtest

import (
	"fmt"
	"regexp"
	"slices"
	"strings"
)

var (
	inBraces = regexp.MustCompile(`\{([^}]+)\}`)
	keyLike  = regexp.MustCompile(`^[a-z0-9_]+(\.[a-z0-9_]+)+$`)
)

// OpenAPIFaults returns what is wrong with an OpenAPI 3.1 document (decoded JSON): its version, references that lead nowhere, operation ids that are not
// unique, path parameters that are not declared, parameter places that don't exist, message keys that were not put into words.
func OpenAPIFaults(doc map[string]any) []string {
	c := &apiCheck{doc: doc, ids: map[string]bool{}}
	if v, _ := doc["openapi"].(string); !strings.HasPrefix(v, "3.1.") {
		c.add("openapi is %q, must be 3.1", v)
	}
	for _, field := range []string{"title", "version"} {
		info, _ := doc["info"].(map[string]any)
		if s, _ := info[field].(string); s == "" {
			c.add("info has no %s", field)
		}
	}
	paths, _ := doc["paths"].(map[string]any)
	for path, item := range paths {
		if !strings.HasPrefix(path, "/") {
			c.add("path %q does not begin with a slash", path)
		}
		ops, _ := item.(map[string]any)
		for method, op := range ops {
			if o, ok := op.(map[string]any); ok {
				c.operation(strings.ToUpper(method)+" "+path, path, o)
			}
		}
	}
	c.walk("", doc)
	slices.Sort(c.faults)
	return slices.Compact(c.faults)
}

type apiCheck struct {
	doc    map[string]any
	ids    map[string]bool
	faults []string
}

func (c *apiCheck) add(format string, args ...any) {
	c.faults = append(c.faults, fmt.Sprintf(format, args...))
}

func (c *apiCheck) operation(what, path string, op map[string]any) {
	id, _ := op["operationId"].(string)
	if id == "" || c.ids[id] {
		c.add("%s: operationId %q is empty or there twice", what, id)
	}
	c.ids[id] = true
	if s, _ := op["summary"].(string); s == "" {
		c.add("%s: no summary", what)
	}
	if r, _ := op["responses"].(map[string]any); len(r) == 0 {
		c.add("%s: no responses", what)
	}
	declared := map[string]bool{}
	params, _ := op["parameters"].([]any)
	for _, p := range params {
		o, _ := p.(map[string]any)
		name, _ := o["name"].(string)
		in, _ := o["in"].(string)
		if !slices.Contains([]string{"path", "query", "header", "cookie"}, in) {
			c.add("%s: parameter %q is in %q", what, name, in)
		}
		if in == "path" {
			declared[name] = true
			if r, _ := o["required"].(bool); !r {
				c.add("%s: path parameter %q must be required", what, name)
			}
		}
	}
	for _, m := range inBraces.FindAllStringSubmatch(path, -1) {
		if !declared[m[1]] {
			c.add("%s: path parameter %q is not declared", what, m[1])
		}
	}
}

// walk looks at every text and reference.
func (c *apiCheck) walk(where string, v any) {
	switch v := v.(type) {
	case map[string]any:
		if ref, ok := v["$ref"].(string); ok && !c.leads(ref) {
			c.add("%s: the reference %q leads nowhere", where, ref)
		}
		for k, inner := range v {
			if s, ok := inner.(string); ok && (k == "summary" || k == "description" || k == "title") && keyLike.MatchString(s) {
				c.add("%s/%s: the message key %q was not put into words", where, k, s)
			}
			c.walk(where+"/"+k, inner)
		}
	case []any:
		for i, inner := range v {
			c.walk(fmt.Sprintf("%s/%d", where, i), inner)
		}
	}
}

func (c *apiCheck) leads(ref string) bool {
	rest, ok := strings.CutPrefix(ref, "#/")
	if !ok {
		return false
	}
	var at any = c.doc
	for _, part := range strings.Split(rest, "/") {
		o, _ := at.(map[string]any)
		if at = o[part]; at == nil {
			return false
		}
	}
	return true
}
