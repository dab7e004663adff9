package site

import (
	"bytes"
	"context"
	"encoding/csv"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"regexp"
	"strings"
	"testing"
	"time"

	"commun/engines/githistory"
	"commun/engines/githistory/gitexec"
	"commun/internal/core/commons"
	"commun/internal/core/people"
	"commun/internal/features/vitality"
	"commun/internal/platform/fault"
	"commun/internal/platform/i18n/i18ntest"
	"commun/internal/web"
	"commun/internal/web/webtest"
)

func TestMessages(t *testing.T) {
	i18ntest.Messages(t, Messages())
	i18ntest.Keys(t, Messages(), []string{".."}, "vitality.find.", "vitality.in.", "vitality.number.", "vitality.period.", "vitality.measure", "vitality.window_")
}

// world stands in for the commons and their figures: by slug, which is the id too.
type world map[string]vitality.Measured

func (w world) BySlug(_ context.Context, _ people.Actor, slug string) (commons.Commons, error) {
	c := commons.Commons{ID: slug, Slug: slug, Values: []commons.Value{{Source: commons.FromPerson, Field: "name", JSON: json.RawMessage(`"uMap"`)}}}
	if slug != "homeless" {
		c.Homes = []commons.Home{{Key: "https://example.org/umap", Main: true}}
	}
	if slug == "nobody" {
		return c, fault.Missing("web.no_asset")
	}
	return c, nil
}

func (w world) Of(_ context.Context, id string) (vitality.Measured, error) {
	if m, ok := w[id]; ok {
		return m, nil
	}
	return vitality.Measured{}, vitality.ErrNotMeasured
}

func (w world) Brief(ctx context.Context, id string) (vitality.Measured, error) {
	m, err := w.Of(ctx, id)
	return m.Brief(), err
}

// now is when the tests' readers ask.
var now = time.Date(2026, 6, 20, 12, 0, 0, 0, time.UTC)

func (w world) site(t *testing.T) *webtest.Site {
	t.Helper()
	s := webtest.With(t, web.Options{Now: func() time.Time { return now }}, Messages())
	(&Pages{Commons: w, Vitality: w}).Routes(s.Router)
	return s
}

// history makes a repository with git and measures it. stream is for git fast-import; the branch is main.
func history(t *testing.T, stream string) vitality.Measured {
	t.Helper()
	dir := t.TempDir()
	run := func(stdin string, args ...string) {
		cmd := exec.Command("git", append([]string{"-C", dir}, args...)...)
		cmd.Env = append(os.Environ(), "GIT_CONFIG_GLOBAL="+os.DevNull, "GIT_CONFIG_NOSYSTEM=1")
		cmd.Stdin = strings.NewReader(stdin)
		if out, err := cmd.CombinedOutput(); err != nil {
			t.Fatalf("git %v: %v: %s", args, err, out)
		}
	}
	run("", "init", "-q", "--bare", "-b", "main")
	run(stream, "fast-import", "--quiet", "--date-format=raw-permissive")
	git, err := gitexec.OpenExact(dir)
	if err != nil {
		t.Fatal(err)
	}
	h, err := githistory.Read(t.Context(), git, githistory.Options{})
	if err != nil {
		t.Fatal(err)
	}
	return vitality.Measured{Result: *h.Measure(githistory.View{}), At: now}
}

// commit writes a commit of fast-import that adds one file.
func commit(b *strings.Builder, who string, at time.Time, text string) {
	fmt.Fprintf(b, "commit refs/heads/main\nauthor %s %d +0200\ncommitter %s %d +0200\ndata 1\nm\nM 100644 inline f%d\ndata %d\n%s\n",
		who, at.Unix(), who, at.Unix(), at.UnixNano()%97, len(text), text)
}

