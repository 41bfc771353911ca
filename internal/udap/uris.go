package udap

import (
	"fmt"
	"net/mail"
	"net/netip"
	"net/url"
	"slices"
	"strings"
)

// redirectURIs: UDAP Security IG §3.1: SHALL be present for authorization_code, each an https URI. RFC 6749 §3.1.2: absolute,
// without a fragment. They are kept as they came, because they are compared exactly later.
func (r reader) redirectURIs(out *Registration) error {
	values, err := r.list("redirect_uris", "an array of https URIs")
	if err != nil {
		return err
	}
	if len(values) == 0 {
		return badParameter("the parameter redirect_uris is empty, expected at least one https URI")
	}
	for _, value := range values {
		if p := checkURL(value, r.policy.AllowLoopbackHTTP || r.policy.AllowLoopbackRedirect); p != "" {
			return refuse(InvalidRedirectURI, "the redirect URI "+quote(value)+" "+p)
		}
		if strings.Contains(value, "#") {
			return refuse(InvalidRedirectURI, "the redirect URI "+quote(value)+" has a fragment, expected none")
		}
	}
	out.RedirectURIs = values
	return nil
}

// logoURI looks at the shape only. The logo is never fetched here: a registration must not make the server call a
// stranger's URL.
func (r reader) logoURI(out *Registration) error {
	value, err := r.text("logo_uri", "the https URI of a picture")
	if err != nil {
		return err
	}
	if p := checkURL(value, r.policy.AllowLoopbackHTTP); p != "" {
		return badParameter("the parameter logo_uri %s %s", quote(value), p)
	}
	out.LogoURI = value
	return nil
}

// checkURL says what is wrong with an address that a browser will be sent to; "" when nothing is. loopback lets it be http to
// the browser's own machine.
func checkURL(value string, loopback bool) string {
	if len(value) > maxURI {
		return fmt.Sprintf("is %d bytes long, the limit is %d", len(value), maxURI)
	}
	// Characters that no URI has (RFC 3986 §2), and that browsers and our own parser read differently.
	if i := strings.IndexFunc(value, func(c rune) bool { return c <= ' ' || c >= 0x7f || strings.ContainsRune("\"<>\\^`{|}", c) }); i >= 0 {
		return fmt.Sprintf("holds the byte 0x%02x, which is not allowed in a URI", value[i])
	}
	u, err := url.Parse(value)
	if err != nil {
		return "cannot be read as a URI, expected https"
	}
	if u.Hostname() == "" || u.Opaque != "" {
		return "is not an absolute URI with a host, expected https"
	}
	if u.User != nil {
		return "holds a user name, expected none"
	}
	if u.Scheme == "https" {
		return ""
	}
	if loopback && isLoopbackHTTP(u) {
		return ""
	}
	return "is not https"
}

// isLoopbackHTTP reports whether the address is http on the machine of whoever follows it (RFC 8252 §7.3, §8.3).
func isLoopbackHTTP(u *url.URL) bool { return u.Scheme == "http" && isLoopback(u.Hostname()) }

// IsLoopbackRedirect reports whether a redirect URI needs RegistrationPolicy.AllowLoopbackRedirect.
func IsLoopbackRedirect(uri string) bool {
	u, err := url.Parse(uri)
	return err == nil && isLoopbackHTTP(u)
}

// LoopbackRedirects returns the redirect URIs of the statement that need RegistrationPolicy.AllowLoopbackRedirect.
func (s *SoftwareStatement) LoopbackRedirects() []string {
	uris, _ := stringsOf(s.parameters["redirect_uris"])
	return slices.DeleteFunc(uris, func(uri string) bool { return !IsLoopbackRedirect(uri) })
}

func isLoopback(host string) bool {
	if host == "localhost" {
		return true
	}
	address, err := netip.ParseAddr(host)
	return err == nil && address.IsLoopback()
}

// contacts: UDAP Security IG §3.1: an array of URIs with at least one valid mailto. Real clients send bare addresses; they
// are taken for the mailto they mean.
func (r reader) contacts(out *Registration) error {
	values, err := r.list("contacts", "an array with at least one mailto URI")
	if err != nil {
		return err
	}
	contacts := make([]string, 0, len(values))
	reachable := false
	for _, value := range values {
		contact, isMail, ok := contact(value)
		if !ok {
			return badParameter("the parameter contacts has %s, expected a mailto, tel or https URI", quote(value))
		}
		reachable = reachable || isMail
		contacts = append(contacts, contact)
	}
	if !reachable {
		return badParameter("the parameter contacts has no e-mail address, expected at least one mailto URI")
	}
	out.Contacts = contacts
	return nil
}

// contact normalises one contact.
func contact(value string) (contact string, isMail, ok bool) {
	if len(value) > maxURI || strings.ContainsFunc(value, func(c rune) bool { return c <= ' ' || c == 0x7f || strings.ContainsRune("\"<>\\", c) }) {
		return "", false, false
	}
	u, err := url.Parse(value)
	switch {
	case err == nil && u.Scheme == "mailto":
		address, err := url.PathUnescape(u.Opaque)
		return value, true, err == nil && isAddress(address)
	case err == nil && u.Scheme == "https":
		return value, false, u.Hostname() != "" && u.User == nil
	case err == nil && u.Scheme == "tel":
		return value, false, u.Opaque != ""
	case isAddress(value):
		return "mailto:" + value, true, true
	}
	return "", false, false
}

// isAddress reports whether s is an e-mail address and nothing else: no display name, no second address.
func isAddress(s string) bool {
	address, err := mail.ParseAddress(s)
	return err == nil && address.Address == s && len(s) <= 254
}
