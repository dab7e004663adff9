package licence

import (
	"errors"
	"fmt"
	"strings"

	"github.com/github/go-spdx/v2/spdxexp/spdxlicenses"
)

// MaxText is the longest text, in bytes, that Normalise looks at; no real expression comes near.
const MaxText = 1000

// maxDepth bounds the parentheses of an expression.
const maxDepth = 20

// ErrEmpty says that there is no text to normalise; ErrTooLong that it is longer than MaxText.
var (
	ErrEmpty   = errors.New("no licence given")
	ErrTooLong = fmt.Errorf("licence expression longer than %d bytes", MaxText)
)

// UnknownError says that a text is no SPDX expression. Part is the first piece that is not understood. Suggestions holds
// valid expressions that may be meant, the likeliest first; it may be empty.
type UnknownError struct {
	Text, Part  string
	Suggestions []string
}

func (e *UnknownError) Error() string {
	if len(e.Suggestions) == 0 {
		return fmt.Sprintf("%q is no SPDX licence expression: %q is not known", e.Text, e.Part)
	}
	return fmt.Sprintf("%q is no SPDX licence expression: %q is not known, perhaps %s", e.Text, e.Part, strings.Join(e.Suggestions, " or "))
}

// Replacement is an identifier that SPDX has withdrawn. Where exactly one other means the same, Done is true and the
// expression holds it; where a person must choose, the expression keeps From and To lists the choices.
type Replacement struct {
	From string
	To   []string
	Done bool
}

// Expression is a valid SPDX expression in its usual spelling. The zero value is no expression: String is empty.
type Expression struct {
	root     *term
	replaced []Replacement
	recased  bool
}

// String is the normalised expression, with AND and OR in capitals and no needless parentheses.
func (e Expression) String() string { return e.root.string(opNone) }

// Licences lists the identifiers in the expression, each once, in order, without exceptions.
func (e Expression) Licences() []string {
	var ids []string
	e.root.each(func(t *term) {
		for _, id := range ids {
			if id == t.id {
				return
			}
		}
		ids = append(ids, t.id)
	})
	return ids
}

// Replaced lists the withdrawn identifiers met, replaced or kept.
func (e Expression) Replaced() []Replacement { return e.replaced }

// Recased tells that an identifier was written in another case than SPDX writes it ("apache-2.0").
func (e Expression) Recased() bool { return e.recased }

type op uint8

const (
	opNone op = iota
	opOr
	opAnd
	opLeaf
)

// term is a node of an expression: a leaf with an identifier, or an operator with its two sides.
type term struct {
	op          op
	left, right *term
	id          string // MIT, GPL-3.0-only, LicenseRef-x, DocumentRef-a:LicenseRef-b
	plus        bool   // "or any later version"
	exception   string // after WITH
}

func (t *term) each(f func(*term)) {
	if t == nil {
		return
	}
	if t.op == opLeaf {
		f(t)
		return
	}
	t.left.each(f)
	t.right.each(f)
}

// string writes the term below an operator; an OR below an AND needs parentheses.
func (t *term) string(above op) string {
	if t == nil {
		return ""
	}
	switch t.op {
	case opLeaf:
		s := t.id
		if t.plus {
			s += "+"
		}
		if t.exception != "" {
			s += " WITH " + t.exception
		}
		return s
	case opAnd:
		return t.left.string(opAnd) + " AND " + t.right.string(opAnd)
	default:
		s := t.left.string(opOr) + " OR " + t.right.string(opOr)
		if above == opAnd {
			return "(" + s + ")"
		}
		return s
	}
}

