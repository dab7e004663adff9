package people

import (
	"slices"

	"commun/internal/platform/fault"
)

// Role is what a person is to a commons, to an organisation, or to the instance.
type Role string

// The roles on a commons and on an organisation, from most to least, and the instance's administrator.
const (
	Steward     Role = "steward"     // answers for it: edits, gives roles, archives
	Contributor Role = "contributor" // edits what describes it
	Observer    Role = "observer"    // is told what happens
	Admin       Role = "admin"       // of the instance only
)

// Instance is the owner id under which the roles on the instance itself are kept.
const Instance = "instance"

// Act is something that a person may or may not do, with who may. It is declared once, beside the service method that checks it.
type Act struct {
	Name   string // such as "commons.edit"; the permission table and the log speak of it by this name
	Roles  []Role // roles on the owner of the thing that allow it; the instance's administrators always may
	Member bool   // any person who is signed in may
	Anyone bool   // visitors may too
}

// Actor is who acts: a visitor, a person with the roles held when the request began, or a part of the program.
// The zero Actor is a visitor. It is a value: nothing changes it after it was made.
type Actor struct {
	Person string // the person's id; empty for a visitor and for the program
	Name   string
	Lang   string // the language chosen, "fr" or "en"; empty when none was
	part   string
	roles  map[string][]Role
}

// NewActor returns the person with the given roles by owner id.
func NewActor(person, name, lang string, roles map[string][]Role) Actor {
	return Actor{Person: person, Name: name, Lang: lang, roles: roles}
}

// Program returns the program itself at work for no person, such as "import" on a schedule. It may do everything.
func Program(part string) Actor { return Actor{part: part} }

// Author returns what the journal writes for who acted: a person's id, "program:import", or "visitor".
func (a Actor) Author() string {
	switch {
	case a.part != "":
		return "program:" + a.part
	case a.Person != "":
		return a.Person
	}
	return "visitor"
}

// AuthorPerson returns the acting person's id, or "" when no person acts: what the journal must be able to forget.
func (a Actor) AuthorPerson() string { return a.Person }

// SignedIn says whether a person acts.
func (a Actor) SignedIn() bool { return a.Person != "" }

// IsAdmin says whether the actor administers the instance; the program does.
func (a Actor) IsAdmin() bool { return a.part != "" || slices.Contains(a.roles[Instance], Admin) }

// Has says whether the actor holds one of roles on owner.
func (a Actor) Has(owner string, roles ...Role) bool {
	for _, r := range a.roles[owner] {
		if slices.Contains(roles, r) {
			return true
		}
	}
	return false
}

// Owners returns the ids on which the actor holds role, sorted, the instance left out.
func (a Actor) Owners(role Role) []string {
	var ids []string
	for owner, held := range a.roles {
		if owner != Instance && slices.Contains(held, role) {
			ids = append(ids, owner)
		}
	}
	slices.Sort(ids)
	return ids
}

// May returns nil when the actor may do act on a thing that owner owns (a commons, an organisation, or Instance), and else a denied
// fault that tells a visitor to sign in.
func (a Actor) May(act Act, owner string) error {
	switch {
	case act.Anyone, a.IsAdmin(), act.Member && a.SignedIn(), a.Has(owner, act.Roles...):
		return nil
	case !a.SignedIn():
		return fault.Denied("people.sign_in_first").With("act", act.Name)
	}
	return fault.Denied("people.not_allowed").With("act", act.Name)
}
