package fetch

import (
	"context"
	"fmt"
	"net"
	"net/netip"
	"net/url"
	"strings"
	"syscall"
)

const maxURL = 2048 // bytes

// allowed is what the operator excepts from the rule.
type allowed struct {
	hosts    map[string]bool // lower case, without port
	prefixes []netip.Prefix
}

// parseAllowed reads host names, addresses and prefixes.
func parseAllowed(entries []string) (allowed, error) {
	a := allowed{hosts: map[string]bool{}}
	for _, entry := range entries {
		switch {
		case strings.Contains(entry, "/"):
			prefix, err := netip.ParsePrefix(entry)
			if err != nil {
				return allowed{}, fmt.Errorf("allowed address %q: %w", entry, err)
			}
			a.prefixes = append(a.prefixes, prefix.Masked())
		case isAddr(entry):
			addr := netip.MustParseAddr(entry).Unmap()
			a.prefixes = append(a.prefixes, netip.PrefixFrom(addr, addr.BitLen()))
		case entry == "" || strings.ContainsAny(entry, ": @?#*"):
			return allowed{}, fmt.Errorf("allowed address %q: expected a host name without port, an address or a prefix", entry)
		default:
			a.hosts[strings.ToLower(entry)] = true
		}
	}
	return a, nil
}

func isAddr(text string) bool {
	_, err := netip.ParseAddr(text)
	return err == nil
}

func (a allowed) host(name string) bool { return a.hosts[strings.ToLower(name)] }

func (a allowed) addr(addr netip.Addr) bool {
	for _, prefix := range a.prefixes {
		if prefix.Contains(addr) {
			return true
		}
	}
	return false
}

// checkURL refuses what cannot be right before anything is looked up.
func checkURL(u *url.URL) error {
	switch {
	case u.Scheme != "http" && u.Scheme != "https":
		return &Error{URL: u.Redacted(), Kind: ErrForbidden, Detail: "only http and https are asked"}
	case u.User != nil:
		return &Error{URL: u.Redacted(), Kind: ErrForbidden, Detail: "the URL has a user name"}
	case u.Hostname() == "":
		return &Error{URL: u.Redacted(), Kind: ErrForbidden, Detail: "the URL has no host"}
	}
	return nil
}

// dial connects, and lets the guard see each address that the name has led to. Only a host that the operator has named
// goes unseen.
func (f *Fetcher) dial(ctx context.Context, network, address string) (net.Conn, error) {
	host, _, err := net.SplitHostPort(address)
	if err != nil {
		return nil, err
	}
	dialer := net.Dialer{Resolver: f.resolver}
	if !f.allowed.host(host) {
		dialer.ControlContext = f.guard
	}
	return dialer.DialContext(ctx, network, address)
}

// guard runs between the making of a socket and its connecting.
func (f *Fetcher) guard(_ context.Context, network, address string, _ syscall.RawConn) error {
	to, err := netip.ParseAddrPort(address)
	if err != nil || !strings.HasPrefix(network, "tcp") {
		return &Error{URL: address, Kind: ErrForbidden, Detail: "no address of TCP"}
	}
	addr := to.Addr().WithZone("").Unmap()
	if Public(addr) || f.allowed.addr(addr) {
		return nil
	}
	return &Error{URL: address, Kind: ErrForbidden, Detail: "it is not a public address"}
}

// notPublic are the special blocks of IPv4 and, inside of 2000::/3, of IPv6 (IANA special-purpose address registries).
var notPublic = prefixes(
	"0.0.0.0/8", "10.0.0.0/8", "100.64.0.0/10", "127.0.0.0/8", "169.254.0.0/16", "172.16.0.0/12", "192.0.0.0/24",
	"192.0.2.0/24", "192.88.99.0/24", "192.168.0.0/16", "198.18.0.0/15", "198.51.100.0/24", "203.0.113.0/24",
	"224.0.0.0/4", "240.0.0.0/4",
	"2001::/23",     // Teredo, benchmarking, ORCHID and others
	"2001:db8::/32", // documentation
	"2002::/16",     // 6to4: an IPv4 address of any kind behind a relay
	"3fff::/20",     // documentation
)

var (
	globalUnicast = netip.MustParsePrefix("2000::/3")
	nat64         = netip.MustParsePrefix("64:ff9b::/96") // RFC 6052 §2.1: the last four bytes are an IPv4 address
)

func prefixes(texts ...string) []netip.Prefix {
	list := make([]netip.Prefix, len(texts))
	for i, text := range texts {
		list[i] = netip.MustParsePrefix(text)
	}
	return list
}

// Public reports whether an address belongs to the open internet. Of IPv6 that is 2000::/3, and what NAT64 leads to.
func Public(addr netip.Addr) bool {
	addr = addr.WithZone("").Unmap()
	if !addr.IsValid() {
		return false
	}
	if nat64.Contains(addr) {
		b := addr.As16()
		return Public(netip.AddrFrom4([4]byte(b[12:])))
	}
	if addr.Is6() && !globalUnicast.Contains(addr) {
		return false
	}
	for _, prefix := range notPublic {
		if prefix.Contains(addr) {
			return false
		}
	}
	return true
}
