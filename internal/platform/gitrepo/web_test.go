package gitrepo

import (
	"context"
	"encoding/pem"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"
	"time"
)

func TestWhatServersAnswer(t *testing.T) {
	status := func(code int) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(code) })
	}
	text := func(kind, body string) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Type", kind)
			fmt.Fprint(w, body)
		})
	}
	for name, c := range map[string]struct {
		h   http.Handler
		key string
	}{
		"a password":            {status(401), KeyAuthRequired},
		"forbidden":             {status(403), KeyAuthRequired},
		"nothing here":          {status(404), KeyNotFound},
		"gone for good":         {status(410), KeyGone},
		"too many requests":     {status(429), KeyRateLimited},
		"broken":                {status(503), KeyServerError},
		"teapot":                {status(418), KeyNotARepository},
		"a page":                {text("text/html", "<!doctype html><p>hello"), KeyNotARepository},
		"nothing":               {text("text/plain", ""), KeyNotARepository},
		"files only":            {text("text/plain", strings.Repeat("a", 40)+"\trefs/heads/main\n"), KeyDumbServer},
		"nonsense in git's way": {text("application/x-git-upload-pack-advertisement", "001e# service=git-upload-pack\n0000zzzz"), KeyFailed},
	} {
		t.Run(name, func(t *testing.T) {
			addr, p := serve(t, c.h)
			_, err := newMirror(t).Update(t.Context(), parse(t, addr+"/a/b"), p, nil)
			if c.key == KeyFailed { // git's own words for nonsense vary; a key there must be
				if k := KeyOf(err); k != KeyFailed && k != KeyUnreachable && k != KeyNotARepository && k != KeyCorrupt {
					t.Fatal(err)
				}
				return
			}
			wantKey(t, err, c.key)
		})
	}
	t.Run("an empty repository", func(t *testing.T) {
		root := t.TempDir()
		newSource(t, filepath.Join(root, "s"))
		h, _ := gitServer(t, root)
		addr, p := serve(t, h)
		_, err := newMirror(t).Update(t.Context(), parse(t, addr+"/s"), p, nil)
		wantKey(t, err, KeyEmpty)
	})
	t.Run("a corrupt pack", func(t *testing.T) {
		root := t.TempDir()
		s := newSource(t, filepath.Join(root, "s"))
		s.commit("one", "a", strings.Repeat("a line\n", 1000))
		damagedSource(t, s, filepath.Join(root, "bad"))
		h, _ := gitServer(t, root)
		addr, p := serve(t, h)
		_, err := newMirror(t).Update(t.Context(), parse(t, addr+"/bad"), p, nil)
		wantKey(t, err, KeyCorrupt)
	})
	t.Run("nobody listens", func(t *testing.T) {
		l, _ := net.Listen("tcp", "127.0.0.1:0")
		l.Close()
		_, err := newMirror(t).Update(t.Context(), parse(t, "http://"+l.Addr().String()+"/a"), Policy{AllowInner: []string{l.Addr().String()}}, nil)
		wantKey(t, err, KeyUnreachable)
	})
	t.Run("never an answer", func(t *testing.T) {
		addr, p := serve(t, silent(t, nil))
		p.Limits.Answer = 50 * time.Millisecond
		_, err := newMirror(t).Update(t.Context(), parse(t, addr+"/a"), p, nil)
		wantKey(t, err, KeyTimeout)
	})
	t.Run("an answer that stops in the middle", func(t *testing.T) {
		root := t.TempDir()
		newSource(t, filepath.Join(root, "s")).commit("one", "a", "a")
		h, _ := gitServer(t, root)
		stop := silent(t, nil)
		addr, p := serve(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			if r.Method == http.MethodPost {
				stop.ServeHTTP(w, r)
				return
			}
			h.ServeHTTP(w, r)
		}))
		p.Limits.Stall = 100 * time.Millisecond
		_, err := newMirror(t).Update(t.Context(), parse(t, addr+"/s"), p, nil)
		wantKey(t, err, KeyStalled)
	})
	t.Run("too long in all", func(t *testing.T) {
		addr, p := serve(t, silent(t, nil))
		p.Limits.Total = 50 * time.Millisecond
		_, err := newMirror(t).Update(t.Context(), parse(t, addr+"/a"), p, nil)
		wantKey(t, err, KeyTimeout)
	})
}

