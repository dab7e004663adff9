package site

import (
	"cmp"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"commun/internal/core/commons"
	"commun/internal/core/people"
	"commun/internal/features/catalogue"
	"commun/internal/platform/i18n"
	"commun/internal/platform/storage"
	"commun/internal/web"
	"commun/internal/web/components"
	"commun/internal/web/feed"
)

// facetParams are the facets that a list's address may choose from; the state is not offered to everyone, but an archive can be linked to.
var facetParams = append(slices.Clone(catalogue.Facets), catalogue.FacetState)

// queryOf reads the question that an address asks. What is not known there is left to the service to refuse.
func queryOf(r *http.Request) catalogue.Query {
	v := r.URL.Query()
	q := catalogue.Query{Text: strings.TrimSpace(cut(v.Get("q"), 300)), Lang: web.L(r).Lang(), Sort: catalogue.Sort(v.Get("sort")),
		After: v.Get("after"), Before: v.Get("before"), Facets: map[string][]string{}}
	for _, f := range facetParams {
		if len(v[f]) > 0 {
			q.Facets[f] = catalogue.FacetValues(f, v[f])
		}
	}
	return q
}

// cut returns at most n bytes of s, whole characters only.
func cut(s string, n int) string {
	if len(s) <= n {
		return s
	}
	return strings.ToValidUTF8(s[:n], "")
}

// address writes a question as an address below path; change may alter the values first. Cursors are left out: they belong to one page.
func address(path string, q catalogue.Query, change func(url.Values)) string {
	v := url.Values{}
	if q.Text != "" {
		v.Set("q", q.Text)
	}
	for _, f := range facetParams {
		for _, x := range q.Facets[f] {
			v.Add(f, x)
		}
	}
	if q.Sort != "" {
		v.Set("sort", string(q.Sort))
	}
	if change != nil {
		change(v)
	}
	if len(v) == 0 {
		return path
	}
	return path + "?" + v.Encode()
}

// listView is what the list's page shows.
type listView struct {
	Query    catalogue.Query
	Page     catalogue.Page
	Facets   []components.Facet
	Clear    string // the address without any facet; "" when none is chosen
	Results  []components.Result
	Shown    []shown           // the words that were searched for instead of those typed
	Words    string            // what was searched for: the question with its mistakes corrected
	Chosen   []string          // the filters chosen, in words
	Ways     []components.Link // where to look instead, when nothing was found
	Sorts    []components.Option
	Hidden   [][2]string // what the search form keeps
	Pages    components.Pages
	Empty    bool // nothing is in the catalogue at all
	MayAdd   bool
	Feed     string
	CSV      string
	Sheet    string // the same for a spreadsheet, in words
	JSON     string
	Archived bool // what is shown is the archive
}

// shown is a word that was typed, and the one that was searched for in its place.
type shown struct{ Typed, Word string }

func (p *Pages) list(w http.ResponseWriter, r *http.Request) error {
	q, l := queryOf(r), web.L(r)
	page, err := p.Catalogue.List(r.Context(), web.Actor(r), q)
	if err != nil {
		return err
	}
	v := listView{Query: q, Page: page, Results: results(l, page.Items), Pages: components.Pages{Label: l.T("find.list_title")},
		Feed: address("/commons.atom", q, nil), CSV: address("/commons.csv", q, nil),
		Sheet: address("/commons.csv", q, func(x url.Values) { x.Set("for", "spreadsheet") }), JSON: address("/commons.json", q, nil),
		Archived: slices.Equal(q.Facets[catalogue.FacetState], []string{string(commons.Archived)})}
	for _, typed := range slices.Sorted(maps.Keys(page.Corrected)) {
		v.Shown = append(v.Shown, shown{typed, page.Corrected[typed]})
	}
	v.Words = correctedText(q.Text, page.Corrected)
	v.Chosen = chosenWords(l, q)
	v.Facets = facets(l, q, page)
	if chosen(q) {
		v.Clear = address("/commons", catalogue.Query{Text: q.Text, Sort: q.Sort}, nil) + resultsAt
	}
	for _, f := range facetParams {
		for _, x := range q.Facets[f] {
			v.Hidden = append(v.Hidden, [2]string{f, x})
		}
	}
	v.Sorts = sorts(l, q)
	if page.Next != "" {
		v.Pages.Next = address("/commons", q, func(v url.Values) { v.Set("after", page.Next) }) + resultsAt
	}
	switch {
	case page.Prev != "":
		v.Pages.Previous = address("/commons", q, func(v url.Values) { v.Set("before", page.Prev) }) + resultsAt
	case q.After != "": // an order of relevance has no way back but to its beginning
		v.Pages.Previous = address("/commons", q, nil) + resultsAt
	}
	if page.Total == 0 && q.Text == "" && !chosen(q) {
		v.Empty = true
	}
	if page.Total == 0 && !v.Empty && v.Clear == "" {
		all, err := p.Catalogue.List(r.Context(), web.Actor(r), catalogue.Query{Lang: l.Lang(), Limit: 1})
		if err != nil {
			return err
		}
		v.Ways = ways(l, all)
	}
	if v.MayAdd, err = p.mayAdd(r); err != nil {
		return err
	}
	return web.Render(w, r, web.Page{Title: listTitle(l, v), Nav: "find", Wide: true, Description: l.T("find.list_lead"), NoIndex: q.After+q.Before != "",
		Feeds: []components.Link{{Text: l.T("find.list_title"), Href: v.Feed}}}, listPage(v))
}

