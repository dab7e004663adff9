package catalogue

import (
	"encoding/json"
	"slices"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"

	"commun/internal/core/commons"
	"commun/internal/core/people"
	"commun/internal/platform/fault"
)

// The message keys of the catalogue's own remarks.
const (
	remarkCut            = "catalogue.remark.cut"               // field, count, limit
	remarkCharacters     = "catalogue.remark.characters"        // field
	remarkLeftOut        = "catalogue.remark.left_out"          // field, value
	remarkItems          = "catalogue.remark.items"             // field, count, limit
	remarkTooLarge       = "catalogue.remark.too_large"         // path, size, limit
	remarkLink           = "catalogue.remark.link"              // path
	remarkFork           = "catalogue.remark.fork"              // url
	remarkLicence        = "catalogue.remark.licence"           // value, found
	remarkLicenceDiffers = "catalogue.remark.licence_differs"   // declared, found, path
	remarkLicenceFile    = "catalogue.remark.licence_unknown"   // path
	remarkOther          = "catalogue.remark.other_commons"     // slug
	RemarkSame           = "catalogue.remark.same_history"      // name, slug, id: a commons that came before and was last read at the same commit
	remarkNoText         = "catalogue.remark.no_text"           // neither publiccode.yml nor README
	remarkForced         = "catalogue.remark.history_rewritten" //
	remarkForgotten      = "catalogue.remark.forgotten"         // what a forgotten person is known by was left out
	remarkLanguage       = "catalogue.remark.language"          // value
	remarkMore           = "catalogue.remark.more"              // count
	remarkEarlier        = "catalogue.remark.earlier_line"      // line: an earlier line of the list describes the same repository
	remarkOlder          = "catalogue.remark.older_file"        // what is known is of a more recent file
)

// maxRemarks is how many remarks of one import are kept.
const maxRemarks = 200

// gather collects what a repository says. Nothing that it is given makes it fail: what a field refuses is mended or left out, with a remark.
type gather struct {
	source    commons.Source
	file      string // the file that is being read, for remarks
	forgotten func(string) bool
	values    []commons.Value
	remarks   []Remark
	judged    map[string]bool // keys of publiccode.yml that its own judge speaks of
	erased    bool            // the remark on forgotten persons was made
}

func newGather(forgotten func(string) bool) *gather {
	return &gather{forgotten: forgotten, judged: map[string]bool{}}
}

// place is where a value was found: what the page shows beside it, and the key of the file, for remarks.
type place struct {
	note string
	key  string
	line int
}

func (g *gather) remark(at place, code string, args map[string]any) {
	for name, v := range args {
		if text, ok := v.(string); ok {
			args[name] = shownName(text)
		}
	}
	g.remarks = append(g.remarks, Remark{File: shownName(g.file), Severity: "warning", Line: at.line, Key: at.key, Code: code, Args: args})
}

// kept returns the remarks, at most maxRemarks and a last one that counts the others.
func (g *gather) kept() []Remark {
	if len(g.remarks) <= maxRemarks {
		return slices.Clip(append([]Remark{}, g.remarks...))
	}
	return append(slices.Clone(g.remarks[:maxRemarks]), Remark{Severity: "warning", Code: remarkMore, Args: map[string]any{"count": len(g.remarks) - maxRemarks}})
}

// text keeps one text of a field.
func (g *gather) text(field, lang, value string, at place) {
	f, _ := commons.FieldByName(field)
	if value = g.mend(f, value, at); value != "" {
		g.put(f, lang, value, at)
	}
}

// list keeps the texts that the field takes, one by one: a bad one does not take the others with it.
func (g *gather) list(field, lang string, values []string, at place) {
	f, _ := commons.FieldByName(field)
	var good []string
	for i, v := range values {
		here := at
		if at.key != "" {
			here.key = at.key + "[" + strconv.Itoa(i) + "]"
		}
		if v = g.mend(f, v, here); v == "" {
			continue
		}
		if _, err := f.Clean(field, []string{v}); err != nil {
			g.leftOut(f, v, here, err)
			continue
		}
		good = append(good, v)
	}
	if good = g.few(f, good, at); len(good) > 0 {
		g.put(f, lang, good, at)
	}
}

// parties keeps persons and organisations by their names. An address that is none is left out, its name stays.
func (g *gather) parties(field string, list []commons.Party, at place) {
	f, _ := commons.FieldByName(field)
	var good []commons.Party
	for _, p := range list {
		if g.isForgotten(p.Name) {
			g.erasedOne(at)
			continue
		}
		p.Name, p.Of = g.mend(f, p.Name, at), g.mend(f, p.Of, at)
		if p.Name == "" {
			continue
		}
		if strings.Contains(p.Name, "@") { // an e-mail address in the place of a name is still one
			g.leftOut(f, "…", at, nil)
			continue
		}
		if p.URL = strings.TrimSpace(p.URL); p.URL != "" {
			if _, err := f.Clean(field, []commons.Party{p}); err != nil {
				p.URL = ""
			}
		}
		good = append(good, p)
	}
	if len(good) > maxParties {
		g.remark(at, remarkItems, map[string]any{"field": f.Name, "count": len(good), "limit": maxParties})
		good = good[:maxParties]
	}
	if len(good) > 0 {
		g.put(f, "", good, at)
	}
}