// sample is three years of a small project: two people all along, some who come and go, a robot, releases.
func sample(t *testing.T) vitality.Measured {
	t.Helper()
	var b strings.Builder
	start := time.Date(2023, 6, 3, 10, 0, 0, 0, time.UTC)
	for i := range 37 {
		at := start.AddDate(0, i, 0)
		commit(&b, "Ana Ruiz <ana@beta.gouv.fr>", at, strings.Repeat("line\n", i+1))
		commit(&b, "Ana Ruiz <ana@beta.gouv.fr>", at.Add(time.Hour), "again\n")
		commit(&b, "Bo <bo@gmail.com>", at.Add(30*time.Hour), "one\ntwo\n")
		if i%5 == 0 {
			commit(&b, fmt.Sprintf("Guest %d <guest%d@example.net>", i, i), at.Add(50*time.Hour), fmt.Sprintf("guest %d\n", i))
		}
		if i%3 == 0 {
			commit(&b, "dependabot[bot] <49699333+dependabot[bot]@users.noreply.github.com>", at.Add(60*time.Hour), fmt.Sprintf("bump %d\n", i))
		}
		if i%4 == 0 {
			fmt.Fprintf(&b, "reset refs/tags/v1.%d.0\nfrom refs/heads/main\n\n", i/4)
		}
	}
	return history(t, b.String())
}

var (
	tags   = regexp.MustCompile(`(?s)<(script|style|svg)\b.*?</(script|style|svg)>|<[^>]*>`)
	rawKey = regexp.MustCompile(`\bvitality\.[a-z_0-9.]*[a-z]|\{\{|\{\.`)
)

// wantWords fails the test when a page shows a key, or a placeholder, instead of words.
func wantWords(t *testing.T, a *webtest.Answer) {
	t.Helper()
	if found := rawKey.FindString(tags.ReplaceAllString(a.Body, " ")); found != "" {
		t.Errorf("the page shows %q", found)
	}
}

func TestThePageSaysItInSentencesThenDrawsIt(t *testing.T) {
	w := world{"umap": sample(t)}
	for _, c := range []struct {
		lang, window string
		texts        []string
	}{
		{"en", "12m", []string{"Who keeps uMap alive?", "One person alone made half of the changes", "made in the evening", "versions were released", "How this is measured"}},
		{"en", "3y", []string{"in the last 3 years", "Ana Ruiz made"}},
		{"en", "all", []string{"since the beginning"}},
		{"fr", "12m", []string{"Qui fait vivre uMap\u202f?", "Une seule personne a fait la moitié des modifications ces 12 derniers mois.", "versions ont été publiées"}},
		{"fr", "3y", []string{"ces 3 dernières années", "Ana Ruiz a fait"}},
		{"fr", "all", []string{"depuis le début"}},
		{"en", "nonsense", []string{"in the last 12 months"}},
	} {
		t.Run(c.lang+" "+c.window, func(t *testing.T) {
			page := w.site(t).In(c.lang).Get("/commons/umap/vitality?window="+c.window).Want(200, c.texts...)
			wantWords(t, page)
			page.WantNot("@beta.gouv.fr", "gmail.com", "guest0@")
			for _, id := range []string{"people", "ranking", "retention", "changes", "lines", "releases", "organisations", "hours", "bots"} {
				page.Want(200, `id="`+id+`"`)
			}
		})
	}
}

func TestAnOldHistoryIsNotCalledTheLastMonths(t *testing.T) {
	var b strings.Builder
	commit(&b, "Ana <ana@example.org>", time.Date(2019, 5, 3, 10, 0, 0, 0, time.UTC), "x\n")
	w := world{"umap": history(t, b.String())}
	w.site(t).In("en").Get("/commons/umap/vitality").Want(200, "One person made one change in these 12 months.", "These are the 12 months before 3\u00a0May 2019",
		"Nothing has changed for a year or more").WantNot("in the last 12 months")
	w.site(t).In("fr").Get("/commons/umap/vitality").Want(200, "sur ces 12 mois", "avant le 3\u00a0mai 2019")
}

