package catalogue

import (
	"context"
	"errors"
	"fmt"
	"path"
	"regexp"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"commun/engines/githistory"
	"commun/formats/licence"
	"commun/internal/core/commons"
	"commun/internal/platform/gitrepo"
)

// findings is all that one import read.
type findings struct {
	sources []commons.Source
	values  []commons.Value
	remarks []Remark
	facts   Facts
	name    string // by which the commons is to be called in its address
}

// reader reads a mirror at its head.
type reader struct {
	s       *Service
	repo    *gitrepo.Repo
	g       *gather
	address gitrepo.Address
	facts   Facts
	dead    map[string]bool // links that lead nowhere and were remarked
}

// enoughOfIt is the share of a licence file that must be the licence's own text for its name to be taken.
const enoughOfIt = 0.6

// read reads the mirror of a commons. Its errors are those of gitrepo (a mirror that is damaged) and of the database, never of the content.
func (s *Service) read(ctx context.Context, id, dir string, a gitrepo.Address) (findings, error) {
	forgotten, err := s.People.ForgottenIn(ctx, id)
	if err != nil {
		return findings{}, err
	}
	repo, err := gitrepo.Open(ctx, dir)
	if err != nil {
		return findings{}, err
	}
	r := &reader{s: s, repo: repo, g: newGather(forgotten), address: a, facts: Facts{Files: map[string]string{}}, dead: map[string]bool{}}
	d, err := r.publicCode(ctx)
	if err != nil {
		return findings{}, err
	}
	if err := errors.Join(r.licence(ctx, d), r.readme(ctx), r.tags(ctx), r.community(ctx)); err != nil {
		return findings{}, err
	}
	r.g.file = ""
	for what, name := range r.facts.Files {
		r.facts.Files[what] = shownName(name)
	}
	r.kind()
	if r.facts.Files["readme"] == "" && r.facts.Files["publiccode"] == "" {
		r.g.remark(place{}, remarkNoText, nil)
	}
	f := findings{sources: []commons.Source{commons.FromPublicCode, commons.FromRepository}, values: r.g.values, remarks: r.g.kept(), facts: r.facts}
	f.name = bestName(f.values)
	return f, nil
}

// bestName is the name that the strongest source gives.
func bestName(values []commons.Value) string {
	c := commons.Commons{Values: values}
	if v, ok := c.Best("name", ""); ok {
		return v.Text()
	}
	return ""
}

// file reads one file of at most limit bytes; a larger one gives nil and a remark.
func (r *reader) file(ctx context.Context, name string, limit int64) ([]byte, error) {
	b, err := r.repo.File(ctx, name, limit)
	switch gitrepo.KeyOf(err) {
	case gitrepo.KeyFileTooLarge:
		r.g.file = name
		args := map[string]any{"path": name, "limit": limit}
		if size, ok := argOf(err, "size"); ok {
			args["size"] = size
		}
		r.g.remark(place{}, remarkTooLarge, args)
		return nil, nil
	case gitrepo.KeyFileMissing:
		return nil, nil
	}
	if err == nil && b == nil {
		b = []byte{} // empty, which is something else than not there
	}
	return b, err
}

// firstOf finds the first of names among the files at the root, else behind a symbolic link there. One that leads nowhere in the repository is remarked.
func (r *reader) firstOf(ctx context.Context, names ...string) (gitrepo.Entry, bool, error) {
	if e, ok := r.repo.FirstOf(names...); ok {
		return e, true, nil
	}
	to, link, ok, err := r.repo.LinkOf(ctx, names...)
	if err == nil && !ok && link.Name != "" && !r.dead[link.Name] {
		r.dead[link.Name] = true
		r.g.file = link.Name
		r.g.remark(place{}, remarkLink, map[string]any{"path": link.Name})
	}
	return to, ok, err
}