// listTitle is the list's answer: how many there are of what was asked for, filters included.
func listTitle(l *i18n.Localizer, v listView) string {
	title := ""
	switch args := (i18n.Args{"count": v.Page.Total, "words": v.Words}); {
	case v.Empty:
		return l.T("find.list_title")
	case v.Page.Total == 0 && v.Archived:
		title = l.T("find.list_none_archived")
	case v.Page.Total == 0 && v.Query.Text != "":
		title = l.T("find.list_none_found", args)
	case v.Page.Total == 0:
		title = l.T("find.list_none")
	case v.Archived:
		title = l.T("find.list_archived", args)
	case v.Page.Partial:
		title = l.T("find.list_near", args)
	case v.Query.Text != "":
		title = l.T("find.list_found", args)
	default:
		title = l.T("find.list_count", args)
	}
	if len(v.Chosen) > 0 {
		title = l.T("find.list_chosen", i18n.Args{"title": title, "chosen": l.List(v.Chosen)})
	}
	return title
}

// correctedText is a question with the words that were searched for in the place of those that were mistyped.
func correctedText(text string, corrected map[string]string) string {
	var out []string
	for words := strings.Fields(text); len(words) > 0; {
		n := min(2, len(words)) // two words may have been meant for one
		c, ok := corrected[strings.ToLower(strings.Join(words[:n], " "))]
		if !ok {
			n = 1
			if c, ok = corrected[strings.ToLower(words[0])]; !ok {
				c = words[0]
			}
		}
		out, words = append(out, c), words[n:]
	}
	return strings.Join(out, " ")
}

// chosenWords says the filters of a question, at most a few: "local authorities", "EUPL-1.2". They follow other words, so those of our own sets begin small.
func chosenWords(l *i18n.Localizer, q catalogue.Query) []string {
	const most = 6
	var list []string
	for _, f := range catalogue.Facets {
		for _, x := range q.Facets[f] {
			text := word(l, f, x)
			if prefix, own := map[string]string{"kind": kindWords, "audience": audienceWords, "stage": stageWords}[f]; own && text == named(l, prefix, x) && text != x {
				first, n := utf8.DecodeRuneInString(text)
				text = string(unicode.ToLower(first)) + text[n:]
			}
			if list = append(list, cut(text, 100)); len(list) == most {
				return list
			}
		}
	}
	return list
}

// sorted says whether the order of a list matters, and narrowed whether it can be narrowed: not when there is nothing.
func (v listView) sorted() bool { return len(v.Results) > 0 }
func (v listView) narrowed() bool {
	return slices.ContainsFunc(v.Facets, func(f components.Facet) bool { return len(f.Values) > 0 })
}

// quoted lists words in quotation marks, as the page's language does.
func quoted(l *i18n.Localizer, words []string) string {
	list := make([]string, len(words))
	for i, w := range words {
		list[i] = l.T("find.quoted", i18n.Args{"text": w})
	}
	return l.List(list)
}

