package licence

import (
	"sort"
	"strings"
	"unicode"
)

// row is one licence of the SPDX list.
type row struct {
	id, name string
	osi      bool
}

// lookup finds a licence in the table by its exact identifier.
func lookup(id string) (row, bool) {
	low := strings.ToLower(id)
	i := sort.Search(len(table), func(i int) bool { return strings.ToLower(table[i].id) >= low })
	if i < len(table) && table[i].id == id {
		return table[i], true
	}
	return row{}, false
}

// Name is the English name of an SPDX licence, or "" when the identifier is not in the list.
func Name(id string) string {
	r, _ := lookup(id)
	return r.name
}

// Known is one licence of the SPDX list, for a field that offers them.
type Known struct{ ID, Name string }

// All lists the SPDX licences, sorted by identifier; the withdrawn ones are left out.
func All() []Known {
	all := make([]Known, 0, len(table))
	for _, r := range table {
		if _, old := successors[r.id]; !old {
			all = append(all, Known{r.id, r.name})
		}
	}
	return all
}

// suggest returns valid expressions that a free text may mean, the likeliest first, at most four.
func suggest(text string) []string {
	if ids := meant(text); len(ids) > 0 {
		return ids
	}
	parts := split(text)
	if len(parts) < 2 || len(parts) > 4 {
		return nil
	}
	for i, part := range parts {
		e, err := Normalise(part)
		if err == nil && e.root.op == opLeaf {
			parts[i] = e.String()
		} else if ids := meant(part); len(ids) > 0 {
			parts[i] = ids[0]
		} else {
			return nil
		}
	}
	// two names side by side: a choice, or both at once; only the right holder knows
	return []string{strings.Join(parts, " OR "), strings.Join(parts, " AND ")}
}

// split cuts at what people write between two licences.
func split(text string) []string {
	for _, w := range []string{" and ", " or ", " et ", " ou ", " und ", " oder ", " e ", " AND ", " OR "} {
		text = strings.ReplaceAll(text, w, "|")
	}
	var parts []string
	for _, p := range strings.FieldsFunc(text, func(r rune) bool { return strings.ContainsRune("/,;|&", r) }) {
		if p = strings.TrimSpace(p); p != "" {
			parts = append(parts, p)
		}
	}
	return parts
}

// meant finds the licences that one free text may mean: a usual name, an SPDX name, or an identifier with a slip.
func meant(text string) []string {
	key := plain(text)
	if key == "" {
		return nil
	}
	if ids, ok := usual[key]; ok {
		return ids
	}
	near, best := []string(nil), 1+len(key)/6 // one slip in six letters
	if best > 3 {
		best = 3
	}
	for _, r := range table {
		if _, old := successors[r.id]; old {
			continue
		}
		if plain(r.name) == key || plain(r.id) == key {
			return []string{r.id}
		}
		if len(key) < 3 || !sameDigits(key, plain(r.id)) {
			continue // another number is another licence, not a slip
		}
		if d := distance(key, plain(r.id), best); d < best {
			near, best = []string{r.id}, d
		} else if d == best && len(near) > 0 && len(near) < 4 {
			near = append(near, r.id)
		}
	}
	return near
}

// plain reduces a name to what tells licences apart: lower-case letters and digits, without filler words.
func plain(s string) string {
	words := strings.FieldsFunc(strings.ToLower(s), func(r rune) bool { return !unicode.IsLetter(r) && !unicode.IsDigit(r) && r != '+' })
	var out []string
	for _, w := range words {
		switch w {
		case "the", "license", "licence", "licenza", "lizenz", "version", "software", "v", "l", "la", "public", "general", "by", "of":
			continue
		}
		if len(w) > 1 && w[0] == 'v' && w[1] >= '0' && w[1] <= '9' {
			w = w[1:]
		}
		out = append(out, w)
	}
	return strings.TrimSuffix(strings.Join(out, " "), " 0")
}

func sameDigits(a, b string) bool {
	digits := func(s string) string {
		return strings.Map(func(r rune) rune {
			if r >= '0' && r <= '9' {
				return r
			}
			return -1
		}, s)
	}
	return digits(a) == digits(b)
}

// distance is the number of letters to change, add or drop between a and b, or limit+1 when it is more than limit.
func distance(a, b string, limit int) int {
	if len(a)-len(b) > limit || len(b)-len(a) > limit {
		return limit + 1
	}
	row := make([]int, len(b)+1)
	for j := range row {
		row[j] = j
	}
	for i := 1; i <= len(a); i++ {
		diagonal, least := row[0], i
		row[0] = i
		for j := 1; j <= len(b); j++ {
			cost := diagonal
			if a[i-1] != b[j-1] {
				cost = 1 + min(diagonal, row[j], row[j-1])
			}
			diagonal, row[j] = row[j], cost
			least = min(least, cost)
		}
		if least > limit {
			return limit + 1
		}
	}
	return row[len(b)]
}

