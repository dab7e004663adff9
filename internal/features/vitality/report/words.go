package report

import (
	"context"
	"embed"
	"fmt"
	"io/fs"
	"strconv"
	"time"
	"unicode"
	"unicode/utf8"

	"commun/engines/githistory"
	"commun/internal/platform/i18n"
)

// Lang is the language of a terminal.
type Lang string

// The languages that the terminal speaks.
const (
	English Lang = "en"
	French  Lang = "fr"
)

//go:embed messages/*.toml
var messages embed.FS

// Messages returns the sentences of this package.
func Messages() fs.FS { return messages }

// speaker says keys in one language.
type speaker struct {
	lang Lang
	l    *i18n.Localizer
	to   time.Time // the end of the windows, when that lies so far back that "the last 12 months" would mislead; else zero
}

// newSpeaker reads the messages. A command speaks once, and a test holds that they can be read: should they not, it says keys.
func newSpeaker(lang Lang) speaker {
	b, err := i18n.New("en", messages)
	if err != nil {
		return speaker{lang: lang, l: i18n.From(context.Background())}
	}
	return speaker{lang: lang, l: b.For(string(lang))}
}

// stale is how far back the last change may lie for "the last 12 months" to be true.
const stale = 5 * 7 * 24 * time.Hour

// at returns s for a history whose windows end on the day to, told on the day now; a zero now leaves it as it is.
func (s speaker) at(now, to time.Time) speaker {
	s.to = time.Time{}
	if !now.IsZero() && now.Sub(to) > stale {
		s.to = to
	}
	return s
}

// say fills a key's text. count chooses its form: KEY_none for none, KEY_one for what is singular in the language (French says 0 so too).
func (s speaker) say(key string, count int, args map[string]any) string {
	key = "report." + key
	switch {
	case count == 0 && s.l.Has(key+"_none"):
		key += "_none"
	case s.l.Has(key+"_one") && (count == 1 || count == 0 && s.lang == French):
		key += "_one"
	}
	said := i18n.Args{"count": s.number(int64(count))}
	for name, v := range args {
		said[name] = s.value(v)
	}
	return s.l.T(key, said)
}

// plain says a key that has one form and no arguments.
func (s speaker) plain(key string) string { return s.l.T("report." + key) }

// window says when, as a part of a sentence. from is the day on which the window begins.
func (s speaker) window(name string, from time.Time) string {
	if !s.to.IsZero() && (name == githistory.Window12m || name == githistory.Window3y) {
		name = "period"
	}
	return s.say("in."+name, 0, map[string]any{"from": from, "to": s.to})
}

func (s speaker) value(v any) string {
	switch v := v.(type) {
	case int:
		return s.number(int64(v))
	case int64:
		return s.number(v)
	case float64:
		return s.share(v)
	case time.Time:
		return s.day(v)
	case string:
		return v
	}
	return fmt.Sprint(v)
}

// number groups thousands: by a comma in English, by a narrow no-break space in French.
func (s speaker) number(n int64) string {
	sep := ","
	if s.lang == French {
		sep = "\u202f"
	}
	digits := strconv.FormatInt(n, 10)
	sign := ""
	if n < 0 {
		sign, digits = "-", digits[1:]
	}
	for i := len(digits) - 3; i > 0; i -= 3 {
		digits = digits[:i] + sep + digits[i:]
	}
	return sign + digits
}

// share writes 0.254 as a percentage without decimals; what is not nothing is not shown as 0.
func (s speaker) share(v float64) string {
	n := fmt.Sprintf("%.0f", v*100)
	if n == "0" && v > 0 {
		n = "<1"
	}
	if s.lang == French {
		return n + "\u202f%"
	}
	return n + "%"
}

func (s speaker) day(t time.Time) string {
	if t.IsZero() {
		return "?"
	}
	if s.lang == French {
		return t.Format("02/01/2006")
	}
	return t.Format("2006-01-02")
}

// Sentence says one finding in words.
func Sentence(lang Lang, f githistory.Finding) string { return newSpeaker(lang).finding(f) }

func (s speaker) finding(f githistory.Finding) string {
	args := map[string]any{"window": s.window(f.Window, f.From)}
	for k, v := range f.Args {
		args[k] = v
	}
	text := s.capital(s.say(f.Code, f.Count, args))
	if days, ok := f.Args["days"].(int); ok && days > 0 {
		text += " " + s.say("release_days", days, map[string]any{"days": days})
	}
	return text
}

// capital begins a sentence: a small number in letters ("Three people made…"), else a capital.
func (s speaker) capital(text string) string {
	letters := []string{"Two", "Three", "Four", "Five", "Six", "Seven", "Eight", "Nine"}
	if s.lang == French {
		letters = []string{"Deux", "Trois", "Quatre", "Cinq", "Six", "Sept", "Huit", "Neuf"}
	}
	if len(text) > 1 && text[0] >= '2' && text[0] <= '9' && text[1] == ' ' {
		return letters[text[0]-'2'] + text[1:]
	}
	first, size := utf8.DecodeRuneInString(text)
	return string(unicode.ToUpper(first)) + text[size:]
}