func (r *reader) publicCode(ctx context.Context) (declared, error) {
	e, ok, err := r.firstOf(ctx, "publiccode.yml", "publiccode.yaml")
	if err != nil || !ok {
		return declared{}, err
	}
	r.facts.Files["publiccode"] = e.Name
	raw, err := r.file(ctx, e.Name, int64(r.s.Limits.PublicCode))
	if err != nil || raw == nil {
		return declared{}, err
	}
	f, d := r.g.publicCode(e.Name, r.address.String(), raw, r.s.readLimits())
	r.facts.Valid, r.facts.Standard = f.Valid(), f.Doc.Version
	return d, nil
}

func (r *reader) licence(ctx context.Context, d declared) error {
	name, err := r.licenceFile(ctx)
	if err != nil {
		return err
	}
	found := ""
	if name != "" {
		r.facts.Files["licence"] = name
		raw, err := r.file(ctx, name, r.s.Limits.Text)
		if err != nil {
			return err
		}
		if raw != nil {
			id, coverage, err := r.s.Detector.Detect(raw)
			if err != nil {
				return fmt.Errorf("read licence: %w", err)
			}
			r.facts.Coverage = coverage
			if expression, err := licence.Normalise(id); err == nil && coverage >= enoughOfIt {
				found = expression.Current(r.saysLater(ctx, id, d, name, raw)).String()
			} else {
				r.g.file = name
				r.g.remark(place{}, remarkLicenceFile, map[string]any{"path": name})
			}
		}
	}
	r.g.file = r.facts.Files["publiccode"]
	r.g.licence(d, found, name)
	return nil
}

// saysLater tells whether the repository allows later versions of a GNU licence, whose text leaves that open: its publiccode.yml, the name of the
// licence file, what stands before the licence's text there, or the README. The first that tells is believed.
func (r *reader) saysLater(ctx context.Context, id string, d declared, name string, file []byte) bool {
	if e, err := licence.Normalise(id); err != nil || !e.Open() {
		return false
	}
	texts := []string{d.text, name, licence.Notice(string(file))}
	if readme, ok, _ := r.firstOf(ctx, "README.md", "README*"); ok {
		raw, _ := r.repo.File(ctx, readme.Name, r.s.Limits.Text) // a README that cannot be read tells nothing, and is remarked where it is described
		texts = append(texts, string(raw))
	}
	for _, text := range texts {
		if later, ok := licence.SaysLater(text, id); ok {
			return later
		}
	}
	return false
}

// licenceFile finds the file that holds the licence: at the root, or the only one in the folder that REUSE asks for.
func (r *reader) licenceFile(ctx context.Context) (string, error) {
	if e, ok, err := r.firstOf(ctx, "LICENSE*", "LICENCE*", "COPYING*", "UNLICENSE*", "MIT-LICENSE*"); ok || err != nil {
		return e.Name, err
	}
	root, err := r.repo.Tree(ctx, "")
	if err != nil {
		return "", err
	}
	for _, e := range root {
		if e.Kind != gitrepo.Folder || !strings.EqualFold(e.Name, "LICENSES") {
			continue
		}
		list, err := r.repo.Tree(ctx, e.Name)
		if err != nil {
			return "", err
		}
		if len(list) == 1 && list[0].Kind == gitrepo.File {
			return e.Name + "/" + list[0].Name, nil
		}
	}
	return "", nil
}

// readmeLang is the name of a README in one language among others: README.fr.md.
var readmeLang = regexp.MustCompile(`(?i)^readme[._-]([a-z]{2})(?:[._-][a-z]{2})?\.(?:md|markdown|rst|txt)$`)

func (r *reader) readme(ctx context.Context) error {
	r.g.source = commons.FromRepository
	main, ok, err := r.firstOf(ctx, "README.md", "README*")
	if err != nil {
		return err
	}
	if !ok {
		r.name(readme{}, "")
		return nil
	}
	r.facts.Files["readme"] = main.Name
	raw, err := r.file(ctx, main.Name, r.s.Limits.Text)
	if err != nil {
		return err
	}
	first := readme{}
	if raw != nil {
		first = parseReadme(main.Name, raw)
		if m := readmeLang.FindStringSubmatch(main.Name); m != nil {
			first.lang = strings.ToLower(m[1])
		}
		r.describe(first, main.Name)
	}
	r.name(first, main.Name)
	root, err := r.repo.Tree(ctx, "")
	if err != nil {
		return err
	}
	for _, e := range root {
		m := readmeLang.FindStringSubmatch(e.Name)
		if m == nil || e.Kind != gitrepo.File || e.Name == main.Name {
			continue
		}
		lang, known := baseLanguage(m[1])
		if !known {
			continue
		}
		raw, err := r.file(ctx, e.Name, r.s.Limits.Text)
		if err != nil {
			return err
		}
		if raw != nil {
			other := parseReadme(e.Name, raw)
			other.lang = lang
			r.describe(other, e.Name)
		}
	}
	return nil
}

