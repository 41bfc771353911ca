package e2e

import (
	"crypto/x509"
	"encoding/base64"
	"encoding/json"
	"encoding/pem"
	"fmt"
	"net/http"
	"strings"
	"time"

	"udap-idp/internal/udap/udaptest"
)

const (
	badStatement = "invalid_software_statement"
	unapproved   = "unapproved_software_statement"
	badMetadata  = "invalid_client_metadata"
	badRedirect  = "invalid_redirect_uri"
)

// edit spoils a message, or changes it.
type edit func(h *caseHouse, m *udaptest.Message)

func edits(h *caseHouse, m *udaptest.Message, all []edit) string {
	for _, e := range all {
		e(h, m)
	}
	return m.Sign()
}

// applies registers the applicant, whom every one of these requests is to be refused.
func applies(all ...edit) func(*caseHouse) caseRequest {
	return func(h *caseHouse) caseRequest {
		return registrationOf(edits(h, h.applicant.StatementMessage(h.registerURL()), all))
	}
}

// registers registers somebody new, who is to be taken.
func registers(all ...edit) func(*caseHouse) caseRequest {
	return func(h *caseHouse) caseRequest {
		return registrationOf(edits(h, h.fresh().StatementMessage(h.registerURL()), all))
	}
}

func claim(name string, value any) edit {
	return func(_ *caseHouse, m *udaptest.Message) { m.Claims[name] = value }
}

func noClaim(name string) edit {
	return func(_ *caseHouse, m *udaptest.Message) { delete(m.Claims, name) }
}

func head(name string, value any) edit {
	return func(_ *caseHouse, m *udaptest.Message) { m.Header[name] = value }
}

func noHead(name string) edit {
	return func(_ *caseHouse, m *udaptest.Message) { delete(m.Header, name) }
}

// x5c makes the header from what it was.
func x5c(change func(h *caseHouse, was []string) any) edit {
	return func(h *caseHouse, m *udaptest.Message) { m.Header["x5c"] = change(h, m.Header["x5c"].([]string)) }
}

// window sets iat and exp, in seconds from now.
func window(iat, exp int64) edit {
	return func(_ *caseHouse, m *udaptest.Message) {
		now := time.Now().Unix()
		m.Claims["iat"], m.Claims["exp"] = now+iat, now+exp
	}
}

// has looks whether a member of the answer is the value.
func has(name string, want any) func(*caseHouse, map[string]any) error {
	return func(_ *caseHouse, body map[string]any) error {
		got, _ := json.Marshal(body[name])
		expected, _ := json.Marshal(want)
		if string(got) != string(expected) {
			return fmt.Errorf("got %s %s, want %s", name, got, expected)
		}
		return nil
	}
}

// body is a registration request with these members behind a good statement of the applicant.
func body(contentType, members string) func(*caseHouse) caseRequest {
	return func(h *caseHouse) caseRequest {
		return registrationBody(contentType, `{"software_statement":"`+h.applicant.Statement(h.registerURL())+`"`+members+`}`)
	}
}

// freshBody is the same of somebody new.
func freshBody(contentType, members string) func(*caseHouse) caseRequest {
	return func(h *caseHouse) caseRequest {
		return registrationBody(contentType, `{"software_statement":"`+h.fresh().Statement(h.registerURL())+`"`+members+`}`)
	}
}

func bare(contentType, text string) func(*caseHouse) caseRequest {
	return func(*caseHouse) caseRequest { return registrationBody(contentType, text) }
}

const asJSON = "application/json"