// usual holds names that people write, as plain leaves them. Several: the text leaves a choice open.
var usual = map[string][]string{
	"apache": {"Apache-2.0"}, "apache 2": {"Apache-2.0"}, "apache2": {"Apache-2.0"}, "apl 2": {"Apache-2.0"}, "asl 2": {"Apache-2.0"},
	"agpl":     {"AGPL-3.0-or-later", "AGPL-3.0-only"},
	"gnu agpl": {"AGPL-3.0-or-later", "AGPL-3.0-only"}, "agpl 3": {"AGPL-3.0-or-later", "AGPL-3.0-only"},
	"agplv3": {"AGPL-3.0-or-later", "AGPL-3.0-only"}, "agpl3": {"AGPL-3.0-or-later", "AGPL-3.0-only"}, "gnu agpl 3": {"AGPL-3.0-or-later", "AGPL-3.0-only"}, "gnu agplv3": {"AGPL-3.0-or-later", "AGPL-3.0-only"},
	"gnu affero": {"AGPL-3.0-or-later", "AGPL-3.0-only"}, "gnu affero 3": {"AGPL-3.0-or-later", "AGPL-3.0-only"}, "affero gpl": {"AGPL-3.0-or-later", "AGPL-3.0-only"},
	"gpl":   {"GPL-3.0-or-later", "GPL-2.0-or-later"},
	"gpl 3": {"GPL-3.0-or-later", "GPL-3.0-only"}, "gplv3": {"GPL-3.0-or-later", "GPL-3.0-only"}, "gpl3": {"GPL-3.0-or-later", "GPL-3.0-only"},
	"gnu gpl 3": {"GPL-3.0-or-later", "GPL-3.0-only"}, "gnu gplv3": {"GPL-3.0-or-later", "GPL-3.0-only"}, "gnu 3": {"GPL-3.0-or-later", "GPL-3.0-only"},
	"gplv3+": {"GPL-3.0-or-later"}, "gpl 3+": {"GPL-3.0-or-later"}, "gpl 3 0+": {"GPL-3.0-or-later"}, "agplv3+": {"AGPL-3.0-or-later"},
	"gpl 2": {"GPL-2.0-or-later", "GPL-2.0-only"}, "gplv2": {"GPL-2.0-or-later", "GPL-2.0-only"}, "gpl2": {"GPL-2.0-or-later", "GPL-2.0-only"},
	"gnu gpl 2": {"GPL-2.0-or-later", "GPL-2.0-only"}, "gnu gplv2": {"GPL-2.0-or-later", "GPL-2.0-only"}, "gplv2+": {"GPL-2.0-or-later"},
	"gnu gpl": {"GPL-3.0-or-later", "GPL-2.0-or-later"}, "gnu": {"GPL-3.0-or-later", "GPL-2.0-or-later"},
	"lgpl": {"LGPL-3.0-or-later", "LGPL-2.1-or-later"}, "lgpl 3": {"LGPL-3.0-or-later", "LGPL-3.0-only"}, "lgplv3": {"LGPL-3.0-or-later", "LGPL-3.0-only"},
	"gnu lesser 3": {"LGPL-3.0-or-later", "LGPL-3.0-only"}, "lgpl 2 1": {"LGPL-2.1-or-later", "LGPL-2.1-only"}, "lgplv2 1": {"LGPL-2.1-or-later", "LGPL-2.1-only"},
	"eupl": {"EUPL-1.2"}, "eupl 1 2": {"EUPL-1.2"}, "eupl1 2": {"EUPL-1.2"}, "eupl 12": {"EUPL-1.2"}, "european union": {"EUPL-1.2"}, "eupl 1 2 or later": {"EUPL-1.2"},
	"mit": {"MIT"}, "mit x11": {"MIT"}, "expat": {"MIT"}, "isc": {"ISC"}, "x11": {"X11"},
	"bsd": {"BSD-3-Clause", "BSD-2-Clause"}, "bsd 3": {"BSD-3-Clause"}, "new bsd": {"BSD-3-Clause"}, "modified bsd": {"BSD-3-Clause"},
	"bsd 2": {"BSD-2-Clause"}, "simplified bsd": {"BSD-2-Clause"}, "3 clause bsd": {"BSD-3-Clause"}, "2 clause bsd": {"BSD-2-Clause"},
	"mpl": {"MPL-2.0"}, "mpl 2": {"MPL-2.0"}, "mplv2": {"MPL-2.0"}, "mozilla": {"MPL-2.0"}, "mozilla 2": {"MPL-2.0"},
	"epl": {"EPL-2.0"}, "epl 2": {"EPL-2.0"}, "eclipse 2": {"EPL-2.0"},
	"cecill": {"CECILL-2.1"}, "cecill 2 1": {"CECILL-2.1"}, "cecill b": {"CECILL-B"}, "cecill c": {"CECILL-C"},
	"etalab": {"etalab-2.0"}, "etalab 2": {"etalab-2.0"}, "ouverte": {"etalab-2.0"}, "ouverte 2": {"etalab-2.0"}, "lo 2": {"etalab-2.0"},
	"ouverte open": {"etalab-2.0"}, "ouverte open 2": {"etalab-2.0"}, "ouverte etalab 2": {"etalab-2.0"}, "open 2": {"etalab-2.0"}, "ouverte etalab": {"etalab-2.0"},
	"cc0": {"CC0-1.0"}, "cc0 1": {"CC0-1.0"}, "creative commons zero": {"CC0-1.0"}, "domain": {"CC0-1.0", "Unlicense"}, "domaine publique": {"CC0-1.0"},
	"cc": {"CC-BY-4.0"}, "cc 4": {"CC-BY-4.0"}, "creative commons attribution 4": {"CC-BY-4.0"}, "creative commons attribution": {"CC-BY-4.0"},
	"cc sa": {"CC-BY-SA-4.0"}, "cc sa 4": {"CC-BY-SA-4.0"}, "creative commons attribution sharealike 4": {"CC-BY-SA-4.0"},
	"odbl": {"ODbL-1.0"}, "odbl 1": {"ODbL-1.0"}, "open database": {"ODbL-1.0"}, "unlicense": {"Unlicense"}, "wtfpl": {"WTFPL"}, "cern ohl s 2": {"CERN-OHL-S-2.0"},
}
