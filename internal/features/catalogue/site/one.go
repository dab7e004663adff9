package site

import (
	"context"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"github.com/a-h/templ"

	"commun/internal/core/commons"
	"commun/internal/core/people"
	"commun/internal/features/catalogue"
	"commun/internal/platform/fault"
	"commun/internal/platform/i18n"
	"commun/internal/platform/jobs"
	"commun/internal/web"
	"commun/internal/web/admin"
	"commun/internal/web/components"
)

// oneView is what the page of a commons shows.
type oneView struct {
	C                       commons.Commons
	About                   catalogue.Refreshed
	Name, Path              string
	Summary, Description    text
	HeadSource              string // where the name and the summary come from
	TakenOut                []takenOut
	MainSource              string // where all comes from that names no other source; "" where each says its own
	Origin                  origin // where what is known can come from
	Folded                  bool   // the description is in a language that nobody told, and a person wrote a summary in the reader's: it is not in the way
	What                    []components.Row
	Features                text
	Tags                    []components.TagProps
	Main                    components.Link // where the resource itself is: its website, else its repository
	Nav                     []components.Link
	Job                     *components.Job // an import that waits or runs
	Who, Alive, Reuse, Part []components.Row
	WhoTitle, AliveTitle    string
	UsersKnown              bool // who uses it is said
	ReuseTitle, ReuseLead   string
	Facts                   []string // the licence's duties and rights, in sentences
	Same, SamePath          string   // the commons that has the same history, and where it is
	SameMerge               string   // where the two become one, for who may ask it
	Differs                 string   // how the declared licence and the licence file differ
	Rules                   text
	Files                   []fileLink
	Errors, Warnings        []catalogue.Remark
	Places                  []components.Link // website, repository, documentation, roadmap
	Panels                  []templ.Component
	MayEdit, MayRefresh     bool
	MayManage, MayApprove   bool
	Keepers                 []string // who hold the role of steward here, by name
	WriteTo                 string   // the link that writes to them, which says who reads it
	Unread                  bool     // its repository was never read
	Sourced                 []sourced
	File                    fileState // of the publiccode.yml of its repository
	FileLimit               string    // the size above which it is not read
	Into                    string    // the reason of the last failure
}

// sourced is where exactly a field comes from: the page names the file beside each value, and the lines together at its end.
type sourced struct{ Field, Place string }

// fileState is what is known of the publiccode.yml of a repository.
type fileState string

// The states: none was found, none is known of since the repository was not read, it was too large to be read, it is valid by the standard or not.
const (
	fileAbsent   fileState = "absent"
	fileUnknown  fileState = ""
	fileTooLarge fileState = "too large"
	fileValid    fileState = "valid"
	fileInvalid  fileState = "invalid"
	fileNothing  fileState = "nothing could be read"
)

// text is a text with its language, "" of which means the page's own.
type text struct {
	Text, Lang string
	Source     string   // where it comes from, in words
	Person     bool     // a person wrote it here
	Others     []string // names of the other languages that there are
	List       []string // of a field that is a list
}

// fileLink is a file of the repository; Href is "" where the forge's addresses are not known.
type fileLink struct{ What, Path, Href string }

func (p *Pages) show(w http.ResponseWriter, r *http.Request) error {
	for _, end := range []string{".json", ".csv"} {
		if slug, ok := strings.CutSuffix(r.PathValue("slug"), end); ok {
			r.SetPathValue("slug", slug)
			return p.downloadOne(w, r, end)
		}
	}
	c, done, err := p.load(w, r)
	if err != nil || done {
		return err
	}
	ctx, by, l := r.Context(), web.Actor(r), web.L(r)
	v, err := p.one(ctx, by, l, c)
	if err != nil {
		return err
	}
	panels := p.Panels
	if v.Unread {
		panels = nil // they tell what was read in the repository, and the page has said why there is nothing yet
	}
	for _, panel := range panels {
		shown, err := panel.Show(ctx, l, c)
		if err != nil {
			return err
		}
		if shown != nil {
			v.Panels = append(v.Panels, shown)
		}
	}
	if v.Job != nil {
		w.Header().Set("Cache-Control", "no-store")
	}
	return web.Render(w, r, web.Page{Title: v.Name, Nav: "find", Wide: true, Description: v.Summary.Text, NoIndex: c.State != commons.Active,
		Crumbs: []components.Link{{Text: l.T("find.list_title"), Href: "/commons"}},
		Feeds:  []components.Link{{Text: l.T("find.history_of", i18n.Args{"name": v.Name}), Href: v.Path + "/history.atom"}}}, onePage(v))
}

