package components

import (
	"bytes"
	"html"
	"strings"
	"sync"

	"github.com/microcosm-cc/bluemonday"
	"github.com/yuin/goldmark"
	"github.com/yuin/goldmark/ast"
	"github.com/yuin/goldmark/extension"
	"github.com/yuin/goldmark/parser"
	"github.com/yuin/goldmark/text"
	"github.com/yuin/goldmark/util"
)

// proseLimit is how many bytes of Markdown are rendered; what is longer is cut, since a README of megabytes is no page.
const proseLimit = 200_000

// prose returns the renderer and the filter, built at first use: both are safe for use by several goroutines and never change.
var prose = sync.OnceValues(func() (goldmark.Markdown, *bluemonday.Policy) {
	md := goldmark.New(
		goldmark.WithExtensions(extension.Table, extension.Strikethrough, extension.Linkify),
		goldmark.WithParserOptions(parser.WithASTTransformers(util.Prioritized(shift{}, 100))),
	)
	p := bluemonday.NewPolicy()
	p.AllowElements("p", "br", "hr", "h3", "h4", "h5", "h6", "ul", "ol", "li", "blockquote", "pre", "code", "em", "strong", "del",
		"table", "thead", "tbody", "tr", "th", "td")
	p.AllowAttrs("href").OnElements("a")
	p.AllowURLSchemes("http", "https", "mailto")
	p.RequireParseableURLs(true)
	p.AllowRelativeURLs(false) // relative to a repository, not to us
	p.RequireNoFollowOnLinks(true)
	p.AllowAttrs("rel").Matching(bluemonday.SpaceSeparatedTokens).OnElements("a")
	return md, p
})

// shift makes the highest headings of a text h3, since the page has its h1 and h2 already, and leaves no step between levels; it drops images, and
// says that links are people's.
type shift struct{}

// Transform is goldmark's hook on a parsed text.
func (shift) Transform(doc *ast.Document, reader text.Reader, _ parser.Context) {
	var images, words []ast.Node
	var links []*ast.Link
	var headings []*ast.Heading
	var used [7]bool
	_ = ast.Walk(doc, func(n ast.Node, entering bool) (ast.WalkStatus, error) {
		if !entering {
			return ast.WalkContinue, nil
		}
		switch n := n.(type) {
		case *ast.Heading:
			headings = append(headings, n)
			used[n.Level] = true
		case *ast.Link:
			if !absolute(n.Destination) {
				links = append(links, n)
			}
			n.SetAttributeString("rel", []byte("nofollow ugc"))
		case *ast.AutoLink:
			n.SetAttributeString("rel", []byte("nofollow ugc"))
		case *ast.Image:
			images = append(images, n)
		case *ast.RawHTML:
			if !IsHTML(rawText(n, reader.Source())) {
				words = append(words, n)
			}
		}
		return ast.WalkContinue, nil
	}) // the walker above returns no error
	for _, n := range words {
		n.Parent().ReplaceChild(n.Parent(), n, ast.NewString([]byte(html.EscapeString(rawText(n.(*ast.RawHTML), reader.Source())))))
	}
	for _, h := range headings {
		level := 2
		for l := 1; l <= h.Level; l++ {
			if used[l] {
				level++
			}
		}
		h.Level = min(level, 6)
	}
	for _, link := range links {
		// Its text stays where it was.
		for child := link.FirstChild(); child != nil; child = link.FirstChild() {
			link.Parent().InsertBefore(link.Parent(), link, child)
		}
		link.Parent().RemoveChild(link.Parent(), link)
	}
	for _, img := range images {
		around := img.Parent()
		around.RemoveChild(around, img)
		// a badge is an image in a link: without it, the link would be a stop for the keyboard that says nothing
		if link, ok := around.(*ast.Link); ok && !link.HasChildren() && link.Parent() != nil {
			link.Parent().RemoveChild(link.Parent(), link)
		}
	}
}

func rawText(n *ast.RawHTML, source []byte) string {
	var b strings.Builder
	for i := range n.Segments.Len() {
		segment := n.Segments.At(i)
		b.Write(segment.Value(source))
	}
	return b.String()
}

// htmlElements are the elements that READMEs are written with. Other words in angle brackets, as in "git help <command>", are words.
var htmlElements = " a abbr address article aside audio b bdi bdo blockquote body br button caption center cite code col colgroup dd del details dfn div dl dt em " +
	"embed figcaption figure font footer form h1 h2 h3 h4 h5 h6 head header hr html i iframe img input ins kbd label li link main map mark meta nav object ol " +
	"option p picture pre q rp rt ruby s samp script section select small source span strike strong style sub summary sup svg table tbody td template textarea " +
	"tfoot th thead time title tr tt u ul var video wbr "

// IsHTML says whether what begins with "<" is a comment, an instruction or the tag of an HTML element; false for an address or a word in
// angle brackets.
func IsHTML(s string) bool {
	s = strings.TrimLeft(strings.TrimPrefix(s, "<"), "/")
	if strings.HasPrefix(s, "!") || strings.HasPrefix(s, "?") {
		return true
	}
	end := strings.IndexFunc(s, func(r rune) bool { return (r < 'a' || r > 'z') && (r < 'A' || r > 'Z') && (r < '0' || r > '9') })
	if end < 0 {
		end = len(s)
	}
	if end < len(s) && strings.IndexByte(" \t\n\r/>", s[end]) < 0 {
		return false // my-element, mailto:…
	}
	return end > 0 && strings.Contains(htmlElements, " "+strings.ToLower(s[:end])+" ")
}

// absolute says whether an address leads to the web or to a mailbox: one that is relative would be relative to a repository, not to us.
func absolute(address []byte) bool {
	for _, scheme := range []string{"https://", "http://", "mailto:"} {
		if len(address) > len(scheme) && strings.EqualFold(string(address[:len(scheme)]), scheme) {
			return true
		}
	}
	return false
}

// SafeHTML renders Markdown to HTML without ids, images, scripts, raw HTML or addresses other than http, https and mailto.
func SafeHTML(markdown string) string {
	if len(markdown) > proseLimit {
		markdown = markdown[:proseLimit]
	}
	md, policy := prose()
	var out bytes.Buffer
	if err := md.Convert([]byte(markdown), &out); err != nil {
		return "<p>" + html.EscapeString(markdown) + "</p>"
	}
	return string(policy.SanitizeBytes(out.Bytes()))
}
