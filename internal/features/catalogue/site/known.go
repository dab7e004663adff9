package site

import (
	"net/url"
	"strings"

	"github.com/a-h/templ"

	"commun/internal/core/commons"
	"commun/internal/features/catalogue"
	"commun/internal/platform/i18n"
	"commun/internal/web/components"
)

// origin is where what is known of a commons can come from: sentences about "its repository" are true of the last only.
type origin string

// The origins: there is no repository to read; there is one, and what is known was written here; it came with a list, in a file; it was read.
const (
	byHand origin = "by_hand"
	unread origin = "unread"
	listed origin = "listed"
	read   origin = "read"
)

// originOf tells where what is known of c comes from.
func originOf(c commons.Commons, about catalogue.Refreshed) origin {
	switch {
	case about.SucceededAt > 0:
		return read
	case listFile(c) != "":
		return listed
	case len(c.Homes) == 0:
		return byHand
	}
	return unread
}

// listFile names the file of a list that a value of c comes from, "" when none does. Before its repository is read, no other file can have spoken.
func listFile(c commons.Commons) string {
	for _, v := range c.Values {
		if v.Source == commons.FromPublicCode && v.Note != "" {
			return sourceFile(v)
		}
	}
	return ""
}

// The sentences for each origin: that nobody is said to stand behind a commons, and where what is shown comes from.
var (
	nobodyText = map[origin]string{byHand: "find.who_nobody_by_hand", unread: "find.who_nobody_unread", listed: "find.who_nobody_listed",
		read: "find.who_nobody_text"}
	nobodyWrote = map[origin]string{byHand: "find.contributions_by_hand", unread: "find.contributions_unread", listed: "find.contributions_listed",
		read: "find.contributions_empty"}
)

// manyRows is from how many rows on a page says once where they come from, and not at each.
const manyRows = 3

// sayOnce takes the source that most rows and texts have from each of them: it is said once, above all; the others keep theirs.
func (v *oneView) sayOnce(l *i18n.Localizer) {
	var all []*string
	for _, rows := range [][]components.Row{v.What, v.Who, v.Alive, v.Reuse, v.Part} {
		for i := range rows {
			all = append(all, &rows[i].Source)
		}
	}
	for _, t := range []*text{&v.Description, &v.Features, &v.Rules} {
		all = append(all, &t.Source)
	}
	counts, most := map[string]int{}, ""
	for _, s := range all {
		if counts[*s]++; *s != "" && (most == "" || counts[*s] > counts[most]) {
			most = *s
		}
	}
	if counts[most] < manyRows || most == "" {
		return
	}
	for _, s := range all {
		if *s == most {
			*s = ""
		}
	}
	name, _ := v.C.Best("name", "")
	if head := sourceText(l, name); head == most && (v.Summary.Text == "" || v.Summary.Source == most) {
		v.HeadSource = "" // said by the sentence below
	}
	v.MainSource = l.T("find.source_most", i18n.Args{"source": most})
}

// repositoryLinks are the repositories of a commons that a browser can open: the one that is read, then those of the entries merged into it.
func repositoryLinks(l *i18n.Localizer, c commons.Commons) []components.Link {
	var list []components.Link
	for _, a := range catalogue.Repositories(c) {
		if strings.HasPrefix(a, "http://") || strings.HasPrefix(a, "https://") {
			x := components.Link{Text: l.T("find.place_repository"), Href: a, Rel: "nofollow ugc"}
			if len(list) > 0 {
				x.Text = l.T("find.place_repository_also", i18n.Args{"address": shortAddress(a)})
			}
			list = append(list, x)
		}
	}
	return list
}

// title is what the page calls the commons: its name, and before anything is known of it the address that is read, since the last part of a path says
// little ("repo").
func (v *oneView) title(l *i18n.Localizer) string {
	if _, named := v.C.Best("name", ""); named || !v.bare() {
		return v.C.Name()
	}
	if list := repositoryLinks(l, v.C); len(list) > 0 {
		return shortAddress(list[0].Href)
	}
	return l.T("find.bare_title", i18n.Args{"name": v.C.Name()})
}

// listOf is the address of the list of what has a value of a facet.
func listOf(facet, value string) templ.SafeURL {
	return templ.SafeURL("/commons?" + url.Values{facet: {value}}.Encode())
}

// mayMove says whether the reader may say that the texts of a language are in another. One that a person told already is corrected where it was told.
func (v *oneView) mayMove(lang string) bool {
	told, _ := v.C.Best(commons.TextLanguage, "")
	return v.MayEdit && lang != commons.Undetermined && lang != told.Text()
}
