package gallery_test

import (
	"net/http/httptest"
	"os"
	"testing"

	"commun/internal/web/gallery"
	"commun/internal/web/webtest"
)

// In a real browser: nothing scrolls sideways at 320 px, every target is large enough, and axe finds nothing when its source is given in COMMUN_TEST_AXE
// (the journeys of e2e bring it; here it is a designer's quick check).
func TestTheGalleryInABrowser(t *testing.T) {
	b := webtest.OpenBrowser(t)
	site := webtest.New(t, gallery.Messages())
	gallery.Register(site.Router)
	ts := httptest.NewServer(site.Router)
	defer ts.Close()

	axe := ""
	if file := os.Getenv("COMMUN_TEST_AXE"); file != "" {
		raw, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		axe = string(raw)
	}
	for _, path := range []string{"/components", "/components/errors/404", "/components/errors/500"} {
		for _, theme := range []string{"light", "dark"} {
			for _, width := range []int64{320, 1280} {
				b.Theme(theme)
				b.Size(width, 900)
				b.Go(ts.URL + path)
				// Folded parts are judged open.
				webtest.Eval[bool](b, `document.querySelectorAll("details").forEach(d => d.open = true), true`)
				for _, e := range b.Overflow() {
					t.Errorf("%s at %d px: %s is too wide", path, width, e)
				}
				small := webtest.Eval[[]string](b, `[...document.querySelectorAll("a, button, input:not([type=hidden]), select, summary")]
					.filter(e => !e.closest("p, .prose, td, th, h2, figcaption p, dd") && !e.classList.contains("skip"))
					.map(e => [e, e.getBoundingClientRect()]).filter(([e, r]) => r.width > 0 && (r.width < 24 || r.height < 24))
					.map(([e, r]) => e.outerHTML.slice(0, 80) + " " + r.width + "x" + r.height)`)
				for _, e := range small {
					t.Errorf("%s at %d px: the target %s is under 24 px", path, width, e)
				}
				if axe == "" {
					continue
				}
				for _, f := range b.Axe(axe) {
					t.Errorf("%s, %s, %d px: %s (%s) %q", path, theme, width, f.Help, f.ID, f.Nodes)
				}
			}
		}
	}
}
