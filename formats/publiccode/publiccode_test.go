package publiccode

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"
)

// valid is a file of version 0.7.0 without a problem. Cases change it by replacing lines.
const valid = `# Our software
publiccodeYmlVersion: "0.7.0" # keep
name: Meduse
url: https://example.org/town/meduse
softwareVersion: "1.0"
platforms:
  - web   # for now
developmentStatus: stable
softwareType: standalone/web

# who it is for
intendedAudience:
  countries: [FR, BE]
description:
  fr:
    shortDescription: Réserver une salle
    longDescription: >
      Un service qui permet aux habitants de réserver une salle de la commune,
      et à la commune de suivre qui l'occupe, quand, et dans quel état elle est
      rendue. Il est fait pour les petites communes.
    features:
      - Réserver   # le premier
      - Annuler
x-own: kept
legal:
  license: EUPL-1.2
maintenance:
  type: internal
  contacts:
    - name: Ada Martin
      # how to reach her
      email: ada@example.org
    - name: Bo Durand
localisation:
  localisationReady: true
  availableLanguages:
    - fr
`

func read(t testing.TB, text string) *File {
	t.Helper()
	f, err := Read(strings.NewReader(text), Limits{})
	if err != nil {
		t.Fatalf("read: %v", err)
	}
	return f
}

// codes lists the problems as "line key code", errors marked by "!".
func codes(ps []Problem) []string {
	var out []string
	for _, p := range ps {
		mark := ""
		if p.Severity == Error {
			mark = "!"
		}
		out = append(out, fmt.Sprintf("%s%d %s %s", mark, p.Line, p.Key, strings.TrimPrefix(p.Code, "publiccode.")))
	}
	return out
}

// without is the valid file but for its unknown key.
func without() string { return strings.Replace(valid, "x-own: kept\n", "", 1) }

