package provider

import (
	"context"
	"errors"
	"net/http"
	"net/url"

	"udap-idp/internal/attempts"
	"udap-idp/internal/idp"
	"udap-idp/internal/udap"
)

type (
	tokenKey  struct{}
	recordKey struct{}
)

// wrongAssertionType stands in the examples of UDAP Security IG §6 and UDAP Tiered OAuth §4.3; it is the name of a grant.
const wrongAssertionType = "urn:ietf:params:oauth:grant-type:jwt-bearer"

// serveToken is the token endpoint. It reads the request and hands it to the library, which calls VerifyClient and then
// CodeExchange.
func (p *Provider) serveToken(w http.ResponseWriter, r *http.Request) {
	noStore(w)
	// RFC 6749 §3.2: the client MUST use POST.
	if r.Method != http.MethodPost {
		w.Header().Set("Allow", http.MethodPost)
		e := refuse(udap.InvalidRequest, "the method must be POST")
		e.Status = http.StatusMethodNotAllowed
		writeError(w, r, e)
		return
	}
	record := p.Attempts.Begin(idp.AttemptAuthentication, r)
	defer record.Abandon()
	record.Step(attempts.Request)
	params, refusal := readTokenRequest(w, r)
	record.Message(params.get("client_assertion"))
	if refusal == nil {
		refusal = checkTokenRequest(params)
	}
	if refusal != nil {
		record.Refuse(refusal)
		answerError(w, refusal)
		return
	}
	checked := tokenRequestForLibrary(r, params)
	ctx := context.WithValue(checked.Context(), recordKey{}, record)
	ctx = context.WithValue(ctx, answerHeaderKey{}, w.Header())
	p.library.ServeHTTP(w, checked.WithContext(ctx))
}

// recordOf is the record of the token request that ctx belongs to.
func recordOf(ctx context.Context) *attempts.Record {
	record, _ := ctx.Value(recordKey{}).(*attempts.Record)
	return record
}

// readTokenRequest reads the form.
//
// RFC 6749 §3.2: parameters MUST NOT be included more than once. §2.3.1: credentials MUST NOT be
// in the URI; nothing else is taken from there either.
func readTokenRequest(w http.ResponseWriter, r *http.Request) (parameters, *udap.Error) {
	if r.URL.RawQuery != "" {
		return parameters{}, refuse(udap.InvalidRequest, "the request has a query; the parameters belong in the body")
	}
	// UDAP Security IG §4.2.2: no Authorization header.
	if len(r.Header.Values("Authorization")) > 0 {
		return parameters{}, refuse(udap.InvalidRequest, "the request has an Authorization header; clients authenticate with client_assertion")
	}
	form, err := readBody(w, r, maxTokenForm)
	if err != nil {
		return parameters{}, unreadableForm(err)
	}
	params := newParameters(form)
	if len(params.repeated) > 0 {
		return parameters{}, refuse(udap.InvalidRequest, "the parameter "+parameterName(params.repeated[0])+" is there more than once")
	}
	return params, nil
}

func unreadableForm(err error) *udap.Error {
	var form *formError
	if errors.As(err, &form) {
		return refuse(udap.InvalidRequest, form.reason)
	}
	return internal(err)
}

// checkTokenRequest checks the parameters that need no look at the store.
func checkTokenRequest(params parameters) *udap.Error {
	// UDAP Security IG §4.2.2, UDAP JWT Client Authentication §5: no client_secret.
	if params.has("client_secret") {
		return refuse(udap.InvalidRequest, "the parameter client_secret is not accepted; clients authenticate with client_assertion")
	}
	switch params.get("grant_type") {
	case "authorization_code":
	case "":
		return refuse(udap.InvalidRequest, "the parameter grant_type is missing, expected authorization_code")
	default:
		// UDAP Tiered OAuth §4.3: no refresh tokens in this flow.
		return refuse(udap.UnsupportedGrantType, "the grant_type is not supported, expected authorization_code")
	}
	// UDAP JWT Client Authentication §5: udap SHALL be 1.
	if !params.has("udap") {
		return refuse(udap.InvalidRequest, "the parameter udap is missing, expected udap=1")
	}
	if params.get("udap") != "1" {
		return refuse(udap.InvalidRequest, "the parameter udap has a value that is not supported, expected udap=1")
	}
	if refusal := checkAssertionParameters(params); refusal != nil {
		return refusal
	}
	if !params.has("code") {
		return refuse(udap.InvalidRequest, "the parameter code is missing")
	}
	return nil
}

func checkAssertionParameters(params parameters) *udap.Error {
	switch params.get("client_assertion_type") {
	case udap.AssertionType:
	case "":
		return refuse(udap.InvalidRequest, "the parameter client_assertion_type is missing, expected "+udap.AssertionType)
	case wrongAssertionType:
		return refuse(udap.InvalidRequest, "the client_assertion_type is "+wrongAssertionType+", which names a grant; expected "+udap.AssertionType)
	default:
		return refuse(udap.InvalidRequest, "the client_assertion_type is not supported, expected "+udap.AssertionType)
	}
	// RFC 6749 §5.2: invalid_client when no client authentication is included.
	if !params.has("client_assertion") {
		return refuse(udap.InvalidClient, "the parameter client_assertion is missing")
	}
	return nil
}

// tokenRequestForLibrary is the checked request in the form the library reads.
func tokenRequestForLibrary(r *http.Request, params parameters) *http.Request {
	form := url.Values{}
	for _, name := range []string{"grant_type", "client_id", "client_assertion", "client_assertion_type", "code"} {
		if params.has(name) {
			form.Set(name, params.get(name))
		}
	}
	// The library wants a redirect_uri, which is missing when the authorization request had none (RFC 6749 §4.1.3).
	// CodeExchange reads the one that was sent.
	form.Set("redirect_uri", "checked-by-code-exchange")
	checked := r.Clone(context.WithValue(r.Context(), tokenKey{}, params))
	checked.URL = &url.URL{Path: tokenPath}
	checked.Form, checked.PostForm = form, form
	return checked
}
