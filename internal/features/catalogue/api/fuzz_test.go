package api

import (
	"encoding/json"
	"testing"

	"commun/internal/core/commons"
)

// Whatever a patch holds, it is refused or gives values that a person may say: of editable fields, as JSON of a shape that reads back.
func FuzzPatch(f *testing.F) {
	for _, s := range []string{`{"name":"uMap"}`, `{"summary":{"fr":"Des cartes","en":null}}`, `{"summary":null}`, `{"stewards":[{"name":"a","url":"https://a.example"}]}`,
		`{"languages":["fr","x-y"],"countries":["FR"]}`, `{"publiccode":"x"}`, `{"summary":{"":"x"}}`, `{"licence":"MIT OR"}`, `{"name":[1]}`} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, text string) {
		var p FieldsPatch
		if json.Unmarshal([]byte(text), &p) != nil {
			return
		}
		values, err := p.values(commons.Commons{})
		if err != nil {
			return
		}
		for _, v := range values {
			field, ok := commons.FieldByName(v.Field)
			if !ok || !field.Edit || field.PerLang != (v.Lang != "") || v.Source != commons.FromPerson {
				t.Errorf("%s gives a value that nobody may say: %+v", text, v)
			}
			if v.JSON != nil && !json.Valid(v.JSON) {
				t.Errorf("%s gives %q", text, v.JSON)
			}
		}
	})
}

func FuzzBase(f *testing.F) {
	for _, s := range []string{`"3"`, `W/"3"`, `*`, ``, `""`, `"-1"`, `"99999999999999999999"`} {
		f.Add(int64(0), s, int64(5))
	}
	f.Fuzz(func(t *testing.T, given int64, ifMatch string, now int64) {
		if n, err := base(given, ifMatch, now); err == nil && n > now {
			t.Errorf("base(%d, %q, %d) is %d, beyond what stands", given, ifMatch, now, n)
		}
	})
}