func TestJudgeByRule(t *testing.T) {
	for _, c := range []struct {
		rule, old, new string // new takes the place of old
		want           []string
	}{
		{"a good file has no problem", "", "", nil},
		{"an unknown key is an error", "legal:", "extra: 1\nlegal:", []string{"!24 extra unknown_key"}},
		{"a misspelt key gets its neighbour", "softwareVersion:", "softwareVerson:", []string{"!5 softwareVerson unknown_key_near"}},
		{"a key in the wrong place", "legal:", "contacts: []\nlegal:", []string{"!24 contacts unknown_key_near"}},
		{"a key of a language in the wrong place", "legal:", "shortDescription: x\nlegal:", []string{"!24 shortDescription unknown_key_near"}},
		{"an unknown version is one error, judged as the current one", `"0.7.0"`, `"2.4.0"`, []string{"!2 publiccodeYmlVersion unknown_version"}},
		{"version 0 was never released", `"0.7.0"`, `"0"`, []string{"!2 publiccodeYmlVersion unknown_version"}},
		{"a version without quotes is a number", `"0.7.0"`, `0.7`, []string{"!2 publiccodeYmlVersion number_version"}},
		{"0.6 changed nothing", `"0.7.0"`, `"0.6"`, []string{"2 publiccodeYmlVersion old_version"}},
		{"categories are mandatory up to 0.4, with the date up to 0.3", `"0.7.0"`, `"0.3"`,
			[]string{"!1 releaseDate missing_old", "!1 categories missing_old", "2 publiccodeYmlVersion old_version"}},
		{"0.4 made the date optional", `"0.7.0"`, `"0.4.0"`, []string{"!1 categories missing_old", "2 publiccodeYmlVersion old_version"}},
		{"0.5 made categories optional", `"0.7.0"`, `"0.5"`, []string{"2 publiccodeYmlVersion old_version"}},
		{"a mandatory key is missing", "name: Meduse\n", "", []string{"!1 name missing"}},
		{"a mandatory key is empty", "name: Meduse", "name: ''", []string{"!3 name empty"}},
		{"an address of a repository", "https://example.org/town/meduse", "git@example.org:town/meduse", []string{"!4 url bad_address"}},
		{"a blank before an address", "https://example.org/town/meduse", "' https://example.org/town/meduse'", []string{"!4 url blank_around"}},
		{"a number where a text is asked", `"1.0"`, "1.0", []string{"5 softwareVersion quote"}},
		{"platforms may be one word", "platforms:\n  - web   # for now", "platforms: web", nil},
		{"a list where one word is asked", "developmentStatus: stable", "developmentStatus: [stable]", []string{"!8 developmentStatus wrong_type"}},
		{"a status that does not exist", "stable", "finished", []string{"!8 developmentStatus unknown_value"}},
		{"standalone alone went with 0.2", "standalone/web", "standalone", []string{"!9 softwareType unknown_value_near"}},
		{"small letters for a country", "[FR, BE]", "[fr, BE]", []string{"13 intendedAudience.countries[0] lower_country"}},
		{"no country", "[FR, BE]", "[FR, XX]", []string{"!13 intendedAudience.countries[1] bad_country"}},
		{"a language with underscore", "    - fr", "    - fr_FR", []string{"!36 localisation.availableLanguages[0] bad_language"}},
		{"a language with three letters", "    - fr", "    - fra", []string{"36 localisation.availableLanguages[0] long_language"}},
		{"150 characters are not too many", "Réserver une salle", strings.Repeat("é", 150), nil},
		{"151 characters are too many", "Réserver une salle", strings.Repeat("é", 151), []string{"!16 description.fr.shortDescription too_long"}},
		{"a family emoji is one character", "Réserver une salle", strings.Repeat("👨‍👩‍👧‍👦", 150), nil},
		{"features in one language at least", "    features:\n      - Réserver   # le premier\n      - Annuler\n", "", []string{"!14 description missing_in_every_language"}},
		{"an unknown licence", "EUPL-1.2", "Ours", []string{"!25 legal.license bad_licence"}},
		{"a licence by its common name", "EUPL-1.2", "Apache License, Version 2.0", []string{"!25 legal.license bad_licence_near"}},
		{"a licence in small letters", "EUPL-1.2", "eupl-1.2", []string{"25 legal.license licence_case"}},
		{"a withdrawn licence identifier", "EUPL-1.2", "AGPL-3.0", []string{"25 legal.license licence_withdrawn"}},
		{"a licence that is not open", "EUPL-1.2", "CC-BY-NC-4.0", []string{"25 legal.license licence_not_open"}},
		{"no licence", "license: EUPL-1.2", "license: null", []string{"!25 legal.license empty"}},
		{"contract asks for contractors", "type: internal", "type: contract", []string{"!26 maintenance.contractors missing_for_type"}},
		{"contractors without contract", "  type: internal", "  type: internal\n  contractors:\n    - name: Firm\n      until: 2027-01-01", []string{"!28 maintenance.contractors contractors_forbidden"}},
		{"internal asks for contacts", "maintenance:\n  type: internal\n  contacts:\n    - name: Ada Martin\n      # how to reach her\n      email: ada@example.org\n    - name: Bo Durand",
			"maintenance:\n  type: internal", []string{"!26 maintenance.contacts missing_for_type"}},
		{"an e-mail address", "ada@example.org", "ada at example", []string{"!31 maintenance.contacts[0].email bad_email"}},
		{"a contact without a name", "- name: Bo Durand", "- phone: '+33'", []string{"!32 maintenance.contacts[1].name missing"}},
		{"yes is a text since YAML 1.2", "localisationReady: true", "localisationReady: yes", []string{"!34 localisation.localisationReady yes_no"}},
		{"a deprecated key", "legal:", "monochromeLogo: a.svg\nlegal:", []string{"24 monochromeLogo deprecated_use"}},
		{"a key that was renamed", "legal:", "tags: [a]\nlegal:", []string{"!24 tags renamed_key"}},
		{"supports: an alias, an address, and no alias", "legal:", "supports:\n  - id: alias:gdpr\n  - id: https://example.org/law\n  - id: alias:none\nlegal:", []string{"!27 supports[2].id bad_alias"}},
		{"the Italian section is deprecated", "legal:", "IT:\n  countryExtensionVersion: '1.0'\nlegal:", []string{"24 IT section_deprecated"}},
		{"both Italian sections", "legal:", "IT:\n  countryExtensionVersion: '1.0'\nit:\n  countryExtensionVersion: '1.0'\nlegal:",
			[]string{"24 IT section_deprecated", "!26 it both_sections", "26 it section_deprecated"}},
		{"a key twice", "legal:", "name: Other\nlegal:", []string{"!24 name duplicate_key"}},
		{"a day", "legal:", "releaseDate: 01-01-2021\nlegal:", []string{"!24 releaseDate bad_date"}},
		{"an empty optional address", "legal:", "roadmap: ''\nlegal:", []string{"!24 roadmap empty_optional"}},
		{"an optional key without a value", "legal:", "roadmap:\nlegal:", []string{"24 roadmap empty_optional"}},
		{"isBasedOn false, as the French list has it", "legal:", "isBasedOn: false\nlegal:", []string{"!24 isBasedOn wrong_type"}},
		{"isBasedOn one or many", "legal:", "isBasedOn: https://example.org/a\nlegal:", nil},
		{"a second document", "    - fr\n", "    - fr\n---\na: b\n", []string{"!37 several_documents"}},
		{"organisation needs its uri", "legal:", "organisation:\n  name: Town\nlegal:", []string{"!24 organisation.uri missing"}},
		{"a funder needs a name, not an address", "legal:", "fundedBy:\n  - name: Town\nlegal:", nil},
		{"a code of the Italian index", "legal:", "organisation:\n  uri: urn:x-italian-pa:c_h501\nlegal:", nil},
		{"a code of the Italian index in capitals", "legal:", "organisation:\n  uri: URN:x-Italian-PA:C_H501\nlegal:", nil},
		{"no code of the Italian index", "legal:", "fundedBy:\n  - name: Town\n    uri: urn:x-italian-pa:no_such_pa\nlegal:", []string{"!26 fundedBy[0].uri bad_ipa"}},
		{"a code of the Italian index where an address is asked", "legal:", "organisation:\n  uri: c_h501\nlegal:", []string{"!25 organisation.uri bad_uri"}},
		{"the Italian section has such a code too", "legal:", "IT:\n  countryExtensionVersion: '1.0'\n  riuso:\n    codiceIPA: NO_SUCH_IPA_CODE\nlegal:",
			[]string{"24 IT section_deprecated", "27 IT.riuso.codiceIPA deprecated_use", "!27 IT.riuso.codiceIPA bad_ipa"}},
		{"a logo by its path", "legal:", "logo: img/Logo.SVG\nlegal:", nil},
		{"a compressed logo", "legal:", "logo: img/logo.svgz\nlegal:", nil},
		{"a logo by its address, with a query", "legal:", "logo: https://example.org/raw/logo.png?raw=true\nlegal:", nil},
		{"a logo whose address says no format", "legal:", "logo: https://example.org/assets/1234\nlegal:", nil},
		{"a logo by a path from the root of the machine", "legal:", "logo: /img/logo.svg\nlegal:", []string{"!24 logo rooted_file"}},
		{"a logo in a file of the machine", "legal:", "logo: file:///logo.png\nlegal:", []string{"!24 logo bad_file"}},
		{"… with one slash", "legal:", "logo: file:/logo.png\nlegal:", []string{"!24 logo bad_file"}},
		{"a logo outside the repository", "legal:", "logo: ../logo.png\nlegal:", []string{"!24 logo bad_file"}},
		{"a logo in another format", "legal:", "logo: logo.jpg\nlegal:", []string{"!24 logo bad_format"}},
		{"a logo in another format by its address", "legal:", "logo: https://example.org/logo.jpg\nlegal:", []string{"!24 logo bad_format"}},
		{"a logo without an ending", "legal:", "logo: img.d/logo\nlegal:", []string{"!24 logo bad_format"}},
		{"a list where a logo is asked", "legal:", "logo: []\nlegal:", []string{"!24 logo wrong_type"}},
		{"screenshots are PNG or JPG", "    features:", "    screenshots: [a.png, b.JPG, c.jpeg, d.svg]\n    features:", []string{"!21 description.fr.screenshots[3] bad_format"}},
		{"a video on a site with oEmbed", "    features:", "    videos: ['https://www.youtube.com/watch?v=RaHmGbBOP84', 'https://youtu.be/FvpNfVrxBFM?si=go', 'https://vimeo.com/1234']\n    features:", nil},
		{"a video's site without its www", "    features:", "    videos: ['https://youtube.com/watch?v=RaHmGbBOP84', 'https://dailymotion.com/video/x1']\n    features:", nil},
		{"another page of such a site", "    features:", "    videos: ['https://youtube.com/xxxxxxxx']\n    features:", []string{"21 description.fr.videos[0] video_other_page"}},
		{"a video on PeerTube", "    features:", "    videos: ['https://tube.example.org/w/kkGMgK9ZtnKfYAgnEtQxbv', 'https://tube.example.org/videos/watch/1-2']\n    features:",
			[]string{"21 description.fr.videos[0] video_unsure", "21 description.fr.videos[1] video_unsure"}},
		{"a video on no such site", "    features:", "    videos: ['https://example.org/video.mp4', 'https://youtube.com.example.org/watch?v=1']\n    features:",
			[]string{"!21 description.fr.videos[0] not_video_site", "!21 description.fr.videos[1] not_video_site"}},
		{"a video without an address", "    features:", "    videos: ['watch this']\n    features:", []string{"!21 description.fr.videos[0] bad_web_address"}},
		{"a funder needs a name", "legal:", "fundedBy:\n  - uri: urn:x-foo:bar\nlegal:", []string{"!25 fundedBy[0].name missing"}},
		{"a reference that names nothing", "name: Meduse", "name: *nothing", []string{"!3 name empty", "!3 name unknown_alias"}},
	} {
		t.Run(c.rule, func(t *testing.T) {
			text := without()
			if c.old != "" && !strings.Contains(text, c.old) {
				t.Fatalf("the case changes %q, which is not there", c.old)
			}
			got := codes(read(t, strings.Replace(text, c.old, c.new, 1)).Judge())
			for i := range got {
				got[i] = strings.Replace(got[i], "  ", " ", 1) // problems of the whole file have no key
			}
			if slices.Sort(got); !slices.Equal(got, sortedCopy(c.want)) {
				t.Errorf("got  %q\nwant %q", got, c.want)
			}
		})
	}
}

