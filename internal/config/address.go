package config

import (
	"errors"
	"fmt"
	"net"
	"net/netip"
	"net/url"
	"path/filepath"
	"strconv"
	"strings"
)

// checkIssuer wants a URL in the one spelling that all parties compare byte for byte.
// OIDC Discovery §3: the issuer has no query and no fragment.
// UDAP Security IG §2.3: it is the base URL and a URI SAN of our certificate, compared exactly.
func checkIssuer(text string) error {
	u, err := webURL(text)
	if err != nil {
		return err
	}
	switch {
	case !isURIText(text):
		// RFC 5280 §4.2.1.6: the URI in a certificate is ASCII.
		return fmt.Errorf("%q has characters that a URI has not; write the host in its xn-- form and the path percent-encoded", text)
	case u.RawQuery != "" || u.ForceQuery:
		return fmt.Errorf("%s has a query; an issuer has none (OpenID Connect Discovery §3)", text)
	case u.Fragment != "" || strings.Contains(text, "#"):
		return fmt.Errorf("%s has a fragment; an issuer has none (OpenID Connect Discovery §3)", text)
	case strings.HasSuffix(text, "/"):
		return fmt.Errorf("%s ends in a slash; write %s", text, strings.TrimRight(text, "/"))
	case u.Host != strings.ToLower(u.Host) || !strings.HasPrefix(text, u.Scheme+"://"):
		return fmt.Errorf("%s has capital letters in its scheme or host, and others compare it letter by letter; write them small", text)
	case u.Scheme == "http" && !isLoopbackHost(u.Hostname()):
		return fmt.Errorf("%s is ordinary http, which is for loopback hosts only; use https", text)
	case hasDefaultPort(u):
		return fmt.Errorf("%s names the default port of its scheme; leave :%s out", text, u.Port())
	case u.EscapedPath() != "":
		// The pages' links and the passkeys' scope begin at the host.
		return fmt.Errorf("%s has a path, which is not supported; give the provider a host of its own, such as https://id.example.org", text)
	}
	return nil
}

// isURIText reports whether text has only the characters of RFC 3986 §2: url.Parse takes more.
func isURIText(text string) bool {
	return !strings.ContainsFunc(text, func(c rune) bool {
		return c <= ' ' || c > 0x7e || strings.ContainsRune("\"<>\\^`{|}", c)
	})
}

func checkWebPage(text string) error {
	_, err := webURL(text)
	return err
}

// webURL parses an absolute http or https URL without user information.
func webURL(text string) (*url.URL, error) {
	u, err := url.Parse(text)
	if err != nil || (u.Scheme != "http" && u.Scheme != "https") || u.Hostname() == "" || u.Opaque != "" {
		return nil, fmt.Errorf("%q is not an absolute URL like https://idp.example.org", text)
	}
	if u.User != nil {
		return nil, errors.New("the URL must not hold a user name or password")
	}
	if port := u.Port(); port != "" || strings.HasSuffix(u.Host, ":") {
		if n, err := strconv.ParseUint(port, 10, 16); err != nil || n == 0 {
			return nil, fmt.Errorf("%q has a port that is not between 1 and 65535", text)
		}
	}
	return u, nil
}

func hasDefaultPort(u *url.URL) bool {
	return u.Scheme == "https" && u.Port() == "443" || u.Scheme == "http" && u.Port() == "80"
}

func schemeOf(text string) string {
	scheme, _, _ := strings.Cut(text, "://")
	return scheme
}

func checkListen(text string) error {
	host, port, err := net.SplitHostPort(text)
	if err != nil {
		return fmt.Errorf("%q is not an address to listen on like 127.0.0.1:8080 or :8443", text)
	}
	if _, err := strconv.ParseUint(port, 10, 16); err != nil {
		return fmt.Errorf("%q has a port that is not a number between 0 and 65535", text)
	}
	if _, err := netip.ParseAddr(host); err != nil && host != "" && !isHostName(host) {
		return fmt.Errorf("%q has a host that is neither an address nor a name", text)
	}
	return nil
}

