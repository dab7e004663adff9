package api_test

import (
	"encoding/csv"
	"encoding/json"
	"fmt"
	"net/http/httptest"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"

	"commun/formats/publiccode"
	"commun/internal/core/commons"
	"commun/internal/core/journal"
	"commun/internal/core/people"
	"commun/internal/features/catalogue"
	"commun/internal/features/catalogue/api"
)

// editOf is a form for a commons' name and English summary, seen at its present revision.
func editOf(w *world, name, summary string) commons.Edit {
	w.T.Helper()
	values, err := catalogue.CleanForm([]catalogue.FormValue{{Field: "name", Value: name}, {Field: "summary", Lang: "en", Value: summary}})
	w.Must(err)
	c, err := w.Commons.BySlug(w.T.Context(), w.admin, "umap")
	w.Must(err)
	return commons.Edit{Base: c.Revision, Values: values}
}

func TestAPatchChangesWhatItNames(t *testing.T) {
	each(t, func(w *world) {
		s := w.as(w.steward)
		before := decode[api.Commons](w.T, s.Get("/api/commons/umap").Want(200))
		a := s.JSON("PATCH", "/api/commons/umap", `{"base":`+fmt.Sprint(before.Revision)+`,"note":"As people say it","fields":{
			"summary":{"fr":"Faire des cartes"},"licence":"gpl-3.0","stewards":[{"name":"Maps for all","url":"https://maps.example.org"}],"countries":["fr"]}}`).Want(200)
		after := decode[api.Commons](w.T, a)
		want := map[string]any{"name": "uMap", "kind": "code", "licence": "GPL-3.0-only", "countries": []any{"FR"},
			"summary":  map[string]any{"en": "Make maps", "fr": "Faire des cartes"},
			"stewards": []any{map[string]any{"name": "Maps for all", "url": "https://maps.example.org"}}}
		if !reflect.DeepEqual(map[string]any(after.Fields), want) {
			w.T.Errorf("fields are\n%v, want\n%v", after.Fields, want)
		}
		if a.Header.Get("ETag") != fmt.Sprintf("%q", fmt.Sprint(after.Revision)) || after.Revision != before.Revision+1 {
			w.T.Errorf("revision %d, ETag %s", after.Revision, a.Header.Get("ETag"))
		}
		s.JSON("PATCH", "/api/commons/umap", `{"fields":{"countries":null,"summary":null}}`).Want(200).WantNot("Make maps", "countries")
		s.JSON("PATCH", "/api/commons/umap", `{"fields":{}}`).Want(200, `"revision":3`)
		s.Get("/api/commons/umap/history").Want(200, "As people say it", `"text":"Corrected"`, `"by":"Sam Steward"`, `"before":"MIT","before_source":"person","after":"GPL-3.0-only","after_source":"person"`)

		r := httptest.NewRequest("GET", "/api/commons/umap", nil)
		r.Header.Set("If-None-Match", `"3"`)
		if a := s.Do(r).Want(304); a.Body != "" {
			w.T.Errorf("a 304 has a body: %s", a.Body)
		}
	})
}

