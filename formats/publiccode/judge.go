package publiccode

import (
	"slices"
	"strconv"
	"strings"

	"github.com/rivo/uniseg"
)

// judge walks the tree with the table of rules beside it.
type judge struct {
	file *File
	gen  gen
	out  []Problem
}

// Judge holds the file to the version of the standard that it declares, and returns all problems in the order of the file:
// what reading noticed, then what the rules say. A file that could not be read has that as its problem. No address is called.
func (f *File) Judge() []Problem {
	out := slices.Clone(f.notes)
	if f.failed != nil {
		return sorted(append(out, f.failed.Problem))
	}
	if f.Root == nil {
		return sorted(out)
	}
	j := &judge{file: f, out: out}
	j.version()
	j.mapping(f.Root, "", Pos{1, 1}, fields)
	j.descriptions()
	j.maintenance()
	j.italy()
	return sorted(j.out)
}

// Valid tells whether Judge finds no error.
func (f *File) Valid() bool { return Valid(f.Judge()) }

// Version is the released version by which the file is judged, such as "0.5.0": the one it declares, else the current one.
func (f *File) Version() string {
	if g, ok := genOf(f.Doc.Version); ok {
		return g.String()
	}
	return Current
}

func (j *judge) err(at Pos, key, code string, a args)  { j.say(Error, at, key, code, a) }
func (j *judge) warn(at Pos, key, code string, a args) { j.say(Warning, at, key, code, a) }

func (j *judge) say(s Severity, at Pos, key, code string, a args) {
	if a == nil {
		a = args{}
	}
	if _, own := a["key"]; !own {
		a["key"] = key
	}
	j.out = append(j.out, problem(s, at, key, code, a))
}

// version finds the generation to judge by. An unknown one is one error; the current one then counts.
func (j *judge) version() {
	j.gen = current
	e := j.file.Root.entry("publiccodeYmlVersion")
	if e == nil {
		e = j.file.Root.entry("publiccode-yaml-version")
	}
	switch {
	case e == nil:
		j.err(Pos{1, 1}, "publiccodeYmlVersion", codeMissing, nil)
		return
	case e.Value.empty():
		j.err(e.Pos, e.Key, codeEmpty, nil)
		return
	case !e.Value.scalar():
		j.err(e.Pos, e.Key, codeWrongType, args{"expected": Text, "found": e.Value.Kind})
		return
	}
	g, ok := genOf(e.Value.Value)
	if !ok {
		j.err(e.Pos, e.Key, codeUnknownVersion, args{"value": e.Value.Value, "current": Current})
		return
	}
	j.gen = g
	if e.Value.Kind != Text {
		j.err(e.Pos, e.Key, codeNumberVersion, args{"value": e.Value.Value})
	}
	if g < current {
		j.warn(e.Pos, e.Key, codeOldVersion, args{"value": g.String(), "current": Current})
	}
}

// demanded tells whether the version of the file demands a key.
func (j *judge) demanded(fd *field) bool {
	return fd.must && j.gen >= fd.since && (fd.until == never || j.gen <= fd.until) && (fd.mustUntil == never || j.gen <= fd.mustUntil)
}

// mapping judges each key of a mapping, then what is missing from it. at is where the mapping is named.
func (j *judge) mapping(n *Node, path string, at Pos, rules []field) {
	seen := map[string]bool{}
	for i := range n.Entries {
		e := &n.Entries[i]
		if seen[e.Key] {
			continue // said when read
		}
		seen[e.Key] = true
		key := join(path, e.Key)
		fd := find(rules, e.Key)
		if fd == nil {
			j.unknownKey(e, key, rules)
			continue
		}
		j.key(fd, e, key)
	}
	for i := range rules {
		fd := &rules[i]
		if seen[fd.key] || !j.demanded(fd) || (fd.use != "" && seen[fd.use]) {
			continue
		}
		if fd.mustUntil != never && fd.until == never {
			j.err(at, join(path, fd.key), codeMissingOld, args{"version": j.gen.String(), "since": (fd.mustUntil + 1).String()})
			continue
		}
		j.err(at, join(path, fd.key), codeMissing, nil)
	}
}

