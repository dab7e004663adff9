package site

import (
	"encoding/json"
	"fmt"
	"net/http"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/a-h/templ"

	"commun/engines/githistory"
	"commun/internal/core/commons"
	"commun/internal/core/people"
	"commun/internal/features/vitality"
	"commun/internal/platform/i18n"
	"commun/internal/web"
	"commun/internal/web/components"
)

// largest is how many bytes a page may have before it is compressed, whatever the history.
const largest = 150_000

// made measures a history in which each line of text is a commit: a name, and a time.
func made(t *testing.T, write func(*strings.Builder)) vitality.Measured {
	t.Helper()
	var b strings.Builder
	write(&b)
	return history(t, b.String())
}

// TestOddHistoriesHaveTheirPage holds every history to a whole page of bounded size, in both languages and all windows.
func TestOddHistoriesHaveTheirPage(t *testing.T) {
	end := time.Date(2026, 6, 15, 12, 0, 0, 0, time.UTC)
	for _, c := range []struct {
		history string
		m       vitality.Measured
		want    string // in English
	}{
		{"one commit", made(t, func(b *strings.Builder) { commit(b, "Ana <a@x.fr>", end, "x\n") }), "One person made one change"},
		{"thirty years", made(t, func(b *strings.Builder) {
			for i := range 360 {
				commit(b, fmt.Sprintf("P%d <p%d@x.fr>", i%7, i%7), end.AddDate(0, i-359, 0), fmt.Sprint(i))
				if i%2 == 0 {
					fmt.Fprintf(b, "reset refs/tags/v%d.%d\nfrom refs/heads/main\n\n", i/10, i%10)
				}
			}
		}), ""},
		{"five thousand contributors", made(t, func(b *strings.Builder) {
			for i := range 5000 {
				commit(b, fmt.Sprintf("Person %d <p%d@x.fr>", i, i), end.Add(time.Duration(i-5000)*time.Hour), fmt.Sprint(i))
			}
		}), "5,000 people"},
		{"clocks of 1970 and 2100", made(t, func(b *strings.Builder) {
			commit(b, "Ana <a@x.fr>", time.Unix(0, 0), "x\n")
			commit(b, "Bo <b@x.fr>", time.Date(2100, 1, 1, 0, 0, 0, 0, time.UTC), "y\n")
			commit(b, "Cy <c@x.fr>", end, "z\n")
		}), ""},
		{"a last change to come", made(t, func(b *strings.Builder) { commit(b, "Ana <a@x.fr>", end.AddDate(3, 0, 0), "x\n") }), "which is still to come"},
		{"robots only", made(t, func(b *strings.Builder) { commit(b, "renovate[bot] <r@x.fr>", end, "x\n") }), "Nobody changed anything"},
		{"names that bite", made(t, func(b *strings.Builder) {
			commit(b, "& \"alert(1)\" <a@x.fr>", end.Add(-time.Hour), "x\n")
			commit(b, strings.Repeat("Long ", 2000)+"<b@x.fr>", end.Add(-2*time.Hour), "y\n")
			commit(b, "دانا <c@x.fr>", end, "z\n")
			commit(b, "=cmd|' /C calc'!A0 <d@x.fr>", end, "w\n")
		}), ""},
		{"no date at all", vitality.Measured{At: now, Result: githistory.Result{Repository: githistory.Repository{Head: "ab", Undated: 3},
			Contributors: []githistory.Contributor{{Name: "Ana", Commits: 3}}, Windows: githistory.Windows{All: githistory.Window{Commits: 3, Contributors: 1,
				AbsenceFactor: githistory.AbsenceFactor{Commits: 1}}}}}, "no date can be read"},
		{"nothing", vitality.Measured{At: now}, ""},
		{"a partial copy", vitality.Measured{At: now, Result: githistory.Result{Missing: githistory.Missing{Blobs: 3, Commits: 2},
			Repository: githistory.Repository{Head: "ab", HeadDate: end, Shallow: true}, Rewritten: true}}, "could not be counted"},
	} {
		t.Run(c.history, func(t *testing.T) {
			w := world{"umap": c.m}
			for _, lang := range []string{"en", "fr"} {
				site := w.site(t).In(lang)
				for _, window := range windows {
					page := site.Get("/commons/umap/vitality?window=" + window).Want(200)
					wantWords(t, page)
					if len(page.Body) > largest {
						t.Errorf("%s %s: the page has %d bytes", lang, window, len(page.Body))
					}
					if lang == "en" && window == "12m" && c.want != "" && !strings.Contains(page.Body, c.want) && !strings.Contains(site.Get("/commons/umap/vitality?window=all").Body, c.want) {
						t.Errorf("the page does not say %q", c.want)
					}
					page.WantNot("<script>alert")
				}
			}
		})
	}
}

func TestARepeatedNameIsExplained(t *testing.T) {
	m := sample(t)
	m.Contributors[1].Name = m.Contributors[0].Name
	world{"umap": m}.site(t).Get("/commons/umap/vitality").Want(200, "One name with several addresses: the sentence above joins them")
}

