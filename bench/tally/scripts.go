//go:build unix

package main

import (
	"embed"
	"fmt"
	"os"
	"path/filepath"
)

// scripts drive the peers, by their public functions. The peers themselves are not part of this repository.
//
//go:embed peers/equalshares.mjs peers/pabutools.py
var scripts embed.FS

func newPeers(o options) (*peers, error) {
	dir, err := os.MkdirTemp("", "commun-bench-tally-")
	if err != nil {
		return nil, err
	}
	for _, name := range []string{"equalshares.mjs", "pabutools.py"} {
		text, err := scripts.ReadFile("peers/" + name)
		if err == nil {
			err = os.WriteFile(filepath.Join(dir, name), text, 0o600)
		}
		if err != nil {
			return nil, fmt.Errorf("write the script %s: %w", name, err)
		}
	}
	return &peers{o, dir}, nil
}