// Normalise reads text as an SPDX expression: case is repaired, withdrawn identifiers with one successor are replaced.
// Errors: ErrEmpty, ErrTooLong, *UnknownError with suggestions. LicenseRef- names are valid and judged as unknown.
func Normalise(text string) (Expression, error) {
	text = strings.TrimSpace(text)
	if text == "" {
		return Expression{}, ErrEmpty
	}
	if len(text) > MaxText {
		return Expression{}, ErrTooLong
	}
	p := parser{tokens: tokens(text)}
	root, ok := p.or(0)
	if !ok || p.at < len(p.tokens) {
		return Expression{}, &UnknownError{Text: text, Part: p.here(), Suggestions: suggest(text)}
	}
	return Expression{root: root, replaced: p.replaced, recased: p.recased}, nil
}

// tokens splits at blanks and parentheses.
func tokens(s string) []string {
	s = strings.NewReplacer("(", " ( ", ")", " ) ").Replace(s)
	return strings.Fields(s)
}

type parser struct {
	tokens   []string
	at       int
	bad      string
	replaced []Replacement
	recased  bool
}

// here is the piece that stopped the parser.
func (p *parser) here() string {
	if p.bad != "" {
		return p.bad
	}
	if p.at < len(p.tokens) {
		return p.tokens[p.at]
	}
	return p.tokens[len(p.tokens)-1]
}

func (p *parser) word(w string) bool {
	if p.at < len(p.tokens) && strings.EqualFold(p.tokens[p.at], w) {
		p.at++
		return true
	}
	return false
}

func (p *parser) or(depth int) (*term, bool) {
	left, ok := p.and(depth)
	for ok && p.word("OR") {
		var right *term
		if right, ok = p.and(depth); ok {
			left = &term{op: opOr, left: left, right: right}
		}
	}
	return left, ok
}

func (p *parser) and(depth int) (*term, bool) {
	left, ok := p.leaf(depth)
	for ok && p.word("AND") {
		var right *term
		if right, ok = p.leaf(depth); ok {
			left = &term{op: opAnd, left: left, right: right}
		}
	}
	return left, ok
}

func (p *parser) leaf(depth int) (*term, bool) {
	if depth > maxDepth || p.at >= len(p.tokens) {
		return nil, false
	}
	if p.word("(") {
		t, ok := p.or(depth + 1)
		return t, ok && p.word(")")
	}
	t, ok := p.identifier(p.tokens[p.at])
	if !ok {
		return nil, false
	}
	p.at++
	if p.word("WITH") {
		if p.at >= len(p.tokens) || t.exception != "" {
			return nil, false
		}
		found, id := spdxlicenses.IsException(p.tokens[p.at])
		if !found {
			return nil, false
		}
		p.recased = p.recased || id != p.tokens[p.at]
		t.exception = id
		p.at++
	}
	return t, true
}

// identifier finds the licence that a word names. A "+" that is not part of a withdrawn identifier is kept apart.
func (p *parser) identifier(word string) (*term, bool) {
	if isRef(word) {
		return &term{op: opLeaf, id: word}, true
	}
	if old, id := spdxlicenses.IsDeprecatedLicense(word); old {
		p.recased = p.recased || id != word
		return p.withdrawn(id), true
	}
	name, plus := word, false
	if active, _ := spdxlicenses.IsActiveLicense(name); !active && strings.HasSuffix(name, "+") {
		name, plus = strings.TrimSuffix(name, "+"), true
	}
	if active, id := spdxlicenses.IsActiveLicense(name); active {
		p.recased = p.recased || id != name
		// "-or-later+" says it twice
		return &term{op: opLeaf, id: id, plus: plus && !strings.HasSuffix(id, "-or-later")}, true
	}
	p.bad = word
	return nil, false
}

// withdrawn replaces an identifier that SPDX has withdrawn where only one other can be meant.
func (p *parser) withdrawn(id string) *term {
	t := &term{op: opLeaf, id: id}
	to, ok := successors[id]
	switch {
	case !ok:
		// no successor is known: flagged alone
	case len(to) == 1:
		base, exception, _ := strings.Cut(to[0], " WITH ")
		t.id, t.exception = base, exception
	}
	p.replaced = append(p.replaced, Replacement{From: id, To: to, Done: len(to) == 1})
	return t
}