// bodyCases: UDAP Security IG §3.2.3, what a registration request is made of.
var bodyCases = []protocolCase{
	{"GET instead of POST", "D-14", 405, "method_not_allowed", func(*caseHouse) caseRequest { return caseRequest{method: http.MethodGet, path: "/register"} }, nil},
	{"body without a media type", "D-14", 415, badMetadata, body("", `,"udap":"1"`), nil},
	{"body as a form", "D-14", 415, badMetadata, bare("application/x-www-form-urlencoded", "udap=1"), nil},
	{"body as text", "D-14", 415, badMetadata, body("text/plain", `,"udap":"1"`), nil},
	{"body as a bare JWT", "D-14", 415, badMetadata, bare("application/jwt", "a.b.c"), nil},
	{"body with a broken media type", "D-14", 415, badMetadata, body("application/json; =", `,"udap":"1"`), nil},
	{"body empty", "D-14", 400, badMetadata, bare(asJSON, ""), nil},
	{"body no JSON", "D-14", 400, badMetadata, bare(asJSON, "udap=1"), nil},
	{"body an array", "D-14", 400, badMetadata, bare(asJSON, "[]"), nil},
	{"body a string", "D-14", 400, badMetadata, bare(asJSON, `"x"`), nil},
	{"body null", "D-14", 400, badMetadata, bare(asJSON, "null"), nil},
	{"body cut short", "D-14", 400, badMetadata, bare(asJSON, `{"udap":"1"`), nil},
	{"body that goes on", "D-14", 400, badMetadata, bare(asJSON, `{"udap":"1"}{}`), nil},
	{"body too large", "D-14", 400, badMetadata, body(asJSON, `,"udap":"1","x":"`+strings.Repeat("x", 64<<10)+`"`), nil},
	{"udap missing", "D-6, part 4.12", 400, badMetadata, body(asJSON, ""), nil},
	{"udap a number", "D-6, part 4.12", 400, badMetadata, body(asJSON, `,"udap":1`), nil},
	{"udap 2", "D-6", 400, badMetadata, body(asJSON, `,"udap":"2"`), nil},
	{"udap empty", "D-6", 400, badMetadata, body(asJSON, `,"udap":""`), nil},
	{"udap null", "D-6", 400, badMetadata, body(asJSON, `,"udap":null`), nil},
	{"udap true", "D-6", 400, badMetadata, body(asJSON, `,"udap":true`), nil},
	{"udap in upper case", "D-6", 400, badMetadata, body(asJSON, `,"UDAP":"1"`), nil},
	{"certifications a number", "D-15", 201, "", freshBody(asJSON, `,"udap":"1","certifications":1`), nil},
	{"certifications an object", "D-15", 201, "", freshBody(asJSON, `,"udap":"1","certifications":{}`), nil},
	{"statement missing", "D-5", 400, badStatement, bare(asJSON, `{"udap":"1"}`), nil},
	{"statement empty", "D-5", 400, badStatement, bare(asJSON, `{"udap":"1","software_statement":""}`), nil},
	{"statement null", "D-5", 400, badStatement, bare(asJSON, `{"udap":"1","software_statement":null}`), nil},
	{"statement an object", "D-5", 400, badStatement, bare(asJSON, `{"udap":"1","software_statement":{}}`), nil},
	{"parameters beside no statement", "D-2", 400, badStatement, bare(asJSON, `{"udap":"1","client_name":"x","redirect_uris":["https://x.example/cb"]}`), nil},

	{"certifications null", "D-15", 201, "", freshBody(asJSON, `,"certifications":null,"udap":"1"`), nil},
	{"certifications absent", "D-15", 201, "", freshBody(asJSON, `,"udap":"1"`), nil},
	{"certifications nobody knows", "D-15", 201, "", freshBody(asJSON, `,"certifications":["a.b.c",1],"udap":"1"`), func(_ *caseHouse, body map[string]any) error {
		if _, there := body["certifications"]; there {
			return fmt.Errorf("the answer has certifications, of which none was accepted")
		}
		return nil
	}},
	{"certifications a string", "D-15, part 4.12", 201, "", freshBody(asJSON, `,"certifications":"[]","udap":"1"`), nil},
	{"media type with a charset", "part 4.14", 201, "", freshBody("application/json; charset=utf-8", `,"udap":"1"`), nil},
	{"media type in upper case", "part 4.14", 201, "", freshBody("Application/JSON;charset=UTF-8", `,"udap":"1"`), nil},
	{"parameters beside the statement", "D-2", 201, "", freshBody(asJSON, `,"udap":"1","client_name":"Evil","redirect_uris":["https://evil.example"],"grant_types":[],"scope":7`), has("client_name", "General Hospital")},
}