// TestEveryFindingIsWorded holds all findings of the engine to both languages, with the counts at which their grammar changes.
func TestEveryFindingIsWorded(t *testing.T) {
	bundle := i18ntest.Bundle(t, "en", web.Messages(), Messages())
	day := time.Date(2026, 5, 1, 0, 0, 0, 0, time.UTC)
	for _, lang := range []string{"en", "fr"} {
		for _, head := range []time.Time{now, day.AddDate(-3, 0, 0), now.AddDate(1, 0, 0)} {
			for _, window := range windows {
				v := newView(bundle.For(lang), commons.Commons{Slug: "x"}, vitality.Measured{}, window, now)
				v.m.Repository.HeadDate = head
				for _, code := range githistory.Codes() {
					for _, n := range []int{0, 1, 2, 10, 11, 1_000_000} {
						text := v.say(githistory.Finding{Code: code, Window: window, Count: n, Args: map[string]any{"last": day, "date": day, "people": n, "commits": n,
							"organisations": n, "unknown": 0.254, "share": 0.001, "tag": "v1", "days": n, "blobs": n}})
						if rawKey.MatchString(text) || !strings.HasSuffix(text, ".") {
							t.Errorf("%s %s %d: %q", lang, code, n, text)
						}
					}
				}
			}
		}
	}
}

func TestSmallNumbersAreWords(t *testing.T) {
	bundle := i18ntest.Bundle(t, "en", Messages())
	for _, c := range []struct {
		lang    string
		finding githistory.Finding
		want    string
	}{
		{"en", githistory.Finding{Code: "absence", Window: "all", Count: 3}, "Three people made half of the changes since the beginning."},
		{"fr", githistory.Finding{Code: "absence", Window: "all", Count: 3}, "Trois personnes ont fait la moitié des modifications depuis le début."},
		{"fr", githistory.Finding{Code: "absence", Window: "all", Count: 1}, "Une seule personne a fait la moitié des modifications depuis le début."},
		{"fr", githistory.Finding{Code: "new", Window: "all", Count: 0}, "Personne n’a contribué pour la première fois depuis le début."},
		{"en", githistory.Finding{Code: "gone", Window: "all", Count: 12}, "12 people left since the beginning: a year without a change."},
		{"en", githistory.Finding{Code: "outside_hours", Window: "all", Args: map[string]any{"share": 0.004}}, "Less than 1% of the changes since the beginning were made in the evening, at night or at the week-end."},
		{"en", githistory.Finding{Code: "release", Count: 1, Args: map[string]any{"tag": "v1", "date": now, "days": 0}}, "One version was released: v1, on 20\u00a0June 2026."},
	} {
		v := newView(bundle.For(c.lang), commons.Commons{}, vitality.Measured{}, "all", now)
		if got := v.say(c.finding); got != c.want {
			t.Errorf("got  %s\nwant %s", got, c.want)
		}
	}
}

var cells = regexp.MustCompile(`(?s)<t[hd][^>]*>(.*?)</t[hd]>`)

// TestTheFileEqualsTheTable compares the page's table of months, the newest first, with the CSV file that stands beside it.
func TestTheFileEqualsTheTable(t *testing.T) {
	w := world{"umap": sample(t)}
	site := w.site(t)
	file := site.Get("/commons/umap/vitality/months.csv").Want(200)
	if ct := file.Header.Get("Content-Type"); ct != "text/csv; charset=utf-8" {
		t.Errorf("content type %q", ct)
	}
	rows, err := csv.NewReader(strings.NewReader(file.Body)).ReadAll()
	if err != nil || len(rows) != 38 || strings.Join(rows[0], " ") != "month active new returning gone commits bot_commits added deleted" {
		t.Fatalf("%d rows, %v, head %v", len(rows), err, rows[0])
	}
	page := site.Get("/commons/umap/vitality").Want(200).Body
	_, figure, _ := strings.Cut(page, `<figure class="figure" id="people"`)
	figure, _, _ = strings.Cut(figure, "</table>")
	_, figure, _ = strings.Cut(figure, "<tbody>")
	var got []string
	for _, m := range cells.FindAllStringSubmatch(figure, -1) {
		got = append(got, strings.TrimSpace(tags.ReplaceAllString(m[1], "")))
	}
	if len(got) != 12*5 {
		t.Fatalf("the table has %d cells, want twelve months of five: %q", len(got), got)
	}
	for i := range 12 {
		row := rows[len(rows)-1-i]
		at, _ := time.Parse("2006-01", row[0])
		want := append([]string{at.Format("January 2006")}, row[1:5]...)
		if strings.Join(got[i*5:i*5+5], " ") != strings.Join(want, " ") {
			t.Errorf("the table says %v, the file %v", got[i*5:i*5+5], want)
		}
	}
	for _, name := range []string{"contributors", "releases", "windows", "cohorts"} {
		a := site.Get("/commons/umap/vitality/" + name + ".csv").Want(200).WantNot("@")
		if rows, err := csv.NewReader(strings.NewReader(a.Body)).ReadAll(); err != nil || len(rows) < 2 {
			t.Errorf("%s.csv: %d rows, %v", name, len(rows), err)
		}
	}
	for _, name := range []string{"months", "people.csv", "months.csv.csv", ".csv"} {
		site.Get("/commons/umap/vitality/"+name).Want(404, "There is no such table")
	}
}