// inner is a listener inside the network that nobody may reach; it counts who does.
func inner(t *testing.T) (hostPort string, reached *atomic.Int64) {
	reached = new(atomic.Int64)
	s := httptest.NewUnstartedServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) {}))
	s.Config.ConnState = func(_ net.Conn, st http.ConnState) {
		if st == http.StateNew {
			reached.Add(1)
		}
	}
	s.Start()
	t.Cleanup(s.Close)
	return s.Listener.Addr().String(), reached
}

func TestInnerAddressesAreNotReached(t *testing.T) {
	target, reached := inner(t)
	_, port, _ := net.SplitHostPort(target)
	for _, host := range []string{
		"127.0.0.1", "localhost", "2130706433", "0x7f000001", "017700000001", "127.1", "0x7f.0.0.1", "0177.1", "0", "0.0.0.0", "127.255.255.254",
		"[::1]", "[::]", "[::ffff:127.0.0.1]", "[::127.0.0.1]", "[64:ff9b::7f00:1]", "[2002:7f00:1::]", "[fc00::1]", "[fe80::1]", "[::ffff:0:127.0.0.1]",
		"169.254.169.254", "10.1.2.3", "172.16.0.1", "192.168.1.1", "100.64.0.1", "224.0.0.1", "255.255.255.255", "198.18.0.1",
	} {
		t.Run(host, func(t *testing.T) {
			for _, scheme := range []string{"http", "https"} {
				_, err := newMirror(t).Update(t.Context(), parse(t, scheme+"://"+host+":"+port+"/a/b"), Policy{}, nil)
				wantKey(t, err, KeyInnerAddress)
			}
		})
	}
	t.Run("by redirect", func(t *testing.T) {
		for _, to := range []string{"http://" + target, "https://" + target, "http://0x7f.1:" + port, "//" + target, "http://[::ffff:127.0.0.1]:" + port} {
			addr, p := serve(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				w.Header().Set("Location", to+"/x"+tail)
				w.WriteHeader(http.StatusMovedPermanently)
			}))
			_, err := newMirror(t).Update(t.Context(), parse(t, addr+"/a/b"), p, nil)
			wantKey(t, err, KeyInnerAddress)
		}
	})
	t.Run("by a redirect that only git sees", func(t *testing.T) {
		root := t.TempDir()
		newSource(t, filepath.Join(root, "s")).commit("one")
		h, _ := gitServer(t, root)
		var asked atomic.Int64
		addr, p := serve(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			if asked.Add(1) > 1 { // the probe was answered honestly
				http.Redirect(w, r, "http://"+target+r.URL.Path, http.StatusFound)
				return
			}
			h.ServeHTTP(w, r)
		}))
		if _, err := newMirror(t).Update(t.Context(), parse(t, addr+"/s"), p, nil); err == nil {
			t.Fatal("git followed a redirect")
		}
	})
	t.Run("by a redirect from outside, to a server that the list names", func(t *testing.T) {
		listed, _ := inner(t)
		g := newGuard(Policy{AllowInner: []string{listed}})
		c, err := g.dial(t.Context(), "tcp", listed)
		if err != nil {
			t.Fatal(err)
		}
		c.Close()
		g.outside.Store(true) // as after a connection to a public server, which no test makes
		_, err = g.dial(t.Context(), "tcp", listed)
		wantKey(t, err, KeyInnerAddress)
	})
	t.Run("by a name that changes its answer", func(t *testing.T) {
		g := newGuard(Policy{})
		var asked int
		g.lookup = func(context.Context, string) ([]netip.Addr, error) {
			if asked++; asked == 1 {
				return []netip.Addr{netip.MustParseAddr("198.51.100.7")}, nil // even examples' addresses are inner here
			}
			return []netip.Addr{netip.MustParseAddr("8.8.8.8"), netip.MustParseAddr("127.0.0.1")}, nil
		}
		for range 2 {
			_, err := g.dial(t.Context(), "tcp", "rebind.example:"+port)
			wantKey(t, err, KeyInnerAddress)
		}
	})
	if n := reached.Load(); n != 0 {
		t.Fatalf("%d connections reached the inner listener", n)
	}
}

