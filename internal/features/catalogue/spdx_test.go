package catalogue_test

import (
	_ "embed"
	"strings"
	"testing"

	"commun/formats/publiccode"
	"commun/internal/core/commons"
	"commun/internal/core/journal"
	"commun/internal/core/people"
	"commun/internal/features/catalogue"
)

// gpl is a licence whose text leaves open whether later versions are allowed: how to say so is among its examples.
//
//go:embed testdata/GPL-2.0.txt
var gpl string

func TestNoLicenceIsStoredUnderAWithdrawnIdentifier(t *testing.T) {
	each(t, func(w *world) {
		for _, c := range []struct {
			rule  string
			files map[string]string
			want  string
		}{
			{"nothing tells: as SPDX's list says", map[string]string{"LICENSE": gpl}, "GPL-2.0-only"},
			{"a notice above the text", map[string]string{"COPYING": "This is free under version 2 of the License, or (at your option)\nany later version.\n\n" + gpl}, "GPL-2.0-or-later"},
			{"the README allows later versions", map[string]string{"LICENSE": gpl, "README.md": "# A\n\nUnder the GPLv2+, as you like.\n"}, "GPL-2.0-or-later"},
			{"the publiccode.yml allows them", map[string]string{"LICENSE": gpl, "publiccode.yml": "publiccodeYmlVersion: \"0.5\"\nlegal:\n  license: GPL-2.0-or-later\n"},
				"GPL-2.0-or-later"},
			{"a README that speaks of another licence", map[string]string{"LICENSE": gpl, "README.md": "# A\n\nIt calls a LGPL-2.1-or-later library.\n"}, "GPL-2.0-only"},
			{"the publiccode.yml names the withdrawn one, the README tells", map[string]string{"LICENSE": gpl, "README.md": "# A\n\nUnder the GPLv2+.\n",
				"publiccode.yml": "publiccodeYmlVersion: \"0.5\"\nlegal:\n  license: GPL-2.0\n"}, "GPL-2.0-or-later"},
			{"a publiccode.yml alone", map[string]string{"publiccode.yml": "publiccodeYmlVersion: \"0.5\"\nlegal:\n  license: AGPL-3.0\n"}, "AGPL-3.0-only"},
		} {
			x := w.get(w.add(newRepo(w.T).commit(c.files).dir).ID)
			if got := best(x, "licence", ""); got != c.want {
				w.T.Errorf("%s: %s, want %s", c.rule, got, c.want)
			}
			if v, ok := x.Of(commons.FromRepository, "licence_file", ""); ok && v.Text() != c.want {
				w.T.Errorf("%s: the licence file is %s, want %s", c.rule, v.Text(), c.want)
			}
		}
	})
}

func TestAWrittenFileHoldsACurrentIdentifier(t *testing.T) {
	for typed, want := range map[string]string{"mit": "license: MIT", "GPL-2.0": "license: GPL-2.0-only", "lgpl-2.1+": "license: LGPL-2.1-or-later"} {
		d := publiccode.Doc{Name: "Garden", URL: "https://example.org/garden", Platforms: []string{"web"}, Status: "stable", Type: "standalone/web",
			Description: map[string]publiccode.Description{"en": {ShortDescription: "Plans", LongDescription: strings.Repeat("It plans gardens. ", 20), Features: []string{"a"}}}}
		d.Legal.License, d.Maintenance.Type = typed, "none"
		d.Organisation = publiccode.Organisation{Name: "Town", URI: "https://example.org"}
		ready := false
		d.Localisation.Ready, d.Localisation.AvailableLanguages = &ready, []string{"en"}
		file, _, err := catalogue.WritePublicCode(d)
		if err != nil || !strings.Contains(string(file), want) {
			t.Errorf("%s: %v\n%s", typed, err, file)
		}
	}
}

// What was taken back is not in the file that goes out either.
func TestAnUndoneImportIsNotInTheFile(t *testing.T) {
	each(t, func(w *world) {
		r := newRepo(w.T).commit(map[string]string{"publiccode.yml": publicCode})
		c := w.get(w.add(r.dir).ID)
		r.commit(map[string]string{"publiccode.yml": strings.Replace(publicCode, "developmentStatus: stable", "developmentStatus: obsolete", 1)})
		w.again(c.ID)
		admin := w.Again(w.Admin())
		h, err := w.Journal.History(w.T.Context(), journal.Object{Kind: commons.ObjectKind, ID: c.ID}, 0)
		w.Must(err)
		_, err = w.Commons.Undo(w.T.Context(), admin, c.ID, h[0].ID, nil)
		w.Must(err)
		file, err := w.Cat.PublicCode(w.T.Context(), people.Program("test"), c.ID)
		w.Must(err)
		if !strings.Contains(string(file), "developmentStatus: stable") {
			w.T.Errorf("the file says\n%s", file)
		}
		w.again(c.ID)
		if got := best(w.get(c.ID), "stage", ""); got != "stable" {
			w.T.Errorf("read again, the stage is %s", got)
		}
	})
}