// isRef tells whether the word is a reference to a licence outside the SPDX list.
func isRef(word string) bool {
	doc, ref, found := strings.Cut(word, ":")
	if !found {
		ref = doc
	} else if !named(doc, "DocumentRef-") {
		return false
	}
	return named(ref, "LicenseRef-")
}

// named tells whether the word is the prefix and then one or more letters, digits, dots or hyphens.
func named(word, prefix string) bool {
	rest, ok := strings.CutPrefix(word, prefix)
	if !ok || rest == "" {
		return false
	}
	for _, c := range []byte(rest) {
		if c != '-' && c != '.' && (c < '0' || c > '9') && (c < 'a' || c > 'z') && (c < 'A' || c > 'Z') {
			return false
		}
	}
	return true
}

// successors says what replaces each withdrawn identifier. Two entries: the old one left open whether later versions are
// allowed, only the right holder can say. None: SPDX names none.
var successors = map[string][]string{
	"AGPL-1.0": {"AGPL-1.0-only", "AGPL-1.0-or-later"}, "AGPL-3.0": {"AGPL-3.0-only", "AGPL-3.0-or-later"},
	"GPL-1.0": {"GPL-1.0-only", "GPL-1.0-or-later"}, "GPL-2.0": {"GPL-2.0-only", "GPL-2.0-or-later"},
	"GPL-3.0": {"GPL-3.0-only", "GPL-3.0-or-later"}, "LGPL-2.0": {"LGPL-2.0-only", "LGPL-2.0-or-later"},
	"LGPL-2.1": {"LGPL-2.1-only", "LGPL-2.1-or-later"}, "LGPL-3.0": {"LGPL-3.0-only", "LGPL-3.0-or-later"},
	"GFDL-1.1": {"GFDL-1.1-only", "GFDL-1.1-or-later"}, "GFDL-1.2": {"GFDL-1.2-only", "GFDL-1.2-or-later"},
	"GFDL-1.3": {"GFDL-1.3-only", "GFDL-1.3-or-later"},
	"GPL-1.0+": {"GPL-1.0-or-later"}, "GPL-2.0+": {"GPL-2.0-or-later"}, "GPL-3.0+": {"GPL-3.0-or-later"},
	"LGPL-2.0+": {"LGPL-2.0-or-later"}, "LGPL-2.1+": {"LGPL-2.1-or-later"}, "LGPL-3.0+": {"LGPL-3.0-or-later"},
	"BSD-2-Clause-FreeBSD": {"BSD-2-Clause-Views", "BSD-2-Clause"}, "BSD-2-Clause-NetBSD": {"BSD-2-Clause"},
	"bzip2-1.0.5": {"bzip2-1.0.6"}, "StandardML-NJ": {"SMLNJ"}, "eCos-2.0": {"GPL-2.0-or-later WITH eCos-exception-2.0"},
	"wxWindows":                        {"LGPL-2.0-or-later WITH WxWindows-exception-3.1"},
	"GPL-2.0-with-autoconf-exception":  {"GPL-2.0-only WITH Autoconf-exception-2.0"},
	"GPL-2.0-with-bison-exception":     {"GPL-2.0-only WITH Bison-exception-2.2"},
	"GPL-2.0-with-classpath-exception": {"GPL-2.0-only WITH Classpath-exception-2.0"},
	"GPL-2.0-with-font-exception":      {"GPL-2.0-only WITH Font-exception-2.0"},
	"GPL-2.0-with-GCC-exception":       {"GPL-2.0-only WITH GCC-exception-2.0"},
	"GPL-3.0-with-autoconf-exception":  {"GPL-3.0-only WITH Autoconf-exception-3.0"},
	"GPL-3.0-with-GCC-exception":       {"GPL-3.0-only WITH GCC-exception-3.1"},
}