func TestTwoStewardsSaveTheSameField(t *testing.T) {
	each(t, func(w *world) {
		s := w.as(w.steward)
		s.JSON("PATCH", "/api/commons/umap", `{"base":1,"fields":{"summary":{"en":"Maps of all"},"stage":"beta"}}`).Want(200)
		a := s.JSON("PATCH", "/api/commons/umap", `{"base":1,"fields":{"summary":{"en":"Maps by all"},"kind":"map"}}`).
			Want(409, `"code":"commons.changed_meanwhile"`, `"field":"body.fields.summary.en"`)
		if a.Header.Get("Content-Type") != "application/problem+json" {
			w.T.Errorf("the conflict is %s", a.Header.Get("Content-Type"))
		}
		got := decode[api.Conflict](w.T, a)
		want := []api.Clash{{Field: "summary", Lang: "en", Theirs: json.RawMessage(`"Maps of all"`), Source: "person", Mine: json.RawMessage(`"Maps by all"`)}}
		if !reflect.DeepEqual(got.Clashes, want) || got.Revision != 2 || got.Status != 409 {
			w.T.Errorf("got %+v", got)
		}
		s.Get("/api/commons/umap").Want(200, `"kind":"code"`) // nothing of the clashing change was stored
		// another field at the same time is no clash, and choosing is sending again from the revision that the conflict names
		s.JSON("PATCH", "/api/commons/umap", `{"base":1,"fields":{"kind":"map"}}`).Want(200, `"kind":"map"`, `"stage":"beta"`)
		r := httptest.NewRequest("PATCH", "/api/commons/umap", strings.NewReader(`{"fields":{"summary":{"en":"Maps by all"}}}`))
		r.Header.Set("Content-Type", "application/merge-patch+json")
		r.Header.Set("If-Match", `"1"`)
		s.Do(r).Want(409, "Maps of all")
		s.JSON("PATCH", "/api/commons/umap", `{"base":3,"fields":{"summary":{"en":"Maps by all"}}}`).Want(200, "Maps by all")
		s.JSON("PATCH", "/api/commons/umap", `{"base":99,"fields":{"stage":"beta"}}`).Want(422, "body.base")
	})
}

func TestAChangeIsUndone(t *testing.T) {
	each(t, func(w *world) {
		s := w.as(w.steward)
		s.JSON("PATCH", "/api/commons/umap", `{"fields":{"summary":{"en":"Wrong"}}}`).Want(200)
		history, err := w.Journal.History(w.T.Context(), journal.Object{Kind: "commons", ID: w.umap.ID}, 0)
		w.Must(err)
		undo := `{"entry":"` + history[0].ID + `"}`
		s.JSON("POST", "/api/commons/umap/undo", undo).Want(200, "Make maps").WantNot("Wrong")
		// an undo may be undone, and that one too: each says which revision it took back, so that no two read alike
		for range 2 {
			history, err = w.Journal.History(w.T.Context(), journal.Object{Kind: "commons", ID: w.umap.ID}, 0)
			w.Must(err)
			s.JSON("POST", "/api/commons/umap/undo", `{"entry":"`+history[0].ID+`"}`).Want(200)
		}
		s.Get("/api/commons/umap/history").Want(200, `"text":"Revision 2 undone (Corrected)"`, `"text":"Revision 3 undone (Correction undone)"`, `"text":"Revision 4 undone (Correction undone)"`)
		s.In("fr").Get("/api/commons/umap/history").Want(200, `"text":"Révision 4 annulée (Correction annulée)"`)
		s.JSON("PATCH", "/api/commons/umap", `{"fields":{"summary":{"en":"Better"}}}`).Want(200)
		s.JSON("POST", "/api/commons/umap/undo", undo).Want(409, `"theirs":"Better"`, `"mine":"Make maps"`)
		// the choice is made of the conflict's revision, and of no other
		choose := func(base int64, take string) string {
			return fmt.Sprintf(`{"entry":%q,"base":%d,"choices":{"summary.en":%q}}`, history[len(history)-2].ID, base, take)
		}
		c, err := w.Commons.ByID(w.T.Context(), w.steward, w.umap.ID)
		w.Must(err)
		now := c.Revision
		s.JSON("POST", "/api/commons/umap/undo", choose(now, "both")).Want(422, `"field":"body.choices"`)
		s.JSON("POST", "/api/commons/umap/undo", choose(1, "mine")).Want(409, `"theirs":"Better"`)
		s.JSON("POST", "/api/commons/umap/undo", choose(now, "theirs")).Want(200, "Better")
		s.JSON("POST", "/api/commons/umap/undo", choose(now, "mine")).Want(200, "Make maps").WantNot("Better")
		s.JSON("POST", "/api/commons/umap/undo", `{"entry":"none"}`).Want(422, `"field":"body.entry"`)
	})
}

