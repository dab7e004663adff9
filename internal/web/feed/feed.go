// Package feed writes Atom feeds (RFC 4287).
package feed

import (
	"encoding/xml"
	"fmt"
	"io"
	"net/http"
	"time"
)

// Feed is a feed as its readers get it. Addresses are absolute.
type Feed struct {
	ID, Title, Lang string
	Self, Page      string // where the feed is, and the page that it follows
	Updated         time.Time
	Entries         []Entry
}

// Entry is one entry of a feed.
type Entry struct {
	ID, Title, Page, Author, Text string
	Updated                       time.Time
}

type link struct {
	Rel  string `xml:"rel,attr,omitempty"`
	Type string `xml:"type,attr,omitempty"`
	Href string `xml:"href,attr"`
}

type text struct {
	Type string `xml:"type,attr,omitempty"`
	Text string `xml:",chardata"`
}

type author struct {
	Name string `xml:"name"`
}

type entry struct {
	ID      string  `xml:"id"`
	Title   string  `xml:"title"`
	Updated string  `xml:"updated"`
	Author  *author `xml:"author,omitempty"`
	Links   []link  `xml:"link"`
	Summary *text   `xml:"summary,omitempty"`
}

type document struct {
	XMLName xml.Name `xml:"http://www.w3.org/2005/Atom feed"`
	Lang    string   `xml:"http://www.w3.org/XML/1998/namespace lang,attr,omitempty"`
	ID      string   `xml:"id"`
	Title   string   `xml:"title"`
	Updated string   `xml:"updated"`
	Author  author   `xml:"author"`
	Links   []link   `xml:"link"`
	Entries []entry  `xml:"entry"`
}

// Write writes f. An entry without an author is by the feed's own title, as RFC 4287 asks for one.
func Write(w io.Writer, f Feed) error {
	d := document{Lang: f.Lang, ID: f.ID, Title: f.Title, Updated: stamp(f.Updated), Author: author{f.Title},
		Links: []link{{Rel: "self", Type: "application/atom+xml", Href: f.Self}, {Rel: "alternate", Type: "text/html", Href: f.Page}}}
	for _, e := range f.Entries {
		x := entry{ID: e.ID, Title: e.Title, Updated: stamp(e.Updated), Links: []link{{Rel: "alternate", Type: "text/html", Href: e.Page}}}
		if e.Author != "" {
			x.Author = &author{e.Author}
		}
		if e.Text != "" {
			x.Summary = &text{Type: "text", Text: e.Text}
		}
		d.Entries = append(d.Entries, x)
	}
	if _, err := io.WriteString(w, xml.Header); err != nil {
		return err
	}
	enc := xml.NewEncoder(w)
	if err := enc.Encode(d); err != nil {
		return fmt.Errorf("write feed %s: %w", f.ID, err)
	}
	return enc.Close()
}

// Serve answers a request with f.
func Serve(w http.ResponseWriter, f Feed) error {
	w.Header().Set("Content-Type", "application/atom+xml; charset=utf-8")
	return Write(w, f)
}

func stamp(t time.Time) string { return t.UTC().Format(time.RFC3339) }
