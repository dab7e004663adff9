package api_test

import (
	"encoding/json"
	"strings"
	"testing"
)

// TestANameThatOthersWroteIsAnAdministratorsToErase: she calls herself as a commons is called, and leaves.
func TestANameThatOthersWroteIsAnAdministratorsToErase(t *testing.T) {
	each(t, func(w *world) {
		const asked = "/api/admin/forget-requests"
		open := func() (id, name string) {
			var list struct {
				Items []struct{ ID, Name, Outcome string }
			}
			w.Must(json.Unmarshal([]byte(w.as(w.admin).Get(asked).Want(200).Body), &list))
			if len(list.Items) == 0 || list.Items[0].Outcome != "" {
				return "", ""
			}
			return list.Items[0].ID, list.Items[0].Name
		}
		vera := w.Member("uMap", "vera@example.org")
		w.as(w.admin).Get("/api/admin/people/"+vera.Person+"/traces").Want(200, `"name":"uMap"`, w.umap.ID)
		w.as(vera).Get("/api/admin/people/" + vera.Person + "/traces").Want(403).WantNot(w.umap.ID)
		request(w.as(vera), "DELETE /api/me?sure=true").Want(204)
		w.as(w.member).Get("/api/commons/umap").Want(200, `"uMap"`)
		id, name := open()
		if name != "uMap" {
			w.T.Fatalf("the request is for %q", name)
		}
		w.as(w.admin).Get(asked+"/"+id).Want(200, `"kind":"commons"`, w.umap.ID, `"field":"name"`)
		w.as(w.admin).JSON("POST", asked+"/"+id+"/answer", `{"answer":"none"}`).Want(422, "body.reason")
		w.as(w.admin).JSON("POST", asked+"/"+id+"/answer", `{"answer":"some"}`).Want(422, "body.things")
		w.as(w.admin).JSON("POST", asked+"/"+id+"/answer", `{"answer":"none","reason":"uMap is a program."}`).Want(204)
		w.as(w.admin).JSON("POST", asked+"/"+id+"/answer", `{"answer":"all"}`).Want(409)
		w.as(w.admin).Get(asked).Want(200, `"outcome":"none"`, "… is a program.").WantNot("uMap")

		zoe := w.Member("Zoe Quillmark", "zoe@example.org")
		w.as(w.steward).JSON("PATCH", "/api/commons/umap", `{"fields":{"summary":{"en":"Maps, says Zoe Quillmark"}}}`).Want(200)
		request(w.as(zoe), "DELETE /api/me?sure=true").Want(204)
		id, _ = open()
		w.as(w.admin).JSON("POST", asked+"/"+id+"/answer", `{"answer":"some","things":["commons/`+w.umap.ID+`"]}`).Want(204)
		w.as(w.member).Get("/api/commons/umap").Want(200, "Maps, says …").WantNot("Quillmark")

		yan := w.Member("Yan Quillfeather", "yan@example.org")
		w.as(w.steward).JSON("PATCH", "/api/commons/umap", `{"fields":{"summary":{"en":"Maps, says Yan Quillfeather"}}}`).Want(200)
		request(w.as(w.admin), "DELETE /api/admin/people/"+yan.Person+"?sure=true&name=yan%20quillfeather").Want(204)
		if b := w.as(w.member).Get("/api/commons/umap").Want(200).Body; strings.Contains(b, "Quillfeather") {
			w.T.Errorf("it is still there: %s", b)
		}
		w.WantWhole()
	})
}
