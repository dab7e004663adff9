package ui_test

import (
	"math"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"commun/ui"
)

// The committed files are what the sources give: else someone changed a style and did not run go generate.
func TestTheBundleIsFresh(t *testing.T) {
	out := t.TempDir()
	if err := os.Mkdir(filepath.Join(out, "ui"), 0o700); err != nil {
		t.Fatal(err)
	}
	src, err := filepath.Abs("src")
	if err != nil {
		t.Fatal(err)
	}
	if err := os.CopyFS(filepath.Join(out, "ui", "src"), os.DirFS(src)); err != nil {
		t.Fatal(err)
	}
	bin := filepath.Join(out, "build")
	if msg, err := exec.Command("go", "build", "-o", bin, "./build").CombinedOutput(); err != nil {
		t.Fatalf("build the bundler: %v: %s", err, msg)
	}
	cmd := exec.Command(bin)
	cmd.Dir = out
	if msg, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("bundle: %v: %s", err, msg)
	}
	list := func(dir string) string {
		files, err := filepath.Glob(filepath.Join(dir, "*", "*"))
		if err != nil {
			t.Fatal(err)
		}
		var sb strings.Builder
		for _, f := range files {
			rel, err := filepath.Rel(dir, f)
			if err != nil {
				t.Fatal(err)
			}
			raw, err := os.ReadFile(f)
			if err != nil {
				t.Fatal(err)
			}
			sb.WriteString(rel + " " + strconv.Itoa(len(raw)) + "\n")
		}
		return sb.String()
	}
	if fresh, there := list(filepath.Join(out, "ui", "assets")), list("assets"); fresh != there {
		t.Fatalf("committed:\n%s\nfresh:\n%s\nrun go generate", there, fresh)
	}
}

func TestAssetsHaveTheirHashInTheirAddress(t *testing.T) {
	a := ui.Load()
	parts := strings.Split(a.URL("app.css"), "/")
	if len(parts) != 4 || parts[3] != "app.css" {
		t.Fatalf("the address is %v", parts)
	}
	css, ok := a.Open(parts[2], "app.css")
	if !ok || css.Type != "text/css; charset=utf-8" || len(css.Gzip) == 0 {
		t.Fatalf("got %v %q, %d bytes compressed", ok, css.Type, len(css.Gzip))
	}
	if _, ok := a.Open("other", "app.css"); ok || a.URL("absent.css") != "" {
		t.Fatal("another hash or name must not be there")
	}
	if regexp.MustCompile(`url\(["']?(https?:|//|data:)`).Match(css.Body) {
		t.Fatal("the stylesheet loads something from elsewhere, or from data:, which the policy forbids")
	}
}

// The pairs of colours that stand on each other, with the contrast that WCAG 2.2 AA asks: 4.5 for text, 3 for borders of controls and parts of figures.
var pairs = []struct {
	front, back string
	least       float64
}{
	{"text", "bg", 4.5}, {"text", "surface", 4.5}, {"text", "sunk", 4.5}, {"text", "accent-soft", 4.5}, {"text", "good-soft", 4.5},
	{"text", "warn-soft", 4.5}, {"text", "bad-soft", 4.5}, {"muted", "bg", 4.5}, {"muted", "surface", 4.5}, {"muted", "sunk", 4.5},
	{"accent", "bg", 4.5}, {"accent", "surface", 4.5}, {"accent", "sunk", 4.5}, {"accent", "accent-soft", 4.5}, {"accent", "good-soft", 4.5}, {"accent", "warn-soft", 4.5}, {"accent", "bad-soft", 4.5},
	{"accent-deep", "bg", 4.5}, {"accent-deep", "sunk", 4.5}, {"accent-deep", "accent-soft", 4.5}, {"on-accent", "accent", 4.5}, {"on-accent", "accent-deep", 4.5},
	{"good", "bg", 4.5}, {"good", "good-soft", 4.5}, {"warn", "warn-soft", 4.5}, {"bad", "bg", 4.5}, {"bad", "surface", 4.5}, {"bad", "bad-soft", 4.5}, {"bg", "bad", 4.5},
	{"control", "bg", 3}, {"control", "surface", 3}, {"focus", "bg", 3}, {"focus", "surface", 3}, {"focus", "sunk", 3},
	{"c0", "bg", 3}, {"c1", "bg", 3}, {"c2", "bg", 3}, {"c3", "bg", 3},
}

func TestColoursHoldTheirContrast(t *testing.T) {
	raw, err := os.ReadFile("src/tokens.css")
	if err != nil {
		t.Fatal(err)
	}
	blocks := regexp.MustCompile(`(?s)\{([^{}]*)\}`).FindAllStringSubmatch(string(raw), -1)
	if len(blocks) != 3 {
		t.Fatalf("%d blocks of tokens, want light, dark and dark by the device", len(blocks))
	}
	colour := regexp.MustCompile(`--([a-z0-9-]+): (#[0-9a-f]{6});`)
	read := func(block string) map[string]string {
		m := map[string]string{}
		for _, c := range colour.FindAllStringSubmatch(block, -1) {
			m[c[1]] = c[2]
		}
		return m
	}
	dark, device := read(blocks[1][1]), read(blocks[2][1])
	for name, value := range dark {
		if device[name] != value {
			t.Errorf("dark --%s is %s when chosen and %s by the device", name, value, device[name])
		}
	}
	for theme, tokens := range map[string]map[string]string{"light": read(blocks[0][1]), "dark": dark} {
		for _, p := range pairs {
			if tokens[p.front] == "" || tokens[p.back] == "" {
				t.Fatalf("%s: no --%s or --%s", theme, p.front, p.back)
			}
			if got := contrast(tokens[p.front], tokens[p.back]); got < p.least {
				t.Errorf("%s: --%s on --%s has a contrast of %.2f, at least %.1f", theme, p.front, p.back, got, p.least)
			}
		}
	}
}

// contrast is WCAG's ratio of two colours.
func contrast(a, b string) float64 {
	x, y := luminance(a), luminance(b)
	return (math.Max(x, y) + 0.05) / (math.Min(x, y) + 0.05)
}

func luminance(hex string) float64 {
	n, err := strconv.ParseUint(hex[1:], 16, 32)
	if err != nil {
		return math.NaN()
	}
	channel := func(v uint64) float64 {
		c := float64(v&0xff) / 255
		if c <= 0.04045 {
			return c / 12.92
		}
		return math.Pow((c+0.055)/1.055, 2.4)
	}
	return 0.2126*channel(n>>16) + 0.7152*channel(n>>8) + 0.0722*channel(n)
}