func sortedCopy(s []string) []string {
	s = slices.Clone(s)
	slices.Sort(s)
	return s
}

// minimal01 follows 0.1 in its own words.
const minimal01 = `publiccode-yaml-version: "http://w3id.org/publiccode/version/0.1"
name: Medusa
url: "https://example.com/italia/medusa.git"
softwareVersion: "dev"
releaseDate: "2017-04-15"
platforms:
  - web
tags:
  - texteditor
developmentStatus: development
softwareType: "standalone"
description:
  eng:
    genericName: Text Editor
    shortDescription: Writes
    longDescription: LONG
    featureList:
       - Just one feature
legal:
  license: AGPL-3.0-or-later
maintenance:
  type: "community"
  contacts:
    - name: Francesco Rossi
localisation:
  localisationReady: yes
  availableLanguages:
    - eng
`

func TestVersion01InItsOwnWords(t *testing.T) {
	f := read(t, strings.Replace(minimal01, "LONG", strings.Repeat("word ", 110), 1))
	if ps := f.Judge(); !Valid(ps) {
		t.Errorf("%q", codes(ps))
	}
	if f.Doc.Version == "" || f.Version() != "0.1" || f.Doc.Categories[0] != "texteditor" || f.Doc.Description["eng"].Features[0] != "Just one feature" || !*f.Doc.Localisation.Ready {
		t.Errorf("%+v", f.Doc)
	}
}