func TestADialGoesToTheAddressThatWasChecked(t *testing.T) {
	target, reached := inner(t)
	g := newGuard(Policy{AllowInner: []string{"forge.example:" + target[strings.LastIndex(target, ":")+1:]}})
	asked := 0
	g.lookup = func(context.Context, string) ([]netip.Addr, error) {
		asked++
		return []netip.Addr{netip.MustParseAddr("127.0.0.1")}, nil
	}
	c, err := g.dial(t.Context(), "tcp", g.policy.AllowInner[0])
	if err != nil || asked != 1 || c.RemoteAddr().String() != target {
		t.Fatal(err, asked)
	}
	c.Close()
	_ = reached
	_, err = g.dial(t.Context(), "tcp", "other.example:1")
	wantKey(t, err, KeyInnerAddress)
}

func TestRedirects(t *testing.T) {
	root := t.TempDir()
	id := newSource(t, filepath.Join(root, "new", "home")).commit("one", "a", "a")
	h, _ := gitServer(t, root)
	target, p := serve(t, h)
	loop := 0
	front, q := serve(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		rest := strings.TrimSuffix(r.URL.Path, tail)
		to := map[string]string{
			"/old": target + "/new/home" + tail + "?" + r.URL.RawQuery, "/ftp": "ftp://a.example/x" + tail, "/page": target + "/sign-in",
			"/file": "file:///etc" + tail, "/secret": strings.Replace(target, "://", "://u:secret@", 1) + "/new/home" + tail, "/nowhere": "",
		}[rest]
		if rest == "/loop" {
			loop++
			to = r.URL.Path
		}
		if strings.HasPrefix(rest, "/near") { // 5 steps that are allowed
			if to = rest + "x" + tail; rest == "/nearxxxx" {
				to = target + "/new/home" + tail
			}
		}
		if to != "" {
			w.Header().Set("Location", to)
		}
		w.WriteHeader(http.StatusMovedPermanently)
	}))
	p.AllowInner = append(p.AllowInner, q.AllowInner...)
	for _, way := range []string{"/old", "/near"} {
		res := update(t, newMirror(t), parse(t, front+way), p)
		if !res.Redirected || res.Final != parse(t, target+"/new/home") || res.Commit != id {
			t.Fatalf("%+v", res)
		}
	}
	for way, key := range map[string]string{
		"/ftp": KeyRedirectRefused, "/file": KeyRedirectRefused, "/page": KeyRedirectRefused, "/secret": KeyRedirectRefused, "/nowhere": KeyRedirectRefused,
		"/loop": KeyTooManyRedirects,
	} {
		_, err := newMirror(t).Update(t.Context(), parse(t, front+way), p, nil)
		wantKey(t, err, key)
		if strings.Contains(err.Error(), "secret@") {
			t.Fatal("the fault repeats a secret:", err)
		}
	}
	if loop != maxRedirects+1 {
		t.Fatalf("%d requests in a loop", loop)
	}
	if _, err := redirected(parse(t, "https://a.example/x"), must(url.Parse("http://a.example/x"+tail)), Policy{}); KeyOf(err) != KeyRedirectRefused {
		t.Fatal("https must not become http", err)
	}
}