// one gathers what the page says of a commons.
func (p *Pages) one(ctx context.Context, by people.Actor, l *i18n.Localizer, c commons.Commons) (oneView, error) {
	v := oneView{C: c, Path: pathOf(c.Slug), Nav: subNav(l, by, c, "")}
	var err error
	if v.About, err = p.Catalogue.AboutRead(ctx, by, c); err != nil {
		return v, err
	}
	if v.Job, err = p.job(ctx, l, v.About.Job, "/commons/"+c.ID); err != nil {
		return v, err
	}
	v.Summary, v.Description, v.Features, v.Rules = textOf(l, c, "summary"), textOf(l, c, "description"), textOf(l, c, "features"), textOf(l, c, "rules")
	v.HeadSource = headSource(l, c, v.Summary)
	v.Folded = v.Description.Lang == commons.Undetermined && v.Summary.Lang == l.Lang() && v.Summary.Person
	v.Description.Text = tidy(v.Description.Text, c.Name(), v.Summary.Text)
	v.MayEdit, v.MayRefresh = by.May(commons.ActEdit, c.ID) == nil, by.May(commons.ActRefresh, c.ID) == nil
	v.MayManage, v.MayApprove = by.May(commons.ActArchive, c.ID) == nil, by.May(commons.ActApprove, c.ID) == nil
	v.fileState(l)
	v.Unread = len(c.Homes) > 0 && v.About.SucceededAt == 0
	v.Origin, v.Name = originOf(c, v.About), v.title(l)
	if v.Keepers, err = p.keepers(ctx, c.ID); err != nil {
		return v, err
	}
	v.WriteTo = writeTo(l, v.Keepers)
	v.tags(l)
	v.places(l)
	v.who(l)
	v.alive(l)
	v.reuse(l)
	v.What = v.rows(l, "kind", "languages", "platforms", "categories")
	v.part(l)
	v.files(l)
	v.sources(l)
	v.sayOnce(l)
	for _, x := range v.About.Remarks {
		if x.Code == catalogue.RemarkSame { // said beside where the commons comes from
			v.same(x)
			continue
		}
		if x.Severity == "error" {
			v.Errors = append(v.Errors, x)
		} else {
			v.Warnings = append(v.Warnings, x)
		}
	}
	v.Into = faultText(l, v.About.Fault)
	v.TakenOut, err = p.takenOut(ctx, by, l, c)
	return v, err
}

// job is an import that goes on, for the page to follow; nil when there is none.
func (p *Pages) job(ctx context.Context, l *i18n.Localizer, id, reload string) (*components.Job, error) {
	if id == "" {
		return nil, nil
	}
	j, err := p.Queue.Get(ctx, id)
	if fault.KindOf(err) == fault.MissingKind {
		return nil, nil // swept
	}
	if err != nil || j.State.Final() {
		return nil, err
	}
	if j.State == jobs.Queued && j.Failures > 0 {
		return nil, nil // waits to be tried again: the page says why it failed
	}
	x := admin.Progress(l, j)
	x.Reload = reload
	return &x, nil
}

// textOf is a field in the reader's language, else in another.
func textOf(l *i18n.Localizer, c commons.Commons, field string) text {
	v, ok := c.In(field, l.Lang())
	if !ok {
		return text{}
	}
	t := text{Text: v.Text(), Lang: v.Lang, List: v.List(), Source: sourceText(l, v), Person: v.Source == commons.FromPerson}
	for _, lang := range c.Langs(field, "fr", "en") {
		if lang != v.Lang && lang != commons.Undetermined {
			t.Others = append(t.Others, langName(l, lang))
		}
	}
	return t
}

