package report

import (
	"bytes"
	"fmt"
	"io"
	"slices"
	"strings"

	"commun/engines/tally"
	"commun/formats/decimal"
	"commun/formats/pabulib"
	"commun/formats/problem"
	"commun/internal/platform/fault"
)

// attributes are the columns of VOTES by which fairness is told apart.
var attributes = []string{"age", "sex", "voting_method", "district", "neighborhood", "education"}

// mostValues bounds the different values of one attribute that are kept. Beyond it a column is no attribute (it may name voters).
const mostValues = 1000

// describing are the keys of META that describe the vote and touch no count: their errors are warnings here.
var describing = []string{"description", "country", "unit", "instance", "num_projects", "date_begin", "date_end", "rule", "district", "subunit",
	"edition", "language", "currency", "comment", "leftover_budget", "fully_funded", "experimental", "acknowledgments"}

// touches tells whether a problem touches the count: an error that is not about a description.
func touches(p problem.Problem) bool {
	return p.Severity == problem.Error && !slices.Contains(describing, p.Key)
}

// readPabulib fills s from a Pabulib file, in a stream: what it holds is the grouped ballots, and a code for each voter and attribute.
func (s *Source) readPabulib(src io.Reader, o Opening) error {
	r, err := pabulib.NewReader(src, pabulib.Options{Judge: true})
	if err != nil {
		return err
	}
	h := r.Header()
	in, place, err := s.instance(h)
	if err != nil {
		return err
	}
	kind, err := kindOf(h)
	if err != nil {
		return err
	}
	b := &building{o: o, s: s, kind: kind, place: place}
	if err := b.read(r); err != nil {
		return err
	}
	s.Problems = r.Problems()
	if bad := slices.ContainsFunc(s.Problems, touches); r.Err() != nil || bad && !o.Despite {
		if f, ok := r.Err().(*problem.Failure); r.Err() != nil && !ok {
			return fmt.Errorf("read ballots: %w", r.Err())
		} else if ok && !slices.ContainsFunc(s.Problems, func(p problem.Problem) bool { return p.Code == f.Problem.Code }) {
			s.Problems = append(s.Problems, f.Problem)
		}
		return &Refused{Problems: s.Problems}
	}
	in.Ballots = b.ballots
	s.Instance = in
	s.Default = defaultRule(h)
	return nil
}

// instance reads projects and money. place is by project of the file its index in the instance, -1 for one that was withdrawn.
func (s *Source) instance(h *pabulib.Header) (*tally.Instance, []int32, error) {
	text := func(key string) string { v, _ := h.Get(key); return strings.TrimSpace(v) }
	s.Title, s.Currency, s.Rule = text("description"), strings.ToUpper(text("currency")), text("rule")
	if s.Title == "" {
		s.Title = s.Name
	}
	if lang := text("language"); len(lang) == 2 {
		s.Language = strings.ToLower(lang)
	}
	if s.Currency == "" {
		s.Currency = currencyOf(text("country"))
	}
	s.Days = [2]string{text("date_begin"), text("date_end")}
	if v := text("budget"); v == "" {
		return nil, nil, fault.Invalid("budget", "tallied.mistake.no_budget").With("file", s.Name)
	}
	in := &tally.Instance{}
	scale := h.Budget.Scale
	own := ownBudgets(h)
	for _, b := range own {
		scale = max(scale, b.amount.Scale)
	}
	for _, p := range h.Projects {
		scale = max(scale, p.Cost.Scale)
	}
	in.Scale = int(scale)
	fits := true
	units := func(d decimal.Decimal) int64 {
		n, ok := d.Scaled(scale)
		fits = fits && ok && n >= 0 && n <= tally.MaxAmount
		return n
	}
	in.Budget = units(h.Budget)
	place := make([]int32, len(h.Projects))
	marked := false
	for i, p := range h.Projects {
		marked = marked || p.Selected >= 0
		if p.Selected == 1 || p.Selected == 2 {
			s.Published = append(s.Published, p.ID)
		}
		if p.Withdrawn() {
			place[i] = -1
			s.Withdrawn = append(s.Withdrawn, p.ID)
			continue
		}
		place[i] = int32(len(in.Projects))
		in.Projects = append(in.Projects, tally.Project{ID: p.ID, Name: strings.TrimSpace(p.Name), Cost: units(p.Cost),
			Categories: categories(h, p), Districts: districts(h, p)})
	}
	for _, b := range own {
		in.Own = append(in.Own, tally.OwnBudget{Kind: b.kind, Name: b.name, Budget: units(b.amount)})
	}
	if marked && s.Published == nil {
		s.Published = []string{}
	}
	if !fits {
		return nil, nil, fault.Invalid("budget", "tallied.mistake.amount").With("file", s.Name)
	}
	return in, place, nil
}

