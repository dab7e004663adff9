package catalogue

import (
	"bytes"
	"cmp"
	"encoding/json"
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode"
	"unicode/utf16"
	"unicode/utf8"

	"golang.org/x/text/encoding/charmap"
	"golang.org/x/text/language"

	"commun/formats/licence"
	"commun/formats/publiccode"
	"commun/internal/core/commons"
)

// undetermined is the language of a text that is in none that we know: BCP 47's own word for it.
const undetermined = "und"

// declared is what a publiccode.yml says of the licence, to be weighed against the licence file.
type declared struct {
	text string // as written; "" when the file says nothing
	at   place
}

// publicCode reads a publiccode.yml into g and returns what it declares as licence. address is the repository that it was found in, "" when
// that is not known.
func (g *gather) publicCode(name, address string, raw []byte, limits publiccode.Limits) (*publiccode.File, declared) {
	g.source, g.file = commons.FromPublicCode, name
	f, _ := publiccode.Read(bytes.NewReader(raw), limits) // its error is among the problems
	for _, p := range f.Judge() {
		g.judged[p.Key] = true
		r := Remark{File: name, Severity: string(p.Severity), Line: p.Line, Column: p.Column, Key: p.Key, Code: p.Code, Text: map[string]string{}}
		for _, lang := range publiccode.Languages() {
			r.Text[lang] = g.scrub(p.Text(lang), place{})
		}
		g.remarks = append(g.remarks, r)
	}
	m := mapper{g: g, f: f, name: name}
	if address != "" && f.IsFork(address) {
		url, _ := printable(f.Doc.URL, false)
		g.remark(m.at("url"), remarkFork, map[string]any{"url": cutText(url, 200)})
	}
	m.all()
	g.rawFile(f, raw, place{note: name})
	d := declared{text: strings.TrimSpace(f.Doc.Legal.License), at: m.at("legal.license")}
	return f, d
}

// newer compares how recent two publiccode.yml are, by what they say themselves: more than 0 when a is the more recent. A file that names the day of
// its release stands before one that names none; then the later day; then a file that gives a name of its own before one that repeats the path of its
// repository, as machines do that list the repositories of others; then the later version of the standard. a and b are the values that the files gave.
func newer(a, b []commons.Value, limits publiccode.Limits) int {
	if n := strings.Compare(dayOf(a), dayOf(b)); n != 0 {
		return n
	}
	nameA, standardA := careOf(a, limits)
	nameB, standardB := careOf(b, limits)
	return cmp.Or(cmp.Compare(nameA, nameB), cmp.Compare(standardA, standardB))
}

// dayOf is the day of the release that a file describes, "" when it gives none. One that is still to come is none.
func dayOf(values []commons.Value) string {
	v, _ := commons.Commons{Values: values}.Of(commons.FromPublicCode, "released", "")
	if day := v.Text(); day <= time.Now().Add(24*time.Hour).UTC().Format(time.DateOnly) {
		return day
	}
	return ""
}

// careOf tells a file that somebody wrote from one that a machine did: name is 1 when it gives a name of its own, standard orders the versions of the
// standard, 0 for one that was never released.
func careOf(values []commons.Value, limits publiccode.Limits) (name, standard int) {
	v, _ := commons.Commons{Values: values}.Of(commons.FromPublicCode, "publiccode", "")
	f, _ := publiccode.Read(strings.NewReader(v.Text()), limits) // a file that cannot be read gives no name and follows no version
	n := strings.ToLower(strings.TrimSpace(f.Doc.Name))
	path := strings.Contains(n, "/") && strings.HasSuffix(strings.ToLower(strings.TrimSuffix(f.Doc.URL, ".git")), "/"+n)
	if n != "" && !path {
		name = 1
	}
	if slices.Contains(publiccode.Versions(), f.Doc.Version) {
		standard = 1 + slices.Index(publiccode.Versions(), f.Version()) // "0.5" and "0.5.0" are one
	}
	return name, standard
}

// mapper puts what a file says into the fields of commons.
type mapper struct {
	g    *gather
	f    *publiccode.File
	name string
}

// at is the place of the first of keys that the file has.
func (m mapper) at(keys ...string) place {
	for _, k := range keys {
		if m.f.Root.At(k) != nil {
			line := m.f.Position(k).Line
			return place{note: m.name + ":" + strconv.Itoa(line), key: k, line: line}
		}
	}
	return place{note: m.name, key: keys[0]}
}

