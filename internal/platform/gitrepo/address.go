package gitrepo

import (
	"net/netip"
	"net/url"
	"path"
	"regexp"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/net/idna"
)

// maxAddress is the longest address that is read, in characters.
const maxAddress = 2000

// Schemes lists what an address may begin with, besides an absolute path and ssh's short form user@host:path.
const Schemes = "https, http, ssh, file"

// Kind says how a repository is reached.
type Kind int

// The kinds of address. Whether a path is a folder or a bundle is judged by its name here, and by the file itself at the update.
const (
	None   Kind = iota // the zero Address
	Web                // https or http
	SSH                // ssh://… or user@host:path
	Local              // a folder of this machine
	Bundle             // a file made by "git bundle", on this machine
)

func (k Kind) String() string { return [...]string{"none", "web", "ssh", "local", "bundle"}[k] }

// Address is where a repository is, checked and put in one spelling. The zero value is no address. Addresses are comparable.
type Address struct {
	kind Kind
	// scheme is https, http, ssh or file.
	scheme string
	user   string // ssh only
	host   string // lower case, punycode; a literal address without brackets
	port   string // empty when it is the scheme's own
	path   string // web: escaped, begins with "/"; ssh: unescaped; local: absolute and clean
	scp    bool   // ssh: written user@host:path, so that path counts from the account's home
}

// forge is what we know of a host that many repositories share.
type forge struct {
	fold bool // owner and name do not depend on letter case
	deep bool // repositories may lie in folders of folders; else a repository is exactly owner/name
}

// forgeOf knows the rules of some hosts. Elsewhere, letter case matters and the whole path names the repository.
func forgeOf(host string) (forge, bool) {
	switch host {
	case "github.com", "codeberg.org":
		return forge{fold: true}, true
	case "gitlab.com":
		return forge{fold: true, deep: true}, true
	}
	return forge{}, false
}

var (
	scpForm    = regexp.MustCompile(`^(?:([^@/:]+)@)?(\[[0-9A-Fa-f:.]+\]|[^@/:\[\]]+):(.+)$`)
	schemeForm = regexp.MustCompile(`^([A-Za-z][A-Za-z0-9+.-]*)://`)
	hostForm   = regexp.MustCompile(`^[a-z0-9_]([a-z0-9_-]*[a-z0-9_])?(\.[a-z0-9_]([a-z0-9_-]*[a-z0-9_])?)*$`)
	userForm   = regexp.MustCompile(`^[A-Za-z0-9_][A-Za-z0-9._+-]*$`)
	numberForm = regexp.MustCompile(`^(0x[0-9a-f]*|[0-9]+)$`)
	bareForm   = regexp.MustCompile(`^[A-Za-z0-9-]+(\.[A-Za-z0-9-]+)+/[^:]+$`)
)

// Parse reads the address of a repository as people write it: https://…, http://…, ssh://…, user@host:path, file://…, an absolute
// path, or host/owner/name (taken as https). It touches neither disk nor network.
//
// Refused, as faults on the field "address": anything but the schemes above (git:// has no proof of who answers, ext:: runs commands),
// a part that begins with "-", control and invisible characters, a user name or password for the web (never repeated in the fault),
// more than 2,000 characters.
func Parse(text string) (Address, error) {
	text = strings.TrimSpace(text)
	if text == "" {
		return Address{}, invalid(KeyAddressMissing)
	}
	if len(text) > 4*maxAddress || utf8.RuneCountInString(text) > maxAddress {
		return Address{}, invalid(KeyAddressTooLong).With("limit", maxAddress)
	}
	if !utf8.ValidString(text) || strings.ContainsFunc(text, invisible) {
		return Address{}, invalid(KeyAddressControl)
	}
	switch {
	case text[0] == '-':
		return Address{}, invalid(KeyAddressOption)
	case text[0] == '/':
		return parsePath(text)
	case text[0] == '.' || text[0] == '~' || text[0] == '\\':
		return Address{}, invalid(KeyAddressRelative)
	}
	if m := schemeForm.FindStringSubmatch(text); m != nil {
		return parseURL(strings.ToLower(m[1]), text)
	}
	// "ext::command" and every other helper::address: git would run git-remote-<helper>.
	if strings.Contains(text, "::") && !strings.Contains(text, "[") {
		return Address{}, invalid(KeySchemeRefused).With("allowed", Schemes)
	}
	if bareForm.MatchString(text) {
		return parseURL("https", "https://"+text)
	}
	if m := scpForm.FindStringSubmatch(text); m != nil {
		return parseSCP(m[1], m[2], m[3])
	}
	if user, _, ok := strings.Cut(text, "@"); ok && strings.Contains(user, ":") {
		return Address{}, invalid(KeyCredentials)
	}
	if strings.Contains(text, "/") {
		return Address{}, invalid(KeyAddressRelative)
	}
	return Address{}, invalid(KeyAddressMalformed)
}

