package mail

import (
	"strings"
	"unicode/utf8"

	"golang.org/x/net/idna"

	"commun/internal/platform/fault"
)

// The limits of RFC 5321, section 4.5.3.1; 254 is what a path of 256 with its angle brackets leaves.
const (
	maxAddress = 254
	maxLocal   = 64
)

// atext are the signs that the part before the @ may have beside letters and digits (RFC 5322, 3.2.3).
const atext = "!#$%&'*+-/=?^_`{|}~."

// ParseAddress reads one bare address, without a name, quotes, comments or an address literal, and returns it as it is stored and
// mailed: spaces around it gone, the domain in lower case and ASCII (IDNA), the part before the @ untouched, for its meaning is the
// receiving server's. Errors: mail.address_missing, mail.address_long, mail.address_invalid, all on the field "email".
func ParseAddress(s string) (string, error) {
	s = strings.TrimSpace(s)
	switch {
	case s == "":
		return "", fault.Invalid("email", "mail.address_missing")
	case len(s) > maxAddress:
		return "", fault.Invalid("email", "mail.address_long").With("max", maxAddress)
	}
	invalid := fault.Invalid("email", "mail.address_invalid")
	local, domain, ok := strings.Cut(s, "@")
	// The IDNA library writes broken UTF-8 as if it were a sign of its own.
	if !ok || !validLocal(local) || !utf8.ValidString(domain) {
		return "", invalid
	}
	domain, err := domainASCII(domain)
	if err != nil {
		return "", invalid.Wrap(err)
	}
	s = local + "@" + domain
	if len(s) > maxAddress { // the ASCII form of a domain is longer than what was typed
		return "", fault.Invalid("email", "mail.address_long").With("max", maxAddress)
	}
	return s, nil
}

// validLocal takes a dot-atom of ASCII: a quoted or international part is legal but carried by few servers, and it is where header
// injections hide.
func validLocal(local string) bool {
	if local == "" || len(local) > maxLocal || local[0] == '.' || strings.HasSuffix(local, ".") || strings.Contains(local, "..") {
		return false
	}
	return !strings.ContainsFunc(local, func(r rune) bool {
		return !(r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r >= '0' && r <= '9' || r < 128 && strings.ContainsRune(atext, r))
	})
}

// domainASCII returns a domain of at least two labels in lower-case ASCII.
func domainASCII(domain string) (string, error) {
	ascii, err := idna.Lookup.ToASCII(domain)
	if err != nil {
		return "", err
	}
	ascii = strings.ToLower(ascii)
	// A canonical form must be its own canonical form, or one mailbox would have two keys.
	if again, err := idna.Lookup.ToASCII(ascii); err != nil || again != ascii {
		return "", fault.Invalid("email", "mail.address_invalid")
	}
	labels := strings.Split(ascii, ".")
	top := labels[len(labels)-1]
	// A last label of digits is an IP address, not a name; one label alone is a machine of somebody's inner network.
	if len(labels) < 2 || len(ascii) > 253 || strings.Trim(top, "0123456789") == "" {
		return "", fault.Invalid("email", "mail.address_invalid")
	}
	for _, l := range labels {
		if l == "" || len(l) > 63 || l[0] == '-' || l[len(l)-1] == '-' ||
			strings.Trim(l, "abcdefghijklmnopqrstuvwxyz0123456789-") != "" {
			return "", fault.Invalid("email", "mail.address_invalid")
		}
	}
	return ascii, nil
}

// Fold returns the key under which an address that ParseAddress returned is unique: all lower case, because no server in use tells
// Ana@ from ana@. Nothing else is dropped: "ana+x@" may be another mailbox.
func Fold(address string) string { return strings.ToLower(address) }
