package licence

import (
	"slices"
	"strings"
)

// Kind is what a licence is made for.
type Kind string

// The kinds. A licence of another kind than the work is a warning for its readers, not an error.
const (
	Software Kind = "software"
	Content  Kind = "content"
	Data     Kind = "data"
	Hardware Kind = "hardware"
	Other    Kind = "unknown"
)

// Family says how far a licence asks that changes be shared, from nothing to everything.
type Family string

// The families, from the freest to the closed. Proprietary means that the licence forbids a use (commercial use, changes,
// hosting), even where the source can be read.
const (
	PublicDomain    Family = "public-domain"
	Permissive      Family = "permissive"
	WeakCopyleft    Family = "weak-copyleft"
	StrongCopyleft  Family = "strong-copyleft"
	NetworkCopyleft Family = "network-copyleft"
	Proprietary     Family = "proprietary"
	Unknown         Family = "unknown"
)

// Fact is a message key that states one duty, right or limit.
type Fact string

// The facts. A licence has at most one Share… beside ShareNetwork.
const (
	NoDuty       Fact = "licence.no_duty"             // nothing is asked
	KeepNotice   Fact = "licence.keep_notice"         // keep authors' names and the licence's text
	StateChanges Fact = "licence.state_changes"       // say what was changed
	ShareFiles   Fact = "licence.share_files"         // changed files stay under the licence, the rest of the work is free
	ShareLibrary Fact = "licence.share_library"       // changes to the library are shared, programs that use it are free
	ShareWork    Fact = "licence.share_work"          // the whole work that is passed on stays under the licence
	ShareNetwork Fact = "licence.share_network"       // …also when it is only offered over a network
	PatentGrant  Fact = "licence.patent_grant"        // contributors let their patents be used
	NoCommerce   Fact = "licence.no_commercial_use"   // commercial use is forbidden
	NoChanges    Fact = "licence.no_changes"          // changed versions may not be passed on
	LimitedUse   Fact = "licence.limited_use"         // some other use (hosting, competing) is forbidden
	NotKnown     Fact = "licence.not_known"           // its text must be read
	Choice       Fact = "licence.choice"              // one of several licences may be chosen; the facts are those of the freest
	Compatible   Fact = "licence.compatible_copyleft" // a merged work may go out under one of the licences that the text lists
)

// Verdict says what an expression means for who wants to reuse the work. For a choice (OR) it is that of the freest
// licence, named in Of; for several at once (AND) it is the strictest of each.
type Verdict struct {
	Open   bool // free for any use, change and passing on: approved by OSI or FSF, or an open licence for content or data
	OSI    bool // approved by the Open Source Initiative
	FSF    bool // called free by the Free Software Foundation
	Kind   Kind
	Family Family
	Facts  []Fact
	Of     []string // identifiers that the verdict rests on
}

// Judge states the facts of an expression. The zero Expression is judged as unknown.
func Judge(e Expression) Verdict {
	if e.root == nil {
		return unknown("")
	}
	return judge(e.root)
}

func judge(t *term) Verdict {
	switch t.op {
	case opLeaf:
		return leaf(t)
	case opAnd:
		return both(judge(t.left), judge(t.right))
	default:
		v := freest(judge(t.left), judge(t.right))
		if !slices.Contains(v.Facts, Choice) {
			v.Facts = append(slices.Clone(v.Facts), Choice)
		}
		return v
	}
}

func unknown(id string) Verdict {
	v := Verdict{Kind: Other, Family: Unknown, Facts: []Fact{NotKnown}}
	if id != "" {
		v.Of = []string{id}
	}
	return v
}

func leaf(t *term) Verdict {
	r, ok := lookup(t.id)
	if !ok {
		return unknown(t.id)
	}
	group, known := groupOf(t.id)
	if !known {
		v := unknown(t.id)
		v.OSI, v.FSF = r.osi, fsfFree[t.id]
		v.Open = v.OSI || v.FSF
		if v.Open {
			v.Kind = Software
		}
		return v
	}
	v := Verdict{OSI: r.osi, FSF: fsfFree[t.id], Kind: group.kind, Family: group.family, Facts: slices.Clone(group.facts), Of: []string{t.id}}
	v.Open = v.OSI || v.FSF || (v.Family != Proprietary && group.open)
	if t.exception != "" && v.Family == StrongCopyleft && linking[t.exception] {
		// the exception lets other programs use the work as the LGPL does
		v.Family = WeakCopyleft
		for i, f := range v.Facts {
			if f == ShareWork {
				v.Facts[i] = ShareLibrary
			}
		}
	}
	return v
}

// linking holds the exceptions that let programs under another licence link to the work.
var linking = map[string]bool{
	"Classpath-exception-2.0": true, "GCC-exception-2.0": true, "GCC-exception-3.1": true, "LGPL-3.0-linking-exception": true,
	"eCos-exception-2.0": true, "WxWindows-exception-3.1": true, "OCaml-LGPL-linking-exception": true, "GPL-3.0-linking-exception": true,
}

// freedom orders families: the higher, the less is asked. What is not known ranks just above what is forbidden.
func freedom(f Family) int {
	return slices.Index([]Family{Proprietary, Unknown, NetworkCopyleft, StrongCopyleft, WeakCopyleft, Permissive, PublicDomain}, f)
}

func freest(a, b Verdict) Verdict {
	if a.Open != b.Open {
		if a.Open {
			return a
		}
		return b
	}
	if freedom(b.Family) > freedom(a.Family) {
		return b
	}
	return a
}

func both(a, b Verdict) Verdict {
	v := a
	if freedom(b.Family) < freedom(a.Family) {
		v.Family = b.Family
	}
	v.Open, v.OSI, v.FSF = a.Open && b.Open, a.OSI && b.OSI, a.FSF && b.FSF
	if a.Kind != b.Kind {
		v.Kind = Other
	}
	v.Facts, v.Of = slices.Clone(a.Facts), slices.Clone(a.Of)
	for _, f := range b.Facts {
		if !slices.Contains(v.Facts, f) {
			v.Facts = append(v.Facts, f)
		}
	}
	for _, id := range b.Of {
		if !slices.Contains(v.Of, id) {
			v.Of = append(v.Of, id)
		}
	}
	// of two duties to share, the wider holds; "nothing is asked" holds only alone
	for _, wider := range []struct{ has, drop Fact }{{ShareWork, ShareLibrary}, {ShareWork, ShareFiles}} {
		if slices.Contains(v.Facts, wider.has) {
			v.Facts = slices.DeleteFunc(v.Facts, func(f Fact) bool { return f == wider.drop })
		}
	}
	if len(v.Facts) > 1 {
		v.Facts = slices.DeleteFunc(v.Facts, func(f Fact) bool { return f == NoDuty })
	}
	return v
}

// groupOf finds the group of a licence: first by its identifier, then by the longest prefix.
func groupOf(id string) (group, bool) {
	best, length := group{}, -1
	for _, g := range groups {
		for _, name := range strings.Fields(g.ids) {
			prefix, open := strings.CutSuffix(name, "*")
			switch {
			case !open && name == id:
				return g, true
			case open && strings.HasPrefix(id, prefix) && len(prefix) > length:
				best, length = g, len(prefix)
			}
		}
	}
	return best, length >= 0
}