func TestTheJSONIsTheResult(t *testing.T) {
	m := sample(t)
	a := world{"umap": m}.site(t).Get("/commons/umap/vitality.json").Want(200).WantNot("@")
	var want bytes.Buffer
	if err := json.NewEncoder(&want).Encode(m.Result); err != nil {
		t.Fatal(err)
	}
	var got, exp any
	if err := json.Unmarshal([]byte(a.Body), &got); err != nil {
		t.Fatal(err)
	}
	_ = json.Unmarshal(want.Bytes(), &exp) // just encoded
	if fmt.Sprint(got) != fmt.Sprint(exp) {
		t.Error("the JSON is not what was measured")
	}
}

func TestWhatIsNotMeasuredIsSaid(t *testing.T) {
	w := world{}
	for lang, texts := range map[string][]string{"en": {"Not measured yet", "has no git repository"}, "fr": {"Pas encore mesuré", "n’a pas de dépôt git"}} {
		wantWords(t, w.site(t).In(lang).Get("/commons/new/vitality").Want(200, texts[0]))
		w.site(t).In(lang).Get("/commons/homeless/vitality").Want(200, texts[1])
		w.site(t).In(lang).Get("/commons/new/vitality/months.csv").Want(404)
		w.site(t).In(lang).Get("/commons/new/vitality.json").Want(404)
		w.site(t).In(lang).Get("/commons/nobody/vitality").Want(404)
		w.site(t).In(lang).Get("/commons/nobody/vitality.json").Want(404)
	}
}

// TestHalfCountedIsNotShownAsWhole: while lines are counted, what needs them is not given out.
func TestHalfCountedIsNotShownAsWhole(t *testing.T) {
	m := sample(t)
	m.LinesPending = true
	for lang, text := range map[string]string{"en": "Changed lines are still being counted", "fr": "Les lignes modifiées sont en train d’être comptées"} {
		site := world{"umap": m}.site(t).In(lang)
		site.Get("/commons/umap/vitality").Want(200, text).WantNot(`id="lines"`, "/vitality/contributors.csv\" download", "/vitality/months.csv\" download")
		for _, file := range []string{"vitality/months.csv", "vitality/windows.csv", "vitality/contributors.csv", "vitality.json"} {
			site.Get("/commons/umap/"+file).Want(503, text)
		}
		site.Get("/commons/umap/vitality/releases.csv").Want(200)
	}
}

func TestEveryFigureLeadsToItsDefinition(t *testing.T) {
	w := world{"umap": sample(t)}
	for lang, texts := range map[string][]string{"en": {"1,237.5", "the answer is 2.", "the answer is 1."}, "fr": {"1\u202f237,5", "la réponse est donc 2.", "la réponse est donc 1."}} {
		definitions := w.site(t).In(lang).Get("/definitions").Want(200, texts...)
		wantWords(t, definitions)
		found := regexp.MustCompile(`href="/definitions#([a-z_]+)"`).FindAllStringSubmatch(w.site(t).In(lang).Get("/commons/umap/vitality").Want(200).Body, -1)
		if len(found) < 15 {
			t.Errorf("%d links to definitions", len(found))
		}
		for _, m := range found {
			definitions.Want(200, `id="`+m[1]+`"`)
		}
	}
}