func TestEveryReleasedVersionIsKnown(t *testing.T) {
	for _, v := range Versions() {
		g, ok := genOf(v)
		if !ok || !strings.HasPrefix(v+".0", g.String()) {
			t.Errorf("%s is read as %q, %v", v, g, ok)
		}
	}
	for _, v := range []string{"", "0", "0.8", "1.0", "2.4.0", "0.22", "v0.2"} {
		if g, ok := genOf(v); ok {
			t.Errorf("%q is read as %s", v, g)
		}
	}
}

func TestReadingIsLenient(t *testing.T) {
	f := read(t, `publiccodeYmlVersion: "0.2"
isBasedOn: false
landingURL: ""
latestRelease: {date: 2024-01-02, version: 1.20}
usedBy: [{name: Town, url: https://example.org}, "City"]
fundedBy: [Region, {name: State, url: https://example.org/state}]
platforms: web
legal: {license: null}
description:
  it: solo testo
  fr: {features: une seule, shortDescription: 12}
localisation: {localisationReady: "peut-être", availableLanguages: fr}
`)
	d := f.Doc
	for what, ok := range map[string]bool{
		"false is no address":          len(d.IsBasedOn) == 0,
		"the dialect's date":           d.ReleaseDate == "2024-01-02",
		"a number as it was written":   d.SoftwareVersion == "1.20",
		"an object is its name":        slices.Equal(d.UsedBy, []string{"Town", "City"}),
		"a text is a name":             len(d.FundedBy) == 2 && d.FundedBy[0].Name == "Region" && d.FundedBy[1].URI == "https://example.org/state",
		"one word is a list":           slices.Equal(d.Platforms, []string{"web"}) && slices.Equal(d.Description["fr"].Features, []string{"une seule"}),
		"a number is a text":           d.Description["fr"].ShortDescription == "12",
		"no licence":                   d.Legal.License == "",
		"neither true nor false":       d.Localisation.Ready == nil,
		"a text for a mapping is kept": f.Root.At("description.it").Value == "solo testo",
		"a place for each key":         f.Position("description.fr.features") == Pos{11, 8},
		"the place of what is missing": f.Position("legal.mainCopyrightOwner") == Pos{8, 1},
		"the place of nothing at all":  f.Position("nothing") == Pos{1, 1},
	} {
		if !ok {
			t.Errorf("%s: %+v", what, d)
		}
	}
}

