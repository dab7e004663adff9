package licence

import (
	"regexp"
	"slices"
	"strings"
)

// Open tells whether the expression holds a withdrawn identifier of which several others can be meant: "GPL-2.0", which leaves later versions open.
func (e Expression) Open() bool {
	return slices.ContainsFunc(e.replaced, func(r Replacement) bool { return !r.Done && len(r.To) > 0 })
}

// Current returns the expression in identifiers that SPDX's list still holds. One that left open whether later versions are allowed becomes the
// "-or-later" one where later is true, and else the "-only" one, which is what SPDX's list itself says that it means. One without a successor stays.
func (e Expression) Current(later bool) Expression {
	if !e.Open() {
		return e
	}
	out := Expression{root: current(e.root, later), recased: e.recased}
	for _, r := range e.replaced {
		if !r.Done && len(r.To) > 0 {
			r = Replacement{From: r.From, To: []string{successor(r.From, later)}, Done: true}
		}
		out.replaced = append(out.replaced, r)
	}
	return out
}

func current(t *term, later bool) *term {
	if t == nil {
		return nil
	}
	c := *t
	c.left, c.right = current(t.left, later), current(t.right, later)
	if t.op == opLeaf && len(successors[t.id]) > 1 {
		c.id = successor(t.id, later)
	}
	return &c
}

// successor is the identifier that takes the place of a withdrawn one that has several.
func successor(id string, later bool) string {
	to := successors[id]
	if later && strings.HasSuffix(to[1], "-or-later") {
		return to[1]
	}
	return to[0]
}

var gnu = regexp.MustCompile(`^(A?GPL|LGPL|GFDL)-(\d)\.(\d)$`)

// SaysLater tells whether a text that speaks of the licence id, a withdrawn GNU one such as "GPL-2.0", allows later versions: "GPLv2+", "version 2 or
// (at your option) any later version". ok is false where it says neither that nor "only", or both. The text of the licence itself must not be in it,
// since that shows how a program would say so: Notice cuts it off.
func SaysLater(text, id string) (later, ok bool) {
	m := gnu.FindStringSubmatch(id)
	if m == nil {
		return false, false
	}
	version := m[2] + `(?:\.` + m[3] + `)?`
	if m[3] != "0" {
		version = m[2] + `\.` + m[3]
	}
	name := `(?i)\b` + m[1] + `[- ]?v?` + version
	prose := `(?i)\bversion\s+` + version + `(?:\s+of\s+the\s+(?:[\w]+\s+){0,5}licen[cs]e)?,?\s+`
	found := func(patterns ...string) bool {
		return slices.ContainsFunc(patterns, func(p string) bool { return regexp.MustCompile(p).MatchString(text) })
	}
	later = found(name+`(?:\+|[- ]or[- ]later)`, prose+`or\s+(?:\(at\s+your\s+option\)\s+)?(?:any\s+)?later`, prose+`ou\s+(?:\([^)]*\)\s+)?(?:toute|une)\s+version\s+ult`)
	only := found(name+`[- ]only`, prose+`only\b`)
	return later && !only, later != only
}

var title = regexp.MustCompile(`(?i)GNU\s+(?:(?:AFFERO|LESSER|LIBRARY|FREE)\s+)?(?:GENERAL\s+PUBLIC|DOCUMENTATION)\s+LICENSE\s+Version\s+\d`)

// Notice is what stands in a licence file before the text of a GNU licence; "" when nothing does.
func Notice(file string) string {
	at := title.FindStringIndex(file)
	if at == nil {
		return ""
	}
	return file[:at[0]]
}