func (m mapper) all() {
	d, g := m.f.Doc, m.g
	g.text("name", "", d.Name, m.at("name"))
	m.descriptions()
	if d.Type != "" {
		g.text("kind", "", "code", m.at("softwareType")) // all that the standard describes is software
	}
	g.text("stage", "", d.Status, m.at("developmentStatus"))
	g.text("website", "", d.LandingURL, m.at("landingURL"))
	g.text("roadmap", "", d.Roadmap, m.at("roadmap"))
	g.text("version", "", d.SoftwareVersion, m.at("softwareVersion", "latestRelease.version"))
	g.text("released", "", d.ReleaseDate, m.at("releaseDate", "latestReleaseDate", "latestRelease.date"))
	g.text("maintenance", "", d.Maintenance.Type, m.at("maintenance.type"))
	g.list("audiences", "", d.IntendedAudience.Scope, m.at("intendedAudience.scope", "intendedAudience.onlyFor"))
	g.list("countries", "", upperCase(d.IntendedAudience.Countries), m.at("intendedAudience.countries"))
	g.list("languages", "", d.Localisation.AvailableLanguages, m.at("localisation.availableLanguages"))
	g.list("categories", "", d.Categories, m.at("categories", "tags"))
	g.list("platforms", "", d.Platforms, m.at("platforms"))
	m.parties()
}

// descriptions puts the texts of each language. Tags that mean one language for us ("it", "it-IT") are taken in their order.
func (m mapper) descriptions() {
	for _, tag := range slices.Sorted(maps.Keys(m.f.Doc.Description)) {
		d, key := m.f.Doc.Description[tag], "description."+tag
		if strings.ContainsAny(tag, ".[]\"") {
			key = "description[" + strconv.Quote(tag) + "]"
		}
		lang, ok := baseLanguage(tag)
		if !ok {
			m.g.remark(m.at(key), remarkLanguage, map[string]any{"value": cutText(tag, 40)})
		}
		if d.ShortDescription != "" {
			m.g.text("summary", lang, d.ShortDescription, m.at(key+".shortDescription"))
		} else {
			m.g.text("summary", lang, d.GenericName, m.at(key+".genericName"))
		}
		m.g.text("description", lang, d.LongDescription, m.at(key+".longDescription"))
		m.g.text("documentation", lang, d.Documentation, m.at(key+".documentation"))
		m.g.list("features", lang, d.Features, m.at(key+".features", key+".featureList"))
	}
}

func (m mapper) parties() {
	d, g := m.f.Doc, m.g
	switch {
	case d.Organisation.Name != "":
		g.parties("stewards", []commons.Party{{Name: d.Organisation.Name, URL: webOnly(d.Organisation.URI)}}, m.at("organisation"))
	case d.Legal.MainCopyrightOwner != "":
		g.parties("stewards", []commons.Party{{Name: d.Legal.MainCopyrightOwner}}, m.at("legal.mainCopyrightOwner"))
	case d.Legal.RepoOwner != "":
		g.parties("stewards", []commons.Party{{Name: d.Legal.RepoOwner}}, m.at("legal.repoOwner"))
	}
	var list []commons.Party
	for _, c := range d.Maintenance.Contacts {
		if !g.isForgotten(c.Name) && !g.isForgotten(c.Email) && c.Name != "…" { // an ellipsis is what stands for one who was left out before
			list = append(list, commons.Party{Name: c.Name, Of: c.Affiliation}) // a person's name; never the address or the number
		}
	}
	for _, c := range d.Maintenance.Contractors {
		list = append(list, commons.Party{Name: c.Name, URL: webOnly(c.Website)})
	}
	g.parties("maintainers", list, m.at("maintenance.contacts", "maintenance.contractors"))
	list = nil
	for _, u := range d.UsedBy {
		list = append(list, commons.Party{Name: u})
	}
	g.parties("users", list, m.at("usedBy"))
	list = nil
	for _, o := range d.FundedBy {
		list = append(list, commons.Party{Name: o.Name, URL: webOnly(o.URI)})
	}
	g.parties("funders", list, m.at("fundedBy"))
}

// rawFile keeps the file's text, without what a forgotten contact is known by: the telephone number goes with the name.
func (g *gather) rawFile(f *publiccode.File, raw []byte, at place) {
	text := g.withoutContacts(f, decoded(raw), at)
	field, _ := commons.FieldByName("publiccode")
	if utf8.RuneCountInString(text) > field.Max || text == "" {
		return
	}
	value, err := json.Marshal(text)
	if err != nil {
		return // a string always encodes
	}
	g.raw("publiccode", "", value, at)
}

// withoutContacts returns a file's text without what a forgotten contact is known by: the values of that contact's own keys, and no other word that is
// written like one of them.
func (g *gather) withoutContacts(f *publiccode.File, text string, at place) string {
	work := *f // f is judged by what was written
	var stay []string
	for i, c := range f.Doc.Maintenance.Contacts {
		if !g.isForgotten(c.Name) && !g.isForgotten(c.Email) {
			continue
		}
		g.erasedOne(at)
		for _, x := range []struct{ key, value string }{{"name", c.Name}, {"email", c.Email}, {"phone", c.Phone}} {
			if strings.TrimSpace(x.value) == "" {
				continue
			}
			if err := work.Set("maintenance.contacts["+strconv.Itoa(i)+"]."+x.key, "…"); err != nil {
				stay = append(stay, x.value)
			} else {
				text = decoded(work.Bytes())
			}
		}
	}
	for _, value := range stay { // it stands behind a reference, say: wherever it stands whole, then
		text = withoutWhole(text, value)
	}
	return g.scrub(text, at)
}

