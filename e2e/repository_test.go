//go:build e2e

package e2e

import (
	"bytes"
	"fmt"
	"io"
	"log"
	"math/rand/v2"
	"net/http"
	"net/http/cgi"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"
)

// The repository of the journeys: "Parapluie", a small program of a made-up town. What its publiccode.yml says, journeys look for.
const (
	parapluieName    = "Parapluie"
	parapluieSummary = "Lends umbrellas in town halls and libraries."
	parapluieResume  = "Prête des parapluies dans les mairies et les médiathèques."
	parapluieLicence = "EUPL-1.2"
)

// longText is long enough for the standard, which asks for 150 characters.
const longText = "People who are caught by the rain take an umbrella in one building and leave it in another. The program counts what is where, " +
	"says when a stand runs empty, and gives every building a page to print. It needs a small computer and nothing else."

const longTexte = "Qui est surpris par la pluie prend un parapluie dans un bâtiment et le rend dans un autre. Le logiciel compte ce qui est où, " +
	"dit quand un porte-parapluie se vide, et donne à chaque bâtiment une page à imprimer. Un petit ordinateur suffit."

func publicCode(name, url, summary, resume, licence, released string) string {
	texts := fmt.Sprintf("  en:\n    shortDescription: %s\n    longDescription: %s\n    features:\n      - Count of umbrellas by stand\n      - A page to print\n", summary, longText)
	if resume != "" {
		texts += fmt.Sprintf("  fr:\n    shortDescription: %s\n    longDescription: %s\n    features:\n      - Compte par porte-parapluie\n      - Une page à imprimer\n", resume, longTexte)
	}
	return fmt.Sprintf(`publiccodeYmlVersion: "0.4"
name: %s
url: "%s"
softwareVersion: "1.1.0"
releaseDate: "%s"
platforms:
  - web
categories:
  - resource-management
developmentStatus: stable
softwareType: "standalone/web"
description:
%slegal:
  license: %s
intendedAudience:
  countries:
    - FR
  scope:
    - local-authorities
maintenance:
  type: community
  contacts:
    - name: Zoé Martin
localisation:
  localisationReady: true
  availableLanguages:
    - fr
    - en
`, name, url, released, texts, licence)
}

// author is somebody who wrote commits.
type author struct{ name, email string }

var authors = []author{{"Zoé Martin", "zoe@example.org"}, {"Ismaël Bah", "ismael@example.org"}, {"Ruth Levi", "ruth@example.net"}, {"Owen Price", "owen@example.net"}}

// work is a repository on this machine, made by git itself.
type work struct {
	t   testing.TB
	dir string
	n   int
}

// git runs git in the repository, as an author at a moment that depends on nothing but how many commits there were.
func (w *work) git(args ...string) {
	w.t.Helper()
	a := authors[(w.n*w.n)%len(authors)] // uneven, as real communities are
	at := time.Date(2024, time.March, 1, 9, 0, 0, 0, time.UTC).AddDate(0, 0, 29*w.n).Format(time.RFC3339)
	cmd := exec.Command("git", append([]string{"-C", w.dir}, args...)...)
	cmd.Env = []string{"PATH=" + os.Getenv("PATH"), "HOME=" + workshop, "GIT_CONFIG_NOSYSTEM=1", "LC_ALL=C.UTF-8",
		"GIT_AUTHOR_NAME=" + a.name, "GIT_AUTHOR_EMAIL=" + a.email, "GIT_AUTHOR_DATE=" + at,
		"GIT_COMMITTER_NAME=" + a.name, "GIT_COMMITTER_EMAIL=" + a.email, "GIT_COMMITTER_DATE=" + at}
	if out, err := cmd.CombinedOutput(); err != nil {
		w.t.Fatalf("git %s: %v\n%s", strings.Join(args, " "), err, out)
	}
}

