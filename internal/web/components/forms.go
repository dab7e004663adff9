package components

import (
	"strconv"

	"github.com/a-h/templ"
)

// choiceID is the id of the i-th choice; the first has the field's own, so that the error summary leads to it.
func choiceID(f Field, i int) string {
	if i == 0 {
		return f.id()
	}
	return f.id() + "-" + strconv.Itoa(i)
}

func (f Field) searchAttrs() templ.Attributes {
	a := templ.Attributes{"id": f.id(), "name": f.Name, "autocomplete": "off", "spellcheck": "false", "enterkeyhint": "search"}
	if f.Hint != "" {
		a["aria-describedby"] = f.id() + "-hint"
	}
	return a
}
