package i18n

import (
	"golang.org/x/text/language"
)

// Match returns the bundle's language that suits an Accept-Language header best, or the default: Breton and Occitan readers get French, a
// region or a -u- extension (fr-CH, fr-u-rg-chzzzz) never shows in the answer.
func (b *Bundle) Match(acceptLanguage string) string {
	if len(acceptLanguage) > 500 { // no browser sends that much; the parser's time grows with it
		return b.def
	}
	// The tag that MatchStrings returns may carry an -u-rg- extension; the index names ours.
	_, i := language.MatchStrings(b.matcher, acceptLanguage)
	return b.langs[i]
}
