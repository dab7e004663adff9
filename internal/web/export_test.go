package web

import (
	"maps"
	"slices"
)

// FaultsWithWords are the keys of the faults whose error page has words of its own.
func FaultsWithWords() []string { return slices.Sorted(maps.Keys(byKey)) }
