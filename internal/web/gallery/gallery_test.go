package gallery_test

import (
	"net/url"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"

	"commun/internal/platform/i18n/i18ntest"
	"commun/internal/web/gallery"
	"commun/internal/web/webtest"
)

func TestMessages(t *testing.T) {
	i18ntest.Messages(t, gallery.Messages())
	i18ntest.Keys(t, gallery.Messages(), []string{"."})
}

func TestTheGalleryIsThereInBothLanguagesAndThemes(t *testing.T) {
	for _, theme := range []string{"auto", "light", "dark"} {
		for lang, want := range map[string]string{"en": "The parts of every page", "fr": "Les éléments de toutes les pages"} {
			site := webtest.New(t, gallery.Messages()).In(lang)
			gallery.Register(site.Router)
			site.Post("/theme", url.Values{"theme": {theme}})
			site.Get("/components").Want(200, want)
		}
	}
}

func TestErrorPages(t *testing.T) {
	site := webtest.New(t, gallery.Messages())
	gallery.Register(site.Router)
	links := regexp.MustCompile(`/components/errors/(\d+)`).FindAllStringSubmatch(site.Get("/components").Body, -1)
	if len(links) < 8 {
		t.Fatalf("only %d error pages are linked", len(links))
	}
	for _, link := range links {
		site.Get(link[0]).WantNot("web.error")
	}
	site.Get("/components/errors/200").Want(404)
	site.Get("/components/errors/x").Want(404)
}

// A component that is in no gallery is seen by no one: each exported templ component of the house must stand there.
func TestEveryComponentIsInTheGallery(t *testing.T) {
	component := regexp.MustCompile(`(?m)^templ ([A-Z]\w*)\(`)
	var page string
	for _, name := range []string{"page.templ", "gallery.go"} {
		raw, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		page += string(raw)
	}
	// Shown by the pages of the frame itself, or by other components.
	elsewhere := []string{"Breadcrumb", "Table", "Lines", "Tag", "Hidden"}
	found := 0
	for dir, pkg := range map[string]string{"../components": "components", "../charts": "charts"} {
		files, err := os.ReadDir(dir)
		if err != nil {
			t.Fatal(err)
		}
		for _, f := range files {
			if !strings.HasSuffix(f.Name(), ".templ") {
				continue
			}
			raw, err := os.ReadFile(dir + "/" + f.Name())
			if err != nil {
				t.Fatal(err)
			}
			for _, m := range component.FindAllStringSubmatch(string(raw), -1) {
				found++
				if !strings.Contains(page, pkg+"."+m[1]+"(") && !slices.Contains(elsewhere, m[1]) {
					t.Errorf("%s.%s is not in the gallery", pkg, m[1])
				}
			}
		}
	}
	if found < 30 {
		t.Errorf("only %d components were found", found)
	}
}
