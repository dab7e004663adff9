package commons

import (
	"encoding/json"
	"net/url"
	"slices"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/language"
	"golang.org/x/text/unicode/norm"

	"commun/internal/platform/fault"
)

// Source is where a field's value comes from. A person's word stands before a file's, and a file's before what was read off the repository.
type Source string

// The sources, the strongest first.
const (
	FromPerson     Source = "person"
	FromPublicCode Source = "publiccode" // the repository's publiccode.yml
	FromRepository Source = "repository" // its README, its licence file, its history
)

// What an import brought and a person took back stays away under a source of its own, just before the one whose word it takes back: its value is what
// that source said before, or null when it said nothing. It lasts until the source says something else.
const (
	UndonePublicCode Source = "undone-publiccode"
	UndoneRepository Source = "undone-repository"
)

// Sources lists them, the strongest first.
var Sources = []Source{FromPerson, UndonePublicCode, FromPublicCode, UndoneRepository, FromRepository}

// rank orders sources, 0 the strongest.
func (s Source) rank() int { return slices.Index(Sources, s) }

// undone is the source that takes s's word back; "" for a person, whose word is taken back by itself.
func (s Source) undone() Source {
	switch s {
	case FromPublicCode:
		return UndonePublicCode
	case FromRepository:
		return UndoneRepository
	}
	return ""
}

// Takes returns the source whose word s takes back; "" for a source that speaks for itself.
func (s Source) Takes() Source {
	switch s {
	case UndonePublicCode:
		return FromPublicCode
	case UndoneRepository:
		return FromRepository
	}
	return ""
}

// Shape is the form of a field's value.
type Shape int

// The shapes. Every value is kept as JSON of its shape.
const (
	Text    Shape = iota // a string on one line
	LongTxt              // a string of several lines, in Markdown
	Choice               // one of Options
	Choices              // a list of Options, or of codes that Check accepts
	Words                // a list of strings
	Address              // a web address
	Parties              // a list of Party
	DayText              // a date, YYYY-MM-DD
	Bool                 // true or false
	RawText              // a file's text, kept as it is
)

// Party is a person or an organisation that a field names: a steward organisation, a maintainer, a user.
type Party struct {
	Name string `json:"name"`
	URL  string `json:"url,omitempty"`
	Of   string `json:"of,omitempty"` // the organisation that a maintainer works for
}

// Field describes one thing that can be said of a commons.
type Field struct {
	Name    string
	Shape   Shape
	PerLang bool     // it has a value in each language
	Max     int      // the longest text, in characters; for lists, of one item
	Options []string // of a Choice
	Edit    bool     // a person edits it on the form; others are only imported
}

// The kinds of resource, the stages and the audiences that a commons may have.
var (
	Kinds  = []string{"code", "data", "map", "documents", "service", "hardware"}
	Stages = []string{"concept", "development", "beta", "stable", "obsolete"}
	// Audiences are the scopes of publiccode.yml 0.7.
	Audiences = []string{"agriculture", "culture", "defence", "education", "emergency-services", "employment", "energy", "environment",
		"finance-and-economic-development", "foreign-affairs", "government", "healthcare", "infrastructures", "justice", "local-authorities",
		"manufacturing", "public-administration", "research", "science-and-technology", "security", "society", "sport", "tourism",
		"transportation", "welfare"}
)

// Undetermined is the language of a text of which an import could not tell it: BCP 47's own word.
const Undetermined = "und"

// TextLanguage is the field in which a person says in which language the texts of Undetermined are. It is a person's alone, so no import takes it
// away, and the text itself stays the repository's: it follows its changes.
const TextLanguage = "text_language"

// Fields lists all fields, in the order in which a form and a page show them.
var Fields = []Field{
	{Name: "name", Shape: Text, Max: 200, Edit: true},
	{Name: "summary", Shape: Text, PerLang: true, Max: 300, Edit: true},
	{Name: "description", Shape: LongTxt, PerLang: true, Max: 20_000, Edit: true},
	{Name: TextLanguage, Shape: Text, Max: 60, Edit: true},
	{Name: "kind", Shape: Choice, Options: Kinds, Edit: true},
	{Name: "licence", Shape: Text, Max: 300, Edit: true},
	{Name: "stage", Shape: Choice, Options: Stages, Edit: true},
	{Name: "stewards", Shape: Parties, Max: 200, Edit: true},
	{Name: "maintainers", Shape: Parties, Max: 200, Edit: true},
	{Name: "audiences", Shape: Choices, Options: Audiences, Edit: true},
	{Name: "countries", Shape: Choices, Edit: true},
	{Name: "territories", Shape: Words, Max: 100, Edit: true},
	{Name: "languages", Shape: Choices, Edit: true},
	{Name: "rules", Shape: LongTxt, PerLang: true, Max: 20_000, Edit: true},
	{Name: "website", Shape: Address, Max: 500, Edit: true},
	{Name: "documentation", Shape: Address, PerLang: true, Max: 500, Edit: true},
	{Name: "roadmap", Shape: Address, Max: 500, Edit: true},
	{Name: "features", Shape: Words, PerLang: true, Max: 300},
	{Name: "categories", Shape: Words, Max: 100},
	{Name: "platforms", Shape: Words, Max: 100},
	{Name: "version", Shape: Text, Max: 100},
	{Name: "released", Shape: DayText},
	{Name: "users", Shape: Parties, Max: 200},
	{Name: "funders", Shape: Parties, Max: 200},
	{Name: "maintenance", Shape: Choice, Options: []string{"internal", "contract", "community", "none"}},
	{Name: "licence_file", Shape: Text, Max: 300},
	{Name: "publiccode", Shape: RawText, Max: 1 << 20},
}

