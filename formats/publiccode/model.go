package publiccode

import (
	"reflect"
	"slices"
	"strings"
)

// Doc is what a publiccode.yml says, in the words of version 0.7; older spellings and the French dialect are read into the
// same fields. Everything is as it was written: dates, addresses and languages are not checked here. Where each key stands
// in the file: File.Position. The tag names the key, then the other places that are looked at when it is absent.
type Doc struct {
	Version          string                 `pc:"publiccodeYmlVersion,publiccode-yaml-version"`
	Name             string                 `pc:"name"`
	ApplicationSuite string                 `pc:"applicationSuite"`
	URL              string                 `pc:"url"`
	LandingURL       string                 `pc:"landingURL"`
	IsBasedOn        []string               `pc:"isBasedOn"`
	SoftwareVersion  string                 `pc:"softwareVersion,latestRelease.version"`
	ReleaseDate      string                 `pc:"releaseDate,latestReleaseDate,latestRelease.date"`
	Logo             string                 `pc:"logo,monochromeLogo"`
	Platforms        []string               `pc:"platforms"`
	Categories       []string               `pc:"categories,tags"`
	Organisation     Organisation           `pc:"organisation"`
	UsedBy           []string               `pc:"usedBy"`
	FundedBy         []Organisation         `pc:"fundedBy"`
	Roadmap          string                 `pc:"roadmap"`
	Status           string                 `pc:"developmentStatus"`
	Type             string                 `pc:"softwareType"`
	Supports         []Support              `pc:"supports"`
	IntendedAudience Audience               `pc:"intendedAudience"`
	Description      map[string]Description `pc:"description"` // by language tag
	Legal            Legal                  `pc:"legal"`
	Maintenance      Maintenance            `pc:"maintenance"`
	Localisation     Localisation           `pc:"localisation"`
	DependsOn        Dependencies           `pc:"dependsOn"`
	InputTypes       []string               `pc:"inputTypes"`
	OutputTypes      []string               `pc:"outputTypes"`
	Italy            Italy                  `pc:"IT,it"`
	CreationDate     string                 `pc:"creationDate"` // French dialect; not part of the standard
}

// Organisation publishes or funds the software.
type Organisation struct {
	URI  string `pc:"uri,url"`
	Name string `pc:"name"`
}

// Support names a standard, a law or a system that the software follows: "alias:gdpr" or an address.
type Support struct {
	ID string `pc:"id"`
}

// Audience says for whom the software is made; countries are ISO 3166-1 codes of two letters.
type Audience struct {
	Countries            []string `pc:"countries"`
	UnsupportedCountries []string `pc:"unsupportedCountries"`
	Scope                []string `pc:"scope,onlyFor"`
}

// Description is the text for one language.
type Description struct {
	LocalisedName    string   `pc:"localisedName"`
	GenericName      string   `pc:"genericName"`
	ShortDescription string   `pc:"shortDescription"`
	LongDescription  string   `pc:"longDescription"`
	Documentation    string   `pc:"documentation"`
	APIDocumentation string   `pc:"apiDocumentation"`
	Features         []string `pc:"features,featureList"`
	Screenshots      []string `pc:"screenshots"`
	Videos           []string `pc:"videos"`
	Awards           []string `pc:"awards"`
	FreeTags         []string `pc:"freeTags"` // 0.1
}

// Legal holds the licence, as written; package licence reads it.
type Legal struct {
	License            string `pc:"license"`
	MainCopyrightOwner string `pc:"mainCopyrightOwner"`
	RepoOwner          string `pc:"repoOwner"`
	AuthorsFile        string `pc:"authorsFile"`
}

// Maintenance says who keeps the software. Contacts are people: do not show them more widely than the file does.
type Maintenance struct {
	Type        string       `pc:"type"`
	Contractors []Contractor `pc:"contractors"`
	Contacts    []Contact    `pc:"contacts"`
}

// Contractor is a firm under contract until a day, YYYY-MM-DD.
type Contractor struct {
	Name    string `pc:"name"`
	Until   string `pc:"until"`
	Email   string `pc:"email"`
	Website string `pc:"website"`
}

// Contact is a person who maintains the software.
type Contact struct {
	Name        string `pc:"name"`
	Email       string `pc:"email"`
	Phone       string `pc:"phone"`
	Affiliation string `pc:"affiliation"`
}

// Localisation says in which languages (BCP 47) the software can be used. Ready is nil when the file does not say.
type Localisation struct {
	Ready              *bool    `pc:"localisationReady"`
	AvailableLanguages []string `pc:"availableLanguages"`
}

// Dependencies are the systems that the software needs to run.
type Dependencies struct {
	Open        []Dependency `pc:"open"`
	Proprietary []Dependency `pc:"proprietary"`
	Hardware    []Dependency `pc:"hardware"`
}

// Dependency is one system. Optional is nil when the file does not say.
type Dependency struct {
	Name       string `pc:"name"`
	VersionMin string `pc:"versionMin"`
	VersionMax string `pc:"versionMax"`
	Version    string `pc:"version"`
	Optional   *bool  `pc:"optional"`
}

// Italy is the section it or IT; it is deprecated since 0.7.
type Italy struct {
	ExtensionVersion string          `pc:"countryExtensionVersion"`
	Conforms         map[string]bool `pc:"conforme"`
	Platforms        map[string]bool `pc:"piattaforme"`
	CodiceIPA        string          `pc:"riuso.codiceIPA"`
}

