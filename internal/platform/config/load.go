package config

import (
	"errors"
	"fmt"
	"io"
	"os"
	"strings"

	"github.com/alecthomas/kong"

	"commun/internal/platform/fault"
)

// Source is where a value came from.
type Source struct {
	Key  string // a message: config.from_default, config.from_flag, config.from_variable or config.from_file
	Name string // of the variable or the file; else ""
}

// The sources that have no name.
var (
	FromDefault = Source{Key: "config.from_default"}
	FromFlag    = Source{Key: "config.from_flag"}
)

// Sources tells where each value came from, by variable name. What it does not hold is a default.
type Sources map[string]Source

// Of returns where the value of a variable's setting came from.
func (s Sources) Of(env string) Source {
	if from, ok := s[env]; ok {
		return from
	}
	return FromDefault
}

// Loader reads settings for a command line whose verbs embed Config, Place, Logging or Reach. It serves one parse.
type Loader struct {
	env     map[string]string
	sources Sources
}

// NewLoader returns a loader that reads variables from env, a list of NAME=value such as os.Environ returns.
func NewLoader(env []string) *Loader {
	l := &Loader{env: map[string]string{}, sources: Sources{}}
	for _, kv := range env {
		if name, value, ok := strings.Cut(kv, "="); ok {
			l.env[name] = value
		}
	}
	return l
}

// Options returns what kong.New needs to read the variables of the flags that carry a `var` tag. kong's own `env` tag is not used because it
// knows neither files nor an environment that is handed in.
func (l *Loader) Options() []kong.Option { return []kong.Option{kong.Resolvers(l)} }

// Validate is part of kong.Resolver; there is nothing to check about the command line itself.
func (l *Loader) Validate(*kong.Application) error { return nil }

// Resolve is part of kong.Resolver: it returns the variable's or the file's value for a flag that was not typed.
func (l *Loader) Resolve(_ *kong.Context, _ *kong.Path, flag *kong.Flag) (any, error) {
	env := flag.Tag.Get("var")
	if env == "" {
		return nil, nil
	}
	value, ok := l.env[env]
	path, inFile := l.env[env+"_FILE"]
	switch {
	case ok && inFile:
		return nil, fault.Invalid(flag.Name, "config.both").With("variable", env)
	case ok:
		// An empty variable is how shells and unit files say "not set".
		if value == "" {
			return nil, nil
		}
		l.sources[env] = Source{Key: "config.from_variable", Name: env}
		return value, nil
	case inFile:
		value, bad := readValue(path)
		if bad != nil {
			return nil, bad.With("variable", env+"_FILE").With("file", path)
		}
		l.sources[env] = Source{Key: "config.from_file", Name: path}
		return value, nil
	}
	return nil, nil
}

// readValue returns the one line that a file holds. What stands in it may be a secret, so no error quotes it.
func readValue(path string) (string, *fault.Error) {
	f, err := os.Open(path)
	if err != nil {
		return "", fault.Invalid("", "config.file_unreadable").Wrap(err)
	}
	defer func() { _ = f.Close() }() // read only
	const most = 64 << 10
	b, err := io.ReadAll(io.LimitReader(f, most+1))
	if err != nil {
		return "", fault.Invalid("", "config.file_unreadable").Wrap(err)
	}
	value := strings.TrimRight(string(b), "\r\n")
	switch {
	case len(b) > most:
		return "", fault.Invalid("", "config.file_long")
	case value == "":
		return "", fault.Invalid("", "config.file_empty")
	case strings.ContainsAny(value, "\r\n\x00"):
		return "", fault.Invalid("", "config.file_lines")
	}
	return value, nil
}

// Sources returns where the settings of the parsed command line came from.
func (l *Loader) Sources(ctx *kong.Context) Sources {
	for _, p := range ctx.Path {
		if p.Flag != nil && !p.Resolved {
			if env := p.Flag.Tag.Get("var"); env != "" {
				l.sources[env] = FromFlag
			}
		}
	}
	return l.sources
}

// Load reads a Config from flags alone, as `commun serve` and `commun config` take them, and from env; it is valid when err is nil. An
// error is one for the terminal, and quotes no secret.
func Load(args, env []string) (Config, Sources, error) {
	var c Config
	l := NewLoader(env)
	k, err := kong.New(&c, append(l.Options(), kong.Name("commun"), kong.NoDefaultHelp(), kong.Exit(func(int) {}))...)
	if err != nil {
		return Config{}, nil, fmt.Errorf("read configuration: %w", err)
	}
	ctx, err := k.Parse(args)
	if err != nil {
		if pe, ok := errors.AsType[*kong.ParseError](err); ok {
			err = errors.Unwrap(pe)
		}
		return Config{}, nil, fmt.Errorf("read configuration: %w", err)
	}
	if err := c.Validate(); err != nil {
		return Config{}, nil, err
	}
	return c, l.Sources(ctx), nil
}
