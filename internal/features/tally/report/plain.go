package report

import (
	"strings"
	"time"

	"commun/engines/tally"
)

// ruleInWords says a rule to who has never heard of it: what it does, then what its settings change. The engine's title stands alone for a rule that has
// no words here.
func (v voice) ruleInWords(s tally.Spec, r tally.Rule) []string {
	key := "tallied.plain." + slug(s.Name)
	if s.Elects {
		key = "tallied.elects." + slug(s.Name)
	}
	if !v.Has(key) {
		return []string{v.ruleTitle(s) + "."}
	}
	list := []string{v.T(key)}
	for _, k := range s.Keys {
		// Where a setting is worth a sentence, a message has its name and value.
		if key := "tallied.setting." + slug(k.Name) + "_" + slug(r.Get(k.Name)); v.Has(key) && (s.Name == tally.EqualShares || k.Name == "score" || k.Name == "parts" || ofColleges(s.Name)) {
			list = append(list, v.T(key, args{"step": v.step(r)}))
		}
	}
	if ties := r.Get("ties"); ties != "" {
		list = append(list, v.tiesInWords(ties))
	}
	return list
}

// step is by how much a share is raised, with the currency.
func (v voice) step(r tally.Rule) string {
	n, err := tally.ParseNumber(r.Get("step"))
	if err != nil {
		return r.Get("step")
	}
	return v.money(n)
}

// tiesInWords says in which order equals come.
func (v voice) tiesInWords(ties string) string {
	if ties == "open" {
		return v.T("tallied.ties.open")
	}
	var parts []string
	for k := range strings.SplitSeq(ties, "/") {
		name, seed, lot := strings.Cut(k, ":")
		switch {
		case lot:
			parts = append(parts, v.T("tallied.ties.lot", args{"seed": seed}))
		case v.Has("tallied.ties." + name):
			parts = append(parts, v.T("tallied.ties."+name))
		}
	}
	return v.T("tallied.ties.order", args{"order": strings.Join(parts, v.T("tallied.ties.then"))})
}

// day writes a day of a file in the words of the language; what is no day, as it stands.
func (v voice) day(text string) string {
	for _, layout := range []string{"02.01.2006", "2.1.2006"} {
		if d, err := time.Parse(layout, text); err == nil {
			return v.Date(d)
		}
	}
	return text
}
