package app_test

import (
	"net"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"sync/atomic"
	"testing"

	"commun/internal/platform/gitrepo"
	"commun/internal/platform/i18n"
)

// TestAnAddressThatIsRefusedAtOnce: what can be seen to be wrong before anything is asked for is said at the field, in the person's language; what
// was typed stays in the form, and nothing is made of it.
func TestAnAddressThatIsRefusedAtOnce(t *testing.T) {
	t.Parallel()
	inner, reached := listening(t)
	i := newInstance(t)
	i.start()
	admin := i.admin()
	ben := i.member(admin, "ben@example.org")
	before := i.entries(admin)
	_, port, _ := net.SplitHostPort(inner)
	for _, c := range []struct {
		rule, address, key string
		args               i18n.Args
	}{
		{"nothing was typed", "", gitrepo.KeyAddressMissing, nil},
		{"only words", "my project", gitrepo.KeyAddressMalformed, nil},
		{"a host without a path", "https://forge.example.org/", gitrepo.KeyAddressMalformed, nil},
		{"a script", "javascript:alert(1)", gitrepo.KeySchemeRefused, i18n.Args{"allowed": gitrepo.Schemes}},
		{"a scheme that proves nothing", "git://forge.example.org/a/b", gitrepo.KeySchemeRefused, i18n.Args{"allowed": gitrepo.Schemes}},
		{"a helper of git", "ext::sh -c touch% /tmp/x", gitrepo.KeySchemeRefused, i18n.Args{"allowed": gitrepo.Schemes}},
		{"an option in the place of an address", "--upload-pack=touch /tmp/x", gitrepo.KeyAddressOption, nil},
		{"an invisible character", "https://forge.example.org/a/b\u202Egit", gitrepo.KeyAddressControl, nil},
		{"a password", "https://ada:secret@forge.example.org/a/b", gitrepo.KeyCredentials, nil},
		{"3,000 characters", "https://forge.example.org/" + strings.Repeat("a", 3000), gitrepo.KeyAddressTooLong, i18n.Args{"limit": 2000}},
		{"a folder of the machine, by a member", "/etc", gitrepo.KeyLocalRefused, nil},
		{"the same as a URL", "file:///etc", gitrepo.KeyLocalRefused, nil},
		{"a bundle, by a member", "/tmp/x.bundle", gitrepo.KeyLocalRefused, nil},
		{"ssh, by a member", "ssh://git@forge.example.org/a/b", gitrepo.KeySSHRefused, nil},
		{"loopback", "http://127.0.0.1:" + port + "/a/b", gitrepo.KeyInnerAddress, i18n.Args{"host": "127.0.0.1"}},
		{"loopback in IPv6", "http://[::1]:" + port + "/a/b", gitrepo.KeyInnerAddress, i18n.Args{"host": "::1"}},
		{"loopback as IPv6 writes IPv4", "http://[::ffff:127.0.0.1]:" + port + "/a/b", gitrepo.KeyInnerAddress, i18n.Args{"host": "127.0.0.1"}},
		{"this machine's every address", "http://0.0.0.0:" + port + "/a/b", gitrepo.KeyInnerAddress, i18n.Args{"host": "0.0.0.0"}},
		{"the neighbour of a cloud's machine", "http://169.254.169.254/latest/meta-data", gitrepo.KeyInnerAddress, i18n.Args{"host": "169.254.169.254"}},
		{"a private network", "http://10.0.0.1/a/b", gitrepo.KeyInnerAddress, i18n.Args{"host": "10.0.0.1"}},
		{"loopback in hexadecimal", "http://0x7f.1:" + port + "/a/b", gitrepo.KeyInnerAddress, i18n.Args{"host": "127.0.0.1"}},
		{"loopback as one number", "http://2130706433:" + port + "/a/b", gitrepo.KeyInnerAddress, i18n.Args{"host": "127.0.0.1"}},
		{"loopback in octal", "http://0177.0.0.1:" + port + "/a/b", gitrepo.KeyInnerAddress, i18n.Args{"host": "127.0.0.1"}},
		{"loopback, shortened", "http://127.1:" + port + "/a/b", gitrepo.KeyInnerAddress, i18n.Args{"host": "127.0.0.1"}},
	} {
		t.Run(c.rule, func(t *testing.T) {
			for _, lang := range langs {
				page := i.send(ben, lang, http.MethodPost, "/commons/new", url.Values{"address": {c.address}})
				problem := i.send(ben, lang, http.MethodPost, "/api/commons", map[string]any{"address": c.address})
				if page.status != http.StatusUnprocessableEntity {
					t.Errorf("%s: the page answers %d", lang, page.status)
				}
				if want := []int{http.StatusUnprocessableEntity, http.StatusForbidden}; !slices.Contains(want, problem.status) {
					t.Errorf("%s: the interface answers %d: %s", lang, problem.status, problem.text)
				}
				want := sentence(t, lang, c.key, c.args)
				if c.key == gitrepo.KeyAddressControl {
					want = sentence(t, lang, "form.control_character", nil) // forms take such characters out, and say so, before anything else looks
				}
				if !strings.Contains(page.text, want) {
					t.Errorf("%s: the page does not say %q", lang, want)
				}
				if c.address != "" && len(c.address) <= 2000 && !strings.Contains(problem.text, `"code":"`+c.key+`"`) {
					t.Errorf("%s: the interface says %s", lang, problem.text)
				}
				if kept := strings.ReplaceAll(c.address, "\u202E", ""); !strings.Contains(page.text, `value="`+kept+`"`) {
					t.Errorf("%s: what was typed is gone", lang)
				}
			}
		})
	}
	t.Run("an administrator is let no further into the network", func(t *testing.T) {
		for _, address := range []string{"http://" + inner + "/a/b", "http://0x7f.1:" + port + "/a/b", "ssh://git@127.0.0.1:" + port + "/a/b"} {
			problem := i.send(admin, "en", http.MethodPost, "/api/commons", map[string]any{"address": address})
			if !strings.Contains(problem.text, `"code":"`+gitrepo.KeyInnerAddress+`"`) {
				t.Errorf("%s: %d %s", address, problem.status, problem.text)
			}
		}
	})
	t.Run("nothing was made of any of them", func(t *testing.T) {
		if now := i.entries(admin); now != before {
			t.Errorf("the record grew by %d entries", now-before)
		}
		if n := len(i.ids(admin)); n > 0 {
			t.Errorf("%d commons", n)
		}
		if n := reached.Load(); n > 0 {
			t.Errorf("%d connections to the machine itself", n)
		}
	})
}

