// Command build bundles the styles and scripts of ui/src into ui/assets with esbuild, in process: no Node is needed. It runs from the project's root,
// by `go generate`. Its output is the same on every machine, so a test can tell whether the committed one is fresh.
package main

import (
	"fmt"
	"os"
	"path/filepath"

	"github.com/evanw/esbuild/pkg/api"
)

func main() {
	if err := run("ui/src", "ui/assets"); err != nil {
		fmt.Fprintln(os.Stderr, "ui/build:", err)
		os.Exit(1)
	}
}

// run bundles the folder src into out, whose former content is removed: a hash that is no longer used must not stay.
func run(src, out string) error {
	old, err := filepath.Glob(filepath.Join(out, "*"))
	if err != nil {
		return fmt.Errorf("list %s: %w", out, err)
	}
	for _, dir := range old {
		if err := os.RemoveAll(dir); err != nil {
			return fmt.Errorf("clear %s: %w", out, err)
		}
	}
	result := api.Build(api.BuildOptions{
		EntryPoints:       []string{filepath.Join(src, "app.css"), filepath.Join(src, "app.ts"), filepath.Join(src, "icon.svg"), filepath.Join(src, "fonts", "OFL.txt")},
		Outdir:            out,
		Bundle:            true,
		Write:             true,
		MinifyWhitespace:  true,
		MinifyIdentifiers: true,
		MinifySyntax:      true,
		EntryNames:        "[hash]/[name]",
		AssetNames:        "[hash]/[name]",
		Format:            api.FormatIIFE,
		Target:            api.ES2020,
		Loader:            map[string]api.Loader{".woff2": api.LoaderFile, ".svg": api.LoaderCopy, ".txt": api.LoaderCopy},
		LegalComments:     api.LegalCommentsNone,
		LogLevel:          api.LogLevelWarning,
	})
	if len(result.Errors) > 0 {
		return fmt.Errorf("bundle %s: %s", src, result.Errors[0].Text)
	}
	return nil
}
