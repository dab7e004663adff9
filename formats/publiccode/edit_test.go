package publiccode

import (
	"bytes"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func TestEditsChangeOneThing(t *testing.T) {
	set := func(path string, v any) func(*File) error { return func(f *File) error { return f.Set(path, v) } }
	del := func(path string) func(*File) error { return func(f *File) error { return f.Delete(path) } }
	for _, c := range []struct {
		rule     string
		edit     func(*File) error
		old, new string // the part of the file that changes
	}{
		{"a value keeps the comment on its line", set("publiccodeYmlVersion", "0.6.0"), `"0.7.0" # keep`, `"0.6.0" # keep`},
		{"a value that is the same changes nothing", set("softwareVersion", "1.0"), "", ""},
		{"an item keeps its comment", set("platforms[0]", "linux"), "- web   # for now", "- linux   # for now"},
		{"an item in brackets", set("intendedAudience.countries[1]", "CH"), "countries: [FR, BE]", "countries:\n    - FR\n    - CH"},
		{"a list is changed where it differs", set("description.fr.features", []string{"Réserver", "Payer", "Annuler"}), "      - Annuler\n", "      - Payer\n      - Annuler\n"},
		{"a list becomes shorter", set("description.fr.features", []string{"Réserver"}), "      - Annuler\n", ""},
		{"a folded text", set("description.fr.longDescription", "Court."), `>
      Un service qui permet aux habitants de réserver une salle de la commune,
      et à la commune de suivre qui l'occupe, quand, et dans quel état elle est
      rendue. Il est fait pour les petites communes.
`, "Court.\n"},
		{"a text of two lines", set("description.fr.shortDescription", "Un\ndeux: # trois"), "Réserver une salle", "|-\n      Un\n      deux: # trois"},
		{"a text that YAML would misread", set("name", "no"), "name: Meduse", `name: "no"`},
		{"a text with quotes and a colon", set("name", `a: "b" \`), "name: Meduse", `name: "a: \"b\" \\"`},
		{"a new key goes where the standard has it", set("landingURL", "https://example.org/"), "softwareVersion:", "landingURL: https://example.org/\nsoftwareVersion:"},
		{"before the comment of the next key", set("roadmap", "https://example.org/r"), "developmentStatus: stable\n", "roadmap: https://example.org/r\ndevelopmentStatus: stable\n"},
		{"an unknown key goes last", set("x-new", "y"), "    - fr\n", "    - fr\nx-new: \"y\"\n"},
		{"a new language", set("description.en.shortDescription", "Book a room"), "      - Annuler\n", "      - Annuler\n  en:\n    shortDescription: Book a room\n"},
		{"a new section", set("dependsOn.open[0].name", "PostgreSQL"), "    - fr\n", "    - fr\ndependsOn:\n  open:\n    - name: PostgreSQL\n"},
		{"a key in the first item of a list", set("maintenance.contacts[0].phone", "+33 1"), "      email: ada@example.org\n", "      email: ada@example.org\n      phone: \"+33 1\"\n"},
		{"one more item", set("maintenance.contacts[2]", Contact{Name: "Cleo Petit"}), "    - name: Bo Durand\n", "    - name: Bo Durand\n    - name: Cleo Petit\n"},
		{"a key is removed", del("softwareVersion"), "softwareVersion: \"1.0\"\n", ""},
		{"a key is removed, the comment above the next stays", del("softwareType"), "softwareType: standalone/web\n", ""},
		{"a section is removed", del("intendedAudience"), "intendedAudience:\n  countries: [FR, BE]\n", ""},
		{"an item is removed", del("maintenance.contacts[1]"), "    - name: Bo Durand\n", ""},
		{"the first key of an item is removed", del("maintenance.contacts[0].name"), "    - name: Ada Martin\n      # how to reach her\n      email:", "      # how to reach her\n    - email:"},
		{"the last key of a mapping leaves it empty", del("legal.license"), "legal:\n  license: EUPL-1.2", "legal: {}"},
		{"the last item of a list leaves it empty", del("platforms[0]"), "platforms:\n  - web   # for now", "platforms: []"},
		{"what is not there is removed already", del("roadmap"), "", ""},
		{"a boolean", set("localisation.localisationReady", false), "Ready: true", "Ready: false"},
	} {
		t.Run(c.rule, func(t *testing.T) {
			f := read(t, valid)
			if err := c.edit(f); err != nil {
				t.Fatal(err)
			}
			if c.old != "" && strings.Count(valid, c.old) != 1 {
				t.Fatalf("%q stands %d times", c.old, strings.Count(valid, c.old))
			}
			want := strings.Replace(valid, c.old, c.new, 1)
			if c.old == "" {
				want = valid
			}
			if got := string(f.Bytes()); got != want {
				t.Errorf("got:\n%s", got)
			}
		})
	}
}

func TestEditsThatAreRefused(t *testing.T) {
	shared := "a: &x {b: 1}\nc: *x\nd:\n  <<: *x\n  e: 1\n"
	for _, c := range []struct {
		rule, text string
		edit       func(*File) error
		want       error
	}{
		{"below a text", "name: x\n", func(f *File) error { return f.Set("name.de", "y") }, ErrPath},
		{"past the end of a list", "a: [b]\n", func(f *File) error { return f.Set("a[3]", "y") }, ErrPath},
		{"the whole file", "name: x\n", func(f *File) error { return f.Set("", "y") }, ErrPath},
		{"a value behind a reference", shared, func(f *File) error { return f.Set("c.b", "2") }, ErrShared},
		{"a key that came in by reference", shared, func(f *File) error { return f.Delete("d.b") }, ErrShared},
		{"an anchor that is used elsewhere", shared, func(f *File) error { return f.Delete("a") }, ErrForm},
		{"a channel", "name: x\n", func(f *File) error { return f.Set("name", make(chan int)) }, ErrValue},
		{"no mapping at all", "- a\n", func(f *File) error { return f.Set("name", "y") }, ErrBroken},
	} {
		t.Run(c.rule, func(t *testing.T) {
			f := read(t, c.text)
			if err := c.edit(f); !errors.Is(err, c.want) {
				t.Errorf("got %v, want %v", err, c.want)
			}
			if string(f.Bytes()) != c.text {
				t.Errorf("the file changed: %q", f.Bytes())
			}
		})
	}
	f := read(t, shared)
	if err := f.Set("d.b", 2); err != nil || f.Root.At("d.b").Value != "2" || f.Root.At("c.b").Value != "1" {
		t.Errorf("a key of one's own beside a reference: %v\n%s", err, f.Bytes())
	}
}

func TestEditEmptyFile(t *testing.T) {
	for _, text := range []string{"", "\n", "{}\n", "# later\n"} {
		f, _ := Read(strings.NewReader(text), Limits{})
		if text == "# later\n" {
			continue // a comment alone has no place that is sure; New is for that
		}
		if err := f.Set("legal.license", "MIT"); err != nil || f.Doc.Legal.License != "MIT" {
			t.Errorf("%q: %v, %q", text, err, f.Bytes())
		}
	}
}

func yes() *bool { b := true; return &b }

func TestNewIsValid(t *testing.T) {
	long := strings.Repeat("Un service pour réserver une salle. ", 8)
	doc := Doc{
		Name: "Meduse: the \"service\"", URL: "https://example.org/town/meduse", Platforms: []string{"web"}, Status: "beta", Type: "standalone/web",
		Categories: []string{"online-booking"}, SoftwareVersion: "1.10", ReleaseDate: "2026-05-01", IsBasedOn: []string{"https://example.org/a"},
		Organisation: Organisation{URI: "urn:x-foo:town", Name: "Town"}, FundedBy: []Organisation{{Name: "Region"}}, Supports: []Support{{ID: "alias:gdpr"}},
		IntendedAudience: Audience{Countries: []string{"fr"}, Scope: []string{"culture"}},
		Description: map[string]Description{
			"fr": {ShortDescription: "Réserver une salle", LongDescription: long + "\n\n- un\n- deux", Features: []string{"Réserver", "#2"}, GenericName: "x"},
			"no": {ShortDescription: "Bestill et rom", LongDescription: long, Features: []string{"yes"}},
		},
		Legal:        Legal{License: "EUPL-1.2", MainCopyrightOwner: "Town", RepoOwner: "Town"},
		Maintenance:  Maintenance{Type: "internal", Contacts: []Contact{{Name: "Ada Martin", Phone: "+33123456789"}}},
		Localisation: Localisation{Ready: yes(), AvailableLanguages: []string{"fr", "no"}},
		DependsOn:    Dependencies{Open: []Dependency{{Name: "PostgreSQL", VersionMin: "14", Optional: yes()}}},
	}
	f, err := New(doc)
	if err != nil {
		t.Fatal(err)
	}
	if ps := f.Judge(); len(ps) > 0 {
		t.Errorf("%q in\n%s", codes(ps), f.Bytes())
	}
	if f.Doc.Version != Current || f.Doc.Description["fr"].LongDescription != long+"\n\n- un\n- deux" || f.Doc.Name != doc.Name || f.Doc.SoftwareVersion != "1.10" {
		t.Errorf("%+v", f.Doc)
	}
	if f, err = New(Doc{Name: "Only a name"}); err != nil || f.Valid() || f.Doc.Name != "Only a name" {
		t.Errorf("%v", err)
	}
}

// folder is the collection of real files that COMMUN_DATA points to; see the README of testdata for those that are here.
func folder(t *testing.T) string {
	t.Helper()
	dir := os.Getenv("COMMUN_DATA")
	if dir == "" {
		t.Skip("COMMUN_DATA names no folder of real publiccode.yml files")
	}
	return dir
}

// otherwise are the files on which we and the reference parser (which holds every 0.x file to 0.7) part, with the rule.
var otherwise = map[string]struct {
	valid bool
	why   string
}{
	"AUSL-ReggioEmilia__Matilde.yml":               {true, "contractors beside an internal maintenance were forbidden by 0.5 only, the file is 0.2"},
	"AlecioP__sti.yml":                             {true, "contractors beside another type of maintenance were forbidden by 0.5 only, the file is 0.2"},
	"CatalaLang__catala.yml":                       {false, "version 0 was never released"},
	"betagouv__recommandations-collaboratives.yml": {false, "version 0 was never released"},
	"Comune-Milano__Whistleblowing.yml":            {false, "releaseDate is mandatory up to 0.3, and the file is 0.3"},
}

func TestAgreesWithReferenceParser(t *testing.T) {
	dir := folder(t)
	table, err := os.ReadFile(filepath.Join(dir, "README.md"))
	if err != nil {
		t.Skipf("the folder has no table of the reference parser: %v", err)
	}
	compared, agreed := 0, 0
	for _, line := range strings.Split(string(table), "\n") {
		cells := strings.Split(line, "|")
		if len(cells) < 9 || !strings.HasSuffix(strings.TrimSpace(cells[1]), ".yml") {
			continue
		}
		name, accepted := strings.TrimSpace(cells[1]), strings.HasPrefix(strings.TrimSpace(cells[7]), "accepted")
		raw, err := os.ReadFile(filepath.Join(dir, name))
		if err != nil {
			t.Fatal(err)
		}
		f, err := Read(bytes.NewReader(raw), Limits{})
		checkAlways(t, raw, f)
		r := NewReport(name, f, err, "en")
		compared++
		if other, ok := otherwise[name]; ok {
			if r.Valid != other.valid || r.Valid == accepted {
				t.Errorf("%s is %v, reference %v; expected to part: %s", name, r.Valid, accepted, other.why)
			}
			continue
		}
		if r.Valid != accepted {
			t.Errorf("%s is %v, reference %v: %+v", name, r.Valid, accepted, r.Problems)
			continue
		}
		agreed++
	}
	t.Logf("%d files, %d verdicts like the reference parser's, %d otherwise with a reason", compared, agreed, len(otherwise))
	if compared < 50 {
		t.Errorf("only %d files", compared)
	}
}

func TestEveryRealFileIsReadAndEdited(t *testing.T) {
	dirs := []string{"testdata"}
	if d := os.Getenv("COMMUN_DATA"); d != "" {
		dirs = append(dirs, d, filepath.Join(d, "awesome-codegouvfr", "*"))
	}
	// every value of the whole collection; of the few files here, one value in seven, so that -race stays bearable
	step := 7
	if len(dirs) > 1 {
		step = 1
	}
	files, values, edits := 0, 0, 0
	for _, dir := range dirs {
		paths, err := filepath.Glob(filepath.Join(dir, "*.yml"))
		if err != nil {
			t.Fatal(err)
		}
		for _, path := range paths {
			raw, err := os.ReadFile(path)
			if err != nil {
				t.Fatal(err)
			}
			f, err := Read(bytes.NewReader(raw), Limits{})
			checkAlways(t, raw, f)
			files++
			if f.Doc.Name == "" {
				t.Errorf("%s: no name is read", path)
			}
			if err != nil {
				continue
			}
			each(f.Root, "", func(p string, n *Node) {
				if values++; values%step != 0 {
					return
				}
				edits++
				editOne(t, path, raw, p, n)
			})
		}
	}
	t.Logf("%d files, %d values changed and removed", files, edits)
}

// each calls f for every value but the root.
func each(n *Node, path string, f func(string, *Node)) {
	for _, e := range n.Entries {
		p := join(path, e.Key)
		f(p, e.Value)
		each(e.Value, p, f)
	}
	for i, it := range n.Items {
		p := item(path, i)
		f(p, it)
		each(it, p, f)
	}
}

// editOne sets and deletes one value, and checks that no line elsewhere changed and no comment was lost.
func editOne(t *testing.T, file string, raw []byte, path string, n *Node) {
	t.Helper()
	f, _ := Read(bytes.NewReader(raw), Limits{})
	if n.scalar() {
		if err := f.Set(path, "Another: text"); err != nil {
			t.Errorf("%s: set %s: %v", file, path, err)
			return
		}
		wantKept(t, file+": set "+path, raw, f.Bytes())
	}
	f, _ = Read(bytes.NewReader(raw), Limits{})
	if err := f.Delete(path); err != nil {
		t.Errorf("%s: delete %s: %v", file, path, err)
		return
	}
	for _, l := range strings.Split(string(f.Bytes()), "\n") {
		if l = strings.TrimSpace(l); l != "" && !strings.Contains(string(raw), strings.TrimLeft(strings.TrimSuffix(strings.TrimSuffix(l, " {}"), " []"), "- ")) {
			t.Errorf("%s: delete %s wrote %q", file, path, l)
		}
	}
}

// wantKept checks that before and after differ in one run of lines only, of which at most one is new.
func wantKept(t *testing.T, what string, before, after []byte) {
	t.Helper()
	a, b := strings.SplitAfter(string(before), "\n"), strings.SplitAfter(string(after), "\n")
	head := 0
	for head < len(a) && head < len(b) && a[head] == b[head] {
		head++
	}
	tail := 0
	for tail < len(a)-head && tail < len(b)-head && a[len(a)-1-tail] == b[len(b)-1-tail] {
		tail++
	}
	if changed := len(b) - head - tail; changed > 1 {
		t.Errorf("%s: %d lines were written: %q", what, changed, b[head:len(b)-tail])
	}
}

func FuzzRead(f *testing.F) {
	f.Add([]byte(valid))
	f.Add([]byte(minimal01))
	f.Add([]byte("a: &a [*a]\n<<: *a\nb: {c: d, ? e : f}\n- g"))
	f.Add([]byte("\xff\xfea\x00:\x00"))
	f.Add([]byte("caf\xe9: |\n\n  x\r\n\ty: !!str 1\n---\n..."))
	if raw, err := os.ReadFile("testdata/awesome-2023-template.yml"); err == nil {
		f.Add(raw)
	}
	f.Fuzz(func(t *testing.T, raw []byte) {
		file, err := Read(bytes.NewReader(raw), Limits{})
		var re *ReadError
		if err != nil && (!errors.As(err, &re) || re.Problem.Line < 1) {
			t.Fatalf("error of another kind: %v", err)
		}
		if re != nil && re.Problem.Code == codeTooSlow {
			t.Fatal("the guard let something slow through")
		}
		checkAlways(t, raw, file)
		if r := NewReport("x", file, err, "fr"); err != nil && r.Valid {
			t.Fatal("valid in spite of an error")
		}
	})
}

func FuzzSet(f *testing.F) {
	for _, path := range []string{"name", "description.fr.features[1]", "maintenance.contacts[0].name", "legal", "x.y[0].z", `["a.b"]`} {
		f.Add(valid, path, "new: value # x\n")
	}
	f.Add("a: b", "a", "\u2028\t")
	f.Add("{a: [b, c]}", "a[1]", "")
	f.Fuzz(func(t *testing.T, text, path, value string) {
		file, err := Read(strings.NewReader(text), Limits{})
		if err != nil {
			return
		}
		before := file.Bytes()
		if err := file.Set(path, value); err != nil {
			if !bytes.Equal(before, file.Bytes()) {
				t.Fatalf("refused, and changed: %v", err)
			}
			return
		}
		again, err := Read(bytes.NewReader(file.Bytes()), Limits{})
		if err != nil {
			t.Fatalf("what was written cannot be read: %v", err)
		}
		if n := again.Root.At(path); n == nil || n.Kind != Text || n.Value != cleaned(value) {
			t.Fatalf("%s is %+v, not %q, in %q", path, n, value, file.Bytes())
		}
		if err := file.Delete(path); err == nil && file.Root.At(path) != nil && len(file.Root.At(path).Entries) == 0 && !strings.HasSuffix(path, "]") {
			t.Fatalf("%s is still there in %q", path, file.Bytes())
		}
	})
}

func FuzzNew(f *testing.F) {
	f.Add("Meduse", "fr", "Un texte\n\n  - a: b # c\n")
	f.Add("no", "a.b", " \t\u0085x\n\n\n")
	f.Add("- x", "", strings.Repeat("mot ", 60))
	f.Fuzz(func(t *testing.T, name, lang, text string) {
		if len(name)+len(lang)+len(text) > 1<<18 {
			return
		}
		file, err := New(Doc{Name: name, UsedBy: []string{text, name}, Description: map[string]Description{lang: {LongDescription: text, ShortDescription: name}}})
		var re *ReadError
		if errors.As(err, &re) {
			return // past a limit: a hundred open brackets, say
		}
		if err != nil {
			t.Fatalf("%v", err)
		}
		checkAlways(t, file.Bytes(), file)
		if n := file.Root.Get("name"); name != "" && (n == nil || n.Value != cleaned(name)) {
			t.Fatalf("%q became %+v in %q", name, n, file.Bytes())
		}
	})
}

func BenchmarkReadJudge(b *testing.B) {
	raw, err := os.ReadFile("testdata/InseeFrLab__onyxia.yml")
	if err != nil {
		b.Fatal(err)
	}
	b.SetBytes(int64(len(raw)))
	for b.Loop() {
		f, err := Read(bytes.NewReader(raw), Limits{})
		if err != nil || len(f.Judge()) == 0 {
			b.Fatal(err)
		}
	}
}
