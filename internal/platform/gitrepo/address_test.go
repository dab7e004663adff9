package gitrepo

import (
	"regexp"
	"strings"
	"testing"
)

func TestOneRepositoryHasOneKey(t *testing.T) {
	for key, texts := range map[string][]string{
		"github.com/owner/name": {
			"https://github.com/Owner/Name", "https://github.com/owner/name.git", "https://github.com/owner/name/", "http://github.com/owner/name",
			"HTTPS://GitHub.com:443/owner//name.git/", "git@github.com:owner/name.git", "github.com:Owner/name", "ssh://git@github.com/owner/name",
			"ssh://git@github.com:22/owner/name.git", "ssh://git@ssh.github.com:443/owner/name", "org-123@github.com:owner/name",
			"github.com/owner/name", "  https://github.com/owner/name\n", "https://github.com./owner/name", "git+ssh://git@github.com/owner/name",
			"https://github.com/owner/name/tree/main/docs?tab=readme#top", "https://github.com/owner/n%61me", "git+https://github.com/owner/name.git",
		},
		"gitlab.com/group/sub/name":      {"https://gitlab.com/group/Sub/name/-/tree/main", "git@gitlab.com:group/sub/name.git"},
		"git.example.org/Owner/name":     {"https://git.example.org/Owner/name", "gitea@git.example.org:Owner/name.git", "ssh://forgejo@git.example.org/Owner/name"},
		"git.example.org:8443/a/b":       {"https://git.example.org:8443/a/b.git"},
		"git.example.org:2222/a/b":       {"ssh://git@git.example.org:2222/a/b.git"},
		"www.example.org/a":              {"https://www.example.org/a"},
		"alice@git.example.org/~/a":      {"ssh://alice@git.example.org/~/a.git", "alice@git.example.org:~/a"},
		"xn--dpt-bma7i.example/a":        nil,
		"[2606:4700::1]/a":               {"https://[2606:4700:0:0::1]/a", "git@[2606:4700::1]:a"},
		"127.0.0.1/a":                    {"http://127.0.0.1/a", "http://2130706433/a", "http://0x7f.1/a", "http://0177.0.0.1/a", "http://127.1/a", "http://0x7F000001/a"},
		"git.example.org/a b/c":          {"https://git.example.org/a%20b/c"},
		"file:/srv/git/x":                {"/srv/git/x", "/srv/git/x/", "/srv//git/./x/.git", "file:///srv/git/x", "file://localhost/srv/git/x/"},
		"file:/srv/with space/-x.bundle": {"/srv/with space/-x.bundle", "file:///srv/with%20space/-x.bundle"},
	} {
		for _, text := range texts {
			a, err := Parse(text)
			if err != nil {
				t.Errorf("%q: %v", text, err)
				continue
			}
			if a.Key() != key {
				t.Errorf("%q: key %q, want %q", text, a.Key(), key)
			}
			if again, err := Parse(a.String()); err != nil || again != a {
				t.Errorf("%q: %q reads back as %+v, %v; want %+v", text, a.String(), again, err, a)
			}
		}
	}
}

func TestRefusedAddresses(t *testing.T) {
	for key, texts := range map[string][]string{
		KeyAddressMissing:   {"", " \n"},
		KeyAddressTooLong:   {"https://a.example/" + strings.Repeat("x", 2000), strings.Repeat("é", 2001)},
		KeyAddressControl:   {"https://a.example/x\ny", "https://a.example/\x00", "/srv/a\x7f", "https://a.example/%0a", "/a\u202eb", "/a\xff", "https://a.example/%ff"},
		KeyAddressOption:    {"-oProxyCommand=x", "--upload-pack=touch x", "ssh://-oProxyCommand=x/y", "git@-oProxyCommand=x:y", "-x@host.example:y", "git@host.example:-y", "ssh://git@host.example/-y", "https://-a.example/x"},
		KeyAddressRelative:  {"./x", "../x", "~/x", "folder/x", "file://host.example"},
		KeySchemeRefused:    {"git://a.example/x", "ext::sh -c touch% x", "fd::17", "ftp://a.example/x", "javascript:alert(1)", "data:text/html,x", "rsync://a.example/x", "transport::https://a.example/x"},
		KeyCredentials:      {"https://user:secret@a.example/x", "https://secret@a.example/x", "ssh://git:secret@a.example/x", "user:secret@a.example:x", "https://user:se%zzcret@a.example/x"},
		KeyAddressMalformed: {"https://", "https:///x", "https://a.example", "https://a.example/", "https://a.example/x?token=secret", "https://a.example/../x", "https://a.example:99999/x", "https://a.example:0/x", "https://a b/x", "https://999.1.1.1/x", "https://a.example/%2e%2e/x", "https://a.example/a%2fb", "/", "/..", "/a/../b", "word", "a.example:8080/x", "file://other/x", "https://[fe80::1%25eth0]/x", "https://a..example/x", "git@a.example:"},
	} {
		for _, text := range texts {
			_, err := Parse(text)
			if key == KeyAddressRelative && text == "file://host.example" {
				key := KeyAddressMalformed
				wantKey(t, err, key)
				continue
			}
			if got := KeyOf(err); got != key {
				t.Errorf("%q: %q, want %q", text, got, key)
			}
			if err != nil && strings.Contains(err.Error(), "secret") {
				t.Errorf("the fault repeats the secret: %v", err)
			}
		}
	}
}