// withoutWhole replaces a value where it stands by itself: "Ann" is not in "Annual".
func withoutWhole(text, value string) string {
	if len(strings.TrimSpace(value)) < 4 {
		return text
	}
	part := func(r rune) bool { return r != utf8.RuneError && (unicode.IsLetter(r) || unicode.IsDigit(r)) }
	var b strings.Builder
	for {
		i := strings.Index(text, value)
		if i < 0 {
			b.WriteString(text)
			return b.String()
		}
		end := i + len(value)
		before, _ := utf8.DecodeLastRuneInString(text[:i])
		after, _ := utf8.DecodeRuneInString(text[end:])
		if b.WriteString(text[:i]); part(before) || part(after) {
			b.WriteString(value)
		} else {
			b.WriteString("…")
		}
		text = text[end:]
	}
}

// beforeStored returns the file of a list as it may be stored: without persons who were forgotten, so that not even the rows that wait for
// their turn bring one back.
func beforeStored(raw string, forgotten func(string) bool, limits publiccode.Limits) string {
	g, text := newGather(forgotten), decoded([]byte(raw))
	if raw == "" || g.scrub(text, place{}) == text {
		return raw // as nearly every file: its bytes stay as they are
	}
	f, _ := publiccode.Read(strings.NewReader(raw), limits) // a file that can't be read has no contacts
	return g.withoutContacts(f, text, place{})
}

// decoded returns a file's bytes as text, by the same guesses as formats/publiccode.
func decoded(raw []byte) string {
	switch {
	case bytes.HasPrefix(raw, []byte("\xff\xfe")), bytes.HasPrefix(raw, []byte("\xfe\xff")):
		var units []uint16
		for i := 2; i+1 < len(raw); i += 2 {
			hi, lo := raw[i], raw[i+1]
			if raw[0] == 0xff {
				hi, lo = lo, hi
			}
			units = append(units, uint16(hi)<<8|uint16(lo))
		}
		return string(utf16.Decode(units))
	case utf8.Valid(raw):
		return string(raw)
	}
	if text, err := charmap.Windows1252.NewDecoder().Bytes(raw); err == nil {
		return string(text)
	}
	return strings.ToValidUTF8(string(raw), "\ufffd")
}

// licence weighs what publiccode.yml declares against what the licence file holds. The field holds an SPDX expression when one can be had.
func (g *gather) licence(d declared, found, path string) {
	if found != "" {
		g.source = commons.FromRepository
		g.text("licence", "", found, place{note: path})
		g.text("licence_file", "", found, place{note: path})
	}
	if d.text == "" {
		return
	}
	g.source = commons.FromPublicCode
	expression, err := licence.Normalise(d.text)
	expression = expression.Current(strings.HasSuffix(found, "-or-later") && speaksOf(expression, found))
	shown, _ := printable(d.text, false)
	shown = cutText(shown, 100)
	switch {
	case err == nil:
		at := d.at
		if expression.String() != d.text {
			at.note += " (" + shown + ")" // what was written
		}
		g.text("licence", "", expression.String(), at)
		if found != "" && !speaksOf(expression, found) {
			g.remark(d.at, remarkLicenceDiffers, map[string]any{"declared": expression.String(), "found": found, "path": path})
		}
	case found != "":
		g.remark(d.at, remarkLicence, map[string]any{"value": shown, "found": found})
	default:
		g.text("licence", "", d.text, d.at)
	}
}

// speaksOf tells whether an expression names a licence, whether or not it says "only" or "or later", which a licence's text does not.
func speaksOf(e licence.Expression, id string) bool {
	return slices.ContainsFunc(e.Licences(), func(l string) bool { return versionOf(l) == versionOf(id) })
}

func versionOf(id string) string {
	for _, end := range []string{"-only", "-or-later", "+"} {
		id = strings.TrimSuffix(id, end)
	}
	return id
}

// baseLanguage reduces a tag to its language; ok is false for what is no tag, which becomes undetermined.
func baseLanguage(tag string) (lang string, ok bool) {
	t, err := language.Parse(strings.ReplaceAll(strings.TrimSpace(tag), "_", "-"))
	if err != nil {
		return undetermined, false
	}
	base, confidence := t.Base()
	if confidence == language.No {
		return undetermined, false
	}
	return base.String(), true
}

func upperCase(list []string) []string {
	out := slices.Clone(list)
	for i := range out {
		out[i] = strings.ToUpper(strings.TrimSpace(out[i]))
	}
	return out
}

// webOnly returns s when it is a web address: an organisation's uri is often a urn, which no link can lead to.
func webOnly(s string) string {
	if s = strings.TrimSpace(s); strings.HasPrefix(s, "https://") || strings.HasPrefix(s, "http://") {
		return s
	}
	return ""
}
