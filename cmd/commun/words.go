package main

import (
	"embed"
	"fmt"
	"io/fs"

	"commun/internal/app"
	"commun/internal/features/tally/report"
	"commun/internal/platform/i18n"
)

//go:embed messages/*.toml
var own embed.FS

// sources are all messages that the command line speaks with: its own, those of the count, and the program's, for what is
// answered from there.
func sources() []fs.FS { return append(app.Sources(), report.Messages(), own) }

// words returns all that the command line can say, in its languages.
func words() (*i18n.Bundle, error) {
	b, err := i18n.New("en", sources()...)
	if err != nil {
		return nil, fmt.Errorf("read messages: %w", err)
	}
	return b, nil
}