func TestBrokenFileKeepsWhatCanBeRead(t *testing.T) {
	text := "publiccodeYmlVersion: '0.2'\nname: Medusa\nurl: \"https://example.org/a\"\n  creationDate: # new\nlegal:\n  license: MIT\n"
	f, err := Read(strings.NewReader(text), Limits{})
	var re *ReadError
	if !errors.As(err, &re) || re.Problem.Line < 3 || re.Problem.Line > 4 || re.Problem.Key != "url" {
		t.Fatalf("error: %v in %+v", err, re)
	}
	if f.Doc.Name != "Medusa" || f.Doc.Legal.License != "MIT" || f.Doc.URL != "" || string(f.Bytes()) != text {
		t.Errorf("%+v", f.Doc)
	}
	if ps := f.Judge(); len(ps) != 1 || Valid(ps) {
		t.Errorf("%q", codes(ps))
	}
	if err := f.Set("name", "x"); !errors.Is(err, ErrBroken) {
		t.Errorf("set: %v", err)
	}
}

func TestEncodings(t *testing.T) {
	for _, c := range []struct {
		name, text, want string
		codes            []string
	}{
		{"Latin-1", "name: Caf\xe9\n", "Café", []string{"encoding"}},
		{"byte order mark", "\ufeffname: Café\n", "Café", []string{"byte_order_mark"}},
		{"Windows line ends", "name: Café\r\nurl: x\r\n", "Café", []string{"carriage_return"}},
		{"UTF-16", "\xff\xfen\x00a\x00m\x00e\x00:\x00 \x00C\x00a\x00f\x00\xe9\x00", "Café", []string{"encoding"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			f := read(t, c.text)
			if f.Doc.Name != c.want || string(f.Bytes()) != c.text {
				t.Errorf("name %q, bytes %q", f.Doc.Name, f.Bytes())
			}
			for _, code := range c.codes {
				if !slices.ContainsFunc(f.Judge(), func(p Problem) bool { return p.Code == "publiccode."+code }) {
					t.Errorf("%s is not said", code)
				}
			}
			if err := f.Set("name", "Thé"); err != nil || f.Doc.Name != "Thé" {
				t.Errorf("set: %v, %q", err, f.Bytes())
			}
			if c.name == "Windows line ends" && string(f.Bytes()) != "name: Thé\r\nurl: x\r\n" {
				t.Errorf("line ends are lost: %q", f.Bytes())
			}
		})
	}
}