// write puts a file into the repository and commits it.
func (w *work) write(name, content, message string) {
	w.t.Helper()
	if err := os.WriteFile(filepath.Join(w.dir, name), []byte(content), 0o644); err != nil {
		w.t.Fatal(err)
	}
	w.git("add", "--", name)
	w.git("commit", "--quiet", "-m", message)
	w.n++
}

// parapluie makes the repository of the journeys below dir and returns its folder.
func parapluie(t testing.TB, dir string) *work {
	t.Helper()
	w := &work{t: t, dir: filepath.Join(dir, "parapluie")}
	if err := os.MkdirAll(w.dir, 0o755); err != nil {
		t.Fatal(err)
	}
	w.git("init", "--quiet", "--initial-branch=main", ".")
	eupl, err := os.ReadFile(filepath.Join("..", "LICENSE")) // the same licence as commun's own
	if err != nil {
		t.Fatal(err)
	}
	w.write("README.md", "# Parapluie\n\nUmbrellas for everyone who is caught by the rain.\n\n## Begin\n\nRun it, and open its page.\n", "Say what it is")
	w.write("LICENSE", string(eupl), "Choose the licence")
	w.write("CONTRIBUTING.md", "# Take part\n\nOpen an issue, or come on Tuesday evening.\n", "Say how to take part")
	for i := range 16 {
		w.write("stand.txt", strings.Repeat("umbrella\n", i*3+1), fmt.Sprintf("Count stand %d", i))
		if i == 7 {
			w.git("tag", "-a", "v1.0.0", "-m", "First release")
		}
	}
	w.write("publiccode.yml", publicCode(parapluieName, "https://forge.example.org/town/parapluie", parapluieSummary, parapluieResume, parapluieLicence, "2025-09-01"),
		"Describe it for catalogues")
	w.git("tag", "-a", "v1.1.0", "-m", "Second release")
	return w
}

// heavy makes a repository whose packs hold some megabytes that don't compress, so that a slow server is seen to be slow.
func heavy(t testing.TB, dir string) *work {
	t.Helper()
	w := &work{t: t, dir: filepath.Join(dir, "averse.git")}
	if err := os.MkdirAll(w.dir, 0o755); err != nil {
		t.Fatal(err)
	}
	w.git("init", "--quiet", "--bare", "--initial-branch=main", ".")
	random := rand.New(rand.NewPCG(1, 2))
	var s bytes.Buffer
	for i := range 400 {
		a := authors[i%len(authors)]
		at := time.Date(2025, time.January, 1, 12, 0, 0, 0, time.UTC).AddDate(0, 0, i).Unix()
		fmt.Fprintf(&s, "commit refs/heads/main\ncommitter %s <%s> %d +0000\ndata 8\nCommit\n\n", a.name, a.email, at)
		b := make([]byte, 8<<10)
		for j := range b {
			b[j] = byte(random.Uint32())
		}
		fmt.Fprintf(&s, "M 100644 inline rain/%d.bin\ndata %d\n", i, len(b))
		s.Write(b)
		s.WriteString("\n")
	}
	file := publicCode("Averse", "https://forge.example.org/town/averse", "Measures the rain on the roofs of a town.", "", "MIT", "2025-09-01")
	fmt.Fprintf(&s, "commit refs/heads/main\ncommitter Ruth Levi <ruth@example.net> 1790000000 +0000\ndata 8\nDescribe\nM 100644 inline publiccode.yml\ndata %d\n%s\ndone\n",
		len(file), file)
	cmd := exec.Command("git", "-C", w.dir, "fast-import", "--quiet", "--done")
	cmd.Stdin = &s
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("git fast-import: %v\n%s", err, out)
	}
	return w
}

// forge serves repositories over http with git's own server, and lets no more bytes of a pack pass than the test allows: so an import can be
// stopped in its middle, without a clock.
type forge struct {
	URL string

	mu      sync.Mutex
	changed *sync.Cond
	open    bool  // everything passes
	allowed int64 // bytes that may pass while it is not open
	passed  int64
	closed  bool
}

