package site_test

import (
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// TestAListIsTakenAsItIsShown: in its order, and for a spreadsheet in the reader's words.
func TestAListIsTakenAsItIsShown(t *testing.T) {
	each(t, func(w *world) {
		admin := w.Admin()
		w.hand(admin, "A garden shop", "Sells seeds")
		w.hand(admin, "Plants", "For every garden, é")
		w.hand(admin, "Garden", "Plans gardens")
		w.indexed()
		w.Site.In("fr").Get("/commons?q=garden").Want(200, "/commons.csv?for=spreadsheet&amp;q=garden", ">Tableur<")
		w.Site.In("en").Get("/commons?q=garden").Want(200, ">Spreadsheet<")
		var names []string
		for i, line := range strings.Split(strings.TrimSpace(w.Site.Get("/commons.csv?q=garden").Want(200).Body), "\n") {
			if i > 0 {
				names = append(names, strings.Split(line, ",")[2])
			}
		}
		if got := strings.Join(names, ", "); got != "Garden, A garden shop, Plants" {
			w.T.Errorf("the file has %s, want the order of the page", got)
		}
		fr := w.Site.In("fr").Get("/commons.csv?for=spreadsheet&q=garden").Want(200, ";Nom;Résumé;", ";Garden;Plans gardens;").Body
		if !strings.HasPrefix(fr, "\ufeffIdentifiant;") {
			w.T.Errorf("the French file begins with %.40q", fr)
		}
		w.Site.In("en").Get("/commons.csv?for=spreadsheet&q=garden").Want(200, ",Name,Summary,", ",Garden,Plans gardens,")
	})
}

func TestADoubleSaysOfWhom(t *testing.T) {
	each(t, func(w *world) {
		admin := w.Admin()
		dir := repository(w.T, map[string]string{"publiccode.yml": described, "README.md": "# Garden\n"})
		c := w.add(dir)
		copied := filepath.Join(w.T.TempDir(), "copy")
		if out, err := exec.Command("git", "clone", "-q", dir, copied).CombinedOutput(); err != nil {
			w.T.Fatalf("%v: %s", err, out)
		}
		other := w.add(copied)
		link := `<a href="/commons/` + c.ID + `">` + c.Name() + `</a>`
		w.Site.In("en").Get("/commons/"+other.Slug).Want(200, "Its history is that of "+link).WantNot("Merge them")
		w.Site.In("fr").Get("/commons/"+other.Slug).Want(200, "Son histoire est celle de "+link)
		admin = w.Again(admin)
		w.as(admin).Get("/commons/"+other.Slug).Want(200, "/commons/"+other.Slug+"/merge?into="+c.ID)
		w.as(admin).Get("/commons/"+other.Slug+"/merge?into="+c.ID).Want(200, c.Name())
		w.Site.In("en").Get("/commons/" + c.Slug).Want(200).WantNot("Its history is that of")
	})
}
