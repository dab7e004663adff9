package webtest

import (
	"encoding/json"
	"strings"
	"testing"
)

const goodPage = `<!doctype html><html lang="fr"><head><title>T</title><link rel="stylesheet" href="/s.css"><script src="/a.js" defer></script></head>
<body><h1>A</h1><h2>B</h2><label for="q">Q</label><input id="q"><a href="#q">x</a></body></html>`

// The checker is checked: each fault is found, and a good page has none.
func TestPageFaultsAreFound(t *testing.T) {
	if f := PageFaults(goodPage); len(f) > 0 {
		t.Fatalf("a good page: %q", f)
	}
	for _, c := range []struct{ rule, old, new, want string }{
		{"a page says its language", ` lang="fr"`, "", "does not say its language"},
		{"a page has a title", "<title>T</title>", "", "no title"},
		{"one h1", "<h2>B</h2>", "<h1>B</h1>", "2 h1"},
		{"no step left out", "<h2>B</h2>", "<h3>B</h3>", "from h1 to h3"},
		{"ids are there once", "<h2>B</h2>", `<h2 id="q">B</h2>`, "2 times"},
		{"references lead somewhere", `for="q"`, `for="z"`, `"z", which is not there`},
		{"controls have labels", `for="q"`, "", "without a label"},
		{"links inside the page lead somewhere", `href="#q"`, `href="#z"`, "not there"},
		{"no style attribute", "<h2>", `<h2 style="x">`, "style attribute"},
		{"no event attribute", "<h2>", `<h2 onclick="x">`, "event attribute"},
		{"no style element", "<h2>", `<style>x</style><h2>`, "<style>"},
		{"no inline script", "<h2>", `<script>x</script><h2>`, "inline script"},
		{"nothing from elsewhere", "/s.css", "https://cdn.example/s.css", "not ours"},
		{"nothing from elsewhere by two slashes", "/a.js", "//cdn.example/a.js", "not ours"},
		{"pictures have a text", "<h2>", `<img src="/x.png"><h2>`, "without alt"},
	} {
		t.Run(c.rule, func(t *testing.T) {
			got := strings.Join(PageFaults(strings.Replace(goodPage, c.old, c.new, 1)), "\n")
			if !strings.Contains(got, c.want) {
				t.Fatalf("got %q, want something with %q", got, c.want)
			}
		})
	}
}

const goodAPI = `{"openapi":"3.1.0","info":{"title":"T","version":"1"},"paths":{"/a/{id}":{"get":{"operationId":"a","summary":"S",
"parameters":[{"name":"id","in":"path","required":true}],"responses":{"200":{"$ref":"#/components/schemas/A"}}}}},"components":{"schemas":{"A":{}}}}`

func TestOpenAPIFaultsAreFound(t *testing.T) {
	faults := func(s string) []string {
		var doc map[string]any
		if err := json.Unmarshal([]byte(s), &doc); err != nil {
			t.Fatal(err)
		}
		return OpenAPIFaults(doc)
	}
	if f := faults(goodAPI); len(f) > 0 {
		t.Fatalf("a good document: %q", f)
	}
	for _, c := range []struct{ rule, old, new, want string }{
		{"its version", "3.1.0", "3.0.3", "must be 3.1"},
		{"its title", `"title":"T"`, `"title":""`, "no title"},
		{"operations have ids", `"operationId":"a"`, `"x":"a"`, "operationId"},
		{"operations say what they do", `"summary":"S"`, `"summary":""`, "no summary"},
		{"texts are in words", `"summary":"S"`, `"summary":"catalogue.show"`, "not put into words"},
		{"path parameters are declared", `"name":"id"`, `"name":"slug"`, "not declared"},
		{"path parameters are required", `"required":true`, `"required":false`, "must be required"},
		{"parameters have a place", `"in":"path"`, `"in":"form"`, `is in "form"`},
		{"references lead somewhere", `schemas/A"}`, `schemas/B"}`, "leads nowhere"},
	} {
		t.Run(c.rule, func(t *testing.T) {
			got := strings.Join(faults(strings.Replace(goodAPI, c.old, c.new, 1)), "\n")
			if !strings.Contains(got, c.want) {
				t.Fatalf("got %q, want something with %q", got, c.want)
			}
		})
	}
}
