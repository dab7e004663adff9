package archtest

import (
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"path"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
)

// module is the module's path, and root its folder seen from here.
const (
	module = "commun"
	root   = "../.."
)

// rule says what the packages that match from may import. A pattern is a path below the module, "std", or another module's path; * stands
// for one element and ** for any number. deny wins over allow; with no allow, all that is not denied is allowed.
type rule struct {
	from  string
	allow []string
	deny  []string
	why   string
}

// parsers are the libraries that formats may read with.
var parsers = []string{"github.com/goccy/go-yaml/**", "github.com/github/go-spdx/**", "github.com/google/licensecheck/**", "github.com/rivo/uniseg", "golang.org/x/text/**"}

var platform = []string{"internal/platform/**"}

// layers is the plan. The first rule that matches a package counts.
var layers = []rule{
	{from: "formats/*/internal/**", why: "tools that make tables, run by hand"},
	{from: "formats/**", allow: append([]string{"std", "formats/**"}, parsers...),
		deny: []string{"database/sql", "net/http", "os/exec"}, why: "readers and writers are fuzzed and reused alone"},
	{from: "engines/*/*exec", allow: []string{"std", "engines/**", "golang.org/x/sys/**"}, deny: []string{"database/sql", "net/http"},
		why: "the one place where an engine runs a program"},
	{from: "engines/*/internal/**", allow: []string{"std", "engines/**"}, why: "builders of repositories for tests"},
	{from: "engines/**", allow: []string{"std", "engines/**", "golang.org/x/net/publicsuffix", "golang.org/x/text/**"},
		deny: []string{"database/sql", "net/http", "os/exec"}, why: "engines are pure: no SQL, no clock; the outside comes in by a small interface"},
	{from: "internal/platform/**", deny: []string{"internal/core/**", "internal/features/**", "internal/web/**", "internal/app", "engines/**", "formats/**", "cmd/**"},
		why: "plumbing knows nothing of what flows"},
	{from: "internal/core/**", allow: append([]string{"std", "internal/core/**", "golang.org/x/mod/**", "golang.org/x/text/**"}, platform...),
		deny: []string{"net/http", "internal/platform/gitrepo"}, why: "the nouns know the platform and each other, not the wire"},
	{from: "internal/web/**", deny: []string{"internal/features/**", "internal/app", "engines/**", "formats/**", "cmd/**", "database/sql/driver"},
		why: "a page's frame knows no feature"},
	{from: "internal/features/*", deny: []string{"internal/features/*", "internal/features/*/**", "internal/web/**", "internal/app", "net/http", "cmd/**"},
		why: "no feature knows another, or the wire"},
	{from: "internal/features/*/report", deny: []string{"internal/web/**", "internal/app", "net/http", "internal/core/**", "database/sql"},
		why: "files and terminal pages, no HTTP"},
	{from: "internal/features/*/*", deny: []string{"internal/app", "internal/platform/storage/sql", "cmd/**"}, why: "pages call their own feature's service"},
	{from: "internal/app", deny: []string{"cmd/**"}, why: "the wiring imports every feature, and nothing imports it but cmd"},
	{from: "internal/**", deny: []string{"cmd/**"}, why: "commands are on top"},
	{from: "ui/**", deny: []string{"internal/**"}, why: "assets know no code"},
	{from: "**", why: "cmd, bench and e2e stand on top of everything"},
}

// TestImportsGoDown reads every import of every package that is no test against the table.
func TestImportsGoDown(t *testing.T) {
	n := 0
	for pkg, imports := range packages(t) {
		n++
		r := ruleOf(pkg)
		for imp, file := range imports {
			if why, ok := r.permits(pkg, imp); !ok {
				t.Errorf("%s imports %s: %s (%s)", file, imp, why, r.why)
			}
		}
	}
	if n < 20 {
		t.Fatalf("only %d packages were read: the walk is broken", n)
	}
}