// foreign says in which language a text is, when that is not the page's.
func (t text) foreign(l *i18n.Localizer) string {
	if t.Lang == "" || t.Lang == l.Lang() || t.Text == "" && len(t.List) == 0 {
		return ""
	}
	if t.Lang == commons.Undetermined {
		return l.T("find.lang_not_known")
	}
	return l.T("find.in_language", i18n.Args{"language": l.Language(t.Lang)})
}

// headSource says where the name and the summary come from, in one sentence where that is one place; "" when no source names the commons.
func headSource(l *i18n.Localizer, c commons.Commons, summary text) string {
	name, ok := c.Best("name", "")
	switch from := sourceText(l, name); {
	case !ok && summary.Text == "":
		return ""
	case !ok:
		return l.T("find.source_summary", i18n.Args{"source": summary.Source})
	case summary.Text == "":
		return l.T("find.source_name", i18n.Args{"source": from})
	case from == summary.Source:
		return l.T("find.source_both", i18n.Args{"source": from})
	default:
		return l.T("find.source_each", i18n.Args{"name": from, "summary": summary.Source})
	}
}

// fileState finds out what became of the publiccode.yml.
func (v *oneView) fileState(l *i18n.Localizer) {
	name := v.About.Facts.Files["publiccode"]
	i := slices.IndexFunc(v.About.Remarks, func(r catalogue.Remark) bool {
		return name != "" && r.File == name && r.Code == "catalogue.remark.too_large"
	})
	switch {
	case v.About.SucceededAt == 0:
		v.File = fileUnknown
	case name == "":
		v.File = fileAbsent
	case i >= 0:
		v.File = fileTooLarge
		if limit, ok := v.About.Remarks[i].Args["limit"].(int64); ok {
			v.FileLimit = l.Bytes(limit)
		}
	case v.About.Facts.Valid:
		v.File = fileValid
	case !slices.ContainsFunc(v.C.Values, func(x commons.Value) bool { return x.Source == commons.FromPublicCode && x.Field != "publiccode" }):
		v.File = fileNothing
	default:
		v.File = fileInvalid
	}
}

func (v *oneView) tags(l *i18n.Localizer) {
	if v.C.State != commons.Active {
		v.Tags = append(v.Tags, components.TagProps{Text: named(l, stateWords, string(v.C.State)), Tone: stateTones[v.C.State]})
	}
	if x, ok := v.C.Best("kind", ""); ok {
		v.Tags = append(v.Tags, components.TagProps{Text: named(l, kindWords, x.Text())})
	}
	if x, ok := v.C.Best("stage", ""); ok {
		v.Tags = append(v.Tags, components.TagProps{Text: named(l, stageWords, x.Text()), Tone: stageTones[x.Text()]})
	}
}

// places are the addresses of a commons. People gave them, so no search engine is told to trust them.
func (v *oneView) places(l *i18n.Localizer) {
	add := func(key, address string) {
		if address != "" {
			v.Places = append(v.Places, components.Link{Text: l.T(key), Href: address, Rel: "nofollow ugc"})
		}
	}
	one := func(field string) string { x, _ := v.C.Best(field, ""); return x.Text() }
	website := one("website")
	add("find.place_website", website)
	v.Places = append(v.Places, repositoryLinks(l, v.C)...)
	if len(v.Places) > 0 { // the way to the commons itself, before what is written about it
		v.Main = v.Places[0]
		v.Main.Text = l.T("find.go_website")
		if website == "" {
			v.Main.Text = l.T("find.go_repository")
		}
	}
	doc, _ := v.C.In("documentation", l.Lang())
	add("find.place_documentation", doc.Text())
	add("find.place_roadmap", one("roadmap"))
}

