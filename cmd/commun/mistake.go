package main

import (
	"errors"
	"regexp"
	"strings"

	"github.com/alecthomas/kong"

	"commun/internal/app"
	"commun/internal/platform/fault"
	"commun/internal/platform/i18n"
)

// How kong says what is wrong. It has no types for it; a test holds each against kong itself.
var (
	noFlag    = regexp.MustCompile(`^unknown flag (-\S*?)(?:, did you mean (.*)\?)?$`)
	noWord    = regexp.MustCompile(`^unexpected argument (.*?)(?:, did you mean (.*)\?)?$`)
	noArg     = regexp.MustCompile(`^(?:expected "<|missing positional arguments <)`)
	noVerb    = regexp.MustCompile(`^expected (?:one of )?"[a-z]`)
	noValue   = regexp.MustCompile(`^(--[a-z-]+)\S*: (?:expected \w+ value but got|missing value)`)
	noNumber  = regexp.MustCompile(`^(--[a-z-]+)\S*: expected (?:a valid )?.*\bint but got "(.*)"`)
	noSwitch  = regexp.MustCompile(`^(--[a-z-]+)\S*: (?:bool value must be .* but got|expected bool but got) "(.*)"`)
	inBracket = regexp.MustCompile(`<([a-z-]+)>`)
	inQuotes  = regexp.MustCompile(`"([^"]+)"`)
)

// mistake says in words of l what is wrong with a command line, how to mend it, and which page of help to read.
func mistake(l *i18n.Localizer, err error) string {
	verb, at := "commun", (*kong.Node)(nil)
	parsing, ok := errors.AsType[*kong.ParseError](err)
	if ok && parsing.Context != nil {
		at = parsing.Context.Model.Node
		for _, part := range parsing.Context.Path {
			if part.Command != nil {
				verb, at = "commun "+part.Command.Path(), part.Command
			}
		}
	}
	text := ""
	if len(fault.Of(err)) > 0 {
		text = app.Explain(l, err)
	} else {
		text = mistaken(l, err.Error(), at)
	}
	return "commun: " + text + "\n" + l.T("cli.mistake.try", i18n.Args{"command": verb + " --help"})
}

// mistaken says what kong says, of a command line that got as far as the verb at.
func mistaken(l *i18n.Localizer, text string, at *kong.Node) string {
	root := at == nil || at.Parent == nil
	switch {
	case noFlag.MatchString(text):
		m := noFlag.FindStringSubmatch(text)
		return l.T("cli.mistake.no_flag", i18n.Args{"flag": m[1]}) + didYouMean(l, m[2])
	case noWord.MatchString(text):
		m := noWord.FindStringSubmatch(text)
		if (root || len(at.Children) > 0) && m[1] == "" && at != nil { // "commun ''"
			return verbMissing(l, at)
		}
		if root || len(at.Children) > 0 {
			return l.T("cli.mistake.no_verb", i18n.Args{"verb": m[1]}) + didYouMean(l, m[2])
		}
		return l.T("cli.mistake.too_many", i18n.Args{"argument": m[1]})
	case noArg.MatchString(text):
		var names []string
		for _, m := range inBracket.FindAllStringSubmatch(text, -1) {
			names = append(names, l.T(wordKey(m[1])))
		}
		return l.T("cli.mistake.missing", i18n.Args{"count": len(names), "names": names})
	case noVerb.MatchString(text) && at != nil:
		return verbMissing(l, at)
	case noValue.MatchString(text):
		return l.T("cli.mistake.no_value", i18n.Args{"flag": withVariable(at, noValue.FindStringSubmatch(text)[1])})
	case noNumber.MatchString(text):
		m := noNumber.FindStringSubmatch(text)
		return l.T("cli.mistake.no_number", i18n.Args{"flag": withVariable(at, m[1]), "value": m[2]})
	case noSwitch.MatchString(text):
		m := noSwitch.FindStringSubmatch(text)
		return l.T("cli.mistake.no_switch", i18n.Args{"flag": withVariable(at, m[1]), "value": m[2]})
	}
	return l.T("cli.mistake.other") + "\n  " + text
}

// verbMissing names the verbs that may follow at.
func verbMissing(l *i18n.Localizer, at *kong.Node) string {
	var names []string
	for _, child := range at.Children {
		if !child.Hidden {
			names = append(names, child.Name)
		}
	}
	return l.T("cli.mistake.verb_missing", i18n.Args{"count": len(names), "names": names})
}

// didYouMean offers the names that kong found near what was typed. A letter alone (-h) is near to everything short, and helps nobody.
func didYouMean(l *i18n.Localizer, near string) string {
	var names []string
	for _, m := range inQuotes.FindAllStringSubmatch(near, -1) {
		if len(strings.TrimLeft(m[1], "-")) > 1 {
			names = append(names, m[1])
		}
	}
	if len(names) == 0 {
		return ""
	}
	return " " + l.T("cli.mistake.near", i18n.Args{"count": len(names), "names": names})
}

// withVariable adds the variable by which a flag may have been set.
func withVariable(at *kong.Node, flag string) string {
	for ; at != nil; at = at.Parent {
		for _, f := range at.Flags {
			if name := f.Tag.Get("var"); name != "" && "--"+f.Name == flag {
				return flag + " (" + name + ")"
			}
		}
	}
	return flag
}

// oneOf is the fault of a flag or an argument that is none of the values that are known.
func oneOf(name, value string, known ...string) error {
	for _, k := range known {
		if value == k {
			return nil
		}
	}
	return fault.Invalid(name, "cli.mistake.one_of").With("name", name).With("value", value).With("known", strings.Join(known, ", "))
}
