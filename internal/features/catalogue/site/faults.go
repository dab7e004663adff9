package site

import (
	"net/http"

	"commun/internal/platform/fault"
	"commun/internal/platform/i18n"
	"commun/internal/web"
	"commun/internal/web/components"
)

var errSignIn = fault.Denied("people.sign_in_first")

// addErrors are the errors of the form for an address. One that may not be given here (a folder, an inner address) is said at the field too: the
// person typed it there, and another may be given.
func addErrors(r *http.Request, err error) (components.Errors, error) {
	faults := fault.Of(err)
	if len(faults) == 0 || len(faults) == 1 && faults[0].Kind == fault.DeniedKind && faults[0].Key == errSignIn.Key {
		return nil, err
	}
	var errs components.Errors
	for _, f := range faults {
		switch f.Kind {
		case fault.InvalidKind, fault.DeniedKind, fault.MissingKind:
			errs = append(errs, components.FieldError{Field: "address", Text: web.L(r).T(f.Key, i18n.Args(f.Args))})
		default:
			return nil, err
		}
	}
	return errs, nil
}

// formErrors is web.FormErrors, with what may be meant where a country or a language is not one.
func formErrors(r *http.Request, err error) (components.Errors, error) {
	near := fault.List{}
	for _, f := range fault.Of(err) {
		if country := f.Key == "commons.not_a_country"; country || f.Key == "commons.not_a_language" {
			typed, _ := f.Args["value"].(string)
			if name := nearest(web.L(r), country, typed); name != "" {
				c := *f
				c.Key = "find.language_near"
				if country {
					c.Key = "find.country_near"
				}
				f = c.With("near", name)
			}
		}
		near = append(near, f)
	}
	if len(near) > 0 {
		err = near
	}
	errs, err := web.FormErrors(r, err)
	for i := range errs {
		errs[i].Text = visible(errs[i].Text) // an error names what was typed
	}
	return errs, err
}
