package site

import (
	"cmp"
	"maps"
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strings"

	"commun/formats/publiccode"
	"commun/internal/core/commons"
	"commun/internal/features/catalogue"
	"commun/internal/platform/fault"
	"commun/internal/platform/i18n"
	"commun/internal/web"
	"commun/internal/web/components"
)

// fileForm is what the form for a publiccode.yml sends. The names of its controls are the keys of the file, so that an error of the standard finds its
// control; the texts of each language are apart (see texts).
type fileForm struct {
	Name        string            `form:"name" max:"300"`
	URL         string            `form:"url" max:"500"`
	Landing     string            `form:"landingURL" max:"500"`
	Licence     string            `form:"legal.license" max:"300"`
	Status      string            `form:"developmentStatus" max:"40"`
	Type        string            `form:"softwareType" max:"40"`
	Platforms   []string          `form:"platforms" max:"60" items:"20"`
	Version     string            `form:"softwareVersion" max:"100"`
	Released    string            `form:"releaseDate" max:"20"`
	Maintenance string            `form:"maintenance.type" max:"40"`
	Contacts    string            `form:"maintenance.contacts,lines" max:"5000"`
	Contractors string            `form:"maintenance.contractors,lines" max:"5000"`
	Languages   string            `form:"localisation.availableLanguages" max:"1000"`
	Ready       string            `form:"localisation.localisationReady" max:"5"`
	Countries   string            `form:"intendedAudience.countries" max:"1000"`
	Scope       []string          `form:"intendedAudience.scope" max:"60" items:"40"`
	Categories  []string          `form:"categories" max:"60" items:"200"`
	OrgName     string            `form:"organisation.name" max:"300"`
	OrgURI      string            `form:"organisation.uri" max:"500"`
	UsedBy      string            `form:"usedBy,lines" max:"20000"`
	Roadmap     string            `form:"roadmap" max:"500"`
	Langs       []string          `form:"lang" max:"20" items:"40"`
	Do          string            `form:"do" max:"20"` // what to do with a valid form: show the file, download it, or edit again
	texts       map[string]string // by key of the file, such as description.fr.shortDescription
	cut         map[string]bool   // the texts that were filled in shorter than they are known
	folder      bool              // the repository is a folder or inside the site's network, whose address is shown to nobody
}

// textKeys are the keys of a description that the form asks for, the two that the standard demands first.
var textKeys = []string{"shortDescription", "longDescription", "features", "documentation"}

// textLabels say them in words.
var textLabels = map[string]string{"shortDescription": "find.file_short", "longDescription": "find.file_long", "features": "find.file_features",
	"documentation": "field.documentation"}

// textHints say what the standard wants of them.
var textHints = map[string]string{"shortDescription": "find.file_short_hint", "longDescription": "find.file_long_hint", "features": "find.file_features_hint",
	"documentation": ""}

func (f fileForm) text(lang, key string) string { return f.texts["description."+lang+"."+key] }

func (p *Pages) publicCodeForm(w http.ResponseWriter, r *http.Request) error {
	c, done, err := p.load(w, r)
	if err != nil || done {
		return err
	}
	d, err := p.Catalogue.Prefill(r.Context(), web.Actor(r), c.ID)
	if err != nil {
		return err
	}
	f := formOf(web.L(r), d)
	f.folder = d.URL == "" && len(c.Homes) > 0
	for _, lang := range f.Langs {
		for key, field := range map[string]string{"shortDescription": "summary", "longDescription": "description"} {
			known, _ := c.Best(field, lang)
			name := "description." + lang + "." + key
			f.cut[name] = f.texts[name] != "" && f.texts[name] != known.Text()
		}
	}
	return p.showFileForm(w, r, c, f, nil)
}

