// Package i18ntest holds messages to their rules, in every feature's tests:
//
//	func TestMessages(t *testing.T) {
//		i18ntest.Messages(t, site.Messages())
//		i18ntest.Keys(t, site.Messages(), []string{"."}, "catalogue.kind_")
//	}
//
// Messages wants, of each language: the same keys, the same placeholders, exactly its plural classes, plain text, sentences that are not too long, and
// French as it is printed. Keys wants each key used, each key there, and none built from strings but under the prefixes that the test declares.
package i18ntest

import (
	"fmt"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"unicode/utf8"

	"commun/internal/platform/i18n"
)

// Bundle makes a bundle in which a missing key or argument fails the test when it ends.
func Bundle(t testing.TB, def string, sources ...fs.FS) *i18n.Bundle {
	t.Helper()
	b, err := i18n.New(def, sources...)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		for key, n := range b.Missing() {
			t.Errorf("message %q was missing, %d times", key, n)
		}
	})
	return b
}

// languages that every feature must speak, completely.
var languages = []string{"en", "fr"}

// Messages fails t for each message of src that breaks a rule.
func Messages(t testing.TB, src fs.FS) {
	t.Helper()
	for _, fault := range Faults(src) {
		t.Error(fault)
	}
}

// Faults returns what is wrong with the messages of src, sorted.
func Faults(src fs.FS) []string {
	all, err := i18n.Read(src)
	if err != nil {
		return []string{err.Error()}
	}
	var faults []string
	for _, lang := range languages {
		if all[lang] == nil {
			faults = append(faults, fmt.Sprintf("messages/%s.toml is not there", lang))
		}
	}
	english := all["en"]
	for lang, msgs := range all {
		add := func(key, format string, args ...any) {
			faults = append(faults, fmt.Sprintf("%s %s: ", lang, key)+fmt.Sprintf(format, args...))
		}
		for key := range english {
			if _, ok := msgs[key]; !ok {
				add(key, "is not there, but English has it")
			}
		}
		for key, m := range msgs {
			en, ok := english[key]
			if !ok {
				add(key, "is there, but English lacks it")
				continue
			}
			checkClasses(lang, m, en, func(f string, a ...any) { add(key, f, a...) })
			for class, text := range m.Classes {
				for _, fault := range textFaults(lang, text) {
					add(key, "(%s) %s: %q", class, fault, text)
				}
			}
		}
	}
	slices.Sort(faults)
	return faults
}

// checkClasses wants exactly the language's classes, and the same placeholders as English. French "one" is also for 0 and 1.5, so it must say the count
// when "other" does; English "one" may say it as a word.
func checkClasses(lang string, m, en i18n.Source, add func(string, ...any)) {
	if m.Plural != en.Plural {
		add("has plural classes in one language and not in the other")
		return
	}
	if m.Plural {
		want := i18n.Classes(lang)
		got := slices.Sorted(maps.Keys(m.Classes))
		slices.Sort(want)
		if !slices.Equal(got, want) {
			add("has the plural classes %v, must have %v", got, want)
		}
	}
	holes := func(text string) []string {
		names := i18n.Holes(text)
		slices.Sort(names)
		return slices.Compact(names)
	}
	want := holes(en.Classes["other"])
	for class, text := range m.Classes {
		got := holes(text)
		if lang == "en" && class == "one" {
			got = append(got, "count")
			slices.Sort(got)
			got = slices.Compact(got)
			if !slices.Contains(want, "count") {
				got = slices.DeleteFunc(got, func(s string) bool { return s == "count" })
			}
		}
		if !slices.Equal(got, want) {
			add("(%s) has the placeholders %v, English has %v", class, got, want)
		}
	}
}

var (
	tag      = regexp.MustCompile(`<[a-zA-Z/!]|&(#\d+|[a-z]+);`)
	sentence = regexp.MustCompile(`[.!?…:;](\s|$)`)
	colon    = regexp.MustCompile(`([^\x{00A0}\x{202F}]|^):(\s|$)`)
	double   = regexp.MustCompile(`([^\x{00A0}\x{202F}!?]|^)[;!?](\s|$|\))`)
	quotes   = regexp.MustCompile(`«[^\x{00A0}\x{202F}]|[^\x{00A0}\x{202F}]»`)
)

// longest is how many words a sentence may have: more is not read to its end.
const longest = 30

