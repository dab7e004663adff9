package pabulib

// kind is the form of a value of META or of a column.
type kind uint8

const (
	text    kind = iota
	whole        // 0, 1, 2…
	amount       // a decimal number, not negative
	number       // a decimal number
	day          // DD.MM.YYYY or YYYY
	one          // 1, or the key is not there
	voteTyp      // one of the vote types
	ruleTyp      // one of the rules
	lang         // ISO 639-1
	money        // ISO 4217
	remark       // begins with "#1: "
)

// metaKey is what the format says of a key of META.
type metaKey struct {
	key  string
	kind kind
	must bool
}

// metaKeys is the format's page as a table, in its order.
var metaKeys = []metaKey{
	{"description", text, true}, {"country", text, true}, {"unit", text, true}, {"district", text, false}, {"subunit", text, false},
	{"instance", text, true}, {"num_projects", whole, true}, {"num_votes", whole, true}, {"budget", amount, true}, {"vote_type", voteTyp, true},
	{"rule", ruleTyp, true}, {"date_begin", day, true}, {"date_end", day, true},
	{"min_length", whole, false}, {"max_length", whole, false}, {"min_sum_cost", amount, false}, {"max_sum_cost", amount, false},
	{"min_points", number, false}, {"max_points", number, false}, {"min_sum_points", number, false}, {"max_sum_points", number, false},
	{"default_score", number, false}, {"min_project_cost", amount, false}, {"max_project_cost", amount, false},
	{"min_project_score_threshold", number, false}, {"neighborhoods", text, false}, {"subdistricts", text, false}, {"categories", text, false},
	{"edition", text, false}, {"language", lang, false}, {"currency", money, false}, {"fully_funded", one, false}, {"experimental", one, false},
	{"comment", remark, false}, {"acknowledgments", text, false}, {"leftover_budget", number, false},
	{"budget_per_category", text, false}, {"budget_per_neighborhood", text, false},
	{"min_length_per_category", text, false}, {"max_length_per_category", text, false},
	{"min_sum_cost_per_category", text, false}, {"max_sum_cost_per_category", text, false},
}

var (
	projectColumns = []string{"project_id", "cost", "votes", "score", "name", "category", "beneficiaries", "selected", "neighborhood", "subunit",
		"district", "description", "proposer", "public_id", "latitude", "longitude"}
	voteColumns = []string{"voter_id", "vote", "points", "age", "sex", "voting_method", "district", "neighborhood", "education"}
	// oldColumns are earlier names that files still have, with what took their place.
	oldColumns = map[string]string{"target": "beneficiaries", "categories": "category"}

	voteTypes = []string{string(Approval), string(Ordinal), string(Cumulative), string(Scoring), string(ChooseOne)}
	rules     = []string{"greedy", "greedy-no-skip", "greedy-threshold", "greedy-exclusive", "greedy-custom", "equalshares", "equalshares/add1",
		"equalshares-comparison", "equalshares/add1-comparison", "unknown"}
	sexes   = []string{"M", "F", "O"}
	methods = []string{"internet", "paper"}
)

// bounds are the keys of META that limit the same thing from both sides.
var bounds = [][2]string{{"min_length", "max_length"}, {"min_sum_cost", "max_sum_cost"}, {"min_points", "max_points"},
	{"min_sum_points", "max_sum_points"}, {"min_project_cost", "max_project_cost"}}

func metaKeyOf(key string) (metaKey, bool) {
	for _, k := range metaKeys {
		if k.key == key {
			return k, true
		}
	}
	return metaKey{}, false
}

// misspelt is the known word that a key differs from by its case or one letter, or "": other unknown keys are a city's own, and kept.
func misspelt(key string, known []string) string {
	if len(key) < 4 || len(key) > 40 {
		return ""
	}
	for _, k := range known {
		if k != key && oneApart(lower(key), k) {
			return k
		}
	}
	return ""
}

func lower(s string) string {
	b := []byte(s)
	for i, c := range b {
		if c >= 'A' && c <= 'Z' {
			b[i] = c + 'a' - 'A'
		}
		if c == ' ' || c == '-' {
			b[i] = '_'
		}
	}
	return string(b)
}

// oneApart tells whether two words are equal but for one letter changed, added or dropped.
func oneApart(a, b string) bool {
	if len(a) > len(b) {
		a, b = b, a
	}
	if len(b)-len(a) > 1 {
		return false
	}
	i := 0
	for i < len(a) && a[i] == b[i] {
		i++
	}
	if len(a) == len(b) {
		return i == len(a) || a[i+1:] == b[i+1:]
	}
	return a[i:] == b[i+1:]
}