func TestWhatIsWrongIsSaidAtItsFieldInBothLanguages(t *testing.T) {
	each(t, func(w *world) {
		w.as(w.steward)
		for _, c := range []struct{ ask, field, en, fr string }{
			{`GET /api/commons?limit=500`, "query.limit", "Give a number of 100 or less.", "Donnez un nombre"},
			{`GET /api/commons?colour=red`, "query.colour", "not known here", "pas connu ici"},
			{`GET /api/commons?kind=song`, "query.kind[0]", "Give one of", "Donnez l’une"},
			{`GET /api/suggest`, "query.q", "This parameter is needed.", "nécessaire"},
			{`GET /api/commons?after=xyz`, "query.after", "", ""},
			{`POST /api/commons {"adress":"https://git.example.org/a"}`, "body.adress", "not known here", "pas connu ici"},
			{`POST /api/commons {}`, "body.address", "Give either an address or fields.", "Donnez soit une adresse"},
			{`POST /api/commons {"fields":{"colour":"red","name":"x"}}`, "body.fields.colour", "not known here", "pas connu ici"},
			{`POST /api/commons {"fields":{"summary":{"en":"x"}}}`, "body.fields.name", "", ""},
			{`POST /api/commons {"address":"not an address"}`, "body.", "", ""},
			{`PATCH /api/commons/umap {"fields":{"version":"1.0"}}`, "body.fields.version", "not known here", "pas connu ici"},
			{`PATCH /api/commons/umap {"fields":{"name":7}}`, "body.fields.name", "Give a text.", "Donnez un texte"},
			{`PATCH /api/commons/umap {"fields":{"summary":{"<b>":"x"}}}`, "body.fields.summary", "", ""},
			{`PATCH /api/commons/umap {"fields":{"licence":"MIT License"}}`, "body.fields.licence", "Did you mean: MIT", "Vouliez-vous dire\u00a0: MIT"},
			{`PATCH /api/commons/umap {"fields":{"licence":"nothing such at all"}}`, "body.fields.licence", "One looks like EUPL-1.2", "Un tel identifiant ressemble à EUPL-1.2"},
			{`PATCH /api/commons/umap {"fields":{"website":"javascript:alert(1)"}}`, "body.fields.website", "", ""},
			{`POST /api/commons/umap/merge {"into":"nowhere"}`, "body.into", "", ""},
			{`POST /api/commons/umap/reports {"reason":"wrong","words":" "}`, "body.words", "", ""},
			{`POST /api/publiccode/file {"name":"x","colour":"red"}`, "body.colour", "not known here", "pas connu ici"},
			{`POST /api/commons/umap/undo {"entry":"none"}`, "body.entry", "", ""},
			{`POST /api/commons/umap/roles {"person":"nobody","role":"steward"}`, "body.person", "no such person", "n’est pas ici"},
			{`PATCH /api/admin/settings {"base":99}`, "body.base", "Give a revision that there is", ""},
			{`PATCH /api/admin/settings {"refresh":0}`, "body.refresh", "number of hours", "nombre d’heures"},
			{`PATCH /api/admin/settings {"about":{"fr":7}}`, "body.about.fr", "", ""},
			{`DELETE /api/me?sure=false`, "query.sure", "cannot be undone", "sans retour"},
		} {
			en := request(w.as(w.admin), c.ask).Want(422, `"field":"`+c.field, c.en)
			fr := request(w.as(w.admin).In("fr"), c.ask).Want(422, `"field":"`+c.field, c.fr)
			if en.Body == fr.Body {
				w.T.Errorf("%s: the same in both languages: %s", c.ask, en.Body)
			}
		}
		// an address that a visitor may not give is a field to mend, whoever else may give it
		w.open("anyone")
		for _, address := range []string{"http://127.0.0.1/x", "http://[::1]/x", "/etc", "ssh://git@git.example.org/x"} {
			visitor := w.as(people.Actor{})
			en := visitor.JSON("POST", "/api/commons", `{"address":"`+address+`"}`).Want(422, `"field":"body.address"`)
			fr := visitor.In("fr").JSON("POST", "/api/commons", `{"address":"`+address+`"}`).Want(422, `"field":"body.address"`)
			if en.Body == fr.Body {
				w.T.Errorf("%s: the same in both languages: %s", address, en.Body)
			}
		}
		w.as(w.admin).JSON("POST", "/api/commons", `{"fields"`).Want(400, `"title":`)
		w.as(w.admin).JSON("POST", "/api/commons", `{"address":"`+strings.Repeat("x", 2<<20)+`"}`).Want(413, `"status":413`)
		r := httptest.NewRequest("POST", "/api/commons", strings.NewReader("address=x"))
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		w.as(w.admin).In("fr").Do(r).Want(415, `"status":415`, "Le corps est annoncé comme application/x-www-form-urlencoded")
		w.as(w.admin).In("fr").JSON("POST", "/api/publiccode", strings.Repeat("x", 2<<20)).Want(413, "Au plus 1,0\u00a0Mo")
		w.as(w.admin).Get("/api/commons/none").Want(404, `"status":404`)
		w.as(w.admin).Get("/api/nothing").Want(404, `"status":404`)
	})
}