func isHostName(host string) bool {
	return !strings.ContainsFunc(host, func(c rune) bool {
		return !('a' <= c && c <= 'z' || 'A' <= c && c <= 'Z' || '0' <= c && c <= '9' || c == '-' || c == '.')
	})
}

// assumedIssuer is the issuer when none was given: localhost, when we listen there on a port known in advance.
func assumedIssuer(listen string) string {
	if !isLoopback(listen) {
		return ""
	}
	_, port, _ := net.SplitHostPort(listen)
	switch port {
	case "0":
		return ""
	case "80":
		return "http://localhost"
	}
	return "http://localhost:" + port
}

// isLoopback reports whether only this machine can connect to an address to listen on.
func isLoopback(listen string) bool {
	host, _, err := net.SplitHostPort(listen)
	return err == nil && isLoopbackHost(host)
}

func isLoopbackHost(host string) bool {
	address, err := netip.ParseAddr(host)
	if err != nil {
		return host == "localhost"
	}
	return address.Unmap().IsLoopback()
}

// parseProxies reads addresses and ranges separated by commas.
func parseProxies(text string) ([]netip.Prefix, error) {
	var list []netip.Prefix
	for part := range strings.SplitSeq(text, ",") {
		prefix, err := parseRange(strings.TrimSpace(part))
		if err != nil {
			return nil, err
		}
		list = append(list, prefix)
	}
	return list, nil
}

func parseRange(text string) (netip.Prefix, error) {
	if address, err := netip.ParseAddr(text); err == nil && address.Zone() == "" {
		address = address.Unmap()
		return netip.PrefixFrom(address, address.BitLen()), nil
	}
	prefix, err := netip.ParsePrefix(text)
	if err != nil || prefix.Addr().Is4In6() {
		return netip.Prefix{}, fmt.Errorf("%q is not an address or a range like 10.0.0.0/8", text)
	}
	if prefix.Bits() == 0 {
		return netip.Prefix{}, fmt.Errorf("%s is everyone: then anybody could claim any address; name your proxies", text)
	}
	return prefix.Masked(), nil
}

// parseDatabase checks the kind of the database URL. It never repeats the text, which may hold a password.
func parseDatabase(text string) (string, error) {
	if file, ok := strings.CutPrefix(text, "sqlite:"); ok {
		return parseSQLite(file)
	}
	u, err := url.Parse(text)
	if err != nil || (u.Scheme != "postgres" && u.Scheme != "postgresql") {
		return "", errors.New("must be sqlite:FILE or a URL like postgres://user@host/database")
	}
	return text, nil
}

func parseSQLite(file string) (string, error) {
	if file == "" || strings.HasPrefix(file, ":memory:") {
		return "", errors.New("sqlite: needs the name of a file, such as sqlite:/var/lib/udap-idp/udap-idp.db")
	}
	if strings.ContainsAny(file, "?#") || strings.HasPrefix(file, "//") {
		return "", errors.New("sqlite: takes a plain file name, no parameters, such as sqlite:/var/lib/udap-idp/udap-idp.db")
	}
	absolute, err := filepath.Abs(file)
	if err != nil {
		return "", fmt.Errorf("sqlite: %w", err)
	}
	return "sqlite:" + absolute, nil
}

// parseHosts reads host names, addresses and address ranges.
func parseHosts(text string) ([]string, error) {
	var hosts []string
	for host := range strings.SplitSeq(text, ",") {
		host = strings.TrimSpace(host)
		if host == "" || strings.ContainsAny(host, " @?#") || strings.Contains(host, "://") {
			return nil, fmt.Errorf("%q is not a host name, an address or a range such as 10.1.0.0/16", host)
		}
		hosts = append(hosts, host)
	}
	return hosts, nil
}
