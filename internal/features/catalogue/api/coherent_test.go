package api_test

import (
	"net/http/httptest"
	"strings"
	"testing"

	"commun/internal/core/commons"
	"commun/internal/core/instance"
	"commun/internal/platform/storage"
	"commun/internal/platform/testkit"
)

// open sets who may add a commons.
func (w *world) open(adding commons.Policy) {
	w.T.Helper()
	set := instance.Default("en")
	set.Adding = adding
	w.Must(w.Instance.Edit(w.T.Context(), w.admin, set))
}

// Whatever is changed with PATCH says the revision that was seen in one word, base, or by If-Match, and changes only what it names.
func TestEveryPatchIsOfOneForm(t *testing.T) {
	each(t, func(w *world) {
		s := w.as(w.admin)
		s.JSON("POST", "/api/organisations", `{"name":"Maps for all","kind":"company"}`).Want(201)
		for _, c := range []struct{ path, first, second, third, kept string }{
			{"/api/commons/umap", `"fields":{"stage":"beta"}`, `"fields":{"stage":"stable"}`, `"fields":{"stage":"concept"}`, `"licence":"MIT"`},
			{"/api/organisations/maps-for-all", `"website":"https://a.example.org"`, `"website":"https://b.example.org"`, `"website":"https://c.example.org"`, `"kind":"company"`},
			{"/api/me", `"name":"Ada"`, `"name":"Ada B"`, `"name":"Ada C"`, `"email"`},
			{"/api/admin/settings", `"name":"Ours"`, `"name":"Yours"`, `"name":"Theirs"`, `"lang":"en"`},
		} {
			s.JSON("PATCH", c.path, "{"+c.first+"}").Want(200, strings.TrimSuffix(strings.TrimPrefix(c.first, `"fields":{`), "}"), c.kept)
			seen := s.Get(c.path).Want(200).Header.Get("ETag")
			if len(seen) < 3 {
				w.T.Fatalf("%s: the ETag is %q", c.path, seen)
			}
			s.JSON("PATCH", c.path, "{"+c.second+"}").Want(200) // somebody else, meanwhile
			s.JSON("PATCH", c.path, `{"base":`+strings.Trim(seen, `"`)+`,`+c.third+`}`).Want(409, `"title":"Someone else changed this at the same time"`)
			r := httptest.NewRequest("PATCH", c.path, strings.NewReader("{"+c.third+"}"))
			r.Header.Set("Content-Type", "application/merge-patch+json")
			r.Header.Set("If-Match", seen)
			s.Do(r).Want(409)
			r = httptest.NewRequest("PATCH", c.path, strings.NewReader("{"+c.third+"}"))
			r.Header.Set("Content-Type", "application/json")
			r.Header.Set("If-Match", "nonsense")
			s.Do(r).Want(422, "header.If-Match")
		}
	})
}

// What was said twice, since no answer came, is done once.
func TestWhatIsSentTwiceIsDoneOnce(t *testing.T) {
	each(t, func(w *world) {
		s := w.as(w.admin)
		add := `{"address":"https://git.example.org/maps.git"}`
		s.JSON("POST", "/api/commons", add).Want(201)
		s.JSON("POST", "/api/commons", add).Want(200, `"existed":true`)
		role := `{"email":"mel@example.org","role":"observer"}`
		for range 2 {
			s.JSON("POST", "/api/commons/umap/roles", role).Want(201, `"role":"observer"`)
			s.JSON("PATCH", "/api/commons/umap", `{"fields":{"stage":"beta"}}`).Want(200, `"revision":2`)
			s.JSON("PUT", "/api/admin/people/"+w.member.Person+"/admin", "").Want(204)
		}
		for range 2 {
			s.JSON("DELETE", "/api/commons/umap/roles/"+w.member.Person+"/observer", "").Want(204)
			s.JSON("DELETE", "/api/admin/people/"+w.member.Person+"/admin", "").Want(204)
		}
	})
}

// A text that reads alike in both languages was forgotten to be put into words.
func TestTheDocumentSaysNothingInTheWrongLanguage(t *testing.T) {
	testkit.EachDB(t, func(t *testing.T, db *storage.DB) {
		w := open(t, db)
		en, err := w.api.Document("en")
		w.Must(err)
		fr, err := w.api.Document("fr")
		w.Must(err)
		alike(t, "", en, fr)
	})
}

// sameWord are texts that are the same word in both languages.
var sameWord = map[string]bool{"publiccode.yml": true, "Organisations": true, "Administration": true}

func alike(t *testing.T, path string, en, fr any) {
	switch en := en.(type) {
	case map[string]any:
		other, _ := fr.(map[string]any)
		for k, v := range en {
			text, isText := v.(string)
			if isText && (k == "description" || k == "summary" || k == "title") {
				if text == other[k] && !sameWord[text] {
					t.Errorf("%s/%s is %q in both languages", path, k, text)
				}
				continue
			}
			alike(t, path+"/"+k, v, other[k])
		}
	case []any:
		other, _ := fr.([]any)
		for i, v := range en {
			if i < len(other) {
				alike(t, path, v, other[i])
			}
		}
	}
}