func (p *Pages) showFileForm(w http.ResponseWriter, r *http.Request, c commons.Commons, f fileForm, errs components.Errors) error {
	errs = inOrder(errs, f.order())
	return web.Render(w, r, under(r, c, web.L(r).T("find.file_title"), errs), filePage(c, f, errs))
}

func (p *Pages) writePublicCode(w http.ResponseWriter, r *http.Request) error {
	c, done, err := p.load(w, r)
	if err != nil || done {
		return err
	}
	var f fileForm
	err = web.Decode(r, &f)
	f.Langs = slices.DeleteFunc(f.Langs, func(lang string) bool { return !langTag.MatchString(lang) })
	f.texts = map[string]string{}
	for _, lang := range f.Langs {
		for _, key := range textKeys {
			name := "description." + lang + "." + key
			f.texts[name] = strings.TrimSpace(strings.ReplaceAll(strings.ToValidUTF8(r.PostForm.Get(name), "\ufffd"), "\r\n", "\n"))
		}
	}
	l := web.L(r)
	if err != nil {
		errs, err := web.FormErrors(r, err)
		if err != nil {
			return err
		}
		for i := range errs {
			errs[i].Text = f.about(l, errs[i].Field, errs[i].Text)
		}
		return p.showFileForm(w, r, c, f, errs)
	}
	if f.Do == doEdit {
		return p.showFileForm(w, r, c, f, nil)
	}
	file, _, err := catalogue.WritePublicCode(f.doc(l))
	if faults := fault.Of(err); len(faults) > 0 {
		return p.showFileForm(w, r, c, f, standardErrors(l, f, faults))
	}
	if err != nil {
		return err
	}
	if f.Do == doDownload {
		sendYAML(w, file)
		return nil
	}
	// a page rather than the file at once: a download leaves the form, with errors that are mended, on the screen
	v := fileReady{C: c, File: string(file), MayRefresh: web.Actor(r).May(commons.ActRefresh, c.ID) == nil && len(c.Homes) > 0, Sent: f.sent(r.PostForm),
		Licence: withdrawn(l, f.Licence)}
	return web.Render(w, r, under(r, c, l.T("find.file_ready_title"), nil), fileReadyPage(v))
}

// What the buttons below a file that is ready do.
const (
	doDownload = "download"
	doEdit     = "edit"
)

// fileReady is a file that is valid, with what made it, to be sent again by the buttons below it.
type fileReady struct {
	C          commons.Commons
	File       string
	Sent       [][2]string
	MayRefresh bool
	Licence    string // that the licence is under a name that SPDX has withdrawn, "" when it is not
}

// sent are the names and values of the form's own controls.
func (f fileForm) sent(form url.Values) [][2]string {
	names := append([]string{"lang"}, fileControls...)
	names = append(names, slices.Sorted(maps.Keys(f.texts))...)
	var list [][2]string
	for _, name := range names {
		for _, v := range form[name] {
			list = append(list, [2]string{name, v})
		}
	}
	return list
}

// langTag is a language as the form may name one.
var langTag = regexp.MustCompile(`^[a-z]{2,3}(-[A-Za-z0-9]{2,8})*$`)

// index is the place in a list that a key of the file may end with.
var index = regexp.MustCompile(`\[\d+\].*$`)

// standardErrors words the errors of the standard, each at the control for its key and by the name that the form gives it. Where something is missing
// the form says what to type, since the standard's sentence speaks of keys; for the rest the standard has its own sentences in each language.
func standardErrors(l *i18n.Localizer, f fileForm, faults fault.List) components.Errors {
	var errs components.Errors
	for _, x := range faults {
		for _, name := range f.controlsOf(x) {
			text := missingText(l, x, name)
			if text == "" {
				text, _ = x.Args[l.Lang()].(string)
			}
			if text == "" {
				text, _ = x.Args["en"].(string)
			}
			if f.mayEmpty(name) {
				text += " " + l.T("find.file_or_empty")
			}
			e := components.FieldError{Field: name, Text: visible(f.about(l, name, text))}
			if f.label(l, name) == "" {
				e.Field, e.Text = "", cmp.Or(x.Field, "publiccode.yml")+" – "+text
			}
			if !slices.Contains(errs, e) {
				errs = append(errs, e)
			}
		}
	}
	return errs
}

