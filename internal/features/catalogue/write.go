package catalogue

import (
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"
	"unicode"

	"commun/formats/licence"
	"commun/formats/publiccode"
	"commun/internal/core/commons"
	"commun/internal/core/people"
	"commun/internal/platform/fault"
)

// docOf says what is known of a commons in the words of publiccode.yml.
func docOf(c *commons.Commons) publiccode.Doc {
	text := func(field string) string { v, _ := c.Best(field, ""); return v.Text() }
	list := func(field string) []string { v, _ := c.Best(field, ""); return v.List() }
	parties := func(field string) []commons.Party { v, _ := c.Best(field, ""); return v.PartyList() }
	d := publiccode.Doc{Name: c.Name(), LandingURL: text("website"), Roadmap: text("roadmap"), SoftwareVersion: text("version"), ReleaseDate: text("released"),
		Platforms: list("platforms"), Categories: known(list("categories"), publiccode.Vocabularies().Categories), Status: text("stage"),
		Description: map[string]publiccode.Description{}}
	if repos := Repositories(*c); len(repos) > 0 {
		d.URL = repos[0]
	}
	d.Legal.License = text("licence")
	d.Localisation.AvailableLanguages = list("languages")
	d.IntendedAudience.Countries, d.IntendedAudience.Scope = list("countries"), known(list("audiences"), publiccode.Vocabularies().Scopes)
	for _, p := range publishers(c) {
		if p.URL != "" { // the standard wants an address, and a steward without one may be a person
			d.Organisation = publiccode.Organisation{Name: p.Name, URI: p.URL}
			break
		}
	}
	for _, p := range parties("users") {
		d.UsedBy = append(d.UsedBy, p.Name)
	}
	for _, p := range parties("funders") {
		d.FundedBy = append(d.FundedBy, publiccode.Organisation{Name: p.Name, URI: p.URL})
	}
	if d.Maintenance.Type = text("maintenance"); d.Maintenance.Type != "contract" {
		for _, p := range parties("maintainers") {
			d.Maintenance.Contacts = append(d.Maintenance.Contacts, publiccode.Contact{Name: p.Name, Affiliation: p.Of})
		}
	}
	for _, lang := range descriptionLangs(c) {
		var t publiccode.Description
		for _, f := range []struct {
			field string
			to    *string
		}{{"summary", &t.ShortDescription}, {"description", &t.LongDescription}, {"documentation", &t.Documentation}} {
			v, _ := c.Best(f.field, lang)
			*f.to = v.Text()
		}
		v, _ := c.Best("features", lang)
		t.Features = v.List()
		d.Description[lang] = t
	}
	return d
}

// descriptionLangs returns the languages in which something describes the commons, without the undetermined one, for which the standard has no key.
func descriptionLangs(c *commons.Commons) []string {
	langs := map[string]bool{}
	for _, f := range []string{"summary", "description", "documentation", "features"} {
		for _, l := range c.Langs(f) {
			langs[l] = l != undetermined
		}
	}
	return slices.DeleteFunc(slices.Sorted(maps.Keys(langs)), func(l string) bool { return !langs[l] })
}

// known keeps the values that a vocabulary has.
func known(values, vocabulary []string) []string {
	return slices.DeleteFunc(slices.Clone(values), func(v string) bool { return !slices.Contains(vocabulary, v) })
}

// PublicCode returns a publiccode.yml of a commons: the repository's own file, every byte of it, with what persons corrected here set into it;
// or, when it has none or one that cannot be read, a new file of what is known, which the standard may find wanting (see Prefill).
func (s *Service) PublicCode(ctx context.Context, by people.Actor, id string) ([]byte, error) {
	c, err := s.Commons.ByID(ctx, by, id)
	if err != nil {
		return nil, err
	}
	if v, ok := c.Best("publiccode", ""); ok {
		f, err := publiccode.Read(strings.NewReader(v.Text()), publiccode.Limits{})
		if err == nil {
			correct(f, &c)
			return f.Bytes(), nil
		}
	}
	f, err := publiccode.New(docOf(&c))
	if err != nil {
		return nil, fmt.Errorf("write publiccode.yml of %s: %w", id, err)
	}
	return f.Bytes(), nil
}

