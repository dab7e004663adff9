package licence_test

import (
	"testing"

	"commun/formats/licence"
)

func TestAWithdrawnIdentifierBecomesACurrentOne(t *testing.T) {
	for _, c := range []struct {
		rule, text string
		later      bool
		want       string
	}{
		{"left open, it is the only one, as SPDX's list says", "GPL-2.0", false, "GPL-2.0-only"},
		{"where a source allows later versions, it is the later one", "gpl-2.0", true, "GPL-2.0-or-later"},
		{"inside an expression", "MIT OR (LGPL-2.1 AND agpl-3.0)", false, "MIT OR LGPL-2.1-only AND AGPL-3.0-only"},
		{"an exception stays", "GPL-2.0 WITH Classpath-exception-2.0", true, "GPL-2.0-or-later WITH Classpath-exception-2.0"},
		{"a licence that has no later version", "BSD-2-Clause-FreeBSD", true, "BSD-2-Clause-Views"},
		{"what is current stays", "mit", true, "MIT"},
	} {
		e, err := licence.Normalise(c.text)
		if err != nil {
			t.Fatalf("%s: %v", c.rule, err)
		}
		got := e.Current(c.later)
		if got.String() != c.want || got.Open() {
			t.Errorf("%s: %s, open %v; want %s", c.rule, got, got.Open(), c.want)
		}
	}
}

func TestWhatTellsWhetherLaterVersionsAreAllowed(t *testing.T) {
	for _, c := range []struct {
		rule, text, id string
		later, ok      bool
	}{
		{"the usual notice", "under version 2 of the GNU General Public License, or (at your option)\nany later version.", "GPL-2.0", true, true},
		{"the usual notice of a licence", "either version 3 of the License, or (at your option) any later version.", "AGPL-3.0", true, true},
		{"the short form", "Licence: GPLv2+", "GPL-2.0", true, true},
		{"an identifier", "SPDX-License-Identifier: LGPL-2.1-or-later", "LGPL-2.1", true, true},
		{"a file's name", "LICENSES/GPL-2.0-only.txt", "GPL-2.0", false, true},
		{"in words", "version 2 only", "GPL-2.0", false, true},
		{"another licence tells nothing", "a dependency is AGPL-3.0-or-later", "GPL-3.0", false, false},
		{"another version tells nothing", "GPLv3+", "GPL-2.0", false, false},
		{"both tell nothing", "GPL-2.0-only, parts GPL-2.0-or-later", "GPL-2.0", false, false},
		{"nothing", "A program.", "GPL-2.0", false, false},
		{"a licence that is not GNU's", "MIT+", "MIT", false, false},
	} {
		if later, ok := licence.SaysLater(c.text, c.id); later != c.later || ok != c.ok {
			t.Errorf("%s: %v %v", c.rule, later, ok)
		}
	}
	if got := licence.Notice("Ours, only.\n\n GNU GENERAL PUBLIC LICENSE\n  Version 2, June 1991\n… or (at your option) any later version"); got != "Ours, only.\n\n " {
		t.Errorf("the notice is %q", got)
	}
}

func FuzzSaysLater(f *testing.F) {
	f.Add("GPLv2+", "GPL-2.0")
	f.Fuzz(func(t *testing.T, text, id string) {
		licence.SaysLater(licence.Notice(text), id)
		if e, err := licence.Normalise(id); err == nil && e.Current(true).Open() {
			t.Errorf("%q is open still", id)
		}
	})
}