func (j *judge) unknownKey(e *Entry, path string, rules []field) {
	var keys []string
	for _, fd := range rules {
		if fd.until == never || j.gen <= fd.until {
			keys = append(keys, fd.key)
		}
	}
	near := nearest(e.Key, keys)
	if near == "" {
		near = j.elsewhere(e.Key, fields, "")
	}
	if near != "" {
		j.err(e.Pos, path, codeUnknownKeyNear, args{"use": near})
		return
	}
	j.err(e.Pos, path, codeUnknownKey, nil)
}

// elsewhere finds the path at which the standard has a key that stands in the wrong place, or "".
func (j *judge) elsewhere(key string, rules []field, under string) string {
	for _, fd := range rules {
		if fd.until != never && j.gen > fd.until || fd.key == "it" || fd.key == "IT" {
			continue
		}
		path := join(under, fd.key)
		if under != "" && fd.key == key {
			return path
		}
		switch {
		case fd.check == languages:
			path += ".[lang]"
		case fd.many == list:
			continue // its keys, such as name, say nothing outside
		}
		if found := j.elsewhere(key, fd.fields, path); found != "" {
			return found
		}
	}
	return ""
}

// key judges one key and its value.
func (j *judge) key(fd *field, e *Entry, path string) {
	n := e.Value
	switch {
	case fd.until != never && j.gen > fd.until && fd.use != "":
		j.err(e.Pos, path, codeRenamed, args{"use": fd.use, "since": (fd.until + 1).String()})
		return
	case fd.until != never && j.gen > fd.until:
		j.err(e.Pos, path, codeRemoved, args{"since": (fd.until + 1).String()})
		return
	case j.gen < fd.since:
		j.warn(e.Pos, path, codeEarlyKey, args{"since": fd.since.String(), "version": j.gen.String()})
	}
	if fd.deprecated != never && j.gen >= fd.deprecated {
		use := fd.use
		if fd.key == "codiceIPA" && n.scalar() && !n.empty() {
			use += ": urn:x-italian-pa:" + n.Value
		}
		if use != "" {
			j.warn(e.Pos, path, codeDeprecatedUse, args{"since": fd.deprecated.String(), "use": use})
		} else {
			j.warn(e.Pos, path, codeDeprecated, args{"since": fd.deprecated.String()})
		}
	}
	if n.empty() && fd.check != number && (n.Kind == Sequence && fd.many == one || n.Kind == Mapping && fd.check.kind() != Mapping) {
		// [] where one value is asked is no missing value, but another kind of one
		j.err(e.Pos, path, codeWrongType, args{"expected": fd.check.kind(), "found": n.Kind})
		return
	}
	if fd.check == number || fd.check == anything && n.empty() && !fd.must {
		if fd.check != number {
			j.warn(e.Pos, path, codeEmptyOptional, nil)
		}
		return
	}
	if n.empty() {
		j.emptyValue(fd, e, path)
		return
	}
	switch {
	case n.Kind == Sequence && fd.many == one:
		j.err(e.Pos, path, codeWrongType, args{"expected": fd.check.kind(), "found": n.Kind})
	case n.Kind != Sequence && fd.many == list:
		j.err(e.Pos, path, codeWrongType, args{"expected": Sequence, "found": n.Kind})
	case n.Kind == Sequence:
		for i, it := range n.Items {
			at := it.Pos
			if i < len(n.dashes) && it.Kind == Null {
				at = n.dashes[i]
			}
			if it.empty() {
				if fd.check == anything || fd.check == text {
					j.warn(at, item(path, i), codeEmptyItem, nil)
				} else {
					j.err(at, item(path, i), codeEmptyItem, nil)
				}
				continue
			}
			j.value(fd, it, item(path, i), at)
		}
	default:
		j.value(fd, n, path, e.Pos)
	}
}

