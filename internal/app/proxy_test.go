package app

import (
	"net/http"
	"net/netip"
	"testing"
)

func TestOnlyATrustedProxyIsBelieved(t *testing.T) {
	trusted := []netip.Prefix{netip.MustParsePrefix("127.0.0.0/8"), netip.MustParsePrefix("10.1.0.0/16")}
	for _, c := range []struct {
		rule, peer, forwarded, want string
	}{
		{"a stranger's header is ignored", "203.0.113.9:4", "198.51.100.1", ""},
		{"a trusted proxy tells the client", "127.0.0.1:4", "198.51.100.1", "198.51.100.1:0"},
		{"what the client wrote before the proxy is not believed", "127.0.0.1:4", "1.1.1.1, 198.51.100.1", "198.51.100.1:0"},
		{"a chain of trusted proxies is walked", "127.0.0.1:4", "198.51.100.1, 10.1.2.3", "198.51.100.1:0"},
		{"no header: the proxy itself asks", "127.0.0.1:4", "", "127.0.0.1:4"},
		{"rubbish is the proxy's own", "127.0.0.1:4", "unknown", "127.0.0.1:4"},
		{"an address in the form of IPv6 is the same one", "[::ffff:127.0.0.1]:4", "2001:db8::1", "[2001:db8::1]:0"},
	} {
		t.Run(c.rule, func(t *testing.T) {
			r := &http.Request{RemoteAddr: c.peer, Header: http.Header{}}
			if c.forwarded != "" {
				r.Header.Set("X-Forwarded-For", c.forwarded)
			}
			got, ok := clientOf(r, trusted)
			if got != c.want || ok != (c.want != "") {
				t.Fatalf("got %q %v, want %q", got, ok, c.want)
			}
		})
	}
}
