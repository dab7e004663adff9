// Package i18n is the one door through which commun speaks: sentences by key, and numbers, money, dates and names as a language writes them.
//
// A *message* stands in a go-i18n-shaped TOML file (messages/en.toml, messages/fr.toml), which Weblate reads; each feature's site package
// embeds its own. Messages are compiled when the program starts, so a look-up parses nothing. A *placeholder* is written {{.name}}; a message
// that has plural *classes* (one, many, other) picks one by its argument "count". What a message says is plain text, never HTML.
//
// A *Bundle* holds all languages, a *Localizer* speaks one of them. What a language needs besides its messages (month names, separators,
// patterns) are messages too, in this package's own files; only the plural rule of a language is code (plural.go).
//
// Source of the data: Unicode CLDR 48 (Unicode-3.0 licence). golang.org/x/text holds CLDR 32 of 2017, which is wrong for French today, so it is
// used for matching languages only.
package i18n

import (
	"context"
	"embed"
	"fmt"
	"io/fs"
	"maps"
	"slices"
	"strings"
	"sync"
	"time"

	"golang.org/x/text/language"
)

//go:embed messages/*.toml
var own embed.FS

// Own returns this package's own message files: months, units, names of languages and countries. New always reads them.
func Own() fs.FS { return own }

// Args are the values that a message's placeholders name. An integer is written with the language's grouping, a float with up to three decimals,
// a time as a date; give a year or an identifier as a string.
type Args map[string]any

// Bundle holds the messages of every language. It is read-only but for the counter of missing keys, and safe for use by several goroutines.
type Bundle struct {
	def     string
	langs   []string // the default first, then by name
	locs    map[string]*Localizer
	matcher language.Matcher
	missing *missing
}

// missing counts the look-ups that found nothing, by "lang key".
type missing struct {
	sync.Mutex
	n map[string]int
}

// New reads messages/LANG.toml from each source and compiles them. def is the default language, and the one that others fall back to is English.
// Errors: a file that is no TOML, a placeholder that can't be read, a key given twice in one language, a language without a plural rule,
// a plural class that the language does not have.
func New(def string, sources ...fs.FS) (*Bundle, error) {
	b := &Bundle{def: def, locs: map[string]*Localizer{}, missing: &missing{n: map[string]int{}}}
	all := map[string]map[string]*message{}
	for _, src := range append([]fs.FS{own}, sources...) {
		files, err := fs.Glob(src, "messages/*.toml")
		if err != nil {
			return nil, fmt.Errorf("list messages: %w", err)
		}
		if len(files) == 0 {
			return nil, fmt.Errorf("list messages: a source has no messages/*.toml")
		}
		for _, name := range files {
			lang := strings.TrimSuffix(name[strings.LastIndexByte(name, '/')+1:], ".toml")
			raw, err := fs.ReadFile(src, name)
			if err != nil {
				return nil, fmt.Errorf("read %s: %w", name, err)
			}
			if all[lang] == nil {
				all[lang] = map[string]*message{}
			}
			if err := parse(lang, string(raw), all[lang]); err != nil {
				return nil, fmt.Errorf("read %s: %w", name, err)
			}
		}
	}
	for lang, msgs := range all {
		l := &Localizer{lang: lang, msgs: msgs, zone: time.UTC, missing: b.missing, plural: rules[lang].class}
		l.learn()
		b.locs[lang] = l
		if lang != def {
			b.langs = append(b.langs, lang)
		}
	}
	if b.locs[def] == nil || b.locs["en"] == nil {
		return nil, fmt.Errorf("read messages: the default language %q and English must be there", def)
	}
	slices.Sort(b.langs)
	b.langs = append([]string{def}, b.langs...)
	tags := make([]language.Tag, len(b.langs))
	for i, lang := range b.langs {
		tags[i] = language.Make(lang)
		b.locs[lang].english = b.locs["en"].msgs
	}
	b.matcher = language.NewMatcher(tags)
	return b, nil
}

// In returns the same bundle writing times of day in zone; New's writes them in UTC.
func (b *Bundle) In(zone *time.Location) *Bundle {
	c := *b
	c.locs = map[string]*Localizer{}
	for lang, l := range b.locs {
		m := *l
		m.zone = zone
		c.locs[lang] = &m
	}
	return &c
}

// Languages returns the languages that have messages, the default first.
func (b *Bundle) Languages() []string { return slices.Clone(b.langs) }

// Speaks says whether lang is one of the bundle's languages.
func (b *Bundle) Speaks(lang string) bool { return b.locs[lang] != nil }

// For returns the voice of lang, or of the default language when there is no lang.
func (b *Bundle) For(lang string) *Localizer {
	if l := b.locs[lang]; l != nil {
		return l
	}
	return b.locs[b.def]
}

// Has says whether the English messages have key: for keys that come from outside, such as a cookie's.
func (b *Bundle) Has(key string) bool { return b.locs["en"].msgs[key] != nil }

// Missing returns how often each "lang key" was asked for and not there, or asked for without an argument that it names ("lang key#name").
// It is empty in a program that is well.
func (b *Bundle) Missing() map[string]int {
	b.missing.Lock()
	defer b.missing.Unlock()
	return maps.Clone(b.missing.n)
}

