package check

import (
	"encoding/base64"
	"encoding/json"
	"net/http"
	"slices"
	"strings"
	"time"

	"udap-idp/internal/udap"
)

// refusal is a statement that must be refused.
type refusal struct {
	id      string
	code    string // what the error should be
	change  func(claims map[string]any)
	forge   func(signed string) string // what is sent instead of the statement
	members map[string]any             // of the request
}

var refusals = []refusal{
	{id: "D-3", code: udap.InvalidSoftwareStatement, forge: breakSignature},
	{id: "D-5a", code: udap.InvalidSoftwareStatement, change: func(c map[string]any) { c["aud"] = "https://check.invalid/register" }},
	{id: "D-5b", code: udap.InvalidSoftwareStatement, change: func(c map[string]any) {
		c["iat"], c["exp"] = time.Now().Add(-time.Hour).Unix(), time.Now().Add(-time.Hour+udap.MaxLifetime).Unix()
	}},
	{id: "D-5c", code: udap.InvalidSoftwareStatement, change: func(c map[string]any) {
		c["iss"], c["sub"] = "https://check.invalid/another", "https://check.invalid/another"
	}},
	{id: "D-5d", code: udap.InvalidSoftwareStatement, change: func(c map[string]any) { c["sub"] = "https://check.invalid/another" }},
	{id: "D-5e", code: udap.InvalidSoftwareStatement, change: func(c map[string]any) { c["exp"] = time.Now().Add(24 * time.Hour).Unix() }},
	{id: "D-5f", code: udap.InvalidSoftwareStatement, change: func(c map[string]any) { delete(c, "jti") }},
	{id: "D-5g", code: udap.InvalidSoftwareStatement, forge: withoutAlgorithm},
	{id: "D-6a", code: udap.InvalidClientMetadata, members: map[string]any{"udap": nil}},
	{id: "D-6d", code: udap.InvalidRedirectURI, change: func(c map[string]any) { c["redirect_uris"] = []string{"http://check.invalid/callback"} }},
}

var bodyChecks = []string{"D-4", "D-6b", "D-6c"}

// checkRefusals sends what must be refused: with the member's certificate where there is one, so that nothing but the one
// mistake is wrong, and with one that nobody trusts otherwise.
func (r *run) checkRefusals(member *party) {
	if !r.usable(r.metadata.text("registration_endpoint")) {
		why := "there is no registration endpoint to call"
		r.skip(why, bodyChecks...)
		for _, one := range refusals {
			r.skip(why, one.id)
		}
		return
	}
	signer := member
	if member == nil {
		signer = r.stranger
	}
	for _, one := range refusals {
		if one.id == "D-6d" && !r.supports("grant_types_supported", "authorization_code") {
			r.skip("authorization_code is not supported", one.id)
			continue
		}
		r.refuse(signer, one)
	}
	r.refuse(r.stranger, refusal{id: "D-4", code: udap.UnapprovedSoftwareStatement})
	r.refuseBodies(signer)
}

func (r *run) refuse(p *party, one refusal) {
	claims := r.statement(p)
	if one.change != nil {
		one.change(claims)
	}
	signed, err := p.Sign(claims)
	if err != nil {
		r.skip("the statement could not be signed", one.id)
		return
	}
	if one.forge != nil {
		signed = one.forge(signed)
	}
	answer, err := r.register(signed, one.members)
	if err != nil {
		r.verify(one.id, false, "it got no answer")
		return
	}
	codes := []string{one.code}
	if one.id == "D-6d" {
		codes = append(codes, udap.InvalidClientMetadata)
	}
	if one.id == "D-5f" {
		codes = append(codes, udap.InvalidClientMetadata)
	}
	// The name it would be kept under, should it be taken.
	if iss, ok := claims["iss"].(string); ok {
		p = &party{p.Signer, iss}
	}
	r.judgeRegistration(p, one.id, answer, []int{http.StatusBadRequest}, codes)
}

// judgeRegistration: UDAP Security IG §3.2.3, RFC 7591 §3.2.2: 400 with a JSON error. The code is a SHOULD.
func (r *run) judgeRegistration(p *party, id string, a *answer, statuses []int, codes []string) {
	if a.status >= 200 && a.status < 300 {
		r.verify(id, false, "it was taken, with %d", a.status)
		r.taken = append(r.taken, p)
		return
	}
	// A server may look at the certificate before the claims, and then nothing was learnt about them.
	untrusted := a.document().text("error") == udap.UnapprovedSoftwareStatement
	if untrusted && p.Signer == r.stranger.Signer && id != "D-4" && id != "D-3" {
		r.skip("it was refused for its certificate; give --certificate to see the rest", id)
		return
	}
	r.judge(id, a, statuses, codes)
}

// judge looks at an OAuth error answer.
func (r *run) judge(id string, a *answer, statuses []int, codes []string) {
	if a.status == http.StatusTooManyRequests || a.status == http.StatusServiceUnavailable {
		r.skip("the server asked to come back later: "+a.refusal(), id)
		return
	}
	if !r.verify(id, slices.Contains(statuses, a.status), "it answered %s", a.refusal()) {
		return
	}
	code := a.document().text("error")
	if !r.verify(id, code != "" && a.isJSON(), "it answered %d and no JSON error", a.status) {
		return
	}
	if len(codes) > 0 && !slices.Contains(codes, code) {
		r.warn(id, "it answered %s, expected %s", a.refusal(), strings.Join(codes, " or "))
	}
}

// refuseBodies sends requests that are wrong before any statement is read.
func (r *run) refuseBodies(p *party) {
	address := r.metadata.text("registration_endpoint")
	if answer, err := r.post(address, "application/json", "{"); err != nil {
		r.verify("D-6b", false, "it got no answer")
	} else {
		r.judgeRegistration(p, "D-6b", answer, []int{http.StatusBadRequest}, nil)
	}
	signed, err := p.Sign(r.statement(p))
	if err != nil {
		r.skip("the statement could not be signed", "D-6c")
		return
	}
	body, _ := json.Marshal(map[string]string{"software_statement": signed, "udap": "1"})
	answer, err := r.post(address, "text/plain", string(body))
	if err != nil {
		r.verify("D-6c", false, "it got no answer")
		return
	}
	r.judgeRegistration(p, "D-6c", answer, []int{http.StatusBadRequest, http.StatusUnsupportedMediaType}, nil)
}

// breakSignature changes one bit in the middle of the signature.
func breakSignature(signed string) string {
	dot := strings.LastIndexByte(signed, '.')
	signature, err := base64.RawURLEncoding.DecodeString(signed[dot+1:])
	if err != nil || len(signature) == 0 {
		return signed[:dot+1]
	}
	signature[len(signature)/2] ^= 1
	return signed[:dot+1] + base64.RawURLEncoding.EncodeToString(signature)
}

// withoutAlgorithm is the statement as an unsecured JWS (RFC 7515 appendix A.5), certificates included.
func withoutAlgorithm(signed string) string {
	parts := strings.Split(signed, ".")
	data, err := base64.RawURLEncoding.DecodeString(parts[0])
	header := parseDocument(data)
	if err != nil || header == nil {
		return signed
	}
	header["alg"] = json.RawMessage(`"none"`)
	changed, _ := json.Marshal(header)
	return base64.RawURLEncoding.EncodeToString(changed) + "." + parts[1] + "."
}
