package server

import (
	"net"
	"net/http"
	"net/netip"
	"strings"
)

// clientAddress makes r.RemoteAddr the client's address for all that comes after: the peer's own, or, when the peer is
// a trusted proxy, the last address in X-Forwarded-For that no trusted proxy owns. What stands left of that one was
// written by the client and proves nothing.
func clientAddress(trusted []netip.Prefix, next http.Handler) http.Handler {
	if len(trusted) == 0 {
		return next
	}
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if addr, ok := forwardedFor(r, trusted); ok {
			r.RemoteAddr = net.JoinHostPort(addr.String(), "0")
		}
		next.ServeHTTP(w, r)
	})
}

// forwardedFor returns the client's address as the trusted proxies in front of us saw it, and false when there is none
// to be had and the peer's own address has to do.
func forwardedFor(r *http.Request, trusted []netip.Prefix) (netip.Addr, bool) {
	peer, err := netip.ParseAddrPort(r.RemoteAddr)
	if err != nil || !contains(trusted, peer.Addr()) {
		return netip.Addr{}, false
	}
	hops := strings.Split(strings.Join(r.Header.Values("X-Forwarded-For"), ","), ",")
	found := netip.Addr{}
	for i := len(hops) - 1; i >= 0; i-- {
		addr, ok := hopAddress(hops[i])
		if !ok {
			break
		}
		found = addr
		if !contains(trusted, addr) {
			break
		}
	}
	return found, found.IsValid()
}

// hopAddress reads one entry of X-Forwarded-For; some proxies add the port.
func hopAddress(hop string) (netip.Addr, bool) {
	hop = strings.TrimSpace(hop)
	if addr, err := netip.ParseAddr(hop); err == nil {
		return addr.Unmap().WithZone(""), true
	}
	if withPort, err := netip.ParseAddrPort(hop); err == nil {
		return withPort.Addr().Unmap().WithZone(""), true
	}
	return netip.Addr{}, false
}

func contains(prefixes []netip.Prefix, addr netip.Addr) bool {
	addr = addr.Unmap()
	for _, p := range prefixes {
		if p.Contains(addr) {
			return true
		}
	}
	return false
}