func (r *reader) describe(text readme, file string) {
	r.g.file = file
	at := place{note: file}
	if text.summary != "" {
		field, _ := commons.FieldByName("summary")
		r.g.text("summary", text.lang, cutText(text.summary, field.Max), at) // a first paragraph is cut without a word: it was never meant as a summary
	}
	field, _ := commons.FieldByName("description")
	r.g.text("description", text.lang, cutText(text.text, field.Max), at)
}

// titleRunes is the longest title that may be a name; a longer one is a slogan.
const titleRunes = 60

// nameIn takes the name out of a title that goes on with what the thing is: "Git - fast, scalable …".
func nameIn(title string) string {
	for _, sep := range []string{" - ", " – ", " — ", ": ", " | "} {
		if head, _, found := strings.Cut(title, sep); found && utf8.RuneCountInString(head) > 1 {
			title = head
		}
	}
	return strings.TrimSpace(title)
}

// name puts the README's title, or else what the address calls the repository.
func (r *reader) name(text readme, file string) {
	title := nameIn(text.title)
	switch n := utf8.RuneCountInString(title); {
	case n < 2, n > titleRunes, strings.EqualFold(title, "readme"):
		r.g.file = ""
		r.g.text("name", "", nameOf(r.address), place{})
	default:
		r.g.file = file
		r.g.text("name", "", title, place{note: file})
	}
}

func (r *reader) tags(ctx context.Context) error {
	tags, err := r.repo.Tags(ctx)
	if err != nil {
		return err
	}
	r.facts.Tags = len(tags)
	var last, lastPre *gitrepo.Tag
	for i := range tags {
		// the rule of the figures, so that a page never counts two ways
		v, ok := githistory.ParseVersion(tags[i].Name)
		switch {
		case !ok:
		case v.Prerelease:
			if lastPre == nil {
				lastPre = &tags[i]
			}
		default:
			r.facts.Releases++
			if last == nil {
				last = &tags[i]
			}
		}
	}
	if last == nil {
		last = lastPre
	}
	if last == nil {
		return nil
	}
	r.g.source, r.g.file = commons.FromRepository, ""
	at := place{note: last.Name}
	r.g.text("version", "", strings.TrimPrefix(strings.TrimPrefix(last.Name, "v"), "V"), at)
	// clocks of committers are often wrong; a release of tomorrow or of 1970 is none
	if last.Date.After(time.Date(1990, 1, 1, 0, 0, 0, 0, time.UTC)) && last.Date.Before(time.Now().Add(24*time.Hour)) {
		r.g.text("released", "", last.Date.UTC().Format(time.DateOnly), at)
	}
	return nil
}

