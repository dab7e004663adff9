package licence

import (
	"errors"
	"os"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/github/go-spdx/v2/spdxexp"
	"github.com/google/licensecheck"
)

func TestNormalise(t *testing.T) {
	for _, c := range []struct{ rule, text, want string }{
		{"an identifier stays as it is", "EUPL-1.2", "EUPL-1.2"},
		{"case is repaired", "apache-2.0", "Apache-2.0"},
		{"operators are written in capitals", "mit or (gpl-3.0-only and isc)", "MIT OR GPL-3.0-only AND ISC"},
		{"parentheses stay where they mean something", "MIT AND (ISC OR 0BSD)", "MIT AND (ISC OR 0BSD)"},
		{"an exception is kept", "gpl-2.0-only with classpath-exception-2.0", "GPL-2.0-only WITH Classpath-exception-2.0"},
		{"a withdrawn identifier with one successor is replaced", "GPL-2.0+", "GPL-2.0-or-later"},
		{"a withdrawn identifier that leaves a choice is kept", "AGPL-3.0", "AGPL-3.0"},
		{"or later of a licence without such an identifier", "EUPL-1.1+", "EUPL-1.1+"},
		{"a licence outside the list", "LicenseRef-Own", "LicenseRef-Own"},
		{"France's open licence", "ETALAB-2.0", "etalab-2.0"},
	} {
		t.Run(c.rule, func(t *testing.T) {
			e, err := Normalise(c.text)
			if err != nil || e.String() != c.want {
				t.Fatalf("Normalise(%q) = %q, %v; want %q", c.text, e, err, c.want)
			}
			if ok, bad := spdxexp.ValidateLicenses([]string{e.String()}); !ok {
				t.Fatalf("go-spdx refuses %q", bad)
			}
		})
	}
}

func TestWithdrawnIsSaid(t *testing.T) {
	e, err := Normalise("AGPL-3.0 OR GPL-2.0+")
	if err != nil {
		t.Fatal(err)
	}
	got := e.Replaced()
	if len(got) != 2 || got[0].Done || len(got[0].To) != 2 || !got[1].Done || e.String() != "AGPL-3.0 OR GPL-2.0-or-later" {
		t.Fatalf("%v in %s", got, e)
	}
}

func TestSuggestions(t *testing.T) {
	for text, want := range map[string]string{
		"Apache License, Version 2.0":          "Apache-2.0",
		"Licence Ouverte 2.0":                  "etalab-2.0",
		"Licence Ouverte / Open Licence 2.0":   "etalab-2.0",
		"Etalab 2.0":                           "etalab-2.0",
		"EUPL-1.2 / MIT":                       "EUPL-1.2 OR MIT",
		"GPLv3":                                "GPL-3.0-or-later",
		"GNU General Public License v3.0":      "GPL-3.0-or-later",
		"GNU Affero General Public License v3": "AGPL-3.0-or-later",
		"European Union Public Licence":        "EUPL-1.2",
		"EUPL v1.2":                            "EUPL-1.2",
		"Mozilla Public License 2.0":           "MPL-2.0",
		"MIT License":                          "MIT",
		"The MIT License":                      "MIT",
		"CC BY 4.0":                            "CC-BY-4.0",
		"Creative Commons Attribution 4.0 International": "CC-BY-4.0",
		"AGPL-3.0-or-latter":                             "AGPL-3.0-or-later",
		"APGL-3.0-only":                                  "AGPL-3.0-only",
		"MIT and Apache-2.0":                             "MIT AND Apache-2.0",
	} {
		t.Run(text, func(t *testing.T) {
			e, err := Normalise(text)
			if err == nil { // "and" in small letters is an operator: not free text
				if e.String() != want {
					t.Fatalf("got %q", e)
				}
				return
			}
			var unknown *UnknownError
			if !errors.As(err, &unknown) || len(unknown.Suggestions) == 0 || unknown.Suggestions[0] != want {
				t.Fatalf("got %v, want %s first", err, want)
			}
			for _, s := range unknown.Suggestions {
				if _, err := Normalise(s); err != nil {
					t.Errorf("suggestion %q is not valid: %v", s, err)
				}
			}
		})
	}
	for _, text := range []string{"proprietary", "all rights reserved", "other", "GPL-4.0-only"} {
		_, err := Normalise(text)
		var unknown *UnknownError
		if !errors.As(err, &unknown) || len(unknown.Suggestions) != 0 {
			t.Errorf("%s: %v; want an error without suggestion", text, err)
		}
	}
}

