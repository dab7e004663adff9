// Package commun is the root of the module: it only says what is generated. Run `go generate .` here and nowhere else, and commit what changes.
package commun

//go:generate go tool templ generate -log-level error
//go:generate go run ./ui/build
//go:generate go test ./internal/platform/config -run Reference -update