// nothingText says what to do when nothing was found.
func nothingText(l *i18n.Localizer, v listView) string {
	switch {
	case v.Clear != "":
		return l.T("find.nothing_text")
	case len(strings.Fields(v.Query.Text)) > 1:
		return l.T("find.nothing_words")
	}
	return l.T("find.nothing_word")
}

// mayAdd says whether the reader would be let add a commons: the service decides when it comes to that.
func (p *Pages) mayAdd(r *http.Request) (bool, error) {
	set, err := p.Settings(r.Context())
	if err != nil {
		return false, err
	}
	by := web.Actor(r)
	return set.Adding == commons.AnyoneAdds || by.SignedIn() || by.IsAdmin(), nil
}

// chosen says whether any facet narrows the list.
func chosen(q catalogue.Query) bool {
	for f := range q.Facets {
		if f != catalogue.FacetState {
			return true
		}
	}
	return false
}

// results are the entries of a list.
func results(l *i18n.Localizer, items []catalogue.Item) []components.Result {
	list := make([]components.Result, len(items))
	for i, it := range items {
		r := components.Result{Title: it.Name, Href: pathOf(it.Slug), Summary: it.Summary, SummaryLang: it.SummaryLang}
		if it.State != commons.Active {
			r.Tags = append(r.Tags, components.TagProps{Text: named(l, stateWords, string(it.State)), Tone: stateTones[it.State]})
		}
		if it.Stage == "obsolete" {
			r.Tags = append(r.Tags, components.TagProps{Text: named(l, stageWords, it.Stage), Tone: "bad"})
			it.Stage = ""
		}
		for _, fact := range []string{named(l, kindWords, it.Kind), it.Licence, named(l, stageWords, it.Stage)} {
			if fact != "" {
				r.Facts = append(r.Facts, fact)
			}
		}
		if it.Users > 0 {
			r.Facts = append(r.Facts, l.T("find.used_by", i18n.Args{"count": it.Users}))
		}
		if it.SummaryLang != "" && it.SummaryLang != l.Lang() && it.SummaryLang != commons.Undetermined {
			r.Facts = append(r.Facts, l.T("find.in_language", i18n.Args{"language": l.Language(it.SummaryLang)}))
		}
		list[i] = r
	}
	return list
}

// facets are the ways to narrow a list: each value adds itself to the address, or takes itself away, and begins at the first page.
func facets(l *i18n.Localizer, q catalogue.Query, page catalogue.Page) []components.Facet {
	var list []components.Facet
	for i, f := range catalogue.Facets {
		facet := components.Facet{Title: named(l, "find.facet.", f), Open: i < 2}
		counts := page.Facets[f]
		values := slices.Collect(maps.Keys(counts))
		for _, x := range q.Facets[f] {
			if _, ok := counts[x]; !ok {
				values = append(values, x) // chosen, and none has it: it must be there to be taken away
			}
		}
		words := make(map[string]string, len(values)) // said once: sorting asks for them again and again
		for _, x := range values {
			words[x] = word(l, f, x)
		}
		slices.SortFunc(values, func(a, b string) int {
			return cmp.Or(cmp.Compare(counts[b], counts[a]), strings.Compare(words[a], words[b]))
		})
		add := adder("/commons", q, f)
		for _, x := range values {
			v := components.FacetValue{Label: words[x], Count: int64(counts[x]), Selected: slices.Contains(q.Facets[f], x)}
			if v.Selected {
				v.Href = address("/commons", q, func(v url.Values) { v[f] = slices.DeleteFunc(v[f], func(y string) bool { return x == y }) }) + resultsAt
			} else {
				v.Href = add(x) + resultsAt
			}
			facet.Values = append(facet.Values, v)
		}
		list = append(list, facet)
	}
	return list
}

// adder returns what writes the address of a question to which a value of the facet is added: what address gives with the value at the end of
// its facet's. A list offers a hundred such addresses, which differ in that value only.
func adder(path string, q catalogue.Query, facet string) func(value string) string {
	before, after := url.Values{}, url.Values{}
	address(path, q, func(v url.Values) {
		for name, values := range v {
			if name <= facet { // as Encode orders them
				before[name] = values
			} else {
				after[name] = values
			}
		}
	})
	head, tail := path+"?", ""
	if len(before) > 0 {
		head += before.Encode() + "&"
	}
	if len(after) > 0 {
		tail = "&" + after.Encode()
	}
	head += url.QueryEscape(facet) + "="
	return func(value string) string { return head + url.QueryEscape(value) + tail }
}