func TestJudge(t *testing.T) {
	for _, c := range []struct {
		text   string
		open   bool
		osi    bool
		fsf    bool
		kind   Kind
		family Family
		has    []Fact
		hasNot []Fact
	}{
		{"MIT", true, true, true, Software, Permissive, []Fact{KeepNotice}, []Fact{ShareWork, PatentGrant}},
		{"Apache-2.0", true, true, true, Software, Permissive, []Fact{StateChanges, PatentGrant}, []Fact{ShareWork}},
		{"AGPL-3.0-or-later", true, true, true, Software, NetworkCopyleft, []Fact{ShareNetwork, ShareWork}, nil},
		{"AGPL-3.0", true, true, true, Software, NetworkCopyleft, []Fact{ShareNetwork}, nil},
		{"EUPL-1.2", true, true, true, Software, NetworkCopyleft, []Fact{ShareNetwork, Compatible}, nil},
		{"GPL-2.0-only", true, true, true, Software, StrongCopyleft, []Fact{ShareWork}, []Fact{ShareNetwork, PatentGrant}},
		{"GPL-2.0-only WITH Classpath-exception-2.0", true, true, true, Software, WeakCopyleft, []Fact{ShareLibrary}, []Fact{ShareWork}},
		{"MPL-2.0", true, true, true, Software, WeakCopyleft, []Fact{ShareFiles}, nil},
		{"CECILL-2.1", true, true, false, Software, StrongCopyleft, []Fact{ShareWork}, nil},
		{"CC0-1.0", true, false, true, Software, PublicDomain, []Fact{NoDuty}, nil},
		{"etalab-2.0", true, false, false, Data, Permissive, []Fact{KeepNotice}, nil},
		{"ODbL-1.0", true, false, true, Data, StrongCopyleft, []Fact{ShareWork}, nil},
		{"CC-BY-SA-4.0", true, false, true, Content, StrongCopyleft, []Fact{ShareWork}, nil},
		{"CC-BY-NC-4.0", false, false, false, Content, Proprietary, []Fact{NoCommerce}, nil},
		{"CC-BY-NC-ND-4.0", false, false, false, Content, Proprietary, []Fact{NoCommerce, NoChanges}, nil},
		{"SSPL-1.0", false, false, false, Software, Proprietary, []Fact{LimitedUse}, nil},
		{"LicenseRef-Own", false, false, false, Other, Unknown, []Fact{NotKnown}, nil},
		{"MIT OR GPL-3.0-only", true, true, true, Software, Permissive, []Fact{Choice, KeepNotice}, []Fact{ShareWork}},
		{"MIT AND GPL-3.0-only", true, true, true, Software, StrongCopyleft, []Fact{ShareWork, KeepNotice}, []Fact{Choice}},
		{"MIT AND LicenseRef-Own", false, false, false, Other, Unknown, []Fact{NotKnown}, nil},
	} {
		t.Run(c.text, func(t *testing.T) {
			e, err := Normalise(c.text)
			if err != nil {
				t.Fatal(err)
			}
			v := Judge(e)
			if v.Open != c.open || v.OSI != c.osi || v.FSF != c.fsf || v.Kind != c.kind || v.Family != c.family {
				t.Errorf("got %+v", v)
			}
			for _, f := range c.has {
				if !slices.Contains(v.Facts, f) {
					t.Errorf("fact %s is missing in %v", f, v.Facts)
				}
			}
			for _, f := range c.hasNot {
				if slices.Contains(v.Facts, f) {
					t.Errorf("fact %s is too many in %v", f, v.Facts)
				}
			}
		})
	}
	if v := Judge(Expression{}); v.Open || v.Family != Unknown {
		t.Errorf("nothing was judged as %+v", v)
	}
}