// endless gives the same bytes for ever, and counts.
type endless struct{ read int }

func (e *endless) Read(p []byte) (int, error) {
	for i := range p {
		p[i] = "name: x\n"[(e.read+i)%8]
	}
	e.read += len(p)
	return len(p), nil
}

func TestLimits(t *testing.T) {
	bomb := "a0: &a0 [x]\n"
	for i := 1; i <= 8; i++ {
		bomb += fmt.Sprintf("a%d: &a%d [%s*a%d]\n", i, i, strings.Repeat(fmt.Sprintf("*a%d, ", i-1), 8), i-1)
	}
	var keys strings.Builder
	for i := range 8000 {
		fmt.Fprintf(&keys, "k%d: v\n", i)
	}
	stairs := ""
	for i := range 60 {
		stairs += strings.Repeat(" ", i) + "a:\n"
	}
	for _, c := range []struct{ name, text, code string }{
		{"bomb of eight levels of nine", bomb, codeManyValues},
		{"8,000 keys in one mapping", keys.String(), codeManyKeys},
		{"the same in brackets", "a: {" + strings.Repeat("b: c, ", 8000) + "}", codeManyKeys},
		{"60 levels by indent", stairs, codeTooDeep},
		{"60 lists on one line", "a:\n " + strings.Repeat("- ", 60) + "x", codeTooDeep},
		{"1 MiB of brackets", "a: " + strings.Repeat("[", 1<<20-10), codeTooDeep},
		{"blank lines in a block of text", "a: |\n" + strings.Repeat("\n", 40_000) + "b: c", codeBlankLines},
		{"half a million lines", "a: |\n" + strings.Repeat("\n", 500_000) + "b: c", codeManyLines},
		{"half a million old line ends", strings.Repeat("#\r", 500_000), codeManyLines},
		{"a long list", "a:\n" + strings.Repeat("- b\n", 30_000), codeManyValues},
		{"a long list in brackets", "a: [" + strings.Repeat("b,", 100_000) + "]", codeManyValues},
		{"more than a mebibyte", "a: " + strings.Repeat("b", 1<<20), codeTooLarge},
		{"an anchor that holds itself", "a: &a [*a]\nb: *a\n", ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			f, err := Read(strings.NewReader(c.text), Limits{})
			var re *ReadError
			if c.code == "" {
				if err != nil || f.Valid() {
					t.Fatalf("%v", err)
				}
				return
			}
			if !errors.As(err, &re) || re.Problem.Code != c.code || re.Problem.Line < 1 {
				t.Fatalf("got %v, want %s", err, c.code)
			}
			if f.Valid() {
				t.Error("judged valid")
			}
		})
	}
	t.Run("a reader without end is not read to the end", func(t *testing.T) {
		e := &endless{}
		_, err := Read(e, Limits{})
		if err == nil || e.read > 4<<20 {
			t.Errorf("read %d bytes: %v", e.read, err)
		}
	})
	t.Run("too slow", func(t *testing.T) {
		_, err := Read(strings.NewReader("a: |\n"+strings.Repeat("\n", 499)+strings.Repeat(" x\n", 9_000)), Limits{Time: time.Nanosecond})
		var re *ReadError
		if !errors.As(err, &re) || re.Problem.Code != codeTooSlow {
			t.Errorf("%v", err)
		}
	})
	t.Run("a reader that fails", func(t *testing.T) {
		f, err := Read(io.MultiReader(strings.NewReader("name: x\n"), failing{}), Limits{})
		if !errors.Is(err, io.ErrUnexpectedEOF) || f == nil || f.Valid() {
			t.Errorf("%v", err)
		}
	})
}

