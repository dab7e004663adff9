package election

import (
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// said are the keys that the package's code names.
func said(t *testing.T) map[string]bool {
	keys := map[string]bool{}
	files, err := filepath.Glob("*.go")
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range files {
		if strings.HasSuffix(f, "_test.go") {
			continue
		}
		text, err := os.ReadFile(f)
		if err != nil {
			t.Fatal(err)
		}
		for _, m := range regexp.MustCompile(`"(election\.[a-z.]+)"`).FindAllSubmatch(text, -1) {
			keys[string(m[1])] = true
		}
	}
	return keys
}

func holes(s string) []string {
	list := regexp.MustCompile(`\{[a-z]+\}`).FindAllString(s, -1)
	slices.Sort(list)
	return slices.Compact(list)
}