// TestThePanel shows it as the commons' page does: inside another page.
func TestThePanel(t *testing.T) {
	pending := sample(t)
	pending.LinesPending = true
	w := world{"umap": sample(t), "pending": pending}
	for _, lang := range []string{"en", "fr"} {
		site := w.site(t).In(lang)
		p := &Pages{Commons: w, Vitality: w}
		site.Router.Handle("GET /panel/{slug}", "panel", func(rw http.ResponseWriter, r *http.Request) error {
			c, err := w.BySlug(r.Context(), people.Actor{}, r.PathValue("slug"))
			if err != nil {
				return err
			}
			panel, err := p.Show(r.Context(), web.L(r), c)
			if err != nil {
				return err
			}
			return web.Render(rw, r, web.Page{Title: "uMap"}, withHeading(panel))
		})
		say := func(en, fr string) string { return map[string]string{"en": en, "fr": fr}[lang] }
		page := site.Get("/panel/umap").Want(200, `href="/commons/umap/vitality"`, "<svg", say("One person alone made half", "Une seule personne a fait la moitié"))
		wantWords(t, page)
		page.WantNot(say("still being counted", "en train d’être comptées"))
		site.Get("/panel/pending").Want(200, say("still being counted", "en train d’être comptées"))
		site.Get("/panel/new").Want(200, say("Not measured yet", "Pas encore mesuré"))
		site.Get("/panel/homeless").Want(200).WantNot("vitality-panel")
	}
}

func TestSharesAreNeitherNothingNorAllUnlessTheyAre(t *testing.T) {
	b, err := i18n.New("en", Messages())
	if err != nil {
		t.Fatal(err)
	}
	for f, want := range map[float64]string{0: "0%", 0.0001: "less than 1%", 0.254: "25%", 0.996: "more than 99%", 1: "100%"} {
		if got := share(b.For("en"), f); got != want {
			t.Errorf("%v: %q, want %q", f, got, want)
		}
	}
}

// withHeading puts a panel under the h1 that the commons' page has.
func withHeading(panel templ.Component) templ.Component {
	return templ.Join(components.Heading("uMap", "", "", ""), panel)
}

// TestTheReferenceNamesEveryKey reads the page that documents the JSON: a key that is given out must stand there.
func TestTheReferenceNamesEveryKey(t *testing.T) {
	doc, err := os.ReadFile("../../../../docs/reference/vitality-json.md")
	if err != nil {
		t.Fatal(err)
	}
	var tree map[string]any
	if err := json.Unmarshal([]byte(world{"umap": sample(t)}.site(t).Get("/commons/umap/vitality.json").Want(200).Body), &tree); err != nil {
		t.Fatal(err)
	}
	var walk func(path string, v any)
	walk = func(path string, v any) {
		switch v := v.(type) {
		case map[string]any:
			for key, inner := range v {
				if !regexp.MustCompile("`[^`]*\\b" + regexp.QuoteMeta(key) + "(\\[\\])?`").Match(doc) {
					t.Errorf("the reference does not name %s%s", path, key)
				}
				walk(path+key+".", inner)
			}
		case []any:
			for _, inner := range v[:min(len(v), 1)] {
				walk(path, inner)
			}
		}
	}
	walk("", tree)
}

// TestThePanelNeedsNoMoreThanTheBrief: what is kept apart for the panel says what all figures would.
func TestThePanelNeedsNoMoreThanTheBrief(t *testing.T) {
	for rule, change := range map[string]func(*vitality.Measured){
		"as they come": func(*vitality.Measured) {},
		"a quiet year": func(m *vitality.Measured) {
			m.Windows.Year = githistory.Window{From: m.Windows.Year.From, To: m.Windows.Year.To}
		},
		"no release":               func(m *vitality.Measured) { m.Releases = nil },
		"only releases before one": func(m *vitality.Measured) { m.Releases = []githistory.Release{{Tag: "v1.0-rc1", Prerelease: true}} },
		"a young history":          func(m *vitality.Measured) { m.Months = m.Months[len(m.Months)-3:] },
		"one month":                func(m *vitality.Measured) { m.Months = m.Months[len(m.Months)-1:] },
		"no month":                 func(m *vitality.Measured) { m.Months = nil },
		"a month without a change": func(m *vitality.Measured) {
			m.Months = slices.Delete(slices.Clone(m.Months), len(m.Months)-4, len(m.Months)-2)
		},
		"a window without a start":  func(m *vitality.Measured) { m.Windows.ThreeYears.From = time.Time{} },
		"history that is not there": func(m *vitality.Measured) { m.Missing.Commits, m.Repository.Shallow, m.Rewritten = 3, true, true },
		"long ago":                  func(m *vitality.Measured) { m.Repository.HeadDate = m.Repository.HeadDate.AddDate(-9, 0, 0) },
		"lines to come":             func(m *vitality.Measured) { m.LinesPending = true },
	} {
		m := sample(t)
		change(&m)
		site := world{}.site(t)
		site.Router.Handle("GET /panel/{which}", "panel", func(rw http.ResponseWriter, r *http.Request) error {
			shown := m
			if r.PathValue("which") == "brief" {
				shown = m.Brief()
			}
			v := newView(web.L(r), commons.Commons{Slug: "umap"}, shown, githistory.Window12m, now)
			return web.Render(rw, r, web.Page{Title: "uMap"}, withHeading(panel(v)))
		})
		inside := func(path string) string {
			_, rest, _ := strings.Cut(site.Get(path).Want(200).Body, "vitality-panel")
			section, _, _ := strings.Cut(rest, "</section>")
			return section
		}
		if whole, brief := inside("/panel/whole"), inside("/panel/brief"); whole != brief || whole == "" {
			t.Errorf("%s: the brief says\n%s\nand the figures say\n%s", rule, brief, whole)
		}
	}
}