// invisible says whether r has no place in an address: it would be unseen on a page, or end a line in git's dialogue with a server.
func invisible(r rune) bool {
	return unicode.IsControl(r) || unicode.In(r, unicode.Cf, unicode.Zl, unicode.Zp, unicode.Co)
}

func parsePath(p string) (Address, error) {
	for part := range strings.SplitSeq(p, "/") {
		if part == ".." {
			return Address{}, invalid(KeyAddressMalformed)
		}
	}
	p = path.Clean(p)
	if strings.HasSuffix(p, "/.git") {
		p = path.Dir(p) // /x and /x/.git are one repository
	}
	if p == "/" || strings.TrimSpace(p) != p { // a final space would be lost when the address is shown and typed again
		return Address{}, invalid(KeyAddressMalformed)
	}
	a := Address{kind: Local, scheme: "file", path: p}
	if strings.HasSuffix(p, ".bundle") {
		a.kind = Bundle
	}
	return a, nil
}

func parseURL(scheme, text string) (Address, error) {
	switch scheme {
	case "https", "http", "ssh", "file":
	case "git+ssh", "ssh+git", "git+https", "git+http": // as package managers write them
		text = text[strings.Index(text, "://"):]
		scheme = strings.Trim(strings.ReplaceAll(scheme, "git", ""), "+")
		text = scheme + text
	default:
		return Address{}, invalid(KeySchemeRefused).With("allowed", Schemes)
	}
	u, err := url.Parse(text)
	if err != nil {
		// The cause would repeat the text, and with it a password.
		if strings.Contains(text, "@") && scheme != "ssh" {
			return Address{}, invalid(KeyCredentials)
		}
		return Address{}, invalid(KeyAddressMalformed)
	}
	if strings.ContainsFunc(u.Path, invisible) || !utf8.ValidString(u.Path) {
		return Address{}, invalid(KeyAddressControl) // was hidden behind a percent sign
	}
	if scheme == "file" {
		if u.User != nil || u.Host != "" && !strings.EqualFold(u.Host, "localhost") || u.RawQuery != "" {
			return Address{}, invalid(KeyAddressMalformed)
		}
		if !strings.HasPrefix(u.Path, "/") {
			return Address{}, invalid(KeyAddressRelative)
		}
		return parsePath(u.Path)
	}
	a := Address{kind: Web, scheme: scheme}
	if u.User != nil {
		_, secret := u.User.Password()
		if scheme != "ssh" || secret {
			return Address{}, invalid(KeyCredentials)
		}
		if a.user, err = sshUser(u.User.Username()); err != nil {
			return Address{}, err
		}
	}
	if a.host, err = hostName(u.Hostname()); err != nil {
		return Address{}, err
	}
	if a.port, err = portOf(scheme, u.Port()); err != nil {
		return Address{}, err
	}
	if scheme == "ssh" {
		if u.RawQuery != "" {
			return Address{}, invalid(KeyAddressMalformed)
		}
		a.kind, a.path = SSH, u.Path
		return sshPath(a)
	}
	f, known := forgeOf(a.host)
	if u.RawQuery != "" && !known {
		// It could hold a token, and git would not send it where a browser does.
		return Address{}, invalid(KeyAddressMalformed)
	}
	segments, err := split(u.EscapedPath())
	if err != nil {
		return Address{}, err
	}
	if known {
		segments = f.repository(segments)
	}
	if len(segments) == 0 {
		return Address{}, invalid(KeyAddressMalformed)
	}
	for i, s := range segments {
		// One spelling for what may be escaped or not.
		un, err := url.PathUnescape(s)
		if err != nil || un == "" || un == "." || un == ".." || strings.Contains(un, "/") {
			return Address{}, invalid(KeyAddressMalformed)
		}
		segments[i] = url.PathEscape(un)
	}
	a.path = "/" + strings.Join(segments, "/")
	return a, nil
}

// repository keeps of a page's path, as copied from a browser, what names the repository.
func (f forge) repository(segments []string) []string {
	for i, s := range segments {
		if s == "-" { // GitLab: everything after is a page of the repository
			return segments[:i]
		}
	}
	if !f.deep && len(segments) > 2 {
		return segments[:2]
	}
	return segments
}

// split cuts a path into its segments, dropping doubled and final slashes.
func split(p string) ([]string, error) {
	var out []string
	for s := range strings.SplitSeq(p, "/") {
		switch s {
		case "":
		case ".", "..":
			return nil, invalid(KeyAddressMalformed)
		default:
			out = append(out, s)
		}
	}
	return out, nil
}

