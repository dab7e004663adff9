package i18n

import (
	"golang.org/x/text/language"
)

// Match returns the bundle's language that suits an Accept-Language header best, or the default: Breton and Occitan readers get French, a
// region or a -u- extension (fr-CH, fr-u-rg-chzzzz) never shows in the answer.
func (b *Bundle) Match(acceptLanguage string) string { return b.MatchOr(acceptLanguage, b.def) }

// MatchOr is Match with another language for who asks for none of ours.
func (b *Bundle) MatchOr(acceptLanguage, def string) string {
	if !b.Speaks(def) {
		def = b.def
	}
	if len(acceptLanguage) > 500 { // no browser sends that much; the parser's time grows with it
		return def
	}
	tags, _, err := language.ParseAcceptLanguage(acceptLanguage)
	if err != nil || len(tags) == 0 {
		return def
	}
	// the tag that Match returns may carry an -u-rg- extension; the index names ours
	_, i, confidence := b.matcher.Match(tags...)
	if confidence == language.No {
		return def
	}
	return b.langs[i]
}
