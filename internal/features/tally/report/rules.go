package report

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"

	"commun/engines/tally"
	"commun/engines/tally/college"
	"commun/engines/tally/election"
	"commun/internal/platform/fault"
)

// rulesOf are the rules of elections, or of budgets. One name may be in both: majority-judgment is.
func rulesOf(elects bool) tally.Specs {
	if elects {
		return election.Rules()
	}
	return tally.Rules()
}

// allRules are those of budgets, of elections, and of colleges.
func allRules() tally.Specs { return slices.Concat(tally.Rules(), election.Rules(), college.Rules()) }

// ruleFor is the rule to count a file by: what was asked for, or what the file names (from is true then).
func ruleFor(s *Source, asked string) (r tally.Rule, from bool, err error) {
	if asked == "" {
		if asked, from = s.Default, true; asked == "" {
			return r, false, unnamed(s)
		}
	}
	elects := s.Election != nil
	if r, err = parseIn(rulesOf(elects), asked); err != nil {
		if other, err := parseIn(rulesOf(!elects), asked); err == nil {
			key := "tallied.mistake.elects"
			if elects {
				key = "tallied.mistake.budgets"
			}
			return r, false, fault.Invalid("rule", key).With("rule", other.Name).With("known", names(s))
		}
		return r, false, err
	}
	spec, _ := rulesOf(elects).Find(r.Name)
	if kind := s.kind(); !slices.Contains(spec.Ballots, kind) {
		return r, false, kindFault(r.Name, kind, s)
	}
	return r, from, nil
}

func (s *Source) kind() tally.Kind {
	if s.Assembly != nil {
		return tally.ChooseOne
	}
	if s.Election != nil {
		return s.Election.Ballots.Kind
	}
	return s.Instance.Ballots.Kind
}

func kindFault(rule string, kind tally.Kind, s *Source) error {
	return fault.Invalid("rule", "tallied.mistake.kind").With("rule", rule).With("kind", string(kind)).With("known", names(s))
}

// unnamed says that the file names no rule that is known here.
func unnamed(s *Source) error {
	switch {
	case s.Election != nil:
		return fault.Invalid("rule", "tallied.mistake.no_rule_election").With("known", names(s))
	case s.Rule == "" || s.Rule == "unknown":
		return fault.Invalid("rule", "tallied.mistake.no_rule").With("known", names(s))
	}
	return fault.Invalid("rule", "tallied.mistake.other_rule").With("rule", s.Rule).With("known", names(s))
}

// names lists the rules that can count a file.
func names(s *Source) string {
	var list []string
	for _, spec := range rulesOf(s.Election != nil) {
		if slices.Contains(spec.Ballots, s.kind()) {
			list = append(list, spec.Name)
		}
	}
	return strings.Join(list, ", ")
}

// parseRule reads a rule of a budget or of an election, before a file says which.
func parseRule(text string) (tally.Rule, error) {
	name, _, _ := strings.Cut(strings.TrimSpace(text), ",")
	if ofColleges(text) {
		return parseIn(college.Rules(), text)
	}
	r, err := parseIn(tally.Rules(), text)
	if err == nil {
		return r, nil
	}
	if _, elects := election.Rules().Find(name); elects {
		return parseIn(election.Rules(), text)
	}
	if _, budget := tally.Rules().Find(name); budget {
		return r, err
	}
	return parseIn(allRules(), text)
}

// parseIn reads NAME[,key=value…]. What is wrong is a fault that names what may stand there.
func parseIn(specs tally.Specs, text string) (tally.Rule, error) {
	r, err := specs.Parse(text)
	if err == nil {
		return r, nil
	}
	parts := strings.Split(strings.TrimSpace(text), ",")
	spec, ok := specs.Find(parts[0])
	if !ok {
		var list []string
		for _, s := range specs {
			list = append(list, s.Name)
		}
		return r, fault.Invalid("rule", "tallied.mistake.rule").With("value", parts[0]).With("known", strings.Join(list, ", ")).Wrap(err)
	}
	seen := map[string]bool{}
	for _, p := range parts[1:] {
		key, value, ok := strings.Cut(p, "=")
		i := slices.IndexFunc(spec.Keys, func(k tally.Key) bool { return k.Name == key })
		switch {
		case !ok:
			return r, fault.Invalid("rule", "tallied.mistake.pair").With("value", p).Wrap(err)
		case i < 0:
			var list []string
			for _, k := range spec.Keys {
				list = append(list, k.Name)
			}
			return r, fault.Invalid("rule", "tallied.mistake.key").With("rule", spec.Name).With("key", key).With("known", strings.Join(list, ", ")).Wrap(err)
		case seen[key]:
			return r, fault.Invalid("rule", "tallied.mistake.twice").With("key", key).Wrap(err)
		case len(spec.Keys[i].Values) > 0 && !slices.Contains(spec.Keys[i].Values, value):
			return r, fault.Invalid("rule", "tallied.mistake.value").With("key", key).With("value", value).With("known", strings.Join(spec.Keys[i].Values, ", ")).Wrap(err)
		case len(spec.Keys[i].Values) == 0 && spec.Keys[i].Check != nil && spec.Keys[i].Check(value) != nil:
			return r, fault.Invalid("rule", "tallied.mistake.checked").With("key", key).With("value", value).With("default", spec.Keys[i].Default).Wrap(err)
		}
		seen[key] = true
	}
	return r, fault.Invalid("rule", "tallied.mistake.pair").With("value", text).Wrap(err)
}