func must[T any](v T, err error) T {
	if err != nil {
		panic(err)
	}
	return v
}

func TestOverTLSThroughTheTunnel(t *testing.T) {
	root := t.TempDir()
	id := newSource(t, filepath.Join(root, "s")).commit("one", "a", noise(300_000))
	h, _ := gitServer(t, root)
	s := httptest.NewTLSServer(h)
	t.Cleanup(s.Close)
	s.Config.ErrorLog = nil
	a := parse(t, s.URL+"/s")
	p := Policy{AllowInner: []string{s.Listener.Addr().String()}}
	_, err := newMirror(t).Update(t.Context(), a, p, nil)
	wantKey(t, err, KeyTLS)
	p.RootsFile = filepath.Join(root, "roots.pem")
	os.WriteFile(p.RootsFile, pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: s.Certificate().Raw}), 0o644)
	if res := update(t, newMirror(t), a, p); res.Commit != id {
		t.Fatalf("%+v", res)
	}
	plain, q := serve(t, h)
	q.AllowInner = append(q.AllowInner, p.AllowInner...)
	_, err = newMirror(t).Update(t.Context(), parse(t, strings.Replace(plain, "http:", "https:", 1)+"/s"), q, nil)
	wantKey(t, err, KeyTLS)
}

func TestTheProxyServesItsOwnGitOnly(t *testing.T) {
	target, reached := inner(t)
	other, otherReached := inner(t)
	px, err := startProxy(newGuard(Policy{AllowInner: []string{target}}), target)
	if err != nil {
		t.Fatal(err)
	}
	defer px.close()
	secret := must(url.Parse(px.url))
	stranger := *secret
	stranger.User = url.UserPassword("commun", "guess")
	nobody := *secret
	nobody.User = nil
	get := func(via url.URL, to string) (int, error) {
		c := http.Client{Transport: &http.Transport{Proxy: http.ProxyURL(&via), DisableKeepAlives: true}}
		res, err := c.Get(to)
		if err != nil {
			return 0, err
		}
		res.Body.Close()
		return res.StatusCode, nil
	}
	for _, via := range []url.URL{stranger, nobody} {
		if code, err := get(via, "http://"+target+"/"); code != http.StatusProxyAuthRequired {
			t.Fatal(code, err)
		}
		if _, err := get(via, "https://"+target+"/"); err == nil || !strings.Contains(err.Error(), "Proxy Authentication Required") {
			t.Fatal(err)
		}
	}
	if code, err := get(*secret, "http://"+other+"/"); code != http.StatusForbidden {
		t.Fatal(code, err)
	}
	if _, err := get(*secret, "https://"+other+"/"); err == nil || !strings.Contains(err.Error(), "Forbidden") {
		t.Fatal(err)
	}
	if reached.Load() != 0 || otherReached.Load() != 0 {
		t.Fatal("someone got through")
	}
	if code, err := get(*secret, "http://"+target+"/"); code != http.StatusOK || reached.Load() != 1 {
		t.Fatal(code, err)
	}
}

func TestCancellingEndsAFetchUnderWay(t *testing.T) {
	root := t.TempDir()
	newSource(t, filepath.Join(root, "s")).commit("one", "a", "a")
	h, _ := gitServer(t, root)
	asked := make(chan struct{})
	stop := silent(t, asked)
	addr, p := serve(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Method == http.MethodPost {
			stop.ServeHTTP(w, r)
			return
		}
		h.ServeHTTP(w, r)
	}))
	m := newMirror(t)
	ctx, cancel := context.WithCancel(t.Context())
	go func() { <-asked; cancel() }()
	_, err := m.Update(ctx, parse(t, addr+"/s"), p, nil)
	if !errors.Is(err, context.Canceled) || KeyOf(err) != "" {
		t.Fatal(err)
	}
}
