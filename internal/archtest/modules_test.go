package archtest

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"golang.org/x/mod/modfile"
)

// TestEveryDependencyIsExplained: each direct dependency stands in docs/explanation/dependencies.md, and none that is gone.
func TestEveryDependencyIsExplained(t *testing.T) {
	b, err := os.ReadFile(filepath.Join(root, "go.mod"))
	if err != nil {
		t.Fatal(err)
	}
	mod, err := modfile.Parse("go.mod", b, nil)
	if err != nil {
		t.Fatal(err)
	}
	page, err := os.ReadFile(filepath.Join(root, "docs/explanation/dependencies.md"))
	if err != nil {
		t.Fatal(err)
	}
	told := map[string]bool{}
	for i, part := range strings.Split(string(page), "`") {
		if i%2 == 1 && strings.Contains(part, ".") && strings.Contains(part, "/") && !strings.HasPrefix(part, "internal/") {
			told[part] = true
		}
	}
	for _, r := range mod.Require {
		if !r.Indirect && !told[r.Mod.Path] && r.Mod.Path != "honnef.co/go/tools" {
			t.Errorf("%s is a direct dependency, and docs/explanation/dependencies.md does not say what it does for us", r.Mod.Path)
		}
		delete(told, r.Mod.Path)
	}
	for path := range told {
		t.Errorf("docs/explanation/dependencies.md explains %s, which is no dependency", path)
	}
}