// FieldByName returns the field called name.
func FieldByName(name string) (Field, bool) {
	i := slices.IndexFunc(Fields, func(f Field) bool { return f.Name == name })
	if i < 0 {
		return Field{}, false
	}
	return Fields[i], true
}

// maxItems is how many items a list may have.
const maxItems = 200

// Clean checks value, which is of the field's shape in Go (string, []string, []Party, bool), and returns its JSON; nil for an empty one.
// field names the form's field in the fault.
func (f Field) Clean(field string, value any) (json.RawMessage, error) {
	var err error
	switch v := value.(type) {
	case string:
		if v, err = f.cleanText(field, v); err != nil || v == "" {
			return nil, err
		}
		value = v
	case []string:
		list := []string{}
		for _, item := range v {
			if item, err = f.cleanText(field, item); err != nil {
				return nil, err
			}
			if item != "" && !slices.Contains(list, item) {
				list = append(list, item)
			}
		}
		if len(list) == 0 {
			return nil, nil
		}
		if len(list) > maxItems {
			return nil, fault.Invalid(field, "commons.too_many_items").With("count", len(list)).With("limit", maxItems)
		}
		value = list
	case []Party:
		list := []Party{}
		for _, p := range v {
			if p.Name, err = f.cleanText(field, p.Name); err != nil {
				return nil, err
			}
			if p.Of, err = f.cleanText(field, p.Of); err != nil {
				return nil, err
			}
			if p.URL, err = cleanAddress(field, p.URL, 500); err != nil {
				return nil, err
			}
			if p.Name != "" && !slices.Contains(list, p) {
				list = append(list, p)
			}
		}
		if len(list) == 0 {
			return nil, nil
		}
		if len(list) > maxItems {
			return nil, fault.Invalid(field, "commons.too_many_items").With("count", len(list)).With("limit", maxItems)
		}
		value = list
	}
	b, err := json.Marshal(value)
	if err != nil {
		return nil, fault.Invalid(field, "commons.not_readable").Wrap(err)
	}
	return b, nil
}

func (f Field) cleanText(field, s string) (string, error) {
	if !utf8.ValidString(s) {
		return "", fault.Invalid(field, "commons.not_readable")
	}
	s = norm.NFC.String(s)
	multi := f.Shape == LongTxt || f.Shape == RawText
	if multi {
		s = strings.TrimSpace(strings.ReplaceAll(s, "\r\n", "\n"))
	} else {
		s = strings.Join(strings.Fields(s), " ")
	}
	if strings.IndexFunc(s, func(r rune) bool { return unicode.IsControl(r) && r != '\n' && r != '\t' || isBidiControl(r) }) >= 0 || s != "" && Invisible(s) {
		return "", fault.Invalid(field, "commons.control_characters")
	}
	if n := utf8.RuneCountInString(s); f.Max > 0 && n > f.Max {
		return "", fault.Invalid(field, "commons.too_long").With("count", n).With("limit", f.Max)
	}
	if s == "" {
		return "", nil
	}
	switch {
	case len(f.Options) > 0 && !slices.Contains(f.Options, s):
		return "", fault.Invalid(field, "commons.not_an_option").With("value", s)
	case f.Shape == Address:
		return cleanAddress(field, s, f.Max)
	case f.Shape == DayText:
		if _, err := time.Parse(time.DateOnly, s); err != nil {
			return "", fault.Invalid(field, "commons.not_a_day").With("value", s)
		}
	case f.Name == "countries":
		region, err := language.ParseRegion(s)
		if err != nil || !region.IsCountry() {
			return "", fault.Invalid(field, "commons.not_a_country").With("value", s)
		}
		return region.String(), nil
	case f.Name == TextLanguage:
		tag, err := language.Parse(s)
		base, _, _ := tag.Raw() // as texts are kept: by their language alone
		if err != nil || base.String() == Undetermined {
			return "", fault.Invalid(field, "commons.not_a_language").With("value", s)
		}
		return base.String(), nil
	case f.Name == "languages":
		tag, err := language.Parse(s)
		if err != nil {
			return "", fault.Invalid(field, "commons.not_a_language").With("value", s)
		}
		return tag.String(), nil
	}
	return s, nil
}

// Invisible says whether nothing of a text can be seen: it holds only blanks, marks that join or part letters, and letters that are drawn empty.
func Invisible(s string) bool {
	return strings.IndexFunc(s, func(r rune) bool {
		return !unicode.IsSpace(r) && !unicode.Is(unicode.Cf, r) && !unicode.Is(unicode.M, r) && !unicode.IsControl(r) &&
			!strings.ContainsRune("\u115f\u1160\u2800\u3164\uffa0", r)
	}) < 0
}

// isBidiControl names the characters that change the direction of the text after them: they could make a page say what it does not.
func isBidiControl(r rune) bool {
	return r >= 0x202A && r <= 0x202E || r >= 0x2066 && r <= 0x2069
}

// cleanAddress accepts http and https addresses without a password.
func cleanAddress(field, s string, limit int) (string, error) {
	s = strings.TrimSpace(s)
	if s == "" {
		return "", nil
	}
	u, err := url.Parse(s)
	if err != nil || (u.Scheme != "https" && u.Scheme != "http") || u.Host == "" || u.User != nil || len(s) > limit {
		return "", fault.Invalid(field, "commons.not_an_address").With("value", s)
	}
	return u.String(), nil
}
