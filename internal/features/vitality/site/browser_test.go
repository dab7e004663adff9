package site

import (
	"net/http/httptest"
	"os"
	"testing"

	"commun/internal/web/webtest"
)

// In a real browser: nothing scrolls sideways at 320 px, and axe finds nothing when its source is given in COMMUN_TEST_AXE.
func TestThePageInABrowser(t *testing.T) {
	b := webtest.OpenBrowser(t)
	ts := httptest.NewServer(world{"umap": sample(t)}.site(t).Router)
	defer ts.Close()
	axe := ""
	if file := os.Getenv("COMMUN_TEST_AXE"); file != "" {
		raw, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		axe = string(raw)
	}
	for _, path := range []string{"/commons/umap/vitality", "/commons/umap/vitality?window=all", "/commons/new/vitality", "/definitions"} {
		for _, theme := range []string{"light", "dark"} {
			b.Theme(theme)
			b.Size(320, 900)
			b.Go(ts.URL + path)
			webtest.Eval[bool](b, `document.querySelectorAll("details").forEach(d => d.open = true), true`) // folded parts are judged open
			for _, e := range b.Overflow() {
				t.Errorf("%s: %s is too wide", path, e)
			}
			if axe == "" {
				continue
			}
			for _, f := range b.Axe(axe) {
				t.Errorf("%s, %s: %s (%s) %q", path, theme, f.Help, f.ID, f.Nodes)
			}
		}
	}
}
