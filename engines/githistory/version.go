package githistory

import (
	"regexp"
	"strconv"
	"strings"
)

// Scheme is how a project numbers its releases.
type Scheme string

// SemVer is major.minor.patch (semver.org 2.0.0), read leniently: two to four numbers. CalVer begins with a year, or is
// a date (calver.org).
const (
	SemVer Scheme = "semver"
	CalVer Scheme = "calver"
)

// Version is what a tag's name says of a release.
type Version struct {
	Scheme     Scheme
	Line       string // what is maintained together: prefix and "major.minor", or the year and month of a date
	Prerelease bool   // alpha, beta, release candidate and the like
}

// versionTag takes a tag's name apart: anything and a separator, an optional v, numbers, and a suffix.
// "v1.2", "name-1.2.3", "pkg/v1.2.3", "@scope/pkg@1.2.3-rc.1", "release_1_2_3", "2024-05-01", "20240501", "v12".
var versionTag = regexp.MustCompile(`^(?:(.*?[^0-9A-Za-z]|[A-Za-z]+))??([vV]?)([0-9]{1,8}(?:[._-][0-9]{1,8}){0,3})([^0-9].*)?$`)

// preSuffix and finalSuffix tell what a suffix means; one that is neither is no version ("1.2-doc-import").
var (
	preSuffix   = regexp.MustCompile(`(?i)^[-._~+]?(?:a|b|c|m|alpha|beta|rc|pre|preview|dev|snapshot|nightly|canary|test|milestone|next|ea|cr)(?:[-._]?[0-9].*)?(?:[-._+].*)?$`)
	finalSuffix = regexp.MustCompile(`(?i)^(?:\+.*|[-._]?(?:final|release|ga|stable|lts|post|hotfix|patch|p|sp|r|rev)[-._]?[0-9.]*(?:\+.*)?|[-._][0-9.]+|[a-z])$`)
)

// ParseVersion reads a tag's name. False when it names no release: no number, or a lone number without v.
// Sources: semver.org 2.0.0 (a hyphen begins a pre-release, a plus build facts), calver.org, and the prefixes that
// real projects use (name-1.2.3, folder/v1.2.3, @scope/name@1.2.3).
func ParseVersion(tag string) (Version, bool) {
	if len(tag) > 250 {
		return Version{}, false
	}
	m := versionTag.FindStringSubmatch(tag)
	if m == nil {
		return Version{}, false
	}
	prefix, v, numbers, suffix := m[1], m[2], m[3], m[4]
	var ver Version
	switch {
	case suffix == "" || finalSuffix.MatchString(suffix):
	case preSuffix.MatchString(suffix):
		ver.Prerelease = true
	case strings.HasPrefix(suffix, "-"): // SemVer: what follows a hyphen is a pre-release, whatever it is called
		if !strings.Contains(numbers, ".") || strings.Count(suffix, "-") > 2 {
			return Version{}, false
		}
		ver.Prerelease = true
	default:
		return Version{}, false
	}
	parts := strings.FieldsFunc(numbers, func(r rune) bool { return r == '.' || r == '_' || r == '-' })
	name := strings.TrimRight(strings.ToLower(prefix), "-_/@. ")
	switch name {
	case "v", "ver", "version", "release", "releases", "rel", "r":
		name = "" // says only that it is a release
	}
	line, ok := "", false
	if ver.Scheme, line, ok = releaseLine(parts, v != "" || strings.EqualFold(prefix, "v")); !ok {
		return Version{}, false
	}
	if name != "" {
		line = name + " " + line
	}
	ver.Line = line
	return ver, true
}

// releaseLine names what is maintained together: a year and month of CalVer, major.minor of SemVer.
func releaseLine(parts []string, v bool) (Scheme, string, bool) {
	first, err := strconv.Atoi(parts[0])
	if err != nil {
		return "", "", false
	}
	switch {
	case len(parts[0]) == 8: // 20240501
		year, month, day := first/10000, first/100%100, first%100
		if plausibleYear(year) && month >= 1 && month <= 12 && day >= 1 && day <= 31 {
			return CalVer, parts[0][:4] + "." + parts[0][4:6], true
		}
		return "", "", false
	case plausibleYear(first):
		if len(parts) == 1 {
			return CalVer, parts[0], v
		}
		return CalVer, parts[0] + "." + parts[1], true
	case len(parts) == 1:
		return SemVer, parts[0], v // "v12" is a release, "sprint-12" is not
	}
	return SemVer, parts[0] + "." + parts[1], true
}

func plausibleYear(n int) bool { return n >= 1990 && n <= 2100 }