// ownBudget is what META gives to one category or district.
type ownBudget struct {
	kind, name string
	amount     decimal.Decimal
}

// ownKeys are the keys of META that give budgets to parts, and those that list the parts in the same order.
var ownKeys = []struct{ kind, amounts, names string }{
	{tally.PartCategory, "budget_per_category", "categories"},
	{tally.PartDistrict, "budget_per_neighborhood", "neighborhoods"},
	{tally.PartDistrict, "budget_per_district", "districts"},
	{tally.PartDistrict, "budget_per_subdistrict", "subdistricts"},
}

// ownBudgets reads them: amounts in the order of the names, or NAME:AMOUNT, both with commas between. What is neither gives no budget.
func ownBudgets(h *pabulib.Header) []ownBudget {
	var out []ownBudget
	for _, k := range ownKeys {
		text, ok := h.Get(k.amounts)
		if !ok || strings.TrimSpace(text) == "" {
			continue
		}
		listed, _ := h.Get(k.names)
		names, amounts := strings.Split(listed, ","), strings.Split(text, ",")
		var mine []ownBudget
		for i, a := range amounts {
			name := ""
			if at := strings.LastIndexByte(a, ':'); at >= 0 {
				name, a = a[:at], a[at+1:]
			} else if len(names) == len(amounts) {
				name = names[i]
			}
			name = strings.TrimSpace(name)
			amount, err := decimal.Parse(strings.TrimSpace(a))
			if err != nil || name == "" || slices.ContainsFunc(mine, func(b ownBudget) bool { return b.name == name }) {
				mine = nil
				break
			}
			mine = append(mine, ownBudget{k.kind, name, amount})
		}
		out = append(out, mine...)
	}
	return out
}

// categories are a project's; files from before 2024 have the column in the plural.
func categories(h *pabulib.Header, p pabulib.Project) []string {
	if list := h.List(p, "category"); list != nil {
		return list
	}
	return h.List(p, "categories")
}

// currencyOf is the money of a country, as Pabulib writes its name: files from before 2024 name no currency. "" for another country.
func currencyOf(country string) string {
	switch country {
	case "France", "Netherlands", "Germany", "Belgium", "Spain", "Portugal", "Italy", "Austria", "Ireland", "Finland":
		return "EUR"
	case "Poland":
		return "PLN"
	case "Switzerland":
		return "CHF"
	case "USA", "United States":
		return "USD"
	case "United Kingdom":
		return "GBP"
	case "Hungary":
		return "HUF"
	case "Czechia", "Czech Republic":
		return "CZK"
	}
	return ""
}

// districts are where a project lies: its district and its neighbourhood both name an envelope.
func districts(h *pabulib.Header, p pabulib.Project) []string {
	list := append(h.List(p, "district"), h.List(p, "neighborhood")...)
	slices.Sort(list)
	return slices.Compact(list)
}

func kindOf(h *pabulib.Header) (tally.Kind, error) {
	switch h.Vote {
	case pabulib.Approval:
		return tally.Approval, nil
	case pabulib.ChooseOne:
		return tally.ChooseOne, nil
	case pabulib.Cumulative:
		return tally.Cumulative, nil
	case pabulib.Scoring:
		return tally.Scoring, nil
	case pabulib.Ordinal:
		return tally.Ordinal, nil
	}
	return "", fault.Invalid("vote_type", "tallied.mistake.vote_type")
}

// defaultRule is the rule that META names, in the words of tally.Rules; "" for one that is not known here. Pabulib's greedy counts what its
// ballots say: points where they have points, ranks where they have ranks.
func defaultRule(h *pabulib.Header) string {
	score := ""
	switch h.Vote {
	case pabulib.Cumulative, pabulib.Scoring:
		score = ",score=points"
	case pabulib.Ordinal:
		score = ",score=borda"
	}
	name, _ := h.Get("rule")
	switch name = strings.TrimSpace(name); name {
	case "greedy", "greedy-no-skip":
		return name + score
	case "greedy-threshold":
		if least, ok := h.Number("min_project_score_threshold"); ok {
			if n, whole := least.Int64(); whole && n >= 0 {
				return fmt.Sprintf("greedy-threshold,votes=%d%s", n, score)
			}
		}
	case "equalshares":
		return "equal-shares,completion=none"
	case "equalshares/add1":
		return "equal-shares,completion=add1"
	case "equalshares-comparison":
		return "equal-shares,completion=none,comparison=satisfaction"
	case "equalshares/add1-comparison":
		return "equal-shares,completion=add1,comparison=satisfaction"
	}
	return ""
}