// compact is a registration of the applicant whose statement is made by hand.
func compact(make func(h *caseHouse, good []string) string) func(*caseHouse) caseRequest {
	return func(h *caseHouse) caseRequest {
		return registrationOf(make(h, strings.Split(h.applicant.Statement(h.registerURL()), ".")))
	}
}

// payload is a registration of the applicant with a signed payload that is no JSON object of ours.
func payload(text string) func(*caseHouse) caseRequest {
	return func(h *caseHouse) caseRequest {
		return registrationOf(udaptest.Compact(h.t, h.applicant.Message().Header, []byte(text), h.applicant.Key))
	}
}

func rawHeader(text func(x5c string) string) func(*caseHouse) caseRequest {
	return func(h *caseHouse) caseRequest {
		m := h.applicant.StatementMessage(h.registerURL())
		list, _ := json.Marshal(m.Header["x5c"])
		return registrationOf(udaptest.Compact(h.t, []byte(text(string(list))), m.Claims, m.Key))
	}
}

// headerCases: UDAP Security IG §7.1, the shape of a JWT, its algorithm and its signature.
var headerCases = []protocolCase{
	{"JWT of one part", "J-1", 400, badStatement, compact(func(_ *caseHouse, p []string) string { return p[0] }), nil},
	{"JWT of two parts", "J-1", 400, badStatement, compact(func(_ *caseHouse, p []string) string { return p[0] + "." + p[1] }), nil},
	{"JWT of five parts", "J-1", 400, badStatement, compact(func(_ *caseHouse, p []string) string { return strings.Join(p, ".") + ".x.y" }), nil},
	{"JWT with padding", "J-1", 400, badStatement, compact(func(_ *caseHouse, p []string) string { return p[0] + "=." + p[1] + "." + p[2] }), nil},
	{"JWT with a payload in standard base64", "J-1", 400, badStatement, compact(func(_ *caseHouse, p []string) string { return p[0] + ".+/+/." + p[2] }), nil},
	{"JWT with a line break", "J-1", 400, badStatement, compact(func(_ *caseHouse, p []string) string { return p[0] + "." + p[1] + "." + p[2] + `\n` }), nil},
	{"header no JSON", "J-1", 400, badStatement, rawHeader(func(string) string { return "alg" }), nil},
	{"header with alg twice", "J-1", 400, badStatement, rawHeader(func(x5c string) string { return `{"alg":"RS256","alg":"none","x5c":` + x5c + `}` }), nil},
	{"alg missing", "J-2", 400, badStatement, applies(noHead("alg")), nil},
	{"alg a number", "J-2", 400, badStatement, applies(head("alg", 256)), nil},
	{"alg none", "J-2", 400, badStatement, applies(head("alg", "none")), nil},
	{"alg none without a signature", "J-2", 400, badStatement, compact(func(h *caseHouse, p []string) string {
		m := h.applicant.StatementMessage(h.registerURL())
		m.Header["alg"] = "none"
		return m.Sign()[:strings.LastIndex(m.Sign(), ".")+1]
	}), nil},
	{"alg HS256", "J-2", 400, badStatement, applies(head("alg", "HS256")), nil},
	{"alg in lower case", "J-2", 400, badStatement, applies(head("alg", "rs256")), nil},
	{"alg PS256", "J-2", 400, badStatement, applies(head("alg", "PS256")), nil},
	{"alg RS512", "J-2", 400, badStatement, applies(head("alg", "RS512")), nil},
	{"alg EdDSA", "J-2", 400, badStatement, applies(head("alg", "EdDSA")), nil},
	{"alg ES256 with an RSA key", "J-2", 400, badStatement, applies(head("alg", "ES256")), nil},
	{"crit", "J-1", 400, badStatement, applies(head("crit", []string{"x5c"})), nil},
	{"signature of another key", "D-3", 400, badStatement, applies(func(h *caseHouse, m *udaptest.Message) { m.Key = otherKey(h) }), nil},
	{"signature empty", "D-3", 400, badStatement, compact(func(_ *caseHouse, p []string) string { return p[0] + "." + p[1] + "." }), nil},
	{"signature of other claims", "D-3", 400, badStatement, compact(func(h *caseHouse, p []string) string {
		other := strings.Split(h.applicant.Statement(h.registerURL(), func(c map[string]any) { c["scope"] = "openid udap" }), ".")
		return p[0] + "." + other[1] + "." + p[2]
	}), nil},
	{"signature of RS384 called RS256", "D-3", 400, badStatement, compact(func(h *caseHouse, _ []string) string {
		m := h.applicant.StatementMessage(h.registerURL())
		m.Header["alg"] = "RS384"
		long := strings.Split(m.Sign(), ".")
		short, _ := json.Marshal(map[string]any{"alg": "RS256", "x5c": m.Header["x5c"]})
		return base64.RawURLEncoding.EncodeToString(short) + "." + long[1] + "." + long[2]
	}), nil},
	{"signature by a key in the header jwk", "D-3, part 4.7", 400, badStatement, applies(func(h *caseHouse, m *udaptest.Message) {
		m.Header["jwk"] = h.otherLeaf().Signer().JWK()
		m.Key = otherKey(h)
	}), nil},
	{"signature by the second certificate", "D-3, part 4.7", 400, badStatement, applies(x5c(func(h *caseHouse, was []string) any {
		return append(was, udaptest.X5C(h.otherLeaf().Chain)...)
	}), func(h *caseHouse, m *udaptest.Message) { m.Key = otherKey(h) }), nil},
	{"signature by the issuing authority", "D-3", 400, badStatement, applies(func(h *caseHouse, m *udaptest.Message) {
		m.Header["alg"], m.Key = "ES256", h.community.Issuer.Key
	}), nil},
	{"payload no JSON", "J-1", 400, badStatement, payload("iss"), nil},
	{"payload an array", "J-1", 400, badStatement, payload("[]"), nil},
	{"payload with iss twice", "J-1", 400, badStatement, payload(`{"iss":"https://applicant.example","iss":"https://client.example/fhir"}`), nil},
	{"payload not UTF-8", "J-1", 400, badStatement, payload("{\"iss\":\"\xff\"}"), nil},

	{"alg RS256", "J-2", 201, "", registers(), nil},
	{"alg RS384", "J-2", 201, "", registers(head("alg", "RS384")), nil},
	{"alg ES256", "J-2", 201, "", withKey(p256), nil},
	{"alg ES384", "J-2", 201, "", withKey(p384), nil},
	{"typ JWT", "J-3", 201, "", registers(head("typ", "JWT")), nil},
	{"typ of another kind", "J-3", 201, "", registers(head("typ", 7)), nil},
	{"kid of no key", "part 4.7", 201, "", registers(head("kid", "../../etc/passwd")), nil},
	{"jku, jwk and x5u beside x5c", "J-8, part 4.7", 201, "", registers(func(h *caseHouse, m *udaptest.Message) {
		m.Header["jku"], m.Header["x5u"], m.Header["jwk"] = "http://127.0.0.1:1/jwks", "http://127.0.0.1:1/x5u", h.otherLeaf().Signer().JWK()
	}), nil},
}