// emptyValue judges a key without a value: an error where a value is demanded, or where an empty text has not the form asked.
func (j *judge) emptyValue(fd *field, e *Entry, path string) {
	switch {
	case j.demanded(fd):
		j.err(e.Pos, path, codeEmpty, nil)
	case e.Value.Kind == Text && fd.check != anything && fd.check != text && fd.check != file:
		j.err(e.Pos, path, codeEmptyOptional, nil)
	default:
		j.warn(e.Pos, path, codeEmptyOptional, nil)
	}
}

// kind is the kind of value that a check wants.
func (c check) kind() Kind {
	switch c {
	case section, languages:
		return Mapping
	case flag:
		return Bool
	}
	return Text
}

// value judges one value that is not empty.
func (j *judge) value(fd *field, n *Node, path string, at Pos) {
	want := fd.check.kind()
	if want == Mapping {
		if n.Kind != Mapping {
			j.err(at, path, codeWrongType, args{"expected": Mapping, "found": n.Kind})
			return
		}
		if fd.check == languages {
			j.languages(fd, n, path)
			return
		}
		j.mapping(n, path, at, fd.fields)
		return
	}
	if !n.scalar() {
		j.err(at, path, codeWrongType, args{"expected": want, "found": n.Kind})
		return
	}
	if want == Bool {
		j.flag(n, path, at)
		return
	}
	if n.Kind == Bool && fd.check != anything && fd.check != text {
		j.err(at, path, codeWrongType, args{"expected": Text, "found": n.Kind})
		return
	}
	if n.Kind != Text {
		// 1.10 is the number 1.1 for most readers: quotes are no formality
		if strings.HasSuffix(path, ".phone") && j.gen >= v021 {
			j.err(at, path, codeQuote, args{"value": n.Value})
		} else {
			j.warn(at, path, codeQuote, args{"value": n.Value})
		}
	}
	j.text(fd, n, path, at)
}

func (j *judge) flag(n *Node, path string, at Pos) {
	if n.Kind == Bool {
		return
	}
	b, ok := boolOf(n)
	if !ok {
		j.err(at, path, codeWrongType, args{"expected": Bool, "found": n.Kind})
		return
	}
	a := args{"value": n.Value, "use": strconv.FormatBool(b)}
	if j.gen < v03 { // the versions before did not say which YAML
		j.warn(at, path, codeYesNo, a)
	} else {
		j.err(at, path, codeYesNo, a)
	}
}

// languages judges the mapping from languages to descriptions.
func (j *judge) languages(fd *field, n *Node, path string) {
	seen := map[string]bool{}
	for i := range n.Entries {
		e := &n.Entries[i]
		if seen[e.Key] {
			continue
		}
		seen[e.Key] = true
		key := join(path, e.Key)
		j.language(e.Key, key, e.Pos)
		switch {
		case e.Value.empty():
			j.err(e.Pos, key, codeEmpty, nil)
		case e.Value.Kind != Mapping:
			j.err(e.Pos, key, codeWrongType, args{"expected": Mapping, "found": e.Value.Kind})
		default:
			j.mapping(e.Value, key, e.Pos, fd.fields)
		}
	}
}

// descriptions judges lengths, and what must stand in at least one language.
func (j *judge) descriptions() {
	top := j.file.Root.entry("description")
	if top == nil || top.Value.Kind != Mapping || top.Value.empty() {
		return
	}
	long, features := false, false
	listKey := "features"
	if j.gen == v01 {
		listKey = "featureList"
	}
	for i := range top.Value.Entries {
		lang := &top.Value.Entries[i]
		if lang.Value.Kind != Mapping {
			continue
		}
		path := join("description", lang.Key)
		j.longest(lang.Value, path, "genericName", 35)
		j.longest(lang.Value, path, "shortDescription", 150)
		j.longest(lang.Value, path, "longDescription", 10_000)
		if e := lang.Value.entry("longDescription"); e != nil && !e.Value.empty() {
			long = true
			j.shortest(e, join(path, "longDescription"))
		}
		for _, key := range []string{listKey, "features"} {
			e := lang.Value.entry(key)
			if e == nil {
				continue
			}
			features = true // the key itself is demanded, "no minimum" of items
			if j.gen >= v03 {
				continue
			}
			for k, it := range e.Value.Items {
				if l := graphemes(it.Value); l > 100 {
					j.err(it.Pos, item(join(path, key), k), codeTooLong, args{"length": l, "max": 100})
				}
			}
			break
		}
	}
	if !long {
		j.err(top.Pos, "description", codeMissingAny, args{"key": "longDescription"})
	}
	if !features {
		j.err(top.Pos, "description", codeMissingAny, args{"key": listKey})
	}
}

