package app

import (
	"net"
	"net/http"
	"net/netip"
	"strings"
)

// clientOf returns the address of the one who asked, as the trusted proxies in between tell it: the last entry of X-Forwarded-For that is
// no trusted proxy. ok is false when the request did not come from one.
func clientOf(r *http.Request, trusted []netip.Prefix) (addr string, ok bool) {
	peer, err := netip.ParseAddrPort(r.RemoteAddr)
	if err != nil || !among(peer.Addr(), trusted) {
		return "", false
	}
	list := strings.Split(strings.Join(r.Header.Values("X-Forwarded-For"), ","), ",")
	for i := len(list) - 1; i >= 0; i-- {
		a, err := netip.ParseAddr(strings.TrimSpace(list[i]))
		if err != nil {
			break
		}
		if !among(a, trusted) {
			return net.JoinHostPort(a.Unmap().String(), "0"), true
		}
	}
	return r.RemoteAddr, true
}

func among(a netip.Addr, list []netip.Prefix) bool {
	for _, p := range list {
		if p.Contains(a.Unmap()) {
			return true
		}
	}
	return false
}
