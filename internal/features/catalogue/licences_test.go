package catalogue

import (
	"slices"
	"testing"
)

func TestLicencesAreFilteredByFamily(t *testing.T) {
	for text, want := range map[string][]string{
		"":                                 nil,
		"AGPL-3.0":                         {"AGPL-3.0"},
		"AGPL-3.0-only":                    {"AGPL-3.0"},
		"AGPL-3.0-or-later":                {"AGPL-3.0"},
		"AGPL-3.0+":                        {"AGPL-3.0"},
		"Apache License, Version 2.0":      {"Apache-2.0"},
		"GPLv3":                            {"GPL-3.0"},
		"EUPL-1.2 OR MIT":                  {"EUPL-1.2", "MIT"},
		"MIT AND Apache-2.0":               {"MIT", "Apache-2.0"},
		"GPL-2.0-only OR GPL-2.0-or-later": {"GPL-2.0"},
		"other":                            {"other"},
		"Other":                            {"other"},
		"all rights reserved":              {"other"},
		"LicenseRef-ours":                  {"other"},
	} {
		if got := licenceFacet(text); !slices.Equal(got, want) {
			t.Errorf("%q is filtered as %q, want %q", text, got, want)
		}
	}
	if got := FacetValues("licence", []string{"AGPL-3.0-only", "AGPL-3.0-or-later", "MIT", "nothing"}); !slices.Equal(got, []string{"AGPL-3.0", "MIT", "nothing"}) {
		t.Errorf("an old address chooses %q", got)
	}
}
