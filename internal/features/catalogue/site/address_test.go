package site

import (
	"net/url"
	"testing"

	"commun/internal/features/catalogue"
)

// TestAValueIsAddedAsAnAddressWritesIt: what a facet's links are written by gives the address that the slow way gives.
func TestAValueIsAddedAsAnAddressWritesIt(t *testing.T) {
	for _, q := range []catalogue.Query{
		{},
		{Text: "carte & données"},
		{Text: "a b", Sort: catalogue.ByName, Facets: map[string][]string{"kind": {"code", "data"}, "licence": {"GPL-2.0+ OR MIT"}, "stage": {"beta"}}},
		{Facets: map[string][]string{"country": {"FR"}, "state": {"archived"}}},
	} {
		for _, f := range catalogue.Facets {
			for _, value := range []string{"map", "MIT AND (A OR B+)", "é=&"} {
				want := address("/commons", q, func(v url.Values) { v.Add(f, value) })
				if got := adder("/commons", q, f)(value); got != want {
					t.Errorf("%s: got %s, want %s", f, got, want)
				}
			}
		}
	}
}
