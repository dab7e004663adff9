package feed

import (
	"encoding/xml"
	"strings"
	"testing"
	"time"
)

func TestAFeedIsReadBack(t *testing.T) {
	at := time.Date(2026, 5, 1, 12, 0, 0, 0, time.FixedZone("", 7200))
	var b strings.Builder
	err := Write(&b, Feed{ID: "urn:x", Title: `A & "B" <i>`, Lang: "fr", Self: "https://x/a.atom", Page: "https://x/", Updated: at,
		Entries: []Entry{{ID: "urn:x:1", Title: "]]>", Page: "https://x/1", Text: "été", Updated: at}}})
	if err != nil {
		t.Fatal(err)
	}
	var d document
	if err := xml.Unmarshal([]byte(b.String()), &d); err != nil {
		t.Fatal(err)
	}
	if d.Title != `A & "B" <i>` || d.Updated != "2026-05-01T10:00:00Z" || len(d.Entries) != 1 || d.Entries[0].Title != "]]>" || d.Entries[0].Summary.Text != "été" {
		t.Fatalf("got %+v", d)
	}
}
