package catalogue_test

import (
	"strings"
	"testing"
	"unicode/utf8"

	"commun/formats/publiccode"
	"commun/internal/core/commons"
	"commun/internal/core/people"
	"commun/internal/features/catalogue"
)

func TestWhatIsTooLongIsFilledInCut(t *testing.T) {
	sentence := "It helps the people of a town to plan what is planted where."
	for _, c := range []struct{ rule, text, want string }{
		{"what fits stays", sentence, sentence},
		{"a long text ends after a whole sentence", sentence + " " + strings.Repeat("and more ", 30), sentence},
		{"a text without a sentence ends after a word", strings.Repeat("garden ", 40), strings.TrimSpace(strings.Repeat("garden ", 21)) + "…"},
		{"one word is cut", strings.Repeat("é", 200), strings.Repeat("é", 149) + "…"},
	} {
		d := catalogue.Fill(publiccode.Doc{Description: map[string]publiccode.Description{"en": {ShortDescription: c.text}}})
		got := d.Description["en"].ShortDescription
		if got != c.want || utf8.RuneCountInString(got) > catalogue.MaxShortDescription {
			t.Errorf("%s: %q", c.rule, got)
		}
	}
}

func TestOnlyAnOrganisationIsFilledInAsPublisher(t *testing.T) {
	each(t, func(w *world) {
		ctx, by := w.T.Context(), people.Program("test")
		_, err := w.People.CreateOrganisation(ctx, w.Member("Ada", "ada@example.org"), "Town of Here", people.PublicBody, "https://here.example.org")
		w.Must(err)
		for _, c := range []struct{ rule, stewards, maintainers, want string }{
			{"a steward with an address", "Jun Park\nTown | https://example.org", "", "Town"},
			{"an organisation of this site", "town of here", "", "Town of Here"},
			{"not a person without an address", "Jun Park", "", ""},
			{"not a maintainer", "Jun Park | https://jun.example.org", "Jun Park", ""},
		} {
			form := []catalogue.FormValue{{Field: "name", Value: c.rule}, {Field: "stewards", Value: parties(c.stewards)}}
			if c.maintainers != "" {
				form = append(form, catalogue.FormValue{Field: "maintainers", Value: parties(c.maintainers)})
			}
			x, err := w.Cat.AddByHand(ctx, by, form)
			w.Must(err)
			d, err := w.Cat.Prefill(ctx, by, x.ID)
			w.Must(err)
			if d.Organisation.Name != c.want || c.want != "" && d.Organisation.URI == "" {
				w.T.Errorf("%s: %+v", c.rule, d.Organisation)
			}
		}
	})
}

// parties reads lines of a name and, after a bar, an address.
func parties(text string) []commons.Party {
	list := []commons.Party{}
	for line := range strings.SplitSeq(text, "\n") {
		if name, address, _ := strings.Cut(line, " | "); name != "" {
			list = append(list, commons.Party{Name: name, URL: address})
		}
	}
	return list
}
