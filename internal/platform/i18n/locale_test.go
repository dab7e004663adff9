package i18n_test

import (
	"strings"
	"testing"

	"commun/internal/platform/i18n"
)

func TestTheLanguageOfATerminal(t *testing.T) {
	for _, c := range []struct{ rule, env, want string }{
		{"nothing is English", "", "en"},
		{"LANG says it", "LANG=fr_FR.UTF-8", "fr"},
		{"in any region", "LANG=fr_CH", "fr"},
		{"what we do not speak is English", "LANG=de_DE.UTF-8", "en"},
		{"LC_MESSAGES wins over LANG", "LANG=fr_FR.UTF-8 LC_MESSAGES=en_GB.UTF-8", "en"},
		{"LC_ALL wins over both", "LANG=en_GB.UTF-8 LC_MESSAGES=en_GB.UTF-8 LC_ALL=fr_BE.UTF-8", "fr"},
		{"an empty one is not set", "LC_ALL= LC_MESSAGES= LANG=fr_FR.UTF-8", "fr"},
		{"C asks for no language", "LC_ALL=C.UTF-8 LANG=fr_FR.UTF-8", "en"},
		{"LANGUAGE wins", "LANG=en_GB.UTF-8 LANGUAGE=fr:en", "fr"},
		{"LANGUAGE is in order of preference", "LANG=fr_FR.UTF-8 LANGUAGE=en:fr", "en"},
		{"what we do not speak is passed over", "LANG=de_DE.UTF-8 LANGUAGE=de:fr:en", "fr"},
		{"the locale is the last wish", "LANG=fr_FR.UTF-8 LANGUAGE=de", "fr"},
		{"LANGUAGE says nothing in C", "LANG=C LANGUAGE=fr", "en"},
		{"LANGUAGE says nothing without a locale", "LANGUAGE=fr", "en"},
	} {
		if got := i18n.OfTerminal(strings.Fields(c.env)); got != c.want {
			t.Errorf("%s: %q is %s", c.rule, c.env, got)
		}
	}
}