func parseSCP(user, host, p string) (Address, error) {
	if strings.HasPrefix(p, ":") || user == "" && numberForm.MatchString(strings.SplitN(p, "/", 2)[0]) {
		return Address{}, invalid(KeyAddressMalformed) // host:8080/x, which ssh would take as a folder named 8080
	}
	if user == "" && strings.Contains(p, "@") {
		return Address{}, invalid(KeyCredentials) // name:secret@host
	}
	a := Address{kind: SSH, scheme: "ssh", scp: true, path: p}
	var err error
	if user != "" {
		if a.user, err = sshUser(user); err != nil {
			return Address{}, err
		}
	}
	// javascript:…, data:…; a host of one word would be an alias in a person's ssh settings, which are not read here. Judged by the host
	// as it will be written, since "a.:b" has no dot there; but said before what else is wrong with it.
	name, hostErr := hostName(strings.Trim(host, "[]"))
	if oneWord := !strings.ContainsAny(host, ".[") || hostErr == nil && !strings.ContainsAny(name, ".:"); user == "" && oneWord {
		return Address{}, invalid(KeySchemeRefused).With("allowed", Schemes)
	}
	if a.host = name; hostErr != nil {
		return Address{}, hostErr
	}
	if a.path[0] == '/' {
		a.scp = false // absolute: the same as ssh://host/path
	}
	return sshPath(a)
}

// sshPath checks the path that the other side's shell will be given by git, quoted.
func sshPath(a Address) (Address, error) {
	segments, err := split(a.path)
	if err != nil {
		return Address{}, err
	}
	if len(segments) == 0 {
		return Address{}, invalid(KeyAddressMalformed)
	}
	if strings.HasPrefix(segments[0], "-") {
		return Address{}, invalid(KeyAddressOption)
	}
	a.path = strings.Join(segments, "/")
	if !a.scp {
		a.path = "/" + a.path
	} else if strings.TrimRightFunc(a.path, unicode.IsSpace) != a.path {
		return Address{}, invalid(KeyAddressMalformed) // a final space would be lost when the address is shown and typed again
	}
	return a, nil
}

func sshUser(user string) (string, error) {
	if strings.HasPrefix(user, "-") {
		return "", invalid(KeyAddressOption)
	}
	if !userForm.MatchString(user) {
		return "", invalid(KeyAddressMalformed)
	}
	return user, nil
}

// hostName puts a host in one spelling: lower case, punycode, no final dot, and for every spelling of an IPv4 address that C libraries
// take (decimal, octal, hexadecimal, short) its four numbers, so that a rule on addresses sees what a resolver would.
func hostName(host string) (string, error) {
	if strings.HasPrefix(host, "-") {
		return "", invalid(KeyAddressOption)
	}
	if ip, err := netip.ParseAddr(host); err == nil {
		if ip.Zone() != "" {
			return "", invalid(KeyAddressMalformed)
		}
		return ip.String(), nil
	}
	host = strings.ToLower(strings.TrimSuffix(host, "."))
	for i := range len(host) {
		if host[i] >= 0x80 {
			ascii, err := idna.Lookup.ToASCII(host)
			if err != nil {
				return "", invalid(KeyAddressMalformed)
			}
			host = ascii
			break
		}
	}
	labels := strings.Split(host, ".")
	if numberForm.MatchString(labels[len(labels)-1]) {
		ip, ok := looseIPv4(labels)
		if !ok {
			return "", invalid(KeyAddressMalformed)
		}
		return ip.String(), nil
	}
	if len(host) > 253 || !hostForm.MatchString(host) {
		return "", invalid(KeyAddressMalformed)
	}
	return host, nil
}

// looseIPv4 reads an address as inet_aton(3) does: one to four numbers, the last filling what is left.
func looseIPv4(parts []string) (netip.Addr, bool) {
	if len(parts) > 4 {
		return netip.Addr{}, false
	}
	var sum uint64
	for i, p := range parts {
		if p == "0x" {
			p = "0x0"
		}
		n, err := strconv.ParseUint(p, 0, 32)
		if err != nil || strings.ContainsAny(p, "_bo") {
			return netip.Addr{}, false
		}
		left := 8 * uint(5-len(parts)) // bits that the last part fills
		if i < len(parts)-1 {
			left = 8
		}
		if n >= 1<<left {
			return netip.Addr{}, false
		}
		sum = sum<<left | n
	}
	return netip.AddrFrom4([4]byte{byte(sum >> 24), byte(sum >> 16), byte(sum >> 8), byte(sum)}), true
}

// portOf checks a port and drops the scheme's own.
func portOf(scheme, port string) (string, error) {
	if port == "" {
		return "", nil
	}
	n, err := strconv.ParseUint(port, 10, 16)
	if err != nil || n == 0 {
		return "", invalid(KeyAddressMalformed)
	}
	if port = strconv.FormatUint(n, 10); port == defaultPort(scheme) {
		return "", nil
	}
	return port, nil
}

func defaultPort(scheme string) string {
	switch scheme {
	case "https":
		return "443"
	case "http":
		return "80"
	}
	return "22"
}