func TestAListIsReadPageByPage(t *testing.T) {
	each(t, func(w *world) {
		for i := range 5 {
			w.byHand(w.member, fmt.Sprintf("Book %d", i), "Read")
		}
		s := w.as(people.Actor{})
		type page struct {
			Items      []api.Item
			Total      int
			Facets     map[string]map[string]int
			Next, Prev string
		}
		var names []string
		next, last := "/api/commons?kind=code&kind=data&licence=MIT&limit=3", ""
		for next != "" {
			p := decode[page](w.T, s.Get(next).Want(200))
			if p.Total != 7 || p.Facets["kind"]["code"] != 7 {
				w.T.Errorf("total %d, facets %v", p.Total, p.Facets)
			}
			for _, x := range p.Items {
				names = append(names, x.Name)
			}
			last, next = next, strings.TrimPrefix(p.Next, "https://commons.example.org")
			if next != "" && (!strings.Contains(next, "kind=code&kind=data") || strings.HasPrefix(next, "http")) {
				w.T.Fatalf("next is %q", p.Next)
			}
		}
		if want := "Book 0 Book 1 Book 2 Book 3 Book 4 uMap Wiki"; strings.Join(names, " ") != want {
			w.T.Errorf("read %v", names)
		}
		back := decode[page](w.T, s.Get(last).Want(200))
		p := decode[page](w.T, s.Get(strings.TrimPrefix(back.Prev, "https://commons.example.org")).Want(200))
		if len(p.Items) != 3 || p.Items[0].Name != "Book 3" {
			w.T.Errorf("the page before is %+v", p.Items)
		}
		w.found()
		s.Get("/api/commons?q=bokk").Want(200, `"corrected":{"bokk":"book"}`, `"total":5`)
		s.Get("/api/suggest?q=uma").Want(200, `"slug":"umap"`).WantNot("Book")
		s.Get("/api/commons?sort=name&state=archived").Want(200, `"items":[]`, `"total":0`)
	})
}

