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
	var images []ast.Node
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
		}
		return ast.WalkContinue, nil
	}) // the walker above returns no error
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
