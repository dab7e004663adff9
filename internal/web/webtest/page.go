package webtest

import (
	"fmt"
	"slices"
	"strings"

	"golang.org/x/net/html"
)

// PageFaults returns what is wrong with a page of ours, as far as its source tells: the language said, one h1, a title, no step left out between headings,
// ids once only and every reference to one there, a label for every control, no inline style, script or handler, nothing loaded from elsewhere.
// It is no replacement for a browser with an accessibility engine; it is here because it runs in every handler's test in a millisecond.
func PageFaults(body string) []string {
	doc, err := html.Parse(strings.NewReader(body))
	if err != nil {
		return []string{"is no HTML: " + err.Error()}
	}
	p := &judge{ids: map[string]int{}, labelled: map[string]bool{}}
	p.walk(doc, false)
	if p.h1 != 1 {
		p.add("has %d h1, must have one", p.h1)
	}
	if strings.TrimSpace(p.title) == "" {
		p.add("has no title")
	}
	for id, n := range p.ids {
		if n > 1 {
			p.add("has the id %q %d times", id, n)
		}
	}
	for _, ref := range p.refs {
		if p.ids[ref] == 0 {
			p.add("refers to the id %q, which is not there", ref)
		}
	}
	for _, id := range p.controls {
		if !p.labelled[id] {
			p.add("has a control %q without a label", id)
		}
	}
	slices.Sort(p.faults)
	return p.faults
}

type judge struct {
	faults   []string
	ids      map[string]int
	labelled map[string]bool
	refs     []string
	controls []string
	h1       int
	level    int
	title    string
}

func (p *judge) add(format string, args ...any) {
	p.faults = append(p.faults, fmt.Sprintf(format, args...))
}

// idReferences are the attributes that name ids of other elements.
var idReferences = []string{"aria-describedby", "aria-labelledby", "aria-controls", "for"}

func (p *judge) walk(n *html.Node, inSVG bool) {
	if n.Type == html.ElementNode {
		inSVG = inSVG || n.Data == "svg"
		p.element(n, inSVG)
	}
	for c := n.FirstChild; c != nil; c = c.NextSibling {
		p.walk(c, inSVG)
	}
}

func (p *judge) element(n *html.Node, inSVG bool) {
	attr := map[string]string{}
	for _, a := range n.Attr {
		attr[a.Key] = a.Val
		switch {
		case a.Key == "style":
			p.add("<%s> has a style attribute", n.Data)
		case strings.HasPrefix(a.Key, "on"):
			p.add("<%s> has an event attribute %s", n.Data, a.Key)
		case a.Key == "id":
			p.ids[a.Val]++
		case slices.Contains(idReferences, a.Key):
			p.refs = append(p.refs, strings.Fields(a.Val)...)
		}
	}
	if n.Data == "label" && attr["for"] != "" {
		p.labelled[attr["for"]] = true
	}
	switch n.Data {
	case "html":
		if attr["lang"] == "" {
			p.add("does not say its language")
		}
	case "title":
		if !inSVG && n.FirstChild != nil {
			p.title = n.FirstChild.Data
		}
	case "style":
		p.add("has a <style>")
	case "script":
		if attr["src"] == "" {
			p.add("has an inline script")
		}
		p.local(n.Data, attr["src"])
	case "link":
		if attr["rel"] == "stylesheet" || attr["rel"] == "icon" {
			p.local(n.Data, attr["href"])
		}
	case "img", "iframe", "source", "video", "audio":
		p.local(n.Data, attr["src"])
		if _, ok := attr["alt"]; n.Data == "img" && !ok {
			p.add("has an img without alt")
		}
	case "input", "select", "textarea":
		if attr["type"] != "hidden" && attr["type"] != "submit" && attr["aria-label"] == "" && attr["aria-labelledby"] == "" {
			p.controls = append(p.controls, attr["id"])
		}
	case "a":
		if href := attr["href"]; strings.HasPrefix(href, "#") && len(href) > 1 {
			p.refs = append(p.refs, href[1:])
		}
	case "h1", "h2", "h3", "h4", "h5", "h6":
		level := int(n.Data[1] - '0')
		if level == 1 {
			p.h1++
		}
		// the summary of a form's errors, an h2, stands before the h1, so that it is read first
		if level > p.level+1 && !(p.level == 0 && level == 2) {
			p.add("goes from h%d to h%d", p.level, level)
		}
		p.level = level
	}
}

func (p *judge) local(what, src string) {
	if !strings.HasPrefix(src, "/") || strings.HasPrefix(src, "//") {
		p.add("<%s> loads %q, which is not ours", what, src)
	}
}