// sorts are the orders that make sense for a question: relevance only with words.
func sorts(l *i18n.Localizer, q catalogue.Query) []components.Option {
	var list []components.Option
	now := q.Sort
	if now == "" {
		now = catalogue.ByRelevance
		if q.Text == "" {
			now = catalogue.ByName
		}
	}
	for _, s := range catalogue.Sorts {
		if s == catalogue.ByRelevance && q.Text == "" {
			continue
		}
		list = append(list, components.Option{Value: string(s), Label: named(l, sortWords, string(s)), Selected: s == now})
	}
	return list
}

func (p *Pages) listFeed(w http.ResponseWriter, r *http.Request) error {
	q, l := queryOf(r), web.L(r)
	entries, err := p.Catalogue.Feed(r.Context(), web.Actor(r), q)
	if err != nil {
		return err
	}
	set, err := p.Settings(r.Context())
	if err != nil {
		return err
	}
	self := address("/commons.atom", q, nil)
	f := feed.Feed{ID: web.Absolute(r, self), Title: set.Name + " – " + l.T("find.list_title"), Lang: l.Lang(), Self: web.Absolute(r, self),
		Page: web.Absolute(r, address("/commons", q, nil))}
	if f.Title = set.Name + " – " + l.T("find.list_title"); q.Text != "" {
		f.Title += " – " + q.Text
	}
	for _, e := range entries {
		x := feed.Entry{ID: web.Absolute(r, "/commons/"+e.ID), Title: e.Title, Page: web.Absolute(r, pathOf(e.Slug)), Text: e.Summary, Updated: storage.Time(e.Updated)}
		f.Entries = append(f.Entries, x)
		if x.Updated.After(f.Updated) {
			f.Updated = x.Updated
		}
	}
	return feed.Serve(w, f)
}

// download prepares the answer with a file of what the list shows. What the service refuses is refused before the first byte.
func (p *Pages) download(w http.ResponseWriter, r *http.Request, kind, name string) (catalogue.Query, people.Actor, error) {
	q, by := queryOf(r), web.Actor(r)
	q.After, q.Before = "", ""
	first := q
	first.Limit = 1
	if _, err := p.Catalogue.List(r.Context(), by, first); err != nil {
		return q, by, err
	}
	w.Header().Set("Content-Type", kind)
	w.Header().Set("Content-Disposition", `attachment; filename="`+name+`"`)
	return q, by, nil
}

const (
	csvType  = "text/csv; charset=utf-8; header=present"
	jsonType = "application/json; charset=utf-8"
)

func (p *Pages) listCSV(w http.ResponseWriter, r *http.Request) error {
	q, by, err := p.download(w, r, csvType, "commons.csv")
	if err != nil {
		return err
	}
	l := web.L(r)
	if r.URL.Query().Get("for") == "spreadsheet" {
		return p.Catalogue.WriteSheet(r.Context(), by, q, sheet(l), w)
	}
	return p.Catalogue.WriteCSV(r.Context(), by, q, l.Lang(), w)
}

// sheet says how a file for a spreadsheet speaks to a reader.
func sheet(l *i18n.Localizer) catalogue.Sheet {
	return catalogue.Sheet{Lang: l.Lang(),
		Heading: func(column string) string {
			if key := columnWords + column; l.Has(key) {
				return l.T(key)
			}
			return FieldName(l, column, "")
		},
		Word: func(column, value string) string {
			switch column {
			case "state":
				return named(l, stateWords, value)
			case "summary_lang":
				return langName(l, value)
			}
			return word(l, column, value)
		},
	}
}

func (p *Pages) listJSON(w http.ResponseWriter, r *http.Request) error {
	q, by, err := p.download(w, r, jsonType, "commons.json")
	if err != nil {
		return err
	}
	return p.Catalogue.WriteJSON(r.Context(), by, q, w)
}