func TestPagesForPeople(t *testing.T) {
	for text, want := range map[string]string{
		"git@github.com:Owner/name.git":             "https://github.com/Owner/name",
		"ssh://git@altssh.gitlab.com:443/g/s/n.git": "https://gitlab.com/g/s/n",
		"https://git.example.org:8443/a/b.git":      "https://git.example.org:8443/a/b",
		"http://git.example.org/a/b":                "http://git.example.org/a/b",
		"git@git.example.org:a/b":                   "",
		"/srv/git/x":                                "",
	} {
		if a := parse(t, text); a.Web() != want {
			t.Errorf("%q: %q, want %q", text, a.Web(), want)
		}
	}
	for text, want := range map[string]string{"git@github.com:o/name.git": "name", "/srv/x.bundle": "x", "/srv/.git-thing": ".git-thing", "https://a.example/a%20b": "a b"} {
		if a := parse(t, text); a.Name() != want {
			t.Errorf("%q: %q, want %q", text, a.Name(), want)
		}
	}
}

func TestInternationalHosts(t *testing.T) {
	if a := parse(t, "https://dépôt.example/a"); a.Host() != "xn--dpt-bma7i.example" && !strings.HasPrefix(a.Host(), "xn--") {
		t.Fatal(a.Host())
	}
}

func TestWhoMayAskForWhat(t *testing.T) {
	visitor, admin := Policy{}, Policy{AllowLocal: true, AllowSSH: true}
	for text, want := range map[string][2]string{
		"https://a.example/x":         {"", ""},
		"http://a.example/x":          {"", ""},
		"git@a.example:x":             {KeySSHRefused, ""},
		"ssh://git@10.0.0.1/x":        {KeySSHRefused, KeyInnerAddress},
		"/srv/x":                      {KeyLocalRefused, ""},
		"file:///srv/x":               {KeyLocalRefused, ""},
		"/srv/x.bundle":               {KeyLocalRefused, ""},
		"http://127.0.0.1/x":          {KeyInnerAddress, KeyInnerAddress},
		"http://[::ffff:127.0.0.1]/x": {KeyInnerAddress, KeyInnerAddress},
	} {
		for i, p := range []Policy{visitor, admin} {
			err := p.Check(parse(t, text))
			if KeyOf(err) != want[i] {
				t.Errorf("%q, %d: %v, want %q", text, i, err, want[i])
			}
		}
	}
}

func TestEveryKeyIsListedOnce(t *testing.T) {
	seen := map[string]bool{}
	for _, k := range Keys {
		if seen[k] || !strings.HasPrefix(k, "gitrepo.") {
			t.Errorf("key %q", k)
		}
		seen[k] = true
	}
}

var helperForm = regexp.MustCompile(`^[A-Za-z0-9+.-]*::`)

func FuzzParse(f *testing.F) {
	for _, s := range []string{"https://github.com/o/n.git", "git@h.example:a/b", "ssh://git@h.example:22/x", "file:///a%20b", "/a/b", "ext::sh", "http://0x7f.1/x", "https://u:p@h/x", "https://[::1]:80/x", "a.b/c"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		a, err := Parse(s)
		if err != nil {
			if KeyOf(err) == "" {
				t.Fatalf("%q: %v has no key", s, err)
			}
			return
		}
		text := a.String()
		// git runs git-remote-<helper> for "helper::address", whose helper has the letters of a scheme.
		if strings.ContainsFunc(text, invisible) || strings.HasPrefix(text, "-") || helperForm.MatchString(text) {
			t.Fatalf("%q gives %q", s, text)
		}
		again, err := Parse(text)
		if err != nil || again != a || again.Key() != a.Key() {
			t.Fatalf("%q gives %q, which reads back as %+v (%v), not %+v", s, text, again, err, a)
		}
		if a.Key() == "" || a.Web() != "" && a.Kind() != Web && a.Kind() != SSH {
			t.Fatalf("%q: key %q, page %q", s, a.Key(), a.Web())
		}
	})
}
