package gitrepo

import (
	"context"
	"crypto/rand"
	"crypto/subtle"
	"encoding/base64"
	"errors"
	"io"
	"net"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"time"
)

// proxy is the HTTP proxy that one run's git is sent through: CONNECT for https, the absolute form for http. It takes only callers who
// know its secret, and only lets them reach one host and port, through the run's guard.
type proxy struct {
	server *http.Server
	guard  *guard
	target string // host:port
	auth   string // what Proxy-Authorization must be
	url    string // with the secret: for git's configuration, never for a log
	direct *http.Transport

	mu    sync.Mutex
	conns map[net.Conn]bool // tunnels under way, closed at the end
	ended bool
}

// startProxy listens on a free port of the loopback until close.
func startProxy(g *guard, target string) (*proxy, error) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return nil, err
	}
	secret := rand.Text()
	p := &proxy{
		guard:  g,
		target: target,
		auth:   "Basic " + base64.StdEncoding.EncodeToString([]byte("commun:"+secret)),
		url:    "http://commun:" + secret + "@" + l.Addr().String(),
		direct: &http.Transport{DialContext: g.dial, DisableCompression: true, MaxIdleConnsPerHost: 2},
		conns:  map[net.Conn]bool{},
	}
	p.server = &http.Server{Handler: p, ReadHeaderTimeout: 30 * time.Second}
	go p.server.Serve(l)
	return p, nil
}

// close ends the listener and every tunnel.
func (p *proxy) close() {
	p.server.Close()
	p.direct.CloseIdleConnections()
	p.mu.Lock()
	p.ended = true
	for c := range p.conns {
		c.Close()
	}
	p.mu.Unlock()
}

func (p *proxy) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if subtle.ConstantTimeCompare([]byte(r.Header.Get("Proxy-Authorization")), []byte(p.auth)) != 1 {
		w.Header().Set("Proxy-Authenticate", `Basic realm="git"`)
		w.WriteHeader(http.StatusProxyAuthRequired)
		return
	}
	if r.Method == http.MethodConnect {
		if !strings.EqualFold(r.Host, p.target) {
			w.WriteHeader(http.StatusForbidden)
			return
		}
		p.tunnel(w, r)
		return
	}
	if r.URL.Scheme != "http" || !strings.EqualFold(hostWithPort(r.URL), p.target) {
		w.WriteHeader(http.StatusForbidden)
		return
	}
	p.forward(w, r)
}

func hostWithPort(u *url.URL) string {
	port := u.Port()
	if port == "" {
		port = defaultPort(u.Scheme)
	}
	return net.JoinHostPort(u.Hostname(), port)
}

// forward passes one plain request on, and the answer back as it comes. Redirects are git's to refuse.
func (p *proxy) forward(w http.ResponseWriter, r *http.Request) {
	out := r.Clone(r.Context())
	out.RequestURI = ""
	for _, h := range []string{"Proxy-Authorization", "Proxy-Connection", "Connection", "Keep-Alive", "Te", "Upgrade"} {
		out.Header.Del(h)
	}
	res, err := p.direct.RoundTrip(out)
	if err != nil {
		w.WriteHeader(http.StatusBadGateway)
		return
	}
	defer res.Body.Close()
	for k, v := range res.Header {
		if k != "Connection" && k != "Keep-Alive" && k != "Proxy-Authenticate" {
			w.Header()[k] = v
		}
	}
	w.WriteHeader(res.StatusCode)
	rc := http.NewResponseController(w)
	buf := make([]byte, 32<<10)
	for {
		n, err := res.Body.Read(buf)
		if n > 0 {
			if _, werr := w.Write(buf[:n]); werr != nil {
				return
			}
			rc.Flush()
		}
		if errors.Is(err, io.EOF) {
			return
		}
		if err != nil {
			panic(http.ErrAbortHandler) // git must see a broken answer, not a short one
		}
	}
}

// tunnel joins git to the server, whose TLS is git's to check.
func (p *proxy) tunnel(w http.ResponseWriter, r *http.Request) {
	ctx, cancel := context.WithTimeout(r.Context(), p.guard.policy.Limits.orDefault().Answer)
	there, err := p.guard.dial(ctx, "tcp", p.target)
	cancel()
	if err != nil {
		w.WriteHeader(http.StatusBadGateway)
		return
	}
	here, buffered, err := http.NewResponseController(w).Hijack()
	if err != nil {
		there.Close()
		w.WriteHeader(http.StatusInternalServerError)
		return
	}
	if !p.keep(here, there) {
		return
	}
	defer p.drop(here, there)
	if _, err := io.WriteString(here, "HTTP/1.1 200 Connection established\r\n\r\n"); err != nil {
		return
	}
	done := make(chan struct{}, 2)
	go func() {
		io.Copy(there, buffered) // what git said with the CONNECT, then the rest
		done <- struct{}{}
	}()
	go func() {
		io.Copy(here, there)
		done <- struct{}{}
	}()
	<-done // one side is through: HTTP over TLS has nothing to say half-closed
}

// keep remembers a tunnel's ends so that close can end them; false when the proxy has been closed.
func (p *proxy) keep(ends ...net.Conn) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	for _, c := range ends {
		if p.ended {
			c.Close()
		} else {
			p.conns[c] = true
		}
	}
	return !p.ended
}

func (p *proxy) drop(ends ...net.Conn) {
	p.mu.Lock()
	defer p.mu.Unlock()
	for _, c := range ends {
		c.Close()
		delete(p.conns, c)
	}
}