// building turns ballots of a file into grouped ones.
type building struct {
	o       Opening
	s       *Source
	kind    tally.Kind
	place   []int32
	ballots *tally.Ballots

	columns []int
	age     int                   // the place of the age among columns, or -1
	seen    []map[string]struct{} // by column, its values so far; nil once they are too many
	values  [][]byte
}

// read takes all ballots. What the engine refuses is an error of the file.
func (b *building) read(r *pabulib.Reader) error {
	count := 0
	for _, p := range b.place {
		if p >= 0 {
			count++
		}
	}
	var names []string
	if !b.o.Plain {
		names = b.watch(r.Header())
	}
	build, err := tally.NewBuilder(b.kind, count, len(names) > 0)
	if err != nil {
		return fault.Invalid("file", "tallied.mistake.many_projects").With("max", tally.MaxCandidates).Wrap(err)
	}
	if len(names) > 0 {
		build.Attributes(names...)
	}
	wanted := []byte(b.o.Ballot)
	var choices, points []int32
	for r.Next() {
		x := r.Ballot()
		choices, points = choices[:0], points[:0]
		hasPoints := len(x.Points) == len(x.Projects)
		for i, p := range x.Projects {
			at := b.place[p]
			if at < 0 {
				continue
			}
			if b.kind.HasPoints() {
				// Points that are missing are an error that the reader has told of; counted despite it, such a choice is worth nothing.
				n := int32(0)
				if hasPoints {
					if n, err = wholePoints(x.Points[i], x.Line); err != nil {
						return err
					}
				}
				points = append(points, n)
			}
			choices = append(choices, at)
		}
		given := points
		if !b.kind.HasPoints() {
			given = nil
		}
		group, err := build.Add(choices, given)
		if err != nil {
			return fmt.Errorf("count the ballot of line %d: %w", x.Line, err)
		}
		if len(names) > 0 {
			b.attributes(x)
			build.Voter(nil, b.values...)
		}
		if len(wanted) > 0 && b.s.Ballot == nil && bytes.Equal(x.Voter(), wanted) {
			b.s.Ballot = &Ballot{ID: b.o.Ballot, Line: x.Line, Group: group}
		}
	}
	b.ballots = build.Done()
	return nil
}

// watch finds the columns that tell voters apart.
func (b *building) watch(h *pabulib.Header) (names []string) {
	b.age = -1
	for _, name := range attributes {
		if c := h.VoteColumn(name); c >= 0 {
			if name == "age" {
				b.age = len(names)
			}
			names = append(names, name)
			b.columns = append(b.columns, c)
			b.seen = append(b.seen, map[string]struct{}{})
		}
	}
	b.values = make([][]byte, len(names))
	return names
}

// attributes takes the values of a ballot. A column with too many different ones is left empty from there on, so that memory is bounded.
func (b *building) attributes(x *pabulib.Ballot) {
	for i, c := range b.columns {
		v := x.Value(c)
		if i == b.age { // a band of a published file, 25-34 or 75+, is told by its first age
			if end := bytes.IndexAny(v, "-+"); end > 0 {
				v = v[:end]
			}
		}
		b.values[i] = nil
		if b.seen[i] == nil {
			continue
		}
		if _, ok := b.seen[i][string(v)]; !ok {
			if len(b.seen[i]) >= mostValues {
				b.seen[i] = nil
				continue
			}
			b.seen[i][string(v)] = struct{}{}
		}
		b.values[i] = v
	}
}

// wholePoints is the points as a whole number. Fractions, negative points and those beyond 30 bits are not counted: they are an error with
// its line.
func wholePoints(d decimal.Decimal, line int) (int32, error) {
	n, ok := d.Int64()
	if !ok || n < 0 || n > 1<<30-1 {
		return 0, fault.Invalid("points", "tallied.mistake.points").With("value", d.String()).With("line", line)
	}
	return int32(n), nil
}