func TestWhatGoesOutCanBeReadAgain(t *testing.T) {
	each(t, func(w *world) {
		w.as(w.steward).JSON("PATCH", "/api/commons/umap", `{"fields":{"summary":{"fr":"=cartes; \"libres\",\nou presque"},"territories":["Nantes","Lyon"]}}`).Want(200)
		one := decode[api.Commons](w.T, w.as(people.Actor{}).Get("/api/commons/umap").Want(200))
		all := decode[[]catalogue.Export](w.T, w.as(people.Actor{}).Get("/api/commons.json").Want(200))
		if len(all) != 2 || !reflect.DeepEqual(jsonOf(w.T, all[0].Fields), jsonOf(w.T, one.Fields)) {
			w.T.Errorf("the file has %+v, the answer %+v", all[0].Fields, one.Fields)
		}
		w.found()
		a := w.as(people.Actor{}).Get("/api/commons.csv?q=umap&lang=fr").Want(200)
		rows, err := csv.NewReader(strings.NewReader(a.Body)).ReadAll()
		w.Must(err)
		cells := map[string]string{}
		for i, name := range rows[0] {
			cells[name] = rows[1][i]
		}
		if len(rows) != 2 || cells["name"] != "uMap" || cells["territories"] != "Nantes; Lyon" || !strings.HasPrefix(cells["summary"], "'=cartes") {
			w.T.Errorf("the CSV has %v", cells)
		}
		if ct := a.Header.Get("Content-Type"); !strings.HasPrefix(ct, "text/csv") {
			w.T.Errorf("the CSV is %s", ct)
		}
		w.as(people.Actor{}).Get("/api/commons.csv?kind=song").Want(422, "query.kind")
		// the same fields make the same commons elsewhere
		fields, err := json.Marshal(map[string]any{"fields": editable(one.Fields)})
		w.Must(err)
		copied := decode[api.Added](w.T, w.as(w.member).JSON("POST", "/api/commons", string(fields)).Want(201))
		if !reflect.DeepEqual(jsonOf(w.T, copied.Commons.Fields), jsonOf(w.T, one.Fields)) {
			w.T.Errorf("copied as %v, was %v", copied.Commons.Fields, one.Fields)
		}
	})
}

func editable(f api.Fields) map[string]any {
	out := map[string]any{}
	for name, v := range f {
		if x, ok := commons.FieldByName(name); ok && x.Edit {
			out[name] = v
		}
	}
	return out
}

// jsonOf brings a value to what JSON knows of it, to be compared.
func jsonOf(t *testing.T, v any) any {
	t.Helper()
	b, err := json.Marshal(v)
	if err != nil {
		t.Fatal(err)
	}
	var out any
	if err := json.Unmarshal(b, &out); err != nil {
		t.Fatal(err)
	}
	return out
}

func TestAPublicCodeFileIsJudgedAndWritten(t *testing.T) {
	each(t, func(w *world) {
		s := w.as(people.Actor{})
		bad := "publiccodeYmlVersion: 0.7.0\nname: uMap\ncolour: red\nlegal:\n  license: MIY\n"
		en := decode[api.Judgement](w.T, s.JSON("POST", "/api/publiccode", bad).Want(200, `"valid":false`))
		fr := decode[api.Judgement](w.T, s.In("fr").JSON("POST", "/api/publiccode", bad).Want(200))
		if en.Version != "0.7.0" || len(en.Problems) < 3 || len(en.Problems) != len(fr.Problems) || en.Problems[0].Message == fr.Problems[0].Message {
			w.T.Fatalf("judged as %+v and %+v", en, fr)
		}
		for _, p := range en.Problems {
			if p.Line < 1 || p.Column < 1 || p.Code == "" || p.Message == "" {
				w.T.Errorf("a problem without its place or words: %+v", p)
			}
		}
		s.JSON("POST", "/api/publiccode", "name: [").Want(200, `"valid":false`)
		s.JSON("POST", "/api/publiccode", "").Want(400)

		// what prefill gives, completed, is a valid file
		doc := decode[map[string]any](w.T, s.Get("/api/commons/umap/publiccode").Want(200))
		doc["url"] = "https://git.example.org/umap"
		doc["organisation"] = map[string]any{"uri": "https://maps.example.org", "name": "Maps for all"}
		doc["platforms"], doc["developmentStatus"], doc["softwareType"] = []string{"web"}, "stable", "standalone/web"
		doc["localisation"] = map[string]any{"localisationReady": true, "availableLanguages": []string{"en"}}
		doc["maintenance"] = map[string]any{"type": "community", "contacts": []any{map[string]any{"name": "Sam"}}}
		doc["description"] = map[string]any{"en": map[string]any{"shortDescription": "Make maps",
			"longDescription": strings.Repeat("Everyone can make a map of what they know. ", 12), "features": []string{"Maps"}}}
		body, err := json.Marshal(doc)
		w.Must(err)
		file := s.JSON("POST", "/api/publiccode/file", string(body)).Want(200, "shortDescription: Make maps")
		f, err := publiccode.Read(strings.NewReader(file.Body), publiccode.Limits{})
		w.Must(err)
		if !f.Valid() || !strings.HasPrefix(file.Header.Get("Content-Type"), "application/yaml") {
			w.T.Errorf("%s: %v", file.Header.Get("Content-Type"), f.Judge())
		}
		wrong := s.In("fr").JSON("POST", "/api/publiccode/file", `{"name":"x","legal":{"license":"MIY"}}`).Want(422, `"field":"body.legal.license"`)
		if strings.Contains(wrong.Body, "publiccode_fault\",\"detail\":\"\"") {
			w.T.Error("a fault without words")
		}
	})
}

