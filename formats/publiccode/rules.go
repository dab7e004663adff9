package publiccode

import "strings"

// gen is a released version of the standard that changed something.
type gen uint8

const (
	never gen = iota
	v01
	v02
	v021
	v022
	v03
	v04
	v05
	v06
	v07
	current = v07
)

// Current is the newest released version; New writes it.
const Current = "0.7.0"

// Versions lists the ways in which a file may name a released version.
func Versions() []string {
	return []string{"0.1", "0.2", "0.2.0", "0.2.1", "0.2.2", "0.3", "0.3.0", "0.4", "0.4.0", "0.5", "0.5.0", "0.6", "0.6.0", "0.7", "0.7.0"}
}

func (g gen) String() string {
	return [...]string{"", "0.1", "0.2", "0.2.1", "0.2.2", "0.3.0", "0.4.0", "0.5.0", "0.6.0", "0.7.0"}[g]
}

// genOf finds the version that a file names; 0.1 named it by an address.
func genOf(s string) (gen, bool) {
	s = strings.TrimPrefix(strings.TrimPrefix(strings.TrimPrefix(s, "https://"), "http://"), "w3id.org/publiccode/version/")
	for g := v01; g <= current; g++ {
		full := g.String()
		if s == full || s == strings.TrimSuffix(full, ".0") || s+".0" == full || s == full+".0" && g <= v02 {
			return g, true
		}
	}
	return never, false
}

// check is the form that a value must have.
type check uint8

const (
	anything    check = iota
	text              // any text
	webAddress        // http or https
	address           // any address with a scheme and a host
	uri               // an address or a URN
	date              // YYYY-MM-DD
	flag              // true or false
	word              // one of field.list
	file              // a path from the root of the repository, or an address; field.list are the endings it may have
	email             //
	mime              //
	country           // ISO 3166-1, two letters
	languageTag       // BCP 47
	spdx              //
	support           // alias:… or uri
	video             // a web address of a site that supports oEmbed
	ipa               // a code of the Italian index of public bodies
	number            // the version of the file
	section           // a mapping of field.fields
	languages         // a mapping from language tags to field.fields
)

// many says whether a key holds one value or a list.
type many uint8

const (
	one many = iota
	list
	oneOrList
)

// field is the rule for one key. Generations are inclusive; never (zero) means that the rule does not apply.
type field struct {
	key        string
	check      check
	many       many
	since      gen    // the first version with the key; before it is early, which is only a warning
	until      gen    // the last version with the key
	must       bool   // mandatory…
	mustUntil  gen    // …up to this version, where a later one made it optional
	deprecated gen    // from this version on
	use        string // what takes the place of a deprecated or removed key
	list       []string
	fields     []field
}

var organisation = []field{
	{key: "uri", check: uri, must: true},
	{key: "name"},
}

var funder = []field{
	{key: "name", must: true},
	{key: "uri", check: uri},
}

var dependency = []field{
	{key: "name", must: true}, {key: "versionMin"}, {key: "versionMax"}, {key: "version"}, {key: "optional", check: flag},
}