// mayEmpty says whether a control that is filled need not be: the texts of any language but the first.
func (f fileForm) mayEmpty(name string) bool {
	rest, ok := strings.CutPrefix(name, "description.")
	lang, _, _ := strings.Cut(rest, ".")
	return ok && f.texts[name] != "" && len(f.Langs) > 0 && lang != f.Langs[0]
}

// order are the names of the controls as the form shows them, for its errors to follow.
func (f fileForm) order() []string {
	list := []string{"name", "url", "legal.license", "softwareType", "developmentStatus", "platforms"}
	for _, lang := range f.Langs {
		for _, key := range textKeys {
			list = append(list, "description."+lang+"."+key)
		}
	}
	return append(list, "maintenance.type", "maintenance.contacts", "maintenance.contractors", "organisation.name", "organisation.uri", "usedBy",
		"localisation.availableLanguages", "localisation.localisationReady", "intendedAudience.countries", "intendedAudience.scope", "landingURL", "roadmap",
		"softwareVersion", "releaseDate", "categories")
}

// controlsOf are the names of the controls that a fault is about: one, but for a whole section that is missing.
func (f fileForm) controlsOf(x *fault.Error) []string {
	name := index.ReplaceAllString(x.Field, "")
	first := "description."
	if len(f.Langs) > 0 {
		first += f.Langs[0] + "."
	}
	switch name {
	case "description":
		if x.Key == "publiccode.missing" || x.Key == "publiccode.empty" {
			return []string{first + "shortDescription", first + "longDescription", first + "features"}
		}
		return []string{first + textKeyOf(x)}
	case "legal":
		return []string{"legal.license"}
	case "maintenance":
		return []string{"maintenance.type"}
	case "localisation":
		return []string{"localisation.availableLanguages", "localisation.localisationReady"}
	case "organisation":
		return []string{"organisation.name"}
	}
	return []string{name}
}

// about names the control that a sentence is about.
func (f fileForm) about(l *i18n.Localizer, name, text string) string {
	if label := f.label(l, name); label != "" {
		return l.T("find.file_error", i18n.Args{"field": label, "text": text})
	}
	return text
}

// label is what the form calls a control, "" for none of its controls.
func (f fileForm) label(l *i18n.Localizer, name string) string {
	if key, ok := fileLabels[name]; ok {
		return l.T(key)
	}
	for _, lang := range f.Langs {
		if key, ok := textLabels[strings.TrimPrefix(name, "description."+lang+".")]; ok {
			return l.T("find.field_in", i18n.Args{"field": l.T(key), "language": langName(l, lang)})
		}
	}
	return ""
}

// notThere are the codes of the standard for what is not there: their own sentences name keys.
var notThere = []string{"publiccode.missing", "publiccode.empty", "publiccode.empty_optional", "publiccode.empty_item", "publiccode.missing_in_every_language",
	"publiccode.missing_for_type"}

// missingText says what to type or to choose at a control, "" where the standard's sentence says it.
func missingText(l *i18n.Localizer, x *fault.Error, name string) string {
	switch {
	case x.Key == "publiccode.bad_country":
		return unknownName(l, true, x.Args["value"]) + " " + l.T("find.hint_countries")
	case x.Key == "publiccode.bad_language" && !strings.HasPrefix(name, "description."):
		return unknownName(l, false, x.Args["value"]) + " " + l.T("find.hint_languages")
	case x.Key == "publiccode.contractors_forbidden":
		return l.T("find.file_no_contractors")
	case !slices.Contains(notThere, x.Key):
		return ""
	}
	if at := strings.LastIndexByte(name, '.'); strings.HasPrefix(name, "description.") {
		name = name[at+1:]
	}
	return l.T(cmp.Or(fileMissing[name], "find.file_missing"))
}