func TestListsComeInByAddressesAndByFolder(t *testing.T) {
	each(t, func(w *world) {
		dir := w.T.TempDir()
		w.Must(os.WriteFile(filepath.Join(dir, "a.yml"), []byte("name: A\nurl: https://git.example.org/a\n"), 0o600))
		s := w.as(w.admin)
		s.JSON("POST", "/api/lists", `{"name":"files","folder":"`+dir+`"}`).Want(202, `"job":`)
		s.JSON("POST", "/api/lists", `{"name":"files","folder":"relative"}`).Want(422, "body.folder")
		s.JSON("POST", "/api/lists", `{"name":"x"}`).Want(422, "body.addresses")
		s.JSON("POST", "/api/lists", `{"name":"x","addresses":["https://a.example.org\nhttps://b.example.org"]}`).Want(422, "body.addresses[0]")
		s.Get("/api/lists").Want(200, `"folder":true`, `"total":1`)
		w.as(w.member).JSON("POST", "/api/lists", `{"name":"files","folder":"/nowhere"}`).Want(403)
		s.Get("/api/lists/none").Want(404)
	})
}

func TestAFolderOfTheMachineIsNotTold(t *testing.T) {
	each(t, func(w *world) {
		dir := filepath.Join(w.T.TempDir(), "secret-place")
		w.Must(os.Mkdir(dir, 0o700))
		a := decode[api.Added](w.T, w.as(w.admin).JSON("POST", "/api/commons", `{"address":"`+dir+`"}`).Want(201, `"job":`))
		for _, p := range []string{"", "/about", "/values", "/problems", "/history"} {
			w.as(w.steward).Get("/api/commons/" + a.Commons.ID + p).Want(200).WantNot(filepath.Dir(dir))
		}
		w.as(w.steward).Get("/api/jobs/"+a.Job).Want(200, `"state":"queued"`).WantNot(dir)
		again := w.as(w.admin).JSON("POST", "/api/commons", `{"address":"`+dir+`/"}`).Want(200, `"existed":true`)
		if again.Header.Get("Location") != a.Commons.API {
			w.T.Errorf("Location is %s", again.Header.Get("Location"))
		}
		w.as(w.member).JSON("POST", "/api/commons", `{"address":"`+dir+`"}`).Want(422, "gitrepo.local_refused")
	})
}

func TestAProofFromTheAPIHolds(t *testing.T) {
	each(t, func(w *world) {
		w.WantWhole() // sequences
		history, err := w.Journal.History(w.T.Context(), journal.Object{Kind: "commons", ID: w.umap.ID}, 0)
		w.Must(err)
		p := decode[journal.Proof](w.T, w.as(people.Actor{}).Get("/api/entries/"+history[0].ID+"/proof").Want(200))
		if _, _, err := p.Check(""); err != nil {
			w.T.Error(err)
		}
		w.byHand(w.member, "Later", "x")
		list, err := w.Journal.Activity(w.T.Context(), []string{"commons"}, "", "", "")
		w.Must(err)
		busy := w.as(people.Actor{}).Get("/api/entries/" + list[0].ID + "/proof").Want(503)
		if busy.Header.Get("Retry-After") == "" {
			w.T.Error("a busy answer does not say when to come back")
		}
		w.as(people.Actor{}).Get("/api/log/consistency?from=99999").Want(422, "query.from")
		w.as(people.Actor{}).Get("/api/entries/none").Want(404)
	})
}