// otherLeaf is a member's certificate with a key of its own.
func (h *caseHouse) otherLeaf() *udaptest.Leaf { return h.community.Leaf("https://other.example") }

// chainCases: UDAP Security IG §7.1.3, RFC 7515 §4.1.6, the certificates in the header.
var chainCases = []protocolCase{
	{"x5c missing", "J-3", 400, badStatement, applies(noHead("x5c")), nil},
	{"x5c null", "J-3", 400, badStatement, applies(head("x5c", nil)), nil},
	{"x5c a string", "J-3", 400, badStatement, applies(x5c(func(_ *caseHouse, was []string) any { return was[0] })), nil},
	{"x5c empty", "J-3", 400, badStatement, applies(head("x5c", []string{})), nil},
	{"x5c of numbers", "J-3", 400, badStatement, applies(head("x5c", []int{1})), nil},
	{"x5c of eleven", "part 4.7", 400, badStatement, applies(x5c(func(_ *caseHouse, was []string) any {
		for len(was) < 11 {
			was = append(was, was[0])
		}
		return was
	})), nil},
	{"x5c garbage first", "J-3", 400, badStatement, applies(x5c(func(_ *caseHouse, was []string) any { return append([]string{"AAAA"}, was...) })), nil},
	{"x5c an empty text first", "J-3", 400, badStatement, applies(x5c(func(_ *caseHouse, was []string) any { return append([]string{""}, was...) })), nil},
	{"x5c as base64url", "J-3", 400, badStatement, applies(x5c(func(h *caseHouse, _ []string) any {
		return []string{base64.RawURLEncoding.EncodeToString(h.applicant.Certificate().Raw)}
	})), nil},
	{"x5c as PEM", "J-3", 400, badStatement, applies(x5c(func(h *caseHouse, _ []string) any {
		return []string{string(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: h.applicant.Certificate().Raw}))}
	})), nil},
	{"x5c as the base64 of PEM", "J-3", 400, badStatement, applies(x5c(func(h *caseHouse, _ []string) any {
		return []string{base64.StdEncoding.EncodeToString(certificates(h.applicant.Certificate()))}
	})), nil},
	{"x5c with line breaks", "part 4.7", 400, badStatement, applies(x5c(func(_ *caseHouse, was []string) any {
		return []string{was[0][:64] + "\n" + was[0][64:]}
	})), nil},
	{"x5c with the intermediate first", "D-3", 400, badStatement, applies(x5c(func(_ *caseHouse, was []string) any { return []string{was[1], was[0]} })), nil},

	{"x5c of the leaf alone", "part 4.7", 201, "", registers(x5c(func(_ *caseHouse, was []string) any { return was[:1] })), nil},
	{"x5c with garbage behind the leaf", "part 4.7", 201, "", registers(x5c(func(_ *caseHouse, was []string) any {
		return []any{was[0], "AAAA", "not base64", 7, nil, was[1]}
	})), nil},
	{"x5c with the root", "part 4.7", 201, "", registers(x5c(func(h *caseHouse, was []string) any {
		return append(was, udaptest.X5C([]*x509.Certificate{h.community.Anchor()})...)
	})), nil},
	{"x5c out of order", "part 4.7", 201, "", registers(x5c(func(h *caseHouse, was []string) any {
		return []string{was[0], udaptest.X5C([]*x509.Certificate{h.community.Anchor()})[0], was[1]}
	})), nil},
	{"x5c with strangers behind the leaf", "part 4.7", 201, "", registers(x5c(func(h *caseHouse, was []string) any {
		return append(was[:1], udaptest.X5C(h.leaf(h.strange, "https://stranger.example").Chain)...)
	})), nil},
	{"x5c of ten", "part 4.7", 201, "", registers(x5c(func(_ *caseHouse, was []string) any {
		for len(was) < 10 {
			was = append(was, was[1])
		}
		return was
	})), nil},
}