// listening is a server of the machine itself that nobody may reach through the program.
func listening(t *testing.T) (address string, reached *atomic.Int64) {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	reached = &atomic.Int64{}
	go func() {
		for {
			conn, err := l.Accept()
			if err != nil {
				return // closed at the test's end
			}
			reached.Add(1)
			_ = conn.Close()
		}
	}()
	t.Cleanup(func() { _ = l.Close() })
	return l.Addr().String(), reached
}

// TestAServerThatDoesNotGiveItsRepository: the import fails with a reason in the reader's language, leaves nothing half-done, and succeeds when
// it is tried again after the cause is gone.
func TestAServerThatDoesNotGiveItsRepository(t *testing.T) {
	t.Parallel()
	inner, reached := listening(t)
	cases := []struct {
		rule, how, key string
		args           i18n.Args
		final          bool // trying again by itself is useless
		empty          bool // the repository has no commit at first
	}{
		{"it asks for a password", "password", gitrepo.KeyAuthRequired, nil, true, false},
		{"there is none", "missing", gitrepo.KeyNotFound, nil, true, false},
		{"it never answers", "never", gitrepo.KeyTimeout, i18n.Args{"seconds": 30}, false, false},
		{"it is a page of the web", "page", gitrepo.KeyNotARepository, nil, true, false},
		{"it breaks", "broken", gitrepo.KeyServerError, i18n.Args{"status": "500"}, false, false},
		{"it leads into the machine's network", "away", gitrepo.KeyInnerAddress, i18n.Args{"host": "127.0.0.1"}, true, false},
		{"it is empty", "", gitrepo.KeyEmpty, nil, true, true},
	}
	sources, forges := make([]*source, len(cases)), make([]*forge, len(cases))
	var allowed []string
	for n, c := range cases {
		if sources[n] = newSource(t); !c.empty {
			sources[n].commit("README.md", "# Whole again\n\nIt says what it is for.\n")
		}
		forges[n] = newForge(t, sources[n])
		forges[n].how.Store(c.how)
		forges[n].to.Store("http://" + inner)
		allowed = append(allowed, forges[n].host())
	}
	i := newInstance(t)
	i.startWith("--allow-inner", strings.Join(allowed, ","))
	admin := i.admin()
	ben := i.member(admin, "ben@example.org")
	t.Run("each", func(t *testing.T) {
		for n, c := range cases {
			t.Run(c.rule, func(t *testing.T) {
				t.Parallel()
				f := forges[n]
				a := i.give(ben, f.address())
				j := i.outcome(ben, a.Job)
				if j.Why != sentence(t, "en", c.key, c.args) {
					t.Fatalf("job %s is %s: %q", j.ID, j.State, j.Why)
				}
				if (j.State == "failed") != c.final {
					t.Errorf("the job is %s", j.State)
				}
				for _, lang := range langs {
					page := i.send(ben, lang, http.MethodGet, "/commons/"+a.Commons.ID, nil)
					if want := sentence(t, lang, c.key, c.args); page.status != http.StatusOK || !strings.Contains(page.text, want) {
						t.Errorf("%s: the page of the commons (%d) does not say %q", lang, page.status, want)
					}
					if seen := i.send(i.visitor(), lang, http.MethodGet, "/commons/"+a.Commons.ID, nil); seen.status != http.StatusOK {
						t.Errorf("%s: a visitor gets %d", lang, seen.status)
					}
				}
				if c.empty {
					sources[n].commit("README.md", "# Whole again\n\nIt says what it is for.\n")
				}
				f.how.Store("")
				again := j.ID
				if c.final { // the job itself is tried again, as its steward may; else the button of the page, which does not wait for the next try
					i.must(ben, http.MethodPost, "/api/jobs/"+j.ID+"/retry", nil, nil)
				} else {
					if page := i.send(ben, "en", http.MethodPost, "/commons/"+a.Commons.Slug+"/refresh", url.Values{}); page.status != http.StatusOK {
						t.Fatalf("trying again: %d", page.status)
					}
					var about struct{ Job string }
					i.must(ben, http.MethodGet, "/api/commons/"+a.Commons.ID+"/about", nil, &about)
					again = about.Job
				}
				if j := i.outcome(ben, again); j.State != "done" {
					t.Fatalf("once the cause is gone the job is %s: %s", j.State, j.Why)
				}
				page := i.send(ben, "fr", http.MethodGet, "/commons/"+a.Commons.ID, nil)
				if !strings.Contains(page.text, "It says what it is for.") {
					t.Error("the page does not show what the repository says")
				}
				if want := sentence(t, "fr", c.key, c.args); strings.Contains(page.text, want) {
					t.Errorf("the page still says %q", want)
				}
			})
		}
	})
	if n := reached.Load(); n > 0 {
		t.Errorf("%d connections into the machine's network", n)
	}
	if left := i.leftovers(); len(left) > 0 {
		t.Errorf("unfinished copies: %v", left)
	}
	i.verify()
}

