package i18n

import "strings"

// OfTerminal returns the language of a terminal, "fr" or "en", from its environment: of LC_ALL, LC_MESSAGES and LANG the first that is set says it,
// as POSIX has it, and LANGUAGE, a list in order of preference, wins over them unless they ask for no language at all (C, POSIX, or nothing).
// French is what begins with fr; all else is English. environ is a list of NAME=value such as os.Environ returns.
func OfTerminal(environ []string) string {
	env := map[string]string{}
	for _, kv := range environ {
		name, value, _ := strings.Cut(kv, "=")
		env[name] = value
	}
	locale := ""
	for _, name := range []string{"LC_ALL", "LC_MESSAGES", "LANG"} {
		if locale = env[name]; locale != "" {
			break
		}
	}
	if base, _, _ := strings.Cut(locale, "."); base == "" || base == "C" || base == "POSIX" {
		return "en"
	}
	for want := range strings.SplitSeq(env["LANGUAGE"]+":"+locale, ":") {
		switch want = strings.ToLower(want); {
		case strings.HasPrefix(want, "fr"):
			return "fr"
		case strings.HasPrefix(want, "en"):
			return "en"
		}
	}
	return "en"
}