// claimCases: UDAP Security IG §3.1, the claims about the statement itself.
var claimCases = []protocolCase{
	{"iss missing", "D-5", 400, badStatement, applies(noClaim("iss")), nil},
	{"iss null", "D-5", 400, badStatement, applies(claim("iss", nil)), nil},
	{"iss a number", "D-5", 400, badStatement, applies(claim("iss", 7)), nil},
	{"iss empty", "D-5", 400, badStatement, applies(claim("iss", ""), claim("sub", "")), nil},
	{"iss of another", "D-5, J-6", 400, badStatement, applies(claim("iss", clientURI), claim("sub", clientURI)), nil},
	{"iss with a slash more", "J-6, part 4.3", 400, badStatement, applies(claim("iss", "https://applicant.example/"), claim("sub", "https://applicant.example/")), nil},
	{"iss in upper case", "J-6, part 4.3", 400, badStatement, applies(claim("iss", "HTTPS://APPLICANT.EXAMPLE"), claim("sub", "HTTPS://APPLICANT.EXAMPLE")), nil},
	{"iss no URI", "part 4.3", 400, badStatement, applies(claim("iss", "applicant.example"), claim("sub", "applicant.example")), nil},
	{"iss with control characters", "part 4.3", 400, badStatement, applies(claim("iss", "a\r\n\"\\b"), claim("sub", "a\r\n\"\\b")), nil},
	{"iss of 3000 bytes", "D-5", 400, badStatement, applies(claim("iss", strings.Repeat("i", 3000)), claim("sub", "x")), nil},
	{"sub missing", "D-5", 400, badStatement, applies(noClaim("sub")), nil},
	{"sub of another", "D-5", 400, badStatement, applies(claim("sub", clientURI)), nil},
	{"sub an array", "D-5", 400, badStatement, applies(claim("sub", []string{"https://applicant.example"})), nil},
	{"aud missing", "D-5", 400, badStatement, applies(noClaim("aud")), nil},
	{"aud an empty array", "D-5", 400, badStatement, applies(claim("aud", []string{})), nil},
	{"aud a number", "D-5", 400, badStatement, applies(claim("aud", 7)), nil},
	{"aud an array with a number", "D-5", 400, badStatement, applies(claim("aud", []any{"x", 7})), nil},
	{"aud the issuer", "D-5, part 4.4", 400, badStatement, applies(func(h *caseHouse, m *udaptest.Message) { m.Claims["aud"] = h.issuer }), nil},
	{"aud the token endpoint", "D-5, part 4.4", 400, badStatement, applies(func(h *caseHouse, m *udaptest.Message) { m.Claims["aud"] = h.tokenURL() }), nil},
	{"aud with a slash", "J-6, part 4.4", 400, badStatement, applies(func(h *caseHouse, m *udaptest.Message) { m.Claims["aud"] = h.registerURL() + "/" }), nil},
	{"aud in upper case", "J-6, part 4.4", 400, badStatement, applies(func(h *caseHouse, m *udaptest.Message) {
		m.Claims["aud"] = strings.Replace(h.registerURL(), "http", "HTTP", 1)
	}), nil},
	{"aud of three others", "D-5", 400, badStatement, applies(claim("aud", []string{"https://a.example", "https://b.example", "https://c.example"})), nil},
	{"iat missing", "D-5", 400, badStatement, applies(noClaim("iat")), nil},
	{"iat a string", "D-5", 400, badStatement, applies(claim("iat", "1700000000")), nil},
	{"iat with a fraction", "D-5", 400, badStatement, applies(claim("iat", 1700000000.5)), nil},
	{"iat negative", "D-5", 400, badStatement, applies(claim("iat", -1)), nil},
	{"iat more than a minute ahead", "part 4.10", 400, badStatement, applies(window(70, 300)), nil},
	{"exp missing", "D-5", 400, badStatement, applies(noClaim("exp")), nil},
	{"exp a boolean", "D-5", 400, badStatement, applies(claim("exp", true)), nil},
	{"exp with a fraction", "D-5", 400, badStatement, applies(claim("exp", 1700000000.5)), nil},
	{"exp of year 10000", "D-5", 400, badStatement, applies(claim("exp", int64(253402300800))), nil},
	{"exp now", "D-5, part 4.10", 400, badStatement, applies(window(-100, 0)), nil},
	{"exp a second ago", "D-5, part 4.10", 400, badStatement, applies(window(-100, -1)), nil},
	{"exp long ago", "D-5", 400, badStatement, applies(window(-4000, -3800)), nil},
	{"exp is iat", "D-5", 400, badStatement, applies(window(30, 30)), nil},
	{"exp before iat", "D-5", 400, badStatement, applies(window(50, 40)), nil},
	{"lifetime of 301 seconds", "D-5", 400, badStatement, applies(window(0, 301)), nil},
	{"lifetime of a year", "D-5", 400, badStatement, applies(window(0, 365*24*3600)), nil},
	{"jti missing", "D-5", 400, badStatement, applies(noClaim("jti")), nil},
	{"jti empty", "D-5", 400, badStatement, applies(claim("jti", "")), nil},
	{"jti a number", "D-5", 400, badStatement, applies(claim("jti", 1)), nil},
	{"jti of 513 bytes", "D-5", 400, badStatement, applies(claim("jti", strings.Repeat("j", 513))), nil},
	{"jti used before", "D-5, J-5, part 4.11", 400, badStatement, func(h *caseHouse) caseRequest {
		again := registrationOf(h.fresh().Statement(h.registerURL()))
		if got, err := h.send(again); err != nil || got.status != http.StatusCreated {
			h.t.Errorf("the first use: %d %v", got.status, err)
		}
		return again
	}, nil},
	{"jti used before in another statement", "D-5, J-5", 400, badStatement, func(h *caseHouse) caseRequest {
		leaf := h.fresh()
		jti := func(c map[string]any) { c["jti"] = "the same in two statements" }
		h.send(registrationOf(leaf.Statement(h.registerURL(), jti)))
		return registrationOf(leaf.Statement(h.registerURL(), jti, func(c map[string]any) { c["client_name"] = "Another Name" }))
	}, nil},

	{"jti of another iss", "J-5, part 4.11", 201, "", func(h *caseHouse) caseRequest {
		jti := func(c map[string]any) { c["jti"] = "the same of two clients" }
		h.send(registrationOf(h.fresh().Statement(h.registerURL(), jti)))
		return registrationOf(h.fresh().Statement(h.registerURL(), jti))
	}, nil},
	{"jti that a stranger used", "part 4.11", 201, "", func(h *caseHouse) caseRequest {
		leaf := h.fresh()
		jti := func(c map[string]any) { c["jti"] = "1" }
		h.send(registrationOf(h.leaf(h.strange, leaf.URI).Statement(h.registerURL(), jti)))
		return registrationOf(leaf.Statement(h.registerURL(), jti))
	}, nil},
	{"jti of 512 bytes", "D-5", 201, "", registers(claim("jti", strings.Repeat("j", 512))), nil},
	{"aud an array of one", "D-5, part 4.4", 201, "", registers(func(h *caseHouse, m *udaptest.Message) { m.Claims["aud"] = []string{h.registerURL()} }), nil},
	{"aud an array of two", "D-5, part 4.4", 201, "", registers(func(h *caseHouse, m *udaptest.Message) {
		m.Claims["aud"] = []string{"https://other.example", h.registerURL()}
	}), nil},
	{"lifetime of 300 seconds", "D-5", 201, "", registers(window(0, 300)), nil},
	{"lifetime of 299 seconds", "D-5", 201, "", registers(window(0, 299)), nil},
	{"iat a minute ahead", "part 4.10", 201, "", registers(window(60, 120)), nil},
	{"iat in another spelling", "D-5", 201, "", registers(func(_ *caseHouse, m *udaptest.Message) {
		m.Claims["iat"] = json.RawMessage(fmt.Sprintf("%d.0", m.Claims["iat"]))
	}), nil},
	{"claims that nobody knows", "D-6", 201, "", registers(claim("nbf", 1), claim("extensions", map[string]any{"a": 1}), claim("software_id", "x")), nil},
}