// community notes the files by which a community says how it works; the rules themselves are read.
func (r *reader) community(ctx context.Context) error {
	root, err := r.repo.Tree(ctx, "")
	if err != nil {
		return err
	}
	folders := map[string][]gitrepo.Entry{"": root}
	for _, e := range root {
		if e.Kind == gitrepo.Folder && slices.Contains([]string{".github", ".gitlab", "docs", "doc"}, e.Name) {
			if folders[e.Name], err = r.repo.Tree(ctx, e.Name); err != nil {
				return err
			}
		}
	}
	for what, names := range map[string][]string{
		"contributing": {"CONTRIBUTING", "CONTRIBUER"},
		"conduct":      {"CODE_OF_CONDUCT", "CODE-OF-CONDUCT", "CONDUCT"},
		"governance":   {"GOVERNANCE", "GOUVERNANCE"},
		"security":     {"SECURITY"},
		"changelog":    {"CHANGELOG", "CHANGES", "HISTORY", "NEWS", "RELEASES"},
	} {
		if p := findIn(folders, names); p != "" {
			r.facts.Files[what] = p
		}
	}
	if p := r.facts.Files["governance"]; p != "" {
		raw, err := r.file(ctx, p, r.s.Limits.Text)
		if err != nil {
			return err
		}
		if raw != nil {
			rules := parseReadme(p, raw)
			field, _ := commons.FieldByName("rules")
			r.g.source, r.g.file = commons.FromRepository, p
			r.g.text("rules", rules.lang, cutText(rules.text, field.Max), place{note: p})
		}
	}
	return nil
}

// findIn returns the path of the first file that bears one of names, with any ending of a text, at the root before the folders.
func findIn(folders map[string][]gitrepo.Entry, names []string) string {
	for _, folder := range []string{"", ".github", ".gitlab", "docs", "doc"} {
		for _, want := range names {
			for _, e := range folders[folder] {
				ext := strings.ToLower(path.Ext(e.Name))
				if e.Kind == gitrepo.File && utf8.ValidString(e.Name) && strings.EqualFold(strings.TrimSuffix(e.Name, path.Ext(e.Name)), want) &&
					slices.Contains([]string{"", ".md", ".rst", ".txt", ".adoc", ".markdown"}, ext) {
					return strings.TrimPrefix(folder+"/"+e.Name, "/")
				}
			}
		}
	}
	return ""
}

// kindEndings says by the ending of a name what a file is most likely a part of.
var kindEndings = map[string]string{
	".csv": "data", ".tsv": "data", ".geojson": "data", ".parquet": "data", ".gpkg": "data", ".shp": "data", ".xlsx": "data", ".ods": "data",
	".md": "documents", ".rst": "documents", ".adoc": "documents", ".tex": "documents", ".odt": "documents", ".pdf": "documents", ".docx": "documents",
	".kicad_pcb": "hardware", ".kicad_sch": "hardware", ".sch": "hardware", ".brd": "hardware", ".step": "hardware", ".stl": "hardware", ".scad": "hardware",
	".umap": "map", ".osm": "map", ".pbf": "map", ".qgz": "map", ".qgs": "map",
}

// kind guesses what the resource is from the files at the root: code, unless nothing there but texts that come with everything is of a
// program, and something else is.
func (r *reader) kind() {
	root, err := r.repo.Tree(context.Background(), "") // held in memory since Open
	if err != nil {
		return
	}
	count, example := map[string]int{}, map[string]string{}
	for _, e := range root {
		if e.Kind != gitrepo.File || isStandard(e.Name) || !utf8.ValidString(e.Name) {
			continue
		}
		kind, ok := kindEndings[strings.ToLower(path.Ext(e.Name))]
		if !ok {
			if strings.HasPrefix(e.Name, ".") {
				continue
			}
			kind = "code"
		}
		if count[kind]++; example[kind] == "" {
			example[kind] = e.Name
		}
	}
	best := "code"
	if count["code"] == 0 {
		for _, k := range []string{"data", "map", "hardware", "documents"} {
			if count[k] > 0 && count[k] >= count[best] {
				best = k
				break
			}
		}
	}
	r.g.source = commons.FromRepository
	r.g.text("kind", "", best, place{note: example[best]})
}

// isStandard says whether a file is one that comes with a repository of any kind.
func isStandard(name string) bool {
	upper := strings.ToUpper(name)
	for _, p := range []string{"README", "LICEN", "COPYING", "CONTRIBUT", "CODE_OF_CONDUCT", "CODE-OF-CONDUCT", "GOVERNANCE", "SECURITY", "CHANGELOG",
		"CHANGES", "HISTORY", "AUTHORS", "PUBLICCODE.Y", "CITATION", "NOTICE", "SUPPORT"} {
		if strings.HasPrefix(upper, p) {
			return true
		}
	}
	return false
}