// TestNamesOfTheMachineItself: a name that leads inside is found out when the import connects, and nothing inside is reached.
func TestNamesOfTheMachineItself(t *testing.T) {
	t.Parallel()
	inner, reached := listening(t)
	_, port, _ := net.SplitHostPort(inner)
	i := newInstance(t)
	i.start()
	admin := i.admin()
	ben := i.member(admin, "ben@example.org")
	for _, host := range []string{"localhost", "LOCALHOST.", "localhost.localdomain", "ip6-localhost"} {
		t.Run(host, func(t *testing.T) {
			a := i.send(ben, "fr", http.MethodPost, "/api/commons", map[string]string{"address": "http://" + host + ":" + port + "/team/" + strings.ToLower(host)})
			if a.status == http.StatusCreated {
				var out added
				decode(t, a.text, &out)
				j := i.outcome(ben, out.Job)
				if j.State == "done" {
					t.Error("it was imported")
				}
				name := strings.TrimSuffix(strings.ToLower(host), ".")
				said := []string{sentence(t, "en", gitrepo.KeyInnerAddress, i18n.Args{"host": name}), sentence(t, "en", gitrepo.KeyHostNotFound, i18n.Args{"host": name})}
				if !slices.Contains(said, j.Why) {
					t.Errorf("it says %q", j.Why)
				}
			} else if a.status != http.StatusForbidden && a.status != http.StatusUnprocessableEntity {
				t.Errorf("it answers %d %s", a.status, a.text)
			}
		})
	}
	if n := reached.Load(); n > 0 {
		t.Errorf("%d connections to the machine itself", n)
	}
}