// TestOneFeatureOneRoom: a feature's subpackages import no other feature than their own.
func TestOneFeatureOneRoom(t *testing.T) {
	for pkg, imports := range packages(t) {
		rest, ok := strings.CutPrefix(pkg, "internal/features/")
		if !ok {
			continue
		}
		own, _, _ := strings.Cut(rest, "/")
		for imp, file := range imports {
			if other, ok := strings.CutPrefix(imp, module+"/internal/features/"); ok {
				if name, _, _ := strings.Cut(other, "/"); name != own {
					t.Errorf("%s imports %s: features meet in app only", file, imp)
				}
			}
		}
	}
}

func ruleOf(pkg string) rule {
	for _, r := range layers {
		if match(r.from, pkg) {
			return r
		}
	}
	return rule{}
}

func (r rule) permits(pkg, imp string) (string, bool) {
	local, inside := strings.CutPrefix(imp, module+"/")
	name := imp
	if inside {
		name = local
	}
	for _, d := range r.deny {
		if match(d, name) && name != pkg {
			return "denied by " + d, false
		}
	}
	if len(r.allow) == 0 {
		return "", true
	}
	for _, a := range r.allow {
		if a == "std" && !inside && isStd(imp) || match(a, name) {
			return "", true
		}
	}
	return "not among what it may import", false
}

func isStd(imp string) bool {
	first, _, _ := strings.Cut(imp, "/")
	return !strings.Contains(first, ".")
}

// match says whether a path matches a pattern of elements, * and **.
func match(pattern, p string) bool {
	return matchParts(strings.Split(pattern, "/"), strings.Split(p, "/"))
}

func matchParts(pattern, p []string) bool {
	if len(pattern) == 0 {
		return len(p) == 0
	}
	if pattern[0] == "**" {
		for i := range len(p) + 1 {
			if matchParts(pattern[1:], p[i:]) {
				return true
			}
		}
		return false
	}
	if len(p) == 0 {
		return false
	}
	ok, err := path.Match(pattern[0], p[0])
	return err == nil && ok && matchParts(pattern[1:], p[1:])
}

func TestMatch(t *testing.T) {
	for _, c := range []struct {
		pattern, path string
		want          bool
	}{
		{"formats/**", "formats/publiccode", true}, {"formats/**", "formats", true}, {"formats/**", "internal/formats", false},
		{"internal/features/*", "internal/features/maps", true}, {"internal/features/*", "internal/features/maps/site", false},
		{"internal/features/*/site", "internal/features/maps/site", true}, {"engines/*/*exec", "engines/githistory/gitexec", true},
	} {
		if got := match(c.pattern, c.path); got != c.want {
			t.Errorf("%s on %s: got %v", c.pattern, c.path, got)
		}
	}
}

// packages returns the imports of every package below the module, with a file that has each; tests and generated folders are left out.
func packages(t *testing.T) map[string]map[string]string {
	t.Helper()
	all := map[string]map[string]string{}
	files(t, func(pkg, file string, f *ast.File, _ *token.FileSet) {
		if all[pkg] == nil {
			all[pkg] = map[string]string{}
		}
		for _, i := range f.Imports {
			imp, err := strconv.Unquote(i.Path.Value)
			if err != nil {
				t.Fatal(err)
			}
			all[pkg][imp] = file
		}
	})
	return all
}

// files calls f for every Go file of the module that is no test.
func files(t *testing.T, f func(pkg, file string, parsed *ast.File, set *token.FileSet)) {
	t.Helper()
	err := filepath.WalkDir(root, func(p string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		rel, err := filepath.Rel(root, p)
		if err != nil {
			return err
		}
		if d.IsDir() {
			if rel != "." && (strings.HasPrefix(d.Name(), ".") || d.Name() == "testdata" || slices.Contains([]string{"data", "node_modules"}, rel)) {
				return filepath.SkipDir
			}
			return nil
		}
		if !strings.HasSuffix(p, ".go") || strings.HasSuffix(p, "_test.go") {
			return nil
		}
		set := token.NewFileSet()
		parsed, err := parser.ParseFile(set, p, nil, parser.SkipObjectResolution|parser.ParseComments)
		if err != nil {
			return err
		}
		f(filepath.ToSlash(filepath.Dir(rel)), filepath.ToSlash(rel), parsed, set)
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}