// fileMissing say what to type where a control is empty.
var fileMissing = map[string]string{"name": "find.file_missing_name", "url": "find.file_missing_url", "legal.license": "find.file_missing_licence",
	"softwareType": "find.file_missing_choice", "developmentStatus": "find.file_missing_choice", "maintenance.type": "find.file_missing_choice",
	"platforms": "find.file_missing_platforms", "localisation.availableLanguages": "find.file_missing_languages",
	"localisation.localisationReady": "find.file_missing_ready",
	"maintenance.contacts":           "find.file_missing_contacts", "maintenance.contractors": "find.file_missing_contractors",
	"organisation.name": "find.file_missing_organisation", "organisation.uri": "find.file_missing_organisation", "shortDescription": "find.file_missing_short",
	"longDescription": "find.file_missing_long", "features": "find.file_missing_features"}

// textKeyOf is the key of a description that a fault about all of them names; the first when it names none.
func textKeyOf(x *fault.Error) string {
	for _, key := range textKeys {
		for _, v := range x.Args {
			if v == key {
				return key
			}
		}
	}
	return textKeys[0]
}

// fileLabels are the names that the form gives to the controls that it has in every language.
var fileLabels = map[string]string{"name": "field.name", "url": "find.file_url", "landingURL": "field.website", "legal.license": "field.licence",
	"developmentStatus": "field.stage", "softwareType": "find.file_type", "platforms": "field.platforms", "softwareVersion": "field.version",
	"releaseDate": "field.released", "maintenance.type": "field.maintenance", "maintenance.contacts": "find.file_contacts",
	"maintenance.contractors": "find.file_contractors", "localisation.availableLanguages": "field.languages", "localisation.localisationReady": "find.file_ready",
	"intendedAudience.countries": "field.countries", "intendedAudience.scope": "field.audiences", "categories": "field.categories",
	"organisation.name": "find.file_organisation", "organisation.uri": "find.file_organisation_uri", "usedBy": "field.users", "roadmap": "field.roadmap"}

// fileControls are their names, in an order that does not change.
var fileControls = slices.Sorted(maps.Keys(fileLabels))

// formOf fills the form from what is known.
func formOf(l *i18n.Localizer, d publiccode.Doc) fileForm {
	f := fileForm{Name: d.Name, URL: d.URL, Landing: d.LandingURL, Licence: d.Legal.License, Status: d.Status, Type: d.Type, Platforms: d.Platforms,
		Version: d.SoftwareVersion, Released: d.ReleaseDate, Maintenance: d.Maintenance.Type, Languages: strings.Join(d.Localisation.AvailableLanguages, ", "),
		Countries: strings.Join(d.IntendedAudience.Countries, ", "), Scope: d.IntendedAudience.Scope, Categories: d.Categories,
		OrgName: d.Organisation.Name, OrgURI: d.Organisation.URI, UsedBy: strings.Join(d.UsedBy, "\n"), Roadmap: d.Roadmap, texts: map[string]string{}, cut: map[string]bool{}}
	var people []string
	for _, c := range d.Maintenance.Contacts {
		people = append(people, joined(c.Name, c.Email, c.Affiliation))
	}
	f.Contacts = strings.Join(people, "\n")
	var firms []string
	for _, c := range d.Maintenance.Contractors {
		firms = append(firms, joined(c.Name, c.Until, c.Website))
	}
	f.Contractors = strings.Join(firms, "\n")
	if d.Localisation.Ready != nil {
		f.Ready = map[bool]string{true: "yes", false: "no"}[*d.Localisation.Ready]
	}
	f.Langs = []string{l.Lang()}
	for _, lang := range append([]string{"fr", "en"}, slices.Sorted(maps.Keys(d.Description))...) {
		if !slices.Contains(f.Langs, lang) && langTag.MatchString(lang) {
			f.Langs = append(f.Langs, lang)
		}
	}
	for lang, t := range d.Description {
		at := "description." + lang + "."
		f.texts[at+"shortDescription"], f.texts[at+"longDescription"] = t.ShortDescription, t.LongDescription
		f.texts[at+"features"], f.texts[at+"documentation"] = strings.Join(t.Features, "\n"), t.Documentation
	}
	return f
}

