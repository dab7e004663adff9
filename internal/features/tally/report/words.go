package report

import (
	"context"
	"embed"
	"io/fs"
	"maps"
	"math/big"
	"slices"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"

	"commun/engines/tally"
	"commun/formats/assembly"
	"commun/internal/platform/i18n"
)

//go:embed messages/*.toml
var messages embed.FS

// Messages returns the sentences of this package.
func Messages() fs.FS { return messages }

// args are what a message names.
type args = i18n.Args

// voice speaks one language about one file.
type voice struct {
	*i18n.Localizer
	currency string
	points   bool              // support is counted in points, not in votes
	yesno    bool              // an assembly answers a question by yes and no
	names    map[string]string // of projects or candidates, by id; "" where they have none
}

// newVoice reads the messages. A command speaks once, and a test holds that they can be read: should they not, it says keys.
func newVoice(lang string) voice {
	b, err := i18n.New("en", messages)
	if err != nil {
		return voice{Localizer: i18n.From(context.Background())}
	}
	return voice{Localizer: b.For(lang)}
}

// of is the voice for what one file holds.
func (v voice) of(s *Source) voice {
	v.names = map[string]string{}
	if s.Instance != nil {
		v.currency = s.Currency
		for _, p := range s.Instance.Projects {
			v.names[p.ID] = p.Name
		}
	}
	if s.Election != nil {
		v.names = s.Election.names()
	}
	if s.Assembly != nil {
		v.yesno = slices.Equal(s.Assembly.Options, []string{assembly.Yes, assembly.No})
		for _, m := range s.Assembly.Members {
			v.names[m.ID] = m.Name
		}
	}
	return v
}

func (v voice) french() bool { return v.Lang() == "fr" }

// number writes a number with at most so many decimals; a whole one without any.
func (v voice) number(n tally.Number, places int) string {
	if whole, ok := n.Int(); ok {
		return v.Int(whole)
	}
	text := n.Rounded(places)
	sign := ""
	if strings.HasPrefix(text, "-") {
		sign, text = "−", text[1:]
	}
	whole, rest, _ := strings.Cut(text, ".")
	if i, err := strconv.ParseInt(whole, 10, 64); err == nil {
		whole = v.Int(i)
	}
	if rest == "" {
		return sign + whole
	}
	if v.french() {
		return sign + whole + "," + rest
	}
	return sign + whole + "." + rest
}

// money writes an amount: whole, or with two decimals; with the currency where the file names one.
func (v voice) money(n tally.Number) string { return v.priced(v.number(n, 2)) }

// priced puts the currency to an amount that is written.
func (v voice) priced(text string) string {
	symbol := map[string]string{"EUR": "€", "GBP": "£", "USD": "$"}[v.currency]
	switch {
	case v.currency == "":
		return text
	case v.french() && symbol != "":
		return text + "\u00a0" + symbol
	case v.french():
		return text + "\u00a0" + v.currency
	case symbol != "":
		return symbol + text
	}
	return v.currency + "\u00a0" + text
}

// share writes a share of one as a percentage with at most one decimal.
func (v voice) share(n tally.Number) string { return v.Percent(n.Float()) }

// ratio is a / b as a percentage.
func (v voice) ratio(a, b float64) string {
	if b == 0 {
		return v.Percent(0)
	}
	return v.Percent(a / b)
}

// name is a project's or a candidate's, or its id where it has none.
func (v voice) name(id string) string {
	if n := v.names[id]; n != "" {
		return n
	}
	return id
}

// inMoney are the arguments of the engine's sentences that are amounts; all other numbers are counts.
var inMoney = map[string]bool{"cost": true, "left": true, "had": true, "payment": true, "share": true, "load": true, "paid": true, "spent": true}

// named are the arguments that are ids of projects, candidates, options and lists.
var named = map[string]bool{"other": true, "others": true, "candidate": true, "candidates": true, "option": true, "options": true, "list": true,
	"winner": true, "loser": true, "default": true}

// engine says a sentence of the engine about this file, with amounts as the language writes them. project is what stands for the project
// that it is about ("" is its id); others are named.
func (v voice) engine(m tally.Message, project string, table func(string) tally.Sentence) string {
	m.Args = maps.Clone(m.Args)
	for key, value := range m.Args {
		m.Args[key] = v.argument(key, value, project)
	}
	text := m.In(v.Lang(), table)
	if v.french() {
		text = strings.NewReplacer("'", "’", " :", "\u00a0:", " ;", "\u202f;", " %", "\u202f%").Replace(text)
	}
	return upperFirst(text)
}

func upperFirst(text string) string {
	first, size := utf8.DecodeRuneInString(text)
	return string(unicode.ToUpper(first)) + text[size:]
}

func (v voice) argument(key string, value any, project string) any {
	switch x := value.(type) {
	case tally.Number:
		if n, whole := x.Int(); key == "score" && whole {
			return v.support(n)
		}
		if inMoney[key] {
			return v.money(x)
		}
		return v.number(x, 2)
	case int:
		return v.Int(int64(x))
	case int32:
		return v.Int(int64(x))
	case int64:
		return v.Int(x)
	case []string:
		if !named[key] {
			return v.List(x)
		}
		list := make([]string, len(x))
		for i, id := range x {
			list[i] = v.quoted(id)
		}
		return v.List(list)
	case string:
		switch {
		case key == "project" && project != "":
			return project
		case key == "project":
			return x
		case key == "envelope":
			return v.envelope(x)
		case named[key]:
			return v.quoted(x)
		}
		if r, ok := new(big.Rat).SetString(x); ok && x != "" && key != "envelope" && key != "project" {
			if inMoney[key] {
				return v.money(tally.Exactly(r))
			}
			return v.number(tally.Exactly(r), 2)
		}
	}
	return value
}

// support says how many votes, or points.
func (v voice) support(n int64) string {
	if v.points {
		return v.T("tallied.points", args{"count": n})
	}
	return v.T("tallied.votes", args{"count": n})
}

func (v voice) supported(n tally.Number) string {
	whole, _ := n.Int() // what is added up is whole
	return v.support(whole)
}

// quoted is a name within a sentence.
func (v voice) quoted(id string) string {
	if v.french() {
		return "«\u00a0" + v.name(id) + "\u00a0»"
	}
	return "“" + v.name(id) + "”"
}