func TestAForgottenPersonIsNotNamed(t *testing.T) {
	m := sample(t)
	m.Contributors[0].Name = ""
	w := world{"umap": m}
	w.site(t).In("en").Get("/commons/umap/vitality").Want(200, "Someone whose name is not shown made").WantNot("Ana Ruiz")
	w.site(t).In("fr").Get("/commons/umap/vitality").Want(200, "Une personne dont le nom n’est pas montré a fait").WantNot("Ana Ruiz")
}

// TestOneNameWithSeveralAddresses: the sentence joins them, so that it says no less of a person than is true; lines, tables and files count as git does.
func TestOneNameWithSeveralAddresses(t *testing.T) {
	m := made(t, func(b *strings.Builder) {
		end := now.AddDate(0, 0, -5)
		for i := range 10 {
			who := []string{"Ana Ruiz <ana@a.fr>", "ana  ruiz <ana@b.fr>", "Bo <bo@x.fr>", "Bo <bo@x.fr>", "Bo <bo@x.fr>", "Bo <bo@x.fr>", "Ana Ruiz <ana@a.fr>", "Ana Ruiz <ana@b.fr>", "Ana Ruiz <ana@a.fr>", "Ana Ruiz <ana@b.fr>"}[i]
			commit(b, who, end.Add(time.Duration(i)*time.Hour), fmt.Sprint("line ", i))
		}
	})
	if len(m.Contributors) != 4 { // a name in other letters is another line of shortlog too
		t.Fatalf("git counts %d people", len(m.Contributors))
	}
	site := world{"umap": m}.site(t)
	site.In("en").Get("/commons/umap/vitality").Want(200, "Ana Ruiz made 60%", "One name with several addresses")
	site.In("fr").Get("/commons/umap/vitality").Want(200, "Ana Ruiz a fait 60\u00a0%", "Un même nom sous plusieurs adresses")
	rows, err := csv.NewReader(strings.NewReader(site.Get("/commons/umap/vitality/contributors.csv").Want(200).Body)).ReadAll()
	if err != nil || len(rows) != 5 {
		t.Errorf("the file has %d rows, %v", len(rows), err)
	}
}

// TestAFigureOfAllTimesSaysSo where the reader chose another period.
func TestAFigureOfAllTimesSaysSo(t *testing.T) {
	w := world{"umap": sample(t)}
	for lang, says := range map[string]string{"en": "whichever period is chosen at the top of the page", "fr": "quelle que soit la période choisie en haut de la page"} {
		for window, want := range map[string]int{"12m": 2, "3y": 2, "all": 0} {
			if got := strings.Count(w.site(t).In(lang).Get("/commons/umap/vitality?window="+window).Want(200).Body, says); got != want {
				t.Errorf("%s, %s: said %d times, want %d", lang, window, got, want)
			}
		}
	}
}

// TestTheNewestReleaseHasItsName though it falls on the place of the one that began its line.
func TestTheNewestReleaseHasItsName(t *testing.T) {
	end := now.AddDate(0, 0, -5)
	list := []githistory.Release{{Tag: "3.7.0", Line: "3.7", Date: end.AddDate(0, -6, 0)}, {Tag: "3.8.0", Line: "3.8", Date: end.Add(-2 * time.Hour)}, {Tag: "3.8.1", Line: "3.8", Date: end}}
	v := &view{m: vitality.Measured{Result: githistory.Result{Releases: list}}}
	events := v.events(list, end.AddDate(-1, 0, 0), end.Add(time.Hour))
	if n := len(events); n != 2 || events[n-1].Name != "3.8.1" || !events[n-1].Major {
		t.Errorf("drawn are %+v", events)
	}
}