// reach are the flags by which an instance may reach the forge: it is in the machine's own network, which imports do not reach unless they are told.
func (f *forge) reach() []string {
	return []string{"--allow-inner", strings.TrimPrefix(f.URL, "http://")}
}

// newForge serves the repositories of a folder, closed.
func newForge(t testing.TB, root string) *forge {
	t.Helper()
	out, err := exec.Command("git", "--exec-path").Output()
	if err != nil {
		t.Fatal(err)
	}
	f := &forge{}
	f.changed = sync.NewCond(&f.mu)
	backend := &cgi.Handler{Path: filepath.Join(strings.TrimSpace(string(out)), "git-http-backend"), InheritEnv: []string{"PATH"}, Stderr: &transcript{}, Logger: log.New(io.Discard, "", 0),
		Env: []string{"GIT_PROJECT_ROOT=" + root, "GIT_HTTP_EXPORT_ALL=1", "HOME=" + workshop, "GIT_CONFIG_COUNT=1", "GIT_CONFIG_KEY_0=safe.directory", "GIT_CONFIG_VALUE_0=*"}}
	srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		backend.ServeHTTP(&gate{ResponseWriter: w, f: f}, r)
	}))
	f.URL = srv.URL
	t.Cleanup(func() {
		f.mu.Lock()
		f.closed = true
		f.changed.Broadcast()
		f.mu.Unlock()
		srv.CloseClientConnections()
		srv.Close()
	})
	return f
}

// allow lets n more bytes pass.
func (f *forge) allow(n int64) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.allowed += n
	f.changed.Broadcast()
}

// release lets everything pass from now on.
func (f *forge) release() {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.open = true
	f.changed.Broadcast()
}

// sent is how many bytes have passed.
func (f *forge) sent() int64 {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.passed
}

// gate is an answer of the forge.
type gate struct {
	http.ResponseWriter
	f *forge
}

// portion is how much passes at a time.
const portion = 8 << 10

func (g *gate) Write(b []byte) (int, error) {
	n := 0
	for len(b) > 0 {
		part := b[:min(len(b), portion)]
		g.f.mu.Lock()
		for !g.f.open && !g.f.closed && g.f.passed+int64(len(part)) > g.f.allowed {
			g.f.changed.Wait()
		}
		g.f.passed += int64(len(part))
		g.f.mu.Unlock()
		m, err := g.ResponseWriter.Write(part)
		n += m
		if err != nil {
			return n, err
		}
		_ = http.NewResponseController(g.ResponseWriter).Flush() // a server of the standard library can
		b = b[m:]
	}
	return n, nil
}

// folder writes publiccode.yml files of made-up commons into a folder: enough of them for facets, corrections and a second page.
func folder(t testing.TB, dir string) string {
	t.Helper()
	dir = filepath.Join(dir, "town-list")
	licences := []string{"MIT", "EUPL-1.2", "AGPL-3.0-or-later"}
	names := []string{"Agenda des associations", "Bibliothèque ouverte", "Cantine claire", "Démarches en ligne", "Eau potable", "Forêt commune", "Guichet unique",
		"Horaires des bus", "Inventaire des arbres", "Jardins partagés", "Kiosque", "Lampadaires", "Marchés de quartier", "Nids de poule", "Objets trouvés", "Piscines",
		"Quartiers verts", "Ramassage", "Salles communales", "Transport scolaire", "Urbanisme", "Vélos en ville", "Wifi public", "Xylothèque", "Yourtes", "Zones calmes"}
	for i, name := range names {
		sub := filepath.Join(dir, fmt.Sprintf("%02d", i))
		if err := os.MkdirAll(sub, 0o755); err != nil {
			t.Fatal(err)
		}
		resume := ""
		if i%2 == 0 {
			resume = "Tient à jour « " + name + " » pour les habitants."
		}
		text := publicCode(name, fmt.Sprintf("https://forge.example.org/list/%02d", i), "Keeps "+name+" up to date for the people of a town.", resume, licences[i%3], "2025-09-01")
		if err := os.WriteFile(filepath.Join(sub, "publiccode.yml"), []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}
