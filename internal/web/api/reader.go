package api

import (
	"encoding/json"
	"fmt"
	"net/http"
	"slices"
	"sort"
	"strconv"
	"strings"

	"commun/internal/platform/i18n"
	"commun/internal/web"
	"commun/internal/web/components"
)

// The reader's view of the document: what a person needs, in the order in which it is read.
type (
	group struct {
		id, name string
		ops      []operation
	}
	operation struct {
		id, method, path, summary, description string
		params                                 []param
		body                                   *schema
		answers                                []answer
		curl                                   string
	}
	param struct {
		name, in, kind, description string
		required                    bool
	}
	answer struct {
		status, description string
		body                *schema
	}
	schema struct {
		ref    string // anchor of a named schema, or ""
		kind   string // "object", "array of Commons", "string"
		fields []param
	}
	namedSchema struct {
		name string
		schema
	}
)

// methods are the keys of a path in the document that hold operations, in the order of reading.
var methods = []string{"get", "post", "put", "patch", "delete"}

func (a *API) getReader(w http.ResponseWriter, r *http.Request) error {
	l := web.L(r)
	doc, err := a.Document(l.Lang())
	if err != nil {
		return err
	}
	groups, schemas := read(doc, l, web.Absolute(r, ""))
	a.order(groups, l)
	p := web.Page{Title: l.T("api.title"), Nav: "api", Description: l.T("api.description")}
	return web.Render(w, r, p, reader(groups, schemas))
}

// order puts the groups into the order in which their operations were registered: what most come for stands first.
func (a *API) order(groups []group, l *i18n.Localizer) {
	place := map[string]int{}
	for i, tag := range a.tags {
		place[l.T(tag)] = i
	}
	slices.SortStableFunc(groups, func(x, y group) int { return place[x.name] - place[y.name] })
	for i := range groups {
		groups[i].id = "part-" + strconv.Itoa(i+1)
	}
}

// read takes the document apart.
func read(doc map[string]any, l *i18n.Localizer, base string) ([]group, []namedSchema) {
	paths := object(doc["paths"])
	byTag := map[string]*group{}
	var order []string
	for _, path := range sortedKeys(paths) {
		item := object(paths[path])
		for _, method := range methods {
			raw := object(item[method])
			if len(raw) == 0 {
				continue
			}
			tag := l.T("api.others")
			if tags, ok := raw["tags"].([]any); ok && len(tags) > 0 {
				tag = text(tags[0])
			}
			if byTag[tag] == nil {
				byTag[tag] = &group{name: tag}
				order = append(order, tag)
			}
			byTag[tag].ops = append(byTag[tag].ops, readOperation(raw, method, path, l, base))
		}
	}
	groups := make([]group, len(order))
	for i, tag := range order {
		groups[i] = *byTag[tag]
	}
	all := object(object(doc["components"])["schemas"])
	var schemas []namedSchema
	for _, name := range sortedKeys(all) {
		schemas = append(schemas, namedSchema{name, *readSchema(object(all[name]), l)})
	}
	return groups, schemas
}

func readOperation(raw map[string]any, method, path string, l *i18n.Localizer, base string) operation {
	op := operation{id: text(raw["operationId"]), method: strings.ToUpper(method), path: path, summary: text(raw["summary"]), description: text(raw["description"])}
	params, _ := raw["parameters"].([]any)
	for _, p := range params {
		o := object(p)
		required, _ := o["required"].(bool)
		op.params = append(op.params, param{name: text(o["name"]), in: text(o["in"]), kind: kindOf(object(o["schema"]), l), description: text(o["description"]), required: required})
	}
	if body := object(raw["requestBody"]); len(body) > 0 {
		op.body = contentSchema(body, l)
	}
	responses := object(raw["responses"])
	for _, status := range sortedKeys(responses) {
		o := object(responses[status])
		op.answers = append(op.answers, answer{status: status, description: text(o["description"]), body: contentSchema(o, l)})
	}
	op.curl = curl(op, base)
	return op
}