// fields is the standard as a table, in the order of its pages, which is the order in which new keys are written.
var fields = []field{
	{key: "publiccodeYmlVersion", check: number},
	{key: "publiccode-yaml-version", check: number, until: v01, use: "publiccodeYmlVersion"},
	{key: "name", must: true},
	{key: "applicationSuite"},
	{key: "url", check: address, must: true},
	{key: "landingURL", check: webAddress},
	{key: "isBasedOn", check: address, many: oneOrList},
	{key: "softwareVersion", must: true, mustUntil: v01},
	{key: "releaseDate", check: date, must: true, mustUntil: v03},
	{key: "logo", check: file, list: logoFormats},
	{key: "monochromeLogo", check: file, list: logoFormats, deprecated: v03, use: "logo"},
	{key: "inputTypes", check: mime, many: list, deprecated: v03},
	{key: "outputTypes", check: mime, many: list, deprecated: v03},
	{key: "platforms", many: oneOrList, must: true},
	{key: "categories", check: word, list: categories, many: list, since: v02, must: true, mustUntil: v04},
	{key: "tags", many: list, until: v01, use: "categories", must: true, mustUntil: v01},
	{key: "organisation", check: section, fields: organisation, since: v05},
	{key: "usedBy", many: list},
	{key: "fundedBy", check: section, many: list, fields: funder, since: v05},
	{key: "roadmap", check: webAddress},
	{key: "developmentStatus", check: word, list: statuses, must: true},
	{key: "softwareType", check: word, list: types, must: true},
	{key: "supports", check: section, many: list, since: v07, fields: []field{{key: "id", check: support, must: true}}},
	{key: "intendedAudience", check: section, fields: []field{
		{key: "scope", check: word, list: scopes, many: list, since: v02},
		{key: "onlyFor", many: oneOrList, until: v01, use: "scope"},
		{key: "countries", check: country, many: list},
		{key: "unsupportedCountries", check: country, many: list},
	}},
	{key: "description", check: languages, must: true, fields: []field{
		{key: "localisedName"},
		{key: "genericName", must: true, mustUntil: v022, deprecated: v03},
		{key: "shortDescription", must: true},
		{key: "longDescription"},
		{key: "documentation", check: webAddress},
		{key: "apiDocumentation", check: webAddress},
		{key: "freeTags", many: list, until: v01},
		{key: "features", many: list, since: v02},
		{key: "featureList", many: list, until: v01, use: "features"},
		{key: "screenshots", check: file, list: shotFormats, many: list},
		{key: "videos", check: video, many: list},
		{key: "awards", many: list},
	}},
	{key: "legal", check: section, must: true, fields: []field{
		{key: "license", check: spdx, must: true},
		{key: "mainCopyrightOwner"},
		{key: "repoOwner", deprecated: v05, use: "organisation.name"},
		{key: "authorsFile", check: file, deprecated: v04},
	}},
	{key: "maintenance", check: section, must: true, fields: []field{
		{key: "type", check: word, list: []string{"internal", "contract", "community", "none"}, must: true},
		{key: "contractors", check: section, many: list, fields: []field{
			{key: "name", must: true}, {key: "until", check: date, must: true}, {key: "email", check: email}, {key: "website", check: webAddress},
		}},
		{key: "contacts", check: section, many: list, fields: []field{
			{key: "name", must: true}, {key: "email", check: email}, {key: "phone"}, {key: "affiliation"},
		}},
	}},
	{key: "localisation", check: section, must: true, fields: []field{
		{key: "localisationReady", check: flag, must: true},
		{key: "availableLanguages", check: languageTag, many: list, must: true},
	}},
	{key: "dependsOn", check: section, fields: []field{
		{key: "open", check: section, many: list, fields: dependency},
		{key: "proprietary", check: section, many: list, fields: dependency},
		{key: "hardware", check: section, many: list, fields: dependency},
	}},
	{key: "it", check: section, fields: italy},
	{key: "IT", check: section, fields: italy},
}

// italy is the Italian section: it-0.1, it-0.2 and 1.0 in one, since the version of the file does not say which.
var italy = []field{
	{key: "countryExtensionVersion", check: word, list: []string{"0.2", "1.0"}},
	{key: "conforme", check: section, deprecated: v05, fields: flags("lineeGuidaDesign", "modelloInteroperabilita", "misureMinimeSicurezza", "gdpr",
		"accessibile", "interoperabile", "sicuro", "privacy")},
	{key: "riuso", check: section, fields: []field{{key: "codiceIPA", check: ipa, deprecated: v05, use: "organisation.uri"}}},
	{key: "piattaforme", check: section, fields: flags("spid", "cie", "anpr", "pagopa", "io")},
	{key: "spid", check: flag, until: v01, use: "piattaforme.spid"}, {key: "cie", check: flag, until: v01, use: "piattaforme.cie"},
	{key: "anpr", check: flag, until: v01, use: "piattaforme.anpr"}, {key: "pagopa", check: flag, until: v01, use: "piattaforme.pagopa"},
	{key: "designKit", check: anything, until: v01}, {key: "ecosistemi", check: anything, many: oneOrList, until: v01},
}

func flags(keys ...string) []field {
	var fs []field
	for _, k := range keys {
		fs = append(fs, field{key: k, check: flag})
	}
	return fs
}

func find(fs []field, key string) *field {
	for i := range fs {
		if fs[i].key == key {
			return &fs[i]
		}
	}
	return nil
}

// rank is the place of a key in the standard's order, or -1.
func rank(fs []field, key string) int {
	for i := range fs {
		if fs[i].key == key {
			return i
		}
	}
	return -1
}