// maxParties is how many items a list of a field may have; commons.Field refuses more.
const maxParties = 200

func (g *gather) few(f commons.Field, list []string, at place) []string {
	if len(list) > maxParties {
		g.remark(at, remarkItems, map[string]any{"field": f.Name, "count": len(list), "limit": maxParties})
		return list[:maxParties]
	}
	return list
}

func (g *gather) put(f commons.Field, lang string, value any, at place) {
	raw, err := f.Clean(f.Name, value)
	if err != nil {
		g.leftOut(f, value, at, err)
		return
	}
	if raw != nil {
		g.raw(f.Name, lang, raw, at)
	}
}

// raw stores a value; the first that a source gives for a field and language stays.
func (g *gather) raw(field, lang string, value json.RawMessage, at place) {
	if !slices.ContainsFunc(g.values, func(v commons.Value) bool { return v.Source == g.source && v.Field == field && v.Lang == lang }) {
		g.values = append(g.values, commons.Value{Field: field, Lang: lang, Source: g.source, JSON: value, Note: shownName(at.note)})
	}
}

// leftOut says that a value was not kept, unless the file's own judge has said so of its key.
func (g *gather) leftOut(f commons.Field, value any, at place, err error) {
	if g.judged[at.key] && at.key != "" {
		return
	}
	args := map[string]any{"field": f.Name, "value": "", "reason": ""}
	if s, ok := value.(string); ok {
		args["value"] = cutText(s, 100)
	}
	if l := fault.Of(err); len(l) > 0 {
		args["reason"] = l[0].Key
	}
	g.remark(at, remarkLeftOut, args)
}

// mend makes a text one that its field takes: valid UTF-8, no control characters, none that turn the direction of what follows, and no longer
// than the field is.
func (g *gather) mend(f commons.Field, s string, at place) string {
	multi := f.Shape == commons.LongTxt
	clean, changed := printable(s, multi)
	if changed {
		g.remark(at, remarkCharacters, map[string]any{"field": f.Name})
	}
	clean = norm.NFC.String(g.scrub(clean, at)) // as fields store it: a long row of accents becomes longer by it
	if !multi {
		clean = strings.Join(strings.Fields(clean), " ")
	}
	if n := utf8.RuneCountInString(clean); f.Max > 0 && n > f.Max && f.Shape != commons.Address {
		g.remark(at, remarkCut, map[string]any{"field": f.Name, "count": n, "limit": f.Max})
		clean = cutText(clean, f.Max)
	}
	return strings.TrimSpace(clean)
}

// printable drops what no page should be given.
func printable(s string, multi bool) (clean string, changed bool) {
	s = strings.TrimPrefix(s, "\ufeff")
	s = strings.ReplaceAll(s, "\r\n", "\n")
	if multi {
		s = strings.ReplaceAll(s, "\r", "\n")
	}
	valid := strings.ToValidUTF8(s, "\ufffd")
	clean = strings.Map(func(r rune) rune {
		switch {
		case r == '\n' || r == '\t' || r == '\r':
			return r
		case unicode.IsControl(r), r >= 0x202A && r <= 0x202E, r >= 0x2066 && r <= 0x2069:
			return -1
		}
		return r
	}, valid)
	return clean, clean != s
}

// maxName is the longest name of a file or tag that is shown, in characters.
const maxName = 200

// shownName is the name of a file or a tag as a page may show it: a repository may call either what it likes.
func shownName(name string) string {
	clean, _ := printable(name, false)
	return cutText(oneLine(clean), maxName)
}

// cutText cuts s to n characters, the last being an ellipsis, at a space when there is one near.
func cutText(s string, n int) string {
	r := []rune(s)
	if len(r) <= n {
		return s
	}
	r = r[:n-1]
	for i := len(r) - 1; i > len(r)*3/4; i-- {
		if unicode.IsSpace(r[i]) {
			r = r[:i]
			break
		}
	}
	return strings.TrimSpace(string(r)) + "…"
}

// scrub replaces by an ellipsis all that a forgotten person is known by.
func (g *gather) scrub(text string, at place) string {
	clean, found := people.Without(text, g.forgotten)
	if found {
		g.erasedOne(at)
	}
	return clean
}

// isForgotten says whether a text is nothing but what a forgotten person is known by.
func (g *gather) isForgotten(text string) bool {
	if g.forgotten(text) {
		return true
	}
	clean, found := people.Without(text, g.forgotten)
	return found && strings.Trim(clean, "… ") == ""
}

// erasedOne remarks once that something was left out. The remark says neither whom it was about nor where.
func (g *gather) erasedOne(place) {
	if !g.erased {
		g.erased = true
		g.remarks = append(g.remarks, Remark{Severity: "warning", Code: remarkForgotten})
	}
}
