// Gentables makes the two lists of formats/publiccode/lists from their sources. Run it by hand, from formats/publiccode:
//
//	go run ./internal/gentables oembed providers.json 2026-06-04 > lists/oembed.txt
//	go run ./internal/gentables ipa codes.txt 2026-08-17 > lists/ipa.txt
//
// providers.json is the package oembed-providers of npm (the list of oembed.com, MIT); codes.txt has one code of the Italian index of
// public bodies a line (indicepa.gov.it; of its licence see lists/README.md).
package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"os"
	"slices"
	"strings"
)

func main() {
	if err := run(os.Args[1:]); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func run(args []string) error {
	if len(args) != 3 {
		return fmt.Errorf("usage: gentables oembed|ipa FILE DAY")
	}
	data, err := os.ReadFile(args[1])
	if err != nil {
		return fmt.Errorf("read source: %w", err)
	}
	var lines []string
	switch args[0] {
	case "oembed":
		lines, err = schemes(data)
	case "ipa":
		lines = strings.Fields(string(bytes.ToLower(data)))
	default:
		err = fmt.Errorf("no list %s", args[0])
	}
	if err != nil {
		return err
	}
	slices.Sort(lines)
	_, err = fmt.Printf("# %s\n%s\n", args[2], strings.Join(slices.Compact(lines), "\n"))
	return err
}

// schemes are the forms of address that a provider says it answers for.
func schemes(data []byte) ([]string, error) {
	var providers []struct {
		Endpoints []struct {
			Schemes []string `json:"schemes"`
		} `json:"endpoints"`
	}
	if err := json.Unmarshal(data, &providers); err != nil {
		return nil, fmt.Errorf("read providers: %w", err)
	}
	var lines []string
	for _, p := range providers {
		for _, e := range p.Endpoints {
			for _, s := range e.Schemes {
				s = strings.TrimRight(strings.TrimSpace(s), ",") // a few carry a comma of their list
				for _, scheme := range strings.Split(s, " - ") {
					if strings.Contains(scheme, "://") {
						lines = append(lines, scheme)
					}
				}
			}
		}
	}
	return lines, nil
}
