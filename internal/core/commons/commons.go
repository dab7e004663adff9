// Package commons holds the noun that everything else is about. A *commons* is a resource (code, data, a map, documents, a service,
// hardware), the community that keeps it, and the rules that they share. What is said of it stands in *fields*, each with its *sources*:
// a person, the repository's publiccode.yml, or the repository itself. A later import never overwrites what a person wrote, since each
// source has its own value; the page shows the strongest.
package commons

import (
	"cmp"
	"encoding/json"
	"slices"

	"commun/internal/core/people"
)

// State is where a commons is in its life here.
type State string

// The states. A proposed commons waits for an administrator; a merged one leads to the commons that it was merged into.
const (
	Proposed State = "proposed"
	Active   State = "active"
	Archived State = "archived"
	Merged   State = "merged"
)

// Value is what one source says of one field.
type Value struct {
	Field  string          `json:"field"`
	Lang   string          `json:"lang,omitempty"` // for a field per language
	Source Source          `json:"source"`
	JSON   json.RawMessage `json:"value"`          // null: the source says that there is none
	Note   string          `json:"note,omitempty"` // where in the source: "publiccode.yml:12", "README.md"
	At     int64           `json:"at"`             // when it was first said so, UTC microseconds
}

// Home is a repository of the commons: the canonical key by which its spellings are one, and the address as it was given.
type Home struct {
	Key     string `json:"key"`
	Address string `json:"address"`
	Main    bool   `json:"main"` // the one that it is refreshed from; others lead to the same commons
}

// Commons is one commons, with everything that is said of it.
type Commons struct {
	ID         string  `json:"id"`
	Slug       string  `json:"slug"`
	State      State   `json:"state"`
	MergedInto string  `json:"merged_into,omitempty"`
	CreatedAt  int64   `json:"created_at"`
	CreatedBy  string  `json:"-"` // a person's id while that person is not forgotten; the journal proves it
	UpdatedAt  int64   `json:"updated_at"`
	Revision   int64   `json:"revision"`
	Homes      []Home  `json:"homes"`
	Values     []Value `json:"values"`
}

// The acts on a commons. Its stewards and contributors edit it; stewards alone archive and merge.
var (
	ActCreate  = people.Act{Name: "commons.create", Anyone: true} // the instance's policy narrows it
	ActEdit    = people.Act{Name: "commons.edit", Roles: []people.Role{people.Steward, people.Contributor}}
	ActRefresh = people.Act{Name: "commons.refresh", Roles: []people.Role{people.Steward, people.Contributor}}
	ActArchive = people.Act{Name: "commons.archive", Roles: []people.Role{people.Steward}}
	ActMerge   = people.Act{Name: "commons.merge", Roles: []people.Role{people.Steward}}
	ActApprove = people.Act{Name: "commons.approve"}
	ActImport  = people.Act{Name: "commons.import"} // a list, a folder of the machine
)

// Best returns the value of field in lang from its strongest source. ok is false when there is none. A text whose language an import could not
// tell is in the language that a person gave (TextLanguage), behind a text of the same source that is in it by itself.
func (c Commons) Best(field, lang string) (Value, bool) {
	var best, untold Value
	ok, also := false, false
	for _, v := range c.Values {
		switch {
		case v.Field != field || c.silent(v):
		case v.Lang == lang && (!ok || v.Source.rank() < best.Source.rank()):
			best, ok = v, true
		case v.Lang == Undetermined && (!also || v.Source.rank() < untold.Source.rank()):
			untold, also = v, true
		}
	}
	if lang == Undetermined && ok && c.told() != "" {
		return Value{}, false
	}
	if also && lang != "" && (!ok || untold.Source.rank() < best.Source.rank()) && c.told() == lang {
		best, ok = untold, true
		best.Lang = lang
	}
	if ok && isNull(best.JSON) {
		return Value{}, false
	}
	return best, ok
}

// silent says whether a value counts for nothing: a source's word that was taken back, or what stands in its place when that is no word at all.
func (c Commons) silent(v Value) bool {
	if v.Source.Takes() != "" {
		return isNull(v.JSON)
	}
	undone := v.Source.undone()
	if undone == "" {
		return false
	}
	_, ok := c.Of(undone, v.Field, v.Lang)
	return ok
}

// told is the language that a person gave to the texts whose language an import could not tell; "" when nobody did.
func (c Commons) told() string {
	for _, v := range c.Values {
		if v.Field == TextLanguage && v.Source == FromPerson {
			return v.Text()
		}
	}
	return ""
}

// Of returns what one source says of field in lang.
func (c Commons) Of(source Source, field, lang string) (Value, bool) {
	for _, v := range c.Values {
		if v.Field == field && v.Lang == lang && v.Source == source {
			return v, true
		}
	}
	return Value{}, false
}

// Langs returns the languages in which field has a value, those of prefer first and then in their own order.
func (c Commons) Langs(field string, prefer ...string) []string {
	var langs []string
	for _, v := range c.Values {
		if v.Field != field {
			continue
		}
		lang := v.Lang
		if lang == Undetermined {
			lang = cmp.Or(c.told(), lang)
		}
		if _, ok := c.Best(field, lang); ok && !slices.Contains(langs, lang) {
			langs = append(langs, lang)
		}
	}
	slices.SortStableFunc(langs, func(a, b string) int { return preference(a, prefer) - preference(b, prefer) })
	return langs
}

func preference(lang string, prefer []string) int {
	if i := slices.Index(prefer, lang); i >= 0 {
		return i
	}
	return len(prefer)
}

// In returns the best value of a field per language, in the reader's language when there is one, else in English, French or any other.
func (c Commons) In(field, lang string) (Value, bool) {
	langs := c.Langs(field, lang, "en", "fr")
	if len(langs) == 0 {
		return Value{}, false
	}
	return c.Best(field, langs[0])
}

// Name returns the commons' name, or its slug when nothing names it.
func (c Commons) Name() string {
	if v, ok := c.Best("name", ""); ok {
		return v.Text()
	}
	return c.Slug
}

// Main returns the repository that it is refreshed from.
func (c Commons) Main() (Home, bool) {
	for _, h := range c.Homes {
		if h.Main {
			return h, true
		}
	}
	return Home{}, false
}

// Text returns a value of a text shape; "" for another shape.
func (v Value) Text() string {
	var s string
	_ = json.Unmarshal(v.JSON, &s) // another shape is no text
	return s
}

// List returns a value that is a list of texts.
func (v Value) List() []string {
	var l []string
	_ = json.Unmarshal(v.JSON, &l)
	return l
}

// PartyList returns a value that is a list of parties.
func (v Value) PartyList() []Party {
	var l []Party
	_ = json.Unmarshal(v.JSON, &l)
	return l
}

func isNull(j json.RawMessage) bool { return len(j) == 0 || string(j) == "null" }