// correct sets what persons said into the repository's own file. A key that cannot be changed alone stays as it is: the file is still the
// repository's, and the catalogue's own exports have the correction.
func correct(f *publiccode.File, c *commons.Commons) {
	set := func(key string, v commons.Value, value any) {
		if string(v.JSON) == "null" {
			_ = f.Delete(key)
			return
		}
		_ = f.Set(key, value)
	}
	for _, v := range c.Values {
		if v.Source.Takes() != "" { // taken back here: the file says what stands instead
			now, ok := c.Best(v.Field, v.Lang)
			if v.JSON = now.JSON; !ok {
				v.JSON = json.RawMessage("null")
			}
		} else if v.Source != commons.FromPerson {
			continue
		}
		switch v.Field {
		case "summary", "description", "documentation", "features":
			set(descriptionKey(f, v), v, ofShape(v))
		case "stewards":
			if p := v.PartyList(); len(p) > 0 {
				set("organisation", v, publiccode.Organisation{Name: p[0].Name, URI: p[0].URL})
			}
		case "users":
			var names []string
			for _, p := range v.PartyList() {
				names = append(names, p.Name)
			}
			set("usedBy", v, names)
		default:
			if key, ok := keysOfFields[v.Field]; ok {
				set(key, v, ofShape(v))
			}
		}
	}
}

// keysOfFields are the keys whose value is a field's as it is.
var keysOfFields = map[string]string{"name": "name", "licence": "legal.license", "stage": "developmentStatus", "website": "landingURL", "roadmap": "roadmap",
	"audiences": "intendedAudience.scope", "countries": "intendedAudience.countries", "languages": "localisation.availableLanguages",
	"categories": "categories", "platforms": "platforms", "version": "softwareVersion", "released": "releaseDate", "maintenance": "maintenance.type"}

func ofShape(v commons.Value) any {
	f, _ := commons.FieldByName(v.Field)
	if f.Shape == commons.Words || f.Shape == commons.Choices {
		return v.List()
	}
	return v.Text()
}

// descriptionKey is the key of a text, under the tag that the file itself uses for its language ("it-IT" for "it").
func descriptionKey(f *publiccode.File, v commons.Value) string {
	tag := v.Lang
	for _, own := range slices.Sorted(maps.Keys(f.Doc.Description)) {
		if lang, ok := baseLanguage(own); ok && lang == v.Lang {
			tag = own
			break
		}
	}
	return "description." + tag + "." + map[string]string{"summary": "shortDescription", "description": "longDescription", "documentation": "documentation",
		"features": "features"}[v.Field]
}

// publishers are the stewards of a commons that may be the organisation that publishes it: none that is named as a maintainer too, or that works for
// another, since those are persons.
func publishers(c *commons.Commons) []commons.Party {
	stewards, _ := c.Best("stewards", "")
	maintainers, _ := c.Best("maintainers", "")
	return slices.DeleteFunc(stewards.PartyList(), func(p commons.Party) bool {
		return p.Of != "" || slices.ContainsFunc(maintainers.PartyList(), func(m commons.Party) bool { return strings.EqualFold(m.Name, p.Name) })
	})
}

// Prefill returns what is known of a commons, to begin a publiccode.yml with: the form for a project that has none. The organisation that publishes it
// is a steward with an address, or one that is an organisation of this site.
func (s *Service) Prefill(ctx context.Context, by people.Actor, id string) (publiccode.Doc, error) {
	c, err := s.Commons.ByID(ctx, by, id)
	if err != nil {
		return publiccode.Doc{}, err
	}
	d := docOf(&c)
	if list := publishers(&c); d.Organisation.Name == "" && len(list) > 0 {
		if d.Organisation, err = s.organisation(ctx, list); err != nil {
			return publiccode.Doc{}, err
		}
	}
	return Fill(d), nil
}