// textFaults judges one text.
func textFaults(lang, text string) []string {
	var faults []string
	if tag.MatchString(text) {
		faults = append(faults, "holds HTML")
	}
	if strings.Contains(text, "...") {
		faults = append(faults, "three dots instead of …")
	}
	if !utf8.ValidString(text) {
		faults = append(faults, "is not UTF-8")
	}
	for _, s := range sentence.Split(text, -1) {
		if n := len(strings.Fields(s)); n > longest {
			faults = append(faults, fmt.Sprintf("a sentence of %d words (at most %d)", n, longest))
		}
	}
	if lang != "fr" {
		return faults
	}
	if strings.Contains(text, "'") {
		faults = append(faults, "a straight apostrophe instead of ’")
	}
	if strings.Contains(text, `"`) {
		faults = append(faults, "straight quotes instead of « »")
	}
	if colon.MatchString(text) || double.MatchString(text) {
		faults = append(faults, `no no-break space (\u00A0, or \u202F) before : ; ! or ?`)
	}
	if quotes.MatchString(text) {
		faults = append(faults, `no no-break space inside « »`)
	}
	return faults
}

// otherNames are literals that look like keys and are none: names of routes, of acts, of operations, of journal kinds.
var otherNames = regexp.MustCompile(`Handle\([^,\n]*,\s*"[^"]*"|\b(?:Name|OperationID|Kind):\s*"[^"]*"`)

var (
	literal = regexp.MustCompile(`"([a-z][a-z0-9_]*(?:\.[a-z0-9_]+)*\.[a-z0-9_]*[a-z0-9])"`)
	partial = regexp.MustCompile(`"([a-z][a-z0-9_]*\.(?:[a-z0-9_.]*[_.])?)"`)
)

// Keys fails t when a source file in dirs (and the folders below them) names a key of src's own tables that is not there, when a key of src is
// named nowhere, and when a key is built from strings under no declared prefix. A table is src's own when it is a top-level table of its English file.
// Generated templ code and tests are left out, and so are the names of routes, acts, operations and journal kinds.
func Keys(t testing.TB, src fs.FS, dirs []string, prefixes ...string) {
	t.Helper()
	for _, fault := range KeyFaults(src, dirs, prefixes...) {
		t.Error(fault)
	}
}

// KeyFaults returns what is wrong between the keys of src and the sources in dirs, sorted.
func KeyFaults(src fs.FS, dirs []string, prefixes ...string) []string {
	all, err := i18n.Read(src)
	if err != nil {
		return []string{err.Error()}
	}
	keys := all["en"]
	tables := map[string]bool{}
	for key := range keys {
		table, _, _ := strings.Cut(key, ".")
		tables[table] = true
	}
	own := func(key string) bool { table, _, _ := strings.Cut(key, "."); return tables[table] }
	used := map[string]bool{}
	var faults []string
	for _, dir := range dirs {
		err := filepath.WalkDir(dir, func(name string, d fs.DirEntry, err error) error {
			if err != nil || d.IsDir() || !isSource(name) {
				return err
			}
			raw, err := os.ReadFile(name)
			if err != nil {
				return err
			}
			raw = otherNames.ReplaceAll(raw, nil)
			for _, m := range literal.FindAllStringSubmatch(string(raw), -1) {
				used[m[1]] = true
				if _, there := keys[m[1]]; !there && own(m[1]) && !declared(m[1], prefixes) {
					faults = append(faults, fmt.Sprintf("%s: key %q has no message", name, m[1]))
				}
			}
			for _, m := range partial.FindAllStringSubmatch(string(raw), -1) {
				if own(m[1]) && !declared(m[1], prefixes) {
					faults = append(faults, fmt.Sprintf("%s: a key is built from %q: write keys whole, or declare the prefix", name, m[1]))
				}
			}
			return nil
		})
		if err != nil {
			faults = append(faults, err.Error())
		}
	}
	for key := range keys {
		if !used[key] && !declared(key, prefixes) {
			faults = append(faults, fmt.Sprintf("message %q is used nowhere", key))
		}
	}
	slices.Sort(faults)
	return faults
}

func declared(key string, prefixes []string) bool {
	return slices.ContainsFunc(prefixes, func(p string) bool { return strings.HasPrefix(key, p) })
}

func isSource(name string) bool {
	return strings.HasSuffix(name, ".templ") ||
		strings.HasSuffix(name, ".go") && !strings.HasSuffix(name, "_test.go") && !strings.HasSuffix(name, "_templ.go")
}