// TestTheSpellingsOfOneRepositoryAreOneCommons, through the program; and importing again writes nothing into the record.
func TestTheSpellingsOfOneRepositoryAreOneCommons(t *testing.T) {
	t.Parallel()
	s := newSource(t).commit("README.md", "# One\n\nOne repository, many spellings.\n")
	f := newForge(t, s)
	i := newInstance(t)
	i.startWith("--allow-inner", f.host())
	admin := i.admin()
	ben := i.member(admin, "ben@example.org")
	first := i.give(ben, f.URL+"/team/project")
	if j := i.outcome(ben, first.Job); j.State != "done" {
		t.Fatalf("%s: %s", j.State, j.Why)
	}
	i.idle(admin)
	before := i.entries(admin)
	for _, again := range []string{f.URL + "/team/project", f.URL + "/team/project.git", f.URL + "/team/project/", f.URL + "/team/project.git/", f.URL + "//team/project",
		"HTTP://" + f.host() + "/team/project", f.URL + "/team/%70roject", "  " + f.URL + "/team/project\n"} {
		if a := i.give(ben, again); !a.Existed || a.Commons.ID != first.Commons.ID {
			t.Errorf("%q became another commons: %+v", again, a)
		}
		page := i.send(ben, "fr", http.MethodPost, "/commons/new", url.Values{"address": {again}})
		if page.status != http.StatusOK || !strings.Contains(page.text, sentence(t, "fr", "find.added_existed", nil)) {
			t.Errorf("%q: the page (%d) does not say that it is there", again, page.status)
		}
	}
	for range 2 {
		var r struct{ Job string }
		i.must(ben, http.MethodPost, "/api/commons/"+first.Commons.ID+"/refresh", nil, &r)
		if j := i.outcome(ben, r.Job); j.State != "done" {
			t.Fatalf("%s: %s", j.State, j.Why)
		}
	}
	i.idle(admin)
	if now := i.entries(admin); now != before {
		t.Errorf("importing again wrote %d entries", now-before)
	}
	s.git(nil, "update-server-info")
	byPath := i.give(admin, s.dir)
	if j := i.outcome(admin, byPath.Job); j.State != "done" {
		t.Errorf("a folder given by an administrator is %s: %s", j.State, j.Why)
	}
	for _, again := range []string{s.dir + "/", s.dir + "/.git", "file://" + s.dir, "file://localhost" + s.dir} {
		if a := i.give(admin, again); a.Commons.ID != byPath.Commons.ID {
			t.Errorf("%q became another commons", again)
		}
	}
}