// docOf reads the tree into a Doc. Every value that has a readable form is taken; none is refused.
func docOf(root *Node) Doc {
	var d Doc
	if root != nil {
		fill(reflect.ValueOf(&d).Elem(), root)
	}
	return d
}

// fill sets the fields of a struct from a mapping. A text where a mapping is expected is its name or its identifier.
func fill(v reflect.Value, n *Node) {
	t := v.Type()
	if n.Kind == Text {
		for i := range t.NumField() {
			if k := t.Field(i).Tag.Get("pc"); k == "name" || k == "id" {
				v.Field(i).SetString(n.Value)
			}
		}
		return
	}
	for i := range t.NumField() {
		for _, path := range strings.Split(t.Field(i).Tag.Get("pc"), ",") {
			from := n
			for _, key := range strings.Split(path, ".") {
				from = from.Get(key)
			}
			if from == nil {
				continue
			}
			set(v.Field(i), from)
			if !v.Field(i).IsZero() {
				break
			}
		}
	}
}

// set converts one value to the type of a field.
func set(v reflect.Value, n *Node) {
	switch v.Kind() {
	case reflect.String:
		v.SetString(textOf(n))
	case reflect.Bool:
		b, _ := boolOf(n)
		v.SetBool(b)
	case reflect.Pointer: // *bool
		if b, ok := boolOf(n); ok {
			v.Set(reflect.ValueOf(&b))
		}
	case reflect.Struct:
		fill(v, n)
	case reflect.Map:
		for _, e := range n.Entries {
			value := reflect.New(v.Type().Elem()).Elem()
			if set(value, e.Value); v.IsNil() {
				v.Set(reflect.MakeMap(v.Type()))
			}
			v.SetMapIndex(reflect.ValueOf(e.Key), value)
		}
	case reflect.Slice:
		items := n.Items
		if n.Kind != Sequence {
			items = []*Node{n}
		}
		for _, it := range items {
			value := reflect.New(v.Type().Elem()).Elem()
			if set(value, it); !value.IsZero() && !(it.Kind == Bool && v.Type().Elem().Kind() == reflect.String) {
				v.Set(reflect.Append(v, value))
			}
		}
	}
}

// textOf is a value as a text: of an object its name, of a list its first item, of "false" nothing.
func textOf(n *Node) string {
	switch n.Kind {
	case Mapping:
		if name := n.Get("name"); name != nil && name.scalar() {
			return strings.TrimSpace(name.Value)
		}
		return ""
	case Sequence:
		if len(n.Items) > 0 && n.Items[0].scalar() {
			return textOf(n.Items[0])
		}
		return ""
	case Null:
		return ""
	}
	return strings.TrimSpace(n.Value)
}

// boolOf reads true and false, and the words that YAML 1.1 took for them.
func boolOf(n *Node) (value, ok bool) {
	if !n.scalar() {
		return false, false
	}
	switch strings.ToLower(n.Value) {
	case "true", "yes", "on":
		return true, true
	case "false", "no", "off":
		return false, true
	}
	return false, false
}

// nodeOf writes a struct, list or text as a tree, in the order of its fields, without what is empty. It is nil for what is empty.
func nodeOf(v reflect.Value) *Node {
	switch v.Kind() {
	case reflect.String:
		if v.String() != "" {
			return &Node{Kind: Text, Value: v.String()}
		}
	case reflect.Bool:
		return boolNode(v.Bool())
	case reflect.Pointer:
		if !v.IsNil() {
			return nodeOf(v.Elem())
		}
	case reflect.Slice:
		n := &Node{Kind: Sequence}
		for i := range v.Len() {
			if child := nodeOf(v.Index(i)); child != nil {
				n.Items = append(n.Items, child)
			}
		}
		if len(n.Items) > 0 {
			return n
		}
	case reflect.Map:
		n := &Node{Kind: Mapping}
		for _, key := range sortedKeys(v) {
			if child := nodeOf(v.MapIndex(reflect.ValueOf(key))); child != nil {
				n.Entries = append(n.Entries, Entry{Key: key, Value: child})
			}
		}
		if len(n.Entries) > 0 {
			return n
		}
	case reflect.Struct:
		n := &Node{Kind: Mapping}
		for i := range v.NumField() {
			child := nodeOf(v.Field(i))
			if child == nil {
				continue
			}
			path, _, _ := strings.Cut(v.Type().Field(i).Tag.Get("pc"), ",")
			if outer, inner, nested := strings.Cut(path, "."); nested {
				path, child = outer, &Node{Kind: Mapping, Entries: []Entry{{Key: inner, Value: child}}}
			}
			n.Entries = append(n.Entries, Entry{Key: path, Value: child})
		}
		if len(n.Entries) > 0 {
			return n
		}
	}
	return nil
}

func boolNode(b bool) *Node {
	if b {
		return &Node{Kind: Bool, Value: "true"}
	}
	return &Node{Kind: Bool, Value: "false"}
}

// sortedKeys lists the keys of a map of texts in order.
func sortedKeys(m reflect.Value) []string {
	var keys []string
	for _, k := range m.MapKeys() {
		keys = append(keys, k.String())
	}
	slices.Sort(keys)
	return keys
}