// curl is the command that tries an operation from a terminal.
func curl(op operation, base string) string {
	var sb strings.Builder
	sb.WriteString("curl")
	if op.method != http.MethodGet {
		sb.WriteString(" -X " + op.method)
	}
	if op.body != nil {
		sb.WriteString(" -H 'Content-Type: application/json' -d @body.json")
	}
	fmt.Fprintf(&sb, " '%s%s'", base, op.path)
	return sb.String()
}

// contentSchema is the schema of the first media type.
func contentSchema(o map[string]any, l *i18n.Localizer) *schema {
	content := object(o["content"])
	for _, media := range sortedKeys(content) {
		return readSchema(object(object(content[media])["schema"]), l)
	}
	return nil
}

func readSchema(o map[string]any, l *i18n.Localizer) *schema {
	s := &schema{kind: kindOf(o, l), ref: refName(o)}
	if s.ref == "" {
		s.ref = refName(object(o["items"]))
	}
	var required []string
	list, _ := o["required"].([]any)
	for _, r := range list {
		required = append(required, text(r))
	}
	props := object(o["properties"])
	for _, name := range sortedKeys(props) {
		p := object(props[name])
		s.fields = append(s.fields, param{name: name, kind: kindOf(p, l), description: text(p["description"]), required: slices.Contains(required, name)})
	}
	return s
}

// kindOf says what a schema holds: a named schema, a type, its format and its allowed values.
func kindOf(o map[string]any, l *i18n.Localizer) string {
	if ref := refName(o); ref != "" {
		return ref
	}
	kind := text(o["type"])
	if types, ok := o["type"].([]any); ok { // nullable: ["string", "null"]
		var names []string
		for _, t := range types {
			names = append(names, text(t))
		}
		kind = strings.Join(names, " | ")
	}
	if items := object(o["items"]); len(items) > 0 {
		kind = l.T("api.list_of", i18n.Args{"kind": kindOf(items, l)})
	}
	if format := text(o["format"]); format != "" && kind == "string" {
		kind += " (" + format + ")"
	}
	if values, ok := o["enum"].([]any); ok {
		var list []string
		for _, v := range values {
			if raw, err := json.Marshal(v); err == nil {
				list = append(list, string(raw))
			}
		}
		kind += " " + strings.Join(list, ", ") // with spaces, so that a narrow column folds it
	}
	return kind
}

func refName(o map[string]any) string {
	return strings.TrimPrefix(text(o["$ref"]), "#/components/schemas/")
}

func object(v any) map[string]any { o, _ := v.(map[string]any); return o }
func text(v any) string           { s, _ := v.(string); return s }

func sortedKeys(m map[string]any) []string {
	keys := make([]string, 0, len(m))
	for k := range m {
		keys = append(keys, k)
	}
	sort.Strings(keys)
	return keys
}

// fields makes the table of a schema's or an operation's parameters.
func fields(l *i18n.Localizer, caption string, ps []param, where bool) components.TableProps {
	// what a name means stands beside it: on a phone the rest is scrolled to
	t := components.TableProps{Caption: caption, Compact: true, Columns: []components.Column{{Label: l.T("api.name")}, {Label: l.T("api.meaning")}, {Label: l.T("api.kind")}}}
	if where {
		t.Columns = append(t.Columns, components.Column{Label: l.T("api.where")})
	}
	t.Columns = append(t.Columns, components.Column{Label: l.T("api.needed")})
	for _, p := range ps {
		needed := l.T("api.no")
		if p.required {
			needed = l.T("api.yes")
		}
		row := []components.Cell{{Body: code(p.name)}, {Text: p.description}, {Body: code(p.kind)}}
		if where {
			row = append(row, components.Cell{Text: p.in})
		}
		t.Rows = append(t.Rows, append(row, components.Cell{Text: needed}))
	}
	return t
}