// joined writes the parts of a line of the form, without those that are empty.
func joined(parts ...string) string {
	return strings.Join(slices.DeleteFunc(parts, func(s string) bool { return s == "" }), " | ")
}

// doc is what the form says, in the words of the standard.
func (f fileForm) doc(l *i18n.Localizer) publiccode.Doc {
	d := publiccode.Doc{Name: f.Name, URL: f.URL, LandingURL: f.Landing, Status: f.Status, Type: f.Type, Platforms: f.Platforms, SoftwareVersion: f.Version,
		ReleaseDate: f.Released, Categories: f.Categories, Organisation: publiccode.Organisation{Name: f.OrgName, URI: f.OrgURI}, UsedBy: lines(f.UsedBy),
		Roadmap: f.Roadmap, Description: map[string]publiccode.Description{}}
	d.Legal.License = f.Licence
	d.Maintenance.Type = f.Maintenance
	for _, line := range lines(f.Contacts) {
		d.Maintenance.Contacts = append(d.Maintenance.Contacts, contactOf(line))
	}
	for _, line := range lines(f.Contractors) {
		d.Maintenance.Contractors = append(d.Maintenance.Contractors, contractorOf(line))
	}
	d.Localisation.AvailableLanguages = codes(l, "languages", f.Languages)
	if f.Ready != "" {
		ready := f.Ready == "yes"
		d.Localisation.Ready = &ready
	}
	d.IntendedAudience.Countries, d.IntendedAudience.Scope = codes(l, "countries", f.Countries), f.Scope
	for _, lang := range f.Langs {
		t := publiccode.Description{ShortDescription: f.text(lang, "shortDescription"), LongDescription: f.text(lang, "longDescription"),
			Features: lines(f.text(lang, "features")), Documentation: f.text(lang, "documentation")}
		if t.ShortDescription+t.LongDescription+t.Documentation != "" || len(t.Features) > 0 {
			d.Description[lang] = t
		}
	}
	return d
}

// codes reads a line of codes or names, with commas between them.
func codes(l *i18n.Localizer, field, typed string) []string {
	list := []string{}
	for _, part := range strings.FieldsFunc(typed, func(r rune) bool { return r == ',' || r == ';' || r == '\n' }) {
		if part = strings.TrimSpace(part); part != "" {
			list = append(list, code(l, field, part))
		}
	}
	return list
}

// contactOf reads a person: a name, and after bars an e-mail address and the organisation, in any order.
func contactOf(line string) publiccode.Contact {
	parts := strings.Split(line, "|")
	c := publiccode.Contact{Name: strings.TrimSpace(parts[0])}
	for _, part := range parts[1:] {
		if part = strings.TrimSpace(part); strings.Contains(part, "@") {
			c.Email = part
		} else {
			c.Affiliation = part
		}
	}
	return c
}

// contractorOf reads a firm: a name, and after bars the day until which it is under contract and its page, in any order.
func contractorOf(line string) publiccode.Contractor {
	parts := strings.Split(line, "|")
	c := publiccode.Contractor{Name: strings.TrimSpace(parts[0])}
	for _, part := range parts[1:] {
		switch part = strings.TrimSpace(part); {
		case strings.Contains(part, "://"):
			c.Website = part
		case strings.Contains(part, "@"):
			c.Email = part
		default:
			c.Until = part
		}
	}
	return c
}
