package mail_test

import (
	"errors"
	"strings"
	"testing"

	"commun/internal/platform/fault"
	"commun/internal/platform/mail"
)

func TestParseAddress(t *testing.T) {
	long := strings.Repeat("a", 64)
	for _, c := range []struct{ rule, in, want, key string }{
		{"an ordinary address stays as it is", "ana.b+x@example.org", "ana.b+x@example.org", ""},
		{"spaces around it go", "  ana@example.org\n", "ana@example.org", ""},
		{"the domain is lower case, the rest is the receiver's", "Ana@Example.ORG", "Ana@example.org", ""},
		{"an accented domain is folded to ASCII", "ana@mairie-élan.fr", "ana@xn--mairie-lan-h7a.fr", ""},
		{"so it is in upper case", "ana@MAIRIE-ÉLAN.fr", "ana@xn--mairie-lan-h7a.fr", ""},
		{"every sign of an atom", "a!#$%&'*+-/=?^_`{|}~b@example.org", "a!#$%&'*+-/=?^_`{|}~b@example.org", ""},
		{"64 letters before the @", long + "@example.org", long + "@example.org", ""},
		{"nothing", " ", "", "mail.address_missing"},
		{"no @", "example.org", "", "mail.address_invalid"},
		{"two @", "a@b@example.org", "", "mail.address_invalid"},
		{"two addresses", "a@example.org, b@example.org", "", "mail.address_invalid"},
		{"a name beside it", "Ana <ana@example.org>", "", "mail.address_invalid"},
		{"a comment", "ana(x)@example.org", "", "mail.address_invalid"},
		{"a quoted part", `"ana b"@example.org`, "", "mail.address_invalid"},
		{"a line break with a header behind", "ana@example.org\r\nBcc: all@example.org", "", "mail.address_invalid"},
		{"a line break before the @", "ana\r\n@example.org", "", "mail.address_invalid"},
		{"a zero byte", "ana\x00@example.org", "", "mail.address_invalid"},
		{"an accent before the @", "anaïs@example.org", "", "mail.address_invalid"},
		{"a point at the start", ".ana@example.org", "", "mail.address_invalid"},
		{"two points", "a..b@example.org", "", "mail.address_invalid"},
		{"a machine of an inner network", "root@localhost", "", "mail.address_invalid"},
		{"an IP address", "ana@127.0.0.1", "", "mail.address_invalid"},
		{"an address literal", "ana@[127.0.0.1]", "", "mail.address_invalid"},
		{"a domain that ends with a point", "ana@example.org.", "", "mail.address_invalid"},
		{"an empty label", "ana@example..org", "", "mail.address_invalid"},
		{"an underscore in the domain", "ana@ex_ample.org", "", "mail.address_invalid"},
		{"65 letters before the @", long + "a@example.org", "", "mail.address_invalid"},
		{"more than 254 bytes", "ana@" + strings.Repeat("a.", 130) + "org", "", "mail.address_long"},
	} {
		got, err := mail.ParseAddress(c.in)
		key := ""
		if f := fault.Of(err); len(f) > 0 {
			key = f[0].Key
		}
		if got != c.want || key != c.key || (err != nil) != (c.key != "") {
			t.Errorf("%s: ParseAddress(%q) = %q, %v; want %q, %q", c.rule, c.in, got, err, c.want, c.key)
		}
	}
}

func TestFoldIsOneKeyForOneMailbox(t *testing.T) {
	if a, b := mail.Fold("Ana@example.org"), mail.Fold("ana@example.org"); a != b {
		t.Errorf("%q and %q differ", a, b)
	}
	if mail.Fold("ana+x@example.org") == mail.Fold("ana@example.org") {
		t.Error("what stands behind a plus was dropped")
	}
}

func FuzzParseAddress(f *testing.F) {
	for _, s := range []string{"ana@example.org", "a@b@c.de", "ana@mairie-élan.fr", "\"a b\"@example.org", "ana@[::1]", "ana@xn--a.fr", "a@\u2024b.fr"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		a, err := mail.ParseAddress(s)
		if err != nil {
			if _, ok := errors.AsType[*fault.Error](err); !ok {
				t.Fatalf("no fault: %v", err)
			}
			return
		}
		again, err := mail.ParseAddress(a)
		if err != nil || again != a {
			t.Fatalf("%q became %q, and that %q, %v", s, a, again, err)
		}
		if len(a) > 254 || strings.ContainsAny(a, " \r\n\t<>,;\"\x00") || strings.Count(a, "@") != 1 {
			t.Fatalf("%q was taken as %q", s, a)
		}
	})
}