// organisation returns the first of parties that is an organisation of this site, in the words of the standard.
func (s *Service) organisation(ctx context.Context, parties []commons.Party) (publiccode.Organisation, error) {
	const page = 100
	found := map[string]people.Organisation{}
	for after := ""; ; {
		list, err := s.People.Organisations(ctx, after, page)
		if err != nil {
			return publiccode.Organisation{}, fmt.Errorf("find organisations: %w", err)
		}
		for _, o := range list {
			found[strings.ToLower(o.Name)] = o
		}
		if len(list) < page {
			break
		}
		after = list[len(list)-1].Slug
	}
	for _, p := range parties {
		if o, ok := found[strings.ToLower(p.Name)]; ok {
			return publiccode.Organisation{Name: o.Name, URI: o.Website}, nil
		}
	}
	return publiccode.Organisation{}, nil
}

// The most characters that the standard lets a text of a description have.
const (
	MaxShortDescription = 150
	MaxLongDescription  = 10_000
)

// Fill makes d fit for a form: texts that are longer than the standard lets them be are cut at the end of a sentence or of a word, so that nothing is
// filled in only to be refused, and a program that is known to speak several languages can be translated. What nothing is known of stays empty, for a
// person to answer.
func Fill(d publiccode.Doc) publiccode.Doc {
	if d.Localisation.Ready == nil && len(d.Localisation.AvailableLanguages) > 1 {
		ready := true
		d.Localisation.Ready = &ready
	}
	d.Description = maps.Clone(d.Description)
	for lang, t := range d.Description {
		t.ShortDescription, t.LongDescription = shorten(t.ShortDescription, MaxShortDescription), shorten(t.LongDescription, MaxLongDescription)
		d.Description[lang] = t
	}
	return d
}

// shorten cuts a text to at most limit characters: after its last whole sentence when that keeps a third of them, else after a word, with an ellipsis.
func shorten(s string, limit int) string {
	runes := []rune(strings.TrimSpace(s))
	if len(runes) <= limit {
		return s
	}
	for i := limit - 1; i >= limit/3; i-- {
		if strings.ContainsRune(".!?。", runes[i]) && unicode.IsSpace(runes[i+1]) {
			return string(runes[:i+1])
		}
	}
	end := limit - 1 // one is the ellipsis's
	for i := end; i >= limit/3; i-- {
		if unicode.IsSpace(runes[i]) {
			end = i
			break
		}
	}
	return strings.TrimRightFunc(string(runes[:end]), func(r rune) bool { return unicode.IsSpace(r) || unicode.IsPunct(r) }) + "…"
}

// WritePublicCode writes a file that is valid by the current version, or returns every error as a fault at its key: the field is the key's path, the
// message key the code of formats/publiccode, which words it (publiccode.Problem.Text). Warnings come back too and do not hinder.
func WritePublicCode(d publiccode.Doc) (file []byte, warnings []publiccode.Problem, err error) {
	if e, err := licence.Normalise(d.Legal.License); err == nil { // what is no licence is judged below
		d.Legal.License = e.Current(false).String()
	}
	f, err := publiccode.New(d)
	if err != nil {
		return nil, nil, fmt.Errorf("write publiccode.yml: %w", err)
	}
	var faults fault.List
	for _, p := range f.Judge() {
		if p.Severity != publiccode.Error {
			warnings = append(warnings, p)
			continue
		}
		at := fault.Invalid(p.Key, p.Code)
		at.Args = map[string]any{"en": p.Text("en"), "fr": p.Text("fr")}
		for k, v := range p.Args {
			at.Args[k] = plain(v)
		}
		faults = append(faults, at)
	}
	if len(faults) > 0 {
		return nil, warnings, faults
	}
	return f.Bytes(), warnings, nil
}
