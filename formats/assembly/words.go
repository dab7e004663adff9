package assembly

import "strings"

// The columns, by what they are called: in lower case, without accents, apostrophes or blanks.
const (
	colVoter    = "voter"
	colName     = "name"
	colKind     = "kind"
	colCollege  = "college"
	colVotes    = "votes"
	colGroup    = "group"
	colChoice   = "choice"
	colDelegate = "delegate"
	colTopic    = "topic"
	colSince    = "since"
	colUntil    = "until"
)

// column is what a head means; "" for one that is not known. group may stand in several columns, each other one once.
func column(head string) string {
	switch folded(head) {
	case "voter", "member", "id", "votant", "votante", "membre", "associe", "identifiant":
		return colVoter
	case "name", "nom":
		return colName
	case "kind", "category", "categorie", "qualite":
		return colKind
	case "college":
		return colCollege
	case "votes", "seats", "voix":
		return colVotes
	case "group", "groups", "groupe", "groupes", "organisation", "organization", "structure":
		return colGroup
	case "choice", "vote", "choix":
		return colChoice
	case "delegate", "proxy", "delegue", "deleguee", "delegation", "mandataire", "pouvoir", "pouvoira":
		return colDelegate
	case "topic", "sujet", "theme":
		return colTopic
	case "since", "from", "depuis", "du":
		return colSince
	case "until", "to", "jusqua", "jusquau", "au":
		return colUntil
	}
	return ""
}

// kind is what the law on the SCIC calls a member, in the words of engines/tally/college; any other kind stays as it is.
func kind(cell string) string {
	switch folded(cell) {
	case "employee", "employees", "salarie", "salariee", "salaries":
		return "employee"
	case "producer", "producers", "producteur", "productrice", "producteurs":
		return "producer"
	case "beneficiary", "beneficiaries", "beneficiaire", "beneficiaires", "usager", "usagere", "usagers", "user", "users":
		return "beneficiary"
	}
	return cell
}

// The choices of a question of yes and no.
const (
	Yes     = "yes"
	No      = "no"
	Abstain = "abstain"
)

// answer is yes, no or an abstention in words; "" for any other choice.
func answer(cell string) string {
	switch folded(cell) {
	case "yes", "y", "oui", "o", "pour", "for":
		return Yes
	case "no", "n", "non", "contre", "against":
		return No
	case "abstain", "abstention", "abstains", "blanc", "blank":
		return Abstain
	}
	return ""
}

// folded is a word in lower case, without accents, apostrophes, blanks and underlines.
func folded(s string) string {
	return strings.NewReplacer("é", "e", "è", "e", "ê", "e", "ô", "o", "à", "a", "É", "e", "’", "", "'", "", " ", "", "_", "", "-", "").Replace(strings.ToLower(strings.TrimSpace(s)))
}