// engineFault puts an error of the engine that a person can mend into words.
func engineFault(err error, r tally.Rule, kind tally.Kind) error {
	switch {
	case errors.Is(err, tally.ErrKind):
		return fault.Invalid("rule", "tallied.mistake.kind_short").With("rule", r.Name).With("kind", string(kind)).Wrap(err)
	case errors.Is(err, tally.ErrParts):
		return fault.Invalid("rule", "tallied.mistake.parts").With("parts", r.Get("parts")).Wrap(err)
	case errors.Is(err, tally.ErrConstraints):
		return fault.Invalid("constraints", "tallied.mistake.constraints").With("file", "--constraints").With("why", oneLine(err)).Wrap(err)
	case errors.Is(err, tally.ErrAmount):
		return fault.Invalid("budget", "tallied.mistake.amount").With("file", "").Wrap(err)
	}
	return err
}

// SplitRules takes a list of rules apart: at semicolons, and at commas before what is no key=value, which belongs to the rule before it.
// greedy,equal-shares,completion=none is two rules.
func SplitRules(lists []string) []string {
	var out []string
	for _, list := range lists {
		for part := range strings.SplitSeq(list, ";") {
			open := false // a rule that a key may follow
			for p := range strings.SplitSeq(part, ",") {
				switch p = strings.TrimSpace(p); {
				case p == "":
				case strings.Contains(p, ":") && !strings.Contains(p, "=") && len(out) > 0: // majority=1;3:2 of the rule debian
					out[len(out)-1], open = out[len(out)-1]+";"+p, true
				case strings.Contains(p, "=") && open:
					out[len(out)-1] += "," + p
				default:
					out, open = append(out, p), true
				}
			}
		}
	}
	return out
}

// Rules is `commun tally rules`.
func Rules(t Terminal, asJSON bool) error {
	v := newVoice(t.Lang)
	if asJSON {
		return v.rulesJSON(t.Out)
	}
	p := t.printer(v)
	p.wrap("", v.T("tallied.rules.intro"))
	for _, kind := range []struct {
		head  string
		specs tally.Specs
	}{{v.T("tallied.rules.budgets"), tally.Rules()}, {v.T("tallied.rules.elections"), election.Rules()}, {v.T("tallied.rules.colleges"), college.Rules()}} {
		p.line("")
		p.line(p.bold(kind.head))
		for _, spec := range kind.specs {
			p.line("")
			p.line(p.bold(spec.Name))
			p.wrap("  ", v.ruleTitle(spec))
			for _, k := range spec.Keys {
				values := strings.Join(k.Values, "|")
				if values == "" {
					values = "…"
				}
				p.line("  " + fmt.Sprintf("%s=%s", k.Name, values))
				p.wrap("      ", v.keySays(spec, k)+" "+v.T("tallied.rules.default", args{"value": k.Default}))
			}
			var kinds []string
			for _, k := range spec.Ballots {
				kinds = append(kinds, v.T("tallied.kind."+slug(string(k))))
			}
			reads := v.T("tallied.rules.reads", args{"kinds": strings.Join(kinds, ", ")})
			if ofColleges(spec.Name) {
				reads = v.T("tallied.rules.reads_assembly")
			}
			p.wrap("  ", reads)
			p.wrap("  ", v.T("tallied.rules.source", args{"source": v.source(spec)}))
		}
	}
	return p.err
}

// slug is a name as a message key may have it.
func slug(name string) string { return strings.ReplaceAll(name, "-", "_") }

// ruleTitle is what a rule does, in a few words; the engine's English where the language has none.
func (v voice) ruleTitle(s tally.Spec) string {
	if key := "tallied.rule." + slug(s.Name); v.Has(key) {
		return v.T(key)
	}
	return s.Title
}

// source is where a rule comes from. Titles of papers stay as they are; what is said in words, the language says.
func (v voice) source(s tally.Spec) string {
	if key := "tallied.source." + slug(s.Name); v.Has(key) {
		return v.T(key)
	}
	return s.Source
}

// keySays is what a key does. Keys of one name do the same in each rule; where they do not, the rule's own text wins.
func (v voice) keySays(s tally.Spec, k tally.Key) string {
	for _, key := range []string{"tallied.key." + slug(s.Name) + "_" + slug(k.Name), "tallied.key." + slug(k.Name)} {
		if v.Has(key) {
			return v.T(key)
		}
	}
	return k.Says
}

// ruleJSON is a rule as `commun tally rules --json` prints it.
type ruleJSON struct {
	Name    string       `json:"name"`
	Elects  bool         `json:"elects"`
	Title   string       `json:"title"`
	Source  string       `json:"source"`
	Ballots []tally.Kind `json:"ballots"`
	Keys    []keyJSON    `json:"keys"`
}

type keyJSON struct {
	Name    string   `json:"name"`
	Default string   `json:"default"`
	Values  []string `json:"values,omitempty"`
	Says    string   `json:"says"`
}

func (v voice) rulesJSON(w io.Writer) error {
	e := json.NewEncoder(w)
	e.SetEscapeHTML(false)
	for _, s := range allRules() {
		out := ruleJSON{s.Name, s.Elects, v.ruleTitle(s), v.source(s), s.Ballots, []keyJSON{}}
		for _, k := range s.Keys {
			out.Keys = append(out.Keys, keyJSON{k.Name, k.Default, k.Values, v.keySays(s, k)})
		}
		if err := e.Encode(out); err != nil {
			return err
		}
	}
	return nil
}