func (j *judge) longest(n *Node, path, key string, limit int) {
	e := n.entry(key)
	if e == nil || !e.Value.scalar() {
		return
	}
	if l := graphemes(e.Value.Value); l > limit {
		j.err(e.Pos, join(path, key), codeTooLong, args{"length": l, "max": limit})
	}
}

func (j *judge) shortest(e *Entry, path string) {
	if !e.Value.scalar() {
		return
	}
	const least, leastBefore03 = 150, 500
	l := graphemes(e.Value.Value)
	switch {
	case l < least:
		j.err(e.Pos, path, codeTooShort, args{"length": l, "min": least})
	case l < leastBefore03 && j.gen < v03:
		j.err(e.Pos, path, codeTooShortOld, args{"length": l, "min": leastBefore03, "version": j.gen.String(), "since": v03.String(), "later": least})
	}
}

// graphemes counts what a reader takes for one character, without blanks at the ends.
func graphemes(s string) int { return uniseg.GraphemeClusterCount(strings.TrimSpace(s)) }

// maintenance judges who must be named for each type of maintenance.
func (j *judge) maintenance() {
	top := j.file.Root.entry("maintenance")
	if top == nil || top.Value.Kind != Mapping {
		return
	}
	kind := ""
	if n := top.Value.Get("type"); n != nil {
		kind = n.Value
	}
	contractors, contacts := top.Value.entry("contractors"), top.Value.entry("contacts")
	if kind == "contract" && (contractors == nil || contractors.Value.empty()) {
		j.err(top.Pos, "maintenance.contractors", codeMissingForType, args{"type": kind})
	}
	if known := slices.Contains([]string{"internal", "community", "none"}, kind); known && contractors != nil && !contractors.Value.empty() {
		if j.gen >= v05 {
			j.err(contractors.Pos, "maintenance.contractors", codeContractors, args{"type": kind})
		} else {
			j.warn(contractors.Pos, "maintenance.contractors", codeContractorsLater, args{"type": kind})
		}
	}
	if contacts == nil || contacts.Value.empty() {
		switch {
		case kind == "internal", kind == "community":
			j.err(top.Pos, "maintenance.contacts", codeMissingForType, args{"type": kind})
		case j.gen == v01:
			j.err(top.Pos, "maintenance.contacts", codeMissingOld, args{"version": v01.String(), "since": v02.String()})
		}
	}
}

// italy judges the country section as such.
func (j *judge) italy() {
	upper, lower := j.file.Root.entry("IT"), j.file.Root.entry("it")
	if lower != nil && upper != nil {
		j.err(lower.Pos, "it", codeBothSections, nil)
	} else if lower != nil && j.gen >= v05 {
		j.warn(lower.Pos, "it", codeLowerSection, nil)
	}
	for _, e := range []*Entry{upper, lower} {
		if e == nil {
			continue
		}
		if j.gen >= v07 {
			j.warn(e.Pos, e.Key, codeSectionOld, nil)
		}
		if e.Value.Kind == Mapping && !e.Value.empty() && e.Value.Get("countryExtensionVersion") == nil && j.gen >= v02 {
			// mandatory in the section; the section itself can go
			j.warn(e.Pos, join(e.Key, "countryExtensionVersion"), codeMissingSection, nil)
		}
	}
}