// row is a field as the page shows it, with where its value comes from.
func (v *oneView) row(l *i18n.Localizer, field string) (components.Row, bool) {
	x, ok := v.C.Best(field, "")
	if !ok {
		return components.Row{}, false
	}
	r := components.Row{Key: FieldName(l, field, ""), Source: sourceText(l, x)}
	f, _ := commons.FieldByName(field)
	switch f.Shape {
	case commons.Parties:
		r.Body = partyList(onceEach(x.PartyList()))
	case commons.Choices, commons.Words:
		words := x.List()
		if facet, ok := rowFacets[field]; ok {
			r.Body = valueLinks(l, field, facet, words)
			break
		}
		for i := range words {
			words[i] = word(l, field, words[i])
		}
		r.Value = strings.Join(words, ", ")
	case commons.Address:
		r.Body = components.Anchor(components.Link{Text: shortAddress(x.Text()), Href: x.Text(), Rel: "nofollow ugc"})
	default:
		r.Value = ValueText(l, field, "", x.JSON)
	}
	return r, true
}

// rowFacets are the fields whose values lead to the list of what else has them, by facet.
var rowFacets = map[string]string{"categories": "category", "audiences": "audience"}

func (v *oneView) rows(l *i18n.Localizer, fields ...string) []components.Row {
	var list []components.Row
	for _, f := range fields {
		if r, ok := v.row(l, f); ok {
			list = append(list, r)
		}
	}
	return list
}

// onceEach is a list of persons and organisations without what it says twice: a name that came before, an organisation that works for itself.
func onceEach(list []commons.Party) []commons.Party {
	var out []commons.Party
	for _, x := range list {
		if strings.EqualFold(x.Of, x.Name) {
			x.Of = ""
		}
		i := slices.IndexFunc(out, func(o commons.Party) bool { return strings.EqualFold(o.Name, x.Name) && (o.Of == x.Of || x.Of == "") })
		if i < 0 {
			out = append(out, x)
		} else if out[i].URL == "" {
			out[i].URL = x.URL
		}
	}
	return out
}

// shortAddress is an address as people say it: without its scheme and a slash at the end.
func shortAddress(s string) string {
	u, err := url.Parse(s)
	if err != nil || u.Host == "" {
		return s
	}
	return strings.TrimSuffix(u.Host+u.Path, "/")
}

// keepers are the names of who hold the role of steward on a commons, each once.
func (p *Pages) keepers(ctx context.Context, id string) ([]string, error) {
	grants, err := p.People.Grants(ctx, id)
	if err != nil {
		return nil, err
	}
	var names []string
	for _, g := range grants {
		if g.Role == people.Steward && g.Name != "" && !slices.Contains(names, g.Name) {
			names = append(names, g.Name)
		}
	}
	return names, nil
}

// fewKeepers is how many stewards a link names.
const fewKeepers = 3

// writeTo is the text of the link by which a reader writes: to the stewards by name, else to the administrators, as the letter goes.
func writeTo(l *i18n.Localizer, keepers []string) string {
	switch {
	case len(keepers) == 0:
		return l.T("find.act_write_admins")
	case len(keepers) > fewKeepers:
		return l.T("find.act_write")
	}
	return l.T("find.act_write_to", i18n.Args{"names": keepers})
}

// sources lists the places of the values that come from a line of a file.
func (v *oneView) sources(l *i18n.Localizer) {
	for _, f := range commons.Fields {
		for _, lang := range v.C.Langs(f.Name) { // "" alone for a field that is in no language
			x, ok := v.C.Best(f.Name, lang)
			if !ok || x.Source == commons.FromPerson || !strings.Contains(x.Note, ":") {
				continue
			}
			v.Sourced = append(v.Sourced, sourced{FieldName(l, f.Name, lang), lineText(l, x)})
		}
	}
}