func (m *missing) add(lang, key string) {
	if m == nil {
		return
	}
	m.Lock()
	m.n[lang+" "+key]++
	m.Unlock()
}

// Localizer speaks one language. It is read-only and safe for use by several goroutines.
type Localizer struct {
	lang    string
	msgs    map[string]*message
	english map[string]*message
	zone    *time.Location
	missing *missing
	plural  func(number) string
	style   style
}

// Lang returns the language's tag, such as "fr".
func (l *Localizer) Lang() string { return l.lang }

// Has says whether the language itself has a message of that key.
func (l *Localizer) Has(key string) bool { return l.msgs[key] != nil }

// T returns the message of key with its placeholders filled. A key that the language lacks gives the English text, and one that English
// lacks too gives the key itself; both are counted in Bundle.Missing.
func (l *Localizer) T(key string, args ...Args) string {
	segs := l.find(key, args)
	if segs == nil {
		return key
	}
	if len(segs) == 1 && segs[0].hole == "" {
		return segs[0].text
	}
	var sb strings.Builder
	for _, s := range segs {
		if s.hole == "" {
			sb.WriteString(s.text)
			continue
		}
		text, ok := l.fill(args, s.hole)
		if !ok {
			l.missing.add(l.lang, key+"#"+s.hole)
			continue
		}
		sb.WriteString(text)
	}
	return sb.String()
}

// Segment is a piece of a message: text, or the name of a placeholder that the caller fills with a link or marked-up text.
type Segment struct{ Text, Hole string }

// Segments is T for a sentence that holds links: the placeholders without a value in args come back as holes, in the language's own order.
func (l *Localizer) Segments(key string, args ...Args) []Segment {
	segs := l.find(key, args)
	if segs == nil {
		return []Segment{{Text: key}}
	}
	out := make([]Segment, 0, len(segs))
	for _, s := range segs {
		if s.hole == "" {
			out = append(out, Segment{Text: s.text})
		} else if text, ok := l.fill(args, s.hole); ok {
			out = append(out, Segment{Text: text})
		} else {
			out = append(out, Segment{Hole: s.hole})
		}
	}
	return out
}

// find returns the compiled text of key for args' count, nil when no language has it.
func (l *Localizer) find(key string, args []Args) []segment {
	m, plural := l.msgs[key], l.plural
	if m == nil {
		l.missing.add(l.lang, key)
		if m, plural = l.english[key], rules["en"].class; m == nil {
			return nil
		}
	}
	if m.classes == nil {
		return m.other
	}
	n, _ := arg(args, "count")
	if segs, ok := m.classes[plural(numberOf(n))]; ok {
		return segs
	}
	return m.other
}

func arg(args []Args, name string) (any, bool) {
	for _, a := range args {
		if v, ok := a[name]; ok {
			return v, true
		}
	}
	return nil, false
}

// inBytes ends the name of a placeholder that is said as a size: {{.limit_bytes}} is the argument limit, a number of bytes, as "2.0 MB". Only the
// message knows what its number counts, and a fault that was stored as JSON has lost its types.
const inBytes = "_bytes"

// fill writes the argument of a placeholder as the language does.
func (l *Localizer) fill(args []Args, hole string) (string, bool) {
	v, ok := arg(args, hole)
	name, size := strings.CutSuffix(hole, inBytes)
	if ok || !size {
		return l.value(v), ok
	}
	if v, ok = arg(args, name); !ok {
		return "", false
	}
	switch n := v.(type) {
	case int:
		return l.Bytes(int64(n)), true
	case int64:
		return l.Bytes(n), true
	case float64:
		return l.Bytes(int64(n)), true
	}
	return l.value(v), true
}

// value writes an argument as the language does.
func (l *Localizer) value(v any) string {
	switch v := v.(type) {
	case string:
		return v
	case int:
		return l.Int(int64(v))
	case int64:
		return l.Int(v)
	case int32:
		return l.Int(int64(v))
	case uint64:
		return l.Int(int64(v))
	case float64:
		return l.float(v)
	case time.Time:
		return l.Date(v)
	case time.Duration:
		return l.Duration(v)
	case []string:
		return l.List(v)
	}
	return fmt.Sprint(v)
}

type contextKey struct{}

// With returns a context in which pages speak as l.
func With(ctx context.Context, l *Localizer) context.Context {
	return context.WithValue(ctx, contextKey{}, l)
}

// From returns the voice that With put into ctx; without one, a voice that says keys.
func From(ctx context.Context) *Localizer {
	if l, ok := ctx.Value(contextKey{}).(*Localizer); ok {
		return l
	}
	return mute
}

// mute is what a page rendered outside a request speaks with: it knows no message. Nothing writes it.
var mute = &Localizer{lang: "en", zone: time.UTC, plural: rules["en"].class, style: style{group: ",", decimal: "."}}

// T is From(ctx).T, short for templates.
func T(ctx context.Context, key string, args ...Args) string { return From(ctx).T(key, args...) }
