package people

import (
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"

	"commun/internal/platform/fault"
)

// Person is someone with an account. The name and the address are theirs to have forgotten; the id stays, and says nothing.
type Person struct {
	ID        string
	Email     string // as it was given; "" once forgotten
	Name      string // shown to others beside what the person did; "" once forgotten
	Lang      string // "fr", "en", or "" for the browser's choice
	Forgotten bool
	CreatedAt int64 // UTC microseconds
	Revision  int64
}

// MaxName is the longest name of a person or an organisation, in characters.
const MaxName = 120

// checkName returns name without surrounding blanks, or an invalid fault on field. A name that could turn the page around that shows it, or that
// holds what no page shows, is refused.
func checkName(field, name string) (string, error) {
	if !utf8.ValidString(name) || strings.ContainsFunc(name, unseen) {
		return "", fault.Invalid(field, "people.name_characters")
	}
	name = strings.Join(strings.Fields(norm.NFC.String(name)), " ")
	switch n := utf8.RuneCountInString(name); {
	case n == 0:
		return "", fault.Invalid(field, "people.name_missing")
	case n > MaxName:
		return "", fault.Invalid(field, "people.name_too_long").With("count", n).With("limit", MaxName)
	}
	return name, nil
}

// unseen says whether r is a control character or one that turns the direction of what follows; the marks that languages written from right to
// left need are none.
func unseen(r rune) bool {
	return unicode.IsControl(r) && !unicode.IsSpace(r) || r >= 0x202A && r <= 0x202E || r >= 0x2066 && r <= 0x2069
}

// OrganisationKind is what sort of organisation one is.
type OrganisationKind string

// The kinds of organisation. The State and local authorities are public bodies.
const (
	PublicBody  OrganisationKind = "public_body"
	Association OrganisationKind = "association"
	Company     OrganisationKind = "company"
	Collective  OrganisationKind = "collective"
)

// OrganisationKinds lists them in the order in which a form offers them.
var OrganisationKinds = []OrganisationKind{PublicBody, Association, Company, Collective}

// Organisation is a body that takes part: as steward of a commons, as its user, as its funder.
type Organisation struct {
	ID        string
	Slug      string
	Name      string
	Kind      OrganisationKind
	Website   string
	Archived  bool
	CreatedAt int64
	Revision  int64
}

// Grant is one role that one person holds on one owner.
type Grant struct {
	Owner  string
	Person string
	Name   string // of the person, for lists
	Role   Role
	Since  int64
}

// The acts on people. The owner of an act is the organisation or the commons concerned, or Instance.
var (
	ActListPeople   = Act{Name: "people.list"}
	ActInvite       = Act{Name: "people.invite"}
	ActForget       = Act{Name: "people.forget"}
	ActGrant        = Act{Name: "people.grant", Roles: []Role{Steward}}
	ActCreateOrg    = Act{Name: "people.create_organisation", Member: true}
	ActEditOrg      = Act{Name: "people.edit_organisation", Roles: []Role{Steward}}
	ActEditSelf     = Act{Name: "people.edit_self", Member: true}
	ActListSessions = Act{Name: "people.list_sessions", Member: true}
)