func (v *oneView) who(l *i18n.Localizer) {
	v.Who = v.rows(l, "stewards", "maintainers", "maintenance", "funders", "users", "audiences", "countries", "territories")
	_, v.UsersKnown = v.C.Best("users", "")
	stewards, _ := v.C.Best("stewards", "")
	list := onceEach(stewards.PartyList())
	if len(list) == 0 {
		v.WhoTitle = l.T("find.who_nobody")
		if keep, _ := v.C.Best("maintainers", ""); len(keep.PartyList()) > 0 { // somebody answers for it all the same
			v.WhoTitle = keptTitle(l, onceEach(keep.PartyList()))
		}
		return
	}
	names := make([]string, 0, 3)
	for _, x := range list[:min(len(list), 3)] {
		names = append(names, x.Name)
	}
	v.WhoTitle = l.T("find.who_title", i18n.Args{"count": len(list), "names": names})
	if len(list) > 3 {
		v.WhoTitle = l.T("find.who_many", i18n.Args{"name": list[0].Name, "count": len(list) - 1})
	}
}

// keptTitle names who keeps a commons up of which no file says who stands behind it.
func keptTitle(l *i18n.Localizer, list []commons.Party) string {
	names := make([]string, 0, 3)
	for _, x := range list[:min(len(list), 3)] {
		names = append(names, x.Name)
	}
	if len(list) > 3 {
		return l.T("find.who_kept_many", i18n.Args{"name": list[0].Name, "count": len(list) - 1})
	}
	return l.T("find.who_kept", i18n.Args{"count": len(list), "names": names})
}

func (v *oneView) alive(l *i18n.Localizer) {
	v.Alive = v.rows(l, "version", "released", "stage")
	version, ok := v.C.Best("version", "")
	day, dated := v.C.Best("released", "")
	switch {
	case ok && dated:
		v.AliveTitle = l.T("find.alive_release", i18n.Args{"version": version.Text(), "date": dayText(l, day.Text())})
	case ok:
		v.AliveTitle = l.T("find.alive_version", i18n.Args{"version": version.Text()})
	case v.About.Facts.Releases > 0: // which of them is the last nobody says, but there are some
		v.AliveTitle = l.T("find.alive_releases", i18n.Args{"count": v.About.Facts.Releases})
	case v.About.SucceededAt > 0:
		v.AliveTitle = l.T("find.alive_none")
	default:
		v.AliveTitle = l.T("find.alive_unknown")
	}
	if v.About.Facts.Releases > 0 {
		v.Alive = append(v.Alive, components.Row{Key: l.T("find.releases"), Value: l.Int(int64(v.About.Facts.Releases)), Source: l.T("find.from_tags")})
	}
}

func (v *oneView) part(l *i18n.Localizer) {
	if doc, ok := v.C.In("documentation", l.Lang()); ok {
		v.Part = append(v.Part, components.Row{Key: FieldName(l, "documentation", ""), Source: sourceText(l, doc),
			Body: components.Anchor(components.Link{Text: shortAddress(doc.Text()), Href: doc.Text(), Rel: "nofollow ugc"})})
	}
	v.Part = append(v.Part, v.rows(l, "roadmap")...)
}

// fewParties is how many persons or organisations of a field stand on the page unfolded.
const fewParties = 8

// fileOrder is the order in which the files of a repository are shown: those that say how to take part first.
var fileOrder = []string{"contributing", "conduct", "governance", "security", "changelog", "readme", "licence", "publiccode"}

func (v *oneView) files(l *i18n.Localizer) {
	repository := ""
	if list := catalogue.Repositories(v.C); len(list) > 0 {
		repository = list[0]
	}
	for _, what := range fileOrder {
		if path := v.About.Facts.Files[what]; path != "" {
			v.Files = append(v.Files, fileLink{named(l, fileWords, what), path, forgeAddress(repository, v.About.Branch, path)})
		}
	}
}

// bare says that nothing is known of the commons yet but where its repository is.
func (v *oneView) bare() bool { return len(v.C.Values) == 0 }

// untold says whether a text of the commons is in a language that neither the import nor a person told.
func (v *oneView) untold() bool {
	return slices.ContainsFunc([]text{v.Summary, v.Description, v.Rules}, func(t text) bool { return t.Lang == commons.Undetermined })
}

// hasFile says whether the repository has one of the files by which a community says how it works.
func (v *oneView) hasFile(what string) bool { return v.About.Facts.Files[what] != "" }

