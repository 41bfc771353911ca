package pages

import (
	"net/http"
	"net/url"
)

// setHeaders writes the headers that every page carries; the package comment says why each is as it is.
func setHeaders(h http.Header, pg page) {
	h.Set("Content-Type", "text/html; charset=utf-8")
	h.Set("Content-Language", pg.lang.Tag)
	h.Set("Cache-Control", "no-store")
	h.Set("Content-Security-Policy", contentSecurityPolicy(pg.formAction))
	h.Set("Referrer-Policy", "same-origin")
	h.Set("X-Content-Type-Options", "nosniff")
	h.Add("Vary", "Accept-Language")
	h.Add("Vary", "Cookie")
}

// contentSecurityPolicy is the policy of a page whose form answer may be redirected to formAction, "" for nowhere.
// OpenID Connect Core §3.1.2.3 and RFC 6749 §10.13: login and consent must not be framed.
func contentSecurityPolicy(formAction string) string {
	return "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; form-action 'self'" +
		formTargets(formAction) + "; frame-ancestors 'none'; base-uri 'none'"
}

// formTargets lists where a redirect after the form may lead. Only the origin of the URL is used, and only of one that
// a browser would follow: anything else in a header could break out of the directive.
func formTargets(formAction string) string {
	if formAction == "" {
		return ""
	}
	u, err := url.Parse(formAction)
	if err != nil || u.Host == "" || !plainHost(u.Host) {
		return ""
	}
	switch u.Scheme {
	case "https":
		return " https://" + u.Host + " https:"
	case "http":
		return " http://" + u.Host + loopback(u.Hostname())
	}
	return ""
}

// loopback adds every port of this machine for a data holder that runs on it: what https: is for the others.
func loopback(hostname string) string {
	switch hostname {
	case "localhost", "127.0.0.1":
		return " http://localhost:* http://127.0.0.1:*"
	}
	return ""
}

// plainHost reports whether a host and port can stand in a policy as they are.
func plainHost(host string) bool {
	for _, c := range host {
		switch {
		case c >= 'a' && c <= 'z', c >= 'A' && c <= 'Z', c >= '0' && c <= '9':
		case c == '.', c == '-', c == ':', c == '[', c == ']':
		default:
			return false
		}
	}
	return true
}