type failing struct{}

func (failing) Read([]byte) (int, error) { return 0, io.ErrUnexpectedEOF }

func TestIsFork(t *testing.T) {
	f := read(t, "url: https://example.org/Town/Meduse.git\n")
	for repo, want := range map[string]bool{
		"https://example.org/town/meduse":           false,
		"https://example.org/town/meduse/":          false,
		"http://www.example.org/town/meduse.git":    false,
		"git@example.org:town/meduse.git":           false,
		"ssh://git@example.org/town/meduse":         false,
		"https://example.org/town/meduse/tree/main": false,
		"https://example.org/ada/meduse":            true,
		"https://other.example/town/meduse":         true,
		"":                                          false,
	} {
		if got := f.IsFork(repo); got != want {
			t.Errorf("%s: %v", repo, got)
		}
	}
	if read(t, "name: x\n").IsFork("https://example.org/a") {
		t.Error("a file without url is no fork")
	}
}

var placeholder = regexp.MustCompile(`\{(\w+)\}`)

func TestSentences(t *testing.T) {
	source, err := os.ReadFile("sentences.go")
	if err != nil {
		t.Fatal(err)
	}
	for _, m := range regexp.MustCompile(`= "(publiccode\.\w+)"`).FindAllStringSubmatch(string(source), -1) {
		s, ok := sentences[m[1]]
		if !ok || s.en == "" || s.fr == "" {
			t.Errorf("%s lacks a sentence", m[1])
		}
		names := func(s string) []string {
			var out []string
			for _, m := range placeholder.FindAllStringSubmatch(s, -1) {
				out = append(out, m[1])
			}
			slices.Sort(out)
			return slices.Compact(out)
		}
		if !slices.Equal(names(s.en), names(s.fr)) {
			t.Errorf("%s: %v in English, %v in French", m[1], names(s.en), names(s.fr))
		}
	}
}

func TestReport(t *testing.T) {
	var b bytes.Buffer
	f, err := Read(strings.NewReader(strings.Replace(without(), "type: internal", "type: contract", 1)), Limits{})
	r := NewReport("a.yml", f, err, "fr")
	if err := r.WriteText(&b); err != nil {
		t.Fatal(err)
	}
	want := "a.yml:26:1: erreur: maintenance.contractors: maintenance.contractors manque : cette clé est exigée quand maintenance.type vaut contract. Ajoutez-la, ou changez le type.\n"
	if b.String() != want {
		t.Errorf("got %s", b.String())
	}
	b.Reset()
	r = NewReport("gone.yml", nil, os.ErrNotExist, "en")
	if err := r.WriteJSON(&b); err != nil || r.Valid {
		t.Fatal(err)
	}
	if want := `{"file":"gone.yml","version":"","valid":false,"problems":[{"severity":"error","line":1,"column":1,"key":"","message":"The file cannot be read: file does not exist. Check that it is there and that it may be read."}]}` + "\n"; b.String() != want {
		t.Errorf("got %s", b.String())
	}
	b.Reset()
	if err := NewReport("b.yml", read(t, without()), nil, "en").WriteJSON(&b); err != nil || b.String() != `{"file":"b.yml","version":"0.7.0","valid":true,"problems":[]}`+"\n" {
		t.Errorf("got %s", b.String())
	}
}

// checkAlways holds what must be true of any file.
func checkAlways(t *testing.T, raw []byte, f *File) {
	t.Helper()
	if f.raw != nil && !bytes.Equal(f.Bytes(), raw) {
		t.Fatalf("bytes changed: %q became %q", raw, f.Bytes())
	}
	lines := max(1, len(f.lines))
	for _, p := range f.Judge() {
		if p.Line < 1 || p.Column < 1 || p.Line > lines+1 {
			t.Fatalf("problem at %d:%d of %d lines: %s", p.Line, p.Column, lines, p.Message)
		}
		for _, lang := range Languages() {
			if s := p.Text(lang); s == "" || strings.Contains(s, "<nil>") {
				t.Fatalf("%s says %q", p.Code, s)
			}
		}
	}
}