// forgeAddress is where a forge shows a file, for the forges whose addresses are known; "" for others.
func forgeAddress(repository, branch, path string) string {
	u, err := url.Parse(repository)
	if err != nil || u.Scheme != "https" && u.Scheme != "http" || branch == "" || branch == "detached" {
		return ""
	}
	between := ""
	switch host := u.Hostname(); {
	case host == "github.com":
		between = "/blob/"
	case host == "gitlab.com" || strings.HasPrefix(host, "gitlab.") || strings.HasPrefix(host, "git.") && strings.Contains(host, "gitlab"):
		between = "/-/blob/"
	case host == "codeberg.org" || strings.HasPrefix(host, "gitea.") || strings.HasPrefix(host, "forgejo."):
		between = "/src/branch/"
	default:
		return ""
	}
	base := strings.TrimSuffix(strings.TrimSuffix(u.String(), "/"), ".git")
	parts := strings.Split(branch+"/"+path, "/")
	for i := range parts {
		parts[i] = url.PathEscape(parts[i])
	}
	return base + between + strings.Join(parts, "/")
}

// downloadOne answers with one commons as a file.
func (p *Pages) downloadOne(w http.ResponseWriter, r *http.Request, end string) error {
	by := web.Actor(r)
	c, err := p.Commons.BySlug(r.Context(), by, r.PathValue("slug"))
	if err != nil {
		return err
	}
	if c.State == commons.Merged {
		into, err := p.Commons.ByID(r.Context(), by, c.MergedInto)
		if err != nil {
			return err
		}
		moved(w, pathOf(into.Slug)+end)
		return nil
	}
	w.Header().Set("Content-Disposition", `attachment; filename="`+fileName(c.Slug)+end+`"`)
	if end == ".json" {
		return writeJSON(w, catalogue.ExportOf(c))
	}
	w.Header().Set("Content-Type", csvType)
	return catalogue.WriteOneCSV(c, web.L(r).Lang(), w)
}

// fileName is a slug as a header takes it; one in another script becomes a plain word.
func fileName(slug string) string {
	if strings.ContainsFunc(slug, func(r rune) bool { return r > 126 || r < 32 || r == '"' || r == '\\' }) {
		return "commons"
	}
	return slug
}

func (p *Pages) publicCodeFile(w http.ResponseWriter, r *http.Request) error {
	c, done, err := p.load(w, r)
	if err != nil || done {
		return err
	}
	file, err := p.Catalogue.PublicCode(r.Context(), web.Actor(r), c.ID)
	if err != nil {
		return err
	}
	sendYAML(w, file)
	return nil
}

// sendYAML answers with a publiccode.yml, to be kept under that name.
func sendYAML(w http.ResponseWriter, file []byte) {
	w.Header().Set("Content-Type", "application/yaml; charset=utf-8")
	w.Header().Set("Content-Disposition", `attachment; filename="publiccode.yml"`)
	_, _ = w.Write(file) // the client has gone: nobody to tell
}

func (p *Pages) refresh(w http.ResponseWriter, r *http.Request) error {
	c, _, err := p.loadFor(w, r, commons.ActRefresh)
	if err != nil {
		return err
	}
	if _, err := p.Catalogue.Refresh(r.Context(), web.Actor(r), c.ID); err != nil {
		return err
	}
	return web.SeeOther(w, r, pathOf(c.Slug))
}

// same says which commons has the same history. Its name may have changed since the repository was read; its address leads to it all the same.
func (v *oneView) same(r catalogue.Remark) {
	name, _ := r.Args["name"].(string)
	id, _ := r.Args["id"].(string)
	if v.Same, v.SamePath = name, "/commons/"+id; v.MayManage {
		v.SameMerge = v.Path + "/merge?" + url.Values{"into": {id}}.Encode()
	}
}

// licenceDiffers finds the remark that the declared licence is not the one of the licence file.
func licenceDiffers(remarks []catalogue.Remark) (catalogue.Remark, bool) {
	i := slices.IndexFunc(remarks, func(r catalogue.Remark) bool { return r.Code == "catalogue.remark.licence_differs" })
	if i < 0 {
		return catalogue.Remark{}, false
	}
	return remarks[i], true
}
