package provider

import (
	"net/url"
	"strings"

	"udap-idp/internal/idp"
	"udap-idp/internal/udap"
)

// parameter is one of an authorization response.
type parameter struct{ name, value string }

// codeURL is the address of a positive answer. RFC 6749 §4.1.2: code and state.
func (p *Provider) codeURL(r idp.AuthRequest, code string) string {
	return p.responseURL(r, parameter{"code", code})
}

// refusalURL is the address of an error. RFC 6749 §4.1.2.1: error, error_description and state.
func (p *Provider) refusalURL(r idp.AuthRequest, code, description string) string {
	return p.responseURL(r, parameter{"error", code}, parameter{"error_description", udap.Printable(description)})
}

// responseURL adds the parameters, the state and the issuer to the query of the request's redirect_uri.
//
// UDAP Security IG §7.2.1 and RFC 6749 §4.1.2: the state exactly as it came, when one came.
// RFC 9207 §2: iss in every authorization response, errors included.
func (p *Provider) responseURL(r idp.AuthRequest, params ...parameter) string {
	params = append(params, parameter{"state", r.State}, parameter{"iss", p.Endpoints.Issuer})
	var query strings.Builder
	for _, param := range params {
		if param.value == "" {
			continue
		}
		if query.Len() > 0 {
			query.WriteByte('&')
		}
		query.WriteString(param.name + "=" + escape(param.value))
	}
	return withQuery(r.RedirectURI, query.String())
}

// withQuery adds to the query of an address without touching what is there.
//
// RFC 6749 §3.1.2: a query component MUST be retained.
func withQuery(address, query string) string {
	address, fragment, _ := strings.Cut(address, "#")
	separator := "?"
	if _, before, found := strings.Cut(address, "?"); found {
		separator = "&"
		if before == "" || strings.HasSuffix(before, "&") {
			separator = ""
		}
	}
	address += separator + query
	if fragment != "" {
		address += "#" + fragment
	}
	return address
}

// escape writes a space as %20, which every reader of a query understands, and not as +.
func escape(s string) string {
	return strings.ReplaceAll(url.QueryEscape(s), "+", "%20")
}