func TestTablesFitTheList(t *testing.T) {
	for id := range fsfFree {
		if _, ok := lookup(id); !ok {
			t.Errorf("fsfFree names %s, which is not in the list", id)
		}
	}
	for name, ids := range usual {
		if plain(name) != name {
			t.Errorf("usual name %q is never looked up: it reduces to %q", name, plain(name))
		}
		for _, id := range ids {
			if _, ok := lookup(id); !ok {
				t.Errorf("usual name %q leads to %s, which is not in the list", name, id)
			}
		}
	}
	for _, id := range All() {
		if e, err := Normalise(id.ID); err != nil || e.String() != id.ID {
			t.Errorf("%s: %q, %v", id.ID, e, err)
		}
	}
	for _, g := range groups {
		for _, name := range strings.Fields(g.ids) {
			prefix, open := strings.CutSuffix(name, "*")
			if !slices.ContainsFunc(table, func(r row) bool { return r.id == name || open && strings.HasPrefix(r.id, prefix) }) {
				t.Errorf("a family names %s, which is not in the list", name)
			}
		}
	}
}

func TestDetect(t *testing.T) {
	if testing.Short() || underRace {
		t.Skip("building the automaton takes seconds, with -race half a minute")
	}
	d := NewDetector()
	<-d.Warm()
	mit, err := os.ReadFile("testdata/MIT.txt")
	if err != nil {
		t.Fatal(err)
	}
	if id, share, err := d.Detect(mit); err != nil || id != "MIT" || share < 0.9 {
		t.Errorf("MIT text: %s %.2f %v", id, share, err)
	}
	if id, share, err := d.Detect([]byte("Use it as you like on Sundays.")); err != nil || id != "" || share != 0 {
		t.Errorf("own text: %s %.2f %v", id, share, err)
	}
}

// TestDetectorLetsItsAutomatonGo: what only readings of repositories need is not kept for ever, and comes back by itself.
func TestDetectorLetsItsAutomatonGo(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		built := 0
		d := NewDetector()
		d.build = func() (*licensecheck.Scanner, error) {
			built++
			return licensecheck.NewScanner([]licensecheck.License{{ID: "Sunday", LRE: "you may use this on any given sunday of the year"}})
		}
		text := []byte("You may use this on any given Sunday of the year.")
		ask := func(want int, rule string) {
			t.Helper()
			if id, _, err := d.Detect(text); err != nil || id != "Sunday" || built != want {
				t.Errorf("%s: %q %v, built %d times instead of %d", rule, id, err, built, want)
			}
		}
		ask(1, "the first to ask builds it")
		time.Sleep(idle - time.Second)
		ask(1, "within its time it is there")
		time.Sleep(idle - time.Second)
		ask(1, "each question gives it that time again")
		time.Sleep(2 * idle)
		synctest.Wait()
		if d.scanner != nil {
			t.Error("nobody asked, and it is still held")
		}
		<-d.Warm()
		ask(2, "who warms it builds it anew")
		time.Sleep(2 * idle) // the bubble ends with no timer left
	})
}

func FuzzNormalise(f *testing.F) {
	for _, s := range []string{"", "MIT", "mit OR (apache-2.0 AND isc)", "GPL-2.0+ WITH Classpath-exception-2.0", "EUPL-1.2 / MIT", "((((((", "DocumentRef-a:LicenseRef-b", "é+"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, text string) {
		e, err := Normalise(text)
		if err != nil {
			var unknown *UnknownError
			if errors.As(err, &unknown) {
				for _, s := range unknown.Suggestions {
					if _, err := Normalise(s); err != nil {
						t.Fatalf("suggestion %q for %q: %v", s, text, err)
					}
				}
			}
			return
		}
		again, err := Normalise(e.String())
		if err != nil || again.String() != e.String() {
			t.Fatalf("%q became %q, then %q, %v", text, e, again, err)
		}
		if ok, _ := spdxexp.ValidateLicenses([]string{e.String()}); !ok {
			t.Fatalf("go-spdx refuses %q, made of %q", e, text)
		}
		Judge(e)
	})
}