func TestRealFiles(t *testing.T) {
	files, err := filepath.Glob("testdata/*.yml")
	if err != nil || len(files) < 8 {
		t.Fatalf("%d files, %v", len(files), err)
	}
	wants := map[string]bool{ // valid, by the version that each declares
		"CatalaLang__catala.yml": false, "InseeFrLab__onyxia.yml": false, "diggsweden__open-source-project-template.yml": true,
		"it-at-m__mucgpt.yml": true, "publiccodenet__standard.yml": true, "suitenumerique__docs.yml": false,
		"swiss__designsystem.yml": true, "awesome-2023-ara.yml": false, "awesome-2023-template.yml": false, "awesome-2024-esup_pod.yml": false,
	}
	for _, path := range files {
		t.Run(filepath.Base(path), func(t *testing.T) {
			raw, err := os.ReadFile(path)
			if err != nil {
				t.Fatal(err)
			}
			f, err := Read(bytes.NewReader(raw), Limits{})
			checkAlways(t, raw, f)
			want, ok := wants[filepath.Base(path)]
			if r := NewReport(path, f, err, "en"); !ok || r.Valid != want {
				t.Errorf("valid: %v, want %v: %+v", r.Valid, want, r.Problems)
			}
			if f.Doc.Name == "" || f.Doc.URL == "" && filepath.Base(path) != "awesome-2023-template.yml" {
				t.Errorf("name or url is not read: %+v", f.Doc)
			}
		})
	}
}

// TestWhereTheReferenceParserSaysOtherwise keeps the cases of the package comment in which the reference parser's own test files get another
// verdict here, because the standard's text has it so.
func TestWhereTheReferenceParserSaysOtherwise(t *testing.T) {
	for _, c := range []struct {
		file, old, new string
		there          bool // what the reference parser says
		want           []string
	}{
		{"valid_with_fundedBy, fundedBy_name_missing", "legal:", "fundedBy:\n  - uri: https://example.org\nlegal:", true, []string{"!25 fundedBy[0].name missing"}},
		{"fundedBy_uri_missing", "legal:", "fundedBy:\n  - name: Town\nlegal:", false, nil},
		{"maintenance_contacts_phone", "email: ada@example.org", "phone: +391624231322", true, []string{"!31 maintenance.contacts[0].phone quote"}},
		{"the same in quotes", "email: ada@example.org", "phone: '+391624231322'", true, nil},
		{"platforms_wrong_type", "platforms:\n  - web   # for now", "platforms: web", false, nil},
		{"description_en_features_empty", "    features:\n      - Réserver   # le premier\n      - Annuler\n", "    features: []\n", false,
			[]string{"21 description.fr.features empty_optional"}},
	} {
		t.Run(c.file, func(t *testing.T) {
			text := strings.Replace(without(), c.old, c.new, 1)
			if text == without() {
				t.Fatal("the case changes nothing")
			}
			ps := read(t, text).Judge()
			if got := codes(ps); !slices.Equal(got, c.want) {
				t.Errorf("got  %q\nwant %q", got, c.want)
			}
			if Valid(ps) == c.there && c.file != "the same in quotes" {
				t.Errorf("the reference parser agrees (%v): take the case out", c.there)
			}
		})
	}
}

func TestListsAreSearchedWhole(t *testing.T) {
	lines := strings.Split(strings.TrimSpace(ipaList), "\n")
	if len(lines) < 20_000 || !strings.HasPrefix(lines[0], "# 20") || !slices.IsSorted(lines) {
		t.Fatalf("%d lines, from %q", len(lines), lines[0])
	}
	for _, code := range lines[1:] {
		if !isIPA(code) {
			t.Errorf("%s is not found", code)
		}
	}
	for _, code := range []string{"", "# 2026-08-17", lines[0], "0", "zzzzzzzz", "c_h50", "c_h5011", "c_h501\n"} {
		if isIPA(code) {
			t.Errorf("%q is found", code)
		}
	}
}
