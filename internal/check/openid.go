package check

import (
	"crypto/rsa"
	"crypto/x509"
	"encoding/base64"
	"encoding/json"
	"math/big"
	"net/http"
	"slices"
	"strings"
)

var openIDChecks = []string{"O-1", "O-2", "O-3", "O-4", "O-5", "O-6", "O-7", "O-8", "O-9", "O-10", "O-11"}

// checkOpenID looks at openid-configuration. Relying parties take endpoints from it and from the UDAP metadata and compare.
func (r *run) checkOpenID() {
	if !r.tiered() && !r.supports("scopes_supported", "openid") {
		r.skip("the server is no identity provider: it has neither udap_to nor the scope openid", openIDChecks...)
		return
	}
	answer, err := r.get(r.base + "/.well-known/openid-configuration")
	if err != nil {
		r.verify("O-1", false, "it got no answer")
		return
	}
	c := answer.document()
	if !r.verify("O-1", answer.status == http.StatusOK && answer.isJSON() && c != nil,
		"it answered %d with Content-Type %s", answer.status, quote(answer.header.Get("Content-Type"))) {
		return
	}
	r.verify("O-2", strings.TrimSuffix(c.text("issuer"), "/") == r.base, "it is %s", c.show("issuer"))
	for _, name := range []string{"authorization_endpoint", "token_endpoint"} {
		r.verify("O-3", c.text(name) == r.metadata.text(name), "%s is %s here and %s there", name, c.show(name), r.metadata.show(name))
	}
	for name := range c {
		if (strings.HasSuffix(name, "_endpoint") || name == "jwks_uri") && name != "registration_endpoint" {
			r.verify("O-4", r.under(c.text(name)), "%s is %s", name, c.show(name))
		}
	}
	for id, member := range map[string][2]string{
		"O-5": {"response_types_supported", "code"},
		"O-6": {"id_token_signing_alg_values_supported", "RS256"},
		"O-7": {"code_challenge_methods_supported", "S256"},
	} {
		values, _ := c.list(member[0])
		r.verify(id, slices.Contains(values, member[1]), "it is %s", c.show(member[0]))
	}
	r.checkKeys(c.text("jwks_uri"))
}

func (r *run) checkKeys(address string) {
	if !r.verify("O-8", r.usable(address), "jwks_uri is %s", quote(address)) {
		return
	}
	answer, err := r.get(address)
	if err != nil {
		r.verify("O-8", false, "it got no answer")
		return
	}
	var keys []document
	if !r.verify("O-8", answer.status == http.StatusOK && json.Unmarshal(answer.document()["keys"], &keys) == nil && len(keys) > 0,
		"it answered %d without keys", answer.status) {
		return
	}
	found := slices.ContainsFunc(keys, func(k document) bool {
		use, alg := k.text("use"), k.text("alg")
		return rsaKey(k) != nil && k.text("kid") != "" && (use == "" || use == "sig") && (alg == "" || alg == "RS256")
	})
	r.verify("O-9", found, "none of the %d keys is one", len(keys))
	r.checkKeyCertificates(keys)
	r.checkOwnKey(keys)
}

// checkKeyCertificates: RFC 7517 §4.7: the key in the first certificate MUST match the key.
func (r *run) checkKeyCertificates(keys []document) {
	for _, key := range keys {
		public := rsaKey(key)
		if !key.has("x5c") || public == nil {
			continue
		}
		var x5c []string
		if json.Unmarshal(key["x5c"], &x5c) != nil || len(x5c) == 0 {
			r.verify("O-10", false, "x5c of key %s is not a list of texts", quote(key.text("kid")))
			continue
		}
		der, err := base64.StdEncoding.DecodeString(x5c[0])
		var certificate *x509.Certificate
		if err == nil {
			certificate, err = x509.ParseCertificate(der)
		}
		r.verify("O-10", err == nil && public.Equal(certificate.PublicKey), "the certificate of key %s has another key", quote(key.text("kid")))
	}
	r.skip("no RSA key has x5c", "O-10")
}

// checkOwnKey: the ID Token carries x5c of the UDAP certificate, and relying parties verify it with the key set.
func (r *run) checkOwnKey(keys []document) {
	if r.leaf == nil {
		r.skip("signed_metadata could not be read", "O-11")
		return
	}
	own, ok := r.leaf.PublicKey.(*rsa.PublicKey)
	if !ok {
		r.skip("the key of the certificate is not an RSA key", "O-11")
		return
	}
	r.verify("O-11", slices.ContainsFunc(keys, func(k document) bool {
		public := rsaKey(k)
		return public != nil && public.Equal(own)
	}), "it is not among the %d keys", len(keys))
}

// rsaKey reads a key of the set (RFC 7518 §6.3.1); nil when it is no RSA key.
func rsaKey(k document) *rsa.PublicKey {
	if k.text("kty") != "RSA" {
		return nil
	}
	n, err := base64.RawURLEncoding.DecodeString(k.text("n"))
	if err != nil || len(n) == 0 {
		return nil
	}
	e, err := base64.RawURLEncoding.DecodeString(k.text("e"))
	if err != nil || len(e) == 0 || len(e) > 4 {
		return nil
	}
	return &rsa.PublicKey{N: new(big.Int).SetBytes(n), E: int(new(big.Int).SetBytes(e).Int64())}
}
